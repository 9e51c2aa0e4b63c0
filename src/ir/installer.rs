//! Decided: how a cluster is installed; holds no diagnostics and does no work.

use serde::Serialize;

use super::SecretId;
use crate::consumer::{KubekeyCaps, KubesphereCaps};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// KubeKey for a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Install {
    /// KubeKey's version as stated.
    pub version: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static KubekeyCaps>,
    /// Kubernetes, `major.minor.patch`.
    pub kubernetes: Sp<Version>,
    /// The private key that logs in to the nodes.
    pub key_file: Sp<KeyFile>,
    /// Copies of etcd.
    pub etcd: EtcdBackup,
    /// How kube-proxy works; `None` where the network plugin replaces it.
    pub proxy: Option<Sp<ProxyMode>>,
    /// Set where kube-proxy is replaced: why.
    pub replaced: Option<Sp<bool>>,
    /// Pods that a node takes.
    pub max_pods: Sp<u32>,
    /// Whether certificates are renewed.
    pub renew: Sp<bool>,
    /// More names in the certificate of the API server.
    pub certificate_names: Vec<Sp<Domain>>,
    /// Where images come from.
    pub registry: Option<Registry>,
    /// KubeSphere.
    pub kubesphere: Option<Kubesphere>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Copies of etcd, on each control-plane node.
#[derive(Clone, Debug, Serialize)]
pub struct EtcdBackup {
    /// The folder.
    pub dir: Sp<NodePath>,
    /// Minutes between two copies: divides an hour, or is whole hours that divide a day.
    pub minutes: Sp<u32>,
    /// Copies that are kept.
    pub keep: Sp<u32>,
}

/// Where images come from.
#[derive(Clone, Debug, Serialize)]
pub struct Registry {
    /// The registry that has all images.
    pub private: Option<Sp<RegistryHost>>,
    /// Asked before Docker Hub, in their order.
    pub mirrors: Vec<Sp<Url>>,
    /// Account and password for the private registry.
    pub login: Option<(Sp<Label>, Sp<SecretId>)>,
    /// Whether the private registry is reached without TLS.
    pub insecure: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// KubeSphere in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Kubesphere {
    /// Its version as stated.
    pub version: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static KubesphereCaps>,
    /// Where people open it, without a slash at its end.
    pub address: Option<Sp<Url>>,
    /// The password of its first account.
    pub admin: Option<Sp<SecretId>>,
    /// Who people log in by, ordered by name.
    pub identities: Vec<Identity>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An OpenID Connect provider.
#[derive(Clone, Debug, Serialize)]
pub struct Identity {
    /// Its name.
    pub name: Sp<IdentityName>,
    /// Its issuer.
    pub issuer: Sp<Url>,
    /// What KubeSphere is called there.
    pub client: Sp<Label>,
    /// The secret that it was given there.
    pub secret: Sp<SecretId>,
    /// What it is asked of a person, in the stated order.
    pub scopes: Vec<Sp<Label>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
