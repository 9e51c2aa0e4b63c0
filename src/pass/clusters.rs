//! Pass: clusters, their groups of nodes, their API and the VRRP that holds its address.

use super::machines::groups;
use super::names::node_names;
use super::rules::*;
use super::{Cx, Index, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

/// All clusters that say enough.
pub fn clusters(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Cluster> {
    let mut all: Vec<Cluster> = facts.cluster.iter().filter_map(|c| cluster(c, index, t, cx)).collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

fn cluster(c: &ClusterFacts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Cluster> {
    let name = c.name.as_ref()?;
    let pods = c.pods.as_ref()?;
    let mut list = Vec::new();
    for (_, g) in groups(c) {
        let (Some(group), Some(role)) = (&g.name, g.role) else { continue };
        let nodes = node_names(Some(Sp::new(&group.v.0, group.at)), g.count.map_or(1, |c| c.v.0))
            .map(|(n, _)| index.machine(&n))
            .filter(|m| m.is_known())
            .collect();
        let labels = super::labels(&g.label, cx);
        let mut taints: Vec<_> =
            g.taint.iter().filter_map(|l| Some((l.key.clone()?, l.value.clone()?, l.effect?))).collect();
        taints.sort_by(|a, b| (&a.0.v, a.2.v).cmp(&(&b.0.v, b.2.v)));
        list.push(NodeGroup { name: Sp::new(group.v.0.clone(), group.at), role, nodes, labels, taints, at: g.at });
    }
    let a = c.api.as_ref()?;
    let vlan = index.vlan(&c.node_network.as_ref()?.v.0);
    if !vlan.is_known() {
        return None;
    }
    let domain = t.meta.as_ref().and_then(|m| m.domain.clone());
    let short = match &a.name {
        Some(n) => n.clone(),
        None => cx.make(Domain(format!("api-{}", name.v.0).into()), DEFAULT_API_NAME, &[name.at]),
    };
    let full = match domain {
        Some(d) if !short.v.ends_with(&*d.v) => {
            cx.make(Domain(format!("{}.{}", short.v, d.v).into()), FULL_NAME, &[short.at, d.at])
        }
        _ => short,
    };
    let control: Vec<MachineId> = {
        let mut v: Vec<MachineId> = list
            .iter()
            .filter(|g| g.role.v == NodeRole::ControlPlane)
            .flat_map(|g: &NodeGroup| g.nodes.clone())
            .collect();
        v.sort_by_key(|m| numbered(&t.machine(*m).name.v));
        v
    };
    let api = Api {
        name: full,
        address: a.address?.map(|x| x.0),
        port: or(a.port.map(|p| p.map(|p| p.0)), 6443, DEFAULT_API_PORT),
        vrrp: a.held_by.filter(|h| h.v == ApiHolder::Keepalived).map(|_| vrrp(c, a, &control, index, t.vlan(vlan), cx)),
        held_by: a.held_by?,
        at: a.at,
    };
    if let (Some(v), Some(h)) = (&a.vrrp, a.held_by.filter(|h| h.v == ApiHolder::External)) {
        let (x, y) = (cx.span(v.at), cx.span(h.at));
        cx.report(
            Diag::new(code::E0811, "`vrrp` says how nodes hold an address that they do not hold")
                .at(x, "nothing would come of this")
                .at(y, "somebody else holds it")
                .help("held-by \"keepalived\""),
        );
    }
    Some(Cluster {
        name: Sp::new(name.v.0.clone(), name.at),
        pods: pods.net?.map(|n| n.0),
        per_node: or(pods.per_node.map(|p| p.map(|p| p.0)), 24, DEFAULT_PER_NODE),
        services: c.services.as_ref()?.net?.map(|n| n.0),
        node_network: Sp::new(vlan, c.node_network.as_ref()?.at),
        groups: list,
        api,
        layer: Layer::empty(
            or(c.folder.clone(), Label("kubernetes".into()), DEFAULT_FOLDER),
            ClusterDns::undecided(DEFAULT_YES.origin()),
        ),
        environments: Vec::new(),
        at: c.at,
    })
}

/// `k8s-master-10` after `k8s-master-9`.
fn numbered(name: &Name) -> (String, u32) {
    match name.rsplit_once('-').and_then(|(a, n)| Some((a.to_string(), n.parse().ok()?))) {
        Some(key) => key,
        None => (name.to_string(), 0),
    }
}

/// Distance between the priorities of neighbours.
const STEP: u8 = 10;
/// The first node's priority.
const HIGHEST: u8 = 200;

fn vrrp(c: &ClusterFacts, a: &ApiFacts, control: &[MachineId], index: &Index, vlan: &Vlan, cx: &mut Cx<'_>) -> Vrrp {
    let v = a.vrrp.as_ref();
    let id = match v.and_then(|v| v.id) {
        Some(id) => id.map(|i| i.0),
        None => {
            let name = c.name.as_ref().map_or("", |n| n.v.0.as_str());
            let hash = blake3::hash(format!("vrid\0{name}\0{}", vlan.name).as_bytes());
            let from = [c.name.as_ref().map_or(c.at, |n| n.at), vlan.name.at];
            cx.make(hash.as_bytes()[0] % 255 + 1, DERIVED_VRID, &from)
        }
    };
    let stated = v.map(|v| v.priorities.as_slice()).unwrap_or_default();
    let mut members: Vec<(MachineId, Sp<u8>)> = Vec::new();
    for (i, m) in control.iter().enumerate() {
        let p = match stated.get(i) {
            Some(p) => p.map(|p| p.0),
            None => Sp::new(
                HIGHEST.saturating_sub(STEP.saturating_mul(u8::try_from(i).unwrap_or(u8::MAX))).max(1),
                DERIVED_PRIORITY.origin(),
            ),
        };
        members.push((*m, p));
    }
    if !stated.is_empty() && stated.len() != control.len() {
        let (x, y) = (cx.span(stated[0].at).to(cx.span(stated[stated.len() - 1].at)), cx.span(a.at));
        cx.report(
            Diag::new(code::E0810, format!("{} priorities for {} control-plane nodes", stated.len(), control.len()))
                .at(x, "one for each node, in the order of their names")
                .at(y, "of this API")
                .help("remove `priorities`: topoc derives them"),
        );
    }
    for (i, p) in stated.iter().enumerate() {
        if let Some(same) = stated[..i].iter().find(|q| q.v == p.v) {
            let (x, y) = (cx.span(p.at), cx.span(same.at));
            cx.report(
                Diag::new(code::E0809, format!("two nodes have the VRRP priority {}", p.v))
                    .at(x, "the second")
                    .at(y, "the first")
                    .note(
                        "equal priorities are decided by the larger address, not by the file (RFC 9568 section 6.4.3)",
                    )
                    .help("remove `priorities`: topoc derives distinct ones"),
            );
        }
    }
    let (low, high) = members.iter().fold((u8::MAX, 0u8), |(l, h), (_, p)| (l.min(p.v), h.max(p.v)));
    let distance = i16::from(high.saturating_sub(low));
    let preempt = or(v.and_then(|v| v.preempt), true, DEFAULT_YES);
    // keepalived's own nopreempt ignores priorities while a master advertises, so a failed check would move nothing.
    let hold = (!preempt.v).then(|| cx.make(distance.saturating_add(1).min(254) as u8, DERIVED_HOLD, &[preempt.at]));
    let held = hold.map_or(0, |h| i16::from(h.v));
    let weight = match v.and_then(|v| v.weight) {
        Some(w) => w.map(|w| w.0),
        None => {
            let from: Vec<_> = stated.iter().map(|p| p.at).collect();
            cx.make(-(distance + held + i16::from(STEP)), DERIVED_WEIGHT, &from)
        }
    };
    if members.len() > 1 {
        let stays = match weight.v {
            0 => None,
            w if w > 0 => (distance + held >= w)
                .then_some("a node that passes its check does not rise above the one that failed it"),
            w => (distance + held >= -w).then_some("a failed check does not lower the holder below the others"),
        };
        if let Some(why) = stays {
            let (x, y) = (cx.span(weight.at), cx.span(stated.first().map_or(a.at, |p| p.at)));
            cx.report(
                Diag::new(code::E0808, "the API address never moves when a check fails")
                    .at(x, why.to_string())
                    .at(y, format!("priorities from {high} down to {low}"))
                    .note("keepalived keeps a master whose priority is not lower than a backup's, so the weight must be more than their distance")
                    .help("remove `weight`: topoc derives one that works"),
            );
        }
        if weight.v == 0 {
            let x = cx.span(weight.at);
            cx.report(
                Diag::new(code::E0808, "with a weight of 0 a failed check takes the API address away from every node")
                    .at(x, "keepalived goes to FAULT; before the first API server runs nobody would hold the address")
                    .help("remove `weight`: topoc derives one that works"),
            );
        }
        let (least, most) = (i16::from(low) + weight.v.min(0), i16::from(high) + held + weight.v.max(0));
        if let Some(after) = [least, most].into_iter().find(|p| !(1..=254).contains(p)) {
            let x = cx.span(weight.at);
            cx.report(
                Diag::new(code::E0810, format!("the weight makes a priority of {after}"))
                    .at(x, "a priority is between 1 and 254 (RFC 9568 section 5.2.4)")
                    .help("take fewer control-plane nodes, or priorities that are closer together"),
            );
        }
    }
    Vrrp {
        id,
        secret: v
            .and_then(|v| v.secret.as_ref())
            .map(|s| Sp::new(index.secret(&s.v.0), s.at))
            .filter(|s| s.v.is_known()),
        members,
        weight,
        interval: or(v.and_then(|v| v.interval).map(|i| i.map(|i| i.0)), 3, DEFAULT_CHECK_INTERVAL),
        fall: or(v.and_then(|v| v.fall).map(|i| i.map(|i| i.0)), 2, DEFAULT_TIMES),
        rise: or(v.and_then(|v| v.rise).map(|i| i.map(|i| i.0)), 2, DEFAULT_TIMES),
        preempt,
        hold,
        at: v.map_or(a.at, |v| v.at),
    }
}
