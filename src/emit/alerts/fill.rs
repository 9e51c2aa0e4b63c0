//! What a topology fills into the texts of an alert: names, addresses, figures, each with its origin; decides nothing.

use super::ALERT;
use crate::emit::kube::View;
use crate::ir::*;
use crate::render::{Atom, Composed, Piece};
use crate::schema::{Announcer, Seconds};
use crate::source::{Origin, Sp};
use crate::words;

/// Machines of a hypervisor that a text names: a text is read in a message, and a host may have hundreds.
const NAMED: usize = 8;

/// Names in angle brackets and what stands for them.
#[derive(Clone, Debug, Default)]
pub struct Fills(Vec<(&'static str, Composed)>);

impl Fills {
    /// All that the texts of an alert may name.
    pub fn of(view: &View<'_>, alerts: &Alerts, made: &Made<'_>) -> Fills {
        let mut f = Fills::default();
        f.cluster(view);
        f.figures(&alerts.thresholds);
        match made.thing {
            Thing::Component => f.component(view),
            Thing::Pool(b, pool) => f.pool(view, &view.layer.balancers[b].pools[pool]),
            Thing::Firewall(id) => f.firewall(view, id),
            Thing::Link(id, link) => {
                f.firewall(view, id);
                f.link(view, id, link, made);
            }
            Thing::Host(id) => f.host(view, id),
            Thing::Identity(id) => f.identity(view, id),
            Thing::Published(n) => f.published(view, &view.t.publishes[n]),
        }
        f
    }

    /// A text with everything filled in. PromQL's own `<` has a blank behind it.
    ///
    /// # Panics
    /// In debug builds when nothing stands for a name: a topology cannot cause that, a table's mistake can.
    pub fn text(&self, template: &'static str) -> Composed {
        let mut all = Composed::default();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('<') {
            all.text.push_str(before);
            let name = after.split_once('>').filter(|(n, _)| n.starts_with(|c: char| c.is_ascii_lowercase()));
            match name.and_then(|(name, after)| Some((self.0.iter().find(|(k, _)| *k == name)?, after))) {
                Some(((_, value), after)) => {
                    value.add(&mut all);
                    rest = after;
                }
                None => {
                    debug_assert!(name.is_none(), "{template}: nothing stands for <{}>", name.map_or("", |n| n.0));
                    all.text.push('<');
                    rest = after;
                }
            }
        }
        all.text.push_str(rest);
        all
    }

    /// Adds a name.
    pub fn put(&mut self, name: &'static str, value: Composed) {
        self.0.retain(|(k, _)| *k != name);
        self.0.push((name, value));
    }

    fn number(&mut self, name: &'static str, value: u64, at: Origin) {
        self.put(name, words![Sp::new(value, at)]);
    }

    fn cluster(&mut self, view: &View<'_>) {
        let c = view.cluster;
        self.put("cluster", words![c.name]);
        let count = c.groups.iter().map(|g| g.nodes.len() as u64).sum::<u64>();
        let mut nodes = words![Sp::new(count, ALERT.origin())];
        let mut fewer = words![Sp::new(count.saturating_sub(1), ALERT.origin())];
        for g in &c.groups {
            nodes = nodes.citing(g.name.at);
            fewer = fewer.citing(g.name.at);
        }
        self.put("nodes", nodes);
        self.put("nodes-less", fewer);
        self.put("node-network", words![view.t.vlan(c.node_network.v).name].citing(c.node_network.at));
    }

    fn figures(&mut self, t: &Thresholds) {
        let Thresholds {
            saturation,
            pool_free,
            latency,
            errors,
            dns_errors,
            drops,
            map_pressure,
            storage_full,
            soon,
            urgent,
            ports,
        } = t;
        self.put("saturation", words![saturation]);
        self.put("pool-free", words![pool_free]);
        self.put("latency", words![latency]);
        self.number("latency-slow", u64::from(latency.v) * 10, latency.at);
        self.put("errors", words![errors]);
        self.put("dns-errors", words![dns_errors]);
        self.put("drops", words![drops]);
        self.number("drops-much", u64::from(drops.v) * 120, drops.at);
        self.put("map-pressure", words![map_pressure]);
        self.put("storage-full", words![storage_full]);
        self.number("soon", soon.v.0.into(), soon.at);
        self.number("urgent", urgent.v.0.into(), urgent.at);
        self.put("soon-words", words![soon]);
        self.put("urgent-words", words![urgent]);
        let (s, u) = (u64::from(soon.v.0), u64::from(urgent.v.0));
        self.put("between", words![Sp::new(u64::midpoint(s, u), soon.at)].citing(urgent.at));
        self.number("later", s + 86400, soon.at);
        self.put("ports", joined(ports, "|"));
        self.put("port-list", joined(ports, ", "));
        self.put("port", joined(&ports[..1], ""));
    }

    /// What a component's texts name; each of what is there.
    fn component(&mut self, view: &View<'_>) {
        let layer = view.layer;
        if let Some(c) = &layer.cilium {
            self.put("operators", words![c.operator_replicas]);
        }
        let metallb = layer.balancers.iter().find(|b| b.by.v == Announcer::Metallb);
        if let Some(b) = metallb {
            self.put("pools", listed(b.pools.iter().map(|p| words![p.name])));
            if let Some(bgp) = &b.bgp {
                self.put("peers", listed(bgp.peers.iter().map(|p| words![p.name, " (", p.address, ")"])));
                self.put("peer", listed(bgp.peers.iter().take(1).map(|p| words![p.address])));
            }
        }
        self.put(
            "addresses",
            listed(layer.gateways().map(|(i, g)| {
                let name = words![g.name];
                i.address.iter().fold(name, |name, (_, a)| words![name, " (", a, ")"])
            })),
        );
        for i in layer.ingresses.iter() {
            if let Some(n) = i.nginx() {
                let nowhere = words!["the address that it was given"].citing(i.at);
                self.put("address", i.address.as_ref().map_or(nowhere, |(_, a)| words![a]));
                self.put("class", words![n.class]);
            }
        }
        // Where nothing is stated CoreDNS asks what its node asks.
        let upstreams = &layer.dns.upstreams;
        let own = words!["the name servers of its node"].citing(layer.dns.at);
        self.put("upstreams", if upstreams.is_empty() { own } else { listed(upstreams.iter().map(|u| words![u])) });
        if let Some(c) = &layer.certificates {
            self.put("issuers", listed(c.issuers.iter().map(|i| words![i.name])));
            self.put("issuer", listed(c.issuers.iter().take(1).map(|i| words![i.name])));
        }
        if let Some(s) = &layer.storage {
            self.put("stores", listed(s.layouts().map(|(name, _)| words![name])));
            self.put("mons", words![s.mons]);
            self.number("quorum", u64::from(s.mons.v) / 2 + 1, s.mons.at);
            self.put("storage-nodes", listed(s.nodes.iter().map(|n| words![n.name])));
        }
        if let Some(v) = &layer.backup {
            let every = v.rhythm.every;
            self.put("copies-every", words![every]);
            // Half as long again: a copy takes its time, and one that came a little later is none that failed.
            let late = u64::from(every.v.0) + u64::from(every.v.0 / 2).max(3600);
            self.number("copies-late", late, every.at);
            let late = Seconds(u32::try_from(late).unwrap_or(u32::MAX));
            self.put("copies-late-words", words![Sp::new(late, every.at)]);
        }
        self.api(view);
        self.critical(view);
    }

    /// One of the addresses that no alert of their own is about.
    fn critical(&mut self, view: &View<'_>) {
        let Some(p) = view.t.told_by_no_other(view.cluster, view.layer).next() else { return };
        let ProbeOf::Critical(vlan, name) = &p.of else { return };
        let port = |port: Sp<u16>| words![p.address, ":", port];
        self.put("critical", p.port.map_or_else(|| words![p.address], port));
        self.put("critical-vlan", words![view.t.vlan(*vlan).name].citing(p.address.at));
        self.put("critical-name", words![Sp::new(name.clone(), p.address.at)]);
    }

    fn identity(&mut self, view: &View<'_>, id: IdentityId) {
        let i = view.t.identity(id);
        self.put("identity", words![i.name]);
        self.put("identity-host", words![i.host]);
        if let Some(p) = view.t.shown(i, view.layer) {
            self.put("identity-address", words![p.address]);
        }
    }

    fn api(&mut self, view: &View<'_>) {
        let Api { name, address, port, vrrp, held_by, at: _ } = &view.cluster.api;
        self.put("api-address", words![address]);
        self.put("api-port", words![port]);
        self.put("api-name", words![name]);
        self.put("api-vlan", words![view.t.vlan(view.cluster.node_network.v).name]);
        let members = vrrp.iter().flat_map(|v| &v.members);
        let nodes = listed(members.map(|(m, priority)| words![view.t.machine(*m).name].citing(priority.at)));
        let others = words![held_by];
        self.put("holders", if nodes.text.is_empty() { others } else { nodes });
    }

    fn pool(&mut self, view: &View<'_>, p: &Pool) {
        let Pool {
            name,
            vlan,
            from,
            to,
            auto_assign: _,
            avoid_edge_addresses: _,
            namespaces: _,
            labels: _,
            priority: _,
            at: _,
        } = p;
        self.put("pool", words![name]);
        let size = u64::from(u32::from(to.v).saturating_sub(u32::from(from.v))) + 1;
        self.put("pool-size", words![Sp::new(size, from.at)].citing(to.at));
        self.put("pool-from", words![from]);
        self.put("pool-to", words![to]);
        self.put("vlan", words![view.t.vlan(vlan.v).name].citing(vlan.at));
    }

    fn firewall(&mut self, view: &View<'_>, id: FirewallId) {
        let f = view.t.firewall(id);
        self.put("firewall", words![f.name]);
        let addresses = f.legs.iter().filter_map(|l| l.address.map(|a| words![a].citing(l.vlan.at)));
        self.put("firewall-addresses", listed(addresses));
        self.put("node", listed(f.nodes.iter().take(1).map(|m| words![view.t.machine(*m).name])));
        // Where it is pinged; of what tells figures, the VLAN that answers.
        let pinged = view.layer.monitoring.iter().flat_map(|m| &m.probes).find_map(|p| match &p.of {
            ProbeOf::Firewall(of, vlan, _) if *of == id => Some(Sp::new(*vlan, p.address.at)),
            ProbeOf::Firewall(..) | ProbeOf::Critical(..) | ProbeOf::Publish(_) | ProbeOf::Expect(_) => None,
        });
        if let Some(vlan) = pinged {
            self.put("vlan", words![view.t.vlan(vlan.v).name].citing(vlan.at));
        }
        if let Some(m) = &f.layer.watch.metrics {
            self.put("figures-vlan", words![view.t.vlan(m.vlan.v).name].citing(m.vlan.at));
        }
    }

    fn link(&mut self, view: &View<'_>, id: FirewallId, link: usize, made: &Made<'_>) {
        use crate::consumer::alerts::About;
        let layer = &view.t.firewall(id).layer;
        let Some(l) = layer.shaper.iter().flat_map(|s| &s.links).nth(link) else { return };
        let pipe = if made.alert.about == About::FirewallUp { &l.up } else { &l.down };
        let bits = pipe.bandwidth.v.bits();
        self.number("bits", bits, pipe.bandwidth.at);
        // Bytes a minute of a full pipe.
        self.number("full", bits / 8 * 60, pipe.bandwidth.at);
        let text = crate::schema::Text(pipe.bandwidth.v.to_string().into());
        self.put("bandwidth", words![crate::render::Remark(&Sp::new(text, pipe.bandwidth.at))]);
        let device = &layer.network.interfaces[l.interface].device;
        self.put("device", Composed { text: device.v.clone(), why: vec![device.at] });
        self.put("vlan", words![l.name]);
    }

    fn host(&mut self, view: &View<'_>, id: HostId) {
        let h = view.t.host(id);
        self.put("host", words![h.name]);
        if let Some(a) = &h.address {
            self.put("address", words![a]);
        }
        let vlan = view.t.proxmoxes[h.proxmox.0 as usize].management;
        let name = vlan.map(|v| words![view.t.vlan(v.v).name].citing(v.at));
        self.put("vlan", name.unwrap_or_else(|| words!["management"]));
        let on: Vec<&Machine> = view.t.machines.iter().filter(|m| m.on.v == id).collect();
        let mut all = listed(on.iter().take(NAMED).map(|m| words![m.name].citing(m.on.at)));
        if on.len() > NAMED {
            all = words![all, " and ", Sp::new((on.len() - NAMED) as u64, h.name.at), " more"];
        }
        self.put("machines", if all.text.is_empty() { words!["no machines"] } else { all });
    }

    fn published(&mut self, view: &View<'_>, p: &Publish) {
        // The probe's label has the slug of the name.
        let probes = view.layer.monitoring.iter().flat_map(|m| &m.probes);
        let slug = probes.map(|q| &q.of).find_map(|of| match of {
            ProbeOf::Publish(slug) if is_about(of, p) => Some(words![Sp::new(slug.clone(), p.name.at)]),
            ProbeOf::Publish(_) | ProbeOf::Firewall(..) | ProbeOf::Critical(..) | ProbeOf::Expect(_) => None,
        });
        self.put("publish", slug.unwrap_or_else(|| words![p.name]));
        self.put("public", words![p.public]);
        let tried = view.layer.health.as_ref().filter(|h| !h.outside.is_empty());
        let by = |h: &Health| words!["outside.sh does, run where no network of ours is."].citing(h.at);
        self.put("from-outside", tried.map_or_else(|| words!["Only a look from the Internet does."], by));
        self.put("target", words![p.target]);
        self.put("firewall", words![view.t.firewall(p.firewall.v).name].citing(p.firewall.at));
    }
}

/// Values with something between them.
fn joined<T: Atom>(all: &[Sp<T>], between: &'static str) -> Composed {
    all.iter().map(|a| words![a]).reduce(|a, b| words![a, between, b]).unwrap_or_default()
}

/// Parts with commas between them.
fn listed(parts: impl Iterator<Item = Composed>) -> Composed {
    parts.reduce(|a, b| words![a, ", ", b]).unwrap_or_default()
}

/// Minutes that hold a time, rounded up.
pub fn minutes(s: Seconds) -> u64 {
    u64::from(s.0).div_ceil(60)
}
