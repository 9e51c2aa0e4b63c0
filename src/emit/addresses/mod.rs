//! Emitter: the address plan as a document: who has what, what is kept, what is free; the smallest emitter, kept as the example.

use std::net::Ipv4Addr;

use super::{Meta, Out, Site};
use crate::ir::{Api, Claim, Cluster, Owner, Reserve, Sealed, Topology, VlanId};
use crate::render::Composed;
use crate::render::template::{Val, render};
use crate::source::Sp;
use crate::words;

crate::rules! {
    18;
    PLAN = "Who has which address is written down once, for everyone who asks." @ "RFC 2.1, 5.2";
    FREE = "What nobody has and nothing keeps is free." @ "RFC 2.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "addresses",
    writes: "documents/address-plan.md",
    what: "Each VLAN's addresses: who has them, what they are kept for, what is free; the ranges inside clusters.",
    reader: "people",
    apply: "Nothing to do: read it before you give out an address.",
    step: 0,
    rfc: "2.1, 5.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The one document.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let vlans = (0..t.vlans.len()).map(|i| vlan(t, VlanId(i as u32))).collect();
    let values = [
        ("cloud", words![sealed.meta().name].into()),
        ("vlans", Val::Many(vlans)),
        ("clusters", Val::Many(t.clusters.iter().map(|c| cluster(t, c)).collect())),
    ];
    let text = render("address-plan.md", include_str!("address-plan.md"), PLAN, &values);
    out.text(Site::Reader, "documents/address-plan.md".into(), text);
}

fn vlan(t: &Topology, id: VlanId) -> Val {
    let v = t.vlan(id);
    let mut rows: Vec<(u32, u32, Composed, Composed)> = Vec::new();
    for r in &v.reserves {
        let Reserve { name, from, to } = r;
        let range = if from.v == to.v { words![from].citing(to.at) } else { words![from, " to ", to] };
        rows.push((u32::from(from.v), u32::from(to.v), range, words!["kept for ", name]));
    }
    for (range, from, to, what) in pools(t, id) {
        rows.push((from, to, range, what));
    }
    for (n, v) in t.clusters.iter().flat_map(|c| &c.layer.nested).flat_map(|n| n.vlans.iter().map(move |v| (n, v))) {
        if v.vlan.v == id {
            let pods = words![v.from, " to ", v.to];
            rows.push((u32::from(v.from.v), u32::from(v.to.v), pods, words!["pods of nested cluster ", n.name]));
        }
    }
    for d in t.firewalls.iter().flat_map(|f| &f.layer.dhcp).filter(|d| d.vlan.v == id) {
        for (from, to) in &d.ranges {
            rows.push((u32::from(from.v), u32::from(to.v), words![from, " to ", to], words!["given out by DHCP"]));
        }
        for r in d.reservations.iter().filter(|r| r.machine.is_none()) {
            let at = u32::from(r.address.v);
            rows.push((at, at, words![r.address], words!["given to ", r.name, " by DHCP"]));
        }
    }
    for c in t.claims.iter().filter(|c| c.vlan == id) {
        let Claim { vlan: _, address, owner } = c;
        rows.push((u32::from(address.v), u32::from(address.v), words![address], who(t, id, owner)));
    }
    rows.sort_by_key(|r| (r.0, r.1));
    let last = u32::from(v.subnet.v.broadcast()) - 1;
    let mut at = u32::from(v.subnet.v.network()) + 1;
    let mut lines = Vec::new();
    let free = |from: u32, to: u32| {
        let address = |n: u32| Sp::new(Ipv4Addr::from(n), FREE.origin());
        let range = if from == to { words![address(from)] } else { words![address(from), " to ", address(to)] };
        record(range, words!["free"])
    };
    for (from, to, range, what) in rows {
        if from > at {
            lines.push(free(at, from - 1));
        }
        lines.push(record(range, what));
        at = at.max(to.saturating_add(1));
    }
    if at <= last {
        lines.push(free(at, last));
    }
    Val::Record(vec![
        ("name", words![v.name].into()),
        ("tag", words![v.tag].into()),
        ("subnet", words![v.subnet].into()),
        ("gateway", v.gateway.map_or(Val::Flag(false), |g| words![g].into())),
        ("lines", Val::Many(lines)),
    ])
}

/// Pools of load balancers on a VLAN; what an environment does not change is there once.
fn pools(t: &Topology, id: VlanId) -> Vec<(Composed, u32, u32, Composed)> {
    let mut all: Vec<(Composed, u32, u32, Composed)> = Vec::new();
    for c in &t.clusters {
        let layers = std::iter::once((None, &c.layer)).chain(c.environments.iter().map(|e| (Some(&e.name), &e.layer)));
        for (environment, b) in layers.flat_map(|(e, l)| l.balancers.iter().map(move |b| (e, b))) {
            for p in b.pools.iter().filter(|p| p.vlan.v == id) {
                let range = if p.from.v == p.to.v { words![p.from] } else { words![p.from, " to ", p.to] };
                let range = range.citing(p.vlan.at);
                let what = words!["pool ", p.name, " of cluster ", c.name, ", given and announced by ", b.by];
                if all.iter().any(|(r, _, _, w)| r.text == range.text && w.text == what.text) {
                    continue;
                }
                let what = match environment {
                    None => what,
                    Some(e) => words![what, " in environment ", e],
                };
                all.push((range, u32::from(p.from.v), u32::from(p.to.v), what));
            }
        }
    }
    all
}

fn record(addresses: Composed, owner: Composed) -> Val {
    Val::Record(vec![("addresses", addresses.into()), ("owner", owner.into())])
}

fn who(t: &Topology, vlan: VlanId, owner: &Owner) -> Composed {
    match owner {
        Owner::Upstream(u) => words!["router of upstream ", t.upstream(*u).name],
        Owner::Firewall(f) => {
            let f = t.firewall(*f);
            match f.legs.iter().find(|l| l.vlan.v == vlan).and_then(|l| l.carp) {
                Some(group) => words!["firewall ", f.name, ", shared by CARP group ", group],
                None => words!["firewall ", f.name],
            }
        }
        Owner::Host(h) => words!["hypervisor ", t.host(*h).name],
        Owner::Machine(m) => words!["machine ", t.machine(*m).name],
        Owner::Api(c) => {
            let c = t.cluster(*c);
            match &c.api.vrrp {
                Some(v) => words!["API of cluster ", c.name, ", shared by VRRP id ", v.id],
                None => words!["API of cluster ", c.name],
            }
        }
    }
}

fn cluster(t: &Topology, c: &Cluster) -> Val {
    // Groups, what runs in it and the place are others' to print.
    let Cluster { name, pods, per_node, services, node_network, groups: _, api, layer: _, environments: _, at: _ } = c;
    // How the address is held in detail is keepalived's to print.
    let Api { name: api_name, address, port, vrrp: _, held_by, at: _ } = api;
    let network = words![t.vlan(node_network.v).name].citing(node_network.at);
    Val::Record(vec![
        ("name", words![name].into()),
        ("pods", words![pods].into()),
        ("per_node", words!["/", per_node].into()),
        ("services", words![services].into()),
        ("network", network.into()),
        ("api", words![api_name, ":", port].into()),
        ("address", words![address].into()),
        ("held_by", words![held_by].into()),
    ])
}
