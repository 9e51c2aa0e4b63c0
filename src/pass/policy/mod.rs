//! Pass: who may talk to whom inside a cluster: its policies, once for each set of settings; spells nothing.

mod allows;
mod argo;
mod checks;
mod derived;
mod expects;
mod logs;
mod pages;
mod peers;
mod platform;
mod traces;
mod watching;

pub use allows::{allows, callers, denies, places, ports, schedules, slug};
pub use expects::expects;
pub(super) use peers::{internet, vlan_net, vpn_net};

use std::collections::BTreeMap;

use super::layer::At;
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};
use peers::Side;

crate::rules! {
    47;
    WELL_KNOWN = "the ports of a well-known service are those that IANA lists" @ "IANA Service Name and Transport Protocol Port Number Registry";
    NAMED_PORTS = "the ports are those of the service that the statement names" @ "language reference";
    FEED_DAILY = "a list is read again every day, as nothing else is stated" @ "language reference";
    IN_GROUP = "it is in the group that the statement names" @ "language reference";
    SLUG = "policies are named by the sentence, in lower case with hyphens" @ "Kubernetes, object names; RFC 1123";
    SELECTED = "pods are told from others by namespace and labels" @ "RFC 5.7; Cilium, EndpointSelector";
    DEFAULT_DIRECTION = "both directions are refused, as nothing else is stated" @ "RFC 5.7";
    DEFAULT_BY = "Cilium's policies refuse and allow, as nothing else is stated" @ "RFC 5.7";
    NODES_ARE_ENTITIES = "a CIDR never matches a node of the cluster: nodes are entities" @ "Cilium, Layer 3 policies, CIDR; targets 2";
    API_IS_ENTITY = "API servers are an entity; their shared address is seen as a node's on one node and as a stranger's on others" @ "Cilium, Layer 3 policies, entities; targets 2";
    GATEWAY_IS_ENTITY = "Cilium's own gateway is the entity `ingress`" @ "Cilium, Ingress and Gateway API, network policy";
    WORLD = "everything that nobody of the file owns" @ "language reference";
    PRIVATE = "private, shared, loopback, link-local, multicast and reserved addresses are not the Internet" @ "RFC 6890, RFC 1918, RFC 6598, RFC 5771";
    OWN_NET = "an address of ours is not the Internet" @ "language reference";
    ITS_ADDRESS = "the addresses of a machine are matched one by one, with a prefix length" @ "Cilium, CIDRRule; targets 2";
    ITS_SUBNET = "a VLAN is its subnet without the router's own addresses" @ "language reference";
    ROUTERS_OWN = "the router's own address is the router, not the VLAN" @ "language reference";
    DENIES = "what nothing allows is refused: a section with one empty rule, because an empty section says nothing" @ "RFC 5.7; Cilium 1.17, rule_validation.go; targets 2";
    ALLOWS = "an allowance allows and never refuses the rest: only the default deny does" @ "Cilium 1.16, enableDefaultDeny; targets 2";
    DNS_ALL = "every pod asks the cluster's name servers" @ "RFC 5.7";
    DNS_NODE = "the node-local cache answers from the node itself, so it is the entity host and not kube-dns" @ "Kubernetes, NodeLocal DNSCache; targets 2, K5";
    DNS_SERVES = "the cluster's name servers answer every pod" @ "RFC 5.7";
    DNS_UPSTREAM = "the cluster's name servers ask whom the nodes ask" @ "RFC 5.7, 5.10; CoreDNS, forward . /etc/resolv.conf";
    DNS_READ = "names become addresses by the answers that pods get, so those are read" @ "Cilium, DNS based policies; targets 2";
    API_ALL = "pods reach the API servers, which ask who they are" @ "RFC 5.7; targets 2, K8";
    API_PORT = "API servers listen on 6443 and are reached at the port of the shared address" @ "RFC 4.3; kube-apiserver, --secure-port";
    NODES_IN = "kubelets probe pods, and API servers on other nodes call webhooks" @ "RFC 5.7; targets 2";
    HEALTH = "nodes probe each other's health endpoints" @ "Cilium, cilium-health; targets 2";
    METRICS = "metrics of pods and nodes are scraped at the ports that are stated" @ "RFC 7.2; targets 2";
    NGINX = "the ingress controller takes requests from everywhere and hands them to any pod" @ "RFC 5.5; ingress-nginx chart, controller.containerPort";
    GATEWAY = "Cilium's gateway takes requests from everywhere and hands them to any pod" @ "Cilium, Ingress and Gateway API, network policy";
    ACME = "cert-manager reaches the certificate authority and looks whether a challenge is answered" @ "RFC 5.6, RFC 8555 section 8";
    SOLVER = "the way in hands challenges to those who answer them" @ "RFC 5.6; cert-manager, acme.cert-manager.io/http01-solver";
    CEPH = "Rook's pods reach Ceph's daemons, which are on the nodes' own network" @ "RFC 5.8; Ceph, network configuration reference";
    CEPH_NET = "of another node Cilium knows the node address only, so its address on the storage network is one of the world" @ "RFC 5.8; Cilium, CiliumNode addresses; targets 2";
    KUBESPHERE_IN = "KubeSphere's pods talk to each other and to whom people log in at" @ "RFC 4.3; KubeSphere, ks-core chart";
    NO_ANSWER = "what is refused is dropped without a word, as nothing else is stated" @ "language reference";
    REFUSED = "a refusal beats every allowance" @ "language reference; Cilium, deny policies";
    PROBED = "what much depends on is looked at from the nodes that pods run on, so they are let through" @ "RFC 7.2, 7.6; targets N10";
    PROBES = "the blackbox exporter reaches what it looks at, and nothing else" @ "RFC 7.6; targets N10";
    FIGURES = "Prometheus reaches what has figures outside the cluster, and nothing else" @ "RFC 7.2; targets N10";
    ASKED = "the SNMP exporter asks firewalls, and nobody else" @ "RFC 7.2; RFC 3417";
    TOLD = "Alertmanager reaches those who are told" @ "RFC 7.6; Alertmanager, receivers";
    SCRAPED = "monitoring says where Prometheus is and what it reads" @ "RFC 7.2; language reference";
    PAGES = "those who are named open the platform's pages, and nobody else" @ "RFC 7.3; language reference";
    PAGE_IN = "the gateway hands a page's requests to the pods behind it" @ "RFC 7.3; Cilium, Ingress and Gateway API, network policy";
    OUTPOST_OUT = "the outpost hands on requests of people that it knows" @ "RFC 3.2; Authentik, proxy provider";
    ASKS_WHO = "who opens a page logs in where people are known, and a page that logs people in asks there itself" @ "RFC 3.2; OpenID Connect Core 1.0 section 3.1";
    ARGO_CD = "Argo CD's pods talk to each other" @ "RFC 8.1; argo-cd 10.1.1, values.yaml: containerPorts";
    ARGO_CD_READS = "charts and the tree are read where they are, and nowhere else" @ "RFC 8.1, 8.2";
    LOGS = "agents hand logs to Loki, whose replicas talk to each other" @ "RFC 7.1, 7.4; Loki chart 18.11.0, loki.server.http_listen_port";
    LOGS_SENT = "firewalls that send their logs reach the listener from their own addresses, and nobody else does" @ "RFC 7.4; Kubernetes, externalTrafficPolicy Local";
    LOGS_KEPT = "Loki reaches the gateways of its store, which are on the nodes' own network" @ "RFC 5.8, 7.1; Cilium, Layer 3 policies, CIDR; targets 2";
    LOGS_SEEN = "Grafana asks Loki, and Loki tells Alertmanager" @ "RFC 7.4, 7.6";
    TRACES = "pods of the namespaces that are named hand traces to Tempo" @ "RFC 7.1; OpenTelemetry Protocol 1.0, default ports";
    TRACES_SEEN = "Grafana asks Tempo" @ "RFC 7.1; Tempo chart 2.3.0, tempo.server.http_listen_port";
    CHECKS = "checks of the running cloud reach what they look at" @ "RFC 9.3";
    COPIED = "Velero reaches the store that keeps its copies" @ "RFC 9.2; Velero, BackupStorageLocation";
    IN_ENVIRONMENT = "an environment needs this beside what the cluster needs, and a firewall stands for both" @ "RFC 8.2, overlays";
    FLOWS = "the relay collects flows from every node, the interface asks the relay" @ "RFC 5.1.2; Cilium chart, hubble.relay";
    COPIES = "hypervisors reach the server that their copies go to, at the port of its API" @ "RFC 9.2; Proxmox Backup Server, Backup Client Usage: --port";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Policies> {
    let id = x.index.cluster(&x.cluster.name.v);
    let deny = x.c.default_deny.as_ref().and_then(|d| deny(d, cx));
    let stated = x.c.default_deny.as_ref().and_then(|d| d.by);
    let by = or(stated, DenyBy::Cilium, DEFAULT_BY);
    // An environment has other parts than the cluster, and each needs what is there of them.
    let several = x
        .facts
        .cluster
        .iter()
        .any(|c| c.name.as_ref().is_some_and(|n| n.v.0 == x.cluster.name.v) && !c.environment.is_empty());
    let own = match several && deny.is_some() {
        true => derived::within(&derived::Stated { facts: x.facts, index: x.index, t: x.t }, x.c, cx),
        false => Vec::new(),
    };
    let concerned: Vec<&Allow> =
        x.t.allows
            .iter()
            // What nothing refuses needs no allowance.
            .filter(|a| !a.derived || (deny.is_some() && !several))
            .chain(&own)
            .filter(|a| a.from.iter().chain(&a.to).any(|z| matches!(z, PolicyZone::Pods(p) if p.cluster == id)))
            .collect();
    let ours = |z: &PolicyZone| matches!(z, PolicyZone::Pods(p) if p.cluster == id);
    let refused: Vec<&Deny> = x.t.denies.iter().filter(|d| d.from.iter().chain(&d.to).any(ours)).collect();
    let at = match (&deny, concerned.first(), refused.first()) {
        (Some(d), _, _) => d.at,
        (None, Some(a), _) => a.at,
        (None, None, Some(d)) => d.at,
        (None, None, None) => return None,
    };
    if by.v == DenyBy::Cilium && x.c.network.is_none() {
        let span = cx.span(at);
        cx.report(
            Diag::new(code::E0410, format!("cluster {} has no network plugin that would enforce this", x.cluster.name))
                .at(span, "policies of Cilium in a cluster without Cilium are objects that nobody reads")
                .at(cx.span(x.cluster.at), "this cluster")
                .help("network \"cilium\""),
        );
        return None;
    }
    if let Some(d) = &deny {
        checks(x, d, by, cx);
    }
    let mut policies = Vec::new();
    if let Some(d) = &deny {
        denials(d, &mut policies);
        for need in platform::needs(x, d, by.v, cx) {
            need.place(d, by.v, &mut policies);
        }
    }
    for a in concerned {
        allowance(x, id, a, deny.as_ref(), by, &mut policies, cx);
    }
    for d in refused {
        refusal(x, id, d, by, &mut policies, cx);
    }
    policies.sort_by(|a, b| {
        let key = |p: &Policy| (p.namespace.as_ref().map(|n| n.v.clone()), p.name.v.clone());
        key(a).cmp(&key(b))
    });
    Some(Policies { deny, by, policies })
}

fn deny(d: &facts::DefaultDenyFacts, cx: &mut Cx<'_>) -> Option<DefaultDeny> {
    let scope = d.scope?;
    let sorted = |list: &[Sp<Namespace>]| {
        let mut all = list.to_vec();
        all.sort_by(|a, b| a.v.cmp(&b.v));
        all.dedup();
        all
    };
    let span = cx.span(scope.at);
    match scope.v {
        DenyScope::Namespaces if d.namespace.is_empty() => {
            cx.report(
                Diag::new(code::E0416, "the default deny names no namespace")
                    .at(span, "nothing would be refused")
                    .help("namespace \"shop\", or `default-deny \"cluster\"`"),
            );
            return None;
        }
        DenyScope::Namespaces if !d.except.is_empty() => cx.report(
            Diag::new(code::E0416, "`except` leaves nothing out where namespaces are named")
                .at(cx.span(d.except[0].at), "only the named namespaces are refused anything")
                .at(span, "by this scope")
                .help("remove it from `namespace`"),
        ),
        DenyScope::Cluster if !d.namespace.is_empty() => cx.report(
            Diag::new(code::E0416, "`namespace` limits nothing where the scope is the cluster")
                .at(cx.span(d.namespace[0].at), "every namespace would be refused, not this one alone")
                .at(span, "by this scope")
                .help("default-deny \"namespaces\""),
        ),
        DenyScope::Namespaces | DenyScope::Cluster => {}
    }
    Some(DefaultDeny {
        scope,
        direction: or(d.direction, DenyDirection::Both, DEFAULT_DIRECTION),
        except: sorted(&d.except),
        namespaces: sorted(&d.namespace),
        at: d.at,
    })
}

/// What policies of Kubernetes cannot say of a default deny.
fn checks(x: &At<'_>, d: &DefaultDeny, by: Sp<DenyBy>, cx: &mut Cx<'_>) {
    if by.v != DenyBy::Kubernetes {
        return;
    }
    let at = cx.span(by.at);
    if d.scope.v == DenyScope::Cluster {
        cx.report(
            Diag::new(code::E0411, "a NetworkPolicy of Kubernetes is never for the whole cluster")
                .at(cx.span(d.scope.at), "it would need one in each namespace, and new namespaces would have none")
                .at(at, "by these policies")
                .help("by \"cilium\", or `default-deny \"namespaces\"`"),
        );
    }
    if let (true, Some(n)) = (d.outward(), &x.c.network) {
        cx.report(
            Diag::new(
                code::E0411,
                "pods under a NetworkPolicy of Kubernetes could reach neither API servers nor a cache on the node",
            )
            .at(at, "no NetworkPolicy matches a node where Cilium enforces it")
            .at(cx.span(n.at), "Cilium does")
            .help("by \"cilium\", or `direction \"in\"`"),
        );
    }
}

/// The policies that refuse.
fn denials(d: &DefaultDeny, into: &mut Vec<Policy>) {
    let policy = |namespace: Option<Sp<Namespace>>, subject| Policy {
        namespace,
        name: Sp::new(Name::of("default-deny"), d.scope.at),
        about: Sp::new(Text("Refuses what no other policy allows.".into()), DENIES.origin()),
        parts: vec![PolicyPart {
            subject,
            ingress: Vec::new(),
            egress: Vec::new(),
            ingress_deny: Vec::new(),
            egress_deny: Vec::new(),
            refuses: Some(d.direction),
        }],
        log: None,
        why: DENIES,
    };
    match d.scope.v {
        DenyScope::Cluster => into.push(policy(None, Subject::Everything(d.except.clone()))),
        DenyScope::Namespaces => {
            for n in &d.namespaces {
                into.push(policy(Some(n.clone()), Subject::Pods(everyone(Some(n.clone())))));
            }
        }
    }
}

/// All pods of a namespace, or of all.
fn everyone(namespace: Option<Sp<Namespace>>) -> Selector {
    Selector { namespace, labels: Vec::new(), at: SELECTED.origin() }
}

/// What a part of a policy has for one subject.
type Parts<'a> = BTreeMap<(Option<&'a str>, Vec<(&'a str, Vec<&'a str>)>), PolicyPart>;

/// The policies of one `allow`: one a namespace, one for pods that name none.
fn allowance(
    x: &At<'_>,
    id: ClusterId,
    a: &Allow,
    deny: Option<&DefaultDeny>,
    by: Sp<DenyBy>,
    into: &mut Vec<Policy>,
    cx: &mut Cx<'_>,
) {
    let ours = |zones: &'_ [PolicyZone]| zones.iter().any(|z| z.pods_of(id).is_some());
    let egress = if ours(&a.from) { peers::traffic(x, id, a, Side::Out, by, cx) } else { Vec::new() };
    let ingress = if ours(&a.to) { peers::traffic(x, id, a, Side::In, by, cx) } else { Vec::new() };
    let mut parts: Parts<'_> = BTreeMap::new();
    let mut held = false;
    for (zones, outward) in [(&a.from, true), (&a.to, false)] {
        for pods in zones.iter().filter_map(|z| z.pods_of(id)) {
            let name = pods.selector.namespace.as_ref().map(|n| &*n.v.0);
            let refused = deny.is_some_and(|d| d.covers(name) && if outward { d.outward() } else { d.inward() });
            // A NetworkPolicy refuses the rest of its direction by being there, so it stands only where that is refused anyway.
            if by.v == DenyBy::Kubernetes && !refused {
                continue;
            }
            held = true;
            let part = parts.entry(pods.selector.order()).or_insert_with(|| PolicyPart {
                subject: Subject::Pods(pods.selector.clone()),
                ingress: Vec::new(),
                egress: Vec::new(),
                ingress_deny: Vec::new(),
                egress_deny: Vec::new(),
                refuses: None,
            });
            if outward {
                part.egress = egress.clone();
            } else {
                part.ingress = ingress.clone();
            }
            if by.v == DenyBy::Kubernetes && name.is_none() {
                let span = cx.span(pods.at);
                cx.report(
                    Diag::new(code::E0411, "a NetworkPolicy of Kubernetes is for pods of one namespace")
                        .at(span, "these name none")
                        .at(cx.span(by.at), "by these policies")
                        .help("namespace=\"shop\""),
                );
            }
        }
    }
    if !held {
        cx.report(
            Diag::new(
                code::E0420,
                format!("\"{}\" would refuse everything else to pods that may talk freely today", a.name.v.0),
            )
            .at(cx.span(a.at), "a NetworkPolicy of Kubernetes refuses the rest of its direction by being there")
            .at(cx.span(by.at), "by these policies")
            .help("put their namespaces into `default-deny`, or remove the `allow`"),
        );
        return;
    }
    let about = Sp::new(a.name.v.clone(), a.name.at);
    let mut whole: BTreeMap<Option<Namespace>, Policy> = BTreeMap::new();
    for part in parts.into_values() {
        let Subject::Pods(selector) = &part.subject else { continue };
        let policy = Policy {
            namespace: selector.namespace.clone(),
            name: a.slug.clone(),
            about: about.clone(),
            parts: Vec::new(),
            log: a.log.clone(),
            why: ALLOWS,
        };
        if by.v == DenyBy::Kubernetes {
            // One object has room for one kind of pods, so their labels are in its name.
            let labels = selector.labels.iter().flat_map(|(_, v)| v).map(|v| format!("-{}", v.v.0)).collect::<String>();
            let name = Sp::new(Name::of(allows::slug(&format!("{}{labels}", a.slug.v))), a.slug.at);
            into.push(Policy { name, parts: vec![part], ..policy });
            continue;
        }
        let key = selector.namespace.as_ref().map(|n| n.v.clone());
        whole.entry(key).or_insert(policy).parts.push(part);
    }
    into.extend(whole.into_values());
}

/// The policies of one `deny`: like those of an `allow`, with what is refused in place of what is allowed.
fn refusal(x: &At<'_>, id: ClusterId, d: &Deny, by: Sp<DenyBy>, into: &mut Vec<Policy>, cx: &mut Cx<'_>) {
    if by.v == DenyBy::Kubernetes {
        cx.report(
            Diag::new(code::E0411, format!("a NetworkPolicy of Kubernetes cannot say this of \"{}\"", d.name.v.0))
                .at(cx.span(d.at), "it allows; it refuses nothing that another one allows")
                .at(cx.span(by.at), "by these policies")
                .help("by \"cilium\""),
        );
        return;
    }
    let ours = |zones: &[PolicyZone]| zones.iter().any(|z| z.pods_of(id).is_some());
    let (out, inward) = (ours(&d.from), ours(&d.to));
    let mut named = d.to.iter().filter(|z| out && matches!(z, PolicyZone::Name(_)));
    if let Some(n) = named.next() {
        cx.report(
            Diag::new(code::E0435, "pods cannot be refused a name in DNS")
                .at(cx.span(n.at()), "its addresses are known only after pods have asked for it")
                .at(cx.span(d.at), "in this statement")
                .help("net \"203.0.113.0/24\", or allow what is needed and refuse everything else"),
        );
        return;
    }
    let Deny { name, slug, from, to, service, answer: _, log, schedule: _, at } = d;
    let same = Allow {
        name: name.clone(),
        slug: slug.clone(),
        from: from.clone(),
        to: to.clone(),
        service: service.clone(),
        http: Vec::new(),
        log: log.clone(),
        via: None,
        schedule: None,
        limit: None,
        derived: false,
        at: *at,
    };
    let egress = if out { peers::traffic(x, id, &same, Side::Out, by, cx) } else { Vec::new() };
    let ingress = if inward { peers::traffic(x, id, &same, Side::In, by, cx) } else { Vec::new() };
    let mut parts: Parts<'_> = BTreeMap::new();
    for (zones, outward) in [(from, true), (to, false)] {
        for pods in zones.iter().filter_map(|z| z.pods_of(id)) {
            let part = parts.entry(pods.selector.order()).or_insert_with(|| PolicyPart {
                subject: Subject::Pods(pods.selector.clone()),
                ingress: Vec::new(),
                egress: Vec::new(),
                ingress_deny: Vec::new(),
                egress_deny: Vec::new(),
                refuses: None,
            });
            if outward {
                part.egress_deny = egress.clone();
            } else {
                part.ingress_deny = ingress.clone();
            }
        }
    }
    let mut whole: BTreeMap<Option<Namespace>, Policy> = BTreeMap::new();
    for part in parts.into_values() {
        let Subject::Pods(selector) = &part.subject else { continue };
        let key = selector.namespace.as_ref().map(|n| n.v.clone());
        let policy = Policy {
            namespace: selector.namespace.clone(),
            name: slug.clone(),
            about: name.clone(),
            parts: Vec::new(),
            log: log.clone(),
            why: REFUSED,
        };
        whole.entry(key).or_insert(policy).parts.push(part);
    }
    into.extend(whole.into_values());
}

/// Something that keeps a cluster alive under a default deny.
struct Need {
    name: &'static str,
    about: &'static str,
    subject: Subject,
    ingress: Vec<Traffic>,
    egress: Vec<Traffic>,
    why: Rule,
    /// What asks for it.
    by: Origin,
}

impl Need {
    /// Adds the policies for it where the default deny would refuse it.
    fn place(mut self, d: &DefaultDeny, by: DenyBy, into: &mut Vec<Policy>) {
        if !d.inward() {
            self.ingress.clear();
        }
        if !d.outward() {
            self.egress.clear();
        }
        if by == DenyBy::Kubernetes {
            // What only Cilium can say.
            let said = |t: &Traffic| !matches!(t.peer, PolicyPeer::Entities(_) | PolicyPeer::Names(_));
            self.ingress.retain(said);
            self.egress.retain(said);
        }
        if self.ingress.is_empty() && self.egress.is_empty() {
            return;
        }
        let places: Vec<(Option<Sp<Namespace>>, Subject)> = match (d.scope.v, &self.subject) {
            (DenyScope::Cluster, Subject::Pods(s)) => match &s.namespace {
                Some(n) if !d.covers(Some(&n.v.0)) => Vec::new(),
                _ => vec![(None, self.subject.clone())],
            },
            (DenyScope::Cluster, subject) => vec![(None, subject.clone())],
            (DenyScope::Namespaces, Subject::Own(_)) => Vec::new(),
            (DenyScope::Namespaces, Subject::Everything(_)) => {
                let one = |n: &Sp<Namespace>| (Some(n.clone()), Subject::Pods(everyone(Some(n.clone()))));
                d.namespaces.iter().map(one).collect()
            }
            (DenyScope::Namespaces, Subject::Pods(s)) => {
                let meant = |n: &&Sp<Namespace>| s.namespace.as_ref().is_none_or(|own| own.v == n.v);
                let one = |n: &Sp<Namespace>| {
                    (Some(n.clone()), Subject::Pods(Selector { namespace: Some(n.clone()), ..s.clone() }))
                };
                d.namespaces.iter().filter(meant).map(one).collect()
            }
        };
        for (namespace, subject) in places {
            into.push(Policy {
                namespace,
                name: Sp::new(Name::of(format!("{PLATFORM}{}", self.name)), self.by),
                about: Sp::new(Text(self.about.into()), self.why.origin()),
                parts: vec![PolicyPart {
                    subject,
                    ingress: self.ingress.clone(),
                    egress: self.egress.clone(),
                    ingress_deny: Vec::new(),
                    egress_deny: Vec::new(),
                    refuses: None,
                }],
                log: None,
                why: self.why,
            });
        }
    }
}

/// What names of policies start with that keep a cluster alive.
const PLATFORM: &str = "platform-";
