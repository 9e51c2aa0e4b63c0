//! Emitter: in which order things are upgraded, and what to do when something is lost, with the names of this cloud; decides nothing.

mod again;
mod copied;
mod joined;
mod restore;
mod upgrade;

use super::{Meta, Out, Site};
use crate::ir::{Cluster, Host, HostId, Machine, MachineId, MachineKind, NodeGroup, ProxmoxId, Sealed, Topology};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::NodeRole;
use crate::source::Sp;
use crate::words;

crate::rules! {
    89;
    UPGRADE = "What is upgraded before what, and what stands still meanwhile, is known before somebody begins." @ "RFC 9.1";
    RESTORE = "Whoever stands before a failure at night finds the commands with the names in them." @ "RFC 9.2, 9.4";
    QUORUM = "A cluster of n goes on while more than half of them are there." @ "etcd 3.5 documentation, FAQ; Proxmox VE administration guide, Quorum";
    LOCAL = "A machine whose disks are all where every host reaches them can go on elsewhere." @ "Proxmox VE administration guide, Recovering/Moving Guests from Failed Nodes";
    ROWS = "Files are made for the release that was checked; what is newer is added to topoc first." @ "src/consumer";
    ADDRESS = "A machine is one resource of Terraform." @ "RFC 3.1.1, 4.1";
    TAKEN = "The number of a machine is taken as long as any host of the cluster has a file of that name, lost hosts too." @ "pve-cluster, src/pmxcfs/memdb.c: memdb_create; qemu-server, PVE/QemuConfig.pm and PVE/Cluster.pm: check_vmid_unused; pvecm(1), delnode";
    PROTECTED = "What is protected is deleted by a person, and Terraform is told to forget it." @ "qm(1), protection; Terraform, lifecycle: prevent_destroy refuses a plan with -replace";
    KEYS = "A machine that is made again has a new SSH key, and who knows the old one refuses it." @ "ssh_config(5), StrictHostKeyChecking accept-new; ssh-keygen(1), -R";
    JOINED = "KubeKey passes over a node that the cluster still has, and takes certificates and what kubeadm is told from the first of the control plane." @ "kubekey 3.1, cmd/kk/pkg/kubernetes/module.go: NodeInCluster; kubernetes_status.go: SearchJoinInfo; cmd/kk/pkg/etcd/module.go: FirstETCDNode; kubekey issue 1969";
    OSDS = "A disk of Ceph that is lost stays in its map until somebody takes it out; the node's new disks are others." @ "rook 1.20, Documentation/Storage-Configuration/Advanced/ceph-osd-mgmt.md: Purge the OSD manually";
    SYNCED = "What Argo CD keeps by itself is upgraded by a commit: what is done beside it is put back, or fought over." @ "Argo CD 3.4, automated sync: self-heal; server-side apply: field manager argocd-controller";
    SPHERE = "KubeKey 3.1 knows only KubeSphere 3 when it compares versions." @ "kubekey 3.1, cmd/kk/pkg/bootstrap/precheck/module.go: DependencyCheck; kubekey issues 2513, 2697; pull request 2119";
    JOB = "A copy is found by its store and the machine's number, and overwrites the machine only where that is not protected." @ "pve-storage, PVE/API2/Storage/Content.pm: content, vmid; qemu-server, PVE/CLI/qmrestore.pm and PVE/API2/Qemu.pm: check_protection";
    UP = "A part is up when what needs it gets an answer." @ "RFC 9.2; Authentik 2026.8, /-/health/ready/; Kubernetes, API health endpoints: /readyz; pve-storage, PVE/CLI/pvesm.pm: status";
    VELERO = "Velero takes the newest complete copy of a schedule, leaves what is there, and says how it went only when it is asked; while the bucket is read-only nothing in it ends." @ "Velero 1.18, pkg/cmd/cli/restore/create.go; Disaster recovery: accessMode; Restore reference: existing resources";
    ARGO = "Argo CD's controller alone changes a cluster; its other parts show and fetch." @ "argo-cd 10.1.1, values.yaml: controller.name, controller.replicas 1, controller.dynamicClusterDistribution false; Argo CD 3.4, architecture: application controller";
    PEOPLE = "Database and files come back together, into a server that stands still." @ "RFC 9.2; PostgreSQL, pg_restore and dropdb --force; Authentik 2026.8, backup and restore: PostgreSQL, /data";
    CHART = "A release is brought to what its file of values says by the command that installed it." @ "RFC 9.1; Helm 3, helm upgrade";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "runbooks",
    writes: "documents/upgrade.md, documents/restore.md",
    what: "The order of upgrades, and what to do when a host, a firewall, a node, a namespace, a machine or everything is lost.",
    reader: "people",
    apply: "Nothing to do: read it before an upgrade, and try a restore before it is needed.",
    step: 0,
    rfc: "9.1, 9.2, 9.4",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Both documents.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let text = upgrade::document(sealed, out);
    out.text(Site::Reader, "documents/upgrade.md".into(), text);
    let text = restore::document(sealed, out);
    out.text(Site::Reader, "documents/restore.md".into(), text);
}

fn one(text: Composed) -> Val {
    Val::One(text)
}

/// A list; a condition that does not hold where it is empty.
fn some(all: Vec<Val>) -> Val {
    if all.is_empty() { Val::Flag(false) } else { Val::Many(all) }
}

fn option(text: Option<Composed>) -> Val {
    text.map_or(Val::Flag(false), Val::One)
}

/// A number that follows from a rule.
fn number(n: usize, rule: crate::source::Rule) -> Sp<u32> {
    Sp::new(n as u32, rule.origin())
}

/// Whether every disk of a machine is where other hosts reach it.
fn movable(t: &Topology, m: &Machine) -> bool {
    m.disks.iter().all(|d| t.datastores[d.datastore.v.0 as usize].shared.v)
}

/// One word or another for where a machine's disks are, and what says so.
fn by_disks(t: &Topology, m: &Machine, shared: &'static str, local: &'static str) -> Composed {
    let word = if movable(t, m) { shared } else { local };
    let why = m.disks.iter().map(|d| t.datastores[d.datastore.v.0 as usize].shared.at);
    why.fold(words![Sp::new(word, LOCAL.origin())], Composed::citing)
}

/// The hosts of a Proxmox cluster.
fn hosts(t: &Topology, id: ProxmoxId) -> Vec<&Host> {
    t.hosts.iter().filter(|h| h.proxmox == id).collect()
}

/// The number of a host.
fn number_of(t: &Topology, h: &Host) -> HostId {
    t.host_ids().find(|(_, x)| x.name.v == h.name.v).map_or(HostId::REPORTED, |(id, _)| id)
}

/// The machines on a host, in the order of names.
fn on<'a>(t: &'a Topology, h: &'a Host) -> impl Iterator<Item = (MachineId, &'a Machine)> {
    let id = number_of(t, h);
    t.machine_ids().filter(move |(_, m)| m.on.v == id)
}

/// The nodes of a cluster with a role, in the order of groups and numbers.
fn nodes(c: &Cluster, role: NodeRole) -> Vec<MachineId> {
    let groups = c.groups.iter().filter(|g: &&NodeGroup| g.role.v == role);
    groups.flat_map(|g| g.nodes.iter().copied()).collect()
}

/// The cluster and the role of a node.
fn node_of<'a>(t: &'a Topology, m: &Machine) -> Option<(&'a Cluster, NodeRole)> {
    match &m.kind {
        MachineKind::Node { cluster, group } => {
            let c = t.cluster(*cluster);
            Some((c, c.groups[*group as usize].role.v))
        }
        MachineKind::Single { .. } | MachineKind::Firewall { .. } => None,
    }
}

/// What of a whole is left and whether it goes on: `2 of 3 are left, which is enough`.
fn left(what: &'static str, left: usize, all: usize) -> Composed {
    let (left_n, all_n) = (number(left, QUORUM), number(all, QUORUM));
    let enough = if left * 2 > all { ", which is enough" } else { ", which is not enough" };
    words![what, left_n, " of ", all_n, if left == 1 { " is left" } else { " are left" }, enough]
}

/// How many of the control plane of a machine's cluster are on other hosts.
fn others(t: &Topology, m: &Machine, c: &Cluster) -> (usize, usize) {
    let all = nodes(c, NodeRole::ControlPlane);
    let here = all.iter().filter(|id| t.machine(**id).on.v == m.on.v).count();
    (all.len() - here, all.len())
}
