//! Files that cannot wipe a firewall: merges and comparisons of config.xml, on factory files and on one full of foreign things.

#[path = "backup/imports.rs"]
mod imports;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use topoc::backup::xml::{Document, Element, Node};
use topoc::backup::{Change, Merged, Owner, accept, fill, flags, merge, names, ours};
use topoc::consumer::opnsense;
use topoc::ir::{Topology, Uuid};
use topoc::schema::Name;

const BIN: &str = env!("CARGO_BIN_EXE_topoc");
const REFERENCE: &str = include_str!("../topology/private-cloud.kdl");
const EDGE: &str = include_str!("backup/edge.kdl");
const FULL: &str = include_str!("backup/full.xml");
const OURS: &str = include_str!("backup/ours.xml");
const CLOUD: &str = "cloud";

fn uuid(path: &str) -> String {
    Uuid::named(CLOUD, "edge", path).to_string()
}

/// Puts in the uuids of paths between `@`.
fn filled(text: &str) -> String {
    let mut out = String::new();
    for (i, part) in text.split('@').enumerate() {
        if i % 2 == 1 { out.push_str(&uuid(part)) } else { out.push_str(part) }
    }
    out
}

fn parsed(text: &str) -> Document {
    Document::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{e}"))
}

/// The full backup; with a CARP address of topoc's, whose password it has, and a rule that the topology no longer has.
fn full() -> Document {
    let carp = format!(
        "<vip uuid=\"{}\"><interface>lan</interface><mode>carp</mode><subnet>192.0.2.1</subnet><password>invented</password></vip>",
        uuid("vip/mgmt")
    );
    let stale = format!(
        "<rule uuid=\"{}\"><sequence>5</sequence><action>pass</action><description>gone</description></rule>",
        uuid("rule/gone")
    );
    parsed(&FULL.replace("@carp@", &carp).replace("@stale@", &stale))
}

struct Sample {
    ours: Element,
    owner: Owner,
}

impl Sample {
    fn new() -> Sample {
        Sample::of(ours(&[&filled(OURS)]).expect("it is XML"))
    }

    fn of(ours: Element) -> Sample {
        let caps = opnsense("26.7").expect("a row");
        let owner = Owner::new(&Topology::default(), CLOUD, &Name::of("edge"), caps, &ours);
        Sample { ours, owner }
    }

    fn with_secret(mut self, base: &Document) -> Sample {
        let missing = fill(&mut self.ours, &base.root, &BTreeMap::from([("carp".to_string(), "invented".to_string())]));
        assert_eq!(missing.expect("one value"), []);
        self
    }

    fn merge(&self, base: &Document) -> Merged {
        merge(base, &self.ours, &self.owner, &BTreeMap::new())
    }
}

fn clean(m: &Merged) {
    assert!(m.changes.is_empty() && m.clashes.is_empty(), "{:#?} {:#?}", m.changes, m.clashes);
}

/// The files that a firewall starts with, and the full one.
fn bases() -> Vec<(String, Document)> {
    let mut all = vec![("full.xml".to_string(), full())];
    for release in ["25.7.11", "26.1.11", "26.7.2"] {
        if let Some(text) = factory(release) {
            all.push((release.into(), parsed(&text)));
        }
    }
    all
}

/// What upstream ships; without it this is a failure in CI and a counted skip elsewhere.
fn factory(release: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("TOPOC_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let upstream = std::env::var_os("TOPOC_UPSTREAM").map_or_else(|| shared.join("upstream"), PathBuf::from);
    let path = upstream.join(format!("opnsense/core-{release}/config.xml.sample"));
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(e) => {
            assert!(std::env::var_os("CI").is_none(), "{}: {e}: set TOPOC_UPSTREAM", path.display());
            println!("skipped: {}: {e}", path.display());
            None
        }
    }
}

/// Takes away what topoc owns: items by their uuid, and outside of them what it writes or decides. What is left of two files
/// must be the same.
fn strip(e: &mut Element, ours: Option<&Element>) {
    e.attrs.retain(|(n, _)| n != "version" && n != "persisted_at");
    let mut kept = Vec::new();
    for n in std::mem::take(&mut e.nodes) {
        let Node::Element(mut c) = n else {
            kept.push(n);
            continue;
        };
        let sealed = c.attr("uuid").and_then(Uuid::read).is_some_and(|u| u.is_of(CLOUD, "edge"));
        let mine = ours.and_then(|o| o.child(&c.name));
        let written = mine.is_some_and(|m| m.is_leaf() && m.attr("uuid").is_none());
        if sealed
            || written
            || (ours.is_some() && flags().any(|f| f == c.name))
            || DECIDED.contains(&c.name.as_str()) && mine.is_none() && ours.is_some()
        {
            continue;
        }
        if c.attr("uuid").is_none() {
            strip(&mut c, mine.filter(|m| m.attr("uuid").is_none()));
        }
        let own = c.is_leaf() && c.text().is_empty() && c.attrs.iter().all(|(n, _)| n == "description");
        if !own {
            kept.push(Node::Element(c));
        }
    }
    e.nodes = kept;
}
const DECIDED: &[&str] = &["ipaddr", "subnet", "gateway", "mtu"];

#[test]
fn what_is_read_is_written_as_it_was() {
    for (name, base) in bases() {
        let printed = base.print();
        assert_eq!(parsed(&printed).root.canonical(), base.root.canonical(), "{name}");
        assert_eq!(parsed(&printed).print(), printed, "{name}");
    }
    let text = full().print();
    for kept in [
        "<![CDATA[old & <kept>]]>",
        "<!-- somebody's note -->",
        "<?instruction kept?>",
        "välöes – ünïcode",
        "10.9.9.9\n10.9.9.10",
    ] {
        assert!(text.contains(kept), "{kept}");
    }
}

#[test]
fn nothing_that_is_not_topocs_is_lost() {
    let sample = Sample::new();
    for (name, base) in bases() {
        let merged = sample.merge(&base);
        assert!(merged.clashes.is_empty(), "{name}: {:#?}", merged.clashes);
        let (mut before, mut after) = (base.root.clone(), merged.document.root.clone());
        strip(&mut before, Some(&sample.ours));
        strip(&mut after, Some(&sample.ours));
        assert_eq!(before.canonical(), after.canonical(), "{name}");
        // And nothing else is new.
        let text = merged.document.print();
        for (path, _) in leaves(&sample.ours) {
            assert!(text.contains(path.rsplit('/').next().unwrap()), "{name}: {path}");
        }
    }
    // The lines of what is foreign are the very same, blanks and all.
    let (old, new) = (full().print(), sample.merge(&full()).document.print());
    for line in old.lines().filter(|l| l.contains("by hand") || l.contains("invented") && !l.contains("carp")) {
        assert!(new.lines().any(|n| n == line), "{line}");
    }
}

#[test]
fn twice_is_once_and_then_there_is_no_drift() {
    for (name, base) in bases() {
        let sample = Sample::new().with_secret(&base);
        let once = sample.merge(&base);
        assert!(!once.changes.is_empty(), "{name}");
        // Written and read again, as OPNsense would.
        let read = parsed(&once.document.print());
        let twice = sample.merge(&read);
        clean(&twice);
        assert_eq!(twice.document.print(), once.document.print(), "{name}");
    }
}

/// Texts below an element with their places: names, or an item's uuid.
fn leaves(e: &Element) -> Vec<(String, String)> {
    fn walk(e: &Element, at: &str, all: &mut Vec<(String, String)>) {
        for c in e.children() {
            let here = format!("{at}/{}", c.attr("uuid").unwrap_or(&c.name));
            if c.is_leaf() { all.push((here, c.text())) } else { walk(c, &here, all) }
        }
    }
    let mut all = Vec::new();
    walk(e, "", &mut all);
    all
}

/// The element at such a place.
fn find<'a>(e: &'a mut Element, place: &str) -> Option<&'a mut Element> {
    place
        .split('/')
        .filter(|s| !s.is_empty())
        .try_fold(e, |e, step| e.children_mut().find(|c| c.attr("uuid").map_or(c.name == step, |u| u == step)))
}

#[test]
fn every_value_that_is_changed_is_drift() {
    let base = full();
    let sample = Sample::new().with_secret(&base);
    let right = sample.merge(&base).document;
    let mut tried = 0;
    for (place, text) in leaves(&sample.ours) {
        let flag = flags().any(|f| place.ends_with(&format!("/{f}")));
        let mut changed = right.clone();
        let (outer, name) = place.rsplit_once('/').expect("a place");
        let e = find(&mut changed.root, &place).unwrap_or_else(|| panic!("{place} is not in the merged file"));
        e.set_text(format!("{text}1"));
        if flag {
            // A flag is on whatever it holds, so it is taken away.
            let outer = find(&mut changed.root, outer).expect("it was found");
            outer.nodes.retain(|n| !matches!(n, Node::Element(c) if c.name == name));
        }
        let merged = sample.merge(&changed);
        assert!(!merged.changes.is_empty(), "{place} can be changed unseen");
        // And the merge puts it right.
        let mut again = sample.merge(&parsed(&merged.document.print()));
        clean(&again);
        if !flag {
            let mut expected = right.root.clone();
            unstamped(&mut expected);
            unstamped(&mut again.document.root);
            assert_eq!(again.document.root.canonical(), expected.canonical(), "{place}");
        }
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn what_opnsense_fills_in_by_itself_is_no_drift() {
    let sample = Sample::new().with_secret(&full());
    let mut right = sample.merge(&full()).document;
    let rule = find(&mut right.root, &format!("OPNsense/Firewall/Filter/rules/{}", uuid("rule/one"))).expect("a rule");
    for (field, default) in
        [("enabled", "1"), ("quick", "1"), ("statetype", "keep"), ("direction", "in"), ("log", "0"), ("gateway", "")]
    {
        let mut saved = right_with(rule, field, default);
        std::mem::swap(rule, &mut saved);
    }
    clean(&sample.merge(&right));
    // What is no default is.
    for (field, value) in [("quick", "0"), ("log", "1"), ("gateway", "OTHER_GW"), ("enabled", "0")] {
        let mut edited = right.clone();
        let rule =
            find(&mut edited.root, &format!("OPNsense/Firewall/Filter/rules/{}", uuid("rule/one"))).expect("a rule");
        rule.child_mut(field).expect("it was filled in").set_text(value);
        assert_eq!(sample.merge(&edited).changes.len(), 1, "{field}");
    }
}

fn right_with(rule: &Element, field: &str, value: &str) -> Element {
    rule.clone().push(Element::with(field, value))
}

#[test]
fn what_the_topology_no_longer_has_is_taken_away_and_nothing_else() {
    let base = full();
    let sample = Sample::new().with_secret(&base);
    let whole = sample.merge(&base).document;
    // The rule of an earlier topology is gone.
    assert!(base.print().contains(&uuid("rule/gone")) && !whole.print().contains(&uuid("rule/gone")));
    for path in ["rule/one", "rule/two", "snat/one", "nat/web", "vip/mgmt"] {
        let mut less = sample.ours.clone();
        remove(&mut less, &uuid(path));
        let less = Sample::of(less);
        let merged = less.merge(&whole);
        assert!(merged.clashes.is_empty(), "{:?}", merged.clashes);
        let [Change::Removed(_)] = merged.changes.as_slice() else { panic!("{path}: {:?}", merged.changes) };
        let mut expected = whole.root.clone();
        remove(&mut expected, &uuid(path));
        let mut got = merged.document.root.clone();
        unstamped(&mut expected);
        unstamped(&mut got);
        assert_eq!(got.canonical(), expected.canonical(), "{path}");
    }
}

fn remove(e: &mut Element, uuid: &str) {
    if let Some(i) = e.nodes.iter().position(|n| matches!(n, Node::Element(c) if c.attr("uuid") == Some(uuid))) {
        e.remove(i);
    }
    e.children_mut().for_each(|c| remove(c, uuid));
}

fn unstamped(e: &mut Element) {
    e.attrs.retain(|(n, _)| n != "persisted_at");
    e.children_mut().for_each(unstamped);
}

#[test]
fn a_stamp_changes_with_what_the_part_holds_and_only_then() {
    let base = full();
    let sample = Sample::new().with_secret(&base);
    let stamp = |d: &Document, place: &str| d.root.at(place).and_then(|e| e.attr("persisted_at")).map(str::to_string);
    let once = sample.merge(&base).document;
    let filter = "OPNsense/Firewall/Filter";
    assert_ne!(stamp(&once, filter), stamp(&base, filter));
    // A rule of somebody else's counts too: OPNsense caches the whole part.
    let mut other = base.clone();
    find(&mut other.root, &format!("{filter}/rules/0c9d1b52-29b7-4b9a-8a77-8a9f6f2c1a0a/sequence"))
        .expect("a rule")
        .set_text("79");
    assert_ne!(stamp(&sample.merge(&other).document, filter), stamp(&once, filter));
    assert_eq!(stamp(&once, "OPNsense/AcmeClient").as_deref(), Some("1700000000.05"));
    assert_eq!(stamp(&once, "sysctl").as_deref(), Some("1700000000.01"));
}

#[test]
fn secrets_come_from_the_same_place_or_are_named() {
    let base = full();
    let mut sample = Sample::new();
    assert_eq!(names(&sample.ours).into_iter().collect::<Vec<_>>(), ["carp"]);
    assert_eq!(fill(&mut sample.ours, &base.root, &BTreeMap::new()).expect("one value"), []);
    assert!(sample.merge(&base).document.print().contains("<password>invented</password>"));
    // A secret that is given is a new one.
    let mut sample = Sample::new();
    let given = BTreeMap::from([("carp".to_string(), "another & <odd>".to_string())]);
    fill(&mut sample.ours, &base.root, &given).expect("one value");
    let merged = sample.merge(&base);
    assert!(merged.document.print().contains("<password>another &amp; &lt;odd&gt;</password>"));
    let words = topoc::backup::words(&merged.changes);
    assert!(
        words.contains("password: another value") && !words.contains("odd") && !words.contains("invented"),
        "{words}"
    );
    // Nobody has it: it is named with its place.
    let mut sample = Sample::new();
    let mut without = base.clone();
    remove(&mut without.root, &uuid("vip/mgmt"));
    let missing = fill(&mut sample.ours, &without.root, &BTreeMap::new()).expect("one value");
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].name, "carp");
    // What was restored without a merge is no secret.
    let mut sample = Sample::new();
    let text = base.print().replace("<password>invented</password>", "<password>topoc-secret:carp</password>");
    assert_eq!(fill(&mut sample.ours, &parsed(&text).root, &BTreeMap::new()).expect("one value").len(), 1);
    assert!(topoc::backup::words(&sample.merge(&base).changes).contains("the secret carp is not there"));
}

#[test]
fn a_copy_without_its_secrets_is_known() {
    let mut copy = full();
    assert!(!topoc::backup::is_redacted(&copy));
    assert!(topoc::backup::redact(&mut copy) > 0);
    assert!(topoc::backup::is_redacted(&parsed(&copy.print())));
}

#[test]
fn what_is_in_the_way_is_said_and_never_doubled() {
    let sample = Sample::new();
    let clash = |edit: &dyn Fn(String) -> String| {
        let m = sample.merge(&parsed(&edit(full().print())));
        m.clashes.join("\n")
    };
    assert_eq!(clash(&|t| t), "");
    let alias = clash(&|t| t.replace("<name>by_hand</name>", "<name>t_nodes</name>"));
    assert!(alias.contains("alias `t_nodes` is there already"), "{alias}");
    let vip = clash(&|t| t.replace(&uuid("vip/mgmt"), "0c9d1b52-29b7-4b9a-8a77-8a9f6f2c1aff"));
    assert!(vip.contains("subnet 192.0.2.1"), "{vip}");
    let device = clash(&|t| t.replace("<if>ovpns1</if>", "<if>vtnet1</if>"));
    assert!(device.contains("opt9") && device.contains("key=\"opt9\""), "{device}");
    // A rule of somebody else's names an alias that goes away: OPNsense would make a comment of the rule.
    let stale = format!("<aliases><alias uuid=\"{}\"><name>t_gone</name></alias>", uuid("alias/gone"));
    let dangling = clash(&|t| t.replace("<aliases>", &stale).replace("<source_net>by_hand", "<source_net>t_gone"));
    assert!(dangling.contains("rule `by hand`") && dangling.contains("t_gone"), "{dangling}");
    // How to take something over is said by the line of the lock.
    let paths = BTreeMap::from([(uuid("alias/nodes"), "alias/nodes".to_string())]);
    let base = parsed(&full().print().replace("<name>by_hand</name>", "<name>t_nodes</name>"));
    let said = merge(&base, &sample.ours, &sample.owner, &paths).clashes.join("\n");
    assert!(said.contains("uuid edge alias/nodes 0c9d1b52-29b7-4b9a-8a77-8a9f6f2c1a09"), "{said}");
}

#[test]
fn what_has_topocs_category_is_topocs() {
    let base = parsed(
        &full()
            .print()
            .replace("<descr>by hand</descr></rule>", "<descr>by hand</descr><category>topoc</category></rule>"),
    );
    let merged = Sample::new().merge(&base);
    let removed = merged.changes.iter().filter(|c| matches!(c, Change::Removed(i) if i.path == "nat/rule")).count();
    assert_eq!(removed, 1, "{:#?}", merged.changes);
}

#[test]
fn rules_of_others_that_let_something_through_are_named() {
    let doors = Sample::new().merge(&full()).doors;
    assert_eq!(doors.len(), 1, "{doors:?}");
    assert!(doors[0].contains("old & <kept>") && doors[0].contains("(self)"), "{doors:?}");
    // One on an interface of topoc's rules that is asked before them refuses what they allow.
    assert_eq!(Sample::new().merge(&full()).walls, [""; 0]);
    let base = parsed(
        &full()
            .print()
            .replace("<interface>wan</interface><source_net>by_hand", "<interface>lan</interface><source_net>by_hand"),
    );
    let walls = Sample::new().merge(&base).walls;
    assert!(walls.len() == 1 && walls[0].contains("rule `by hand`: on lan from by_hand"), "{walls:?}");
}

#[test]
fn a_backup_of_another_firewall_or_release_is_refused() {
    let sample = Sample::new();
    let caps = opnsense("26.7").expect("a row");
    let says =
        |text: &str, node: &str, was: Option<&str>| accept(&parsed(text), &sample.ours, node, was, caps).join("\n");
    let text = full().print();
    assert_eq!(says(&text, "edge-1", None), "");
    assert!(says(&text, "edge-2", None).contains("the backup of edge-1, not of edge-2"));
    assert_eq!(says(&text, "edge-2", Some("edge-1")), "");
    assert_eq!(says(&text.replace("<hostname>edge-1", "<hostname>OPNsense"), "edge-2", None), "");
    let old = text.replace("<Filter version=\"1.0.5\"", "<Filter version=\"1.0.4\"");
    assert!(says(&old, "edge-1", None).contains("it is of OPNsense 25.7"), "{}", says(&old, "edge-1", None));
    let new = text.replace("<Filter version=\"1.0.5\"", "<Filter version=\"1.0.9\"");
    let new = says(&new, "edge-1", None);
    assert!(new.contains("OPNsense/Firewall/Filter is of version 1.0.9"), "{new}");
    assert!(says("<pfsense/>", "edge-1", None).contains("<pfsense>"));
    let twice = text.replace("0c9d1b52-29b7-4b9a-8a77-8a9f6f2c1a09", "0c9d1b52-29b7-4b9a-8a77-8a9f6f2c1a0a");
    assert!(says(&twice, "edge-1", None).contains("2 items have the uuid"));
}

#[test]
fn hostile_texts_are_refused_with_a_line() {
    let deep = format!("<opnsense>{}", "<a>".repeat(100_000));
    let cases: &[(&[u8], &str)] = &[
        (b"", "no element"),
        (b"<opnsense>", "not whole"),
        (b"<opnsense><a></opnsense>", "not XML"),
        (b"<opnsense/><opnsense/>", "second root"),
        (b"text<opnsense/>", "outside"),
        (b"<!DOCTYPE a [<!ENTITY b \"c\">]><opnsense>&b;</opnsense>", "document type"),
        (b"<opnsense>&b;</opnsense>", "entity"),
        (b"<opnsense a=\"&b;\"/>", "entity"),
        (b"<opnsense>&#0;</opnsense>", "not a character"),
        (b"<opnsense>&#xD800;</opnsense>", "not a character"),
        (b"<opnsense>&#+65;</opnsense>", "not a character"),
        (b"<opnsense>\x01</opnsense>", "U+0001"),
        (b"<opnsense>\xff</opnsense>", "UTF-8"),
        (b"<opnsense a='1' a='2'/>", "attribute"),
        (b"<opnsense a='<'/>", "attribute"),
        (b"<opnsense><1a/></opnsense>", "name"),
        (b"<opnsense><!-- a -- b --></opnsense>", "not XML"),
        (b"<opnsense>a & b</opnsense>", "not XML"),
        (b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><opnsense/>", "iso-8859-1"),
        (b"\x50\x4b\x03\x04", "U+0003"),
        (deep.as_bytes(), "inside of each other"),
    ];
    for (text, what) in cases {
        let e = Document::parse(text).expect_err(&String::from_utf8_lossy(&text[..text.len().min(60)]));
        assert!(e.what.contains(what), "{}: {e}", String::from_utf8_lossy(&text[..text.len().min(60)]));
    }
    assert_eq!(Document::parse(b"<opnsense>\n\n&b;</opnsense>").expect_err("an entity").line, 3);
    let large = vec![b' '; topoc::backup::xml::LARGEST + 1];
    assert!(Document::parse(&large).expect_err("too large").what.contains("MiB"));
}

/// Pseudo-random bytes that are always the same.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn damaged_backups_never_end_in_a_panic() {
    let sample = Sample::new();
    let text = full().print().into_bytes();
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    let mut read = 0;
    for _ in 0..3000 {
        let mut damaged = text.clone();
        for _ in 0..=random(&mut seed) % 3 {
            let at = random(&mut seed) as usize % damaged.len();
            match random(&mut seed) % 4 {
                0 => damaged[at] = (random(&mut seed) % 128) as u8,
                1 => {
                    damaged.remove(at);
                }
                2 => damaged.truncate(at.max(1)),
                _ => {
                    let end = (at + random(&mut seed) as usize % 400).min(damaged.len());
                    damaged.drain(at..end);
                    if damaged.is_empty() {
                        damaged.push(b'<');
                    }
                }
            }
        }
        let Ok(base) = Document::parse(&damaged) else { continue };
        read += 1;
        let merged = sample.merge(&base);
        if merged.clashes.is_empty() {
            let again = sample.merge(&parsed(&merged.document.print()));
            assert!(again.changes.is_empty(), "{:#?}\n{}", again.changes, String::from_utf8_lossy(&damaged));
        }
    }
    assert!(read > 200, "only {read} were read");
}

#[test]
fn flags_of_the_emitters_are_flags_of_a_merge() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/emit/opnsense");
    let known: Vec<&str> = flags().collect();
    let mut seen = 0;
    for file in walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file()) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        for call in text.split(".flag(").skip(1) {
            let name = call.trim_start().strip_prefix('"').and_then(|c| c.split('"').next()).expect("a name");
            assert!(
                known.contains(&name),
                "{}: {name} is left out when it is off: add it to DECIDED in src/backup/own.rs",
                file.path().display()
            );
            seen += 1;
        }
    }
    assert!(seen > 3);
}

// ---- the command ----

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Home {
        Home::with(EDGE)
    }

    fn with(topology: &str) -> Home {
        let home = Home(tempfile::tempdir().expect("a temporary folder"));
        home.write("topology/cloud.kdl", topology);
        home
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Runs topoc, which must end with this code: what it prints and what it says.
    fn ends(&self, code: i32, args: &[&str]) -> (String, String) {
        let mut c = Command::new(BIN);
        c.arg("opnsense").args(args).current_dir(self.0.path()).env("TOPOC_TODAY", "2026-01-01").env_remove("COLUMNS");
        let o = c.output().expect("topoc runs");
        let (out, err) =
            (String::from_utf8_lossy(&o.stdout).into_owned(), String::from_utf8_lossy(&o.stderr).into_owned());
        assert_eq!(o.status.code(), Some(code), "topoc opnsense {args:?}\n{out}\n{err}");
        assert!(!err.contains("panicked"), "{err}");
        (out, err)
    }

    /// A value in the form that the statement wants which uses the secret.
    fn value(&self, name: &str) -> String {
        let topology = self.read("topology/cloud.kdl");
        let used = |word: &str| topology.contains(&format!("{word} \"{name}\""));
        match () {
            () if used("tls-crypt") => {
                let (begin, end) = ("-----BEGIN OpenVPN Static key V1-----", "-----END OpenVPN Static key V1-----");
                format!("{begin}\n{}{end}\n", format!("{}\n", "5a".repeat(16)).repeat(16))
            }
            () if used("shared-secret") || topology.contains("vpn \"") && used("        secret") => {
                format!("{:B<42}E=\n", format!("invented{}", name.replace('-', "+")))
            }
            () => format!("invented-{name}\n"),
        }
    }

    /// A file for each secret of the topology, and the hash of root's password.
    fn secrets(&self) {
        for line in self.read("topology/cloud.kdl").lines().filter_map(|l| l.strip_prefix("secret \"")) {
            let name = line.split('"').next().expect("a name");
            self.write(&format!("secrets/{name}"), &self.value(name));
        }
        self.write("secrets/root-password-hash", &format!("$2y$11${}\n", "a".repeat(53)));
    }
}

#[test]
fn a_factory_file_becomes_the_firewall() {
    for topology in [EDGE, REFERENCE] {
        becomes(&Home::with(topology));
    }
}

fn becomes(home: &Home) {
    home.secrets();
    let Some(base) = factory("26.7.2") else { return };
    home.write("base.xml", &base);
    let merge = ["merge", "--node", "fw-1", "--base", "base.xml", "--secrets", "secrets"];
    let (out, _) = home.ends(0, &[&merge[..], &["--dry-run"]].concat());
    assert!(out.contains("192.168.1.1 -> ") && out.contains("Default allow LAN to any rule"), "{out}");
    assert!(!home.path("out.xml").exists());
    // A secret that nobody has: nothing is written.
    if home.read("topology/cloud.kdl") == EDGE {
        let (_, err) = home.ends(2, &["merge", "--node", "fw-1", "--base", "base.xml", "-o", "out.xml"]);
        assert!(err.contains("the secret carp") && err.contains("--secret carp=@FILE"), "{err}");
        assert!(!home.path("out.xml").exists());
    }
    home.ends(0, &[&merge[..], &["-o", "out.xml"]].concat());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(home.path("out.xml")).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(home.read("base.xml"), base);
    let text = home.read("out.xml");
    assert!(!text.contains("topoc-secret:"), "{text}");
    // Again: from what came out, the same comes out, and no secret has to be given.
    home.ends(0, &["drift", "--node", "fw-1", "out.xml"]);
    home.ends(0, &["merge", "--node", "fw-1", "--base", "out.xml", "-o", "again.xml"]);
    assert_eq!(home.read("again.xml"), text);
    // By hand: drift, with its words.
    home.write("edited.xml", &text.replace("<subnet>24</subnet>", "<subnet>16</subnet>"));
    let (out, err) = home.ends(1, &["drift", "--node", "fw-1", "edited.xml"]);
    assert!(out.contains("subnet: 16 -> 24") && err.contains("topoc opnsense merge"), "{out}{err}");
    home.ends(1, &["drift", "--node", "fw-1", "base.xml"]);
}

/// The least that is a whole configuration.
fn whole(name: &str) -> String {
    format!(
        "<opnsense><system><hostname>{name}</hostname><group><name>admins</name></group>\
         <user><name>root</name><uid>0</uid></user></system></opnsense>"
    )
}

#[test]
fn files_with_secrets_are_written_nowhere_but_where_they_may_be() {
    let home = Home::new();
    home.secrets();
    home.write("base.xml", &whole("fw-1"));
    let merge = ["merge", "--base", "base.xml", "--secrets", "secrets", "-o"];
    let (_, err) = home.ends(2, &[&merge[..], &["base.xml"]].concat());
    assert!(err.contains("the way back"), "{err}");
    let built = Command::new(BIN).arg("build").current_dir(home.0.path()).output().expect("topoc runs");
    assert!(built.status.success());
    for inside in ["generated/x.xml", "generated/documents/x.xml", "generated/new/folder/x.xml"] {
        let (_, err) = home.ends(2, &[&merge[..], &[inside]].concat());
        assert!(err.contains("in the tree"), "{err}");
        assert!(!home.path(inside).exists());
    }
    home.ends(0, &[&merge[..], &["out.xml"]].concat());
    home.ends(2, &["merge", "--base", "base.xml"]);
    // What cannot be read leaves nothing behind.
    for (text, said) in [
        ("<!DOCTYPE a><opnsense/>", "document type"),
        ("<opnsense>", "not whole"),
        ("---- BEGIN config.xml ----\n", "encrypted"),
    ] {
        home.write("bad.xml", text);
        let (_, err) = home.ends(2, &["merge", "--base", "bad.xml", "--node", "fw-1", "-o", "none.xml"]);
        assert!(err.contains(said), "{err}");
        assert!(!home.path("none.xml").exists());
    }
    // Another firewall's, or nobody's.
    home.write("other.xml", &whole("gw-9"));
    let (_, err) = home.ends(2, &["drift", "other.xml", "--node", "fw-1"]);
    assert!(err.contains("the backup of gw-9, not of fw-1"), "{err}");
    let (_, err) = home.ends(2, &["drift", "other.xml"]);
    assert!(err.contains("which machine is meant?"), "{err}");
    let (_, err) = home.ends(2, &["drift", "other.xml", "--node", "fw-3"]);
    assert!(err.contains("no OPNsense machine is called fw-3"), "{err}");
}

#[test]
fn a_firewall_that_has_nothing_gets_a_first_configuration() {
    let home = Home::new();
    home.secrets();
    let (_, err) = home.ends(2, &["first-boot", "--node", "fw-1", "-o", "medium"]);
    assert!(err.contains("root-password-hash"), "{err}");
    let (_, err) = home.ends(0, &["first-boot", "--node", "fw-1", "--secrets", "secrets", "-o", "medium"]);
    assert!(err.contains("xorriso") && err.contains("mkfs.vfat"), "{err}");
    let text = home.read("medium/conf/config.xml");
    assert!(!text.contains("topoc-secret:") && text.contains("<hostname>fw-1</hostname>"), "{text}");
    let document = parsed(&text);
    assert_eq!(
        document.root.at("system/user/password").map(Element::text).as_deref(),
        Some(&*format!("$2y$11${}", "a".repeat(53)))
    );
    home.ends(0, &["drift", "--node", "fw-1", "medium/conf/config.xml"]);
    // A password is no hash.
    home.write("plain", "secret\n");
    let (_, err) = home.ends(
        2,
        &[
            "first-boot",
            "--node",
            "fw-1",
            "--secrets",
            "secrets",
            "--secret",
            "root-password-hash=@plain",
            "-o",
            "x.xml",
        ],
    );
    assert!(err.contains("no hash"), "{err}");
    assert!(!home.path("x.xml").exists());
    if let Some(base) = factory("26.7.2") {
        home.write("factory.xml", &base);
        home.ends(0, &["first-boot", "--node", "fw-1", "--secrets", "secrets", "--base", "factory.xml", "-o", "y.xml"]);
        assert!(
            !home.read("y.xml").contains("YRVoF4SgskIsrXOvOQjGieB9XqHPRra9R7d80B3BZdbY"),
            "the known password is still there"
        );
    }
}

#[test]
fn areas_are_listed_in_their_order() {
    let (out, _) = Home::new().ends(0, &["areas", "--node", "fw-1"]);
    let at = |what: &str| out.find(what).unwrap_or_else(|| panic!("{what}: {out}"));
    assert!(at(". vlans") < at(". staticroutes,gateways,OPNsense.Gateways"), "{out}");
    // Its password is a secret.
    assert!(at("only a merge sets") < at("virtualip"), "{out}");
}

#[test]
fn a_topology_is_made_of_a_backup_and_never_says_more() {
    let home = Home::with("");
    home.write("edge.xml", include_str!("backup/edge.xml"));
    let (_, err) = home.ends(0, &["import", "edge.xml", "-o", "made/edge.kdl"]);
    assert!(err.contains("rule `by another way`: it sends packets to a gateway"), "{err}");
    // After a refusal of everything nothing more is let through.
    assert!(err.contains("rule `never reached`: a rule before it could not be said"), "{err}");
    assert!(err.contains("interface opt6 (OFF) is off"), "{err}");
    let text = home.read("made/edge.kdl");
    assert!(!text.contains("$2y$") && !err.contains("$2y$"), "a secret");
    assert!(!text.contains("allow \"never reached\""), "{text}");
    // What was made is a topology, laid out.
    for args in [["check", "--file", "made/edge.kdl"], ["fmt", "--check", "made/edge.kdl"]] {
        let o = Command::new(BIN).args(args).current_dir(home.0.path()).output().expect("topoc runs");
        assert!(o.status.success(), "{}\n{text}", String::from_utf8_lossy(&o.stderr));
    }
    // Things that were there keep their uuids.
    let lock = home.read("made/edge.lock");
    for uuid in ["1b01", "1b02", "1b04", "1b05"] {
        assert!(lock.contains(&format!("0c9d1b52-29b7-4b9a-8a77-8a9f6f2c{uuid}")), "{uuid}\n{lock}");
    }
    assert!(lock.contains("machine edge-1 ") && lock.contains("wan,servers,mgmt"), "{lock}");
    // A merge goes through, and then there is no drift; the interfaces are where they were.
    let file = ["--file", "made/edge.kdl"];
    let (out, _) = home.ends(0, &[&file[..], &["merge", "--base", "edge.xml", "-o", "out.xml"]].concat());
    assert!(!out.contains("addresses of interfaces change"), "{out}");
    home.ends(0, &[&file[..], &["drift", "out.xml"]].concat());
    // Never over a file that is there.
    home.ends(2, &["import", "edge.xml", "-o", "made/edge.kdl"]);
    let (out, _) = home.ends(0, &["import", "edge.xml"]);
    assert_eq!(out, text);
    // A backup that is no topology says why.
    home.write("none.xml", "<opnsense/>");
    let (_, err) = home.ends(2, &["import", "none.xml"]);
    assert!(err.contains("no interface inside"), "{err}");
}

#[test]
fn damaged_backups_make_no_bad_topology() {
    let text = include_str!("backup/edge.xml").as_bytes();
    let mut seed = 0x2545_f491_4f6c_dd1d;
    let mut read = 0;
    for _ in 0..400 {
        let mut damaged = text.to_vec();
        let at = random(&mut seed) as usize % damaged.len();
        damaged[at] = b"0129a.\"\\-/"[random(&mut seed) as usize % 10];
        let Ok(base) = Document::parse(&damaged) else { continue };
        // What is made builds, or there is a sentence.
        if let Ok(made) = topoc::backup::import(&base, "2026-01-01") {
            read += 1;
            assert!(topoc::syntax::format(&topoc::source::Source::new("x", made.text.as_str())).is_some());
        }
    }
    assert!(read > 50, "{read}");
}

/// What fetches copies says that it failed when what it fetched could not be kept, and leaves no half of a copy.
#[test]
#[cfg(unix)]
fn a_copy_that_cannot_be_written_is_no_copy() {
    use std::os::unix::fs::PermissionsExt;
    let place = std::env::temp_dir().join(format!("topoc-fetch-{}", std::process::id()));
    let (bin, copies, repository) = (place.join("bin"), place.join("copies"), place.join("repository"));
    for folder in [&bin, &copies, &repository] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let program = |path: &Path, text: &str| {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    // `--output` and `--out` name what is written; a full disk is a `cp` that writes half and fails.
    let writes = "#!/bin/sh\nwhile [ $# -gt 0 ]; do case $1 in --output|--out) echo '<opnsense/>' >\"$2\" ;; esac; shift; done\n";
    program(&bin.join("curl"), writes);
    program(&bin.join("topoc"), writes);
    let script = render_fetch();
    let run = || {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let out = Command::new("sh")
            .args(["-c", &script])
            .env("PATH", path)
            .env("TOPOC_COPIES", &copies)
            .env("TOPOC_REPOSITORY", &repository)
            .env("TOPOC_CA", "/dev/null")
            .env("TOPOC_SECRET_FETCH", "key:secret")
            .output()
            .unwrap();
        let names = |folder: &Path| std::fs::read_dir(folder).map_or(0, Iterator::count);
        let said = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
        (out.status.success(), said, names(&copies), names(&repository.join("opnsense-backups")))
    };
    assert_eq!(run(), (true, "gate: fetched\n".into(), 1, 1));
    std::fs::remove_dir_all(&copies).unwrap();
    std::fs::create_dir_all(&copies).unwrap();
    program(&bin.join("cp"), "#!/bin/sh\necho half >\"$2\"\necho 'no space left' >&2\nexit 1\n");
    let (fine, said, left, _) = run();
    assert!(!fine && !said.contains("fetched") && said.contains("could not be written"), "{said}");
    assert_eq!(left, 0);
    std::fs::remove_dir_all(&place).unwrap();
}

/// The script of a case.
#[cfg(unix)]
fn render_fetch() -> String {
    let text = include_str!("cases/what-stops-is-told/topology.kdl");
    let source = topoc::source::Source::new("test.kdl", text);
    let b = topoc::build::build(topoc::build::Input {
        topology: source,
        lock: None,
        today: "2026-01-01".into(),
        emit: true,
    });
    assert!(!b.failed(), "{:?}", b.diags.iter().map(|d| &d.message).collect::<Vec<_>>());
    let file = b.tree.iter().find(|(p, _)| p.ends_with("fetch-backup.sh")).expect("it is written");
    file.1.text.text.clone()
}
