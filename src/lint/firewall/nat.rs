//! Checks of a firewall's nat; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
