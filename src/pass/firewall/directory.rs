//! Pass: the directories that a firewall asks who people are; spells nothing.

use super::At;
use super::admin::*;
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// All that say enough, ordered by name.
pub(super) fn directories(x: &At<'_>, f: &AdminFacts, cx: &mut Cx<'_>) -> Vec<PeopleDirectory> {
    let mut all: Vec<PeopleDirectory> = f.directory.iter().filter_map(|d| directory(x, d, cx)).collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}

fn directory(x: &At<'_>, d: &DirectoryFacts, cx: &mut Cx<'_>) -> Option<PeopleDirectory> {
    let (name, kind) = (d.name.as_ref()?, d.kind?);
    let name = Sp::new(name.v.0.clone(), name.at);
    let speaks = match kind.v {
        DirectoryKind::Ldap => ldap(x, d, kind, cx),
        DirectoryKind::Radius => radius(x, d, kind, cx),
    };
    let machine = d.machine.as_ref().map(|m| Sp::new(x.index.machine(&m.v.0), m.at)).filter(|m| m.v.is_known());
    if let (Some(m), Some(s)) = (machine, &d.server)
        && let Ok(own) = s.v.to_string().parse::<std::net::Ipv4Addr>()
        && !x.t.machine(m.v).nics.iter().any(|n| n.address.is_some_and(|a| a.v == own))
    {
        let (a, b) = (cx.span(s.at), cx.span(m.at));
        cx.report(
            Diag::new(code::E1206, format!("directory \"{}\" names two places", name.v))
                .at(a, "the firewall would ask here")
                .at(b, "this machine has no such address")
                .help("remove one of the two"),
        );
        return None;
    }
    if let Some(m) = machine.filter(|_| d.server.is_none()) {
        elsewhere(x, m, cx)?;
    }
    if d.machine.is_none() && d.server.is_none() {
        let server = match &x.t.identities[..] {
            [only] if only.machine.v.is_known() => x.t.machine(only.machine.v).name.v.to_string(),
            _ => "directory".to_string(),
        };
        let example = format!("machine \"{server}\"");
        missing(&format!("directory \"{}\"", name.v), "machine", d.at, &example, cx);
    }
    let speaks = speaks?;
    let (host, port) = match &speaks {
        DirectorySpeaks::Ldap { transport, .. } => {
            let tls = transport.v != DirectoryTransport::Plain;
            let (port, rule) = if transport.v == DirectoryTransport::Tls { (636, LDAPS) } else { (389, LDAP) };
            (host(x, d, machine, tls, cx)?, cx.make(port, rule, &[transport.at]))
        }
        DirectorySpeaks::Radius { .. } => (host(x, d, machine, false, cx)?, Sp::new(1812, RADIUS.origin())),
    };
    let port = d.port.map_or(port, |p| p.map(|p| p.0));
    Some(PeopleDirectory { name, machine, host, port, speaks, at: d.at })
}

/// E1206: neither a node of Kubernetes nor a firewall answers who people are by itself.
fn elsewhere(x: &At<'_>, m: Sp<MachineId>, cx: &mut Cx<'_>) -> Option<()> {
    let (what, at) = match x.t.machine(m.v).kind {
        MachineKind::Single { .. } => return Some(()),
        MachineKind::Node { cluster, .. } => ("a node of Kubernetes", x.t.cluster(cluster).at),
        MachineKind::Firewall { firewall } => ("a firewall", x.t.firewall(firewall).at),
    };
    let server = match &x.t.identities[..] {
        [only] if only.machine.v.is_known() && only.machine.v != m.v => Some(&x.t.machine(only.machine.v).name),
        _ => None,
    };
    let (a, b) = (cx.span(m.at), cx.span(at));
    cx.report(
        Diag::new(code::E1206, format!("{} is {what}, and no directory", x.t.machine(m.v).name))
            .at(a, "the firewall would ask here who people are")
            .at(b, "it is part of this")
            .help(match server {
                Some(name) => format!("machine \"{name}\""),
                None => "a machine of its own, or the directory's address: server \"192.0.2.10\"".to_string(),
            }),
    );
    None
}

/// What the firewall calls the server: its name where a certificate is compared with it.
fn host(
    x: &At<'_>,
    d: &DirectoryFacts,
    machine: Option<Sp<MachineId>>,
    named: bool,
    cx: &mut Cx<'_>,
) -> Option<Sp<String>> {
    if let Some(s) = &d.server {
        return Some(Sp::new(s.v.to_string(), s.at));
    }
    let id = machine?;
    let m = x.t.machine(id.v);
    if let Some(domain) = x.t.meta.as_ref().and_then(|m| m.domain.as_ref()).filter(|_| named) {
        let text = format!("{}.{}", m.name.v, domain.v);
        return Some(cx.make(text, DIRECTORY_NAME, &[id.at, m.name.at, domain.at]));
    }
    let near = m.nics.iter().find(|n| n.address.is_some() && x.on(n.vlan.v).is_some());
    let address = near.or(m.nics.iter().find(|n| n.default_via.is_some())).and_then(|n| n.address);
    match address {
        Some(a) => Some(cx.make(a.to_string(), DIRECTORY_ADDRESS, &[id.at, a.at])),
        None => {
            let what = format!("directory \"{}\"", d.name.as_ref().map_or("", |n| n.v.0.as_str()));
            missing(&what, "server", d.at, "server \"192.0.2.10\"", cx);
            None
        }
    }
}

fn ldap(x: &At<'_>, d: &DirectoryFacts, kind: Sp<DirectoryKind>, cx: &mut Cx<'_>) -> Option<DirectorySpeaks> {
    for (word, at) in [("secret", d.secret.as_ref().map(|s| s.at)), ("timeout", d.timeout.map(|s| s.at))] {
        misplaced("an LDAP directory", word, at, kind.at, cx);
    }
    let Some(base) = d.base.clone() else {
        let what = format!("directory \"{}\"", d.name.as_ref().map_or("", |n| n.v.0.as_str()));
        // What the server says of itself, where it is one of the file.
        let asked = |i: &&IdentityServerFacts| {
            i.machine.is_some() && i.machine.as_ref().map(|m| &m.v) == d.machine.as_ref().map(|m| &m.v)
        };
        let server = x.facts.identity.iter().find(asked).and_then(|i| i.ldap.as_ref()?.base.as_ref());
        let example = server.map_or("base \"dc=example,dc=net\"".to_string(), |b| format!("base \"{}\"", b.v));
        missing(&what, "base", d.at, &example, cx);
        return None;
    };
    let mut people = d.people.clone();
    if people.is_empty() {
        people.push(cx.make(base.v.clone(), PEOPLE, &[base.at]));
    }
    let bind = d.bind.as_ref().and_then(|b| Some((b.name.clone()?, secret(x, b.secret.as_ref())?)));
    Some(DirectorySpeaks::Ldap {
        kind,
        transport: or(d.transport, DirectoryTransport::Tls, TLS),
        base,
        people,
        attribute: d
            .attribute
            .clone()
            .unwrap_or_else(|| Sp::new(DirectoryAttribute("cn".into()), COMMON_NAME.origin())),
        filter: d.filter.clone(),
        bind,
    })
}

fn radius(x: &At<'_>, d: &DirectoryFacts, kind: Sp<DirectoryKind>, cx: &mut Cx<'_>) -> Option<DirectorySpeaks> {
    let words: [(&str, Option<Origin>); 6] = [
        ("transport", d.transport.map(|s| s.at)),
        ("base", d.base.as_ref().map(|s| s.at)),
        ("people", d.people.first().map(|s| s.at)),
        ("attribute", d.attribute.as_ref().map(|s| s.at)),
        ("filter", d.filter.as_ref().map(|s| s.at)),
        ("bind", d.bind.as_ref().map(|s| s.at)),
    ];
    for (word, at) in words {
        misplaced("a RADIUS directory", word, at, kind.at, cx);
    }
    if d.secret.is_none() {
        let what = format!("directory \"{}\"", d.name.as_ref().map_or("", |n| n.v.0.as_str()));
        missing(&what, "secret", d.at, "secret \"radius\"", cx);
    }
    let timeout = or(d.timeout.map(|t| t.map(Seconds::from)), Seconds(5), PATIENCE);
    Some(DirectorySpeaks::Radius { kind, secret: secret(x, d.secret.as_ref())?, timeout })
}
