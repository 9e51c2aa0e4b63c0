//! Decided: how a cluster is installed; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::KubekeyCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// KubeKey for a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Install {
    /// KubeKey's version as stated.
    pub version: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static KubekeyCaps>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
