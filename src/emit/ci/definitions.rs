//! Where the definitions of the tree's own kinds of objects are, and which kinds have none: those are named, never passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::{kind_of, named, spelled};
use crate::consumer::{Defines, charts, defines};
use crate::emit::Out;
use crate::emit::kube::{self, Chart, PartKind, View};
use crate::ir::{Ci, Sealed};
use crate::render::Composed;
use crate::render::template::Val;
use crate::schema::CiTool;
use crate::words;

/// What kubeconform is told of kinds that are not Kubernetes' own.
#[derive(Default)]
pub(super) struct Definitions {
    /// Charts that are rendered for theirs.
    pub(super) charts: Vec<Val>,
    /// Files of releases.
    pub(super) files: Vec<Val>,
    /// Kinds that nothing defines: group, version and kind.
    pub(super) unknown: Vec<Val>,
}

impl Definitions {
    /// Whether anything is defined.
    pub(super) fn any(&self) -> bool {
        !self.charts.is_empty() || !self.files.is_empty()
    }
}

/// Whether schemas are made of definitions.
pub(super) fn sources(sealed: &Sealed<'_>, ci: &Ci, out: &Out<'_>) -> bool {
    of(sealed, ci, out).any()
}

/// Looks at every object of every cluster and environment. Charts are rendered by Helm, so without it theirs are unknown.
pub(super) fn of(sealed: &Sealed<'_>, ci: &Ci, out: &Out<'_>) -> Definitions {
    if ci.check(CiTool::Kubeconform).is_none() {
        return Definitions::default();
    }
    let helm = ci.check(CiTool::Helm).is_some();
    let mut found = Definitions::default();
    let (mut charts, mut files): (BTreeMap<String, Val>, BTreeMap<String, Val>) = Default::default();
    let mut unknown: BTreeMap<String, Composed> = BTreeMap::new();
    for (view, _, parts) in spelled(sealed, out) {
        let mut kinds: BTreeSet<(String, String)> = parts.iter().filter_map(kind_of).collect();
        if view.layer.gitops.is_some() {
            kinds.extend(["Application", "AppProject"].map(|k| ("argoproj.io/v1alpha1".into(), k.to_string())));
        }
        for (api, kind) in kinds {
            let (group, version) = api.split_once('/').unwrap_or(("", &api));
            let known = match defines(group) {
                Defines::Kubernetes => true,
                Defines::Chart(name) => {
                    let chart = parts.iter().find_map(|p| match &p.kind {
                        PartKind::Values(c) if c.name == name => Some((c, &p.path)),
                        _ => None,
                    });
                    match chart {
                        Some((chart, path)) if helm => {
                            let Chart { name, version, .. } = chart;
                            charts
                                .entry(format!("{name} {}", version.v))
                                .or_insert_with(|| named(&view, chart, &[kube::below(&view, path)]));
                            true
                        }
                        _ => false,
                    }
                }
                Defines::Cilium => cilium(&view, version, &kind, &mut files),
                Defines::GatewayApi => gateway_api(&view, &mut files),
                Defines::Nothing => false,
            };
            if !known {
                let why = vec![view.layer.folder.at];
                unknown.entry(format!("{api}/{kind}")).or_insert(Composed { text: format!("{api}/{kind}"), why });
            }
        }
    }
    found.charts.extend(charts.into_values());
    found.files.extend(files.into_values());
    found.unknown.extend(unknown.into_values().map(Val::One));
    found
}

/// A definition of Cilium is one file of its source (pkg/k8s/apis/cilium.io/client/crds of 1.18 to 1.20).
fn cilium(view: &View<'_>, version: &str, kind: &str, files: &mut BTreeMap<String, Val>) -> bool {
    let Some(cilium) = &view.layer.cilium else { return false };
    let lower = kind.to_ascii_lowercase();
    let plural = lower.strip_suffix('y').map_or_else(|| format!("{lower}s"), |stem| format!("{stem}ies"));
    let head = words![
        "https://raw.githubusercontent.com/cilium/cilium/v",
        cilium.chart,
        "/pkg/k8s/apis/cilium.io/client/crds/"
    ];
    let url = Composed { text: format!("{}{version}/{plural}.yaml", head.text), why: head.why };
    let name = Composed { text: format!("{plural}-{version}-{}", cilium.chart.v), why: vec![cilium.chart.at] };
    files.entry(url.text.clone()).or_insert_with(|| Val::Record(vec![("name", name.into()), ("url", url.into())]));
    true
}

/// The release that the tree installs.
fn gateway_api(view: &View<'_>, files: &mut BTreeMap<String, Val>) -> bool {
    let Some(api) = view.layer.gateways().next().map(|(_, g)| &g.api) else { return false };
    let url = words![charts::GATEWAY_API, api, "/standard-install.yaml"];
    let name = words!["gateway-api-", api];
    files.entry(url.text.clone()).or_insert_with(|| Val::Record(vec![("name", name.into()), ("url", url.into())]));
    true
}
