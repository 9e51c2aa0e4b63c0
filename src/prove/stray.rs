//! What an expectation speaks of though nobody has it: an address of nobody, a namespace that no file knows; proves nothing.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::place::{Role, Where, ends, private};
use crate::diag::{Diag, Sink, code};
use crate::emit::{Artifact, Site};
use crate::ir::*;
use crate::schema::Verdict;
use crate::source::Causes;

/// Namespaces that every cluster has (Kubernetes, "Initial namespaces").
const OF_KUBERNETES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// Why no file decides about an address: nothing has it, and what is sent there comes to no firewall of the file.
pub fn nobody_has(t: &Topology, from: &PolicyZone, to: &PolicyZone) -> Option<String> {
    let PolicyZone::Address(a) = to else { return None };
    if known(t, a.v) {
        return None;
    }
    if private().any(|n| n.contains(&a.v)) {
        return Some(format!("nothing of the file has {}, and it is not of the Internet", a.v));
    }
    let outside = |w: &Where| match w {
        Where::World => true,
        Where::On(v) => matches!(t.vlan(*v).router.v, Router::Upstream(_)),
        Where::Node(..) | Where::Api(_) | Where::Pods(..) | Where::Vpn(..) | Where::Firewall(_) => false,
    };
    let strays = ends(t, from, Role::MayAsk).iter().any(|e| outside(&e.at));
    strays.then(|| format!("{} is none of our addresses, so what is sent there from outside never comes here", a.v))
}

/// Whether something of the file has an address, routes it, or speaks of it as somebody else's.
fn known(t: &Topology, a: Ipv4Addr) -> bool {
    let networks = t.vlans.iter().map(|v| v.subnet.v).chain(t.clusters.iter().map(|c| c.pods.v));
    let vpns = t.firewalls.iter().flat_map(|f| &f.layer.vpns).flat_map(|v| v.nets()).map(|n| n.v);
    let routes = t.firewalls.iter().flat_map(|f| &f.layer.network.routes).map(|r| r.net.v);
    let inner = t.public.iter().flat_map(|p| &p.inner).flatten().any(|i| i.v == a);
    let mut layers = t.layers();
    let balanced = layers.any(|(_, l)| {
        l.balancers.iter().flat_map(|b| &b.pools).any(|p| p.from.v <= a && a <= p.to.v)
            || l.ways().filter_map(|i| i.address.as_ref()).any(|(_, i)| i.v == a)
    });
    let forwarded = t.firewalls.iter().flat_map(|f| &f.layer.nat.forwards).any(|f| f.public.v == a);
    let zones = t.allows.iter().flat_map(|a| a.from.iter().chain(&a.to));
    let mut zones = zones.chain(t.denies.iter().flat_map(|d| d.from.iter().chain(&d.to)));
    let spoken = zones.any(|z| {
        matches!(z, PolicyZone::Address(x) if x.v == a)
            || matches!(z, PolicyZone::Net(n) if n.net.v.prefix_len() > 0 && n.net.v.contains(&a))
    });
    t.is_public(a)
        || inner
        || balanced
        || forwarded
        || spoken
        || networks.chain(vpns).chain(routes).any(|n| n.contains(&a))
}

/// L0703: pods of a namespace that nothing else names may do nothing wherever everything is refused, however it is spelt.
pub fn namespaces(t: &Topology, artifacts: &[Artifact], causes: &Causes, sink: &mut Sink) {
    let mut told: BTreeSet<(ClusterId, String)> = BTreeSet::new();
    for e in t.expects.iter().filter(|e| e.verdict.v == Verdict::Deny) {
        for z in e.from.iter().chain(&e.to) {
            let PolicyZone::Pods(p) = z else { continue };
            let Some(n) = &p.selector.namespace else { continue };
            let cluster = t.cluster(p.cluster);
            let name = n.v.to_string();
            if OF_KUBERNETES.contains(&name.as_str())
                || named(t, artifacts, p.cluster, &name)
                || !told.insert((p.cluster, name.clone()))
            {
                continue;
            }
            let mut d =
                Diag::new(code::L0703, format!("nothing else speaks of namespace {name} of cluster {}", cluster.name));
            if let Some(span) = causes.span(n.at) {
                d = d.at(span, "no file speaks of it");
            }
            sink.report(
                d.note("what everything is refused is refused there too, so this holds for a name that is misspelt as well")
                    .help("correct its name, if it is not one that others make"),
            );
        }
    }
}

/// Whether an allowance, a refusal or a file of the cluster names a namespace.
fn named(t: &Topology, artifacts: &[Artifact], c: ClusterId, name: &str) -> bool {
    let zones = t.allows.iter().flat_map(|a| a.from.iter().chain(&a.to));
    let mut zones = zones.chain(t.denies.iter().flat_map(|d| d.from.iter().chain(&d.to)));
    let this = |p: &Pods| p.cluster == c && p.selector.namespace.as_ref().is_some_and(|n| *n.v == *name);
    let said = zones.any(|z| matches!(z, PolicyZone::Pods(p) if this(p)));
    let site = Site::Cluster(t.cluster(c).name.v.clone());
    // A value of YAML alone on its line, or an entry of a list.
    let value = |line: &str| {
        let last = line.rsplit([' ', '=']).next().unwrap_or_default();
        !line.trim_start().starts_with('#') && last.trim_matches(['"', '\'']) == name
    };
    said || artifacts.iter().filter(|a| a.site == site).any(|a| a.text.text.lines().any(value))
}
