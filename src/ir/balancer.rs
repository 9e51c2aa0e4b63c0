//! Decided: addresses of services and who announces them; holds no diagnostics and does no work.

use serde::Serialize;

use std::net::Ipv4Addr;

use crate::schema::*;
use crate::source::{Origin, Sp};

use super::VlanId;

/// Who announces addresses of services, and which.
#[derive(Clone, Debug, Serialize)]
pub struct Balancer {
    /// The pools, ordered by name.
    pub pools: Vec<Pool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A pool of addresses for services.
#[derive(Clone, Debug, Serialize)]
pub struct Pool {
    /// Its name.
    pub name: Sp<Name>,
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// First address.
    pub from: Sp<Ipv4Addr>,
    /// Last address.
    pub to: Sp<Ipv4Addr>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
