//! What README.md says of clusters: the commands in their order, and who reads which secret; holds no sentence of the page.

use super::super::kube::{self, Part, PartKind, View};
use super::{Out, STEP, before, option};
use crate::consumer::{delivered, in_namespace};
use crate::ir::{IssuerKind, Layer, PageLogin, Sealed, SecretId, Topology};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::PageOf;
use crate::source::Sp;
use crate::words;

/// Argo CD, which its own script puts in.
const ARGO_CD: &str = "base/argo-cd";

/// Each cluster that something runs in: its name, its folder, its commands.
pub(super) fn clusters(sealed: &Sealed<'_>, out: &Out<'_>) -> Val {
    Val::Many(kube::spelled(sealed, out).filter_map(|(view, parts)| cluster(&view, &parts.base, out)).collect())
}

fn cluster(view: &View<'_>, parts: &[Part], out: &Out<'_>) -> Option<Val> {
    let folder = words![view.layer.folder, "/"];
    let below = || out.artifacts.iter().filter_map(|a| a.path.strip_prefix(&folder.text));
    let there = |path: &str| below().any(|p| p == path);
    below().next()?;
    let mut steps: Vec<((i16, bool), Composed)> = Vec::new();
    // A person puts it in force in the order in which Argo CD would; of one place a chart comes before its objects.
    let place = |what: &str| (delivered(what).map_or(i16::MAX, |d| d.wave), !what.starts_with("base/"));
    // What the installer's script puts in stands in no second step.
    let installed = there("installer/install.sh");
    for part in parts {
        let PartKind::Values(chart) = &part.kind else { continue };
        let base = part.path.trim_end_matches("/values.yaml");
        if installed && base == "base/cilium" || base == ARGO_CD {
            continue;
        }
        steps.push((place(base), kube::helm(chart, &part.path, STEP)));
    }
    if there("installer/install-argo-cd.sh") {
        steps.push((place(ARGO_CD), words!["sh installer/install-argo-cd.sh"]));
    }
    if there("installer/annotate-nodes.sh") {
        steps.push((place("config/rook-ceph"), words!["sh installer/annotate-nodes.sh"]));
    }
    let mut lists: Vec<&str> =
        below().filter_map(|p| p.strip_suffix("/kustomization.yaml")).filter(|p| !p.starts_with("overlays/")).collect();
    lists.sort_unstable();
    for list in lists.iter().copied() {
        let references = there(&format!("{list}/values.yaml"));
        if references || (installed && list == "config/gateway-api") || list == "config/argo-cd" {
            continue;
        }
        let path = Sp::new(crate::schema::TreePath(list.into()), STEP.origin());
        steps.push((place(list), words!["kubectl apply --server-side -k ", path]));
    }
    steps.sort_by_key(|(place, _)| *place);
    let path = |p: &str| Sp::new(crate::schema::TreePath(p.into()), STEP.origin());
    let own = |n: &str| Sp::new(crate::schema::Namespace(n.into()), STEP.origin());
    let made: Vec<&str> = below().filter(|p| p.starts_with("config/") && p.ends_with("/namespace.yaml")).collect();
    // A namespace of the users' own is no file of the tree; its policies come before whatever they run there.
    let known: Vec<&str> = parts.iter().filter_map(|p| kube::own_namespace(&p.doc)).collect();
    let mut foreign: Vec<&str> =
        lists.iter().filter(|l| in_namespace(l)).filter_map(|l| l.rsplit('/').next()).collect();
    foreign.retain(|n| !known.contains(n) && !kube::BUILT_IN.contains(n));
    let mut namespaces: Vec<Val> = made.iter().map(|p| words!["kubectl apply -f ", path(p)].into()).collect();
    namespaces.extend(foreign.iter().map(|n| {
        words!["kubectl create namespace ", own(n), " --dry-run=client --output yaml | kubectl apply -f -"].into()
    }));
    let environments = view.cluster.environments.iter().map(|e| {
        let values: Vec<Val> = below()
            .filter(|p| p.starts_with(&format!("overlays/{}/", e.name.v)) && p.ends_with("-values-patch.yaml"))
            .map(|p| words![Sp::new(crate::schema::TreePath(p.into()), STEP.origin())].into())
            .collect();
        Val::Record(vec![("name", words![e.name].into()), ("values", Val::Many(values))])
    });
    Some(Val::Record(vec![
        ("name", words![view.cluster.name].into()),
        ("folder", words![view.layer.folder].into()),
        ("installer", Val::Flag(installed)),
        ("kubeconfig", before::kubeconfig(view.t, view.cluster)),
        ("api", before::api(view.cluster).into()),
        ("snapshots", Val::Flag(below().any(|p| p.starts_with("config/rook-ceph/volumesnapshotclass-")))),
        ("kubernetes", option(view.t.targets.cluster.kubernetes.as_ref())),
        ("namespaces", Val::Many(namespaces)),
        ("steps", Val::Many(steps.into_iter().map(|(_, s)| Val::One(s)).collect())),
        ("environments", Val::Many(environments.collect())),
    ]))
}

/// Who in the clusters reads a secret: a script that asks for it, or a Secret that somebody makes.
pub(super) fn readers(t: &Topology, secret: SecretId) -> Vec<Composed> {
    let mut all = Vec::new();
    for c in &t.clusters {
        for layer in std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer)) {
            for reader in of_layer(layer, secret) {
                let reader = words![reader, " of ", c.name];
                if !all.iter().any(|r: &Composed| r.text == reader.text) {
                    all.push(reader);
                }
            }
        }
    }
    all
}

fn of_layer(layer: &Layer, secret: SecretId) -> Vec<Composed> {
    let mut all = Vec::new();
    if let Some(i) = &layer.install {
        let login = i.registry.iter().filter_map(|r| r.login.as_ref()).map(|(_, s)| s.v);
        let identities = i.kubesphere.iter().flat_map(|k| &k.identities).map(|i| i.secret.v);
        let admin = i.kubesphere.iter().filter_map(|k| k.admin.as_ref()).map(|s| s.v);
        if login.chain(identities).chain(admin).any(|s| s == secret) {
            all.push(words!["installer/install.sh"]);
        }
    }
    if let Some(g) = &layer.gitops {
        if g.repo.login.as_ref().is_some_and(|(_, s)| s.v == secret) {
            all.push(words!["installer/install-argo-cd.sh"]);
        }
        let page = layer.ui.as_ref().and_then(|u| u.page(PageOf::ArgoCd)).map(|p| &p.login);
        if page.is_some_and(|l| matches!(l, PageLogin::Oidc { secret: s, .. } if s.v == secret)) {
            all.push(words!["installer/install-argo-cd.sh"]);
        }
    }
    for p in layer.balancers.iter().filter_map(|b| b.bgp.as_ref()).flat_map(|b| &b.peers) {
        if p.secret.is_some_and(|s| s.v == secret) {
            all.push(words!["a Kubernetes Secret for BGP peer ", p.name]);
        }
    }
    if let Some(m) = &layer.monitoring {
        let page = layer.ui.as_ref().and_then(|u| u.page(PageOf::Grafana)).map(|p| &p.login);
        let client = page.is_some_and(|l| matches!(l, PageLogin::Oidc { secret: s, .. } if s.v == secret));
        if m.grafana.is_some_and(|s| s.v == secret || client) {
            all.push(words!["a Kubernetes Secret for Grafana"]);
        }
        for r in m.told.receivers.iter().filter(|r| r.secrets().iter().any(|(s, _)| s.v == secret)) {
            all.push(words!["a Kubernetes Secret for Alertmanager, for receiver ", r.name]);
        }
        if m.firewalls.iter().any(|f| f.snmp.is_some_and(|s| s.v == secret)) {
            all.push(words!["a Kubernetes Secret for the SNMP exporter"]);
        }
    }
    if layer.ui.as_ref().and_then(|u| u.outpost).is_some_and(|s| s.v == secret) {
        all.push(words!["a Kubernetes Secret for the outpost before pages"]);
    }
    if layer.backup.as_ref().is_some_and(|v| v.secret.v == secret) {
        all.push(words!["a Kubernetes Secret for Velero"]);
    }
    if layer.backup.as_ref().and_then(|v| v.encrypt.as_ref()).is_some_and(|s| s.v == secret) {
        all.push(words!["the Kubernetes Secret velero-repo-credentials"]);
    }
    for i in layer.certificates.iter().flat_map(|c| &c.issuers) {
        let reads = match &i.kind {
            IssuerKind::Acme(a) => a.dns01.iter().any(|d| d.secret.v == secret),
            IssuerKind::Ca(s) => s.v == secret,
            IssuerKind::SelfSigned(_) => false,
        };
        if reads {
            all.push(words!["a Kubernetes Secret for issuer ", i.name]);
        }
    }
    all
}
