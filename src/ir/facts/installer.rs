//! What the file says of how a cluster is installed: KubeKey, its registry, KubeSphere; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// What installs a cluster.
    InstallFacts = "install" {
        /// Which one.
        by: arg<Installer> required, Parts, "\"kubekey\"";
    }
}
