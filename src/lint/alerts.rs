//! Lints of alerts: what is said of an alert that there is nothing of, and what cannot be watched.

use super::{Lint, Lints};
use crate::consumer::Need;
use crate::consumer::alerts::Alert;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::AlertName;
use crate::source::Sp;

/// All of them.
pub(super) const LINTS: &[Lint] = &[about_nothing, not_watched];

/// E1260: words about an alert that is not made, because nothing of it is there or nothing tells its metrics.
fn about_nothing(x: &Lints<'_>, sink: &mut Sink) {
    for (cluster, layer) in x.topology.layers() {
        let Some(m) = &layer.monitoring else { continue };
        let Alerts { runbooks: _, thresholds: _, changes, off } = &m.alerts;
        let made = x.topology.alerts(cluster, layer);
        let of =
            |name: &Sp<AlertName>| -> Vec<&Made<'_>> { made.iter().filter(|m| *m.alert.name == *name.v.0).collect() };
        for name in changes.iter().map(|c| &c.name).chain(off.iter().map(|o| &o.name)) {
            if of(name).is_empty() {
                report(x, sink, cluster, name, "nothing that it is about is there".into(), "remove it".into());
            }
        }
        // An alert that cannot be made may be switched off, which says that somebody knows; there is nothing of it to change.
        for name in changes.iter().map(|c| &c.name) {
            let all = of(name);
            if let (false, Some(need)) =
                (all.iter().any(|m| m.told.is_ok()), all.iter().find_map(|m| m.told.clone().err()))
            {
                report(x, sink, cluster, name, "nothing tells its metrics".into(), format!("{} would", need.remedy()));
            }
        }
    }
}

fn report(x: &Lints<'_>, sink: &mut Sink, cluster: &Cluster, name: &Sp<AlertName>, why: String, help: String) {
    sink.report(
        Diag::new(code::E1260, format!("{} has no alert {}", cluster.name, name.v)).at(x.span(name.at), why).help(help),
    );
}

/// L1262: what is there and nothing tells of. Each alert is said once for a cluster, whatever its environments have.
fn not_watched(x: &Lints<'_>, sink: &mut Sink) {
    for cluster in &x.topology.clusters {
        let Some(m) = &cluster.layer.monitoring else { continue };
        let mut said: Vec<(&Alert, Need)> = Vec::new();
        let all = x.topology.alerts(cluster, &cluster.layer);
        for made in all.iter().filter(|m| m.off.is_none()) {
            let Err(need) = made.told else { continue };
            if said.iter().any(|(a, _)| a.name == made.alert.name) {
                continue;
            }
            said.push((made.alert, need));
            let what = match made.thing {
                Thing::Firewall(f) | Thing::Link(f, _) => format!(" of {}", x.topology.firewall(f).name),
                Thing::Component | Thing::Pool(..) | Thing::Host(_) | Thing::Published(_) => String::new(),
            };
            sink.report(
                Diag::new(code::L1262, format!("alert {}{what} cannot be made", made.alert.name))
                    .at(x.span(m.at), "nothing tells Prometheus what it asks")
                    .note(format!("what would: {}", need.remedy()))
                    .help(format!("in `alerts`: off \"{}\" because=\"…\"", made.alert.name)),
            );
        }
    }
}
