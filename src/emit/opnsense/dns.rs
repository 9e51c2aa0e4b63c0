//! Sections of config.xml: Unbound, and dnsmasq switched off where another serves in its place; decides nothing.

use super::{ON, Section, View};
use crate::ir::{DnsData, DnsName, DnsUpstream, FirewallDns, Served, ServedBy};
use crate::render::{Composed, Why, Xml};
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    76;
    UNBOUND = "Unbound answers questions for names, and refuses whoever is not served." @ "RFC 6.1; OPNsense core 26.7, Unbound/Unbound.xml";
    LISTEN = "It listens on the interfaces that are served, and on the firewall's own loopback." @ "OPNsense core 26.7, plugins.inc.d/unbound.inc";
    OWN_NAME = "The firewall's own name has one address, among the names below." @ "OPNsense core 26.7, Unbound/Unbound.xml: noregrecords";
    REFUSE = "Whoever is in no list is refused." @ "RFC 6.1; unbound.conf(5), access-control";
    ALLOW = "Whoever is served gets answers." @ "unbound.conf(5), access-control";
    FORWARD = "It asks these servers, and keeps what they say." @ "OPNsense core 26.7, Unbound/Unbound.xml: dots";
    CLEAR = "Asked in the clear." @ "RFC 1035 section 4.2";
    TLS = "Asked over TLS, and only the name of the certificate is believed." @ "RFC 7858; RFC 8310";
    PRIVATE = "These domains may have private addresses: elsewhere such an answer is taken for an attack." @ "unbound.conf(5), private-domain; opnsense 2";
    INSECURE = "Nobody signs these domains, so their answers are not checked." @ "unbound.conf(5), domain-insecure";
    NAME = "It knows the name by itself." @ "OPNsense core 26.7, Unbound/Unbound.xml: hosts";
    DNSMASQ = "dnsmasq is on when OPNsense is installed, and its own rules let clients of DHCP in; Unbound and Kea serve in its place." @ "OPNsense core 26.7, config.xml.sample; opnsense 2";
    OFF = "It is not in force." @ "OPNsense core 26.7";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let mut all = Vec::new();
    if let Some(dns) = &view.layer.dns {
        let xml = view.model("OPNsense/unboundplus", "unboundplus", UNBOUND, |x| unbound(view, dns, x));
        all.push(Section { under: &["OPNsense"], xml, area: Some("unbound,OPNsense.unboundplus") });
    }
    if view.layer.dns.is_some() || !view.layer.dhcp.is_empty() {
        let xml = view.model("dnsmasq", "dnsmasq", DNSMASQ, |x| x.put("enable", (false, OFF)));
        all.push(Section { under: &[], xml, area: Some("dnsmasq") });
    }
    all
}

fn unbound(view: &View<'_>, dns: &FirewallDns, x: &mut Xml) {
    let FirewallDns { served, listen, port, upstreams, names, own_names, dnssec, statistics, openings: _, at } = dns;
    x.cite(*at);
    x.element("general", UNBOUND, |x| {
        x.put("enabled", (true, ON));
        x.put("port", port);
        x.put("stats", statistics);
        if !listen.is_empty() {
            x.put("active_interface", (list(listen.iter().map(|l| words![view.key(l.v)].citing(l.at))), LISTEN));
        }
        x.put("dnssec", dnssec);
        if own_names.v {
            // OPNsense would give its host name every address that it listens on.
            x.put("noregrecords", (true, OWN_NAME));
        }
    });
    let forwarded: Vec<Composed> = forwarded(upstreams);
    if !forwarded.is_empty() {
        x.element("advanced", PRIVATE, |x| {
            x.put("privatedomain", (list(forwarded.iter().cloned()), PRIVATE));
            if dnssec.v {
                x.put("insecuredomain", (list(forwarded.iter().cloned()).citing(dnssec.at), INSECURE));
            }
        });
    }
    x.element("acls", REFUSE, |x| {
        x.put("default_action", ("refuse", REFUSE));
        for s in served {
            x.push(acl(view, s));
        }
    });
    if !upstreams.is_empty() {
        x.element("dots", FORWARD, |x| {
            for u in upstreams {
                x.push(upstream(view, u));
            }
        });
    }
    x.element("hosts", Why::from(NAME).also(own_names.at), |x| {
        for n in names {
            x.push(name(view, n));
        }
    });
}

/// Domains that other servers answer for, each once.
fn forwarded(upstreams: &[DnsUpstream]) -> Vec<Composed> {
    let mut all: Vec<Composed> = Vec::new();
    for domain in upstreams.iter().filter_map(|u| u.domain.as_ref()) {
        let text = words![domain];
        match all.iter_mut().find(|a| a.text == text.text) {
            Some(same) => same.why.extend(text.why),
            None => all.push(text),
        }
    }
    all
}

/// A list as OPNsense's models have it: commas and no blanks.
pub(super) fn list(items: impl IntoIterator<Item = Composed>) -> Composed {
    let mut items = items.into_iter();
    let first = items.next().unwrap_or_default();
    items.fold(first, |all, item| words![all, ",", item])
}

fn acl(view: &View<'_>, served: &Served) -> Xml {
    let Served { who, name, net } = served;
    let (path, called, what) = match who {
        ServedBy::Vlan(interface) => {
            let key = view.key(*interface);
            (format!("dns/acl/vlan/{}", name.v), words![name], words!["VLAN ", name, " on ", key])
        }
        ServedBy::Vpn(kind) => {
            let kind = Sp::new(*kind, name.at);
            (format!("dns/acl/vpn/{}", name.v), words!["vpn-", name], words!["VPN ", name, " of ", kind])
        }
        ServedBy::Pods(_) => {
            (format!("dns/acl/pods/{}", name.v), words!["pods-", name], words!["Pods of cluster ", name])
        }
    };
    let mut x = view.item("acl", &path, ALLOW);
    x.put("enabled", (true, ON));
    x.put("name", (called, ALLOW));
    x.put("action", ("allow", ALLOW));
    x.put("networks", net);
    x.put("description", (what, ALLOW));
    x
}

fn upstream(view: &View<'_>, upstream: &DnsUpstream) -> Xml {
    let DnsUpstream { domain, address, port, tls } = upstream;
    let place = domain.as_ref().map_or("everything", |d| &*d.v);
    let mut x = view.item("dot", &format!("dns/server/{place}/{}/{}", address.v, port.v), FORWARD);
    x.put("enabled", (true, ON));
    match tls {
        Some(_) => x.put("type", ("dot", TLS)),
        None => x.put("type", ("forward", CLEAR)),
    }
    x.put_some("domain", domain.as_ref());
    x.put("server", address);
    x.put("port", port);
    x.put_some("verify", tls.as_ref());
    x
}

fn name(view: &View<'_>, name: &DnsName) -> Xml {
    let DnsName { key, host, domain, data, about, at } = name;
    let mut x = view.item("host", key, Why::from(NAME).also(*at));
    x.put("enabled", (true, ON));
    x.put("hostname", host);
    x.put("domain", domain);
    match data {
        DnsData::Address(address, reverse) => {
            x.put("rr", ("A", NAME));
            x.put("server", address);
            reversed(view, &mut x, reverse.v, reverse.at);
        }
        DnsData::Mail(server, rank) => {
            x.put("rr", ("MX", NAME));
            x.put("mxprio", rank);
            x.put("mx", server);
            reversed(view, &mut x, false, NAME.origin());
        }
        DnsData::Text(text) => {
            x.put("rr", ("TXT", NAME));
            x.put("txtdata", text);
            reversed(view, &mut x, false, NAME.origin());
        }
    }
    x.put("description", about);
    x
}

/// Whether the address has the name; before 26.1 the first name of an address in the file had it, so those stand first.
fn reversed(view: &View<'_>, x: &mut Xml, yes: bool, at: Origin) {
    if view.caps.dns_reverse {
        x.put("addptr", Sp::new(yes, at));
    } else {
        x.cite(at);
    }
}
