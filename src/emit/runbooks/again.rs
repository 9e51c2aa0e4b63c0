//! How a machine is made again after it or its host is lost, and what must be out of its way before; decides nothing.

use std::net::Ipv4Addr;

use super::{KEYS, LOCAL, PROTECTED, TAKEN, movable, on, one, option, some};
use crate::emit::ansible::reach;
use crate::ir::{Firewall, Host, HostId, Machine, MachineKind, Topology};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::{Url, VmRole};
use crate::source::Sp;
use crate::words;

/// The command that deletes what Proxmox and Terraform keep; `None` where nothing is protected.
pub(super) fn deleted(t: &Topology, m: &Machine) -> Option<Composed> {
    if !m.protect.v {
        return None;
    }
    let id = &m.vm_id;
    // Proxmox does not destroy what its HA still looks after.
    let ha = m.ha.as_ref().map(|ha| words!["ha-manager remove vm:", id, "; "].citing(ha.state.at)).unwrap_or_default();
    let host = login(t.host(m.on.v)).citing(m.on.at);
    let all = words!["ssh ", host, " '", ha, "qm set ", id, " --protection 0; qm stop ", id, "; qm destroy ", id, "'"];
    Some(all.citing(m.protect.at).citing(PROTECTED.origin()))
}

/// Who logs in on a host, and where.
pub(super) fn login(h: &Host) -> Composed {
    let address = h.address.as_ref().map_or_else(|| words![h.name], |a| words![a]);
    words!["root@", address]
}

/// The lines that forget the old SSH key of a machine: where people are, and for nodes where their installer runs.
pub(super) fn forgotten(t: &Topology, m: &Machine, bastions: &[(&Machine, Composed)]) -> Vec<Val> {
    let node = match &m.kind {
        MachineKind::Firewall { .. } => return Vec::new(),
        MachineKind::Single { .. } => false,
        MachineKind::Node { .. } => true,
    };
    let Some((_, address)) = reach(t, m) else { return Vec::new() };
    let here = words!["ssh-keygen -R ", address].citing(KEYS.origin());
    // A bastion that is lost too has forgotten everything.
    let there = bastions.iter().filter(|(b, _)| node && b.on.v != m.on.v);
    let there = there.map(|(_, login)| words!["ssh ", login.clone(), " ssh-keygen -R ", address].citing(KEYS.origin()));
    std::iter::once(here).chain(there).map(one).collect()
}

/// Where a machine that stands alone is known by its old SSH key.
pub(super) fn known(t: &Topology, m: &Machine) -> Option<Composed> {
    let (_, address) = reach(t, m)?;
    Some(words![address].citing(KEYS.origin()))
}

/// Bastions, and who logs in on each.
pub(super) fn bastions(t: &Topology) -> impl Iterator<Item = (&Machine, Composed)> {
    t.machines.iter().filter_map(|m| match &m.kind {
        MachineKind::Single { role } if role.v == VmRole::Bastion => {
            let (_, address) = reach(t, m)?;
            Some((m, words![user(t, m), address].citing(role.at)))
        }
        MachineKind::Single { .. } | MachineKind::Firewall { .. } | MachineKind::Node { .. } => None,
    })
}

/// The account of a machine and the sign behind it; empty where none is stated.
pub(super) fn user(t: &Topology, m: &Machine) -> Composed {
    m.login.map(|l| words![t.login(l.v).name, "@"].citing(l.at)).unwrap_or_default()
}

/// Another host of the same cluster: the next by name, so that one more changes no other's text; before the last where there is none.
pub(super) fn other<'t>(t: &'t Topology, h: &Host) -> Option<&'t Host> {
    let all = super::hosts(t, h.proxmox);
    let here = all.iter().position(|x| x.name.v == h.name.v)?;
    all.get(here + 1).or_else(|| all.get(here.checked_sub(1)?)).copied()
}

/// The lines that free the numbers of what is lost with a host, and strike the host off.
pub(super) fn freed(t: &Topology, id: HostId, h: &Host) -> Val {
    let templates = t.templates.iter().filter(|k| k.on.is_some_and(|o| o.v == id));
    let templates = templates.filter_map(|k| k.vm_id.as_ref()).map(|n| words![n]);
    let machines = on(t, h).filter(|(_, m)| !movable(t, m)).map(|(_, m)| words![m.vm_id].citing(LOCAL.origin()));
    let file = |id: Composed| words!["rm /etc/pve/nodes/", h.name, "/qemu-server/", id, ".conf"];
    let files: Vec<Composed> = templates.chain(machines).map(file).collect();
    if files.is_empty() {
        return Val::Flag(false);
    }
    let gone = words!["pvecm delnode ", h.name];
    some(files.into_iter().chain([gone]).map(|l| one(l.citing(TAKEN.origin()))).collect())
}

/// The name or address in the endpoint, the host that it is, and the whole of it.
fn asked<'t>(t: &'t Topology, h: &Host) -> Option<(&'t str, &'t Sp<Url>)> {
    let url = t.proxmox(h.proxmox).endpoint.as_ref()?;
    let rest = url.v.strip_prefix("https://")?;
    Some((rest.split(['/', ':']).next().unwrap_or(rest), url))
}

/// What the endpoint calls a host, in the ways in which it may.
fn called(t: &Topology, h: &Host) -> Vec<String> {
    let name = h.name.v.to_string();
    let full = t.meta.iter().filter_map(|m| m.domain.as_ref()).map(|d| format!("{}.{}", h.name.v, d.v));
    full.chain(h.address.iter().map(|a| a.v.to_string())).chain([name.clone()]).collect()
}

/// The statement that names another host instead of one that is lost; `None` where Terraform does not ask this one.
pub(super) fn endpoint(t: &Topology, h: &Host) -> Option<Composed> {
    let (host, url) = asked(t, h)?;
    let way = called(t, h).iter().position(|n| n == host)?;
    let names = other(t, h).map(|o| called(t, o))?;
    // Both are called in the same way where both have an address, and by name where not.
    let instead = names.get(way).or(names.last())?;
    let instead = Url(url.v.replacen(host, instead, 1).into());
    Some(words!["endpoint \"", Sp::new(instead, url.at), "\""])
}

/// What a machine needs to reach the endpoint when no name resolves.
pub(super) fn unnamed(t: &Topology, f: &Firewall) -> Val {
    let first = f.nodes.first().map(|m| t.host(t.machine(*m).on.v));
    let Some(first) = first else { return Val::Flag(false) };
    let of =
        |h: &&Host| h.proxmox == first.proxmox && asked(t, h).is_some_and(|(n, _)| called(t, h).iter().any(|c| c == n));
    let Some(h) = t.hosts.iter().find(of) else { return Val::Flag(false) };
    let (Some((name, url)), Some(address)) = (asked(t, h), &h.address) else { return Val::Flag(false) };
    if name.parse::<Ipv4Addr>().is_ok() {
        return Val::Flag(false);
    }
    Val::Record(vec![
        ("line", one(words![address, " ", Sp::new(Url(name.into()), url.at)])),
        ("login", one(login(h))),
        ("host", option(Some(words![h.name]))),
    ])
}
