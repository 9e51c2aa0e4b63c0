//! `init`: writes a small commented topology to start from; never overwrites one.

use std::path::PathBuf;

use super::{End, Ui};

/// The topology that `init` writes; a test builds it.
pub const TEMPLATE: &str = include_str!("init.kdl");

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Where to write it
    #[arg(default_value = "topology/cloud.kdl")]
    file: PathBuf,
}

/// `topoc init`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let shown = args.file.display();
    if let Some(folder) = args.file.parent().filter(|p| !p.as_os_str().is_empty())
        && let Err(e) = std::fs::create_dir_all(folder)
    {
        return ui.fail(&format!("{} cannot be made: {e}", folder.display()));
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&args.file);
    match made.and_then(|mut f| std::io::Write::write_all(&mut f, TEMPLATE.as_bytes())) {
        Ok(()) => {
            ui.say(&format!("{shown} is written: change it, then run topoc build"));
            End::Fine
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            ui.fail(&format!("{shown} is there already; topoc init never overwrites"))
        }
        Err(e) => ui.fail(&format!("{shown} cannot be written: {e}")),
    }
}
