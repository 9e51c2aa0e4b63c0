//! The KDL 2 parser and formatter against the official cases, the `kdl` crate, seeded faults and mutated texts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use topoc::diag::{Diag, Sink};
use topoc::source::{FileId, Source};
use topoc::syntax::{self, Document, Literal, NodeId, Str};

// ---- what a text says ----

#[derive(Clone, PartialEq, Debug)]
enum Value {
    Str(String),
    Int(i128),
    /// As bits, so that `#nan` equals itself.
    Float(u64),
    Bool(bool),
    Null,
    Broken,
}

/// A node without places: what two texts must agree on to say the same.
#[derive(Clone, PartialEq, Debug)]
struct Tree {
    ty: Option<String>,
    name: String,
    args: Vec<(Option<String>, Value)>,
    /// The last of several with one name counts (KDL 2.0, "Property").
    props: BTreeMap<String, (Option<String>, Value)>,
    children: Vec<Tree>,
}

fn trees(doc: &Document, text: &str) -> Vec<Tree> {
    fn build(doc: &Document, text: &str, id: NodeId) -> Tree {
        let get = |s: Str| doc.text(text, s).to_string();
        let node = doc.node(id);
        let mut tree = Tree {
            ty: node.ty.map(|(s, _)| get(s)),
            name: get(node.name),
            args: Vec::new(),
            props: BTreeMap::new(),
            children: doc.children(id).map(|c| build(doc, text, c)).collect(),
        };
        for entry in doc.entries(id) {
            let value = match entry.value {
                Literal::Str { text, .. } => Value::Str(get(text)),
                Literal::Int(n) => Value::Int(n),
                Literal::Float(f) => Value::Float(f.to_bits()),
                Literal::Bool(b) => Value::Bool(b),
                Literal::Null => Value::Null,
                Literal::Broken => Value::Broken,
            };
            let typed = (entry.ty.map(|(s, _)| get(s)), value);
            match entry.name {
                Some((name, _)) => {
                    tree.props.insert(get(name), typed);
                }
                None => tree.args.push(typed),
            }
        }
        tree
    }
    doc.roots().map(|id| build(doc, text, id)).collect()
}

fn parse(text: &str) -> (Document, Vec<Diag>) {
    let mut sink = Sink::default();
    let doc = syntax::parse(&Source::new("t.kdl", text), FileId(0), &mut sink);
    (doc, sink.finish())
}


/// `E0103 2:5` for each diagnostic.
fn placed(text: &str, diags: &[Diag]) -> Vec<String> {
    let source = Source::new("t.kdl", text);
    diags
        .iter()
        .map(|d| {
            let (line, column) = source.line_col(d.labels[0].span.start);
            format!("{} {line}:{column}", d.code.info().id)
        })
        .collect()
}

// ---- the official cases ----

/// The folder of the official cases that ships inside the `kdl` crate's package.
fn official() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let output = std::process::Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .output()
            .expect("cargo metadata");
        let meta: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo metadata writes JSON");
        let packages = meta["packages"].as_array().expect("packages");
        let kdl = packages
            .iter()
            .find(|p| p["name"] == "kdl" && p["version"].as_str().is_some_and(|v| v.starts_with("6.")))
            .expect("the kdl crate is a dependency");
        let manifest = PathBuf::from(kdl["manifest_path"].as_str().expect("manifest_path"));
        manifest.parent().expect("a folder").join("tests/test_cases")
    })
}

/// Name, input, and the expected text when the case is one that parses.
fn cases() -> Vec<(String, String, Option<String>)> {
    let mut cases: Vec<_> = std::fs::read_dir(official().join("input"))
        .expect("the kdl package has its test cases")
        .map(|entry| {
            let path = entry.expect("readable").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let input = std::fs::read_to_string(&path).expect("UTF-8");
            let expected = std::fs::read_to_string(official().join("expected_kdl").join(format!("{name}.kdl"))).ok();
            (name, input, expected)
        })
        .collect();
    cases.sort();
    cases
}

/// Cases in which the package's copy differs from the KDL 2 specification, with what the specification says.
const DECIDED_BY_SPECIFICATION: &[(&str, bool, &str)] = &[(
    "zero_space_before_slashdash_arg_fail",
    true,
    "base-node reads (node-space* (node-space | slashdash) node-prop-or-arg)*: a slashdash needs no space before it",
)];

#[test]
fn official_cases() {
    let cases = cases();
    assert!(cases.len() >= 320, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for (name, input, expected) in &cases {
        let decided = DECIDED_BY_SPECIFICATION.iter().find(|(n, ..)| n == name);
        let legal = decided.map_or(!name.ends_with("_fail"), |(_, legal, _)| *legal);
        let (doc, diags) = parse(input);
        if legal != diags.is_empty() {
            wrong.push(format!("{name}: legal {legal}, reported {:?}", placed(input, &diags)));
            continue;
        }
        if let Some(expected) = expected.as_ref().filter(|_| legal) {
            let (should, faults) = parse(expected);
            assert!(faults.is_empty(), "expected text of {name}: {faults:?}");
            let (is, should) = (trees(&doc, input), trees(&should, expected));
            if is != should {
                wrong.push(format!("{name}:\n is     {is:?}\n should {should:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
