//! Pass: a firewall's logs, figures, and what it looks after; spells nothing.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::ids::{nowhere, twice};
use super::{At, serve};
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::{FirewallLogsFacts, FirewallMetricsFacts, FirewallWatchFacts, WatchMailFacts};
use crate::ir::*;
use crate::pass::{Cx, or, policy};
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};

crate::rules! {
    56;
    LOG_TO = "logs go to the machine's address that is nearest: on the VLAN of management, else on the first that both are on" @ "RFC 7.4";
    LOG_CLUSTER = "logs go to the address, the port and by the transport that the cluster's listener has" @ "RFC 7.4; targets N9";
    LOG_UDP = "UDP, as nothing else is stated" @ "RFC 7.4; OPNsense core 26.7, Syslog.xml";
    LOG_PORT = "the registered port of syslog" @ "RFC 5426, RFC 5425";
    LOG_FORMAT = "with time zone and structure, which is what Promtail and Alloy read" @ "RFC 7.4; RFC 5424";
    LOG_LEVEL = "everything but what helps only in a search for errors" @ "RFC 7.4";
    EXPORTER_PORT = "the port that Prometheus' node exporter has everywhere" @ "RFC 7.2; plugins 26.7, NodeExporter/General.xml";
    FIGURES = "who may read figures reaches them at that port" @ "RFC 7.2";
    FIGURES_SNMP = "who may read figures asks by SNMP" @ "RFC 7.2; RFC 3417";
    FIGURES_PING = "who reads figures sees whether the firewall answers at all" @ "RFC 7.6";
    NO_FIGURE_PINGS = "it answers no pings of theirs, as nothing is stated" @ "language reference";
    READER = "a reader is let in by the interface that its packets come in by" @ "RFC 7.2; opnsense 3";
    LOOK_EVERY = "every two minutes, as nothing else is stated" @ "OPNsense core 26.7, Monit.xml: interval";
    NO_PINGS = "it pings nobody, as nothing is stated" @ "language reference";
    ROUTERS = "routers of ways out are pinged" @ "RFC 7.6";
    MAIL_PORT = "the registered port of SMTP" @ "RFC 5321, RFC 8314";
    MAIL_PLAIN = "in the clear, as nothing else is stated" @ "OPNsense core 26.7, Monit.xml: ssl";
    NOT_LOGGED = "readers come every few seconds, so their connections are not logged" @ "RFC 7.2";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> FirewallWatch {
    let mut all: Vec<FirewallLogs> = x.f.logs.iter().filter_map(|l| logs(x, l, cx)).collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    for pair in all.windows(2).filter(|p| p[0].name.v == p[1].name.v) {
        twice(cx, "this `logs` is", pair[1].name.at, pair[0].name.at);
    }
    let mut openings = Vec::new();
    let metrics = x.f.metrics.as_ref().and_then(|m| metrics(x, m, &mut openings, cx));
    let checks = x.f.watch.as_ref().and_then(|w| checks(x, w, cx));
    FirewallWatch { logs: all, metrics, checks, openings }
}

fn logs(x: &At<'_>, l: &FirewallLogsFacts, cx: &mut Cx<'_>) -> Option<FirewallLogs> {
    let FirewallLogsFacts { at, name, cluster, machine, address, port, transport, format, level, about } = l;
    let name = name.clone()?;
    let taken = match cluster {
        Some(c) if machine.is_none() && address.is_none() => Some(listener(x, c, cx)?),
        Some(_) | None => None,
    };
    if let (Some(c), None) = (cluster, &taken) {
        let span = cx.span(*at);
        let mut d = Diag::new(code::E1189, "it is not clear where these logs go")
            .at(cx.span(c.at), "the cluster says where")
            .at(span, "and so does this");
        for other in [machine.as_ref().map(|m| m.at), address.map(|a| a.at)].into_iter().flatten() {
            d = d.at(cx.span(other), "one of the two");
        }
        cx.report(d.help("logs \"loki\" cluster=\"prod\", which says address, port and transport"));
        return None;
    }
    if let Some((s, c)) = &taken {
        let own = cx.make(s.address.v, LOG_CLUSTER, &[c.at, s.address.at]);
        reachable(x, &own.map(HostAddress), cx)?;
        return Some(sent(l, name, s, c.at, own, cx));
    }
    let to = match (machine, address) {
        (Some(m), None) => {
            let id = x.index.machine(&m.v.0);
            if !id.is_known() || x.t.incomplete.machines.contains(&id) {
                return None;
            }
            if x.firewall.nodes.contains(&id) {
                itself(x, m.at, "logs", cx);
                return None;
            }
            let found = nearest_address(x, x.t.machine(id));
            let Some((a, vlan)) = found else {
                let (p, q) = (cx.span(m.at), cx.span(x.firewall.at));
                cx.report(
                    Diag::new(code::E1188, format!("firewall {} and {} have no VLAN in common", x.firewall.name, m.v))
                        .at(p, "logs would have to go a way that nobody stated")
                        .at(q, "this firewall")
                        .help(
                            "a machine with a NIC on one of the firewall's VLANs, or an interface on one of its VLANs",
                        ),
                );
                return None;
            };
            cx.make(a.v, LOG_TO, &[m.at, a.at, vlan])
        }
        (None, Some(a)) => {
            if serve::own(x).any(|o| o.v == a.v.0) {
                itself(x, a.at, "logs", cx);
                return None;
            }
            reachable(x, a, cx)?;
            a.map(|a| a.0)
        }
        (None, None) | (Some(_), Some(_)) => {
            // Of an address that is none it was reported.
            if cx.spoiled.iter().any(|(s, word)| s == at && matches!(*word, "address" | "machine")) {
                return None;
            }
            let span = cx.span(*at);
            let what = if machine.is_some() {
                "it names a machine and an address"
            } else {
                "it names neither machine nor address"
            };
            let mut d = Diag::new(code::E1189, "it is not clear where these logs go").at(span, what);
            for other in [machine.as_ref().map(|m| m.at), address.map(|a| a.at)].into_iter().flatten() {
                d = d.at(cx.span(other), "one of the two");
            }
            cx.report(d.help("logs \"loki\" machine=\"loki\", or the `address` of what takes them"));
            return None;
        }
    };
    if let Some(s) = listens(x, to.v) {
        return Some(sent(l, name, s, to.at, to, cx));
    }
    let transport = or(*transport, LogTransport::Udp, LOG_UDP);
    let port = match port {
        Some(p) => p.map(|p| p.0),
        None => {
            let number = match transport.v {
                LogTransport::Udp | LogTransport::Tcp => 514,
                LogTransport::Tls => 6514,
            };
            cx.make(number, LOG_PORT, &[transport.at])
        }
    };
    Some(FirewallLogs {
        name,
        address: to,
        port,
        transport,
        format: or(*format, LogFormat::Rfc5424, LOG_FORMAT),
        level: or(*level, LogLevel::Info, LOG_LEVEL),
        about: topics(about),
        at: *at,
    })
}

fn topics(about: &[Sp<LogTopic>]) -> Vec<Sp<LogTopic>> {
    let mut about = about.to_vec();
    about.sort_by_key(|a| a.v);
    about.dedup_by_key(|a| a.v);
    about
}

/// The listener of a cluster; E1270 where it has none.
fn listener<'a>(x: &At<'a>, c: &Sp<ClusterRef>, cx: &mut Cx<'_>) -> Option<(&'a Syslog, Sp<ClusterRef>)> {
    let id = x.index.cluster(&c.v.0);
    if !id.is_known() {
        return None;
    }
    let cluster = x.t.cluster(id);
    if let Some(s) = cluster.layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) {
        return Some((s, c.clone()));
    }
    let of = |f: &&crate::ir::facts::ClusterFacts| f.name.as_ref().is_some_and(|n| n.v.0 == c.v.0);
    let facts = x.facts.cluster.iter().find(of)?;
    // A listener that is wrong was reported.
    if facts.logging.as_ref().is_none_or(|l| l.syslog.is_none()) {
        let (a, b) = (cx.span(c.at), cx.span(facts.logging.as_ref().map_or(cluster.at, |l| l.at)));
        cx.report(
            Diag::new(code::E1270, format!("nothing in cluster {} takes logs of firewalls", cluster.name))
                .at(a, "they would be sent to nobody")
                .at(b, "here")
                .help("syslog { address pool=\"…\" host=… } in its `logging`"),
        );
    }
    None
}

/// The listener of whichever cluster has this address.
fn listens<'a>(x: &At<'a>, to: Ipv4Addr) -> Option<&'a Syslog> {
    let all = x.t.clusters.iter().filter_map(|c| c.layer.logging.as_ref()?.syslog.as_ref());
    all.into_iter().find(|s| s.address.v == to)
}

/// Logs that go to a listener of ours: what is stated beside it must be what it takes (E1271).
fn sent(
    l: &FirewallLogsFacts,
    name: Sp<Label>,
    s: &Syslog,
    why: Origin,
    address: Sp<Ipv4Addr>,
    cx: &mut Cx<'_>,
) -> FirewallLogs {
    let takes = match s.protocol.v {
        SyslogProtocol::Tcp => LogTransport::Tcp,
        SyslogProtocol::Udp => LogTransport::Udp,
    };
    let mut differs = |what: &str, here: Origin, there: Origin, help: String| {
        let (a, b) = (cx.span(here), cx.span(if there.rule().is_some() { s.at } else { there }));
        cx.report(
            Diag::new(code::E1271, format!("logs \"{name}\" are sent otherwise than they are taken: {what}"))
                .at(a, "sent like this")
                .at(b, "taken here")
                .note("the listener would take none of it, and nobody would be told")
                .help(help),
        );
    };
    if let Some(t) = l.transport.filter(|t| t.v != takes) {
        differs(
            &format!("by {}, not by {takes}", t.v),
            t.at,
            s.protocol.at,
            format!("transport=\"{takes}\", or remove it"),
        );
    }
    if let Some(p) = l.port.filter(|p| p.v.0 != s.port.v) {
        differs(
            &format!("to port {}, not {}", p.v, s.port.v),
            p.at,
            s.port.at,
            format!("port={}, or remove it", s.port.v),
        );
    }
    if let Some(f) = l.format.filter(|f| f.v != LogFormat::Rfc5424) {
        differs("as BSD did, which it cannot read", f.at, s.at, "remove `format`".into());
    }
    FirewallLogs {
        name,
        address,
        port: cx.make(s.port.v, LOG_CLUSTER, &[why, s.port.at]),
        transport: cx.make(takes, LOG_CLUSTER, &[why, s.protocol.at]),
        format: or(l.format, LogFormat::Rfc5424, LOG_FORMAT),
        level: or(l.level, LogLevel::Info, LOG_LEVEL),
        about: topics(&l.about),
        at: l.at,
    }
}

/// E1167: what it sends to itself is nowhere else.
fn itself(x: &At<'_>, at: Origin, what: &str, cx: &mut Cx<'_>) {
    let (a, b) = (cx.span(at), cx.span(x.firewall.at));
    cx.report(
        Diag::new(code::E1167, format!("firewall {} would send its {what} to itself", x.firewall.name))
            .at(a, "this is one of its own nodes")
            .at(b, "the firewall")
            .help(format!("name a machine that is not this firewall, or remove it: {what} stay on it as they are")),
    );
}

/// The interface behind which a VLAN is: its own, else the way out whose upstream routes it.
fn toward(x: &At<'_>, vlan: VlanId) -> Option<usize> {
    if let Some((i, _)) = x.on(vlan) {
        return Some(i);
    }
    let Router::Upstream(upstream) = x.t.vlan(vlan).router.v else { return None };
    x.layer.network.interfaces.iter().position(|i| x.firewall.legs[i.leg].gateway.is_some_and(|g| g.v == upstream))
}

/// A machine's address on a VLAN that the firewall reaches, that of management first, then those of its own interfaces.
fn nearest_address(x: &At<'_>, m: &Machine) -> Option<(Sp<Ipv4Addr>, Origin)> {
    let mut nics: Vec<&Nic> = m.nics.iter().filter(|n| n.address.is_some() && toward(x, n.vlan.v).is_some()).collect();
    nics.sort_by_key(|n| (x.firewall.management.is_none_or(|v| v.v != n.vlan.v), x.on(n.vlan.v).is_none()));
    nics.first().and_then(|n| Some((n.address?, n.vlan.at)))
}

/// E1188: an address of a VLAN of ours that the firewall neither has an interface on nor a route to (RFC fault N9).
fn reachable(x: &At<'_>, a: &Sp<HostAddress>, cx: &mut Cx<'_>) -> Option<()> {
    let Some(i) = x.t.vlans.iter().position(|v| v.subnet.v.contains(&a.v.0)) else { return Some(()) };
    let routed = x.layer.network.routes.iter().any(|r| r.net.v.contains(&a.v.0));
    if toward(x, VlanId(i as u32)).is_some() || routed {
        return Some(());
    }
    let vlan = &x.t.vlans[i];
    let (p, q) = (cx.span(a.at), cx.span(x.firewall.at));
    cx.report(
        Diag::new(code::E1188, format!("firewall {} does not reach {} on VLAN {}", x.firewall.name, a.v, vlan.name))
            .at(p, "logs would leave by the way out and be lost")
            .at(q, "it has no interface and no route there")
            .help(format!("interface \"{}\" in the firewall, or an address on a VLAN that it has", vlan.name)),
    );
    None
}

fn metrics(
    x: &At<'_>,
    m: &FirewallMetricsFacts,
    openings: &mut Vec<Opening>,
    cx: &mut Cx<'_>,
) -> Option<FirewallMetrics> {
    let FirewallMetricsFacts { at, on, from, node_exporter, snmp, ping } = m;
    let (on, from) = (on.as_ref()?, from.as_ref()?);
    if node_exporter.is_none() && snmp.is_none() {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1192, "these metrics are of nothing")
                .at(span, "neither `node-exporter` nor `snmp`")
                .help("node-exporter"),
        );
        return None;
    }
    let vlan = x.index.vlan(&on.v.0);
    if !vlan.is_known() {
        return None;
    }
    let Some((interface, _)) = x.on(vlan) else {
        nowhere(x, on, "it has no address there that could answer", cx);
        return None;
    };
    // Whoever is beyond a way out could read them, as with names and time.
    serve::interface(x, &on.v.0, on.at, "figures", cx)?;
    let zones = policy::places(&from.zones, from.at, x.facts, x.index, x.t, cx)?;
    let mut by: BTreeMap<RuleOn, Vec<PolicyZone>> = BTreeMap::new();
    for z in &zones {
        for way in ways(x, z, vlan, cx) {
            by.entry(way).or_default().push(z.clone());
        }
    }
    let exporter = node_exporter.as_ref().map(|n| or(n.port.map(|p| p.map(|p| p.0)), 9100, EXPORTER_PORT));
    for (way, zones) in by {
        let mut open = |key: &str, ports: Ports, about: &str, rule: Rule, at: Origin| {
            openings.push(Opening {
                key: key.into(),
                on: way.clone(),
                from: OpeningFrom::Zones(zones.clone()),
                to: None,
                ports,
                log: Sp::new(false, NOT_LOGGED.origin()),
                about: Sp::new(about.to_string(), rule.origin()),
                at,
                rule,
            });
        };
        let one = |protocol, port: Sp<u16>| Ports {
            ports: vec![(protocol, port.map(|p| PortSpan((p, p))))],
            at: vec![on.at],
            ..Ports::default()
        };
        if let (Some(n), Some(port)) = (node_exporter, exporter) {
            open(
                "metrics-node-exporter",
                one(Protocol::Tcp, port),
                "Prometheus reads the firewall's figures",
                FIGURES,
                n.at,
            );
        }
        if let Some(s) = snmp {
            let port = Sp::new(161, FIGURES_SNMP.origin());
            open(
                "metrics-snmp",
                one(Protocol::Udp, port),
                "The firewall's figures are read by SNMP",
                FIGURES_SNMP,
                s.at,
            );
        }
        if let Some(p) = ping.filter(|p| p.v) {
            let icmp = Ports { icmp: vec![Sp::new(8, p.at)], at: vec![p.at], ..Ports::default() };
            open("metrics-ping", icmp, "Who reads figures pings the firewall", FIGURES_PING, p.at);
        }
    }
    let snmp = snmp.as_ref().and_then(|s| {
        let community = s.community.as_ref()?;
        let id = x.index.secret(&community.v.0);
        id.is_known().then(|| Snmp { community: Sp::new(id, community.at), location: s.location.clone(), at: s.at })
    });
    Some(FirewallMetrics {
        interface,
        vlan: Sp::new(vlan, on.at),
        node_exporter: exporter,
        snmp,
        ping: or(*ping, false, NO_FIGURE_PINGS),
        at: *at,
    })
}

/// The interfaces that a reader's packets come in by on their way to an address of the firewall.
fn ways(x: &At<'_>, z: &PolicyZone, on: VlanId, cx: &mut Cx<'_>) -> Vec<RuleOn> {
    let interface = |vlan: VlanId| toward(x, vlan).map(RuleOn::Interface);
    let machine = |m: &Machine, of: Option<VlanId>| {
        let direct = m.nics.iter().find(|n| n.vlan.v == on && of.is_none_or(|v| v == on) && !n.bare.v);
        let stated = of.filter(|v| m.nics.iter().any(|n| n.vlan.v == *v));
        let default = m.nics.iter().find(|n| n.default_via.is_some()).map(|n| n.vlan.v);
        direct.map(|n| n.vlan.v).or(stated).or(default)
    };
    let vlans: Vec<Option<VlanId>> = match z {
        PolicyZone::Vlan(v) => vec![Some(v.v)],
        PolicyZone::Machine(m, of) => vec![machine(x.t.machine(m.v), of.map(|v| v.v))],
        PolicyZone::Nodes(n) => {
            let group = &x.t.cluster(n.v.0).groups[n.v.1 as usize];
            group.nodes.iter().map(|m| machine(x.t.machine(*m), None)).collect()
        }
        PolicyZone::Host(h) => vec![x.t.proxmox(x.t.host(h.v).proxmox).management.map(|m| m.v)],
        PolicyZone::Vpn(f, name) => {
            let kind = x.layer.vpns.iter().find(|v| f.v == x.id && v.name.v == name.v).map(|v| v.kind.v);
            if let Some(kind) = kind {
                return vec![RuleOn::Vpns(kind)];
            }
            vec![None]
        }
        PolicyZone::Net(_) | PolicyZone::Address(_) => match x.literals(z, READER, cx) {
            Ok(nets) => nets.iter().map(|n| from_net(x, n.v)).collect(),
            Err(_) => vec![None],
        },
        PolicyZone::Firewall(_)
        | PolicyZone::Api(_)
        | PolicyZone::Ingress(_)
        | PolicyZone::Pods(_)
        | PolicyZone::Name(_)
        | PolicyZone::Country(_)
        | PolicyZone::Feed(..)
        | PolicyZone::Internet(_) => {
            stranger(z, cx);
            return Vec::new();
        }
    };
    let mut found: Vec<RuleOn> = vlans.iter().filter_map(|v| v.and_then(interface)).collect();
    if found.is_empty() {
        let (a, b) = (cx.span(z.at()), cx.span(x.firewall.at));
        cx.report(
            Diag::new(code::E1193, "who reads these figures never comes by an interface of the firewall")
                .at(a, "no VLAN of it is one of the firewall's")
                .at(b, "this firewall")
                .help("a reader on a VLAN that the firewall has an interface on"),
        );
    }
    found.sort();
    found.dedup();
    found
}

/// The VLAN that packets of a network come by: its own, that of the router behind which it is, else the way out.
fn from_net(x: &At<'_>, net: ipnet::Ipv4Net) -> Option<VlanId> {
    let own = x.t.vlans.iter().position(|v| v.subnet.v.contains(&net)).map(|i| VlanId(i as u32));
    let network = &x.layer.network;
    let route = network.routes.iter().find(|r| r.net.v.contains(&net)).map(|r| network.gateways[r.gateway].interface);
    let out = network.interfaces.iter().position(|i| i.gateway.is_some());
    own.or_else(|| route.or(out).map(|i| network.interfaces[i].vlan.v))
}

/// E1191: figures are for somebody who is known.
fn stranger(z: &PolicyZone, cx: &mut Cx<'_>) {
    let (what, help) = match z {
        PolicyZone::Pods(_) => ("pods leave with the address of their node", "nodes \"worker\""),
        PolicyZone::Firewall(_) => ("the firewall reaches itself without a rule", "remove it"),
        PolicyZone::Api(_) | PolicyZone::Ingress(_) => {
            ("this address answers, it opens no connection", "nodes \"worker\"")
        }
        _ => ("figures tell a stranger what runs here, and in which version", "vlan \"management\""),
    };
    let span = cx.span(z.at());
    cx.report(Diag::new(code::E1191, "the firewall's figures are not for these").at(span, what).help(help));
}

fn checks(x: &At<'_>, w: &FirewallWatchFacts, cx: &mut Cx<'_>) -> Option<FirewallChecks> {
    let FirewallWatchFacts { at, every, cpu, memory, disk, gateways, mail } = w;
    let pings = or(*gateways, false, NO_PINGS);
    if cpu.is_none() && memory.is_none() && disk.is_none() && !pings.v {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1192, "the firewall would look after nothing")
                .at(span, "none of `cpu`, `memory`, `disk` and `gateways`")
                .help("disk 80"),
        );
        return None;
    }
    let mut routers = Vec::new();
    for (i, g) in x.layer.network.gateways.iter().enumerate().filter(|(_, g)| pings.v && g.priority.is_some()) {
        if let Some(a) = g.address {
            routers.push(cx.make(i, ROUTERS, &[pings.at, a.at]));
        }
    }
    let percent = |p: &Option<Sp<Percent>>| p.map(|p| p.map(|p| p.0));
    Some(FirewallChecks {
        every: or(every.map(|e| e.map(Seconds::from)), Seconds(120), LOOK_EVERY),
        cpu: percent(cpu),
        memory: percent(memory),
        disk: percent(disk),
        gateways: routers,
        pings,
        mail: mail.as_ref().and_then(|m| post(x, m, cx)),
        at: *at,
    })
}

fn post(x: &At<'_>, m: &WatchMailFacts, cx: &mut Cx<'_>) -> Option<WatchMail> {
    let WatchMailFacts { at, to, server, port, security, user, secret } = m;
    let server = server.clone()?;
    let security = or(*security, MailSecurity::Plain, MAIL_PLAIN);
    let port = match port {
        Some(p) => p.map(|p| p.0),
        None => {
            let number = match security.v {
                MailSecurity::Plain => 25,
                MailSecurity::Tls => 465,
            };
            cx.make(number, MAIL_PORT, &[security.at])
        }
    };
    let login = match (user, secret) {
        (Some(u), Some(s)) => {
            let id = x.index.secret(&s.v.0);
            if !id.is_known() {
                return None;
            }
            Some((u.clone(), Sp::new(id, s.at)))
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            let (said, what, help) = match (user, secret) {
                (Some(u), _) => (u.at, "an account without its password", "secret \"mail\""),
                (None, s) => (s.as_ref().map_or(*at, |s| s.at), "a password without its account", "user \"alerts\""),
            };
            let span = cx.span(said);
            cx.report(Diag::new(code::E1194, "half of what a mail server asks for").at(span, what).help(help));
            return None;
        }
    };
    let mut to = to.clone();
    to.sort_by(|a, b| a.v.cmp(&b.v));
    to.dedup_by(|a, b| a.v == b.v);
    Some(WatchMail { to, server, port, security, login, at: *at })
}
