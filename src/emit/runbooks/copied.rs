//! What copies there are beside those of etcd, by their real names, and what must be up before what; decides nothing.

use super::{ARGO, JOB, PEOPLE, RESTORE, UP, VELERO, one, some};
use crate::emit::ansible::reach;
use crate::emit::{authentik, copies, velero};
use crate::ir::{BackupJob, BackupServer, Cluster, IdentityServer, Machine, Topology, Velero, VeleroStore};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::SyncMode;
use crate::source::Sp;
use crate::words;

/// Texts with commas between them.
fn listed(all: impl Iterator<Item = Composed>) -> Option<Composed> {
    all.reduce(|a, b| words![a, ", ", b])
}

/// A job of Proxmox VE.
pub(super) fn job(t: &Topology, j: &BackupJob) -> Val {
    // Which machines it copies is said beside each machine.
    // Where the store is, is said where it is looked at.
    let BackupJob { name, proxmox, store, server: _, rhythm, keep, mode, machines: _, at } = j;
    let keep = keep.iter().map(|(word, n)| words![word.trim_start_matches("keep-"), " ", n]);
    Val::Record(vec![
        ("proxmox", one(words![t.proxmox(*proxmox).name].citing(*at))),
        ("name", one(words![name])),
        ("store", one(words![store])),
        ("when", one(copies::calendar(rhythm))),
        ("mode", one(words![mode])),
        ("keep", one(listed(keep).unwrap_or_default())),
    ])
}

/// The jobs that copy a machine.
fn jobs<'t>(t: &'t Topology, m: &'t Machine) -> impl Iterator<Item = &'t BackupJob> {
    t.backups.iter().filter(|j| j.machines.iter().any(|id| t.machine(id.v).name.v == m.name.v))
}

/// Which jobs copy a machine, in one cell.
pub(super) fn by(t: &Topology, m: &Machine) -> Composed {
    let names = jobs(t, m).map(|j| words!["topoc-", j.name]);
    listed(names).unwrap_or_else(|| words!["no job"].citing(RESTORE.origin()))
}

/// The stores that copies of a machine are in, each once.
pub(super) fn stores(t: &Topology, m: &Machine) -> Vec<Composed> {
    let mut all: Vec<&BackupJob> = Vec::new();
    for j in jobs(t, m) {
        if !all.iter().any(|k| k.store.v == j.store.v) {
            all.push(j);
        }
    }
    all.iter().map(|j| words![j.store].citing(JOB.origin())).collect()
}

/// What must be up, each behind what it needs, and what shows that it is.
pub(super) fn order(t: &Topology) -> Vec<Val> {
    let mut all = Vec::new();
    let mut put = |what: Composed, how: Composed| {
        all.push(Val::Record(vec![("what", one(what)), ("how", one(how.citing(UP.origin())))]));
    };
    for h in &t.hosts {
        if let Some(address) = &h.address {
            put(words!["Hypervisor ", h.name], words!["ssh root@", address, " pveversion"]);
        }
    }
    for f in &t.firewalls {
        for m in f.nodes.iter().map(|id| t.machine(*id)) {
            if let Some((_, address)) = reach(t, m) {
                put(words!["Firewall node ", m.name, " of ", f.name], words!["ping -c 3 ", address]);
            }
        }
    }
    // Each server once, in the order in which hosts and machines name them.
    let asked = t.hosts.iter().map(|h| &h.clients).chain(t.machines.iter().map(|m| &m.clients));
    let mut servers: Vec<&Sp<std::net::Ipv4Addr>> = Vec::new();
    for server in asked.flat_map(|c| &c.dns) {
        if !servers.iter().any(|s| s.v == server.v) {
            servers.push(server);
        }
    }
    servers.sort_by_key(|s| s.v);
    for server in servers {
        put(words!["Names, at ", server], words!["dig @", server, " . NS"]);
    }
    for j in &t.backups {
        let store = words!["Store ", j.store];
        let store = j.server.iter().fold(store, |s, b| words![s, " at ", b.address, ":", port(b)]);
        let what = words![store, " of job topoc-", j.name, ", as root on a host of ", t.proxmox(j.proxmox).name];
        put(what, words!["pvesm status --storage ", j.store]);
    }
    for i in t.identities.iter().filter(|i| i.run.is_some()) {
        let what = words!["Who knows people: ", i.name];
        put(what, words!["curl --fail https://", i.host, "/-/health/ready/"]);
    }
    for c in &t.clusters {
        let get = |what: &'static str| words![what].citing(c.name.at);
        let api = words!["kubectl --server https://", c.api.name, ":", c.api.port, " get --raw /readyz"];
        put(words!["API of cluster ", c.name, " at ", c.api.address], api);
        if let Some(s) = &c.layer.storage {
            put(words!["Ceph of cluster ", c.name].citing(s.at), get("kubectl --namespace rook-ceph get cephcluster"));
        }
        if let Some(g) = &c.layer.gitops {
            put(words!["Argo CD of cluster ", c.name].citing(g.at), get("kubectl --namespace argocd get applications"));
        }
        if let Some(v) = &c.layer.backup {
            put(words!["Velero of cluster ", c.name].citing(v.at), get("velero backup-location get"));
        }
    }
    all
}

/// The port of a backup server.
fn port(b: &BackupServer) -> Sp<u16> {
    Sp::new(BackupServer::PORT, b.at)
}

/// Where what is known of people is kept, and how it comes back.
pub(super) fn people(t: &Topology, i: &IdentityServer) -> Option<Val> {
    let b = i.run.as_ref()?.backup.as_ref()?;
    Some(Val::Record(vec![
        ("name", one(words![i.name].citing(PEOPLE.origin()))),
        ("machine", one(words![t.machine(i.machine.v).name].citing(i.machine.at))),
        ("folder", one(words![b.to])),
        ("every", one(words![b.every])),
        ("keep", one(words![b.keep])),
        ("mounted", Val::Flag(b.mounted.v)),
        ("commands", Val::Many(authentik::restored(b).into_iter().map(one).collect())),
    ]))
}

/// Whether Velero's bucket is outside of the cluster.
pub(super) fn elsewhere(c: &Cluster) -> bool {
    c.layer.backup.as_ref().is_some_and(|v| matches!(v.store, VeleroStore::Url(_)))
}

/// What Velero copies, and what it does not.
pub(super) fn velero(c: &Cluster) -> Option<Val> {
    let Velero {
        chart: _,
        caps: _,
        store,
        bucket,
        region: _,
        secret: _,
        encrypt,
        rhythm,
        keep,
        namespaces,
        snapshots,
        move_data,
        at,
    } = c.layer.backup.as_ref()?;
    let place = match store {
        VeleroStore::Own(name, _) => words!["the store of objects ", name, " of this cluster"],
        VeleroStore::Url(url) => words![url],
    };
    let objects = c.layer.storage.iter().flat_map(|s| &s.objects);
    // The bucket itself is no loss of its own.
    let objects = objects.map(|o| one(words![o.name]));
    Some(Val::Record(vec![
        ("cluster", one(words![c.name].citing(*at).citing(VELERO.origin()))),
        ("bucket", one(words![bucket])),
        ("place", one(place)),
        ("cron", one(velero::cron(rhythm))),
        ("keep", one(words![keep])),
        ("namespaces", some(namespaces.iter().map(|n| one(words![n])).collect())),
        ("snapshots", Val::Flag(snapshots.v)),
        ("encrypted", Val::Flag(encrypt.is_some())),
        ("moved", Val::Flag(snapshots.v && move_data.v)),
        ("objects", some(objects.collect())),
        ("own", Val::Flag(matches!(store, VeleroStore::Own(..)))),
        ("stopped", Val::Flag(c.layer.gitops.as_ref().is_some_and(|g| g.sync.v == SyncMode::Automatic))),
    ]))
}

/// What Argo CD does while something is restored.
pub(super) fn argo(c: &Cluster) -> Option<Val> {
    let g = c.layer.gitops.as_ref()?;
    Some(Val::Record(vec![
        ("cluster", one(words![c.name].citing(g.at).citing(ARGO.origin()))),
        ("folder", one(words![c.layer.folder])),
        ("revision", one(words![g.repo.revision])),
        ("url", one(words![g.repo.url])),
        ("path", one(words![g.repo.path])),
        ("automatic", Val::Flag(g.sync.v == SyncMode::Automatic)),
        ("heals", Val::Flag(g.self_heal.v)),
        ("prunes", Val::Flag(g.prune.v)),
    ]))
}
