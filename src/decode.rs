//! Document to [`Facts`]: reads the whole file by the table; looks up no name and decides nothing.

use crate::diag::Sink;
use crate::ir::facts::Facts;
use crate::schema::{Demand, Reader, RefUse};
use crate::source::{Causes, FileId, Origin, Source};
use crate::syntax::Document;

/// What a file says, and the names that it uses.
#[derive(Debug)]
pub struct Decoded {
    /// What it says.
    pub facts: Facts,
    /// The names that it uses, in the order of the text.
    pub refs: Vec<RefUse>,
    /// Facts that must change the tree.
    pub demands: Vec<Demand>,
    /// Statements and words that they say in a way that was reported: what is wrong is not missing too.
    pub spoiled: Vec<(Origin, &'static str)>,
}

/// Reads a document. Everything that does not fit is in `sink`, what fits is in the result.
pub fn decode(doc: &Document, source: &Source, file: FileId, causes: &mut Causes, sink: &mut Sink) -> Decoded {
    let mut reader = Reader {
        doc,
        source,
        file,
        causes,
        sink,
        refs: Vec::new(),
        demands: Vec::new(),
        inside: "",
        within: "",
        spoiled: Vec::new(),
        partial: false,
    };
    let facts = reader.document::<Facts>();
    Decoded { facts, refs: reader.refs, demands: reader.demands, spoiled: reader.spoiled }
}
