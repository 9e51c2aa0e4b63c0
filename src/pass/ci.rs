//! Pass: what checks the tree on each change.

use super::{Cx, or};
use crate::consumer::{CI_PROGRAMS, CiHad, CiProgram};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    69;
    TREE = "the tree is where `topoc build` writes it" @ "RFC 8.2; topoc build --out";
}

/// Decides it from the statement. A check that is wrong is reported and left out.
pub fn decide(facts: &Facts, t: &Topology, cx: &mut Cx<'_>) -> Option<Ci> {
    let c = facts.ci.as_ref()?;
    // What merely follows from a mistake elsewhere is not said beside it.
    let whole = !cx.sink.has_errors();
    let mut checks: Vec<CiCheck> = c.check.iter().filter_map(|k| check(k, cx)).collect();
    checks.sort_by_key(|k| k.tool.v.word());
    for pair in checks.windows(2).filter(|p| p[0].tool.v == p[1].tool.v) {
        let (a, b) = (cx.span(pair[1].tool.at), cx.span(pair[0].tool.at));
        cx.report(
            Diag::new(code::E0202, format!("`check \"{}\"` is stated twice", pair[0].tool.v))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
    checks.dedup_by_key(|k| k.tool.v);
    for (n, k) in checks.iter().enumerate() {
        let Some(sum) = &k.sha256 else { continue };
        let same = |o: &&CiCheck| o.sha256.as_ref().is_some_and(|s| s.v == sum.v);
        if let Some(first) = checks[..n].iter().find(same).and_then(|o| o.sha256.as_ref()) {
            let (a, b) = (cx.span(sum.at), cx.span(first.at));
            cx.report(
                Diag::new(code::E0630, "two archives cannot have one sum")
                    .at(a, "this one")
                    .at(b, "and this one")
                    .help("sha256=\"…\": each project says it beside its archive for Linux on x86-64"),
            );
        }
    }
    for k in checks.iter().filter(|_| whole) {
        of_something(k, t, cx);
    }
    let checkout = c.checkout.as_ref();
    let version = exact(checkout?.version.as_ref()?, "actions/checkout", "4.2.2", cx);
    Some(Ci {
        host: c.host?,
        runner: c.runner.clone()?,
        topoc: c.topoc.clone()?,
        checkout: (version?, checkout?.commit.clone()?),
        topology: c.topology.clone(),
        tree: or(c.tree.clone(), TreePath("generated".into()), TREE),
        checks,
        at: c.at,
    })
}

fn check(k: &CiCheckFacts, cx: &mut Cx<'_>) -> Option<CiCheck> {
    let (tool, stated) = (k.tool?, k.version.as_ref()?);
    let program = CI_PROGRAMS.iter().find(|p| p.tool == tool.v)?;
    let version = exact(stated, tool.v.word(), &format!("{}.{}.0", program.last.0, program.last.1), cx)?;
    let numbers = line(&version.v);
    if numbers < program.first || numbers > program.last {
        let at = cx.span(version.at);
        let CiProgram { first, last, .. } = program;
        cx.report(
            Diag::new(code::E0502, format!("topoc does not know {} {}", tool.v, version.v))
                .at(at, "what it takes was never looked at")
                .help(format!("known are {}.{} to {}.{}", first.0, first.1, last.0, last.1)),
        );
        return None;
    }
    let here = cx.span(tool.at);
    match (&program.had, &k.sha256) {
        (CiHad::Archive(..), None) if !cx.spoiled.contains(&(k.at, "sha256")) => {
            cx.report(
                Diag::new(code::E0630, format!("nothing says which {} is the right one", tool.v))
                    .at(here, "this is a program from elsewhere, and may be another one tomorrow")
                    .help("sha256=\"…\": the project says it beside the archive for Linux on x86-64"),
            );
            return None;
        }
        (CiHad::Package, Some(sha256)) => {
            let at = cx.span(sha256.at);
            cx.report(
                Diag::new(code::E0630, format!("{} is a package of Python, which pip gets by its version", tool.v))
                    .at(at, "this has no effect")
                    .at(here, "this program")
                    .help("remove `sha256`"),
            );
            return None;
        }
        (CiHad::Archive(..), _) | (CiHad::Package, None) => {}
    }
    if let (Some(skip), true) = (k.skip.first(), tool.v != CiTool::Checkov) {
        let at = cx.span(skip.at);
        cx.report(
            Diag::new(code::E0630, format!("`skip` is a word of checkov, this is {}", tool.v))
                .at(at, "this has no effect")
                .at(here, "this program")
                .help("remove `skip`"),
        );
        return None;
    }
    let mut skip = k.skip.clone();
    skip.sort_by(|a, b| a.v.cmp(&b.v));
    skip.dedup_by(|a, b| a.v == b.v);
    Some(CiCheck { tool, version, program, sha256: k.sha256.clone(), skip, at: k.at })
}

/// Major, minor and patch; reports a family of versions.
fn exact(v: &Sp<Version>, what: &str, example: &str, cx: &mut Cx<'_>) -> Option<Sp<Version>> {
    let parts: Vec<&str> = v.v.split('.').collect();
    if parts.len() == 3 && parts.iter().all(|p| p.parse::<u16>().is_ok()) {
        return Some(v.clone());
    }
    let at = cx.span(v.at);
    cx.report(
        Diag::new(code::E0506, format!("{} is not one version of {what}", v.v))
            .at(at, "CI would pin this")
            .note("major, minor and patch: what passed yesterday shall pass tomorrow")
            .help(format!("\"{example}\"")),
    );
    None
}

/// Major and minor of an exact version.
fn line(v: &str) -> (u16, u16) {
    let mut parts = v.split('.').map(|p| p.parse::<u16>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// A program that has nothing to look at would pass whatever the tree is.
fn of_something(k: &CiCheck, t: &Topology, cx: &mut Cx<'_>) {
    let cilium: fn(&Layer) -> bool =
        |l| l.policies.as_ref().is_some_and(|p| p.by.v == DenyBy::Cilium && !p.policies.is_empty());
    let any = |has: fn(&Layer) -> bool| t.clusters.iter().any(|c| has(&c.layer));
    let cluster = "a `cluster` that says what runs in it";
    let (there, lacks, help) = match k.tool.v {
        // Ansible's inventory is always there.
        CiTool::Yamllint => return,
        CiTool::Kubeconform | CiTool::Checkov => (any(has_objects), "no object of a cluster", cluster),
        CiTool::Helm => (any(has_charts), "no chart", cluster),
        CiTool::Conftest => (any(cilium), "no policy of Cilium", "default-deny \"cluster\""),
    };
    if there {
        return;
    }
    let at = cx.span(k.tool.at);
    cx.report(
        Diag::new(code::E0631, format!("{} would check nothing", k.tool.v))
            .at(at, format!("the tree has {lacks}"))
            .help(format!("remove the check, or state {help}")),
    );
}

/// Whether files of values are made for a cluster.
fn has_charts(l: &Layer) -> bool {
    l.cilium.is_some() || parts(l).0
}

/// Whether objects are made for a cluster.
fn has_objects(l: &Layer) -> bool {
    parts(l).0 || parts(l).1
}

/// Whether there are parts with charts and objects, and parts with objects alone. Cilium's chart makes its objects itself.
fn parts(l: &Layer) -> (bool, bool) {
    let Layer {
        folder: _,
        cilium: _,
        dns: _,
        balancers,
        ingresses,
        certificates,
        ui,
        monitoring,
        gitops,
        health,
        backup,
        storage,
        logging,
        tracing,
        nested,
        policies,
        install: _,
    } = l;
    let both = !balancers.is_empty()
        || !ingresses.is_empty()
        || certificates.is_some()
        || monitoring.is_some()
        || gitops.is_some()
        || backup.is_some()
        || storage.is_some()
        || logging.is_some()
        || tracing.is_some()
        || !nested.is_empty();
    let alone = ui.is_some() || health.is_some() || policies.as_ref().is_some_and(|p| !p.policies.is_empty());
    (both, alone)
}
