//! Decided: how two nodes of a firewall keep each other's state; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// How two nodes keep each other's state.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
