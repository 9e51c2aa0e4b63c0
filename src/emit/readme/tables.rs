//! Tables of README.md that people work from by hand: firewalls, API addresses, names; holds no sentence of the page.

use super::super::ansible::reach;
use super::{BY_HAND, one};
use crate::ir::{Api, Cluster, DnsData, Firewall, FirewallLeg, MachineId, Nic, Topology};
use crate::render::template::Val;
use crate::render::{Composed, Piece};
use crate::schema::Name;
use crate::source::Sp;
use crate::words;

/// Every interface of every firewall: what a person enters on its console.
pub(super) fn firewalls(t: &Topology) -> Val {
    let legs = |f: &Firewall, id: &MachineId| -> Vec<Val> {
        let machine = t.machine(*id);
        let row = |(slot, nic): (usize, &Nic)| {
            let leg = f.legs.iter().find(|l| l.vlan.v == nic.vlan.v);
            interface(t, &machine.name, t.template(machine.template.v).os.linux, slot, nic, leg)
        };
        machine.nics.iter().enumerate().map(row).collect()
    };
    Val::Many(t.firewalls.iter().flat_map(|f| f.nodes.iter().flat_map(move |id| legs(f, id))).collect())
}

/// One row: the names of the slot in Proxmox and in the guest, and what the leg shares. FreeBSD counts `vtnet` in the order
/// of the slots (vtnet(4)).
fn interface(t: &Topology, node: &Sp<Name>, linux: bool, slot: usize, nic: &Nic, leg: Option<&FirewallLeg>) -> Val {
    let vlan = t.vlan(nic.vlan.v);
    let number = || Sp::new(slot as u32, BY_HAND.origin());
    let inside = if linux { words![nic.ifname] } else { words!["vtnet", number()] };
    let prefix = vlan.subnet.map(|s| s.prefix_len());
    let own = nic.address.as_ref().map_or_else(|| words!["DHCP"].citing(nic.dhcp.at), |a| words![a, "/", prefix]);
    // An address is shared by a pair only.
    let pair = leg.and_then(|l| Some((l.address.as_ref()?, l.carp.as_ref()?)));
    let none = || words!["none"];
    Val::Record(vec![
        ("node", one(node)),
        ("interface", words!["net", number(), ", ", inside].citing(nic.at).into()),
        ("mac", one(&nic.mac)),
        ("vlan", words![vlan.name, " (", vlan.tag, ")"].citing(nic.vlan.at).into()),
        ("own", own.into()),
        ("shared", pair.map_or_else(none, |(a, _)| words![a, "/", prefix]).into()),
        ("carp", pair.map_or_else(none, |(_, id)| words![id]).into()),
    ])
}

/// The API of each cluster whose control-plane nodes hold its address.
pub(super) fn apis(t: &Topology) -> Val {
    let row = |c: &Cluster| {
        let Api { name: _, address, port, vrrp, held_by: _, at: _ } = &c.api;
        vrrp.as_ref()?;
        Some(Val::Record(vec![("cluster", one(&c.name)), ("address", one(address)), ("port", one(port))]))
    };
    Val::Many(t.clusters.iter().filter_map(row).collect())
}

/// The names that firewalls serve, as they answer them; where none does every name that commands, browsers and certificates use,
/// and its address: hosts, machines where Ansible reaches them, APIs, pages, identity servers.
pub(super) fn names(t: &Topology) -> Val {
    let dns = t.firewalls.iter().filter_map(|f| f.layer.dns.as_ref()).filter(|d| *d.own_names);
    let mut served: Vec<(Composed, Composed)> = Vec::new();
    for n in dns.flat_map(|d| &d.names) {
        let DnsData::Address(address, _) = &n.data else { continue };
        let row = (words![n.host, ".", n.domain].citing(n.at), words![address]);
        if !served.iter().any(|(name, a)| name.text == row.0.text && a.text == row.1.text) {
            served.push(row);
        }
    }
    if !served.is_empty() {
        served.sort_by(|a, b| (&a.0.text, &a.1.text).cmp(&(&b.0.text, &b.1.text)));
        let row = |(name, address): (Composed, Composed)| {
            Val::Record(vec![("name", name.into()), ("address", address.into())])
        };
        return Val::Many(served.into_iter().map(row).collect());
    }
    let full = |name: &Sp<Name>| match t.meta.as_ref().and_then(|m| m.domain.as_ref()) {
        Some(domain) => words![name, ".", domain],
        None => words![name],
    };
    let row = |name: Composed, address: Option<&dyn Piece>| {
        let mut cell = Composed::default();
        match address {
            Some(address) => address.add(&mut cell),
            None => "what DHCP gives it".add(&mut cell),
        }
        Val::Record(vec![("name", name.into()), ("address", cell.into())])
    };
    let hosts = t.hosts.iter().filter_map(|h| Some(row(full(&h.name), Some(h.address.as_ref()?))));
    let machines = t.machines.iter().map(|m| row(full(&m.name), reach(t, m).map(|(_, a)| a as &dyn Piece)));
    let apis = t.clusters.iter().map(|c| row(words![c.api.name], Some(&c.api.address)));
    let uis = t.clusters.iter().filter_map(|c| c.layer.ui.as_ref());
    let pages = uis.flat_map(|u| {
        let address = u.way.address.as_ref().map(|(_, a)| a);
        u.pages.iter().map(move |p| row(words![p.host], address.map(|a| a as &dyn Piece)))
    });
    let identities = t.identities.iter().filter_map(|i| {
        let run = i.run.as_ref()?;
        let own = *full(&t.machine(i.machine.v).name).text == *i.host.v.0;
        (!own).then(|| row(words![i.host], Some(&run.address)))
    });
    Val::Many(hosts.chain(machines).chain(apis).chain(pages).chain(identities).collect())
}
