//! Checks of addresses that a firewall gives out; a lint changes nothing.

use super::super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;

/// All of them.
pub const LINTS: &[super::Lint] = &[nobody_gives];

/// L1172: a machine that asks for an address is given one. Behind a router that is not ours somebody else may.
fn nobody_gives(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (i, v) in t.vlans.iter().enumerate() {
        let id = VlanId(i as u32);
        let Router::Firewall(f) = v.router.v else { continue };
        let firewall = t.firewall(f);
        let given = t.firewalls.iter().flat_map(|f| &f.layer.dhcp).find(|d| d.vlan.v == id);
        if firewall.layer.network.interfaces.is_empty() || given.is_some_and(|d| !d.ranges.is_empty()) {
            continue;
        }
        let asks = t.machine_ids().find_map(|(m, machine)| {
            let reserved = given.is_some_and(|d| d.reservations.iter().any(|r| r.machine == Some(m)));
            let nic = machine.nics.iter().find(|n| n.vlan.v == id && n.dhcp.v)?;
            (!reserved).then_some((machine, nic))
        });
        let Some((machine, nic)) = asks else { continue };
        let mut d = Diag::new(
            code::L1172,
            format!("{} asks for an address on VLAN {}, and nobody gives it one", machine.name, v.name),
        )
        .at(x.span(nic.dhcp.at), "it waits for one");
        d = match given {
            Some(d2) => d.at(x.span(d2.at), "only those who are named here get one"),
            None => d.at(x.span(v.router.at), "what routes the VLAN gives none out"),
        };
        sink.report(d.help(format!("in firewall \"{}\": dhcp \"{}\" {{ range 100 199 }}", firewall.name, v.name)));
    }
}
