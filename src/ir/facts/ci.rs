//! What the file says of what checks the tree on each change; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// What checks the tree on each change (RFC 8.3). First of all, always, whether the tree is what the topology says.
    CiFacts = "ci" {
        /// Whose CI.
        host: arg<CiHost> required, Parts, "\"github\"";
        /// The image that it runs on.
        runner: value<CiRunner> required, Emitted, "\"ubuntu-22.04\"";
        /// The command that puts topoc on PATH there; `$TOPOC_VERSION` is the version that made the tree, and no other is taken.
        topoc: value<ShellLine> required, Emitted, "\"install -m 755 tools/topoc /usr/local/bin/topoc\"";
        /// The action that checks the repository out.
        checkout: child<CiCheckoutFacts> required, Parts;
        /// The topology in its repository.
        topology: value<TreePath> "the only *.kdl in topology/", Emitted, "\"clouds/other.kdl\"";
        /// Where the tree is in its repository.
        tree: value<TreePath> "\"generated\"", Emitted, "\"clouds/other\"";
        /// A program that checks the tree.
        check: children<CiCheckFacts> "only whether the tree is what the topology says is checked", Parts;
    }
}

statement! {
    /// The action that checks the repository out (actions/checkout), by its commit: a tag can be moved.
    CiCheckoutFacts = "checkout" {
        /// Its version, for people.
        version: arg<Version> required, Emitted, "\"5.0.1\"";
        /// The commit of that version.
        commit: prop<GitCommit> required, Emitted, "\"fedcba9876543210fedcba9876543210fedcba98\"";
    }
}

statement! {
    /// A program that checks the tree.
    CiCheckFacts = "check" {
        /// Which one.
        tool: arg<CiTool> required, Emitted, "\"yamllint\"";
        /// Its version.
        version: arg<Version> required, Emitted, "\"1.37.0\"";
        /// The SHA-256 of the archive of this version for Linux on x86-64.
        sha256: prop<Sha256> "an error where it is a binary", Emitted, "\"00000000000000000000000000000000000000000000000000000000000000ff\"";
        /// Rules that it leaves out (`checkov`).
        skip: list<CheckRule> "none", Emitted, "\"CKV_K8S_99\"";
    }
}
