//! Pass: what traces need under a default deny: who sends them, who reads them; spells nothing.

use super::super::Cx;
use super::super::layer::At;
use super::derived::allowance;
use super::platform::{pods, ports, traffic};
use super::*;
use crate::consumer::Protocol;
use crate::ir::facts::ClusterFacts;

/// Tempo's pods.
fn tempo(at: Origin) -> Selector {
    pods(Tracing::NAMESPACE, &[("app.kubernetes.io/name", Tracing::NAME)], at)
}

/// Pods of the namespaces that are named hand traces to Tempo; an allowance like any other, so that both sides of it are open.
pub(super) fn allowances(c: &ClusterFacts, id: ClusterId, into: &mut Vec<Allow>, cx: &mut Cx<'_>) {
    let Some((t, name)) = c.tracing.as_ref().zip(c.name.as_ref()) else { return };
    let mut from = t.from.clone();
    from.sort_by(|a, b| a.v.cmp(&b.v));
    from.dedup_by(|a, b| a.v == b.v);
    if from.is_empty() {
        return;
    }
    let mut stated = t.otlp.clone();
    stated.sort_by_key(|p| p.v.port());
    let mut open = ports(&[], TRACES);
    open.ports = match stated.is_empty() {
        true => [OtlpProtocol::Grpc, OtlpProtocol::Http].map(|p| (p, TRACES.origin())).to_vec(),
        false => stated.into_iter().map(|p| (p.v, p.at)).collect(),
    }
    .into_iter()
    .map(|(p, at)| (Protocol::Tcp, cx.make(PortSpan((p.port(), p.port())), TRACES, &[at])))
    .collect();
    let zone = |selector: Selector| PolicyZone::Pods(Pods { cluster: id, at: selector.at, selector });
    let senders = from
        .into_iter()
        .map(|n| {
            let at = cx.derived(TRACES, &[n.at]);
            zone(Selector { namespace: Some(n), labels: Vec::new(), at })
        })
        .collect();
    let to = vec![zone(tempo(cx.derived(TRACES, &[t.at])))];
    into.push(allowance(&format!("traces of {}", name.v.0), senders, to, open, TRACES, t.at, cx));
}

/// Grafana asks Tempo. Prometheus is let in where metrics of every pod are.
pub(super) fn needs(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Need> {
    let (Some(t), Some(m)) = (&x.layer.tracing, &x.layer.monitoring) else { return Vec::new() };
    let at = cx.derived(TRACES_SEEN, &[t.at]);
    let seen = cx.derived(TRACES_SEEN, &[m.at]);
    let grafana = pods(Monitoring::NAMESPACE, &[("app.kubernetes.io/name", "grafana")], seen);
    let asked = || ports(&[(Protocol::Tcp, Tracing::PORT, Tracing::PORT)], TRACES_SEEN);
    vec![
        Need {
            name: "tempo",
            about: "Tempo shows traces to Grafana.",
            subject: Subject::Pods(tempo(at)),
            ingress: vec![traffic(PolicyPeer::Pods(vec![grafana.clone()]), asked())],
            egress: Vec::new(),
            why: TRACES_SEEN,
            by: t.at,
        },
        Need {
            name: "trace-pages",
            about: "Grafana shows traces.",
            subject: Subject::Pods(grafana),
            ingress: Vec::new(),
            egress: vec![traffic(PolicyPeer::Pods(vec![tempo(at)]), asked())],
            why: TRACES_SEEN,
            by: t.at,
        },
    ]
}
