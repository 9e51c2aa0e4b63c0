//! Reports signs in texts that nobody sees; takes nothing out.

use super::Reader;
use crate::diag::{Diag, code};
use crate::source::unseen;
use crate::syntax::Literal;

impl Reader<'_> {
    /// E0111: no text that reaches the tree has a sign that nobody sees, whatever word it stands under, and neither has a key of
    /// `raw`: a reviewer would read another tree than machines do (CVE-2021-42574). The parser has seen those that stand in the
    /// file themselves and may not stand there at all; these are the others, and those that are written as escapes.
    pub(super) fn unseen_signs(&mut self) {
        let doc = self.doc;
        for node in doc.nodes.iter().filter(|n| !n.broken) {
            let entries = &doc.entries[node.entries.start as usize..node.entries.end as usize];
            let names = entries.iter().filter_map(|e| e.name);
            let values = entries.iter().filter_map(|e| match e.value {
                Literal::Str { text, .. } => Some((text, e.span)),
                Literal::Int(_) | Literal::Float(_) | Literal::Bool(_) | Literal::Null | Literal::Broken => None,
            });
            for (text, span) in std::iter::once((node.name, node.name_span)).chain(names).chain(values) {
                let Some(c) = doc.text(&self.source.text, text).chars().find(|c| unseen(*c)) else { continue };
                let what = format!("U+{:04X} cannot be seen and may not stand in a text", u32::from(c));
                self.sink.report(
                    Diag::new(code::E0111, what)
                        .at(span, "who reads the tree would not read what is there")
                        .help("remove it"),
                );
            }
        }
    }
}
