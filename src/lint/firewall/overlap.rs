//! Checks of what rules leave to each other: rules that decide nothing, or everything; a lint changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diag, Sink, code};
use crate::ir::*;
use crate::lint::Lints;
use crate::policy::{Addresses, Packets, Ranges, Traffic, left};
use crate::schema::{IpProtocol, PortSpan};
use crate::source::Origin;

/// All of them.
pub const LINTS: &[super::Lint] = &[decides_nothing, everything_for_everybody];

/// Beyond so many parts a rule counts as deciding something: a check must end.
const MOST: usize = 512;

/// A rule, and those before it that leave it nothing.
type Taken = (usize, Option<Vec<usize>>);

/// L0450, L0451: statements of which no packet is left for any of their rules.
fn decides_nothing(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        let rules: Vec<(&FilterRule, Packets)> =
            f.layer.filter.rules.iter().map(|r| (r, packets(x.topology, f, r))).collect();
        // Each statement with its rules and, of each, those before it that leave nothing.
        let mut said: BTreeMap<(u32, u32), Vec<Taken>> = BTreeMap::new();
        for (i, (rule, own)) in rules.iter().enumerate() {
            let span = x.span(rule.at);
            said.entry((span.start, span.end)).or_default().push((i, taken(&rules, i, own)));
        }
        for (place, own) in &said {
            if !stated(x, *place) {
                continue;
            }
            let Some(all) = own.iter().map(|(_, t)| t.clone()).collect::<Option<Vec<_>>>() else { continue };
            let rule = rules[own[0].0].0;
            let others: BTreeSet<usize> = all.into_iter().flatten().collect();
            let refused = |i: &usize| rules[*i].0.action.v != RuleAction::Pass;
            let passes = rule.action.v == RuleAction::Pass;
            let against: Vec<usize> = others.iter().copied().filter(|i| refused(i) == passes).collect();
            let (code, what): (Code, &str) = if against.is_empty() {
                (code::L0451, "others before it say the same")
            } else {
                (code::L0450, "what is denied before it leaves nothing")
            };
            let first = if against.is_empty() { others } else { against.into_iter().collect() };
            let mut places: Vec<Origin> = Vec::new();
            for i in first {
                if places.iter().all(|p| x.span(*p) != x.span(rules[i].0.at)) {
                    places.push(rules[i].0.at);
                }
            }
            let verb = if passes { "allows" } else { "denies" };
            let mut d = Diag::new(code, format!("\"{}\" {verb} nothing at firewall {}", rule.about.v, f.name))
                .at(x.span(rule.at), what.to_string());
            for p in places.iter().take(4) {
                d = d.at(x.span(*p), "this comes first".to_string());
            }
            sink.report(d.help(if code == code::L0451 {
                "remove it, or narrow what comes first"
            } else {
                "remove it, or leave it out of what is denied: net \"…\" { except \"…\" }"
            }));
        }
    }
}

/// Whether a person wrote it as a rule between places that are no pods: what a service opens is not for them to remove, and
/// what pods may is more than what firewalls see of it.
fn stated(x: &Lints<'_>, place: (u32, u32)) -> bool {
    let here = |at: Origin| (x.span(at).start, x.span(at).end) == place;
    let pods = |z: &PolicyZone| matches!(z, PolicyZone::Pods(_));
    let allows = x.topology.allows.iter().map(|a| (a.at, &a.from, &a.to));
    let denies = x.topology.denies.iter().map(|d| (d.at, &d.from, &d.to));
    allows.chain(denies).any(|(at, from, to)| here(at) && !from.iter().any(pods) && !to.iter().any(pods))
}

/// The rules before `i` that together leave it nothing, of those that hold always; `None` when something is left.
fn taken(rules: &[(&FilterRule, Packets)], i: usize, own: &Packets) -> Option<Vec<usize>> {
    let on = &rules[i].0.on;
    let always = |r: &FilterRule| r.schedule.is_none() && r.limit.is_none();
    let before: Vec<usize> =
        (0..i).filter(|j| rules[*j].0.on == *on && always(rules[*j].0) && rules[*j].1.may_meet(own)).collect();
    if own.is_empty() || before.is_empty() {
        return None;
    }
    // A rule that sends elsewhere, logs or limits does more than the one that would let the packet pass anyway.
    let plain = |r: &FilterRule| r.via.is_none();
    let same: Vec<usize> =
        before.iter().copied().filter(|j| rules[*j].0.action.v != rules[i].0.action.v || plain(rules[*j].0)).collect();
    left(own, same.iter().map(|j| &rules[*j].1), MOST).is_empty().then_some(())?;
    // Only those that are needed: the message names no bystanders.
    let mut needed = same;
    let mut k = 0;
    while k < needed.len() {
        let without: Vec<usize> = needed.iter().copied().filter(|j| *j != needed[k]).collect();
        if left(own, without.iter().map(|j| &rules[*j].1), MOST).is_empty() {
            needed = without;
        } else {
            k += 1;
        }
    }
    Some(needed)
}

/// L0452: every service between whole networks, or from the whole Internet.
fn everything_for_everybody(x: &Lints<'_>, sink: &mut Sink) {
    for a in &x.topology.allows {
        let all = a.service.ports.is_empty() && a.service.icmp.is_empty() && a.service.protocols.is_empty();
        if !all {
            continue;
        }
        let whole = |z: &&PolicyZone| matches!(z, PolicyZone::Vlan(_));
        let world = |z: &&PolicyZone| matches!(z, PolicyZone::Internet(_));
        let from = a.from.iter().find(world).or(a.from.iter().find(whole));
        let to = a.to.iter().find(whole);
        let found = match (from, to) {
            (Some(f), Some(t)) => Some((f.at(), t.at())),
            (Some(f), None) if world(&f) => a.to.first().map(|t| (f.at(), t.at())),
            _ => None,
        };
        let Some((from, to)) = found else { continue };
        let service = a.service.at.first().map_or(a.at, |s| *s);
        sink.report(
            Diag::new(code::L0452, format!("\"{}\" opens everything to everybody", a.name.v.0))
                .at(x.span(service), "every service")
                .at(x.span(from), "for all of these")
                .at(x.span(to), "to all of these")
                .help("name what is used: service \"https\" \"ssh\""),
        );
    }
}

/// The packets that a rule is about.
fn packets(t: &Topology, f: &Firewall, r: &FilterRule) -> Packets {
    Packets { from: end(t, f, &r.source), to: end(t, f, &r.target), traffic: traffic(f, &r.traffic) }
}

fn end(t: &Topology, f: &Firewall, e: &RuleEnd) -> Addresses {
    match e {
        RuleEnd::Any => Addresses::all(),
        RuleEnd::Itself => {
            let nics = f.nodes.iter().flat_map(|n| &t.machine(*n).nics).filter_map(|n| n.address);
            let own = f.legs.iter().filter_map(|l| l.address).chain(nics);
            let known = own.fold(Ranges::default(), |r, a| r.union(&Ranges::of(a.v.into(), a.v.into())));
            // Addresses that it has beyond those, such as public ones, are its own as well.
            Addresses { known, atoms: BTreeSet::from(["the firewall itself".to_string()]) }
        }
        RuleEnd::Address(a) => Addresses { known: Ranges::of(a.v.into(), a.v.into()), atoms: BTreeSet::new() },
        RuleEnd::Alias(name) => alias(f, name.v.0.as_str(), 0),
        RuleEnd::Not(name) => {
            let inner = alias(f, name.v.0.as_str(), 0);
            Addresses { known: Addresses::all().known.minus(&inner.known), atoms: BTreeSet::new() }
        }
    }
}

/// What an alias of addresses holds; what cannot be known here is an atom.
fn alias(f: &Firewall, name: &str, depth: usize) -> Addresses {
    let mut all = Addresses::default();
    let Some(found) = f.layer.filter.aliases.iter().find(|a| a.name.v.0 == name) else { return all };
    match &found.content {
        AliasContent::Hosts(hosts) => {
            for (first, last) in hosts {
                let last = last.map_or(first.v, |l| l.v);
                all.known = all.known.union(&Ranges::of(first.v.into(), last.into()));
            }
        }
        AliasContent::Networks { nets, except } => {
            for n in nets {
                all.known = all.known.union(&Ranges::net(n.v));
            }
            for e in except {
                all.known = all.known.minus(&Ranges::net(e.v));
            }
        }
        AliasContent::Names(names) => all.atoms.extend(names.iter().map(|n| format!("name {}", n.v))),
        AliasContent::Feed { url, every: _ } => {
            all.atoms.insert(format!("feed {}", url.v));
        }
        AliasContent::Countries(list) => all.atoms.extend(list.iter().map(|c| format!("country {}", c.v))),
        AliasContent::Aliases(list) => {
            // Deeper than any that topoc makes: a circle is nobody.
            if depth < 8 {
                for inner in list {
                    all = all.union(&alias(f, &inner.v.0, depth + 1));
                }
            }
        }
        AliasContent::Ports(_) => {}
    }
    all
}

fn traffic(f: &Firewall, t: &RuleTraffic) -> Traffic {
    match t {
        RuleTraffic::Any => Traffic::all(),
        RuleTraffic::Icmp(types) if types.is_empty() => Traffic::all_icmp(),
        RuleTraffic::Icmp(types) => types.iter().fold(Traffic::default(), |all, t| all.union(&Traffic::icmp(t.v))),
        RuleTraffic::Protocol(p) => Traffic::protocol(number(p.v)),
        RuleTraffic::Ports { tcp, udp, at } => {
            let spans: Vec<PortSpan> = match at {
                RulePorts::Span(s) => vec![s.v],
                RulePorts::Alias(name) => f
                    .layer
                    .filter
                    .aliases
                    .iter()
                    .filter(|a| a.name.v == name.v)
                    .flat_map(|a| match &a.content {
                        AliasContent::Ports(list) => list.iter().map(|s| s.v).collect(),
                        AliasContent::Hosts(_)
                        | AliasContent::Networks { .. }
                        | AliasContent::Names(_)
                        | AliasContent::Feed { .. }
                        | AliasContent::Countries(_)
                        | AliasContent::Aliases(_) => Vec::new(),
                    })
                    .collect(),
            };
            spans.iter().fold(Traffic::default(), |mut all, PortSpan((a, b))| {
                if *tcp {
                    all = all.union(&Traffic::tcp(*a, *b));
                }
                if *udp {
                    all = all.union(&Traffic::udp(*a, *b));
                }
                all
            })
        }
    }
}

/// The number of a protocol (IANA, protocol numbers).
fn number(p: IpProtocol) -> u8 {
    match p {
        IpProtocol::Ah => 51,
        IpProtocol::Esp => 50,
        IpProtocol::Gre => 47,
        IpProtocol::Igmp => 2,
        IpProtocol::Ipip => 4,
        IpProtocol::Ospf => 89,
        IpProtocol::Pfsync => 240,
        IpProtocol::Pim => 103,
        IpProtocol::Vrrp => 112,
    }
}
