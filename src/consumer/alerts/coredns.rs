//! Alerts of names inside a cluster (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "CoreDNSDown",
        about: About::CoreDns,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"absent(up{job="coredns"} == 1)"#,
        labels: &[],
        summary: "No CoreDNS of <cluster> answers",
        description: "Prometheus reaches no CoreDNS in <cluster>. Pods find neither services nor names outside.",
        proof: Proof {
            fires: &[series(r#"up{job="coredns", instance="a"}"#, "0x<n>")],
            labels: &[],
            quiet: &[
                series(r#"up{job="coredns", instance="a"}"#, "1x<n>"),
                series(r#"up{job="coredns", instance="b"}"#, "0x<n>"),
            ],
        },
    },
    Alert {
        name: "CoreDNSHighErrorRate",
        about: About::CoreDns,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"100 * sum(rate(coredns_dns_responses_total{rcode="SERVFAIL"}[5m])) / sum(rate(coredns_dns_responses_total[5m])) > <dns-errors>"#,
        labels: &[],
        summary: "CoreDNS of <cluster> cannot answer",
        description: "More than <dns-errors> % of the answers of CoreDNS in <cluster> are SERVFAIL. For names outside it asks <upstreams>.",
        proof: Proof {
            fires: &[series(r#"coredns_dns_responses_total{rcode="SERVFAIL"}"#, "0+60x<n>")],
            labels: &[],
            quiet: &[
                series(r#"coredns_dns_responses_total{rcode="NOERROR"}"#, "0+60x<n>"),
                series(r#"coredns_dns_responses_total{rcode="SERVFAIL"}"#, "7x<n>"),
            ],
        },
    },
    Alert {
        name: "CoreDNSForwardFailing",
        about: About::CoreDns,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: "sum(rate(coredns_forward_healthcheck_broken_total[5m])) > 0",
        labels: &[],
        summary: "Nobody whom CoreDNS of <cluster> asks answers",
        description: "All whom CoreDNS in <cluster> asks for names outside failed at once: <upstreams>. Pods find services of the cluster and nothing else.",
        proof: Proof {
            fires: &[series(r#"coredns_forward_healthcheck_broken_total{instance="a"}"#, "0+6x<n>")],
            labels: &[],
            quiet: &[series(r#"coredns_forward_healthcheck_broken_total{instance="a"}"#, "6x<n>")],
        },
    },
];
