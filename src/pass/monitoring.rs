//! Pass: monitoring of what runs; spells nothing.

use super::layer::At;
use super::{Cx, alerts, or};
use crate::ir::facts::MonitoringFacts;
use crate::ir::*;
use crate::schema::Seconds;

crate::rules! {
    64;
    RETENTION = "figures are kept for fifteen days, as nothing else is stated" @ "RFC 7.1; prometheus, --storage.tsdb.retention.time";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Monitoring> {
    let MonitoringFacts { at, retention, alerts } = x.c.monitoring.as_ref()?;
    Some(Monitoring {
        retention: or(*retention, Seconds(15 * 86400), RETENTION),
        alerts: alerts::decide(alerts.as_ref(), x, cx),
        at: *at,
    })
}
