//! Sections of config.xml: filter rules in the one container of rules and translation, schedules; decides nothing.

use super::aliases::{described, text};
use super::{Section, View, nat};
use crate::ir::*;
use crate::render::{Doc, Why, Xml};
use crate::schema::{WayRef, Weekday};
use crate::source::Sp;
use crate::words;

crate::rules! {
    74;
    RULES_ALL = "All filter rules: what no rule lets in is dropped by OPNsense itself." @ "RFC 6.1; OPNsense core 26.7, Filter.xml; opnsense 3";
    // The factory's file of 25.7 lets everything out of the LAN by such rules, and they would still be read after ours. The
    // area of rules replaces them as well, so saying that there are none loses nothing that a restore would keep (opnsense 0).
    OLD_RULES = "There are no rules of the old kind: they would be read after these." @ "opnsense 0, 3; OPNsense core 25.7, config.xml.sample";
    QUICK = "The first rule that matches decides." @ "opnsense 3";
    INWARD = "Packets are looked at where they come in." @ "opnsense 0";
    FAMILY = "IPv4: the cloud has no IPv6." @ "RFC 2.1";
    PROTOCOL = "The protocol, as OPNsense spells it." @ "OPNsense core 26.7, ProtocolField; opnsense 1";
    WHO = "An end is everybody, the firewall, an address or an alias." @ "OPNsense core 26.7, NetworkAliasField; opnsense 1";
    NEIGHBOUR = "Who is on the network of this way out is answered directly, not by its gateway." @ "opnsense 3, reply-to";
    COUNTED = "What is beyond the limit is dropped." @ "OPNsense core 26.7, Filter.xml; pf.conf, stateful tracking options";
    SCHEDULES = "Hours of rules are a list of the old kind in every release." @ "OPNsense core 26.7, firewall_schedule_edit.php";
    DAYS = "Days are numbered from Monday." @ "OPNsense core 26.7, firewall_schedule_edit.php";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let Filter { aliases: _, rules, said } = &view.layer.filter;
    let container = view.model("OPNsense/Firewall/Filter", "Filter", RULES_ALL, |x| {
        let mut list = Xml::new("rules", RULES_ALL);
        for at in said {
            list.cite(*at);
        }
        for r in rules {
            list.push(rule(view, r));
        }
        x.push(list);
        x.push(nat::snat(view));
        x.push(nat::npt(view));
        x.push(nat::one_to_one(view));
    });
    let area = Some("filter,OPNsense.Firewall.Filter.rules");
    let mut all = vec![
        Section { under: &[], xml: Xml::new("filter", OLD_RULES), area },
        Section { under: &["OPNsense", "Firewall"], xml: container, area },
    ];
    let used = schedules(view);
    if !used.children().is_empty() {
        all.push(Section { under: &[], xml: used, area: Some("schedules") });
    }
    all
}

fn rule(view: &View<'_>, r: &FilterRule) -> Xml {
    let FilterRule { key, on, sequence, action, source, target, traffic, via, schedule, limit, log, about, at } = r;
    let mut x = view.item("rule", &format!("rule/{key}"), *at);
    x.put("enabled", (true, super::ON));
    x.put("sequence", sequence);
    x.put("action", (Doc::Str(action_word(action.v).into()), action.at.into()));
    x.put("quick", (true, QUICK));
    match on {
        RuleOn::Interface(i) => x.put("interface", view.key(*i)),
        RuleOn::Vpns(kind) => x.put("interface", (kind.word(), WHO)),
    }
    x.put("direction", ("in", INWARD));
    x.put("ipprotocol", ("inet", FAMILY));
    let tcp = match traffic {
        RuleTraffic::Any => {
            x.put("protocol", ("any", PROTOCOL));
            false
        }
        RuleTraffic::Ports { tcp, udp, at: _ } => {
            let word = match (tcp, udp) {
                (true, true) => "TCP/UDP",
                (true, false) => "TCP",
                (false, _) => "UDP",
            };
            x.put("protocol", (word, PROTOCOL));
            *tcp && !udp
        }
        RuleTraffic::Icmp(types) => {
            x.put("protocol", ("ICMP", PROTOCOL));
            let words: Vec<&str> = types.iter().filter_map(|t| view.caps.icmp_word(t.v)).collect();
            if !words.is_empty() {
                let why = types.iter().fold(Why::from(PROTOCOL), |w, t| w.also(t.at));
                x.put("icmptype", (Doc::Str(words.join(",").into()), why));
            }
            false
        }
        RuleTraffic::Protocol(p) => {
            x.put("protocol", (Doc::Str(p.v.word().to_ascii_uppercase().into()), Why::from(p.at).also(PROTOCOL)));
            false
        }
    };
    end(&mut x, "source_net", "source_not", source);
    end(&mut x, "destination_net", "destination_not", target);
    if let RuleTraffic::Ports { tcp: _, udp: _, at: ports } = traffic {
        match ports {
            RulePorts::Span(span) => x.put("destination_port", (words![span], PROTOCOL)),
            RulePorts::Alias(name) => x.put("destination_port", text(name)),
        }
    }
    if let Some(via) = via {
        x.put("gateway", gateway(view, via));
    }
    if from_its_network(view, on, source) {
        x.put("disablereplyto", (true, NEIGHBOUR));
    }
    x.put("log", log);
    if let Some(limit) = limit {
        counted(&mut x, limit, tcp);
    }
    x.put("categories", view.category());
    if let Some(s) = schedule {
        let named = &view.t.schedules[s.v as usize];
        x.put("sched", (Doc::Str(schedule_name(&named.name.v).into()), Why::from(s.at).also(named.name.at)));
    }
    x.put("description", about.clone().map(|t| described(&t)));
    x
}

fn action_word(a: RuleAction) -> &'static str {
    match a {
        RuleAction::Block => "block",
        RuleAction::Reject => "reject",
        RuleAction::Pass => "pass",
    }
}

fn end(x: &mut Xml, net: &'static str, not: &'static str, e: &RuleEnd) {
    match e {
        RuleEnd::Any => x.put(net, ("any", WHO)),
        RuleEnd::Itself => x.put(net, ("(self)", WHO)),
        RuleEnd::Address(a) => x.put(net, a),
        RuleEnd::Alias(name) => x.put(net, text(name)),
        RuleEnd::Not(name) => {
            x.put(net, text(name));
            x.put(not, (true, WHO));
        }
    }
}

/// The gateway of a way out, or the group of that name.
fn gateway(view: &View<'_>, via: &Sp<WayRef>) -> (Doc, Why) {
    let FirewallNetwork { interfaces, gateways, groups, routes: _, openings: _, aliases: _ } = &view.layer.network;
    let wan = interfaces.iter().find(|i| view.t.vlan(i.vlan.v).name.v == via.v.0);
    if let Some(g) = wan.and_then(|i| i.gateway) {
        return (Doc::Str(gateways[g].name.v.as_str().into()), Why::from(via.at).also(gateways[g].name.at));
    }
    let group = groups.iter().find(|g| g.name.v == via.v.0);
    let at = group.map_or(via.at, |g| g.name.at);
    (Doc::Str(via.v.0.to_string().into()), Why::from(via.at).also(at))
}

/// Whether all sources are on the network of an interface with a gateway: the answers of OPNsense would take the gateway.
fn from_its_network(view: &View<'_>, on: &RuleOn, source: &RuleEnd) -> bool {
    let RuleOn::Interface(i) = on else { return false };
    let interface = &view.layer.network.interfaces[*i];
    let subnet = view.t.vlan(interface.vlan.v).subnet.v;
    let all = match source {
        RuleEnd::Address(a) => subnet.contains(&a.v),
        RuleEnd::Alias(name) => view.layer.filter.aliases.iter().any(|a| {
            a.name.v == name.v
                && match &a.content {
                    AliasContent::Hosts(list) => list.iter().all(|(a, _)| subnet.contains(&a.v)),
                    AliasContent::Networks { nets, except: _ } => nets.iter().all(|n| subnet.contains(&n.v)),
                    AliasContent::Names(_)
                    | AliasContent::Ports(_)
                    | AliasContent::Feed { .. }
                    | AliasContent::Countries(_)
                    | AliasContent::Aliases(_) => false,
                }
        }),
        RuleEnd::Any | RuleEnd::Itself | RuleEnd::Not(_) => false,
    };
    interface.gateway.is_some() && all
}

/// How much passes. Connections are TCP's; of everything else states are counted.
fn counted(x: &mut Xml, limit: &Limit, tcp: bool) {
    let Limit { connections, rate, packets } = limit;
    let why = |n: &Sp<u32>| (Doc::Int(i64::from(n.v)), Why::from(n.at).also(COUNTED));
    if let Some(n) = connections {
        x.put(if tcp { "max-src-conn" } else { "max-src-states" }, why(n));
    }
    if let Some((n, per)) = rate {
        x.put("max-src-conn-rate", why(n));
        x.put("max-src-conn-rates", per.map(|s| s.0));
    }
    if let Some((n, per)) = packets {
        x.put("max-pkt-rate-number", why(n));
        x.put("max-pkt-rate-seconds", per.map(|s| s.0));
    }
}

/// The schedules that rules name.
fn schedules(view: &View<'_>) -> Xml {
    let mut xml = Xml::new("schedules", SCHEDULES);
    for (i, s) in view.t.schedules.iter().enumerate() {
        if !view.layer.filter.rules.iter().any(|r| r.schedule.is_some_and(|s| s.v as usize == i)) {
            continue;
        }
        let Schedule { name, hours } = s;
        xml.element("schedule", Why::from(SCHEDULES).also(name.at), |x| {
            x.put("name", (Doc::Str(schedule_name(&name.v).into()), Why::from(name.at)));
            x.put("descr", name);
            for h in hours {
                let Hours { days, from, to } = h;
                x.element("timerange", SCHEDULES, |x| {
                    let numbers: Vec<String> = days.iter().map(|d| day(d.v).to_string()).collect();
                    let why = days.iter().fold(Why::from(DAYS), |w, d| w.also(d.at));
                    x.put("position", (Doc::Str(numbers.join(",").into()), why));
                    x.put("hour", (words![from, "-", to], SCHEDULES));
                });
            }
        });
    }
    xml
}

fn day(d: Weekday) -> u8 {
    match d {
        Weekday::Mon => 1,
        Weekday::Tue => 2,
        Weekday::Wed => 3,
        Weekday::Thu => 4,
        Weekday::Fri => 5,
        Weekday::Sat => 6,
        Weekday::Sun => 7,
    }
}

/// The name of a schedule: letters, digits and `_`, never that of an interface (core 26.7, firewall_schedule_edit.php).
fn schedule_name(name: &crate::schema::Name) -> String {
    let text: String = name.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let text = format!("t_{text}");
    if text.len() <= 31 {
        return text;
    }
    let hash = blake3::hash(name.as_str().as_bytes()).to_hex();
    format!("{}_{}", &text[..26], &hash[..4])
}
