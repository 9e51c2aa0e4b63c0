//! Decided: services at public addresses and all translation of addresses; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::{FirewallId, PolicyZone, Ports};
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// A service at a public address.
#[derive(Clone, Debug, Serialize)]
pub struct Publish {
    /// Its name.
    pub name: Sp<Label>,
    /// The firewall that gets the public address.
    pub firewall: Sp<FirewallId>,
    /// The public address.
    pub public: Sp<Ipv4Addr>,
    /// The address that serves it.
    pub target: Sp<Ipv4Addr>,
    /// What the target is.
    pub to: PolicyZone,
    /// The ports at which it is reached.
    pub ports: Ports,
    /// The port at which it is served, when it is another.
    pub to_port: Option<Sp<Port>>,
    /// Who may reach it.
    pub from: Vec<PolicyZone>,
    /// Whether each connection is logged.
    pub log: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Translation of addresses on one firewall.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Nat {
    /// Port forwards, ordered by sequence.
    pub forwards: Vec<Forward>,
    /// Machines with a public address of their own, ordered by that address.
    pub one_to_one: Vec<OneToOne>,
    /// Translation of what leaves, ordered by sequence; beside it OPNsense makes its own for the networks of its interfaces.
    pub outbound: Vec<Outbound>,
    /// The filter rules that all this needs.
    pub openings: Vec<Opening>,
}

/// A port forward: only the translation. What passes is an [`Opening`] on the translated address.
#[derive(Clone, Debug, Serialize)]
pub struct Forward {
    /// What its uuid is made of; unique on this firewall.
    pub key: String,
    /// Its place: unique.
    pub sequence: Sp<u32>,
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// TCP or UDP.
    pub protocol: Sp<crate::consumer::Protocol>,
    /// The public address.
    pub public: Sp<Ipv4Addr>,
    /// The port or range there.
    pub ports: Sp<PortSpan>,
    /// The address that serves it.
    pub target: Sp<Ipv4Addr>,
    /// The first port there.
    pub target_port: Sp<u16>,
    /// Whether clients inside reach the public address too (reflection).
    pub reflect: Sp<bool>,
    /// What for, in words.
    pub about: Sp<String>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A machine with a public address of its own.
#[derive(Clone, Debug, Serialize)]
pub struct OneToOne {
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// The public address.
    pub public: Sp<Ipv4Addr>,
    /// The machine's address.
    pub inside: Sp<Ipv4Addr>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Translation of what leaves.
#[derive(Clone, Debug, Serialize)]
pub struct Outbound {
    /// What its uuid is made of; unique on this firewall.
    pub key: String,
    /// Its place: unique.
    pub sequence: Sp<u32>,
    /// The interface by which it leaves: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// Whose addresses are translated.
    pub source: Sp<ipnet::Ipv4Net>,
    /// For whom; everybody when `None`.
    pub target: Option<Sp<ipnet::Ipv4Net>>,
    /// What they become: the interface's address when `None`.
    pub becomes: Option<Sp<Ipv4Addr>>,
    /// Whether nothing is translated.
    pub keep: Sp<bool>,
    /// What for, in words.
    pub about: Sp<String>,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
}
