//! Pass: interfaces, ways out and routes of a firewall, the same on both nodes; spells nothing.

use super::At;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::InterfaceKey;

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
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> FirewallNetwork {
    let mut network = FirewallNetwork::default();
    let Some(node) = x.firewall.nodes.first().map(|n| x.t.machine(*n)) else { return network };
    for (leg, l) in x.firewall.legs.iter().enumerate() {
        let Some(slot) = node.nics.iter().position(|n| n.vlan.v == l.vlan.v) else { continue };
        let wan = x.f.wan.iter().find(|w| w.at == l.at);
        let inner = x.f.interface.iter().find(|i| i.at == l.at);
        let stated = wan.and_then(|w| w.key.clone()).or_else(|| inner.and_then(|i| i.key.clone()));
        let nic = node.nics[slot].vlan.at;
        let derived = if leg == 0 && l.gateway.is_some() {
            cx.make("wan".to_string(), KEY_WAN, &[l.at])
        } else if x.firewall.management.is_some_and(|m| m.v == l.vlan.v) && l.gateway.is_none() {
            cx.make("lan".to_string(), KEY_LAN, &[l.at, x.firewall.management.map_or(l.at, |m| m.at)])
        } else {
            cx.make(format!("opt{slot}"), KEY_OPT, &[l.at, nic])
        };
        let key = stated.unwrap_or_else(|| derived.map(|k| InterfaceKey(k.into())));
        let device = cx.make(format!("vtnet{slot}"), DEVICE, &[l.vlan.at, nic]);
        let vlan = x.t.vlan(l.vlan.v);
        let private = vlan.subnet.v.addr().is_private();
        let gateway = l.gateway.and_then(|g| {
            let upstream = x.t.upstream(g.v);
            let router = upstream.routers.iter().find(|r| r.vlan.v == l.vlan.v);
            let text = format!("{}_GW", vlan.name.v.as_str().to_ascii_uppercase().replace('-', "_"));
            let name = cx.make(text, GATEWAY_NAME, &[l.at, vlan.name.at, upstream.name.at]);
            let priority = or(wan.and_then(|w| w.priority.map(|p| p.map(|p| p.0))), 10, ONLY_WAY);
            network.gateways.push(FirewallGateway {
                name,
                interface: leg,
                address: router.map(|r| r.address),
                priority: Some(priority),
                probe: wan.and_then(|w| w.probe.as_ref()).and_then(|p| p.address).map(|a| a.map(|a| a.0)),
            });
            Some(network.gateways.len() - 1)
        });
        network.interfaces.push(FirewallInterface {
            key,
            vlan: l.vlan,
            leg,
            device,
            carrier: None,
            gateway,
            block_bogons: or(wan.and_then(|w| w.block_bogons), wan.is_some(), BOGONS),
            block_private: or(wan.and_then(|w| w.block_private), wan.is_some() && !private, PRIVATE_WAN),
            at: l.at,
        });
    }
    network
}
