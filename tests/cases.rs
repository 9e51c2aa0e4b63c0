//! Every folder of `tests/cases/` is a test: what is reported and where, how it reads, what is emitted. No program is started.
//!
//! `topology.kdl` begins with `// case: SENTENCE; faults: A1 N5; emits: netplan` (the last two are optional). A comment
//! `//~ E0203` pins a code to the line of its first label, `//~^ E0203` to the line above; what is reported and what is
//! pinned must be the same. Marks are taken out before the build. `topology.lock` is the lock file, where there is one.
//! `stderr.txt` is the rendering of all diagnostics, a hundred at a time, `expect/` the files of the emitters that `emits` names.
//! A folder with `faults.txt` (`A1 E0301@124`) has no marks: `expected.txt` lists what is reported instead.
//! `TOPOC_BLESS=1` rewrites `stderr.txt`, `expected.txt` and `expect/`, never a topology.

#[path = "shared/case.rs"]
mod case;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;

use case::{Case, all, compare, reports, tree, written};
use topoc::diag::{Context, terminal};

/// The faults of the RFC that this layer of topoc finds (targets section 11).
const OF_THE_RFC: &str = "A1 A2 A3 A4 A5 A6 N1 N2 N3 N4 N5 N7 N8 N9 N10 N12 K1 K2 K3 K4 K6 K7 K8 K9 K10 K11 K12 K13 S1 S2 S3 F1 F2 T1 T2 T3 \
     T4";
/// Codes that no topology reaches: two emitters that write one path are a mistake in topoc.
const WITHOUT_CASE: &[&str] = &["E0607"];

#[test]
fn cases() {
    let bless = std::env::var_os("TOPOC_BLESS").is_some_and(|v| v == "1");
    let cases = all();
    let mut failures = String::new();
    for case in &cases {
        let mut problems = Vec::new();
        if std::panic::catch_unwind(AssertUnwindSafe(|| run(case, bless, &mut problems))).is_err() {
            problems.push("topoc panics".into());
        }
        for p in problems {
            let _ = writeln!(failures, "{}: {p}", case.name);
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
    assert!(cases.len() > 60, "{} cases are not all", cases.len());
}

#[test]
fn every_fault_has_a_case() {
    let known = faults();
    let mut missing: Vec<&str> = OF_THE_RFC.split(' ').filter(|id| !known.contains_key(*id)).collect();
    let cases = all();
    let shown: BTreeSet<&str> =
        cases.iter().filter(|c| c.hand.is_none()).flat_map(|c| &c.faults).map(|f| &**f).collect();
    missing.extend(known.keys().map(|id| &**id).filter(|id| !shown.contains(id)));
    assert!(missing.is_empty(), "no case of its own: {missing:?}");
    // In this language a pool is a reservation, so A3 has a case of its own only.
    for case in cases.iter().filter(|c| c.hand.is_some()) {
        let absent: Vec<&str> = OF_THE_RFC.split(' ').filter(|id| *id != "A3" && !case.faults.contains(*id)).collect();
        assert!(absent.is_empty(), "{}: not in faults.txt: {absent:?}", case.name);
    }
    for case in &cases {
        let strange: Vec<_> = case.faults.iter().filter(|f| !known.contains_key(*f)).collect();
        assert!(strange.is_empty(), "{}: not in tests/faults.txt: {strange:?}", case.name);
    }
}

fn run(case: &Case, bless: bool, problems: &mut Vec<String>) {
    let built = case.build(&[]);
    reports(case, &built, bless, problems);
    // The program stops at a hundred; what is behind them must read well too.
    let context = || Context { sources: &built.sources, fancy: false, width: 100 };
    let rendered = match built.diags.len() {
        ..=100 => terminal::render(&built.diags, context()),
        _ => built.diags.chunks(100).map(|part| terminal::render(part, context())).collect(),
    };
    compare(&case.dir.join("stderr.txt"), &rendered, bless, problems);
    tree(case, &written(case, &built, problems), bless, problems);
}

/// Codes of the bands 02 to 08: those of the syntax have tests of their own.
#[test]
fn every_code_has_a_case() {
    let cases = all();
    let pinned: BTreeSet<&str> = cases.iter().flat_map(|c| &c.pinned).map(|p| p.2).collect();
    let missing: Vec<&str> = topoc::diag::ALL
        .iter()
        .map(|c| c.id)
        .filter(|id| &id[1..3] != "01" && !pinned.contains(id) && !WITHOUT_CASE.contains(id))
        .collect();
    assert!(missing.is_empty(), "no case: {missing:?}");
    let reached: Vec<_> = WITHOUT_CASE.iter().filter(|id| pinned.contains(*id)).collect();
    assert!(reached.is_empty(), "these have a case: {reached:?}");
}

/// `tests/faults.txt`: the id of each fault and a sentence.
fn faults() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults.txt");
    let text = fs::read_to_string(path).expect("tests/faults.txt");
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let (id, sentence) = line.split_once(' ').unwrap_or_else(|| panic!("tests/faults.txt: `{line}`"));
        assert!(all.insert(id.to_string(), sentence.to_string()).is_none(), "tests/faults.txt: {id} twice");
    }
    all
}
