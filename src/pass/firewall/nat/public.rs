//! Pass: by which leg packets for a public address come to a firewall, and with which address; opens nothing.

use std::net::Ipv4Addr;

use super::{SEEN_INNER, SEEN_ONLY, SEEN_ROUTED};
use crate::diag::{Diag, code};
use crate::ir::facts::Facts;
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::Delivery;
use crate::source::{Origin, Sp};

/// How packets for a public address come.
pub(super) struct Reached {
    /// To which firewall; the origin says why.
    pub firewall: Sp<FirewallId>,
    /// By which of its legs.
    pub leg: usize,
    /// With which address.
    pub seen: Sp<Ipv4Addr>,
    /// Whether it is the firewall's own address there.
    pub own: bool,
}

/// Finds it; `None` when it is wrong, which is reported here or was.
pub(super) fn reached(
    public: Sp<Ipv4Addr>,
    facts: &Facts,
    t: &Topology,
    by: Option<FirewallId>,
    cx: &mut Cx<'_>,
) -> Option<Reached> {
    for (i, f) in t.firewalls.iter().enumerate() {
        let own = |(_, l): &(usize, &FirewallLeg)| l.gateway.is_some() && l.address.is_some_and(|a| a.v == public.v);
        if let Some((leg, l)) = f.legs.iter().enumerate().find(own) {
            let id = FirewallId(i as u32);
            if by.is_some_and(|b| b != id) {
                return elsewhere(public, f, l.at, cx);
            }
            let at = l.address.map_or(l.at, |a| a.at);
            return Some(Reached { firewall: Sp::new(id, at), leg, seen: Sp::new(public.v, public.at), own: true });
        }
    }
    let Some(p) = t.public.iter().find(|p| p.has(public.v)) else {
        unknown(public, facts, t, by, cx);
        return None;
    };
    // What is not stated of the delivery was reported.
    let (how, to) = (p.how?, p.to.filter(|f| f.v.is_known())?);
    let f = t.firewall(to.v);
    if by.is_some_and(|b| b != to.v) {
        return elsewhere(public, f, to.at, cx);
    }
    let leg = way(p, f, how, to, public, t, cx)?;
    let l = &f.legs[leg];
    let seen = match how.v {
        Delivery::Routed | Delivery::Alias => cx.make(public.v, SEEN_ROUTED, &[public.at, how.at]),
        Delivery::OneToOne => match p.inner_of(public.v) {
            Some((inner, why)) => cx.make(inner, SEEN_INNER, &[public.at, how.at, why[0], why[1]]),
            None => {
                let alone = p.ranges.len() == 1 && p.ranges.iter().all(|(a, b)| a.v == b.v);
                match l.address.filter(|_| alone) {
                    Some(a) => cx.make(a.v, SEEN_ONLY, &[public.at, how.at, a.at]),
                    None => {
                        inner_unknown(public, p, l, how, t, cx);
                        return None;
                    }
                }
            }
        },
    };
    let own = l.address.is_some_and(|a| a.v == seen.v);
    Some(Reached { firewall: to, leg, seen, own })
}

/// The leg by which they come.
fn way(
    p: &Public,
    f: &Firewall,
    how: Sp<Delivery>,
    to: Sp<FirewallId>,
    public: Sp<Ipv4Addr>,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> Option<usize> {
    let ways: Vec<(usize, &FirewallLeg)> = f.legs.iter().enumerate().filter(|(_, l)| l.gateway.is_some()).collect();
    let first = ways.first()?;
    if how.v == Delivery::Alias && p.by.is_none() {
        // Outside of each of them it was reported.
        return ways.iter().find(|(_, l)| t.vlan(l.vlan.v).subnet.v.contains(&public.v)).map(|(i, _)| *i);
    }
    match p.by {
        Some(by) if !by.v.is_known() => None,
        Some(by) => {
            let found = ways.iter().find(|(_, l)| l.vlan.v == by.v).map(|(i, _)| *i);
            if found.is_none() {
                let (a, b) = (cx.span(by.at), cx.span(f.at));
                cx.report(
                    Diag::new(code::E1121, format!("VLAN {} is no way out of {}", t.vlan(by.v).name, f.name))
                        .at(a, "public addresses would come by it")
                        .at(b, "this firewall")
                        .help(format!("by=\"{}\"", t.vlan(first.1.vlan.v).name)),
                );
            }
            found
        }
        None if ways.len() > 1 => {
            let mut d = Diag::new(
                code::E1121,
                format!("{} has several ways out, and it is not said by which {} comes", f.name, public.v),
            )
            .at(cx.span(to.at), "delivered to it");
            for (_, l) in &ways {
                d = d.at(cx.span(l.at), "by this?");
            }
            cx.report(d.help(format!(
                "delivered \"{}\" to=\"{}\" by=\"{}\"",
                how.v,
                f.name,
                t.vlan(first.1.vlan.v).name
            )));
            None
        }
        None => Some(first.0),
    }
}

/// E1120: nobody delivers the address to anybody (RFC fault A5).
fn unknown(public: Sp<Ipv4Addr>, facts: &Facts, t: &Topology, by: Option<FirewallId>, cx: &mut Cx<'_>) {
    // A range that ends before it starts, or an end that cannot be read, was reported.
    let backwards = |p: &Public| p.ranges.iter().any(|(a, b)| b.v <= public.v && public.v <= a.v);
    let unread = facts
        .public_addresses
        .iter()
        .any(|p| p.range.is_empty() || p.range.iter().any(|r| r.from.is_none() || r.to.is_none()));
    let name = by.map(|b| t.firewall(b)).or(t.firewalls.first()).map(|f| f.name.v.to_string());
    let incomplete =
        t.firewalls.iter().enumerate().any(|(i, _)| t.incomplete.firewalls.contains(&FirewallId(i as u32)));
    if t.public.iter().any(backwards) || unread || incomplete {
        return;
    }
    let mut d = Diag::new(code::E1120, format!("nobody says that {} is ours", public.v))
        .at(cx.span(public.at), "no packet for it reaches a firewall of this file");
    for p in &t.public {
        d = d.at(cx.span(p.at), "it is none of these");
    }
    // An address of a VLAN of ours is reached by nobody outside, and no range may hold it.
    if let Some(vlan) = t.vlans.iter().find(|v| v.subnet.v.contains(&public.v)) {
        d = d.at(cx.span(vlan.subnet.at), "it is inside this subnet");
        let range = t.public.iter().find_map(|p| p.ranges.first());
        cx.report(d.help(match range {
            Some((from, to)) => format!("at one of the public addresses, {from} to {to}; this one belongs in `to`"),
            None => "state `public-addresses` and publish at one of them; this one belongs in `to`".into(),
        }));
        return;
    }
    let to = name.unwrap_or_else(|| "edge".into());
    cx.report(d.help(format!(
        "public-addresses {{ range \"{}\" \"{}\"; delivered \"routed\" to=\"{to}\" }}",
        public.v, public.v
    )));
}

/// E1120: it is another firewall's.
fn elsewhere(public: Sp<Ipv4Addr>, f: &Firewall, at: Origin, cx: &mut Cx<'_>) -> Option<Reached> {
    cx.report(
        Diag::new(code::E1120, format!("{} comes to firewall {}, not to this one", public.v, f.name))
            .at(cx.span(public.at), "this firewall never sees a packet for it")
            .at(cx.span(at), "it goes there")
            .help(format!("state it in the `nat` of firewall \"{}\"", f.name)),
    );
    None
}

/// E1122: what the upstream makes of it is not known.
fn inner_unknown(
    public: Sp<Ipv4Addr>,
    p: &Public,
    leg: &FirewallLeg,
    how: Sp<Delivery>,
    t: &Topology,
    cx: &mut Cx<'_>,
) {
    let Some((from, to)) = p.ranges.iter().find(|(a, b)| a.v <= public.v && public.v <= b.v) else { return };
    let subnet = t.vlan(leg.vlan.v).subnet.v;
    let host = u32::from(from.v) & u32::from(subnet.hostmask());
    let example = Ipv4Addr::from(u32::from(subnet.network()) | host);
    cx.report(
        Diag::new(code::E1122, format!("it is not said what the upstream translates {} to", public.v))
            .at(cx.span(public.at), "packets for it come with another address")
            .at(cx.span(from.at), "of this run only the public addresses are known")
            .at(cx.span(how.at), "translated upstream")
            .help(format!("range \"{}\" \"{}\" inner=\"{example}\"", from.v, to.v)),
    );
}
