//! A first topology from a backup: what the language can say is said, all else is listed; nothing is guessed that could open a door.
//!
//! Statements are pieces. The whole is built, and a piece that topoc itself refuses is taken out (`/-`) and listed with the
//! reason, until the rest builds: what is printed is a topology that passes `topoc check`, whatever the backup holds.

mod adopt;
mod network;
mod policy;

use std::collections::BTreeSet;

use super::xml::{Document, Element};
use crate::build::{Build, Input, build};
use crate::consumer::{OPNSENSE, OpnsenseCaps};
use crate::diag::Level;
use crate::pass::lock::Lock;
use crate::source::Source;

/// A topology that was read from a backup.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The topology, laid out.
    pub text: String,
    /// The lock beside it: the order of NICs, and the uuids that topoc takes over.
    pub lock: String,
    /// What could not be said, or was filled in because a backup does not have it: sentences.
    pub left: Vec<String>,
}

/// A statement, or a part of one.
#[derive(Clone, Debug)]
struct Piece {
    /// What it says.
    text: String,
    /// A remark above it.
    remark: Option<String>,
    /// What of the backup it says; `None` when the file is nothing without it.
    of: Option<String>,
    /// Why it was taken out.
    out: Option<String>,
}

/// What is gathered.
#[derive(Default, Debug)]
struct Draft {
    pieces: Vec<Piece>,
    left: Vec<String>,
}

impl Draft {
    /// A statement that the file needs.
    fn frame(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece { text: text.into(), remark: None, of: None, out: None });
    }

    /// A statement that the file needs and a backup does not have.
    fn placeholder(&mut self, remark: &str, text: impl Into<String>) {
        self.left.push(format!("filled in: {remark}"));
        self.pieces.push(Piece { text: text.into(), remark: Some(remark.into()), of: None, out: None });
    }

    /// A statement that says something of the backup.
    fn say(&mut self, of: impl Into<String>, text: impl Into<String>) {
        self.pieces.push(Piece { text: text.into(), remark: None, of: Some(of.into()), out: None });
    }

    /// The file, and where each piece lies in it.
    fn text(&self) -> (String, Vec<std::ops::Range<usize>>) {
        let (mut text, mut places) = (String::new(), Vec::new());
        for p in &self.pieces {
            for remark in p.remark.iter().chain(&p.out) {
                text.push_str(&format!("// {}\n", remark.replace('\n', " ")));
            }
            let start = text.len();
            if p.out.is_some() {
                text.push_str("/-");
            }
            text.push_str(&p.text);
            places.push(start..text.len());
            text.push('\n');
        }
        (text, places)
    }

    /// Builds what is said, taking out what is refused, until nothing is.
    fn settle(&mut self, name: &str, lock: Option<&str>, today: &str) -> Result<Build, String> {
        // Each round takes out a piece at least.
        for _ in 0..=self.pieces.len() {
            let (text, places) = self.text();
            let built = build(Input {
                topology: Source::new(name, text),
                lock: lock.map(|l| Source::new("lock", l)),
                today: today.into(),
                emit: true,
            });
            let errors: Vec<_> = built.diags.iter().filter(|d| d.code.level() == Level::Error).collect();
            if errors.is_empty() {
                return Ok(built);
            }
            let mut any = false;
            for d in &errors {
                // The first place is what is wrong; the others may be what it is held against.
                for label in &d.labels {
                    let at = label.span.start as usize;
                    let hit = places.iter().position(|p| p.contains(&at));
                    if let Some(p) = hit.and_then(|i| self.pieces.get_mut(i))
                        && p.of.is_some()
                    {
                        if p.out.is_none() {
                            p.out = Some(format!("{} ({})", d.message, d.code.info().id));
                            any = true;
                        }
                        break;
                    }
                }
            }
            if !any {
                let said = errors.iter().map(|d| format!("  {} ({})", d.message, d.code.info().id));
                return Err(format!(
                    "what the backup says cannot be a topology:\n{}",
                    said.collect::<Vec<_>>().join("\n")
                ));
            }
        }
        Err("what the backup says cannot be a topology".into())
    }
}

/// Reads a topology from a backup; `today` is as in [`Input`].
///
/// # Errors
/// A sentence: when it is no config.xml of OPNsense, of a release that is not known, or has nothing that a topology could hold.
pub fn import(backup: &Document, today: &str) -> Result<Imported, String> {
    let root = &backup.root;
    if root.name != "opnsense" {
        return Err(format!("its root is <{}>, not <opnsense>: it is no config.xml of OPNsense", root.name));
    }
    let caps = release(root);
    let mut draft = Draft::default();
    let net = network::read(root, caps, &mut draft)?;
    policy::read(root, &net, &mut draft);
    let first = draft.settle("import.kdl", None, today)?;
    let mut lock = Lock::of(&first.topology);
    if let Some(order) = net.order()
        && let Some(machine) = lock.machines.values_mut().next()
    {
        machine.nics = order;
    }
    let placed = draft.settle("import.kdl", Some(&lock.print()), today)?;
    adopt::adopt(root, &placed, &mut lock)?;
    let built = draft.settle("import.kdl", Some(&lock.print()), today)?;
    let mut left = draft.left.clone();
    left.extend(draft.pieces.iter().filter_map(|p| {
        let (of, out) = (p.of.as_ref()?, p.out.as_ref()?);
        Some(format!("{of}: {out}"))
    }));
    left.extend(adopt::remains(backup, &built)?);
    let seen: BTreeSet<String> = left.iter().cloned().collect();
    let (text, _) = draft.text();
    let mut text = crate::syntax::format(&Source::new("import.kdl", text)).ok_or("what was read cannot be laid out")?;
    text.push_str("\n// What the backup has beyond this, or has not:\n");
    for l in &seen {
        text.push_str(&format!("//   {}\n", l.replace(['\n', '\r'], " ")));
    }
    Ok(Imported { text, lock: Lock::of(&built.topology).print(), left: seen.into_iter().collect() })
}

/// The release that the versions of models speak for; the newest where none does.
fn release(root: &Element) -> &'static OpnsenseCaps {
    let fits = |row: &&OpnsenseCaps| {
        let wrong = |m: &str, v: &str| root.at(m).and_then(|e| e.attr("version")).is_some_and(|b| b != v);
        row.models.iter().filter(|(m, v)| wrong(m, v)).count()
    };
    // Of equals the last is the newest.
    let best = OPNSENSE.iter().map(|r| fits(&r)).min().unwrap_or(0);
    OPNSENSE.iter().rev().find(|r| fits(r) == best).unwrap_or(&OPNSENSE[OPNSENSE.len() - 1])
}

/// A text in quotes, as KDL has it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name of the language from a text, another for each text: letters, digits and hyphens.
fn slug(text: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => name.push(c.to_ascii_lowercase()),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
    }
    let cut: String = name.chars().take(24).collect();
    let cut = cut.trim_end_matches('-');
    let base = match cut.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => cut.to_string(),
        false => format!("n{cut}"),
    };
    let mut name = base.clone();
    let mut n = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}-{n}");
        n += 1;
    }
    name
}
