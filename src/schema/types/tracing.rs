//! Values of the language for traces of applications; reads single values, decides nothing.

use super::*;

words! {
    /// What keeps traces.
    TraceKeeper {
        Tempo = "tempo" "Grafana Tempo: one program that does everything",
    }
    /// How traces come (OpenTelemetry Protocol 1).
    OtlpProtocol {
        Grpc = "grpc" "OTLP over gRPC, port 4317",
        Http = "http" "OTLP over HTTP, port 4318",
    }
}
