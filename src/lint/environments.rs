//! Lints of environments: what is outside of a cluster is there once, whichever of its settings are in force.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{OffWord, PageOf};
use crate::source::Origin;

/// All of them.
pub(super) const LINTS: &[Lint] = &[logs, published, pages, names];

/// Every environment with its cluster.
fn all<'a>(x: &'a Lints<'_>) -> impl Iterator<Item = (&'a Cluster, &'a Environment)> {
    x.topology.clusters.iter().flat_map(|c| c.environments.iter().map(move |e| (c, e)))
}

/// Where an environment takes a statement away.
fn off(e: &Environment, word: OffWord) -> Option<Origin> {
    e.off.iter().find(|o| o.word.v == word).map(|o| o.word.at)
}

/// E0617, L0618: firewalls send their logs to one place.
fn logs(x: &Lints<'_>, sink: &mut Sink) {
    for (c, e) in all(x) {
        let Some(own) = c.layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) else { continue };
        let Some(sender) = own.senders.first() else { continue };
        let firewall = &x.topology.firewall(sender.firewall).name;
        let Some(other) = e.layer.logging.as_ref().and_then(|l| l.syslog.as_ref()) else {
            if let Some(at) = off(e, OffWord::Logging) {
                sink.report(
                    Diag::new(code::L0618, format!("nobody takes the logs of {firewall} in environment {}", e.name))
                        .at(x.span(at), "the listener is gone with it")
                        .at(x.span(sender.at), "they are sent there all the same")
                        .help("logs with an address outside of the cluster beside these, or keep `logging`"),
                );
            }
            continue;
        };
        let differs = [
            ("address", other.address.v != own.address.v, other.address.at, own.address.at),
            ("port", other.port.v != own.port.v, other.port.at, own.port.at),
            ("protocol", other.protocol.v != own.protocol.v, other.protocol.at, own.protocol.at),
        ];
        for (what, _, here, there) in differs.into_iter().filter(|(_, differs, ..)| *differs) {
            let there = if there.rule().is_some() { own.at } else { there };
            sink.report(
                Diag::new(code::E0617, format!("the {what} of the listener cannot differ in environment {}", e.name))
                    .at(x.span(here), "the environment takes logs here")
                    .at(x.span(there), "the cluster takes them here")
                    .at(x.span(sender.at), "and a firewall sends them to one place")
                    .help(format!("remove `{what}` from the environment")),
            );
        }
    }
}

/// L0618: what is published leads to one address, which an environment gives to nobody or to somebody else.
fn published(x: &Lints<'_>, sink: &mut Sink) {
    for (c, e) in all(x) {
        for way in &c.layer.ingresses {
            let Some((_, own)) = &way.address else { continue };
            let Some(p) = x.topology.publishes.iter().find(|p| p.target.v == own.v) else { continue };
            let other = e.layer.ingresses.iter().find(|o| o.by.v == way.by.v);
            let (at, what) = match other {
                Some(o) => match &o.address {
                    Some((_, a)) if a.v == own.v => continue,
                    Some((_, a)) => (a.at, "the environment has this one"),
                    None => (e.at, "the environment pins none"),
                },
                // What is wrong with it was reported.
                None => match off(e, OffWord::Ingress) {
                    Some(at) => (at, "the environment has none"),
                    None => continue,
                },
            };
            let other = if at == e.at { e.name.at } else { at };
            sink.report(
                Diag::new(
                    code::L0618,
                    format!("\"{}\" leads to nobody while environment {} is in force", p.name, e.name),
                )
                .at(x.span(other), what)
                .at(x.span(own.at), "the firewall sends to this address")
                .at(x.span(p.at), "by this")
                .help("remove the address from the environment"),
            );
        }
    }
}

/// E0617: who knows people knows one application for each page, with one secret, one outpost and the groups that it admits.
fn pages(x: &Lints<'_>, sink: &mut Sink) {
    for (c, e) in all(x) {
        let kubesphere = c.layer.install.as_ref().is_some_and(|i| i.kubesphere.is_some());
        let mut found: Vec<(String, Origin, Origin, &str)> = Vec::new();
        let theirs = e.layer.ui.as_ref();
        let base = c.layer.ui.as_ref();
        if let (Some(own), Some(ui)) = (base, theirs) {
            let id = |u: &Ui| u.identity.map(|i| i.v);
            if id(own) != id(ui) {
                let at = ui.identity.map_or(e.at, |i| i.at);
                found.push(("identity".into(), at, own.identity.map_or(own.at, |i| i.at), "remove `identity`"));
            }
            if let (Some(a), Some(b)) = (own.outpost, ui.outpost)
                && a.v != b.v
            {
                found.push(("outpost".into(), b.at, a.at, "remove `outpost`"));
            }
            for p in &ui.pages {
                let Some(before) = own.page(p.of.v) else { continue };
                if let (PageLogin::Oidc { secret: a, .. }, PageLogin::Oidc { secret: b, .. }) =
                    (&before.login, &p.login)
                    && a.v != b.v
                {
                    found.push((format!("secret of page \"{}\"", p.of.v), b.at, a.at, "remove `secret`"));
                }
                for (word, a, b) in [("admins", &before.admins, &p.admins), ("readers", &before.readers, &p.readers)] {
                    if ui.identity.is_some() && a != b {
                        let at = |l: &[crate::source::Sp<crate::schema::Name>], or| l.first().map_or(or, |n| n.at);
                        let help = if word == "admins" { "remove `admins`" } else { "remove `readers`" };
                        found.push((format!("{word} of page \"{}\"", p.of.v), at(b, p.at), at(a, before.at), help));
                    }
                }
            }
        }
        // KubeSphere is put in by the installer, which knows no environment.
        if let (true, Some(p)) = (kubesphere, theirs.and_then(|u| u.page(PageOf::Kubesphere))) {
            let own = base.and_then(|u| u.page(PageOf::Kubesphere));
            if own.is_none_or(|o| o.host.v != p.host.v) {
                let there = own.map_or(c.at, |o| o.host.at);
                found.push(("name of page \"kubesphere\"".into(), p.host.at, there, "state the page in the cluster"));
            }
        }
        for (what, here, there, help) in found {
            sink.report(
                Diag::new(code::E0617, format!("the {what} cannot differ in environment {}", e.name))
                    .at(x.span(here), "in the environment")
                    .at(x.span(there), "in the cluster")
                    .note("it is told to what is outside of the cluster, and that is there once")
                    .help(help),
            );
        }
    }
}

/// E0617: a name has one address, so pages that are elsewhere in an environment have other names there.
fn names(x: &Lints<'_>, sink: &mut Sink) {
    for c in &x.topology.clusters {
        let layers = std::iter::once(&c.layer).chain(c.environments.iter().map(|e| &e.layer));
        let mut seen: Vec<(&Page, crate::source::Sp<std::net::Ipv4Addr>)> = Vec::new();
        for ui in layers.filter_map(|l| l.ui.as_ref()) {
            let Some((_, address)) = &ui.way.address else { continue };
            for p in &ui.pages {
                if let Some((_, first)) = seen.iter().find(|(o, a)| o.host.v == p.host.v && a.v != address.v) {
                    sink.report(
                        Diag::new(
                            code::E0617,
                            format!("the address of the pages cannot differ where they are called {}", p.host.v),
                        )
                        .at(x.span(address.at), "this address")
                        .at(x.span(first.at), "and this one")
                        .note("people find a page by its name, and a name server gives one address for it")
                        .help("domain \"staging.example.net\", or remove `address` from the environment"),
                    );
                    // One message for all pages: the address is the same.
                    break;
                }
                seen.push((p, *address));
            }
        }
    }
}
