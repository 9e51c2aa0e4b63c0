//! Lints of names inside a cluster.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
