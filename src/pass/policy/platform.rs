//! Pass: what keeps a cluster alive under a default deny, for each part that is there and for none that is not.

use super::super::Cx;
use super::super::layer::At;
use super::argo;
use super::*;
use crate::consumer::Protocol;

/// All needs of what runs in the cluster.
pub(super) fn needs(x: &At<'_>, d: &DefaultDeny, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let mut all = vec![
        Need {
            name: "dns",
            about: "Every pod asks the cluster's name servers.",
            subject: Subject::Everything(Vec::new()),
            ingress: Vec::new(),
            egress: peers::dns(x, by, false, cx),
            why: DNS_ALL,
            by: d.at,
        },
        Need {
            name: "api",
            about: "Pods reach the API servers, which ask who they are.",
            subject: Subject::Everything(Vec::new()),
            ingress: Vec::new(),
            egress: vec![api(x, by, cx)],
            why: API_ALL,
            by: d.at,
        },
        Need {
            name: "nodes",
            about: "Kubelets probe pods, and API servers call webhooks.",
            subject: Subject::Everything(Vec::new()),
            ingress: vec![nodes_in(x, by, cx)],
            egress: Vec::new(),
            why: NODES_IN,
            by: d.at,
        },
        Need {
            name: "health",
            about: "Nodes probe each other's health endpoints.",
            subject: Subject::Own(Entity::Health),
            ingress: vec![entities(&[Entity::Health, Entity::RemoteNode], Ports::default(), HEALTH)],
            egress: vec![entities(&[Entity::Health, Entity::RemoteNode], Ports::default(), HEALTH)],
            why: HEALTH,
            by: d.at,
        },
    ];
    all.extend(name_service(x, d, cx));
    all.extend(watching::scraping(x, cx));
    all.extend(watching::needs(x, by, cx));
    all.extend(ingresses(x));
    all.extend(super::pages::needs(x, by, cx));
    all.extend(certificates(x, cx));
    all.extend(super::checks::needs(x, by, cx));
    all.extend(storage(x, cx));
    all.extend(super::logs::needs(x, cx));
    all.extend(super::traces::needs(x, cx));
    all.extend(flows(x));
    all.extend(kubesphere(x, d, by, cx));
    all.extend(argo::needs(x, d, by, cx));
    all
}

/// CoreDNS as installers label it.
pub(super) fn name_servers(at: Origin) -> Selector {
    pods("kube-system", &[("k8s-app", "kube-dns")], at)
}

pub(super) fn pods(namespace: &str, labels: &[(&str, &str)], at: Origin) -> Selector {
    let label =
        |(k, v): &(&str, &str)| (Sp::new(LabelKey((*k).into()), at), vec![Sp::new(LabelValue((*v).into()), at)]);
    Selector {
        namespace: Some(Sp::new(Namespace(namespace.into()), at)),
        labels: labels.iter().map(label).collect(),
        at,
    }
}

/// Every pod of every namespace.
pub(super) fn everywhere(at: Origin) -> Selector {
    Selector { namespace: None, labels: Vec::new(), at }
}

/// Ports that a rule fixes.
pub(super) fn ports(list: &[(Protocol, u16, u16)], why: Rule) -> Ports {
    let port = |(p, a, b): &(Protocol, u16, u16)| (*p, Sp::new(PortSpan((*a, *b)), why.origin()));
    Ports { ports: list.iter().map(port).collect(), icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() }
}

pub(super) fn traffic(peer: PolicyPeer, ports: Ports) -> Traffic {
    Traffic { peer, ports, http: Vec::new(), names: false }
}

pub(super) fn entities(list: &[Entity], ports: Ports, why: Rule) -> Traffic {
    traffic(PolicyPeer::Entities(list.iter().map(|e| Sp::new(*e, why.origin())).collect()), ports)
}

pub(super) fn to(e: Entity, ports: Ports, why: Rule) -> Traffic {
    entities(&[e], ports, why)
}

/// API servers: an entity for Cilium, their nodes' addresses for others.
fn api(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Traffic {
    let open = api_ports(x, cx);
    match by {
        DenyBy::Cilium => to(Entity::KubeApiserver, open, API_ALL),
        DenyBy::Kubernetes => {
            let mut all = node_nets(x, Some(NodeRole::ControlPlane), API_ALL, cx);
            let own = x.cluster.api.address;
            all.push(Net { net: cx.make(peers::single(own.v), API_ALL, &[own.at]), except: Vec::new() });
            traffic(PolicyPeer::Nets(sorted(all)), open)
        }
    }
}

/// All nodes: entities for Cilium, their addresses for others.
fn nodes_in(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Traffic {
    match by {
        DenyBy::Cilium => entities(&[Entity::Host, Entity::RemoteNode], Ports::default(), NODES_IN),
        DenyBy::Kubernetes => traffic(PolicyPeer::Nets(sorted(node_nets(x, None, NODES_IN, cx))), Ports::default()),
    }
}

/// The nodes' own addresses, one by one.
fn node_nets(x: &At<'_>, role: Option<NodeRole>, why: Rule, cx: &mut Cx<'_>) -> Vec<Net> {
    let groups = x.cluster.groups.iter().filter(|g| role.is_none_or(|r| g.role.v == r));
    let nics = groups.flat_map(|g| &g.nodes).flat_map(|m| &x.t.machine(*m).nics);
    let own = nics.filter(|n| n.vlan.v == x.cluster.node_network.v).filter_map(|n| n.address);
    own.map(|a| Net { net: cx.make(peers::single(a.v), why, &[a.at]), except: Vec::new() }).collect()
}

fn sorted(mut nets: Vec<Net>) -> Vec<Net> {
    nets.sort_by_key(|n| n.net.v);
    nets.dedup_by_key(|n| n.net.v);
    nets
}

/// 6443 and the port of the shared address: without ports, every service of the control-plane nodes would be open.
pub(super) fn api_ports(x: &At<'_>, cx: &mut Cx<'_>) -> Ports {
    let mut all = ports(&[(Protocol::Tcp, 6443, 6443)], API_PORT);
    let own = x.cluster.api.port;
    if own.v != 6443 {
        all.ports.push((Protocol::Tcp, cx.make(PortSpan((own.v, own.v)), API_PORT, &[own.at])));
        all.ports.sort_by_key(|(protocol, p)| (*protocol, p.v));
    }
    all
}

/// CoreDNS answers every pod and asks whom its node asks.
fn name_service(x: &At<'_>, d: &DefaultDeny, cx: &mut Cx<'_>) -> Option<Need> {
    if !d.covers(Some("kube-system")) {
        return None;
    }
    let dns = &[(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)];
    let mut servers: Vec<Sp<std::net::Ipv4Addr>> = Vec::new();
    for m in x.cluster.groups.iter().flat_map(|g| &g.nodes) {
        servers.extend(x.t.machine(*m).clients.dns.iter().copied());
    }
    // What is stated for names in the cluster takes the place of what the nodes ask.
    if !x.layer.dns.upstreams.is_empty() {
        servers = x.layer.dns.upstreams.clone();
    }
    servers.extend(x.layer.dns.zones.iter().flat_map(|z| z.servers.iter().copied()));
    servers.sort_by_key(|s| s.v);
    servers.dedup_by_key(|s| s.v);
    // A firewall whose addresses are wrong would be asked, once they are right.
    let excused = !x.t.incomplete.firewalls.is_empty();
    if servers.is_empty() && !excused && d.outward() && x.cluster.groups.iter().any(|g| !g.nodes.is_empty()) {
        let span = cx.span(d.at);
        cx.report(
            Diag::new(code::E0415, "nobody says whom the cluster's name servers may ask")
                .at(span, "this refuses what nothing allows, so no pod could look up a name of the world")
                .at(cx.span(x.cluster.at), "the nodes ask what their image asks")
                .help("resolve { server \"192.0.2.53\" }, or `except \"kube-system\"`"),
        );
    }
    let mut egress = Vec::new();
    if !servers.is_empty() {
        let one = |s: &Sp<std::net::Ipv4Addr>| Net {
            net: cx.make(peers::single(s.v), DNS_UPSTREAM, &[s.at]),
            except: Vec::new(),
        };
        egress.push(traffic(PolicyPeer::Nets(servers.iter().map(one).collect()), ports(dns, DNS_UPSTREAM)));
    }
    Some(Need {
        name: "name-servers",
        about: "The cluster's name servers answer every pod and ask whom the nodes ask.",
        subject: Subject::Pods(name_servers(DNS_SERVES.origin())),
        ingress: vec![traffic(PolicyPeer::Pods(vec![everywhere(DNS_SERVES.origin())]), ports(dns, DNS_SERVES))],
        egress,
        why: DNS_SERVES,
        by: d.at,
    })
}

/// A port of metrics, and what says that it is there.
pub(super) type Measured = (u16, Origin);

/// The pods of ingress-nginx, as its chart labels them.
fn nginx(at: Origin) -> Selector {
    pods(
        "ingress-nginx",
        &[("app.kubernetes.io/component", "controller"), ("app.kubernetes.io/name", "ingress-nginx")],
        at,
    )
}

/// Who hands requests of HTTP to pods of this cluster.
pub(super) fn ways_in(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<PolicyPeer> {
    let way = |i: &Ingress| match &i.kind {
        IngressKind::Nginx(_) => PolicyPeer::Pods(vec![nginx(cx.derived(NGINX, &[i.by.at]))]),
        IngressKind::Gateway(_) => PolicyPeer::Entities(vec![cx.make(Entity::Ingress, GATEWAY_IS_ENTITY, &[i.by.at])]),
    };
    x.layer.ingresses.iter().map(way).collect()
}

/// The ports that a gateway listens on.
fn listened(g: &Gateway) -> Ports {
    let mut list: Vec<_> = g.listeners.iter().map(|l| (Protocol::Tcp, l.port.map(|p| PortSpan((p, p))))).collect();
    list.sort_by_key(|(_, p)| p.v);
    list.dedup_by_key(|(_, p)| p.v);
    Ports { ports: list, icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() }
}

fn ingresses(x: &At<'_>) -> Vec<Need> {
    let one = |i: &Ingress| match &i.kind {
        IngressKind::Nginx(_) => Need {
            name: "ingress-nginx",
            about: "The ingress controller takes requests and hands them to any pod.",
            subject: Subject::Pods(nginx(i.by.at)),
            ingress: vec![to(
                Entity::World,
                ports(&[(Protocol::Tcp, 80, 80), (Protocol::Tcp, 443, 443)], NGINX),
                NGINX,
            )],
            egress: vec![traffic(PolicyPeer::Pods(vec![everywhere(NGINX.origin())]), Ports::default())],
            why: NGINX,
            by: i.at,
        },
        IngressKind::Gateway(g) => Need {
            name: "gateway",
            about: "Cilium's gateways take requests, on these ports all of them alike, and hand them to any pod.",
            subject: Subject::Own(Entity::Ingress),
            ingress: vec![entities(&[Entity::Cluster, Entity::World], listened(g), GATEWAY)],
            egress: vec![to(Entity::Cluster, Ports::default(), GATEWAY)],
            why: GATEWAY,
            by: i.at,
        },
    };
    x.layer.ingresses.iter().map(one).collect()
}

/// cert-manager reaches the authority; its webhook is called by API servers, which `nodes` lets in.
fn certificates(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Need> {
    let Some(at) = acme(x) else { return Vec::new() };
    let controller = pods("cert-manager", &[("app.kubernetes.io/component", "controller")], ACME.origin());
    let out = |list| ports(list, ACME);
    let mut egress = vec![traffic(
        PolicyPeer::Nets(vec![peers::internet(x.t, at, cx)]),
        out(&[(Protocol::Tcp, 80, 80), (Protocol::Tcp, 443, 443)]),
    )];
    let issuers = || x.layer.certificates.iter().flat_map(|c| &c.issuers).filter_map(|i| i.acme());
    // What is stated of name servers and authorities may be inside.
    let dns = [(Protocol::Tcp, 53, 53), (Protocol::Udp, 53, 53)];
    let mut servers: Vec<Sp<std::net::Ipv4Addr>> =
        x.layer.certificates.iter().flat_map(|c| c.resolvers.clone()).collect();
    servers.extend(issuers().flat_map(|a| &a.dns01).filter_map(|d| match &d.provider {
        Provider::Rfc2136 { server, .. } => Some(*server),
        Provider::Cloudflare(_) | Provider::Route53 { .. } => None,
    }));
    servers.sort_by_key(|s| s.v);
    servers.dedup_by_key(|s| s.v);
    if !servers.is_empty() {
        let nets = servers.iter().map(|s| Net { net: cx.make(peers::single(s.v), ACME, &[s.at]), except: Vec::new() });
        let nets = nets.collect();
        egress.push(traffic(PolicyPeer::Nets(nets), out(&dns)));
    }
    let names: Vec<Sp<NamePattern>> = issuers()
        .filter_map(|a| match &a.directory {
            Directory::Url(u) => name_in(u),
            Directory::LetsEncrypt(_) => None,
        })
        .collect();
    if !names.is_empty() {
        egress.push(traffic(PolicyPeer::Names(names), out(&[(Protocol::Tcp, 443, 443)])));
        egress.extend(peers::dns(x, DenyBy::Cilium, true, cx));
    }
    let ways = match issuers().any(|a| a.http01.is_some()) {
        true => ways_in(x, cx),
        false => Vec::new(),
    };
    // On the way through Cilium's gateway a packet is held to where it ends, not to the gateway's port.
    egress.extend(ways.iter().map(|w| match w {
        PolicyPeer::Entities(_) => traffic(w.clone(), Ports::default()),
        PolicyPeer::Pods(_) | PolicyPeer::Nets(_) | PolicyPeer::Names(_) => {
            traffic(w.clone(), out(&[(Protocol::Tcp, 80, 80)]))
        }
    }));
    if !ways.is_empty() {
        egress.push(traffic(PolicyPeer::Pods(vec![solver()]), ports(&[(Protocol::Tcp, 8089, 8089)], SOLVER)));
    }
    let mut all = vec![Need {
        name: "cert-manager",
        about: "cert-manager reaches the certificate authority and looks whether challenges are answered.",
        subject: Subject::Pods(controller),
        ingress: Vec::new(),
        egress,
        why: ACME,
        by: at,
    }];
    if !ways.is_empty() {
        all.push(Need {
            name: "solvers",
            about: "The way in hands challenges to those who answer them.",
            subject: Subject::Pods(solver()),
            ingress: ways.into_iter().map(|w| traffic(w, ports(&[(Protocol::Tcp, 8089, 8089)], SOLVER))).collect(),
            egress: Vec::new(),
            why: SOLVER,
            by: at,
        });
    }
    all
}

/// The pods that answer challenges, in whatever namespace.
fn solver() -> Selector {
    let key = Sp::new(LabelKey("acme.cert-manager.io/http01-solver".into()), SOLVER.origin());
    let value = Sp::new(LabelValue("true".into()), SOLVER.origin());
    Selector { namespace: None, labels: vec![(key, vec![value])], at: SOLVER.origin() }
}

/// An issuer that asks an authority by ACME.
fn acme(x: &At<'_>) -> Option<Origin> {
    let mut issuers = x.layer.certificates.iter().flat_map(|c| &c.issuers);
    issuers.find(|i| matches!(i.kind, IssuerKind::Acme(_))).map(|i| i.at)
}

/// Rook's pods talk among themselves and to the daemons on the nodes' own network: monitors, OSDs, managers.
fn storage(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Need> {
    let s = x.layer.storage.as_ref()?;
    let own = Selector { namespace: Some(Sp::new(Namespace("rook-ceph".into()), s.at)), labels: Vec::new(), at: s.at };
    let mut daemons =
        ports(&[(Protocol::Tcp, 3300, 3300), (Protocol::Tcp, 6789, 6789), (Protocol::Tcp, 6800, 7568)], CEPH);
    // The operator asks each object store whether it is well.
    daemons.ports.extend(s.objects.iter().filter_map(|o| o.port).map(|p| (Protocol::Tcp, p.map(|p| PortSpan((p, p))))));
    daemons.ports.sort_by_key(|(protocol, p)| (*protocol, p.v));
    daemons.ports.dedup_by_key(|(protocol, p)| (*protocol, p.v));
    let mut egress = vec![
        traffic(PolicyPeer::Pods(vec![own.clone()]), Ports::default()),
        entities(&[Entity::Host, Entity::RemoteNode], daemons.clone(), CEPH),
    ];
    // Of another node Cilium knows the node address only: its address on the storage network is the world's.
    if s.public.v != x.cluster.node_network.v && s.public.v.is_known() {
        let subnet = x.t.vlan(s.public.v).subnet;
        let net = Net { net: cx.make(subnet.v, CEPH_NET, &[s.public.at, subnet.at]), except: Vec::new() };
        egress.push(traffic(PolicyPeer::Nets(vec![net]), daemons));
    }
    Some(Need {
        name: "rook",
        about: "Rook's pods talk to each other and to Ceph's daemons on the nodes.",
        subject: Subject::Pods(own.clone()),
        ingress: vec![traffic(PolicyPeer::Pods(vec![own]), Ports::default())],
        egress,
        why: CEPH,
        by: s.at,
    })
}

/// Where Ceph's dashboard answers: on nodes, and for other nodes at their addresses on the storage network.
pub(super) fn dashboard(x: &At<'_>, why: Origin, cx: &mut Cx<'_>) -> Vec<Traffic> {
    let Some((s, d)) = x.layer.storage.as_ref().and_then(|s| Some((s, s.dashboard.as_ref()?))) else {
        return Vec::new();
    };
    let port = cx.make(PortSpan((d.port.v, d.port.v)), CEPH, &[d.port.at, why]);
    let open = Ports { ports: vec![(Protocol::Tcp, port)], icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() };
    let mut all = vec![entities(&[Entity::Host, Entity::RemoteNode], open.clone(), CEPH)];
    if s.public.v != x.cluster.node_network.v && s.public.v.is_known() {
        let subnet = x.t.vlan(s.public.v).subnet;
        let net = Net { net: cx.make(subnet.v, CEPH_NET, &[s.public.at, subnet.at]), except: Vec::new() };
        all.push(traffic(PolicyPeer::Nets(vec![net]), open));
    }
    all
}

/// Namespaces that KubeSphere's own pods are in (ks-core 1.1 and ks-installer 3.4).
const KUBESPHERE: [(&str, &str); 3] = [
    ("kubesphere", "kubesphere-system"),
    ("kubesphere-controls", "kubesphere-controls-system"),
    ("kubesphere-monitoring", "kubesphere-monitoring-system"),
];

/// KubeSphere's pods talk among themselves and to whom people log in at.
fn kubesphere(x: &At<'_>, d: &DefaultDeny, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let Some(k) = x.c.install.as_ref().and_then(|i| i.kubesphere.as_ref()) else { return Vec::new() };
    let covered: Vec<(&'static str, Selector)> =
        KUBESPHERE.iter().filter(|(_, n)| d.covers(Some(n))).map(|(name, n)| (*name, pods(n, &[], k.at))).collect();
    let all: Vec<Selector> = covered.iter().map(|(_, s)| s.clone()).collect();
    let issuers: Vec<Sp<NamePattern>> = match by {
        DenyBy::Cilium => k.identity.iter().filter_map(|i| name_in(i.issuer.as_ref()?)).collect(),
        // A NetworkPolicy has no names.
        DenyBy::Kubernetes => Vec::new(),
    };
    // Its pages are asked for by way of an ingress where there is one, else at a port of the nodes.
    let console = ports(&[(Protocol::Tcp, 8000, 8000)], KUBESPHERE_IN);
    let mut askers: Vec<Traffic> = ways_in(x, cx).into_iter().map(|w| traffic(w, console.clone())).collect();
    if askers.is_empty() {
        askers.push(to(Entity::World, console, KUBESPHERE_IN));
    }
    let need = |(name, subject): &(&'static str, Selector), cx: &mut Cx<'_>| {
        let mut egress = vec![traffic(PolicyPeer::Pods(all.clone()), Ports::default())];
        if !issuers.is_empty() {
            egress
                .push(traffic(PolicyPeer::Names(issuers.clone()), ports(&[(Protocol::Tcp, 443, 443)], KUBESPHERE_IN)));
            egress.extend(peers::dns(x, by, true, cx));
        }
        Need {
            name,
            about: match issuers.is_empty() {
                true => "KubeSphere's pods talk to each other.",
                false => "KubeSphere's pods talk to each other and to whom people log in at.",
            },
            subject: Subject::Pods(subject.clone()),
            ingress: {
                let among = traffic(PolicyPeer::Pods(all.clone()), Ports::default());
                std::iter::once(among).chain(askers.iter().filter(|_| *name == "kubesphere").cloned()).collect()
            },
            egress,
            why: KUBESPHERE_IN,
            by: k.at,
        }
    };
    covered.iter().map(|s| need(s, cx)).collect()
}

/// The name in an address of the web; `None` where a number stands.
pub(super) fn name_in(u: &Sp<Url>) -> Option<Sp<NamePattern>> {
    let rest = u.v.split_once("://")?.1;
    let host = rest.split(['/', ':']).next().filter(|h| h.parse::<std::net::Ipv4Addr>().is_err())?;
    Some(u.as_ref().map(|_| NamePattern(host.into())))
}

/// Hubble's relay collects from every node, its interface asks the relay.
fn flows(x: &At<'_>) -> Vec<Need> {
    let Some(at) = relay(x) else { return Vec::new() };
    let relay = pods("kube-system", &[("k8s-app", "hubble-relay")], at);
    let ui = pods("kube-system", &[("k8s-app", "hubble-ui")], at);
    let pages = x.layer.cilium.as_ref().and_then(|c| c.flows.as_ref()).is_some_and(|f| f.ui.v);
    let mut all = vec![
        Need {
            name: "hubble-relay",
            about: "The relay collects flows from every node.",
            subject: Subject::Pods(relay.clone()),
            ingress: vec![traffic(PolicyPeer::Pods(vec![ui.clone()]), ports(&[(Protocol::Tcp, 4245, 4245)], FLOWS))],
            egress: vec![entities(
                &[Entity::Host, Entity::RemoteNode],
                ports(&[(Protocol::Tcp, 4244, 4244)], FLOWS),
                FLOWS,
            )],
            why: FLOWS,
            by: at,
        },
        Need {
            name: "hubble-ui",
            about: "The interface asks the relay for flows.",
            subject: Subject::Pods(ui),
            ingress: Vec::new(),
            egress: vec![traffic(PolicyPeer::Pods(vec![relay]), ports(&[(Protocol::Tcp, 4245, 4245)], FLOWS))],
            why: FLOWS,
            by: at,
        },
    ];
    if !pages {
        all.pop();
        all.iter_mut().for_each(|n| n.ingress.clear());
    }
    all
}

/// Where the relay is asked for.
fn relay(x: &At<'_>) -> Option<Origin> {
    x.layer.cilium.as_ref()?.flows.as_ref().filter(|f| f.relay.v).map(|f| f.relay.at)
}
