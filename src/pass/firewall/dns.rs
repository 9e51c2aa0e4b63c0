//! Pass: a firewall's answers to questions for names: who may ask, who is asked, what it knows by itself; spells nothing.

use super::At;
use super::serve::{interface, not_itself, opening, twice};
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::FirewallDnsFacts;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::{Masquerade, Name};
use crate::source::Sp;

mod names;

crate::rules! {
    53;
    SERVED = "who is served asks from the addresses of its network" @ "RFC 6.1";
    PODS = "pods that keep their addresses outside ask with them" @ "RFC 5.1.2; targets N7";
    PORT = "the port of the protocol" @ "RFC 1035 section 4.2";
    PORT_TLS = "the port of the protocol" @ "RFC 7858 section 3.1";
    DNSSEC = "signatures are not checked, as nothing else is stated" @ "OPNsense core 26.7, Unbound/Unbound.xml: dnssec";
    STATISTICS = "nothing is counted, as nothing else is stated" @ "OPNsense core 26.7, Unbound/Unbound.xml: stats";
    ASK = "who is served may ask the firewall" @ "RFC 6.1; opnsense 3";
    OWN = "what the file names has its name in the topology's domain" @ "RFC 4.3; targets N12";
    ABOUT = "what the name is, for those who read the list of them" @ "language reference";
    REVERSE = "the address has this name" @ "RFC 1035 section 3.5";
    NOT_REVERSE = "the address has another name already, and one is enough" @ "RFC 1035 section 3.5";
    INSIDE_NOT_REVERSE = "the name is the public one, the address has one inside" @ "RFC 5.6; targets N11";
    INSIDE = "whoever is inside gets the address inside, so nothing leaves by a way out to come back" @ "RFC 5.6; targets N11";
    MACHINE_ADDRESS = "the address is the machine's" @ "language reference";
    API_ADDRESS = "the address is that of the cluster's API" @ "RFC 4.3";
    RANK = "the usual rank of the only mail server" @ "RFC 5321 section 5.1";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<FirewallDns> {
    let d = x.f.dns.as_ref()?;
    let served = served(x, d, cx);
    let vpn = served.iter().any(|s| matches!(s.who, ServedBy::Vpn(_)));
    let listen = served
        .iter()
        .filter_map(|s| match s.who {
            ServedBy::Vlan(n) if !vpn => Some(Sp::new(n, s.name.at)),
            ServedBy::Vlan(_) | ServedBy::Vpn(_) | ServedBy::Pods(_) => None,
        })
        .collect();
    let port = or(d.port.map(|p| p.map(|p| p.0)), 53, PORT);
    let openings = served.iter().map(|s| open(x, s, port)).collect();
    let own_names = or(d.own_names, true, OWN);
    Some(FirewallDns {
        listen,
        port,
        upstreams: upstreams(x, d, cx),
        names: names::all(x, d, own_names, cx),
        own_names,
        dnssec: or(d.dnssec, false, DNSSEC),
        statistics: or(d.statistics, false, STATISTICS),
        served,
        openings,
        at: d.at,
    })
}

fn served(x: &At<'_>, d: &FirewallDnsFacts, cx: &mut Cx<'_>) -> Vec<Served> {
    let mut all: Vec<Served> = Vec::new();
    for (i, s) in d.serve.iter().enumerate() {
        // The reader reports what a list says twice.
        if d.serve[..i].iter().any(|f| f.v == s.v) {
            continue;
        }
        if !x.index.vlan(&s.v.0).is_known() {
            all.extend(vpn(x, &s.v.0, s.at, cx));
            continue;
        }
        let Some(n) = interface(x, &s.v.0, s.at, "names", cx) else { continue };
        let vlan = x.t.vlan(x.layer.network.interfaces[n.v].vlan.v);
        all.push(Served {
            who: ServedBy::Vlan(n.v),
            name: cx.make(vlan.name.v.clone(), SERVED, &[s.at, vlan.name.at]),
            net: cx.make(vlan.subnet.v, SERVED, &[s.at, vlan.subnet.at]),
        });
    }
    // What is masqueraded asks with the address of its node; only what is not is seen with its own.
    for (i, c) in x.t.clusters.iter().enumerate() {
        let layers = std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        let bare =
            layers.filter_map(|l| l.cilium.as_ref()).map(|n| &n.masquerade).find(|m| matches!(m.v, Masquerade::Nobody));
        let on = x.on(c.node_network.v).map(|(n, _)| n);
        let here = all.iter().find(|s| matches!(s.who, ServedBy::Vlan(n) if Some(n) == on)).map(|s| s.name.at);
        if let (Some(bare), Some(here)) = (bare, here) {
            all.push(Served {
                who: ServedBy::Pods(ClusterId(i as u32)),
                name: cx.make(c.name.v.clone(), PODS, &[c.name.at, bare.at, here]),
                net: cx.make(c.pods.v, PODS, &[c.pods.at, bare.at]),
            });
        }
    }
    all.sort_by(|a, b| {
        let rank = |s: &Served| match s.who {
            ServedBy::Vlan(n) => (0, x.layer.network.interfaces[n].vlan.v.0),
            ServedBy::Vpn(_) => (1, 0),
            ServedBy::Pods(c) => (2, c.0),
        };
        (rank(a), &a.name.v).cmp(&(rank(b), &b.name.v))
    });
    all
}

/// A VPN of this firewall; reports one of another. One that is wrong was reported, one that is not there too.
fn vpn(x: &At<'_>, name: &Name, at: crate::source::Origin, cx: &mut Cx<'_>) -> Option<Served> {
    if let Some(v) = x.layer.vpns.iter().find(|v| v.name.v == *name) {
        return Some(Served {
            who: ServedBy::Vpn(v.kind.v),
            name: cx.make(v.name.v.clone(), SERVED, &[at, v.name.at, v.kind.at]),
            net: cx.make(v.subnet.v, SERVED, &[at, v.subnet.at]),
        });
    }
    let of = |f: &crate::ir::facts::FirewallFacts| {
        f.vpn.iter().find(|v| v.name.as_ref().is_some_and(|n| n.v.0 == *name)).map(|v| v.at)
    };
    if let (None, Some(other)) = (of(x.f), x.facts.firewall.iter().find_map(of)) {
        let (a, b) = (cx.span(at), cx.span(other));
        cx.report(
            Diag::new(code::E1160, format!("VPN {name} does not end at firewall {}", x.firewall.name))
                .at(a, "nobody there could ask it for names")
                .at(b, "this VPN is another firewall's")
                .help(format!("remove \"{name}\" from `serve`")),
        );
    }
    None
}

/// The rule by which somebody may ask.
fn open(x: &At<'_>, s: &Served, port: Sp<u16>) -> Opening {
    let at = s.name.at;
    let (key, on, from) = match s.who {
        ServedBy::Vlan(n) => ("dns".into(), RuleOn::Interface(n), OpeningFrom::ItsNetwork),
        ServedBy::Vpn(kind) => (
            format!("dns-{}", s.name.v),
            RuleOn::Vpns(kind),
            OpeningFrom::Zones(vec![PolicyZone::Vpn(Sp::new(x.id, at), s.name.clone())]),
        ),
        ServedBy::Pods(cluster) => {
            let selector = Selector { namespace: None, labels: Vec::new(), at };
            let zone = PolicyZone::Pods(Pods { cluster, selector, at });
            // Pods are served only where the VLAN of their nodes is.
            let on = x.on(x.t.cluster(cluster).node_network.v).map_or(0, |(n, _)| n);
            (format!("dns-pods-{}", s.name.v), RuleOn::Interface(on), OpeningFrom::Zones(vec![zone]))
        }
    };
    opening(key, (on, from), &[Protocol::Tcp, Protocol::Udp], port, "Names are asked of the firewall", at, ASK)
}

fn upstreams(x: &At<'_>, d: &FirewallDnsFacts, cx: &mut Cx<'_>) -> Vec<DnsUpstream> {
    let mut all: Vec<DnsUpstream> = Vec::new();
    for u in &d.upstream {
        let Some(address) = u.address.map(|a| a.map(|a| a.0)) else { continue };
        let port = or(u.port.map(|p| p.map(|p| p.0)), 53, PORT);
        all.push(DnsUpstream { domain: None, address, port, tls: None });
    }
    for u in &d.upstream_tls {
        let (Some(address), Some(name)) = (u.address.map(|a| a.map(|a| a.0)), u.name.clone()) else { continue };
        let port = or(u.port.map(|p| p.map(|p| p.0)), 853, PORT_TLS);
        all.push(DnsUpstream { domain: None, address, port, tls: Some(name) });
    }
    if let (Some(clear), Some(tls)) = (d.upstream.first(), d.upstream_tls.first()) {
        let (a, b) = (cx.span(clear.at), cx.span(tls.at));
        cx.report(
            Diag::new(code::E1163, format!("firewall {} would ask for some names in the clear", x.firewall.name))
                .at(a, "this server is asked without TLS")
                .at(b, "this one with it")
                .note(
                    "Unbound asks whichever answers faster, so every name may pass where anybody reads and changes it",
                )
                .help("keep `upstream-tls` or `upstream`, not both"),
        );
    }
    for f in &d.forward {
        let (Some(domain), Some(address)) = (f.domain.clone(), f.to.map(|a| a.map(|a| a.0))) else { continue };
        let port = or(f.port.map(|p| p.map(|p| p.0)), 53, PORT);
        all.push(DnsUpstream { domain: Some(domain), address, port, tls: None });
    }
    for (i, u) in all.iter().enumerate() {
        not_itself(x, u.address, "names", cx);
        let same = |o: &&DnsUpstream| {
            let domain = |u: &DnsUpstream| u.domain.as_ref().map(|d| d.v.clone());
            domain(o) == domain(u) && o.address.v == u.address.v && o.port.v == u.port.v
        };
        if let Some(first) = all[..i].iter().find(same) {
            twice(&format!("server {}", u.address), u.address.at, first.address.at, cx);
        }
    }
    // The order of servers means nothing to Unbound: what is asked first is what answered fastest.
    all.sort_by(|a, b| {
        let key = |u: &DnsUpstream| (u.domain.as_ref().map(|d| d.v.clone()), u.address.v, u.port.v);
        key(a).cmp(&key(b))
    });
    all
}
