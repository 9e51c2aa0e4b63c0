//! Pass: logs of a cluster: where they are kept, who reads them, what takes those of firewalls; spells nothing.

use super::layer::At;
use super::{Cx, ingress, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    67;
    RETENTION = "logs are kept for a month, as nothing else is stated" @ "RFC 7.1; Loki 3.7, limits_config.retention_period";
    ALONE = "one keeps everything on its volume, as nothing else is stated" @ "Loki chart 18.11.0, templates/validate.yaml";
    THREE = "three, so that one may be lost: a line is taken when two of them have it" @ "RFC 7.1; Loki 3.7, common.replication_factor";
    COPIES = "as many have each line as makes a majority of those that are left when one is lost" @ "Loki 3.7, common.replication_factor";
    CEPH_CLASS = "the volumes are the cluster's own block volumes" @ "RFC 5.8, 7.1";
    ALLOY = "Alloy reads logs, as nothing else is stated: Promtail gets no fixes any more" @ "RFC 7.4; targets K13";
    PORT = "the port of the RFC, as nothing else is stated" @ "RFC 7.4";
    PROTOCOL = "TCP, as nothing else is stated: alerts of Suricata are longer than a datagram" @ "RFC 7.4; RFC 5426 section 3.2; Alloy 1.18, loki.source.syslog: protocol";
    LOG_GATEWAYS = "the gateways of the store answer at that port on their nodes" @ "RFC 5.8; Rook, CephObjectStore gateway.port";
    BLOCKS = "five times as many as on the day before, as nothing else is stated" @ "RFC 7.6";
    FEW_BLOCKS = "a hundred packets in ten minutes are the noise of the Internet, as nothing else is stated" @ "RFC 7.6";
    FAILED_LOGINS = "five failed logins in ten minutes are more than a mistyped password, as nothing else is stated" @ "RFC 7.6";
}

/// A day: the time that a table of Loki's index is about, and the least that its compactor keeps.
const DAY: u32 = 86400;

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Logging> {
    let l = x.c.logging.as_ref()?;
    let LoggingFacts { at, by: _, mode, replicas, retention, objects, volume, agent, syslog, alerts } = l;
    if let Some(m) = mode.filter(|m| m.v != LokiMode::Monolithic) {
        let span = cx.span(m.at);
        cx.report(
            Diag::new(code::E1276, format!("Loki is not deployed as \"{}\"", m.v))
                .at(span, "Loki 4 has this way no more, or no files are made for it")
                .note("one program that does everything takes some ten gigabytes a day for each replica")
                .help("mode \"monolithic\""),
        );
    }
    let retention = or(*retention, Seconds(31 * DAY), RETENTION);
    if retention.v.0 < DAY {
        let span = cx.span(retention.at);
        cx.report(
            Diag::new(code::E1275, format!("logs would be kept for {}, Loki keeps a day at least", retention.v))
                .at(span, "its index is a table for each day")
                .help("retention \"1d\""),
        );
    }
    let (volume, stated) = (volume.as_ref(), objects.as_ref());
    let objects = stated.map(|store| self::objects(store, x, cx));
    let replicas = match replicas.map(|r| r.map(|n| n.0)) {
        Some(r) => r,
        None if stated.is_some() => Sp::new(3, THREE.origin()),
        None => Sp::new(1, ALONE.origin()),
    };
    counted(replicas, stated.map(|s| s.at), l, x, cx);
    let copies = cx.make(if replicas.v < 3 { 1 } else { 3 }, COPIES, &[replicas.at]);
    let agent = or(*agent, LogAgent::Alloy, ALLOY);
    let syslog = syslog.as_ref().map(|s| self::syslog(s, x, cx));
    let targets = &x.t.targets.cluster;
    let alerts = self::alerts(alerts.as_ref(), syslog.is_some(), x, cx);
    let volume = volume?;
    // What is not in the store yet is on it twice: as it came, and as chunks that fill (Loki 3.7, ingester.wal, chunk_idle_period).
    if let Some(small) = volume.size.filter(|s| s.v.0 < 1024) {
        let span = cx.span(small.at);
        cx.report(
            Diag::new(code::E0205, "bad value for `size`: a volume of logs has at least 1GiB")
                .at(span, "what Loki has not put away yet takes more than this")
                .help("volume size=\"20GiB\""),
        );
    }
    let class = class(volume, x, cx).or_else(|| {
        nowhere(volume, x, cx);
        None
    })?;
    // What is wrong with a part was reported, and half of it is not made.
    Some(Logging {
        chart: ingress::with_kubernetes(&targets.loki.as_ref()?.version, x, cx),
        replicas,
        copies,
        retention,
        objects: match objects {
            Some(o) => Some(o?),
            None => None,
        },
        size: volume.size.map(|s| s.map(|s| s.0))?,
        class,
        agent,
        promtail: targets.promtail.as_ref().filter(|_| agent.v == LogAgent::Promtail).map(|t| t.version.clone()),
        alloy: targets
            .alloy
            .as_ref()
            .filter(|_| agent.v == LogAgent::Alloy || syslog.is_some())
            .map(|t| t.version.clone()),
        syslog: match syslog {
            Some(s) => Some(s?),
            None => None,
        },
        alerts,
        at: *at,
    })
}

/// E1273: one, or at least three, each on a node of its own; on volumes there is no second one.
fn counted(replicas: Sp<u32>, objects: Option<Origin>, l: &LoggingFacts, x: &At<'_>, cx: &mut Cx<'_>) {
    let nodes: usize = x.cluster.take_pods().iter().map(|i| x.cluster.groups[*i as usize].nodes.len()).sum();
    let at = if replicas.at.rule().is_some() { l.at } else { replicas.at };
    let (what, place, help) = match (replicas.v, objects) {
        // Where three are no more possible than two, the way out is one.
        (2, store) => (
            "with two Lokis nothing is taken while one is away".to_string(),
            "a line is taken when more than half of those that should have it do".to_string(),
            format!("replicas {}", if store.is_none() || (1..3).contains(&nodes) { 1 } else { 3 }),
        ),
        (n, None) if n > 1 => (
            format!("{n} Lokis would each know a part of the logs"),
            "each has a volume that the others cannot read".to_string(),
            "replicas 1, or `objects` with a store that all of them reach".to_string(),
        ),
        (n, _) if n as usize > nodes && nodes > 0 => (
            format!("{n} Lokis want {n} nodes, {nodes} take them"),
            "each runs on a node of its own, so the others would never start".to_string(),
            format!("replicas {}", if nodes < 3 { 1 } else { nodes }),
        ),
        _ => return,
    };
    let mut d = Diag::new(code::E1273, what).at(cx.span(at), place);
    if at != l.at {
        d = d.at(cx.span(l.at), "these logs");
    }
    cx.report(d.help(help));
}

/// The store of objects; E1274 where nothing in it could be kept.
fn objects(store: &Sp<ObjectName>, x: &At<'_>, cx: &mut Cx<'_>) -> Option<LogObjects> {
    let all = x.layer.storage.as_ref().map_or(&[][..], |s| &s.objects);
    let found = all.iter().find(|o| o.name.v.as_str() == &*store.v.0);
    let (place, what, help) = match found {
        Some(o) if !o.bucket_class.v => (Some(o.at), "no claim of a bucket finds it", "bucket-class".to_string()),
        Some(o) => match o.port {
            Some(port) => {
                let port = cx.make(port.v, LOG_GATEWAYS, &[port.at, store.at]);
                return Some(LogObjects { store: store.clone(), port });
            }
            None => (
                o.tls.as_ref().map(|(port, _)| port.at),
                "it speaks TLS alone, with a certificate whose authority Loki does not know",
                "port 80".to_string(),
            ),
        },
        // Storage that is wrong was reported.
        None if x.layer.storage.is_none() && !x.c.storage.is_empty() => return None,
        None => {
            let names = all.iter().map(|o| format!("objects \"{}\"", o.name.v)).collect::<Vec<_>>();
            let help =
                names.first().cloned().unwrap_or("storage \"ceph\" { objects \"logs\" { bucket-class } }".into());
            (None, "the storage of this cluster has no store of objects of that name", help)
        }
    };
    let mut d = Diag::new(code::E1274, format!("no logs can be kept in {}", store.v)).at(cx.span(store.at), what);
    if let Some(at) = place {
        d = d.at(cx.span(at), "this store");
    }
    cx.report(d.help(help));
    None
}

/// The class of volumes: the stated one, or that of the cluster's own block volumes.
pub(super) fn class(v: &LogVolumeFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Sp<ObjectName>> {
    if let Some(c) = &v.class {
        return Some(c.clone());
    }
    let pools = x.layer.storage.as_ref().map_or(&[][..], |s| &s.pools);
    let chosen = pools.iter().find(|p| p.class.default.v).or(match pools {
        [only] => Some(only),
        _ => None,
    });
    chosen.map(|p| cx.make(ObjectName(p.name.v.as_str().into()), CEPH_CLASS, &[p.name.at]))
}

/// A class to name where several are made and none is the default; else one that somebody else makes.
pub(super) fn some_class<'a>(x: &At<'a>) -> &'a str {
    let made = x.layer.storage.as_ref().and_then(|s| s.pools.first());
    made.map_or("local-path", |p| p.name.v.as_str())
}

/// E1274: nobody says which class the volumes have; storage that is wrong was reported.
fn nowhere(v: &LogVolumeFacts, x: &At<'_>, cx: &mut Cx<'_>) {
    if x.c.storage.is_empty() || x.layer.storage.is_some() {
        let span = cx.span(v.at);
        cx.report(
            Diag::new(code::E1274, "nobody says on what logs are kept")
                .at(span, "the cluster makes no default class of block volumes, and none is named")
                .note("without a class the volumes are never made, and Loki never starts")
                .help(format!("volume size=\"20GiB\" class=\"{}\"", some_class(x))),
        );
    }
}

fn syslog(s: &SyslogFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Syslog> {
    let SyslogFacts { at, address, vlan, port, protocol } = s;
    if let (Some(v), Some(named)) = (vlan, address.as_ref().and_then(|a| a.pool.as_ref())) {
        elsewhere(v, named, x, cx);
    }
    let (pool, own) = ingress::address(address.as_ref()?, x, cx)?;
    let giver = ingress::giver(&pool.v, x, cx)?;
    let port = or(port.map(|p| p.map(|p| p.0)), 1514, PORT);
    let protocol = or(*protocol, SyslogProtocol::Tcp, PROTOCOL);
    let balancer = x.layer.balancers.iter().find(|b| b.pools.iter().any(|p| p.name.v == pool.v));
    let announced_anywhere = giver.v == Announcer::Cilium && balancer.is_some_and(|b| b.mode.v == AnnounceMode::L2);
    if announced_anywhere {
        let (a, b) = (cx.span(address.as_ref().map_or(*at, |a| a.at)), cx.span(balancer.map_or(*at, |b| b.at)));
        cx.report(
            Diag::new(code::E1278, "Cilium would announce the listener from a node that drops what comes")
                .at(a, "what sends logs must keep its own address, so a node without the listener takes nothing")
                .at(b, "announced by ARP from any node, whether the listener runs there or not")
                .help("load-balancer \"metallb\", or mode \"bgp\""),
        );
    }
    let mut senders: Vec<LogSender> = Vec::new();
    for f in &x.facts.firewall {
        let Some(id) = f.name.as_ref().map(|n| x.index.firewall(&n.v.0)).filter(|id| id.is_known()) else { continue };
        let sent = f.logs.iter().filter(|l| {
            let named = l.cluster.as_ref().is_some_and(|c| c.v.0 == x.cluster.name.v);
            named || l.address.is_some_and(|a| a.v.0 == own.v)
        });
        senders.extend(sent.map(|l| sender(l, f, id)));
    }
    senders.sort_by_key(|s| s.firewall);
    senders.dedup_by_key(|s| s.firewall);
    Some(Syslog { pool, address: own, giver, port, protocol, senders, at: *at })
}

/// E1272: the listener gets an address of its pool, and the pool is on one VLAN (RFC fault N9).
fn elsewhere(v: &Sp<VlanRef>, named: &Sp<PoolRef>, x: &At<'_>, cx: &mut Cx<'_>) {
    let mut pools = x.layer.balancers.iter().flat_map(|b| &b.pools);
    let Some(pool) = pools.clone().find(|p| p.name.v == named.v.0) else { return };
    let believed = x.index.vlan(&v.v.0);
    if !believed.is_known() || believed == pool.vlan.v {
        return;
    }
    let help = match pools.find(|p| p.vlan.v == believed) {
        Some(p) => format!("address pool=\"{}\" host=…", p.name.v),
        None => format!("pool \"logs\" vlan=\"{}\" {{ range 240 243 }}", v.v),
    };
    let (a, b) = (cx.span(v.at), cx.span(named.at));
    let on = &x.t.vlan(pool.vlan.v).name;
    cx.report(
        Diag::new(code::E1272, format!("the listener wants VLAN {}, and its pool is on {on}", v.v))
            .at(a, "firewalls are believed to send here")
            .at(b, "nobody gives out an address of that VLAN")
            .help(help),
    );
}

/// What a firewall sends, as its statements say: what is less than `info` it keeps to itself.
fn sender(l: &FirewallLogsFacts, f: &FirewallFacts, firewall: FirewallId) -> LogSender {
    let all = l.level.is_none_or(|v| matches!(v.v, LogLevel::Debug | LogLevel::Info));
    let sent = |topic: LogTopic| all && (l.about.is_empty() || l.about.iter().any(|a| a.v == topic));
    let json = |i: &IdsFacts| i.log.is_none_or(|l| matches!(l.v, IdsLog::Json | IdsLog::Both));
    LogSender {
        firewall,
        packets: sent(LogTopic::Firewall),
        intrusions: sent(LogTopic::Intrusions) && f.ids.as_ref().is_some_and(json),
        logins: sent(LogTopic::Audit),
        takeovers: sent(LogTopic::System) && f.node.len() > 1,
        kernel: sent(LogTopic::System),
        at: l.at,
    }
}

/// Alerts; E1279 where they are stated and nobody would be told.
fn alerts(a: Option<&LogAlertsFacts>, taken: bool, x: &At<'_>, cx: &mut Cx<'_>) -> Option<LogAlerts> {
    let told = x.c.monitoring.as_ref().filter(|_| taken);
    let Some(told) = told else {
        if let Some(a) = a {
            let (at, l) = (cx.span(a.at), cx.span(x.c.logging.as_ref().map_or(a.at, |l| l.at)));
            let (why, help) = match taken {
                true => ("this cluster has no monitoring, so nobody would be told", "monitoring { … }"),
                false => ("nothing takes logs of firewalls", "syslog { address pool=\"…\" host=… }"),
            };
            cx.report(Diag::new(code::E1279, "these alerts never come").at(at, why).at(l, "these logs").help(help));
        }
        return None;
    };
    Some(LogAlerts {
        blocks: or(a.and_then(|a| a.blocks).map(|n| n.map(|n| n.0)), 5, BLOCKS),
        few_blocks: or(a.and_then(|a| a.few_blocks).map(|n| n.map(|n| n.0)), 100, FEW_BLOCKS),
        failed_logins: or(a.and_then(|a| a.failed_logins).map(|n| n.map(|n| n.0)), 5, FAILED_LOGINS),
        runbooks: told.alerts.as_ref().and_then(|a| a.runbooks.clone()),
        told: told.at,
    })
}
