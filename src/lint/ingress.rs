//! Lints of the way in for HTTP.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
