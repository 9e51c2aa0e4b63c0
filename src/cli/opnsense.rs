//! `opnsense`: a firewall's own config.xml beside the topology: merged, compared, made for a first boot; never into the tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{End, Ui, Which, input};
use crate::backup::xml::{Document, Element, LARGEST};
use crate::backup::{self, Merged, Owner};
use crate::build::Build;
use crate::diag::Sink;
use crate::emit::opnsense::{View, views};
use crate::ir::Sealed;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// Put what the topology says into a backup of a firewall; all else of the backup stays
    Merge(MergeArgs),
    /// Compare a backup of a firewall with the topology; exit 1 when topoc's part differs
    Drift(DriftArgs),
    /// Make the configuration of a firewall that has none
    FirstBoot(FirstArgs),
    /// Make a first topology from a backup of a firewall
    Import(ImportArgs),
    /// Take the secrets out of a backup, for eyes and for Git
    Redact(RedactArgs),
    /// List the areas of a node's restore.xml in the order in which they are restored
    Areas(Node),
}

#[derive(clap::Args, Debug)]
struct Node {
    /// The machine; the only one, or the one that the backup is of, when not given
    #[arg(long, value_name = "MACHINE")]
    node: Option<String>,
}

#[derive(clap::Args, Debug)]
struct Given {
    /// The value of a secret, in a file
    #[arg(long = "secret", value_name = "NAME=@FILE")]
    one: Vec<String>,
    /// A folder with a file for each secret, called by its name
    #[arg(long = "secrets", value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct MergeArgs {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    given: Given,
    /// The backup, as downloaded from the firewall
    #[arg(long, value_name = "BACKUP")]
    base: PathBuf,
    /// Where to write the whole config.xml
    #[arg(short, long, value_name = "FILE", required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// What the firewall is called in the backup, when the topology has renamed it
    #[arg(long, value_name = "HOSTNAME")]
    was: Option<String>,
    /// Write nothing; print what would change
    #[arg(long)]
    dry_run: bool,
    /// Name everything that is left as it is
    #[arg(long)]
    foreign: bool,
}

#[derive(clap::Args, Debug)]
struct DriftArgs {
    #[command(flatten)]
    node: Node,
    /// The backup, as downloaded from the firewall
    backup: PathBuf,
    /// What the firewall is called in the backup, when the topology has renamed it
    #[arg(long, value_name = "HOSTNAME")]
    was: Option<String>,
    /// Name everything that is not topoc's
    #[arg(long)]
    foreign: bool,
}

#[derive(clap::Args, Debug)]
struct RedactArgs {
    /// The backup, as downloaded from the firewall
    backup: PathBuf,
    /// Where to write it without its secrets
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(clap::Args, Debug)]
struct ImportArgs {
    /// The backup, as downloaded from the firewall
    backup: PathBuf,
    /// Where to write the topology, its lock beside it; printed when not given
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct FirstArgs {
    #[command(flatten)]
    node: Node,
    #[command(flatten)]
    given: Given,
    /// The configuration to start from; the least that OPNsense needs when not given
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// A folder, which becomes the medium, or a file
    #[arg(short, long, value_name = "DIR|FILE")]
    out: PathBuf,
}

/// The secret that the administrator of a new firewall logs in with: a hash, as OPNsense keeps it.
const ROOT: &str = "root-password-hash";

/// `topoc opnsense`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    if let What::Import(a) = &args.what {
        return import(ui, a).unwrap_or_else(|e| ui.fail(&e));
    }
    if let What::Redact(a) = &args.what {
        return redact(ui, a).unwrap_or_else(|e| ui.fail(&e));
    }
    let Some((_, build)) = input::built(ui, &args.which, true) else { return End::Failed };
    let done = match &args.what {
        What::Import(_) | What::Redact(_) => Ok(End::Fine),
        What::Merge(a) => merge(ui, &build, a),
        What::Drift(a) => drift(ui, &build, a),
        What::FirstBoot(a) => first(ui, &build, a),
        What::Areas(a) => areas(ui, &build, a),
    };
    done.unwrap_or_else(|e| ui.fail(&e))
}

/// A node of a firewall with what topoc writes for it.
struct Site {
    node: String,
    ours: Element,
    owner: Owner,
    paths: BTreeMap<String, String>,
    areas: (Vec<&'static str>, Vec<String>),
}

/// The node that is meant: named, or the only one, or the one that `hint` names.
fn site(build: &Build, named: Option<&str>, hint: Option<&str>) -> Result<Site, String> {
    let sealed = Sealed::new(&build.topology, &Sink::default()).ok_or("the topology has errors")?;
    let all: Vec<View<'_>> = views(&sealed).collect();
    let names: Vec<&str> = all.iter().map(|v| v.node.name.v.as_str()).collect();
    if names.is_empty() {
        return Err(
            "the topology has no OPNsense firewall whose files are written: state versions { opnsense \"…\" } \
                    and a template with os \"opnsense\""
                .into(),
        );
    }
    let view = match (named, hint, all.as_slice()) {
        (Some(n), _, _) => all.iter().find(|v| v.node.name.v.as_str() == n).ok_or_else(|| {
            let near = crate::schema::nearest(n, &names);
            let there =
                near.map_or_else(|| format!("there are {}", names.join(", ")), |n| format!("did you mean {n}?"));
            format!("no OPNsense machine is called {n}: {there}")
        })?,
        (None, _, [one]) => one,
        (None, hint, _) => all
            .iter()
            .find(|v| hint == Some(v.node.name.v.as_str()))
            .ok_or_else(|| format!("which machine is meant? say --node with one of {}", names.join(", ")))?,
    };
    let node = view.node.name.v.to_string();
    let files = ["restore.xml", "merge.xml"].map(|f| build.tree.get(&format!("opnsense/{node}/{f}")));
    let texts: Vec<&str> = files.iter().flatten().map(|a| a.text.text.as_str()).collect();
    let ours = backup::ours(&texts).map_err(|e| format!("what topoc writes for {node} cannot be read: {e}"))?;
    let owner = Owner::new(&build.topology, &view.cloud.v.0, &view.firewall.name.v, view.caps, &ours);
    Ok(Site {
        node,
        ours,
        owner,
        paths: crate::emit::opnsense::paths(*view),
        areas: crate::emit::opnsense::areas(view),
    })
}

/// Reads a config.xml.
fn document(path: &Path) -> Result<Document, String> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    if meta.is_dir() {
        return Err(format!("{shown} is a folder"));
    }
    if meta.len() > LARGEST as u64 {
        return Err(format!("{shown} has {} MiB, more than the {} of any backup", meta.len() >> 20, LARGEST >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    if bytes.starts_with(b"---- BEGIN") {
        return Err(format!("{shown} is encrypted: download it without a password, or decrypt it first"));
    }
    Document::parse(&bytes).map_err(|e| format!("{shown}, {e}"))
}

/// What a configuration is made of has its secrets, or passwords and keys would be the mark that stands for them.
fn whole(base: &Document, path: &Path) -> Result<(), String> {
    match backup::is_redacted(base) {
        true => {
            Err(format!("{} is a copy without its secrets: take the whole one, or opnsense first-boot", path.display()))
        }
        false => Ok(()),
    }
}

/// The secrets that are given: by name, of those that are wanted.
fn given(given: &Given, wanted: &BTreeSet<String>) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    if let Some(folder) = &given.folder {
        if !folder.is_dir() {
            return Err(format!("{} is no folder of secrets", folder.display()));
        }
        for name in wanted {
            let path = folder.join(name);
            // A name is a label of the language: letters, digits and hyphens, so it stays in the folder.
            if path.exists() {
                all.insert(name.clone(), secret(&path)?);
            }
        }
    }
    for one in &given.one {
        let (name, file) = one.split_once("=@").ok_or_else(|| {
            "say --secret NAME=@FILE: a value on the command line would be seen by everyone".to_string()
        })?;
        if !wanted.contains(name) {
            let known: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let there = if known.is_empty() { "none".into() } else { known.join(", ") };
            return Err(format!("no secret {name} is wanted for this machine: there are {there}"));
        }
        all.insert(name.into(), secret(Path::new(file))?);
    }
    Ok(all)
}

/// A secret from a file: without the line end that editors add.
fn secret(path: &Path) -> Result<String, String> {
    let text = input::read(path)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match text.is_empty() {
        true => Err(format!("{} is empty: a secret has to be something", path.display())),
        false => Ok(text.into()),
    }
}

/// A sentence for each secret that is not there.
fn lacking(missing: &[backup::Missing]) -> String {
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for m in missing {
        names.entry(&m.name).or_default().push(&m.place);
    }
    let lines = names.iter().map(|(name, places)| {
        format!(
            "  the secret {name} ({}) is not in the backup: --secret {name}=@FILE, or a file {name} in --secrets DIR",
            places.join(", ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn merge(ui: &Ui, build: &Build, args: &MergeArgs) -> Result<End, String> {
    let base = document(&args.base)?;
    if !args.dry_run {
        whole(&base, &args.base)?;
    }
    let mut site = site(build, args.node.node.as_deref(), backup::whose(&base).as_deref())?;
    let shown = args.base.display();
    if let Some(out) = &args.out {
        writable(out, Some(&args.base))?;
    }
    let reasons = backup::accept(&base, &site.ours, &site.node, args.was.as_deref(), site.owner.caps);
    if !reasons.is_empty() {
        return Err(format!("{shown} is refused:\n{}", listed(&reasons)));
    }
    let secrets = given(&args.given, &backup::names(&site.ours))?;
    let missing = backup::fill(&mut site.ours, &base.root, &secrets).map_err(|e| listed(&e))?;
    let merged = backup::merge(&base, &site.ours, &site.owner, &site.paths);
    ui.print(&report(&site.node, &merged, args.foreign));
    if backup::whose(&base).is_none() && site.ours.at("system/hostname").is_some() {
        ui.say(&format!("{shown} is of a firewall that was never named: it becomes {}", site.node));
    }
    if !merged.clashes.is_empty() {
        return Err(format!("{shown} and the topology cannot be put together:\n{}", listed(&merged.clashes)));
    }
    if !missing.is_empty() {
        return Err(format!("nothing was written:\n{}", lacking(&missing)));
    }
    let Some(out) = args.out.as_ref().filter(|_| !args.dry_run) else { return Ok(End::Fine) };
    write(out, &merged.document.print())?;
    ui.say(&format!(
        "{} is the whole configuration of {}, with its secrets: keep it out of git.\n\
         Restore it at System: Configuration: Backups without choosing an area; the firewall restarts unless you untick that.\n\
         {shown} is the way back.",
        out.display(),
        site.node
    ));
    Ok(End::Fine)
}

/// A backup without its secrets. The topology is not asked: whoever fetches may have none at hand.
fn redact(ui: &Ui, args: &RedactArgs) -> Result<End, String> {
    let mut base = document(&args.backup)?;
    writable(&args.out, Some(&args.backup))?;
    let taken = backup::redact(&mut base);
    write(&args.out, &base.print())?;
    ui.say(&format!(
        "{} texts that may be secrets were taken out: {} cannot be restored, keep the whole file too",
        taken,
        args.out.display()
    ));
    Ok(End::Fine)
}

fn drift(ui: &Ui, build: &Build, args: &DriftArgs) -> Result<End, String> {
    let base = document(&args.backup)?;
    let mut site = site(build, args.node.node.as_deref(), backup::whose(&base).as_deref())?;
    let shown = args.backup.display();
    let reasons = backup::accept(&base, &site.ours, &site.node, args.was.as_deref(), site.owner.caps);
    if !reasons.is_empty() {
        return Err(format!("{shown} is refused:\n{}", listed(&reasons)));
    }
    // Two values of one secret are a difference of the firewall, and said by the merge.
    let unclear = backup::fill(&mut site.ours, &base.root, &BTreeMap::new()).err().unwrap_or_default();
    let merged = backup::merge(&base, &site.ours, &site.owner, &site.paths);
    ui.print(&report(&site.node, &merged, args.foreign));
    let more: Vec<String> = merged.clashes.iter().chain(&unclear).cloned().collect();
    if !more.is_empty() {
        ui.print(&format!("in the way of a merge:\n{}\n", listed(&more)));
    }
    if merged.changes.is_empty() && more.is_empty() {
        return Ok(End::Fine);
    }
    ui.say(&format!("{} is not what the topology says: topoc opnsense merge --base {shown}", site.node));
    Ok(End::Stale)
}

/// What a merge does or a comparison finds, in words.
fn report(node: &str, merged: &Merged, foreign: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = match merged.changes.is_empty() {
        true => writeln!(out, "{node}: what topoc writes is there as it should be"),
        false => write!(out, "{node}: the backup -> the topology\n{}", backup::words(&merged.changes)),
    };
    let moved = backup::readdressed(&merged.changes);
    if !moved.is_empty() {
        let _ = writeln!(
            out,
            "addresses of interfaces change, who is connected through one is cut off:\n{}",
            listed(&moved)
        );
    }
    out.push_str(&merged.foreign.words(foreign));
    if !merged.doors.is_empty() {
        let _ = writeln!(out, "rules that are not topoc's let through what no policy says:\n{}", listed(&merged.doors));
    }
    if !merged.walls.is_empty() {
        let _ = writeln!(
            out,
            "rules that are not topoc's are read before topoc's and refuse what these may allow:\n{}",
            listed(&merged.walls)
        );
    }
    out
}

fn first(ui: &Ui, build: &Build, args: &FirstArgs) -> Result<End, String> {
    let mut site = site(build, args.node.node.as_deref(), None)?;
    let folder = args.out.is_dir() || args.out.extension().is_none();
    let file = if folder { args.out.join("conf/config.xml") } else { args.out.clone() };
    writable(&file, args.base.as_deref())?;
    let mut wanted = backup::names(&site.ours);
    wanted.insert(ROOT.into());
    let secrets = given(&args.given, &wanted)?;
    let hash = secrets.get(ROOT).ok_or_else(|| {
        format!(
            "the secret {ROOT} is not there: --secret {ROOT}=@FILE with a hash of root's password (mkpasswd -m bcrypt)"
        )
    })?;
    if !backup::is_hash(hash) {
        return Err(format!("the secret {ROOT} is no hash of a password: bcrypt ($2y$…) or SHA-512 ($6$…)"));
    }
    let base = match &args.base {
        None => backup::blank(&site.node, hash),
        Some(path) => {
            let mut base = document(path)?;
            whole(&base, path)?;
            let reasons = backup::accept(&base, &site.ours, &site.node, None, site.owner.caps);
            if !reasons.is_empty() {
                return Err(format!("{} is refused:\n{}", path.display(), listed(&reasons)));
            }
            if !backup::set_root(&mut base, hash) {
                return Err(format!("{} has no user with the number 0", path.display()));
            }
            base
        }
    };
    let missing = backup::fill(&mut site.ours, &base.root, &secrets).map_err(|e| listed(&e))?;
    if !missing.is_empty() {
        return Err(format!("nothing was written:\n{}", lacking(&missing)));
    }
    let mut merged = backup::merge(&base, &site.ours, &site.owner, &site.paths);
    if !merged.clashes.is_empty() {
        return Err(format!("nothing was written:\n{}", listed(&merged.clashes)));
    }
    backup::name(&mut merged.document, &site.node);
    if let Some(outer) = file.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(outer).map_err(|e| format!("{} cannot be made: {e}", outer.display()))?;
    }
    write(&file, &merged.document.print())?;
    if !merged.doors.is_empty() {
        ui.say(&format!(
            "rules of the file that it started from let through what no policy says:\n{}",
            listed(&merged.doors)
        ));
    }
    ui.say(&format!(
        "{} is the first configuration of {}, with its secrets: keep it out of git.",
        file.display(),
        site.node
    ));
    if folder {
        let (dir, node) = (args.out.display(), &site.node);
        ui.say(&format!(
            "A medium of it, which opnsense-importer finds when the installer's live system asks for one (press a key there):\n  \
             xorriso -as mkisofs -R -V CONFIG -o {node}.iso {dir}\n\
             or, for a USB stick:\n  \
             mkfs.vfat -C {node}.img 2880 && mcopy -s -i {node}.img {dir}/conf ::/\n\
             Delete it when the firewall runs."
        ));
    }
    Ok(End::Fine)
}

fn areas(ui: &Ui, build: &Build, args: &Node) -> Result<End, String> {
    let site = site(build, args.node.as_deref(), None)?;
    let (areas, only) = &site.areas;
    let node = &site.node;
    let mut out = format!("opnsense/{node}/restore.xml, at System: Configuration: Backups, tick in this order:\n");
    for (i, a) in areas.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:4}. {a}", i + 1);
    }
    out.push_str("an area that is restored replaces all that the firewall has in it, untick the restart\n");
    if !only.is_empty() {
        out.push_str("only a merge sets (topoc opnsense merge):\n");
        out.push_str(&only.iter().map(|p| format!("      {p}\n")).collect::<String>());
    }
    ui.print(&out);
    Ok(End::Fine)
}

fn import(ui: &Ui, args: &ImportArgs) -> Result<End, String> {
    let backup = document(&args.backup)?;
    let imported = backup::import(&backup, &input::today()).map_err(|e| format!("{}: {e}", args.backup.display()))?;
    match &args.out {
        None => {
            ui.print(&imported.text);
            ui.say(&format!("the lock beside it has to say:\n{}", imported.lock));
        }
        Some(out) => {
            let lock = input::lock_path(out);
            if let Some(there) = [out, &lock].into_iter().find(|p| p.exists()) {
                return Err(format!("{} is there already; an import never overwrites", there.display()));
            }
            if let Some(folder) = out.parent().filter(|p| !p.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
            }
            for (path, text) in [(out, &imported.text), (&lock, &imported.lock)] {
                std::fs::write(path, text).map_err(|e| format!("{} cannot be written: {e}", path.display()))?;
            }
            ui.say(&format!("{} and {} are written: read them, then topoc check", out.display(), lock.display()));
        }
    }
    if !imported.left.is_empty() {
        ui.say(&format!("not in the topology, or filled in:\n{}", listed(&imported.left)));
    }
    Ok(End::Fine)
}

/// Lines of a list.
fn listed(all: &[String]) -> String {
    all.iter().map(|l| format!("  {l}")).collect::<Vec<_>>().join("\n")
}

/// Refuses places where a file with secrets must not be: the tree, and over the backup that is the way back.
fn writable(out: &Path, base: Option<&Path>) -> Result<(), String> {
    let shown = out.display();
    if out.is_dir() {
        return Err(format!("{shown} is a folder"));
    }
    let real = |p: &Path| p.canonicalize().ok();
    if base.and_then(real).is_some_and(|b| real(out) == Some(b)) {
        return Err(format!("{shown} is the file to start from: it is the way back, write elsewhere"));
    }
    // The nearest folder that is there: others are made.
    let folder = out.ancestors().skip(1).find_map(|p| real(if p.as_os_str().is_empty() { Path::new(".") } else { p }));
    let tree = |f: &&Path| {
        let manifest = std::fs::read_to_string(f.join(crate::tree::MANIFEST));
        manifest.is_ok_and(|m| m.starts_with("# Files that topoc wrote"))
    };
    let inside = folder.iter().flat_map(|f| f.ancestors()).find(tree);
    match inside {
        Some(tree) => {
            Err(format!("{shown} would be in the tree {}, and it has secrets: write elsewhere", tree.display()))
        }
        None => Ok(()),
    }
}

/// Writes a file that only its owner can read, as one step: a killed run leaves the old one or the new one.
fn write(path: &Path, text: &str) -> Result<(), String> {
    use std::io::Write;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let done = (|| {
        // A temporary file is made with mode 0600 and keeps it.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok::<(), std::io::Error>(())
    })();
    done.map_err(|e| format!("{} cannot be written: {e}", path.display()))
}
