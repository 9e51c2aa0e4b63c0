//! The drawing of one hypervisor: cables, NICs, trunk, a bridge for each VLAN, and the interfaces of its machines.

use super::layout::{Block, Score, Wire, Wiring};
use super::whole::{guest, itself, lane, whole_rows};
use super::{BRIDGE_NAME, NETWORK, because, bridge, listed, own};
use crate::emit::interfaces::on_trunk;
use crate::ir::{Bond, Host, HostId, Topology, Vlan, VlanId};
use crate::render::Composed;
use crate::schema::{Bridges, IfName};
use crate::source::Sp;
use crate::words;

/// One hypervisor.
pub(super) fn score(t: &Topology, id: HostId, h: &Host) -> Score {
    let carried = on_trunk(t, h);
    let lanes: Vec<VlanId> = carried.iter().map(|v| v.v).collect();
    let head = |v: &Sp<VlanId>| {
        let v = t.vlan(v.v);
        let mut more: Vec<Composed> = under(t, h, v).into_iter().collect();
        more.push(bridge(t, h, v));
        more.push(words!["MTU ", v.mtu]);
        lane(v, more)
    };
    let guests = t.machine_ids().filter(|(_, m)| m.on.v == id);
    let rows = whole_rows(guests.map(|(m, machine)| guest(t, &lanes, m, machine, true)).collect());
    let hypervisor = Block {
        title: words!["Proxmox VE on ", h.name],
        notes: vec![words!["cluster ", t.proxmox(h.proxmox).name]],
        rows: whole_rows(vec![itself(t, &lanes, h)]),
    };
    let machines = Block { title: own("Machines"), notes: Vec::new(), rows };
    Score {
        title: words![h.name, ": NICs, bridges and machines"].citing(NETWORK.origin()),
        about: own(
            "From above: where cables end, NICs, the trunk that they make, a bridge for each VLAN, and the interfaces of machines on it.",
        ),
        wiring: wiring(t, id, h),
        legend: None,
        lanes: carried.iter().map(head).collect(),
        blocks: [hypervisor, machines].into_iter().filter(|b| !b.rows.is_empty()).collect(),
    }
}

/// The interface of a VLAN below its bridge; `None` where one bridge takes all.
pub(super) fn under(t: &Topology, h: &Host, v: &Vlan) -> Option<Composed> {
    let bridges = t.proxmox(h.proxmox).bridges;
    match bridges.v {
        Bridges::PerVlan => h.trunk.as_ref().map(|trunk| super::super::interfaces::vlan_port(trunk, v.tag)),
        Bridges::VlanAware => None,
    }
    .map(|name| because(name, BRIDGE_NAME.origin()))
}

/// The NICs of a host with where their cables end: those of the trunk first.
pub(super) struct Cable<'a> {
    /// The NIC.
    pub(super) name: &'a Sp<IfName>,
    /// The switch and its port.
    pub(super) port: Option<(Composed, Option<Composed>)>,
    /// Whether the trunk has it.
    pub(super) carries: bool,
    /// The bond that it is in, where that is not the trunk.
    pub(super) bond: Option<&'a Bond>,
}

/// All NICs of a host.
pub(super) fn cables<'a>(t: &'a Topology, id: HostId, h: &'a Host) -> Vec<Cable<'a>> {
    let mut all: Vec<Cable<'a>> = Vec::new();
    let mut put = |name: &'a Sp<IfName>, carries: bool, bond: Option<&'a Bond>| {
        if !all.iter().any(|c| c.name.v == name.v) {
            let ends = t.switches.iter().flat_map(|s| s.ports.iter().map(move |p| (s, p)));
            let mut ends = ends.filter(|(_, p)| p.host.is_some_and(|x| x.v == id) && p.nic.v == name.v);
            let port = ends.next().map(|(s, p)| {
                let group = p.group.as_ref().map(|g| words!["group ", g]);
                (words![s.name, " ", p.name].citing(p.at), group)
            });
            all.push(Cable { name, port, carries, bond });
        }
    };
    let trunk = h.trunk.as_ref();
    let bonded = h.bonds.iter().find(|b| trunk.is_some_and(|x| x.v == b.name.v));
    match (bonded, trunk) {
        (Some(b), _) => b.ports.iter().for_each(|p| put(p, true, None)),
        (None, Some(nic)) => put(nic, true, None),
        (None, None) => {}
    }
    for b in &h.bonds {
        b.ports.iter().for_each(|p| put(p, false, Some(b)));
    }
    h.nics.iter().for_each(|n| put(&n.name, false, None));
    all
}

/// What the trunk is.
pub(super) fn trunk(h: &Host) -> Vec<Composed> {
    let Some(name) = &h.trunk else { return Vec::new() };
    match h.bonds.iter().find(|b| b.name.v == name.v) {
        Some(b) => {
            let mut how = words!["bond of ", listed(b.ports.iter().map(|p| words![p])), ", ", b.mode];
            if let Some(hash) = &b.hash {
                how = words![how, ", ", hash];
            }
            if let Some(primary) = &b.primary {
                how = words![how, ", ", primary, " first"];
            }
            vec![words![name], how, own("carries every VLAN below with its tag")]
        }
        None => vec![words![name], own("carries every VLAN below with its tag")],
    }
}

fn wiring(t: &Topology, id: HostId, h: &Host) -> Option<Wiring> {
    h.trunk.as_ref()?;
    let nics = cables(t, id, h).into_iter().map(|c| {
        let more = match (c.carries, c.bond) {
            (true, _) => own("NIC of the trunk"),
            (false, Some(b)) => words!["NIC of ", b.name],
            (false, None) => own("further NIC"),
        };
        Wire {
            port: c.port.map(|(port, group)| std::iter::once(port).chain(group).collect()),
            name: vec![words![c.name], more],
            carries: c.carries,
        }
    });
    Some(Wiring { trunk: trunk(h), nics: nics.collect() })
}
