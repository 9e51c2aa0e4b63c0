//! Lints of how a cluster is installed.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
