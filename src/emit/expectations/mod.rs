//! Emitter: what is expected of rules and policies, as a document; what it says was shown before the tree was written.

use super::{Meta, Out, Site};
use crate::ir::{Expect, Pods, PolicyZone, Ports, Sealed, Selector, Topology};
use crate::render::Composed;
use crate::render::template::{Val, render};
use crate::schema::{Text, Verdict};
use crate::source::Sp;
use crate::words;

crate::rules! {
    86;
    SHOWN = "What must hold is written down once, and shown by the files before they are written." @ "RFC 5.7, 6.1, 8.3; language reference";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "expectations",
    writes: "documents/expectations.md",
    what: "What must get through and what must not: each line was shown by the rules and policies of this tree.",
    reader: "people",
    apply: "Nothing to do: a build whose files do otherwise writes nothing.",
    step: 0,
    rfc: "5.7, 6.1",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The one document, when something is expected.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    if t.expects.is_empty() {
        return;
    }
    let values = [
        ("cloud", words![sealed.meta().name].into()),
        ("expectations", Val::Many(t.expects.iter().map(|e| row(t, e)).collect())),
    ];
    let text = render("expectations.md", include_str!("expectations.md"), SHOWN, &values);
    out.text(Site::Reader, "documents/expectations.md".into(), text);
}

fn row(t: &Topology, e: &Expect) -> Val {
    let Expect { verdict, name, from, to, service, at } = e;
    let says = match verdict.v {
        Verdict::Allow => "gets through",
        Verdict::Deny => "is stopped",
    };
    Val::Record(vec![
        ("verdict", words![Sp::new(says, verdict.at)].citing(*at).into()),
        ("name", words![crate::render::Remark(name)].into()),
        ("from", listed(from.iter().map(|z| zone(t, z))).into()),
        ("to", listed(to.iter().map(|z| zone(t, z))).into()),
        ("service", services(service).into()),
    ])
}

/// Parts with commas between them.
pub(super) fn listed(parts: impl Iterator<Item = Composed>) -> Composed {
    parts.reduce(|all, next| words![all, ", ", next]).unwrap_or_default()
}

/// A zone in words, with the names of the file.
pub(super) fn zone(t: &Topology, z: &PolicyZone) -> Composed {
    match z {
        PolicyZone::Vlan(v) => words!["VLAN ", t.vlan(v.v).name].citing(v.at),
        PolicyZone::Machine(m, None) => words![t.machine(m.v).name].citing(m.at),
        PolicyZone::Machine(m, Some(v)) => {
            words![t.machine(m.v).name, " on VLAN ", t.vlan(v.v).name].citing(m.at).citing(v.at)
        }
        PolicyZone::Host(h) => words!["host ", t.host(h.v).name].citing(h.at),
        PolicyZone::Nodes(n) => words!["nodes ", t.cluster(n.v.0).groups[n.v.1 as usize].name].citing(n.at),
        PolicyZone::Pods(p) => pods(t, p),
        PolicyZone::Net(n) => {
            let all = words![n.net];
            n.except.iter().fold(all, |all, e| words![all, " without ", e])
        }
        PolicyZone::Address(a) => words![a],
        PolicyZone::Name(n) => words![crate::render::Remark(&n.clone().map(|n| Text(n.to_string().into())))],
        PolicyZone::Country(c) => words!["country ", c],
        PolicyZone::Feed(url, every) => words!["the list ", url].citing(every.at),
        PolicyZone::Firewall(f) => words!["firewall ", t.firewall(f.v).name].citing(f.at),
        PolicyZone::Vpn(f, name) => words!["VPN ", name].citing(f.at),
        PolicyZone::Api(c) => words!["the API of ", t.cluster(c.v).name].citing(c.at),
        PolicyZone::Ingress(c) => words!["the ways into ", t.cluster(c.v).name].citing(c.at),
        PolicyZone::Internet(i) => words!["the Internet"].citing(i.at),
    }
}

fn pods(t: &Topology, p: &Pods) -> Composed {
    let Pods { cluster, selector: Selector { namespace, labels, at: why }, at } = p;
    let mut all = words!["pods of ", t.cluster(*cluster).name].citing(*at).citing(*why);
    if let Some(n) = namespace {
        all = words![all, " in ", n];
    }
    for (key, values) in labels {
        let values = values.iter().map(|v| words![v]).reduce(|a, b| words![a, " or ", b]).unwrap_or_default();
        all = words![all, " with ", key, "=", values];
    }
    all
}

fn services(p: &Ports) -> Composed {
    let Ports { ports, icmp, protocols, at } = p;
    let ports = ports.iter().map(|(protocol, span)| words![Sp::new(protocol.word(), span.at), " ", span]);
    let icmp = icmp.iter().map(|t| words!["ICMP type ", t]);
    let others = protocols.iter().map(|p| words![p]);
    let all = ports.chain(icmp).chain(others).reduce(|a, b| words![a, ", ", b]);
    let all = all.unwrap_or_else(|| words!["everything"]);
    at.iter().fold(all, |all, at| all.citing(*at))
}
