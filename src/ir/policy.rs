//! Decided: who may talk to whom inside a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::schema::*;
use crate::source::{Origin, Sp};

/// Policies of a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Policies {
    /// Where everything is refused that nothing allows.
    pub deny: Option<Sp<DenyScope>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
