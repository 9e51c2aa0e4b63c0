//! `explain`: prints the page of a code, or the list of all.

use super::{End, Ui};
use crate::diag::{ALL, Level, by_name};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A code (E0203) or its name (unknown-name); the list of all codes when not given
    code: Option<String>,
}

/// `topoc explain`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let Some(code) = &args.code else {
        let list: String = ALL
            .iter()
            .map(|c| {
                let level = match c.level {
                    Level::Error => "error",
                    Level::Warning => "warning",
                    Level::Note => "note",
                };
                format!("{}  {level:8} {}\n", c.id, c.name)
            })
            .collect();
        ui.print(&list);
        return End::Fine;
    };
    match by_name(code) {
        Some(info) => {
            ui.print(info.page);
            End::Fine
        }
        None => {
            let names: Vec<&str> = ALL.iter().flat_map(|c| [c.id, c.name]).collect();
            let near = crate::schema::nearest(code, &names)
                .map_or("topoc explain lists all".into(), |n| format!("did you mean {n}?"));
            ui.fail(&format!("no code is called {code}: {near}"))
        }
    }
}
