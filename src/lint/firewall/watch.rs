//! Checks of a firewall's watch; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
