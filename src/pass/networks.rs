//! Pass: VLANs, upstreams, switches and public addresses with their names looked up.

use std::net::Ipv4Addr;

use super::rules::*;
use super::{Cx, Index, or};
use crate::diag::{Diag, code};
use crate::ir::facts::{Facts, RangeFacts};
use crate::ir::*;
use crate::source::Sp;

/// VLANs in the order of tags. Gateways come later, when addresses are known.
pub fn vlans(facts: &Facts, index: &Index, cx: &mut Cx<'_>) -> Vec<Vlan> {
    let mut all: Vec<(u32, Vlan)> = Vec::new();
    for f in &facts.vlan {
        let (Some(name), Some(tag), Some(subnet)) = (&f.name, &f.id, &f.subnet) else { continue };
        let number = index.vlan(&name.v.0).0;
        if all.iter().any(|(n, _)| *n == number) {
            continue; // the name is taken twice, which was reported
        }
        let router = match &f.routed_by {
            None => Sp::new(Router::Reported, f.at),
            Some(r) => Sp::new(router(&r.v.0, index), r.at),
        };
        let subnet = Sp::new(subnet.v.0, subnet.at);
        let reserves = f
            .reserve
            .iter()
            .filter_map(|r| {
                let (from, to) = range(r.range.as_ref()?, subnet, cx)?;
                Some(Reserve { name: r.name.clone()?, from, to })
            })
            .collect();
        all.push((
            number,
            Vlan {
                name: Sp::new(name.v.0.clone(), name.at),
                tag: Sp::new(tag.v.0, tag.at),
                subnet,
                router,
                gateway: None,
                mtu: or(f.mtu.map(|m| m.map(|m| m.0)), 1500, DEFAULT_MTU),
                internet: or(f.internet, false, DEFAULT_NO),
                purpose: f.purpose.clone(),
                reserves,
                at: f.at,
            },
        ));
    }
    all.sort_by_key(|(n, _)| *n);
    for pair in all.windows(2) {
        let [(_, a), (_, b)] = pair else { continue };
        if a.tag.v == b.tag.v {
            let (a, b) = if cx.span(a.tag.at) < cx.span(b.tag.at) { (a, b) } else { (b, a) };
            let (one, two) = (cx.span(b.tag.at), cx.span(a.tag.at));
            cx.report(
                Diag::new(code::E0306, format!("VLANs {} and {} have the tag {}", a.name, b.name, a.tag))
                    .at(one, "this one")
                    .at(two, "and this one")
                    .help("a tag is one broadcast domain: give one of them another tag"),
            );
        }
    }
    all.into_iter().map(|(_, v)| v).collect()
}

fn router(name: &crate::schema::Name, index: &Index) -> Router {
    if name.as_str() == "nobody" {
        return Router::Nobody;
    }
    let (u, f, m) = (index.upstream(name), index.firewall(name), index.machine(name));
    match () {
        () if u.is_known() => Router::Upstream(u),
        () if f.is_known() => Router::Firewall(f),
        () if m.is_known() => Router::Machine(m),
        () => Router::Reported,
    }
}

/// First and last address of a range of host numbers; `None` when it is wrong, which is reported.
pub fn range(r: &RangeFacts, subnet: Sp<ipnet::Ipv4Net>, cx: &mut Cx<'_>) -> Option<(Sp<Ipv4Addr>, Sp<Ipv4Addr>)> {
    let (from, to) = (r.from.as_ref()?, r.to.as_ref()?);
    if from.v > to.v {
        let (a, b) = (cx.span(from.at), cx.span(to.at));
        cx.report(
            Diag::new(code::E0324, format!("the range ends at {} before it starts at {}", to.v, from.v))
                .at(b, "it ends here")
                .at(a, "it starts here")
                .help(format!("range {} {}", to.v, from.v)),
        );
        return None;
    }
    let first = host_number(subnet, from.map(|o| o.0), cx)?;
    let last = host_number(subnet, to.map(|o| o.0), cx)?;
    Some((first, last))
}

/// The address of a host number; `None` when the subnet has no such host, which is reported.
pub fn host_number(subnet: Sp<ipnet::Ipv4Net>, number: Sp<u32>, cx: &mut Cx<'_>) -> Option<Sp<Ipv4Addr>> {
    let base = u32::from(subnet.v.network());
    let size = 1u64 << (32 - subnet.v.prefix_len());
    if u64::from(number.v) >= size - 1 {
        let (a, b) = (cx.span(number.at), cx.span(subnet.at));
        cx.report(
            Diag::new(code::E0302, format!("{} has no host {}", subnet.v, number.v))
                .at(a, "this host number")
                .at(b, format!("has hosts 1 to {}", size - 2))
                .help(format!("take a number from 1 to {}", size - 2)),
        );
        return None;
    }
    Some(cx.make(Ipv4Addr::from(base + number.v), HOST_NUMBER, &[number.at, subnet.at]))
}

/// Upstreams and their addresses on our VLANs.
pub fn upstreams(facts: &Facts, index: &Index) -> Vec<Upstream> {
    let mut all: Vec<Upstream> = facts
        .upstream
        .iter()
        .filter_map(|u| {
            let name = u.name.as_ref()?;
            let mut routers: Vec<RouterAddress> = u
                .router
                .iter()
                .filter_map(|r| {
                    let vlan = r.vlan.as_ref()?;
                    let address = r.address.as_ref()?;
                    Some(RouterAddress {
                        vlan: Sp::new(index.vlan(&vlan.v.0), vlan.at),
                        address: Sp::new(address.v.0, address.at),
                    })
                })
                .collect();
            routers.sort_by_key(|r| (r.vlan.v, r.address.v));
            Some(Upstream { name: Sp::new(name.v.0.clone(), name.at), routers })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// Switches and their ports.
pub fn switches(facts: &Facts, index: &Index, vlans: &[Vlan], cx: &mut Cx<'_>) -> Vec<Switch> {
    let mut all = Vec::new();
    for s in &facts.switch {
        let Some(name) = &s.name else { continue };
        let mut ports = Vec::new();
        for p in &s.port {
            let (Some(port), at) = (&p.name, p.at) else { continue };
            let mut trunk = Vec::new();
            for t in &p.trunk {
                if t.v.0.as_str() == "all" {
                    for (i, v) in vlans.iter().enumerate() {
                        trunk.push(cx.make(VlanId(i as u32), WHOLE_TRUNK, &[t.at, v.name.at]));
                    }
                } else {
                    let id = index.vlan(&t.v.0);
                    if id.is_known() {
                        trunk.push(Sp::new(id, t.at));
                    }
                }
            }
            trunk.sort_by_key(|t| t.v);
            trunk.dedup_by_key(|t| t.v);
            let mut tags = p.tags.clone();
            tags.sort_by_key(|t| t.v);
            let (host, nic) = match &p.to {
                Some(to) => {
                    let (host, nic) = to.v.split_once('.').unwrap_or((&to.v, ""));
                    let id = index.host(&crate::schema::Name::of(host));
                    (Some(Sp::new(id, to.at)), Sp::new(crate::schema::IfName(nic.into()), to.at))
                }
                None => (None, Sp::new(crate::schema::IfName("".into()), at)),
            };
            ports.push(SwitchPort {
                name: port.clone(),
                host,
                nic,
                trunk,
                tags,
                native: p.native.as_ref().map(|n| Sp::new(index.vlan(&n.v.0), n.at)),
                group: p.group.clone(),
                at,
            });
        }
        ports.sort_by_key(|p| natural(&p.name.v));
        all.push(Switch {
            name: Sp::new(name.v.0.clone(), name.at),
            mtu: or(s.mtu.map(|m| m.map(|m| m.0)), 1500, DEFAULT_MTU),
            ports,
        });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}

/// Sorts `1/0/2` before `1/0/10`.
fn natural(s: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = s;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().unwrap_or(0);
        rest = &rest[digits..];
        let words = rest.bytes().take_while(|b| !b.is_ascii_digit()).count();
        parts.push((number, rest[..words].to_string()));
        rest = &rest[words..];
    }
    parts
}

/// Public addresses and how they get here.
pub fn public(facts: &Facts, index: &Index) -> Vec<Public> {
    let mut all: Vec<Public> = facts
        .public_addresses
        .iter()
        .map(|p| {
            let mut ranges: Vec<_> = p
                .range
                .iter()
                .filter_map(|r| Some((r.from.as_ref()?.map(|a| a.0), r.to.as_ref()?.map(|a| a.0), r.inner)))
                .collect();
            ranges.sort_by_key(|(a, b, _)| (a.v, b.v));
            let d = p.delivered.as_ref();
            Public {
                inner: ranges.iter().map(|(_, _, inner)| inner.map(|i| i.map(|a| a.0))).collect(),
                ranges: ranges.into_iter().map(|(a, b, _)| (a, b)).collect(),
                by: d.and_then(|d| d.by.as_ref()).map(|v| Sp::new(index.vlan(&v.v.0), v.at)),
                how: d.and_then(|d| d.how),
                to: d.and_then(|d| d.to.as_ref()).map(|t| Sp::new(index.firewall(&t.v.0), t.at)),
                at: p.at,
            }
        })
        .collect();
    all.sort_by_key(|p| p.ranges.first().map(|r| r.0.v));
    all
}
