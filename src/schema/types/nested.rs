//! Values of the language for clusters inside a cluster; reads single values, decides nothing.

use super::*;

words! {
    /// What gives the pods of a nested cluster their second network.
    NestedNetwork {
        KubeOvn = "kube-ovn" "Kube-OVN beside the cluster's own network, through Multus: never in its place",
    }
}

forms! {
    /// A name that Kubernetes takes for a namespace (RFC 1123 section 2.1: a DNS label in lower case).
    KubeLabel "a DNS label in lower case" "nested-lab" |s| match is_name(s) {
        true => Ok(()),
        false => Err("it is lower case letters, digits and hyphens, a letter first, at most 63, no hyphen last".into()),
    };
}
