//! Lints of certificates and who issues them.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
