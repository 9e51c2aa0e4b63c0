//! Alerts of storage; data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        // Only a manager in office tells figures: without one every other alert of Ceph has nothing to ask.
        name: "CephSilent",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Critical,
        after: 600,
        expr: "absent(ceph_health_status)",
        labels: &[],
        summary: "Ceph of <cluster> tells nothing",
        description: "No manager of Ceph tells figures in <cluster>. Whether <stores> can be read and written nobody knows; the other alerts of Ceph are blind.",
        proof: Proof { fires: &[], labels: &[], quiet: &[series(r#"ceph_health_status{instance="a"}"#, "2x<n>")] },
    },
    Alert {
        name: "CephHealthWarning",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: "max(ceph_health_status) == 1",
        labels: &[],
        summary: "Ceph of <cluster> warns",
        description: "Ceph of <cluster> has been in HEALTH_WARN. Volumes work; `ceph health detail` says what is wrong with <stores>.",
        proof: Proof {
            fires: &[series(r#"ceph_health_status{instance="a"}"#, "1x<n>")],
            labels: &[],
            quiet: &[series(r#"ceph_health_status{instance="a"}"#, "0x<n>")],
        },
    },
    Alert {
        name: "CephHealthError",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: "max(ceph_health_status) == 2",
        labels: &[],
        summary: "Ceph of <cluster> is in error",
        description: "Ceph of <cluster> is in HEALTH_ERR: data may be out of reach or lost. It keeps <stores>.",
        proof: Proof {
            fires: &[series(r#"ceph_health_status{instance="a"}"#, "2x<n>")],
            labels: &[],
            quiet: &[series(r#"ceph_health_status{instance="a"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "CephOSDDown",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: "max by (ceph_daemon) (ceph_osd_up) == 0",
        labels: &[],
        summary: "A disk of Ceph is down in <cluster>: {{ $labels.ceph_daemon }}",
        description: "{{ $labels.ceph_daemon }} is down. Disks of Ceph are on <storage-nodes>; until it is back or replaced, what it kept has a copy less.",
        proof: Proof {
            fires: &[series(r#"ceph_osd_up{ceph_daemon="osd.0"}"#, "0x<n>")],
            labels: &[("ceph_daemon", "osd.0")],
            quiet: &[series(r#"ceph_osd_up{ceph_daemon="osd.0"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "CephMonitorsMissing",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Critical,
        after: 900,
        expr: "sum(max by (ceph_daemon) (ceph_mon_quorum_status)) < <mons>",
        labels: &[],
        summary: "Not all monitors of Ceph agree in <cluster>",
        description: "Fewer than <mons> monitors are in the quorum of <cluster>. With fewer than <quorum> no volume can be read or written.",
        proof: Proof {
            fires: &[series(r#"ceph_mon_quorum_status{ceph_daemon="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[series(r#"ceph_mon_quorum_status{ceph_daemon="a"}"#, "<mons>x<n>")],
        },
    },
    Alert {
        name: "CephNearFull",
        about: About::Ceph,
        source: Source::Prometheus,
        needs: &[Need::Ceph],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: "100 * max(ceph_cluster_total_used_raw_bytes) / max(ceph_cluster_total_bytes) > <storage-full>",
        labels: &[],
        summary: "Ceph of <cluster> is nearly full",
        description: "More than <storage-full> % of Ceph's disks in <cluster> are taken. From 85 % on it warns, and at 95 % it stops every write to <stores>.",
        proof: Proof {
            fires: &[
                series("ceph_cluster_total_used_raw_bytes", "1000x<n>"),
                series("ceph_cluster_total_bytes", "1000x<n>"),
            ],
            labels: &[],
            quiet: &[
                series("ceph_cluster_total_used_raw_bytes", "0x<n>"),
                series("ceph_cluster_total_bytes", "1000x<n>"),
            ],
        },
    },
];
