//! Sections of config.xml: gateways, groups of them and static routes; decides nothing.

use super::{Section, View};
use crate::ir::{FirewallGateway, FirewallNetwork, FirewallRoute, GatewayGroup};
use crate::render::{Doc, Why, Xml};
use crate::schema::WayTrigger;
use crate::source::Sp;
use crate::words;

crate::rules! {
    72;
    GATEWAYS = "Routers that the firewall sends to, by name: interfaces, routes and rules name them." @ "RFC 6.2; OPNsense core 26.7, Routing/Gateways.xml";
    DEFAULT = "The routing table takes a way out, the one with the lowest priority; the router of a route is none." @ "OPNsense core 26.7, Routing/Gateways.xml: defaultgw, priority";
    UNWATCHED = "Nobody is asked whether it works, so it counts as working." @ "OPNsense core 26.7, Routing/Gateways.xml: monitor_disable";
    WATCHED = "It works as long as somebody behind it answers." @ "RFC 6.2; dpinger(8)";
    IPV4 = "All of it is IPv4." @ "RFC 2.1";
    BY_DHCP = "Its address comes by DHCP." @ "OPNsense core 26.7, Routing/Gateways";
    GROUPS = "Ways out that stand in for each other: those of the first rank in which one works share the connections." @ "RFC 6.2; OPNsense core 26.7, Routing/GatewayGroups.xml";
    ROUTES = "Networks behind other routers of the firewall's VLANs; what is not here leaves by the way out." @ "RFC 6.2; OPNsense core 26.7, Routes/Route.xml";
    ON = "It is in force." @ "OPNsense core 26.7, Routes/Route.xml";
}

/// The area that restores all of them: what the file leaves out of it is deleted.
const AREA: &str = "staticroutes,gateways,OPNsense.Gateways";

/// Elements of the ranks of a group, the first rank first.
const RANKS: [&str; 5] = ["item", "item2", "item3", "item4", "item5"];

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let FirewallNetwork {
        gateways,
        groups,
        routes,
        // Of interfaces, and of the filter.
        interfaces: _,
        aliases: _,
        openings: _,
    } = &view.layer.network;
    let model = view.model("OPNsense/Gateways", "Gateways", GATEWAYS, |x| {
        for g in gateways {
            x.push(gateway(view, g));
        }
    });
    let mut all = vec![Section { under: &["OPNsense"], xml: model, area: Some(AREA) }];
    if !groups.is_empty() {
        let mut xml = Xml::new("gateways", GROUPS);
        for g in groups {
            xml.push(group(view, g));
        }
        all.push(Section { under: &[], xml, area: Some(AREA) });
    }
    let xml = view.model("staticroutes", "staticroutes", ROUTES, |x| {
        for r in routes {
            x.push(route(view, r));
        }
    });
    all.push(Section { under: &[], xml, area: Some(AREA) });
    all
}

fn gateway(view: &View<'_>, g: &FirewallGateway) -> Xml {
    let FirewallGateway { name, interface, address, priority, probe } = g;
    let mut x = view.item("gateway_item", &["gateway/", &name.v].concat(), name.at);
    x.put("name", name);
    x.put("interface", view.key(*interface));
    x.put("ipprotocol", ("inet", IPV4));
    match address {
        Some(a) => x.put("gateway", a),
        None => x.put("gateway", ((), BY_DHCP)),
    }
    x.put("defaultgw", (priority.is_some(), DEFAULT));
    x.put_some("priority", priority.as_ref());
    x.put("monitor_disable", (probe.is_none(), if probe.is_some() { WATCHED } else { UNWATCHED }));
    x.put_some("monitor", probe.as_ref());
    x
}

fn group(view: &View<'_>, g: &GatewayGroup) -> Xml {
    let GatewayGroup { name, ranks, trigger } = g;
    let way = |n: &Sp<usize>| {
        let gateway = &view.layer.network.gateways[n.v].name;
        (gateway.v.clone(), Why::from(gateway.at).also(n.at))
    };
    // Before the model there was no uuid either: the items were read as they stand.
    let mut x = match view.caps.gateway_group_items {
        true => view.item("gateway_group", &["gateway-group/", name.v.as_str()].concat(), name.at),
        false => Xml::new("gateway_group", name.at),
    };
    x.put("name", name);
    for (rank, (element, ways)) in (1u8..).zip(RANKS.iter().zip(ranks)) {
        let (names, whys): (Vec<String>, Vec<Why>) = ways.iter().map(way).unzip();
        if view.caps.gateway_group_items {
            let why = whys.into_iter().fold(Why::from(GROUPS), Why::also);
            x.put(*element, (Doc::Str(names.join(",").into()), why));
        } else {
            for (name, why) in names.into_iter().zip(whys) {
                x.put("item", (Doc::Str([name, rank.to_string()].join("|").into()), why.also(GROUPS)));
            }
        }
    }
    let word = match trigger.v {
        WayTrigger::Down => "down",
        WayTrigger::Loss => "downloss",
        WayTrigger::Latency => "downlatency",
        WayTrigger::LossOrLatency => "downlosslatency",
    };
    x.put("trigger", trigger.map(|_| word));
    x
}

fn route(view: &View<'_>, r: &FirewallRoute) -> Xml {
    let FirewallRoute { net, gateway, via, at } = r;
    let mut x = view.item("route", &["route/", &net.v.to_string()].concat(), *at);
    x.put("network", net);
    let name = &view.layer.network.gateways[*gateway].name;
    x.put("gateway", (Doc::Str(name.v.as_str().into()), Why::from(name.at).also(via.at)));
    match view.caps.route_enabled {
        true => x.put("enabled", (true, ON)),
        false => x.put("disabled", (false, ON)),
    }
    x.put("descr", (words!["behind ", via], ROUTES));
    x
}
