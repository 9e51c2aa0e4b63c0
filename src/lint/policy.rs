//! Lints of who may talk to whom inside a cluster.

use std::collections::BTreeSet;

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::DenyBy;
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[without_deny, in_part, told_apart, never, ended];

/// Numbers of the clusters beside what runs in each, environments included.
fn layers(t: &Topology) -> impl Iterator<Item = (ClusterId, &Cluster, &Layer)> {
    t.layers().map(|(c, l)| {
        let id = t.clusters.iter().position(|o| o.name.v == c.name.v).unwrap_or_default();
        (ClusterId(id as u32), c, l)
    })
}

/// An `allow` or a `deny`: what it is for, and both ends.
type Both<'a> = (&'a str, &'a [PolicyZone], &'a [PolicyZone]);

/// What is allowed and what is refused.
fn both(t: &Topology) -> impl Iterator<Item = Both<'_>> {
    let allows = t.allows.iter().map(|a| (&*a.name.v.0, a.from.as_slice(), a.to.as_slice()));
    allows.chain(t.denies.iter().map(|d| (&*d.name.v.0, d.from.as_slice(), d.to.as_slice())))
}

/// Sides of a statement whose other side is pods of the cluster.
fn sides<'a>((_, a, b): Both<'a>, id: ClusterId) -> impl Iterator<Item = &'a PolicyZone> {
    let ours = move |zones: &[PolicyZone]| zones.iter().any(|z| z.pods_of(id).is_some());
    let (from, to) = (ours(b), ours(a));
    a.iter().filter(move |_| from).chain(b.iter().filter(move |_| to))
}

/// L0412: what nothing refuses needs no allowance, and a reader would believe that the rest is refused.
fn without_deny(x: &Lints<'_>, sink: &mut Sink) {
    for (id, c, layer) in layers(x.topology) {
        // Kubernetes' own policies would refuse the rest, which is an error.
        let Some(policies) = layer.policies.as_ref().filter(|p| p.by.v == DenyBy::Cilium) else { continue };
        for a in x.topology.allows.iter().filter(|a| !a.derived) {
            let held = |zones: &[PolicyZone], refused: fn(&DefaultDeny) -> bool| {
                let mut ours = zones.iter().filter_map(|z| z.pods_of(id));
                ours.any(|p| {
                    let name = p.selector.namespace.as_ref().map(|n| &*n.v.0);
                    policies.deny.as_ref().is_some_and(|d| refused(d) && d.covers(name))
                })
            };
            if held(&a.from, DefaultDeny::outward) || held(&a.to, DefaultDeny::inward) {
                continue;
            }
            let Some(pods) = a.from.iter().chain(&a.to).find_map(|z| z.pods_of(id)) else { continue };
            // Of a default deny that says something wrong it was reported.
            let facts = x.facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v));
            if policies.deny.is_none() && facts.is_some_and(|f| f.default_deny.is_some()) {
                continue;
            }
            let what = match &policies.deny {
                Some(_) => format!("nothing refuses what \"{}\" allows", a.name.v.0),
                None => format!("nothing refuses what is not allowed to pods of cluster {}", c.name),
            };
            let mut d = Diag::new(code::L0412, what)
                .at(x.span(a.name.at), "the rest is allowed too")
                .at(x.span(pods.at), "no default deny is over these pods in this direction");
            d = match &policies.deny {
                Some(deny) => d.at(x.span(deny.at), "this leaves them out"),
                None => d.at(x.span(c.at), "this cluster has none").gathered(),
            };
            sink.report(d.help("default-deny \"cluster\", or remove the `allow`"));
        }
    }
}

/// L0406: addresses inside the network that the cluster knows by something else.
fn in_part(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (id, c) in (0u32..).map(ClusterId).zip(&t.clusters) {
        for a in both(t) {
            let all: Vec<&PolicyZone> = sides(a, id).collect();
            let named = all.iter().any(|z| is_node(t, z, id));
            for z in &all {
                let (net, holes): (ipnet::Ipv4Net, Vec<ipnet::Ipv4Net>) = match z {
                    PolicyZone::Vlan(v) => (t.vlan(v.v).subnet.v, Vec::new()),
                    PolicyZone::Net(n) => (n.net.v, n.except.iter().map(|e| e.v).collect()),
                    PolicyZone::Machine(..)
                    | PolicyZone::Host(_)
                    | PolicyZone::Address(_)
                    | PolicyZone::Country(_)
                    | PolicyZone::Feed(..)
                    | PolicyZone::Vpn(..)
                    | PolicyZone::Nodes(_)
                    | PolicyZone::Pods(_)
                    | PolicyZone::Name(_)
                    | PolicyZone::Firewall(_)
                    | PolicyZone::Api(_)
                    | PolicyZone::Ingress(_)
                    | PolicyZone::Internet(_) => continue,
                };
                let inside = |n: &ipnet::Ipv4Net| net.contains(n) && net != *n && !holes.iter().any(|h| h.contains(n));
                let nodes = t
                    .machines
                    .iter()
                    .filter(|m| matches!(m.kind, MachineKind::Node { cluster, .. } if cluster == id))
                    .flat_map(|m| m.nics.iter().filter_map(move |n| Some((m, n.address?))));
                let mut nodes = nodes.filter(|(_, a)| !named && inside(&ipnet::Ipv4Net::from(a.v)));
                let (what, at, help) = if let Some((m, address)) = nodes.next() {
                    let group = match m.kind {
                        MachineKind::Node { group, .. } => c.groups.get(group as usize).map(|g| g.name.to_string()),
                        MachineKind::Single { .. } | MachineKind::Firewall { .. } => None,
                    };
                    let help = format!("nodes \"{}\"", group.unwrap_or_default());
                    ("nodes of the cluster are inside, and no network matches a node", address.at, help)
                } else if inside(&c.pods.v) {
                    let help = format!("except \"{}\"", c.pods.v);
                    ("pods of the cluster are inside, and no network matches a pod", c.pods.at, help)
                } else {
                    continue;
                };
                sink.report(
                    Diag::new(code::L0406, format!("{net} matches only in part at pods of cluster {}", c.name))
                        .at(x.span(z.at()), what.to_string())
                        .at(x.span(at), "this is inside")
                        .help(help),
                );
            }
        }
    }
}

fn is_node(t: &Topology, z: &PolicyZone, id: ClusterId) -> bool {
    match z {
        PolicyZone::Nodes(n) => n.v.0 == id,
        PolicyZone::Machine(m, _) => matches!(t.machine(m.v).kind, MachineKind::Node { cluster, .. } if cluster == id),
        PolicyZone::Vlan(_)
        | PolicyZone::Host(_)
        | PolicyZone::Address(_)
        | PolicyZone::Country(_)
        | PolicyZone::Feed(..)
        | PolicyZone::Vpn(..)
        | PolicyZone::Pods(_)
        | PolicyZone::Net(_)
        | PolicyZone::Name(_)
        | PolicyZone::Firewall(_)
        | PolicyZone::Api(_)
        | PolicyZone::Ingress(_)
        | PolicyZone::Internet(_) => false,
    }
}

/// L0413: some nodes are named, all are meant by what Cilium makes of it.
fn told_apart(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (i, c) in t.clusters.iter().enumerate() {
        let id = ClusterId(i as u32);
        for (name, from, to) in both(t) {
            let ours = |zones: &[PolicyZone]| zones.iter().any(|z| z.pods_of(id).is_some());
            for (zones, other) in [(from, to), (to, from)] {
                let named: Vec<&PolicyZone> = zones.iter().filter(|z| is_node(t, z, id)).collect();
                let (Some(first), true) = (named.first(), ours(other)) else { continue };
                let meant: BTreeSet<MachineId> = named
                    .iter()
                    .flat_map(|z| match z {
                        PolicyZone::Nodes(n) => c.groups.get(n.v.1 as usize).map_or(Vec::new(), |g| g.nodes.clone()),
                        PolicyZone::Machine(m, _) => vec![m.v],
                        PolicyZone::Vlan(_)
                        | PolicyZone::Host(_)
                        | PolicyZone::Address(_)
                        | PolicyZone::Country(_)
                        | PolicyZone::Feed(..)
                        | PolicyZone::Vpn(..)
                        | PolicyZone::Pods(_)
                        | PolicyZone::Net(_)
                        | PolicyZone::Name(_)
                        | PolicyZone::Firewall(_)
                        | PolicyZone::Api(_)
                        | PolicyZone::Ingress(_)
                        | PolicyZone::Internet(_) => Vec::new(),
                    })
                    .collect();
                let left = |g: &&NodeGroup| g.nodes.iter().any(|n| !meant.contains(n));
                let Some(group) = c.groups.iter().find(left) else { continue };
                let at: Origin = first.at();
                sink.report(
                    Diag::new(code::L0413, format!("\"{name}\" is for every node of cluster {}", c.name))
                        .at(x.span(at), "only some are named")
                        .at(x.span(group.at), "these are allowed too")
                        .note("Cilium tells nodes from everything else, not from each other (entities host and remote-node)")
                        .help(format!("name them too, as `nodes \"{}\"`", group.name)),
                );
            }
        }
    }
}

/// E0422: policies that nobody enforces.
fn never(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let deny = layer.policies.as_ref().and_then(|p| p.deny.as_ref());
        let (Some(cilium), Some(deny)) = (&layer.cilium, deny) else { continue };
        if cilium.policy.v != crate::schema::PolicyMode::Never {
            continue;
        }
        sink.report(
            Diag::new(code::E0422, format!("no policy of cluster {} is enforced", c.name))
                .at(x.span(cilium.policy.at), "everything may talk to everything, whatever policies say")
                .at(x.span(deny.at), "what is refused here")
                .help("policy \"default\""),
        );
    }
}

/// L0434: what was to stand in the file until a day that has passed.
fn ended(x: &Lints<'_>, sink: &mut Sink) {
    for a in &x.facts.allow {
        let (Some(name), Some(until)) = (&a.name, &a.until) else { continue };
        if *until.v < *x.today {
            sink.report(
                Diag::new(code::L0434, format!("\"{}\" was to end on {}", name.v.0, until.v))
                    .at(x.span(until.at), "this day has passed, and it is still allowed")
                    .at(x.span(name.at), "this")
                    .help("take the statement out, or state another day"),
            );
        }
    }
}
