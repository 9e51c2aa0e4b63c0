//! The generated tree on a real disk: what is compared, refused, written and repaired. No emitter is involved.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use topoc::tree::{self, MANIFEST, Op, PENDING, Plan, State, TreeError, Wanted};

type Files = &'static [(&'static str, &'static str)];

/// Wanted files; a text that starts with `#!` is a program.
fn wanted(files: Files) -> Vec<Wanted<'static>> {
    files.iter().map(|(path, text)| Wanted { path, text, executable: text.starts_with("#!") }).collect()
}

fn compare(out: &Path, files: Files) -> Plan {
    tree::compare(out, &wanted(files)).unwrap()
}

fn build(out: &Path, files: Files) -> tree::Summary {
    tree::apply(out, &wanted(files), &compare(out, files), false).unwrap()
}

fn states(plan: &Plan) -> Vec<(&str, State)> {
    plan.changes.iter().map(|c| (c.path.as_str(), c.state)).filter(|(_, s)| *s != State::Clean).collect()
}

/// Every file below `out` with its content and whether it can be run, and every empty directory.
fn disk(out: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for entry in walkdir::WalkDir::new(out).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(out).unwrap().to_str().unwrap().to_owned();
        if entry.file_type().is_dir() {
            if fs::read_dir(entry.path()).unwrap().next().is_none() {
                all.insert(path + "/", String::new());
            }
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
        let mode = if runs(entry.path()) { "x " } else { "- " };
        all.insert(path, mode.to_owned() + &text);
    }
    all
}

#[cfg(unix)]
fn runs(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn runs(path: &Path) -> bool {
    fs::read(path).unwrap().starts_with(b"#!")
}

/// What a tree of these files is when nothing went wrong.
fn fresh(files: Files) -> BTreeMap<String, String> {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), files);
    disk(dir.path())
}

fn error(files: Files) -> TreeError {
    tree::compare(Path::new("/nonexistent/tree"), &wanted(files)).unwrap_err()
}

const OLD: Files = &[
    ("a.txt", "one\n"),
    ("becomes-directory", "file\n"),
    ("becomes-file/deep/x", "x\n"),
    ("becomes-file/y", "y\n"),
    ("gone/deep/er/z", "z\n"),
    ("kept/same", "same\n"),
    ("kept/stale", "old\n"),
    ("run.sh", "echo\n"),
    ("stays.sh", "#!/bin/sh\n"),
];
const NEW: Files = &[
    ("a.txt", "two\n"),
    ("becomes-directory/inner/f", "inner\n"),
    ("becomes-file", "now a file\n"),
    ("brand/new/dir/n", "n\n"),
    ("empty", ""),
    ("kept/same", "same\n"),
    ("kept/stale", "new\n"),
    ("run.sh", "#!/bin/sh\necho\n"),
    ("stays.sh", "#!/bin/sh\n"),
];
const THIRD: Files =
    &[("a.txt", "three\n"), ("becomes-directory", "again\n"), ("brand", "b\n"), ("kept/stale", "old\n")];
const FOURTH: Files = &[("a.txt", "four\n"), ("kept/stale", "four\n"), ("run.sh", "four\n")];

#[test]
fn a_tree_is_written_changed_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("not/yet/there");
    let summary = build(&out, OLD);
    assert_eq!((summary.written, summary.removed, summary.unchanged), (9, 0, 0));
    assert_eq!(disk(&out).len(), OLD.len() + 1);
    assert!(!runs(&out.join("run.sh")) && runs(&out.join("stays.sh")));

    let plan = compare(&out, NEW);
    assert_eq!(
        states(&plan),
        [
            ("MANIFEST", State::Stale),
            ("a.txt", State::Stale),
            ("becomes-directory", State::Orphan),
            ("becomes-directory/inner/f", State::Missing),
            ("becomes-file", State::Missing),
            ("becomes-file/deep/x", State::Orphan),
            ("becomes-file/y", State::Orphan),
            ("brand/new/dir/n", State::Missing),
            ("empty", State::Missing),
            ("gone/deep/er/z", State::Orphan),
            ("kept/stale", State::Stale),
            ("run.sh", State::Stale),
        ]
    );
    let summary = tree::apply(&out, &wanted(NEW), &plan, false).unwrap();
    assert_eq!((summary.written, summary.removed, summary.unchanged), (7, 4, 2));
    assert_eq!(summary.to_string(), "7 written, 4 removed, 2 unchanged");
    assert_eq!(disk(&out), fresh(NEW));
    assert!(compare(&out, NEW).is_clean());

    build(&out, &[]);
    assert_eq!(disk(&out).into_keys().collect::<Vec<_>>(), [MANIFEST]);
}

#[test]
fn the_manifest_lists_everything_but_itself() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &[("b/x", "#!x\n"), ("a", "abc")]);
    // The hash is what `b3sum` prints for `abc`.
    let text = fs::read_to_string(dir.path().join(MANIFEST)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("# ") && lines[0].contains("Do not edit"));
    assert_eq!(lines[1], "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85 - a");
    assert!(lines[2].ends_with(" x b/x") && lines.len() == 3);
}

#[test]
fn with_nothing_to_do_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), NEW);
    fs::write(dir.path().join("notes"), "mine").unwrap();
    let plan = compare(dir.path(), NEW);
    assert!(plan.is_clean());
    assert_eq!(states(&plan), [("notes", State::Foreign)]);
    let mut ops = 0;
    let count = &mut |_: Op, _: &Path| {
        ops += 1;
        Ok(())
    };
    let summary = tree::apply_with(dir.path(), &wanted(NEW), &plan, true, count).unwrap();
    assert_eq!((ops, summary.written, summary.removed, summary.unchanged, summary.manifest), (0, 0, 0, 9, false));
}

#[test]
fn edits_and_files_in_the_way_are_refused_until_forced() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    build(out, OLD);
    fs::write(out.join("a.txt"), "mine\n").unwrap();
    fs::write(out.join("gone/deep/er/z"), "mine\n").unwrap();
    fs::write(out.join("empty"), "in the way\n").unwrap();
    fs::write(out.join("brand"), "in the way of a directory\n").unwrap();
    fs::write(out.join("kept/note"), "foreign\n").unwrap();
    let before = disk(out);
    let plan = compare(out, NEW);
    let refusals: Vec<_> = plan.refusals(false).map(|c| (c.path.as_str(), c.state)).collect();
    let expected = [
        ("a.txt", State::Edited),
        ("brand", State::InTheWay),
        ("empty", State::InTheWay),
        ("gone/deep/er/z", State::OrphanEdited),
    ];
    assert_eq!(refusals, expected);
    let refused = tree::apply(out, &wanted(NEW), &plan, false).unwrap_err();
    let text = refused.to_string();
    assert!(text.starts_with("4 files would be lost, nothing was written:\n  `a.txt` was edited"), "{text}");
    assert_eq!(text.matches("--force").count(), 4, "{text}");
    assert_eq!(disk(out), before);

    tree::apply(out, &wanted(NEW), &plan, true).unwrap();
    let mut after = fresh(NEW);
    after.insert("kept/note".into(), "- foreign\n".into());
    assert_eq!(disk(out), after);
    assert_eq!(states(&compare(out, NEW)), [("kept/note", State::Foreign)]);
}

#[test]
fn equal_files_are_adopted() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), NEW);
    fs::remove_file(dir.path().join(MANIFEST)).unwrap();
    let plan = compare(dir.path(), NEW);
    assert_eq!(states(&plan), [(MANIFEST, State::Missing)]);
    let summary = tree::apply(dir.path(), &wanted(NEW), &plan, false).unwrap();
    assert_eq!((summary.written, summary.unchanged, summary.manifest), (0, 9, true));
    assert_eq!(disk(dir.path()), fresh(NEW));

    fs::remove_file(dir.path().join(MANIFEST)).unwrap();
    let plan = compare(dir.path(), THIRD);
    let refusals: Vec<_> = plan.refusals(false).map(|c| (c.path.as_str(), c.state)).collect();
    assert_eq!(refusals[0], ("a.txt", State::InTheWay), "without a manifest nothing is known to be topoc's");
}

#[test]
fn deleted_by_hand_is_written_again() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    fs::remove_dir_all(dir.path().join("kept")).unwrap();
    fs::remove_file(dir.path().join("gone/deep/er/z")).unwrap();
    assert_eq!(states(&compare(dir.path(), OLD)).len(), 3);
    // What was deleted and is not wanted any more leaves its empty directories to us.
    build(dir.path(), NEW);
    assert_eq!(disk(dir.path()), fresh(NEW));
}

#[test]
fn foreign_directories_stay() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    fs::create_dir_all(dir.path().join("gone/deep/mine")).unwrap();
    fs::create_dir_all(dir.path().join("empty-of-mine")).unwrap();
    build(dir.path(), NEW);
    assert!(dir.path().join("gone/deep/mine").is_dir() && !dir.path().join("gone/deep/er").exists());
    assert!(dir.path().join("empty-of-mine").is_dir());
    assert!(compare(dir.path(), NEW).is_clean());
}

#[test]
fn a_directory_with_foreign_files_blocks_a_file_even_by_force() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    fs::write(dir.path().join("becomes-file/deep/mine"), "mine").unwrap();
    let before = disk(dir.path());
    let plan = compare(dir.path(), NEW);
    let blocked = plan.changes.iter().find(|c| c.path == "becomes-file").unwrap();
    assert_eq!(blocked.state, State::Blocked);
    assert!(blocked.explain().contains("`becomes-file/deep/mine`"), "{}", blocked.explain());
    assert!(matches!(tree::apply(dir.path(), &wanted(NEW), &plan, true), Err(TreeError::Refused { .. })));
    assert_eq!(disk(dir.path()), before);
}

#[test]
fn an_empty_directory_gives_way() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("becomes-file/a/b")).unwrap();
    build(dir.path(), NEW);
    assert_eq!(disk(dir.path()), fresh(NEW));
}

#[test]
fn paths_that_no_tree_can_hold() {
    for (path, why) in [
        ("", "is empty"),
        ("/etc/passwd", "is absolute"),
        ("..", "`..`"),
        ("a/../../b", "`..`"),
        ("a/./b", "`.`"),
        ("a//b", "is empty"),
        ("a/", "is empty"),
        ("a\\b", "backslash"),
        ("a\0b", "control character"),
        ("a\nb", "control character"),
        (".git/hooks/post-checkout", ".git"),
        ("x/.GIT/config", ".git"),
        ("MANIFEST", "manifest"),
        ("manifest/x", "manifest"),
        ("a/.topoc-tmp-1", ".topoc-"),
        (PENDING, ".topoc-"),
    ] {
        let file = Wanted { path, text: "", executable: false };
        let found = tree::compare(Path::new("/nonexistent/tree"), &[file]);
        let Err(TreeError::Path { .. }) = &found else { panic!("{path:?}: {found:?}") };
        let text = found.unwrap_err().to_string();
        assert!(text.contains(why) && !text.contains(['\0', '\n']), "{text}");
    }
    let long = "x".repeat(241);
    let file = Wanted { path: &long, text: "", executable: false };
    assert!(matches!(tree::compare(Path::new("/nonexistent/tree"), &[file]), Err(TreeError::Path { .. })));
    for good in ["..a", "a..b/c", "é/ü", "a b", "x/MANIFEST", ".gitattributes", "a:b", "\"q\""] {
        let file = Wanted { path: good, text: "", executable: false };
        assert!(tree::compare(Path::new("/nonexistent/tree"), &[file]).is_ok(), "{good}");
    }
}

#[test]
fn paths_that_cannot_be_together() {
    let twice = error(&[("a", "1"), ("a", "1")]);
    assert!(matches!(&twice, TreeError::Twice { path } if path == "a"), "{twice}");
    let nested = error(&[("a-b", ""), ("a/b/c", ""), ("a/b", "")]);
    assert!(
        matches!(&nested, TreeError::FileAndDirectory { path, below } if path == "a/b" && below == "a/b/c"),
        "{nested}"
    );
    let case = error(&[("a/Web.yml", ""), ("a/web.yml", "")]);
    assert!(matches!(&case, TreeError::Case { path, other } if path == "a/Web.yml" && other == "a/web.yml"), "{case}");
    let directory = error(&[("Site/a", ""), ("site/b", "")]);
    assert!(matches!(&directory, TreeError::Case { path, .. } if path == "Site"), "{directory}");
    let umlaut = error(&[("KÖLN", ""), ("köln", "")]);
    assert!(matches!(umlaut, TreeError::Case { .. }), "{umlaut}");
    let text = case.to_string();
    assert!(text.contains("macOS") && text.contains("rename"), "{text}");
}

#[test]
fn a_name_that_changes_case_is_moved() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), &[("Web.yml", "x\n")]);
    build(dir.path(), &[("web.yml", "x\n")]);
    assert_eq!(disk(dir.path()), fresh(&[("web.yml", "x\n")]));
}

#[cfg(unix)]
#[test]
fn links_below_the_tree_are_refused() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "one\n").unwrap();
    for (link, target) in [
        ("a.txt", outside.path().join("victim")),
        ("kept", outside.path().to_owned()),
        ("foreign/dangling", "/nonexistent".into()),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path().join(link);
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(target, &at).unwrap();
        let found = tree::compare(dir.path(), &wanted(OLD)).unwrap_err();
        assert!(matches!(&found, TreeError::Symlink { path } if path == link), "{found}");
        assert!(found.to_string().contains("symbolic link"));
    }
    assert_eq!(disk(outside.path()).len(), 1);
}

#[cfg(unix)]
#[test]
fn the_tree_itself_may_be_a_link_to_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("real")).unwrap();
    std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
    build(&dir.path().join("link"), OLD);
    build(&dir.path().join("link"), NEW);
    assert_eq!(disk(&dir.path().join("real")), fresh(NEW));
    assert!(dir.path().join("link").is_symlink());

    std::os::unix::fs::symlink("nowhere", dir.path().join("dangling")).unwrap();
    fs::write(dir.path().join("file"), "").unwrap();
    for place in ["dangling", "file"] {
        let found = tree::compare(&dir.path().join(place), &wanted(OLD)).unwrap_err();
        assert!(matches!(found, TreeError::NotADirectory { .. }), "{found}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_odd_names_are_never_opened() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("a.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"odd\xff")), "").unwrap();
    let plan = compare(dir.path(), OLD);
    let of = |path: &str| plan.changes.iter().find(|c| c.path == path).unwrap().state;
    assert_eq!((of("a.txt"), of("odd\u{fffd}")), (State::Blocked, State::Foreign));
    assert_eq!(plan.refusals(true).count(), 1);
}

#[cfg(unix)]
#[test]
fn the_executable_bit_is_compared_and_set() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    let set = |path: &str, mode| fs::set_permissions(dir.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode() & 0o777;
    set("stays.sh", 0o640);
    set("a.txt", 0o755);
    let plan = compare(dir.path(), OLD);
    assert_eq!(states(&plan), [("a.txt", State::Stale), ("stays.sh", State::Stale)]);
    assert!(plan.changes.iter().all(|c| c.mode_only == (c.state == State::Stale)));
    let mut ops = Vec::new();
    let watch = &mut |op: Op, _: &Path| {
        ops.push(op);
        Ok(())
    };
    let summary = tree::apply_with(dir.path(), &wanted(OLD), &plan, false, watch).unwrap();
    assert_eq!((summary.written, summary.modes, ops), (0, 2, vec![Op::SetMode, Op::SetMode]));
    assert_eq!((mode("stays.sh"), mode("a.txt")), (0o750, 0o644));
    assert!(compare(dir.path(), OLD).is_clean());
}

#[test]
fn converted_line_ends_are_named() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    for path in ["kept/same", "kept/stale", "gone/deep/er/z", MANIFEST] {
        let file = dir.path().join(path);
        let text = fs::read_to_string(&file).unwrap();
        fs::write(file, text.replace('\n', "\r\n")).unwrap();
    }
    fs::write(dir.path().join("a.txt"), "o\r\nne\r\n").unwrap();
    // A converted manifest is still believed: `kept/stale` is what the old one says, but for line ends.
    let plan = compare(dir.path(), NEW);
    let of = |path: &str| plan.changes.iter().find(|c| c.path == path).map(|c| (c.state, c.line_ends)).unwrap();
    assert_eq!(of("kept/same"), (State::Edited, true));
    assert_eq!(of("kept/stale"), (State::Edited, true));
    assert_eq!(of("gone/deep/er/z"), (State::OrphanEdited, true));
    assert_eq!(of("a.txt"), (State::Edited, false));
    assert_eq!(of("becomes-file/y"), (State::Orphan, false));
    let refused = tree::apply(dir.path(), &wanted(NEW), &plan, false).unwrap_err().to_string();
    assert_eq!(refused.matches(".gitattributes").count(), 3, "{refused}");
    let plan = compare(dir.path(), OLD);
    let manifest = plan.changes.iter().find(|c| c.path == MANIFEST).unwrap();
    assert_eq!((manifest.state, manifest.line_ends), (State::Stale, true));

    tree::apply(dir.path(), &wanted(NEW), &compare(dir.path(), NEW), true).unwrap();
    assert_eq!(disk(dir.path()), fresh(NEW));
}

#[test]
fn large_files_are_compared_in_pieces() {
    // Differences and `\r\n` on both sides of the places where pieces meet.
    let piece = 64 * 1024;
    for at in [0, piece - 1, piece, 3 * piece - 2] {
        let text = format!("{}\n{}", "a".repeat(at), "b".repeat(2 * piece));
        let file = [Wanted { path: "f", text: &text, executable: false }];
        let dir = tempfile::tempdir().unwrap();
        let plan = || tree::compare(dir.path(), &file).unwrap();
        tree::apply(dir.path(), &file, &plan(), false).unwrap();
        assert!(plan().is_clean());
        let seen = |bytes: String| {
            fs::write(dir.path().join("f"), bytes).unwrap();
            plan().changes.iter().find(|c| c.path == "f").map(|c| (c.state, c.line_ends)).unwrap()
        };
        assert_eq!(seen(text.replace('\n', "\r\n")), (State::Edited, true));
        assert_eq!(seen(text.replace('\n', "\r")), (State::Edited, false));
        assert_eq!(seen(text.clone() + "\r"), (State::Edited, false));
        assert_eq!(seen(text[..text.len() - 1].to_owned()), (State::Edited, false));
        assert_eq!(seen(String::new()), (State::Edited, false));
        assert_eq!(seen(text.clone()), (State::Clean, false));
    }
}

#[test]
fn a_damaged_manifest_is_named_and_rebuilt() {
    let (ours, theirs) = (fresh(OLD), fresh(NEW));
    let strip = |files: &BTreeMap<String, String>| files[MANIFEST][2..].to_owned();
    let good = strip(&ours);
    let merge = format!("<<<<<<< HEAD\n{good}=======\n{}>>>>>>> branch\n", strip(&theirs));
    let inner = good.replacen("\n", "\n<<<<<<< HEAD\n", 1);
    for (text, why) in [
        (merge, "line 1 is not the head"),
        (inner, "line 2 is the mark of an unresolved merge"),
        (String::new(), "line 1 is not the head"),
        (good.trim_end().to_owned(), "cut off"),
        (good.replacen(" - ", " w ", 1), "line 2 is not a blake3 hash"),
        (good.clone() + good.lines().last().unwrap() + "\n", "a second time"),
        (good.replace("a.txt", "../../a.txt"), "the path of line 2"),
        (good.replace("a.txt", "/etc/hosts"), "is absolute"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        build(dir.path(), OLD);
        fs::write(dir.path().join(MANIFEST), &text).unwrap();
        let plan = compare(dir.path(), OLD);
        assert_eq!(states(&plan), [(MANIFEST, State::Corrupt)], "{text}");
        let told = plan.changes.iter().find(|c| c.path == MANIFEST).unwrap().explain();
        assert!(told.contains(why) && told.contains("topoc build"), "{told}");
        build(dir.path(), OLD);
        assert_eq!(disk(dir.path()), ours);

        // What differs may be topoc's or edited: nobody knows, so it is not overwritten silently.
        fs::write(dir.path().join(MANIFEST), &text).unwrap();
        let plan = compare(dir.path(), NEW);
        let of = |path: &str| plan.changes.iter().find(|c| c.path == path).unwrap().state;
        assert_eq!((of("a.txt"), of("gone/deep/er/z")), (State::Edited, State::Foreign));
    }
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    fs::write(dir.path().join(MANIFEST), b"# \xff\n").unwrap();
    let plan = compare(dir.path(), OLD);
    assert!(plan.changes.iter().any(|c| c.path == MANIFEST && c.explain().contains("UTF-8")));
}

#[test]
fn a_manifest_cannot_reach_outside() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    fs::write(dir.path().join("victim"), "abc").unwrap();
    build(&out, OLD);
    let head = fs::read_to_string(out.join(MANIFEST)).unwrap().lines().next().unwrap().to_owned();
    let hash = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
    for list in [MANIFEST, PENDING] {
        fs::write(out.join(list), format!("{head}\n{hash} - ../victim\n")).unwrap();
        build(&out, OLD);
        assert!(dir.path().join("victim").exists() && !out.join(PENDING).exists());
    }
}

/// A hook after which nothing happens any more, as after a kill: not even cleaning up.
fn killed(after: usize) -> impl FnMut(Op, &Path) -> io::Result<()> {
    let mut done = 0;
    move |_, _| {
        done += 1;
        if done > after { Err(io::Error::other("killed")) } else { Ok(()) }
    }
}

/// Each file is as before or as wanted; nothing else is there but what topoc's own names mark.
fn assert_old_or_new(now: &BTreeMap<String, String>, allowed: &[&BTreeMap<String, String>], why: &str) {
    for (path, content) in now {
        let own = path == PENDING || path.rsplit('/').next().unwrap().starts_with(".topoc-tmp-");
        let known = allowed.iter().any(|files| files.get(path) == Some(content));
        assert!(own || path.ends_with('/') || known, "{why}: {path} is {content:?}");
    }
    for path in allowed[0].keys().filter(|p| allowed.iter().all(|files| files.contains_key(*p))) {
        assert!(now.contains_key(path), "{why}: {path} is gone");
    }
}

#[test]
fn a_build_killed_anywhere_is_completed_by_the_next() {
    let (old, new, third, fourth) = (fresh(OLD), fresh(NEW), fresh(THIRD), fresh(FOURTH));
    for after in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let start = |files: Files, after: usize| {
            let plan = compare(dir.path(), files);
            assert_eq!(plan.refusals(false).next(), None, "after {after}");
            tree::apply_with(dir.path(), &wanted(files), &plan, false, &mut killed(after)).is_ok()
        };
        build(dir.path(), OLD);
        let finished = start(NEW, after);
        assert_old_or_new(&disk(dir.path()), &[&old, &new], &format!("killed after {after}"));
        assert_eq!(compare(dir.path(), NEW).is_clean(), finished, "check must see a kill after {after}");
        if finished {
            assert!(after > 40, "the test must have seen every step, not {after}");
            return;
        }
        // The next build is another one, and is killed too; nothing may look edited by hand.
        for again in (after % 3..).step_by(3) {
            let copy = tempfile::tempdir().unwrap();
            assert!(
                Command::new("cp").arg("-a").arg(dir.path().join(".")).arg(copy.path()).status().unwrap().success()
            );
            let plan = compare(copy.path(), THIRD);
            let apply = tree::apply_with(copy.path(), &wanted(THIRD), &plan, false, &mut killed(again));
            let why = format!("killed after {after}, then after {again}");
            assert_old_or_new(&disk(copy.path()), &[&old, &new, &third], &why);
            // And one that wants none of what the two left: it must know each byte and each directory of theirs.
            let plan = compare(copy.path(), FOURTH);
            assert_eq!(plan.refusals(false).next(), None, "{why}");
            tree::apply(copy.path(), &wanted(FOURTH), &plan, false).unwrap();
            assert_eq!(disk(copy.path()), fourth, "{why}");
            if apply.is_ok() {
                break;
            }
        }
        assert!(start(NEW, usize::MAX));
        assert_eq!(disk(dir.path()), new, "killed after {after}");
    }
}

#[test]
fn a_failing_disk_is_named_and_leaves_no_temporary_file() {
    let (old, new) = (fresh(OLD), fresh(NEW));
    let mut steps = 0;
    for nth in 0.. {
        let dir = tempfile::tempdir().unwrap();
        build(dir.path(), OLD);
        let plan = compare(dir.path(), NEW);
        let mut seen = 0;
        // Only this step fails, as on a disk where deleting still works.
        let hook = &mut |_: Op, _: &Path| {
            seen += 1;
            if seen == nth + 1 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        };
        match tree::apply_with(dir.path(), &wanted(NEW), &plan, false, hook) {
            Ok(_) => break,
            Err(found) => {
                let text = found.to_string();
                assert!(text.contains("free some space") && text.contains(dir.path().to_str().unwrap()), "{text}");
            }
        }
        steps += 1;
        let now = disk(dir.path());
        assert_old_or_new(&now, &[&old, &new], &format!("step {nth} failed"));
        assert!(!now.keys().any(|p| p.contains(".topoc-tmp-")), "step {nth} left {now:?}");
        build(dir.path(), NEW);
        assert_eq!(disk(dir.path()), new);
    }
    assert!(steps > 40, "{steps}");
}

#[test]
fn a_directory_that_cannot_be_written_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), OLD);
    let hook = &mut |op: Op, _: &Path| {
        if op == Op::CreateFile { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
    };
    let plan = compare(dir.path(), NEW);
    let found = tree::apply_with(dir.path(), &wanted(NEW), &plan, false, hook).unwrap_err();
    assert!(found.to_string().starts_with("cannot create `") && found.to_string().contains("permission"), "{found}");
    assert_eq!(disk(dir.path()), fresh(OLD));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_repaired_when_there_is_space() {
    let dir = tempfile::tempdir().unwrap();
    let mount = ["-t", "tmpfs", "-o", "size=128k", "tmpfs"];
    let mounted = Command::new("mount").args(mount).arg(dir.path()).output();
    if !mounted.is_ok_and(|o| o.status.success()) {
        eprintln!("SKIPPED: a small tmpfs cannot be mounted here");
        return;
    }
    let found = std::panic::catch_unwind(|| {
        let (a, b): (Vec<String>, Vec<String>) =
            (0..4).map(|i| (format!("{i}").repeat(9_000), format!("{i}+").repeat(9_000))).unzip();
        let names = ["a", "b", "c", "d"];
        let files = |texts: &'static [String]| -> Vec<Wanted<'static>> {
            names.iter().zip(texts).map(|(path, text)| Wanted { path, text, executable: false }).collect()
        };
        let (old, new) = (files(Vec::leak(a)), files(Vec::leak(b)));
        let out = dir.path().join("out");
        tree::apply(&out, &old, &tree::compare(&out, &old).unwrap(), false).unwrap();
        let ballast = dir.path().join("ballast");
        fs::write(&ballast, vec![0; 48 * 1024]).unwrap();
        let found = tree::apply(&out, &new, &tree::compare(&out, &new).unwrap(), false).unwrap_err();
        assert!(
            matches!(&found, TreeError::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull),
            "{found}"
        );
        let now = disk(&out);
        let is = |files: &[Wanted], i: usize| now[names[i]][2..] == *files[i].text;
        assert!((0..4).all(|i| is(&old, i) || is(&new, i)));
        assert!((0..4).any(|i| is(&old, i)) && (0..4).any(|i| is(&new, i)));
        assert!(!now.keys().any(|p| p.contains(".topoc-tmp-")), "{:?}", now.keys());
        fs::remove_file(ballast).unwrap();
        let plan = tree::compare(&out, &new).unwrap();
        assert_eq!(plan.refusals(false).next(), None);
        tree::apply(&out, &new, &plan, false).unwrap();
        assert!(tree::compare(&out, &new).unwrap().is_clean());
    });
    assert!(Command::new("umount").arg(dir.path()).status().unwrap().success());
    if let Err(panic) = found {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn the_diff_is_what_git_would_apply() {
    const FROM: Files = &[
        ("a b", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"),
        ("cr", "x\ry\rz\n"),
        ("gone", "x\n"),
        ("no-end", "x"),
        ("quote\"d", "q\n"),
        ("run", "echo\n"),
    ];
    const TO: Files = &[
        ("a b", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
        ("cr", "x\ry\rw\n"),
        ("new/é", "n"),
        ("no-end", "x\n"),
        ("quote\"d", "Q\n"),
        ("run", "#!echo\n"),
    ];
    let dir = tempfile::tempdir().unwrap();
    build(dir.path(), FROM);
    let plan = compare(dir.path(), TO);
    let text = tree::diff(dir.path(), &wanted(TO), &plan).unwrap();
    assert_eq!(text, tree::diff(dir.path(), &wanted(TO), &plan).unwrap());
    let head = "\
diff --git a/a b b/a b
--- a/a b\t
+++ b/a b\t
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
diff --git a/cr b/cr
";
    assert!(text.starts_with(head), "{text}");
    let gone = "\
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/new/é b/new/é
new file mode 100644
--- /dev/null
+++ b/new/é
@@ -0,0 +1 @@
+n
\\ No newline at end of file
diff --git a/no-end b/no-end
--- a/no-end
+++ b/no-end
@@ -1 +1 @@
-x
\\ No newline at end of file
+x
";
    assert!(text.contains(gone), "{text}");
    let run = "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n--- a/run\n+++ b/run\n";
    assert!(text.contains(run), "{text}");
    assert!(text.find("diff --git a/MANIFEST").unwrap() > text.find("diff --git a/run").unwrap());

    let patch = tempfile::NamedTempFile::new().unwrap();
    fs::write(patch.path(), &text).unwrap();
    let git = |args: &[&str]| Command::new("git").args(args).current_dir(dir.path()).output();
    if !git(&["init", "-q"]).is_ok_and(|o| o.status.success()) {
        eprintln!("SKIPPED: git is not here to apply the diff");
        return;
    }
    let applied = git(&["apply", "--whitespace=nowarn", patch.path().to_str().unwrap()]).unwrap();
    assert!(applied.status.success(), "{}\n{text}", String::from_utf8_lossy(&applied.stderr));
    fs::remove_dir_all(dir.path().join(".git")).unwrap();
    assert_eq!(disk(dir.path()), fresh(TO));
    assert!(compare(dir.path(), TO).is_clean());
    assert_eq!(tree::diff(dir.path(), &wanted(TO), &compare(dir.path(), TO)).unwrap(), "");
}

#[test]
fn a_diff_of_what_is_not_text_says_so() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), b"\xff\n").unwrap();
    let text = tree::diff(dir.path(), &wanted(THIRD), &compare(dir.path(), THIRD)).unwrap();
    assert!(text.starts_with("diff --git a/a.txt b/a.txt\nBinary files a/a.txt and b/a.txt differ\n"), "{text}");
}
