//! topoc: one KDL file states the facts of a private cloud; out comes a tree of every downstream artifact.
//!
//! The map of the house, in the order of the pipeline; a module names only modules above it in this list:
//!
//! ```text
//! source     texts, spans, origins            knows no format
//! diag       problems as data, renderers      codes and their pages
//! syntax     text -> Document, formatter      knows no word of the language
//! schema     the language as one table        statements, values, reading
//! consumer   version rows of each consumer    data
//! ir         Facts (said), Topology (decided) data
//! decode     Document -> Facts
//! pass       Facts -> Topology                every decision
//! policy     sets of packets                 knows neither topology nor files
//! lint       Topology -> problems             changes nothing
//! render     Doc, YAML, JSON, lines           printers that carry origins
//! emit       Topology -> artifacts            one folder an emitter
//! prove      artifacts -> problems           reads them back; the topology lends names, no rules
//! tree       artifacts <-> disk               compare, write, diff
//! build      all of it                        one screen
//! backup     a firewall's config.xml          merged, compared, imported
//! cli        verbs                            the only one with files, clock and environment
//! ```
//!
//! ARCHITECTURE.md has the reasons.

pub mod backup;
pub mod build;
pub mod cli;
pub mod consumer;
pub mod decode;
pub mod diag;
pub mod emit;
pub mod ir;
pub mod lint;
pub mod pass;
pub mod policy;
pub mod prove;
pub mod render;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod tree;
