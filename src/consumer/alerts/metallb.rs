//! Alerts of who announces addresses of services (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "MetalLBControllerDown",
        about: About::Metallb,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_deployment_status_replicas_available{namespace="metallb-system", deployment="metallb-controller"} == 0"#,
        labels: &[],
        summary: "MetalLB's controller does not run in <cluster>",
        description: "New services of <cluster> get no address from <pools>; those that have one keep it.",
        proof: Proof {
            fires: &[series(
                r#"kube_deployment_status_replicas_available{namespace="metallb-system", deployment="metallb-controller"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "metallb-system"), ("deployment", "metallb-controller")],
            quiet: &[series(
                r#"kube_deployment_status_replicas_available{namespace="metallb-system", deployment="metallb-controller"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: "MetalLBSpeakerNotReady",
        about: About::Metallb,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: r#"kube_daemonset_status_number_ready{namespace="metallb-system", daemonset="metallb-speaker"} < kube_daemonset_status_desired_number_scheduled{namespace="metallb-system", daemonset="metallb-speaker"}"#,
        labels: &[],
        summary: "A speaker of MetalLB is missing in <cluster>",
        description: "Fewer speakers of MetalLB are ready in <cluster> than there should be. When the others fail too, nobody answers for the addresses of <pools>.",
        proof: Proof {
            fires: &[
                series(
                    r#"kube_daemonset_status_number_ready{namespace="metallb-system", daemonset="metallb-speaker"}"#,
                    "1x<n>",
                ),
                series(
                    r#"kube_daemonset_status_desired_number_scheduled{namespace="metallb-system", daemonset="metallb-speaker"}"#,
                    "2x<n>",
                ),
            ],
            labels: &[("namespace", "metallb-system"), ("daemonset", "metallb-speaker")],
            quiet: &[
                series(
                    r#"kube_daemonset_status_number_ready{namespace="metallb-system", daemonset="metallb-speaker"}"#,
                    "2x<n>",
                ),
                series(
                    r#"kube_daemonset_status_desired_number_scheduled{namespace="metallb-system", daemonset="metallb-speaker"}"#,
                    "2x<n>",
                ),
            ],
        },
    },
    Alert {
        name: "MetalLBAddressPoolExhaustionApproaching",
        about: About::MetallbPool,
        source: Source::Prometheus,
        needs: &[Need::Metallb],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"100 * (1 - metallb_allocator_addresses_in_use_total{pool="<pool>"} / metallb_allocator_addresses_total{pool="<pool>"}) < <pool-free>"#,
        labels: &[],
        summary: "The pool <pool> of <cluster> is nearly used up",
        description: "Less than <pool-free> % of the <pool-size> addresses of <pool> are free: <pool-from> to <pool-to> on VLAN <vlan>. A service that finds none waits for one.",
        proof: Proof {
            fires: &[
                series(r#"metallb_allocator_addresses_in_use_total{pool="<pool>"}"#, "<pool-size>x<n>"),
                series(r#"metallb_allocator_addresses_total{pool="<pool>"}"#, "<pool-size>x<n>"),
            ],
            labels: &[("pool", "<pool>")],
            quiet: &[
                series(r#"metallb_allocator_addresses_in_use_total{pool="<pool>"}"#, "0x<n>"),
                series(r#"metallb_allocator_addresses_total{pool="<pool>"}"#, "<pool-size>x<n>"),
            ],
        },
    },
    Alert {
        name: "MetalLBConfigStale",
        about: About::Metallb,
        source: Source::Prometheus,
        needs: &[Need::Metallb],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: "metallb_k8s_client_config_stale_bool == 1",
        labels: &[],
        summary: "MetalLB in <cluster> works by an old configuration",
        description: "{{ $labels.pod }} refuses its configuration and works by the one before. What was changed in <pools> is not in force.",
        proof: Proof {
            fires: &[series(r#"metallb_k8s_client_config_stale_bool{pod="metallb-controller-a"}"#, "1x<n>")],
            labels: &[("pod", "metallb-controller-a")],
            quiet: &[series(r#"metallb_k8s_client_config_stale_bool{pod="metallb-controller-a"}"#, "0x<n>")],
        },
    },
    Alert {
        name: "MetalLBBGPSessionDown",
        about: About::MetallbBgp,
        source: Source::Prometheus,
        needs: &[Need::MetallbBgp],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: "frrk8s_bgp_session_up == 0",
        labels: &[],
        summary: "A BGP session of <cluster> is down: {{ $labels.peer }}",
        description: "{{ $labels.pod }} does not talk to {{ $labels.peer }}. Routers of <cluster> are <peers>: a router without sessions knows no way to <pools>.",
        proof: Proof {
            fires: &[series(r#"frrk8s_bgp_session_up{pod="frr-k8s-a", peer="<peer>"}"#, "0x<n>")],
            labels: &[("pod", "frr-k8s-a"), ("peer", "<peer>")],
            quiet: &[series(r#"frrk8s_bgp_session_up{pod="frr-k8s-a", peer="<peer>"}"#, "1x<n>")],
        },
    },
];
