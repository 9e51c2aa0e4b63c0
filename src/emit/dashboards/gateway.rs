//! The dashboard of gateways that Cilium serves. Envoy's own figures have no source that topoc sets up, so requests are not
//! in it: what is known is whether the proxies run, and whether what is behind the gateways answers.

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{alternatives, usual};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::words;

/// The dashboard, where Cilium serves a gateway.
pub fn board(view: &View<'_>) -> Option<Board> {
    view.layer.cilium.as_ref()?;
    let mut rows = vec![Row {
        title: words!["Proxies"],
        lines: lines(
            8,
            2,
            vec![
                Panel::new(Kind::Stat, "Proxies ready", "percent", "Of those that should run, one on each node. Where none runs nothing answers behind a gateway.")
                    .ask("100 * kube_daemonset_status_number_ready{namespace=\"kube-system\", daemonset=\"cilium-envoy\"} / kube_daemonset_status_desired_number_scheduled{namespace=\"kube-system\", daemonset=\"cilium-envoy\"}", "")
                    .good_from(usual(100))
                    .needs(&[Need::Stack]),
                Panel::new(Kind::Series, "Proxies over time", "none", "How many run, and how many should.")
                    .ask("kube_daemonset_status_number_ready{namespace=\"kube-system\", daemonset=\"cilium-envoy\"}", "ready")
                    .ask("kube_daemonset_status_desired_number_scheduled{namespace=\"kube-system\", daemonset=\"cilium-envoy\"}", "wanted")
                    .needs(&[Need::Stack]),
            ],
        ),
    }];
    let mut any = false;
    for (way, g) in view.layer.gateways() {
        any = true;
        let Some((pool, address)) = &way.address else { continue };
        // A probe's instance is the address, with a port or without one, or the address within an URL.
        let instance = words!["(https?://)?", alternatives(std::iter::once(words![address])), "([:/].*)?"];
        let asked = |metric: &'static str| {
            words![metric, "{job=~\"publish|critical-icmp|expect\", instance=~\"", instance, "\"}"]
        };
        let what = words!["Whether ", g.name, " answers at ", address, " of the pool ", pool, "."];
        let panels = vec![
            Panel::new(Kind::Stat, words!["Answers at ", address], "none", what)
                .ask(asked("probe_success"), "{{instance}}")
                .names(super::metallb::UP)
                .good_from(usual(1))
                .needs(&[Need::Critical]),
            Panel::new(Kind::Series, words!["Time to answer at ", address], "s", "How long a probe takes.")
                .ask(asked("probe_duration_seconds"), "{{instance}}")
                .needs(&[Need::Critical]),
        ];
        rows.push(Row { title: words!["The gateway ", g.name], lines: lines(8, 2, panels) });
    }
    any.then_some(Board {
        name: "network-gateway",
        title: "Gateways",
        what: "Whether the proxies behind gateways run, and whether they answer.",
        rows,
    })
}
