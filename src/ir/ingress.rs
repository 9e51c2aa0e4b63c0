//! Decided: the way in for HTTP; holds no diagnostics and does no work.

use serde::Serialize;

use std::net::Ipv4Addr;

use crate::schema::*;
use crate::source::{Origin, Sp};

/// A way in for HTTP: an ingress controller or a gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Ingress {
    /// What serves it.
    pub by: Sp<Label>,
    /// Its address and the pool that has it: the name of a pool of the cluster.
    pub address: Option<(Sp<Name>, Sp<Ipv4Addr>)>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
