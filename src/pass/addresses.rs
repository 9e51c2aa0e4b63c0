//! Pass: gateways, name and time servers, and who has which address; every address has one owner.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::rules::*;
use super::{Cx, Index};
use crate::diag::{Diag, code};
use crate::ir::facts::Facts;
use crate::ir::*;
use crate::schema::{Domain, Name};
use crate::source::{Origin, Sp};

/// Fills in the gateway of each VLAN, of the hosts and of each NIC.
pub fn gateways(t: &mut Topology, cx: &mut Cx<'_>) {
    for i in 0..t.vlans.len() {
        let id = VlanId(i as u32);
        let (found, who) = match t.vlans[i].router.v {
            Router::Nobody | Router::Reported => continue,
            Router::Upstream(u) => {
                let up = t.upstream(u);
                (up.routers.iter().find(|r| r.vlan.v == id).map(|r| r.address), format!("upstream {}", up.name))
            }
            Router::Firewall(f) => {
                let fw = t.firewall(f);
                (fw.legs.iter().find(|l| l.vlan.v == id).and_then(|l| l.address), format!("firewall {}", fw.name))
            }
            Router::Machine(m) => {
                let machine = t.machine(m);
                (machine.nics.iter().find(|n| n.vlan.v == id).and_then(|n| n.address), machine.name.to_string())
            }
        };
        let excused = match t.vlans[i].router.v {
            Router::Upstream(u) => t.incomplete.upstreams.contains(&u),
            Router::Firewall(f) => t.incomplete.firewalls.contains(&f),
            Router::Machine(m) => t.incomplete.machines.contains(&m),
            Router::Nobody | Router::Reported => true,
        };
        let vlan = &t.vlans[i];
        match found {
            Some(a) => {
                let at = cx.derived(ROUTER_ADDRESS, &[vlan.router.at, a.at]);
                t.vlans[i].gateway = Some(Sp::new(a.v, at));
            }
            None if excused => {}
            None => {
                let (x, at) = (cx.span(vlan.router.at), vlan.name.v.clone());
                let help = match vlan.router.v {
                    Router::Upstream(u) => format!(
                        "upstream \"{}\" {{ router \"{at}\" address=\"{}\" }}",
                        t.upstream(u).name,
                        example(vlan)
                    ),
                    Router::Firewall(_) => format!("add interface \"{at}\" to the firewall"),
                    Router::Machine(_) | Router::Nobody | Router::Reported => format!("add nic \"{at}\" host=1 to it"),
                };
                cx.report(
                    Diag::new(code::E0307, format!("{who} routes VLAN {at} without an address on it"))
                        .at(x, "this is who routes it")
                        .help(help),
                );
            }
        }
    }
    for p in 0..t.proxmoxes.len() {
        let Some(m) = t.proxmoxes[p].management else { continue };
        if t.proxmoxes[p].gateway.is_none() {
            t.proxmoxes[p].gateway = t.vlan(m.v).gateway;
        }
    }
    let vlans = &t.vlans;
    for m in &mut t.machines {
        for nic in &mut m.nics {
            let vlan = &vlans[nic.vlan.v.0 as usize];
            if let Some(d) = nic.default_via {
                nic.default_via = vlan.gateway.map(|g| cx.make(g.v, ROUTER_ADDRESS, &[g.at, d.at]));
                if vlan.gateway.is_none() && matches!(vlan.router.v, Router::Nobody) {
                    let (x, y) = (cx.span(d.at), cx.span(vlan.router.at));
                    cx.report(
                        Diag::new(
                            code::E0337,
                            format!("{} has its default route on VLAN {}, which nobody routes", m.name, vlan.name),
                        )
                        .at(x, "this route leads nowhere")
                        .at(y, "nobody routes it")
                        .help("put default-route=#true on a NIC of a routed VLAN"),
                    );
                }
            }
            nic.source_route = match (nic.source_route.take(), vlan.gateway) {
                // Nobody answers by way of itself.
                (Some(s), Some(g))
                    if !matches!(m.kind, MachineKind::Firewall { .. }) && nic.address.is_none_or(|a| a.v != g.v) =>
                {
                    let at = cx.derived(SOURCE_ROUTING, &[g.at, s.table.at]);
                    Some(SourceRoute { via: Sp::new(g.v, at), table: s.table })
                }
                _ => None,
            };
        }
        // Where nothing else is routed there is nothing to route by source. The NIC of the default route needs it too: a
        // client on another of the machine's VLANs asks through the router, and main would answer it directly.
        let routed = m.nics.iter().filter(|n| vlans[n.vlan.v.0 as usize].gateway.is_some()).count();
        if routed < 2 || !m.nics.iter().any(|n| n.default_via.is_some()) {
            m.nics.iter_mut().for_each(|n| (n.source_route, n.no_source_route) = (None, None));
        }
    }
}

fn example(vlan: &Vlan) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(vlan.subnet.v.network()) + 1)
}

/// Fills in whom hosts and machines ask for names and time.
pub fn clients(facts: &Facts, index: &Index, t: &mut Topology, cx: &mut Cx<'_>) {
    let mut search: Vec<Sp<Domain>> = facts.resolve.as_ref().map(|r| r.search.clone()).unwrap_or_default();
    if search.is_empty()
        && facts.resolve.is_some()
        && let Some(d) = t.meta.as_ref().and_then(|m| m.domain.clone())
    {
        search.push(cx.make(d.v.clone(), SEARCH_DOMAIN, &[d.at]));
    }
    let mut reported = Vec::new();
    let mut on = |vlan: Option<VlanId>, who: &Name, who_at: Origin, t: &Topology, cx: &mut Cx<'_>| -> Clients {
        let Some(vlan) = vlan else { return Clients::default() };
        let mut clients = Clients { search: search.clone(), ..Clients::default() };
        let mut via = |list: &[Sp<crate::schema::ServerRef>], cx: &mut Cx<'_>| -> Vec<Sp<Ipv4Addr>> {
            let mut found = Vec::new();
            for s in list {
                let Some(address) = address_on(&s.v.0, vlan, index, t) else {
                    let excused = t.incomplete.firewalls.contains(&index.firewall(&s.v.0));
                    if known(&s.v.0, index) && !excused && !reported.contains(&(s.at, vlan)) {
                        reported.push((s.at, vlan));
                        let (x, y) = (cx.span(s.at), cx.span(who_at));
                        cx.report(
                            Diag::new(
                                code::E0335,
                                format!(
                                    "{} has no address on VLAN {}, where {who} would ask it",
                                    s.v,
                                    t.vlan(vlan).name
                                ),
                            )
                            .at(x, "asked here")
                            .at(y, format!("{who} has its default route on {}", t.vlan(vlan).name))
                            .help("state an address that everyone reaches: server \"9.9.9.9\""),
                        );
                    }
                    continue;
                };
                found.push(cx.make(address.v, VIA_SERVER, &[s.at, address.at]));
            }
            found
        };
        if let Some(r) = &facts.resolve {
            clients.dns = via(&r.via, cx);
            clients.dns.extend(r.server.iter().map(|a| a.map(|a| a.0)));
        }
        if let Some(r) = &facts.time {
            clients.ntp = via(&r.via, cx).into_iter().map(|a| a.map(|a| Domain(a.to_string().into()))).collect();
            clients.ntp.extend(r.server.iter().cloned());
        }
        clients
    };
    for i in 0..t.machines.len() {
        let m = &t.machines[i];
        if matches!(m.kind, MachineKind::Firewall { .. }) || t.incomplete.machines.contains(&MachineId(i as u32)) {
            continue;
        }
        let nic = m.nics.iter().find(|n| n.default_via.is_some()).or_else(|| m.nics.first());
        let vlan = nic.map(|n| n.vlan.v);
        // A server does not ask itself.
        let c = on(vlan, &m.name.v, m.at, t, cx);
        t.machines[i].clients = c;
    }
    for i in 0..t.hosts.len() {
        let h = &t.hosts[i];
        let vlan = t.proxmox(h.proxmox).management.map(|m| m.v);
        let c = on(vlan, &h.name.v, h.at, t, cx);
        t.hosts[i].clients = c;
    }
}

pub(super) fn known(name: &Name, index: &Index) -> bool {
    index.firewall(name).is_known() || index.upstream(name).is_known() || index.machine(name).is_known()
}

pub(super) fn address_on(name: &Name, vlan: VlanId, index: &Index, t: &Topology) -> Option<Sp<Ipv4Addr>> {
    let (f, u, m) = (index.firewall(name), index.upstream(name), index.machine(name));
    if f.is_known() {
        return t.firewall(f).legs.iter().find(|l| l.vlan.v == vlan)?.address;
    }
    if u.is_known() {
        return t.upstream(u).routers.iter().find(|r| r.vlan.v == vlan).map(|r| r.address);
    }
    if m.is_known() {
        let nics = &t.machine(m).nics;
        // A machine answers on its own VLAN first; routed clients reach it there too.
        return nics
            .iter()
            .find(|n| n.vlan.v == vlan)
            .or_else(|| nics.iter().find(|n| n.default_via.is_some()))
            .and_then(|n| n.address);
    }
    None
}

/// Collects who has which address, and reports addresses with two owners, outside their subnet or in a reservation.
pub fn claims(t: &mut Topology, cx: &mut Cx<'_>) {
    let mut all: Vec<Claim> = Vec::new();
    let mut add = |vlan: VlanId, address: Option<Sp<Ipv4Addr>>, owner: Owner| {
        if let Some(address) = address.filter(|_| vlan.is_known()) {
            all.push(Claim { vlan, address, owner });
        }
    };
    for (i, u) in t.upstreams.iter().enumerate() {
        for r in &u.routers {
            add(r.vlan.v, Some(r.address), Owner::Upstream(UpstreamId(i as u32)));
        }
    }
    for (i, f) in t.firewalls.iter().enumerate() {
        for l in &f.legs {
            add(l.vlan.v, l.address, Owner::Firewall(FirewallId(i as u32)));
        }
        // A node of a pair has an address of its own where it has no NIC, too.
        for x in f.layer.network.interfaces.iter().filter(|x| x.carrier.is_some() && f.nodes.len() > 1) {
            for (node, own) in f.nodes.iter().zip(&x.own) {
                add(x.vlan.v, Some(*own), Owner::Machine(*node));
            }
        }
    }
    for (id, h) in t.host_ids() {
        if let Some(m) = t.proxmox(h.proxmox).management {
            add(m.v, h.address, Owner::Host(id));
        }
        for a in &h.addresses {
            add(a.vlan.v, Some(a.address), Owner::Host(id));
        }
    }
    for (id, m) in t.machine_ids() {
        let single = matches!(m.kind, MachineKind::Firewall { firewall } if firewall.is_known() && t.firewall(firewall).nodes.len() == 1);
        for n in m.nics.iter().filter(|_| !single) {
            add(n.vlan.v, n.address, Owner::Machine(id));
        }
    }
    for (i, c) in t.clusters.iter().enumerate() {
        add(c.node_network.v, Some(c.api.address), Owner::Api(ClusterId(i as u32)));
    }
    for d in t.firewalls.iter().flat_map(|f| &f.layer.dhcp) {
        for r in &d.reservations {
            if let Some(m) = r.machine {
                add(d.vlan.v, Some(r.address), Owner::Machine(m));
            }
        }
    }
    // The API address may lie in another VLAN than the nodes' own: a lint says so, here it must not hide a conflict.
    for c in &mut all {
        if let Owner::Api(_) = c.owner
            && let Some(i) = t.vlans.iter().position(|v| v.subnet.v.contains(&c.address.v))
        {
            c.vlan = VlanId(i as u32);
        }
    }
    all.sort_by(|a, b| (a.vlan, a.address.v, &a.owner).cmp(&(b.vlan, b.address.v, &b.owner)));
    for c in &all {
        let vlan = t.vlan(c.vlan);
        let subnet = vlan.subnet;
        let (x, y) = (cx.span(c.address.at), cx.span(subnet.at));
        let who = t.owner(&c.owner);
        if !subnet.v.contains(&c.address.v) {
            cx.report(
                Diag::new(code::E0302, format!("{} of {who} is not in {} of VLAN {}", c.address, subnet.v, vlan.name))
                    .at(x, "this address")
                    .at(y, "the subnet")
                    .help(format!(
                        "take an address from {} to {}",
                        example(vlan),
                        Ipv4Addr::from(u32::from(subnet.v.broadcast()) - 1)
                    )),
            );
        } else if c.address.v == subnet.v.network() || c.address.v == subnet.v.broadcast() {
            let what = if c.address.v == subnet.v.network() { "network" } else { "broadcast" };
            cx.report(
                Diag::new(code::E0303, format!("{} of {who} is the {what} address of {}", c.address, subnet.v))
                    .at(x, "this address")
                    .at(y, "the subnet")
                    .help(format!(
                        "take an address from {} to {}",
                        example(vlan),
                        Ipv4Addr::from(u32::from(subnet.v.broadcast()) - 1)
                    )),
            );
        }
    }
    for same in all.chunk_by(|a, b| a.vlan == b.vlan && a.address.v == b.address.v).filter(|s| s.len() > 1) {
        let owners: Vec<String> = same.iter().map(|c| t.owner(&c.owner)).collect();
        let mut d = Diag::new(
            code::E0301,
            format!("{} is taken {}: {}", same[0].address, times(same.len()), owners.join(" and ")),
        );
        // The last to come is the one to go to; routers and firewalls come first.
        for (c, who) in same.iter().zip(&owners).rev() {
            d = d.at(cx.span(c.address.at), format!("by {who}"));
        }
        let vlan = t.vlan(same[0].vlan);
        cx.report(d.help(format!("topoc ip next {}", vlan.name)));
    }
    reservations(t, &all, cx);
    t.claims = all;
}

fn times(n: usize) -> &'static str {
    match n {
        2 => "twice",
        3 => "three times",
        _ => "many times",
    }
}

/// What messages call a range that a firewall gives out.
const DHCP_RANGE: &str = "range of";
/// What messages call an address that a firewall gives to one device.
const DHCP_DEVICE: &str = "reservation of";

/// Addresses that are kept.
struct Kept {
    /// What for.
    name: String,
    /// What messages call it.
    kind: &'static str,
    /// Cluster and layer of a pool, or of the pods of a nested cluster; `None` for a reservation.
    pool: Option<(ClusterId, u32)>,
    /// First address.
    from: Ipv4Addr,
    /// Last address.
    to: Ipv4Addr,
    /// Where that is said.
    at: Origin,
}

/// What is kept in each VLAN: reservations, and the pools of load balancers with those that environments change.
fn kept(t: &Topology) -> BTreeMap<VlanId, Vec<Kept>> {
    let mut kept: BTreeMap<VlanId, Vec<Kept>> = BTreeMap::new();
    for (i, v) in t.vlans.iter().enumerate() {
        for r in &v.reserves {
            let own = Kept {
                name: r.name.v.to_string(),
                kind: "reservation",
                pool: None,
                from: r.from.v,
                to: r.to.v,
                at: r.name.at,
            };
            kept.entry(VlanId(i as u32)).or_default().push(own);
        }
    }
    for (i, c) in t.clusters.iter().enumerate() {
        let layers = std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        for (n, p) in (0u32..)
            .zip(layers)
            .flat_map(|(n, l)| l.balancers.iter().flat_map(move |b| b.pools.iter().map(move |p| (n, p))))
        {
            let list = kept.entry(p.vlan.v).or_default();
            // What an environment does not change is the cluster's own pool once more.
            let same =
                |k: &Kept| k.pool.is_some() && k.name == p.name.v.as_str() && k.from == p.from.v && k.to == p.to.v;
            if !list.iter().any(same) {
                let pool = Some((ClusterId(i as u32), n));
                // The statement is the cluster's; what an environment says is its range.
                let at = if n == 0 { p.at } else { p.from.at };
                list.push(Kept { name: p.name.v.to_string(), kind: "pool", pool, from: p.from.v, to: p.to.v, at });
            }
        }
        for n in &c.layer.nested {
            for v in &n.vlans {
                let pool = Some((ClusterId(i as u32), 0));
                let name = format!("pods of {}", n.name.v);
                let own = Kept { name, kind: "range of", pool, from: v.from.v, to: v.to.v, at: v.at };
                kept.entry(v.vlan.v).or_default().push(own);
            }
        }
    }
    for d in t.firewalls.iter().flat_map(|f| &f.layer.dhcp) {
        let list = kept.entry(d.vlan.v).or_default();
        let mut keep = |name: String, kind, from: Ipv4Addr, to, at| {
            list.push(Kept { name, kind, pool: None, from, to, at });
        };
        for (from, to) in &d.ranges {
            keep(format!("DHCP on {}", t.vlan(d.vlan.v).name), DHCP_RANGE, from.v, to.v, from.at);
        }
        for r in d.reservations.iter().filter(|r| r.machine.is_none()) {
            keep(format!("DHCP for {}", r.name), DHCP_DEVICE, r.address.v, r.address.v, r.at);
        }
    }
    kept
}

/// Nobody but those it is for has an address in a reservation. Pools of load balancers are reservations too.
fn reservations(t: &Topology, all: &[Claim], cx: &mut Cx<'_>) {
    let kept = kept(t);
    for c in all {
        for k in kept.get(&c.vlan).into_iter().flatten() {
            let pool = k.pool.is_some();
            if !(k.from..=k.to).contains(&c.address.v) || (!pool && may_use(t, &c.owner, &k.name)) {
                continue;
            }
            let (x, y) = (cx.span(c.address.at), cx.span(k.at));
            let kind = k.kind;
            cx.report(
                Diag::new(code::E0305, format!("{} of {} lies in the {kind} {}", c.address, t.owner(&c.owner), k.name))
                    .at(x, "this address")
                    .at(y, format!("keeps {} to {}", k.from, k.to))
                    .help(format!("topoc ip next {}", t.vlan(c.vlan).name)),
            );
        }
    }
    for (vlan, list) in &kept {
        for (i, a) in list.iter().enumerate() {
            for b in list[..i].iter().filter(|b| a.from <= b.to && b.from <= a.to && clash(t, a, b)) {
                let (x, y) = (cx.span(a.at), cx.span(b.at));
                let mut d = Diag::new(
                    code::E0325,
                    format!("{} and {} keep the same addresses of VLAN {}", a.name, b.name, t.vlan(*vlan).name),
                )
                .at(x, format!("{} to {}", a.from, a.to))
                .at(y, format!("{} to {}", b.from, b.to));
                d = match (a.pool, b.pool) {
                    (Some(_), None) if for_pools(t, b, a) => d.help("let the pool end where its reservation ends"),
                    (Some(_), None) => {
                        d.help("end one before the other starts, or call the reservation \"load-balancers\"")
                    }
                    _ => d.help("end one before the other starts"),
                };
                cx.report(d);
            }
        }
    }
}

/// Whether two that keep the same addresses are in each other's way.
fn clash(t: &Topology, a: &Kept, b: &Kept) -> bool {
    match (a.pool, b.pool) {
        // Two environments of a cluster are two settings of the same nodes: only one is in force.
        (Some((c, n)), Some((d, m))) => c != d || n == m || a.name != b.name && (n == 0 || m == 0),
        (None, None) => !(for_dhcp(a, b) || for_dhcp(b, a)),
        // A pool inside a reservation that was made for it is one fact said twice.
        (Some(_), None) => !(for_pools(t, b, a) && b.from <= a.from && a.to <= b.to),
        (None, Some(_)) => !(for_pools(t, a, b) && a.from <= b.from && b.to <= a.to),
    }
}

/// Whether a reservation was made for what a firewall gives out by DHCP: one fact said twice.
fn for_dhcp(reserve: &Kept, given: &Kept) -> bool {
    let given_out = matches!(given.kind, DHCP_RANGE | DHCP_DEVICE) && reserve.kind == "reservation";
    given_out && reserve.name == "dhcp" && reserve.from <= given.from && given.to <= reserve.to
}

/// Whether a reservation is for a pool: by the name of the pool or of its cluster, or for load balancers at large.
fn for_pools(t: &Topology, reserve: &Kept, pool: &Kept) -> bool {
    let cluster = pool.pool.is_some_and(|(c, _)| t.cluster(c).name.v.as_str() == reserve.name);
    cluster || reserve.name == pool.name || reserve.name == "load-balancers" || reserve.name == "services"
}

/// A reservation is for the kind of thing, the machine, the group or the firewall that it is named after.
fn may_use(t: &Topology, owner: &Owner, reserve: &str) -> bool {
    match owner {
        Owner::Host(h) => reserve == "hypervisors" || reserve == t.host(*h).name.v.as_str(),
        Owner::Upstream(u) => reserve == "routers" || reserve == t.upstream(*u).name.v.as_str(),
        Owner::Firewall(f) => {
            reserve == "routers" || reserve == "firewalls" || reserve == t.firewall(*f).name.v.as_str()
        }
        Owner::Api(c) => reserve == t.cluster(*c).name.v.as_str() || reserve == "api",
        Owner::Machine(m) => {
            let machine = t.machine(*m);
            reserve == machine.name.v.as_str()
                || match &machine.kind {
                    MachineKind::Single { .. } => reserve == "machines",
                    MachineKind::Firewall { firewall } => {
                        reserve == "firewalls"
                            || reserve == "routers"
                            || firewall.is_known() && reserve == t.firewall(*firewall).name.v.as_str()
                    }
                    MachineKind::Node { cluster, group } => {
                        cluster.is_known()
                            && t.clusters
                                .get(cluster.0 as usize)
                                .and_then(|c| c.groups.get(*group as usize))
                                .is_some_and(|g| reserve == g.name.v.as_str())
                            || reserve == "nodes"
                    }
                }
        }
    }
}
