//! What each stack may do: the places that it reads and the kinds that its charts and objects are, and nothing else.

use std::collections::BTreeSet;

use super::super::kube::{namespace, text};
use super::*;

/// Kinds that a Deployment makes.
const MADE: &[&str] = &["/Pod", "apps/ReplicaSet"];

/// The project of the root: Applications and projects, from the repository of the tree alone.
pub(super) fn root(g: &Gitops) -> Map {
    let mut doc = head("AppProject", ("root", PROJECT), Some(PROJECTS), PROJECT);
    doc.map("spec", PROJECT, |s| {
        s.put("description", ("All Applications of this cluster.", PROJECT));
        s.list("sourceRepos", PROJECT, |l| l.push(&g.repo.url));
        places(&BTreeSet::from([SPACE.to_string()]), s);
        s.list("clusterResourceWhitelist", KINDS, |_| {});
        let own = BTreeSet::from(["argoproj.io/AppProject".to_string(), "argoproj.io/Application".to_string()]);
        kinds("namespaceResourceWhitelist", &own, PROJECT, s);
    });
    doc
}

/// The project of a stack.
pub(super) fn project(g: &Gitops, stack: Stack, all: &[&Application<'_>]) -> Map {
    let (mut cluster, mut namespaced) = (BTreeSet::new(), BTreeSet::new());
    let (mut charts, mut spaces) = (BTreeSet::new(), BTreeSet::new());
    for a in all {
        let Delivered { path: _, stack: _, wave: _, keeps: _, home: _, cluster: whole, namespaced: inside, also } =
            a.row;
        cluster.extend(whole.iter().map(|k| k.to_string()));
        namespaced.extend(inside.iter().map(|k| k.to_string()));
        if !inside.is_empty() {
            namespaced.extend(MADE.iter().map(|k| k.to_string()));
        }
        spaces.extend(also.iter().map(|n| n.to_string()));
        spaces.insert(a.home());
        if a.creates() {
            cluster.insert("/Namespace".to_string());
        }
        match &a.what {
            What::Chart(chart, _) => {
                charts.insert(chart.repository);
            }
            What::Folder(_, parts) => {
                for doc in parts.iter().map(|p| &p.doc) {
                    match (kind(doc), namespace(doc)) {
                        (Some(kind), Some(space)) => {
                            namespaced.insert(kind);
                            spaces.insert(space.into());
                        }
                        (Some(kind), None) => {
                            cluster.insert(kind);
                        }
                        (None, _) => {}
                    }
                }
            }
        }
    }
    let mut doc = head("AppProject", (stack.name(), PROJECT), Some(PROJECTS), PROJECT);
    doc.map("spec", PROJECT, |s| {
        s.put("description", (stack.about(), PROJECT));
        s.list("sourceRepos", PROJECT, |l| {
            l.push(&g.repo.url);
            charts.iter().for_each(|c| l.push((*c, CHART)));
        });
        places(&spaces, s);
        kinds("clusterResourceWhitelist", &cluster, KINDS, s);
        kinds("namespaceResourceWhitelist", &namespaced, SEEN, s);
    });
    doc
}

fn places(spaces: &BTreeSet<String>, s: &mut Map) {
    s.list("destinations", CLUSTER, |l| {
        for n in spaces {
            l.map(CLUSTER, |d| {
                d.put("server", (SERVER, CLUSTER));
                d.put("namespace", (n.clone(), CLUSTER));
            });
        }
    });
}

fn kinds(key: &'static str, all: &BTreeSet<String>, rule: Rule, s: &mut Map) {
    s.list(key, rule, |l| {
        for k in all {
            let (group, kind) = k.split_once('/').unwrap_or(("", k));
            l.map(rule, |m| {
                m.put("group", (group.to_string(), rule));
                m.put("kind", (kind.to_string(), rule));
            });
        }
    });
}

/// `<group>/<kind>` of an object.
fn kind(doc: &Map) -> Option<String> {
    let group = text(doc, "apiVersion")?.split_once('/').map_or("", |(group, _)| group);
    Some([group, "/", text(doc, "kind")?].concat())
}
