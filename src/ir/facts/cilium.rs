//! What the file says of the network plugin: Cilium and what it does; decides nothing.

use crate::schema::*;
use crate::statement;

use super::LabelFacts;

statement! {
    /// The network plugin of a cluster.
    CiliumFacts = "network" {
        /// Which one.
        by: arg<Cni> required, Parts, "\"cilium\"";
        /// Whether it does what kube-proxy does. The installer then leaves kube-proxy out.
        replace_kube_proxy: flag("replace-kube-proxy")<bool> "#true", Emitted, "#false";
        /// How packets of pods get from node to node.
        routing: value<PodRouting> "\"tunnel\"", Emitted, "\"native\"";
        /// What packets of pods are wrapped in; with native routing only those of an egress gateway are.
        overlay: value<Overlay> "\"vxlan\"", Emitted, "\"geneve\"";
        /// Where the network knows the way to pods and back, so that packets keep their pod's address; only with native routing.
        native_net: value("native-net")<Subnet> "the range of the pods", Emitted, "\"10.40.0.0/14\"";
        /// Each node gets a route to every other node's pods; only with native routing.
        direct_routes: flag("direct-routes")<bool> "#false", Emitted, "#true";
        /// Who gives each node its share of the pods' addresses. Pods lose their addresses when it changes on a living cluster.
        pod_addresses: value("pod-addresses")<PodAddresses> "\"cluster-pool\"", Emitted, "\"kubernetes\"";
        /// Encrypts what goes from node to node.
        encryption: child<EncryptionFacts> "packets between nodes can be read on the way", Parts;
        /// Who gives packets that leave the cluster a node's address.
        masquerade: value<Masquerade> "\"bpf\"; \"iptables\" where kube-proxy stays", Emitted, "\"iptables\"";
        /// The VLANs whose interfaces it works on: services answer there, and what leaves there is masqueraded.
        interfaces: list<VlanRef> "the node network and each routed VLAN of the nodes", Emitted, "\"management\"";
        /// The largest packet between nodes, in bytes, headers of the overlay and of the encryption included.
        mtu: value<Mtu> "the smallest of its interfaces", Emitted, "1400";
        /// Replicas of the operator; each needs a node of its own.
        operator_replicas: value("operator-replicas")<Count> "2, or 1 with a single node", Emitted, "3";
        /// What holds for a pod that no policy selects.
        policy: value<PolicyMode> "\"default\"", Emitted, "\"never\"";
        /// Hubble: what is seen and counted of flows between pods.
        flows: child<FlowsFacts> "nobody sees flows", Parts;
        /// Whether agent and operator can be asked for their metrics.
        metrics: flag<bool> "#false", Emitted, "#true";
        /// Serves Gateways of the Gateway API.
        gateway: flag<bool> "#true when an `ingress \"gateway\"` is stated", Emitted, "#true";
        /// Serves Ingresses.
        ingress_controller: flag("ingress-controller")<bool> "#true when an `ingress \"cilium\"` is stated", Emitted, "#true";
        /// A way out of the cluster with an address that stays.
        egress_gateway: children("egress-gateway")<EgressGatewayFacts> "pods leave by the node they run on, with its address", Parts;
    }
}

statement! {
    /// How packets between nodes are encrypted.
    EncryptionFacts = "encryption" {
        /// By what.
        by: arg<PodEncryption> required, Emitted, "\"wireguard\"";
        /// Also what nodes themselves send; nodes of the control plane keep out of it by themselves, as keys are renewed through them.
        nodes: flag<bool> "#false: what pods send", Emitted, "#true";
        /// Drops what pods would send to pods without encryption, also before a new pod's node is known.
        strict: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Hubble: what is seen and counted of flows between pods.
    FlowsFacts = "flows" {
        /// Whether flows of all nodes can be asked for at one place.
        relay: flag<bool> "#true", Emitted, "#false";
        /// Whether there are pages to look at them.
        ui: flag<bool> "#false", Emitted, "#true";
        /// What is counted.
        metrics: list<FlowMetric> "nothing", Emitted, "\"icmp\"";
        /// What the two ends of a counted flow are told apart by: the first that is known of an end.
        context: list<FlowContext> "not at all", Emitted, "\"workload\"";
        /// Who makes the certificates between its parts.
        certificates: child<FlowCertificatesFacts> "a job in the cluster, by an authority of its own", Parts;
    }
}

statement! {
    /// Who makes the certificates between Hubble's parts.
    FlowCertificatesFacts = "certificates" {
        /// Who.
        by: arg<FlowCertificates> required, Emitted, "\"cert-manager\"";
        /// The issuer that cert-manager asks; it must sign for names inside the cluster, which no public authority does.
        issuer: prop<IssuerRef> "with \"cron-job\" there is none", Emitted, "\"inside\"";
    }
}

statement! {
    /// A way out of the cluster with an address that stays: packets of chosen pods leave by one node and with its address.
    EgressGatewayFacts = "egress-gateway" {
        /// Its name.
        name: arg<ObjectName> required, Emitted, "\"billing\"";
        /// Whose packets.
        pods: children<EgressPodsFacts> required, Parts;
        /// Where they go.
        to: list<Destination> required, Emitted, "\"203.0.113.0/24\"";
        /// Where they go and leave by their own node all the same.
        except: list<Destination> "nothing", Emitted, "\"203.0.113.128/25\"";
        /// The node that they leave by. While it is down, nothing of theirs leaves.
        via: value<MachineRef> required, Emitted, "\"wk-2\"";
        /// The VLAN that they leave on, with the node's address there.
        on: value<VlanRef> "the VLAN of the node's default route", Emitted, "\"front\"";
    }
}

statement! {
    /// Pods of a namespace.
    EgressPodsFacts = "pods" {
        /// The namespace.
        namespace: prop<ObjectName> required, Emitted, "\"shop\"";
        /// A label that they have.
        label: children<LabelFacts> "all of the namespace", Parts;
    }
}
