//! Environments say what a cluster can say: each field changes the tree there too, or the reason stands here.

use topoc::ir::facts::Facts;
use topoc::schema::{Fate, Shape, Statement};

use super::nodes::{self, Node, Place};
use super::sensitivity::{Reach, candidates, change, walk};
use super::{ALL, difference, errors, run};

/// Words of a cluster that this holds for; `environments_are_merged` holds the others.
const WORDS: [&str; 7] = ["backup", "gitops", "health", "logging", "monitoring", "tracing", "ui"];

/// What no sample changes here.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "cluster.ui.address.pool",
        "E0617: pages at another address have other names, and this changes one thing at a time",
    ),
    (
        "cluster.ui.address.host",
        "E0617: pages at another address have other names, and this changes one thing at a time",
    ),
    ("cluster.ui.identity", "E0617: who knows people knows the pages once"),
    ("cluster.ui.outpost", "E0617: who knows people knows the outpost once"),
    ("cluster.ui.from.name", "E0408: who opens pages beside a default deny is no name in DNS"),
    ("cluster.ui.from.net.except", "nobody opens pages from networks of others in these topologies"),
    ("cluster.ui.page.secret", "E0617: who knows people knows the secret of a page once"),
    ("cluster.ui.page.admins", "E0617: who knows people admits the same to a page"),
    ("cluster.ui.page.readers", "E0617: who knows people admits the same to a page"),
    ("cluster.logging.syslog.address.pool", "E0617: firewalls send their logs to one address"),
    ("cluster.logging.syslog.address.host", "E0617: firewalls send their logs to one address"),
];

/// An environment that says of one statement which of several it is, and nothing else: its place, and the nodes with it.
fn skeleton(nodes: &[Node], place: &[usize]) -> (Place, Vec<Node>) {
    let mut all = nodes.to_vec();
    let mut inner = None;
    for depth in (1..place.len()).rev() {
        let Node { word, entries, kids: _ } = nodes::at(&mut all, &place[..=depth]).clone();
        let entries = entries.into_iter().filter(|(name, _)| name.is_none()).collect();
        inner = Some(Node { word, entries, kids: inner.into_iter().collect() });
    }
    let cluster = &mut all[place[0]].kids;
    cluster.push(Node {
        word: "environment".into(),
        entries: vec![(None, "\"tried\"".into())],
        kids: inner.into_iter().collect(),
    });
    let mut at = vec![place[0], cluster.len() - 1];
    at.extend(place[1..].iter().map(|_| 0));
    (at, all)
}

fn verdict(reach: &Reach, topologies: &[(&str, Vec<Node>)]) -> Result<(), String> {
    let mut told = String::from("is stated in no topology of this test");
    for (topology, nodes) in topologies {
        for place in nodes::find(nodes, &reach.chain) {
            let (at, said) = skeleton(nodes, &place);
            let mut empty = said.clone();
            nodes::at(&mut empty, &at[..2]).kids.clear();
            let before = run(nodes::print(&empty), None);
            for value in candidates(reach, nodes) {
                let Some(new) = change(&said, &at, reach, &value, true) else { continue };
                let after = run(nodes::print(&new), None);
                match after.failed() {
                    true => {
                        told = format!("{topology}, {value}: {}", errors(&after).lines().next().unwrap_or_default())
                    }
                    false if difference(&before, &after).is_some() => return Ok(()),
                    false => told = format!("{topology}, {value}: it builds and changes nothing"),
                }
            }
        }
    }
    Err(told)
}

#[test]
fn an_overlay_says_every_field_that_a_cluster_can_say() {
    let mut all = Vec::new();
    walk(Facts::INFO, &mut Vec::new(), &mut all);
    let inside = |r: &&Reach| r.chain.first() == Some(&"cluster") && r.chain.get(1).is_some_and(|w| WORDS.contains(w));
    // What a statement is called says which of several is meant.
    let said = |r: &&Reach| r.field.fate == Fate::Emitted && r.field.shape != Shape::Arg;
    let topologies: Vec<(&str, Vec<Node>)> = ALL.iter().map(|(name, text)| (*name, nodes::read(text))).collect();
    let mut wrong = Vec::new();
    let mut tested = 0;
    for reach in all.iter().filter(inside).filter(said) {
        tested += 1;
        let known = ELSEWHERE.iter().any(|(name, _)| *name == reach.name());
        match verdict(reach, &topologies) {
            Err(what) if !known => wrong.push(format!("{}: {what}", reach.name())),
            Ok(()) if known => wrong.push(format!("{} holds now: take it out of ELSEWHERE", reach.name())),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {tested} fields:\n{}", wrong.len(), wrong.join("\n"));
}
