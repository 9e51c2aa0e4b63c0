//! Lints of logs of a cluster, and of the firewalls that send them; changes nothing.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::PolicyZone;
use crate::schema::LogAgent;

/// All of them.
pub(super) const LINTS: &[Lint] = &[retired, pinned_twice, pool_for_others, fed_by_nobody];

/// L0505: Promtail gets no fixes any more (RFC fault K13).
fn retired(x: &Lints<'_>, sink: &mut Sink) {
    let Some(target) = &x.topology.targets.cluster.promtail else { return };
    let asked =
        |l: &crate::ir::Layer| l.logging.as_ref().filter(|l| l.agent.v == LogAgent::Promtail).map(|l| l.agent.at);
    // Logs that lack something are asked too: whoever states the rest should not state it of this agent.
    let said = x.facts.cluster.iter().filter_map(|c| c.logging.as_ref()?.agent);
    let said = || said.filter(|a| a.v == LogAgent::Promtail).map(|a| a.at).next();
    let Some(at) = x.topology.layers().find_map(|(_, l)| asked(l)).or_else(said) else { return };
    let what = format!("Promtail {} is retired: {}", target.version.v, target.caps.v.retired);
    let mut diag = Diag::new(code::L0505, what);
    if x.span(target.version.at) != x.span(at) {
        diag = diag.at(x.span(target.version.at), "stated here");
    }
    sink.report(
        diag.at(x.span(at), "it would read every log")
            .note("it reads no journal: logs of kubelet and containerd stay on their nodes")
            .help("agent \"alloy\""),
    );
}

/// E0957: two services are never told one address.
fn pinned_twice(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(s) = layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) else { continue };
        let taken = layer.ways().filter_map(|i| i.address.as_ref()).find(|(_, a)| a.v == s.address.v);
        let Some((_, first)) = taken else { continue };
        sink.report(
            Diag::new(code::E0957, format!("{} is pinned twice", s.address.v))
                .at(x.span(s.address.at), "for what takes logs of firewalls")
                .at(x.span(first.at), "and here")
                .help("give each a number of its own"),
        );
    }
}

/// E0967: the pool that the listener's address is pinned from is for its namespace.
fn pool_for_others(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(s) = layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) else { continue };
        let Some(p) = layer.balancers.iter().flat_map(|b| &b.pools).find(|p| p.name.v == s.pool.v) else { continue };
        let others = p.namespaces.first().filter(|_| p.namespaces.iter().all(|n| &*n.v.0 != "logging")).map(|n| n.at);
        let Some(at) = others.or(p.labels.first().map(|(key, _)| key.at)) else { continue };
        sink.report(
            Diag::new(code::E0967, format!("pool {} is for other services than what takes logs", p.name))
                .at(x.span(s.pool.at), "the service would wait for its address for ever")
                .at(x.span(at), "whom the pool is for")
                .help("add \"logging\" to its namespaces, or pin an address of a pool without labels"),
        );
    }
}

/// L1313: a listener that a firewall sends to, or that an `allow` lets something else send to.
fn fed_by_nobody(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let mut told = Vec::new();
    for (c, layer) in t.layers() {
        let Some(s) = layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) else { continue };
        let meant = t.allows.iter().filter(|a| !a.derived).flat_map(|a| &a.to).any(|z| match z {
            PolicyZone::Address(a) => a.v == s.address.v,
            PolicyZone::Net(n) => n.net.v.contains(&s.address.v),
            PolicyZone::Vlan(_)
            | PolicyZone::Machine(..)
            | PolicyZone::Host(_)
            | PolicyZone::Nodes(_)
            | PolicyZone::Pods(_)
            | PolicyZone::Name(_)
            | PolicyZone::Country(_)
            | PolicyZone::Feed(..)
            | PolicyZone::Firewall(_)
            | PolicyZone::Vpn(..)
            | PolicyZone::Api(_)
            | PolicyZone::Ingress(_)
            | PolicyZone::Internet(_) => false,
        });
        // Logs that say something wrong were reported, and may be meant for here.
        let stated: usize = x.facts.firewall.iter().map(|f| f.logs.len()).sum();
        let wrong = stated != t.firewalls.iter().map(|f| f.layer.watch.logs.len()).sum::<usize>();
        if !s.senders.is_empty() || meant || wrong || told.contains(&s.at) {
            continue;
        }
        told.push(s.at);
        // Of a firewall without a layer nothing is made, so it can send nothing.
        let written = t.firewalls.iter().find(|f| !f.layer.network.interfaces.is_empty());
        let mut d = Diag::new(code::L1313, format!("nobody sends logs to cluster {}", c.name))
            .at(x.span(s.at), "this waits for those of firewalls, and none names it");
        d = match written {
            Some(f) => d
                .at(x.span(f.at), "this firewall keeps its logs to itself, or sends them elsewhere")
                .help(format!("logs \"{0}\" cluster=\"{0}\" in firewall \"{1}\", or remove `syslog`", c.name, f.name)),
            None => d.help("remove `syslog`"),
        };
        sink.report(d);
    }
}
