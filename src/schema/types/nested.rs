//! Values of the language for clusters inside a cluster; reads single values, decides nothing.

use super::*;

words! {
    /// What gives the pods of a nested cluster their second network.
    NestedNetwork {
        KubeOvn = "kube-ovn" "Kube-OVN beside the cluster's own network, through Multus: never in its place",
    }
}
