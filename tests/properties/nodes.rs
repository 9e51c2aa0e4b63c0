//! A topology as nodes that a test can move and change; prints them again, knows no word of the language.

use topoc::diag::Sink;
use topoc::source::{FileId, Source};
use topoc::syntax::{Document, NodeId, parse};

/// A node without its comments.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    pub word: String,
    /// Arguments (no name) and properties as they are written.
    pub entries: Vec<(Option<String>, String)>,
    pub kids: Vec<Node>,
}

/// Where a node is: the index on each level.
pub type Place = Vec<usize>;

/// The nodes of a text that is known to parse.
pub fn read(text: &str) -> Vec<Node> {
    let source = Source::new("test.kdl", text);
    let mut sink = Sink::default();
    let doc = parse(&source, FileId(0), &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.diags());
    doc.roots().map(|id| node(&doc, text, id)).collect()
}

fn node(doc: &Document, text: &str, id: NodeId) -> Node {
    let entries = doc.entries(id).iter();
    Node {
        word: text[doc.node(id).name_span.range()].to_string(),
        entries: entries
            .map(|e| (e.name.map(|(_, s)| text[s.range()].to_string()), text[e.span.range()].to_string()))
            .collect(),
        kids: doc.children(id).map(|c| node(doc, text, c)).collect(),
    }
}

/// The text of nodes.
pub fn print(nodes: &[Node]) -> String {
    let mut out = String::new();
    nodes.iter().for_each(|n| line(n, 0, &mut out));
    out
}

fn line(n: &Node, depth: usize, out: &mut String) {
    out.push_str(&"    ".repeat(depth));
    out.push_str(&n.word);
    for (name, value) in &n.entries {
        out.push(' ');
        if let Some(name) = name {
            out.push_str(name);
            out.push('=');
        }
        out.push_str(value);
    }
    if !n.kids.is_empty() {
        out.push_str(" {\n");
        n.kids.iter().for_each(|k| line(k, depth + 1, out));
        out.push_str(&"    ".repeat(depth));
        out.push('}');
    }
    out.push('\n');
}

/// The places of all nodes, parents before children.
pub fn places(nodes: &[Node]) -> Vec<Place> {
    fn walk(nodes: &[Node], at: &mut Place, all: &mut Vec<Place>) {
        for (i, n) in nodes.iter().enumerate() {
            at.push(i);
            all.push(at.clone());
            walk(&n.kids, at, all);
            at.pop();
        }
    }
    let mut all = Vec::new();
    walk(nodes, &mut Vec::new(), &mut all);
    all
}

/// The siblings among which a place is.
pub fn siblings<'a>(nodes: &'a mut Vec<Node>, place: &[usize]) -> &'a mut Vec<Node> {
    place[..place.len() - 1].iter().fold(nodes, |list, i| &mut list[*i].kids)
}

/// The node at a place.
pub fn at<'a>(nodes: &'a mut Vec<Node>, place: &[usize]) -> &'a mut Node {
    &mut siblings(nodes, place)[place[place.len() - 1]]
}

/// Places of the statements that a chain of words leads to; the empty chain is the file.
pub fn find(nodes: &[Node], chain: &[&str]) -> Vec<Place> {
    fn walk(nodes: &[Node], chain: &[&str], at: &mut Place, all: &mut Vec<Place>) {
        for (i, n) in nodes.iter().enumerate().filter(|(_, n)| n.word == chain[0]) {
            at.push(i);
            match chain.len() {
                1 => all.push(at.clone()),
                _ => walk(&n.kids, &chain[1..], at, all),
            }
            at.pop();
        }
    }
    let mut all = Vec::new();
    walk(nodes, chain, &mut Vec::new(), &mut all);
    all
}

/// Numbers that are the same in each run (Marsaglia, "Xorshift RNGs", 2003).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n.max(1) as u64) as usize
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}
