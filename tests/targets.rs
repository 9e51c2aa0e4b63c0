//! Every line of ../shared/design/targets.md about the cluster, and every line of opnsense.md beside it, is tied to a case
//! that shows it, and the case depends on it.
//!
//! `tests/targets.map` has a line a tie, `KEY KIND …`; a key is the section (`o` before it in
//! opnsense.md), the line's number in it and a hash of its text,
//! so that a line that changes loses its ties. Kinds:
//!
//! * `code E0901 CASE` or `code E0901 CASE :: TEXT`: the case reports the code (in a line of its topology that has the text),
//!   and no longer does when the library is deaf to it.
//! * `form CASE FILE :: TEXT`: the case's `expect/FILE` holds the text, its lines say where they come from, and the comparison
//!   reports a tree in which the text is missing. `\n` is a line break.
//! * `consumer SAMPLE`: a bad sample of tests/consumers, which its selftest shows to be refused.
//! * `later issue-N`: for an issue that is not worked on yet.
//! * `note WORDS`: says where facts are from, or what nobody can state here; nothing depends on it.
//! * `todo`: a failure.
//!
//! `TOPOC_TARGETS=list cargo test --test targets -- --nocapture` prints every line with its key and its ties. The design
//! lies beside the upstream files (`TOPOC_UPSTREAM`); without it this is a failure in CI and a counted skip elsewhere.

#[path = "shared/case.rs"]
mod case;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use case::{Case, all, place, reports, tree, written};
use topoc::build::Build;
use topoc::diag::by_name;

/// Sections of targets.md that are about versions, the cluster and its alerts.
const SECTIONS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "9", "10"];
/// Sections of opnsense.md; 6 names the reference data.
const OPNSENSE: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7"];
const MAP: &str = "tests/targets.map";

/// What one line of the map says.
#[derive(Debug)]
enum Tie {
    Code { code: String, case: String, text: String },
    Form { case: String, file: String, text: String },
    Consumer(String),
    Later(String),
    Note,
    Todo,
}

#[test]
fn every_line_of_the_targets_is_shown() {
    let ties = map();
    let mut found = BTreeMap::new();
    for (name, prefix, sections, least) in [("targets.md", "", SECTIONS, 100), ("opnsense.md", "o", OPNSENSE, 120)] {
        let file = design().join(name);
        let Ok(text) = std::fs::read_to_string(&file) else {
            let missing = format!("{} is not there", file.display());
            assert!(std::env::var_os("CI").is_none(), "{missing}: set TOPOC_UPSTREAM");
            eprintln!("skipped: {} ties of {MAP}: {missing}", ties.len());
            return;
        };
        let read = lines(&text, prefix, sections);
        assert!(read.len() > least, "{} lines: {name} is not read right", read.len());
        found.extend(read);
    }
    let lines = found;
    if std::env::var_os("TOPOC_TARGETS").is_some_and(|v| v == "list") {
        list(&lines, &ties);
        return;
    }
    let mut problems = Vec::new();
    for (key, line) in &lines {
        if !ties.iter().any(|(k, _)| k == key) {
            problems.push(format!("{key}: no tie: {}", short(line)));
        }
    }
    for key in ties.iter().map(|(k, _)| k).collect::<BTreeSet<_>>() {
        if !lines.contains_key(key) {
            problems.push(format!("{key}: no such line: it has changed, or moved"));
        }
    }
    let mut shown = Shown::default();
    for (key, tie) in &ties {
        if let Err(why) = shown.check(tie) {
            problems.push(format!("{key}: {why}"));
        }
    }
    let tied = ties.iter().filter(|(_, t)| matches!(t, Tie::Code { .. } | Tie::Form { .. } | Tie::Consumer(_))).count();
    eprintln!("{} lines, {} ties, {tied} of them to a case or a sample", lines.len(), ties.len());
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n"));
}

/// The tool itself: a tie that does not hold is reported, and a case that does not depend on what it names.
#[test]
fn ties_that_do_not_hold_are_reported() {
    let mut shown = Shown::default();
    let file = "terraform_ansible/terraform/versions.tf.json";
    let mut ask = |line: &str| shown.check(&tie(&format!("0.01-000000 {line}")).expect("a tie").1);
    assert_eq!(ask("code E0302 address-outside-its-subnet"), Ok(()));
    assert_eq!(ask(&format!("form tree-of-one-host-and-one-machine {file} :: \"bpg/proxmox\"")), Ok(()));
    assert_eq!(ask("code E0302 address-outside-its-subnet :: router"), Ok(()));
    assert_eq!(ask("consumer yaml-octal"), Ok(()));
    assert_eq!(ask("later issue-5"), Ok(()));
    for wrong in [
        "code E0302 no-such-case",
        "code E0000 address-outside-its-subnet",
        "code E0502 address-outside-its-subnet",
        "code E0302 address-outside-its-subnet :: topology",
        "form tree-of-one-host-and-one-machine terraform_ansible/none :: x",
        &format!("form tree-of-one-host-and-one-machine {file} :: telmate/proxmox"),
        "consumer no-such-sample",
        "later never",
        "todo",
    ] {
        assert!(ask(wrong).is_err(), "`{wrong}` is taken for true");
    }
    assert!(tie("0.01-000000 note").is_none() && tie("0.01-000000 done x").is_none(), "words that mean nothing");
    let text = "## 1. A\n\n| a |\n|---|\n| b |\n- c\n```yaml\nd: 1\ne: 2\n```\n## 7 B\nf\n";
    let read = lines(text, "", SECTIONS);
    let texts: Vec<&str> = read.iter().filter(|(k, _)| k.starts_with("1.")).map(|(_, t)| &**t).collect();
    assert_eq!(texts, ["| b |", "- c", "d: 1\ne: 2"], "rows, bullets and blocks are lines, heads are not");
    assert!(!read.keys().any(|k| k.starts_with("7.")), "sections of other layers are theirs");
    assert!(lines(text, "o", OPNSENSE).keys().any(|k| k.starts_with("o7.")), "another file has keys of its own");
}

/// Cases that were built, and ties that were shown.
struct Shown {
    cases: BTreeMap<String, Case>,
    built: BTreeMap<String, Build>,
    muted: BTreeMap<(String, String), Result<(), String>>,
}

impl Default for Shown {
    fn default() -> Self {
        let cases = all().into_iter().map(|c| (c.name.clone(), c)).collect();
        Shown { cases, built: BTreeMap::new(), muted: BTreeMap::new() }
    }
}

impl Shown {
    fn check(&mut self, tie: &Tie) -> Result<(), String> {
        match tie {
            Tie::Code { code, case, text } => {
                self.said(code, case, text)?;
                let key = (code.clone(), case.clone());
                if !self.muted.contains_key(&key) {
                    let shown = self.code(code, case);
                    self.muted.insert(key.clone(), shown);
                }
                self.muted[&key].clone()
            }
            Tie::Form { case, file, text } => self.form(case, file, text),
            Tie::Consumer(sample) => {
                let path = root().join("tests/consumers/bad").join(sample).join("expect.json");
                if path.exists() { Ok(()) } else { Err(format!("no bad sample {sample}")) }
            }
            Tie::Later(issue) if issue.starts_with("issue-") => Ok(()),
            Tie::Later(issue) => Err(format!("`later {issue}`: an issue")),
            Tie::Note => Ok(()),
            Tie::Todo => Err("todo".into()),
        }
    }

    fn case(&mut self, name: &str) -> Result<(&Case, &Build), String> {
        let case = self.cases.get(name).ok_or_else(|| format!("no case {name}"))?;
        let built = self.built.entry(name.to_string()).or_insert_with(|| case.build(&[]));
        Ok((case, built))
    }

    /// The case reports the code, in a line that has the text.
    fn said(&mut self, code: &str, name: &str, text: &str) -> Result<(), String> {
        let info = by_name(code).ok_or_else(|| format!("no code {code}"))?;
        let (case, built) = self.case(name)?;
        let lines: Vec<&str> = case.topology.lines().collect();
        let mut places = built.diags.iter().filter(|d| d.code.info().id == info.id).map(|d| place(built, d)).peekable();
        if places.peek().is_none() {
            return Err(format!("{name} does not report {code}"));
        }
        let at = |line: u32| lines.get(line as usize - 1).is_some_and(|l| l.contains(text));
        if text.is_empty() || places.any(|(_, line, _)| line > 0 && at(line)) {
            Ok(())
        } else {
            Err(format!("{name} does not report {code} at `{text}`"))
        }
    }

    /// Without the check the case's marks are not met.
    fn code(&mut self, code: &str, name: &str) -> Result<(), String> {
        let info = by_name(code).ok_or_else(|| format!("no code {code}"))?;
        let (case, _) = self.case(name)?;
        let mut problems = Vec::new();
        reports(case, &case.build(&[info.id]), false, &mut problems);
        if problems.iter().any(|p| p.contains(info.id)) {
            Ok(())
        } else {
            Err(format!("{name} holds without {code}: it depends on something else"))
        }
    }

    /// The expected file has the text, the lines say why they are there, and a tree without the text is reported.
    fn form(&mut self, name: &str, file: &str, text: &str) -> Result<(), String> {
        let (case, built) = self.case(name)?;
        let on_disk = std::fs::read_to_string(case.dir.join("expect").join(file))
            .map_err(|_| format!("{name} expects no file {file}"))?;
        if !on_disk.contains(text) {
            return Err(format!("{name}: expect/{file} does not hold `{text}`"));
        }
        let artifact = built.tree.get(file).ok_or_else(|| format!("{name} does not emit {file}"))?;
        let start = artifact.text.text.find(text).ok_or_else(|| format!("{name}: {file} is not as expected"))?;
        let first = artifact.text.text[..start].matches('\n').count();
        for n in first..=first + text.matches('\n').count() {
            if artifact.text.why(n).is_empty() {
                return Err(format!("{name}: {file}:{}: nobody says why the line is there", n + 1));
            }
        }
        let mut problems = Vec::new();
        let mut files = written(case, built, &mut problems);
        tree(case, &files, false, &mut problems);
        if !problems.is_empty() {
            let first = problems[0].lines().next().unwrap_or_default();
            return Err(format!("{name} fails as it is, in {} places: {first}", problems.len()));
        }
        let whole =
            files.get_mut(file).ok_or_else(|| format!("{name}: expect/{file} is of no emitter that it names"))?;
        *whole = whole.replacen(text, "", 1);
        tree(case, &files, false, &mut problems);
        if problems.iter().any(|p| p.contains(file)) {
            Ok(())
        } else {
            Err(format!("{name}: nobody misses `{text}` in {file}"))
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the design: beside that of upstream's files.
fn design() -> PathBuf {
    let shared = std::env::var_os("TOPOC_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let upstream = std::env::var_os("TOPOC_UPSTREAM").map_or_else(|| shared.join("upstream"), PathBuf::from);
    upstream.join("../design")
}

/// The lines that say something, by key: rows, bullets, sentences; a block of code is one.
fn lines(text: &str, prefix: &str, sections: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let (mut section, mut number, mut code) = (String::new(), 0, None::<String>);
    let mut rows = text.lines().peekable();
    while let Some(line) = rows.next() {
        if let Some(title) = line.strip_prefix("## ") {
            let title = title.split(['.', ' ']).next().unwrap_or_default();
            section = if sections.contains(&title) { format!("{prefix}{title}") } else { String::new() };
            number = 0;
            continue;
        }
        if line.starts_with("```") {
            match code.take() {
                None => code = Some(String::new()),
                Some(block) => add(&mut found, &section, &mut number, block.trim_end()),
            }
            continue;
        }
        if let Some(block) = &mut code {
            block.push_str(line);
            block.push('\n');
            continue;
        }
        // A table's first row names its columns, the second draws a line.
        let rule = |l: &str| l.starts_with('|') && l.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
        let is_head = line.starts_with('|') && rows.peek().is_some_and(|next| rule(next));
        if !line.trim().is_empty() && !line.starts_with('#') && !rule(line) && !is_head {
            add(&mut found, &section, &mut number, line);
        }
    }
    found
}

fn add(found: &mut BTreeMap<String, String>, section: &str, number: &mut u32, line: &str) {
    if !section.is_empty() {
        *number += 1;
        let hash = blake3::hash(line.trim().as_bytes()).to_hex();
        found.insert(format!("{section}.{number:02}-{}", &hash[..6]), line.to_string());
    }
}

/// The lines of the map, in order.
fn map() -> Vec<(String, Tie)> {
    let text = std::fs::read_to_string(root().join(MAP)).expect(MAP);
    let said = text.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    said.map(|l| tie(l).unwrap_or_else(|| panic!("{MAP}: `{l}`"))).collect()
}

fn tie(line: &str) -> Option<(String, Tie)> {
    let (key, rest) = line.split_once(' ')?;
    let (kind, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let own = |s: &str| (!s.is_empty()).then(|| s.to_string());
    let tie = match kind {
        "code" => {
            let (code, case) = rest.split_once(' ')?;
            let (case, text) = case.split_once(" :: ").unwrap_or((case, ""));
            Tie::Code { code: own(code)?, case: own(case)?, text: text.into() }
        }
        "form" => {
            let (place, text) = rest.split_once(" :: ")?;
            let (case, file) = place.split_once(' ')?;
            Tie::Form { case: own(case)?, file: own(file)?, text: own(&text.replace("\\n", "\n"))? }
        }
        "consumer" => Tie::Consumer(own(rest)?),
        "later" => Tie::Later(own(rest)?),
        "note" => own(rest).map(|_| Tie::Note)?,
        "todo" => Tie::Todo,
        _ => return None,
    };
    Some((key.to_string(), tie))
}

/// Prints every line of the targets, its key and what it is tied to.
fn list(lines: &BTreeMap<String, String>, ties: &[(String, Tie)]) {
    let mut open = 0;
    for (key, line) in lines {
        let mine: Vec<&Tie> = ties.iter().filter(|(k, _)| k == key).map(|(_, t)| t).collect();
        if mine.is_empty() || mine.iter().any(|t| matches!(t, Tie::Todo)) {
            open += 1;
            println!("OPEN {key} {}", short(line));
        } else {
            println!("     {key} {}", short(line));
        }
        for tie in mine {
            println!("          {tie:?}");
        }
    }
    println!("{} lines, {open} open", lines.len());
}

fn short(line: &str) -> String {
    line.replace('\n', " ").chars().take(140).collect()
}
