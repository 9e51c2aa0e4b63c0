//! Lints of hypervisors and the switches in front of them: does each VLAN arrive, whole, where a guest needs it?

use std::collections::BTreeMap;

use super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::BondMode;
use crate::source::Origin;

/// E0317: a machine's host bridges its VLANs.
pub fn vlans_on_hosts(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for m in t.machines.iter().filter(|m| m.on.v.is_known()) {
        let host = t.host(m.on.v);
        for n in &m.nics {
            if !host.vlans.iter().any(|v| v.v == n.vlan.v) {
                let vlan = t.vlan(n.vlan.v);
                let list = host.vlans.first().map_or(host.at, |v| v.at);
                sink.report(
                    Diag::new(
                        code::E0317,
                        format!("{} needs VLAN {}, which host {} does not bridge", m.name, vlan.name, host.name),
                    )
                    .at(x.span(n.at), "this NIC")
                    .at(x.span(list), "the VLANs of the host")
                    .at(x.span(m.on.at), "it runs there")
                    .help(format!("add \"{}\" to `vlans`, or run it elsewhere", vlan.name)),
                );
            }
        }
    }
    for h in &t.hosts {
        let Some(m) = t.proxmox(h.proxmox).management else { continue };
        let further = h.addresses.iter().map(|a| a.vlan);
        for needed in std::iter::once(m).chain(further) {
            if !h.vlans.iter().any(|v| v.v == needed.v) {
                let list = h.vlans.first().map_or(h.at, |v| v.at);
                sink.report(
                    Diag::new(
                        code::E0317,
                        format!(
                            "host {} has an address on VLAN {}, which it does not bridge",
                            h.name,
                            t.vlan(needed.v).name
                        ),
                    )
                    .at(x.span(needed.at), "this VLAN")
                    .at(x.span(list), "the VLANs of the host")
                    .help(format!("add \"{}\" to `vlans`", t.vlan(needed.v).name)),
                );
            }
        }
    }
}

/// NICs that carry a host's VLANs: its trunk, or the ports of the bond that is its trunk.
fn uplinks(h: &Host) -> Vec<&str> {
    let Some(trunk) = &h.trunk else { return Vec::new() };
    match h.bonds.iter().find(|b| b.name.v == trunk.v) {
        Some(b) => b.ports.iter().map(|p| &*p.v).collect(),
        None => vec![&*trunk.v],
    }
}

fn nics_of(h: &Host) -> Vec<&str> {
    let mut all = uplinks(h);
    all.extend(h.bonds.iter().flat_map(|b| b.ports.iter().map(|p| &*p.v)));
    all.extend(h.nics.iter().map(|n| &*n.name.v));
    all.sort_unstable();
    all.dedup();
    all
}

/// E0332, E0333: a cable ends at one NIC of one host.
pub fn cables(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let mut ends: BTreeMap<(HostId, &str), Origin> = BTreeMap::new();
    for s in &t.switches {
        let mut names: BTreeMap<&str, Origin> = BTreeMap::new();
        for p in &s.ports {
            if let Some(first) = names.insert(&p.name.v, p.name.at) {
                sink.report(
                    Diag::new(code::E0333, format!("port {} of switch {} is stated twice", p.name.v, s.name))
                        .at(x.span(p.name.at), "again here")
                        .at(x.span(first), "first here")
                        .help("keep one of the two"),
                );
            }
            let Some(host) = p.host else { continue };
            if !host.v.is_known() {
                let known: Vec<&str> = t.hosts.iter().map(|h| h.name.v.as_str()).collect();
                let text =
                    x.facts.switch.iter().flat_map(|f| &f.port).filter_map(|f| f.to.as_ref()).find(|f| f.at == host.at);
                let name = text.and_then(|f| f.v.split_once('.')).map_or("", |(h, _)| h);
                let d = Diag::new(code::E0332, format!("no host is called \"{name}\""))
                    .gathered()
                    .at(x.span(host.at), "the cable would end nowhere");
                sink.report(match crate::schema::nearest(name, &known) {
                    Some(n) => d.help(format!("did you mean \"{n}\"?")),
                    None => d.help(format!("there are {}", known.join(", "))),
                });
                continue;
            }
            let h = t.host(host.v);
            let nics = nics_of(h);
            // Where the NIC is a port of a bond that is stated and not used, that is what is wrong, and E0818 says it.
            let unused = |b: &&crate::ir::facts::BondFacts| {
                b.name.as_ref().is_some_and(|n| !t.hosts.iter().any(|h| h.trunk.as_ref().is_some_and(|k| k.v == n.v)))
            };
            let mut lost = x.facts.proxmox.iter().flat_map(|f| &f.bond).filter(unused).flat_map(|b| &b.ports);
            let excused = t.incomplete.hosts.contains(&host.v) || lost.any(|n| n.v == p.nic.v);
            if !excused && !nics.contains(&&*p.nic.v) {
                let d = Diag::new(code::E0332, format!("host {} uses no NIC {}", h.name, p.nic.v))
                    .at(x.span(p.nic.at), "the cable would end nowhere")
                    .at(x.span(h.at), format!("it uses {}", nics.join(", ")));
                sink.report(match crate::schema::nearest(&p.nic.v, &nics) {
                    Some(n) => d.help(format!("to=\"{}.{n}\"", h.name)),
                    None => d.help(format!("add nic \"{}\" to the host", p.nic.v)),
                });
            }
            if let Some(first) = ends.insert((host.v, &p.nic.v), p.nic.at) {
                sink.report(
                    Diag::new(code::E0333, format!("two cables end at {}.{}", h.name, p.nic.v))
                        .at(x.span(p.nic.at), "this one")
                        .at(x.span(first), "and this one")
                        .help("a NIC has one port"),
                );
            }
        }
    }
    for h in &t.hosts {
        let mut used: BTreeMap<&str, Origin> = BTreeMap::new();
        for b in &h.bonds {
            for p in &b.ports {
                if let Some(first) = used.insert(&p.v, p.at) {
                    sink.report(
                        Diag::new(code::E0333, format!("{} is a port of two bonds of host {}", p.v, h.name))
                            .at(x.span(p.at), "here")
                            .at(x.span(first), "and here")
                            .help("a NIC has one bond"),
                    );
                }
            }
        }
    }
    for p in &x.facts.proxmox {
        for b in p.bond.iter().filter_map(|b| b.name.as_ref()) {
            let id = p.name.as_ref().map(|n| &n.v.0);
            let used = t
                .hosts
                .iter()
                .any(|h| Some(&t.proxmox(h.proxmox).name.v) == id && h.trunk.as_ref().is_some_and(|k| k.v == b.v));
            if !used {
                sink.report(
                    Diag::new(code::E0818, format!("no host uses bond {}", b.v))
                        .at(x.span(b.at), "nothing would come of this")
                        .help(format!("trunk \"{}\", or remove the bond", b.v)),
                );
            }
        }
    }
}

/// E0334: the port in front of a host carries every VLAN that the host bridges.
pub fn ports(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for s in &t.switches {
        for p in &s.ports {
            let Some(host) = p.host.filter(|h| h.v.is_known()) else { continue };
            let h = t.host(host.v);
            if !uplinks(h).contains(&&*p.nic.v) {
                continue;
            }
            let mut missing = Vec::new();
            for v in &h.vlans {
                let vlan = t.vlan(v.v);
                let tagged =
                    p.trunk.iter().any(|k| k.v == v.v) || p.tags.iter().any(|r| (r.v.0..=r.v.1).contains(&vlan.tag.v));
                let native = p.native.is_some_and(|n| n.v == v.v);
                if native {
                    sink.report(
                        Diag::new(
                            code::E0334,
                            format!(
                                "port {} carries VLAN {} without a tag, host {} expects tag {}",
                                p.name.v, vlan.name, h.name, vlan.tag
                            ),
                        )
                        .at(x.span(p.native.map_or(p.at, |n| n.at)), "untagged here")
                        .at(x.span(v.at), "bridged here")
                        .help(format!("trunk \"{}\"", vlan.name)),
                    );
                } else if !tagged {
                    missing.push((vlan.name.v.as_str(), v.at));
                }
            }
            let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
            let (many, all) = (if names.len() > 1 { "VLANs" } else { "VLAN" }, names.join(", "));
            if !missing.is_empty() {
                let d = Diag::new(
                    code::E0334,
                    format!(
                        "port {} of {} does not carry {many} {all}, which host {} bridges",
                        p.name.v, s.name, h.name
                    ),
                )
                .at(x.span(p.at), "this port");
                let d = missing.iter().fold(d, |d, (_, at)| d.at(x.span(*at), "bridged here"));
                sink.report(d.help(format!("add \"{}\" to `trunk`", names.join("\" \""))));
            }
        }
    }
}

/// L0318: a tag that a port carries is a VLAN that somebody knows (RFC fault A6).
pub fn undefined_tags(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for s in &t.switches {
        for p in &s.ports {
            for r in &p.tags {
                let unknown: Vec<String> = (r.v.0..=r.v.1)
                    .filter(|tag| !t.vlans.iter().any(|v| v.tag.v == *tag))
                    .map(|n| n.to_string())
                    .collect();
                if unknown.is_empty() {
                    continue;
                }
                let shown = if unknown.len() > 5 {
                    format!("{} and {} more", unknown[..5].join(", "), unknown.len() - 5)
                } else {
                    unknown.join(", ")
                };
                sink.report(
                    Diag::new(
                        code::L0318,
                        format!(
                            "port {} carries tag{} {shown}, which no VLAN has",
                            p.name.v,
                            if unknown.len() > 1 { "s" } else { "" }
                        ),
                    )
                    .at(x.span(r.at), "these tags")
                    .help("trunk \"all\" carries exactly the VLANs of this file"),
                );
            }
        }
    }
}

/// E0319: every packet that a VLAN carries passes each port on its way.
pub fn mtu_chain(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for s in &t.switches {
        for p in &s.ports {
            let Some(host) = p.host.filter(|h| h.v.is_known()) else { continue };
            let h = t.host(host.v);
            let largest = h.vlans.iter().map(|v| t.vlan(v.v)).filter(|v| v.mtu.v > s.mtu.v).max_by_key(|v| v.mtu.v);
            let Some(vlan) = largest.filter(|_| uplinks(h).contains(&&*p.nic.v)) else { continue };
            let at = if s.mtu.at.rule().is_some() { s.name.at } else { s.mtu.at };
            sink.report(
                Diag::new(
                    code::E0319,
                    format!("VLAN {} sends {} bytes, switch {} carries {}", vlan.name, vlan.mtu.v, s.name, s.mtu.v),
                )
                .at(x.span(vlan.mtu.at), "the VLAN's MTU")
                .at(x.span(at), if s.mtu.at.rule().is_some() { "not stated: 1500" } else { "the switch's" })
                .at(x.span(p.at), "on the way to a host that bridges it")
                .gathered()
                .help("mtu 9216, once the network team has set it"),
            );
        }
    }
}

/// E0819: an LACP bond meets one group on the switch, and a group meets an LACP bond.
pub fn bond_groups(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (id, h) in t.host_ids().filter(|(id, _)| !t.incomplete.hosts.contains(id)) {
        for b in &h.bonds {
            let ports: Vec<(&Switch, &SwitchPort)> = t
                .switches
                .iter()
                .flat_map(|s| s.ports.iter().map(move |p| (s, p)))
                .filter(|(_, p)| p.host.is_some_and(|k| k.v == id) && b.ports.iter().any(|n| n.v == p.nic.v))
                .collect();
            match b.mode.v {
                BondMode::Lacp => {
                    // The first group that is stated is the bond's; a port without one, or with another, is the one that is wrong.
                    let first = ports.iter().find_map(|(_, p)| p.group.as_ref());
                    for (s, p) in &ports {
                        let same = match (&p.group, first) {
                            (Some(a), Some(b)) => a.v == b.v,
                            (None, _) | (_, None) => false,
                        };
                        if !same {
                            sink.report(
                                Diag::new(
                                    code::E0819,
                                    format!(
                                        "port {} of {} is not in the LACP group of bond {} of {}",
                                        p.name.v, s.name, b.name.v, h.name
                                    ),
                                )
                                .at(x.span(p.group.as_ref().map_or(p.at, |g| g.at)), "this port")
                                .at(x.span(b.mode.at), "LACP needs one group on the switch")
                                .note("without it the bond uses one port, or none")
                                .help(format!(
                                    "group \"{}\" on every port of the bond",
                                    first.map_or("lag1", |g| &*g.v)
                                )),
                            );
                        }
                    }
                }
                BondMode::ActiveBackup => {
                    for (s, p) in ports {
                        if let Some(g) = &p.group {
                            sink.report(
                                Diag::new(
                                    code::E0819,
                                    format!(
                                        "port {} of {} is in LACP group {}, bond {} of {} speaks no LACP",
                                        p.name.v, s.name, g.v, b.name.v, h.name
                                    ),
                                )
                                .at(x.span(g.at), "this group")
                                .at(x.span(b.mode.at), "active-backup")
                                .help("remove the group, or state mode \"lacp\""),
                            );
                        }
                    }
                }
            }
        }
    }
}
