//! Text to [`Document`]: reads nodes and entries, recovers after each fault; knows no word of the topology language.
//!
//! Grammar: KDL 2.0 specification, "Full Grammar". Blocks are kept on a stack of our own, so no input can overflow
//! the machine's. A text whose braces do not pair up is read a second time, in which indentation says which brace is
//! missing; the second reading counts when it explains the text with no more faults about braces than the first.

mod entries;
mod recover;

use super::lex::{self, BREAK, SPACE, class, line_end, newline, space};
use super::{Document, Literal, MAX_DEPTH, Node, NodeId, Str};
use crate::diag::{Code, Diag, Sink, code};
use crate::source::{FileId, Source, Span};

/// Reads a source; every fault goes into `sink`, once, in the order of the text.
///
/// Never fails: what could not be read is missing from the document, and the node around it is `broken`
/// (at the top: [`Document::incomplete`]).
pub fn parse(source: &Source, file: FileId, sink: &mut Sink) -> Document {
    parse_limited(&source.text, file, sink, u32::MAX as usize)
}

fn parse_limited(text: &str, file: FileId, sink: &mut Sink, limit: usize) -> Document {
    if text.len() >= limit {
        let diag = Diag::new(code::E0118, "the file is 4 GiB or larger, which is more than a position can count");
        sink.report(diag.at(Span::new(file, 0, 0), "").help("split the file"));
        return Document { incomplete: true, ..Document::default() };
    }
    if let Some((from, to)) = version_one(text) {
        let span = Span::new(file, from as u32, to as u32);
        sink.report(kdl1(span, "the version marker says KDL 1"));
        return Document { incomplete: true, ..Document::default() };
    }
    let mut forbidden = lex::forbidden(text);
    let mut parser = Parser::new(text, file, std::mem::take(&mut forbidden), false);
    parser.document();
    if parser.brace_faults > 0 {
        let again = std::mem::take(&mut parser.forbidden);
        let mut second = Parser::new(text, file, again, true);
        second.document();
        if second.brace_faults <= parser.brace_faults {
            parser = second;
        } else {
            parser.forbidden = second.forbidden;
        }
    }
    parser.finish(sink)
}

/// Where `/- kdl-version 1` stands, when the text begins with it.
pub(super) fn version_one(text: &str) -> Option<(usize, usize)> {
    let b = text.as_bytes();
    let from = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let spaces = |mut i: usize| {
        while space(b, i) > 0 {
            i += space(b, i);
        }
        i
    };
    let rest = |i: usize, word: &str| b[i..].starts_with(word.as_bytes()).then_some(i + word.len());
    let name = rest(spaces(rest(from, "/-")?), "kdl-version")?;
    let number = spaces(name);
    let end = rest(number, "1").filter(|_| number > name)?;
    let after = spaces(end);
    (after == b.len() || newline(b, after) > 0).then_some((from, end))
}

fn kdl1(span: Span, why: &str) -> Diag {
    Diag::new(code::E0115, "this file is written in KDL 1, and topoc reads KDL 2")
        .at(span, why)
        .note("KDL 2 writes #true, #false, #null and #\"raw strings\"#")
        .help("topoc fmt --from-kdl1 FILE")
}

/// A node whose end has not been reached.
#[derive(Clone, Copy)]
struct Pending {
    id: NodeId,
    /// A slashdash stands before it.
    dropped: bool,
    /// Lengths of the arenas before it.
    nodes: u32,
    entries: u32,
    /// What stands after it has been said to be out of place.
    said: bool,
    /// Where the last piece of it ends.
    end: u32,
    blocks: Blocks,
    /// Number of the diagnostic about its first comma.
    comma: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Blocks {
    None,
    Slashdashed,
    Real(u32),
}

/// An open block, or the top of the document.
struct Frame {
    owner: Option<Pending>,
    /// The parent that nodes in here are children of.
    parent: Option<NodeId>,
    last: Option<NodeId>,
    brace: u32,
    /// Its content is thrown away: slashdashed or too deep.
    dropped: bool,
    nodes: u32,
    entries: u32,
    /// Indentation of the line on which the owner starts, and where that line starts; only in the second reading.
    indent: u32,
    line: u32,
    child_indent: Option<u32>,
}

/// A value, or something in its place.
pub(super) struct Value {
    pub literal: Literal,
    /// A string: it may be a name.
    pub text: Option<Str>,
    pub span: Span,
}

pub(super) struct Parser<'a> {
    pub text: &'a str,
    pub b: &'a [u8],
    pub at: usize,
    pub file: FileId,
    pub doc: Document,
    pub diags: Vec<Diag>,
    forbidden: Vec<(u32, u32)>,
    frames: Vec<Frame>,
    by_indent: bool,
    brace_faults: u32,
    /// The rest of the text was swallowed by something unclosed: blocks left open at the end say nothing.
    pub swallowed: bool,
    /// A block deeper than [`MAX_DEPTH`] has been reported in the current outermost one.
    too_deep: bool,
    /// Signs that the text is KDL 2, and that it is KDL 1.
    pub signs2: u32,
    pub keywords1: u32,
    pub raw1: Option<Span>,
    first_keyword: Option<Span>,
    /// End of the line whose quotes have been counted.
    pub paired_until: usize,
    /// No closing of a raw string with at least so many number signs (first) follows this place (second).
    pub raw_failed: Option<(usize, usize, usize)>,
    /// Inside a type annotation, where a closing parenthesis ends a word.
    in_type: bool,
    /// At the name of a node.
    naming: bool,
    /// A place and where its line starts.
    line_known: (usize, usize),
    /// A place and where its line ends.
    end_known: (usize, usize),
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, file: FileId, forbidden: Vec<(u32, u32)>, by_indent: bool) -> Self {
        // A node takes about 40 bytes of text, an entry 20; wrong guesses cost a few copies.
        let doc = Document {
            nodes: Vec::with_capacity(text.len() / 40),
            entries: Vec::with_capacity(text.len() / 24),
            ..Document::default()
        };
        let top = Frame {
            owner: None,
            parent: None,
            last: None,
            brace: 0,
            dropped: false,
            nodes: 0,
            entries: 0,
            indent: 0,
            line: 0,
            child_indent: None,
        };
        Parser {
            text,
            b: text.as_bytes(),
            at: if text.starts_with('\u{feff}') { 3 } else { 0 },
            file,
            doc,
            diags: Vec::new(),
            forbidden,
            frames: vec![top],
            by_indent,
            brace_faults: 0,
            swallowed: false,
            too_deep: false,
            signs2: 0,
            keywords1: 0,
            raw1: None,
            first_keyword: None,
            paired_until: 0,
            raw_failed: None,
            in_type: false,
            naming: false,
            line_known: (0, 0),
            end_known: (0, 0),
        }
    }

    pub fn span(&self, from: usize, to: usize) -> Span {
        Span::new(self.file, from as u32, to as u32)
    }

    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        &self.text[from..to]
    }

    pub fn fault(&mut self, diag: Diag) {
        self.diags.push(diag);
    }

    pub fn simple(&mut self, code: Code, from: usize, to: usize, message: impl Into<String>, label: &str) {
        let span = self.span(from, to);
        self.fault(Diag::new(code, message).at(span, label));
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the top of the document is never popped")
    }

    /// Something at this level was not read: the node around it is incomplete.
    fn level_broken(&mut self) {
        match self.frames.last().and_then(|f| f.owner) {
            Some(owner) => self.doc.nodes[owner.id.0 as usize].broken = true,
            None => self.doc.incomplete = true,
        }
    }

    // ---- the document ----

    fn document(&mut self) {
        loop {
            let before = self.diags.len();
            self.line_space();
            if self.diags.len() > before {
                self.level_broken();
            }
            match self.b.get(self.at) {
                None => break,
                Some(b'}') => self.close(),
                Some(_) => self.node(),
            }
        }
        self.unclosed_at_end();
    }

    fn finish(mut self, sink: &mut Sink) -> Document {
        for &(at, len) in &self.forbidden {
            let (from, to) = (at as usize, (at + len) as usize);
            let c = self.text[from..].chars().next().map_or(0, u32::from);
            let span = Span::new(self.file, at, at + len);
            let what = match c {
                0xfeff => "a byte order mark may stand at the start of the file only".to_string(),
                0x200e..=0x2069 => format!("U+{c:04X} changes the direction of text and may not stand in a file"),
                _ => format!("the control character U+{c:04X} may not stand in a file"),
            };
            let diag = Diag::new(code::E0111, what).at(span, "");
            let run_on = from > 0
                && self.diags.last().is_some_and(|d| d.code == code::E0111 && d.labels[0].span.end as usize == from);
            if run_on {
                let last = self.diags.len() - 1;
                self.diags[last].labels[0].span.end = to as u32;
            } else {
                self.diags.push(diag.help("remove it"));
            }
        }
        if !self.forbidden.is_empty() {
            self.break_forbidden();
        }
        if let Some(span) = self.is_kdl1() {
            let why = if self.raw1.is_some() { "KDL 1 wrote raw strings so" } else { "KDL 1 wrote keywords so" };
            sink.report(kdl1(span, why));
            self.doc.incomplete = true;
            self.doc.nodes.iter_mut().for_each(|n| n.broken = true);
            return self.doc;
        }
        self.diags.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
        self.diags.into_iter().for_each(|d| {
            sink.report(d);
        });
        self.doc
    }

    /// Marks the innermost nodes in whose own text a forbidden character stands. Comments break nothing, but a node
    /// with one inside its entries is not told apart: it is marked too.
    fn break_forbidden(&mut self) {
        for node in &mut self.doc.nodes {
            let head_end = node.block.map_or(node.span.end, |b| b.start);
            let from = self.forbidden.partition_point(|f| f.0 < node.span.start);
            node.broken |= self.forbidden.get(from).is_some_and(|f| f.0 < head_end);
        }
    }

    fn is_kdl1(&self) -> Option<Span> {
        if self.signs2 > 0 {
            return None;
        }
        let typical = |d: &Diag| [code::E0102, code::E0108, code::E0128, code::E0129].contains(&d.code);
        match self.raw1 {
            Some(span) => Some(span),
            None if self.keywords1 >= 3 && self.diags.iter().all(typical) => self.first_keyword,
            None => None,
        }
    }

    // ---- space ----

    /// Spaces, line breaks, comments and continuations between nodes.
    fn line_space(&mut self) {
        loop {
            match self.b.get(self.at) {
                Some(b' ' | b'\t' | b'\n') => self.at += 1,
                Some(b'/') if self.comment() || self.line_comment() => {}
                Some(b'\\') if self.continuation() => {}
                Some(0x0b..=0x0d | 0x80..) => {
                    let (class, len) = class(self.b, self.at);
                    if class & (SPACE | BREAK) == 0 {
                        return;
                    }
                    self.at += len;
                }
                _ => return,
            }
        }
    }

    /// Spaces, block comments and continuations inside a node; whether there was any.
    #[inline]
    fn node_space(&mut self) -> bool {
        let from = self.at;
        loop {
            match self.b.get(self.at) {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'/') if self.comment() => {}
                Some(b'\\') if self.continuation() => {}
                Some(0x80..) if space(self.b, self.at) > 0 => self.at += space(self.b, self.at),
                _ => return self.at > from,
            }
        }
    }

    fn line_comment(&mut self) -> bool {
        let is = self.b[self.at..].starts_with(b"//");
        if is {
            self.at = line_end(self.b, self.at);
        }
        is
    }

    /// A block comment, which may nest.
    fn comment(&mut self) -> bool {
        if !self.b[self.at..].starts_with(b"/*") {
            return false;
        }
        let from = self.at;
        let mut open = vec![from];
        let mut i = from + 2;
        while let Some(&c) = self.b.get(i) {
            match (c, self.b.get(i + 1)) {
                (b'/', Some(b'*')) => {
                    open.push(i);
                    i += 2;
                }
                (b'*', Some(b'/')) => {
                    open.pop();
                    i += 2;
                    if open.is_empty() {
                        self.at = i;
                        return true;
                    }
                }
                _ => i += 1,
            }
        }
        let mut diag = Diag::new(code::E0112, "a block comment is not closed")
            .at(self.span(from, from + 2), "opened here")
            .help("*/");
        if let Some(&inner) = open.get(1) {
            diag = diag.at(self.span(inner, inner + 2), "comments nest: this one was opened inside it");
        }
        self.fault(diag);
        self.swallowed = true;
        self.doc.incomplete = true;
        self.at = self.b.len();
        true
    }

    /// `\` and the line break that it takes away.
    fn continuation(&mut self) -> bool {
        if self.b.get(self.at) != Some(&b'\\') {
            return false;
        }
        let from = self.at;
        self.at += 1;
        loop {
            let n = space(self.b, self.at);
            if n > 0 {
                self.at += n;
            } else if !self.comment() {
                break;
            }
        }
        self.line_comment();
        let n = newline(self.b, self.at);
        if n == 0 && self.at < self.b.len() {
            let diag = Diag::new(code::E0135, "a backslash continues a line only at its end")
                .at(self.span(from, from + 1), "text follows on this line")
                .help("put the text in quotes, with \\\\ for a backslash");
            self.fault(diag);
        }
        self.at += n;
        true
    }

    // ---- nodes ----

    fn node(&mut self) {
        if self.by_indent {
            self.close_by_indent();
        }
        let from = self.at;
        let faults = self.diags.len();
        let dropped = self.slashdash();
        if dropped && self.dangling(from) {
            self.level_broken();
            return;
        }
        let start = self.at;
        let ty = self.annotation();
        if ty.is_some() {
            self.node_space();
        }
        let Some((name, name_span)) = self.node_name(start, ty.is_some()) else {
            self.level_broken();
            return;
        };
        let id = NodeId(self.doc.nodes.len() as u32);
        let entries = self.doc.entries.len() as u32;
        let parent = self.frames.last().and_then(|f| f.parent);
        let end = self.at as u32;
        self.doc.nodes.push(Node {
            name,
            name_span,
            span: Span::new(self.file, start as u32, end),
            ty,
            entries: entries..entries,
            parent,
            first_child: None,
            next: None,
            block: None,
            broken: false,
        });
        let pending =
            Pending { id, dropped, nodes: id.0, entries, said: false, end, blocks: Blocks::None, comma: None };
        self.tail(pending, faults);
    }

    /// `/-` and the space after it.
    fn slashdash(&mut self) -> bool {
        let is = self.b[self.at..].starts_with(b"/-");
        if is {
            self.at += 2;
            self.line_space();
        }
        is
    }

    /// Reports a slashdash that nothing stands behind.
    fn dangling(&mut self, from: usize) -> bool {
        let what = match self.b.get(self.at) {
            None => "the end of the file",
            Some(b'}') => "a closing brace",
            Some(b';') => "a semicolon",
            Some(b'/') if self.b[self.at..].starts_with(b"/-") => "another slashdash",
            Some(b'=') => "an equals sign",
            _ => return false,
        };
        if !self.swallowed {
            let diag = Diag::new(code::E0120, format!("a slashdash stands before {what}"))
                .at(self.span(from, from + 2), "comments out nothing")
                .help("put /- before a node, a value, a property or a block, or remove it");
            self.fault(diag);
        }
        true
    }

    #[inline]
    fn annotation(&mut self) -> Option<(Str, Span)> {
        if self.b.get(self.at) == Some(&b'(') { self.annotation_here() } else { None }
    }

    fn annotation_here(&mut self) -> Option<(Str, Span)> {
        let from = self.at;
        let faults = self.diags.len();
        self.at += 1;
        self.node_space();
        let mut name = Str::Source(self.at as u32, self.at as u32);
        match self.b.get(self.at) {
            Some(b')') => {
                self.simple(code::E0124, from, self.at + 1, "a type annotation is empty", "write a type or remove it");
            }
            Some(b'/') => {
                self.simple(code::E0124, from, self.at, "a type annotation holds something other than a name", "");
            }
            _ => {
                self.in_type = true;
                let value = self.value();
                self.in_type = false;
                match value {
                    Some(Value { text: Some(text), .. }) => name = text,
                    Some(Value { literal: Literal::Broken, .. }) => {}
                    Some(v) if self.diags.len() == faults => {
                        let (a, b) = (v.span.start as usize, v.span.end as usize);
                        self.simple(code::E0124, a, b, "a type annotation holds something other than a name", "");
                    }
                    None if self.diags.len() == faults => {
                        self.simple(code::E0124, from, self.at, "a type annotation holds no name", "");
                    }
                    _ => {}
                }
            }
        }
        self.node_space();
        if self.b.get(self.at) == Some(&b')') {
            self.at += 1;
        } else {
            // Continue after the parenthesis when there is one before the next thing that can only be outside.
            let mut near = self.b[self.at..].iter().take(256);
            let stop = near.position(|c| matches!(c, b')' | b'\n' | b'\r' | b'{' | b'}' | b';'));
            let close = stop.map(|n| self.at + n).filter(|i| self.b[*i] == b')');
            if self.diags.len() == faults {
                let at = close.unwrap_or(self.at);
                let diag = match close {
                    Some(_) => Diag::new(code::E0124, "a type annotation holds more than one name")
                        .at(self.span(from, at + 1), ""),
                    None => Diag::new(code::E0124, "a type annotation is not closed")
                        .at(self.span(from, from + 1), "opened here")
                        .help(")"),
                };
                self.fault(diag);
            }
            if let Some(close) = close {
                self.at = close + 1;
            }
        }
        Some((name, self.span(from, self.at)))
    }

    /// The name of a node, or `None` when there is none; then what stands in its place has been reported and skipped.
    fn node_name(&mut self, start: usize, typed: bool) -> Option<(Str, Span)> {
        let from = self.at;
        let faults = self.diags.len();
        match self.b.get(from) {
            Some(b'{') => {
                self.simple(
                    code::E0125,
                    from,
                    from + 1,
                    "a block stands where a node should begin",
                    "no name before it",
                );
                self.nameless_block(from);
                return None;
            }
            Some(b'/') if self.b[from..].starts_with(b"/-") => {
                self.simple(code::E0120, from, from + 2, "a slashdash stands inside a node", "put it before the type");
                self.at += 2;
                self.node_space();
            }
            Some(b'=') => {
                self.simple(code::E0101, from, from + 1, "an equals sign stands where a node should begin", "");
                self.skip_line();
                return None;
            }
            Some(b';') => {
                let span = self.span(from, from + 1);
                let diag = Diag::new(code::E0101, "a semicolon ends no node").at(span, "").fix(span, "");
                self.fault(diag.help("remove the semicolon"));
                self.at += 1;
                return None;
            }
            _ => {}
        }
        self.naming = true;
        let found = self.value();
        self.naming = false;
        match found {
            Some(Value { text: Some(text), span, .. }) => {
                if self.b.get(self.at) == Some(&b':') || self.colon_in_quotes(span) {
                    self.colon(span);
                }
                Some((text, span))
            }
            Some(Value { literal: Literal::Broken, span, .. }) => {
                // Its text is at hand, and a node that is there but broken makes fewer faults later than none.
                Some((Str::Source(span.start, span.end), span))
            }
            Some(Value { literal, span, .. }) => {
                if self.diags.len() == faults {
                    let word = self.slice(span.start as usize, span.end as usize);
                    let what = if matches!(literal, Literal::Int(_) | Literal::Float(_)) && !word.starts_with('#') {
                        "a number"
                    } else {
                        "a keyword"
                    };
                    let diag = Diag::new(code::E0130, format!("{what} stands where a name should"))
                        .at(span, "")
                        .help(format!("\"{word}\""))
                        .fix(span, format!("\"{word}\""));
                    self.fault(diag);
                }
                Some((Str::Source(span.start, span.end), span))
            }
            None => {
                if self.diags.len() == faults {
                    if typed && (self.at == self.b.len() || newline(self.b, self.at) > 0 || self.b[self.at] == b'}') {
                        self.simple(code::E0124, start, self.at, "a type annotation has no node after it", "");
                        return None;
                    }
                    self.unexpected("where a node should begin");
                }
                None
            }
        }
    }

    /// A block without a name: what is inside is read for its faults and thrown away.
    fn nameless_block(&mut self, from: usize) {
        let id = NodeId(self.doc.nodes.len() as u32);
        let entries = self.doc.entries.len() as u32;
        let span = self.span(from, from);
        self.doc.nodes.push(Node {
            name: Str::Source(from as u32, from as u32),
            name_span: span,
            span,
            ty: None,
            entries: entries..entries,
            parent: self.frames.last().and_then(|f| f.parent),
            first_child: None,
            next: None,
            block: None,
            broken: true,
        });
        let end = from as u32;
        let pending =
            Pending { id, dropped: true, nodes: id.0, entries, said: false, end, blocks: Blocks::None, comma: None };
        self.open(pending, false);
    }

    /// Reports the character at hand and skips the word that it begins.
    fn unexpected(&mut self, place: &str) {
        let from = self.at;
        let Some(c) = self.text[from..].chars().next() else { return };
        let to = self.extended(from + c.len_utf8());
        let mut diag =
            Diag::new(code::E0101, format!("`{c}` stands {place}")).at(self.span(from, from + c.len_utf8()), "");
        if c == '[' {
            diag.code = code::E0122;
            diag = diag.help("write the values after the name, separated by spaces");
            self.at = self.brackets();
        } else {
            self.at = to.max(from + c.len_utf8());
        }
        self.fault(diag);
    }

    fn skip_line(&mut self) {
        self.at = self.recover_line(self.at);
    }

    // ---- what follows the name ----

    /// Entries and blocks up to the end of the node. Returns when the node is finished or a block has been opened.
    fn tail(&mut self, mut node: Pending, faults: usize) {
        let finished = loop {
            let space_from = self.at;
            let spaced =
                self.node_space() || node.comma.is_some() && self.b.get(self.at.wrapping_sub(1)) == Some(&b',');
            let Some(&c) = self.b.get(self.at) else { break true };
            match c {
                b'{' => {
                    self.before_block(&mut node, faults);
                    let second = matches!(node.blocks, Blocks::Real(_));
                    if second {
                        self.after_block(&mut node, self.at, self.at + 1);
                    }
                    self.open(node, second);
                    break false;
                }
                b'}' => break true,
                b';' => {
                    self.at += 1;
                    break true;
                }
                b'/' if self.b.get(self.at + 1) == Some(&b'/') => {
                    self.line_comment();
                    break true;
                }
                b'/' if self.b.get(self.at + 1) == Some(&b'-') => {
                    let from = self.at;
                    self.slashdash();
                    if self.dangling(from) {
                        if self.b.get(self.at) == Some(&b'=') {
                            self.at += 1;
                        }
                        continue;
                    }
                    if self.b.get(self.at) == Some(&b'{') {
                        self.before_block(&mut node, faults);
                        self.open(node, true);
                        break false;
                    }
                    let keep = self.doc.entries.len();
                    if matches!(node.blocks, Blocks::None) || node.said {
                        self.entry(&mut node);
                    } else {
                        let from = self.at;
                        self.entry(&mut node);
                        self.after_block(&mut node, from, self.at);
                    }
                    self.doc.entries.truncate(keep);
                    node.end = self.at as u32;
                }
                _ => {
                    let (class, len) = class(self.b, self.at);
                    if class & BREAK != 0 {
                        self.at += len;
                        break true;
                    }
                    if !spaced && self.unpaired_quotes(space_from) {
                        continue;
                    }
                    let from = self.at;
                    let seen = self.diags.len();
                    if !spaced && self.diags.len() == faults {
                        self.missing_space(from);
                    }
                    let keep = self.doc.entries.len();
                    self.entry(&mut node);
                    if self.at == from {
                        // Nothing may stand still; `entry` reports whatever it cannot read.
                        self.unexpected("inside a node");
                    }
                    if node.blocks != Blocks::None {
                        self.doc.entries.truncate(keep);
                        if !node.said && self.diags.len() == seen {
                            self.after_block(&mut node, from, self.at);
                        }
                        node.said = true;
                    }
                    node.end = self.at as u32;
                }
            }
        };
        if finished {
            if node.blocks == Blocks::None {
                self.before_block(&mut node, faults);
            } else if self.diags.len() > faults {
                self.doc.nodes[node.id.0 as usize].broken = true;
            }
            self.end_node(node);
        }
    }

    /// Fixes the entries of a node before its first block is read or when it ends.
    fn before_block(&mut self, node: &mut Pending, faults: usize) {
        let to = self.doc.entries.len() as u32;
        let broken = self.diags.len() > faults;
        let n = &mut self.doc.nodes[node.id.0 as usize];
        if node.blocks == Blocks::None {
            n.entries.end = to;
        }
        n.broken |= broken;
    }

    fn after_block(&mut self, node: &mut Pending, from: usize, to: usize) {
        if node.said {
            return;
        }
        node.said = true;
        let mut diag = Diag::new(code::E0116, "text stands after the block of a node on the same line")
            .at(self.span(from, to), "would belong to the node before the block");
        if let Blocks::Real(brace) = node.blocks {
            diag = diag.at(Span::new(self.file, brace, brace + 1), "the block starts here");
        }
        let what = if self.b[from] == b'{' { "a node has one block" } else { "values stand before the block" };
        self.fault(diag.note(what).help("begin a new line or write ; after the closing brace"));
        self.doc.nodes[node.id.0 as usize].broken = true;
        self.level_broken();
    }

    fn missing_space(&mut self, from: usize) {
        let here = self.span(from, from);
        match self.b[from] {
            b'=' => {}
            b',' | b':' | b'[' | b')' | b']' | b'#' | b'\\' if self.b[from - 1] != b'"' || self.b[from] == b',' => {}
            b':' => {}
            b'"' if self.b[from - 1] == b':' => {
                let diag = Diag::new(code::E0123, "a colon stands between a name and its value")
                    .at(self.span(from - 1, from), "KDL writes a space here")
                    .fix(self.span(from - 1, from), " ");
                self.fault(diag.help("write a space in place of the colon"));
            }
            _ => {
                let diag = Diag::new(code::E0119, "two values stand together without a space")
                    .at(self.span(from, class(self.b, from).1 + from), "a space is missing before this")
                    .fix(here, " ");
                self.fault(diag.help("write a space between them"));
            }
        }
    }

    /// Whether a colon follows a quoted name directly.
    fn colon_in_quotes(&self, span: Span) -> bool {
        self.b.get(span.end as usize) == Some(&b':') && self.b[span.start as usize] == b'"'
    }

    fn colon(&mut self, name: Span) {
        let span = self.span(self.at, self.at + 1);
        let word = self.slice(name.start as usize, name.end as usize);
        let diag = Diag::new(code::E0123, "a colon stands between a name and its value")
            .at(span, "KDL writes a space here")
            .help(format!("{word} VALUE"))
            .fix(span, " ");
        self.fault(diag);
        self.at += 1;
        // The colon did the work of a space.
        self.node_space();
    }

    // ---- blocks ----

    /// Opens the block at hand; `drop` throws its content away.
    fn open(&mut self, mut node: Pending, drop: bool) {
        let brace = self.at as u32;
        self.at += 1;
        let depth = self.frames.len() as u32;
        let mut dropped = drop;
        if depth > MAX_DEPTH {
            if !self.too_deep {
                let diag = Diag::new(code::E0117, format!("blocks are nested more than {MAX_DEPTH} deep"))
                    .at(self.span(brace as usize, brace as usize + 1), "this block is left out");
                self.fault(diag.help("use fewer levels"));
                self.too_deep = true;
            }
            self.doc.nodes[node.id.0 as usize].broken = true;
            dropped = true;
        }
        if node.blocks == Blocks::None || !drop && node.blocks == Blocks::Slashdashed {
            node.blocks = if drop { Blocks::Slashdashed } else { Blocks::Real(brace) };
        }
        let line =
            if self.by_indent { self.line_start(self.doc.nodes[node.id.0 as usize].span.start as usize) } else { 0 };
        let indent = if self.by_indent { self.indent(line) } else { 0 };
        self.frames.push(Frame {
            parent: Some(node.id),
            owner: Some(node),
            last: None,
            brace,
            dropped,
            nodes: self.doc.nodes.len() as u32,
            entries: self.doc.entries.len() as u32,
            indent,
            line: line as u32,
            child_indent: None,
        });
    }

    /// `}`: ends the innermost block and goes on with its node.
    fn close(&mut self) {
        if self.by_indent && self.frames.len() > 1 && self.close_by_brace_indent() {
            return;
        }
        if self.frames.len() == 1 {
            self.stray();
            return;
        }
        self.at += 1;
        let node = self.pop(self.at);
        let faults = self.diags.len();
        self.tail(node, faults);
    }

    fn stray(&mut self) {
        let diag = Diag::new(code::E0105, "a closing brace closes no block")
            .at(self.span(self.at, self.at + 1), "no block is open here")
            .help("remove the brace, or write the { it belongs to");
        self.fault(diag);
        self.brace_faults += 1;
        self.level_broken();
        self.at += 1;
        if self.b.get(self.at) == Some(&b';') {
            self.at += 1;
        }
    }

    /// Takes the innermost block off the stack; it ends before `end`.
    fn pop(&mut self, end: usize) -> Pending {
        let frame = self.frames.pop().expect("only called with an open block");
        let mut node = frame.owner.expect("a block has an owner");
        if self.frames.len() == 1 {
            self.too_deep = false;
        }
        let n = node.id.0 as usize;
        if frame.dropped {
            self.doc.nodes.truncate(frame.nodes as usize);
            self.doc.entries.truncate(frame.entries as usize);
            if self.doc.nodes[n].block.is_none() {
                self.doc.nodes[n].first_child = None;
            }
        }
        if node.blocks == Blocks::Real(frame.brace) {
            self.doc.nodes[n].block = Some(Span::new(self.file, frame.brace, end as u32));
        }
        node.end = end as u32;
        node
    }

    fn end_node(&mut self, node: Pending) {
        let id = node.id;
        if node.dropped {
            self.doc.nodes.truncate(node.nodes as usize);
            self.doc.entries.truncate(node.entries as usize);
            return;
        }
        self.doc.nodes[id.0 as usize].span.end = node.end;
        let frame = self.frames.last_mut().expect("the top of the document is never popped");
        match frame.last.replace(id) {
            Some(last) => self.doc.nodes[last.0 as usize].next = Some(id),
            None => match frame.parent {
                Some(parent) => {
                    let block = self.doc.nodes[parent.0 as usize].block;
                    // Children of a second or slashdashed block are cut off with it.
                    if !frame.dropped || block.is_none() {
                        self.doc.nodes[parent.0 as usize].first_child = Some(id);
                    }
                }
                None => self.doc.first = Some(id),
            },
        }
    }

    /// Ends the innermost block although no brace does, and says so.
    fn close_unclosed(&mut self, expected: Option<usize>, end: usize) {
        let frame = self.frames.last().expect("only called with an open block");
        let brace = frame.brace as usize;
        let mut diag = Diag::new(code::E0104, "a block is not closed").at(self.span(brace, brace + 1), "opened here");
        if let Some(at) = expected {
            diag = diag.at(self.span(at, at + class(self.b, at).1), "the indentation says that it ended before this");
        }
        self.fault(diag.help("}"));
        self.brace_faults += 1;
        let node = self.pop(end);
        self.doc.nodes[node.id.0 as usize].broken = true;
        self.end_node(node);
    }

    fn unclosed_at_end(&mut self) {
        const EACH: usize = 10;
        let end = self.text.trim_end().len();
        let open = self.frames.len() - 1;
        if self.swallowed || open > EACH {
            if !self.swallowed {
                let (outer, inner) = (self.frames[1].brace as usize, self.frames[open].brace as usize);
                let diag = Diag::new(code::E0104, format!("{open} blocks are not closed"))
                    .at(self.span(outer, outer + 1), "the outermost is opened here")
                    .at(self.span(inner, inner + 1), "the innermost is opened here");
                self.fault(diag.help("}".repeat(open.min(MAX_DEPTH as usize))));
                self.brace_faults += open as u32;
            }
            while self.frames.len() > 1 {
                let node = self.pop(end);
                self.doc.nodes[node.id.0 as usize].broken = true;
                self.end_node(node);
            }
        }
        while self.frames.len() > 1 {
            self.close_unclosed(None, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_the_limit_is_refused_before_it_is_read() {
        let mut sink = Sink::default();
        let doc = parse_limited("a \"", FileId(0), &mut sink, 3);
        assert_eq!(sink.diags().iter().map(|d| d.code).collect::<Vec<_>>(), [code::E0118]);
        assert!(doc.incomplete && doc.nodes.is_empty());
        let mut sink = Sink::default();
        assert_eq!(parse_limited("ab", FileId(0), &mut sink, 3).nodes.len(), 1);
        assert!(sink.diags().is_empty());
    }
}
