//! Decided: names inside a cluster; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::schema::Domain;
use crate::source::{Origin, Sp};

/// What answers names inside a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct ClusterDns {
    /// Whether a cache on each node answers pods.
    pub node_local: Sp<bool>,
    /// Whether the network plugin must redirect questions to that cache (CiliumLocalRedirectPolicy).
    pub local_redirect: Sp<bool>,
    /// Whom CoreDNS asks for names outside the cluster; empty where it asks what its node asks.
    pub upstreams: Vec<Sp<Ipv4Addr>>,
    /// Whether those are asked in their order; `None` where nothing is stated.
    pub in_order: Option<Sp<bool>>,
    /// Domains that others answer for, ordered by name.
    pub zones: Vec<Zone>,
    /// Names with addresses, ordered by name; the API's is among them.
    pub records: Vec<Record>,
    /// Where the statement is; a rule where nothing is stated.
    #[serde(skip)]
    pub at: Origin,
}

/// A domain that others answer for.
#[derive(Clone, Debug, Serialize)]
pub struct Zone {
    /// The domain.
    pub name: Sp<Domain>,
    /// Who answers for it.
    pub servers: Vec<Sp<Ipv4Addr>>,
    /// How long answers are kept, in seconds.
    pub cache: Sp<u32>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A name and its address.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The name.
    pub name: Sp<Domain>,
    /// The address.
    pub address: Sp<Ipv4Addr>,
}

impl ClusterDns {
    /// Nothing is decided yet.
    pub fn undecided(yes: Origin) -> ClusterDns {
        ClusterDns {
            node_local: Sp::new(true, yes),
            local_redirect: Sp::new(false, yes),
            upstreams: Vec::new(),
            in_order: None,
            zones: Vec::new(),
            records: Vec::new(),
            at: yes,
        }
    }
}
