//! Decided: addresses of services, who announces them and to whom; holds no diagnostics and does no work.

use serde::Serialize;

use std::net::Ipv4Addr;

use crate::schema::*;
use crate::source::{Origin, Sp};

use super::{MachineId, SecretId, VlanId};

/// Who announces addresses of services, and which.
#[derive(Clone, Debug, Serialize)]
pub struct Balancer {
    /// What gives and announces them.
    pub by: Sp<Announcer>,
    /// How.
    pub mode: Sp<AnnounceMode>,
    /// The pools, ordered by name.
    pub pools: Vec<Pool>,
    /// The nodes that may announce.
    pub nodes: Announcers,
    /// Whether control-plane nodes announce too.
    pub from_control_plane: Sp<bool>,
    /// Where each VLAN's addresses are announced, ordered by VLAN; empty with BGP.
    pub links: Vec<Link>,
    /// To whom they are announced; `None` with L2.
    pub bgp: Option<Bgp>,
    /// Who reads its metrics.
    pub metrics: Option<BalancerMetrics>,
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
    /// Whether a service gets one without asking for this pool.
    pub auto_assign: Sp<bool>,
    /// Whether addresses that end in 0 or 255 stay unused.
    pub avoid_edge_addresses: Sp<bool>,
    /// Namespaces that it is for, ordered; all when there are none.
    pub namespaces: Vec<Sp<ObjectName>>,
    /// Labels of the services that it is for, ordered by key; all when there are none.
    pub labels: Vec<(Sp<LabelKey>, Sp<LabelValue>)>,
    /// The lowest is taken first.
    pub priority: Option<Sp<u32>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Nodes that announce.
#[derive(Clone, Debug, Serialize)]
pub struct Announcers {
    /// They, ordered by number; the origin of each says why it is one.
    pub nodes: Vec<Sp<MachineId>>,
    /// Whether these are all nodes of the cluster.
    pub all: bool,
    /// Whether groups were named; else all that can are taken.
    pub stated: bool,
}

/// Where addresses of a VLAN are announced by ARP.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// Its pools: numbers in [`Balancer::pools`].
    pub pools: Vec<u32>,
    /// What the announcing nodes call their interfaces on it, ordered.
    pub interfaces: Vec<Sp<IfName>>,
    /// The nodes that have one.
    pub nodes: Announcers,
    /// Stated nodes that have none: an error.
    pub missing: Vec<Sp<MachineId>>,
}

/// How routers are told of addresses.
#[derive(Clone, Debug, Serialize)]
pub struct Bgp {
    /// The number of our autonomous system.
    pub asn: Sp<u32>,
    /// The routers, ordered by name.
    pub peers: Vec<Peer>,
    /// How the loss of one is noticed, ordered by name.
    pub bfd: Vec<Bfd>,
    /// Marks on routes, ordered by name.
    pub communities: Vec<Community>,
    /// What is told to whom, ordered by name; at least one.
    pub advertisements: Vec<Advertisement>,
    /// Set where one of them is wrong and reported: nothing may be said of what they leave out.
    #[serde(skip)]
    pub incomplete: bool,
}

/// A router that is told where addresses are.
#[derive(Clone, Debug, Serialize)]
pub struct Peer {
    /// Its name.
    pub name: Sp<Name>,
    /// Its address.
    pub address: Sp<Ipv4Addr>,
    /// The number of its autonomous system.
    pub asn: Sp<u32>,
    /// Its TCP port, when it is not 179.
    pub port: Option<Sp<u16>>,
    /// Seconds of silence after which it counts as lost.
    pub hold: Sp<u32>,
    /// Seconds between our signs of life.
    pub keepalive: Sp<u32>,
    /// Seconds before we try again.
    pub connect: Option<Sp<u32>>,
    /// Whether there are routers in between.
    pub multi_hop: Sp<bool>,
    /// Whether it keeps our routes while an announcing pod restarts.
    pub graceful_restart: Sp<bool>,
    /// What both sides sign packets with.
    pub secret: Option<Sp<SecretId>>,
    /// What watches it: the name of a [`Bfd`].
    pub bfd: Option<Sp<Name>>,
    /// The address that we talk from.
    pub source: Option<Sp<Ipv4Addr>>,
    /// What the node calls itself.
    pub router_id: Option<Sp<Ipv4Addr>>,
    /// Another number of ours for it alone.
    pub local_asn: Option<Sp<u32>>,
    /// The nodes that talk to it.
    pub nodes: Announcers,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How the loss of a peer is noticed; times in milliseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Bfd {
    /// Its name.
    pub name: Sp<Name>,
    /// The shortest time between packets that we can take.
    pub receive: Sp<u32>,
    /// The shortest time between packets that we send.
    pub transmit: Sp<u32>,
    /// Missed packets that mean loss.
    pub multiplier: Sp<u8>,
    /// The shortest time between echo packets.
    pub echo: Option<Sp<u32>>,
    /// Whether we wait for the peer to begin.
    pub passive: Sp<bool>,
    /// The least time to live over several hops.
    pub minimum_ttl: Option<Sp<u8>>,
}

/// A mark on routes.
#[derive(Clone, Debug, Serialize)]
pub struct Community {
    /// Its name.
    pub name: Sp<Name>,
    /// Its value.
    pub value: Sp<CommunityValue>,
}

/// What is told to whom.
#[derive(Clone, Debug, Serialize)]
pub struct Advertisement {
    /// Its name.
    pub name: Sp<ObjectName>,
    /// The pools: numbers in [`Balancer::pools`], with why each is told.
    pub pools: Vec<Sp<u32>>,
    /// The peers: numbers in [`Bgp::peers`], when not all are told.
    pub peers: Option<Vec<Sp<u32>>>,
    /// Marks: numbers in [`Bgp::communities`].
    pub communities: Vec<Sp<u32>>,
    /// What our own routers prefer it by.
    pub local_preference: Option<Sp<u32>>,
    /// Bits of the prefix that addresses are told in.
    pub aggregate: Sp<u8>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who reads metrics.
#[derive(Clone, Debug, Serialize)]
pub struct BalancerMetrics {
    /// The namespace of Prometheus.
    pub namespace: Sp<ObjectName>,
    /// Its account.
    pub account: Sp<ObjectName>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
