//! Pass: addresses of services and who announces them.

use super::Cx;
use super::layer::At;
use crate::ir::*;
use crate::source::Sp;

crate::rules! {
    43;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Balancer> {
    let mut all = Vec::new();
    for l in &x.c.load_balancer {
        let mut pools = Vec::new();
        for p in &l.pool {
            let (Some(name), Some(vlan), Some(range)) = (&p.name, &p.vlan, &p.range) else { continue };
            let id = x.index.vlan(&vlan.v.0);
            if !id.is_known() {
                continue;
            }
            let Some((from, to)) = super::networks::range(range, x.t.vlan(id).subnet, cx) else { continue };
            pools.push(Pool {
                name: Sp::new(name.v.0.clone(), name.at),
                vlan: Sp::new(id, vlan.at),
                from,
                to,
                at: p.at,
            });
        }
        pools.sort_by(|a, b| a.name.v.cmp(&b.name.v));
        all.push(Balancer { pools, at: l.at });
    }
    all
}
