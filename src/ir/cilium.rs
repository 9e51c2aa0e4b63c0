//! Decided: the network plugin of a cluster; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Serialize;

use crate::consumer::CiliumCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

use super::{MachineId, VlanId};

/// Cilium in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Cilium {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static CiliumCaps>,
    /// Whether it does what kube-proxy does.
    pub replaces_kube_proxy: Sp<bool>,
    /// How packets of pods get from node to node.
    pub routing: Sp<PodRouting>,
    /// What they are wrapped in; `None` where nothing is.
    pub overlay: Option<Sp<Overlay>>,
    /// Where packets keep their pod's address; only with native routing.
    pub native_net: Option<Sp<Ipv4Net>>,
    /// Whether nodes get routes to each other's pods; only with native routing.
    pub direct_routes: Option<Sp<bool>>,
    /// Who gives each node its share of the pods' addresses.
    pub pod_addresses: Sp<PodAddresses>,
    /// How packets between nodes are encrypted.
    pub encryption: Option<NodeEncryption>,
    /// Who gives packets that leave the cluster a node's address.
    pub masquerade: Sp<Masquerade>,
    /// The interfaces it works on, ordered by tag.
    pub interfaces: Vec<CiliumInterface>,
    /// Where the interfaces are stated; `None` where they are derived.
    #[serde(skip)]
    pub interfaces_at: Option<Origin>,
    /// Whose addresses services of type NodePort answer at; only where kube-proxy is replaced.
    pub node_ports: Option<Sp<Ipv4Net>>,
    /// The largest packet between nodes, in bytes; `None` where its own look at the interfaces cannot go wrong.
    pub mtu: Option<Sp<u16>>,
    /// Replicas of the operator.
    pub operator_replicas: Sp<u32>,
    /// What holds for a pod that no policy selects.
    pub policy: Sp<PolicyMode>,
    /// What is seen and counted of flows.
    pub flows: Option<Flows>,
    /// Whether agent and operator can be asked for their metrics.
    pub metrics: Sp<bool>,
    /// Whether it serves the Gateway API.
    pub gateway: Sp<bool>,
    /// Whether it serves Ingresses.
    pub ingress_controller: Sp<bool>,
    /// Whether it answers for addresses of services on their VLANs.
    pub l2_announcements: Sp<bool>,
    /// Whether it speaks BGP.
    pub bgp: Sp<bool>,
    /// How often agents may ask the API, where the leases of announced addresses need more than usual.
    pub client_rate: Option<ClientRate>,
    /// Ways out of the cluster, ordered by name.
    pub egress_gateways: Vec<EgressGateway>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How packets between nodes are encrypted.
#[derive(Clone, Debug, Serialize)]
pub struct NodeEncryption {
    /// By what.
    pub by: Sp<PodEncryption>,
    /// Also what nodes themselves send.
    pub nodes: Sp<bool>,
    /// Whether packets between pods are dropped that would go unencrypted.
    pub strict: Sp<bool>,
    /// The range that strictness holds for: all pods.
    pub strict_net: Sp<Ipv4Net>,
    /// Whether strictness looks up who a remote node is: with a tunnel a packet's outer address is a node's.
    pub remote_nodes: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An interface that Cilium works on: the same name on each node that has it.
#[derive(Clone, Debug, Serialize)]
pub struct CiliumInterface {
    /// Its VLAN.
    pub vlan: Sp<VlanId>,
    /// What Linux calls it.
    pub name: Sp<IfName>,
}

/// Hubble.
#[derive(Clone, Debug, Serialize)]
pub struct Flows {
    /// Whether flows of all nodes can be asked for at one place.
    pub relay: Sp<bool>,
    /// Whether there are pages to look at them.
    pub ui: Sp<bool>,
    /// What is counted, in the order of the language; each once.
    pub metrics: Vec<Sp<FlowMetric>>,
    /// What ends are told apart by: the first that is known.
    pub context: Vec<Sp<FlowContext>>,
    /// Who makes certificates.
    pub certificates: Sp<FlowCertificates>,
    /// The issuer, with cert-manager.
    pub issuer: Option<Sp<Name>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How often an agent may ask the API.
#[derive(Clone, Debug, Serialize)]
pub struct ClientRate {
    /// Requests a second, lasting.
    pub lasting: Sp<u32>,
    /// Requests at once.
    pub burst: Sp<u32>,
}

/// A way out of the cluster with an address that stays.
#[derive(Clone, Debug, Serialize)]
pub struct EgressGateway {
    /// Its name.
    pub name: Sp<ObjectName>,
    /// Whose packets.
    pub pods: Vec<EgressPods>,
    /// Where they go, ordered.
    pub to: Vec<Sp<Ipv4Net>>,
    /// Where they go and are left alone, ordered.
    pub except: Vec<Sp<Ipv4Net>>,
    /// The node.
    pub via: Sp<MachineId>,
    /// The VLAN.
    pub on: Sp<VlanId>,
    /// The address that they leave with: the node's on that VLAN; `None` where it has none that is known.
    pub address: Option<Sp<Ipv4Addr>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Pods of a namespace.
#[derive(Clone, Debug, Serialize)]
pub struct EgressPods {
    /// The namespace.
    pub namespace: Sp<ObjectName>,
    /// Labels that they have, ordered by key.
    pub labels: Vec<(Sp<LabelKey>, Sp<LabelValue>)>,
}

impl Cilium {
    /// Bytes that a packet of a pod grows by between nodes: 50 for the overlay (VXLAN and Geneve over IPv4), 80 for WireGuard,
    /// whose outer header the agent counts as IPv6 (cilium, pkg/mtu).
    pub fn overhead(&self) -> u16 {
        let tunnel = if self.routing.v == PodRouting::Tunnel { 50 } else { 0 };
        let encryption = match self.encryption.as_ref().map(|e| e.by.v) {
            Some(PodEncryption::Wireguard) => 80,
            None => 0,
        };
        tunnel + encryption
    }

    /// Whether an interface of that VLAN is among those it works on.
    pub fn works_on(&self, vlan: VlanId) -> bool {
        self.interfaces.iter().any(|i| i.vlan.v == vlan)
    }
}
