//! What the file says of clusters inside a cluster; decides nothing.

use crate::schema::*;
use crate::statement;

use super::*;

statement! {
    /// A cluster whose nodes are pods of this one; each of them gets a second network on VLANs of its own.
    NestedFacts = "nested" {
        /// Its name.
        name: arg<ObjectName> required, Parts, "\"lab2\"";
        /// What gives the pods their second network.
        network: value<NestedNetwork> required, Parts, "\"kube-ovn\"";
        /// The namespace of the pods.
        namespace: value<ObjectName> "\"nested-\" before its name", Emitted, "\"nested-other\"";
        /// The groups of nodes that carry its VLANs, each with a bare NIC on each of them.
        nodes: list<NodesRef> "the groups of workers", Emitted, "\"k8s-worker\"";
        /// Addresses that Kube-OVN keeps for pods without a VLAN: nothing else may have them, and nothing here uses them.
        overlay: value<Subnet> "10.16.0.0/16", Emitted, "\"10.17.0.0/16\"";
        /// Addresses by which nodes reach those pods.
        join: value<Subnet> "100.64.0.0/16", Emitted, "\"100.65.0.0/16\"";
        /// A VLAN that its pods can be on.
        vlan: children<NestedVlanFacts> required, Parts;
    }
}

statement! {
    /// A VLAN that pods of a nested cluster can be on.
    NestedVlanFacts = "vlan" {
        /// The VLAN; somebody routes it.
        vlan: arg<VlanRef> required, Emitted, "\"nested-dmz\"";
        /// First and last host number that pods get.
        pods: child<RangeFacts> required, Parts;
    }
}
