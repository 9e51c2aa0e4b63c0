//! Line-oriented files from minijinja templates, with an origin for every line; the only module that knows minijinja.

use std::fmt;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::{Composed, Text};
use crate::source::{Origin, Rule};

/// A value for a template.
#[derive(Clone, Debug)]
pub enum Val {
    /// A text with its origins; it can only be printed through a filter that quotes, unless its type is an atom.
    One(Composed),
    /// A condition; never printed.
    Flag(bool),
    /// A list.
    Many(Vec<Val>),
    /// Named values.
    Record(Vec<(&'static str, Val)>),
}

impl From<Composed> for Val {
    fn from(c: Composed) -> Val {
        Val::One(c)
    }
}

/// Starts a mark: no value can hold this character, all types refuse control characters.
const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// Renders a template; every line cites `rule` and the origins of the values in it.
///
/// # Panics
/// When the template itself is wrong: it is part of topoc, so each one is rendered by a test.
pub fn render(name: &'static str, template: &'static str, rule: Rule, values: &[(&'static str, Val)]) -> Text {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_syntax(syntax());
    env.set_formatter(print);
    env.add_filter("md", |v: &Value| filter(v, markdown));
    env.add_filter("sh", |v: &Value| filter(v, shell));
    let mut table = Vec::new();
    let record = object(values, &mut table);
    let out = env.render_named_str(name, template, record);
    let out = match out {
        Ok(out) => out,
        Err(e) => panic!("template {name}: {e}"),
    };
    let mut text = Text::new();
    for line in out.lines() {
        let mut plain = String::with_capacity(line.len());
        let mut why = vec![rule.origin()];
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(OPEN) {
            plain.push_str(before);
            let (number, after) = after.split_once(CLOSE).unwrap_or(("", after));
            if let Some(origins) = number.parse::<usize>().ok().and_then(|n| table.get(n)) {
                why.extend_from_slice(origins);
            }
            rest = after;
        }
        plain.push_str(rest);
        text.push_raw(plain.trim_end(), why.into_iter());
    }
    text
}

/// Delimiters that neither shell nor Ansible's own Jinja uses: `<{ value }>`, `<% if %>`, `<# remark #>`.
fn syntax() -> SyntaxConfig {
    SyntaxConfig::builder()
        .variable_delimiters("<{", "}>")
        .block_delimiters("<%", "%>")
        .comment_delimiters("<#", "#>")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .expect("six different delimiters")
}

/// A text and where its origins are in the table of one rendering.
#[derive(Debug)]
struct Marked {
    text: String,
    number: usize,
}

impl Object for Marked {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}{CLOSE}{}", self.number, self.text)
    }
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

fn object(values: &[(&'static str, Val)], table: &mut Vec<Vec<Origin>>) -> Value {
    values.iter().map(|(k, v)| (*k, value(v, table))).collect::<std::collections::BTreeMap<_, _>>().into()
}

fn value(val: &Val, table: &mut Vec<Vec<Origin>>) -> Value {
    match val {
        Val::One(c) => {
            table.push(c.why.clone());
            Value::from_object(Marked { text: c.text.clone(), number: table.len() - 1 })
        }
        Val::Flag(b) => Value::from(*b),
        Val::Many(list) => list.iter().map(|v| value(v, table)).collect::<Vec<_>>().into(),
        Val::Record(fields) => object(fields, table),
    }
}

/// Prints texts only: a boolean, a number of Jinja's own, a list or nothing at all in a file is a mistake of the template.
fn print(out: &mut minijinja::Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.downcast_object_ref::<Marked>().is_some() || value.as_str().is_some() {
        return out.write_str(&value.to_string()).map_err(Error::from);
    }
    Err(Error::new(ErrorKind::InvalidOperation, format!("{} prints a {}", state.name(), value.kind())))
}

fn filter(v: &Value, quote: fn(&str) -> String) -> Result<Value, Error> {
    match v.downcast_object_ref::<Marked>() {
        Some(m) => Ok(Value::from_object(Marked { text: quote(&m.text), number: m.number })),
        None => Err(Error::new(ErrorKind::InvalidOperation, "a filter that quotes takes a text")),
    }
}

/// Quotes for Markdown, table cells included (CommonMark 0.31 section 2.4).
fn markdown(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Quotes for a POSIX shell.
fn shell(s: &str) -> String {
    format!("'{}'", s.replace('\'', "'\\''"))
}
