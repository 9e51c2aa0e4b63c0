//! What is allowed and refused, alike: which pairs of places meet a firewall, and which meet none; reports nothing.

use super::place::{Atom, Entry, Ground, Miss};
use crate::ir::facts::{Facts, ZonesFacts};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// An `allow` or a `deny`.
pub struct Statement<'a> {
    /// What for.
    pub name: &'a Sp<Text>,
    /// The name of what is made from it.
    pub slug: &'a Sp<Name>,
    /// Who opens the connection.
    pub from: &'a [PolicyZone],
    /// Who answers.
    pub to: &'a [PolicyZone],
    /// By what.
    pub service: &'a Ports,
    /// Whether requests are read, and where that is said.
    pub http: Option<Origin>,
    /// The word that logs show.
    pub log: Option<&'a Sp<LogWord>>,
    /// The way out.
    pub via: Option<&'a Sp<WayRef>>,
    /// When.
    pub schedule: Option<Sp<u32>>,
    /// How much.
    pub limit: Option<&'a Limit>,
    /// Whether a part of the platform needs it and nobody wrote it.
    pub derived: bool,
    /// What whoever asks gets to hear, of a refusal.
    pub deny: Option<DenyAnswer>,
    /// Why that.
    pub answer_at: Origin,
    /// Where the statement is.
    pub at: Origin,
    /// What it says of both ends.
    ends: Option<(&'a ZonesFacts, &'a ZonesFacts)>,
}

/// All of them, refusals first.
pub fn all<'a>(facts: &'a Facts, t: &'a Topology) -> Vec<Statement<'a>> {
    let mut all = Vec::new();
    for d in &t.denies {
        let Deny { name, slug, from, to, service, answer, log, schedule, at } = d;
        let said = facts.deny.iter().find(|f| f.at == *at);
        all.push(Statement {
            name,
            slug,
            from,
            to,
            service,
            http: None,
            log: log.as_ref(),
            via: None,
            schedule: *schedule,
            limit: None,
            derived: false,
            deny: Some(answer.v),
            answer_at: answer.at,
            at: *at,
            ends: said.and_then(|f| Some((&f.from.as_ref()?.zones, &f.to.as_ref()?.zones))),
        });
    }
    for a in &t.allows {
        let Allow { name, slug, from, to, service, http, log, via, schedule, limit, derived, at } = a;
        let said = facts.allow.iter().find(|f| f.at == *at);
        all.push(Statement {
            name,
            slug,
            from,
            to,
            service,
            http: http.first().map(|h| h.at),
            log: log.as_ref(),
            via: via.as_ref(),
            schedule: *schedule,
            limit: limit.as_ref(),
            derived: *derived,
            deny: None,
            answer_at: *at,
            at: *at,
            ends: said.and_then(|f| Some((&f.from.as_ref()?.zones, &f.to.as_ref()?.zones))),
        });
    }
    all
}

impl Statement<'_> {
    /// Whether pods are at one end: policies of their cluster hold there.
    pub fn concerns_pods(&self) -> bool {
        self.from.iter().chain(self.to).any(|z| matches!(z, PolicyZone::Pods(_)))
    }

    /// What messages call it.
    pub fn word(&self) -> &'static str {
        if self.deny.is_some() { "deny" } else { "allow" }
    }

    /// The group that alone makes up an end, and of how many atoms it is as a target.
    pub fn group(&self, ground: &Ground<'_>, from: bool, cx: &mut Cx<'_>) -> Option<(String, usize)> {
        let (a, b) = self.ends?;
        let (said, zones) = if from { (a, self.from) } else { (b, self.to) };
        let [group] = said.group.as_slice() else { return None };
        let through = zones.iter().all(|z| match cx.causes.get(z.at()) {
            Some(crate::source::Cause::Derived { from, .. }) => from.contains(&group.at),
            Some(crate::source::Cause::Written(_)) | None => false,
        });
        // Patterns are no rules, so a group is whole without them.
        let ruled = zones.iter().filter(|z| !matches!(z, PolicyZone::Name(n) if n.v.contains('*')));
        let count = ruled.map(|z| ground.targets(z, cx).len()).sum();
        through.then(|| (group.v.0.to_string(), count))
    }

    /// All that it says and that a rule would show.
    pub fn origins(&self) -> Vec<Origin> {
        let mut all = vec![self.name.at, self.at, self.answer_at];
        all.extend(self.from.iter().chain(self.to).map(PolicyZone::at));
        all.extend(self.service.ports.iter().map(|(_, s)| s.at));
        all.extend(self.service.icmp.iter().map(|s| s.at));
        all.extend(self.service.protocols.iter().map(|s| s.at));
        all.extend(&self.service.at);
        all.extend(self.log.map(|l| l.at));
        all.extend(self.via.map(|l| l.at));
        all.extend(self.schedule.map(|l| l.at));
        if let Some(Limit { connections, rate, packets }) = self.limit {
            all.extend(connections.map(|c| c.at));
            all.extend(rate.iter().chain(packets).flat_map(|(n, s)| [n.at, s.at]));
        }
        all
    }
}

/// A pair that meets a firewall.
pub struct Hit {
    /// Where.
    pub entry: Entry,
    /// With which addresses.
    pub source: Atom,
    /// For which.
    pub target: Atom,
    /// Number in `from`.
    pub from: usize,
    /// Number in `to`.
    pub to: usize,
}

/// A part of a pair that meets none.
pub struct Missed {
    /// Number in `from`.
    pub from: usize,
    /// Number in `to`.
    pub to: usize,
    /// Why.
    pub why: Miss,
    /// Whether other parts of the pair meet one.
    pub in_part: bool,
}

/// All pairs of a statement.
pub struct Hits {
    /// Those that meet a firewall.
    pub hits: Vec<Hit>,
    /// Those that meet none and that nothing else enforces.
    pub missed: Vec<Missed>,
}

/// Goes through all pairs. A refusal to pods or from pods is for their cluster alone: at a firewall it would be one to nodes.
pub fn hits(ground: &Ground<'_>, s: &Statement<'_>, cx: &mut Cx<'_>) -> Hits {
    let mut all = Hits { hits: Vec::new(), missed: Vec::new() };
    for (j, to) in s.to.iter().enumerate() {
        if matches!(to, PolicyZone::Pods(_)) {
            continue;
        }
        let targets = ground.targets(to, cx);
        for (i, from) in s.from.iter().enumerate() {
            let pods = matches!(from, PolicyZone::Pods(_));
            if pods && s.deny.is_some() {
                continue;
            }
            let (hits, missed) = (all.hits.len(), all.missed.len());
            for (place, target) in &targets {
                for r in ground.leave(from, *place, s.deny.is_some(), cx) {
                    match r {
                        Ok((entry, source)) => {
                            all.hits.push(Hit { entry, source, target: target.clone(), from: i, to: j })
                        }
                        Err(_) if pods => {}
                        Err(why) => all.missed.push(Missed { from: i, to: j, why, in_part: false }),
                    }
                }
            }
            let in_part = all.hits.len() > hits;
            all.missed[missed..].iter_mut().for_each(|m| m.in_part = in_part);
        }
    }
    // An address of a network that lies in two places is for both; a pair that is said twice is one.
    all.hits.retain(|h| ground.is_opnsense(h.entry.firewall()));
    all
}
