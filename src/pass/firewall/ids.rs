//! Pass: a firewall's ids; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    59;
    STATED_IDS = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> Option<Ids> {
    None
}
