//! `build` and `check`: the tree on the disk against the tree of the topology.

use std::path::{Path, PathBuf};

use super::{End, Ui, Which, input};
use crate::build::Build;
use crate::pass::lock::Lock;
use crate::tree::{self, Wanted};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// The folder of the tree
    #[arg(short, long, default_value = "generated")]
    out: PathBuf,
    /// Write nothing; exit 1 when the tree or the lock is not what it should be
    #[arg(long)]
    check: bool,
    /// Write nothing; print what would change
    #[arg(long)]
    diff: bool,
    /// Print the files of these emitters; write nothing
    #[arg(long, value_name = "EMITTER", value_delimiter = ',')]
    only: Vec<String>,
    /// Overwrite files that were edited by hand or are in the way
    #[arg(long)]
    force: bool,
}

#[derive(clap::Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    which: Which,
}

/// `topoc check`.
pub(super) fn check(ui: &Ui, args: &CheckArgs) -> End {
    match input::built(ui, &args.which, true) {
        Some(_) => End::Fine,
        None => End::Failed,
    }
}

/// `topoc build`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    if let Some(unknown) = args.only.iter().find(|o| !crate::emit::EMITTERS.iter().any(|e| e.meta.name == o.as_str())) {
        let known = crate::emit::EMITTERS.iter().map(|e| e.meta.name).collect::<Vec<_>>().join(", ");
        return ui.fail(&format!("no emitter is called {unknown}; there are {known}"));
    }
    let Some((path, build)) = input::built(ui, &args.which, true) else { return End::Failed };
    let wanted: Vec<Wanted<'_>> =
        build.tree.values().map(|a| Wanted { path: &a.path, text: &a.text.text, executable: a.executable }).collect();
    if !args.only.is_empty() {
        return only(ui, args, &build);
    }
    let plan = match tree::compare(&args.out, &wanted) {
        Ok(plan) => plan,
        Err(e) => return ui.fail(&e.to_string()),
    };
    let lock = Lock::of(&build.topology).print();
    let lock_path = input::lock_path(&path);
    let lock_stale = std::fs::read_to_string(&lock_path).map_or(true, |old| old != lock);
    if args.diff {
        match tree::diff(&args.out, &wanted, &plan) {
            Ok(diff) => ui.print(&diff),
            Err(e) => return ui.fail(&e.to_string()),
        }
    }
    if args.check || args.diff {
        let mut clean = true;
        for change in plan.changes.iter().filter(|c| c.state.differs()) {
            clean = false;
            ui.say(&format!("{}: {}", args.out.join(&change.path).display(), change.explain()));
        }
        if lock_stale {
            clean = false;
            ui.say(&format!("{}: stale: topoc build writes it", lock_path.display()));
        }
        if !clean {
            ui.say("run topoc build, read the diff and commit it");
        }
        return if clean || !args.check { End::Fine } else { End::Stale };
    }
    let refused: Vec<_> = plan.refusals(args.force).collect();
    if !refused.is_empty() {
        for change in &refused {
            ui.fail(&format!("{}: {}", args.out.join(&change.path).display(), change.explain()));
            if let Some(place) = origin(&build, &change.path) {
                ui.say(&format!("  it comes from {place}: change it there"));
            }
        }
        return ui.fail("nothing was written; --force overwrites files that were edited by hand or are in the way");
    }
    match tree::apply(&args.out, &wanted, &plan, args.force) {
        Ok(summary) => {
            if lock_stale && let Err(e) = write_lock(&lock_path, &lock) {
                return ui.fail(&format!("{} cannot be written: {e}", lock_path.display()));
            }
            ui.say(&format!("{}: {summary}", args.out.display()));
            End::Fine
        }
        Err(e) => ui.fail(&e.to_string()),
    }
}

/// Prints some emitters' files, or how they differ: a tree of which some files are new and some old is nobody's wish.
fn only(ui: &Ui, args: &Args, build: &Build) -> End {
    for a in build.tree.values().filter(|a| args.only.iter().any(|o| o == a.emitter)) {
        if args.check || args.diff {
            let path = args.out.join(&a.path);
            let old = std::fs::read_to_string(&path).unwrap_or_default();
            if old != a.text.text {
                if args.check {
                    ui.say(&format!("{}: stale", path.display()));
                    return End::Stale;
                }
                let diff = similar::TextDiff::from_lines(&old, &a.text.text);
                ui.print(&diff.unified_diff().header(&format!("a/{}", a.path), &format!("b/{}", a.path)).to_string());
            }
        } else {
            ui.print(&format!("==> {}\n{}", a.path, a.text.text));
        }
    }
    End::Fine
}

/// The line of the topology that a file of the tree comes from first.
fn origin(build: &Build, path: &str) -> Option<String> {
    let artifact = build.tree.get(path)?;
    let span = artifact.text.all_why().iter().find_map(|o| build.causes.span(*o))?;
    Some(build.sources.place(span))
}

/// Writes the lock as one step, so that a killed build leaves the old one or the new one.
fn write_lock(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path)?;
    Ok(())
}
