//! Decided: aliases and filter rules of a firewall, and what its own services open; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::{Limit, PolicyZone, Ports};
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};

/// Aliases and rules of a firewall.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Filter {
    /// Names for addresses and ports that rules use, ordered by name.
    pub aliases: Vec<Alias>,
    /// Rules, ordered by interface and sequence.
    pub rules: Vec<FilterRule>,
    /// What is said of traffic that meets no firewall: reported, and no rule is made from it.
    #[serde(skip)]
    pub said: Vec<Origin>,
}

/// A name for addresses or ports. A name of OPNsense: letters, digits and `_`, at most 31, never a pf keyword or a name of
/// /etc/services or /etc/protocols.
#[derive(Clone, Debug, Serialize)]
pub struct Alias {
    /// Its name.
    pub name: Sp<AliasName>,
    /// What it holds.
    pub content: AliasContent,
    /// What it is, in words.
    pub about: Sp<String>,
}

/// What an alias holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AliasContent {
    /// Addresses and ranges of addresses.
    Hosts(Vec<(Sp<Ipv4Addr>, Option<Sp<Ipv4Addr>>)>),
    /// Networks, and parts of them that are not meant.
    Networks {
        /// The networks.
        nets: Vec<Sp<ipnet::Ipv4Net>>,
        /// Parts that are not meant.
        except: Vec<Sp<ipnet::Ipv4Net>>,
    },
    /// Names in DNS, which OPNsense asks for again and again; never with a `*`.
    Names(Vec<Sp<NamePattern>>),
    /// Ports and ranges of ports.
    Ports(Vec<Sp<PortSpan>>),
    /// Lists that are read from elsewhere.
    Feed {
        /// Where.
        url: Sp<Url>,
        /// How often.
        every: Sp<Seconds>,
    },
    /// Countries.
    Countries(Vec<Sp<Country>>),
    /// Other aliases of addresses.
    Aliases(Vec<Sp<AliasName>>),
}

/// A filter rule: in its order the first that matches decides (`quick`).
#[derive(Clone, Debug, Serialize)]
pub struct FilterRule {
    /// What its uuid and its place in the order are made of; unique on this firewall.
    pub key: String,
    /// The interface that the packet comes in by.
    pub on: RuleOn,
    /// Its place: unique, 1 to 999999 (Filter.xml, sequence).
    pub sequence: Sp<u32>,
    /// What happens.
    pub action: Sp<RuleAction>,
    /// Who sends.
    pub source: RuleEnd,
    /// For whom, after translation.
    pub target: RuleEnd,
    /// By what.
    pub traffic: RuleTraffic,
    /// The way out that it takes.
    pub via: Option<Sp<WayRef>>,
    /// Hours in which it holds: number in `Topology::schedules`.
    pub schedule: Option<Sp<u32>>,
    /// How much of it is let through.
    pub limit: Option<Limit>,
    /// Whether each connection is logged.
    pub log: Sp<bool>,
    /// What for, in words.
    pub about: Sp<String>,
    /// The statement or statements that it comes from.
    #[serde(skip)]
    pub at: Origin,
}

/// Where a rule stands.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleOn {
    /// An interface: number in [`super::FirewallNetwork::interfaces`].
    Interface(usize),
    /// The interfaces of all VPNs of a kind: OPNsense's groups `wireguard` and `openvpn`.
    Vpns(VpnKind),
}

/// What a rule does.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// The packet is dropped.
    Block,
    /// The packet is refused.
    Reject,
    /// The packet passes, and what answers it.
    Pass,
}

/// One end of a rule.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleEnd {
    /// Everybody.
    Any,
    /// The firewall itself, at any of its addresses.
    Itself,
    /// One address.
    Address(Sp<Ipv4Addr>),
    /// An alias.
    Alias(Sp<AliasName>),
    /// Everybody but an alias.
    Not(Sp<AliasName>),
}

/// What a rule is about.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleTraffic {
    /// Everything.
    Any,
    /// TCP, UDP or both, at one port, a range, or the ports of an alias.
    Ports {
        /// TCP.
        tcp: bool,
        /// UDP.
        udp: bool,
        /// At what.
        at: RulePorts,
    },
    /// ICMP for IPv4: these types; none is every type.
    Icmp(Vec<Sp<u8>>),
    /// Another protocol.
    Protocol(Sp<IpProtocol>),
}

/// Ports of a rule.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulePorts {
    /// A port or a range.
    Span(Sp<PortSpan>),
    /// An alias of ports.
    Alias(Sp<AliasName>),
}

/// What a service of the firewall, or a translation, opens; the pass of rules makes filter rules of it.
#[derive(Clone, Debug, Serialize)]
pub struct Opening {
    /// What its rule's key is made of: short words that never change, such as `dns`; unique with the interface.
    pub key: String,
    /// The interface.
    pub on: RuleOn,
    /// Who may.
    pub from: OpeningFrom,
    /// The firewall itself when `None`; else an address behind it.
    pub to: Option<Sp<Ipv4Addr>>,
    /// By what; nothing in it is everything.
    pub ports: Ports,
    /// Whether each connection is logged.
    pub log: Sp<bool>,
    /// What for, in words: one sentence without a full stop.
    pub about: Sp<String>,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
    /// Why the rule is there.
    #[serde(skip)]
    pub rule: Rule,
}

/// Who may use an opening.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpeningFrom {
    /// Everybody who comes by that interface.
    Anyone,
    /// Who is on the interface's own network.
    ItsNetwork,
    /// These, a union.
    Zones(Vec<PolicyZone>),
}

/// A name of an alias: OPNsense's own rule (Firewall/FieldTypes/AliasNameField.php, 26.7).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct AliasName(pub String);

impl std::fmt::Display for AliasName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
