//! The one layout of a KDL 2 text; changes space and line breaks only, never a name, a value or a comment.

use super::lex::{CLASS, SPACE, WIDE, WORD, class, comment_end, line_end, newline, space, word_end};
use crate::diag::Sink;
use crate::source::{FileId, Source};

/// Lines longer than this get their one-line blocks spread out.
const WIDTH: usize = 120;

/// Columns for each level.
const INDENT: usize = 4;

/// The text in the one layout, or `None` when it has syntax faults: those are reported by [`super::parse`].
///
/// Comments, blank lines (one of several), the spelling of numbers and the kind of each string stay. A block that
/// stands on one line stays there when it fits 120 columns and holds no comment. The result formats to itself.
pub fn format(source: &Source) -> Option<String> {
    let mut sink = Sink::default();
    super::parse(source, FileId::default(), &mut sink);
    if sink.has_errors() {
        return None;
    }
    let tokens = tokens(&source.text);
    let mut printer = Printer { text: &source.text, tokens: &tokens, out: String::with_capacity(source.text.len()) };
    printer.nodes(0, tokens.len(), 0);
    Some(printer.out)
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Kind {
    /// A name, string, number or keyword.
    Word,
    /// A string in three quotes.
    Lines,
    OpenType,
    CloseType,
    Equals,
    /// A brace, and the number of the token that closes it; whether all between is on one line without comments.
    Open(u32, bool),
    Close,
    Semicolon,
    Slashdash,
    LineComment,
    BlockComment,
    Newline,
    Backslash,
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    from: u32,
    to: u32,
    /// Space stands before it.
    spaced: bool,
}

/// The tokens of a text without syntax faults.
fn tokens(text: &str) -> Vec<Token> {
    let b = text.as_bytes();
    let mut tokens: Vec<Token> = Vec::with_capacity(b.len() / 5);
    // Open blocks, and whether something in them forbids one line.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut i = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut spaced = false;
    while i < b.len() {
        let from = i;
        let (kind, to) = match b[i] {
            b'(' => (Kind::OpenType, i + 1),
            b')' => (Kind::CloseType, i + 1),
            b'=' => (Kind::Equals, i + 1),
            b'{' => (Kind::Open(0, false), i + 1),
            b'}' => (Kind::Close, i + 1),
            b';' => (Kind::Semicolon, i + 1),
            b'\\' => (Kind::Backslash, i + 1),
            b'/' => match b.get(i + 1) {
                Some(b'-') => (Kind::Slashdash, i + 2),
                Some(b'/') => (Kind::LineComment, line_end(b, i)),
                _ => (Kind::BlockComment, comment_end(b, i)),
            },
            b'"' | b'#' => string(b, i),
            c if CLASS[c as usize] & (WORD | WIDE) != 0 && class(b, i).0 & WORD != 0 => (Kind::Word, word_end(b, i)),
            _ => {
                let n = newline(b, i);
                if n == 0 {
                    i += class(b, i).1.max(1);
                    spaced = true;
                    continue;
                }
                (Kind::Newline, i + n)
            }
        };
        let number = tokens.len();
        match kind {
            Kind::Open(..) => open.push((number, false)),
            Kind::Close => {
                if let Some((brace, many)) = open.pop() {
                    tokens[brace].kind = Kind::Open(number as u32, !many);
                    if let Some(outer) = open.last_mut() {
                        outer.1 |= many;
                    }
                }
            }
            Kind::Newline | Kind::LineComment | Kind::BlockComment | Kind::Lines | Kind::Backslash => {
                if let Some(block) = open.last_mut() {
                    block.1 = true;
                }
            }
            Kind::Word if b[from] == b'"' && text[from..to].contains(['\n', '\r']) => {
                if let Some(block) = open.last_mut() {
                    block.1 = true;
                }
            }
            _ => {}
        }
        tokens.push(Token { kind, from: from as u32, to: to as u32, spaced });
        spaced = false;
        i = to;
    }
    tokens
}

/// A keyword or a string with quotes.
fn string(b: &[u8], from: usize) -> (Kind, usize) {
    let hashes = b[from..].iter().take_while(|c| **c == b'#').count();
    let mut i = from + hashes;
    if b.get(i) != Some(&b'"') {
        return (Kind::Word, word_end(b, i));
    }
    let lines = b[i..].starts_with(b"\"\"\"");
    let quotes = if lines { 3 } else { 1 };
    i += quotes;
    while i < b.len() {
        if b[i] == b'\\' && hashes == 0 {
            i += 2;
        } else if b[i] == b'"' && b[i..].iter().take(quotes).filter(|c| **c == b'"').count() == quotes {
            let behind = &b[i + quotes..];
            if behind.len() >= hashes && behind[..hashes].iter().all(|c| *c == b'#') {
                i += quotes + hashes;
                break;
            }
            i += 1;
        } else {
            i += 1;
        }
    }
    (if lines { Kind::Lines } else { Kind::Word }, i.min(b.len()))
}

struct Printer<'a> {
    text: &'a str,
    tokens: &'a [Token],
    out: String,
}

impl<'a> Printer<'a> {
    fn slice(&self, t: Token) -> &'a str {
        &self.text[t.from as usize..t.to as usize]
    }

    fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.get(i).map(|t| t.kind)
    }

    fn line(&mut self, level: usize) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', level * INDENT));
    }

    /// The tokens from `i` to `end`, each node on a line of its own. Ends with a line break at the top only.
    fn nodes(&mut self, mut i: usize, end: usize, level: usize) {
        // Line breaks since the last thing printed; whether anything has been printed; whether the line so far holds
        // block comments only, so that a node may follow them.
        let (mut breaks, mut any, mut comments) = (0, false, false);
        let top = level == 0;
        while i < end {
            let token = self.tokens[i];
            match token.kind {
                Kind::Newline => {
                    breaks += 1;
                    comments = false;
                    i += 1;
                    continue;
                }
                Kind::Semicolon => {
                    i += 1;
                    continue;
                }
                Kind::Backslash => {
                    // A continuation before a node joins nothing; a comment on its line stays. Its line break is none.
                    i += 1;
                    let mut j = i;
                    while matches!(self.kind(j), Some(Kind::BlockComment | Kind::LineComment)) {
                        j += 1;
                    }
                    if j == i {
                        i += usize::from(self.kind(j) == Some(Kind::Newline) && j < end);
                    }
                    continue;
                }
                _ => {}
            }
            if comments {
                self.out.push(' ');
            } else {
                if any && breaks > 1 {
                    let kept = self.out.trim_end_matches(' ').len();
                    self.out.truncate(kept);
                    self.out.push('\n');
                }
                if any || !top {
                    self.line(level);
                }
            }
            (breaks, any, comments) = (0, true, false);
            match token.kind {
                Kind::LineComment => {
                    self.out.push_str(trim(self.slice(token)));
                    i += 1;
                }
                Kind::BlockComment => {
                    self.block_comment(token);
                    comments = true;
                    i += 1;
                }
                _ => i = self.node(i, level, false).unwrap_or(end),
            }
        }
        if top && any {
            let kept = self.out.trim_end_matches(' ').len();
            self.out.truncate(kept);
            self.out.push('\n');
        }
    }

    fn block_comment(&mut self, token: Token) {
        let mut rest = self.slice(token);
        // Line breaks of all kinds become the one, space at the end of lines goes.
        loop {
            let end = line_end(rest.as_bytes(), 0);
            let last = end == rest.len();
            self.out.push_str(if last { rest } else { trim(&rest[..end]) });
            if last {
                return;
            }
            self.out.push('\n');
            rest = &rest[end + newline(rest.as_bytes(), end)..];
        }
    }

    /// One node with its terminator and the comment behind it. With `flat` on one line; then `None` when that cannot
    /// be or becomes too long.
    fn node(&mut self, mut i: usize, level: usize, flat: bool) -> Option<usize> {
        let mut previous: Option<Kind> = None;
        // Comments that stood on the line of a continuation after which the node ended.
        let mut pending: Vec<Token> = Vec::new();
        while let Some(&token) = self.tokens.get(i) {
            match token.kind {
                Kind::Newline | Kind::Semicolon | Kind::Close | Kind::LineComment => break,
                Kind::Backslash => {
                    i = self.continuation(i + 1, level, &mut previous, &mut pending);
                    continue;
                }
                _ => {}
            }
            if needs_space(previous, token) {
                self.out.push(' ');
            }
            previous = Some(token.kind);
            i += 1;
            match token.kind {
                Kind::Open(close, one_line) => {
                    let close = close as usize;
                    self.block(i, close, level, one_line, flat)?;
                    i = close + 1;
                }
                Kind::Slashdash => {
                    self.out.push_str("/-");
                    i = self.after_slashdash(i, level, &mut previous);
                }
                Kind::BlockComment => self.block_comment(token),
                Kind::Lines => self.string(token, level),
                _ => self.out.push_str(self.slice(token)),
            }
            if flat && self.column() > WIDTH {
                return None;
            }
        }
        if flat {
            return Some(i);
        }
        // A comment behind the semicolon belongs to the node before it as long as nothing stands between.
        let mut j = i;
        while self.kind(j) == Some(Kind::Semicolon) {
            j += 1;
        }
        if self.kind(j) == Some(Kind::LineComment) {
            pending.push(self.tokens[j]);
            i = j + 1;
        }
        for (n, comment) in pending.iter().enumerate() {
            if n == 0 {
                self.out.push(' ');
            } else {
                self.line(level);
            }
            self.out.push_str(trim(self.slice(*comment)));
        }
        Some(i)
    }

    /// What stands behind a backslash, up to its line break. Printed only when the node goes on behind it.
    fn continuation(
        &mut self,
        mut i: usize,
        level: usize,
        previous: &mut Option<Kind>,
        pending: &mut Vec<Token>,
    ) -> usize {
        let mut comment = None;
        while let Some(&token) = self.tokens.get(i) {
            match token.kind {
                Kind::BlockComment => {
                    if needs_space(*previous, token) {
                        self.out.push(' ');
                    }
                    self.block_comment(token);
                    *previous = Some(Kind::BlockComment);
                }
                Kind::LineComment => comment = Some(token),
                _ => break,
            }
            i += 1;
        }
        if self.kind(i) == Some(Kind::Newline) {
            i += 1;
        }
        // Look over further continuations without comments: they count once.
        let mut next = i;
        while self.kind(next) == Some(Kind::Backslash) {
            if self.kind(next + 1) != Some(Kind::Newline) {
                break;
            }
            next += 2;
        }
        // The node may end only behind further continuations, with or without a comment each.
        let mut last = next;
        while self.kind(last) == Some(Kind::Backslash) {
            last += 1;
            last += usize::from(self.kind(last) == Some(Kind::LineComment));
            last += usize::from(self.kind(last) == Some(Kind::Newline));
        }
        let ends =
            matches!(self.kind(last), None | Some(Kind::Newline | Kind::Semicolon | Kind::Close | Kind::LineComment));
        match comment {
            Some(comment) if ends => pending.push(comment),
            None if ends || matches!(self.kind(next), Some(Kind::Open(..) | Kind::Backslash)) => {}
            None if previous.is_none() || *previous == Some(Kind::Slashdash) => {}
            comment => {
                self.out.push_str(if self.out.ends_with(' ') { "\\" } else { " \\" });
                if let Some(comment) = comment {
                    self.out.push(' ');
                    self.out.push_str(trim(self.slice(comment)));
                }
                self.line(level + 1);
                *previous = None;
            }
        }
        next
    }

    /// Line breaks and comments between a slashdash and what it comments out.
    fn after_slashdash(&mut self, mut i: usize, level: usize, previous: &mut Option<Kind>) -> usize {
        let mut broken = false;
        while let Some(&token) = self.tokens.get(i) {
            match token.kind {
                Kind::Newline => {}
                Kind::Backslash => {}
                Kind::LineComment => {
                    self.out.push(' ');
                    self.out.push_str(trim(self.slice(token)));
                    self.line(level + 1);
                    broken = true;
                    *previous = None;
                    i += 1;
                    continue;
                }
                _ => break,
            }
            broken = true;
            i += 1;
        }
        if broken && *previous == Some(Kind::Slashdash) {
            self.out.push(' ');
            *previous = None;
        }
        i
    }

    /// A block from behind its opening brace, which has not been printed, to its closing one.
    fn block(&mut self, from: usize, close: usize, level: usize, one_line: bool, flat: bool) -> Option<()> {
        self.out.push('{');
        let empty = self.tokens[from..close].iter().all(|t| matches!(t.kind, Kind::Newline | Kind::Backslash));
        if empty {
            self.out.push('}');
            return Some(());
        }
        if one_line {
            let keep = self.out.len();
            if self.flat(from, close, level).is_some() {
                return Some(());
            }
            self.out.truncate(keep);
        }
        if flat {
            return None;
        }
        let mut from = from;
        if self.kind(from) == Some(Kind::LineComment) {
            self.out.push(' ');
            self.out.push_str(trim(self.slice(self.tokens[from])));
            from += 1;
        }
        // The line break behind the brace is no blank line.
        if self.kind(from) == Some(Kind::Newline) && from < close {
            from += 1;
        }
        self.nodes(from, close, level + 1);
        self.line(level);
        self.out.push('}');
        Some(())
    }

    fn flat(&mut self, mut i: usize, close: usize, level: usize) -> Option<()> {
        let mut first = true;
        while i < close {
            if self.kind(i) == Some(Kind::Semicolon) {
                i += 1;
                continue;
            }
            self.out.push_str(if first { " " } else { "; " });
            first = false;
            i = self.node(i, level, true)?;
        }
        self.out.push_str(" }");
        (self.column() <= WIDTH).then_some(())
    }

    /// Columns of the line at hand, no further than a little over the limit.
    fn column(&self) -> usize {
        self.out.chars().rev().take(WIDTH + 1).take_while(|c| *c != '\n').count()
    }

    /// A string of several lines, moved to the indentation of its node. The last line states what is taken off the
    /// others, so moving all of them changes no value; with escaped line breaks the lines are not what they seem, and
    /// the string stays as it is.
    fn string(&mut self, token: Token, level: usize) {
        let text = self.slice(token);
        let raw = text.starts_with('#');
        let b = text.as_bytes();
        let escaped = !raw && {
            let mut i = 0;
            let mut found = false;
            while i < b.len() {
                if b[i] == b'\\' {
                    i += 1;
                    found |= newline(b, i) > 0 || space(b, i) > 0;
                }
                i += 1;
            }
            found
        };
        if escaped {
            self.out.push_str(text);
            return;
        }
        let mut lines = Vec::new();
        let mut i = 0;
        loop {
            let end = line_end(b, i);
            lines.push(&text[i..end]);
            if end == b.len() {
                break;
            }
            i = end + newline(b, end);
        }
        let last = lines.len() - 1;
        let prefix = blank_prefix(lines[last]);
        self.out.push_str(lines[0]);
        for (n, line) in lines.iter().enumerate().skip(1) {
            self.out.push('\n');
            if blank_prefix(line) == line.len() {
                continue;
            }
            self.out.extend(std::iter::repeat_n(' ', (level + 1) * INDENT));
            self.out.push_str(if n == last { &line[prefix..] } else { line.get(prefix..).unwrap_or(line) });
        }
    }
}

/// How many bytes of space the line begins with.
fn blank_prefix(line: &str) -> usize {
    let b = line.as_bytes();
    let mut i = 0;
    while space(b, i) > 0 {
        i += space(b, i);
    }
    i
}

/// Without space at the end.
fn trim(text: &str) -> &str {
    text.trim_end_matches(|c: char| {
        let mut buffer = [0; 4];
        let b = c.encode_utf8(&mut buffer).as_bytes();
        class(b, 0).0 & SPACE != 0
    })
}

fn needs_space(previous: Option<Kind>, token: Token) -> bool {
    match (previous, token.kind) {
        (None | Some(Kind::OpenType | Kind::Equals), _) | (_, Kind::CloseType | Kind::Equals) => false,
        (Some(Kind::CloseType), _) => false,
        (Some(Kind::Slashdash), _) => token.spaced,
        _ => true,
    }
}
