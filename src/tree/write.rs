//! Writes a plan to the disk so that a build killed at any point can be completed by the next; compares nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Change, MANIFEST, PENDING, Plan, State, TEMPORARY, TreeError, Wanted, manifest};

/// A change of the file system, as a test sees it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// Makes a directory.
    CreateDirectory,
    /// Makes an empty temporary file.
    CreateFile,
    /// Fills it.
    Write,
    /// Puts it in its place.
    Rename,
    /// Sets or clears the executable bit.
    SetMode,
    /// Deletes a file.
    Remove,
    /// Deletes an empty directory.
    RemoveDirectory,
}

impl Op {
    fn word(self) -> &'static str {
        match self {
            Op::CreateDirectory => "create the directory",
            Op::CreateFile => "create",
            Op::Write => "write",
            Op::Rename => "rename a file to",
            Op::SetMode => "set the mode of",
            Op::Remove => "delete",
            Op::RemoveDirectory => "delete the directory",
        }
    }
}

/// What [`apply`] did.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Files with new content.
    pub written: usize,
    /// Files with another executable bit alone.
    pub modes: usize,
    /// Files deleted.
    pub removed: usize,
    /// Files that were as wanted.
    pub unchanged: usize,
    /// Whether `MANIFEST` was written.
    pub manifest: bool,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} written, {} removed, {} unchanged", self.written + self.modes, self.removed, self.unchanged)
    }
}

/// Makes the tree as wanted; `plan` is what [`compare`](super::compare) just said of the same `out` and `wanted`.
///
/// Writes only what differs, each file through a temporary one beside it and a rename; deletes what the plan calls
/// orphans and the directories that become empty; writes `MANIFEST` last. With nothing to do it touches nothing. Before
/// the first change it writes [`PENDING`], so that the next [`compare`](super::compare) knows every byte a killed
/// build left. Nothing is synced to the disk: the tree is in git, and a build writes it again.
///
/// # Errors
/// [`TreeError::Refused`] before anything is written when something would be lost (`force` allows what it can), else the
/// file system's error; then each file is as before or as wanted, and the next build completes the rest.
pub fn apply(out: &Path, wanted: &[Wanted], plan: &Plan, force: bool) -> Result<Summary, TreeError> {
    apply_with(out, wanted, plan, force, &mut |_, _| Ok(()))
}

/// [`apply`] that asks `before` ahead of each change of the file system; for tests of disks that fail and of builds
/// that are killed.
///
/// # Errors
/// As [`apply`], and what `before` says.
pub fn apply_with(
    out: &Path,
    wanted: &[Wanted],
    plan: &Plan,
    force: bool,
    before: &mut dyn FnMut(Op, &Path) -> io::Result<()>,
) -> Result<Summary, TreeError> {
    let refused: Vec<Change> = plan.refusals(force).cloned().collect();
    if !refused.is_empty() {
        return Err(TreeError::Refused { changes: refused });
    }
    let mut summary = Summary::default();
    let wanted: BTreeMap<&str, &Wanted> = wanted.iter().map(|w| (w.path, w)).collect();
    let (mut write, mut mode, mut remove, mut tidy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut pending_there = false;
    for change in &plan.changes {
        let file = wanted.get(change.path.as_str()).copied();
        match (change.state, file) {
            _ if change.path == MANIFEST => summary.manifest = change.state != State::Clean,
            _ if change.path == PENDING => pending_there = true,
            (State::Foreign | State::Blocked, _) => {}
            (State::Clean, _) => summary.unchanged += 1,
            (State::Leftover, _) => tidy.push(out.join(&change.path)),
            (State::Stale, Some(file)) if change.mode_only => mode.push(file),
            (_, Some(file)) => write.push(file),
            (_, None) => remove.push(out.join(&change.path)),
        }
    }
    let mut disk = Disk { before, temporary: 0 };
    for file in tidy {
        disk.remove(&file)?;
    }
    if !write.is_empty() || !remove.is_empty() {
        let text = manifest::union(&plan.manifest, &plan.pending);
        disk.put(&out.join(PENDING), &text, false)?;
        pending_there = true;
    }
    // What goes makes room first: a file may be where a directory must go, and the other way round.
    for file in &remove {
        disk.remove(file)?;
        summary.removed += 1;
    }
    for path in &plan.prune {
        disk.remove_directory(&out.join(path))?;
    }
    for file in write {
        disk.put(&out.join(file.path), file.text, file.executable)?;
        summary.written += 1;
    }
    for file in mode {
        disk.set_mode(&out.join(file.path), file.executable)?;
        summary.modes += 1;
    }
    if summary.manifest {
        disk.put(&out.join(MANIFEST), &plan.manifest, false)?;
    }
    if pending_there {
        disk.remove(&out.join(PENDING))?;
    }
    Ok(summary)
}

struct Disk<'a> {
    before: &'a mut dyn FnMut(Op, &Path) -> io::Result<()>,
    /// Number of the last temporary file.
    temporary: u64,
}

impl Disk<'_> {
    fn run<T>(&mut self, op: Op, path: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, TreeError> {
        (self.before)(op, path).and_then(|()| act(path)).map_err(|source| TreeError::Io {
            op: op.word(),
            path: path.to_owned(),
            source,
        })
    }

    fn put(&mut self, path: &Path, text: &str, executable: bool) -> Result<(), TreeError> {
        let directory = path.parent().unwrap_or(Path::new(""));
        self.create_directories(directory)?;
        let (temporary, mut file) = loop {
            self.temporary += 1;
            // Unique among the builds that run now; the name of the target is not in it, so it is never too long.
            let name = directory.join(format!("{TEMPORARY}{}-{}", std::process::id(), self.temporary));
            match self.run(Op::CreateFile, &name, |name| create(name, executable)) {
                Err(TreeError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
                made => break (name, made?),
            }
        };
        let mut done = self.run(Op::Write, path, |_| file.write_all(text.as_bytes()));
        drop(file);
        if done.is_ok() {
            done = self.run(Op::Rename, path, |path| fs::rename(&temporary, path));
        }
        if done.is_err() {
            // The first error is the one to report; what stays is removed by the next build.
            let _ = self.remove(&temporary);
        }
        done
    }

    fn create_directories(&mut self, directory: &Path) -> Result<(), TreeError> {
        let mut missing: Vec<PathBuf> = Vec::new();
        let mut at = directory;
        while !at.as_os_str().is_empty() && !at.is_dir() {
            missing.push(at.to_owned());
            match at.parent() {
                Some(parent) => at = parent,
                None => break,
            }
        }
        missing.iter().rev().try_for_each(|d| self.run(Op::CreateDirectory, d, |d| fs::create_dir(d)))
    }

    fn remove(&mut self, path: &Path) -> Result<(), TreeError> {
        self.run(Op::Remove, path, |path| match fs::remove_file(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        })
    }

    fn remove_directory(&mut self, path: &Path) -> Result<(), TreeError> {
        self.run(Op::RemoveDirectory, path, |path| match fs::remove_dir(path) {
            // Somebody put something there since the comparison: it is theirs.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Ok(()),
            done => done,
        })
    }

    fn set_mode(&mut self, path: &Path, executable: bool) -> Result<(), TreeError> {
        self.run(Op::SetMode, path, |path| set_executable(path, executable))
    }
}

#[cfg(unix)]
fn create(path: &Path, executable: bool) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(if executable { 0o755 } else { 0o644 }).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _executable: bool) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Whoever may read may run, as git does it.
#[cfg(unix)]
fn set_executable(path: &Path, executable: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    let mode = if executable { mode | (mode & 0o444) >> 2 | 0o100 } else { mode & !0o111 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_executable(_path: &Path, _executable: bool) -> io::Result<()> {
    Ok(())
}
