//! Emitter: the table of VLANs as a document, one line each; who has which address is the address plan's to say.

use super::{Meta, Out, Site};
use crate::ir::{Firewall, FirewallLeg, Owner, Reserve, Router, Sealed, Topology, Vlan, VlanId};
use crate::render::template::{Val, render};
use crate::render::{Composed, Remark};
use crate::source::Sp;
use crate::words;

crate::rules! {
    90;
    TABLE = "What each VLAN is for, who routes it and who is on it stands in one table." @ "RFC 2.1";
    COUNT = "How many have an address on a VLAN, by kind." @ "RFC 2.1, 5.2";
    EVERYWHERE = "A VLAN that every host of a Proxmox cluster bridges can be reached by each of its machines." @ "RFC 2.2.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "vlans",
    writes: "documents/vlans.md",
    what: "Each VLAN: tag, subnet, router, MTU, way out, purpose, what is kept, how many are on it, who bridges it.",
    reader: "people",
    apply: "Nothing to do: read it before you ask for another VLAN.",
    step: 0,
    rfc: "2.1",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The one document.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let rows = (0..t.vlans.len()).map(|n| row(t, VlanId(n as u32))).collect();
    let values = [("cloud", words![sealed.meta().name].into()), ("vlans", Val::Many(rows))];
    let text = render("vlans.md", include_str!("vlans.md"), TABLE, &values);
    out.text(Site::Reader, "documents/vlans.md".into(), text);
}

fn row(t: &Topology, id: VlanId) -> Val {
    let Vlan { name, tag, subnet, router, gateway, mtu, internet, purpose, reserves, at } = t.vlan(id);
    let routed = match router.v {
        Router::Nobody | Router::Reported => words!["nobody"],
        Router::Upstream(u) => words!["upstream ", t.upstream(u).name],
        Router::Firewall(f) => words!["firewall ", t.firewall(f).name],
        Router::Machine(m) => words!["machine ", t.machine(m).name],
    };
    let reserve = |r: &Reserve| {
        let Reserve { name, from, to } = r;
        if from.v == to.v { words![name, " ", from].citing(to.at) } else { words![name, " ", from, " to ", to] }
    };
    let yes = if internet.v { "yes" } else { "no" };
    Val::Record(vec![
        ("tag", words![tag].citing(*at).into()),
        ("name", words![name].into()),
        ("subnet", words![subnet].into()),
        ("router", routed.citing(router.at).into()),
        ("gateway", gateway.map_or_else(none, |g| words![g]).into()),
        ("mtu", words![mtu].into()),
        ("internet", words![Sp::new(yes, internet.at)].into()),
        ("purpose", purpose.as_ref().map_or_else(Composed::default, |p| words![Remark(p)]).into()),
        ("reserves", listed(reserves.iter().map(reserve)).into()),
        ("used", used(t, id).into()),
        ("hosts", hosts(t, id).into()),
        ("interfaces", listed(t.firewalls.iter().filter_map(|f| interface(f, id))).into()),
    ])
}

fn none() -> Composed {
    words!["none"].citing(TABLE.origin())
}

/// Parts with commas between them; a word where there is none.
fn listed(parts: impl Iterator<Item = Composed>) -> Composed {
    parts.reduce(|all, next| words![all, ", ", next]).unwrap_or_else(none)
}

/// How many have an address, by kind.
fn used(t: &Topology, id: VlanId) -> Composed {
    let owners = || t.claims.iter().filter(|c| c.vlan == id).map(|c| &c.owner);
    let count = |one: &'static str, many: &'static str, of: fn(&Owner) -> bool| {
        let n = owners().filter(|o| of(o)).count() as u32;
        (n > 0).then(|| words![Sp::new(n, COUNT.origin()), if n == 1 { one } else { many }])
    };
    let kinds = [
        count(" router", " routers", |o| matches!(o, Owner::Upstream(_))),
        count(" firewall", " firewalls", |o| matches!(o, Owner::Firewall(_))),
        count(" hypervisor", " hypervisors", |o| matches!(o, Owner::Host(_))),
        count(" machine", " machines", |o| matches!(o, Owner::Machine(_))),
        count(" API", " APIs", |o| matches!(o, Owner::Api(_))),
    ];
    listed(kinds.into_iter().flatten())
}

/// Who bridges a VLAN: a whole Proxmox cluster by its name, else hosts by theirs.
fn hosts(t: &Topology, id: VlanId) -> Composed {
    let mut all = Vec::new();
    for (n, p) in t.proxmoxes.iter().enumerate() {
        let hosts: Vec<_> = t.hosts.iter().filter(|h| h.proxmox.0 as usize == n).collect();
        let bridging: Vec<Composed> =
            hosts.iter().filter_map(|h| Some(words![h.name].citing(h.vlans.iter().find(|v| v.v == id)?.at))).collect();
        if hosts.len() > 1 && bridging.len() == hosts.len() {
            all.push(words!["every host of ", p.name].citing(EVERYWHERE.origin()));
        } else {
            all.extend(bridging);
        }
    }
    listed(all.into_iter())
}

/// What a firewall calls its interface there, and its address.
fn interface(f: &Firewall, id: VlanId) -> Option<Composed> {
    let (number, leg) = f.legs.iter().enumerate().find(|(_, l)| l.vlan.v == id)?;
    let FirewallLeg { vlan, address, gateway: _, dhcp: _, carried_by: _, carp: _, at: _ } = leg;
    let key = f.layer.network.interfaces.iter().find(|i| i.leg == number).map(|i| words![" ", i.key]);
    let address = address.map_or_else(|| words!["DHCP"].citing(vlan.at), |a| words![a]);
    Some(words![f.name, key.unwrap_or_default(), " ", address].citing(vlan.at))
}
