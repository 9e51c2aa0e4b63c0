//! Writes problems as one SARIF 2.1.0 log (OASIS standard) for code scanning; draws nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Code, Context, Diag, json::level};
use crate::source::{Sources, Span};

/// The log of one run, indented, with a line end at the end.
///
/// Columns count Unicode code points, which `columnKind` declares (SARIF 3.14.27): the default unit is UTF-16.
/// `rules` holds only the codes that occur, in the order of their numbers.
pub fn render(diags: &[Diag], cx: Context) -> String {
    let codes: Vec<Code> = diags.iter().map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
    let rules: Vec<Value> = codes
        .iter()
        .map(|c| {
            let info = c.info();
            json!({
                "id": info.id,
                "name": info.name,
                "shortDescription": { "text": first_paragraph(info.page, info.name) },
                "defaultConfiguration": { "level": level(info.level) },
            })
        })
        .collect();
    let results: Vec<Value> = diags.iter().map(|d| result(d, &codes, cx.sources)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "topoc", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(diag: &Diag, codes: &[Code], sources: &Sources) -> Value {
    let info = diag.code.info();
    let mut text = diag.message.clone();
    for note in &diag.notes {
        text.push_str("\nnote: ");
        text.push_str(note);
    }
    if let Some(help) = &diag.help {
        text.push_str("\nhelp: ");
        text.push_str(help);
    }
    let mut out = json!({
        "ruleId": info.id,
        "ruleIndex": codes.iter().position(|c| *c == diag.code),
        "level": level(info.level),
        "message": { "text": text },
    });
    if let Some((first, others)) = diag.labels.split_first() {
        out["locations"] = json!([location(first.span, &first.text, sources)]);
        if !others.is_empty() {
            out["relatedLocations"] = others.iter().map(|l| location(l.span, &l.text, sources)).collect();
        }
    }
    if let Some(fix) = &diag.fix {
        out["fixes"] = json!([{
            "artifactChanges": [{
                "artifactLocation": artifact(fix.span, sources),
                "replacements": [{
                    "deletedRegion": region(fix.span, sources),
                    "insertedContent": { "text": fix.replacement },
                }],
            }],
        }]);
    }
    out
}

fn location(span: Span, text: &str, sources: &Sources) -> Value {
    let mut out = json!({
        "physicalLocation": { "artifactLocation": artifact(span, sources), "region": region(span, sources) },
    });
    if !text.is_empty() {
        out["message"] = json!({ "text": text });
    }
    out
}

fn artifact(span: Span, sources: &Sources) -> Value {
    json!({ "uri": uri(&sources.get(span.file).name) })
}

fn region(span: Span, sources: &Sources) -> Value {
    let source = sources.get(span.file);
    let (line, column) = source.line_col(span.start);
    let (end_line, end_column) = source.line_col(span.end);
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// A path as a URI reference (RFC 3986): absolute ones get the scheme `file`, other bytes than unreserved and `/` are
/// percent-encoded. A colon is encoded too: in the first part of a relative reference it would end a scheme.
fn uri(path: &str) -> String {
    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for b in path.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// The first paragraph after the heading of a code's page, on one line.
fn first_paragraph(page: &str, name: &str) -> String {
    let lines = page.lines().skip_while(|l| l.starts_with('#') || l.trim().is_empty());
    let words: Vec<&str> = lines.take_while(|l| !l.trim().is_empty()).flat_map(str::split_whitespace).collect();
    if words.is_empty() { name.to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code;
    use crate::source::Source;

    fn log(sources: &Sources, diags: &[Diag]) -> Value {
        serde_json::from_str(&render(diags, Context { sources, fancy: false, width: 80 })).unwrap()
    }

    #[test]
    fn rules_are_those_used() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("a b/lab.kdl", "\u{1f600} x\r\ny"));
        let diags = [
            Diag::new(code::E0102, "b").at(Span::new(file, 5, 6), "").fix(Span::new(file, 8, 9), "z"),
            Diag::new(code::E0101, "a").at(Span::new(file, 5, 9), "one").at(Span::new(file, 9, 9), "two").help("h"),
            Diag::new(code::E0102, "c"),
        ];
        let log = log(&sources, &diags);
        let run = &log["runs"][0];
        assert_eq!((&log["version"], &run["columnKind"]), (&json!("2.1.0"), &json!("unicodeCodePoints")));
        let driver = &run["tool"]["driver"];
        assert_eq!((&driver["name"], &driver["version"]), (&json!("topoc"), &json!(env!("CARGO_PKG_VERSION"))));
        let rules = driver["rules"].as_array().unwrap();
        assert_eq!(rules.iter().map(|r| r["id"].as_str().unwrap()).collect::<Vec<_>>(), ["E0101", "E0102"]);
        assert_eq!(rules[0]["name"], "unexpected-text");
        let short = rules[0]["shortDescription"]["text"].as_str().unwrap();
        assert!(!short.is_empty() && code::E0101.info().page.contains(short), "{short}");
        assert!(rules[0].get("helpUri").is_none());

        let results = run["results"].as_array().unwrap();
        assert_eq!(results.iter().map(|r| r["ruleIndex"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 0, 1]);
        // The smiley is one code point, two UTF-16 units: a reader without columnKind would be off by one.
        let place = |line: u32, column: u32, end_line: u32, end_column: u32| json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column });
        let physical = &results[0]["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "a%20b/lab.kdl");
        assert_eq!(physical["region"], place(1, 3, 1, 4));
        assert!(results[0]["locations"][0].get("message").is_none());
        let change = &results[0]["fixes"][0]["artifactChanges"][0];
        assert_eq!(change["replacements"][0]["deletedRegion"], place(2, 1, 2, 2));
        assert_eq!(change["replacements"][0]["insertedContent"]["text"], "z");

        assert_eq!(results[1]["message"]["text"], "a\nhelp: h");
        assert_eq!(results[1]["locations"][0]["physicalLocation"]["region"], place(1, 3, 2, 2));
        assert_eq!(results[1]["relatedLocations"][0]["message"]["text"], "two");
        assert_eq!(results[1]["relatedLocations"][0]["physicalLocation"]["region"], place(2, 2, 2, 2));
        assert!(results[2].get("locations").is_none());
    }

    #[test]
    fn nothing_wrong_is_a_log_too() {
        let log = log(&Sources::default(), &[]);
        assert_eq!(log["runs"][0]["results"], json!([]));
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"], json!([]));
    }

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("/srv/Köln%/x:y.kdl"), "file:///srv/K%C3%B6ln%25/x%3Ay.kdl");
        assert_eq!(uri("c:lab.kdl"), "c%3Alab.kdl");
    }
}
