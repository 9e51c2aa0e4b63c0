//! Pass: the network plugin of a cluster.

use super::Cx;
use super::layer::At;
use super::rules::*;
use crate::ir::*;
use crate::source::Sp;

crate::rules! {
    42;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Cilium> {
    let _ = x.c.network.as_ref()?;
    let target = x.t.targets.cluster.cilium.clone()?;
    let _ = cx;
    let replaces_kube_proxy = Sp::new(true, DEFAULT_YES.origin());
    Some(Cilium { chart: target.version, caps: target.caps, replaces_kube_proxy, at: x.c.network.as_ref()?.at })
}
