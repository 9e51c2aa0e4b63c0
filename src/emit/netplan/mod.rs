//! Netplan of every Linux machine, and the file that keeps cloud-init away from it; decides no address and no route.

use crate::emit::{Format, Meta, Out, Site, on_machine};
use crate::ir::{Clients, Machine, MachineKind, Nic, Sealed, SourceRoute};
use crate::render::{Doc, List, Map, Scalar, Why};
use crate::source::Sp;
use crate::words;

crate::rules! {
    12;
    FILE = "the one file that configures a machine's network, so that no two describe one interface" @ "RFC 4.2; netplan-generate(8): all files of /etc/netplan are merged";
    VERSION = "netplan knows only version 2 of its format" @ "netplan 0.106 reference, Properties for all device types";
    RENDERER = "servers without a desktop are configured by systemd-networkd" @ "RFC 4.2; netplan 0.106 reference, renderer";
    INTERFACE = "an interface is found by its MAC address and gets its name: the order of slots decides nothing" @ "netplan 0.106 reference, match and set-name; systemd.link(5) PermanentMACAddress";
    NO_DHCP = "every address is stated, so none comes by DHCP" @ "RFC 4.2";
    DHCP_ADDRESS_ONLY = "DHCP brings the address and nothing that the topology states" @ "netplan 0.106 reference, DHCP Overrides";
    DHCP_BY_MAC = "a lease follows the MAC address: clones of one template may share the machine id that is used otherwise" @ "netplan 0.106 reference, dhcp-identifier; systemd.network(5) ClientIdentifier";
    BARE = "what carries a VLAN for pods has no address of the node's; the node does not wait for it at boot" @ "RFC 5.9; netplan 0.106 reference, optional";
    NO_IPV6 = "the network has no IPv6: link-local addresses would reach neighbours past every rule of the IPv4 firewall" @ "netplan 0.106 reference, link-local and accept-ra; RFC 9099 section 2.3";
    ADDRESS = "the address with the prefix of its VLAN's subnet" @ "RFC 4.2";
    DEFAULT_ROUTE = "one default route, in the words that replaced gateway4" @ "netplan 0.103 release notes, gateway4 deprecated";
    NAMES = "names are asked for where the default route goes out" @ "RFC 4.2; netplan 0.106 reference, nameservers";
    SOURCE_TABLE = "answers to what came in on this VLAN leave by its own router: their table has its own default route and its own subnet" @ "RFC 6.3; ip-rule(8); netplan 0.106 reference, routing-policy";
    NODE_SOURCE_RULE = "on a node the rule takes the whole subnet: the API address and load-balancer addresses, which no file gives to a node, answer there too" @ "RFC 4.4, 5.4; ip-rule(8); keepalived.conf(5) virtual_ipaddress";
    SOURCE_RULE = "the rule takes the machine's own address: what it forwards from neighbours to containers keeps its way" @ "ip-rule(8)";
    NEAR_RULE = "a VLAN that no other machine routes is reached directly, whatever the source; where there is a router the answer goes back through it, or a stateful firewall on it sees half a connection and drops it" @ "RFC 6.3; ip-rule(8); rt_tables: main is 254";
    POD_RULE = "packets of the subnet's own clients to pods pass through the node with the client as source: main has the way to pods" @ "ip-rule(8); Kubernetes, Service, type LoadBalancer";
    PRIORITIES = "the rules come after the local table even where Cilium moves that to 100, and before main at 32766" @ "ip-rule(8); Cilium, proxy rules";
    CLOUD_INIT_OFF = "cloud-init brings up the network once at most; afterwards it would write a second file with a second default route" @ "cloud-init, network configuration, disabling; RFC 4.1, 4.2";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "netplan",
    writes: "terraform_ansible/ansible/files/<machine>/etc/netplan/01-topoc.yaml",
    what: "The interfaces, addresses, routes and name servers of each Linux machine.",
    reader: "netplan",
    apply: "Ansible copies it with mode 0600, removes the other files of /etc/netplan, and runs `netplan apply`.",
    step: 5,
    rfc: "4.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Where Netplan reads it; anybody may read a file there, so it is kept 0600 (netplan 1.0 warns about more).
pub const PATH: &str = "etc/netplan/01-topoc.yaml";
/// Where cloud-init reads that the network is none of its business.
pub const CLOUD_INIT_PATH: &str = "etc/cloud/cloud.cfg.d/99-topoc-network.cfg";

const HEADER: &[&str] = &["Made by topoc; change the topology, not this file."];
/// The kernel's table main, which networkd wants as a number.
const MAIN: u32 = 254;
/// Priority of rules that send what is near to main.
const NEAR: u32 = 1000;
/// Priority of rules that choose a table by source; after those of [`NEAR`].
const BY_SOURCE: u32 = 1100;

/// Writes both files of every machine that has Netplan. All keys are known to netplan 0.106, 1.0 and 1.1 alike.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for machine in sealed.machines.iter().filter(|m| sealed.template(m.template.v).os.netplan.is_some()) {
        let name = &machine.name.v;
        let site = Site::Machine(name.clone());
        out.doc(site.clone(), on_machine(name, PATH), Format::Yaml(HEADER), network(sealed, machine), FILE);
        let mut off = Map::new();
        off.map("network", CLOUD_INIT_OFF, |n| n.put("config", ("disabled", CLOUD_INIT_OFF)));
        out.doc(site, on_machine(name, CLOUD_INIT_PATH), Format::Yaml(HEADER), off, CLOUD_INIT_OFF);
    }
}

fn network(sealed: &Sealed<'_>, machine: &Machine) -> Map {
    // Where no NIC has the default route, names are asked for on the first: the passes chose the servers that way.
    let asks = machine.nics.iter().position(|n| n.default_via.is_some()).unwrap_or(0);
    let mut doc = Map::new();
    doc.map("network", FILE, |network| {
        network.put("version", (2u8, VERSION));
        network.put("renderer", ("networkd", RENDERER));
        network.map("ethernets", INTERFACE, |ethernets| {
            for (i, nic) in machine.nics.iter().enumerate() {
                ethernets.put(&nic.ifname, (interface(sealed, machine, nic, i == asks), INTERFACE));
            }
        });
    });
    doc
}

fn interface(sealed: &Sealed<'_>, machine: &Machine, nic: &Nic, asks: bool) -> Map {
    // `at` is the place of the statement; every value has its own origin.
    let Nic {
        vlan,
        address,
        dhcp,
        bare,
        mac,
        ifname,
        mtu,
        default_via,
        source_route,
        no_source_route,
        // Firewalls alone have such, and they have no Netplan.
        trunks: _,
        at: _,
    } = nic;
    // The time client has a file of its own, unless DHCP would bring it servers.
    let Clients { dns, search, ntp } = &machine.clients;
    let subnet = sealed.vlan(vlan.v).subnet;
    let mut map = Map::new();
    map.map("match", INTERFACE, |m| m.put("macaddress", mac));
    let named = Why::from(ifname.at);
    map.put("set-name", (ifname.v.scalar(), if bare.at.rule().is_none() { named.also(bare.at) } else { named }));
    if dhcp.v {
        map.put("dhcp4", dhcp);
        map.put("dhcp-identifier", ("mac", DHCP_BY_MAC));
        map.map("dhcp4-overrides", DHCP_ADDRESS_ONLY, |o| {
            o.put("use-dns", (dns.is_empty(), DHCP_ADDRESS_ONLY));
            o.put("use-ntp", (ntp.is_empty(), DHCP_ADDRESS_ONLY));
            o.put("use-hostname", (false, DHCP_ADDRESS_ONLY));
            o.put("use-mtu", (false, DHCP_ADDRESS_ONLY));
            o.put("use-routes", (false, DHCP_ADDRESS_ONLY));
        });
    } else {
        map.put("dhcp4", (Doc::Bool(false), Why::from(NO_DHCP).also(dhcp.at)));
    }
    if bare.v {
        map.put("optional", (Doc::Bool(true), Why::from(BARE).also(bare.at)));
    }
    map.put("accept-ra", (false, NO_IPV6));
    map.put("link-local", (List::new(), NO_IPV6));
    match no_source_route {
        Some(no) => {
            map.comment("No source routing: answers to what comes in here leave where main says.");
            map.put("mtu", (mtu.scalar(), Why::from(mtu.at).also(no.at)));
        }
        None => map.put("mtu", mtu),
    }
    if let Some(address) = address {
        map.list("addresses", ADDRESS, |l| l.push((words![address, "/", subnet.map(|s| s.prefix_len())], ADDRESS)));
    }
    if default_via.is_some() || source_route.is_some() {
        map.list("routes", DEFAULT_ROUTE, |routes| {
            if let Some(via) = default_via {
                routes.map(DEFAULT_ROUTE, |r| {
                    r.put("to", ("default", DEFAULT_ROUTE));
                    r.put("via", via);
                });
            }
            if let Some(SourceRoute { via, table }) = source_route {
                routes.map(SOURCE_TABLE, |r| {
                    r.put("to", ("default", SOURCE_TABLE));
                    r.put("via", via);
                    r.put("table", table);
                });
                routes.map(SOURCE_TABLE, |r| {
                    r.put("to", subnet.map(|s| s.trunc()));
                    r.put("scope", ("link", SOURCE_TABLE));
                    r.put("table", table);
                });
            }
        });
    }
    if let Some(SourceRoute { via: _, table }) = source_route {
        map.list("routing-policy", SOURCE_TABLE, |rules| source_rules(sealed, machine, nic, table, rules));
    }
    if asks && !(dns.is_empty() && search.is_empty()) {
        map.map("nameservers", NAMES, |n| {
            if !dns.is_empty() {
                n.list("addresses", NAMES, |l| dns.iter().for_each(|a| l.push(a)));
            }
            if !search.is_empty() {
                n.list("search", NAMES, |l| search.iter().for_each(|d| l.push(d)));
            }
        });
    }
    map
}

/// First the destinations that keep to main, then the table of the source. What no program binds to an address has none yet
/// when it is routed, so main decides on it: connected VLANs are reached directly as ever.
fn source_rules(sealed: &Sealed<'_>, machine: &Machine, nic: &Nic, table: &Sp<u32>, rules: &mut List) {
    let subnet = sealed.vlan(nic.vlan.v).subnet.map(|s| s.trunc());
    let (from, rule, pods) = match (&machine.kind, nic.address) {
        (MachineKind::Node { cluster, group: _ }, _) => {
            (subnet.map(|s| s.to_string()), NODE_SOURCE_RULE, Some(sealed.cluster(*cluster).pods))
        }
        (MachineKind::Single { role: _ } | MachineKind::Firewall { firewall: _ }, Some(own)) => {
            (own.map(|a| a.to_string()), SOURCE_RULE, None)
        }
        (MachineKind::Single { role: _ } | MachineKind::Firewall { firewall: _ }, None) => {
            (subnet.map(|s| s.to_string()), SOURCE_RULE, None)
        }
    };
    let mut near = |to: Sp<ipnet::Ipv4Net>, rule| {
        rules.map(rule, |r| {
            r.put("from", &from);
            r.put("to", to.map(|s| s.trunc()));
            r.put("table", (MAIN, rule));
            r.put("priority", (NEAR, PRIORITIES));
        });
    };
    for other in machine.nics.iter().filter(|n| n.vlan.v != nic.vlan.v && !n.bare.v) {
        let vlan = sealed.vlan(other.vlan.v);
        if vlan.gateway.is_none() || vlan.gateway == other.address {
            near(vlan.subnet, NEAR_RULE);
        }
    }
    if let Some(pods) = pods {
        near(pods, POD_RULE);
    }
    rules.map(rule, |r| {
        r.put("from", &from);
        r.put("table", table);
        r.put("priority", (BY_SOURCE, PRIORITIES));
    });
}
