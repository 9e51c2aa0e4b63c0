//! What holds for every topology: order means nothing, builds repeat, nothing is dropped, nothing breaks out, nothing panics.

mod environments;
mod hostile;
mod insert;
mod nodes;
mod sensitivity;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use nodes::{Node, Random};
use topoc::build::{Build, Input, build};
use topoc::diag::Level;
use topoc::emit::EMITTERS;
use topoc::pass::lock::Lock;
use topoc::source::{Cause, Rule, Source};

/// The committed topology.
pub const REFERENCE: &str = include_str!("../../topology/private-cloud.kdl");
/// One that states what the reference does not: another provider dialect, other bridges, HA, all that is optional.
pub const WIDE: &str = include_str!("wide.kdl");
/// A small one: one host, one NIC, routed upstream.
pub const SMALL: &str = topoc_init();

const fn topoc_init() -> &'static str {
    include_str!("../../src/cli/init.kdl")
}

/// All of them, by name. The largest is last: what a smaller one has is tried there, which takes a fraction of the time.
pub const ALL: [(&str, &str); 24] = [
    ("wide", WIDE),
    ("small", SMALL),
    ("installer", include_str!("layers/installer.kdl")),
    ("cilium", include_str!("layers/cilium.kdl")),
    ("balancer", include_str!("layers/balancer.kdl")),
    ("ingress", include_str!("layers/ingress.kdl")),
    ("storage", include_str!("layers/storage.kdl")),
    ("logging", include_str!("layers/logging.kdl")),
    ("tracing", include_str!("layers/tracing.kdl")),
    ("policy", include_str!("layers/policy.kdl")),
    ("nested", include_str!("layers/nested.kdl")),
    ("gitops", include_str!("layers/gitops.kdl")),
    ("firewall-policy", include_str!("layers/firewall-policy.kdl")),
    ("firewall-nat", include_str!("layers/firewall-nat.kdl")),
    ("firewall-names", include_str!("layers/firewall-names.kdl")),
    ("firewall-access", include_str!("layers/firewall-access.kdl")),
    ("firewall-network", include_str!("layers/firewall-network.kdl")),
    ("firewall-watch", include_str!("layers/firewall-watch.kdl")),
    ("alerts", include_str!("layers/alerts.kdl")),
    ("monitoring", include_str!("layers/monitoring.kdl")),
    ("identity", include_str!("layers/identity.kdl")),
    ("copies", include_str!("layers/copies.kdl")),
    ("ui", include_str!("layers/ui.kdl")),
    ("reference", REFERENCE),
];

/// Builds a text.
pub fn run(text: impl Into<String>, lock: Option<&str>) -> Build {
    build(Input {
        topology: Source::new("test.kdl", text),
        lock: lock.map(|l| Source::new("test.lock", l)),
        today: "2026-01-01".into(),
        emit: true,
    })
}

/// What a build wrote: path to text.
pub fn files(b: &Build) -> BTreeMap<&str, &str> {
    b.tree.iter().map(|(p, a)| (p.as_str(), a.text.text.as_str())).collect()
}

/// The errors of a build, one a line, with the line of the topology that each points at.
pub fn errors(b: &Build) -> String {
    let errors = b.diags.iter().filter(|d| d.code.level() == Level::Error);
    errors
        .map(|d| {
            let place = d.labels.first().map_or(String::new(), |l| {
                let (line, _) = b.sources.get(l.span.file).line_col(l.span.start);
                format!(" [{}]", b.sources.get(l.span.file).line(line).trim())
            });
            format!("{} {}{place}\n", d.code.info().id, d.message)
        })
        .collect()
}

/// Builds a text that must be free of errors.
pub fn clean(text: impl Into<String>, lock: Option<&str>) -> Build {
    let b = run(text, lock);
    assert!(!b.failed(), "{}", errors(&b));
    b
}

/// The first lines in which two trees differ.
pub fn difference(a: &Build, b: &Build) -> Option<String> {
    let (a, b) = (files(a), files(b));
    for path in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
        let (x, y) = (a.get(path), b.get(path));
        if x != y {
            let (x, y) = (x.copied().unwrap_or("(no file)"), y.copied().unwrap_or("(no file)"));
            let diff = similar::TextDiff::from_lines(x, y);
            let text = diff.unified_diff().context_radius(1).to_string();
            return Some(format!("{path}\n{}", text.chars().take(1500).collect::<String>()));
        }
    }
    None
}

/// Order of statements means nothing. It means something among disks (their slots follow the file) and arguments of a
/// list (who is asked first, which host comes first): those keep their order here.
fn shuffle(nodes: &mut Vec<Node>, random: &mut Random) {
    let disks: Vec<Node> = nodes.iter().filter(|n| n.word == "disk").cloned().collect();
    random.shuffle(nodes);
    let mut disks = disks.into_iter();
    for n in nodes {
        if n.word == "disk" {
            // As many as were taken out.
            if let Some(disk) = disks.next() {
                *n = disk;
            }
        }
        // A `raw` body is somebody else's format: there, order is the user's.
        if n.word != "with" {
            shuffle(&mut n.kids, random);
        }
    }
}

#[test]
fn order_of_statements_means_nothing() {
    for (name, text) in ALL {
        let nodes = nodes::read(text);
        let first = clean(text, None);
        let lock = Lock::of(&first.topology).print();
        for seed in 1..=50 {
            let mut shuffled = nodes.clone();
            shuffle(&mut shuffled, &mut Random::new(seed));
            let text = nodes::print(&shuffled);
            let b = clean(text, None);
            if let Some(d) = difference(&first, &b) {
                panic!("{name}, seed {seed}: {d}");
            }
            assert_eq!(lock, Lock::of(&b.topology).print(), "{name}, seed {seed}");
        }
    }
}

#[test]
fn builds_and_layouts_repeat() {
    for (name, text) in ALL {
        let first = clean(text, None);
        let lock = Lock::of(&first.topology).print();
        let again = clean(text, Some(&lock));
        assert_eq!(difference(&first, &again), None, "{name}: the lock changes the second build");
        assert_eq!(lock, Lock::of(&again.topology).print(), "{name}");
        let format = |text: &str| topoc::syntax::format(&Source::new("test.kdl", text)).expect("it parses");
        let once = format(text);
        assert_eq!(once, format(&once), "{name}");
        assert_eq!(difference(&first, &clean(once, None)), None, "{name}: layout changes the tree");
        // One line a statement, without comments, and back.
        let bare = format(&nodes::print(&nodes::read(text)));
        assert_eq!(difference(&first, &clean(bare, None)), None, "{name}: comments change the tree");
    }
}

/// The day moves diagnostics, never bytes.
#[test]
fn the_day_changes_no_byte() {
    for (name, text) in ALL {
        let first = clean(text, None);
        for day in ["1970-01-01", "2999-12-31"] {
            let b = build(Input {
                topology: Source::new("elsewhere/other.kdl", text),
                lock: None,
                today: day.into(),
                emit: true,
            });
            // An `allow-lint` that has ended may be an error; a tree that is written is the same.
            if !b.failed() {
                assert_eq!(difference(&first, &b), None, "{name} on {day}");
            }
        }
    }
}

/// Whether a rule is listed by its module, so that `why` has a sentence for it.
fn listed(rule: Rule) -> bool {
    let (block, index) = rule.parts();
    let passes = topoc::pass::RULE_BLOCKS.iter().copied();
    passes
        .chain(EMITTERS.iter().map(|e| (e.meta.block, e.meta.rules)))
        .chain(topoc::emit::opnsense::RULE_BLOCKS.iter().copied())
        .any(|(b, rules)| b as usize == block && index < rules.len())
}

#[test]
fn every_line_knows_why_it_is_there() {
    for (name, text) in ALL {
        let b = clean(text, None);
        for (_, cause) in b.causes.iter() {
            match cause {
                Cause::Written(span) => assert!(text.get(span.range()).is_some(), "{name}: {span:?}"),
                Cause::Derived { rule, .. } => assert!(listed(*rule), "{name}: {rule:?} has no sentence"),
            }
        }
        for (path, a) in &b.tree {
            assert_eq!(a.text.lines(), a.text.text.lines().count(), "{name}: {path}");
            for (n, line) in a.text.text.lines().enumerate() {
                let why = a.text.why(n);
                assert!(!why.is_empty(), "{name}: {path}:{} {line}", n + 1);
                for origin in why {
                    match origin.rule() {
                        Some(rule) => assert!(listed(rule), "{name}: {path}:{}: {rule:?} has no sentence", n + 1),
                        // A place is words that somebody can read: the start of the file says nothing.
                        None => {
                            if let Some(Cause::Written(span)) = b.causes.get(*origin) {
                                assert!(span.end > span.start, "{name}: {path}:{} cites an empty place", n + 1);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One random change of a topology: what an editor leaves half done.
fn mutate(nodes: &mut Vec<Node>, random: &mut Random) {
    let places = nodes::places(nodes);
    let place = &places[random.below(places.len())];
    let i = place[place.len() - 1];
    match random.below(6) {
        0 => drop(nodes::siblings(nodes, place).remove(i)),
        1 => {
            let list = nodes::siblings(nodes, place);
            let copy = list[i].clone();
            list.insert(random.below(list.len() + 1), copy);
        }
        2 => {
            // A value of one place at another.
            let other = &places[random.below(places.len())];
            let from = nodes::at(nodes, other).entries.clone();
            let to = nodes::at(nodes, place);
            if let (false, false) = (from.is_empty(), to.entries.is_empty()) {
                let n = random.below(to.entries.len());
                to.entries[n].1.clone_from(&from[random.below(from.len())].1);
            }
        }
        3 => {
            let entries = &mut nodes::at(nodes, place).entries;
            if !entries.is_empty() {
                entries.remove(random.below(entries.len()));
            }
        }
        4 => {
            const EDGES: [&str; 16] = [
                "0",
                "-1",
                "1",
                "255",
                "65536",
                "4294967295",
                "9223372036854775807",
                "\"\"",
                "\"0.0.0.0/0\"",
                "\"255.255.255.255\"",
                "\"10.0.0.0/30\"",
                "\"10.0.0.0/8\"",
                "#true",
                "#null",
                "1.5",
                "\"16384TiB\"",
            ];
            let entries = &mut nodes::at(nodes, place).entries;
            if !entries.is_empty() {
                let n = random.below(entries.len());
                entries[n].1 = EDGES[random.below(EDGES.len())].into();
            }
        }
        _ => {
            // A statement below another one.
            let other = &places[random.below(places.len())];
            let copy = nodes::at(nodes, other).clone();
            nodes::at(nodes, place).kids.push(copy);
        }
    }
}

#[test]
fn broken_topologies_never_panic_and_write_nothing() {
    let mut random = Random::new(20_260_101);
    let mut failed = 0;
    for round in 0..3000 {
        let (_, text) = ALL[round % ALL.len()];
        let mut nodes = nodes::read(text);
        for _ in 0..=random.below(3) {
            if !nodes.is_empty() {
                mutate(&mut nodes, &mut random);
            }
        }
        let mut text = nodes::print(&nodes);
        if random.below(5) == 0 {
            text.truncate(random.below(text.len() + 1));
        }
        let lock = (random.below(2) == 0).then_some("machine fw-1 100 public\nmachine web 100 servers,gone,servers\n");
        let b = run(text.clone(), lock);
        assert!(b.tree.is_empty() == b.failed(), "round {round}: {}\n{text}", errors(&b));
        failed += usize::from(b.failed());
    }
    // Both kinds come up, or the test looks at nothing.
    assert!((500..2900).contains(&failed), "{failed} of 3000 failed");
}
