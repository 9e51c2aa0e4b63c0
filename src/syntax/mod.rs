//! KDL 2 text to a lossless [`Document`] and back; knows no word of the topology language.

mod format;
mod kdl1;
mod lex;
mod parse;
mod strings;

pub use format::format;
pub use kdl1::convert_kdl1;
pub use parse::parse;

use crate::source::Span;

/// Nesting of blocks and slashdashes deeper than this is an error, not a stack overflow.
pub const MAX_DEPTH: u32 = 256;

/// Number of a node in its [`Document`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

/// A parsed text: nodes in the order of the text in a flat arena. What could not be read is left out and reported.
#[derive(Debug, Default)]
pub struct Document {
    /// All nodes, parents before children.
    pub nodes: Vec<Node>,
    /// All arguments and properties, grouped by node.
    pub entries: Vec<Entry>,
    /// Text of strings that had escapes or several lines; see [`Str::Owned`].
    pub(crate) owned: String,
    /// First node at the top.
    pub(crate) first: Option<NodeId>,
    /// Something at the top was not read: what is missing may have been meant.
    pub incomplete: bool,
}

/// A string: a piece of the source when it stands there as is, else a piece of `Document::owned`.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Str {
    /// Bytes of the source text.
    Source(u32, u32),
    /// Bytes of `Document::owned`.
    Owned(u32, u32),
}

/// A node. Slashdashed nodes are not here.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name, unquoted.
    pub name: Str,
    /// Where the name stands, with quotes.
    pub name_span: Span,
    /// From the type annotation or name to the last entry or closing brace.
    pub span: Span,
    /// The type annotation `(type)`, if any, with its span (parentheses included).
    pub ty: Option<(Str, Span)>,
    /// Its entries: a range of `Document::entries`.
    pub entries: std::ops::Range<u32>,
    /// The node it is a child of.
    pub parent: Option<NodeId>,
    /// First child.
    pub first_child: Option<NodeId>,
    /// Next node on the same level.
    pub next: Option<NodeId>,
    /// Span of the block `{ … }` when there is one, even an empty one.
    pub block: Option<Span>,
    /// The text inside was not read completely: what is missing may have been meant.
    pub broken: bool,
}

/// An argument (no name) or a property.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Name of a property, and where it stands.
    pub name: Option<(Str, Span)>,
    /// The value.
    pub value: Literal,
    /// Where the value stands, with quotes and type annotation.
    pub span: Span,
    /// The type annotation, if any.
    pub ty: Option<(Str, Span)>,
}

/// A value as written.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Literal {
    /// A string of any kind; `bare` when it was an identifier without quotes.
    Str {
        /// The text.
        text: Str,
        /// Written without quotes.
        bare: bool,
    },
    /// A whole number in any base that fits.
    Int(i128),
    /// Another number; its spelling is at the span.
    Float(f64),
    /// `#true` or `#false`.
    Bool(bool),
    /// `#null`.
    Null,
    /// Could not be read and was reported.
    Broken,
}

impl Document {
    /// The node of that number.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Nodes at the top.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.chain(self.first)
    }

    /// Children of a node.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.chain(self.node(id).first_child)
    }

    /// Entries of a node in the order of the text.
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        let r = &self.node(id).entries;
        &self.entries[r.start as usize..r.end as usize]
    }

    /// The text of a string; `source` is the text that was parsed.
    pub fn text<'a>(&'a self, source: &'a str, s: Str) -> &'a str {
        match s {
            Str::Source(from, to) => &source[from as usize..to as usize],
            Str::Owned(from, to) => &self.owned[from as usize..to as usize],
        }
    }

    fn chain(&self, first: Option<NodeId>) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(first, |id| self.node(*id).next)
    }
}
