//! Sections of config.xml: how two nodes keep each other's state; decides nothing.

use super::{Section, View, secret};
use crate::ir::{ConfigurationSync, Pair};
use crate::render::{Doc, Why, Xml};
use crate::schema::SyncPart;

crate::rules! {
    83;
    SYNC = "Two nodes tell each other of connections, so what is open stays open when the other takes over." @ "RFC 9.4; OPNsense core 26.7, Core/Hasync.xml";
    DIALECT = "Both nodes speak pfsync as FreeBSD 14 does." @ "OPNsense core 26.7, Core/Hasync.xml: pfsyncversion";
    COPY = "The first node copies these parts to the second; what is in the files of both is the same without it." @ "RFC 9.4; OPNsense core 26.7, Core/Hasync.xml";
    RECEIVES = "The second node copies nothing: its changes would come back." @ "OPNsense core 26.7, Core/Hasync.xml: synchronizetoip";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let Some(pair) = &view.layer.pair else { return Vec::new() };
    let Pair {
        interface,
        own,
        configuration,
        at,
        // Shared addresses are virtual addresses, with their secret and their peer.
        shared: _,
        secret: _,
        announce: _,
        // Rules of the filter are made from these.
        openings: _,
    } = pair;
    let (other, first) = (1 - view.number.min(1), view.number == 0);
    let xml = view.model("hasync", "hasync", SYNC, |x| {
        x.cite(*at);
        let key = view.key(interface.v);
        x.put("pfsyncinterface", (Doc::Str((&*key.v.0).into()), Why::from(key.at).also(interface.at)));
        x.put_some("pfsyncpeerip", own.get(other));
        x.put("pfsyncversion", (1400, DIALECT));
        match configuration {
            Some(c) if first => copies(view, c, x),
            Some(c) => {
                x.cite(c.at);
                x.put("synchronizetoip", ((), RECEIVES));
            }
            None => {}
        }
    });
    vec![Section { under: &[], xml, area: None }]
}

/// What the first node copies.
fn copies(view: &View<'_>, c: &ConfigurationSync, x: &mut Xml) {
    let ConfigurationSync { own, parts, user, secret: password, at } = c;
    x.cite(*at);
    x.put_some("synchronizetoip", own.get(1));
    x.put("username", user);
    x.put("password", secret(view.t, password));
    let why = parts.iter().fold(Why::from(COPY), |why, p| why.also(p.at));
    let names: Vec<&str> = parts.iter().map(|p| part(p.v)).collect();
    x.put("syncitems", (Doc::Str(names.join(",").into()), why));
}

/// A part by OPNsense's own name (option-lists/ha-sync-options.json of 26.7.2).
fn part(p: SyncPart) -> &'static str {
    match p {
        SyncPart::Aliases => "aliases",
        SyncPart::CaptivePortal => "captiveportal",
        SyncPart::Categories => "categories",
        SyncPart::Certificates => "certs",
        SyncPart::DhcpKea => "kea",
        SyncPart::DhcpRelay => "dhcrelay",
        SyncPart::Dnsmasq => "dnsforwarder",
        SyncPart::HostDiscovery => "hostwatch",
        SyncPart::Ids => "suricata",
        SyncPart::InterfaceGroups => "ifgroups",
        SyncPart::Ipsec => "ipsec",
        SyncPart::Jobs => "cron",
        SyncPart::LogTemplates => "lvtemplate",
        SyncPart::LogTargets => "syslog-ng",
        SyncPart::LoginServers => "authservers",
        SyncPart::Nat => "nat",
        SyncPart::Netflow => "syslog",
        SyncPart::Ntp => "ntpd",
        SyncPart::OpenDns => "opendns",
        SyncPart::Openvpn => "openvpn",
        SyncPart::RouterAdvertisements => "radvd",
        SyncPart::Routes => "staticroutes",
        SyncPart::Rules => "rules",
        SyncPart::Schedules => "schedules",
        SyncPart::Shaper => "shaper",
        SyncPart::SharedAddresses => "virtualip",
        SyncPart::Ssh => "ssh",
        SyncPart::Tunables => "sysctl",
        SyncPart::Unbound => "dnsresolver",
        SyncPart::Users => "users",
        SyncPart::Watch => "monit",
        SyncPart::Web => "webgui",
        SyncPart::Wireguard => "wireguard",
    }
}
