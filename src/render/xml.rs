//! XML of elements, attributes and text in which each element carries its origins: two blanks an indent; knows no vocabulary.

use std::borrow::Cow;
use std::fmt::Write;

use super::text::Pending;
use super::{Doc, IntoDoc, IntoKey, Text, Why};
use crate::source::{Origin, Rule};

/// An element.
#[derive(Clone, PartialEq, Debug)]
pub struct Xml {
    name: Cow<'static, str>,
    attrs: Vec<(Cow<'static, str>, String)>,
    why: Why,
    body: Body,
}

/// What is inside an element.
#[derive(Clone, PartialEq, Debug)]
enum Body {
    /// Nothing.
    Empty,
    /// Text; more than one line where a value is a list of lines. Each line has origins.
    Text(Vec<(Why, String)>),
    /// Elements.
    Elements(Vec<Xml>),
}

/// Prints a document: comments of ours above the root, then the root.
pub fn xml(root: &Xml, header: &[&'static str], rule: Rule) -> Text {
    let mut p = Printer { out: Pending::default() };
    p.own("<?xml version=\"1.0\"?>", rule);
    for line in header {
        // Two hyphens would end the comment early.
        debug_assert!(!line.contains("--"), "a comment with two hyphens: {line}");
        p.own(&format!("<!-- {line} -->"), rule);
    }
    p.element(root, 0);
    p.out.text
}

impl Xml {
    /// An element with nothing in it; the reason is why it is there.
    pub fn new(name: impl IntoKey, why: impl Into<Why>) -> Xml {
        let (name, more) = name.into_key();
        let mut why = why.into();
        for origin in more {
            why = why.also(origin);
        }
        debug_assert!(is_name(&name), "{name} is not a name of an element");
        Xml { name, attrs: Vec::new(), why, body: Body::Empty }
    }

    /// The element's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds an attribute.
    pub fn attr(mut self, name: &'static str, value: impl IntoDoc) -> Xml {
        let (doc, why) = value.into_doc();
        self.why = self.why.also(why);
        self.attrs.push((name.into(), text(&doc)));
        self
    }

    /// Cites a value that is not printed: what the element depends on without showing it, such as a flag that is off.
    pub fn cite(&mut self, why: impl Into<Why>) {
        self.why = self.why.clone().also(why);
    }

    /// Adds an element that holds a value: a boolean is `1` or `0`.
    pub fn put(&mut self, name: impl IntoKey, value: impl IntoDoc) {
        let (doc, why) = value.into_doc();
        let mut child = Xml::new(name, why.clone());
        let text = text(&doc);
        if !text.is_empty() {
            child.body = Body::Text(vec![(why, text)]);
        }
        self.push(child);
    }

    /// Adds an element when there is a value.
    pub fn put_some(&mut self, name: impl IntoKey, value: Option<impl IntoDoc>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Adds an element that holds lines, each with its own origins; none is an empty element.
    pub fn lines(&mut self, name: impl IntoKey, why: impl Into<Why>, lines: Vec<(Doc, Why)>) {
        let mut child = Xml::new(name, why);
        if !lines.is_empty() {
            child.body = Body::Text(lines.into_iter().map(|(doc, why)| (why, text(&doc))).collect());
        }
        self.push(child);
    }

    /// A presence flag of sections that ask whether an element is there: `1` when it is on, no element when it is off.
    pub fn flag(&mut self, name: &'static str, on: bool, why: impl Into<Why>) {
        if on {
            self.put(name, (Doc::Bool(true), why.into()));
        } else {
            self.cite(why);
        }
    }

    /// Adds an element with elements in it.
    pub fn element(&mut self, name: impl IntoKey, why: impl Into<Why>, fill: impl FnOnce(&mut Xml)) {
        let mut child = Xml::new(name, why);
        fill(&mut child);
        self.push(child);
    }

    /// Adds an element.
    ///
    /// # Panics
    /// In debug builds when there is text in this one already: an emitter's mistake.
    pub fn push(&mut self, child: Xml) {
        match &mut self.body {
            Body::Elements(list) => list.push(child),
            Body::Empty => self.body = Body::Elements(vec![child]),
            Body::Text(_) => debug_assert!(false, "{} has text already", self.name),
        }
    }

    /// The element of that name in this one, made when it is not there; the rule says why.
    pub fn sub(&mut self, name: &'static str, rule: Rule) -> &mut Xml {
        if !matches!(self.body, Body::Elements(_)) {
            self.body = Body::Elements(Vec::new());
        }
        let Body::Elements(list) = &mut self.body else { unreachable!("it was made above") };
        let at = list.iter().position(|c| c.name == name).unwrap_or_else(|| {
            list.push(Xml::new(name, rule));
            list.len() - 1
        });
        &mut list[at]
    }

    /// The elements in this one.
    pub fn children(&self) -> &[Xml] {
        match &self.body {
            Body::Elements(list) => list,
            Body::Empty | Body::Text(_) => &[],
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The text of the child of that name, on one line, with its reason.
    pub fn text_of(&self, name: &str) -> Option<(&str, &Why)> {
        let child = self.children().iter().find(|c| c.name == name)?;
        match &child.body {
            Body::Text(lines) => lines.first().map(|(why, line)| (line.as_str(), why)),
            Body::Empty | Body::Elements(_) => None,
        }
    }

    /// Why it is there.
    pub fn why(&self) -> &Why {
        &self.why
    }

    /// Whether a text at any depth is told so by `is`.
    pub fn any_text(&self, is: &dyn Fn(&str) -> bool) -> bool {
        match &self.body {
            Body::Empty => false,
            Body::Text(lines) => lines.iter().any(|(_, l)| is(l)),
            Body::Elements(list) => list.iter().any(|c| c.any_text(is)),
        }
    }

    /// The element as text without origins: what a stamp of its content is made from.
    pub fn content(&self) -> String {
        let mut p = Printer { out: Pending::default() };
        p.element(self, 0);
        p.out.text.text
    }
}

/// A value as text.
fn text(doc: &Doc) -> String {
    match doc {
        Doc::Null => String::new(),
        Doc::Bool(b) => if *b { "1" } else { "0" }.into(),
        Doc::Int(n) => n.to_string(),
        Doc::Str(s) => s.to_string(),
        Doc::Tagged(_, inner) => text(inner),
        Doc::Lines(text) => text.text.clone(),
        Doc::List(_) | Doc::Map(_) => {
            debug_assert!(false, "a list or a map is not the text of an element");
            String::new()
        }
    }
}

/// What we call elements: ASCII letters, digits, `_` and `-`, a letter or `_` first.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// Escapes a text. Characters that XML 1.0 cannot hold at all become `?`: no value of the language has one.
fn escape(to: &mut String, text: &str, attribute: bool) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' if attribute => to.push_str("&quot;"),
            '\t' => to.push_str("&#9;"),
            '\r' => to.push_str("&#13;"),
            '\n' => to.push_str("&#10;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => to.push('?'),
            // White space that parsers or people take for another line or for nothing.
            '\u{7f}'..='\u{a0}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(to, "&#{};", u32::from(c));
            }
            c => to.push(c),
        }
    }
}

struct Printer {
    out: Pending,
}

impl Printer {
    fn own(&mut self, line: &str, rule: Rule) {
        self.out.line.push_str(line);
        self.out.why.push(rule.origin());
        self.out.end();
    }

    fn element(&mut self, e: &Xml, depth: usize) {
        let outer: Vec<Origin> = e.why.iter().collect();
        self.out.indent(depth);
        self.out.line.push('<');
        self.out.line.push_str(&e.name);
        for (name, value) in &e.attrs {
            self.out.line.push(' ');
            self.out.line.push_str(name);
            self.out.line.push_str("=\"");
            escape(&mut self.out.line, value, true);
            self.out.line.push('"');
        }
        self.out.why.extend(&outer);
        match &e.body {
            Body::Empty => self.out.line.push_str("/>"),
            Body::Text(lines) => {
                self.out.line.push('>');
                for (i, (why, line)) in lines.iter().enumerate() {
                    if i > 0 {
                        self.out.end();
                        self.out.why.extend(&outer);
                    }
                    self.out.why.extend(why.iter());
                    escape(&mut self.out.line, line, false);
                }
                self.close(e);
            }
            Body::Elements(list) => {
                self.out.line.push('>');
                self.out.end();
                for child in list {
                    self.element(child, depth + 1);
                }
                self.out.indent(depth);
                self.out.why.extend(&outer);
                self.close(e);
            }
        }
        self.out.end();
    }

    fn close(&mut self, e: &Xml) {
        self.out.line.push_str("</");
        self.out.line.push_str(&e.name);
        self.out.line.push('>');
    }
}
