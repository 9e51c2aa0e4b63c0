//! A text whose every line has origins.

use super::{Composed, Why};
use crate::source::Origin;

/// Lines and why each is there.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Text {
    /// The text; ends with a line feed unless it is empty.
    pub text: String,
    ends: Vec<u32>,
    why: Vec<Origin>,
}

impl Text {
    /// Nothing yet.
    pub fn new() -> Self {
        Text::default()
    }

    /// Adds one line: its reason and what it holds. A line feed inside would be two lines and is refused by the types of pieces.
    pub fn push_line(&mut self, why: impl Into<Why>, line: &Composed) {
        self.push_raw(&line.text, why.into().iter().chain(line.why.iter().copied()));
    }

    /// Adds a literal line of ours.
    pub fn lit(&mut self, why: impl Into<Why>, line: &'static str) {
        self.push_raw(line, why.into().iter());
    }

    /// Adds an empty line.
    pub fn blank(&mut self, why: impl Into<Why>) {
        self.push_raw("", why.into().iter());
    }

    /// For printers: a line and its origins.
    pub(super) fn push_raw(&mut self, line: &str, why: impl Iterator<Item = Origin>) {
        debug_assert!(!line.contains('\n'), "a line with a line feed: {line:?}");
        self.text.push_str(line);
        self.text.push('\n');
        let start = self.why.len();
        for origin in why {
            if !self.why[start..].contains(&origin) {
                self.why.push(origin);
            }
        }
        self.ends.push(self.why.len() as u32);
    }

    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.ends.len()
    }

    /// Origins of line `n` (from 0).
    pub fn why(&self, n: usize) -> &[Origin] {
        let start = n.checked_sub(1).map_or(0, |p| self.ends[p] as usize);
        &self.why[start..self.ends[n] as usize]
    }

    /// All origins of all lines.
    pub fn all_why(&self) -> &[Origin] {
        &self.why
    }
}

/// For printers of documents: the lines that are done, and the one that is being put together with its origins.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// The lines that are done.
    pub(super) text: Text,
    /// The line that is not.
    pub(super) line: String,
    /// Its origins.
    pub(super) why: Vec<Origin>,
}

impl Pending {
    /// Ends the line that was begun.
    pub(super) fn end(&mut self) {
        self.text.push_raw(&self.line, self.why.drain(..));
        self.line.clear();
    }

    /// Two blanks a level.
    pub(super) fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.line.push_str("  ");
        }
    }
}
