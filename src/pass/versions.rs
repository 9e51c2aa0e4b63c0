//! Pass: the dialect of each consumer, what the topology is called, and which topoc may build it.

use super::Cx;
use crate::consumer::OpnsenseCaps;
use crate::consumer::{PROVIDERS, PROXMOX, provider, proxmox};
use crate::diag::{Diag, code};
use crate::ir::facts::{Facts, FirewallFacts};
use crate::ir::{Meta, RawPatch, Target, Targets};
use crate::source::{Origin, Sp};

/// Finds the row of each stated version; reports those that are not known and those that are needed and not stated.
pub fn targets(facts: &Facts, cx: &mut Cx<'_>) -> Targets {
    let mut targets = Targets::default();
    let versions = facts.versions.as_ref();
    let proxmox_needed = facts.proxmox.first().map(|p| p.at);
    let terraform_needed = facts
        .vm
        .iter()
        .map(|v| v.at)
        .chain(facts.firewall.iter().map(|f| f.at))
        .chain(facts.cluster.iter().flat_map(|c| c.nodes.iter().map(|n| n.at)))
        .next();
    let missing = |cx: &mut Cx<'_>, word: &str, what: &str, why: &str, at, help: &str| {
        // A version that cannot be read was reported where it stands.
        if versions.is_some_and(|v| cx.spoiled.iter().any(|(at, w)| *at == v.at && *w == word)) {
            return;
        }
        let mut d =
            Diag::new(code::E0501, format!("the version of {what} is not stated")).at(cx.span(at), why.to_string());
        if let Some(v) = versions {
            d = d.at(cx.span(v.at), "it is stated in here");
        }
        cx.report(d.help(help.to_string()));
    };
    match (versions.and_then(|v| v.proxmox.as_ref()), proxmox_needed) {
        (Some(v), _) => match proxmox(&v.v) {
            Some(row) => targets.proxmox = Some(Sp::new(row, v.at)),
            None => unknown(cx, "Proxmox VE", v, &PROXMOX.iter().map(|p| p.version.to_string()).collect::<Vec<_>>()),
        },
        (None, Some(at)) => {
            missing(cx, "proxmox", "Proxmox VE", "these hosts run it", at, "versions { proxmox \"9.1\" }")
        }
        (None, None) => {}
    }
    match (versions.and_then(|v| v.terraform.as_ref()), terraform_needed) {
        (Some(v), _) => targets.terraform = Some(v.clone()),
        (None, Some(at)) => {
            missing(cx, "terraform", "Terraform", "it makes this machine", at, "versions { terraform \"1.11\" }")
        }
        (None, None) => {}
    }
    match (versions.and_then(|v| v.terraform_provider.as_ref()), terraform_needed) {
        (Some(p), _) => {
            if let (Some(source), Some(version)) = (&p.source, &p.version) {
                targets.provider_source = Some(source.clone());
                targets.provider_version = Some(version.clone());
                match provider(&source.v, &version.v) {
                    Some(row) => {
                        let at = cx.derived(super::rules::INHERITED, &[source.at, version.at]);
                        targets.provider = Some(Sp::new(row, at));
                    }
                    None => {
                        let known: Vec<String> =
                            PROVIDERS.iter().map(|p| format!("{} {}", p.source, p.version)).collect();
                        let same = PROVIDERS.iter().any(|p| p.source.eq_ignore_ascii_case(&source.v));
                        let at = if same { version } else { &version.clone() };
                        let span = cx.span(if same { at.at } else { source.at });
                        cx.report(
                            Diag::new(code::E0502, format!("topoc does not know {} {}", source.v, version.v))
                                .at(span, "its schema was never checked")
                                .help(format!("known are {}", known.join(", "))),
                        );
                    }
                }
            }
        }
        (None, Some(at)) => missing(
            cx,
            "terraform-provider",
            "the Terraform provider",
            "it makes this machine",
            at,
            "versions { terraform-provider \"bpg/proxmox\" \"0.111\" }",
        ),
        (None, None) => {}
    }
    targets
}

fn unknown(cx: &mut Cx<'_>, what: &str, v: &Sp<crate::schema::Version>, known: &[String]) {
    let span = cx.span(v.at);
    cx.report(
        Diag::new(code::E0502, format!("topoc does not know {what} {}", v.v))
            .at(span, "its files were never checked")
            .help(format!("known are {}", known.join(", "))),
    );
}

/// What the topology is called; reports a topoc that is too old for it.
pub fn meta(facts: &Facts, cx: &mut Cx<'_>) -> Option<Meta> {
    let t = facts.topology.as_ref()?;
    if let Some(r) = &t.topoc {
        let parse = |s: &str| s.split('.').map(|p| p.parse::<u32>().unwrap_or(0)).collect::<Vec<_>>();
        let own = env!("CARGO_PKG_VERSION");
        if parse(r.v.trim_start_matches(">=")) > parse(own) {
            let span = cx.span(r.at);
            cx.report(
                Diag::new(code::E0504, format!("this is topoc {own}, the topology wants {}", r.v))
                    .at(span, "stated here")
                    .help("use a newer topoc"),
            );
        }
    }
    Some(Meta { name: t.name.clone()?, domain: t.domain.clone(), contact: t.contact.clone() })
}

/// Fragments for artifacts, ordered by path.
pub fn raws(facts: &Facts) -> Vec<RawPatch> {
    let mut all: Vec<RawPatch> = facts
        .raw
        .iter()
        .filter_map(|r| {
            Some(RawPatch { path: r.path.clone()?, replace: r.replace.clone(), body: r.with.as_ref()?.node, at: r.at })
        })
        .collect();
    all.sort_by(|a, b| a.path.v.cmp(&b.path.v));
    all
}

/// The row of the stated OPNsense; the files pin no release, so a series is enough.
pub fn opnsense(facts: &Facts, cx: &mut Cx<'_>) -> Option<Target<OpnsenseCaps>> {
    let Some(version) = facts.versions.as_ref().and_then(|v| v.opnsense.clone()) else {
        let spoiled = facts.versions.as_ref().is_some_and(|v| cx.spoiled.contains(&(v.at, "opnsense")));
        let needed = facts.firewall.iter().find_map(serves).or(facts.publish.first().map(|p| p.at));
        if let (Some(at), false) = (needed, spoiled) {
            let mut d =
                Diag::new(code::E0501, "the version of OPNsense is not stated").at(cx.span(at), "this needs it");
            if let Some(v) = &facts.versions {
                d = d.at(cx.span(v.at), "it is stated in here");
            }
            cx.report(d.help("versions { opnsense \"26.7\" }"));
        }
        return None;
    };
    let Some(row) = crate::consumer::opnsense(&version.v) else {
        let lines: Vec<&str> = crate::consumer::OPNSENSE.iter().map(|r| r.line).collect();
        let span = cx.span(version.at);
        cx.report(
            Diag::new(code::E0502, format!("OPNsense {} is not known", version.v))
                .at(span, "no models of it were checked")
                .help(format!("known are {}", lines.join(", "))),
        );
        return None;
    };
    let caps = Sp::new(row, version.at);
    Some(Target { version, caps })
}

/// The first statement of a firewall that only its own configuration can carry out.
fn serves(f: &FirewallFacts) -> Option<Origin> {
    let FirewallFacts {
        at: _,
        name: _,
        host: _,
        node: _,
        wan,
        interface,
        management: _,
        ways_out,
        route,
        sync,
        admin,
        dns,
        ntp,
        dhcp,
        logs,
        metrics,
        watch,
        ids,
        shaper,
        vpn,
        nat,
        backup,
        hardware: _,
    } = f;
    let one = [
        sync.as_ref().map(|x| x.at),
        admin.as_ref().map(|x| x.at),
        dns.as_ref().map(|x| x.at),
        ntp.as_ref().map(|x| x.at),
        metrics.as_ref().map(|x| x.at),
        ids.as_ref().map(|x| x.at),
        shaper.as_ref().map(|x| x.at),
        nat.as_ref().map(|x| x.at),
        backup.as_ref().map(|x| x.at),
    ];
    let many = [
        ways_out.first().map(|x| x.at),
        route.first().map(|x| x.at),
        dhcp.first().map(|x| x.at),
        logs.first().map(|x| x.at),
        watch.as_ref().map(|x| x.at),
        vpn.first().map(|x| x.at),
    ];
    let ways = wan.iter().flat_map(|w| {
        [
            w.key.as_ref().map(|x| x.at),
            w.priority.map(|x| x.at),
            w.block_bogons.map(|x| x.at),
            w.block_private.map(|x| x.at),
            w.probe.as_ref().map(|x| x.at),
        ]
    });
    let inner = interface.iter().flat_map(|i| [i.key.as_ref().map(|x| x.at), i.carried_by.as_ref().map(|x| x.at)]);
    one.into_iter().chain(many).chain(ways).chain(inner).flatten().next()
}
