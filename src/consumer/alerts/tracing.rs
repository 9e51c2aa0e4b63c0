//! Alerts of Tempo (RFC 7.1, 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "TempoDown",
        about: About::Traces,
        source: Source::Prometheus,
        needs: &[Need::Traces],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"absent(up{job="tempo"} == 1)"#,
        labels: &[],
        summary: "Tempo of <cluster> does not answer",
        description: "Prometheus reaches no Tempo in <cluster>. What applications send it is lost.",
        proof: Proof {
            fires: &[series(r#"up{job="tempo", instance="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[series(r#"up{job="tempo", instance="a"}"#, "1x<n>")],
        },
    },
    Alert {
        // Tempo tries again by itself; its makers call more than two in an hour ill (tempo-mixin: flushes_per_hour_failed).
        name: "TempoFlushesFailing",
        about: About::Traces,
        source: Source::Prometheus,
        needs: &[Need::Traces],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: "sum(increase(tempo_ingester_failed_flushes_total[1h])) > 2",
        labels: &[],
        summary: "Tempo of <cluster> cannot write what it has",
        description: "Tempo of <cluster> failed more than twice in an hour to write a block. Its volume may be full: what it has is lost with it.",
        proof: Proof {
            fires: &[series(r#"tempo_ingester_failed_flushes_total{instance="a"}"#, "0+1x<n>")],
            labels: &[],
            quiet: &[series(r#"tempo_ingester_failed_flushes_total{instance="a"}"#, "9x<n>")],
        },
    },
    Alert {
        name: "TempoSpansRefused",
        about: About::Traces,
        source: Source::Prometheus,
        needs: &[Need::Traces],
        severity: AlertSeverity::Info,
        after: 900,
        expr: "sum by (reason) (rate(tempo_discarded_spans_total[5m])) > 0",
        labels: &[],
        summary: "Tempo of <cluster> refuses spans: {{ $labels.reason }}",
        description: "Tempo of <cluster> has thrown spans away for a quarter of an hour, because of {{ $labels.reason }}. Traces have holes.",
        proof: Proof {
            fires: &[series(
                r#"tempo_discarded_spans_total{reason="rate_limited", tenant="single-tenant"}"#,
                "0+60x<n>",
            )],
            labels: &[("reason", "rate_limited")],
            quiet: &[series(r#"tempo_discarded_spans_total{reason="rate_limited", tenant="single-tenant"}"#, "60x<n>")],
        },
    },
];
