//! Checks of what rules leave to each other: rules that decide nothing, or everything; a lint changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diag, Sink, code};
use crate::ir::*;
use crate::lint::Lints;
use crate::policy::rules::{alias, end, packets};
use crate::policy::{Packets, left};
use crate::source::Origin;

/// All of them.
pub const LINTS: &[super::Lint] = &[decides_nothing, everything_for_everybody];

/// Beyond so many parts a rule counts as deciding something: a check must end.
const MOST: usize = 512;

/// A rule, and the rules before it that together leave it nothing.
struct Judged<'a> {
    rule: &'a FilterRule,
    taken: Option<Vec<usize>>,
}

/// L0450, L0451: statements of which no packet is left for any of their rules, or for none where they come in. E1140: nothing
/// is left by which a firewall is managed.
fn decides_nothing(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        let rules: Vec<(&FilterRule, Packets)> =
            f.layer.filter.rules.iter().map(|r| (r, packets(x.topology, f, r))).collect();
        let judged: Vec<Judged<'_>> = (0..rules.len())
            .map(|i| {
                let taken =
                    if opened(rules[i].0) { shut(x.topology, f, &rules, i) } else { taken(&rules, i, &rules[i].1) };
                Judged { rule: rules[i].0, taken }
            })
            .collect();
        let locked = locked_out(x, f, &judged, sink);
        // Each statement with its rules.
        let mut said: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (i, j) in judged.iter().enumerate().filter(|(i, _)| !locked.contains(i)) {
            let span = x.span(j.rule.at);
            said.entry((span.start, span.end)).or_default().push(i);
        }
        for (place, own) in &said {
            if opened(judged[own[0]].rule) || stated(x, *place) {
                statement(x, f, &judged, own, sink);
            }
        }
    }
}

/// What is left of one statement.
fn statement(x: &Lints<'_>, f: &Firewall, all: &[Judged<'_>], own: &[usize], sink: &mut Sink) {
    let rule = all[own[0]].rule;
    let passes = rule.action.v == RuleAction::Pass;
    let against = |i: &usize| (all[*i].rule.action.v != RuleAction::Pass) == passes;
    let mut by: BTreeMap<&RuleOn, Vec<usize>> = BTreeMap::new();
    for i in own {
        by.entry(&all[*i].rule.on).or_default().push(*i);
    }
    let gone = |list: &[usize]| -> Option<BTreeSet<usize>> {
        let each = list.iter().map(|i| all[*i].taken.clone()).collect::<Option<Vec<_>>>()?;
        Some(each.into_iter().flatten().collect())
    };
    let (others, parts) = match gone(own) {
        Some(others) => (others, Vec::new()),
        None => {
            // Of a part only what is refused is worth a word: rules that say the same overlap by nature.
            let denied = by.iter().filter_map(|(on, list)| {
                let others = gone(list).filter(|o| o.iter().any(against))?;
                Some((*on, others))
            });
            let denied: Vec<(&RuleOn, BTreeSet<usize>)> = denied.filter(|_| passes).collect();
            if denied.is_empty() {
                return;
            }
            let others = denied.iter().flat_map(|(_, o)| o.iter().copied()).collect();
            (others, denied.iter().map(|(on, _)| word(x.topology, f, on)).collect())
        }
    };
    let first: BTreeSet<usize> = others.iter().copied().filter(|i| against(i)).collect();
    let (code, what): (Code, &str) = match (first.is_empty(), parts.is_empty()) {
        (true, _) => (code::L0451, "others before it say the same"),
        (false, true) => (code::L0450, "what is denied before it leaves nothing"),
        (false, false) => (code::L0450, "what is denied before it leaves nothing of this part"),
    };
    // What a part of the platform needs may be said by others too.
    let derived = |a: &Allow| a.derived && *a.name.v.0 == *rule.about.v;
    if code == code::L0451 && x.topology.allows.iter().any(derived) {
        return;
    }
    let verb = match (opened(rule), passes) {
        (true, _) => "lets nobody in",
        (false, true) => "allows nothing",
        (false, false) => "denies nothing",
    };
    let part = if parts.is_empty() { String::new() } else { format!(" where it comes in by {}", parts.join(" and ")) };
    let d = Diag::new(code, format!("\"{}\" {verb} at firewall {}{part}", rule.about.v, f.name))
        .at(x.span(rule.at), what.to_string());
    let d = firsts(x, all, if first.is_empty() { &others } else { &first }, d);
    sink.report(d.help(match (code == code::L0451, opened(rule), parts.is_empty()) {
        (true, _, _) => "remove it, or narrow what comes first",
        (false, true, _) => {
            "narrow the `deny` by `from`, `to` or `service`: it comes before all that a firewall serves"
        }
        (false, false, true) => "remove it, or leave it out of what is denied: net \"…\" { except \"…\" }",
        (false, false, false) => "take this part out of the `allow`, or out of what is denied",
    }));
}

/// E1140: what is denied leaves nothing of what `admin` opens. Returns the rules that it speaks of.
fn locked_out(x: &Lints<'_>, f: &Firewall, all: &[Judged<'_>], sink: &mut Sink) -> BTreeSet<usize> {
    let Some(admin) = &f.layer.admin else { return BTreeSet::new() };
    let keys: Vec<String> = admin.openings.iter().map(|o| format!("{OPENED}{}/", o.key)).collect();
    let own = |j: &Judged<'_>| keys.iter().any(|k| j.rule.key.starts_with(k));
    let own: BTreeSet<usize> = (0..all.len()).filter(|i| own(&all[*i])).collect();
    let taken: Option<Vec<&Vec<usize>>> = own.iter().map(|i| all[*i].taken.as_ref()).collect();
    let Some(first) = taken.filter(|t| !t.is_empty()) else { return BTreeSet::new() };
    let first: BTreeSet<usize> = first.into_iter().flatten().copied().collect();
    let d = Diag::new(code::E1140, format!("nobody can manage firewall {}", f.name))
        .at(x.span(admin.at), "whoever this lets in is refused");
    sink.report(
        firsts(x, all, &first, d)
            .note("refusals come before all that a firewall serves: only its console would be left")
            .help("narrow the `deny` by `from`, `to` or `service`"),
    );
    own
}

/// With each place that comes first, once.
fn firsts(x: &Lints<'_>, all: &[Judged<'_>], first: &BTreeSet<usize>, mut d: Diag) -> Diag {
    let mut places: Vec<Origin> = Vec::new();
    for i in first {
        if places.iter().all(|p| x.span(*p) != x.span(all[*i].rule.at)) {
            places.push(all[*i].rule.at);
        }
    }
    for p in places.iter().take(4) {
        d = d.at(x.span(*p), "this comes first".to_string());
    }
    d
}

/// How keys of rules begin that are made from an [`Opening`].
const OPENED: &str = "open/";

/// Whether a service of the firewall, or a translation, opens it.
fn opened(r: &FilterRule) -> bool {
    r.key.starts_with(OPENED)
}

/// What messages call an interface.
fn word(t: &Topology, f: &Firewall, on: &RuleOn) -> String {
    match on {
        RuleOn::Interface(i) => t.vlan(f.layer.network.interfaces[*i].vlan.v).name.to_string(),
        RuleOn::Vpns(kind) => kind.to_string(),
    }
}

/// The refusals before an opening that leave it nothing. What everybody may use on a way out is for the Internet: it is shut
/// where that is refused, whatever else may come by the way.
fn shut(t: &Topology, f: &Firewall, rules: &[(&FilterRule, Packets)], i: usize) -> Option<Vec<usize>> {
    let refused = |j: &usize| rules[*j].0.action.v != RuleAction::Pass && rules[*j].0.on == rules[i].0.on;
    let way_out = matches!(rules[i].0.on, RuleOn::Interface(n) if f.layer.network.interfaces[n].gateway.is_some());
    // Who is beside the firewall there has a rule of its own, which goes with that of all others.
    if let (true, RuleEnd::Alias(beside)) = (way_out, &rules[i].0.source) {
        let others = |r: &FilterRule| {
            matches!(&r.source, RuleEnd::Not(n) if n.v == beside.v)
                && (&r.on, r.at, &r.about.v, &r.traffic)
                    == (&rules[i].0.on, rules[i].0.at, &rules[i].0.about.v, &rules[i].0.traffic)
        };
        if let Some(j) = rules.iter().position(|(r, _)| others(r)) {
            return shut(t, f, rules, j);
        }
    }
    let mut own = rules[i].1.clone();
    // A refusal leaves out the routers of a VLAN, and no router asks itself by the wire.
    let itself = own.from.known.minus(&end(t, f, &RuleEnd::Itself).known);
    if !itself.is_empty() {
        own.from.known = itself;
    }
    if way_out && matches!(rules[i].0.source, RuleEnd::Any | RuleEnd::Not(_)) {
        for j in (0..i).filter(refused) {
            if let RuleEnd::Not(name) = &rules[j].0.source {
                own.from.known = own.from.known.minus(&alias(f, &name.v.0, 0).known);
            }
        }
    }
    let mut alone: Vec<(&FilterRule, Packets)> = (0..i).filter(refused).map(|j| rules[j].clone()).collect();
    let numbers: Vec<usize> = (0..i).filter(refused).collect();
    let last = alone.len();
    alone.push((rules[i].0, own.clone()));
    Some(taken(&alone, last, &own)?.into_iter().map(|n| numbers[n]).collect())
}

/// Whether a person wrote it as a rule between places that are no pods: what pods may is more than what firewalls see of it.
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
