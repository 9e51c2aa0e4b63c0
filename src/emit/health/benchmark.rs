//! The CIS benchmark by kube-bench: a CronJob for each kind of node.

use super::*;
use crate::schema::{NodeRole, Version};

/// Folders of a node that kube-bench reads, and where it looks for them (kube-bench, job.yaml of v0.7 to v0.15).
const READS: [(&str, &str, &str); 12] = [
    ("var-lib-cni", "/var/lib/cni", "/var/lib/cni"),
    ("var-lib-etcd", "/var/lib/etcd", "/var/lib/etcd"),
    ("var-lib-kubelet", "/var/lib/kubelet", "/var/lib/kubelet"),
    ("var-lib-kube-scheduler", "/var/lib/kube-scheduler", "/var/lib/kube-scheduler"),
    ("var-lib-kube-controller-manager", "/var/lib/kube-controller-manager", "/var/lib/kube-controller-manager"),
    ("etc-systemd", "/etc/systemd", "/etc/systemd"),
    ("lib-systemd", "/lib/systemd", "/lib/systemd"),
    ("srv-kubernetes", "/srv/kubernetes", "/srv/kubernetes"),
    ("etc-kubernetes", "/etc/kubernetes", "/etc/kubernetes"),
    ("usr-bin", "/usr/bin", "/usr/local/mount-from-host/bin"),
    ("etc-cni-netd", "/etc/cni/net.d", "/etc/cni/net.d"),
    ("opt-cni-bin", "/opt/cni/bin", "/opt/cni/bin"),
];

/// Label and taint of control-plane nodes (kubeadm).
const CONTROL: &str = "node-role.kubernetes.io/control-plane";

/// A CronJob for each role that has nodes.
pub(super) fn jobs(view: &View<'_>, version: &Sp<Version>, rhythm: &Rhythm) -> Vec<Part> {
    // Known by its minor versions alone (kube-bench, cfg/config.yaml: version_mapping).
    let kubernetes = view.t.targets.cluster.kubernetes.as_ref().map(|k| {
        let text = k.v.split('.').take(2).collect::<Vec<_>>().join(".");
        Composed { text, why: vec![k.at] }
    });
    let kinds = [
        (NodeRole::ControlPlane, "kube-bench-control-plane", "master,controlplane,etcd,node"),
        (NodeRole::Worker, "kube-bench-worker", "node"),
    ];
    let of = |role: NodeRole| view.cluster.groups.iter().filter(move |g| g.role.v == role);
    let count = |role| of(role).map(|g| g.nodes.len()).sum::<usize>();
    kinds
        .into_iter()
        .filter(|(role, ..)| count(*role) > 0)
        .map(|(role, name, targets)| {
            let nodes = (of(role)).fold(words![""], |all, g| all.citing(g.role.at));
            let nodes = Sp::new(count(role) as u32, nodes.why.first().copied().unwrap_or(view.cluster.at));
            let mut doc = kube::object("batch/v1", "CronJob", (name, BENCH), Some(CIS), BENCH);
            doc.map("spec", BENCH, |s| {
                again(s, rhythm, BENCH, |j| {
                    j.put("backoffLimit", (0, BOUNDED));
                    j.put("activeDeadlineSeconds", (1800, BOUNDED));
                    j.put("completions", nodes);
                    j.put("parallelism", nodes);
                    j.map("template", BENCH, |t| pod(t, (name, targets), role, version, kubernetes.as_ref()));
                });
            });
            Part::object(CIS, &format!("cronjob-{name}"), doc, BENCH)
        })
        .collect()
}

fn pod(
    t: &mut Map,
    (name, targets): (&'static str, &'static str),
    role: NodeRole,
    version: &Sp<Version>,
    kubernetes: Option<&Composed>,
) {
    t.map("metadata", BENCH, |m| m.map("labels", BENCH, |l| l.put("app.kubernetes.io/name", (name, BENCH))));
    t.map("spec", BENCH, |s| {
        s.put("restartPolicy", ("Never", BOUNDED));
        s.put("hostPID", (true, BENCH));
        s.put("automountServiceAccountToken", (false, BENCH));
        s.map("affinity", BENCH_ONCE, |a| {
            a.map("nodeAffinity", BENCH_ONCE, |n| {
                n.map("requiredDuringSchedulingIgnoredDuringExecution", BENCH_ONCE, |r| {
                    r.list("nodeSelectorTerms", BENCH_ONCE, |l| {
                        l.map(BENCH_ONCE, |m| {
                            m.list("matchExpressions", BENCH_ONCE, |l| {
                                l.map(BENCH_ONCE, |e| {
                                    e.put("key", (CONTROL, BENCH_ONCE));
                                    let there = match role {
                                        NodeRole::ControlPlane => "Exists",
                                        NodeRole::Worker => "DoesNotExist",
                                    };
                                    e.put("operator", (there, BENCH_ONCE));
                                });
                            });
                        });
                    });
                });
            });
            a.map("podAntiAffinity", BENCH_ONCE, |p| {
                p.list("requiredDuringSchedulingIgnoredDuringExecution", BENCH_ONCE, |l| {
                    l.map(BENCH_ONCE, |m| {
                        m.put("topologyKey", ("kubernetes.io/hostname", BENCH_ONCE));
                        m.map("labelSelector", BENCH_ONCE, |m| {
                            m.map("matchLabels", BENCH_ONCE, |l| {
                                l.put("app.kubernetes.io/name", (name, BENCH_ONCE));
                            });
                        });
                    });
                });
            });
        });
        // Every node is compared, whatever it keeps away.
        s.list("tolerations", BENCH_ONCE, |l| l.map(BENCH_ONCE, |m| m.put("operator", ("Exists", BENCH_ONCE))));
        s.list("containers", BENCH, |l| {
            l.map(BENCH, |c| {
                c.put("name", ("kube-bench", BENCH));
                c.put("image", (words!["docker.io/aquasec/kube-bench:v", version], BENCH));
                c.list("command", BENCH, |a| {
                    a.push(("kube-bench", BENCH));
                    a.push(("run", BENCH));
                    a.push(("--targets", BENCH));
                    a.push((targets, BENCH));
                    if let Some(version) = kubernetes {
                        a.push(("--version", BENCH_VERSION));
                        a.push((version.clone(), BENCH_VERSION));
                    }
                });
                c.list("volumeMounts", BENCH, |l| {
                    for (name, _, inside) in READS {
                        l.map(BENCH, |m| {
                            m.put("name", (name, BENCH));
                            m.put("mountPath", (inside, BENCH));
                            m.put("readOnly", (true, BENCH));
                        });
                    }
                });
            });
        });
        s.list("volumes", BENCH, |l| {
            for (name, path, _) in READS {
                l.map(BENCH, |m| {
                    m.put("name", (name, BENCH));
                    m.map("hostPath", BENCH, |h| h.put("path", (path, BENCH)));
                });
            }
        });
    });
}
