//! `hook install`: a pre-commit hook that regenerates the tree and refuses a commit that would leave it stale.

use std::path::PathBuf;
use std::process::Command;

use super::{End, Ui};

/// The hook. The marker in its second line is how topoc knows its own.
const HOOK: &str = "#!/bin/sh
# topoc pre-commit hook
set -eu
topoc fmt --check || { echo 'topoc: run topoc fmt, then add the file' >&2; exit 1; }
topoc build
if ! git diff --quiet -- generated topology; then
    echo 'topoc: the tree was regenerated: read it (git diff generated), then git add generated topology' >&2
    exit 1
fi
if [ -n \"$(git ls-files --others --exclude-standard -- generated)\" ]; then
    echo 'topoc: new files in generated/: read them, then git add generated' >&2
    exit 1
fi
";

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Write the hook into this repository
    Install {
        /// Replace a hook that is not topoc's
        #[arg(long)]
        force: bool,
    },
}

/// `topoc hook`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let What::Install { force } = args.what;
    let asked = Command::new("git").args(["rev-parse", "--git-path", "hooks"]).output();
    let folder = match asked {
        Ok(o) if o.status.success() => PathBuf::from(String::from_utf8_lossy(&o.stdout).trim()),
        Ok(_) => return ui.fail("this is not a git repository"),
        Err(e) => return ui.fail(&format!("git cannot be run: {e}")),
    };
    let path = folder.join("pre-commit");
    let old = std::fs::read_to_string(&path).ok();
    if old.as_deref().is_some_and(|o| !o.contains("# topoc pre-commit hook")) && !force {
        return ui.fail(&format!("{} is somebody else's hook; --force replaces it", path.display()));
    }
    if let Err(e) = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, HOOK)) {
        return ui.fail(&format!("{} cannot be written: {e}", path.display()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Err(e) = std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)) {
            return ui.fail(&format!("{} cannot be made executable: {e}", path.display()));
        }
    }
    ui.say(&format!("{} is installed", path.display()));
    End::Fine
}
