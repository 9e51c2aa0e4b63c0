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

/// Alerts.
#[derive(Clone, Debug, Serialize)]
pub struct Alerts {
    /// Where the page of each alert is.
    pub runbooks: Option<Sp<Url>>,
}
