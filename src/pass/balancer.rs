//! Pass: addresses of services, who announces them and to whom; which nodes can is decided here, whether that is enough is a
//! lint's to say.

mod bgp;

use std::collections::BTreeMap;

use super::layer::At;
use super::rules::{DEFAULT_NO, DEFAULT_YES};
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    43;
    DEFAULT_MODE = "one node at a time answers for an address, as nothing else is stated" @ "RFC 5.4";
    ANNOUNCER = "every worker announces; a control-plane node only where that is stated, as Kubernetes marks it as none that should" @ "kubeadm, label node.kubernetes.io/exclude-from-external-load-balancers; MetalLB 0.16, speaker.ignoreExcludeLB";
    NAMED_ANNOUNCER = "the nodes of the groups that are named announce" @ "RFC 5.4, nodeSelectors";
    ON_LINK = "an address is announced where the pool's VLAN is: on the interfaces that the announcing nodes have there, and by nobody who has none" @ "RFC 5.4, interfaces; MetalLB 0.16, L2Advertisement";
    DEFAULT_HOLD = "a peer counts as lost after 90 seconds, as nothing else is stated" @ "RFC 4271 section 10";
    DEFAULT_KEEPALIVE = "a sign of life goes out every third of the hold time, as nothing else is stated" @ "RFC 4271 section 4.4";
    DEFAULT_BFD_TIME = "BFD packets every 300 ms, as nothing else is stated" @ "MetalLB 0.16, BFDProfile";
    DEFAULT_BFD_LOSS = "three missed BFD packets mean loss, as nothing else is stated" @ "FRR, bfdd: detect-multiplier";
    EVERYTHING = "every pool is told to every peer, as nothing else is stated" @ "language reference";
    WHOLE = "it names no pools, so it is about all" @ "language reference";
    ONE_BY_ONE = "each address is told for itself, as nothing else is stated" @ "MetalLB 0.16, BGPAdvertisement.aggregationLength";
    DEFAULT_MONITORING = "Prometheus is in the namespace monitoring, as nothing else is stated" @ "RFC 7.2";
    DEFAULT_ACCOUNT = "Prometheus has the account that its chart gives it, as nothing else is stated" @ "kube-prometheus-stack, release name and prometheus";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Balancer> {
    let mut all = Vec::new();
    for l in &x.c.load_balancer {
        let Some(by) = l.by else { continue };
        if let (Announcer::Cilium, None) = (by.v, &x.c.network) {
            let (a, b) = (cx.span(by.at), cx.span(x.cluster.at));
            cx.report(
                Diag::new(
                    code::E0953,
                    format!("Cilium is to announce addresses, and {} is without it", x.cluster.name),
                )
                .at(a, "it would")
                .at(b, "no `network` in here")
                .help("network \"cilium\", or load-balancer \"metallb\""),
            );
        }
        let mode = or(l.mode, AnnounceMode::L2, DEFAULT_MODE);
        let pools = pools(x, l, cx);
        let from_control_plane = or(l.from_control_plane, false, DEFAULT_NO);
        let nodes = announcers(x, &l.nodes, from_control_plane, l.at, cx);
        let links = match mode.v {
            AnnounceMode::L2 => links(x, &pools, &nodes, cx),
            AnnounceMode::Bgp => Vec::new(),
        };
        let bgp = match mode.v {
            AnnounceMode::Bgp => bgp::decide(x, l, &pools, &nodes, from_control_plane, mode, cx),
            AnnounceMode::L2 => {
                bgp::in_l2(l, mode, cx);
                None
            }
        };
        let metrics = l.metrics.as_ref().map(|m| BalancerMetrics {
            namespace: or(m.namespace.clone(), ObjectName("monitoring".into()), DEFAULT_MONITORING),
            account: or(m.account.clone(), ObjectName("kube-prometheus-stack-prometheus".into()), DEFAULT_ACCOUNT),
            at: m.at,
        });
        all.push(Balancer { by, mode, pools, nodes, from_control_plane, links, bgp, metrics, at: l.at });
    }
    // Announcers are ordered by what they are called, so that their order in the file does not show.
    all.sort_by_key(|b| b.by.v);
    if let [first, .., last] = &all[..] {
        let (a, b) = (cx.span(last.by.at), cx.span(first.by.at));
        cx.report(
            Diag::new(code::E0942, format!("{} and {} would both give addresses to every service", last.by.v, first.by.v))
                .at(a, "this one")
                .at(b, "and this one")
                .note("a service that names no class is everybody's: it gets an address of each, or the two fight over its status")
                .help("keep one `load-balancer` with all pools"),
        );
    }
    all
}

fn pools(x: &At<'_>, l: &LoadBalancerFacts, cx: &mut Cx<'_>) -> Vec<Pool> {
    let mut all = Vec::new();
    for p in &l.pool {
        let (Some(name), Some(vlan), Some(range)) = (&p.name, &p.vlan, &p.range) else { continue };
        let id = x.index.vlan(&vlan.v.0);
        if !id.is_known() {
            continue;
        }
        let Some((from, to)) = super::networks::range(range, x.t.vlan(id).subnet, cx) else { continue };
        let mut namespaces = p.namespaces.clone();
        namespaces.sort_by(|a, b| a.v.cmp(&b.v));
        let labels = super::labels(&p.label, cx);
        all.push(Pool {
            name: Sp::new(name.v.0.clone(), name.at),
            vlan: Sp::new(id, vlan.at),
            from,
            to,
            auto_assign: or(p.auto_assign, true, DEFAULT_YES),
            avoid_edge_addresses: or(p.avoid_edge_addresses, false, DEFAULT_NO),
            namespaces,
            labels,
            priority: p.priority.map(|p| p.map(|p| p.0)),
            at: p.at,
        });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// The nodes of the groups that are named, or all that may announce. Reports groups of other clusters, and control-plane
/// nodes that nobody allowed.
fn announcers(x: &At<'_>, named: &[Sp<NodesRef>], control_plane: Sp<bool>, at: Origin, cx: &mut Cx<'_>) -> Announcers {
    let mut nodes: BTreeMap<MachineId, Origin> = BTreeMap::new();
    let mut excused = x.cluster.groups.is_empty();
    for n in named {
        let Some(g) = x.cluster.groups.iter().find(|g| g.name.v == n.v.0) else {
            excused = true;
            foreign(
                &n.v.0,
                n.at,
                "group of nodes",
                x.facts.cluster.iter().flat_map(|c| &c.nodes).any(|g| g.name.as_ref().is_some_and(|k| k.v.0 == n.v.0)),
                x,
                cx,
            );
            continue;
        };
        if g.role.v == NodeRole::ControlPlane && !control_plane.v {
            excused = true;
            let (a, b) = (cx.span(n.at), cx.span(g.role.at));
            cx.report(
                Diag::new(
                    code::E0941,
                    format!("nodes of group {} are control-plane nodes, which announce nothing", g.name),
                )
                .at(a, "they are to announce")
                .at(b, "what they are")
                .note("kubeadm labels them node.kubernetes.io/exclude-from-external-load-balancers")
                .help("announce-from-control-plane, or name a group of workers"),
            );
            continue;
        }
        let why = cx.derived(NAMED_ANNOUNCER, &[n.at, control_plane.at, g.name.at]);
        nodes.extend(g.nodes.iter().map(|m| (*m, why)));
    }
    if named.is_empty() {
        for g in &x.cluster.groups {
            if g.role.v == NodeRole::Worker || control_plane.v {
                let why = cx.derived(ANNOUNCER, &[control_plane.at, g.name.at]);
                nodes.extend(g.nodes.iter().map(|m| (*m, why)));
            }
        }
    }
    if nodes.is_empty() && !excused {
        let (a, b) = (cx.span(at), cx.span(x.cluster.at));
        cx.report(
            Diag::new(code::E0941, format!("no node of {} announces anything", x.cluster.name))
                .at(a, "addresses that nobody would answer for")
                .at(b, "all its nodes are control-plane nodes")
                .note("kubeadm labels them node.kubernetes.io/exclude-from-external-load-balancers")
                .help("announce-from-control-plane"),
        );
    }
    let total: usize = x.cluster.groups.iter().map(|g| g.nodes.len()).sum();
    Announcers {
        all: nodes.len() == total,
        nodes: nodes.into_iter().map(|(m, at)| Sp::new(m, at)).collect(),
        stated: !named.is_empty(),
    }
}

/// E0203 for a name that another cluster's statement has; one that nobody has was reported where names are looked up.
fn foreign(name: &Name, at: Origin, noun: &str, elsewhere: bool, x: &At<'_>, cx: &mut Cx<'_>) {
    if elsewhere {
        let (a, b) = (cx.span(at), cx.span(x.cluster.at));
        cx.report(
            Diag::new(code::E0203, format!("cluster {} has no {noun} \"{name}\"", x.cluster.name))
                .at(a, "another cluster has it")
                .at(b, "this cluster")
                .note("nobody would refuse the name: it would be passed over in silence")
                .help(format!("name a {noun} of this cluster")),
        );
    }
}

/// Where each VLAN's pools are announced.
fn links(x: &At<'_>, pools: &[Pool], nodes: &Announcers, cx: &mut Cx<'_>) -> Vec<Link> {
    let mut by: BTreeMap<VlanId, Vec<u32>> = BTreeMap::new();
    for (i, p) in pools.iter().enumerate() {
        by.entry(p.vlan.v).or_default().push(i as u32);
    }
    let mut all = Vec::new();
    for (id, members) in by {
        let vlan = Sp::new(id, pools[members[0] as usize].vlan.at);
        let mut cited: Vec<Origin> = members.iter().map(|p| pools[*p as usize].vlan.at).collect();
        let (mut have, mut missing) = (Vec::new(), Vec::new());
        let mut interfaces: BTreeMap<IfName, Origin> = BTreeMap::new();
        for m in &nodes.nodes {
            match x.t.machine(m.v).nics.iter().find(|n| n.vlan.v == id) {
                Some(nic) => {
                    have.push(*m);
                    if !interfaces.contains_key(&nic.ifname.v) {
                        cited.push(nic.ifname.at);
                        interfaces.insert(nic.ifname.v.clone(), cx.derived(ON_LINK, &cited));
                        cited.pop();
                    }
                }
                None => missing.push(*m),
            }
        }
        let all_of_them = nodes.all && missing.is_empty();
        all.push(Link {
            vlan,
            pools: members,
            interfaces: interfaces.into_iter().map(|(name, at)| Sp::new(name, at)).collect(),
            nodes: Announcers { nodes: have, all: all_of_them, stated: nodes.stated },
            missing,
        });
    }
    all
}
