//! Decided: what a firewall looks for in the traffic; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// What a firewall looks for in the traffic.
#[derive(Clone, Debug, Serialize)]
pub struct Ids {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
