//! Shows what is expected by what the written files do: reads them back with foreign parsers; the topology lends names and
//! places, never a rule.

mod cilium;
mod opnsense;
mod place;
mod stray;

use crate::diag::{Diag, Sink, code};
use crate::emit::{Artifact, Site};
use crate::ir::*;
use crate::policy::{Packets, Traffic};
use crate::schema::Verdict;
use crate::source::{Causes, Span};
use cilium::{Peer, Policies, Way};
use opnsense::Filter;
use place::{End, Role, Where};

/// Checks every expectation against the files.
pub fn prove(t: &Topology, artifacts: &[Artifact], causes: &Causes, sink: &mut Sink) {
    if t.expects.is_empty() {
        return;
    }
    let proof = Proof { t, filters: filters(t, artifacts), policies: policies(t, artifacts) };
    stray::namespaces(t, artifacts, causes, sink);
    for e in &t.expects {
        for from in &e.from {
            for to in &e.to {
                proof.one(e, from, to, causes, sink);
            }
        }
    }
}

struct Proof<'a> {
    t: &'a Topology,
    /// Of each firewall, what each of its nodes does; a text where a file could not be read.
    filters: Vec<Vec<Result<Filter, String>>>,
    /// Of each cluster.
    policies: Vec<Result<Policies, String>>,
}

/// What was found out about a part of an expectation.
#[derive(Clone, Debug)]
enum Found {
    /// It is as expected.
    Holds,
    /// It is not: because of this.
    Fails(String),
    /// Nobody can tell: because of this.
    Unknown(String),
}

impl Proof<'_> {
    fn one(&self, e: &Expect, from: &PolicyZone, to: &PolicyZone, causes: &Causes, sink: &mut Sink) {
        let deny = e.verdict.v == Verdict::Deny;
        let traffic = place::traffic(&e.service);
        let asks = if deny { Role::MayAsk } else { Role::Asks };
        if let Some(why) = stray::nobody_has(self.t, from, to) {
            return unknown(e, from, to, why, causes, sink);
        }
        let (sources, targets) = (place::ends(self.t, from, asks), place::ends(self.t, to, Role::Answers));
        let mut passed = false;
        for s in &sources {
            for d in &targets {
                match self.pair(deny, s, d, &traffic) {
                    Found::Holds => passed = true,
                    Found::Fails(why) => return fails(e, from, to, (why, self.help(deny, to, s, d)), causes, sink),
                    Found::Unknown(why) => return unknown(e, from, to, why, causes, sink),
                }
            }
        }
        if !passed {
            unknown(e, from, to, "one of the two is nobody".into(), causes, sink);
        }
    }

    /// One end and another.
    fn pair(&self, deny: bool, s: &End, d: &End, traffic: &Traffic) -> Found {
        match (&s.at, &d.at) {
            (Where::Pods(a, from), Where::Pods(b, to)) if a == b => {
                let out = self.pods(deny, *a, from, Way::Out, &Peer::Pods(to.clone()), traffic);
                let back = self.pods(deny, *b, to, Way::In, &Peer::Pods(from.clone()), traffic);
                both(deny, out, back)
            }
            (_, Where::Pods(..)) => {
                Found::Unknown("from outside, pods are reached by what stands before them: name the `ingress`".into())
            }
            (Where::Pods(c, pods), _) => {
                let peer = d.entity(*c).unwrap_or_else(|| Peer::Outside(d.addresses.clone()));
                let out = self.pods(deny, *c, pods, Way::Out, &peer, traffic);
                // What leaves the cluster has the address of a node, and goes on as a node's.
                let nodes = place::nodes(self.t, *c);
                let inside = matches!(peer, Peer::Entity(_));
                if inside {
                    return out;
                }
                let on = nodes.iter().map(|n| self.path(deny, n, d, traffic)).reduce(worse);
                on.map_or(out.clone(), |on| both(deny, out, on))
            }
            _ => self.path(deny, s, d, traffic),
        }
    }

    /// What would change it.
    fn help(&self, deny: bool, to: &PolicyZone, s: &End, d: &End) -> String {
        let pods = matches!(s.at, Where::Pods(..)) || matches!(d.at, Where::Pods(..));
        let between = !pods && place::direct(self.t, s, d).is_some();
        let nowhere = matches!(place::enters(self.t, s), Err(place::NoWay::Nowhere(_)));
        match (deny, to) {
            (true, _) if between => "put one of the two on a VLAN of its own, or refuse it on the machine".into(),
            (true, _) if matches!(s.at, Where::Firewall(_)) => "refuse it where it arrives, or expect less".into(),
            (true, _) => "narrow what allows it, or state a `deny`".into(),
            (false, PolicyZone::Address(a)) if self.t.is_public(a.v) => {
                format!("publish \"…\" {{ at \"{}\"; to {{ machine \"…\" }}; service \"…\" }}", a.v)
            }
            (false, _) if !pods && (nowhere || place::dead_end(self.t, d).is_some()) => {
                "let a firewall route the VLAN, or expect less".into()
            }
            (false, _) => "state an `allow` for all of it, or expect less".into(),
        }
    }

    fn pods(&self, deny: bool, c: ClusterId, pods: &cilium::PodSet, way: Way, peer: &Peer, t: &Traffic) -> Found {
        match &self.policies[c.0 as usize] {
            Err(why) => Found::Unknown(why.clone()),
            Ok(p) if deny => p.may_pass(pods, way, peer, t).map_or(Found::Holds, Found::Fails),
            Ok(p) => p.may_drop(pods, way, peer, t).map_or(Found::Holds, Found::Fails),
        }
    }

    /// Between two places that are no pods.
    fn path(&self, deny: bool, s: &End, d: &End, traffic: &Traffic) -> Found {
        if let Some(why) = place::direct(self.t, s, d) {
            return if deny { Found::Fails(why) } else { Found::Holds };
        }
        if matches!(s.at, Where::Firewall(_)) {
            let why = "what a firewall sends itself passes all its rules".to_string();
            return if deny { Found::Fails(why) } else { Found::Holds };
        }
        let (firewall, keys) = match place::enters(self.t, s) {
            Ok(found) => found,
            Err(place::NoWay::Nowhere(why)) => return if deny { Found::Holds } else { Found::Fails(why) },
            Err(place::NoWay::Strange(why)) => return Found::Unknown(why),
        };
        if let Some(why) = place::dead_end(self.t, d) {
            return if deny { Found::Holds } else { Found::Fails(why) };
        }
        for filter in &self.filters[firewall.0 as usize] {
            let filter = match filter {
                Ok(f) => f,
                Err(why) => return Found::Unknown(why.clone()),
            };
            let to =
                if matches!(d.at, Where::Firewall(f) if f == firewall) { filter.own() } else { d.addresses.clone() };
            let packets = Packets { from: s.addresses.clone(), to, traffic: traffic.clone() };
            for key in &keys {
                for p in filter.translated(key, &packets) {
                    let wrong = if deny {
                        filter.may_pass(key, &p).map(|by| format!("\"{by}\" lets it in by {key}"))
                    } else {
                        filter.may_drop(key, &p).map(|by| match by {
                            Some(by) => format!("\"{by}\" stops it at {key}"),
                            None => format!("no rule of {key} lets all of it through"),
                        })
                    };
                    if let Some(why) = wrong {
                        return Found::Fails(why);
                    }
                }
            }
        }
        if self.filters[firewall.0 as usize].is_empty() {
            return Found::Unknown(format!(
                "the rules of firewall {} are not written by topoc",
                self.t.firewall(firewall).name
            ));
        }
        Found::Holds
    }
}

/// Two things that a packet passes one after the other: one of them is enough to stop it, both must let it through.
fn both(deny: bool, a: Found, b: Found) -> Found {
    match (deny, a, b) {
        (true, Found::Holds, _) | (true, _, Found::Holds) => Found::Holds,
        (_, Found::Fails(w), _) | (_, _, Found::Fails(w)) => Found::Fails(w),
        (_, Found::Unknown(w), _) | (_, _, Found::Unknown(w)) => Found::Unknown(w),
        (false, Found::Holds, Found::Holds) => Found::Holds,
    }
}

/// Two of which either may happen.
fn worse(a: Found, b: Found) -> Found {
    match (a, b) {
        (Found::Fails(w), _) | (_, Found::Fails(w)) => Found::Fails(w),
        (Found::Unknown(w), _) | (_, Found::Unknown(w)) => Found::Unknown(w),
        (Found::Holds, Found::Holds) => Found::Holds,
    }
}

fn filters(t: &Topology, artifacts: &[Artifact]) -> Vec<Vec<Result<Filter, String>>> {
    let of = |m: MachineId| {
        let name = &t.machine(m).name.v;
        let below = format!("opnsense/{name}/");
        let files = artifacts.iter().filter(|a| a.path.starts_with(&below) && a.path.ends_with(".xml"));
        let texts: Vec<&str> = files.map(|a| a.text.text.as_str()).collect();
        (!texts.is_empty()).then(|| Filter::read(&texts).map_err(|why| format!("{below}: {why}")))
    };
    t.firewalls.iter().map(|f| f.nodes.iter().filter_map(|n| of(*n)).collect()).collect()
}

fn policies(t: &Topology, artifacts: &[Artifact]) -> Vec<Result<Policies, String>> {
    let of = |c: &Cluster| {
        let mut all = Policies::default();
        let below = format!("{}/config/", c.layer.folder.v);
        let site = Site::Cluster(c.name.v.clone());
        for a in artifacts.iter().filter(|a| a.site == site && a.path.starts_with(&below) && a.path.ends_with(".yaml"))
        {
            all.add(&a.text.text).map_err(|why| format!("{}: {why}", a.path))?;
        }
        Ok(all)
    };
    t.clusters.iter().map(of).collect()
}

/// E0701: the files do otherwise.
fn fails(
    e: &Expect,
    from: &PolicyZone,
    to: &PolicyZone,
    (why, help): (String, String),
    causes: &Causes,
    sink: &mut Sink,
) {
    let span = |at| -> Span { causes.span(at).unwrap_or_default() };
    let what = match e.verdict.v {
        Verdict::Deny => "gets through, or may",
        Verdict::Allow => "does not get through, or not all of it",
    };
    sink.report(
        Diag::new(code::E0701, format!("what \"{}\" is about {what}", e.name.v.0))
            .at(span(from.at()), "from here".to_string())
            .at(span(to.at()), "to there".to_string())
            .note(why)
            .help(help),
    );
}

/// E0702: it cannot be shown.
fn unknown(e: &Expect, from: &PolicyZone, to: &PolicyZone, why: String, causes: &Causes, sink: &mut Sink) {
    let span = |at| -> Span { causes.span(at).unwrap_or_default() };
    sink.report(
        Diag::new(code::E0702, format!("nobody can tell whether \"{}\" holds", e.name.v.0))
            .at(span(from.at()), "from here".to_string())
            .at(span(to.at()), "to there".to_string())
            .note(why)
            .help("expect what the files of this tree decide, or remove it"),
    );
}

impl End {
    /// What Cilium of a cluster knows it by instead of its address.
    fn entity(&self, of: ClusterId) -> Option<Peer> {
        match &self.at {
            Where::Node(c, _) if *c == of => Some(Peer::Entity(&["host", "remote-node", "cluster"])),
            Where::Api(c) if *c == of => Some(Peer::Entity(&["kube-apiserver"])),
            Where::Node(..)
            | Where::Api(_)
            | Where::Pods(..)
            | Where::On(_)
            | Where::Vpn(..)
            | Where::World
            | Where::Firewall(_) => None,
        }
    }
}
