//! Hubble's part of the chart's values: who sees flows, what is counted, who makes certificates; decides nothing.

use super::{CERTIFICATES, COUNTED, HUBBLE, ISSUER};
use crate::emit::kube::set;
use crate::ir::Flows;
use crate::render::{Composed, Map};
use crate::schema::{FlowCertificates, FlowContext, FlowMetric};
use crate::source::Sp;
use crate::words;

/// Fills the key `hubble`.
pub fn hubble(m: &mut Map, f: &Flows) {
    let Flows { relay, ui, metrics, context, certificates, issuer, at: _ } = f;
    m.put("enabled", (true, HUBBLE));
    set(m, &["relay"], "enabled", relay, HUBBLE);
    set(m, &["ui"], "enabled", ui, HUBBLE);
    if !metrics.is_empty() {
        m.sub("metrics", HUBBLE).list("enabled", COUNTED, |l| {
            for metric in metrics {
                l.push((counted(*metric, context), COUNTED));
            }
        });
    }
    let method = certificates.map(|c| match c {
        FlowCertificates::CronJob => "cronJob",
        FlowCertificates::CertManager => "certmanager",
    });
    m.comment("Not the chart's own method: its certificates differ each time they are rendered.");
    let auto = m.sub("tls", CERTIFICATES).sub("auto", CERTIFICATES);
    auto.put("method", method);
    if let Some(name) = issuer {
        auto.map("certManagerIssuerRef", ISSUER, |m| {
            m.put("group", ("cert-manager.io", ISSUER));
            m.put("kind", ("ClusterIssuer", ISSUER));
            m.put("name", name);
        });
    }
}

/// A counted thing with its options, in Hubble's syntax.
fn counted(metric: Sp<FlowMetric>, context: &[Sp<FlowContext>]) -> Composed {
    // httpV2 replaces http, which is deprecated; both together are an error of the agent.
    let name = Sp::new(
        match metric.v {
            FlowMetric::Http => "httpV2",
            FlowMetric::Dns
            | FlowMetric::Drop
            | FlowMetric::Tcp
            | FlowMetric::Flow
            | FlowMetric::Icmp
            | FlowMetric::Policy
            | FlowMetric::Ports
            | FlowMetric::World => metric.v.word(),
        },
        metric.at,
    );
    let mut options: Vec<Composed> = Vec::new();
    if metric.v == FlowMetric::Dns {
        // Names are what DNS is watched for; IPv6 is off, so questions for AAAA say nothing.
        options.extend([words!["query"], words!["ignoreAAAA"]]);
    }
    if !context.is_empty() {
        let ends = || joined(context.iter().map(|c| words![c.map(identifier)]), "|");
        options.push(words!["sourceContext=", ends()]);
        options.push(words!["destinationContext=", ends()]);
    }
    match options.is_empty() {
        true => words![name],
        false => words![name, ":", joined(options.into_iter(), ";")],
    }
}

fn joined(parts: impl Iterator<Item = Composed>, between: &'static str) -> Composed {
    parts.reduce(|all, next| words![all, between, next]).unwrap_or_default()
}

/// What Hubble calls it (cilium 1.20, Documentation/observability/metrics: context options).
fn identifier(c: FlowContext) -> &'static str {
    match c {
        FlowContext::Workload => "workload-name",
        FlowContext::Reserved => "reserved-identity",
        FlowContext::Pod
        | FlowContext::App
        | FlowContext::Namespace
        | FlowContext::Dns
        | FlowContext::Ip
        | FlowContext::Identity => c.word(),
    }
}
