//! Checks of a firewall's VPNs; a lint changes nothing.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::VpnSpeaks;

/// All of them.
pub const LINTS: &[super::Lint] = &[nobody, public];

/// L1158: a WireGuard knows each of those who come in by a key.
fn nobody(x: &Lints<'_>, sink: &mut Sink) {
    for v in x.topology.firewalls.iter().flat_map(|f| &f.layer.vpns) {
        let VpnSpeaks::Wireguard { peers, .. } = &v.speaks else { continue };
        if peers.is_empty() {
            sink.report(
                Diag::new(code::L1158, format!("nobody comes in by VPN {}", v.name))
                    .at(x.span(v.at), "it has no peer, and it answers all the same")
                    .help("peer \"laptop\" { key \"…\"; address \"…\" }"),
            );
        }
    }
}

/// L1197: whoever really has these addresses is out of reach for all behind the firewall.
fn public(x: &Lints<'_>, sink: &mut Sink) {
    let private: [Ipv4Net; 4] = [
        Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8),
        Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12),
        Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16),
        Ipv4Net::new_assert(Ipv4Addr::new(100, 64, 0, 0), 10),
    ];
    for v in x.topology.firewalls.iter().flat_map(|f| &f.layer.vpns) {
        let own = x
            .topology
            .public
            .iter()
            .flat_map(|p| &p.ranges)
            .any(|(a, b)| a.v <= v.subnet.v.network() && v.subnet.v.broadcast() <= b.v);
        if own || private.iter().any(|p| p.contains(&v.subnet.v)) {
            continue;
        }
        sink.report(
            Diag::new(code::L1197, format!("{} of VPN {} is somebody's on the Internet", v.subnet.v, v.name))
                .at(x.span(v.subnet.at), "these are no private addresses")
                .note(
                    "whoever has them is no longer reached from behind this firewall: packets for them go into the VPN",
                )
                .help("a subnet of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 that nobody here has"),
        );
    }
}
