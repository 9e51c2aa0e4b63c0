//! Pass: every name that is used names one thing, and no two things share a name; gives things their numbers.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cx, Index};
use crate::decode::Decoded;
use crate::diag::{Diag, code};
use crate::ir::facts::Facts;
use crate::schema::{Kind, Name, article, closest, nearest};
use crate::source::{Origin, Sp};

/// Names that a program which reads our files takes for something else: patterns of Ansible, the host itself, and words of
/// this language.
const RESERVED: [&str; 6] = ["all", "localhost", "ungrouped", "nobody", "internet", "any"];

/// A thing that has a name.
struct Definition {
    kind: Kind,
    name: Name,
    at: Origin,
}

/// Reports names that are taken twice, and names that name nothing.
pub fn check(decoded: &Decoded, cx: &mut Cx<'_>) {
    let definitions = definitions(&decoded.facts);
    let mut by: BTreeMap<(u8, &Name), Vec<&Definition>> = BTreeMap::new();
    for d in &definitions {
        by.entry((d.kind.space(), &d.name)).or_default().push(d);
    }
    for same in by.values().filter(|v| v.len() > 1) {
        let first = cx.span(same[0].at);
        for again in &same[1..] {
            let span = cx.span(again.at);
            let what = if again.kind == same[0].kind {
                format!("more than one {}", again.kind.noun())
            } else {
                format!("more than one thing: {} and {}", again.kind.noun(), same[0].kind.noun())
            };
            cx.report(
                Diag::new(code::E0207, format!("\"{}\" is the name of {what}", again.name))
                    .at(span, format!("this {} takes the name", again.kind.noun()))
                    .at(first, format!("which this {} has", same[0].kind.noun()))
                    .help("give one of them another name"),
            );
        }
    }
    // The group of all clusters' control planes would be that of the cluster as well.
    let group = |d: &Definition| d.kind == Kind::Cluster && d.name.as_str() == "nodes";
    // What nobody is told goes to a receiver of this name (Alertmanager: names of receivers are unique).
    let nobody = |d: &Definition| d.kind == Kind::Receiver && d.name.as_str() == "null";
    for d in definitions.iter().filter(|d| RESERVED.contains(&d.name.as_str()) || group(d) || nobody(d)) {
        cx.report(
            Diag::new(code::E0218, format!("\"{}\" cannot be the name of {} {}", d.name, article(d.kind.noun()), d.kind.noun()))
                .at(cx.span(d.at), "this word means something of its own")
                .note(match (group(d), nobody(d)) {
                    (true, _) => "the inventory has a group control_plane_nodes, of all clusters",
                    (_, true) => "alerts that nobody is told of have a receiver of this name",
                    (false, false) => "Ansible takes `all` and `localhost` for patterns; `nobody`, `internet` and `any` are words of the language",
                })
                .help("give it another name"),
        );
    }
    for used in &decoded.refs {
        if used.words.contains(&used.name.as_str()) {
            continue;
        }
        let found =
            used.kinds.iter().any(|k| by.get(&(k.space(), &used.name)).is_some_and(|v| v.iter().any(|d| d.kind == *k)));
        if found {
            continue;
        }
        let nouns = used.kinds.iter().map(|k| k.noun()).collect::<Vec<_>>().join(" or ");
        let mut known: Vec<&str> = definitions
            .iter()
            .filter(|d| used.kinds.contains(&d.kind))
            .map(|d| d.name.as_str())
            .chain(used.words.iter().copied())
            .collect();
        known.sort_unstable();
        known.dedup();
        let mut d = Diag::new(code::E0203, format!("no {nouns} is called \"{}\"", used.name))
            .at(used.span, "nothing has this name")
            .gathered();
        if let Some(other) = used.kinds.iter().map(|k| k.space()).chain(0..22).find_map(|s| by.get(&(s, &used.name))) {
            d = d.at(
                cx.span(other[0].at),
                format!("this is {} {}", article(other[0].kind.noun()), other[0].kind.noun()),
            );
        }
        // A further machine of a group: another of them is not what was meant.
        if let Some((group, number)) = used.name.rsplit_once('-').filter(|_| used.kinds.contains(&Kind::Machine))
            && let Some(g) = definitions.iter().find(|g| g.kind == Kind::Nodes && g.name.as_str() == group)
            && number.parse::<u32>().is_ok_and(|n| n > 0)
        {
            cx.report(d.at(cx.span(g.at), "this group has fewer").help(format!("count {number}")));
            continue;
        }
        d = match nearest(&used.name, &known) {
            Some(n) => d.help(format!("did you mean \"{n}\"?")).fix(used.span, format!("\"{n}\"")),
            None if known.is_empty() => d.help(format!("state {} {nouns} first", article(&nouns))),
            None if known.len() == 1 => d.help(format!("there is only \"{}\"", known[0])),
            None if known.len() <= 12 => {
                d.help(format!("there are {}", known.iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", ")))
            }
            None => {
                // A word for everything is no name that somebody misspelt.
                let named: Vec<&str> = known.iter().copied().filter(|k| *k != "any").collect();
                let near = closest(&used.name, &named, 5).iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>();
                d.help(format!("the nearest of {} are {}", known.len(), near.join(", ")))
            }
        };
        cx.report(d);
    }
}

/// Gives each thing its number: VLANs in the order of tags, all others in the order of names.
pub fn index(facts: &Facts) -> Index {
    let mut index = Index::default();
    // Exactly the VLANs that `networks::vlans` keeps: a number without a VLAN would be out of the table.
    let mut vlans: Vec<(u16, &Name)> = facts
        .vlan
        .iter()
        .filter(|v| v.subnet.is_some())
        .filter_map(|v| Some((v.id.as_ref()?.v.0, &v.name.as_ref()?.v.0)))
        .collect();
    vlans.sort();
    for (_, name) in vlans {
        let next = index.vlans.len() as u32;
        index.vlans.entry(name.clone()).or_insert(next);
    }
    for d in definitions(facts) {
        let map = match d.kind {
            Kind::Upstream => &mut index.upstreams,
            Kind::Proxmox => &mut index.proxmoxes,
            Kind::Host => &mut index.hosts,
            Kind::Datastore => &mut index.datastores,
            Kind::Login => &mut index.logins,
            Kind::Template => &mut index.templates,
            Kind::Secret => &mut index.secrets,
            Kind::Firewall => &mut index.firewalls,
            Kind::Machine => &mut index.machines,
            Kind::Cluster => &mut index.clusters,
            Kind::Identity => &mut index.identities,
            Kind::Vlan
            | Kind::Switch
            | Kind::Nodes
            | Kind::Pool
            | Kind::Issuer
            | Kind::Group
            | Kind::Service
            | Kind::Peer
            | Kind::Community
            | Kind::Bfd
            | Kind::Store
            | Kind::Vpn
            | Kind::Ways
            | Kind::Schedule
            | Kind::Directory
            | Kind::People
            | Kind::Receiver => continue,
        };
        map.insert(d.name, 0);
    }
    // What a pass leaves out because it is incomplete has no number either: the tables hold exactly what is numbered.
    let hosts: BTreeSet<&Name> = facts
        .proxmox
        .iter()
        .filter(|p| p.name.is_some())
        .flat_map(|p| &p.host)
        .filter_map(|h| Some(&h.name.as_ref()?.v.0))
        .collect();
    index.hosts.retain(|n, _| hosts.contains(n));
    let stores: BTreeSet<&Name> = facts
        .proxmox
        .iter()
        .flat_map(|p| &p.datastore)
        .filter(|d| d.shared.is_some())
        .filter_map(|d| Some(&d.name.as_ref()?.v.0))
        .collect();
    index.datastores.retain(|n, _| stores.contains(n));
    let secrets: BTreeSet<&Name> = facts
        .secret
        .iter()
        .filter(|s| s.from.as_ref().is_some_and(|f| f.store.is_some() && f.path.is_some()))
        .filter_map(|s| Some(&s.name.as_ref()?.v.0))
        .collect();
    index.secrets.retain(|n, _| secrets.contains(n));
    let clusters: BTreeSet<&Name> = facts
        .cluster
        .iter()
        .filter(|c| {
            let pods = c.pods.as_ref().is_some_and(|p| p.net.is_some());
            let services = c.services.as_ref().is_some_and(|s| s.net.is_some());
            let api = c.api.as_ref().is_some_and(|a| a.address.is_some() && a.held_by.is_some());
            pods && services && api && c.node_network.as_ref().is_some_and(|n| index.vlans.contains_key(&n.v.0))
        })
        .filter_map(|c| Some(&c.name.as_ref()?.v.0))
        .collect();
    index.clusters.retain(|n, _| clusters.contains(n));
    for map in [
        &mut index.upstreams,
        &mut index.proxmoxes,
        &mut index.hosts,
        &mut index.datastores,
        &mut index.logins,
        &mut index.templates,
        &mut index.secrets,
        &mut index.firewalls,
        &mut index.machines,
        &mut index.clusters,
        &mut index.identities,
    ] {
        for (i, n) in map.values_mut().enumerate() {
            *n = i as u32;
        }
    }
    index
}

/// Everything that has a name, machines of groups included.
fn definitions(facts: &Facts) -> Vec<Definition> {
    let mut all = Vec::new();
    let mut add = |kind, name: Option<(&Name, Origin)>| {
        if let Some((name, at)) = name {
            all.push(Definition { kind, name: name.clone(), at });
        }
    };
    macro_rules! each {
        ($list:expr, $kind:ident) => {
            for x in $list {
                add(Kind::$kind, x.name.as_ref().map(|n| (&n.v.0, n.at)));
            }
        };
    }
    each!(&facts.vlan, Vlan);
    each!(&facts.upstream, Upstream);
    each!(&facts.switch, Switch);
    each!(&facts.login, Login);
    each!(&facts.template, Template);
    each!(&facts.secret, Secret);
    each!(&facts.firewall, Firewall);
    each!(&facts.vm, Machine);
    each!(&facts.cluster, Cluster);
    each!(&facts.proxmox, Proxmox);
    each!(&facts.group, Group);
    each!(&facts.service, Service);
    for p in &facts.proxmox {
        each!(&p.host, Host);
        each!(&p.datastore, Datastore);
    }
    each!(&facts.schedule, Schedule);
    each!(&facts.identity, Identity);
    each!(facts.identity.iter().flat_map(|i| &i.group), People);
    for f in &facts.firewall {
        each!(&f.node, Machine);
        each!(&f.ways_out, Ways);
        each!(&f.vpn, Vpn);
        each!(f.admin.iter().flat_map(|a| &a.directory), Directory);
    }
    for c in &facts.cluster {
        each!(&c.nodes, Nodes);
        each!(c.certificates.iter().flat_map(|c| &c.issuer), Issuer);
        each!(c.monitoring.iter().flat_map(|m| &m.receiver), Receiver);
        for l in &c.load_balancer {
            each!(&l.pool, Pool);
            each!(&l.peer, Peer);
            each!(&l.community, Community);
            each!(&l.bfd, Bfd);
        }
        for g in &c.nodes {
            for (name, at) in
                node_names(g.name.as_ref().map(|n| Sp::new(&n.v.0, n.at)), g.count.as_ref().map_or(1, |c| c.v.0))
            {
                add(Kind::Machine, Some((&name, at)));
            }
        }
    }
    // What an environment says again is the cluster's; what it adds is there once, whichever environments say it.
    for e in facts.cluster.iter().flat_map(|c| &c.environment) {
        macro_rules! added {
            ($list:expr, $kind:ident) => {
                for n in $list.filter_map(|x| x.name.as_ref()) {
                    if !all.iter().any(|d| d.kind == Kind::$kind && d.name == n.v.0) {
                        all.push(Definition { kind: Kind::$kind, name: n.v.0.clone(), at: n.at });
                    }
                }
            };
        }
        added!(e.certificates.iter().flat_map(|c| &c.issuer), Issuer);
        added!(e.monitoring.iter().flat_map(|m| &m.receiver), Receiver);
        added!(e.load_balancer.iter().flat_map(|l| &l.pool), Pool);
        added!(e.load_balancer.iter().flat_map(|l| &l.peer), Peer);
        added!(e.load_balancer.iter().flat_map(|l| &l.community), Community);
        added!(e.load_balancer.iter().flat_map(|l| &l.bfd), Bfd);
    }
    all
}

/// Names of the machines of a group.
pub fn node_names(group: Option<Sp<&Name>>, count: u32) -> impl Iterator<Item = (Name, Origin)> {
    group.into_iter().flat_map(move |g| (1..=count).map(move |i| (Name::of(format!("{}-{i}", g.v)), g.at)))
}
