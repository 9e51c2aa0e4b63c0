//! Pass: storage in a cluster.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    46;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Storage> {
    let _ = cx;
    let s = x.c.storage.first()?;
    let target = x.t.targets.cluster.rook.clone()?;
    Some(Storage { chart: target.version, caps: target.caps, ceph: x.t.targets.cluster.ceph.clone()?, at: s.at })
}
