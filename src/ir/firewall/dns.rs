//! Decided: a firewall's answers to questions for names; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::ClusterId;
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Answers to questions for names.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallDns {
    /// Who may ask: VLANs by tag, then VPNs by name, then pods by cluster.
    pub served: Vec<Served>,
    /// The interfaces that it listens on: numbers in [`super::FirewallNetwork::interfaces`]; empty is every address, which
    /// VPNs need, because theirs are on no interface that is assigned.
    pub listen: Vec<Sp<usize>>,
    /// Its port.
    pub port: Sp<u16>,
    /// Who is asked for what it does not know; nobody for everything: the name servers of the Internet.
    pub upstreams: Vec<DnsUpstream>,
    /// Names that it knows by itself, each answer once; those that answer for their address first.
    pub names: Vec<DnsName>,
    /// Whether names of the file's own things are among them.
    pub own_names: Sp<bool>,
    /// Whether signatures of answers are checked.
    pub dnssec: Sp<bool>,
    /// Whether it counts what is asked.
    pub statistics: Sp<bool>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who may ask.
#[derive(Clone, Debug, Serialize)]
pub struct Served {
    /// What it is.
    pub who: ServedBy,
    /// What it is called.
    pub name: Sp<Name>,
    /// The addresses that it asks from.
    pub net: Sp<ipnet::Ipv4Net>,
}

/// What may ask.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServedBy {
    /// A VLAN, by the number of the interface in [`super::FirewallNetwork::interfaces`].
    Vlan(usize),
    /// A VPN.
    Vpn(VpnKind),
    /// Pods that keep their addresses when they leave their cluster.
    Pods(ClusterId),
}

/// A server that is asked.
#[derive(Clone, Debug, Serialize)]
pub struct DnsUpstream {
    /// The domain that it is asked for; everything when `None`.
    pub domain: Option<Sp<Domain>>,
    /// Its address.
    pub address: Sp<Ipv4Addr>,
    /// Its port.
    pub port: Sp<u16>,
    /// The name that its certificate must have; in the clear when `None`.
    pub tls: Option<Sp<Domain>>,
}

/// A name with an answer.
#[derive(Clone, Debug, Serialize)]
pub struct DnsName {
    /// What its uuid is made of; unique on this firewall.
    pub key: String,
    /// Its first label.
    pub host: Sp<Label>,
    /// The rest.
    pub domain: Sp<Domain>,
    /// The answer.
    pub data: DnsData,
    /// What it is, in words.
    pub about: Sp<String>,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
}

/// An answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsData {
    /// An address, and whether the address has this name.
    Address(Sp<Ipv4Addr>, Sp<bool>),
    /// A server for mail and its rank.
    Mail(Sp<Domain>, Sp<u16>),
    /// A text.
    Text(Sp<TxtData>),
}

impl DnsName {
    /// The whole name.
    pub fn full(&self) -> String {
        format!("{}.{}", self.host.v, self.domain.v)
    }
}
