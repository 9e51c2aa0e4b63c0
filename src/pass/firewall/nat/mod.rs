//! Pass: services at public addresses and all translation of addresses of a firewall; spells nothing.

mod outbound;
mod public;
mod publish;
mod target;

use super::At;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::PortSpan;
use crate::source::{Origin, Sp};

pub use publish::publishes;

crate::rules! {
    60;
    SEEN_ROUTED = "it is routed here as it is, so packets come with the public address" @ "RFC 3.1.3; opnsense 5: the WAN is private";
    SEEN_INNER = "the upstream translates it to this before packets come" @ "RFC 3.1.3; opnsense 5: the WAN is private";
    SEEN_ONLY = "the upstream translates the only public address to the firewall's own" @ "RFC 3.1.3";
    OF_INGRESS = "it is the address that the way in asks its pool for" @ "RFC 5.5, 6.1";
    OF_MACHINE = "it is the machine's address there" @ "language reference";
    OF_API = "it is the address that the API servers share" @ "RFC 4.4";
    EVERYBODY = "everybody on the Internet may, as nobody else is named" @ "RFC 6.1";
    UNLOGGED = "connections are not logged, as nothing is stated" @ "language reference";
    UNREFLECTED = "clients inside use the inner address, which names give them" @ "RFC 5.6; OPNsense core 26.7, Firewall/ForwardRule.php";
    FORWARD = "what comes for the public address is sent to who serves it" @ "RFC 6.1; OPNsense core 26.7, Firewall/DNat.xml";
    FORWARD_PORT = "the first port there" @ "OPNsense core 26.7, Firewall/ForwardRule.php: a range keeps its length";
    FORWARD_ORDER = "port forwards never overlap, so their order is made from their names and a new one moves no other" @ "OPNsense core 26.7, Firewall/DNat.xml: sequence";
    FORWARD_OPENS = "translation comes before the filter, so the rule is for the translated address, and explicit: an automatic one comes after every other" @ "RFC 6.1; opnsense 0 (7), 3";
    HAIRPIN = "who asks from the target's own network would get the answer directly, from an address that it did not ask" @ "RFC 5.6; opnsense 3: reflection";
    OUTBOUND_ORDER = "what keeps its address comes first, then what leaves with a stated one, the smaller network first; a new rule moves no other" @ "OPNsense core 26.7, Firewall/Filter.xml: snatrules, sequence";
    SHARED = "a pair translates to the address that it shares, so connections live on when the other node takes over" @ "RFC 9.4; opnsense 3: automatic outbound NAT takes the node's own";
    OWN_ADDRESS = "what leaves gets the firewall's own address there" @ "opnsense 3: automatic outbound NAT";
    BY_LEASE = "what leaves gets the address that the interface has at the time" @ "OPNsense core 26.7, Firewall/SNatRule.php";
    OF_VPN = "automatic translation knows no network of a VPN" @ "opnsense 3: automatic outbound NAT";
    OF_ROUTE = "automatic translation knows no network behind a router" @ "opnsense 3: automatic outbound NAT";
    OF_PODS = "pods leave with their own addresses, which automatic translation does not know" @ "opnsense 3, 5: outbound NAT for pods";
    ITS_SUBNET = "a VLAN is its subnet" @ "language reference";
    ITS_ADDRESS = "a machine is its address" @ "language reference";
    KEPT = "it is stated that the address stays" @ "language reference";
}

/// Decides it from the firewall's statements and what is published on it.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Nat {
    let mut nat = Nat::default();
    for p in x.t.publishes.iter().filter(|p| p.firewall.v == x.id) {
        forwards(x, p, &mut nat, cx);
    }
    let mut taken: Vec<(u32, usize)> = Vec::new();
    nat.forwards.sort_by(|a, b| a.key.cmp(&b.key));
    for f in &mut nat.forwards {
        let place = place(&f.key, 1_000, 90_000, 0, &mut taken);
        f.sequence = cx.make(place, FORWARD_ORDER, &[f.at]);
    }
    nat.forwards.sort_by_key(|f| f.sequence.v);
    one_to_one(x, &mut nat, cx);
    outbound::decide(x, &mut nat, cx);
    nat
}

/// A free number for a name: from `start`, `size` numbers long. Numbers are taken by a band.
fn place(key: &str, start: u32, size: u32, band: usize, taken: &mut Vec<(u32, usize)>) -> u32 {
    let hash = blake3::hash(key.as_bytes());
    let eight: [u8; 8] = std::array::from_fn(|i| hash.as_bytes()[i]);
    let mut n = (u64::from_le_bytes(eight) % u64::from(size)) as u32;
    // More names than numbers is no file that OPNsense would load; it must not hang either.
    for _ in 0..size {
        if !taken.contains(&(start + n, band)) {
            break;
        }
        n = (n + 1) % size;
    }
    taken.push((start + n, band));
    start + n
}

/// The port forwards of one `publish`, and what they open.
fn forwards(x: &At<'_>, p: &Publish, nat: &mut Nat, cx: &mut Cx<'_>) {
    let Some((interface, _)) = x.on(x.firewall.legs[p.leg].vlan.v) else { return };
    own_services(x, p, interface, cx);
    let mut opened = Ports { at: p.ports.at.clone(), ..Ports::default() };
    for (protocol, span) in &p.ports.ports {
        let first = p.to_port.map_or(span.v.0.0, |t| t.v.0);
        let last = first.saturating_add(span.v.0.1 - span.v.0.0);
        let from: Vec<Origin> = [span.at].into_iter().chain(p.to_port.map(|t| t.at)).collect();
        let target_port = cx.make(first, FORWARD_PORT, &from);
        opened.ports.push((*protocol, cx.make(PortSpan((first, last)), FORWARD_PORT, &from)));
        let about = format!("publish {}: {} {}", p.name.v.0, lower(*protocol), span.v);
        let protocol = Sp::new(*protocol, span.at);
        nat.forwards.push(Forward {
            key: format!("{}/{}-{}", p.name.v.0, lower(protocol.v), span.v.0.0),
            sequence: cx.make(0, FORWARD_ORDER, &[p.at]),
            interface,
            protocol,
            public: p.seen,
            ports: *span,
            target: p.target,
            target_port,
            reflect: p.reflect,
            log: p.log,
            about: cx.make(about, FORWARD, &[p.name.at]),
            at: p.at,
        });
    }
    let about = cx.make(format!("publish {}: {} serves it", p.name.v.0, p.target.v), FORWARD_OPENS, &[p.name.at]);
    nat.openings.push(Opening {
        key: format!("publish-{}", p.name.v.0),
        on: RuleOn::Interface(interface),
        from: OpeningFrom::Zones(p.from.clone()),
        to: Some(p.target),
        ports: opened.clone(),
        log: p.log,
        about,
        at: p.at,
        rule: FORWARD_OPENS,
    });
    if p.reflect.v
        && let Some((leg, _)) = target::leg_of(x.t, x.firewall, p.target.v).and_then(|l| x.on(l.vlan.v))
    {
        let about =
            cx.make(format!("publish {}: from its own network", p.name.v.0), HAIRPIN, &[p.name.at, p.reflect.at]);
        nat.openings.push(Opening {
            key: format!("reflect-{}", p.name.v.0),
            on: RuleOn::Interface(leg),
            from: OpeningFrom::ItsNetwork,
            to: Some(p.target),
            ports: opened,
            log: p.log,
            about,
            at: p.reflect.at,
            rule: HAIRPIN,
        });
    }
}

/// As pf spells it.
fn lower(p: Protocol) -> &'static str {
    match p {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    }
}

/// E1128: what the firewall itself serves on the way out is not sent away.
fn own_services(x: &At<'_>, p: &Publish, interface: usize, cx: &mut Cx<'_>) {
    if x.firewall.legs[p.leg].address.is_none_or(|a| a.v != p.seen.v) {
        return;
    }
    let l = x.layer;
    let all = l.network.openings.iter();
    let all = all.chain(l.pair.iter().flat_map(|f| &f.openings));
    let all = all.chain(l.vpns.iter().flat_map(|f| &f.openings));
    let all = all.chain(l.admin.iter().flat_map(|f| &f.openings));
    let all = all.chain(l.dns.iter().flat_map(|f| &f.openings));
    let all = all.chain(l.ntp.iter().flat_map(|f| &f.openings));
    let all = all.chain(l.dhcp.iter().flat_map(|f| &f.openings));
    let all = all.chain(&l.watch.openings);
    for o in all.filter(|o| o.to.is_none() && o.on == RuleOn::Interface(interface)) {
        let shared = p.ports.ports.iter().find(|(protocol, span)| {
            o.ports.ports.iter().any(|(q, s)| q == protocol && s.v.0.0 <= span.v.0.1 && span.v.0.0 <= s.v.0.1)
        });
        let Some((protocol, span)) = shared else { continue };
        let (a, b) = (cx.span(p.at), cx.span(o.at));
        cx.report(
            Diag::new(
                code::E1128,
                format!(
                    "\"{}\" takes {} port {} of {} from the firewall itself",
                    p.name.v.0,
                    protocol.word(),
                    span.v,
                    p.seen.v
                ),
            )
            .at(a, "translation comes before the firewall's own services")
            .at(b, "this would be out of reach")
            .help("another public address, or another port"),
        );
    }
}

/// Machines with a public address of their own.
fn one_to_one(x: &At<'_>, nat: &mut Nat, cx: &mut Cx<'_>) {
    let mut taken = Vec::new();
    let stated: Vec<_> = x.f.nat.iter().flat_map(|n| &n.one_to_one).collect();
    let mut all = Vec::new();
    for o in stated {
        let (Some(public), Some(machine)) = (o.public, &o.machine) else { continue };
        let public = public.map(|a| a.0);
        let Some(reached) = public::reached(public, x.facts, x.t, Some(x.id), cx) else { continue };
        if reached.own {
            let (a, b) = (cx.span(public.at), cx.span(x.firewall.legs[reached.leg].at));
            cx.report(
                Diag::new(code::E1131, format!("{} is the firewall's own address", public.v))
                    .at(a, "the machine would take all of it, the firewall's own answers too")
                    .at(b, "it has it on this way out")
                    .help("publish single ports of it, or take another public address"),
            );
            continue;
        }
        let found = target::machine(&Sp::new(machine.v.0.clone(), machine.at), o.on.as_ref(), x.t, x.index, cx);
        let Some(found) = found else { continue };
        if !target::answers_come_back(&found, x.firewall, x.id, x.f, x.t, cx) {
            continue;
        }
        let Some((interface, _)) = x.on(x.firewall.legs[reached.leg].vlan.v) else { continue };
        let PolicyZone::Machine(id, _) = found.zone else { continue };
        all.push(OneToOne {
            key: public.v.to_string(),
            sequence: cx.make(0, FORWARD_ORDER, &[o.at]),
            interface,
            public,
            seen: reached.seen,
            inside: found.address,
            machine: id,
            about: cx.make(format!("{} is {}", x.t.machine(id.v).name.v, public.v), FORWARD, &[public.at, id.at]),
            at: o.at,
        });
    }
    all.sort_by_key(|o| o.public.v);
    for (i, o) in all.iter().enumerate() {
        let again = all[..i].iter().find(|b| b.public.v == o.public.v || b.inside.v == o.inside.v);
        let published = x.t.publishes.iter().find(|p| p.public.v == o.public.v);
        let Some(other) = again.map(|b| b.at).or(published.map(|p| p.at)) else { continue };
        let (a, b) = (cx.span(o.at), cx.span(other));
        cx.report(
            Diag::new(
                code::E1127,
                format!(
                    "{} and {} are translated to each other as a whole, and one of them is taken",
                    o.public.v, o.inside.v
                ),
            )
            .at(a, "all ports of it")
            .at(b, "here too")
            .help("publish single ports, or take another public address"),
        );
    }
    for mut o in all {
        o.sequence = cx.make(place(&o.key, 1_000, 90_000, 0, &mut taken), FORWARD_ORDER, &[o.at]);
        nat.one_to_one.push(o);
    }
}
