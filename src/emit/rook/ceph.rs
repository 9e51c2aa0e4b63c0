//! The CephCluster, and the pod with Ceph's commands.

use super::*;
use crate::emit::kube::{object, object_with};
use crate::ir::{Dashboard, StorageCheck, StorageDevice, StorageNode};
use crate::schema::DeviceClass;

/// The CephCluster.
pub(super) fn cluster(view: &View<'_>, storage: &Storage) -> Part {
    let Storage {
        // The charts' version is the chart reference's.
        chart: _,
        caps,
        ceph,
        public,
        replication,
        mons,
        managers,
        place,
        nodes,
        disk_class,
        disk_tolerations,
        // The drivers' values have them.
        client_tolerations: _,
        data_dir,
        dashboard,
        toolbox,
        metrics,
        // The drivers' values and the classes have them.
        snapshots: _,
        encrypt,
        checks,
        // Objects of their own.
        pools: _,
        filesystems,
        objects: _,
        // Values carry their own origins.
        at: _,
    } = storage;
    let mut doc = object("ceph.rook.io/v1", "CephCluster", (ROOK, CLUSTER), Some(ROOK), API);
    // Without a toolbox no file of its own would say so.
    doc.map(key("spec", [toolbox.at]), CLUSTER, |spec| {
        spec.map("cephVersion", IMAGE, |m| {
            m.put("image", (words!["quay.io/ceph/ceph:v", ceph], IMAGE));
            m.put("allowUnsupported", (false, SUPPORTED));
        });
        spec.put("dataDirHostPath", data_dir);
        spec.map("mon", ONE_PER_NODE, |m| {
            m.put("count", mons);
            m.put("allowMultiplePerNode", (false, ONE_PER_NODE));
        });
        spec.map("mgr", ONE_PER_NODE, |m| {
            m.put("count", managers);
            m.put("allowMultiplePerNode", (false, ONE_PER_NODE));
        });
        page(spec, dashboard.as_ref());
        spec.map("monitoring", SCRAPE, |m| m.put("enabled", super::values::monitors(view, *metrics)));
        spec.map("network", HOST_NETWORK, |m| {
            m.put("provider", ("host", HOST_NETWORK));
            m.map("addressRanges", RANGES, |m| {
                for (name, vlan) in [("public", public), ("cluster", replication)] {
                    let subnet = words![view.t.vlan(vlan.v).subnet].citing(vlan.at);
                    m.list(name, RANGES, |l| l.push((subnet, RANGES)));
                }
            });
            m.map("connections", MSGR2, |m| {
                m.put("requireMsgr2", encrypt);
                m.map("encryption", MSGR2, |m| m.put("enabled", encrypt));
            });
        });
        // Before Ceph 20 there is one kind of keys.
        if caps.key_types && ceph.split('.').next().and_then(|n| n.parse::<u16>().ok()).is_some_and(|n| n >= 20) {
            spec.map("security", KEYS, |m| {
                m.map("cephx", KEYS, |m| m.map("csi", KEYS, |m| m.put("keyType", ("aes", KEYS))));
            });
        }
        if encrypt.v && !filesystems.is_empty() {
            let mode = encrypt.map(|_| "ms_mode=secure");
            spec.map("csi", MSGR2, |m| m.map("cephfs", MSGR2, |m| m.put("kernelMountOptions", mode)));
        }
        placement(spec, view, storage, place, disk_tolerations);
        disks(spec, nodes, disk_class.as_ref());
        looked_after(spec, checks);
        spec.map("priorityClassNames", PRIORITY, |m| {
            m.put("mon", ("system-node-critical", PRIORITY));
            m.put("osd", ("system-node-critical", PRIORITY));
            m.put("mgr", ("system-cluster-critical", PRIORITY));
        });
        spec.map("disruptionManagement", BUDGETS, |m| m.put("managePodBudgets", (true, BUDGETS)));
    });
    Part::object(ROOK, "cephcluster-rook-ceph", doc, CLUSTER)
}

fn page(spec: &mut Map, dashboard: Option<&Dashboard>) {
    spec.map("dashboard", PAGE, |m| match dashboard {
        None => m.put("enabled", (false, PAGE)),
        Some(Dashboard { port, tls, prefix, at }) => {
            m.put("enabled", Sp::new(true, *at));
            m.put("port", port);
            m.put("ssl", tls);
            m.put_some("urlPrefix", prefix.as_ref());
        }
    });
}

fn placement(spec: &mut Map, view: &View<'_>, storage: &Storage, place: &Place, disks: &[Toleration]) {
    // What else of it there is: the nodes of the groups are in the affinity, their addresses in a script.
    let Place { groups: _, nodes: _, tolerations: theirs, addresses: _, at: _ } = place;
    let kept = pinned(place) || !theirs.is_empty();
    if !kept && disks.is_empty() {
        return;
    }
    spec.map("placement", PLACED, |m| {
        if kept {
            m.map("mon", PLACED, |m| placed(m, view, storage));
            m.map("mgr", PLACED, |m| placed(m, view, storage));
        }
        if !disks.is_empty() {
            m.map("osd", TOLERATED, |m| tolerations(m, "tolerations", disks, TOLERATED));
            m.map("prepareosd", TOLERATED, |m| tolerations(m, "tolerations", disks, TOLERATED));
        }
    });
}

fn disks(spec: &mut Map, nodes: &[StorageNode], class: Option<&Sp<DeviceClass>>) {
    spec.map("storage", CHOSEN_DISKS, |m| {
        m.put("useAllNodes", (false, CHOSEN_DISKS));
        m.put("useAllDevices", (false, CHOSEN_DISKS));
        if let Some(class) = class {
            m.map("config", KIND_OF_DISK, |m| m.put("deviceClass", class));
        }
        m.list("nodes", CHOSEN_DISKS, |l| {
            for StorageNode { machine: _, name, devices, filter } in nodes {
                l.map(CHOSEN_DISKS, |m| {
                    m.put("name", name);
                    m.put_some("deviceFilter", filter.as_ref());
                    if !devices.is_empty() {
                        m.list("devices", STABLE_DISK, |l| {
                            // The name in the file is looked up; an unknown one is an error, and errors are not sealed.
                            for StorageDevice { number, named: _, class, at } in devices {
                                if let Some(n) = number {
                                    let link =
                                        words!["/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi", n].citing(*at);
                                    l.map(STABLE_DISK, |m| {
                                        m.put("name", (link, STABLE_DISK));
                                        if let Some(class) = class {
                                            m.map("config", KIND_OF_DISK, |m| m.put("deviceClass", class));
                                        }
                                    });
                                }
                            }
                        });
                    }
                });
            }
        });
    });
}

fn looked_after(spec: &mut Map, checks: &[StorageCheck]) {
    if checks.is_empty() {
        return;
    }
    spec.map("healthCheck", CHECKS, |m| {
        m.map("daemonHealth", CHECKS, |m| {
            for StorageCheck { of, every, timeout } in checks {
                m.map(words![of], CHECKS, |m| {
                    // Go reads no days: everything is in seconds.
                    m.put_some("interval", every.map(|s| (words![s, "s"], CHECKS)));
                    m.put_some("timeout", timeout.map(|s| (words![s, "s"], CHECKS)));
                });
            }
        });
    });
}

/// The pod with Ceph's commands.
pub(super) fn toolbox(view: &View<'_>, storage: &Storage) -> Part {
    const NAME: &str = "rook-ceph-tools";
    let app = |m: &mut Map| m.put("app", (NAME, TOOLBOX));
    let mut doc = object_with("apps/v1", "Deployment", (NAME, TOOLBOX), Some(ROOK), TOOLBOX, |m| {
        m.map("labels", TOOLBOX, app);
    });
    doc.map(key("spec", [storage.toolbox.at]), TOOLBOX, |m| {
        m.put("replicas", (1u8, TOOLBOX));
        m.map("selector", TOOLBOX, |m| m.map("matchLabels", TOOLBOX, app));
        m.map("template", TOOLBOX, |m| {
            m.map("metadata", TOOLBOX, |m| m.map("labels", TOOLBOX, app));
            m.map("spec", TOOLBOX, |m| {
                m.put("hostNetwork", (true, HOST_NETWORK));
                m.put("dnsPolicy", ("ClusterFirstWithHostNet", HOST_NETWORK));
                if pinned(&storage.place) {
                    m.map("affinity", PLACED, |m| affinity(m, view, storage));
                }
                tolerations(m, "tolerations", &storage.place.tolerations, TOLERATED);
                m.list("containers", TOOLBOX, |l| l.map(TOOLBOX, |m| container(m, storage)));
                m.list("volumes", TOOLBOX, volumes);
            });
        });
    });
    Part::object(ROOK, "deployment-rook-ceph-tools", doc, TOOLBOX)
}

fn container(m: &mut Map, storage: &Storage) {
    m.put("name", ("rook-ceph-tools", TOOLBOX));
    m.put("image", (words!["docker.io/rook/ceph:v", storage.chart], TOOLBOX));
    m.list("command", TOOLBOX, |l| l.push(("/usr/local/bin/toolbox.sh", TOOLBOX)));
    m.map("securityContext", TOOLBOX, |m| {
        m.put("runAsNonRoot", (true, TOOLBOX));
        m.put("runAsUser", (2016u16, TOOLBOX));
        m.put("runAsGroup", (2016u16, TOOLBOX));
        m.put("allowPrivilegeEscalation", (false, TOOLBOX));
        m.map("capabilities", TOOLBOX, |m| m.list("drop", TOOLBOX, |l| l.push(("ALL", TOOLBOX))));
    });
    m.list("env", TOOLBOX, |l| {
        l.map(CREDENTIALS, |m| {
            m.put("name", ("ROOK_CEPH_USERNAME", TOOLBOX));
            m.map("valueFrom", CREDENTIALS, |m| {
                m.map("secretKeyRef", CREDENTIALS, |m| {
                    m.put("name", ("rook-ceph-mon", CREDENTIALS));
                    m.put("key", ("ceph-username", CREDENTIALS));
                });
            });
        });
    });
    m.list("volumeMounts", TOOLBOX, |l| {
        for (name, path) in MOUNTS {
            l.map(TOOLBOX, |m| {
                m.put("name", (*name, TOOLBOX));
                m.put("mountPath", (*path, TOOLBOX));
            });
        }
    });
}

/// Volumes of the toolbox and where its script looks for them.
const MOUNTS: &[(&str, &str)] =
    &[("ceph-config", "/etc/ceph"), ("mon-endpoints", "/etc/rook"), ("admin-key", "/var/lib/rook-ceph-mon")];

fn volumes(l: &mut List) {
    l.map(TOOLBOX, |m| {
        m.put("name", (MOUNTS[0].0, TOOLBOX));
        m.put("emptyDir", (Map::new(), TOOLBOX));
    });
    l.map(TOOLBOX, |m| {
        m.put("name", (MOUNTS[1].0, TOOLBOX));
        m.map("configMap", TOOLBOX, |m| {
            m.put("name", ("rook-ceph-mon-endpoints", TOOLBOX));
            item(m, "data", "mon-endpoints");
        });
    });
    l.map(CREDENTIALS, |m| {
        m.put("name", (MOUNTS[2].0, TOOLBOX));
        m.map("secret", CREDENTIALS, |m| {
            m.put("secretName", ("rook-ceph-mon", CREDENTIALS));
            item(m, "ceph-secret", "secret.keyring");
        });
    });
}

fn item(m: &mut Map, key: &'static str, path: &'static str) {
    m.list("items", TOOLBOX, |l| {
        l.map(TOOLBOX, |m| {
            m.put("key", (key, TOOLBOX));
            m.put("path", (path, TOOLBOX));
        });
    });
}
