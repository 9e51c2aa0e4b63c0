//! topoc: one KDL file in, a committed tree of every downstream artifact out.
pub mod decode;
pub mod diag;
pub mod ir;
pub mod schema;
pub mod source;
pub mod syntax;
