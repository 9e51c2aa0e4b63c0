//! Lints of names inside a cluster.

use super::{Lint, Lints};
use crate::consumer::KubekeyDialect;
use crate::diag::{Diag, Sink, code};
use crate::ir::{ClusterDns, Install};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[api_record, zones, servers_inside, order, behind_the_cache, cache_without_proxy, without_installer];

/// Domains that CoreDNS or the cache on each node has a block for; a second one stops it (corefile(5)).
const OWN: [&str; 3] = [SERVICES, "in-addr.arpa", "ip6.arpa"];
/// The domain of services: whoever answers for a part of it hides them. A part of the others is somebody's subnet.
const SERVICES: &str = "cluster.local";

/// E0903: the name of the API has the API's address, and no other (RFC fault N12).
fn api_record(x: &Lints<'_>, sink: &mut Sink) {
    let domain =
        x.topology.meta.as_ref().and_then(|m| m.domain.as_ref()).map_or(String::new(), |d| format!(".{}", d.v));
    for c in &x.topology.clusters {
        let own = c.api.name.v.strip_suffix(domain.as_str());
        let hosts = x.topology.hosts.iter().map(|h| &h.name);
        for name in x.topology.machines.iter().map(|m| &m.name).chain(hosts).filter(|n| own == Some(&*n.v)) {
            sink.report(
                Diag::new(code::E0903, format!("{} is the API of cluster {} and another machine", c.api.name, c.name))
                    .at(x.span(c.api.name.at), "the name of the API")
                    .at(x.span(name.at), "this machine has it too")
                    .note("one name would have two addresses, and whoever asks gets either")
                    .help(format!("name \"k8s-api-{}\"", c.name)),
            );
        }
    }
    for (c, layer) in x.topology.layers() {
        for r in &layer.dns.records {
            if r.name.v == c.api.name.v && r.address.v != c.api.address.v {
                sink.report(
                    Diag::new(
                        code::E0903,
                        format!("{} is the API of cluster {}, which is at {}", r.name, c.name, c.api.address),
                    )
                    .at(x.span(r.name.at), "pods would be sent elsewhere by chance")
                    .at(x.span(c.api.address.at), "its address")
                    .note("nodes and pods learn the name of the API by themselves")
                    .help("remove the `record`"),
                );
            }
        }
    }
}

/// E0906: one block a zone (RFC fault K10).
fn zones(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for (i, z) in layer.dns.zones.iter().enumerate() {
            let part = z.name.v.strip_suffix(SERVICES).is_some_and(|r| r.ends_with('.'));
            let why = match OWN.contains(&&*z.name.v) {
                true => Some("a second block for it stops CoreDNS, or the cache on each node"),
                false => part.then_some("services below this would not be found"),
            };
            if let Some(why) = why {
                sink.report(
                    Diag::new(code::E0906, format!("the cluster itself answers for {}", z.name))
                        .at(x.span(z.name.at), why)
                        .help("remove the `zone`"),
                );
            }
            if let Some(same) = layer.dns.zones[..i].iter().find(|s| s.name.v == z.name.v) {
                sink.report(
                    Diag::new(code::E0906, format!("{} is a zone twice", z.name))
                        .at(x.span(z.name.at), "the second")
                        .at(x.span(same.name.at), "the first")
                        .note("CoreDNS does not start when a zone has two blocks (corefile(5))")
                        .help("keep one, with the servers of both"),
                );
            }
        }
    }
}

/// E0907: who knows names outside is outside.
fn servers_inside(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let all = layer.dns.upstreams.iter().chain(layer.dns.zones.iter().flat_map(|z| &z.servers));
        for s in all {
            if s.v.is_loopback() || s.v.is_unspecified() || s.v.is_multicast() || s.v.is_broadcast() {
                sink.report(
                    Diag::new(code::E0907, format!("{} is nobody outside of the pod that asks", s.v))
                        .at(x.span(s.at), "asked for names outside the cluster")
                        .note("CoreDNS runs in a pod: there this address is itself, and its `loop` plugin ends it")
                        .help("server \"9.9.9.9\""),
                );
            }
            for (net, what) in [(c.pods, "pods"), (c.services, "services")] {
                if net.v.contains(&s.v) {
                    sink.report(
                        Diag::new(code::E0907, format!("{} is one of the {what} of cluster {}", s.v, c.name))
                            .at(x.span(s.at), "asked for names outside the cluster")
                            .at(x.span(net.at), format!("addresses of {what}"))
                            .note("CoreDNS would ask itself, or an address that the next pod has")
                            .help("server \"9.9.9.9\""),
                    );
                }
            }
        }
    }
}

/// L0908, E0910: several servers are asked by chance unless an order is stated, and not every installer can state one.
fn order(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let dns = &layer.dns;
        let Some(install) = &layer.install else { continue };
        let old = install.caps.v.dialect == KubekeyDialect::Cluster;
        match (dns.in_order, dns.upstreams.as_slice()) {
            (Some(o), _) if o.v && old => {
                sink.report(
                    Diag::new(code::E0910, format!("KubeKey {} cannot ask name servers in order", install.version.v))
                        .at(x.span(o.at), "its Corefile has no place for a policy")
                        .at(x.span(install.version.at), "this release")
                        .help("take one server, or kubekey \"4.0.6\""),
                );
            }
            (None, [first, second, ..]) => {
                let help = if old { "take one server, or say in-order #false" } else { "in-order, or in-order #false" };
                sink.report(
                    Diag::new(code::L0908, format!("{} and {} are asked by chance, not one after the other", first.v, second.v))
                        .at(x.span(second.at), "no fallback: about as many questions as the first gets")
                        .at(x.span(first.at), "the first")
                        .note("`forward . A B` spreads at random; a public server then hears internal names and does not know them")
                        .help(help),
                );
            }
            _ => {}
        }
    }
}

/// E0909: pods ask the cache on their node, which asks what the node asks and knows only what it is told itself.
fn behind_the_cache(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let dns = &layer.dns;
        let Some(install) = layer.install.as_ref().filter(|_| dns.node_local.v) else { continue };
        let cache = if dns.node_local.at.rule().is_some() { dns.at } else { dns.node_local.at };
        for (at, what) in hidden(dns, install) {
            sink.report(
                Diag::new(code::E0909, what)
                    .at(x.span(at), "CoreDNS would know this, and is not asked")
                    .at(
                        x.span(cache),
                        "the cache on each node sends names outside the cluster to the node's own servers",
                    )
                    .help("node-local #false"),
            );
        }
    }
}

/// What pods do not learn because they ask the cache: KubeKey 3.1 tells it zones, no release tells it upstreams.
fn hidden(dns: &ClusterDns, install: &Install) -> Vec<(Origin, String)> {
    let mut all = Vec::new();
    if let Some(first) = dns.upstreams.first() {
        all.push((first.at, format!("pods do not ask {}", first.v)));
    }
    if let (KubekeyDialect::InventoryAndConfig, Some(z)) = (install.caps.v.dialect, dns.zones.first()) {
        all.push((z.name.at, format!("pods do not learn who answers for {}", z.name)));
    }
    all
}

/// L0911: the cache where Cilium does what kube-proxy would do (RFC fault K5).
fn cache_without_proxy(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(cilium) = layer.cilium.as_ref().filter(|c| c.replaces_kube_proxy.v) else { continue };
        let cache = layer.dns.node_local;
        let Some(install) = layer.install.as_ref().filter(|_| cache.v) else { continue };
        // Where the cache hides what is stated, that is an error, and it says the same of the cache.
        if !hidden(&layer.dns, install).is_empty() {
            continue;
        }
        let at = if cilium.replaces_kube_proxy.at.rule().is_some() { cilium.at } else { cilium.replaces_kube_proxy.at };
        sink.report(
            Diag::new(code::L0911, "pods ask a process of their node for names, not CoreDNS")
                .at(x.span(cache.at), "it listens on 169.254.25.10 in the host's network")
                .at(x.span(at), "so Cilium sees questions to the node")
                .note("a policy that allows CoreDNS's pods does not allow it, and names in policies are learnt from answers that pass by it")
                .help("node-local #false"),
        );
    }
}

/// E0913: names are written by the installer; without one nobody reads them (RFC fault K10).
fn without_installer(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.facts.cluster {
        if let (Some(d), None) = (&f.dns, &f.install) {
            // Whether nodes have a cache is a fact that policies ask for, whoever installed it.
            let crate::ir::facts::ClusterDnsFacts { at: _, node_local, via, server, in_order, zone, record } = d;
            let written = via.len() + server.len() + zone.len() + record.len();
            if node_local.is_some() && in_order.is_none() && written == 0 {
                continue;
            }
            sink.report(
                Diag::new(code::E0913, "nothing would read these names")
                    .at(x.span(d.at), "CoreDNS reads what the installer writes for it")
                    .note("a ConfigMap `coredns-custom` is read by some distributions; the CoreDNS that KubeKey installs has no `import` for it")
                    .help("install \"kubekey\""),
            );
        }
    }
}
