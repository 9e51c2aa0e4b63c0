//! Decided: who manages a firewall; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::ir::{LoginId, SecretId};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Who manages a firewall, and from where.
#[derive(Clone, Debug, Serialize)]
pub struct Admin {
    /// The web interface: it always runs.
    pub web: AdminWeb,
    /// SSH; `None` where it is off.
    pub ssh: Option<AdminSsh>,
    /// Accounts that the file names, ordered by name; all others stay as they are.
    pub users: Vec<FirewallUser>,
    /// Directories, ordered by name.
    pub directories: Vec<PeopleDirectory>,
    /// The time zone.
    pub timezone: Sp<TimeZone>,
    /// The language of the web interface.
    pub language: Sp<WebLanguage>,
    /// Servers that the firewall itself asks for names.
    pub name_servers: Vec<Sp<std::net::Ipv4Addr>>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The web interface.
#[derive(Clone, Debug, Serialize)]
pub struct AdminWeb {
    /// Interfaces that it answers on: numbers in [`super::FirewallNetwork::interfaces`].
    pub on: Vec<Sp<usize>>,
    /// The TCP port.
    pub port: Sp<u16>,
    /// Who knows the people who log in.
    pub log_in: Vec<Sp<DirectoryRef>>,
    /// Its certificate, where it is stated.
    pub certificate: Option<Sp<CertificateId>>,
    /// Where the statement is, or that of `admin`.
    #[serde(skip)]
    pub at: Origin,
}

/// SSH.
#[derive(Clone, Debug, Serialize)]
pub struct AdminSsh {
    /// Interfaces that it answers on: numbers in [`super::FirewallNetwork::interfaces`].
    pub on: Vec<Sp<usize>>,
    /// The TCP port.
    pub port: Sp<u16>,
    /// Whether root may log in.
    pub root: Sp<bool>,
    /// Whether a password is enough.
    pub passwords: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An account. Its password is the firewall's alone.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallUser {
    /// Its name.
    pub name: Sp<UserName>,
    /// The login whose keys open it by SSH.
    pub login: Option<Sp<LoginId>>,
    /// What it may do.
    pub rights: Sp<UserRights>,
    /// Its number.
    pub uid: Sp<u16>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A directory that knows people and their passwords.
#[derive(Clone, Debug, Serialize)]
pub struct PeopleDirectory {
    /// Its name.
    pub name: Sp<Name>,
    /// The machine that serves it, where it is one of the file.
    pub machine: Option<Sp<crate::ir::MachineId>>,
    /// Its name in DNS or its address.
    pub host: Sp<String>,
    /// Its port.
    pub port: Sp<u16>,
    /// What it speaks.
    pub speaks: DirectorySpeaks,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What a directory speaks.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectorySpeaks {
    /// LDAP.
    Ldap {
        /// The word that says so.
        kind: Sp<DirectoryKind>,
        /// How passwords are kept secret on their way.
        transport: Sp<DirectoryTransport>,
        /// Where it is searched.
        base: Sp<DirectoryName>,
        /// Where people are: the base where nothing else is stated.
        people: Vec<Sp<DirectoryName>>,
        /// What it calls the name that people type.
        attribute: Sp<DirectoryAttribute>,
        /// What else must hold of people.
        filter: Option<Sp<DirectoryFilter>>,
        /// As whom the firewall searches.
        bind: Option<(Sp<DirectoryName>, Sp<SecretId>)>,
    },
    /// RADIUS.
    Radius {
        /// The word that says so.
        kind: Sp<DirectoryKind>,
        /// The secret that both share.
        secret: Sp<SecretId>,
        /// How long it is waited for.
        timeout: Sp<Seconds>,
    },
}
