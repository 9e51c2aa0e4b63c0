//! `hook install`: a pre-commit hook that regenerates the tree and refuses a commit that would leave it stale.

use std::path::PathBuf;
use std::process::Command;

use super::{End, Ui};

/// How the hook starts. The marker in its second line is how topoc knows its own.
const HEAD: &str = "#!/bin/sh
# topoc pre-commit hook
set -eu
";

/// git starts a hook at the top of the work tree and may name its own files relative to it: they must stay findable
/// below.
const BELOW: &str = "case ${GIT_INDEX_FILE-} in
'' | /*) ;;
*) GIT_INDEX_FILE=$PWD/$GIT_INDEX_FILE && export GIT_INDEX_FILE ;;
esac
if [ -n \"${GIT_DIR-}\" ]; then
    GIT_DIR=$(git rev-parse --absolute-git-dir)
    GIT_WORK_TREE=${GIT_WORK_TREE-$PWD}
    export GIT_DIR GIT_WORK_TREE
fi
";

/// What the hook does. `fmt --check` ends with 1 for a layout that differs, and with 2 for a file that cannot be read.
const BODY: &str = "status=0
topoc fmt --check || status=$?
if [ \"$status\" -eq 1 ]; then
    echo 'topoc: run topoc fmt, then add the file' >&2
fi
if [ \"$status\" -ne 0 ]; then
    exit 1
fi
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

/// The hook for a folder of the work tree: `prefix` as git says it, empty for the top, else with a slash at its end.
fn hook(prefix: &str) -> String {
    if prefix.is_empty() {
        return format!("{HEAD}{BODY}");
    }
    // A name that starts with a hyphen would be an option of cd; CDPATH would be searched without the dot.
    format!("{HEAD}{BELOW}cd './{}'\n{BODY}", prefix.replace('\'', r"'\''"))
}

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
    let asked = ask(&["--git-path", "hooks"]).and_then(|hooks| ask(&["--show-prefix"]).map(|prefix| (hooks, prefix)));
    let (folder, prefix) = match asked {
        Ok((hooks, prefix)) => (PathBuf::from(hooks), prefix),
        Err(e) => return ui.fail(&e),
    };
    let path = folder.join("pre-commit");
    let old = std::fs::read_to_string(&path).ok();
    if old.as_deref().is_some_and(|o| !o.contains("# topoc pre-commit hook")) && !force {
        return ui.fail(&format!("{} is somebody else's hook; --force replaces it", path.display()));
    }
    if let Err(e) = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, hook(&prefix))) {
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

/// One line from `git rev-parse`.
fn ask(args: &[&str]) -> Result<String, String> {
    match Command::new("git").arg("rev-parse").args(args).output() {
        Ok(o) if o.status.success() => {
            let said = String::from_utf8(o.stdout).map_err(|_| "the path of this folder is not UTF-8".to_string())?;
            Ok(said.strip_suffix('\n').unwrap_or(&said).to_string())
        }
        Ok(_) => Err("this is not a git repository".into()),
        Err(e) => Err(format!("git cannot be run: {e}")),
    }
}
