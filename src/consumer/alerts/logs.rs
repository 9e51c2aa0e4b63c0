//! Alerts on logs of firewalls, for Loki's ruler: what only logs tell; data alone.
//!
//! Each cause has one alert. What a firewall stops and what its intrusion detection sees no exporter tells, so it is asked of
//! its logs, here and nowhere else. Who asks is the label `opnsense_host` of the line, so one rule is for all firewalls.

use super::{About, Alert, Proof, Source};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// promtool knows no lines of logs, so there are no series to show.
const UNPROVEN: Proof = Proof { fires: &[], labels: &[], quiet: &[] };

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "SuricataHighSeverityAlert",
        about: About::LoggedIntrusions,
        source: Source::Loki,
        needs: &[Need::LoggedIntrusions],
        severity: AlertSeverity::Critical,
        after: 0,
        expr: r#"sum by (opnsense_host, alert_signature) (count_over_time({job="opnsense", opnsense_app="suricata"} | event_type="alert" | alert_severity="1" [5m])) > 0"#,
        labels: &[],
        summary: "{{ $labels.opnsense_host }} sees an attack: {{ $labels.alert_signature }}",
        description: "Suricata on {{ $labels.opnsense_host }} reports {{ $labels.alert_signature }} with its highest severity.",
        proof: UNPROVEN,
    },
    // What stopped must have been there before: who it was is known from its own lines alone.
    Alert {
        name: "FirewallLogsStopped",
        about: About::LoggedPackets,
        source: Source::Loki,
        needs: &[Need::LoggedPackets],
        severity: AlertSeverity::Warning,
        after: 0,
        expr: r#"sum by (opnsense_host) (count_over_time({job="opnsense", opnsense_app="filterlog"} [1d] offset 1h)) unless sum by (opnsense_host) (count_over_time({job="opnsense", opnsense_app="filterlog"} [1h]))"#,
        labels: &[],
        summary: "{{ $labels.opnsense_host }} sends no logs any more",
        description: "No line about packets of {{ $labels.opnsense_host }} has come for an hour, and there were some on the day before. Alerts on its logs are blind.",
        proof: UNPROVEN,
    },
    Alert {
        name: "FirewallLogsMissing",
        about: About::LoggedPackets,
        source: Source::Loki,
        needs: &[Need::LoggedPackets],
        severity: AlertSeverity::Warning,
        after: 0,
        expr: r#"absent_over_time({job="opnsense", opnsense_app="filterlog"} [1h])"#,
        labels: &[],
        summary: "No logs of firewalls come to Loki",
        description: "No firewall has sent a line about packets for an hour. Alerts on logs of firewalls are blind.",
        proof: UNPROVEN,
    },
    // A source of which the day before knows nothing has nothing to be compared with, and stays.
    Alert {
        name: "SignificantIncreaseInFirewallBlocksFromUnexpectedSource",
        about: About::LoggedPackets,
        source: Source::Loki,
        needs: &[Need::LoggedPackets],
        severity: AlertSeverity::Warning,
        after: 0,
        expr: r#"sum by (opnsense_host, src) (count_over_time({job="opnsense", opnsense_app="filterlog", action="block"} [10m])) > <few-blocks> unless sum by (opnsense_host, src) (count_over_time({job="opnsense", opnsense_app="filterlog", action="block"} [10m])) <= <blocks> * sum by (opnsense_host, src) (count_over_time({job="opnsense", opnsense_app="filterlog", action="block"} [1d] offset 10m)) / 144"#,
        labels: &[],
        summary: "{{ $labels.opnsense_host }} stops far more than usual from {{ $labels.src }}",
        description: "{{ $labels.opnsense_host }} stopped {{ $value }} packets of {{ $labels.src }} in ten minutes: far more than on the day before.",
        proof: UNPROVEN,
    },
    Alert {
        name: "FirewallLoginFailures",
        about: About::LoggedLogins,
        source: Source::Loki,
        needs: &[Need::LoggedLogins],
        severity: AlertSeverity::Warning,
        after: 0,
        expr: r#"sum by (opnsense_host, src) (count_over_time({job="opnsense", opnsense_app=~"audit|sshd|sshd-session"} | failed_user!="" [10m])) > <failed-logins>"#,
        labels: &[],
        summary: "Somebody at {{ $labels.src }} tries passwords of {{ $labels.opnsense_host }}",
        description: "{{ $value }} logins from {{ $labels.src }} failed on {{ $labels.opnsense_host }} in ten minutes.",
        proof: UNPROVEN,
    },
    Alert {
        name: "FirewallTakesOver",
        about: About::LoggedTakeovers,
        source: Source::Loki,
        needs: &[Need::LoggedTakeovers],
        severity: AlertSeverity::Warning,
        after: 0,
        expr: r#"sum by (opnsense_host, vhid) (count_over_time({job="opnsense", opnsense_app="kernel"} | carp_to="MASTER" [5m])) > 0"#,
        labels: &[],
        summary: "{{ $labels.opnsense_host }} has taken the shared address of group {{ $labels.vhid }}",
        description: "The other node of the pair was not heard of, or left on purpose: {{ $labels.opnsense_host }} answers for CARP group {{ $labels.vhid }} now.",
        proof: UNPROVEN,
    },
    // FreeBSD 14, sys/netpfil/pf/pf.c: what the kernel says of the zone of states, at most every five minutes. It comes when the
    // table is full; how near it is to that no log says.
    Alert {
        name: "FirewallStateTableFull",
        about: About::LoggedKernel,
        source: Source::Loki,
        needs: &[Need::LoggedKernel],
        severity: AlertSeverity::Critical,
        after: 0,
        expr: r#"sum by (opnsense_host) (count_over_time({job="opnsense", opnsense_app="kernel"} |= "PF states limit reached" [10m])) > 0"#,
        labels: &[],
        summary: "The state table of {{ $labels.opnsense_host }} is full",
        description: "pf on {{ $labels.opnsense_host }} has no place for another state: what is open stays, and new connections get nowhere. Who opens so many is in Firewall: Diagnostics: Sessions; the limit is in Firewall: Settings: Advanced.",
        proof: UNPROVEN,
    },
];
