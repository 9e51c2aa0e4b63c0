//! Checks of a firewall's admin; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
