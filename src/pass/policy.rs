//! Pass: who may talk to whom inside a cluster.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    47;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Policies> {
    let _ = cx;
    let d = x.c.default_deny.as_ref()?;
    Some(Policies { deny: d.scope, at: d.at })
}
