//! Decided: the way in for HTTP; holds no diagnostics and does no work.

use serde::Serialize;

use std::net::Ipv4Addr;

use crate::schema::*;
use crate::source::{Origin, Sp};

/// A way in for HTTP: an ingress controller or a gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Ingress {
    /// What serves it.
    pub by: Sp<WayIn>,
    /// Its address and the pool that has it: the name of a pool of the cluster.
    pub address: Option<(Sp<Name>, Sp<Ipv4Addr>)>,
    /// Who gives out that pool: each reads other words on a service; `None` when nothing is pinned.
    pub giver: Option<Sp<Announcer>>,
    /// What it is.
    pub kind: IngressKind,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What a way in is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IngressKind {
    /// ingress-nginx.
    Nginx(Nginx),
    /// A gateway of the Gateway API.
    Gateway(Gateway),
}

/// ingress-nginx in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Nginx {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// Its IngressClass.
    pub class: Sp<ObjectName>,
    /// Whether an Ingress without a class is its.
    pub default_class: Sp<bool>,
    /// How many; `None`: one on each node.
    pub replicas: Option<Sp<u32>>,
    /// What applications see of who calls.
    pub clients: Sp<ClientAddresses>,
    /// What its web application firewall looks for.
    pub firewall: Option<Sp<FirewallRules>>,
    /// Whether it tells its figures.
    pub metrics: Sp<bool>,
    /// Whether an Ingress may bring configuration.
    pub snippets: Sp<bool>,
    /// The groups of nodes that run it, as stated; empty: every node that takes its pods.
    pub nodes: Vec<Sp<Name>>,
}

/// A gateway in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Gateway {
    /// The version of the Gateway API's resources as stated.
    pub api: Sp<Version>,
    /// Its name and its namespace's.
    pub name: Sp<ObjectName>,
    /// Its ports, ordered by name.
    pub listeners: Vec<Listener>,
    /// Whose routes it takes.
    pub routes: Routes,
    /// Whether what comes in without TLS is sent to TLS.
    pub redirects: Sp<bool>,
    /// The port that it is sent to; `None` where nothing is sent.
    pub redirect: Option<Sp<u16>>,
}

/// Whose routes a gateway takes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routes {
    /// A word says it.
    From(Sp<RoutesFrom>),
    /// Those of these namespaces.
    Namespaces(Vec<Sp<ObjectName>>),
}

/// A port of a gateway.
#[derive(Clone, Debug, Serialize)]
pub struct Listener {
    /// Its name.
    pub name: Sp<ObjectName>,
    /// The TCP port.
    pub port: Sp<u16>,
    /// The names that it serves; `None`: every name.
    pub host: Option<Sp<HostPattern>>,
    /// Where its certificate comes from; `None`: it speaks no TLS.
    pub tls: Option<Tls>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Where a certificate comes from.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// An issuer of the cluster.
    By(Sp<Name>),
    /// A Kubernetes Secret that somebody else makes.
    Secret(Sp<ObjectName>),
}

impl Ingress {
    /// It as ingress-nginx.
    pub fn nginx(&self) -> Option<&Nginx> {
        match &self.kind {
            IngressKind::Nginx(n) => Some(n),
            IngressKind::Gateway(_) => None,
        }
    }

    /// It as a gateway.
    pub fn gateway(&self) -> Option<&Gateway> {
        match &self.kind {
            IngressKind::Gateway(g) => Some(g),
            IngressKind::Nginx(_) => None,
        }
    }
}
