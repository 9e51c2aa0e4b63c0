//! Decided: traces of a cluster's applications; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::TempoCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Tempo in a cluster, and who sends it traces.
#[derive(Clone, Debug, Serialize)]
pub struct Tracing {
    /// The version of Tempo's chart as stated.
    pub chart: Sp<Version>,
    /// What is known of the chart.
    pub caps: Sp<&'static TempoCaps>,
    /// How long traces are kept.
    pub retention: Sp<Seconds>,
    /// The size of the volume, in MiB.
    pub size: Sp<u64>,
    /// The StorageClass of the volume.
    pub class: Sp<ObjectName>,
    /// How they come, ordered; never empty.
    pub otlp: Vec<Sp<OtlpProtocol>>,
    /// Namespaces whose pods send them, ordered.
    pub from: Vec<Sp<Namespace>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Tracing {
    /// The namespace of Tempo.
    pub const NAMESPACE: &'static str = "tracing";
    /// The label `app.kubernetes.io/name` of its pods, and the release (Tempo chart 2.3.0, templates/_helpers.tpl: tempo.name).
    pub const NAME: &'static str = "tempo";
    /// The port of what it answers and of its own figures (Tempo chart 2.3.0, values.yaml: tempo.server.http_listen_port).
    pub const PORT: u16 = 3200;
}

impl OtlpProtocol {
    /// Its port (OpenTelemetry Protocol 1.0, default ports; Tempo chart 2.3.0, values.yaml: tempo.receivers.otlp).
    pub fn port(self) -> u16 {
        match self {
            OtlpProtocol::Grpc => 4317,
            OtlpProtocol::Http => 4318,
        }
    }
}
