//! The script of an installation: its steps in their order; holds no secret.

use super::*;
use crate::consumer::{KubesphereDialect, charts};
use crate::ir::{Api, Cilium, Cluster, Secret};
use crate::render::Text;
use crate::render::template::{Val, render};
use crate::schema::{SecretPlace, SecretStore};

/// The program.
pub(super) fn script(k: &Kit<'_>) -> Text {
    let Cluster { name, api, groups, .. } = k.view.cluster;
    let Api { address, vrrp, .. } = api;
    let Install { version, caps, kubernetes, key_file, kubesphere, .. } = k.install;
    let inventory = caps.v.dialect == KubekeyDialect::InventoryAndConfig;
    let home = key_file.v.strip_prefix("~/").map(str::to_string);
    let key = match &home {
        Some(rest) => words![Sp::new(SecretPlace(rest.as_str().into()), key_file.at)],
        None => words![key_file],
    };
    let first = k.nodes(NodeRole::ControlPlane).next();
    let login = first.and_then(|n| Some((k.user(n.machine)?, k.reached(n.machine)?)));
    let login = login.map(|(user, address)| words![user, "@", address]).unwrap_or_default();
    let chart = k.view.layer.cilium.as_ref().map(|Cilium { chart, .. }| kube::cilium_chart(chart));
    let mut values = vec![
        ("cluster", words![name].citing(k.view.layer.folder.at).into()),
        ("kubernetes", words![kubernetes].into()),
        ("kubekey", words![version].into()),
        ("home", Val::Flag(home.is_some())),
        ("key", key.into()),
        ("login", login.into()),
        ("address", words![address].into()),
        ("vrrp", Val::Flag(vrrp.is_some())),
        ("inventory", Val::Flag(inventory)),
        ("secrets", Val::Many(secrets(k))),
        ("groups", Val::Many(groups.iter().map(|g| group(k.t(), g, inventory)).collect())),
        ("cilium", Val::Flag(chart.is_some())),
        ("sphere", Val::Flag(kubesphere.is_some())),
    ];
    let serves = k.view.layer.cilium.as_ref().map(|c| c.gateway).filter(|g| g.v);
    let gateway = serves.zip(k.t().targets.cluster.gateway_api.as_ref());
    values.push((
        "gateway",
        gateway.map_or(Val::Flag(false), |(serves, api)| {
            let from = Sp::new(charts::GATEWAY_API, RESOURCES.origin());
            words![from, api.version, "/standard-install.yaml"].citing(serves.at).into()
        }),
    ));
    if let Some(kube::Chart { name, repository, version, release, namespace }) = &chart {
        values.extend([
            ("chart", own(name)),
            ("repository", own(repository)),
            ("version", words![version].into()),
            ("release", own(release)),
            ("namespace", own(namespace)),
        ]);
    }
    if let Some(sphere) = kubesphere {
        let configuration = sphere.caps.v.dialect == KubesphereDialect::ClusterConfiguration;
        let identities = if configuration { &[][..] } else { &sphere.identities[..] };
        let named = |i: &crate::ir::Identity| Val::Record(vec![("name", words![i.name].into())]);
        values.extend([
            ("configuration", Val::Flag(configuration)),
            ("sphere_version", words![sphere.version].into()),
            ("sphere_chart", words![Sp::new(sphere.caps.v.chart.unwrap_or_default(), SPHERE.origin())].into()),
            ("identities", Val::Many(identities.iter().map(named).collect())),
        ]);
    }
    render("install.sh", include_str!("install.sh"), SCRIPT, &values)
}

fn own(text: &&'static str) -> Val {
    words![Sp::new(*text, RELEASE.origin())].into()
}

/// Secrets that a file waits for: each once.
fn secrets(k: &Kit<'_>) -> Vec<Val> {
    let login = k.install.registry.as_ref().filter(|r| r.private.is_some()).and_then(|r| r.login.as_ref());
    let identities = k.install.kubesphere.iter().flat_map(|s| &s.identities);
    let admin = k.install.kubesphere.iter().filter_map(|s| s.admin);
    let mut all: Vec<Sp<SecretId>> = login.map(|(_, s)| *s).into_iter().collect();
    all.extend(identities.map(|i| i.secret).chain(admin));
    all.sort_by_key(|s| s.v);
    all.dedup_by_key(|s| s.v);
    let one = |id: Sp<SecretId>| {
        let Secret { name, store, path, key } = k.t().secret(id.v);
        Val::Record(vec![
            ("env", Val::Flag(store.v == SecretStore::Env)),
            ("variable", k.secret(id).into()),
            ("name", words![name].citing(store.at).into()),
            ("place", words![path].into()),
            ("key", key.as_ref().map_or(Val::Flag(false), |k| words![k].into())),
        ])
    };
    all.into_iter().map(one).collect()
}

fn group(t: &Topology, g: &NodeGroup, labels: bool) -> Val {
    // Its role is a group of the installer's own; its name is in the names of its nodes.
    let NodeGroup { name: _, role: _, nodes, labels: own, taints, at: _ } = g;
    let mut names = words![""];
    for id in nodes {
        names = words![names, " ", t.machine(*id).name];
    }
    let labels = own.iter().filter(|_| labels).map(|(key, value)| words![key, "=", value].into()).collect();
    let taints = taints.iter().map(|(key, value, effect)| words![key, "=", value, ":", effect].into()).collect();
    Val::Record(vec![("nodes", names.into()), ("labels", Val::Many(labels)), ("taints", Val::Many(taints))])
}
