//! Lints of what waits for volumes or nodes that a cluster does not have; changes nothing.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::ObjectName;
use crate::source::{Origin, Sp};

/// All of them.
pub(super) const LINTS: &[Lint] = &[classes, apart];

/// The classes that volumes of the platform's own parts are asked by, each with what is kept on them.
fn asked(layer: &Layer) -> impl Iterator<Item = (&Sp<ObjectName>, &'static str)> {
    let figures = layer.monitoring.iter().map(|m| (&m.storage.class, "figures"));
    let logs = layer.logging.iter().map(|l| (&l.class, "logs"));
    let traces = layer.tracing.iter().map(|t| (&t.class, "traces"));
    figures.chain(logs).chain(traces)
}

/// L1310: a class that the cluster's storage makes, where it makes classes of volumes at all.
fn classes(x: &Lints<'_>, sink: &mut Sink) {
    let mut told: Vec<Origin> = Vec::new();
    for (c, layer) in x.topology.layers() {
        let Some(s) = &layer.storage else { continue };
        let pools = s.pools.iter().map(|p| p.name.v.as_str());
        let made: Vec<&str> = pools.chain(s.filesystems.iter().map(|f| f.name.v.as_str())).collect();
        for (class, what) in asked(layer) {
            let bucket = s.objects.iter().find(|o| o.name.v.as_str() == &*class.v.0);
            let known = made.contains(&&*class.v.0);
            if known || (made.is_empty() && bucket.is_none()) || told.contains(&class.at) {
                continue;
            }
            told.push(class.at);
            let near = crate::schema::nearest(&class.v.0, &made);
            let (why, there) = match bucket {
                Some(o) => ("it makes buckets, and no volumes", o.at),
                None => ("unless somebody else makes it, the volumes wait for ever", s.at),
            };
            let first = s.pools.iter().find(|p| p.class.default.v).or(s.pools.first()).map(|p| p.name.v.as_str());
            sink.report(
                Diag::new(code::L1310, format!("no storage of cluster {} makes volumes of class {class}", c.name))
                    .at(x.span(class.at), why)
                    .at(x.span(there), format!("{what} would be kept on what this makes"))
                    .help(match near.or(first) {
                        Some(name) => format!("class=\"{name}\""),
                        None => "pool \"block\" { size 3 } in `storage`, and class=\"block\"".to_string(),
                    }),
            );
        }
    }
}

/// L1311: so many of a thing that two of them share a node, and are lost with it. One asks for no node of its own (Argo CD
/// chart 10.1.1, values.yaml: global.affinity.podAntiAffinity; kube-prometheus-stack 88.5.3, values.yaml: podAntiAffinity: both
/// "soft"), so all of them run.
fn apart(x: &Lints<'_>, sink: &mut Sink) {
    let mut told: Vec<Origin> = Vec::new();
    for (c, layer) in x.topology.layers() {
        let groups: Vec<&NodeGroup> = c.take_pods().into_iter().map(|i| &c.groups[i as usize]).collect();
        let nodes: usize = groups.iter().map(|g| g.nodes.len()).sum();
        let figures = layer.monitoring.iter().map(|m| (m.replicas, "each of Prometheus and Alertmanager"));
        let applied = layer.gitops.iter().map(|g| (g.replicas, "each of Argo CD's servers"));
        for (replicas, what) in figures.chain(applied) {
            // Two are a figure of ours: nobody believes anything of them.
            let stated = replicas.at.rule().is_none() && !told.contains(&replicas.at);
            if !stated || nodes == 0 || replicas.v as usize <= nodes {
                continue;
            }
            told.push(replicas.at);
            let many = |n: usize| if n == 1 { "1 node".to_string() } else { format!("{n} nodes") };
            let mut d = Diag::new(code::L1311, format!("{replicas} {what} on {}", many(nodes)))
                .at(x.span(replicas.at), "some share a node, and are lost with it");
            if let Some(g) = groups.first() {
                d = d.at(x.span(g.at), "such pods run on these");
            }
            sink.report(d.help(format!("replicas {nodes}")));
        }
    }
}
