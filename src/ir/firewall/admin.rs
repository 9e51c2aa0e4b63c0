//! Decided: who manages a firewall; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// Who manages a firewall, and from where.
#[derive(Clone, Debug, Serialize)]
pub struct Admin {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
