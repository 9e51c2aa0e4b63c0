//! The drawing of the whole: every VLAN and who is on it, from the Internet to what runs in clusters.

use super::layout::{Block, Lane, Mark, Row, Score, Shape};
use super::{MACHINES, NETWORK, PALETTE, ROWS, is_gateway, listed, own, parts, role, seats, size};
use crate::ir::{Host, HostId, Machine, MachineId, Public, Switch, SwitchPort, Topology, Upstream, Vlan, VlanId};
use crate::render::Composed;
use crate::source::Sp;
use crate::words;

/// The whole.
pub(super) fn score(t: &Topology, cloud: &Composed) -> Score {
    let lanes: Vec<VlanId> = (0..t.vlans.len()).map(|n| VlanId(n as u32)).collect();
    let mut blocks = vec![outside(t)];
    blocks.extend(t.switches.iter().map(|s| switch(t, s)));
    blocks.extend(t.firewalls.iter().filter(|f| f.nodes.len() > 1).map(|f| {
        let row = Row {
            name: words![f.name],
            notes: vec![words!["shared by ", listed(f.nodes.iter().map(|m| words![t.machine(*m).name]))]],
            marks: f.legs.iter().filter_map(|l| mark(t, &lanes, l.vlan, words![l.address?], l.address)).collect(),
        };
        Block { title: words!["Firewall ", f.name], notes: Vec::new(), rows: whole_rows(vec![row]) }
    }));
    let counted = t.machines.len() > MACHINES;
    blocks.extend(t.host_ids().map(|(id, h)| host(t, &lanes, id, h, counted)));
    for (n, c) in t.clusters.iter().enumerate() {
        let rows = parts::parts(t, c, n as u32).into_iter().map(|p| {
            let marks = p.on.into_iter().filter_map(|on| {
                let lane = lanes.iter().position(|l| *l == on.vlan.v)?;
                let shape = if on.address { Shape::Dot } else { Shape::Ring };
                Some(Mark { lane, shape, label: on.label.citing(on.vlan.at), below: on.below })
            });
            Row { name: p.name, notes: p.notes, marks: marks.collect() }
        });
        let notes = vec![words!["what runs in it"].citing(NETWORK.origin())];
        blocks.push(Block { title: words!["Cluster ", c.name], notes, rows: whole_rows(rows.collect()) });
    }
    Score {
        title: words![cloud, ": the network"].citing(NETWORK.origin()),
        about: own(
            "Every VLAN as a vertical line, and as marks on it routers, switch ports, hypervisors, machines and what runs in clusters.",
        ),
        wiring: None,
        legend: None,
        lanes: lanes.iter().map(|id| lane(t.vlan(*id), vec![gateway(t.vlan(*id))])).collect(),
        blocks: blocks.into_iter().filter(|b| !b.rows.is_empty()).collect(),
    }
}

/// The head of a VLAN, and what else is said of it there.
pub(super) fn lane(v: &Vlan, more: Vec<Composed>) -> Lane {
    let mut head = vec![words![v.name].citing(v.at), words!["VLAN ", v.tag], words![v.subnet]];
    head.extend(more);
    Lane { tag: v.tag.v, short: words![v.tag].citing(PALETTE.origin()), head }
}

/// Who is sent to for the rest of the world.
fn gateway(v: &Vlan) -> Composed {
    match v.gateway {
        Some(g) => words!["gateway ", g],
        None => words!["nobody routes it"].citing(v.router.at),
    }
}

/// A mark where a lane is drawn.
pub(super) fn mark(
    t: &Topology,
    lanes: &[VlanId],
    vlan: Sp<VlanId>,
    label: Composed,
    address: Option<Sp<std::net::Ipv4Addr>>,
) -> Option<Mark> {
    let lane = lanes.iter().position(|l| *l == vlan.v)?;
    let shape = match address {
        Some(_) if is_gateway(t.vlan(vlan.v), address) => Shape::Gateway,
        Some(_) => Shape::Dot,
        None => Shape::Ring,
    };
    Some(Mark { lane, shape, label: label.citing(vlan.at), below: None })
}

/// Rows with one mark a lane: what is on a lane twice has a further row.
pub(super) fn whole_rows(rows: Vec<Row>) -> Vec<Row> {
    let mut all = Vec::new();
    for mut row in rows {
        loop {
            let mut taken = Vec::new();
            let (first, more): (Vec<Mark>, Vec<Mark>) = std::mem::take(&mut row.marks).into_iter().partition(|m| {
                let free = !taken.contains(&m.lane);
                taken.push(m.lane);
                free
            });
            let next = Row { name: row.name.clone(), notes: Vec::new(), marks: more };
            row.marks = first;
            row.marks.sort_by_key(|m| m.lane);
            all.push(row);
            if next.marks.is_empty() {
                break;
            }
            row = next;
        }
    }
    all
}

/// What is not ours: the Internet and upstreams.
fn outside(t: &Topology) -> Block {
    let marks = t.vlans.iter().enumerate().filter(|(_, v)| v.internet.v).map(|(lane, v)| Mark {
        lane,
        shape: Shape::Ring,
        label: words!["may go out"].citing(v.internet.at),
        below: None,
    });
    let internet = Row { name: own("Internet"), notes: publics(t), marks: marks.collect() };
    let lanes: Vec<VlanId> = (0..t.vlans.len()).map(|n| VlanId(n as u32)).collect();
    let upstream = |u: &Upstream| {
        let Upstream { name, routers } = u;
        let marks = routers.iter().filter_map(|r| mark(t, &lanes, r.vlan, words![r.address], Some(r.address)));
        Row { name: words![name], notes: vec![words!["upstream router"].citing(name.at)], marks: marks.collect() }
    };
    let rows = std::iter::once(internet).chain(t.upstreams.iter().map(upstream)).collect();
    Block { title: own("Outside"), notes: Vec::new(), rows: whole_rows(rows) }
}

/// The public addresses, each run with whom it reaches.
pub(super) fn publics(t: &Topology) -> Vec<Composed> {
    let runs = |p: &Public| -> Vec<Composed> {
        let to = p.to.map(|f| words![" for ", t.firewall(f.v).name].citing(f.at)).unwrap_or_default();
        let run = |(from, until): &(Sp<std::net::Ipv4Addr>, Sp<std::net::Ipv4Addr>)| match from.v == until.v {
            true => words![from, to],
            false => words![from, " to ", until, to],
        };
        p.ranges.iter().map(run).collect()
    };
    t.public.iter().flat_map(runs).collect()
}

fn switch(t: &Topology, s: &Switch) -> Block {
    let Switch { name, mtu, ports } = s;
    let lanes: Vec<VlanId> = (0..t.vlans.len()).map(|n| VlanId(n as u32)).collect();
    let row = |p: &SwitchPort| {
        let SwitchPort { name, host, nic, trunk, tags: _, native, group, at } = p;
        let end = host.map(|h| words![t.host(h.v).name, " "].citing(h.at)).unwrap_or_default();
        let mut notes = vec![words![end, nic].citing(*at)];
        notes.extend(group.as_ref().map(|g| words!["group ", g]));
        let tagged = trunk.iter().filter_map(|v| mark(t, &lanes, *v, words!["tagged"], None));
        let native = native.iter().filter_map(|v| mark(t, &lanes, *v, words!["untagged"], None));
        Row { name: words!["port ", name], notes, marks: native.chain(tagged).collect() }
    };
    let rows = whole_rows(ports.iter().map(row).collect());
    Block { title: words!["Switch ", name], notes: vec![words!["packets up to ", mtu, " bytes"]], rows }
}

/// A hypervisor with its machines.
fn host(t: &Topology, lanes: &[VlanId], id: HostId, h: &Host, counted: bool) -> Block {
    let mut rows = vec![itself(t, lanes, h)];
    let here = || t.machine_ids().filter(|(_, m)| m.on.v == id);
    if counted {
        let mut count = Sp::new(0u32, ROWS.origin());
        count.v = here().count() as u32;
        let name = words![count, " machines"].citing(h.at);
        rows.push(Row { name, notes: vec![words!["see host-", h.name, ".svg"]], marks: Vec::new() });
    } else {
        rows.extend(here().map(|(m, machine)| guest(t, lanes, m, machine, false)));
    }
    let notes = vec![words!["Proxmox VE, cluster ", t.proxmox(h.proxmox).name]];
    Block { title: words!["Host ", h.name], notes, rows: whole_rows(rows) }
}

/// The hypervisor's own row: the VLANs that it bridges, and its addresses.
pub(super) fn itself(t: &Topology, lanes: &[VlanId], h: &Host) -> Row {
    let marks = h.vlans.iter().filter_map(|v| {
        let management = t.proxmox(h.proxmox).management.filter(|m| m.v == v.v).and(h.address);
        let further = h.addresses.iter().find(|a| a.vlan.v == v.v).map(|a| a.address);
        let address = management.or(further);
        let label = address.map_or_else(|| super::bridge(t, h, t.vlan(v.v)), |a| words![a]);
        mark(t, lanes, *v, label, address)
    });
    Row { name: words![h.name, " itself"], notes: vec![words!["hypervisor"].citing(h.at)], marks: marks.collect() }
}

/// A machine's row; with the slots of its interfaces where they are asked for.
pub(super) fn guest(t: &Topology, lanes: &[VlanId], id: MachineId, m: &Machine, slots: bool) -> Row {
    let marks = seats(t, id, m).into_iter().filter_map(|s| {
        let mut mark = mark(t, lanes, s.vlan, s.label, s.address)?;
        if slots {
            let number = Sp::new(s.slot as u32, s.nic.at);
            mark.below = Some(match t.template(m.template.v).os.linux {
                true => words!["net", number, ", ", s.nic.ifname],
                false => words!["net", number, ", vtnet", number],
            });
        }
        Some(mark)
    });
    Row { name: words![m.name], notes: vec![role(t, m), size(m)], marks: marks.collect() }
}
