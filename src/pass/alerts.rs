//! Pass: which alerts there are, and their thresholds; spells nothing.

use super::Cx;
use super::layer::At;
use crate::ir::facts::AlertsFacts;
use crate::ir::*;

/// Decides them from what is stated and what is there.
pub fn decide(a: Option<&AlertsFacts>, _x: &At<'_>, _cx: &mut Cx<'_>) -> Alerts {
    Alerts { runbooks: a.and_then(|a| a.runbooks.clone()) }
}
