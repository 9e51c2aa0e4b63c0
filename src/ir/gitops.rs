//! Decided: who keeps a cluster as the repository says; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::ArgoCdCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

use super::SecretId;

/// Argo CD in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Gitops {
    /// Which one.
    pub by: Sp<GitopsTool>,
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static ArgoCdCaps>,
    /// The repository that the tree is committed to.
    pub repo: Repo,
    /// When what it says is put in force.
    pub sync: Sp<SyncMode>,
    /// Whether what is gone is deleted.
    pub prune: Sp<bool>,
    /// Whether what somebody changes in the cluster is changed back.
    pub self_heal: Sp<bool>,
    /// Replicas of server and repository server.
    pub replicas: Sp<u32>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A Git repository.
#[derive(Clone, Debug, Serialize)]
pub struct Repo {
    /// Its address, without a login in it.
    pub url: Sp<GitUrl>,
    /// The branch, tag or commit that is put in force.
    pub revision: Sp<GitRevision>,
    /// Where the tree is in it.
    pub path: Sp<TreePath>,
    /// The account that reads it and its secret; `None` where everybody may.
    pub login: Option<(Sp<GitUser>, Sp<SecretId>)>,
}
