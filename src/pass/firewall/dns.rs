//! Pass: a firewall's dns; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    53;
    STATED_DNS = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> Option<FirewallDns> {
    None
}
