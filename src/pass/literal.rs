//! Pass: zones as literal networks, for what takes neither aliases nor selectors; says what cannot be one, and never widens.

use ipnet::Ipv4Net;

use super::Cx;
use crate::ir::*;
use crate::schema::Name;
use crate::source::{Origin, Sp};

/// The networks of a zone, ordered; or why it has none that could be written down. The networks of VPNs are handed in: their
/// names mean something at a firewall only.
pub fn nets(
    t: &Topology,
    vpn: impl Fn(&Name) -> Option<Sp<Ipv4Net>>,
    z: &PolicyZone,
    why: crate::source::Rule,
    cx: &mut Cx<'_>,
) -> Result<Vec<Sp<Ipv4Net>>, &'static str> {
    let at = z.at();
    let mut all: Vec<(Ipv4Net, Origin)> = match z {
        PolicyZone::Vlan(v) => vec![(t.vlan(v.v).subnet.v, t.vlan(v.v).subnet.at)],
        PolicyZone::Machine(m, on) => machine(t.machine(m.v), on.map(|v| v.v)),
        PolicyZone::Host(h) => {
            let host = t.host(h.v);
            let more = host.addresses.iter().map(|a| one(a.address));
            host.address.map(one).into_iter().chain(more).collect()
        }
        PolicyZone::Nodes(n) => {
            let group = &t.cluster(n.v.0).groups[n.v.1 as usize];
            group.nodes.iter().flat_map(|m| machine(t.machine(*m), None)).collect()
        }
        PolicyZone::Net(n) => {
            let from: Vec<Origin> = n.except.iter().map(|e| e.at).chain([n.net.at]).collect();
            // What is not meant prints nothing, and is still why the rest is what it is.
            let at = if n.except.is_empty() { n.net.at } else { cx.derived(why, &from) };
            let left = n
                .except
                .iter()
                .fold(vec![n.net.v], |left, e| left.into_iter().flat_map(|net| minus(net, e.v)).collect());
            left.into_iter().map(|net| (net, at)).collect()
        }
        PolicyZone::Address(a) => vec![one(*a)],
        PolicyZone::Firewall(f) => t.firewall(f.v).legs.iter().filter_map(|l| l.address).map(one).collect(),
        PolicyZone::Vpn(_, name) => vpn(&name.v).map(|net| (net.v, net.at)).into_iter().collect(),
        PolicyZone::Api(c) => vec![one(t.cluster(c.v).api.address)],
        PolicyZone::Ingress(c) => {
            let ingresses = t.cluster(c.v).layer.ingresses.iter();
            ingresses.filter_map(|i| i.address.as_ref()).map(|(_, a)| one(*a)).collect()
        }
        PolicyZone::Pods(_) => {
            return Err("pods leave with the address of their node, so nothing here ever has theirs");
        }
        PolicyZone::Name(_) => return Err("a name has other addresses tomorrow"),
        PolicyZone::Country(_) => return Err("a country is a list that is fetched"),
        PolicyZone::Feed(..) => return Err("a list that is fetched is no literal address"),
        PolicyZone::Internet(_) => return Err("everything but what is private is no list of addresses"),
    };
    if all.is_empty() {
        return Err("it has no address that is known here");
    }
    all.sort_by_key(|(n, _)| *n);
    all.dedup_by_key(|(n, _)| *n);
    let on = match z {
        PolicyZone::Machine(_, on) => on.map(|v| v.at),
        _ => None,
    };
    let from = |o: Origin| [at, o].into_iter().chain(on).collect::<Vec<_>>();
    Ok(all.into_iter().map(|(n, o)| cx.make(n, why, &from(o))).collect())
}

fn one(a: Sp<std::net::Ipv4Addr>) -> (Ipv4Net, Origin) {
    (Ipv4Net::from(a.v), a.at)
}

fn machine(m: &Machine, on: Option<VlanId>) -> Vec<(Ipv4Net, Origin)> {
    let nics = m.nics.iter().filter(|n| on.is_none_or(|v| n.vlan.v == v));
    nics.filter_map(|n| n.address).map(one).collect()
}

/// A network without a part of it: halves, until each is wholly in or out.
fn minus(net: Ipv4Net, part: Ipv4Net) -> Vec<Ipv4Net> {
    if part.contains(&net) {
        return Vec::new();
    }
    if !net.contains(&part) {
        return vec![net];
    }
    let halves = net.subnets(net.prefix_len() + 1).into_iter().flatten();
    halves.flat_map(|half| minus(half, part)).collect()
}
