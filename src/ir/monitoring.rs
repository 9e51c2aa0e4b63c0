//! Decided: monitoring and alerts; holds no diagnostics and does no work.

use serde::Serialize;

use crate::schema::*;
use crate::source::{Origin, Sp};

/// Prometheus, Alertmanager and Grafana in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Monitoring {
    /// How long figures are kept, in seconds.
    pub retention: Sp<Seconds>,
    /// What is an alert.
    pub alerts: Alerts,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
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
