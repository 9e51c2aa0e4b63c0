//! Checks of where a firewall's logs go; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::ir::FirewallLogs;
use crate::lint::Lints;

/// All of them.
pub const LINTS: &[super::Lint] = &[log_targets];

/// E1190: logs go to an address that something has (RFC fault N9).
fn log_targets(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for l in t.firewalls.iter().flat_map(|f| &f.layer.watch.logs) {
        let FirewallLogs { name: _, address, .. } = l;
        let Some(vlan) = t.vlans.iter().find(|v| v.subnet.v.contains(&address.v)) else { continue };
        let claimed = t.claims.iter().any(|c| c.address.v == address.v);
        let kept = vlan.reserves.iter().any(|r| (r.from.v..=r.to.v).contains(&address.v));
        let layers = || t.layers().map(|(_, l)| l);
        let served =
            layers().flat_map(|l| &l.ingresses).any(|i| i.address.as_ref().is_some_and(|(_, a)| a.v == address.v));
        let mut pools = layers().flat_map(|l| &l.balancers).flat_map(|b| &b.pools);
        let pooled = pools.any(|p| (p.from.v..=p.to.v).contains(&address.v));
        if claimed || kept || served || pooled {
            continue;
        }
        let mut d = Diag::new(code::E1190, format!("nothing has the address {address}, where logs go"))
            .at(x.span(address.at), "they would be lost")
            .at(x.span(vlan.at), "of this VLAN no machine has it, and no pool gives it to a service");
        if let Some(p) = layers().flat_map(|l| &l.balancers).flat_map(|b| &b.pools).next() {
            d = d.at(x.span(p.at), "a service gets its address from here");
        }
        sink.report(d.help("an address that a machine has, or one of a pool on a VLAN of the firewall"));
    }
}
