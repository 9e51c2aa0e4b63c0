//! Emitter: alerts as PrometheusRules, a unit test beside each, and a list for people; which there are and what they ask is
//! decided elsewhere.

pub(super) mod fill;
mod list;
mod proof;

use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::consumer::alerts::{GROUPS, Source};
use crate::ir::{AlertChange, Alerts, Made, Sealed};
use crate::render::{Composed, List, Map};
use crate::schema::{AlertSeverity, Seconds};
use crate::source::Sp;
use crate::words;
use fill::Fills;

crate::rules! {
    96;
    RULES_OF = "What is wrong with a component is told by a group of alerts of its own." @ "RFC 7.6; prometheus-operator, PrometheusRule v1";
    ALERT = "An alert asks only metrics that are there, with the figures of this topology." @ "RFC 7.6; the catalogue of metrics";
    AFTER = "It must hold for a while, lest a restart wakes somebody." @ "RFC 7.6; prometheus, alerting rules: for";
    SEVERITY = "Who is told follows from how much it matters." @ "RFC 7.6; kube-prometheus-stack, severities";
    TEXT = "It says what is wrong with names and addresses, and what that breaks." @ "RFC 7.6";
    RUNBOOK = "What to do is on the page of its name." @ "RFC 7.6; prometheus, alerting rules: annotations";
    LABEL = "What it is about is a label, by which one of several is told apart." @ "prometheus, alerting rules: labels";
    TEST = "Each alert is shown to fire when it shall, and to be quiet when it shall." @ "RFC 7.6, 8.3; prometheus, unit testing for rules";
    RUN = "The tests run wherever promtool is." @ "prometheus, promtool test rules";
    LISTED = "All alerts are on one page, and what nobody watches is on it too." @ "RFC 7.6";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "alerts",
    writes: "<folder>/config/monitoring/prometheusrule-<component>.yaml, <folder>/tests/alerts/, documents/alerts.md",
    what: "Alerts on what is there, each with a test, and a list of them.",
    reader: "Prometheus, promtool",
    apply: "With the rest of `config/monitoring`; before that `<folder>/tests/alerts/run.sh` runs the tests.",
    step: 8,
    rfc: "7.6",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace of Prometheus and what it reads.
const NAMESPACE: &str = "monitoring";

/// Rules, tests and the list.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        proof::plan(&view, out);
    }
    list::plan(sealed, out);
}

/// A PrometheusRule for each component that has alerts.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(monitoring) = &view.layer.monitoring else { return Vec::new() };
    let mut all = Vec::new();
    for (name, rules) in groups(view) {
        let name = Composed { text: name.into(), why: vec![monitoring.at] };
        let file = words!["prometheusrule-", name].text;
        let mut doc = kube::object(
            "monitoring.coreos.com/v1",
            "PrometheusRule",
            (name.clone(), RULES_OF),
            Some(NAMESPACE),
            RULES_OF,
        );
        doc.put("spec", (group(name, rules), RULES_OF));
        all.push(Part::object("monitoring", &file, doc, RULES_OF));
    }
    all
}

/// Components with their rules; a component without rules has no group.
fn groups<'a>(view: &View<'a>) -> Vec<(&'static str, Vec<Rule<'a>>)> {
    let all = rules(view, Source::Prometheus);
    let of =
        |name: &'static str| -> Vec<Rule<'a>> { all.iter().filter(|r| r.made.group.name == name).cloned().collect() };
    GROUPS.iter().map(|g| (g.name, of(g.name))).filter(|(_, rules)| !rules.is_empty()).collect()
}

/// An alert with all that is said of it.
#[derive(Clone)]
struct Rule<'a> {
    made: Made<'a>,
    alerts: &'a Alerts,
    fills: Fills,
}

/// Alerts of a cluster for which there is a rule, of Prometheus or of Loki's ruler, which reads files of its own kind.
fn rules<'a>(view: &View<'a>, source: Source) -> Vec<Rule<'a>> {
    // The rest of monitoring is its own emitter's.
    let Some(monitoring) = &view.layer.monitoring else { return Vec::new() };
    let alerts = &monitoring.alerts;
    let made = view.t.alerts(view.cluster, view.layer).into_iter();
    let ours = made.filter(|m| m.alert.source == source && m.is_there());
    ours.map(|made| {
        let fills = Fills::of(view, alerts, &made);
        Rule { made, alerts, fills }
    })
    .collect()
}

impl Rule<'_> {
    /// How long it must hold, where it must.
    fn after(&self) -> Option<Sp<Seconds>> {
        let stated = self.made.change.and_then(|AlertChange { name: _, severity: _, after }| *after);
        let usual = Some(self.made.alert.after).filter(|s| *s > 0);
        stated.or_else(|| usual.map(|s| Sp::new(Seconds(s), AFTER.origin())))
    }

    /// How much it matters.
    fn severity(&self) -> Sp<AlertSeverity> {
        let stated = self.made.change.and_then(|c| c.severity);
        stated.unwrap_or_else(|| Sp::new(self.made.alert.severity, SEVERITY.origin()))
    }

    /// Its name, with who speaks of it.
    fn name(&self) -> Composed {
        let name = Composed { text: self.made.alert.name.into(), why: self.made.told.clone().unwrap_or_default() };
        self.made.change.iter().fold(name, |name, c| name.citing(c.name.at))
    }

    /// Labels that the rule adds.
    fn labels(&self) -> Map {
        let mut map = Map::new();
        map.put("severity", (words![self.severity()], SEVERITY));
        for (key, value) in self.made.alert.labels {
            map.put(*key, (self.fills.text(value), LABEL));
        }
        map
    }

    /// Annotations; `write` turns the text of a template into what stands there.
    fn annotations(&self, write: impl Fn(Composed) -> Composed) -> Map {
        let mut map = Map::new();
        map.put("summary", (write(self.fills.text(self.made.alert.summary)), TEXT));
        map.put("description", (write(self.fills.text(self.made.alert.description)), TEXT));
        if let Some(url) = &self.alerts.runbooks {
            let end = if url.v.0.ends_with('/') { "" } else { "/" };
            map.put("runbook_url", (words![url, end, self.made.alert.name], RUNBOOK));
        }
        map
    }
}

/// `groups:` with the rules of one component.
fn group(name: Composed, rules: Vec<Rule<'_>>) -> Map {
    let mut list = List::new();
    for r in &rules {
        list.map(ALERT, |m| {
            m.put("alert", (r.name(), ALERT));
            m.put("expr", (r.fills.text(r.made.alert.expr), ALERT));
            if let Some(after) = r.after() {
                m.put("for", (words![after], AFTER));
            }
            m.put("labels", (r.labels(), LABEL));
            m.put("annotations", (r.annotations(|text| text), TEXT));
        });
    }
    let mut doc = Map::new();
    doc.list("groups", RULES_OF, |l| {
        l.map(RULES_OF, |m| {
            m.put("name", (name, RULES_OF));
            m.put("rules", (list, RULES_OF));
        });
    });
    doc
}
