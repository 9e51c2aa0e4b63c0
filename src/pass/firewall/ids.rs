//! Pass: what a firewall looks for in the traffic: interfaces, home networks, sets of rules; spells nothing.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::At;
use crate::consumer::{RULESETS, ruleset};
use crate::diag::{Diag, code};
use crate::ir::facts::{IdsFacts, IdsPolicyFacts};
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    59;
    DEFAULT_DETECT = "it starts by looking: what it would drop by mistake is not dropped" @ "RFC 6.4";
    DEFAULT_MATCHER = "Suricata takes what the processor can do, as nothing else is stated" @ "OPNsense core 26.7, IDS.xml: MPMAlgo";
    DEFAULT_PROFILE = "Suricata's own measure, as nothing else is stated" @ "OPNsense core 26.7, IDS.xml: detect.Profile";
    NOT_PROMISCUOUS = "a virtual NIC gets its own frames only" @ "RFC 6.4";
    DEFAULT_JSON = "alerts are JSON in the system's log, which is what collectors read" @ "RFC 6.4, 7.4";
    NO_PAYLOAD = "what a packet held stays out of the log: it may be a password" @ "OPNsense core 26.7, IDS.xml: LogPayload";
    DEFAULT_ROTATE = "a new file every week, as nothing else is stated" @ "OPNsense core 26.7, IDS.xml: AlertLogrotate";
    DEFAULT_KEEP = "four files, as nothing else is stated" @ "OPNsense core 26.7, IDS.xml: AlertSaveLogs";
    DAILY = "rules are fetched every day, as nothing else is stated" @ "RFC 6.4";
    UPDATE_TIME = "between 1 and 5 in the morning at a minute made from the firewall's name, so that not everybody asks at once" @ "RFC 6.4";
    UPDATE_STATED = "hour and minute are stated together" @ "language reference";
    HOME = "home is what is behind the firewall, as it sees it, and its own public addresses" @ "RFC 6.4; Suricata, HOME_NET";
    IN_RULES = "a policy names sets that are fetched" @ "OPNsense core 26.7, IDS.xml: rulesets";
    FIRST_POLICY = "the first, as nothing else is stated" @ "OPNsense core 26.7, IDS.xml: prio";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Ids> {
    let IdsFacts {
        at,
        watch,
        mode,
        rules,
        update,
        matcher,
        profile,
        promiscuous,
        log,
        payload,
        rotate,
        keep,
        policy,
        rule,
    } = x.f.ids.as_ref()?;
    let mode = or(*mode, IdsMode::Detect, DEFAULT_DETECT);
    let mut interfaces: Vec<Sp<usize>> = Vec::new();
    for w in watch {
        let vlan = x.index.vlan(&w.v.0);
        if !vlan.is_known() {
            continue;
        }
        match x.on(vlan) {
            Some((i, f)) => {
                if let (IdsMode::Prevent, Some(carrier)) = (mode.v, f.carrier) {
                    tagged(x, w, carrier.v, mode, cx);
                }
                interfaces.push(Sp::new(i, w.at));
            }
            None => nowhere(x, w, "its traffic cannot be looked into", cx),
        }
    }
    interfaces.sort_by_key(|i| i.v);
    for pair in interfaces.windows(2).filter(|p| p[0].v == p[1].v) {
        twice(cx, "this VLAN is", pair[1].at, pair[0].at);
    }
    let mut rulesets: Vec<Sp<RulesetName>> = rules.iter().filter(|r| known(r, cx)).cloned().collect();
    rulesets.sort_by(|a, b| a.v.cmp(&b.v));
    for pair in rulesets.windows(2).filter(|p| p[0].v == p[1].v) {
        twice(cx, "this set is", pair[1].at, pair[0].at);
    }
    rulesets.dedup_by(|a, b| a.v == b.v);
    let mut singles: Vec<IdsRule> = Vec::new();
    for r in rule {
        let (Some(sid), Some(then)) = (r.sid, r.then) else { continue };
        drops(then, mode, cx);
        singles.push(IdsRule { sid: sid.map(|s| s.0), then });
    }
    singles.sort_by_key(|r| r.sid.v);
    for pair in singles.windows(2).filter(|p| p[0].sid.v == p[1].sid.v) {
        twice(cx, "this rule is", pair[1].sid.at, pair[0].sid.at);
    }
    Some(Ids {
        interfaces,
        mode,
        home: home(x, cx),
        policies: policies(policy, mode, &rulesets, cx),
        rulesets,
        update: match update {
            Some(u) => time(x, u.every.unwrap_or(Sp::new(UpdateEvery::Daily, DAILY.origin())), u.time.as_ref(), cx),
            None => time(x, Sp::new(UpdateEvery::Daily, DAILY.origin()), None, cx),
        },
        matcher: or(*matcher, Matcher::Automatic, DEFAULT_MATCHER),
        profile: or(*profile, IdsProfile::Standard, DEFAULT_PROFILE),
        promiscuous: or(*promiscuous, false, NOT_PROMISCUOUS),
        log: or(*log, IdsLog::Json, DEFAULT_JSON),
        payload: or(*payload, false, NO_PAYLOAD),
        rotate: or(*rotate, Rotation::Weekly, DEFAULT_ROTATE),
        keep: or(keep.map(|k| k.map(|k| k.0)), 4, DEFAULT_KEEP),
        rules: singles,
        openings: Vec::new(),
        at: *at,
    })
}

/// E1177: the firewall has no interface on a VLAN that something of it needs one on.
pub(super) fn nowhere(x: &At<'_>, vlan: &Sp<VlanRef>, what: &'static str, cx: &mut Cx<'_>) {
    let (a, b) = (cx.span(vlan.at), cx.span(x.firewall.at));
    cx.report(
        Diag::new(code::E1177, format!("firewall {} has no interface on VLAN {}", x.firewall.name, vlan.v))
            .at(a, what)
            .at(b, "this firewall")
            .help(format!("interface \"{}\" in the firewall", vlan.v)),
    );
}

pub(super) fn twice(cx: &mut Cx<'_>, what: &str, again: Origin, first: Origin) {
    let (a, b) = (cx.span(again), cx.span(first));
    cx.report(
        Diag::new(code::E0202, format!("{what} stated twice"))
            .at(a, "again here")
            .at(b, "first here")
            .help("keep one of the two"),
    );
}

/// E1185: netmap takes whole NICs, and a tagged VLAN shares one.
fn tagged(x: &At<'_>, w: &Sp<VlanRef>, carrier: usize, mode: Sp<IdsMode>, cx: &mut Cx<'_>) {
    let parent = &x.layer.network.interfaces[carrier];
    let name = &x.t.vlan(parent.vlan.v).name;
    let (a, b, c) = (cx.span(w.at), cx.span(parent.at), cx.span(mode.at));
    cx.report(
        Diag::new(
            code::E1185,
            format!("VLAN {} comes with a tag on the NIC of {name}: prevention cannot be put there", w.v),
        )
        .at(a, "netmap takes a whole NIC, with all that is on it")
        .at(b, "this NIC carries it")
        .at(c, "by this mode")
        .help(format!(
            "watch \"{name}\" and, for frames with tags, `promiscuous`; or a NIC of its own for VLAN {}",
            w.v
        )),
    );
}

/// Whether a set is among those that OPNsense can fetch.
fn known(r: &Sp<RulesetName>, cx: &mut Cx<'_>) -> bool {
    if ruleset(&r.v) {
        return true;
    }
    let span = cx.span(r.at);
    let mut d = Diag::new(code::E1184, format!("OPNsense knows no set of rules \"{}\"", r.v.0))
        .at(span, "it would be written down and never fetched");
    d = match nearest(&r.v, RULESETS) {
        Some(n) => d.help(format!("did you mean \"{n}\"?")),
        None => d
            .note("sets that need a subscription come with plugins, and are not among these")
            .help(format!("there are {} sets, such as \"emerging-malware\" and \"abuse.ch.urlhaus\"", RULESETS.len())),
    };
    cx.report(d);
    false
}

/// E1186: nothing is dropped where it only looks.
fn drops(then: Sp<IdsAction>, mode: Sp<IdsMode>, cx: &mut Cx<'_>) {
    if then.v != IdsAction::Drop || mode.v == IdsMode::Prevent {
        return;
    }
    let mut d = Diag::new(code::E1186, "nothing is dropped where the intrusion detection only looks")
        .at(cx.span(then.at), "this drops");
    if mode.at.rule().is_none() {
        d = d.at(cx.span(mode.at), "it looks at copies of packets");
    }
    cx.report(
        d.note("the mode is one for all interfaces")
            .help("\"alert\", or `mode \"prevent\"` once alerts have been looked through"),
    );
}

fn policies(
    stated: &[IdsPolicyFacts],
    mode: Sp<IdsMode>,
    rulesets: &[Sp<RulesetName>],
    cx: &mut Cx<'_>,
) -> Vec<IdsPolicy> {
    let mut all: Vec<IdsPolicy> = Vec::new();
    for p in stated {
        let IdsPolicyFacts { at: _, name, order, rules, of, then } = p;
        let (Some(name), Some(then)) = (name.clone(), *then) else { continue };
        drops(then, mode, cx);
        let mut sets: Vec<Sp<usize>> = Vec::new();
        for r in rules {
            match rulesets.iter().position(|s| s.v == r.v) {
                Some(i) => sets.push(cx.make(i, IN_RULES, &[r.at, rulesets[i].at])),
                None if !known(r, cx) => {}
                None => {
                    let span = cx.span(r.at);
                    cx.report(
                        Diag::new(code::E1184, format!("the set \"{}\" is not fetched", r.v.0))
                            .at(span, "a policy of it would decide nothing")
                            .help(format!("add \"{}\" to `rules` of `ids`", r.v.0)),
                    );
                }
            }
        }
        sets.sort_by_key(|s| s.v);
        sets.dedup_by_key(|s| s.v);
        let mut of = of.clone();
        of.sort_by_key(|a| a.v);
        of.dedup_by_key(|a| a.v);
        let order = or(order.map(|o| o.map(|o| o.0)), 0, FIRST_POLICY);
        all.push(IdsPolicy { name, order, rulesets: sets, of, then });
    }
    all.sort_by(|a, b| (a.order.v, &a.name.v).cmp(&(b.order.v, &b.name.v)));
    for pair in all.windows(2) {
        if pair[0].order.v == pair[1].order.v {
            let (a, b) = (cx.span(pair[1].name.at), cx.span(pair[0].name.at));
            cx.report(
                Diag::new(code::E1187, format!("two policies are at position {}", pair[0].order.v))
                    .at(a, "which of them comes first would be chance")
                    .at(b, "the other")
                    .help("order=10 for one of them: the lowest comes first"),
            );
        }
    }
    let mut names: Vec<&Sp<Label>> = all.iter().map(|p| &p.name).collect();
    names.sort_by(|a, b| a.v.cmp(&b.v));
    for pair in names.windows(2).filter(|p| p[0].v == p[1].v) {
        twice(cx, "this policy is", pair[1].at, pair[0].at);
    }
    all
}

/// The stated minute, or one made from the firewall's name.
fn time(x: &At<'_>, every: Sp<UpdateEvery>, stated: Option<&Sp<ClockTime>>, cx: &mut Cx<'_>) -> IdsUpdate {
    let (hour, minute, at) = match stated.and_then(|s| Some((s, s.v.split_once(':')?))) {
        Some((s, (h, m))) => {
            // The form of the value allows only numbers of two digits.
            (h.parse().unwrap_or(0), m.parse().unwrap_or(0), cx.derived(UPDATE_STATED, &[s.at]))
        }
        None => {
            let hash = blake3::hash(format!("ids update\0{}", x.firewall.name.v).as_bytes());
            let b = hash.as_bytes();
            (1 + b[0] % 4, b[1] % 60, cx.derived(UPDATE_TIME, &[x.firewall.name.at]))
        }
    };
    IdsUpdate { every, minute: Sp::new(minute, at), hour: Sp::new(hour, at) }
}

/// What is at home: networks of interfaces that are no way out, networks behind routers and VPNs, and the firewall's own
/// addresses on its ways out, public ones included.
fn home(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Sp<Ipv4Net>> {
    let network = &x.layer.network;
    let mut all: Vec<(Ipv4Net, Vec<Origin>)> = Vec::new();
    for i in &network.interfaces {
        let subnet = x.t.vlan(i.vlan.v).subnet;
        if i.gateway.is_none() {
            all.push((subnet.v, vec![subnet.at, i.vlan.at]));
            continue;
        }
        let own = x.firewall.nodes.iter().flat_map(|n| &x.t.machine(*n).nics).filter(|n| n.vlan.v == i.vlan.v);
        let own = own.filter_map(|n| n.address).chain(x.firewall.legs[i.leg].address);
        all.extend(own.map(|a| (Ipv4Net::from(a.v), vec![a.at])));
    }
    all.extend(network.routes.iter().map(|r| (r.net.v, vec![r.net.at])));
    all.extend(x.layer.vpns.iter().map(|v| (v.subnet.v, vec![v.subnet.at])));
    for p in x.t.public.iter().filter(|p| p.to.is_some_and(|f| f.v == x.id)) {
        for (from, to) in &p.ranges {
            all.extend(nets_of(from.v, to.v).into_iter().map(|n| (n, vec![from.at, to.at])));
        }
    }
    all.sort_by_key(|(n, _)| *n);
    all.dedup_by_key(|(n, _)| *n);
    // What lies in a larger one says nothing more.
    let nets: Vec<Ipv4Net> = all.iter().map(|(n, _)| *n).collect();
    all.retain(|(n, _)| !nets.iter().any(|o| o != n && o.contains(n)));
    all.into_iter().map(|(n, from)| cx.make(n, HOME, &from)).collect()
}

/// The fewest networks that are exactly a run of addresses.
fn nets_of(from: Ipv4Addr, to: Ipv4Addr) -> Vec<Ipv4Net> {
    ipnet::Ipv4Subnets::new(from.min(to), from.max(to), 0).collect()
}
