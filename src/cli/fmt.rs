//! `fmt`: lays a topology out; never changes what it says.

use std::path::{Path, PathBuf};

use super::{End, Ui, Which, input};
use crate::source::{Source, Sources};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The files; the only topology in topology/ when none is given
    files: Vec<PathBuf>,
    /// Write nothing; exit 1 when a file is not laid out
    #[arg(long)]
    check: bool,
    /// Convert KDL 1 files to KDL 2 first
    #[arg(long)]
    from_kdl1: bool,
}

/// `topoc fmt`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let files = match args.files.is_empty() {
        false => args.files.clone(),
        true => match input::find(&Which { file: None }) {
            Ok(path) => vec![path],
            Err(e) => return ui.fail(&e),
        },
    };
    let mut end = End::Fine;
    for file in &files {
        match one(ui, args, file) {
            End::Fine => {}
            End::Stale if end == End::Fine => end = End::Stale,
            End::Stale => {}
            End::Failed => end = End::Failed,
        }
    }
    end
}

fn one(ui: &Ui, args: &Args, file: &Path) -> End {
    let old = match input::read(file) {
        Ok(text) => text,
        Err(e) => return ui.fail(&e),
    };
    let text = match args.from_kdl1 {
        false => old.clone(),
        true => match crate::syntax::convert_kdl1(&old) {
            Ok(text) => text,
            Err(e) => return ui.fail(&format!("{}: {e}", file.display())),
        },
    };
    let source = Source::new(file.display().to_string(), text);
    let Some(new) = crate::syntax::format(&source) else {
        let mut sources = Sources::default();
        let id = sources.add(source);
        let mut sink = crate::diag::Sink::default();
        crate::syntax::parse(sources.get(id), id, &mut sink);
        ui.problems(&sink.finish(), &sources);
        return End::Failed;
    };
    if new == old {
        return End::Fine;
    }
    if args.check {
        ui.say(&format!("{}: not laid out: topoc fmt {}", file.display(), file.display()));
        return End::Stale;
    }
    match std::fs::write(file, new) {
        Ok(()) => End::Fine,
        Err(e) => ui.fail(&format!("{} cannot be written: {e}", file.display())),
    }
}
