//! Decided: certificates and who issues them; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::CertManagerCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// cert-manager in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Certificates {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static CertManagerCaps>,
    /// Issuers, ordered by name.
    pub issuers: Vec<Issuer>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who issues certificates.
#[derive(Clone, Debug, Serialize)]
pub struct Issuer {
    /// Its name.
    pub name: Sp<Name>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
