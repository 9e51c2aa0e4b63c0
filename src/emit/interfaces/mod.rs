//! Emitter: /etc/network/interfaces of each Proxmox host, in ifupdown2's words; it knows nothing of guests or switches.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::{Meta, Out, Site, on_machine};
use crate::ir::{Bond, Host, HostNic, Proxmox, RouterAddress, Sealed, Topology, Vlan, VlanId};
use crate::render::{Composed, Piece, Text, Why};
use crate::schema::{BondHash, BondMode, Bridges, IfName};
use crate::source::{Origin, Rule, Sp};
use crate::{line, words};

crate::rules! {
    10;
    INTERFACES = "Each Proxmox host has one file that states all its interfaces." @ "RFC 2.2; Proxmox VE administration guide, Network Configuration";
    LOOPBACK = "The loopback interface is stated like every other: what is not in the file does not come up." @ "interfaces(5)";
    PHYSICAL = "A NIC has no address of its own: bonds and bridges stand on it." @ "Proxmox VE administration guide, Network Configuration";
    FURTHER_NIC = "A further NIC comes up without an address, for what the topology does not describe." @ "interfaces(5)";
    TRUNK_MTU = "What carries several VLANs passes the largest packet of all of them." @ "IEEE 802.1Q-2022; ifupdown2 refuses a VLAN whose MTU is above that of the interface below it";
    VLAN_MTU = "Without an MTU a VLAN interface takes that of the trunk, so each states its own." @ "ifupdown2 3.0.0 addons/address.py";
    BRIDGE_MTU = "ifupdown2 sets every bridge that states no `mtu` to 1500 bytes, and its own check refuses one that does: a bridge with another MTU gets it right after it is up." @ "ifupdown2 3.0.0 addons/address.py, tried: a bridge on a port of 9000 bytes comes up with 1500";
    BOND = "NICs that work as one." @ "Proxmox VE administration guide, Linux Bond";
    MIIMON = "The state of the ports is looked at every 100 milliseconds: without that a dead port keeps its share." @ "Linux Documentation/networking/bonding.rst";
    LACP_RATE = "LACP partners speak every 30 seconds; a dead port is noticed by its lost link long before." @ "IEEE 802.1AX-2020 6.4; Linux Documentation/networking/bonding.rst";
    MIN_LINKS = "One working port is enough; ifupdown2 warns at each reload when this is not said." @ "ifupdown2 3.0.0 addons/bond.py";
    VLAN_PORT = "A bridge of one VLAN takes and gives frames of that VLAN only: the tag is put on below it." @ "RFC 2.2.2; Proxmox VE administration guide, VLAN 802.1Q";
    LONG_NAME = "An interface name has at most 15 bytes, so where trunk and tag are longer the VLAN interface is called vlan and the tag." @ "Linux IFNAMSIZ; Proxmox VE administration guide, Naming Conventions";
    BRIDGE = "Guests of a VLAN meet on a bridge." @ "RFC 2.2.1";
    BRIDGE_AWARE = "One bridge carries all VLANs; each guest's interface says its tag." @ "Proxmox VE administration guide, VLAN 802.1Q";
    BRIDGE_VIDS = "The bridge passes the tags of this host and no others." @ "bridge(8)";
    NO_UNTAGGED = "Frames without a tag belong to no VLAN of this host; Linux would take them for VLAN 1, and send VLAN 1 without its tag." @ "Linux Documentation/networking/bridge.rst, default_pvid; ifupdown2 3.0.0 addons/bridge.py, tried";
    NO_STP = "Bridges of a host have one way out, so there is no loop that the spanning tree protocol could break." @ "RFC 2.2.2";
    NO_DELAY = "Without the spanning tree protocol a port forwards at once." @ "RFC 2.2.2";
    HOST_ADDRESS = "The host has this address on the VLAN." @ "RFC 2.2.1";
    HOST_GATEWAY = "The default route leaves by the VLAN that hosts are managed on." @ "RFC 2.2.1";
    SDN = "What Proxmox SDN writes is read too; without this line its networks vanish at the next reload." @ "Proxmox VE administration guide, Software-Defined Network";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "interfaces",
    writes: "terraform_ansible/ansible/files/<host>/etc/network/interfaces",
    what: "All interfaces of a Proxmox host: NICs, bonds, VLANs, bridges and its own addresses.",
    reader: "ifupdown2 on Proxmox VE",
    apply: "Ansible delivers the file and reloads it with `ifreload -a`, or leaves that to a person where the topology says so.",
    step: 2,
    rfc: "2.2",
    systems: &[("Proxmox VE", "terraform_ansible/ansible/files/<host>/etc/network/interfaces", "`proxmox`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The MTU that ifupdown2 gives a bridge for which none is stated, in bytes.
const IFUPDOWN2_MTU: u16 = 1500;

/// The longest name of an interface, in bytes: IFNAMSIZ without its last zero.
const LONGEST_NAME: usize = 15;

/// One file a host.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for host in &sealed.hosts {
        let text = interfaces(sealed, host);
        out.text(Site::Machine(host.name.v.clone()), on_machine(&host.name.v, "etc/network/interfaces"), text);
    }
}

/// A VLAN that comes in by the trunk, and what this host is on it.
struct Carried<'a> {
    id: VlanId,
    vlan: &'a Vlan,
    /// Why the host has it.
    at: Origin,
    /// Addresses and why the host has one on this VLAN.
    addresses: Vec<(Sp<Ipv4Addr>, Origin)>,
    gateway: Option<Sp<Ipv4Addr>>,
}

fn interfaces(topology: &Topology, host: &Host) -> Text {
    // The name is in the path; VLANs and addresses follow below; whom it asks for names and time is another file's.
    let Host { name: _, proxmox, address: _, trunk, bonds, vlans: _, addresses: _, nics, clients: _, at } = host;
    // Names, pool, endpoint and HA groups are Terraform's; Ansible obeys `apply`.
    let Proxmox { name: _, bridges, management: _, gateway: _, apply: _, pool: _, endpoint: _, ha_groups: _, at: _ } =
        topology.proxmox(*proxmox);
    let mut text = Text::new();
    text.lit(INTERFACES, "# Made by topoc; change the topology, not this file.");
    text.blank(INTERFACES);
    text.lit(LOOPBACK, "auto lo");
    text.lit(LOOPBACK, "iface lo inet loopback");
    // A host without a trunk is an error (E0206), and errors are not sealed.
    let Some(trunk) = trunk else { return text };
    let carried = carried(topology, host);
    // The first of the largest: which one is named as the reason must not depend on chance.
    let largest = carried.iter().map(|c| c.vlan.mtu).reduce(|a, b| if b.v > a.v { b } else { a });
    for (name, nic) in nics_by_name(trunk, bonds, nics, largest) {
        text.blank(nic.why);
        start(&mut text, nic.why, &words![Sp::new(name.clone(), nic.at)], "manual");
        if let Some((mtu, why)) = nic.mtu {
            line!(text, why; "    mtu ", mtu);
        }
        if *name == trunk.v {
            no_untagged(&mut text, bridges.v);
        }
    }
    for b in bonds {
        bond(&mut text, b, largest.filter(|_| b.name == *trunk));
        if b.name == *trunk {
            no_untagged(&mut text, bridges.v);
        }
    }
    match bridges.v {
        Bridges::PerVlan => {
            for c in &carried {
                per_vlan(&mut text, trunk, c, bridges.at);
            }
        }
        Bridges::VlanAware => vlan_aware(&mut text, trunk, &carried, largest, bridges.at),
    }
    text.blank(SDN);
    line!(text, Why::from(SDN).also(*at); "source /etc/network/interfaces.d/*");
    text
}

/// All VLANs of a host, ordered by tag. It bridges every VLAN that it has an address on (E0317).
fn carried<'a>(topology: &'a Topology, host: &Host) -> Vec<Carried<'a>> {
    let Proxmox { management, gateway, .. } = topology.proxmox(host.proxmox);
    let own =
        management.iter().zip(&host.address).map(|(vlan, address)| RouterAddress { vlan: *vlan, address: *address });
    let own: Vec<RouterAddress> = own.chain(host.addresses.iter().cloned()).collect();
    let on = |id: Sp<VlanId>| Carried {
        id: id.v,
        vlan: topology.vlan(id.v),
        at: id.at,
        addresses: own.iter().filter(|a| a.vlan.v == id.v).map(|a| (a.address, a.vlan.at)).collect(),
        gateway: gateway.filter(|_| management.is_some_and(|m| m.v == id.v)),
    };
    host.vlans.iter().map(|id| on(*id)).collect()
}

/// The VLANs that come in by a host's trunk with a tag, ordered by tag.
pub fn on_trunk(topology: &Topology, host: &Host) -> Vec<Sp<VlanId>> {
    carried(topology, host).into_iter().map(|c| Sp::new(c.id, c.at)).collect()
}

/// What is stated of a NIC.
struct NicLines {
    at: Origin,
    mtu: Option<(Sp<u16>, Rule)>,
    why: Rule,
}

/// All NICs of a host. One that carries VLANs has the trunk's MTU, whatever else is said of it.
fn nics_by_name<'a>(
    trunk: &'a Sp<IfName>,
    bonds: &'a [Bond],
    further: &'a [HostNic],
    largest: Option<Sp<u16>>,
) -> BTreeMap<&'a IfName, NicLines> {
    let mut all = BTreeMap::new();
    for HostNic { name, mtu } in further {
        all.insert(&name.v, NicLines { at: name.at, mtu: Some((*mtu, FURTHER_NIC)), why: FURTHER_NIC });
    }
    for b in bonds {
        for port in &b.ports {
            let mtu = largest.filter(|_| b.name == *trunk).map(|m| (m, TRUNK_MTU));
            let mtu = mtu.or_else(|| all.get(&port.v).and_then(|n: &NicLines| n.mtu));
            all.insert(&port.v, NicLines { at: port.at, mtu, why: PHYSICAL });
        }
    }
    if !bonds.iter().any(|b| b.name == *trunk) {
        all.insert(&trunk.v, NicLines { at: trunk.at, mtu: largest.map(|m| (m, TRUNK_MTU)), why: PHYSICAL });
    }
    all
}

/// The two lines that each interface starts with.
fn start(text: &mut Text, why: impl Into<Why>, name: &Composed, method: &'static str) {
    let why = why.into();
    line!(text, why.clone(); "auto ", name);
    line!(text, why; "iface ", name, " inet ", method);
}

fn bond(text: &mut Text, bond: &Bond, mtu: Option<Sp<u16>>) {
    // Its place is for labels of messages.
    let Bond { name, ports, mode, primary, hash, at: _ } = bond;
    text.blank(BOND);
    start(text, BOND, &words![name], "manual");
    let mut slaves = Composed::default();
    for port in ports {
        words![" ", port].add(&mut slaves);
    }
    line!(text, BOND; "    bond-slaves", slaves);
    let spelled = match mode.v {
        BondMode::Lacp => "802.3ad",
        BondMode::ActiveBackup => "active-backup",
    };
    line!(text, Why::from(mode.at).also(BOND); "    bond-mode ", spelled);
    text.lit(MIIMON, "    bond-miimon 100");
    match mode.v {
        BondMode::Lacp => {
            if let Some(hash) = hash {
                let spelled = match hash.v {
                    BondHash::Layer2 => "layer2",
                    BondHash::Layer23 => "layer2+3",
                    BondHash::Layer34 => "layer3+4",
                };
                line!(text, hash.at; "    bond-xmit-hash-policy ", spelled);
            }
            text.lit(LACP_RATE, "    bond-lacp-rate slow");
            text.lit(MIN_LINKS, "    bond-min-links 1");
        }
        BondMode::ActiveBackup => {
            if let Some(primary) = primary {
                line!(text, BOND; "    bond-primary ", primary);
            }
        }
    }
    if let Some(mtu) = mtu {
        line!(text, TRUNK_MTU; "    mtu ", mtu);
    }
}

/// What the interface of a VLAN on a trunk is called.
pub fn vlan_port(trunk: &Sp<IfName>, tag: Sp<u16>) -> Composed {
    port_of(trunk, tag).0
}

/// As [`vlan_port`], and whether the usual name would be too long.
fn port_of(trunk: &Sp<IfName>, tag: Sp<u16>) -> (Composed, bool) {
    let dotted = words![trunk, ".", tag];
    let short = dotted.text.len() > LONGEST_NAME;
    (if short { words!["vlan", tag] } else { dotted }, short)
}

/// A VLAN interface on the trunk and a bridge on it.
fn per_vlan(text: &mut Text, trunk: &Sp<IfName>, c: &Carried<'_>, at: Origin) {
    let tag = c.vlan.tag;
    let (port, short) = port_of(trunk, tag);
    text.blank(VLAN_PORT);
    remark(text, c);
    start(text, VLAN_PORT, &port, "manual");
    if short {
        line!(text, LONG_NAME; "    vlan-raw-device ", trunk);
        line!(text, LONG_NAME; "    vlan-id ", tag);
    }
    line!(text, VLAN_MTU; "    mtu ", c.vlan.mtu);
    let bridge = words!["vmbr", tag];
    text.blank(BRIDGE);
    start(text, Why::from(BRIDGE).also(at), &bridge, method(c));
    addresses(text, c);
    line!(text, VLAN_PORT; "    bridge-ports ", port);
    no_stp(text);
    bridge_mtu(text, &bridge, c.vlan.mtu);
}

/// One bridge for all VLANs, and a VLAN interface on it for each VLAN that the host has an address on.
fn vlan_aware(text: &mut Text, trunk: &Sp<IfName>, carried: &[Carried<'_>], largest: Option<Sp<u16>>, at: Origin) {
    text.blank(BRIDGE_AWARE);
    for c in carried {
        remark(text, c);
    }
    let bridge = words!["vmbr0"];
    start(text, BRIDGE_AWARE, &bridge, "manual");
    line!(text, BRIDGE_AWARE; "    bridge-ports ", trunk);
    no_stp(text);
    line!(text, Why::from(BRIDGE_AWARE).also(at); "    bridge-vlan-aware yes");
    let mut tags = Composed::default();
    for c in carried {
        words![" ", c.vlan.tag].add(&mut tags);
        tags.why.push(c.at);
    }
    line!(text, BRIDGE_VIDS; "    bridge-vids", tags);
    if let Some(mtu) = largest {
        bridge_mtu(text, &bridge, mtu);
    }
    for c in carried.iter().filter(|c| !c.addresses.is_empty()) {
        text.blank(HOST_ADDRESS);
        remark(text, c);
        start(text, HOST_ADDRESS, &words!["vmbr0.", c.vlan.tag], method(c));
        addresses(text, c);
        line!(text, VLAN_MTU; "    mtu ", c.vlan.mtu);
    }
}

fn method(c: &Carried<'_>) -> &'static str {
    if c.addresses.is_empty() { "manual" } else { "static" }
}

fn addresses(text: &mut Text, c: &Carried<'_>) {
    let prefix = c.vlan.subnet.as_ref().map(|s| s.prefix_len());
    for (address, at) in &c.addresses {
        line!(text, Why::from(HOST_ADDRESS).also(*at); "    address ", address, "/", prefix);
    }
    if let Some(gateway) = c.gateway.filter(|_| !c.addresses.is_empty()) {
        line!(text, HOST_GATEWAY; "    gateway ", gateway);
    }
}

/// What a trunk that is itself the port of a bridge says of frames without a tag.
fn no_untagged(text: &mut Text, bridges: Bridges) {
    match bridges {
        // Its VLAN interfaces are the ports, and they see frames with their tag only.
        Bridges::PerVlan => {}
        Bridges::VlanAware => text.lit(NO_UNTAGGED, "    bridge-allow-untagged no"),
    }
}

fn no_stp(text: &mut Text) {
    text.lit(NO_STP, "    bridge-stp off");
    text.lit(NO_DELAY, "    bridge-fd 0");
}

fn bridge_mtu(text: &mut Text, bridge: &Composed, mtu: Sp<u16>) {
    if mtu.v != IFUPDOWN2_MTU {
        text.lit(BRIDGE_MTU, "    # ifupdown2 gives every bridge 1500 bytes and takes no mtu for one.");
        line!(text, BRIDGE_MTU; "    post-up ip link set dev ", bridge, " mtu ", mtu);
    }
}

/// What a VLAN is, for those who read the file on the host.
fn remark(text: &mut Text, c: &Carried<'_>) {
    let Vlan { name, tag, purpose, .. } = c.vlan;
    match purpose {
        Some(purpose) => line!(text, c.at; "# VLAN ", tag, " ", name, ": ", Plain(purpose)),
        None => line!(text, c.at; "# VLAN ", tag, " ", name),
    }
}

/// Free text in a remark. ifupdown2 joins lines at every backslash, in remarks too, and hands a file that holds a per cent
/// sign to a template engine that evaluates `${…}`: neither character may come in.
struct Plain<'a>(&'a Sp<crate::schema::Text>);

impl Piece for Plain<'_> {
    fn add(&self, to: &mut Composed) {
        to.text.push_str(&self.0.v.0.replace('\\', "/").replace('%', " per cent"));
        to.why.push(self.0.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_cannot_join_lines_or_start_a_template() {
        let purpose = Sp::new(crate::schema::Text("${x} 50% of C:\\".into()), INTERFACES.origin());
        assert_eq!(words!["# ", Plain(&purpose)].text, "# ${x} 50 per cent of C:/");
    }

    /// The file of host `shed` with this trunk and these bridges; one VLAN has another MTU than 1500.
    fn shed(trunk: &str, bridges: &str) -> String {
        let text = format!(
            r#"
topology "shed" {{ ipv6 "off" }}
versions {{ proxmox "9.1"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111" }}
upstream "home" {{ router "lan" address="10.0.0.1" }}
vlan "lan" id=2 subnet="10.0.0.0/24" routed-by="home"
vlan "disks" id=4094 subnet="10.9.0.0/24" routed-by="nobody" mtu=9000
proxmox "shed" {{ bridges "{bridges}"; trunk "{trunk}"; management "lan"; host "shed" host=9 {{ address "disks" }} }}
"#
        );
        let topology = crate::source::Source::new("t.kdl", text);
        let input = crate::build::Input { topology, lock: None, today: "2026-01-01".into(), emit: true };
        let built = crate::build::build(input);
        let errors: Vec<&String> = built.diags.iter().map(|d| &d.message).collect();
        let file = built.tree.get("terraform_ansible/ansible/files/shed/etc/network/interfaces");
        file.unwrap_or_else(|| panic!("{errors:?}")).text.text.clone()
    }

    /// Without the line a bridge of ifupdown2 has 1500 bytes, whatever its ports have.
    #[test]
    fn a_bridge_gets_another_mtu_once_it_is_up() {
        let separate = shed("eno1", "per-vlan");
        assert!(separate.contains("\n    post-up ip link set dev vmbr4094 mtu 9000\n"), "{separate}");
        assert_eq!(separate.matches("post-up").count(), 1, "{separate}");
        let one = shed("eno1", "vlan-aware");
        assert!(one.contains("\n    post-up ip link set dev vmbr0 mtu 9000\n"), "{one}");
        assert!(one.contains("\n    bridge-vids 2 4094\n"), "{one}");
        assert_eq!(one.matches("    bridge-allow-untagged no\n").count(), 1, "{one}");
        assert!(!separate.contains("untagged"), "{separate}");
    }

    #[test]
    fn no_interface_name_is_longer_than_linux_allows() {
        let file = shed("enp129s0f0np0", "per-vlan");
        assert!(file.contains("\n    bridge-ports enp129s0f0np0.2\n"), "{file}");
        assert!(file.contains("\n    bridge-ports vlan4094\n"), "{file}");
        for name in file.lines().filter_map(|l| l.strip_prefix("auto ")) {
            assert!(name.len() <= LONGEST_NAME, "{name}");
        }
    }
}
