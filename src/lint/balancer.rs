//! Lints of addresses of services and who announces them.

mod bgp;

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{AnnounceMode, Announcer, NodeRole};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[
    out_of_reach,
    beside_dhcp,
    cilium,
    bgp::out_of_reach,
    bgp::clash,
    bgp::contradictions,
    bgp::timers,
    bgp::behind_arp,
    bgp::aggregates,
    bgp::preferences,
    bgp::not_advertised,
    bgp::unknown_peers,
];

/// Every load balancer of the file with its cluster, environments included.
fn balancers<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a Cluster, &'a Layer, &'a Balancer)> {
    x.topology.layers().flat_map(|(c, layer)| layer.balancers.iter().map(move |b| (c, layer, b)))
}

/// Names of machines: at most three and how many more there are.
fn names<'a>(t: &'a Topology, all: impl Iterator<Item = &'a MachineId>) -> String {
    let all: Vec<&MachineId> = all.collect();
    let mut text: Vec<String> = all.iter().take(3).map(|m| t.machine(**m).name.to_string()).collect();
    if all.len() > 3 {
        text.push(format!("{} more", all.len() - 3));
    }
    text.join(", ")
}

/// E0940: those who announce a pool have an interface where it is (RFC fault N9).
fn out_of_reach(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (c, _, b) in balancers(x) {
        for l in &b.links {
            let vlan = t.vlan(l.vlan.v);
            let missing: Vec<_> = l.missing.iter().filter(|m| !t.incomplete.machines.contains(&m.v)).collect();
            if missing.is_empty() || missing.len() < l.missing.len() && !l.nodes.stated {
                continue;
            }
            // Without named groups, those that have an interface are enough.
            if !l.nodes.stated && !l.nodes.nodes.is_empty() {
                continue;
            }
            let first = t.machine(missing[0].v);
            let who = names(t, missing.iter().map(|m| &m.v));
            let with: Vec<String> = c
                .groups
                .iter()
                .filter(|g| g.role.v == NodeRole::Worker || b.from_control_plane.v || !l.nodes.stated)
                .filter(|g| g.nodes.first().is_some_and(|m| t.machine(*m).nics.iter().any(|n| n.vlan.v == l.vlan.v)))
                .map(|g| format!("\"{}\"", g.name))
                .collect();
            let mut d = Diag::new(
                code::E0940,
                match l.nodes.nodes.is_empty() {
                    true => format!("no node that announces has an interface on VLAN {}", vlan.name),
                    false => format!("{who} cannot announce addresses of VLAN {}: no interface there", vlan.name),
                },
            )
            .at(x.span(l.vlan.at), "this pool's VLAN");
            if l.nodes.stated {
                d = d.at(x.span(missing[0].at), "said to announce");
            }
            d = d.at(x.span(first.at), format!("{} has no NIC on it", first.name));
            sink.report(d.note("ARP stays inside its VLAN: nobody would answer for the address").help(
                match &with[..] {
                    [] => format!("nic \"{}\" in a group of nodes, or a pool on a VLAN that they have", vlan.name),
                    some if l.nodes.stated => {
                        format!("nodes {}, or nic \"{}\" in the group", some.join(" "), vlan.name)
                    }
                    some => {
                        format!("announce-from-control-plane: {} has one, or nic \"{}\"", some.join(", "), vlan.name)
                    }
                },
            ));
        }
    }
}

/// L0949: what gives out addresses by DHCP knows that a pool is kept (RFC fault A3).
fn beside_dhcp(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, _, b) in balancers(x) {
        for p in &b.pools {
            let vlan = t.vlan(p.vlan.v);
            if vlan.reserves.iter().any(|r| r.from.v <= p.from.v && p.to.v <= r.to.v) {
                continue;
            }
            let Some((m, nic)) = t
                .machines
                .iter()
                .find_map(|m| m.nics.iter().find(|n| n.vlan.v == p.vlan.v && n.dhcp.v).map(|n| (m, n)))
            else {
                continue;
            };
            let base = u32::from(vlan.subnet.v.network());
            let (first, last) = (u32::from(p.from.v) - base, u32::from(p.to.v) - base);
            sink.report(
                Diag::new(
                    code::L0949,
                    format!("somebody gives out addresses of VLAN {} by DHCP and may give those of pool {}", vlan.name, p.name),
                )
                .at(x.span(p.at), format!("{} to {}", p.from.v, p.to.v))
                .at(x.span(nic.dhcp.at), format!("{} gets its address by DHCP", m.name))
                .note("a reservation is in the address plan and the hand-off sheet, where whoever runs that server reads it")
                .help(format!("in vlan \"{}\": reserve \"load-balancers\" {{ range {first} {last} }}", vlan.name)),
            );
        }
    }
}

/// E0953: what is said can be said to Cilium (upstream/cilium, custom resources of 1.18.2).
fn cilium(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, _, b) in balancers(x).filter(|(_, _, b)| b.by.v == Announcer::Cilium) {
        let mut cannot = |what: String, at: Origin, label: &str, help: String| {
            sink.report(
                Diag::new(code::E0953, what)
                    .at(x.span(at), label.to_string())
                    .at(x.span(b.by.at), "Cilium gives addresses here")
                    .help(help),
            );
        };
        for p in &b.pools {
            if !p.auto_assign.v {
                cannot(
                    format!("Cilium gives addresses of pool {} to any service that fits it", p.name),
                    p.auto_assign.at,
                    "it knows no pool that waits to be asked",
                    "label \"example.net/pool\" \"services\" in the pool, and on the services that should have them"
                        .into(),
                );
            }
            if p.avoid_edge_addresses.v {
                cannot(
                    format!("Cilium uses every address from {} to {}", p.from.v, p.to.v),
                    p.avoid_edge_addresses.at,
                    "it would use those that end in 0 and 255 too",
                    "remove it, and let the range leave them out".into(),
                );
            }
            if let Some(priority) = p.priority {
                cannot(
                    format!("Cilium has no order of pools for pool {}", p.name),
                    priority.at,
                    "nothing would come of this",
                    "remove it, or say by `label` or `namespaces` which services a pool is for".into(),
                );
            }
        }
        if let Some(m) = &b.metrics {
            cannot(
                "Cilium's metrics are those of the network plugin".into(),
                m.at,
                "nothing would come of this",
                "remove `metrics` here and say it in `network`".into(),
            );
        }
        // A policy or an advertisement picks services, not pools: where pools are announced differently, no service may fit two.
        let partial = b.bgp.iter().flat_map(|g| &g.advertisements).any(|a| a.pools.len() < b.pools.len());
        if b.links.len() > 1 || partial {
            let differ = if partial { "told to other routers" } else { "on another VLAN" };
            for (i, p) in b.pools.iter().enumerate() {
                let Some(o) = b.pools.iter().take(i).find(|o| !apart(o, p)) else { continue };
                cannot(
                    format!("a service may fit pool {} and pool {}, which is {differ}", p.name, o.name),
                    p.at,
                    "Cilium picks services, not pools, when it announces",
                    "in each of the pools: label \"example.net/pool\" and a value of its own, or `namespaces`".into(),
                );
            }
        }
        let Some(bgp) = &b.bgp else { continue };
        for p in &bgp.peers {
            let said = [
                p.bfd.as_ref().map(|b| ("watch a peer by BFD", b.at)),
                p.source.map(|s| ("talk from a stated address", s.at)),
                p.router_id.map(|s| ("call a node by a stated router id", s.at)),
                p.local_asn.map(|s| ("have another number for one peer", s.at)),
            ];
            for (what, at) in said.into_iter().flatten() {
                cannot(
                    format!("Cilium cannot {what}"),
                    at,
                    "nothing would come of this",
                    "remove it, or load-balancer \"metallb\"".into(),
                );
            }
        }
        for (i, p) in bgp.peers.iter().enumerate() {
            let other = bgp.peers[..i].iter().find(|o| {
                let shared = p.nodes.nodes.iter().find(|m| o.nodes.nodes.iter().any(|k| k.v == m.v));
                let same = p.nodes.nodes.iter().map(|m| m.v).eq(o.nodes.nodes.iter().map(|m| m.v));
                shared.is_some() && !same
            });
            if let Some(o) = other {
                let shared = p.nodes.nodes.iter().filter(|m| o.nodes.nodes.iter().any(|k| k.v == m.v));
                let who = names(t, shared.map(|m| &m.v));
                cannot(
                    format!("{who} would have two BGP configurations, for {} and for {}", o.name, p.name),
                    p.at,
                    "Cilium takes one for each node, and none where there are two",
                    "equal `from-nodes` for both, or groups that share no node".into(),
                );
            }
        }
    }
}

/// Whether no service fits both pools: another value of one label, or other namespaces.
fn apart(a: &Pool, b: &Pool) -> bool {
    let labels = a.labels.iter().any(|(k, v)| b.labels.iter().any(|(l, w)| k.v == l.v && v.v != w.v));
    let namespaces = !a.namespaces.is_empty()
        && !b.namespaces.is_empty()
        && !a.namespaces.iter().any(|n| b.namespaces.iter().any(|m| m.v == n.v));
    labels || namespaces
}

/// Whether it is announced by BGP.
fn by_bgp<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a Cluster, &'a Balancer, &'a Bgp)> {
    balancers(x)
        .filter(|(_, _, b)| b.mode.v == AnnounceMode::Bgp)
        .filter_map(|(c, _, b)| b.bgp.as_ref().map(|bgp| (c, b, bgp)))
}
