//! Checks over what was decided: one file a family, one function a lint; a lint changes nothing.

mod alerts;
mod asked;
mod backup;
mod balancer;
mod certificates;
mod cilium;
mod dns;
mod environments;
mod firewall;
mod gitops;
mod hosts;
mod identity;
mod ingress;
mod installer;
mod logging;
mod machines;
mod monitoring;
mod nested;
mod networks;
mod placed;
mod policy;
mod raws;
mod secrets;
mod storage;
mod tracing;
mod ui;
mod unused;
mod versions;

use crate::diag::{Diag, Level, Sink, by_name, code};
use crate::ir::Topology;
use crate::ir::facts::Facts;
use crate::source::{Causes, Origin, Span};

/// What a lint may look at.
#[derive(Debug)]
pub struct Lints<'a> {
    /// What the file says.
    pub facts: &'a Facts,
    /// Every name that the file uses, with where.
    pub refs: &'a [crate::schema::RefUse],
    /// What was decided.
    pub topology: &'a Topology,
    /// Where values come from.
    pub causes: &'a Causes,
    /// Today, `YEAR-MONTH-DAY`.
    pub today: &'a str,
}

impl Lints<'_> {
    /// Where a value comes from.
    fn span(&self, at: Origin) -> Span {
        self.causes.span(at).unwrap_or_default()
    }
}

type Lint = fn(&Lints<'_>, &mut Sink);

/// All lints.
const LINTS: &[Lint] = &[
    unused::names,
    secrets::roles,
    secrets::owners,
    secrets::variables,
    asked::network_addresses,
    networks::overlapping_subnets,
    networks::two_routers,
    networks::isolated_vlans,
    networks::internet_flags,
    networks::internet_by_no_way,
    networks::internet_said_otherwise,
    networks::split_gateways,
    networks::public_addresses,
    networks::cluster_ranges,
    networks::unpinned_targets,
    networks::asymmetric_paths,
    networks::node_networks,
    networks::vrids,
    networks::firewall_management,
    hosts::vlans_on_hosts,
    hosts::cables,
    hosts::ports,
    hosts::undefined_tags,
    hosts::mtu_chain,
    hosts::bond_groups,
    machines::quorum,
    machines::idle_hosts,
    machines::pairs,
    machines::ha_storage,
    machines::systems,
    machines::checks,
    machines::raw_edits,
    versions::providers,
    versions::retired,
];

/// Lints of what runs in clusters, a list a family.
const FAMILIES: &[&[Lint]] = &[
    raws::LINTS,
    installer::LINTS,
    cilium::LINTS,
    dns::LINTS,
    balancer::LINTS,
    ingress::LINTS,
    certificates::LINTS,
    ui::LINTS,
    gitops::LINTS,
    storage::LINTS,
    logging::LINTS,
    tracing::LINTS,
    placed::LINTS,
    nested::LINTS,
    monitoring::LINTS,
    policy::LINTS,
    alerts::LINTS,
    identity::LINTS,
    backup::LINTS,
    environments::LINTS,
];

/// Runs all lints.
pub fn run(lints: &Lints<'_>, sink: &mut Sink) {
    for lint in LINTS.iter().chain(FAMILIES.iter().chain(firewall::LINTS).copied().flatten()) {
        lint(lints, sink);
    }
}

/// Takes out what `allow-lint` silences, and reports one that names nothing, silences nothing or has ended.
pub fn suppress(facts: &Facts, causes: &Causes, today: &str, sink: &mut Sink) {
    for allow in &facts.allow_lint {
        let (Some(name), Some(until)) = (&allow.name, &allow.until) else { continue };
        let span = causes.span(name.at).unwrap_or_default();
        let Some(info) = by_name(&name.v) else {
            let known: Vec<&str> =
                crate::diag::ALL.iter().filter(|c| c.level != Level::Error).map(|c| c.name).collect();
            let d =
                Diag::new(code::E0203, format!("no lint is called \"{}\"", name.v)).at(span, "nothing has this name");
            sink.report(match crate::schema::nearest(&name.v, &known) {
                Some(n) => d.help(format!("did you mean \"{n}\"?")),
                None => d.help(format!("there are {}", known.join(", "))),
            });
            continue;
        };
        if info.level == Level::Error {
            sink.report(
                Diag::new(code::E0215, format!("{} is an error and cannot be silenced", info.name))
                    .at(span, "only lints can be")
                    .help(format!("topoc explain {}", info.id)),
            );
            continue;
        }
        if *until.v < *today {
            let at = causes.span(until.at).unwrap_or_default();
            sink.report(
                Diag::new(code::L0216, format!("the permission for {} ended on {}", info.name, until.v))
                    .at(at, "it speaks again")
                    .help("mend what it warns of, or give a later day and say why"),
            );
            continue;
        }
        let before = sink.diags().len();
        sink.retain(|d| d.code.info().id != info.id);
        if sink.diags().len() == before {
            sink.report(
                Diag::new(code::L0217, format!("nothing is silenced by this permission for {}", info.name))
                    .at(span, "the lint has nothing to say")
                    .help("remove the `allow-lint`"),
            );
        }
    }
}
