//! Decided: what a firewall looks for in the traffic; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// What a firewall looks for in the traffic.
#[derive(Clone, Debug, Serialize)]
pub struct Ids {
    /// The interfaces, ordered: numbers in [`super::FirewallNetwork::interfaces`].
    pub interfaces: Vec<Sp<usize>>,
    /// What happens to what it finds.
    pub mode: Sp<IdsMode>,
    /// What is at home: networks of its interfaces and behind them, and its public addresses.
    pub home: Vec<Sp<ipnet::Ipv4Net>>,
    /// Sets of rules, ordered by name; each is in the list of its release.
    pub rulesets: Vec<Sp<RulesetName>>,
    /// When they are fetched again.
    pub update: IdsUpdate,
    /// How patterns are looked for.
    pub matcher: Sp<Matcher>,
    /// How much memory is spent on looking things up.
    pub profile: Sp<IdsProfile>,
    /// Whether it looks at frames that are for others too.
    pub promiscuous: Sp<bool>,
    /// How alerts reach the system's log.
    pub log: Sp<IdsLog>,
    /// Whether alerts carry what the packet held.
    pub payload: Sp<bool>,
    /// When a new file of alerts is begun.
    pub rotate: Sp<Rotation>,
    /// How many files of alerts are kept.
    pub keep: Sp<u16>,
    /// What becomes of rules of some sets, in the order in which they are asked.
    pub policies: Vec<IdsPolicy>,
    /// What becomes of single rules, ordered by number.
    pub rules: Vec<IdsRule>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// When rules are fetched again, by the firewall's clock.
#[derive(Clone, Debug, Serialize)]
pub struct IdsUpdate {
    /// How often.
    pub every: Sp<UpdateEvery>,
    /// The minute of the hour.
    pub minute: Sp<u8>,
    /// The hour.
    pub hour: Sp<u8>,
}

/// What becomes of rules of some sets.
#[derive(Clone, Debug, Serialize)]
pub struct IdsPolicy {
    /// Its name.
    pub name: Sp<Label>,
    /// Its position; no two have the same.
    pub order: Sp<u16>,
    /// The sets: numbers in [`Ids::rulesets`]; empty for all.
    pub rulesets: Vec<Sp<usize>>,
    /// The rules among them, by what their authors chose; empty for all.
    pub of: Vec<Sp<IdsAction>>,
    /// What they do then.
    pub then: Sp<IdsAction>,
}

/// What becomes of one rule.
#[derive(Clone, Debug, Serialize)]
pub struct IdsRule {
    /// Its number.
    pub sid: Sp<u32>,
    /// What it does then.
    pub then: Sp<IdsAction>,
}
