//! The two models: [`facts`] is what the file says, [`topology`] is what was decided; neither does anything.

pub mod facts;
pub mod topology;

pub use topology::*;
