//! Pass: what much depends on, and how packets of pods get there: beside it, through a firewall of ours, or not at all; reports nothing.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::{API, IDENTITY, OWN_OF_PAIR, ROUTER, SHARED, STANDS};
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::{Cx, Index, policy};
use crate::schema::*;
use crate::source::Sp;

/// How nodes reach a VLAN.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// They have a leg on it.
    Beside,
    /// By way of a firewall of ours.
    Through(FirewallId),
    /// By way of a router that is none of ours.
    Elsewhere,
    /// Nobody says that they do.
    Nowhere,
}

/// Something that may be looked at.
pub struct Aim {
    /// What it is about.
    pub of: ProbeOf,
    /// What people call it.
    pub name: Sp<Name>,
    /// Where.
    pub address: Sp<Ipv4Addr>,
    /// The TCP port; none for a ping.
    pub port: Option<Sp<u16>>,
    /// The firewall whose own address it is.
    pub itself: Option<FirewallId>,
    /// Whether it answers only those who are beside it.
    pub beside: bool,
    /// The name for which it is asked for its certificate.
    pub host: Option<Sp<HostPattern>>,
}

/// Numbers of the groups whose nodes take pods that bear no taint: workers, or all where there are none.
pub fn groups(c: &Cluster) -> Vec<u32> {
    c.take_pods()
}

/// How the nodes of a group reach a VLAN.
pub fn way(t: &Topology, g: &NodeGroup, to: VlanId) -> Way {
    let nics = |m: &MachineId| t.machine(*m).nics.iter();
    if g.nodes.iter().all(|m| nics(m).any(|n| n.vlan.v == to && !n.bare.v)) {
        return Way::Beside;
    }
    let Some(from) = leaves(t, g) else { return Way::Nowhere };
    match (t.vlan(from).router.v, t.vlan(to).router.v) {
        (Router::Firewall(f), _) if f.is_known() && t.firewall(f).legs.iter().any(|l| l.vlan.v == to) => {
            Way::Through(f)
        }
        (Router::Upstream(a), Router::Upstream(b)) if a == b => Way::Elsewhere,
        (Router::Machine(a), Router::Machine(b)) if a == b => Way::Elsewhere,
        (Router::Firewall(_) | Router::Upstream(_) | Router::Machine(_) | Router::Nobody | Router::Reported, _) => {
            Way::Nowhere
        }
    }
}

/// The VLAN of the default route of a group's nodes.
pub fn leaves(t: &Topology, g: &NodeGroup) -> Option<VlanId> {
    let mut nics = g.nodes.iter().flat_map(|m| &t.machine(*m).nics);
    nics.find(|n| n.default_via.is_some()).map(|n| n.vlan.v).filter(|v| v.is_known())
}

/// The addresses with which packets of a group's nodes get to a VLAN.
pub fn sources(t: &Topology, g: &NodeGroup, to: VlanId) -> Vec<Sp<Ipv4Addr>> {
    let by = if way(t, g, to) == Way::Beside { Some(to) } else { leaves(t, g) };
    let nics = g.nodes.iter().flat_map(|m| &t.machine(*m).nics);
    nics.filter(|n| Some(n.vlan.v) == by).filter_map(|n| n.address).collect()
}

/// The VLAN that an address is on.
pub fn vlan(t: &Topology, a: Ipv4Addr) -> Option<VlanId> {
    t.vlans.iter().position(|v| v.subnet.v.contains(&a)).map(|i| VlanId(i as u32))
}

/// For each group whose nodes take pods the firewall that filters on the way, or why nobody looks at it.
pub fn judged(t: &Topology, c: &Cluster, aim: &Aim) -> Result<Vec<(u32, Option<FirewallId>)>, &'static str> {
    let Some(to) = vlan(t, aim.address.v) else { return Err("it is on none of our VLANs") };
    let mut all = Vec::new();
    for i in groups(c) {
        let by = match way(t, &c.groups[i as usize], to) {
            Way::Beside => None,
            Way::Through(_) | Way::Elsewhere if aim.beside => {
                return Err(
                    "what is sent there goes through the other node of the pair, and nothing lets it in from there",
                );
            }
            Way::Through(f) => Some(f),
            Way::Elsewhere => None,
            Way::Nowhere => return Err("no way is stated from the nodes to this VLAN"),
        };
        all.push((i, aim.itself.or(by)));
    }
    if all.is_empty() { Err("no node of the cluster takes pods") } else { Ok(all) }
}

/// Addresses of everything that much depends on and that does not tell of itself: firewalls on each VLAN, routers,
/// hypervisors, single machines, API servers. Nodes of the cluster itself tell by their kubelets.
pub fn critical(t: &Topology, id: ClusterId, cx: &mut Cx<'_>) -> Vec<Aim> {
    let mut all: Vec<Aim> = Vec::new();
    for (i, f) in (0u32..).map(FirewallId).zip(&t.firewalls) {
        for l in f.legs.iter().filter(|l| l.vlan.v.is_known()) {
            let Some(a) = l.address else { continue };
            let of = ProbeOf::Firewall(i, l.vlan.v, f.name.v.clone());
            let address = cx.make(a.v, SHARED, &[a.at, l.vlan.at]);
            all.push(Aim { of, name: f.name.clone(), address, port: None, itself: Some(i), beside: false, host: None });
        }
        for m in &f.nodes {
            let machine = t.machine(*m);
            for n in machine.nics.iter().filter(|n| n.vlan.v.is_known()) {
                let Some(a) = n.address else { continue };
                let of = ProbeOf::Firewall(i, n.vlan.v, machine.name.v.clone());
                let address = cx.make(a.v, OWN_OF_PAIR, &[a.at, machine.at]);
                all.push(Aim {
                    of,
                    name: machine.name.clone(),
                    address,
                    port: None,
                    itself: Some(i),
                    beside: true,
                    host: None,
                });
            }
        }
    }
    let ping = |vlan: VlanId, name: &Sp<Name>, address: Sp<Ipv4Addr>| Aim {
        of: ProbeOf::Critical(vlan, name.v.clone()),
        name: name.clone(),
        address,
        port: None,
        itself: None,
        beside: false,
        host: None,
    };
    for u in &t.upstreams {
        for r in u.routers.iter().filter(|r| r.vlan.v.is_known()) {
            let address = cx.make(r.address.v, ROUTER, &[r.address.at]);
            all.push(ping(r.vlan.v, &u.name, address));
        }
    }
    for h in &t.hosts {
        let management = t.proxmox(h.proxmox).management.filter(|v| v.v.is_known()).zip(h.address);
        for (v, a) in management.into_iter().chain(h.addresses.iter().map(|a| (a.vlan, a.address))) {
            if v.v.is_known() {
                let address = cx.make(a.v, STANDS, &[a.at]);
                all.push(ping(v.v, &h.name, address));
            }
        }
    }
    for m in &t.machines {
        match m.kind {
            MachineKind::Single { .. } => {}
            MachineKind::Node { cluster, .. } if cluster != id => {}
            MachineKind::Node { .. } | MachineKind::Firewall { .. } => continue,
        }
        for n in m.nics.iter().filter(|n| n.vlan.v.is_known()) {
            if let Some(a) = n.address {
                let address = cx.make(a.v, STANDS, &[a.at]);
                all.push(ping(n.vlan.v, &m.name, address));
            }
        }
    }
    for c in &t.clusters {
        let Some(v) = vlan(t, c.api.address.v) else { continue };
        let name = cx.make(Name::of(format!("api-{}", c.name.v)), API, &[c.name.at]);
        let address = cx.make(c.api.address.v, API, &[c.api.address.at]);
        all.push(Aim { port: Some(c.api.port), ..ping(v, &name, address) });
    }
    for i in &t.identities {
        let Some(run) = &i.run else { continue };
        let Some(v) = vlan(t, run.address.v) else { continue };
        let address = cx.make(run.address.v, IDENTITY, &[run.address.at, i.at]);
        let host = cx.make(HostPattern(i.host.v.0.clone()), IDENTITY, &[i.host.at]);
        let port = Some(Sp::new(443, IDENTITY.origin()));
        all.push(Aim { port, host: Some(host), ..ping(v, &i.name, address) });
    }
    // A firewall with one machine has one address, and it is the firewall's.
    let mut seen = BTreeSet::new();
    all.retain(|a| seen.insert((a.address.v, a.port.map(|p| p.v))));
    all
}

/// What is published and ends at a machine or an address outside this cluster's ways in.
pub fn published(facts: &Facts, index: &Index, t: &Topology, p: &PublishFacts, cx: &mut Cx<'_>) -> Vec<Aim> {
    let Some((name, to)) = p.name.as_ref().zip(p.to.as_ref()) else { return Vec::new() };
    let machine = |m: &TargetMachineFacts| {
        let id = m.name.as_ref().map(|n| index.machine(&n.v.0)).filter(|id| id.is_known())?;
        let on = m.on.as_ref().map(|v| index.vlan(&v.v.0));
        let mut own = t.machine(id).nics.iter().filter(|n| on.is_none_or(|v| v == n.vlan.v)).filter_map(|n| n.address);
        own.next()
    };
    let found = match (&to.machine, &to.api, to.address) {
        (Some(m), _, _) => machine(m),
        (None, Some(a), _) => Some(index.cluster(&a.v.0)).filter(|c| c.is_known()).map(|c| t.cluster(c).api.address),
        (None, None, a) => a.map(|a| a.map(|a| a.0)),
    };
    let Some(address) = found else { return Vec::new() };
    let of = ProbeOf::Publish(called(&name.v));
    let called = Sp::new(called(&name.v), name.at);
    let ports = tcp(p, facts, cx);
    let aim = |port| Aim {
        of: of.clone(),
        name: called.clone(),
        address,
        port: Some(port),
        itself: None,
        beside: false,
        host: None,
    };
    ports.into_iter().map(aim).collect()
}

/// The single TCP ports at which something published is served.
pub fn tcp(p: &PublishFacts, facts: &Facts, cx: &mut Cx<'_>) -> Vec<Sp<u16>> {
    let Some(ports) = policy::ports(&p.service, facts, cx) else { return Vec::new() };
    let one = |(protocol, span): &(crate::consumer::Protocol, Sp<PortSpan>)| {
        let single = *protocol == crate::consumer::Protocol::Tcp && span.v.0.0 == span.v.0.1;
        single.then(|| p.to_port.map_or(span.map(|s| s.0.0), |q| q.map(|q| q.0)))
    };
    let mut all: Vec<Sp<u16>> = ports.ports.iter().filter_map(one).collect();
    all.sort_by_key(|p| p.v);
    all.dedup_by_key(|p| p.v);
    all
}

/// Whether an address is one of a zone's: a VLAN is without its routers.
pub fn has(t: &Topology, z: &PolicyZone, a: Ipv4Addr) -> bool {
    let machine = |m: MachineId, on: Option<VlanId>| {
        let nics = t.machine(m).nics.iter().filter(|n| on.is_none_or(|v| v == n.vlan.v));
        nics.filter_map(|n| n.address).any(|own| own.v == a)
    };
    let firewall = |f: &Firewall| {
        f.legs.iter().filter_map(|l| l.address).any(|own| own.v == a) || f.nodes.iter().any(|m| machine(*m, None))
    };
    match z {
        PolicyZone::Vlan(v) => {
            let vlan = t.vlan(v.v);
            let router = vlan.gateway.is_some_and(|g| g.v == a) || t.firewalls.iter().any(firewall);
            vlan.subnet.v.contains(&a) && !router
        }
        PolicyZone::Machine(m, on) => machine(m.v, on.map(|v| v.v)),
        PolicyZone::Host(h) => {
            let host = t.host(h.v);
            host.address.into_iter().chain(host.addresses.iter().map(|r| r.address)).any(|own| own.v == a)
        }
        PolicyZone::Nodes(n) => t.cluster(n.v.0).groups[n.v.1 as usize].nodes.iter().any(|m| machine(*m, None)),
        PolicyZone::Net(n) => n.net.v.contains(&a) && !n.except.iter().any(|e| e.v.contains(&a)),
        PolicyZone::Address(own) => own.v == a,
        PolicyZone::Firewall(f) => firewall(t.firewall(f.v)),
        PolicyZone::Api(c) => t.cluster(c.v).api.address.v == a,
        PolicyZone::Pods(_)
        | PolicyZone::Name(_)
        | PolicyZone::Country(_)
        | PolicyZone::Feed(..)
        | PolicyZone::Vpn(..)
        | PolicyZone::Ingress(_)
        | PolicyZone::Internet(_) => false,
    }
}

/// The word by which a probe is told from others: the slug, or the numbers of the first characters where no letter is Latin.
pub fn called(text: &str) -> Name {
    let slug = policy::slug(text);
    match slug.is_empty() {
        true => Name::of(text.chars().take(8).map(|c| format!("{:x}", u32::from(c))).collect::<Vec<_>>().join("-")),
        false => Name::of(slug),
    }
}
