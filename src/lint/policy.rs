//! Lints of who may talk to whom inside a cluster.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
