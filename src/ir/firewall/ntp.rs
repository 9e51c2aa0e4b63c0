//! Decided: the time that a firewall tells others; holds no diagnostics and does no work.

use serde::Serialize;

use super::Opening;
use crate::schema::Domain;
use crate::source::{Origin, Sp};

/// The time, for others.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallNtp {
    /// Interfaces whose networks may ask: numbers in [`super::FirewallNetwork::interfaces`].
    pub served: Vec<Sp<usize>>,
    /// Interfaces that it listens on and asks by: the ways out, then the served ones.
    pub listen: Vec<Sp<usize>>,
    /// Whom it asks itself, in the order of the file.
    pub servers: Vec<TimeServer>,
    /// What works only with a rule.
    pub openings: Vec<Opening>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A server that is asked for the time.
#[derive(Clone, Debug, Serialize)]
pub struct TimeServer {
    /// Its name or address.
    pub name: Sp<Domain>,
    /// Whether it is believed first.
    pub prefer: Sp<bool>,
    /// Whether the name stands for many servers, of which several are asked.
    pub pool: Sp<bool>,
}
