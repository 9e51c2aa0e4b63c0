//! Pass: `allow` statements with groups, services and names resolved, for every consumer alike; knows no consumer.

use std::collections::BTreeMap;

use super::super::{Cx, Index, or};
use super::{FEED_DAILY, IN_GROUP, NAMED_PORTS, NO_ANSWER, PLATFORM, SELECTED, SLUG, WELL_KNOWN};
use crate::consumer::{Protocol, well_known};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// All of them that say enough; checks services and groups too.
pub fn allows(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Allow> {
    services(facts, cx);
    groups(facts, index, t, cx);
    let mut all: Vec<Allow> = facts.allow.iter().filter_map(|a| allow(a, facts, index, t, cx)).collect();
    all.extend(super::derived::allows(&super::derived::Stated { facts, index, t }, cx));
    all.sort_by(|a, b| (&a.slug.v, &a.name.v).cmp(&(&b.slug.v, &b.name.v)));
    let mut by: BTreeMap<&Name, Vec<&Allow>> = BTreeMap::new();
    for a in &all {
        by.entry(&a.slug.v).or_default().push(a);
    }
    for same in by.values().filter(|v| v.len() > 1) {
        for again in &same[1..] {
            let (x, y) = (cx.span(again.name.at), cx.span(same[0].name.at));
            cx.report(taken(&again.slug.v, x, y));
        }
    }
    all
}

/// The text in lower case, with hyphens for everything that is not a letter or digit, at most 63 characters.
pub fn slug(text: &str) -> String {
    let mut s = String::new();
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => s.push(c),
            _ if !s.is_empty() && !s.ends_with('-') => s.push('-'),
            _ => {}
        }
    }
    s.truncate(63);
    s.trim_end_matches('-').to_string()
}

/// What `allow` and `deny` have in common: its name, both ends, and by what.
struct Said {
    name: Sp<Text>,
    slug: Sp<Name>,
    from: Vec<PolicyZone>,
    to: Vec<PolicyZone>,
    service: Ports,
}

/// A name and the ends of a statement, with what it stands in.
struct Ends<'a> {
    at: Origin,
    name: &'a Option<Sp<Text>>,
    from: &'a Option<FromFacts>,
    to: &'a Option<ToFacts>,
    service: &'a [Sp<ServiceRef>],
}

fn said(a: &Ends<'_>, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Said> {
    let name = a.name.clone()?;
    let (from, to) = (a.from.as_ref()?, a.to.as_ref()?);
    let made = slug(&name.v.0);
    if made.is_empty() || made.starts_with(PLATFORM) || made == "default-deny" {
        let span = cx.span(name.at);
        let what = if made.is_empty() {
            "a policy needs a name of Latin letters or digits"
        } else {
            "topoc's own policies are named so"
        };
        cx.report(
            Diag::new(code::E0418, "no policy can be named by this sentence")
                .at(span, what)
                .help("say in other words what it is for"),
        );
        return None;
    }
    let slug = cx.make(Name::of(made), SLUG, &[name.at]);
    let sides = Walk { facts, index, t };
    let mut each = [(&from.zones, from.at, Vec::new()), (&to.zones, to.at, Vec::new())];
    for (zones, at, found) in &mut each {
        if !sides.zones(zones, &[], &mut Vec::new(), found, cx) {
            return None;
        }
        if found.is_empty() && spoiled(*at, cx) {
            return None;
        }
        if found.is_empty() {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E0403, "this says nobody")
                    .at(span, "nothing is in it")
                    .help("pods \"prod\" namespace=\"shop\""),
            );
            return None;
        }
    }
    let [(_, _, from), (_, _, to)] = each;
    let service = ports(a.service, facts, cx)?;
    for n in from.iter().filter(|z| matches!(z, PolicyZone::Name(_))) {
        let (x, y) = (cx.span(n.at()), cx.span(a.at));
        cx.report(
            Diag::new(code::E0408, "a name in DNS cannot be who opens a connection")
                .at(x, "what comes in has an address, and nobody asked for a name")
                .at(y, "in this statement")
                .help("net \"203.0.113.0/24\""),
        );
    }
    Some(Said { name, slug, from, to, service })
}

fn allow(a: &AllowFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Allow> {
    let AllowFacts { at, name, from, to, service, http: _, log, via, schedule, limit, until: _ } = a;
    let Said { name, slug, from, to, service } = said(&Ends { at: *at, name, from, to, service }, facts, index, t, cx)?;
    let mut http: Vec<Request> = Vec::new();
    for h in &a.http {
        if h.method.is_none() && h.path.is_none() {
            let span = cx.span(h.at);
            cx.report(
                Diag::new(code::E0409, "this says nothing of requests")
                    .at(span, "neither method nor path")
                    .help("http { method \"GET\"; path \"/api/.*\" }"),
            );
            continue;
        }
        http.push(Request { method: h.method, path: h.path.clone(), at: h.at });
    }
    http.sort_by(|a, b| {
        let key = |r: &Request| (r.path.as_ref().map(|p| p.v.clone()), r.method.map(|m| m.v));
        key(a).cmp(&key(b))
    });
    if let Some(first) = a.http.first() {
        readable(a, &service, first.at, cx);
    }
    let hours = schedule.as_ref().map(|s| hours_of(s, t));
    if hours.is_some_and(|h| h.is_none()) {
        return None;
    }
    Some(Allow {
        name,
        slug,
        from,
        to,
        service,
        http,
        log: log.clone(),
        via: via.clone(),
        schedule: hours.flatten(),
        limit: limit.as_ref().and_then(|l| limits(l, cx)),
        derived: false,
        at: *at,
    })
}

/// How much passes; reports a limit of nothing.
fn limits(l: &LimitFacts, cx: &mut Cx<'_>) -> Option<Limit> {
    let LimitFacts { at, connections, rate, packets } = l;
    let per = |r: &Option<RateFacts>| {
        let RateFacts { at: _, count, per } = r.as_ref()?;
        Some((count.as_ref()?.map(|c| c.0), *per.as_ref()?))
    };
    let limit = Limit { connections: connections.map(|c| c.map(|c| c.0)), rate: per(rate), packets: per(packets) };
    if connections.is_none() && rate.is_none() && packets.is_none() {
        if !spoiled(*at, cx) {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E1192, "this limits nothing")
                    .at(span, "neither connections nor packets are counted")
                    .help("connections 100"),
            );
        }
        return None;
    }
    Some(limit)
}

/// The number of a schedule; `None` when it says too little, which is reported where it stands.
fn hours_of(s: &Sp<ScheduleRef>, t: &Topology) -> Option<Sp<u32>> {
    let at = t.schedules.iter().position(|x| x.name.v == s.v.0)?;
    Some(Sp::new(at as u32, s.at))
}

/// All refusals that say enough.
pub fn denies(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Deny> {
    let mut all: Vec<Deny> = facts.deny.iter().filter_map(|d| deny(d, facts, index, t, cx)).collect();
    all.sort_by(|a, b| (&a.slug.v, &a.name.v).cmp(&(&b.slug.v, &b.name.v)));
    for (i, d) in all.iter().enumerate() {
        let other = t.allows.iter().map(|a| (&a.slug, &a.name)).chain(all[..i].iter().map(|d| (&d.slug, &d.name)));
        if let Some((_, first)) = other.into_iter().find(|(s, _)| s.v == d.slug.v) {
            let (x, y) = (cx.span(d.name.at), cx.span(first.at));
            cx.report(taken(&d.slug.v, x, y));
        }
    }
    all
}

/// E0418: one object would replace the other.
fn taken(slug: &Name, x: crate::source::Span, y: crate::source::Span) -> Diag {
    Diag::new(code::E0418, format!("two statements would make policies named `{slug}`"))
        .at(x, "one of them")
        .at(y, "the other")
        .note("the sentence in lower case with hyphens is the name; one would replace the other")
        .help("say in one of them what tells it from the other")
}

fn deny(d: &DenyFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Deny> {
    let DenyFacts { at, name, from, to, service, answer, log, schedule } = d;
    let Said { name, slug, from, to, service } = said(&Ends { at: *at, name, from, to, service }, facts, index, t, cx)?;
    let hours = schedule.as_ref().map(|s| hours_of(s, t));
    if hours.is_some_and(|h| h.is_none()) {
        return None;
    }
    Some(Deny {
        name,
        slug,
        from,
        to,
        service,
        answer: or(*answer, DenyAnswer::Nothing, NO_ANSWER),
        log: log.clone(),
        schedule: hours.flatten(),
        at: *at,
    })
}

/// All schedules that say enough.
pub fn schedules(facts: &Facts, cx: &mut Cx<'_>) -> Vec<Schedule> {
    let mut all = Vec::new();
    for s in &facts.schedule {
        let Some(name) = &s.name else { continue };
        let mut hours: Vec<Hours> = Vec::new();
        for h in &s.hours {
            let HoursFacts { at, days, from, to } = h;
            let (Some(from), Some(to)) = (from, to) else { continue };
            if from.v >= to.v || days.is_empty() {
                let (a, b) = (cx.span(from.at), cx.span(to.at));
                let span = cx.span(*at);
                let what = if days.is_empty() { "it names no day" } else { "it ends before it starts" };
                cx.report(
                    Diag::new(code::E0437, "these hours never come")
                        .at(span, what)
                        .at(a, "from here")
                        .at(b, "to here")
                        .help("what goes on past midnight is two: until 23:59, and from 00:00 on the next day"),
                );
                continue;
            }
            let mut days = days.clone();
            days.sort_by_key(|d| d.v);
            days.dedup_by_key(|d| d.v);
            hours.push(Hours { days, from: from.clone(), to: to.clone() });
        }
        hours.sort_by(|a, b| {
            let key = |h: &Hours| (h.days.iter().map(|d| d.v).collect::<Vec<_>>(), h.from.v.clone(), h.to.v.clone());
            key(a).cmp(&key(b))
        });
        if !hours.is_empty() {
            all.push(Schedule { name: name.clone().map(|n| n.0), hours });
        }
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}

/// Requests can be read only where they are HTTP in the clear, on TCP ports that are named one by one.
fn readable(a: &AllowFacts, service: &Ports, http: Origin, cx: &mut Cx<'_>) {
    let why = |s: &Sp<ServiceRef>| {
        let w = well_known(s.v.as_str());
        w.is_some_and(|w| w.encrypted).then_some("its requests are inside TLS: nobody between the ends reads them")
    };
    let mut bad: Vec<(Origin, &str)> = a.service.iter().filter_map(|s| Some((s.at, why(s)?))).collect();
    bad.extend(service.protocols.iter().map(|p| (p.at, "it has no requests of HTTP")));
    if service.ports.is_empty() && service.icmp.is_empty() && service.protocols.is_empty() {
        bad.extend(service.at.iter().map(|at| (*at, "`any` names no port")));
    }
    bad.extend(service.icmp.iter().map(|i| (i.at, "ICMP has no requests of HTTP")));
    for (protocol, span) in &service.ports {
        if *protocol != Protocol::Tcp {
            bad.push((span.at, "HTTP is read on TCP only"));
        } else if span.v.0.0 != span.v.0.1 {
            bad.push((span.at, "requests are read on single ports, not on a range"));
        }
    }
    if let Some((at, what)) = bad.first() {
        let (x, y) = (cx.span(*at), cx.span(http));
        cx.report(
            Diag::new(code::E0409, "requests cannot be read on these ports")
                .at(x, what.to_string())
                .at(y, "this would look into them")
                .note("a proxy that cannot read a request refuses it, so nothing would get through")
                .help("service \"http\", or remove `http`"),
        );
    }
}

fn services(facts: &Facts, cx: &mut Cx<'_>) {
    for s in &facts.service {
        let Some(name) = &s.name else { continue };
        let span = cx.span(name.at);
        if well_known(name.v.0.as_str()).is_some() {
            cx.report(
                Diag::new(code::E0401, format!("\"{}\" is a well-known service", name.v.0))
                    .at(span, "it has its ports already, and a reader relies on them")
                    .help(format!("service \"my-{}\"", name.v.0)),
            );
        }
        let spoiled = |w: &str| cx.spoiled.iter().any(|(at, word)| *at == s.at && *word == w);
        if [&s.tcp, &s.udp, &s.sctp].iter().all(|p| p.is_empty())
            && s.icmp.is_empty()
            && s.protocol.is_empty()
            && !["tcp", "udp", "sctp", "icmp", "protocol"].into_iter().any(spoiled)
        {
            cx.report(
                Diag::new(code::E0402, format!("service \"{}\" has no port", name.v.0))
                    .at(span, "an `allow` with it would open nothing, or everything")
                    .help("tcp 5432"),
            );
        }
        for list in [&s.tcp, &s.udp, &s.sctp] {
            let mut sorted: Vec<&Sp<PortSpan>> = list.iter().collect();
            sorted.sort_by_key(|p| p.v);
            for pair in sorted.windows(2).filter(|p| p[1].v.0.0 <= p[0].v.0.1) {
                let (x, y) = (cx.span(pair[1].at), cx.span(pair[0].at));
                // The reader reports what a list says twice with the same signs.
                if pair[0].v == pair[1].v && x.end - x.start == y.end - y.start {
                    continue;
                }
                cx.report(
                    Diag::new(code::E0202, format!("port {} is stated twice", pair[1].v.0.0))
                        .at(x, "again here")
                        .at(y, "first here")
                        .help("keep one of the two"),
                );
            }
        }
    }
}

/// What services open together; `None` when there is none or one of them is wrong.
pub fn ports(service: &[Sp<ServiceRef>], facts: &Facts, cx: &mut Cx<'_>) -> Option<Ports> {
    let mut all = Ports::default();
    if service.is_empty() {
        return None;
    }
    if let Some(any) = service.iter().find(|s| s.v.as_str() == "any" && service.len() > 1) {
        let other = service.iter().find(|s| s.v.as_str() != "any").unwrap_or(any);
        let (x, y) = (cx.span(any.at), cx.span(other.at));
        cx.report(
            Diag::new(code::E0202, "`any` is every service")
                .at(x, "this includes the others")
                .at(y, "so this says nothing")
                .help("keep one of the two"),
        );
        return None;
    }
    for s in service {
        all.at.push(s.at);
        if let Some(w) = well_known(s.v.as_str()) {
            for (protocol, port) in w.ports {
                all.ports.push((*protocol, cx.make(PortSpan((*port, *port)), WELL_KNOWN, &[s.at])));
            }
            for icmp in w.icmp {
                all.icmp.push(cx.make(*icmp, WELL_KNOWN, &[s.at]));
            }
            continue;
        }
        let found = facts.service.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == s.v.0))?;
        let lists = [(Protocol::Tcp, &found.tcp), (Protocol::Udp, &found.udp), (Protocol::Sctp, &found.sctp)];
        for (protocol, list) in lists {
            for p in list {
                all.ports.push((protocol, cx.make(p.v, NAMED_PORTS, &[s.at, p.at])));
            }
        }
        for i in &found.icmp {
            all.icmp.push(cx.make(i.v.0, NAMED_PORTS, &[s.at, i.at]));
        }
        for p in &found.protocol {
            all.protocols.push(cx.make(p.v, NAMED_PORTS, &[s.at, p.at]));
        }
        if lists.iter().all(|(_, l)| l.is_empty()) && found.icmp.is_empty() && found.protocol.is_empty() {
            return None;
        }
    }
    all.ports.sort_by_key(|(protocol, p)| (*protocol, p.v));
    all.icmp.sort_by_key(|i| i.v);
    all.protocols.sort_by_key(|p| p.v);
    all.protocols.dedup_by_key(|p| p.v);
    Some(all)
}

fn groups(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) {
    let walk = Walk { facts, index, t };
    for g in &facts.group {
        let Some(name) = &g.name else { continue };
        let mut found = Vec::new();
        if walk.zones(&g.zones, &[], &mut vec![&name.v.0], &mut found, cx) && found.is_empty() && !spoiled(g.at, cx) {
            let span = cx.span(name.at);
            cx.report(
                Diag::new(code::E0403, format!("group \"{}\" is nobody", name.v.0))
                    .at(span, "nothing is in it")
                    .help("pods \"prod\" namespace=\"shop\""),
            );
        }
    }
}

/// Zones with groups and names resolved; `None` when one of them is wrong or there is nobody, which is reported.
pub fn places(
    z: &ZonesFacts,
    at: Origin,
    facts: &Facts,
    index: &Index,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> Option<Vec<PolicyZone>> {
    let mut found = Vec::new();
    if !(Walk { facts, index, t }).zones(z, &[], &mut Vec::new(), &mut found, cx) {
        return None;
    }
    if !found.is_empty() {
        return Some(found);
    }
    if !spoiled(at, cx) {
        let span = cx.span(at);
        cx.report(Diag::new(code::E0403, "this says nobody").at(span, "nothing is in it").help("vlan \"management\""));
    }
    None
}

/// E0408: those of them who can open a connection; a name in DNS is an answer that somebody asked for, and nobody asked.
pub fn callers(zones: Vec<PolicyZone>, at: Origin, cx: &mut Cx<'_>) -> Option<Vec<PolicyZone>> {
    let Some(n) = zones.iter().find(|z| matches!(z, PolicyZone::Name(_))) else { return Some(zones) };
    let (x, y) = (cx.span(n.at()), cx.span(at));
    cx.report(
        Diag::new(code::E0408, "a name in DNS cannot be who opens a connection")
            .at(x, "what comes in has an address, and nobody asked for a name")
            .at(y, "in this statement")
            .help("net \"203.0.113.0/24\""),
    );
    None
}

/// What is looked up on the way from words to zones.
struct Walk<'a> {
    facts: &'a Facts,
    index: &'a Index,
    t: &'a Topology,
}

impl<'a> Walk<'a> {
    /// Adds the zones, each with the groups that it is said by; false when one of them is wrong and was reported.
    fn zones(
        &self,
        z: &'a ZonesFacts,
        via: &[Origin],
        inside: &mut Vec<&'a Name>,
        into: &mut Vec<PolicyZone>,
        cx: &mut Cx<'_>,
    ) -> bool {
        let ZonesFacts {
            at: said,
            vlan,
            machine,
            host,
            proxmox,
            nodes,
            pods,
            group,
            net,
            address,
            name,
            firewall,
            vpn,
            country,
            feed,
            api,
            ingress,
            internet,
        } = z;
        let mut whole = true;
        let before = into.len();
        macro_rules! named {
            ($list:expr, $find:ident, $PolicyZone:ident) => {
                for x in $list {
                    let id = self.index.$find(&x.v.0);
                    if id.is_known() {
                        into.push(PolicyZone::$PolicyZone(Sp::new(id, through(x.at, via, cx))));
                    } else {
                        whole = false;
                    }
                }
            };
        }
        named!(vlan, vlan, Vlan);
        for of in machine {
            let on = of.on.as_ref().map(|v| Sp::new(self.index.vlan(&v.v.0), v.at));
            whole &= on.is_none_or(|v| v.v.is_known());
            for m in &of.names {
                let id = self.index.machine(&m.v.0);
                whole &= id.is_known();
                if let Some(v) = on.filter(|v| id.is_known() && v.v.is_known())
                    && self.no_nic(id, v, m.at, cx)
                {
                    whole = false;
                }
                if whole {
                    into.push(PolicyZone::Machine(Sp::new(id, through(m.at, via, cx)), on));
                }
            }
        }
        named!(host, host, Host);
        for p in proxmox {
            let id = self.index.proxmox(&p.v.0);
            whole &= id.is_known();
            for (host, _) in self.t.host_ids().filter(|(_, h)| h.proxmox == id) {
                into.push(PolicyZone::Host(Sp::new(host, through(p.at, via, cx))));
            }
        }
        for a in address {
            into.push(PolicyZone::Address(Sp::new(a.v.0, through(a.at, via, cx))));
        }
        for c in country {
            into.push(PolicyZone::Country(Sp::new(c.v.clone(), through(c.at, via, cx))));
        }
        for f in feed {
            let Some(url) = &f.url else { continue };
            let every = or(f.every.map(|e| e.map(Seconds::from)), Seconds(86400), FEED_DAILY);
            into.push(PolicyZone::Feed(Sp::new(url.v.clone(), through(url.at, via, cx)), every));
        }
        for v in vpn {
            let has = |f: &&FirewallFacts| f.vpn.iter().any(|x| x.name.as_ref().is_some_and(|n| n.v.0 == v.v.0));
            match self.facts.firewall.iter().find(has).and_then(|f| f.name.as_ref()) {
                Some(f) => {
                    let at = through(v.at, via, cx);
                    into.push(PolicyZone::Vpn(Sp::new(self.index.firewall(&f.v.0), at), Sp::new(v.v.0.clone(), at)));
                }
                None => whole = false,
            }
        }
        named!(firewall, firewall, Firewall);
        named!(api, cluster, Api);
        named!(ingress, cluster, Ingress);
        for n in nodes {
            let group = |c: &Cluster| c.groups.iter().position(|g| g.name.v == n.v.0);
            match self.t.clusters.iter().enumerate().find_map(|(i, c)| Some((i, group(c)?))) {
                Some((c, g)) => {
                    into.push(PolicyZone::Nodes(Sp::new((ClusterId(c as u32), g as u32), through(n.at, via, cx))));
                }
                None => whole = false,
            }
        }
        for p in pods {
            match self.pods(p, via, cx) {
                Some(pods) => into.push(PolicyZone::Pods(pods)),
                None => whole = false,
            }
        }
        for n in net {
            match self.net(n, via, cx) {
                Some(net) => into.push(PolicyZone::Net(net)),
                None => whole = false,
            }
        }
        for n in name {
            into.push(PolicyZone::Name(Sp::new(n.v.clone(), through(n.at, via, cx))));
        }
        if let Some(i) = internet.filter(|i| i.v) {
            into.push(PolicyZone::Internet(Sp::new(true, through(i.at, via, cx))));
        }
        for g in group {
            let Some(found) = self.facts.group.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == g.v.0)) else {
                whole = false;
                continue;
            };
            let Some(name) = &found.name else { continue };
            if inside.contains(&&name.v.0) {
                let (x, y) = (cx.span(g.at), cx.span(name.at));
                cx.report(
                    Diag::new(code::E0404, format!("group \"{}\" contains itself", name.v.0))
                        .at(x, "by this")
                        .at(y, "the group")
                        .help("take it out"),
                );
                whole = false;
                continue;
            }
            inside.push(&name.v.0);
            let via: Vec<Origin> = via.iter().copied().chain([g.at]).collect();
            whole &= self.zones(&found.zones, &via, inside, into, cx);
            inside.pop();
        }
        // Nobody is left of what was reported: that nobody is in it follows from that.
        whole && (into.len() > before || !spoiled(*said, cx))
    }

    /// E1177: a machine is named on a VLAN where it has no NIC.
    fn no_nic(&self, id: MachineId, on: Sp<VlanId>, at: Origin, cx: &mut Cx<'_>) -> bool {
        let m = self.t.machine(id);
        if m.nics.iter().any(|n| n.vlan.v == on.v) || self.t.incomplete.machines.contains(&id) {
            return false;
        }
        let vlan = &self.t.vlan(on.v).name;
        let mut others: Vec<String> = m.nics.iter().map(|n| self.t.vlan(n.vlan.v).name.to_string()).collect();
        others.dedup();
        let (a, b, c) = (cx.span(on.at), cx.span(at), cx.span(m.at));
        let d = Diag::new(code::E1177, format!("{} has no NIC on VLAN {vlan}", m.name))
            .at(a, "no address of it is there")
            .at(b, "named here")
            .at(c, "the machine");
        cx.report(d.help(match others.as_slice() {
            [] => format!("nic \"{vlan}\""),
            [first, ..] => format!("on=\"{first}\", or give it one: nic \"{vlan}\""),
        }));
        true
    }

    fn pods(&self, p: &PodsOfFacts, via: &[Origin], cx: &mut Cx<'_>) -> Option<Pods> {
        let PodsOfFacts { at, cluster, namespace, label } = p;
        let cluster = cluster.as_ref()?;
        let id = self.index.cluster(&cluster.v.0);
        let mut labels = Vec::new();
        for l in label {
            let mut values = l.values.clone();
            values.sort_by(|a, b| a.v.cmp(&b.v));
            values.dedup();
            if values.is_empty() {
                return None;
            }
            labels.push((l.key.clone()?, values));
        }
        labels.sort_by(|a, b| a.0.v.cmp(&b.0.v));
        if let Some(pair) = labels.windows(2).find(|p| p[0].0.v == p[1].0.v) {
            let (x, y) = (cx.span(pair[1].0.at), cx.span(pair[0].0.at));
            cx.report(
                Diag::new(code::E0202, format!("label `{}` is stated twice", pair[0].0.v))
                    .at(x, "no pod has both")
                    .at(y, "first here")
                    .help("one `label` with both values is any one of them"),
            );
            return None;
        }
        let selected: Vec<Origin> = [*at, cluster.at].into_iter().chain(via.iter().copied()).collect();
        let at = through(*at, via, cx);
        let selector = Selector { namespace: namespace.clone(), labels, at: cx.derived(SELECTED, &selected) };
        id.is_known().then_some(Pods { cluster: id, selector, at })
    }

    fn net(&self, n: &NetFacts, via: &[Origin], cx: &mut Cx<'_>) -> Option<Net> {
        let NetFacts { at: _, net, except } = n;
        let net = net.as_ref()?;
        let mut parts = Vec::new();
        for e in except {
            if !net.v.0.contains(&e.v.0) || net.v == e.v {
                let (x, y) = (cx.span(e.at), cx.span(net.at));
                let what = if net.v == e.v { "nothing would be left" } else { "it is not inside" };
                cx.report(
                    Diag::new(code::E0407, format!("{} cannot be left out of {}", e.v.0, net.v.0))
                        .at(x, what)
                        .at(y, "this network")
                        .help("remove it from `except`"),
                );
                return None;
            }
            parts.push(e.map(|e| e.0));
        }
        parts.sort_by_key(|e| e.v);
        parts.dedup();
        Some(Net { net: Sp::new(net.v.0, through(net.at, via, cx)), except: parts })
    }
}

/// Whether something in the statement cannot be read and was reported.
fn spoiled(at: Origin, cx: &Cx<'_>) -> bool {
    cx.spoiled.iter().any(|(o, _)| *o == at)
}

/// Where it is said, and by which groups.
fn through(at: Origin, via: &[Origin], cx: &mut Cx<'_>) -> Origin {
    if via.is_empty() {
        return at;
    }
    let from: Vec<Origin> = [at].into_iter().chain(via.iter().copied()).collect();
    cx.derived(IN_GROUP, &from)
}
