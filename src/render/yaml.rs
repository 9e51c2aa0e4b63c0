//! YAML that YAML 1.1 and 1.2 readers read alike: two blanks an indent, block style, quotes unless a whitelist says no.

use super::text::Pending;
use super::{Doc, Map, Text, Why};
use crate::source::{Origin, Rule};

/// Prints a document. `header` lines become comments above it.
pub fn yaml(doc: &Map, header: &[&str], rule: Rule) -> Text {
    let mut text = Text::new();
    for line in header {
        text.push_raw(&format!("# {line}"), std::iter::once(rule.origin()));
    }
    text.push_raw("---", std::iter::once(rule.origin()));
    let mut printer = Printer { out: Pending { text, ..Pending::default() } };
    printer.map(doc, 0);
    printer.out.text
}

/// Bytes of a key that stays below 1,024 characters even when all of it is escaped (YAML 1.2.2 section 7.4.2).
const LONGEST_KEY: usize = 160;

struct Printer {
    out: Pending,
}

impl Printer {
    fn reason(&mut self, why: &Why) {
        self.out.why.extend(why.iter());
    }

    fn map(&mut self, map: &Map, depth: usize) {
        for (i, entry) in map.entries.iter().enumerate() {
            if let Some(comment) = &entry.comment {
                debug_assert!(i > 0 || self.out.line.is_empty(), "a comment on the first key of a list item");
                self.out.indent(depth);
                self.out.line.push_str("# ");
                self.out.line.push_str(comment);
                self.reason(&entry.why);
                self.out.end();
            }
            // The first key of a list item stands behind its hyphen.
            if self.out.line.is_empty() {
                self.out.indent(depth);
            }
            if entry.key.len() > LONGEST_KEY {
                // Readers look no further than 1,024 characters for the colon of a key that is not marked as one.
                self.out.line.push_str("? ");
                scalar_into(&mut self.out.line, &entry.key);
                self.reason(&entry.why);
                self.out.end();
                self.out.indent(depth);
            } else {
                scalar_into(&mut self.out.line, &entry.key);
            }
            self.out.line.push(':');
            self.reason(&entry.why);
            self.after_key(&entry.doc, depth);
        }
    }

    fn after_key(&mut self, doc: &Doc, depth: usize) {
        match doc {
            Doc::Map(m) if m.is_empty() => {
                self.out.line.push_str(" {}");
                self.out.end();
            }
            Doc::List(l) if l.items.is_empty() => {
                self.out.line.push_str(" []");
                self.out.end();
            }
            Doc::Map(m) => {
                self.out.end();
                self.map(m, depth + 1);
            }
            Doc::List(l) => {
                self.out.end();
                self.list(&l.items, depth + 1);
            }
            Doc::Tagged(tag, inner) => {
                self.tag(tag);
                self.after_key(inner, depth);
            }
            // Each line of a text has the origins of the whole.
            Doc::Str(s) if s.trim_end_matches('\n').contains('\n') && literal(s) => {
                let why = self.out.why.clone();
                self.block(s, depth + 1, |all, _| all.extend_from_slice(&why));
            }
            Doc::Lines(text) if literal(&text.text) => {
                self.block(&text.text, depth + 1, |all, n| all.extend(text.why(n)));
            }
            Doc::Lines(text) => {
                self.out.line.push(' ');
                scalar_into(&mut self.out.line, &text.text);
                self.out.why.extend(text.all_why());
                self.out.end();
            }
            scalar => {
                self.out.line.push(' ');
                self.scalar(scalar);
                self.out.end();
            }
        }
    }

    fn tag(&mut self, tag: &str) {
        self.out.line.push_str(" !");
        self.out.line.push_str(tag);
    }

    /// The lines of a file as they are; `reason` says why each is there.
    fn block(&mut self, s: &str, depth: usize, reason: impl Fn(&mut Vec<Origin>, usize)) {
        self.out.line.push_str(" |");
        self.out.end();
        for (n, line) in s.lines().enumerate() {
            if !line.is_empty() {
                self.out.indent(depth);
                self.out.line.push_str(line);
            }
            reason(&mut self.out.why, n);
            self.out.end();
        }
    }

    fn list(&mut self, items: &[(Why, Doc)], depth: usize) {
        for (why, doc) in items {
            if self.out.line.is_empty() {
                self.out.indent(depth);
            }
            self.out.line.push('-');
            self.reason(why);
            match doc {
                Doc::Map(m) if !m.is_empty() => {
                    self.out.line.push(' ');
                    self.map(m, depth + 1);
                }
                Doc::Map(_) => {
                    self.out.line.push_str(" {}");
                    self.out.end();
                }
                Doc::List(l) if l.items.is_empty() => {
                    self.out.line.push_str(" []");
                    self.out.end();
                }
                Doc::List(l) => {
                    self.out.line.push(' ');
                    self.list(&l.items, depth + 1);
                }
                Doc::Tagged(tag, inner) => {
                    self.tag(tag);
                    self.after_key(inner, depth);
                }
                scalar => {
                    self.out.line.push(' ');
                    self.scalar(scalar);
                    self.out.end();
                }
            }
        }
    }

    fn scalar(&mut self, doc: &Doc) {
        match doc {
            Doc::Null => self.out.line.push_str("null"),
            Doc::Bool(b) => self.out.line.push_str(if *b { "true" } else { "false" }),
            Doc::Int(n) => {
                use std::fmt::Write;
                let _ = write!(self.out.line, "{n}");
            }
            Doc::Str(s) => scalar_into(&mut self.out.line, s),
            Doc::List(_) | Doc::Map(_) | Doc::Tagged(..) | Doc::Lines(_) => {}
        }
    }
}

fn scalar_into(line: &mut String, s: &str) {
    if plain(s) { line.push_str(s) } else { quote(line, s) }
}

/// Whether a text is a file that can stand as it is (YAML 1.2.2 section 8.1.2): lines of printable ASCII that end with one line
/// feed each, the first of which begins with no blank and none of which ends with one.
fn literal(s: &str) -> bool {
    let Some(body) = s.strip_suffix('\n') else { return false };
    let printable = |l: &str| l.bytes().all(|b| (0x20..0x7f).contains(&b)) && !l.ends_with(' ');
    !body.is_empty() && !body.starts_with([' ', '\n']) && !body.ends_with('\n') && body.split('\n').all(printable)
}

/// Whether a text can stand without quotes for every reader: letters, digits and a few signs, and nothing that some
/// YAML version takes for a boolean, a null, a number, a date or a sexagesimal.
pub fn plain(s: &str) -> bool {
    let mut bytes = s.bytes();
    let Some(first) = bytes.next() else { return false };
    if !(first.is_ascii_alphabetic() || first == b'_' || first == b'/') {
        return false;
    }
    if !bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-' | b'@' | b'+')) {
        return false;
    }
    const WORDS: [&str; 11] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"];
    !WORDS.iter().any(|w| s.eq_ignore_ascii_case(w))
}

/// A double-quoted scalar: everything that is not printable ASCII or a letter of another script is escaped.
pub fn quote(line: &mut String, s: &str) {
    use std::fmt::Write;
    line.push('"');
    for c in s.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\t' => line.push_str("\\t"),
            '\r' => line.push_str("\\r"),
            c if c.is_control()
                || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                let n = c as u32;
                let _ = if n <= 0xff { write!(line, "\\x{n:02x}") } else { write!(line, "\\u{n:04x}") };
            }
            c => line.push(c),
        }
    }
    line.push('"');
}
