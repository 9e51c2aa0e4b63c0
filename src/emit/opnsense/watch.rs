//! Sections of config.xml: where logs go, who reads figures, what monit looks after; decides nothing.

use super::shaper::joined;
use super::{ON, Section, View, secret};
use crate::ir::{FirewallChecks, FirewallLayer, FirewallLogs, FirewallMetrics, FirewallWatch, Snmp, WatchMail};
use crate::render::{Composed, Doc, Why, Xml};
use crate::schema::{LogFormat, LogLevel, LogTopic, LogTransport, MailSecurity};
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    79;
    LOGS = "Logs are sent on; they stay on the firewall too." @ "RFC 7.4; opnsense 2";
    PROGRAMS = "Logs are chosen by the programs that write them." @ "OPNsense core 26.7, Syslog.xml: program";
    LEVELS = "The least that is sent, and everything above." @ "OPNsense core 26.7, Syslog.xml: level";
    EXPORTER = "Prometheus' exporter is a plugin (os-node_exporter); it answers on one address." @ "RFC 7.2; opnsense 2";
    LISTEN = "The address of this node on that VLAN, never all of them: a shared address would show whichever node has it." @ "RFC 7.2; plugins 26.7, NodeExporter/General.xml";
    COLLECTORS = "What the exporter tells by default of its makers." @ "plugins 26.7, NodeExporter/General.xml";
    SNMP = "SNMP is a plugin (os-net-snmp); it answers on one address." @ "RFC 7.2; opnsense 2, 5";
    MONIT = "monit looks after the firewall itself." @ "RFC 7.6; OPNsense core 26.7, Monit.xml";
    HOST = "The name of the system's own check is the host." @ "monit(1), check system";
    TESTS = "A check has these tests." @ "OPNsense core 26.7, Monit.xml: tests";
    ALERT = "What it finds is told, nothing is restarted." @ "OPNsense core 26.7, Monit.xml: action";
    CONDITION = "The condition in monit's own words." @ "monit(1), service tests";
    ROOT = "The file system that everything is on." @ "OPNsense core 26.7, Monit.xml: path";
    MAIL = "Mail goes by this server." @ "OPNsense core 26.7, Monit.xml: mailserver";
    CONTACT = "Who answers for the topology answers for its firewall." @ "language reference";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let FirewallWatch { logs, metrics, checks, openings: _ } = &view.layer.watch;
    let mut all = Vec::new();
    if !logs.is_empty() {
        let xml = view.model("OPNsense/Syslog", "Syslog", LOGS, |x| {
            x.element("destinations", LOGS, |x| {
                for l in logs {
                    x.push(destination(view, l));
                }
            });
        });
        all.push(Section { under: &["OPNsense"], xml, area: Some("syslog,OPNsense.Syslog") });
    }
    if let Some(m) = metrics {
        figures(view, m, &mut all);
    }
    if let Some(c) = checks {
        all.push(Section { under: &["OPNsense"], xml: monit(view, c), area: Some("OPNsense.monit") });
    }
    all
}

fn destination(view: &View<'_>, l: &FirewallLogs) -> Xml {
    let FirewallLogs { name, address, port, transport, format, level, about, at } = l;
    let mut x = view.item("destination", &["logs/", &name.v.0].concat(), *at);
    x.put("enabled", (true, ON));
    let spelled = match transport.v {
        LogTransport::Udp => "udp4",
        LogTransport::Tcp => "tcp4",
        LogTransport::Tls => "tls4",
    };
    x.put("transport", Sp::new(spelled, transport.at));
    if !about.is_empty() {
        let programs = about.iter().flat_map(|t| programs(t.v).iter().map(|p| words![Sp::new(*p, t.at)]));
        x.put("program", (joined(programs), PROGRAMS));
    }
    x.put("level", (Composed { text: levels(level.v).join(","), why: vec![level.at] }, LEVELS));
    x.put("hostname", address);
    x.put("port", port);
    x.put("rfc5424", format.map(|f| f == LogFormat::Rfc5424));
    x.put("description", name);
    x
}

/// The plugins that its figures need, and what asks for each (plugins 26.7, NodeExporter and Netsnmp).
pub(super) fn plugins(layer: &FirewallLayer) -> Vec<(&'static str, Origin)> {
    let Some(m) = &layer.watch.metrics else { return Vec::new() };
    let exporter = m.node_exporter.as_ref().map(|p| ("os-node_exporter", p.at));
    let snmp = m.snmp.as_ref().map(|s| ("os-net-snmp", s.community.at));
    exporter.into_iter().chain(snmp).collect()
}

/// The programs that write of something (option list of core 26.7.2: syslog applications; lists of earlier releases were not compared).
fn programs(topic: LogTopic) -> &'static [&'static str] {
    match topic {
        LogTopic::Firewall => &["filterlog", "firewall"],
        LogTopic::Intrusions => &["suricata"],
        LogTopic::Dns => &["unbound", "dnsmasq"],
        LogTopic::Dhcp => &["kea-dhcp4", "kea-ctrl-agent", "dhcrelay"],
        LogTopic::Vpn => &["openvpn", "wireguard", "charon"],
        LogTopic::Gateways => &["dpinger"],
        LogTopic::Time => &["ntp", "ntpd", "ntpdate"],
        LogTopic::Routing => &["routed", "zebra", "ospfd", "bgpd"],
        LogTopic::Audit => &["audit"],
        LogTopic::System => &["configd.py", "kernel", "lighttpd", "pkg", "pkg-static"],
        LogTopic::Watch => &["monit"],
    }
}

/// The levels from one on (Syslog.xml: level).
fn levels(least: LogLevel) -> &'static [&'static str] {
    const ALL: [&str; 8] = ["debug", "info", "notice", "warn", "err", "crit", "alert", "emerg"];
    const LEVELS: &[&str] = &ALL;
    match least {
        LogLevel::Debug => LEVELS,
        LogLevel::Info => &LEVELS[1..],
        LogLevel::Notice => &LEVELS[2..],
        LogLevel::Warning => &LEVELS[3..],
        LogLevel::Error => &LEVELS[4..],
        LogLevel::Critical => &LEVELS[5..],
        LogLevel::Alert => &LEVELS[6..],
        LogLevel::Emergency => &LEVELS[7..],
    }
}

fn figures(view: &View<'_>, m: &FirewallMetrics, all: &mut Vec<Section>) {
    let FirewallMetrics { interface, vlan, node_exporter, snmp, ping, at } = m;
    let leg = view.layer.network.interfaces[*interface].leg;
    let nic = view.node.nics.iter().find(|n| n.vlan.v == vlan.v);
    let Some(own) = nic.and_then(|n| n.address).or(view.firewall.legs[leg].address) else { return };
    let listen = || (words![own].citing(vlan.at), LISTEN);
    if let Some(port) = node_exporter {
        let xml = view.model("OPNsense/NodeExporter", "NodeExporter", EXPORTER, |x| {
            x.cite(*at);
            x.cite(ping.at);
            x.put("enabled", (true, ON));
            x.put("listenaddress", listen());
            x.put("listenport", port);
            for (collector, on) in COLLECTED {
                x.put(*collector, (*on, COLLECTORS));
            }
        });
        all.push(Section { under: &["OPNsense"], xml, area: None });
    }
    if let Some(Snmp { community, location, at: said }) = snmp {
        let xml = view.model("OPNsense/netsnmp/general", "general", SNMP, |x| {
            x.cite(*said);
            x.cite(*at);
            x.cite(ping.at);
            x.put("enabled", (true, ON));
            x.put("community", secret(view.t, community));
            x.put_some("syslocation", location.as_ref());
            if let Some(contact) = view.t.meta.as_ref().and_then(|m| m.contact.as_ref()) {
                x.put("syscontact", (words![contact], CONTACT));
            }
            x.put("listen", listen());
        });
        all.push(Section { under: &["OPNsense", "netsnmp"], xml, area: Some("OPNsense.netsnmp") });
    }
}

/// What the exporter tells: its fields have no default, so each is said.
const COLLECTED: &[(&str, bool)] = &[
    ("cpu", true),
    ("exec", true),
    ("filesystem", true),
    ("loadavg", true),
    ("meminfo", true),
    ("netdev", true),
    ("time", true),
    ("devstat", true),
    ("interrupts", false),
    ("ntp", false),
    ("zfs", false),
];

/// A test of monit: its path, type and condition.
struct Test {
    path: String,
    name: Composed,
    kind: &'static str,
    condition: Composed,
}

fn monit(view: &View<'_>, c: &FirewallChecks) -> Xml {
    let FirewallChecks { every, cpu, memory, disk, gateways, pings, mail, at } = c;
    view.model("OPNsense/monit", "monit", MONIT, |x| {
        x.cite(*at);
        x.cite(pings.at);
        x.element("general", MONIT, |x| {
            x.put("enabled", (true, ON));
            x.put("interval", every.map(|s| s.0));
            if let Some(m) = mail {
                server(view, m, x);
            }
        });
        if let Some(m) = mail {
            for to in &m.to {
                let mut a = view.item("alert", &["watch/alert/", &to.v.0].concat(), to.at);
                a.put("enabled", (true, ON));
                a.put("recipient", to);
                a.put("noton", (false, MAIL));
                x.push(a);
            }
        }
        let mut system: Vec<Test> = Vec::new();
        let share = |what: &'static str, p: &Sp<u8>| words![what, " usage is greater than ", p, "%"];
        for (what, p) in [("cpu", cpu), ("memory", memory)] {
            if let Some(p) = p {
                system.push(Test {
                    path: ["watch/test/", what].concat(),
                    name: words!["topoc-", what],
                    kind: "SystemResource",
                    condition: share(what, p),
                });
            }
        }
        let mut tests = Vec::new();
        let mut service =
            |x: &mut Xml, name: Composed, kind: &'static str, path: &str, list: Vec<Test>, fill: &dyn Fn(&mut Xml)| {
                let mut s = view.item("service", path, MONIT);
                s.put("enabled", (true, ON));
                s.put("name", (name, HOST));
                s.put("type", (kind, MONIT));
                fill(&mut s);
                let uuids = list.iter().map(|t| Composed { text: view.uuid(&t.path).to_string(), why: Vec::new() });
                s.put("tests", (joined(uuids), TESTS));
                x.push(s);
                tests.extend(list);
            };
        if !system.is_empty() {
            service(x, words!["$HOST"], "system", "watch/service/system", system, &|_| {});
        }
        if let Some(p) = disk {
            let list = vec![Test {
                path: "watch/test/disk".into(),
                name: words!["topoc-disk"],
                kind: "SpaceUsage",
                condition: share("space", p),
            }];
            service(x, words!["RootFs"], "filesystem", "watch/service/disk", list, &|s| s.put("path", ("/", ROOT)));
        }
        for g in gateways {
            let gateway = &view.layer.network.gateways[g.v];
            let Some(address) = gateway.address else { continue };
            let list = vec![Test {
                path: ["watch/test/ping/", &gateway.name.v].concat(),
                name: words!["topoc-ping-", name_of(gateway)],
                kind: "NetworkPing",
                condition: words!["failed ping"],
            }];
            let path = ["watch/service/ping/", &gateway.name.v].concat();
            service(x, name_of(gateway), "host", &path, list, &|s| {
                s.put("address", address);
                s.cite(g.at);
            });
        }
        for t in tests {
            let Test { path, name, kind, condition } = t;
            let mut e = view.item("test", &path, MONIT);
            e.put("name", (name, MONIT));
            e.put("type", (kind, MONIT));
            e.put("condition", (condition, CONDITION));
            e.put("action", ("alert", ALERT));
            x.push(e);
        }
    })
}

/// What monit calls a gateway: its name in OPNsense has only letters, digits, `_` and `-`.
fn name_of(g: &crate::ir::FirewallGateway) -> Composed {
    Composed { text: g.name.v.clone(), why: vec![g.name.at] }
}

fn server(view: &View<'_>, m: &WatchMail, x: &mut Xml) {
    let WatchMail { to: _, server, port, security, login, at } = m;
    x.cite(*at);
    x.put("mailserver", server);
    x.put("port", port);
    if let Some((user, password)) = login {
        x.put("username", user);
        x.put("password", secret(view.t, password));
    }
    let tls = security.v == MailSecurity::Tls;
    x.put("ssl", (Doc::Bool(tls), Why::from(MAIL).also(security.at)));
    x.put("sslverify", (true, MAIL));
}
