//! Lints of who knows people.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::MailTransport;

/// All of them.
pub(super) const LINTS: &[Lint] = &[size, backups, nobody_asks, nobody_may, strangers, neighbours, mail, mail_ports];

/// Memory that Authentik's makers ask for, in MiB, and cores (Authentik 2026.8, install/docker-compose.mdx).
const LEAST: (u64, u32) = (2048, 2);

fn running<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a IdentityServer, &'a IdentityRun)> {
    x.topology.identities.iter().filter_map(|i| Some((i, i.run.as_ref()?)))
}

/// The first of each machine: what is wrong with a machine is said once.
fn hosted<'a>(x: &Lints<'a>) -> impl Iterator<Item = (&'a IdentityServer, &'a IdentityRun)> {
    let mut seen = std::collections::BTreeSet::new();
    running(x).filter(move |(i, _)| seen.insert(i.machine.v))
}

/// L1203: the machine is as large as its makers ask.
fn size(x: &Lints<'_>, sink: &mut Sink) {
    for (i, _) in hosted(x) {
        let m = x.topology.machine(i.machine.v);
        let cores = m.cores.v.saturating_mul(m.sockets.v);
        let (at, what, help) = match (m.memory.v < LEAST.0, cores < LEAST.1) {
            (true, _) => (m.memory.at, "2 GiB of memory", "memory \"4GiB\""),
            (false, true) => (m.cores.at, "2 cores", "cores 2"),
            (false, false) => continue,
        };
        sink.report(
            Diag::new(code::L1203, format!("{} is too small for Authentik", m.name))
                .at(x.span(at), format!("it asks for {what}"))
                .at(x.span(i.machine.at), "it runs here")
                .help(help),
        );
    }
}

/// L1212: what is kept of it outlives the machine; whether it is young enough is E1290.
fn backups(x: &Lints<'_>, sink: &mut Sink) {
    for (i, run) in hosted(x) {
        let Some(b) = run.backup.as_ref().filter(|b| !b.mounted.v) else { continue };
        let m = x.topology.machine(i.machine.v);
        sink.report(
            Diag::new(code::L1212, format!("backups of {} are lost with {}", i.name, m.name))
                .at(x.span(b.mounted.at), "they are on the machine's own disk")
                .help("mount something that outlives the machine, and remove mounted=#false"),
        );
    }
}

/// L1207: somebody asks it.
fn nobody_asks(x: &Lints<'_>, sink: &mut Sink) {
    let identity = |r: &&crate::schema::RefUse| r.kinds.contains(&crate::schema::Kind::Identity);
    // A name that nobody has was reported, and may be meant for any of them.
    if x.refs.iter().filter(identity).any(|r| !x.topology.identities.iter().any(|i| i.name.v == r.name)) {
        return;
    }
    for (i, run) in running(x) {
        let meant = x.refs.iter().any(|r| r.kinds.contains(&crate::schema::Kind::Identity) && r.name == i.name.v);
        let stated = x
            .facts
            .identity
            .iter()
            .any(|f| f.at == i.at && (!f.application.is_empty() || f.ldap.is_some() || f.radius.is_some()));
        if run.applications.is_empty() && !meant && !stated {
            sink.report(
                Diag::new(code::L1207, format!("nobody asks {} who people are", i.name))
                    .at(x.span(i.at), "no page, no firewall and no application")
                    .help(format!("identity \"{}\", in a cluster's `ui`", i.name)),
            );
        }
    }
}

/// L1208: an application without a group is closed to everybody.
fn nobody_may(x: &Lints<'_>, sink: &mut Sink) {
    for (i, run) in running(x) {
        let told = |a: &&Application| super::gitops::for_nobody(x.topology).any(|(_, page)| page.at == a.at);
        for a in run.applications.iter().filter(|a| a.admits.is_empty()).filter(|a| !told(a)) {
            let help = match &a.asks {
                Asks::Oidc { .. } | Asks::Saml { .. } | Asks::Proxy { .. } => {
                    "admins or readers of the page, or `admits` of the application"
                }
                Asks::Ldap { .. } | Asks::Radius { .. } => "admits \"admins\"",
            };
            sink.report(
                Diag::new(code::L1208, format!("nobody may use {}", a.slug.v))
                    .at(x.span(a.at), "no group of people is admitted")
                    .at(x.span(i.at), "by this server")
                    .help(help),
            );
        }
    }
}

/// E1209: a server admits people of its own groups.
fn strangers(x: &Lints<'_>, sink: &mut Sink) {
    for (i, run) in running(x) {
        let known = |g: &crate::schema::Name| i.groups.iter().any(|own| own.v == *g);
        for g in run.applications.iter().flat_map(|a| &a.admits).filter(|g| !known(&g.v)) {
            // A name that nobody has is reported as that.
            let Some(other) = x.topology.identities.iter().find(|o| o.groups.iter().any(|own| own.v == g.v)) else {
                continue;
            };
            sink.report(
                Diag::new(code::E1209, format!("{} does not know the group {}", i.name, g.v))
                    .at(x.span(g.at), "admitted here")
                    .at(x.span(other.at), "known to this server alone")
                    .help(format!("group \"{}\", in identity \"{}\"", g.v, i.name)),
            );
        }
    }
}

/// E1211: one server a machine: both would have port 443 and the same folder.
fn neighbours(x: &Lints<'_>, sink: &mut Sink) {
    let all = &x.topology.identities;
    for (n, i) in all.iter().enumerate().filter(|(_, i)| i.machine.v.is_known()) {
        if let Some(first) = all[..n].iter().find(|o| o.machine.v == i.machine.v) {
            sink.report(
                Diag::new(code::E1211, format!("two servers know people on {}", x.topology.machine(i.machine.v).name))
                    .at(x.span(i.machine.at), "this one")
                    .at(x.span(first.machine.at), "and this one")
                    .help("give one a machine of its own"),
            );
        }
    }
}

/// E1194: an account at a mail server has a password; E1249: which does not leave in the clear.
fn mail(x: &Lints<'_>, sink: &mut Sink) {
    for m in x.facts.identity.iter().filter_map(|i| i.mail.as_ref()) {
        let plain = m.transport.filter(|t| t.v == crate::schema::MailTransport::Plain);
        if let (Some(t), Some(u), Some(_)) = (plain, &m.user, &m.secret) {
            sink.report(
                Diag::new(code::E1249, "the password of a mail server would leave in the clear")
                    .at(x.span(t.at), "everybody on the way would read it")
                    .at(x.span(u.at), "for this account")
                    .help("transport \"starttls\", or no account"),
            );
        }
        let (at, what, help) = match (&m.user, &m.secret) {
            (Some(u), None) => (u.at, "an account without a password", "secret \"mail\""),
            (None, Some(s)) => (s.at, "a password without an account", "user \"people@example.net\""),
            (Some(_), Some(_)) | (None, None) => continue,
        };
        sink.report(Diag::new(code::E1194, "half of what a mail server asks for").at(x.span(at), what).help(help));
    }
}

/// L1317: a mail server's port speaks in the way that it is there for: TLS from the first byte at 465, STARTTLS or nothing at 25 and 587
/// (RFC 8314 section 3.3). E0205: the server is not the machine itself, for it is asked from a container.
fn mail_ports(x: &Lints<'_>, sink: &mut Sink) {
    for (i, run) in running(x) {
        let Some(IdentityMail { server, port, from: _, login: _, transport }) = &run.mail else { continue };
        if &*server.v.0 == "localhost" || server.v.0.starts_with("127.") {
            sink.report(
                Diag::new(code::E0205, "bad value for `server`: a container would look for it in itself")
                    .at(x.span(server.at), "no mail server is there")
                    .help("server=\"smtp.example.net\""),
            );
        }
        let (what, help) = match (transport.v, port.v) {
            (MailTransport::Tls, 25 | 587) => ("it waits for STARTTLS", "port=465, or transport \"starttls\""),
            (MailTransport::StartTls | MailTransport::Plain, 465) => {
                ("it waits for TLS from the first byte", "transport \"tls\"")
            }
            (MailTransport::Tls | MailTransport::StartTls | MailTransport::Plain, _) => continue,
        };
        let mut d = Diag::new(
            code::L1317,
            format!("{} and port {port} of its mail server wait for each other for ever", i.name),
        )
        .at(x.span(port.at), what);
        if transport.at.rule().is_none() {
            d = d.at(x.span(transport.at), "this is another way to speak");
        }
        sink.report(d.help(help));
    }
}
