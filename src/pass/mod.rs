//! Facts to [`Topology`]: each pass decides one thing and changes nothing that another decided; the order is on this screen.

mod addresses;
mod alerts;
mod backup;
mod balancer;
mod certificates;
mod ci;
mod cilium;
mod clusters;
mod dns;
mod firewall;
mod gitops;
mod health;
mod hypervisors;
mod identity;
mod ids;
mod incomplete;
mod ingress;
mod installer;
mod layer;
mod literal;
pub mod lock;
mod logging;
mod machines;
mod monitoring;
mod names;
mod nested;
mod networks;
mod policy;
pub mod rules;
mod storage;
mod targets;
mod tracing;
mod ui;
mod versions;

use std::collections::BTreeMap;

use crate::decode::Decoded;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::{LabelKey, LabelValue, Name};
use crate::source::{Causes, Origin, Rule, Sp, Span};
use lock::Lock;

/// Blocks of rules that passes decide by, for those who look up a rule's sentence.
pub const RULE_BLOCKS: &[(u16, &[crate::source::RuleDef])] = &[
    (rules::RULE_BLOCK, rules::RULES),
    (installer::RULE_BLOCK, installer::RULES),
    (dns::RULE_BLOCK, dns::RULES),
    (cilium::RULE_BLOCK, cilium::RULES),
    (balancer::RULE_BLOCK, balancer::RULES),
    (ingress::RULE_BLOCK, ingress::RULES),
    (certificates::RULE_BLOCK, certificates::RULES),
    (storage::RULE_BLOCK, storage::RULES),
    (policy::RULE_BLOCK, policy::RULES),
    (nested::RULE_BLOCK, nested::RULES),
    (identity::RULE_BLOCK, identity::RULES),
    (ui::RULE_BLOCK, ui::RULES),
    (monitoring::RULE_BLOCK, monitoring::RULES),
    (gitops::RULE_BLOCK, gitops::RULES),
    (alerts::RULE_BLOCK, alerts::RULES),
    (logging::RULE_BLOCK, logging::RULES),
    (tracing::RULE_BLOCK, tracing::RULES),
    (backup::RULE_BLOCK, backup::RULES),
    (ci::RULE_BLOCK, ci::RULES),
    (firewall::network::RULE_BLOCK, firewall::network::RULES),
    (firewall::pair::RULE_BLOCK, firewall::pair::RULES),
    (firewall::admin::RULE_BLOCK, firewall::admin::RULES),
    (firewall::dns::RULE_BLOCK, firewall::dns::RULES),
    (firewall::ntp::RULE_BLOCK, firewall::ntp::RULES),
    (firewall::dhcp::RULE_BLOCK, firewall::dhcp::RULES),
    (firewall::watch::RULE_BLOCK, firewall::watch::RULES),
    (firewall::vpn::RULE_BLOCK, firewall::vpn::RULES),
    (firewall::shaper::RULE_BLOCK, firewall::shaper::RULES),
    (firewall::ids::RULE_BLOCK, firewall::ids::RULES),
    (firewall::nat::RULE_BLOCK, firewall::nat::RULES),
    (firewall::filter::RULE_BLOCK, firewall::filter::RULES),
];

/// Decides everything. What is wrong is reported and left out, so that lints can look at the rest.
pub fn resolve(decoded: &Decoded, lock: &Lock, causes: &mut Causes, sink: &mut Sink) -> Topology {
    let facts = &decoded.facts;
    let mut cx = Cx { causes, sink, spoiled: &decoded.spoiled };
    names::check(decoded, &mut cx);
    let index = names::index(facts);
    let mut targets = versions::targets(facts, &mut cx);
    targets.cluster = targets::cluster(facts, &mut cx);
    targets.authentik = targets::authentik(facts, &mut cx);
    let drafts = machines::drafts(facts, &index, &mut cx);
    let incomplete = incomplete::find(facts, &index, &drafts, &cx);
    let mut topology = Topology {
        incomplete,
        meta: versions::meta(facts, &mut cx),
        targets,
        vlans: networks::vlans(facts, &index, &mut cx),
        logins: machines::logins(facts),
        secrets: machines::secrets(facts),
        datastores: machines::datastores(facts, &mut cx),
        raws: versions::raws(facts),
        ..Topology::default()
    };
    topology.upstreams = networks::upstreams(facts, &index);
    topology.switches = networks::switches(facts, &index, &topology.vlans, &mut cx);
    topology.public = networks::public(facts, &index);
    topology.templates = machines::templates(facts, &index, &mut cx);
    (topology.proxmoxes, topology.hosts) = hypervisors::hypervisors(facts, &index, &topology.vlans, &mut cx);
    topology.firewalls = machines::firewalls(facts, &index, &topology.vlans, &mut cx);
    topology.machines = machines::machines(&drafts, &index, &topology, lock, &mut cx);
    topology.clusters = clusters::clusters(facts, &index, &topology, &mut cx);
    topology.identities = identity::decide(facts, &index, &topology, &mut cx);
    ids::assign(facts, &mut topology, &drafts, lock, &mut cx);
    topology.backups = backup::jobs(facts, &index, &topology, &mut cx);
    addresses::gateways(&mut topology, &mut cx);
    addresses::clients(facts, &index, &mut topology, &mut cx);
    topology.targets.opnsense = versions::opnsense(facts, &mut cx);
    topology.schedules = policy::schedules(facts, &mut cx);
    topology.allows = policy::allows(facts, &index, &topology, &mut cx);
    topology.denies = policy::denies(facts, &index, &topology, &mut cx);
    topology.expects = policy::expects(facts, &index, &topology, &mut cx);
    layer::layers(facts, &index, &mut topology, &mut cx);
    topology.publishes = firewall::nat::publishes(facts, &index, &topology, &mut cx);
    topology.adopted = lock.adopted.clone();
    firewall::layers(facts, &index, &mut topology, &mut cx);
    identity::serve(facts, &index, &mut topology, &mut cx);
    health::checks(&mut topology, &mut cx);
    topology.ci = ci::decide(facts, &topology, &mut cx);
    addresses::claims(&mut topology, &mut cx);
    topology
}

/// What every pass needs: where origins are made and where problems go.
pub struct Cx<'a> {
    /// Origins.
    pub causes: &'a mut Causes,
    /// Problems.
    pub sink: &'a mut Sink,
    /// Statements and words that they say in a way that was reported.
    pub spoiled: &'a [(Origin, &'static str)],
}

impl Cx<'_> {
    /// Where a value comes from, for a label; the start of the file when it comes from rules alone.
    pub fn span(&self, at: Origin) -> Span {
        self.causes.span(at).unwrap_or_default()
    }

    /// A derived origin.
    pub fn derived(&mut self, rule: Rule, from: &[Origin]) -> Origin {
        self.causes.derived(rule, from)
    }

    /// A derived value.
    pub fn make<T>(&mut self, v: T, rule: Rule, from: &[Origin]) -> Sp<T> {
        Sp::new(v, self.causes.derived(rule, from))
    }

    /// Reports.
    pub fn report(&mut self, diag: Diag) {
        self.sink.report(diag);
    }
}

/// Whether the topology's domain was stated in a way that was reported, so that nobody complains of its absence.
pub(crate) fn domain_reported(facts: &crate::ir::facts::Facts, cx: &Cx<'_>) -> bool {
    facts.topology.as_ref().is_some_and(|t| cx.spoiled.contains(&(t.at, "domain")))
}

/// A stated value, or a default with the rule that says so.
pub(crate) fn or<T>(stated: Option<Sp<T>>, default: T, rule: Rule) -> Sp<T> {
    stated.unwrap_or_else(|| Sp::new(default, rule.origin()))
}

/// Labels ordered by key, each key once; reports those that are stated twice.
pub(crate) fn labels(stated: &[crate::ir::facts::LabelFacts], cx: &mut Cx<'_>) -> Vec<(Sp<LabelKey>, Sp<LabelValue>)> {
    let mut all: Vec<_> = stated.iter().filter_map(|l| Some((l.key.clone()?, l.value.clone()?))).collect();
    all.sort_by(|a, b| a.0.v.cmp(&b.0.v));
    for pair in all.windows(2).filter(|p| p[0].0.v == p[1].0.v) {
        let (a, b) = (cx.span(pair[1].0.at), cx.span(pair[0].0.at));
        cx.report(
            Diag::new(code::E0202, format!("label `{}` is stated twice", pair[0].0.v))
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
    all.dedup_by(|a, b| a.0.v == b.0.v);
    all
}

/// Numbers of named things, in the order in which the topology lists them.
#[derive(Debug, Default)]
pub struct Index {
    vlans: BTreeMap<Name, u32>,
    upstreams: BTreeMap<Name, u32>,
    proxmoxes: BTreeMap<Name, u32>,
    hosts: BTreeMap<Name, u32>,
    datastores: BTreeMap<Name, u32>,
    logins: BTreeMap<Name, u32>,
    templates: BTreeMap<Name, u32>,
    secrets: BTreeMap<Name, u32>,
    firewalls: BTreeMap<Name, u32>,
    machines: BTreeMap<Name, u32>,
    clusters: BTreeMap<Name, u32>,
    identities: BTreeMap<Name, u32>,
}

macro_rules! find {
    ($($get:ident $field:ident $Id:ident;)*) => {
        impl Index {
            $(fn $get(&self, name: &Name) -> $Id {
                self.$field.get(name).map_or($Id::REPORTED, |n| $Id(*n))
            })*
        }
    };
}

find! {
    vlan vlans VlanId;
    upstream upstreams UpstreamId;
    host hosts HostId;
    datastore datastores DatastoreId;
    login logins LoginId;
    template templates TemplateId;
    secret secrets SecretId;
    firewall firewalls FirewallId;
    machine machines MachineId;
    proxmox proxmoxes ProxmoxId;
    cluster clusters ClusterId;
    identity identities IdentityId;
}
