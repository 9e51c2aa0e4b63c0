//! Lints of how a cluster is installed.

use super::{Lint, Lints};
use crate::consumer::KubekeyDialect;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::NodeRole;

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[reachable_nodes, roles, network_plugin, api_port, pods_fit, backups, first_password];

/// Clusters that something installs.
fn installed<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a Cluster, &'a Layer, &'a Install)> {
    x.topology.layers().filter_map(|(c, l)| Some((c, l, l.install.as_ref()?)))
}

/// E0901: the installer logs in to every node, and every node has an address of its own on the node network (RFC fault K1).
fn reachable_nodes(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    for (c, _, i) in installed(x) {
        // What `node-defaults` says is said once, whatever the number of groups.
        let mut seen = Vec::new();
        for g in &c.groups {
            let Some(id) = g.nodes.first().filter(|m| !t.incomplete.machines.contains(m)) else { continue };
            let m = t.machine(*id);
            let vlan = t.vlan(c.node_network.v);
            if let Some(n) = m.nics.iter().find(|n| n.vlan.v == c.node_network.v)
                && n.address.is_none()
                && n.dhcp.v
                && !seen.contains(&n.dhcp.at)
            {
                seen.push(n.dhcp.at);
                sink.report(
                    Diag::new(
                        code::E0901,
                        format!("the nodes of {} have no fixed address on VLAN {}", g.name, vlan.name),
                    )
                    .at(x.span(n.dhcp.at), "it comes by DHCP")
                    .at(x.span(i.at), "the installer writes it into certificates and into etcd's list of members")
                    .help("remove dhcp=#true, and give the group a `host` number"),
                );
            }
            if m.login.is_none() {
                sink.report(
                    Diag::new(code::E0901, format!("nobody can log in to the nodes of {}", g.name))
                        .at(x.span(g.at), "no account")
                        .at(x.span(i.at), "the installer logs in by SSH")
                        .help("give their template a `login`"),
                );
            }
        }
    }
}

/// E0902: KubeKey ends with "the number of master/control-plane cannot be 0", and without workers nothing is scheduled
/// (RFC fault K2).
fn roles(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, i) in installed(x) {
        for (role, example) in [
            (NodeRole::ControlPlane, "nodes \"control\" { role \"control-plane\"; count 3 }"),
            (NodeRole::Worker, "nodes \"worker\" { role \"worker\"; count 3 }"),
        ] {
            if c.groups.is_empty() || c.groups.iter().any(|g| g.role.v == role) {
                continue;
            }
            let why = match role {
                NodeRole::ControlPlane => "the installer refuses a cluster without an API server",
                NodeRole::Worker => "control-plane nodes keep applications off, so nothing would run",
            };
            sink.report(
                Diag::new(code::E0902, format!("cluster {} has no node of the role {role}", c.name))
                    .at(x.span(c.at), why)
                    .at(x.span(i.at), "installed by this")
                    .help(example),
            );
        }
    }
}

/// E0905: the installer leaves the network to whoever is stated (RFC fault K4: one owner, and there is one).
fn network_plugin(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer, i) in installed(x) {
        // A version that is wrong was reported; only what nobody stated is missing here.
        let stated = x.facts.cluster.iter().any(|f| f.at == c.at && f.network.is_some());
        if layer.cilium.is_none() && !stated {
            sink.report(
                Diag::new(code::E0905, format!("nothing connects the pods of cluster {}", c.name))
                    .at(x.span(i.at), "the installer puts in no network plugin of its own")
                    .note("a release of Cilium that the installer brings would be a second owner beside Argo CD's")
                    .help("network \"cilium\""),
            );
        }
    }
}

/// E0910: KubeKey 3.1 lets API servers listen on 6443 and nowhere else.
fn api_port(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, i) in installed(x) {
        if i.caps.v.dialect == KubekeyDialect::Cluster && c.api.vrrp.is_some() && c.api.port.v != 6443 {
            sink.report(
                Diag::new(code::E0910, format!("KubeKey {} lets API servers listen on 6443 only", i.version.v))
                    .at(x.span(c.api.port.at), "nothing would answer on this port")
                    .at(
                        x.span(c.api.held_by.at),
                        "the nodes hold the address themselves, so nobody translates the port",
                    )
                    .at(x.span(i.version.at), "this release")
                    .help("remove `port`, or take kubekey \"4.0.6\""),
            );
        }
    }
}

/// E0914: a node takes no more pods than it has addresses for.
fn pods_fit(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, i) in installed(x) {
        let room = (1u64 << (32 - u32::from(c.per_node.v))).saturating_sub(2);
        if u64::from(i.max_pods.v) <= room {
            continue;
        }
        let share = if c.per_node.at.rule().is_some() { c.pods.at } else { c.per_node.at };
        let share = (share, format!("a /{} a node", c.per_node.v));
        let (first, second) = match i.max_pods.at.rule() {
            Some(_) => (share, (i.at, "as many as Kubernetes allows: nothing else is stated".into())),
            None => ((i.max_pods.at, "so many pods".into()), share),
        };
        sink.report(
            Diag::new(code::E0914, format!("a node takes {} pods and has {room} addresses for them", i.max_pods.v))
                .at(x.span(first.0), first.1)
                .at(x.span(second.0), second.1)
                .note("the pods beyond that are scheduled and never start")
                .help(format!("max-pods {room}, or a larger share")),
        );
    }
}

/// Folders in which others keep things.
const SHARED: [&str; 12] = [
    "/",
    "/etc",
    "/home",
    "/opt",
    "/root",
    "/srv",
    "/tmp",
    "/usr",
    "/var",
    "/var/backups",
    "/var/lib",
    "/var/lib/etcd",
];

/// E0919: KubeKey removes what is old in the folder of its backups, whoever put it there.
fn backups(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(i) = &layer.install else { continue };
        let dir = i.etcd.dir.v.0.trim_end_matches('/');
        let dir = if dir.is_empty() { "/" } else { dir };
        if SHARED.contains(&dir) || dir.starts_with("/var/lib/etcd/") {
            sink.report(
                Diag::new(code::E0919, format!("{dir} holds what is not a backup"))
                    .at(x.span(i.etcd.dir.at), "KubeKey keeps the newest entries of this folder and removes the others")
                    .help("backup-dir \"/var/backups/kube_etcd\""),
            );
        }
    }
}

/// L0998: KubeSphere's first account has a password that its makers publish, unless another is stated (ks-core 1.1,
/// templates/_helpers.tpl: getOrDefaultPass; ks-installer 3.4, spec.authentication.adminPassword).
fn first_password(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, i) in installed(x) {
        let Some(k) = i.kubesphere.as_ref().filter(|k| k.admin.is_none()) else { continue };
        sink.report(
            Diag::new(
                code::L0998,
                format!("everybody knows the password of KubeSphere's `admin` in cluster {}", c.name.v),
            )
            .at(x.span(k.at), "its makers publish it, and whoever logs in first changes it")
            .help("admin \"kubesphere-admin\""),
        );
    }
}
