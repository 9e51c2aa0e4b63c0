//! Pass: what checks of the running cloud and Velero need across the network; spells nothing.

use super::super::Cx;
use super::super::layer::At;
use super::derived::{Stated, allowance};
use super::platform::{api_ports, entities, name_in, pods, ports, traffic, ways_in};
use super::*;
use crate::consumer::{HEALTH, HEALTH_PODS, Protocol, VELERO};
use crate::ir::facts::ClusterFacts;
use crate::pass::health::{reached, servers};

/// Pings of firewalls, and of hypervisors where that is stated: what firewalls let through and policies allow alike.
pub(super) fn pings(s: &Stated<'_>, c: &ClusterFacts, id: ClusterId, into: &mut Vec<Allow>, cx: &mut Cx<'_>) {
    let Some(h) = &c.health else { return };
    let cluster = s.t.cluster(id);
    let mut to: Vec<PolicyZone> = Vec::new();
    for (f, firewall) in reached(s.t, cluster.node_network.v) {
        to.push(PolicyZone::Firewall(Sp::new(f, cx.derived(CHECKS, &[h.at, firewall.name.at]))));
    }
    if h.hypervisors.is_some_and(|h| h.v) {
        let hosts = s.t.host_ids().filter(|(_, h)| h.address.is_some());
        to.extend(hosts.map(|(id, host)| PolicyZone::Host(Sp::new(id, cx.derived(CHECKS, &[h.at, host.name.at])))));
    }
    if to.is_empty() {
        return;
    }
    let at = cx.derived(CHECKS, &[h.at]);
    let selector = pods(HEALTH, &[("app.kubernetes.io/name", HEALTH_PODS)], at);
    let from = vec![PolicyZone::Pods(Pods { cluster: id, selector, at })];
    let echo = Ports { icmp: vec![Sp::new(8, CHECKS.origin())], ..Ports::default() };
    into.push(allowance(&format!("checks of {}", cluster.name), from, to, echo, CHECKS, h.at, cx));
}

/// Checks ask name servers, the API and the ways in; Velero asks its store.
pub(super) fn needs(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let mut all = Vec::new();
    if let Some(h) = &x.layer.health {
        let subject = pods(HEALTH, &[("app.kubernetes.io/name", HEALTH_PODS)], h.at);
        let one = |a: Sp<std::net::Ipv4Addr>, cx: &mut Cx<'_>| Net {
            net: cx.make(peers::single(a.v), CHECKS, &[h.at, a.at]),
            except: Vec::new(),
        };
        let mut egress = Vec::new();
        let asked: Vec<Net> = match h.names.is_empty() {
            true => Vec::new(),
            false => servers(x.t, x.cluster).into_iter().map(|s| one(s, cx)).collect(),
        };
        if !asked.is_empty() {
            let dns = ports(&[(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)], CHECKS);
            egress.push(traffic(PolicyPeer::Nets(asked), dns));
        }
        // The shared address is a node's on one node and a stranger's on the others.
        let (open, api) = (api_ports(x, cx), one(x.cluster.api.address, cx));
        egress.push(traffic(PolicyPeer::Nets(vec![api]), open.clone()));
        if by == DenyBy::Cilium {
            egress.push(entities(&[Entity::Host, Entity::RemoteNode], open, CHECKS));
        }
        for way in ways_in(x, cx) {
            let open = match way {
                // A packet on its way through Cilium's gateway is held to where it ends, not to the gateway's port.
                PolicyPeer::Entities(_) => Ports::default(),
                PolicyPeer::Pods(_) | PolicyPeer::Nets(_) | PolicyPeer::Names(_) => {
                    ports(&[(Protocol::Tcp, 80, 80), (Protocol::Tcp, 443, 443)], CHECKS)
                }
            };
            egress.push(traffic(way, open));
        }
        if let Some(ui) = &x.layer.ui {
            let gateway = vec![cx.make(Entity::Ingress, GATEWAY_IS_ENTITY, &[ui.at, h.at])];
            egress.push(traffic(PolicyPeer::Entities(gateway), Ports::default()));
            all.push(Need {
                name: "health-checks-pages",
                about: "The gateway of the platform's pages shows its certificates to the checks.",
                subject: Subject::Own(Entity::Ingress),
                ingress: vec![traffic(
                    PolicyPeer::Pods(vec![subject.clone()]),
                    ports(&[(Protocol::Tcp, 443, 443)], CHECKS),
                )],
                egress: Vec::new(),
                why: CHECKS,
                by: h.at,
            });
        }
        all.push(Need {
            name: "health-checks",
            about: "Checks of the running cloud reach what they look at.",
            subject: Subject::Pods(subject),
            ingress: Vec::new(),
            egress,
            why: CHECKS,
            by: h.at,
        });
    }
    all.extend(velero(x, by, cx));
    all
}

fn velero(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Option<Need> {
    let v = x.layer.backup.as_ref()?;
    let mut egress = Vec::new();
    match &v.store {
        VeleroStore::Own(store, port) => {
            let at = cx.derived(COPIED, &[store.at]);
            let open = Ports { ports: vec![(Protocol::Tcp, port.map(|p| PortSpan((p, p))))], ..Ports::default() };
            let gateways = pods("rook-ceph", &[("app", "rook-ceph-rgw")], at);
            egress.push(traffic(PolicyPeer::Pods(vec![gateways]), open.clone()));
            // Gateways are on the nodes' own network, where Cilium knows the node address only.
            if by == DenyBy::Cilium {
                egress.push(entities(&[Entity::Host, Entity::RemoteNode], open.clone(), COPIED));
            }
            if let Some(s) = x.layer.storage.as_ref().filter(|s| s.public.v.is_known()) {
                let subnet = x.t.vlan(s.public.v).subnet;
                let net = Net { net: cx.make(subnet.v, COPIED, &[s.public.at, subnet.at]), except: Vec::new() };
                egress.push(traffic(PolicyPeer::Nets(vec![net]), open));
            }
        }
        VeleroStore::Url(url) => {
            let port = port_in(&url.v);
            let open = ports(&[(Protocol::Tcp, port, port)], COPIED);
            match (name_in(url), address_in(&url.v), by) {
                (_, Some(a), _) => {
                    let net = cx.make(peers::single(a), COPIED, &[url.at]);
                    egress.push(traffic(PolicyPeer::Nets(vec![Net { net, except: Vec::new() }]), open));
                }
                (Some(name), None, DenyBy::Cilium) => {
                    egress.push(traffic(PolicyPeer::Names(vec![name]), open));
                    egress.extend(peers::dns(x, by, true, cx));
                }
                // A NetworkPolicy has no names.
                (_, None, _) => egress.push(traffic(PolicyPeer::Nets(vec![peers::internet(x.t, url.at, cx)]), open)),
            }
        }
    }
    Some(Need {
        name: "velero",
        about: "Velero reaches the store that keeps its copies.",
        subject: Subject::Pods(pods(VELERO, &[], v.at)),
        ingress: Vec::new(),
        egress,
        why: COPIED,
        by: v.at,
    })
}

/// What stands between `://` and the path.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn port_in(url: &str) -> u16 {
    let usual = if url.starts_with("http://") { 80 } else { 443 };
    authority(url).rsplit_once(':').and_then(|(_, p)| p.parse().ok()).unwrap_or(usual)
}

fn address_in(url: &str) -> Option<std::net::Ipv4Addr> {
    let host = authority(url);
    host.rsplit_once(':').map_or(host, |(h, _)| h).parse().ok()
}
