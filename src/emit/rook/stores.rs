//! Pools, filesystems, stores of objects, and the classes that pods ask for.

use super::*;
use crate::emit::kube::{object, object_with};
use crate::ir::{ObjectStore, StorageFilesystem, StoragePool, StoreClass, StoreLayout};
use crate::render::{Doc, Why};
use crate::schema::{Name, Reclaim};

/// The driver of block volumes: the operator's namespace and the driver's own name.
pub(super) const RBD: &str = "rook-ceph.rbd.csi.ceph.com";
/// The driver of shared filesystems.
pub(super) const CEPHFS: &str = "rook-ceph.cephfs.csi.ceph.com";
/// What makes buckets.
const BUCKET: &str = "rook-ceph.ceph.rook.io/bucket";

/// Everything that keeps data, with its classes.
pub(super) fn all(view: &View<'_>, s: &Storage) -> Vec<Part> {
    let mut all: Vec<Part> = s.pools.iter().flat_map(pool).collect();
    all.extend(s.filesystems.iter().flat_map(|f| filesystem(view, s, f)));
    all.extend(s.objects.iter().flat_map(|o| objects(view, s, o)));
    if s.snapshots.v {
        let secret = |driver| match driver {
            RBD => "rook-csi-rbd-provisioner",
            _ => "rook-csi-cephfs-provisioner",
        };
        let snapshot = |name: &'static str, driver: &'static str| {
            let copied = view.layer.backup.as_ref().map(|v| v.snapshots).filter(|s| s.v);
            let kind = "VolumeSnapshotClass";
            let mut doc = object_with("snapshot.storage.k8s.io/v1", kind, (name, SNAPSHOTS), None, SNAPSHOTS, |m| {
                if let Some(on) = copied {
                    m.map(key("labels", [on.at]), VELERO, |l| {
                        l.put("velero.io/csi-volumesnapshot-class", ("true", VELERO));
                    });
                }
            });
            doc.put("driver", (driver, SNAPSHOTS));
            doc.put("deletionPolicy", ("Delete", SNAPSHOTS));
            doc.map(key("parameters", [s.snapshots.at]), SNAPSHOTS, |m| {
                m.put("clusterID", (ROOK, CLUSTER));
                m.put("csi.storage.k8s.io/snapshotter-secret-name", (secret(driver), CREDENTIALS));
                m.put("csi.storage.k8s.io/snapshotter-secret-namespace", (ROOK, CREDENTIALS));
            });
            Part::object(ROOK, &format!("volumesnapshotclass-{name}"), doc, SNAPSHOTS)
        };
        if !s.pools.is_empty() {
            all.push(snapshot("ceph-block", RBD));
        }
        if !s.filesystems.is_empty() {
            all.push(snapshot("ceph-filesystem", CEPHFS));
        }
    }
    all
}

/// Where chunks are, in Ceph's own words.
fn coded(m: &mut Map, layout: &StoreLayout) {
    if let Some((data, coding)) = &layout.erasure {
        m.map("erasureCoded", CODED, |m| {
            m.put("dataChunks", data);
            m.put("codingChunks", coding);
        });
    }
}

/// A pool of whole copies.
fn replicated(m: &mut Map, layout: &StoreLayout) {
    m.map("replicated", POOL, |m| {
        m.put("size", layout.size);
        m.put("requireSafeReplicaSize", (Doc::Bool(layout.size.v > 1), Why::from(SAFE).also(layout.size.at)));
    });
}

/// What every pool of a store has: where it is and in what shape; a pool of what describes data is never in chunks and
/// never compressed.
fn layout(m: &mut Map, layout: &StoreLayout, data: bool) {
    let StoreLayout { size: _, erasure, spread, device_class, compression } = layout;
    m.put("failureDomain", spread);
    m.put_some("deviceClass", device_class.as_ref());
    if data && erasure.is_some() {
        coded(m, layout);
    } else {
        replicated(m, layout);
    }
    if let Some(c) = compression.as_ref().filter(|_| data) {
        m.map("parameters", POOL, |m| m.put("compression_mode", c));
    }
}

fn pool(p: &StoragePool) -> Vec<Part> {
    let StoragePool { name, layout: how, class, format, at: _ } = p;
    let object = |suffix: &'static str, data: bool| {
        let mut doc = object("ceph.rook.io/v1", "CephBlockPool", (words![name, suffix], POOL), Some(ROOK), API);
        doc.map("spec", POOL, |m| layout(m, how, data));
        Part::object(ROOK, &format!("cephblockpool-{}{suffix}", name.v), doc, POOL)
    };
    let mut all = vec![object("", true)];
    if how.erasure.is_some() {
        all.push(object(METADATA, false));
    }
    all.push(storage_class(name, class, RBD, |m| {
        match how.erasure {
            Some(_) => {
                m.put("pool", (words![name, METADATA], CODED));
                m.put("dataPool", name);
            }
            None => m.put("pool", name),
        }
        m.put("imageFormat", ("2", LAYERING));
        m.put("imageFeatures", ("layering", LAYERING));
        credentials(m, "rook-csi-rbd-provisioner", "rook-csi-rbd-node");
        m.put("csi.storage.k8s.io/fstype", format);
    }));
    all
}

/// Behind the name of a pool of chunks: the pool of what describes them.
const METADATA: &str = "-metadata";
/// The pool of a filesystem that volumes are in; Ceph puts the filesystem's name and a hyphen before it.
const DATA: &str = "data";

fn filesystem(view: &View<'_>, s: &Storage, f: &StorageFilesystem) -> Vec<Part> {
    let StorageFilesystem { name, layout: how, class, active, standby, keep, at: _ } = f;
    let mut doc = object("ceph.rook.io/v1", "CephFilesystem", name, Some(ROOK), API);
    doc.map("spec", FILESYSTEM, |m| {
        m.map("metadataPool", CODED, |m| layout(m, how, false));
        m.list("dataPools", FILESYSTEM, |l| {
            // Ceph refuses chunks in a filesystem's first pool, which describes the rest.
            if how.erasure.is_some() {
                l.map(CODED, |m| {
                    m.put("name", ("first", CODED));
                    layout(m, how, false);
                });
            }
            l.map(FILESYSTEM, |m| {
                m.put("name", (DATA, FILESYSTEM));
                layout(m, how, true);
            });
        });
        m.put("preserveFilesystemOnDelete", keep);
        m.map("metadataServer", FILESYSTEM, |m| {
            m.put("activeCount", active);
            m.put("activeStandby", standby);
            m.map("placement", APART, |m| {
                placed(m, view, s);
                apart(m, "rook-ceph-mds", "rook_file_system", name);
            });
            m.put("priorityClassName", ("system-cluster-critical", PRIORITY));
        });
    });
    let mut group =
        object("ceph.rook.io/v1", "CephFilesystemSubVolumeGroup", (words![name, "-csi"], SUBVOLUMES), Some(ROOK), API);
    group.map("spec", SUBVOLUMES, |m| {
        m.put("name", ("csi", SUBVOLUMES));
        m.put("filesystemName", name);
        m.map("pinning", SUBVOLUMES, |m| m.put("distributed", (1u8, SUBVOLUMES)));
    });
    let class = storage_class(name, class, CEPHFS, |m| {
        m.put("fsName", name);
        m.put("pool", (words![name, "-", DATA], CLASS));
        credentials(m, "rook-csi-cephfs-provisioner", "rook-csi-cephfs-node");
    });
    vec![
        Part::object(ROOK, &format!("cephfilesystem-{}", name.v), doc, FILESYSTEM),
        Part::object(ROOK, &format!("cephfilesystemsubvolumegroup-{}-csi", name.v), group, SUBVOLUMES),
        class,
    ]
}

fn objects(view: &View<'_>, s: &Storage, o: &ObjectStore) -> Vec<Part> {
    let ObjectStore { name, layout: how, instances, port, tls, keep, bucket_class, at: _ } = o;
    let mut doc = object("ceph.rook.io/v1", "CephObjectStore", name, Some(ROOK), API);
    // Without a class no file of its own would say so.
    doc.map(key("spec", [bucket_class.at]), OBJECTS, |m| {
        m.map("metadataPool", CODED, |m| layout(m, how, false));
        m.map("dataPool", OBJECTS, |m| layout(m, how, true));
        m.put("preservePoolsOnDelete", keep);
        m.map("gateway", OBJECTS, |m| {
            m.put_some("port", port.as_ref());
            if let Some((secure, certificate)) = tls {
                m.put("securePort", secure);
                m.comment("A Secret of type kubernetes.io/tls in this namespace: cert-manager or a person makes it before the gateways start.");
                m.put("sslCertificateRef", certificate);
            }
            m.put("instances", instances);
            m.map("placement", APART, |m| {
                placed(m, view, s);
                apart(m, "rook-ceph-rgw", "rook_object_store", name);
            });
            m.put("priorityClassName", ("system-cluster-critical", PRIORITY));
        });
    });
    let mut all = vec![Part::object(ROOK, &format!("cephobjectstore-{}", name.v), doc, OBJECTS)];
    if bucket_class.v {
        let mut class = object("storage.k8s.io/v1", "StorageClass", name, None, BUCKETS);
        class.put("provisioner", (BUCKET, BUCKETS));
        class.put("reclaimPolicy", ("Delete", BUCKETS));
        class.map(key("parameters", [bucket_class.at]), BUCKETS, |m| {
            m.put("objectStoreName", name);
            m.put("objectStoreNamespace", (ROOK, BUCKETS));
        });
        all.push(Part::object(ROOK, &format!("storageclass-{}", name.v), class, BUCKETS));
    }
    all
}

fn storage_class(name: &Sp<Name>, class: &StoreClass, driver: &'static str, fill: impl FnOnce(&mut Map)) -> Part {
    let StoreClass { default, reclaim, expand } = class;
    let mut doc = object_with("storage.k8s.io/v1", "StorageClass", name, None, CLASS, |m| {
        m.map("annotations", CLASS, |m| {
            let word = default.map(|d| if d { "true" } else { "false" });
            m.put("storageclass.kubernetes.io/is-default-class", word);
        });
    });
    doc.put("provisioner", (driver, CLASS));
    let policy = reclaim.map(|r| match r {
        Reclaim::Delete => "Delete",
        Reclaim::Retain => "Retain",
    });
    doc.put("reclaimPolicy", policy);
    doc.put("allowVolumeExpansion", expand);
    doc.map("parameters", CLASS, |m| {
        m.put("clusterID", (ROOK, CLUSTER));
        fill(m);
    });
    Part::object(ROOK, &format!("storageclass-{}", name.v), doc, CLASS)
}

/// The Secrets that the drivers act by; the operator makes them.
fn credentials(m: &mut Map, controller: &'static str, node: &'static str) {
    m.put("csi.storage.k8s.io/provisioner-secret-name", (controller, CREDENTIALS));
    m.put("csi.storage.k8s.io/provisioner-secret-namespace", (ROOK, CREDENTIALS));
    m.put("csi.storage.k8s.io/controller-expand-secret-name", (controller, CREDENTIALS));
    m.put("csi.storage.k8s.io/controller-expand-secret-namespace", (ROOK, CREDENTIALS));
    m.put("csi.storage.k8s.io/controller-publish-secret-name", (controller, CREDENTIALS));
    m.put("csi.storage.k8s.io/controller-publish-secret-namespace", (ROOK, CREDENTIALS));
    m.put("csi.storage.k8s.io/node-stage-secret-name", (node, CREDENTIALS));
    m.put("csi.storage.k8s.io/node-stage-secret-namespace", (ROOK, CREDENTIALS));
}
