//! Decided: logs of a cluster; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::FirewallId;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Loki in a cluster, and who sends it logs.
#[derive(Clone, Debug, Serialize)]
pub struct Logging {
    /// The version of Loki's chart as stated.
    pub chart: Sp<Version>,
    /// How many of it.
    pub replicas: Sp<u32>,
    /// How many of them have each line.
    pub copies: Sp<u32>,
    /// How long logs are kept.
    pub retention: Sp<Seconds>,
    /// Where they are kept; on the volume when it is `None`.
    pub objects: Option<LogObjects>,
    /// The size of each volume, in MiB.
    pub size: Sp<u64>,
    /// The StorageClass of the volumes.
    pub class: Sp<ObjectName>,
    /// What reads logs of pods and nodes.
    pub agent: Sp<LogAgent>,
    /// The version of Promtail's chart, where it reads them.
    pub promtail: Option<Sp<Version>>,
    /// The version of Alloy's chart, where it reads them or takes those of firewalls.
    pub alloy: Option<Sp<Version>>,
    /// What takes logs of firewalls.
    pub syslog: Option<Syslog>,
    /// Alerts on them, where somebody is told.
    pub alerts: Option<LogAlerts>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A store of objects that logs are kept in.
#[derive(Clone, Debug, Serialize)]
pub struct LogObjects {
    /// Its name, which is that of its class of buckets.
    pub store: Sp<ObjectName>,
    /// Its port for HTTP on each node of a gateway.
    pub port: Sp<u16>,
}

/// What takes logs of firewalls.
#[derive(Clone, Debug, Serialize)]
pub struct Syslog {
    /// The pool of its address.
    pub pool: Sp<Name>,
    /// Its address.
    pub address: Sp<Ipv4Addr>,
    /// Who gives the address out and announces it.
    pub giver: Sp<Announcer>,
    /// Its port.
    pub port: Sp<u16>,
    /// How messages come.
    pub protocol: Sp<SyslogProtocol>,
    /// Firewalls that send here, ordered.
    pub senders: Vec<LogSender>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A firewall that sends its logs here.
#[derive(Clone, Debug, Serialize)]
pub struct LogSender {
    /// The firewall.
    pub firewall: FirewallId,
    /// Packets that rules log are among them.
    pub packets: bool,
    /// Alerts of the intrusion detection are among them, as objects of JSON.
    pub intrusions: bool,
    /// Logins are among them.
    pub logins: bool,
    /// The kernel's messages are among them, and two nodes share addresses.
    pub takeovers: bool,
    /// The kernel's messages are among them.
    pub kernel: bool,
    /// Where its `logs` statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What of a firewall's logs is an alert.
#[derive(Clone, Debug, Serialize)]
pub struct LogAlerts {
    /// How many times more packets of one source are stopped than on the day before.
    pub blocks: Sp<u32>,
    /// So many of one source in ten minutes are too few to speak of.
    pub few_blocks: Sp<u32>,
    /// So many logins of one source may fail in ten minutes.
    pub failed_logins: Sp<u32>,
    /// Where the page of each alert is: its name follows.
    pub runbooks: Option<Sp<Url>>,
    /// Who is told: where monitoring is stated.
    #[serde(skip)]
    pub told: Origin,
}
