//! Dashboards ask only what is told, and nothing of a topology breaks out of their texts.

use std::collections::BTreeMap;

use serde_json::Value;
use topoc::build::{Build, Input, build};
use topoc::consumer::alerts::metrics_of;
use topoc::consumer::metric;
use topoc::diag::Sink;
use topoc::emit::{dashboards, kube};
use topoc::ir::{FirewallId, Sealed};
use topoc::render::json;
use topoc::source::Source;

const EVERYTHING: &str = include_str!("cases/dashboards-of-everything/topology.kdl");
const LITTLE: &str = include_str!("cases/dashboards-of-little/topology.kdl");

fn run(text: &str) -> Build {
    let b =
        build(Input { topology: Source::new("test.kdl", text), lock: None, today: "2026-01-01".into(), emit: true });
    assert!(!b.failed(), "{:?}", b.diags.iter().map(|d| &d.message).collect::<Vec<_>>());
    b
}

/// The dashboards of the cluster itself, by name.
fn boards(b: &Build) -> BTreeMap<&str, Value> {
    let ours = b.tree.iter().filter_map(|(p, a)| {
        let (_, name) = p.split_once("/config/dashboards/")?;
        Some((name.strip_suffix(".json")?, serde_json::from_str(&a.text.text).unwrap()))
    });
    ours.collect()
}

/// Expressions of one data source, with the title of their panel.
fn expressions(board: &Value, kind: &str) -> Vec<(String, String)> {
    let panels = board["panels"].as_array().unwrap();
    let of = |p: &Value| {
        let title = p["title"].as_str().unwrap().to_string();
        let all = p["targets"].as_array().cloned().unwrap_or_default();
        let ours = all.into_iter().filter(|t| t["datasource"]["type"] == kind);
        ours.map(|t| (title.clone(), t["expr"].as_str().unwrap().to_string())).collect::<Vec<_>>()
    };
    panels.iter().flat_map(of).collect()
}

#[test]
fn every_metric_is_in_the_catalogue_and_told_here() {
    for text in [EVERYTHING, LITTLE] {
        let b = run(text);
        let cluster = &b.topology.clusters[0];
        let firewalls = (0..b.topology.firewalls.len()).map(|n| Some(FirewallId(n as u32)));
        let of: Vec<Option<FirewallId>> = firewalls.chain([None]).collect();
        let mut asked = 0;
        for (name, board) in boards(&b) {
            for (title, expr) in expressions(&board, "prometheus") {
                let plain = expr.replace("$__rate_interval", "5m");
                // An aggregation whose labels stand before what it is of.
                let words = ["sum", "max", "min", "avg", "count"];
                for used in metrics_of(&plain).into_iter().filter(|w| !words.contains(w)) {
                    let row = metric(used).unwrap_or_else(|| panic!("{name}, {title}: nobody tells {used}"));
                    let told = |f: &Option<FirewallId>| {
                        row.needs.iter().any(|n| b.topology.tells(&cluster.layer, *n, *f).is_some())
                    };
                    assert!(of.iter().any(told), "{name}, {title}: {used} is not told in this topology");
                    asked += 1;
                }
            }
        }
        assert!(asked > 20, "{asked}");
    }
}

#[test]
fn what_is_not_there_has_no_dashboard() {
    let b = run(LITTLE);
    let names: Vec<&str> = boards(&b).into_keys().collect();
    assert_eq!(names, ["network-cilium", "network-coredns", "network-overview", "network-reachability"]);
    let all: String = boards(&b).values().map(Value::to_string).collect();
    for absent in ["nginx", "metallb", "ceph", "opnsense", "hubble", "cilium_", "loki"] {
        assert!(!all.contains(absent), "{absent}");
    }
    let without = run(&LITTLE
        .replace("        grafana secret=\"grafana\"\n", "")
        .replace("secret \"grafana\" {", "secret \"slack-2\" {")
        .replace("channel=\"#people\" secret=\"slack\"", "channel=\"#people\" secret=\"slack-2\"")
        .replace("secret \"slack\" { from \"env\" \"SLACK\" }\n", ""));
    assert!(boards(&without).is_empty(), "nobody would show them");
}

/// Devices, names and figures of the topology are where they belong.
#[test]
fn panels_are_made_of_the_topology() {
    let b = run(EVERYTHING);
    let all = boards(&b);
    let panel = |board: &str, title: &str| -> Value {
        let panels = all[board]["panels"].as_array().unwrap().clone();
        panels.into_iter().find(|p| p["title"] == title).unwrap_or_else(|| panic!("{board} has no {title}"))
    };
    let out = panel("network-opnsense", "VLAN 29 outside");
    assert!(out["targets"][0]["expr"].as_str().unwrap().contains("firewall=\"edge\", device=\"vtnet0\""), "{out}");
    assert_eq!(out["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"], 1_000_000_000);
    let cpu = panel("network-opnsense", "Processors");
    assert_eq!(cpu["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"], 85);
    assert!(panel("network-opnsense", "VPN road")["targets"][0]["expr"].as_str().unwrap().contains("device=\"wg"));
    let pool = panel("network-metallb", "front over time");
    assert_eq!(pool["fieldConfig"]["defaults"]["max"], 51);
    let copies = panel("network-ceph", "Copies on VLAN 32 osd");
    assert!(copies["targets"][0]["expr"].as_str().unwrap().contains("device=~\"net32\""), "{copies}");
    let nodes = panel("network-overview", "Nodes ready");
    assert_eq!(nodes["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"], 6);
}

/// Logs are asked only where they are: nothing tells them here, so they are shown as if something did.
#[test]
fn logs_are_asked_where_they_are_told() {
    let b = run(EVERYTHING);
    assert!(boards(&b).values().all(|board| expressions(board, "loki").is_empty()));
    let sealed = Sealed::new(&b.topology, &Sink::default()).expect("there are no errors");
    let view = kube::views(&sealed).next().unwrap();
    let m = view.layer.monitoring.as_ref().unwrap();
    let all = dashboards::documents(&view, m, &|_, _| Some(m.at));
    let (_, doc) = all.into_iter().find(|(name, _)| *name == "network-opnsense").unwrap();
    let board: Value = serde_json::from_str(&json(&doc, dashboards::RULE_OF).text).unwrap();
    assert_eq!(board["templating"]["list"][1]["name"], "loki");
    let asked: Vec<String> = expressions(&board, "loki").into_iter().map(|(_, e)| e).collect();
    assert_eq!(asked, LOGQL);
}

/// Read by Loki's grammar (@grafana/lezer-logql 0.3.0).
const LOGQL: [&str; 9] = [
    r#"sum(count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="filterlog", action="block", interface="vtnet0"} [$__auto]))"#,
    r#"sum(count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="filterlog", action="block", interface="vtnet1"} [$__auto]))"#,
    r#"sum(count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="filterlog", action="block", interface="vtnet2"} [$__auto]))"#,
    r#"topk(10, sum by (src) (count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="filterlog", action="block"} [$__range])))"#,
    r#"topk(10, sum by (rid) (count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="filterlog", action="block"} [$__range])))"#,
    r#"sum by (alert_severity) (count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="suricata"} | event_type="alert" [$__auto]))"#,
    r#"topk(10, sum by (alert_signature) (count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="suricata"} | event_type="alert" [$__range])))"#,
    r#"topk(10, sum by (src, dst) (count_over_time({job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="suricata"} | event_type="alert" [$__range])))"#,
    r#"{job="opnsense", opnsense_host=~"(edge-1)([.].*)?", opnsense_app="suricata"} | event_type="alert""#,
];

/// Grafana puts something in place of `$x`, `${x}` and `[[x]]`: no name can be that, so each is refused before it gets here.
#[test]
fn no_name_is_a_variable_of_grafana() {
    for variable in ["$datasource", "${datasource}", "[[datasource]]", "{{node}}"] {
        for (from, to) in [
            ("vlan \"front\"", "vlan"),
            ("firewall \"edge\"", "firewall"),
            ("pool \"front\"", "pool"),
            ("vpn \"road\"", "vpn"),
        ] {
            let text = EVERYTHING.replacen(from, &format!("{to} \"{variable}\""), 1);
            let b = build(Input {
                topology: Source::new("test.kdl", text),
                lock: None,
                today: "2026-01-01".into(),
                emit: true,
            });
            assert!(b.failed(), "{from} {variable}");
        }
    }
}
