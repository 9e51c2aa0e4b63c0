//! Unit tests of the rules, for `promtool test rules`: made from the same data as the rules, not from what they say.

use super::{RUN, Rule, TEST, group, groups};
use crate::consumer::alerts::{Proof, Series};
use crate::emit::kube::{self, HEADER, View};
use crate::emit::{Format, Out};
use crate::render::template::render;
use crate::render::{Composed, Map};
use crate::source::Sp;
use crate::words;

/// Minutes beyond what an alert waits: more than the longest range that it looks back, so that rates are there.
const LEAD: u64 = 15;

/// A file of rules and a file of tests for each component, and what runs them.
pub fn plan(view: &View<'_>, out: &mut Out<'_>) {
    let all = groups(view);
    if all.is_empty() {
        return;
    }
    for (name, rules) in all {
        let name = Composed { text: name.into(), why: Vec::new() };
        let path = |end: &str| kube::below(view, &format!("tests/alerts/{}{end}", name.text));
        let tests = tests(&name, &rules);
        let yaml = Format::Yaml(HEADER);
        out.doc(kube::site(view), path(".rules.yaml"), yaml.clone(), group(name.clone(), rules), TEST);
        out.doc(kube::site(view), path(".test.yaml"), yaml, tests, TEST);
    }
    let script = render("alerts-run.sh", include_str!("run.sh"), RUN, &[]);
    out.program(kube::site(view), kube::below(view, "tests/alerts/run.sh"), script);
}

fn tests(name: &Composed, rules: &[Rule<'_>]) -> Map {
    let mut doc = Map::new();
    doc.list("rule_files", TEST, |l| l.push((words![name, ".rules.yaml"], TEST)));
    doc.put("evaluation_interval", ("1m", TEST));
    doc.list("tests", TEST, |l| {
        for r in rules {
            let Proof { fires, labels, quiet } = &r.made.alert.proof;
            l.map(TEST, |m| test(r, fires, Some(labels), m));
            l.map(TEST, |m| test(r, quiet, None, m));
        }
    });
    doc
}

/// One test: the series, the moment, and what must be heard; nothing where there are no labels.
fn test(r: &Rule<'_>, series: &[Series], labels: Option<&[(&'static str, &'static str)]>, m: &mut Map) {
    let after = r.after();
    let wait = after.map_or(0, |a| super::fill::minutes(a.v));
    let at = after.map_or(TEST.origin(), |a| a.at);
    let moment = words![Sp::new(wait + LEAD, at), "m"];
    let mut fills = r.fills.clone();
    fills.put("n", words![Sp::new(wait + LEAD + 5, at)]);
    let what = if labels.is_some() { " fires" } else { " is quiet" };
    m.put("name", (words![r.name(), what], TEST));
    m.put("interval", ("1m", TEST));
    m.list("input_series", TEST, |l| {
        for Series { of, values } in series {
            l.map(TEST, |s| {
                s.put("series", (fills.text(of), TEST));
                s.put("values", (fills.text(values), TEST));
            });
        }
    });
    m.list("alert_rule_test", TEST, |l| {
        l.map(TEST, |t| {
            t.put("eval_time", (moment, TEST));
            t.put("alertname", (r.name(), TEST));
            t.list("exp_alerts", TEST, |l| {
                if let Some(labels) = labels {
                    l.map(TEST, |e| expected(r, labels, e));
                }
            });
        });
    });
}

/// The alert as it must be heard: labels of the series and of the rule, and texts without anything left to fill in.
fn expected(r: &Rule<'_>, labels: &[(&'static str, &'static str)], e: &mut Map) {
    let mut all = r.labels();
    for (key, value) in labels {
        all.put(*key, (r.fills.text(value), TEST));
    }
    let values: Vec<(&str, String)> =
        labels.iter().chain(r.made.alert.labels).map(|(key, value)| (*key, r.fills.text(value).text)).collect();
    let heard = |mut text: Composed| {
        for (key, value) in &values {
            text.text = text.text.replace(&format!("{{{{ $labels.{key} }}}}"), value);
        }
        text
    };
    e.put("exp_labels", (all, TEST));
    e.put("exp_annotations", (r.annotations(heard), TEST));
}
