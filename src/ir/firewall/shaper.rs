//! Decided: how the bandwidth of a firewall's ways out is shared; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// How the bandwidth of ways out is shared.
#[derive(Clone, Debug, Serialize)]
pub struct Shaper {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
