//! Pass: how a cluster is installed.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    40;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Install> {
    let _ = cx;
    let i = x.c.install.as_ref()?;
    let target = x.t.targets.cluster.kubekey.clone()?;
    Some(Install { version: target.version, caps: target.caps, at: i.at })
}
