//! Writes problems as JSON lines for programs; draws nothing.

use serde::Serialize;

use super::{Context, Diag, Level};
use crate::source::{Sources, Span};

/// One JSON object a line and problem, in the order given; empty when there are none.
///
/// Lines and columns count from 1, columns count characters (Unicode scalar values); `offset` and `length` count bytes
/// of UTF-8; an end is the first place after the span.
pub fn render(diags: &[Diag], cx: Context) -> String {
    let mut out = String::new();
    for diag in diags {
        let info = diag.code.info();
        let problem = Problem {
            code: info.id,
            name: info.name,
            level: level(info.level),
            message: &diag.message,
            labels: diag.labels.iter().map(|l| LabelOut { place: place(l.span, cx.sources), text: &l.text }).collect(),
            notes: &diag.notes,
            help: diag.help.as_deref(),
            fix: diag.fix.as_ref().map(|f| FixOut { place: place(f.span, cx.sources), replacement: &f.replacement }),
        };
        // Strings and numbers only: serde_json has no error for them.
        out.push_str(&serde_json::to_string(&problem).unwrap_or_default());
        out.push('\n');
    }
    out
}

/// The word for a level, the same in JSON lines and in SARIF (`result.level`).
pub(super) fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    name: &'a str,
    level: &'a str,
    message: &'a str,
    labels: Vec<LabelOut<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    fix: Option<FixOut<'a>>,
}

#[derive(Serialize)]
struct LabelOut<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct FixOut<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    offset: u32,
    length: u32,
}

fn place(span: Span, sources: &Sources) -> Place<'_> {
    let source = sources.get(span.file);
    let (line, column) = source.line_col(span.start);
    let (end_line, end_column) = source.line_col(span.end);
    Place { file: &source.name, line, column, end_line, end_column, offset: span.start, length: span.end - span.start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code;
    use crate::source::Source;
    use serde_json::{Value, json};

    #[test]
    fn an_object_a_line() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("lab.kdl", "\"é\" x\r\n\ty"));
        let diags = [
            Diag::new(code::E0101, "two\nlines")
                .at(Span::new(file, 5, 10), "from x to y")
                .at(Span::new(file, 10, 10), ""),
            Diag::new(code::E0102, "m").note("n").help("h").fix(Span::new(file, 0, 4), "\"\u{1b}\""),
        ];
        let out = render(&diags, Context { sources: &sources, fancy: true, width: 1 });
        let lines: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert!(out.ends_with("}\n"));
        assert_eq!(
            lines,
            [
                json!({
                    "code": "E0101", "name": "unexpected-text", "level": "error", "message": "two\nlines",
                    "labels": [
                        { "file": "lab.kdl", "line": 1, "column": 5, "end_line": 2, "end_column": 3,
                          "offset": 5, "length": 5, "text": "from x to y" },
                        { "file": "lab.kdl", "line": 2, "column": 3, "end_line": 2, "end_column": 3,
                          "offset": 10, "length": 0, "text": "" },
                    ],
                    "notes": [], "help": null, "fix": null,
                }),
                json!({
                    "code": "E0102", "name": "bare-keyword", "level": "error", "message": "m",
                    "labels": [], "notes": ["n"], "help": "h",
                    "fix": { "file": "lab.kdl", "line": 1, "column": 1, "end_line": 1, "end_column": 4,
                             "offset": 0, "length": 4, "replacement": "\"\u{1b}\"" },
                }),
            ]
        );
        assert_eq!(render(&[], Context { sources: &sources, fancy: false, width: 80 }), "");
    }

    #[test]
    fn an_empty_file_has_a_first_place() {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("lab.kdl", ""));
        let diag = Diag::new(code::E0101, "m").at(Span::new(file, 0, 0), "");
        let out = render(&[diag], Context { sources: &sources, fancy: false, width: 80 });
        let value: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&value["labels"][0]["line"], &value["labels"][0]["column"]), (&json!(1), &json!(1)));
    }
}
