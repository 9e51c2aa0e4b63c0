//! The dashboard of the network plugin: policies, drops, flows, tables, encryption (RFC 7.3, 7.5).

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::overview::node_traffic;
use super::{nodes, usual};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::render::Composed;
use crate::schema::{FlowMetric, PodEncryption};
use crate::words;

/// Flows that Hubble counts: the kind, a title, what is asked, the legend, what it says.
const FLOWS: &[(FlowMetric, &str, &str, &str, &str)] = &[
    (
        FlowMetric::Flow,
        "Flows by verdict",
        "sum by (verdict) (rate(hubble_flows_processed_total[$__rate_interval]))",
        "{{verdict}}",
        "What Hubble sees, by what became of it.",
    ),
    (
        FlowMetric::Flow,
        "Flows by protocol",
        "sum by (protocol) (rate(hubble_flows_processed_total[$__rate_interval]))",
        "{{protocol}}",
        "What Hubble sees, by protocol.",
    ),
    (
        FlowMetric::Policy,
        "Verdicts of policies",
        "sum by (direction, action) (rate(hubble_policy_verdicts_total[$__rate_interval]))",
        "{{direction}} {{action}}",
        "How often a policy let something through or stopped it.",
    ),
    (
        FlowMetric::Drop,
        "Dropped flows",
        "sum by (reason) (rate(hubble_drop_total[$__rate_interval]))",
        "{{reason}}",
        "Flows that were dropped, by reason.",
    ),
    (
        FlowMetric::Dns,
        "Questions for names",
        "sum by (qtypes) (rate(hubble_dns_queries_total[$__rate_interval]))",
        "{{qtypes}}",
        "What pods ask for, by type of record.",
    ),
    (
        FlowMetric::Dns,
        "Answers without a name",
        "sum by (rcode) (rate(hubble_dns_responses_total{rcode!=\"No Error\"}[$__rate_interval]))",
        "{{rcode}}",
        "Answers that gave no name, by code.",
    ),
    (
        FlowMetric::Tcp,
        "Flags of TCP",
        "sum by (flag) (rate(hubble_tcp_flags_total[$__rate_interval]))",
        "{{flag}}",
        "Many RST beside few FIN: connections are refused.",
    ),
    (
        FlowMetric::Icmp,
        "ICMP",
        "sum by (type) (rate(hubble_icmp_total[$__rate_interval]))",
        "{{type}}",
        "By type. `DestinationUnreachable` is somebody who asks where nobody listens.",
    ),
    (
        FlowMetric::Http,
        "Requests by HTTP",
        "sum by (method) (rate(hubble_http_requests_total[$__rate_interval]))",
        "{{method}}",
        "Counted only where a policy reads HTTP.",
    ),
    (
        FlowMetric::Ports,
        "Ports that are asked most",
        "topk(10, sum by (protocol, port) (rate(hubble_port_distribution_total[$__rate_interval])))",
        "{{protocol}} {{port}}",
        "The ten ports with the most packets.",
    ),
    (
        FlowMetric::World,
        "Flows to the world",
        "sum by (protocol, verdict) (rate(hubble_flows_to_world_total[$__rate_interval]))",
        "{{protocol}} {{verdict}}",
        "What leaves the cluster, by what became of it.",
    ),
];

/// Who is at the ends of flows: the kind, a title, what is asked, what it says. Only where flows have ends.
const ENDS: &[(FlowMetric, &str, &str, &str)] = &[
    (
        FlowMetric::Drop,
        "Whose flows are dropped most",
        "topk(10, sum by (source, destination) (rate(hubble_drop_total[$__rate_interval])))",
        "The ten pairs with the most dropped flows.",
    ),
    (
        FlowMetric::Flow,
        "Who talks most",
        "topk(10, sum by (source, destination) (rate(hubble_flows_processed_total[$__rate_interval])))",
        "The ten pairs with the most flows.",
    ),
    (
        FlowMetric::Dns,
        "Who asks for names most",
        "topk(10, sum by (source) (rate(hubble_dns_queries_total[$__rate_interval])))",
        "The ten who ask most.",
    ),
];

/// The dashboard, where Cilium runs.
pub fn board(view: &View<'_>) -> Option<Board> {
    let c = view.layer.cilium.as_ref()?;
    let cluster = &view.cluster.name;
    let most = view.layer.monitoring.as_ref().map(|m| super::percent(m.alerts.thresholds.map_pressure))?;
    let first = vec![
        Panel::new(Kind::Stat, "Agents ready", "none", words!["How many agents work; ", cluster, " has one on each node. Where none works no pod starts."])
            .ask("sum(kube_daemonset_status_number_ready{namespace=\"kube-system\", daemonset=\"cilium\"})", "")
            .good_from(nodes(view))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Operators available", "percent", "Of those that should run. Without one new nodes get no addresses for pods.")
            .ask("100 * kube_deployment_status_replicas_available{namespace=\"kube-system\", deployment=\"cilium-operator\"} / kube_deployment_spec_replicas{namespace=\"kube-system\", deployment=\"cilium-operator\"}", "")
            .good_from(usual(100))
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stat, "Nodes out of reach", "none", "Nodes that some agent does not reach.")
            .ask("max(cilium_unreachable_nodes)", "")
            .red_from(usual(1))
            .needs(&[Need::Cilium]),
        Panel::new(Kind::Stat, "Fullest table", "percent", "The table of Cilium that is fullest. What finds no place in a full one gets no connection.")
            .ask("100 * max(cilium_bpf_map_pressure)", "")
            .bad_from(usual(50), most.clone())
            .needs(&[Need::Cilium]),
    ];
    let policies = vec![
        Panel::new(Kind::Stack, "Endpoints by enforcement", "none", "For how many endpoints policies hold: `none` takes what comes, `both` only what is allowed in both directions.")
            .ask("sum by (enforcement) (cilium_policy_endpoint_enforcement_status)", "{{enforcement}}")
            .needs(&[Need::Cilium]),
        Panel::new(Kind::Series, "Policies", "none", "How many policies an agent has loaded; agents should agree.")
            .ask("max(cilium_policy)", "most")
            .ask("min(cilium_policy)", "least")
            .needs(&[Need::Cilium]),
        Panel::new(Kind::Series, "Changes of policies", "cps", "By outcome. One that fails leaves the policies as they were.")
            .ask("sum by (outcome) (rate(cilium_policy_change_total[$__rate_interval]))", "{{outcome}}")
            .needs(&[Need::Cilium]),
    ];
    let drops = vec![
        Panel::new(Kind::Stack, "Dropped packets", "pps", "By reason and direction.")
            .ask(
                "sum by (reason, direction) (rate(cilium_drop_count_total[$__rate_interval]))",
                "{{reason}} {{direction}}",
            )
            .needs(&[Need::Cilium]),
        Panel::new(Kind::Stack, "Dropped bytes", "bps", "By reason.")
            .ask("8 * sum by (reason) (rate(cilium_drop_bytes_total[$__rate_interval]))", "{{reason}}")
            .needs(&[Need::Cilium]),
        Panel::new(Kind::Series, "Forwarded packets", "pps", "By direction as pods see it.")
            .ask("sum by (direction) (rate(cilium_forward_count_total[$__rate_interval]))", "{{direction}}")
            .needs(&[Need::Cilium]),
    ];
    let mut flows: Vec<Panel> = FLOWS
        .iter()
        .map(|(kind, title, expr, legend, what)| {
            Panel::new(Kind::Series, *title, "cps", *what).ask(*expr, *legend).needs(&[Need::Flows(*kind)])
        })
        .collect();
    let told = |k: FlowMetric| c.flows.iter().flat_map(|f| &f.metrics).any(|m| m.v == k);
    flows.retain(|p| p.needs.iter().all(|n| matches!(n, Need::Flows(k) if told(*k))));
    let context: Vec<_> = c.flows.iter().flat_map(|f| &f.context).collect();
    let mut ends = Vec::new();
    if !context.is_empty() {
        for (kind, title, expr, what) in ENDS.iter().filter(|e| told(e.0)) {
            let expr = context.iter().fold(words![*expr], |expr, c| expr.citing(c.at));
            let legend = if expr.text.contains("destination") { "{{source}} to {{destination}}" } else { "{{source}}" };
            ends.push(Panel::new(Kind::Series, *title, "cps", *what).ask(expr, legend).needs(&[Need::Flows(*kind)]));
        }
    }
    let tables = vec![
        Panel::new(
            Kind::Bars,
            "Tables",
            "percent",
            "How full each table is, at the agent where it is fullest. Tables that are nearly empty are not told.",
        )
        .ask("sort_desc(100 * max by (map_name) (cilium_bpf_map_pressure))", "{{map_name}}")
        .bad_from(usual(50), most.clone())
        .most(usual(100))
        .needs(&[Need::Cilium]),
        Panel::new(Kind::Series, "Tables over time", "percent", "How full each table is.")
            .ask("100 * max by (map_name) (cilium_bpf_map_pressure)", "{{map_name}}")
            .bad_from(usual(50), most)
            .needs(&[Need::Cilium]),
    ];
    let mut rows = vec![
        Row { title: words!["What of Cilium is there"], lines: lines(4, 4, first) },
        Row { title: words!["Policies"], lines: lines(8, 3, policies) },
        Row { title: words!["Packets"], lines: lines(8, 3, drops) },
        Row { title: words!["Flows by Hubble"], lines: lines(8, 3, flows) },
        Row { title: words!["Who talks, by Hubble"], lines: lines(10, 3, ends) },
        Row { title: words!["Tables in the kernel"], lines: lines(9, 2, tables) },
    ];
    if let Some(e) = &c.encryption {
        let (device, by) = match e.by.v {
            // The name of Cilium's interface (cilium 1.18 to 1.20, pkg/wireguard/types: IfaceName).
            PodEncryption::Wireguard => ("cilium_wg0", "WireGuard"),
        };
        let device = Composed { text: device.into(), why: vec![e.by.at] };
        let errors = words![
            "sum by (nodename) ((rate(node_network_receive_errs_total{job=\"node-exporter\", device=\"",
            device,
            "\"}[$__rate_interval]) + rate(node_network_transmit_errs_total{job=\"node-exporter\", device=\"",
            device,
            "\"}[$__rate_interval])) * on (instance) group_left (nodename) node_uname_info{job=\"node-exporter\"})"
        ];
        let count = words!["count(node_network_receive_bytes_total{job=\"node-exporter\", device=\"", device, "\"})"];
        let panels = vec![
            Panel::new(
                Kind::Stat,
                words!["Nodes that encrypt by ", by],
                "none",
                "Nodes with Cilium's encrypting interface; a node without it sends packets of pods in the open.",
            )
            .ask(count, "")
            .good_from(nodes(view))
            .needs(&[Need::Stack]),
            node_traffic(words!["Encrypted between nodes"], &device),
            Panel::new(
                Kind::Series,
                "Errors of encryption",
                "pps",
                "Packets that could not be encrypted or decrypted.",
            )
            .ask(errors, "{{nodename}}")
            .needs(&[Need::Stack]),
        ];
        rows.push(Row { title: words!["Encryption"], lines: lines(8, 3, panels) });
    }
    Some(Board {
        name: "network-cilium",
        title: "Cilium and Hubble",
        what: "Policies, drops, flows, tables and encryption of the network plugin.",
        rows,
    })
}
