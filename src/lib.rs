//! topoc: one KDL file in, a committed tree of every downstream artifact out.
pub mod consumer;
pub mod decode;
pub mod diag;
pub mod emit;
pub mod ir;
pub mod pass;
pub mod render;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tree;
