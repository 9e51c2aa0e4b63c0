//! The tables of the hand-off sheet, each cell with its origins; decides nothing and holds no sentence of the sheet.

use super::ranges::{Run, joined};
use crate::emit::interfaces::on_trunk;
use crate::ir::{
    Bond, Firewall, FirewallLeg, Host, HostId, Machine, Nic, Opening, Owner, Public, Reserve, Router, RouterAddress,
    RuleOn, Sealed, Switch, SwitchPort, Topology, Upstream, Vlan, VlanId, dropped_as_private,
};
use crate::render::template::Val;
use crate::render::{Composed, Piece};
use crate::schema::{BondMode, Delivery, IfName, TagRange};
use crate::source::Sp;
use crate::words;

type Values = Vec<(&'static str, Val)>;

/// Bytes of a frame beside its packet: Ethernet header 14, tag 4, check sequence 4 (IEEE 802.3-2022 3.1.1, 802.1Q-2022 9.5).
const FRAME: u32 = 22;

/// The most public addresses that get a row each.
const MOST_ROWS: u64 = 64;

/// All tables of the sheet.
pub fn all(sealed: &Sealed<'_>) -> Values {
    let t: &Topology = sealed;
    let (bonds, apart) = bonds(t);
    let has = |mode| Val::Flag(t.hosts.iter().flat_map(|h| &h.bonds).any(|b| b.mode.v == mode));
    vec![
        ("ports", Val::Many(t.switches.iter().flat_map(|s| s.ports.iter().map(|p| port(t, s, p))).collect())),
        ("tell", Val::Many(t.host_ids().flat_map(|(id, h)| tell(t, id, h)).collect())),
        ("unknown", list(unknown_tags(t))),
        ("bonds", Val::Many(bonds)),
        ("lacp", has(BondMode::Lacp)),
        ("backup", has(BondMode::ActiveBackup)),
        ("apart", list(apart)),
        ("vlans", Val::Many(t.vlans.iter().map(|v| vlan(t, v)).collect())),
        ("jumbo", Val::Many(t.vlans.iter().filter(|v| v.mtu.v > 1500).map(jumbo).collect())),
        (
            "switches",
            Val::Many(t.switches.iter().map(|s| record([("name", words![s.name]), ("mtu", words![s.mtu])])).collect()),
        ),
        ("routers", Val::Many(t.upstreams.iter().flat_map(|u| routers(t, u)).collect())),
        (
            "out",
            list(
                t.vlans.iter().filter(|v| theirs(v) && v.internet.v).map(|v| label(v).citing(v.internet.at)).collect(),
            ),
        ),
        ("dhcp", Val::Many(t.machines.iter().flat_map(|m| dhcp(t, m)).collect())),
        ("ways", Val::Many(t.firewalls.iter().filter_map(|f| way_out(t, f)).collect())),
        ("knocks", Val::Many(t.firewalls.iter().flat_map(|f| knocks(t, f)).collect())),
        ("back", Val::Many(t.vlans.iter().filter_map(|v| way_back(t, v)).collect())),
        ("used", Val::Many(used(t))),
        ("public", Val::Many(t.public.iter().filter_map(|p| public(t, p)).collect())),
        ("foreign", Val::Many(t.vlans.iter().filter_map(|v| foreign(t, v)).collect())),
        (
            "isolated",
            list(
                t.vlans.iter().filter(|v| v.router.v == Router::Nobody).map(|v| label(v).citing(v.router.at)).collect(),
            ),
        ),
    ]
}

fn record<const N: usize>(fields: [(&'static str, Composed); N]) -> Val {
    Val::Record(fields.into_iter().map(|(k, c)| (k, Val::One(c))).collect())
}

fn join(items: Vec<Composed>) -> Composed {
    let mut all = Composed::default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            ", ".add(&mut all);
        }
        item.add(&mut all);
    }
    all
}

/// A list in one line; nothing to say when it is empty.
fn list(items: Vec<Composed>) -> Val {
    if items.is_empty() { Val::Flag(false) } else { Val::One(join(items)) }
}

fn or_none(items: Vec<Composed>) -> Composed {
    if items.is_empty() { words!["none"] } else { join(items) }
}

fn label(v: &Vlan) -> Composed {
    words![v.tag, " ", v.name]
}

fn theirs(v: &Vlan) -> bool {
    matches!(v.router.v, Router::Upstream(_))
}

/// The largest packet of these VLANs.
fn largest(t: &Topology, vlans: impl Iterator<Item = VlanId>) -> Composed {
    let mtu = vlans.map(|v| t.vlan(v).mtu).reduce(|a, b| if b.v > a.v { b } else { a });
    mtu.map_or_else(|| words!["1500"], |m| words![m])
}

fn port(t: &Topology, switch: &Switch, port: &SwitchPort) -> Val {
    // Its place is for labels of messages.
    let SwitchPort { name, host, nic, trunk, tags, native, group, at: _ } = port;
    let Switch { name: switch, mtu: _, ports: _ } = switch;
    record([
        ("switch", words![switch]),
        ("port", words![name]),
        ("end", host.map_or_else(|| words![nic], |h| words![t.host(h.v).name, " ", nic].citing(h.at))),
        ("tagged", or_none(tagged(t, trunk, tags))),
        ("native", native.map_or_else(|| words!["none"], |n| label(t.vlan(n.v)).citing(n.at))),
        ("group", group.as_ref().map_or_else(|| words!["none"], |g| words![g])),
        ("mtu", largest(t, trunk.iter().chain(native).map(|v| v.v))),
    ])
}

/// Tags of a port: those of VLANs, and ranges as they are stated; ordered by their first.
fn tagged(t: &Topology, trunk: &[Sp<VlanId>], tags: &[Sp<TagRange>]) -> Vec<Composed> {
    let mut all: Vec<(u16, Composed)> = Vec::new();
    for r in tags {
        let (from, to) = (r.map(|r| r.0), r.map(|r| r.1));
        all.push((from.v, if from.v == to.v { words![from] } else { words![from, " to ", to] }));
    }
    for id in trunk {
        let tag = t.vlan(id.v).tag;
        // A tag that is in a range is not said again, but both statements are why it is there.
        match tags.iter().position(|r| covers(r, tag.v)) {
            Some(i) => all[i].1.why.push(id.at),
            None => all.push((tag.v, words![tag].citing(id.at))),
        }
    }
    all.sort_by_key(|(tag, _)| *tag);
    all.into_iter().map(|(_, c)| c).collect()
}

fn covers(range: &TagRange, tag: u16) -> bool {
    range.0 <= tag && tag <= range.1
}

/// Tags that ports carry and that no VLAN has, as runs.
fn unknown_tags(t: &Topology) -> Vec<Composed> {
    let ranges: Vec<&Sp<TagRange>> = t.switches.iter().flat_map(|s| &s.ports).flat_map(|p| &p.tags).collect();
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for tag in 1..=4094 {
        if !ranges.iter().any(|r| covers(r, tag)) || t.vlans.iter().any(|v| v.tag.v == tag) {
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == tag => *last = tag,
            _ => runs.push((tag, tag)),
        }
    }
    let said = |(from, to): (u16, u16)| {
        let at = ranges.iter().find(|r| covers(r, from)).map(|r| r.at)?;
        let (a, b) = (Sp::new(from, at), Sp::new(to, at));
        Some(if from == to { words![a] } else { words![a, " to ", b] })
    };
    runs.into_iter().filter_map(said).collect()
}

/// The switch ports that a NIC is cabled to, with their switches.
fn cables<'a>(t: &'a Topology, host: HostId, nic: &'a IfName) -> impl Iterator<Item = (&'a Switch, &'a SwitchPort)> {
    let here = move |p: &SwitchPort| p.host.is_some_and(|h| h.v == host) && p.nic.v == *nic;
    t.switches.iter().flat_map(move |s| s.ports.iter().filter(move |p| here(p)).map(move |p| (s, p)))
}

/// NICs of a host that a bond or the trunk needs and no switch port names.
fn tell(t: &Topology, id: HostId, host: &Host) -> Vec<Val> {
    let vlans = on_trunk(t, host);
    let row = |nic: &Sp<IfName>, bond: Option<&Bond>| {
        let carries = bond.map_or(Some(nic), |b| Some(&b.name)) == host.trunk.as_ref();
        let vlans: &[Sp<VlanId>] = if carries { &vlans } else { &[] };
        let of = bond.map_or_else(|| words!["none"], |b| words![b.name, ", ", mode(b.mode)]);
        cables(t, id, &nic.v).next().is_none().then(|| {
            record([
                ("end", words![host.name, " ", nic]),
                ("tagged", or_none(tagged(t, vlans, &[]))),
                ("bond", of),
                ("mtu", largest(t, vlans.iter().map(|v| v.v))),
            ])
        })
    };
    let alone = host.trunk.iter().filter(|trunk| !host.bonds.iter().any(|b| b.name == **trunk));
    let bonded = host.bonds.iter().flat_map(|b| b.ports.iter().map(move |p| (p, Some(b))));
    alone.map(|n| (n, None)).chain(bonded).filter_map(|(nic, bond)| row(nic, bond)).collect()
}

fn mode(mode: Sp<BondMode>) -> Composed {
    match mode.v {
        BondMode::Lacp => words!["LACP"].citing(mode.at),
        BondMode::ActiveBackup => words!["active-backup"].citing(mode.at),
    }
}

/// All bonds, and those with LACP that end on several switches.
fn bonds(t: &Topology) -> (Vec<Val>, Vec<Composed>) {
    let (mut rows, mut apart) = (Vec::new(), Vec::new());
    for (id, host) in t.host_ids() {
        for bond in &host.bonds {
            // Its place is for labels of messages.
            let Bond { name, ports, mode, primary, hash, at: _ } = bond;
            let mut ends = Vec::new();
            let (mut groups, mut switches): (Vec<Composed>, Vec<&str>) = (Vec::new(), Vec::new());
            for nic in ports {
                let mut found = false;
                for (switch, port) in cables(t, id, &nic.v) {
                    found = true;
                    ends.push(words![nic, " on ", switch.name, " ", port.name]);
                    if !switches.contains(&switch.name.v.as_str()) {
                        switches.push(switch.name.v.as_str());
                    }
                    if let Some(group) = port.group.as_ref().map(|g| words![switch.name, " ", g])
                        && !groups.iter().any(|g| g.text == group.text)
                    {
                        groups.push(group);
                    }
                }
                if !found {
                    ends.push(words![nic, " (we were not told)"]);
                }
            }
            // A hash means something with LACP only and a first port with active-backup only; passes leave out the rest.
            let how = match (hash, primary) {
                (Some(hash), _) => words![self::mode(*mode), ", spreads by ", hash],
                (None, Some(primary)) => words![self::mode(*mode), ", ", primary, " first"],
                (None, None) => self::mode(*mode),
            };
            let group = match mode.v {
                BondMode::Lacp if groups.is_empty() => words!["please assign one"],
                BondMode::Lacp | BondMode::ActiveBackup => or_none(groups),
            };
            if mode.v == BondMode::Lacp && switches.len() > 1 {
                apart.push(words![name, " of ", host.name]);
            }
            rows.push(record([
                ("host", words![host.name]),
                ("name", words![name]),
                ("mode", how),
                ("ports", join(ends)),
                ("group", group),
            ]));
        }
    }
    (rows, apart)
}

fn vlan(t: &Topology, v: &Vlan) -> Val {
    // Reserves are listed with the addresses of VLANs that they route; the place is for labels of messages.
    let Vlan { name, tag, subnet, router, gateway, mtu, internet, purpose, reserves: _, at: _ } = v;
    let mut what = Composed::default();
    if let Some(purpose) = purpose {
        // Free text: the template quotes it.
        crate::render::Remark(purpose).add(&mut what);
    }
    let routed_by = match router.v {
        Router::Nobody => words!["nobody"],
        Router::Upstream(u) => words!["you (", t.upstream(u).name, ")"],
        Router::Firewall(f) => words!["our firewall ", t.firewall(f).name],
        Router::Machine(m) => words!["our machine ", t.machine(m).name],
        Router::Reported => words!["not known"],
    };
    record([
        ("tag", words![tag]),
        ("name", words![name]),
        ("subnet", words![subnet]),
        ("purpose", what),
        ("mtu", words![mtu]),
        ("router", routed_by.citing(router.at)),
        ("gateway", gateway.map_or_else(|| words!["none"], |g| words![g])),
        ("internet", if internet.v { words!["yes"] } else { words!["no"] }.citing(internet.at)),
    ])
}

fn jumbo(v: &Vlan) -> Val {
    record([("vlan", label(v)), ("mtu", words![v.mtu]), ("frame", words![v.mtu.map(|m| u32::from(m) + FRAME)])])
}

fn routers<'a>(t: &'a Topology, upstream: &'a Upstream) -> impl Iterator<Item = Val> + 'a {
    let Upstream { name, routers } = upstream;
    routers.iter().map(move |RouterAddress { vlan, address }| {
        let v = t.vlan(vlan.v);
        let prefix = v.subnet.as_ref().map(|s| s.prefix_len());
        record([
            ("router", words![name]),
            ("vlan", label(v).citing(vlan.at)),
            ("address", words![address, "/", prefix]),
        ])
    })
}

/// Interfaces that wait for an address on a VLAN that the upstream routes.
fn dhcp<'a>(t: &'a Topology, machine: &'a Machine) -> impl Iterator<Item = Val> + 'a {
    let waits = |nic: &&Nic| nic.dhcp.v && theirs(t.vlan(nic.vlan.v));
    machine.nics.iter().filter(waits).map(|nic| {
        record([
            ("machine", words![machine.name]),
            ("vlan", label(t.vlan(nic.vlan.v)).citing(nic.dhcp.at)),
            ("mac", words![nic.mac]),
        ])
    })
}

/// By whom and from which address a firewall reaches the rest of the world.
fn way_out(t: &Topology, f: &Firewall) -> Option<Val> {
    let leg = f.legs.iter().find(|l| l.gateway.is_some())?;
    let gateway = leg.gateway?;
    let mut address = leg.address.map_or_else(|| words!["an address that it gets by DHCP"], |a| words![a]);
    if let Some(dhcp) = leg.dhcp {
        address = address.citing(dhcp.at);
    }
    Some(record([
        ("firewall", words![f.name]),
        ("upstream", words![t.upstream(gateway.v).name].citing(gateway.at)),
        ("vlan", label(t.vlan(leg.vlan.v)).citing(leg.vlan.at)),
        ("address", address),
    ]))
}

/// Ports of VPNs on ways out whose address is none of the Internet's: whoever has one there must pass them on, or nobody
/// from outside ever comes in.
fn knocks(t: &Topology, f: &Firewall) -> Vec<Val> {
    let mut all = Vec::new();
    for leg in f.legs.iter().filter(|l| l.gateway.is_some()) {
        let Some(address) = leg.address.filter(|a| dropped_as_private(a.v)) else { continue };
        for vpn in &f.layer.vpns {
            let here = |o: &&Opening| match o.on {
                RuleOn::Interface(i) => f.layer.network.interfaces[i].vlan.v == leg.vlan.v,
                RuleOn::Vpns(_) => false,
            };
            for opening in vpn.openings.iter().filter(here) {
                for (protocol, ports) in &opening.ports.ports {
                    all.push(record([
                        ("vpn", words![vpn.name]),
                        ("port", words![protocol.word(), " port ", ports]),
                        ("address", words![address]),
                        ("vlan", label(t.vlan(leg.vlan.v)).citing(leg.vlan.at)),
                    ]));
                }
            }
        }
    }
    all
}

/// How a VLAN that a machine of ours routes is reached from the upstream router.
fn way_back(t: &Topology, v: &Vlan) -> Option<Val> {
    let Router::Machine(m) = v.router.v else { return None };
    let nic = t.machine(m).nics.iter().find(|n| n.default_via.is_some() && theirs(t.vlan(n.vlan.v)))?;
    let internet = v.internet.map(|i| if i { "yes" } else { "no" });
    Some(record([
        ("subnet", words![v.subnet].citing(v.router.at)),
        ("hop", words![nic.address?]),
        ("vlan", label(t.vlan(nic.vlan.v)).citing(nic.vlan.at)),
        ("internet", words![internet]),
    ]))
}

/// Addresses that are ours, and those that are kept, on VLANs that the upstream routes.
fn used(t: &Topology) -> Vec<Val> {
    let mut rows = Vec::new();
    for (i, v) in t.vlans.iter().enumerate().filter(|(_, v)| theirs(v)) {
        for claim in t.claims.iter().filter(|c| c.vlan.0 as usize == i) {
            let owner = match claim.owner {
                Owner::Upstream(_) => continue,
                Owner::Firewall(_) | Owner::Host(_) | Owner::Machine(_) | Owner::Api(_) => t.owner(&claim.owner),
            };
            let owner = Composed { text: owner, why: vec![claim.address.at] };
            rows.push(record([("vlan", label(v)), ("address", words![claim.address]), ("owner", owner)]));
        }
        let mut seen = Vec::new();
        for p in t.layers().flat_map(|(_, l)| &l.balancers).flat_map(|b| &b.pools).filter(|p| p.vlan.v.0 as usize == i)
        {
            if !seen.contains(&(p.from.v, p.to.v)) {
                seen.push((p.from.v, p.to.v));
                let owner = words!["services of type LoadBalancer, pool ", p.name];
                rows.push(record([("vlan", label(v)), ("address", words![p.from, " to ", p.to]), ("owner", owner)]));
            }
        }
        for (_, n, p) in
            t.layers().flat_map(|(c, l)| l.nested.iter().flat_map(move |n| n.vlans.iter().map(move |p| (c, n, p))))
        {
            if p.vlan.v.0 as usize == i && !seen.contains(&(p.from.v, p.to.v)) {
                seen.push((p.from.v, p.to.v));
                let owner = words!["pods of nested cluster ", n.name];
                rows.push(record([("vlan", label(v)), ("address", words![p.from, " to ", p.to]), ("owner", owner)]));
            }
        }
        for Reserve { name, from, to } in &v.reserves {
            let kept = words!["kept for ", name];
            rows.push(record([("vlan", label(v)), ("address", words![from, " to ", to]), ("owner", kept)]));
        }
    }
    rows
}

/// Public addresses of one delivery; `None` where an error said that something is missing.
fn public(t: &Topology, public: &Public) -> Option<Val> {
    // Its place is for labels of messages.
    let Public { ranges, inner: _, how, to, by, at: _ } = public;
    let (how, to) = ((*how)?, (*to)?);
    let firewall = t.firewall(to.v);
    // The way out, where the topology says which leg that is.
    let wan = public.leg(firewall).map(|(_, leg)| leg).or(firewall.legs.first())?;
    // How a pair shares the address is between its machines; the place is for labels of messages.
    let FirewallLeg { vlan, address, gateway, dhcp: _, carried_by: _, carp: _, at: _ } = wan;
    let (mut said, mut routes) = (Vec::new(), Vec::new());
    let runs = joined(ranges);
    for run in &runs {
        said.push(run.said());
        routes.extend(run.prefixes().iter().map(|p| Val::One(run.cited(p.to_string()))));
    }
    let mut wan_address = address.map_or_else(|| words!["the address that it gets by DHCP"], |a| words![a]);
    if let Some(gateway) = gateway {
        wan_address = wan_address.citing(gateway.at);
    }
    if let Some(by) = by {
        wan_address = wan_address.citing(by.at);
    }
    let mut fields = vec![
        ("ranges", Val::One(join(said).citing(how.at))),
        ("by", gateway.map_or(Val::Flag(false), |g| Val::One(words![t.upstream(g.v).name].citing(g.at)))),
        ("firewall", Val::One(words![firewall.name].citing(to.at))),
        ("wan", Val::One(wan_address)),
        ("vlan", Val::One(label(t.vlan(vlan.v)).citing(vlan.at))),
        ("routes", Val::Many(routes)),
        ("slots", Val::Many(slots(public, &runs))),
        ("pair", Val::Flag(firewall.nodes.len() > 1)),
    ];
    let (routed, alias) = match how.v {
        Delivery::Routed => (true, false),
        Delivery::Alias => (false, true),
        Delivery::OneToOne => (false, false),
    };
    fields.extend([("routed", Val::Flag(routed)), ("alias", Val::Flag(alias))]);
    Some(Val::Record(fields))
}

/// Rows to fill in: one an address, or one a run where that would be a long list. What is stated is filled in.
fn slots(public: &Public, runs: &[Run]) -> Vec<Val> {
    if runs.iter().map(Run::count).sum::<u64>() > MOST_ROWS {
        let row =
            |run: &Run| record([("public", run.said()), ("inner", inner(public, run.from, "and the following "))]);
        return runs.iter().map(row).collect();
    }
    let each = runs.iter().flat_map(|run| run.addresses().map(move |a| (run, a)));
    each.map(|(run, a)| record([("public", run.cited(a.to_string())), ("inner", inner(public, a, ""))])).collect()
}

fn inner(public: &Public, address: std::net::Ipv4Addr, more: &str) -> Composed {
    match public.inner_of(address) {
        Some((inner, why)) => Composed { text: format!("{inner} {more}"), why: why.to_vec() },
        None => Composed::default(),
    }
}

/// A VLAN that is none of the upstream's, and why.
fn foreign(t: &Topology, v: &Vlan) -> Option<Val> {
    let owner = match v.router.v {
        Router::Upstream(_) | Router::Reported => return None,
        Router::Nobody => words!["nobody routes it"],
        Router::Firewall(f) => words!["our firewall ", t.firewall(f).name],
        Router::Machine(m) => words!["our machine ", t.machine(m).name],
    };
    let why = match &v.gateway {
        Some(gateway) => words![owner, " routes it and has ", gateway],
        None => owner,
    };
    Some(record([("vlan", label(v)), ("subnet", words![v.subnet]), ("why", why.citing(v.router.at))]))
}
