//! Checks of a firewall's dhcp; a lint changes nothing.

/// All of them.
pub const LINTS: &[super::Lint] = &[];
