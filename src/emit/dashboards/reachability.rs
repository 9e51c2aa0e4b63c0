//! The dashboard of probes: what is published, what is expected to get through, and critical addresses by VLAN.

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::metallb::UP;
use super::{usual, vlan};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::{Monitoring, ProbeHow, ProbeOf, VlanId};
use crate::render::Composed;
use crate::words;

/// The dashboard, where anything is probed.
pub fn board(view: &View<'_>, m: &Monitoring) -> Option<Board> {
    let mut rows = Vec::new();
    let published = m.probes.iter().any(|p| matches!(p.of, ProbeOf::Publish(_)));
    if published {
        let of = |metric: &'static str| words!["min by (publish) (", metric, "{job=\"publish\"})"];
        let mut panels = vec![
            state(
                "Published services",
                "Whether each answers where it is served.",
                of("probe_success"),
                "{{publish}}",
                Need::Published,
            ),
            time(
                "Time to answer",
                words!["max by (publish) (probe_duration_seconds{job=\"publish\"})"],
                "{{publish}}",
                Need::Published,
            ),
        ];
        if m.probes.iter().any(|p| matches!((&p.of, &p.how), (ProbeOf::Publish(_), ProbeHow::Tls(..)))) {
            let (soon, urgent) = (&m.alerts.thresholds.soon, &m.alerts.thresholds.urgent);
            let expires = words!["min by (publish) (probe_ssl_earliest_cert_expiry{job=\"publish\"}) - time()"];
            let mut p = Panel::new(
                Kind::Stat,
                "Certificates expire in",
                "s",
                "Until the first certificate that is shown expires.",
            )
            .ask(expires, "{{publish}}")
            .needs(&[Need::Published]);
            let from = |s: &crate::source::Sp<crate::schema::Seconds>| Some((i64::from(s.v.0), s.at.into()));
            p.steps = vec![
                super::grafana::Step { from: None, color: "red" },
                super::grafana::Step { from: from(urgent), color: "orange" },
                super::grafana::Step { from: from(soon), color: "green" },
            ];
            panels.push(p);
        }
        rows.push(Row { title: words!["Published services"], lines: lines(7, 3, panels) });
    }
    if m.probes.iter().any(|p| matches!(p.of, ProbeOf::Expect(_))) {
        let of = |metric: &'static str| words!["min by (expect, instance) (", metric, "{job=\"expect\"})"];
        let panels = vec![
            state(
                "Expected connections",
                "What the topology expects to get through, tried from pods.",
                of("probe_success"),
                "{{expect}} {{instance}}",
                Need::Expected,
            ),
            time("Time to answer", of("probe_duration_seconds"), "{{expect}} {{instance}}", Need::Expected),
        ];
        rows.push(Row { title: words!["What is expected to get through"], lines: lines(7, 2, panels) });
    }
    for id in vlans(m) {
        let name = &view.t.vlan(id).name;
        let mut panels = Vec::new();
        let on = |of: &ProbeOf| match of {
            ProbeOf::Firewall(_, v, _) => (*v == id).then_some("opnsense-icmp"),
            ProbeOf::Critical(v, _) => (*v == id).then_some("critical-icmp"),
            ProbeOf::Publish(_) | ProbeOf::Expect(_) => None,
        };
        let mut jobs: Vec<&'static str> = m.probes.iter().filter_map(|p| on(&p.of)).collect();
        jobs.sort_unstable();
        jobs.dedup();
        let job = jobs.into_iter().map(|j| words![j]).reduce(|a, b| words![a, "|", b]).unwrap_or_default();
        let of = |metric: &'static str| words![metric, "{job=~\"", job, "\", vlan=\"", name, "\"}"];
        panels.push(state(
            words!["Addresses on ", name],
            "Whether each address answers.",
            of("probe_success"),
            "{{name}} {{instance}}",
            Need::Critical,
        ));
        panels.push(time(
            words!["Time to answer on ", name],
            of("probe_duration_seconds"),
            "{{name}} {{instance}}",
            Need::Critical,
        ));
        rows.push(Row { title: vlan(view, id), lines: lines(6, 2, panels) });
    }
    Some(Board {
        name: "network-reachability",
        title: "Service reachability",
        what: "Whether published services, expected connections and critical addresses answer, as pods of the cluster see it.",
        rows,
    })
}

/// VLANs on which addresses are probed, by tag.
fn vlans(m: &Monitoring) -> Vec<VlanId> {
    let mut all: Vec<VlanId> = m
        .probes
        .iter()
        .filter_map(|p| match p.of {
            ProbeOf::Firewall(_, v, _) | ProbeOf::Critical(v, _) => Some(v),
            ProbeOf::Publish(_) | ProbeOf::Expect(_) => None,
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn state(
    title: impl Into<super::grafana::Words>,
    what: &'static str,
    expr: Composed,
    legend: &'static str,
    need: Need,
) -> Panel {
    Panel::new(Kind::Stat, title, "none", what).ask(expr, legend).names(UP).good_from(usual(1)).needs(&[need])
}

fn time(title: impl Into<super::grafana::Words>, expr: Composed, legend: &'static str, need: Need) -> Panel {
    Panel::new(Kind::Series, title, "s", "How long a probe takes. It grows before something stops to answer.")
        .ask(expr, legend)
        .needs(&[need])
}
