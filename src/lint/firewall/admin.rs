//! Checks of who manages a firewall, and from where; a lint changes nothing.

use super::super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::{Admin, DirectorySpeaks, Firewall, OpeningFrom, PeopleDirectory, PolicyZone, RuleOn};
use crate::schema::DirectoryTransport;

/// All of them.
pub const LINTS: &[super::Lint] = &[plaintext, root, passwords, outside, directory_only, never_asked, standby];

/// Firewalls that say who manages them.
fn admins<'a>(x: &'a Lints<'_>) -> impl Iterator<Item = (&'a Firewall, &'a Admin)> {
    x.topology.firewalls.iter().filter_map(|f| Some((f, f.layer.admin.as_ref()?)))
}

/// L1152: passwords of people never travel readable.
fn plaintext(x: &Lints<'_>, sink: &mut Sink) {
    for (_, a) in admins(x) {
        for d in &a.directories {
            let DirectorySpeaks::Ldap { transport, .. } = &d.speaks else { continue };
            if transport.v == DirectoryTransport::Plain {
                sink.report(
                    Diag::new(code::L1152, format!("passwords travel readable to directory \"{}\"", d.name))
                        .at(x.span(transport.at), "nothing keeps them secret")
                        .at(x.span(d.at), "this directory")
                        .note(
                            "LDAP sends the password of each person who logs in, and that of the firewall's own search",
                        )
                        .help("transport \"tls\""),
                );
            }
        }
    }
}

/// L1153: whoever is root by SSH has no name (RFC fault F3).
fn root(x: &Lints<'_>, sink: &mut Sink) {
    for (f, a) in admins(x) {
        let Some(s) = a.ssh.as_ref().filter(|s| s.root.v) else { continue };
        sink.report(
            Diag::new(code::L1153, format!("root may log in to firewall {} by SSH", f.name))
                .at(x.span(s.root.at), "no log would say who it was")
                .note("an account with `login` is an administrator with a name, and a shell")
                .help("remove `root-login`"),
        );
    }
}

/// L1154: a password can be guessed from afar.
fn passwords(x: &Lints<'_>, sink: &mut Sink) {
    for (f, a) in admins(x) {
        let Some(s) = a.ssh.as_ref().filter(|s| s.passwords.v) else { continue };
        sink.report(
            Diag::new(code::L1154, format!("a password is enough for SSH of firewall {}", f.name))
                .at(x.span(s.passwords.at), "it can be guessed")
                .note("the keys of a `login` are there for each account that names it")
                .help("remove `password-login`"),
        );
    }
}

/// L1159: the node that waits has the VPN's subnet too, and answers into its own VPN, where nobody is.
fn standby(x: &Lints<'_>, sink: &mut Sink) {
    for (f, a) in admins(x).filter(|(f, _)| f.nodes.len() > 1) {
        for (key, what) in [("web", "the web interface"), ("ssh", "SSH")] {
            let mut ways = a.openings.iter().filter(|o| o.key == key).peekable();
            let Some(first) = ways.peek().copied() else { continue };
            if ways.any(|o| matches!(o.on, RuleOn::Interface(_))) {
                continue;
            }
            let waits = x.topology.machine(f.nodes[1]);
            sink.report(
                Diag::new(code::L1159, format!("nobody reaches {what} of {} while it waits", waits.name))
                    .at(x.span(first.about.at), "only by a VPN, which ends at the node that is active")
                    .at(x.span(waits.at), "this node of the pair")
                    .note("a node that waits answers into its own VPN, where nobody is")
                    .help("add a `machine` of the inside to `from`: who comes by the VPN goes on from there"),
            );
        }
    }
}

/// L1155: what manages a firewall is not for those outside.
fn outside(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        for o in f.layer.admin.iter().flat_map(|a| &a.openings).chain(&f.layer.watch.openings) {
            let RuleOn::Interface(i) = o.on else { continue };
            let interface = &f.layer.network.interfaces[i];
            if interface.gateway.is_none() {
                continue;
            }
            let (what, read) = match o.key.as_str() {
                "ssh" => ("SSH", false),
                "web" => ("the web interface", false),
                _ => ("what tells the figures", true),
            };
            // A rule for figures is about all of its readers: those of them that come in here are named.
            let zones = match &o.from {
                OpeningFrom::Zones(z) => z.first().map(PolicyZone::at),
                OpeningFrom::Anyone | OpeningFrom::ItsNetwork => None,
            };
            let who = if read { zones.unwrap_or(o.at) } else { o.about.at };
            sink.report(
                Diag::new(code::L1155, format!("{what} of firewall {} is reached by a way out", f.name))
                    .at(x.span(who), "who may reach it comes in there")
                    .at(x.span(interface.at), "this way out")
                    .note("everybody beyond it may try; a VPN proves who comes before anything answers")
                    .help("from { vpn \"admins\" }"),
            );
        }
    }
}

/// L1156: a directory that is down locks everybody out.
fn directory_only(x: &Lints<'_>, sink: &mut Sink) {
    for (f, a) in admins(x) {
        if a.web.log_in.iter().any(|d| d.v.as_str() == "local") {
            continue;
        }
        let Some(first) = a.web.log_in.first() else { continue };
        sink.report(
            Diag::new(code::L1156, format!("nobody logs in to firewall {} while its directory is down", f.name))
                .at(x.span(first.at), "only this knows who people are")
                .note("the directory may be behind this very firewall")
                .help(format!("log-in \"{}\" \"local\"", first.v)),
        );
    }
}

/// L1207: directories, and nobody who logs in is looked up in any. One beside another may be for what is set up by hand.
fn never_asked(x: &Lints<'_>, sink: &mut Sink) {
    for (f, a) in admins(x) {
        let asked = |d: &PeopleDirectory| a.web.log_in.iter().any(|l| l.v.as_str() == d.name.v.as_str());
        let Some(d) = a.directories.first().filter(|_| !a.directories.iter().any(asked)) else { continue };
        sink.report(
            Diag::new(code::L1207, format!("firewall {} never asks directory \"{}\"", f.name, d.name))
                .at(x.span(d.at), "who logs in is looked up elsewhere")
                .at(x.span(a.web.at), "no `log-in` here names it")
                .help(format!("log-in \"{}\" \"local\", or remove the directory", d.name)),
        );
    }
}
