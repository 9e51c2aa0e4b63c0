//! The pages of codes are tests: what a page shows as wrong raises its code at its mark and nothing else, what it shows as right is clean.

use topoc::build::{Build, Input, build};
use topoc::diag::{ALL, CodeInfo, Diag, Sink, code};
use topoc::pass::lock::Lock;
use topoc::source::{Source, Sources};

/// Codes whose fault is not in the text of a topology, and why; their pages have a `text` block instead of a `kdl fail` one.
const NO_EXAMPLE: &[(&str, &str)] = &[
    ("E0118", "a file of 4 GiB fits no page"),
    ("E0336", "the fault is in the lock file: `a_lock_that_cannot_be_read_is_reported` raises it"),
    ("E0607", "two emitters with one path are a mistake in topoc"),
];

/// Codes that are raised beside another one only, and why.
const ALONGSIDE: &[(&str, &str, &str)] = &[];

/// The day on which the pages are read: permissions on them end before or after it.
const TODAY: &str = "2026-06-01";

/// A block of a page: its language line, its text, and the line of the page on which the text starts.
struct Block<'a> {
    kind: &'a str,
    text: &'a str,
    line: usize,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut all = Vec::new();
    let mut open: Option<(&str, usize, usize)> = None;
    let mut at = 0;
    for (i, line) in page.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        match (open, line.trim_end().strip_prefix("```")) {
            (None, Some(kind)) => open = Some((kind, end, i + 2)),
            (Some((kind, start, line)), Some("")) => {
                all.push(Block { kind, text: &page[start..at], line });
                open = None;
            }
            _ => {}
        }
        at = end;
    }
    assert!(open.is_none(), "a block is not closed:\n{page}");
    all
}

/// The line of a block that is marked: the code stands at its end, or after `//~v` in the line above.
fn marked(block: &Block<'_>, id: &str) -> Option<usize> {
    let mut found = None;
    for (i, line) in block.text.lines().enumerate() {
        let n = match (line.find("//~ "), line.find("//~v ")) {
            (Some(at), _) if line[at + 4..].trim() == id => i,
            (_, Some(at)) if line[at + 5..].trim() == id => i + 1,
            (None, None) => continue,
            _ => return None,
        };
        if found.replace(n).is_some() {
            return None;
        }
    }
    found
}

/// What a text raises, with the line of each first place. Pages of band 01 are about KDL, not about topologies.
fn problems(info: &CodeInfo, text: &str) -> Vec<(Diag, Option<usize>)> {
    let source = Source::new("page.kdl", text);
    let (sources, diags) = if info.id.starts_with("E01") {
        let (mut sources, mut sink) = (Sources::default(), Sink::default());
        let file = sources.add(source);
        topoc::syntax::parse(sources.get(file), file, &mut sink);
        (sources, sink.finish())
    } else {
        let Build { sources, diags, .. } =
            build(Input { topology: source, lock: None, today: TODAY.into(), emit: true });
        (sources, diags)
    };
    let line = |d: &Diag| {
        let span = d.labels.first()?.span;
        Some(sources.get(span.file).text[..span.start as usize].matches('\n').count())
    };
    diags.into_iter().map(|d| (line(&d), d)).map(|(l, d)| (d, l)).collect()
}

fn shown(all: &[(Diag, Option<usize>)], first_line: usize) -> String {
    let line = |l: &Option<usize>| l.map_or("nowhere".into(), |l| format!("line {}", first_line + l));
    all.iter().map(|(d, l)| format!("\n    {} at {}: {}", d.code.info().id, line(l), d.message)).collect()
}

fn check(info: &CodeInfo, faults: &mut Vec<String>) {
    let page = format!("src/diag/codes/{}.md", info.id);
    let mut fault = |line: usize, what: String| faults.push(format!("{page}:{line}: {what}"));
    let (heading, rest) = info.page.split_once('\n').unwrap_or((info.page, ""));
    if heading != format!("# {} {}", info.id, info.name) {
        fault(1, format!("the heading is not `# {} {}`", info.id, info.name));
    }
    if !info.page.ends_with("```\n") || rest.trim_start().starts_with("```") {
        fault(1, "a page is a heading, prose and blocks, in this order".into());
    }
    let all = blocks(info.page);
    let (fails, passes) = (all.iter().filter(|b| b.kind == "kdl fail"), all.iter().filter(|b| b.kind == "kdl pass"));
    let no_example = NO_EXAMPLE.iter().any(|(id, _)| *id == info.id);
    if (fails.clone().count() == 0) != no_example {
        fault(1, "a page has a `kdl fail` block, unless its code is in NO_EXAMPLE".into());
    }
    if passes.clone().count() == 0 && !no_example {
        fault(1, "a page has a `kdl pass` block".into());
    }
    for block in all.iter().filter(|b| !matches!(b.kind, "kdl fail" | "kdl pass" | "text")) {
        fault(block.line - 1, format!("`{}` is not a kind of block", block.kind));
    }
    let with = ALONGSIDE.iter().find(|(id, ..)| *id == info.id).map(|(_, other, _)| *other);
    for block in fails {
        let Some(mark) = marked(block, info.id) else {
            fault(block.line, format!("one line is marked `//~ {}`", info.id));
            continue;
        };
        let found = problems(info, block.text);
        let (own, others): (Vec<_>, Vec<_>) = found.iter().partition(|(d, _)| d.code.info().id == info.id);
        let right = matches!(own[..], [(_, Some(line))] if *line == mark);
        let expected = match with {
            Some(other) => !others.is_empty() && others.iter().all(|(d, _)| d.code.info().id == other),
            None => others.is_empty(),
        };
        if !right || !expected {
            let wanted = format!("{} on line {} and nothing else is expected", info.id, block.line + mark);
            fault(block.line, format!("{wanted}, found:{}", shown(&found, block.line)));
        }
    }
    for block in passes {
        let found = problems(info, block.text);
        if !found.is_empty() {
            fault(block.line, format!("this is to be clean, found:{}", shown(&found, block.line)));
        }
    }
    // Band 01 shows faults of layout too.
    for block in all.iter().filter(|b| b.kind.starts_with("kdl ") && !info.id.starts_with("E01")) {
        let laid_out = topoc::syntax::format(&Source::new("page.kdl", block.text));
        if laid_out.as_deref() != Some(block.text) {
            fault(block.line, format!("`topoc fmt` lays this out otherwise:\n{}", laid_out.unwrap_or_default()));
        }
    }
}

#[test]
fn every_page_shows_its_code_and_the_cure() {
    let mut faults = Vec::new();
    for info in ALL {
        check(info, &mut faults);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_lists_of_exceptions_name_codes() {
    for id in NO_EXAMPLE.iter().map(|(id, _)| id).chain(ALONGSIDE.iter().flat_map(|(a, b, _)| [a, b])) {
        assert!(ALL.iter().any(|c| c.id == *id), "{id} is no code");
    }
}

#[test]
fn a_lock_that_cannot_be_read_is_reported() {
    let page = topoc::diag::by_name("lock-unreadable").unwrap().page;
    let texts: Vec<_> = blocks(page).into_iter().filter(|b| b.kind == "text").collect();
    let [wrong, right] = &texts[..] else { panic!("the page of the lock shows a wrong and a right one") };
    let read = |text: &str| {
        let mut sources = Sources::default();
        let mut sink = Sink::default();
        let file = sources.add(Source::new("lab.lock", text));
        let lock = Lock::parse(sources.get(file), file, &mut sink);
        (lock, sink.finish())
    };
    let (_, diags) = read(wrong.text);
    assert!(!diags.is_empty() && diags.iter().all(|d| d.code == code::E0336), "{diags:?}");
    let (lock, diags) = read(right.text);
    assert!(diags.is_empty(), "{diags:?}");
    assert_eq!(lock.machines.len(), 2);
    assert_eq!(lock.print().lines().skip(1).collect::<Vec<_>>(), right.text.lines().collect::<Vec<_>>());
}

#[test]
fn a_page_that_lies_is_found() {
    let lie = |page: &'static str| {
        let mut faults = Vec::new();
        let info = topoc::diag::by_name("E0204").unwrap();
        check(&CodeInfo { page, ..*info }, &mut faults);
        faults.len()
    };
    macro_rules! page {
        ($heading:literal, $fail:literal, $pass:literal) => {
            concat!(
                "# E0204 ",
                $heading,
                "\n\nProse.\n\n```kdl fail\n",
                $fail,
                "\n```\n\n```kdl pass\n",
                $pass,
                "\n```\n"
            )
        };
    }
    assert_eq!(lie(page!("wrong-type", "topology 1 //~ E0204", "topology \"lab\"")), 0);
    assert_eq!(lie(page!("wrong-kind", "topology 1 //~ E0204", "topology \"lab\"")), 1, "another name");
    assert_eq!(lie(page!("wrong-type", "topology 1", "topology \"lab\"")), 1, "no mark");
    assert_eq!(lie(page!("wrong-type", "//~ E0204\ntopology 1", "topology \"lab\"")), 1, "the mark is elsewhere");
    assert_eq!(lie(page!("wrong-type", "topology \"lab\" //~ E0204", "topology \"lab\"")), 1, "nothing is wrong");
    assert_eq!(lie(page!("wrong-type", "topology 1 //~ E0204\nvlam", "topology \"lab\"")), 1, "more is wrong");
    assert_eq!(lie(page!("wrong-type", "topology 1 //~ E0204", "topology \"lab\" \"b\"")), 1, "the cure is none");
    assert_eq!(lie(page!("wrong-type", "topology   1 //~ E0204", "topology \"lab\"")), 1, "not laid out");
    assert_eq!(lie("# E0204 wrong-type\n\n```kdl pass\ntopology \"lab\"\n```\n"), 2, "no prose, no fault");
}
