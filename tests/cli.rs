//! The binary as people and CI meet it: exit codes, what is printed, what is written and what is never written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

const REFERENCE: &str = include_str!("../topology/private-cloud.kdl");
const BIN: &str = env!("CARGO_BIN_EXE_topoc");

/// A folder with `topology/cloud.kdl`, where topoc is run.
struct Home(tempfile::TempDir);

impl Home {
    fn empty() -> Home {
        Home(tempfile::tempdir().expect("a temporary folder"))
    }

    fn with(text: impl AsRef<[u8]>) -> Home {
        let home = Home::empty();
        home.write("topology/cloud.kdl", text);
        home
    }

    /// With the reference, built.
    fn built() -> Home {
        let home = Home::with(REFERENCE);
        home.ends(0, &["build"]);
        home
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut c = Command::new(BIN);
        c.args(args).current_dir(self.0.path()).env("TOPOC_TODAY", "2026-01-01").env_remove("COLUMNS");
        c.stdin(Stdio::null());
        c
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("topoc runs")
    }

    /// Runs topoc, which must end with this code and must not have panicked.
    fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let o = self.run(args);
        let (out, err) =
            (String::from_utf8_lossy(&o.stdout).into_owned(), String::from_utf8_lossy(&o.stderr).into_owned());
        let shown: String = err.chars().take(2000).collect();
        assert_eq!(o.status.code(), Some(code), "topoc {args:?}\n{shown}");
        assert!(!err.contains("panicked"), "{shown}");
        (out, err)
    }

    /// Every file below the folder.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(self.0.path())
    }
}

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|e| e.file_type().is_file())
        .map(|e| {
            let name = e.path().strip_prefix(root).unwrap_or(e.path()).display().to_string();
            (name, fs::read(e.path()).unwrap_or_default())
        })
        .collect()
}

#[test]
fn build_writes_the_tree_and_the_lock_and_nothing_else() {
    let home = Home::with(REFERENCE);
    home.write("other.txt", "mine");
    home.ends(0, &["build"]);
    let outside: Vec<String> = home.files().into_keys().filter(|p| !p.starts_with("generated/")).collect();
    assert_eq!(outside, ["other.txt", "topology/cloud.kdl", "topology/cloud.lock"]);
    assert_eq!(home.read("topology/cloud.kdl"), REFERENCE);
    assert_eq!(home.read("other.txt"), "mine");
    // Once more: nothing is new.
    let before = home.files();
    home.ends(0, &["build"]);
    assert_eq!(before, home.files());
    home.ends(0, &["build", "--check"]);
    home.ends(0, &["check"]);
}

#[test]
fn check_tells_clean_from_stale_and_refuses_what_it_did_not_write() {
    let home = Home::with(REFERENCE);
    // Nothing there yet.
    home.ends(1, &["build", "--check"]);
    assert!(!home.path("generated").exists());
    home.ends(0, &["build"]);
    // Stale: the topology says more.
    home.write("topology/cloud.kdl", REFERENCE.replace("cores 2", "cores 3"));
    let (_, err) = home.ends(1, &["build", "--check"]);
    assert!(err.contains("vm-authentik"), "{err}");
    let (out, _) = home.ends(0, &["build", "--diff"]);
    assert!(out.contains("--- a/") && out.contains("+++ b/"), "{out}");
    home.write("topology/cloud.kdl", REFERENCE);
    home.ends(0, &["build", "--check"]);
    // Edited by hand: refused until forced.
    let file = "generated/terraform_ansible/ansible/inventory.yml";
    let right = home.read(file);
    home.write(file, format!("{right}# mine\n"));
    home.ends(1, &["build", "--check"]);
    let (_, err) = home.ends(2, &["build"]);
    assert!(err.contains("inventory.yml") && err.contains("cloud.kdl:"), "{err}");
    assert!(home.read(file).ends_with("# mine\n"));
    home.ends(0, &["build", "--force"]);
    assert_eq!(home.read(file), right);
    // Missing: written again.
    fs::remove_file(home.path(file)).expect("it is there");
    home.ends(1, &["build", "--check"]);
    home.ends(0, &["build"]);
    assert_eq!(home.read(file), right);
    // Foreign: stays.
    home.write("generated/notes.txt", "mine");
    home.ends(0, &["build"]);
    assert_eq!(home.read("generated/notes.txt"), "mine");
    // The lock belongs to the tree.
    fs::remove_file(home.path("topology/cloud.lock")).expect("it is there");
    home.ends(1, &["build", "--check"]);
    assert!(!home.path("topology/cloud.lock").exists());
    home.ends(0, &["build"]);
    home.ends(0, &["build", "--check"]);
}

#[test]
fn an_error_writes_nothing() {
    let home = Home::built();
    let before = home.files();
    home.write("topology/cloud.kdl", REFERENCE.replace("host 11", "host 5"));
    home.ends(2, &["build"]);
    home.ends(2, &["build", "--check"]);
    home.ends(2, &["check"]);
    home.write("topology/cloud.kdl", REFERENCE);
    assert_eq!(before, home.files());
}

#[test]
fn what_is_no_topology_is_one_sentence() {
    Home::empty().ends(2, &["build"]);
    let home = Home::with(REFERENCE);
    home.write("topology/second.kdl", REFERENCE);
    let (_, err) = home.ends(2, &["build"]);
    assert!(err.contains("cloud.kdl") && err.contains("second.kdl") && err.contains("--file"), "{err}");
    home.ends(0, &["build", "--file", "topology/second.kdl"]);
    let home = Home::empty();
    fs::create_dir(home.path("topology")).expect("a folder");
    home.ends(2, &["check"]);
    home.ends(2, &["check", "-f", "topology"]);
    home.ends(2, &["check", "-f", "gone.kdl"]);
    Home::with("").ends(2, &["build"]);
    let (_, err) = Home::with(b"topology \"a\"\nvlan \"\xff\xfe\"\n").ends(2, &["build"]);
    assert!(err.contains(":2") && err.contains("UTF-8"), "{err}");
    let (_, err) = Home::with(vec![b' '; 50 << 20]).ends(2, &["check"]);
    assert!(err.contains("MiB"), "{err}");
    Home::with("a {".repeat(10_000)).ends(2, &["check"]);
    Home::with("/-".repeat(10_000)).ends(2, &["check"]);
    Home::with("vlan \"../../x\" id=1 subnet=\"10.0.0.0/24\" routed-by=\"nobody\"").ends(2, &["build"]);
}

#[test]
fn every_verb_ends_two_when_the_topology_is_wrong() {
    let home = Home::with(REFERENCE.replace("host 11", "host 5"));
    let verbs: [&[&str]; 6] =
        [&["build"], &["check"], &["show"], &["why", "README.md:1"], &["impact", "topology/cloud.kdl:3"], &["ip"]];
    for verb in verbs {
        home.ends(2, verb);
    }
    home.ends(2, &["no-such-verb"]);
    home.ends(2, &["build", "--only", "no-such-emitter"]);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_tree() {
    let home = Home::built();
    let outside = home.path("outside");
    fs::create_dir(&outside).expect("a folder");
    let inside = home.path("generated/network-team");
    fs::remove_dir_all(&inside).expect("it is there");
    std::os::unix::fs::symlink(&outside, &inside).expect("a link");
    let (_, err) = home.ends(2, &["build"]);
    assert!(err.contains("network-team"), "{err}");
    assert_eq!(fs::read_dir(&outside).expect("it is there").count(), 0);
}

/// As a user who may not write: root may write anywhere, so then the folder is a file.
#[test]
fn an_output_that_cannot_be_written_is_one_sentence() {
    let home = Home::with(REFERENCE);
    home.write("generated", "a file");
    let (_, err) = home.ends(2, &["build"]);
    assert!(err.contains("generated"), "{err}");
    assert_eq!(home.read("generated"), "a file");
    let (_, err) = home.ends(2, &["build", "--out", "/proc/none"]);
    assert!(err.contains("/proc/none"), "{err}");
    assert!(!home.path("topology/cloud.lock").exists(), "the lock is written last");
}

#[test]
fn a_lock_that_cannot_be_read_is_an_error() {
    let home = Home::built();
    let lock = home.read("topology/cloud.lock");
    let before = home.files();
    let broken: [Vec<u8>; 4] = [
        format!("<<<<<<< HEAD\n{lock}=======\n{lock}>>>>>>> theirs\n").into_bytes(),
        b"machine fw-1\n".to_vec(),
        b"machine fw-1 x y\n".to_vec(),
        vec![0xff, 0xfe],
    ];
    for text in broken {
        home.write("topology/cloud.lock", &text);
        let (_, err) = home.ends(2, &["build"]);
        assert!(err.contains("cloud.lock"), "{err}");
        assert_eq!(fs::read(home.path("topology/cloud.lock")).ok(), Some(text), "it is left as it is");
    }
    home.write("topology/cloud.lock", &lock);
    assert_eq!(before, home.files());
    fs::remove_file(home.path("topology/cloud.lock")).expect("it is there");
    fs::create_dir(home.path("topology/cloud.lock")).expect("a folder");
    home.ends(2, &["build"]);
}

#[test]
fn why_and_impact_find_each_other() {
    let home = Home::built();
    let file = "generated/terraform_ansible/ansible/inventory.yml";
    // `every_line_knows_why_it_is_there` asks all lines of all files; here a process each.
    for n in (1..=home.read(file).lines().count()).step_by(16) {
        let (out, _) = home.ends(0, &["why", &format!("{file}:{n}")]);
        assert!(out.contains("from topology/cloud.kdl:") || out.contains("because "), "{n}: {out}");
    }
    let line = 1 + REFERENCE.lines().position(|l| l.contains("environment \"staging\"")).expect("it is there");
    let (out, _) = home.ends(0, &["impact", &format!("topology/cloud.kdl:{line}")]);
    assert!(out.contains("kubernetes/overlays/staging/kustomization.yaml would go"), "{out}");
    home.ends(0, &["impact", "--count", &format!("topology/cloud.kdl:{line}")]);
    for place in ["README.md", "README.md:0", "README.md:99999", "gone.md:1", "README.md:x"] {
        home.ends(2, &["why", place]);
    }
    for place in ["topology/cloud.kdl:0", "topology/cloud.kdl:99999", "topology/cloud.kdl"] {
        home.ends(2, &["impact", place]);
    }
}

#[test]
fn addresses_are_shown_and_found() {
    let home = Home::with(REFERENCE);
    let (plan, _) = home.ends(0, &["ip"]);
    assert!(plan.contains("192.168.106.10"), "{plan}");
    let (next, _) = home.ends(0, &["ip", "next", "management"]);
    let next = next.trim();
    assert!(!REFERENCE.contains(next), "{next}");
    // What it says is free can be used.
    let number = next.rsplit('.').next().unwrap_or_default();
    home.write("topology/cloud.kdl", REFERENCE.replace("on=\"pve-1\" host=10", &format!("on=\"pve-1\" host={number}")));
    home.ends(0, &["check"]);
    let (_, err) = home.ends(2, &["ip", "next", "managment"]);
    assert!(err.contains("management"), "{err}");
}

#[test]
fn the_model_is_the_same_in_each_format() {
    let home = Home::with(REFERENCE);
    let (json, _) = home.ends(0, &["show", "--format", "json"]);
    let (yaml, _) = home.ends(0, &["show", "--format", "yaml"]);
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    let yaml: Value = serde_yaml::from_str(&yaml).expect("it is YAML");
    assert!(json == yaml, "show --format json and yaml differ");
    assert!(json.as_object().is_some_and(|o| o.len() > 5));
    let (table, _) = home.ends(0, &["show"]);
    let (origins, _) = home.ends(0, &["show", "--origins"]);
    assert_eq!(table.lines().count(), origins.lines().count());
    assert!(origins.contains("topology/cloud.kdl:"));
}

#[test]
fn every_code_has_a_page() {
    let home = Home::empty();
    let (list, _) = home.ends(0, &["explain"]);
    assert!(list.lines().count() > 100);
    for line in list.lines() {
        let id = line.split(' ').next().unwrap_or_default();
        let (page, _) = home.ends(0, &["explain", id]);
        assert!(page.starts_with(&format!("# {id}")), "{page}");
    }
    home.ends(2, &["explain", "E9999"]);
}

#[test]
fn layout_is_checked_and_repeated() {
    let home = Home::with(REFERENCE.replace("    ", "\t "));
    home.ends(1, &["fmt", "--check"]);
    home.ends(0, &["fmt"]);
    home.ends(0, &["fmt", "--check"]);
    let once = home.read("topology/cloud.kdl");
    home.ends(0, &["fmt"]);
    assert_eq!(once, home.read("topology/cloud.kdl"));
    home.write("old.kdl", "vlan \"a\" internet=true {\n purpose \"x\"\n}\n");
    home.ends(0, &["fmt", "--from-kdl1", "old.kdl"]);
    assert!(home.read("old.kdl").contains("#true"));
    home.write("broken.kdl", "vlan {");
    home.ends(2, &["fmt", "broken.kdl"]);
    assert_eq!(home.read("broken.kdl"), "vlan {");
    home.ends(2, &["fmt", "gone.kdl"]);
}

#[test]
fn init_builds_and_never_overwrites() {
    let home = Home::empty();
    home.ends(0, &["init"]);
    home.ends(0, &["build"]);
    home.ends(0, &["fmt", "--check"]);
    home.write("topology/cloud.kdl", "mine");
    home.ends(2, &["init"]);
    assert_eq!(home.read("topology/cloud.kdl"), "mine");
}

#[test]
fn hooks_of_others_stay() {
    let home = Home::empty();
    home.ends(2, &["hook", "install"]);
    let git = Command::new("git").args(["init", "-q"]).current_dir(home.0.path()).status().expect("git runs");
    assert!(git.success());
    home.ends(0, &["hook", "install"]);
    home.ends(0, &["hook", "install"]);
    let hook = home.read(".git/hooks/pre-commit");
    assert!(hook.contains("topoc build"));
    home.write(".git/hooks/pre-commit", "#!/bin/sh\nmine\n");
    home.ends(2, &["hook", "install"]);
    assert!(home.read(".git/hooks/pre-commit").contains("mine"));
    home.ends(0, &["hook", "install", "--force"]);
}

#[test]
fn completions_and_manual_are_printed() {
    let home = Home::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (out, _) = home.ends(0, &["completions", shell]);
        assert!(out.contains("topoc"));
    }
    let (man, _) = home.ends(0, &["man"]);
    assert!(man.contains(".TH topoc"), "{man}");
    home.ends(0, &["--version"]);
    home.ends(0, &["help", "build"]);
}

#[test]
fn problems_are_readable_by_machines() {
    let home = Home::with(REFERENCE.replace("host 11", "host 5"));
    let (json, _) = home.ends(2, &["--problems", "json", "check"]);
    assert!(json.lines().count() > 0);
    for line in json.lines() {
        let v: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(v["code"].is_string(), "{line}");
    }
    let (sarif, _) = home.ends(2, &["--problems", "sarif", "check"]);
    let v: Value = serde_json::from_str(&sarif).expect("it is JSON");
    assert_eq!(v["version"], "2.1.0");
    assert!(v["runs"][0]["results"].as_array().is_some_and(|r| !r.is_empty()));
    // Clean: still a SARIF file, or a code host takes the last one for true.
    home.write("topology/cloud.kdl", REFERENCE);
    let (sarif, _) = home.ends(0, &["--problems", "sarif", "check"]);
    let v: Value = serde_json::from_str(&sarif).expect("it is JSON");
    assert_eq!(v["version"], "2.1.0");
}

#[test]
fn a_killed_build_is_completed_by_the_next() {
    let text = machines(500);
    let whole = Home::with(&text);
    whole.ends(0, &["build"]);
    let right = whole.files();
    let home = Home::with(&text);
    let mut killed = 0;
    for round in 0..20u64 {
        // An older tree to replace, or none, or what the last kill left.
        let mut child = home.command(&["build"]).stderr(Stdio::null()).spawn().expect("topoc runs");
        std::thread::sleep(Duration::from_millis(5 + round * 37 % 400));
        // SIGKILL on Unix: nothing is tidied up.
        if child.try_wait().expect("it can be asked").is_none() {
            killed += 1;
            let _ = child.kill();
        }
        let _ = child.wait();
        home.write(
            "topology/cloud.kdl",
            if round % 2 == 0 { text.replace("cores 1", "cores 2") } else { text.clone() },
        );
    }
    assert!(killed > 3, "only {killed} of 20 builds were killed");
    home.write("topology/cloud.kdl", &text);
    home.ends(0, &["build"]);
    assert!(right == home.files(), "the tree is not what a build from nothing writes");
    home.ends(0, &["build", "--check"]);
}

/// A clean topology with so many machines of their own.
fn machines(n: usize) -> String {
    let out = Command::new("python3")
        .args([concat!(env!("CARGO_MANIFEST_DIR"), "/benches/generate.py"), &n.to_string()])
        .output()
        .expect("python3 runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).expect("it is UTF-8")
}

/// A build with nothing to do reads each file once and changes nothing, in the eyes of the kernel.
#[cfg(target_os = "linux")]
#[test]
fn a_build_with_nothing_to_do_touches_nothing() {
    let home = Home::built();
    let trace = home.path("trace");
    let ran = Command::new("strace")
        .args(["-f", "-o"])
        .arg(&trace)
        .args(["-e", "trace=%file,write,pwrite64,ftruncate,fchmod"])
        .args([BIN, "build"])
        .current_dir(home.0.path())
        .stdin(Stdio::null())
        .output();
    let ran = match ran {
        Ok(ran) => ran,
        Err(e) => {
            assert!(std::env::var_os("CI").is_none(), "strace cannot be run: {e}");
            println!("skipped: strace is not installed");
            return;
        }
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut opened: BTreeMap<String, usize> = BTreeMap::new();
    for line in home.read("trace").lines() {
        let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
        let name = call.split('(').next().unwrap_or_default();
        let quoted = call.split('"').nth(1).unwrap_or_default();
        match name {
            "open" | "openat" if quoted.starts_with("generated/") => {
                assert!(!call.contains("O_WRONLY") && !call.contains("O_RDWR") && !call.contains("O_CREAT"), "{line}");
                if !call.contains("O_DIRECTORY") {
                    *opened.entry(quoted.to_string()).or_default() += 1;
                }
            }
            "write" | "pwrite64" => assert!(call.starts_with("write(1,") || call.starts_with("write(2,"), "{line}"),
            "rename" | "renameat" | "renameat2" | "unlink" | "unlinkat" | "mkdir" | "mkdirat" | "rmdir" | "chmod"
            | "fchmod" | "fchmodat" | "truncate" | "ftruncate" | "link" | "linkat" | "symlink" | "symlinkat" => {
                panic!("{line}")
            }
            _ => {}
        }
    }
    let files: Vec<String> = home.files().into_keys().filter(|p| p.starts_with("generated/")).collect();
    assert!(files.len() > 50);
    for file in &files {
        assert_eq!(opened.get(file), Some(&1), "{file} is opened {:?} times", opened.get(file));
    }
    assert_eq!(opened.len(), files.len());
}
