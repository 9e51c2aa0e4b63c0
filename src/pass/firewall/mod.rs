//! Pass: what each firewall does; the order of the families is on this screen, none changes what another decided.

pub mod admin;
pub mod dhcp;
mod directory;
pub mod dns;
pub mod filter;
pub mod ids;
mod listen;
pub mod nat;
pub mod network;
pub mod ntp;
pub mod pair;
mod serve;
pub mod shaper;
pub mod vpn;
pub mod watch;

use super::{Cx, Index, literal};
use crate::consumer::OpnsenseCaps;
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::Name;
use crate::source::{Rule, Sp};

/// What a family may look at: the firewall's statements, everything below, and what was decided before it.
pub struct At<'a> {
    /// The whole file.
    pub facts: &'a Facts,
    /// The firewall's statements.
    pub f: &'a FirewallFacts,
    /// Everything below, clusters and policy included.
    pub t: &'a Topology,
    /// Its number.
    pub id: FirewallId,
    /// The firewall.
    pub firewall: &'a Firewall,
    /// What the families before this one decided.
    pub layer: &'a FirewallLayer,
    /// What is known of the stated version.
    pub caps: &'static OpnsenseCaps,
    /// Numbers of named things.
    pub index: &'a Index,
}

impl At<'_> {
    /// The interface on a VLAN, with its number.
    pub fn on(&self, vlan: VlanId) -> Option<(usize, &FirewallInterface)> {
        self.layer.network.interfaces.iter().enumerate().find(|(_, i)| i.vlan.v == vlan)
    }

    /// The literal networks of a zone, for what of OPNsense takes no aliases; or why it has none.
    fn literals(&self, z: &PolicyZone, why: Rule, cx: &mut Cx<'_>) -> Result<Vec<Sp<ipnet::Ipv4Net>>, &'static str> {
        let vpn = |name: &Name| self.layer.vpns.iter().find(|v| v.name.v == *name).map(|v| v.subnet);
        literal::nets(self.t, vpn, z, why, cx)
    }
}

/// Decides what every OPNsense firewall does.
pub fn layers(facts: &Facts, index: &Index, t: &mut Topology, cx: &mut Cx<'_>) {
    decide(facts, index, t, cx);
    filter::check(facts, index, t, cx);
}

/// Decides family by family, where a version is stated.
fn decide(facts: &Facts, index: &Index, t: &mut Topology, cx: &mut Cx<'_>) {
    let Some(target) = &t.targets.opnsense else { return };
    let caps = target.caps.v;
    for i in 0..t.firewalls.len() {
        let id = FirewallId(i as u32);
        let firewall = t.firewalls[i].clone();
        let mine = |f: &&FirewallFacts| f.name.as_ref().is_some_and(|n| n.v.0 == firewall.name.v);
        let Some(f) = facts.firewall.iter().find(mine) else { continue };
        if !is_opnsense(t, &firewall) {
            continue;
        }
        let mut layer = FirewallLayer::default();
        macro_rules! family {
            ($field:ident, $family:ident) => {
                layer.$field =
                    $family::decide(&At { facts, f, t, id, firewall: &firewall, layer: &layer, caps, index }, cx);
            };
        }
        family!(network, network);
        family!(pair, pair);
        family!(vpns, vpn);
        family!(admin, admin);
        family!(dns, dns);
        family!(ntp, ntp);
        family!(dhcp, dhcp);
        family!(watch, watch);
        family!(shaper, shaper);
        family!(ids, ids);
        layer.backup = crate::pass::backup::firewall(f, index, cx);
        family!(nat, nat);
        family!(filter, filter);
        listen::check(&At { facts, f, t, id, firewall: &firewall, layer: &layer, caps, index }, cx);
        t.firewalls[i].layer = layer;
    }
}

/// Whether all machines of a firewall are cloned from a template with OPNsense in it.
fn is_opnsense(t: &Topology, firewall: &Firewall) -> bool {
    let mut nodes = firewall.nodes.iter().map(|n| t.machine(*n)).peekable();
    let is = |m: &Machine| m.template.v.is_known() && t.template(m.template.v).os.v.opnsense;
    nodes.peek().is_some() && nodes.all(is)
}
