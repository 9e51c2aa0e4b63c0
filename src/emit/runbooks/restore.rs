//! What to do when something is lost: what was there, what goes on without it, and the commands.

use super::{
    ADDRESS, LOCAL, RESTORE, again, by_disks, copied, hosts, joined, left, movable, node_of, on, one, option, others,
    some,
};
use crate::emit::{Out, opnsense};
use crate::ir::{
    Cluster, Datastore, Disk, Firewall, Host, HostId, Machine, MachineId, MachineKind, Recovery, Sealed, Topology,
};
use crate::render::template::{Val, render};
use crate::render::{Composed, Text};
use crate::schema::NodeRole;
use crate::source::Sp;
use crate::words;

pub(super) fn document(sealed: &Sealed<'_>, out: &Out<'_>) -> Text {
    let t: &Topology = sealed;
    let written: Vec<String> = opnsense::views(sealed).map(|v| v.node.name.v.to_string()).collect();
    let singles = t.machine_ids().filter(|(_, m)| matches!(m.kind, MachineKind::Single { .. }));
    // A datastore that no disk is in is reported for its name; how it is reached is not said a second time.
    let disks = || t.machines.iter().flat_map(|m| &m.disks);
    let stores = (0..).zip(&t.datastores).filter(|(n, _)| disks().any(|d| d.datastore.v.0 == *n));
    let rule = words!["A disk is lost with its host, unless every host reaches its datastore."];
    let rule = t.datastores.iter().fold(rule, |rule, d| rule.citing(d.shared.at));
    let bastions: Vec<_> = again::bastions(t).collect();
    let values = [
        ("cloud", words![sealed.meta().name].into()),
        ("machines", some(t.machines.iter().map(|m| machine(t, m)).collect())),
        ("stores", some(stores.map(|(_, d)| store(d)).collect())),
        ("rule", one(rule)),
        ("etcds", some(t.clusters.iter().filter_map(etcd).collect())),
        ("hosts", some(t.host_ids().map(|(id, h)| host(sealed, id, h, &bastions)).collect())),
        ("firewalls", some(t.firewalls.iter().map(|f| firewall(sealed, f, &written)).collect())),
        ("singles", some(singles.map(|(_, m)| single(sealed, m)).collect())),
        ("clusters", some(t.clusters.iter().filter_map(|c| joined::cluster(sealed, c, out)).collect())),
        ("jobs", some(t.backups.iter().map(|j| copied::job(t, j)).collect())),
        ("order", some(copied::order(t))),
        ("identities", some(t.identities.iter().filter_map(|i| copied::people(t, i)).collect())),
        ("veleros", some(t.clusters.iter().filter_map(copied::velero).collect())),
        ("argos", some(t.clusters.iter().filter_map(copied::argo).collect())),
        ("ceph", Val::Flag(t.clusters.iter().any(|c| c.layer.storage.is_some()))),
        ("remote", Val::Flag(t.clusters.iter().any(copied::elsewhere))),
        ("backed", Val::Flag(t.machines.iter().flat_map(|m| &m.disks).any(|d| d.backup.v))),
    ];
    render("restore.md", include_str!("restore.md"), RESTORE, &values)
}

/// What is promised of a machine, and which of its disks are to be in a backup.
fn machine(t: &Topology, m: &Machine) -> Val {
    let named = |of: bool| {
        let disks = m.disks.iter().filter(|d| d.backup.v == of).map(|d: &Disk| words![d.name].citing(d.backup.at));
        disks.reduce(|a, b| words![a, ", ", b]).unwrap_or_else(|| words!["none"].citing(RESTORE.origin()))
    };
    let none = || words!["nothing promised"].citing(RESTORE.origin());
    let promised = |of: fn(&Recovery) -> Composed| m.recovery.as_ref().map_or_else(none, of);
    Val::Record(vec![
        ("name", one(words![m.name])),
        ("host", one(words![t.host(m.on.v).name].citing(m.on.at))),
        ("id", one(words![m.vm_id])),
        ("backed", one(named(true))),
        ("left_out", one(named(false))),
        ("jobs", one(copied::by(t, m))),
        ("rpo", one(promised(|r| words![r.rpo]))),
        ("rto", one(promised(|r| words![r.rto]))),
    ])
}

/// What becomes of a datastore when a host is lost.
fn store(d: &Datastore) -> Val {
    // Which disks name none is said by each disk.
    let Datastore { name, shared, default: _ } = d;
    let what = match shared.v {
        true => "every host reaches the same: it stays, and is lost as a whole",
        false => "each host has its own: it is lost with the host",
    };
    Val::Record(vec![("name", one(words![name])), ("what", one(words![Sp::new(what, shared.at)]))])
}

/// Where a cluster's copies of etcd are.
fn etcd(c: &Cluster) -> Option<Val> {
    let e = &c.layer.install.as_ref()?.etcd;
    let every = Sp::new(crate::schema::Seconds(e.minutes.v.saturating_mul(60)), e.minutes.at);
    Some(Val::Record(vec![
        ("cluster", one(words![c.name])),
        ("dir", one(words![e.dir])),
        ("every", one(words![every])),
        ("keep", one(words![e.keep])),
    ]))
}

/// A host: what was on it, and where it goes.
fn host(sealed: &Sealed<'_>, id: HostId, h: &Host, bastions: &[(&Machine, Composed)]) -> Val {
    let t: &Topology = sealed;
    let mine: Vec<&Machine> = on(t, h).map(|(_, m)| m).collect();
    let all = hosts(t, h.proxmox).len();
    let other = again::other(t, h);
    let templates = t.templates.iter().filter(|k| k.on.is_some_and(|o| o.v == id));
    let templates = templates.map(|k| one(words![k.image].citing(k.name.at).citing(k.at)));
    let moved = mine.iter().filter(|m| movable(t, m) && m.ha.is_none());
    let moved = moved.filter_map(|m| {
        let to = &other?.name;
        let file = words!["/etc/pve/nodes/", h.name, "/qemu-server/", m.vm_id, ".conf"];
        let folder = words!["/etc/pve/nodes/", to, "/qemu-server/"];
        Some(Val::Record(vec![
            ("move", one(words!["mv ", file, " ", folder].citing(LOCAL.origin()))),
            ("start", one(words!["ssh root@", to, " qm start ", m.vm_id])),
        ]))
    });
    let forgotten = mine.iter().filter(|m| !movable(t, m)).flat_map(|m| again::forgotten(t, m, bastions));
    let made: Vec<Val> = mine.iter().filter(|m| !movable(t, m)).filter_map(|m| resource(sealed, m)).map(one).collect();
    Val::Record(vec![
        ("name", one(words![h.name])),
        ("quorum", one(left("Of the Proxmox cluster ", all - 1, all))),
        ("alone", Val::Flag(all == 1)),
        ("enough", Val::Flag((all - 1) * 2 > all)),
        ("machines", some(mine.iter().map(|m| lost(t, m)).collect())),
        ("templates", some(templates.collect())),
        ("moved", some(moved.collect())),
        ("again", some(made)),
        ("forgotten", some(forgotten.collect())),
        ("other", Val::Flag(other.is_some())),
        ("freed", again::freed(t, id, h)),
        ("endpoint", option(again::endpoint(t, h))),
    ])
}

/// What the loss of a machine's host means for it.
fn lost(t: &Topology, m: &Machine) -> Val {
    let what = match &m.kind {
        MachineKind::Single { .. } => words!["it is away until it is restored"],
        MachineKind::Firewall { firewall } => {
            let f = t.firewall(*firewall);
            let other = f.nodes.iter().map(|n| t.machine(*n)).find(|n| n.on.v != m.on.v);
            match other {
                Some(other) => words![other.name, " holds the shared addresses"],
                None => words!["what ", f.name, " routes stands still"],
            }
        }
        MachineKind::Node { .. } => match node_of(t, m) {
            Some((c, NodeRole::ControlPlane)) => {
                let (rest, all) = others(t, m, c);
                left("of etcd ", rest, all)
            }
            Some((_, NodeRole::Worker)) => words!["its pods start on other workers"],
            None => Composed::default(),
        },
    };
    let ha = match &m.ha {
        Some(ha) if movable(t, m) => words!["Proxmox HA starts it elsewhere; "].citing(ha.state.at),
        Some(_) | None => Composed::default(),
    };
    Val::Record(vec![
        ("name", one(words![m.name])),
        ("disks", one(by_disks(t, m, "shared", "on this host"))),
        ("what", one(words![ha, what])),
    ])
}

/// What Terraform calls a machine.
fn resource(sealed: &Sealed<'_>, m: &Machine) -> Option<Composed> {
    crate::emit::terraform::address(sealed, m).map(|a| a.citing(ADDRESS.origin()))
}

fn firewall(sealed: &Sealed<'_>, f: &Firewall, written: &[String]) -> Val {
    let t: &Topology = sealed;
    let node = |id: &MachineId| {
        let m = t.machine(*id);
        let other = f.nodes.iter().find(|n| *n != id).map(|n| words![t.machine(*n).name]);
        Val::Record(vec![
            ("name", one(words![m.name])),
            ("other", option(other)),
            ("resource", option(resource(sealed, m))),
            ("deleted", option(again::deleted(t, m))),
            ("protect", Val::Flag(m.protect.v)),
            ("written", Val::Flag(written.iter().any(|w| *w == *m.name.v))),
        ])
    };
    let promised = f.nodes.first().and_then(|m| t.machine(*m).recovery.as_ref());
    Val::Record(vec![
        ("name", one(words![f.name])),
        ("pair", Val::Flag(f.nodes.len() > 1)),
        ("unnamed", again::unnamed(t, f)),
        ("fetched", option(f.layer.backup.as_ref().map(|b| words![b.rhythm.every].citing(b.at)))),
        ("nodes", Val::Many(f.nodes.iter().map(node).collect())),
        ("rpo", option(promised.map(|r| words![r.rpo]))),
        ("rto", option(promised.map(|r| words![r.rto]))),
    ])
}

fn single(sealed: &Sealed<'_>, m: &Machine) -> Val {
    let t: &Topology = sealed;
    Val::Record(vec![
        ("name", one(words![m.name])),
        ("id", one(words![m.vm_id])),
        ("host", one(words![t.host(m.on.v).name].citing(m.on.at))),
        ("resource", option(resource(sealed, m))),
        ("deleted", option(again::deleted(t, m))),
        ("known", option(again::known(t, m))),
        ("protect", Val::Flag(m.protect.v)),
        ("stores", some(copied::stores(t, m).into_iter().map(one).collect())),
        ("rpo", option(m.recovery.as_ref().map(|r| words![r.rpo]))),
        ("rto", option(m.recovery.as_ref().map(|r| words![r.rto]))),
    ])
}
