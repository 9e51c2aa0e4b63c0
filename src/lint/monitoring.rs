//! Lints of monitoring: what runs and is not watched, and what is said of it elsewhere.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{Announcer, NodeRole};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[watched, firewalls, elsewhere, never_told, told_twice, asked_twice, watchdogs];

/// Clusters with monitoring. Environments say it again, so they are looked at where something of theirs alone would be wrong.
fn all<'a>(x: &'a Lints<'_>) -> impl Iterator<Item = (&'a Layer, &'a Monitoring)> {
    x.topology.clusters.iter().filter_map(|c| Some((&c.layer, c.layer.monitoring.as_ref()?)))
}

/// L1250: what runs in the cluster and keeps its figures to itself.
fn watched(x: &Lints<'_>, sink: &mut Sink) {
    for (l, m) in all(x) {
        let mut silent: Vec<(&str, Origin, &str)> = Vec::new();
        if let Some(c) = &l.cilium {
            if !c.metrics.v {
                silent.push(("Cilium", c.at, "metrics in `network`"));
            }
            if let Some(f) = c.flows.as_ref().filter(|f| f.metrics.is_empty()) {
                silent.push(("Hubble", f.at, "metrics \"drop\" \"flow\" in `flows`"));
            }
        }
        for b in l.balancers.iter().filter(|b| b.by.v == Announcer::Metallb && b.metrics.is_none()) {
            silent.push(("MetalLB", b.at, "metrics in `load-balancer`"));
        }
        for i in &l.ingresses {
            if i.nginx().is_some_and(|n| !n.metrics.v) {
                silent.push(("ingress-nginx", i.at, "metrics in `ingress \"nginx\"`"));
            }
        }
        if let Some(c) = l.certificates.as_ref().filter(|c| !c.metrics.v) {
            silent.push(("cert-manager", c.metrics.at, "metrics in `certificates`"));
        }
        if let Some(s) = l.storage.as_ref().filter(|s| !s.metrics.v) {
            silent.push(("Ceph", s.at, "metrics in `storage`"));
        }
        for (what, at, help) in silent {
            sink.report(
                Diag::new(code::L1250, format!("{what} is not watched"))
                    .at(x.span(at), "it tells nobody its figures")
                    .at(x.span(m.at), "this would read them")
                    .help(help),
            );
        }
    }
}

/// L1250: firewalls whose figures nobody reads.
fn firewalls(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let Some((_, m)) = all(x).next() else { return };
    let watching = || x.topology.layers().filter_map(|(_, l)| l.monitoring.as_ref());
    let read = |id: FirewallId| watching().any(|m| m.firewalls.iter().any(|f| f.firewall == id));
    let asking = t.clusters.iter().filter(|c| c.layer.monitoring.is_some()).flat_map(|c| &c.groups);
    let workers = asking.filter(|g| g.role.v == NodeRole::Worker).map(|g| g.name.v.as_str()).next().unwrap_or("worker");
    for (id, f) in (0u32..).map(FirewallId).zip(&t.firewalls) {
        // Of a firewall without a layer nothing is made, so nobody could say it.
        if f.layer.network.interfaces.is_empty() || read(id) || t.incomplete.firewalls.contains(&id) {
            continue;
        }
        let on = f.management.filter(|v| v.v.is_known()).map_or("management", |v| t.vlan(v.v).name.v.as_str());
        let (at, what, help) = match &f.layer.watch.metrics {
            None => (
                f.at,
                "it tells nobody its figures",
                format!("metrics on=\"{on}\" {{ from {{ nodes \"{workers}\" }}; node-exporter }}"),
            ),
            Some(m) => (
                m.at,
                "it answers by SNMP alone, and nobody asks by it",
                "snmp in `monitoring`, or node-exporter here".to_string(),
            ),
        };
        sink.report(
            Diag::new(code::L1250, format!("firewall {} is not watched", f.name))
                .at(x.span(at), what)
                .at(x.span(m.at), "this would read them")
                .help(help),
        );
    }
}

/// E1251: MetalLB lets in another account than that of Prometheus.
fn elsewhere(x: &Lints<'_>, sink: &mut Sink) {
    for (l, m) in x.topology.layers().filter_map(|(_, l)| Some((l, l.monitoring.as_ref()?))) {
        for b in l.balancers.iter().filter_map(|b| b.metrics.as_ref()) {
            let BalancerMetrics { namespace, account, at: _ } = b;
            let wrong = [(namespace, Monitoring::NAMESPACE, "namespace"), (account, Monitoring::ACCOUNT, "account")];
            for (said, is, word) in wrong.into_iter().filter(|(s, is, _)| *s.v.0 != **is) {
                sink.report(
                    Diag::new(
                        code::E1251,
                        format!("MetalLB tells its figures to the {word} {said}, and Prometheus has another"),
                    )
                    .at(x.span(said.at), format!("this {word}"))
                    .at(x.span(m.at), format!("it is {is}"))
                    .help("metrics"),
                );
            }
        }
    }
}

/// L1253: a receiver that no alert comes to, neither in the cluster nor in an environment.
fn never_told(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let layers = || std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        let all = || layers().filter_map(|l| l.monitoring.as_ref()).map(|m| &m.told);
        let told = |r: &Receiver| {
            all().any(|Told { default, watchdog, repeat: _, receivers: _, routes, inhibits: _ }| {
                default.v == r.name.v
                    || watchdog.as_ref().is_some_and(|w| w.v == r.name.v)
                    || routes.iter().any(|o| o.to.v == r.name.v)
            })
        };
        let mut seen: Vec<&crate::schema::Name> = Vec::new();
        for r in all().flat_map(|t| &t.receivers) {
            let again = seen.contains(&&r.name.v);
            seen.push(&r.name.v);
            if !again && !told(r) {
                sink.report(
                    Diag::new(code::L1253, format!("nobody tells {} anything", r.name))
                        .at(x.span(r.name.at), "no `route` leads here, and it is not the default")
                        .help(format!("route \"{}\" {{ severity \"critical\" }}, or remove it", r.name)),
                );
            }
        }
    }
}

/// L1256: the alert that always fires goes to a program that misses it, not to people.
fn watchdogs(x: &Lints<'_>, sink: &mut Sink) {
    let mut told = Vec::new();
    for t in x.topology.layers().filter_map(|(_, l)| l.monitoring.as_ref()).map(|m| &m.told) {
        let Some(w) = &t.watchdog else { continue };
        let people = t.receivers.iter().find(|r| r.name.v == w.v && r.webhook.is_none());
        let Some(r) = people.filter(|_| !told.contains(&w.at)) else { continue };
        told.push(w.at);
        sink.report(
            Diag::new(code::L1256, format!("{} is told every five minutes that all is well", r.name))
                .at(x.span(w.at), "this alert always fires")
                .at(x.span(r.name.at), "these are people, and nothing of it is missed when it stops")
                .help("a receiver with a webhook of something that raises an alarm when calls stop"),
        );
    }
}

/// L1318: a route that says what another says: who is told is told twice.
fn told_twice(x: &Lints<'_>, sink: &mut Sink) {
    let mut told = Vec::new();
    for t in x.topology.layers().filter_map(|(_, l)| l.monitoring.as_ref()).map(|m| &m.told) {
        for (n, r) in t.routes.iter().enumerate() {
            let Route { to, severity, alerts, namespaces, at } = r;
            let values = |o: &Route| {
                let same = o.severity.iter().map(|s| s.v).eq(severity.iter().map(|s| s.v));
                same && o.alerts.iter().map(|a| &a.v).eq(alerts.iter().map(|a| &a.v))
            };
            let same = |o: &&Route| {
                o.to.v == to.v && values(o) && o.namespaces.iter().map(|n| &n.v).eq(namespaces.iter().map(|n| &n.v))
            };
            let Some(first) = t.routes[..n].iter().find(same).filter(|_| !told.contains(at)) else { continue };
            told.push(*at);
            sink.report(
                Diag::new(code::L1318, format!("{to} is told of the same alerts twice"))
                    .at(x.span(*at), "by this")
                    .at(x.span(first.at), "and by this")
                    .help("remove one of the two"),
            );
        }
    }
}

/// L1318: figures that are read twice, under two names.
fn asked_twice(x: &Lints<'_>, sink: &mut Sink) {
    let mut told = Vec::new();
    for m in x.topology.layers().filter_map(|(_, l)| l.monitoring.as_ref()) {
        for (n, f) in m.targets.iter().enumerate() {
            let FigureTarget { name, address, port, path } = f;
            let same = |o: &&FigureTarget| o.address.v == address.v && o.port.v == port.v && o.path.v == path.v;
            let Some(first) = m.targets[..n].iter().find(same).filter(|_| !told.contains(&name.at)) else { continue };
            told.push(name.at);
            sink.report(
                Diag::new(code::L1318, format!("figures of {address}:{port} are read twice"))
                    .at(x.span(name.at), "by this")
                    .at(x.span(first.name.at), "and by this")
                    .help("remove one of the two"),
            );
        }
    }
}
