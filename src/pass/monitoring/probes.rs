//! Pass: what is looked at from pods of the cluster, and what cannot be; opens nothing.

use std::collections::BTreeSet;

use super::ways::{self, Aim};
use super::{EXPECTED, IDENTITY, INNER, NAMED, NOT_PROBED, TRUSTED, WAY_IN, refused};
use crate::consumer::Protocol;
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::layer::At;
use crate::pass::{Cx, policy};
use crate::schema::*;
use crate::source::Sp;

/// What is probed, and what is not.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> (Vec<Probe>, Vec<Unprobed>) {
    let id = x.index.cluster(&x.cluster.name.v);
    let mut found = Found { probes: Vec::new(), unprobed: Vec::new() };
    for aim in ways::critical(x.t, id, cx) {
        found.judge(x, aim, cx);
    }
    ways_in(x, &mut found, cx);
    for p in &x.facts.publish {
        publish(x, id, p, &mut found, cx);
    }
    for e in x.t.expects.iter().filter(|e| e.verdict.v == Verdict::Allow) {
        expect(x, id, e, &mut found, cx);
    }
    let Found { mut probes, mut unprobed } = found;
    let key = |p: &Probe| (p.of.clone(), p.address.v, p.port.map(|p| p.v));
    probes.sort_by_key(key);
    probes.dedup_by(|a, b| key(a) == key(b));
    unprobed.sort_by_key(|u| (said(&u.what), u.why.v));
    unprobed.dedup_by_key(|u| (said(&u.what), u.why.v));
    (probes, unprobed)
}

/// What the list of what is not probed is ordered by.
fn said(w: &UnprobedWhat) -> (u8, u32, String) {
    match w {
        UnprobedWhat::Address(name, vlan, a) => (0, vlan.0, format!("{} {name}", u32::from(a.v))),
        UnprobedWhat::Publish(name) => (1, 0, name.v.to_string()),
        UnprobedWhat::Expect(name) => (2, 0, name.v.0.to_string()),
    }
}

/// What is found on the way.
struct Found {
    probes: Vec<Probe>,
    unprobed: Vec<Unprobed>,
}

impl Found {
    fn not(&mut self, what: UnprobedWhat, why: &'static str) {
        self.unprobed.push(Unprobed { what, why: Sp::new(why, NOT_PROBED.origin()) });
    }

    /// Looks at what the nodes reach.
    fn judge(&mut self, x: &At<'_>, aim: Aim, cx: &mut Cx<'_>) {
        match ways::judged(x.t, x.cluster, &aim) {
            Ok(by) => {
                refused(x, &aim, &by, cx);
                let inside = (aim.address.v == x.cluster.api.address.v).then_some(ProbeInside::Api);
                let Aim { of, name: _, address, port, itself: _, beside: _, host } = aim;
                let how = match host {
                    // Whose authority it is does not matter here: when it ends does.
                    Some(host) => ProbeHow::Tls(Some(host), cx.make(false, IDENTITY, &[address.at])),
                    None if port.is_some() => ProbeHow::Connect,
                    None => ProbeHow::Ping,
                };
                self.probes.push(Probe { of, how, address, port, inside });
            }
            Err(why) => {
                let vlan = match &aim.of {
                    ProbeOf::Firewall(_, v, _) | ProbeOf::Critical(v, _) => Some(*v),
                    ProbeOf::Publish(_) | ProbeOf::Expect(_) => None,
                };
                if let Some(v) = vlan {
                    self.not(UnprobedWhat::Address(aim.name, v, aim.address), why);
                }
            }
        }
    }
}

/// The addresses of this cluster's ways in and of the platform's pages: none is on an interface, so connections are opened.
fn ways_in(x: &At<'_>, found: &mut Found, cx: &mut Cx<'_>) {
    let mut add = |name: &str, address: Sp<std::net::Ipv4Addr>, port: Sp<u16>| {
        let Some(v) = ways::vlan(x.t, address.v) else { return };
        let address = cx.make(address.v, WAY_IN, &[address.at]);
        let of = ProbeOf::Critical(v, Name::of(name));
        let inside = Some(ProbeInside::WaysIn);
        found.probes.push(Probe { of, how: ProbeHow::Connect, address, port: Some(port), inside });
    };
    for i in &x.layer.ingresses {
        let Some((_, address)) = &i.address else { continue };
        match &i.kind {
            IngressKind::Nginx(_) => add("ingress-nginx", *address, Sp::new(80, WAY_IN.origin())),
            IngressKind::Gateway(g) => {
                if let Some(port) = g.listeners.iter().map(|l| l.port).min_by_key(|p| p.v) {
                    add("ingress-gateway", *address, port);
                }
            }
        }
    }
    if let Some(u) = &x.layer.ui
        && let Some((_, address)) = u.way.address
    {
        add("pages", address, Sp::new(443, WAY_IN.origin()));
    }
}

/// A published service, where it is served.
fn publish(x: &At<'_>, id: ClusterId, p: &PublishFacts, found: &mut Found, cx: &mut Cx<'_>) {
    let Some((name, to)) = p.name.as_ref().zip(p.to.as_ref()) else { return };
    let Some(ports) = policy::ports(&p.service, x.facts, cx) else { return };
    let what = || UnprobedWhat::Publish(name.clone());
    if ports.ports.iter().any(|(protocol, _)| *protocol != Protocol::Tcp) {
        found.not(what(), "UDP: only who speaks the service's own language gets an answer");
    }
    if ports.ports.iter().any(|(_, s)| s.v.0.0 != s.v.0.1) {
        found.not(what(), "a range of ports: nobody says which of them are served");
    }
    let Some(i) = &to.ingress else {
        for aim in ways::published(x.facts, x.index, x.t, p, cx) {
            if let Err(why) = ways::judged(x.t, x.cluster, &aim) {
                found.not(what(), why);
                continue;
            }
            found.judge(x, aim, cx);
        }
        return;
    };
    let Some(cluster) = &i.cluster else { return };
    if x.index.cluster(&cluster.v.0) != id {
        found.not(what(), "it is served in another cluster, which looks after it itself");
        return;
    }
    let mut fits = x.layer.ingresses.iter().filter(|g| i.by.is_none_or(|b| b.v == g.by.v));
    let Some(way) = fits.next() else { return };
    let Some((_, address)) = &way.address else { return };
    let slug = ways::called(&name.v);
    for port in ways::tcp(p, x.facts, cx) {
        let address = cx.make(address.v, INNER, &[address.at, name.at]);
        let how = match &way.kind {
            IngressKind::Nginx(_) if port.v == 80 => ProbeHow::Http,
            IngressKind::Nginx(_) if port.v == 443 => ProbeHow::Tls(None, Sp::new(false, TRUSTED.origin())),
            IngressKind::Nginx(_) => ProbeHow::Connect,
            IngressKind::Gateway(g) => listened(x, g, port.v, cx),
        };
        let inside = Some(ProbeInside::WaysIn);
        found.probes.push(Probe { of: ProbeOf::Publish(slug.clone()), how, address, port: Some(port), inside });
    }
}

/// How a gateway's port is looked at.
fn listened(x: &At<'_>, g: &Gateway, port: u16, cx: &mut Cx<'_>) -> ProbeHow {
    let mut here = g.listeners.iter().filter(|l| l.port.v == port);
    let Some(l) = here.next() else { return ProbeHow::Connect };
    let Some(tls) = &l.tls else { return ProbeHow::Http };
    let host = l.host.as_ref().map(|h| {
        let name = h.v.strip_prefix("*.").map_or(h.v.to_string(), |rest| format!("probe.{rest}"));
        cx.make(HostPattern(name.into()), NAMED, &[h.at])
    });
    let trusted = match tls {
        Tls::Secret(_) => Sp::new(false, TRUSTED.origin()),
        Tls::By(by) => {
            let mut issuers = x.layer.certificates.iter().flat_map(|c| &c.issuers);
            let directory = issuers.find(|i| i.name.v == by.v).and_then(Issuer::acme).map(|a| &a.directory);
            match directory {
                Some(Directory::LetsEncrypt(d)) => cx.make(d.v == AcmeDirectory::Production, TRUSTED, &[by.at, d.at]),
                Some(Directory::Url(_)) | None => cx.make(false, TRUSTED, &[by.at]),
            }
        }
    };
    ProbeHow::Tls(host, trusted)
}

/// What is expected to get through, where pods of this cluster stand on its side.
fn expect(x: &At<'_>, id: ClusterId, e: &Expect, found: &mut Found, cx: &mut Cx<'_>) {
    let Expect { verdict: _, name, from, to, service, at: _ } = e;
    let what = || UnprobedWhat::Expect(name.clone());
    if !stands(x, id, from) {
        let pods = from.iter().any(|z| z.pods_of(id).is_some());
        found.not(
            what(),
            if pods {
                "only these pods may: whoever looked from elsewhere would need a door of its own"
            } else {
                "nothing of this cluster stands on its side"
            },
        );
        return;
    }
    let single = |s: &Sp<PortSpan>| s.v.0.0 == s.v.0.1;
    let connects: Vec<Sp<u16>> =
        service.ports.iter().filter(|(p, s)| *p == Protocol::Tcp && single(s)).map(|(_, s)| s.map(|s| s.0.0)).collect();
    let ping = service.icmp.iter().any(|i| i.v == 8);
    if connects.len() < service.ports.len() || (connects.is_empty() && !ping) {
        found.not(what(), "not by single ports of TCP, nor by ping");
    }
    let slug = ways::called(&name.v.0);
    for z in to {
        let addresses = match addresses(x, id, z) {
            Ok(all) => all,
            Err(why) => {
                found.not(what(), why);
                continue;
            }
        };
        for (a, inside) in addresses {
            let address = cx.make(a.v, EXPECTED, &[a.at, z.at()]);
            let probe = |how, port| Probe { of: ProbeOf::Expect(slug.clone()), how, address, port, inside };
            found.probes.extend(connects.iter().map(|p| probe(ProbeHow::Connect, Some(*p))));
            if ping && inside.is_none() {
                found.probes.push(probe(ProbeHow::Ping, None));
            }
        }
    }
}

/// Whether every node that takes pods, or every pod, is among those who open the connection.
fn stands(x: &At<'_>, id: ClusterId, from: &[PolicyZone]) -> bool {
    let groups = ways::groups(x.cluster);
    let named: BTreeSet<u32> = from
        .iter()
        .filter_map(|z| match z {
            PolicyZone::Nodes(n) if n.v.0 == id => Some(n.v.1),
            _ => None,
        })
        .collect();
    let left = |g: &u32| ways::leaves(x.t, &x.cluster.groups[*g as usize]);
    let by_vlan = |z: &PolicyZone| match z {
        PolicyZone::Vlan(v) => groups.iter().all(|g| left(g) == Some(v.v)),
        _ => false,
    };
    let by_pods = |p: &Pods| {
        let everywhere = p.selector.namespace.as_ref().is_none_or(|n| &*n.v.0 == Monitoring::NAMESPACE);
        everywhere && p.selector.labels.is_empty()
    };
    !groups.is_empty()
        && (groups.iter().all(|g| named.contains(g))
            || from.iter().any(by_vlan)
            || from.iter().any(|z| z.pods_of(id).is_some_and(by_pods)))
}

type Ends = Vec<(Sp<std::net::Ipv4Addr>, Option<ProbeInside>)>;

/// The single addresses of a zone, or why it has none that could be looked at.
fn addresses(x: &At<'_>, id: ClusterId, z: &PolicyZone) -> Result<Ends, &'static str> {
    let outside = |all: Vec<Sp<std::net::Ipv4Addr>>| all.into_iter().map(|a| (a, None)).collect();
    Ok(match z {
        PolicyZone::Address(a) => vec![(*a, None)],
        PolicyZone::Api(c) => {
            let inside = (c.v == id).then_some(ProbeInside::Api);
            vec![(x.t.cluster(c.v).api.address, inside)]
        }
        PolicyZone::Ingress(c) if c.v == id => {
            let own = x.layer.ingresses.iter().filter_map(|i| i.address.as_ref());
            own.map(|(_, a)| (*a, Some(ProbeInside::WaysIn))).collect()
        }
        PolicyZone::Machine(m, on) => match x.t.machine(m.v).kind {
            MachineKind::Node { cluster, .. } if cluster == id => {
                return Err("a node of this cluster: its kubelet tells");
            }
            MachineKind::Node { .. } | MachineKind::Single { .. } | MachineKind::Firewall { .. } => {
                let nics = x.t.machine(m.v).nics.iter().filter(|n| on.is_none_or(|v| v.v == n.vlan.v));
                outside(nics.filter_map(|n| n.address).collect())
            }
        },
        PolicyZone::Host(h) => {
            let host = x.t.host(h.v);
            outside(host.address.into_iter().chain(host.addresses.iter().map(|a| a.address)).collect())
        }
        PolicyZone::Firewall(f) => {
            let shared = x.t.firewall(f.v).legs.iter().filter_map(|l| l.address);
            let near = shared.filter(|a| {
                let v = ways::vlan(x.t, a.v);
                let groups = ways::groups(x.cluster);
                let beside = |g: &u32, v| ways::way(x.t, &x.cluster.groups[*g as usize], v) == ways::Way::Beside;
                v.is_some_and(|v| groups.iter().all(|g| beside(g, v)))
            });
            outside(near.collect())
        }
        PolicyZone::Internet(_) => return Err("the Internet is no single address"),
        PolicyZone::Pods(_) => return Err("pods come and go: their service has an address inside the cluster alone"),
        PolicyZone::Name(_) => return Err("a name may be many addresses"),
        PolicyZone::Vlan(_)
        | PolicyZone::Net(_)
        | PolicyZone::Nodes(_)
        | PolicyZone::Country(_)
        | PolicyZone::Feed(..)
        | PolicyZone::Vpn(..) => return Err("a network is no single address"),
        PolicyZone::Ingress(_) => return Err("it is served in another cluster, which looks after it itself"),
    })
}
