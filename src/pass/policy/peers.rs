//! Pass: what zones are at the pods of one cluster: selectors, entities, networks, names; reports what never matches there.

use super::super::Cx;
use super::super::layer::At;
use super::*;
use crate::consumer::Protocol;
use crate::ir::facts::Facts;

/// Which side of an `allow` the pods are on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// They open the connection.
    Out,
    /// They answer.
    In,
}

/// The other ends, sorted by kind while zones are walked.
#[derive(Default)]
struct Found {
    pods: Vec<Selector>,
    /// Why an entity is one of them.
    entities: BTreeMap<Entity, Vec<(Rule, Origin)>>,
    nets: Vec<Net>,
    names: Vec<Sp<NamePattern>>,
}

/// What pods of this cluster may do by an `allow`, one rule a kind of peer.
pub(super) fn traffic(
    x: &At<'_>,
    id: ClusterId,
    a: &Allow,
    side: Side,
    by: Sp<DenyBy>,
    cx: &mut Cx<'_>,
) -> Vec<Traffic> {
    let zones = if side == Side::Out { &a.to } else { &a.from };
    let mut found = Found::default();
    for z in zones {
        zone(x, id, z, side, &mut found, cx);
    }
    if side == Side::Out && found.entities.contains_key(&Entity::KubeApiserver) {
        api_port(x, id, a, zones, cx);
    }
    if by.v == DenyBy::Kubernetes {
        unsaid(a, zones, &found, by, cx);
    }
    let Found { mut pods, entities, mut nets, mut names } = found;
    pods.sort_by(|a, b| a.order().cmp(&b.order()));
    nets.sort_by_key(|n| (n.net.v, except(n)));
    names.sort_by(|a, b| a.v.cmp(&b.v));
    let entities: Vec<Sp<Entity>> = entities
        .into_iter()
        .map(|(e, why)| {
            let rule = why[0].0;
            let from: Vec<Origin> = why.iter().map(|w| w.1).collect();
            cx.make(e, rule, &from)
        })
        .collect();
    let mut all = Vec::new();
    let has_names = !names.is_empty();
    // Requests are read once, where the pods are that answer; on the way out only when others answer.
    let mut add = |peer: PolicyPeer, read: bool| {
        let http = if read { a.http.clone() } else { Vec::new() };
        all.push(Traffic { peer, ports: a.service.clone(), http, names: false });
    };
    if !pods.is_empty() {
        add(PolicyPeer::Pods(pods), side == Side::In);
    }
    if !entities.is_empty() {
        add(PolicyPeer::Entities(entities), true);
    }
    if !nets.is_empty() {
        add(PolicyPeer::Nets(nets), true);
    }
    if has_names {
        add(PolicyPeer::Names(names), true);
        all.extend(dns(x, by.v, true, cx));
    }
    all
}

fn except(n: &Net) -> Vec<ipnet::Ipv4Net> {
    n.except.iter().map(|e| e.v).collect()
}

/// Where the node-local cache answers (KubeKey, nodelocaldns).
const LOCAL_CACHE: std::net::Ipv4Addr = std::net::Ipv4Addr::new(169, 254, 25, 10);

/// Questions for names: to the cluster's name servers and, where there is one, to the cache on the node.
pub(super) fn dns(x: &At<'_>, by: DenyBy, read: bool, cx: &mut Cx<'_>) -> Vec<Traffic> {
    let rule = if read { DNS_READ } else { DNS_ALL };
    let local = x.layer.dns.node_local;
    // Without a cache on the node pods ask these alone, so the cache is a reason either way.
    let servers = platform::name_servers(cx.derived(rule, &[local.at]));
    let mut all = vec![Traffic {
        peer: PolicyPeer::Pods(vec![servers]),
        ports: platform::ports(&[(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)], rule),
        http: Vec::new(),
        names: read,
    }];
    if local.v && by == DenyBy::Kubernetes {
        let cache = cx.make(single(LOCAL_CACHE), DNS_NODE, &[local.at]);
        all.push(Traffic {
            peer: PolicyPeer::Nets(vec![Net { net: cache, except: Vec::new() }]),
            ports: platform::ports(&[(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)], DNS_NODE),
            http: Vec::new(),
            names: read,
        });
    } else if local.v {
        let host = cx.make(Entity::Host, DNS_NODE, &[local.at]);
        all.push(Traffic {
            peer: PolicyPeer::Entities(vec![host]),
            ports: platform::ports(&[(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)], DNS_NODE),
            http: Vec::new(),
            names: read,
        });
    }
    all
}

fn zone(x: &At<'_>, id: ClusterId, z: &PolicyZone, side: Side, found: &mut Found, cx: &mut Cx<'_>) {
    match z {
        PolicyZone::Pods(p) if p.cluster == id => found.pods.push(p.selector.clone()),
        // Said once, from the side that opens the connection.
        PolicyZone::Pods(_) if side == Side::In => {}
        PolicyZone::Pods(p) => {
            let other = x.t.cluster(p.cluster);
            cx.report(
                Diag::new(
                    code::E0414,
                    format!("pods of cluster {} are not seen in cluster {}", other.name, x.cluster.name),
                )
                .at(cx.span(p.at), "nothing outside their cluster reaches them by their own address")
                .at(cx.span(x.cluster.at), "pods of this cluster would open the connection")
                .note("overlay and masquerading hide the addresses of pods from everything outside their cluster")
                .help(format!("ingress \"{}\"", other.name)),
            );
        }
        PolicyZone::Nodes(n) if n.v.0 == id => nodes(found, n.at),
        PolicyZone::Nodes(n) => {
            for m in &x.t.cluster(n.v.0).groups[n.v.1 as usize].nodes {
                machine(x.t, *m, None, n.at, found, cx);
            }
        }
        PolicyZone::Machine(m, on) => match &x.t.machine(m.v).kind {
            MachineKind::Node { cluster, .. } if *cluster == id => nodes(found, m.at),
            MachineKind::Node { .. } | MachineKind::Single { .. } | MachineKind::Firewall { .. } => {
                machine(x.t, m.v, on.map(|v| v.v), m.at, found, cx);
            }
        },
        PolicyZone::Vlan(v) => {
            found.nets.push(vlan_net(x.t, *v, cx));
        }
        PolicyZone::Net(n) => {
            if never(x, id, n, cx) {
                return;
            }
            found.nets.push(n.clone());
        }
        PolicyZone::Host(h) => {
            let host = x.t.host(h.v);
            let own = host.address.into_iter().chain(host.addresses.iter().map(|a| a.address));
            addresses(own.collect(), h.at, found, cx);
        }
        PolicyZone::Address(a) => addresses(vec![*a], a.at, found, cx),
        PolicyZone::Vpn(f, name) => {
            if let Some(subnet) = vpn_net(x.facts, &name.v) {
                let net = cx.make(subnet.v, ITS_SUBNET, &[f.at, subnet.at]);
                found.nets.push(Net { net, except: Vec::new() });
            }
        }
        PolicyZone::Country(c) => only_at_firewalls(x, c.at, cx),
        PolicyZone::Feed(url, _) => only_at_firewalls(x, url.at, cx),
        PolicyZone::Name(n) => found.names.push(n.clone()),
        PolicyZone::Firewall(f) => {
            let firewall = x.t.firewall(f.v);
            let nics = firewall.nodes.iter().flat_map(|n| &x.t.machine(*n).nics).filter_map(|n| n.address);
            let legs = firewall.legs.iter().filter_map(|l| l.address);
            addresses(legs.chain(nics).collect(), f.at, found, cx);
        }
        PolicyZone::Api(c) if c.v == id => {
            found.entities.entry(Entity::KubeApiserver).or_default().push((API_IS_ENTITY, c.at));
        }
        PolicyZone::Api(c) => addresses(vec![x.t.cluster(c.v).api.address], c.at, found, cx),
        PolicyZone::Ingress(c) if c.v == id => {
            let ways = platform::ways_in(x, cx);
            if ways.is_empty() {
                let span = cx.span(c.at);
                cx.report(
                    Diag::new(code::E0419, format!("cluster {} has no way in for HTTP", x.cluster.name))
                        .at(span, "this is nobody")
                        .at(cx.span(x.cluster.at), "no `ingress` is stated here")
                        .help("ingress \"nginx\""),
                );
            }
            for way in ways {
                match way {
                    PolicyPeer::Pods(selectors) => {
                        for s in selectors {
                            let at = cx.derived(SELECTED, &[c.at, s.at]);
                            found.pods.push(Selector { at, ..s });
                        }
                    }
                    PolicyPeer::Entities(list) => {
                        for e in list {
                            found.entities.entry(e.v).or_default().push((GATEWAY_IS_ENTITY, c.at));
                        }
                    }
                    PolicyPeer::Nets(_) | PolicyPeer::Names(_) => {}
                }
            }
        }
        PolicyZone::Ingress(c) => {
            let ways = &x.t.cluster(c.v).layer.ingresses;
            let known: Vec<_> = ways.iter().filter_map(|i| i.address.as_ref()).map(|(_, a)| *a).collect();
            if known.is_empty() {
                cx.report(
                    Diag::new(
                        code::E0419,
                        format!("no way in of cluster {} has a stated address", x.t.cluster(c.v).name),
                    )
                    .at(cx.span(c.at), "this is nobody")
                    .help("address pool=\"services\" host=200"),
                );
            }
            addresses(known, c.at, found, cx);
        }
        PolicyZone::Internet(i) => found.nets.push(internet(x.t, i.at, cx)),
    }
}

/// A VLAN's subnet without the addresses of its router.
pub(in crate::pass) fn vlan_net(t: &Topology, id: Sp<VlanId>, cx: &mut Cx<'_>) -> Net {
    let vlan = t.vlan(id.v);
    let mut own: Vec<Sp<std::net::Ipv4Addr>> = vlan.gateway.into_iter().collect();
    if let Router::Firewall(f) = vlan.router.v {
        let nics = t.firewall(f).nodes.iter().flat_map(|n| &t.machine(*n).nics);
        own.extend(nics.filter(|n| n.vlan.v == id.v).filter_map(|n| n.address));
    }
    own.retain(|a| vlan.subnet.v.contains(&a.v));
    own.sort_by_key(|a| a.v);
    own.dedup_by_key(|a| a.v);
    let parts = own.iter().map(|a| cx.make(single(a.v), ROUTERS_OWN, &[a.at, id.at])).collect();
    Net { net: cx.make(vlan.subnet.v, ITS_SUBNET, &[id.at, vlan.subnet.at]), except: parts }
}

/// The subnet of a firewall's VPN, as it is stated: firewalls are decided after clusters.
pub(in crate::pass) fn vpn_net(facts: &Facts, name: &Name) -> Option<Sp<ipnet::Ipv4Net>> {
    let mut mine =
        facts.firewall.iter().flat_map(|f| &f.vpn).filter(|v| v.name.as_ref().is_some_and(|n| n.v.0 == *name));
    mine.next()?.subnet.as_ref().map(|s| Sp::new(s.v.0, s.at))
}

/// E0423: pods' policies have no words for what only a firewall reads.
fn only_at_firewalls(x: &At<'_>, at: Origin, cx: &mut Cx<'_>) {
    let span = cx.span(at);
    cx.report(
        Diag::new(code::E0423, format!("no policy of cluster {} can say this", x.cluster.name))
            .at(span, "only a firewall knows these addresses")
            .at(cx.span(x.cluster.at), "pods of this cluster are the other end")
            .help("say it between places that are no pods, or name a `net`"),
    );
}

fn nodes(found: &mut Found, at: Origin) {
    for e in [Entity::Host, Entity::RemoteNode] {
        found.entities.entry(e).or_default().push((NODES_ARE_ENTITIES, at));
    }
}

fn machine(t: &Topology, m: MachineId, on: Option<VlanId>, at: Origin, found: &mut Found, cx: &mut Cx<'_>) {
    // A machine without an address is reported where it stands: nobody could manage it.
    let nics = t.machine(m).nics.iter().filter(|n| on.is_none_or(|v| n.vlan.v == v));
    let own: Vec<_> = nics.filter_map(|n| n.address).collect();
    addresses(own, at, found, cx);
}

fn addresses(mut all: Vec<Sp<std::net::Ipv4Addr>>, at: Origin, found: &mut Found, cx: &mut Cx<'_>) {
    all.sort_by_key(|a| a.v);
    all.dedup_by_key(|a| a.v);
    for a in all {
        let net = cx.make(single(a.v), ITS_ADDRESS, &[at, a.at]);
        found.nets.push(Net { net, except: Vec::new() });
    }
}

/// The network of one address.
pub(super) fn single(a: std::net::Ipv4Addr) -> ipnet::Ipv4Net {
    ipnet::Ipv4Net::from(a)
}

/// Networks that are not the Internet (RFC 6890 and the registries that it started).
const NOT_PUBLIC: &[(u8, u8, u8, u8)] = &[
    (0, 0, 0, 8),
    (10, 0, 0, 8),
    (100, 64, 0, 10),
    (127, 0, 0, 8),
    (169, 254, 0, 16),
    (172, 16, 0, 12),
    (192, 168, 0, 16),
    (198, 18, 0, 15),
    (224, 0, 0, 4),
    (240, 0, 0, 4),
];

/// Everything but what is private and what somebody of this file has.
pub(in crate::pass) fn internet(t: &Topology, at: Origin, cx: &mut Cx<'_>) -> Net {
    let mut parts: Vec<Sp<ipnet::Ipv4Net>> = NOT_PUBLIC
        .iter()
        .filter_map(|(a, b, c, n)| ipnet::Ipv4Net::new(std::net::Ipv4Addr::new(*a, *b, *c, 0), *n).ok())
        .map(|n| Sp::new(n, PRIVATE.origin()))
        .collect();
    let vlans = t.vlans.iter().map(|v| v.subnet);
    let clusters = t.clusters.iter().flat_map(|c| [c.pods, c.services]);
    let mut own: Vec<_> = vlans.chain(clusters).collect();
    own.sort_by_key(|n| n.v);
    for n in own {
        if !parts.iter().any(|p| p.v.contains(&n.v)) {
            parts.push(cx.make(n.v, OWN_NET, &[n.at]));
        }
    }
    parts.sort_by_key(|p| p.v);
    let everywhere = ipnet::Ipv4Net::new(std::net::Ipv4Addr::UNSPECIFIED, 0).unwrap_or_default();
    Net { net: cx.make(everywhere, WORLD, &[at]), except: parts }
}

/// E0405: a network whose addresses the cluster knows by something else than their address.
fn never(x: &At<'_>, id: ClusterId, n: &Net, cx: &mut Cx<'_>) -> bool {
    let net = n.net.v;
    let c = x.cluster;
    let one = (net.prefix_len() == 32).then_some(net.addr());
    let node = || {
        let nodes =
            x.t.machines.iter().filter(|m| matches!(m.kind, MachineKind::Node { cluster, .. } if cluster == id));
        nodes.flat_map(|m| m.nics.iter().map(move |nic| (m, nic))).find(|(_, nic)| nic.address.map(|a| a.v) == one)
    };
    let pool = || {
        let mut pools = x.layer.balancers.iter().flat_map(|b| &b.pools);
        pools.find(|p| p.from.v <= net.network() && net.broadcast() <= p.to.v)
    };
    let (what, place, at, help) = if c.pods.v.contains(&net) {
        (
            "are pods, which are matched by their labels",
            "the pods' addresses",
            c.pods.at,
            format!("pods \"{}\"", c.name),
        )
    } else if c.services.v.contains(&net) {
        (
            "are services, which are pods by the time that a policy looks",
            "the services' addresses",
            c.services.at,
            format!("pods \"{}\" namespace=\"shop\"", c.name),
        )
    } else if one == Some(c.api.address.v) {
        (
            "is the API's shared address, which is a node on one node and a stranger on the others",
            "the API's address",
            c.api.address.at,
            format!("api \"{}\"", c.name),
        )
    } else if let Some((m, nic)) = one.and_then(|_| node()) {
        let MachineKind::Node { group, .. } = m.kind else { return false };
        (
            "is a node, which is an entity",
            "the node's address",
            nic.address.map_or(m.at, |a| a.at),
            format!("nodes \"{}\"", c.groups.get(group as usize).map_or("", |g| g.name.v.as_str())),
        )
    } else if let Some(p) = pool() {
        (
            "are addresses of services, which are pods by the time that a policy looks",
            "addresses of services",
            p.at,
            format!("ingress \"{}\", or the pods behind it", c.name),
        )
    } else {
        return false;
    };
    let (a, b) = (cx.span(n.net.at), cx.span(at));
    cx.report(
        Diag::new(code::E0405, format!("{net} never matches at pods of cluster {}", c.name))
            .at(a, format!("these {what}").replace("these is", "this is"))
            .at(b, place.to_string())
            .help(help),
    );
    true
}

/// E0421: a policy sees the port that API servers listen on, not that of the service `kubernetes` before them.
fn api_port(x: &At<'_>, id: ClusterId, a: &Allow, zones: &[PolicyZone], cx: &mut Cx<'_>) {
    let api = |z: &&PolicyZone| matches!(z, PolicyZone::Api(c) if c.v == id);
    let Some(at) = zones.iter().find(api).map(PolicyZone::at) else { return };
    let any = a.service.ports.is_empty() && a.service.icmp.is_empty() && a.service.protocols.is_empty();
    let open = |port: u16| {
        let mut tcp = a.service.ports.iter().filter(|(protocol, _)| *protocol == Protocol::Tcp);
        tcp.any(|(_, p)| (p.v.0.0..=p.v.0.1).contains(&port))
    };
    if any || open(6443) || open(x.cluster.api.port.v) {
        return;
    }
    let service = a.service.at.first().map_or(a.at, |s| *s);
    let (s, z) = (cx.span(service), cx.span(at));
    cx.report(
        Diag::new(code::E0421, "API servers do not listen on these ports")
            .at(s, "nothing would get through")
            .at(z, "they are reached here")
            .note("when a policy looks, the service `kubernetes` on port 443 is an API server on 6443 already")
            .help("service \"kubernetes-api\""),
    );
}

/// What a NetworkPolicy of Kubernetes has no words for.
fn unsaid(a: &Allow, zones: &[PolicyZone], found: &Found, by: Sp<DenyBy>, cx: &mut Cx<'_>) {
    let mut bad: Vec<(Origin, &str)> = Vec::new();
    for z in zones {
        match z {
            PolicyZone::Name(n) => bad.push((n.at, "it knows no names")),
            PolicyZone::Api(c) => bad.push((c.at, "it knows no API server")),
            PolicyZone::Nodes(n) => bad.push((n.at, "it knows no nodes")),
            PolicyZone::Machine(m, _) if !found.entities.is_empty() => bad.push((m.at, "it knows no nodes")),
            PolicyZone::Ingress(c) if !found.entities.is_empty() => bad.push((c.at, "it knows no gateway of Cilium")),
            PolicyZone::Vlan(_)
            | PolicyZone::Machine(..)
            | PolicyZone::Host(_)
            | PolicyZone::Address(_)
            | PolicyZone::Country(_)
            | PolicyZone::Feed(..)
            | PolicyZone::Vpn(..)
            | PolicyZone::Pods(_)
            | PolicyZone::Net(_)
            | PolicyZone::Firewall(_)
            | PolicyZone::Ingress(_)
            | PolicyZone::Internet(_) => {}
        }
    }
    bad.extend(a.http.iter().map(|h| (h.at, "it does not look into requests")));
    bad.extend(a.log.iter().map(|l| (l.at, "it has no word for flow logs")));
    bad.extend(a.service.icmp.iter().map(|i| (i.at, "it knows ports, not ICMP")));
    bad.dedup_by_key(|b| b.1);
    for (at, what) in bad {
        let (x, y) = (cx.span(at), cx.span(by.at));
        cx.report(
            Diag::new(code::E0411, format!("a NetworkPolicy of Kubernetes cannot say this of \"{}\"", a.name.v.0))
                .at(x, what.to_string())
                .at(y, "by these policies")
                .help("by \"cilium\""),
        );
    }
}
