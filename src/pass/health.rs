//! Pass: what is checked of the running cloud, from inside and from outside; spells nothing.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::backup::{ASKED, CLOSED, HOURLY, LEG, NOT_HOSTS, ON_THE_HOUR, REACHED, TWO_WEEKS, WEEKLY, rhythm};
use super::layer::At;
use super::{Cx, or};
use crate::consumer::Protocol;
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

/// Decides what is stated; what follows from all of the cloud is decided by [`checks`].
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Health> {
    let HealthFacts { at, netshoot, every, start, names, expiry, hypervisors, cis } = x.c.health.as_ref()?;
    let when = rhythm(*every, start, (3600, HOURLY), ("00:00", ON_THE_HOUR), cx);
    let cis = cis.as_ref().and_then(|c| {
        let CisFacts { at, by: _, version, every, start } = c; // There is one tool.
        let rhythm = rhythm(*every, start, (7 * 86_400, WEEKLY), ("00:00", ON_THE_HOUR), cx)?;
        Some(Cis { version: version.clone()?, rhythm, at: *at })
    });
    let mut names: Vec<Sp<Domain>> = names.iter().map(|n| n.clone().map(|n| Domain(n.0))).collect();
    names.sort_by(|a, b| a.v.0.cmp(&b.v.0));
    Some(Health {
        netshoot: netshoot.clone()?,
        rhythm: when?,
        names,
        expiry: or(*expiry, Seconds(14 * 86_400), TWO_WEEKS),
        hypervisors: or(*hypervisors, false, NOT_HOSTS),
        cis,
        inside: Vec::new(),
        outside: Vec::new(),
        at: *at,
    })
}

/// Fills in the checks of every cluster and environment, when addresses, pages and publications are decided.
pub fn checks(t: &mut Topology, cx: &mut Cx<'_>) {
    for i in 0..t.clusters.len() {
        let cluster = t.clusters[i].clone();
        let sets = |layer: &Layer, cx: &mut Cx<'_>| {
            let h = layer.health.as_ref()?;
            Some((inside(h, layer, &cluster, t, cx), outside(h, layer, t, cx)))
        };
        let own = sets(&cluster.layer, cx);
        let others: Vec<_> = cluster.environments.iter().map(|e| sets(&e.layer, cx)).collect();
        let put = |layer: &mut Layer, set: Option<(Vec<Check>, Vec<Check>)>| {
            if let (Some(h), Some((inside, outside))) = (&mut layer.health, set) {
                (h.inside, h.outside) = (inside, outside);
            }
        };
        put(&mut t.clusters[i].layer, own);
        for (e, set) in t.clusters[i].environments.iter_mut().zip(others) {
            put(&mut e.layer, set);
        }
    }
}

/// Firewalls that pods of a cluster reach: those with a leg where its nodes are, of a version that rules are made for.
pub(super) fn reached(t: &Topology, node_network: VlanId) -> impl Iterator<Item = (FirewallId, &Firewall)> {
    let known = t.targets.opnsense.is_some();
    let all = t.firewalls.iter().enumerate().map(|(i, f)| (FirewallId(i as u32), f));
    all.filter(move |(_, f)| known && f.legs.iter().any(|l| l.vlan.v == node_network && l.gateway.is_none()))
}

/// Whom the nodes of a cluster ask for names, each once.
pub(super) fn servers(t: &Topology, cluster: &Cluster) -> Vec<Sp<Ipv4Addr>> {
    let nodes = cluster.groups.iter().flat_map(|g| &g.nodes);
    let mut all: Vec<Sp<Ipv4Addr>> = nodes.flat_map(|n| &t.machine(*n).clients.dns).copied().collect();
    all.sort_by_key(|s| s.v);
    all.dedup_by_key(|s| s.v);
    all
}

fn inside(h: &Health, layer: &Layer, cluster: &Cluster, t: &Topology, cx: &mut Cx<'_>) -> Vec<Check> {
    let mut all = Vec::new();
    for (id, f) in reached(t, cluster.node_network.v) {
        for l in f.legs.iter().filter(|l| l.gateway.is_none() && l.vlan.v.is_known()) {
            let Some(address) = l.address else { continue };
            let address = cx.make(address.v, LEG, &[h.at, address.at]);
            all.push(Check::PingLeg(id, address, t.vlan(l.vlan.v).name.clone()));
        }
    }
    if h.hypervisors.v {
        let hosts = t.host_ids().filter_map(|(id, host)| Some((id, host.address?)));
        all.extend(hosts.map(|(id, a)| Check::PingHost(id, cx.make(a.v, LEG, &[h.hypervisors.at, a.at]))));
    }
    all.push(Check::ClusterName(Sp::new(true, h.at)));
    for name in &h.names {
        all.push(Check::Name(name.clone(), None));
        for s in servers(t, cluster) {
            all.push(Check::Name(name.clone(), Some(cx.make(s.v, ASKED, &[name.at, s.at]))));
        }
    }
    let api = &cluster.api;
    all.push(Check::Api(cx.make(api.address.v, REACHED, &[h.at, api.address.at]), api.port));
    all.extend(certificates(h, layer, cx).into_iter().map(|(name, at, port)| Check::Certificate(name, at, port)));
    let mut open = BTreeSet::new();
    for p in &t.publishes {
        // Pods reach the ways in of their own cluster; what else is published is for outside.
        if !layer.ways().any(|w| w.address.as_ref().is_some_and(|a| a.1.v == p.target.v)) {
            continue;
        }
        for port in tcp(&p.ports) {
            let port = p.to_port.map_or(port, |to| to.map(|to| to.0));
            if open.insert((p.target.v, port.v)) {
                let at = cx.make(p.target.v, REACHED, &[h.at, p.target.at]);
                all.push(Check::Open(p.name.clone(), at, port));
            }
        }
    }
    for b in &layer.balancers {
        if b.by.v != Announcer::Metallb {
            continue;
        }
        all.push(Check::Speakers(Sp::new(true, b.by.at)));
        all.extend(b.pools.iter().map(|p| Check::Pool(p.name.clone())));
    }
    all
}

fn outside(h: &Health, layer: &Layer, t: &Topology, cx: &mut Cx<'_>) -> Vec<Check> {
    let mut all = Vec::new();
    let names = certificates(h, layer, cx);
    for p in &t.publishes {
        let public = cx.make(p.public.v, REACHED, &[h.at, p.public.at]);
        for port in tcp(&p.ports) {
            all.push(Check::Open(p.name.clone(), public, port));
            for (name, address, served) in &names {
                let inner = p.to_port.map_or(port.v, |to| to.v.0);
                if address.v == p.target.v && served.v == inner {
                    all.push(Check::Leads(name.clone(), public));
                    all.push(Check::Certificate(name.clone(), public, port));
                    all.push(Check::Answers(name.clone(), public, port));
                }
            }
        }
    }
    for e in &t.expects {
        let refused = e.verdict.v == Verdict::Deny && e.from.iter().any(|z| matches!(z, PolicyZone::Internet(_)));
        if !refused {
            continue;
        }
        for zone in &e.to {
            // From outside only public addresses can be tried: to others there is no way at all.
            let PolicyZone::Address(a) = zone else { continue };
            if !t.is_public(a.v) {
                continue;
            }
            for port in tcp(&e.service) {
                let at = cx.make(a.v, CLOSED, &[h.at, a.at]);
                all.push(Check::Closed(e.name.clone(), at, port));
            }
        }
    }
    all
}

/// Names that are served with TLS, the address and port of each: listeners of gateways with a name of their own.
fn certificates(h: &Health, layer: &Layer, cx: &mut Cx<'_>) -> Vec<(Sp<Domain>, Sp<Ipv4Addr>, Sp<u16>)> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for (way, g) in layer.gateways() {
        let Some((_, address)) = &way.address else { continue };
        for l in &g.listeners {
            let (Some(host), Some(_)) = (&l.host, &l.tls) else { continue };
            // A pattern is no name that somebody could ask for.
            if host.v.0.starts_with('*') || !seen.insert((host.v.0.clone(), address.v, l.port.v)) {
                continue;
            }
            let name = Sp::new(Domain(host.v.0.clone()), host.at);
            all.push((name, cx.make(address.v, REACHED, &[h.at, address.at]), l.port));
        }
    }
    all
}

/// Single ports of TCP, and the ends of ranges: a range is tried where it starts and where it ends.
fn tcp(ports: &Ports) -> Vec<Sp<u16>> {
    let mut all: Vec<Sp<u16>> = Vec::new();
    for (_, p) in ports.ports.iter().filter(|(protocol, _)| *protocol == Protocol::Tcp) {
        let (first, last) = p.v.0;
        all.push(p.map(|_| first));
        if last != first {
            all.push(p.map(|_| last));
        }
    }
    all
}
