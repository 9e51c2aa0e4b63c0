//! Pass: what the platform's own parts need of each other across the network, as allowances like any other, so that firewall
//! rules, policies and the matrix come from them alike; a part that is not there needs nothing.

use super::super::networks::host_number;
use super::*;
use crate::consumer::{OUTPOST, PAGES as SPACE, Protocol, behind};
use crate::ir::facts::*;
use crate::pass::Index;
use crate::pass::layer::merge;

/// Who looks at what: the file and what was decided before allowances.
pub(super) struct Stated<'a> {
    /// The whole file.
    pub facts: &'a Facts,
    /// Numbers of named things.
    pub index: &'a Index,
    /// Networks, machines, clusters, identity servers.
    pub t: &'a Topology,
}

/// All of them, in no order: those of every cluster and of what its environments need beside, for what is outside of a cluster
/// does not change with them.
pub(super) fn allows(s: &Stated<'_>, cx: &mut Cx<'_>) -> Vec<Allow> {
    let mut all: Vec<Allow> = s.facts.cluster.iter().flat_map(|c| of(s, c, cx)).collect();
    copies(s.t, &mut all, cx);
    all
}

/// Hypervisors reach the server that their jobs copy to. Every host of a cluster does: a job is the cluster's, and a machine
/// is copied by the host that it runs on when the time comes.
fn copies(t: &Topology, into: &mut Vec<Allow>, cx: &mut Cx<'_>) {
    let mut seen: Vec<(ProxmoxId, std::net::Ipv4Addr, &str)> = Vec::new();
    for j in &t.backups {
        let Some(server) = &j.server else { continue };
        // Stores at one server are reached alike; of a store at two it was reported.
        let here = |(p, a, store): &(ProxmoxId, std::net::Ipv4Addr, &str)| {
            *p == j.proxmox && (*a == server.address.v || *store == &*j.store.v.0)
        };
        if seen.iter().any(here) {
            continue;
        }
        seen.push((j.proxmox, server.address.v, &j.store.v.0));
        let at = cx.derived(COPIES, &[server.at]);
        let own = t.host_ids().filter(|(_, h)| h.proxmox == j.proxmox && h.address.is_some());
        let hosts: Vec<PolicyZone> = own.map(|(id, _)| PolicyZone::Host(Sp::new(id, at))).collect();
        if hosts.is_empty() {
            continue;
        }
        let there = match &server.machine {
            Some((m, on)) => PolicyZone::Machine(*m, Some(*on)),
            None => PolicyZone::Address(server.address),
        };
        let port = BackupServer::PORT;
        let open = platform::ports(&[(Protocol::Tcp, port, port)], COPIES);
        let name = format!("copies of {} to {}", t.proxmox(j.proxmox).name, j.store);
        into.push(allowance(&name, hosts, vec![there], open, COPIES, server.at, cx));
    }
}

/// Those that hold where one set of settings of a cluster is in force: its own, and those of all other clusters.
pub(super) fn within(s: &Stated<'_>, c: &ClusterFacts, cx: &mut Cx<'_>) -> Vec<Allow> {
    let own = |o: &&ClusterFacts| o.name.as_ref().map(|n| &n.v) == c.name.as_ref().map(|n| &n.v);
    let mut all: Vec<Allow> = s.facts.cluster.iter().filter(|o| !own(o)).flat_map(|o| of(s, o, cx)).collect();
    all.extend(one(s, c, cx));
    all
}

/// Those of a cluster and its environments.
fn of(s: &Stated<'_>, c: &ClusterFacts, cx: &mut Cx<'_>) -> Vec<Allow> {
    let mut all = one(s, c, cx);
    for e in &c.environment {
        let Some(name) = &e.name else { continue };
        let theirs = one(s, &merge(c, e), cx);
        more(&mut all, theirs, name, cx);
    }
    all
}

/// Those of one set of settings.
fn one(s: &Stated<'_>, c: &ClusterFacts, cx: &mut Cx<'_>) -> Vec<Allow> {
    let mut all = Vec::new();
    let Some(id) = c.name.as_ref().map(|n| s.index.cluster(&n.v.0)).filter(|id| id.is_known()) else { return all };
    pages(s, c, id, &mut all, cx);
    watching::allowances(s, c, id, &mut all, cx);
    super::checks::pings(s, c, id, &mut all, cx);
    super::traces::allowances(c, id, &mut all, cx);
    all
}

/// Adds what an environment needs beyond what there is. What is there stays as it is: two ends put together would let pass
/// what neither of the two settings lets pass.
fn more(all: &mut Vec<Allow>, theirs: Vec<Allow>, environment: &Sp<Label>, cx: &mut Cx<'_>) {
    for mut a in theirs {
        if let Some(own) = all.iter().find(|o| o.slug.v == a.slug.v) {
            let known = |there: &[PolicyZone], z: &PolicyZone| there.iter().any(|o| alike(o, z));
            let all_of = |there: &[PolicyZone], here: &[PolicyZone]| here.iter().all(|z| known(there, z));
            if own.service == a.service {
                if all_of(&own.from, &a.from) {
                    a.to.retain(|z| !known(&own.to, z));
                } else if all_of(&own.to, &a.to) {
                    a.from.retain(|z| !known(&own.from, z));
                }
                if a.from.is_empty() || a.to.is_empty() {
                    continue;
                }
            }
            let at = cx.derived(IN_ENVIRONMENT, &[a.at, environment.at]);
            let name = format!("{} in {}", a.name.v.0, environment.v);
            a.slug = Sp::new(Name::of(super::allows::slug(&name)), at);
            a.name = Sp::new(Text(name.into()), at);
        }
        all.push(a);
    }
}

/// Whether two places are the same, wherever they are said.
fn alike(a: &PolicyZone, b: &PolicyZone) -> bool {
    match (a, b) {
        (PolicyZone::Pods(a), PolicyZone::Pods(b)) => {
            a.cluster == b.cluster && a.selector.order() == b.selector.order()
        }
        (a, b) => a == b,
    }
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
    let mut asking: Vec<(&str, (&str, &str))> = Vec::new();
    for of in u.page.iter().filter_map(|p| p.of) {
        let there = behind(of.v);
        asking.push(match there.oidc {
            true => (there.namespace, there.asks.unwrap_or(there.label)),
            false => (SPACE, ("app.kubernetes.io/name", OUTPOST)),
        });
    }
    asking.sort_unstable();
    asking.dedup();
    let pods = |(space, label): &(&str, (&str, &str))| {
        PolicyZone::Pods(Pods { cluster: id, selector: platform::pods(space, &[*label], at), at })
    };
    if !asking.is_empty() {
        let pods = asking.iter().map(pods).collect();
        into.push(allowance(&format!("pages of {} ask", cluster.name), pods, machine(), web(), ASKS_WHO, known.at, cx));
    }
}
