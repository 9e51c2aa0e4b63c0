//! Pass: what the platform's own parts need of each other across the network, as allowances like any other, so that firewall
//! rules, policies and the matrix come from them alike; a part that is not there needs nothing.

use super::super::networks::host_number;
use super::*;
use crate::consumer::{OUTPOST, PAGES as SPACE, Protocol, behind};
use crate::ir::facts::*;
use crate::pass::Index;

/// Who looks at what: the file and what was decided before allowances.
pub(super) struct Stated<'a> {
    /// The whole file.
    pub facts: &'a Facts,
    /// Numbers of named things.
    pub index: &'a Index,
    /// Networks, machines, clusters, identity servers.
    pub t: &'a Topology,
}

/// All of them, in no order.
pub(super) fn allows(s: &Stated<'_>, cx: &mut Cx<'_>) -> Vec<Allow> {
    let mut all = Vec::new();
    for c in &s.facts.cluster {
        let Some(id) = c.name.as_ref().map(|n| s.index.cluster(&n.v.0)).filter(|id| id.is_known()) else { continue };
        pages(s, c, id, &mut all, cx);
        watching::allowances(s, c, id, &mut all, cx);
        super::checks::pings(s, c, id, &mut all, cx);
        super::traces::allowances(c, id, &mut all, cx);
    }
    all
}

/// An allowance between parts of the platform: `name` is part of its slug, which starts with a word that no stated one has.
pub(super) fn allowance(
    name: &str,
    from: Vec<PolicyZone>,
    to: Vec<PolicyZone>,
    service: Ports,
    why: Rule,
    by: Origin,
    cx: &mut Cx<'_>,
) -> Allow {
    let at = cx.derived(why, &[by]);
    Allow {
        name: Sp::new(Text(format!("{} {name}", PLATFORM.trim_end_matches('-')).into()), at),
        slug: Sp::new(Name::of(super::allows::slug(&format!("{PLATFORM}{name}"))), at),
        from,
        to,
        service,
        http: Vec::new(),
        log: None,
        via: None,
        schedule: None,
        limit: None,
        derived: true,
        at,
    }
}

/// Who opens pages; `None` where one cannot, which is reported where the pages are decided.
fn who(s: &Stated<'_>, from: &FromFacts, cx: &mut Cx<'_>) -> Option<Vec<PolicyZone>> {
    let zones = places(&from.zones, from.at, s.facts, s.index, s.t, cx)?;
    zones.iter().all(|z| !matches!(z, PolicyZone::Name(_))).then_some(zones)
}

/// Those who are named open the pages of a cluster; pages that log people in themselves ask who knows them.
fn pages(s: &Stated<'_>, c: &ClusterFacts, id: ClusterId, into: &mut Vec<Allow>, cx: &mut Cx<'_>) {
    let Some(u) = &c.ui else { return };
    let (Some(from), Some(address)) = (&u.from, &u.address) else { return };
    let cluster = s.t.cluster(id);
    let stated = address.pool.as_ref().and_then(|name| {
        let of = |p: &&PoolFacts| p.name.as_ref().is_some_and(|n| n.v.0 == name.v.0);
        c.load_balancer.iter().flat_map(|l| &l.pool).find(of)
    });
    let vlan = stated.and_then(|p| p.vlan.as_ref()).map(|v| s.index.vlan(&v.v.0)).filter(|v| v.is_known());
    // A number that its subnet has not is reported where the pages are decided.
    let fits =
        |v: VlanId| address.host.filter(|h| (u64::from(h.v.0)) < (1 << (32 - s.t.vlan(v).subnet.v.prefix_len())) - 1);
    let own =
        vlan.and_then(|v| Some((v, fits(v)?))).and_then(|(v, h)| host_number(s.t.vlan(v).subnet, h.map(|h| h.0), cx));
    let zones = who(s, from, cx);
    if let (Some(own), Some(zones)) = (own, zones) {
        let name = format!("pages of {}", cluster.name);
        let web = platform::ports(&[(Protocol::Tcp, 443, 443)], PAGES);
        into.push(allowance(&name, zones, vec![PolicyZone::Address(own)], web, PAGES, u.at, cx));
    }
    let Some(known) = u.identity.as_ref() else { return };
    let Some(identity) = Some(s.index.identity(&known.v.0)).filter(|i| i.is_known()) else { return };
    let server = s.t.identity(identity);
    if !server.machine.v.is_known() || s.t.incomplete.machines.contains(&server.machine.v) {
        return;
    }
    let at = cx.derived(ASKS_WHO, &[known.at, server.machine.at]);
    let machine = || vec![PolicyZone::Machine(Sp::new(server.machine.v, at), None)];
    let web = || platform::ports(&[(Protocol::Tcp, 443, 443)], ASKS_WHO);
    // Browsers are sent there to log in.
    if let Some(zones) = who(s, from, cx) {
        into.push(allowance(&format!("logins of {}", cluster.name), zones, machine(), web(), ASKS_WHO, known.at, cx));
    }
    let mut asking: Vec<(&str, &[(&str, &str)])> = Vec::new();
    for of in u.page.iter().filter_map(|p| p.of) {
        let there = behind(of.v);
        asking.push(match there.oidc {
            true => (there.namespace, std::slice::from_ref(&there.label)),
            false => (SPACE, &[("app.kubernetes.io/name", OUTPOST)]),
        });
    }
    asking.sort_unstable();
    asking.dedup();
    let pods = |(space, labels): &(&str, &[(&str, &str)])| {
        PolicyZone::Pods(Pods { cluster: id, selector: platform::pods(space, labels, at), at })
    };
    if !asking.is_empty() {
        let pods = asking.iter().map(pods).collect();
        into.push(allowance(&format!("pages of {} ask", cluster.name), pods, machine(), web(), ASKS_WHO, known.at, cx));
    }
}
