//! What the file says of networks of people who come from afar; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A network of people who come from afar, and of sites. What they may reach is said by `allow`.
    VpnFacts = "vpn" {
        /// Its name.
        name: arg<VpnDef> required, Emitted, "\"night-shift\"";
        /// What it speaks.
        kind: prop<VpnKind> required, Emitted, "\"openvpn\"";
        /// Its subnet: the firewall has the first address.
        subnet: value<Subnet> required, Emitted, "\"10.98.0.0/24\"";
        /// The port on its ways out.
        port: value<Port> "51820 for WireGuard, 1194 for OpenVPN", Emitted, "51999";
        /// Its number among those of its kind.
        number: value<VpnNumber> "its place among those of its kind that state none, by name", Emitted, "7";
        /// The ways out that it answers on.
        ways: list<VlanRef> "every way out", Emitted, "\"public\"";
        /// Who may knock.
        from: child<VpnFromFacts> "anyone", Parts;
        /// The largest packet inside it, in bytes.
        mtu: value<VpnMtu> "what its program makes of the way out", Emitted, "1380";
        /// The private key of a WireGuard.
        secret: value<SecretRef> "an error for WireGuard", Emitted, "\"wg2\"";
        /// Who may come in by WireGuard: a person's device, or a site.
        peer: children<VpnPeerFacts> "nobody", Parts;
        /// What carries OpenVPN.
        carrier: value<VpnCarrier> "\"udp\"", Emitted, "\"tcp\"";
        /// The certificate of OpenVPN's server, by its reference in the firewall's backup.
        certificate: value<CertificateId> "an error for OpenVPN", Emitted, "\"66f000ce47009\"";
        /// The authority that signs the certificates of those who come by OpenVPN, by its reference in the backup.
        authority: value<CertificateId> "the one that signed the server's", Emitted, "\"66f000ce47010\"";
        /// Whether who comes by OpenVPN shows a certificate.
        client_certificate: value("client-certificate")<ClientCertificate> "\"required\"", Emitted, "\"none\"";
        /// Who knows the names and passwords of those who come by OpenVPN.
        log_in: list("log-in")<DirectoryRef> "nobody asks for them", Emitted, "\"people2\"";
        /// The VLANs that those who come by OpenVPN send this way.
        reach: list<VlanRef> "none", Emitted, "\"management\"";
        /// Whether those who come by OpenVPN send everything this way.
        everything: flag<bool> "#false", Emitted, "#true";
        /// What OpenVPN encrypts with, the best first.
        cipher: list<VpnCipher> "\"aes-256-gcm\" \"chacha20-poly1305\"", Emitted, "\"aes-128-gcm\"";
        /// The key without which OpenVPN answers nobody (tls-crypt).
        tls_crypt: value("tls-crypt")<SecretRef> "it answers whoever knocks", Emitted, "\"tls2\"";
        /// How many may be connected by OpenVPN at a time.
        clients: value<VpnClients> "as many as its subnet has addresses", Emitted, "33";
    }
}

statement! {
    /// Who may knock at a VPN: all that is said is a union.
    VpnFromFacts = "from" {
        /// Networks.
        net: list<Cidr> "none", Emitted, "\"198.51.100.64/26\"";
        /// Countries, by the registration of addresses.
        country: list<Country> "none", Emitted, "\"NZ\"";
    }
}

statement! {
    /// Who may come in by WireGuard.
    VpnPeerFacts = "peer" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"tablet\"";
        /// Its public key.
        key: value<WireguardKey> required, Emitted, "\"q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq80=\"";
        /// Its address in the VPN.
        address: value<Address> required, Emitted, "\"10.99.0.77\"";
        /// A further secret that both share, against those who record today and compute later.
        shared: value("shared-secret")<SecretRef> "none", Emitted, "\"psk2\"";
        /// Where it is, when the firewall calls it: a site.
        endpoint: child<VpnEndpointFacts> "it calls", Parts;
        /// How often a packet is sent when nothing else is.
        keepalive: value<KeepAlive> "never", Emitted, "\"27s\"";
        /// Networks behind it.
        net: list<Cidr> "none", Emitted, "\"10.76.0.0/16\"";
    }
}

statement! {
    /// Where a peer is.
    VpnEndpointFacts = "endpoint" {
        /// Its name in DNS or its address.
        host: arg<ServerHost> required, Emitted, "\"vpn2.example.net\"";
        /// Its port.
        port: prop<Port> "51820", Emitted, "51999";
    }
}
