//! Alerts of who keeps logs and who sends them; data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "LokiDown",
        about: About::Loki,
        source: Source::Prometheus,
        needs: &[Need::Loki],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"absent(up{job="loki"} == 1)"#,
        labels: &[],
        summary: "Loki of <cluster> does not answer",
        description: "Prometheus reaches no Loki in <cluster>. Logs pile up where they are written and are lost there; alerts on logs are blind.",
        proof: Proof {
            fires: &[series(r#"up{job="loki", instance="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[series(r#"up{job="loki", instance="a"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "LokiRefusesLines",
        about: About::Loki,
        source: Source::Prometheus,
        needs: &[Need::Loki],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: "sum by (reason) (increase(loki_discarded_samples_total[15m])) > 0",
        labels: &[],
        summary: "Loki of <cluster> refuses lines: {{ $labels.reason }}",
        description: "Loki of <cluster> has thrown away lines for a quarter of an hour, for the reason {{ $labels.reason }}. They are not kept anywhere else.",
        proof: Proof {
            fires: &[series(r#"loki_discarded_samples_total{reason="rate_limited", tenant="fake"}"#, "0+60x<n>")],
            labels: &[("reason", "rate_limited")],
            quiet: &[series(r#"loki_discarded_samples_total{reason="rate_limited", tenant="fake"}"#, "60x<n>")],
        },
    },
    Alert {
        name: "AlloyDropsEntries",
        about: About::Alloy,
        source: Source::Prometheus,
        needs: &[Need::Alloy],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: "sum by (pod, reason) (increase(loki_write_dropped_entries_total[15m])) > 0",
        labels: &[],
        summary: "{{ $labels.pod }} of <cluster> loses logs: {{ $labels.reason }}",
        description: "{{ $labels.pod }} has not got lines to Loki of <cluster> for a quarter of an hour and gave them up, for the reason {{ $labels.reason }}.",
        proof: Proof {
            fires: &[series(
                r#"loki_write_dropped_entries_total{pod="alloy-a", reason="ingester_error", tenant=""}"#,
                "0+60x<n>",
            )],
            labels: &[("pod", "alloy-a"), ("reason", "ingester_error")],
            quiet: &[series(
                r#"loki_write_dropped_entries_total{pod="alloy-a", reason="ingester_error", tenant=""}"#,
                "60x<n>",
            )],
        },
    },
];
