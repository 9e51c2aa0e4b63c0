//! Values of the language for environments; reads single values, decides nothing.

use super::*;

words! {
    /// A statement of a cluster that an environment can be without.
    OffWord {
        Ingress = "ingress" "a way in for HTTP",
        LoadBalancer = "load-balancer" "who announces addresses of services",
        Certificates = "certificates" "certificates and their issuers",
        Ui = "ui" "the platform's own pages",
        Monitoring = "monitoring" "monitoring, and the pages of it",
        Gitops = "gitops" "who keeps it as a repository says, and the page of it",
        Logging = "logging" "logs",
        Tracing = "tracing" "traces of applications",
        Health = "health" "checks of the running cloud",
        Backup = "backup" "copies of what runs there",
        Storage = "storage" "storage in the cluster, and the page of it",
        DefaultDeny = "default-deny" "the refusal of what nothing allows",
    }
}
