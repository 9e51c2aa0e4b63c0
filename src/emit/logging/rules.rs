//! Alerts on logs of firewalls, for Loki's ruler.

use super::*;
use crate::ir::{LogAlerts, LogSender, Syslog};
use crate::source::Origin;

/// Who writes what, as the agent labels it.
const BLOCKED: &str = r#"{job="opnsense", opnsense_app="filterlog", action="block"}"#;

/// An alert on logs.
struct Alert {
    name: &'static str,
    severity: &'static str,
    expr: Composed,
    summary: &'static str,
    description: &'static str,
}

/// The ConfigMap that the sidecar of the ruler finds; none where the firewalls send nothing that an alert asks.
pub(super) fn all(a: &LogAlerts, s: &Syslog) -> Option<Part> {
    let LogAlerts { blocks, few_blocks, failed_logins, runbooks, told } = a;
    // Where its statement is: with what is sent from there each alert begins and ends.
    let from =
        |is: fn(&LogSender) -> bool| -> Vec<Origin> { s.senders.iter().filter(|s| is(s)).map(|s| s.at).collect() };
    let mut alerts: Vec<(Vec<Origin>, Alert)> = Vec::new();
    alerts.push((
        from(|s| s.intrusions),
        Alert {
            name: "SuricataHighSeverityAlert",
            severity: "critical",
            expr: words![
                r#"sum by (opnsense_host, alert_signature) (count_over_time({job="opnsense", opnsense_app="suricata"} | event_type="alert" | alert_severity="1" [5m])) > 0"#
            ],
            summary: "{{ $labels.opnsense_host }} sees an attack: {{ $labels.alert_signature }}",
            description: "Suricata on {{ $labels.opnsense_host }} reports {{ $labels.alert_signature }} with its highest severity.",
        },
    ));
    alerts.push((
        from(|s| s.packets),
        Alert {
            name: "SignificantIncreaseInFirewallBlocksFromUnexpectedSource",
            severity: "warning",
            // A source of which the day before knows nothing has nothing to be compared with, and stays.
            expr: words![
                "sum by (opnsense_host, src) (count_over_time(",
                BLOCKED,
                " [10m])) > ",
                few_blocks,
                " unless sum by (opnsense_host, src) (count_over_time(",
                BLOCKED,
                " [10m])) <= ",
                blocks,
                " * sum by (opnsense_host, src) (count_over_time(",
                BLOCKED,
                " [1d] offset 10m)) / 144"
            ],
            summary: "{{ $labels.opnsense_host }} stops far more than usual from {{ $labels.src }}",
            description: "{{ $labels.opnsense_host }} stopped {{ $value }} packets of {{ $labels.src }} in ten minutes: far more than on the day before.",
        },
    ));
    alerts.push((
        from(|s| s.logins),
        Alert {
            name: "FirewallLoginFailures",
            severity: "warning",
            expr: words![
                r#"sum by (opnsense_host, src) (count_over_time({job="opnsense", opnsense_app=~"audit|sshd|sshd-session"} | failed_user!="" [10m])) > "#,
                failed_logins
            ],
            summary: "Somebody at {{ $labels.src }} tries passwords of {{ $labels.opnsense_host }}",
            description: "{{ $value }} logins from {{ $labels.src }} failed on {{ $labels.opnsense_host }} in ten minutes.",
        },
    ));
    alerts.push((
        from(|s| s.takeovers),
        Alert {
            name: "FirewallTakesOver",
            severity: "warning",
            expr: words![
                r#"sum by (opnsense_host, vhid) (count_over_time({job="opnsense", opnsense_app="kernel"} | carp_to="MASTER" [5m])) > 0"#
            ],
            summary: "{{ $labels.opnsense_host }} has taken the shared address of group {{ $labels.vhid }}",
            description: "The other node of the pair was not heard of, or left on purpose: {{ $labels.opnsense_host }} answers for CARP group {{ $labels.vhid }} now.",
        },
    ));
    alerts.retain(|(from, _)| !from.is_empty());
    if alerts.is_empty() {
        return None;
    }
    let mut doc = Map::new();
    doc.list("groups", ALERTS, |l| {
        l.map(ALERTS, |g| {
            g.put("name", (words!["firewall-logs"].citing(*told), ALERTS));
            g.put("interval", ("1m", ALERTS));
            g.list("rules", ALERTS, |rules| {
                for (from, alert) in alerts {
                    let Alert { name, severity, expr, summary, description } = alert;
                    rules.map(ALERT, |r| {
                        r.put("alert", (Composed { text: name.into(), why: from }, ALERT));
                        r.put("expr", (expr, ALERT));
                        r.map("labels", SEVERITY, |m| m.put("severity", (severity, SEVERITY)));
                        r.map("annotations", TEXT, |m| {
                            m.put("summary", (summary, TEXT));
                            m.put("description", (description, TEXT));
                            m.put_some("runbook_url", runbooks.as_ref().map(|u| (words![u, name], RUNBOOK)));
                        });
                    });
                }
            });
        });
    });
    let mut labels = Map::new();
    labels.put("loki_rule", ("1", ALERTS));
    let doc = config_map("loki-rules-firewall", SPACE, labels, "firewall.yaml", inner(&doc, ALERTS), ALERTS);
    Some(Part::object(SPACE, "configmap-loki-rules", doc, ALERTS))
}
