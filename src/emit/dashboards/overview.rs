//! The dashboard of the whole network: what is there, what comes in and goes out, what gets lost.

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{node_networks, nodes, opnsense, usual, vlan};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::{Monitoring, ProbeOf};
use crate::words;

/// The dashboard.
pub fn board(view: &View<'_>, m: &Monitoring) -> Option<Board> {
    let cluster = &view.cluster.name;
    let networks = node_networks(view);
    let share = |title: &'static str, what: &'static str, job: &'static str| {
        Panel::new(Kind::Stat, title, "percent", what)
            .ask(words!["100 * avg(probe_success{job=\"", job, "\"})"], "")
            .good_from(usual(100))
    };
    let probed = |is: fn(&ProbeOf) -> bool| m.probes.iter().any(|p| is(&p.of));
    let mut first = vec![
        Panel::new(
            Kind::Stat,
            "Nodes ready",
            "none",
            words!["How many nodes of ", cluster, " take pods; red below all of them."],
        )
        .ask("sum(kube_node_status_condition{condition=\"Ready\", status=\"true\"})", "")
        .good_from(nodes(view))
        .needs(&[Need::Stack]),
        Panel::new(
            Kind::Stat,
            "Sources that tell nothing",
            "none",
            "Who should tell figures and does not. What they are about is dark on the other dashboards.",
        )
        .ask("count(up == 0) or vector(0)", "")
        .red_from(usual(1))
        .needs(&[Need::Stack]),
    ];
    if probed(|of| matches!(of, ProbeOf::Firewall(..))) {
        let what = "Addresses of firewalls that answer, of those that are probed.";
        first.push(share("Firewalls answer", what, "opnsense-icmp").needs(&[Need::Critical]));
    }
    if probed(|of| matches!(of, ProbeOf::Critical(..))) {
        let what = "Addresses on which much depends that answer, of those that are probed.";
        first.push(share("Critical addresses answer", what, "critical-icmp").needs(&[Need::Critical]));
    }
    if probed(|of| matches!(of, ProbeOf::Publish(_))) {
        let what = "Published services that answer, of those that are probed.";
        first.push(share("Published services answer", what, "publish").needs(&[Need::Published]));
    }
    let mut edges = opnsense::ways_out(view, m);
    edges.push(
        Panel::new(
            Kind::Series,
            "HTTP by ingress-nginx",
            "bps",
            "What clients send and what they get, by ingress-nginx.",
        )
        .ask("8 * sum(rate(nginx_ingress_controller_request_size_sum[$__rate_interval]))", "in")
        .ask("-8 * sum(rate(nginx_ingress_controller_response_size_sum[$__rate_interval]))", "out")
        .needs(&[Need::Nginx]),
    );
    edges.push(
        Panel::new(
            Kind::Series,
            "Pods by Cilium",
            "bps",
            words!["What Cilium forwards in ", cluster, ", by direction as pods see it."],
        )
        .ask("8 * sum by (direction) (rate(cilium_forward_bytes_total[$__rate_interval]))", "{{direction}}")
        .needs(&[Need::Cilium]),
    );
    let traffic = networks.iter().map(|(v, devices)| node_traffic(vlan(view, *v), devices)).collect();
    let devices = super::alternatives(networks.iter().map(|(_, d)| d.clone()));
    let by_node = |metric: &'static str| {
        words![
            "sum by (nodename) (rate(",
            metric,
            "{job=\"node-exporter\", device=~\"",
            devices,
            "\"}[$__rate_interval]) * on (instance) group_left (nodename) node_uname_info{job=\"node-exporter\"})"
        ]
    };
    let lost = vec![
        Panel::new(Kind::Series, "Packets of nodes", "pps", "Packets by node, over all of its VLANs.")
            .ask(by_node("node_network_receive_packets_total"), "{{nodename}} in")
            .ask(words!["-1 * ", by_node("node_network_transmit_packets_total")], "{{nodename}} out")
            .needs(&[Need::Stack]),
        Panel::new(Kind::Series, "Errors and drops of nodes", "pps", "Packets that a node's interface could not take or send. More than a few point to a cable, a switch or a full queue.")
            .ask(words![by_node("node_network_receive_errs_total"), " + ", by_node("node_network_transmit_errs_total")], "{{nodename}} errors")
            .ask(words![by_node("node_network_receive_drop_total"), " + ", by_node("node_network_transmit_drop_total")], "{{nodename}} drops")
            .needs(&[Need::Stack]),
        Panel::new(Kind::Stack, "Packets that Cilium drops", "pps", "By reason. `Policy denied` is somebody who asks for what nothing allows.")
            .ask("sum by (reason) (rate(cilium_drop_count_total[$__rate_interval]))", "{{reason}}")
            .needs(&[Need::Cilium]),
    ];
    Some(Board {
        name: "network-overview",
        title: "Network overview",
        what: "What is there, what comes in and goes out, and what gets lost, over all components.",
        rows: vec![
            Row { title: words!["What of ", cluster, " is there"], lines: lines(4, 5, first) },
            Row { title: words!["In and out"], lines: lines(8, 3, edges) },
            Row { title: words!["Traffic of nodes by VLAN"], lines: lines(8, 3, traffic) },
            Row { title: words!["Packets, errors, drops"], lines: lines(8, 3, lost) },
        ],
    })
}

/// What nodes send and get by these devices.
pub fn node_traffic(title: crate::render::Composed, devices: &crate::render::Composed) -> Panel {
    let rate = |sign: &'static str, metric: &'static str| {
        words![
            sign,
            " * rate(",
            metric,
            "{job=\"node-exporter\", device=~\"",
            devices,
            "\"}[$__rate_interval]) * on (instance) group_left (nodename) node_uname_info{job=\"node-exporter\"}"
        ]
    };
    Panel::new(Kind::Series, title, "bps", words!["What each node gets (above) and sends (below) by ", devices, "."])
        .ask(rate("8", "node_network_receive_bytes_total"), "{{nodename}} in")
        .ask(rate("-8", "node_network_transmit_bytes_total"), "{{nodename}} out")
        .needs(&[Need::Stack])
}
