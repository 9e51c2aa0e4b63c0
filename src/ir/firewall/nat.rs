//! Decided: services at public addresses and all translation of addresses; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::{FirewallId, MachineId, PolicyZone, Ports};
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
    /// The leg by which packets for it come: number in [`super::super::Firewall::legs`].
    pub leg: usize,
    /// The public address.
    pub public: Sp<Ipv4Addr>,
    /// The address that packets for it have when they come: another where the upstream translates.
    pub seen: Sp<Ipv4Addr>,
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
    /// Whether clients inside reach it at the public address too.
    pub reflect: Sp<bool>,
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
    /// The address that packets have when they come.
    pub public: Sp<Ipv4Addr>,
    /// The port or range there.
    pub ports: Sp<PortSpan>,
    /// The address that serves it.
    pub target: Sp<Ipv4Addr>,
    /// The first port there.
    pub target_port: Sp<u16>,
    /// Whether clients inside reach the public address too (reflection).
    pub reflect: Sp<bool>,
    /// Whether each connection is logged, by its filter rule.
    pub log: Sp<bool>,
    /// What for, in words.
    pub about: Sp<String>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A machine with a public address of its own.
#[derive(Clone, Debug, Serialize)]
pub struct OneToOne {
    /// What its uuid is made of: the public address.
    pub key: String,
    /// Its place: unique.
    pub sequence: Sp<u32>,
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// The public address.
    pub public: Sp<Ipv4Addr>,
    /// The address that packets for it have when they come: another where the upstream translates.
    pub seen: Sp<Ipv4Addr>,
    /// The machine's address.
    pub inside: Sp<Ipv4Addr>,
    /// The machine.
    pub machine: Sp<MachineId>,
    /// What for, in words.
    pub about: Sp<String>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Translation of what leaves.
#[derive(Clone, Debug, Serialize)]
pub struct Outbound {
    /// What its uuid is made of; unique on this firewall.
    pub key: String,
    /// Its place: unique; the first that matches translates.
    pub sequence: Sp<u32>,
    /// The interface by which it leaves: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// Whose addresses are translated.
    pub source: Sp<ipnet::Ipv4Net>,
    /// For whom; everybody when `None`.
    pub target: Option<Sp<ipnet::Ipv4Net>>,
    /// What the addresses become.
    pub becomes: Becomes,
    /// What for, in words.
    pub about: Sp<String>,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
}

/// What addresses become.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Becomes {
    /// They stay what they are.
    Kept(Sp<bool>),
    /// This address.
    Address(Sp<Ipv4Addr>),
    /// The address that the interface has at the time, by DHCP.
    Interface(Sp<bool>),
}
