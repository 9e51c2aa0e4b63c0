//! What the file says of a Kubernetes cluster: its nodes, its API and what runs in it; decides nothing.

use crate::schema::*;
use crate::statement;

use super::*;

statement! {
    /// A Kubernetes cluster and its nodes.
    ClusterFacts = "cluster" {
        /// Its name.
        name: arg<ClusterDef> required, Emitted, "\"stage\"";
        /// Addresses of pods.
        pods: child<PodsFacts> required, Parts;
        /// Addresses of services.
        services: child<ServicesFacts> required, Parts;
        /// The VLAN of the nodes' own addresses: kubelet, etcd, the overlay.
        node_network: value("node-network")<VlanRef> required, Emitted, "\"management\"";
        /// The VLAN of traffic between pods, when somebody believes that it differs.
        pod_network: value("pod-network")<VlanRef> "the node network", Checked, "\"k8s-internal\"";
        /// The address of the API.
        api: child<ApiFacts> required, Parts;
        /// What groups of nodes share.
        node_defaults: child("node-defaults")<NodeDefaultsFacts> "each group says everything", Parts;
        /// A group of nodes.
        nodes: children<NodesFacts> required, Parts;
        /// The folder of its files in the tree; two clusters need two.
        folder: value<Label> "\"kubernetes\"", Emitted, "\"kubernetes-other\"";
        /// What installs it.
        install: child<InstallFacts> "no installer's files are written", Parts;
        /// Its network plugin.
        network: child<CiliumFacts> "no network plugin's files are written", Parts;
        /// Names: what pods ask, and whom that asks.
        dns: child<ClusterDnsFacts> "what the installer does by itself", Parts;
        /// Who announces addresses for services of type LoadBalancer.
        load_balancer: children("load-balancer")<LoadBalancerFacts> "no service has an address of its own", Parts;
        /// The way in for HTTP.
        ingress: children<IngressFacts> "no ingress", Parts;
        /// Certificates and who issues them.
        certificates: child<CertificatesFacts> "nothing issues certificates", Parts;
        /// The platform's own pages.
        ui: child<UiFacts> "nobody opens them from outside the cluster", Parts;
        /// Monitoring.
        monitoring: child<MonitoringFacts> "nobody looks after it", Parts;
        /// Who keeps it as a repository says.
        gitops: child<GitopsFacts> "people apply the tree", Parts;
        /// Logs.
        logging: child<LoggingFacts> "logs stay where they are written", Parts;
        /// Traces of applications.
        tracing: child<TracingFacts> "nobody keeps traces", Parts;
        /// Checks of the running cloud.
        health: child<HealthFacts> "nobody checks", Parts;
        /// Copies of what runs in it.
        backup: child<ClusterBackupFacts> "nothing copies it but what copies its nodes", Parts;
        /// Storage in the cluster.
        storage: children<StorageFacts> "no storage", Parts;
        /// Refuses what nothing allows.
        default_deny: child("default-deny")<DefaultDenyFacts> "pods may talk to everything", Parts;
        /// A cluster inside this one, with networks of its own.
        nested: children<NestedFacts> "there are none", Parts;
        /// The same nodes with other settings: an overlay that holds only what differs.
        environment: children<EnvironmentFacts> "there is one set of settings", Parts;
    }
}

statement! {
    /// Addresses of pods.
    PodsFacts = "pods" {
        /// All of them.
        net: arg<Subnet> required, Emitted, "\"10.44.0.0/16\"";
        /// Prefix of each node's share, in bits.
        per_node: prop("per-node")<PrefixLen> "24", Emitted, "25";
    }
}

statement! {
    /// Addresses of services.
    ServicesFacts = "services" {
        /// All of them.
        net: arg<Subnet> required, Emitted, "\"10.45.0.0/16\"";
    }
}

statement! {
    /// The address of a cluster's API.
    ApiFacts = "api" {
        /// Its name in the topology's domain.
        name: value<Domain> "\"api\" before the cluster's name", Emitted, "\"k8s-api2\"";
        /// Its address.
        address: value<Address> required, Emitted, "\"192.168.102.9\"";
        /// Its port.
        port: value<Port> "6443", Emitted, "8443";
        /// Who holds the address.
        held_by: value("held-by")<ApiHolder> required, Emitted, "\"external\"";
        /// The VRRP settings.
        vrrp: child<VrrpFacts> "derived", Parts;
    }
}

statement! {
    /// How the control-plane nodes hold the API address (VRRP, RFC 9568, by keepalived).
    VrrpFacts = "vrrp" {
        /// The VRRP router id; one a broadcast domain, CARP groups of a firewall included.
        id: value<Vrid> "derived from cluster and VLAN", Emitted, "77";
        /// The secret that the nodes share (VRRP version 2 simple text, 8 bytes).
        secret: value<SecretRef> "no authentication", Emitted, "\"vrrp\"";
        /// Here it would be readable by everyone who reads the repository.
        password: value<Forbidden> "right: use `secret`", Checked, "";
        /// The priority of each node, in the order of their names.
        priorities: list<Priority> "distinct, the first node's the highest", Emitted, "200";
        /// What the check does to a node's priority: below zero when it fails, above zero when it succeeds.
        weight: value<Weight> "below zero by more than the largest distance", Emitted, "-60";
        /// How often the API is checked.
        interval: value<Seconds> "3s", Emitted, "\"5s\"";
        /// Failures in a row before the check counts as failed.
        fall: value<Times> "2", Emitted, "4";
        /// Successes in a row before it counts as healthy again.
        rise: value<Times> "2", Emitted, "5";
        /// Whether the address comes back when the first node is healthy again.
        preempt: flag<bool> "#true", Emitted, "#false";
    }
}

statement! {
    /// What groups of nodes share.
    NodeDefaultsFacts = "node-defaults" {
        /// What every machine has.
        hardware: inline<Hardware> required, Parts;
    }
}

statement! {
    /// A group of nodes: machines that differ in number, name and place only.
    NodesFacts = "nodes" {
        /// Its name; the machines are this, a hyphen and a number from 1.
        name: arg<NodesDef> required, Emitted, "\"k8s-extra\"";
        /// What they do in the cluster.
        role: value<NodeRole> required, Emitted, "\"control-plane\"";
        /// How many.
        count: value<Count> "1", Emitted, "4";
        /// The number of the first in the subnets of its VLANs; the others follow.
        host: value<Ordinal> "the address of every NIC comes by DHCP", Emitted, "61";
        /// The Proxmox hosts that they are spread over, one after the other.
        spread: list<HostRef> required, Emitted, "\"pve-3\"";
        /// A label of the nodes.
        label: children<LabelFacts> "no labels", Parts;
        /// A taint of the nodes.
        taint: children<TaintFacts> "no taints", Parts;
        /// What every machine has.
        hardware: inline<Hardware> required, Parts;
    }
}

statement! {
    /// A label of nodes.
    LabelFacts = "label" {
        /// The key.
        key: arg<LabelKey> required, Emitted, "\"example.net/row\"";
        /// The value.
        value: arg<LabelValue> required, Emitted, "\"b\"";
    }
}

statement! {
    /// A taint of nodes.
    TaintFacts = "taint" {
        /// The key.
        key: arg<LabelKey> required, Emitted, "\"example.net/only\"";
        /// The value.
        value: arg<LabelValue> required, Emitted, "\"yes\"";
        /// What it does.
        effect: arg<TaintEffect> required, Emitted, "\"PreferNoSchedule\"";
    }
}
