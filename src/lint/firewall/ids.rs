//! Checks of a firewall's intrusion detection: policies that are never asked; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::ir::IdsPolicy;
use crate::lint::Lints;

/// All of them.
pub const LINTS: &[super::Lint] = &[never_asked];

/// L1196: the first policy that a rule fits decides, so none behind one for all of its rules is asked.
fn never_asked(x: &Lints<'_>, sink: &mut Sink) {
    for ids in x.topology.firewalls.iter().filter_map(|f| f.layer.ids.as_ref()) {
        // One whose sets are all unknown, which was reported, is not for all of them.
        let stated = || x.facts.firewall.iter().flat_map(|f| &f.ids).flat_map(|i| &i.policy);
        let lost = |p: &IdsPolicy| {
            let here = |name: &crate::source::Sp<crate::schema::Label>| name.at == p.name.at;
            p.rulesets.is_empty() && stated().any(|f| f.name.as_ref().is_some_and(here) && !f.rules.is_empty())
        };
        for (i, p) in ids.policies.iter().enumerate().filter(|(_, p)| !lost(p)) {
            let Some(first) = ids.policies[..i].iter().find(|o| o.order.v < p.order.v && !lost(o) && holds(o, p))
            else {
                continue;
            };
            sink.report(
                Diag::new(code::L1196, format!("policy \"{}\" decides nothing", p.name.v.0))
                    .at(x.span(p.name.at), "none of its rules is left")
                    .at(x.span(first.name.at), "this comes first and decides them all")
                    .help(format!(
                        "order={} for \"{}\", or narrow it by `rules` and `of`",
                        after(&ids.policies),
                        first.name.v.0
                    )),
            );
        }
    }
}

/// Whether a policy fits every rule that another fits; nothing stated is all of them.
fn holds(first: &IdsPolicy, p: &IdsPolicy) -> bool {
    let sets = first.rulesets.is_empty()
        || !p.rulesets.is_empty() && p.rulesets.iter().all(|s| first.rulesets.iter().any(|o| o.v == s.v));
    let of = first.of.is_empty() || !p.of.is_empty() && p.of.iter().all(|a| first.of.iter().any(|o| o.v == a.v));
    sets && of
}

/// A position behind all of them.
fn after(all: &[IdsPolicy]) -> u32 {
    all.iter().map(|p| u32::from(p.order.v)).max().unwrap_or(0) + 1
}
