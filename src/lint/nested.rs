//! Lints of clusters inside a cluster: one first network, VLANs that are carried and routed, ranges that are free.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{Cni, NodeRole};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[first_network, beside_cilium, routed, carried, not_the_nodes_own, once, alike, ranges, databases];

/// E0915: pods get their first network from one plugin (RFC fault K9).
fn first_network(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.facts.cluster {
        let stated = |n: &Option<facts::CiliumFacts>| n.as_ref().and_then(|n| n.by);
        let own = stated(&c.network);
        let all = own.into_iter().chain(c.environment.iter().filter_map(|e| stated(&e.network)));
        for wrong in all.filter(|by| by.v == Cni::KubeOvn) {
            let cilium = own.filter(|by| by.v == Cni::Cilium).map(|by| by.at);
            let version = x.facts.versions.as_ref().and_then(|v| v.cilium.as_ref()).map(|v| v.at);
            let nested = c.nested.iter().find_map(|n| n.network).map(|n| n.at);
            let mut d = Diag::new(code::E0915, "Kube-OVN cannot be the network of a cluster, only a second one")
                .at(x.span(wrong.at), "this would be a second first network");
            if let Some(at) = nested {
                d = d.at(x.span(at), "it is a second network here");
            }
            if let Some(at) = cilium.or(version) {
                d = d.at(x.span(at), "Cilium is the network of pods");
            }
            sink.report(
                d.note("two plugins that both give pods their first interface: which one wins depends on the names of their files")
                    .help("network \"cilium\", and nested \"lab\" { network \"kube-ovn\" }"),
            );
        }
    }
}

/// Each nested cluster of every layer, with the cluster that it is in.
fn nested<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a Cluster, &'a Nested)> {
    x.topology.clusters.iter().flat_map(|c| c.layer.nested.iter().map(move |n| (c, n)))
}

/// E1001: a second network needs a first one.
fn beside_cilium(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.facts.cluster {
        let (Some(n), None) = (c.nested.first(), &c.network) else { continue };
        sink.report(
            Diag::new(code::E1001, "pods of a nested cluster have a second network and no first one")
                .at(x.span(n.at), "Kube-OVN handles no first interface here")
                .at(x.span(c.at), "this cluster names no network")
                .help("network \"cilium\""),
        );
    }
}

/// E0916: the gateway of a pod's VLAN is somebody.
fn routed(x: &Lints<'_>, sink: &mut Sink) {
    for (_, n) in nested(x) {
        for v in &n.vlans {
            let row = x.topology.vlan(v.vlan.v);
            if row.router.v != Router::Nobody {
                continue;
            }
            sink.report(
                Diag::new(code::E0916, format!("pods of {} are on VLAN {}, which nobody routes", n.name.v, row.name))
                    .at(x.span(v.vlan.at), "pods get this VLAN's gateway, and Kube-OVN waits for its answer")
                    .at(x.span(row.router.at), "nobody routes it")
                    .help("say who routes it: routed-by= and an upstream, a firewall or a machine"),
            );
        }
    }
}

/// E0917: each node that is to carry a VLAN has a bare NIC on it.
fn carried(x: &Lints<'_>, sink: &mut Sink) {
    for (c, n) in nested(x) {
        if n.groups.is_empty() && c.groups.iter().all(|g| g.role.v != NodeRole::Worker) {
            sink.report(
                Diag::new(code::E0917, format!("no node of {} carries the VLANs of {}", c.name, n.name.v))
                    .at(x.span(n.at), "this names no nodes, and there are no workers")
                    .help(match c.groups.first() {
                        Some(g) => format!("nodes \"{}\"", g.name),
                        None => "name a group of nodes".into(),
                    }),
            );
        }
        for v in n.vlans.iter().filter(|v| v.vlan.v != c.node_network.v) {
            for g in &n.groups {
                let g = &c.groups[g.v as usize];
                let Some(id) = g.nodes.first() else { continue };
                if x.topology.incomplete.machines.contains(id) {
                    continue;
                }
                let m = x.topology.machine(*id);
                let nic = m.nics.iter().find(|nic| nic.vlan.v == v.vlan.v);
                if nic.is_some_and(|nic| nic.bare.v) {
                    continue;
                }
                let name = &x.topology.vlan(v.vlan.v).name;
                let (at, what, label) = match nic {
                    Some(nic) => (nic.at, "has an address on", "Kube-OVN would take this NIC, and its address with it"),
                    None => (g.at, "has no NIC on", "pods are scheduled here"),
                };
                sink.report(
                    Diag::new(code::E0917, format!("{} {what} VLAN {name}, which {} needs there", g.name, n.name.v))
                        .at(x.span(at), label)
                        .at(x.span(v.vlan.at), "needed here")
                        .help(format!("nic \"{name}\" bare=#true")),
                );
            }
        }
    }
}

/// E0918: the nodes' own network stays the nodes' own.
fn not_the_nodes_own(x: &Lints<'_>, sink: &mut Sink) {
    for (c, n) in nested(x) {
        for v in n.vlans.iter().filter(|v| v.vlan.v == c.node_network.v) {
            sink.report(
                Diag::new(
                    code::E0918,
                    format!("pods of {} are on VLAN {}, the nodes' own", n.name.v, x.topology.vlan(v.vlan.v).name),
                )
                .at(x.span(v.vlan.at), "Kube-OVN would take the NIC that the node is reached by")
                .at(x.span(c.node_network.at), "the network of the nodes")
                .help("give nested clusters VLANs of their own"),
            );
        }
    }
}

/// E0202: a VLAN is one network of one nested cluster.
fn once(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let mut all: Vec<_> = c.layer.nested.iter().flat_map(|n| &n.vlans).collect();
        all.sort_by_key(|v| x.span(v.at).start);
        for (i, v) in all.iter().enumerate() {
            let Some(first) = all[..i].iter().find(|w| w.vlan.v == v.vlan.v) else { continue };
            sink.report(
                Diag::new(code::E0202, format!("VLAN {} carries two networks of pods", x.topology.vlan(v.vlan.v).name))
                    .at(x.span(v.vlan.at), "again here")
                    .at(x.span(first.vlan.at), "first here")
                    .help("keep one of the two: one bridge of a node has one VLAN"),
            );
        }
    }
}

/// E1002: there is one Kube-OVN in a cluster.
fn alike(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let Some((first, rest)) = c.layer.nested.split_first() else { continue };
        for n in rest {
            for (word, a, b) in [("overlay", first.overlay, n.overlay), ("join", first.join, n.join)] {
                if a.v == b.v {
                    continue;
                }
                let place = |n: &Nested, at: Origin| if at.rule().is_some() { n.at } else { at };
                sink.report(
                    Diag::new(code::E1002, format!("{} and {} say two `{word}` ranges", first.name.v, n.name.v))
                        .at(x.span(place(n, b.at)), format!("{} here", b.v))
                        .at(x.span(place(first, a.at)), format!("{} here", a.v))
                        .help(format!("{word} \"{}\" in both: a cluster has one Kube-OVN", a.v)),
                );
            }
        }
    }
}

/// E1003: what Kube-OVN keeps for itself is nobody else's.
fn ranges(x: &Lints<'_>, sink: &mut Sink) {
    let overlap = |a: &ipnet::Ipv4Net, b: &ipnet::Ipv4Net| a.contains(&b.network()) || b.contains(&a.network());
    for (c, n) in nested(x) {
        let mut others = vec![
            (format!("pods of {}", c.name), c.pods.v, c.pods.at),
            (format!("services of {}", c.name), c.services.v, c.services.at),
        ];
        others.extend(x.topology.vlans.iter().map(|v| (format!("VLAN {}", v.name), v.subnet.v, v.subnet.at)));
        for (word, net) in [("overlay", n.overlay), ("join", n.join)] {
            let at = if net.at.rule().is_some() { n.at } else { net.at };
            for (who, other, other_at) in others.iter().filter(|(_, o, _)| overlap(o, &net.v)) {
                sink.report(
                    Diag::new(code::E1003, format!("{} that Kube-OVN keeps overlaps {other} of {who}", net.v))
                        .at(x.span(at), format!("its `{word}` range"))
                        .at(x.span(*other_at), "and this one")
                        .help(format!("{word} and a range that nothing has")),
                );
            }
            others.push((format!("{} itself", n.name.v), net.v, at));
        }
    }
}

/// E1005: the databases of OVN are found by addresses that are known when the file is written.
fn databases(x: &Lints<'_>, sink: &mut Sink) {
    for c in x.topology.clusters.iter().filter(|c| !c.layer.nested.is_empty()) {
        for g in c.groups.iter().filter(|g| g.role.v == NodeRole::ControlPlane) {
            let Some(id) = g.nodes.first().filter(|id| !x.topology.incomplete.machines.contains(id)) else { continue };
            let nic = x.topology.machine(*id).nics.iter().find(|n| n.vlan.v == c.node_network.v);
            if nic.is_some_and(|n| n.address.is_some()) {
                continue;
            }
            sink.report(
                Diag::new(code::E1005, format!("the addresses of {} are not stated", g.name))
                    .at(x.span(nic.map_or(g.at, |n| n.at)), "nobody knows this address before it is given out")
                    .at(x.span(c.layer.nested[0].at), "Kube-OVN keeps its databases on the control-plane nodes")
                    .help("host and a number in the group, without dhcp"),
            );
        }
    }
}
