//! Pass: who is told of alerts, by which ways and of which; guesses nobody.

use super::{HTTPS, MAIL_TLS, REPEAT, SUBMISSION, secret};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::layer::At;
use crate::pass::{Cx, alerts, or};
use crate::schema::*;
use crate::source::Sp;

/// Receivers and routes; `None` where it is wrong who is told by default.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Told> {
    let m = x.c.monitoring.as_ref()?;
    let mut receivers: Vec<Receiver> = m.receiver.iter().filter_map(|r| receiver(r, x, cx)).collect();
    receivers.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    let mut routes: Vec<Route> = m.route.iter().filter_map(|r| route(r, cx)).collect();
    routes.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut inhibits: Vec<Inhibit> = m.inhibit.iter().filter_map(|i| inhibit(i, cx)).collect();
    mutual(&inhibits, cx);
    inhibits.sort_by(|a, b| (&a.by.v, a.alerts.first().map(|n| &n.v)).cmp(&(&b.by.v, b.alerts.first().map(|n| &n.v))));
    let named = |r: &Sp<ReceiverRef>| Sp::new(r.v.0.clone(), r.at);
    let asked = m.default.iter().chain(&m.watchdog).chain(m.route.iter().filter_map(|r| r.to.as_ref()));
    asked.for_each(|r| here(r, m, x, cx));
    // Groups are looked at every five minutes (kube-prometheus-stack 88.5.3, alertmanager.config.route.group_interval), and what was
    // told is forgotten after five days (alertmanagerSpec.retention).
    if let Some(wrong) = m.repeat.filter(|r| !(300..=120 * 3600).contains(&r.v.0)) {
        let span = cx.span(wrong.at);
        let why = if wrong.v.0 < 300 {
            "alerts are looked at every five minutes, so they are not told more often"
        } else {
            "who was told what is forgotten after five days, and told again then"
        };
        cx.report(
            Diag::new(code::E0205, format!("bad value for `repeat`: {} is not between 5m and 5d", wrong.v))
                .at(span, why)
                .help("repeat \"12h\""),
        );
    }
    Some(Told {
        default: named(m.default.as_ref()?),
        watchdog: m.watchdog.as_ref().map(named),
        repeat: or(m.repeat, Seconds(12 * 3600), REPEAT),
        receivers,
        routes,
        inhibits,
    })
}

/// E0203: a receiver that another cluster has, or an environment alone.
fn here(r: &Sp<ReceiverRef>, m: &MonitoringFacts, x: &At<'_>, cx: &mut Cx<'_>) {
    let named = |o: &ReceiverFacts| o.name.as_ref().is_some_and(|n| n.v.0 == r.v.0);
    let elsewhere = |f: &ReceiverFacts| f.name.as_ref().map(|n| n.v.0.to_string());
    let own = x.facts.cluster.iter().flat_map(|c| &c.monitoring);
    let others = x.facts.cluster.iter().flat_map(|c| &c.environment).flat_map(|e| &e.monitoring);
    // A name that nothing has was reported where names are looked up.
    if m.receiver.iter().any(named) || !own.chain(others).flat_map(|m| &m.receiver).any(named) {
        return;
    }
    let known: Vec<String> = m.receiver.iter().filter_map(elsewhere).collect();
    let (a, b) = (cx.span(r.at), cx.span(m.at));
    cx.report(
        Diag::new(code::E0203, format!("no receiver here is called \"{}\"", r.v.0))
            .at(a, "nobody would be told")
            .at(b, "this monitoring")
            .help(format!("there are {}", known.iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", "))),
    );
}

/// What routes are ordered by, so that their order in the file does not show.
fn key(r: &Route) -> (Vec<AlertSeverity>, Vec<&AlertName>, Vec<&Namespace>, &Name) {
    let severity = r.severity.iter().map(|s| s.v).collect();
    (severity, r.alerts.iter().map(|a| &a.v).collect(), r.namespaces.iter().map(|n| &n.v).collect(), &r.to.v)
}

fn sorted<T: Clone + Ord>(list: &[Sp<T>]) -> Vec<Sp<T>> {
    let mut all = list.to_vec();
    all.sort_by(|a, b| a.v.cmp(&b.v));
    all.dedup_by(|a, b| a.v == b.v);
    all
}

/// A receiver that says how; E1248 for one that does not.
fn receiver(r: &ReceiverFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Receiver> {
    let ReceiverFacts { at, name, webhook, email, slack, pagerduty } = r;
    let name = name.as_ref().map(|n| Sp::new(n.v.0.clone(), n.at))?;
    if webhook.is_none() && email.is_none() && slack.is_none() && pagerduty.is_none() {
        // What cannot be read was reported.
        if !cx.spoiled.iter().any(|(s, _)| s == at) {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E1248, format!("nothing says how {name} is told"))
                    .at(span, "none of `webhook`, `email`, `slack` and `pagerduty`")
                    .help("pagerduty secret=\"pagerduty\""),
            );
        }
        return None;
    }
    let webhook = webhook.as_ref().and_then(|w| {
        let port = or(w.port.map(|p| p.map(|p| p.0)), 443, HTTPS);
        Some((w.host.clone()?.map(|h| Domain(h.0)), port, secret(w.secret.as_ref()?, x)?))
    });
    let email = email.as_ref().and_then(|m| mail(m, x, cx));
    let slack = slack.as_ref().and_then(|s| Some((s.channel.clone()?, secret(s.secret.as_ref()?, x)?)));
    let pagerduty = pagerduty.as_ref().and_then(|p| secret(p.secret.as_ref()?, x));
    Some(Receiver { name, webhook, email, slack, pagerduty, at: *at })
}

fn mail(m: &AlertMailFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<AlertMail> {
    let AlertMailFacts { at: _, to, from, server, port, security, user, secret: word } = m;
    let login = match (user, word) {
        (Some(u), Some(s)) => Some((u.clone(), secret(s, x)?)),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let said = user.as_ref().map(|u| u.at).or(word.as_ref().map(|s| s.at)).unwrap_or(m.at);
            let what =
                if user.is_some() { "an account without its password" } else { "a password without its account" };
            let help = if user.is_some() { "secret \"mail\"" } else { "user \"alerts\"" };
            let span = cx.span(said);
            cx.report(Diag::new(code::E1194, "half of what a mail server asks for").at(span, what).help(help));
            return None;
        }
    };
    let port = or(port.map(|p| p.map(|p| p.0)), 587, SUBMISSION);
    // At port 465 TLS is there from the first byte, whatever is said of STARTTLS.
    if let (Some(s), Some((user, _))) = (security.filter(|s| s.v == MailSecurity::Plain && port.v != 465), &login) {
        let (a, b) = (cx.span(s.at), cx.span(user.at));
        cx.report(
            Diag::new(code::E1249, "the password of a mail server would leave in the clear")
                .at(a, "everybody on the way would read it")
                .at(b, "for this account")
                .help("remove security=\"plain\", or the account"),
        );
        return None;
    }
    Some(AlertMail {
        to: sorted(to),
        from: from.clone()?,
        server: server.clone()?.map(|s| Domain(s.0)),
        port,
        security: or(*security, MailSecurity::Tls, MAIL_TLS),
        login,
    })
}

/// A route that is about something; E1248 for one that is about everything.
fn route(r: &RouteFacts, cx: &mut Cx<'_>) -> Option<Route> {
    let RouteFacts { at, to, severity, alert, namespace } = r;
    let to = to.as_ref().map(|n| Sp::new(n.v.0.clone(), n.at))?;
    if severity.is_empty() && alert.is_empty() && namespace.is_empty() {
        if !cx.spoiled.iter().any(|(s, _)| s == at) {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E1248, format!("nothing says of what {to} is told"))
                    .at(span, "none of `severity`, `alert` and `namespace`")
                    .help(format!("severity \"critical\", or default \"{to}\" in place of the route")),
            );
        }
        return None;
    }
    alert.iter().for_each(|a| alerts::misspelt(a, cx));
    Some(Route { to, severity: sorted(severity), alerts: sorted(alert), namespaces: sorted(namespace), at: *at })
}

/// What silences others while it fires; E1263 where that is always, or itself.
fn inhibit(i: &InhibitFacts, cx: &mut Cx<'_>) -> Option<Inhibit> {
    let InhibitFacts { at, by, alert, same } = i;
    let (by, alerts) = (by.clone()?, sorted(alert));
    alerts.iter().chain([&by]).for_each(|a| alerts::misspelt(a, cx));
    let wrong = match alerts.iter().find(|a| a.v == by.v || *a.v.0 == *alerts::ALWAYS) {
        _ if *by.v.0 == *alerts::ALWAYS => Some((&by, "it always fires, so nobody would ever be told of the others")),
        Some(a) if a.v == by.v => Some((a, "an alert that matches both sides of a rule is not silenced by it")),
        Some(a) => Some((a, "whoever misses it would believe that alerts do not come any more")),
        None => None,
    };
    if let Some((name, why)) = wrong {
        let span = cx.span(name.at);
        cx.report(Diag::new(code::E1263, format!("{} cannot stand here", name.v)).at(span, why).help("remove it"));
        return None;
    }
    (!alerts.is_empty()).then(|| Inhibit { by, alerts, same: sorted(same), at: *at })
}

/// E1263: two alerts of which each silences the other: nobody is told of either.
fn mutual(all: &[Inhibit], cx: &mut Cx<'_>) {
    let silences = |a: &Inhibit, b: &Inhibit| a.alerts.iter().any(|n| n.v == b.by.v);
    for (n, i) in all.iter().enumerate() {
        let Some(other) = all[..n].iter().find(|o| silences(i, o) && silences(o, i)) else { continue };
        let (x, y) = (cx.span(i.at), cx.span(other.at));
        cx.report(
            Diag::new(code::E1263, format!("{} and {} silence each other", other.by.v, i.by.v))
                .at(x, "by this")
                .at(y, "and by this")
                .note("while both fire nobody is told of either")
                .help("keep the one whose first alert is the worse"),
        );
    }
}
