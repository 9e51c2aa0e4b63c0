//! Alerts of ingress-nginx (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "NginxIngressControllerDown",
        about: About::NginxReplicas,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_deployment_status_replicas_available{namespace="ingress-nginx", deployment="ingress-nginx-controller"} == 0"#,
        labels: &[],
        summary: "ingress-nginx does not run in <cluster>",
        description: "No controller of ingress-nginx is available in <cluster>. Nothing answers at <address> for Ingresses of the class <class>.",
        proof: Proof {
            fires: &[series(
                r#"kube_deployment_status_replicas_available{namespace="ingress-nginx", deployment="ingress-nginx-controller"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "ingress-nginx"), ("deployment", "ingress-nginx-controller")],
            quiet: &[series(
                r#"kube_deployment_status_replicas_available{namespace="ingress-nginx", deployment="ingress-nginx-controller"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: "NginxIngressControllerDown",
        about: About::NginxNodes,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_daemonset_status_number_ready{namespace="ingress-nginx", daemonset="ingress-nginx-controller"} == 0"#,
        labels: &[],
        summary: "ingress-nginx does not run in <cluster>",
        description: "No controller of ingress-nginx is ready in <cluster>. Nothing answers at <address> for Ingresses of the class <class>.",
        proof: Proof {
            fires: &[series(
                r#"kube_daemonset_status_number_ready{namespace="ingress-nginx", daemonset="ingress-nginx-controller"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "ingress-nginx"), ("daemonset", "ingress-nginx-controller")],
            quiet: &[series(
                r#"kube_daemonset_status_number_ready{namespace="ingress-nginx", daemonset="ingress-nginx-controller"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        // The controller has no metric for its webhook: who sees it fail is the API server that calls it.
        name: "NginxIngressAdmissionWebhookDown",
        about: About::Nginx,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Warning,
        after: 0,
        // The first refusal of an API server begins a series, which has not increased then.
        expr: r#"sum(increase(apiserver_admission_webhook_rejection_count{name="validate.nginx.ingress.kubernetes.io", error_type="calling_webhook_error"}[10m])) > 0 or count(apiserver_admission_webhook_rejection_count{name="validate.nginx.ingress.kubernetes.io", error_type="calling_webhook_error"} unless apiserver_admission_webhook_rejection_count{name="validate.nginx.ingress.kubernetes.io", error_type="calling_webhook_error"} offset 10m) > 0"#,
        labels: &[],
        summary: "The admission webhook of ingress-nginx in <cluster> does not answer",
        description: "API servers of <cluster> called the webhook that checks Ingresses and got no answer. New and changed Ingresses are refused.",
        proof: Proof {
            fires: &[series(
                r#"apiserver_admission_webhook_rejection_count{name="validate.nginx.ingress.kubernetes.io", error_type="calling_webhook_error"}"#,
                "_x8 1x<n>",
            )],
            labels: &[],
            quiet: &[series(
                r#"apiserver_admission_webhook_rejection_count{name="validate.nginx.ingress.kubernetes.io", error_type="calling_webhook_error"}"#,
                "3x<n>",
            )],
        },
    },
    Alert {
        name: "HighIngressLatencyNginx",
        about: About::Nginx,
        source: Source::Prometheus,
        needs: &[Need::Nginx],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: "histogram_quantile(0.95, sum by (le, ingress) (rate(nginx_ingress_controller_request_duration_seconds_bucket[5m]))) > <latency>",
        labels: &[],
        summary: "{{ $labels.ingress }} answers slowly behind ingress-nginx of <cluster>",
        description: "Of 100 requests to the Ingress {{ $labels.ingress }} five take longer than <latency> s at <address>.",
        proof: Proof {
            fires: &[
                series(
                    r#"nginx_ingress_controller_request_duration_seconds_bucket{ingress="web", le="<latency>"}"#,
                    "0x<n>",
                ),
                series(
                    r#"nginx_ingress_controller_request_duration_seconds_bucket{ingress="web", le="<latency-slow>"}"#,
                    "0+60x<n>",
                ),
                series(
                    r#"nginx_ingress_controller_request_duration_seconds_bucket{ingress="web", le="+Inf"}"#,
                    "0+60x<n>",
                ),
            ],
            labels: &[("ingress", "web")],
            quiet: &[
                series(
                    r#"nginx_ingress_controller_request_duration_seconds_bucket{ingress="web", le="<latency>"}"#,
                    "0+60x<n>",
                ),
                series(
                    r#"nginx_ingress_controller_request_duration_seconds_bucket{ingress="web", le="+Inf"}"#,
                    "0+60x<n>",
                ),
            ],
        },
    },
    Alert {
        name: "HighIngressErrorRateNginx",
        about: About::Nginx,
        source: Source::Prometheus,
        needs: &[Need::Nginx],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"100 * sum by (ingress) (rate(nginx_ingress_controller_requests{status=~"5.."}[5m])) / sum by (ingress) (rate(nginx_ingress_controller_requests[5m])) > <errors>"#,
        labels: &[],
        summary: "{{ $labels.ingress }} fails behind ingress-nginx of <cluster>",
        description: "More than <errors> % of the requests to the Ingress {{ $labels.ingress }} at <address> end in an error of the server (5xx).",
        proof: Proof {
            fires: &[series(r#"nginx_ingress_controller_requests{ingress="web", status="502"}"#, "0+60x<n>")],
            labels: &[("ingress", "web")],
            quiet: &[
                series(r#"nginx_ingress_controller_requests{ingress="web", status="200"}"#, "0+60x<n>"),
                series(r#"nginx_ingress_controller_requests{ingress="web", status="502"}"#, "7x<n>"),
            ],
        },
    },
    Alert {
        name: "NginxIngressConfigReloadFailed",
        about: About::Nginx,
        source: Source::Prometheus,
        needs: &[Need::Nginx],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: "max by (pod) (nginx_ingress_controller_config_last_reload_successful) == 0",
        labels: &[],
        summary: "ingress-nginx in <cluster> works by an old configuration",
        description: "{{ $labels.pod }} could not load its configuration and works by the one before. What was changed in Ingresses is not in force at <address>.",
        proof: Proof {
            fires: &[series(
                r#"nginx_ingress_controller_config_last_reload_successful{pod="ingress-nginx-controller-a"}"#,
                "0x<n>",
            )],
            labels: &[("pod", "ingress-nginx-controller-a")],
            quiet: &[series(
                r#"nginx_ingress_controller_config_last_reload_successful{pod="ingress-nginx-controller-a"}"#,
                "1x<n>",
            )],
        },
    },
];
