//! Decided: checks of the running cloud, one table for the script inside and the one outside; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{FirewallId, HostId, Rhythm};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Checks of the running cloud.
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    /// The version of the image.
    pub netshoot: Sp<Version>,
    /// When, in UTC.
    pub rhythm: Rhythm,
    /// Names of the world that must be found, ordered.
    pub names: Vec<Sp<Domain>>,
    /// How long before its end a certificate is told.
    pub expiry: Sp<Seconds>,
    /// Whether the Proxmox hosts are pinged too.
    pub hypervisors: Sp<bool>,
    /// The CIS benchmark.
    pub cis: Option<Cis>,
    /// What is checked from inside the cluster, in the order in which it is.
    pub inside: Vec<Check>,
    /// What is checked from the Internet.
    pub outside: Vec<Check>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The CIS benchmark on every node.
#[derive(Clone, Debug, Serialize)]
pub struct Cis {
    /// The version of kube-bench.
    pub version: Sp<Version>,
    /// When, in UTC.
    pub rhythm: Rhythm,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// One check: one line of what a script says.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// A firewall's leg answers a ping: the firewall, its address, the VLAN's name.
    PingLeg(FirewallId, Sp<Ipv4Addr>, Sp<Name>),
    /// A hypervisor answers a ping.
    PingHost(HostId, Sp<Ipv4Addr>),
    /// A name in the cluster is found, by whom the pod asks.
    ClusterName(Sp<bool>),
    /// A name is found: by this server, or by whom the pod asks.
    Name(Sp<Domain>, Option<Sp<Ipv4Addr>>),
    /// The API answers that it lives: its address and port.
    Api(Sp<Ipv4Addr>, Sp<u16>),
    /// Something takes connections at an address and port: what it is called.
    Open(Sp<Label>, Sp<Ipv4Addr>, Sp<u16>),
    /// Nothing answers at an address and port: the expectation that says so.
    Closed(Sp<Text>, Sp<Ipv4Addr>, Sp<u16>),
    /// A name leads to an address.
    Leads(Sp<Domain>, Sp<Ipv4Addr>),
    /// The certificate of a name at an address and port is good for longer than the limit.
    Certificate(Sp<Domain>, Sp<Ipv4Addr>, Sp<u16>),
    /// What serves a name at an address and port answers HTTP, and does not say that it is broken.
    Answers(Sp<Domain>, Sp<Ipv4Addr>, Sp<u16>),
    /// Every node that should has a speaker of MetalLB that works.
    Speakers(Sp<bool>),
    /// A pool of MetalLB has free addresses.
    Pool(Sp<Name>),
}
