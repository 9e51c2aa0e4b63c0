//! What the file says of networks of people who come from afar; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A network of people who come from afar.
    VpnFacts = "vpn" {
        /// Its name.
        name: arg<VpnDef> required, Emitted, "\"night-shift\"";
        /// What it speaks.
        kind: prop<VpnKind> required, Emitted, "\"openvpn\"";
        /// Its subnet: the firewall has the first address.
        subnet: value<Subnet> required, Emitted, "\"10.98.0.0/24\"";
        /// The UDP port on its ways out.
        port: value<Port> "51820 for WireGuard, 1194 for OpenVPN", Emitted, "51999";
    }
}
