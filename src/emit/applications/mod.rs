//! Emitter: what Argo CD is told to keep: a root, an Application for each chart and each folder of objects, and what each stack
//! may do; it decides nothing.

mod projects;

use std::collections::BTreeMap;

use super::argo_cd::SPACE;
use super::kube::{self, Chart, HEADER, Part, PartKind, View};
use super::{Format, Meta, Out};
use crate::consumer::{Delivered, Stack, delivered, in_namespace};
use crate::ir::{Gitops, Repo, Sealed};
use crate::render::{Composed, List, Map};
use crate::schema::{Label, SyncMode, TreePath};
use crate::source::{Origin, Rule, Sp};
use crate::words;

crate::rules! {
    92;
    ROOT = "one Application has all others; the folder that it reads is its own" @ "RFC 8.1, 8.2; Argo CD 3.4, App of Apps";
    APPLICATION = "each chart and each folder of objects is one Application, and nothing is in two" @ "RFC 8.1, 8.2; argoproj.io/v1alpha1, Application; targets K4";
    WAVE = "what something needs comes in an earlier wave: definitions before objects, the network before pods, the refusal of everything else before whatever may wait for others" @ "RFC 8.1; Argo CD 3.4, sync waves";
    CHART = "the release that is there already: chart, version, name and namespace are those of its reference" @ "RFC 4.3, 5.1.2, 8.1; targets K4";
    VALUES = "values are files of this tree, the environment's behind the cluster's" @ "RFC 8.2; Argo CD 3.4, multiple sources: ref";
    PLACE = "the folder of the tree in the repository" @ "RFC 8.2";
    CLUSTER = "the cluster that Argo CD runs in" @ "Argo CD 3.4, destination.server";
    SYNC = "what Argo CD does by itself" @ "RFC 8.1; argoproj.io/v1alpha1, syncPolicy.automated";
    KEEPS = "nothing of it is deleted because it is gone from the tree: it holds data, or definitions whose objects would go with them" @ "RFC 5.8, 8.1; Argo CD 3.4, automatic pruning";
    ROOT_PRUNES = "an Application that is gone leaves what runs: it has no finalizer" @ "Argo CD 3.4, App Deletion: resources-finalizer";
    SERVER_SIDE = "definitions are larger than the annotation that a client's apply keeps" @ "Kubernetes, annotations: 256 KiB; Argo CD 3.4, ServerSideApply";
    CREATES = "a chart or policies may come before the object that is their namespace" @ "Argo CD 3.4, CreateNamespace";
    RETRY = "what waits for something of another stack is tried again, without an end: what gave up once stays so until somebody commits" @ "Argo CD 3.4, retry: less than 0; controller/appcontroller.go, autoSync";
    NEWEST = "a new try takes what the repository says by then, so a mend is not waited out" @ "argoproj.io/v1alpha1, Application, retry.refresh";
    PROJECT = "a stack may read these places and make these kinds, and nothing else" @ "RFC 8.1; argoproj.io/v1alpha1, AppProject";
    KINDS = "an empty list of kinds without a namespace would refuse definitions" @ "argoproj.io/v1alpha1, clusterResourceWhitelist; targets 5";
    SEEN = "what a Deployment makes is hidden where its kind is not listed" @ "Argo CD 3.4, getResourceTree asks IsResourcePermitted of each child";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "applications",
    writes: "<folder>/applications/{root,root-project,<stack>/…}.yaml, <folder>/overlays/<environment>/applications/…",
    what: "What Argo CD keeps: a root Application, one for each chart and folder of objects in the order that works, and an AppProject for each stack.",
    reader: "Argo CD",
    apply: "`<folder>/installer/install-argo-cd.sh` applies the root; with the name of an environment the root of that one. Both roots have the same name: one takes the other's place, and nothing has two owners.",
    step: 9,
    rfc: "8.1, 8.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Group and version of Argo CD's objects.
const API: &str = "argoproj.io/v1alpha1";
/// The API server as pods see it.
const SERVER: &str = "https://kubernetes.default.svc";
/// The wave of projects: before what is in them.
const PROJECTS: i16 = -10;

/// For each cluster that Argo CD keeps: a set of Applications, and one for each environment.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for (view, parts) in kube::spelled(sealed, out) {
        set(&view, &parts.base, &parts.base, None, out);
        for (e, other) in view.cluster.environments.iter().zip(&parts.environments) {
            let theirs = View { layer: &e.layer, ..view };
            set(&theirs, &parts.base, other, Some(&e.name), out);
        }
    }
}

/// What an Application applies.
enum What<'a> {
    /// A chart and its files of values below the cluster's folder.
    Chart(&'a Chart, Vec<String>),
    /// A folder of objects below the cluster's folder, and the objects.
    Folder(String, Vec<&'a Part>),
}

/// One Application.
struct Application<'a> {
    /// `base/<chart>` or `config/<family>`.
    key: String,
    row: &'static Delivered,
    what: What<'a>,
}

impl Application<'_> {
    /// Whether Argo CD makes the namespace that it is in: that of a chart, and that of policies that come before what runs there.
    fn creates(&self) -> bool {
        let made = match &self.what {
            What::Chart(..) => true,
            What::Folder(..) => in_namespace(&self.key),
        };
        made && !kube::BUILT_IN.contains(&self.home().as_str())
    }

    /// Its name: `metallb` is the chart, `config-metallb` the objects.
    fn name(&self) -> String {
        self.key.strip_prefix("base/").unwrap_or(&self.key).replace('/', "-")
    }

    /// The namespace that it is in: the chart's, or that of the first object that names one.
    fn home(&self) -> String {
        match &self.what {
            What::Chart(chart, _) => chart.namespace.into(),
            What::Folder(_, parts) => {
                let named = parts.iter().find_map(|p| kube::namespace(&p.doc));
                let own = || parts.iter().find_map(|p| kube::own_namespace(&p.doc));
                named.or_else(own).unwrap_or(self.row.home).into()
            }
        }
    }
}

/// The Applications of one set of settings. Folders that no environment changes are files of other emitters, so what was
/// written is looked at: there is nothing that nobody applies.
fn set(view: &View<'_>, base: &[Part], parts: &[Part], environment: Option<&Sp<Label>>, out: &mut Out<'_>) {
    let Some(g) = &view.layer.gitops else { return };
    let mut all: BTreeMap<String, Application<'_>> = BTreeMap::new();
    let there = |path: &str| out.artifacts.iter().any(|a| a.path == kube::below(view, path));
    let own = environment.map(|e| format!("overlays/{}", e.v));
    for part in parts {
        let PartKind::Values(chart) = &part.kind else { continue };
        let Some(key) = part.path.strip_suffix("/values.yaml") else { continue };
        let Some(row) = delivered(key) else { continue };
        let name = key.trim_start_matches("base/");
        let files = match &own {
            Some(own) if base.iter().any(|b| b.path == part.path) => {
                let patch = format!("{own}/{name}-values-patch.yaml");
                std::iter::once(part.path.clone()).chain(Some(patch).filter(|p| there(p))).collect()
            }
            Some(own) => vec![format!("{own}/{name}/values.yaml")],
            None => vec![part.path.clone()],
        };
        all.insert(key.into(), Application { key: key.into(), row, what: What::Chart(chart, files) });
    }
    let prefix = kube::below(view, "");
    let lists = out.artifacts.iter().filter_map(|a| a.path.strip_prefix(&prefix)?.strip_suffix("/kustomization.yaml"));
    for list in lists {
        let key = own.as_ref().and_then(|o| list.strip_prefix(o.as_str())?.strip_prefix('/')).unwrap_or(list);
        let Some(row) = delivered(key) else { continue };
        let inside = |p: &&Part| {
            matches!(p.kind, PartKind::Object) && p.path.rsplit_once('/').is_some_and(|(family, _)| family == key)
        };
        let objects: Vec<&Part> = parts.iter().filter(inside).collect();
        // A family that this environment is without; a folder that has no part is the same for all.
        let family = |p: &Part| p.path.rsplit_once('/').is_some_and(|(family, _)| family == key);
        if !parts.iter().any(family) && base.iter().any(family) || there(&format!("{key}/values.yaml")) {
            continue;
        }
        // The environment's own folder takes the place of the cluster's.
        if list == key && all.contains_key(key) {
            continue;
        }
        all.insert(key.into(), Application { key: key.into(), row, what: What::Folder(list.into(), objects) });
    }
    let all: Vec<Application<'_>> = all.into_values().collect();
    let folder = own.map_or("applications".to_string(), |own| format!("{own}/applications"));
    let mut files: Vec<(String, Map, Rule)> = Vec::new();
    files.push((format!("{folder}/root-project.yaml"), projects::root(g), PROJECT));
    files.push((format!("{folder}/root.yaml"), root(view, g, &folder, environment.map(|e| e.at)), ROOT));
    let mut stacks: BTreeMap<Stack, Vec<&Application<'_>>> = BTreeMap::new();
    for a in &all {
        stacks.entry(a.row.stack).or_default().push(a);
        let path = format!("{folder}/{}/{}.yaml", a.row.stack.name(), a.name());
        files.push((path, application(view, g, a, environment.map(|e| e.at)), APPLICATION));
    }
    for (stack, applications) in stacks {
        let path = format!("{folder}/{}/project.yaml", stack.name());
        files.push((path, projects::project(g, stack, &applications), PROJECT));
    }
    for (path, doc, rule) in files {
        out.doc(kube::site(view), kube::below(view, &path), Format::Yaml(HEADER), doc, rule);
    }
}

/// The head of an Application or a project: its wave is an annotation.
fn head(kind: &'static str, name: impl crate::render::IntoDoc, wave: Option<i16>, rule: Rule) -> Map {
    kube::object_with(API, kind, name, Some(SPACE), rule, |m| {
        if let Some(wave) = wave {
            let at = |n: i16| (n.to_string(), WAVE);
            m.map("annotations", WAVE, |a| a.put("argocd.argoproj.io/sync-wave", at(wave)));
        }
    })
}

/// A path in the repository: where the tree is, the cluster's folder, and a place below it.
fn place(view: &View<'_>, g: &Gitops, below: &str) -> Composed {
    let below = Sp::new(TreePath(below.into()), PLACE.origin());
    words![g.repo.path, "/", view.layer.folder, "/", below]
}

fn root(view: &View<'_>, g: &Gitops, folder: &str, environment: Option<Origin>) -> Map {
    let mut doc = head("Application", ("root", ROOT), None, ROOT);
    doc.map("spec", ROOT, |s| {
        s.put("project", ("root", ROOT));
        s.map("source", ROOT, |m| {
            repository(g, m);
            let path = place(view, g, folder);
            m.put("path", (environment.iter().fold(path, |p, at| p.citing(*at)), PLACE));
            m.map("directory", ROOT, |d| d.put("recurse", (true, ROOT)));
        });
        destination(SPACE, s);
        policy(g, Some(ROOT_PRUNES), &[], s);
    });
    doc
}

fn application(view: &View<'_>, g: &Gitops, a: &Application<'_>, environment: Option<Origin>) -> Map {
    let mut doc = head("Application", (a.name(), APPLICATION), Some(a.row.wave), APPLICATION);
    let name = a.home();
    let mut options: Vec<(&'static str, Rule)> = Vec::new();
    doc.map("spec", APPLICATION, |s| {
        s.put("project", (a.row.stack.name(), PROJECT));
        match &a.what {
            What::Chart(chart, files) => {
                let Chart { name, repository: charts, version, release, namespace: _ } = chart;
                s.list("sources", CHART, |l| {
                    l.map(CHART, |m| {
                        m.put("repoURL", (*charts, CHART));
                        m.put("chart", (*name, CHART));
                        m.put("targetRevision", version);
                        m.map("helm", CHART, |h| {
                            h.put("releaseName", (*release, CHART));
                            h.list("valueFiles", VALUES, |l: &mut List| {
                                for file in files {
                                    let path = words!["$values/", place(view, g, file)];
                                    l.push((environment.iter().fold(path, |p, at| p.citing(*at)), VALUES));
                                }
                            });
                        });
                    });
                    l.map(VALUES, |m| {
                        repository(g, m);
                        m.put("ref", ("values", VALUES));
                    });
                });
            }
            What::Folder(folder, _) => s.map("source", PLACE, |m| {
                repository(g, m);
                m.put("path", (place(view, g, folder), PLACE));
            }),
        }
        destination(&name, s);
        if a.creates() {
            options.push(("CreateNamespace=true", CREATES));
        }
        if a.row.defines() {
            options.push(("ServerSideApply=true", SERVER_SIDE));
        }
        policy(g, a.row.keeps.then_some(KEEPS), &options, s);
    });
    doc
}

fn repository(g: &Gitops, m: &mut Map) {
    // Who reads it is in a Secret that the script makes; the path is in what is read.
    let Repo { url, revision, path: _, login: _ } = &g.repo;
    m.put("repoURL", url);
    m.put("targetRevision", revision);
}

fn destination(namespace: &str, s: &mut Map) {
    s.map("destination", CLUSTER, |d| {
        d.put("server", (SERVER, CLUSTER));
        d.put("namespace", (namespace.to_string(), CLUSTER));
    });
}

/// What Argo CD does by itself. `fixed` says why pruning is not as stated: the root prunes, what keeps something never does.
fn policy(g: &Gitops, fixed: Option<Rule>, options: &[(&'static str, Rule)], s: &mut Map) {
    s.map(words!["syncPolicy"].citing(g.sync.at), SYNC, |p| {
        match g.sync.v {
            SyncMode::Automatic => p.map("automated", SYNC, |m| {
                match fixed {
                    Some(rule) => m.put("prune", (rule == ROOT_PRUNES, rule)),
                    None => m.put("prune", g.prune),
                }
                m.put("selfHeal", g.self_heal);
            }),
            SyncMode::Manual => {}
        }
        if !options.is_empty() {
            p.list("syncOptions", SYNC, |l| options.iter().for_each(|o| l.push(*o)));
        }
        if g.sync.v == SyncMode::Automatic {
            p.map("retry", RETRY, |r| {
                r.put("limit", (-1i16, RETRY));
                r.put("refresh", (true, NEWEST));
                r.map("backoff", RETRY, |b| {
                    b.put("duration", ("15s", RETRY));
                    b.put("factor", (2u16, RETRY));
                    b.put("maxDuration", ("5m", RETRY));
                });
            });
        }
    });
}
