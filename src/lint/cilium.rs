//! Lints of the network plugin of a cluster.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
