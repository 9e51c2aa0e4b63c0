//! Who asks a firewall for names or time, and where: what checks of both services share; a lint changes nothing.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::source::{Origin, Sp};

/// What a firewall is asked for.
#[derive(Copy, Clone)]
pub(super) struct Service {
    /// What it is, in messages.
    pub(super) what: &'static str,
    /// Its word.
    pub(super) word: &'static str,
    /// The word by which clients are told whom to ask.
    pub(super) asks: &'static str,
    /// The addresses that a client asks.
    pub(super) of: fn(&Clients) -> Vec<Sp<Ipv4Addr>>,
    /// The addresses that CoreDNS asks; none of a service that pods do not ask for.
    pub(super) of_pods: fn(&Layer) -> &[Sp<Ipv4Addr>],
    /// The port at which a client asks.
    pub(super) port: u16,
    /// The port at which a firewall answers.
    pub(super) answers: fn(&Firewall) -> Option<Sp<u16>>,
    /// The VLANs that a firewall serves, each where it is said, and the statement; `None` where it serves nobody.
    pub(super) served: fn(&Firewall) -> Option<Stated>,
}

/// Where a firewall serves, and where it says so.
pub(super) struct Stated {
    /// The VLANs, each where it is said.
    pub(super) vlans: Vec<Sp<VlanId>>,
    /// The statement.
    pub(super) at: Origin,
}

/// Somebody who asks.
struct Asker {
    /// The firewall that is asked.
    firewall: FirewallId,
    /// The VLAN by which the question comes.
    by: VlanId,
    /// The VLAN of the address that is asked.
    to: VlanId,
    /// Its name.
    name: String,
    /// Where it is said whom it asks.
    said: Origin,
    /// The client's own statement.
    at: Origin,
}

/// E1162 (RFC fault F4): what a client is told to ask answers it. L1171: who is served asks.
pub(super) fn compare(x: &Lints<'_>, service: Service, sink: &mut Sink) {
    let t = x.topology;
    let askers = askers(t, service);
    for (i, f) in t.firewalls.iter().enumerate().filter(|(_, f)| !f.layer.network.interfaces.is_empty()) {
        let id = FirewallId(i as u32);
        // Whose addresses are wrong is asked at none of them.
        if t.incomplete.firewalls.contains(&id) {
            continue;
        }
        let (vlans, stated) = (service.served)(f).map_or((Vec::new(), None), |s| (s.vlans, Some(s.at)));
        if let (Some(port), Some(a)) =
            ((service.answers)(f).filter(|p| p.v != service.port), askers.iter().find(|a| a.firewall == id))
        {
            sink.report(
                Diag::new(
                    code::E1162,
                    format!(
                        "{} asks firewall {} for {} at port {}, where nobody answers",
                        a.name, f.name, service.what, service.port
                    ),
                )
                .at(x.span(a.said), "asked here")
                .at(x.span(port.at), "the firewall answers at this port alone")
                .help("remove `port`"),
            );
        }
        let mut missing: BTreeMap<VlanId, &Asker> = BTreeMap::new();
        for a in askers.iter().filter(|a| a.firewall == id) {
            // It is asked on the VLAN of the client, and it answers at the address that the client knows.
            for vlan in [a.by, a.to] {
                if !vlans.iter().any(|v| v.v == vlan) {
                    missing.entry(vlan).or_insert(a);
                }
            }
        }
        for (vlan, a) in &missing {
            let name = &t.vlan(*vlan).name;
            let mut all: Vec<&str> =
                vlans.iter().map(|v| v.v).chain(missing.keys().copied()).map(|v| t.vlan(v).name.v.as_str()).collect();
            all.dedup();
            let list = all.iter().map(|v| format!(" \"{v}\"")).collect::<String>();
            sink.report(
                Diag::new(
                    code::E1162,
                    format!(
                        "{} asks firewall {} for {} on VLAN {name}, where it does not serve",
                        a.name, f.name, service.what
                    ),
                )
                .at(x.span(a.said), "asked here")
                .at(
                    x.span(stated.unwrap_or(f.at)),
                    if stated.is_some() { "it serves others" } else { "it serves nobody" },
                )
                .at(x.span(a.at), "this one would wait")
                .help(match f.legs.iter().any(|l| l.vlan.v == *vlan && l.gateway.is_some()) {
                    // On a way out nobody is served: it is asked at another of its addresses.
                    true => format!("{} {{ via \"{}\" }}", service.asks, f.name),
                    false => format!("{} {{ serve{list} }}", service.word),
                }),
            );
        }
        for v in &vlans {
            let given = t.firewalls.iter().flat_map(|f| &f.layer.dhcp).any(|d| d.vlan.v == v.v);
            if given || askers.iter().any(|a| a.firewall == id && (a.by == v.v || a.to == v.v)) {
                continue;
            }
            sink.report(
                Diag::new(
                    code::L1171,
                    format!(
                        "nobody on VLAN {} is told to ask firewall {} for {}",
                        t.vlan(v.v).name,
                        f.name,
                        service.what
                    ),
                )
                .at(x.span(v.at), "served here, and a port is open for it")
                .help("remove it from `serve`, or tell clients: resolve { via … }, time { via … }"),
            );
        }
    }
}

fn askers(t: &Topology, service: Service) -> Vec<Asker> {
    let mut all = Vec::new();
    let leg = |a: Ipv4Addr| {
        t.firewalls.iter().enumerate().find_map(|(i, f)| {
            let l = f.legs.iter().find(|l| l.address.is_some_and(|own| own.v == a))?;
            Some((FirewallId(i as u32), l.vlan.v))
        })
    };
    // A question goes out by the NIC on the VLAN of whom it is for, else by the default route.
    let mut add =
        |asked: Vec<Sp<Ipv4Addr>>, near: &dyn Fn(VlanId) -> bool, far: Option<VlanId>, name: String, at: Origin| {
            for a in asked {
                let Some((firewall, to)) = leg(a.v) else { continue };
                let Some(by) = near(to).then_some(to).or(far) else { continue };
                all.push(Asker { firewall, by, to, name: name.clone(), said: a.at, at });
            }
        };
    for (_, m) in t.machine_ids().filter(|(id, _)| !t.incomplete.machines.contains(id)) {
        let far = m.nics.iter().find(|n| n.default_via.is_some()).map(|n| n.vlan.v);
        let near = |v: VlanId| m.nics.iter().any(|n| n.vlan.v == v && !n.bare.v);
        add((service.of)(&m.clients), &near, far, m.name.to_string(), m.at);
    }
    for h in &t.hosts {
        let managed = t.proxmox(h.proxmox).management.map(|m| m.v);
        let near = |v: VlanId| Some(v) == managed || h.addresses.iter().any(|a| a.vlan.v == v);
        add((service.of)(&h.clients), &near, managed, h.name.to_string(), h.at);
    }
    for (c, layer) in t.layers() {
        let nodes = c.node_network.v;
        add(
            (service.of_pods)(layer).to_vec(),
            &|v| v == nodes,
            Some(nodes),
            format!("CoreDNS of cluster {}", c.name),
            layer.dns.at,
        );
    }
    all
}
