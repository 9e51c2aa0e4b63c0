//! Decided: what checks the tree on each change; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::CiProgram;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// What checks the tree on each change.
#[derive(Clone, Debug, Serialize)]
pub struct Ci {
    /// Whose CI.
    pub host: Sp<CiHost>,
    /// The image that it runs on.
    pub runner: Sp<CiRunner>,
    /// The command that puts topoc on PATH there.
    pub topoc: Sp<ShellLine>,
    /// Version and commit of the action that checks the repository out.
    pub checkout: (Sp<Version>, Sp<GitCommit>),
    /// The topology in its repository; `None` where topoc finds it by itself.
    pub topology: Option<Sp<TreePath>>,
    /// Where the tree is in its repository.
    pub tree: Sp<TreePath>,
    /// Programs, ordered by name.
    pub checks: Vec<CiCheck>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A program that checks the tree.
#[derive(Clone, Debug, Serialize)]
pub struct CiCheck {
    /// Which one.
    pub tool: Sp<CiTool>,
    /// Its exact version.
    pub version: Sp<Version>,
    /// How it is had.
    #[serde(skip)]
    pub program: &'static CiProgram,
    /// The SHA-256 of its archive; `None` where it is a package.
    pub sha256: Option<Sp<Sha256>>,
    /// Rules that it leaves out, ordered.
    pub skip: Vec<Sp<CheckRule>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Ci {
    /// The program of that name, where it is stated.
    pub fn check(&self, tool: CiTool) -> Option<&CiCheck> {
        self.checks.iter().find(|c| c.tool.v == tool)
    }
}
