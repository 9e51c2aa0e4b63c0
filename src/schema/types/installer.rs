//! Values of the language for how a cluster is installed; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;

words! {
    /// What installs a cluster.
    Installer {
        Kubekey = "kubekey" "KubeKey",
    }
}
