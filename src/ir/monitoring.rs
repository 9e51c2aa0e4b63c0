//! Decided: monitoring, who is told, what is probed and what is not; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{FirewallId, MachineId, SecretId, VlanId};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Prometheus, Alertmanager and Grafana in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Monitoring {
    /// The version of the chart kube-prometheus-stack as stated.
    pub chart: Sp<Version>,
    /// The version of the blackbox exporter's chart as stated.
    pub blackbox: Sp<Version>,
    /// How long figures are kept, in seconds.
    pub retention: Sp<Seconds>,
    /// How many of Prometheus and of Alertmanager.
    pub replicas: Sp<u32>,
    /// Where figures are kept.
    pub storage: MonitoringStorage,
    /// Pages with dashboards.
    pub grafana: Option<Sp<SecretId>>,
    /// Who is told of alerts.
    pub told: Told,
    /// Who asks firewalls by SNMP.
    pub snmp: Option<SnmpExporter>,
    /// Nodes of firewalls that have figures, ordered by address.
    pub firewalls: Vec<WatchedFirewall>,
    /// What else has figures, ordered by name.
    pub targets: Vec<FigureTarget>,
    /// What is looked at from outside of it, in the order of [`ProbeOf`], address and port.
    pub probes: Vec<Probe>,
    /// What is not, and why.
    pub unprobed: Vec<Unprobed>,
    /// What is an alert.
    pub alerts: Alerts,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Volumes of Prometheus and Alertmanager.
#[derive(Clone, Debug, Serialize)]
pub struct MonitoringStorage {
    /// Of each Prometheus, in MiB.
    pub prometheus: Sp<u64>,
    /// Of each Alertmanager, in MiB.
    pub alertmanager: Sp<u64>,
    /// The StorageClass.
    pub class: Sp<ObjectName>,
}

/// Who is told of alerts.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Who is told of what no route is about.
    pub default: Sp<Name>,
    /// Who gets the alert that always fires.
    pub watchdog: Option<Sp<Name>>,
    /// How often somebody is told again, in seconds.
    pub repeat: Sp<Seconds>,
    /// Receivers, ordered by name.
    pub receivers: Vec<Receiver>,
    /// Routes, ordered by what they match; all that match are told.
    pub routes: Vec<Route>,
    /// What is not told while something worse is, ordered.
    pub inhibits: Vec<Inhibit>,
}

/// Who is told of alerts, by one or more ways.
#[derive(Clone, Debug, Serialize)]
pub struct Receiver {
    /// Its name.
    pub name: Sp<Name>,
    /// A program: host, port, and the secret that has the whole address.
    pub webhook: Option<(Sp<Domain>, Sp<u16>, Sp<SecretId>)>,
    /// People who get mail.
    pub email: Option<AlertMail>,
    /// A channel of Slack, and the secret that has the address.
    pub slack: Option<(Sp<SlackChannel>, Sp<SecretId>)>,
    /// A service of PagerDuty, by the secret that has its key.
    pub pagerduty: Option<Sp<SecretId>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Receiver {
    /// The secrets by which it is told, with the key of each in its Kubernetes Secret.
    pub fn secrets(&self) -> Vec<(Sp<SecretId>, &'static str)> {
        let mut all = Vec::new();
        all.extend(self.webhook.as_ref().map(|w| (w.2, "url")));
        all.extend(self.email.as_ref().and_then(|m| m.login.as_ref()).map(|l| (l.1, "password")));
        all.extend(self.slack.as_ref().map(|s| (s.1, "url")));
        all.extend(self.pagerduty.map(|p| (p, "routing-key")));
        all
    }
}

/// People who get mail.
#[derive(Clone, Debug, Serialize)]
pub struct AlertMail {
    /// Who, ordered.
    pub to: Vec<Sp<Email>>,
    /// From whom.
    pub from: Sp<Email>,
    /// The server.
    pub server: Sp<Domain>,
    /// Its port.
    pub port: Sp<u16>,
    /// How it leaves the cluster.
    pub security: Sp<MailSecurity>,
    /// The account there and its password.
    pub login: Option<(Sp<MailUser>, Sp<SecretId>)>,
}

/// Who is told of some alerts.
#[derive(Clone, Debug, Serialize)]
pub struct Route {
    /// Who.
    pub to: Sp<Name>,
    /// How bad they are, ordered; empty for all.
    pub severity: Vec<Sp<AlertSeverity>>,
    /// Which, ordered; empty for all.
    pub alerts: Vec<Sp<AlertName>>,
    /// The namespaces that they are about, ordered; empty for all.
    pub namespaces: Vec<Sp<Namespace>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What is not told while something worse is.
#[derive(Clone, Debug, Serialize)]
pub struct Inhibit {
    /// While this one fires.
    pub by: Sp<AlertName>,
    /// These are not told, ordered.
    pub alerts: Vec<Sp<AlertName>>,
    /// Labels that both have alike, ordered.
    pub same: Vec<Sp<MetricLabel>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who asks firewalls by SNMP.
#[derive(Clone, Debug, Serialize)]
pub struct SnmpExporter {
    /// Its version as stated.
    pub version: Sp<Version>,
    /// What says that firewalls are asked.
    pub stated: Sp<bool>,
}

/// A node of a firewall that has figures.
#[derive(Clone, Debug, Serialize)]
pub struct WatchedFirewall {
    /// The firewall.
    pub firewall: FirewallId,
    /// The node.
    pub node: MachineId,
    /// Its own address on the VLAN that answers.
    pub address: Sp<Ipv4Addr>,
    /// The port of Prometheus' exporter, where there is one.
    pub exporter: Option<Sp<u16>>,
    /// The word that who asks by SNMP must know, where it is asked.
    pub snmp: Option<Sp<SecretId>>,
}

/// Something else that has figures for Prometheus.
#[derive(Clone, Debug, Serialize)]
pub struct FigureTarget {
    /// The label `job` of its figures.
    pub name: Sp<ObjectName>,
    /// Where it is.
    pub address: Sp<Ipv4Addr>,
    /// Its TCP port.
    pub port: Sp<u16>,
    /// The path of its figures.
    pub path: Sp<PathPrefix>,
}

/// What is looked at from outside of it.
#[derive(Clone, Debug, Serialize)]
pub struct Probe {
    /// What it is about.
    pub of: ProbeOf,
    /// How it is looked at.
    pub how: ProbeHow,
    /// Where.
    pub address: Sp<Ipv4Addr>,
    /// The TCP port; none for a ping.
    pub port: Option<Sp<u16>>,
    /// What is sent there ends in this cluster: at its API servers or its ways in.
    pub inside: Option<ProbeInside>,
}

/// What a probe is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeOf {
    /// An address of a firewall: whose, on which VLAN, what it is called.
    Firewall(FirewallId, VlanId, Name),
    /// Another address that much depends on: on which VLAN, what it is called.
    Critical(VlanId, Name),
    /// A service at a public address, by its slug.
    Publish(Name),
    /// Something that is expected to get through, by its slug.
    Expect(Name),
}

/// How something is looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeHow {
    /// By ICMP.
    Ping,
    /// A TCP connection is opened.
    Connect,
    /// A request by HTTP is answered, whatever by.
    Http,
    /// A connection by TLS is opened: for which name, and whether its certificate must be one that clients trust.
    Tls(Option<Sp<HostPattern>>, Sp<bool>),
}

/// Where in this cluster a probe ends.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeInside {
    /// At its API servers.
    Api,
    /// At its ways in for HTTP.
    WaysIn,
}

/// What is not looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Unprobed {
    /// What.
    pub what: UnprobedWhat,
    /// Why.
    pub why: Sp<&'static str>,
}

/// What is not looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnprobedWhat {
    /// An address: what it is called, on which VLAN.
    Address(Sp<Name>, VlanId, Sp<Ipv4Addr>),
    /// A service at a public address, or some ports of it.
    Publish(Sp<Label>),
    /// Something that is expected to get through, or some of it.
    Expect(Sp<Text>),
}

impl Monitoring {
    /// The namespace of all of it.
    pub const NAMESPACE: &'static str = "monitoring";
    /// The account of Prometheus (kube-prometheus-stack 88.5.3, templates/_helpers.tpl: the release's name, which has the chart's in it).
    pub const ACCOUNT: &'static str = "kube-prometheus-stack-prometheus";
}

/// Alerts: what is stated of them. Which there are says [`super::Topology::alerts`].
#[derive(Clone, Debug, Serialize)]
pub struct Alerts {
    /// Where the page of each alert is.
    pub runbooks: Option<Sp<Url>>,
    /// From which figures on they speak.
    pub thresholds: Thresholds,
    /// Alerts that differ from the usual, ordered by name.
    pub changes: Vec<AlertChange>,
    /// Alerts that nobody wants, ordered by name.
    pub off: Vec<AlertOff>,
}

/// From which figures on alerts speak.
#[derive(Clone, Debug, Serialize)]
pub struct Thresholds {
    /// Percent of a shaped link.
    pub saturation: Sp<u8>,
    /// Percent of a pool that shall stay free.
    pub pool_free: Sp<u8>,
    /// Seconds that 95 of 100 requests may take.
    pub latency: Sp<u32>,
    /// Percent of requests that may fail.
    pub errors: Sp<u8>,
    /// Percent of answers of CoreDNS that may be SERVFAIL.
    pub dns_errors: Sp<u8>,
    /// Packets a second that may be dropped for one reason.
    pub drops: Sp<u32>,
    /// Percent of a table of Cilium's.
    pub map_pressure: Sp<u8>,
    /// Percent of Ceph's disks.
    pub storage_full: Sp<u8>,
    /// How long before a certificate expires somebody should look at it.
    pub soon: Sp<Seconds>,
    /// How long before that somebody must act; less than `soon`.
    pub urgent: Sp<Seconds>,
    /// Ports at which new connections between pods are told of, ordered; at least one.
    pub ports: Vec<Sp<u16>>,
}

/// An alert that differs from the usual.
#[derive(Clone, Debug, Serialize)]
pub struct AlertChange {
    /// Its name: one of [`crate::consumer::alerts::names`].
    pub name: Sp<AlertName>,
    /// How much it matters.
    pub severity: Option<Sp<AlertSeverity>>,
    /// How long it must hold.
    pub after: Option<Sp<Seconds>>,
}

/// An alert that nobody wants.
#[derive(Clone, Debug, Serialize)]
pub struct AlertOff {
    /// Its name: one of [`crate::consumer::alerts::names`].
    pub name: Sp<AlertName>,
    /// Why.
    pub because: Sp<Text>,
}
