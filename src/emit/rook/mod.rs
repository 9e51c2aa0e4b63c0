//! Emitter: Ceph by Rook in a cluster: values of its charts, its objects, the addresses of its monitors; decides nothing.

mod ceph;
mod stores;
mod values;

use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::ir::{Place, Sealed, Storage, Toleration};
use crate::render::template::{Val, render};
use crate::render::{Composed, List, Map, Text};
use crate::schema::Name;
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    29;
    NAMESPACE = "Rook and all that it starts are in the namespace of its own examples" @ "Rook, rook-ceph chart; RFC 5.8";
    PRIVILEGED = "daemons of disks and drivers of volumes open devices of the host, which only this level admits" @ "Kubernetes, Pod Security Standards; Rook, Ceph OSD and CSI pods";
    OPERATOR = "the operator is installed by its chart, and the chart brings the custom resources" @ "Rook 1.20, rook-ceph chart: crds.enabled";
    DRIVERS = "the operator starts only drivers whose stores are stated" @ "Rook 1.16, rook-ceph chart: csi";
    DRIVERS_CHART = "since 1.20 the drivers of volumes are a chart of their own; without it no claim gets a volume" @ "Rook 1.20, Helm charts: ceph-csi-drivers";
    DRIVERS_VALUES = "the drivers work only with the names and images that Rook expects of them" @ "Rook 1.20, deploy/charts/ceph-csi-drivers/values.yaml";
    MOUNTED_ANYWHERE = "a volume is mounted where its pod runs, taints or not" @ "Rook, CSI node plugin tolerations";
    SCRAPED_ELSE = "what reads Ceph's figures is an object of this tree: with the operator's own everything would be read twice" @ "RFC 7.2; rook, monitoring.enabled";
    SCRAPE = "the operator may make ServiceMonitors only when it is told of Prometheus" @ "Rook, rook-ceph chart: monitoring.enabled";
    API = "Rook reads objects of this kind" @ "Rook 1.16 and 1.20, crds.yaml";
    CLUSTER = "the cluster is called as its namespace: classes find it by that" @ "Rook, examples/csi-rbd-storageclass.yaml: clusterID";
    IMAGE = "one Ceph for all daemons, by its full version" @ "Rook, CephCluster spec.cephVersion; RFC 5.8";
    SUPPORTED = "a Ceph that this Rook does not know is refused" @ "RFC 5.8; Rook, CephCluster spec.cephVersion.allowUnsupported";
    ONE_PER_NODE = "the loss of a node takes one monitor, one manager" @ "RFC 5.8; Rook, CephCluster spec.mon, spec.mgr";
    HOST_NETWORK = "Ceph takes the networks of the nodes only on the host's network; `publicNetwork` and `clusterNetwork` are keys that nothing reads" @ "Rook, CephCluster spec.network; targets S1";
    RANGES = "daemons bind the address that their node has in this subnet" @ "Rook 1.12 and later, CephCluster spec.network.addressRanges";
    MSGR2 = "only the second protocol can encrypt, so the first is closed; clients need a kernel of 5.11 or later" @ "Rook, CephCluster spec.network.connections";
    KEYS = "the kernels of the nodes do not know the keys that Ceph 20 makes by default" @ "Rook 1.20, examples/cluster.yaml: spec.security.cephx";
    PLACED = "pods run only on the nodes of the groups that are named, else on those whose address on the network of clients is known" @ "Rook, CephCluster spec.placement; Kubernetes, node affinity";
    TOLERATED = "pods bear the taints of the nodes that they are meant for" @ "Rook, CephCluster spec.placement; Kubernetes, taints and tolerations";
    CHOSEN_DISKS = "nothing is taken that is not named: a disk that is taken is wiped" @ "RFC 5.8; Rook, CephCluster spec.storage";
    STABLE_DISK = "the name by the SCSI number stays; Linux gives sdb to whichever disk it finds second at a boot" @ "Proxmox VE, device id of SCSI disks; systemd, 60-persistent-storage.rules; Rook, spec.storage.nodes.devices";
    KIND_OF_DISK = "Ceph takes every disk of QEMU for one that turns, so the kind is said" @ "Rook, CephCluster spec.storage: config.deviceClass";
    CHECKS = "how Rook looks after daemons" @ "RFC 5.8; Rook, CephCluster spec.healthCheck";
    PAGE = "Ceph's own page for people" @ "RFC 5.8; Rook, CephCluster spec.dashboard";
    PRIORITY = "storage is the last to be evicted from a node" @ "Rook, examples/cluster.yaml: priorityClassNames";
    BUDGETS = "a drain waits while it would take the last copy" @ "Rook, CephCluster spec.disruptionManagement";
    POOL = "a pool of Ceph is what volumes are kept in" @ "Rook, CephBlockPool; RFC 5.8";
    SAFE = "one copy is taken only when the file says one" @ "Rook, CephBlockPool spec.replicated.requireSafeReplicaSize";
    CODED = "chunks hold data only; what describes it is in whole copies" @ "Rook, examples/csi-rbd-storageclass.yaml: dataPool; CephFilesystem spec.metadataPool";
    CLASS = "pods ask for volumes by a class" @ "Rook, examples/csi-rbd-storageclass.yaml, csi-cephfs-storageclass.yaml";
    CREDENTIALS = "the operator makes these Secrets; the file names them only" @ "Rook, examples/csi-rbd-storageclass.yaml";
    LAYERING = "the feature that every kernel of the nodes maps" @ "Rook, examples/csi-rbd-storageclass.yaml: imageFeatures";
    FILESYSTEM = "a filesystem of Ceph has pools and servers" @ "Rook, CephFilesystem";
    SUBVOLUMES = "volumes of a filesystem are kept in this group" @ "Rook, examples/filesystem.yaml: CephFilesystemSubVolumeGroup";
    APART = "two servers of a kind are never on one node: the loss of it would take both, and they would take one port" @ "Rook, examples/filesystem.yaml, object.yaml: podAntiAffinity";
    OBJECTS = "a store of objects has pools and gateways" @ "Rook, CephObjectStore";
    BUCKETS = "claims of buckets find the store by a class" @ "Rook, examples/storageclass-bucket-delete.yaml";
    SNAPSHOTS = "pods ask for snapshots by a class" @ "Rook, Ceph CSI snapshots; Kubernetes, VolumeSnapshotClass";
    VELERO = "Velero takes snapshots by the class of the driver that has this label" @ "Velero 1.18, CSI support: velero.io/csi-volumesnapshot-class";
    TOOLBOX = "a pod with Ceph's commands, kept in step with the monitors by the script of Rook's image" @ "Rook, images/ceph/toolbox.sh; examples/toolbox-job.yaml";
    ANNOTATED = "a Node is the kubelet's: a script changes one that is there and fails where none is; an object would make one that nobody runs, and Argo CD would delete it again" @ "Rook 1.14 and later, network.rook.io/mon-ip; targets S5";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "rook",
    writes: "<folder>/base/{rook-ceph,ceph-csi-drivers}/, <folder>/config/rook-ceph/, <folder>/{installer,overlays/<environment>}/annotate-nodes.sh",
    what: "Ceph by Rook: values of its charts, the CephCluster with its disks and networks, pools, classes, and the address of each monitor.",
    reader: "Rook, Helm, kubectl",
    apply: "In this order: `kubectl apply -f config/rook-ceph/namespace.yaml`; `installer/annotate-nodes.sh` where it is there, always before the CephCluster; the chart rook-ceph, then ceph-csi-drivers where it is there; `kubectl apply -k config/rook-ceph`.",
    step: 9,
    rfc: "5.8",
    systems: &[
        ("Rook", "<folder>/base/rook-ceph/values.yaml", "`cluster { storage \"ceph\" }`"),
        ("Ceph", "<folder>/config/rook-ceph/cephcluster-rook-ceph.yaml", "`cluster { storage \"ceph\" }`"),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The folder of Rook's objects, and the namespace of all of them.
const ROOK: &str = "rook-ceph";

/// Writes the parts of every cluster, and the script for nodes where monitors are not on the nodes' own addresses.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        let addresses = |s: Option<&Storage>| s.map(|s| s.place.addresses.clone()).unwrap_or_default();
        let ours = addresses(view.layer.storage.as_ref());
        script(&view, "installer/annotate-nodes.sh".into(), out);
        for e in &view.cluster.environments {
            if addresses(e.layer.storage.as_ref()) != ours {
                let theirs = View { layer: &e.layer, ..view };
                script(&theirs, format!("overlays/{}/annotate-nodes.sh", e.name.v), out);
            }
        }
    }
}

/// The parts of one cluster or one environment.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(storage) = &view.layer.storage else { return Vec::new() };
    let mut all = vec![namespace()];
    all.extend(values::charts(view, storage));
    all.push(ceph::cluster(view, storage));
    if storage.toolbox.v {
        all.push(ceph::toolbox(view, storage));
    }
    all.extend(stores::all(view, storage));
    all
}

fn namespace() -> Part {
    let mut doc = Map::new();
    doc.put("apiVersion", ("v1", NAMESPACE));
    doc.put("kind", ("Namespace", NAMESPACE));
    doc.map("metadata", NAMESPACE, |m| {
        m.put("name", (ROOK, NAMESPACE));
        m.map("labels", PRIVILEGED, |l| {
            l.put("pod-security.kubernetes.io/enforce", ("privileged", PRIVILEGED));
            l.put("pod-security.kubernetes.io/warn", ("privileged", PRIVILEGED));
        });
    });
    Part::object(ROOK, "namespace", doc, NAMESPACE)
}

fn script(view: &View<'_>, path: String, out: &mut Out<'_>) {
    let Some(storage) = view.layer.storage.as_ref() else { return };
    // In an environment whose clients meet on the nodes' own network, what the cluster's script said is taken away.
    let theirs = view.cluster.layer.storage.as_ref().map(|s| &s.place.addresses);
    let gone = theirs.filter(|_| storage.place.addresses.is_empty()).into_iter().flatten();
    let gone: Vec<Val> = gone.map(|(m, _)| words![view.t.machine(*m).name].citing(storage.public.at).into()).collect();
    if storage.place.addresses.is_empty() && gone.is_empty() {
        return;
    }
    let nodes = storage.place.addresses.iter().map(|(m, address)| {
        let name = words![view.t.machine(*m).name].citing(storage.place.at);
        Val::Record(vec![("name", name.into()), ("address", words![address].into())])
    });
    let values = [("nodes", Val::Many(nodes.collect())), ("gone", Val::Many(gone))];
    let text: Text = render("annotate-nodes.sh", include_str!("annotate-nodes.sh"), ANNOTATED, &values);
    out.program(kube::site(view), kube::below(view, &path), text);
}

/// A key that exists because of something that it does not show.
fn key(text: &'static str, why: impl IntoIterator<Item = crate::source::Origin>) -> Composed {
    Composed { text: text.into(), why: why.into_iter().collect() }
}

/// What pods bear, under this key; nothing where they bear nothing.
fn tolerations(m: &mut Map, name: &'static str, all: &[Toleration], rule: Rule) {
    if all.is_empty() {
        return;
    }
    m.list(name, rule, |l| {
        for Toleration { key, value, effect } in all {
            l.map(rule, |t| {
                t.put("key", key);
                match value {
                    Some(v) => {
                        t.put("operator", ("Equal", rule));
                        t.put("value", v);
                    }
                    None => t.put("operator", ("Exists", rule)),
                }
                t.put("effect", effect);
            });
        }
    });
}

/// Where pods of monitors, managers and servers run; no key where nothing is stated.
fn placed(m: &mut Map, view: &View<'_>, storage: &Storage) {
    affinity(m, view, storage);
    tolerations(m, "tolerations", &storage.place.tolerations, TOLERATED);
}

/// Whether pods are kept to the nodes of their place: where groups are named, and where a monitor on any other node would
/// bind an address that nobody gave it.
fn pinned(place: &Place) -> bool {
    !(place.groups.is_empty() && place.addresses.is_empty())
}

/// The nodes of the place.
fn affinity(m: &mut Map, view: &View<'_>, storage: &Storage) {
    let place = &storage.place;
    if !pinned(place) {
        return;
    }
    m.map(key("nodeAffinity", place.groups.iter().map(|g| g.at).chain([place.at])), PLACED, |m| {
        m.map("requiredDuringSchedulingIgnoredDuringExecution", PLACED, |m| {
            m.list("nodeSelectorTerms", PLACED, |l| {
                l.map(PLACED, |term| {
                    term.list("matchExpressions", PLACED, |l| {
                        l.map(PLACED, |e| {
                            e.put("key", ("kubernetes.io/hostname", PLACED));
                            e.put("operator", ("In", PLACED));
                            e.list("values", PLACED, |l: &mut List| {
                                place.nodes.iter().for_each(|n| l.push(&view.t.machine(*n).name));
                            });
                        });
                    });
                });
            });
        });
    });
}

/// No two servers of one store on one node: Rook labels their pods with what they are and whose.
fn apart(m: &mut Map, app: &'static str, store: &'static str, name: &Sp<Name>) {
    m.map("podAntiAffinity", APART, |m| {
        m.list("requiredDuringSchedulingIgnoredDuringExecution", APART, |l| {
            l.map(APART, |m| {
                m.map("labelSelector", APART, |m| {
                    m.map("matchLabels", APART, |m| {
                        m.put("app", (app, APART));
                        m.put(store, name);
                    });
                });
                m.put("topologyKey", ("kubernetes.io/hostname", APART));
            });
        });
    });
}
