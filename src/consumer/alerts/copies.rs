//! Alerts of Velero's copies; data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "VeleroDown",
        about: About::Velero,
        source: Source::Prometheus,
        needs: &[Need::Velero],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"absent(up{job="velero"} == 1)"#,
        labels: &[],
        summary: "Velero of <cluster> does not answer",
        description: "Prometheus reaches no Velero in <cluster>. While it does not run nothing is copied.",
        proof: Proof {
            fires: &[series(r#"up{job="velero", instance="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[series(r#"up{job="velero", instance="a"}"#, "1x<n>")],
        },
    },
    Alert {
        // A copy that is there in part counts as one that failed; the next whole one ends it.
        name: "VeleroBackupFailed",
        about: About::Velero,
        source: Source::Prometheus,
        needs: &[Need::Velero],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: r#"min(velero_backup_last_status{schedule="topoc"}) == 0"#,
        labels: &[],
        summary: "The last copy of <cluster> failed",
        description: "The last copy that Velero made of <cluster> failed, or lacks something. `velero backup describe --details` says what.",
        proof: Proof {
            fires: &[series(r#"velero_backup_last_status{schedule="topoc", instance="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[series(r#"velero_backup_last_status{schedule="topoc", instance="a"}"#, "1x<n>")],
        },
    },
    Alert {
        // Until a first copy is whole there is no series (Velero, getLastSuccessBySchedule), which is as bad.
        name: "VeleroBackupLate",
        about: About::Velero,
        source: Source::Prometheus,
        needs: &[Need::Velero],
        severity: AlertSeverity::Critical,
        after: 3600,
        expr: r#"time() - max(velero_backup_last_successful_timestamp{schedule="topoc"}) > <copies-late> or absent(velero_backup_last_successful_timestamp{schedule="topoc"})"#,
        labels: &[],
        summary: "There is no fresh copy of <cluster>",
        description: "A whole copy of <cluster> is to be made every <copies-every>, and there is none of the last <copies-late-words>. What changed since is lost with the cluster.",
        proof: Proof {
            fires: &[series(
                r#"velero_backup_last_successful_timestamp{schedule="topoc", instance="a"}"#,
                "-<copies-late>x<n>",
            )],
            labels: &[],
            quiet: &[series(r#"velero_backup_last_successful_timestamp{schedule="topoc", instance="a"}"#, "0+60x<n>")],
        },
    },
];
