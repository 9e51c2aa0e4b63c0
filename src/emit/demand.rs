//! The check that nothing is dropped: each fact must be cited by some line, and each machine's own by a line of its own files.

use std::collections::BTreeMap;

use super::{Artifact, Site};
use crate::consumer::OsCaps;
use crate::diag::{Diag, Sink, code};
use crate::ir::Topology;
use crate::schema::{Demand, Name};
use crate::source::{Cause, Causes, Origin};

/// Reports each stated fact that no line of any artifact cites: it would be dropped.
pub fn stated(demands: &[Demand], artifacts: &[Artifact], causes: &Causes, sink: &mut Sink) {
    let mut cited = vec![false; causes.len()];
    for origin in artifacts.iter().flat_map(|a| a.text.all_why()) {
        if let Some(i) = origin.index() {
            cited[i] = true;
        }
    }
    // Causes are older than what was made from them, so one walk backwards reaches everything.
    for (origin, cause) in causes.iter().rev() {
        if let (Some(true), Cause::Derived { from, .. }) = (origin.index().map(|i| cited[i]), cause) {
            for i in from.iter().filter_map(|o| o.index()) {
                cited[i] = true;
            }
        }
    }
    for d in demands.iter().filter(|d| d.at.index().is_some_and(|i| !cited[i])) {
        let what = if d.inside.is_empty() {
            format!("`{}`", d.word)
        } else {
            format!("the {} of this `{}`", d.word, d.inside)
        };
        let mut diag = Diag::new(code::E0606, format!("no file says anything of {what}"));
        if let Some(span) = causes.span(d.at) {
            diag = diag.at(span, "this would be dropped");
        }
        sink.report(
            diag.note("either something nearer overrides it, or nothing uses what it belongs to")
                .help("remove it, or use it"),
        );
    }
}

/// Whether what a machine of this system is told is in files of its own: a firewall's is in one for the pair.
fn own_files(os: &OsCaps) -> bool {
    os.linux || os.router
}

/// Reports each address that a machine or host has and its own files do not say: the right value in somebody else's file is
/// no use to it.
pub fn per_site(topology: &Topology, artifacts: &[Artifact], causes: &Causes, sink: &mut Sink) {
    let mut sites: BTreeMap<&Name, Vec<&Artifact>> = BTreeMap::new();
    for a in artifacts {
        if let Site::Machine(name) = &a.site {
            sites.entry(name).or_default().push(a);
        }
    }
    let mut wanted: Vec<(&Name, Vec<Origin>)> = Vec::new();
    for m in topology.machines.iter().filter(|m| own_files(topology.template(m.template.v).os.v)) {
        // The MAC address finds the interface, the address is what it is for.
        let own = m.nics.iter().flat_map(|n| [Some(n.mac.at), n.address.map(|a| a.at), n.default_via.map(|d| d.at)]);
        wanted.push((&m.name.v, own.flatten().collect()));
    }
    for h in &topology.hosts {
        let own = h.address.iter().chain(h.addresses.iter().map(|a| &a.address));
        wanted.push((&h.name.v, own.map(|a| a.at).collect()));
    }
    let mut seen = vec![0u32; causes.len()];
    for (number, (name, own)) in (1u32..).zip(&wanted) {
        for origin in sites.get(name).into_iter().flatten().flat_map(|a| a.text.all_why()) {
            if let Some(i) = origin.index() {
                seen[i] = number;
            }
        }
        for at in own.iter().filter(|o| o.index().is_some_and(|i| seen[i] != number)) {
            let mut diag = Diag::new(code::E0606, format!("no file of {name} says this"));
            if let Some(span) = causes.span(*at) {
                diag = diag.at(span, "this would not reach it");
            }
            sink.report(diag.note("this is a mistake in topoc, not in the topology").help("please report it"));
        }
    }
}
