//! Checks of a firewall's ids; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
