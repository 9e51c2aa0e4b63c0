//! What the file says of addresses that a firewall gives out; decides nothing.

use super::super::RangeFacts;
use crate::schema::*;
use crate::statement;

statement! {
    /// Addresses for machines that ask for one. With them comes what the firewall is there: router, name server, clock.
    FirewallDhcpFacts = "dhcp" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"management\"";
        /// First and last host number of addresses for whoever asks.
        range: children<RangeFacts> "only those who are named get an address", Parts;
        /// How long an address is somebody's.
        lease: value<Lease> "\"4000s\"", Emitted, "\"12h\"";
        /// The domain that clients are told.
        domain: value<Domain> "the topology's", Emitted, "\"guests.example.net\"";
        /// Name servers that clients are told.
        dns: list<HostAddress> "the firewall, where `dns` serves the VLAN; else none", Emitted, "\"9.9.9.9\"";
        /// Time servers that clients are told.
        ntp: list<HostAddress> "the firewall, where `ntp` serves the VLAN; else none", Emitted, "\"192.53.103.108\"";
        /// A machine of the file that gets the same address each time.
        machine: children<DhcpMachineFacts> "each gets one of the range", Parts;
        /// Something else that gets the same address each time.
        device: children<DhcpDeviceFacts> "each gets one of the range", Parts;
    }
}

statement! {
    /// A machine with a NIC of `dhcp=#true` on the VLAN that gets the same address each time.
    DhcpMachineFacts = "machine" {
        /// The machine.
        machine: arg<MachineRef> required, Emitted, "\"authentik\"";
        /// Its number in the VLAN.
        host: prop<Ordinal> required, Emitted, "61";
    }
}

statement! {
    /// Something that is no machine of the file, known by its MAC address, that gets the same address each time.
    DhcpDeviceFacts = "device" {
        /// Its host name.
        name: arg<Label> required, Emitted, "\"printer-2\"";
        /// Its MAC address.
        mac: prop<Mac> required, Emitted, "\"02:00:5e:10:00:61\"";
        /// Its number in the VLAN.
        host: prop<Ordinal> required, Emitted, "62";
    }
}
