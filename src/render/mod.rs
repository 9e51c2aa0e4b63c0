//! Printers that carry origins: every line of every file knows why it is there; no printer knows an entity.

mod doc;
mod json;
mod piece;
pub mod svg;
pub mod template;
mod text;
mod xml;
mod yaml;

pub use doc::{Doc, Entry, IntoDoc, IntoKey, List, Map, Merge, Scalar, merge};
pub use json::json;
pub use piece::{Atom, Composed, Piece, Remark, Why};
pub use text::Text;
pub use xml::{Xml, xml};
pub use yaml::{plain, quote, yaml};
