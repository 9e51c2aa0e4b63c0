//! What runs in a cluster, as both kinds of pictures show it; a family of the cluster layer that is not here is in no picture.

use super::{INSIDE, because, listed};
use crate::ir::{Balancer, Cluster, ClusterTargets, Ingress, Layer, Owner, Topology, VlanId};
use crate::render::Composed;
use crate::schema::{Announcer, WayIn};
use crate::source::Sp;
use crate::words;

/// Something that runs in a cluster.
pub(super) struct Part {
    /// What Mermaid calls it, behind the cluster's name.
    pub(super) id: Composed,
    /// Its name.
    pub(super) name: Composed,
    /// What it is for.
    pub(super) notes: Vec<Composed>,
    /// The VLANs that it is on: its address or what it does there, where it has an address, and the end of a range.
    pub(super) on: Vec<On>,
}

/// A part on a VLAN.
pub(super) struct On {
    /// The VLAN.
    pub(super) vlan: Sp<VlanId>,
    /// Its address or what it does there.
    pub(super) label: Composed,
    /// Whether it has an address there.
    pub(super) address: bool,
    /// The end of a range.
    pub(super) below: Option<Composed>,
}

fn part(id: Composed, name: Composed, notes: Vec<Composed>, on: Vec<On>) -> Part {
    Part { id, name: name.citing(INSIDE.origin()), notes, on }
}

/// Everything that runs in a cluster without its environments, in the order in which one needs what stands before it.
pub(super) fn parts(t: &Topology, c: &Cluster, number: u32) -> Vec<Part> {
    let Layer {
        folder: _,
        cilium,
        dns: _,
        balancers,
        ingresses,
        certificates,
        ui,
        monitoring,
        logging,
        tracing,
        // What looks and what copies is in documents/restore.md.
        health: _,
        backup: _,
        gitops,
        storage,
        nested,
        // Rules are in documents/expectations.md and with the firewall's in its matrix.
        policies: _,
        install,
    } = &c.layer;
    let mut all = Vec::new();
    let claim = t.claims.iter().find(|x| x.owner == Owner::Api(crate::ir::ClusterId(number)));
    let api =
        claim.map(|x| On { vlan: Sp::new(x.vlan, x.address.at), label: words![x.address], address: true, below: None });
    let held = words!["API, port ", c.api.port, ", held by ", c.api.held_by];
    all.push(part(words!["api"], words![c.api.name], vec![held], api.into_iter().collect()));
    if let Some(i) = install {
        let by = words!["installed by KubeKey ", i.version];
        all.push(part(words!["kubernetes"], words!["Kubernetes ", i.kubernetes], vec![by], Vec::new()));
    }
    if let Some(x) = cilium {
        let nodes =
            On { vlan: c.node_network, label: words!["nodes"].citing(c.node_network.at), address: false, below: None };
        let notes = vec![words!["network of pods: ", c.pods], words!["services: ", c.services]];
        all.push(part(words!["cilium"], words!["Cilium ", x.chart], notes, vec![nodes]));
    }
    for b in balancers {
        let by = match b.by.v {
            Announcer::Metallb => metallb(&t.targets.cluster, b.by.at),
            Announcer::Cilium => because(words!["Cilium"], b.by.at),
        };
        for p in &b.pools {
            let on = On {
                vlan: p.vlan,
                label: words![p.from],
                address: true,
                below: (p.from.v != p.to.v).then(|| words!["to ", p.to]),
            };
            let notes = vec![words!["addresses of services by ", by, ", ", b.mode]];
            all.push(part(words!["pool-", p.name], words!["pool ", p.name], notes, vec![on]));
        }
    }
    for i in ingresses {
        let name = match (&i.by.v, i.nginx(), i.gateway()) {
            (WayIn::Nginx, Some(n), _) => words!["ingress-nginx ", n.chart].citing(i.by.at),
            (WayIn::Gateway, _, Some(g)) => words!["Gateway ", g.name].citing(i.by.at),
            (WayIn::Nginx | WayIn::Gateway, ..) => words![i.by],
        };
        let on = pinned(balancers, i);
        let ports = i.gateway().map(|g| words!["ports ", listed(g.listeners.iter().map(|l| words![l.port]))]);
        let notes = std::iter::once(words!["way in for HTTP"]).chain(ports).collect();
        all.push(part(words!["way-in-", i.by], name, notes, on.into_iter().collect()));
    }
    if let Some(x) = certificates {
        let issuers = listed(x.issuers.iter().map(|i| words![i.name]));
        let notes = if x.issuers.is_empty() { Vec::new() } else { vec![words!["certificates by ", issuers]] };
        all.push(part(words!["cert-manager"], words!["cert-manager ", x.chart], notes, Vec::new()));
    }
    if let Some(u) = ui {
        let pages = listed(u.pages.iter().map(|p| words![p.of]));
        let on = pinned(balancers, &u.way).into_iter().collect();
        all.push(part(words!["pages"], words!["the platform's pages"].citing(u.at), vec![pages], on));
    }
    if let Some(m) = monitoring {
        let notes = vec![words!["Prometheus, Alertmanager, Grafana"].citing(m.at)];
        all.push(part(words!["monitoring"], words!["monitoring ", m.chart], notes, Vec::new()));
    }
    if let Some(l) = logging {
        all.push(part(words!["loki"], words!["Loki ", l.chart].citing(l.at), vec![words!["logs"]], Vec::new()));
    }
    if let Some(x) = tracing {
        all.push(part(words!["tempo"], words!["Tempo ", x.chart].citing(x.at), vec![words!["traces"]], Vec::new()));
    }
    if let Some(g) = gitops {
        let notes = vec![words!["keeps the cluster as ", g.repo.url, " says"]];
        all.push(part(words!["argo-cd"], words!["Argo CD ", g.chart].citing(g.at), notes, Vec::new()));
    }
    if let Some(s) = storage {
        let clients = On { vlan: s.public, label: words!["clients"].citing(s.public.at), address: false, below: None };
        let copies = On {
            vlan: s.replication,
            label: words!["replication"].citing(s.replication.at),
            address: false,
            below: None,
        };
        let on = if s.public.v == s.replication.v { vec![clients] } else { vec![clients, copies] };
        let notes = vec![words!["storage, by Rook ", s.chart]];
        all.push(part(words!["ceph"], words!["Ceph ", s.ceph], notes, on));
    }
    for n in nested {
        let on = n.vlans.iter().map(|v| On {
            vlan: v.vlan,
            label: words![v.from],
            address: true,
            below: (v.from.v != v.to.v).then(|| words!["to ", v.to]),
        });
        let notes = vec![words!["pods on VLANs by Kube-OVN ", n.kube_ovn.version]];
        all.push(part(words!["nested-", n.name], words!["nested cluster ", n.name], notes, on.collect()));
    }
    if let Some(k) = install.as_ref().and_then(|i| i.kubesphere.as_ref()) {
        let address = k.address.iter().map(|a| words![a]).collect();
        all.push(part(words!["kubesphere"], words!["KubeSphere ", k.version], address, Vec::new()));
    }
    all
}

/// Where a way in has its address.
fn pinned(balancers: &[Balancer], i: &Ingress) -> Option<On> {
    let (pool, address) = i.address.as_ref()?;
    let vlan = balancers.iter().flat_map(|b| &b.pools).find(|p| p.name.v == pool.v)?.vlan;
    Some(On { vlan, label: words![address].citing(pool.at), address: true, below: None })
}

fn metallb(targets: &ClusterTargets, at: crate::source::Origin) -> Composed {
    match &targets.metallb {
        Some(m) => words!["MetalLB ", m.version].citing(at),
        None => words!["MetalLB"].citing(at),
    }
}
