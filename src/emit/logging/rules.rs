//! Alerts on logs of firewalls, for Loki's ruler.

use super::*;
use crate::consumer::alerts::{About, Source};
use crate::emit::alerts::fill::Fills;
use crate::ir::{LogAlerts, LogSender, Made, Syslog};
use crate::schema::Seconds;
use crate::source::Origin;

/// Senders of what an alert asks: with them it begins and ends.
fn senders(s: &Syslog, about: About) -> Vec<Origin> {
    let is: fn(&LogSender) -> bool = match about {
        About::LoggedIntrusions => |s| s.intrusions,
        About::LoggedPackets => |s| s.packets,
        About::LoggedLogins => |s| s.logins,
        About::LoggedTakeovers => |s| s.takeovers,
        About::LoggedKernel => |s| s.kernel,
        About::Cilium
        | About::CiliumGateway
        | About::Flows
        | About::Metallb
        | About::MetallbBgp
        | About::MetallbPool
        | About::NginxReplicas
        | About::NginxNodes
        | About::Nginx
        | About::CoreDns
        | About::Certificates
        | About::Ceph
        | About::Velero
        | About::ArgoCd
        | About::ArgoCdSync
        | About::Loki
        | About::Alloy
        | About::Traces
        | About::Firewall
        | About::FirewallPair
        | About::FirewallSnmp
        | About::FirewallDown
        | About::FirewallUp
        | About::Host
        | About::Api
        | About::Critical
        | About::Identity
        | About::Published
        | About::PublishedTls
        | About::Expected => return Vec::new(),
    };
    s.senders.iter().filter(|s| is(s)).map(|s| s.at).collect()
}

/// The ConfigMap that the sidecar of the ruler finds; none where the firewalls send nothing that an alert asks.
pub(super) fn all(view: &View<'_>, a: &LogAlerts, s: &Syslog) -> Option<Part> {
    let LogAlerts { blocks, few_blocks, failed_logins, runbooks, told } = a;
    let mut fills = Fills::default();
    fills.put("blocks", words![blocks]);
    fills.put("few-blocks", words![few_blocks]);
    fills.put("failed-logins", words![failed_logins]);
    let made = view.t.alerts(view.cluster, view.layer).into_iter();
    let alerts: Vec<Made<'_>> = made.filter(|m| m.alert.source == Source::Loki && m.is_there()).collect();
    if alerts.is_empty() {
        return None;
    }
    let mut doc = Map::new();
    doc.list("groups", ALERTS, |l| {
        l.map(ALERTS, |g| {
            g.put("name", (words!["firewall-logs"].citing(*told), ALERTS));
            g.put("interval", ("1m", ALERTS));
            g.list("rules", ALERTS, |rules| {
                for Made { alert, change, .. } in alerts {
                    let mut from = senders(s, alert.about);
                    from.extend(change.iter().map(|c| c.name.at));
                    let severity = change.and_then(|c| c.severity);
                    let severity = severity.unwrap_or_else(|| Sp::new(alert.severity, SEVERITY.origin()));
                    let usual = Some(alert.after).filter(|s| *s > 0).map(|s| Sp::new(Seconds(s), ALERT.origin()));
                    rules.map(ALERT, |r| {
                        r.put("alert", (Composed { text: alert.name.into(), why: from }, ALERT));
                        r.put("expr", (fills.text(alert.expr), ALERT));
                        if let Some(after) = change.and_then(|c| c.after).or(usual) {
                            r.put("for", (words![after], ALERT));
                        }
                        r.map("labels", SEVERITY, |m| m.put("severity", (words![severity], SEVERITY)));
                        r.map("annotations", TEXT, |m| {
                            m.put("summary", (alert.summary, TEXT));
                            m.put("description", (alert.description, TEXT));
                            m.put_some("runbook_url", runbooks.as_ref().map(|u| (words![u, alert.name], RUNBOOK)));
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
