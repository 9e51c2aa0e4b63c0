//! Pass: the way in for HTTP.

use super::layer::At;
use super::{Cx, networks, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    44;
    CLASS = "the IngressClass is called as the chart calls it, as nothing else is stated" @ "ingress-nginx 4.15.1, controller.ingressClassResource.name";
    OFF = "not stated, and the safe answer is no" @ "language reference";
    REPLICAS = "two, so that one may be lost" @ "RFC 5.5";
    HIDE = "every node takes the traffic, as nothing else is stated" @ "Kubernetes, Service externalTrafficPolicy Cluster";
    SAME = "a gateway takes routes of its own namespace, as nothing else is stated" @ "Gateway API, AllowedRoutes";
    BESIDE = "the version was checked beside the Kubernetes that is stated" @ "consumer table";
    ASKED = "an address is asked for in the words of the one who gives it out" @ "RFC 5.5; metallb.io; lbipam.cilium.io";
    OF_POOL = "a service asks for an address that its pool has" @ "RFC 5.4, 5.5; targets A4";
    GATEWAY = "a gateway is called gateway, as nothing else is stated" @ "language reference";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Ingress> {
    let mut all: Vec<Ingress> = x.c.ingress.iter().filter_map(|i| ingress(i, x, cx)).collect();
    all.sort_by_key(|i| i.by.v);
    all.dedup_by_key(|i| i.by.v);
    all
}

/// Who gives out the addresses of a pool of the cluster.
pub(super) fn giver(pool: &Name, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Sp<Announcer>> {
    let by = x.layer.balancers.iter().find(|b| b.pools.iter().any(|p| p.name.v == *pool))?.by;
    let targets = &x.t.targets.cluster;
    let version = match by.v {
        Announcer::Metallb => targets.metallb.as_ref().map(|t| t.version.at),
        Announcer::Cilium => targets.cilium.as_ref().map(|t| t.version.at),
    };
    let from: Vec<Origin> = std::iter::once(by.at).chain(version).collect();
    Some(cx.make(by.v, ASKED, &from))
}

fn ingress(i: &IngressFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Ingress> {
    let by = i.by?;
    let targets = &x.t.targets.cluster;
    let kind = match by.v {
        WayIn::Nginx => {
            let chart = with_kubernetes(&targets.ingress_nginx.as_ref()?.version, x, cx);
            IngressKind::Nginx(nginx(i, chart, x, cx))
        }
        WayIn::Gateway => {
            let api = with_kubernetes(&targets.gateway_api.as_ref()?.version, x, cx);
            IngressKind::Gateway(gateway(i, api, cx))
        }
    };
    let address = i.address.as_ref().and_then(|a| address(a, x, cx));
    let giver = address.as_ref().and_then(|(pool, _)| giver(&pool.v, x, cx));
    Some(Ingress { by, address, giver, kind, at: i.at })
}

/// The address of a pool of this cluster; one outside the pool is reported.
pub(super) fn address(a: &PoolAddressFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<(Sp<Name>, Sp<std::net::Ipv4Addr>)> {
    let (name, host) = (a.pool.as_ref()?, a.host?);
    let mut pools = x.layer.balancers.iter().flat_map(|b| &b.pools);
    let Some(pool) = pools.find(|p| p.name.v == name.v.0) else {
        // A pool that is wrong was reported where it stands, and a name of nothing by the look-up of names.
        let here = x.c.load_balancer.iter().flat_map(|l| &l.pool);
        let others = x.facts.cluster.iter().filter(|c| !std::ptr::eq(*c, x.c) && c.name != x.c.name);
        let is = |p: &PoolFacts| p.name.as_ref().is_some_and(|n| n.v.0 == name.v.0);
        let elsewhere = others.flat_map(|c| &c.load_balancer).flat_map(|l| &l.pool).find(|p| is(p));
        if let (Some(p), false) = (elsewhere, here.into_iter().any(is)) {
            let (at, there) = (cx.span(name.at), cx.span(p.at));
            cx.report(
                Diag::new(code::E0972, format!("pool {} is another cluster's", name.v))
                    .at(at, "this cluster cannot take an address of it")
                    .at(there, "the pool")
                    .help("name a pool of this cluster"),
            );
        }
        return None;
    };
    let vlan = x.t.vlan(pool.vlan.v);
    let address = networks::host_number(vlan.subnet, host.map(|h| h.0), cx)?;
    if address.v < pool.from.v || address.v > pool.to.v {
        let (at, there) = (cx.span(host.at), cx.span(pool.at));
        let first = u32::from(pool.from.v) - u32::from(vlan.subnet.v.network());
        let last = u32::from(pool.to.v) - u32::from(vlan.subnet.v.network());
        cx.report(
            Diag::new(code::E0956, format!("{} is not in pool {}", address.v, pool.name))
                .at(at, "the service would wait for it for ever")
                .at(there, format!("gives out {} to {}", pool.from.v, pool.to.v))
                .help(format!("take a number from {first} to {last}")),
        );
    }
    let address = cx.make(address.v, OF_POOL, &[address.at, pool.from.at, pool.to.at]);
    Some((Sp::new(name.v.0.clone(), name.at), address))
}

/// A version that was checked beside the Kubernetes that is stated.
pub(super) fn with_kubernetes(version: &Sp<Version>, x: &At<'_>, cx: &mut Cx<'_>) -> Sp<Version> {
    match &x.t.targets.cluster.kubernetes {
        Some(k) => cx.make(version.v.clone(), BESIDE, &[version.at, k.at]),
        None => version.clone(),
    }
}

/// The groups of this cluster that are named; one of another cluster is reported.
fn nodes(i: &IngressFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Sp<Name>> {
    let mut all = Vec::new();
    for n in &i.nodes {
        let is = |c: &ClusterFacts| c.nodes.iter().any(|g| g.name.as_ref().is_some_and(|g| g.v.0 == n.v.0));
        if let Some(other) = x.facts.cluster.iter().find(|c| is(c)).filter(|_| !is(x.c)) {
            let (at, there) = (cx.span(n.at), cx.span(other.at));
            cx.report(
                Diag::new(code::E0972, format!("the nodes {} are another cluster's", n.v))
                    .at(at, "nothing of this cluster runs there")
                    .at(there, "that cluster")
                    .help("name a group of this cluster"),
            );
        }
        all.push(Sp::new(n.v.0.clone(), n.at));
    }
    all
}

fn nginx(i: &IngressFacts, chart: Sp<Version>, x: &At<'_>, cx: &mut Cx<'_>) -> Nginx {
    let clients = or(i.client_addresses, ClientAddresses::Hide, HIDE);
    // Where client addresses are kept, a node without a controller takes no traffic: so each has one.
    let replicas = match (i.replicas, clients.v) {
        (None, ClientAddresses::Keep) => None,
        (stated, _) => Some(or(stated.map(|r| r.map(|c| c.0)), 2, REPLICAS)),
    };
    Nginx {
        chart,
        class: i.class.clone().unwrap_or_else(|| Sp::new(ObjectName("nginx".into()), CLASS.origin())),
        default_class: or(i.default_class, false, OFF),
        replicas,
        clients,
        firewall: i.firewall,
        metrics: or(i.metrics, false, OFF),
        snippets: or(i.snippets, false, OFF),
        nodes: nodes(i, x, cx),
    }
}

fn gateway(i: &IngressFacts, api: Sp<Version>, cx: &mut Cx<'_>) -> Gateway {
    let mut listeners: Vec<Listener> = i.listener.iter().filter_map(|l| listener(l, cx)).collect();
    listeners.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    if let (Some(from), Some(first)) = (i.routes_from, i.namespaces.first()) {
        let (a, b) = (cx.span(from.at), cx.span(first.at));
        cx.report(
            Diag::new(code::E0955, "`routes-from` and `namespaces` both say whose routes it takes")
                .at(b, "these namespaces")
                .at(a, "and this")
                .help("keep one of the two"),
        );
    }
    let routes = match i.namespaces.is_empty() {
        true => Routes::From(or(i.routes_from, RoutesFrom::Same, SAME)),
        false => Routes::Namespaces(i.namespaces.clone()),
    };
    let redirects = or(i.redirect_to_tls, false, OFF);
    let redirect = if redirects.v { redirect(redirects, &listeners, i.at, cx) } else { None };
    let name = i.name.clone().unwrap_or_else(|| Sp::new(ObjectName("gateway".into()), GATEWAY.origin()));
    Gateway { api, name, listeners, routes, redirects, redirect }
}

/// Where what comes in without TLS goes: the one port that speaks TLS.
fn redirect(wanted: Sp<bool>, listeners: &[Listener], at: Origin, cx: &mut Cx<'_>) -> Option<Sp<u16>> {
    let mut ports: Vec<Sp<u16>> = listeners.iter().filter(|l| l.tls.is_some()).map(|l| l.port).collect();
    ports.sort_by_key(|p| p.v);
    ports.dedup_by_key(|p| p.v);
    let plain = listeners.iter().any(|l| l.tls.is_none());
    let what = match (&ports[..], plain) {
        ([port], true) => return Some(*port),
        ([], _) => "no listener speaks TLS",
        (_, false) => "every listener speaks TLS",
        (_, true) => "listeners speak TLS on more than one port",
    };
    let (a, b) = (cx.span(wanted.at), cx.span(at));
    cx.report(
        Diag::new(code::E0970, format!("nothing can be redirected to TLS: {what}"))
            .at(a, "wanted here")
            .at(b, "of this gateway")
            .help("listener \"web\" port=80; listener \"secure\" port=443 host=\"*.apps.example.net\" certificate-by=\"…\""),
    );
    None
}

fn listener(l: &ListenerFacts, cx: &mut Cx<'_>) -> Option<Listener> {
    let (name, port) = (l.name.clone()?, l.port?.map(|p| p.0));
    let tls = match (&l.certificate_by, &l.certificate) {
        (Some(by), Some(secret)) => {
            let (a, b) = (cx.span(secret.at), cx.span(by.at));
            cx.report(
                Diag::new(code::E0969, format!("listener {name} has two certificates"))
                    .at(a, "this Secret")
                    .at(b, "and what this issuer issues")
                    .help("keep one of the two"),
            );
            None
        }
        (Some(by), None) => Some(Tls::By(Sp::new(by.v.0.clone(), by.at))),
        (None, Some(secret)) => Some(Tls::Secret(secret.clone())),
        (None, None) => None,
    };
    Some(Listener { name, port, host: l.host.clone(), tls, at: l.at })
}
