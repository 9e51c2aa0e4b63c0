//! Pass: the one address of who serves what is published, and whether answers come back by the firewall; guesses nothing.

use std::net::Ipv4Addr;

use super::{OF_API, OF_INGRESS, OF_MACHINE};
use crate::diag::{Diag, code};
use crate::ir::facts::{Facts, FirewallFacts, PublishFacts, TargetIngressFacts};
use crate::ir::*;
use crate::pass::{Cx, Index};
use crate::schema::{Name, VlanRef};
use crate::source::{Origin, Sp};

/// Who serves something.
pub(super) struct Found {
    /// At which address.
    pub address: Sp<Ipv4Addr>,
    /// What that is.
    pub zone: PolicyZone,
}

/// The one target of a `publish`; `None` when it is wrong, which is reported here or was.
pub(super) fn find(p: &PublishFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Found> {
    let to = p.to.as_ref()?;
    let said: Vec<Origin> = [
        to.ingress.as_ref().map(|i| i.at),
        to.machine.as_ref().map(|m| m.at),
        to.api.as_ref().map(|a| a.at),
        to.address.map(|a| a.at),
    ]
    .into_iter()
    .flatten()
    .collect();
    if said.len() != 1 {
        // What cannot be read was reported.
        if said.is_empty() && cx.spoiled.iter().any(|(at, _)| *at == to.at) {
            return None;
        }
        let mut d = match said.is_empty() {
            true => Diag::new(code::E1126, "it is not said who serves what is published")
                .at(cx.span(to.at), "nobody is in it"),
            false => Diag::new(code::E1126, "several would serve what is published, and a port leads to one of them"),
        };
        for (i, at) in said.iter().enumerate() {
            d = d.at(cx.span(*at), if i == 0 { "to this?" } else { "or to this?" });
        }
        let example = t.clusters.iter().find(|c| !c.layer.ingresses.is_empty());
        cx.report(d.help(match example {
            Some(c) => format!("to {{ ingress \"{}\" }}", c.name),
            None => "to { machine \"web\" }".into(),
        }));
        return None;
    }
    if let Some(i) = &to.ingress {
        return ingress(i, facts, index, t, cx);
    }
    if let Some(m) = &to.machine {
        let name = m.name.as_ref()?;
        return machine(&Sp::new(name.v.0.clone(), name.at), m.on.as_ref(), t, index, cx);
    }
    if let Some(a) = &to.api {
        let id = index.cluster(&a.v.0);
        let address = id.is_known().then(|| t.cluster(id).api.address)?;
        let address = cx.make(address.v, OF_API, &[a.at, address.at]);
        return Some(Found { address, zone: PolicyZone::Api(Sp::new(id, a.at)) });
    }
    let address = to.address?.map(|a| a.0);
    Some(Found { address, zone: PolicyZone::Address(address) })
}

/// A way in of a cluster, with the address that it asks for.
fn ingress(i: &TargetIngressFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Found> {
    let cluster = i.cluster.as_ref()?;
    let id = index.cluster(&cluster.v.0);
    let c = id.is_known().then(|| t.cluster(id))?;
    let stated = facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v))?;
    let fits = |by: crate::schema::WayIn| i.by.is_none_or(|b| b.v == by);
    let found: Vec<&Ingress> = c.layer.ingresses.iter().filter(|g| fits(g.by.v)).collect();
    let written = stated.ingress.iter().filter(|g| g.by.is_some_and(|b| fits(b.v))).count();
    let span = cx.span(i.at);
    match found.as_slice() {
        [one] if written <= 1 => {
            let Some((pool, address)) = &one.address else {
                let mut d = Diag::new(
                    code::E0323,
                    format!(
                        "ingress \"{}\" of cluster {} has no address for certain, and is published",
                        one.by, c.name
                    ),
                )
                .at(span, "traffic is sent there")
                .at(cx.span(one.at), "any pool gives it any address");
                let pools = c.layer.balancers.iter().flat_map(|b| &b.pools);
                let free = pools.map(|p| (&p.name, &p.from, t.vlan(p.vlan.v))).next();
                d = d.help(match free {
                    Some((pool, from, v)) => format!(
                        "pin it in the ingress: address pool=\"{pool}\" host={}",
                        u32::from(from.v) - u32::from(v.subnet.v.network())
                    ),
                    None => "load-balancer \"metallb\" { pool \"front\" vlan=\"servers\" { range 200 250 } }, and in the ingress: address pool=\"front\" host=200".into(),
                });
                cx.report(d);
                return None;
            };
            let from: Vec<Origin> = [cluster.at, address.at, pool.at].into_iter().chain(i.by.map(|b| b.at)).collect();
            let address = cx.make(address.v, OF_INGRESS, &from);
            Some(Found { address, zone: PolicyZone::Ingress(Sp::new(id, cluster.at)) })
        }
        // What is stated and missing was reported with its version.
        _ if found.len() < written && found.len() < 2 && written < 2 => None,
        [] => {
            let mut d = Diag::new(
                code::E1126,
                match i.by {
                    Some(by) => format!("cluster {} has no ingress \"{}\"", c.name, by.v),
                    None => format!("cluster {} has no ingress", c.name),
                },
            )
            .at(span, "traffic would be sent there")
            .at(cx.span(c.at), "this cluster");
            let other = c.layer.ingresses.first();
            d = d.help(match other {
                Some(o) => format!("ingress \"{}\" by=\"{}\"", c.name, o.by),
                None => "ingress \"gateway\" { listener \"web\" port=80 }".into(),
            });
            cx.report(d);
            None
        }
        _ => {
            let mut d = Diag::new(
                code::E1126,
                format!("cluster {} has several ways in, and a port leads to one of them", c.name),
            )
            .at(span, "which of them?");
            for g in &stated.ingress {
                d = d.at(cx.span(g.at), "this one?");
            }
            let by = found.iter().find(|g| g.gateway().is_some()).or(found.first());
            let by = by.map_or("gateway".to_string(), |g| g.by.to_string());
            cx.report(d.help(format!("ingress \"{}\" by=\"{by}\"", c.name)));
            None
        }
    }
}

/// A machine, with its one address.
pub(super) fn machine(
    name: &Sp<Name>,
    on: Option<&Sp<VlanRef>>,
    t: &Topology,
    index: &Index,
    cx: &mut Cx<'_>,
) -> Option<Found> {
    let id = index.machine(&name.v);
    let m = id.is_known().then(|| t.machine(id))?;
    if t.incomplete.machines.contains(&id) {
        return None;
    }
    let vlan = on.map(|v| Sp::new(index.vlan(&v.v.0), v.at));
    if vlan.is_some_and(|v| !v.v.is_known()) {
        return None;
    }
    let with: Vec<&Nic> = m.nics.iter().filter(|n| vlan.is_none_or(|v| v.v == n.vlan.v)).collect();
    let have: Vec<&Nic> = with.iter().copied().filter(|n| n.address.is_some()).collect();
    match (have.as_slice(), vlan) {
        ([nic], _) => {
            let address = nic.address?;
            let from: Vec<Origin> = [name.at, address.at].into_iter().chain(vlan.map(|v| v.at)).collect();
            let on = cx.make(nic.vlan.v, OF_MACHINE, &from);
            let address = cx.make(address.v, OF_MACHINE, &from);
            Some(Found { address, zone: PolicyZone::Machine(Sp::new(id, name.at), Some(on)) })
        }
        ([], _) => {
            let mut d = Diag::new(
                code::E1126,
                match vlan {
                    Some(v) => format!("{} has no address on VLAN {} that this file knows", m.name, t.vlan(v.v).name),
                    None => format!("{} has no address that this file knows", m.name),
                },
            )
            .at(cx.span(vlan.map_or(name.at, |v| v.at)), "traffic would be sent there");
            for n in &with {
                d = d.at(
                    cx.span(n.at),
                    if n.dhcp.v { "this one comes by DHCP and may change" } else { "this one has none" },
                );
            }
            d = d.at(cx.span(m.at), "this machine");
            let other = m.nics.iter().find(|n| n.address.is_some());
            cx.report(d.help(match other {
                Some(n) => format!("on=\"{}\"", t.vlan(n.vlan.v).name),
                None => "give its NIC an address: host=20".into(),
            }));
            None
        }
        (several, _) => {
            let mut d = Diag::new(code::E1126, format!("{} has several addresses, and traffic is sent to one", m.name))
                .at(cx.span(name.at), "which of them?");
            for n in several {
                let address = n.address.map_or(String::new(), |a| a.v.to_string());
                d = d.at(cx.span(n.at), format!("{address} on VLAN {}", t.vlan(n.vlan.v).name));
            }
            let first = several.iter().find(|n| n.default_via.is_some()).or(several.first());
            let first = first.map_or(String::new(), |n| t.vlan(n.vlan.v).name.to_string());
            cx.report(d.help(format!("machine \"{}\" on=\"{first}\"", m.name)));
            None
        }
    }
}

/// The leg behind which an address is.
pub(super) fn leg_of<'t>(t: &Topology, f: &'t Firewall, address: Ipv4Addr) -> Option<&'t FirewallLeg> {
    f.legs.iter().find(|l| l.gateway.is_none() && t.vlan(l.vlan.v).subnet.v.contains(&address))
}

/// E1124, E1125: the firewall reaches the address by a leg that is no way out, and what it answers comes back the same way.
pub(super) fn answers_come_back(
    found: &Found,
    f: &Firewall,
    id: FirewallId,
    stated: &FirewallFacts,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> bool {
    let address = found.address;
    if t.incomplete.firewalls.contains(&id) {
        return false;
    }
    let itself = f.legs.iter().any(|l| l.address.is_some_and(|a| a.v == address.v))
        || f.nodes.iter().any(|m| t.machine(*m).nics.iter().any(|n| n.address.is_some_and(|a| a.v == address.v)));
    let Some(leg) = leg_of(t, f, address.v).filter(|_| !itself) else {
        let routed = stated.route.iter().any(|r| r.net.is_some_and(|n| n.v.0.contains(&address.v)));
        if routed && !itself {
            return true;
        }
        let mut d = Diag::new(code::E1124, format!("firewall {} does not send anything to {}", f.name, address.v))
            .at(
                cx.span(found.zone.at()),
                if itself { "this is the firewall itself" } else { "it has no interface behind which this is" },
            )
            .at(cx.span(f.at), "it gets the public address");
        let vlan = t.vlans.iter().find(|v| v.subnet.v.contains(&address.v));
        let way_out =
            vlan.is_some_and(|v| f.legs.iter().any(|l| l.gateway.is_some() && t.vlan(l.vlan.v).name.v == v.name.v));
        if let Some(v) = vlan.filter(|_| !itself) {
            d = d.at(
                cx.span(v.at),
                if way_out {
                    "this is on its way out, so answers would not come back by it"
                } else {
                    "this is where the address is"
                },
            );
        }
        cx.report(d.help(match vlan.filter(|_| !itself && !way_out) {
            Some(v) => format!("interface \"{}\" in the firewall, and routed-by=\"{}\" on the VLAN", v.name, f.name),
            None => "publish what is behind one of its interfaces".into(),
        }));
        return false;
    };
    let v = t.vlan(leg.vlan.v);
    match v.router.v {
        Router::Firewall(r) if r == id => {}
        // Two routers, or one where there is to be none, was reported with the VLAN.
        Router::Reported | Router::Nobody | Router::Upstream(_) | Router::Firewall(_) => return false,
        Router::Machine(m) => {
            cx.report(
                Diag::new(
                    code::E1125,
                    format!("what {} answers leaves by {}, not by firewall {}", address.v, t.machine(m).name, f.name),
                )
                .at(cx.span(found.zone.at()), "this is reached by way of the firewall")
                .at(cx.span(v.router.at), "this router sends the answers")
                .note("a firewall that sees half of a connection drops it; the client sees an address that it did not ask")
                .help(format!("routed-by=\"{}\"", f.name)),
            );
            return false;
        }
    }
    let PolicyZone::Machine(machine, _) = &found.zone else { return true };
    let m = t.machine(machine.v);
    let nic = m.nics.iter().find(|n| n.address.is_some_and(|a| a.v == address.v));
    let default = m.nics.iter().find(|n| n.default_via.is_some());
    match (nic, default) {
        (Some(n), _) if n.source_route.is_some() || n.default_via.is_some() => true,
        (Some(n), Some(d)) => {
            cx.report(
                Diag::new(
                    code::E1125,
                    format!("what {} answers leaves by VLAN {}, not by VLAN {}", m.name, t.vlan(d.vlan.v).name, v.name),
                )
                .at(cx.span(found.zone.at()), "traffic is sent there")
                .at(cx.span(n.no_source_route.map_or(n.at, |s| s.at)), "no source routing")
                .at(cx.span(d.at), "the default route")
                .help("source-routing=#true on this NIC"),
            );
            false
        }
        (Some(n), None) => {
            cx.report(
                Diag::new(
                    code::E1125,
                    format!("{} has no default route, so its answers to the Internet go nowhere", m.name),
                )
                .at(cx.span(found.zone.at()), "traffic is sent there")
                .at(cx.span(n.at), "it is reached here")
                .help("default-route=#true on this NIC"),
            );
            false
        }
        (None, _) => true,
    }
}
