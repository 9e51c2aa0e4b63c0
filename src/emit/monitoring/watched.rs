//! What Prometheus reads: monitors for what runs in the cluster, and firewalls and other things outside of it.

use super::*;
use crate::consumer::VELERO;
use crate::ir::{FigureTarget, Ingress, SnmpExporter, Tracing, WatchedFirewall};
use crate::render::List;

/// The name of the SNMP exporter's objects, and its label `app.kubernetes.io/name`.
const EXPORTER: &str = "snmp-exporter";

/// A monitor for pods, or for what a service leads to.
struct Monitor {
    kind: &'static str,
    job: &'static str,
    space: &'static str,
    labels: &'static [(&'static str, &'static str)],
    port: &'static str,
    /// Whether labels of the figures themselves stay.
    honor: bool,
    by: Origin,
    rule: Rule,
}

/// Monitors, scrape configurations and the SNMP exporter.
pub(super) fn parts(view: &View<'_>, m: &Monitoring) -> Vec<Part> {
    let mut all: Vec<Part> = monitors(view).iter().map(monitor).collect();
    all.extend(firewalls(view, m));
    if let Some(s) = &m.snmp {
        all.extend(snmp(view, m, s));
    }
    all.extend(m.targets.iter().map(target));
    all
}

/// Each family that tells its figures. MetalLB's monitors are its chart's: only with them does it make a service.
fn monitors(view: &View<'_>) -> Vec<Monitor> {
    let mut all = Vec::new();
    let cilium = |job, labels, port, by, rule| Monitor {
        kind: "PodMonitor",
        job,
        space: "kube-system",
        labels,
        port,
        honor: true,
        by,
        rule,
    };
    if let Some(c) = &view.layer.cilium {
        if c.metrics.v {
            all.push(cilium("cilium-agent", &[("k8s-app", "cilium")], "prometheus", c.metrics.at, CILIUM));
            let operator = &[("io.cilium/app", "operator"), ("name", "cilium-operator")];
            all.push(cilium("cilium-operator", operator, "prometheus", c.metrics.at, CILIUM));
        }
        if let Some(first) = c.flows.as_ref().and_then(|f| f.metrics.first()) {
            all.push(cilium("hubble", &[("k8s-app", "cilium")], "hubble-metrics", first.at, HUBBLE));
        }
    }
    if let Some(n) = view.layer.ingresses.iter().find_map(Ingress::nginx).filter(|n| n.metrics.v) {
        all.push(Monitor {
            kind: "ServiceMonitor",
            job: "ingress-nginx",
            space: "ingress-nginx",
            labels: &[("app.kubernetes.io/component", "controller"), ("app.kubernetes.io/name", "ingress-nginx")],
            port: "metrics",
            honor: false,
            by: n.metrics.at,
            rule: NGINX,
        });
    }
    if let Some(c) = view.layer.certificates.as_ref().filter(|c| c.metrics.v) {
        all.push(Monitor {
            kind: "PodMonitor",
            job: "cert-manager",
            space: "cert-manager",
            labels: &[("app.kubernetes.io/component", "controller"), ("app.kubernetes.io/name", "cert-manager")],
            port: "http-metrics",
            honor: false,
            by: c.metrics.at,
            rule: CERTIFICATES,
        });
    }
    if let Some(s) = view.layer.storage.as_ref().filter(|s| s.metrics.v) {
        let rook = |job, labels, port, honor| Monitor {
            kind: "ServiceMonitor",
            job,
            space: "rook-ceph",
            labels,
            port,
            honor,
            by: s.metrics.at,
            rule: CEPH,
        };
        let manager = &[("app", "rook-ceph-mgr"), ("rook_cluster", "rook-ceph")];
        all.push(rook("ceph", manager, "http-metrics", true));
        let exporter = &[("app", "rook-ceph-exporter"), ("rook_cluster", "rook-ceph")];
        all.push(rook("rook-ceph-exporter", exporter, "ceph-exporter-http-metrics", false));
    }
    all.extend(delivery(view));
    all.extend(logs(view));
    if let Some(v) = &view.layer.backup {
        all.push(Monitor {
            kind: "PodMonitor",
            job: "velero",
            space: VELERO,
            labels: &[("app.kubernetes.io/name", "velero"), ("name", "velero")],
            port: "http-monitoring",
            honor: false,
            by: v.at,
            rule: VELERO_FIGURES,
        });
    }
    if let Some(t) = &view.layer.tracing {
        all.push(Monitor {
            kind: "ServiceMonitor",
            job: Tracing::NAME,
            space: Tracing::NAMESPACE,
            labels: &[("app.kubernetes.io/instance", "tempo"), ("app.kubernetes.io/name", "tempo")],
            port: "tempo-prom-metrics",
            honor: false,
            by: t.at,
            rule: TEMPO,
        });
    }
    all
}

/// Argo CD's parts. What an Application is called and where it is are labels of the figures, and stay.
fn delivery(view: &View<'_>) -> Vec<Monitor> {
    let Some(g) = &view.layer.gitops else { return Vec::new() };
    let part = |job, labels| Monitor {
        kind: "ServiceMonitor",
        job,
        space: "argocd",
        labels,
        port: "http-metrics",
        honor: false,
        by: g.at,
        rule: ARGO_CD,
    };
    vec![
        part(
            "argocd-application-controller",
            &[("app.kubernetes.io/component", "application-controller"), ("app.kubernetes.io/part-of", "argocd")],
        ),
        part(
            "argocd-repo-server",
            &[("app.kubernetes.io/component", "repo-server"), ("app.kubernetes.io/part-of", "argocd")],
        ),
        part("argocd-server", &[("app.kubernetes.io/component", "server"), ("app.kubernetes.io/part-of", "argocd")]),
    ]
}

/// Who keeps logs, and who sends them.
fn logs(view: &View<'_>) -> Vec<Monitor> {
    let Some(l) = &view.layer.logging else { return Vec::new() };
    let of = |job, labels, by, rule| Monitor {
        kind: "PodMonitor",
        job,
        space: "logging",
        labels,
        port: "http-metrics",
        honor: false,
        by,
        rule,
    };
    let keeper = &[("app.kubernetes.io/component", "single-binary"), ("app.kubernetes.io/name", "loki")];
    let mut all = vec![of("loki", keeper, l.at, LOKI)];
    if l.alloy.is_some() {
        all.push(of("alloy", &[("app.kubernetes.io/name", "alloy")], l.agent.at, ALLOY));
    }
    all
}

/// What the monitors are of.
pub(super) fn jobs(view: &View<'_>) -> Vec<Watched> {
    monitors(view).into_iter().map(|Monitor { job, space, port, by, .. }| Watched { job, space, port, by }).collect()
}

fn monitor(w: &Monitor) -> Part {
    let Monitor { kind, job, space, labels, port, honor, by, rule } = w;
    let (kind, job, rule) = (*kind, *job, *rule);
    let mut doc = object(API, kind, key(job, [*by]), rule);
    let (list, file) = match kind {
        "PodMonitor" => ("podMetricsEndpoints", "podmonitor-"),
        _ => ("endpoints", "servicemonitor-"),
    };
    doc.map("spec", SCRAPED, |s| {
        s.map("namespaceSelector", rule, |n| n.list("matchNames", rule, |l| l.push((*space, rule))));
        s.map("selector", rule, |n| {
            n.map("matchLabels", rule, |l| labels.iter().for_each(|(k, v)| l.put(*k, (*v, rule))));
        });
        s.list(list, rule, |l| {
            l.map(rule, |e| {
                e.put("port", (*port, rule));
                if *honor {
                    e.put("honorLabels", (true, rule));
                }
                e.list("relabelings", JOB, |l| {
                    l.map(JOB, |r| {
                        r.put("targetLabel", ("job", JOB));
                        r.put("replacement", (job, JOB));
                    });
                });
            });
        });
    });
    Part::object("monitoring", &format!("{file}{job}"), doc, rule)
}

/// Figures of firewalls' nodes, by their own exporter.
fn firewalls(view: &View<'_>, m: &Monitoring) -> Option<Part> {
    let nodes: Vec<(&WatchedFirewall, &Sp<u16>)> =
        m.firewalls.iter().filter_map(|f| Some((f, f.exporter.as_ref()?))).collect();
    if nodes.is_empty() {
        return None;
    }
    let mut doc = object(API_ALPHA, "ScrapeConfig", words!["opnsense-node"], FIREWALLS);
    doc.map("spec", FIREWALLS, |s| {
        s.put("jobName", ("opnsense-node", JOB));
        s.list("staticConfigs", FIREWALLS, |l| {
            for (f, port) in nodes {
                l.map(FIREWALLS, |c| {
                    c.list("targets", FIREWALLS, |l| l.push((words![f.address, ":", port], FIREWALLS)));
                    c.map("labels", FIREWALLS, |n| {
                        n.put("firewall", &view.t.firewall(f.firewall).name);
                        n.put("node", &view.t.machine(f.node).name);
                    });
                });
            }
        });
    });
    Some(Part::object("monitoring", "scrapeconfig-opnsense-node", doc, FIREWALLS))
}

fn target(f: &FigureTarget) -> Part {
    let FigureTarget { name, address, port, path } = f;
    let mut doc = object(API_ALPHA, "ScrapeConfig", words!["target-", name], TARGET);
    doc.map("spec", TARGET, |s| {
        s.put("jobName", name);
        s.put("metricsPath", path);
        s.list("staticConfigs", TARGET, |l| {
            l.map(TARGET, |c| c.list("targets", TARGET, |l| l.push((words![address, ":", port], TARGET))));
        });
    });
    Part::object("monitoring", &format!("scrapeconfig-target-{}", name.v), doc, TARGET)
}

/// The SNMP exporter, and what it asks: one configuration a firewall, for each has a word of its own.
fn snmp(view: &View<'_>, m: &Monitoring, s: &SnmpExporter) -> Vec<Part> {
    let asked: Vec<(&WatchedFirewall, &Sp<SecretId>)> =
        m.firewalls.iter().filter_map(|f| Some((f, f.snmp.as_ref()?))).collect();
    let mut secrets: Vec<Sp<SecretId>> = asked.iter().map(|(_, s)| **s).collect();
    secrets.sort_by_key(|s| s.v);
    secrets.dedup_by_key(|s| s.v);
    let mut all = vec![
        Part::object("monitoring", "deployment-snmp-exporter", deployment(view, s, &secrets), SNMP),
        Part::object("monitoring", "service-snmp-exporter", service(), SNMP),
    ];
    let mut firewalls: Vec<_> = asked.iter().map(|(f, _)| f.firewall).collect();
    firewalls.sort();
    firewalls.dedup();
    for id in firewalls {
        let firewall = &view.t.firewall(id).name;
        let mut doc = object(API_ALPHA, "ScrapeConfig", words!["snmp-", firewall], SNMP);
        doc.map("spec", SNMP, |c| {
            c.put("jobName", ("snmp", JOB));
            c.put("metricsPath", ("/snmp", SNMP));
            c.map("params", SNMP, |p| {
                p.list("auth", SNMP, |l| l.push(firewall));
                p.list("module", IF_MIB, |l| l.push(("if_mib", IF_MIB)));
            });
            c.list("staticConfigs", SNMP, |l| {
                l.map(SNMP, |one| {
                    one.list("targets", SNMP, |l| {
                        asked.iter().filter(|(f, _)| f.firewall == id).for_each(|(f, _)| l.push(f.address));
                    });
                    one.map("labels", SNMP, |n| n.put("firewall", firewall));
                });
            });
            c.list("relabelings", SNMP, through);
        });
        all.push(Part::object("monitoring", &format!("scrapeconfig-snmp-{}", firewall.v), doc, SNMP));
    }
    all
}

/// The firewall's address is what the exporter is asked for, and the exporter is who is asked.
fn through(l: &mut List) {
    let mut step = |from: Option<&'static str>, to: &'static str, with: Option<&'static str>| {
        l.map(SNMP, |r| {
            if let Some(from) = from {
                r.list("sourceLabels", SNMP, |l| l.push((from, SNMP)));
            }
            r.put("targetLabel", (to, SNMP));
            if let Some(with) = with {
                r.put("replacement", (with, SNMP));
            }
        });
    };
    step(Some("__address__"), "__param_target", None);
    step(Some("__param_target"), "instance", None);
    step(None, "__address__", Some("snmp-exporter.monitoring.svc:9116"));
}

fn deployment(view: &View<'_>, s: &SnmpExporter, secrets: &[Sp<SecretId>]) -> Map {
    let SnmpExporter { version, stated } = s;
    let labels = |m: &mut Map| m.put("app.kubernetes.io/name", (EXPORTER, SNMP));
    let mut doc = object("apps/v1", "Deployment", key(EXPORTER, [stated.at]), SNMP);
    doc.map("spec", SNMP, |d| {
        d.put("replicas", (1u32, SNMP));
        d.map("selector", SNMP, |m| m.map("matchLabels", SNMP, labels));
        d.map("template", SNMP, |p| {
            p.map("metadata", SNMP, |m| m.map("labels", SNMP, labels));
            p.map("spec", SNMP, |pod| {
                pod.put("automountServiceAccountToken", (false, SNMP));
                pod.list("containers", SNMP, |l| {
                    l.map(SNMP, |c| {
                        c.put("name", (EXPORTER, SNMP));
                        c.put("image", (words!["quay.io/prometheus/snmp-exporter:v", version], SNMP));
                        c.list("args", SNMP, |l| {
                            l.push(("--config.file=/etc/snmp_exporter/snmp.yml", SNMP));
                            for s in secrets {
                                let file = words!["--config.file=/etc/snmp-auth/", named(view, s), "/auth.yml"];
                                l.push((file, SNMP));
                            }
                        });
                        c.list("ports", SNMP, |l| {
                            l.map(SNMP, |p| {
                                p.put("name", ("http", SNMP));
                                p.put("containerPort", (9116u32, SNMP));
                            });
                        });
                        c.map("securityContext", SNMP, |m| {
                            m.put("allowPrivilegeEscalation", (false, SNMP));
                            m.put("readOnlyRootFilesystem", (true, SNMP));
                            m.put("runAsNonRoot", (true, SNMP));
                            m.put("runAsUser", (65534u32, SNMP));
                            m.map("capabilities", SNMP, |c| c.list("drop", SNMP, |l| l.push(("ALL", SNMP))));
                        });
                        c.list("volumeMounts", SNMP, |l| {
                            for s in secrets {
                                l.map(SNMP, |m| {
                                    m.put("name", (named(view, s), SNMP));
                                    m.put("mountPath", (words!["/etc/snmp-auth/", named(view, s)], SNMP));
                                    m.put("readOnly", (true, SNMP));
                                });
                            }
                        });
                    });
                });
                pod.list("volumes", SNMP, |l| {
                    for s in secrets {
                        l.map(SNMP, |v| {
                            v.put("name", (named(view, s), SNMP));
                            v.map("secret", SNMP, |m| m.put("secretName", (named(view, s), SNMP)));
                        });
                    }
                });
            });
        });
    });
    doc
}

fn service() -> Map {
    let mut doc = object("v1", "Service", words![EXPORTER], SNMP);
    doc.map("spec", SNMP, |s| {
        s.map("selector", SNMP, |m| m.put("app.kubernetes.io/name", (EXPORTER, SNMP)));
        s.list("ports", SNMP, |l| {
            l.map(SNMP, |p| {
                p.put("name", ("http", SNMP));
                p.put("port", (9116u32, SNMP));
                p.put("targetPort", ("http", SNMP));
            });
        });
    });
    doc
}
