//! Pass: a firewall's VPNs: their numbers, addresses, peers and the ports that they answer on; spells nothing.

use super::At;
use super::admin::{misplaced, missing, of_this, secret};
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    57;
    WIREGUARD_PORT = "the port that WireGuard's own examples have, as nothing else is stated" @ "wg(8)";
    OPENVPN_PORT = "the port of OpenVPN, as nothing else is stated" @ "IANA Service Name and Transport Protocol Port Number Registry";
    FIRST = "the firewall has the first address of its VPN" @ "RFC 3.1.3";
    LOWEST = "the lowest number that no VPN of the kind states, in the order of names" @ "OPNsense core 26.7, Wireguard/Server.xml, OpenVPN.xml";
    EVERY_WAY = "a VPN answers on every way out, as nothing else is stated" @ "RFC 3.1.3";
    KNOCKS = "who comes from afar must be let to the port of the VPN" @ "opnsense 3: no rule of OPNsense does";
    QUIET = "packets of a VPN are not logged: each is proven by the VPN itself" @ "RFC 6.1";
    UDP = "UDP carries it, as nothing else is stated" @ "OPNsense core 26.7, OpenVPN.xml";
    CERTIFICATE = "who comes shows a certificate, as nothing else is stated" @ "OPNsense core 26.7, OpenVPN.xml";
    NOT_ALL = "only what is stated is sent through the VPN" @ "OPNsense core 26.7, OpenVPN.xml";
    CIPHERS = "ciphers that prove who sent a packet, with 256 bits, as nothing else is stated" @ "OpenVPN 2.6, data-ciphers";
    ENDPOINT_PORT = "a site answers on the port that WireGuard's own examples have, as nothing else is stated" @ "wg(8)";
}

/// Decides all of them, ordered by name.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Vpn> {
    let mut stated: Vec<&VpnFacts> = x.f.vpn.iter().filter(|v| v.name.is_some()).collect();
    stated.sort_by(|a, b| a.name.as_ref().map(|n| &n.v.0).cmp(&b.name.as_ref().map(|n| &n.v.0)));
    let mut all: Vec<Vpn> = stated.iter().filter_map(|v| vpn(x, v, &stated, cx)).collect();
    all.dedup_by(|a, b| a.name.v == b.name.v);
    numbers(&all, cx);
    overlaps(x, &all, cx);
    all
}

fn vpn(x: &At<'_>, f: &VpnFacts, stated: &[&VpnFacts], cx: &mut Cx<'_>) -> Option<Vpn> {
    let name = f.name.as_ref()?;
    let kind = f.kind?;
    let subnet = f.subnet?.map(|s| s.0);
    let openvpn = kind.v == VpnKind::Openvpn;
    if openvpn && subnet.v.prefix_len() > 29 {
        let (a, b) = (cx.span(subnet.at), cx.span(kind.at));
        cx.report(
            Diag::new(code::E1150, format!("{} is too small for OpenVPN", subnet.v))
                .at(a, "the firewall and one client fill it")
                .at(b, "OPNsense refuses less than a /29 here")
                .help("a /29 or larger"),
        );
    }
    let first = subnet.v.hosts().next()?;
    let address = cx.make(first, FIRST, &[subnet.at]);
    let speaks = match kind.v {
        VpnKind::Wireguard => wireguard(x, f, kind, subnet, address, cx),
        VpnKind::Openvpn => self::openvpn(x, f, kind, cx),
    };
    let default = if openvpn { (1194, OPENVPN_PORT) } else { (51820, WIREGUARD_PORT) };
    let port = f.port.map_or_else(|| cx.make(default.0, default.1, &[kind.at]), |p| p.map(|p| p.0));
    let number = match f.number {
        Some(n) => n.map(|n| n.0),
        None => free(name, kind, stated, cx),
    };
    let speaks = speaks?;
    let protocol = match &speaks {
        VpnSpeaks::Openvpn(o) if o.carrier.v == VpnCarrier::Tcp => Protocol::Tcp,
        VpnSpeaks::Openvpn(_) | VpnSpeaks::Wireguard { .. } => Protocol::Udp,
    };
    Some(Vpn {
        openings: openings(x, f, &name.v.0, protocol, port, cx),
        name: Sp::new(name.v.0.clone(), name.at),
        kind,
        number,
        subnet,
        address,
        port,
        mtu: f.mtu.map(|m| m.map(|m| m.0)),
        speaks,
        at: f.at,
    })
}

/// The lowest number that none of its kind states, in the order of names.
fn free(name: &Sp<VpnDef>, kind: Sp<VpnKind>, stated: &[&VpnFacts], cx: &mut Cx<'_>) -> Sp<u16> {
    let same = || stated.iter().filter(|v| v.kind.is_some_and(|k| k.v == kind.v));
    let taken: Vec<u16> = same().filter_map(|v| v.number).map(|n| n.v.0).collect();
    let unsaid = same().filter(|v| v.number.is_none());
    let place = unsaid.take_while(|v| v.name.as_ref().is_some_and(|n| n.v.0 < name.v.0)).count();
    let n = (1u16..).filter(|n| !taken.contains(n)).nth(place).unwrap_or(u16::MAX);
    cx.make(n, LOWEST, &[name.at, kind.at])
}

/// E1149: a device is one VPN's.
fn numbers(all: &[Vpn], cx: &mut Cx<'_>) {
    for (i, v) in all.iter().enumerate() {
        let same = |o: &&Vpn| o.kind.v == v.kind.v && o.number.v == v.number.v;
        let Some(before) = all[..i].iter().find(same) else { continue };
        let (a, b) = (cx.span(v.number.at), cx.span(before.number.at));
        cx.report(
            Diag::new(code::E1149, format!("VPNs {} and {} have one number: {}", before.name, v.name, v.number))
                .at(a, "again here")
                .at(b, "first here")
                .note("the number names the device, and a device is one VPN's")
                .help("remove one of the two numbers"),
        );
    }
}

fn openings(x: &At<'_>, f: &VpnFacts, name: &Name, protocol: Protocol, port: Sp<u16>, cx: &mut Cx<'_>) -> Vec<Opening> {
    let network = &x.layer.network;
    let mut ways: Vec<Sp<usize>> = Vec::new();
    if f.ways.is_empty() {
        let outer = network.interfaces.iter().enumerate().filter(|(_, i)| i.gateway.is_some());
        ways.extend(outer.map(|(n, i)| Sp::new(n, i.at)));
    }
    for w in &f.ways {
        let id = x.index.vlan(&w.v.0);
        match x.on(id).filter(|(_, i)| i.gateway.is_some()) {
            Some((n, _)) => ways.push(Sp::new(n, w.at)),
            None if !id.is_known() || x.t.incomplete.firewalls.contains(&x.id) => {}
            None => {
                let (a, b) = (cx.span(w.at), cx.span(x.firewall.at));
                let outer: Vec<String> = network
                    .interfaces
                    .iter()
                    .filter(|i| i.gateway.is_some())
                    .map(|i| format!("\"{}\"", x.t.vlan(i.vlan.v).name))
                    .collect();
                cx.report(
                    Diag::new(code::E1141, format!("VLAN {} is no way out of firewall {}", w.v, x.firewall.name))
                        .at(a, "nobody comes from afar by it")
                        .at(b, "this firewall")
                        .help(format!("ways {}", outer.join(" "))),
                );
            }
        }
    }
    ways.sort_by_key(|w| w.v);
    ways.dedup_by_key(|w| w.v);
    let mut zones: Vec<PolicyZone> = Vec::new();
    if let Some(VpnFromFacts { at: _, net, country }) = &f.from {
        zones.extend(net.iter().map(|n| PolicyZone::Net(Net { net: n.map(|n| n.0), except: Vec::new() })));
        zones.extend(country.iter().map(|c| PolicyZone::Country(c.clone())));
    }
    ways.into_iter()
        .map(|w| {
            let span = cx.make(PortSpan((port.v, port.v)), KNOCKS, &[port.at]);
            Opening {
                key: format!("vpn/{name}"),
                on: RuleOn::Interface(w.v),
                from: if f.from.is_some() { OpeningFrom::Zones(zones.clone()) } else { OpeningFrom::Anyone },
                to: None,
                ports: Ports { ports: vec![(protocol, span)], at: vec![port.at], ..Ports::default() },
                log: Sp::new(false, QUIET.origin()),
                about: cx.make(
                    format!("VPN {name} answers"),
                    KNOCKS,
                    &[&[f.at, w.at][..], &zones.iter().map(PolicyZone::at).collect::<Vec<_>>()].concat(),
                ),
                at: f.at,
                rule: if f.ways.is_empty() { EVERY_WAY } else { KNOCKS },
            }
        })
        .collect()
}

fn wireguard(
    x: &At<'_>,
    f: &VpnFacts,
    kind: Sp<VpnKind>,
    subnet: Sp<ipnet::Ipv4Net>,
    own: Sp<std::net::Ipv4Addr>,
    cx: &mut Cx<'_>,
) -> Option<VpnSpeaks> {
    let words: [(&str, Option<Origin>); 10] = [
        ("carrier", f.carrier.map(|w| w.at)),
        ("certificate", f.certificate.as_ref().map(|w| w.at)),
        ("authority", f.authority.as_ref().map(|w| w.at)),
        ("client-certificate", f.client_certificate.map(|w| w.at)),
        ("log-in", f.log_in.first().map(|w| w.at)),
        ("reach", f.reach.first().map(|w| w.at)),
        ("everything", f.everything.map(|w| w.at)),
        ("cipher", f.cipher.first().map(|w| w.at)),
        ("tls-crypt", f.tls_crypt.as_ref().map(|w| w.at)),
        ("clients", f.clients.map(|w| w.at)),
    ];
    for (word, at) in words {
        misplaced("WireGuard", word, at, kind.at, cx);
    }
    if f.secret.is_none() {
        missing("this WireGuard", "secret", f.at, "secret \"wireguard\"", cx);
    }
    let mut peers: Vec<VpnPeer> = Vec::new();
    for p in &f.peer {
        let (Some(name), Some(key), Some(address)) = (p.name.clone(), p.key.clone(), p.address) else { continue };
        let address = address.map(|a| a.0);
        inside(f, subnet, own, address, cx);
        for before in &peers {
            let mut twice = |code, what: String, at: Origin, first: Origin, help: &str| {
                let (a, b) = (cx.span(at), cx.span(first));
                cx.report(Diag::new(code, what).at(a, "again here").at(b, "first here").help(help.to_string()));
            };
            if before.name.v == name.v {
                let what = format!("peer \"{}\" is stated twice", name.v);
                twice(code::E0202, what, name.at, before.name.at, "keep one of the two");
            }
            if before.address.v == address.v {
                let what = format!("peers \"{}\" and \"{}\" have one address", before.name.v, name.v);
                twice(code::E1145, what, address.at, before.address.at, "give one of them another address");
            }
            if before.key.v == key.v {
                let what = format!("peers \"{}\" and \"{}\" have one key", before.name.v, name.v);
                twice(
                    code::E1146,
                    what,
                    key.at,
                    before.key.at,
                    "each device makes a key of its own: wg genkey | wg pubkey",
                );
            }
        }
        let mut nets: Vec<Sp<ipnet::Ipv4Net>> = p.net.iter().map(|n| n.map(|n| n.0)).collect();
        nets.sort_by_key(|n| n.v);
        nets.dedup_by_key(|n| n.v);
        peers.push(VpnPeer {
            name,
            key,
            address,
            shared: secret(x, p.shared.as_ref()),
            endpoint: p
                .endpoint
                .as_ref()
                .and_then(|e| Some((e.host.clone()?, or(e.port.map(|p| p.map(|p| p.0)), 51820, ENDPOINT_PORT)))),
            keepalive: p.keepalive.map(|k| k.map(Seconds::from)),
            nets,
            at: p.at,
        });
    }
    peers.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    peers.dedup_by(|a, b| a.name.v == b.name.v);
    Some(VpnSpeaks::Wireguard { secret: secret(x, f.secret.as_ref())?, peers })
}

/// E1145: a peer's address is in the subnet, and nobody else's.
fn inside(
    f: &VpnFacts,
    subnet: Sp<ipnet::Ipv4Net>,
    own: Sp<std::net::Ipv4Addr>,
    address: Sp<std::net::Ipv4Addr>,
    cx: &mut Cx<'_>,
) {
    let what = match address.v {
        a if !subnet.v.contains(&a) => "it is outside the subnet",
        a if a == own.v => "the firewall has it: the first of the subnet",
        a if a == subnet.v.network() || a == subnet.v.broadcast() => {
            "it is the subnet's first or last, which nobody has"
        }
        _ => return,
    };
    let (a, b) = (cx.span(address.at), cx.span(subnet.at));
    let taken: Vec<_> = f.peer.iter().filter_map(|p| p.address).map(|p| p.v.0).collect();
    let mut d = Diag::new(code::E1145, format!("{} cannot be the address of a peer", address.v))
        .at(a, what)
        .at(b, "the subnet");
    if let Some(free) = subnet.v.hosts().skip(1).take(1 << 16).find(|h| !taken.contains(h)) {
        d = d.help(format!("address \"{free}\""));
    }
    cx.report(d);
}

fn openvpn(x: &At<'_>, f: &VpnFacts, kind: Sp<VpnKind>, cx: &mut Cx<'_>) -> Option<VpnSpeaks> {
    misplaced("OpenVPN", "secret", f.secret.as_ref().map(|w| w.at), kind.at, cx);
    misplaced("OpenVPN", "peer", f.peer.first().map(|w| w.at), kind.at, cx);
    let client_certificate = or(f.client_certificate, ClientCertificate::Required, CERTIFICATE);
    let log_in = of_this(x, &f.log_in, cx);
    if client_certificate.v == ClientCertificate::None && f.log_in.is_empty() {
        let (a, b) = (cx.span(client_certificate.at), cx.span(f.at));
        cx.report(
            Diag::new(code::E1151, "anybody would come in")
                .at(a, "no certificate is asked for")
                .at(b, "and no name and password")
                .help("log-in \"local\""),
        );
    }
    let mut ciphers = f.cipher.clone();
    ciphers.dedup_by_key(|c| c.v);
    if ciphers.is_empty() {
        ciphers = [VpnCipher::Aes256, VpnCipher::Chacha20].map(|c| Sp::new(c, CIPHERS.origin())).to_vec();
    }
    let reach = f.reach.iter().filter_map(|v| {
        super::admin::interface(x, v, cx).map(|i| Sp::new(x.layer.network.interfaces[i.v].vlan.v, v.at))
    });
    let reach: Vec<Sp<VlanId>> = reach.collect();
    let Some(certificate) = f.certificate.clone() else {
        missing("this OpenVPN", "certificate", f.at, "certificate \"66f000ce47001\"", cx);
        return None;
    };
    Some(VpnSpeaks::Openvpn(Openvpn {
        carrier: or(f.carrier, VpnCarrier::Udp, UDP),
        certificate,
        authority: f.authority.clone(),
        client_certificate,
        log_in,
        reach,
        everything: or(f.everything, false, NOT_ALL),
        ciphers,
        tls_crypt: secret(x, f.tls_crypt.as_ref()),
        clients: f.clients.map(|c| c.map(|c| c.0)),
    }))
}

/// E1144: an address that is here and in a VPN is reached in one of the two places only.
fn overlaps(x: &At<'_>, all: &[Vpn], cx: &mut Cx<'_>) {
    let mut taken: Vec<(ipnet::Ipv4Net, Origin, String)> = Vec::new();
    taken.extend(x.t.vlans.iter().map(|v| (v.subnet.v, v.subnet.at, format!("VLAN {}", v.name))));
    for c in &x.t.clusters {
        taken.push((c.pods.v, c.pods.at, format!("the pods of cluster {}", c.name)));
        taken.push((c.services.v, c.services.at, format!("the services of cluster {}", c.name)));
    }
    for r in &x.f.route {
        taken.extend(r.net.map(|n| (n.v.0, n.at, "a route".to_string())));
    }
    // Firewalls are decided in the order of names, so each pair of them is compared once.
    for other in x.t.firewalls.iter().filter(|f| f.name.v != x.firewall.name.v) {
        for v in &other.layer.vpns {
            taken.extend(v.nets().map(|n| (n.v, n.at, format!("VPN {} of firewall {}", v.name, other.name))));
        }
    }
    for v in all {
        for net in v.nets() {
            let hit = taken.iter().find(|(n, _, _)| n.contains(&net.v) || net.v.contains(n));
            if let Some((n, at, what)) = hit {
                let (a, b) = (cx.span(net.at), cx.span(*at));
                cx.report(
                    Diag::new(code::E1144, format!("{} of VPN {} overlaps {what}", net.v, v.name))
                        .at(a, "this range")
                        .at(b, format!("holds addresses of {n} too"))
                        .note("a packet has one way: one of the two would never be reached")
                        .help("a range that nobody else has"),
                );
            }
            taken.push((net.v, net.at, format!("VPN {}", v.name)));
        }
    }
}
