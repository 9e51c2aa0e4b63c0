//! Decided: the time that a firewall tells others; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// The time, for others.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallNtp {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
