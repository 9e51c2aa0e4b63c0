//! `build` and `check`: the tree on the disk against the tree of the topology.

use std::path::{Path, PathBuf};

use super::{End, Ui, Which, input};
use crate::build::Build;
use crate::pass::lock::Lock;
use crate::source::Cause;
use crate::tree::{self, Change, State, Wanted};

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
            ui.say(&explain(&args.out, change));
        }
        for change in plan.changes.iter().filter(|c| args.check && c.state == State::Foreign) {
            ui.say(&explain(&args.out, change));
        }
        if lock_stale {
            clean = false;
            ui.say(&format!("{}: stale: topoc build writes it", lock_path.display()));
        }
        if plan.refusals(args.force).next().is_some() {
            ui.say("topoc build refuses to go over these files: do what each line says, then run topoc build");
        } else if !clean {
            ui.say("run topoc build, read the diff and commit it");
        }
        return if clean || !args.check { End::Fine } else { End::Stale };
    }
    let refused: Vec<_> = plan.refusals(args.force).collect();
    if !refused.is_empty() {
        for change in &refused {
            ui.fail(&explain(&args.out, change));
            if let Some(origin) = origin(&build, &args.out, &change.path) {
                ui.say(&format!("  {origin}"));
            }
        }
        return ui.fail("nothing was written; --force overwrites files that were edited by hand or are in the way");
    }
    match tree::apply_with(&args.out, &wanted, &plan, args.force, &mut progress(ui)) {
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

/// Says how many files are written, once a second and not within the first: most builds never say it.
fn progress<'a>(ui: &'a Ui) -> impl FnMut(tree::Op, &Path) -> std::io::Result<()> + 'a {
    let mut written = 0u32;
    let mut next = std::time::Instant::now() + std::time::Duration::from_secs(1);
    move |op, _| {
        if op == tree::Op::Rename {
            written += 1;
            let now = std::time::Instant::now();
            if now >= next {
                next = now + std::time::Duration::from_secs(1);
                ui.say(&format!("{written} files written so far"));
            }
        }
        Ok(())
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

/// What is the matter with a file: its path, once, and the reason.
fn explain(out: &Path, change: &Change) -> String {
    let shown = out.join(&change.path);
    if change.state == State::Foreign {
        return format!("{}: not topoc's: never touched", shown.display());
    }
    let said = change.explain();
    let path = format!("`{}`", change.path);
    let said = match said.strip_prefix(&format!("{path} ")) {
        Some(rest) => rest.strip_prefix("is ").or_else(|| rest.strip_prefix("was ")).unwrap_or(rest).to_string(),
        None => said.replacen(&format!(" of {path}"), "", 1),
    };
    format!("{}: {said}", shown.display())
}

/// Where the first wanted line comes from that the file on the disk says differently; where it only says more, where
/// the file comes from first.
fn origin(build: &Build, out: &Path, path: &str) -> Option<String> {
    let artifact = build.tree.get(path)?;
    let disk = std::fs::read(out.join(path)).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(disk.as_str(), artifact.text.text.as_str());
    let line = diff
        .iter_all_changes()
        .find(|c| c.tag() == similar::ChangeTag::Insert)
        .and_then(|c| c.new_index())
        .filter(|n| *n < artifact.text.lines());
    let (what, why) = match line {
        Some(n) => (format!("line {} of it", n + 1), artifact.text.why(n)),
        None => ("it".to_string(), artifact.text.all_why()),
    };
    if let Some(span) = why.iter().find_map(|o| build.causes.span(*o)) {
        return Some(format!("{what} comes from {}: change it there", build.sources.place(span)));
    }
    let rule = why.iter().find_map(|o| match build.causes.get(*o) {
        Some(Cause::Derived { rule, .. }) => Some(*rule),
        Some(Cause::Written(_)) | None => o.rule(),
    })?;
    Some(format!("{what} is a rule: {}", super::why::rule(rule).sentence))
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
