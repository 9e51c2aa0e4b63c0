//! Pass: filter rules of a firewall from what is allowed, refused and served, each with a place of its own that stays; spells nothing.

mod alias;
mod check;
mod nets;
mod number;
mod place;
mod pods;
mod statement;
mod traffic;

pub use check::check;

use std::collections::BTreeMap;

use super::At;
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};
use alias::{Aliases, End, Named};
use number::Class;
use place::{Atom, Entry, Ground, Place, Whom};
use statement::{Statement, hits};
use traffic::Kind;

crate::rules! {
    61;
    ITS_NET = "a VLAN is its subnet, a VPN is its network" @ "language reference";
    ITS_ROUTER = "the router's own addresses are the router, not the VLAN" @ "language reference";
    MASQUERADED = "pods leave with the address of their node, so that is what a firewall sees" @ "RFC 6.1, 6.2; targets 11, N7; Cilium, masquerading";
    NAMED_VLAN = "of a machine with more than one address that on the named VLAN is meant" @ "language reference";
    NODE_ADDRESS = "packets leave with the address of the VLAN that they leave by" @ "RFC 6.1; Cilium, masquerading";
    EGRESS_ADDRESS = "pods of an egress gateway leave with its address" @ "RFC 6.2; Cilium, egress gateway";
    POD_RANGE = "nobody gives pods another address, so a firewall sees their own" @ "Cilium, masquerading";
    CONTROL_PLANE = "API servers open connections from the control-plane nodes" @ "kube-apiserver; RFC 4.3";
    ALIAS_NAME = "aliases are called by what they hold, with a prefix that keeps clear of words of pf and of services" @ "OPNsense core 26.7, AliasNameField; opnsense 1";
    UNION = "an end of a rule is one address or one alias: lists of addresses are refused" @ "OPNsense core 26.7, NetworkAliasField; opnsense 1";
    TOGETHER = "the same ports of TCP and UDP are one rule" @ "OPNsense core 26.7, Filter.xml";
    PLACE_IN_ORDER = "the place comes from the rule's key, so a new rule moves none; refusals are first, then what the firewall serves, then ways out, then allowances" @ "OPNsense core 26.7, Filter.xml, sequence; opnsense 3";
    PASSES = "what is allowed passes, and what answers it" @ "OPNsense core 26.7, Filter.xml; opnsense 3";
    DROPS = "what is refused is dropped, or told so" @ "OPNsense core 26.7, Filter.xml";
    LOGGED = "logs show the rule by its uuid, the rule tells the word" @ "OPNsense core 26.7, filterlog; opnsense 2";
    UNLOGGED = "nothing is said of logs" @ "language reference";
    FIRST_PACKET = "the first packet of a connection is looked at where it comes in; what answers passes by the state" @ "opnsense 0, 3";
}

/// A rule before aliases have their names and rules their places.
#[derive(Clone, Debug)]
struct Draft {
    key: String,
    class: Class,
    on: RuleOn,
    action: Sp<RuleAction>,
    source: End,
    target: End,
    kind: Kind,
    via: Option<Sp<WayRef>>,
    schedule: Option<Sp<u32>>,
    limit: Option<Limit>,
    log: Sp<bool>,
    about: Sp<String>,
    at: Origin,
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Filter {
    let ground = Ground { facts: x.facts, t: x.t, index: x.index };
    let mut aliases = Aliases::default();
    let mut drafts: Vec<Draft> = Vec::new();
    for o in openings(x.layer) {
        opening(x, &ground, o, &mut aliases, &mut drafts, cx);
    }
    let mut said = Vec::new();
    for s in statement::all(x.facts, x.t) {
        statement_rules(x, &ground, &s, &mut aliases, &mut drafts, &mut said, cx);
    }
    check::ways(x, &aliases, &drafts, cx);
    check::limits(x, &drafts, cx);
    let (rules, aliases) = finish(drafts, aliases, cx);
    Filter { aliases, rules, said }
}

/// What everything on the firewall opens.
fn openings(layer: &FirewallLayer) -> Vec<&Opening> {
    let FirewallLayer { network, pair, admin, dns, ntp, dhcp, watch, vpns, shaper, ids, nat, filter: _, backup: _ } =
        layer;
    let mut all: Vec<&Opening> = network.openings.iter().collect();
    all.extend(pair.iter().flat_map(|p| &p.openings));
    all.extend(admin.iter().flat_map(|a| &a.openings));
    all.extend(dns.iter().flat_map(|d| &d.openings));
    all.extend(ntp.iter().flat_map(|n| &n.openings));
    all.extend(dhcp.iter().flat_map(|d| &d.openings));
    all.extend(&watch.openings);
    all.extend(vpns.iter().flat_map(|v| &v.openings));
    all.extend(shaper.iter().flat_map(|s| &s.openings));
    all.extend(ids.iter().flat_map(|i| &i.openings));
    all.extend(&nat.openings);
    all
}

/// What keys of rules say of an interface.
fn on_text(x: &At<'_>, on: &RuleOn) -> String {
    match on {
        RuleOn::Interface(i) => x.layer.network.interfaces[*i].key.v.to_string(),
        RuleOn::Vpns(kind) => kind.word().to_string(),
    }
}

/// Rules for what the firewall itself serves or translates.
fn opening(
    x: &At<'_>,
    ground: &Ground<'_>,
    o: &Opening,
    aliases: &mut Aliases,
    into: &mut Vec<Draft>,
    cx: &mut Cx<'_>,
) {
    let Opening { key, on, from, to, ports, log, about, at, rule } = o;
    let target = match to {
        None => End::Itself,
        Some(a) => End::Address(*a),
    };
    let named = Named {
        group: None,
        other: format!("{key}_{}", on_text(x, on)),
        sentence: about.v.clone(),
        part: on_text(x, on),
    };
    let mut atoms: Vec<Atom> = Vec::new();
    match (from, on) {
        (OpeningFrom::Anyone, _) | (OpeningFrom::ItsNetwork, RuleOn::Interface(_)) => {}
        (OpeningFrom::ItsNetwork, RuleOn::Vpns(kind)) => {
            for v in x.layer.vpns.iter().filter(|v| v.kind.v == *kind) {
                let zone = PolicyZone::Vpn(Sp::new(x.id, v.at), v.name.clone());
                atoms.extend(ground.targets(&zone, cx).into_iter().map(|(_, a)| a));
            }
        }
        (OpeningFrom::Zones(zones), _) => {
            let place = to.map_or(Place::Itself(x.id), |a| ground.locate(a.v));
            for z in zones {
                let here = |e: &Entry| rule_on(x, *e).as_ref() == Some(on);
                let left = ground.leave(z, place, false, cx);
                let mut found: Vec<Atom> =
                    left.into_iter().flatten().filter(|(e, _)| here(e)).map(|(_, a)| a).collect();
                if found.is_empty() {
                    found = ground.targets(z, cx).into_iter().map(|(_, a)| a).collect();
                }
                atoms.extend(found);
            }
            // Who is nobody may nothing.
            if atoms.is_empty() {
                return;
            }
        }
    }
    let sources = match (from, on) {
        // Who is beside the firewall on a way out is answered there and not by the router: rules of their own.
        (OpeningFrom::Anyone, RuleOn::Interface(i)) if x.layer.network.interfaces[*i].gateway.is_some() => {
            let vlan = x.layer.network.interfaces[*i].vlan;
            let beside = aliases.whole_net(x.t.vlan(vlan.v), cx);
            vec![End::Alias(beside, vlan.at), End::Not(beside, vlan.at)]
        }
        (OpeningFrom::Anyone, _) => vec![End::Any],
        (OpeningFrom::ItsNetwork, RuleOn::Interface(i)) => {
            let vlan = x.layer.network.interfaces[*i].vlan;
            vec![End::Alias(aliases.whole_net(x.t.vlan(vlan.v), cx), vlan.at)]
        }
        (OpeningFrom::ItsNetwork, RuleOn::Vpns(_)) | (OpeningFrom::Zones(_), _) => {
            let refs: Vec<&Atom> = atoms.iter().collect();
            aliases.ends(&refs, &named, &mut |at, cx| inside(x, at, cx), cx)
        }
    };
    let why = cx.derived(*rule, &[*at]);
    for source in sources {
        for kind in traffic::kinds(ports, false, aliases, cx) {
            let key = format!("open/{key}/{}/{}/{}", on_text(x, on), aliases.text(&source), kind.text());
            into.push(Draft {
                key,
                class: Class::Served,
                on: on.clone(),
                action: Sp::new(RuleAction::Pass, why),
                source: source.clone(),
                target: target.clone(),
                kind,
                via: None,
                schedule: None,
                limit: None,
                log: *log,
                about: about.clone(),
                at: why,
            });
        }
    }
}

/// What is not the Internet, seen from a place where it is said.
fn inside(x: &At<'_>, at: Origin, cx: &mut Cx<'_>) -> Net {
    crate::pass::policy::internet(x.t, at, cx)
}

/// The interface of an entry on this firewall.
fn rule_on(x: &At<'_>, entry: Entry) -> Option<RuleOn> {
    match entry {
        Entry::Leg(f, v) if f == x.id => x.on(v).map(|(i, _)| RuleOn::Interface(i)),
        Entry::Vpns(f, kind) if f == x.id => Some(RuleOn::Vpns(kind)),
        Entry::Leg(..) | Entry::Vpns(..) => None,
    }
}

/// Each source with all that it may reach.
type Reaches = BTreeMap<String, (Atom, BTreeMap<String, Atom>)>;

/// Rules of one statement on this firewall.
fn statement_rules(
    x: &At<'_>,
    ground: &Ground<'_>,
    s: &Statement<'_>,
    aliases: &mut Aliases,
    into: &mut Vec<Draft>,
    said: &mut Vec<Origin>,
    cx: &mut Cx<'_>,
) {
    // By interface, each source with all that it may reach from there.
    let mut by: BTreeMap<Entry, Reaches> = BTreeMap::new();
    let found = hits(ground, s, cx);
    said.extend(found.missed.iter().flat_map(|m| [s.from[m.from].at(), s.to[m.to].at()]));
    // Patterns are no rules: an error says so, or a wider allowance has them.
    let pattern = |h: &statement::Hit| matches!(&h.target.whom, Whom::Name(n) if n.v.contains('*'));
    if found.hits.iter().all(pattern) && !s.concerns_pods() {
        said.extend(s.origins());
    }
    if traffic::unsayable(s.service).is_some() {
        return;
    }
    for h in found.hits.into_iter().filter(|h| h.entry.firewall() == x.id) {
        // A pattern is no rule: it is an error, or a wider allowance has it.
        if let Whom::Name(n) = &h.target.whom
            && n.v.contains('*')
        {
            said.push(n.at);
            continue;
        }
        let source = by.entry(h.entry).or_default().entry(atom_key(&h.source)).or_insert((h.source, BTreeMap::new()));
        source.1.entry(atom_key(&h.target)).or_insert(h.target);
    }
    // What comes in at more than one interface is told apart by them, so that no name depends on what it holds.
    let several = by.len() > 1;
    for (entry, sources) in by {
        let Some(on) = rule_on(x, entry) else { continue };
        // Sources that may reach the same are one rule; a product of all with all would open what nobody said.
        let mut same: BTreeMap<Vec<String>, (Vec<Atom>, Vec<Atom>)> = BTreeMap::new();
        for (_, (source, targets)) in sources {
            let key: Vec<String> = targets.keys().cloned().chain([near(x, &on, &source).to_string()]).collect();
            same.entry(key).or_insert_with(|| (Vec::new(), targets.into_values().collect())).0.push(source);
        }
        for (sources, targets) in same.into_values() {
            let on_word = on_text(x, &on);
            let named = |side: &str, group: &Option<(String, usize)>| Named {
                group: group.clone(),
                other: match several {
                    true => format!("{}_{side}_{on_word}", s.slug.v),
                    false => format!("{}_{side}", s.slug.v),
                },
                sentence: format!("{}: who {}", s.name.v.0, if side == "from" { "opens it" } else { "answers" }),
                part: on_word.clone(),
            };
            let refs: Vec<&Atom> = sources.iter().collect();
            let from =
                aliases.ends(&refs, &named("from", &s.group(ground, true, cx)), &mut |at, cx| inside(x, at, cx), cx);
            let refs: Vec<&Atom> = targets.iter().collect();
            let to =
                aliases.ends(&refs, &named("to", &s.group(ground, false, cx)), &mut |at, cx| inside(x, at, cx), cx);
            let why: Vec<Origin> = std::iter::once(s.at)
                .chain(sources.iter().chain(&targets).map(|a| a.at))
                .chain(s.service.at.iter().copied())
                .collect();
            let why = cx.derived(FIRST_PACKET, &why);
            for source in &from {
                for target in &to {
                    rules_of(s, (&on, &on_word, why), source, target, aliases, into, cx);
                }
            }
        }
    }
}

/// Whether a source is on the network of the interface itself: its answers need no gateway.
fn near(x: &At<'_>, on: &RuleOn, source: &Atom) -> bool {
    let RuleOn::Interface(i) = on else { return false };
    let subnet = x.t.vlan(x.layer.network.interfaces[*i].vlan.v).subnet.v;
    match &source.whom {
        Whom::Hosts(list) => list.iter().all(|a| subnet.contains(&a.v)),
        Whom::Net(n, _) => subnet.contains(&n.v),
        Whom::Name(_) | Whom::Country(_) | Whom::Feed(..) | Whom::Itself | Whom::Internet => false,
    }
}

fn atom_key(a: &Atom) -> String {
    let text = match &a.whom {
        Whom::Hosts(list) => list.iter().map(|a| a.v.to_string()).collect::<Vec<_>>().join(","),
        Whom::Net(n, except) => {
            format!("{} {}", n.v, except.iter().map(|e| e.v.to_string()).collect::<Vec<_>>().join(","))
        }
        Whom::Name(n) => n.v.to_string(),
        Whom::Country(c) => c.v.to_string(),
        Whom::Feed(url, every) => format!("{} {}", url.v, every.v.0),
        Whom::Itself | Whom::Internet => String::new(),
    };
    format!("{}\0{text}", a.stem)
}

/// The rules of a statement for one source and one target; `on` is where, with its word and why.
fn rules_of(
    s: &Statement<'_>,
    (on, on_word, why): (&RuleOn, &str, Origin),
    source: &End,
    target: &End,
    aliases: &mut Aliases,
    into: &mut Vec<Draft>,
    cx: &mut Cx<'_>,
) {
    let (word, class, action) = match s.deny {
        Some(DenyAnswer::Nothing) => ("deny", Class::Dropped, RuleAction::Block),
        Some(DenyAnswer::Refusal) => ("deny", Class::Refused, RuleAction::Reject),
        None if s.via.is_some() => ("allow", Class::Way, RuleAction::Pass),
        None if s.limit.is_some() => ("allow", Class::Limited, RuleAction::Pass),
        None => ("allow", Class::Allowed, RuleAction::Pass),
    };
    let rule: Rule = if s.deny.is_some() { DROPS } else { PASSES };
    let action = cx.make(action, rule, &[s.at, s.answer_at]);
    let log = match s.log {
        Some(w) => cx.make(true, LOGGED, &[w.at]),
        None => Sp::new(false, UNLOGGED.origin()),
    };
    let about = match s.log {
        Some(w) => cx.make(format!("{} ({})", s.name.v.0, w.v), LOGGED, &[s.name.at, w.at]),
        None => Sp::new(s.name.v.0.to_string(), s.name.at),
    };
    let counts = s.limit.is_some_and(|l| l.connections.is_some() || l.rate.is_some());
    for kind in traffic::kinds(s.service, counts, aliases, cx) {
        let (a, b) = (aliases.text(source), aliases.text(target));
        into.push(Draft {
            key: format!("{word}/{}/{on_word}/{a}/{b}/{}", s.slug.v, kind.text()),
            class,
            on: on.clone(),
            action,
            source: source.clone(),
            target: target.clone(),
            kind,
            via: s.via.cloned(),
            schedule: s.schedule,
            limit: s.limit.cloned(),
            log,
            about: about.clone(),
            at: why,
        });
    }
}

/// Names for aliases, places for rules.
fn finish(mut drafts: Vec<Draft>, aliases: Aliases, cx: &mut Cx<'_>) -> (Vec<FilterRule>, Vec<Alias>) {
    // Keys that are equal are told apart by what their aliases hold, which is as stable as can be.
    let content = |e: &End| match e {
        End::Alias(i, _) | End::Not(i, _) => aliases.content_text(*i).to_string(),
        End::Any | End::Itself | End::Address(_) => String::new(),
    };
    drafts.sort_by_cached_key(|d| (d.key.clone(), content(&d.source), content(&d.target)));
    for i in 1..drafts.len() {
        let same = drafts[..i].iter().rev().take_while(|d| d.key.split('#').next() == Some(&drafts[i].key)).count();
        if same > 0 {
            drafts[i].key = format!("{}#{}", drafts[i].key, same + 1);
        }
    }
    let places = number::places(drafts.iter().map(|d| (d.class, d.key.as_str())));
    let (all, names) = aliases.finish(cx);
    let mut rules: Vec<FilterRule> = Vec::new();
    for (d, place) in drafts.into_iter().zip(places) {
        let end = |e: End, cx: &mut Cx<'_>| match e {
            End::Any => RuleEnd::Any,
            End::Itself => RuleEnd::Itself,
            End::Address(a) => RuleEnd::Address(a),
            End::Alias(i, at) => RuleEnd::Alias(cx.make(names[i].clone(), ALIAS_NAME, &[at])),
            End::Not(i, at) => RuleEnd::Not(cx.make(names[i].clone(), ALIAS_NAME, &[at])),
        };
        let traffic = match d.kind {
            Kind::Any => RuleTraffic::Any,
            Kind::Ports { tcp, udp, at } => RuleTraffic::Ports {
                tcp,
                udp,
                at: match at {
                    traffic::At::Span(s) => RulePorts::Span(s),
                    traffic::At::Alias(i) => RulePorts::Alias(cx.make(names[i].clone(), ALIAS_NAME, &[d.at])),
                },
            },
            Kind::Icmp(types) => RuleTraffic::Icmp(types),
            Kind::Protocol(p) => RuleTraffic::Protocol(p),
        };
        rules.push(FilterRule {
            key: d.key,
            on: d.on,
            sequence: cx.make(place, PLACE_IN_ORDER, &[d.at]),
            action: d.action,
            source: end(d.source, cx),
            target: end(d.target, cx),
            traffic,
            via: d.via,
            schedule: d.schedule,
            limit: d.limit,
            log: d.log,
            about: d.about,
            at: d.at,
        });
    }
    rules.sort_by(|a, b| (&a.on, a.sequence.v).cmp(&(&b.on, b.sequence.v)));
    (rules, all)
}
