//! Checks of a firewall's filter; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
