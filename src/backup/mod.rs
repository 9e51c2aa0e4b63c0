//! A firewall's own config.xml: topoc's part merged into a backup, compared with one, or read from one; no files, no clock.

mod accept;
mod change;
mod first;
mod import;
mod merge;
mod own;
mod redact;
mod secrets;
pub mod xml;

pub use accept::{accept, whose};
pub use change::{Change, Field, Foreign, Item, readdressed, words};
pub use first::{blank, is_hash, name, set_root};
pub use import::{Imported, import};
pub use merge::{Merged, merge};
pub use own::{Owner, flags};
pub use redact::{TAKEN, is_redacted, redact};
pub use secrets::{Missing, fill, names};

use xml::{Document, Element, Fault, Node};

/// What topoc writes for a node as one file: its files for the restore page and for a merge together.
///
/// # Errors
/// When a file is not XML, which is a mistake of an emitter.
pub fn ours(texts: &[&str]) -> Result<Element, Fault> {
    let mut root = Element::new("opnsense");
    for text in texts {
        let mut file = Document::parse(text.as_bytes())?.root;
        gather(&mut file);
        take(&mut root, file);
    }
    Ok(root)
}

/// Parts of one model that two families wrote are one.
fn gather(e: &mut Element) {
    let nodes = std::mem::take(&mut e.nodes);
    for n in nodes {
        match n {
            Node::Element(mut c) => {
                gather(&mut c);
                let same =
                    |o: &&mut Element| o.name == c.name && o.attr("version").is_some() && c.attr("version").is_some();
                if let Some(first) = e.children_mut().find(same) {
                    first.nodes.extend(c.nodes);
                    continue;
                }
                e.nodes.push(Node::Element(c));
            }
            Node::Text(_) | Node::CData(_) => e.nodes.push(n),
            // Comments of ours speak of the generated file.
            Node::Comment(_) | Node::Instruction(_) => {}
        }
    }
}

/// Adds what is in one file to another: sections are one, items stand beside each other.
fn take(into: &mut Element, from: Element) {
    for n in from.nodes {
        let Node::Element(c) = n else {
            into.nodes.push(n);
            continue;
        };
        let section = c.attr("uuid").is_none() && !c.is_leaf() && !own::is_bare_item(&c.name);
        let same = |o: &&mut Element| section && o.name == c.name && o.attr("uuid").is_none() && !o.is_leaf();
        if let Some(outer) = into.children_mut().find(same) {
            take(outer, c);
            continue;
        }
        into.nodes.push(Node::Element(c));
    }
}
