//! Sections of config.xml: interfaces with their addresses, VLAN devices, virtual addresses; decides nothing.

use super::{Section, View, secret};
use crate::ir::{FirewallInterface, FirewallNetwork, PublicAlias, SharedAddress};
use crate::render::Xml;
use crate::schema::CarpAnnounce;
use crate::words;

crate::rules! {
    71;
    INTERFACES = "Each interface is assigned to the NIC of its slot, alike on both nodes." @ "RFC 3.1; opnsense 2";
    ENABLED = "The interface is in use." @ "OPNsense core 26.7, interfaces.inc";
    LOCK = "It cannot be removed by mistake." @ "OPNsense core 26.7, interfaces.php";
    DHCP = "The address of this way out comes by DHCP, and its gateway with it." @ "OPNsense core 26.7, interfaces.inc";
    VLANS = "What has no NIC of its own comes with its tag over another." @ "RFC 3.1; OPNsense core 26.7, Interfaces/Vlan.xml";
    VIPS = "Addresses that no interface has for itself: those that a pair shares, and public ones." @ "RFC 3.1.3, 9.4; OPNsense core 26.7, Interfaces/Vip.xml";
    CARP = "The node that works has the address: CARP tells everybody which that is." @ "RFC 9.4; carp(4)";
    PACE = "Each node says every second that it is there; the first speaks a little sooner, so it has the address while it works." @ "RFC 9.4; carp(4), advbase and advskew";
    PEER = "The network passes no multicast, so each node tells the other by its own address." @ "OPNsense core 25.7, Interfaces/Vip.xml: peer";
    ALIAS = "The firewall answers for the address itself, and its network has nothing else in it." @ "RFC 3.1.3; OPNsense core 26.7, Interfaces/Vip.xml";
    NO_IPV6 = "The network has no IPv6: rules speak of IPv4 alone." @ "RFC 2.1; OPNsense core 26.1, Interfaces/Settings.xml";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let FirewallNetwork {
        interfaces,
        aliases,
        // Routing's own.
        gateways: _,
        groups: _,
        routes: _,
        // Rules of the filter are made from these.
        openings: _,
    } = &view.layer.network;
    let mut xml = Xml::new("interfaces", INTERFACES);
    for i in interfaces {
        xml.push(interface(view, i));
    }
    let vlans = view.model("vlans", "vlans", VLANS, |x| {
        for i in interfaces {
            vlan(view, i, x);
        }
    });
    let addresses = view.model("virtualip", "virtualip", VIPS, |x| {
        for s in view.layer.pair.iter().flat_map(|p| &p.shared) {
            shared(view, s, x);
        }
        for a in aliases {
            alias(view, a, x);
        }
    });
    let mut all = vec![
        Section { under: &[], xml: vlans, area: Some("vlans") },
        Section { under: &[], xml, area: Some("interfaces") },
        Section { under: &[], xml: addresses, area: Some("virtualip") },
    ];
    if view.caps.interface_settings {
        let settings = view.model("OPNsense/Interfaces/settings", "settings", NO_IPV6, |x| {
            x.put("disableipv6", (true, NO_IPV6));
            super::ids::unload(view, x);
        });
        all.push(Section { under: &["OPNsense", "Interfaces"], xml: settings, area: None });
    }
    all
}

fn interface(view: &View<'_>, i: &FirewallInterface) -> Xml {
    let FirewallInterface {
        key,
        vlan,
        leg,
        label,
        device,
        // The device of the tag says it.
        carrier: _,
        own,
        mtu,
        gateway,
        block_bogons,
        block_private,
        at,
    } = i;
    let v = view.t.vlan(vlan.v);
    let mut x = Xml::new(key, *at);
    x.put("if", device);
    x.put("descr", label);
    x.flag("enable", true, ENABLED);
    x.flag("lock", true, LOCK);
    x.put_some("mtu", mtu.as_ref());
    // A node of a pair has an address of its own, and the shared one is virtual.
    match own.get(view.number) {
        Some(address) => {
            x.put("ipaddr", address);
            x.put("subnet", v.subnet.map(|s| s.prefix_len()));
            if let Some(g) = gateway {
                x.put("gateway", &view.layer.network.gateways[*g].name);
            }
        }
        None => x.put("ipaddr", ("dhcp", DHCP)),
    }
    if let Some(dhcp) = view.firewall.legs[*leg].dhcp {
        x.cite(dhcp.at);
    }
    x.flag("blockpriv", block_private.v, block_private.at);
    x.flag("blockbogons", block_bogons.v, block_bogons.at);
    x
}

/// The device of an interface that has no NIC.
fn vlan(view: &View<'_>, i: &FirewallInterface, x: &mut Xml) {
    let Some(carrier) = i.carrier else { return };
    let v = view.t.vlan(i.vlan.v);
    let path = ["vlan/", v.name.v.as_str()].concat();
    let mut item = view.item("vlan", &path, i.at);
    item.cite(carrier.at);
    item.put("if", &view.layer.network.interfaces[carrier.v].device);
    item.put("tag", v.tag);
    item.put("descr", &i.label);
    item.put("vlanif", &i.device);
    x.push(item);
}

/// An address that the nodes share.
fn shared(view: &View<'_>, s: &SharedAddress, x: &mut Xml) {
    let Some(pair) = &view.layer.pair else { return };
    let SharedAddress { interface, address, group } = s;
    let i = &view.layer.network.interfaces[*interface];
    let v = view.t.vlan(i.vlan.v);
    let path = ["vip/shared/", v.name.v.as_str()].concat();
    let mut item = view.item("vip", &path, CARP);
    item.put("interface", &i.key);
    item.put("mode", ("carp", CARP));
    item.put("subnet", address);
    item.put("subnet_bits", v.subnet.map(|s| s.prefix_len()));
    item.put("vhid", group);
    item.put("password", secret(view.t, &pair.secret));
    item.put("advbase", (1, PACE));
    item.put("advskew", (if view.number == 0 { 0 } else { 100 }, PACE));
    match (pair.announce.v, i.own.get(1 - view.number.min(1))) {
        (CarpAnnounce::Unicast, Some(peer)) => {
            item.put("peer", (words![peer].citing(pair.announce.at), PEER));
        }
        (CarpAnnounce::Unicast, None) | (CarpAnnounce::Multicast, _) => item.cite(pair.announce.at),
    }
    item.put("descr", (words!["shared address on ", v.name], VIPS));
    x.push(item);
}

/// A public address that the firewall answers for.
fn alias(view: &View<'_>, a: &PublicAlias, x: &mut Xml) {
    let PublicAlias { interface, address, group } = a;
    let path = ["vip/public/", &address.v.to_string()].concat();
    let mut item = view.item("vip", &path, ALIAS);
    item.put("interface", view.key(*interface));
    item.put("mode", ("ipalias", ALIAS));
    item.put("subnet", address);
    item.put("subnet_bits", (32, ALIAS));
    item.put_some("vhid", group.as_ref());
    item.put("descr", (words!["public address ", address], VIPS));
    x.push(item);
}
