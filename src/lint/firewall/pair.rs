//! Checks of a firewall's pair; changes nothing: what a pair needs is reported where it is decided.

use super::super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
