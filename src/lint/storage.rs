//! Lints of storage in a cluster.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
