//! The page of all alerts, and of what nobody watches; says nothing that the rules do not.

use super::{LISTED, Rule, rules};
use crate::consumer::Need;
use crate::consumer::alerts::Source;
use crate::emit::kube::{self, View};
use crate::emit::{Out, Site};
use crate::ir::{AlertOff, Sealed};
use crate::render::template::{Val, render};
use crate::render::{Composed, Remark};
use crate::words;

/// The page, when a cluster is watched.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let clusters: Vec<Val> = kube::views(sealed).filter_map(|view| cluster(&view)).collect();
    if clusters.is_empty() {
        return;
    }
    let values = [("cloud", words![sealed.meta().name].into()), ("clusters", Val::Many(clusters))];
    let text = render("alerts.md", include_str!("alerts.md"), LISTED, &values);
    out.text(Site::Reader, "documents/alerts.md".into(), text);
}

fn cluster(view: &View<'_>) -> Option<Val> {
    let monitoring = view.layer.monitoring.as_ref()?;
    let made = view.t.alerts(view.cluster, view.layer);
    let mut missing: Vec<(&str, Need)> = Vec::new();
    for m in made.iter().filter(|m| m.off.is_none()) {
        if let (Err(need), false) = (&m.told, missing.iter().any(|(name, _)| *name == m.alert.name)) {
            missing.push((m.alert.name, *need));
        }
    }
    let plain = |text: &str| Composed { text: text.into(), why: vec![monitoring.at] };
    let missing = missing.into_iter().map(|(name, need)| {
        Val::Record(vec![("name", plain(name).into()), ("remedy", plain(&need.remedy().replace('`', "")).into())])
    });
    let off = monitoring.alerts.off.iter().map(|AlertOff { name, because }| {
        Val::Record(vec![("name", words![name].into()), ("because", words![Remark(because)].into())])
    });
    let mut all = rules(view, Source::Prometheus);
    all.extend(rules(view, Source::Loki));
    Some(Val::Record(vec![
        ("name", words![view.cluster.name].into()),
        ("alerts", Val::Many(all.iter().map(row).collect())),
        ("missing", Val::Many(missing.collect())),
        ("off", Val::Many(off.collect())),
    ]))
}

fn row(r: &Rule<'_>) -> Val {
    let after = r.after().map_or_else(|| words!["at once"], |a| words!["after ", a]);
    // What a series fills in is not known here.
    let mut summary = r.fills.text(r.made.alert.summary);
    summary.text = summary.text.replace("{{ $labels.", "(").replace(" }}", ")");
    Val::Record(vec![
        ("name", r.name().into()),
        ("component", Composed { text: r.made.group.name.into(), why: Vec::new() }.into()),
        ("severity", words![r.severity()].into()),
        ("after", after.into()),
        ("summary", summary.into()),
    ])
}
