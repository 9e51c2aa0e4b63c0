//! Checks of a firewall's shaper; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
