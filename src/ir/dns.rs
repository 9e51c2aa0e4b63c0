//! Decided: names inside a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::source::{Origin, Sp};

/// What answers names inside a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterDns {
    /// Whether a cache on each node answers pods.
    pub node_local: Sp<bool>,
    /// Where the statement is; a rule where nothing is stated.
    #[serde(skip)]
    pub at: Origin,
}
