//! Pass: the network plugin of a cluster; what makes no sense together is left for its lints.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::layer::At;
use super::rules::*;
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    42;
    REPLACES = "Cilium does what kube-proxy does, as nothing else is stated" @ "RFC 5.1.2";
    TUNNEL = "packets of pods travel inside packets of the nodes, as nothing else is stated" @ "RFC 5.1.2; cilium 1.20, routingMode";
    VXLAN = "VXLAN, as nothing else is stated" @ "RFC 5.1.2; cilium 1.20, tunnelProtocol";
    NATIVE_NET = "packets between pods keep their addresses" @ "cilium 1.20, ipv4NativeRoutingCIDR";
    CLUSTER_POOL = "Cilium gives nodes their shares of the pods' addresses, as nothing else is stated; it must not change on a living cluster" @ "cilium 1.20, ipam.mode; Concepts: IPAM";
    MASQUERADE = "Cilium's programs masquerade, as kube-proxy is replaced" @ "RFC 5.1.2; cilium 1.20, bpf.masquerade";
    MASQUERADE_IPTABLES = "iptables masquerades: Cilium's programs can only where kube-proxy is replaced" @ "cilium 1.20, bpf.masquerade; agent: BPF masquerade requires NodePort";
    INTERFACES = "Cilium works on the node network, on each routed VLAN of the nodes, where addresses of services are and where an egress gateway leaves: elsewhere packets of pods would leave with their own addresses" @ "RFC 5.1.2; cilium 1.20, devices; targets N3";
    NODE_PORTS = "services of type NodePort answer on the node network only" @ "RFC 5.1.2; cilium 1.20, nodePort.addresses";
    SMALLEST_MTU = "the nodes' interfaces differ in MTU: the smallest of those that Cilium works on" @ "cilium 1.20, MTU; targets 1";
    TWO_OPERATORS = "two operators, or as many as there are nodes: each needs a node of its own" @ "RFC 5.1.2; cilium 1.20, operator.affinity";
    POLICY_DEFAULT = "a pod that no policy selects may talk to everyone, as nothing else is stated" @ "RFC 5.1.2; cilium 1.20, policyEnforcementMode";
    GATEWAY_STATED = "a Gateway is stated, and Cilium serves it" @ "targets 5; cilium 1.20, gatewayAPI";
    ANNOUNCES = "the cluster's addresses of services are announced by Cilium" @ "RFC 1.3, 5.4; cilium 1.20, l2announcements, bgpControlPlane";
    ANNOUNCES_NOT = "Cilium announces no addresses of services" @ "RFC 5.4";
    LEASES = "each announced address is a lease, renewed every five seconds, beside the ten requests a second that agents have" @ "cilium 1.20, k8sClientRateLimit; L2 announcements: sizing client rate limit";
    STRICT_NET = "strict encryption holds for all addresses of pods" @ "cilium 1.20, encryption.strictMode.egress.cidr";
    STRICT_REMOTE = "with a tunnel the outer address of a packet is a node's, so strictness looks up remote nodes" @ "cilium 1.20, encryption.strictMode.egress.allowRemoteNodeIdentities";
    RELAY = "flows of all nodes can be asked for at one place, as nothing else is stated" @ "RFC 5.1.2";
    CERTIFICATES = "a job in the cluster makes certificates: made while rendering they would differ each time" @ "targets 1; cilium 1.20, hubble.tls.auto.method";
    SIGNED = "an issuer of the cluster signs Hubble's certificates" @ "cilium 1.20, hubble.tls.auto.certManagerIssuerRef";
    EGRESS_VLAN = "packets leave on the VLAN of the node's default route, as nothing else is stated" @ "cilium 1.20, CiliumEgressGatewayPolicy";
    EGRESS_ADDRESS = "packets leave with the address that the node has on that VLAN" @ "cilium 1.20, CiliumEgressGatewayPolicy, egressIP";
    INTERNET = "`internet` is everything but what is private and our VLANs" @ "RFC 1918; RFC 6598; language reference";
}

/// Addresses that are private by standard: RFC 1918 section 3 and RFC 6598 section 7.
const PRIVATE: &[([u8; 4], u8)] =
    &[([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16)];

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Cilium> {
    let n = x.c.network.as_ref()?;
    let target = x.t.targets.cluster.cilium.clone()?;
    let replaces = or(n.replace_kube_proxy, true, REPLACES);
    let routing = or(n.routing, PodRouting::Tunnel, TUNNEL);
    let native = routing.v == PodRouting::Native;
    let egress_gateways = egress_gateways(n, x, cx);
    without_effect(n, routing, egress_gateways.is_empty(), cx);
    let masquerade = n.masquerade.unwrap_or_else(|| match replaces.v {
        true => Sp::new(Masquerade::Bpf, MASQUERADE.origin()),
        false => cx.make(Masquerade::Iptables, MASQUERADE_IPTABLES, &[replaces.at]),
    });
    let interfaces = interfaces(n, &egress_gateways, x, cx);
    let node_network = x.t.vlan(x.cluster.node_network.v);
    let l2 = announces(x, cx);
    let (l2_announcements, bgp) = l2;
    let gateway = n.gateway.unwrap_or_else(|| served(x, cx));
    let ingress_controller = or(n.ingress_controller, false, DEFAULT_NO);
    let nodes: u32 = x.cluster.groups.iter().map(|g| g.nodes.len() as u32).sum();
    Some(Cilium {
        chart: target.version,
        caps: target.caps,
        replaces_kube_proxy: replaces,
        routing,
        overlay: match (native, n.overlay) {
            (true, stated) if stated.is_some() || egress_gateways.is_empty() => stated,
            (_, stated) => Some(or(stated, Overlay::Vxlan, VXLAN)),
        },
        native_net: native.then(|| match n.native_net {
            Some(net) => net.map(|n| n.0),
            None => cx.make(x.cluster.pods.v, NATIVE_NET, &[x.cluster.pods.at]),
        }),
        direct_routes: native.then(|| or(n.direct_routes, false, DEFAULT_NO)),
        pod_addresses: or(n.pod_addresses, PodAddresses::ClusterPool, CLUSTER_POOL),
        encryption: n.encryption.as_ref().and_then(|e| encryption(e, routing, x, cx)),
        masquerade,
        interfaces_at: n.interfaces.first().map(|i| i.at),
        mtu: n.mtu.map(|m| m.map(|m| m.0)).or_else(|| mtu(&interfaces, x, cx)),
        interfaces,
        node_ports: replaces
            .v
            .then(|| cx.make(node_network.subnet.v, NODE_PORTS, &[node_network.subnet.at, x.cluster.node_network.at])),
        operator_replicas: or(n.operator_replicas.map(|r| r.map(|r| r.0)), nodes.clamp(1, 2), TWO_OPERATORS),
        policy: or(n.policy, PolicyMode::Default, POLICY_DEFAULT),
        flows: n.flows.as_ref().map(|f| flows(f, x, cx)),
        metrics: or(n.metrics, false, DEFAULT_NO),
        gateway,
        ingress_controller,
        client_rate: client_rate(l2_announcements, x, cx),
        l2_announcements,
        bgp,
        egress_gateways,
        at: n.at,
    })
}

/// E0920: words of the other way of routing.
fn without_effect(n: &CiliumFacts, routing: Sp<PodRouting>, no_gateways: bool, cx: &mut Cx<'_>) {
    let native = n.native_net.map(|w| ("native-net", w.at));
    let direct = n.direct_routes.filter(|d| d.v).map(|w| ("direct-routes", w.at));
    let overlay = n.overlay.map(|w| ("overlay", w.at));
    let (words, note, help) = match routing.v {
        PodRouting::Tunnel => (
            vec![native, direct],
            "inside a tunnel the network never sees a packet of a pod; the agent refuses to start with both",
            "routing \"native\"",
        ),
        PodRouting::Native if no_gateways => {
            (vec![overlay], "packets travel as they are: only an egress gateway would wrap them", "remove it")
        }
        PodRouting::Native => return,
    };
    for (word, at) in words.into_iter().flatten() {
        let at = cx.span(at);
        let mut d = Diag::new(code::E0920, format!("`{word}` has no effect with {} routing", routing.v))
            .at(at, "nothing would come of this");
        if routing.at.rule().is_none() {
            d = d.at(cx.span(routing.at), "how packets of pods travel");
        }
        cx.report(d.note(note).help(help));
    }
}

/// Whether an `ingress` is stated that Cilium serves.
fn served(x: &At<'_>, cx: &mut Cx<'_>) -> Sp<bool> {
    let stated = x.c.ingress.iter().filter_map(|i| i.by).find(|b| b.v == WayIn::Gateway).map(|b| b.at);
    match stated.or(x.c.ui.as_ref().map(|u| u.at)) {
        Some(at) => cx.make(true, GATEWAY_STATED, &[at]),
        None => Sp::new(false, DEFAULT_NO.origin()),
    }
}

/// Whether Cilium itself announces addresses of services: on their VLANs, and by BGP.
fn announces(x: &At<'_>, cx: &mut Cx<'_>) -> (Sp<bool>, Sp<bool>) {
    let no = Sp::new(false, ANNOUNCES_NOT.origin());
    let (mut l2, mut bgp) = (no, no);
    for (at, mode) in x.c.load_balancer.iter().filter_map(by_cilium) {
        match mode {
            AnnounceMode::L2 => l2 = cx.make(true, ANNOUNCES, &[at]),
            AnnounceMode::Bgp => bgp = cx.make(true, ANNOUNCES, &[at]),
        }
    }
    (l2, bgp)
}

/// Where a `load-balancer` says that Cilium announces, and how.
fn by_cilium(l: &LoadBalancerFacts) -> Option<(Origin, AnnounceMode)> {
    let by = l.by.filter(|b| b.v == Announcer::Cilium)?;
    Some((by.at, l.mode.map_or(AnnounceMode::L2, |m| m.v)))
}

/// What leases need beyond an agent's usual rate: a renewal in five seconds for each address that can be given out.
fn client_rate(l2: Sp<bool>, x: &At<'_>, cx: &mut Cx<'_>) -> Option<ClientRate> {
    if !l2.v {
        return None;
    }
    let mut from = vec![l2.at];
    let mut addresses = 0;
    for p in
        x.c.load_balancer
            .iter()
            .filter(|l| by_cilium(l).is_some_and(|(_, m)| m == AnnounceMode::L2))
            .flat_map(|l| &l.pool)
    {
        let Some((a, b)) = p.range.as_ref().and_then(|r| Some((r.from?, r.to?))) else { continue };
        addresses += b.v.0.saturating_sub(a.v.0).saturating_add(1);
        from.extend([a.at, b.at]);
    }
    let lasting = 10 + addresses.min(50_000).div_ceil(5);
    Some(ClientRate { lasting: cx.make(lasting, LEASES, &from), burst: cx.make(lasting * 2, LEASES, &from) })
}

/// The nodes of the cluster.
fn nodes<'a>(x: &'a At<'_>) -> impl Iterator<Item = &'a Machine> {
    x.cluster.groups.iter().flat_map(|g| &g.nodes).map(|m| x.t.machine(*m))
}

/// The interfaces of the VLANs, stated or derived; a VLAN without an interface on any node is a lint's to report.
fn interfaces(n: &CiliumFacts, egress: &[EgressGateway], x: &At<'_>, cx: &mut Cx<'_>) -> Vec<CiliumInterface> {
    let mut names: BTreeMap<VlanId, Sp<IfName>> = BTreeMap::new();
    let mut default_routes = Vec::new();
    for nic in nodes(x).flat_map(|m| &m.nics) {
        names.entry(nic.vlan.v).or_insert_with(|| nic.ifname.clone());
        if nic.default_via.is_some() {
            default_routes.push(nic.vlan.v);
        }
    }
    let mut wanted: BTreeMap<VlanId, Origin> = BTreeMap::new();
    let whole = x.cluster.groups.iter().flat_map(|g| &g.nodes).all(|m| !x.t.incomplete.machines.contains(m));
    for v in &n.interfaces {
        let id = x.index.vlan(&v.v.0);
        wanted.entry(id).or_insert(v.at);
        if id.is_known() && whole && !names.contains_key(&id) {
            let (at, nodes) = (cx.span(v.at), cx.span(x.cluster.at));
            cx.report(
                Diag::new(code::E0928, format!("no node of {} has a NIC on VLAN {}", x.cluster.name, v.v.0))
                    .at(at, "there is no such interface")
                    .at(nodes, "in this cluster")
                    .help(format!("nic \"{}\"", v.v.0)),
            );
        }
    }
    if n.interfaces.is_empty() {
        let pools = x.c.load_balancer.iter().flat_map(|l| &l.pool).filter_map(|p| p.vlan.as_ref());
        let pools: Vec<(VlanId, Origin)> = pools.map(|v| (x.index.vlan(&v.v.0), v.at)).collect();
        for vlan in names.keys().filter(|v| v.is_known()) {
            let routed = !matches!(x.t.vlan(*vlan).router.v, Router::Nobody);
            let from = match () {
                () if *vlan == x.cluster.node_network.v => x.cluster.node_network.at,
                () if routed || default_routes.contains(vlan) => x.t.vlan(*vlan).router.at,
                () => match pools
                    .iter()
                    .find(|p| p.0 == *vlan)
                    .map(|p| p.1)
                    .or(egress.iter().find(|e| e.on.v == *vlan).map(|e| e.on.at))
                {
                    Some(at) => at,
                    None => continue,
                },
            };
            wanted.insert(*vlan, cx.derived(INTERFACES, &[from]));
        }
    }
    let known = wanted.into_iter().filter(|(v, _)| v.is_known());
    known.filter_map(|(v, at)| Some(CiliumInterface { vlan: Sp::new(v, at), name: names.get(&v)?.clone() })).collect()
}

/// The smallest MTU of Cilium's interfaces, where the nodes' interfaces differ at all: its own look takes in every interface.
fn mtu(interfaces: &[CiliumInterface], x: &At<'_>, cx: &mut Cx<'_>) -> Option<Sp<u16>> {
    let all: Vec<&Nic> = nodes(x).flat_map(|m| &m.nics).collect();
    let first = all.first()?.mtu.v;
    if all.iter().all(|n| n.mtu.v == first) {
        return None;
    }
    let smallest = all.iter().filter(|n| interfaces.iter().any(|i| i.vlan.v == n.vlan.v)).min_by_key(|n| n.mtu.v)?;
    let from: Vec<Origin> = interfaces.iter().map(|i| i.vlan.at).chain([smallest.mtu.at]).collect();
    Some(cx.make(smallest.mtu.v, SMALLEST_MTU, &from))
}

fn encryption(e: &EncryptionFacts, routing: Sp<PodRouting>, x: &At<'_>, cx: &mut Cx<'_>) -> Option<NodeEncryption> {
    Some(NodeEncryption {
        by: e.by?,
        nodes: or(e.nodes, false, DEFAULT_NO),
        strict: or(e.strict, false, DEFAULT_NO),
        strict_net: cx.make(x.cluster.pods.v, STRICT_NET, &[x.cluster.pods.at]),
        remote_nodes: cx.make(routing.v == PodRouting::Tunnel, STRICT_REMOTE, &[routing.at]),
        at: e.at,
    })
}

fn flows(f: &FlowsFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Flows {
    let mut metrics = f.metrics.clone();
    metrics.sort_by_key(|m| m.v);
    metrics.dedup_by_key(|m| m.v);
    let mut context: Vec<Sp<FlowContext>> = Vec::new();
    for c in &f.context {
        if !context.iter().any(|k| k.v == c.v) {
            context.push(*c);
        }
    }
    let c = f.certificates.as_ref();
    Flows {
        relay: or(f.relay, true, RELAY),
        ui: or(f.ui, false, DEFAULT_NO),
        metrics,
        context,
        certificates: or(c.and_then(|c| c.by), FlowCertificates::CronJob, CERTIFICATES),
        issuer: c.and_then(|c| c.issuer.as_ref()).map(|i| {
            let issuers = x.c.certificates.iter().flat_map(|c| &c.issuer).filter_map(|i| i.name.as_ref());
            let defined = issuers.filter(|n| n.v.0 == i.v.0).map(|n| n.at);
            let from: Vec<Origin> = [i.at].into_iter().chain(defined).collect();
            cx.make(i.v.0.clone(), SIGNED, &from)
        }),
        at: f.at,
    }
}

fn egress_gateways(n: &CiliumFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Vec<EgressGateway> {
    let mut all: Vec<EgressGateway> = n.egress_gateway.iter().filter_map(|e| egress_gateway(e, x, cx)).collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    for pair in all.windows(2).filter(|p| p[0].name.v == p[1].name.v) {
        let (a, b) = (cx.span(pair[1].name.at), cx.span(pair[0].name.at));
        cx.report(
            Diag::new(code::E0202, format!("egress gateway `{}` is stated twice", pair[0].name))
                .at(a, "again here")
                .at(b, "first here")
                .help("give one of the two another name"),
        );
    }
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

fn egress_gateway(e: &EgressGatewayFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<EgressGateway> {
    let via = e.via.as_ref()?;
    let machine = x.index.machine(&via.v.0);
    if !machine.is_known() || x.t.incomplete.machines.contains(&machine) {
        return None;
    }
    let nics = &x.t.machine(machine).nics;
    let on = match &e.on {
        Some(v) => Sp::new(x.index.vlan(&v.v.0), v.at),
        None => {
            let nic = nics.iter().find(|n| n.default_via.is_some())?;
            cx.make(nic.vlan.v, EGRESS_VLAN, &[via.at])
        }
    };
    if !on.v.is_known() {
        return None;
    }
    let address = nics.iter().find(|n| n.vlan.v == on.v).and_then(|n| n.address);
    let mut pods = Vec::new();
    for p in &e.pods {
        pods.push(EgressPods { namespace: p.namespace.clone()?, labels: super::labels(&p.label, cx) });
    }
    pods.sort_by_key(key);
    let mut to = nets(&e.to, cx);
    let mut except = nets(&e.except, cx);
    if let Some(internet) = e.to.iter().find(|d| d.v == Destination::Internet) {
        let at = cx.derived(INTERNET, &[internet.at]);
        let private = PRIVATE.iter().map(|(a, len)| Ipv4Net::new_assert(Ipv4Addr::from(*a), *len));
        let private: Vec<Ipv4Net> = private.collect();
        except.extend(private.iter().map(|n| Sp::new(*n, at)));
        for v in x.t.vlans.iter().filter(|v| !private.iter().any(|p| p.contains(&v.subnet.v))) {
            except.push(cx.make(v.subnet.v, INTERNET, &[internet.at, v.subnet.at]));
        }
    }
    for list in [&mut to, &mut except] {
        list.sort_by_key(|n| n.v);
        list.dedup_by_key(|n| n.v);
    }
    Some(EgressGateway {
        name: e.name.clone()?,
        pods,
        to,
        except,
        via: Sp::new(machine, via.at),
        address: address.map(|a| cx.make(a.v, EGRESS_ADDRESS, &[a.at, on.at])),
        on,
        at: e.at,
    })
}

/// What pods are ordered by: what they are chosen by.
fn key(p: &EgressPods) -> (ObjectName, Vec<(LabelKey, LabelValue)>) {
    (p.namespace.v.clone(), p.labels.iter().map(|(k, v)| (k.v.clone(), v.v.clone())).collect())
}

/// The nets of destinations; the Internet is every address.
fn nets(list: &[Sp<Destination>], cx: &mut Cx<'_>) -> Vec<Sp<Ipv4Net>> {
    let all = Ipv4Net::new_assert(Ipv4Addr::UNSPECIFIED, 0);
    list.iter()
        .map(|d| match d.v {
            Destination::Net(net) => Sp::new(net, d.at),
            Destination::Internet => cx.make(all, INTERNET, &[d.at]),
        })
        .collect()
}
