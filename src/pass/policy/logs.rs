//! Pass: what logs need under a default deny: who sends them, who keeps them, who reads them; spells nothing.

use super::super::Cx;
use super::super::layer::At;
use super::platform::{entities, pods, ports, traffic};
use super::*;
use crate::consumer::Protocol;

/// The namespace of everything that is about logs.
const SPACE: &str = "logging";
/// The port of Loki.
const LOKI: u16 = 3100;

/// Firewalls reach the listener, agents reach Loki, Loki reaches its store, Alertmanager hears of alerts, Grafana asks.
pub(super) fn needs(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Need> {
    let Some(l) = &x.layer.logging else { return Vec::new() };
    let named = |name: &str, at| pods(SPACE, &[("app.kubernetes.io/name", name)], at);
    let at = cx.derived(LOGS, &[l.at]);
    let loki = named("loki", at);
    let agents = match l.agent.v {
        LogAgent::Alloy => vec![named("alloy", at)],
        LogAgent::Promtail if l.syslog.is_some() => vec![named("alloy", at), named("promtail", at)],
        LogAgent::Promtail => vec![named("promtail", at)],
    };
    let asked = || ports(&[(Protocol::Tcp, LOKI, LOKI)], LOGS);
    let monitoring = x.layer.monitoring.as_ref().map(|m| cx.derived(LOGS_SEEN, &[m.at]));
    let of_monitoring = |name: &str, at| pods("monitoring", &[("app.kubernetes.io/name", name)], at);
    let mut askers = agents.clone();
    askers.extend(monitoring.map(|at| of_monitoring("grafana", at)));
    askers.sort_by(|a, b| a.order().cmp(&b.order()));
    let own = || traffic(PolicyPeer::Pods(vec![named("loki", at)]), Ports::default());
    let mut egress = vec![own()];
    if let Some(o) = &l.objects {
        let port = cx.make(PortSpan((o.port.v, o.port.v)), LOGS_KEPT, &[o.port.at]);
        let open =
            Ports { ports: vec![(Protocol::Tcp, port)], icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() };
        egress.push(entities(&[Entity::Host, Entity::RemoteNode], open, LOGS_KEPT));
    }
    let told = l.alerts.as_ref().and(monitoring);
    let alerts = || ports(&[(Protocol::Tcp, 9093, 9093)], LOGS_SEEN);
    if let Some(at) = told {
        egress.push(traffic(PolicyPeer::Pods(vec![of_monitoring("alertmanager", at)]), alerts()));
    }
    let mut all = vec![Need {
        name: "loki",
        about: "Loki takes logs of the agents, and reaches where it keeps them.",
        subject: Subject::Pods(loki.clone()),
        ingress: vec![own(), traffic(PolicyPeer::Pods(askers), asked())],
        egress,
        why: LOGS,
        by: l.at,
    }];
    for (name, agent) in [("log-agents", agents.first()), ("log-agents-retired", agents.get(1))] {
        let Some(agent) = agent else { continue };
        all.push(Need {
            name,
            about: "Agents hand on what they read.",
            subject: Subject::Pods(agent.clone()),
            ingress: Vec::new(),
            egress: vec![traffic(PolicyPeer::Pods(vec![loki.clone()]), asked())],
            why: LOGS,
            by: l.at,
        });
    }
    all.extend(l.syslog.as_ref().and_then(|s| listener(x, s, cx)));
    if let Some(at) = told {
        all.push(Need {
            name: "log-alerts",
            about: "Alertmanager hears of alerts on logs.",
            subject: Subject::Pods(of_monitoring("alertmanager", at)),
            ingress: vec![traffic(PolicyPeer::Pods(vec![loki.clone()]), alerts())],
            egress: Vec::new(),
            why: LOGS_SEEN,
            by: l.at,
        });
    }
    if let Some(at) = monitoring {
        all.push(Need {
            name: "log-pages",
            about: "Grafana shows logs.",
            subject: Subject::Pods(of_monitoring("grafana", at)),
            ingress: Vec::new(),
            egress: vec![traffic(PolicyPeer::Pods(vec![loki]), asked())],
            why: LOGS_SEEN,
            by: l.at,
        });
    }
    all
}

/// Nodes of firewalls that send here, each by its own addresses: which one it sends from is its own routing's.
fn listener(x: &At<'_>, s: &Syslog, cx: &mut Cx<'_>) -> Option<Need> {
    let mut nets = Vec::new();
    for sender in &s.senders {
        for m in &x.t.firewall(sender.firewall).nodes {
            let own = x.t.machine(*m).nics.iter().filter_map(|n| n.address);
            nets.extend(
                own.map(|a| Net {
                    net: cx.make(peers::single(a.v), LOGS_SENT, &[a.at, sender.at]),
                    except: Vec::new(),
                }),
            );
        }
    }
    nets.sort_by_key(|n| n.net.v);
    nets.dedup_by_key(|n| n.net.v);
    if nets.is_empty() {
        return None;
    }
    let protocol = match s.protocol.v {
        SyslogProtocol::Tcp => Protocol::Tcp,
        SyslogProtocol::Udp => Protocol::Udp,
    };
    let port = cx.make(PortSpan((s.port.v, s.port.v)), LOGS_SENT, &[s.port.at, s.protocol.at]);
    let open = Ports { ports: vec![(protocol, port)], icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() };
    let at = cx.derived(LOGS_SENT, &[s.at]);
    let release = [("app.kubernetes.io/instance", "alloy-syslog"), ("app.kubernetes.io/name", "alloy")];
    Some(Need {
        name: "syslog",
        about: "Firewalls send their logs to the listener, and nobody else does.",
        subject: Subject::Pods(pods(SPACE, &release, at)),
        ingress: vec![traffic(PolicyPeer::Nets(nets), open)],
        egress: Vec::new(),
        why: LOGS_SENT,
        by: s.at,
    })
}
