//! The dashboard of delivery: which Applications are as the repository says, and which are well.

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::usual;
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::words;

/// The dashboard, where Argo CD runs.
pub fn board(view: &View<'_>) -> Option<Board> {
    view.layer.gitops.as_ref()?;
    let stat = |title: &'static str, what: &'static str, asked: &'static str| {
        Panel::new(Kind::Stat, title, "none", what).ask(asked, "").needs(&[Need::ArgoCd])
    };
    let first = vec![
        stat("Applications", "What Argo CD keeps.", "count(argocd_app_info) or vector(0)"),
        stat(
            "Not as the repository says",
            "Applications that differ, or that could not be compared.",
            "count(argocd_app_info{sync_status!=\"Synced\"}) or vector(0)",
        )
        .red_from(usual(1)),
        stat(
            "Not well",
            "Applications that are degraded, missing, on their way, or of which nothing is known.",
            "count(argocd_app_info{health_status!=\"Healthy\"}) or vector(0)",
        )
        .red_from(usual(1)),
    ];
    let each = vec![
        Panel::new(Kind::Table, "Each Application", "none", "What of it is as the repository says, and how it is.")
            .ask("max by (project, name, sync_status, health_status) (argocd_app_info)", "")
            .needs(&[Need::ArgoCd]),
        Panel::new(Kind::Series, "Syncs", "none", "How often Argo CD put something in force, by how that ended.")
            .ask("sum by (phase) (increase(argocd_app_sync_total[$__rate_interval]))", "{{phase}}")
            .needs(&[Need::ArgoCd]),
    ];
    Some(Board {
        name: "network-argo-cd",
        title: "Argo CD",
        what: "What is delivered, whether it is as the repository says, and whether it is well.",
        rows: vec![
            Row { title: words!["What is delivered"], lines: lines(4, 3, first) },
            Row { title: words!["Applications"], lines: lines(10, 2, each) },
        ],
    })
}
