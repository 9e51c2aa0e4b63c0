//! Pass: a firewall's dhcp; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    55;
    STATED_DHCP = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> Vec<FirewallDhcp> {
    Vec::new()
}
