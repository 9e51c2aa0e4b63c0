//! Sections of config.xml: Kea; decides nothing.

use super::dns::list;
use super::{ON, Section, View};
use crate::ir::{DhcpPartner, DhcpReservation, FirewallDhcp};
use crate::render::{Composed, Doc, Why, Xml};
use crate::words;

crate::rules! {
    77;
    KEA = "Kea gives out addresses." @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml";
    INTERFACES = "It listens where somebody is given an address." @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml: interfaces";
    RULES_OF_ITS_OWN = "Its own rules let clients ask before they have an address." @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml: fwrules; opnsense 3";
    SUBNET = "The addresses of a VLAN, and what clients are told with them." @ "RFC 2131; RFC 2132";
    SUBNET_ID = "Leases belong to this number, so it is the VLAN's own tag and stays." @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml: subnet_id";
    STATED_OPTIONS = "Clients are told what is stated here, not what OPNsense finds on its interfaces." @ "OPNsense core 26.7, Kea/KeaDhcpv4.php: setNodes";
    POOLS = "Addresses for whoever asks." @ "Kea administrator reference, Subnet and Pool Configuration";
    RESERVATION = "It gets the same address each time." @ "OPNsense core 26.7, Kea/KeaDhcpv4.xml: reservations";
    PAIR = "Two nodes tell each other of leases: the first answers, the other waits." @ "Kea administrator reference, High Availability";
    AGENT = "The pair needs the control agent, which only the firewall itself can reach." @ "OPNsense documentation, Kea: Control Agent";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let subnets = &view.layer.dhcp[..];
    let Some(first) = subnets.first() else { return Vec::new() };
    let area = Some("OPNsense.Kea");
    let mut all = Vec::new();
    if !first.partners.is_empty() {
        let xml = view.model("OPNsense/Kea/ctrl_agent", "ctrl_agent", AGENT, |x| {
            x.element("general", AGENT, |x| x.put("enabled", (true, ON)));
        });
        all.push(Section { under: &["OPNsense", "Kea"], xml, area });
    }
    let xml = view.model("OPNsense/Kea/dhcp4", "dhcp4", KEA, |x| {
        general(view, subnets, x);
        if !first.partners.is_empty() {
            partners(view, &first.partners, x);
        }
        x.element("subnets", SUBNET, |x| {
            for s in subnets {
                x.push(subnet(view, s));
            }
        });
        let reserved = || subnets.iter().flat_map(|s| s.reservations.iter().map(move |r| (s, r)));
        if reserved().next().is_some() {
            x.element("reservations", RESERVATION, |x| {
                for (s, r) in reserved() {
                    x.push(reservation(view, s, r));
                }
            });
        }
    });
    all.push(Section { under: &["OPNsense", "Kea"], xml, area });
    all
}

fn general(view: &View<'_>, subnets: &[FirewallDhcp], x: &mut Xml) {
    x.element("general", KEA, |x| {
        x.put("enabled", (true, ON));
        let keys = subnets.iter().map(|s| words![view.key(s.interface)].citing(s.vlan.at));
        x.put("interfaces", (list(keys), INTERFACES));
        // A release that has one lease time for all VLANs was refused where they differ.
        if let (false, [first, ..]) = (view.caps.kea_subnet_lifetime, subnets) {
            let mut lease = words![first.lease];
            lease.why.extend(subnets.iter().map(|s| s.lease.at));
            x.put("valid_lifetime", (lease, KEA));
        }
        x.put("fwrules", (true, RULES_OF_ITS_OWN));
    });
}

fn subnet_path(view: &View<'_>, s: &FirewallDhcp) -> String {
    format!("dhcp/subnet/{}", view.t.vlan(s.vlan.v).name.v)
}

fn subnet(view: &View<'_>, s: &FirewallDhcp) -> Xml {
    let FirewallDhcp {
        vlan,
        interface: _, // in `general`
        ranges,
        lease,
        router,
        domain,
        dns,
        ntp,
        reservations: _, // behind the subnets
        partners: _,     // for all of them together
        openings: _,     // rules of the filter
        at,
    } = s;
    let v = view.t.vlan(vlan.v);
    let mut x = view.item("subnet4", &subnet_path(view, s), Why::from(SUBNET).also(*at));
    if view.caps.kea_subnet_id {
        x.put("subnet_id", (words![v.tag], SUBNET_ID));
    }
    x.put("subnet", (words![v.subnet].citing(vlan.at), SUBNET));
    if view.caps.kea_subnet_lifetime {
        x.put("valid_lifetime", lease);
    }
    x.put("option_data_autocollect", (false, STATED_OPTIONS));
    x.element("option_data", SUBNET, |x| {
        if !dns.is_empty() {
            x.put("domain_name_servers", (list(dns.iter().map(|a| words![a])), SUBNET));
        }
        x.put_some("routers", *router);
        x.put_some("domain_name", domain.as_ref());
        if !ntp.is_empty() {
            x.put("ntp_servers", (list(ntp.iter().map(|a| words![a])), SUBNET));
        }
    });
    let lines = ranges.iter().map(|(from, to)| line(words![from, "-", to])).collect();
    x.lines("pools", POOLS, lines);
    x.put("description", (words!["VLAN ", v.name], SUBNET));
    x
}

/// A line of a list of lines.
fn line(text: Composed) -> (Doc, Why) {
    let why = text.why.iter().fold(Why::from(POOLS), |why, at| why.also(*at));
    (Doc::Str(text.text.into()), why)
}

fn reservation(view: &View<'_>, s: &FirewallDhcp, r: &DhcpReservation) -> Xml {
    let DhcpReservation { name, machine: _, mac, address, at } = r;
    let vlan = &view.t.vlan(s.vlan.v).name;
    let path = format!("dhcp/reservation/{}/{}", vlan.v, name.v);
    let mut x = view.item("reservation", &path, Why::from(RESERVATION).also(*at));
    let subnet = view.uuid(&subnet_path(view, s));
    x.put("subnet", (Doc::Str(subnet.as_str().into()), Why::from(RESERVATION).also(vlan.at)));
    x.put("ip_address", address);
    x.put("hw_address", mac);
    x.put("hostname", name);
    x
}

fn partners(view: &View<'_>, partners: &[DhcpPartner], x: &mut Xml) {
    x.element("ha", PAIR, |x| {
        x.put("enabled", (true, ON));
        x.put("this_server_name", (words![view.node.name], PAIR));
    });
    x.element("ha_peers", PAIR, |x| {
        for (i, p) in partners.iter().enumerate() {
            let DhcpPartner { node, address, port } = p;
            let node = view.t.machine(*node);
            let mut peer = view.item("peer", &format!("dhcp/partner/{}", node.name.v), PAIR);
            peer.put("name", (words![node.name], PAIR));
            peer.put("role", (if i == 0 { "primary" } else { "standby" }, PAIR));
            peer.put("url", (words!["http://", address, ":", port, "/"], PAIR));
            x.push(peer);
        }
    });
}
