//! Values of the language for a firewall's VPNs; reads single values, decides nothing.

use super::*;

words! {
    /// What a VPN speaks.
    VpnKind {
        Wireguard = "wireguard" "WireGuard: a key for each peer",
        Openvpn = "openvpn" "OpenVPN: a certificate for each person",
    }
}
