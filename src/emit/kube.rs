//! What the emitters of the cluster layer share: parts of a cluster's folder, chart references, objects; decides nothing.

use super::{Format, Meta, Out, Site};
use crate::consumer::charts;
use crate::ir::{Cluster, Layer, Sealed, Secret, SecretId, Topology};
use crate::render::{Composed, Doc, IntoDoc, IntoKey, Map};
use crate::schema::{Name, Version};
use crate::source::{Rule, Sp};
use crate::words;

/// What a part is made from: a cluster with what runs in it, or with what runs in one of its environments.
#[derive(Copy, Clone, Debug)]
pub struct View<'a> {
    /// What the topology is called, and everything else.
    pub sealed: &'a Sealed<'a>,
    /// The whole topology.
    pub t: &'a Topology,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// What runs in it.
    pub layer: &'a Layer,
}

/// A file of a cluster's folder that an environment may change.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it is below the cluster's folder: `base/<chart>/values.yaml` or `config/<family>/<kind>-<name>.yaml`.
    pub path: String,
    /// What it says.
    pub doc: Map,
    /// Why the file exists.
    pub rule: Rule,
    /// What it is.
    pub kind: PartKind,
    /// The emitter whose part it is; [`spell`] says it, for no emitter knows another.
    by: &'static str,
}

/// The parts of a cluster, each list in the order of paths.
#[derive(Debug)]
pub struct Spelled {
    /// What the cluster has.
    pub base: Vec<Part>,
    /// What each environment has, in the order of the environments.
    pub environments: Vec<Vec<Part>>,
}

/// What a part is.
#[derive(Clone, Debug)]
pub enum PartKind {
    /// Values of a chart.
    Values(Chart),
    /// One object of the cluster: `apiVersion`, `kind`, `metadata` and the rest.
    Object,
    /// A JSON file that kustomize puts in a ConfigMap of its own.
    Json(Carrier),
}

/// The ConfigMap that carries one file to whoever looks for ConfigMaps like it; it is called like the file, without its ending.
#[derive(Copy, Clone, Debug)]
pub struct Carrier {
    /// Its namespace.
    pub namespace: &'static str,
    /// Its labels: by these it is found.
    pub labels: &'static [(&'static str, &'static str)],
    /// Its annotations.
    pub annotations: &'static [(&'static str, &'static str)],
}

/// A chart as Helm and Argo CD must name it alike: the first installs it, the second adopts the same release.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The chart's name.
    pub name: &'static str,
    /// The repository's address.
    pub repository: &'static str,
    /// Its version as stated.
    pub version: Sp<Version>,
    /// The release's name.
    pub release: &'static str,
    /// The namespace of the release.
    pub namespace: &'static str,
}

/// The chart of Cilium.
/// The Cilium release: the installer puts in exactly this, Argo CD adopts it.
pub fn cilium_chart(version: &Sp<Version>) -> Chart {
    Chart {
        name: "cilium",
        repository: charts::CILIUM,
        version: version.clone(),
        release: "cilium",
        namespace: "kube-system",
    }
}

/// The command that installs a release or brings it up to what the file of values says; it is run in the cluster's folder.
pub fn helm(chart: &Chart, values: &str, rule: Rule) -> Composed {
    let Chart { name, repository, version, release, namespace } = chart;
    let own = |text: &&'static str| Sp::new(*text, rule.origin());
    let values = Sp::new(crate::schema::TreePath(values.into()), rule.origin());
    words![
        "helm upgrade --install ",
        own(release),
        " ",
        own(name),
        " --repo ",
        own(repository),
        " --version ",
        version,
        " --namespace ",
        own(namespace),
        " --create-namespace --values ",
        values,
        " --wait"
    ]
}

/// Spells the parts of one emitter.
pub type Parts = fn(&View<'_>) -> Vec<Part>;

/// The emitters of the cluster layer whose files an environment may change.
const PARTS: &[(&Meta, Parts)] = &[
    (&super::metallb::META, super::metallb::parts),
    (&super::cilium_lb::META, super::cilium_lb::parts),
    (&super::cilium::META, super::cilium::parts),
    (&super::ingress_nginx::META, super::ingress_nginx::parts),
    (&super::gateway::META, super::gateway::parts),
    (&super::cert_manager::META, super::cert_manager::parts),
    (&super::ui::META, super::ui::parts),
    (&super::health::META, super::health::parts),
    (&super::velero::META, super::velero::parts),
    (&super::nested::META, super::nested::parts),
    (&super::rook::META, super::rook::parts),
    (&super::logging::META, super::logging::parts),
    (&super::tracing::META, super::tracing::parts),
    (&super::network_policies::META, super::network_policies::parts),
    (&super::argo_cd::META, super::argo_cd::parts),
    (&super::dashboards::META, super::dashboards::parts),
    (&super::alerts::META, super::alerts::parts),
    (&super::monitoring::META, super::monitoring::parts),
];

/// The comment at the head of each file.
pub const HEADER: &[&str] = &["Made by topoc; change the topology, not this file."];

/// Views of all clusters without their environments.
pub fn views<'a>(sealed: &'a Sealed<'a>) -> impl Iterator<Item = View<'a>> {
    let t: &'a Topology = sealed;
    t.clusters.iter().map(move |cluster| View { sealed, t, cluster, layer: &cluster.layer })
}

/// Views of all clusters, each with its parts.
pub fn spelled<'a, 'o>(
    sealed: &'a Sealed<'a>,
    out: &Out<'o>,
) -> impl Iterator<Item = (View<'a>, &'o Spelled)> + use<'a, 'o> {
    views(sealed).zip(out.parts)
}

/// Spells the parts of every cluster, in the order of [`views`]: several emitters look at them, and they are made once.
pub fn spell(sealed: &Sealed<'_>) -> Vec<Spelled> {
    let all = |view: View<'_>| {
        let made = PARTS.iter().flat_map(|(meta, parts)| parts(&view).into_iter().map(|p| Part { by: meta.name, ..p }));
        let mut all: Vec<Part> = made.collect();
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    };
    let theirs = |view: &View<'_>| {
        let cluster: &Cluster = view.cluster;
        cluster.environments.iter().map(|e| all(View { layer: &e.layer, ..*view })).collect()
    };
    views(sealed).map(|view| Spelled { base: all(view), environments: theirs(&view) }).collect()
}

/// Writes the parts of the emitter that runs, for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let emitter = out.emitter;
    for (view, parts) in spelled(sealed, out) {
        for part in parts.base.iter().filter(|p| p.by == emitter) {
            let format = match part.kind {
                PartKind::Values(_) | PartKind::Object => Format::Yaml(HEADER),
                PartKind::Json(_) => Format::Json,
            };
            out.spelled(site(&view), below(&view, &part.path), format, &part.doc, part.rule);
        }
    }
}

/// A path below the cluster's folder.
pub fn below(view: &View<'_>, path: &str) -> String {
    format!("{}/{path}", view.layer.folder.v)
}

/// Who obeys the files of a cluster.
pub fn site(view: &View<'_>) -> Site {
    Site::Cluster(Name::of(view.cluster.name.v.as_str()))
}

impl Part {
    /// Values of a chart, in `base/<folder>/values.yaml`.
    pub fn values(folder: &str, chart: Chart, doc: Map, rule: Rule) -> Part {
        Part { path: format!("base/{folder}/values.yaml"), doc, rule, kind: PartKind::Values(chart), by: "" }
    }

    /// An object, in `config/<family>/<file>.yaml`.
    pub fn object(family: &str, file: &str, doc: Map, rule: Rule) -> Part {
        Part { path: format!("config/{family}/{file}.yaml"), doc, rule, kind: PartKind::Object, by: "" }
    }

    /// A JSON file that a ConfigMap carries, in `config/<family>/<file>.json`.
    pub fn json(family: &str, file: &str, doc: Map, rule: Rule, carrier: Carrier) -> Part {
        Part { path: format!("config/{family}/{file}.json"), doc, rule, kind: PartKind::Json(carrier), by: "" }
    }
}

/// The head of an object: `apiVersion`, `kind`, `metadata` with name and namespace.
pub fn object(
    api: &'static str,
    kind: &'static str,
    name: impl IntoDoc,
    namespace: Option<&'static str>,
    rule: Rule,
) -> Map {
    object_with(api, kind, name, namespace, rule, |_| {})
}

/// As [`object`], with more in `metadata`: labels, annotations.
pub fn object_with(
    api: &'static str,
    kind: &'static str,
    name: impl IntoDoc,
    namespace: Option<&'static str>,
    rule: Rule,
    more: impl FnOnce(&mut Map),
) -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", (api, rule));
    doc.put("kind", (kind, rule));
    doc.map("metadata", rule, |m| {
        m.put("name", name);
        if let Some(n) = namespace {
            m.put("namespace", (n, rule));
        }
        more(m);
    });
    doc
}

/// Puts a value behind a path of keys, making the maps on the way: `set(doc, &["hubble", "relay"], "enabled", …)`.
pub fn set(doc: &mut Map, path: &[&'static str], key: impl IntoKey, value: impl IntoDoc, rule: Rule) {
    let mut at = doc;
    for step in path {
        at = at.sub(step, rule);
    }
    at.put(key, value);
}

/// The annotation that says where a Secret comes from that somebody makes by hand, and which of its keys an object reads.
pub fn kept(view: &View<'_>, secret: &Sp<SecretId>, keys: &'static str) -> (Composed, Composed) {
    let Secret { name, store, path, key } = view.t.secret(secret.v);
    let from = match key {
        Some(key) => words!["key ", keys, ", from ", store, " ", path, " ", key],
        None => words!["key ", keys, ", from ", store, " ", path],
    };
    (words!["topoc/secret-", name], from.citing(secret.at))
}

/// Namespaces that every cluster has (Kubernetes, Namespaces: Initial namespaces).
pub const BUILT_IN: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// A text in an object, at its top.
pub fn text<'d>(doc: &'d Map, key: &str) -> Option<&'d str> {
    match doc.get(key)? {
        Doc::Str(s) => Some(s),
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::List(_) | Doc::Map(_) | Doc::Tagged(..) | Doc::Lines(_) => None,
    }
}

fn metadata<'d>(doc: &'d Map, key: &str) -> Option<&'d str> {
    match doc.get("metadata")? {
        Doc::Map(m) => text(m, key),
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::List(_) | Doc::Str(_) | Doc::Tagged(..) | Doc::Lines(_) => None,
    }
}

/// The namespace of an object; every object that has one says it.
pub fn namespace(doc: &Map) -> Option<&str> {
    metadata(doc, "namespace")
}

/// The name of an object that is a namespace.
pub fn own_namespace(doc: &Map) -> Option<&str> {
    metadata(doc, "name").filter(|_| text(doc, "kind") == Some("Namespace"))
}
