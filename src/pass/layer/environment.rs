//! Pass: a cluster's statements with those of an environment over them, and what is wrong with what an environment says; decides
//! nothing of what runs there.

use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::pass::Cx;
use crate::schema::{OffWord, PageOf, Shape, Statement, SyncMode};
use crate::source::Span;

/// What a cluster says, and what it says with each environment over it: who looks for what is needed looks at all of them.
pub fn settings(c: &ClusterFacts) -> Vec<ClusterFacts> {
    std::iter::once(c.clone()).chain(c.environment.iter().map(|e| merge(c, e))).collect()
}

/// The cluster's statements with the environment's over them, without what it takes away.
pub fn merge(c: &ClusterFacts, e: &EnvironmentFacts) -> ClusterFacts {
    let mut merged = over(c, e);
    for o in &e.off {
        take(&mut merged, e, o);
    }
    // One place takes the other's: copies are kept in one.
    if let (Some(b), Some(own)) = (&mut merged.backup, &e.backup) {
        match (&own.objects, &own.url) {
            (Some(_), None) => b.url = None,
            (None, Some(_)) => b.objects = None,
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    // What is said of a sync that is automatic says nothing of one by hand, which the environment wants.
    let manual = |g: &&GitopsFacts| g.sync.is_some_and(|s| s.v == SyncMode::Manual);
    if let (Some(g), Some(own)) = (&mut merged.gitops, e.gitops.as_ref().filter(manual)) {
        (g.prune, g.self_heal) = (own.prune, own.self_heal);
    }
    merged
}

/// Scalars replace, named statements merge by name, lists replace.
fn over(c: &ClusterFacts, e: &EnvironmentFacts) -> ClusterFacts {
    let EnvironmentFacts {
        at: _,
        name: _,
        network,
        load_balancer,
        ingress,
        certificates,
        ui,
        monitoring,
        gitops,
        logging,
        tracing,
        health,
        backup,
        storage,
        default_deny,
        off: _,
    } = e;
    let over = ClusterFacts {
        network: network.clone(),
        load_balancer: load_balancer.clone(),
        ingress: ingress.clone(),
        certificates: certificates.clone(),
        ui: ui.clone(),
        monitoring: monitoring.clone(),
        gitops: gitops.clone(),
        logging: logging.clone(),
        tracing: tracing.clone(),
        health: health.clone(),
        backup: backup.clone(),
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
pub fn says_something(e: &EnvironmentFacts, cx: &mut Cx<'_>) {
    let EnvironmentFacts {
        at,
        name: _,
        network,
        load_balancer,
        ingress,
        certificates,
        ui,
        monitoring,
        gitops,
        logging,
        tracing,
        health,
        backup,
        storage,
        default_deny,
        off,
    } = e;
    let lists = load_balancer.len() + ingress.len() + storage.len() + off.len();
    let one = [
        network.is_some(),
        certificates.is_some(),
        ui.is_some(),
        monitoring.is_some(),
        gitops.is_some(),
        logging.is_some(),
        tracing.is_some(),
        health.is_some(),
        backup.is_some(),
        default_deny.is_some(),
    ];
    if lists == 0 && !one.contains(&true) {
        let at = cx.span(*at);
        cx.report(
            Diag::new(code::L0610, "an environment says nothing")
                .at(at, "its overlay is the cluster's configuration again")
                .help("say what differs, or remove it"),
        );
    }
}

/// E0609: what is not there to be taken away.
pub fn off(c: &ClusterFacts, e: &EnvironmentFacts, cx: &mut Cx<'_>) {
    let mut merged = over(c, e);
    for o in &e.off {
        let Some(word) = o.word.filter(|_| !take(&mut merged, e, o)) else { continue };
        let (x, y) = (cx.span(o.at), cx.span(merged.at));
        cx.report(
            Diag::new(code::E0609, format!("the cluster has no such `{}`", word.v))
                .at(x, "nothing is taken away by this")
                .at(y, "of this cluster")
                .help("remove this `off`"),
        );
    }
}

/// Takes away what the environment has not, and what of the cluster's is about it alone: pages that would show nothing, alerts
/// that nobody would be told. Whether anything was there.
fn take(merged: &mut ClusterFacts, e: &EnvironmentFacts, o: &OffFacts) -> bool {
    let Some(word) = o.word else { return false };
    let named = |by: Option<String>| o.name.as_ref().is_none_or(|n| by.as_deref() == Some(&*n.v.0));
    let alone = o.name.is_none();
    let (found, pages): (bool, &[PageOf]) = match word.v {
        OffWord::Ingress => (remove(&mut merged.ingress, |i| named(i.by.as_ref().map(|b| b.v.to_string()))), &[]),
        OffWord::LoadBalancer => {
            (remove(&mut merged.load_balancer, |l| named(l.by.as_ref().map(|b| b.v.to_string()))), &[])
        }
        OffWord::Certificates => (alone && merged.certificates.take().is_some(), &[]),
        OffWord::Ui => (alone && merged.ui.take().is_some(), &[]),
        OffWord::Monitoring => {
            let found = alone && merged.monitoring.take().is_some();
            if let (true, Some(l)) = (found, &mut merged.logging) {
                l.alerts = e.logging.as_ref().and_then(|l| l.alerts.clone());
            }
            (found, &[PageOf::Alertmanager, PageOf::Grafana, PageOf::Prometheus])
        }
        OffWord::Gitops => (alone && merged.gitops.take().is_some(), &[PageOf::ArgoCd]),
        OffWord::Logging => (alone && merged.logging.take().is_some(), &[]),
        OffWord::Tracing => (alone && merged.tracing.take().is_some(), &[]),
        OffWord::Health => (alone && merged.health.take().is_some(), &[]),
        OffWord::Backup => (alone && merged.backup.take().is_some(), &[]),
        OffWord::Storage => {
            (remove(&mut merged.storage, |s| named(s.by.as_ref().map(|b| b.v.to_string()))), &[PageOf::Ceph])
        }
        OffWord::DefaultDeny => (alone && merged.default_deny.take().is_some(), &[]),
    };
    if let (true, Some(ui)) = (found, &mut merged.ui) {
        let own = |of: PageOf| e.ui.iter().flat_map(|u| &u.page).any(|p| p.of.is_some_and(|o| o.v == of));
        ui.page.retain(|p| p.of.is_none_or(|of| !pages.contains(&of.v) || own(of.v)));
    }
    found
}

fn remove<T>(list: &mut Vec<T>, gone: impl Fn(&T) -> bool) -> bool {
    let before = list.len();
    list.retain(|x| !gone(x));
    list.len() < before
}

/// From the environment's own word to the end of the last thing that it says.
fn inside(e: &EnvironmentFacts, cx: &Cx<'_>) -> Span {
    let mut places = Vec::new();
    e.places(&mut places);
    let own = cx.span(e.at);
    let end = places.iter().map(|at| cx.span(*at)).filter(|s| s.file == own.file).map(|s| s.end).max();
    Span { end: end.unwrap_or(own.end), ..own }
}

/// Reports what an environment adds and does not state whole; the cluster's own gaps are reported where they stand.
pub fn gaps(merged: &ClusterFacts, e: &EnvironmentFacts, cx: &mut Cx<'_>) -> bool {
    let mut gaps = Vec::new();
    merged.gaps(&mut gaps);
    let (own, all) = (cx.span(e.at), inside(e, cx));
    let mut any = false;
    for (at, field) in gaps {
        let span = cx.span(at);
        if span.start < all.start || all.end < span.end || field.shape == Shape::Arg {
            continue;
        }
        any = true;
        cx.report(
            Diag::new(code::E0206, format!("`{}` is not stated, neither here nor in the cluster", field.word))
                .at(span, "this is new in the environment, so it says everything")
                .at(own, "the environment")
                .help(match field.shape {
                    Shape::Child | Shape::Children => format!("{} {{ … }}", field.word),
                    Shape::Prop => format!("{}={}", field.word, field.sample),
                    _ => format!("{} {}", field.word, field.sample),
                }),
        );
    }
    any
}

/// Says of problems that come up in an environment alone, and at a line of the cluster, in which one they do.
pub fn placed(e: &EnvironmentFacts, known: usize, cx: &mut Cx<'_>) {
    let (own, all) = (cx.span(e.at), inside(e, cx));
    cx.sink.place(known, all, own, "in this environment");
}
