//! Which paths a tree can hold on every system that checks it out; touches no disk.

use std::collections::BTreeMap;

use super::{MANIFEST, TreeError, Wanted};

/// The wanted files by path, or why they cannot be one tree.
///
/// # Errors
/// A path that leaves the tree or that some file system cannot hold, one that is wanted twice, two that differ only in
/// case, or one that is a file and a directory.
pub(super) fn check<'a>(wanted: &[Wanted<'a>]) -> Result<BTreeMap<&'a str, Wanted<'a>>, TreeError> {
    let mut all = BTreeMap::new();
    // Spelling of every file and directory by its lower case.
    let mut spelling: BTreeMap<String, &str> = BTreeMap::new();
    for file in wanted {
        if let Err(why) = sound(file.path) {
            return Err(TreeError::Path { path: file.path.to_owned(), why });
        }
        if all.insert(file.path, *file).is_some() {
            return Err(TreeError::Twice { path: file.path.to_owned() });
        }
        for part in ancestors(file.path).chain([file.path]) {
            let other = *spelling.entry(part.to_lowercase()).or_insert(part);
            if other != part {
                return Err(TreeError::Case { path: other.to_owned(), other: part.to_owned() });
            }
        }
    }
    for path in all.keys() {
        if let Some(file) = ancestors(path).find(|p| all.contains_key(p)) {
            return Err(TreeError::FileAndDirectory { path: file.to_owned(), below: (*path).to_owned() });
        }
    }
    Ok(all)
}

/// Whether a path is relative, stays in the tree, and can be written on one line of a manifest.
///
/// # Errors
/// What is wrong, as a clause that follows the path.
pub(super) fn sound(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("is empty");
    }
    if path.starts_with('/') {
        return Err("is absolute");
    }
    if path.contains('\\') {
        return Err("has a backslash, which Windows takes for a separator");
    }
    if path.chars().any(char::is_control) {
        return Err("has a control character");
    }
    for part in path.split('/') {
        if part.is_empty() || part == "." || part == ".." {
            return Err("has a part that is empty, `.` or `..`");
        }
        if part.len() > 240 {
            return Err("has a part of more than 240 bytes, which file systems refuse");
        }
        // git refuses to store anything below such a name.
        if part.eq_ignore_ascii_case(".git") {
            return Err("has the part `.git`, which git keeps for itself");
        }
        if part.get(..7).is_some_and(|p| p.eq_ignore_ascii_case(".topoc-")) {
            return Err("has a part that starts with `.topoc-`, which topoc keeps for itself");
        }
    }
    if path.split('/').next().is_some_and(|p| p.eq_ignore_ascii_case(MANIFEST)) {
        return Err("is the name of the manifest");
    }
    Ok(())
}

/// The directories around a path, from the outermost on, without the path itself.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(i, _)| &path[..i])
}
