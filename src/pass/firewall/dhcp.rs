//! Pass: addresses that a firewall gives out, and what clients are told with them; spells nothing.

use std::net::Ipv4Addr;

use super::At;
use super::serve::{interface, opening, twice};
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::FirewallDhcpFacts;
use crate::ir::*;
use crate::pass::networks::host_number;
use crate::pass::{Cx, or};
use crate::schema::Label;
use crate::source::{Origin, Sp};

crate::rules! {
    55;
    LEASE = "as long as Kea gives an address when nothing is stated" @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml: valid_lifetime";
    ROUTER = "clients are told the router of their VLAN" @ "RFC 2132 section 3.5";
    DOMAIN = "clients are told the topology's domain" @ "RFC 2132 section 3.17";
    DNS = "clients are told the firewall's address, because it answers names there" @ "RFC 2132 section 3.8";
    NTP = "clients are told the firewall's address, because it tells the time there" @ "RFC 2132 section 8.3";
    RESERVED = "the machine's NIC on the VLAN has this MAC address" @ "language reference";
    PARTNER = "two nodes tell each other of leases, or both would give out one address" @ "Kea administrator reference, High Availability; RFC 9.4";
    PARTNER_PORT = "the port after that of the control agent" @ "OPNsense documentation, Kea: High Availability";
    PARTNER_ASK = "a node takes leases from the other" @ "Kea administrator reference, High Availability";
}

/// The port by which two nodes tell each other of leases: the control agent has 8000.
const PARTNERS_AT: u16 = 8001;

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<FirewallDhcp> {
    let mut all: Vec<FirewallDhcp> = Vec::new();
    let pair = partners(x, cx);
    for d in &x.f.dhcp {
        let Some(vlan) = &d.vlan else { continue };
        let Some(on) = interface(x, &vlan.v.0, vlan.at, "an address", cx) else { continue };
        let id = x.layer.network.interfaces[on.v].vlan.v;
        if let Some(first) = all.iter().find(|f| f.vlan.v == id) {
            twice(&format!("VLAN {}", vlan.v), vlan.at, first.vlan.at, cx);
            continue;
        }
        let said = d.range.len() + d.machine.len() + d.device.len();
        if said == 0 && !cx.spoiled.iter().any(|(at, _)| *at == d.at) {
            let span = cx.span(d.at);
            cx.report(
                Diag::new(code::E1192, format!("nobody on VLAN {} would be given an address", vlan.v))
                    .at(span, "neither a `range` nor a `machine` nor a `device`")
                    .help("range 100 199"),
            );
        }
        let found = subnet(x, d, Sp::new(id, vlan.at), on.v, cx);
        all.push(found);
    }
    all.sort_by_key(|d| d.vlan.v);
    if let Some((interface, vlan, partners)) = pair {
        let zone = |p: &DhcpPartner| PolicyZone::Machine(Sp::new(p.node, p.address.at), Some(vlan));
        let from = OpeningFrom::Zones(partners.iter().map(zone).collect());
        let port = Sp::new(PARTNERS_AT, PARTNER_PORT.origin());
        for (i, d) in all.iter_mut().enumerate() {
            // One rule is for all of them.
            if i == 0 {
                let (key, whom) = ("dhcp-partner".into(), (RuleOn::Interface(interface), from.clone()));
                let about = "Nodes tell each other of addresses that they gave out";
                d.openings.push(opening(key, whom, &[Protocol::Tcp], port, about, d.at, PARTNER_ASK));
            }
            d.partners = partners.clone();
        }
    }
    lifetimes(x, &all, cx);
    all
}

fn subnet(x: &At<'_>, d: &FirewallDhcpFacts, vlan: Sp<VlanId>, interface: usize, cx: &mut Cx<'_>) -> FirewallDhcp {
    let v = x.t.vlan(vlan.v);
    let ours = x.firewall.legs[x.layer.network.interfaces[interface].leg].address;
    let mut ranges = Vec::new();
    for r in &d.range {
        let (Some(from), Some(to)) = (r.from, r.to) else { continue };
        if from.v > to.v {
            let (a, b) = (cx.span(to.at), cx.span(from.at));
            cx.report(
                Diag::new(code::E0324, "the range ends before it starts")
                    .at(a, "it ends here")
                    .at(b, "it starts here")
                    .help(format!("range {} {}", to.v, from.v)),
            );
            continue;
        }
        let number = |n: Sp<crate::schema::Ordinal>, cx: &mut Cx<'_>| host_number(v.subnet, n.map(|n| n.0), cx);
        ranges.extend(number(from, cx).zip(number(to, cx)));
    }
    ranges.sort_by_key(|r| r.0.v);
    let domain = d.domain.clone().or_else(|| {
        let own = x.t.meta.as_ref().and_then(|m| m.domain.clone())?;
        Some(cx.make(own.v, DOMAIN, &[own.at]))
    });
    // Where the firewall serves: its own address there, which a pair shares.
    let mut told = |stated: &[Sp<crate::schema::HostAddress>], serves: Option<Origin>, rule| -> Vec<Sp<Ipv4Addr>> {
        match (stated, serves, ours) {
            ([], Some(at), Some(own)) => vec![cx.make(own.v, rule, &[own.at, at])],
            ([], _, _) => Vec::new(),
            (stated, _, _) => stated.iter().map(|a| a.map(|a| a.0)).collect(),
        }
    };
    let answers = x.layer.dns.as_ref().and_then(|n| {
        let here = n.served.iter().find(|s| s.who == ServedBy::Vlan(interface));
        // A client always asks at the port of the protocol.
        here.filter(|_| n.port.v == 53).map(|s| s.name.at)
    });
    let clock = x.layer.ntp.as_ref().and_then(|n| n.served.iter().find(|s| s.v == interface)).map(|s| s.at);
    let (dns, ntp) = (told(&d.dns, answers, DNS), told(&d.ntp, clock, NTP));
    FirewallDhcp {
        router: v.gateway.map(|g| cx.make(g.v, ROUTER, &[g.at, v.router.at])),
        lease: or(d.lease.map(|l| l.map(|l| l.0)), 4000, LEASE),
        reservations: reservations(x, d, vlan.v, cx),
        vlan,
        interface,
        ranges,
        domain,
        dns,
        ntp,
        partners: Vec::new(),
        openings: Vec::new(),
        at: d.at,
    }
}

fn reservations(x: &At<'_>, d: &FirewallDhcpFacts, vlan: VlanId, cx: &mut Cx<'_>) -> Vec<DhcpReservation> {
    let v = x.t.vlan(vlan);
    let mut all: Vec<DhcpReservation> = Vec::new();
    let mut add = |r: DhcpReservation, cx: &mut Cx<'_>| {
        if let Some(first) = all.iter().find(|f| f.mac.v == r.mac.v) {
            twice(&format!("MAC address {}", r.mac), r.at, first.at, cx);
        } else if let Some(first) = all.iter().find(|f| f.name.v == r.name.v) {
            twice(&format!("{} of VLAN {}", r.name, v.name), r.at, first.at, cx);
        } else {
            all.push(r);
        }
    };
    for m in &d.machine {
        let (Some(name), Some(host)) = (&m.machine, m.host) else { continue };
        let id = x.index.machine(&name.v.0);
        if !id.is_known() || x.t.incomplete.machines.contains(&id) {
            continue;
        }
        let machine = x.t.machine(id);
        let Some(nic) = machine.nics.iter().find(|n| n.vlan.v == vlan && n.dhcp.v) else {
            let (a, b) = (cx.span(name.at), cx.span(machine.at));
            cx.report(
                Diag::new(code::E1169, format!("{} does not ask for an address on VLAN {}", name.v, v.name))
                    .at(a, "it would never get this one")
                    .at(b, "none of its NICs there says dhcp=#true")
                    .help(format!("nic \"{}\" dhcp=#true", v.name)),
            );
            continue;
        };
        let Some(address) = host_number(v.subnet, host.map(|h| h.0), cx) else { continue };
        let mac = cx.make(nic.mac.v, RESERVED, &[name.at, nic.mac.at, nic.dhcp.at]);
        let name = Sp::new(Label(name.v.0.as_str().into()), name.at);
        add(DhcpReservation { name, machine: Some(id), mac, address, at: m.at }, cx);
    }
    for r in &d.device {
        let (Some(name), Some(mac), Some(host)) = (r.name.clone(), r.mac, r.host) else { continue };
        let Some(address) = host_number(v.subnet, host.map(|h| h.0), cx) else { continue };
        add(DhcpReservation { name, machine: None, mac, address, at: r.at }, cx);
    }
    all.sort_by_key(|r| (r.address.v, r.mac.v));
    all
}

/// The nodes of a pair, and where they reach each other: on the VLAN of `sync`, else on that of management. A pair without
/// `sync` is an error of its own, so two servers that do not know of each other never come to be.
fn partners(x: &At<'_>, cx: &mut Cx<'_>) -> Option<(usize, Sp<VlanId>, Vec<DhcpPartner>)> {
    let [_, _] = x.firewall.nodes[..] else { return None };
    let sync = x.f.sync.as_ref().and_then(|s| s.vlan.as_ref()).map(|v| Sp::new(x.index.vlan(&v.v.0), v.at));
    let on = [sync, x.firewall.management].into_iter().flatten().find_map(|vlan| {
        let (n, _) = vlan.v.is_known().then(|| x.on(vlan.v)).flatten()?;
        let node = |id: &MachineId| {
            let nic = x.t.machine(*id).nics.iter().find(|n| n.vlan.v == vlan.v)?;
            Some((*id, nic.address?))
        };
        let nodes: Option<Vec<_>> = x.firewall.nodes.iter().map(node).collect();
        Some((n, vlan, nodes?))
    });
    let (interface, vlan, nodes) = on?;
    let port = Sp::new(PARTNERS_AT, PARTNER_PORT.origin());
    let partners = nodes
        .into_iter()
        .map(|(node, a)| DhcpPartner { node, address: cx.make(a.v, PARTNER, &[a.at, vlan.at]), port })
        .collect();
    Some((interface, vlan, partners))
}

/// E1168: a release that has one lease time for all VLANs is not told two.
fn lifetimes(x: &At<'_>, all: &[FirewallDhcp], cx: &mut Cx<'_>) {
    let Some((first, rest)) = all.split_first().filter(|_| !x.caps.kea_subnet_lifetime) else { return };
    for d in rest.iter().filter(|d| d.lease.v != first.lease.v) {
        let at = |d: &FirewallDhcp| if d.lease.at.rule().is_some() { d.at } else { d.lease.at };
        let (a, b) = (cx.span(at(d)), cx.span(at(first)));
        let line = x.caps.line;
        cx.report(
            Diag::new(code::E1168, format!("OPNsense {line} has one lease time for all VLANs"))
                .at(a, format!("{} seconds here", d.lease))
                .at(b, format!("{} seconds here", first.lease))
                .help("one `lease` for all, or opnsense \"26.7\""),
        );
    }
}
