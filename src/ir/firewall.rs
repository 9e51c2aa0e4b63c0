//! Decided: what a firewall does, one family a file; holds no diagnostics and does no work.

mod admin;
mod dhcp;
mod dns;
mod filter;
mod ids;
mod nat;
mod network;
mod ntp;
mod pair;
mod shaper;
mod uuid;
mod vpn;
mod watch;

pub use admin::*;
pub use dhcp::*;
pub use dns::*;
pub use filter::*;
pub use ids::*;
pub use nat::*;
pub use network::*;
pub use ntp::*;
pub use pair::*;
pub use shaper::*;
pub use uuid::*;
pub use vpn::*;
pub use watch::*;

use serde::Serialize;

/// What a firewall does, decided family by family. All empty where the firewall is not OPNsense or its version is not stated.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FirewallLayer {
    /// Interfaces, ways out, routes.
    pub network: FirewallNetwork,
    /// How two nodes keep each other's state.
    pub pair: Option<Pair>,
    /// Who manages it.
    pub admin: Option<Admin>,
    /// Answers to questions for names.
    pub dns: Option<FirewallDns>,
    /// The time, for others.
    pub ntp: Option<FirewallNtp>,
    /// Addresses that it gives out, ordered by VLAN.
    pub dhcp: Vec<FirewallDhcp>,
    /// Logs, figures, what it looks after.
    pub watch: FirewallWatch,
    /// VPNs, ordered by name.
    pub vpns: Vec<Vpn>,
    /// How bandwidth is shared.
    pub shaper: Option<Shaper>,
    /// What it looks for in the traffic.
    pub ids: Option<Ids>,
    /// Copies of its configuration.
    pub backup: Option<super::FirewallBackup>,
    /// Translation of addresses.
    pub nat: Nat,
    /// Aliases and rules.
    pub filter: Filter,
}
