//! What the file says of who keeps a cluster as the repository says: Argo CD; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Who keeps the cluster as the repository says (RFC 8.1).
    GitopsFacts = "gitops" {
        /// Which one.
        by: arg<GitopsTool> required, Parts, "\"argo-cd\"";
        /// The repository that this tree is committed to.
        repo: child<RepoFacts> required, Parts;
        /// When what it says is put in force.
        sync: value<SyncMode> "\"automatic\"", Emitted, "\"manual\"";
        /// Whether what is gone from the tree is deleted; never storage, and never definitions of resources.
        prune: flag<bool> "#false", Emitted, "#true";
        /// Whether what somebody changes in the cluster is changed back.
        self_heal: flag("self-heal")<bool> "#true", Emitted, "#false";
        /// Replicas of what people ask and of what renders charts.
        replicas: value<Count> "2", Emitted, "3";
    }
}

statement! {
    /// A Git repository.
    RepoFacts = "repo" {
        /// Its address.
        url: arg<GitUrl> required, Emitted, "\"https://git.example.net/platform/other.git\"";
        /// The branch, tag or commit that is put in force.
        revision: value<GitRevision> required, Emitted, "\"release\"";
        /// Where the tree is in it.
        path: value<TreePath> "\"generated\"", Emitted, "\"clouds/other\"";
        /// Who reads it.
        login: child<GitLoginFacts> "everybody may read it", Parts;
    }
}

statement! {
    /// The account that reads a Git repository.
    GitLoginFacts = "login" {
        /// Its name.
        user: prop<GitUser> required, Emitted, "\"another-reader\"";
        /// The secret: its password or token.
        secret: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}
