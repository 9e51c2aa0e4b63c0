//! Decided: how the bandwidth of a firewall's ways out is shared; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// How the bandwidth of ways out is shared.
#[derive(Clone, Debug, Serialize)]
pub struct Shaper {
    /// Ways out, ordered by the number of their interface.
    pub links: Vec<ShapedLink>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A way out whose bandwidth is shared.
#[derive(Clone, Debug, Serialize)]
pub struct ShapedLink {
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// The name of its VLAN.
    pub name: Sp<Name>,
    /// What comes in.
    pub down: Pipe,
    /// What goes out.
    pub up: Pipe,
    /// How packets take turns.
    pub scheduler: Sp<LinkScheduler>,
    /// What keeps the queue of a class short; `None` where there are no classes.
    pub queues: Option<Sp<QueueControl>>,
    /// Classes in the order in which they are asked, the one for all else last; empty where everything is one.
    pub classes: Vec<ShapedClass>,
    /// What is asked in this order: the first that fits decides.
    pub rules: Vec<ShaperRule>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// One direction of a link.
#[derive(Clone, Debug, Serialize)]
pub struct Pipe {
    /// Its number in dummynet: 10000 or more, unique on the firewall.
    pub number: Sp<u16>,
    /// How much.
    pub bandwidth: Sp<Bandwidth>,
}

/// Traffic that belongs together.
#[derive(Clone, Debug, Serialize)]
pub struct ShapedClass {
    /// Its name.
    pub name: Sp<Label>,
    /// Its weight among the classes of the link.
    pub weight: Sp<u8>,
    /// Whether it has what is in no other.
    pub default: Sp<bool>,
    /// The position that it states.
    pub order: Option<Sp<u16>>,
    /// The number of its queue for what comes in: 10000 or more, unique on the firewall.
    pub down: Sp<u16>,
    /// The number of its queue for what goes out.
    pub up: Sp<u16>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Which packets belong to a class, or to the link where it has none.
#[derive(Clone, Debug, Serialize)]
pub struct ShaperRule {
    /// What its uuid is made of; unique on this firewall.
    pub key: String,
    /// Its place: unique, 1 to 1000000 (TrafficShaper.xml: sequence).
    pub sequence: Sp<u32>,
    /// Whether the packets go out; else they come in.
    pub up: bool,
    /// The class: number in [`ShapedLink::classes`]; `None` for the link's pipe.
    pub class: Option<usize>,
    /// What they speak; `None` is any protocol.
    pub protocol: Option<Sp<ShaperProtocol>>,
    /// Who sends the packet: literal networks; empty is anybody.
    pub source: Vec<Sp<ipnet::Ipv4Net>>,
    /// From which ports.
    pub source_port: Option<Sp<PortSpan>>,
    /// For whom it is: literal networks; empty is anybody.
    pub target: Vec<Sp<ipnet::Ipv4Net>>,
    /// For which ports.
    pub target_port: Option<Sp<PortSpan>>,
    /// Any of these marks; empty is whatever they are marked with.
    pub dscp: Vec<Sp<Dscp>>,
    /// Why it is there.
    #[serde(skip)]
    pub at: Origin,
}

/// What the shaper can tell apart (TrafficShaper.xml: proto).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShaperProtocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// IPsec authentication.
    Ah,
    /// IPsec encryption.
    Esp,
    /// GRE tunnels.
    Gre,
    /// Membership of multicast groups.
    Igmp,
}
