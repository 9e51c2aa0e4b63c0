//! Whether a backup may be worked on: of this firewall, of the stated release, whole and without doubles; changes nothing.

use std::collections::BTreeMap;

use super::xml::{Document, Element};
use crate::consumer::{OPNSENSE, OpnsenseCaps};
use crate::emit::opnsense::HEADER;

/// What a firewall is called that nobody has named (upstream/opnsense: config.xml.sample of all releases).
const FACTORY: &str = "OPNsense";

/// The name of the firewall that a backup is of; `None` for one that was never named.
pub fn whose(backup: &Document) -> Option<String> {
    backup.root.at("system/hostname").map(Element::text).filter(|n| !n.is_empty() && n != FACTORY)
}

/// Reasons to refuse a backup, as sentences. `called` is the name that the firewall may have beside its own.
pub fn accept(backup: &Document, ours: &Element, node: &str, called: Option<&str>, caps: &OpnsenseCaps) -> Vec<String> {
    let root = &backup.root;
    if root.name != "opnsense" {
        return vec![format!("its root is <{}>, not <opnsense>: it is no config.xml of OPNsense", root.name)];
    }
    if backup.remarks().any(|r| r.trim().starts_with(HEADER)) {
        return vec!["it is what topoc wrote, not a backup: download one at System: Configuration: Backups".into()];
    }
    let mut reasons = whole(root);
    if let Some(name) = whose(backup)
        && name != node
        && called != Some(name.as_str())
    {
        reasons
            .push(format!("it is the backup of {name}, not of {node}; if {node} is still called so, say --was {name}"));
    }
    reasons.extend(release(root, ours, caps));
    let mut seen: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    uuids(root, "", &mut seen);
    for (uuid, (n, path)) in seen {
        if n > 1 {
            reasons.push(format!("{n} items have the uuid {uuid}, one is a {path}: which is meant cannot be told"));
        }
    }
    reasons
}

/// Reasons by what every config.xml has, from the factory's own on (upstream/opnsense: config.xml.sample of all releases). A
/// part of one, restored as the whole, is a firewall that nobody can log in to.
fn whole(root: &Element) -> Vec<String> {
    let system = || root.child("system").into_iter().flat_map(Element::children);
    let mut lacks = Vec::new();
    if !system().any(|c| c.name == "user" && c.value("uid") == "0") {
        lacks.push("the administrator (a user with the number 0)");
    }
    if !system().any(|c| c.name == "group" && c.value("name") == "admins") {
        lacks.push("the group admins");
    }
    match lacks.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "it is no whole configuration, it lacks {}: nobody could log in to a firewall that it is restored to",
            lacks.join(" and ")
        )],
    }
}

/// Reasons by the versions of models: a container says the version of the model that wrote it.
fn release(root: &Element, ours: &Element, caps: &OpnsenseCaps) -> Vec<String> {
    let version = |e: &Element, mount: &str| e.at(mount).and_then(|c| c.attr("version")).map(str::to_string);
    let wrong = |row: &OpnsenseCaps| {
        let differing = row.models.iter().filter(|(m, v)| version(root, m).is_some_and(|b| b != *v));
        differing.copied().collect::<Vec<_>>()
    };
    let mine = wrong(caps);
    let better = OPNSENSE.iter().filter(|r| r.line != caps.line).map(|r| (wrong(r).len(), r.line)).min();
    let mut reasons = Vec::new();
    if let Some((n, line)) = better
        && n < mine.len()
    {
        let named =
            mine.iter().take(3).map(|(m, v)| format!("{m} is {} and not {v}", version(root, m).unwrap_or_default()));
        let named = named.collect::<Vec<_>>().join(", ");
        reasons.push(format!("it is of OPNsense {line}, and the topology says {}: {named}", caps.line));
        return reasons;
    }
    for (mount, v) in mine {
        // A model that topoc does not write may be of a plugin that is newer.
        if version(ours, mount).is_some() {
            let has = version(root, mount).unwrap_or_default();
            reasons.push(format!(
                "its {mount} is of version {has}; topoc knows {v}, of OPNsense {}: what it would write may mean something else",
                caps.checked
            ));
        }
    }
    reasons
}

fn uuids<'a>(e: &'a Element, path: &str, seen: &mut BTreeMap<&'a str, (usize, String)>) {
    for c in e.children() {
        let at = if path.is_empty() { c.name.clone() } else { format!("{path}/{}", c.name) };
        if let Some(uuid) = c.attr("uuid") {
            let row = seen.entry(uuid).or_insert((0, at.clone()));
            row.0 += 1;
        }
        uuids(c, &at, seen);
    }
}
