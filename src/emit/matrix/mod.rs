//! Emitter: who reaches whom through each firewall, as tables for people; made of the decided rules, it decides nothing.

use std::collections::BTreeSet;

use super::expectations::listed;
use super::{Meta, Out, Site};
use crate::ir::{
    AliasContent, AliasName, FilterRule, Firewall, RuleAction, RuleEnd, RuleOn, RulePorts, RuleTraffic, Sealed,
    Topology,
};
use crate::policy::rules::{ITSELF, itself, packets};
use crate::policy::{Addresses, Packets, Ranges, left};
use crate::render::Composed;
use crate::render::template::{Val, render};
use crate::schema::VpnKind;
use crate::source::Sp;
use crate::words;

crate::rules! {
    87;
    TABLE = "A reviewer sees who reaches whom without reading the files of a firewall." @ "RFC 6.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "matrix",
    writes: "documents/firewall-matrix.md",
    what: "Who reaches whom through each firewall and on what, all rules in their order, and what their names stand for.",
    reader: "people",
    apply: "Nothing to do: read its difference before a change is put in force.",
    step: 0,
    rfc: "6.1",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Beyond so many parts something counts as left: a table must end.
const MOST: usize = 512;

/// The one document, when a firewall has rules.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let all: Vec<Val> =
        t.firewalls.iter().filter(|f| !f.layer.filter.rules.is_empty()).map(|f| firewall(t, f)).collect();
    if all.is_empty() {
        return;
    }
    let values = [("cloud", words![sealed.meta().name].into()), ("firewalls", Val::Many(all))];
    let text = render("matrix.md", include_str!("matrix.md"), TABLE, &values);
    out.text(Site::Reader, "documents/firewall-matrix.md".into(), text);
}

/// A column: for whom packets are.
struct Column {
    name: Composed,
    whom: Addresses,
    what: What,
}

/// What a column is.
enum What {
    /// The network of an interface, by its number: what comes in there meets no firewall.
    Network(usize),
    /// A VPN.
    Vpn,
    /// The firewall.
    Itself,
    /// All the rest.
    Elsewhere,
}

fn firewall(t: &Topology, f: &Firewall) -> Val {
    let rules: Vec<(&FilterRule, Packets)> = f.layer.filter.rules.iter().map(|r| (r, packets(t, f, r))).collect();
    let columns = columns(t, f);
    let rows = doors(f).into_iter().map(|on| {
        let here: Vec<&(&FilterRule, Packets)> = rules.iter().filter(|(r, _)| r.on == on).collect();
        let cells = columns.iter().map(|c| Val::One(cell(t, f, &on, c, &here))).collect();
        Val::Record(vec![
            ("name", door(t, f, &on).into()),
            ("cells", Val::Many(cells)),
            ("rules", Val::Many(here.iter().map(|(r, _)| rule(f, r)).collect())),
        ])
    });
    let aliases = f.layer.filter.aliases.iter().map(|a| {
        Val::Record(vec![
            ("name", called(&a.name).into()),
            ("members", Val::Many(members(&a.content).into_iter().map(Val::One).collect())),
            ("about", said(&a.about).into()),
        ])
    });
    Val::Record(vec![
        ("name", words![f.name].into()),
        ("rows", Val::Many(rows.collect())),
        ("columns", Val::Many(columns.iter().map(|c| Val::One(c.name.clone())).collect())),
        ("aliases", Val::Many(aliases.collect())),
    ])
}

/// Where connections come in: every interface, and VPNs by kind, for which OPNsense has one interface.
fn doors(f: &Firewall) -> Vec<RuleOn> {
    let interfaces = (0..f.layer.network.interfaces.len()).map(RuleOn::Interface);
    let kinds: BTreeSet<VpnKind> = f.layer.vpns.iter().map(|v| v.kind.v).collect();
    interfaces.chain(kinds.into_iter().map(RuleOn::Vpns)).collect()
}

fn door(t: &Topology, f: &Firewall, on: &RuleOn) -> Composed {
    match on {
        RuleOn::Interface(i) => {
            let interface = &f.layer.network.interfaces[*i];
            let name = words![t.vlan(interface.vlan.v).name].citing(interface.vlan.at);
            if interface.gateway.is_some() { words![name, " (way out)"] } else { name }
        }
        RuleOn::Vpns(kind) => {
            let names = f.layer.vpns.iter().filter(|v| v.kind.v == *kind).map(|v| words![v.name].citing(v.kind.at));
            words!["VPN ", listed(names)]
        }
    }
}

/// The networks inside, the firewall itself, VPNs, and all the rest.
fn columns(t: &Topology, f: &Firewall) -> Vec<Column> {
    let itself = itself(t, f);
    let mut rest = Addresses::all().known.minus(&itself.known);
    let mut all = Vec::new();
    for (i, interface) in f.layer.network.interfaces.iter().enumerate() {
        let vlan = t.vlan(interface.vlan.v);
        let net = Ranges::net(vlan.subnet.v);
        rest = rest.minus(&net);
        all.push(Column {
            name: words![vlan.name].citing(interface.vlan.at).citing(vlan.subnet.at),
            whom: Addresses { known: net.minus(&itself.known), atoms: BTreeSet::new() },
            what: What::Network(i),
        });
    }
    for vpn in &f.layer.vpns {
        let net = vpn.nets().fold(Ranges::default(), |all, n| all.union(&Ranges::net(n.v)));
        rest = rest.minus(&net);
        all.push(Column {
            name: words!["VPN ", vpn.name].citing(vpn.subnet.at),
            whom: Addresses { known: net.minus(&itself.known), atoms: BTreeSet::new() },
            what: What::Vpn,
        });
    }
    all.push(Column { name: words!["the firewall itself"], whom: itself, what: What::Itself });
    let whom = Addresses { known: rest, atoms: BTreeSet::new() };
    all.push(Column { name: words!["elsewhere"], whom, what: What::Elsewhere });
    all
}

/// What of those who come in by a door gets to a column: the traffic of the rules that let something through.
fn cell(t: &Topology, f: &Firewall, on: &RuleOn, c: &Column, rules: &[&(&FilterRule, Packets)]) -> Composed {
    // Rules of one traffic are one entry; together they may say all that one of them says in part.
    let mut found: Vec<(Composed, Vec<&Packets>, bool)> = Vec::new();
    for (n, (rule, all)) in rules.iter().enumerate() {
        if rule.action.v != RuleAction::Pass {
            continue;
        }
        let reached = Packets { from: all.from.clone(), to: meant(&all.to, c), traffic: all.traffic.clone() };
        let refused: Vec<&Packets> =
            rules[..n].iter().filter(|(r, _)| r.action.v != RuleAction::Pass).map(|(_, p)| p).collect();
        if reached.is_empty() || left(&reached, refused.iter().copied(), MOST).is_empty() {
            continue;
        }
        let cut = refused.iter().any(|r| r.may_meet(&reached));
        let text = by(f, &rule.traffic).citing(rule.about.at).citing(rule.action.at);
        match found.iter_mut().find(|(there, ..)| there.text == text.text) {
            Some((there, list, some)) => {
                there.why.extend(text.why);
                list.push(all);
                *some |= cut;
            }
            None => found.push((text, vec![all], cut)),
        }
    }
    found.sort_by(|a, b| a.0.text.cmp(&b.0.text));
    let who = callers(t, f, on);
    let entries = found.into_iter().map(|(text, list, cut)| {
        let all = Packets { from: who.clone(), to: c.whom.clone(), traffic: list[0].traffic.clone() };
        let whole = !cut && left(&all, list, MOST).is_empty();
        if whole { text } else { words![text, " in part"] }
    });
    let same = matches!((on, &c.what), (RuleOn::Interface(i), What::Network(j)) if i == j);
    match (entries.len(), same) {
        (0, true) => words!["directly"],
        (0, false) => words!["–"],
        (..) => listed(entries),
    }
}

/// Those of a rule's targets that a column stands for. What only a name, a list or a country tells is elsewhere.
fn meant(to: &Addresses, c: &Column) -> Addresses {
    let known = to.known.intersect(&c.whom.known);
    let itself = |a: &&String| a.as_str() == ITSELF;
    let atoms = match c.what {
        What::Itself => to.atoms.iter().filter(itself).cloned().collect(),
        What::Elsewhere => to.atoms.iter().filter(|a| !itself(a)).cloned().collect(),
        What::Network(_) | What::Vpn => BTreeSet::new(),
    };
    Addresses { known, atoms }
}

/// Who may come in by a door.
fn callers(t: &Topology, f: &Firewall, on: &RuleOn) -> Addresses {
    let known = match on {
        RuleOn::Interface(i) => {
            let interface = &f.layer.network.interfaces[*i];
            match interface.gateway {
                Some(_) => return Addresses::all(),
                None => Ranges::net(t.vlan(interface.vlan.v).subnet.v),
            }
        }
        RuleOn::Vpns(kind) => {
            let vpns = f.layer.vpns.iter().filter(|v| v.kind.v == *kind);
            vpns.flat_map(|v| v.nets()).fold(Ranges::default(), |all, n| all.union(&Ranges::net(n.v)))
        }
    };
    Addresses { known: known.minus(&itself(t, f).known), atoms: BTreeSet::new() }
}

/// A rule, a line.
fn rule(f: &Firewall, r: &FilterRule) -> Val {
    let FilterRule { key: _, on: _, sequence, action, source, target, traffic, via, schedule, limit, log, about, at } =
        r;
    let does = match action.v {
        RuleAction::Block => "is dropped",
        RuleAction::Reject => "is refused",
        RuleAction::Pass => "passes",
    };
    let mut does = words![Sp::new(does, action.at)].citing(*at);
    if let Some(via) = via {
        does = words![does, " by a way out of its own"].citing(via.at);
    }
    if let Some(schedule) = schedule {
        does = words![does, " at hours"].citing(schedule.at);
    }
    if limit.is_some() {
        does = words![does, " up to a limit"];
    }
    if log.v {
        does = words![does, ", logged"].citing(log.at);
    }
    Val::Record(vec![
        ("place", words![sequence].into()),
        ("action", does.into()),
        ("from", end(source).into()),
        ("to", end(target).into()),
        ("by", by(f, traffic).into()),
        ("about", said(about).into()),
    ])
}

fn end(e: &RuleEnd) -> Composed {
    match e {
        RuleEnd::Any => words!["everybody"],
        RuleEnd::Itself => words!["the firewall itself"],
        RuleEnd::Address(a) => words![a],
        RuleEnd::Alias(name) => called(name),
        RuleEnd::Not(name) => words!["everybody but ", called(name)],
    }
}

/// What a rule is about.
fn by(f: &Firewall, t: &RuleTraffic) -> Composed {
    match t {
        RuleTraffic::Any => words!["everything"],
        RuleTraffic::Ports { tcp, udp, at } => {
            let carrier = match (tcp, udp) {
                (true, true) => "TCP and UDP ",
                (true, false) => "TCP ",
                (false, _) => "UDP ",
            };
            match at {
                RulePorts::Span(span) => words![carrier, span],
                RulePorts::Alias(name) => {
                    let held = f.layer.filter.aliases.iter().find(|a| a.name.v == name.v);
                    let ports = held.map_or_else(|| called(name), |a| listed(members(&a.content).into_iter()));
                    words![carrier, ports].citing(name.at)
                }
            }
        }
        RuleTraffic::Icmp(types) if types.is_empty() => words!["ICMP"],
        RuleTraffic::Icmp(types) => words!["ICMP type ", listed(types.iter().map(|t| words![t]))],
        RuleTraffic::Protocol(p) => words!["protocol ", p],
    }
}

/// What an alias holds, each by itself: a member more is a line more.
fn members(c: &AliasContent) -> Vec<Composed> {
    match c {
        AliasContent::Hosts(list) => list
            .iter()
            .map(|(first, last)| match last {
                Some(last) => words![first, " to ", last],
                None => words![first],
            })
            .collect(),
        AliasContent::Networks { nets, except } => {
            let without = except.iter().map(|n| words!["without ", n]);
            nets.iter().map(|n| words![n]).chain(without).collect()
        }
        AliasContent::Names(names) => {
            names.iter().map(|n| Composed { text: n.v.to_string(), why: vec![n.at] }).collect()
        }
        AliasContent::Ports(list) => list.iter().map(|p| words![p]).collect(),
        AliasContent::Feed { url, every } => vec![words!["the list ", url].citing(every.at)],
        AliasContent::Countries(list) => list.iter().map(|c| words![c]).collect(),
        AliasContent::Aliases(list) => list.iter().map(called).collect(),
    }
}

fn called(name: &Sp<AliasName>) -> Composed {
    Composed { text: name.v.to_string(), why: vec![name.at] }
}

fn said(about: &Sp<String>) -> Composed {
    Composed { text: about.v.clone(), why: vec![about.at] }
}
