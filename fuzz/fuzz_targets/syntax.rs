//! Any text: the parser never panics, every span lies in the text, formatting twice is formatting once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topoc::diag::Sink;
use topoc::source::{FileId, Source, Span};
use topoc::syntax;

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.kdl", text);
    let mut sink = Sink::default();
    let doc = syntax::parse(&source, FileId(0), &mut sink);
    let inside = |span: Span| assert!(text.get(span.range()).is_some(), "{span:?}");
    for node in &doc.nodes {
        inside(node.span);
        inside(node.name_span);
        node.block.into_iter().for_each(inside);
    }
    doc.entries.iter().for_each(|entry| inside(entry.span));
    for diag in sink.diags() {
        diag.labels.iter().for_each(|label| inside(label.span));
        diag.fix.iter().for_each(|fix| inside(fix.span));
    }
    match syntax::format(&source) {
        Some(once) => {
            let source = Source::new("fuzz.kdl", once);
            assert_eq!(syntax::format(&source).as_ref(), Some(&source.text));
        }
        None => assert!(sink.has_errors()),
    }
});
