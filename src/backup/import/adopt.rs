//! Which things of a backup topoc takes over: those that it would write itself keep their uuids, by lines of the lock.

use std::collections::{BTreeMap, BTreeSet};

use crate::backup::change::Change;
use crate::backup::own::{Owner, kind_of, twins};
use crate::backup::xml::{Document, Element};
use crate::build::Build;
use crate::diag::Sink;
use crate::emit::opnsense::{View, paths, views};
use crate::ir::{Sealed, Uuid};
use crate::pass::lock::Lock;

/// What topoc writes for the firewall of an import.
fn written(built: &Build, then: &mut dyn FnMut(&View<'_>, &Element)) -> Result<(), String> {
    let sealed = Sealed::new(&built.topology, &Sink::default()).ok_or("the topology has errors")?;
    // Of an import there is one node; without interfaces that are written there is none.
    let Some(view) = views(&sealed).next() else { return Ok(()) };
    let node = &view.node.name.v;
    let files = ["restore.xml", "merge.xml"].map(|f| built.tree.get(&format!("opnsense/{node}/{f}")));
    let texts: Vec<&str> = files.iter().flatten().map(|a| a.text.text.as_str()).collect();
    let ours = crate::backup::ours(&texts).map_err(|e| format!("what topoc writes cannot be read: {e}"))?;
    then(&view, &ours);
    Ok(())
}

/// Adds a line to the lock for each thing of the backup that is the same as one of topoc's.
pub(super) fn adopt(root: &Element, built: &Build, lock: &mut Lock) -> Result<(), String> {
    written(built, &mut |view, ours| {
        let paths = paths(*view);
        let mut renamed = BTreeMap::new();
        // Aliases before rules, which name them.
        let mut lists = Vec::new();
        items(ours, "", &mut lists);
        lists.sort_by_key(|(path, _)| !path.ends_with("/alias"));
        let mut there = Vec::new();
        items(root, "", &mut there);
        let mut used = BTreeSet::new();
        for (path, mine) in lists {
            let same = there.iter().find(|(p, e)| {
                *p == path && e.attr("uuid").is_some_and(|u| !used.contains(u)) && alike(&path, mine, e, &renamed)
            });
            let (Some((_, e)), Some(ours)) = (same, mine.attr("uuid")) else { continue };
            let Some(uuid) = e.attr("uuid") else { continue };
            used.insert(uuid.to_string());
            renamed.insert(mine.value("name"), e.value("name"));
            if let (Some(what), Some(uuid)) = (paths.get(ours), Uuid::read(uuid)) {
                lock.adopted.insert((view.firewall.name.v.clone(), what.clone()), uuid);
            }
        }
    })
}

/// What of the backup topoc does not take over, in words.
pub(super) fn remains(backup: &Document, built: &Build) -> Result<Vec<String>, String> {
    let mut left = Vec::new();
    written(built, &mut |view, ours| {
        let owner = Owner::new(&built.topology, &view.cloud.v.0, &view.firewall.name.v, view.caps, ours);
        let merged = crate::backup::merge(backup, ours, &owner, &BTreeMap::new());
        left.extend(merged.foreign.items.values().flatten().map(|i| format!("{i} stays as it is, and is not topoc's")));
        // A backup of a firewall that topoc has written before: its things are topoc's, and no statement says them again.
        left.extend(merged.changes.iter().filter_map(|c| match c {
            Change::Removed(i) => {
                Some(format!("{}: it is topoc's own, and no statement says it: a merge takes it away", i.called))
            }
            Change::Added(_) | Change::Changed(..) | Change::Setting(..) => None,
        }));
        left.extend(merged.clashes);
    })?;
    Ok(left)
}

/// Items with their lists.
fn items<'a>(e: &'a Element, path: &str, found: &mut Vec<(String, &'a Element)>) {
    for c in e.children() {
        let at = if path.is_empty() { c.name.clone() } else { format!("{path}/{}", c.name) };
        match c.attr("uuid").is_some() {
            true => found.push((at, c)),
            false => items(c, &at, found),
        }
    }
}

/// Whether an item of the backup is what topoc would write: the same thing by its key, or one that says the same. Names of
/// aliases are topoc's own, so an alias is known by what it holds, and rules by the aliases of both.
fn alike(path: &str, mine: &Element, theirs: &Element, renamed: &BTreeMap<String, String>) -> bool {
    let same = |fields: &[&str]| {
        fields.iter().all(|f| {
            let (a, b) = (mine.value(f), theirs.value(f));
            let a = renamed.get(&a).filter(|n| !n.is_empty()).cloned().unwrap_or(a);
            let norm =
                |v: String| if matches!(v.as_str(), "any" | "0" | "keep" | "in" | "inet") { String::new() } else { v };
            norm(a) == norm(b)
        })
    };
    match path {
        "OPNsense/Firewall/Alias/aliases/alias" => {
            let lines = |e: &Element| {
                e.value("content").split(['\n', ',']).map(|l| l.trim().to_string()).collect::<BTreeSet<_>>()
            };
            mine.value("type") == theirs.value("type") && lines(mine) == lines(theirs)
        }
        // An allowance was named after its rule, whose ends it may have made narrower.
        "OPNsense/Firewall/Filter/rules/rule" => {
            same(&["action", "interface", "description"]) && !mine.value("description").is_empty()
        }
        "OPNsense/Firewall/Filter/snatrules/rule" => {
            same(&["interface", "source_net", "destination_net", "nonat", "target"])
        }
        "OPNsense/Firewall/Filter/onetoone/rule" => same(&["interface", "source_net", "external"]),
        "staticroutes/route" => same(&["network"]),
        "OPNsense/Gateways/gateway_item" => same(&["interface", "gateway"]),
        _ => kind_of(path).is_some_and(|k| twins(k, mine, theirs).is_some()),
    }
}
