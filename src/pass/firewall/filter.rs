//! Pass: a firewall's filter; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::Cx;

crate::rules! {
    61;
    STATED_FILTER = "it is stated" @ "language reference";
}

/// Decides it from the firewall's statements.
pub fn decide(_: &At<'_>, _: &mut Cx<'_>) -> Filter {
    Filter::default()
}
