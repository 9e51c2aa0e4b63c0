//! Pass: what runs in each cluster, once as the cluster says and once for each environment merged over it; the order of the
//! families is on this screen, none changes what another decided.

mod environment;

pub(super) use environment::{merge, settings};

use super::{Cx, Index};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;

/// What a family of the layer may look at: the merged statements, the cluster, and what was decided before it.
pub struct At<'a> {
    /// The whole file.
    pub facts: &'a Facts,
    /// The cluster's statements, with an environment's merged over them.
    pub c: &'a ClusterFacts,
    /// Everything below the layer, decided.
    pub t: &'a Topology,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// What the families before this one decided.
    pub layer: &'a Layer,
    /// Numbers of named things.
    pub index: &'a Index,
}

/// Decides every cluster's layer and its environments.
pub fn layers(facts: &Facts, index: &Index, t: &mut Topology, cx: &mut Cx<'_>) {
    for i in 0..t.clusters.len() {
        let cluster = t.clusters[i].clone();
        let Some(c) = facts.cluster.iter().find(|c| c.name.as_ref().is_some_and(|n| n.v.0 == cluster.name.v)) else {
            continue;
        };
        let layer = decide(facts, c, t, &cluster, index, cx);
        let mut environments = Vec::new();
        for e in &c.environment {
            let Some(name) = e.name.clone() else { continue };
            let merged = environment::merge(c, e);
            environment::off(c, e, cx);
            if environment::gaps(&merged, e, cx) {
                continue;
            }
            environment::says_something(e, cx);
            let off = e.off.iter().filter_map(|o| Some(Off { word: o.word?, name: o.name.clone() })).collect();
            let known = cx.sink.diags().len();
            let layer = decide(facts, &merged, t, &cluster, index, cx);
            environment::placed(e, known, cx);
            environments.push(Environment { name, layer, off, at: e.at });
        }
        folder(facts, c, cx);
        twice(c, cx);
        environments.sort_by(|a, b| a.name.v.cmp(&b.name.v));
        t.clusters[i].layer = layer;
        t.clusters[i].environments = environments;
    }
}

/// Folders that hold what is not a cluster's.
const TAKEN: [&str; 5] = ["ci", "documents", "network-team", "opnsense", "terraform_ansible"];

/// E0207: two environments of one name.
fn twice(c: &ClusterFacts, cx: &mut Cx<'_>) {
    let names: Vec<_> = c.environment.iter().filter_map(|e| e.name.as_ref()).collect();
    for (i, name) in names.iter().enumerate() {
        if let Some(first) = names[..i].iter().find(|n| n.v == name.v) {
            let (x, y) = (cx.span(name.at), cx.span(first.at));
            cx.report(
                Diag::new(code::E0207, format!("\"{}\" is the name of more than one environment", name.v))
                    .at(x, "this one takes the name")
                    .at(y, "which this one has")
                    .help("give one of them another name, or write both as one"),
            );
        }
    }
}

/// E0608: two clusters whose files would be one another's.
fn folder(facts: &Facts, c: &ClusterFacts, cx: &mut Cx<'_>) {
    let named = |c: &ClusterFacts| c.folder.as_ref().map_or("kubernetes".to_string(), |f| f.v.to_string());
    let fills = |c: &ClusterFacts| {
        c.install.is_some()
            || c.network.is_some()
            || c.certificates.is_some()
            || c.health.is_some()
            || c.backup.is_some()
            || c.default_deny.is_some()
            || c.gitops.is_some()
            || c.logging.is_some()
            || c.tracing.is_some()
            || c.monitoring.is_some()
            || c.ui.is_some()
            || !(c.load_balancer.is_empty() && c.ingress.is_empty() && c.storage.is_empty() && c.nested.is_empty())
    };
    if let Some(f) = c.folder.as_ref().filter(|f| TAKEN.contains(&&*f.v.0)) {
        let at = cx.span(f.at);
        let name = c.name.as_ref().map_or("two", |n| n.v.0.as_str());
        cx.report(
            Diag::new(code::E0608, format!("the folder {} is not for clusters", f.v))
                .at(at, "other parts of the tree write into it")
                .help(format!("folder \"kubernetes-{name}\"")),
        );
    }
    let place = |c: &ClusterFacts| c.folder.as_ref().map_or(c.at, |f| f.at);
    let mut before = facts.cluster.iter().take_while(|other| other.at != c.at);
    if let Some(first) = before.find(|other| fills(other) && fills(c) && named(other) == named(c)) {
        let (x, y) = (cx.span(place(c)), cx.span(place(first)));
        let name = c.name.as_ref().map_or("two", |n| n.v.0.as_str());
        cx.report(
            Diag::new(code::E0608, format!("two clusters write into the folder {}", named(c)))
                .at(x, "this one")
                .at(y, "and this one")
                .help(format!("folder \"kubernetes-{name}\"")),
        );
    }
}

/// The families in their order: each sees what those above it decided.
fn decide(facts: &Facts, c: &ClusterFacts, t: &Topology, cluster: &Cluster, index: &Index, cx: &mut Cx<'_>) -> Layer {
    let mut layer = cluster.layer.clone();
    macro_rules! family {
        ($field:ident, $family:ident) => {
            layer.$field = super::$family::decide(&At { facts, c, t, cluster, layer: &layer, index }, cx);
        };
    }
    family!(cilium, cilium);
    family!(dns, dns);
    family!(balancers, balancer);
    family!(ingresses, ingress);
    family!(certificates, certificates);
    family!(ui, ui);
    family!(storage, storage);
    family!(nested, nested);
    family!(health, health);
    family!(backup, backup);
    family!(monitoring, monitoring);
    family!(gitops, gitops);
    family!(logging, logging);
    family!(tracing, tracing);
    family!(policies, policy);
    family!(install, installer);
    layer
}
