//! Checks for names that are given and never used; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;
use crate::schema::{Kind, Name};
use crate::source::Origin;

/// L0453: a name for places, ports or hours that no statement uses.
pub fn names(x: &Lints<'_>, sink: &mut Sink) {
    let f = x.facts;
    let mut given: Vec<(Kind, &Name, Origin)> = Vec::new();
    given.extend(f.group.iter().filter_map(|g| g.name.as_ref()).map(|n| (Kind::Group, &n.v.0, n.at)));
    given.extend(f.service.iter().filter_map(|s| s.name.as_ref()).map(|n| (Kind::Service, &n.v.0, n.at)));
    given.extend(f.schedule.iter().filter_map(|s| s.name.as_ref()).map(|n| (Kind::Schedule, &n.v.0, n.at)));
    let ways = f.firewall.iter().flat_map(|f| &f.ways_out);
    given.extend(ways.filter_map(|w| w.name.as_ref()).map(|n| (Kind::Ways, &n.v.0, n.at)));
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
