//! Pass: interfaces, ways out and routes of a firewall, the same on both nodes; spells nothing.

mod routing;

use std::net::Ipv4Addr;

use super::At;
use crate::diag::{Diag, code};
use crate::ir::facts::FirewallFacts;
use crate::ir::*;
use crate::pass::networks::host_number;
use crate::pass::rules::{NODE_ADDRESS, SHARED_ADDRESS};
use crate::pass::{Cx, Index, or};
use crate::schema::{Delivery, InterfaceKey};
use crate::source::{Origin, Sp};

crate::rules! {
    50;
    KEY_WAN = "the way out that the routing table takes is `wan`" @ "RFC 3.1; OPNsense core 26.7, interfaces";
    KEY_LAN = "the interface on the VLAN of management is `lan`, where the rule against locking oneself out would be" @ "OPNsense core 26.7, filter.inc";
    KEY_OPT = "other interfaces are `opt` and the number of their slot, so a new one renames none" @ "OPNsense core 26.7, Firewall/Rule.php";
    DEVICE = "FreeBSD numbers virtio NICs in the order of their slots" @ "RFC 3.1.1; vtnet(4)";
    GATEWAY_NAME = "the router of a way out is called by its VLAN" @ "OPNsense core 26.7, Routing/Gateways.xml";
    ONLY_WAY = "there is one way out" @ "OPNsense core 26.7, Routing/Gateways.xml";
    BOGONS = "what comes from addresses that nobody was given is dropped on ways out" @ "RFC 6.1";
    PRIVATE_WAN = "what comes from private addresses is dropped where the way out has none itself" @ "RFC 6.1; opnsense 5: the WAN is private";
    KEY_FIRST_SLOT = "`opt0` is no name of OPNsense, so the interface of the first slot has the number behind the last slot" @ "OPNsense core 26.7, interfaces; Proxmox VE 9, qm: net0 to net31";
    KEY_TAGGED = "an interface without a NIC is `opt` and its tag and 1000, clear of all slots" @ "OPNsense core 26.7, Firewall/Rule.php";
    TAGGED_DEVICE = "what comes with a tag is a device of its own, named by the tag" @ "OPNsense core 26.7, Interfaces/Vlan.xml: vlanif";
    LABEL = "people read the VLAN's name; OPNsense takes letters, digits and _" @ "OPNsense core 26.7, interfaces.php: descr";
    DEVICE_MTU = "a device is told its MTU where it would have another by itself" @ "OPNsense core 26.7, interfaces.inc";
    ROUTER_NAME = "the router of a route is called by its address" @ "OPNsense core 26.7, Routing/Gateways.xml";
    RANKED = "the ways of a rank are used when none of a lower one works" @ "OPNsense core 26.7, Routing/GatewayGroups.xml: item to item5";
    DEFAULT_TRIGGER = "a way that answers nothing does not work" @ "OPNsense core 26.7, Routing/GatewayGroups.xml: trigger";
    ALIAS = "addresses that are delivered as aliases are answered for one by one" @ "RFC 3.1.3; opnsense 5: 13 addresses of /32";
    ALIAS_GROUP = "on a pair they move with the shared address" @ "RFC 9.4; OPNsense core 26.7, Interfaces/Vip.xml: vhid";
}

/// Most public addresses that are answered for one by one: more is a mistake in a range, and a configuration that nobody reads.
const MOST_ALIASES: usize = 1024;

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> FirewallNetwork {
    let mut network = FirewallNetwork::default();
    let Some(node) = x.firewall.nodes.first().map(|n| x.t.machine(*n)) else { return network };
    for (leg, l) in x.firewall.legs.iter().enumerate() {
        network.interfaces.extend(interface(x, node, leg, l, cx));
    }
    for i in 0..network.interfaces.len() {
        let Some(by) = x.firewall.legs[network.interfaces[i].leg].carried_by else { continue };
        let carrier = network.interfaces.iter().position(|c| c.vlan.v == by.v);
        network.interfaces[i].carrier = carrier.map(|c| Sp::new(c, by.at));
    }
    keys(x, &network, cx);
    routing::decide(x, &mut network, cx);
    aliases(x, &mut network, cx);
    if !x.caps.interface_settings
        && let Some(target) = &x.t.targets.opnsense
    {
        let (a, b) = (cx.span(x.firewall.at), cx.span(target.version.at));
        cx.report(
            Diag::new(code::L1119, format!("IPv6 stays on in firewall {}", x.firewall.name))
                .at(a, "nothing else here has IPv6")
                .at(b, "this version has it off only where an element is absent, and no file can take one away")
                .help("take `ipv6allow` out of `system` by hand, or state versions { opnsense \"26.1\" }"),
        );
    }
    network
}

/// An interface without its gateway and its carrier; `None` where a part of it was wrong and reported.
fn interface(x: &At<'_>, node: &Machine, leg: usize, l: &FirewallLeg, cx: &mut Cx<'_>) -> Option<FirewallInterface> {
    let wan = x.f.wan.iter().find(|w| w.at == l.at);
    let inner = x.f.interface.iter().find(|i| i.at == l.at);
    let vlan = x.t.vlan(l.vlan.v);
    let slot = node.nics.iter().position(|n| n.vlan.v == l.vlan.v);
    let (number, rule, from, device) = match (slot, l.carried_by) {
        (Some(slot), _) => {
            let nic = node.nics[slot].vlan.at;
            let device = cx.make(format!("vtnet{slot}"), DEVICE, &[l.vlan.at, nic]);
            let (number, rule) = if slot == 0 { (32, KEY_FIRST_SLOT) } else { (slot, KEY_OPT) };
            (number, rule, nic, device)
        }
        (None, Some(by)) => {
            let from = [l.vlan.at, vlan.tag.at, by.at];
            let device = cx.make(format!("vlan0.{}", vlan.tag), TAGGED_DEVICE, &from);
            (usize::from(vlan.tag.v) + 1000, KEY_TAGGED, vlan.tag.at, device)
        }
        (None, None) => return None,
    };
    let stated = wan.and_then(|w| w.key.clone()).or_else(|| inner.and_then(|i| i.key.clone()));
    let managed = x.firewall.management.filter(|m| m.v == l.vlan.v && l.gateway.is_none());
    let derived = if leg == 0 && l.gateway.is_some() {
        cx.make("wan".to_string(), KEY_WAN, &[l.at])
    } else if let Some(m) = managed {
        cx.make("lan".to_string(), KEY_LAN, &[l.at, m.at])
    } else {
        cx.make(format!("opt{number}"), rule, &[l.at, from])
    };
    let label = vlan.name.v.as_str().to_ascii_uppercase().replace('-', "_");
    // A device with a tag has the MTU of the one below it, a NIC that of Ethernet.
    let below = l.carried_by.map_or(1500, |c| x.t.vlan(c.v).mtu.v);
    let mtu = (vlan.mtu.v != 1500 || below != 1500).then(|| cx.make(vlan.mtu.v, DEVICE_MTU, &[vlan.mtu.at]));
    Some(FirewallInterface {
        key: stated.unwrap_or_else(|| derived.map(|k| InterfaceKey(k.into()))),
        vlan: l.vlan,
        leg,
        label: cx.make(label, LABEL, &[vlan.name.at]),
        device,
        carrier: None,
        own: own(x, l, cx),
        mtu,
        gateway: None,
        block_bogons: or(wan.and_then(|w| w.block_bogons), wan.is_some(), BOGONS),
        block_private: or(
            wan.and_then(|w| w.block_private),
            wan.is_some() && !dropped_as_private(vlan.subnet.v.addr()),
            PRIVATE_WAN,
        ),
        at: l.at,
    })
}

/// Addresses of the nodes on an interface, in the order of nodes.
fn own(x: &At<'_>, l: &FirewallLeg, cx: &mut Cx<'_>) -> Vec<Sp<Ipv4Addr>> {
    let Some(shared) = l.address else { return Vec::new() };
    let pair = x.firewall.nodes.len() > 1;
    let mut all = Vec::new();
    for node in &x.firewall.nodes {
        let nic = x.t.machine(*node).nics.iter().find(|n| n.vlan.v == l.vlan.v);
        let stated =
            || x.f.node.iter().find(|n| n.name.as_ref().is_some_and(|n| x.index.machine(&n.v.0) == *node))?.host;
        match (nic, pair) {
            (Some(nic), _) => all.extend(nic.address),
            (None, false) => all.push(cx.make(shared.v, SHARED_ADDRESS, &[shared.at])),
            (None, true) => {
                let Some(number) = stated() else { continue };
                let found = host_number(x.t.vlan(l.vlan.v).subnet, number.map(|n| n.0), cx);
                all.extend(found.map(|a| cx.make(a.v, NODE_ADDRESS, &[a.at])));
            }
        }
    }
    all
}

/// E1101: rules and services name interfaces by their keys, so no two have one.
fn keys(x: &At<'_>, network: &FirewallNetwork, cx: &mut Cx<'_>) {
    for (i, b) in network.interfaces.iter().enumerate() {
        let Some(a) = network.interfaces[..i].iter().find(|a| a.key.v == b.key.v) else { continue };
        let stated = |at: Origin| cx.causes.get(at).is_some_and(|c| matches!(c, crate::source::Cause::Written(_)));
        let (first, second) = if stated(b.key.at) { (b, a) } else { (a, b) };
        let (p, q) = (cx.span(first.key.at), cx.span(second.key.at));
        let free = (1..).find(|n| !network.interfaces.iter().any(|o| *o.key.v.0 == *format!("opt{n}"))).unwrap_or(1);
        cx.report(
            Diag::new(code::E1101, format!("two interfaces of firewall {} are `{}`", x.firewall.name, b.key))
                .at(p, "this one")
                .at(q, "and this one")
                .help(format!("key=\"opt{free}\", or leave it out: it is derived")),
        );
    }
}

/// Public addresses that this firewall answers for one by one.
fn aliases(x: &At<'_>, network: &mut FirewallNetwork, cx: &mut Cx<'_>) {
    for p in x.t.public.iter().filter(|p| p.to.is_some_and(|to| to.v == x.id)) {
        let Some((number, leg)) = p.leg(x.firewall) else { continue };
        let Some(way) = network.interfaces.iter().position(|i| i.leg == number) else { continue };
        let mut ours: Vec<Ipv4Addr> = network.interfaces[way].own.iter().map(|a| a.v).collect();
        ours.extend(leg.address.map(|a| a.v));
        let Some(how) = p.how.filter(|h| h.v != Delivery::Routed) else { continue };
        for ((from, to), inner) in p.ranges.iter().zip(&p.inner) {
            // What the upstream translates to is asked for on the way out, like an alias.
            let first = match (how.v, inner) {
                (Delivery::OneToOne, None) => continue,
                (Delivery::OneToOne, Some(inner)) => *inner,
                (Delivery::Alias | Delivery::Routed, _) => *from,
            };
            for n in 0..=u32::from(to.v).saturating_sub(u32::from(from.v)) {
                let Some(address) = u32::from(first.v).checked_add(n).map(Ipv4Addr::from) else { break };
                if ours.contains(&address) || network.aliases.iter().any(|a| a.address.v == address) {
                    continue;
                }
                if network.aliases.len() == MOST_ALIASES {
                    let (a, b) = (cx.span(from.at), cx.span(how.at));
                    cx.report(
                        Diag::new(
                            code::E1116,
                            format!(
                                "firewall {} would answer for more than {MOST_ALIASES} addresses one by one",
                                x.firewall.name
                            ),
                        )
                        .at(a, "this range is too much")
                        .at(b, "each address is one of its own")
                        .help("delivered \"routed\": then the upstream router needs one route, and nothing is listed"),
                    );
                    return;
                }
                let address = cx.make(address, ALIAS, &[first.at, from.at, to.at, how.at]);
                let group = leg.carp.map(|g| cx.make(g.v, ALIAS_GROUP, &[g.at]));
                network.aliases.push(PublicAlias { interface: way, address, group });
            }
        }
    }
    network.aliases.sort_by_key(|a| a.address.v);
}

/// Finds who carries an interface that has no NIC, in what was said; E1103 where that cannot be.
pub fn carriers(f: &FirewallFacts, index: &Index, vlans: &[Vlan], legs: &mut [FirewallLeg], cx: &mut Cx<'_>) {
    for i in &f.interface {
        let (Some(by), Some(leg)) = (&i.carried_by, legs.iter().position(|l| l.at == i.at)) else { continue };
        let id = index.vlan(&by.v.0);
        if !id.is_known() {
            continue;
        }
        let (own, carrier) = (&vlans[legs[leg].vlan.v.0 as usize], &vlans[id.0 as usize]);
        let carried =
            f.interface.iter().find(|o| o.vlan.as_ref().is_some_and(|v| v.v == by.v) && o.carried_by.is_some());
        let wrong = if !legs.iter().any(|l| l.vlan.v == id) {
            Some(("has no interface there", carrier.at, "this VLAN", format!("interface \"{}\"", carrier.name)))
        } else if let Some(o) = carried {
            Some(("has no NIC there", o.at, "it is carried itself", "name an interface that has a NIC".into()))
        } else if own.mtu.v > carrier.mtu.v {
            let at = if carrier.mtu.at.rule().is_some() { carrier.at } else { carrier.mtu.at };
            Some(("has smaller packets there", at, "its packets", format!("mtu={} on VLAN {}", own.mtu, carrier.name)))
        } else {
            None
        };
        let Some((why, at, label, help)) = wrong else {
            legs[leg].carried_by = Some(Sp::new(id, by.at));
            continue;
        };
        let (a, b) = (cx.span(by.at), cx.span(at));
        cx.report(
            Diag::new(code::E1103, format!("VLAN {} cannot be carried by the interface on {}", own.name, carrier.name))
                .at(a, format!("the firewall {why}"))
                .at(b, label)
                .help(help),
        );
    }
}
