//! Pass: the network plugin of a cluster.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    42;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Cilium> {
    let _ = x.c.network.as_ref()?;
    let target = x.t.targets.cluster.cilium.clone()?;
    let _ = cx;
    Some(Cilium { chart: target.version, caps: target.caps, at: x.c.network.as_ref()?.at })
}
