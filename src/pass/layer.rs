//! Pass: what runs in each cluster, once as the cluster says and once for each environment merged over it; the order of the
//! families is on this screen, none changes what another decided.

use super::{Cx, Index};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::{OffWord, Shape, Statement};

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
            let mut merged = merge(c, e);
            off(&mut merged, e, cx);
            if gaps(&merged, e, cx) {
                continue;
            }
            says_something(e, cx);
            let off = e.off.iter().filter_map(|o| Some(Off { word: o.word?, name: o.name.clone() })).collect();
            let layer = decide(facts, &merged, t, &cluster, index, cx);
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
    family!(policies, policy);
    family!(install, installer);
    layer
}

/// The cluster's statements with the environment's over them. Scalars replace, named statements merge by name, lists replace.
fn merge(c: &ClusterFacts, e: &EnvironmentFacts) -> ClusterFacts {
    let EnvironmentFacts {
        at: _,
        name: _,
        network,
        load_balancer,
        ingress,
        certificates,
        storage,
        default_deny,
        off: _,
    } = e;
    let over = ClusterFacts {
        network: network.clone(),
        load_balancer: load_balancer.clone(),
        ingress: ingress.clone(),
        certificates: certificates.clone(),
        storage: storage.clone(),
        default_deny: default_deny.clone(),
        ..c.clone()
    };
    let mut merged = c.merged(&over);
    // An environment says only what differs: read by itself, it would lack everything else.
    merged.environment.clear();
    merged
}

/// L0610: an overlay that would be the cluster's configuration again.
fn says_something(e: &EnvironmentFacts, cx: &mut Cx<'_>) {
    let EnvironmentFacts { at, name: _, network, load_balancer, ingress, certificates, storage, default_deny, off } = e;
    let lists = load_balancer.len() + ingress.len() + storage.len() + off.len();
    if network.is_none() && certificates.is_none() && default_deny.is_none() && lists == 0 {
        let at = cx.span(*at);
        cx.report(
            Diag::new(code::L0610, "an environment says nothing")
                .at(at, "its overlay is the cluster's configuration again")
                .help("say what differs, or remove it"),
        );
    }
}

/// Takes away what the environment has not; reports what is not there to be taken away.
fn off(merged: &mut ClusterFacts, e: &EnvironmentFacts, cx: &mut Cx<'_>) {
    for o in &e.off {
        let Some(word) = o.word else { continue };
        let named = |by: Option<String>| o.name.as_ref().is_none_or(|n| by.as_deref() == Some(&*n.v.0));
        let found = match word.v {
            OffWord::Ingress => remove(&mut merged.ingress, |i| named(i.by.as_ref().map(|b| b.v.to_string()))),
            OffWord::LoadBalancer => {
                remove(&mut merged.load_balancer, |l| named(l.by.as_ref().map(|b| b.v.to_string())))
            }
            OffWord::Storage => remove(&mut merged.storage, |s| named(s.by.as_ref().map(|b| b.v.to_string()))),
            OffWord::Certificates => merged.certificates.take().is_some() && o.name.is_none(),
            OffWord::DefaultDeny => merged.default_deny.take().is_some() && o.name.is_none(),
        };
        if !found {
            let (x, y) = (cx.span(o.at), cx.span(merged.at));
            cx.report(
                Diag::new(code::E0609, format!("the cluster has no such `{}`", word.v))
                    .at(x, "nothing is taken away by this")
                    .at(y, "of this cluster")
                    .help("remove this `off`"),
            );
        }
    }
}

fn remove<T>(list: &mut Vec<T>, gone: impl Fn(&T) -> bool) -> bool {
    let before = list.len();
    list.retain(|x| !gone(x));
    list.len() < before
}

/// Reports what an environment adds and does not state whole; the cluster's own gaps are reported where they stand.
fn gaps(merged: &ClusterFacts, e: &EnvironmentFacts, cx: &mut Cx<'_>) -> bool {
    let mut gaps = Vec::new();
    merged.gaps(&mut gaps);
    let inside = cx.span(e.at);
    let mut any = false;
    for (at, field) in gaps {
        let span = cx.span(at);
        if span.start < inside.start || field.shape == Shape::Arg {
            continue;
        }
        any = true;
        cx.report(
            Diag::new(code::E0206, format!("`{}` is not stated, neither here nor in the cluster", field.word))
                .at(span, "this is new in the environment, so it says everything")
                .at(inside, "the environment")
                .help(format!("{} {}", field.word, field.sample)),
        );
    }
    any
}
