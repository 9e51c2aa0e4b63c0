//! Pass: storage in a cluster.

use super::layer::At;
use super::rules::{DEFAULT_NO, DEFAULT_YES};
use super::{Cx, or};
use crate::consumer::{RookCaps, Row};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    46;
    STAND_IN = "the newest line that is known stands for a version that is wrong, so that lints can look at the rest" @ "language reference, `versions`";
    PUBLIC = "clients and daemons meet on the node network, as nothing else is stated" @ "RFC 5.8";
    ONE_NETWORK = "disks copy on the network of clients, as nothing else is stated" @ "Ceph, network configuration reference";
    THREE = "three monitors bear the loss of one" @ "RFC 5.8; Rook, CephCluster spec.mon";
    TWO = "one manager works, one waits" @ "Rook, CephCluster spec.mgr";
    ANYWHERE = "pods run where nothing keeps them off, as no group is named" @ "language reference";
    CONTROL_PLANE_TAINT = "kubeadm keeps pods off control-plane nodes by this taint" @ "Kubernetes, node-role.kubernetes.io/control-plane";
    MON_ADDRESS = "a monitor on the host's network binds the node's own address unless the node says another" @ "Rook 1.14 and later, network.rook.io/mon-ip; RFC 5.8; targets S5";
    EVERY_DISK = "every disk for Ceph is given, as none is named" @ "language reference";
    SCSI_NUMBER = "a disk's SCSI number is its place in the file; sdb is the second" @ "Proxmox VE admin guide 10.2.2";
    DATA_DIR = "Rook's own folder" @ "RFC 5.8; Rook, CephCluster spec.dataDirHostPath";
    DASHBOARD_PORT = "a port that no daemon of a disk takes: those bind 6800 to 7568" @ "Ceph, ms_bind_port_max; Rook, CephCluster spec.dashboard";
    COPIES = "three copies bear the loss of one and can be repaired meanwhile" @ "Rook, CephBlockPool spec.replicated";
    SPREAD_HOST = "the loss of a node takes one copy" @ "Rook, CephBlockPool spec.failureDomain";
    ONLY_CLASS = "the only class is the default" @ "language reference";
    RECLAIM = "what a dynamic volume does in Kubernetes when nothing is said" @ "Kubernetes, StorageClass reclaimPolicy";
    EXT4 = "the filesystem of Rook's own examples" @ "Rook, csi.storage.k8s.io/fstype";
    ONE_ACTIVE = "one metadata server does the work" @ "Rook, CephFilesystem spec.metadataServer";
    TWO_GATEWAYS = "two gateways, so that one may fail" @ "language reference";
    HTTP = "the port of HTTP" @ "RFC 9110 section 4.2.1; Rook, CephObjectStore spec.gateway";
    HTTPS = "the port of HTTPS" @ "RFC 9110 section 4.2.2; Rook, CephObjectStore spec.gateway";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Storage> {
    let s = x.c.storage.first()?;
    stated_twice(&x.c.storage, s, cx);
    // A version that is missing or wrong was reported and nothing is written: the rest of the faults are still found.
    let newest = RookCaps::ROWS.last()?;
    let at = STAND_IN.origin();
    let target =
        x.t.targets.cluster.rook.clone().unwrap_or_else(|| Target {
            version: Sp::new(Version(newest.checked.into()), at),
            caps: Sp::new(newest, at),
        });
    let ceph = x.t.targets.cluster.ceph.clone();
    let ceph = ceph.unwrap_or_else(|| Sp::new(Version(newest.oldest_ceph.into()), at));
    let vlan =
        |v: &Option<Sp<VlanRef>>| v.as_ref().map(|v| Sp::new(x.index.vlan(&v.v.0), v.at)).filter(|v| v.v.is_known());
    let node_network = x.cluster.node_network;
    let public = vlan(&s.public).unwrap_or_else(|| cx.make(node_network.v, PUBLIC, &[node_network.at]));
    let replication = vlan(&s.replication).unwrap_or_else(|| cx.make(public.v, ONE_NETWORK, &[public.at]));
    let nodes = nodes(x, s, cx);
    let disk_groups: Vec<&NodeGroup> =
        x.cluster.groups.iter().filter(|g| nodes.iter().any(|n| g.nodes.contains(&n.machine))).collect();
    let disk_tolerations = tolerations(&disk_groups, cx);
    let client_tolerations = tolerations(&takes_pods(x.cluster), cx);
    let mut checks: Vec<StorageCheck> = s
        .check
        .iter()
        .filter_map(|c| {
            let (every, timeout) = (c.every.map(|e| e.map(|e| e.0)), c.timeout.map(|t| t.map(|t| t.0)));
            Some(StorageCheck { of: c.of?, every, timeout })
        })
        .collect();
    checks.sort_by_key(|c| c.of.v);
    let mut storage = Storage {
        chart: target.version,
        caps: target.caps,
        ceph,
        public,
        replication,
        mons: or(s.mons.map(|m| m.map(|m| m.0)), 3, THREE),
        managers: or(s.managers.map(|m| m.map(|m| m.0)), 2, TWO),
        place: place(x, s, public, cx),
        nodes,
        disk_class: s.disk_class,
        disk_tolerations,
        client_tolerations,
        data_dir: or(s.data_dir.clone(), FolderPath("/var/lib/rook".into()), DATA_DIR),
        dashboard: s.dashboard.as_ref().map(|d| Dashboard {
            port: or(d.port.map(|p| p.map(|p| p.0)), 8443, DASHBOARD_PORT),
            tls: or(d.tls, true, DEFAULT_YES),
            prefix: d.prefix.clone(),
            at: d.at,
        }),
        toolbox: or(s.toolbox, false, DEFAULT_NO),
        metrics: or(s.metrics, false, DEFAULT_NO),
        snapshots: or(s.snapshots, false, DEFAULT_NO),
        encrypt: or(s.encrypt, false, DEFAULT_NO),
        checks,
        pools: s.pool.iter().filter_map(pool).collect(),
        filesystems: s.filesystem.iter().filter_map(filesystem).collect(),
        objects: s.objects.iter().filter_map(objects).collect(),
        at: s.at,
    };
    storage.pools.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    storage.filesystems.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    storage.objects.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    only_class(&mut storage, cx);
    Some(storage)
}

/// E0202, E0207: nothing here is said twice, and no two stores share a name: their classes would.
fn stated_twice(all: &[StorageFacts], s: &StorageFacts, cx: &mut Cx<'_>) {
    let mut twice: Vec<(String, Origin, Origin)> =
        all.iter().skip(1).map(|again| ("`storage`".to_string(), again.at, s.at)).collect();
    for (i, c) in s.check.iter().enumerate() {
        if let Some(first) = s.check[..i].iter().find(|f| f.of.is_some() && f.of == c.of) {
            twice.push(("this `check`".into(), c.at, first.at));
        }
    }
    for (i, f) in s.filter.iter().enumerate() {
        if let Some(first) = s.filter[..i].iter().find(|e| e.nodes.is_some() && e.nodes == f.nodes) {
            twice.push(("the `filter` of this group".into(), f.at, first.at));
        }
    }
    for (what, again, first) in twice {
        let (a, b) = (cx.span(again), cx.span(first));
        cx.report(
            Diag::new(code::E0202, format!("{what} is stated twice"))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
    let names = s.pool.iter().filter_map(|p| p.name.as_ref());
    let names = names.chain(s.filesystem.iter().filter_map(|f| f.name.as_ref()));
    let names: Vec<&Sp<StoreDef>> = names.chain(s.objects.iter().filter_map(|o| o.name.as_ref())).collect();
    for (i, name) in names.iter().enumerate() {
        if let Some(first) = names[..i].iter().find(|n| n.v == name.v) {
            let (a, b) = (cx.span(name.at), cx.span(first.at));
            cx.report(
                Diag::new(code::E0207, format!("\"{}\" is the name of more than one store", name.v.0))
                    .at(a, "this takes the name")
                    .at(b, "which this has")
                    .note("each has a class of its name, and classes of a cluster share their names")
                    .help("give one of them another name"),
            );
        }
    }
}

/// Groups whose nodes take applications: workers, or all where there is no worker.
fn takes_pods(cluster: &Cluster) -> Vec<&NodeGroup> {
    let workers: Vec<&NodeGroup> = cluster.groups.iter().filter(|g| g.role.v == NodeRole::Worker).collect();
    if workers.is_empty() { cluster.groups.iter().collect() } else { workers }
}

/// What pods must bear to run on the nodes of these groups.
fn tolerations(groups: &[&NodeGroup], cx: &mut Cx<'_>) -> Vec<Toleration> {
    let mut all: Vec<Toleration> = Vec::new();
    for g in groups {
        if g.role.v == NodeRole::ControlPlane {
            let at = cx.derived(CONTROL_PLANE_TAINT, &[g.role.at]);
            let key = LabelKey("node-role.kubernetes.io/control-plane".into());
            all.push(Toleration { key: Sp::new(key, at), value: None, effect: Sp::new(TaintEffect::NoSchedule, at) });
        }
        let stated = g.taints.iter().map(|(key, value, effect)| Toleration {
            key: key.clone(),
            value: Some(value.clone()),
            effect: *effect,
        });
        all.extend(stated);
    }
    // By what they say: origins have no order.
    let text = |t: &Toleration| (t.key.v.clone(), t.value.as_ref().map(|v| v.v.clone()), t.effect.v);
    all.sort_by_key(text);
    all.dedup();
    all
}

fn place(x: &At<'_>, s: &StorageFacts, public: Sp<VlanId>, cx: &mut Cx<'_>) -> Place {
    let groups: Vec<Sp<Name>> = s.place.iter().map(|p| Sp::new(p.v.0.clone(), p.at)).collect();
    let ours: Vec<&NodeGroup> = if groups.is_empty() {
        let kept_off = |g: &&NodeGroup| g.taints.iter().any(|t| t.2.v != TaintEffect::PreferNoSchedule);
        takes_pods(x.cluster).into_iter().filter(|g| !kept_off(g)).collect()
    } else {
        x.cluster.groups.iter().filter(|g| groups.iter().any(|p| p.v == g.name.v)).collect()
    };
    let at = match groups.first() {
        Some(g) => g.at,
        None => cx.derived(ANYWHERE, &[s.at]),
    };
    let mut nodes: Vec<MachineId> = ours.iter().flat_map(|g| g.nodes.iter().copied()).collect();
    // Machines are numbered by name.
    nodes.sort_by_key(|m| m.0);
    let own = public.v == x.cluster.node_network.v;
    let addresses = nodes
        .iter()
        .filter(|_| !own)
        .filter_map(|m| {
            let a = x.t.machine(*m).nics.iter().find(|n| n.vlan.v == public.v)?.address?;
            Some((*m, cx.make(a.v, MON_ADDRESS, &[a.at, public.at])))
        })
        .collect();
    Place { groups, tolerations: tolerations(&ours, cx), nodes, addresses, at }
}

fn nodes(x: &At<'_>, s: &StorageFacts, cx: &mut Cx<'_>) -> Vec<StorageNode> {
    let mut all: Vec<StorageNode> = Vec::new();
    fn of<'a>(all: &'a mut Vec<StorageNode>, x: &At<'_>, machine: MachineId, at: Origin) -> &'a mut StorageNode {
        let i = all.iter().position(|n| n.machine == machine).unwrap_or_else(|| {
            let name = Sp::new(x.t.machine(machine).name.v.clone(), at);
            all.push(StorageNode { machine, name, devices: Vec::new(), filter: None });
            all.len() - 1
        });
        &mut all[i]
    }
    for d in &s.device {
        let (Some(node), Some(name)) = (&d.node, &d.name) else { continue };
        let machine = x.index.machine(&node.v.0);
        if !machine.is_known() {
            continue;
        }
        let number = match disks_called(x.t.machine(machine), &name.v)[..] {
            [one] => Some(cx.make(
                one,
                SCSI_NUMBER,
                &[name.at, node.at, x.t.machine(machine).disks[one as usize].used_for.at],
            )),
            _ => None,
        };
        let device = StorageDevice { number, named: Some(name.clone()), class: d.class, at: name.at };
        of(&mut all, x, machine, node.at).devices.push(device);
    }
    for f in &s.filter {
        let (Some(group), Some(names)) = (&f.nodes, &f.names) else { continue };
        for g in x.cluster.groups.iter().filter(|g| g.name.v == group.v.0) {
            for m in &g.nodes {
                of(&mut all, x, *m, group.at).filter = Some(names.clone());
            }
        }
    }
    if s.device.is_empty() && s.filter.is_empty() {
        for m in x.cluster.groups.iter().flat_map(|g| &g.nodes) {
            let machine = x.t.machine(*m);
            for (i, d) in machine.disks.iter().enumerate().filter(|(_, d)| d.used_for.v == DiskUse::Ceph) {
                let at = cx.derived(EVERY_DISK, &[d.used_for.at, machine.name.at]);
                let number = Some(Sp::new(i as u32, at));
                of(&mut all, x, *m, at).devices.push(StorageDevice { number, named: None, class: None, at: d.at });
            }
        }
    }
    all.sort_by_key(|n| n.machine.0);
    for n in &mut all {
        n.devices.sort_by_key(|d| d.number.map(|n| n.v));
    }
    all
}

fn layout(l: &StorageLayout) -> StoreLayout {
    let erasure = l.erasure.as_ref().and_then(|e| Some((e.data?.map(|c| c.0), e.coding?.map(|c| c.0))));
    StoreLayout {
        size: or(l.size.map(|s| s.map(|s| s.0)), 3, COPIES),
        erasure,
        spread: or(l.spread_over, Spread::Host, SPREAD_HOST),
        device_class: l.device_class,
        compression: l.compression,
    }
}

fn class(c: &StorageClassFacts) -> StoreClass {
    StoreClass {
        default: or(c.default, false, DEFAULT_NO),
        reclaim: or(c.reclaim, Reclaim::Delete, RECLAIM),
        expand: or(c.expand, true, DEFAULT_YES),
    }
}

fn pool(p: &StoragePoolFacts) -> Option<StoragePool> {
    let name = p.name.as_ref()?;
    Some(StoragePool {
        name: Sp::new(name.v.0.clone(), name.at),
        layout: layout(&p.layout),
        class: class(&p.class),
        format: or(p.format, VolumeFormat::Ext4, EXT4),
        at: p.at,
    })
}

fn filesystem(f: &StorageFilesystemFacts) -> Option<StorageFilesystem> {
    let name = f.name.as_ref()?;
    Some(StorageFilesystem {
        name: Sp::new(name.v.0.clone(), name.at),
        layout: layout(&f.layout),
        class: class(&f.class),
        active: or(f.active.map(|a| a.map(|a| a.0)), 1, ONE_ACTIVE),
        standby: or(f.standby, true, DEFAULT_YES),
        keep: or(f.keep_on_delete, true, DEFAULT_YES),
        at: f.at,
    })
}

fn objects(o: &StorageObjectsFacts) -> Option<ObjectStore> {
    let name = o.name.as_ref()?;
    let tls =
        o.tls.as_ref().and_then(|t| Some((or(t.port.map(|p| p.map(|p| p.0)), 443, HTTPS), t.certificate.clone()?)));
    let port = o.port.map(|p| p.map(|p| p.0));
    Some(ObjectStore {
        name: Sp::new(name.v.0.clone(), name.at),
        layout: layout(&o.layout),
        instances: or(o.instances.map(|i| i.map(|i| i.0)), 2, TWO_GATEWAYS),
        port: port.or_else(|| o.tls.is_none().then(|| Sp::new(80, HTTP.origin()))),
        tls,
        keep: or(o.keep_on_delete, true, DEFAULT_YES),
        bucket_class: or(o.bucket_class, false, DEFAULT_NO),
        at: o.at,
    })
}

/// The only class of a cluster is its default where it says nothing.
fn only_class(s: &mut Storage, cx: &mut Cx<'_>) {
    if s.classes().count() != 1 {
        return;
    }
    let pools = s.pools.iter_mut().map(|p| (&p.name, &mut p.class));
    for (name, class) in pools.chain(s.filesystems.iter_mut().map(|f| (&f.name, &mut f.class))) {
        if class.default.at.rule().is_some() {
            class.default = cx.make(true, ONLY_CLASS, &[name.at]);
        }
    }
}
