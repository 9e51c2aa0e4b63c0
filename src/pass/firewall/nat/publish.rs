//! Pass: services at public addresses, for every firewall alike; opens nothing by itself.

use super::{EVERYBODY, UNLOGGED, UNREFLECTED, public, target};
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::{Facts, PublishFacts};
use crate::ir::*;
use crate::pass::policy;
use crate::pass::{Cx, Index, or};
use crate::schema::PortSpan;
use crate::source::Sp;

/// All that say enough, ordered by name.
pub fn publishes(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Publish> {
    let mut all: Vec<Publish> = facts.publish.iter().filter_map(|p| publish(p, facts, index, t, cx)).collect();
    all.sort_by(|a, b| (&a.name.v.0, a.public.v).cmp(&(&b.name.v.0, b.public.v)));
    for (i, p) in all.iter().enumerate() {
        for before in &all[..i] {
            clash(before, p, cx);
        }
    }
    all
}

fn publish(p: &PublishFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Publish> {
    let (name, at) = (p.name.clone()?, p.at_?.map(|a| a.0));
    // All mistakes of a statement are said at once.
    let reached = public::reached(at, facts, t, None, cx);
    let found = target::find(p, facts, index, t, cx);
    let ports = ports(p, facts, cx);
    let from = match &p.from {
        Some(f) => policy::places(&f.zones, f.at, facts, index, t, cx).and_then(|z| policy::callers(z, f.at, cx)),
        None => Some(vec![PolicyZone::Internet(cx.make(true, EVERYBODY, &[p.at]))]),
    };
    let (reached, found, ports, from) = (reached?, found?, ports?, from?);
    let f = t.firewall(reached.firewall.v);
    let stated = facts.firewall.iter().find(|s| s.name.as_ref().is_some_and(|n| n.v.0 == f.name.v))?;
    if !target::answers_come_back(&found, f, reached.firewall.v, stated, t, cx) {
        return None;
    }
    Some(Publish {
        name,
        firewall: reached.firewall,
        leg: reached.leg,
        public: at,
        seen: reached.seen,
        target: found.address,
        to: found.zone,
        ports,
        to_port: p.to_port,
        from,
        reflect: or(p.reflect, false, UNREFLECTED),
        log: or(p.log, false, UNLOGGED),
        at: p.at,
    })
}

/// E1129, E1130: what is published is ports of TCP and UDP, and another port means one port.
fn ports(p: &PublishFacts, facts: &Facts, cx: &mut Cx<'_>) -> Option<Ports> {
    let ports = policy::ports(&p.service, facts, cx)?;
    let sctp = ports.ports.iter().find(|(protocol, _)| *protocol == Protocol::Sctp);
    let everything = ports.ports.is_empty() && ports.icmp.is_empty() && ports.protocols.is_empty();
    let bad = match (sctp, ports.icmp.first(), ports.protocols.first()) {
        (Some((_, span)), _, _) => Some((span.at, "SCTP has ports, and pf translates none of them here")),
        (None, Some(i), _) => Some((i.at, "ICMP has no port that could lead to somebody else")),
        (None, None, Some(p)) => Some((p.at, "this protocol has no port that could lead to somebody else")),
        (None, None, None) if everything => Some((ports.at.first().copied().unwrap_or(p.at), "`any` names no port")),
        (None, None, None) => None,
    };
    if let Some((at, what)) = bad {
        let (x, y) = (cx.span(at), cx.span(p.at));
        cx.report(
            Diag::new(code::E1129, "this cannot be published")
                .at(x, what)
                .at(y, "a port forward is for ports of TCP or UDP")
                .help("service \"https\"; or all of an address: nat { one-to-one … } in the firewall"),
        );
        return None;
    }
    let mut ports = ports;
    // Two services may name one port.
    ports.ports.dedup_by(|a, b| a.0 == b.0 && a.1.v == b.1.v);
    let overlap = |w: &&[(Protocol, Sp<PortSpan>)]| w[0].0 == w[1].0 && w[1].1.v.0.0 <= w[0].1.v.0.1;
    if let Some(pair) = ports.ports.windows(2).find(overlap) {
        let (x, y) = (cx.span(pair[1].1.at), cx.span(pair[0].1.at));
        cx.report(
            Diag::new(code::E0202, format!("port {} is stated twice", pair[1].1.v.0.0))
                .at(x, "again here")
                .at(y, "first here")
                .help("keep one of the two"),
        );
        return None;
    }
    let Some(to) = p.to_port else { return Some(ports) };
    let spans: std::collections::BTreeSet<_> = ports.ports.iter().map(|(_, s)| s.v).collect();
    let first = ports.ports.first()?.1;
    let long = first.v.0.1 - first.v.0.0;
    let (x, y) = (cx.span(to.at), cx.span(ports.ports.last()?.1.at));
    if spans.len() > 1 {
        let list: Vec<String> = spans.iter().map(ToString::to_string).collect();
        cx.report(
            Diag::new(code::E1130, format!("ports {} would all lead to port {}", list.join(" and "), to.v.0))
                .at(x, "one port for all of them")
                .at(y, "this is not the only one")
                .help("a `publish` of its own for each"),
        );
        return None;
    }
    if to.v.0.checked_add(long).is_none() {
        cx.report(
            Diag::new(code::E1130, format!("{} ports from {} on go beyond 65535", u32::from(long) + 1, to.v.0))
                .at(x, "the first port")
                .at(y, "this many")
                .help(format!("to-port {}", 65535 - long)),
        );
        return None;
    }
    Some(ports)
}

/// E1127: one port of one address leads to one place.
fn clash(a: &Publish, b: &Publish, cx: &mut Cx<'_>) {
    if a.name.v == b.name.v {
        let (x, y) = (cx.span(b.name.at), cx.span(a.name.at));
        cx.report(
            Diag::new(code::E0202, format!("\"{}\" is published twice", b.name.v.0))
                .at(x, "again here")
                .at(y, "first here")
                .help("give one of them another name: rules and logs are known by it"),
        );
    }
    if a.firewall.v != b.firewall.v || a.seen.v != b.seen.v {
        return;
    }
    for (protocol, span) in &b.ports.ports {
        let same = |(q, s): &&(Protocol, Sp<PortSpan>)| q == protocol && s.v.0.0 <= span.v.0.1 && span.v.0.0 <= s.v.0.1;
        let Some((_, other)) = a.ports.ports.iter().find(same) else { continue };
        let mut both = [(cx.span(span.at), b.target.v), (cx.span(other.at), a.target.v)];
        // The later one is the one to go to.
        both.sort_by_key(|(span, _)| std::cmp::Reverse(*span));
        cx.report(
            Diag::new(code::E1127, format!("{} port {} of {} is published twice", protocol.word(), span.v, b.public.v))
                .at(both[0].0, format!("to {}", both[0].1))
                .at(both[1].0, format!("to {}", both[1].1))
                .note("the first forward in OPNsense's order would get everything, the other nothing")
                .help("another public address, or another port"),
        );
        return;
    }
}
