//! Pass: monitoring of what runs: who is told, what has figures, what is probed and what is not; spells nothing.

mod probes;
mod told;
pub(super) mod ways;

use super::layer::At;
use super::{Cx, alerts, or, policy};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    64;
    RETENTION = "figures are kept for fifteen days, as nothing else is stated" @ "RFC 7.1; prometheus, --storage.tsdb.retention.time";
    REPLICAS = "two, so that one may be lost; each collects everything" @ "RFC 7.1; Prometheus operator, high availability";
    ALERTS_ROOM = "alerts and silences are small" @ "Alertmanager, --storage.path; kube-prometheus-stack 88.5.3, alertmanagerSpec.storage";
    CEPH_CLASS = "figures are kept on the cluster's own block volumes" @ "RFC 5.8, 7.1";
    REPEAT = "who was told of what has not ended is told again after twelve hours, as nothing else is stated" @ "kube-prometheus-stack 88.5.3, alertmanager.config.route.repeat_interval";
    SUBMISSION = "the registered port for those who hand in mail" @ "RFC 6409";
    MAIL_TLS = "mail leaves the cluster encrypted, as nothing else is stated" @ "Alertmanager, smtp_require_tls";
    HTTPS = "the registered port of HTTPS" @ "RFC 9110 section 4.2.2";
    FIGURES_PATH = "figures are at /metrics, as nothing else is stated" @ "Prometheus, metrics_path";
    EXPORTER_PORT = "the port that Prometheus' node exporter has everywhere" @ "RFC 7.2; plugins 26.7, NodeExporter/General.xml";
    NODE_FIGURES = "each node of a firewall answers at its own address on that VLAN" @ "RFC 7.2; plugins 26.7, NodeExporter: listenaddress";
    SHARED = "whether a firewall answers is seen on every VLAN that it is on" @ "RFC 7.6, OPNsenseUnreachable";
    OWN_OF_PAIR = "each node of a pair is looked at by its own address, where pods are beside it" @ "RFC 7.6, 9.4";
    ROUTER = "the router beyond is looked at, so that one sees on which side of it something is lost" @ "RFC 7.6";
    STANDS = "hypervisors and machines are looked at by each address that stays theirs" @ "RFC 7.6";
    API = "what asks the API at its shared address gets a connection" @ "RFC 4.4, 7.6";
    WAY_IN = "an address of a service is on no interface and answers no ping, so a connection is opened" @ "MetalLB, concepts; Cilium, LB IPAM";
    INNER = "a published service is looked at where it is served: the translation before it shows from outside only" @ "RFC 7.6";
    EXPECTED = "what is expected to get through is tried, where pods stand on its side" @ "RFC 7.6";
    NAMED = "the name that the gateway has a certificate for; any name in place of a `*`" @ "RFC 6066 section 3";
    TRUSTED = "whether clients trust who issued the certificate" @ "RFC 5.6; Let's Encrypt, staging environment";
    IDENTITY = "who knows people is asked for its certificate, which nobody renews by itself" @ "RFC 3.2, 7.6";
    NOT_PROBED = "what cannot be looked at from pods of the cluster is written down" @ "RFC 7.6";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Monitoring> {
    let MonitoringFacts {
        at,
        retention,
        replicas,
        storage,
        grafana,
        receiver: _,
        default: _,
        watchdog: _,
        repeat: _,
        route: _,
        inhibit: _,
        snmp,
        target,
        alerts,
    } = x.c.monitoring.as_ref()?;
    let told = told::decide(x, cx);
    let firewalls = firewalls(x, snmp.filter(|s| s.v), cx);
    let mut targets: Vec<FigureTarget> = target.iter().filter_map(figures).collect();
    targets.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    taken(&targets, cx);
    strangers(x, &targets, cx);
    unreachable(x, &targets, cx);
    let (probes, unprobed) = probes::decide(x, cx);
    let asked = snmp.filter(|s| s.v).and_then(|stated| {
        let version = x.t.targets.cluster.snmp_exporter.as_ref()?.version.clone();
        if firewalls.iter().all(|f| f.snmp.is_none()) && x.t.incomplete.firewalls.is_empty() {
            let span = cx.span(stated.at);
            let asked = x.facts.firewall.iter().find(|f| f.metrics.is_some()).and_then(|f| f.name.as_ref());
            let groups = ways::groups(x.cluster);
            let nodes = groups.first().map_or("worker", |i| x.cluster.groups[*i as usize].name.v.as_str());
            let help = match asked {
                Some(f) => {
                    format!("snmp community=\"…\" in `metrics` of firewall \"{}\", or remove `snmp` here", f.v.0)
                }
                None => format!(
                    "metrics on=\"…\" {{ from {{ nodes \"{nodes}\" }}; snmp community=\"…\" }} in the firewall, \
                     or remove `snmp` here"
                ),
            };
            cx.report(Diag::new(code::E1254, "no firewall answers SNMP").at(span, "nobody would be asked").help(help));
        }
        Some(SnmpExporter { version, stated })
    });
    // Prometheus writes blocks of two hours (prometheus, storage.tsdb.min-block-duration), and deletes whole ones.
    if let Some(short) = retention.filter(|r| r.v.0 < 2 * 3600) {
        let span = cx.span(short.at);
        cx.report(
            Diag::new(
                code::E0205,
                format!("bad value for `retention`: figures are kept two hours at least, not {}", short.v),
            )
            .at(span, "what Prometheus writes is a block of two hours")
            .help("retention \"15d\""),
        );
    }
    let t = &x.t.targets.cluster;
    Some(Monitoring {
        chart: super::ingress::with_kubernetes(&t.prometheus_stack.as_ref()?.version, x, cx),
        blackbox: super::ingress::with_kubernetes(&t.blackbox_exporter.as_ref()?.version, x, cx),
        retention: or(*retention, Seconds(15 * 86400), RETENTION),
        replicas: or(replicas.map(|r| r.map(|n| n.0)), 2, REPLICAS),
        storage: self::storage(storage.as_ref()?, x, cx)?,
        grafana: grafana.as_ref().and_then(|g| secret(g.secret.as_ref()?, x)),
        told: told?,
        snmp: asked,
        firewalls,
        targets,
        probes,
        unprobed,
        alerts: alerts::decide(alerts.as_ref(), x, cx),
        at: *at,
    })
}

fn secret(s: &Sp<SecretRef>, x: &At<'_>) -> Option<Sp<SecretId>> {
    Some(Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())
}

/// Volumes and their class; E1247 where nobody says which.
fn storage(s: &MonitoringStorageFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<MonitoringStorage> {
    let MonitoringStorageFacts { at, prometheus, alertmanager, class } = s;
    let class = match class {
        Some(c) => Some(c.clone()),
        None => {
            let pools = x.layer.storage.as_ref().map_or(&[][..], |s| &s.pools);
            let chosen = pools.iter().find(|p| p.class.default.v).or(match pools {
                [only] => Some(only),
                _ => None,
            });
            chosen.map(|p| cx.make(ObjectName(p.name.v.as_str().into()), CEPH_CLASS, &[p.name.at]))
        }
    };
    if class.is_none() && (x.c.storage.is_empty() || x.layer.storage.is_some()) {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1247, "nobody says on what figures are kept")
                .at(span, "the cluster makes no default class of block volumes, and none is named")
                .note("without a class the volumes are never made, and Prometheus never starts")
                .help(format!("storage prometheus=\"50GiB\" class=\"{}\"", super::logging::some_class(x))),
        );
    }
    // Of the volume Prometheus may take 85 percent in whole MiB, and a limit of 0 is none (prometheus, --storage.tsdb.retention.size);
    // its write-ahead log alone has segments of 128 MiB (prometheus, storage, Operational aspects).
    if let Some(small) = prometheus.filter(|s| s.v.0 < 1024) {
        let span = cx.span(small.at);
        cx.report(
            Diag::new(code::E0205, "bad value for `prometheus`: a volume of figures has at least 1GiB")
                .at(span, "what is not written to disk yet takes more than this")
                .help("prometheus=\"50GiB\""),
        );
    }
    if let Some(small) = alertmanager.filter(|s| s.v.0 < 64) {
        let span = cx.span(small.at);
        cx.report(
            Diag::new(code::E0205, "bad value for `alertmanager`: a volume of alerts and silences has at least 64MiB")
                .at(span, "what is not written to disk yet takes more than this")
                .help("alertmanager=\"1GiB\""),
        );
    }
    Some(MonitoringStorage {
        prometheus: prometheus.map(|s| s.map(|s| s.0))?,
        alertmanager: or(alertmanager.map(|s| s.map(|s| s.0)), 1024, ALERTS_ROOM),
        class: class?,
    })
}

fn figures(f: &FigureTargetFacts) -> Option<FigureTarget> {
    let FigureTargetFacts { at: _, name, address, port, path } = f;
    Some(FigureTarget {
        name: name.clone()?,
        address: address.map(|a| a.map(|a| a.0))?,
        port: port.map(|p| p.map(|p| p.0))?,
        path: path.clone().unwrap_or_else(|| Sp::new(PathPrefix("/metrics".into()), FIGURES_PATH.origin())),
    })
}

/// Jobs that topoc and the chart have themselves.
const JOBS: &[&str] = &[
    "alertmanager",
    "apiserver",
    "argo-cd",
    "ceph",
    "cert-manager",
    "cilium-agent",
    "cilium-operator",
    "coredns",
    "critical-icmp",
    "expect",
    "hubble",
    "ingress-nginx",
    "kube-state-metrics",
    "kubelet",
    "metallb-controller",
    "metallb-speaker",
    "node-exporter",
    "opnsense-icmp",
    "opnsense-node",
    "prometheus",
    "publish",
    "rook-ceph-exporter",
    "snmp",
    "velero",
];

/// E1255: two jobs of one name.
fn taken(targets: &[FigureTarget], cx: &mut Cx<'_>) {
    for (i, t) in targets.iter().enumerate() {
        let again = targets[..i].iter().any(|o| o.name.v == t.name.v);
        if again || JOBS.contains(&&*t.name.v.0) {
            let span = cx.span(t.name.at);
            cx.report(
                Diag::new(code::E1255, format!("\"{}\" is the name of more than one job", t.name))
                    .at(span, "alerts and dashboards tell figures apart by it")
                    .help(format!("target \"own-{}\"", t.name)),
            );
        }
    }
}

/// Nodes of firewalls whose figures are read; E1245 where a firewall does not let Prometheus in (RFC fault N10).
fn firewalls(x: &At<'_>, snmp: Option<Sp<bool>>, cx: &mut Cx<'_>) -> Vec<WatchedFirewall> {
    let mut all = Vec::new();
    for f in &x.facts.firewall {
        let Some((name, m)) = f.name.as_ref().zip(f.metrics.as_ref()) else { continue };
        let id = x.index.firewall(&name.v.0);
        let on = m.on.as_ref().map(|v| x.index.vlan(&v.v.0)).filter(|v| v.is_known());
        let (Some(on), Some(from), true) = (on, &m.from, id.is_known()) else { continue };
        if x.t.incomplete.firewalls.contains(&id) || reaches(x, on).is_none() {
            continue;
        }
        let Some(zones) = policy::places(&from.zones, from.at, x.facts, x.index, x.t, cx) else { continue };
        let lets =
            |g: &NodeGroup| ways::sources(x.t, g, on).iter().all(|a| zones.iter().any(|z| ways::has(x.t, z, a.v)));
        let shut = ways::groups(x.cluster).into_iter().map(|i| &x.cluster.groups[i as usize]).find(|g| !lets(g));
        if let Some(g) = shut {
            let (a, b) = (cx.span(from.at), cx.span(x.c.monitoring.as_ref().map_or(g.at, |m| m.at)));
            cx.report(
                Diag::new(code::E1245, format!("firewall {} does not let Prometheus read its figures", name.v.0))
                    .at(a, format!("the nodes {} are not among these", g.name))
                    .at(b, "Prometheus runs on them")
                    .note("pods leave with the address of their node")
                    .help(format!("from {{ nodes \"{}\" }}", g.name)),
            );
        }
        let exporter = m.node_exporter.as_ref().map(|n| or(n.port.map(|p| p.map(|p| p.0)), 9100, EXPORTER_PORT));
        let community = m.snmp.as_ref().and_then(|s| secret(s.community.as_ref()?, x)).filter(|_| snmp.is_some());
        if exporter.is_none() && community.is_none() {
            continue;
        }
        for node in &x.t.firewall(id).nodes {
            let mut nics = x.t.machine(*node).nics.iter().filter(|n| n.vlan.v == on);
            let Some(a) = nics.find_map(|n| n.address) else { continue };
            let address = cx.make(a.v, NODE_FIGURES, &[a.at, m.at]);
            all.push(WatchedFirewall { firewall: id, node: *node, address, exporter, snmp: community });
        }
    }
    all.sort_by_key(|w| w.address.v);
    all
}

/// E1245: a firewall's own address is no target as long as nothing lets Prometheus in there (RFC fault N10). Behind a
/// firewall a way is opened for each target; into one only `metrics` opens it, for something must answer too.
fn strangers(x: &At<'_>, targets: &[FigureTarget], cx: &mut Cx<'_>) {
    for target in targets {
        let (a, port) = (target.address, target.port.v);
        let own = |id: FirewallId| ways::has(x.t, &PolicyZone::Firewall(Sp::new(id, a.at)), a.v);
        let Some((id, f)) = (0u32..).map(FirewallId).zip(&x.t.firewalls).find(|(id, _)| own(*id)) else { continue };
        let facts = x.facts.firewall.iter().find(|f| f.name.as_ref().is_some_and(|n| x.index.firewall(&n.v.0) == id));
        let metrics = facts.and_then(|f| f.metrics.as_ref());
        // It listens on each node's own address of one VLAN and on no other, and is let in there alone.
        let exporter =
            metrics.filter(|m| m.node_exporter.as_ref().is_some_and(|n| n.port.map_or(9100, |p| p.v.0) == port));
        let here = exporter.and_then(|m| listens(x, id, m));
        let answers = here.as_ref().is_some_and(|all| all.contains(&a.v));
        let Some(to) = ways::vlan(x.t, a.v).filter(|_| !answers) else { continue };
        let tcp = |p: &Ports| {
            let any = p.ports.is_empty() && p.icmp.is_empty() && p.protocols.is_empty();
            let of = |(q, s): &(crate::consumer::Protocol, Sp<PortSpan>)| {
                *q == crate::consumer::Protocol::Tcp && (s.v.0.0..=s.v.0.1).contains(&port)
            };
            any || p.ports.iter().any(of)
        };
        let lets = |g: &NodeGroup| {
            ways::sources(x.t, g, to).iter().all(|from| {
                x.t.allows.iter().filter(|r| tcp(&r.service) && r.schedule.is_none()).any(|r| {
                    let has = |zones: &[PolicyZone], a| zones.iter().any(|z| ways::has(x.t, z, a));
                    has(&r.from, from.v) && has(&r.to, a.v)
                })
            })
        };
        let shut = ways::groups(x.cluster).into_iter().map(|i| &x.cluster.groups[i as usize]).find(|g| !lets(g));
        let Some(g) = shut else { continue };
        let (at, there) = (cx.span(a.at), cx.span(metrics.map_or(f.at, |m| m.at)));
        let nodes: String = ways::groups(x.cluster)
            .into_iter()
            .map(|i| format!(" \"{}\"", x.cluster.groups[i as usize].name))
            .collect();
        let (why, help) = match (metrics, here.as_ref().and_then(|all| all.first())) {
            (Some(_), Some(own)) => {
                ("its figures are not at this address", format!("no `target`: they are read at {own}:{port} as it is"))
            }
            (None, _) => (
                "it tells nobody its figures",
                format!(
                    "metrics on=\"{}\" {{ from {{ nodes{nodes} }}; node-exporter }}, and no `target`",
                    x.t.vlan(to).name
                ),
            ),
            // Something else answers there: topoc does not know what, so somebody must say that it is let in.
            (Some(_), None) => (
                "its figures are not at this port",
                format!(
                    "service \"{n}\" {{ tcp {port} }}, and allow \"figures of {n}\" {{ from {{ nodes{nodes} }}; to {{ firewall \"{}\" }}; service \"{n}\" }}",
                    f.name,
                    n = target.name
                ),
            ),
        };
        cx.report(
            Diag::new(code::E1245, format!("nothing lets Prometheus read {}:{port} on firewall {}", a.v, f.name))
                .at(at, format!("asked from the nodes {}", g.name))
                .at(there, why)
                .note("pods leave with the address of their node")
                .help(help),
        );
    }
}

/// The addresses of a firewall at which it tells its figures; `None` where it is wrong on which VLAN.
fn listens(x: &At<'_>, id: FirewallId, m: &FirewallMetricsFacts) -> Option<Vec<std::net::Ipv4Addr>> {
    let on = m.on.as_ref().map(|v| x.index.vlan(&v.v.0)).filter(|v| v.is_known())?;
    let f = x.t.firewall(id);
    let nics = f.nodes.iter().flat_map(|n| &x.t.machine(*n).nics).filter(|n| n.vlan.v == on);
    let own: Vec<_> = nics.filter_map(|n| n.address).map(|a| a.v).collect();
    let shared = || f.legs.iter().filter(|l| l.vlan.v == on).filter_map(|l| l.address).map(|a| a.v).collect();
    Some(if own.is_empty() { shared() } else { own })
}

/// E1319: an address that Prometheus never gets to, or that no program keeps.
fn unreachable(x: &At<'_>, targets: &[FigureTarget], cx: &mut Cx<'_>) {
    for t in targets {
        let a = t.address;
        let pods = || x.t.clusters.iter().find(|c| c.pods.v.contains(&a.v));
        let (what, at) = if let Some(c) = pods() {
            ("a pod has another address as soon as it starts again", c.pods.at)
        } else if let Some(v) = ways::vlan(x.t, a.v).filter(|v| reaches(x, *v).is_none()) {
            ("the nodes of the cluster have no way to this VLAN", x.t.vlan(v).at)
        } else {
            continue;
        };
        let (here, there) = (cx.span(a.at), cx.span(at));
        cx.report(
            Diag::new(code::E1319, format!("nothing answers at {} for \"{}\"", a.v, t.name))
                .at(here, what)
                .at(there, "here")
                .help("the address of a machine that the nodes reach, or remove the target"),
        );
    }
}

/// Whether every node that takes pods gets to a VLAN.
fn reaches(x: &At<'_>, to: VlanId) -> Option<()> {
    let all = ways::groups(x.cluster);
    all.iter().all(|i| ways::way(x.t, &x.cluster.groups[*i as usize], to) != ways::Way::Nowhere).then_some(())
}

/// E1246: what is looked at through a firewall, and a `deny` stops it there.
fn refused(x: &At<'_>, aim: &ways::Aim, by: &[(u32, Option<FirewallId>)], cx: &mut Cx<'_>) {
    let Some(to) = ways::vlan(x.t, aim.address.v) else { return };
    let said: Origin = x.c.monitoring.as_ref().map_or(x.cluster.at, |m| m.at);
    for (g, _) in by.iter().filter(|(_, f)| f.is_some()) {
        let group = &x.cluster.groups[*g as usize];
        let sources = ways::sources(x.t, group, to);
        let stops = |d: &&Deny| {
            let p = &d.service;
            let any = p.ports.is_empty() && p.icmp.is_empty() && p.protocols.is_empty();
            let port = |n: u16| {
                p.ports.iter().any(|(q, s)| *q == crate::consumer::Protocol::Tcp && (s.v.0.0..=s.v.0.1).contains(&n))
            };
            let of = any || aim.port.map_or_else(|| p.icmp.iter().any(|i| i.v == 8), |n| port(n.v));
            let from = sources.iter().any(|a| d.from.iter().any(|z| ways::has(x.t, z, a.v)));
            of && from && d.schedule.is_none() && d.to.iter().any(|z| ways::has(x.t, z, aim.address.v))
        };
        if let Some(d) = x.t.denies.iter().find(stops) {
            let (a, b, c) = (cx.span(d.at), cx.span(aim.address.at), cx.span(said));
            cx.report(
                Diag::new(code::E1246, format!("\"{}\" stops what looks whether others answer", d.name.v.0))
                    .gathered()
                    .at(a, format!("this holds for the nodes {}, on which it runs", group.name))
                    .at(b, format!("{} would be looked at here, and never seem to answer", aim.name))
                    .at(c, "this looks")
                    .help("name in the `deny` what it is meant for: its service, or who may not"),
            );
            return;
        }
    }
}
