//! Pass: names inside a cluster.

use super::layer::At;
use super::rules::*;
use super::{Cx, or};
use crate::ir::*;
use crate::source::Sp;

crate::rules! {
    41;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> ClusterDns {
    let _ = cx;
    let node_local = or(x.c.dns.as_ref().and_then(|d| d.node_local), true, DEFAULT_YES);
    ClusterDns {
        node_local,
        local_redirect: Sp::new(false, DEFAULT_NO.origin()),
        at: x.c.dns.as_ref().map_or(DEFAULT_YES.origin(), |d| d.at),
    }
}
