//! Emitter: Velero in a cluster: values of its chart, its namespace, when it copies what; decides nothing, makes no Secret.

use super::kube::{self, Chart, Part, View};
use super::{Meta, Out};
use crate::consumer::{VELERO, charts};
use crate::ir::{Rhythm, Sealed, Velero, VeleroStore};
use crate::render::{Composed, Map};
use crate::source::Sp;
use crate::words;

crate::rules! {
    103;
    VALUES = "Velero is installed by its chart, which brings its custom resources" @ "RFC 9.2; vmware-tanzu/helm-charts, charts/velero";
    NO_JOB = "the custom resources come with the chart, so no job replaces them by an image of its own" @ "charts/velero/values.yaml: upgradeCRDs";
    NAMESPACE = "Velero is in the namespace that its own examples name" @ "charts/velero/README.md";
    SEES_NODES = "the agent reads volumes below the kubelet's folder of each node, which only this level admits" @ "Kubernetes, Pod Security Standards; Velero, node agent";
    PLUGIN = "a plugin speaks S3, of the version that goes with this Velero" @ "velero-plugin-for-aws, README: Compatibility";
    STORE = "copies are kept in one bucket" @ "Velero, BackupStorageLocation";
    PATH_STYLE = "the bucket is in the path, because no name in DNS is made for it" @ "velero-plugin-for-aws, backupstoragelocation.md: s3ForcePathStyle";
    NO_CHECKSUM = "stores that are not Amazon's refuse the trailer that the plugin sends by default" @ "velero-plugin-for-aws, backupstoragelocation.md: checksumAlgorithm";
    GATEWAY = "the gateways of a store of objects answer at this service" @ "Rook 1.16 to 1.20, rook-ceph-rgw-<store>";
    CREDENTIALS = "access key and secret key are in a Secret that is made by hand, from where this says" @ "charts/velero/values.yaml: credentials.existingSecret, key cloud";
    REPOSITORY = "what is moved is encrypted with a password that is made by hand, from where this says, before Velero starts: it would take one that everybody knows" @ "Velero 1.18, pkg/repository/keys/keys.go: velero-repo-credentials, repository-password";
    NO_DISKS = "volumes are copied by snapshots of their storage, not of a cloud" @ "charts/velero/values.yaml: snapshotsEnabled; Velero, CSI support";
    CSI = "snapshots are taken by the storage's own driver" @ "Velero 1.14 and later, EnableCSI";
    NOT_ITSELF = "Velero's own namespace has what earlier copies moved, and a copy with that in it restores no volume" @ "Velero 1.18, restore of DataUploads: velero-io/velero issues 9472, 7057";
    SCHEDULE = "when what is copied, and how long a copy is kept" @ "Velero, Schedule velero.io/v1; charts/velero/crds/schedules.yaml";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "velero",
    writes: "<folder>/base/velero/values.yaml, <folder>/config/velero/*.yaml",
    what: "Copies of what runs in a cluster: Velero's chart, its bucket, and when it copies what.",
    reader: "Helm, Velero, kubectl, Argo CD",
    apply: "Make the Secrets that the annotations of the namespace name, install the chart, then `kubectl apply -k <folder>/config/velero`.",
    step: 9,
    rfc: "9.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Values and objects for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// The parts of one cluster or one environment.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(v) = &view.layer.backup else { return Vec::new() };
    let chart = Chart {
        name: "velero",
        repository: charts::VELERO,
        version: v.chart.clone(),
        release: "velero",
        namespace: VELERO,
    };
    vec![
        Part::values("velero", chart, values(view, v), VALUES),
        Part::object("velero", "namespace", namespace(view, v), NAMESPACE),
        Part::object("velero", "schedule-topoc", schedule(v), SCHEDULE),
    ]
}

fn namespace(view: &View<'_>, v: &Velero) -> Map {
    let (level, why) = match v.move_data.v {
        true => ("privileged", SEES_NODES),
        false => ("baseline", NAMESPACE),
    };
    kube::object_with("v1", "Namespace", (VELERO, NAMESPACE), None, NAMESPACE, |m| {
        m.map("labels", why, |l| l.put("pod-security.kubernetes.io/enforce", (level, why)));
        m.map("annotations", CREDENTIALS, |a| {
            let (annotation, from) = kube::kept(view, &v.secret, "cloud");
            a.put(annotation, (from, CREDENTIALS));
            if let Some(password) = &v.encrypt {
                // The Secret has the one name that Velero knows, not the name of what it holds.
                let (_, from) = kube::kept(view, password, "repository-password");
                a.put("topoc/secret-velero-repo-credentials", (from, REPOSITORY));
            }
        });
    })
}

fn values(view: &View<'_>, v: &Velero) -> Map {
    // The chart's version is in its reference; when and what is the schedule's.
    let Velero {
        chart: _,
        caps,
        store,
        bucket,
        region,
        secret,
        encrypt: _, // Velero knows its Secret by name.
        rhythm: _,
        keep: _,
        namespaces: _,
        snapshots,
        move_data,
        at: _,
    } = v;
    let mut doc = Map::new();
    doc.put("upgradeCRDs", (false, NO_JOB));
    doc.list("initContainers", PLUGIN, |l| {
        l.map(PLUGIN, |c| {
            c.put("name", ("velero-plugin-for-aws", PLUGIN));
            let plugin = Sp::new(caps.v.plugin, caps.at);
            c.put("image", (words!["docker.io/velero/velero-plugin-for-aws:", plugin], PLUGIN));
            c.list("volumeMounts", PLUGIN, |l| {
                l.map(PLUGIN, |m| {
                    m.put("name", ("plugins", PLUGIN));
                    m.put("mountPath", ("/target", PLUGIN));
                });
            });
        });
    });
    let name = words![view.t.secret(secret.v).name].citing(secret.at);
    doc.map("credentials", CREDENTIALS, |c| {
        c.put("useSecret", (true, CREDENTIALS));
        c.put("existingSecret", (name, CREDENTIALS));
    });
    doc.map("configuration", STORE, |c| {
        c.list("backupStorageLocation", STORE, |l| {
            l.map(STORE, |b| {
                b.put("name", ("default", STORE));
                b.put("provider", ("aws", PLUGIN));
                b.put("default", (true, STORE));
                b.put("bucket", bucket);
                b.map("config", STORE, |m| {
                    m.put("region", region);
                    m.put("s3ForcePathStyle", ("true", PATH_STYLE));
                    m.put("checksumAlgorithm", ("", NO_CHECKSUM));
                    match store {
                        VeleroStore::Own(name, port) => {
                            let own = words!["http://rook-ceph-rgw-", name, ".rook-ceph.svc:", port];
                            m.put("s3Url", (own, GATEWAY));
                        }
                        VeleroStore::Url(url) => m.put("s3Url", url),
                    }
                });
            });
        });
        if snapshots.v {
            let key = Composed { text: "features".into(), why: vec![snapshots.at] };
            c.put(key, ("EnableCSI", CSI));
        }
    });
    doc.put("snapshotsEnabled", (false, NO_DISKS));
    doc.put("deployNodeAgent", move_data);
    doc
}

fn schedule(v: &Velero) -> Map {
    let mut doc = kube::object("velero.io/v1", "Schedule", ("topoc", SCHEDULE), Some(VELERO), SCHEDULE);
    doc.map("spec", SCHEDULE, |s| {
        s.put("schedule", (cron(&v.rhythm), SCHEDULE));
        s.map("template", SCHEDULE, |t| {
            let hours = Sp::new(v.keep.v.0.div_ceil(3600), v.keep.at);
            t.put("ttl", (words![hours, "h0m0s"], SCHEDULE));
            t.put("storageLocation", ("default", STORE));
            if !v.namespaces.is_empty() {
                t.list("includedNamespaces", SCHEDULE, |l| v.namespaces.iter().for_each(|n| l.push(n)));
            } else {
                t.list("excludedNamespaces", NOT_ITSELF, |l| l.push((VELERO, NOT_ITSELF)));
            }
            t.put("snapshotVolumes", v.snapshots);
            if v.snapshots.v {
                t.put("snapshotMoveData", v.move_data);
            }
        });
    });
    doc
}

/// A rhythm as cron spells it: minute, hour, day of the month, month, day of the week.
pub(super) fn cron(r: &Rhythm) -> Composed {
    let (minutes, hours, weekly) = r.times();
    let list = |l: &[u32]| match l {
        [] => "*".to_string(),
        some => some.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    };
    let text = format!("{} {} * * {}", list(&minutes), list(&hours), if weekly { "0" } else { "*" });
    Composed { text, why: vec![r.every.at, r.start.at] }
}
