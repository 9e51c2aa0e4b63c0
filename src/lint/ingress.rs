//! Lints of the way in for HTTP.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::facts::{ClusterFacts, IngressFacts};
use crate::ir::*;
use crate::schema::{AnnounceMode, Announcer, ClientAddresses, NodeRole, WayIn};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[
    words_of_another,
    retired,
    pinned_twice,
    without_cilium,
    where_announced,
    pool_for_others,
    snippets,
    without_listener,
    listeners,
    certificates_of_listeners,
    namespaces_of_others,
    nobody_announces,
];

/// Namespaces that somebody else answers for: Kubernetes' own and those of the other parts.
const NAMESPACES: [&str; 15] = [
    "argocd",
    "cert-manager",
    "default",
    "gateway-api",
    "ingress-nginx",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "kubesphere-system",
    "logging",
    "metallb-system",
    "monitoring",
    "pages",
    "rook-ceph",
    "tracing",
];

/// E0973: the namespace that a gateway makes is its own.
fn namespaces_of_others(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for g in layer.ingresses.iter().filter_map(Ingress::gateway) {
            if NAMESPACES.contains(&&*g.name.v.0) {
                sink.report(
                    Diag::new(code::E0973, format!("the namespace {} is not for a gateway", g.name))
                        .at(x.span(g.name.at), "the gateway makes a namespace of its name and restricts the pods in it")
                        .help("name \"gateway\""),
                );
            }
        }
    }
}

/// L0965: a service of type LoadBalancer waits for somebody who gives it an address. In a cluster that says nobody this may be
/// somebody else's; in an environment that takes them away it was forgotten.
fn nobody_announces(x: &Lints<'_>, sink: &mut Sink) {
    for c in x.topology.clusters.iter().filter(|c| !c.layer.balancers.is_empty()) {
        for e in c.environments.iter().filter(|e| e.layer.balancers.is_empty()) {
            for i in &e.layer.ingresses {
                sink.report(
                    Diag::new(
                        code::L0965,
                        format!("ingress \"{}\" never gets an address in environment {}", i.by, e.name),
                    )
                    .at(x.span(e.at), "nobody gives services addresses here")
                    .at(x.span(i.at), "the service of this one waits for one")
                    .help(format!("off \"ingress\" \"{}\"", i.by)),
                );
            }
        }
    }
}

/// What each cluster says of ways in, environments included.
fn stated(c: &ClusterFacts) -> impl Iterator<Item = &IngressFacts> {
    c.ingress.iter().chain(c.environment.iter().flat_map(|e| &e.ingress))
}

/// What an ingress says, each with its word.
fn said(i: &IngressFacts) -> [(&'static str, Option<Origin>, WayIn); 13] {
    use WayIn::*;
    [
        ("class", i.class.as_ref().map(|x| x.at), Nginx),
        ("default-class", i.default_class.map(|x| x.at), Nginx),
        ("replicas", i.replicas.map(|x| x.at), Nginx),
        ("client-addresses", i.client_addresses.map(|x| x.at), Nginx),
        ("firewall", i.firewall.map(|x| x.at), Nginx),
        ("metrics", i.metrics.map(|x| x.at), Nginx),
        ("snippets", i.snippets.map(|x| x.at), Nginx),
        ("nodes", i.nodes.first().map(|x| x.at), Nginx),
        ("name", i.name.as_ref().map(|x| x.at), Gateway),
        ("listener", i.listener.first().map(|x| x.at), Gateway),
        ("routes-from", i.routes_from.map(|x| x.at), Gateway),
        ("namespaces", i.namespaces.first().map(|x| x.at), Gateway),
        ("redirect-to-tls", i.redirect_to_tls.map(|x| x.at), Gateway),
    ]
}

/// E0955: each way in is told only what it can do.
fn words_of_another(x: &Lints<'_>, sink: &mut Sink) {
    for i in x.facts.cluster.iter().flat_map(stated) {
        let Some(by) = i.by else { continue };
        for (word, at, of) in said(i) {
            let Some(at) = at.filter(|_| of != by.v) else { continue };
            let why = match (word, by.v) {
                ("client-addresses", _) => "behind a gateway applications see the client's address in X-Forwarded-For",
                ("replicas" | "nodes", _) => "a gateway is served by the Envoy of Cilium, on every node",
                ("class" | "default-class", _) => "routes name the gateway itself",
                _ => "ingress-nginx has the ports of its Service, and routes are in each Ingress",
            };
            sink.report(
                Diag::new(code::E0955, format!("`{word}` is a word of ingress \"{of}\""))
                    .at(x.span(at), "this has no effect")
                    .at(x.span(by.at), "here")
                    .note(why)
                    .help(format!("remove `{word}`")),
            );
        }
    }
}

/// L0505: ingress-nginx gets no fixes any more (RFC fault K13).
fn retired(x: &Lints<'_>, sink: &mut Sink) {
    let Some(target) = &x.topology.targets.cluster.ingress_nginx else { return };
    let nginx = |l: &Layer| l.ingresses.iter().find(|i| i.by.v == WayIn::Nginx).map(|i| i.at);
    let Some(at) = x.topology.layers().find_map(|(_, l)| nginx(l)) else { return };
    let what = format!("ingress-nginx {} is retired: {}", target.version.v, target.caps.v.retired);
    let mut diag = Diag::new(code::L0505, what);
    if x.span(target.version.at) != x.span(at) {
        diag = diag.at(x.span(target.version.at), "stated here");
    }
    sink.report(
        diag.at(x.span(at), "it would face clients")
            .note("the way out is a gateway beside it, with an address of its own; then routes move one by one")
            .help("ingress \"gateway\" { listener \"web\" port=80 }"),
    );
}

/// E0957: two ways in are never told one address.
fn pinned_twice(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let all: Vec<_> = layer.ways().filter_map(|i| Some((i, i.address.as_ref()?))).collect();
        for (n, (b, (_, address))) in all.iter().enumerate() {
            let Some((a, (_, first))) = all[..n].iter().find(|(_, (_, a))| a.v == address.v) else { continue };
            sink.report(
                Diag::new(
                    code::E0957,
                    format!(
                        "{address} is pinned by ingress \"{}\" and by ingress \"{}\"",
                        a.by,
                        b.by,
                        address = address.v
                    ),
                )
                .at(x.span(address.at), "this one would wait for it for ever")
                .at(x.span(first.at), "this one has it")
                .help("give one of them another number of the pool"),
            );
        }
    }
}

/// E0958: a gateway is served by Cilium; one that is told not to is E0929.
fn without_cilium(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let facts = x.facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v));
        // One whose version is missing is reported as that.
        let network = facts.is_some_and(|f| f.network.is_some() || f.environment.iter().any(|e| e.network.is_some()));
        for (i, _) in layer.gateways() {
            if layer.cilium.is_some() || network {
                continue;
            }
            sink.report(
                Diag::new(code::E0958, format!("nothing in cluster {} serves a gateway", c.name))
                    .at(x.span(i.at), "Cilium would")
                    .at(x.span(c.at), "this cluster's network is not said")
                    .help("network \"cilium\""),
            );
        }
    }
}

/// L0964: where client addresses are kept, a node that is asked without having a controller drops what comes.
fn where_announced(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        for i in &layer.ingresses {
            let Some(n) = i.nginx().filter(|n| n.clients.v == ClientAddresses::Keep) else { continue };
            let Some((pool, _)) = &i.address else { continue };
            let balancer = layer.balancers.iter().find(|b| b.pools.iter().any(|p| p.name.v == pool.v));
            // MetalLB, and BGP of either, announce only from nodes that have a backend of the service; Cilium with ARP from
            // any node of its policy.
            let Some(b) = balancer.filter(|b| b.by.v == Announcer::Cilium && b.mode.v == AnnounceMode::L2) else {
                continue;
            };
            let chosen = |g: &&NodeGroup| match n.nodes.is_empty() {
                true => g.role.v == NodeRole::Worker || c.groups.iter().all(|g| g.role.v != NodeRole::Worker),
                false => n.nodes.iter().any(|s| s.v == g.name.v),
            };
            let with: Vec<MachineId> = c.groups.iter().filter(chosen).flat_map(|g| g.nodes.iter().copied()).collect();
            let asked: Vec<MachineId> = b.nodes.nodes.iter().map(|m| m.v).collect();
            let bare = asked.iter().filter(|m| !with.contains(m)).count();
            let have = n.replicas.map_or(with.len(), |r| (r.v as usize).min(with.len()));
            if bare == 0 && have >= with.len() {
                continue;
            }
            let at = match n.replicas {
                Some(r) => r.at,
                None => n.nodes.first().map_or(i.at, |s| s.at),
            };
            sink.report(
                Diag::new(
                    code::L0964,
                    format!("{have} nodes run the controller, {} may be asked for its address", asked.len()),
                )
                .at(x.span(if at.rule().is_some() { i.at } else { at }), "so many run it")
                .at(x.span(n.clients.at), "a node without it drops what it is asked")
                .note("Cilium announces an address from any of its nodes, whether a pod of it runs there or not")
                .help("remove `replicas` and `nodes`: then each node has one"),
            );
        }
    }
}

/// E0967: the pool that an address is pinned from is for the service that asks.
fn pool_for_others(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for i in layer.ways() {
            let Some((pool, _)) = &i.address else { continue };
            let Some(p) = layer.balancers.iter().flat_map(|b| &b.pools).find(|p| p.name.v == pool.v) else { continue };
            let space = match &i.kind {
                IngressKind::Nginx(_) => "ingress-nginx",
                IngressKind::Gateway(g) => &g.name.v,
            };
            let (at, what, help) = match (p.namespaces.first(), p.labels.first()) {
                (Some(n), _) if p.namespaces.iter().all(|n| *n.v != *space) => (
                    n.at,
                    format!("is for other namespaces than {space}"),
                    format!("add \"{space}\" to its namespaces"),
                ),
                (_, Some((key, _))) => (
                    key.at,
                    "is for services with a label that this one has not".into(),
                    "pin an address of a pool without labels".into(),
                ),
                _ => continue,
            };
            sink.report(
                Diag::new(code::E0967, format!("pool {} {what}", p.name))
                    .at(x.span(pool.at), "the service would wait for its address for ever")
                    .at(x.span(at), "whom the pool is for")
                    .help(help),
            );
        }
    }
}

/// L0966: whoever may write an Ingress is not given the controller.
fn snippets(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for n in layer.ingresses.iter().filter_map(Ingress::nginx).filter(|n| n.snippets.v) {
            let mut d = Diag::new(code::L0966, "whoever writes an Ingress can read every Secret of the cluster")
                .at(x.span(n.snippets.at), "snippets are configuration of nginx");
            if let Some(f) = n.firewall {
                d = d.at(x.span(f.at), "and a snippet switches this off");
            }
            sink.report(d.note("CVE-2021-25742").help("snippets #false"));
        }
    }
}

/// E0974: a gateway has a port.
fn without_listener(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for i in layer.ingresses.iter().filter(|i| i.gateway().is_some_and(|g| g.listeners.is_empty())) {
            let facts = x.facts.cluster.iter().flat_map(stated).find(|f| f.at == i.at);
            // A listener that was wrong was reported.
            if facts.is_some_and(|f| !f.listener.is_empty()) {
                continue;
            }
            sink.report(
                Diag::new(code::E0974, "the gateway has no listener")
                    .at(x.span(i.at), "nobody could come in")
                    .help("listener \"web\" port=80"),
            );
        }
    }
}

/// E0968: no two listeners of a gateway want the same traffic (Gateway API, Listener: distinct port, protocol and hostname).
fn listeners(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for g in layer.ingresses.iter().filter_map(Ingress::gateway) {
            for (n, b) in g.listeners.iter().enumerate() {
                let host = |l: &Listener| l.host.as_ref().map(|h| h.v.clone());
                for a in g.listeners[..n].iter().filter(|a| a.port.v == b.port.v) {
                    let what = if a.tls.is_some() != b.tls.is_some() {
                        format!("listeners {} and {} speak with and without TLS on port {}", a.name, b.name, b.port)
                    } else if host(a) == host(b) {
                        let names = b.host.as_ref().map_or("every name".into(), |h| h.v.to_string());
                        format!("listeners {} and {} both serve {names} on port {}", a.name, b.name, b.port)
                    } else {
                        continue;
                    };
                    sink.report(
                        Diag::new(code::E0968, what)
                            .at(x.span(b.at), "this one")
                            .at(x.span(a.at), "and this one")
                            .help("give one of them another port or another host"),
                    );
                }
            }
        }
    }
}

/// E0969, E0972: a listener that speaks TLS has a certificate, and an issuer knows for which name.
fn certificates_of_listeners(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        for l in layer.ingresses.iter().filter_map(Ingress::gateway).flat_map(|g| &g.listeners) {
            let facts = x.facts.cluster.iter().flat_map(stated).flat_map(|i| &i.listener).find(|f| f.at == l.at);
            let two = facts.is_some_and(|f| f.certificate.is_some() && f.certificate_by.is_some());
            match &l.tls {
                None if l.port.v == 443 && !two => {
                    sink.report(
                        Diag::new(code::E0969, format!("listener {} has port 443 and no certificate", l.name))
                            .at(x.span(l.at), "clients would speak TLS to it")
                            .help(format!(
                                "listener \"{}\" port=443 host=\"www.example.net\" certificate-by=\"…\"",
                                l.name
                            )),
                    );
                }
                Some(Tls::By(issuer)) if l.host.is_none() => {
                    let (name, port) = (&l.name, l.port);
                    sink.report(
                        Diag::new(code::E0969, format!("listener {name} asks {issuer} for a certificate of no name"))
                            .at(x.span(l.at), "its host is not said")
                            .help(format!(
                                "listener \"{name}\" port={port} host=\"www.example.net\" certificate-by=\"{issuer}\""
                            )),
                    );
                }
                Some(Tls::By(issuer)) => {
                    let has = |f: &ClusterFacts| {
                        let own = f.certificates.iter().chain(f.environment.iter().flat_map(|e| &e.certificates));
                        own.flat_map(|s| &s.issuer).any(|i| i.name.as_ref().is_some_and(|n| n.v.0 == issuer.v))
                    };
                    let ours = |f: &&ClusterFacts| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v);
                    // A name of nothing was reported by the look-up of names.
                    if x.facts.cluster.iter().any(has) && !x.facts.cluster.iter().filter(ours).any(has) {
                        sink.report(
                            Diag::new(code::E0972, format!("issuer {issuer} is not of cluster {}", c.name))
                                .at(x.span(issuer.at), "this cluster has no such issuer")
                                .help("name an issuer of this cluster"),
                        );
                    }
                }
                Some(Tls::Secret(_)) | None => {}
            }
        }
    }
}
