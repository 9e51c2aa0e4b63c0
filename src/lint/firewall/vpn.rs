//! Checks of a firewall's VPNs; a lint changes nothing.

use super::super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::VpnSpeaks;

/// All of them.
pub const LINTS: &[super::Lint] = &[nobody];

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
