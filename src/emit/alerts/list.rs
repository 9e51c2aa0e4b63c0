//! The page of all alerts, and of what nobody watches; says nothing that the rules do not.

use super::{LISTED, Rule, rules};
use crate::consumer::Need;
use crate::consumer::alerts::Source;
use crate::emit::kube::{self, View};
use crate::emit::{Out, Site};
use crate::ir::{AlertOff, IdentityServer, Sealed};
use crate::render::template::{Val, render};
use crate::render::{Composed, Remark};
use crate::words;

/// The page, when a cluster is watched.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let mut clusters: Vec<Val> = Vec::new();
    for view in kube::views(sealed) {
        let own = Listed::of(&view);
        clusters.extend(own.as_ref().map(|l| l.section(words![view.cluster.name], None)));
        for e in &view.cluster.environments {
            let theirs = Listed::of(&View { layer: &e.layer, ..view });
            let name = words![view.cluster.name, " in environment ", e.name];
            clusters.extend(theirs.and_then(|l| l.beyond(own.as_ref(), name)));
        }
    }
    if clusters.is_empty() {
        return;
    }
    let values =
        [("cloud", words![sealed.meta().name].into()), ("clusters", Val::Many(clusters)), ("units", units(sealed))];
    let text = render("alerts.md", include_str!("alerts.md"), LISTED, &values);
    out.text(Site::Reader, "documents/alerts.md".into(), text);
}

/// Units of systemd outside of clusters, which nothing that topoc sets up looks after.
fn units(sealed: &Sealed<'_>) -> Val {
    let row = |name: Composed, on: Composed, what: Composed| {
        Val::Record(vec![("name", name.into()), ("on", on.into()), ("what", what.into())])
    };
    let kept = |i: &IdentityServer| {
        let backup = i.run.as_ref()?.backup.as_ref()?;
        let on = words![sealed.machine(i.machine.v).name];
        Some(row(words!["authentik-backup.service"].citing(backup.at), on, words!["keeps a backup of ", i.name]))
    };
    let mut all: Vec<Val> = sealed.identities.iter().filter_map(kept).collect();
    let mut firewalls = sealed.firewalls.iter().filter_map(|f| Some((f, f.layer.backup.as_ref()?)));
    if let Some((_, b)) = firewalls.next() {
        let on = words!["whichever machine it was put on"];
        let what = words!["fetches the configuration of the firewalls"];
        all.push(row(words!["fetch-backup.service"].citing(b.at), on, what));
    }
    if all.is_empty() { Val::Flag(false) } else { Val::Many(all) }
}

/// What is listed of one set of settings: cells of rows.
struct Listed {
    alerts: Vec<[Composed; 5]>,
    missing: Vec<[Composed; 2]>,
    off: Vec<[Composed; 2]>,
}

impl Listed {
    fn of(view: &View<'_>) -> Option<Listed> {
        let monitoring = view.layer.monitoring.as_ref()?;
        let made = view.t.alerts(view.cluster, view.layer);
        let mut missing: Vec<(&str, Need)> = Vec::new();
        for m in made.iter().filter(|m| m.off.is_none()) {
            if let (Err(need), false) = (&m.told, missing.iter().any(|(name, _)| *name == m.alert.name)) {
                missing.push((m.alert.name, *need));
            }
        }
        let plain = |text: &str| Composed { text: text.into(), why: vec![monitoring.at] };
        let missing = missing.into_iter().map(|(name, need)| [plain(name), plain(&need.remedy().replace('`', ""))]);
        let off = &monitoring.alerts.off;
        let off = off.iter().map(|AlertOff { name, because }| [words![name], words![Remark(because)]]);
        let [by_prometheus, by_loki] = [Source::Prometheus, Source::Loki].map(|s| rules(view, s));
        let alerts = by_prometheus.iter().chain(&by_loki).map(row).collect();
        Some(Listed { alerts, missing: missing.collect(), off: off.collect() })
    }

    /// What is here beyond what the cluster itself has, where that is anything.
    fn beyond(self, own: Option<&Listed>, name: Composed) -> Option<Val> {
        let Some(own) = own else { return Some(self.section(name, None)) };
        let gone: Vec<Composed> =
            own.alerts.iter().map(|[name, ..]| name).filter(|n| !self.names(n)).cloned().collect();
        let here = Listed {
            alerts: more(self.alerts, &own.alerts),
            missing: more(self.missing, &own.missing),
            off: more(self.off, &own.off),
        };
        let any = !(here.alerts.is_empty() && here.missing.is_empty() && here.off.is_empty() && gone.is_empty());
        any.then(|| here.section(name, Some(gone)))
    }

    fn names(&self, name: &Composed) -> bool {
        self.alerts.iter().any(|[n, ..]| n.text == name.text)
    }

    /// The section; `gone` are the alerts that the cluster has and an environment has not.
    fn section(&self, name: Composed, gone: Option<Vec<Composed>>) -> Val {
        let record = |names: &[&'static str], cells: &[Composed]| {
            Val::Record(names.iter().copied().zip(cells.iter().map(|c| c.clone().into())).collect())
        };
        let alert = ["name", "component", "severity", "after", "summary"];
        let environment = gone.is_some();
        let mut gone = gone.unwrap_or_default();
        gone.dedup_by(|a, b| a.text == b.text);
        Val::Record(vec![
            ("name", name.into()),
            ("environment", Val::Flag(environment)),
            ("alerts", Val::Many(self.alerts.iter().map(|r| record(&alert, r)).collect())),
            ("gone", Val::Many(gone.into_iter().map(Val::One).collect())),
            ("missing", Val::Many(self.missing.iter().map(|r| record(&["name", "remedy"], r)).collect())),
            ("off", Val::Many(self.off.iter().map(|r| record(&["name", "because"], r)).collect())),
        ])
    }
}

/// Rows that others have not: what prints alike is the same.
fn more<const N: usize>(rows: Vec<[Composed; N]>, others: &[[Composed; N]]) -> Vec<[Composed; N]> {
    let same = |a: &[Composed; N], b: &[Composed; N]| a.iter().zip(b).all(|(x, y)| x.text == y.text);
    rows.into_iter().filter(|r| !others.iter().any(|o| same(r, o))).collect()
}

fn row(r: &Rule<'_>) -> [Composed; 5] {
    let after = r.after().map_or_else(|| words!["at once"], |a| words!["after ", a]);
    // What a series fills in is not known here.
    let mut summary = r.fills.text(r.made.alert.summary);
    summary.text = summary.text.replace("{{ $labels.", "(").replace(" }}", ")");
    let component = Composed { text: r.made.group.name.into(), why: Vec::new() };
    [r.name(), component, words![r.severity()], after, summary]
}
