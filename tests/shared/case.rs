//! The folders of `tests/cases/` as data, built and compared; what is asked of them is said by `cases.rs` and `targets.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use topoc::build::{Build, Input, build_without};
use topoc::diag::Diag;
use topoc::emit::EMITTERS;
use topoc::source::Source;

/// The day on which all cases are built.
const TODAY: &str = "2026-11-22";
/// File, line and code of a diagnostic's first label.
pub type Place = (String, u32, &'static str);

/// A folder, read.
pub struct Case {
    pub dir: PathBuf,
    pub name: String,
    pub topology: String,
    pub lock: Option<String>,
    pub pinned: Vec<Place>,
    #[allow(dead_code)] // cases.rs alone asks which faults have one
    pub faults: BTreeSet<String>,
    pub emits: BTreeSet<String>,
    /// `faults.txt`: each fault with the places that show it.
    pub hand: Option<Vec<(String, u32, String)>>,
}

impl Case {
    /// Builds it with these codes switched off. A tree that an error forbids is not made, whether it is heard of or not.
    pub fn build(&self, mute: &[&'static str]) -> Build {
        let input = Input {
            topology: Source::new("topology.kdl", self.topology.clone()),
            lock: self.lock.as_ref().map(|t| Source::new("topology.lock", t.clone())),
            today: TODAY.into(),
            emit: mute.iter().all(|code| code.starts_with("E06")),
        };
        build_without(input, mute)
    }
}

/// What is reported must be what is pinned: the marks, or `faults.txt` and `expected.txt`.
pub fn reports(case: &Case, built: &Build, bless: bool, problems: &mut Vec<String>) {
    let reported: Vec<Place> = built.diags.iter().map(|d| place(built, d)).collect();
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
}

/// The files of the emitters that the case names, by path.
pub fn written<'a>(case: &Case, built: &'a Build, problems: &mut Vec<String>) -> BTreeMap<&'a str, String> {
    for name in &case.emits {
        match EMITTERS.iter().find(|e| e.meta.name == name) {
            None => problems.push(format!("emits: no emitter is called {name}")),
            Some(_) if !built.tree.values().any(|a| a.emitter == name) => {
                problems.push(format!("emits: {name} writes nothing here"));
            }
            Some(_) => {}
        }
    }
    let wanted = built.tree.iter().filter(|(_, a)| case.emits.contains(a.emitter));
    wanted.map(|(path, a)| (path.as_str(), a.text.text.clone())).collect()
}

/// `expect/` holds these files, no others, no fewer.
pub fn tree(case: &Case, wanted: &BTreeMap<&str, String>, bless: bool, problems: &mut Vec<String>) {
    let root = case.dir.join("expect");
    if bless && root.exists() {
        fs::remove_dir_all(&root).expect("expect/ can be removed");
    }
    for (path, text) in wanted {
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
pub fn compare(file: &Path, text: &str, bless: bool, problems: &mut Vec<String>) {
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

/// Where a problem is reported.
pub fn place(built: &Build, d: &Diag) -> Place {
    let code = d.code.info().id;
    match d.labels.first() {
        None => (String::new(), 0, code),
        Some(label) => {
            let source = built.sources.get(label.span.file);
            (source.name.clone(), source.line_col(label.span.start).0, code)
        }
    }
}

/// Every folder, by name.
pub fn all() -> Vec<Case> {
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
