//! Pass: who knows people: the machine, the name that browsers know it by, what it runs with; spells nothing.

mod derive;
mod fits;

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

pub use derive::serve;

use super::firewall::admin::{misplaced, missing};
use super::{Cx, Index, or, ui};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    62;
    OWN_NAME = "people know it by the machine's name in the topology's domain, as nothing else is stated" @ "RFC 3.2.1; language reference";
    ANSWERS = "it answers at the machine's address, that of the default route where there is more than one" @ "RFC 3.2.1";
    COMPOSE = "the distribution's own package has Compose v2" @ "Debian and Ubuntu archives; Authentik 2026.8, website/docs/install-config/install/docker-compose.mdx";
    CONTAINERS = "containers have a network that none of the topology's overlaps: else Docker's own choice hides it" @ "RFC 1918; dockerd(8), --default-address-pool, --bip";
    MOUNTED = "nothing is written while nothing is mounted there, as nothing else is stated" @ "RFC 9.2; language reference";
    SUBMISSION = "mail is handed in at port 587, at 465 where TLS is there from the first byte, as nothing else is stated" @ "RFC 6409; RFC 8314 section 3.3; language reference";
    MAIL_STARTTLS = "mail is kept secret by STARTTLS, as nothing else is stated" @ "RFC 3207; language reference";
    APPLICATION = "an application is known there by its name, and asks as it is stated" @ "RFC 3.2; language reference";
    PAGE_ELSEWHERE = "a page that has another name in an environment is known there by that environment too" @ "RFC 3.2; language reference";
    BACK_TO_PAGE = "people are sent back to the page by the path that it listens at" @ "Argo CD, User Management: /auth/callback; Grafana, Generic OAuth: /login/generic_oauth; KubeSphere 4.1, oauth/redirect/<name of the provider>";
    SENT_BACK = "KubeSphere is told of it by an address and a name, and people are sent back there" @ "KubeSphere 4.1, identity providers, redirectURL";
    SLUG = "the issuer's address has the name of the application" @ "Authentik 2026.8, OAuth2 provider, issuer mode per provider";
    INSIDE = "the outpost reaches the page at its service in the cluster" @ "RFC 7.3; Kubernetes, DNS for Services";
    DIRECTORY = "a firewall asks it by the directory that the firewall states" @ "RFC 3.2; language reference";
    READER = "who searches is the account in the name that the firewall binds with" @ "Authentik 2026.8, LDAP provider: cn=<name>,ou=users,<base>";
    ASKED_AT = "it is asked at the port that the firewall states" @ "language reference";
    ASKED_FROM = "a firewall asks from its own addresses" @ "RFC 3.2; OPNsense, RADIUS servers";
    OUTPOST = "an outpost is known by a number that is made from its name" @ "Authentik 2026.8, authentik/outposts/models.py: user_identifier, token_identifier";
}

/// All of them, ordered by name: one for each number of the index, whatever is wrong with it.
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
    let name = i.name.as_ref()?;
    let machine = match &i.machine {
        Some(m) => Sp::new(index.machine(&m.v.0), m.at),
        None => Sp::new(MachineId::REPORTED, i.at),
    };
    let called = i.machine.as_ref().map_or(&name.v.0, |m| &m.v.0);
    let domain = t.meta.as_ref().and_then(|m| m.domain.as_ref());
    let host = match (&i.host, domain) {
        (Some(host), _) => host.clone().map(|h| Domain(h.0)),
        (None, Some(d)) => cx.make(Domain(format!("{called}.{}", d.v).into()), OWN_NAME, &[machine.at, d.at]),
        (None, None) => {
            if !super::domain_reported(facts, cx) {
                let at = cx.span(i.at);
                cx.report(
                    Diag::new(code::E1200, format!("nobody knows the name of {}", name.v.0))
                        .at(at, "the topology has no domain, and no `host` is stated")
                        .help("host \"login.example.net\""),
                );
            }
            // Errors are not sealed: nobody sees this name.
            Sp::new(Domain(called.as_str().into()), i.at)
        }
    };
    let mut groups: Vec<Sp<Name>> =
        i.group.iter().filter_map(|g| g.name.as_ref()).map(|n| Sp::new(n.v.0.clone(), n.at)).collect();
    groups.sort_by(|a, b| a.v.cmp(&b.v));
    let run = run(i, machine, index, t, cx);
    Some(IdentityServer { name: Sp::new(name.v.0.clone(), name.at), machine, host, groups, run, at: i.at })
}

/// What it runs with; `None` where a part of it is wrong, which was reported.
fn run(
    i: &IdentityServerFacts,
    machine: Sp<MachineId>,
    index: &Index,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> Option<IdentityRun> {
    let IdentityServerFacts {
        at: _,
        name: _,
        machine: _,
        host: _,
        cookies,
        database,
        administrator,
        certificate,
        group: _,
        application,
        ldap: _,
        radius: _,
        backup,
        mail,
    } = i;
    let find = |s: &Option<Sp<SecretRef>>| secret(index, s.as_ref());
    let mut applications: Vec<Application> = application.iter().filter_map(|a| own(a, index, cx)).collect();
    applications.sort_by(|a, b| a.slug.v.cmp(&b.slug.v));
    let mail = mail.as_ref().and_then(|m| {
        let transport = or(m.transport, MailTransport::StartTls, MAIL_STARTTLS);
        let port = if transport.v == MailTransport::Tls { 465 } else { 587 };
        let port = m.port.map(|p| p.map(|p| p.0)).unwrap_or_else(|| cx.make(port, SUBMISSION, &[transport.at]));
        Some(IdentityMail {
            server: m.server.clone()?,
            port,
            from: m.from.clone()?,
            login: m.user.clone().zip(find(&m.secret)),
            transport,
        })
    });
    let backup = backup.as_ref().and_then(|b| {
        Some(IdentityBackup {
            every: b.every?.map(Seconds::from),
            keep: b.keep?.map(|k| k.0),
            to: b.to.clone()?,
            mounted: or(b.mounted, true, MOUNTED),
            at: b.at,
        })
    });
    let (address, compose) = place(machine, t, cx)?;
    let certificate = certificate.as_ref()?;
    let [containers, bridge] = networks(t);
    Some(IdentityRun {
        version: t.targets.authentik.clone()?,
        address,
        compose,
        containers,
        bridge,
        cookies: find(cookies)?,
        database: find(database)?,
        administrator: find(administrator)?,
        chain: find(&certificate.chain)?,
        key: find(&certificate.key)?,
        applications,
        outposts: Vec::new(),
        backup,
        mail,
    })
}

fn secret(index: &Index, s: Option<&Sp<SecretRef>>) -> Option<Sp<SecretId>> {
    s.map(|s| Sp::new(index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())
}

/// Names of groups of people, ordered, each once.
fn people(list: &[Sp<PeopleRef>]) -> Vec<Sp<Name>> {
    let mut all: Vec<Sp<Name>> = list.iter().map(|n| Sp::new(n.v.0.clone(), n.at)).collect();
    all.sort_by(|a, b| a.v.cmp(&b.v));
    all.dedup_by(|a, b| a.v == b.v);
    all
}

/// An application of the user's own.
fn own(a: &ApplicationFacts, index: &Index, cx: &mut Cx<'_>) -> Option<Application> {
    let ApplicationFacts { at, name, kind, redirect, secret, acs, audience, admits } = a;
    let (name, kind) = (name.as_ref()?, (*kind)?);
    let what = format!("application \"{}\"", name.v);
    let asks = match kind.v {
        ApplicationKind::Oidc => {
            for (word, at) in [("acs", acs.as_ref().map(|x| x.at)), ("audience", audience.as_ref().map(|x| x.at))] {
                misplaced("OpenID Connect", word, at, kind.at, cx);
            }
            if redirect.is_empty() {
                missing(&what, "redirect", *at, "redirect \"https://wiki.example.net/callback\"", cx);
            }
            if secret.is_none() {
                missing(&what, "secret", *at, "secret \"wiki-oidc\"", cx);
            }
            let mut redirects = redirect.clone();
            redirects.sort_by(|a, b| a.v.cmp(&b.v));
            Asks::Oidc {
                client: Sp::new(Label(name.v.0.clone()), name.at),
                secret: self::secret(index, secret.as_ref())?,
                redirects,
            }
        }
        ApplicationKind::Saml => {
            for (word, at) in [("redirect", redirect.first().map(|x| x.at)), ("secret", secret.as_ref().map(|x| x.at))]
            {
                misplaced("SAML", word, at, kind.at, cx);
            }
            if acs.is_none() {
                missing(&what, "acs", *at, "acs \"https://shop.example.net/saml/acs\"", cx);
            }
            Asks::Saml { acs: acs.clone()?, audience: audience.clone() }
        }
    };
    let slug = cx.make(name.v.clone(), APPLICATION, &[name.at, kind.at]);
    Some(Application { slug, asks, admits: people(admits), at: *at })
}

/// E1202: where it answers, and what runs containers there.
fn place(machine: Sp<MachineId>, t: &Topology, cx: &mut Cx<'_>) -> Option<(Sp<Ipv4Addr>, Sp<&'static str>)> {
    if !machine.v.is_known() || t.incomplete.machines.contains(&machine.v) {
        return None;
    }
    let m = t.machine(machine.v);
    if let MachineKind::Node { .. } = m.kind {
        let (x, y) = (cx.span(machine.at), cx.span(m.at));
        cx.report(
            Diag::new(code::E1202, format!("{} is a node of Kubernetes", m.name))
                .at(x, "Authentik runs here")
                .at(
                    y,
                    "its containers and Docker's would share one machine, and rules of one drop packets of the other",
                )
                .help("vm \"people\", a machine of its own"),
        );
        return None;
    }
    if let MachineKind::Firewall { firewall } = m.kind {
        let (x, y) = (cx.span(machine.at), cx.span(t.firewall(firewall).at));
        cx.report(
            Diag::new(code::E1202, format!("{} is a firewall", m.name))
                .at(x, "Authentik runs here")
                .at(y, "it runs no containers")
                .help("vm \"people\", a machine of its own"),
        );
        return None;
    }
    let template = Some(*m.template).filter(|x| x.is_known()).map(|x| t.template(x))?;
    let Some(compose) = template.os.compose else {
        let (x, y) = (cx.span(machine.at), cx.span(template.os.at));
        cx.report(
            Diag::new(code::E1202, format!("{} has no Compose v2 for Authentik", template.os.name))
                .at(x, "Authentik runs here")
                .at(y, "its system")
                .help("os \"ubuntu-24.04\", or \"debian-13\""),
        );
        return None;
    };
    let main = m.nics.iter().find(|n| n.default_via.is_some()).and_then(|n| n.address);
    // A machine without any fixed address is reported where Ansible would look for it.
    let address = main.or_else(|| m.nics.iter().find_map(|n| n.address))?;
    let address = cx.make(address.v, ANSWERS, &[machine.at, address.at]);
    let compose = cx.make(compose, COMPOSE, &[template.os.at]);
    Some((address, compose))
}

/// Two networks for containers that overlap none of the topology's: one for Authentik's, one for Docker's own bridge.
fn networks(t: &Topology) -> [Sp<Ipv4Net>; 2] {
    let mut taken: Vec<Ipv4Net> = t.vlans.iter().map(|v| v.subnet.v).collect();
    taken.extend(t.clusters.iter().flat_map(|c| [c.pods.v, c.services.v]));
    // Docker's own range first, then what few use; the last is for tests of devices (RFC 2544) and routed by nobody.
    let docker = (17..32u8).rev().map(|b| Ipv4Addr::new(172, b, 254, 0));
    let ten = (0..=255u8).rev().map(|b| Ipv4Addr::new(10, b, 254, 0));
    let tests = [Ipv4Addr::new(198, 18, 254, 0), Ipv4Addr::new(198, 19, 254, 0)];
    let all = docker.chain(ten).chain(tests).map(|a| Ipv4Net::new_assert(a, 24));
    let mut free = all.filter(|n| !taken.iter().any(|o| o.contains(n) || n.contains(o)));
    [(); 2].map(|()| Sp::new(free.next().unwrap_or_default(), CONTAINERS.origin()))
}
