//! Sources, spans and origins: where a byte or a value comes from; knows no language and no file format.

use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;

/// Number of a [`Source`] inside [`Sources`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileId(pub u16);

/// A range of bytes in one source; half open, `start <= end`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// The source that the bytes are in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file` from byte `start` up to and without byte `end`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end);
        Span { file, start, end }
    }

    /// The smallest span of the same file that covers both.
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file);
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span as an index range.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Whether a character shows nothing and still counts: those that steer the direction of text (Unicode 16, property
/// Bidi_Control) and those without a width. Text that holds one is read otherwise by people than by machines (CVE-2021-42574).
pub fn unseen(c: char) -> bool {
    let steers = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    steers || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A name and its text. Immutable; lines are indexed on first use.
#[derive(Debug)]
pub struct Source {
    /// What a user calls it: the path as given on the command line.
    pub name: String,
    /// The whole text, valid UTF-8, without a byte order mark removed: spans index this text.
    pub text: String,
    starts: OnceLock<Vec<u32>>,
}

impl Source {
    /// Takes name and text as they are.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source { name: name.into(), text: text.into(), starts: OnceLock::new() }
    }

    /// Byte offsets at which lines start; the first is 0.
    pub fn line_starts(&self) -> &[u32] {
        self.starts.get_or_init(|| {
            std::iter::once(0)
                .chain(self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1))
                .collect()
        })
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn line_col(&self, byte: u32) -> (u32, u32) {
        let starts = self.line_starts();
        let line = starts.partition_point(|s| *s <= byte) - 1;
        let from = starts[line] as usize;
        let upto = (byte as usize).min(self.text.len());
        let column = self.text.get(from..upto).map_or(upto - from, |s| s.chars().count());
        (line as u32 + 1, column as u32 + 1)
    }

    /// The text of line `n` (from 1) without its end, or `""` past the last.
    pub fn line(&self, n: u32) -> &str {
        let starts = self.line_starts();
        let Some(&from) = n.checked_sub(1).and_then(|i| starts.get(i as usize)) else { return "" };
        let to = starts.get(n as usize).map_or(self.text.len(), |s| *s as usize);
        self.text[from as usize..to].trim_end_matches(['\n', '\r'])
    }
}

/// All sources of one run: the topology first, then whatever else is quoted (a lock, a backup).
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a source and gives its number.
    ///
    /// # Panics
    /// With more than 65,535 sources, which no caller can have.
    pub fn add(&mut self, source: Source) -> FileId {
        self.0.push(source);
        FileId(u16::try_from(self.0.len() - 1).expect("at most 65,535 sources"))
    }

    /// The source of that number.
    pub fn get(&self, id: FileId) -> &Source {
        &self.0[id.0 as usize]
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[span.range()]
    }

    /// `name:line:column` of where a span starts.
    pub fn place(&self, span: Span) -> String {
        let source = self.get(span.file);
        let (line, column) = source.line_col(span.start);
        format!("{}:{line}:{column}", source.name)
    }
}

/// One sentence that says why a value or a line is as it is, and who says so.
#[derive(Debug)]
pub struct RuleDef {
    /// The constant's name, for tests and `why --format json`.
    pub name: &'static str,
    /// A sentence a reader understands without this code.
    pub sentence: &'static str,
    /// RFC section, upstream file and version, or standard.
    pub source: &'static str,
}

/// A named rule: its block (one per module that declares rules) and its place in that block.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Rule(u16);

impl Rule {
    /// Made by [`rules!`] only.
    pub const fn declared(block: u16, index: u16) -> Self {
        assert!(block < 128 && index < 256);
        Rule(block << 8 | index)
    }

    /// Block and index in that block.
    pub const fn parts(self) -> (usize, usize) {
        ((self.0 >> 8) as usize, (self.0 & 0xff) as usize)
    }

    /// The origin of a value that follows from this rule alone.
    pub const fn origin(self) -> Origin {
        Origin(Origin::RULE | self.0 as u32)
    }
}

/// Declares the rules of one module: `rules! { 3; NETPLAN_VERSION = "netplan accepts only 2" @ "netplan 1.2 reference"; }`.
///
/// The number is the module's block; a test compares that every block is listed once in `ir::rules`.
#[macro_export]
macro_rules! rules {
    ($block:literal; $($name:ident = $sentence:literal @ $source:literal;)*) => {
        /// The rules of this module, in the order of their numbers.
        pub const RULES: &[$crate::source::RuleDef] =
            &[$($crate::source::RuleDef { name: stringify!($name), sentence: $sentence, source: $source }),*];
        /// The number of this module's block of rules.
        pub const RULE_BLOCK: u16 = $block;
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum __RuleNumber { $($name),* }
        $(#[doc = $sentence] pub const $name: $crate::source::Rule =
            $crate::source::Rule::declared($block, __RuleNumber::$name as u16);)*
    };
}

/// Why a value is there: a number into the [`Causes`] of this build, or a [`Rule`]. Copied, never printed or sorted by.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin(u32);

impl Origin {
    const RULE: u32 = 1 << 31;

    /// The rule, when the value follows from one alone.
    pub fn rule(self) -> Option<Rule> {
        (self.0 & Self::RULE != 0).then_some(Rule(self.0 as u16))
    }

    /// The number in [`Causes`], when it has one.
    pub fn index(self) -> Option<usize> {
        (self.0 & Self::RULE == 0).then_some(self.0 as usize)
    }
}

/// What made a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Somebody wrote it there.
    Written(Span),
    /// It follows from other values by a rule. Those are older: their numbers are smaller.
    Derived {
        /// The rule that made it.
        rule: Rule,
        /// What it was made from; empty for a default.
        from: Box<[Origin]>,
    },
}

/// The table of causes of one build. It only grows, so causes never form a circle.
#[derive(Clone, Debug, Default)]
pub struct Causes(Vec<Cause>);

impl Causes {
    fn push(&mut self, cause: Cause) -> Origin {
        let n = u32::try_from(self.0.len()).ok().filter(|n| n & Origin::RULE == 0).expect("fewer than 2^31 causes");
        self.0.push(cause);
        Origin(n)
    }

    /// The origin of something written at `span`.
    pub fn written(&mut self, span: Span) -> Origin {
        self.push(Cause::Written(span))
    }

    /// The origin of something that `rule` made from `from`.
    pub fn derived(&mut self, rule: Rule, from: &[Origin]) -> Origin {
        if from.is_empty() {
            return rule.origin();
        }
        self.push(Cause::Derived { rule, from: from.into() })
    }

    /// The cause of that number; `None` for an origin that is a rule alone.
    pub fn get(&self, origin: Origin) -> Option<&Cause> {
        origin.index().map(|i| &self.0[i])
    }

    /// The first place in a file that a value comes from, for labels; `None` when it follows from rules alone.
    pub fn span(&self, origin: Origin) -> Option<Span> {
        match self.get(origin)? {
            Cause::Written(span) => Some(*span),
            Cause::Derived { from, .. } => from.iter().find_map(|o| self.span(*o)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All in the order of their numbers.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (Origin, &Cause)> + ExactSizeIterator {
        self.0.iter().enumerate().map(|(i, c)| (Origin(i as u32), c))
    }
}

/// A value and why it is there.
#[derive(Copy, Clone, Debug)]
pub struct Sp<T> {
    /// The value.
    pub v: T,
    /// Why it is there.
    pub at: Origin,
}

impl<T> Sp<T> {
    /// A value with its origin.
    pub fn new(v: T, at: Origin) -> Self {
        Sp { v, at }
    }

    /// The same fact in another shape.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Sp<U> {
        Sp { v: f(self.v), at: self.at }
    }

    /// A borrowed value with the same origin.
    pub fn as_ref(&self) -> Sp<&T> {
        Sp { v: &self.v, at: self.at }
    }
}

impl<T> Deref for Sp<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.v
    }
}

/// Two values are equal whatever made them.
impl<T: PartialEq> PartialEq for Sp<T> {
    fn eq(&self, other: &Self) -> bool {
        self.v == other.v
    }
}

impl<T: fmt::Display> fmt::Display for Sp<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.v.fmt(f)
    }
}

/// Serialized as the bare value; `show --origins` reads origins elsewhere.
impl<T: serde::Serialize> serde::Serialize for Sp<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.v.serialize(s)
    }
}
