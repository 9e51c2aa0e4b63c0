//! Quoted, raw and multi-line strings of KDL 2, and what is wrong with them; knows no nodes.

use super::lex::{self, BREAK, CLASS, SPACE, STOP, class, line_end, newline, space, word_end};
use super::parse::{Parser, Value};
use super::{Literal, Str};
use crate::diag::{Diag, code};

/// What a body may hold.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Escapes,
    Raw,
}

impl Parser<'_> {
    fn string(&self, text: Str, from: usize, to: usize) -> Value {
        Value { literal: Literal::Str { text, bare: false }, text: Some(text), span: self.span(from, to) }
    }

    fn broken_string(&self, from: usize, to: usize) -> Value {
        Value { literal: Literal::Broken, text: None, span: self.span(from, to.max(from)) }
    }

    // ---- quoted ----

    /// A string that begins with a quote.
    pub(super) fn quoted(&mut self) -> Value {
        let from = self.at;
        if self.b[from..].starts_with(b"\"\"\"") {
            self.signs2 += 1;
            return self.multi_line(from, 0);
        }
        let mut i = from + 1;
        let mut plain = true;
        let end = loop {
            let Some(&c) = self.b.get(i) else { break None };
            if CLASS[c as usize] & STOP == 0 {
                i += 1;
                continue;
            }
            match c {
                b'"' => break Some(i),
                b'\\' => {
                    plain = false;
                    i += 1;
                    let (k, len) = class(self.b, i);
                    if k & (SPACE | BREAK) == 0 {
                        i += len;
                        continue;
                    }
                    while class(self.b, i).0 & (SPACE | BREAK) != 0 {
                        i += class(self.b, i).1;
                    }
                }
                _ => {
                    let (k, len) = class(self.b, i);
                    if k & BREAK != 0 {
                        break None;
                    }
                    i += len;
                }
            }
        };
        let Some(end) = end else { return self.unclosed(from, i) };
        self.at = end + 1;
        if plain {
            return self.string(Str::Source(from as u32 + 1, end as u32), from, end + 1);
        }
        let faults = self.diags.len();
        let start = self.doc.owned.len();
        let mut i = from + 1;
        while i < end {
            if self.b[i] == b'\\' {
                i = self.escape(i, end);
            } else {
                let to = self.b[i..end].iter().position(|c| *c == b'\\').map_or(end, |n| i + n);
                self.doc.owned.push_str(&self.text[i..to]);
                i = to;
            }
        }
        if self.diags.len() > faults {
            return self.broken_string(from, end + 1);
        }
        self.string(Str::Owned(start as u32, self.doc.owned.len() as u32), from, end + 1)
    }

    /// Reads the escape at `i` into `owned`; where it ends. Reports a bad one.
    fn escape(&mut self, i: usize, end: usize) -> usize {
        let (c, to) = self.escape_at(i, end);
        match c {
            Ok(Some(c)) => self.doc.owned.push(c),
            Ok(None) => {}
            Err(message) => {
                let span = self.span(i, to);
                let word = &self.text[i..to];
                let mut diag = Diag::new(code::E0108, message).at(span, "");
                if word.starts_with("\\u") {
                    diag = diag.help("\\u{1F600}");
                } else if word == "\\/" {
                    diag = diag.note("KDL 2 writes a slash without a backslash").help("/").fix(span, "/");
                } else {
                    diag = diag.help(format!("\\{word}")).fix(span, format!("\\{word}"));
                    diag = diag.note("escapes are \\n \\r \\t \\b \\f \\s \\\\ \\\" and \\u{…}");
                }
                self.fault(diag);
            }
        }
        to
    }

    /// The character of the escape at `i` (none for escaped space), or what is wrong with it; and where it ends.
    fn escape_at(&self, i: usize, end: usize) -> (Result<Option<char>, String>, usize) {
        let simple = |c| (Ok(Some(c)), i + 2);
        match self.b[i + 1] {
            b'n' => simple('\n'),
            b'r' => simple('\r'),
            b't' => simple('\t'),
            b'b' => simple('\u{8}'),
            b'f' => simple('\u{c}'),
            b's' => simple(' '),
            b'\\' => simple('\\'),
            b'"' => simple('"'),
            b'u' => {
                let digits = &self.b[(i + 2).min(end)..end];
                let Some(digits) = digits.strip_prefix(b"{") else {
                    return (Err("a Unicode escape has no { after \\u".into()), i + 2);
                };
                let n = digits.iter().take_while(|c| c.is_ascii_hexdigit()).count();
                if digits.get(n) != Some(&b'}') {
                    let to = i + 3 + n;
                    return (Err("a Unicode escape holds something other than 1 to 6 hexadecimal digits".into()), to);
                }
                let to = i + 4 + n;
                if n == 0 || n > 6 {
                    return (Err(format!("a Unicode escape has {n} digits, and 1 to 6 are allowed")), to);
                }
                let number = digits[..n].iter().fold(0, |v, c| v * 16 + (*c as char).to_digit(16).unwrap_or(0));
                match char::from_u32(number) {
                    Some(c) => (Ok(Some(c)), to),
                    None => (Err(format!("U+{number:04X} is no character that text may hold")), to),
                }
            }
            _ => {
                let mut to = i + 1;
                while to < end && class(self.b, to).0 & (SPACE | BREAK) != 0 {
                    to += class(self.b, to).1;
                }
                if to > i + 1 {
                    return (Ok(None), to);
                }
                let to = i + 1 + self.text[i + 1..].chars().next().map_or(0, char::len_utf8);
                (Err(format!("`{}` is no escape", &self.text[i..to])), to)
            }
        }
    }

    /// A quoted string that no quote closes on its line; `end` is the end of the line.
    fn unclosed(&mut self, from: usize, end: usize) -> Value {
        if let Some(close) = self.later_close(end) {
            let span = self.span(from, close + 1);
            let text = &self.text[from + 1..close];
            let mut diag = Diag::new(code::E0128, "a line break stands in a string in single quotation marks")
                .at(self.span(from, from + 1), "opened here")
                .at(self.span(close, close + 1), "closed here")
                .note(
                    "a string of several lines begins and ends with three quotation marks, each on a line of its own",
                );
            if !text.contains(['"', '\r']) {
                let text = text.trim_end_matches(' ').trim_end_matches('\n');
                diag = diag.fix(span, format!("\"\"\"\n{}\n\"\"\"", text.strip_prefix('\n').unwrap_or(text)));
            }
            self.fault(diag.help("\"\"\""));
            self.at = close + 1;
            return self.broken_string(from, close + 1);
        }
        let to = self.recover_line(from + 1).max(from + 1);
        let diag = Diag::new(code::E0103, "a string is not closed")
            .at(self.span(from, from + 1), "opened here")
            .at(self.span(to.min(end), to.min(end)), "the line ends without a closing quote")
            .help("\"");
        self.fault(diag);
        self.at = to;
        self.broken_string(from, to)
    }

    /// A quote on the next line that has any, if it can only be a closing one: the only one there (or of an odd
    /// number), after text or first on its line, with the end of a value behind it.
    fn later_close(&self, line: usize) -> Option<usize> {
        let quote = line + self.b[line..].iter().position(|c| *c == b'"')?;
        let end = line_end(self.b, quote);
        let odd = self.b[quote..end].iter().filter(|c| **c == b'"').count() % 2 == 1;
        let start = self.b[..quote].iter().rposition(|c| matches!(c, b'\n' | b'\r')).map_or(0, |i| i + 1);
        let before = &self.b[start..quote];
        let first = before.iter().all(|c| *c == b' ' || *c == b'\t');
        let after_text = before.last().is_some_and(|c| !matches!(c, b' ' | b'\t' | b'=' | b'(' | b'#'));
        let (k, _) = class(self.b, quote + 1);
        let ends = quote + 1 == self.b.len() || k & (SPACE | BREAK) != 0 || matches!(self.b[quote + 1], b';' | b'}');
        (odd && (first || after_text) && ends).then_some(quote)
    }

    /// A quoted string ended where none was meant to end: the quotes of the line do not pair up. Reports that and
    /// skips the line. `at` is directly behind the closing quote.
    pub(super) fn unpaired_quotes(&mut self, at: usize) -> bool {
        if at == 0 || self.b[at - 1] != b'"' || at <= self.paired_until {
            return false;
        }
        if class(self.b, at).0 & lex::WORD == 0 || self.b[at] == b',' || self.b[at] == b':' {
            return false;
        }
        if !self.odd_quotes(at) {
            return false;
        }
        let start = self.b[..at].iter().rposition(|c| matches!(c, b'\n' | b'\r')).map_or(0, |i| i + 1);
        let first = start + self.b[start..at].iter().position(|c| *c == b'"').unwrap_or(0);
        let to = self.recover_line(at);
        let diag = Diag::new(code::E0103, "a string is not closed: the quotes of this line do not pair up")
            .at(self.span(first, first + 1), "the first quote of the line")
            .at(self.span(at - 1, at), "this one closes a string, and text follows directly")
            .help("\"");
        self.fault(diag);
        self.at = to;
        true
    }

    /// Whether the rest of the line has an odd number of quotes before its comment. A line that has an even number is
    /// counted once.
    fn odd_quotes(&mut self, at: usize) -> bool {
        if at <= self.paired_until {
            return false;
        }
        let end = self.end_of_line(at);
        let line = &self.b[at..end];
        let mut odd = false;
        let mut i = 0;
        while i < line.len() && (odd || !line[i..].starts_with(b"//")) {
            match line[i] {
                b'\\' => i += 1,
                b'"' => odd = !odd,
                _ => {}
            }
            i += 1;
        }
        if !odd {
            self.paired_until = end;
        }
        odd
    }

    /// A word that a quote ends which nothing opened: `ops@example.net"`. `to` is the end of what may stand without
    /// quotes.
    pub(super) fn unopened(&mut self, from: usize, to: usize) -> Option<Value> {
        let quote = self.extended(to);
        let (k, _) = class(self.b, quote + 1);
        let ends = quote + 1 >= self.b.len() || k & (SPACE | BREAK) != 0 || matches!(self.b[quote + 1], b';' | b'}');
        if self.b.get(quote) != Some(&b'"') || !ends || !self.odd_quotes(quote) {
            return None;
        }
        let here = self.span(from, from);
        let diag = Diag::new(code::E0127, "a quote closes a string that no quote opens")
            .at(self.span(quote, quote + 1), "")
            .at(self.span(from, quote), "the opening quote may be missing before this")
            .help(format!("\"{}\"", self.slice(from, quote)))
            .fix(here, "\"");
        self.fault(diag);
        // Without this one the quotes of the line pair up.
        self.paired_until = self.end_of_line(quote);
        self.at = quote + 1;
        Some(self.broken_string(from, quote + 1))
    }

    // ---- keywords and raw strings ----

    /// What begins with a number sign.
    pub(super) fn hash(&mut self) -> Option<Value> {
        let from = self.at;
        let hashes = self.b[from..].iter().take_while(|c| **c == b'#').count();
        let after = from + hashes;
        if self.b.get(after) == Some(&b'"') {
            self.signs2 += 1;
            if self.b[after..].starts_with(b"\"\"\"") {
                return Some(self.multi_line(from, hashes));
            }
            return Some(self.raw(from, hashes));
        }
        let to = word_end(self.b, after);
        let word = self.slice(after, to);
        if hashes == 1
            && let Some(literal) = lex::keyword(word)
        {
            self.signs2 += 1;
            self.at = to;
            return Some(Value { literal, text: None, span: self.span(from, to) });
        }
        if word.is_empty() {
            let end = line_end(self.b, from);
            let span = self.span(from, after);
            let diag = Diag::new(code::E0134, "a number sign begins no comment in KDL")
                .at(span, "comments begin with //")
                .help(format!("//{}", self.slice(after, end)))
                .fix(span, "//");
            self.fault(diag);
            self.at = end;
            return None;
        }
        let span = self.span(from, to);
        let lower = word.to_ascii_lowercase();
        let right = match &*lower {
            "true" | "yes" | "on" => "#true",
            "false" | "no" | "off" => "#false",
            "null" | "nil" | "none" => "#null",
            "inf" | "+inf" | "infinity" => "#inf",
            "-infinity" => "#-inf",
            "nan" => "#nan",
            _ => "",
        };
        let mut diag = Diag::new(code::E0133, format!("`{}` is no keyword", self.slice(from, to)))
            .at(span, "")
            .note("the keywords are #true, #false, #null, #inf, #-inf and #nan");
        if right.is_empty() {
            diag = diag.help(format!("\"{}\"", self.slice(from, to)));
        } else {
            diag = diag.help(right).fix(span, right);
        }
        self.fault(diag);
        self.at = to;
        Some(self.broken_string(from, to))
    }

    /// Where the first closing `quotes` with at least `hashes` number signs stands, between `from` and `end`.
    fn find_close(&self, from: usize, end: usize, quotes: &[u8], hashes: usize) -> Option<usize> {
        let mut i = from;
        while let Some(n) = self.b[i..end].iter().position(|c| *c == b'"') {
            let at = i + n;
            let behind = at + quotes.len();
            if self.b[at..end].starts_with(quotes) && self.b[behind..end].len() >= hashes {
                let run = self.b[behind..end].iter().take(hashes).take_while(|c| **c == b'#').count();
                if run == hashes {
                    return Some(at);
                }
                // The run was read once and is not read again.
                i = if run > 0 { behind + run } else { at + 1 };
            } else {
                i = at + 1;
            }
        }
        None
    }

    /// `#"…"#`
    fn raw(&mut self, from: usize, hashes: usize) -> Value {
        let body = from + hashes + 1;
        let end = self.end_of_line(body);
        let known = self.raw_failed.is_some_and(|(h, at, to)| hashes >= h && from >= at && end <= to);
        let close = if known { None } else { self.find_close(body, end, b"\"", hashes) };
        if let Some(close) = close {
            self.at = close + 1 + hashes;
            return self.string(Str::Source(body as u32, close as u32), from, self.at);
        }
        self.raw_failed = Some((hashes, from, end));
        let mut diag = Diag::new(code::E0126, "a raw string is not closed")
            .at(self.span(from, from + hashes), format!("opened with {}", signs(hashes)));
        // A closing quote with another number of signs, or none.
        let fewer = self.find_close(body, end, b"\"", 0);
        let to = match fewer {
            Some(quote) => {
                let run = self.b[quote + 1..end].iter().take_while(|c| **c == b'#').count();
                let span = self.span(quote, quote + 1 + run);
                diag = diag.at(span, format!("closed with {}", if run == 0 { "none".into() } else { signs(run) }));
                let right = format!("\"{}", "#".repeat(hashes));
                diag = diag.help(&*right).fix(span, right);
                quote + 1 + run
            }
            None => {
                diag = diag.help(format!("\"{}", "#".repeat(hashes)));
                if let Some(close) = self.later_close(end) {
                    diag = diag.note("a raw string of several lines begins and ends with three quotation marks");
                    let run = self.b[close + 1..].iter().take_while(|c| **c == b'#').count();
                    close + 1 + run
                } else if let Some(close) = self.later_raw_close(end, hashes) {
                    diag.code = code::E0128;
                    diag.message = "a line break stands in a raw string in single quotation marks".into();
                    diag = diag.help(format!("{}\"\"\"", "#".repeat(hashes)));
                    close
                } else {
                    self.recover_line(body).max(body)
                }
            }
        };
        self.fault(diag);
        self.at = to;
        self.broken_string(from, to)
    }

    /// Where a raw string with line breaks in single quotes ends: the next line with a quote closes it with its signs.
    fn later_raw_close(&self, line: usize, hashes: usize) -> Option<usize> {
        let quote = line + self.b[line..].iter().position(|c| *c == b'"')?;
        let behind = &self.b[quote + 1..];
        let run = behind.iter().take(hashes + 1).take_while(|c| **c == b'#').count();
        (run == hashes && quote > 0 && self.b[quote - 1] != b'#').then_some(quote + 1 + hashes)
    }

    /// Whether `r` at hand begins a raw string of KDL 1.
    pub(super) fn legacy_raw(&self) -> bool {
        let hashes = self.b[self.at..].iter().take_while(|c| **c == b'#').count();
        self.b.get(self.at + hashes) == Some(&b'"')
    }

    /// `r"…"`, `r#"…"#`: KDL 1.
    pub(super) fn raw_one(&mut self, from: usize) -> Value {
        let hashes = self.b[self.at..].iter().take_while(|c| **c == b'#').count();
        let body = self.at + hashes + 1;
        let end = self.b.len();
        let known = self.raw_failed.is_some_and(|(h, at, to)| hashes >= h && from >= at && end <= to);
        let close = if known { None } else { self.find_close(body, end, b"\"", hashes) };
        let to = match close {
            Some(close) => close + 1 + hashes,
            None => {
                self.raw_failed = Some((hashes, from, end));
                self.recover_line(body).max(body)
            }
        };
        let span = self.span(from, to);
        let mut diag = Diag::new(code::E0129, "a raw string is written as in KDL 1").at(span, "");
        if let Some(close) = close {
            let n = hashes.max(1);
            let right = format!("{0}\"{1}\"{0}", "#".repeat(n), &self.text[body..close]);
            if !right.contains(['\n', '\r']) {
                diag = diag.help(&*right).fix(span, &*right);
            }
        }
        self.raw1.get_or_insert(span);
        self.fault(diag);
        self.at = to;
        self.broken_string(from, to)
    }

    // ---- several lines ----

    /// A string in three quotes, with `hashes` number signs (0: with escapes) before them.
    fn multi_line(&mut self, from: usize, hashes: usize) -> Value {
        let kind = if hashes > 0 { Kind::Raw } else { Kind::Escapes };
        let open = from + hashes + 3;
        let first = newline(self.b, open);
        if first == 0 {
            let end = self.end_of_line(open);
            if let Some(close) = self.close_of(open, end, kind, hashes) {
                return self.one_line(from, open, close, hashes);
            }
        }
        let known = kind == Kind::Raw
            && self.raw_failed.is_some_and(|(h, at, to)| hashes >= h && from >= at && to == self.b.len());
        let close = if known { None } else { self.close_of(open, self.b.len(), kind, hashes) };
        let Some(close) = close else {
            if kind == Kind::Raw {
                self.raw_failed = Some((hashes, from, self.b.len()));
            }
            return self.multi_line_unclosed(from, open, hashes);
        };
        if let Some(line) = self.opens_another(open, close, hashes) {
            self.report_unclosed_lines(from, open);
            self.at = line;
            return self.broken_string(from, line);
        }
        self.at = close + 3 + hashes;
        if first == 0 {
            let end = line_end(self.b, open);
            let diag = Diag::new(code::E0113, "text follows the quotes that open a string of several lines")
                .at(self.span(open, end), "the text begins on the next line")
                .at(self.span(from, open), "opened here");
            self.fault(diag.help("begin a new line after \"\"\""));
            return self.broken_string(from, self.at);
        }
        let start = self.doc.owned.len() as u32;
        let faults = self.diags.len();
        self.dedent(from, open + first, close, kind);
        if self.diags.len() > faults {
            return self.broken_string(from, self.at);
        }
        self.string(Str::Owned(start, self.doc.owned.len() as u32), from, self.at)
    }

    /// Where the closing quotes of a multi-line string stand.
    fn close_of(&self, open: usize, end: usize, kind: Kind, hashes: usize) -> Option<usize> {
        if kind == Kind::Raw {
            return self.find_close(open, end, b"\"\"\"", hashes);
        }
        let mut i = open;
        while i < end {
            match self.b[i] {
                b'\\' => i += 2,
                b'"' if self.b[i..end].starts_with(b"\"\"\"") => return Some(i),
                _ => i += 1,
            }
        }
        None
    }

    /// `"""text"""`
    fn one_line(&mut self, from: usize, open: usize, close: usize, hashes: usize) -> Value {
        self.at = close + 3 + hashes;
        let span = self.span(from, self.at);
        let sign = "#".repeat(hashes);
        let text = &self.text[open..close];
        let mut diag = Diag::new(code::E0113, "three quotation marks stand around a string of one line").at(span, "");
        if !text.contains('"') {
            let right = format!("{sign}\"{text}\"{sign}");
            diag = diag.help(&*right).fix(span, right);
        } else {
            diag = diag.help("begin a new line after \"\"\" and before the closing \"\"\"");
        }
        self.fault(diag);
        self.broken_string(from, self.at)
    }

    /// The closing quotes may be those that open the next string, when this one was never closed. Then where the line
    /// of that one begins.
    fn opens_another(&self, open: usize, close: usize, hashes: usize) -> Option<usize> {
        let start = self.b[..close].iter().rposition(|c| matches!(c, b'\n' | b'\r')).map_or(0, |i| i + 1);
        if start <= open || hashes > 0 || newline(self.b, close + 3) == 0 {
            return None;
        }
        let before = &self.b[start..close];
        let text = before.iter().any(|c| !matches!(c, b' ' | b'\t'));
        let space = before.last().is_some_and(|c| matches!(c, b' ' | b'\t' | b'='));
        let escaped = before.contains(&b'\\');
        (text && space && !escaped).then_some(start)
    }

    fn report_unclosed_lines(&mut self, from: usize, open: usize) {
        let quotes = self.slice(from, open);
        let closing: String = quotes.chars().rev().collect();
        let diag = Diag::new(code::E0103, "a string of several lines is not closed")
            .at(self.span(from, open), "opened here")
            .help(closing);
        self.fault(diag);
    }

    fn multi_line_unclosed(&mut self, from: usize, open: usize, hashes: usize) -> Value {
        // Fewer number signs at the start of a line were meant to close it.
        let mut i = line_end(self.b, open);
        if hashes > 0
            && let Some(quote) = self.find_close(i, self.b.len(), b"\"\"\"", 0)
        {
            let run = self.b[quote + 3..].iter().take_while(|c| **c == b'#').count();
            let (a, b) = (self.span(from, open), self.span(quote, quote + 3 + run));
            let right = format!("\"\"\"{}", "#".repeat(hashes));
            let diag = Diag::new(code::E0126, "a raw string is not closed")
                .at(a, format!("opened with {}", signs(hashes)))
                .at(b, format!("closed with {}", if run == 0 { "none".into() } else { signs(run) }));
            self.fault(diag.help(&*right).fix(b, right));
            self.at = quote + 3 + run;
            return self.broken_string(from, self.at);
        }
        self.report_unclosed_lines(from, open);
        // A closing brace alone on its line, indented less than the line of the opening quotes, is one of ours.
        let start = self.b[..from].iter().rposition(|c| matches!(c, b'\n' | b'\r')).map_or(0, |i| i + 1);
        let indent = self.b[start..].iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
        while i < self.b.len() {
            let line = i + newline(self.b, i);
            let end = line_end(self.b, line);
            let text = self.b[line..end].iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
            if text < indent && self.slice(line, end).trim() == "}" {
                self.at = line;
                return self.broken_string(from, i);
            }
            if end <= i {
                break;
            }
            i = end;
        }
        self.at = self.b.len();
        self.swallowed = true;
        self.doc.incomplete = true;
        self.broken_string(from, self.at)
    }

    /// Writes the lines from `from` to `close` into `owned`, without the indentation that the last line states.
    /// Escaped space goes first, then the indentation, then the other escapes (KDL 2.0, "Interaction with Whitespace
    /// Escapes").
    fn dedent(&mut self, opened: usize, from: usize, close: usize, kind: Kind) {
        let faults = self.diags.len();
        // Lines as (start in the source, text); the text is the source's as long as no escaped space is in it.
        let mut lines: Vec<(usize, std::borrow::Cow<'_, str>)> = Vec::new();
        let text = self.text;
        let mut line = from;
        let mut piece = from;
        let mut joined: Option<String> = None;
        let mut i = from;
        loop {
            let n = newline(self.b, i);
            if i >= close || n > 0 {
                let rest = &text[piece..i.min(close)];
                let whole = match joined.take() {
                    Some(mut s) => {
                        s.push_str(rest);
                        s.into()
                    }
                    None => rest.into(),
                };
                lines.push((line, whole));
                if i >= close {
                    break;
                }
                i += n;
                (line, piece) = (i, i);
            } else if kind == Kind::Escapes && self.b[i] == b'\\' {
                let (c, to) = self.escape_at(i, close);
                match c {
                    Ok(None) => {
                        joined.get_or_insert_default().push_str(&text[piece..i]);
                        (i, piece) = (to, to);
                    }
                    Ok(Some(_)) => i = to,
                    Err(_) => {
                        i = self.escape(i, close);
                    }
                }
            } else {
                i += class(self.b, i).1.max(1);
            }
        }
        let blank = |s: &str| {
            let b = s.as_bytes();
            let mut i = 0;
            while space(b, i) > 0 {
                i += space(b, i);
            }
            i == b.len()
        };
        let (last, prefix) = lines.pop().expect("there is at least the line of the closing quotes");
        if !blank(&prefix) {
            let diag = Diag::new(code::E0113, "text stands before the quotes that close a string of several lines")
                .at(self.span(last, close.max(last)), "the closing quotes need a line of their own")
                .at(self.span(opened, opened + 3), "opened here");
            self.fault(diag.help("begin a new line before the closing \"\"\""));
            return;
        }
        let bad: Vec<usize> =
            lines.iter().filter(|(_, s)| !blank(s) && !s.starts_with(&*prefix)).map(|(at, _)| *at).collect();
        if let Some(&at) = bad.first() {
            let lead = |at: usize| at + self.b[at..].iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
            let kinds = |from: usize, to: usize| {
                let s = &self.b[from..to];
                match (s.contains(&b'\t'), s.contains(&b' ')) {
                    (true, true) => "tabs and spaces",
                    (true, false) => "tabs",
                    (false, true) => "spaces",
                    (false, false) => "nothing",
                }
            };
            let (here, there) = (kinds(at, lead(at)), kinds(last, close));
            let message = if here != there && here != "nothing" {
                format!("a line of a string is indented with {here} and its closing quotes with {there}")
            } else {
                "a line of a string is indented less than its closing quotes".to_string()
            };
            let to = lead(at).max(at);
            let more = bad.len() - 1;
            let label = if more > 0 { format!("and {more} more lines after this one") } else { String::new() };
            let mut diag = Diag::new(code::E0114, message)
                .at(self.span(at, to), label)
                .at(self.span(last, close), "the indentation that every line must begin with");
            if more == 0 {
                diag = diag.fix(self.span(at, to), text[last..close].to_string());
            }
            self.fault(diag.help("indent every line like the closing quotes"));
            return;
        }
        if self.diags.len() > faults {
            return;
        }
        for (n, (_, s)) in lines.iter().enumerate() {
            if n > 0 {
                self.doc.owned.push('\n');
            }
            if blank(s) {
                continue;
            }
            let s = &s[prefix.len()..];
            if kind == Kind::Raw || !s.contains('\\') {
                self.doc.owned.push_str(s);
                continue;
            }
            unescape(s, &mut self.doc.owned);
        }
    }
}

/// Resolves escapes that have been checked before.
fn unescape(s: &str, out: &mut String) {
    let mut rest = s;
    while let Some(n) = rest.find('\\') {
        out.push_str(&rest[..n]);
        let mut chars = rest[n + 1..].chars();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('s') => out.push(' '),
            Some('u') => {
                let digits = chars.as_str().trim_start_matches('{');
                let (hex, behind) = digits.split_once('}').unwrap_or((digits, ""));
                out.extend(u32::from_str_radix(hex, 16).ok().and_then(char::from_u32));
                rest = behind;
                continue;
            }
            Some(c) => out.push(c),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

fn signs(n: usize) -> String {
    if n == 1 { "1 number sign".into() } else { format!("{n} number signs") }
}
