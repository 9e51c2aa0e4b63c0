//! Aliases, rules and port forwards of an import, never wider than they were: what is not understood in full is listed instead.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::network::{Interface, Net};
use super::{Draft, quoted, slug};
use crate::backup::own::called;
use crate::backup::xml::Element;

/// What aliases became.
#[derive(Default)]
struct Known {
    groups: BTreeMap<String, String>,
    ports: BTreeMap<String, String>,
    services: BTreeSet<String>,
    names: BTreeSet<String>,
}

/// Reads it.
pub(super) fn read(root: &Element, net: &Net, draft: &mut Draft) {
    let mut known = Known::default();
    aliases(root, net, &mut known, draft);
    let list = root.at("OPNsense/Firewall/Filter/rules").into_iter().flat_map(Element::children);
    let mut rules: Vec<&Element> = list.filter(|r| r.name == "rule" && r.value("enabled") != "0").collect();
    rules.sort_by_key(|r| r.value("sequence").parse::<u32>().unwrap_or(u32::MAX));
    // Floating rules come before those of one interface (opnsense 3): one that is not understood shadows all after it.
    rules.sort_by_key(|r| net.of(&r.value("interface")).is_some());
    let (mut passed, mut unclear, mut open) = (BTreeSet::new(), BTreeSet::new(), false);
    for r in rules {
        let path = "OPNsense/Firewall/Filter/rules/rule";
        let who = called(path, r);
        let key = r.value("interface");
        let blocks = matches!(r.value("action").as_str(), "block" | "reject");
        if blocks && passed.contains(&key) && is_any(r) {
            // What no rule allows is refused by itself, as long as nothing is allowed after it.
            unclear.insert(key);
            continue;
        }
        let said = rule(r, net, &mut known, draft);
        let reason = match said {
            _ if open || unclear.contains(&key) => Some("a rule before it could not be said, and may refuse some of it".to_string()),
            Ok(_) if blocks && passed.contains(&key) => {
                Some("it refuses what is left after a rule that lets something through: here a refusal beats every allowance".into())
            }
            Ok(texts) => {
                texts.into_iter().for_each(|text| draft.say(&who, text));
                if !blocks {
                    passed.insert(key.clone());
                }
                None
            }
            Err(reason) => Some(reason),
        };
        if let Some(reason) = reason {
            if blocks {
                match net.of(&key) {
                    Some(_) => {
                        unclear.insert(key);
                    }
                    None => open = true,
                }
            }
            draft.left.push(format!("{who}: {reason}"));
        }
    }
    forwards(root, &mut known, draft);
}

/// Whether a rule speaks of everything.
fn is_any(r: &Element) -> bool {
    let any = |f: &str| matches!(r.value(f).as_str(), "" | "any");
    any("source_net")
        && any("destination_net")
        && any("protocol")
        && r.value("source_not") != "1"
        && r.value("destination_not") != "1"
}

fn aliases(root: &Element, net: &Net, known: &mut Known, draft: &mut Draft) {
    let all: Vec<&Element> =
        root.at("OPNsense/Firewall/Alias/aliases").into_iter().flat_map(Element::children).collect();
    for a in all.iter().filter(|a| a.value("enabled") != "0") {
        let name = a.value("name");
        match a.value("type").as_str() {
            "port" => {
                let service = slug(&name, &mut known.names);
                known.services.insert(service.clone());
                known.ports.insert(name, service);
            }
            "host" | "network" | "networkgroup" | "urltable" | "geoip" => {
                let group = slug(&name, &mut known.names);
                known.groups.insert(name, group);
            }
            kind => draft.left.push(format!("alias `{name}` is of type {kind}, which only the firewall can fill")),
        }
    }
    for a in all {
        let (name, kind) = (a.value("name"), a.value("type"));
        let lines: Vec<String> =
            a.value("content").split(['\n', ',']).map(|l| l.trim().to_string()).filter(|l| !l.is_empty()).collect();
        if let Some(service) = known.ports.get(&name).cloned() {
            let spans: Option<Vec<String>> = lines.iter().map(|l| span(&l.replace(':', "-"))).collect();
            match spans.filter(|s| !s.is_empty()) {
                // A port alias says no protocol; each rule that uses it does.
                Some(spans) => {
                    let spans = spans.join(" ");
                    draft.say(
                        format!("alias `{name}`"),
                        format!("service {} {{ tcp {spans} }}", quoted(&format!("{service}-tcp"))),
                    );
                    draft.say(
                        format!("alias `{name}`"),
                        format!("service {} {{ udp {spans} }}", quoted(&format!("{service}-udp"))),
                    );
                }
                None => draft.left.push(format!("alias `{name}` has ports that are none: {}", lines.join(" "))),
            }
        } else if let Some(group) = known.groups.get(&name).cloned() {
            let inside: Result<Vec<String>, String> =
                lines.iter().map(|l| member(l, &kind, &a.value("updatefreq"), net, known)).collect();
            match inside {
                Ok(list) if !list.is_empty() => {
                    let list = gathered(&list);
                    draft.say(
                        format!("alias `{name}`"),
                        format!("group {} {{\n    {}\n}}", quoted(&group), list.join("\n    ")),
                    );
                }
                Ok(_) => draft.left.push(format!("alias `{name}` is empty")),
                Err(line) => draft.left.push(format!("alias `{name}`: {line} cannot be said")),
            }
        }
    }
}

/// Words that take a list are said once, with all of it.
fn gathered(words: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for w in words {
        let (word, value) = w.split_once(' ').unwrap_or((w, ""));
        let listed = matches!(word, "vlan" | "address" | "group" | "name" | "country" | "firewall");
        match all.iter_mut().find(|a| listed && a.split(' ').next() == Some(word)) {
            Some(first) => {
                first.push(' ');
                first.push_str(value);
            }
            None => all.push(w.clone()),
        }
    }
    all
}

/// A line of an alias as a word of a group.
fn member(line: &str, kind: &str, every: &str, net: &Net, known: &Known) -> Result<String, String> {
    if let Some(group) = known.groups.get(line) {
        return Ok(format!("group {}", quoted(group)));
    }
    match kind {
        "urltable" => {
            let hours = (every.parse::<f64>().unwrap_or(1.0) * 24.0).round().clamp(1.0, 8760.0);
            return Ok(format!("feed {} every=\"{hours}h\"", quoted(line)));
        }
        "geoip" => return Ok(format!("country {}", quoted(line))),
        _ => {}
    }
    place(line, net)
        .or_else(|| {
            let dns = line.contains('.') && line.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
            (dns && kind == "host" && line.contains(|c: char| c.is_ascii_alphabetic()))
                .then(|| format!("name {}", quoted(line)))
        })
        .ok_or_else(|| line.to_string())
}

/// An address or a network: a VLAN where it is one.
fn place(text: &str, net: &Net) -> Option<String> {
    if let Ok(a) = text.parse::<Ipv4Addr>() {
        return Some(format!("address \"{a}\""));
    }
    let n: Ipv4Net = text.parse().ok()?;
    if n.prefix_len() == 32 {
        return Some(format!("address \"{}\"", n.addr()));
    }
    Some(match net.interfaces.iter().find(|i| i.subnet == n.trunc()) {
        Some(i) => format!("vlan {}", quoted(&i.vlan)),
        None => format!("net \"{}\"", n.trunc()),
    })
}

/// A port or a range, as the language has it.
fn span(text: &str) -> Option<String> {
    match text.split_once('-') {
        None => text.parse::<u16>().ok().filter(|p| *p > 0).map(|p| p.to_string()),
        Some((a, b)) => {
            let (a, b): (u16, u16) = (a.parse().ok()?, b.parse().ok()?);
            (0 < a && a <= b).then(|| quoted(&format!("{a}-{b}")))
        }
    }
}

/// A rule as a statement; as two when it is for everything, which includes the firewall itself.
fn rule(r: &Element, net: &Net, known: &mut Known, draft: &mut Draft) -> Result<Vec<String>, String> {
    let on = net.of(&r.value("interface")).ok_or("it is not of one interface that has a VLAN")?;
    for (field, fine, what) in [
        ("direction", &["", "in"][..], "it looks at packets that leave"),
        ("ipprotocol", &["", "inet"], "it is for IPv6 too"),
        ("quick", &["", "1"], "a rule after it may decide otherwise"),
        ("interfacenot", &["", "0"], "it is for every other interface"),
        ("source_not", &["", "0"], "it is for everybody but its source"),
        ("destination_not", &["", "0"], "it is for everything but its destination"),
        ("source_port", &[""], "it asks for the port of the source"),
        ("gateway", &[""], "it sends packets to a gateway"),
        ("replyto", &[""], "it sends answers to a gateway"),
        ("sched", &[""], "it holds in some hours"),
        ("statetype", &["", "keep"], "it keeps states in its own way"),
        ("tag", &[""], "it marks packets"),
        ("tagged", &[""], "it asks for marked packets"),
        ("max-src-conn", &[""], "it counts connections"),
        ("max-src-states", &[""], "it counts states"),
        ("max-src-conn-rate", &[""], "it counts new connections"),
        ("overload", &[""], "it fills an alias"),
        ("divert-to", &[""], "it hands packets to a program"),
        ("shaper1", &[""], "it shares bandwidth"),
        ("set-prio", &[""], "it sets a priority"),
        ("prio", &[""], "it asks for a priority"),
        ("tos", &[""], "it asks for a DSCP"),
        ("icmp6type", &[""], "it is for IPv6"),
        ("allowopts", &["", "0"], "it lets options of IP through"),
        ("tcpflags1", &[""], "it asks for flags of TCP"),
        ("tcpflags_any", &["", "0"], "it asks for no flags of TCP"),
    ] {
        if !fine.contains(&r.value(field).as_str()) {
            return Err(what.into());
        }
    }
    let from = end(&r.value("source_net"), on, net, known, true)?;
    let to = end(&r.value("destination_net"), on, net, known, false)?;
    let service = service(r, known, draft)?;
    let (word, more) = match r.value("action").as_str() {
        "pass" => ("allow", ""),
        "block" => ("deny", ""),
        "reject" => ("deny", "\n    answer \"refusal\""),
        other => return Err(format!("its action is {other:?}")),
    };
    let about = match r.value("description") {
        d if d.trim().is_empty() => format!("rule {} on {}", r.value("sequence"), on.key),
        d => d.trim().to_string(),
    };
    let log = if r.value("log") == "1" { "\n    log \"imported\"" } else { "" };
    let service = service.iter().map(|s| quoted(s)).collect::<Vec<_>>().join(" ");
    let mut statement = |about: &str, to: &str| {
        let mut name = about.to_string();
        let mut n = 2;
        while !known.names.insert(format!("{word} {name}")) {
            name = format!("{about} ({n})");
            n += 1;
        }
        format!(
            "{word} {} {{\n    from {{ {from} }}\n    to {{ {to} }}\n    service {service}{more}{log}\n}}",
            quoted(&name)
        )
    };
    let mut all = vec![statement(&about, &to)];
    if matches!(r.value("destination_net").as_str(), "" | "any") {
        let itself = format!("firewall {}", quoted(&net.firewall));
        all.push(statement(&format!("{about}, to the firewall itself"), &itself));
    }
    Ok(all)
}

/// An end of a rule: what is anything is what is on the VLAN, on the Internet, or all that the topology knows.
fn end(value: &str, on: &Interface, net: &Net, known: &Known, source: bool) -> Result<String, String> {
    let firewall = quoted(&net.firewall);
    match value {
        "" | "any" if source && on.wan => Ok("internet".into()),
        "" | "any" if source => Ok(format!("vlan {}", quoted(&on.vlan))),
        "" | "any" => {
            let others = net.interfaces.iter().filter(|i| i.key != on.key).map(|i| quoted(&i.vlan));
            let vlans = others.collect::<Vec<_>>().join(" ");
            Ok(if vlans.is_empty() { "internet".into() } else { format!("internet; vlan {vlans}") })
        }
        "(self)" => Ok(format!("firewall {firewall}")),
        _ => {
            let one = |v: &str| {
                let vlan = net.of(v).map(|i| format!("vlan {}", quoted(&i.vlan)));
                let group = known.groups.get(v).map(|g| format!("group {}", quoted(g)));
                vlan.or(group).or_else(|| place(v, net)).ok_or_else(|| format!("{v} cannot be said"))
            };
            let all: Result<Vec<String>, String> = value.split(',').map(one).collect();
            all.map(|a| gathered(&a).join("; "))
        }
    }
}

/// The services of a rule; ports without a name get one.
fn service(r: &Element, known: &mut Known, draft: &mut Draft) -> Result<Vec<String>, String> {
    let (protocol, port) = (r.value("protocol").to_ascii_uppercase(), r.value("destination_port"));
    let words: &[&str] = match protocol.as_str() {
        "" | "ANY" => return Ok(vec!["any".into()]),
        "TCP" => &["tcp"],
        "UDP" => &["udp"],
        "TCP/UDP" => &["tcp", "udp"],
        "ICMP" => {
            return match r.value("icmptype").as_str() {
                "echoreq" => Ok(vec!["ping".into()]),
                _ => Err("it is for messages of ICMP beyond echo".into()),
            };
        }
        other => {
            let name = format!("protocol-{}", other.to_ascii_lowercase());
            if known.services.insert(name.clone()) {
                draft.say(
                    format!("protocol {other}"),
                    format!("service {} {{ protocol {} }}", quoted(&name), quoted(&other.to_ascii_lowercase())),
                );
            }
            return Ok(vec![name]);
        }
    };
    if let Some(alias) = known.ports.get(&port) {
        return Ok(words.iter().map(|w| format!("{alias}-{w}")).collect());
    }
    let well = crate::consumer::well_known(&port).and_then(|w| w.ports.first()).map(|p| p.1.to_string());
    let port = match port.as_str() {
        "" | "any" => "1-65535".to_string(),
        _ => well.unwrap_or(port),
    };
    let spelled = span(&port).ok_or_else(|| format!("{port} is no port"))?;
    let mut all = Vec::new();
    for w in words {
        let name = format!("{w}-{port}");
        if known.services.insert(name.clone()) {
            draft.say(format!("port {port}"), format!("service {} {{ {w} {spelled} }}", quoted(&name)));
        }
        all.push(name);
    }
    Ok(all)
}

/// Port forwards: a backup does not say which machine has the address, so most of them wait for its name.
fn forwards(root: &Element, known: &mut Known, draft: &mut Draft) {
    for f in root
        .child("nat")
        .into_iter()
        .flat_map(Element::children)
        .filter(|f| f.name == "rule" && f.value("disabled") != "1")
    {
        let who = called("nat/rule", f);
        let at = f.child("destination").map(|d| (d.value("network"), d.value("address"), d.value("port")));
        let (network, address, port) = at.unwrap_or_default();
        let public = if network.is_empty() { address } else { network };
        let words: &[&str] = match f.value("protocol").as_str() {
            "tcp" => &["tcp"],
            "udp" => &["udp"],
            "tcp/udp" => &["tcp", "udp"],
            _ => &[],
        };
        let (Ok(public), Ok(target), Some(spelled), false) =
            (public.parse::<Ipv4Addr>(), f.value("target").parse::<Ipv4Addr>(), span(&port), words.is_empty())
        else {
            draft.left.push(format!("{who}: it is not of one public address, one port and one address inside"));
            continue;
        };
        let mut services = Vec::new();
        for w in words {
            let name = format!("{w}-{port}");
            if known.services.insert(name.clone()) {
                draft.say(format!("port {port}"), format!("service {} {{ {w} {spelled} }}", quoted(&name)));
            }
            services.push(quoted(&name));
        }
        let about = f.value("descr");
        let name = slug(if about.is_empty() { "forward" } else { &about }, &mut known.names);
        let local = f.value("local-port");
        let to_port = local
            .parse::<u16>()
            .ok()
            .filter(|_| local != port)
            .map(|p| format!("\n    to-port {p}"))
            .unwrap_or_default();
        draft.say(
            who,
            format!(
                "publish {} {{\n    at \"{public}\"\n    to {{ address \"{target}\" }}\n    service {}{to_port}\n}}",
                quoted(&name),
                services.join(" ")
            ),
        );
    }
}
