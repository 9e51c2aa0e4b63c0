//! Pictures in Mermaid's flowcharts: one line an entity, names quoted; knows what GitHub and GitLab draw of them.

use super::hosts::{cables, trunk, under};
use super::layout::hue;
use super::observed::{Part, Seen, Via};
use super::whole::publics;
use super::{MACHINES, MOST, NETWORK, OBSERVED, PALETTE, bridge, is_gateway, listed, own, parts, role, seats, size};
use crate::emit::kube::View;
use crate::ir::{Firewall, FirewallLeg, Host, HostId, Machine, MachineId, Router, Topology, Vlan};
use crate::render::{Composed, Piece, Text};
use crate::source::{Origin, Sp};
use crate::{line, words};

/// Edges and bytes that Mermaid draws without being told to, with some left over.
const EDGES: usize = 450;
const BYTES: usize = 45_000;

/// Fill, line and letters of a class a colour: dark letters on a light tone, so the page behind may be light or dark. The
/// lines are those of the drawings.
const PALETTE_LINES: [&str; 10] = [
    "    classDef c0 fill:#e3e6ea,stroke:#57606a,color:#1f2328",
    "    classDef c1 fill:#fbe3e1,stroke:#b3261e,color:#1f2328",
    "    classDef c2 fill:#f6e8cc,stroke:#7a5200,color:#1f2328",
    "    classDef c3 fill:#dbe9fb,stroke:#1a5fb4,color:#1f2328",
    "    classDef c4 fill:#eef0cf,stroke:#5c6b00,color:#1f2328",
    "    classDef c5 fill:#eee0f7,stroke:#7b3fa0,color:#1f2328",
    "    classDef c6 fill:#d5efec,stroke:#00695c,color:#1f2328",
    "    classDef c7 fill:#dcf1e1,stroke:#1b7837,color:#1f2328",
    "    classDef c8 fill:#fae0f0,stroke:#a8327d,color:#1f2328",
    "    classDef c9 fill:#e2e5f8,stroke:#3949ab,color:#1f2328",
];

/// A chart: its lines, and how many edges they draw.
#[derive(Default)]
struct Chart {
    lines: Vec<Composed>,
    edges: usize,
}

impl Chart {
    fn put(&mut self, line: Composed) {
        self.lines.push(line);
    }

    fn edge(&mut self, line: Composed) {
        self.edges += 1;
        self.lines.push(line);
    }

    fn fits(&self) -> bool {
        self.edges <= EDGES && self.lines.iter().map(|l| l.text.len() + 1).sum::<usize>() <= BYTES
    }

    fn print(self, direction: &'static str, text: &mut Text) {
        text.lit(NETWORK, "```mermaid");
        text.lit(NETWORK, direction);
        for l in PALETTE_LINES {
            text.lit(PALETTE, l);
        }
        for l in self.lines {
            line!(text, NETWORK; l);
        }
        text.lit(NETWORK, "```");
    }
}

/// What Mermaid calls something: its kind and its name. A hyphen would be read as part of a link, and a name alone as a word
/// of the language (`end`). Names are in lower case, so what stands for other characters cannot be in one.
fn id(kind: &'static str, name: &(impl Piece + ?Sized)) -> Composed {
    let name = words![name];
    let text = name.text.replace('_', "U").replace('-', "_").replace('.', "D");
    Composed { text: format!("{kind}_{text}"), why: name.why }
}

/// Texts below each other in quotes; what a label gives a meaning is written as an entity (Mermaid, flowchart syntax, entity
/// codes).
fn label(parts: &[Composed]) -> Composed {
    let mut all = words!["\""];
    for (n, p) in parts.iter().enumerate() {
        if n > 0 {
            all.text.push_str("<br>");
        }
        for c in p.text.chars() {
            match c {
                '"' | '#' | '<' | '>' | '&' | '`' | ';' => all.text.push_str(&format!("#{};", u32::from(c))),
                c => all.text.push(c),
            }
        }
        all.why.extend_from_slice(&p.why);
    }
    words![all, "\""]
}

fn vlan_id(v: &Vlan) -> Composed {
    id("vlan", &v.name)
}

/// A VLAN as a hexagon of its colour.
fn vlan_node(v: &Vlan, more: &[Composed]) -> Composed {
    let mut texts = vec![words!["VLAN ", v.tag, " ", v.name], words![v.subnet]];
    texts.extend_from_slice(more);
    let colour = Sp::new(hue(v.tag.v) as u32, PALETTE.origin());
    words!["    ", vlan_id(v), "{{", label(&texts), "}}:::c", colour].citing(v.at)
}

/// The picture of the whole.
pub(super) fn whole(t: &Topology, text: &mut Text) {
    let mut shown = t.machines.len() <= MACHINES;
    let mut c = chart(t, shown);
    if shown && !c.fits() {
        shown = false;
        c = chart(t, shown);
    }
    text.blank(NETWORK);
    if !c.fits() {
        text.lit(MOST, "It is more than Mermaid draws: the drawing above has it.");
        return;
    }
    if !shown {
        text.lit(MOST, "There are more machines than Mermaid draws; each hypervisor below has its own.");
        text.blank(MOST);
    }
    c.print("flowchart TB", text);
}

fn chart(t: &Topology, machines: bool) -> Chart {
    let mut c = Chart::default();
    let mut internet = vec![own("Internet")];
    internet.extend(publics(t));
    c.put(words!["    internet([", label(&internet), "])"]);
    for u in &t.upstreams {
        let up = id("upstream", &u.name);
        c.put(words!["    ", up, "[", label(&[words![u.name], own("upstream router")]), "]"]);
        c.edge(words!["    internet --- ", up]);
    }
    for v in &t.vlans {
        c.put(vlan_node(v, &[]));
    }
    for u in &t.upstreams {
        for r in &u.routers {
            let on = vlan_id(t.vlan(r.vlan.v)).citing(r.vlan.at);
            c.edge(words!["    ", id("upstream", &u.name), " ---|", label(&[words![r.address]]), "| ", on]);
        }
    }
    for p in &t.proxmoxes {
        let inside = t.hosts.iter().filter(|h| t.proxmox(h.proxmox).name.v == p.name.v);
        c.put(words![
            "    subgraph ",
            id("proxmox", &p.name),
            "[",
            label(&[words!["Proxmox VE cluster ", p.name]]),
            "]"
        ]);
        for h in inside {
            let host = t.host_ids().find(|(_, x)| x.name.v == h.name.v).map(|(id, _)| id);
            let address: Vec<Composed> = h.address.iter().map(|a| words![a]).collect();
            let mut texts = vec![words![h.name]];
            texts.extend(address);
            let here: Vec<(MachineId, &Machine)> =
                t.machine_ids().filter(|(_, m)| machines && Some(m.on.v) == host).collect();
            if here.is_empty() {
                c.put(words!["        ", id("host", &h.name), "[", label(&texts), "]"]);
                continue;
            }
            c.put(words!["        subgraph ", id("host", &h.name), "[", label(&texts), "]"]);
            for (_, m) in &here {
                c.put(words!["            ", machine_node(t, m)]);
            }
            c.put(own("        end"));
        }
        c.put(own("    end"));
    }
    for s in &t.switches {
        let name = id("switch", &s.name);
        c.put(words!["    ", name, "[[", label(&[words!["switch ", s.name]]), "]]"]);
        for (h, host) in t.host_ids() {
            let ports = s.ports.iter().filter(|p| p.host.is_some_and(|x| x.v == h));
            let ports: Vec<Composed> = ports.map(|p| words![p.name].citing(p.at)).collect();
            if !ports.is_empty() {
                let on = label(&[listed(ports.into_iter())]);
                c.edge(words!["    ", name, " ---|", on, "| ", id("host", &host.name)]);
            }
        }
    }
    if machines {
        for (m, machine) in t.machine_ids() {
            let on: Vec<Composed> =
                seats(t, m, machine).iter().map(|s| vlan_id(t.vlan(s.vlan.v)).citing(s.vlan.at)).collect();
            if on.is_empty() {
                continue;
            }
            c.edges += on.len();
            let on = on.into_iter().reduce(|all, next| words![all, " & ", next]).unwrap_or_default();
            c.put(words!["    ", id("vm", &machine.name), " --- ", on]);
        }
    }
    for (n, k) in t.clusters.iter().enumerate() {
        let name = id("cluster", &k.name);
        c.put(words!["    subgraph ", name, "[", label(&[words!["Kubernetes cluster ", k.name]]), "]"]);
        let all = parts::parts(t, k, n as u32);
        let part_id = |p: &parts::Part| id("part", &words![k.name, ".", p.id]);
        for p in &all {
            let mut texts = vec![p.name.clone()];
            texts.extend(p.notes.iter().cloned());
            c.put(words!["        ", part_id(p), "[", label(&texts), "]"]);
        }
        c.put(own("    end"));
        for p in &all {
            for on in &p.on {
                let says = match &on.below {
                    Some(below) => words![on.label, " ", below],
                    None => on.label.clone(),
                };
                let vlan = vlan_id(t.vlan(on.vlan.v)).citing(on.vlan.at);
                c.edge(words!["    ", part_id(p), " ---|", label(&[says]), "| ", vlan]);
            }
        }
    }
    c
}

fn machine_node(t: &Topology, m: &Machine) -> Composed {
    words![id("vm", &m.name), "[", label(&[words![m.name], role(t, m), size(m)]), "]"]
}

/// The picture of a hypervisor.
pub(super) fn host(t: &Topology, number: HostId, h: &Host, text: &mut Text) {
    text.blank(NETWORK);
    line!(text, NETWORK; "## Host ", h.name);
    text.blank(NETWORK);
    line!(text, NETWORK; "![NICs, bridges and machines of ", h.name, "](host-", h.name, ".svg)");
    let c = of_host(t, number, h);
    text.blank(NETWORK);
    if c.fits() {
        c.print("flowchart LR", text);
    } else {
        text.lit(MOST, "It has more interfaces than Mermaid draws: the drawing above has them.");
    }
}

fn of_host(t: &Topology, number: HostId, h: &Host) -> Chart {
    let mut c = Chart::default();
    let index = |n: usize, at: Origin| Sp::new(n as u32, at);
    c.put(words!["    subgraph ", id("host", &h.name), "[", label(&[words![h.name]]), "]"]);
    let cables = cables(t, number, h);
    for (n, nic) in cables.iter().enumerate() {
        c.put(words!["        nic", index(n, nic.name.at), "[", label(&[words![nic.name]]), "]"]);
    }
    let bar = trunk(h);
    if !bar.is_empty() {
        c.put(words!["        trunk[/", label(&bar), "/]"]);
    }
    for (n, nic) in cables.iter().enumerate().filter(|(_, nic)| nic.carries) {
        c.edge(words!["        nic", index(n, nic.name.at), " --- trunk"]);
    }
    for id in &h.vlans {
        let v = t.vlan(id.v);
        let management = t.proxmox(h.proxmox).management.filter(|m| m.v == id.v).and(h.address);
        let further = h.addresses.iter().find(|a| a.vlan.v == id.v).map(|a| a.address);
        let mut more = vec![bridge(t, h, v)];
        more.extend(management.or(further).map(|a| words!["host: ", a]));
        c.put(words!["    ", vlan_node(v, &more)].citing(id.at));
        let over = under(t, h, v).unwrap_or_else(|| words!["tag ", v.tag]);
        if !bar.is_empty() {
            c.edge(words!["        trunk ---|", label(&[over]), "| ", vlan_id(v)]);
        }
    }
    for (m, machine) in t.machine_ids().filter(|(_, m)| m.on.v == number) {
        c.put(words!["        ", machine_node(t, machine)]);
        for s in seats(t, m, machine) {
            let says = words!["net", index(s.slot, s.nic.at), " ", s.label];
            let on = vlan_id(t.vlan(s.vlan.v)).citing(s.vlan.at);
            c.edge(words!["        ", on, " ---|", label(&[says]), "| ", id("vm", &machine.name)]);
        }
    }
    c.put(own("    end"));
    for (n, nic) in cables.iter().enumerate() {
        if let Some((port, group)) = &nic.port {
            let texts: Vec<Composed> = std::iter::once(port.clone()).chain(group.clone()).collect();
            c.put(words!["    port", index(n, nic.name.at), "[[", label(&texts), "]]"]);
            c.edge(words!["    port", index(n, nic.name.at), " --- nic", index(n, nic.name.at)]);
        }
    }
    c
}

/// What observes what in a cluster: from what tells something to who is told.
pub(super) fn observed(view: &View<'_>, all: &[Part], text: &mut Text) {
    let cluster = &view.cluster.name;
    text.blank(OBSERVED);
    line!(text, OBSERVED; "## Cluster ", cluster);
    text.blank(OBSERVED);
    line!(text, OBSERVED; "![Who tells whom, who keeps it, who shows it and who is told](observability-", cluster, ".svg)");
    text.blank(OBSERVED);
    let mut c = Chart::default();
    let node = |s: &Seen| id("seen", &words![cluster, ".", s.id]);
    let keeper = |via: Via| all.iter().flat_map(|p| &p.all).find(|s| s.is == Some(via)).map(node);
    for p in all {
        c.put(words!["    subgraph ", id(p.id, cluster), "[", label(std::slice::from_ref(&p.title)), "]"]);
        for s in &p.all {
            let texts: Vec<Composed> = std::iter::once(s.name.clone()).chain(s.notes.iter().cloned()).collect();
            c.put(words!["        ", node(s), "[", label(&texts), "]"]);
        }
        c.put(own("    end"));
    }
    for s in all.iter().flat_map(|p| &p.all) {
        for (via, what) in &s.tells {
            if let Some(to) = keeper(*via) {
                c.edge(words!["    ", node(s), " -->|", label(std::slice::from_ref(what)), "| ", to]);
            }
        }
        for (via, what) in &s.asks {
            if let Some(from) = keeper(*via) {
                c.edge(words!["    ", from, " -->|", label(std::slice::from_ref(what)), "| ", node(s)]);
            }
        }
    }
    if c.fits() {
        c.print("flowchart LR", text);
    } else {
        text.lit(MOST, "It is more than Mermaid draws: the drawing above has it.");
    }
}

/// The picture of where a firewall stands.
pub(super) fn firewall(t: &Topology, f: &Firewall, text: &mut Text) {
    text.blank(NETWORK);
    line!(text, NETWORK; "## Firewall ", f.name);
    let mut c = Chart::default();
    let mut internet = vec![own("Internet")];
    internet.extend(publics(t));
    c.put(words!["    internet([", label(&internet), "])"]);
    let nodes = f.nodes.iter().map(|m| {
        let m = t.machine(*m);
        words![m.name, " on ", t.host(m.on.v).name].citing(m.on.at)
    });
    let mut texts = vec![words!["firewall ", f.name]];
    texts.extend(nodes);
    let me = id("firewall", &f.name);
    c.put(words!["    ", me, "{", label(&texts), "}"]);
    for (n, l) in f.legs.iter().enumerate() {
        leg(t, f, n, l, &me, &mut c);
    }
    for v in &f.layer.vpns {
        let way_in = id("vpn", &v.name);
        let texts = [words!["VPN ", v.name], words![v.kind, ", port ", v.port], words![v.subnet]];
        c.put(words!["    ", way_in, "([", label(&texts), "])"].citing(v.at));
        c.edge(words!["    internet -.- ", way_in]);
        c.edge(words!["    ", way_in, " -.- ", me]);
    }
    text.blank(NETWORK);
    if c.fits() {
        c.print("flowchart LR", text);
    } else {
        text.lit(MOST, "It has more interfaces than Mermaid draws.");
    }
}

/// An interface of a firewall: its device, its bridges and its addresses, between the firewall and the VLAN.
fn leg(t: &Topology, f: &Firewall, number: usize, l: &FirewallLeg, me: &Composed, c: &mut Chart) {
    let FirewallLeg { vlan, address, gateway, dhcp, carried_by: _, carp, at } = l;
    let v = t.vlan(vlan.v);
    let prefix = v.subnet.map(|s| s.prefix_len());
    let mut texts = Vec::new();
    let assigned = f.layer.network.interfaces.iter().find(|i| i.leg == number);
    texts.extend(assigned.map(|i| words![i.key].citing(i.at)));
    // The bridge has one name on all hosts of a Proxmox cluster.
    texts.extend(f.nodes.first().map(|m| bridge(t, t.host(t.machine(*m).on.v), v)));
    texts.push(match (address, dhcp) {
        (Some(a), _) => words![a, "/", prefix],
        (None, Some(dhcp)) => words!["address by DHCP"].citing(dhcp.at),
        (None, None) => words!["address by DHCP"].citing(*at),
    });
    if f.nodes.len() > 1 {
        texts.extend(carp.map(|g| words!["shared by CARP group ", g]));
        for id in &f.nodes {
            let m = t.machine(*id);
            let seat = seats(t, *id, m).into_iter().find(|s| s.vlan.v == vlan.v && s.address.is_some());
            texts.extend(seat.map(|s| words![m.name, " ", s.label]));
        }
    }
    let node = id("leg", &v.name);
    c.put(words!["    ", node, "[", label(&texts), "]"].citing(vlan.at));
    match gateway {
        Some(up) => {
            let up = words![t.upstream(up.v).name].citing(up.at);
            let router = id("upstream", &up);
            c.put(words!["    ", router, "[", label(&[up, own("upstream router")]), "]"]);
            c.put(vlan_node(v, &[]));
            c.edge(words!["    internet --- ", router]);
            c.edge(words!["    ", router, " --- ", vlan_id(v)]);
            c.edge(words!["    ", vlan_id(v), " --- ", node]);
            c.edge(words!["    ", node, " ---|", label(&[own("way out")]), "| ", me]);
        }
        None => {
            let routes = match v.router.v {
                Router::Firewall(_) if is_gateway(v, *address) => words!["gateway"].citing(v.router.at),
                Router::Firewall(_) | Router::Nobody | Router::Upstream(_) | Router::Machine(_) | Router::Reported => {
                    own("on it")
                }
            };
            c.put(vlan_node(v, &[]));
            c.edge(words!["    ", me, " --- ", node]);
            c.edge(words!["    ", node, " ---|", label(&[routes]), "| ", vlan_id(v)]);
        }
    }
}
