//! Decided: what Authentik on a machine runs with, and who asks it about people; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{ClusterId, FirewallId, SecretId, Target, Uuid};
use crate::consumer::AuthentikCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// What Authentik runs with; made where its version and all that it needs is stated.
#[derive(Clone, Debug, Serialize)]
pub struct IdentityRun {
    /// Its version.
    pub version: Target<AuthentikCaps>,
    /// The address of the machine at which it answers.
    pub address: Sp<Ipv4Addr>,
    /// The package of the distribution that has Compose v2.
    pub compose: Sp<&'static str>,
    /// The network of its containers: no other network of the topology overlaps it.
    pub containers: Sp<ipnet::Ipv4Net>,
    /// The network of Docker's own bridge, which nothing uses: it is moved out of the way.
    pub bridge: Sp<ipnet::Ipv4Net>,
    /// What it signs cookies with.
    pub cookies: Sp<SecretId>,
    /// The password of its database.
    pub database: Sp<SecretId>,
    /// The hash of the first administrator's password.
    pub administrator: Sp<SecretId>,
    /// Its certificate and those between it and the authority.
    pub chain: Sp<SecretId>,
    /// The private key of that certificate.
    pub key: Sp<SecretId>,
    /// Who asks who people are, ordered by slug.
    pub applications: Vec<Application>,
    /// Programs that stand between Authentik and who cannot ask it, ordered by name.
    pub outposts: Vec<Outpost>,
    /// What is kept of it.
    pub backup: Option<IdentityBackup>,
    /// How it sends mail.
    pub mail: Option<IdentityMail>,
}

/// Something that asks who people are: an application of Authentik and its provider.
#[derive(Clone, Debug, Serialize)]
pub struct Application {
    /// Its name there and in its addresses.
    pub slug: Sp<IdentityName>,
    /// How it asks.
    pub asks: Asks,
    /// Groups of people who may use it, ordered; nobody where it is empty.
    pub admits: Vec<Sp<Name>>,
    /// Where the statement is that it is made from.
    #[serde(skip)]
    pub at: Origin,
}

/// How an application asks who people are.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// By OpenID Connect.
    Oidc {
        /// What it is called there.
        client: Sp<Label>,
        /// What it proves itself with.
        secret: Sp<SecretId>,
        /// Where people may be sent back to, ordered.
        redirects: Vec<Sp<Url>>,
    },
    /// By SAML.
    Saml {
        /// Where people are sent back to.
        acs: Sp<Url>,
        /// Whom assertions are for.
        audience: Option<Sp<Url>>,
    },
    /// It does not: the outpost of a cluster stands before it.
    Proxy {
        /// The cluster.
        cluster: ClusterId,
        /// Its name outside.
        outside: Sp<Domain>,
        /// Its address inside, with its port.
        inside: Sp<String>,
    },
    /// By LDAP.
    Ldap {
        /// Under what people are found.
        base: Sp<DirectoryName>,
        /// Who may search, ordered by name: name and password.
        readers: Vec<(Sp<Label>, Sp<SecretId>)>,
        /// Ports at which it is asked, ordered, and whether in TLS from the first byte.
        ports: Vec<(Sp<u16>, bool)>,
    },
    /// By RADIUS, for one firewall.
    Radius {
        /// The firewall.
        firewall: FirewallId,
        /// The addresses from which it asks, ordered.
        clients: Vec<Sp<Ipv4Addr>>,
        /// The port at which it asks.
        port: Sp<u16>,
        /// What both share.
        secret: Sp<SecretId>,
    },
}

/// A program that stands between Authentik and who cannot ask it.
#[derive(Clone, Debug, Serialize)]
pub struct Outpost {
    /// Its name.
    pub name: Sp<Name>,
    /// What it speaks.
    pub kind: OutpostKind,
    /// Its number: its account and its token are named by it.
    pub uuid: Sp<Uuid>,
    /// What it proves itself with.
    pub token: Sp<SecretId>,
    /// Slugs of the applications that it stands before, ordered.
    pub applications: Vec<Sp<IdentityName>>,
}

/// What an outpost speaks.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutpostKind {
    /// HTTP, in a cluster.
    Proxy,
    /// LDAP, beside Authentik.
    Ldap,
    /// RADIUS, beside Authentik.
    Radius,
}

/// What is kept of an identity server.
#[derive(Clone, Debug, Serialize)]
pub struct IdentityBackup {
    /// How often.
    pub every: Sp<Seconds>,
    /// How many are kept.
    pub keep: Sp<u16>,
    /// The folder on the machine.
    pub to: Sp<NodePath>,
    /// Whether nothing is written while nothing is mounted there.
    pub mounted: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How an identity server sends mail.
#[derive(Clone, Debug, Serialize)]
pub struct IdentityMail {
    /// The server.
    pub server: Sp<ServerHost>,
    /// Its port.
    pub port: Sp<u16>,
    /// Who sends.
    pub from: Sp<Email>,
    /// Account and password.
    pub login: Option<(Sp<MailUser>, Sp<SecretId>)>,
    /// How mail is kept secret on its way.
    pub transport: Sp<MailTransport>,
}
