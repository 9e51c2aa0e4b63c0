//! JSON, two blanks an indent, keys in the order of the document.

use super::text::Pending;
use super::{Doc, Map, Text, Why};
use crate::source::{Origin, Rule};

/// Prints a document; the rule is why its braces are there.
pub fn json(doc: &Map, rule: Rule) -> Text {
    let mut p = Printer { out: Pending { why: vec![rule.origin()], ..Pending::default() } };
    p.map(doc, 0, &[rule.origin()]);
    p.out.end();
    p.out.text
}

struct Printer {
    out: Pending,
}

impl Printer {
    fn map(&mut self, map: &Map, depth: usize, outer: &[Origin]) {
        if map.is_empty() {
            self.out.line.push_str("{}");
            return;
        }
        self.out.line.push('{');
        self.out.end();
        for (i, entry) in map.entries.iter().enumerate() {
            self.out.indent(depth + 1);
            quote(&mut self.out.line, &entry.key);
            self.out.line.push_str(": ");
            self.value(&entry.doc, depth + 1, &entry.why);
            if i + 1 < map.entries.len() {
                self.out.line.push(',');
            }
            self.out.end();
        }
        self.out.indent(depth);
        self.out.line.push('}');
        self.out.why.extend(outer);
    }

    fn value(&mut self, doc: &Doc, depth: usize, why: &Why) {
        self.out.why.extend(why.iter());
        match doc {
            Doc::Null => self.out.line.push_str("null"),
            Doc::Bool(b) => self.out.line.push_str(if *b { "true" } else { "false" }),
            Doc::Int(n) => {
                use std::fmt::Write;
                let _ = write!(self.out.line, "{n}");
            }
            Doc::Str(s) => quote(&mut self.out.line, s),
            Doc::Tagged(_, inner) => self.value(inner, depth, why),
            Doc::Lines(text) => {
                quote(&mut self.out.line, &text.text);
                self.out.why.extend(text.all_why());
            }
            Doc::Map(m) => {
                let outer: Vec<Origin> = why.iter().collect();
                self.map(m, depth, &outer);
            }
            Doc::List(l) if l.items.is_empty() => self.out.line.push_str("[]"),
            Doc::List(l) => {
                let outer: Vec<Origin> = why.iter().collect();
                self.out.line.push('[');
                self.out.end();
                for (i, (why, item)) in l.items.iter().enumerate() {
                    self.out.indent(depth + 1);
                    self.value(item, depth + 1, why);
                    if i + 1 < l.items.len() {
                        self.out.line.push(',');
                    }
                    self.out.end();
                }
                self.out.indent(depth);
                self.out.line.push(']');
                self.out.why.extend(outer);
            }
        }
    }
}

/// A JSON string (RFC 8259 section 7).
pub(super) fn quote(line: &mut String, s: &str) {
    use std::fmt::Write;
    line.push('"');
    if s.bytes().all(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f | 0x7f)) {
        line.push_str(s);
        line.push('"');
        return;
    }
    for c in s.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                let _ = write!(line, "\\u{:04x}", c as u32);
            }
            c => line.push(c),
        }
    }
    line.push('"');
}
