//! Pass: gateways of a firewall, groups of them and routes; spells nothing.

use std::net::Ipv4Addr;

use super::*;
use crate::ir::facts::{FirewallRouteFacts, RankFacts, WanFacts, WaysFacts};
use crate::schema::{PodRouting, WayRank, WayTrigger};

/// The longest name of a gateway or of a group (Routing/Gateways.xml, GatewayGroups.xml: mask).
const LONGEST_NAME: usize = 32;
/// Decides gateways, groups and routes, in this order: each needs the one before it.
pub fn decide(x: &At<'_>, network: &mut FirewallNetwork, cx: &mut Cx<'_>) {
    ways(x, network, cx);
    ranks(x, cx);
    probes(x, network, cx);
    for w in &x.f.ways_out {
        let group = group(x, w, network, cx);
        network.groups.extend(group);
    }
    network.groups.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    let mut stated: Vec<&FirewallRouteFacts> =
        x.f.route.iter().filter(|r| r.net.is_some() && r.via.is_some()).collect();
    // By router first, so that gateways come in the order of addresses.
    stated.sort_by_key(|r| (r.via.map(|a| a.v), r.net.map(|n| n.v)));
    for r in stated {
        route(x, r, network, cx);
    }
    network.routes.sort_by_key(|r| r.net.v);
}

/// The statement of a way out.
fn wan<'a>(x: &At<'a>, at: Origin) -> Option<&'a WanFacts> {
    x.f.wan.iter().find(|w| w.at == at)
}

/// A gateway for each way out.
fn ways(x: &At<'_>, network: &mut FirewallNetwork, cx: &mut Cx<'_>) {
    for i in 0..network.interfaces.len() {
        let l = &x.firewall.legs[network.interfaces[i].leg];
        let (Some(g), Some(stated)) = (l.gateway, wan(x, l.at)) else { continue };
        let (vlan, upstream) = (x.t.vlan(l.vlan.v), x.t.upstream(g.v));
        let router = upstream.routers.iter().find(|r| r.vlan.v == l.vlan.v);
        let dhcp = l.address.is_none();
        if let Some(d) = stated.dhcp.filter(|d| d.v && x.firewall.nodes.len() > 1) {
            let (a, b) = (cx.span(d.at), cx.span(x.t.machine(x.firewall.nodes[1]).at));
            cx.report(
                Diag::new(
                    code::E1113,
                    format!("two nodes of firewall {} share an address that comes by DHCP", x.firewall.name),
                )
                .at(a, "nobody knows it before it comes")
                .at(b, "the second node")
                .note("CARP needs three fixed addresses on each VLAN: one of each node and the shared one")
                .help("remove `dhcp=#true`, or keep one node"),
            );
        }
        if router.is_none() && !dhcp && !x.t.incomplete.upstreams.contains(&g.v) {
            let (a, b) = (cx.span(g.at), cx.span(upstream.name.at));
            cx.report(
                Diag::new(code::E1112, format!("upstream {} has no router on VLAN {}", upstream.name, vlan.name))
                    .at(a, "it is to be the next router there")
                    .at(b, "its routers")
                    .help(format!("add router \"{}\" address=\"{}\"", vlan.name, first(vlan))),
            );
        }
        let text = format!("{}_GW", network.interfaces[i].label.v);
        let name = cx.make(text, GATEWAY_NAME, &[l.at, vlan.name.at, g.at, upstream.name.at]);
        named(&name.v, vlan.name.at, &format!("the router of VLAN {}", vlan.name), cx);
        network.interfaces[i].gateway = Some(network.gateways.len());
        network.gateways.push(FirewallGateway {
            name,
            interface: i,
            address: router.filter(|_| !dhcp).map(|r| r.address),
            priority: Some(or(stated.priority.map(|p| p.map(|p| p.0)), 10, ONLY_WAY)),
            probe: stated.probe.as_ref().and_then(|p| p.address).map(|a| a.map(|a| a.0)),
        });
    }
}

/// The first address of a VLAN, for help.
fn first(vlan: &Vlan) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(vlan.subnet.v.network()) + 1)
}

/// E1111: OPNsense cuts no name, it refuses the gateway.
fn named(name: &str, at: Origin, what: &str, cx: &mut Cx<'_>) {
    if name.len() > LONGEST_NAME {
        let span = cx.span(at);
        cx.report(
            Diag::new(
                code::E1111,
                format!("{what} would be called `{name}`, and a gateway has at most {LONGEST_NAME} characters"),
            )
            .at(span, format!("{} characters too many", name.len() - LONGEST_NAME))
            .help("give it a shorter name"),
        );
    }
}

/// E1108: of several ways out the routing table takes the first, and it is said which that is.
fn ranks(x: &At<'_>, cx: &mut Cx<'_>) {
    if x.f.wan.len() < 2 {
        return;
    }
    for (i, w) in x.f.wan.iter().enumerate() {
        let span = cx.span(w.at);
        match w.priority {
            None if cx.spoiled.contains(&(w.at, "priority")) => {}
            None => cx.report(
                Diag::new(
                    code::E1108,
                    format!("firewall {} has {} ways out, and this one has no rank", x.firewall.name, x.f.wan.len()),
                )
                .at(span, "the routing table takes the lowest")
                .help(format!("priority={}", (i + 1) * 10)),
            ),
            Some(p) => {
                let twin = x.f.wan[..i].iter().find_map(|o| o.priority.filter(|o| o.v == p.v));
                if let Some(o) = twin {
                    let (a, b) = (cx.span(p.at), cx.span(o.at));
                    cx.report(
                        Diag::new(
                            code::E1108,
                            format!("two ways out of firewall {} have the rank {}", x.firewall.name, p.v),
                        )
                        .at(a, "this one")
                        .at(b, "and this one")
                        .note("which of two equal gateways is the default one is decided by the order of names")
                        .help(format!("priority={}", p.v.0.checked_add(10).unwrap_or(1))),
                    );
                }
            }
        }
    }
}

/// E1107: a probe goes out by its own way: OPNsense routes its address there.
fn probes(x: &At<'_>, network: &FirewallNetwork, cx: &mut Cx<'_>) {
    for (i, g) in network.gateways.iter().enumerate() {
        let Some(probe) = g.probe else { continue };
        let a = cx.span(probe.at);
        let own = network.interfaces[g.interface].vlan.v;
        let twin = network.gateways[..i].iter().find_map(|o| o.probe.filter(|o| o.v == probe.v));
        let inside =
            x.t.vlans.iter().enumerate().find(|(n, v)| VlanId(*n as u32) != own && v.subnet.v.contains(&probe.v));
        let itself = network.interfaces.iter().flat_map(|i| &i.own).find(|o| o.v == probe.v);
        let itself =
            itself.or_else(|| x.firewall.legs.iter().filter_map(|l| l.address.as_ref()).find(|o| o.v == probe.v));
        let (text, at, label) = if let Some(o) = twin {
            (format!("{} is asked by two ways out", probe.v), o.at, "the other way")
        } else if let Some(o) = itself {
            (format!("{} is the firewall's own address", probe.v), o.at, "here")
        } else if let Some((_, v)) = inside {
            (format!("{} is in VLAN {}, which is not behind this way out", probe.v, v.name), v.subnet.at, "its subnet")
        } else {
            continue;
        };
        let b = cx.span(at);
        let free = ["9.9.9.9", "1.1.1.1", "8.8.8.8"]
            .into_iter()
            .find(|a| !network.gateways.iter().any(|g| g.probe.is_some_and(|p| p.v.to_string() == *a)));
        cx.report(
            Diag::new(code::E1107, text)
                .at(a, "the route to it would lead out by this way")
                .at(b, label)
                .note("each probe has a route of its own, so that it shows this way and no other")
                .help(format!(
                    "probe \"{}\", or another that is reached by this way alone",
                    free.unwrap_or("192.0.2.1")
                )),
        );
    }
}

/// A group of ways out; `None` where a part of it was wrong and reported.
fn group(x: &At<'_>, w: &WaysFacts, network: &FirewallNetwork, cx: &mut Cx<'_>) -> Option<GatewayGroup> {
    let name = w.name.as_ref()?;
    named(name.v.0.as_str(), name.at, "this group", cx);
    let mut ranks: Vec<Vec<Sp<usize>>> = Vec::new();
    let mut whole = true;
    let mut stated: Vec<(Sp<WayRank>, &RankFacts)> = w.rank.iter().filter_map(|r| Some((r.number?, r))).collect();
    stated.sort_by_key(|(n, _)| n.v);
    for pair in stated.windows(2).filter(|p| p[0].0.v == p[1].0.v) {
        let (a, b) = (cx.span(pair[1].0.at), cx.span(pair[0].0.at));
        cx.report(
            Diag::new(code::E0202, format!("rank {} of group {} is stated twice", pair[0].0.v.0, name.v.0))
                .at(a, "again here")
                .at(b, "first here")
                .help("name both ways in one rank, or give one of them another number"),
        );
        whole = false;
    }
    for (number, r) in stated {
        let mut rank = Vec::new();
        for way in &r.ways {
            let id = x.index.vlan(&way.v.0);
            let found = network.interfaces.iter().find(|i| i.vlan.v == id).and_then(|i| i.gateway);
            let before = ranks.iter().flatten().chain(&rank).find(|o| Some(o.v) == found);
            let (text, at, label, help) = match (found, before) {
                _ if !id.is_known() => {
                    whole = false;
                    continue;
                }
                (Some(g), None) => {
                    rank.push(cx.make(g, RANKED, &[way.at, number.at]));
                    continue;
                }
                (Some(_), Some(o)) => (
                    format!("{} is in group {} twice", way.v, name.v.0),
                    o.at,
                    "the first time",
                    "remove one of the two".into(),
                ),
                (None, _) => {
                    let ways: Vec<String> = network
                        .gateways
                        .iter()
                        .map(|g| x.t.vlan(network.interfaces[g.interface].vlan.v).name.to_string())
                        .collect();
                    (
                        format!("{} is no way out of firewall {}", way.v, x.firewall.name),
                        x.firewall.at,
                        "this firewall",
                        format!("its ways out are {}", ways.join(", ")),
                    )
                }
            };
            whole = false;
            let (a, b) = (cx.span(way.at), cx.span(at));
            cx.report(Diag::new(code::E1110, text).at(a, "named here").at(b, label).help(help));
        }
        ranks.push(rank);
    }
    if !whole {
        return None;
    }
    never(x, w, &ranks, network, cx);
    Some(GatewayGroup {
        name: Sp::new(name.v.0.clone(), name.at),
        ranks,
        trigger: or(w.when, WayTrigger::Down, DEFAULT_TRIGGER),
    })
}

/// E1109: a group leaves a way that does not work only when somebody sees that it does not.
fn never(x: &At<'_>, w: &WaysFacts, ranks: &[Vec<Sp<usize>>], network: &FirewallNetwork, cx: &mut Cx<'_>) {
    let Some(name) = &w.name else { return };
    let ways: Vec<&Sp<usize>> = ranks.iter().flatten().collect();
    if let [only] = ways[..] {
        let (a, b) = (cx.span(name.at), cx.span(only.at));
        cx.report(
            Diag::new(code::E1109, format!("group {} has one way out, and nothing stands in for it", name.v.0))
                .at(a, "this group")
                .at(b, "the only way")
                .help("add a `rank`, or name the way itself"),
        );
    }
    for way in ways {
        let g = &network.gateways[way.v];
        if g.probe.is_none() && ranks.len() + ranks.iter().map(Vec::len).sum::<usize>() > 2 {
            let i = &network.interfaces[g.interface];
            let (a, b) = (cx.span(i.at), cx.span(way.at));
            cx.report(
                Diag::new(code::E1109, format!("nobody sees when {} does not work", x.t.vlan(i.vlan.v).name))
                    .at(a, "this way out has no probe, so it counts as working")
                    .at(b, "and this group waits for it to fail")
                    .help("probe \"9.9.9.9\""),
            );
        }
    }
}

/// A route, and the gateway that it needs.
fn route(x: &At<'_>, r: &FirewallRouteFacts, network: &mut FirewallNetwork, cx: &mut Cx<'_>) {
    let (Some(net), Some(via)) = (r.net.map(|n| n.map(|n| n.0)), r.via.map(|a| a.map(|a| a.0))) else { return };
    if let Some(twice) = network.routes.iter().find(|o| o.net.v == net.v) {
        let (a, b) = (cx.span(net.at), cx.span(twice.net.at));
        cx.report(
            Diag::new(code::E0202, format!("the route to {} is stated twice", net.v))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
        return;
    }
    if ours(x, net, cx) {
        return;
    }
    let interface = network.interfaces.iter().position(|i| x.t.vlan(i.vlan.v).subnet.v.contains(&via.v));
    let Some(interface) = interface else {
        let (a, b) = (cx.span(via.at), cx.span(x.firewall.at));
        cx.report(
            Diag::new(code::E1105, format!("firewall {} has no interface on a VLAN of {}", x.firewall.name, via.v))
                .at(a, "this router is out of its reach")
                .at(b, "its interfaces")
                .help("name a router on one of its VLANs, or add an `interface` there"),
        );
        return;
    };
    let i = &network.interfaces[interface];
    let subnet = x.t.vlan(i.vlan.v).subnet;
    let leg = &x.firewall.legs[i.leg];
    let own = i.own.iter().chain(&leg.address).find(|a| a.v == via.v);
    let edge = via.v == subnet.v.network() || via.v == subnet.v.broadcast();
    if own.is_some() || edge {
        let (a, b) = (cx.span(via.at), cx.span(own.map_or(subnet.at, |o| o.at)));
        let what = if own.is_some() { "the firewall's own address" } else { "no address of a router" };
        cx.report(
            Diag::new(code::E1105, format!("{} is {what}", via.v))
                .at(a, "this route would lead nowhere")
                .at(b, if own.is_some() { "here" } else { "the subnet" })
                .help("name the address of the router that has the network behind it"),
        );
        return;
    }
    let known = network.gateways.iter().position(|g| g.address.is_some_and(|a| a.v == via.v));
    let gateway = known.unwrap_or_else(|| {
        let text = format!("R_{}", via.v.to_string().replace('.', "_"));
        network.gateways.push(FirewallGateway {
            name: cx.make(text, ROUTER_NAME, &[via.at]),
            interface,
            address: Some(via),
            priority: None,
            probe: None,
        });
        network.gateways.len() - 1
    });
    network.routes.push(FirewallRoute { net, gateway, via, at: r.at });
}

/// E1106: what is ours is reached as it is decided, and never by a route beside that.
fn ours(x: &At<'_>, net: Sp<ipnet::Ipv4Net>, cx: &mut Cx<'_>) -> bool {
    let connected = |id: VlanId| x.firewall.legs.iter().any(|l| l.vlan.v == id);
    let vlan = x.t.vlans.iter().enumerate().find(|(n, v)| {
        let mine = connected(VlanId(*n as u32)) || matches!(v.router.v, Router::Nobody);
        mine && v.subnet.v.contains(&net.v)
    });
    let cluster = x.t.clusters.iter().find_map(|c| {
        let touches = |o: &Sp<ipnet::Ipv4Net>| o.v.contains(&net.v) || net.v.contains(&o.v);
        let hidden = c.layer.cilium.as_ref().is_some_and(|n| n.routing.v == PodRouting::Tunnel);
        if touches(&c.services) {
            return Some((
                format!("services of {}", c.name),
                c.services.at,
                "these addresses are on no wire: each node translates them",
            ));
        }
        (hidden && touches(&c.pods)).then(|| {
            (
                format!("pods of {}", c.name),
                c.pods.at,
                "between nodes they are inside packets of the nodes, and leave with addresses of nodes",
            )
        })
    });
    let (what, at, note) = match (vlan, cluster) {
        (Some((n, v)), _) if connected(VlanId(n as u32)) => (
            format!("VLAN {}", v.name),
            v.subnet.at,
            "the firewall has an interface there, and that is nearer than any route",
        ),
        (Some((_, v)), _) => (format!("VLAN {}", v.name), v.subnet.at, "nobody routes it, and this would"),
        (None, Some(found)) => found,
        (None, None) => return false,
    };
    let (a, b) = (cx.span(net.at), cx.span(at));
    cx.report(
        Diag::new(code::E1106, format!("a route to {} leads to our own {what}", net.v))
            .at(a, "this route")
            .at(b, "is ours")
            .note(note)
            .help("remove the `route`"),
    );
    true
}
