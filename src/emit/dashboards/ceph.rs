//! The dashboard of Ceph's networks: what storage moves on each VLAN, who is there, and whether Ceph is well (RFC 7.5).

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::overview::node_traffic;
use super::{node_networks, percent, usual, vlan};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::Monitoring;
use crate::words;

/// The dashboard, where Ceph runs.
pub fn board(view: &View<'_>, m: &Monitoring) -> Option<Board> {
    let s = view.layer.storage.as_ref()?;
    let full = percent(m.alerts.thresholds.storage_full);
    let series = |title: &'static str, unit, what: &'static str| {
        Panel::new(Kind::Series, title, unit, what).needs(&[Need::Ceph])
    };
    let first = vec![
        Panel::new(Kind::Stat, "Health", "none", "As Ceph itself says. `ceph health detail` has the reasons.")
            .ask("max(ceph_health_status)", "")
            .names(&[("0", "OK", "green"), ("1", "warning", "orange"), ("2", "error", "red")])
            .bad_from(usual(1), usual(2))
            .needs(&[Need::Ceph]),
        Panel::new(
            Kind::Stat,
            "Monitors that agree",
            "none",
            words!["Of ", s.mons, ". Without most of them no volume can be read or written."],
        )
        .ask("sum(max by (ceph_daemon) (ceph_mon_quorum_status))", "")
        .good_from((i64::from(s.mons.v), s.mons.at.into()))
        .needs(&[Need::Ceph]),
        Panel::new(Kind::Stat, "Disks down", "none", "OSDs that do not run.")
            .ask("count(max by (ceph_daemon) (ceph_osd_up) == 0) or vector(0)", "")
            .red_from(usual(1))
            .needs(&[Need::Ceph]),
        Panel::new(
            Kind::Gauge,
            "Full",
            "percent",
            "Of all disks. From 85 % on Ceph warns, at 95 % it stops every write.",
        )
        .ask("100 * max(ceph_cluster_total_used_raw_bytes) / max(ceph_cluster_total_bytes)", "")
        .bad_from(full, usual(85))
        .most(usual(100))
        .needs(&[Need::Ceph]),
    ];
    let networks = node_networks(view);
    let of = |id| networks.iter().find(|(v, _)| *v == id).map(|(_, devices)| devices);
    let mut traffic = Vec::new();
    if let Some(devices) = of(s.public.v) {
        traffic.push(node_traffic(words!["Clients on ", vlan(view, s.public.v)].citing(s.public.at), devices));
    }
    if let Some(devices) = of(s.replication.v).filter(|_| s.replication.v != s.public.v) {
        traffic.push(node_traffic(words!["Copies on ", vlan(view, s.replication.v)].citing(s.replication.at), devices));
    }
    let moved = vec![
        series("What clients read and write", "Bps", "By pool.")
            .ask("sum by (name) (rate(ceph_pool_rd_bytes[$__rate_interval]) * on (pool_id) group_left (name) ceph_pool_metadata)", "{{name}} read")
            .ask("sum by (name) (rate(ceph_pool_wr_bytes[$__rate_interval]) * on (pool_id) group_left (name) ceph_pool_metadata)", "{{name}} write"),
        series("Disks take", "ms", "How long a write takes to be applied, the ten slowest. A single slow one is a disk, all of them are a network.")
            .ask("topk(10, max by (ceph_daemon) (ceph_osd_apply_latency_ms))", "{{ceph_daemon}}"),
    ];
    let who = vec![
        Panel::new(
            Kind::Table,
            "Disks and their addresses",
            "none",
            words![
                "Each OSD: clients ask it on ",
                vlan(view, s.public.v),
                ", others send it copies on ",
                vlan(view, s.replication.v),
                "."
            ],
        )
        .ask("max by (ceph_daemon, hostname, public_addr, cluster_addr) (ceph_osd_metadata)", "")
        .needs(&[Need::Ceph]),
        Panel::new(
            Kind::Table,
            "Monitors and their addresses",
            "none",
            words!["Each monitor: everybody asks it on ", vlan(view, s.public.v), "."],
        )
        .ask("max by (ceph_daemon, hostname, public_addr) (ceph_mon_metadata)", "")
        .needs(&[Need::Ceph]),
    ];
    Some(Board {
        name: "network-ceph",
        title: "Ceph and its networks",
        what: "What storage moves on each of its VLANs, who is there, and whether Ceph is well.",
        rows: vec![
            Row { title: words!["Health"], lines: lines(5, 4, first) },
            Row { title: words!["Throughput by node"], lines: lines(9, 2, traffic) },
            Row { title: words!["Pools and disks"], lines: lines(8, 2, moved) },
            Row { title: words!["Who is where"], lines: lines(8, 2, who) },
        ],
    })
}
