//! Alerts of the network plugin (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::{AlertSeverity, FlowMetric};

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "CiliumAgentDown",
        about: About::Cilium,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium"} < <nodes>"#,
        labels: &[],
        summary: "Cilium's agent is not ready on every node of <cluster>",
        description: "Fewer than <nodes> agents of Cilium are ready, and <cluster> has <nodes> nodes. On a node without one no pod starts, and policies stay as they were.",
        proof: Proof {
            fires: &[series(
                r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium"}"#,
                "<nodes-less>x<n>",
            )],
            labels: &[("namespace", "kube-system"), ("daemonset", "cilium")],
            quiet: &[series(
                r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium"}"#,
                "<nodes>x<n>",
            )],
        },
    },
    Alert {
        name: "CiliumOperatorDown",
        about: About::Cilium,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_deployment_status_replicas_available{namespace="kube-system", deployment="cilium-operator"} == 0"#,
        labels: &[],
        summary: "Cilium's operator does not run in <cluster>",
        description: "None of <operators> replicas of Cilium's operator is available in <cluster>. New nodes get no addresses for pods, and what is stale is not cleared away.",
        proof: Proof {
            fires: &[series(
                r#"kube_deployment_status_replicas_available{namespace="kube-system", deployment="cilium-operator"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "kube-system"), ("deployment", "cilium-operator")],
            quiet: &[series(
                r#"kube_deployment_status_replicas_available{namespace="kube-system", deployment="cilium-operator"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: "CiliumGatewayDown",
        about: About::CiliumGateway,
        source: Source::Prometheus,
        needs: &[Need::Stack],
        severity: AlertSeverity::Critical,
        after: 300,
        expr: r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium-envoy"} == 0"#,
        labels: &[],
        summary: "Nothing serves the gateways of <cluster>",
        description: "No proxy of Cilium is ready in <cluster>, so nothing answers behind its gateways: <addresses>.",
        proof: Proof {
            fires: &[series(
                r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium-envoy"}"#,
                "0x<n>",
            )],
            labels: &[("namespace", "kube-system"), ("daemonset", "cilium-envoy")],
            quiet: &[series(
                r#"kube_daemonset_status_number_ready{namespace="kube-system", daemonset="cilium-envoy"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        name: "CiliumNodesUnreachable",
        about: About::Cilium,
        source: Source::Prometheus,
        needs: &[Need::Cilium],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: "max by (pod) (cilium_unreachable_nodes) > 0",
        labels: &[],
        summary: "Nodes of <cluster> do not reach each other",
        description: "The agent {{ $labels.pod }} does not reach all nodes of <cluster> on VLAN <node-network>. Pods there talk to part of the cluster only.",
        proof: Proof {
            fires: &[series(r#"cilium_unreachable_nodes{pod="cilium-a"}"#, "1x<n>")],
            labels: &[("pod", "cilium-a")],
            quiet: &[series(r#"cilium_unreachable_nodes{pod="cilium-a"}"#, "0x<n>")],
        },
    },
    Alert {
        name: "HighPacketDropRateCilium",
        about: About::Cilium,
        source: Source::Prometheus,
        needs: &[Need::Cilium],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: "sum by (reason, direction) (rate(cilium_drop_count_total[5m])) > <drops>",
        labels: &[],
        summary: "Cilium drops packets in <cluster>: {{ $labels.reason }}",
        description: "More than <drops> packets a second are dropped in <cluster>, direction {{ $labels.direction }}, for the reason \"{{ $labels.reason }}\". Where it is a policy, somebody asks for what nothing allows.",
        proof: Proof {
            fires: &[series(
                r#"cilium_drop_count_total{reason="Policy denied", direction="INGRESS"}"#,
                "0+<drops-much>x<n>",
            )],
            labels: &[("reason", "Policy denied"), ("direction", "INGRESS")],
            quiet: &[series(r#"cilium_drop_count_total{reason="Policy denied", direction="INGRESS"}"#, "5x<n>")],
        },
    },
    Alert {
        name: "CiliumBPFMapPressureHigh",
        about: About::Cilium,
        source: Source::Prometheus,
        needs: &[Need::Cilium],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: "100 * max by (map_name, pod) (cilium_bpf_map_pressure) > <map-pressure>",
        labels: &[],
        summary: "A table of Cilium's in <cluster> is nearly full: {{ $labels.map_name }}",
        description: "More than <map-pressure> % of {{ $labels.map_name }} at the agent {{ $labels.pod }} of <cluster> are taken. What finds no place in it gets no connection.",
        proof: Proof {
            fires: &[series(r#"cilium_bpf_map_pressure{map_name="ct4_global", pod="cilium-a"}"#, "1x<n>")],
            labels: &[("map_name", "ct4_global"), ("pod", "cilium-a")],
            quiet: &[series(r#"cilium_bpf_map_pressure{map_name="ct4_global", pod="cilium-a"}"#, "0x<n>")],
        },
    },
    Alert {
        name: "AnomalousNetworkFlowHubble",
        about: About::Flows,
        source: Source::Prometheus,
        needs: &[Need::Flows(FlowMetric::Ports)],
        severity: AlertSeverity::Warning,
        after: 0,
        // A series begins with the first connection of a pair and has its figure then, so no rate sees that one
        // (cilium 1.20, pkg/hubble/metrics/port-distribution/handler.go).
        expr: r#"(count by (protocol, port) (hubble_port_distribution_total{port=~"<ports>"} unless hubble_port_distribution_total{port=~"<ports>"} offset 10m) > 0 or sum by (protocol, port) (rate(hubble_port_distribution_total{port=~"<ports>"}[10m])) > 0) unless (count by (protocol, port) (hubble_port_distribution_total{port=~"<ports>"} offset 1d unless hubble_port_distribution_total{port=~"<ports>"} offset 25h) > 0 or sum by (protocol, port) (rate(hubble_port_distribution_total{port=~"<ports>"}[1h] offset 1d)) > 0)"#,
        labels: &[],
        summary: "New connections in <cluster> to port {{ $labels.port }}",
        description: "Pods of <cluster> open connections to {{ $labels.protocol }} port {{ $labels.port }}, and at this hour of yesterday there were none. Ports that are watched: <port-list>.",
        proof: Proof {
            fires: &[series(r#"hubble_port_distribution_total{protocol="TCP", port="<port>"}"#, "_x8 4x<n>")],
            labels: &[("protocol", "TCP"), ("port", "<port>")],
            quiet: &[series(r#"hubble_port_distribution_total{protocol="TCP", port="<port>"}"#, "60x<n>")],
        },
    },
];
