//! Sections of config.xml: interfaces with their addresses, VLAN devices, shared addresses; decides nothing.

use super::{Section, View};
use crate::ir::{FirewallInterface, FirewallNetwork};
use crate::render::Xml;

crate::rules! {
    71;
    INTERFACES = "Each interface is assigned to the NIC of its slot, alike on both nodes." @ "RFC 3.1; opnsense 2";
    ENABLED = "The interface is in use." @ "OPNsense core 26.7, interfaces.inc";
    LOCK = "It cannot be removed by mistake." @ "OPNsense core 26.7, interfaces.php";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let FirewallNetwork { interfaces, gateways: _, groups: _, routes: _, openings: _ } = &view.layer.network;
    let mut xml = Xml::new("interfaces", INTERFACES);
    for i in interfaces {
        xml.push(interface(view, i));
    }
    vec![Section { under: &[], xml, area: Some("interfaces") }]
}

fn interface(view: &View<'_>, i: &FirewallInterface) -> Xml {
    let FirewallInterface { key, vlan, leg, device, carrier: _, gateway, block_bogons, block_private, at } = i;
    let v = view.t.vlan(vlan.v);
    let mut x = Xml::new(key, *at);
    x.put("if", device);
    x.put("descr", &v.name.clone().map(|n| n.as_str().to_ascii_uppercase().replace('-', "_")));
    x.flag("enable", true, ENABLED);
    x.flag("lock", true, LOCK);
    let nic = view.node.nics.iter().find(|n| n.vlan.v == vlan.v);
    // A node of a pair has an address of its own, and the shared one is virtual.
    let own = nic.and_then(|n| n.address).or(view.firewall.legs[*leg].address);
    if let Some(address) = own {
        x.put("ipaddr", &address);
        x.put("subnet", &v.subnet.map(|s| s.prefix_len()));
    } else {
        x.put("ipaddr", ("dhcp", INTERFACES));
    }
    if let Some(g) = gateway {
        x.put("gateway", &view.layer.network.gateways[*g].name);
    }
    x.flag("blockpriv", block_private.v, block_private.at);
    x.flag("blockbogons", block_bogons.v, block_bogons.at);
    x
}
