//! Decided: storage in a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::RookCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Ceph by Rook in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Storage {
    /// The charts' version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static RookCaps>,
    /// Ceph's version as stated.
    pub ceph: Sp<Version>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
