//! Decided: the network plugin of a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::CiliumCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Cilium in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Cilium {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static CiliumCaps>,
    /// Whether it does what kube-proxy would do.
    pub replaces_kube_proxy: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
