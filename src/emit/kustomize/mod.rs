//! Emitter: what ties the files of a cluster's folder together: chart references, lists of objects, and overlays that hold
//! only what an environment changes; it spells nothing of its own.

mod difference;

use std::collections::{BTreeMap, BTreeSet};

use super::kube::{self, Carrier, Chart, HEADER, Part, PartKind, View};
use super::{Format, Meta, Out};
use crate::ir::{Environment, Off, Sealed};
use crate::render::{Composed, List, Map};
use crate::source::Rule;

crate::rules! {
    20;
    API = "kustomize reads files of this kind" @ "kustomize.config.k8s.io/v1beta1";
    REFERENCE = "a chart is named with its version once, beside its values" @ "RFC 8.2, base: chart references and default values";
    RELEASE = "the installer and Argo CD name the release alike, so that the second adopts what the first installed" @ "RFC 4.3, 5.1.2; targets K4";
    CRDS = "custom resources are defined by the chart's own files" @ "kustomize helmCharts, includeCRDs";
    LISTED = "kustomize takes only the objects that are listed" @ "kustomize.config.k8s.io/v1beta1, resources";
    ENVIRONMENT = "an environment is the cluster's configuration and what differs from it" @ "RFC 8.2, overlays";
    PATCH = "a patch holds only what differs in this environment" @ "RFC 8.2, overlays; kustomize.config.k8s.io/v1beta1, patches";
    REMOVED = "this environment has no such object" @ "kustomize, $patch: delete";
    CARRIED = "a file is put in a ConfigMap by which it is found; its name has no hash, for an old one would stay beside the new one" @ "kustomize.config.k8s.io/v1beta1, configMapGenerator, generatorOptions: disableNameSuffixHash";
    REPLACED = "a text cannot be patched: this environment's file takes the place of the cluster's" @ "kustomize.config.k8s.io/v1beta1, configMapGenerator: behavior";
    GONE = "null takes the key away that the cluster's file has" @ "RFC 7396 section 2; Helm, values files: deleting a default key";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "kustomize",
    writes: "<folder>/{base,config,overlays}/…/kustomization.yaml, <folder>/overlays/<environment>/{<chart>-values,config/<part>/…}-patch.yaml",
    what: "Chart references, lists of objects, and for each environment a patch with only what differs.",
    reader: "kustomize, Helm, Argo CD",
    apply: "`kubectl apply -k <folder>/config/<part>` or, for an environment, `kubectl apply -k <folder>/overlays/<environment>`; a values patch is a second `-f` behind the chart's values.",
    step: 8,
    rfc: "8.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Files of a folder: objects, and what ConfigMaps carry.
type Family<'a> = (Vec<&'a str>, Vec<(&'a str, Carrier)>);

/// For each cluster: references of its charts, lists of its objects, its overlays.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for (view, parts) in kube::spelled(sealed, out) {
        for part in &parts.base {
            if let PartKind::Values(chart) = &part.kind {
                let folder = part.path.trim_end_matches("values.yaml");
                write(&view, out, format!("{folder}kustomization.yaml"), reference(chart), REFERENCE);
            }
        }
        let mut families: BTreeMap<&str, Family<'_>> = BTreeMap::new();
        for part in &parts.base {
            let Some((family, file)) = part.path.rsplit_once('/') else { continue };
            match part.kind {
                PartKind::Values(_) => {}
                PartKind::Object => families.entry(family).or_default().0.push(file),
                PartKind::Json(carrier) => families.entry(family).or_default().1.push((file, carrier)),
            }
        }
        for (family, (objects, carried)) in &mut families {
            objects.sort_unstable();
            carried.sort_unstable_by_key(|(file, _)| *file);
            let mut doc = kustomization();
            let key = |text: &str| Composed { text: text.into(), why: vec![view.layer.folder.at] };
            if !objects.is_empty() {
                doc.list(key("resources"), LISTED, |l| objects.iter().for_each(|f| l.push((f.to_string(), LISTED))));
            }
            if !carried.is_empty() {
                doc.list(key("configMapGenerator"), CARRIED, |l| {
                    carried.iter().for_each(|(file, carrier)| l.map(CARRIED, |m| carry(m, file, file, None, *carrier)));
                });
            }
            write(&view, out, format!("{family}/kustomization.yaml"), doc, LISTED);
        }
        for (e, other) in view.cluster.environments.iter().zip(&parts.environments) {
            let theirs = View { layer: &e.layer, ..view };
            overlay(&theirs, e, &parts.base, other, families.keys().copied().collect(), out);
        }
    }
}

fn kustomization() -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", ("kustomize.config.k8s.io/v1beta1", API));
    doc.put("kind", ("Kustomization", API));
    doc
}

/// An entry of the generator: the ConfigMap, and the file that it holds under its own name.
fn carry(m: &mut Map, key: &str, file: &str, behavior: Option<&'static str>, carrier: Carrier) {
    let Carrier { namespace, labels, annotations } = carrier;
    m.put("name", (named(key).to_string(), CARRIED));
    m.put("namespace", (namespace, CARRIED));
    m.put_some("behavior", behavior.map(|b| (b, REPLACED)));
    m.list("files", CARRIED, |l| {
        l.push((if key == file { file.to_string() } else { format!("{key}={file}") }, CARRIED))
    });
    m.map("options", CARRIED, |o| {
        o.put("disableNameSuffixHash", (true, CARRIED));
        for (word, all) in [("labels", labels), ("annotations", annotations)] {
            o.map(word, CARRIED, |l| all.iter().for_each(|(k, v)| l.put(*k, (*v, CARRIED))));
        }
    });
}

/// The ConfigMap that carries a file.
fn named(file: &str) -> &str {
    file.trim_end_matches(".json")
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, file)| file)
}

fn reference(chart: &Chart) -> Map {
    let Chart { name, repository, version, release, namespace } = chart;
    let mut doc = kustomization();
    doc.list("helmCharts", REFERENCE, |l| {
        l.map(REFERENCE, |m| {
            m.put("name", (*name, REFERENCE));
            m.put("repo", (*repository, REFERENCE));
            m.put("version", version);
            m.put("releaseName", (*release, RELEASE));
            m.put("namespace", (*namespace, RELEASE));
            m.put("includeCRDs", (true, CRDS));
            m.put("valuesFile", ("values.yaml", REFERENCE));
        });
    });
    doc
}

fn overlay(
    theirs: &View<'_>,
    e: &Environment,
    base: &[Part],
    other: &[Part],
    families: BTreeSet<&str>,
    out: &mut Out<'_>,
) {
    // What runs there is in the parts of its view; where it is stated is for messages.
    let Environment { name, layer: _, off, at: _ } = e;
    let folder = format!("overlays/{}", name.v);
    for part in other {
        let PartKind::Values(chart) = &part.kind else { continue };
        let own = part.path.trim_start_matches("base/").trim_end_matches("/values.yaml");
        match base.iter().find(|b| b.path == part.path) {
            // A chart that only this environment has: its own reference beside its whole values.
            None => {
                write(theirs, out, format!("{folder}/{own}/values.yaml"), part.doc.clone(), part.rule);
                write(theirs, out, format!("{folder}/{own}/kustomization.yaml"), reference(chart), REFERENCE);
            }
            Some(b) => {
                if let Some(diff) = difference::of(&b.doc, &part.doc, GONE) {
                    write(theirs, out, format!("{folder}/{own}-values-patch.yaml"), diff, PATCH);
                }
            }
        }
    }
    let listed = |p: &&Part| !matches!(p.kind, PartKind::Values(_));
    let inside = |p: &&Part, f: &str| listed(p) && family(&p.path) == f;
    let own = other.iter().filter(listed).map(|p| family(&p.path));
    let mut resources = List::new();
    // What this environment is without is listed too, and every object of it is taken away by name.
    for f in own.chain(families.iter().copied()).collect::<BTreeSet<&str>>() {
        let before: Vec<&Part> = base.iter().filter(|p| inside(p, f)).collect();
        let after: Vec<&Part> = other.iter().filter(|p| inside(p, f)).collect();
        let differs = differing(theirs, &folder, f, &before, &after, families.contains(f), out);
        resources.push(if differs { (f.to_string(), ENVIRONMENT) } else { (format!("../../{f}"), ENVIRONMENT) });
    }
    let mut doc = kustomization();
    let mut why = vec![name.at];
    for Off { word, name } in off {
        why.push(word.at);
        why.extend(name.as_ref().map(|n| n.at));
    }
    doc.put(Composed { text: "resources".into(), why }, (resources, ENVIRONMENT));
    write(theirs, out, format!("{folder}/kustomization.yaml"), doc, ENVIRONMENT);
}

/// The folder of a family in an overlay: what the cluster has, patched where it differs, and what only the environment has.
/// Whether there is one: a family that is the same needs none.
fn differing(
    theirs: &View<'_>,
    overlay: &str,
    family: &str,
    base: &[&Part],
    other: &[&Part],
    there: bool,
    out: &mut Out<'_>,
) -> bool {
    let (mut resources, mut patches, mut carried) = (List::new(), List::new(), List::new());
    if there {
        // overlays, the environment, and each part of the family's own path.
        let up = "../".repeat(2 + family.split('/').count());
        resources.push((format!("{up}{family}"), ENVIRONMENT));
    }
    let mut files: Vec<(String, Map, Rule)> = Vec::new();
    let mut texts: Vec<&Part> = Vec::new();
    for part in other {
        let before = base.iter().find(|b| b.path == part.path);
        let diff = before.map(|b| difference::of(&b.doc, &part.doc, GONE));
        match (&part.kind, diff) {
            // The same as in the cluster.
            (_, Some(None)) | (PartKind::Values(_), _) => {}
            (PartKind::Json(carrier), before) => {
                let name = last(&part.path);
                let behavior = before.map(|_| "replace");
                carried.map(CARRIED, |m| carry(m, name, name, behavior, *carrier));
                texts.push(part);
            }
            (PartKind::Object, None) => {
                resources.push((last(&part.path).to_string(), ENVIRONMENT));
                files.push((last(&part.path).to_string(), part.doc.clone(), part.rule));
            }
            (PartKind::Object, Some(Some(diff))) => {
                let diff = difference::identified(&part.doc, diff);
                files.push((format!("{}-patch.yaml", file(&part.path)), diff, PATCH));
            }
        }
    }
    for b in base.iter().filter(|b| !other.iter().any(|o| o.path == b.path)) {
        let mut gone = Map::new();
        gone.put("$patch", ("delete", REMOVED));
        let gone = match b.kind {
            PartKind::Values(_) => continue,
            PartKind::Object => difference::identified(&b.doc, gone),
            PartKind::Json(Carrier { namespace, labels: _, annotations: _ }) => {
                let name = (named(last(&b.path)).to_string(), CARRIED);
                let head = kube::object("v1", "ConfigMap", name, Some(namespace), CARRIED);
                difference::identified(&head, gone)
            }
        };
        files.push((format!("{}-patch.yaml", named(file(&b.path))), gone, REMOVED));
    }
    if files.is_empty() && texts.is_empty() {
        return false;
    }
    for (name, doc, rule) in files {
        if name.ends_with("-patch.yaml") {
            patches.map(rule, |m| m.put("path", (name.clone(), rule)));
        }
        write(theirs, out, format!("{overlay}/{family}/{name}"), doc, rule);
    }
    for part in texts {
        let path = format!("{overlay}/{family}/{}", last(&part.path));
        out.doc(kube::site(theirs), kube::below(theirs, &path), Format::Json, part.doc.clone(), part.rule);
    }
    let mut doc = kustomization();
    doc.put("resources", (resources, ENVIRONMENT));
    if !carried.items.is_empty() {
        doc.put("configMapGenerator", (carried, CARRIED));
    }
    if !patches.items.is_empty() {
        doc.put("patches", (patches, PATCH));
    }
    write(theirs, out, format!("{overlay}/{family}/kustomization.yaml"), doc, ENVIRONMENT);
    true
}

/// The folder of a path.
fn family(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(family, _)| family)
}

/// The name of a file without its ending.
fn file(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".yaml")
}

fn write(view: &View<'_>, out: &mut Out<'_>, path: String, doc: Map, rule: Rule) {
    out.doc(kube::site(view), kube::below(view, &path), Format::Yaml(HEADER), doc, rule);
}
