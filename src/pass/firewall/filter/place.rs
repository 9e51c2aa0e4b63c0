//! Where packets of a statement meet a firewall first, with which addresses: one answer for each pair of places; writes no rule.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::nets::{meet, single};
use super::{CONTROL_PLANE, ITS_NET, ITS_ROUTER, NAMED_VLAN};
use crate::ir::facts::Facts;
use crate::ir::*;
use crate::pass::{Cx, Index};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Where a packet comes in.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Entry {
    /// By the leg of a firewall on a VLAN.
    Leg(FirewallId, VlanId),
    /// By the VPNs of a kind.
    Vpns(FirewallId, VpnKind),
}

impl Entry {
    /// The firewall.
    pub fn firewall(self) -> FirewallId {
        match self {
            Entry::Leg(f, _) | Entry::Vpns(f, _) => f,
        }
    }
}

/// Where addresses are.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// On a VLAN.
    On(VlanId),
    /// Behind a router of a firewall's route, on that VLAN.
    Behind(FirewallId, VlanId),
    /// In a VPN.
    Vpn(FirewallId, VpnKind),
    /// A firewall's own.
    Itself(FirewallId),
    /// Beyond the ways out.
    Outside,
}

/// Addresses of one kind, named for people.
#[derive(Clone, Debug)]
pub struct Atom {
    /// What an alias of it alone is called.
    pub stem: String,
    /// What the zone as a whole is called, and of how many atoms it is as a target.
    pub zone: (String, usize),
    /// The addresses.
    pub whom: Whom,
    /// Where it is said.
    pub at: Origin,
}

/// Addresses.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Addresses, ordered.
    Hosts(Vec<Sp<Ipv4Addr>>),
    /// A network without some parts.
    Net(Sp<Ipv4Net>, Vec<Sp<Ipv4Net>>),
    /// A name in DNS.
    Name(Sp<NamePattern>),
    /// A country.
    Country(Sp<Country>),
    /// A list from elsewhere.
    Feed(Sp<Url>, Sp<Seconds>),
    /// The firewall itself.
    Itself,
    /// What nobody of the file owns.
    Internet,
}

/// Why a packet meets no firewall.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Miss {
    /// Both ends are on the VLAN.
    SameVlan(VlanId),
    /// Who opens the connection has a leg on the VLAN of who answers.
    BothLegs(VlanId),
    /// Nobody routes the VLAN.
    NobodyRoutes(VlanId),
    /// Another router than a firewall of ours is on the way alone.
    OtherRouter(VlanId),
    /// Neither end is behind a firewall.
    NotOurs,
    /// More than one firewall is on the way.
    TwoFirewalls(FirewallId),
    /// Who opens the connection has no address that is known or no route.
    NoAddress,
    /// Pods leave with other addresses.
    Hidden(ClusterId),
    /// The firewall itself opens the connection: what it sends passes anyway.
    FromFirewall,
    /// A part of it is wrong and was reported.
    Reported,
}

/// What is looked up on the way.
pub struct Ground<'a> {
    /// The file.
    pub facts: &'a Facts,
    /// What is decided.
    pub t: &'a Topology,
    /// Numbers of names.
    pub index: &'a Index,
}

/// An answer for one source.
pub type Leaves = Vec<Result<(Entry, Atom), Miss>>;

impl Ground<'_> {
    /// Whether topoc writes its rules.
    pub fn is_opnsense(&self, f: FirewallId) -> bool {
        super::super::is_opnsense(self.t, self.t.firewall(f))
    }

    /// Whether a firewall has a leg on a VLAN.
    fn leg(&self, f: FirewallId, v: VlanId) -> bool {
        self.t.firewall(f).legs.iter().any(|l| l.vlan.v == v)
    }

    fn ways_out(&self, f: FirewallId) -> Vec<Entry> {
        let legs = self.t.firewall(f).legs.iter().filter(|l| l.gateway.is_some());
        legs.map(|l| Entry::Leg(f, l.vlan.v)).collect()
    }

    /// The firewall that a place is behind: it delivers there.
    fn behind(&self, p: Place) -> Option<FirewallId> {
        match p {
            Place::On(v) => match self.t.vlan(v).router.v {
                Router::Firewall(f) if f.is_known() => Some(f),
                Router::Firewall(_) | Router::Nobody | Router::Upstream(_) | Router::Machine(_) | Router::Reported => {
                    None
                }
            },
            Place::Behind(f, _) | Place::Vpn(f, _) | Place::Itself(f) => Some(f),
            Place::Outside => None,
        }
    }

    /// Where a packet of somebody on a VLAN comes in on its way to a place.
    pub(super) fn leaves_vlan(&self, v: VlanId, to: Place, depth: usize) -> Result<Vec<Entry>, Miss> {
        if to == Place::On(v) {
            return Err(Miss::SameVlan(v));
        }
        if let Place::Itself(f) = to
            && self.leg(f, v)
        {
            return Ok(vec![Entry::Leg(f, v)]);
        }
        match self.t.vlan(v).router.v {
            Router::Firewall(f) if f.is_known() => self.through(f, to).map(|()| vec![Entry::Leg(f, v)]),
            Router::Upstream(u) => {
                let Some(f) = self.behind(to) else { return Err(Miss::OtherRouter(v)) };
                if self.leg(f, v) {
                    return Ok(vec![Entry::Leg(f, v)]);
                }
                let legs = self.t.firewall(f).legs.iter();
                let shared = legs.filter(|l| l.gateway.is_some_and(|g| g.v == u));
                let all: Vec<Entry> = shared.map(|l| Entry::Leg(f, l.vlan.v)).collect();
                if all.is_empty() { Err(Miss::OtherRouter(v)) } else { Ok(all) }
            }
            Router::Machine(m) if m.is_known() => {
                let nics = &self.t.machine(m).nics;
                if nics.iter().any(|n| to == Place::On(n.vlan.v)) || depth > self.t.vlans.len() {
                    return Err(Miss::OtherRouter(v));
                }
                match nics.iter().find(|n| n.default_via.is_some() && n.vlan.v != v) {
                    Some(n) => self.leaves_vlan(n.vlan.v, to, depth + 1),
                    None => Err(Miss::OtherRouter(v)),
                }
            }
            Router::Nobody => Err(Miss::NobodyRoutes(v)),
            Router::Firewall(_) | Router::Machine(_) | Router::Reported => Err(Miss::Reported),
        }
    }

    /// Whether a firewall that a packet came to delivers it, or hands it to a router that is no firewall of ours.
    fn through(&self, f: FirewallId, to: Place) -> Result<(), Miss> {
        if let Place::On(d) = to
            && self.leg(f, d)
        {
            return Ok(());
        }
        match self.behind(to) {
            Some(other) if other != f => return Err(Miss::TwoFirewalls(other)),
            Some(_) => return Ok(()),
            None => {}
        }
        match to {
            Place::On(d) => match self.t.vlan(d).router.v {
                Router::Nobody => Err(Miss::NobodyRoutes(d)),
                Router::Reported => Err(Miss::Reported),
                Router::Machine(m) if m.is_known() => {
                    let nics = &self.t.machine(m).nics;
                    let here = nics.iter().any(|n| n.vlan.v != d && self.leg(f, n.vlan.v));
                    if here { Ok(()) } else { Err(Miss::OtherRouter(d)) }
                }
                Router::Machine(_) | Router::Firewall(_) => Err(Miss::Reported),
                Router::Upstream(_) => Ok(()),
            },
            Place::Outside | Place::Behind(..) | Place::Vpn(..) | Place::Itself(_) => Ok(()),
        }
    }

    /// Where packets of strangers come in.
    fn comes_from_outside(&self, to: Place) -> Result<Vec<Entry>, Miss> {
        match self.behind(to) {
            Some(f) => Ok(self.ways_out(f)),
            None => Err(Miss::NotOurs),
        }
    }

    fn leaves_place(&self, from: Place, to: Place) -> Result<Vec<Entry>, Miss> {
        match from {
            Place::On(v) => self.leaves_vlan(v, to, 0),
            Place::Behind(_, v) if to == Place::On(v) => Err(Miss::OtherRouter(v)),
            Place::Behind(f, v) => self.through(f, to).map(|()| vec![Entry::Leg(f, v)]),
            Place::Vpn(f, kind) => self.through(f, to).map(|()| vec![Entry::Vpns(f, kind)]),
            Place::Itself(_) => Err(Miss::FromFirewall),
            Place::Outside => self.comes_from_outside(to),
        }
    }

    /// Where the networks are that somebody of the file knows, and why pods' own are not among them.
    fn regions(&self) -> Vec<(Ipv4Net, Place)> {
        let mut all: Vec<(Ipv4Net, Place)> = Vec::new();
        for (i, v) in self.t.vlans.iter().enumerate() {
            all.push((v.subnet.v, Place::On(VlanId(i as u32))));
        }
        for f in &self.facts.firewall {
            let Some(name) = &f.name else { continue };
            let id = self.index.firewall(&name.v.0);
            if !id.is_known() {
                continue;
            }
            for v in &f.vpn {
                if let (Some(subnet), Some(kind)) = (&v.subnet, &v.kind) {
                    all.push((subnet.v.0, Place::Vpn(id, kind.v)));
                    let behind = v.peer.iter().flat_map(|p| &p.net);
                    all.extend(behind.map(|n| (n.v.0, Place::Vpn(id, kind.v))));
                }
            }
            for r in &f.route {
                let (Some(net), Some(via)) = (&r.net, &r.via) else { continue };
                let on = self.t.vlans.iter().position(|v| v.subnet.v.contains(&via.v.0));
                if let Some(on) = on {
                    all.push((net.v.0, Place::Behind(id, VlanId(on as u32))));
                }
            }
        }
        all
    }

    /// Where an address is.
    pub fn locate(&self, a: Ipv4Addr) -> Place {
        for (i, f) in self.t.firewalls.iter().enumerate() {
            let nics = f.nodes.iter().flat_map(|n| &self.t.machine(*n).nics).filter_map(|n| n.address);
            if f.legs.iter().filter_map(|l| l.address).chain(nics).any(|own| own.v == a) {
                return Place::Itself(FirewallId(i as u32));
            }
        }
        let inside = |(n, _): &(Ipv4Net, Place)| n.contains(&a);
        // The most exact network: a route may lead to a part of another.
        let regions = self.regions();
        let best = regions.iter().filter(|r| inside(r)).max_by_key(|(n, _)| n.prefix_len());
        best.map_or(Place::Outside, |(_, p)| *p)
    }

    /// The parts of a network by where they are.
    fn split(&self, n: &Net) -> Vec<(Place, Whom)> {
        let net = n.net.v;
        if net.prefix_len() == 32 {
            return vec![(self.locate(net.addr()), Whom::Hosts(vec![n.net.map(|n| n.addr())]))];
        }
        let regions = self.regions();
        let around = regions.iter().filter(|(r, _)| r.contains(&net)).max_by_key(|(r, _)| r.prefix_len());
        let mut all = Vec::new();
        let whole = |place| (place, Whom::Net(n.net, n.except.clone()));
        all.push(around.map_or_else(|| whole(Place::Outside), |(_, p)| whole(*p)));
        for (r, place) in regions.iter().filter(|(r, _)| net.contains(r) && *r != net) {
            if n.except.iter().any(|e| e.v.contains(r)) {
                continue;
            }
            let except = n.except.iter().filter(|e| meet(&e.v, r)).copied().collect();
            all.push((*place, Whom::Net(n.net.map(|_| *r), except)));
        }
        all
    }

    /// The cluster whose pods' range holds all of a network.
    fn pods_of(&self, net: Ipv4Net) -> Option<ClusterId> {
        let at = self.t.clusters.iter().position(|c| c.pods.v.contains(&net))?;
        let c = &self.t.clusters[at];
        let seen = c.layer.cilium.as_ref().is_some_and(|x| x.masquerade.v == Masquerade::Nobody);
        (!seen).then_some(ClusterId(at as u32))
    }

    /// A VLAN without its router's own addresses.
    fn vlan(&self, v: Sp<VlanId>, cx: &mut Cx<'_>) -> Atom {
        let vlan = self.t.vlan(v.v);
        let mut own: Vec<Sp<Ipv4Addr>> = vlan.gateway.into_iter().collect();
        for f in &self.t.firewalls {
            let nics = f.nodes.iter().flat_map(|n| &self.t.machine(*n).nics);
            own.extend(nics.filter(|n| n.vlan.v == v.v).filter_map(|n| n.address));
            own.extend(f.legs.iter().filter(|l| l.vlan.v == v.v).filter_map(|l| l.address));
        }
        own.retain(|a| vlan.subnet.v.contains(&a.v));
        own.sort_by_key(|a| a.v);
        own.dedup_by_key(|a| a.v);
        let parts = own.iter().map(|a| cx.make(single(a.v), ITS_ROUTER, &[a.at])).collect();
        let net = cx.make(vlan.subnet.v, ITS_NET, &[vlan.subnet.at]);
        let stem = format!("vlan_{}", vlan.name.v);
        Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Net(net, parts), at: v.at }
    }

    pub(super) fn hosts(&self, stem: String, zone: (String, usize), mut all: Vec<Sp<Ipv4Addr>>, at: Origin) -> Atom {
        all.sort_by_key(|a| a.v);
        all.dedup_by_key(|a| a.v);
        Atom { stem, zone, whom: Whom::Hosts(all), at }
    }

    /// Addresses of machines by VLAN.
    fn by_vlan(&self, machines: &[MachineId], on: Option<VlanId>) -> BTreeMap<VlanId, Vec<Sp<Ipv4Addr>>> {
        let mut all: BTreeMap<VlanId, Vec<Sp<Ipv4Addr>>> = BTreeMap::new();
        for nic in machines.iter().flat_map(|m| &self.t.machine(*m).nics) {
            if let Some(a) = nic.address.filter(|_| on.is_none_or(|v| v == nic.vlan.v)) {
                all.entry(nic.vlan.v).or_default().push(a);
            }
        }
        all
    }

    fn machines(&self, stem: &str, machines: &[MachineId], on: Option<VlanId>, at: Origin) -> Vec<(Place, Atom)> {
        let by = self.by_vlan(machines, on);
        let count = by.len();
        let mut all = Vec::new();
        for (vlan, list) in by {
            let own =
                if count == 1 && on.is_none() { stem.into() } else { format!("{stem}_{}", self.t.vlan(vlan).name.v) };
            let place = match machines.iter().find_map(|m| match self.t.machine(*m).kind {
                MachineKind::Firewall { firewall } => Some(firewall),
                MachineKind::Single { .. } | MachineKind::Node { .. } => None,
            }) {
                Some(f) => Place::Itself(f),
                None => Place::On(vlan),
            };
            all.push((place, self.hosts(own, (stem.into(), count), list, at)));
        }
        all
    }

    fn group(&self, n: (ClusterId, u32)) -> (String, Vec<MachineId>) {
        let g = &self.t.cluster(n.0).groups[n.1 as usize];
        (format!("nodes_{}", g.name.v), g.nodes.clone())
    }

    fn host_addresses(&self, h: HostId) -> Vec<(VlanId, Sp<Ipv4Addr>)> {
        let host = self.t.host(h);
        let management = self.t.proxmox(host.proxmox).management;
        let mut all: Vec<(VlanId, Sp<Ipv4Addr>)> =
            management.zip(host.address).map(|(v, a)| (v.v, a)).into_iter().collect();
        all.extend(host.addresses.iter().map(|a| (a.vlan.v, a.address)));
        all.retain(|(v, _)| v.is_known());
        all
    }

    /// What a zone is as the other end: where, and which addresses. Pods have none.
    pub fn targets(&self, z: &PolicyZone, cx: &mut Cx<'_>) -> Vec<(Place, Atom)> {
        match z {
            PolicyZone::Vlan(v) => vec![(Place::On(v.v), self.vlan(*v, cx))],
            PolicyZone::Machine(m, on) => {
                let stem = format!("vm_{}", self.t.machine(m.v).name.v);
                let at = named(m.at, *on, cx);
                self.machines(&stem, &[m.v], on.map(|v| v.v), at)
            }
            PolicyZone::Host(h) => {
                let stem = format!("host_{}", self.t.host(h.v).name.v);
                let all = self.host_addresses(h.v);
                let count = all.len();
                let atom = |(v, a): (VlanId, Sp<Ipv4Addr>)| {
                    let own = if count == 1 { stem.clone() } else { format!("{stem}_{}", self.t.vlan(v).name.v) };
                    (Place::On(v), self.hosts(own, (stem.clone(), count), vec![a], h.at))
                };
                all.into_iter().map(atom).collect()
            }
            PolicyZone::Nodes(n) => {
                let (stem, nodes) = self.group(n.v);
                self.machines(&stem, &nodes, None, n.at)
            }
            PolicyZone::Pods(_) => Vec::new(),
            PolicyZone::Net(n) => {
                let parts = self.split(n);
                let stem = net_stem(&n.net.v);
                let count = parts.len();
                let atom = |(i, (place, whom)): (usize, (Place, Whom))| {
                    let own = match &whom {
                        Whom::Net(part, _) if i > 0 => net_stem(&part.v),
                        _ => stem.clone(),
                    };
                    (place, Atom { stem: own, zone: (stem.clone(), count), whom, at: n.net.at })
                };
                parts.into_iter().enumerate().map(atom).collect()
            }
            PolicyZone::Address(a) => {
                let stem = net_stem(&single(a.v));
                vec![(self.locate(a.v), self.hosts(stem.clone(), (stem, 1), vec![*a], a.at))]
            }
            PolicyZone::Name(n) => {
                let stem = format!("name_{}", n.v);
                vec![(
                    Place::Outside,
                    Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Name(n.clone()), at: n.at },
                )]
            }
            PolicyZone::Country(c) => {
                let stem = format!("country_{}", c.v);
                vec![(
                    Place::Outside,
                    Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Country(c.clone()), at: c.at },
                )]
            }
            PolicyZone::Feed(url, every) => {
                let stem = format!("feed_{}", url.v.split("//").nth(1).unwrap_or(&url.v));
                let whom = Whom::Feed(url.clone(), *every);
                vec![(Place::Outside, Atom { stem: stem.clone(), zone: (stem, 1), whom, at: url.at })]
            }
            PolicyZone::Firewall(f) => {
                vec![(
                    Place::Itself(f.v),
                    Atom { stem: "self".into(), zone: ("self".into(), 1), whom: Whom::Itself, at: f.at },
                )]
            }
            PolicyZone::Vpn(f, name) => self.vpn(f.v, name, cx).into_iter().collect(),
            PolicyZone::Api(c) => {
                let cluster = self.t.cluster(c.v);
                let stem = format!("api_{}", cluster.name.v);
                let address = cluster.api.address;
                vec![(self.locate(address.v), self.hosts(stem.clone(), (stem, 1), vec![address], c.at))]
            }
            PolicyZone::Ingress(c) => {
                let cluster = self.t.cluster(c.v);
                let stem = format!("ingress_{}", cluster.name.v);
                let mut by: BTreeMap<Place, Vec<Sp<Ipv4Addr>>> = BTreeMap::new();
                for (_, a) in cluster.layer.ingresses.iter().filter_map(|i| i.address.as_ref()) {
                    by.entry(self.locate(a.v)).or_default().push(*a);
                }
                let count = by.len();
                let atom = |(i, (place, list)): (usize, (Place, Vec<Sp<Ipv4Addr>>))| {
                    let own = if i == 0 { stem.clone() } else { format!("{stem}_{i}") };
                    (place, self.hosts(own, (stem.clone(), count), list, c.at))
                };
                by.into_iter().enumerate().map(atom).collect()
            }
            PolicyZone::Internet(i) => {
                let stem = "internet".to_string();
                vec![(Place::Outside, Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Internet, at: i.at })]
            }
        }
    }

    fn vpn(&self, f: FirewallId, name: &Sp<Name>, cx: &mut Cx<'_>) -> Option<(Place, Atom)> {
        let all = self.facts.firewall.iter().flat_map(|f| &f.vpn);
        let v = all.into_iter().find(|v| v.name.as_ref().is_some_and(|n| n.v.0 == name.v))?;
        let (subnet, kind) = (v.subnet.as_ref()?, v.kind.as_ref()?);
        let net = cx.make(subnet.v.0, ITS_NET, &[subnet.at]);
        let stem = format!("vpn_{}", name.v);
        let atom = Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Net(net, Vec::new()), at: name.at };
        Some((Place::Vpn(f, kind.v), atom))
    }

    /// Where the first packet of a connection from a zone to a place comes in, and with which addresses. A refusal holds for
    /// every address that its source could take; an allowance for the one that it takes.
    pub fn leave(&self, z: &PolicyZone, to: Place, deny: bool, cx: &mut Cx<'_>) -> Leaves {
        match z {
            PolicyZone::Machine(m, on) => {
                let stem = format!("vm_{}", self.t.machine(m.v).name.v);
                let at = named(m.at, *on, cx);
                self.machines_leave(&stem, &[m.v], on.map(|v| v.v), to, deny, at)
            }
            PolicyZone::Nodes(n) => {
                let (stem, nodes) = self.group(n.v);
                self.machines_leave(&stem, &nodes, None, to, deny, n.at)
            }
            PolicyZone::Host(h) => self.host_leaves(h.v, to, h.at),
            PolicyZone::Pods(p) => self.pods_leave(p.cluster, Some(p), to, p.at, cx),
            PolicyZone::Ingress(c) => self.pods_leave(c.v, None, to, c.at, cx),
            PolicyZone::Api(c) => {
                let cluster = self.t.cluster(c.v);
                let masters: Vec<MachineId> = cluster
                    .groups
                    .iter()
                    .filter(|g| g.role.v == NodeRole::ControlPlane)
                    .flat_map(|g| g.nodes.clone())
                    .collect();
                let at = cx.derived(CONTROL_PLANE, &[c.at]);
                self.machines_leave(&format!("masters_{}", cluster.name.v), &masters, None, to, deny, at)
            }
            PolicyZone::Name(_) => Vec::new(),
            PolicyZone::Net(n) if self.pods_of(n.net.v).is_some() => {
                self.pods_of(n.net.v).map(|c| Err(Miss::Hidden(c))).into_iter().collect()
            }
            PolicyZone::Address(a) if self.pods_of(single(a.v)).is_some() => {
                self.pods_of(single(a.v)).map(|c| Err(Miss::Hidden(c))).into_iter().collect()
            }
            PolicyZone::Vlan(_)
            | PolicyZone::Net(_)
            | PolicyZone::Address(_)
            | PolicyZone::Country(_)
            | PolicyZone::Feed(..)
            | PolicyZone::Firewall(_)
            | PolicyZone::Vpn(..)
            | PolicyZone::Internet(_) => {
                let mut all = Leaves::new();
                for (from, atom) in self.targets(z, cx) {
                    match self.leaves_place(from, to) {
                        Ok(entries) => all.extend(entries.into_iter().map(|e| Ok((e, atom.clone())))),
                        Err(miss) => all.push(Err(miss)),
                    }
                }
                all
            }
        }
    }

    /// Where one machine's packet leaves from: its VLAN and address, or why it meets nobody.
    fn machine_leaves(
        &self,
        m: MachineId,
        on: Option<VlanId>,
        to: Place,
        deny: bool,
    ) -> Vec<Result<(VlanId, Sp<Ipv4Addr>), Miss>> {
        let machine = self.t.machine(m);
        if let MachineKind::Firewall { .. } = machine.kind {
            return vec![Err(Miss::FromFirewall)];
        }
        if self.t.incomplete.machines.contains(&m) {
            return vec![Err(Miss::Reported)];
        }
        let able: Vec<&Nic> = machine.nics.iter().filter(|n| !n.bare.v).collect();
        let nics: Vec<&&Nic> = able.iter().filter(|n| on.is_none_or(|v| v == n.vlan.v)).collect();
        let address = |n: &&&&Nic| n.address.map(|a| (n.vlan.v, a)).ok_or(Miss::NoAddress);
        if let Place::Itself(f) = to {
            let near: Vec<_> = nics.iter().filter(|n| self.leg(f, n.vlan.v)).collect();
            if !near.is_empty() {
                return near.iter().map(address).collect();
            }
        }
        let beside = match to {
            Place::On(d) => able.iter().any(|n| n.vlan.v == d).then_some(d),
            Place::Behind(..) | Place::Vpn(..) | Place::Itself(_) | Place::Outside => None,
        };
        // With a leg beside the other end only what is bound to another address, with a route of its own, takes another way.
        let takes = |n: &&&&Nic| match beside {
            Some(d) => on.is_some() && n.vlan.v != d && n.source_route.is_some(),
            None => n.default_via.is_some() || ((deny || on.is_some()) && n.source_route.is_some()),
        };
        let mut all: Vec<_> = nics.iter().filter(takes).collect::<Vec<_>>().iter().map(address).collect();
        if let Some(d) = beside.filter(|_| on.is_none() || all.is_empty()) {
            all.push(Err(if able.len() == 1 { Miss::SameVlan(d) } else { Miss::BothLegs(d) }));
        }
        if all.is_empty() {
            // Who has one leg and says no gateway meets nobody beyond it.
            all.push(Err(Miss::NoAddress));
        }
        all
    }

    pub(super) fn machines_leave(
        &self,
        stem: &str,
        machines: &[MachineId],
        on: Option<VlanId>,
        to: Place,
        deny: bool,
        at: Origin,
    ) -> Leaves {
        let count = self.by_vlan(machines, on).len();
        let mut by: BTreeMap<VlanId, Vec<Sp<Ipv4Addr>>> = BTreeMap::new();
        let mut all = Leaves::new();
        for r in machines.iter().flat_map(|m| self.machine_leaves(*m, on, to, deny)) {
            match r {
                Ok((vlan, address)) => by.entry(vlan).or_default().push(address),
                Err(miss) if all.contains_miss(miss) => {}
                Err(miss) => all.push(Err(miss)),
            }
        }
        for (vlan, list) in by {
            let whole = count == 1 && on.is_none();
            let own = if whole { stem.into() } else { format!("{stem}_{}", self.t.vlan(vlan).name.v) };
            match self.leaves_vlan(vlan, to, 0) {
                Ok(entries) => {
                    let atom = self.hosts(own, (stem.into(), count), list, at);
                    all.extend(entries.into_iter().map(|e| Ok((e, atom.clone()))));
                }
                Err(miss) => all.push(Err(miss)),
            }
        }
        all
    }

    fn host_leaves(&self, h: HostId, to: Place, at: Origin) -> Leaves {
        let stem = format!("host_{}", self.t.host(h).name.v);
        let addresses = self.host_addresses(h);
        let count = addresses.len();
        if addresses.is_empty() {
            return vec![Err(Miss::NoAddress)];
        }
        if let Place::On(d) = to
            && addresses.iter().any(|(v, _)| *v == d)
        {
            return vec![Err(if count == 1 { Miss::SameVlan(d) } else { Miss::BothLegs(d) })];
        }
        let mut all = Leaves::new();
        // The default route of a hypervisor is on its management VLAN, which is first.
        for (vlan, address) in addresses.into_iter().take(1) {
            let own = if count == 1 { stem.clone() } else { format!("{stem}_{}", self.t.vlan(vlan).name.v) };
            match self.leaves_vlan(vlan, to, 0) {
                Ok(entries) => {
                    let atom = self.hosts(own, (stem.clone(), count), vec![address], at);
                    all.extend(entries.into_iter().map(|e| Ok((e, atom.clone()))));
                }
                Err(miss) => all.push(Err(miss)),
            }
        }
        all
    }
}

/// Why an address of a machine: it is named, and its VLAN may be.
fn named(at: Origin, on: Option<Sp<VlanId>>, cx: &mut Cx<'_>) -> Origin {
    on.map_or(at, |v| cx.derived(NAMED_VLAN, &[at, v.at]))
}

/// What an alias of a network is called: its numbers.
fn net_stem(n: &Ipv4Net) -> String {
    if n.prefix_len() == 32 { format!("ip_{}", n.addr()) } else { format!("net_{n}") }
}

trait Misses {
    fn contains_miss(&self, miss: Miss) -> bool;
}

impl Misses for Leaves {
    fn contains_miss(&self, miss: Miss) -> bool {
        self.iter().any(|r| r.as_ref().is_err_and(|m| *m == miss))
    }
}
