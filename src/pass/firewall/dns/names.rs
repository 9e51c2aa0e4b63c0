//! Pass: names that a firewall knows by itself: those of the file's own things, stated ones, and public ones with their
//! address inside; spells nothing.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::At;
use super::*;
use crate::ir::facts::{FirewallDnsFacts, InsideFacts};
use crate::pass::rules::{FULL_NAME, HOST_NUMBER};
use crate::schema::{Domain, Label};
use crate::source::Origin;

/// Who says a name.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Says {
    /// The file's own things.
    Own,
    /// A page or an identity server: what people know by a name that is nobody else's.
    Page,
    /// A `record`.
    Record,
    /// An `inside`.
    Inside,
    /// `mail` or `text`: a name may have many.
    Other,
}

struct Names<'a, 'b, 'c> {
    x: &'a At<'b>,
    cx: &'a mut Cx<'c>,
    domain: Option<Sp<Domain>>,
    /// Addresses that machines get by a reservation of this firewall.
    reserved: Vec<(MachineId, Sp<Ipv4Addr>)>,
    all: Vec<(Says, DnsName)>,
}

/// All of them, those that answer for their address first.
pub(super) fn all(x: &At<'_>, d: &FirewallDnsFacts, own: Sp<bool>, cx: &mut Cx<'_>) -> Vec<DnsName> {
    let domain = x.t.meta.as_ref().and_then(|m| m.domain.clone());
    let reserved = reserved(x, cx);
    let mut names = Names { x, cx, domain, reserved, all: Vec::new() };
    if own.v {
        if names.domain.is_some() {
            names.own();
        } else {
            let span = names.cx.span(d.at);
            names.cx.report(
                Diag::new(code::E1165, "hosts and machines have no names in DNS: the topology has no domain")
                    .at(span, "it knows what the file names, each in the topology's domain")
                    .help("topology \"lab\" { domain \"internal.example.net\" }, or own-names #false"),
            );
        }
    }
    names.stated(d);
    names.reverse();
    names.conflicts();
    let mut all: Vec<DnsName> = names.all.into_iter().map(|(_, n)| n).collect();
    let second = |n: &DnsName| !matches!(n.data, DnsData::Address(_, Sp { v: true, .. }));
    all.sort_by(|a, b| (second(a), &a.domain.v, &a.host.v, &a.key).cmp(&(second(b), &b.domain.v, &b.host.v, &b.key)));
    all
}

impl Names<'_, '_, '_> {
    /// Firewalls, hosts, machines, the API of each cluster, and the names that people know identity servers by.
    fn own(&mut self) {
        let t = self.x.t;
        for f in &t.firewalls {
            let inner = |l: &&FirewallLeg| l.gateway.is_none();
            let managed = f.legs.iter().find(|l| f.management.is_some_and(|m| m.v == l.vlan.v));
            let leg = managed.or_else(|| f.legs.iter().find(inner));
            self.thing(&f.name, leg.and_then(|l| l.address), format!("Firewall {}", f.name), f.at);
        }
        for h in &t.hosts {
            self.thing(&h.name, h.address, format!("Proxmox host {}", h.name), h.at);
        }
        for (id, m) in t.machine_ids().filter(|(id, _)| !t.incomplete.machines.contains(id)) {
            let address = self.machine(id);
            self.thing(&m.name, address, format!("Machine {}", m.name), m.at);
        }
        for c in &t.clusters {
            let about = format!("API of cluster {}", c.name);
            self.put(Says::Own, &c.api.name, c.api.address, about, c.api.at);
            // People find the pages by their names, whichever settings of the cluster are in force.
            let layers =
                std::iter::once((None, &c.layer)).chain(c.environments.iter().map(|e| (Some(&e.name), &e.layer)));
            let mut said: Vec<&Domain> = Vec::new();
            for (environment, ui) in layers.filter_map(|(e, l)| Some((e, l.ui.as_ref()?))) {
                let Some((_, address)) = &ui.way.address else { continue };
                let own: Vec<&Page> = ui.pages.iter().filter(|p| !said.contains(&&p.host.v)).collect();
                for p in &own {
                    let about = match environment {
                        None => format!("Page {} of cluster {}", p.of.v, c.name),
                        Some(e) => format!("Page {} of cluster {} in environment {e}", p.of.v, c.name),
                    };
                    self.put(Says::Page, &p.host, *address, about, p.at);
                }
                said.extend(own.iter().map(|p| &p.host.v));
            }
        }
        for i in &t.identities {
            let known = i.machine.v.is_known() && !t.incomplete.machines.contains(&i.machine.v);
            let Some(address) = known.then(|| self.machine(i.machine.v)).flatten() else { continue };
            // The machine's own name stands already.
            let said = |n: &(Says, DnsName)| {
                let there = matches!(&n.1.data, DnsData::Address(a, _) if a.v == address.v);
                n.0 == Says::Own && there && n.1.full() == *i.host.v
            };
            if !self.all.iter().any(said) {
                let about = format!("Identity server {}", i.name.v);
                self.put(Says::Page, &i.host, address, about, i.host.at);
            }
        }
    }

    fn machine(&self, id: MachineId) -> Option<Sp<Ipv4Addr>> {
        let reserved = self.reserved.iter().find(|(r, _)| *r == id).map(|(_, a)| *a);
        let m = self.x.t.machine(id);
        address_of(self.x.t, m).or(reserved).or_else(|| m.nics.iter().find_map(|n| n.address))
    }

    fn thing(&mut self, name: &Sp<Name>, address: Option<Sp<Ipv4Addr>>, about: String, at: Origin) {
        let (Some(domain), Some(address)) = (self.domain.clone(), address) else { return };
        let full = format!("{}.{}", name.v, domain.v);
        let full = self.cx.make(Domain(full.into()), OWN, &[name.at, domain.at]);
        self.put(Says::Own, &full, address, about, at);
    }

    fn put(&mut self, says: Says, full: &Sp<Domain>, address: Sp<Ipv4Addr>, about: String, at: Origin) {
        let key = match says {
            Says::Own | Says::Page | Says::Inside => format!("dns/host/{}", full.v),
            Says::Record | Says::Other => format!("dns/record/{}/{}", full.v, address.v),
        };
        let data = DnsData::Address(address, Sp::new(false, NOT_REVERSE.origin()));
        self.add(says, full, key, data, Sp::new(about, ABOUT.origin()), at);
    }

    fn add(&mut self, says: Says, full: &Sp<Domain>, key: String, data: DnsData, about: Sp<String>, at: Origin) {
        // A name of one label has no domain, and was given the topology's before.
        let Some((host, domain)) = full.v.split_once('.') else { return };
        let host = Sp::new(Label(host.into()), full.at);
        let domain = Sp::new(Domain(domain.into()), full.at);
        self.all.push((says, DnsName { key, host, domain, data, about, at }));
    }

    /// A stated name; one without a dot stands in the topology's domain.
    fn full(&mut self, name: &Sp<Domain>) -> Option<Sp<Domain>> {
        if name.v.contains('.') {
            return Some(name.clone());
        }
        let Some(domain) = self.domain.clone() else {
            let span = self.cx.span(name.at);
            self.cx.report(
                Diag::new(code::E1165, format!("{name} is not a whole name, and the topology has no domain"))
                    .at(span, "a name without a dot stands in the topology's domain")
                    .help(format!("\"{name}.example.net\", or topology \"lab\" {{ domain \"example.net\" }}")),
            );
            return None;
        };
        Some(self.cx.make(Domain(format!("{name}.{}", domain.v).into()), FULL_NAME, &[name.at, domain.at]))
    }

    fn stated(&mut self, d: &FirewallDnsFacts) {
        for r in &d.record {
            let Some(full) = r.name.as_ref().and_then(|n| self.full(n)) else { continue };
            let address = match (r.address, &r.machine, &r.api) {
                (Some(a), None, None) => Some(a.map(|a| a.0)),
                (None, None, Some(c)) => {
                    let id = self.x.index.cluster(&c.v.0);
                    let address = id.is_known().then(|| self.x.t.cluster(id).api.address);
                    address.map(|a| self.cx.make(a.v, API_ADDRESS, &[c.at, a.at]))
                }
                (None, Some(m), None) => {
                    let id = self.x.index.machine(&m.v.0);
                    if !id.is_known() || self.x.t.incomplete.machines.contains(&id) {
                        continue;
                    }
                    let address = self.machine(id);
                    if address.is_none() {
                        let span = self.cx.span(m.at);
                        self.cx.report(
                            Diag::new(code::E1164, format!("{full} has no answer: {} has no fixed address", m.v))
                                .at(span, "it gets another address by DHCP each time")
                                .help(format!("in `dhcp`: machine \"{}\" host=40", m.v)),
                        );
                    }
                    address.map(|a| self.cx.make(a.v, MACHINE_ADDRESS, &[m.at, a.at]))
                }
                _ => {
                    let said = r.address.is_some() || r.machine.is_some();
                    let (what, label) = match said {
                        true => ("more than one answer", "say one of address=, machine= and api="),
                        false => ("no answer", "neither address=, machine= nor api="),
                    };
                    let span = self.cx.span(r.at);
                    self.cx.report(
                        Diag::new(code::E1164, format!("{full} has {what}"))
                            .at(span, label)
                            .help(format!("record \"{full}\" address=\"10.0.0.8\"")),
                    );
                    None
                }
            };
            if let Some(a) = address {
                self.put(Says::Record, &full, a, "Stated in the topology".into(), r.at);
            }
        }
        for i in &d.inside {
            let Some(full) = i.name.as_ref().and_then(|n| self.full(n)) else { continue };
            if let Some(a) = self.inner(i, &full) {
                self.put(Says::Inside, &full, a, "A published name, for those who are inside".into(), i.at);
            }
        }
        for m in &d.mail {
            let (Some(full), Some(server)) = (m.name.as_ref().and_then(|n| self.full(n)), m.server.as_ref()) else {
                continue;
            };
            let Some(server) = self.full(server) else { continue };
            let key = format!("dns/mail/{}/{}", full.v, server.v);
            let rank = or(m.rank.map(|r| r.map(|r| r.0)), 10, RANK);
            self.add(
                Says::Other,
                &full,
                key,
                DnsData::Mail(server, rank),
                Sp::new("Stated in the topology".into(), ABOUT.origin()),
                m.at,
            );
        }
        for x in &d.text {
            let (Some(full), Some(data)) = (x.name.as_ref().and_then(|n| self.full(n)), x.data.clone()) else {
                continue;
            };
            let key = format!("dns/text/{}/{}", full.v, data.v);
            self.add(
                Says::Other,
                &full,
                key,
                DnsData::Text(data),
                Sp::new("Stated in the topology".into(), ABOUT.origin()),
                x.at,
            );
        }
    }

    /// The address that a published name has inside: of a service, of a way in, or stated.
    fn inner(&mut self, i: &InsideFacts, full: &Sp<Domain>) -> Option<Sp<Ipv4Addr>> {
        let t = self.x.t;
        let found: Result<Sp<Ipv4Addr>, (String, Origin, String)> = match (&i.publish, &i.ingress, i.address) {
            (None, None, Some(a)) if i.by.is_none() => Ok(a.map(|a| a.0)),
            (Some(p), None, None) if i.by.is_none() => match t.publishes.iter().find(|s| s.name.v == p.v) {
                Some(s) => Ok(self.cx.make(s.target.v, INSIDE, &[p.at, s.name.at, s.target.at])),
                // One that is stated and not decided was reported.
                None if self.x.facts.publish.iter().any(|s| s.name.as_ref().is_some_and(|n| n.v == p.v)) => {
                    return None;
                }
                None => Err((format!("nothing is published as {}", p.v), p.at, format!("publish \"{}\" {{ … }}", p.v))),
            },
            (None, Some(c), None) => {
                let id = self.x.index.cluster(&c.v.0);
                if !id.is_known() {
                    return None;
                }
                let ways = &t.cluster(id).layer.ingresses;
                let fits = |w: &&Ingress| w.address.is_some() && i.by.is_none_or(|b| b.v == w.by.v);
                let fitting: Vec<&Ingress> = ways.iter().filter(fits).collect();
                match &fitting[..] {
                    [w] => {
                        let address = w.address.as_ref().map(|(_, a)| *a)?;
                        let by = i.by.map(|b| b.at);
                        let from: Vec<Origin> = [Some(c.at), by, Some(address.at)].into_iter().flatten().collect();
                        Ok(self.cx.make(address.v, INSIDE, &from))
                    }
                    [] => Err((
                        format!("no way in of cluster {} has an address for it", c.v),
                        c.at,
                        "address pool=\"services\" host=200, in the cluster's `ingress`".into(),
                    )),
                    [w, ..] => Err((
                        format!("cluster {} has {} ways in", c.v, fitting.len()),
                        c.at,
                        format!("inside \"{full}\" ingress=\"{}\" by=\"{}\"", c.v, w.by),
                    )),
                }
            }
            _ => Err((
                "it is not said whose address that is".into(),
                i.at,
                format!("one of publish=, ingress= and address=: inside \"{full}\" ingress=\"prod\""),
            )),
        };
        found
            .map_err(|(why, at, help)| {
                let span = self.cx.span(at);
                self.cx.report(
                    Diag::new(code::E1166, format!("{full} has no address inside: {why}")).at(span, "here").help(help),
                );
            })
            .ok()
    }

    /// One name for each address: that of the first thing, a stated one where there is no thing.
    fn reverse(&mut self) {
        self.all.sort_by(|(a, x), (b, y)| {
            let rank = |s: &Says| matches!(s, Says::Record);
            match (rank(a), rank(b)) {
                (true, true) => x.key.cmp(&y.key),
                (a, b) => a.cmp(&b),
            }
        });
        let mut taken = BTreeSet::new();
        for (says, n) in &mut self.all {
            let DnsData::Address(address, reverse) = &mut n.data else { continue };
            *reverse = match says {
                Says::Inside => Sp::new(false, INSIDE_NOT_REVERSE.origin()),
                _ if taken.insert(address.v) => Sp::new(true, REVERSE.origin()),
                _ => Sp::new(false, NOT_REVERSE.origin()),
            };
        }
    }

    /// A name has one answer, but for stated ones that are meant to have several.
    fn conflicts(&mut self) {
        let mut reports = Vec::new();
        let mut drop = BTreeSet::new();
        for (i, (b, second)) in self.all.iter().enumerate() {
            for (j, (a, first)) in self.all[..i].iter().enumerate() {
                if drop.contains(&j) || first.full() != second.full() {
                    continue;
                }
                let same = first.key == second.key;
                match (&first.data, &second.data) {
                    (DnsData::Address(x, _), DnsData::Address(y, _)) => {
                        // An API with the name of a machine is another pass's report.
                        let both_own = *a == Says::Own && *b == Says::Own;
                        let many = *a == Says::Record && *b == Says::Record && x.v != y.v;
                        if !many && !both_own {
                            reports.push((second.full(), x.v, y.v, first.at, second.at));
                        }
                        if !many {
                            drop.insert(i);
                        }
                    }
                    (x, y) if same && std::mem::discriminant(x) == std::mem::discriminant(y) => {
                        let (a, b) = (first.at, second.at);
                        twice(&second.full(), b, a, self.cx);
                        drop.insert(i);
                    }
                    _ => {}
                }
            }
        }
        for (name, first, second, a, b) in reports {
            let (x, y) = (self.cx.span(b), self.cx.span(a));
            let d = match first == second {
                true => Diag::new(code::E1164, format!("{name} is known already")).at(x, "said again here"),
                false => Diag::new(code::E1164, format!("{name} has two answers: {first} and {second}"))
                    .at(x, "one would be given by chance"),
            };
            self.cx.report(d.at(y, "first here").help("keep one of the two"));
        }
        let mut n = 0..;
        self.all.retain(|_| !drop.contains(&n.next().unwrap_or_default()));
    }
}

/// The fixed address that a machine is called at: a node's on the node network, a firewall node's on the VLAN of management, and
/// of all others that on the VLAN of the default route.
fn address_of(t: &Topology, m: &Machine) -> Option<Sp<Ipv4Addr>> {
    let on = |vlan: VlanId| m.nics.iter().find(|n| n.vlan.v == vlan).and_then(|n| n.address);
    let first = match &m.kind {
        MachineKind::Node { cluster, .. } if cluster.is_known() => {
            t.clusters.get(cluster.0 as usize).and_then(|c| on(c.node_network.v))
        }
        MachineKind::Firewall { firewall } if firewall.is_known() => {
            t.firewall(*firewall).management.and_then(|v| on(v.v))
        }
        MachineKind::Single { .. } | MachineKind::Node { .. } | MachineKind::Firewall { .. } => None,
    };
    first.or_else(|| m.nics.iter().find(|n| n.default_via.is_some()).and_then(|n| n.address))
}

/// Addresses that machines get by a reservation of this firewall.
fn reserved(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<(MachineId, Sp<Ipv4Addr>)> {
    let mut all = Vec::new();
    for d in &x.f.dhcp {
        let Some(vlan) = d.vlan.as_ref().map(|v| x.index.vlan(&v.v.0)).filter(|v| v.is_known()) else { continue };
        let subnet = x.t.vlan(vlan).subnet;
        for m in &d.machine {
            let (Some(name), Some(host)) = (&m.machine, m.host) else { continue };
            // A number that the subnet does not have is reported where addresses are given out.
            let address = u32::from(subnet.v.network()).checked_add(host.v.0).map(Ipv4Addr::from);
            if let Some(a) = address.filter(|a| subnet.v.contains(a)) {
                all.push((x.index.machine(&name.v.0), cx.make(a, HOST_NUMBER, &[host.at, subnet.at])));
            }
        }
    }
    all
}
