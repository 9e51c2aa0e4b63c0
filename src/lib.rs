//! topoc: one KDL file in, a committed tree of every downstream artifact out.
pub mod diag;
pub mod source;
pub mod syntax;
pub mod tree;
