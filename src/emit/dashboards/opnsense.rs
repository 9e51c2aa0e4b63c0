//! The dashboard of firewalls: the system, traffic by VLAN, VPN, what is stopped and what is found (RFC 7.5).
//!
//! How full pf's table of states is has no source: node_exporter does not read pf, and topoc sets up no other exporter.

use super::grafana::{Board, Kind, Panel, Row, lines};
use super::{alternatives, percent, usual};
use crate::consumer::Need;
use crate::emit::kube::View;
use crate::ir::{Firewall, FirewallId, FirewallInterface, Monitoring, Pipe, ProbeOf, Vpn, VpnSpeaks};
use crate::render::{Composed, Why};
use crate::source::Sp;
use crate::words;

/// The dashboard, where there is a firewall of ours.
pub fn board(view: &View<'_>, m: &Monitoring) -> Option<Board> {
    let mut rows = Vec::new();
    for (n, f) in view.t.firewalls.iter().enumerate() {
        let id = FirewallId(n as u32);
        if f.layer.network.interfaces.is_empty() {
            continue;
        }
        let pings = m.probes.iter().any(|p| matches!(p.of, ProbeOf::Firewall(of, ..) if of == id));
        if pings {
            let asked = |metric: &'static str| words![metric, "{job=\"opnsense-icmp\", firewall=\"", f.name, "\"}"];
            let panels = vec![
                Panel::new(
                    Kind::Stat,
                    words![f.name, " answers"],
                    "none",
                    "Whether its addresses answer pings, on each VLAN that they are on.",
                )
                .ask(asked("probe_success"), "{{name}} {{vlan}}")
                .names(super::metallb::UP)
                .good_from(usual(1))
                .needs(&[Need::Critical]),
                Panel::new(
                    Kind::Series,
                    "Time to answer",
                    "s",
                    "How long an answer takes. It grows when the firewall is busy.",
                )
                .ask(asked("probe_duration_seconds"), "{{name}} {{vlan}}")
                .needs(&[Need::Critical]),
            ];
            rows.push(Row { title: words![f.name, " from the cluster"], lines: lines(6, 2, panels) });
        }
        if m.firewalls.iter().any(|w| w.firewall == id && w.exporter.is_some()) {
            rows.push(Row { title: words![f.name, ": system"], lines: lines(7, 4, system(f, id)) });
            rows.push(Row { title: words![f.name, ": traffic by VLAN"], lines: lines(8, 3, traffic(view, f, id)) });
            rows.push(Row { title: words![f.name, ": packets and errors"], lines: lines(8, 3, packets(view, f, id)) });
            rows.push(Row { title: words![f.name, ": VPN"], lines: lines(8, 3, vpns(f, id)) });
        }
        rows.push(Row { title: words![f.name, ": what it stops"], lines: lines(8, 3, blocks(view, f, id)) });
        if f.layer.ids.is_some() {
            rows.push(Row {
                title: words![f.name, ": what Suricata finds"],
                lines: lines(8, 3, intrusions(view, f, id)),
            });
        }
    }
    Some(Board {
        name: "network-opnsense",
        title: "OPNsense",
        what: "Firewalls: the system, traffic by VLAN, VPN, what is stopped and what is found. How full pf's table of states is no exporter tells.",
        rows,
    })
}

/// What leaves and comes in by each way out of every firewall that is watched, for the overview.
pub fn ways_out(view: &View<'_>, m: &Monitoring) -> Vec<Panel> {
    let mut all = Vec::new();
    for (n, f) in view.t.firewalls.iter().enumerate() {
        let id = FirewallId(n as u32);
        if m.firewalls.iter().any(|w| w.firewall == id && w.exporter.is_some()) {
            for (n, i) in f.layer.network.interfaces.iter().enumerate().filter(|(_, i)| i.gateway.is_some()) {
                let mut p = by_vlan(view, f, id, n, i);
                p.title = words![f.name, ", way out on ", view.t.vlan(i.vlan.v).name];
                all.push(p);
            }
        }
    }
    all
}

fn device(i: &FirewallInterface) -> Composed {
    Composed { text: i.device.v.clone(), why: vec![i.device.at] }
}

/// Labels of one firewall's exporter.
fn own(f: &Firewall) -> Composed {
    words!["job=\"opnsense-node\", firewall=\"", f.name, "\""]
}

fn limit(stated: Option<Sp<u8>>, usually: i64) -> (i64, Why) {
    stated.map_or(usual(usually), percent)
}

fn system(f: &Firewall, id: FirewallId) -> Vec<Panel> {
    let checks = f.layer.watch.checks.as_ref();
    let own = own(f);
    let series = |title: &'static str, unit, what: &'static str| {
        Panel::new(Kind::Series, title, unit, what).needs(&[Need::FirewallExporter]).of(id)
    };
    let idle =
        words!["100 * (1 - avg by (node) (rate(node_cpu_seconds_total{", own, ", mode=\"idle\"}[$__rate_interval])))"];
    let unused = words![
        "100 * (1 - (node_memory_free_bytes{",
        own,
        "} + node_memory_inactive_bytes{",
        own,
        "} + node_memory_laundry_bytes{",
        own,
        "}) / node_memory_size_bytes{",
        own,
        "})"
    ];
    let disk = words![
        "100 * (1 - node_filesystem_avail_bytes{",
        own,
        ", mountpoint=\"/\"} / node_filesystem_size_bytes{",
        own,
        ", mountpoint=\"/\"})"
    ];
    vec![
        series("Processors", "percent", "How busy they are.")
            .ask(idle, "{{node}}")
            .most(usual(100))
            .red_from(limit(checks.and_then(|c| c.cpu), 90)),
        series("Memory", "percent", "What programs and the kernel hold.")
            .ask(unused, "{{node}}")
            .most(usual(100))
            .red_from(limit(checks.and_then(|c| c.memory), 90)),
        series("Disk", "percent", "How full the file system is that everything is on.")
            .ask(disk, "{{node}}")
            .most(usual(100))
            .red_from(limit(checks.and_then(|c| c.disk), 80)),
        series("Disk traffic", "Bps", "What is read and written.").ask(
            words!["sum by (node, type) (rate(node_devstat_bytes_total{", own, "}[$__rate_interval]))"],
            "{{node}} {{type}}",
        ),
    ]
}

fn traffic(view: &View<'_>, f: &Firewall, id: FirewallId) -> Vec<Panel> {
    f.layer.network.interfaces.iter().enumerate().map(|(n, i)| by_vlan(view, f, id, n, i)).collect()
}

/// What comes in and goes out on one VLAN; lines where the shaper's link ends, when it has one.
fn by_vlan(view: &View<'_>, f: &Firewall, id: FirewallId, n: usize, i: &FirewallInterface) -> Panel {
    let (own, device) = (own(f), device(i));
    let rate = |by: &'static str, metric: &'static str| {
        words![by, " * rate(", metric, "{", own, ", device=\"", device, "\"}[$__rate_interval])"]
    };
    let v = view.t.vlan(i.vlan.v);
    let link = f.layer.shaper.iter().flat_map(|s| &s.links).find(|l| l.interface == n);
    let what = words!["What comes in (above) and goes out (below) on ", device, ", VLAN ", v.tag, ", ", v.subnet, "."];
    let what = match link {
        Some(l) => {
            words![what, " The dashed line is the link's ", said(&l.down), " down; up it has ", said(&l.up), "."]
        }
        None => what,
    };
    let mut p = Panel::new(Kind::Series, super::vlan(view, i.vlan.v), "bps", what)
        .ask(rate("8", "node_network_receive_bytes_total"), "{{node}} in")
        .ask(rate("-8", "node_network_transmit_bytes_total"), "{{node}} out")
        .needs(&[Need::FirewallExporter])
        .of(id);
    if let Some(down) = link.map(|l| l.down.bandwidth) {
        p = p.red_from((i64::try_from(down.v.bits()).unwrap_or(i64::MAX), down.at.into()));
    }
    p
}

/// The bandwidth of a pipe as it was stated.
fn said(p: &Pipe) -> Composed {
    words![p.bandwidth.map(|b| b.number), " ", p.bandwidth.map(|b| b.unit)]
}

fn packets(view: &View<'_>, f: &Firewall, id: FirewallId) -> Vec<Panel> {
    let own = own(f);
    let panel = |title: &'static str, what: &'static str, a: &'static str, b: &'static str| {
        let mut p = Panel::new(Kind::Series, title, "pps", what).needs(&[Need::FirewallExporter]).of(id);
        for i in &f.layer.network.interfaces {
            let device = device(i);
            let rate = |metric: &'static str| {
                words!["rate(", metric, "{", own, ", device=\"", device, "\"}[$__rate_interval])"]
            };
            p = p.ask(words!["sum(", rate(a), " + ", rate(b), ")"], words![view.t.vlan(i.vlan.v).name]);
        }
        p
    };
    vec![
        panel(
            "Packets by VLAN",
            "Packets in and out, all nodes together.",
            "node_network_receive_packets_total",
            "node_network_transmit_packets_total",
        ),
        panel(
            "Errors by VLAN",
            "Packets that could not be taken or sent. There should be none.",
            "node_network_receive_errs_total",
            "node_network_transmit_errs_total",
        ),
    ]
}

fn vpns(f: &Firewall, id: FirewallId) -> Vec<Panel> {
    let own = own(f);
    f.layer
        .vpns
        .iter()
        .map(|v| {
            let Vpn { name, number, subnet, speaks, .. } = v;
            // Interfaces are called by the kind and the number of the instance (core 26.7, OpenVPN: ovpns; WireGuard: wg).
            let device = match speaks {
                VpnSpeaks::Wireguard { .. } => words!["wg", number],
                VpnSpeaks::Openvpn(_) => words!["ovpns", number],
            };
            let rate = |by: &'static str, metric: &'static str| {
                words![by, " * rate(", metric, "{", own, ", device=\"", device, "\"}[$__rate_interval])"]
            };
            Panel::new(
                Kind::Series,
                words!["VPN ", name],
                "bps",
                words!["What people of ", subnet, " send (above) and get (below) on ", device, "."],
            )
            .ask(rate("8", "node_network_receive_bytes_total"), "{{node}} in")
            .ask(rate("-8", "node_network_transmit_bytes_total"), "{{node}} out")
            .needs(&[Need::FirewallExporter])
            .of(id)
        })
        .collect()
}

/// Labels of logs of a firewall's nodes; a node tells its name with its domain or without.
fn logs(view: &View<'_>, f: &Firewall, app: &'static str) -> Composed {
    let nodes = alternatives(f.nodes.iter().map(|n| words![view.t.machine(*n).name]));
    words!["job=\"opnsense\", opnsense_host=~\"(", nodes, ")([.].*)?\", opnsense_app=\"", app, "\""]
}

fn blocks(view: &View<'_>, f: &Firewall, id: FirewallId) -> Vec<Panel> {
    let own = logs(view, f, "filterlog");
    let panel = |kind, title: &'static str, what: &'static str| {
        Panel::new(kind, title, "none", what).needs(&[Need::LoggedPackets]).of(id)
    };
    let mut by_vlan =
        panel(Kind::Stack, "Stopped by VLAN", "Packets that a rule stopped, by the VLAN where they came.");
    for i in &f.layer.network.interfaces {
        let expr =
            words!["sum(count_over_time({", own, ", action=\"block\", interface=\"", device(i), "\"} [$__auto]))"];
        by_vlan = by_vlan.logs(expr, words![view.t.vlan(i.vlan.v).name]);
    }
    let top = |by: &'static str| {
        words!["topk(10, sum by (", by, ") (count_over_time({", own, ", action=\"block\"} [$__range])))"]
    };
    vec![
        by_vlan,
        panel(
            Kind::Bars,
            "Stopped most, by source",
            "The ten addresses of which most was stopped, over the time that is shown.",
        )
        .logs(top("src"), "{{src}}"),
        panel(Kind::Bars, "Rules that stopped most", "The ten rules, by their id as OPNsense's live view shows it.")
            .logs(top("rid"), "{{rid}}"),
    ]
}

fn intrusions(view: &View<'_>, f: &Firewall, id: FirewallId) -> Vec<Panel> {
    let own = logs(view, f, "suricata");
    let panel = |kind, title: &'static str, what: &'static str| {
        Panel::new(kind, title, "none", what).needs(&[Need::LoggedIntrusions]).of(id)
    };
    let top = |by: &'static str| {
        words!["topk(10, sum by (", by, ") (count_over_time({", own, "} | event_type=\"alert\" [$__range])))"]
    };
    vec![
        panel(Kind::Stack, "Alerts by severity", "1 is the worst.").logs(
            words!["sum by (alert_severity) (count_over_time({", own, "} | event_type=\"alert\" [$__auto]))"],
            "{{alert_severity}}",
        ),
        panel(Kind::Bars, "What is found most", "The ten signatures with the most alerts.")
            .logs(top("alert_signature"), "{{alert_signature}}"),
        panel(Kind::Bars, "Who causes most", "The ten pairs with the most alerts.")
            .logs(top("src, dst"), "{{src}} to {{dst}}"),
        panel(Kind::Logs, "Alerts", "As Suricata writes them.").logs(words!["{", own, "} | event_type=\"alert\""], ""),
    ]
}
