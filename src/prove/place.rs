//! Where zones are: their addresses, the network they are on, and by which interface they come to a firewall; names no rule.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::cilium::{NAMESPACE, PodSet};
use crate::consumer::Protocol;
use crate::ir::*;
use crate::policy::rules::number;
use crate::policy::{Addresses, Ranges, Traffic};
use crate::schema::VpnKind;

/// One end of a connection.
#[derive(Clone, Debug)]
pub struct End {
    /// Its addresses.
    pub addresses: Addresses,
    /// Where they are.
    pub at: Where,
}

/// Where an end is.
#[derive(Clone, Debug)]
pub enum Where {
    /// On a VLAN.
    On(VlanId),
    /// A node of a cluster, on a VLAN.
    Node(ClusterId, VlanId),
    /// The API of a cluster.
    Api(ClusterId),
    /// Pods.
    Pods(ClusterId, PodSet),
    /// In a VPN of a firewall.
    Vpn(FirewallId, VpnKind),
    /// A firewall itself.
    Firewall(FirewallId),
    /// Outside of everything that the file knows.
    World,
}

/// Why something does not come to any firewall.
pub enum NoWay {
    /// It goes nowhere.
    Nowhere(String),
    /// It goes where topoc writes no rules.
    Strange(String),
}

/// What services speak; nothing in them is everything.
pub fn traffic(p: &Ports) -> Traffic {
    if p.ports.is_empty() && p.icmp.is_empty() && p.protocols.is_empty() {
        return Traffic::all();
    }
    let ports = p.ports.iter().map(|(protocol, span)| {
        let (a, b) = span.v.0;
        match protocol {
            Protocol::Tcp => Traffic::tcp(a, b),
            Protocol::Udp => Traffic::udp(a, b),
            Protocol::Sctp => Traffic::sctp(a, b),
        }
    });
    let icmp = p.icmp.iter().map(|t| Traffic::icmp(t.v));
    let others = p.protocols.iter().map(|p| Traffic::protocol(number(p.v)));
    ports.chain(icmp).chain(others).fold(Traffic::default(), |all, t| all.union(&t))
}

/// What is asked of a zone.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Role {
    /// It answers.
    Answers,
    /// It may open a connection, from any of its addresses.
    MayAsk,
    /// It opens a connection, from the address that its default route has.
    Asks,
}

/// The ends that a zone is: one for each place that it is at.
pub fn ends(t: &Topology, z: &PolicyZone, role: Role) -> Vec<End> {
    let source = role != Role::Answers;
    match z {
        PolicyZone::Vlan(v) => {
            let vlan = t.vlan(v.v);
            let own = routers(t, v.v).into_iter().fold(Ranges::default(), |r, a| r.union(&one(a)));
            vec![End { addresses: known(Ranges::net(vlan.subnet.v).minus(&own)), at: Where::On(v.v) }]
        }
        PolicyZone::Machine(m, on) => machine(t, m.v, on.map(|v| v.v), role),
        PolicyZone::Nodes(n) => {
            let nodes = &t.cluster(n.v.0).groups[n.v.1 as usize].nodes;
            nodes.iter().flat_map(|m| machine(t, *m, None, role)).collect()
        }
        PolicyZone::Host(h) => {
            let host = t.host(h.v);
            let management = t.proxmox(host.proxmox).management;
            let first = host.address.zip(management).map(|(a, v)| (a.v, v.v));
            let more = host.addresses.iter().map(|a| (a.address.v, a.vlan.v));
            first.into_iter().chain(more).map(|(a, v)| End { addresses: known(one(a)), at: Where::On(v) }).collect()
        }
        PolicyZone::Pods(p) => {
            let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (k, values) in &p.selector.labels {
                labels.insert(k.v.to_string(), values.iter().map(|v| v.v.to_string()).collect());
            }
            if let Some(n) = &p.selector.namespace {
                labels.insert(NAMESPACE.into(), BTreeSet::from([n.v.to_string()]));
            }
            vec![End { addresses: Addresses::default(), at: Where::Pods(p.cluster, PodSet { labels }) }]
        }
        PolicyZone::Net(n) => {
            let out = n.except.iter().fold(Ranges::default(), |r, e| r.union(&Ranges::net(e.v)));
            spread(t, Ranges::net(n.net.v).minus(&out))
        }
        PolicyZone::Address(a) => spread(t, one(a.v)),
        PolicyZone::Name(n) => vec![atom(format!("name {}", n.v))],
        PolicyZone::Country(c) => vec![atom(format!("geoip {}", c.v))],
        PolicyZone::Feed(url, _) => vec![atom(format!("urltable {}", url.v))],
        PolicyZone::Firewall(f) => vec![End { addresses: Addresses::default(), at: Where::Firewall(f.v) }],
        PolicyZone::Vpn(f, name) => {
            let vpns = t.firewall(f.v).layer.vpns.iter().filter(|v| v.name.v == name.v);
            vpns.map(|v| End { addresses: known(Ranges::net(v.subnet.v)), at: Where::Vpn(f.v, v.kind.v) }).collect()
        }
        PolicyZone::Api(c) if source => {
            let planes = t.cluster(c.v).groups.iter().filter(|g| g.role.v == crate::schema::NodeRole::ControlPlane);
            planes.flat_map(|g| &g.nodes).flat_map(|m| machine(t, *m, None, role)).collect()
        }
        PolicyZone::Api(c) => {
            vec![End { addresses: known(one(t.cluster(c.v).api.address.v)), at: Where::Api(c.v) }]
        }
        PolicyZone::Ingress(c) if source => nodes(t, c.v),
        PolicyZone::Ingress(c) => {
            let ways = t.cluster(c.v).layer.ingresses.iter().filter_map(|i| i.address.as_ref());
            ways.flat_map(|(_, a)| spread(t, one(a.v))).collect()
        }
        PolicyZone::Internet(_) => {
            let ours =
                t.vlans.iter().map(|v| v.subnet.v).chain(t.clusters.iter().flat_map(|c| [c.pods.v, c.services.v]));
            let gone = ours.chain(private()).fold(Ranges::default(), |r, n| r.union(&Ranges::net(n)));
            vec![End { addresses: known(Addresses::all().known.minus(&gone)), at: Where::World }]
        }
    }
}

/// All nodes of a cluster, each by the address that it sends from where nothing nearer is.
pub fn nodes(t: &Topology, c: ClusterId) -> Vec<End> {
    let all = t.cluster(c).groups.iter().flat_map(|g| &g.nodes);
    all.flat_map(|m| {
        let nics = t.machine(*m).nics.iter().filter(|n| n.default_via.is_some());
        nics.filter_map(move |n| Some(End { addresses: known(one(n.address?.v)), at: Where::Node(c, n.vlan.v) }))
    })
    .collect()
}

/// Why two ends reach each other past every firewall; `None` when they do not.
pub fn direct(t: &Topology, s: &End, d: &End) -> Option<String> {
    let (a, b) = (vlan(t, s)?, vlan(t, d)?);
    if a == b {
        return Some(format!("both are on VLAN {}, and what is on one VLAN passes nobody", t.vlan(a).name));
    }
    // A machine with a leg in the other's VLAN sends there itself.
    let legs = |m: &&Machine| {
        let has = |v: VlanId| m.nics.iter().any(|n| n.vlan.v == v && n.address.is_some());
        let mine = |n: &Nic| n.address.is_some_and(|x| s.addresses == known(one(x.v)));
        m.nics.iter().any(mine) && has(b)
    };
    let m = t.machines.iter().filter(|m| !matches!(m.kind, MachineKind::Firewall { .. })).find(legs)?;
    Some(format!("{} has a leg on VLAN {} itself", m.name, t.vlan(b).name))
}

/// The firewall that what an end sends comes to first, and by which interfaces.
pub fn enters(t: &Topology, s: &End) -> Result<(FirewallId, Vec<String>), NoWay> {
    let keys = |f: FirewallId, is: &dyn Fn(&FirewallInterface) -> bool| -> Vec<String> {
        let all = t.firewall(f).layer.network.interfaces.iter();
        all.filter(|i| is(i)).map(|i| i.key.v.to_string()).collect()
    };
    match &s.at {
        Where::Vpn(f, kind) => Ok((*f, vec![kind.to_string()])),
        Where::World => match t.firewalls.len() {
            1 => Ok((FirewallId(0), keys(FirewallId(0), &|i| i.gateway.is_some()))),
            0 => Err(NoWay::Strange("there is no firewall".into())),
            _ => Err(NoWay::Strange("there is more than one firewall that it may come by".into())),
        },
        Where::Firewall(_) | Where::Pods(..) => Err(NoWay::Strange("it is at no interface".into())),
        Where::On(_) | Where::Node(..) | Where::Api(_) => {
            let Some(v) = vlan(t, s) else { return Err(NoWay::Strange("it is on no VLAN of the file".into())) };
            let vlan = t.vlan(v);
            match vlan.router.v {
                Router::Firewall(f) => Ok((f, keys(f, &|i| i.vlan.v == v))),
                Router::Nobody => Err(NoWay::Nowhere(format!("nobody routes VLAN {}", vlan.name))),
                Router::Upstream(u) => {
                    // What an upstream routes comes to a firewall by its way out, if at all.
                    let f =
                        (0u32..).map(FirewallId).zip(&t.firewalls).find(|(_, f)| f.legs.iter().any(|l| l.vlan.v == v));
                    match f {
                        Some((f, _)) => Ok((f, keys(f, &|i| i.vlan.v == v))),
                        None => Err(NoWay::Strange(format!("{} routes VLAN {}", t.upstream(u).name, vlan.name))),
                    }
                }
                Router::Machine(m) => Err(NoWay::Strange(format!("{} routes VLAN {}", t.machine(m).name, vlan.name))),
                Router::Reported => Err(NoWay::Strange("its router is wrong".into())),
            }
        }
    }
}

/// Why nothing from another VLAN reaches an end at all.
pub fn dead_end(t: &Topology, d: &End) -> Option<String> {
    let v = t.vlan(vlan(t, d)?);
    matches!(v.router.v, Router::Nobody).then(|| format!("nobody routes VLAN {}", v.name))
}

fn vlan(t: &Topology, e: &End) -> Option<VlanId> {
    match e.at {
        Where::On(v) | Where::Node(_, v) => Some(v),
        Where::Api(c) => of(t, t.cluster(c).api.address.v),
        Where::Pods(..) | Where::Vpn(..) | Where::Firewall(_) | Where::World => None,
    }
}

fn of(t: &Topology, a: Ipv4Addr) -> Option<VlanId> {
    (0u32..).map(VlanId).zip(&t.vlans).find(|(_, v)| v.subnet.v.contains(&a)).map(|(id, _)| id)
}

fn machine(t: &Topology, m: MachineId, on: Option<VlanId>, role: Role) -> Vec<End> {
    let machine = t.machine(m);
    let sends = |n: &&Nic| on.is_some() || role != Role::Asks || n.default_via.is_some();
    let nics = machine.nics.iter().filter(|n| on.is_none_or(|v| n.vlan.v == v)).filter(sends);
    nics.filter_map(|n| {
        let at = match machine.kind {
            MachineKind::Node { cluster, .. } => Where::Node(cluster, n.vlan.v),
            MachineKind::Single { .. } | MachineKind::Firewall { .. } => Where::On(n.vlan.v),
        };
        Some(End { addresses: known(one(n.address?.v)), at })
    })
    .collect()
}

/// Addresses by where they are: on VLANs, in VPNs, outside.
fn spread(t: &Topology, mut left: Ranges) -> Vec<End> {
    let mut all = Vec::new();
    let mut take = |net: ipnet::Ipv4Net, at: Where| {
        let here = left.intersect(&Ranges::net(net));
        if !here.is_empty() {
            left = left.minus(&here);
            all.push(End { addresses: known(here), at });
        }
    };
    for (id, v) in (0u32..).map(VlanId).zip(&t.vlans) {
        take(v.subnet.v, Where::On(id));
    }
    for (id, f) in (0u32..).map(FirewallId).zip(&t.firewalls) {
        for v in &f.layer.vpns {
            take(v.subnet.v, Where::Vpn(id, v.kind.v));
        }
    }
    if !left.is_empty() {
        all.push(End { addresses: known(left), at: Where::World });
    }
    all
}

/// Routers' own addresses on a VLAN.
fn routers(t: &Topology, v: VlanId) -> Vec<Ipv4Addr> {
    let mut own: Vec<Ipv4Addr> = t.vlan(v).gateway.iter().map(|g| g.v).collect();
    if let Router::Firewall(f) = t.vlan(v).router.v {
        let nics = t.firewall(f).nodes.iter().flat_map(|n| &t.machine(*n).nics);
        own.extend(nics.filter(|n| n.vlan.v == v).filter_map(|n| n.address).map(|a| a.v));
    }
    own
}

/// Networks that are not the Internet (RFC 6890).
pub fn private() -> impl Iterator<Item = ipnet::Ipv4Net> {
    const LIST: [([u8; 4], u8); 10] = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    LIST.into_iter().filter_map(|(a, n)| ipnet::Ipv4Net::new(a.into(), n).ok())
}

fn one(a: Ipv4Addr) -> Ranges {
    Ranges::of(a.into(), a.into())
}

fn known(known: Ranges) -> Addresses {
    Addresses { known, atoms: BTreeSet::new() }
}

fn atom(name: String) -> End {
    End { addresses: Addresses { known: Ranges::default(), atoms: BTreeSet::from([name]) }, at: Where::World }
}
