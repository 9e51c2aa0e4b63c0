//! Emitter: Grafana's dashboards of a cluster and of what stands before it; asks only metrics that are told there.
//!
//! Each dashboard is a plain JSON file that kustomize puts in a ConfigMap for Grafana's sidecar. A ConfigMap of ours would hold
//! the same JSON as one text: a reviewer would see a changed text, no `raw` could reach into it, and Grafana's own import could
//! not read it. `kubectl apply -k` and Argo CD both run the generator; the names have no hash behind them, for nothing mounts
//! them and an old one would stay as a second dashboard of the same address.
//!
//! Texts of people do not get here: names have letters, digits, `-`, `_` and `.` alone, so none can be one of Grafana's
//! variables (`$x`, `${x}`, `[[x]]`) or a label of a legend.

mod argo_cd;
mod ceph;
mod cilium;
mod coredns;
mod gateway;
pub mod grafana;
mod ingress_nginx;
mod metallb;
mod opnsense;
mod overview;
mod reachability;

use super::kube::{self, Carrier, Part, View};
use super::{Meta, Out};
use crate::ir::{Monitoring, Nic, Sealed, VlanId};
use crate::render::{Composed, Map, Why};
use crate::source::Sp;
use crate::words;
use grafana::{Board, Tells};

crate::rules! {
    101;
    BOARD = "A dashboard for each component that is there, with its addresses and names." @ "RFC 7.5";
    SCHEMA = "The version of the model is Grafana's own, so that it changes nothing when it reads this." @ "@grafana/schema 12.3.0, dashboard_types.gen: schemaVersion 42";
    FOUND = "Whoever looks chooses the data source; the first one of its type is taken." @ "Grafana 12, variables: datasource";
    SOURCE = "What is asked, and of whom: a variable, never a uid, which each Grafana gives itself." @ "RFC 7.5; Grafana 12, panels: datasource, targets";
    LINKED = "Dashboards of the network lead to each other, over the same time." @ "Grafana 12, dashboard links: type dashboards";
    SHOWN = "Six hours, asked again every minute: as often as figures are collected." @ "Grafana 12, time, refresh; prometheus-operator, scrapeInterval";
    PANEL = "A panel shows one thing." @ "RFC 7.5";
    PLACE = "Panels lie in lines that fill the grid of 24 columns." @ "Grafana 12, panels: gridPos";
    LOOKS = "How it looks." @ "@grafana/schema 12.3.0, panelcfg";
    STEPS = "Colours change where a value needs somebody." @ "RFC 7.6";
    SIZE = "What is full is as large as what is stated." @ "RFC 7.5";
    COLUMNS = "When a table was asked says nothing." @ "Grafana 12, transformations: organize";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "dashboards",
    writes: "<folder>/config/dashboards/network-<component>.json",
    what: "Grafana's dashboards, one for each component that is there.",
    reader: "Grafana",
    apply: "`kubectl apply --server-side -k <folder>/config/dashboards`; Grafana's sidecar finds them within a minute.",
    step: 8,
    rfc: "7.5",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// How a dashboard gets to Grafana (kube-prometheus-stack 88.5.3, grafana.sidecar.dashboards: label, labelValue;
/// folderAnnotation is in its values too).
const CARRIER: Carrier = Carrier {
    namespace: Monitoring::NAMESPACE,
    labels: &[("grafana_dashboard", "1")],
    annotations: &[(FOLDER, "Network")],
};

/// Why a dashboard is there, for whoever prints one by itself.
pub const RULE_OF: crate::source::Rule = BOARD;

/// The annotation that names a dashboard's folder.
pub const FOLDER: &str = "grafana_folder";

/// Dashboards of every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// Dashboards where Grafana runs.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(m) = &view.layer.monitoring else { return Vec::new() };
    let Some(grafana) = &m.grafana else { return Vec::new() };
    let all = documents(view, m, &|need, of| view.t.tells(view.layer, need, of));
    let part = |(name, mut doc): (&'static str, Map)| {
        if let Some(title) = doc.entries.iter_mut().find(|e| e.key == "title") {
            title.why = title.why.clone().also(grafana.at);
        }
        Part::json("dashboards", name, doc, BOARD, CARRIER)
    };
    all.into_iter().map(part).collect()
}

/// Every dashboard that shows something, with its name, as far as this tells.
pub fn documents(view: &View<'_>, m: &Monitoring, tells: Tells<'_>) -> Vec<(&'static str, Map)> {
    let boards: Vec<Board> = [
        overview::board(view, m),
        cilium::board(view),
        metallb::board(view),
        ingress_nginx::board(view, m),
        gateway::board(view),
        opnsense::board(view, m),
        coredns::board(m),
        ceph::board(view, m),
        reachability::board(view, m),
        argo_cd::board(view),
    ]
    .into_iter()
    .flatten()
    .collect();
    boards.into_iter().filter_map(|b| Some((b.name, grafana::board(b, tells, BOARD)?))).collect()
}

/// A value of ours, where nothing is stated.
fn usual(n: i64) -> (i64, Why) {
    (n, Why::from(STEPS))
}

/// Percent as stated for alerts.
fn percent(p: Sp<u8>) -> (i64, Why) {
    (i64::from(p.v), p.at.into())
}

/// How many nodes the cluster has.
fn nodes(view: &View<'_>) -> (i64, Why) {
    let groups = &view.cluster.groups;
    let why = groups.iter().fold(Why::from(SIZE), |why, g| why.also(g.at));
    (groups.iter().map(|g| g.nodes.len() as i64).sum(), why)
}

/// VLANs of the cluster's nodes by tag, each with the devices by which nodes are on it, as a regular expression.
fn node_networks(view: &View<'_>) -> Vec<(VlanId, Composed)> {
    let machines = view.cluster.groups.iter().flat_map(|g| &g.nodes).map(|m| view.t.machine(*m));
    let nics: Vec<&Nic> = machines.flat_map(|m| &m.nics).collect();
    let mut vlans: Vec<VlanId> = nics.iter().map(|n| n.vlan.v).collect();
    vlans.sort_unstable();
    vlans.dedup();
    let devices = |v: &VlanId| {
        let mut names: Vec<_> = nics.iter().filter(|n| n.vlan.v == *v).map(|n| &n.ifname).collect();
        names.sort_by(|a, b| a.v.cmp(&b.v));
        names.dedup_by(|a, b| a.v == b.v);
        alternatives(names.into_iter().map(|n| words![n]))
    };
    vlans.iter().map(|v| (*v, devices(v))).collect()
}

/// Any of these, as a regular expression of RE2 in a text of PromQL or LogQL.
fn alternatives(names: impl Iterator<Item = Composed>) -> Composed {
    let plain = |c: Composed| Composed { text: c.text.replace('.', "[.]"), why: c.why };
    names.map(plain).reduce(|all, next| words![all, "|", next]).unwrap_or_default()
}

/// A VLAN as people call it.
fn vlan(view: &View<'_>, id: VlanId) -> Composed {
    let v = view.t.vlan(id);
    words!["VLAN ", v.tag, " ", v.name]
}
