//! One folder an emitter: each spells what is decided, in the words of one consumer; none decides anything.

pub mod addresses;
pub mod alerts;
pub mod ansible;
pub mod applications;
pub mod argo_cd;
pub mod authentik;
pub mod cert_manager;
pub mod ci;
pub mod cilium;
pub mod cilium_lb;
pub mod clients;
pub mod copies;
pub mod dashboards;
pub mod demand;
pub mod diagrams;
pub mod expectations;
pub mod gateway;
pub mod handoff;
pub mod health;
pub mod ingress_nginx;
pub mod interfaces;
pub mod keepalived;
pub mod kube;
pub mod kubekey;
pub mod kustomize;
pub mod logging;
pub mod matrix;
pub mod metallb;
pub mod monitoring;
pub mod nested;
pub mod netplan;
pub mod network_policies;
pub mod opnsense;
pub mod readme;
pub mod rook;
pub mod runbooks;
pub mod terraform;
pub mod tracing;
pub mod ui;
pub mod velero;
pub mod vlans;
pub mod vyos;

use crate::diag::{Diag, Sink, code};
use crate::ir::{Sealed, Topology};
use crate::render::{Doc, Map, Text, Why, merge};
use crate::schema::Name;
use crate::source::{Causes, Origin, Rule, RuleDef, Source};
use crate::syntax::Document;

/// All emitters; the order is that of `generated/README.md`.
pub const EMITTERS: &[Emitter] = &[
    Emitter { meta: &terraform::META, plan: terraform::plan },
    Emitter { meta: &interfaces::META, plan: interfaces::plan },
    Emitter { meta: &netplan::META, plan: netplan::plan },
    Emitter { meta: &clients::META, plan: clients::plan },
    Emitter { meta: &keepalived::META, plan: keepalived::plan },
    Emitter { meta: &authentik::META, plan: authentik::plan },
    Emitter { meta: &copies::META, plan: copies::plan },
    Emitter { meta: &ansible::META, plan: ansible::plan },
    Emitter { meta: &vyos::META, plan: vyos::plan },
    Emitter { meta: &opnsense::META, plan: opnsense::plan },
    Emitter { meta: &kubekey::META, plan: kubekey::plan },
    Emitter { meta: &cilium::META, plan: cilium::plan },
    Emitter { meta: &cilium_lb::META, plan: cilium_lb::plan },
    Emitter { meta: &metallb::META, plan: metallb::plan },
    Emitter { meta: &cert_manager::META, plan: cert_manager::plan },
    Emitter { meta: &ingress_nginx::META, plan: ingress_nginx::plan },
    Emitter { meta: &gateway::META, plan: gateway::plan },
    Emitter { meta: &ui::META, plan: ui::plan },
    Emitter { meta: &health::META, plan: health::plan },
    Emitter { meta: &velero::META, plan: velero::plan },
    Emitter { meta: &rook::META, plan: rook::plan },
    Emitter { meta: &logging::META, plan: logging::plan },
    Emitter { meta: &tracing::META, plan: tracing::plan },
    Emitter { meta: &nested::META, plan: nested::plan },
    Emitter { meta: &network_policies::META, plan: network_policies::plan },
    Emitter { meta: &argo_cd::META, plan: argo_cd::plan },
    Emitter { meta: &alerts::META, plan: alerts::plan },
    Emitter { meta: &monitoring::META, plan: monitoring::plan },
    Emitter { meta: &dashboards::META, plan: dashboards::plan },
    Emitter { meta: &kustomize::META, plan: kustomize::plan },
    Emitter { meta: &applications::META, plan: applications::plan },
    Emitter { meta: &ci::META, plan: ci::plan },
    Emitter { meta: &addresses::META, plan: addresses::plan },
    Emitter { meta: &vlans::META, plan: vlans::plan },
    Emitter { meta: &diagrams::META, plan: diagrams::plan },
    Emitter { meta: &expectations::META, plan: expectations::plan },
    Emitter { meta: &matrix::META, plan: matrix::plan },
    Emitter { meta: &handoff::META, plan: handoff::plan },
    Emitter { meta: &runbooks::META, plan: runbooks::plan },
    Emitter { meta: &readme::META, plan: readme::plan },
];

/// An emitter: what is known of it, and its function.
#[derive(Copy, Clone, Debug)]
pub struct Emitter {
    /// What is known of it.
    pub meta: &'static Meta,
    /// Spells its artifacts.
    pub plan: fn(&Sealed<'_>, &mut Out<'_>),
}

/// What is known of an emitter: `generated/README.md` and the table in README.md are made from this.
#[derive(Debug)]
pub struct Meta {
    /// Its name, for `--only`.
    pub name: &'static str,
    /// What it writes, with `<machine>` where a name stands.
    pub writes: &'static str,
    /// What the files say: one sentence.
    pub what: &'static str,
    /// The program that reads them.
    pub reader: &'static str,
    /// How they are put in force: one sentence.
    pub apply: &'static str,
    /// The step in which they are put in force; equal steps are independent.
    pub step: u8,
    /// Section of the RFC.
    pub rfc: &'static str,
    /// Systems of RFC 1.3 that it configures, each with the file to look at first and the words of the language that turn it
    /// on: README.md has their table.
    pub systems: &'static [(&'static str, &'static str, &'static str)],
    /// Rules that its lines cite.
    pub rules: &'static [RuleDef],
    /// The block of those rules.
    pub block: u16,
}

/// The folder of all copies of machines' own files.
pub const FILES_DIR: &str = "terraform_ansible/ansible/files/";

/// Where the copy of a machine's own file is kept for Ansible to deliver: the rest of the path is the path on the machine.
pub fn on_machine(machine: &Name, path: &str) -> String {
    format!("{FILES_DIR}{machine}/{path}")
}

/// The reader that a file obeys: demands are met per site.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Site {
    /// A hypervisor or a machine.
    Machine(Name),
    /// The person who applies Terraform and Ansible.
    Workstation,
    /// A Kubernetes cluster.
    Cluster(Name),
    /// People who read.
    Reader,
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Site::Machine(name) => write!(f, "{name}"),
            Site::Cluster(name) => write!(f, "cluster {name}"),
            Site::Workstation => write!(f, "whoever applies the tree"),
            Site::Reader => write!(f, "people who read"),
        }
    }
}

/// A finished file.
#[derive(Debug)]
pub struct Artifact {
    /// Who made it.
    pub emitter: &'static str,
    /// Who obeys it.
    pub site: Site,
    /// Where it is in the tree: relative, with slashes.
    pub path: String,
    /// Its lines.
    pub text: Text,
    /// Whether it is a program.
    pub executable: bool,
}

/// How a document is printed.
#[derive(Clone, Debug)]
pub enum Format {
    /// YAML with these lines as comments above.
    Yaml(&'static [&'static str]),
    /// JSON.
    Json,
}

/// Takes the artifacts of an emitter: merges `raw`, prints, keeps.
pub struct Out<'a> {
    emitter: &'static str,
    /// What was printed so far.
    pub artifacts: Vec<Artifact>,
    raws: Vec<Raw<'a>>,
    /// The parts of all clusters, in their order.
    pub parts: &'a [kube::Spelled],
    /// Where problems of emission go.
    pub sink: &'a mut Sink,
    causes: &'a Causes,
}

struct Raw<'a> {
    path: &'a str,
    patch: Map,
    replaces: bool,
    at: Origin,
    used: bool,
}

impl<'a> Out<'a> {
    /// For all emitters of one build.
    pub fn new(
        topology: &'a Topology,
        parts: &'a [kube::Spelled],
        doc: &Document,
        source: &Source,
        causes: &'a mut Causes,
        sink: &'a mut Sink,
        file: crate::source::FileId,
    ) -> Self {
        let raws = topology
            .raws
            .iter()
            .map(|r| Raw {
                path: &r.path.v,
                patch: patch(doc, source, r.body, r.path.at, causes, file),
                replaces: r.replace.is_some(),
                at: r.at,
                used: false,
            })
            .collect();
        Out { emitter: "", artifacts: Vec::new(), raws, parts, sink, causes }
    }

    /// Runs one emitter.
    pub fn run(&mut self, emitter: &Emitter, sealed: &Sealed<'_>) {
        self.emitter = emitter.meta.name;
        (emitter.plan)(sealed, self);
    }

    /// Takes a structured file. The rule says why the file exists.
    pub fn doc(&mut self, site: Site, path: String, format: Format, doc: Map, rule: Rule) {
        self.spelled(site, path, format, &doc, rule);
    }

    /// As [`Out::doc`], of a file that others look at too.
    pub fn spelled(&mut self, site: Site, path: String, format: Format, doc: &Map, rule: Rule) {
        let mut patched: Option<Map> = None;
        for raw in self.raws.iter_mut().filter(|r| r.path == path) {
            raw.used = true;
            let met = merge(patched.get_or_insert_with(|| doc.clone()), raw.patch.clone());
            if !raw.replaces && !met.collisions.is_empty() {
                let mut d =
                    Diag::new(code::E0602, format!("`raw` changes `{}`, which topoc writes too", met.collisions[0]));
                if let Some(span) = self.causes.span(raw.at) {
                    d = d.at(span, format!("for {path}"));
                }
                for key in &met.collisions[1..] {
                    d = d.note(format!("it changes `{key}` too"));
                }
                self.sink.report(d.help(format!("raw \"{path}\" replace=\"why this must differ\"")));
            }
        }
        let doc = patched.as_ref().unwrap_or(doc);
        let text = match format {
            Format::Yaml(header) => crate::render::yaml(doc, header, rule),
            Format::Json => crate::render::json(doc, rule),
        };
        self.artifacts.push(Artifact { emitter: self.emitter, site, path, text, executable: false });
    }

    /// Takes a file of lines.
    pub fn text(&mut self, site: Site, path: String, text: Text) {
        self.artifacts.push(Artifact { emitter: self.emitter, site, path, text, executable: false });
    }

    /// Takes a program.
    pub fn program(&mut self, site: Site, path: String, text: Text) {
        self.artifacts.push(Artifact { emitter: self.emitter, site, path, text, executable: true });
    }

    /// Ends the build: reports each `raw` that met no structured file.
    pub fn finish(self) -> Vec<Artifact> {
        for raw in self.raws.iter().filter(|r| !r.used) {
            let as_lines = self.artifacts.iter().any(|a| a.path == raw.path);
            let what = if as_lines { "is a file of lines, not of keys" } else { "is not a file that topoc writes" };
            let mut d = Diag::new(code::E0603, format!("`raw`: {} {what}", raw.path));
            if let Some(span) = self.causes.span(raw.at) {
                d = d.at(span, "nothing would come of this");
            }
            let paths: Vec<&str> = self.artifacts.iter().map(|a| a.path.as_str()).collect();
            let help = match as_lines {
                true => Some("a `raw` changes YAML and JSON files: state this as facts, or remove it".into()),
                false => crate::schema::nearest(raw.path, &paths).map(|p| format!("did you mean \"{p}\"?")),
            };
            self.sink
                .report(d.help(help.unwrap_or_else(|| "topoc build lists the files in generated/MANIFEST".into())));
        }
        self.artifacts
    }
}

/// The keys and values of a `raw`: a node is a key; one argument is a value, several are a list, a block is a map, nodes
/// named `-` are list items. Each cites `path` too: without it, it would not be in this file.
fn patch(
    doc: &Document,
    source: &Source,
    node: crate::syntax::NodeId,
    path: Origin,
    causes: &mut Causes,
    file: crate::source::FileId,
) -> Map {
    let mut map = Map::new();
    for child in doc.children(node) {
        let n = doc.node(child);
        let key = doc.text(&source.text, n.name).to_string();
        let why = Why::from(causes.written(n.span)).also(path);
        let value = patch_value(doc, source, child, path, causes, file);
        map.entries.retain(|e| e.key != key);
        map.entries.push(crate::render::Entry { key: key.into(), why, doc: value, comment: None });
    }
    map
}

fn patch_value(
    doc: &Document,
    source: &Source,
    id: crate::syntax::NodeId,
    path: Origin,
    causes: &mut Causes,
    file: crate::source::FileId,
) -> Doc {
    use crate::syntax::Literal;
    let literal = |l: &crate::syntax::Entry| match l.value {
        Literal::Str { text, .. } => Doc::Str(doc.text(&source.text, text).into()),
        Literal::Int(n) => i64::try_from(n).map_or_else(|_| Doc::Str(n.to_string().into()), Doc::Int),
        Literal::Float(_) => Doc::Str(source.text[l.span.range()].into()),
        Literal::Bool(b) => Doc::Bool(b),
        Literal::Null | Literal::Broken => Doc::Null,
    };
    let entries = doc.entries(id);
    let children: Vec<_> = doc.children(id).collect();
    let items = children.iter().filter(|c| doc.text(&source.text, doc.node(**c).name) == "-").count();
    if !children.is_empty() && items == children.len() {
        let mut list = crate::render::List::new();
        for c in children {
            let why = Why::from(causes.written(doc.node(c).span)).also(path);
            list.push((patch_value(doc, source, c, path, causes, file), why));
        }
        return Doc::List(list);
    }
    if !children.is_empty() {
        return Doc::Map(patch(doc, source, id, path, causes, file));
    }
    match entries {
        [] => Doc::Map(Map::new()),
        [one] => literal(one),
        many => {
            let mut list = crate::render::List::new();
            for e in many {
                let why = Why::from(causes.written(e.span)).also(path);
                list.push((literal(e), why));
            }
            Doc::List(list)
        }
    }
}
