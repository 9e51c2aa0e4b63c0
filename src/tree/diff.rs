//! Shows as a unified diff what a build would change; writes nothing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use similar::{ChangeTag, TextDiff, udiff::UnifiedHunkHeader};

use super::{MANIFEST, Plan, State, TreeError, Wanted};

/// Lines shown around a change, as git does.
const CONTEXT: usize = 3;

/// The change that [`apply`](super::apply) with `force` would make, in git's format and with paths relative to `out`, so
/// that `git apply --directory=OUT` does the same. Sorted by path, `MANIFEST` last; empty when nothing changes.
///
/// # Errors
/// A file that cannot be read.
pub fn diff(out: &Path, wanted: &[Wanted], plan: &Plan) -> Result<String, TreeError> {
    let wanted: BTreeMap<&str, &Wanted> = wanted.iter().map(|w| (w.path, w)).collect();
    let mut text = String::new();
    let (last, files): (Vec<_>, Vec<_>) = plan.changes.iter().partition(|c| c.path == MANIFEST);
    for change in files.into_iter().chain(last) {
        let old_exists = match change.state {
            State::Missing => false,
            State::Stale | State::Edited | State::Orphan | State::OrphanEdited | State::InTheWay => true,
            State::Corrupt if change.path == MANIFEST => true,
            _ => continue,
        };
        let file = out.join(&change.path);
        let old = if old_exists { Some(read(&file)?) } else { None };
        let new = match wanted.get(change.path.as_str()) {
            Some(w) => Some((w.text, w.executable)),
            None if change.path == MANIFEST => Some((plan.manifest.as_str(), false)),
            None => None,
        };
        one(&mut text, &change.path, old.as_ref().map(|(bytes, x)| (bytes.as_slice(), *x)), new);
    }
    Ok(text)
}

fn read(file: &Path) -> Result<(Vec<u8>, bool), TreeError> {
    let failed = |source| TreeError::Io { op: "read", path: file.to_owned(), source };
    let executable = super::executable(&fs::metadata(file).map_err(failed)?);
    Ok((fs::read(file).map_err(failed)?, executable))
}

fn one(out: &mut String, path: &str, old: Option<(&[u8], bool)>, new: Option<(&str, bool)>) {
    let mode = |executable: bool| if executable { "100755" } else { "100644" };
    let (a, b) = (quoted("a/", path), quoted("b/", path));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "diff --git {a} {b}");
    let _ = match (old, new) {
        (None, Some((_, x))) => writeln!(out, "new file mode {}", mode(x)),
        (Some((_, x)), None) => writeln!(out, "deleted file mode {}", mode(x)),
        (Some((_, x)), Some((_, y))) if x != y => writeln!(out, "old mode {}\nnew mode {}", mode(x), mode(y)),
        _ => Ok(()),
    };
    let (old_bytes, new_text) = (old.map_or(&b""[..], |o| o.0), new.map_or("", |n| n.0));
    if old_bytes == new_text.as_bytes() {
        return;
    }
    // A name with a space ends with a tab, or patch programs would take a part of it for a date.
    let tab = if path.contains(' ') { "\t" } else { "" };
    let a = if old.is_some() { format!("{a}{tab}") } else { "/dev/null".to_owned() };
    let b = if new.is_some() { format!("{b}{tab}") } else { "/dev/null".to_owned() };
    let Some(old_text) = std::str::from_utf8(old_bytes).ok().filter(|t| !t.contains('\0')) else {
        let _ = writeln!(out, "Binary files {} and {} differ", a.trim_end(), b.trim_end());
        return;
    };
    let _ = writeln!(out, "--- {a}\n+++ {b}");
    // Lines end at `\n` alone, as in git; the crate's own splitting also ends them at a lone `\r`.
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old_text.split_inclusive('\n').collect(), new_text.split_inclusive('\n').collect());
    let diff = TextDiff::configure().diff_slices(&old_lines, &new_lines);
    for hunk in diff.grouped_ops(CONTEXT).iter().filter(|ops| !ops.is_empty()) {
        let _ = writeln!(out, "{}", UnifiedHunkHeader::new(hunk));
        for change in hunk.iter().flat_map(|op| diff.iter_changes(op)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out.push_str(change.value());
            if !change.value().ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// A name as git writes it: in quotes when it has a quote. Backslashes and control characters are refused before.
fn quoted(side: &str, path: &str) -> String {
    if path.contains('"') { format!("\"{side}{}\"", path.replace('"', "\\\"")) } else { format!("{side}{path}") }
}
