//! What the file says of addresses that a firewall gives out; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Addresses for machines that ask for one.
    FirewallDhcpFacts = "dhcp" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"management\"";
    }
}
