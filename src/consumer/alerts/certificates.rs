//! Alerts of certificates inside a cluster (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "CertManagerDown",
        about: About::Certificates,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"kube_deployment_status_replicas_available{namespace="cert-manager", deployment="cert-manager"} == 0"#,
        labels: &[],
        summary: "cert-manager does not run in <cluster>",
        description: "No controller of cert-manager is available in <cluster>. Certificates of <issuers> are not renewed.",
        proof: Proof {
            fires: &[series(
                r#"kube_deployment_status_replicas_available{namespace="cert-manager", deployment="cert-manager"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "cert-manager"), ("deployment", "cert-manager")],
            quiet: &[series(
                r#"kube_deployment_status_replicas_available{namespace="cert-manager", deployment="cert-manager"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        // A certificate that was never issued has 0 here; CertManagerCertificateNotReady tells of it.
        name: "CertManagerCertificateExpirySoon",
        about: About::Certificates,
        source: Source::Prometheus,
        needs: &[Need::CertManager],
        severity: AlertSeverity::Warning,
        after: 3600,
        expr: "<urgent> <= (max by (exported_namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time()) < <soon>",
        labels: &[],
        summary: "The certificate {{ $labels.name }} of <cluster> expires in less than <soon-words>",
        description: "The certificate {{ $labels.exported_namespace }}/{{ $labels.name }} expires in less than <soon-words>, and cert-manager should have renewed it. Issuers are <issuers>.",
        proof: Proof {
            fires: &[series(
                r#"certmanager_certificate_expiration_timestamp_seconds{exported_namespace="shop", name="web"}"#,
                "<between>+60x<n>",
            )],
            labels: &[("exported_namespace", "shop"), ("name", "web")],
            quiet: &[series(
                r#"certmanager_certificate_expiration_timestamp_seconds{exported_namespace="shop", name="web"}"#,
                "<later>+60x<n>",
            )],
        },
    },
    Alert {
        name: "CertManagerCertificateExpiryUrgent",
        about: About::Certificates,
        source: Source::Prometheus,
        needs: &[Need::CertManager],
        severity: AlertSeverity::Critical,
        after: 600,
        expr: "0 < max by (exported_namespace, name) (certmanager_certificate_expiration_timestamp_seconds) < time() + <urgent>",
        labels: &[],
        summary: "The certificate {{ $labels.name }} of <cluster> expires in less than <urgent-words>",
        description: "The certificate {{ $labels.exported_namespace }}/{{ $labels.name }} expires in less than <urgent-words>, or has expired. Clients refuse it then. Issuers are <issuers>.",
        proof: Proof {
            fires: &[series(
                r#"certmanager_certificate_expiration_timestamp_seconds{exported_namespace="shop", name="web"}"#,
                "60+60x<n>",
            )],
            labels: &[("exported_namespace", "shop"), ("name", "web")],
            quiet: &[
                series(
                    r#"certmanager_certificate_expiration_timestamp_seconds{exported_namespace="shop", name="web"}"#,
                    "<between>+60x<n>",
                ),
                series(
                    r#"certmanager_certificate_expiration_timestamp_seconds{exported_namespace="shop", name="never"}"#,
                    "0x<n>",
                ),
            ],
        },
    },
    Alert {
        name: "CertManagerCertificateNotReady",
        about: About::Certificates,
        source: Source::Prometheus,
        needs: &[Need::CertManager],
        severity: AlertSeverity::Warning,
        after: 1800,
        expr: r#"max by (exported_namespace, name, issuer_name) (certmanager_certificate_ready_status{condition="True"}) == 0"#,
        labels: &[],
        summary: "The certificate {{ $labels.name }} of <cluster> is not ready",
        description: "{{ $labels.issuer_name }} has not issued the certificate {{ $labels.exported_namespace }}/{{ $labels.name }}. What shows it has none, or an old one.",
        proof: Proof {
            fires: &[series(
                r#"certmanager_certificate_ready_status{exported_namespace="shop", name="web", issuer_name="<issuer>", condition="True"}"#,
                "0x<n>",
            )],
            labels: &[("exported_namespace", "shop"), ("name", "web"), ("issuer_name", "<issuer>")],
            quiet: &[series(
                r#"certmanager_certificate_ready_status{exported_namespace="shop", name="web", issuer_name="<issuer>", condition="True"}"#,
                "1x<n>",
            )],
        },
    },
];
