//! Pass: Proxmox clusters and hosts, with what a host takes from its cluster.

use super::networks::host_number;
use super::rules::*;
use super::{Cx, Index, or};
use crate::diag::{Diag, code};
use crate::ir::facts::{BondFacts, Facts, HostFacts, ProxmoxFacts};
use crate::ir::*;
use crate::schema::{Apply, BondHash, BondMode, Bridges};
use crate::source::Sp;

/// All clusters and all hosts.
pub fn hypervisors(facts: &Facts, index: &Index, vlans: &[Vlan], cx: &mut Cx<'_>) -> (Vec<Proxmox>, Vec<Host>) {
    let (mut clusters, mut hosts) = (Vec::new(), Vec::new());
    for p in &facts.proxmox {
        let Some(name) = &p.name else { continue };
        let id = index.proxmox(&name.v.0);
        let management = p.management.as_ref().map(|m| Sp::new(index.vlan(&m.v.0), m.at)).filter(|m| m.v.is_known());
        let mut ha_groups: Vec<HaGroup> = p
            .ha_group
            .iter()
            .filter_map(|g| {
                let mut hosts: Vec<_> =
                    g.hosts.iter().map(|h| Sp::new(index.host(&h.v.0), h.at)).filter(|h| h.v.is_known()).collect();
                hosts.sort_by_key(|h| h.v);
                Some(HaGroup { name: g.name.clone()?, hosts })
            })
            .collect();
        ha_groups.sort_by(|a, b| a.name.v.cmp(&b.name.v));
        if let Some(a) = p.apply.filter(|a| a.v == Apply::Restart) {
            let span = cx.span(a.at);
            cx.report(
                Diag::new(code::E0807, "restarting the network service cuts every guest off its bridge")
                    .at(span, "and the SSH session that asked for it")
                    .note("`ifreload -a` changes only what differs; ifdown and ifup of a bridge detach the guests' interfaces (Proxmox VE admin guide 3.4.1)")
                    .help("apply \"reload\""),
            );
        }
        for h in &p.host {
            if let Some(h) = host(p, h, id, management, index, vlans, cx) {
                hosts.push(h);
            }
        }
        clusters.push(Proxmox {
            name: Sp::new(name.v.0.clone(), name.at),
            bridges: or(p.bridges, Bridges::PerVlan, DEFAULT_BRIDGES),
            management,
            gateway: p.gateway.map(|g| g.map(|g| g.0)),
            apply: or(p.apply, Apply::Reload, DEFAULT_APPLY),
            pool: p.pool.clone(),
            endpoint: p.endpoint.clone(),
            ha_groups,
            at: p.at,
        });
    }
    clusters.sort_by(|a: &Proxmox, b| a.name.v.cmp(&b.name.v));
    clusters.dedup_by(|a, b| a.name.v == b.name.v);
    hosts.sort_by(|a: &Host, b| a.name.v.cmp(&b.name.v));
    hosts.dedup_by(|a, b| a.name.v == b.name.v);
    (clusters, hosts)
}

fn host(
    p: &ProxmoxFacts,
    h: &HostFacts,
    id: ProxmoxId,
    management: Option<Sp<VlanId>>,
    index: &Index,
    vlans: &[Vlan],
    cx: &mut Cx<'_>,
) -> Option<Host> {
    let name = h.name.as_ref()?;
    let number = h.host.map(|n| n.map(|n| n.0));
    let address = match (management, number) {
        (Some(m), Some(n)) => {
            let found = vlans.get(m.v.0 as usize).and_then(|v| host_number(v.subnet, n, cx));
            found.map(|a| cx.make(a.v, MANAGED_ON, &[a.at, m.at]))
        }
        _ => None,
    };
    let trunk = h.trunk.clone().or_else(|| p.trunk.clone().map(|t| Sp::new(t.v, cx.derived(CLUSTER_TRUNK, &[t.at]))));
    if trunk.is_none() {
        let span = cx.span(name.at);
        cx.report(
            Diag::new(code::E0206, format!("host {} has no trunk", name.v.0))
                .at(span, "the interface that carries its VLANs is missing")
                .help("add trunk \"eno1\" to the host or to its proxmox"),
        );
    }
    // A bond of the cluster is a host's only while the host's trunk needs it; its own bond of that name replaces it.
    let mut bonds: Vec<Bond> = h.bond.iter().filter_map(|b| bond(b, cx)).collect();
    for b in &p.bond {
        let used = b.name.as_ref().is_some_and(|n| trunk.as_ref().is_some_and(|t| t.v == n.v));
        if used && !bonds.iter().any(|x| Some(&x.name.v) == b.name.as_ref().map(|n| &n.v)) {
            bonds.extend(bond(b, cx));
        }
    }
    bonds.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    let stated = if h.vlans.is_empty() { &p.vlans } else { &h.vlans };
    let mut bridged: Vec<Sp<VlanId>> = if stated.is_empty() {
        vlans.iter().enumerate().map(|(i, v)| cx.make(VlanId(i as u32), ALL_VLANS, &[v.name.at])).collect()
    } else {
        stated.iter().map(|v| Sp::new(index.vlan(&v.v.0), v.at)).filter(|v| v.v.is_known()).collect()
    };
    bridged.sort_by_key(|v| v.v);
    let mut addresses: Vec<RouterAddress> = Vec::new();
    for a in &h.address {
        let Some(vlan) = a.vlan.as_ref().map(|v| Sp::new(index.vlan(&v.v.0), v.at)).filter(|v| v.v.is_known()) else {
            continue;
        };
        let Some(n) = a.host.map(|n| n.map(|n| n.0)).or(number) else { continue };
        if let Some(address) = host_number(vlans[vlan.v.0 as usize].subnet, n, cx) {
            addresses.push(RouterAddress { vlan, address });
        }
    }
    addresses.sort_by_key(|a| a.vlan.v);
    let mut nics: Vec<HostNic> = h
        .nic
        .iter()
        .filter_map(|n| {
            Some(HostNic { name: n.name.clone()?, mtu: or(n.mtu.map(|m| m.map(|m| m.0)), 1500, DEFAULT_MTU) })
        })
        .collect();
    nics.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    Some(Host {
        name: Sp::new(name.v.0.clone(), name.at),
        proxmox: id,
        address,
        trunk,
        bonds,
        vlans: bridged,
        addresses,
        nics,
        clients: Clients::default(),
        at: h.at,
    })
}

fn bond(b: &BondFacts, cx: &mut Cx<'_>) -> Option<Bond> {
    let (name, mode) = (b.name.clone()?, b.mode?);
    if b.ports.len() < 2 && !b.ports.is_empty() && !cx.spoiled.contains(&(b.at, "ports")) {
        let span = cx.span(b.ports.first().map_or(b.at, |p| p.at));
        cx.report(
            Diag::new(code::E0818, format!("bond {} has one port", name.v))
                .at(span, "a bond has two ports at least")
                .help(format!(
                    "ports {}",
                    b.ports
                        .iter()
                        .map(|p| format!("\"{}\"", p.v))
                        .chain(["\"eno2\"".into()])
                        .collect::<Vec<_>>()
                        .join(" ")
                )),
        );
    }
    if let Some(primary) = b.primary.as_ref().filter(|p| !b.ports.iter().any(|x| x.v == p.v)) {
        let (span, at) = (cx.span(primary.at), cx.span(b.at));
        cx.report(
            Diag::new(code::E0818, format!("{} is not a port of bond {}", primary.v, name.v))
                .at(span, "it cannot be the first to work")
                .at(at, "this bond")
                .help(format!("primary \"{}\"", b.ports.first().map_or("eno1".into(), |p| p.v.to_string()))),
        );
    }
    let hash = match (mode.v, b.hash) {
        (BondMode::Lacp, h) => Some(or(h, BondHash::Layer23, DEFAULT_HASH)),
        (BondMode::ActiveBackup, None) => None,
        (BondMode::ActiveBackup, Some(h)) => {
            let (span, at) = (cx.span(h.at), cx.span(mode.at));
            cx.report(
                Diag::new(code::E0818, format!("bond {} spreads nothing", name.v))
                    .at(span, "a hash means something with lacp only")
                    .at(at, "one port works at a time")
                    .help("remove `hash`, or state mode \"lacp\""),
            );
            None
        }
    };
    Some(Bond { name, ports: b.ports.clone(), mode, primary: b.primary.clone(), hash, at: b.at })
}
