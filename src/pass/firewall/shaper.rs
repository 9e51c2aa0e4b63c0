//! Pass: how the bandwidth of ways out is shared: pipes, queues and the packets that belong in them; spells nothing.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::At;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::{ClassFacts, LinkFacts};
use crate::ir::*;
use crate::pass::{Cx, or, policy};
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    58;
    DEFAULT_WEIGHTS = "there are classes, and only this scheduler and its kin know weights" @ "RFC 6.3; dummynet(4), WF2Q+";
    DEFAULT_FAIR = "there are no classes, so each connection gets the same" @ "RFC 6.3; dummynet(4), FQ-CoDel";
    DEFAULT_CODEL = "CoDel keeps the queue of each class short, as the RFC wants of FQ_CODEL, which knows no classes" @ "RFC 6.3; RFC 8289";
    PIPE_NUMBER = "pipes are numbered by the tag of the VLAN, from 10000 on: a further link renumbers none" @ "OPNsense core 26.7, TrafficShaper.xml: number";
    QUEUE_NUMBER = "queues are numbered by a hash of link and class, from 20000 on: a further class renumbers none" @ "OPNsense core 26.7, TrafficShaper.xml: number";
    SEQUENCE = "the first rule that fits decides: classes that say their order, then the heavier, then what is in no other" @ "ipfw(8), one pass";
    NOT_DEFAULT = "another class has what is in no other" @ "language reference";
    LITERAL = "a shaper's rule takes addresses, not names or aliases" @ "RFC 6.3; OPNsense core 26.7, TrafficShaper.xml: source";
    BOTH_WAYS = "questions and answers of a connection belong to one class" @ "language reference";
    PROTOCOL = "ports are of a protocol, and a rule has one" @ "OPNsense core 26.7, TrafficShaper.xml: proto";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Shaper> {
    let f = x.f.shaper.as_ref()?;
    let mut links: Vec<ShapedLink> = Vec::new();
    let mut numbers = BTreeSet::new();
    let mut sequence = 0;
    let mut stated: Vec<(usize, &LinkFacts)> = Vec::new();
    for l in &f.link {
        let Some(way) = &l.way else { continue };
        let vlan = x.index.vlan(&way.v.0);
        if !vlan.is_known() {
            continue;
        }
        match x.on(vlan) {
            Some((i, interface)) if interface.gateway.is_some() => stated.push((i, l)),
            _ if x.t.incomplete.firewalls.contains(&x.id) => {}
            found => {
                let what = if found.is_some() {
                    "the firewall's interface there is no way out"
                } else {
                    "the firewall has no interface there"
                };
                let mut d =
                    Diag::new(code::E1176, format!("VLAN {} is no way out of firewall {}", way.v, x.firewall.name))
                        .at(cx.span(way.at), what);
                for w in &x.f.wan {
                    d = d.at(cx.span(w.at), "this is one");
                }
                cx.report(d.help(match x.f.wan.first().and_then(|w| w.vlan.as_ref()) {
                    Some(v) => format!("link \"{}\"", v.v),
                    None => "name the VLAN of a `wan`".into(),
                }));
            }
        }
    }
    stated.sort_by_key(|(i, _)| *i);
    for pair in stated.windows(2).filter(|p| p[0].0 == p[1].0) {
        twice(cx, "link", pair[1].1.at, pair[0].1.at);
    }
    stated.dedup_by_key(|(i, _)| *i);
    for (i, l) in stated {
        links.extend(link(x, i, l, &mut numbers, &mut sequence, cx));
    }
    Some(Shaper { links, openings: Vec::new(), at: f.at })
}

fn twice(cx: &mut Cx<'_>, what: &str, again: Origin, first: Origin) {
    let (a, b) = (cx.span(again), cx.span(first));
    cx.report(
        Diag::new(code::E0202, format!("this `{what}` is stated twice"))
            .at(a, "again here")
            .at(b, "first here")
            .help("keep one of the two"),
    );
}

fn link(
    x: &At<'_>,
    i: usize,
    l: &LinkFacts,
    numbers: &mut BTreeSet<u16>,
    sequence: &mut u32,
    cx: &mut Cx<'_>,
) -> Option<ShapedLink> {
    let LinkFacts { at, way, down, up, scheduler, queues, class } = l;
    let (way, down, up) = (way.as_ref()?, (*down)?, (*up)?);
    let vlan = x.layer.network.interfaces[i].vlan;
    let v = x.t.vlan(vlan.v);
    let scheduler = scheduler.unwrap_or_else(|| match class.first() {
        Some(c) => cx.make(LinkScheduler::Weights, DEFAULT_WEIGHTS, &[c.at]),
        None => Sp::new(LinkScheduler::FqCodel, DEFAULT_FAIR.origin()),
    });
    if !weighs(scheduler.v) && !class.is_empty() {
        let mut d =
            Diag::new(code::E1178, format!("\"{}\" knows no classes: their weights would do nothing", scheduler.v))
                .at(cx.span(scheduler.at), "it gives the same to each connection, or takes them as they come");
        for c in class {
            d = d.at(cx.span(c.weight.map_or(c.at, |w| w.at)), "this would do nothing");
        }
        cx.report(d.help("scheduler \"weights\", with `queues \"codel\"` for short queues; or remove the classes"));
        return None;
    }
    if let (Some(q), true) = (queues, class.is_empty()) {
        let (a, b) = (cx.span(q.at), cx.span(*at));
        cx.report(
            Diag::new(code::E1178, "a link without classes has no queues of them")
                .at(a, "this would do nothing")
                .at(b, "everything is one here")
                .help("remove `queues`"),
        );
    }
    let pipe = |out: u16, bandwidth, cx: &mut Cx<'_>| Pipe {
        number: cx.make(10_000 + 2 * v.tag.v + out, PIPE_NUMBER, &[v.tag.at]),
        bandwidth,
    };
    let mut shaped = ShapedLink {
        interface: i,
        name: Sp::new(v.name.v.clone(), way.at),
        down: pipe(0, down, cx),
        up: pipe(1, up, cx),
        scheduler,
        queues: (!class.is_empty()).then(|| or(*queues, QueueControl::Codel, DEFAULT_CODEL)),
        classes: Vec::new(),
        rules: Vec::new(),
        at: *at,
    };
    let ordered = classes(l, cx)?;
    for c in ordered {
        let (Some(name), Some(weight)) = (&c.name, c.weight) else { continue };
        let mut queue = |out: &str, cx: &mut Cx<'_>| {
            let hash = blake3::hash(format!("{}\0{}\0{out}", v.name.v, name.v.0).as_bytes());
            let mut n = 20_000 + u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]) % 40_000;
            while !numbers.insert(n) {
                n = if n == 59_999 { 20_000 } else { n + 1 };
            }
            cx.make(n, QUEUE_NUMBER, &[way.at, name.at])
        };
        let class = ShapedClass {
            name: name.clone(),
            weight: weight.map(|w| w.0),
            default: or(c.default, false, NOT_DEFAULT),
            order: c.order.map(|o| o.map(|o| o.0)),
            down: queue("down", cx),
            up: queue("up", cx),
            at: c.at,
        };
        let mine = matches(x, vlan.v, c, cx);
        shaped.classes.push(class);
        let number = shaped.classes.len() - 1;
        for m in mine {
            rule(&mut shaped, sequence, Some(number), m, &c.dscp, cx);
        }
    }
    if shaped.classes.is_empty() {
        for up in [true, false] {
            rule(&mut shaped, sequence, None, Match::all(up, l.at), &[], cx);
        }
    }
    Some(shaped)
}

/// Whether a scheduler knows weights (dummynet(4)).
fn weighs(s: LinkScheduler) -> bool {
    match s {
        LinkScheduler::Weights | LinkScheduler::Qfq | LinkScheduler::RoundRobin => true,
        LinkScheduler::Fifo | LinkScheduler::FqCodel | LinkScheduler::FqPie => false,
    }
}

/// The classes in the order in which they are asked; `None` when not exactly one has what is in no other.
fn classes<'a>(l: &'a LinkFacts, cx: &mut Cx<'_>) -> Option<Vec<&'a ClassFacts>> {
    let is_default = |c: &ClassFacts| c.default.is_some_and(|d| d.v);
    let mut all: Vec<&ClassFacts> = l.class.iter().filter(|c| c.name.is_some()).collect();
    all.sort_by_key(|c| {
        let order = c.order.map_or(u16::MAX, |o| o.v.0);
        (is_default(c), order, u8::MAX - c.weight.map_or(0, |w| w.v.0), c.name.as_ref().map(|n| n.v.clone()))
    });
    let mut names: Vec<&Sp<Label>> = all.iter().filter_map(|c| c.name.as_ref()).collect();
    names.sort_by(|a, b| a.v.cmp(&b.v));
    for pair in names.windows(2).filter(|p| p[0].v == p[1].v) {
        twice(cx, "class", pair[1].at, pair[0].at);
    }
    let defaults: Vec<&ClassFacts> = all.iter().copied().filter(|c| is_default(c)).collect();
    if l.class.is_empty() || defaults.len() == 1 {
        return Some(all);
    }
    let mut d = Diag::new(
        code::E1179,
        match defaults.len() {
            0 => "no class has what is in no other".to_string(),
            n => format!("{n} classes would have what is in no other"),
        },
    );
    for c in &defaults {
        d = d.at(cx.span(c.default.map_or(c.at, |d| d.at)), "one of them");
    }
    d = d.at(
        cx.span(l.at),
        if defaults.is_empty() { "the rest would go around the pipe, as fast as it likes" } else { "of this link" },
    );
    cx.report(d.help(if defaults.is_empty() {
        "class \"rest\" weight=30 default=#true"
    } else {
        "keep one `default=#true`"
    }));
    None
}

/// Packets of one direction.
struct Match {
    /// What tells it from the others of its class.
    key: String,
    up: bool,
    protocol: Option<Sp<ShaperProtocol>>,
    source: Vec<Sp<Ipv4Net>>,
    source_port: Option<Sp<PortSpan>>,
    target: Vec<Sp<Ipv4Net>>,
    target_port: Option<Sp<PortSpan>>,
    at: Origin,
}

impl Match {
    fn all(up: bool, at: Origin) -> Match {
        let key = if up { "up" } else { "down" }.to_string();
        Match {
            key,
            up,
            protocol: None,
            source: Vec::new(),
            source_port: None,
            target: Vec::new(),
            target_port: None,
            at,
        }
    }
}

fn rule(l: &mut ShapedLink, sequence: &mut u32, class: Option<usize>, m: Match, dscp: &[Sp<Dscp>], cx: &mut Cx<'_>) {
    let Match { key, up, protocol, source, source_port, target, target_port, at } = m;
    *sequence += 10;
    let name = class.map_or("all", |c| &*l.classes[c].name.v.0);
    let from: Vec<Origin> = match class {
        Some(c) => {
            let c = &l.classes[c];
            [Some(c.at), c.order.map(|o| o.at), Some(c.default.at)].into_iter().flatten().collect()
        }
        None => vec![l.at],
    };
    let mut marks = dscp.to_vec();
    marks.sort_by_key(|d| d.v);
    marks.dedup_by_key(|d| d.v);
    l.rules.push(ShaperRule {
        key: format!("{}/{name}/{key}", l.name.v),
        sequence: cx.make(*sequence, SEQUENCE, &from),
        up,
        class,
        protocol,
        source,
        source_port,
        target,
        target_port,
        dscp: marks,
        at,
    });
}

/// What is said of an end: where, and its zones when all of them are right.
type Stated = Option<(Origin, Option<Vec<PolicyZone>>)>;

/// One end of a class on the two sides of a link: `None` is anybody.
struct End {
    /// Networks on this side of the link.
    near: Option<Vec<Sp<Ipv4Net>>>,
    /// Networks beyond it.
    far: Option<Vec<Sp<Ipv4Net>>>,
}

/// The packets of a class, both directions of every kind of connection that can cross the link.
fn matches(x: &At<'_>, link: VlanId, c: &ClassFacts, cx: &mut Cx<'_>) -> Vec<Match> {
    let ClassFacts { at, name: _, weight: _, default, order: _, from, to, service, dscp } = c;
    let says = [
        from.as_ref().map(|f| f.at),
        to.as_ref().map(|t| t.at),
        service.first().map(|s| s.at),
        dscp.first().map(|d| d.at),
    ];
    let first = says.into_iter().flatten().next();
    match (default.filter(|d| d.v), first) {
        (Some(d), Some(said)) => {
            let (a, b) = (cx.span(said), cx.span(d.at));
            cx.report(
                Diag::new(code::E1183, "a class has either what is said of it or what is in no other")
                    .at(a, "this says what is in it")
                    .at(b, "and this that it has the rest")
                    .help("remove one of the two"),
            );
            return Vec::new();
        }
        (Some(_), None) => return [true, false].map(|up| Match::all(up, *at)).into(),
        (None, None) => {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E1183, "nothing says what is in this class")
                    .at(span, "it would take everything from those behind it")
                    .help("to { ingress \"prod\" }, or `default=#true`"),
            );
            return Vec::new();
        }
        (None, Some(_)) => {}
    }
    let from_zones = from.as_ref().map(|f| (f.at, policy::places(&f.zones, f.at, x.facts, x.index, x.t, cx)));
    let to_zones = to.as_ref().map(|t| (t.at, policy::places(&t.zones, t.at, x.facts, x.index, x.t, cx)));
    let (Some(from_end), Some(to_end)) = (end(x, link, &from_zones, cx), end(x, link, &to_zones, cx)) else {
        return Vec::new();
    };
    let Some(traffic) = traffic(x, service, cx) else { return Vec::new() };
    // `any` prints nothing, and still is why the rule asks for no port.
    let why: Vec<Origin> = [*at].into_iter().chain(service.iter().map(|s| s.at)).collect();
    let at = cx.derived(BOTH_WAYS, &why);
    let mut all = Vec::new();
    let some = |e: &Option<Vec<Sp<Ipv4Net>>>| e.as_ref().is_none_or(|l| !l.is_empty());
    // Who opens the connection is on this side, or beyond the link; answers go the other way.
    for (inside, open, answer) in [(true, &from_end.near, &to_end.far), (false, &from_end.far, &to_end.near)] {
        if !some(open) || !some(answer) {
            continue;
        }
        let (open, answer) = (open.clone().unwrap_or_default(), answer.clone().unwrap_or_default());
        for (protocol, port, word) in &traffic {
            let side = if inside { "out" } else { "in" };
            let make = |question: bool| Match {
                key: format!("{side}-{}{word}", if question { "question" } else { "answer" }),
                up: inside == question,
                protocol: *protocol,
                source: if question { open.clone() } else { answer.clone() },
                source_port: if question { None } else { *port },
                target: if question { answer.clone() } else { open.clone() },
                target_port: if question { *port } else { None },
                at,
            };
            all.extend([make(true), make(false)]);
        }
    }
    // Without ends and ports, what goes out is the same whoever asked.
    if from.is_none() && to.is_none() && traffic.iter().all(|(_, port, _)| port.is_none()) {
        all.retain(|m| m.key.starts_with("out-"));
    }
    if all.is_empty() {
        never(x, link, c, [&from_zones, &to_zones], cx);
    }
    all
}

/// The ends of a class as networks by side; `None` when something of it cannot be one and was reported.
fn end(x: &At<'_>, link: VlanId, zones: &Stated, cx: &mut Cx<'_>) -> Option<End> {
    let Some((_, zones)) = zones else { return Some(End { near: None, far: None }) };
    let (mut near, mut far, mut whole) = (Vec::new(), Vec::new(), true);
    for z in zones.as_ref()? {
        match x.literals(z, LITERAL, cx) {
            Ok(nets) => {
                let own = matches!(z, PolicyZone::Firewall(_));
                for n in nets {
                    if own || !beyond(x, link, n.v) { near.push(n) } else { far.push(n) }
                }
            }
            Err(why) => {
                whole = false;
                let span = cx.span(z.at());
                cx.report(
                    Diag::new(code::E1181, "a class of the shaper cannot be told by this")
                        .at(span, why)
                        .note("the shaper takes literal addresses: no aliases, no names, no lists")
                        .help(match z {
                            PolicyZone::Pods(_) => "the nodes that they run on: nodes \"worker\"".to_string(),
                            PolicyZone::Internet(_) => "leave it out: who is beyond the link is meant by itself".into(),
                            _ => "net \"198.51.100.0/24\", or tell it by `service` or `dscp`".into(),
                        }),
                );
            }
        }
    }
    for list in [&mut near, &mut far] {
        list.sort_by_key(|n: &Sp<Ipv4Net>| n.v);
        list.dedup_by_key(|n| n.v);
    }
    whole.then_some(End { near: Some(near), far: Some(far) })
}

/// Whether a network is beyond the link: not of a VLAN of ours but the link's own, and not behind another router.
fn beyond(x: &At<'_>, link: VlanId, net: Ipv4Net) -> bool {
    let meets = |other: Ipv4Net| other.contains(&net) || net.contains(&other);
    let ours = x.t.vlans.iter().enumerate().any(|(i, v)| VlanId(i as u32) != link && meets(v.subnet.v));
    let routed = x.layer.network.routes.iter().any(|r| {
        let gateway = &x.layer.network.gateways[r.gateway];
        meets(r.net.v) && x.layer.network.interfaces[gateway.interface].vlan.v != link
    });
    !ours && !routed && !x.layer.vpns.iter().any(|v| meets(v.subnet.v))
}

/// A protocol, its ports, and what a key calls them.
type Told = (Option<Sp<ShaperProtocol>>, Option<Sp<PortSpan>>, String);

/// Protocols and ports, one at a time, and what a key calls them; `None` when the shaper cannot tell one.
fn traffic(x: &At<'_>, service: &[Sp<ServiceRef>], cx: &mut Cx<'_>) -> Option<Vec<Told>> {
    if service.is_empty() {
        return Some(vec![(None, None, String::new())]);
    }
    let Ports { ports, icmp, protocols, at: _ } = policy::ports(service, x.facts, cx)?;
    let bad = |at: Origin, what: &str, cx: &mut Cx<'_>| {
        let span = cx.span(at);
        cx.report(
            Diag::new(code::E1181, "a class of the shaper cannot be told by this")
                .at(span, what.to_string())
                .note("the shaper knows TCP and UDP by port, and AH, ESP, GRE and IGMP as a whole")
                .help("tell the class by `from`, `to` or `dscp`"),
        );
    };
    if ports.is_empty() && icmp.is_empty() && protocols.is_empty() {
        return Some(vec![(None, None, String::new())]);
    }
    let mut all = Vec::new();
    let mut whole = true;
    for (protocol, span) in &ports {
        let p = match protocol {
            Protocol::Tcp => ShaperProtocol::Tcp,
            Protocol::Udp => ShaperProtocol::Udp,
            Protocol::Sctp => {
                bad(span.at, "it does not know SCTP", cx);
                whole = false;
                continue;
            }
        };
        let word = format!("-{}-{}", protocol.word().to_ascii_lowercase(), span.v);
        all.push((Some(cx.make(p, PROTOCOL, &[span.at])), Some(*span), word));
    }
    if let Some(i) = icmp.first() {
        bad(i.at, "it does not tell one kind of ICMP from another", cx);
        whole = false;
    }
    for p in &protocols {
        let found = match p.v {
            IpProtocol::Ah => ShaperProtocol::Ah,
            IpProtocol::Esp => ShaperProtocol::Esp,
            IpProtocol::Gre => ShaperProtocol::Gre,
            IpProtocol::Igmp => ShaperProtocol::Igmp,
            IpProtocol::Ipip | IpProtocol::Ospf | IpProtocol::Pim | IpProtocol::Vrrp | IpProtocol::Pfsync => {
                bad(p.at, "it does not know this protocol", cx);
                whole = false;
                continue;
            }
        };
        all.push((Some(cx.make(found, PROTOCOL, &[p.at])), None, format!("-{}", p.v)));
    }
    whole.then_some(all)
}

/// E1180: both ends are on one side of the link.
fn never(x: &At<'_>, link: VlanId, c: &ClassFacts, ends: [&Stated; 2], cx: &mut Cx<'_>) {
    let name = &x.t.vlan(link).name;
    let mut d = Diag::new(code::E1180, format!("nothing of this class ever crosses VLAN {name}"))
        .at(cx.span(c.at), "has no packet");
    let mut vlans: Vec<VlanId> = Vec::new();
    for (at, zones) in ends.into_iter().flatten() {
        let zones = zones.iter().flatten();
        for net in zones.filter_map(|z| x.literals(z, LITERAL, cx).ok()).flatten() {
            let id = x.t.vlans.iter().position(|v| v.subnet.v.contains(&net.v));
            vlans.extend(id.map(|i| VlanId(i as u32)));
        }
        d = d.at(cx.span(*at), "this end");
    }
    vlans.sort();
    vlans.dedup();
    d = match vlans.as_slice() {
        [one] => d.note(format!(
            "traffic inside VLAN {} goes from machine to machine: no firewall sees it",
            x.t.vlan(*one).name
        )),
        _ => d.note("both ends are on the same side of the link"),
    };
    cx.report(d.help("say who is beyond the link, or leave that end out"));
}
