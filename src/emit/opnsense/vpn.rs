//! Sections of config.xml: WireGuard and OpenVPN, each whole, as a restored area replaces all of it; decides nothing.

use super::{ON, Section, View, secret};
use crate::ir::{Openvpn, RuleOn, Vpn, VpnPeer, VpnSpeaks};
use crate::render::{Composed, Doc, Why, Xml};
use crate::schema::{ClientCertificate, VpnCarrier, VpnCipher};
use crate::source::Sp;
use crate::words;

crate::rules! {
    82;
    WIREGUARD = "All of WireGuard in one section: it holds private keys, so all of it is merged." @ "opnsense 4; OPNsense core 26.7, restore areas";
    SERVERS = "A server of WireGuard is a VPN of the topology." @ "OPNsense core 26.7, Wireguard/Server.xml";
    CLIENTS = "What OPNsense calls a client is a peer, whoever calls." @ "OPNsense core 26.7, Wireguard/Client.xml";
    GENERAL = "WireGuard runs." @ "OPNsense core 26.7, Wireguard/General.xml";
    OWN_ADDRESS = "The firewall's address in the VPN, with the VPN's prefix." @ "OPNsense core 26.7, Wireguard/Server.xml: tunneladdress";
    ROUTES = "What is behind the peers is routed to it." @ "OPNsense core 26.7, Wireguard/Server.xml: disableroutes";
    PEERS = "Peers by their uuids." @ "OPNsense core 26.7, Wireguard/Server.xml: peers";
    ALLOWED = "A peer sends from its own address and the networks behind it, and nothing else." @ "wg(8), AllowedIPs";
    OPENVPN = "All of OpenVPN in one section, as a restore of its area replaces all of it." @ "opnsense 4; OPNsense core 26.7, restore areas";
    INSTANCE = "An instance of OpenVPN is a VPN of the topology." @ "OPNsense core 26.7, OpenVPN/OpenVPN.xml";
    SERVER = "The firewall is the server." @ "OPNsense core 26.7, OpenVPN/OpenVPN.xml: role";
    TUN = "A tunnel of packets, in which each client has an address of the subnet." @ "OpenVPN 2.6, dev tun, topology subnet";
    CALM = "Errors and who comes and goes are logged." @ "OpenVPN 2.6, verb 3";
    IPV4 = "There is no IPv6." @ "OPNsense core 26.7, OpenVPN/OpenVPN.xml: proto";
    CLIENT_TLS = "Only a certificate of a client lets a client in, never that of a server." @ "OpenVPN 2.6, remote-cert-tls";
    NO_OCSP = "Nobody is asked whether a certificate was revoked." @ "OPNsense core 26.7, OpenVPN/OpenVPN.xml: use_ocsp";
    VERIFY = "Whether a certificate is asked for." @ "OpenVPN 2.6, verify-client-cert";
    CIPHERS = "Both ends take the first of these that both know." @ "OpenVPN 2.6, data-ciphers";
    PUSH = "Clients send these networks through the VPN." @ "OpenVPN 2.6, push route";
    REDIRECT = "Clients send everything through the VPN." @ "OpenVPN 2.6, redirect-gateway def1";
    USERNAME = "Without a certificate a client is known by its name." @ "OpenVPN 2.6, username-as-common-name";
    KEEPALIVE = "A client that is gone is noticed within a minute or two." @ "OpenVPN 2.6, keepalive 10 60";
    ONE_OF_TWO = "Of two nodes the one that holds the shared address runs the VPN, or both would answer its peers." @ "RFC 9.4; OPNsense core 26.7, carp_depend_on";
    TLS_CRYPT = "Who has not this key gets no answer at all." @ "OpenVPN 2.6, tls-crypt";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let mut wireguard = Vec::new();
    let mut openvpn = Vec::new();
    for v in &view.layer.vpns {
        match &v.speaks {
            VpnSpeaks::Wireguard { secret, peers } => wireguard.push((v, secret, peers.as_slice())),
            VpnSpeaks::Openvpn(o) => openvpn.push((v, o)),
        }
    }
    let mut all = Vec::new();
    if !wireguard.is_empty() {
        let mut x = Xml::new("wireguard", WIREGUARD);
        x.push(view.model("OPNsense/wireguard/general", "general", GENERAL, |x| x.put("enabled", (true, GENERAL))));
        x.push(view.model("OPNsense/wireguard/server", "server", SERVERS, |x| {
            x.element("servers", SERVERS, |x| {
                for (v, private, peers) in &wireguard {
                    x.push(server(view, v, private, peers));
                }
            });
        }));
        x.push(view.model("OPNsense/wireguard/client", "client", CLIENTS, |x| {
            x.element("clients", CLIENTS, |x| {
                for (v, _, peers) in &wireguard {
                    for p in *peers {
                        x.push(client(view, v, p));
                    }
                }
            });
        }));
        all.push(Section { under: &["OPNsense"], xml: x, area: Some("OPNsense.wireguard") });
    }
    if !openvpn.is_empty() {
        let x = view.model("OPNsense/OpenVPN", "OpenVPN", OPENVPN, |x| {
            x.element("Instances", INSTANCE, |x| {
                for (v, o) in &openvpn {
                    x.push(instance(view, v, o));
                }
            });
            let keys: Vec<_> = openvpn.iter().filter_map(|(v, o)| Some((*v, o.tls_crypt.as_ref()?))).collect();
            if !keys.is_empty() {
                x.element("StaticKeys", TLS_CRYPT, |x| {
                    for (v, key) in keys {
                        let mut k = view.item("StaticKey", &key_path(v), TLS_CRYPT);
                        k.put("mode", ("crypt", TLS_CRYPT));
                        k.put("key", secret(view.t, key));
                        k.put("description", &v.name);
                        x.push(k);
                    }
                });
            }
        });
        all.push(Section { under: &["OPNsense"], xml: x, area: Some("openvpn,OPNsense.OpenVPN") });
    }
    all
}

fn peer_path(v: &Vpn, p: &VpnPeer) -> String {
    format!("vpn/{}/peer/{}", v.name.v, p.name.v.0)
}

fn key_path(v: &Vpn) -> String {
    format!("vpn/{}/key", v.name.v)
}

fn server(view: &View<'_>, v: &Vpn, private: &Sp<crate::ir::SecretId>, peers: &[VpnPeer]) -> Xml {
    let Vpn { name, kind, number, subnet, address, port, mtu, speaks: _, openings: _, at } = v;
    let mut x = view.item("server", &format!("vpn/{}", name.v), Why::from(SERVERS).also(*at).also(kind.at));
    x.put("enabled", (true, ON));
    x.put("name", name);
    x.put("instance", number);
    x.put("privkey", secret(view.t, private));
    x.put("port", port);
    x.put_some("mtu", mtu.as_ref());
    x.put("tunneladdress", (words![address, "/", &subnet.map(|s| s.prefix_len())], OWN_ADDRESS));
    x.put("disableroutes", (false, ROUTES));
    only_where_shared(view, v, &mut x);
    let uuids: Vec<String> = peers.iter().map(|p| view.uuid(&peer_path(v, p)).as_str().to_string()).collect();
    let mut why = Why::from(PEERS);
    for p in peers {
        why = why.also(p.name.at);
    }
    x.put("peers", (Doc::Str(uuids.join(",").into()), why));
    x.put("debug", (false, SERVERS));
    x
}

fn client(view: &View<'_>, v: &Vpn, p: &VpnPeer) -> Xml {
    let VpnPeer { name, key, address, shared, endpoint, keepalive, nets, at } = p;
    let mut x = view.item("client", &peer_path(v, p), Why::from(CLIENTS).also(*at));
    x.put("enabled", (true, ON));
    x.put("name", name);
    x.put("pubkey", key);
    if let Some(s) = shared {
        x.put("psk", secret(view.t, s));
    }
    let mut allowed = words![address, "/32"];
    for n in nets {
        allowed = words![allowed, ",", n];
    }
    x.put("tunneladdress", (allowed, ALLOWED));
    if let Some((host, port)) = endpoint {
        x.put("serveraddress", host);
        x.put("serverport", port);
    }
    x.put_some("keepalive", keepalive.map(|k| k.map(|k| k.0)));
    x
}

fn instance(view: &View<'_>, v: &Vpn, o: &Openvpn) -> Xml {
    let Vpn { name, kind, number, subnet, address, port, mtu, speaks: _, openings: _, at } = v;
    let Openvpn {
        carrier,
        certificate,
        authority,
        client_certificate,
        log_in,
        reach,
        everything,
        ciphers,
        tls_crypt,
        clients,
    } = o;
    let mut x = view.item("Instance", &format!("vpn/{}", name.v), Why::from(INSTANCE).also(*at).also(kind.at));
    x.put("vpnid", number);
    x.put("enabled", (true, ON));
    x.put("dev_type", ("tun", TUN));
    x.put("verb", (3u8, CALM));
    x.put("proto", (Doc::Str(proto(carrier.v).into()), Why::from(IPV4).also(carrier.at)));
    x.put("port", port);
    x.put("topology", ("subnet", TUN));
    x.put("role", ("server", SERVER));
    // OpenVPN takes the first address of the subnet by itself.
    x.cite(address.at);
    x.put("server", subnet);
    if !reach.is_empty() {
        let mut nets = Composed::default();
        for (n, vlan) in reach.iter().enumerate() {
            let net = words![&view.t.vlan(vlan.v).subnet].citing(vlan.at);
            nets = if n == 0 { net } else { words![nets, ",", net] };
        }
        x.put("push_route", (nets, PUSH));
    }
    x.put("cert", certificate);
    x.put_some("ca", authority.as_ref());
    x.put("remote_cert_tls", (client_certificate.v == ClientCertificate::Required, CLIENT_TLS));
    let verify = match client_certificate.v {
        ClientCertificate::Required => "require",
        ClientCertificate::None => "none",
    };
    x.put("verify_client_cert", (Doc::Str(verify.into()), Why::from(VERIFY).also(client_certificate.at)));
    x.put("use_ocsp", (false, NO_OCSP));
    let mut list = Composed::default();
    for (n, c) in ciphers.iter().enumerate() {
        let one = words![c.map(cipher)];
        list = if n == 0 { one } else { words![list, ",", one] };
    }
    x.put("data-ciphers", (list, CIPHERS));
    if tls_crypt.is_some() {
        x.put("tls_key", (view.uuid(&key_path(v)).as_str(), TLS_CRYPT));
    }
    if !log_in.is_empty() {
        x.put("authmode", super::admin::authmode(log_in));
    }
    let by_name = client_certificate.v == ClientCertificate::None;
    x.put("username_as_common_name", (by_name, USERNAME));
    x.put("strictusercn", (0u8, USERNAME));
    x.put_some("maxclients", clients.as_ref());
    x.put("keepalive_interval", (10u8, KEEPALIVE));
    x.put("keepalive_timeout", (60u8, KEEPALIVE));
    x.cite(everything.at);
    if everything.v {
        x.put("redirect_gateway", ("def1", REDIRECT));
    }
    x.put_some("tun_mtu", mtu.as_ref());
    only_where_shared(view, v, &mut x);
    x.put("description", name);
    x
}

/// Of two nodes only the one that holds the shared address of the first way out runs the VPN.
fn only_where_shared(view: &View<'_>, v: &Vpn, x: &mut Xml) {
    let way = v.openings.iter().find_map(|o| match o.on {
        RuleOn::Interface(i) => Some(i),
        RuleOn::Vpns(_) => None,
    });
    let shared = |i: &usize| view.layer.pair.as_ref().is_some_and(|p| p.shared.iter().any(|s| s.interface == *i));
    if let Some(i) = way.filter(shared) {
        let vlan = view.t.vlan(view.layer.network.interfaces[i].vlan.v);
        // The path of the shared address: interfaces.rs.
        let uuid = view.uuid(&["vip/shared/", vlan.name.v.as_str()].concat());
        x.put("carp_depend_on", (uuid.as_str(), ONE_OF_TWO));
    }
}

/// As OPNsense spells it; the plain words would listen on IPv6 too.
fn proto(c: VpnCarrier) -> &'static str {
    match c {
        VpnCarrier::Udp => "udp4",
        VpnCarrier::Tcp => "tcp4",
    }
}

/// As OpenVPN spells it.
fn cipher(c: VpnCipher) -> &'static str {
    match c {
        VpnCipher::Aes128 => "AES-128-GCM",
        VpnCipher::Aes256 => "AES-256-GCM",
        VpnCipher::Chacha20 => "CHACHA20-POLY1305",
    }
}
