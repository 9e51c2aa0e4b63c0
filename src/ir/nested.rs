//! Decided: clusters inside a cluster; holds no diagnostics and does no work.

use serde::Serialize;

use crate::schema::*;
use crate::source::{Origin, Sp};

/// A cluster inside a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Nested {
    /// Its name.
    pub name: Sp<Label>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
