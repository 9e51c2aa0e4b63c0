//! The dashboard of who announces addresses of services: pools, speakers, sessions (RFC 7.5).

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{SIZE, percent, usual};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::Pool;
use crate::render::Why;
use crate::schema::{AnnounceMode, Announcer};
use crate::words;

/// The dashboard, where MetalLB runs.
pub fn board(view: &View<'_>) -> Option<Board> {
    let balancer = view.layer.balancers.iter().find(|b| b.by.v == Announcer::Metallb)?;
    let limits = &view.layer.monitoring.as_ref()?.alerts.thresholds;
    let (free, why) = percent(limits.pool_free);
    let full = (100 - free, why);
    let first = vec![
        Panel::new(Kind::Stat, "Controllers available", "none", "The controller gives addresses out. Without one new services get none.")
            .ask("kube_deployment_status_replicas_available{namespace=\"metallb-system\", deployment=\"metallb-controller\"}", "")
            .good_from(usual(1))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Speakers ready", "percent", "Of those that should run. Where none runs nobody answers for addresses.")
            .ask("100 * kube_daemonset_status_number_ready{namespace=\"metallb-system\", daemonset=\"metallb-speaker\"} / kube_daemonset_status_desired_number_scheduled{namespace=\"metallb-system\", daemonset=\"metallb-speaker\"}", "")
            .good_from(usual(100))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Old configurations", "none", "Pods that refuse their configuration and work by the one before.")
            .ask("sum(metallb_k8s_client_config_stale_bool)", "")
            .red_from(usual(1))
            .needs(&[Need::Metallb]),
        Panel::new(Kind::Stat, "Services with an address", "none", "Services of type LoadBalancer.")
            .ask("count(kube_service_spec_type{type=\"LoadBalancer\"}) or vector(0)", "")
            .needs(&[Need::Stack]),
    ];
    let gauges = balancer.pools.iter().map(|p| {
        let Pool { name, vlan, from, to, .. } = p;
        let v = view.t.vlan(vlan.v);
        let asked = words![
            "100 * max(metallb_allocator_addresses_in_use_total{pool=\"",
            name,
            "\"}) / max(metallb_allocator_addresses_total{pool=\"",
            name,
            "\"})"
        ];
        let what = words![
            "How much of ",
            from,
            " to ",
            to,
            " on VLAN ",
            v.name,
            " is given out. A service that finds no free address waits for one."
        ];
        Panel::new(Kind::Gauge, words![name], "percent", what)
            .ask(asked, "")
            .bad_from((full.0 - 10, full.1.clone()), full.clone())
            .most(usual(100))
            .needs(&[Need::Metallb])
    });
    let over_time = balancer.pools.iter().map(|p| {
        let size = (
            i64::from(u32::from(p.to.v)) - i64::from(u32::from(p.from.v)) + 1,
            Why::from(SIZE).also(p.from.at).also(p.to.at),
        );
        let asked = words!["max(metallb_allocator_addresses_in_use_total{pool=\"", p.name, "\"})"];
        Panel::new(
            Kind::Series,
            words![p.name, " over time"],
            "none",
            words!["Addresses of ", p.name, " that are given out; the scale ends with the pool."],
        )
        .ask(asked, "in use")
        .most(size)
        .needs(&[Need::Metallb])
    });
    let pools = gauges.zip(over_time).flat_map(|(a, b)| [a, b]).collect();
    let mut who = vec![
        Panel::new(Kind::Table, "Who announces what", "none", "Each address and the node that announces it.")
            .ask("max by (ip, node, protocol) (metallb_speaker_announced)", "")
            .needs(&[Need::Metallb]),
        Panel::new(Kind::Table, "Services by namespace", "none", "Services of type LoadBalancer.")
            .ask("count by (namespace) (kube_service_spec_type{type=\"LoadBalancer\"})", "")
            .needs(&[Need::Stack]),
    ];
    if balancer.mode.v == AnnounceMode::Bgp {
        for peer in balancer.bgp.iter().flat_map(|b| &b.peers) {
            let asked = words![
                "min by (pod) (frrk8s_bgp_session_up{peer=~\"",
                super::alternatives(std::iter::once(words![peer.address])),
                "(:[0-9]+)?\"})"
            ];
            who.push(
                Panel::new(
                    Kind::Stat,
                    words!["Sessions with ", peer.name],
                    "none",
                    words!["Whether each speaker talks BGP with ", peer.address, "."],
                )
                .ask(asked, "{{pod}}")
                .names(UP)
                .good_from(usual(1))
                .needs(&[Need::MetallbBgp]),
            );
        }
    }
    Some(Board {
        name: "network-metallb",
        title: "MetalLB",
        what: "Pools of addresses, who announces them, and whether it works by its present configuration.",
        rows: vec![
            Row { title: words!["What of MetalLB is there"], lines: lines(4, 4, first) },
            Row { title: words!["Pools"], lines: lines(7, 4, pools) },
            Row { title: words!["Announcements"], lines: lines(8, 3, who) },
        ],
    })
}

/// What 0 and 1 are called.
pub const UP: &[(&str, &str, &str)] = &[("0", "down", "red"), ("1", "up", "green")];
