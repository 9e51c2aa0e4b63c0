//! Pass: how two nodes of a firewall keep each other's state; spells nothing.

use super::At;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::SyncFacts;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::{CarpAnnounce, IpProtocol, PortSpan, SyncPart};
use crate::source::Sp;

crate::rules! {
    51;
    DEFAULT_ANNOUNCE = "CARP speaks to everybody on the VLAN" @ "carp(4)";
    STATES = "two nodes tell each other of connections, and nothing else lets that in" @ "opnsense 2: pfsync is not passed by itself";
    STATES_ABOUT = "the nodes tell each other of connections" @ "RFC 9.4";
    COPY = "the first node copies parts of its configuration to the web interface of the second" @ "RFC 9.4; opnsense 2";
    COPY_ABOUT = "the first node copies to the second" @ "RFC 9.4";
    UNLOGGED = "what is told many times a second is not logged" @ "opnsense 2";
    LOGGED = "whoever copies a configuration is logged" @ "RFC 6.1";
    WEB_PORT = "the web interface answers on the port of HTTPS" @ "OPNsense core 26.7, webgui.inc";
    PFSYNC = "pfsync is a protocol of its own" @ "IANA, protocol number 240";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Pair> {
    let two = x.firewall.nodes.len() == 2;
    let Some(sync) = &x.f.sync else {
        if two {
            alone(x, cx);
        }
        return None;
    };
    if x.f.node.len() < 2 {
        let (a, b) = (cx.span(sync.at), cx.span(x.f.node.first().map_or(x.f.at, |n| n.at)));
        cx.report(
            Diag::new(code::E1114, format!("firewall {} has one node, and nobody to tell", x.firewall.name))
                .at(a, "this needs two")
                .at(b, "the only node")
                .help("add a `node`, or remove `sync`"),
        );
        return None;
    }
    let (interface, own) = place(x, sync, cx)?;
    let secret = sync.secret.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())?;
    let announce = or(sync.announce, CarpAnnounce::Multicast, DEFAULT_ANNOUNCE);
    let shared = x.layer.network.interfaces.iter().enumerate().filter_map(|(n, i)| {
        let leg = &x.firewall.legs[i.leg];
        Some(SharedAddress { interface: n, address: leg.address?, group: leg.carp? })
    });
    let shared = shared.collect();
    let mut openings = vec![states(&interface, &own, sync, cx)];
    let configuration = configuration(x, sync, announce, &mut openings, cx);
    Some(Pair { interface, own, secret, announce, shared, configuration, openings, at: sync.at })
}

/// E1115: nobody gave the nodes a way to share; says what becomes of addresses when a node is added.
fn alone(x: &At<'_>, cx: &mut Cx<'_>) {
    let second =
        x.f.node.iter().find(|n| n.name.as_ref().is_some_and(|n| x.index.machine(&n.v.0) == x.firewall.nodes[1]));
    let (a, b) = (cx.span(second.map_or(x.f.at, |n| n.at)), cx.span(x.f.at));
    let moved: Vec<String> =
        x.firewall.legs.iter().filter_map(|l| Some(format!("{} ({})", l.address?, x.t.vlan(l.vlan.v).name))).collect();
    let vlan = x.firewall.management.map_or("management".into(), |m| x.t.vlan(m.v).name.to_string());
    // One that is there may be something else already, and is then no secret of two nodes.
    let secret = x.t.secrets.iter().map(|s| s.name.to_string()).find(|n| n.contains("carp")).unwrap_or("carp".into());
    cx.report(
        Diag::new(code::E1115, format!("it is not said how the two nodes of firewall {} share its addresses", x.firewall.name))
            .at(a, "the second node")
            .at(b, "this firewall has no `sync`")
            .note(format!(
                "on a pair these addresses are no interface's own any more, CARP gives them to the node that works: {}; each node has \
                 its own number",
                moved.join(", ")
            ))
            .help(format!("sync \"{vlan}\" {{ secret \"{secret}\" }}")),
    );
}

/// The interface of `sync` and the nodes' addresses there; E1114 where it cannot be.
fn place(x: &At<'_>, sync: &SyncFacts, cx: &mut Cx<'_>) -> Option<(Sp<usize>, Vec<Sp<std::net::Ipv4Addr>>)> {
    let stated = sync.vlan.as_ref()?;
    let id = x.index.vlan(&stated.v.0);
    if !id.is_known() || x.t.incomplete.firewalls.contains(&x.id) {
        return None;
    }
    let span = cx.span(stated.at);
    let inner = x.firewall.legs.iter().find(|l| l.gateway.is_none()).map(|l| x.t.vlan(l.vlan.v).name.to_string());
    let inner = inner.unwrap_or("management".into());
    let Some((n, i)) = x.on(id) else {
        let b = cx.span(x.f.at);
        cx.report(
            Diag::new(code::E1114, format!("firewall {} has no interface on VLAN {}", x.firewall.name, stated.v))
                .at(span, "the nodes would tell each other here")
                .at(b, "its interfaces")
                .help(format!("interface \"{}\", or sync \"{inner}\"", stated.v)),
        );
        return None;
    };
    if i.gateway.is_some() {
        let b = cx.span(i.at);
        cx.report(
            Diag::new(
                code::E1114,
                format!("the nodes of firewall {} tell each other of connections on a way out", x.firewall.name),
            )
            .at(span, "anybody there could read them, and add some")
            .at(b, "a way out")
            .note("pfsync knows no password")
            .help(format!("sync \"{inner}\"")),
        );
        return None;
    }
    (i.own.len() == 2).then(|| (Sp::new(n, stated.at), i.own.clone()))
}

/// The opening for what the nodes tell each other of connections.
fn states(interface: &Sp<usize>, own: &[Sp<std::net::Ipv4Addr>], sync: &SyncFacts, cx: &mut Cx<'_>) -> Opening {
    let protocol = cx.make(IpProtocol::Pfsync, PFSYNC, &[sync.at]);
    Opening {
        key: "pfsync".into(),
        on: RuleOn::Interface(interface.v),
        from: OpeningFrom::Zones(own.iter().map(|a| PolicyZone::Address(*a)).collect()),
        to: None,
        ports: Ports { protocols: vec![protocol], ..Ports::default() },
        log: Sp::new(false, UNLOGGED.origin()),
        about: cx.make("the nodes tell each other of connections".into(), STATES_ABOUT, &[sync.at]),
        at: interface.at,
        rule: STATES,
    }
}

/// What the first node copies to the second.
fn configuration(
    x: &At<'_>,
    sync: &SyncFacts,
    announce: Sp<CarpAnnounce>,
    openings: &mut Vec<Opening>,
    cx: &mut Cx<'_>,
) -> Option<ConfigurationSync> {
    let c = sync.configuration.as_ref()?;
    let (n, i) = x.firewall.management.and_then(|m| x.on(m.v)).filter(|(_, i)| i.own.len() == 2)?;
    let mut parts = c.parts.clone();
    parts.sort_by_key(|p| p.v);
    for pair in parts.windows(2).filter(|p| p[0].v == p[1].v) {
        let (a, b) = (cx.span(pair[1].at), cx.span(pair[0].at));
        cx.report(
            Diag::new(code::E0202, format!("part `{}` is stated twice", pair[0].v))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
    parts.dedup_by_key(|p| p.v);
    differs(x, &parts, announce, cx);
    let user = c.user.clone()?;
    let secret = c.secret.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())?;
    let stated = x.f.admin.as_ref().and_then(|a| a.web.as_ref()).and_then(|w| w.port);
    let port = match stated {
        Some(p) => p.map(|p| PortSpan((p.0, p.0))),
        None => cx.make(PortSpan((443, 443)), WEB_PORT, &[c.at]),
    };
    openings.push(Opening {
        key: "configuration-sync".into(),
        on: RuleOn::Interface(n),
        from: OpeningFrom::Zones(vec![PolicyZone::Address(i.own[0])]),
        to: None,
        ports: Ports { ports: vec![(Protocol::Tcp, port)], ..Ports::default() },
        log: Sp::new(true, LOGGED.origin()),
        about: cx.make("the first node copies to the second".into(), COPY_ABOUT, &[c.at]),
        at: c.at,
        rule: COPY,
    });
    Some(ConfigurationSync { own: i.own.clone(), parts, user, secret, at: c.at })
}

/// E1117: what is not the same on both nodes would be made the same.
fn differs(x: &At<'_>, parts: &[Sp<SyncPart>], announce: Sp<CarpAnnounce>, cx: &mut Cx<'_>) {
    let find = |part: SyncPart| parts.iter().find(|p| p.v == part);
    if let Some(p) = find(SyncPart::SharedAddresses).filter(|_| announce.v == CarpAnnounce::Unicast) {
        let (a, b) = (cx.span(p.at), cx.span(announce.at));
        cx.report(
            Diag::new(code::E1117, "the second node would tell itself that it holds the shared addresses")
                .at(a, "the first node's addresses are copied")
                .at(b, "and each names the other node")
                .help("remove \"shared-addresses\": they are in the files of both nodes"),
        );
    }
    if let (Some(p), Some(d)) = (find(SyncPart::DhcpKea), x.f.dhcp.first()) {
        let (a, b) = (cx.span(p.at), cx.span(d.at));
        cx.report(
            Diag::new(code::E1117, "both nodes would take themselves for the first of two that give out addresses")
                .at(a, "the first node's settings are copied")
                .at(b, "and each says which of the two it is")
                .help("remove \"dhcp\": it is in the files of both nodes"),
        );
    }
    if let (Some(p), None) = (find(SyncPart::Web), find(SyncPart::Certificates)) {
        let span = cx.span(p.at);
        cx.report(
            Diag::new(
                code::E1117,
                "the web interface of the second node would have a certificate that it does not know",
            )
            .at(span, "this names the first node's certificate")
            .help("remove \"web\", or add \"certificates\""),
        );
    }
}
