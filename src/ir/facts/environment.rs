//! What the file says of environments: the same words as a cluster, merged over it by one rule; decides nothing.

use crate::schema::*;
use crate::statement;

use super::*;

statement! {
    /// The same nodes with other settings. Scalars replace, named statements merge by name, lists replace; so do statements
    /// of which two have one name.
    EnvironmentFacts = "environment" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"production\"";
        /// What differs in the network plugin.
        network: child<CiliumFacts> "as in the cluster", Parts;
        /// What differs in who announces addresses.
        load_balancer: children("load-balancer")<LoadBalancerFacts> "as in the cluster", Parts;
        /// What differs in the way in for HTTP.
        ingress: children<IngressFacts> "as in the cluster", Parts;
        /// What differs in certificates.
        certificates: child<CertificatesFacts> "as in the cluster", Parts;
        /// What differs in the platform's own pages.
        ui: child<UiFacts> "as in the cluster", Parts;
        /// What differs in monitoring.
        monitoring: child<MonitoringFacts> "as in the cluster", Parts;
        /// What differs in who keeps it as a repository says.
        gitops: child<GitopsFacts> "as in the cluster", Parts;
        /// What differs in logs.
        logging: child<LoggingFacts> "as in the cluster", Parts;
        /// What differs in traces.
        tracing: child<TracingFacts> "as in the cluster", Parts;
        /// What differs in checks of the running cloud.
        health: child<HealthFacts> "as in the cluster", Parts;
        /// What differs in copies of what runs there.
        backup: child<ClusterBackupFacts> "as in the cluster", Parts;
        /// What differs in storage.
        storage: children<StorageFacts> "as in the cluster", Parts;
        /// What differs in the default deny.
        default_deny: child("default-deny")<DefaultDenyFacts> "as in the cluster", Parts;
        /// What the cluster has and this environment has not.
        off: children<OffFacts> "everything of the cluster is there", Parts;
    }
}

statement! {
    /// What the cluster has and this environment has not.
    OffFacts = "off" {
        /// The statement's word.
        word: arg<OffWord> required, Emitted, "\"certificates\"";
        /// Its name, where a cluster can have several.
        name: arg<Label> "the only one", Emitted, "\"nginx\"";
    }
}
