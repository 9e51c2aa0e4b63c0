//! Any text through the whole pipeline: no panic; with errors no tree; without, every file ends in a line feed and each line has a cause.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topoc::build::{Input, build};
use topoc::source::Source;

fuzz_target!(|text: &str| {
    let topology = Source::new("fuzz.kdl", text);
    let built = build(Input { topology, lock: None, today: "2026-01-01".into(), emit: true });
    if built.failed() {
        assert!(built.tree.is_empty());
    }
    for artifact in built.tree.values() {
        assert!(artifact.text.text.ends_with('\n'), "{}", artifact.path);
        assert_eq!(artifact.text.lines(), artifact.text.text.lines().count(), "{}", artifact.path);
        assert!((0..artifact.text.lines()).all(|n| !artifact.text.why(n).is_empty()), "{}", artifact.path);
    }
});
