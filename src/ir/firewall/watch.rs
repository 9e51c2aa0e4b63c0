//! Decided: a firewall's logs, figures, and what it looks after; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::SecretId;
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Logs, figures, and what it looks after by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FirewallWatch {
    /// Where logs go, ordered by name.
    pub logs: Vec<FirewallLogs>,
    /// Who may read its figures.
    pub metrics: Option<FirewallMetrics>,
    /// What it looks after.
    pub checks: Option<FirewallChecks>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
}

/// Where logs go.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallLogs {
    /// What takes them.
    pub name: Sp<Label>,
    /// Where.
    pub address: Sp<Ipv4Addr>,
    /// The port.
    pub port: Sp<u16>,
    /// How they travel.
    pub transport: Sp<LogTransport>,
    /// How a message looks.
    pub format: Sp<LogFormat>,
    /// The least that is sent.
    pub level: Sp<LogLevel>,
    /// What they are about, ordered; empty for everything.
    pub about: Vec<Sp<LogTopic>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who may read figures, and where they are.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallMetrics {
    /// The interface whose address answers: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// Its VLAN.
    pub vlan: Sp<super::super::VlanId>,
    /// The TCP port of Prometheus' exporter.
    pub node_exporter: Option<Sp<u16>>,
    /// SNMP.
    pub snmp: Option<Snmp>,
    /// Whether it answers pings of those who read.
    pub ping: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// SNMP version 2c.
#[derive(Clone, Debug, Serialize)]
pub struct Snmp {
    /// The word that who asks must know.
    pub community: Sp<SecretId>,
    /// Where the firewall stands.
    pub location: Option<Sp<Text>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What a firewall looks after by itself.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallChecks {
    /// How often.
    pub every: Sp<Seconds>,
    /// The share of the processor from which on it speaks.
    pub cpu: Option<Sp<u8>>,
    /// The share of the memory.
    pub memory: Option<Sp<u8>>,
    /// The share of the disk.
    pub disk: Option<Sp<u8>>,
    /// Routers of ways out that it pings: numbers in [`super::FirewallNetwork::gateways`].
    pub gateways: Vec<Sp<usize>>,
    /// Whether it pings them.
    pub pings: Sp<bool>,
    /// Who is told by mail.
    pub mail: Option<WatchMail>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who is told by mail.
#[derive(Clone, Debug, Serialize)]
pub struct WatchMail {
    /// Who, ordered.
    pub to: Vec<Sp<Email>>,
    /// The server.
    pub server: Sp<Domain>,
    /// Its port.
    pub port: Sp<u16>,
    /// How it leaves the firewall.
    pub security: Sp<MailSecurity>,
    /// The account there and its password.
    pub login: Option<(Sp<MailUser>, Sp<SecretId>)>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
