//! Pass: names inside a cluster.

use super::addresses::address_on;
use super::layer::At;
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::source::Sp;

crate::rules! {
    41;
    DEFAULT_CACHE_OFF = "without kube-proxy there is no address translation that a cache on each node would spare, and what pods ask reaches CoreDNS, where upstreams, zones and policies for its pods are" @ "kubernetes.io, Using NodeLocal DNSCache; targets K5";
    DEFAULT_CACHE_ON = "a cache on each node answers pods, as the installer does it by itself" @ "KubeKey 3.1.12, kubernetes.nodelocaldns; 4.0.6, dns.nodelocaldns.enabled";
    NO_REDIRECT = "the installer's cache is in the host's network and listens on 169.254.25.10 alone, which is no service: nothing has to be redirected to it, and a redirect needs pods with addresses of their own" @ "KubeKey 3.1.12, nodelocaldns.yaml; Cilium 1.19, Local Redirect Policy, node-local DNS cache";
    ON_NODE_NETWORK = "CoreDNS leaves a node by the node network, so it asks the server's address there" @ "RFC 5.10";
    DEFAULT_ZONE_CACHE = "answers are kept for half a minute, as CoreDNS does with all others" @ "KubeKey 3.1.12, coredns ConfigMap; RFC 5.10";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> ClusterDns {
    let d = x.c.dns.as_ref();
    let replaced = x.layer.cilium.as_ref().map(|c| c.replaces_kube_proxy).filter(|r| r.v);
    let node_local = match (d.and_then(|d| d.node_local), replaced) {
        (Some(stated), _) => stated,
        (None, Some(r)) => cx.make(false, DEFAULT_CACHE_OFF, &[r.at]),
        (None, None) => Sp::new(true, DEFAULT_CACHE_ON.origin()),
    };
    let mut dns = ClusterDns {
        node_local,
        local_redirect: Sp::new(false, NO_REDIRECT.origin()),
        in_order: d.and_then(|d| d.in_order),
        at: d.map_or(DEFAULT_CACHE_ON.origin(), |d| d.at),
        ..ClusterDns::undecided(DEFAULT_CACHE_ON.origin())
    };
    let api = &x.cluster.api;
    dns.records.push(Record { name: api.name.clone(), address: api.address });
    let Some(d) = d else { return dns };
    for s in &d.via {
        let vlan = x.cluster.node_network;
        if let Some(a) = address_on(&s.v.0, vlan.v, x.index, x.t) {
            let at = cx.derived(ON_NODE_NETWORK, &[s.at, a.at]);
            dns.upstreams.push(Sp::new(a.v, at));
        } else if x.t.incomplete.firewalls.contains(&x.index.firewall(&s.v.0)) {
            // Its address was wrong and reported.
        } else if super::addresses::known(&s.v.0, x.index) {
            let (a, b) = (cx.span(s.at), cx.span(vlan.at));
            let name = &x.t.vlan(vlan.v).name;
            cx.report(
                Diag::new(code::E0335, format!("{} has no address on VLAN {name}, where CoreDNS would ask it", s.v))
                    .at(a, "asked here")
                    .at(b, "the node network")
                    .help("state an address that the nodes reach: server \"9.9.9.9\""),
            );
        }
    }
    dns.upstreams.extend(d.server.iter().map(|a| a.map(|a| a.0)));
    for z in &d.zone {
        let Some(name) = z.name.clone() else { continue };
        dns.zones.push(Zone {
            name,
            servers: z.server.iter().map(|a| a.map(|a| a.0)).collect(),
            cache: or(z.cache.map(|s| s.map(|s| s.0)), 30, DEFAULT_ZONE_CACHE),
            at: z.at,
        });
    }
    dns.zones.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    for r in &d.record {
        let (Some(name), Some(address)) = (r.name.clone(), r.address) else { continue };
        dns.records.push(Record { name, address: address.map(|a| a.0) });
    }
    dns.records.sort_by(|a, b| (&a.name.v, a.address.v).cmp(&(&b.name.v, b.address.v)));
    dns
}
