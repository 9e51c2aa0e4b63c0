//! Lints of networks: routers, gateways, public addresses, ranges.

use super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{AnnounceMode, ApiHolder, Delivery, Verdict};
use crate::source::Origin;

/// E0304: every address belongs to one subnet.
pub fn overlapping_subnets(x: &Lints<'_>, sink: &mut Sink) {
    let mut all: Vec<&Vlan> = x.topology.vlans.iter().collect();
    all.sort_by_key(|v| (v.subnet.v.network(), v.subnet.v.prefix_len()));
    // Sorted like this, a subnet lies in an earlier one or beside all of them; the nearest that holds it is named.
    for (i, b) in all.iter().enumerate() {
        if let Some(a) = all[..i].iter().rev().find(|a| a.subnet.v.contains(&b.subnet.v.network())) {
            sink.report(
                Diag::new(
                    code::E0304,
                    format!("{} of VLAN {} overlaps {} of VLAN {}", b.subnet.v, b.name, a.subnet.v, a.name),
                )
                .at(x.span(b.subnet.at), "this subnet")
                .at(x.span(a.subnet.at), "and this one")
                .help("give one of them another subnet"),
            );
        }
    }
}

/// Who has an address of a router on a VLAN: upstreams, and firewalls but for their way out.
fn routers(x: &Lints<'_>, id: VlanId) -> Vec<(String, Origin)> {
    let t = x.topology;
    // A way out whose upstream nobody knows is none of the firewall's inner interfaces.
    let out =
        |l: &FirewallLeg| l.gateway.is_some() || x.facts.firewall.iter().flat_map(|f| &f.wan).any(|w| w.at == l.at);
    let mut all = Vec::new();
    for u in &t.upstreams {
        for r in u.routers.iter().filter(|r| r.vlan.v == id) {
            all.push((format!("upstream {} as {}", u.name, r.address), r.vlan.at));
        }
    }
    for f in &t.firewalls {
        for l in f.legs.iter().filter(|l| l.vlan.v == id && !out(l)) {
            let address = l.address.map_or("DHCP".into(), |a| a.to_string());
            all.push((format!("firewall {} as {address}", f.name), l.vlan.at));
        }
    }
    all
}

/// E0308: a VLAN has one router (RFC faults N5 and, where they share an address, A1).
pub fn two_routers(x: &Lints<'_>, sink: &mut Sink) {
    for (i, v) in x.topology.vlans.iter().enumerate() {
        let all = routers(x, VlanId(i as u32));
        if all.len() < 2 || matches!(v.router.v, Router::Nobody) {
            continue;
        }
        let names: Vec<&str> = all.iter().map(|(n, _)| n.as_str()).collect();
        let mut d =
            Diag::new(code::E0308, format!("VLAN {} has {} routers: {}", v.name, all.len(), names.join(" and ")));
        for (name, at) in all.iter().rev() {
            d = d.at(x.span(*at), name.clone());
        }
        sink.report(
            d.at(x.span(v.router.at), "said to route it")
                .note("answers take the other router than questions, and the firewall drops what it saw half of")
                .help("keep one: remove the other's `router` or `interface`"),
        );
    }
    for v in &x.topology.vlans {
        let Router::Firewall(f) = v.router.v else { continue };
        let f = x.topology.firewall(f);
        let on = |l: &&FirewallLeg| x.topology.vlan(l.vlan.v).name.v == v.name.v;
        let Some((leg, beyond)) = f.legs.iter().find(on).and_then(|l| Some((l, l.gateway?))) else { continue };
        let upstream = &x.topology.upstream(beyond.v).name;
        sink.report(
            Diag::new(code::E0308, format!("firewall {} routes VLAN {}, its own way out", f.name, v.name))
                .at(x.span(v.router.at), "said to route it")
                .at(x.span(beyond.at), "said to be the router beyond it")
                .at(x.span(leg.at), "this way out")
                .note("who is on it would send everything to the firewall, and the firewall would send it back")
                .help(format!("routed-by=\"{upstream}\"")),
        );
    }
}

/// E0309: what nobody routes has no router on it (RFC fault N8).
pub fn isolated_vlans(x: &Lints<'_>, sink: &mut Sink) {
    for (i, v) in x.topology.vlans.iter().enumerate().filter(|(_, v)| matches!(v.router.v, Router::Nobody)) {
        for (name, at) in routers(x, VlanId(i as u32)) {
            sink.report(
                Diag::new(code::E0309, format!("VLAN {} is isolated, yet {name} is on it", v.name))
                    .at(x.span(at), "a router interface")
                    .at(x.span(v.router.at), "nobody routes it")
                    .help("remove the interface, or say who routes the VLAN"),
            );
        }
    }
}

/// E0312: a default route leads through a VLAN that may reach the Internet (RFC fault N4).
pub fn internet_flags(x: &Lints<'_>, sink: &mut Sink) {
    for (i, v) in x.topology.vlans.iter().enumerate().filter(|(_, v)| !v.internet.v) {
        let id = VlanId(i as u32);
        let users: Vec<(&Machine, Origin)> = x
            .topology
            .machines
            .iter()
            .filter_map(|m| {
                m.nics
                    .iter()
                    .find(|n| n.vlan.v == id && n.default_via.is_some())
                    .map(|n| (m, n.default_via.map_or(n.at, |d| d.at)))
            })
            .collect();
        let Some((first, at)) = users.first() else { continue };
        let who = if users.len() == 1 { format!("of {}", first.name) } else { format!("of {} machines", users.len()) };
        let span = x
            .causes
            .get(*at)
            .map_or(first.at, |_| first.nics.iter().find(|n| n.vlan.v == id).map_or(first.at, |n| n.at));
        sink.report(
            Diag::new(
                code::E0312,
                format!("VLAN {} may not reach the Internet, yet carries the default route {who}", v.name),
            )
            .at(x.span(not_allowed(v)), no(v))
            .at(x.span(span), format!("the default route of {}", first.name))
            .help(format!("internet=#true on VLAN {}, or default-route=#true on another NIC", v.name)),
        );
    }
}

/// E0312: a VLAN reaches the Internet by a way out that does, where its firewall has any.
pub fn internet_by_no_way(x: &Lints<'_>, sink: &mut Sink) {
    for (i, f) in x.topology.firewalls.iter().enumerate() {
        let ways: Vec<&FirewallLeg> = f.legs.iter().filter(|l| l.gateway.is_some()).collect();
        let Some(first) = ways.first().filter(|_| !x.topology.incomplete.firewalls.contains(&FirewallId(i as u32)))
        else {
            continue;
        };
        if ways.iter().any(|l| x.topology.vlan(l.vlan.v).internet.v) {
            continue;
        }
        let routed = |v: &&Vlan| matches!(v.router.v, Router::Firewall(by) if by.0 == i as u32) && v.internet.v;
        let Some(behind) = x.topology.vlans.iter().find(routed) else { continue };
        let way = x.topology.vlan(first.vlan.v);
        sink.report(
            Diag::new(
                code::E0312,
                format!(
                    "VLAN {} may not reach the Internet, yet is the way out of firewall {} for VLAN {}, which may",
                    way.name, f.name, behind.name
                ),
            )
            .at(x.span(not_allowed(way)), no(way))
            .at(x.span(first.at), "this way out")
            .at(x.span(behind.internet.at), "behind it: yes")
            .help(format!("internet=#true on VLAN {}, or on none behind it", way.name)),
        );
    }
}

/// E0312: what is said of the Internet in `allow` and `expect` is not denied by the VLAN itself.
pub fn internet_said_otherwise(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let outside = |z: &PolicyZone| matches!(z, PolicyZone::Internet(_) | PolicyZone::Country(_));
    let expected = t.expects.iter().filter(|e| e.verdict.v == Verdict::Allow);
    let said = t.allows.iter().map(|a| (&a.name, &a.from, &a.to));
    let mut seen: Vec<VlanId> = Vec::new();
    for (name, from, to) in said.chain(expected.map(|e| (&e.name, &e.from, &e.to))) {
        let Some(net) = to.iter().find(|z| outside(z)) else { continue };
        for z in from {
            let PolicyZone::Vlan(v) = z else { continue };
            let vlan = t.vlan(v.v);
            // Where nobody routes it there is no way anywhere, and a rule says so.
            if vlan.internet.v || matches!(vlan.router.v, Router::Nobody | Router::Reported) || seen.contains(&v.v) {
                continue;
            }
            seen.push(v.v);
            sink.report(
                Diag::new(
                    code::E0312,
                    format!("VLAN {} may not reach the Internet, yet \"{}\" says that it does", vlan.name, name.v.0),
                )
                .at(x.span(not_allowed(vlan)), no(vlan))
                .at(x.span(v.at), "allowed from here")
                .at(x.span(net.at()), "to there")
                .help(format!("internet=#true on VLAN {}, or take it out of \"{}\"", vlan.name, name.v.0)),
            );
        }
    }
}

/// Where it is said that a VLAN does not reach the Internet: the VLAN itself when nothing is.
fn not_allowed(v: &Vlan) -> Origin {
    if v.internet.at.rule().is_some() { v.at } else { v.internet.at }
}

fn no(v: &Vlan) -> &'static str {
    if v.internet.at.rule().is_some() { "not stated: no" } else { "no" }
}

/// L0313: hosts and machines of a VLAN share a gateway (RFC fault N1).
pub fn split_gateways(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.topology.proxmoxes {
        let (Some(m), Some(g)) = (p.management, p.gateway) else { continue };
        let vlan = x.topology.vlan(m.v);
        if let Some(v) = vlan.gateway.filter(|v| v.v != g.v) {
            sink.report(
                Diag::new(code::L0313, format!("hosts leave VLAN {} by {}, machines by {}", vlan.name, g.v, v.v))
                    .at(x.span(g.at), "the hosts' gateway")
                    .at(x.span(vlan.router.at), "routes the VLAN")
                    .note("what the hosts send never passes the firewall")
                    .help(format!("gateway \"{}\"", v.v)),
            );
        }
    }
}

/// E0314, E0315, E0330: public addresses get here in a stated way that works (RFC fault A5).
pub fn public_addresses(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.topology.public {
        for (from, to) in &p.ranges {
            if from.v > to.v {
                sink.report(
                    Diag::new(code::E0324, format!("the range ends at {} before it starts at {}", to.v, from.v))
                        .at(x.span(to.at), "it ends here")
                        .at(x.span(from.at), "it starts here")
                        .help(format!("range \"{}\" \"{}\"", to.v, from.v)),
                );
            }
            if let Some(v) =
                x.topology.vlans.iter().find(|v| v.subnet.v.contains(&from.v) || v.subnet.v.contains(&to.v))
                && p.how.is_some_and(|h| h.v != Delivery::Alias)
            {
                sink.report(
                    Diag::new(code::E0304, format!("{} is inside VLAN {}", from.v, v.name))
                        .at(x.span(from.at), "a public address")
                        .at(x.span(v.subnet.at), "this subnet")
                        .help(
                            match x
                                .topology
                                .firewalls
                                .iter()
                                .flat_map(|f| f.legs.first())
                                .any(|l| l.gateway.is_some() && x.topology.vlan(l.vlan.v).name.v == v.name.v)
                            {
                                true => "delivered \"alias\"",
                                false => "one of the two is wrong: give the range or the VLAN other addresses",
                            },
                        ),
                );
            }
        }
        let Some(how) = p.how else {
            // What is said and cannot be read was reported.
            if x.facts.public_addresses.iter().any(|f| f.at == p.at && f.delivered.is_some()) {
                continue;
            }
            let mut d = Diag::new(code::E0314, "it is not said how the public addresses reach us")
                .at(x.span(p.at), "routed, as aliases, or translated one to one?");
            if let Some((wan, f)) =
                x.topology.firewalls.iter().find_map(|f| f.legs.first().filter(|l| l.gateway.is_some()).map(|l| (l, f)))
                && let Some((from, to)) = p.ranges.first()
            {
                let vlan = x.topology.vlan(wan.vlan.v);
                if !vlan.subnet.v.contains(&from.v) {
                    d = d.at(
                        x.span(vlan.subnet.at),
                        format!("{} to {} is not inside the WAN of {}", from.v, to.v, f.name),
                    );
                }
            }
            let to = x.topology.firewalls.first().map_or(String::new(), |f| format!(" to=\"{}\"", f.name));
            sink.report(d.help(format!("delivered \"routed\"{to}")));
            continue;
        };
        let Some(f) = p.to.filter(|f| f.v.is_known()).map(|f| (x.topology.firewall(f.v), f.at)) else { continue };
        let Some((_, wan)) = p.leg(f.0) else { continue };
        let vlan = x.topology.vlan(wan.vlan.v);
        if wan.address.is_none() && wan.dhcp.is_some_and(|d| d.v) {
            sink.report(
                Diag::new(code::E0330, format!("the WAN of {} has its address by DHCP", f.0.name))
                    .at(x.span(wan.at), "this address may change")
                    .at(x.span(how.at), "and public addresses are delivered to it")
                    .help(format!(
                        "state it: address=\"{}\"",
                        std::net::Ipv4Addr::from(u32::from(vlan.subnet.v.broadcast()) - 1)
                    )),
            );
        }
        match how.v {
            Delivery::Alias => {
                for (from, to) in
                    p.ranges.iter().filter(|(a, b)| !vlan.subnet.v.contains(&a.v) || !vlan.subnet.v.contains(&b.v))
                {
                    sink.report(
                        Diag::new(code::E0315, format!("{} to {} is not inside {}, the subnet of the WAN", from.v, to.v, vlan.subnet.v))
                            .at(x.span(from.at), "these addresses")
                            .at(x.span(vlan.subnet.at), "the WAN's subnet")
                            .note("an alias outside its subnet is never asked for: the upstream router sends no ARP for it there")
                            .help("delivered \"routed\" or \"one-to-one\""),
                    );
                }
            }
            Delivery::Routed | Delivery::OneToOne => {}
        }
    }
}

/// E0316: pods and services have addresses that nothing else has.
pub fn cluster_ranges(x: &Lints<'_>, sink: &mut Sink) {
    let mut all: Vec<(String, ipnet::Ipv4Net, Origin)> = Vec::new();
    for c in &x.topology.clusters {
        all.push((format!("pods of {}", c.name), c.pods.v, c.pods.at));
        all.push((format!("services of {}", c.name), c.services.v, c.services.at));
        if c.per_node.v <= c.pods.v.prefix_len() {
            sink.report(
                Diag::new(code::E0316, format!("a /{} a node does not fit into {}", c.per_node.v, c.pods.v))
                    .at(x.span(c.per_node.at), "each node's share")
                    .at(x.span(c.pods.at), "all pods")
                    .help(format!("per-node={}, or a larger net for the pods", (c.pods.v.prefix_len() + 4).min(30))),
            );
        } else {
            let nodes: u64 = c.groups.iter().map(|g| g.nodes.len() as u64).sum();
            let room = 1u64 << (c.per_node.v - c.pods.v.prefix_len());
            if nodes > room {
                sink.report(
                    Diag::new(code::E0316, format!("{} holds {room} nodes, {} has {nodes}", c.pods.v, c.name))
                        .at(x.span(c.pods.at), "all pods")
                        .help("take a larger net, or a smaller share a node"),
                );
            }
        }
    }
    let overlap = |a: &ipnet::Ipv4Net, b: &ipnet::Ipv4Net| a.contains(&b.network()) || b.contains(&a.network());
    for (i, (who, net, at)) in all.iter().enumerate() {
        for (other, o, o_at) in &all[..i] {
            if overlap(net, o) {
                sink.report(
                    Diag::new(code::E0316, format!("{net} of the {who} overlaps {o} of the {other}"))
                        .at(x.span(*at), "this range")
                        .at(x.span(*o_at), "and this one")
                        .help("give one of them another range"),
                );
            }
        }
        for v in x.topology.vlans.iter().filter(|v| overlap(&v.subnet.v, net)) {
            sink.report(
                Diag::new(code::E0316, format!("{net} of the {who} overlaps {} of VLAN {}", v.subnet.v, v.name))
                    .at(x.span(*at), "this range")
                    .at(x.span(v.subnet.at), "and this subnet")
                    .help("give the cluster another range"),
            );
        }
    }
}

/// E0323: what is published leads to an address that something has (RFC fault A4).
pub fn unpinned_targets(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.facts.publish {
        let Some(to) = p.to.as_ref().and_then(|t| t.address) else { continue };
        if x.topology.claims.iter().any(|c| c.address.v == to.v.0) {
            continue;
        }
        let mut pools = x.facts.cluster.iter().flat_map(|c| &c.load_balancer).flat_map(|l| &l.pool);
        let inside = |pool: &crate::ir::facts::PoolFacts, number: Option<u32>| {
            let vlan = x.topology.vlans.iter().find(|v| pool.vlan.as_ref().is_some_and(|r| r.v.0 == v.name.v))?;
            let base = u32::from(vlan.subnet.v.network());
            let n = u32::from(to.v.0).checked_sub(base)?;
            let r = pool.range.as_ref()?;
            Some(number.is_none_or(|k| k == n) && n >= r.from?.v.0 && n <= r.to?.v.0)
        };
        let ways = x.facts.cluster.iter().flat_map(|c| &c.ingress).filter_map(|i| i.address.as_ref());
        let pages = x.facts.cluster.iter().flat_map(|c| &c.ui).filter_map(|u| u.address.as_ref());
        let pinned = ways.chain(pages).any(|a| {
            let (Some(pool), Some(host)) = (&a.pool, a.host) else { return false };
            let mut found = x
                .facts
                .cluster
                .iter()
                .flat_map(|c| &c.load_balancer)
                .flat_map(|l| &l.pool)
                .filter(|p| p.name.as_ref().is_some_and(|n| n.v.0 == pool.v.0));
            found.any(|p| inside(p, Some(host.v.0)) == Some(true))
        });
        if pinned {
            continue;
        }
        let pool = pools.find(|p| inside(p, None) == Some(true));
        let mut d = Diag::new(code::E0323, format!("nothing has the address {}, which is published", to.v))
            .at(x.span(to.at), "traffic is sent here");
        if let Some(pool) = pool {
            d = d.at(x.span(pool.at), "a pool gives it to any service that asks");
        }
        if let Some(i) = x.facts.cluster.iter().flat_map(|c| &c.ingress).next() {
            d = d.at(x.span(i.at), "this ingress does not ask for it");
        }
        let vlan = x.topology.vlans.iter().find(|v| v.subnet.v.contains(&to.v.0));
        let host = vlan.map_or(0, |v| u32::from(to.v.0) - u32::from(v.subnet.v.network()));
        sink.report(d.help(match pool.and_then(|p| p.name.as_ref()) {
            Some(name) => format!("pin it in the ingress: address pool=\"{}\" host={host}", name.v.0),
            None => "publish an address that a machine or a pinned service has".into(),
        }));
    }
}

/// E0320: answers leave by the VLAN that questions came in by (RFC fault N2).
pub fn asymmetric_paths(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let vip = x.topology.vlans.iter().position(|v| v.subnet.v.contains(&c.api.address.v)).map(|i| VlanId(i as u32));
        let layers = std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        let pools = layers.flat_map(|l| &l.balancers).flat_map(|b| {
            // With BGP, clients come by the VLAN of the router that was told; only a firewall needs the answer too, and the
            // source of that is an address of the pool, which no rule of that VLAN fits.
            let routers = b.bgp.iter().flat_map(|g| &g.peers).filter_map(|p| {
                let legs = || x.topology.firewalls.iter().flat_map(|f| &f.legs);
                let leg = legs().find(|l| l.address.is_some_and(|a| a.v == p.address.v))?;
                let fits = b.pools.iter().all(|k| k.vlan.v == leg.vlan.v);
                Some((leg.vlan.v, p.address.at, !fits, Some(&p.nodes)))
            });
            let own = b
                .pools
                .iter()
                .filter(|_| b.mode.v == AnnounceMode::L2)
                .map(|p| (p.vlan.v, p.vlan.at, false, Some(&b.nodes)));
            own.chain(routers).collect::<Vec<_>>()
        });
        let mut seen = Vec::new();
        for (vlan, at, told, by) in vip.map(|v| (v, c.api.address.at, false, None)).into_iter().chain(pools) {
            if seen.contains(&(vlan, told)) {
                continue;
            }
            seen.push((vlan, told));
            for g in &c.groups {
                let Some(first) = g.nodes.first() else { continue };
                // Clients come in by nodes that announce; others answer through those.
                if by.is_some_and(|a| !a.nodes.iter().any(|m| m.v == *first)) {
                    continue;
                }
                let m = x.topology.machine(*first);
                let Some(default) = m.nics.iter().find(|n| n.default_via.is_some()) else { continue };
                let Some(nic) = m.nics.iter().find(|n| n.vlan.v == vlan && !n.bare.v) else { continue };
                if default.vlan.v == vlan
                    || nic.source_route.is_some() && !told
                    || matches!(x.topology.vlan(vlan).router.v, Router::Nobody)
                {
                    continue;
                }
                let (v, d) = (x.topology.vlan(vlan), x.topology.vlan(default.vlan.v));
                sink.report(
                    Diag::new(code::E0320, format!("clients reach {} on VLAN {}, answers leave by VLAN {}", g.name, v.name, d.name))
                        .at(x.span(nic.at), if told { "its source routing knows its own VLAN only" } else { "no source routing" })
                        .at(x.span(default.at), "the default route")
                        .at(x.span(at), "clients come in here")
                        .note("the firewall saw no question and drops the answer; Linux drops it too where rp_filter is strict")
                        .help(match told {
                            true => format!("the firewall's address on VLAN {} as the peer, or default-route=#true on VLAN {}", d.name, v.name),
                            false => format!("source-routing=#true on this NIC, or default-route=#true on VLAN {}", v.name),
                        }),
                );
                break;
            }
        }
    }
}

/// E0321, E0322: the nodes' own address, the traffic between pods and the API address share a VLAN (RFC fault K1).
pub fn node_networks(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.facts.cluster {
        let (Some(node), Some(pod)) = (&f.node_network, &f.pod_network) else { continue };
        if node.v.0 != pod.v.0 {
            sink.report(
                Diag::new(
                    code::E0321,
                    format!(
                        "the nodes' address is on VLAN {}, traffic between pods is expected on VLAN {}",
                        node.v, pod.v
                    ),
                )
                .at(x.span(node.at), "kubelet, etcd, VXLAN and WireGuard use this one")
                .at(x.span(pod.at), "and this one sees nothing of it")
                .help(format!("node-network \"{}\"", pod.v)),
            );
        }
    }
    for c in &x.topology.clusters {
        let vlan = x.topology.vlan(c.node_network.v);
        if c.api.held_by.v == ApiHolder::Keepalived && !vlan.subnet.v.contains(&c.api.address.v) {
            sink.report(
                Diag::new(
                    code::E0322,
                    format!("{} is not in {}, where the nodes of {} hold it", c.api.address, vlan.subnet.v, c.name),
                )
                .at(x.span(c.api.address.at), "the API address")
                .at(x.span(c.node_network.at), "the nodes' own VLAN")
                .help(format!("take an address of VLAN {}: topoc ip next {}", vlan.name, vlan.name)),
            );
        }
        for g in &c.groups {
            let first = g.nodes.first().filter(|m| !x.topology.incomplete.machines.contains(m));
            let Some(m) = first.map(|m| x.topology.machine(*m)) else { continue };
            if !m.nics.iter().any(|n| n.vlan.v == c.node_network.v) {
                sink.report(
                    Diag::new(
                        code::E0322,
                        format!("the nodes of {} have no NIC on VLAN {}, the nodes' own", g.name, vlan.name),
                    )
                    .at(x.span(g.at), "this group")
                    .at(x.span(c.node_network.at), "the nodes' own VLAN")
                    .help(format!("nic \"{}\"", vlan.name)),
                );
            }
        }
    }
}

/// E0329: one VRRP id a broadcast domain; the CARP groups of a pair of firewalls are the same protocol (RFC fault N13).
pub fn vrids(x: &Lints<'_>, sink: &mut Sink) {
    // Each with whether it is a cluster's.
    let mut all: Vec<(VlanId, u8, String, Origin, bool)> = Vec::new();
    for c in &x.topology.clusters {
        if let Some(v) = &c.api.vrrp {
            all.push((
                c.node_network.v,
                v.id.v,
                format!("cluster {}", c.name),
                if v.id.at.rule().is_some() { v.at } else { v.id.at },
                true,
            ));
        }
    }
    for f in &x.topology.firewalls {
        for l in &f.legs {
            if let Some(id) = l.carp {
                all.push((l.vlan.v, id.v, format!("the pair of firewall {} (CARP)", f.name), l.at, false));
            }
        }
    }
    for (i, (vlan, id, who, at, cluster)) in all.iter().enumerate() {
        for (_, _, other, o_at, other_cluster) in all[..i].iter().filter(|o| o.0 == *vlan && o.1 == *id) {
            let taken = |n: u8| all.iter().any(|o| o.0 == *vlan && o.1 == n);
            let free = (*id..=u8::MAX).chain(1..*id).find(|n| !taken(*n)).unwrap_or(1);
            sink.report(
                Diag::new(
                    code::E0329,
                    format!("the VRRP id {id} is used twice on VLAN {}", x.topology.vlan(*vlan).name),
                )
                .at(x.span(*o_at), format!("by {other}"))
                .at(x.span(*at), format!("by {who}"))
                .note("both speak protocol 112 to 224.0.0.18 and take each other's address")
                .help(match *other_cluster || *cluster {
                    true => format!("vrrp {{ id {free} }}"),
                    false => format!("carp-id={free}"),
                }),
            );
        }
    }
}

/// E0331: a firewall is managed where it lets people in (RFC fault F1).
pub fn firewall_management(x: &Lints<'_>, sink: &mut Sink) {
    for (i, f) in x.topology.firewalls.iter().enumerate() {
        let Some(m) = f.management else { continue };
        if x.topology.incomplete.firewalls.contains(&FirewallId(i as u32)) {
            continue;
        }
        match f.legs.iter().find(|l| l.vlan.v == m.v) {
            None => {
                sink.report(
                    Diag::new(
                        code::E0331,
                        format!(
                            "firewall {} has no interface on VLAN {}, where it is managed",
                            f.name,
                            x.topology.vlan(m.v).name
                        ),
                    )
                    .at(x.span(m.at), "the management VLAN")
                    .at(x.span(f.at), "this firewall")
                    .help(format!("interface \"{}\"", x.topology.vlan(m.v).name)),
                );
            }
            Some(l) if l.gateway.is_some() => {
                sink.report(
                    Diag::new(code::E0331, format!("firewall {} is managed on its WAN, which lets nobody in", f.name))
                        .at(x.span(m.at), "the management VLAN")
                        .at(x.span(l.at), "is its way out")
                        .note("the WAN denies what comes in, and with DHCP nobody knows its address")
                        .help(match f.legs.iter().find(|l| l.gateway.is_none()) {
                            Some(l) => format!("management \"{}\"", x.topology.vlan(l.vlan.v).name),
                            None => "add an `interface`, and manage it there".into(),
                        }),
                );
            }
            Some(_) => {}
        }
    }
    for (id, m) in x.topology.machine_ids() {
        let excused = x.topology.incomplete.machines.contains(&id);
        if excused || !m.on.v.is_known() || matches!(m.kind, MachineKind::Firewall { .. }) {
            continue;
        }
        let host = x.topology.host(m.on.v);
        let Some(vlan) = x.topology.proxmox(host.proxmox).management else { continue };
        if m.nics.iter().any(|n| n.vlan.v == vlan.v && n.address.is_some()) || m.nics.is_empty() {
            continue;
        }
        // An address that is missing was reported where it is missing.
        if m.nics.iter().any(|n| n.address.is_none() && !n.bare.v && !n.dhcp.v) {
            continue;
        }
        let any = m.nics.iter().find(|n| n.default_via.is_some() && n.address.is_some());
        if any.is_none() {
            sink.report(
                Diag::new(code::E0331, format!("{} has no address that Ansible could reach", m.name))
                    .at(x.span(m.at), "neither on the management VLAN nor on its default route")
                    .note("an address that comes by DHCP is not known when the inventory is written")
                    .help(format!("nic \"{}\" host=30", x.topology.vlan(vlan.v).name)),
            );
        }
    }
}
