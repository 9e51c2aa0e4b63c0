//! Lints of storage in a cluster: what Ceph would wait for, lose, or run on the wrong network.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{DeviceClass, DiskUse, NodeRole, Spread};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[devices, given_twice, strangers, unused_disks, monitors, servers, networks, copies, classes, ports, needs];

/// Calls `see` with the storage of every cluster and every environment.
fn each(x: &Lints<'_>, mut see: impl FnMut(&Cluster, &Storage)) {
    for (cluster, layer) in x.topology.layers() {
        if let Some(s) = &layer.storage {
            see(cluster, s);
        }
    }
}

/// Where a value is stated; where it is a default, the statement that it belongs to.
fn stated(at: Origin, or: Origin) -> Origin {
    if at.rule().is_some() { or } else { at }
}

/// Names of machines for a message: at most three of them.
fn names(t: &Topology, all: &[MachineId]) -> String {
    let shown: Vec<&str> = all.iter().take(3).map(|m| t.machine(*m).name.v.as_str()).collect();
    match all.len() {
        0..=3 => shown.join(", "),
        n => format!("{} and {} more", shown.join(", "), n - 3),
    }
}

/// E0803, E0993: storage takes disks that the nodes have and that are for it (RFC faults K3 and S2).
fn devices(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |c, s| {
        // Where there are such disks, what names them is wrong and was reported.
        let machines = c.groups.iter().flat_map(|g| &g.nodes).map(|m| t.machine(*m));
        let any = machines.flat_map(|m| &m.disks).any(|d| d.used_for.v == DiskUse::Ceph);
        if s.nodes.is_empty() && !any {
            sink.report(
                Diag::new(code::E0993, "storage has no disk")
                    .at(x.span(s.at), "Ceph would have nowhere to keep anything")
                    .help("disk \"osd\" size=\"500GiB\" for=\"ceph\" in a group of nodes"),
            );
        }
        for n in &s.nodes {
            let m = t.machine(n.machine);
            for d in &n.devices {
                let Some(name) = &d.named else { continue };
                let found = disks_called(m, &name.v);
                match found[..] {
                    [] => {
                        let have = m.disks.iter().enumerate();
                        let have: Vec<String> =
                            have.map(|(i, k)| format!("{} ({})", linux_disk(i), k.name.v)).collect();
                        sink.report(
                            Diag::new(code::E0803, format!("{} has no disk {}", m.name, name.v))
                                .at(x.span(name.at), "storage would wait for it")
                                .at(
                                    x.span(m.disks.first().map_or(m.at, |d| d.at)),
                                    format!("it has {}", have.join(", ")),
                                )
                                .help("disk \"osd\" size=\"500GiB\" for=\"ceph\""),
                        );
                    }
                    [one] if m.disks[one as usize].used_for.v == DiskUse::Ceph => {}
                    [one] => {
                        sink.report(
                            Diag::new(code::E0803, format!("{} of {} is not for Ceph", name.v, m.name))
                                .at(x.span(name.at), "storage would wipe it")
                                .at(x.span(m.disks[one as usize].at), "this disk")
                                .help("add another: disk \"osd\" size=\"500GiB\" for=\"ceph\""),
                        );
                    }
                    [a, b, ..] => {
                        sink.report(
                            Diag::new(code::E0803, format!("{} has two disks that {} may mean", m.name, name.v))
                                .at(x.span(name.at), "one of them would be wiped")
                                .at(
                                    x.span(m.disks[a as usize].at),
                                    format!("Linux calls this {}", linux_disk(a as usize)),
                                )
                                .at(
                                    x.span(m.disks[b as usize].at),
                                    format!("Linux calls this {}", linux_disk(b as usize)),
                                )
                                .help("give the disk a name that Linux gives to none"),
                        );
                    }
                }
            }
        }
    });
}

/// E0985: a disk is given once, and a node by its disks or by a pattern.
fn given_twice(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |_, s| {
        for n in &s.nodes {
            let name = &t.machine(n.machine).name;
            for (i, d) in n.devices.iter().enumerate() {
                let Some(number) = d.number else { continue };
                if let Some(first) = n.devices[..i].iter().find(|f| f.number.is_some_and(|f| f.v == number.v)) {
                    let (a, b) = if x.span(first.at) <= x.span(d.at) { (first.at, d.at) } else { (d.at, first.at) };
                    sink.report(
                        Diag::new(code::E0985, format!("{} of {name} is given twice", linux_disk(number.v as usize)))
                            .at(x.span(b), "again here")
                            .at(x.span(a), "first here")
                            .help("keep one of the two"),
                    );
                }
            }
            if let (Some(f), Some(d)) = (&n.filter, n.devices.first()) {
                sink.report(
                    Diag::new(code::E0985, format!("{name} gives its disks by name and by a pattern"))
                        .at(x.span(d.at), "by name")
                        .at(x.span(f.at), "by a pattern")
                        .note("Rook reads the pattern only where no disk is named")
                        .help("keep one of the two"),
                );
            }
        }
    });
}

/// E0986: storage is made of nodes of its own cluster.
fn strangers(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |c, s| {
        let ours = |m: &MachineId| c.groups.iter().any(|g| g.nodes.contains(m));
        for n in s.nodes.iter().filter(|n| !ours(&n.machine)) {
            sink.report(
                Diag::new(code::E0986, format!("{} is no node of cluster {}", n.name, c.name))
                    .at(x.span(n.name.at), "Rook would wait for this node")
                    .at(x.span(t.machine(n.machine).at), "this machine")
                    .help("name a node of the cluster"),
            );
        }
        for g in s.place.groups.iter().filter(|g| !c.groups.iter().any(|k| k.name.v == g.v)) {
            sink.report(
                Diag::new(code::E0986, format!("{g} is no group of nodes of cluster {}", c.name))
                    .at(x.span(g.at), "nothing could run there")
                    .at(x.span(c.name.at), "the cluster of this storage")
                    .help("name a group of the cluster"),
            );
        }
    });
}

/// L0990, L0995: every disk for Ceph is given, and none lies in a store that every host shares (RFC fault S4).
fn unused_disks(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |c, s| {
        let mut shared = BTreeSet::new();
        for m in c.groups.iter().flat_map(|g| &g.nodes) {
            let machine = t.machine(*m);
            let node = s.nodes.iter().find(|n| n.machine == *m);
            for (i, d) in machine.disks.iter().enumerate().filter(|(_, d)| d.used_for.v == DiskUse::Ceph) {
                // A device that names no disk may have meant this one.
                let given = node.is_some_and(|n| {
                    n.filter.is_some() || n.devices.iter().any(|k| k.number.is_none_or(|k| k.v as usize == i))
                });
                if !given && !s.nodes.is_empty() {
                    sink.report(
                        Diag::new(
                            code::L0990,
                            format!("disk {} of {} is for Ceph, and nothing gives it", d.name.v, machine.name),
                        )
                        .at(x.span(d.at), "it would stay empty")
                        .at(x.span(s.at), "only what is named here is taken")
                        .help(format!("device \"{}\" name=\"{}\"", machine.name, d.name.v)),
                    );
                }
                let store = d.datastore.v;
                if store.is_known() && t.datastore(store).shared.v && shared.insert((store, d.at.index())) {
                    sink.report(
                        Diag::new(
                            code::L0995,
                            format!("the copies of Ceph all lie in the datastore {}", t.datastore(store).name),
                        )
                        .at(x.span(d.at), "a disk for Ceph")
                        .at(x.span(t.datastore(store).shared.at), "one store for all hosts")
                        .note("the store keeps copies itself, and its loss takes every copy of Ceph")
                        .help("keep disks for Ceph on a datastore of each host"),
                    );
                }
            }
        }
    });
}

/// E0975, L0976, L0994: monitors have nodes enough, and a majority outlives a node and a host (RFC fault S3).
fn monitors(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |c, s| {
        let (mons, nodes) = (usize::from(s.mons.v), s.place.nodes.len());
        let at = x.span(stated(s.mons.at, s.at));
        let place = x.span(s.place.at);
        if mons > nodes {
            let can = match nodes {
                0 => "no node may run one".to_string(),
                n => format!("only {n} may: {}", names(t, &s.place.nodes)),
            };
            let kept = c.groups.iter().filter(|g| !g.nodes.iter().any(|m| s.place.nodes.contains(m)));
            let mut d =
                Diag::new(code::E0975, format!("{mons} monitors need {mons} nodes, and {can}")).at(at, "one a node");
            if x.span(s.place.at) != at {
                d = d.at(place, "where they may run");
            }
            for g in kept {
                let why = match (g.role.v, g.taints.first()) {
                    (NodeRole::ControlPlane, _) => "control-plane nodes keep pods off".to_string(),
                    (_, Some(taint)) => format!("kept off by {}", taint.0),
                    (_, None) => "not named in `place`".to_string(),
                };
                d = d.at(x.span(g.name.at), why);
            }
            let groups: Vec<String> = c.groups.iter().map(|g| format!("\"{}\"", g.name)).collect();
            let all: usize = c.groups.iter().map(|g| g.nodes.len()).sum();
            sink.report(d.help(if all >= mons {
                format!("place {}, or a group with {mons} nodes", groups.join(" "))
            } else {
                format!("mons {}, or more nodes", if nodes % 2 == 0 { nodes.saturating_sub(1).max(1) } else { nodes })
            }));
        }
        if mons.is_multiple_of(2) {
            sink.report(
                Diag::new(code::L0976, format!("{mons} monitors bear no more losses than {} would", mons - 1))
                    .at(at, "more than half must live")
                    .help(format!("mons {}", mons + 1)),
            );
        }
        let hosts = hypervisors(t, s.place.nodes.iter().copied());
        if mons >= 3 && mons <= nodes && hosts.len() < 3 && t.hosts.len() >= 3 && placed(t, &s.place.nodes) {
            sink.report(
                Diag::new(code::L0994, format!("the monitors are on {} of {} hosts", hosts.len(), t.hosts.len()))
                    .at(at, format!("their nodes are on {}", hosts.into_iter().collect::<Vec<_>>().join(", ")))
                    .note("the loss of one host takes more than half of them")
                    .help("spread the group over three hosts"),
            );
        }
    });
}

/// Whether it is known where each machine runs; of what is not it was reported.
fn placed(t: &Topology, machines: &[MachineId]) -> bool {
    machines.iter().all(|m| t.machine(*m).on.v.is_known())
}

/// The hypervisors of machines, by name.
fn hypervisors(t: &Topology, machines: impl Iterator<Item = MachineId>) -> BTreeSet<&str> {
    machines.map(|m| t.machine(m).on.v).filter(|h| h.is_known()).map(|h| t.host(h).name.v.as_str()).collect()
}

/// E0989: servers that are never together on a node have nodes enough.
fn servers(x: &Lints<'_>, sink: &mut Sink) {
    each(x, |_, s| {
        let nodes = s.place.nodes.len();
        // Without monitors nothing runs: that was said.
        if nodes < usize::from(s.mons.v) {
            return;
        }
        let mut short = |what: String, need: usize, at: Origin, help: String| {
            if need > nodes {
                sink.report(
                    Diag::new(code::E0989, format!("{what} need {need} nodes, and {nodes} may run them"))
                        .at(x.span(at), "one a node")
                        .at(x.span(s.place.at), "where they may run")
                        .help(help),
                );
            }
        };
        let managers = usize::from(s.managers.v);
        short(format!("{managers} managers"), managers, stated(s.managers.at, s.at), format!("managers {nodes}"));
        for f in &s.filesystems {
            let need = usize::from(f.active.v) * if f.standby.v { 2 } else { 1 };
            let what = if f.standby.v { "metadata servers and their standbys" } else { "metadata servers" };
            let at = stated(f.active.at, f.name.at);
            short(format!("the {what} of {}", f.name), need, at, format!("active {}", (nodes / 2).max(1)));
        }
        for o in &s.objects {
            let at = stated(o.instances.at, o.name.at);
            short(format!("the gateways of {}", o.name), usize::from(o.instances.v), at, format!("instances {nodes}"));
        }
    });
}

/// E0977, E0978, E0979, L0980: daemons have an address on their networks, volumes can be reached (RFC faults S1 and S5).
fn networks(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let has = |m: MachineId, vlan: VlanId| {
        let m = t.machine(m);
        m.nics.iter().any(|n| n.vlan.v == vlan && n.address.is_some())
    };
    let whole = |m: &MachineId| !t.incomplete.machines.contains(m);
    each(x, |c, s| {
        let public = t.vlan(s.public.v);
        let lost: Vec<MachineId> =
            s.place.nodes.iter().copied().filter(whole).filter(|m| !has(*m, s.public.v)).collect();
        if let Some(first) = lost.first() {
            let stated_at = stated(s.public.at, s.at);
            sink.report(
                Diag::new(
                    code::E0977,
                    format!("a monitor on {} would have no address on VLAN {}", names(t, &lost), public.name),
                )
                .at(x.span(stated_at), "where clients look for monitors")
                .at(x.span(t.machine(*first).at), "no NIC with a stated address on that VLAN")
                .note("Rook would bind the node's own address, which Ceph refuses as outside its public network")
                .help(format!("nic \"{}\" in the group, or `place` with groups that have it", public.name)),
            );
        }
        let mut wanted = vec![(s.public, "clients reach its disks there")];
        if s.replication.v != s.public.v {
            wanted.push((s.replication, "its disks copy there"));
        }
        for (vlan, why) in wanted {
            let nodes = s.nodes.iter().map(|n| n.machine).filter(whole);
            // A monitor's node was said to lack the public one.
            let bare: Vec<MachineId> =
                nodes.filter(|m| !(has(*m, vlan.v) || vlan.v == s.public.v && lost.contains(m))).collect();
            let Some(first) = bare.first() else { continue };
            let name = &t.vlan(vlan.v).name;
            let have = if bare.len() == 1 { "has" } else { "have" };
            sink.report(
                Diag::new(
                    code::E0978,
                    format!("{} {have} disks for Ceph and no address on VLAN {name}", names(t, &bare)),
                )
                .at(x.span(t.machine(*first).at), "no NIC with a stated address on that VLAN")
                .at(x.span(stated(vlan.at, s.at)), why)
                .note("the daemon of a disk does not start without an address in each of its subnets")
                .help(format!("nic \"{name}\"")),
            );
        }
        if matches!(public.router.v, Router::Nobody) {
            let workers = c.groups.iter().filter(|g| g.role.v == NodeRole::Worker).flat_map(|g| &g.nodes).copied();
            let cut: Vec<MachineId> = workers
                .filter(whole)
                .filter(|m| !has(*m, s.public.v) && !lost.contains(m) && !s.nodes.iter().any(|n| n.machine == *m))
                .collect();
            if let Some(first) = cut.first() {
                sink.report(
                    Diag::new(code::E0979, format!("pods on {} cannot reach their volumes", names(t, &cut)))
                        .at(x.span(t.machine(*first).at), format!("no NIC on VLAN {}", public.name))
                        .at(x.span(public.router.at), "nobody routes it")
                        .help(format!("nic \"{}\"", public.name)),
                );
            }
        }
        let replication = t.vlan(s.replication.v);
        let routed = !matches!(replication.router.v, Router::Nobody | Router::Reported);
        if s.replication.v != s.public.v && routed {
            sink.report(
                Diag::new(code::L0980, format!("VLAN {} carries what disks copy, and it is routed", replication.name))
                    .at(x.span(stated(s.replication.at, s.at)), "no client has anything to do there")
                    .at(x.span(replication.router.at), "this lets others in")
                    .help("routed-by=\"nobody\""),
            );
        }
    });
}

/// The kind of a disk of a node, as Ceph will have it.
fn kind(s: &Storage, d: &StorageDevice) -> DeviceClass {
    // QEMU says of every SCSI disk that it turns, unless it is told otherwise.
    d.class.or(s.disk_class).map_or(DeviceClass::Hdd, |c| c.v)
}

/// E0981, E0987, E0996, L0982, L0994: copies have places enough, and their loss is borne.
fn copies(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    each(x, |c, s| {
        for (name, l) in s.layouts().filter(|_| !s.nodes.is_empty()) {
            let class = l.device_class.map(|c| c.v);
            let fits = |n: &&StorageNode| match class {
                None => true,
                Some(k) if n.filter.is_some() => s.disk_class.map_or(DeviceClass::Hdd, |c| c.v) == k,
                Some(k) => n.devices.iter().any(|d| kind(s, d) == k),
            };
            let nodes: Vec<&StorageNode> = s.nodes.iter().filter(fits).collect();
            if let (Some(class), true) = (l.device_class, nodes.is_empty()) {
                let mut d = Diag::new(code::E0996, format!("{name} is to be on {class} disks, and none is one"))
                    .at(x.span(class.at), "no disk would hold it");
                if let Some(k) = s.disk_class {
                    d = d.at(x.span(k.at), "what the disks are");
                }
                sink.report(
                    d.note("Ceph takes a disk of QEMU for one that turns unless it is told")
                        .help(format!("disk-class \"{class}\" in `storage`, or class=\"{class}\" on a `device`")),
                );
                continue;
            }
            few_copies(x, name.v.as_str(), l, name.at, sink);
            let (need, at) = l.domains();
            let at = stated(at, name.at);
            let (have, what) = match l.spread.v {
                Spread::Host => (nodes.len(), "nodes with disks"),
                Spread::Osd => {
                    let disks = |n: &&StorageNode| {
                        let given = n.devices.iter().filter(|d| class.is_none_or(|c| kind(s, d) == c)).count();
                        let ceph = t.machine(n.machine).disks.iter().filter(|d| d.used_for.v == DiskUse::Ceph).count();
                        if n.filter.is_some() { ceph } else { given }
                    };
                    (nodes.iter().map(disks).sum(), "disks")
                }
                Spread::Rack | Spread::Zone => {
                    let Some(values) = labelled(x, c, &nodes, name.v.as_str(), l, sink) else { continue };
                    (values, if l.spread.v == Spread::Rack { "racks with disks" } else { "zones with disks" })
                }
            };
            if need as usize > have {
                let what_need = if l.erasure.is_some() { "chunks" } else { "copies" };
                sink.report(
                    Diag::new(
                        code::E0981,
                        format!("{need} {what_need} of {name} need {need} {what}, and there are {have}"),
                    )
                    .at(x.span(at), "no two share one")
                    .at(x.span(stated(l.spread.at, s.at)), format!("spread over {what}"))
                    .help(if l.erasure.is_some() {
                        format!("fewer chunks, or more {what}")
                    } else {
                        format!("size {have}, or more {what}")
                    }),
                );
            } else if l.spread.v == Spread::Host {
                let hosts = hypervisors(t, nodes.iter().map(|n| n.machine));
                let known = nodes.iter().all(|n| placed(t, &[n.machine]));
                if known && hosts.len() < need as usize && t.hosts.len() >= need as usize {
                    let list = hosts.iter().copied().collect::<Vec<_>>().join(", ");
                    sink.report(
                        Diag::new(
                            code::L0994,
                            format!("the disks of {name} are on {} of {} hosts", hosts.len(), t.hosts.len()),
                        )
                        .at(x.span(at), "the loss of one host takes more than one")
                        .at(x.span(s.at), format!("the nodes with disks are on {list}"))
                        .help("spread the group over more hosts"),
                    );
                }
            }
        }
    });
}

/// L0982: one loss, and a second while it is repaired, take nothing.
fn few_copies(x: &Lints<'_>, name: &str, l: &StoreLayout, at: Origin, sink: &mut Sink) {
    let (what, at, help) = match &l.erasure {
        Some((_, coding)) if coding.v < 2 => (format!("{name} bears the loss of one chunk"), coding.at, "coding=2"),
        _ if l.size.v == 1 => (format!("{name} has one copy of everything"), stated(l.size.at, at), "size 3"),
        _ if l.size.v == 2 => (format!("{name} has two copies of everything"), stated(l.size.at, at), "size 3"),
        _ => return,
    };
    sink.report(
        Diag::new(code::L0982, what)
            .at(x.span(at), "what is lost while the first loss is repaired is lost for good")
            .help(help),
    );
}

/// How many values the label of a failure domain has on these nodes; reports those that have none.
fn labelled(
    x: &Lints<'_>,
    c: &Cluster,
    nodes: &[&StorageNode],
    name: &str,
    l: &StoreLayout,
    sink: &mut Sink,
) -> Option<usize> {
    let key = match l.spread.v {
        Spread::Rack => "topology.rook.io/rack",
        Spread::Zone => "topology.kubernetes.io/zone",
        Spread::Host | Spread::Osd => return None,
    };
    let mut values: BTreeMap<&str, Origin> = BTreeMap::new();
    let mut bare = BTreeMap::new();
    for n in nodes {
        let Some(g) = c.groups.iter().find(|g| g.nodes.contains(&n.machine)) else { continue };
        match g.labels.iter().find(|(k, _)| *k.v == *key) {
            Some((_, v)) => {
                values.insert(&v.v, v.at);
            }
            None => {
                bare.insert(g.name.v.as_str(), g.name.at);
            }
        }
    }
    for (group, at) in &bare {
        sink.report(
            Diag::new(code::E0987, format!("{name} is spread over {}s, and nodes of {group} are in none", l.spread))
                .at(x.span(l.spread.at), "copies would not be placed on them")
                .at(x.span(*at), format!("no label {key}"))
                .help(format!("label \"{key}\" \"r1\"")),
        );
    }
    bare.is_empty().then_some(values.len())
}

/// E0983, L0984: one class is the default.
fn classes(x: &Lints<'_>, sink: &mut Sink) {
    each(x, |_, s| {
        let mut default: Vec<(&str, Origin)> =
            s.classes().filter(|(_, c)| c.default.v).map(|(n, c)| (n.v.as_str(), c.default.at)).collect();
        default.sort_by_key(|(_, at)| x.span(*at));
        if let [first, rest @ ..] = &default[..] {
            for again in rest {
                sink.report(
                    Diag::new(code::E0983, format!("{} and {} are both the default class", first.0, again.0))
                        .at(x.span(again.1), "this one")
                        .at(x.span(first.1), "and this one")
                        .help("keep one `default`"),
                );
            }
        } else if s.classes().count() > 1 {
            sink.report(
                Diag::new(code::L0984, "no class is the default")
                    .at(x.span(s.at), "a claim that names no class waits for ever")
                    .help("default, in one of its pools or filesystems"),
            );
        }
    });
}

/// E0988: everything is on the host's network, so one port has one owner on every node (RFC 5.8).
fn ports(x: &Lints<'_>, sink: &mut Sink) {
    each(x, |c, s| {
        let mut taken: Vec<(u16, u16, String, Option<Origin>)> = vec![
            (22, 22, "SSH".into(), None),
            (3300, 3300, "monitors".into(), None),
            (6789, 6789, "monitors".into(), None),
            (6800, 7568, "daemons of disks, managers and metadata servers".into(), None),
            (9283, 9283, "the figures of managers".into(), None),
            (10250, 10250, "the kubelet".into(), None),
        ];
        if c.groups
            .iter()
            .any(|g| g.role.v == NodeRole::ControlPlane && g.nodes.iter().any(|m| s.place.nodes.contains(m)))
        {
            taken.push((c.api.port.v, c.api.port.v, "the API server".into(), Some(stated(c.api.port.at, c.api.at))));
        }
        let mut wanted: Vec<(u16, String, Origin)> = Vec::new();
        if let Some(d) = &s.dashboard {
            wanted.push((d.port.v, "the dashboard".into(), stated(d.port.at, d.at)));
        }
        for o in &s.objects {
            let ports = o.port.iter().chain(o.tls.iter().map(|t| &t.0));
            wanted.extend(ports.map(|p| (p.v, format!("the gateways of {}", o.name), stated(p.at, o.name.at))));
        }
        wanted.sort_by_key(|w| x.span(w.2));
        for (port, who, at) in wanted {
            if let Some((from, to, other, first)) = taken.iter().find(|t| (t.0..=t.1).contains(&port)) {
                let range = if from == to { format!("{from}") } else { format!("{from} to {to}") };
                let mut d = Diag::new(code::E0988, format!("port {port} of {who} is taken on the nodes by {other}"))
                    .at(x.span(at), "on the host's network");
                match first.map(|f| x.span(f)) {
                    Some(span) if span != x.span(at) => d = d.at(span, "first here"),
                    _ => d = d.note(format!("{other} have {range}")),
                }
                sink.report(d.help("choose a port of its own"));
                continue;
            }
            taken.push((port, port, who, Some(at)));
        }
    });
}

/// L0991, L0992: what is asked for needs something that nothing here brings, or has no effect.
fn needs(x: &Lints<'_>, sink: &mut Sink) {
    each(x, |c, s| {
        let needs = [
            (
                s.metrics,
                "metrics",
                "ServiceMonitor (monitoring.coreos.com/v1)",
                "install the Prometheus operator's custom resources before the chart",
            ),
            (
                s.snapshots,
                "snapshots",
                "VolumeSnapshotClass (snapshot.storage.k8s.io/v1)",
                "install the snapshot controller and its custom resources before these objects",
            ),
        ];
        for (asked, word, kind, help) in needs {
            // Where monitoring is stated its chart brings them, and what reads Ceph is an object behind that chart.
            if asked.v && !(word == "metrics" && c.layer.monitoring.is_some()) {
                sink.report(
                    Diag::new(code::L0991, format!("`{word}` needs {kind}, which nothing here installs"))
                        .at(x.span(asked.at), "applying the tree fails without it")
                        .help(help),
                );
            }
        }
        for c in &s.checks {
            if let (Some(timeout), false) = (c.timeout, c.of.v == crate::schema::CephCheck::Mon) {
                sink.report(
                    Diag::new(code::L0992, format!("a timeout has no effect on the check of {}", c.of))
                        .at(x.span(timeout.at), "Rook reads it for monitors only")
                        .help("remove `timeout`"),
                );
            }
        }
    });
}
