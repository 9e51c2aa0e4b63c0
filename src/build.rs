//! The pipeline on one screen: text to diagnostics, topology and tree; reads no file, knows no clock.

use std::collections::BTreeMap;

use crate::decode::{Decoded, decode};
use crate::diag::{Diag, Sink, code};
use crate::emit::{Artifact, EMITTERS, Out};
use crate::ir::{Sealed, Topology};
use crate::pass::lock::Lock;
use crate::source::{Causes, FileId, Source, Sources};
use crate::syntax::Document;

/// What comes from outside: texts and the day.
#[derive(Debug)]
pub struct Input {
    /// The topology's name and text.
    pub topology: Source,
    /// The lock file's, when there is one.
    pub lock: Option<Source>,
    /// Today, `YEAR-MONTH-DAY`: it ends `allow-lint`s and retires consumers; it never changes a byte of the tree.
    pub today: String,
    /// Whether to emit; checks alone need no tree.
    pub emit: bool,
}

/// Everything that a build makes.
#[derive(Debug)]
pub struct Build {
    /// Texts that spans point into.
    pub sources: Sources,
    /// Problems, in the order of their places.
    pub diags: Vec<Diag>,
    /// What was decided.
    pub topology: Topology,
    /// Why: origins of every value.
    pub causes: Causes,
    /// The parsed file.
    pub document: Document,
    /// What the file says.
    pub decoded: Decoded,
    /// The lock as it was read.
    pub old_lock: Lock,
    /// The tree: sorted by path; empty when there are errors.
    pub tree: BTreeMap<String, Artifact>,
}

impl Build {
    /// Whether anything forbids writing.
    pub fn failed(&self) -> bool {
        self.diags.iter().any(|d| d.code.level() == crate::diag::Level::Error)
    }
}

/// Runs the pipeline.
pub fn build(input: Input) -> Build {
    build_without(input, &[])
}

/// Runs the pipeline deaf to some codes: for tests alone, which show that a case depends on the check that it is about.
/// With an error muted what comes out may be wrong, and must not be written.
pub fn build_without(input: Input, codes: &[&'static str]) -> Build {
    let mut sources = Sources::default();
    let mut sink = Sink::without(codes);
    let mut causes = Causes::default();
    let file = sources.add(input.topology);
    let lock_file = input.lock.map(|l| sources.add(l));

    let document = crate::syntax::parse(sources.get(file), file, &mut sink);
    let decoded = decode(&document, sources.get(file), file, &mut causes, &mut sink);
    let old_lock = lock_file.map_or_else(Lock::default, |l| Lock::parse(sources.get(l), l, &mut sink));
    let topology = crate::pass::resolve(&decoded, &old_lock, &mut causes, &mut sink);
    crate::lint::run(
        &crate::lint::Lints {
            facts: &decoded.facts,
            refs: &decoded.refs,
            topology: &topology,
            causes: &causes,
            today: &input.today,
        },
        &mut sink,
    );

    let mut tree = BTreeMap::new();
    if input.emit
        && let Some(sealed) = Sealed::new(&topology, &sink)
    {
        let artifacts = emit(&sealed, &document, &sources, file, &mut causes, &mut sink);
        crate::emit::demand::stated(&decoded.demands, &artifacts, &causes, &mut sink);
        crate::emit::demand::per_site(&topology, &artifacts, &causes, &mut sink);
        crate::prove::prove(&topology, &artifacts, &causes, &mut sink);
        for a in artifacts {
            if let Some(first) = tree.insert(a.path.clone(), a) {
                let d = Diag::new(code::E0607, format!("two emitters write {}", first.path))
                    .note(format!("one is {}", first.emitter));
                sink.report(d.help("this is a mistake in topoc, not in the topology: please report it"));
            }
        }
    }
    crate::lint::suppress(&decoded.facts, &causes, &input.today, &mut sink);
    // A permission for a lint that does not exist is an error too.
    if sink.has_errors() {
        tree.clear();
    }
    Build { sources, diags: sink.finish(), topology, causes, document, decoded, old_lock, tree }
}

fn emit(
    sealed: &Sealed<'_>,
    document: &Document,
    sources: &Sources,
    file: FileId,
    causes: &mut Causes,
    sink: &mut Sink,
) -> Vec<Artifact> {
    let parts = crate::emit::kube::spell(sealed);
    let mut out = Out::new(sealed, &parts, document, sources.get(file), causes, sink, file);
    for emitter in EMITTERS {
        out.run(emitter, sealed);
    }
    out.finish()
}
