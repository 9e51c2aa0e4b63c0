//! `why` walks from a line of the tree to the facts that made it; `impact` goes the other way.

use std::path::{Path, PathBuf};

use super::{End, Ui, Which, input};
use crate::build::Build;
use crate::source::{Cause, Origin, Rule, RuleDef};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// A line of the tree: FILE:LINE
    #[arg(value_name = "FILE:LINE")]
    place: String,
    /// The folder of the tree
    #[arg(short, long, default_value = "generated")]
    out: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(super) struct ImpactArgs {
    /// A line of the topology: FILE:LINE
    #[arg(value_name = "TOPOLOGY:LINE")]
    place: String,
    /// Only count the lines of each file
    #[arg(long)]
    count: bool,
}

/// What is known of a rule, wherever it is declared.
pub(super) fn rule(rule: Rule) -> &'static RuleDef {
    const UNKNOWN: RuleDef = RuleDef { name: "?", sentence: "a rule that is not listed", source: "" };
    let (block, index) = rule.parts();
    let passes = crate::pass::RULE_BLOCKS.iter().copied();
    passes
        .chain(crate::emit::EMITTERS.iter().map(|e| (e.meta.block, e.meta.rules)))
        .chain(crate::emit::opnsense::RULE_BLOCKS.iter().copied())
        .find(|(b, _)| *b as usize == block)
        .and_then(|(_, rules)| rules.get(index))
        .unwrap_or(&UNKNOWN)
}

fn split(place: &str) -> Option<(&str, usize)> {
    let (path, line) = place.rsplit_once(':')?;
    // FILE:LINE:COLUMN, as editors print it, is understood too.
    match (line.parse().ok(), path.rsplit_once(':')) {
        (Some(_), Some((p, l))) if l.parse::<usize>().is_ok() => Some((p, l.parse().ok()?)),
        (Some(n), _) => Some((path, n)),
        (None, _) => None,
    }
}

/// `topoc why`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let Some((path, line)) = split(&args.place) else {
        return ui.fail(&format!("{} is not FILE:LINE", args.place));
    };
    // Said before the build: the errors of a topology are not the answer to a question put to the wrong verb.
    if Path::new(path).extension().is_some_and(|e| e == "kdl") && !Path::new(path).starts_with(&args.out) {
        return ui.fail(&format!("{path} is not of the tree: run topoc impact {}", args.place));
    }
    let Some((_, build)) = input::built(ui, &args.which, true) else { return End::Failed };
    let inside =
        Path::new(path).strip_prefix(&args.out).unwrap_or(Path::new(path)).to_string_lossy().replace('\\', "/");
    let inside = inside.trim_start_matches("./");
    let Some(artifact) = build.tree.get(inside) else {
        let known: Vec<&str> = build.tree.keys().map(String::as_str).collect();
        let near = crate::schema::nearest(inside, &known).map_or(String::new(), |n| format!("; did you mean {n}?"));
        return ui.fail(&format!("{inside} is not a file of the tree{near}"));
    };
    if line == 0 || line > artifact.text.lines() {
        return ui.fail(&format!("{inside} has {} lines", artifact.text.lines()));
    }
    let text = artifact.text.text.lines().nth(line - 1).unwrap_or_default();
    let mut out = format!("{inside}:{line}  {}\n", text.trim_end());
    out.push_str(&format!("  written by {} for {}\n", artifact.emitter, artifact.site));
    let mut seen = Vec::new();
    for origin in artifact.text.why(line - 1) {
        walk(&build, *origin, 1, &mut seen, &mut out);
    }
    ui.print(&out);
    End::Fine
}

/// Prints a cause and what it was made from; each cause once.
fn walk(build: &Build, origin: Origin, depth: usize, seen: &mut Vec<Origin>, out: &mut String) {
    let indent = "  ".repeat(depth);
    if seen.contains(&origin) {
        return;
    }
    seen.push(origin);
    if let Some(r) = origin.rule() {
        let def = rule(r);
        out.push_str(&format!("{indent}because {} [{}]\n", def.sentence, def.source));
        return;
    }
    match build.causes.get(origin) {
        Some(Cause::Written(span)) => {
            let source = build.sources.get(span.file);
            let (line, _) = source.line_col(span.start);
            out.push_str(&format!("{indent}from {}  {}\n", build.sources.place(*span), source.line(line).trim()));
        }
        Some(Cause::Derived { rule: r, from }) => {
            let def = rule(*r);
            out.push_str(&format!("{indent}because {} [{}]\n", def.sentence, def.source));
            for o in from {
                walk(build, *o, depth + 1, seen, out);
            }
        }
        None => {}
    }
}

/// `topoc impact`.
pub(super) fn impact(ui: &Ui, args: &ImpactArgs) -> End {
    let Some((path, line)) = split(&args.place) else {
        return ui.fail(&format!("{} is not FILE:LINE", args.place));
    };
    if of_a_tree(Path::new(path)) {
        return ui.fail(&format!("{path} is not a topology: run topoc why {}", args.place));
    }
    let which = Which { file: Some(path.into()) };
    let Some((path, build)) = input::built(ui, &which, true) else { return End::Failed };
    let source = build.sources.get(crate::source::FileId(0));
    let line = u32::try_from(line).unwrap_or(u32::MAX);
    if line == 0 || line as usize > source.line_starts().len() {
        return ui.fail(&format!("{} has {} lines", path.display(), source.line_starts().len()));
    }
    // Every cause that stands on the line, and every cause that was made from one of those: older ones have smaller numbers.
    let mut hit = vec![false; build.causes.len()];
    for (i, (_, cause)) in build.causes.iter().enumerate() {
        hit[i] = match cause {
            Cause::Written(span) => {
                span.file.0 == 0 && span.end > span.start && {
                    let (a, b) = (source.line_col(span.start).0, source.line_col(span.end.saturating_sub(1)).0);
                    (a..=b).contains(&line)
                }
            }
            Cause::Derived { from, .. } => from.iter().filter_map(|o| o.index()).any(|o| hit[o]),
        };
    }
    let mut out = format!("{}:{line}  {}\n", path.display(), source.line(line).trim());
    let (mut files, mut lines) = (0, 0);
    for a in build.tree.values() {
        let cited: Vec<usize> =
            (0..a.text.lines()).filter(|n| a.text.why(*n).iter().filter_map(|o| o.index()).any(|i| hit[i])).collect();
        if cited.is_empty() {
            continue;
        }
        files += 1;
        lines += cited.len();
        out.push_str(&format!("{}: {}\n", a.path, count(cited.len(), "line")));
        if !args.count {
            let text: Vec<&str> = a.text.text.lines().collect();
            for n in cited {
                out.push_str(&format!("  {:>4}  {}\n", n + 1, text.get(n).copied().unwrap_or_default().trim_end()));
            }
        }
    }
    out.push_str(&format!("{} in {} cite this line\n", count(lines, "line"), count(files, "file")));
    out.push_str(&without(&path, source, line, &build));
    ui.print(&out);
    End::Fine
}

/// Whether a path is of a generated tree: its name says so, or a manifest stands above it.
fn of_a_tree(path: &Path) -> bool {
    if path.extension().is_some_and(|e| e == "kdl") {
        return false;
    }
    path.starts_with("generated")
        || path.ancestors().any(|a| a.file_name().is_some_and(|n| n == "generated"))
        || path.ancestors().skip(1).any(|a| a.join(crate::tree::MANIFEST).is_file())
}

/// What a rebuild without the statements on a line really changes: the truth beside the citations.
fn without(path: &Path, source: &crate::source::Source, line: u32, build: &Build) -> String {
    // The outermost statements that start here are taken out as KDL itself does it, from the last to the first.
    let here = |id: crate::syntax::NodeId| source.line_col(build.document.node(id).span.start).0 == line;
    let nodes = (0..build.document.nodes.len() as u32).map(crate::syntax::NodeId);
    let starts: Vec<usize> = nodes
        .filter(|id| here(*id) && !build.document.node(*id).parent.is_some_and(here))
        .map(|id| build.document.node(id).span.start as usize)
        .collect();
    if starts.is_empty() {
        return "no statement starts on this line\n".into();
    }
    let mut text = source.text.clone();
    for start in starts.into_iter().rev() {
        text.insert_str(start, "/-");
    }
    let rebuilt = match input::load(path, Some(text), true) {
        Ok(rebuilt) => rebuilt,
        Err(e) => return format!("{e}\n"),
    };
    if rebuilt.failed() {
        let first = rebuilt.diags.iter().find(|d| d.code.level() == crate::diag::Level::Error);
        let say = first.map_or(String::new(), |d| format!(": {} {}", d.code.info().id, d.message));
        return format!("without it the topology cannot be built{say}\n");
    }
    let mut changed: Vec<String> = Vec::new();
    for (p, a) in &build.tree {
        match rebuilt.tree.get(p) {
            None => changed.push(format!("  {p} would go\n")),
            Some(b) if b.text.text != a.text.text => {
                let diff = similar::TextDiff::from_lines(&a.text.text, &b.text.text);
                let (mut plus, mut minus) = (0, 0);
                for c in diff.iter_all_changes() {
                    match c.tag() {
                        similar::ChangeTag::Insert => plus += 1,
                        similar::ChangeTag::Delete => minus += 1,
                        similar::ChangeTag::Equal => {}
                    }
                }
                changed.push(format!("  {p} +{plus} -{minus}\n"));
            }
            Some(_) => {}
        }
    }
    changed.extend(rebuilt.tree.keys().filter(|p| !build.tree.contains_key(*p)).map(|p| format!("  {p} would come\n")));
    match changed.is_empty() {
        true => "without it nothing changes\n".into(),
        false => format!("without it {} would change:\n{}", count(changed.len(), "file"), changed.concat()),
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
