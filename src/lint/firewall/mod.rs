//! Checks of what firewalls do: one file a family; a lint changes nothing.

mod admin;
mod asked;
mod dhcp;
mod dns;
mod filter;
mod ids;
mod nat;
mod network;
mod ntp;
mod overlap;
mod pair;
mod shaper;
mod vpn;
mod watch;

use super::Lint;

/// All families.
pub const LINTS: &[&[Lint]] = &[
    network::LINTS,
    pair::LINTS,
    admin::LINTS,
    dns::LINTS,
    ntp::LINTS,
    dhcp::LINTS,
    watch::LINTS,
    vpn::LINTS,
    shaper::LINTS,
    ids::LINTS,
    nat::LINTS,
    filter::LINTS,
    overlap::LINTS,
];
