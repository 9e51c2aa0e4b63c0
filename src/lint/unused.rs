//! Checks for names that are given and never used, where no file misses them; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;
use crate::schema::{Kind, Name};
use crate::source::Origin;

/// L0453: ways out that stand in for each other, and no rule takes them; secrets that nothing asks for. Of other names
/// nothing reaches a file, which is told as that.
pub fn names(x: &Lints<'_>, sink: &mut Sink) {
    let f = x.facts;
    let mut given: Vec<(Kind, &Name, Origin)> = Vec::new();
    let ways = f.firewall.iter().flat_map(|f| &f.ways_out);
    given.extend(ways.filter_map(|w| w.name.as_ref()).map(|n| (Kind::Ways, &n.v.0, n.at)));
    // A list of all secrets has each, used or not.
    given.extend(f.secret.iter().filter_map(|s| s.name.as_ref()).map(|n| (Kind::Secret, &n.v.0, n.at)));
    for (kind, name, at) in given {
        if x.refs.iter().any(|r| r.kinds.contains(&kind) && r.name == *name) {
            continue;
        }
        sink.report(
            Diag::new(code::L0453, format!("no statement uses {} \"{name}\"", kind.noun()))
                .at(x.span(at), "nothing comes of it")
                .help("use it, or remove it"),
        );
    }
}
