//! XML of a backup as it is: elements, attributes, text, CDATA, comments and instructions in their order; knows no word of OPNsense.
//!
//! The only module that knows the XML library. Document types and entities beyond XML's own five are refused, because no
//! config.xml has them and they are how a small file becomes a large one (RFC 7303, 10; XML 1.0, 4.1).

use std::borrow::Cow;
use std::fmt::Write;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// A file larger than this is not a config.xml: with graphs of years it has 20 MiB.
pub const LARGEST: usize = 64 << 20;
/// Elements in elements: OPNsense's own are eight deep.
const DEEPEST: usize = 64;

/// A document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Document {
    /// What `<?xml …?>` says, when there is one.
    declaration: Option<String>,
    /// What is above the root.
    head: Vec<Node>,
    /// The root.
    pub root: Element,
    /// What is below it.
    tail: Vec<Node>,
}

/// A part of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Node {
    /// An element.
    Element(Element),
    /// A text, with nothing escaped.
    Text(String),
    /// A CDATA section.
    CData(String),
    /// A comment.
    Comment(String),
    /// A processing instruction.
    Instruction(String),
}

/// An element.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes, with nothing escaped.
    pub attrs: Vec<(String, String)>,
    /// What is in it.
    pub nodes: Vec<Node>,
}

/// Why a text is not a document that can be worked on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Document {
    /// A document with this root and nothing beside it.
    pub fn new(root: Element) -> Document {
        Document { declaration: Some("version=\"1.0\"".into()), head: Vec::new(), root, tail: Vec::new() }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// The first thing that is not XML 1.0 in UTF-8, that has a document type or an entity of its own, or that is too large
    /// or too deep.
    pub fn parse(bytes: &[u8]) -> Result<Document, Fault> {
        let fault = |at: usize, what: String| {
            let before = &bytes[..at.min(bytes.len())];
            Fault { line: before.iter().filter(|b| **b == b'\n').count() + 1, what }
        };
        if bytes.len() > LARGEST {
            return Err(fault(
                0,
                format!("it has {} MiB, more than the {} of any backup", bytes.len() >> 20, LARGEST >> 20),
            ));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|e| {
            let at = e.valid_up_to();
            fault(at, format!("byte 0x{:02x} is not UTF-8", bytes[at]))
        })?;
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !is_char(*c)) {
            return Err(fault(at, format!("character U+{:04X} cannot be in XML", u32::from(c))));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut builder = Builder::default();
        loop {
            let event = reader.read_event();
            let at = usize::try_from(reader.error_position().max(reader.buffer_position())).unwrap_or(usize::MAX);
            match event {
                Ok(Event::Eof) => return builder.done().map_err(|what| fault(at, what)),
                Ok(event) => builder.take(event).map_err(|what| fault(at, what))?,
                Err(e) => {
                    let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
                    return Err(fault(at, format!("it is not XML: {e}")));
                }
            }
        }
    }

    /// The comments above and below the root.
    pub fn remarks(&self) -> impl Iterator<Item = &str> {
        self.head.iter().chain(&self.tail).filter_map(|n| match n {
            Node::Comment(c) => Some(c.as_str()),
            Node::Element(_) | Node::Text(_) | Node::CData(_) | Node::Instruction(_) => None,
        })
    }

    /// The document as text: what was read is written as it was, but for how characters were escaped.
    pub fn print(&self) -> String {
        let mut out = String::new();
        if let Some(d) = &self.declaration {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "<?xml {d}?>");
        }
        for n in &self.head {
            n.print(&mut out);
            out.push('\n');
        }
        self.root.print(&mut out);
        out.push('\n');
        for n in &self.tail {
            n.print(&mut out);
            out.push('\n');
        }
        out
    }
}

/// XML 1.0, production 2.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Builds the tree from events.
#[derive(Default)]
struct Builder {
    declaration: Option<String>,
    head: Vec<Node>,
    tail: Vec<Node>,
    root: Option<Element>,
    open: Vec<Element>,
}

impl Builder {
    fn done(self) -> Result<Document, String> {
        if let Some(e) = self.open.last() {
            return Err(format!("the file ends inside of <{}>: it is not whole", e.name));
        }
        let root = self.root.ok_or("there is no element in it")?;
        Ok(Document { declaration: self.declaration, head: self.head, root, tail: self.tail })
    }

    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Start(start) => {
                if self.open.len() >= DEEPEST {
                    return Err(format!("more than {DEEPEST} elements inside of each other"));
                }
                if self.open.is_empty() && self.root.is_some() {
                    return Err("a second root element".into());
                }
                self.open.push(element(&start)?);
            }
            Event::Empty(start) => {
                if self.open.is_empty() && self.root.is_some() {
                    return Err("a second root element".into());
                }
                let e = element(&start)?;
                self.close(e);
            }
            Event::End(_) => {
                let e = self.open.pop().ok_or("an end without a start")?;
                self.close(e);
            }
            Event::Text(t) => self.text(&t.xml10_content())?,
            Event::GeneralRef(r) => {
                let c = entity(&r.into_inner())?;
                let e = self.open.last_mut().ok_or("a text outside of the root element")?;
                match e.nodes.last_mut() {
                    Some(Node::Text(before)) => before.push(c),
                    _ => e.nodes.push(Node::Text(c.into())),
                }
            }
            Event::CData(c) => {
                let e = self.open.last_mut().ok_or("a text outside of the root element")?;
                e.nodes.push(Node::CData(c.xml10_content().into_owned()));
            }
            Event::Comment(c) => self.node(Node::Comment(c.xml10_content().into_owned())),
            Event::PI(p) => self.node(Node::Instruction(lines(&p.into_inner()).into_owned())),
            Event::Decl(d) => {
                match d.encoding().transpose().map_err(|e| format!("the declaration cannot be read: {e}"))? {
                    Some(e) if !e.eq_ignore_ascii_case("utf-8") && !e.eq_ignore_ascii_case("us-ascii") => {
                        return Err(format!("it says that it is in {e}; OPNsense writes UTF-8"));
                    }
                    _ => {}
                }
                if self.declaration.is_some() || self.root.is_some() || !self.open.is_empty() {
                    return Err("a declaration that is not at the beginning".into());
                }
                let said = d.to_string();
                self.declaration = Some(said.strip_prefix("xml").unwrap_or(&said).trim().into());
            }
            Event::DocType(_) => return Err("it has a document type, which no config.xml has".into()),
            Event::Eof => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), String> {
        match self.open.last_mut() {
            Some(e) => match e.nodes.last_mut() {
                Some(Node::Text(before)) => before.push_str(text),
                _ => e.nodes.push(Node::Text(text.into())),
            },
            None if text.chars().all(char::is_whitespace) => {}
            None => return Err("a text outside of the root element".into()),
        }
        Ok(())
    }

    fn node(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(e) => e.nodes.push(node),
            None if self.root.is_none() => self.head.push(node),
            None => self.tail.push(node),
        }
    }

    fn close(&mut self, e: Element) {
        match self.open.last_mut() {
            Some(outer) => outer.nodes.push(Node::Element(e)),
            None => self.root = Some(e),
        }
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let name = name(start.name().into_inner())?;
    let mut attrs = Vec::new();
    for a in start.attributes() {
        let a = a.map_err(|e| format!("an attribute of <{name}> cannot be read: {e}"))?;
        attrs.push((self::name(a.key.into_inner())?, attribute(&a.value)?));
    }
    Ok(Element { name, attrs, nodes: Vec::new() })
}

/// A name: what XML 1.0 allows of ASCII, and anything beyond ASCII.
fn name(text: &str) -> Result<String, String> {
    let first = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':') || !c.is_ascii();
    let fits =
        text.starts_with(first) && text.chars().all(|c| first(c) || c.is_ascii_digit() || matches!(c, '-' | '.'));
    match fits {
        true => Ok(text.into()),
        false => Err(format!("{text:?} is not a name of an element or attribute")),
    }
}

/// The value of an attribute: XML 1.0, 3.3.3.
fn attribute(raw: &str) -> Result<String, String> {
    let mut out = String::new();
    let raw = lines(raw);
    let mut rest = &*raw;
    while let Some(at) = rest.find(['&', '<']) {
        out.extend(rest[..at].chars().map(|c| if c.is_ascii_whitespace() { ' ' } else { c }));
        let inside = rest[at..].strip_prefix('&').ok_or("an attribute has < in it")?;
        let (what, after) = inside.split_once(';').ok_or("an & without its ;")?;
        out.push(entity(what)?);
        rest = after;
    }
    out.extend(rest.chars().map(|c| if c.is_ascii_whitespace() { ' ' } else { c }));
    Ok(out)
}

/// XML 1.0, 2.11: all line ends are one character.
fn lines(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        false => Cow::Borrowed(text),
    }
}

/// One of XML's own five entities, or a character by its number.
fn entity(name: &str) -> Result<char, String> {
    let number = name.strip_prefix('#').map(|n| match n.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16),
        None if n.bytes().all(|b| b.is_ascii_digit()) => n.parse(),
        _ => "".parse(),
    });
    match (name, number) {
        ("amp", _) => Ok('&'),
        ("lt", _) => Ok('<'),
        ("gt", _) => Ok('>'),
        ("quot", _) => Ok('"'),
        ("apos", _) => Ok('\''),
        (_, Some(n)) => {
            let c = n.ok().and_then(char::from_u32).filter(|c| is_char(*c));
            c.ok_or_else(|| format!("&{name}; is not a character that XML can hold"))
        }
        (_, None) => Err(format!("&{name}; is an entity of its own, which no config.xml has")),
    }
}

impl Element {
    /// An element with nothing in it.
    pub fn new(name: impl Into<String>) -> Element {
        Element { name: name.into(), ..Element::default() }
    }

    /// An element with a text.
    pub fn with(name: impl Into<String>, text: impl Into<String>) -> Element {
        let mut e = Element::new(name);
        e.set_text(text);
        e
    }

    /// Adds an element at the end; what it is given back for chains.
    pub fn push(mut self, child: Element) -> Element {
        self.nodes.push(Node::Element(child));
        self
    }

    /// The value of an attribute.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attrs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Sets an attribute at its place, or adds it.
    pub fn set_attr(&mut self, name: &str, value: impl Into<String>) {
        match self.attrs.iter_mut().find(|(n, _)| n == name) {
            Some((_, v)) => *v = value.into(),
            None => self.attrs.push((name.into(), value.into())),
        }
    }

    /// The elements in it.
    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|n| match n {
            Node::Element(e) => Some(e),
            Node::Text(_) | Node::CData(_) | Node::Comment(_) | Node::Instruction(_) => None,
        })
    }

    /// The elements in it, to change.
    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.nodes.iter_mut().filter_map(|n| match n {
            Node::Element(e) => Some(e),
            Node::Text(_) | Node::CData(_) | Node::Comment(_) | Node::Instruction(_) => None,
        })
    }

    /// The first element of that name in it.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children().find(|c| c.name == name)
    }

    /// The same, to change.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Element> {
        self.children_mut().find(|c| c.name == name)
    }

    /// The element at a path of names, the first of each name.
    pub fn at(&self, path: &str) -> Option<&Element> {
        path.split('/').filter(|s| !s.is_empty()).try_fold(self, |e, name| e.child(name))
    }

    /// The text of the element of that name in it; empty when there is none.
    pub fn value(&self, name: &str) -> String {
        self.child(name).map(Element::text).unwrap_or_default()
    }

    /// Whether there is no element in it.
    pub fn is_leaf(&self) -> bool {
        self.children().next().is_none()
    }

    /// Its text, CDATA included; white space alone is none, as OPNsense's loader has it (SimpleXML with NOBLANKS).
    pub fn text(&self) -> String {
        let mut all = String::new();
        for n in &self.nodes {
            match n {
                Node::Text(t) | Node::CData(t) => all.push_str(t),
                Node::Element(_) | Node::Comment(_) | Node::Instruction(_) => {}
            }
        }
        if all.chars().all(char::is_whitespace) {
            all.clear();
        }
        all
    }

    /// Makes a text all that is in it.
    pub fn set_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.nodes = if text.is_empty() { Vec::new() } else { vec![Node::Text(text)] };
    }

    /// Adds an element below the others, on a line of its own with its indent.
    pub fn append(&mut self, child: Element, depth: usize) {
        let at = match self.nodes.last() {
            Some(Node::Text(t)) if t.chars().all(char::is_whitespace) => self.nodes.len() - 1,
            _ => {
                self.nodes.push(Node::Text(indent(depth.saturating_sub(1))));
                self.nodes.len() - 1
            }
        };
        self.insert(at, child, depth);
    }

    /// Puts an element before the node of that number, on a line of its own.
    pub fn insert(&mut self, at: usize, mut child: Element, depth: usize) {
        child.lay_out(depth);
        self.nodes.insert(at, Node::Element(child));
        self.nodes.insert(at, Node::Text(indent(depth)));
    }

    /// Takes away the node of that number and the blanks before it.
    pub fn remove(&mut self, at: usize) {
        self.nodes.remove(at);
        if let Some(before) = at.checked_sub(1)
            && matches!(&self.nodes[before], Node::Text(t) if t.chars().all(char::is_whitespace))
        {
            self.nodes.remove(before);
        }
        if self.nodes.iter().all(|n| matches!(n, Node::Text(t) if t.chars().all(char::is_whitespace))) {
            self.nodes.clear();
        }
    }

    /// Lays out an element that was not read from the backup: two blanks for each level.
    pub fn lay_out(&mut self, depth: usize) {
        if self.is_leaf() {
            return;
        }
        self.nodes.retain(|n| !matches!(n, Node::Text(t) if t.chars().all(char::is_whitespace)));
        let nodes = std::mem::take(&mut self.nodes);
        for mut n in nodes {
            if let Node::Element(e) = &mut n {
                e.lay_out(depth + 1);
            }
            self.nodes.push(Node::Text(indent(depth + 1)));
            self.nodes.push(n);
        }
        self.nodes.push(Node::Text(indent(depth)));
    }

    /// What it says, however it is laid out: attributes by name, no blanks between elements, comments and instructions kept.
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        self.canon(&mut out);
        out
    }

    fn canon(&self, out: &mut String) {
        let mut attrs: Vec<_> = self.attrs.iter().collect();
        attrs.sort();
        out.push('<');
        out.push_str(&self.name);
        for (n, v) in attrs {
            // Writing to a String cannot fail.
            let _ = write!(out, " {n}={v:?}");
        }
        out.push('>');
        let mut text = String::new();
        for n in &self.nodes {
            match n {
                Node::Text(t) | Node::CData(t) => text.push_str(t),
                Node::Element(e) => {
                    flush(&mut text, out);
                    e.canon(out);
                }
                Node::Comment(c) => {
                    flush(&mut text, out);
                    let _ = write!(out, "<!--{c}-->");
                }
                Node::Instruction(p) => {
                    flush(&mut text, out);
                    let _ = write!(out, "<?{p}?>");
                }
            }
        }
        flush(&mut text, out);
        out.push_str("</>");
    }

    fn print(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (n, v) in &self.attrs {
            let _ = write!(out, " {n}=\"");
            escape(v, true, out);
            out.push('"');
        }
        if self.nodes.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for n in &self.nodes {
            n.print(out);
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

/// Puts a text into a canonical form, unless it is blanks.
fn flush(text: &mut String, out: &mut String) {
    if !text.chars().all(char::is_whitespace) {
        let _ = write!(out, "{text:?}");
    }
    text.clear();
}

impl Node {
    fn print(&self, out: &mut String) {
        match self {
            Node::Element(e) => e.print(out),
            Node::Text(t) => escape(t, false, out),
            Node::CData(t) => {
                let _ = write!(out, "<![CDATA[{t}]]>");
            }
            Node::Comment(c) => {
                let _ = write!(out, "<!--{c}-->");
            }
            Node::Instruction(p) => {
                let _ = write!(out, "<?{p}?>");
            }
        }
    }
}

fn indent(depth: usize) -> String {
    format!("\n{}", "  ".repeat(depth))
}

fn escape(text: &str, attribute: bool, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            // Any reader would make a line end of it.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}
