//! What the topology opens wide, by the names of policies: what it does not open wide has no exception.

use super::WIDE;
use crate::emit::kube::View;
use crate::ir::{Entity, Policy, PolicyPart, PolicyPeer, Selector, Subject, Traffic};
use crate::render::template::{Val, render};
use crate::render::{Composed, Text};
use crate::words;

/// The sets of one cluster, or of one of its environments.
pub(super) fn of(view: &View<'_>) -> Text {
    let policies: &[Policy] = view.layer.policies.as_ref().map_or(&[], |p| &p.policies);
    let named =
        |wide: fn(&Policy) -> bool| Val::Many(policies.iter().filter(|p| wide(p)).map(|p| Val::One(name(p))).collect());
    let values = [("everybody", named(everybody)), ("beyond", named(beyond)), ("whole", named(whole))];
    render("exceptions.rego", include_str!("exceptions.rego"), WIDE, &values)
}

/// A policy as its rules call it: with its namespace where it has one.
fn name(p: &Policy) -> Composed {
    match &p.namespace {
        Some(namespace) => words![namespace, "/", p.name],
        None => words![p.name],
    }
    .citing(p.why.origin())
}

fn traffic(part: &PolicyPart) -> impl Iterator<Item = &Traffic> {
    part.ingress.iter().chain(&part.egress)
}

/// Whether it allows something to every pod of the cluster, or of its namespace.
fn everybody(p: &Policy) -> bool {
    p.parts.iter().any(|part| {
        let every = match &part.subject {
            Subject::Everything(_) => true,
            Subject::Pods(Selector { namespace, labels, at: _ }) => {
                labels.is_empty() && (namespace.is_none() || p.namespace.is_some())
            }
            Subject::Own(_) => false,
        };
        every && traffic(part).next().is_some()
    })
}

/// Whether it opens something to the outside: all of it, or all but what is ours.
fn beyond(p: &Policy) -> bool {
    p.parts.iter().flat_map(traffic).any(|t| match &t.peer {
        PolicyPeer::Entities(all) => all.iter().any(|e| e.v == Entity::World),
        PolicyPeer::Nets(nets) => nets.iter().any(|n| n.net.v.prefix_len() == 0),
        PolicyPeer::Pods(_) | PolicyPeer::Names(_) => false,
    })
}

/// Whether it opens every port to every pod, or to all of the cluster.
fn whole(p: &Policy) -> bool {
    p.parts.iter().flat_map(traffic).filter(|t| t.ports.ports.is_empty() && t.ports.icmp.is_empty()).any(|t| {
        match &t.peer {
            PolicyPeer::Pods(all) => all.iter().any(|s| s.namespace.is_none() && s.labels.is_empty()),
            PolicyPeer::Entities(all) => all.iter().any(|e| e.v == Entity::Cluster),
            PolicyPeer::Nets(_) | PolicyPeer::Names(_) => false,
        }
    })
}
