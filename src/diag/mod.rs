//! Diagnostics as data: code, message, places, help, fix; renders nothing itself (see `terminal`, `json`, `sarif`).

mod codes;
pub mod json;
pub mod sarif;
pub mod terminal;

use std::collections::{BTreeMap, BTreeSet};

pub use codes::{ALL, Code, CodeInfo, Level, by_name, code};

use crate::source::{Sources, Span};

/// One problem, complete: what is wrong, every place that matters, what to type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diag {
    /// Which problem.
    pub code: Code,
    /// One sentence without a full stop; makes sense alone.
    pub message: String,
    /// Places; the first is the one to go to. Empty only when no file is at fault.
    pub labels: Vec<Label>,
    /// Facts that explain, a sentence each.
    pub notes: Vec<String>,
    /// What to do, as something that can be typed.
    pub help: Option<String>,
    /// A change that can be applied by machine.
    pub fix: Option<Fix>,
    /// Whether others that differ in their places alone come of the same mistake, so that it is told once with all places.
    pub gathered: bool,
}

/// A place and what it has to do with the problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// A few words; may be empty for the first label.
    pub text: String,
}

/// A replacement of one span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}

impl Diag {
    /// A problem without a place yet.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Diag {
            code,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
            gathered: false,
        }
    }

    /// Says that whatever differs in its places alone comes of the same mistake.
    pub fn gathered(mut self) -> Self {
        self.gathered = true;
        self
    }

    /// Adds a place.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fact that explains.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a change that can be applied by machine.
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }
}

/// Proof that a problem was reported; only [`Sink::report`] makes one.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Reported(());

/// Where all problems of a run go.
#[derive(Debug, Default)]
pub struct Sink {
    diags: Vec<Diag>,
    muted: Vec<&'static str>,
}

impl Sink {
    /// One that does not hear these codes: a test shows with it that a case fails when its check is gone.
    pub fn without(codes: &[&'static str]) -> Self {
        Sink { diags: Vec::new(), muted: codes.to_vec() }
    }

    /// Takes a problem.
    pub fn report(&mut self, diag: Diag) -> Reported {
        if !self.muted.contains(&diag.code.info().id) {
            self.diags.push(diag);
        }
        Reported(())
    }

    /// Whether anything that forbids writing was reported.
    pub fn has_errors(&self) -> bool {
        self.diags.iter().any(|d| d.code.level() == Level::Error)
    }

    /// What has been reported so far, in the order it came.
    pub fn diags(&self) -> &[Diag] {
        &self.diags
    }

    /// Says with each problem behind the first `known` that names no place within `inside` where it comes up. One that was
    /// reported before is the same again.
    pub fn place(&mut self, known: usize, inside: Span, at: Span, text: &str) {
        let known = known.min(self.diags.len());
        let (before, after) = self.diags.split_at_mut(known);
        let within = |l: &Label| l.span.file == inside.file && inside.start <= l.span.start && l.span.end <= inside.end;
        for d in after.iter_mut().filter(|d| !before.contains(d) && !d.labels.iter().any(within)) {
            d.labels.push(Label { span: at, text: text.into() });
        }
    }

    /// Keeps only what `keep` says; for suppression by `allow-lint`.
    pub fn retain(&mut self, keep: impl FnMut(&Diag) -> bool) {
        self.diags.retain(keep);
    }

    /// All problems ordered by place and code, each once, and one mistake once with all its places. Order of passes and lints
    /// does not show.
    pub fn finish(mut self) -> Vec<Diag> {
        self.diags.sort_by(|a, b| {
            let place = |d: &Diag| d.labels.first().map(|l| l.span);
            (place(a).is_none(), place(a), a.code, &a.message).cmp(&(place(b).is_none(), place(b), b.code, &b.message))
        });
        self.diags.dedup();
        let mut all: Vec<Diag> = Vec::new();
        let mut known: BTreeMap<_, usize> = BTreeMap::new();
        for d in self.diags {
            if !d.gathered {
                all.push(d);
                continue;
            }
            let words = d.labels.first().map(|l| l.text.clone());
            let first =
                *known.entry((d.code, d.message.clone(), d.help.clone(), d.notes.clone(), words)).or_insert(all.len());
            let Some(first) = all.get_mut(first) else {
                all.push(d);
                continue;
            };
            first.labels.extend(d.labels);
            // A change of one place would not mend it.
            first.fix = None;
        }
        for n in known.into_values() {
            let mut places = BTreeSet::new();
            all[n].labels.retain(|l| places.insert(l.span));
        }
        all
    }
}

/// What a renderer needs beside the problems.
#[derive(Copy, Clone, Debug)]
pub struct Context<'a> {
    /// The texts that spans point into.
    pub sources: &'a Sources,
    /// Whether the terminal takes colours and Unicode lines.
    pub fancy: bool,
    /// Width of the terminal in columns.
    pub width: usize,
}
