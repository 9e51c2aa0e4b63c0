//! What the reader says of a field: what was expected, an example, a line to type; reads nothing.

use super::{FieldInfo, Shape, SshKey, StatementInfo, Ty, Value, article};
use crate::diag::{Diag, code};
use crate::source::Span;
use crate::syntax::Entry;

/// What messages call a type.
pub(super) fn expected(ty: Ty) -> String {
    match ty {
        Ty::Text => "a text".into(),
        Ty::Int(min, max, unit) => format!("a whole number from {min} to {max} ({unit})"),
        Ty::Bool => "`#true` or `#false`".into(),
        Ty::Word(words) => words.iter().map(|(w, _)| format!("\"{w}\"")).collect::<Vec<_>>().join(" or "),
        Ty::Form(what, _) => what.into(),
        Ty::Defines(kind) => format!("the name of {} {}", article(kind.noun()), kind.noun()),
        Ty::Ref(kinds, words) => {
            let kinds = kinds.iter().map(|k| k.noun()).collect::<Vec<_>>().join(", ");
            let words: String = words.iter().map(|w| format!(" or \"{w}\"")).collect();
            format!("the name of {} {kinds}{words}", article(&kinds))
        }
        Ty::Statement(info) => format!("`{}`", info.word),
    }
}

pub(super) fn secret(word: &str, at: Span) -> Diag {
    Diag::new(code::E0212, format!("`{word}` holds a secret"))
        .at(at, "it would be in the repository for ever")
        .note(
            "a secret is named in the topology and read at the time of use; if this one was ever committed, change it",
        )
        .help("secret \"vrrp\" { from \"sops\" \"secrets/net.yaml\" \"vrrp\" }")
}

/// Signs that other languages and word processors put around a text; to KDL they are letters.
pub(super) const OTHER_QUOTES: [char; 8] =
    ['\'', '`', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}', '\u{ab}'];

pub(super) fn other_quotes(text: &str, entry: &Entry, field: &FieldInfo) -> Diag {
    let d = Diag::new(code::E0205, format!("bad value for `{}`: its quotes are not KDL's", field.word))
        .at(entry.span, format!("{} is expected", expected(field.ty)));
    let inner = text.trim_matches(|c| OTHER_QUOTES.contains(&c) || c == '\u{bb}');
    let closed = text.chars().count() > 1 && text.ends_with(|c| OTHER_QUOTES.contains(&c) || c == '\u{bb}');
    match closed && !inner.is_empty() && !inner.contains(['\\', '"']) {
        true => d.help(format!("use double quotes: \"{inner}\"")).fix(entry.span, format!("\"{inner}\"")),
        false => d.help("use double quotes"),
    }
}

pub(super) fn placeholder(entry: &Entry, field: &FieldInfo) -> Diag {
    Diag::new(code::E0211, format!("`{}` still has a placeholder", field.word))
        .at(entry.span, "somebody meant to replace this")
        .help(example(field))
}

pub(super) fn example(field: &FieldInfo) -> String {
    match (field.ty, <SshKey as Value>::TY) {
        // A sample of a key would let somebody else in.
        (Ty::Form(what, _), Ty::Form(key, _)) if what == key => "cat ~/.ssh/id_ed25519.pub".into(),
        _ => format!("for example {}", field.sample),
    }
}

/// A name, as it is asked for: which of those of a file is meant only its author knows, and a sample's name is of another
/// file. Words that stand for something built in are told where they are few.
fn wanted(ty: Ty) -> String {
    match ty {
        Ty::Ref(kinds, words) if words.len() > 3 => expected(Ty::Ref(kinds, &[])),
        _ => expected(ty),
    }
}

pub(super) fn help_for(field: &FieldInfo) -> String {
    match (field.ty, field.shape) {
        (Ty::Ref(..), Shape::Prop) => return format!("add `{}=` and {}", field.word, wanted(field.ty)),
        (Ty::Ref(..), Shape::Arg | Shape::Args) => return format!("add {}", wanted(field.ty)),
        (Ty::Ref(..), _) => return format!("add `{}` and {}", field.word, wanted(field.ty)),
        (Ty::Statement(info), _) if refers(info) => {
            return format!("add `{}`: {}", info.word, needs(info).join(", "));
        }
        _ => {}
    }
    match field.shape {
        Shape::Prop => format!("add {}={}", field.word, field.sample),
        Shape::Arg | Shape::Args => format!("add {}", field.sample),
        Shape::Child | Shape::Children | Shape::Inline => match field.ty {
            Ty::Statement(info) => format!("add {}", usage(info)),
            _ => format!("add {}", field.word),
        },
        Shape::Value | Shape::List | Shape::Flag => format!("add {} {}", field.word, field.sample),
    }
}

/// What a value is corrected to: an example, or which name is wanted.
pub(super) fn instead(field: &FieldInfo) -> String {
    match field.ty {
        Ty::Ref(..) => format!("`{}` and {}", field.word, wanted(field.ty)),
        _ => format!("{} {}", field.word, field.sample),
    }
}

/// What a statement must have.
fn required(info: &'static StatementInfo) -> Vec<&'static FieldInfo> {
    info.flat().into_iter().filter(|f| f.otherwise.is_none() || f.shape == Shape::Arg).collect()
}

/// Whether a statement must name something of the file.
fn refers(info: &'static StatementInfo) -> bool {
    required(info).iter().any(|f| match f.ty {
        Ty::Ref(..) => true,
        Ty::Statement(inner) => refers(inner),
        _ => false,
    })
}

/// What a statement must have, in words.
fn needs(info: &'static StatementInfo) -> Vec<String> {
    let say = |f: &&FieldInfo| match (f.ty, f.shape) {
        (_, Shape::Arg | Shape::Args) => wanted(f.ty),
        (Ty::Statement(_), _) => format!("`{}`", f.word),
        (_, Shape::Prop) => format!("`{}=` with {}", f.word, wanted(f.ty)),
        (_, Shape::Flag) => format!("`{}`", f.word),
        _ => format!("`{}` with {}", f.word, wanted(f.ty)),
    };
    required(info).iter().map(say).collect()
}

/// A statement with what it must have, as it can be typed.
pub(super) fn usage(info: &'static StatementInfo) -> String {
    let mut line = info.word.to_string();
    let mut block = Vec::new();
    for f in info.flat() {
        if f.otherwise.is_some() && f.shape != Shape::Arg {
            continue;
        }
        match f.shape {
            Shape::Arg | Shape::Args => line.push_str(&format!(" {}", f.sample)),
            Shape::Prop => line.push_str(&format!(" {}={}", f.word, f.sample)),
            Shape::Value | Shape::List => block.push(format!("{} {}", f.word, f.sample)),
            Shape::Flag => block.push(f.word.to_string()),
            Shape::Child | Shape::Children | Shape::Inline => {
                if let Ty::Statement(inner) = f.ty {
                    block.push(usage(inner));
                }
            }
        }
    }
    if !block.is_empty() {
        line.push_str(&format!(" {{ {} }}", block.join("; ")));
    }
    line
}
