//! Checks of a firewall's dns; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
