//! Pass: expectations with groups, services and names resolved; knows no rule and no policy.

use super::super::{Cx, Index};
use super::allows::{places, ports};
use crate::ir::facts::*;
use crate::ir::*;

/// All of them that say enough, ordered by name.
pub fn expects(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Expect> {
    let mut all: Vec<Expect> = facts.expect.iter().filter_map(|e| expect(e, facts, index, t, cx)).collect();
    all.sort_by(|a, b| (&a.name.v, a.verdict.v).cmp(&(&b.name.v, b.verdict.v)));
    all
}

fn expect(e: &ExpectFacts, facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<Expect> {
    let ExpectFacts { at, verdict, name, from, to, service } = e;
    let (from, to) = (from.as_ref()?, to.as_ref()?);
    let from = places(&from.zones, from.at, facts, index, t, cx);
    let to = places(&to.zones, to.at, facts, index, t, cx);
    let service = ports(service, facts, cx);
    Some(Expect { verdict: (*verdict)?, name: name.clone()?, from: from?, to: to?, service: service?, at: *at })
}
