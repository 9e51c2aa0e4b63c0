//! Values of the language for the network plugin; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;

words! {
    /// The network plugin of a cluster.
    Cni {
        Cilium = "cilium" "Cilium, by its chart",
        KubeOvn = "kube-ovn" "Kube-OVN in Cilium's place: refused, it is a second network of `nested`",
    }
}
