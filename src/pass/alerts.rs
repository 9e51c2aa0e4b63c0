//! Pass: which alerts nobody wants, which differ, and from which figures on they speak; spells nothing.

use super::layer::At;
use super::{Cx, or};
use crate::consumer::alerts::names;
use crate::diag::{Diag, code};
use crate::ir::facts::{AlertCertificateFacts, AlertFacts, AlertOffFacts, AlertsFacts};
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    66;
    SATURATION = "a link counts as nearly full from 80 percent of its bandwidth on, as nothing else is stated" @ "RFC 7.6";
    POOL = "a tenth of a pool shall stay free, as nothing else is stated" @ "RFC 7.6";
    LATENCY = "95 of 100 requests are answered within a second, as nothing else is stated" @ "RFC 7.6";
    ERRORS = "five of 100 requests may fail, as nothing else is stated" @ "RFC 7.6";
    DNS = "five of 100 names may fail, as nothing else is stated" @ "RFC 7.6";
    DROPS = "ten packets a second may be dropped for one reason, as nothing else is stated" @ "RFC 7.6";
    MAPS = "a table of Cilium's counts as nearly full from 90 percent on, as nothing else is stated" @ "RFC 7.6; cilium, bpf_map_pressure: a full table is 1";
    STORAGE = "storage counts as nearly full before Ceph itself says so at 85 percent" @ "Ceph, mon_osd_nearfull_ratio";
    SOON = "a certificate is looked at two weeks before it expires, as nothing else is stated: who renews it does so when a third of its time is left, which of 45 days is 15" @ "RFC 7.6; cert-manager 1.21, Certificate spec.renewBefore; Let's Encrypt, lifetimes from 2028 on";
    URGENT = "a certificate is acted on seven days before it expires, as nothing else is stated" @ "RFC 7.6";
    PORTS = "new connections to ports of remote shells, shares and remote desktops are told of, as nothing else is stated" @ "RFC 7.6; IANA, Service Name and Transport Protocol Port Number Registry";
}

/// Ports at which a new connection between pods is unusual: SSH, Telnet, SMB, Docker's API, RDP, VNC.
const SENSITIVE: [u16; 6] = [22, 23, 445, 2375, 3389, 5900];

/// Decides them from what is stated.
pub fn decide(a: Option<&AlertsFacts>, _x: &At<'_>, cx: &mut Cx<'_>) -> Alerts {
    let share = |f: fn(&AlertsFacts) -> Option<Sp<Percent>>| a.and_then(f).map(|p| p.map(|p| p.0));
    let certificate = a.and_then(|a| a.certificate.as_ref());
    let mut ports: Vec<Sp<u16>> = a.iter().flat_map(|a| &a.ports).map(|p| p.map(|p| p.0)).collect();
    for (i, p) in ports.iter().enumerate() {
        if let Some(first) = ports[..i].iter().find(|f| f.v == p.v) {
            let (a, b) = (cx.span(first.at), cx.span(p.at));
            let d =
                Diag::new(code::E0202, format!("`{}` is stated twice", p.v)).at(a, "first here").at(b, "again here");
            cx.report(d.help("keep one of the two"));
        }
    }
    ports.sort_by_key(|p| p.v);
    ports.dedup_by_key(|p| p.v);
    if ports.is_empty() {
        ports = SENSITIVE.iter().map(|p| Sp::new(*p, PORTS.origin())).collect();
    }
    let thresholds = Thresholds {
        saturation: or(share(|a| a.saturation), 80, SATURATION),
        pool_free: or(share(|a| a.pool_free), 10, POOL),
        latency: or(a.and_then(|a| a.latency).map(|l| l.map(|l| l.0)), 1, LATENCY),
        errors: or(share(|a| a.errors), 5, ERRORS),
        dns_errors: or(share(|a| a.dns_errors), 5, DNS),
        drops: or(a.and_then(|a| a.drops).map(|d| d.map(|d| d.0)), 10, DROPS),
        map_pressure: or(share(|a| a.map_pressure), 90, MAPS),
        storage_full: or(share(|a| a.storage_full), 75, STORAGE),
        soon: or(certificate.and_then(|c| c.soon), Seconds(14 * 86400), SOON),
        urgent: or(certificate.and_then(|c| c.urgent), Seconds(7 * 86400), URGENT),
        ports,
    };
    if let (Some(AlertCertificateFacts { at, soon: _, urgent: _ }), true) =
        (certificate, thresholds.urgent.v >= thresholds.soon.v)
        && !cx.spoiled.contains(&(*at, "urgent"))
    {
        let span = cx.span(*at);
        let (soon, urgent) = (thresholds.soon.v, thresholds.urgent.v);
        cx.report(
            Diag::new(
                code::E1261,
                format!("a certificate would be urgent {urgent} before it expires, and looked at {soon} before"),
            )
            .at(span, "the first word must come earlier than the urgent one")
            .help("certificate \"30d\" urgent=\"7d\""),
        );
    }
    let mut changes: Vec<AlertChange> = a.iter().flat_map(|a| &a.alert).filter_map(|x| change(x, cx)).collect();
    let mut off: Vec<AlertOff> = a.iter().flat_map(|a| &a.off).filter_map(|x| unwanted(x, cx)).collect();
    twice(&changes, &off, cx);
    changes.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    changes.dedup_by(|a, b| a.name.v == b.name.v);
    off.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    off.dedup_by(|a, b| a.name.v == b.name.v);
    Alerts { runbooks: a.and_then(|a| a.runbooks.clone()), thresholds, changes, off }
}

fn change(a: &AlertFacts, cx: &mut Cx<'_>) -> Option<AlertChange> {
    let AlertFacts { at, name, severity, after } = a;
    let name = known(name.as_ref()?, cx)?;
    if severity.is_none() && after.is_none() && !cx.spoiled.iter().any(|(s, _)| s == at) {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1259, format!("nothing is said of the alert {}", name.v))
                .at(span, "neither `severity` nor `after`")
                .help(format!("alert \"{}\" severity=\"warning\"", name.v)),
        );
    }
    Some(AlertChange { name, severity: *severity, after: *after })
}

fn unwanted(o: &AlertOffFacts, cx: &mut Cx<'_>) -> Option<AlertOff> {
    let AlertOffFacts { at: _, name, because } = o;
    Some(AlertOff { name: known(name.as_ref()?, cx)?, because: because.clone()? })
}

/// The alert that always fires (kube-prometheus-stack, general.rules), so that whoever misses it knows that none come.
pub(super) const ALWAYS: &str = "Watchdog";

/// E1258: a name that is one or two letters off one of topoc's own. Others are of the chart or of rules that topoc does not know.
pub(super) fn misspelt(name: &Sp<AlertName>, cx: &mut Cx<'_>) {
    let all = names();
    if all.contains(&&*name.v.0) {
        return;
    }
    if let Some(near) = all.iter().find(|k| distance(&name.v.0, k) <= 2) {
        let at = cx.span(name.at);
        cx.report(
            Diag::new(code::E1258, format!("no alert is called {}", name.v))
                .at(at, "nothing has this name")
                .help(format!("did you mean \"{near}\"?"))
                .fix(at, format!("\"{near}\"")),
        );
    }
}

/// E1258: a name that no alert has.
fn known(name: &Sp<AlertName>, cx: &mut Cx<'_>) -> Option<Sp<AlertName>> {
    let all = names();
    if all.contains(&&*name.v.0) {
        return Some(name.clone());
    }
    let at = cx.span(name.at);
    let d = match &*name.v.0 {
        ALWAYS => {
            let d = Diag::new(code::E1258, format!("{} is not one of these alerts", name.v));
            let d = d.at(at, "the chart makes it, it always fires, and nothing of it can differ");
            cx.report(d.help("watchdog, in `monitoring`, says who gets it; without that nobody does"));
            return None;
        }
        _ => Diag::new(code::E1258, format!("no alert is called {}", name.v)).at(at, "nothing has this name"),
    };
    cx.report(match nearest(&name.v.0, &all) {
        Some(n) => d.help(format!("did you mean \"{n}\"?")),
        None => d.help(format!("there are {}", all.join(", "))),
    });
    None
}

/// E1259: an alert that is spoken of twice.
fn twice(changes: &[AlertChange], off: &[AlertOff], cx: &mut Cx<'_>) {
    let said: Vec<&Sp<AlertName>> = changes.iter().map(|c| &c.name).chain(off.iter().map(|o| &o.name)).collect();
    for (i, name) in said.iter().enumerate() {
        if let Some(first) = said[..i].iter().find(|n| n.v == name.v) {
            let (x, y) = (cx.span(name.at), cx.span(first.at));
            cx.report(
                Diag::new(code::E1259, format!("the alert {} is spoken of twice", name.v))
                    .at(x, "here")
                    .at(y, "and here")
                    .help("say what shall hold once"),
            );
        }
    }
}
