//! The order of upgrades: what is on which version, and the commands of each part, as far as the topology has it.

use super::{
    CHART, QUORUM, ROWS, SPHERE, SYNCED, UPGRADE, by_disks, hosts, left, movable, node_of, nodes, number, number_of,
    on, one, option, others, some,
};
use crate::consumer::{KubekeyDialect, KubesphereDialect, OpnsenseCaps, Row};
use crate::emit::Out;
use crate::emit::ansible::reach;
use crate::emit::kube::{self, Part, PartKind, View};
use crate::ir::{
    ClusterTargets, Firewall, Host, Machine, MachineKind, Proxmox, ProxmoxId, Sealed, Target, Targets, Topology,
};
use crate::render::template::{Val, render};
use crate::render::{Composed, Text};
use crate::schema::{NodeRole, SyncMode};
use crate::source::Sp;
use crate::words;

pub(super) fn document(sealed: &Sealed<'_>, out: &Out<'_>) -> Text {
    let t: &Topology = sealed;
    let values = [
        ("cloud", words![sealed.meta().name].into()),
        ("versions", some(versions(t))),
        ("proxmoxes", some((0..).zip(&t.proxmoxes).map(|(n, p)| proxmox(t, ProxmoxId(n), p)).collect())),
        ("firewalls", some(t.firewalls.iter().map(|f| firewall(t, f)).collect())),
        ("opnsense", Val::Flag(t.targets.opnsense.is_some())),
        ("clusters", some(kube::spelled(sealed, out).map(|(v, parts)| cluster(&v, &parts.base, out)).collect())),
    ];
    render("upgrade.md", include_str!("upgrade.md"), UPGRADE, &values)
}

/// What is stated, what it was checked against, and what topoc knows beyond it.
fn versions(t: &Topology) -> Vec<Val> {
    let Targets { proxmox, terraform, provider, provider_source, provider_version, opnsense, authentik, cluster } =
        &t.targets;
    let mut all = Vec::new();
    let mut put = |what: Composed, version: Composed, checked: Composed, kubernetes: Composed, more: Composed| {
        all.push(Val::Record(vec![
            ("what", one(what)),
            ("version", one(version)),
            ("checked", one(checked)),
            ("kubernetes", one(kubernetes)),
            ("more", one(more)),
        ]));
    };
    let none = || words!["–"].citing(ROWS.origin());
    if let Some(p) = proxmox {
        let rows = crate::consumer::PROXMOX.iter().map(|r| r.version);
        let version = Sp::new(p.v.version, p.at);
        put(words!["Proxmox VE"], words![version], words![version], none(), newer(rows, p.v.version));
    }
    if let Some(v) = terraform {
        put(words!["Terraform"], words![v], none(), none(), none());
    }
    if let (Some(source), Some(version)) = (provider_source, provider_version) {
        let row = provider.as_ref().map_or_else(none, |p| words!["its own schema"].citing(p.at));
        put(words![source], words![version], row, none(), none());
    }
    if let Some(Target { version, caps }) = opnsense {
        let rows = crate::consumer::OPNSENSE.iter().map(|r: &OpnsenseCaps| r.line);
        let checked = Sp::new(caps.v.checked, caps.at);
        put(words!["OPNsense"], words![version], words![checked], none(), newer(rows, caps.v.line));
    }
    if let Some(target) = authentik {
        let (what, version, checked, kubernetes, more) = row(target);
        put(what, version, checked, kubernetes, more);
    }
    let ClusterTargets {
        kubernetes,
        kubesphere,
        ceph,
        kubekey,
        cilium,
        metallb,
        rook,
        ingress_nginx,
        gateway_api,
        cert_manager,
        kube_ovn,
        multus,
        vyos,
        argo_cd,
        prometheus_stack,
        blackbox_exporter,
        snmp_exporter,
        loki,
        alloy,
        promtail,
        tempo,
        velero,
    } = cluster;
    if let Some(v) = kubernetes {
        put(words!["Kubernetes"], words![v], none(), none(), none());
    }
    let parts = [
        kubekey.as_ref().map(row),
        cilium.as_ref().map(row),
        gateway_api.as_ref().map(row),
        metallb.as_ref().map(row),
        cert_manager.as_ref().map(row),
        ingress_nginx.as_ref().map(row),
        rook.as_ref().map(row),
        kube_ovn.as_ref().map(row),
        multus.as_ref().map(row),
        kubesphere.as_ref().map(row),
        argo_cd.as_ref().map(row),
        prometheus_stack.as_ref().map(row),
        blackbox_exporter.as_ref().map(row),
        snmp_exporter.as_ref().map(row),
        loki.as_ref().map(row),
        alloy.as_ref().map(row),
        promtail.as_ref().map(row),
        tempo.as_ref().map(row),
        velero.as_ref().map(row),
        vyos.as_ref().map(row),
    ];
    for (what, version, checked, kubernetes, more) in parts.into_iter().flatten() {
        put(what, version, checked, kubernetes, more);
    }
    if let Some(v) = ceph {
        let accepted = rook.as_ref().map_or_else(none, |r| {
            let list = r.caps.v.ceph.iter().map(|n| words![Sp::new(*n, r.caps.at)]);
            words!["Rook takes ", list.reduce(|a, b| words![a, ", ", b]).unwrap_or_default()]
        });
        put(words!["Ceph"], words![v], none(), none(), accepted);
    }
    all
}

type Cells = (Composed, Composed, Composed, Composed, Composed);

fn row<T: Row>(target: &Target<T>) -> Cells {
    let Target { version, caps } = target;
    let kubernetes = match caps.v.kubernetes() {
        // 99 stands for: no end is named.
        Some((from, 99)) => words!["1.", Sp::new(from, caps.at), " and later"],
        Some((from, to)) => words!["1.", Sp::new(from, caps.at), " to 1.", Sp::new(to, caps.at)],
        None => words!["its makers name none"].citing(caps.at),
    };
    let rows = T::ROWS.iter().map(Row::line);
    (
        words![Sp::new(T::NAME, caps.at)],
        words![version],
        words![Sp::new(caps.v.checked(), caps.at)],
        kubernetes,
        newer(rows, caps.v.line()),
    )
}

/// The lines behind one; what has none must be added to topoc first.
fn newer(rows: impl Iterator<Item = &'static str>, line: &str) -> Composed {
    let later = rows.skip_while(|r| *r != line).skip(1).map(|r| words![Sp::new(r, ROWS.origin())]);
    later.reduce(|a, b| words![a, ", ", b]).unwrap_or_else(|| words!["none"].citing(ROWS.origin()))
}

fn proxmox(t: &Topology, id: ProxmoxId, p: &Proxmox) -> Val {
    let mut all = hosts(t, id);
    // A firewall's first node holds the shared addresses, so its host is the last that goes down.
    all.sort_by_key(|h| {
        t.firewalls.iter().filter_map(|f| f.nodes.first()).any(|m| t.machine(*m).on.v == number_of(t, h))
    });
    let quorum = left("Without one host ", all.len().saturating_sub(1), all.len());
    let rows = all.iter().flat_map(|h| on(t, h).map(|(_, m)| machine(t, h, m))).collect();
    let blocks = all.iter().map(|h| host(t, h)).collect();
    Val::Record(vec![
        ("name", one(words![p.name])),
        ("single", Val::Flag(all.len() == 1)),
        ("quorum", one(quorum)),
        ("machines", some(rows)),
        ("hosts", Val::Many(blocks)),
    ])
}

/// What becomes of a machine while its host is away.
fn machine(t: &Topology, h: &Host, m: &Machine) -> Val {
    let more = match &m.kind {
        MachineKind::Single { .. } => Composed::default(),
        MachineKind::Firewall { firewall } => {
            let f = t.firewall(*firewall);
            match f.nodes.iter().map(|n| t.machine(*n)).find(|n| n.name.v != m.name.v) {
                Some(other) if other.on.v != m.on.v => words!["; ", other.name, " holds the shared addresses"],
                Some(_) => words!["; both nodes of ", f.name, " are on this host, so nothing is routed"],
                None => words!["; what ", f.name, " routes stands still"],
            }
        }
        MachineKind::Node { .. } => match node_of(t, m) {
            Some((c, NodeRole::ControlPlane)) => {
                let (rest, all) = others(t, m, c);
                left("; of etcd ", rest, all)
            }
            Some((_, NodeRole::Worker)) | None => words!["; it is drained first"],
        },
    };
    let ha = match &m.ha {
        Some(ha) if movable(t, m) => words![" by Proxmox HA"].citing(ha.state.at),
        Some(_) | None => Composed::default(),
    };
    let what = words![by_disks(t, m, "moves", "stops"), ha, more];
    Val::Record(vec![
        ("host", one(words![h.name].citing(m.on.at))),
        ("name", one(words![m.name])),
        ("id", one(words![m.vm_id])),
        ("what", one(what)),
    ])
}

/// The commands around the restart of a host.
fn host(t: &Topology, h: &Host) -> Val {
    let mine: Vec<&Machine> = on(t, h).map(|(_, m)| m).collect();
    let kubernetes: Vec<&Machine> = mine.iter().copied().filter(|m| node_of(t, m).is_some()).collect();
    let drained = kubernetes.iter().map(|m| one(words![m.name])).collect();
    let ceph = kubernetes.iter().any(|m| node_of(t, m).is_some_and(|(c, _)| toolbox(c)));
    let other = t.hosts.iter().find(|x| x.proxmox == h.proxmox && x.name.v != h.name.v);
    let moved = mine.iter().filter(|m| movable(t, m) && m.ha.is_none() && other.is_some());
    let moved = moved.map(|m| {
        let to = other.map(|o| words![o.name]).unwrap_or_default();
        one(words!["qm migrate ", m.vm_id, " ", to, " --online"])
    });
    let address = h.address.as_ref().map_or_else(|| words![h.name], |a| words![a]);
    Val::Record(vec![
        ("name", one(words![h.name])),
        ("address", one(address)),
        ("drained", some(drained)),
        ("ceph", Val::Flag(ceph)),
        ("moved", some(moved.collect())),
    ])
}

/// Whether Ceph's own commands are at hand.
fn toolbox(c: &crate::ir::Cluster) -> bool {
    c.layer.storage.as_ref().is_some_and(|s| s.toolbox.v)
}

/// Nodes of a firewall: the first is the last.
fn firewall(t: &Topology, f: &Firewall) -> Val {
    let node = |id: &crate::ir::MachineId| {
        let m = t.machine(*id);
        Val::Record(vec![
            ("name", one(words![m.name])),
            ("id", one(words![m.vm_id])),
            ("host", one(words![t.host(m.on.v).name].citing(m.on.at))),
        ])
    };
    let first = f.nodes.first().map(|m| words![t.machine(*m).name]);
    Val::Record(vec![
        ("name", one(words![f.name])),
        ("pair", Val::Flag(f.nodes.len() > 1)),
        ("first", option(first)),
        ("nodes", Val::Many(f.nodes.iter().rev().map(node).collect())),
    ])
}

/// What a cluster has, in the order in which it is upgraded.
fn cluster(view: &View<'_>, parts: &[Part], out: &Out<'_>) -> Val {
    let (t, c, layer) = (view.t, view.cluster, view.layer);
    let below = |path: &str| {
        let path = kube::below(view, path);
        out.artifacts.iter().any(|a| a.path == path)
    };
    let mut charts = Vec::new();
    for part in parts {
        let PartKind::Values(chart) = &part.kind else { continue };
        charts.push((
            part.path.trim_start_matches("base/").trim_end_matches("/values.yaml").to_string(),
            kube::helm(chart, &part.path, CHART),
        ));
    }
    let chart = |name: &str| option(charts.iter().find(|(n, _)| n == name).map(|(_, c)| c.clone()));
    let install = layer.install.as_ref();
    let inventory = install.map(|i| i.caps.v.dialect == KubekeyDialect::InventoryAndConfig);
    let range = install.and_then(|i| i.caps.v.kubernetes).zip(install);
    let range = range.map(|((from, to), i)| words!["1.", Sp::new(from, i.caps.at), " to 1.", Sp::new(to, i.caps.at)]);
    let control = nodes(c, NodeRole::ControlPlane);
    let first = control.first().and_then(|m| reach(t, t.machine(*m))).map(|(_, a)| words![a]);
    let sphere = install.and_then(|i| i.kubesphere.as_ref());
    let four = sphere.is_some_and(|k| k.caps.v.dialect != KubesphereDialect::ClusterConfiguration);
    let gitops = layer.gitops.as_ref();
    let revision = gitops.map(|g| words![g.repo.revision].citing(g.sync.at).citing(SYNCED.origin()));
    let etcd = left("With one node away ", control.len().saturating_sub(1), control.len());
    Val::Record(vec![
        ("name", one(words![c.name])),
        ("folder", one(words![layer.folder])),
        ("kubernetes", option(install.map(|i| words![i.kubernetes]))),
        ("kubekey", option(install.map(|i| words![i.version]))),
        ("inventory", Val::Flag(inventory.unwrap_or_default())),
        ("range", option(range)),
        ("nodes", one(words![number(control.len(), QUORUM)])),
        ("etcd", one(etcd)),
        ("etcd_dir", option(install.map(|i| words![i.etcd.dir]))),
        ("first", option(first)),
        ("resources", Val::Flag(below("config/gateway-api/kustomization.yaml"))),
        ("gateway_api", option(t.targets.cluster.gateway_api.as_ref().map(|g| words![g.version]))),
        ("cilium", chart("cilium")),
        ("metallb", chart("metallb")),
        ("cert_manager", chart("cert-manager")),
        ("ingress_nginx", chart("ingress-nginx")),
        ("rook", chart("rook-ceph")),
        ("csi", chart("ceph-csi-drivers")),
        ("kube_ovn", chart("kube-ovn")),
        ("ceph", option(layer.storage.as_ref().map(|s| words![s.ceph]))),
        ("toolbox", Val::Flag(toolbox(c))),
        ("kubesphere", option(sphere.map(|k| words![k.version].citing(SPHERE.origin())))),
        ("unchecked", Val::Flag(four && inventory == Some(false))),
        ("gitops", Val::Flag(gitops.is_some())),
        ("automatic", Val::Flag(gitops.is_some_and(|g| g.sync.v == SyncMode::Automatic))),
        ("heals", Val::Flag(gitops.is_some_and(|g| g.self_heal.v))),
        ("revision", option(revision)),
    ])
}
