//! The dashboard of ingress-nginx: requests, how long they take, how many fail, and who serves them (RFC 7.5).

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{percent, usual};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::Monitoring;
use crate::words;

/// The dashboard, where ingress-nginx runs.
pub fn board(view: &View<'_>, m: &Monitoring) -> Option<Board> {
    let way = view.layer.ingresses.iter().find(|i| i.nginx().is_some())?;
    let class = way.nginx().map(|n| &n.class)?;
    let limits = &m.alerts.thresholds;
    let errors = percent(limits.errors);
    let late = (i64::from(limits.latency.v), limits.latency.at.into());
    let series = |title: &'static str, unit, what: &'static str| {
        Panel::new(Kind::Series, title, unit, what).needs(&[Need::Nginx])
    };
    let at = match &way.address {
        Some((pool, address)) => words![" at ", address, " of the pool ", pool],
        None => words![""],
    };
    let failing = "100 * sum(rate(nginx_ingress_controller_requests{status=~\"5..\"}[$__rate_interval])) / sum(rate(nginx_ingress_controller_requests[$__rate_interval]))";
    let slow = "histogram_quantile(0.95, sum by (le) (rate(nginx_ingress_controller_request_duration_seconds_bucket[$__rate_interval])))";
    let first = vec![
        Panel::new(Kind::Stat, "Requests", "reqps", words!["All requests of the class ", class, at, "."])
            .ask("sum(rate(nginx_ingress_controller_requests[$__rate_interval]))", "")
            .needs(&[Need::Nginx]),
        Panel::new(Kind::Stat, "Requests that fail", "percent", "Answers of 500 and above, of all.")
            .ask(failing, "")
            .red_from(errors)
            .needs(&[Need::Nginx]),
        Panel::new(Kind::Stat, "95 of 100 within", "s", "How long 95 of 100 requests take at most.")
            .ask(slow, "")
            .red_from(late)
            .needs(&[Need::Nginx]),
        Panel::new(
            Kind::Stat,
            "Last reload",
            "none",
            "Whether NGINX took its last configuration; when it did not, new Ingresses are not served.",
        )
        .ask("min(nginx_ingress_controller_config_last_reload_successful)", "")
        .names(&[("0", "failed", "red"), ("1", "worked", "green")])
        .good_from(usual(1))
        .needs(&[Need::Nginx]),
    ];
    let requests = vec![
        series("Requests by Ingress", "reqps", "The ten Ingresses with the most requests.")
            .ask("topk(10, sum by (exported_namespace, ingress) (rate(nginx_ingress_controller_requests[$__rate_interval])))", "{{exported_namespace}}/{{ingress}}"),
        series("Requests by service", "reqps", "The ten services with the most requests.")
            .ask("topk(10, sum by (exported_namespace, exported_service) (rate(nginx_ingress_controller_requests[$__rate_interval])))", "{{exported_namespace}}/{{exported_service}}"),
        series("Bandwidth", "bps", "What clients send (above) and get (below).")
            .ask("8 * sum(rate(nginx_ingress_controller_request_size_sum[$__rate_interval]))", "in")
            .ask("-8 * sum(rate(nginx_ingress_controller_response_size_sum[$__rate_interval]))", "out"),
    ];
    let quantile = |part: &'static str| {
        words![
            "histogram_quantile(",
            part,
            ", sum by (le) (rate(nginx_ingress_controller_request_duration_seconds_bucket[$__rate_interval])))"
        ]
    };
    let times = vec![
        series("How long requests take", "s", "Parts of 100 requests and how long they take at most, as clients see it.")
            .ask(quantile("0.5"), "50 of 100")
            .ask(quantile("0.9"), "90 of 100")
            .ask(quantile("0.95"), "95 of 100")
            .ask(quantile("0.99"), "99 of 100"),
        series("95 of 100 by Ingress", "s", "The ten slowest Ingresses.")
            .ask("topk(10, histogram_quantile(0.95, sum by (le, exported_namespace, ingress) (rate(nginx_ingress_controller_request_duration_seconds_bucket[$__rate_interval]))))", "{{exported_namespace}}/{{ingress}}"),
    ];
    let failures = vec![
        series("Answers by class", "reqps", "2xx and 3xx are served, 4xx are mistakes of clients, 5xx are ours.")
            .ask("sum(rate(nginx_ingress_controller_requests{status=~\"[23]..\"}[$__rate_interval]))", "2xx and 3xx")
            .ask("sum(rate(nginx_ingress_controller_requests{status=~\"4..\"}[$__rate_interval]))", "4xx")
            .ask("sum(rate(nginx_ingress_controller_requests{status=~\"5..\"}[$__rate_interval]))", "5xx"),
        series("4xx by Ingress", "reqps", "The ten Ingresses with the most.")
            .ask("topk(10, sum by (exported_namespace, ingress, status) (rate(nginx_ingress_controller_requests{status=~\"4..\"}[$__rate_interval])))", "{{exported_namespace}}/{{ingress}} {{status}}"),
        series("5xx by Ingress", "reqps", "The ten Ingresses with the most.")
            .ask("topk(10, sum by (exported_namespace, ingress, status) (rate(nginx_ingress_controller_requests{status=~\"5..\"}[$__rate_interval])))", "{{exported_namespace}}/{{ingress}} {{status}}"),
    ];
    let behind = vec![
        series("Services take", "s", "How long 95 of 100 answers of a service take; the ten slowest.")
            .ask("topk(10, histogram_quantile(0.95, sum by (le, exported_namespace, exported_service) (rate(nginx_ingress_controller_response_duration_seconds_bucket[$__rate_interval]))))", "{{exported_namespace}}/{{exported_service}}"),
        series("Connections to services take", "s", "How long 95 of 100 connections to a service take to open. More than some milliseconds: it is busy, or far.")
            .ask("topk(10, histogram_quantile(0.95, sum by (le, exported_namespace, exported_service) (rate(nginx_ingress_controller_connect_duration_seconds_bucket[$__rate_interval]))))", "{{exported_namespace}}/{{exported_service}}"),
        series("Connections of clients", "none", "By what they do.")
            .ask("sum by (state) (nginx_ingress_controller_nginx_process_connections)", "{{state}}"),
    ];
    Some(Board {
        name: "network-ingress-nginx",
        title: "ingress-nginx",
        what: "Requests by HTTP, how long they take, how many fail, and the services behind.",
        rows: vec![
            Row { title: words!["The class ", class], lines: lines(4, 4, first) },
            Row { title: words!["Requests"], lines: lines(8, 3, requests) },
            Row { title: words!["Time"], lines: lines(8, 2, times) },
            Row { title: words!["Failures"], lines: lines(8, 3, failures) },
            Row { title: words!["Behind NGINX"], lines: lines(8, 3, behind) },
        ],
    })
}
