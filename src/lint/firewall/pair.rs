//! Checks of a firewall's pair; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
