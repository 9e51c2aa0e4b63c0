//! Pass: which addresses what leaves gets, beyond what a firewall does by itself for its own networks; opens nothing.

use ipnet::Ipv4Net;

use super::*;
use crate::ir::facts::{KeepFacts, LeaveAsFacts, SourcesFacts};
use crate::schema::Masquerade;
use crate::source::Rule;

/// Numbers of rules that keep addresses.
const KEEP: (u32, u32) = (1, 29_999);
/// Numbers of rules that give a stated address: one run for each length of a network, so that the smaller comes first.
const LEAVE: (u32, u32) = (30_000, 900);
/// Numbers of rules that follow from other statements.
const DERIVED: (u32, u32) = (60_000, 39_999);

/// A rule before it has its place.
struct Wanted {
    numbers: (u32, u32),
    rule: Outbound,
}

/// Whose addresses: what its key is made of, the network, and why.
type Source = (String, Sp<Ipv4Net>);

/// Decides all of it.
pub(super) fn decide(x: &At<'_>, nat: &mut Nat, cx: &mut Cx<'_>) {
    let mut all: Vec<Wanted> = Vec::new();
    for k in x.f.nat.iter().flat_map(|n| &n.keep) {
        keep(x, k, &mut all, cx);
    }
    for l in x.f.nat.iter().flat_map(|n| &n.leave_as) {
        leave_as(x, l, &mut all, cx);
    }
    twice(&all, cx);
    derived(x, &mut all, cx);
    for p in x.t.publishes.iter().filter(|p| p.firewall.v == x.id && p.reflect.v) {
        hairpin(x, p, &mut all, cx);
    }
    all.sort_by(|a, b| a.rule.key.cmp(&b.rule.key));
    all.dedup_by(|a, b| a.rule.key == b.rule.key);
    let mut taken = Vec::new();
    for mut w in all {
        let n = place(&w.rule.key, w.numbers.0, w.numbers.1, 0, &mut taken);
        w.rule.sequence = cx.make(n, OUTBOUND_ORDER, &[w.rule.at]);
        nat.outbound.push(w.rule);
    }
    nat.outbound.sort_by_key(|o| o.sequence.v);
}

fn unplaced(at: Origin, cx: &mut Cx<'_>) -> Sp<u32> {
    cx.make(0, OUTBOUND_ORDER, &[at])
}

/// The networks that a statement names, when all of them are behind this firewall.
fn sources(x: &At<'_>, s: &SourcesFacts, at: Origin, cx: &mut Cx<'_>) -> Option<Vec<Source>> {
    let SourcesFacts { at: _, vlan, machine, net, vpn } = s;
    let mut all: Vec<Source> = Vec::new();
    let mut whole = true;
    let stranger = |at: Origin, what: String, cx: &mut Cx<'_>| {
        let (a, b) = (cx.span(at), cx.span(x.firewall.at));
        cx.report(
            Diag::new(code::E1132, format!("nothing of {what} leaves by firewall {}", x.firewall.name))
                .at(a, "this would never match")
                .at(b, "it has no interface there that is not a way out")
                .help("name what is behind one of its interfaces"),
        );
        false
    };
    for r in vlan {
        let id = x.index.vlan(&r.v.0);
        if !id.is_known() {
            whole = false;
            continue;
        }
        let v = x.t.vlan(id);
        match x.firewall.legs.iter().any(|l| l.vlan.v == id && l.gateway.is_none()) {
            true => all.push((format!("vlan-{}", v.name.v), cx.make(v.subnet.v, ITS_SUBNET, &[r.at, v.subnet.at]))),
            false => whole = stranger(r.at, format!("VLAN {}", v.name), cx),
        }
    }
    for m in machine {
        let on = m.on.as_ref().map(|v| x.index.vlan(&v.v.0));
        for name in &m.names {
            let id = x.index.machine(&name.v.0);
            if !id.is_known() || on.is_some_and(|v| !v.is_known()) || x.t.incomplete.machines.contains(&id) {
                whole = false;
                continue;
            }
            let machine = x.t.machine(id);
            let mut any = false;
            for n in machine.nics.iter().filter(|n| on.is_none_or(|v| v == n.vlan.v)) {
                let Some(address) = n.address else { continue };
                if target::leg_of(x.t, x.firewall, address.v).is_some() {
                    any = true;
                    let from: Vec<Origin> =
                        [name.at, address.at].into_iter().chain(m.on.as_ref().map(|o| o.at)).collect();
                    all.push((
                        format!("machine-{}-{}", machine.name.v, x.t.vlan(n.vlan.v).name.v),
                        cx.make(Ipv4Net::from(address.v), ITS_ADDRESS, &from),
                    ));
                }
            }
            if !any {
                whole = stranger(name.at, machine.name.v.to_string(), cx);
            }
        }
    }
    for n in net {
        all.push((n.v.0.to_string(), n.map(|n| n.0)));
    }
    for r in vpn {
        match x.layer.vpns.iter().find(|v| v.name.v == r.v.0) {
            Some(v) => all.push((format!("vpn-{}", v.name.v), cx.make(v.subnet.v, OF_VPN, &[r.at, v.subnet.at]))),
            // Of another firewall, or wrong and reported with its VPN.
            None if x
                .facts
                .firewall
                .iter()
                .any(|f| f.at != x.f.at && f.vpn.iter().any(|v| v.name.as_ref().is_some_and(|n| n.v.0 == r.v.0))) =>
            {
                whole = stranger(r.at, format!("VPN {}", r.v), cx);
            }
            None => whole = false,
        }
    }
    if all.is_empty() && whole && !cx.spoiled.iter().any(|(o, _)| *o == at) {
        let span = cx.span(at);
        cx.report(
            Diag::new(code::E1132, "it is not said who leaves").at(span, "nobody is in it").help("vlan \"servers\""),
        );
        return None;
    }
    whole.then_some(all)
}

/// Those who leave with a stated address.
fn leave_as(x: &At<'_>, l: &LeaveAsFacts, all: &mut Vec<Wanted>, cx: &mut Cx<'_>) {
    let Some(public) = l.public.map(|p| p.map(|a| a.0)) else { return };
    let reached = public::reached(public, x.facts, x.t, Some(x.id), cx);
    let named = sources(x, &l.sources, l.at, cx);
    let (Some(reached), Some(named)) = (reached, named) else { return };
    let Some((interface, _)) = x.on(x.firewall.legs[reached.leg].vlan.v) else { return };
    for (key, source) in named {
        let rank = u32::from(32 - source.v.prefix_len());
        all.push(Wanted {
            numbers: (LEAVE.0 + rank * LEAVE.1, LEAVE.1),
            rule: Outbound {
                key: format!("leave-as/{}/{key}", public.v),
                sequence: unplaced(l.at, cx),
                interface,
                source,
                target: None,
                becomes: Becomes::Address(reached.seen),
                about: cx.make(format!("{key} leaves as {}", public.v), FORWARD, &[public.at]),
                at: l.at,
            },
        });
    }
}

/// Those who leave with the address that they have.
fn keep(x: &At<'_>, k: &KeepFacts, all: &mut Vec<Wanted>, cx: &mut Cx<'_>) {
    let mut ways: Vec<(usize, &FirewallInterface)> = ways(x).collect();
    if let Some(by) = &k.by {
        let id = x.index.vlan(&by.v.0);
        if !id.is_known() {
            return;
        }
        let first = ways.first().map(|(_, i)| x.t.vlan(i.vlan.v).name.to_string());
        ways.retain(|(_, i)| i.vlan.v == id);
        if let (true, Some(first)) = (ways.is_empty(), first) {
            let (a, b) = (cx.span(by.at), cx.span(x.firewall.at));
            cx.report(
                Diag::new(code::E1121, format!("VLAN {} is no way out of {}", x.t.vlan(id).name, x.firewall.name))
                    .at(a, "nothing leaves by it")
                    .at(b, "this firewall")
                    .help(format!("by \"{first}\"")),
            );
        }
    }
    let Some(named) = sources(x, &k.sources, k.at, cx) else { return };
    let to: Vec<Option<Sp<Ipv4Net>>> = match k.to.as_slice() {
        [] => vec![None],
        some => some.iter().map(|n| Some(n.map(|n| n.0))).collect(),
    };
    for (interface, i) in ways {
        for (key, source) in &named {
            for target in &to {
                let v = x.t.vlan(i.vlan.v);
                let far = target.map_or("everybody".to_string(), |t| t.v.to_string());
                let from: Vec<Origin> = [k.at].into_iter().chain(k.by.as_ref().map(|b| b.at)).collect();
                let at = cx.derived(KEPT, &from);
                all.push(Wanted {
                    numbers: KEEP,
                    rule: Outbound {
                        key: format!("keep/{}/{key}/{far}", v.name.v),
                        sequence: unplaced(at, cx),
                        interface,
                        source: *source,
                        target: *target,
                        becomes: Becomes::Kept(Sp::new(true, at)),
                        about: cx.make(format!("{key} keeps its address for {far}"), KEPT, &from),
                        at,
                    },
                });
            }
        }
    }
}

/// E1127: a network leaves with one address.
fn twice(all: &[Wanted], cx: &mut Cx<'_>) {
    let given = |w: &&Wanted| matches!(w.rule.becomes, Becomes::Address(_));
    let left: Vec<&Wanted> = all.iter().filter(given).collect();
    for (i, w) in left.iter().enumerate() {
        let same = |o: &&&Wanted| o.rule.source.v == w.rule.source.v && o.rule.interface == w.rule.interface;
        let Some(other) = left[..i].iter().find(same) else { continue };
        let (a, b) = (cx.span(w.rule.source.at), cx.span(other.rule.source.at));
        cx.report(
            Diag::new(code::E1127, format!("{} would leave with two addresses", w.rule.source.v))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
}

/// The ways out, with their numbers among the interfaces.
fn ways<'x>(x: &'x At<'_>) -> impl Iterator<Item = (usize, &'x FirewallInterface)> {
    let legs = &x.firewall.legs;
    x.layer.network.interfaces.iter().enumerate().filter(move |(_, i)| legs[i.leg].gateway.is_some())
}

/// What automatic translation does not know, or does with the wrong address.
fn derived(x: &At<'_>, all: &mut Vec<Wanted>, cx: &mut Cx<'_>) {
    let mut found: Vec<(String, Sp<Ipv4Net>, Rule)> = Vec::new();
    if x.firewall.nodes.len() > 1 {
        for l in x.firewall.legs.iter().filter(|l| l.gateway.is_none()) {
            let v = x.t.vlan(l.vlan.v);
            let source = cx.make(v.subnet.v, SHARED, &[v.subnet.at, l.at]);
            found.push((format!("vlan-{}", v.name.v), source, SHARED));
        }
    }
    for v in &x.layer.vpns {
        let is = |z: &PolicyZone| match z {
            PolicyZone::Vpn(f, name) => f.v == x.id && name.v == v.name.v,
            _ => overlaps(z, v.subnet.v),
        };
        if let Some(a) = leaves(x, &is) {
            found.push((format!("vpn-{}", v.name.v), cx.make(v.subnet.v, OF_VPN, &[v.subnet.at, a.at]), OF_VPN));
        }
    }
    for r in &x.layer.network.routes {
        if let Some(a) = leaves(x, &|z| overlaps(z, r.net.v)) {
            found.push((format!("route-{}", r.net.v), cx.make(r.net.v, OF_ROUTE, &[r.net.at, a.at]), OF_ROUTE));
        }
    }
    for (i, c) in x.t.clusters.iter().enumerate() {
        let Some(n) = c.layer.cilium.as_ref().filter(|n| n.masquerade.v == Masquerade::Nobody) else { continue };
        let is = |z: &PolicyZone| z.pods_of(ClusterId(i as u32)).is_some() || overlaps(z, c.pods.v);
        if let Some(a) = leaves(x, &is) {
            let source = cx.make(c.pods.v, OF_PODS, &[c.pods.at, n.masquerade.at, a.at]);
            found.push((format!("pods-{}", c.name.v), source, OF_PODS));
        }
    }
    let ways: Vec<(usize, usize)> = ways(x).map(|(n, i)| (n, i.leg)).collect();
    for (key, source, rule) in found {
        for (interface, leg) in &ways {
            let leg = &x.firewall.legs[*leg];
            let becomes = match leg.address {
                Some(a) => {
                    let rule = if x.firewall.nodes.len() > 1 { SHARED } else { OWN_ADDRESS };
                    Becomes::Address(cx.make(a.v, rule, &[a.at]))
                }
                None => Becomes::Interface(cx.make(true, BY_LEASE, &[leg.at])),
            };
            let v = x.t.vlan(leg.vlan.v);
            all.push(Wanted {
                numbers: DERIVED,
                rule: Outbound {
                    key: format!("out/{}/{key}", v.name.v),
                    sequence: unplaced(source.at, cx),
                    interface: *interface,
                    source,
                    target: None,
                    becomes,
                    about: cx.make(format!("{key} leaves by {}", v.name.v), rule, &[source.at]),
                    at: source.at,
                },
            });
        }
    }
}

/// The first `allow` that lets such a zone reach what is beyond our networks.
fn leaves<'x>(x: &'x At<'_>, is: &dyn Fn(&PolicyZone) -> bool) -> Option<&'x Allow> {
    x.t.allows.iter().find(|a| a.from.iter().any(is) && a.to.iter().any(|z| x.t.is_beyond(z)))
}

/// Whether a zone overlaps a network.
fn overlaps(z: &PolicyZone, net: Ipv4Net) -> bool {
    match z {
        PolicyZone::Net(n) => n.net.v.contains(&net) || net.contains(&n.net.v),
        PolicyZone::Address(a) => net.contains(&a.v),
        PolicyZone::Vlan(_)
        | PolicyZone::Machine(..)
        | PolicyZone::Host(_)
        | PolicyZone::Nodes(_)
        | PolicyZone::Pods(_)
        | PolicyZone::Name(_)
        | PolicyZone::Country(_)
        | PolicyZone::Feed(..)
        | PolicyZone::Firewall(_)
        | PolicyZone::Vpn(..)
        | PolicyZone::Api(_)
        | PolicyZone::Ingress(_)
        | PolicyZone::Internet(_) => false,
    }
}

/// Who asks from the target's own network gets the answer by way of the firewall.
fn hairpin(x: &At<'_>, p: &Publish, all: &mut Vec<Wanted>, cx: &mut Cx<'_>) {
    let Some(leg) = target::leg_of(x.t, x.firewall, p.target.v) else { return };
    let Some((interface, _)) = x.on(leg.vlan.v) else { return };
    let Some(address) = leg.address else { return };
    let v = x.t.vlan(leg.vlan.v);
    let source = cx.make(v.subnet.v, HAIRPIN, &[v.subnet.at, p.reflect.at]);
    all.push(Wanted {
        numbers: DERIVED,
        rule: Outbound {
            // One for each target: two services of one address need one rule.
            key: format!("reflect/{}", p.target.v),
            sequence: unplaced(p.reflect.at, cx),
            interface,
            source,
            target: Some(cx.make(Ipv4Net::from(p.target.v), HAIRPIN, &[p.target.at])),
            becomes: Becomes::Address(cx.make(address.v, HAIRPIN, &[address.at])),
            about: cx.make(format!("{} asks {} at its public address", v.name.v, p.target.v), HAIRPIN, &[p.reflect.at]),
            at: p.reflect.at,
        },
    });
}
