//! With which addresses pods of a cluster leave it, as a firewall sees them; knows no other zone.

use super::place::Miss;
use super::place::{Atom, Ground, Leaves, Place, Whom};
use super::{EGRESS_ADDRESS, MASQUERADED, NODE_ADDRESS, POD_RANGE};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::*;
use crate::source::{Origin, Sp};

impl Ground<'_> {
    /// Pods leave with the address of their node, with that of an egress gateway, or with their own.
    pub(super) fn pods_leave(
        &self,
        c: ClusterId,
        pods: Option<&Pods>,
        to: Place,
        at: Origin,
        cx: &mut Cx<'_>,
    ) -> Leaves {
        let cluster = self.t.cluster(c);
        let Some(cilium) = &cluster.layer.cilium else { return vec![Err(Miss::Hidden(c))] };
        let nodes: Vec<MachineId> = cluster.groups.iter().flat_map(|g| g.nodes.clone()).collect();
        if cilium.masquerade.v == Masquerade::Nobody {
            let net = cx.make(cluster.pods.v, POD_RANGE, &[cluster.pods.at, cilium.masquerade.at]);
            let stem = format!("pods_{}", cluster.name.v);
            let atom = Atom { stem: stem.clone(), zone: (stem, 1), whom: Whom::Net(net, Vec::new()), at };
            return match self.leaves_vlan(cluster.node_network.v, to, 0) {
                Ok(entries) => entries.into_iter().map(|e| Ok((e, atom.clone()))).collect(),
                Err(miss) => vec![Err(miss)],
            };
        }
        let mut all = Leaves::new();
        let mut taken = false;
        for g in &cilium.egress_gateways {
            let meets = |p: &Pods| {
                g.pods.iter().any(|e| {
                    let name = p.selector.namespace.as_ref().is_none_or(|n| *n.v.0 == *e.namespace.v.0);
                    let apart = e.labels.iter().any(|(k, v)| {
                        p.selector.labels.iter().any(|(key, values)| key.v == k.v && !values.iter().any(|x| x.v == v.v))
                    });
                    name && !apart
                })
            };
            let all_of = |p: &Pods| {
                g.pods.iter().any(|e| {
                    let name = p.selector.namespace.as_ref().is_some_and(|n| *n.v.0 == *e.namespace.v.0);
                    let has = |(k, v): &(Sp<LabelKey>, Sp<LabelValue>)| {
                        p.selector.labels.iter().any(|(key, values)| key.v == k.v && values.iter().all(|x| x.v == v.v))
                    };
                    name && e.labels.iter().all(has)
                })
            };
            let Some(p) = pods.filter(|p| meets(p)) else { continue };
            let Some(address) = g.address.filter(|_| to == Place::Outside) else { continue };
            let everywhere = g.to.iter().any(|n| n.v.prefix_len() == 0);
            taken |= all_of(p) && everywhere;
            let own = cx.make(address.v, EGRESS_ADDRESS, &[address.at, g.at]);
            let stem = format!("egress_{}", g.name.v);
            let atom = self.hosts(stem.clone(), (stem, 1), vec![own], at);
            match self.leaves_vlan(g.on.v, to, 0) {
                Ok(entries) => all.extend(entries.into_iter().map(|e| Ok((e, atom.clone())))),
                Err(miss) => all.push(Err(miss)),
            }
        }
        if taken {
            return all;
        }
        let why = cx.derived(MASQUERADED, &[at, cilium.masquerade.at]);
        let stem = format!("cluster_{}", cluster.name.v);
        for r in self.machines_leave(&stem, &nodes, None, to, false, why) {
            match r {
                Ok((e, mut atom)) => {
                    if let Whom::Hosts(list) = &mut atom.whom {
                        for a in list.iter_mut() {
                            *a = cx.make(a.v, NODE_ADDRESS, &[a.at]);
                        }
                    }
                    all.push(Ok((e, atom)));
                }
                Err(miss) => all.push(Err(miss)),
            }
        }
        all
    }
}
