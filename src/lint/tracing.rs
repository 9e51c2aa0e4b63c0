//! Lints of traces of a cluster's applications; changes nothing.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::DenyScope;

/// All of them.
pub(super) const LINTS: &[Lint] = &[room, from_anybody, from_nobody, seen_by_nobody];

/// What one block may grow to before it is written, in MiB (Tempo 2.10, modules/ingester/config.go: max_block_bytes).
const BLOCK: u64 = 500;

/// Clusters with traces, each with its number and with every layer that keeps them.
fn all<'a>(x: &'a Lints<'_>) -> impl Iterator<Item = (ClusterId, &'a Layer, &'a Tracing)> {
    let clusters = (0u32..).map(ClusterId).zip(&x.topology.clusters);
    clusters.flat_map(|(id, c)| {
        let layers = std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        layers.filter_map(move |l| Some((id, l, l.tracing.as_ref()?)))
    })
}

/// L1282: an open block, one that is being written and two that become one fit on the volume.
fn room(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, t) in all(x).filter(|(_, _, t)| t.size.v < 4 * BLOCK) {
        sink.report(
            Diag::new(code::L1282, format!("{} MiB are less than four blocks of Tempo", t.size.v))
                .at(x.span(t.size.at), format!("a block grows to {BLOCK} MiB before it is written"))
                .note("a full volume loses what comes, and nothing old makes room before its time")
                .help("volume size=\"20GiB\""),
        );
    }
}

/// What refuses others at Tempo, where something does.
fn held(l: &Layer) -> Option<&DefaultDeny> {
    let deny = l.policies.as_ref()?.deny.as_ref()?;
    (deny.inward() && deny.covers(Some(Tracing::NAMESPACE))).then_some(deny)
}

/// E1283: `from` names some, and nothing refuses the others.
fn from_anybody(x: &Lints<'_>, sink: &mut Sink) {
    for (_, l, t) in all(x) {
        let (Some(first), None) = (t.from.first(), held(l)) else { continue };
        let mut d = Diag::new(code::E1283, "any pod could send traces")
            .at(x.span(first.at), "these alone are to send them, and nothing refuses the others");
        let deny = l.policies.as_ref().and_then(|p| p.deny.as_ref());
        if let Some(deny) = deny {
            d = d.at(
                x.span(deny.at),
                format!("this does not refuse what comes to the namespace {}", Tracing::NAMESPACE),
            );
        }
        let help = match deny.map(|d| (d.inward(), d.scope.v)) {
            None => "default-deny \"cluster\"",
            Some((false, _)) => "direction \"both\"",
            Some((true, DenyScope::Cluster)) => "remove \"tracing\" from `except`",
            Some((true, DenyScope::Namespaces)) => {
                "namespace \"tracing\" in `default-deny`, beside those that are there"
            }
        };
        sink.report(d.help(help));
    }
}

/// L1284: everybody is refused at Tempo, and nobody is let in.
fn from_nobody(x: &Lints<'_>, sink: &mut Sink) {
    for (id, l, t) in all(x) {
        let Some(deny) = held(l).filter(|_| t.from.is_empty()) else { continue };
        let here = |z: &PolicyZone| {
            let space = |p: &Pods| p.selector.namespace.as_ref().is_none_or(|n| &*n.v.0 == Tracing::NAMESPACE);
            z.pods_of(id).is_some_and(space)
        };
        if x.topology.allows.iter().any(|a| a.to.iter().any(here)) {
            continue;
        }
        sink.report(
            Diag::new(code::L1284, "nobody can send traces")
                .at(x.span(t.at), "no namespace is named that may")
                .at(x.span(deny.at), "this refuses everybody who is not")
                .help("from \"…\""),
        );
    }
}

/// L1285: traces are kept, and no page shows them.
fn seen_by_nobody(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let Some(t) = &c.layer.tracing else { continue };
        let monitoring = c.layer.monitoring.as_ref();
        // What is wrong with it was reported.
        let stated = |f: &&crate::ir::facts::ClusterFacts| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v);
        if monitoring.is_none() && x.facts.cluster.iter().find(stated).is_some_and(|f| f.monitoring.is_some()) {
            continue;
        }
        if monitoring.is_some_and(|m| m.grafana.is_some()) {
            continue;
        }
        let mut d =
            Diag::new(code::L1285, "nobody sees these traces").at(x.span(t.at), "Tempo has no pages of its own");
        d = match monitoring {
            Some(m) => d.at(x.span(m.at), "Grafana would show them, and it is off here").help("grafana secret=\"…\""),
            None => d.help("monitoring { grafana secret=\"…\"; … }"),
        };
        sink.report(d);
    }
}
