//! Decided: networks of people who come from afar; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// A VPN of a firewall.
#[derive(Clone, Debug, Serialize)]
pub struct Vpn {
    /// Its name.
    pub name: Sp<Name>,
    /// What it speaks.
    pub kind: Sp<VpnKind>,
    /// Its subnet: the firewall has the first address.
    pub subnet: Sp<ipnet::Ipv4Net>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
