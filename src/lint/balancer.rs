//! Lints of addresses of services and who announces them.

use super::Lint;

/// All of them.
pub(super) const LINTS: &[Lint] = &[];
