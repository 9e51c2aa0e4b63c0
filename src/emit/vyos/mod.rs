//! Emitter: the commands that make a VyOS machine the router of its VLANs; it opens nothing that the VLANs do not say.

use super::{Meta, Out, Site};
use crate::ir::{Clients, Machine, MachineId, Nic, Router, Sealed, Topology};
use crate::render::{Text, Why};
use crate::source::{Rule, Sp};
use crate::{line, words};

crate::rules! {
    32;
    FILE = "a dedicated machine routes the VLANs of nested clusters" @ "RFC 5.9";
    NAME = "the machine says its name" @ "VyOS 1.4 documentation, Host Information";
    INTERFACE = "interfaces are called eth in the order of their slots; the MAC address binds the name" @ "VyOS 1.4 documentation, Ethernet; vyos-1x, hw-id";
    ADDRESS = "its address on each VLAN is the gateway of those it routes" @ "VyOS 1.4 documentation, Ethernet, address";
    DEFAULT_ROUTE = "what is not on a VLAN of its own leaves by one default route" @ "VyOS 1.4 documentation, Default Gateway/Route";
    NO_NAT = "addresses are not translated: the next router has a route back to these VLANs" @ "RFC 5.9";
    NAMES = "it asks for names and time whom the topology says" @ "VyOS 1.4 documentation, System DNS, NTP";
    ANSWERS = "answers to what was let in are let out" @ "VyOS 1.4 documentation, IPv4 Firewall, forward filter";
    NO_INTERNET = "a VLAN that may not reach the Internet does not leave by the default route's interface" @ "RFC 2.1; VyOS 1.4 documentation, IPv4 Firewall, forward filter";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "vyos",
    writes: "terraform_ansible/vyos/<machine>.commands",
    what: "Interfaces, addresses, routes and what must not leave, of each machine that VyOS runs on.",
    reader: "VyOS 1.4",
    apply: "On its console: change the password of the image's own account, `configure`, paste the file, `commit`, `save`.",
    step: 5,
    rfc: "5.9",
    systems: &[("VyOS", "terraform_ansible/vyos/<machine>.commands", "`vm … { role \"router\" }`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// One file a router.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for (id, machine) in sealed.machine_ids() {
        if sealed.template(machine.template.v).os.router {
            let path = format!("terraform_ansible/vyos/{}.commands", machine.name);
            out.text(Site::Machine(machine.name.v.clone()), path, commands(sealed, id, machine));
        }
    }
}

fn commands(t: &Topology, id: MachineId, machine: &Machine) -> Text {
    // Who routes looks nothing up in a domain of ours.
    let Clients { dns, search: _, ntp } = &machine.clients;
    let mut text = Text::new();
    text.lit(FILE, "# Made by topoc; change the topology, not this file.");
    // Without a stated version there is an error, and errors are not sealed.
    if let Some(target) = &t.targets.cluster.vyos {
        line!(text, FILE; "# For VyOS ", target.version, ": set commands of configuration mode, from an empty configuration.");
    }
    text.lit(NO_NAT, "# Nothing is translated: the next router needs a route back to each of these VLANs.");
    text.lit(FILE, "# It forwards between all of its VLANs, but for what is dropped below.");
    line!(text, NAME; "set system host-name '", machine.name, "'");
    for (slot, nic) in (0u32..).zip(&machine.nics) {
        let Nic {
            vlan,
            address,
            dhcp,
            // It has no address then, and none is written.
            bare,
            mac,
            // Linux' own name and the routes by source are Netplan's.
            ifname: _,
            source_route: _,
            no_source_route: _,
            // Firewalls alone have such.
            trunks: _,
            mtu,
            default_via: _,
            at,
        } = nic;
        let row = t.vlan(vlan.v);
        let head = || words!["set interfaces ethernet eth", number(slot, INTERFACE)];
        let why = Why::from(INTERFACE).also(*at).also(bare.at);
        line!(text, why; head(), " hw-id '", mac, "'");
        line!(text, INTERFACE; head(), " description '", row.name, "'");
        line!(text, INTERFACE; head(), " mtu '", mtu, "'");
        match (address, bare.v) {
            (Some(a), _) => {
                line!(text, ADDRESS; head(), " address '", a, "/", row.subnet.map(|s| s.prefix_len()), "'");
            }
            (None, true) => {}
            (None, false) => line!(text, Why::from(ADDRESS).also(dhcp.at); head(), " address 'dhcp'"),
        }
    }
    for via in machine.nics.iter().filter_map(|n| n.default_via) {
        line!(text, DEFAULT_ROUTE; "set protocols static route 0.0.0.0/0 next-hop '", via, "'");
    }
    for server in dns {
        line!(text, NAMES; "set system name-server '", server, "'");
    }
    for server in ntp {
        line!(text, NAMES; "set service ntp server '", server, "'");
    }
    closed(t, id, machine, &mut text);
    text
}

/// What may not reach the Internet is stopped at the way out. The rule is wider than its reason: it cannot tell the Internet
/// from other networks behind the next router, and a door that is shut by mistake is found sooner than one left open.
fn closed(t: &Topology, id: MachineId, machine: &Machine, text: &mut Text) {
    let Some(out) = machine.nics.iter().position(|n| n.default_via.is_some()) else { return };
    let shut = t.vlans.iter().filter(|v| v.router.v == Router::Machine(id) && !v.internet.v);
    for (i, v) in (0u32..).zip(shut) {
        if i == 0 {
            text.lit(ANSWERS, "set firewall ipv4 forward filter rule 10 action 'accept'");
            text.lit(ANSWERS, "set firewall ipv4 forward filter rule 10 state 'established'");
            text.lit(ANSWERS, "set firewall ipv4 forward filter rule 10 state 'related'");
        }
        let head = || words!["set firewall ipv4 forward filter rule ", number(100 + i, NO_INTERNET)];
        line!(text, Why::from(NO_INTERNET).also(v.internet.at); head(), " action 'drop'");
        line!(text, NO_INTERNET; head(), " source address '", v.subnet.map(|s| s.trunc()), "'");
        line!(text, NO_INTERNET; head(), " outbound-interface name 'eth", number(out as u32, NO_INTERNET), "'");
    }
}

fn number(n: u32, rule: Rule) -> Sp<u32> {
    Sp::new(n, rule.origin())
}
