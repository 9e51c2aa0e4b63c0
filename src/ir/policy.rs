//! Decided: who may talk to whom, and the policies of a cluster that say so; holds no diagnostics and does no work.

use serde::Serialize;

use crate::consumer::Protocol;
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};

use super::{ClusterId, FirewallId, HostId, MachineId, VlanId};

/// Who may talk to whom, with groups and services resolved; no consumer's words.
#[derive(Clone, Debug, Serialize)]
pub struct Allow {
    /// What for, in words.
    pub name: Sp<Text>,
    /// The name of what is made from it: the words in lower case with hyphens.
    pub slug: Sp<Name>,
    /// Who opens the connection.
    pub from: Vec<PolicyZone>,
    /// Who answers.
    pub to: Vec<PolicyZone>,
    /// What they may use.
    pub service: Ports,
    /// Requests that are allowed; empty when nobody looks into them.
    pub http: Vec<Request>,
    /// A word that logs show for each connection.
    pub log: Option<Sp<LogWord>>,
    /// The way out that it takes, by the name of its VLAN or of a group of ways.
    pub via: Option<Sp<WayRef>>,
    /// Hours in which it holds: number in [`super::Topology::schedules`].
    pub schedule: Option<Sp<u32>>,
    /// How much of it is let through.
    pub limit: Option<Limit>,
    /// Whether a part of the platform needs it and no `allow` says it.
    pub derived: bool,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Who may not talk to whom: a refusal beats every allowance. No consumer's words.
#[derive(Clone, Debug, Serialize)]
pub struct Deny {
    /// What for, in words.
    pub name: Sp<Text>,
    /// The name of what is made from it: the words in lower case with hyphens.
    pub slug: Sp<Name>,
    /// Who opens the connection.
    pub from: Vec<PolicyZone>,
    /// Who would answer.
    pub to: Vec<PolicyZone>,
    /// What they may not use.
    pub service: Ports,
    /// What whoever asks gets to hear.
    pub answer: Sp<DenyAnswer>,
    /// A word that logs show for each attempt.
    pub log: Option<Sp<LogWord>>,
    /// Hours in which it holds: number in [`super::Topology::schedules`].
    pub schedule: Option<Sp<u32>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What must hold in the end.
#[derive(Clone, Debug, Serialize)]
pub struct Expect {
    /// Whether it gets through.
    pub verdict: Sp<Verdict>,
    /// What, in words.
    pub name: Sp<Text>,
    /// Who opens the connection.
    pub from: Vec<PolicyZone>,
    /// Who answers.
    pub to: Vec<PolicyZone>,
    /// By what.
    pub service: Ports,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How much of an allowance is let through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Limit {
    /// Connections at a time from one address.
    pub connections: Option<Sp<u32>>,
    /// New connections of one address: how many in how many seconds.
    pub rate: Option<(Sp<u32>, Sp<Seconds>)>,
    /// Packets of the whole rule: how many in how many seconds.
    pub packets: Option<(Sp<u32>, Sp<Seconds>)>,
}

/// Hours in which a rule holds.
#[derive(Clone, Debug, Serialize)]
pub struct Schedule {
    /// Its name.
    pub name: Sp<Name>,
    /// Days of the week, first and last minute.
    pub hours: Vec<Hours>,
}

/// Days of the week and hours.
#[derive(Clone, Debug, Serialize)]
pub struct Hours {
    /// The days, ordered.
    pub days: Vec<Sp<Weekday>>,
    /// The first minute.
    pub from: Sp<ClockTime>,
    /// The minute at which it ends.
    pub to: Sp<ClockTime>,
}

/// A place that traffic comes from or goes to. The origin is where it is said, and the group that it is said by.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyZone {
    /// A VLAN's subnet without its router.
    Vlan(Sp<VlanId>),
    /// A machine: all its addresses, or that on one VLAN.
    Machine(Sp<MachineId>, Option<Sp<VlanId>>),
    /// A Proxmox host: all its addresses.
    Host(Sp<HostId>),
    /// A group of nodes: number in the cluster's groups.
    Nodes(Sp<(ClusterId, u32)>),
    /// Pods of a cluster.
    Pods(Pods),
    /// A network that is none of ours.
    Net(Net),
    /// An address that no name of the file stands for.
    Address(Sp<std::net::Ipv4Addr>),
    /// Names in DNS.
    Name(Sp<NamePattern>),
    /// Addresses of a country. Only a firewall knows them.
    Country(Sp<Country>),
    /// Addresses of a list, and how often it is read. Only a firewall reads it.
    Feed(Sp<Url>, Sp<Seconds>),
    /// A firewall's own addresses.
    Firewall(Sp<FirewallId>),
    /// A VPN of a firewall, by its name.
    Vpn(Sp<FirewallId>, Sp<Name>),
    /// The API servers of a cluster.
    Api(Sp<ClusterId>),
    /// The ways in for HTTP of a cluster.
    Ingress(Sp<ClusterId>),
    /// What nobody of the file owns.
    Internet(Sp<bool>),
}

impl PolicyZone {
    /// Where it is said.
    pub fn at(&self) -> Origin {
        match self {
            PolicyZone::Vlan(x) => x.at,
            PolicyZone::Machine(x, _) => x.at,
            PolicyZone::Host(x) => x.at,
            PolicyZone::Address(x) => x.at,
            PolicyZone::Country(x) => x.at,
            PolicyZone::Feed(x, _) => x.at,
            PolicyZone::Vpn(_, x) => x.at,
            PolicyZone::Nodes(x) => x.at,
            PolicyZone::Pods(x) => x.at,
            PolicyZone::Net(x) => x.net.at,
            PolicyZone::Name(x) => x.at,
            PolicyZone::Firewall(x) => x.at,
            PolicyZone::Api(x) | PolicyZone::Ingress(x) => x.at,
            PolicyZone::Internet(x) => x.at,
        }
    }

    /// The pods, when it is pods of that cluster.
    pub fn pods_of(&self, cluster: ClusterId) -> Option<&Pods> {
        match self {
            PolicyZone::Pods(p) if p.cluster == cluster => Some(p),
            _ => None,
        }
    }
}

/// Pods of a cluster.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Pods {
    /// The cluster.
    pub cluster: ClusterId,
    /// What tells them from others.
    pub selector: Selector,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
}

/// What tells pods from others.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Selector {
    /// Their namespace; `None` for every one.
    pub namespace: Option<Sp<Namespace>>,
    /// Labels and their values, ordered by key: one of the values each.
    pub labels: Vec<(Sp<LabelKey>, Vec<Sp<LabelValue>>)>,
    /// Why these.
    #[serde(skip)]
    pub at: Origin,
}

impl Selector {
    /// What it is ordered by: its text.
    pub fn order(&self) -> (Option<&str>, Vec<(&str, Vec<&str>)>) {
        let labels = self.labels.iter().map(|(k, v)| (&*k.v.0, v.iter().map(|v| &*v.v.0).collect()));
        (self.namespace.as_ref().map(|n| &*n.v.0), labels.collect())
    }
}

/// A network and what of it is not meant.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Net {
    /// The network.
    pub net: Sp<ipnet::Ipv4Net>,
    /// Parts that are not meant, ordered.
    pub except: Vec<Sp<ipnet::Ipv4Net>>,
}

/// What may be used. Nothing at all in it is everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ports {
    /// Ports, ordered by protocol and number.
    pub ports: Vec<(Protocol, Sp<PortSpan>)>,
    /// Types of ICMP messages for IPv4.
    pub icmp: Vec<Sp<u8>>,
    /// Other protocols of IP, ordered.
    pub protocols: Vec<Sp<IpProtocol>>,
    /// The services that say so.
    #[serde(skip)]
    pub at: Vec<Origin>,
}

/// Requests of HTTP: all that is said must hold.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Request {
    /// The method.
    pub method: Option<Sp<HttpMethod>>,
    /// The path, an extended regular expression.
    pub path: Option<Sp<HttpPath>>,
    /// Where it is said.
    #[serde(skip)]
    pub at: Origin,
}

/// Policies of a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Policies {
    /// Where everything is refused that nothing allows.
    pub deny: Option<DefaultDeny>,
    /// Whose policies they are.
    pub by: Sp<DenyBy>,
    /// Them, ordered by namespace and name.
    pub policies: Vec<Policy>,
}

/// Where everything is refused that nothing allows.
#[derive(Clone, Debug, Serialize)]
pub struct DefaultDeny {
    /// Where.
    pub scope: Sp<DenyScope>,
    /// Which direction.
    pub direction: Sp<DenyDirection>,
    /// Namespaces where nothing is refused, ordered; of a scope `cluster`.
    pub except: Vec<Sp<Namespace>>,
    /// Namespaces where it is refused, ordered; of a scope `namespaces`.
    pub namespaces: Vec<Sp<Namespace>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl DefaultDeny {
    /// Whether what comes to a pod is refused.
    pub fn inward(&self) -> bool {
        self.direction.v != DenyDirection::Out
    }

    /// Whether what leaves a pod is refused.
    pub fn outward(&self) -> bool {
        self.direction.v != DenyDirection::In
    }

    /// Whether pods of a namespace are under it; of some namespace when it is `None`.
    pub fn covers(&self, namespace: Option<&str>) -> bool {
        match (self.scope.v, namespace) {
            (DenyScope::Cluster, Some(n)) => !self.except.iter().any(|e| &*e.v.0 == n),
            (DenyScope::Cluster, None) => true,
            (DenyScope::Namespaces, Some(n)) => self.namespaces.iter().any(|e| &*e.v.0 == n),
            (DenyScope::Namespaces, None) => !self.namespaces.is_empty(),
        }
    }
}

/// One policy: an object of the cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Policy {
    /// Its namespace; `None` for one of the whole cluster.
    pub namespace: Option<Sp<Namespace>>,
    /// Its name.
    pub name: Sp<Name>,
    /// What it is for.
    pub about: Sp<Text>,
    /// Its parts: each for some pods.
    pub parts: Vec<PolicyPart>,
    /// A word that flow logs show.
    pub log: Option<Sp<LogWord>>,
    /// Why it is there.
    #[serde(skip)]
    pub why: Rule,
}

/// What a policy says of some pods.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyPart {
    /// Whom it is about.
    pub subject: Subject,
    /// What may come to them.
    pub ingress: Vec<Traffic>,
    /// What may leave them.
    pub egress: Vec<Traffic>,
    /// What may not come to them, whatever is allowed.
    pub ingress_deny: Vec<Traffic>,
    /// What may not leave them, whatever is allowed.
    pub egress_deny: Vec<Traffic>,
    /// The directions in which it refuses everything else; `None` for one that only allows.
    pub refuses: Option<Sp<DenyDirection>>,
}

/// Whom a part of a policy is about.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Every endpoint, but pods of these namespaces.
    Everything(Vec<Sp<Namespace>>),
    /// Pods.
    Pods(Selector),
    /// An endpoint of the network plugin's own.
    Own(Entity),
}

/// Traffic that is allowed. One kind of peer each: Cilium refuses two in a rule.
#[derive(Clone, Debug, Serialize)]
pub struct Traffic {
    /// With whom.
    pub peer: PolicyPeer,
    /// By what: nothing is everything.
    pub ports: Ports,
    /// Requests that are allowed; empty when nobody looks into them.
    pub http: Vec<Request>,
    /// Whether answers of names are read, so that names become addresses.
    pub names: bool,
}

/// The other end.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyPeer {
    /// Pods, a union.
    Pods(Vec<Selector>),
    /// What the network plugin knows by itself.
    Entities(Vec<Sp<Entity>>),
    /// Networks outside the cluster.
    Nets(Vec<Net>),
    /// Names in DNS.
    Names(Vec<Sp<NamePattern>>),
}

/// What Cilium knows by itself. Each is in the CRD of every version that topoc knows.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entity {
    /// Everything inside the cluster.
    Cluster,
    /// The health endpoints of all nodes.
    Health,
    /// The node that the pod runs on.
    Host,
    /// Cilium's own ingress and gateway.
    Ingress,
    /// The API servers.
    KubeApiserver,
    /// All other nodes.
    RemoteNode,
    /// Everything outside the cluster.
    World,
}

impl Entity {
    /// As Cilium spells it (api/v1, entity.go).
    pub fn word(self) -> &'static str {
        match self {
            Entity::Cluster => "cluster",
            Entity::Health => "health",
            Entity::Host => "host",
            Entity::Ingress => "ingress",
            Entity::KubeApiserver => "kube-apiserver",
            Entity::RemoteNode => "remote-node",
            Entity::World => "world",
        }
    }
}

impl super::Topology {
    /// Whether a zone is, or may be, beyond our networks.
    pub fn is_beyond(&self, z: &PolicyZone) -> bool {
        let ours = |a: std::net::Ipv4Addr| self.vlans.iter().any(|v| v.subnet.v.contains(&a));
        match z {
            PolicyZone::Internet(_) | PolicyZone::Name(_) | PolicyZone::Country(_) | PolicyZone::Feed(..) => true,
            PolicyZone::Net(n) => !self.vlans.iter().any(|v| v.subnet.v.contains(&n.net.v)),
            PolicyZone::Address(a) => !ours(a.v),
            PolicyZone::Vlan(_)
            | PolicyZone::Machine(..)
            | PolicyZone::Host(_)
            | PolicyZone::Nodes(_)
            | PolicyZone::Pods(_)
            | PolicyZone::Firewall(_)
            | PolicyZone::Vpn(..)
            | PolicyZone::Api(_)
            | PolicyZone::Ingress(_) => false,
        }
    }
}
