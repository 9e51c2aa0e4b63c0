//! Alerts of what is probed: hypervisors, the address of an API, what is published, what is expected; data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// Who tells that a hypervisor is silent. These names are also labels of what is probed, so that one cause has one alert and
/// none of them lists what the others tell.
pub const HYPERVISOR: &str = "HypervisorUnreachable";
/// Who tells that the address of the cluster's own API is silent.
pub const API: &str = "KubernetesApiAddressUnreachable";
/// Who tells of everything else that much depends on.
pub const REST: &str = "CriticalAddressUnreachable";

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: HYPERVISOR,
        about: About::Host,
        source: Source::Prometheus,
        needs: &[Need::Critical],
        severity: AlertSeverity::Critical,
        after: 180,
        expr: r#"probe_success{job="critical-icmp", when_silent="HypervisorUnreachable", name="<host>"} == 0"#,
        labels: &[("host", "<host>")],
        summary: "The hypervisor <host> does not answer",
        description: "<host> does not answer pings at <address>. On it are <machines>.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="critical-icmp", when_silent="HypervisorUnreachable", instance="<address>", vlan="<vlan>", name="<host>"}"#,
                "0x<n>",
            )],
            labels: &[
                ("job", "critical-icmp"),
                ("when_silent", HYPERVISOR),
                ("instance", "<address>"),
                ("vlan", "<vlan>"),
                ("name", "<host>"),
            ],
            quiet: &[series(
                r#"probe_success{job="critical-icmp", when_silent="HypervisorUnreachable", instance="<address>", vlan="<vlan>", name="<host>"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        // That no API server answers is told by the stack (KubeAPIDown); this is the address before them.
        name: API,
        about: About::Api,
        source: Source::Prometheus,
        needs: &[Need::Critical],
        severity: AlertSeverity::Critical,
        after: 120,
        expr: r#"probe_success{job="critical-icmp", when_silent="KubernetesApiAddressUnreachable"} == 0"#,
        labels: &[],
        summary: "The address of the API of <cluster> does not answer",
        description: "<api-address>, the address of <api-name>, does not answer. Nodes and people do not reach the API of <cluster>. Who holds it: <holders>.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="critical-icmp", when_silent="KubernetesApiAddressUnreachable", instance="<api-address>:<api-port>", vlan="<api-vlan>", name="api-<cluster>"}"#,
                "0x<n>",
            )],
            labels: &[
                ("job", "critical-icmp"),
                ("when_silent", API),
                ("instance", "<api-address>:<api-port>"),
                ("vlan", "<api-vlan>"),
                ("name", "api-<cluster>"),
            ],
            quiet: &[series(
                r#"probe_success{job="critical-icmp", when_silent="KubernetesApiAddressUnreachable", instance="<api-address>:<api-port>", vlan="<api-vlan>", name="api-<cluster>"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: REST,
        about: About::Critical,
        source: Source::Prometheus,
        needs: &[Need::Critical],
        severity: AlertSeverity::Critical,
        after: 180,
        expr: r#"probe_success{job="critical-icmp", when_silent="CriticalAddressUnreachable"} == 0"#,
        labels: &[],
        summary: "{{ $labels.name }} does not answer on VLAN {{ $labels.vlan }}",
        description: "{{ $labels.name }} does not answer from <cluster> at {{ $labels.instance }}, VLAN {{ $labels.vlan }}.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="critical-icmp", when_silent="CriticalAddressUnreachable", instance="<critical>", vlan="<critical-vlan>", name="<critical-name>"}"#,
                "0x<n>",
            )],
            labels: &[
                ("job", "critical-icmp"),
                ("when_silent", REST),
                ("instance", "<critical>"),
                ("vlan", "<critical-vlan>"),
                ("name", "<critical-name>"),
            ],
            quiet: &[series(
                r#"probe_success{job="critical-icmp", when_silent="CriticalAddressUnreachable", instance="<critical>", vlan="<critical-vlan>", name="<critical-name>"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: "IdentityCertificateExpirySoon",
        about: About::Identity,
        source: Source::Prometheus,
        needs: &[Need::Critical],
        severity: AlertSeverity::Warning,
        after: 3600,
        expr: r#"<urgent> <= (probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"} - time()) < <soon>"#,
        labels: &[("identity", "<identity>")],
        summary: "The certificate of <identity-host> expires in less than <soon-words>",
        description: "What answers at <identity-address> shows a certificate that expires in less than <soon-words>. Nobody logs in by <identity> then. Put a new one where its secret is kept, and run `ansible-playbook authentik.yml`.",
        proof: Proof {
            fires: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"}"#,
                "<between>+60x<n>",
            )],
            labels: &[("job", "critical-icmp"), ("instance", "<identity-address>:443")],
            quiet: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"}"#,
                "<later>+60x<n>",
            )],
        },
    },
    Alert {
        name: "IdentityCertificateExpiryUrgent",
        about: About::Identity,
        source: Source::Prometheus,
        needs: &[Need::Critical],
        severity: AlertSeverity::Critical,
        after: 600,
        expr: r#"probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"} - time() < <urgent>"#,
        labels: &[("identity", "<identity>")],
        summary: "The certificate of <identity-host> expires in less than <urgent-words>",
        description: "What answers at <identity-address> shows a certificate that expires in less than <urgent-words>, or has expired. Nobody logs in by <identity> then. Put a new one where its secret is kept, and run `ansible-playbook authentik.yml`.",
        proof: Proof {
            fires: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"}"#,
                "0+60x<n>",
            )],
            labels: &[("job", "critical-icmp"), ("instance", "<identity-address>:443")],
            quiet: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="critical-icmp", instance="<identity-address>:443"}"#,
                "<between>+60x<n>",
            )],
        },
    },
    Alert {
        name: "PublishedServiceDown",
        about: About::Published,
        source: Source::Prometheus,
        needs: &[Need::Published],
        severity: AlertSeverity::Critical,
        after: 180,
        expr: r#"probe_success{job="publish", publish="<publish>"} == 0"#,
        labels: &[("publish", "<publish>")],
        summary: "What is published as <publish> does not answer where it is served",
        description: "<target>, where what <firewall> publishes as <publish> at <public> is served, does not answer from <cluster>. This looks from inside: whether <firewall> hands on what comes to <public> it does not see. <from-outside>",
        proof: Proof {
            fires: &[series(r#"probe_success{job="publish", publish="<publish>", instance="<public>"}"#, "0x<n>")],
            labels: &[("job", "publish"), ("instance", "<public>")],
            quiet: &[series(r#"probe_success{job="publish", publish="<publish>", instance="<public>"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "PublishedCertificateExpirySoon",
        about: About::PublishedTls,
        source: Source::Prometheus,
        needs: &[Need::Published],
        severity: AlertSeverity::Warning,
        after: 3600,
        expr: r#"<urgent> <= (probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>"} - time()) < <soon>"#,
        labels: &[("publish", "<publish>")],
        summary: "A certificate of <publish> expires in less than <soon-words>",
        description: "What answers at <public> shows a certificate that expires in less than <soon-words>. Clients of <publish> will refuse it.",
        proof: Proof {
            fires: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>", instance="<public>"}"#,
                "<between>+60x<n>",
            )],
            labels: &[("job", "publish"), ("instance", "<public>")],
            quiet: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>", instance="<public>"}"#,
                "<later>+60x<n>",
            )],
        },
    },
    Alert {
        name: "PublishedCertificateExpiryUrgent",
        about: About::PublishedTls,
        source: Source::Prometheus,
        needs: &[Need::Published],
        severity: AlertSeverity::Critical,
        after: 600,
        expr: r#"probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>"} - time() < <urgent>"#,
        labels: &[("publish", "<publish>")],
        summary: "A certificate of <publish> expires in less than <urgent-words>",
        description: "What answers at <public> shows a certificate that expires in less than <urgent-words>, or has expired. Clients of <publish> will refuse it.",
        proof: Proof {
            fires: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>", instance="<public>"}"#,
                "0+60x<n>",
            )],
            labels: &[("job", "publish"), ("instance", "<public>")],
            quiet: &[series(
                r#"probe_ssl_earliest_cert_expiry{job="publish", publish="<publish>", instance="<public>"}"#,
                "<between>+60x<n>",
            )],
        },
    },
    Alert {
        name: "ExpectedConnectionFails",
        about: About::Expected,
        source: Source::Prometheus,
        needs: &[Need::Expected],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"probe_success{job="expect"} == 0"#,
        labels: &[],
        summary: "What is expected of <cluster> does not get through: {{ $labels.expect }}",
        description: "The topology expects that {{ $labels.expect }} gets through, and the files say so. {{ $labels.instance }} does not answer from <cluster>.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="expect", expect="pods-reach-it", instance="192.0.2.1:443"}"#,
                "0x<n>",
            )],
            labels: &[("job", "expect"), ("expect", "pods-reach-it"), ("instance", "192.0.2.1:443")],
            quiet: &[series(
                r#"probe_success{job="expect", expect="pods-reach-it", instance="192.0.2.1:443"}"#,
                "1x<n>",
            )],
        },
    },
];
