//! Which alerts there are: what each is about in a decided topology, and whether its metrics are there; decides nothing, for
//! it only looks at what was decided.

use crate::consumer::Need;
use crate::consumer::alerts::{About, Alert, GROUPS, Group, probes};
use crate::schema::{AnnounceMode, Announcer, SyncMode};
use crate::source::{Origin, Sp};

use super::*;

/// An alert about one thing of a cluster or of what stands before it.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    /// Its component.
    pub group: &'static Group,
    /// What it says.
    pub alert: &'static Alert,
    /// What it is about.
    pub thing: Thing,
    /// What tells its metrics; or the first need that nothing meets.
    pub told: Result<Vec<Origin>, Need>,
    /// Who said that nobody wants it.
    pub off: Option<&'a AlertOff>,
    /// How it differs from the usual.
    pub change: Option<&'a AlertChange>,
}

/// What an alert is about.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Thing {
    /// A component of the cluster, of which there is one.
    Component,
    /// A pool: numbers in [`Layer::balancers`] and [`Balancer::pools`].
    Pool(usize, usize),
    /// A firewall.
    Firewall(FirewallId),
    /// A shaped way out: number in [`Shaper::links`].
    Link(FirewallId, usize),
    /// A hypervisor.
    Host(HostId),
    /// An identity server.
    Identity(IdentityId),
    /// A published service: number in [`Topology::publishes`].
    Published(usize),
}

impl Made<'_> {
    /// Whether there is a rule for it.
    pub fn is_there(&self) -> bool {
        self.told.is_ok() && self.off.is_none()
    }
}

impl Topology {
    /// Every alert about something that is there, in the order of components and of their tables; none without monitoring.
    pub fn alerts<'a>(&self, cluster: &Cluster, layer: &'a Layer) -> Vec<Made<'a>> {
        let Some(monitoring) = &layer.monitoring else { return Vec::new() };
        let Alerts { runbooks: _, thresholds: _, changes, off } = &monitoring.alerts;
        let mut all = Vec::new();
        for group in GROUPS {
            for alert in group.alerts {
                for thing in self.things(alert.about, cluster, layer) {
                    let firewall = match thing {
                        Thing::Firewall(f) | Thing::Link(f, _) => Some(f),
                        Thing::Component
                        | Thing::Pool(..)
                        | Thing::Host(_)
                        | Thing::Identity(_)
                        | Thing::Published(_) => None,
                    };
                    let told = alert.needs.iter().map(|n| self.tells(layer, *n, firewall).ok_or(*n)).collect();
                    all.push(Made {
                        group,
                        alert,
                        thing,
                        told,
                        off: off.iter().find(|o| *o.name.v.0 == *alert.name),
                        change: changes.iter().find(|c| *c.name.v.0 == *alert.name),
                    });
                }
            }
        }
        all
    }

    /// What turns on what tells metrics of this kind: `None` where nothing does. What is told of a firewall depends on which.
    pub fn tells(&self, layer: &Layer, need: Need, firewall: Option<FirewallId>) -> Option<Origin> {
        let monitoring = layer.monitoring.as_ref()?;
        let watched = || monitoring.firewalls.iter().filter(|w| Some(w.firewall) == firewall);
        let probed = |is: &dyn Fn(&ProbeOf) -> bool| monitoring.probes.iter().find(|p| is(&p.of)).map(|p| p.address.at);
        let metallb = || layer.balancers.iter().find(|b| b.by.v == Announcer::Metallb);
        match need {
            Need::Stack => Some(monitoring.at),
            Need::Critical => probed(&|of| matches!(of, ProbeOf::Critical(..))),
            Need::Cilium => Some(layer.cilium.as_ref()?.metrics).filter(|m| m.v).map(|m| m.at),
            Need::Flows(kind) => {
                let flows = layer.cilium.as_ref()?.flows.as_ref()?;
                flows.metrics.iter().find(|m| m.v == kind).map(|m| m.at)
            }
            Need::Metallb => Some(metallb()?.metrics.as_ref()?.at),
            Need::MetallbBgp => Some(metallb()?).filter(|b| b.bgp.is_some())?.metrics.as_ref().map(|m| m.at),
            Need::Nginx => {
                layer.ingresses.iter().find_map(|i| i.nginx()).map(|n| n.metrics).filter(|m| m.v).map(|m| m.at)
            }
            Need::CertManager => Some(layer.certificates.as_ref()?.metrics).filter(|m| m.v).map(|m| m.at),
            Need::Ceph => Some(layer.storage.as_ref()?.metrics).filter(|m| m.v).map(|m| m.at),
            Need::Velero => layer.backup.as_ref().map(|_| monitoring.at),
            Need::FirewallExporter => watched().find_map(|w| w.exporter.as_ref()).map(|p| p.at),
            Need::FirewallSnmp => watched().find_map(|w| w.snmp.as_ref()).map(|s| s.at),
            Need::FirewallPing => probed(&|of| matches!(of, ProbeOf::Firewall(f, ..) if Some(*f) == firewall)),
            Need::Published => probed(&|of| matches!(of, ProbeOf::Publish(_))),
            Need::Expected => probed(&|of| matches!(of, ProbeOf::Expect(_))),
            Need::LoggedPackets => logged(layer, |s| s.packets),
            Need::LoggedIntrusions => logged(layer, |s| s.intrusions),
            Need::LoggedLogins => logged(layer, |s| s.logins),
            Need::LoggedTakeovers => logged(layer, |s| s.takeovers),
            Need::LoggedKernel => logged(layer, |s| s.kernel),
            // Their figures are collected wherever both they and monitoring are.
            Need::ArgoCd => layer.gitops.as_ref().map(|_| monitoring.at),
            Need::Loki => layer.logging.as_ref().map(|_| monitoring.at),
            Need::Alloy => layer.logging.as_ref().filter(|l| l.alloy.is_some()).map(|_| monitoring.at),
            Need::PacketFilter => None,
            Need::Traces => Some(layer.tracing.as_ref()?.at),
        }
    }

    /// The alert that tells when a probe of what much depends on fails: one cause has one alert.
    pub fn told_by(&self, cluster: &Cluster, p: &Probe) -> &'static str {
        let is = |a: &Sp<std::net::Ipv4Addr>| a.v == p.address.v;
        match (self.hosts.iter().filter_map(|h| h.address.as_ref()).any(is), is(&cluster.api.address)) {
            (true, _) => probes::HYPERVISOR,
            (false, true) => probes::API,
            (false, false) => probes::REST,
        }
    }

    /// Probes of what much depends on that no alert of its own tells of.
    pub fn told_by_no_other<'a>(&'a self, cluster: &'a Cluster, layer: &'a Layer) -> impl Iterator<Item = &'a Probe> {
        let probes = layer.monitoring.iter().flat_map(|m| &m.probes);
        let own = move |p: &&Probe| self.told_by(cluster, p) == probes::REST;
        probes.filter(|p| matches!(p.of, ProbeOf::Critical(..))).filter(own)
    }

    /// The probe that sees the certificate of an identity server.
    pub fn shown<'a>(&self, i: &IdentityServer, layer: &'a Layer) -> Option<&'a Probe> {
        let address = i.run.as_ref()?.address.v;
        let probes = layer.monitoring.iter().flat_map(|m| &m.probes);
        let is = |p: &&Probe| {
            p.address.v == address && matches!(p.how, ProbeHow::Tls(..)) && matches!(p.of, ProbeOf::Critical(..))
        };
        probes.into_iter().find(is)
    }

    /// What there is of what an alert is about.
    fn things(&self, about: About, cluster: &Cluster, layer: &Layer) -> Vec<Thing> {
        let one = |is: bool| if is { vec![Thing::Component] } else { Vec::new() };
        let metallb = || layer.balancers.iter().enumerate().filter(|(_, b)| b.by.v == Announcer::Metallb);
        let nginx = || layer.ingresses.iter().filter_map(|i| i.nginx());
        let firewalls = || (0..self.firewalls.len()).map(|i| FirewallId(i as u32));
        let sense = || firewalls().filter(|f| !self.firewall(*f).layer.network.interfaces.is_empty());
        let links = || {
            sense().flat_map(|f| {
                let links = self.firewall(f).layer.shaper.iter().flat_map(|s| &s.links);
                links.enumerate().map(move |(n, _)| Thing::Link(f, n))
            })
        };
        let probes = || layer.monitoring.iter().flat_map(|m| &m.probes);
        let watched = || layer.monitoring.iter().flat_map(|m| &m.firewalls);
        let critical = |p: &Probe| matches!(p.of, ProbeOf::Critical(..));
        let published = |how: &dyn Fn(&ProbeHow) -> bool| {
            let all = self.publishes.iter().enumerate();
            let asked = |p: &Publish| probes().any(|q| how(&q.how) && is_about(&q.of, p));
            all.filter(|(_, p)| asked(p)).map(|(n, _)| Thing::Published(n)).collect()
        };
        match about {
            About::Cilium => one(layer.cilium.is_some()),
            About::CiliumGateway => one(layer.gateways().next().is_some() && layer.cilium.is_some()),
            About::Flows => one(layer.cilium.as_ref().is_some_and(|c| c.flows.is_some())),
            About::Metallb => one(metallb().next().is_some()),
            About::MetallbBgp => one(metallb().any(|(_, b)| b.mode.v == AnnounceMode::Bgp)),
            About::MetallbPool => {
                metallb().flat_map(|(n, b)| (0..b.pools.len()).map(move |pool| Thing::Pool(n, pool))).collect()
            }
            About::NginxReplicas => one(nginx().any(|n| n.replicas.is_some())),
            About::NginxNodes => one(nginx().any(|n| n.replicas.is_none())),
            About::Nginx => one(nginx().next().is_some()),
            About::CoreDns => one(true),
            About::Api => one(probes().any(|p| p.address.v == cluster.api.address.v && critical(p))),
            About::Certificates => one(layer.certificates.is_some()),
            About::Ceph => one(layer.storage.is_some()),
            About::Velero => one(layer.backup.is_some()),
            About::ArgoCd => one(layer.gitops.is_some()),
            About::ArgoCdSync => one(layer.gitops.as_ref().is_some_and(|g| g.sync.v == SyncMode::Automatic)),
            About::Loki => one(layer.logging.is_some()),
            About::Alloy => one(layer.logging.as_ref().is_some_and(|l| l.alloy.is_some())),
            About::Traces => one(layer.tracing.is_some()),
            About::Firewall => sense().map(Thing::Firewall).collect(),
            About::FirewallPair => sense().filter(|f| self.firewall(*f).nodes.len() > 1).map(Thing::Firewall).collect(),
            About::FirewallSnmp => {
                let asked = |f: &FirewallId| watched().any(|w| w.firewall == *f && w.snmp.is_some());
                sense().filter(asked).map(Thing::Firewall).collect()
            }
            About::FirewallDown | About::FirewallUp => links().collect(),
            About::LoggedIntrusions => one(sense().any(|f| self.firewall(f).layer.ids.is_some())),
            About::LoggedPackets | About::LoggedLogins | About::LoggedKernel => one(sense().next().is_some()),
            About::LoggedTakeovers => one(sense().any(|f| self.firewall(f).nodes.len() > 1)),
            About::Host => {
                let asked = |h: &Host| probes().any(|p| critical(p) && h.address.is_some_and(|a| a.v == p.address.v));
                self.host_ids().filter(|(_, h)| asked(h)).map(|(id, _)| Thing::Host(id)).collect()
            }
            About::Critical => one(self.told_by_no_other(cluster, layer).next().is_some()),
            About::Identity => {
                let all = (0..).map(IdentityId).zip(&self.identities);
                all.filter(|(_, i)| self.shown(i, layer).is_some()).map(|(id, _)| Thing::Identity(id)).collect()
            }
            About::Published => published(&|_| true),
            About::PublishedTls => published(&|how| matches!(how, ProbeHow::Tls(..))),
            About::Expected => one(probes().any(|p| matches!(p.of, ProbeOf::Expect(_)))),
        }
    }
}

/// Who sends lines of a kind to Loki.
fn logged(layer: &Layer, is: fn(&LogSender) -> bool) -> Option<Origin> {
    layer.logging.as_ref()?.syslog.as_ref()?.senders.iter().find(|s| is(s)).map(|s| s.at)
}

/// Whether a probe is about that service: its slug is the name without what no name of an object may have.
pub fn is_about(of: &ProbeOf, p: &Publish) -> bool {
    let plain = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    match of {
        ProbeOf::Publish(slug) => plain(slug) == plain(&p.name.v.0),
        ProbeOf::Firewall(..) | ProbeOf::Critical(..) | ProbeOf::Expect(_) => false,
    }
}
