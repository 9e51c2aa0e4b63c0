//! Alertmanager's configuration: routes, receivers, inhibition; a secret is never more than the path of its file.

use super::*;
use crate::ir::{AlertMail, Inhibit, Receiver, Route, Told};
use crate::render::{List, Piece};
use crate::schema::MailSecurity;

/// The receiver of what nobody is told.
const NOBODY: &str = "null";

/// Secrets of a receiver, with the key in the Kubernetes Secret.
pub(super) fn secrets(r: &Receiver) -> Vec<(Sp<SecretId>, &'static str)> {
    r.secrets()
}

/// All of it.
pub(super) fn config(view: &View<'_>, told: &Told) -> Map {
    let Told { default, watchdog, repeat, receivers, routes, inhibits } = told;
    let mut doc = Map::new();
    doc.map("route", TOLD, |r| {
        r.put("receiver", default);
        r.list("group_by", GROUPED, |l| ["alertname", "namespace"].into_iter().for_each(|g| l.push((g, GROUPED))));
        r.put("repeat_interval", (words![repeat], TOLD));
        r.list("routes", TOLD, |l| {
            l.map(ALWAYS, |w| {
                match watchdog {
                    Some(name) => w.put("receiver", name),
                    None => w.put("receiver", (NOBODY, ALWAYS)),
                }
                w.list("matchers", ALWAYS, |l| l.push(("alertname = \"Watchdog\"", ALWAYS)));
                if watchdog.is_some() {
                    w.put("repeat_interval", ("5m", ALWAYS));
                }
            });
            l.map(SILENT, |w| {
                w.put("receiver", (NOBODY, SILENT));
                w.list("matchers", SILENT, |l| l.push(("alertname = \"InfoInhibitor\"", SILENT)));
            });
            routes.iter().for_each(|r| l.map(TOLD, |m| route(r, m)));
        });
    });
    doc.list("receivers", RECEIVER, |l| {
        l.map(RECEIVER, |m| m.put("name", (NOBODY, RECEIVER)));
        receivers.iter().for_each(|r| l.map(RECEIVER, |m| receiver(view, r, m)));
    });
    if !inhibits.is_empty() {
        doc.put("inhibit_rules", (inhibited(inhibits), INHIBIT));
    }
    doc
}

fn route(r: &Route, m: &mut Map) {
    let Route { to, severity, alerts, namespaces, at: _ } = r;
    m.put("receiver", to);
    m.list("matchers", TOLD, |l| {
        matcher(l, "severity", severity);
        matcher(l, "alertname", alerts);
        matcher(l, "namespace", namespaces);
    });
    m.put("continue", (true, ALL_TOLD));
}

/// A matcher for one of several values; none for none.
fn matcher<T>(l: &mut List, label: &'static str, values: &[Sp<T>])
where
    Sp<T>: Piece,
{
    let Some(all) = values.iter().map(|v| words![v]).reduce(|a, b| words![a, "|", b]) else { return };
    let is = if values.len() > 1 { " =~ \"" } else { " = \"" };
    l.push((words![label, is, all, "\""], TOLD));
}

fn receiver(view: &View<'_>, r: &Receiver, m: &mut Map) {
    let Receiver { name, webhook, email, slack, pagerduty, at: _ } = r;
    m.put("name", name);
    let file = |secret: &Sp<SecretId>, key: &'static str| words![SECRETS, named(view, secret), "/", key];
    if let Some((host, port, secret)) = webhook {
        m.list("webhook_configs", RECEIVER, |l| {
            l.map(RECEIVER, |w| {
                w.put("url_file", (file(secret, "url").citing(host.at).citing(port.at), MOUNTED));
            });
        });
    }
    if let Some(e) = email {
        m.list("email_configs", RECEIVER, |l| l.map(RECEIVER, |w| mail(view, e, w)));
    }
    if let Some((channel, secret)) = slack {
        m.list("slack_configs", RECEIVER, |l| {
            l.map(RECEIVER, |w| {
                w.put("api_url_file", (file(secret, "url"), MOUNTED));
                w.put("channel", channel);
                w.put("send_resolved", (true, ENDED));
            });
        });
    }
    if let Some(secret) = pagerduty {
        m.list("pagerduty_configs", RECEIVER, |l| {
            l.map(RECEIVER, |w| w.put("routing_key_file", (file(secret, "routing-key"), MOUNTED)));
        });
    }
}

fn mail(view: &View<'_>, e: &AlertMail, w: &mut Map) {
    let AlertMail { to, from, server, port, security, login } = e;
    let all = to.iter().map(|a| words![a]).reduce(|a, b| words![a, ", ", b]).unwrap_or_default();
    w.put("to", (all, RECEIVER));
    w.put("from", from);
    w.put("smarthost", (words![server, ":", port], RECEIVER));
    w.put("require_tls", security.map(|s| s == MailSecurity::Tls));
    if let Some((user, secret)) = login {
        w.put("auth_username", user);
        w.put("auth_password_file", (words![SECRETS, named(view, secret), "/password"], MOUNTED));
    }
    w.put("send_resolved", (true, ENDED));
}

/// The chart's own rules, which a list of ours replaces, and those that are stated.
fn inhibited(stated: &[Inhibit]) -> List {
    let mut all = List::new();
    let mut rule = |source: (Composed, Rule), target: Option<(Composed, Rule)>, same: Vec<(Composed, Rule)>| {
        all.map(INHIBIT, |m| {
            if !source.0.text.is_empty() {
                m.list("source_matchers", INHIBIT, |l| l.push(source));
            }
            if let Some(t) = target {
                m.list("target_matchers", INHIBIT, |l| l.push(t));
            }
            if !same.is_empty() {
                m.list("equal", INHIBIT, |l| same.into_iter().for_each(|s| l.push(s)));
            }
        });
    };
    let text = |t: &'static str| (words![t], INHIBIT);
    let both = || vec![text("namespace"), text("alertname")];
    rule(text("severity = \"critical\""), Some(text("severity =~ \"warning|info\"")), both());
    rule(text("severity = \"warning\""), Some(text("severity = \"info\"")), both());
    rule(text("alertname = \"InfoInhibitor\""), Some(text("severity = \"info\"")), vec![text("namespace")]);
    for Inhibit { by, alerts, same, at: _ } in stated {
        let names = alerts.iter().map(|a| words![a]).reduce(|a, b| words![a, "|", b]).unwrap_or_default();
        let is = if alerts.len() > 1 { "alertname =~ \"" } else { "alertname = \"" };
        rule(
            (words!["alertname = \"", by, "\""], INHIBIT),
            Some((words![is, names, "\""], INHIBIT)),
            same.iter().map(|s| (words![s], INHIBIT)).collect(),
        );
    }
    all
}
