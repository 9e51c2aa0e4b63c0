//! Values of the language for environments; reads single values, decides nothing.

use super::*;

words! {
    /// A statement of a cluster that an environment can be without.
    OffWord {
        Ingress = "ingress" "a way in for HTTP",
        LoadBalancer = "load-balancer" "who announces addresses of services",
        Certificates = "certificates" "certificates and their issuers",
        Storage = "storage" "storage in the cluster",
        DefaultDeny = "default-deny" "the refusal of what nothing allows",
    }
}
