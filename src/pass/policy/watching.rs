//! Pass: what monitoring needs on the network: allowances where a firewall is on the way, and what its pods may do under a
//! default deny; both from the same lists, so that nothing is looked at which nothing lets through.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::derived::{Stated, allowance};
use super::platform::{Measured, entities, everywhere, pods, ports, to, traffic, ways_in};
use super::*;
use crate::consumer::Protocol;
use crate::ir::facts::*;
use crate::pass::monitoring::ways;

/// Names of the pods, by the label `app.kubernetes.io/name` that their charts give them.
const PROMETHEUS: &str = "prometheus";
const ALERTMANAGER: &str = "alertmanager";
const BLACKBOX: &str = "prometheus-blackbox-exporter";
const SNMP: &str = "snmp-exporter";
/// Who takes alerts for Slack and for PagerDuty (their APIs: incoming webhooks; Events API v2).
const SLACK: &str = "hooks.slack.com";
const PAGERDUTY: &str = "events.pagerduty.com";

/// What nodes that run monitoring reach through firewalls of ours: packets of pods have their node's address there.
pub(super) fn allowances(s: &Stated<'_>, c: &ClusterFacts, id: ClusterId, into: &mut Vec<Allow>, cx: &mut Cx<'_>) {
    let Some(m) = &c.monitoring else { return };
    let cluster = s.t.cluster(id);
    let mut aims = ways::critical(s.t, id, cx);
    for p in &s.facts.publish {
        let ingress = p.to.as_ref().is_some_and(|t| t.ingress.is_some());
        if !ingress {
            aims.extend(ways::published(s.facts, s.index, s.t, p, cx));
        }
    }
    let mut open: BTreeMap<(u32, Option<u16>), Vec<Sp<Ipv4Addr>>> = BTreeMap::new();
    for aim in aims {
        for (g, _) in ways::judged(s.t, cluster, &aim).into_iter().flatten().filter(|(_, by)| by.is_some()) {
            open.entry((g, aim.port.map(|p| p.v))).or_default().push(aim.address);
        }
    }
    let mut through = |a: Sp<Ipv4Addr>, port: u16| {
        // Into a firewall only its `metrics` or an `allow` opens a way: what answers there topoc does not know.
        let itself = (0u32..).map(FirewallId).zip(&s.t.firewalls).map(|(id, _)| Sp::new(id, a.at));
        if itself.into_iter().any(|f| ways::has(s.t, &PolicyZone::Firewall(f), a.v)) {
            return;
        }
        let Some(to) = ways::vlan(s.t, a.v) else { return };
        for g in ways::groups(cluster) {
            if let ways::Way::Through(_) = ways::way(s.t, &cluster.groups[g as usize], to) {
                open.entry((g, Some(port))).or_default().push(a);
            }
        }
    };
    for t in &m.target {
        if let (Some(a), Some(p)) = (t.address, t.port) {
            through(a.map(|a| a.0), p.v.0);
        }
    }
    for ((g, port), mut list) in open {
        list.sort_by_key(|a| a.v);
        list.dedup_by_key(|a| a.v);
        let at = cx.derived(PROBED, &[m.at]);
        let group = PolicyZone::Nodes(Sp::new((id, g), at));
        let name = &cluster.groups[g as usize].name;
        let (name, service) = match port {
            None => (format!("pings of {name}"), pings()),
            Some(p) => (format!("probes of {name} at {p}"), ports(&[(Protocol::Tcp, p, p)], PROBED)),
        };
        let zones = list.into_iter().map(PolicyZone::Address).collect();
        into.push(allowance(&name, vec![group], zones, service, PROBED, m.at, cx));
    }
    for g in ways::groups(cluster) {
        let group = &cluster.groups[g as usize];
        let router = ways::leaves(s.t, group).map(|v| s.t.vlan(v).router.v);
        if !matches!(router, Some(Router::Firewall(f)) if f.is_known()) {
            continue;
        }
        for (port, (by, names)) in told(m) {
            let at = cx.derived(TOLD, &[m.at]);
            let name = format!("alerts of {} at {port}", group.name);
            let zones = names.into_iter().map(PolicyZone::Name).collect();
            let from = vec![PolicyZone::Nodes(Sp::new((id, g), at))];
            let service = told_at(port, &by, cx);
            into.push(allowance(&name, from, zones, service, TOLD, m.at, cx));
        }
    }
}

/// A ping: ICMP type 8; what answers passes by itself.
fn pings() -> Ports {
    Ports { icmp: vec![Sp::new(8, PROBES.origin())], ..Ports::default() }
}

/// The port at which somebody is told, and where it is said.
fn told_at(port: u16, by: &[Origin], cx: &mut Cx<'_>) -> Ports {
    let port = cx.make(PortSpan((port, port)), TOLD, by);
    Ports { ports: vec![(Protocol::Tcp, port)], ..Ports::default() }
}

/// Where a port is said, and the hosts of receivers that are told there.
type ToldAt = (Vec<Origin>, Vec<Sp<NamePattern>>);

/// Hosts of receivers by port, ordered.
fn told(m: &MonitoringFacts) -> BTreeMap<u16, ToldAt> {
    let mut all: BTreeMap<u16, ToldAt> = BTreeMap::new();
    let mut add = |port: u16, said: Option<Origin>, name: &str, at: Origin| {
        let (by, names) = all.entry(port).or_default();
        by.extend(said);
        names.push(Sp::new(NamePattern(name.into()), at));
    };
    for r in &m.receiver {
        if let Some((w, host)) = r.webhook.as_ref().and_then(|w| Some((w, w.host.as_ref()?))) {
            add(w.port.map_or(443, |p| p.v.0), w.port.map(|p| p.at), &host.v, host.at);
        }
        if let Some((e, server)) = r.email.as_ref().and_then(|e| Some((e, e.server.as_ref()?))) {
            add(e.port.map_or(587, |p| p.v.0), e.port.map(|p| p.at), &server.v, server.at);
        }
        if let Some(k) = &r.slack {
            add(443, None, SLACK, k.at);
        }
        if let Some(k) = &r.pagerduty {
            add(443, None, PAGERDUTY, k.at);
        }
    }
    for (_, names) in all.values_mut() {
        names.sort_by(|a, b| a.v.cmp(&b.v));
        names.dedup_by(|a, b| a.v == b.v);
    }
    all
}

/// What pods of monitoring may do under a default deny.
pub(super) fn needs(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let (Some(m), Some(facts)) = (&x.layer.monitoring, &x.c.monitoring) else { return Vec::new() };
    let own = |name: &str| pods(Monitoring::NAMESPACE, &[("app.kubernetes.io/name", name)], m.at);
    let mut all = vec![probes(x, m, own(BLACKBOX), by, cx)];
    let mut read: BTreeMap<u16, Vec<Net>> = BTreeMap::new();
    let exporters = m.firewalls.iter().filter_map(|f| Some((f.address, f.exporter?.v)));
    for (a, port) in exporters.chain(m.targets.iter().map(|t| (t.address, t.port.v))) {
        read.entry(port).or_default().push(net(a, FIGURES, cx));
    }
    if !read.is_empty() {
        all.push(Need {
            name: "figures",
            about: "Prometheus reads what has figures outside the cluster.",
            subject: Subject::Pods(own(PROMETHEUS)),
            ingress: Vec::new(),
            egress: read.into_iter().map(|(p, nets)| nets_at(nets, p, FIGURES)).collect(),
            why: FIGURES,
            by: m.at,
        });
    }
    let asked: Vec<Net> = m.firewalls.iter().filter(|f| f.snmp.is_some()).map(|f| net(f.address, ASKED, cx)).collect();
    if !asked.is_empty() {
        all.push(Need {
            name: "snmp",
            about: "The SNMP exporter asks firewalls.",
            subject: Subject::Pods(own(SNMP)),
            ingress: Vec::new(),
            egress: vec![traffic(PolicyPeer::Nets(sorted(asked)), ports(&[(Protocol::Udp, 161, 161)], ASKED))],
            why: ASKED,
            by: m.at,
        });
    }
    let mut egress: Vec<Traffic> = told(facts)
        .into_iter()
        .map(|(p, (said, names))| traffic(PolicyPeer::Names(names), told_at(p, &said, cx)))
        .collect();
    egress.extend(peers::dns(x, by, true, cx));
    all.push(Need {
        name: "alerts",
        about: "Alertmanager reaches those who are told.",
        subject: Subject::Pods(own(ALERTMANAGER)),
        ingress: Vec::new(),
        egress,
        why: TOLD,
        by: m.at,
    });
    all
}

/// What the blackbox exporter looks at.
fn probes(x: &At<'_>, m: &Monitoring, subject: Selector, by: DenyBy, cx: &mut Cx<'_>) -> Need {
    let mut at: BTreeMap<Option<u16>, Vec<Net>> = BTreeMap::new();
    let (mut api, mut inward) = (None, false);
    for p in &m.probes {
        match p.inside {
            // The shared address is a node's on one node and a stranger's on the others.
            Some(ProbeInside::Api) => {
                at.entry(p.port.map(|p| p.v)).or_default().push(net(p.address, PROBES, cx));
                api = p.port;
            }
            Some(ProbeInside::WaysIn) => inward = true,
            None => at.entry(p.port.map(|p| p.v)).or_default().push(net(p.address, PROBES, cx)),
        }
    }
    let mut egress = Vec::new();
    for (port, nets) in at {
        match port {
            Some(p) => egress.push(nets_at(nets, p, PROBES)),
            // A NetworkPolicy of Kubernetes has no word for it.
            None if by == DenyBy::Kubernetes => {}
            None => egress.push(traffic(PolicyPeer::Nets(sorted(nets)), pings())),
        }
    }
    if let Some(port) = api {
        let open = ports(&[(Protocol::Tcp, port.v, port.v)], PROBES);
        egress.push(entities(&[Entity::Host, Entity::KubeApiserver, Entity::RemoteNode], open, PROBES));
    }
    if inward {
        // On the way through Cilium's gateway a packet is held to where it ends, not to the gateway's port.
        let web = || ports(&[(Protocol::Tcp, 80, 80), (Protocol::Tcp, 443, 443)], PROBES);
        for way in ways_in(x, cx) {
            let open = if matches!(way, PolicyPeer::Pods(_)) { web() } else { Ports::default() };
            egress.push(traffic(way, open));
        }
        if x.layer.ui.is_some() && !x.layer.ingresses.iter().any(|i| i.gateway().is_some()) {
            egress.push(to(Entity::Ingress, Ports::default(), PROBES));
        }
    }
    Need {
        name: "probes",
        about: "The blackbox exporter reaches what it looks at.",
        subject: Subject::Pods(subject),
        ingress: Vec::new(),
        egress,
        why: PROBES,
        by: m.at,
    }
}

fn net(a: Sp<Ipv4Addr>, why: Rule, cx: &mut Cx<'_>) -> Net {
    Net { net: cx.make(peers::single(a.v), why, &[a.at]), except: Vec::new() }
}

fn sorted(mut nets: Vec<Net>) -> Vec<Net> {
    nets.sort_by_key(|n| n.net.v);
    nets.dedup_by_key(|n| n.net.v);
    nets
}

fn nets_at(nets: Vec<Net>, port: u16, why: Rule) -> Traffic {
    traffic(PolicyPeer::Nets(sorted(nets)), ports(&[(Protocol::Tcp, port, port)], why))
}

/// Metrics: pods let the scrapers in, the scrapers get out. Where monitoring is stated it says who they are and what they
/// read; `metrics` may add ports of applications.
pub(super) fn scraping(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Need> {
    let stated = x.c.default_deny.as_ref().and_then(|d| d.metrics.as_ref());
    let (namespace, by) = match (&x.c.monitoring, stated) {
        (Some(m), s) => {
            agrees(m, s, x, cx);
            let from: Vec<Origin> =
                [m.at].into_iter().chain(s.and_then(|s| s.namespace.as_ref()).map(|n| n.at)).collect();
            (cx.make(Namespace(Monitoring::NAMESPACE.into()), SCRAPED, &from), s.map_or(m.at, |s| s.at))
        }
        (None, Some(s)) if !s.tcp.is_empty() => match &s.namespace {
            Some(n) => (n.clone(), s.at),
            None => return Vec::new(),
        },
        (None, _) => return Vec::new(),
    };
    let more: Vec<Sp<PortSpan>> = stated.map(|s| s.tcp.clone()).unwrap_or_default();
    let open = |own: Vec<Measured>, cx: &mut Cx<'_>| {
        let own = own.into_iter().map(|(p, at)| cx.make(PortSpan((p, p)), METRICS, &[at]));
        let mut list: Vec<_> = more.iter().copied().chain(own).map(|p| (Protocol::Tcp, p)).collect();
        list.sort_by_key(|(_, p)| p.v);
        list.dedup_by_key(|(_, p)| p.v);
        Ports { ports: list, icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() }
    };
    let (of_pods, of_nodes) = measured(x, by);
    let (open, on_nodes) = (open(of_pods, cx), open(of_nodes, cx));
    let at = cx.derived(METRICS, &[namespace.at]);
    let scrapers = Selector { namespace: Some(namespace), labels: Vec::new(), at };
    let own = scrapers.clone();
    vec![
        Need {
            name: "metrics",
            about: "Metrics of every pod are scraped.",
            subject: Subject::Everything(Vec::new()),
            ingress: vec![traffic(PolicyPeer::Pods(vec![scrapers.clone()]), open.clone())],
            egress: Vec::new(),
            why: METRICS,
            by,
        },
        Need {
            name: "scrapers",
            about: "Scrapers talk to each other and reach metrics of pods and nodes.",
            subject: Subject::Pods(scrapers),
            ingress: vec![traffic(PolicyPeer::Pods(vec![own.clone()]), Ports::default())],
            egress: vec![
                traffic(PolicyPeer::Pods(vec![own]), Ports::default()),
                traffic(PolicyPeer::Pods(vec![everywhere(METRICS.origin())]), open),
                entities(&[Entity::Host, Entity::RemoteNode], on_nodes, METRICS),
            ],
            why: METRICS,
            by,
        },
    ]
}

/// E1251, L1252: what is said of scrapers beside monitoring.
fn agrees(m: &MonitoringFacts, stated: Option<&ScrapeFacts>, x: &At<'_>, cx: &mut Cx<'_>) {
    let Some(s) = stated else { return };
    if let Some(n) = s.namespace.as_ref().filter(|n| &*n.v.0 != Monitoring::NAMESPACE) {
        let (a, b) = (cx.span(n.at), cx.span(m.at));
        cx.report(
            Diag::new(code::E1251, format!("pods of {} are let in, and Prometheus is not among them", n.v))
                .at(a, "this namespace")
                .at(b, "Prometheus runs in the namespace monitoring")
                .help("remove `metrics` from `default-deny`: monitoring says it"),
        );
        return;
    }
    let (pods, nodes) = measured(x, s.at);
    let known: Vec<u16> = pods.into_iter().chain(nodes).map(|(p, _)| p).collect();
    if !s.tcp.is_empty() && s.tcp.iter().all(|p| p.v.0.0 == p.v.0.1 && known.contains(&p.v.0.0)) {
        let (a, b) = (cx.span(s.at), cx.span(m.at));
        cx.report(
            Diag::new(code::L1252, "monitoring opens these ports by itself")
                .at(a, "this adds nothing")
                .at(b, "to what this needs")
                .help("remove `metrics` from `default-deny`, or name ports of your applications"),
        );
    }
}

/// Ports of metrics of what runs: those of pods, and those of processes in the nodes' own network.
fn measured(x: &At<'_>, at: Origin) -> (Vec<Measured>, Vec<Measured>) {
    // CoreDNS; kubelet.
    let (mut pods, mut nodes) = (vec![(9153, at)], vec![(10250, at)]);
    let on = |s: &Sp<bool>| s.v.then_some(s.at);
    for i in &x.layer.ingresses {
        match &i.kind {
            IngressKind::Nginx(n) => pods.extend(on(&n.metrics).map(|at| (10254, at))),
            IngressKind::Gateway(_) => {}
        }
    }
    pods.extend(x.layer.certificates.iter().filter_map(|c| on(&c.metrics)).map(|at| (9402, at)));
    if let Some(c) = &x.layer.cilium {
        // Agent and operator.
        nodes.extend(on(&c.metrics).into_iter().flat_map(|at| [(9962, at), (9963, at)]));
        nodes.extend(c.flows.iter().filter(|f| !f.metrics.is_empty()).map(|f| (9965, f.metrics[0].at)));
    }
    for b in x.layer.balancers.iter().filter(|b| b.by.v == Announcer::Metallb) {
        // The controller is a pod, the speakers are in the nodes' network.
        pods.extend(b.metrics.iter().map(|m| (9120, m.at)));
        nodes.extend(b.metrics.iter().map(|m| (9120, m.at)));
    }
    if let (Some(_), Some(m)) = (&x.layer.tracing, &x.layer.monitoring) {
        pods.push((Tracing::PORT, m.at));
    }
    if let (Some(_), Some(m)) = (&x.layer.backup, &x.layer.monitoring) {
        pods.push((Velero::PORT, m.at));
    }
    if let (Some(_), Some(m)) = (&x.layer.gitops, &x.layer.monitoring) {
        // Controller, server and repository server of Argo CD.
        pods.extend([(8082, m.at), (8083, m.at), (8084, m.at)]);
    }
    if let (Some(l), Some(m)) = (&x.layer.logging, &x.layer.monitoring) {
        // Loki; Alloy.
        pods.push((3100, m.at));
        pods.extend(l.alloy.iter().map(|_| (12345, m.at)));
    }
    if let Some(m) = &x.c.monitoring {
        // node-exporter; Ceph's manager and Rook's exporter, on the nodes' network like all of Ceph.
        nodes.push((9100, m.at));
        let ceph = x.layer.storage.as_ref().and_then(|s| on(&s.metrics));
        nodes.extend(ceph.into_iter().flat_map(|at| [(9283, at), (9926, at)]));
    }
    (pods, nodes)
}
