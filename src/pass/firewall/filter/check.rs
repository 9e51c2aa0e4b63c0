//! What is said of traffic and no firewall can do: reports it, with what to do instead; decides nothing.

use std::collections::BTreeSet;

use super::Draft;
use super::alias::{Aliases, End};
use super::nets::{Set, sets_meet, single};
use super::place::{Ground, Miss};
use super::statement::{self, Hits, Missed, Statement, hits};
use super::traffic::{self, Kind};
use crate::diag::{Code, Diag, code};
use crate::ir::facts::Facts;
use crate::ir::*;
use crate::pass::firewall::At;
use crate::pass::{Cx, Index};
use crate::schema::*;
use crate::source::{Origin, Span};

/// Reports what is wrong with statements, once for all firewalls.
pub fn check(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) {
    let ground = Ground { facts, t, index };
    let mut unversioned: Option<(Origin, FirewallId)> = None;
    let mut told = BTreeSet::new();
    for s in statement::all(facts, t) {
        let nowhere = s.from.iter().chain(s.to).filter(|z| nobodys(t, &s, z, cx)).count();
        if nowhere > 0 {
            continue;
        }
        let found = hits(&ground, &s, cx);
        let written = !found.hits.is_empty();
        if written && t.targets.opnsense.is_none() && unversioned.is_none() && !s.concerns_pods() {
            unversioned = found.hits.first().map(|h| (s.at, h.entry.firewall()));
        }
        if written && t.targets.opnsense.is_some() {
            sayable(&ground, &s, &found, cx);
        }
        nobody(&ground, &s, &found, cx);
        never_there(&s, &found, t, &mut told, cx);
        idle_words(&s, &found, t, cx);
    }
    if let Some((at, f)) = unversioned
        && facts.versions.as_ref().is_none_or(|v| v.opnsense.is_none())
    {
        let (a, b) = (cx.span(at), cx.span(t.firewall(f).at));
        cx.report(
            Diag::new(code::E0501, "the version of OPNsense is not stated")
                .at(a, "a rule is made from this")
                .at(b, "on this firewall")
                .help("opnsense \"26.7\""),
        );
    }
}

/// E0405: addresses that no packet at a firewall has.
fn nobodys(t: &Topology, s: &Statement<'_>, z: &PolicyZone, cx: &mut Cx<'_>) -> bool {
    let (net, at) = match z {
        PolicyZone::Address(a) => (single(a.v), a.at),
        PolicyZone::Net(n) => (n.net.v, n.net.at),
        _ => return false,
    };
    let first = net.network();
    let edge = |v: &&Vlan| {
        let subnet = v.subnet.v;
        let edge = first == subnet.network() || first == subnet.broadcast();
        net.prefix_len() == 32 && subnet.prefix_len() < 31 && edge
    };
    // Of statements about pods Cilium's own check speaks of services.
    let services = || t.clusters.iter().find(|c| !s.concerns_pods() && c.services.v.contains(&net));
    let (what, other, help) = if first.is_loopback() {
        ("each machine sends these to itself alone", None, "name whom you mean: machine \"…\"".to_string())
    } else if first.octets()[0] == 0 && net.prefix_len() >= 8 {
        ("nobody has such an address", None, "internet, or net \"0.0.0.0/0\" for everybody".to_string())
    } else if let Some(v) = t.vlans.iter().find(edge) {
        let place = Some((v.subnet.at, "the first and the last address of this subnet are nobody's"));
        ("no machine can have it", place, format!("vlan \"{}\" for all of it", v.name))
    } else if let Some(c) = services() {
        let place = Some((c.services.at, "the services' addresses"));
        let help = format!("ingress \"{0}\", api \"{0}\" or `nodes` of it", c.name);
        ("they end at the nodes: no firewall ever sees them", place, help)
    } else {
        return false;
    };
    let span = cx.span(at);
    let mut d = Diag::new(code::E0405, format!("{} never matches at a firewall", text(net))).at(span, what);
    if let Some((at, what)) = other {
        d = d.at(cx.span(at), what);
    }
    cx.report(d.help(help));
    true
}

/// A network as people write it: one address without its length.
fn text(n: ipnet::Ipv4Net) -> String {
    if n.prefix_len() == 32 { n.addr().to_string() } else { n.to_string() }
}

/// What no rule of a firewall can say.
fn sayable(ground: &Ground<'_>, s: &Statement<'_>, found: &Hits, cx: &mut Cx<'_>) {
    let at = cx.span(s.at);
    if let Some(sctp) = traffic::unsayable(s.service) {
        let span = cx.span(sctp);
        cx.report(
            Diag::new(code::E0430, "a firewall's rule knows no ports of SCTP")
                .at(span, "only TCP and UDP have ports there")
                .at(at, "a firewall is on the way of this")
                .help("say it between pods, or as another protocol"),
        );
    }
    if let Some(http) = s.http.filter(|_| !s.concerns_pods()) {
        let span = cx.span(http);
        cx.report(
            Diag::new(code::E0430, "a firewall's rule does not look into requests")
                .at(span, "it would let all requests through")
                .at(at, "no pods are at either end, so nobody else would look")
                .help("remove `http`"),
        );
    }
    for (i, z) in s.to.iter().enumerate() {
        let PolicyZone::Name(n) = z else { continue };
        let hit = found.hits.iter().find(|h| h.to == i);
        let Some(hit) = hit.filter(|_| n.v.contains('*')) else { continue };
        if covered(ground.t, s, hit.from) {
            // Beside names that are asked for, a pattern is one more of a list that others use too.
            let alone = found.hits.iter().all(|h| matches!(&s.to[h.to], PolicyZone::Name(n) if n.v.contains('*')));
            if alone && !s.concerns_pods() {
                let span = cx.span(n.at);
                cx.report(
                    Diag::new(code::L0451, format!("\"{}\" allows nothing for {}", s.name.v.0, n.v))
                        .at(span, "the same may go everywhere by another `allow`")
                        .at(at, "so no rule is made for the pattern")
                        .help("remove it"),
                );
            }
            continue;
        }
        let (span, from) = (cx.span(n.at), cx.span(s.from[hit.from].at()));
        cx.report(
            Diag::new(code::E0429, format!("a firewall cannot ask for {}", n.v))
                .at(span, "it asks for each name by itself, and there is no list of all that match")
                .at(from, "what leaves here passes the firewall")
                .note("Cilium reads the answers that pods get; a firewall asks for names of its own")
                .help("name each one, or say beside it: allow \"nodes reach the Internet\" { from { nodes \"worker\" }; to { internet }; service \"https\" }"),
        );
    }
}

/// Whether something else lets the same sources out to everybody at these ports, so that names need no rule of their own.
fn covered(t: &Topology, s: &Statement<'_>, from: usize) -> bool {
    let zone = &s.from[from];
    t.allows.iter().any(|a| {
        let out = a.to.iter().any(|z| matches!(z, PolicyZone::Internet(_)));
        let ports = &a.service;
        let any = ports.ports.is_empty() && ports.icmp.is_empty() && ports.protocols.is_empty();
        let has = |(p, span): &(crate::consumer::Protocol, crate::source::Sp<PortSpan>)| {
            ports.ports.iter().any(|(q, o)| q == p && o.v.0.0 <= span.v.0.0 && span.v.0.1 <= o.v.0.1)
        };
        let ports_fit =
            any || (!s.service.ports.is_empty() && s.service.ports.iter().all(has) && s.service.icmp.is_empty());
        let plain = a.schedule.is_none() && a.limit.is_none();
        let holds = |c: ClusterId| {
            let nodes = |z: &PolicyZone| match z {
                PolicyZone::Nodes(n) if n.v.0 == c => Some(n.v.1 as usize),
                _ => None,
            };
            let groups: BTreeSet<usize> = a.from.iter().filter_map(nodes).collect();
            let every = |p: &Pods| p.cluster == c && p.selector.namespace.is_none() && p.selector.labels.is_empty();
            groups.len() == t.cluster(c).groups.len()
                || a.from.iter().any(|z| matches!(z, PolicyZone::Pods(p) if every(p)))
                || a.from.iter().any(|z| matches!(z, PolicyZone::Vlan(v) if v.v == t.cluster(c).node_network.v))
        };
        let same = match zone {
            PolicyZone::Pods(p) => holds(p.cluster),
            PolicyZone::Nodes(n) => holds(n.v.0) || a.from.contains(zone),
            other => a.from.contains(other),
        };
        out && ports_fit && plain && same
    })
}

/// What nobody enforces.
fn nobody(ground: &Ground<'_>, s: &Statement<'_>, found: &Hits, cx: &mut Cx<'_>) {
    let t = ground.t;
    // Nobody wrote it, so nobody believes that a firewall enforces it.
    if s.derived {
        return;
    }
    let real: Vec<&Missed> =
        found.missed.iter().filter(|m| !matches!(m.why, Miss::Reported | Miss::FromFirewall)).collect();
    for m in &real {
        if let Miss::TwoFirewalls(f) = m.why {
            let (a, b, c) = (cx.span(s.from[m.from].at()), cx.span(s.to[m.to].at()), cx.span(t.firewall(f).at));
            cx.report(
                Diag::new(code::E0427, format!("two firewalls are on the way of \"{}\"", s.name.v.0))
                    .at(a, "it comes in at another one")
                    .at(b, format!("this is behind {}", t.firewall(f).name))
                    .at(c, "this firewall")
                    .note("rules are placed where a packet comes in first; what the second does is not known")
                    .help("let one firewall route both VLANs"),
            );
        }
    }
    let hidden = real.iter().find_map(|m| if let Miss::Hidden(c) = m.why { Some((m, c)) } else { None });
    if let Some((m, c)) = hidden {
        let cluster = t.cluster(c);
        let zone = &s.from[m.from];
        let (a, b) = (cx.span(zone.at()), cx.span(cluster.pods.at));
        cx.report(
            Diag::new(code::E0428, format!("no firewall sees addresses of pods of cluster {}", cluster.name))
                .at(a, "these are addresses of pods")
                .at(b, "by this range")
                .note("pods leave with the address of their node")
                .help(format!("pods \"{}\", or `nodes` of it", cluster.name)),
        );
    }
    let rest: Vec<&&Missed> =
        real.iter().filter(|m| !matches!(m.why, Miss::TwoFirewalls(_) | Miss::Hidden(_))).collect();
    if rest.is_empty() {
        from_firewall(s, found, cx);
        return;
    }
    // Where a firewall lacks an address or a way out, which was reported, nobody knows what passes it.
    if !t.incomplete.firewalls.is_empty() && s.deny.is_none() {
        return;
    }
    let none = found.hits.is_empty() && !s.concerns_pods();
    let walls = t.firewalls.iter().enumerate().any(|(i, _)| ground.is_opnsense(FirewallId(i as u32)));
    let shown: Vec<&&&Missed> = if none { rest.iter().take(1).collect() } else { whole_pairs(s, &rest) };
    for m in shown {
        let (level, what): (Code, String) = match (s.deny.is_some(), none, walls) {
            (true, true, _) => (code::E0424, format!("nobody would refuse \"{}\"", s.name.v.0)),
            (false, _, false) => (code::E0424, format!("nobody stands between the ends of \"{}\"", s.name.v.0)),
            (false, true, true) => (code::L0425, format!("no firewall is on the way of \"{}\"", s.name.v.0)),
            (true, false, _) | (false, false, true) => {
                (code::L0426, format!("no firewall is on the way of this part of \"{}\"", s.name.v.0))
            }
        };
        let (a, b) = (cx.span(s.from[m.from].at()), cx.span(s.to[m.to].at()));
        let mut d = Diag::new(level, what).at(a, why(t, m.why)).at(b, "the other end");
        d = match m.why {
            Miss::BothLegs(v) | Miss::SameVlan(v) | Miss::OtherRouter(v) | Miss::NobodyRoutes(v) => {
                d.at(cx.span(t.vlan(v).at), "this VLAN")
            }
            _ => d.at(cx.span(s.at), "in this statement"),
        };
        let public = match &s.to[m.to] {
            PolicyZone::Address(a) if s.deny.is_none() && t.is_public(a.v) => Some(a.v),
            _ => None,
        };
        cx.report(d.help(match public {
            Some(a) => format!("publish \"…\" {{ at \"{a}\"; to {{ machine \"…\" }}; service \"…\" }}"),
            None => help(s, m.why),
        }));
    }
    from_firewall(s, found, cx);
}

/// L1315: who is to open the platform's pages, and has no way to them. Other parts of the platform are where their nodes are.
fn never_there(s: &Statement<'_>, found: &Hits, t: &Topology, told: &mut BTreeSet<Span>, cx: &mut Cx<'_>) {
    if !s.derived || !s.slug.v.as_str().starts_with("platform-pages-of-") {
        return;
    }
    for m in found.missed.iter().filter(|m| !m.in_part) {
        let zone = &s.from[m.from];
        let (what, help, there) = match m.why {
            Miss::NobodyRoutes(v) => (
                format!("nobody routes VLAN {}", t.vlan(v).name),
                "routed-by a firewall, or take it out of this `from`",
                (t.vlan(v).at, "this VLAN"),
            ),
            Miss::NoAddress => (
                "it has no address that is known, or no route there".to_string(),
                "state its address and its default route, or take it out of this `from`",
                (s.at, "these pages"),
            ),
            Miss::SameVlan(_)
            | Miss::BothLegs(_)
            | Miss::OtherRouter(_)
            | Miss::NotOurs
            | Miss::TwoFirewalls(_)
            | Miss::Hidden(_)
            | Miss::FromFirewall
            | Miss::Reported => continue,
        };
        let (a, b) = (cx.span(zone.at()), cx.span(there.0));
        // The cluster's own pods ask who people are; whether they get there is not for who opens pages.
        if !matches!(zone, PolicyZone::Pods(_)) && told.insert(a) {
            cx.report(
                Diag::new(code::L1315, "who is to open these pages never gets to them")
                    .at(a, what)
                    .at(b, there.1)
                    .help(help),
            );
        }
    }
}

/// The first miss of each pair that is worth a word: of an allowance, pairs of which nothing meets a firewall.
fn whole_pairs<'a>(s: &Statement<'_>, all: &'a [&&'a Missed]) -> Vec<&'a &'a &'a Missed> {
    let mut seen = BTreeSet::new();
    all.iter().filter(|m| (s.deny.is_some() || !m.in_part) && seen.insert((m.from, m.to))).collect()
}

fn why(t: &Topology, miss: Miss) -> String {
    match miss {
        Miss::SameVlan(v) => {
            format!("both ends are on VLAN {}: they reach each other without a router", t.vlan(v).name)
        }
        Miss::BothLegs(v) => {
            format!("it has a leg on VLAN {}, as the other end has: it goes there directly", t.vlan(v).name)
        }
        Miss::NobodyRoutes(v) => format!("nobody routes VLAN {}", t.vlan(v).name),
        Miss::OtherRouter(v) => format!("another router than a firewall of ours takes it from VLAN {}", t.vlan(v).name),
        Miss::NotOurs => "neither end is behind a firewall of ours".into(),
        Miss::NoAddress => "its address is not known, or it has no route there".into(),
        Miss::TwoFirewalls(_) | Miss::Hidden(_) | Miss::FromFirewall | Miss::Reported => "this end".into(),
    }
}

fn help(s: &Statement<'_>, miss: Miss) -> String {
    let part = format!("take it out of this `{}`", s.word());
    match miss {
        Miss::SameVlan(_) | Miss::BothLegs(_) if s.deny.is_some() => {
            "put one of the ends on a VLAN of its own, or refuse it on the machine".into()
        }
        Miss::SameVlan(_) | Miss::BothLegs(_) => format!("{part}: it works without a rule"),
        Miss::NobodyRoutes(_) => format!("routed-by a firewall, or {part}"),
        Miss::OtherRouter(_) | Miss::NotOurs => format!("say it to whoever has that router, or {part}"),
        Miss::NoAddress => format!("state its address and its default route, or {part}"),
        Miss::TwoFirewalls(_) | Miss::Hidden(_) | Miss::FromFirewall | Miss::Reported => part,
    }
}

/// L0433: what a firewall sends passes anyway.
fn from_firewall(s: &Statement<'_>, found: &Hits, cx: &mut Cx<'_>) {
    let mut seen = BTreeSet::new();
    for m in found.missed.iter().filter(|m| m.why == Miss::FromFirewall && seen.insert(m.from)) {
        let (a, b) = (cx.span(s.from[m.from].at()), cx.span(s.at));
        let d = match s.deny.is_some() {
            false => Diag::new(code::L0433, "a firewall needs no rule for what it sends itself")
                .at(a, "its own connections pass by a rule of the system")
                .help("take it out"),
            true => Diag::new(code::E0424, format!("nobody would refuse \"{}\"", s.name.v.0))
                .at(a, "what a firewall sends itself passes by a rule of the system")
                .help("refuse it where it arrives"),
        };
        cx.report(d.at(b, "in this statement"));
    }
}

/// E0436: words that only a firewall heeds, where none is on the way.
fn idle_words(s: &Statement<'_>, found: &Hits, t: &Topology, cx: &mut Cx<'_>) {
    let pods = s.concerns_pods();
    let mut idle: Vec<(Origin, &str, &str)> = Vec::new();
    if pods && found.hits.is_empty() {
        idle.extend(s.via.map(|v| (v.at, "`via` chooses a way out of a firewall", "via")));
        idle.extend(s.schedule.map(|v| (v.at, "policies of a cluster know no hours", "schedule")));
        let limit = s.limit.and_then(|l| {
            let counted = l.connections.map(|c| c.at);
            counted.or(l.rate.map(|(n, _)| n.at)).or(l.packets.map(|(n, _)| n.at))
        });
        idle.extend(limit.map(|at| (at, "policies of a cluster count nothing", "limit")));
    }
    if pods {
        idle.extend(
            s.service
                .protocols
                .first()
                .map(|p| (p.at, "policies of a cluster know ports and ICMP, no other protocols", "protocol")),
        );
        if s.deny == Some(DenyAnswer::Refusal) {
            idle.push((s.answer_at, "Cilium drops what is refused, without a word", "answer"));
        }
    }
    let pod = s.from.iter().chain(s.to).find(|z| matches!(z, PolicyZone::Pods(_)));
    for (at, what, word) in idle {
        let (a, b) = (cx.span(at), cx.span(pod.map_or(s.at, PolicyZone::at)));
        cx.report(
            Diag::new(code::E0436, format!("no policy of a cluster says this of \"{}\"", s.name.v.0))
                .at(a, what.to_string())
                .at(b, "these pods are at one end")
                .help(format!("remove `{word}`, or say it between places that are no pods")),
        );
    }
    // A schedule or a way out of pods needs the firewall's rule, and that a version.
    let asks = s.via.map(|v| v.at).or(s.schedule.map(|v| v.at));
    if let Some(at) = asks.filter(|_| pods && !found.hits.is_empty() && t.targets.opnsense.is_none()) {
        let span = cx.span(at);
        cx.report(
            Diag::new(code::E0501, "the version of OPNsense is not stated")
                .at(span, "only a firewall's rule says this")
                .help("opnsense \"26.7\""),
        );
    }
}

/// What is wrong with ways out that rules name.
pub fn ways(x: &At<'_>, aliases: &Aliases, drafts: &[Draft], cx: &mut Cx<'_>) {
    let all: Vec<(&Draft, &crate::source::Sp<WayRef>)> =
        drafts.iter().filter_map(|d| Some((d, d.via.as_ref()?))).collect();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (d, via) in &all {
        let is_wan = x.f.wan.iter().any(|w| w.vlan.as_ref().is_some_and(|v| v.v.0 == via.v.0));
        let is_group = x.f.ways_out.iter().any(|w| w.name.as_ref().is_some_and(|n| n.v.0 == via.v.0));
        if !is_wan && !is_group && told.insert(format!("way {}", d.about.v)) {
            let (a, b) = (cx.span(via.at), cx.span(x.firewall.at));
            cx.report(
                Diag::new(code::E0432, format!("{} is no way out of firewall {}", via.v.0, x.firewall.name))
                    .at(a, "it would leave by nothing")
                    .at(b, "this firewall has it come in")
                    .help("name the VLAN of a `wan`, or a `ways-out`"),
            );
        }
        if inward(x, aliases, d) && told.insert(format!("in {}", d.about.v)) {
            let (a, b) = (cx.span(via.at), cx.span(d.at));
            cx.report(
                Diag::new(code::E0432, "a way out is named for what is not outside")
                    .at(a, "it would send packets for our own networks out there")
                    .at(b, "in this statement")
                    .help("split it: an `allow` with `via` for what is outside, one without for the rest"),
            );
        }
    }
    for (i, (a, via)) in all.iter().enumerate() {
        for (b, other) in &all[..i] {
            let differ = via.v != other.v && a.on == b.on;
            if differ
                && meet(aliases, &a.source, &b.source)
                && meet(aliases, &a.target, &b.target)
                && kinds_meet(aliases, a, b)
                && told.insert(format!("two {} {}", a.about.v, b.about.v))
            {
                let (s, o) = (cx.span(via.at), cx.span(other.at));
                cx.report(
                    Diag::new(code::E0431, format!("two ways out for the same traffic: {} and {}", via.v.0, other.v.0))
                        .at(s, format!("\"{}\" takes this one", a.about.v))
                        .at(o, format!("\"{}\" takes this one", b.about.v))
                        .note("the first rule that matches decides, and their order says nothing")
                        .help("tell the two apart by who, whom or by what; ways that stand in for each other are a `ways-out`"),
                );
            }
        }
    }
}

/// Whether a rule is for addresses of ours.
fn inward(x: &At<'_>, aliases: &Aliases, d: &Draft) -> bool {
    let own: Set = x.t.vlans.iter().map(|v| (v.subnet.v, Vec::new())).collect();
    match &d.target {
        End::Any | End::Itself => true,
        End::Address(a) => sets_meet(&vec![(single(a.v), Vec::new())], &own),
        End::Alias(i, _) => aliases.set(*i).is_some_and(|s| sets_meet(&s, &own)),
        End::Not(..) => false,
    }
}

/// Whether two ends may have an address in common; what changes by itself may be anything.
fn meet(aliases: &Aliases, a: &End, b: &End) -> bool {
    let set = |e: &End| match e {
        End::Address(a) => Some(vec![(single(a.v), Vec::new())]),
        End::Alias(i, _) => aliases.set(*i),
        End::Any | End::Itself | End::Not(..) => None,
    };
    match (a, b) {
        (End::Itself, End::Itself) => true,
        (End::Not(i, _), other) | (other, End::Not(i, _)) => match (aliases.set(*i), set(other)) {
            // What lies wholly inside what is excepted is not met.
            (Some(inside), Some(some)) => {
                let holes: Vec<ipnet::Ipv4Net> = inside.iter().map(|(n, _)| *n).collect();
                some.iter().any(|(n, _)| !super::nets::without(*n, &holes).is_empty())
            }
            _ => true,
        },
        _ => match (set(a), set(b)) {
            (Some(a), Some(b)) => sets_meet(&a, &b),
            _ => true,
        },
    }
}

fn kinds_meet(aliases: &Aliases, a: &Draft, b: &Draft) -> bool {
    let spans = |at: &traffic::At| match at {
        traffic::At::Span(s) => vec![s.v.0],
        traffic::At::Alias(i) => aliases.spans(*i),
    };
    match (&a.kind, &b.kind) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        // None is every type.
        (Kind::Icmp(x), Kind::Icmp(y)) => {
            x.is_empty() || y.is_empty() || x.iter().any(|x| y.iter().any(|y| x.v == y.v))
        }
        (Kind::Ports { tcp: t, udp: u, at: p }, Kind::Ports { tcp: v, udp: w, at: q }) => {
            let (p, q) = (spans(p), spans(q));
            let ports = p.iter().any(|(a, b)| q.iter().any(|(c, d)| a <= d && c <= b));
            ((*t && *v) || (*u && *w)) && ports
        }
        (Kind::Protocol(p), Kind::Protocol(q)) => p.v == q.v,
        _ => false,
    }
}

/// What a release cannot count, and what it has no word for.
pub fn limits(x: &At<'_>, drafts: &[Draft], cx: &mut Cx<'_>) {
    let mut told = BTreeSet::new();
    for d in drafts {
        if let Some(Limit { connections: _, rate, packets }) = &d.limit {
            if let Some((n, _)) = packets.as_ref().filter(|_| !x.caps.packet_rate)
                && told.insert(n.at.index())
            {
                let (a, b) = (cx.span(n.at), cx.span(version(x)));
                cx.report(
                    Diag::new(code::E0430, format!("OPNsense {} cannot count packets", x.caps.line))
                        .at(a, "nothing would be limited")
                        .at(b, "this version")
                        .help("opnsense \"26.7\", or `rate` for new connections"),
                );
            }
            if let Some((n, _)) = rate.as_ref().filter(|_| !d.kind.only_tcp())
                && told.insert(n.at.index())
            {
                let (a, b) = (cx.span(n.at), cx.span(d.at));
                cx.report(
                    Diag::new(code::E0430, "only new connections of TCP are counted")
                        .at(a, "nothing else would be limited")
                        .at(b, "this is for more than TCP")
                        .help("packets 100 per=\"1s\", or an `allow` of its own for TCP"),
                );
            }
        }
        if let Kind::Icmp(types) = &d.kind {
            for i in types.iter().filter(|i| x.caps.icmp_word(i.v).is_none()) {
                if told.insert(i.at.index()) {
                    let (a, b) = (cx.span(i.at), cx.span(version(x)));
                    cx.report(
                        Diag::new(code::E0430, format!("OPNsense {} has no word for ICMP type {}", x.caps.line, i.v))
                            .at(a, "no rule can say it")
                            .at(b, "this version")
                            .help("leave the type out"),
                    );
                }
            }
        }
    }
}

fn version(x: &At<'_>) -> Origin {
    x.t.targets.opnsense.as_ref().map_or(x.firewall.at, |o| o.version.at)
}
