//! Those who read logs: an agent on each node, and one that takes logs of firewalls.

use super::*;
use crate::consumer::charts;
use crate::emit::kube::{Chart, set};
use crate::ir::Syslog;
use crate::render::List;
use crate::schema::{Announcer, LogAgent, SyslogProtocol, Version};

/// What Alloy does on a node.
const NODES_FILE: &str = include_str!("nodes.alloy");
/// What Alloy does with logs of firewalls; `<port>` and `<protocol>` stand for what the topology says.
const SYSLOG_FILE: &str = include_str!("syslog.alloy");
/// The file in a ConfigMap of Alloy's.
const FILE: &str = "config.alloy";

/// The agent on each node.
pub(super) fn nodes(l: &Logging) -> Vec<Part> {
    match l.agent.v {
        LogAgent::Alloy => {
            let Some(version) = &l.alloy else { return Vec::new() };
            let mut doc = alloy("alloy-nodes");
            set(&mut doc, &["alloy"], "storagePath", ("/var/lib/alloy", STATE), STATE);
            set(&mut doc, &["alloy", "mounts"], "varlog", (true, NODES), NODES);
            let mut mounts = List::new();
            mounts.map(STATE, |m| {
                m.put("name", ("state", STATE));
                m.put("mountPath", ("/var/lib/alloy", STATE));
            });
            set(&mut doc, &["alloy", "mounts"], "extra", (mounts, STATE), STATE);
            doc.map("controller", NODES, |c| {
                c.put("type", (words!["daemonset"].citing(l.agent.at), NODES));
                c.put("tolerations", (everywhere(), NODES));
                c.map("volumes", STATE, |v| {
                    v.list("extra", STATE, |l| {
                        l.map(STATE, |m| {
                            m.put("name", ("state", STATE));
                            m.map("hostPath", STATE, |h| {
                                h.put("path", ("/var/lib/alloy", STATE));
                                h.put("type", ("DirectoryOrCreate", STATE));
                            });
                        });
                    });
                });
            });
            let text = (words![NODES_FILE].citing(l.agent.at), CONFIG);
            let config = config_map("alloy-nodes", SPACE, Map::new(), FILE, text, CONFIG);
            vec![
                Part::values("alloy", chart("alloy", "alloy", version), doc, NODES),
                Part::object(SPACE, "configmap-alloy-nodes", config, CONFIG),
            ]
        }
        LogAgent::Promtail => {
            let Some(version) = &l.promtail else { return Vec::new() };
            let mut doc = Map::new();
            doc.map("config", PROMTAIL, |c| {
                c.list("clients", PROMTAIL, |l| {
                    l.map(PROMTAIL, |m| m.put("url", ("http://loki.logging.svc:3100/loki/api/v1/push", PROMTAIL)));
                });
            });
            doc.put(Composed { text: "tolerations".into(), why: vec![l.agent.at] }, (everywhere(), PROMTAIL));
            vec![Part::values("promtail", chart("promtail", "promtail", version), doc, PROMTAIL)]
        }
    }
}

/// Whatever keeps others off a node.
fn everywhere() -> List {
    let mut list = List::new();
    list.map(NODES, |t| t.put("operator", ("Exists", NODES)));
    list
}

fn chart(name: &'static str, release: &'static str, version: &Sp<Version>) -> Chart {
    Chart { name, repository: charts::GRAFANA, version: version.clone(), release, namespace: SPACE }
}

/// What every Alloy has: its configuration from a ConfigMap of ours, and no word to its makers.
fn alloy(config: &'static str) -> Map {
    let mut doc = Map::new();
    doc.map("alloy", CONFIG, |a| {
        a.map("configMap", CONFIG, |c| {
            c.put("create", (false, CONFIG));
            c.put("name", (config, CONFIG));
            c.put("key", (FILE, CONFIG));
        });
        a.put("enableReporting", (false, SILENT));
    });
    doc.map("crds", NO_CRDS, |c| c.put("create", (false, NO_CRDS)));
    doc
}

/// What takes logs of firewalls: an agent, what it does, its address.
pub(super) fn syslog(l: &Logging, s: &Syslog) -> Vec<Part> {
    // Who sends is in policies and alerts.
    let Syslog { pool, address, giver, port, protocol, senders: _, at } = s;
    let Some(version) = &l.alloy else { return Vec::new() };
    let mut doc = alloy(SYSLOG);
    doc.map("controller", LISTENER, |c| {
        c.put("type", (words!["deployment"].citing(*at), LISTENER));
        c.put("replicas", (1u32, LISTENER));
    });
    doc.map("service", ADDRESS, |r| r.put("enabled", (false, ADDRESS)));
    doc.map("rbac", LISTENER, |r| r.put("create", (false, LISTENER)));
    doc.map("serviceAccount", LISTENER, |r| r.put("automountServiceAccountToken", (false, LISTENER)));
    let (before, rest) = SYSLOG_FILE.split_once("<port>").unwrap_or((SYSLOG_FILE, ""));
    let (between, after) = rest.split_once("<protocol>").unwrap_or((rest, ""));
    let text = (words![before, port, between, protocol, after], CONFIG);
    let config = config_map(SYSLOG, SPACE, Map::new(), FILE, text, CONFIG);
    let mut service = kube::object_with("v1", "Service", (SYSLOG, ADDRESS), Some(SPACE), ADDRESS, |m| {
        m.map("annotations", PINNED, |a| match giver.v {
            Announcer::Metallb => {
                a.put("metallb.io/address-pool", (words![pool].citing(giver.at), PINNED));
                a.put("metallb.io/loadBalancerIPs", address);
            }
            Announcer::Cilium => {
                a.put("lbipam.cilium.io/ips", (words![address].citing(pool.at).citing(giver.at), PINNED));
            }
        });
    });
    service.map("spec", ADDRESS, |m| {
        m.put("type", ("LoadBalancer", ADDRESS));
        m.put("externalTrafficPolicy", ("Local", ADDRESS));
        m.map("selector", ADDRESS, |m| {
            m.put("app.kubernetes.io/instance", (SYSLOG, ADDRESS));
            m.put("app.kubernetes.io/name", ("alloy", ADDRESS));
        });
        m.list("ports", ADDRESS, |l| {
            l.map(ADDRESS, |p| {
                p.put("name", ("syslog", ADDRESS));
                let word = match protocol.v {
                    SyslogProtocol::Tcp => "TCP",
                    SyslogProtocol::Udp => "UDP",
                };
                p.put("protocol", (words![word].citing(protocol.at), ADDRESS));
                p.put("port", port);
                p.put("targetPort", port);
            });
        });
    });
    vec![
        Part::values(SYSLOG, chart("alloy", SYSLOG, version), doc, LISTENER),
        Part::object(SPACE, "configmap-alloy-syslog", config, CONFIG),
        Part::object(SPACE, "service-alloy-syslog", service, ADDRESS),
    ]
}
