//! Decided: networks of people who come from afar; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::Opening;
use crate::ir::{SecretId, VlanId};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// A VPN of a firewall.
#[derive(Clone, Debug, Serialize)]
pub struct Vpn {
    /// Its name.
    pub name: Sp<Name>,
    /// What it speaks.
    pub kind: Sp<VpnKind>,
    /// Its number among those of its kind.
    pub number: Sp<u16>,
    /// Its subnet.
    pub subnet: Sp<ipnet::Ipv4Net>,
    /// The firewall's address in it: the first.
    pub address: Sp<Ipv4Addr>,
    /// The port on its ways out.
    pub port: Sp<u16>,
    /// The largest packet inside it, where it is stated.
    pub mtu: Option<Sp<u16>>,
    /// What its program needs.
    pub speaks: VpnSpeaks,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Vpn {
    /// All networks that are reached through it: its subnet, and what is behind its peers.
    pub fn nets(&self) -> impl Iterator<Item = Sp<ipnet::Ipv4Net>> + '_ {
        let peers = match &self.speaks {
            VpnSpeaks::Wireguard { peers, .. } => peers.as_slice(),
            VpnSpeaks::Openvpn(_) => &[],
        };
        std::iter::once(self.subnet).chain(peers.iter().flat_map(|p| p.nets.iter().copied()))
    }
}

/// What the program of a VPN needs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VpnSpeaks {
    /// WireGuard.
    Wireguard {
        /// The private key.
        secret: Sp<SecretId>,
        /// Who may come in, ordered by name.
        peers: Vec<VpnPeer>,
    },
    /// OpenVPN.
    Openvpn(Openvpn),
}

/// Who may come in by WireGuard.
#[derive(Clone, Debug, Serialize)]
pub struct VpnPeer {
    /// Its name.
    pub name: Sp<Label>,
    /// Its public key.
    pub key: Sp<WireguardKey>,
    /// Its address in the VPN.
    pub address: Sp<Ipv4Addr>,
    /// A further secret that both share.
    pub shared: Option<Sp<SecretId>>,
    /// Where it is, when the firewall calls it.
    pub endpoint: Option<(Sp<ServerHost>, Sp<u16>)>,
    /// How often a packet is sent when nothing else is.
    pub keepalive: Option<Sp<Seconds>>,
    /// Networks behind it, ordered.
    pub nets: Vec<Sp<ipnet::Ipv4Net>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What OpenVPN needs.
#[derive(Clone, Debug, Serialize)]
pub struct Openvpn {
    /// What carries it.
    pub carrier: Sp<VpnCarrier>,
    /// The server's certificate.
    pub certificate: Sp<CertificateId>,
    /// The authority that signs those of who comes, where it is stated.
    pub authority: Option<Sp<CertificateId>>,
    /// Whether who comes shows a certificate.
    pub client_certificate: Sp<ClientCertificate>,
    /// Who knows names and passwords; nobody asks for them where it is empty.
    pub log_in: Vec<Sp<DirectoryRef>>,
    /// The VLANs that those who come send this way.
    pub reach: Vec<Sp<VlanId>>,
    /// Whether they send everything this way.
    pub everything: Sp<bool>,
    /// What it encrypts with.
    pub ciphers: Vec<Sp<VpnCipher>>,
    /// The key without which it answers nobody.
    pub tls_crypt: Option<Sp<SecretId>>,
    /// How many may be connected at a time.
    pub clients: Option<Sp<u32>>,
}
