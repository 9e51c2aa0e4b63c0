//! Decided: a firewall's logs, figures, and what it looks after; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;

/// Logs, figures, and what it looks after by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FirewallWatch {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
}
