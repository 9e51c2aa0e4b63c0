//! Pass: who knows people: the machine, the name that browsers know it by, the groups; spells nothing.

use super::{Cx, Index};
use crate::diag::{Diag, code};
use crate::ir::facts::{Facts, IdentityServerFacts};
use crate::ir::*;
use crate::schema::{Domain, Name};
use crate::source::Sp;

crate::rules! {
    62;
    OWN_NAME = "people know it by the machine's name in the topology's domain, as nothing else is stated" @ "RFC 3.2.1; language reference";
}

/// All of them that say enough, ordered by name.
pub fn decide(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<IdentityServer> {
    let mut all: Vec<IdentityServer> = facts.identity.iter().filter_map(|i| identity(i, facts, index, t, cx)).collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

fn identity(
    i: &IdentityServerFacts,
    facts: &Facts,
    index: &Index,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> Option<IdentityServer> {
    let IdentityServerFacts { at, name, machine, host, group } = i;
    let (name, machine) = (name.as_ref()?, machine.as_ref()?);
    let id = Some(index.machine(&machine.v.0)).filter(|m| m.is_known())?;
    let domain = t.meta.as_ref().and_then(|m| m.domain.as_ref());
    let host = match (host, domain) {
        (Some(host), _) => host.clone(),
        (None, Some(d)) => cx.make(Domain(format!("{}.{}", machine.v.0, d.v).into()), OWN_NAME, &[machine.at, d.at]),
        (None, None) => {
            let at = cx.span(*at);
            cx.report(
                Diag::new(code::E1200, format!("nobody knows the name of {}", name.v.0))
                    .at(at, "the topology has no domain, and no `host` is stated")
                    .help("host \"login.example.net\""),
            );
            return None;
        }
    };
    let mut groups: Vec<Sp<Name>> =
        group.iter().filter_map(|g| g.name.as_ref()).map(|n| Sp::new(n.v.0.clone(), n.at)).collect();
    groups.sort_by(|a, b| a.v.cmp(&b.v));
    Some(IdentityServer {
        name: Sp::new(name.v.0.clone(), name.at),
        machine: Sp::new(id, machine.at),
        version: facts.versions.as_ref()?.authentik.clone()?,
        host,
        groups,
        at: *at,
    })
}
