//! The dashboard of names inside the cluster (RFC 7.5).

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{percent, usual};
use crate::consumer::Need;
use crate::ir::Monitoring;
use crate::words;

/// The dashboard.
pub fn board(m: &Monitoring) -> Option<Board> {
    let series = |title: &'static str, unit, what: &'static str| {
        Panel::new(Kind::Series, title, unit, what).needs(&[Need::Stack])
    };
    let quantile = |part: &'static str| {
        words![
            "histogram_quantile(",
            part,
            ", sum by (le) (rate(coredns_dns_request_duration_seconds_bucket[$__rate_interval])))"
        ]
    };
    let first = vec![
        Panel::new(Kind::Stat, "Servers that answer", "none", "How many CoreDNS tell figures. Without one pods find no name.")
            .ask("sum(up{job=\"coredns\"})", "")
            .good_from(usual(1))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Questions", "reqps", "All questions.")
            .ask("sum(rate(coredns_dns_requests_total[$__rate_interval]))", "")
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Answers that fail", "percent", "SERVFAIL, of all answers: whom CoreDNS asks does not answer.")
            .ask("100 * (sum(rate(coredns_dns_responses_total{rcode=\"SERVFAIL\"}[$__rate_interval])) or vector(0)) / sum(rate(coredns_dns_responses_total[$__rate_interval]))", "")
            .red_from(percent(m.alerts.thresholds.dns_errors))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Answers from memory", "percent", "How many questions the cache answers.")
            .ask("100 * sum(rate(coredns_cache_hits_total[$__rate_interval])) / sum(rate(coredns_cache_requests_total[$__rate_interval]))", "")
            .needs(&[Need::Stack]),
    ];
    let questions = vec![
        series("Questions by type", "reqps", "Which records pods ask for.")
            .ask("sum by (type) (rate(coredns_dns_requests_total[$__rate_interval]))", "{{type}}"),
        series(
            "Answers by code",
            "reqps",
            "NXDOMAIN is usual, for each name is tried with the search list; SERVFAIL is not.",
        )
        .ask("sum by (rcode) (rate(coredns_dns_responses_total[$__rate_interval]))", "{{rcode}}"),
        series("How long answers take", "s", "Parts of 100 answers and how long they take at most.")
            .ask(quantile("0.5"), "50 of 100")
            .ask(quantile("0.95"), "95 of 100")
            .ask(quantile("0.99"), "99 of 100"),
    ];
    let memory = vec![
        series("Memory", "reqps", "What the cache answers, and what it does not have.")
            .ask("sum(rate(coredns_cache_hits_total[$__rate_interval]))", "hits")
            .ask("sum(rate(coredns_cache_requests_total[$__rate_interval])) - sum(rate(coredns_cache_hits_total[$__rate_interval]))", "misses"),
        series("Servers outside take", "s", "How long 95 of 100 answers of each server take that CoreDNS asks.")
            .ask("histogram_quantile(0.95, sum by (le, to) (rate(coredns_forward_request_duration_seconds_bucket[$__rate_interval])) or sum by (le, to) (rate(coredns_proxy_request_duration_seconds_bucket[$__rate_interval])))", "{{to}}"),
        series("Servers outside that are down", "cps", "How often none of those whom CoreDNS asks answered.")
            .ask("sum(rate(coredns_forward_healthcheck_broken_total[$__rate_interval]))", "all at once"),
    ];
    Some(Board {
        name: "network-coredns",
        title: "CoreDNS",
        what: "Questions for names in the cluster, their answers, the cache, and the servers outside.",
        rows: vec![
            Row { title: words!["What of CoreDNS is there"], lines: lines(4, 4, first) },
            Row { title: words!["Questions and answers"], lines: lines(8, 3, questions) },
            Row { title: words!["Cache and servers outside"], lines: lines(8, 3, memory) },
        ],
    })
}
