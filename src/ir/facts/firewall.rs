//! What the file says of a firewall: its machines, ways out and interfaces; what it does is in one file a family; decides nothing.

mod admin;
mod dhcp;
mod dns;
mod ids;
mod nat;
mod network;
mod ntp;
mod pair;
mod shaper;
mod vpn;
mod watch;

pub use admin::*;
pub use dhcp::*;
pub use dns::*;
pub use ids::*;
pub use nat::*;
pub use network::*;
pub use ntp::*;
pub use pair::*;
pub use shaper::*;
pub use vpn::*;
pub use watch::*;

use super::{FirewallBackupFacts, Hardware};
use crate::schema::*;
use crate::statement;

statement! {
    /// A firewall: one or two machines that route and filter.
    FirewallFacts = "firewall" {
        /// Its name.
        name: arg<FirewallDef> required, Emitted, "\"edge\"";
        /// Its number in every VLAN that it routes; two nodes share it.
        host: prop<Ordinal> "each interface says its address", Emitted, "250";
        /// A machine of it.
        node: children<FirewallNodeFacts> required, Parts;
        /// The VLAN of a way out.
        wan: children<WanFacts> required, Parts;
        /// A VLAN that it has an interface in.
        interface: children<FirewallInterfaceFacts> "the WAN is its only interface", Parts;
        /// The VLAN that it is managed on.
        management: value<VlanRef> required, Emitted, "\"k8s-internal\"";
        /// Ways out that stand in for each other.
        ways_out: children("ways-out")<WaysFacts> "each rule that names no way takes the routing table", Parts;
        /// A network behind a router of one of its VLANs.
        route: children<FirewallRouteFacts> "it reaches its VLANs and, by its way out, all else", Parts;
        /// How two nodes keep each other's state.
        sync: child<SyncFacts> "an error where there are two nodes", Parts;
        /// Who manages it, and from where.
        admin: child<AdminFacts> "as its template has it, with OPNsense's own rule that lets in everybody on the interface `lan`", Parts;
        /// Answers to questions for names.
        dns: child<FirewallDnsFacts> "it answers none", Parts;
        /// The time, for others.
        ntp: child<FirewallNtpFacts> "it tells nobody the time", Parts;
        /// Addresses for machines that ask for one.
        dhcp: children<FirewallDhcpFacts> "it gives out none", Parts;
        /// Where its logs go.
        logs: children<FirewallLogsFacts> "they stay on it", Parts;
        /// Who may read its figures.
        metrics: child<FirewallMetricsFacts> "nobody", Parts;
        /// What it looks after by itself.
        watch: child<FirewallWatchFacts> "nothing", Parts;
        /// What it looks for in the traffic.
        ids: child<IdsFacts> "it looks into nothing", Parts;
        /// How the bandwidth of a way out is shared.
        shaper: child<ShaperFacts> "first come, first served", Parts;
        /// A network of people who come from afar, and of sites.
        vpn: children<VpnFacts> "nobody", Parts;
        /// Translation of addresses beyond what follows from `publish` and from having a way out.
        nat: child<NatFacts> "what leaves by a way out gets its address, nothing else is translated", Parts;
        /// Copies of its config.xml.
        backup: child<FirewallBackupFacts> "nobody fetches them", Parts;
        /// What every machine has.
        hardware: inline<Hardware> required, Parts;
    }
}

statement! {
    /// A machine of a firewall.
    FirewallNodeFacts = "node" {
        /// Its host name.
        name: arg<MachineDef> required, Emitted, "\"fw-9\"";
        /// The Proxmox host that it runs on.
        on: prop<HostRef> required, Emitted, "\"pve-3\"";
        /// Its own number in every VLAN, when the firewall's is shared.
        host: prop<Ordinal> "the firewall's: it is the only node", Emitted, "251";
        /// Its VM id in Proxmox.
        vm_id: prop("vm-id")<VmId> "derived from its name", Emitted, "778";
    }
}

statement! {
    /// A way out of a firewall.
    WanFacts = "wan" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"high-speed\"";
        /// The upstream that is the next router.
        gateway: prop<UpstreamRef> required, Emitted, "\"corporate\"";
        /// Its address there, shared by two nodes.
        address: prop<Address> "from the firewall's number", Emitted, "\"192.168.100.20\"";
        /// The CARP group (VHID) by which a pair shares it; one a broadcast domain, VRRP ids of clusters included.
        carp_id: prop("carp-id")<Vrid> "the VLAN's tag, counted round at 255", Emitted, "101";
        /// Whether the address comes by DHCP.
        dhcp: prop<bool> "#false", Emitted, "#true";
        /// Which way out the routing table takes: the lowest.
        priority: prop<WayPriority> "10 where there is one way; else an error", Emitted, "20";
        /// What OPNsense calls the interface.
        key: prop<InterfaceKey> "`wan` for the first, `opt` and the number of its slot for others", Emitted, "\"opt7\"";
        /// Whether what comes from addresses that nobody was given is dropped.
        block_bogons: value("block-bogons")<bool> "#true", Emitted, "#false";
        /// Whether what comes from private addresses is dropped.
        block_private: value("block-private")<bool> "#true where the VLAN's own addresses are public; else #false", Emitted, "#true";
        /// How it is seen whether this way works.
        probe: child<ProbeFacts> "it counts as working", Parts;
    }
}

statement! {
    /// A VLAN that a firewall has an interface in.
    FirewallInterfaceFacts = "interface" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"high-speed\"";
        /// Its address there, shared by two nodes.
        address: prop<Address> "from the firewall's number", Emitted, "\"192.168.107.250\"";
        /// The CARP group (VHID) by which a pair shares it; one a broadcast domain, VRRP ids of clusters included.
        carp_id: prop("carp-id")<Vrid> "the VLAN's tag, counted round at 255", Emitted, "101";
        /// What OPNsense calls the interface.
        key: prop<InterfaceKey> "`lan` on the VLAN of management, `opt` and the number of its slot elsewhere", Emitted, "\"opt8\"";
        /// The interface that carries the VLAN with a tag, when it has no NIC of its own.
        carried_by: prop("carried-by")<VlanRef> "it has a NIC of its own", Emitted, "\"management\"";
    }
}
