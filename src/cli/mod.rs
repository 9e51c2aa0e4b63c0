//! The verbs: the only place with files, clock, environment and terminal; each verb is one file.

mod build;
mod explain;
mod fmt;
mod hook;
mod init;
mod input;
mod ip;
mod opnsense;
mod show;
mod why;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::diag::{Context, Diag};
use crate::source::Sources;

/// Compiles the facts of a private cloud into every file that its machines, firewalls and clusters read.
#[derive(Parser, Debug)]
#[command(name = "topoc", version, propagate_version = true, arg_required_else_help = true)]
struct Args {
    /// How problems are printed
    #[arg(long, global = true, value_enum, default_value_t = Problems::Text)]
    problems: Problems,
    /// Whether to use colours
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
enum Problems {
    /// For people
    Text,
    /// One JSON object a line
    Json,
    /// SARIF 2.1.0, for code hosts
    Sarif,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Write the tree (and the lock file beside the topology)
    Build(build::Args),
    /// Check the topology; write nothing
    Check(build::CheckArgs),
    /// Lay the topology out; comments and spelling stay
    Fmt(fmt::Args),
    /// Print the page of a code
    Explain(explain::Args),
    /// Say why a line of the tree is there
    Why(why::Args),
    /// Show what follows from a line of the topology
    Impact(why::ImpactArgs),
    /// Print what was decided
    Show(show::Args),
    /// Print the address plan, or the next free address of a VLAN
    Ip(ip::Args),
    /// Write a small commented topology to start from
    Init(init::Args),
    /// Merge, compare and import the configuration of an OPNsense firewall
    Opnsense(opnsense::Args),
    /// Install the pre-commit hook of this repository
    Hook(hook::Args),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// What a verb ends with.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// All is well.
    Fine,
    /// What is on the disk differs from what it should be: exit 1.
    Stale,
    /// It cannot be done: exit 2.
    Failed,
}

/// What verbs share.
pub(crate) struct Ui {
    problems: Problems,
    fancy: bool,
    width: usize,
}

impl Ui {
    /// Prints problems to standard error; JSON and SARIF to standard output.
    fn problems(&self, diags: &[Diag], sources: &Sources) {
        let cx = Context { sources, fancy: self.fancy, width: self.width };
        match self.problems {
            Problems::Text => eprint!("{}", crate::diag::terminal::render(diags, cx)),
            Problems::Json => self.print(&crate::diag::json::render(diags, cx)),
            Problems::Sarif => self.print(&crate::diag::sarif::render(diags, cx)),
        }
    }

    /// Prints to standard output; a reader that went away is not an error.
    fn print(&self, text: &str) {
        let _ = std::io::stdout().write_all(text.as_bytes());
    }

    /// Says something to a person; quiet when problems are for machines.
    fn say(&self, text: &str) {
        if self.problems == Problems::Text {
            eprintln!("{text}");
        }
    }

    /// Says that something outside the topology is wrong.
    fn fail(&self, text: &str) -> End {
        eprintln!("topoc: {text}");
        End::Failed
    }
}

/// Runs topoc. Exit codes: 0 fine, 1 stale, 2 cannot be done.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let tty = std::io::stderr().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    let fancy = match args.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => tty && !plain,
    };
    let width = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()).unwrap_or(110usize).clamp(60, 160);
    let ui = Ui { problems: args.problems, fancy, width };
    let end = match args.verb {
        Verb::Build(a) => build::run(&ui, &a),
        Verb::Check(a) => build::check(&ui, &a),
        Verb::Fmt(a) => fmt::run(&ui, &a),
        Verb::Explain(a) => explain::run(&ui, &a),
        Verb::Why(a) => why::run(&ui, &a),
        Verb::Impact(a) => why::impact(&ui, &a),
        Verb::Show(a) => show::run(&ui, &a),
        Verb::Ip(a) => ip::run(&ui, &a),
        Verb::Init(a) => init::run(&ui, &a),
        Verb::Opnsense(a) => opnsense::run(&ui, &a),
        Verb::Hook(a) => hook::run(&ui, &a),
        Verb::Completions { shell } => {
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "topoc", &mut out);
            ui.print(&String::from_utf8_lossy(&out));
            End::Fine
        }
        Verb::Man => {
            let mut out = Vec::new();
            match clap_mangen::Man::new(Args::command()).render(&mut out) {
                Ok(()) => {
                    ui.print(&String::from_utf8_lossy(&out));
                    End::Fine
                }
                Err(e) => ui.fail(&format!("the manual page cannot be made: {e}")),
            }
        }
    };
    match end {
        End::Fine => ExitCode::SUCCESS,
        End::Stale => ExitCode::from(1),
        End::Failed => ExitCode::from(2),
    }
}

/// Where the topology is: the one that is named, or the only one in `topology/`.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct Which {
    /// The topology; the only *.kdl in topology/ when not given
    #[arg(short = 'f', long = "file", value_name = "FILE", global = true)]
    pub(crate) file: Option<PathBuf>,
}
