//! Pass: clusters inside a cluster.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    48;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Nested> {
    let _ = cx;
    x.c.nested.iter().filter_map(|n| Some(Nested { name: n.name.clone()?, at: n.at })).collect()
}
