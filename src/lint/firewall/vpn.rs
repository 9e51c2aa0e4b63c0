//! Checks of a firewall's vpn; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
