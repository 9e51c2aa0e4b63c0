//! Alerts of Argo CD; data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "ArgoCDApplicationOutOfSync",
        about: About::ArgoCdSync,
        source: Source::Prometheus,
        needs: &[Need::ArgoCd],
        severity: AlertSeverity::Warning,
        after: 3600,
        expr: r#"max by (name) (argocd_app_info{sync_status=~"OutOfSync|Unknown"}) == 1"#,
        labels: &[],
        summary: "{{ $labels.name }} differs from its repository in <cluster>",
        description: "For an hour Argo CD has not brought {{ $labels.name }} of <cluster> to what the repository says, or could not compare the two.",
        proof: Proof {
            fires: &[series(r#"argocd_app_info{name="storage", sync_status="OutOfSync"}"#, "1x<n>")],
            labels: &[("name", "storage")],
            quiet: &[series(r#"argocd_app_info{name="storage", sync_status="Synced"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "ArgoCDApplicationDegraded",
        about: About::ArgoCd,
        source: Source::Prometheus,
        needs: &[Need::ArgoCd],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"max by (name) (argocd_app_info{health_status=~"Degraded|Missing|Unknown"}) == 1"#,
        labels: &[],
        summary: "{{ $labels.name }} is not well in <cluster>",
        description: "Argo CD calls {{ $labels.name }} of <cluster> degraded or missing, or cannot tell how it is.",
        proof: Proof {
            fires: &[series(r#"argocd_app_info{name="storage", health_status="Degraded"}"#, "1x<n>")],
            labels: &[("name", "storage")],
            quiet: &[series(r#"argocd_app_info{name="storage", health_status="Healthy"}"#, "1x<n>")],
        },
    },
];
