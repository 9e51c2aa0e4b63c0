//! Checks of a firewall's ntp; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
