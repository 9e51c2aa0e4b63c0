//! Pass: which things lack a part that was wrong and reported, so that nobody complains of what follows from that.

use super::machines::{Draft, Part};
use super::{Cx, Index};
use crate::ir::Incomplete;
use crate::ir::facts::{BondFacts, Facts, WanFacts};

/// Finds them in what was said; decides nothing else.
pub fn find(facts: &Facts, index: &Index, drafts: &[Draft<'_>], cx: &Cx<'_>) -> Incomplete {
    let mut all = Incomplete::default();
    for u in &facts.upstream {
        let Some(name) = &u.name else { continue };
        let whole = |r: &crate::ir::facts::RouterFacts| {
            r.address.is_some() && r.vlan.as_ref().is_some_and(|v| index.vlan(&v.v.0).is_known())
        };
        if !u.router.iter().all(whole) {
            all.upstreams.insert(index.upstream(&name.v.0));
        }
    }
    for f in &facts.firewall {
        let Some(name) = &f.name else { continue };
        let known =
            |v: Option<&crate::source::Sp<crate::schema::VlanRef>>| v.is_some_and(|v| index.vlan(&v.v.0).is_known());
        let upstream = |w: &WanFacts| w.gateway.as_ref().is_some_and(|g| index.upstream(&g.v.0).is_known());
        let wan = !f.wan.is_empty() && f.wan.iter().all(|w| known(w.vlan.as_ref()) && upstream(w));
        let ways = f.wan.iter().map(|w| (&w.vlan, w.address.is_some() || w.dhcp.is_some_and(|d| d.v)));
        let inner = f.interface.iter().map(|i| (&i.vlan, i.address.is_some()));
        // A number that a subnet does not have is no address either.
        let has = |vlan: &crate::schema::VlanRef| {
            let subnet = facts.vlan.iter().find(|v| v.name.as_ref().is_some_and(|n| n.v.0 == vlan.0))?.subnet?.v.0;
            Some(u64::from(f.host?.v.0) < (1u64 << (32 - subnet.prefix_len())) - 1)
        };
        let addressed = |(vlan, stated): (&Option<crate::source::Sp<crate::schema::VlanRef>>, bool)| {
            stated || vlan.as_ref().is_none_or(|v| has(&v.v).unwrap_or(false))
        };
        if !wan || !f.interface.iter().all(|i| known(i.vlan.as_ref())) || !ways.chain(inner).all(addressed) {
            all.firewalls.insert(index.firewall(&name.v.0));
        }
    }
    for d in drafts {
        let own = d.hardware.nic.iter();
        let shared = d.shared.map(|s| s.nic.as_slice()).unwrap_or_default().iter();
        let lost = own.chain(shared).any(|n| {
            let addressed = n.address.is_some()
                || n.host.is_some()
                || d.number.is_some()
                || n.dhcp.is_some_and(|x| x.v)
                || n.bare.is_some_and(|x| x.v);
            !addressed || n.vlan.as_ref().is_none_or(|v| !index.vlan(&v.v.0).is_known())
        });
        let of_firewall = match &d.part {
            Part::Firewall(f, _) => f.name.as_ref().is_none_or(|n| all.firewalls.contains(&index.firewall(&n.v.0))),
            Part::Single(_) | Part::Node(..) => false,
        };
        if lost || of_firewall {
            all.machines.insert(index.machine(&d.name.v));
        }
    }
    let lost = |b: &BondFacts| {
        b.name.is_none() || b.mode.is_none() || b.ports.is_empty() || cx.spoiled.contains(&(b.at, "ports"))
    };
    for p in &facts.proxmox {
        for h in &p.host {
            let Some(name) = &h.name else { continue };
            if h.bond.iter().chain(&p.bond).any(lost) || h.trunk.as_ref().or(p.trunk.as_ref()).is_none() {
                all.hosts.insert(index.host(&name.v.0));
            }
        }
    }
    all
}
