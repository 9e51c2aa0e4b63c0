//! Checks of a firewall's network; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
