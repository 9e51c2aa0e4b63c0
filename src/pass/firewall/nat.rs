//! Pass: a firewall's nat; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    60;
    STATED_NAT = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> Nat {
    Nat::default()
}

/// Services at public addresses, for every firewall alike.
pub fn publishes(_: &facts::Facts, _: &crate::pass::Index, _: &Topology, _: &mut Cx<'_>) -> Vec<Publish> {
    Vec::new()
}
