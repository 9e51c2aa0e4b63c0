//! Decided: certificates and who issues them; holds no diagnostics and does no work.

use serde::Serialize;

use std::net::Ipv4Addr;

use crate::consumer::CertManagerCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

use super::SecretId;

/// cert-manager in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Certificates {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static CertManagerCaps>,
    /// Replicas of controller and webhook.
    pub replicas: Sp<u32>,
    /// Whether it tells its figures.
    pub metrics: Sp<bool>,
    /// Name servers that are asked for DNS challenges; empty: those of the cluster.
    pub resolvers: Vec<Sp<Ipv4Addr>>,
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
    /// What it is.
    pub kind: IssuerKind,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What an issuer is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IssuerKind {
    /// An ACME server.
    Acme(Acme),
    /// A CA of ours, by the secret that has its certificate and key.
    Ca(Sp<SecretId>),
    /// Each certificate signs itself.
    SelfSigned(Sp<bool>),
}

/// An ACME server.
#[derive(Clone, Debug, Serialize)]
pub struct Acme {
    /// Its directory.
    pub directory: Directory,
    /// Who is told; `None` when nobody is named.
    pub email: Option<Sp<Email>>,
    /// The way in that serves challenges by HTTP.
    pub http01: Option<Sp<WayIn>>,
    /// Challenges by DNS, ordered by provider.
    pub dns01: Vec<Dns01>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The directory of an ACME server.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Directory {
    /// One of Let's Encrypt.
    LetsEncrypt(Sp<AcmeDirectory>),
    /// Another.
    Url(Sp<Url>),
}

/// A challenge by DNS.
#[derive(Clone, Debug, Serialize)]
pub struct Dns01 {
    /// The zones that it answers for; empty: every name.
    pub zones: Vec<Sp<Domain>>,
    /// What the secret holds.
    pub secret: Sp<SecretId>,
    /// Who answers for the zone.
    pub provider: Provider,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who answers for a zone, and what it needs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Cloudflare.
    Cloudflare(Sp<DnsProvider>),
    /// A name server that takes dynamic updates.
    Rfc2136 {
        /// Its address.
        server: Sp<Ipv4Addr>,
        /// The name of the TSIG key.
        key_name: Sp<Domain>,
        /// How the key signs.
        algorithm: Sp<TsigAlgorithm>,
        /// The word that chose it.
        by: Sp<DnsProvider>,
    },
    /// Amazon Route 53.
    Route53 {
        /// The region.
        region: Sp<Region>,
        /// The id of the access key.
        access_key: Sp<AccessKeyId>,
        /// The word that chose it.
        by: Sp<DnsProvider>,
    },
}

impl Provider {
    /// The word that chose it.
    pub fn by(&self) -> Sp<DnsProvider> {
        match self {
            Provider::Cloudflare(by) | Provider::Rfc2136 { by, .. } | Provider::Route53 { by, .. } => *by,
        }
    }
}

impl Issuer {
    /// The ACME server, where it is one.
    pub fn acme(&self) -> Option<&Acme> {
        match &self.kind {
            IssuerKind::Acme(a) => Some(a),
            IssuerKind::Ca(_) | IssuerKind::SelfSigned(_) => None,
        }
    }
}
