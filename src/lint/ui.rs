//! Lints of the platform's own pages.

use super::{Lint, Lints};
use crate::consumer::behind;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{Name, PageOf};

/// All of them.
pub(super) const LINTS: &[Lint] =
    &[behind_them, without_login, told_apart, readers, published, from_everywhere, by_http];

/// E1218: what a page shows is there.
fn behind_them(x: &Lints<'_>, sink: &mut Sink) {
    let wrong = sink.has_errors();
    for (c, layer) in x.topology.layers() {
        let Some(ui) = &layer.ui else { continue };
        let Some(f) = x.facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v)) else {
            continue;
        };
        // Of what is stated and not decided it was reported why.
        // What an environment takes away takes its pages with it, so there too something else is wrong.
        let lost = wrong && !std::ptr::eq(layer, &c.layer);
        let there = |stated: bool, decided: bool, here: bool| here || (stated && (!decided || lost));
        for p in &ui.pages {
            let flows = layer.cilium.as_ref().and_then(|c| c.flows.as_ref());
            let (there, who, help) = match p.of.v {
                PageOf::Grafana if layer.monitoring.as_ref().is_some_and(|m| m.grafana.is_none()) => {
                    // Of a secret that is wrong it was reported.
                    let stated = f.monitoring.as_ref().is_some_and(|m| m.grafana.is_some());
                    (stated, "Grafana does not run", "grafana secret=\"dashboards\"")
                }
                PageOf::Alertmanager | PageOf::Grafana | PageOf::Prometheus => {
                    let here = layer.monitoring.is_some();
                    let there = there(f.monitoring.is_some(), c.layer.monitoring.is_some(), here);
                    (there, "nobody monitors it", "monitoring")
                }
                PageOf::ArgoCd => {
                    let there = there(f.gitops.is_some(), c.layer.gitops.is_some(), layer.gitops.is_some());
                    (there, "nothing is deployed by Argo CD", "gitops \"argo-cd\" { … }")
                }
                PageOf::Ceph => (
                    match &layer.storage {
                        Some(s) => s.dashboard.is_some(),
                        None => there(!f.storage.is_empty(), c.layer.storage.is_some(), false),
                    },
                    "Ceph shows nothing",
                    "dashboard",
                ),
                PageOf::Hubble => (flows.is_some_and(|f| f.ui.v), "Hubble has no page", "flows { ui }"),
                PageOf::Kubesphere => (
                    f.install.as_ref().is_some_and(|i| i.kubesphere.is_some()),
                    "KubeSphere is not installed",
                    "kubesphere { … }",
                ),
            };
            let speaks = layer.storage.as_ref().and_then(|s| s.dashboard.as_ref()).filter(|d| d.tls.v);
            if let (PageOf::Ceph, PageLogin::Own, Some(d)) = (p.of.v, &p.login, speaks) {
                sink.report(
                    Diag::new(code::E1218, "the gateway cannot speak to Ceph's dashboard")
                        .at(x.span(d.tls.at), "it speaks TLS with a certificate that it signs itself")
                        .at(x.span(p.of.at), "only an outpost takes that, and no `identity` is named")
                        .help(format!("identity \"{}\", or dashboard {{ tls #false }}", server(x))),
                );
                continue;
            }
            // What Cilium does not say because it is wrong was reported.
            if there || (p.of.v == PageOf::Hubble && layer.cilium.is_none() && f.network.is_some()) {
                continue;
            }
            sink.report(
                Diag::new(code::E1218, format!("there is nothing behind page \"{}\" of cluster {}", p.of.v, c.name))
                    .at(x.span(p.of.at), who)
                    .at(x.span(c.at), "this cluster")
                    .help(help),
            );
        }
    }
}

/// The only server that knows people, or what one may be called.
fn server<'a>(x: &Lints<'a>) -> &'a str {
    match &x.topology.identities[..] {
        [only] => &only.name.v,
        _ => "authentik",
    }
}

/// L1217: a page that asks nobody who they are does what it is told by whoever reaches it.
fn without_login(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(ui) = &layer.ui else { continue };
        for p in &ui.pages {
            let what = match p.of.v {
                PageOf::Alertmanager => "may silence every alert",
                PageOf::Hubble => "sees who talks to whom",
                PageOf::Prometheus => "reads every figure",
                // They have accounts of their own.
                PageOf::ArgoCd | PageOf::Ceph | PageOf::Grafana | PageOf::Kubesphere => continue,
            };
            if matches!(p.login, PageLogin::Own) && !behind(p.of.v).oidc {
                sink.report(
                    Diag::new(code::L1217, format!("page \"{}\" asks nobody who they are", p.of.v))
                        .at(x.span(p.of.at), format!("whoever may open it {what}"))
                        .at(x.span(ui.at), "no `identity` is named here")
                        .help(format!("identity \"{}\"", server(x))),
                );
            }
        }
    }
}

/// L1300: who may change things and who may look are told apart by the page itself, or by nobody: an outpost lets people in or
/// not, and KubeSphere makes accounts without a role of whoever logs in (kubesphere/kubesphere, issue 5373; its OIDC provider
/// reads no groups).
fn told_apart(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.clusters.iter().map(|c| (c, &c.layer)) {
        let Some(ui) = &layer.ui else { continue };
        for p in &ui.pages {
            let (Some(admin), Some(reader)) = (p.admins.first(), p.readers.first()) else { continue };
            let why = match p.of.v {
                // Readers who silence alerts are L1314.
                PageOf::ArgoCd | PageOf::Grafana | PageOf::Alertmanager => continue,
                PageOf::Kubesphere => "KubeSphere gives neither of them a role: its own administrators do",
                PageOf::Ceph => "whoever comes in logs in again, with an account of Ceph's",
                PageOf::Hubble | PageOf::Prometheus => "whoever comes in sees the same",
            };
            let all: String = p.admins.iter().chain(&p.readers).map(|g| format!(" \"{}\"", g.v)).collect();
            sink.report(
                Diag::new(
                    code::L1300,
                    format!("page \"{}\" of cluster {} does not tell admins from readers", p.of.v, c.name),
                )
                .at(x.span(admin.at), "these are believed to be able to do more")
                .at(x.span(reader.at), "than these")
                .note(why)
                .help(format!("readers{all}, and no `admins`")),
            );
        }
    }
}

/// L1314: an outpost knows who may come in, and not what they may do there; Alertmanager knows nobody, so whoever comes in may
/// silence alerts (Prometheus, Security model: Alertmanager). Prometheus and Hubble change nothing for whoever looks, and Ceph
/// asks for an account of its own. Who changes things on another page is trusted with this one.
fn readers(x: &Lints<'_>, sink: &mut Sink) {
    let mut told = Vec::new();
    for (_, layer) in x.topology.layers() {
        let Some(ui) = &layer.ui else { continue };
        let Some(p) = ui.page(PageOf::Alertmanager).filter(|p| matches!(p.login, PageLogin::Outpost)) else { continue };
        let trusted = |who: &Name| ui.pages.iter().flat_map(|p| &p.admins).any(|a| a.v == *who);
        let Some(first) = p.readers.iter().find(|r| !trusted(&r.v)) else { continue };
        if told.contains(&first.at) {
            continue;
        }
        told.push(first.at);
        let mut all: Vec<&str> = p.admins.iter().chain(&p.readers).map(|n| n.v.as_str()).collect();
        all.dedup();
        let all: String = all.iter().map(|n| format!(" \"{n}\"")).collect();
        sink.report(
            Diag::new(code::L1314, format!("readers of page \"{}\" may silence every alert", p.of.v))
                .at(x.span(first.at), "these are to look, and may do whatever the page can")
                .at(x.span(p.of.at), "it knows nobody, and the outpost before it lets in or does not")
                .help(format!("admins{all} instead of `readers`, or leave out who shall not")),
        );
    }
}

/// E1219: what nothing publishes is published.
fn published(x: &Lints<'_>, sink: &mut Sink) {
    for (c, layer) in x.topology.layers() {
        let Some((_, address)) = layer.ui.as_ref().and_then(|u| u.way.address.as_ref()) else { continue };
        for p in x.topology.publishes.iter().filter(|p| p.target.v == address.v) {
            sink.report(
                Diag::new(code::E1219, format!("the pages of cluster {} are on the Internet", c.name))
                    .at(x.span(p.at), "this hands strangers to them")
                    .at(x.span(address.at), "their gateway")
                    .help("let people come by VPN: from { vpn \"admins\" }"),
            );
        }
    }
}

/// L1316: people from everywhere are to open them. A VPN proves who comes before anything answers.
fn from_everywhere(x: &Lints<'_>, sink: &mut Sink) {
    let mut told = Vec::new();
    for (c, layer) in x.topology.layers() {
        let Some(ui) = &layer.ui else { continue };
        let all = ui.from.iter().find_map(|z| if let PolicyZone::Internet(i) = z { Some(i.at) } else { None });
        let Some(at) = all.filter(|at| !told.contains(at)) else { continue };
        told.push(at);
        sink.report(
            Diag::new(code::L1316, format!("the pages of cluster {} are for the Internet", c.name))
                .at(x.span(at), "this is everybody")
                .at(x.span(ui.at), "these pages")
                .help("let people come by VPN: from { vpn \"admins\" }"),
        );
    }
}

/// E1220: a challenge by HTTP comes from the Internet (RFC 8555 section 8.3), which does not reach these pages.
fn by_http(x: &Lints<'_>, sink: &mut Sink) {
    for (_, layer) in x.topology.layers() {
        let Some(g) = layer.ui.as_ref().and_then(|u| u.way.gateway()) else { continue };
        for l in &g.listeners {
            let (Some(Tls::By(by)), Some(host)) = (&l.tls, &l.host) else { continue };
            let issuers = layer.certificates.iter().flat_map(|c| &c.issuers);
            let Some(a) = issuers.into_iter().find(|i| i.name.v == by.v).and_then(|i| i.acme()) else { continue };
            let covers = |z: &str| &*host.v.0 == z || host.v.0.ends_with(&format!(".{z}"));
            if a.dns01.iter().any(|d| d.zones.is_empty() || d.zones.iter().any(|z| covers(&z.v.0))) {
                continue;
            }
            let Some(via) = a.http01 else { continue };
            sink.report(
                Diag::new(
                    code::E1220,
                    format!("{} cannot issue for {}: nobody outside reaches that name", by.v, host.v),
                )
                .at(x.span(by.at), "the certificates of these pages")
                .at(x.span(via.at), "its challenge comes from the Internet, by HTTP")
                .help("dns01 \"rfc2136\" { … }, or an issuer with a CA of yours"),
            );
            // One message for all of them: the issuer is the same.
            break;
        }
    }
}
