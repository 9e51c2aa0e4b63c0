//! Lints of alerts: what is said of an alert that there is nothing of, and what cannot be watched.

use super::{Lint, Lints};
use crate::consumer::Need;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::Seconds;
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[about_nothing, not_watched, never, always];

/// E1260: words about an alert that is made neither in the cluster nor in one of its environments, because nothing of it is
/// there or nothing tells its metrics. Beside another error it says nothing: what is wrong may be what is missing.
fn about_nothing(x: &Lints<'_>, sink: &mut Sink) {
    if sink.has_errors() {
        return;
    }
    for cluster in &x.topology.clusters {
        let layers: Vec<&Layer> =
            std::iter::once(&cluster.layer).chain(cluster.environments.iter().map(|e| &e.layer)).collect();
        let made: Vec<Made<'_>> = layers.iter().flat_map(|layer| x.topology.alerts(cluster, layer)).collect();
        for m in layers.iter().filter_map(|l| l.monitoring.as_ref()) {
            let Alerts { runbooks: _, thresholds: _, changes, off } = &m.alerts;
            let changed = changes.iter().map(|c| (&c.name, true));
            for (name, is_change) in changed.chain(off.iter().map(|o| (&o.name, false))) {
                let told: Vec<_> = made.iter().filter(|m| *m.alert.name == *name.v.0).map(|m| &m.told).collect();
                let need = told.iter().find_map(|t| t.as_ref().err());
                let why = match (told.is_empty(), told.iter().any(|t| t.is_ok()), need) {
                    (true, _, _) => "nothing that it is about is there".to_string(),
                    // Switched off it says that somebody knows; there is nothing of it to change.
                    (false, false, Some(need)) if is_change => {
                        format!("nothing tells its metrics; what would: {}", need.remedy())
                    }
                    (false, _, _) => continue,
                };
                sink.report(
                    Diag::new(code::E1260, format!("{} has no alert {}", cluster.name, name.v))
                        .at(x.span(name.at), why)
                        .help("remove it"),
                );
            }
        }
    }
}

/// What L1250 says of the whole component, and what no word turns on: that is listed in documents/alerts.md.
fn said_elsewhere(need: Need) -> bool {
    match need {
        Need::Cilium
        | Need::Metallb
        | Need::MetallbBgp
        | Need::Nginx
        | Need::CertManager
        | Need::Ceph
        | Need::FirewallExporter
        | Need::FirewallSnmp
        | Need::ArgoCd
        | Need::Loki
        | Need::Alloy
        | Need::Traces
        | Need::Velero
        | Need::PacketFilter
        | Need::LoggedPackets
        | Need::LoggedIntrusions
        | Need::LoggedLogins
        | Need::LoggedTakeovers
        | Need::LoggedKernel => true,
        Need::Stack | Need::Critical | Need::Flows(_) | Need::FirewallPing | Need::Published | Need::Expected => false,
    }
}

/// L1262: what is there and nothing tells of, once for each thing that is off. Environments say it again, so they are left out.
fn not_watched(x: &Lints<'_>, sink: &mut Sink) {
    for cluster in &x.topology.clusters {
        let Some(m) = &cluster.layer.monitoring else { continue };
        let mut off: Vec<(Need, Option<FirewallId>, Vec<&str>)> = Vec::new();
        for made in x.topology.alerts(cluster, &cluster.layer) {
            let (Err(need), None) = (made.told, made.off) else { continue };
            if said_elsewhere(need) {
                continue;
            }
            let whose = match made.thing {
                Thing::Firewall(f) | Thing::Link(f, _) => Some(f),
                Thing::Component | Thing::Pool(..) | Thing::Host(_) | Thing::Identity(_) | Thing::Published(_) => None,
            };
            let at = off.iter().position(|(n, w, _)| *n == need && *w == whose).unwrap_or(off.len());
            if at == off.len() {
                off.push((need, whose, Vec::new()));
            }
            if !off[at].2.contains(&made.alert.name) {
                off[at].2.push(made.alert.name);
            }
        }
        for (need, whose, names) in off {
            let of = whose.map_or(String::new(), |f| format!(" of {}", x.topology.firewall(f).name));
            let many = if names.len() == 1 { "alert" } else { "alerts" };
            sink.report(
                Diag::new(code::L1262, format!("{many} {}{of} cannot be made", names.join(", ")))
                    .at(x.span(m.at), "nothing tells Prometheus what is asked")
                    .note(format!("what would: {}", need.remedy()))
                    .help(format!("alerts {{ off \"{}\" because=\"…\" }}", names[0])),
            );
        }
    }
}

/// Seconds of the longest answer that ingress-nginx counts by itself: whatever took longer is in the last bucket, and
/// `histogram_quantile` says the bound before it (ingress-nginx 4.15.1, values.yaml: time-buckets; prometheus, histogram_quantile).
const LONGEST_ANSWER: u32 = 10;
/// Percent of a disk at which Ceph takes no more writes (ceph 19.2, mon_osd_full_ratio).
const CEPH_FULL: u8 = 95;
/// A certificate of 90 days is renewed when a third of its time is left (cert-manager 1.21, Certificate spec.renewBefore; its
/// default duration, and that of Let's Encrypt).
const RENEWED: Seconds = Seconds(30 * 86_400);

/// L1320: figures that nothing comes to, so that the alert looks like health for ever. An environment says again what its
/// cluster says, so each place is told once.
fn never(x: &Lints<'_>, sink: &mut Sink) {
    let mut told: Vec<Origin> = Vec::new();
    for (cluster, layer) in x.topology.layers() {
        let Some(m) = &layer.monitoring else { continue };
        let Thresholds { latency, storage_full, soon, urgent, .. } = &m.alerts.thresholds;
        let made = x.topology.alerts(cluster, layer);
        let asks = |word: &str| made.iter().find(|m| m.is_there() && m.alert.expr.contains(word)).map(|m| m.alert.name);
        let mut say = |name: &str, at: Origin, why: String, help: String| {
            if !told.contains(&at) {
                told.push(at);
                sink.report(
                    Diag::new(code::L1320, format!("the alert {name} never fires"))
                        .at(x.span(at), why)
                        .at(x.span(m.at), "nobody would be told")
                        .help(help),
                );
            }
        };
        if let Some(name) = asks("<latency>").filter(|_| latency.v >= LONGEST_ANSWER) {
            let why = format!("what takes longer than {LONGEST_ANSWER} s is counted as {LONGEST_ANSWER} s");
            say(name, latency.at, why, "latency \"5s\"".into());
        }
        if let Some(name) = asks("<storage-full>").filter(|_| storage_full.v >= CEPH_FULL) {
            let why = format!("at {CEPH_FULL} % of a disk Ceph stops every write");
            say(name, storage_full.at, why, "storage-full 75".into());
        }
        // Between the two words the alert must hold for its time, and then the urgent one speaks.
        for a in made.iter().filter(|m| m.is_there() && m.alert.expr.starts_with("<urgent> <= ")) {
            let changed = a.change.and_then(|c| c.after);
            let after = changed.map_or(Seconds(a.alert.after), |s| s.v);
            let room = soon.v.0.saturating_sub(urgent.v.0);
            if room > 0 && after.0 >= room {
                let stated = [changed.map(|c| c.at), Some(urgent.at), Some(soon.at)].into_iter().flatten();
                let at = stated.into_iter().find(|at| x.causes.span(*at).is_some()).unwrap_or(m.at);
                let why = format!("it must hold for {after}, and {} later the urgent one speaks", Seconds(room));
                say(a.alert.name, at, why, "certificate \"14d\" urgent=\"7d\"".into());
            }
        }
    }
}

/// L1321: figures that are reached while all is well, so that nobody looks any more when it is not.
fn always(x: &Lints<'_>, sink: &mut Sink) {
    let mut told: Vec<Origin> = Vec::new();
    let mut say = |what: String, at: Origin, why: String, other: (Origin, &str), help: String| {
        if !told.contains(&at) {
            told.push(at);
            sink.report(
                Diag::new(code::L1321, what).at(x.span(at), why).at(x.span(other.0), other.1.to_string()).help(help),
            );
        }
    };
    for (cluster, layer) in x.topology.layers() {
        // Of another ACME server nobody knows how long its certificates last.
        let known = |i: &&Issuer| match &i.kind {
            IssuerKind::Acme(Acme { directory: Directory::Url(_), .. }) => false,
            IssuerKind::Acme(_) | IssuerKind::Ca(_) | IssuerKind::SelfSigned(_) => true,
        };
        let issuer = layer.certificates.iter().flat_map(|c| &c.issuers).find(known);
        let renewed = "its certificates last 90 days";
        let early = |s: Seconds| format!("{s} before the end; a new one is there {RENEWED} before it, and not sooner");
        if let (Some(h), Some(i)) = (&layer.health, issuer)
            && h.expiry.v > RENEWED
            && h.inside.iter().any(|c| matches!(c, Check::Certificate(..)))
        {
            let what = format!("checks of cluster {} fail while certificates are as they should be", cluster.name);
            say(what, h.expiry.at, early(h.expiry.v), (i.name.at, renewed), "expiry \"14d\"".into());
        }
        let Some(m) = &layer.monitoring else { continue };
        let Thresholds { soon, pool_free, .. } = &m.alerts.thresholds;
        for a in x.topology.alerts(cluster, layer).iter().filter(|a| a.is_there()) {
            let what = format!("the alert {} fires while all is well", a.alert.name);
            if let (Some(i), true) = (issuer, a.alert.expr.contains("certmanager_certificate_expiration"))
                && a.alert.expr.contains("<soon>")
                && soon.v > RENEWED
            {
                say(what, soon.at, early(soon.v), (i.name.at, renewed), "certificate \"14d\" urgent=\"7d\"".into());
                continue;
            }
            let Thing::Pool(balancer, pool) = a.thing else { continue };
            if !a.alert.expr.contains("<pool-free>") {
                continue;
            }
            let pool = &layer.balancers[balancer].pools[pool];
            let mut pinned: Vec<_> = layer.ways().filter_map(|w| w.address.as_ref()).map(|(_, a)| a.v).collect();
            pinned.extend(layer.logging.iter().filter_map(|l| l.syslog.as_ref()).map(|s| s.address.v));
            pinned.retain(|a| (pool.from.v..=pool.to.v).contains(a));
            pinned.sort();
            pinned.dedup();
            let all = u64::from(u32::from(pool.to.v).saturating_sub(pool.from.v.into())) + 1;
            let free = all.saturating_sub(pinned.len() as u64);
            // As the alert counts: less than so many of 100 are free.
            if pinned.is_empty() || 100 * free >= u64::from(pool_free.v) * all {
                continue;
            }
            let why = format!("{} of its {all} are pinned, and {} % shall stay free", pinned.len(), pool_free.v);
            let stated = x.causes.span(pool_free.at).map_or(m.at, |_| pool_free.at);
            let help = match 100 * free / all {
                0 => format!("off \"{}\" because=\"all of it is given out\"", a.alert.name),
                n => format!("pool-free {n}, or a larger range"),
            };
            say(what, pool.name.at, why, (stated, "so much is asked for"), help);
        }
    }
}
