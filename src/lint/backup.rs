//! Lints of copies: whether they are as young as is promised, and whether they outlive what they are copies of.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{BackupMode, NodeRole};

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[recovery_points, nothing_promised, local_stores, own_server, own_store, known_password, etcd, at_once, twice];

/// E1290, L1291: the distance between two copies is at most what may be lost (RFC 9.4).
fn recovery_points(x: &Lints<'_>, sink: &mut Sink) {
    for (id, m) in x.topology.machine_ids() {
        let Some(Recovery { rpo, rto: _ }) = &m.recovery else { continue };
        // A firewall whose name is wrong was reported, and its own copies are not known.
        if matches!(m.kind, MachineKind::Firewall { firewall } if !firewall.is_known()) {
            continue;
        }
        let copies = x.topology.copies(id);
        let Some(best) = copies.iter().min_by_key(|c| c.every.v) else {
            // A job that says something wrong is reported, and would copy it.
            if x.facts.proxmox.iter().any(|p| !p.backup.is_empty()) && x.topology.backups.is_empty() {
                continue;
            }
            sink.report(
                Diag::new(code::L1291, format!("nothing makes copies of {}", m.name.v))
                    .at(x.span(rpo.at), format!("at most {} of it may be lost", rpo.v))
                    .help("proxmox { backup \"nightly\" { store \"pbs\"; keep daily=7 } }"),
            );
            continue;
        };
        if best.every.v > rpo.v {
            sink.report(
                Diag::new(code::E1290, format!("copies of {} are further apart than what may be lost", m.name.v))
                    .at(x.span(rpo.at), format!("at most {}", rpo.v))
                    .at(x.span(best.at), format!("a copy every {}", best.every.v))
                    .help(format!("every \"{}\"", largest_within(rpo.v.0))),
            );
        }
    }
}

/// L1322: nothing is promised of a cluster whose like has a promise. Beside machines that stand alone it says nothing: nodes of a
/// cluster are made again from this file, unlike those.
fn nothing_promised(x: &Lints<'_>, sink: &mut Sink) {
    let promise = |c: &Cluster| {
        let mut nodes = c.groups.iter().flat_map(|g| &g.nodes);
        nodes.find_map(|m| x.topology.machine(*m).recovery.as_ref())
    };
    let Some((other, stated)) = x.topology.clusters.iter().find_map(|c| Some((c, promise(c)?))) else { return };
    let bare = |c: &&Cluster| promise(c).is_none() && c.groups.iter().any(|g| !g.nodes.is_empty());
    for c in x.topology.clusters.iter().filter(bare) {
        // What is wrong was reported, and it would be a promise.
        let facts = x.facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v));
        let said = facts.is_some_and(|f| {
            let defaults = f.node_defaults.iter().any(|d| d.hardware.recovery.is_some());
            defaults || f.nodes.iter().any(|n| n.hardware.recovery.is_some())
        });
        if said {
            continue;
        }
        sink.report(
            Diag::new(code::L1322, format!("nothing is promised of the nodes of cluster {}", c.name))
                .at(x.span(c.at), "how much of it may be lost, and for how long?")
                .at(x.span(stated.rpo.at), format!("cluster {} says it", other.name))
                .help("node-defaults { recovery rpo=\"24h\" rto=\"4h\" }"),
        );
    }
}

/// The longest span that comes at regular times and is within another.
fn largest_within(rpo: u32) -> crate::schema::Seconds {
    let spans = (1..=60).map(|m| m * 60).chain((2..=24).map(|h| h * 3600)).chain([7 * 86_400]);
    crate::schema::Seconds(spans.filter(|s| *s <= rpo && Rhythm::is_regular(*s)).max().unwrap_or(60))
}

/// L1292: a copy in a store of one host is lost with the host.
fn local_stores(x: &Lints<'_>, sink: &mut Sink) {
    let facts = || x.facts.proxmox.iter().flat_map(|p| &p.datastore);
    for j in &x.topology.backups {
        let stated = facts().find(|d| d.name.as_ref().is_some_and(|n| n.v.0.as_str() == &*j.store.v.0));
        let local = stated.and_then(|d| d.shared).filter(|s| !s.v);
        // The name that the installer of Proxmox VE gives to the folder on a host's own disks.
        let usual = stated.is_none() && &*j.store.v.0 == "local";
        if local.is_none() && !usual {
            continue;
        }
        let mut d = Diag::new(code::L1292, format!("copies of job \"{}\" are lost with the host", j.name.v))
            .at(x.span(j.store.at), "this store is on the host that runs the machine");
        if let Some(l) = local {
            d = d.at(x.span(l.at), "it is said here");
        }
        sink.report(d.note("RFC 9.2: separate storage, in a different fault domain").help("store \"pbs\""));
    }
}

/// L1292: copies at a server that runs on the hosts whose machines they are of.
fn own_server(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for j in &t.backups {
        let Some((m, _)) = j.server.as_ref().and_then(|s| s.machine) else { continue };
        let machine = t.machine(m.v);
        if !machine.on.v.is_known() || t.host(machine.on.v).proxmox != j.proxmox {
            continue;
        }
        sink.report(
            Diag::new(
                code::L1292,
                format!("copies of job \"{}\" are lost with {}", j.name.v, t.proxmox(j.proxmox).name),
            )
            .at(x.span(m.at), "this server runs on the hosts whose machines it keeps copies of")
            .at(x.span(machine.on.at), "it is said here")
            .note("RFC 9.2: separate storage, in a different fault domain")
            .help("a server away from these hosts: address \"192.0.2.10\""),
        );
    }
}

/// L1292: copies of a cluster in the cluster, and copies of volumes beside the volumes.
fn own_store(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let Some(v) = &layer.backup else { continue };
        if let VeleroStore::Own(store, _) = &v.store {
            sink.report(
                Diag::new(code::L1292, format!("copies of cluster {} are lost with the cluster", c.name.v))
                    .at(x.span(store.at), "this store is Ceph's, of the same cluster")
                    .note("RFC 9.4: after the loss of the site, copies are in another")
                    .help("url \"https://s3.example.net\"; region \"…\""),
            );
        }
        if v.snapshots.v && !v.move_data.v {
            sink.report(
                Diag::new(code::L1292, format!("copies of volumes of cluster {} are lost with its storage", c.name.v))
                    .at(x.span(v.snapshots.at), "a snapshot stays in the storage that it is taken of")
                    .help("add `move-data`"),
            );
        }
    }
}

/// L1295: Velero encrypts what it moves with a password of its source code where nobody made another (Velero 1.18,
/// pkg/repository/keys/keys.go).
fn known_password(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let Some(v) = layer.backup.as_ref().filter(|v| v.move_data.v && v.encrypt.is_none()) else { continue };
        sink.report(
            Diag::new(
                code::L1295,
                format!("volumes of cluster {} are encrypted with a password that everybody knows", c.name.v),
            )
            .at(x.span(v.move_data.at), "what is moved into the bucket can be read by whoever reads the bucket")
            .note("Velero makes the Secret velero-repo-credentials itself, from a constant of its source code")
            .help("encrypt \"velero-repository\""),
        );
    }
}

/// L1292: the installer's copies of etcd stay on the nodes; what carries them off is a copy of the nodes. It speaks where
/// somebody thinks of copies at all: of a cluster for trying nothing need be left.
fn etcd(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    if t.backups.is_empty() && t.layers().all(|(_, l)| l.backup.is_none()) {
        return;
    }
    for c in &x.facts.cluster {
        let Some(install) = &c.install else { continue };
        let at = install.etcd.as_ref().map_or(install.at, |e| e.at);
        let Some(cluster) = x.topology.clusters.iter().find(|k| c.name.as_ref().is_some_and(|n| n.v.0 == k.name.v))
        else {
            continue;
        };
        let control = cluster.groups.iter().filter(|g| g.role.v == NodeRole::ControlPlane);
        let mut nodes = control.flat_map(|g| &g.nodes).peekable();
        if nodes.peek().is_none() || nodes.any(|n| !x.topology.copies(*n).is_empty()) {
            continue;
        }
        // A job that says something wrong is reported, and would copy them.
        if x.facts.proxmox.iter().map(|p| p.backup.len()).sum::<usize>() != t.backups.len() {
            continue;
        }
        sink.report(
            Diag::new(code::L1292, format!("copies of etcd of cluster {} are lost with its nodes", cluster.name.v))
                .at(x.span(at), "they are written to a disk of each control-plane node, and nothing carries them off")
                .note("RFC 9.2: stored externally to the cluster")
                .help("proxmox { backup \"nightly\" { store \"pbs\"; keep daily=7 } }"),
        );
    }
}

/// L1296: what stands in for one another is not stopped in one job: each host works at its own machines, all at the same time
/// (Proxmox VE admin guide, Backup and Restore: a job runs on every node of the cluster).
fn at_once(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for j in t.backups.iter().filter(|j| j.mode.v == BackupMode::Stop) {
        // The machines of one firewall, and the control plane of one cluster.
        let together = |m: MachineId| match t.machine(m).kind {
            MachineKind::Firewall { firewall } => Some((0, firewall.0)),
            MachineKind::Node { cluster, group } if cluster.is_known() => {
                let role = t.cluster(cluster).groups.get(group as usize).map(|g| g.role.v);
                role.filter(|r| *r == NodeRole::ControlPlane).map(|_| (1, cluster.0))
            }
            MachineKind::Node { .. } | MachineKind::Single { .. } => None,
        };
        let pair = j.machines.iter().enumerate().find_map(|(n, m)| {
            let own = together(m.v)?;
            let before = j.machines[..n].iter().find(|o| together(o.v) == Some(own))?;
            let on = |m: MachineId| t.machine(m).on.v;
            (on(before.v) != on(m.v)).then_some((before.v, m.v))
        });
        let Some((a, b)) = pair else { continue };
        let (first, second) = (t.machine(a), t.machine(b));
        sink.report(
            Diag::new(
                code::L1296,
                format!("job \"{}\" stops {} and {} at once", j.name.v, first.name.v, second.name.v),
            )
            .at(x.span(j.mode.at), "a machine is shut down while it is copied")
            .at(x.span(j.at), "every host works at this job at the same time")
            .note("one of them stands in for the other")
            .help("mode \"snapshot\", or a job for each, at another time"),
        );
    }
}

/// E1294: two jobs that copy one machine at one time into one store: the second finds it locked, and fails.
fn twice(x: &Lints<'_>, sink: &mut Sink) {
    let all = &x.topology.backups;
    for (n, j) in all.iter().enumerate() {
        let same = |o: &&BackupJob| {
            o.proxmox == j.proxmox
                && o.store.v == j.store.v
                && o.rhythm.start.v == j.rhythm.start.v
                && o.rhythm.every.v == j.rhythm.every.v
        };
        let shared = |o: &BackupJob| j.machines.iter().find(|m| o.machines.iter().any(|p| p.v == m.v)).map(|m| m.v);
        let found = all[..n].iter().filter(same).find_map(|o| Some((o, shared(o)?)));
        let Some((first, machine)) = found else { continue };
        let name = &x.topology.machine(machine).name.v;
        sink.report(
            Diag::new(code::E1294, format!("two jobs copy {name} at the same time into the same store"))
                .at(x.span(j.at), "this one")
                .at(x.span(first.at), "and this one")
                .help("remove one of the two, or give one another time with `at`"),
        );
    }
}
