//! Emitter: what checks the tree on each change: a workflow, the script that it runs, and rules for policies; decides nothing.

mod definitions;
mod exceptions;

use super::kube::{self, Chart, HEADER, Part, PartKind, View};
use super::{Format, Meta, Out, Site};
use crate::consumer::CiHad;
use crate::ir::{Ci, CiCheck, Environment, Sealed};
use crate::render::template::{Val, render};
use crate::render::{Composed, Map};
use crate::schema::{CiHost, CiTool, DenyBy};
use crate::source::Sp;
use crate::words;

crate::rules! {
    105;
    SCRIPT = "the checks of CI run at a desk too, so none depends on whose CI it is" @ "RFC 8.3";
    WORKFLOW = "every change is checked before it is merged" @ "RFC 8.3; GitHub, Workflow syntax for GitHub Actions";
    FIRST = "nothing else is looked at while the tree is not what the topology says" @ "RFC 8.3; topoc build --check";
    LEAST = "a job may read the repository and nothing else" @ "GitHub, Workflow syntax: permissions";
    PINNED = "a tag can be moved, a commit cannot" @ "GitHub, Security hardening for GitHub Actions: using third-party actions";
    FORGETS = "later steps have no need of the token" @ "actions/checkout, README: persist-credentials";
    BOUNDED = "a job that hangs is ended" @ "GitHub, Workflow syntax: timeout-minutes";
    SAME = "the tree is checked by the topoc that made it: another one may make other files" @ "RFC 8.3";
    COPIED = "GitHub reads workflows in one folder only, so the copy there must be this file" @ "GitHub, Workflow syntax: .github/workflows";
    PITFALLS = "a policy that is wider than anybody said is refused" @ "RFC 8.3; Cilium, network policies";
    WIDE = "what the topology opens wide is named, policy by policy" @ "RFC 5.7, 8.3";
    SCHEMAS = "kinds that are not Kubernetes' own are held to their own definitions" @ "RFC 8.3; kubeconform 0.7, -schema-location";
    PYYAML = "definitions are read by PyYAML" @ "PyYAML 6.0.3, safe_load_all";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "ci",
    writes: "ci/{github/topoc.yml, check.sh, schemas.py, policy/…/*.rego}",
    what: "What checks this tree on each change: a stale tree, YAML, objects, charts, policies.",
    reader: "GitHub Actions, bash, conftest",
    apply: "Copy ci/github/topoc.yml to .github/workflows/topoc.yml of the repository, once and whenever it changes: it fails where the two differ. At a desk: `ci/check.sh tools`, then `ci/check.sh`.",
    step: 1,
    rfc: "8.3",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The version of PyYAML that reads definitions.
const PYYAML_VERSION: &str = "6.0.3";

/// The workflow, the script, and what its programs read.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let Some(ci) = &sealed.ci else { return };
    let Ci { host, runner, topoc, checkout, topology, tree, checks, at: _ } = ci;
    let site = || Site::Workstation;
    let mut build = words![""];
    if let Some(file) = topology {
        build = words![build, " --file ", file];
    }
    let build = words![build, " --out ", tree];
    match host.v {
        CiHost::GitHub => {
            let doc = workflow(runner, topoc, checkout, tree, &build, checks).citing(host.at);
            out.doc(site(), "ci/github/topoc.yml".into(), Format::Yaml(HEADER), doc, WORKFLOW);
        }
    }
    let script = script(sealed, ci, &build, out);
    out.program(site(), "ci/check.sh".into(), script);
    if ci.check(CiTool::Conftest).is_some() && !judged(sealed).is_empty() {
        let text = render("cilium.rego", include_str!("cilium.rego"), PITFALLS, &[]);
        out.text(site(), "ci/policy/cilium.rego".into(), text);
        for (view, environment) in judged(sealed) {
            let text = exceptions::of(&view);
            out.text(site(), format!("ci/policy/{}/exceptions.rego", place(&view, environment).text), text);
        }
    }
    if definitions::sources(sealed, ci, out) {
        let text = render("schemas.py", include_str!("schemas.py"), SCHEMAS, &[]);
        out.program(site(), "ci/schemas.py".into(), text);
    }
}

/// The workflow of GitHub Actions.
fn workflow(
    runner: &Sp<crate::schema::CiRunner>,
    topoc: &Sp<crate::schema::ShellLine>,
    (version, commit): &(Sp<crate::schema::Version>, Sp<crate::schema::GitCommit>),
    tree: &Sp<crate::schema::TreePath>,
    build: &Composed,
    checks: &[CiCheck],
) -> Workflow {
    let script = |word: Composed| words![tree, "/ci/check.sh ", word];
    let mut doc = Map::new();
    doc.put("name", ("topoc", WORKFLOW));
    doc.map("on", WORKFLOW, |on| on.put("pull_request", ((), WORKFLOW)));
    doc.map("permissions", LEAST, |p| p.put("contents", ("read", LEAST)));
    doc.map("jobs", WORKFLOW, |jobs| {
        jobs.map("tree", WORKFLOW, |job| {
            job.put("runs-on", runner);
            job.put("timeout-minutes", (30, BOUNDED));
            job.map("env", SAME, |env| env.put("TOPOC_VERSION", (env!("CARGO_PKG_VERSION"), SAME)));
            job.list("steps", WORKFLOW, |steps| {
                steps.map(PINNED, |s| {
                    s.put("name", (words!["Check out by actions/checkout ", version], PINNED));
                    s.put("uses", (words!["actions/checkout@", commit], PINNED));
                    s.map("with", FORGETS, |w| w.put("persist-credentials", (false, FORGETS)));
                });
                steps.map(SAME, |s| {
                    s.put("name", ("Get topoc", SAME));
                    s.put("run", topoc);
                });
                let mut step = |name: Composed, run: Composed, rule| {
                    steps.map(rule, |s| {
                        s.put("name", (name, rule));
                        s.put("run", (run, rule));
                    });
                };
                step(
                    words!["The topoc that made the tree"],
                    words!["topoc --version | grep -Fqx \"topoc $TOPOC_VERSION\""],
                    SAME,
                );
                step(words!["The tree is what the topology says"], words!["topoc build --check", build], FIRST);
                step(words!["This workflow is the one of the tree"], script(words!["workflow"]), COPIED);
                step(words!["Get the programs"], script(words!["tools"]), SCRIPT);
                for check in checks {
                    step(words![check.tool], script(words![check.tool]), SCRIPT);
                }
            });
        });
    });
    Workflow(doc)
}

/// A workflow whose first line says whose CI it is for.
struct Workflow(Map);

impl Workflow {
    fn citing(mut self, at: crate::source::Origin) -> Map {
        if let Some(first) = self.0.entries.first_mut() {
            first.why = first.why.clone().also(at);
        }
        self.0
    }
}

/// The views whose policies are Cilium's: each cluster, and each of its environments.
fn judged<'a>(sealed: &'a Sealed<'a>) -> Vec<(View<'a>, Option<&'a Environment>)> {
    views(sealed)
        .into_iter()
        .filter(|(v, _)| v.layer.policies.as_ref().is_some_and(|p| p.by.v == DenyBy::Cilium))
        .collect()
}

/// Each cluster, and each of its environments.
fn views<'a>(sealed: &'a Sealed<'a>) -> Vec<(View<'a>, Option<&'a Environment>)> {
    let mut all = Vec::new();
    for view in kube::views(sealed) {
        all.push((view, None));
        all.extend(view.cluster.environments.iter().map(|e| (View { layer: &e.layer, ..view }, Some(e))));
    }
    all
}

/// As [`views`], each with its parts.
fn spelled<'a, 'o>(
    sealed: &'a Sealed<'a>,
    out: &Out<'o>,
) -> impl Iterator<Item = (View<'a>, Option<&'a Environment>, &'o Vec<Part>)> + use<'a, 'o> {
    let parts = out.parts.iter().flat_map(|s| std::iter::once(&s.base).chain(&s.environments));
    views(sealed).into_iter().zip(parts).map(|((view, environment), parts)| (view, environment, parts))
}

/// The folder of what is said of a view: the cluster's, or that of an environment in it.
fn place(view: &View<'_>, environment: Option<&Environment>) -> Composed {
    match environment {
        Some(e) => words![view.layer.folder, "/", e.name],
        None => words![view.layer.folder],
    }
}

fn script(sealed: &Sealed<'_>, ci: &Ci, build: &Composed, out: &Out<'_>) -> crate::render::Text {
    let own = |s: &'static str| words![Sp::new(s, SCRIPT.origin())];
    let version = |tool| ci.check(tool).map(|c| words![c.version]);
    // Binaries are kept under their checksums.
    let kept = |tool| ci.check(tool).and_then(|c| c.sha256.as_ref()).map(|s| words![s]);
    let option = |c: Option<Composed>| c.map_or(Val::Flag(false), Val::One);
    let some = |all: Vec<Val>| if all.is_empty() { Val::Flag(false) } else { Val::Many(all) };
    let (mut archives, mut packages) = (Vec::new(), Vec::new());
    for CiCheck { tool, version, program, sha256, skip: _, at: _ } in &ci.checks {
        match (&program.had, sha256) {
            (CiHad::Archive(address, member), Some(sha256)) => {
                let mut url = words![""];
                for (i, piece) in address.iter().enumerate() {
                    url = if i == 0 { words![Sp::new(*piece, SCRIPT.origin())] } else { words![url, version, piece] };
                }
                archives.push(Val::Record(vec![
                    ("name", words![tool].into()),
                    ("sha256", words![sha256].into()),
                    ("url", url.into()),
                    ("member", own(member).into()),
                ]));
            }
            (CiHad::Archive(..) | CiHad::Package, _) => {
                packages.push(Val::Record(vec![("name", words![tool].into()), ("version", words![version].into())]))
            }
        }
    }
    let defined = definitions::of(sealed, ci, out);
    if defined.any() {
        let pyyaml = words![Sp::new(PYYAML_VERSION, PYYAML.origin())];
        packages.push(Val::Record(vec![("name", own("PyYAML").into()), ("version", pyyaml.into())]));
    }
    let up = vec![".."; ci.tree.v.split('/').count()].join("/");
    let helm = kept(CiTool::Helm);
    let charts = if helm.is_some() { charts(sealed, out) } else { Vec::new() };
    let policies = |of: &View<'_>, e: Option<&Environment>| {
        let folder = match e {
            Some(e) => words![of.layer.folder, "/overlays/", e.name, "/config/network-policies"],
            None => words![of.layer.folder, "/config/network-policies"],
        };
        Val::Record(vec![("folder", folder.into()), ("exceptions", place(of, e).into())])
    };
    let conftest = kept(CiTool::Conftest);
    let judged = judged(sealed).iter().filter(|(v, e)| there(v, *e, out)).map(|(v, e)| policies(v, *e)).collect();
    let below = |folders: &[&'static str]| {
        let folder = |v: View<'_>| {
            folders
                .iter()
                .map(move |f| Val::One(words![v.layer.folder, "/", Sp::new(*f, SCRIPT.origin())]))
                .collect::<Vec<_>>()
        };
        Val::Many(kube::views(sealed).flat_map(folder).collect())
    };
    let skips = ci.check(CiTool::Checkov).map_or(Vec::new(), |c| c.skip.iter().map(|s| Val::One(words![s])).collect());
    let kubernetes = sealed.targets.cluster.kubernetes.as_ref().map(|k| words![k]);
    let values = vec![
        ("up", Composed { text: up, why: vec![ci.tree.at] }.into()),
        ("version", words![Sp::new(env!("CARGO_PKG_VERSION"), SAME.origin())].into()),
        ("words", build.clone().into()),
        ("archives", Val::Many(archives)),
        ("packages", Val::Many(packages)),
        ("checks", Val::Many(ci.checks.iter().map(|c| Val::Record(vec![("name", words![c.tool].into())])).collect())),
        ("yamllint", option(version(CiTool::Yamllint))),
        ("checkov", option(version(CiTool::Checkov))),
        ("helm", option(helm)),
        ("kubeconform", option(kept(CiTool::Kubeconform))),
        ("conftest", option(conftest.clone())),
        ("kubernetes", option(kubernetes)),
        ("charts", some(charts)),
        ("policies", if conftest.is_some() { some(judged) } else { Val::Flag(false) }),
        ("folders", below(&["config", "overlays", "applications"])),
        ("scanned", below(&["config"])),
        ("skips", some(skips)),
        ("sources", Val::Flag(defined.any())),
        ("pyyaml", words![Sp::new(PYYAML_VERSION, PYYAML.origin())].into()),
        ("defining", Val::Many(defined.charts)),
        ("fetched", Val::Many(defined.files)),
        ("skipped", some(defined.unknown)),
    ];
    render("checks.sh", include_str!("checks.sh"), SCRIPT, &values)
}

/// Whether policies of a view are in the tree: an environment has only those that differ.
fn there(view: &View<'_>, environment: Option<&Environment>, out: &Out<'_>) -> bool {
    let folder = match environment {
        Some(e) => format!("overlays/{}/config/network-policies/", e.name.v),
        None => "config/network-policies/".into(),
    };
    let path = kube::below(view, &folder);
    out.artifacts.iter().any(|a| a.path.starts_with(&path))
}

/// Each chart with its files of values, and once more where an environment has values of its own.
fn charts(sealed: &Sealed<'_>, out: &Out<'_>) -> Vec<Val> {
    let written = |path: &str| out.artifacts.iter().any(|a| a.path == path);
    let mut all = Vec::new();
    for (view, environment, parts) in spelled(sealed, out) {
        for part in parts {
            let PartKind::Values(chart) = &part.kind else { continue };
            let base = kube::below(&view, &part.path);
            let files = match environment {
                None => vec![base],
                Some(e) => {
                    let own = part.path.trim_start_matches("base/").trim_end_matches("/values.yaml");
                    let folder = kube::below(&view, &format!("overlays/{}", e.name.v));
                    let (patch, whole) =
                        (format!("{folder}/{own}-values-patch.yaml"), format!("{folder}/{own}/values.yaml"));
                    if written(&patch) {
                        vec![base, patch]
                    } else if written(&whole) {
                        vec![whole]
                    } else {
                        continue;
                    }
                }
            };
            all.push(named(&view, chart, &files));
        }
    }
    all
}

/// A chart as the script's functions take it.
fn named(view: &View<'_>, chart: &Chart, files: &[String]) -> Val {
    let Chart { name, repository, version, release, namespace } = chart;
    let own = |s: &'static str| words![Sp::new(s, SCRIPT.origin())];
    let files = files.iter().map(|f| Val::One(Composed { text: f.clone(), why: vec![view.layer.folder.at] }));
    Val::Record(vec![
        ("name", own(name).into()),
        ("repository", own(repository).into()),
        ("version", words![version].into()),
        ("release", own(release).into()),
        ("namespace", own(namespace).into()),
        ("files", Val::Many(files.collect())),
    ])
}

/// Group, version and kind of an object; `None` for what is none.
fn kind_of(part: &Part) -> Option<(String, String)> {
    let text = |key: &str| {
        let entry = part.doc.entries.iter().find(|e| &*e.key == key)?;
        match &entry.doc {
            crate::render::Doc::Str(s) => Some(s.to_string()),
            _ => None,
        }
    };
    match part.kind {
        PartKind::Object => Some((text("apiVersion")?, text("kind")?)),
        PartKind::Values(_) | PartKind::Json(_) => None,
    }
}
