//! Arguments, properties and words without quotes, and what is wrong with them; opens and closes no block.

use super::{Blocks, Parser, Pending, Value};
use crate::diag::{Diag, code};
use crate::source::Span;
use crate::syntax::lex::{self, CLASS, WIDE, WORD, class, newline, numeric, space, word_end};
use crate::syntax::{Entry, Literal, Str};

impl Parser<'_> {
    /// One argument or property. Always moves on unless the text is at a place where no entry can begin.
    pub(super) fn entry(&mut self, node: &mut Pending) {
        let from = self.at;
        match self.b[from] {
            b'=' => return self.stray_equals(from, node),
            b',' => return self.comma(from, node),
            b'[' => {
                let span = self.list(from);
                self.push(None, Literal::Broken, span, None);
                return;
            }
            _ => {}
        }
        let faults = self.diags.len();
        let ty = self.annotation();
        if let Some((_, span)) = ty {
            self.node_space();
            if self.b[self.at..].starts_with(b"/-") {
                let (a, b) = (self.at, self.at + 2);
                self.simple(code::E0120, a, b, "a slashdash stands between a type annotation and its value", "");
                self.at += 2;
                self.node_space();
            } else if self.at_end_of_value() {
                if self.diags.len() == faults {
                    let (a, b) = (span.start as usize, span.end as usize);
                    self.simple(code::E0124, a, b, "a type annotation has no value after it", "");
                }
                return;
            }
        }
        let Some(value) = self.value() else {
            if self.diags.len() == faults {
                self.unexpected("where a value should begin");
            }
            return;
        };
        self.after_value(node);
        let mut name = value;
        loop {
            let gap = self.at;
            let is_property = match self.b.get(gap) {
                Some(b'=') => true,
                Some(b' ' | b'\t' | b'/' | b'\\' | 0x80..) => self.space_then_equals(),
                _ => false,
            };
            if !is_property {
                self.at = gap;
                let span = Span::new(self.file, from as u32, name.span.end);
                self.argument(name, span, ty);
                return;
            }
            let name_from = name.span.start as usize;
            if let Some((_, span)) = ty.filter(|_| self.diags.len() == faults) {
                let diag =
                    Diag::new(code::E0124, "a type annotation stands before the name of a property").at(span, "");
                self.fault(diag.help("write it after the equals sign"));
            }
            match self.property(name, name_from, faults, node) {
                Some(next) => name = next,
                None => return,
            }
        }
    }

    /// Whether only space stands before an equals sign; then the text is at the sign.
    pub(super) fn space_then_equals(&mut self) -> bool {
        let (at, diags, swallowed, incomplete) = (self.at, self.diags.len(), self.swallowed, self.doc.incomplete);
        // One space and no sign is by far the most frequent.
        if self.b[at] == b' ' && self.b.get(at + 1).is_some_and(|c| CLASS[*c as usize] & WORD != 0 || *c == b'"') {
            return false;
        }
        self.node_space();
        let is = self.b.get(self.at) == Some(&b'=');
        if !is {
            // The caller goes back and reads the space again, with its faults.
            self.diags.truncate(diags);
            (self.swallowed, self.doc.incomplete) = (swallowed, incomplete);
        }
        is
    }

    pub(super) fn at_end_of_value(&self) -> bool {
        match self.b.get(self.at) {
            None | Some(b';' | b'{' | b'}') => true,
            Some(b'/') => self.b.get(self.at + 1) == Some(&b'/'),
            Some(_) => newline(self.b, self.at) > 0,
        }
    }

    pub(super) fn argument(&mut self, value: Value, span: Span, ty: Option<(Str, Span)>) {
        if let Literal::Str { bare: true, .. } = value.literal {
            self.signs2 += 1;
        }
        let literal = value.literal;
        self.push(None, literal, span, ty);
    }

    pub(super) fn push(&mut self, name: Option<(Str, Span)>, value: Literal, span: Span, ty: Option<(Str, Span)>) {
        self.doc.entries.push(Entry { name, value, span, ty });
    }

    /// A property from its equals sign on. Gives back the value when an equals sign follows it: then it is a name.
    pub(super) fn property(
        &mut self,
        key: Value,
        name_from: usize,
        faults: usize,
        node: &mut Pending,
    ) -> Option<Value> {
        let equals = self.at;
        let name = match key.text {
            Some(text) => (text, key.span),
            None => {
                let word = self.slice(key.span.start as usize, key.span.end as usize);
                if key.literal != Literal::Broken && self.diags.len() == faults {
                    let diag = Diag::new(code::E0130, "a number or keyword stands where the name of a property should")
                        .at(key.span, "")
                        .help(format!("\"{word}\""))
                        .fix(key.span, format!("\"{word}\""));
                    self.fault(diag);
                }
                (Str::Source(key.span.start, key.span.end), key.span)
            }
        };
        self.at += 1;
        self.node_space();
        if self.at_end_of_value() {
            let word = self.slice(name_from, key.span.end as usize);
            let diag = Diag::new(code::E0106, format!("the property `{word}` has no value"))
                .at(self.span(equals, equals + 1), "nothing follows the equals sign")
                .help(format!("{word}=\"VALUE\""));
            self.fault(diag);
            let span = self.span(equals, equals + 1);
            self.push(Some(name), Literal::Broken, span, None);
            return None;
        }
        let value_from = self.at;
        match self.b[self.at] {
            b'[' => {
                let span = self.list(name_from);
                self.push(Some(name), Literal::Broken, span, None);
                return None;
            }
            b'/' if self.b.get(self.at + 1) == Some(&b'-') => {
                let (a, b) = (self.at, self.at + 2);
                self.simple(
                    code::E0120,
                    a,
                    b,
                    "a slashdash stands before the value of a property",
                    "put it before the name",
                );
                self.at += 2;
                self.node_space();
            }
            b'=' => {
                self.simple(code::E0101, self.at, self.at + 1, "a second equals sign follows the first", "");
                self.at += 1;
                self.node_space();
            }
            _ => {}
        }
        let ty = self.annotation();
        if ty.is_some() {
            self.node_space();
            if self.b[self.at..].starts_with(b"/-") {
                let (a, b) = (self.at, self.at + 2);
                self.simple(code::E0120, a, b, "a slashdash stands between a type annotation and its value", "");
                self.at += 2;
                self.node_space();
            }
        }
        let before = self.diags.len();
        let Some(value) = self.value() else {
            if self.diags.len() == before && ty.is_some() && self.at_end_of_value() {
                self.simple(code::E0124, value_from, self.at, "a type annotation has no value after it", "");
            } else if self.diags.len() == before && self.at < self.b.len() {
                self.unexpected("where the value of a property should begin");
            }
            let span = self.span(equals, self.at.max(equals + 1));
            self.push(Some(name), Literal::Broken, span, ty);
            return None;
        };
        self.after_value(node);
        if let Literal::Str { bare: true, .. } = value.literal {
            self.signs2 += 1;
        }
        let span = Span::new(self.file, value_from as u32, value.span.end);
        if self.b.get(self.at) == Some(&b'=') && value.literal == Literal::Broken {
            // `id=100subnet="x"`: the number that is none has been reported, and the rest is a property.
            self.push(Some(name), Literal::Broken, span, ty);
            return Some(value);
        }
        if self.b.get(self.at) == Some(&b'=') {
            if value_from > equals + 1 {
                // `role= x=1`: the value was forgotten and the next property taken for it.
                let word = self.slice(name_from, key.span.end as usize);
                let diag = Diag::new(code::E0106, format!("the property `{word}` has no value"))
                    .at(self.span(equals, equals + 1), "the next property follows")
                    .help(format!("{word}=\"VALUE\""));
                self.fault(diag);
                self.push(Some(name), Literal::Broken, self.span(equals, equals + 1), None);
                return Some(value);
            }
            let to = self.extended_equals(self.at);
            let word = self.slice(value_from, to);
            let whole = self.span(value_from, to);
            let mut diag = Diag::new(code::E0110, "an equals sign stands inside a value without quotes")
                .at(self.span(self.at, self.at + 1), "");
            if !word.contains('"') {
                diag = diag.help(format!("\"{word}\"")).fix(whole, format!("\"{word}\""));
            }
            self.fault(diag);
            self.at = to;
            self.push(Some(name), Literal::Broken, whole, ty);
            return None;
        }
        self.push(Some(name), value.literal, span, ty);
        None
    }

    /// `=` where no name stands before it: `name = "x"` written as in TOML.
    pub(super) fn stray_equals(&mut self, from: usize, node: &Pending) {
        let n = &self.doc.nodes[node.id.0 as usize];
        let first = n.name_span.end as usize <= from
            && self.doc.entries.len() == n.entries.start as usize
            && node.blocks == Blocks::None;
        let span = self.span(from, from + 1);
        let diag = if first {
            let word = self.slice(n.name_span.start as usize, n.name_span.end as usize);
            Diag::new(code::E0132, "an equals sign stands between the name of a node and its value")
                .at(span, "KDL writes a space here")
                .help(format!("{word} VALUE"))
                .fix(span, if self.b[from - 1] == b' ' { "" } else { " " })
        } else {
            Diag::new(code::E0101, "an equals sign has no name before it").at(span, "")
        };
        self.fault(diag);
        self.at += 1;
        self.node_space();
        if !self.at_end_of_value() && !matches!(self.b[self.at], b'=' | b',' | b'[' | b'/') {
            let before = self.diags.len();
            if let Some(v) = self.value() {
                self.push(None, v.literal, v.span, None);
            } else if self.diags.len() == before {
                self.unexpected("where a value should begin");
            }
        }
    }

    /// What may be wrong directly after a value: a comma.
    pub(super) fn after_value(&mut self, node: &mut Pending) {
        if self.b.get(self.at) == Some(&b',') {
            self.comma(self.at, node);
        }
    }

    /// A comma, reported once for each node.
    pub(super) fn comma(&mut self, from: usize, node: &mut Pending) {
        let word = word_end(self.b, from);
        if word == from + 1 || self.b.get(from + 1) == Some(&b',') || self.b[from - 1] == b'"' {
            match node.comma {
                // One replacement cannot mend several places.
                Some(first) => self.diags[first].fix = None,
                None => {
                    node.comma = Some(self.diags.len());
                    let span = self.span(from, from + 1);
                    let diag =
                        Diag::new(code::E0121, "a comma stands between values").at(span, "KDL writes a space here");
                    let space = if space(self.b, from + 1) > 0 { "" } else { " " };
                    self.fault(diag.help("separate values by spaces").fix(span, space));
                }
            }
            self.at = from + 1;
            return;
        }
        // `,word` is a bare string like any other.
        if let Some(v) = self.value() {
            self.push(None, v.literal, v.span, None);
        }
    }

    /// `[a, b]`: reported and skipped. `from` is where the entry starts.
    pub(super) fn list(&mut self, from: usize) -> Span {
        let bracket = self.at;
        let to = self.brackets();
        let inner = self.slice(bracket + 1, to.max(bracket + 1)).trim_end_matches(']');
        let mut diag = Diag::new(code::E0122, "a list in brackets stands where a value should")
            .at(self.span(bracket, bracket + 1), "KDL has no brackets");
        let name = self.slice(from, bracket).trim_end().trim_end_matches('=').trim_end();
        let flat: Vec<&str> = inner.split(',').map(str::trim).filter(|s| !s.is_empty()).collect();
        if inner.len() < 80 && !inner.contains(['\n', '\r', '[']) && !flat.is_empty() {
            let flat = flat.join(" ");
            let help = if name.is_empty() { flat } else { format!("{name} {flat}") };
            diag = diag.help(help);
        } else {
            diag = diag.help("write the values after the name, separated by spaces");
        }
        if !name.is_empty() {
            diag = diag.note("a list is written as the arguments of a node of its own");
        }
        self.fault(diag);
        self.at = to;
        self.span(from, to)
    }

    /// Where the bracket at hand closes; else the end of the line. Looks no further than a list in reason is long.
    pub(super) fn brackets(&self) -> usize {
        const REACH: usize = 4096;
        let mut depth = 0u32;
        let mut quoted = false;
        for (i, c) in self.b.iter().enumerate().skip(self.at).take(REACH) {
            match c {
                b'"' => quoted = !quoted,
                b'\n' | b'\r' => quoted = false,
                b'[' if !quoted => depth += 1,
                b']' if !quoted => {
                    depth -= 1;
                    if depth == 0 {
                        return i + 1;
                    }
                }
                b'{' | b'}' | b';' if !quoted => break,
                _ => {}
            }
        }
        self.recover_line(self.at).max(self.at + 1)
    }

    // ---- values ----

    /// A string, number or keyword; `None` when none begins here, or after what was reported and skipped.
    pub fn value(&mut self) -> Option<Value> {
        let from = self.at;
        let c = *self.b.get(from)?;
        match c {
            b'"' => Some(self.quoted()),
            b'#' => self.hash(),
            _ if CLASS[c as usize] & (WORD | WIDE) != 0 => {
                let to = word_end(self.b, from);
                if to == from {
                    return None;
                }
                self.at = to;
                let usual = match self.b.get(to) {
                    None | Some(b' ' | b'\n' | b';' | b'=' | b'}') => true,
                    Some(b'"') => &self.b[from..to] == b"r",
                    Some(b'#') => self.legacy_raw(),
                    Some(_) => false,
                };
                if !usual && let Some(value) = self.unopened(from, to) {
                    return Some(value);
                }
                Some(self.word(from, to))
            }
            b'/' if !matches!(self.b.get(from + 1), Some(b'/' | b'-' | b'*')) => {
                // A path: `/etc/hosts`.
                if let Some(value) = self.unopened(from, from) {
                    return Some(value);
                }
                Some(self.reserved(from, from))
            }
            _ => None,
        }
    }

    pub(super) fn broken(&self, from: usize, to: usize) -> Value {
        Value { literal: Literal::Broken, text: None, span: self.span(from, to) }
    }

    /// A word without quotes.
    pub(super) fn word(&mut self, from: usize, to: usize) -> Value {
        let word = self.slice(from, to);
        let span = self.span(from, to);
        if numeric(word.as_bytes()) {
            return self.number(from, to);
        }
        let next = self.b.get(to).copied();
        match next {
            Some(b'/') => match self.b.get(to + 1) {
                Some(b'/') if word.ends_with(':') => return self.url(from, to),
                Some(b'/' | b'*' | b'-') => {}
                _ => return self.reserved(from, to),
            },
            Some(b'"' | b'#') if word == "r" && self.legacy_raw() => return self.raw_one(from),
            Some(b')') if self.in_type => {}
            Some(b'[' | b']' | b'(' | b')' | b'#') => return self.reserved(from, to),
            Some(b'\\') if !self.continues(to) => return self.reserved(from, to),
            _ => {}
        }
        if matches!(word, "true" | "false" | "null" | "inf" | "-inf" | "nan") {
            self.keywords1 += u32::from(matches!(word, "true" | "false" | "null"));
            self.first_keyword.get_or_insert(span);
            let name = self.naming || self.in_type || next == Some(b'=');
            let right = if name { format!("\"{word}\"") } else { format!("#{word}") };
            let message = if name {
                format!("`{word}` is a keyword and may be a name in quotes only")
            } else {
                format!("`{word}` has no number sign before it")
            };
            self.fault(Diag::new(code::E0102, message).at(span, "").help(&*right).fix(span, &*right));
            let literal = lex::keyword(word).unwrap_or(Literal::Broken);
            return Value { literal, text: None, span };
        }
        let text = Str::Source(span.start, span.end);
        Value { literal: Literal::Str { text, bare: true }, text: Some(text), span }
    }

    pub(super) fn number(&mut self, from: usize, to: usize) -> Value {
        let word = self.slice(from, to);
        let next = self.b.get(to).copied();
        let glued = match next {
            Some(b'/') => !matches!(self.b.get(to + 1), Some(b'/' | b'*' | b'-')),
            Some(b')') => !self.in_type,
            Some(b'[' | b']' | b'(' | b'#') => true,
            Some(b'\\') => !self.continues(to),
            _ => false,
        };
        if !glued {
            if let Some(literal) = lex::number(word) {
                return Value { literal, text: None, span: self.span(from, to) };
            }
            // `1, 2`: the comma is legal in words, so it got into this one.
            if let Some(bare) = word.strip_suffix(',')
                && let Some(literal) = lex::number(bare)
            {
                self.at = to - 1;
                return Value { literal, text: None, span: self.span(from, to - 1) };
            }
        }
        let to = self.extended(to);
        self.at = to;
        let word = self.slice(from, to);
        let span = self.span(from, to);
        let mut diag = Diag::new(code::E0109, format!("`{word}` begins like a number and is none")).at(span, "");
        let digits = word.trim_start_matches(['+', '-']);
        if digits.starts_with('.') {
            diag = diag.note("a number has a digit before its point");
        } else if let Some(note) = match digits.get(..2) {
            Some("0x") => Some("after 0x follow digits 0-9, a-f and _, the first one no _"),
            Some("0o") => Some("after 0o follow digits 0-7 and _, the first one no _"),
            Some("0b") => Some("after 0b follow digits 0, 1 and _, the first one no _"),
            _ => None,
        } {
            diag = diag.note(note);
        } else {
            diag = diag.note("text that begins with a digit needs quotes: addresses, sizes, versions");
        }
        let quoted = format!("\"{word}\"");
        diag = diag.help(&*quoted);
        if self.b.get(to) != Some(&b'=') {
            diag = diag.fix(span, &*quoted);
        }
        self.fault(diag);
        self.broken(from, to)
    }

    /// A word with a character in it that needs quotes; `at` is that character.
    pub(super) fn reserved(&mut self, from: usize, at: usize) -> Value {
        let to = self.extended(at);
        let to = to.max(at + 1);
        let word = self.slice(from, to);
        let c = self.b[at] as char;
        let mut diag = Diag::new(code::E0110, format!("`{c}` stands in a word without quotes"))
            .at(self.span(at, at + 1), "needs quotes around the word");
        let escaped = word.replace('\\', "\\\\");
        diag = diag.help(format!("\"{escaped}\"")).fix(self.span(from, to), format!("\"{escaped}\""));
        self.fault(diag);
        self.at = to;
        self.broken(from, to)
    }

    /// `https://x`: KDL reads `https:` and a comment.
    pub(super) fn url(&mut self, from: usize, to: usize) -> Value {
        let end = self.end_of_line(to);
        let rest = self.slice(to, end);
        let stop = rest.find(|c: char| c.is_whitespace()).unwrap_or(rest.len());
        let mut to = to + stop;
        let mut word = self.slice(from, to);
        if let Some(less) = word.strip_suffix(';') {
            word = less;
            to -= 1;
        }
        let word = word.trim_end_matches('"');
        let span = self.span(from, from + word.len());
        let quoted = format!("\"{word}\"");
        let diag = Diag::new(code::E0107, format!("`{word}` is cut off: without quotes, // starts a comment"))
            .at(span, "")
            .help(&*quoted)
            .fix(span, &*quoted);
        self.fault(diag);
        self.at = to;
        self.broken(from, to)
    }

    /// Where a word ends that has characters in it which need quotes. Comments, slashdashes and blocks end it.
    pub fn extended(&self, from: usize) -> usize {
        let mut i = from;
        while let Some(&c) = self.b.get(i) {
            match c {
                b'/' if matches!(self.b.get(i + 1), Some(b'/' | b'*' | b'-')) => break,
                b')' if self.in_type => break,
                b'/' | b'[' | b']' | b'(' | b')' | b'#' => i += 1,
                b'\\' if !self.continues(i) => i += 1,
                _ => {
                    let (class, len) = class(self.b, i);
                    if class & WORD == 0 {
                        break;
                    }
                    i += len;
                }
            }
        }
        i
    }

    pub(super) fn extended_equals(&self, from: usize) -> usize {
        let mut i = from;
        while self.b.get(i) == Some(&b'=') {
            i = self.extended(i + 1);
        }
        i
    }

    /// Whether the backslash at `i` is the last thing on its line.
    pub(super) fn continues(&self, i: usize) -> bool {
        match self.b.get(i + 1) {
            None | Some(b' ' | b'\t') => true,
            Some(b'/') => matches!(self.b.get(i + 2), Some(b'/' | b'*')),
            Some(_) => newline(self.b, i + 1) > 0 || space(self.b, i + 1) > 0,
        }
    }
}
