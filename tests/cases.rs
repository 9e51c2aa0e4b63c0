//! Every folder of `tests/cases/` is a test: what is reported and where, how it reads, what is emitted. No program is started.
//!
//! `topology.kdl` begins with `// case: SENTENCE; faults: A1 N5; emits: netplan` (the last two are optional). A comment
//! `//~ E0203` pins a code to the line of its first label, `//~^ E0203` to the line above; what is reported and what is
//! pinned must be the same. Marks are taken out before the build. `topology.lock` is the lock file, where there is one.
//! `stderr.txt` is the rendering of all diagnostics, `expect/` the files of the emitters that `emits` names.
//! A folder with `faults.txt` (`A1 E0301@124`) has no marks: `expected.txt` lists what is reported instead.
//! `TOPOC_BLESS=1` rewrites `stderr.txt`, `expected.txt` and `expect/`, never a topology.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use topoc::build::{Build, Input, build};
use topoc::diag::{Context, Diag, terminal};
use topoc::emit::EMITTERS;
use topoc::source::Source;

/// The day on which all cases are built.
const TODAY: &str = "2026-11-22";
/// The faults of the RFC that this layer of topoc finds (targets section 11).
const OF_THE_RFC: &str = "A1 A2 A3 A4 A5 A6 N1 N2 N4 N5 N8 K1 K3 K6 K7 S2 F1 F2 T1 T2 T3";
/// Codes that no topology reaches: two emitters that write one path are a mistake in topoc.
const WITHOUT_CASE: &[&str] = &["E0607"];

/// File, line and code of a diagnostic's first label.
type Place = (String, u32, &'static str);

/// A folder, read.
struct Case {
    dir: PathBuf,
    name: String,
    topology: String,
    lock: Option<String>,
    pinned: Vec<Place>,
    faults: BTreeSet<String>,
    emits: BTreeSet<String>,
    /// `faults.txt`: each fault with the places that show it.
    hand: Option<Vec<(String, u32, String)>>,
}

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

fn run(case: &Case, bless: bool, problems: &mut Vec<String>) {
    let built = build(Input {
        topology: Source::new("topology.kdl", case.topology.clone()),
        lock: case.lock.as_ref().map(|t| Source::new("topology.lock", t.clone())),
        today: TODAY.into(),
        emit: true,
    });
    let reported: Vec<Place> = built.diags.iter().map(|d| place(&built, d)).collect();
    match &case.hand {
        None => {
            for (what, a, b) in [("not pinned", &reported, &case.pinned), ("not reported", &case.pinned, &reported)] {
                for (file, line, code) in without(a, b) {
                    problems.push(format!("{what}: {code} at {file}:{line}"));
                }
            }
        }
        Some(hand) => {
            for (id, line, code) in hand {
                if !reported.iter().any(|(_, l, c)| l == line && c == code) {
                    problems.push(format!("{id}: nobody reports {code}@{line}"));
                }
            }
            let mut list: Vec<(&str, u32)> = reported.iter().map(|(_, l, c)| (*c, *l)).collect();
            list.sort_unstable();
            let text: String = list.iter().map(|(c, l)| format!("{c} @ {l}\n")).collect();
            compare(&case.dir.join("expected.txt"), &text, bless, problems);
        }
    }
    let rendered = terminal::render(&built.diags, Context { sources: &built.sources, fancy: false, width: 100 });
    compare(&case.dir.join("stderr.txt"), &rendered, bless, problems);
    tree(case, &built, bless, problems);
}

/// The files of the emitters that the case names: these, no others, no fewer.
fn tree(case: &Case, built: &Build, bless: bool, problems: &mut Vec<String>) {
    let root = case.dir.join("expect");
    let wanted: BTreeMap<&str, String> = built
        .tree
        .iter()
        .filter(|(_, a)| case.emits.contains(a.emitter))
        .map(|(path, a)| (path.as_str(), a.text.text.clone()))
        .collect();
    for name in &case.emits {
        match EMITTERS.iter().find(|e| e.meta.name == name) {
            None => problems.push(format!("emits: no emitter is called {name}")),
            Some(_) if !built.tree.values().any(|a| a.emitter == name) => {
                problems.push(format!("emits: {name} writes nothing here"));
            }
            Some(_) => {}
        }
    }
    if bless && root.exists() {
        fs::remove_dir_all(&root).expect("expect/ can be removed");
    }
    for (path, text) in &wanted {
        compare(&root.join(path), text, bless, problems);
    }
    for path in walkdir::WalkDir::new(&root).into_iter().flatten().filter(|e| e.file_type().is_file()) {
        let path = path.path().strip_prefix(&root).expect("below expect/").to_string_lossy().into_owned();
        if !wanted.contains_key(path.as_str()) {
            problems.push(format!("expect/{path} is not emitted"));
        }
    }
}

/// Compares a text with a file byte for byte; an empty text is no file. With `bless` the file follows the text.
fn compare(file: &Path, text: &str, bless: bool, problems: &mut Vec<String>) {
    let on_disk = fs::read(file).unwrap_or_default();
    if on_disk == text.as_bytes() && (file.exists() || text.is_empty()) {
        return;
    }
    if !bless {
        let old = String::from_utf8_lossy(&on_disk).into_owned();
        let diff = similar::TextDiff::from_lines(old.as_str(), text);
        problems.push(format!("{} differs\n{}", file.display(), diff.unified_diff().context_radius(2)));
    } else if text.is_empty() {
        fs::remove_file(file).expect("an expected file can be removed");
    } else {
        fs::create_dir_all(file.parent().expect("in a case")).expect("a folder of a case can be made");
        fs::write(file, text).expect("an expected file can be written");
    }
}

/// What `a` has more of than `b`, as multisets.
fn without<'a>(a: &'a [Place], b: &[Place]) -> Vec<&'a Place> {
    let mut rest: Vec<&Place> = b.iter().collect();
    a.iter().filter(|p| rest.iter().position(|r| r == p).map(|i| rest.swap_remove(i)).is_none()).collect()
}

fn place(built: &Build, d: &Diag) -> Place {
    let code = d.code.info().id;
    match d.labels.first() {
        None => (String::new(), 0, code),
        Some(label) => {
            let source = built.sources.get(label.span.file);
            (source.name.clone(), source.line_col(label.span.start).0, code)
        }
    }
}

fn all() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut dirs: Vec<PathBuf> = fs::read_dir(root).expect("tests/cases").flatten().map(|e| e.path()).collect();
    dirs.sort();
    dirs.into_iter().map(read).collect()
}

fn read(dir: PathBuf) -> Case {
    let name = dir.file_name().expect("a folder has a name").to_string_lossy().into_owned();
    let text = |file: &str| fs::read_to_string(dir.join(file)).ok();
    let written = text("topology.kdl").unwrap_or_else(|| panic!("{name} has no topology.kdl"));
    let mut pinned = Vec::new();
    let topology = marks("topology.kdl", &written, &mut pinned);
    let lock = text("topology.lock").map(|t| marks("topology.lock", &t, &mut pinned));
    let hand = text("faults.txt").map(|t| t.lines().flat_map(|l| by_hand(&name, l)).collect::<Vec<_>>());
    let (mut faults, mut emits) = (BTreeSet::new(), BTreeSet::new());
    match &hand {
        Some(list) => {
            faults = list.iter().map(|(id, _, _)| id.clone()).collect();
            assert!(pinned.is_empty(), "{name}: faults.txt and marks");
        }
        None => {
            let first = written.lines().next().unwrap_or_default();
            let mut parts = first.strip_prefix("// case: ").unwrap_or_else(|| panic!("{name}: `// case:`")).split("; ");
            assert!(
                parts.next().is_some_and(|s| s.contains(' ')),
                "{name}: the first line says what the case is about"
            );
            for part in parts {
                let (word, list) = part.split_once(": ").unwrap_or_else(|| panic!("{name}: `{part}`"));
                let set = match word {
                    "faults" => &mut faults,
                    "emits" => &mut emits,
                    other => panic!("{name}: the first line knows no `{other}`"),
                };
                set.extend(list.split(' ').map(String::from));
            }
        }
    }
    Case { name, topology, lock, pinned, faults, emits, hand, dir }
}

/// A line of `faults.txt`: a fault and the places that show it.
fn by_hand(case: &str, line: &str) -> Vec<(String, u32, String)> {
    let mut words = line.split(' ');
    let id = words.next().unwrap_or_default().to_string();
    let places: Vec<_> = words
        .map(|w| {
            let (code, at) = w.split_once('@').unwrap_or_else(|| panic!("{case}: faults.txt: `{line}`"));
            (id.clone(), at.parse().unwrap_or_else(|_| panic!("{case}: faults.txt: `{line}`")), code.to_string())
        })
        .collect();
    assert!(!places.is_empty(), "{case}: faults.txt: {id} has no place");
    places
}

/// Takes the marks out of a text: line numbers stay, the marks' lines end where they began.
fn marks(file: &str, text: &str, pinned: &mut Vec<Place>) -> String {
    let mut clean = String::new();
    for (i, line) in text.lines().enumerate() {
        let (rest, mark) = line.split_once("//~").unwrap_or((line, ""));
        let up = mark.bytes().take_while(|b| *b == b'^').count();
        for code in mark[up..].split_whitespace() {
            let info = topoc::diag::by_name(code).unwrap_or_else(|| panic!("{file}: `{line}`: no code {code}"));
            pinned.push((file.to_string(), (i + 1 - up) as u32, info.id));
        }
        clean += if mark.is_empty() { rest } else { rest.trim_end() };
        clean.push('\n');
    }
    clean
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
