//! Nodes of a cluster that KubeKey installed: how one that is lost leaves, and how another joins under its name; decides nothing.

use super::again::{bastions, login, user};
use super::{JOINED, KEYS, OSDS, QUORUM, node_of, nodes, number, one, option, some};
use crate::consumer::KubekeyDialect;
use crate::emit::Out;
use crate::emit::ansible::reach;
use crate::emit::terraform;
use crate::ir::{Cluster, Machine, NodeGroup, Sealed, Storage, Topology};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::NodeRole;
use crate::source::Sp;
use crate::words;

/// The nodes of a cluster.
pub(super) fn cluster(sealed: &Sealed<'_>, c: &Cluster, out: &Out<'_>) -> Option<Val> {
    let t: &Topology = sealed;
    let install = c.layer.install.as_ref()?;
    let control = nodes(c, NodeRole::ControlPlane);
    let reached = control.iter().filter_map(|id| {
        let m = t.machine(*id);
        let (_, address) = reach(t, m)?;
        Some(Val::Record(vec![("name", one(words![m.name])), ("login", one(words![user(t, m), address]))]))
    });
    let reached: Vec<Val> = reached.collect();
    // Most may be lost before the rest no longer decides.
    let spare = control.len().saturating_sub(1) / 2;
    let inventory = install.caps.v.dialect == KubekeyDialect::InventoryAndConfig;
    let mine = || t.machines.iter().filter(|m| node_of(t, m).is_some_and(|(of, _)| of.name.v == c.name.v));
    let protect = mine().any(|m| m.protect.v);
    let lost = mine().filter_map(|m| lost(t, c, m, spare, protect));
    let lost: Vec<Val> = lost.collect();
    let forget = bastions(t).map(|(_, login)| one(login.citing(KEYS.origin())));
    let annotate = words![c.layer.folder, "/installer/annotate-nodes.sh"];
    let annotated = out.artifacts.iter().any(|a| a.path == annotate.text);
    let storage = c.layer.storage.as_ref();
    Some(Val::Record(vec![
        ("name", one(words![c.name])),
        ("folder", one(words![c.layer.folder])),
        ("dir", one(words![install.etcd.dir])),
        ("all", one(words![number(control.len(), QUORUM)])),
        ("spare", one(words![number(spare, QUORUM)])),
        ("inventory", Val::Flag(inventory)),
        ("nodes", some(reached)),
        ("lost", some(lost)),
        ("kind", option(mine().find_map(|m| kind(sealed, m)))),
        ("protect", Val::Flag(protect)),
        ("bastions", some(forget.collect())),
        ("marks", some(c.groups.iter().flat_map(|g| marks(t, g, inventory)).map(one).collect())),
        ("annotate", option(annotated.then_some(annotate))),
        ("osds", Val::Flag(storage.is_some_and(|s| !s.nodes.is_empty()))),
        ("rook", option(storage.and_then(toolbox))),
        ("address", one(words![c.api.address])),
        ("vrrp", Val::Flag(c.api.vrrp.is_some())),
    ]))
}

/// Where Rook's own toolbox comes from; `None` where the cluster has one.
fn toolbox(s: &Storage) -> Option<Composed> {
    let from = Sp::new("https://raw.githubusercontent.com/rook/rook/v", OSDS.origin());
    (!s.toolbox.v).then(|| words![from, s.chart, "/deploy/examples/toolbox.yaml"].citing(s.toolbox.at))
}

/// What Terraform calls machines, up to the name of one.
fn kind(sealed: &Sealed<'_>, m: &Machine) -> Option<Composed> {
    terraform::kind(sealed).map(|kind| words![kind, "."].citing(m.at))
}

/// A node and the words by which the commands know it; `None` where the rest cannot take it back.
fn lost(t: &Topology, c: &Cluster, m: &Machine, spare: usize, protect: bool) -> Option<Val> {
    let (_, role) = node_of(t, m)?;
    if role == NodeRole::ControlPlane && spare == 0 {
        return None;
    }
    let control = nodes(c, NodeRole::ControlPlane);
    let left = control.iter().map(|id| t.machine(*id)).find(|n| n.name.v != m.name.v)?;
    let (_, at) = reach(t, m)?;
    let (_, there) = reach(t, left)?;
    let mut say = words!["lost=", m.name, " at=", at, " left=", user(t, left), there].citing(JOINED.origin());
    if protect {
        say = words![say, " vm=", m.vm_id, " host=", login(t.host(m.on.v))].citing(m.protect.at).citing(m.on.at);
    }
    let osds = c.layer.storage.iter().flat_map(|s| &s.nodes).any(|n| t.machine(n.machine).name.v == m.name.v);
    Some(Val::Record(vec![("name", one(words![m.name])), ("say", one(say)), ("osds", Val::Flag(osds))]))
}

/// What the script of the installation says of nodes when they have joined.
fn marks(t: &Topology, g: &NodeGroup, labels: bool) -> Vec<Composed> {
    let names = g.nodes.iter().fold(words![""], |all, id| words![all, " ", t.machine(*id).name]);
    let labels = g.labels.iter().filter(|_| labels);
    let labels = labels.map(|(key, value)| words!["kubectl label node --overwrite", names, " ", key, "=", value]);
    let taints = g
        .taints
        .iter()
        .map(|(key, value, effect)| words!["kubectl taint node --overwrite", names, " ", key, "=", value, ":", effect]);
    labels.chain(taints).collect()
}
