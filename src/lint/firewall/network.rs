//! Checks of a firewall's interfaces, ways out and routes; changes nothing.

use super::super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::Bridges;

/// All of them.
pub(super) const LINTS: &[Lint] = &[tagged, private_ways, taken_aliases, around];

/// E1102, E1103, E0317: a VLAN that comes with its tag needs a bridge that keeps tags, a NIC that lets it pass, and a host that
/// has it.
fn tagged(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for f in &t.firewalls {
        for l in &f.legs {
            let Some(by) = l.carried_by else { continue };
            let vlan = t.vlan(l.vlan.v);
            if let Some(p) = t.targets.provider.filter(|p| !p.v.trunks) {
                sink.report(
                    Diag::new(code::E1103, format!("the provider {} lets no tag pass a NIC", p.v.source))
                        .at(x.span(by.at), format!("VLAN {} would come with its tag", vlan.name))
                        .at(x.span(p.at), "this provider")
                        .help("remove `carried-by`, or terraform-provider \"bpg/proxmox\" \"0.111\""),
                );
            }
            let mut seen: Vec<ProxmoxId> = Vec::new();
            for m in f.nodes.iter().map(|n| t.machine(*n)).filter(|m| m.on.v.is_known()) {
                let host = t.host(m.on.v);
                let proxmox = t.proxmox(host.proxmox);
                if proxmox.bridges.v == Bridges::PerVlan && !seen.contains(&host.proxmox) {
                    seen.push(host.proxmox);
                    let at = if proxmox.bridges.at.rule().is_some() { proxmox.at } else { proxmox.bridges.at };
                    sink.report(
                        Diag::new(
                            code::E1102,
                            format!(
                                "VLAN {} would come with its tag, and the bridges of {} have none",
                                vlan.name, proxmox.name
                            ),
                        )
                        .at(x.span(by.at), "no NIC of its own")
                        .at(x.span(at), "a bridge for each VLAN")
                        .help("bridges \"vlan-aware\", or remove `carried-by`"),
                    );
                }
                if !host.vlans.iter().any(|v| v.v == l.vlan.v) {
                    let list = host.vlans.first().map_or(host.at, |v| v.at);
                    sink.report(
                        Diag::new(
                            code::E0317,
                            format!("{} needs VLAN {}, which host {} does not bridge", m.name, vlan.name, host.name),
                        )
                        .at(x.span(l.at), "this interface")
                        .at(x.span(list), "the VLANs of the host")
                        .at(x.span(m.on.at), "it runs there")
                        .help(format!("add \"{}\" to `vlans`, or run it elsewhere", vlan.name)),
                    );
                }
            }
        }
    }
}

/// E1104: a way out with private addresses of its own lets private addresses in.
fn private_ways(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for f in &t.firewalls {
        for i in f.layer.network.interfaces.iter().filter(|i| i.gateway.is_some() && i.block_private.v) {
            let vlan = t.vlan(i.vlan.v);
            if !dropped_as_private(vlan.subnet.v.addr()) {
                continue;
            }
            sink.report(
                Diag::new(code::E1104, format!("firewall {} drops what comes from VLAN {} itself", f.name, vlan.name))
                    .at(x.span(i.block_private.at), "private addresses are dropped")
                    .at(x.span(vlan.subnet.at), "and these are private")
                    .note("it comes before every rule: no `allow` from there, or from a private network behind it, ever matches")
                    .help("block-private #false"),
            );
        }
    }
}

/// E0301: an address that the firewall answers for is nobody else's.
fn taken_aliases(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for f in &t.firewalls {
        for a in &f.layer.network.aliases {
            let Some(i) = f.layer.network.interfaces.get(a.interface) else { continue };
            let Some(c) = t.claims.iter().find(|c| c.vlan == i.vlan.v && c.address.v == a.address.v) else { continue };
            let who = t.owner(&c.owner);
            sink.report(
                Diag::new(
                    code::E0301,
                    format!("{} is taken twice: firewall {} as a public address and {who}", a.address, f.name),
                )
                .at(x.span(c.address.at), format!("by {who}"))
                .at(x.span(a.address.at), "inside this range, which is delivered as aliases")
                .help("leave it out of the `range`"),
            );
        }
    }
}

/// L1118: who has one foot before the firewall and one behind it is a way around it.
fn around(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (n, f) in t.firewalls.iter().enumerate().filter(|(_, f)| !f.layer.network.interfaces.is_empty()) {
        for (id, m) in t.machine_ids() {
            if matches!(m.kind, MachineKind::Firewall { .. }) || t.incomplete.machines.contains(&id) {
                continue;
            }
            let on = |is: &dyn Fn(&Router) -> bool| m.nics.iter().find(|n| !n.bare.v && is(&t.vlan(n.vlan.v).router.v));
            let inside = on(&|r| matches!(r, Router::Firewall(o) if o.0 as usize == n));
            let outside = on(&|r| matches!(r, Router::Upstream(_)));
            let (Some(inside), Some(outside)) = (inside, outside) else { continue };
            // Nodes of a group are made from one statement, and one of them is enough.
            if first_of_its_group(t, id, m) {
                let (a, b) = (t.vlan(outside.vlan.v), t.vlan(inside.vlan.v));
                sink.report(
                    Diag::new(code::L1118, format!("{} is a way around firewall {}: it is on VLAN {} and on {}", m.name, f.name, a.name, b.name))
                        .at(x.span(outside.at), "routed by others")
                        .at(x.span(inside.at), "behind the firewall")
                        .note("what it sends on VLANs of its own passes no rule, and whoever takes it over stands behind the firewall")
                        .help(format!("remove nic \"{}\" and let it be reached through the firewall", a.name)),
                );
            }
        }
    }
}

fn first_of_its_group(t: &Topology, id: MachineId, m: &Machine) -> bool {
    let MachineKind::Node { cluster, group } = &m.kind else { return true };
    if !cluster.is_known() {
        return false;
    }
    t.cluster(*cluster).groups.get(*group as usize).is_some_and(|g| g.nodes.first() == Some(&id))
}
