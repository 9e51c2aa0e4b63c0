//! What rules of a firewall say of ports and protocols: one rule for what one rule can say; reports what none can.

use super::TOGETHER;
use super::alias::Aliases;
use crate::consumer::Protocol;
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::*;
use crate::source::Sp;

/// Traffic of one rule, before aliases have their names.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Everything.
    Any,
    /// Ports.
    Ports {
        /// TCP.
        tcp: bool,
        /// UDP.
        udp: bool,
        /// Where.
        at: At,
    },
    /// ICMP.
    Icmp(Vec<Sp<u8>>),
    /// Another protocol.
    Protocol(Sp<IpProtocol>),
}

/// Ports of a rule.
#[derive(Clone, Debug)]
pub enum At {
    /// A port or a range.
    Span(Sp<PortSpan>),
    /// An alias.
    Alias(usize),
}

impl Kind {
    /// What keys of rules say of it: it stays when ports change.
    pub fn text(&self) -> &'static str {
        match self {
            Kind::Any => "any",
            Kind::Ports { tcp: true, udp: true, .. } => "tcp-udp",
            Kind::Ports { tcp: true, .. } => "tcp",
            Kind::Ports { .. } => "udp",
            Kind::Icmp(_) => "icmp",
            Kind::Protocol(p) => p.v.word(),
        }
    }

    /// Whether it is TCP alone: only such connections can be counted.
    pub fn only_tcp(&self) -> bool {
        matches!(self, Kind::Ports { tcp: true, udp: false, .. })
    }
}

/// The rules' worth of traffic of some ports. `apart` keeps TCP and UDP in rules of their own.
pub fn kinds(ports: &Ports, apart: bool, aliases: &mut Aliases, cx: &mut Cx<'_>) -> Vec<Kind> {
    let Ports { ports, icmp, protocols, at: _ } = ports;
    if ports.is_empty() && icmp.is_empty() && protocols.is_empty() {
        return vec![Kind::Any];
    }
    let of = |p: Protocol| {
        let mut spans: Vec<Sp<PortSpan>> = ports.iter().filter(|(q, _)| *q == p).map(|(_, s)| *s).collect();
        spans.sort_by_key(|s| s.v);
        spans.dedup_by_key(|s| s.v);
        spans
    };
    let (tcp, udp) = (of(Protocol::Tcp), of(Protocol::Udp));
    let mut all = Vec::new();
    let same = tcp.len() == udp.len() && tcp.iter().zip(&udp).all(|(a, b)| a.v == b.v);
    let mut rule = |spans: Vec<Sp<PortSpan>>, tcp: bool, udp: bool, cx: &mut Cx<'_>| {
        let at = match spans.as_slice() {
            [] => return,
            [one] => At::Span(*one),
            _ => At::Alias(aliases.ports(spans, cx)),
        };
        all.push(Kind::Ports { tcp, udp, at });
    };
    if same && !apart {
        // One rule is for both, so both are why.
        let both = tcp.iter().zip(&udp).map(|(a, b)| cx.make(a.v, TOGETHER, &[a.at, b.at])).collect();
        rule(both, true, true, cx);
    } else {
        rule(tcp, true, false, cx);
        rule(udp, false, true, cx);
    }
    if !icmp.is_empty() {
        all.push(Kind::Icmp(icmp.clone()));
    }
    all.extend(protocols.iter().map(|p| Kind::Protocol(*p)));
    all
}

/// What keeps a port from being in a rule, and where it is said.
pub fn unsayable(ports: &Ports) -> Option<crate::source::Origin> {
    ports.ports.iter().find(|(p, _)| *p == Protocol::Sctp).map(|(_, s)| s.at)
}
