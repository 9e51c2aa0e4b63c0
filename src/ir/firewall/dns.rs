//! Decided: a firewall's answers to questions for names; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// Answers to questions for names.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallDns {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
