//! Lints of `raw`: keys that the consumer refuses or overlooks, though an old manual has them; a schema does not see these.

use super::{Lint, Lints};
use crate::consumer::{RAW_KEYS, RawFate, RawKnown, RawWhen};
use crate::diag::{Code, Diag, Sink, code};
use crate::ir::facts::{RawFacts, RawKey};

/// All of them.
pub(super) const LINTS: &[Lint] = &[known_keys];

/// E0614, E0615, L0616: a key of a fragment that its consumer refuses, overlooks, or will not have for long.
fn known_keys(x: &Lints<'_>, sink: &mut Sink) {
    let line = x.topology.targets.cluster.cilium.as_ref().map(|c| c.caps.line);
    for raw in &x.facts.raw {
        let Some((_, file)) = raw.path.as_ref().and_then(|p| p.v.split_once('/')) else { continue };
        for key in raw.with.iter().flat_map(|w| &w.keys) {
            for known in RAW_KEYS.iter().filter(|k| file.starts_with(k.file)) {
                let of_line = known.lines.is_empty() || line.is_some_and(|l| known.lines.contains(&l));
                if of_line && names(known, key) && holds(known, key, raw) {
                    sink.report(say(x, known, key, raw));
                }
            }
        }
    }
}

fn say(x: &Lints<'_>, known: &RawKnown, key: &RawKey, raw: &RawFacts) -> Diag {
    let word = key.path.join(".").replace(".-", "");
    let (code, what): (Code, String) = match known.fate {
        RawFate::Refused => (code::E0614, format!("`{word}` is refused")),
        RawFate::Inert => (code::E0615, format!("`{word}` does nothing")),
        RawFate::Trap => (code::L0616, format!("`{word}` will not do what it says")),
    };
    Diag::new(code, what).at(key.span, known.why).at(x.span(raw.at), "in this fragment").help(known.instead)
}

fn names(known: &RawKnown, key: &RawKey) -> bool {
    known.path.len() == key.path.len() && known.path.iter().zip(&key.path).all(|(k, p)| *k == "*" || k == p)
}

fn holds(known: &RawKnown, key: &RawKey, raw: &RawFacts) -> bool {
    // The items of a list stand below it.
    let items = || {
        let below = raw.with.iter().flat_map(|w| &w.keys).filter(|k| {
            k.path.len() == key.path.len() + 1
                && k.path.starts_with(&key.path)
                && k.path.last().is_some_and(|l| l == "-")
        });
        key.values.iter().chain(below.flat_map(|k| &k.values))
    };
    match known.when {
        RawWhen::Any => true,
        RawWhen::Is(values) => items().any(|v| values.contains(&v.as_str())),
        RawWhen::NotBoolean => !key.values.iter().all(|v| v == "true" || v == "false"),
        RawWhen::Has(parts) => {
            let deep = || raw.with.iter().flat_map(|w| &w.keys).filter(|k| k.path.starts_with(&key.path));
            deep().flat_map(|k| &k.values).any(|v| parts.iter().any(|p| v.contains(p)))
        }
        RawWhen::Empty => key.values.is_empty() && !key.block,
        RawWhen::Beside(path, values) => raw
            .with
            .iter()
            .flat_map(|w| &w.keys)
            .any(|k| k.path == path && (values.is_empty() || k.values.iter().any(|v| values.contains(&v.as_str())))),
    }
}
