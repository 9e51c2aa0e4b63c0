//! Lints of machines: who fails together, what a disk or a system cannot do.

use std::collections::BTreeMap;

use super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{NodeRole, VmRole};

/// E0801, L0812, L0820: the loss of one host never costs a quorum (RFC fault K7).
pub fn quorum(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.facts.cluster {
        let mut on: BTreeMap<&str, u32> = BTreeMap::new();
        let (mut total, mut groups) = (0u32, Vec::new());
        for g in c.nodes.iter().filter(|g| g.role.is_some_and(|r| r.v == NodeRole::ControlPlane)) {
            let count = g.count.map_or(1, |c| c.v.0);
            total += count;
            groups.push(g);
            for i in 0..count as usize {
                if let Some(h) = g.spread.get(i % g.spread.len().max(1)) {
                    *on.entry(h.v.as_str()).or_default() += 1;
                }
            }
        }
        let Some(first) = groups.first() else { continue };
        if total > 1 && total.is_multiple_of(2) {
            sink.report(
                Diag::new(
                    code::L0812,
                    format!("{total} control-plane nodes bear no more losses than {} would", total - 1),
                )
                .at(x.span(first.count.map_or(first.at, |c| c.at)), "etcd needs more than half")
                .help(format!("count {}", total + 1)),
            );
        }
        let quorum = total / 2 + 1;
        // One node a host is the best that two nodes can do: that is `even-quorum`.
        for (host, n) in on.iter().filter(|(_, n)| **n > 1 && total - **n < quorum) {
            let spread = first.spread.first().map_or(first.at, |s| s.at);
            let count = first.count.map_or(first.at, |c| c.at);
            // Two hosts can do no better than two and one: worth saying, not worth refusing.
            if x.topology.hosts.len() == 2 && on.len() == 2 {
                sink.report(
                    Diag::new(code::L0820, format!("the loss of host {host} takes {n} of {total} control-plane nodes"))
                        .at(x.span(spread), "they are spread over two hosts")
                        .at(x.span(count), format!("etcd needs {quorum} of them"))
                        .help("a third host bears the loss of any one"),
                );
                continue;
            }
            let hosts: Vec<String> = x.topology.hosts.iter().map(|h| format!("\"{}\"", h.name)).take(3).collect();
            let help = match hosts.len() {
                3 => format!("spread {}", hosts.join(" ")),
                _ => "three hosts at least, or count 1".into(),
            };
            sink.report(
                Diag::new(code::E0801, format!("{n} of {total} control-plane nodes are on host {host}"))
                    .at(x.span(spread), "they are spread over these hosts")
                    .at(x.span(count), format!("etcd needs {quorum} of them"))
                    .help(help),
            );
        }
    }
}

/// L0821: each host of a spread gets a node.
pub fn idle_hosts(x: &Lints<'_>, sink: &mut Sink) {
    for g in x.facts.cluster.iter().flat_map(|c| &c.nodes) {
        let count = g.count.map_or(1, |c| c.v.0);
        for h in g.spread.iter().skip(count as usize) {
            sink.report(
                Diag::new(code::L0821, format!("host {} gets none of {count} nodes", h.v))
                    .at(x.span(h.at), "behind the last that gets one")
                    .at(x.span(g.count.map_or(g.at, |c| c.at)), "so many nodes")
                    .help(format!("count {}, or take the host out of `spread`", g.spread.len())),
            );
        }
    }
}

/// E0814: the two machines of a firewall are on two hosts.
pub fn pairs(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.facts.firewall {
        for (i, b) in f.node.iter().enumerate() {
            let twin = f.node[..i].iter().find(|a| a.on.is_some() && a.on == b.on);
            if let (Some(a), Some(on)) = (twin, &b.on) {
                sink.report(
                    Diag::new(code::E0814, format!("both nodes of a firewall are on host {}", on.v))
                        .at(x.span(on.at), "this one")
                        .at(x.span(a.on.as_ref().map_or(a.at, |o| o.at)), "and this one")
                        .help("run one of them on another host"),
                );
            }
        }
    }
}

/// E0802: HA moves a machine only when its disks can be reached from elsewhere (RFC fault K7).
pub fn ha_storage(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let mut seen = Vec::new();
    for m in &t.machines {
        let Some(ha) = &m.ha else { continue };
        for d in m.disks.iter().filter(|d| d.datastore.v.is_known()) {
            let store = t.datastore(d.datastore.v);
            if store.shared.v || seen.contains(&(ha.at, d.at)) {
                continue;
            }
            seen.push((ha.at, d.at));
            sink.report(
                Diag::new(
                    code::E0802,
                    format!(
                        "HA cannot move {}: disk {} is on {}, which each host has for itself",
                        m.name, d.name.v, store.name
                    ),
                )
                .at(x.span(ha.at), "HA is to look after it")
                .at(x.span(d.at), "this disk")
                .at(x.span(store.shared.at), "not shared")
                .help("keep the disk on a shared datastore, or remove `ha`"),
            );
        }
    }
}

/// What becomes of an account on a system without our cloud-init.
fn accounts(template: &Template) -> &'static str {
    match template.os.v.router {
        true => "remove `login`: accounts of the router are part of its own configuration",
        false => "remove `login`: accounts of the firewall are part of its configuration",
    }
}

/// E0806, E0822: what is said of a machine fits the system in its template (RFC fault F2).
pub fn systems(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let mut seen = Vec::new();
    for template in t.templates.iter().filter(|k| !k.os.v.linux) {
        if let Some(l) = template.login {
            sink.report(
                Diag::new(code::E0806, format!("a login has no effect on {}", template.os.v.name))
                    .at(x.span(l.at), "cloud-init would make this account")
                    .at(x.span(template.os.at), "there is no cloud-init in it")
                    .help(accounts(template)),
            );
        }
    }
    for m in &t.machines {
        if !m.template.v.is_known() {
            continue;
        }
        let template = t.template(m.template.v);
        // What it is, whether the system is one for that, and what to write.
        let os = template.os.v;
        let (what, fits, help) = match &m.kind {
            MachineKind::Firewall { .. } => ("a firewall", !os.linux && !os.router, "os \"opnsense\""),
            MachineKind::Single { role } if role.v == VmRole::Router => ("a router", os.router, "os \"vyos\""),
            MachineKind::Single { .. } if os.router => ("no router", false, "role \"router\""),
            MachineKind::Single { .. } | MachineKind::Node { .. } => {
                ("a machine that is no firewall", os.linux, "os \"ubuntu-24.04\"")
            }
        };
        if !fits && !seen.contains(&m.template.at) {
            seen.push(m.template.at);
            sink.report(
                Diag::new(code::E0822, format!("{} is {what}, its template holds {}", m.name, os.name))
                    .at(x.span(m.template.at), "this template")
                    .at(x.span(template.os.at), "what it holds")
                    .help(help),
            );
        }
        if !template.os.v.linux {
            if let Some(l) = m.login.filter(|l| template.login.is_none_or(|k| k.at != l.at) && !seen.contains(&l.at)) {
                seen.push(l.at);
                sink.report(
                    Diag::new(
                        code::E0806,
                        format!("a login has no effect on {}, which holds {}", m.name, template.os.v.name),
                    )
                    .at(x.span(l.at), "cloud-init would make this account")
                    .at(x.span(template.os.at), "there is no cloud-init in it")
                    .help(accounts(template)),
                );
            }
            if m.first_boot.at.rule().is_none() && !seen.contains(&m.first_boot.at) {
                seen.push(m.first_boot.at);
                sink.report(
                    Diag::new(
                        code::E0806,
                        format!("first-boot has no effect on {}, which holds {}", m.name, template.os.v.name),
                    )
                    .at(x.span(m.first_boot.at), "this names somebody who is not there")
                    .at(x.span(template.os.at), "there is no cloud-init and no Netplan in it")
                    .help(if template.os.v.router {
                        "remove `first-boot`: its own commands have its addresses"
                    } else {
                        "remove `first-boot`: the firewall's configuration has its addresses"
                    }),
                );
            }
            if template.agent.v && !seen.contains(&template.agent.at) {
                seen.push(template.agent.at);
                sink.report(
                    Diag::new(code::E0806, format!("there is no QEMU guest agent in {}", template.os.v.name))
                        .at(x.span(template.agent.at), "Terraform would wait for it")
                        .at(x.span(template.os.at), "what the template holds")
                        .help("remove `agent`"),
                );
            }
        }
    }
}

/// E0815: a check of the API ends before the next begins.
pub fn checks(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let Some(v) = &c.api.vrrp else { continue };
        if v.interval.v < 2 {
            sink.report(
                Diag::new(code::E0815, format!("the API is checked every {} s, a check may take 1 s", v.interval.v))
                    .at(x.span(v.interval.at), "the next check would start before the last has ended")
                    .help("interval \"3s\""),
            );
        }
    }
}

/// E0605: no fragment hides what a later build changes (RFC fault T2).
pub fn raw_edits(x: &Lints<'_>, sink: &mut Sink) {
    for r in x.topology.raws.iter().filter(|r| r.path.v.starts_with("terraform_ansible/terraform/")) {
        let Some(f) = x.facts.raw.iter().find(|f| f.at == r.at) else { continue };
        for word in f.with.iter().flat_map(|w| &w.keys) {
            if word.path.last().is_some_and(|w| w == "ignore_changes") {
                sink.report(
                    Diag::new(code::E0605, "ignore_changes hides what a later build changes")
                        .at(word.span, "Terraform would overlook it for ever")
                        .at(x.span(r.at), "in this fragment")
                        .help("remove it: topoc's files agree with what Proxmox reports"),
                );
            }
        }
    }
}
