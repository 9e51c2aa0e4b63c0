//! Lints of addresses that are told to routers (BGP).

use super::{by_bgp, names};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::lint::Lints;

/// Our number for a peer.
fn ours(bgp: &Bgp, p: &Peer) -> u32 {
    p.local_asn.map_or(bgp.asn.v, |a| a.v)
}

/// Whether the peer is in an autonomous system of somebody else's.
fn external(bgp: &Bgp, p: &Peer) -> bool {
    ours(bgp, p) != p.asn.v
}

/// E0945: an external peer is a neighbour, or it is said that it is not.
pub(super) fn out_of_reach(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, _, bgp) in by_bgp(x) {
        for p in bgp.peers.iter().filter(|p| external(bgp, p) && !p.multi_hop.v) {
            let near = |m: &MachineId| {
                t.incomplete.machines.contains(m)
                    || t.machine(*m)
                        .nics
                        .iter()
                        .any(|n| n.vlan.v.is_known() && t.vlan(n.vlan.v).subnet.v.contains(&p.address.v))
            };
            let far: Vec<MachineId> = p.nodes.nodes.iter().map(|m| m.v).filter(|m| !near(m)).collect();
            let Some(first) = far.first().map(|m| t.machine(*m)) else { continue };
            let mut d = Diag::new(code::E0945, format!("{} is no neighbour of {}", p.name, names(t, far.iter())))
                .at(x.span(p.address.at), "its address")
                .at(x.span(first.at), format!("{} has no NIC on a VLAN with that address", first.name))
                .note("an external peer gets packets with a time to live of 1: the first router in between drops them");
            if let Some(v) = t.vlans.iter().find(|v| v.subnet.v.contains(&p.address.v)) {
                d = d.at(x.span(v.subnet.at), format!("the address is of VLAN {}", v.name));
            }
            sink.report(d.help("multi-hop, or an address on a VLAN of the nodes"));
        }
    }
}

/// E0946: what peers of one node say goes together, and what is one node's is said of one node (MetalLB's webhook; RFC 6286).
pub(super) fn clash(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, _, bgp) in by_bgp(x) {
        let mut told = Vec::new();
        for (i, p) in bgp.peers.iter().enumerate() {
            let own = [
                p.router_id.map(|r| ("router id", r, "two routers with one id refuse each other's routes")),
                p.source.map(|s| ("address to talk from", s, "the others do not have it and never connect")),
            ];
            for (what, v, why) in own.into_iter().flatten().filter(|_| p.nodes.nodes.len() > 1) {
                sink.report(
                    Diag::new(
                        code::E0946,
                        format!(
                            "{} nodes have one {what}: {}",
                            p.nodes.nodes.len(),
                            names(t, p.nodes.nodes.iter().map(|m| &m.v))
                        ),
                    )
                    .at(x.span(v.at), "one node's alone")
                    .at(x.span(p.name.at), "and all these talk to this peer")
                    .note(why)
                    .help("remove it, or a peer for each node with `from-nodes` of one"),
                );
            }
            for o in &bgp.peers[..i] {
                let Some(m) = p.nodes.nodes.iter().find(|m| o.nodes.nodes.iter().any(|k| k.v == m.v)) else { continue };
                let m = t.machine(m.v);
                if p.address.v == o.address.v {
                    sink.report(
                        Diag::new(code::E0946, format!("{} has {} as its peer twice", m.name, p.address.v))
                            .at(x.span(p.address.at), format!("as {}", p.name))
                            .at(x.span(o.address.at), format!("and as {}", o.name))
                            .help("keep one of the two, or give them `from-nodes` that share no node"),
                    );
                }
                let id = |p: &Peer| p.router_id.map(|r| r.v);
                if id(p) != id(o) && !told.contains(&m.name.v) {
                    told.push(m.name.v.clone());
                    let (with, without) = if p.router_id.is_some() { (p, o) } else { (o, p) };
                    let at = with.router_id.map_or(with.at, |r| r.at);
                    sink.report(
                        Diag::new(code::E0946, format!("{} would have two router ids", m.name))
                            .at(x.span(at), format!("this one for {}", with.name))
                            .at(
                                x.span(without.router_id.map_or(without.name.at, |r| r.at)),
                                match without.router_id {
                                    Some(_) => format!("and this one for {}", without.name),
                                    None => format!("{} says none", without.name),
                                },
                            )
                            .help("the same `router-id` in all peers of a node, or in none"),
                    );
                }
            }
        }
    }
}

/// E0948: what is said of a peer does not undo itself.
pub(super) fn contradictions(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (c, b, bgp) in by_bgp(x) {
        for p in &bgp.peers {
            if p.multi_hop.v && !external(bgp, p) {
                sink.report(
                    Diag::new(
                        code::E0948,
                        format!("{} is in our own autonomous system, where hops do not count", p.name),
                    )
                    .at(x.span(p.multi_hop.at), "MetalLB refuses this")
                    .at(x.span(p.asn.at), "the peer's number")
                    .at(x.span(p.local_asn.map_or(bgp.asn.at, |a| a.at)), "and ours")
                    .help("remove `multi-hop`"),
                );
            }
            if let Some(l) = p.local_asn.filter(|l| l.v == bgp.asn.v || l.v == p.asn.v) {
                let (other, whose) =
                    if l.v == bgp.asn.v { (bgp.asn.at, "ours anyway") } else { (p.asn.at, "the peer's own") };
                sink.report(
                    Diag::new(code::E0948, format!("{} is not another number for {}", l.v, p.name))
                        .at(x.span(l.at), "FRR refuses this")
                        .at(x.span(other), format!("it is {whose}"))
                        .help("remove `local-asn`, or take a third number"),
                );
            }
            let profile = p.bfd.as_ref().and_then(|n| bgp.bfd.iter().find(|k| k.name.v == n.v));
            if let (Some(echo), true) = (profile.and_then(|k| k.echo), p.multi_hop.v) {
                sink.report(
                    Diag::new(code::E0948, format!("{} is several hops away, from where no echo comes back", p.name))
                        .at(x.span(echo.at), "BFD echo (RFC 5883 section 3)")
                        .at(x.span(p.multi_hop.at), "several hops")
                        .help("a `bfd` without `echo` for this peer"),
                );
            }
            if let (Some(s), [m]) = (p.source, &p.nodes.nodes[..])
                && !t.machine(m.v).nics.iter().any(|n| n.address.is_some_and(|a| a.v == s.v))
            {
                sink.report(
                    Diag::new(code::E0948, format!("{} does not have {}", t.machine(m.v).name, s.v))
                        .at(x.span(s.at), "it is to talk from this address")
                        .at(x.span(t.machine(m.v).at), "this node")
                        .help("remove `source`, or take an address of the node"),
                );
            }
            let own = t.claims.iter().find(|k| k.address.v == p.address.v).filter(|k| match &k.owner {
                Owner::Machine(m) => c.groups.iter().any(|g| g.nodes.contains(m)),
                Owner::Api(id) => t.cluster(*id).name.v == c.name.v,
                Owner::Upstream(_) | Owner::Firewall(_) | Owner::Host(_) => false,
            });
            if let Some(k) = own {
                sink.report(
                    Diag::new(code::E0948, format!("{} is the {}", p.name, ours_name(t, &k.owner)))
                        .at(x.span(p.address.at), "the peer's address")
                        .at(x.span(k.address.at), "is this cluster's own")
                        .help("the address of the router"),
                );
            }
            if let Some(k) = b.pools.iter().find(|k| (k.from.v..=k.to.v).contains(&p.address.v)) {
                sink.report(
                    Diag::new(code::E0948, format!("{} has an address of pool {}", p.name, k.name))
                        .at(x.span(p.address.at), "the peer's address")
                        .at(x.span(k.at), "a service may get it")
                        .help("the address of the router, or a pool beside it"),
                );
            }
        }
        for k in &bgp.bfd {
            let Some(ttl) = k.minimum_ttl else { continue };
            let users = || bgp.peers.iter().filter(|p| p.bfd.as_ref().is_some_and(|n| n.v == k.name.v));
            if !users().any(|p| p.multi_hop.v) {
                let mut d = Diag::new(code::E0948, format!("no peer that {} watches is several hops away", k.name))
                    .at(x.span(ttl.at), "this counts over several hops only");
                if let Some(p) = users().next() {
                    d = d.at(x.span(p.name.at), "a neighbour");
                }
                sink.report(d.help("remove `minimum-ttl`"));
            }
        }
    }
}

/// `node wk-1` or `API of cluster shop`.
fn ours_name(t: &Topology, owner: &Owner) -> String {
    match owner {
        Owner::Machine(m) => format!("node {}", t.machine(*m).name),
        Owner::Upstream(_) | Owner::Firewall(_) | Owner::Host(_) | Owner::Api(_) => t.owner(owner),
    }
}

/// E0948: times that a session bears (RFC 4271 sections 4.2 and 4.4; MetalLB's and Cilium's own checks).
pub(super) fn timers(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, bgp) in by_bgp(x) {
        for p in &bgp.peers {
            let (hold, keep) = (p.hold, p.keepalive);
            if !(3..=65535).contains(&hold.v) {
                sink.report(
                    Diag::new(code::E0948, format!("a hold time of {} s is none that BGP has", hold.v))
                        .at(x.span(hold.at), "3 s at least, 65,535 s at most (RFC 4271 section 4.2)")
                        .help("hold \"90s\""),
                );
            } else if keep.v >= hold.v {
                let what = format!("{} hears from us every {} s and gives up after {} s", p.name, keep.v, hold.v);
                sink.report(
                    Diag::new(code::E0948, what)
                        .at(x.span(keep.at), "the sign of life")
                        .at(x.span(if hold.at.rule().is_some() { p.name.at } else { hold.at }), "what the peer waits")
                        .help(format!("keepalive \"{}s\"", (hold.v / 3).max(1))),
                );
            }
            if let Some(c) = p.connect.filter(|c| !(1..=65535).contains(&c.v)) {
                sink.report(
                    Diag::new(code::E0948, format!("a session cannot be tried again after {} s", c.v))
                        .at(x.span(c.at), "1 s at least, 65,535 s at most (MetalLB 0.16, BGPPeer.connectTime)")
                        .help("connect \"120s\""),
                );
            }
        }
    }
}

/// L0947: who shares a VLAN with addresses asks for them by ARP, which nobody answers with BGP.
pub(super) fn behind_arp(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, _, bgp, p) in by_bgp(x).flat_map(|(c, b, bgp)| b.pools.iter().map(move |p| (c, b, bgp, p))) {
        let Some(claim) = t.claims.iter().find(|k| {
            k.vlan == p.vlan.v
                && matches!(k.owner, Owner::Machine(_) | Owner::Host(_))
                && !bgp.peers.iter().any(|o| o.address.v == k.address.v)
        }) else {
            continue;
        };
        let vlan = t.vlan(p.vlan.v);
        sink.report(
            Diag::new(
                code::L0947,
                format!(
                    "{} shares VLAN {} with pool {} and will not reach its addresses",
                    t.owner(&claim.owner),
                    vlan.name,
                    p.name
                ),
            )
            .at(x.span(p.vlan.at), "told to routers, announced to nobody on the VLAN itself")
            .at(x.span(claim.address.at), "this one asks by ARP and gets no answer")
            .note("who is in the subnet does not ask a router for its addresses")
            .help("a VLAN of its own for the pool, with nothing on it but its router"),
        );
    }
}

/// E0950: what is told together is all of the pool (MetalLB: aggregation length; nobody checks the other edge).
pub(super) fn aggregates(x: &Lints<'_>, sink: &mut Sink) {
    for (_, b, bgp) in by_bgp(x) {
        for a in &bgp.advertisements {
            let block = 1u64 << (32 - u32::from(a.aggregate.v));
            for p in a.pools.iter().map(|i| &b.pools[i.v as usize]) {
                let (from, to) = (u64::from(u32::from(p.from.v)), u64::from(u32::from(p.to.v)) + 1);
                if from % block == 0 && to % block == 0 {
                    continue;
                }
                let fits = (from.trailing_zeros().min(to.trailing_zeros())).min(32);
                let beyond = if from % block == 0 { to / block * block + block - 1 } else { from / block * block };
                let beyond = std::net::Ipv4Addr::from(u32::try_from(beyond).unwrap_or(u32::MAX));
                sink.report(
                    Diag::new(
                        code::E0950,
                        format!("prefixes of /{} reach beyond pool {}: {beyond} is not of it", a.aggregate.v, p.name),
                    )
                    .at(x.span(a.aggregate.at), "told in prefixes of this length")
                    .at(x.span(p.at), format!("keeps {} to {}", p.from.v, p.to.v))
                    .note("routers would send us what is somebody else's")
                    .help(format!("aggregate {}, or a pool that begins and ends with such a prefix", 32 - fits)),
                );
            }
        }
    }
}

/// E0951: one preference for a route, and only where somebody reads it (MetalLB's webhook; RFC 4271 section 5.1.5).
pub(super) fn preferences(x: &Lints<'_>, sink: &mut Sink) {
    for (_, b, bgp) in by_bgp(x) {
        for (i, a) in bgp.advertisements.iter().enumerate() {
            let told: Vec<&Peer> = match &a.peers {
                None => bgp.peers.iter().collect(),
                Some(list) => list.iter().map(|p| &bgp.peers[p.v as usize]).collect(),
            };
            if let (Some(l), Some(first)) = (a.local_preference, told.first())
                && told.iter().all(|p| external(bgp, p))
            {
                sink.report(
                    Diag::new(code::E0951, "no external peer is told a local preference")
                        .at(x.span(l.at), "nothing would come of this")
                        .at(x.span(first.asn.at), format!("{} is in another autonomous system", first.name))
                        .note("it stays inside an autonomous system (RFC 4271 section 5.1.5)")
                        .help("remove it, or say it by a `community` that the peer knows"),
                );
            }
            for o in &bgp.advertisements[..i] {
                let shared = a.pools.iter().find(|p| o.pools.iter().any(|k| k.v == p.v));
                let differ = a.local_preference.map(|l| l.v) != o.local_preference.map(|l| l.v);
                let (Some(p), true, true) = (shared, differ, a.aggregate.v == o.aggregate.v) else { continue };
                let at = |a: &Advertisement| a.local_preference.map_or(a.name.at, |l| l.at);
                let says = |a: &Advertisement| match a.local_preference {
                    Some(l) => format!("{} says {}", a.name, l.v),
                    None => format!("{} says none", a.name),
                };
                sink.report(
                    Diag::new(
                        code::E0951,
                        format!("pool {} is told with two local preferences", b.pools[p.v as usize].name),
                    )
                    .at(x.span(at(a)), says(a))
                    .at(x.span(at(o)), says(o))
                    .note("MetalLB refuses two for one pool and prefix length")
                    .help("one number, or pools that they do not share"),
                );
            }
        }
    }
}

/// E0952: every pool is told to somebody.
pub(super) fn not_advertised(x: &Lints<'_>, sink: &mut Sink) {
    for (_, b, bgp) in by_bgp(x).filter(|(_, _, bgp)| !bgp.incomplete) {
        for (i, p) in (0u32..).zip(&b.pools) {
            if bgp.advertisements.iter().any(|a| a.pools.iter().any(|k| k.v == i)) {
                continue;
            }
            let mut d = Diag::new(code::E0952, format!("no router is told of pool {}", p.name))
                .at(x.span(p.at), "services get addresses that nobody can reach");
            if let Some(a) = bgp.advertisements.first() {
                d = d.at(x.span(a.name.at), "this is about other pools");
            }
            sink.report(d.help(format!("advertise \"{0}\" {{ pools \"{0}\" }}", p.name)));
        }
    }
}

/// L0954: a peer on one of our VLANs is something that the file knows.
pub(super) fn unknown_peers(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (_, b, bgp) in by_bgp(x) {
        for p in &bgp.peers {
            let Some(vlan) = t.vlans.iter().find(|v| v.subnet.v.contains(&p.address.v)) else { continue };
            let known = t.claims.iter().any(|k| k.address.v == p.address.v)
                || vlan.reserves.iter().any(|r| (r.from.v..=r.to.v).contains(&p.address.v))
                || b.pools.iter().any(|k| (k.from.v..=k.to.v).contains(&p.address.v));
            if known {
                continue;
            }
            let host = u32::from(p.address.v) - u32::from(vlan.subnet.v.network());
            sink.report(
                Diag::new(code::L0954, format!("nothing on VLAN {} is known to have {}", vlan.name, p.address.v))
                    .at(x.span(p.address.at), format!("{} is to be there", p.name))
                    .at(x.span(vlan.at), "the VLAN")
                    .note("a machine could be given the address, and the session would go to it")
                    .help(format!("in vlan \"{}\": reserve \"routers\" {{ range {host} {host} }}", vlan.name)),
            );
        }
    }
}
