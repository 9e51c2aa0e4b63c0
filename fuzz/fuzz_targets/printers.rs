//! Any text as key and value: YAML and JSON read back by parsers that are not ours give the same text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topoc::render::{Doc, Entry, Map, Why, json, yaml};

fuzz_target!(|text: &str| {
    let rule = topoc::emit::addresses::PLAN;
    let mut map = Map::new();
    let value = Doc::Str(text.into());
    map.entries.push(Entry { key: text.to_string().into(), why: Why::from(rule), doc: value, comment: None });
    let read: serde_json::Value = serde_json::from_str(&json(&map, rule).text).expect("JSON");
    assert_eq!(read[text], text);
    let read: serde_json::Value = serde_yaml::from_str(&yaml(&map, &[], rule).text).expect("YAML");
    assert_eq!(read[text], text);
});
