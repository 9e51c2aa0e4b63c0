//! KDL 1 text to KDL 2 text, for `topoc fmt --from-kdl1` only; never reads a topology.
//!
//! The `kdl` crate says whether the text is KDL 1 and what it means. The text is then rewritten token by token, so
//! that comments, layout and what is commented out by a slashdash stay (the crate's own conversion loses raw strings:
//! `r"b\c"` becomes `"b\c"` in 6.7.1), and the result is read again and compared with what the crate said.

use super::lex::{self, class, newline, numeric};
use super::{Document, Literal, NodeId};
use crate::diag::Sink;
use crate::source::{FileId, Source};

/// Deeper input is refused: the `kdl` crate descends by recursion and would overflow the stack.
const MAX_NESTING: usize = 100;

/// Longer input is refused: the `kdl` crate reads about 1 MB in a second.
const MAX_BYTES: usize = 4 << 20;

/// The same document in KDL 2 with its comments and its layout.
///
/// # Errors
/// A sentence that says why it cannot be converted: too long, nested too deep, no KDL 1, or something in it has no
/// counterpart in KDL 2.
pub fn convert_kdl1(text: &str) -> Result<String, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the file is longer than {} MiB", MAX_BYTES >> 20));
    }
    if nesting(text.as_bytes()) > MAX_NESTING {
        return Err(format!("the file is nested more than {MAX_NESTING} deep"));
    }
    let old = kdl::KdlDocument::parse_v1(text).map_err(|error| match error.diagnostics.first() {
        Some(first) => {
            let upto = text.as_bytes().iter().take(first.span.offset());
            let line = 1 + upto.filter(|c| **c == b'\n').count();
            let what = first.message.as_deref().unwrap_or("it cannot be read");
            format!("line {line} is no KDL 1: {what}")
        }
        None => "the file is no KDL 1".to_string(),
    })?;
    let mut new = rewrite(text);
    if let Some((_, end)) = super::parse::version_one(&new) {
        new.replace_range(end - 1..end, "2");
    }
    let source = Source::new("", new);
    let mut sink = Sink::default();
    let doc = super::parse(&source, FileId::default(), &mut sink);
    if let Some(diag) = sink.diags().first() {
        let line = diag.labels.first().map_or(1, |l| source.line_col(l.span.start).0);
        return Err(format!("line {line} has no counterpart in KDL 2: {}", diag.message));
    }
    if !same(&old, &doc, &source.text, doc.roots()) {
        return Err("the file would mean something else in KDL 2".to_string());
    }
    Ok(source.text)
}

/// The deepest nesting of braces or of comments. Those in strings count too: that refuses a little too much, and needs
/// no parser.
fn nesting(b: &[u8]) -> usize {
    let (mut braces, mut comments, mut deepest) = (0usize, 0usize, 0);
    let mut i = 0;
    while i < b.len() {
        i += match (b[i], b.get(i + 1)) {
            (b'/', Some(b'*')) => {
                comments += 1;
                2
            }
            (b'*', Some(b'/')) => {
                comments = comments.saturating_sub(1);
                2
            }
            (b'{', _) => {
                braces += 1;
                1
            }
            (b'}', _) => {
                braces = braces.saturating_sub(1);
                1
            }
            _ => 1,
        };
        deepest = deepest.max(braces).max(comments);
    }
    deepest
}

/// Writes the tokens that changed between the versions anew.
fn rewrite(text: &str) -> String {
    let b = text.as_bytes();
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut i = 0;
    while i < b.len() {
        let from = i;
        match b[i] {
            b'/' if b.get(i + 1) == Some(&b'/') => i = lex::line_end(b, i),
            b'/' if b.get(i + 1) == Some(&b'*') => i = lex::comment_end(b, i),
            b'"' => {
                i += 1;
                while i < b.len() && b[i] != b'"' {
                    i += if b[i] == b'\\' { 2 } else { 1 };
                }
                i = (i + 1).min(b.len());
                quoted(&text[from..i], &mut out);
                continue;
            }
            b'r' if raw_open(b, i).is_some() => {
                let hashes = raw_open(b, i).unwrap_or(0);
                let body = i + 2 + hashes;
                let close = format!("\"{}", "#".repeat(hashes));
                let end = text[body..].find(&close).map_or(b.len(), |n| body + n);
                raw(&text[body..end], hashes, &mut out);
                i = (end + close.len()).min(b.len());
                continue;
            }
            _ => {
                let end = word_end(b, i);
                if end == i {
                    i += class(b, i).1.max(1);
                } else {
                    i = end;
                    word(&text[from..i], &mut out);
                    continue;
                }
            }
        }
        out.push_str(&text[from..i]);
    }
    out
}

/// How many number signs open the raw string at `r`.
fn raw_open(b: &[u8], i: usize) -> Option<usize> {
    let hashes = b[i + 1..].iter().take_while(|c| **c == b'#').count();
    (b.get(i + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

/// Where the word at `i` ends: in KDL 1 a number sign may stand in words.
fn word_end(b: &[u8], mut i: usize) -> usize {
    loop {
        let end = lex::word_end(b, i);
        if b.get(end) != Some(&b'#') {
            return end;
        }
        i = end + 1;
    }
}

fn word(word: &str, out: &mut String) {
    match word {
        "true" | "false" | "null" => {
            out.push('#');
            out.push_str(word);
        }
        "inf" | "-inf" | "nan" => escape(word, out),
        _ if word.contains('#') || numeric(word.as_bytes()) && lex::number(word).is_none() => escape(word, out),
        _ => out.push_str(word),
    }
}

/// A string with its quotes and escapes: KDL 2 has no `\/`, and line breaks only as escapes or in three quotes.
fn quoted(string: &str, out: &mut String) {
    let body = string.strip_prefix('"').and_then(|s| s.strip_suffix('"')).unwrap_or(string);
    if body.contains(['\n', '\r', '\u{85}', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']) && lines(body, false, out) {
        return;
    }
    let mut rest = string;
    while let Some(c) = rest.chars().next() {
        let mut len = c.len_utf8();
        match c {
            '\\' => {
                let next = rest[1..].chars().next().map_or(0, char::len_utf8);
                len += next;
                out.push_str(if rest.starts_with("\\/") { "/" } else { &rest[..len] });
            }
            _ if newline(rest.as_bytes(), 0) > 0 => push_escaped(c, out),
            _ => out.push(c),
        }
        rest = &rest[len..];
    }
}

fn raw(body: &str, hashes: usize, out: &mut String) {
    if body.chars().any(|c| newline(c.encode_utf8(&mut [0; 4]).as_bytes(), 0) > 0) {
        if !lines(body, true, out) {
            escape(body, out);
        }
    } else if body.starts_with("\"\"") {
        // Would open a string of several lines.
        escape(body, out);
    } else {
        let signs = "#".repeat(hashes.max(1));
        out.push_str(&signs);
        out.push('"');
        out.push_str(body);
        out.push('"');
        out.push_str(&signs);
    }
}

/// A body with line breaks between three quotes, unindented, when that is the same text.
fn lines(body: &str, raw: bool, out: &mut String) -> bool {
    let blank = |line: &str| !line.is_empty() && line.trim().is_empty();
    let plain = !body.contains("\"\"\"") && !body.contains(['\r', '\u{85}', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']);
    if !plain || body.split('\n').any(blank) || body.contains('\\') && !raw {
        return false;
    }
    let sign = if raw { "#" } else { "" };
    out.push_str(sign);
    out.push_str("\"\"\"\n");
    out.push_str(body);
    out.push_str("\n\"\"\"");
    out.push_str(sign);
    true
}

/// A quoted string of this text.
fn escape(text: &str, out: &mut String) {
    out.push('"');
    text.chars().for_each(|c| push_escaped(c, out));
    out.push('"');
}

fn push_escaped(c: char, out: &mut String) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        c if c.is_control() => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        c => out.push(c),
    }
}

/// Whether both say the same. Descends no further than [`MAX_NESTING`].
fn same(old: &kdl::KdlDocument, doc: &Document, text: &str, nodes: impl Iterator<Item = NodeId>) -> bool {
    let nodes: Vec<NodeId> = nodes.collect();
    nodes.len() == old.nodes().len()
        && old.nodes().iter().zip(nodes).all(|(old, id)| {
            let node = doc.node(id);
            let ty = |old: Option<&kdl::KdlIdentifier>, new: Option<super::Str>| {
                old.map(|t| t.value()) == new.map(|t| doc.text(text, t))
            };
            let entries = doc.entries(id);
            let same_entries = entries.len() == old.entries().len()
                && old.entries().iter().zip(entries).all(|(old, new)| {
                    let value = match (old.value(), new.value) {
                        (kdl::KdlValue::String(s), Literal::Str { text: t, .. }) => s == doc.text(text, t),
                        (kdl::KdlValue::Integer(a), Literal::Int(b)) => *a == b,
                        (kdl::KdlValue::Float(a), Literal::Float(b)) => *a == b,
                        (kdl::KdlValue::Bool(a), Literal::Bool(b)) => *a == b,
                        (kdl::KdlValue::Null, Literal::Null) => true,
                        _ => false,
                    };
                    value && ty(old.name(), new.name.map(|n| n.0)) && ty(old.ty(), new.ty.map(|t| t.0))
                });
            let children = match old.children() {
                Some(children) => same(children, doc, text, Vec::from_iter(doc.children(id)).into_iter()),
                None => doc.children(id).next().is_none(),
            };
            old.name().value() == doc.text(text, node.name)
                && ty(old.ty(), node.ty.map(|t| t.0))
                && same_entries
                && children
        })
}
