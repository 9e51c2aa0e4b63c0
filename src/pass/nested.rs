//! Pass: clusters inside a cluster: whose nodes carry their VLANs, and which addresses their pods get.

use super::layer::At;
use super::networks::range;
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    48;
    NAMESPACE = "the namespace is nested and the name, as nothing else is stated" @ "language reference";
    WORKERS = "pods run on the workers, so those carry the VLANs, as nothing else is stated" @ "RFC 5.9";
    OVERLAY = "Kube-OVN's own default, as nothing else is stated" @ "kube-ovn chart 1.15.8, ipv4.POD_CIDR";
    JOIN = "Kube-OVN's own default, as nothing else is stated" @ "kube-ovn chart 1.15.8, ipv4.JOIN_CIDR";
    CARRIER = "every node calls its NIC on a VLAN net and the tag, so one name holds for all of them" @ "RFC 4.2; netplan set-name";
}

/// Decides them from the merged statements; one whose versions are not known was reported and is left out.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Nested> {
    let targets = &x.t.targets.cluster;
    let (Some(kube_ovn), Some(multus)) = (&targets.kube_ovn, &targets.multus) else { return Vec::new() };
    let mut all = Vec::new();
    for n in &x.c.nested {
        let (Some(name), Some(network)) = (&n.name, n.network) else { continue };
        let namespace = match &n.namespace {
            Some(stated) => stated.clone(),
            None => cx.make(ObjectName(format!("nested-{}", name.v).into()), NAMESPACE, &[name.at]),
        };
        let groups = groups(n, x, cx);
        let carries = |m: &MachineId| groups.iter().any(|g| x.cluster.groups[g.v as usize].nodes.contains(m));
        let mut without: Vec<MachineId> =
            x.cluster.groups.iter().flat_map(|g| &g.nodes).copied().filter(|m| !carries(m)).collect();
        without.sort();
        let mut vlans: Vec<NestedVlan> = Vec::new();
        for v in &n.vlan {
            let (Some(vlan), Some(pods)) = (&v.vlan, &v.pods) else { continue };
            let id = x.index.vlan(&vlan.v.0);
            if !id.is_known() {
                continue;
            }
            let row = x.t.vlan(id);
            if backwards(pods, cx) {
                continue;
            }
            let Some((from, to)) = range(pods, row.subnet, cx) else { continue };
            let ifname = cx.make(IfName(format!("net{}", row.tag).into()), CARRIER, &[row.tag.at]);
            vlans.push(NestedVlan { vlan: Sp::new(id, vlan.at), from, to, ifname, at: v.at });
        }
        vlans.sort_by_key(|v| v.vlan.v);
        all.push(Nested {
            name: name.clone(),
            network,
            kube_ovn: kube_ovn.clone(),
            multus: multus.clone(),
            namespace,
            groups,
            without,
            overlay: or(
                n.overlay.map(|s| s.map(|s| s.0)),
                ipnet::Ipv4Net::new_assert([10, 16, 0, 0].into(), 16),
                OVERLAY,
            ),
            join: or(n.join.map(|s| s.map(|s| s.0)), ipnet::Ipv4Net::new_assert([100, 64, 0, 0].into(), 16), JOIN),
            vlans,
            at: n.at,
        });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}

/// E0324: a range that ends before it starts.
fn backwards(pods: &facts::RangeFacts, cx: &mut Cx<'_>) -> bool {
    let (Some(from), Some(to)) = (pods.from, pods.to) else { return true };
    if from.v <= to.v {
        return false;
    }
    let (a, b) = (cx.span(from.at), cx.span(to.at));
    cx.report(
        Diag::new(code::E0324, format!("the range of pods ends at {} before it starts at {}", to.v, from.v))
            .at(b, "it ends here")
            .at(a, "it starts here")
            .help(format!("pods {} {}", to.v, from.v)),
    );
    true
}

/// The stated groups, or those of workers; a name that the cluster does not have was reported.
fn groups(n: &facts::NestedFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Sp<u32>> {
    for s in &n.nodes {
        if x.cluster.groups.iter().any(|g| g.name.v == s.v.0) {
            continue;
        }
        let span = cx.span(s.at);
        cx.report(
            Diag::new(code::E0203, format!("cluster {} has no node group \"{}\"", x.cluster.name, s.v))
                .at(span, "its nodes are in another cluster")
                .help(match x.cluster.groups.first() {
                    Some(g) => format!("nodes \"{}\"", g.name),
                    None => "state the nodes of the cluster".into(),
                }),
        );
    }
    let mut found = Vec::new();
    for (i, g) in (0u32..).zip(&x.cluster.groups) {
        match n.nodes.iter().find(|s| s.v.0 == g.name.v) {
            Some(stated) => found.push(Sp::new(i, stated.at)),
            None if n.nodes.is_empty() && g.role.v == NodeRole::Worker => {
                found.push(cx.make(i, WORKERS, &[g.name.at]));
            }
            None => {}
        }
    }
    found
}
