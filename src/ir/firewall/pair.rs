//! Decided: how two nodes of a firewall keep each other's state; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::SecretId;
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// How two nodes keep each other's state.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The interface that they tell each other of connections on: number in [`super::FirewallNetwork::interfaces`].
    pub interface: Sp<usize>,
    /// Each node's own address there, in the order of [`super::super::Firewall::nodes`].
    pub own: Vec<Sp<Ipv4Addr>>,
    /// The secret that holds the shared addresses together.
    pub secret: Sp<SecretId>,
    /// Whom a node tells that it holds them.
    pub announce: Sp<CarpAnnounce>,
    /// Addresses that the pair shares, in the order of interfaces.
    pub shared: Vec<SharedAddress>,
    /// What the first node copies to the second.
    pub configuration: Option<ConfigurationSync>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An address that a pair shares by CARP.
#[derive(Clone, Debug, Serialize)]
pub struct SharedAddress {
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// The address.
    pub address: Sp<Ipv4Addr>,
    /// The group (VHID), unique on the interface.
    pub group: Sp<u8>,
}

/// What the first node of a pair copies to the second.
#[derive(Clone, Debug, Serialize)]
pub struct ConfigurationSync {
    /// Each node's own address that its web interface answers on, in the order of [`super::super::Firewall::nodes`].
    pub own: Vec<Sp<Ipv4Addr>>,
    /// The parts, ordered, each once.
    pub parts: Vec<Sp<SyncPart>>,
    /// The account of the second node.
    pub user: Sp<UserName>,
    /// The account's password.
    pub secret: Sp<SecretId>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
