//! Decided: addresses that a firewall gives out; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::source::Origin;

/// Addresses for machines of a VLAN that ask for one.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallDhcp {
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
