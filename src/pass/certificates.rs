//! Pass: certificates and who issues them.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    45;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Certificates> {
    let _ = cx;
    let c = x.c.certificates.as_ref()?;
    let target = x.t.targets.cluster.cert_manager.clone()?;
    Some(Certificates { chart: target.version, caps: target.caps, issuers: Vec::new(), at: c.at })
}
