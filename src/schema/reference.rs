//! The language for people and for editors: Markdown and JSON Schema, both made of the table and of nothing else.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use super::read::PARTIAL;
use super::say::expected;
use super::{Fate, FieldInfo, Forbidden, PortSpan, Shape, StatementInfo, TagRange, Ty, Value};

/// The language reference, from the statement that is the whole file: each statement with a table of what it may say.
///
/// `example` finds a statement of that path, as somebody wrote it: an outer statement shows what its inner ones look like
/// together, so an inner one whose example would be on the same page is not shown again.
pub fn markdown(root: &'static StatementInfo, example: &dyn Fn(&[&str]) -> Option<String>) -> String {
    let all = statements(root);
    let mut text = String::from(INTRODUCTION);
    for s in &all {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "\n{} {}\n\n{}",
            if s.path.len() > 1 { "###" } else { "##" },
            s.title(),
            paragraph(s.info.doc)
        );
        let fields = s.info.flat();
        if let Some(kdl) = example(&s.path).filter(|_| !s.path.is_empty()) {
            let _ = write!(text, "\n```kdl\n{kdl}```\n");
        }
        if s.info.free {
            continue;
        }
        text.push_str("\n| Word | Written | Value | Without it | What becomes of it | Meaning |\n| --- | --- | --- | --- | --- | --- |\n");
        for f in &fields {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} | {} | {} | {} |",
                f.word,
                cell(&written(f, s.info)),
                cell(&value(f, &all)),
                cell(f.otherwise.unwrap_or("**an error**")),
                fate(f.fate),
                cell(&paragraph(f.doc)),
            );
        }
        for f in &fields {
            let Ty::Word(words) = f.ty else { continue };
            let _ = writeln!(text, "\nValues of `{}`:\n", f.word);
            for (word, meaning) in words {
                let _ = writeln!(text, "* `\"{word}\"`: {meaning}");
            }
        }
    }
    text
}

const INTRODUCTION: &str = "<!-- Made from the table in src/ir/facts.rs and its folder; TOPOC_BLESS=1 cargo test --test house writes it. -->
# The topology language

A topology is one KDL 2 file of statements. Their order means nothing; a name may be used before the line that gives it.
`topoc fmt` lays a file out, `topoc explain` says what a message means, and this page says which words there are.

A fact is written in one way: as an argument (`vlan \"lab\"`), as a property (`id=204`), as a value in the block (`mtu 9000`), as a list in the block
(`ports \"eno1\" \"eno2\"`), as a flag in the block (`agent`, or `agent #false`), or as a statement of its own in the block.

What becomes of it: *in the tree* changes at least one line of what topoc writes, *checked* is read by checks only, *for readers* changes nothing.
";

/// A statement and where it stands first.
struct Place {
    info: &'static StatementInfo,
    path: Vec<&'static str>,
}

impl Place {
    fn title(&self) -> String {
        if self.path.is_empty() { "The file".into() } else { self.path.join(" ") }
    }

    fn key(&self) -> String {
        if self.path.is_empty() { "file".into() } else { self.path.join("-") }
    }
}

/// Every statement once, in the order of the table, the inner ones after the one that they stand in.
fn statements(root: &'static StatementInfo) -> Vec<Place> {
    let mut all = Vec::new();
    let mut open = vec![Place { info: root, path: Vec::new() }];
    while let Some(next) = open.pop() {
        if all.iter().any(|p: &Place| same(p.info, next.info)) {
            continue;
        }
        for field in next.info.flat().into_iter().rev() {
            if let Ty::Statement(info) = field.ty {
                let path = next.path.iter().copied().chain([field.word]).collect();
                open.push(Place { info, path });
            }
        }
        all.push(next);
    }
    all
}

/// Whether two rows are one: a constant may lie in memory twice, so its address says nothing.
fn same(a: &StatementInfo, b: &StatementInfo) -> bool {
    a.word == b.word && a.doc == b.doc
}

fn place<'a>(info: &'static StatementInfo, all: &'a [Place]) -> Option<&'a Place> {
    all.iter().find(|p| same(p.info, info))
}

/// A doc comment without its line breaks and its indentation.
fn paragraph(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A table's cell: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn written(f: &FieldInfo, info: &StatementInfo) -> String {
    let (word, sample) = (f.word, f.sample);
    match f.shape {
        Shape::Arg | Shape::Args if info.fields.first().is_some_and(|a| a.word == word) => {
            format!("`{} {sample}`", info.word)
        }
        Shape::Arg | Shape::Args => format!("`{} … {sample}`", info.word),
        Shape::Prop => format!("`{word}={sample}`"),
        Shape::Flag => format!("`{word}`"),
        Shape::Value | Shape::List if sample.is_empty() => "never".into(),
        Shape::Value | Shape::List => format!("`{word} {sample}`"),
        Shape::Child => "statement, at most one".into(),
        Shape::Children => "statements".into(),
        Shape::Inline => "the fields themselves".into(),
    }
}

fn value(f: &FieldInfo, all: &[Place]) -> String {
    let one = match f.ty {
        Ty::Statement(info) => match place(info, all) {
            Some(p) => format!("[{}](#{})", p.title(), p.key()),
            None => expected(f.ty),
        },
        ty => expected(ty),
    };
    match f.shape {
        Shape::Args | Shape::List => format!("one or more, each {one}"),
        _ => one,
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Emitted => "in the tree",
        Fate::Checked => "checked",
        Fate::Note => "for readers",
        Fate::Parts => "its parts",
    }
}

/// The language as JSON Schema 2020-12: a statement is an object, its words are the keys, what may come several times is
/// an array. It knows forms and ranges; names and addresses are `topoc check`'s to look up.
pub fn json_schema(root: &'static StatementInfo) -> Json {
    let all = statements(root);
    let inner = || all.iter().filter(|p| !p.path.is_empty());
    let whole = inner().map(|p| (p.key(), object(p.info, &all, p.info.word == PARTIAL)));
    let partial = statements(inner().find(|p| p.info.word == PARTIAL).map_or(root, |p| p.info));
    let partial = partial.iter().skip(1).filter_map(|p| place(p.info, &all));
    let defs: Map<String, Json> =
        whole.chain(partial.map(|p| (format!("{}{LESS}", p.key()), object(p.info, &all, true)))).collect();
    let mut schema = object(root, &all, false);
    if let Json::Object(schema) = &mut schema {
        schema.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
        schema.insert("$comment".into(), "Made from the table in src/ir/facts.rs.".into());
        schema.insert("title".into(), "topoc topology".into());
        schema.insert("$defs".into(), defs.into());
    }
    schema
}

/// What is appended to the key of a statement that is merged over another: only its names must be stated.
const LESS: &str = "-difference";

/// A statement; in one that is merged over another (`partial`), only arguments are required.
fn object(info: &'static StatementInfo, all: &[Place], partial: bool) -> Json {
    if info.free {
        return json!({ "type": "object", "description": paragraph(info.doc) });
    }
    let fields = info.flat();
    let properties: Map<String, Json> =
        fields.iter().map(|f| (f.word.to_string(), property(f, all, partial))).collect();
    let needed = |f: &&&FieldInfo| f.otherwise.is_none() && (!partial || f.shape == Shape::Arg);
    let required: Vec<&str> = fields.iter().filter(needed).map(|f| f.word).collect();
    json!({
        "type": "object",
        "description": paragraph(info.doc),
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(f: &FieldInfo, all: &[Place], partial: bool) -> Json {
    let one = match f.ty {
        Ty::Statement(info) => match place(info, all) {
            Some(p) => json!({ "$ref": format!("#/$defs/{}{}", p.key(), if partial { LESS } else { "" }) }),
            None => json!({}),
        },
        ty => scalar(ty),
    };
    let mut schema = match f.shape {
        Shape::Args | Shape::List | Shape::Children => json!({ "type": "array", "items": one, "minItems": 1 }),
        Shape::Arg | Shape::Prop | Shape::Value | Shape::Flag | Shape::Child | Shape::Inline => one,
    };
    if let Json::Object(schema) = &mut schema {
        let without = f.otherwise.map(|o| format!(" Without it: {o}.")).unwrap_or_default();
        schema.insert("description".into(), format!("{}{without}", paragraph(f.doc)).into());
        if let Some(sample) = sample(f) {
            schema.insert("examples".into(), json!([sample]));
        }
    }
    schema
}

/// A sample as JSON; statements have none.
fn sample(f: &FieldInfo) -> Option<Json> {
    let one = match f.sample {
        "" => return None,
        "#true" => Json::Bool(true),
        "#false" => Json::Bool(false),
        text => serde_json::from_str(text).ok()?,
    };
    Some(if matches!(f.shape, Shape::Args | Shape::List) { json!([one]) } else { one })
}

fn scalar(ty: Ty) -> Json {
    const NAME: &str = "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$";
    let is = |other: Ty| matches!((ty, other), (Ty::Form(a, _), Ty::Form(b, _)) if a == b);
    match ty {
        Ty::Text => json!({ "type": "string", "minLength": 1, "maxLength": 1024 }),
        Ty::Int(min, max, unit) => json!({ "type": "integer", "minimum": min, "maximum": max, "title": unit }),
        Ty::Bool => json!({ "type": "boolean" }),
        Ty::Word(words) => {
            let each: Vec<Json> = words.iter().map(|(w, m)| json!({ "const": w, "description": m })).collect();
            json!({ "oneOf": each })
        }
        // A secret never stands in the file, so nothing fits.
        Ty::Form(what, _) if is(Forbidden::TY) => json!({ "not": {}, "title": what }),
        Ty::Form(what, _) if is(TagRange::TY) || is(PortSpan::TY) => {
            json!({ "type": ["integer", "string"], "title": what })
        }
        Ty::Form(what, _) => json!({ "type": "string", "minLength": 1, "title": what }),
        Ty::Defines(_) | Ty::Ref(..) => json!({ "type": "string", "pattern": NAME, "title": expected(ty) }),
        Ty::Statement(_) => json!({}),
    }
}
