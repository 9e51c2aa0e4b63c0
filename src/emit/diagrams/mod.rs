//! Emitter: pictures of the network for people, as Mermaid and as SVG: the whole, each hypervisor, each firewall; decides nothing.

mod hosts;
mod layout;
mod mermaid;
mod observed;
mod parts;
mod whole;

use super::{Meta, Out, Site};
use crate::ir::{Host, Machine, MachineId, MachineKind, Nic, Owner, Sealed, Topology, Vlan, VlanId};
use crate::render::{Composed, Text};
use crate::schema::Bridges;
use crate::source::{Origin, Sp};
use crate::{line, words};

crate::rules! {
    88;
    NETWORK = "Whoever is new sees in pictures what there is and how it hangs together." @ "RFC 1.2, 2.2.3, 3.1.4";
    DRAWING = "A drawing shows each VLAN as a line, and whoever is on it as a mark on the line." @ "RFC 1.2, 2.2.3";
    PALETTE = "The colour of a VLAN follows its tag, so that it has the same one in every picture." @ "RFC 1.2; WCAG 2.2, 1.4.3";
    MOST = "Mermaid draws at most 500 edges and 50,000 characters: what is more is left to the smaller pictures." @ "Mermaid 11, configuration schema: maxEdges, maxTextSize";
    ROWS = "A drawing of more than some hundred machines shows nobody anything: it counts them, and each hypervisor's own drawing shows them." @ "RFC 1.2";
    OBSERVED = "Whoever looks for a figure, a line of a log or an alert sees where it comes from and who has it." @ "RFC 7.1";
    INSIDE = "What runs in a cluster is part of the picture." @ "RFC 1.2, 1.3";
    SIZE = "A machine's size helps to see which it is." @ "RFC 1.2, 4.1";
    BRIDGE_NAME = "A bridge of one VLAN is called vmbr and the tag; one for all is called vmbr0." @ "RFC 2.2.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "diagrams",
    writes: "documents/{network,observability}.md, documents/network.svg, documents/host-<host>.svg, documents/observability-<cluster>.svg",
    what: "Pictures of the network: the whole, each hypervisor with its bridges and machines, each firewall with its interfaces, and what observes what.",
    reader: "people",
    apply: "Nothing to do: a browser or the forge shows them.",
    step: 0,
    rfc: "1.2, 2.2.3, 3.1.4, 7.1",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// More machines than these are counted in the picture of the whole.
const MACHINES: usize = 240;

/// One document, a drawing of the whole and one of each host.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let cloud = words![sealed.meta().name];
    out.text(Site::Reader, "documents/network.svg".into(), layout::draw(&whole::score(t, &cloud)));
    for (id, host) in t.host_ids() {
        let path = format!("documents/host-{}.svg", host.name.v);
        out.text(Site::Reader, path, layout::draw(&hosts::score(t, id, host)));
    }
    let mut text = Text::new();
    text.lit(NETWORK, "<!-- Made by topoc; change the topology, not this file. -->");
    line!(text, NETWORK; "# Network: ", cloud);
    text.blank(NETWORK);
    line!(text, NETWORK; "Each line of the drawing is a VLAN. A dot on it is an address, a diamond the gateway's, a ring that the VLAN is there without one.");
    line!(text, NETWORK; "Who has which address is in [address-plan.md](address-plan.md), what the VLANs are in [vlans.md](vlans.md).");
    text.blank(NETWORK);
    line!(text, NETWORK; "![Every VLAN and who is on it](network.svg)");
    text.blank(NETWORK);
    text.lit(NETWORK, "## The whole");
    mermaid::whole(t, &mut text);
    for (id, host) in t.host_ids() {
        mermaid::host(t, id, host, &mut text);
    }
    for firewall in &t.firewalls {
        mermaid::firewall(t, firewall, &mut text);
    }
    out.text(Site::Reader, "documents/network.md".into(), text);
    observability(sealed, &cloud, out);
}

/// What observes what, for every cluster where somebody does.
fn observability(sealed: &Sealed<'_>, cloud: &Composed, out: &mut Out<'_>) {
    let mut text = Text::new();
    text.lit(OBSERVED, "<!-- Made by topoc; change the topology, not this file. -->");
    line!(text, OBSERVED; "# What observes what: ", cloud);
    text.blank(OBSERVED);
    line!(text, OBSERVED; "Each line of a drawing is somebody who collects. A dot on it tells it something, a diamond is it, a ring asks it or is told by it.");
    line!(text, OBSERVED; "Environments differ in what their own files say. Which alerts there are is in alerts.md, what is probed and what is not in monitoring.md.");
    let mut any = false;
    for view in super::kube::views(sealed) {
        let parts = observed::parts(&view);
        if parts.is_empty() {
            continue;
        }
        any = true;
        let path = format!("documents/observability-{}.svg", view.cluster.name.v);
        out.text(Site::Reader, path, layout::draw(&observed::score(&view, &parts)));
        mermaid::observed(&view, &parts, &mut text);
    }
    if any {
        out.text(Site::Reader, "documents/observability.md".into(), text);
    }
}

/// What a machine is, in a few words.
fn role(t: &Topology, m: &Machine) -> Composed {
    match &m.kind {
        MachineKind::Single { role } => words![role],
        MachineKind::Firewall { firewall } => words!["node of firewall ", t.firewall(*firewall).name],
        MachineKind::Node { cluster, group } => {
            let c = t.cluster(*cluster);
            words![c.groups[*group as usize].role, " of cluster ", c.name]
        }
    }
}

/// Cores and memory of a machine.
fn size(m: &Machine) -> Composed {
    let cores = Sp::new(m.cores.v * m.sockets.v, m.cores.at);
    let noun = if cores.v == 1 { " core, " } else { " cores, " };
    let memory = match m.memory.v {
        mib if mib.is_multiple_of(1024) => words![Sp::new(mib / 1024, m.memory.at), " GiB"],
        _ => words![m.memory, " MiB"],
    };
    words![cores, noun, memory].citing(m.sockets.at).citing(SIZE.origin())
}

/// Where a machine is: each VLAN with its address there, and the number of the interface.
struct Seat<'a> {
    /// The VLAN.
    vlan: Sp<VlanId>,
    /// The address, or why there is none to print.
    label: Composed,
    /// Whether it is an address that the topology states.
    address: Option<Sp<std::net::Ipv4Addr>>,
    /// The slot of the interface that it comes by.
    slot: usize,
    /// That interface.
    nic: &'a Nic,
}

/// Every VLAN that a machine is on, in the order of slots; those that pass an interface with a tag come behind it.
fn seats<'a>(t: &Topology, id: MachineId, m: &'a Machine) -> Vec<Seat<'a>> {
    let mut all = Vec::new();
    for (slot, nic) in m.nics.iter().enumerate() {
        let label = match &nic.address {
            Some(address) => words![address],
            None if nic.bare.v => words!["no address"].citing(nic.bare.at),
            None => words!["DHCP"].citing(nic.dhcp.at),
        };
        all.push(Seat { vlan: nic.vlan, label, address: nic.address, slot, nic });
        for vlan in &nic.trunks {
            let claim = t.claims.iter().find(|c| c.vlan == vlan.v && owns(t, id, m, &c.owner));
            let address = claim.map(|c| c.address);
            let label = address.map_or_else(|| words!["tagged"].citing(vlan.at), |a| words![a]);
            all.push(Seat { vlan: *vlan, label, address, slot, nic });
        }
    }
    all
}

/// Whether an address is a machine's: its own, or that of the firewall whose only node it is.
fn owns(t: &Topology, id: MachineId, m: &Machine, owner: &Owner) -> bool {
    match (owner, &m.kind) {
        (Owner::Machine(machine), _) => *machine == id,
        (Owner::Firewall(f), MachineKind::Firewall { firewall }) => f == firewall && t.firewall(*f).nodes.len() == 1,
        (Owner::Firewall(_) | Owner::Upstream(_) | Owner::Host(_) | Owner::Api(_), _) => false,
    }
}

/// Whether an address is what a VLAN's machines send to.
fn is_gateway(v: &Vlan, address: Option<Sp<std::net::Ipv4Addr>>) -> bool {
    v.gateway.zip(address).is_some_and(|(g, a)| g.v == a.v)
}

/// The bridge of a host that guests of a VLAN are on.
fn bridge(t: &Topology, host: &Host, v: &Vlan) -> Composed {
    let bridges = t.proxmox(host.proxmox).bridges;
    match bridges.v {
        Bridges::PerVlan => words!["vmbr", v.tag].citing(BRIDGE_NAME.origin()),
        Bridges::VlanAware => words!["vmbr0, tag ", v.tag].citing(BRIDGE_NAME.origin()),
    }
    .citing(bridges.at)
}

/// A text that cites a rule alone.
fn own(text: &'static str) -> Composed {
    words![text].citing(NETWORK.origin())
}

/// Parts with commas between them.
fn listed(parts: impl Iterator<Item = Composed>) -> Composed {
    parts.reduce(|all, next| words![all, ", ", next]).unwrap_or_default()
}

/// A place as something to cite.
fn because(text: Composed, at: Origin) -> Composed {
    text.citing(at)
}

#[cfg(test)]
mod tests {
    use crate::build::{Input, build};
    use crate::source::Source;

    /// A cloud with so many machines on one host.
    fn cloud(machines: usize) -> std::collections::BTreeMap<String, String> {
        let text = format!(
            r#"
topology "mill" {{ domain "mill.example.net" }}
versions {{ proxmox "9.1"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111" }}
upstream "river" {{ router "wheel" address="10.8.0.1" }}
vlan "wheel" id=8 subnet="10.8.0.0/21" routed-by="river" internet=#true
vlan "axle" id=9 subnet="10.9.0.0/21" routed-by="nobody"
proxmox "mill" {{ trunk "eno1"; management "wheel"; datastore "local" shared=#false; host "stone" host=2 }}
template "deb" {{ image "debian"; vm-id 900; os "debian-12" }}
cluster "grind" {{
    pods "10.64.0.0/10"
    services "10.16.0.0/16"
    node-network "wheel"
    api {{ address "10.8.0.3"; held-by "external" }}
    node-defaults {{ template "deb"; cores 2; memory "4GiB"; disk "root" size="20GiB"; nic "wheel" default-route=#true; nic "axle" }}
    nodes "n" {{ role "control-plane"; count 1; host 10; spread "stone" }}
    nodes "w" {{ role "worker"; count {machines}; host 20; spread "stone" }}
}}
"#
        );
        let topology = Source::new("t.kdl", text);
        let built = build(Input { topology, lock: None, today: "2026-01-01".into(), emit: true });
        let errors: Vec<&String> = built.diags.iter().map(|d| &d.message).collect();
        assert!(!built.tree.is_empty(), "{errors:?}");
        built.tree.into_iter().map(|(p, a)| (p, a.text.text)).collect()
    }

    /// Mermaid refuses a chart of more than 500 edges, and GitHub shows an error in its place.
    #[test]
    fn what_mermaid_cannot_draw_is_left_to_the_drawings() {
        for (machines, whole, host) in [(9, true, true), (220, true, true), (230, false, false), (600, false, false)] {
            let tree = cloud(machines);
            let page = &tree["documents/network.md"];
            assert_eq!(page.contains("There are more machines than Mermaid draws"), !whole, "{machines}");
            assert_eq!(page.contains("It has more interfaces than Mermaid draws"), !host, "{machines}");
            for chart in page.split("```mermaid\n").skip(1).filter_map(|c| c.split("\n```").next()) {
                let edges: usize =
                    chart.lines().filter(|l| l.contains("---")).map(|l| 1 + l.matches(" & ").count()).sum();
                assert!(edges <= 500 && chart.len() < 50_000, "{machines}: {edges} edges, {} bytes", chart.len());
            }
            let drawing = &tree["documents/network.svg"];
            assert_eq!(drawing.contains(" machines</text>"), machines > super::MACHINES, "{machines}");
            let own = &tree["documents/host-stone.svg"];
            assert_eq!(own.matches("worker of cluster grind").count(), machines);
        }
    }
}
