//! Pass: stable ids. MAC addresses and VM ids come from names, so nothing that is added renumbers the rest.

use std::collections::BTreeMap;

use super::Cx;
use super::lock::Lock;
use super::machines::Draft;
use super::rules::*;
use crate::diag::{Diag, code};
use crate::ir::facts::Facts;
use crate::ir::*;
use crate::schema::Mac;
use crate::source::{Origin, Sp};

/// VM ids that topoc gives out when nothing is stated: clear of those that people give by hand.
const VM_IDS: (u32, u32) = (100_000, 999_999);

/// Fills in VM ids and MAC addresses.
pub fn assign(facts: &Facts, t: &mut Topology, drafts: &[Draft<'_>], lock: &Lock, cx: &mut Cx<'_>) {
    let topology = t.meta.as_ref().map_or(String::new(), |m| m.name.v.to_string());
    let named = t.meta.as_ref().map(|m| m.name.at);
    vm_ids(facts, t, drafts, lock, &topology, named, cx);
    macs(t, &topology, named, cx);
}

fn vm_ids(
    facts: &Facts,
    t: &mut Topology,
    drafts: &[Draft<'_>],
    lock: &Lock,
    topology: &str,
    named: Option<Origin>,
    cx: &mut Cx<'_>,
) {
    let stated = facts.proxmox.iter().find_map(|p| p.vm_ids.as_ref());
    let (from, to) = match stated.map(|s| (s.from, s.to)) {
        Some((Some(a), Some(b))) if a.v <= b.v => (a.v.0, b.v.0),
        Some((Some(a), Some(b))) => {
            let (x, y) = (cx.span(b.at), cx.span(a.at));
            cx.report(
                Diag::new(code::E0324, "the VM ids end before they start")
                    .at(x, "they end here")
                    .at(y, "they start here")
                    .help(format!("vm-ids {} {}", b.v, a.v)),
            );
            VM_IDS
        }
        _ => VM_IDS,
    };
    let range_at = stated.map(|s| s.at);
    // The ids that are given out cite both ends: neither may be dropped.
    let ends: Vec<Origin> = stated.iter().flat_map(|s| [s.from, s.to]).flatten().map(|id| id.at).collect();
    let mut taken: BTreeMap<u32, (Sp<()>, String)> = BTreeMap::new();
    for template in &t.templates {
        if let Some(id) = template.vm_id {
            taken.insert(id.v, (Sp::new((), id.at), format!("template {}", template.name)));
        }
    }
    // What is stated comes first, then what was given out before, then the rest in the order of names.
    for (m, d) in t.machines.iter_mut().zip(drafts) {
        let Some(id) = d.vm_id else { continue };
        if let Some((first, who)) = taken.get(&id.v.0) {
            let (x, y) = (cx.span(id.at), cx.span(first.at));
            cx.report(
                Diag::new(code::E0327, format!("VM id {} is taken twice", id.v))
                    .at(x, format!("by {}", m.name))
                    .at(y, format!("by {who}"))
                    .help("give one of them another id, or none: topoc derives one"),
            );
        }
        taken.insert(id.v.0, (Sp::new((), id.at), m.name.to_string()));
        m.vm_id = id.map(|i| i.0);
    }
    let size = u64::from(to - from) + 1;
    let mut open = Vec::new();
    for (i, (m, d)) in t.machines.iter_mut().zip(drafts).enumerate() {
        if d.vm_id.is_some() {
            continue;
        }
        let kept = lock
            .machines
            .get(&m.name.v)
            .map(|l| l.vm_id)
            .filter(|id| (from..=to).contains(id) && !taken.contains_key(id));
        match kept {
            Some(id) => {
                taken.insert(id, (Sp::new((), d.name.at), m.name.to_string()));
                let wish = wish(topology, &m.name.v, from, size);
                let rule = if wish == id { DERIVED_VM_ID } else { LOCKED_VM_ID };
                m.vm_id = cx.make(id, rule, &origins(d.name.at, named, &ends));
            }
            None => open.push(i),
        }
    }
    for i in open {
        let (m, d) = (&mut t.machines[i], &drafts[i]);
        let mut id = wish(topology, &m.name.v, from, size);
        let start = id;
        while taken.contains_key(&id) {
            id = if id == to { from } else { id + 1 };
            if id == start {
                let x = cx.span(range_at.unwrap_or(d.at));
                cx.report(
                    Diag::new(code::E0328, format!("all VM ids from {from} to {to} are taken"))
                        .at(x, format!("{} has none", m.name))
                        .help(format!("vm-ids {from} {}", u64::from(to) + t.machines.len() as u64)),
                );
                return;
            }
        }
        taken.insert(id, (Sp::new((), d.name.at), m.name.to_string()));
        m.vm_id = cx.make(id, DERIVED_VM_ID, &origins(d.name.at, named, &ends));
    }
}

fn origins(name: Origin, topology: Option<Origin>, range: &[Origin]) -> Vec<Origin> {
    [Some(name), topology].into_iter().flatten().chain(range.iter().copied()).collect()
}

fn wish(topology: &str, machine: &str, from: u32, size: u64) -> u32 {
    let hash = blake3::hash(format!("vm-id\0{topology}\0{machine}").as_bytes());
    let mut first = [0u8; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    from + u32::try_from(u64::from_le_bytes(first) % size).unwrap_or(0)
}

fn macs(t: &mut Topology, topology: &str, named: Option<Origin>, cx: &mut Cx<'_>) {
    let vlans = &t.vlans;
    let mut taken: BTreeMap<Mac, (Origin, String)> = BTreeMap::new();
    for m in &mut t.machines {
        for nic in &mut m.nics {
            let vlan = &vlans[nic.vlan.v.0 as usize];
            if nic.mac.v == Mac([0; 6]) {
                let hash = blake3::hash(format!("mac\0{topology}\0{}\0{}", m.name, vlan.name).as_bytes());
                let b = hash.as_bytes();
                // 02: locally administered, one interface.
                let mac = Mac([0x02, b[0], b[1], b[2], b[3], b[4]]);
                let from: Vec<Origin> = [Some(m.name.at), Some(vlan.name.at), named].into_iter().flatten().collect();
                nic.mac = cx.make(mac, DERIVED_MAC, &from);
            }
            let who = format!("{} on {}", m.name, vlan.name);
            if let Some((at, first)) = taken.insert(nic.mac.v, (nic.mac.at, who.clone())) {
                let (x, y) = (cx.span(nic.mac.at), cx.span(at));
                cx.report(
                    Diag::new(code::E0326, format!("MAC address {} is taken twice", nic.mac))
                        .at(x, format!("by {who}"))
                        .at(y, format!("by {first}"))
                        .help("state another: mac=\"02:00:5e:10:00:01\""),
                );
            }
        }
    }
}
