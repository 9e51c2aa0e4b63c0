//! Compares the generated tree with the disk and writes what differs; knows no language, no emitter and no diagnostics.

mod diff;
mod manifest;
mod path;
mod write;

pub use diff::diff;
pub use write::{Op, Summary, apply, apply_with};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake3::{Hash, Hasher};
use manifest::Records;

/// Name of the list of what topoc wrote, at the top of the tree. It is in the tree and does not list itself.
pub const MANIFEST: &str = "MANIFEST";
/// Name of the list of what a build is about to write. It is there only while a build writes, or after one was killed.
pub const PENDING: &str = ".topoc-pending";
/// How names of temporary files start.
pub(crate) const TEMPORARY: &str = ".topoc-tmp-";

/// A file as it must be.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Wanted<'a> {
    /// Relative to the tree, parts separated by `/`, no part `.` or `..`, no backslash and no control character.
    pub path: &'a str,
    /// The whole content.
    pub text: &'a str,
    /// Whether it is a program: 0755 instead of 0644 before the umask. Compared and set on Unix only.
    pub executable: bool,
}

/// How a file on disk relates to what is wanted and to what topoc wrote before.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// As wanted, whoever wrote it.
    Clean,
    /// Wanted and not there.
    Missing,
    /// As topoc wrote it, and now something else is wanted; also `MANIFEST` when it must be rewritten.
    Stale,
    /// Wanted, and changed since topoc wrote it. `force` overwrites it.
    Edited,
    /// Topoc wrote it earlier, it is unchanged since and no longer wanted: it is deleted.
    Orphan,
    /// Topoc wrote it earlier, it is no longer wanted and was changed since. `force` deletes it.
    OrphanEdited,
    /// A file that no manifest names is where a wanted file or directory must go. `force` replaces it.
    InTheWay,
    /// Something that topoc never removes (a directory with foreign files, a device) is where a wanted file or
    /// directory must go. `force` does not help.
    Blocked,
    /// Not wanted, and no manifest names it: reported, never touched.
    Foreign,
    /// A temporary or pending file of a build that was killed: it is removed.
    Leftover,
    /// `MANIFEST` or the pending file cannot be read: who wrote what is unknown, and the next build writes a new one.
    Corrupt,
}

impl State {
    /// Whether [`apply`] refuses to write because of it.
    pub fn refuses(self, force: bool) -> bool {
        match self {
            State::Blocked => true,
            State::Edited | State::OrphanEdited | State::InTheWay => !force,
            _ => false,
        }
    }

    /// Whether a build would change something here.
    pub fn differs(self) -> bool {
        !matches!(self, State::Clean | State::Foreign)
    }
}

/// One path and what is the matter with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Relative to the tree, parts separated by `/`.
    pub path: String,
    /// How it relates to what is wanted.
    pub state: State,
    /// The content differs from a known one in line ends alone: git converted them on checkout.
    pub line_ends: bool,
    /// The executable bit alone must change.
    pub mode_only: bool,
    /// What the state does not say, such as what is wrong with `MANIFEST`; a clause without a full stop.
    pub detail: Option<String>,
}

impl Change {
    fn new(path: &str, state: State) -> Self {
        Change { path: path.to_owned(), state, line_ends: false, mode_only: false, detail: None }
    }

    /// One sentence without a full stop: what is the matter, and what to do where something must be done.
    pub fn explain(&self) -> String {
        let path = &self.path;
        if self.line_ends && self.state.refuses(false) {
            return format!(
                "`{path}` differs only in line ends, which git converts on checkout: add a line such as \
                 `generated/** -text` to .gitattributes, or say --force to write the file again"
            );
        }
        let detail = self.detail.as_deref().unwrap_or("something topoc does not remove is there");
        match self.state {
            State::Clean => format!("`{path}` is as wanted"),
            State::Missing => format!("`{path}` is missing"),
            State::Stale if self.mode_only => format!("the executable bit of `{path}` must change"),
            State::Stale => format!("`{path}` is out of date"),
            State::Edited => format!(
                "`{path}` was edited since topoc wrote it: move the change into the topology, or say --force to \
                 overwrite it"
            ),
            State::Orphan => format!("`{path}` is no longer wanted"),
            State::OrphanEdited => format!(
                "`{path}` is no longer wanted but was edited since topoc wrote it: move it away, or say --force to \
                 delete it"
            ),
            State::InTheWay => format!(
                "`{path}` is in the way and {MANIFEST} does not say that topoc wrote it: move it away, or say --force \
                 to replace it"
            ),
            State::Blocked => format!("`{path}` is in the way: {detail}; move it away"),
            State::Foreign => format!("`{path}` was not written by topoc and is left alone"),
            State::Leftover => format!("`{path}` is left from a build that was killed"),
            State::Corrupt => format!("`{path}` cannot be read: {detail}; `topoc build` writes it again"),
        }
    }
}

/// What [`compare`] found, and what [`apply`] needs to know of it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every wanted path and every other file in the tree, sorted by path, each once. `MANIFEST` is among them.
    pub changes: Vec<Change>,
    /// What `MANIFEST` must say.
    manifest: String,
    /// What an earlier, killed build was about to write.
    pending: Records,
    /// Directories that are empty once the orphans are gone, deepest first.
    prune: Vec<String>,
}

impl Plan {
    /// Whether the tree is as wanted, so that [`apply`] would do nothing. Foreign files do not count.
    pub fn is_clean(&self) -> bool {
        self.prune.is_empty() && !self.changes.iter().any(|c| c.state.differs())
    }

    /// What [`apply`] refuses to overwrite or delete.
    pub fn refusals(&self, force: bool) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.state.refuses(force))
    }
}

/// Why the tree cannot be compared or written.
#[derive(Debug)]
pub enum TreeError {
    /// A wanted path that no tree can hold.
    Path {
        /// The path as wanted.
        path: String,
        /// What is wrong with it, a clause.
        why: &'static str,
    },
    /// The same path is wanted twice.
    Twice {
        /// The path.
        path: String,
    },
    /// Two paths differ only in upper and lower case, which is one file on the disks of macOS and Windows.
    Case {
        /// One of them, a file or a directory.
        path: String,
        /// The other.
        other: String,
    },
    /// A path is wanted as a file and as a directory.
    FileAndDirectory {
        /// The file.
        path: String,
        /// A file below it.
        below: String,
    },
    /// A symbolic link in the tree: what is written through it would land outside.
    Symlink {
        /// The link, relative to the tree.
        path: String,
    },
    /// The place of the tree is not a directory.
    NotADirectory {
        /// The place.
        path: PathBuf,
    },
    /// Files would be lost; nothing was written.
    Refused {
        /// What is in the way, sorted by path.
        changes: Vec<Change>,
    },
    /// The file system said no.
    Io {
        /// What was tried, such as `read` or `rename`.
        op: &'static str,
        /// On what.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TreeError::Path { path, why } => {
                write!(f, "the output path `{}` {why}: rename what it is made from", path.escape_default())
            }
            TreeError::Twice { path } => {
                write!(f, "two outputs have the path `{path}`: rename one of what they are made from")
            }
            TreeError::Case { path, other } => write!(
                f,
                "`{path}` and `{other}` differ only in case and are one file on macOS and Windows: rename one of what \
                 they are made from"
            ),
            TreeError::FileAndDirectory { path, below } => write!(
                f,
                "`{path}` is a file and, for `{below}`, a directory too: rename one of what they are made from"
            ),
            TreeError::Symlink { path } => write!(
                f,
                "`{path}` is a symbolic link, and what is written through it lands elsewhere: remove it from the tree"
            ),
            TreeError::NotADirectory { path } => {
                write!(f, "`{}` is not a directory: remove it, or choose another place for the tree", path.display())
            }
            TreeError::Refused { changes } => {
                let n = changes.len();
                write!(f, "{n} {} would be lost, nothing was written:", if n == 1 { "file" } else { "files" })?;
                changes.iter().try_for_each(|c| write!(f, "\n  {}", c.explain()))
            }
            TreeError::Io { op, path, source } => {
                let advice = match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space and build again",
                    io::ErrorKind::PermissionDenied => "give yourself the permission and build again",
                    io::ErrorKind::ReadOnlyFilesystem => "mount it for writing, or choose another place for the tree",
                    io::ErrorKind::NotFound => "something else changes the tree at the same time; build again",
                    _ => "repair the cause and build again; a build that stopped half way is completed then",
                };
                write!(f, "cannot {op} `{}`: {source}: {advice}", path.display())
            }
        }
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            TreeError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Compares the directory `out` with what is wanted. Never writes; opens each file of the tree at most once and holds
/// none in memory.
///
/// `out` need not exist. It may itself be a link to a directory, as whoever calls topoc chose that place; below it
/// links are refused, because anybody who can change the tree could place those.
///
/// # Errors
/// A wanted path that cannot be, a symbolic link below `out`, or a file that cannot be read. That files were edited is
/// no error here, see [`Plan::refusals`].
pub fn compare(out: &Path, wanted: &[Wanted]) -> Result<Plan, TreeError> {
    let wanted = path::check(wanted)?;
    let disk = walk(out)?;
    let mut changes = BTreeMap::new();
    let known = known(out, &disk, &mut changes)?;

    let mut buffer = vec![0; 64 * 1024].into_boxed_slice();
    let mut records = Vec::with_capacity(wanted.len());
    for (path, file) in &wanted {
        let hash = blake3::hash(file.text.as_bytes());
        records.push((*path, hash, file.executable));
        let change = match disk.get(*path) {
            Some(Kind::File) => against_wanted(out, file, hash, &known, &mut buffer)?,
            // Whether what is in such a directory may go is known only after the files in it were looked at, below.
            None | Some(Kind::Directory) => Change::new(path, State::Missing),
            Some(Kind::Other) => Change::new(path, State::Blocked),
        };
        changes.insert(change.path.clone(), change);
    }

    let manifest = manifest::print(&records);
    if !changes.contains_key(MANIFEST) {
        let change = match &known.manifest_text {
            None => Change::new(MANIFEST, State::Missing),
            Some(text) if *text == manifest => Change::new(MANIFEST, State::Clean),
            Some(text) => {
                let line_ends = text.contains('\r') && text.replace("\r\n", "\n") == manifest;
                Change { line_ends, ..Change::new(MANIFEST, State::Stale) }
            }
        };
        changes.insert(MANIFEST.to_owned(), change);
    }

    let needed: BTreeSet<&str> = wanted.keys().flat_map(|p| path::ancestors(p)).collect();
    for (path, kind) in &disk {
        if *kind == Kind::Directory || changes.contains_key(path) {
            continue;
        }
        let change = match kind {
            Kind::File if name(path).starts_with(TEMPORARY) => Change::new(path, State::Leftover),
            Kind::File if known.contains(path) => against_known(out, path, &known, &mut buffer)?,
            Kind::File if needed.contains(path.as_str()) => Change::new(path, State::InTheWay),
            Kind::Other if needed.contains(path.as_str()) => Change::new(path, State::Blocked),
            _ => Change::new(path, State::Foreign),
        };
        // What stays where it is blocks a file that must take the place of the directory around it.
        if change.state == State::Foreign
            && let Some(place) = path::ancestors(path).find(|p| wanted.contains_key(p))
        {
            let detail = format!("it is a directory that holds `{path}`, which topoc did not write");
            let blocked = Change { detail: Some(detail), ..Change::new(place, State::Blocked) };
            if let Some(there) = changes.get_mut(place).filter(|c| c.state != State::Blocked) {
                *there = blocked;
            }
        }
        changes.insert(path.clone(), change);
    }

    let prune = prune(&disk, &changes, &wanted, &needed, &known);
    Ok(Plan { changes: changes.into_values().collect(), manifest, pending: known.pending, prune })
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Kind {
    File,
    Directory,
    /// A device, a pipe, a socket, or a name that is not UTF-8: never opened, never removed.
    Other,
}

/// Everything below `out` but a git directory at its top, which belongs to git alone.
fn walk(out: &Path) -> Result<BTreeMap<String, Kind>, TreeError> {
    let mut disk = BTreeMap::new();
    match fs::metadata(out) {
        Ok(meta) if !meta.is_dir() => return Err(TreeError::NotADirectory { path: out.to_owned() }),
        Ok(_) => {}
        // A link to nothing: creating the directory would fail with a message that does not say why.
        Err(_) if out.is_symlink() => return Err(TreeError::NotADirectory { path: out.to_owned() }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(disk),
        Err(source) => return Err(TreeError::Io { op: "look at", path: out.to_owned(), source }),
    }
    let entries = walkdir::WalkDir::new(out).min_depth(1).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|e| !(e.depth() == 1 && e.file_name() == ".git")) {
        let entry = entry.map_err(|e| TreeError::Io {
            op: "list",
            path: e.path().unwrap_or(out).to_owned(),
            source: e.into_io_error().unwrap_or_else(|| io::ErrorKind::Other.into()),
        })?;
        let below = entry.path().strip_prefix(out).unwrap_or(entry.path());
        let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
        let path = parts.join("/");
        let kind = match entry.file_type() {
            t if t.is_symlink() => return Err(TreeError::Symlink { path }),
            _ if below.to_str().is_none() => Kind::Other,
            t if t.is_dir() => Kind::Directory,
            t if t.is_file() => Kind::File,
            _ => Kind::Other,
        };
        disk.insert(path, kind);
    }
    Ok(disk)
}

/// What topoc wrote or was about to write.
struct Known {
    manifest_text: Option<String>,
    manifest: Records,
    pending: Records,
    /// The manifest is there and cannot be read: a file that is not as wanted may well be topoc's.
    lost: bool,
}

impl Known {
    fn contains(&self, path: &str) -> bool {
        self.manifest.contains_key(path) || self.pending.contains_key(path)
    }

    fn wrote(&self, path: &str, hash: &Hash) -> bool {
        [&self.manifest, &self.pending].iter().any(|r| r.get(path).is_some_and(|h| h.iter().any(|(h, _)| h == hash)))
    }
}

fn known(
    out: &Path,
    disk: &BTreeMap<String, Kind>,
    changes: &mut BTreeMap<String, Change>,
) -> Result<Known, TreeError> {
    let mut known = Known { manifest_text: None, manifest: Records::new(), pending: Records::new(), lost: false };
    for path in [MANIFEST, PENDING] {
        match disk.get(path) {
            None => continue,
            Some(Kind::File) => {}
            Some(_) => {
                changes.insert(path.to_owned(), Change::new(path, State::Blocked));
                continue;
            }
        }
        let file = out.join(path);
        let bytes = fs::read(&file).map_err(|source| TreeError::Io { op: "read", path: file, source })?;
        let parsed = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned());
        let parsed = parsed.and_then(|text| Ok((manifest::parse(&text, path == PENDING)?, text)));
        match parsed {
            Ok((records, text)) if path == MANIFEST => {
                (known.manifest, known.manifest_text) = (records, Some(text));
            }
            Ok((records, _)) => {
                known.pending = records;
                changes.insert(path.to_owned(), Change::new(path, State::Leftover));
            }
            Err(why) => {
                known.lost |= path == MANIFEST;
                let change = Change { detail: Some(why), ..Change::new(path, State::Corrupt) };
                changes.insert(path.to_owned(), change);
            }
        }
    }
    Ok(known)
}

/// What one reading of a file tells.
struct Seen {
    executable: bool,
    equal: bool,
    hash: Option<Hash>,
    /// Hash with `\r\n` read as `\n`, when there is any.
    converted: Option<Hash>,
}

/// Reads a file once, in pieces; hashes it only from where it differs from `text` on (what was equal is hashed from
/// memory), so that an unchanged file costs a comparison.
fn look(file: &Path, text: Option<&str>, buffer: &mut [u8]) -> Result<Seen, TreeError> {
    let failed = |op| move |source| TreeError::Io { op, path: file.to_owned(), source };
    let mut open = File::open(file).map_err(failed("open"))?;
    let executable = executable(&open.metadata().map_err(failed("look at"))?);
    let text = text.map(str::as_bytes);
    let mut equal_upto = 0;
    let mut hashers: Option<(Hasher, Converted)> = text.is_none().then(Default::default);
    loop {
        let n = match open.read(buffer) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(failed("read")(e)),
        };
        let piece = &buffer[..n];
        if let (None, Some(text)) = (&hashers, text) {
            let same = if n == 0 { equal_upto == text.len() } else { text[equal_upto..].starts_with(piece) };
            if same {
                equal_upto += n;
                if n == 0 {
                    return Ok(Seen { executable, equal: true, hash: None, converted: None });
                }
                continue;
            }
            let (mut plain, mut converted) = (Hasher::new(), Converted::default());
            plain.update(&text[..equal_upto]);
            converted.update(&text[..equal_upto]);
            hashers = Some((plain, converted));
        }
        if let Some((plain, converted)) = &mut hashers {
            if n == 0 {
                return Ok(Seen {
                    executable,
                    equal: false,
                    hash: Some(plain.finalize()),
                    converted: converted.finish(),
                });
            }
            plain.update(piece);
            converted.update(piece);
        }
    }
}

/// A hash of the text with `\r\n` read as `\n`.
#[derive(Default)]
struct Converted {
    hasher: Hasher,
    /// The last byte was `\r` and is not hashed yet.
    held: bool,
    any: bool,
}

impl Converted {
    fn update(&mut self, mut piece: &[u8]) {
        while let Some(&first) = piece.first() {
            if self.held {
                if first == b'\n' {
                    self.any = true;
                } else {
                    self.hasher.update(b"\r");
                }
                self.held = false;
            }
            let upto = piece.iter().position(|b| *b == b'\r').unwrap_or(piece.len());
            self.hasher.update(&piece[..upto]);
            self.held = upto < piece.len();
            piece = &piece[(upto + 1).min(piece.len())..];
        }
    }

    fn finish(&mut self) -> Option<Hash> {
        if self.held {
            self.hasher.update(b"\r");
        }
        self.any.then(|| self.hasher.finalize())
    }
}

#[cfg(unix)]
fn executable(meta: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn executable(_: &fs::Metadata) -> bool {
    false
}

fn against_wanted(
    out: &Path,
    wanted: &Wanted,
    hash: Hash,
    known: &Known,
    buffer: &mut [u8],
) -> Result<Change, TreeError> {
    let path = wanted.path;
    let seen = look(&out.join(path), Some(wanted.text), buffer)?;
    if seen.equal {
        let mode_only = cfg!(unix) && seen.executable != wanted.executable;
        let state = if mode_only { State::Stale } else { State::Clean };
        return Ok(Change { mode_only, ..Change::new(path, state) });
    }
    if seen.hash.is_some_and(|h| known.wrote(path, &h)) {
        return Ok(Change::new(path, State::Stale));
    }
    let line_ends = seen.converted.is_some_and(|h| h == hash || known.wrote(path, &h));
    let state = if known.lost || known.contains(path) { State::Edited } else { State::InTheWay };
    Ok(Change { line_ends, ..Change::new(path, state) })
}

fn against_known(out: &Path, path: &str, known: &Known, buffer: &mut [u8]) -> Result<Change, TreeError> {
    let seen = look(&out.join(path), None, buffer)?;
    if seen.hash.is_some_and(|h| known.wrote(path, &h)) {
        return Ok(Change::new(path, State::Orphan));
    }
    let line_ends = seen.converted.is_some_and(|h| known.wrote(path, &h));
    Ok(Change { line_ends, ..Change::new(path, State::OrphanEdited) })
}

/// Directories that nothing needs once the orphans are gone: those around what topoc wrote, and whatever is where a
/// file must go. Other empty directories are somebody else's.
fn prune(
    disk: &BTreeMap<String, Kind>,
    changes: &BTreeMap<String, Change>,
    wanted: &BTreeMap<&str, Wanted>,
    needed: &BTreeSet<&str>,
    known: &Known,
) -> Vec<String> {
    let goes = |path: &str| {
        changes.get(path).is_some_and(|c| {
            matches!(c.state, State::Orphan | State::OrphanEdited | State::Leftover)
                || c.state == State::InTheWay && needed.contains(path)
        })
    };
    let ours: BTreeSet<&str> =
        known.manifest.keys().chain(known.pending.keys()).flat_map(|p| path::ancestors(p)).collect();
    let mut stays: BTreeSet<&str> = needed.clone();
    let mut prune = Vec::new();
    // Backwards, a directory comes after everything in it.
    for (path, kind) in disk.iter().rev() {
        let replaced = || wanted.contains_key(path.as_str()) || path::ancestors(path).any(|p| wanted.contains_key(p));
        let goes = match kind {
            Kind::Directory => !stays.contains(path.as_str()) && (ours.contains(path.as_str()) || replaced()),
            _ => goes(path),
        };
        if !goes {
            stays.extend(path::ancestors(path));
        } else if *kind == Kind::Directory {
            prune.push(path.clone());
        }
    }
    prune
}
