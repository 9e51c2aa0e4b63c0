//! Emitter: traces of a cluster's applications: values of Tempo, its namespace, where Grafana finds it; decides nothing.

use super::kube::{self, Chart, Part, View, set};
use super::logging::{config_map, inner};
use super::{Meta, Out};
use crate::consumer::charts;
use crate::ir::{Sealed, Tracing};
use crate::render::Map;
use crate::schema::{OtlpProtocol, Seconds};
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    106;
    VALUES = "Values of the chart; what is not said here is the chart's own." @ "RFC 7.1, 8.2; Tempo chart 2.3.0, values.yaml";
    NAMESPACE = "Tempo has a namespace of its own, and nothing that the strictest level forbids." @ "RFC 7.1; Kubernetes, Pod Security Standards, restricted";
    STRICT = "The chart says which user runs it; what it may not do beside that is said here." @ "Tempo chart 2.3.0, tempo.securityContext; Kubernetes, Pod Security Standards, restricted";
    SILENT = "Nothing is told to the makers." @ "Tempo chart 2.3.0, tempo.reportingEnabled";
    KEPT = "So long, then blocks are deleted. Go's spans have no days." @ "RFC 7.1; Tempo 2.10, compactor.compaction.block_retention; Go, time.ParseDuration";
    OTLP = "Traces come by OpenTelemetry's protocol at its own ports." @ "RFC 7.1; Tempo chart 2.3.0, tempo.receivers.otlp";
    CLOSED = "What nobody sends by listens inside of the pod alone: the chart's list of ports wants an address for each." @ "Tempo chart, templates/_ports.tpl: tempo.receivers";
    VOLUME = "Everything is on one volume: what is open, and what was written." @ "Tempo chart 2.3.0, persistence; Tempo 2.10, storage.trace.local, storage.trace.wal";
    SOURCE = "Grafana knows Tempo by a name that stays." @ "RFC 7.1; kube-prometheus-stack 88.5.3, grafana.sidecar.datasources; Grafana 13, provisioning of Tempo";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "tracing",
    writes: "<folder>/base/tempo/values.yaml, <folder>/config/tracing/*.yaml",
    what: "Traces of applications: where they are kept, how they come, and where Grafana finds them.",
    reader: "Helm, kubectl, Argo CD, Grafana",
    apply: "`kubectl apply -k <folder>/config/tracing`, then Tempo's chart. Applications send by OTLP to `tempo.tracing.svc`, port 4317 for gRPC, 4318 for HTTP.",
    step: 9,
    rfc: "7.1",
    systems: &[("Tempo", "<folder>/base/tempo/values.yaml", "`cluster { tracing \"tempo\" }`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace of Tempo.
const SPACE: &str = Tracing::NAMESPACE;

/// Values and objects for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// All of it, where traces are kept.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(t) = &view.layer.tracing else { return Vec::new() };
    let namespace =
        kube::object_with("v1", "Namespace", (words![SPACE].citing(t.at), NAMESPACE), None, NAMESPACE, |m| {
            m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("restricted", NAMESPACE)));
        });
    let mut all = vec![values(t), Part::object("tracing", "namespace", namespace, NAMESPACE)];
    if let Some(m) = &view.layer.monitoring {
        all.push(Part::object("tracing", "configmap-grafana-tempo", source(m.at), SOURCE));
    }
    all
}

fn values(t: &Tracing) -> Part {
    // Who sends them is in the policies; what is known of the chart was held against its version.
    let Tracing { chart, caps: _, retention, size, class, otlp, from: _, at: _ } = t;
    let chart = Chart {
        name: "tempo",
        repository: charts::GRAFANA_COMMUNITY,
        version: chart.clone(),
        release: Tracing::NAME,
        namespace: SPACE,
    };
    let mut doc = Map::new();
    doc.map("tempo", VALUES, |m| {
        m.put("reportingEnabled", (false, SILENT));
        m.put("retention", (span(retention), KEPT));
        m.map("receivers", OTLP, |r| {
            let (grpc, http) = (OtlpProtocol::Grpc, OtlpProtocol::Http);
            for (word, protocol) in [("grpc", grpc), ("http", http)] {
                let by = otlp.iter().find(|p| p.v == protocol);
                let why: Vec<Origin> = by.map_or(otlp.iter().map(|p| p.at).collect(), |p| vec![p.at]);
                let (host, rule) = if by.is_some() { ("0.0.0.0", OTLP) } else { ("localhost", CLOSED) };
                let mut address = words![Sp::new(host, rule.origin()), ":", Sp::new(protocol.port(), rule.origin())];
                address.why.extend(why);
                set(r, &["otlp", "protocols", word], "endpoint", (address, rule), rule);
            }
            for (word, address) in JAEGER {
                set(r, &["jaeger", "protocols", word], "endpoint", (*address, CLOSED), CLOSED);
            }
        });
        m.map("securityContext", STRICT, |s| {
            s.put("allowPrivilegeEscalation", (false, STRICT));
            s.map("capabilities", STRICT, |c| c.list("drop", STRICT, |l| l.push(("ALL", STRICT))));
            s.map("seccompProfile", STRICT, |p| p.put("type", ("RuntimeDefault", STRICT)));
        });
    });
    doc.map("persistence", VOLUME, |p| {
        p.put("enabled", (true, VOLUME));
        p.put("size", (words![size, "Mi"], VOLUME));
        p.put("storageClassName", class);
    });
    Part::values("tempo", chart, doc, VALUES)
}

/// What the chart opens beside OTLP, and where it listens instead (Tempo chart 2.3.0, values.yaml: tempo.receivers.jaeger).
const JAEGER: &[(&str, &str)] = &[
    ("grpc", "localhost:14250"),
    ("thrift_binary", "localhost:6832"),
    ("thrift_compact", "localhost:6831"),
    ("thrift_http", "localhost:14268"),
];

/// A span of time as Go reads it.
fn span(s: &Sp<Seconds>) -> crate::render::Composed {
    match s.v.0 {
        n if n.is_multiple_of(3600) => words![Sp::new(n / 3600, s.at), "h"],
        n => words![Sp::new(n, s.at), "s"],
    }
}

/// Tempo as a source of data for Grafana.
fn source(monitoring: Origin) -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", (1u32, SOURCE));
    doc.list("datasources", SOURCE, |l| {
        l.map(SOURCE, |m| {
            m.put("name", (words!["Tempo"].citing(monitoring), SOURCE));
            m.put("uid", ("tempo", SOURCE));
            m.put("type", ("tempo", SOURCE));
            m.put("access", ("proxy", SOURCE));
            m.put("url", ("http://tempo.tracing.svc:3200", SOURCE));
        });
    });
    let mut labels = Map::new();
    labels.put("grafana_datasource", ("1", SOURCE));
    config_map("grafana-datasource-tempo", "monitoring", labels, "tempo.yaml", inner(&doc, SOURCE), SOURCE)
}
