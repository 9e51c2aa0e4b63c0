//! Checks of a firewall's shaper: marks that nobody sets, classes that nothing reaches; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;

/// All of them.
pub const LINTS: &[super::Lint] = &[marks, unfed];

/// L1182: a class is told by a mark, and nothing in this file sets one (RFC 6.3).
fn marks(x: &Lints<'_>, sink: &mut Sink) {
    let links = x.topology.firewalls.iter().filter_map(|f| f.layer.shaper.as_ref()).flat_map(|s| &s.links);
    for l in links {
        for (i, c) in l.classes.iter().enumerate() {
            let Some(mark) = l.rules.iter().find(|r| r.class == Some(i)).and_then(|r| r.dscp.first()) else { continue };
            let mut d = Diag::new(code::L1182, format!("nothing of this file marks packets for class {}", c.name.v.0))
                .at(x.span(mark.at), "only packets that come with this mark are in it");
            if let Some(cilium) = x.topology.clusters.iter().find_map(|c| c.layer.cilium.as_ref()) {
                d = d.at(x.span(cilium.at), "Cilium has no setting that marks what pods send");
            }
            sink.report(
                d.note("encapsulation and masquerading pass a mark on only if an application set it")
                    .help("tell the class by `from`, `to` and `service`, or say who marks in an `allow-lint`"),
            );
        }
    }
}

/// L1195: a class of what comes in to an address that nothing is published to (RFC 6.3: the API server).
fn unfed(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    // What could not be published was reported; nobody can say what it would have fed.
    if t.publishes.len() < x.facts.publish.len() {
        return;
    }
    let links = t.firewalls.iter().filter_map(|f| f.layer.shaper.as_ref()).flat_map(|s| &s.links);
    for l in links {
        for (i, c) in l.classes.iter().enumerate() {
            let rules: Vec<_> = l.rules.iter().filter(|r| r.class == Some(i)).collect();
            // Questions come in from anybody, and no connection of it is opened from this side.
            let asked: Vec<_> = rules.iter().filter(|r| !r.up && !r.target.is_empty() && r.source.is_empty()).collect();
            if asked.is_empty() || rules.iter().any(|r| r.up && r.source.is_empty()) {
                continue;
            }
            let fed =
                t.publishes.iter().any(|p| asked.iter().flat_map(|r| &r.target).any(|n| n.v.contains(&p.target.v)));
            // What was opened from this side has answers to the same networks: those need nothing published.
            let opened = rules.iter().any(|r| r.up && r.key.contains("/out-"));
            if fed || opened {
                continue;
            }
            let target = &asked[0].target[0];
            let mut d =
                Diag::new(code::L1195, format!("nothing from beyond {} gets to class {}", l.name.v, c.name.v.0))
                    .at(x.span(c.at), "this class is of connections that come in")
                    .at(x.span(target.at), "nothing is published there");
            if let Some(v) = t.vlans.iter().find(|v| v.subnet.v.contains(&target.v)) {
                d = d.note(format!("traffic inside VLAN {} goes from machine to machine: no firewall sees it", v.name));
            }
            sink.report(d.help("remove the class, or publish what it is for"));
        }
    }
}
