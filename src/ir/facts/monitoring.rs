//! What the file says of monitoring: Prometheus, its alerts, who is told, Grafana; decides nothing.

use super::*;
use crate::statement;

statement! {
    /// Monitoring: Prometheus, Alertmanager and Grafana by the chart kube-prometheus-stack (RFC 7).
    MonitoringFacts = "monitoring" {
        /// How long figures are kept.
        retention: value<Seconds> "15 days", Future, "\"240h\"";
        /// What is an alert.
        alerts: child<AlertsFacts> "every alert of what is there, at its usual threshold", Parts;
    }
}
