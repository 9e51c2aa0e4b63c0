//! The text of `MANIFEST` and of the pending file; touches no disk.

use std::collections::BTreeMap;
use std::fmt::Write;

use blake3::Hash;

use super::path;

/// What topoc wrote, by path: hash and executable bit. A pending file may know several of a path, because it also keeps
/// what earlier killed builds were about to write.
pub(super) type Records = BTreeMap<String, Vec<(Hash, bool)>>;

const HEADER: &str = "# Files that topoc wrote here: blake3, mode, path. Do not edit; `topoc build` rewrites it.\n";

/// The text for files sorted by path.
pub(super) fn print(files: &[(&str, Hash, bool)]) -> String {
    let mut out = String::from(HEADER);
    for (path, hash, executable) in files {
        line(&mut out, path, hash, *executable);
    }
    out
}

/// The lines of `manifest` and of `records`, each once, sorted by path.
pub(super) fn union(manifest: &str, records: &Records) -> String {
    let mut all = records.clone();
    // The caller printed it, so it parses.
    for (path, hashes) in parse(manifest, false).unwrap_or_default() {
        let known = all.entry(path).or_default();
        hashes.into_iter().for_each(|h| {
            if !known.contains(&h) {
                known.push(h)
            }
        });
    }
    let mut out = String::from(HEADER);
    for (path, hashes) in &all {
        hashes.iter().for_each(|(hash, executable)| line(&mut out, path, hash, *executable));
    }
    out
}

fn line(out: &mut String, path: &str, hash: &Hash, executable: bool) {
    let mode = if executable { 'x' } else { '-' };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{} {mode} {path}", hash.to_hex());
}

/// The records of a text, whose lines may end with `\r\n`.
///
/// # Errors
/// What is wrong and in which line, a clause. Nothing of a damaged list is believed: half a list would take files of
/// topoc for foreign ones and leave them there.
pub(super) fn parse(text: &str, several: bool) -> Result<Records, String> {
    let mut records = Records::new();
    if !text.starts_with('#') {
        return Err("line 1 is not the head of a list that topoc wrote".to_owned());
    }
    if !text.ends_with('\n') {
        return Err("its last line is cut off".to_owned());
    }
    for (i, line) in text.lines().enumerate().skip(1) {
        let number = i + 1;
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|m| line.starts_with(m)) {
            return Err(format!("line {number} is the mark of an unresolved merge"));
        }
        let (hash, mode, path) =
            fields(line).ok_or_else(|| format!("line {number} is not a blake3 hash, a mode and a path"))?;
        path::sound(path).map_err(|why| format!("the path of line {number} {why}"))?;
        let known = records.entry(path.to_owned()).or_default();
        if !known.is_empty() && !several {
            return Err(format!("line {number} names `{path}` a second time"));
        }
        known.push((hash, mode));
    }
    Ok(records)
}

fn fields(line: &str) -> Option<(Hash, bool, &str)> {
    let (hash, rest) = line.split_once(' ')?;
    let (mode, path) = rest.split_once(' ')?;
    let executable = match mode {
        "x" => true,
        "-" => false,
        _ => return None,
    };
    Some((Hash::from_hex(hash).ok()?, executable, path))
}
