//! Decided: names inside a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::source::{Origin, Sp};

/// What answers names inside a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterDns {
    /// Whether a cache on each node answers pods.
    pub node_local: Sp<bool>,
    /// Whether Cilium sends what pods ask of the cluster's name service to the cache of their node.
    pub local_redirect: Sp<bool>,
    /// Where the statement is; a rule where nothing is stated.
    #[serde(skip)]
    pub at: Origin,
}
