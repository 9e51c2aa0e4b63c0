//! Lints of alerts: what is said of an alert that there is nothing of, and what cannot be watched.

use super::{Lint, Lints};
use crate::consumer::Need;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;

/// All of them.
pub(super) const LINTS: &[Lint] = &[about_nothing, not_watched];

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
