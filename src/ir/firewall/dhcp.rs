//! Decided: addresses that a firewall gives out; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::super::{MachineId, VlanId};
use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Addresses for machines of a VLAN that ask for one.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallDhcp {
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// The interface: number in [`super::FirewallNetwork::interfaces`].
    pub interface: usize,
    /// First and last addresses for whoever asks.
    pub ranges: Vec<(Sp<Ipv4Addr>, Sp<Ipv4Addr>)>,
    /// How long an address is somebody's, in seconds.
    pub lease: Sp<u32>,
    /// The router that clients are told.
    pub router: Option<Sp<Ipv4Addr>>,
    /// The domain that clients are told.
    pub domain: Option<Sp<Domain>>,
    /// Name servers that clients are told.
    pub dns: Vec<Sp<Ipv4Addr>>,
    /// Time servers that clients are told.
    pub ntp: Vec<Sp<Ipv4Addr>>,
    /// Who gets the same address each time, ordered by address.
    pub reservations: Vec<DhcpReservation>,
    /// The nodes of a pair, the first to answer first: they tell each other of leases, or both would give out one address.
    pub partners: Vec<DhcpPartner>,
    /// What works only with a rule; what clients need comes with the service.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Somebody who gets the same address each time.
#[derive(Clone, Debug, Serialize)]
pub struct DhcpReservation {
    /// Its host name.
    pub name: Sp<Label>,
    /// The machine of the file, when it is one.
    pub machine: Option<MachineId>,
    /// The MAC address that it is known by.
    pub mac: Sp<Mac>,
    /// The address.
    pub address: Sp<Ipv4Addr>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A node of a pair that gives out addresses.
#[derive(Clone, Debug, Serialize)]
pub struct DhcpPartner {
    /// The node.
    pub node: MachineId,
    /// Where the other tells it of leases.
    pub address: Sp<Ipv4Addr>,
    /// By which TCP port.
    pub port: Sp<u16>,
}
