//! The rules of the house: layers, codes, emitters, files, texts that build, and files that equal what they are made from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use topoc::build::{Build, Input, build};
use topoc::diag::{ALL, by_name};
use topoc::emit::EMITTERS;
use topoc::ir::facts::Facts;
use topoc::pass::lock::Lock;
use topoc::schema::{Shape, Statement, StatementInfo, Ty, reference};
use topoc::source::{Source, Sources};
use topoc::syntax::{Document, Literal, NodeId};
use topoc::tree::{self, Wanted};

/// The day on which the texts of the house are built: no permission has ended, nothing is retired.
const TODAY: &str = "2026-06-01";

/// Files of `src/` that are longer than [`LONGEST`], and why they are one file.
const LONG: &[(&str, &str)] = &[
    ("ir/topology.rs", "the decided model is read as a whole by whoever writes an emitter"),
    ("pass/machines.rs", "a machine is decided in one go; its parts need one another"),
    ("schema/types.rs", "one row a type"),
    ("syntax/parse.rs", "the parser of nodes; entries and recovery have files of their own"),
    ("syntax/strings.rs", "all kinds of strings, whose faults are told apart by one another"),
];
const LONGEST: usize = 700;

/// Words of the reference topology that are not its own: well-known names which the code may use too.
const COMMON: &[&str] = &[
    "bpg/proxmox",           // the provider's address in the registry
    "public",                // messages speak of public addresses
    "topology.rook.io/rack", // the label that Rook reads
    "hypervisors",           // who may use a reservation of this name is part of the language
    "load-balancers",        // as is what may lie in this one
    "argocd",                // where Argo CD is by its own manual
    "1.1.1.1",               // two of the public name servers that everybody knows
    "9.9.9.9",
    "admins",   // OPNsense's own group of administrators
    "database", // an English word
    "backend",  // a part of the chart of Loki
    // Names that Suricata's rule sets have.
    "abuse.ch.feodotracker",
    "abuse.ch.urlhaus",
    "compromised",
    "emerging-coinminer",
    "emerging-exploit",
    "emerging-malware",
    "monitoring", // where Prometheus usually is; the key of charts that tell it what to collect
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every Rust file of `src/` with its path below it.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut all: Vec<(String, String)> = walkdir::WalkDir::new(&src)
        .into_iter()
        .map(Result::unwrap)
        .filter(|e| e.path().extension().is_some_and(|x| x == "rs"))
        .map(|e| (e.path().strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/"), read(e.path())))
        .collect();
    all.sort();
    assert!(all.len() > 50, "src/ was not found");
    all
}

/// The tokens of a file without its `#[cfg(test)]` modules, which stand above everything and are no part of the program.
fn tokens(path: &str, text: &str) -> Vec<TokenTree> {
    let stream: TokenStream = text.parse().unwrap_or_else(|e| panic!("src/{path}: {e}"));
    let mut list: Vec<TokenTree> = stream.into_iter().collect();
    while let Some(i) = list.windows(5).position(|w| {
        matches!(&w[1], TokenTree::Group(g) if is(Some(&w[0]), '#') && g.stream().to_string().replace(' ', "") == "cfg(test)")
            && word(Some(&w[2])).as_deref() == Some("mod")
            && matches!(w[4], TokenTree::Group(_))
    }) {
        list.drain(i..i + 5);
    }
    list
}

/// Calls `see` with every list of tokens at any depth.
fn every_list(tokens: &[TokenTree], see: &mut dyn FnMut(&[TokenTree])) {
    see(tokens);
    for t in tokens {
        if let TokenTree::Group(g) = t {
            every_list(&inside(g), see);
        }
    }
}

fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn word(t: Option<&TokenTree>) -> Option<String> {
    match t {
        Some(TokenTree::Ident(i)) => Some(i.to_string()),
        _ => None,
    }
}

fn is(t: Option<&TokenTree>, c: char) -> bool {
    matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == c)
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    is(tokens.get(at), ':') && is(tokens.get(at + 1), ':')
}

fn line(t: &TokenTree) -> usize {
    t.span().start().line
}

fn none(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

// ---- layers ----

/// The modules of the crate in the order of the map in `lib.rs`, lowest first.
fn layers() -> Vec<String> {
    let text = read("src/lib.rs");
    let map = text.split("//! ```text\n").nth(1).and_then(|t| t.split("//! ```").next()).unwrap();
    map.lines().filter_map(|l| l.strip_prefix("//! ")?.split(' ').next()).map(str::to_string).collect()
}

/// Macros that are exported to the root of the crate, with the module that they are written in.
fn macros() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (path, text) in sources() {
        let list = tokens(&path, &text);
        for (i, t) in list.iter().enumerate() {
            if word(Some(t)).as_deref() == Some("macro_rules") && is(list.get(i + 1), '!') {
                all.insert(word(list.get(i + 2)).unwrap(), layer_of(&path));
            }
        }
    }
    all
}

fn layer_of(path: &str) -> String {
    path.split('/').next().unwrap().trim_end_matches(".rs").to_string()
}

/// How deep the module of a file is: `emit/terraform/bpg.rs` is 3, `emit/mod.rs` is 1.
fn depth(path: &str) -> usize {
    path.split('/').filter(|p| !matches!(*p, "mod.rs" | "lib.rs" | "main.rs")).count()
}

/// First names of paths that start at the root of the crate, with their lines: `crate::a`, `crate::{a, b}`, and `super`
/// as often as it takes to get there.
fn named(list: &[TokenTree], depth: usize, found: &mut Vec<(String, usize)>) {
    let mut i = 0;
    while i < list.len() {
        let t = &list[i];
        match (word(Some(t)).as_deref(), t) {
            (Some("mod"), _) if matches!(list.get(i + 2), Some(TokenTree::Group(_))) => {
                if let Some(TokenTree::Group(g)) = list.get(i + 2) {
                    named(&inside(g), depth + 1, found);
                }
                i += 2;
            }
            (Some("crate"), _) if colons(list, i + 1) => {
                heads(list.get(i + 3), found);
                i += 2;
            }
            (Some("super"), _) => {
                let mut ups = 0;
                while word(list.get(i)).as_deref() == Some("super") && colons(list, i + 1) {
                    ups += 1;
                    i += 3;
                }
                if ups >= depth {
                    heads(list.get(i), found);
                }
                i = i.saturating_sub(1);
            }
            (_, TokenTree::Group(g)) => named(&inside(g), depth, found),
            _ => {}
        }
        i += 1;
    }
}

/// The first name of a path, or of each path in braces.
fn heads(t: Option<&TokenTree>, found: &mut Vec<(String, usize)>) {
    match t {
        Some(TokenTree::Ident(i)) => found.push((i.to_string(), i.span().start().line)),
        Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace => {
            let list = inside(g);
            heads(list.first(), found);
            for i in 0..list.len() {
                if is(list.get(i), ',') {
                    heads(list.get(i + 1), found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn a_module_names_only_modules_below_it() {
    let layers = layers();
    let declared: BTreeSet<String> =
        sources().iter().map(|(p, _)| layer_of(p)).filter(|l| l != "lib" && l != "main").collect();
    assert_eq!(layers.iter().cloned().collect::<BTreeSet<_>>(), declared, "the map in lib.rs and the modules of src/");
    let macros = macros();
    let rank = |layer: &str| layers.iter().position(|l| l == layer);
    let (mut faults, mut seen) = (Vec::new(), 0);
    for (path, text) in sources() {
        let own = layer_of(&path);
        let Some(own_rank) = rank(&own) else { continue };
        let mut found = Vec::new();
        named(&tokens(&path, &text), depth(&path), &mut found);
        for (name, line) in found {
            let layer = if rank(&name).is_some() { Some(name.clone()) } else { macros.get(&name).cloned() };
            match layer.as_deref().and_then(rank) {
                Some(r) if r > own_rank => faults.push(format!("src/{path}:{line}: {own} names {name}")),
                Some(_) => seen += 1,
                None => faults.push(format!("src/{path}:{line}: crate::{name} is no module of the map")),
            }
        }
    }
    none("modules that name one above them", &faults);
    assert!(seen > 300, "only {seen} paths were found");
}

#[test]
fn paths_are_found_however_they_are_written() {
    let find = |text: &str, depth| {
        let mut found = Vec::new();
        named(&tokens("x", text), depth, &mut found);
        found.into_iter().map(|(n, _)| n).collect::<Vec<_>>()
    };
    assert_eq!(find("use crate::a::b; fn f() -> crate::c::D { m![crate::e] }", 1), ["a", "c", "e"]);
    assert_eq!(find("use crate::{a, b::{c, d}, e as f};", 1), ["a", "b", "e"]);
    assert_eq!(find("use super::a; mod t { use super::b; use super::super::c; }", 1), ["a", "c"]);
    assert_eq!(find("use super::a; use super::super::{b, c::d};", 2), ["b", "c"]);
    assert_eq!(find("// crate::a\nconst B: &str = \"crate::b\";", 1), [""; 0]);
}

// ---- codes ----

#[test]
fn every_code_is_in_order_and_has_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for pair in ALL.windows(2) {
        assert!(pair[0].id[1..] < pair[1].id[1..], "{} stands before {}", pair[0].id, pair[1].id);
    }
    for c in ALL {
        assert!(names.insert(c.name), "{} is the name of two codes", c.name);
        let kebab =
            c.name.split('-').all(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        assert!(kebab, "{} is not in lower case with hyphens", c.name);
        assert_eq!(c.id.starts_with('E'), c.level == topoc::diag::Level::Error, "{}: E cannot be built, L can", c.id);
        assert_eq!(by_name(c.id).map(|x| x.name), Some(c.name));
        assert_eq!(by_name(c.name).map(|x| x.id), Some(c.id));
    }
}

#[test]
fn every_page_has_a_code() {
    let folder = root().join("src/diag/codes");
    let mut pages: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter_map(|n| n.strip_suffix(".md").map(str::to_string))
        .collect();
    pages.sort_by_key(|p| p[1..].to_string());
    assert_eq!(pages, ALL.iter().map(|c| c.id).collect::<Vec<_>>());
}

#[test]
fn every_code_is_raised_somewhere() {
    let mut used = BTreeSet::new();
    for (path, text) in sources().iter().filter(|(p, _)| !p.starts_with("diag/")) {
        every_list(&tokens(path, text), &mut |list| {
            for i in 0..list.len() {
                if word(list.get(i)).as_deref() == Some("code") && colons(list, i + 1) {
                    used.extend(word(list.get(i + 3)));
                }
            }
        });
    }
    let idle: Vec<String> =
        ALL.iter().filter(|c| !used.contains(c.id)).map(|c| format!("{} {}", c.id, c.name)).collect();
    none("codes that nothing raises", &idle);
}

// ---- emitters ----

#[test]
fn the_emitters_are_the_folders_of_emit() {
    let mut folders: Vec<String> = std::fs::read_dir(root().join("src/emit"))
        .unwrap()
        .map(Result::unwrap)
        .filter(|e| e.file_type().unwrap().is_dir())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut list = Vec::new();
    every_list(&tokens("emit/mod.rs", &read("src/emit/mod.rs")), &mut |t| {
        for i in 0..t.len() {
            if word(t.get(i)).as_deref() == Some("plan") && is(t.get(i + 1), ':') && colons(t, i + 3) {
                list.extend(word(t.get(i + 2)));
            }
        }
    });
    assert_eq!(list.len(), EMITTERS.len(), "entries of EMITTERS");
    list.sort();
    assert_eq!(list, folders);
}

#[test]
fn every_emitter_says_what_it_is() {
    let mut names = BTreeSet::new();
    for e in EMITTERS {
        let m = e.meta;
        assert!(names.insert(m.name), "{} is the name of two emitters", m.name);
        for (field, text) in [
            ("name", m.name),
            ("writes", m.writes),
            ("what", m.what),
            ("reader", m.reader),
            ("apply", m.apply),
            ("rfc", m.rfc),
        ] {
            assert!(!text.trim().is_empty(), "{} says nothing in `{field}`", m.name);
        }
        assert!(!m.rules.is_empty(), "{} has no rules", m.name);
    }
}

/// Every `rules!`: file, number of the block, names.
fn rules() -> Vec<(String, String, Vec<String>)> {
    let mut all = Vec::new();
    for (path, text) in sources() {
        every_list(&tokens(&path, &text), &mut |list| {
            for i in 0..list.len() {
                let (true, Some(TokenTree::Group(g))) =
                    (word(list.get(i)).as_deref() == Some("rules") && is(list.get(i + 1), '!'), list.get(i + 2))
                else {
                    continue;
                };
                let body = inside(g);
                let names = (1..body.len()).filter(|n| is(body.get(*n), '=')).filter_map(|n| word(body.get(n - 1)));
                all.push((path.clone(), body[0].to_string(), names.collect()));
            }
        });
    }
    assert!(all.len() > EMITTERS.len(), "only {} blocks of rules were found", all.len());
    all
}

#[test]
fn every_rule_has_a_number_of_its_own_and_is_used() {
    let all = rules();
    let mut blocks: BTreeMap<String, String> = BTreeMap::new();
    let mut faults = Vec::new();
    for (path, block, _) in &all {
        if let Some(first) = blocks.insert(block.clone(), path.clone()) {
            faults.push(format!("src/{path} and src/{first} both have the block of rules {block}"));
        }
    }
    // Rules of a block are used in the folder that they stand in, or in the whole of `src/` when it is a file of rules.
    let texts = sources();
    for (path, _, names) in &all {
        let mut uses: BTreeMap<&str, usize> = names.iter().map(|n| (n.as_str(), 0)).collect();
        for (p, text) in texts.iter().filter(|(p, _)| layer_of(p) == layer_of(path)) {
            every_list(&tokens(p, text), &mut |list| {
                for name in list.iter().filter_map(|t| word(Some(t))) {
                    if let Some(n) = uses.get_mut(name.as_str()) {
                        *n += 1;
                    }
                }
            });
        }
        faults.extend(
            uses.iter().filter(|(_, n)| **n < 2).map(|(name, _)| format!("src/{path}: {name} is used by nothing")),
        );
    }
    none("rules", &faults);
}

// ---- files ----

#[test]
fn every_file_says_what_it_is() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let doc: Vec<&str> =
            text.lines().map_while(|l| l.strip_prefix("//!")).map(str::trim).take_while(|l| !l.is_empty()).collect();
        let first = doc.join(" ");
        if !first.ends_with(['.', '?']) || first.len() < 20 {
            faults.push(format!("src/{path} does not begin with `//!` and a sentence"));
        }
    }
    none("files", &faults);
}

#[test]
fn no_file_grows_without_a_reason() {
    let mut faults = Vec::new();
    let mut long: BTreeSet<&str> = LONG.iter().map(|(p, _)| *p).collect();
    for (path, text) in sources() {
        let lines = text.lines().count();
        let listed = long.remove(path.as_str());
        if lines > LONGEST && !listed {
            faults.push(format!("src/{path} has {lines} lines, at most {LONGEST} are allowed"));
        } else if lines <= LONGEST && listed {
            faults.push(format!("src/{path} has {lines} lines: take it off the list"));
        }
    }
    faults.extend(long.iter().map(|p| format!("{p} is on the list and not in src/")));
    none("long files", &faults);
}

// ---- the reference topology ----

fn parse(path: &str) -> (Document, String) {
    let text = read(path);
    let mut sources = Sources::default();
    let mut sink = topoc::diag::Sink::default();
    let file = sources.add(Source::new(path, &*text));
    let doc = topoc::syntax::parse(sources.get(file), file, &mut sink);
    assert!(sink.finish().is_empty(), "{path}");
    (doc, text)
}

/// Words of the language: of the table, its values, and its samples' own forms.
fn words_of(info: &'static StatementInfo, all: &mut BTreeSet<&'static str>) {
    for f in info.flat() {
        let new = all.insert(f.word);
        match f.ty {
            Ty::Word(words) => all.extend(words.iter().map(|(w, _)| *w)),
            Ty::Ref(_, words) => all.extend(words),
            Ty::Statement(inner) if new || !inner.word.is_empty() => words_of(inner, all),
            _ => {}
        }
    }
}

#[test]
fn nothing_of_the_reference_topology_is_in_the_code() {
    let (doc, text) = parse("topology/private-cloud.kdl");
    let mut own: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<NodeId> = doc.roots().collect();
    while let Some(node) = open.pop() {
        for e in doc.entries(node) {
            if let Literal::Str { text: s, .. } = e.value {
                own.insert(doc.text(&text, s).to_string());
            }
        }
        open.extend(doc.children(node));
    }
    let mut language = BTreeSet::new();
    words_of(Facts::INFO, &mut language);
    // Sizes and versions are nobody's own; names and addresses are.
    let address = |w: &str| w.split('/').next().is_some_and(|a| a.parse::<std::net::Ipv4Addr>().is_ok());
    own.retain(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()) || address(w));
    own.retain(|w| w.len() > 4 && !language.contains(w.as_str()) && !COMMON.contains(&w.as_str()));
    // Sets of rules are called by their makers: each is in a list of facts.
    own.retain(|w| !topoc::consumer::ruleset(w));
    assert!(own.len() > 40, "only {} names were found", own.len());
    let subnets: Vec<ipnet::Ipv4Net> = own.iter().filter_map(|w| w.parse().ok()).collect();
    assert!(subnets.len() > 6, "only {} subnets were found", subnets.len());
    let of_a_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    let mut faults = Vec::new();
    for (path, text) in sources() {
        // The table's samples and the messages of reading show the language; they may look like anybody's cloud.
        if !["emit", "pass", "lint", "consumer", "render"].contains(&&*layer_of(&path)) {
            continue;
        }
        every_list(&tokens(&path, &text), &mut |list| {
            // Doc comments are `#[doc = "…"]` to a tokenizer.
            for (i, t) in list.iter().enumerate() {
                let TokenTree::Literal(l) = t else { continue };
                if is(i.checked_sub(1).and_then(|n| list.get(n)), '=')
                    && word(list.get(i.wrapping_sub(2))).as_deref() == Some("doc")
                {
                    continue;
                }
                let written = l.to_string();
                for a in written.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|a| a.parse().ok()) {
                    if let Some(net) = subnets.iter().find(|n| n.contains::<&std::net::Ipv4Addr>(&a)) {
                        faults.push(format!("src/{path}:{}: {a} of {net} in {written}", line(t)));
                    }
                }
                for w in &own {
                    for (at, _) in written.match_indices(w.as_str()) {
                        let before = written[..at].chars().next_back().is_some_and(of_a_word);
                        let after = written[at + w.len()..].chars().next().is_some_and(of_a_word);
                        if !before && !after {
                            faults.push(format!("src/{path}:{}: {w} in {written}", line(t)));
                        }
                    }
                }
            }
        });
    }
    none("names of the reference topology in the code", &faults);
}

fn built(name: &str, text: String, lock: Option<String>) -> Build {
    let lock = lock.map(|t| Source::new(format!("{name}.lock"), t));
    let b = build(Input { topology: Source::new(name, text), lock, today: TODAY.into(), emit: true });
    let problems: Vec<String> = b
        .diags
        .iter()
        .map(|d| {
            let place = d.labels.first().map(|l| b.sources.place(l.span)).unwrap_or_default();
            format!("{place}: {} {}", d.code.info().id, d.message)
        })
        .collect();
    none(name, &problems);
    assert!(!b.tree.is_empty(), "{name} makes nothing");
    b
}

fn laid_out(name: &str, text: &str) {
    let formatted = topoc::syntax::format(&Source::new(name, text));
    assert_eq!(formatted.as_deref(), Some(text), "{name} is not as `topoc fmt` lays it out");
}

#[test]
fn the_reference_topology_is_laid_out_and_makes_the_committed_tree() {
    let name = "topology/private-cloud.kdl";
    laid_out(name, &read(name));
    let lock = read("topology/private-cloud.lock");
    let b = built(name, read(name), Some(lock.clone()));
    assert_eq!(Lock::of(&b.topology).print(), lock, "the committed lock");
    let wanted: Vec<Wanted<'_>> =
        b.tree.values().map(|a| Wanted { path: &a.path, text: &a.text.text, executable: a.executable }).collect();
    let plan = tree::compare(&root().join("generated"), &wanted).unwrap();
    let stale: Vec<String> =
        plan.changes.iter().filter(|c| c.state.differs()).map(|c| format!("{}: {}", c.path, c.explain())).collect();
    none("the committed tree is not what the topology makes", &stale);
    assert!(plan.is_clean());
}

#[test]
fn what_init_writes_is_laid_out_and_builds() {
    let text = &*read("src/cli/init.kdl");
    laid_out("init.kdl", text);
    built("init.kdl", text.into(), None);
}

#[test]
fn what_the_readme_shows_builds() {
    let Ok(text) = std::fs::read_to_string(root().join("README.md")) else { return };
    let blocks: Vec<&str> =
        text.split("```kdl\n").skip(1).map(|b| b.split("\n```").next().unwrap_or_default()).collect();
    for (i, block) in blocks.iter().enumerate() {
        built(&format!("README.md, KDL block {}", i + 1), format!("{block}\n"), None);
    }
}

// ---- the systems of the RFC ----

/// RFC 1.3, in its order: what a system is for, and the system.
const SYSTEMS: &[(&str, &str)] = &[
    ("Virtualization", "Proxmox VE"),
    ("Infrastructure as code", "Terraform"),
    ("Configuration management", "Ansible"),
    ("Kubernetes distribution", "KubeKey"),
    ("Kubernetes distribution", "KubeSphere"),
    ("Container runtime", "containerd"),
    ("CNI", "Cilium"),
    ("CNI", "Hubble"),
    ("CNI", "WireGuard between nodes"),
    ("Service mesh", "Istio or Linkerd"),
    ("Load balancer, external", "NAT and port forwarding"),
    ("Load balancer, external", "CARP"),
    ("Load balancer, internal", "MetalLB"),
    ("Ingress controller", "ingress-nginx"),
    ("Certificate management", "cert-manager"),
    ("Certificate management", "Let's Encrypt"),
    ("Firewall, router", "OPNsense"),
    ("VPN", "VPN"),
    ("Authentication", "Authentik"),
    ("Storage", "Ceph"),
    ("Storage", "Rook"),
    ("GitOps", "Argo CD"),
    ("Monitoring", "Prometheus"),
    ("Monitoring", "Grafana"),
    ("Monitoring", "Alertmanager"),
    ("Logging", "Loki"),
    ("Logging", "Promtail"),
    ("Tracing", "Tempo"),
    ("Nested virtualization", "Kube-OVN"),
    ("Nested virtualization", "VyOS"),
];

/// Systems of [`SYSTEMS`] that are left out, and why.
const LEFT_OUT: &[(&str, &str)] = &[(
    "Istio or Linkerd",
    "left out: WireGuard encrypts between nodes, policies reach up to HTTP, Hubble observes; a mesh would be a second proxy. The RFC calls it optional, for later",
)];

/// The block of README.md between two marks, made again from what follows from the code.
fn readme_block(mark: &str, body: &str) {
    // A packed crate has no README.md beside its tests.
    let Ok(text) = std::fs::read_to_string(root().join("README.md")) else { return };
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->\n"));
    let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("README.md has no {start}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    made("README.md", &format!("{before}{start}{body}{end}{after}"));
}

#[test]
fn the_readme_says_where_every_system_of_the_rfc_is() {
    let words: BTreeSet<&str> = Facts::INFO.flat().iter().map(|f| f.word).collect();
    let mut inner = BTreeSet::new();
    words_of(Facts::INFO, &mut inner);
    let paths = written_paths();
    let mut faults = Vec::new();
    for m in EMITTERS.iter().map(|e| e.meta) {
        for (system, file, by) in m.systems {
            if !SYSTEMS.iter().any(|(_, s)| s == system) {
                faults.push(format!("{}: RFC 1.3 names no {system}", m.name));
            }
            if !paths.iter().any(|p| fits(file, p)) {
                faults.push(format!("{}: neither generated/ nor a case has {file}", m.name));
            }
            for code in by.split('`').skip(1).step_by(2) {
                let mut said = code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).filter(|w| !w.is_empty());
                let first = said.next().unwrap_or_default();
                if !words.contains(first) && !inner.contains(first) {
                    faults.push(format!("{}: `{first}` is no word of the language", m.name));
                }
                faults.extend(
                    said.filter(|w| !inner.contains(w))
                        .map(|w| format!("{}: `{w}` is no word of the language", m.name)),
                );
            }
        }
    }
    let mut table = String::from("| For | System | File | Turned on by |\n| --- | --- | --- | --- |\n");
    for (role, system) in SYSTEMS {
        let left_out = LEFT_OUT.iter().find(|(s, _)| s == system);
        let by: Vec<_> = EMITTERS.iter().flat_map(|e| e.meta.systems.iter().filter(|(s, ..)| s == system)).collect();
        if left_out.is_some() != by.is_empty() {
            faults.push(format!("{system} must have an emitter or be in LEFT_OUT"));
        }
        match left_out {
            Some((_, why)) => table += &format!("| {role} | {system} | none | {why} |\n"),
            None => {
                for (_, file, by) in by {
                    table += &format!("| {role} | {system} | `{file}` | {by} |\n");
                }
            }
        }
    }
    none("the systems of RFC 1.3", &faults);
    readme_block("systems of RFC 1.3", &table);
}

/// Paths of all committed trees: `generated/`, and what cases expect.
fn written_paths() -> Vec<String> {
    let mut all = Vec::new();
    let cases = std::fs::read_dir(root().join("tests/cases")).unwrap().map(|e| e.unwrap().path().join("expect"));
    for tree in cases.chain([root().join("generated")]) {
        let files = walkdir::WalkDir::new(&tree).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
        all.extend(files.map(|e| e.path().strip_prefix(&tree).unwrap().to_str().unwrap().replace('\\', "/")));
    }
    all
}

/// Whether a path is one that `<machine>` and its like stand in.
fn fits(pattern: &str, path: &str) -> bool {
    let mut rest = path;
    for (n, part) in pattern.split(['<', '>']).enumerate() {
        // What stands between the brackets stands for one name, or for a folder.
        if n % 2 == 1 {
            continue;
        }
        match (n, rest.find(part)) {
            (0, Some(0)) => rest = &rest[part.len()..],
            (0, _) | (_, None) => return false,
            (_, Some(at)) if at > 0 || part.is_empty() => rest = &rest[at + part.len()..],
            (_, Some(_)) => return false,
        }
    }
    rest.is_empty()
}

// ---- the table ----

/// Compares a committed file with what it is made from; `TOPOC_BLESS=1` writes it.
fn made(path: &str, text: &str) {
    let file: PathBuf = root().join(path);
    if std::env::var_os("TOPOC_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == text, "{path} is not what the table makes: TOPOC_BLESS=1 cargo test --test house writes it");
}

#[test]
fn the_language_reference_is_made_of_the_table() {
    let layers =
        walkdir::WalkDir::new(root().join("tests/properties")).sort_by_file_name().into_iter().map(Result::unwrap);
    let kdl = layers.filter(|e| e.path().extension().is_some_and(|x| x == "kdl"));
    let more = kdl.map(|e| e.path().strip_prefix(root()).unwrap().to_str().unwrap().to_string());
    let texts: Vec<(Document, String)> =
        std::iter::once("topology/private-cloud.kdl".to_string()).chain(more).map(|path| parse(&path)).collect();
    let example = |path: &[&str]| texts.iter().find_map(|(doc, text)| written(doc, text, path));
    made("schema/language.md", &reference::markdown(Facts::INFO, &example));
}

#[test]
fn the_json_schema_is_made_of_the_table() {
    let schema = reference::json_schema(Facts::INFO);
    jsonschema::meta::validate(&schema).unwrap_or_else(|e| panic!("not a schema: {e}"));
    made("schema/topology.schema.json", &format!("{}\n", serde_json::to_string_pretty(&schema).unwrap()));
}

/// The first statement of that path as it stands in the text, without its indentation; a long one is cut after whole
/// lines of its first block, with a remark.
fn written(doc: &Document, text: &str, path: &[&str]) -> Option<String> {
    const LINES: usize = 24;
    let mut open: Vec<NodeId> = doc.roots().collect();
    let mut found = None;
    for word in path {
        open.retain(|n| doc.text(text, doc.node(*n).name) == *word);
        found = open.first().copied();
        open = open.iter().flat_map(|n| doc.children(*n)).collect();
    }
    let span = doc.node(found?).span.range();
    let start = text[..span.start].rfind('\n').map_or(0, |n| n + 1);
    let indent = &text[start..span.start];
    let indent = if indent.trim().is_empty() { indent } else { "" };
    let lines: Vec<&str> = text[span].lines().map(|l| l.strip_prefix(indent).unwrap_or(l)).collect();
    let mut shown = String::new();
    for line in lines.iter().take(LINES) {
        shown += &format!("{}\n", line.trim_end());
    }
    if lines.len() > LINES {
        let depth = shown.matches('{').count() - shown.matches('}').count();
        shown += &format!("{}// …\n", "    ".repeat(depth));
        (0..depth).rev().for_each(|d| shown += &format!("{}}}\n", "    ".repeat(d)));
    }
    Some(shown)
}

/// A statement as the JSON that the schema describes.
fn as_json(doc: &Document, text: &str, node: Option<NodeId>, info: &'static StatementInfo) -> serde_json::Value {
    let scalar = |e: &topoc::syntax::Entry| match e.value {
        Literal::Str { text: s, .. } => doc.text(text, s).into(),
        Literal::Int(n) => serde_json::Value::from(i64::try_from(n).unwrap()),
        Literal::Bool(b) => b.into(),
        Literal::Float(_) | Literal::Null | Literal::Broken => serde_json::Value::Null,
    };
    let entries = node.map(|n| doc.entries(n)).unwrap_or_default();
    let mut args = entries.iter().filter(|e| e.name.is_none());
    let children: Vec<NodeId> = node.map_or_else(|| doc.roots().collect(), |n| doc.children(n).collect());
    let mut map = serde_json::Map::new();
    for f in info.flat() {
        let of_word: Vec<NodeId> =
            children.iter().copied().filter(|c| doc.text(text, doc.node(*c).name) == f.word).collect();
        let inner = |id: &NodeId| match f.ty {
            Ty::Statement(info) => as_json(doc, text, Some(*id), info),
            _ => serde_json::Value::Null,
        };
        let one = of_word.first();
        let value = match f.shape {
            Shape::Arg => args.next().map(scalar),
            Shape::Args => Some(args.by_ref().map(scalar).collect()),
            Shape::Prop => {
                entries.iter().find(|e| e.name.is_some_and(|(n, _)| doc.text(text, n) == f.word)).map(scalar)
            }
            Shape::Value => one.and_then(|c| doc.entries(*c).first()).map(scalar),
            Shape::List => one.map(|c| doc.entries(*c).iter().map(scalar).collect()),
            Shape::Flag => one.map(|c| doc.entries(*c).first().map_or(true.into(), scalar)),
            Shape::Child => one.map(inner),
            Shape::Children => (!of_word.is_empty()).then(|| of_word.iter().map(inner).collect()),
            Shape::Inline => None,
        };
        map.extend(value.map(|v| (f.word.to_string(), v)));
    }
    map.into()
}

#[test]
fn the_json_schema_takes_topologies_and_refuses_faults() {
    let schema = jsonschema::draft202012::new(&reference::json_schema(Facts::INFO)).unwrap();
    for path in ["topology/private-cloud.kdl", "src/cli/init.kdl"] {
        let (doc, text) = parse(path);
        let json = as_json(&doc, &text, None, Facts::INFO);
        let errors: Vec<String> = schema.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
        none(path, &errors);
        for (pointer, wrong) in [
            ("/vlan/0/id", serde_json::json!(4095)),
            ("/vlan/0/name", "Not A Name".into()),
            ("/proxmox/0/bridges", "vlan_aware".into()),
            ("/proxmox/0/host", serde_json::json!([])),
            ("/topology", serde_json::json!({ "nmae": "lab" })),
        ] {
            let mut json = json.clone();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            json.pointer_mut(parent).unwrap()[key] = wrong;
            assert!(!schema.is_valid(&json), "{path}: {pointer}");
        }
    }
}

#[test]
fn the_json_schema_lets_an_environment_say_only_what_differs() {
    let text = "cluster \"a\" {\n    load-balancer \"metallb\" { pool \"x\" vlan=\"v\" { range 1 2 } }\n    environment \"e\" { load-balancer \"metallb\" { pool \"x\" { range 1 3 } } }\n}\n";
    let mut sources = Sources::default();
    let mut sink = topoc::diag::Sink::default();
    let file = sources.add(Source::new("e.kdl", text));
    let doc = topoc::syntax::parse(sources.get(file), file, &mut sink);
    let schema = reference::json_schema(Facts::INFO);
    let at = |pointer: &str| {
        let mut schema = schema.clone();
        let schema_of_cluster = schema["$defs"]["cluster"].clone();
        schema["properties"] = serde_json::json!({ "it": schema_of_cluster });
        schema["required"] = serde_json::json!([]);
        let json = as_json(&doc, text, None, Facts::INFO);
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let it = serde_json::json!({ "it": json["cluster"][0] });
        validator.iter_errors(&it).filter(|e| e.instance_path().to_string().starts_with(pointer)).count()
    };
    // The cluster lacks much; its environment lacks nothing.
    assert_eq!(at("/it/environment"), 0);
    assert!(at("/it") > 0);
}

#[test]
fn every_word_of_the_table_is_explained_and_has_a_sample_that_fits() {
    let schema = reference::json_schema(Facts::INFO);
    let mut faults = Vec::new();
    let mut statements: Vec<(&str, &serde_json::Value)> = vec![("file", &schema)];
    statements.extend(schema["$defs"].as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v)));
    for (name, s) in statements {
        if s["description"].as_str().is_none_or(|d| !d.ends_with('.')) {
            faults.push(format!("{name} is not explained"));
        }
        for (word, p) in s["properties"].as_object().into_iter().flatten() {
            for sample in p["examples"].as_array().into_iter().flatten() {
                let own = jsonschema::draft202012::new(p).unwrap();
                if !own.is_valid(sample) {
                    faults.push(format!("{name}: the sample of {word} is not a {word}: {sample}"));
                }
            }
        }
    }
    let mut open: Vec<&'static StatementInfo> = vec![Facts::INFO];
    let mut seen: Vec<(&str, &str)> = Vec::new();
    while let Some(info) = open.pop() {
        if seen.contains(&(info.word, info.doc)) {
            continue;
        }
        seen.push((info.word, info.doc));
        let fields = info.flat();
        for f in &fields {
            let same = fields.iter().filter(|g| g.word == f.word).count();
            let place = format!("`{}` of `{}`", f.word, info.word);
            match f.ty {
                Ty::Statement(inner) => open.push(inner),
                // What must never be stated has no sample.
                _ if f.sample.is_empty() && f.word != "password" => faults.push(format!("{place} has no sample")),
                _ => {}
            }
            if f.doc.trim().is_empty() || same > 1 {
                faults.push(format!("{place} is not explained, or there are two"));
            }
        }
    }
    none("the table", &faults);
    // Statements that an environment changes are there a second time, with nothing but their names required.
    let whole = schema["$defs"].as_object().unwrap().keys().filter(|k| !k.ends_with("-difference")).count();
    assert_eq!(seen.len(), whole + 1, "two statements have one key in the schema");
}
