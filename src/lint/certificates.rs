//! Lints of certificates.

use super::{Lint, Lints};
use crate::consumer::Protocol;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{AcmeDirectory, Domain, HostPattern, WayIn};
use crate::source::{Origin, Sp};

/// All of them.
pub(super) const LINTS: &[Lint] = &[solvers, reached, wildcards, staging];

/// Each ACME issuer of a layer.
fn acme(layer: &Layer) -> impl Iterator<Item = (&Issuer, &Acme)> {
    layer.certificates.iter().flat_map(|c| &c.issuers).filter_map(|i| match &i.kind {
        IssuerKind::Acme(a) => Some((i, a)),
        IssuerKind::Ca(_) | IssuerKind::SelfSigned(_) => None,
    })
}

/// Whether a version that nobody stated, which is reported, keeps the way in out of the model.
fn missing(x: &Lints<'_>, via: WayIn) -> bool {
    let targets = &x.topology.targets.cluster;
    match via {
        WayIn::Nginx => targets.ingress_nginx.is_none(),
        WayIn::Gateway => targets.gateway_api.is_none(),
    }
}

/// E0959: the way in that a challenge by HTTP goes through is there, and answers without TLS on port 80 (RFC 8555 section 8.3).
fn solvers(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        for (issuer, a) in acme(layer) {
            let Some(via) = a.http01 else { continue };
            let Some(i) = layer.ingresses.iter().find(|i| i.by.v == via.v) else {
                let stated = x.facts.cluster.iter().any(|f| {
                    f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v)
                        && f.ingress.iter().any(|i| i.by.is_some_and(|b| b.v == via.v))
                });
                if stated && missing(x, via.v) {
                    continue;
                }
                sink.report(
                    Diag::new(code::E0959, format!("cluster {} has no ingress \"{}\" for challenges", c.name, via.v))
                        .at(x.span(via.at), format!("{} would wait for it for ever", issuer.name))
                        .help(match layer.ingresses.first() {
                            Some(i) => format!("http01 via=\"{}\"", i.by),
                            None => format!("ingress \"{}\" {{ … }}", via.v),
                        }),
                );
                continue;
            };
            let Some(g) = i.gateway().filter(|g| !g.listeners.is_empty()) else { continue };
            if !g.listeners.iter().any(|l| l.port.v == 80 && l.tls.is_none() && l.host.is_none()) {
                sink.report(
                    Diag::new(
                        code::E0959,
                        "the gateway does not answer challenges: no listener takes every name on port 80",
                    )
                    .at(x.span(via.at), format!("{} sends its challenges there", issuer.name))
                    .at(x.span(i.at), "it needs one on port 80, without `host` and without a certificate")
                    .note("RFC 8555 section 8.3: the first question comes by HTTP on port 80")
                    .help("listener \"web\" port=80"),
                );
            }
        }
    }
}

/// L0960, L0961: a challenge by HTTP is asked from the Internet, and before that by cert-manager itself (RFC fault N11).
fn reached(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        for (issuer, a) in acme(layer) {
            let (Some(via), Directory::LetsEncrypt(_)) = (a.http01, &a.directory) else { continue };
            let Some(i) = layer.ingresses.iter().find(|i| i.by.v == via.v) else { continue };
            let address: Option<Sp<std::net::Ipv4Addr>> = i.address.as_ref().map(|(_, a)| *a);
            let to = |p: &&Publish| address.is_some_and(|a| p.target.v == a.v);
            let web =
                |p: &Publish| p.ports.ports.iter().any(|(q, s)| *q == Protocol::Tcp && s.v.0.0 <= 80 && 80 <= s.v.0.1);
            let wrong =
                x.facts.publish.iter().filter(|p| !x.topology.publishes.iter().any(|d| d.at == p.at)).any(|p| {
                    p.to.as_ref().is_some_and(|t| {
                        let said = t.ingress.is_some() || t.machine.is_some() || t.api.is_some() || t.address.is_some();
                        !said || t.ingress.is_some() || address.is_some_and(|a| t.address.is_some_and(|b| b.v.0 == a.v))
                    })
                });
            match x.topology.publishes.iter().filter(to).find(|p| web(p)) {
                // One that is wrong is reported, and would be the one.
                None if wrong => {}
                None => {
                    let mut d = Diag::new(
                        code::L0960,
                        format!("Let's Encrypt cannot ask ingress \"{}\" for the challenges of {}", via.v, issuer.name),
                    )
                    .at(x.span(via.at), "challenges go through it")
                    .at(x.span(address.map_or(i.at, |a| a.at)), "nothing publishes TCP port 80 of it");
                    if let Some(p) = x.topology.publishes.iter().find(to) {
                        d = d.at(x.span(p.at), "this publishes other ports");
                    }
                    sink.report(d.help("publish port 80, or let the name server answer: dns01 \"rfc2136\" { … }"));
                }
                Some(p) if p.reflect.v || known_inside(x.topology, issuer, i) => {}
                Some(p) => {
                    let d = Diag::new(
                        code::L0961,
                        format!("cert-manager asks {} from inside before it asks for a certificate", p.public.v),
                    )
                    .at(x.span(via.at), format!("challenges of {}", issuer.name))
                    .at(x.span(p.at), "published here")
                    .note("the question leaves and comes back (hairpin): the firewall must reflect it, or names must have the inner address inside")
                    .help("`inside` in the firewall's `dns` for each name, or `reflect` in the publish, or dns01");
                    sink.report(d);
                }
            }
        }
    }
}

/// Whether every name that the way in has certificates of the issuer for has its inner address inside (split DNS).
fn known_inside(t: &Topology, issuer: &Issuer, i: &Ingress) -> bool {
    let (Some(g), Some((_, address))) = (i.gateway(), &i.address) else { return false };
    let ours = |l: &&Listener| matches!(&l.tls, Some(Tls::By(by)) if by.v == issuer.name.v);
    let mut hosts = g.listeners.iter().filter(ours).map(|l| l.host.as_ref()).peekable();
    let known = |host: &str| {
        t.firewalls
            .iter()
            .filter_map(|f| f.layer.dns.as_ref())
            .flat_map(|d| &d.names)
            .any(|n| n.full() == host && matches!(&n.data, DnsData::Address(a, _) if a.v == address.v))
    };
    hosts.peek().is_some() && hosts.all(|h| h.is_some_and(|h| known(&h.v.to_string())))
}

/// E0962, E0997: a challenge of the issuer is for the name; one with a `*` is shown to be ours by DNS only (RFC 8555 section
/// 7.1.3; Let's Encrypt, Challenge Types).
fn wildcards(x: &Lints<'_>, sink: &mut Sink) {
    let said = |at: Origin| {
        let issuers = x.facts.cluster.iter().flat_map(|c| {
            c.certificates
                .iter()
                .chain(c.environment.iter().filter_map(|e| e.certificates.as_ref()))
                .flat_map(|c| &c.issuer)
        });
        issuers
            .filter(|i| i.acme.as_ref().is_some_and(|a| a.at == at))
            .flat_map(|i| &i.acme)
            .map(|a| a.dns01.len())
            .sum::<usize>()
    };
    for (_, layer) in x.topology.layers() {
        // Names of one issuer that lie outside of its zones are one mistake: a domain, or a zone.
        let mut outside: Vec<Outside<'_>> = Vec::new();
        for l in layer.gateways().flat_map(|(_, g)| &g.listeners) {
            let (Some(Tls::By(by)), Some(host)) = (&l.tls, &l.host) else { continue };
            let Some((issuer, a)) = acme(layer).find(|(i, _)| i.name.v == by.v) else { continue };
            let star = host.v.strip_prefix("*.");
            let domain = star.unwrap_or(&host.v);
            let covers = |z: &str| domain == z || domain.ends_with(&format!(".{z}"));
            if a.dns01.iter().any(|d| d.zones.is_empty() || d.zones.iter().any(|z| covers(&z.v))) {
                continue;
            }
            // A `dns01` that is wrong was reported: it may be the one for this name.
            if (star.is_none() && a.http01.is_some()) || said(a.at) > a.dns01.len() {
                continue;
            }
            match a.dns01.iter().flat_map(|d| &d.zones).next() {
                Some(zone) => match outside.iter_mut().find(|o| o.issuer.name.v == issuer.name.v) {
                    Some(o) => o.hosts.push((host, domain)),
                    None => outside.push(Outside { issuer, zone, hosts: vec![(host, domain)] }),
                },
                None if star.is_some() => {
                    sink.report(
                        Diag::new(
                            code::E0962,
                            format!("{} cannot issue for {}: it asks by HTTP only", issuer.name, host.v),
                        )
                        .at(x.span(host.at), "a name with a `*` is shown to be ours by DNS")
                        .at(x.span(a.at), "no `dns01` for it")
                        .help("dns01 \"rfc2136\" { … }, or a `host` without `*`"),
                    );
                }
                // An issuer without any challenge was reported.
                None => {}
            }
        }
        for Outside { issuer, zone, hosts } in outside {
            let (first, more) = (&hosts[0].0.v, hosts.len() - 1);
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            let d = Diag::new(code::E0997, format!("no challenge of {} is for {first}{others}", issuer.name));
            let d = hosts.iter().fold(d, |d, (host, _)| d.at(x.span(host.at), "this name"));
            let names: Vec<&str> = hosts.iter().map(|(_, domain)| *domain).collect();
            sink.report(d.at(x.span(zone.at), "is not in this zone").help(match shared(&names) {
                Some(parent) => format!("zone \"{parent}\""),
                None => format!("a `dns01` whose zones have them: zone \"{}\"", names.join("\" \"")),
            }));
        }
    }
}

/// Names that no zone of their issuer has.
struct Outside<'a> {
    issuer: &'a Issuer,
    /// The first of its zones.
    zone: &'a Sp<Domain>,
    /// Each as it is written, and without a `*`.
    hosts: Vec<(&'a Sp<HostPattern>, &'a str)>,
}

/// The longest domain of two labels or more that all names are or lie in.
fn shared<'a>(names: &[&'a str]) -> Option<&'a str> {
    let (first, rest) = names.split_first()?;
    let within = |d: &str| rest.iter().all(|n| *n == d || n.ends_with(&format!(".{d}")));
    let parents = std::iter::successors(Some(*first), |d| d.split_once('.').map(|(_, parent)| parent));
    parents.take_while(|d| d.contains('.')).find(|d| within(d))
}

/// L0963: what clients meet has a certificate that they trust. An environment that says otherwise means it.
fn staging(x: &Lints<'_>, sink: &mut Sink) {
    for layer in x.topology.clusters.iter().map(|c| &c.layer) {
        for l in layer.gateways().flat_map(|(_, g)| &g.listeners) {
            let Some(Tls::By(by)) = &l.tls else { continue };
            let Some((_, a)) = acme(layer).find(|(i, _)| i.name.v == by.v) else { continue };
            let Directory::LetsEncrypt(d) = &a.directory else { continue };
            if d.v == AcmeDirectory::Staging {
                sink.report(
                    Diag::new(code::L0963, format!("nobody trusts the certificate of listener {}", l.name))
                        .at(x.span(by.at), "this issuer")
                        .at(x.span(d.at), "is for trying")
                        .help("acme \"production\" when it works"),
                );
            }
        }
    }
}
