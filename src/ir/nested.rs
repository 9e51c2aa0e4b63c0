//! Decided: clusters inside a cluster and their second network; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{MachineId, Target, VlanId};
use crate::consumer::{KubeOvnCaps, MultusCaps};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// A cluster inside a cluster. Kube-OVN and Multus are there once, however many of these a cluster has.
#[derive(Clone, Debug, Serialize)]
pub struct Nested {
    /// Its name.
    pub name: Sp<ObjectName>,
    /// What gives its pods their second network.
    pub network: Sp<NestedNetwork>,
    /// The chart of Kube-OVN.
    pub kube_ovn: Target<KubeOvnCaps>,
    /// Multus, which hands a pod to more than one network plugin.
    pub multus: Target<MultusCaps>,
    /// The namespace of its pods.
    pub namespace: Sp<ObjectName>,
    /// Groups of nodes that carry its VLANs: numbers in [`super::Cluster::groups`], in their order.
    pub groups: Vec<Sp<u32>>,
    /// Nodes that do not, in the order of names.
    pub without: Vec<MachineId>,
    /// Addresses of Kube-OVN's own network, which nothing here uses.
    pub overlay: Sp<ipnet::Ipv4Net>,
    /// Addresses by which nodes reach that network.
    pub join: Sp<ipnet::Ipv4Net>,
    /// Its VLANs, ordered by tag.
    pub vlans: Vec<NestedVlan>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A VLAN that pods of a nested cluster can be on.
#[derive(Clone, Debug, Serialize)]
pub struct NestedVlan {
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// First address that pods get.
    pub from: Sp<Ipv4Addr>,
    /// Last address that pods get.
    pub to: Sp<Ipv4Addr>,
    /// What the nodes call the bare NIC that carries it.
    pub ifname: Sp<IfName>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}
