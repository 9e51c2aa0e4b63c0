//! Decided rules of a firewall as sets of packets; decides nothing.

use std::collections::BTreeSet;

use super::{Addresses, Packets, Ranges, Traffic};
use crate::ir::*;
use crate::schema::{IpProtocol, PortSpan};

/// The packets that a rule is about. Addresses that a name, a list or a country stands for are atoms.
pub fn packets(t: &Topology, f: &Firewall, r: &FilterRule) -> Packets {
    Packets { from: end(t, f, &r.source), to: end(t, f, &r.target), traffic: traffic(f, &r.traffic) }
}

/// What stands for addresses that a firewall has beyond those of the topology's interfaces, such as public ones.
pub const ITSELF: &str = "the firewall itself";

/// All addresses of a firewall.
pub fn itself(t: &Topology, f: &Firewall) -> Addresses {
    let nics = f.nodes.iter().flat_map(|n| &t.machine(*n).nics).filter_map(|n| n.address);
    let own = f.legs.iter().filter_map(|l| l.address).chain(nics);
    let known = own.fold(Ranges::default(), |r, a| r.union(&Ranges::of(a.v.into(), a.v.into())));
    Addresses { known, atoms: BTreeSet::from([ITSELF.to_string()]) }
}

/// The addresses of one end.
pub fn end(t: &Topology, f: &Firewall, e: &RuleEnd) -> Addresses {
    match e {
        RuleEnd::Any => Addresses::all(),
        RuleEnd::Itself => itself(t, f),
        RuleEnd::Address(a) => Addresses { known: Ranges::of(a.v.into(), a.v.into()), atoms: BTreeSet::new() },
        RuleEnd::Alias(name) => alias(f, name.v.0.as_str(), 0),
        RuleEnd::Not(name) => {
            let inner = alias(f, name.v.0.as_str(), 0);
            Addresses { known: Addresses::all().known.minus(&inner.known), atoms: BTreeSet::new() }
        }
    }
}

/// What an alias of addresses holds; what cannot be known here is an atom.
pub fn alias(f: &Firewall, name: &str, depth: usize) -> Addresses {
    let mut all = Addresses::default();
    let Some(found) = f.layer.filter.aliases.iter().find(|a| a.name.v.0 == name) else { return all };
    match &found.content {
        AliasContent::Hosts(hosts) => {
            for (first, last) in hosts {
                let last = last.map_or(first.v, |l| l.v);
                all.known = all.known.union(&Ranges::of(first.v.into(), last.into()));
            }
        }
        AliasContent::Networks { nets, except } => {
            for n in nets {
                all.known = all.known.union(&Ranges::net(n.v));
            }
            for e in except {
                all.known = all.known.minus(&Ranges::net(e.v));
            }
        }
        AliasContent::Names(names) => all.atoms.extend(names.iter().map(|n| format!("name {}", n.v))),
        AliasContent::Feed { url, every: _ } => {
            all.atoms.insert(format!("feed {}", url.v));
        }
        AliasContent::Countries(list) => all.atoms.extend(list.iter().map(|c| format!("country {}", c.v))),
        AliasContent::Aliases(list) => {
            // Deeper than any that topoc makes: a circle is nobody.
            if depth < 8 {
                for inner in list {
                    all = all.union(&alias(f, &inner.v.0, depth + 1));
                }
            }
        }
        AliasContent::Ports(_) => {}
    }
    all
}

fn traffic(f: &Firewall, t: &RuleTraffic) -> Traffic {
    match t {
        RuleTraffic::Any => Traffic::all(),
        RuleTraffic::Icmp(types) if types.is_empty() => Traffic::all_icmp(),
        RuleTraffic::Icmp(types) => types.iter().fold(Traffic::default(), |all, t| all.union(&Traffic::icmp(t.v))),
        RuleTraffic::Protocol(p) => Traffic::protocol(number(p.v)),
        RuleTraffic::Ports { tcp, udp, at } => {
            let spans: Vec<PortSpan> = match at {
                RulePorts::Span(s) => vec![s.v],
                RulePorts::Alias(name) => f
                    .layer
                    .filter
                    .aliases
                    .iter()
                    .filter(|a| a.name.v == name.v)
                    .flat_map(|a| match &a.content {
                        AliasContent::Ports(list) => list.iter().map(|s| s.v).collect(),
                        AliasContent::Hosts(_)
                        | AliasContent::Networks { .. }
                        | AliasContent::Names(_)
                        | AliasContent::Feed { .. }
                        | AliasContent::Countries(_)
                        | AliasContent::Aliases(_) => Vec::new(),
                    })
                    .collect(),
            };
            spans.iter().fold(Traffic::default(), |mut all, PortSpan((a, b))| {
                if *tcp {
                    all = all.union(&Traffic::tcp(*a, *b));
                }
                if *udp {
                    all = all.union(&Traffic::udp(*a, *b));
                }
                all
            })
        }
    }
}

/// The number of a protocol (IANA, protocol numbers).
pub fn number(p: IpProtocol) -> u8 {
    match p {
        IpProtocol::Ah => 51,
        IpProtocol::Esp => 50,
        IpProtocol::Gre => 47,
        IpProtocol::Igmp => 2,
        IpProtocol::Ipip => 4,
        IpProtocol::Ospf => 89,
        IpProtocol::Pfsync => 240,
        IpProtocol::Pim => 103,
        IpProtocol::Vrrp => 112,
    }
}
