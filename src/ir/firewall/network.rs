//! Decided: interfaces, ways out and routes of a firewall; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::VlanId;
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Interfaces, ways out and routes: the same on both nodes but for the addresses.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FirewallNetwork {
    /// Interfaces: ways out first, then in the order of slots.
    pub interfaces: Vec<FirewallInterface>,
    /// Gateways: one for each way out in the order of interfaces, then one for each further router of a route, by address.
    pub gateways: Vec<FirewallGateway>,
    /// Groups of ways out, ordered by name.
    pub groups: Vec<GatewayGroup>,
    /// Routes, ordered by network.
    pub routes: Vec<FirewallRoute>,
    /// Public addresses that it answers for beside its own, ordered by address.
    pub aliases: Vec<PublicAlias>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
}

/// An interface as OPNsense assigns it.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallInterface {
    /// Its key: `wan`, `lan`, `optN`.
    pub key: Sp<InterfaceKey>,
    /// Its VLAN.
    pub vlan: Sp<VlanId>,
    /// Number in [`super::super::Firewall::legs`].
    pub leg: usize,
    /// What people call it in OPNsense: letters, digits and `_`; unique.
    pub label: Sp<String>,
    /// The device: `vtnetN` by slot, or `vlan0.TAG` on another.
    pub device: Sp<String>,
    /// The interface whose device carries it with a tag: number in this list.
    pub carrier: Option<Sp<usize>>,
    /// Each node's own address, in the order of [`super::super::Firewall::nodes`]; none where it comes by DHCP. The only node
    /// has the firewall's.
    pub own: Vec<Sp<Ipv4Addr>>,
    /// The largest packet in bytes, where OPNsense would not take it by itself.
    pub mtu: Option<Sp<u16>>,
    /// The gateway, on a way out: number in [`FirewallNetwork::gateways`].
    pub gateway: Option<usize>,
    /// Whether what comes from addresses that nobody was given is dropped.
    pub block_bogons: Sp<bool>,
    /// Whether what comes from private addresses is dropped.
    pub block_private: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A router that the firewall sends to.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallGateway {
    /// Its name in OPNsense: letters, digits, `_` and `-`, at most 32.
    pub name: Sp<String>,
    /// The interface: number in [`FirewallNetwork::interfaces`].
    pub interface: usize,
    /// Its address; `None` when it comes by DHCP.
    pub address: Option<Sp<Ipv4Addr>>,
    /// Its rank among ways out; `None` for the router of a route.
    pub priority: Option<Sp<u8>>,
    /// Who answers pings there.
    pub probe: Option<Sp<Ipv4Addr>>,
}

/// A public address that the firewall answers for on a way out.
#[derive(Clone, Debug, Serialize)]
pub struct PublicAlias {
    /// The interface: number in [`FirewallNetwork::interfaces`].
    pub interface: usize,
    /// The address.
    pub address: Sp<Ipv4Addr>,
    /// The CARP group (VHID) of the interface that it moves with, on a pair.
    pub group: Option<Sp<u8>>,
}

/// Ways out that stand in for each other.
#[derive(Clone, Debug, Serialize)]
pub struct GatewayGroup {
    /// Its name.
    pub name: Sp<Name>,
    /// Gateways by rank, the first rank first: numbers in [`FirewallNetwork::gateways`].
    pub ranks: Vec<Vec<Sp<usize>>>,
    /// What counts as not working.
    pub trigger: Sp<WayTrigger>,
}

/// A network behind a router.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallRoute {
    /// The network.
    pub net: Sp<ipnet::Ipv4Net>,
    /// The gateway: number in [`FirewallNetwork::gateways`].
    pub gateway: usize,
    /// The router's address as this route states it.
    pub via: Sp<Ipv4Addr>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Whether OPNsense drops what comes from an address where private ones are not let in (core 26.7, filter.inc).
pub fn dropped_as_private(a: Ipv4Addr) -> bool {
    let [x, y, ..] = a.octets();
    a.is_private() || a.is_loopback() || a.is_link_local() || x == 100 && (64..128).contains(&y)
}
