//! Pass: a firewall's watch; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    56;
    STATED_WATCH = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> FirewallWatch {
    FirewallWatch::default()
}
