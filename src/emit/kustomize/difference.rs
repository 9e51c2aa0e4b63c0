//! What one document has that another has not, as a merge patch (RFC 7396); knows no kind of document.

use crate::render::{Doc, Entry, Map, Why};
use crate::source::Rule;

/// What makes `theirs` of `ours`: only what differs, lists whole, `null` for what is gone. `None` when nothing differs.
pub fn of(ours: &Map, theirs: &Map, gone: Rule) -> Option<Map> {
    let mut diff = Map::new();
    for entry in &theirs.entries {
        match ours.get(&entry.key) {
            None => diff.entries.push(entry.clone()),
            Some(ours) if same(ours, &entry.doc) => {}
            Some(Doc::Map(a)) if let Doc::Map(b) = &entry.doc => {
                if let Some(inner) = of(a, b, gone) {
                    diff.entries.push(Entry { doc: Doc::Map(inner), ..entry.clone() });
                }
            }
            Some(_) => diff.entries.push(entry.clone()),
        }
    }
    for entry in ours.entries.iter().filter(|e| theirs.get(&e.key).is_none()) {
        let why = Why::from(gone);
        diff.entries.push(Entry { key: entry.key.clone(), why, doc: Doc::Null, comment: None });
    }
    (!diff.is_empty()).then_some(diff)
}

/// The patch with what tells kustomize which object it is for.
pub fn identified(object: &Map, patch: Map) -> Map {
    let mut all = Map::new();
    for key in ["apiVersion", "kind"] {
        all.entries.extend(object.entries.iter().filter(|e| e.key == key).cloned());
    }
    for entry in object.entries.iter().filter(|e| e.key == "metadata") {
        let Doc::Map(full) = &entry.doc else { continue };
        let mut short = Map::new();
        short.entries.extend(full.entries.iter().filter(|e| e.key == "name" || e.key == "namespace").cloned());
        all.entries.push(Entry { doc: Doc::Map(short), ..entry.clone() });
    }
    let mut met = patch;
    met.entries.retain(|e| !all.entries.iter().any(|a| a.key == e.key && e.key != "metadata"));
    crate::render::merge(&mut all, met);
    all
}

/// Whether two values print alike: origins do not count.
fn same(a: &Doc, b: &Doc) -> bool {
    match (a, b) {
        (Doc::Map(a), Doc::Map(b)) => {
            a.entries.len() == b.entries.len()
                && a.entries.iter().all(|e| b.get(&e.key).is_some_and(|other| same(&e.doc, other)))
        }
        (Doc::List(a), Doc::List(b)) => {
            a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|((_, x), (_, y))| same(x, y))
        }
        (Doc::Lines(a), Doc::Lines(b)) => a.text == b.text,
        (a, b) => a == b,
    }
}
