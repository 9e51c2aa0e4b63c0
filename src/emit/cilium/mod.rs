//! Emitter: the values of Cilium's chart and its egress gateways; decides nothing, and writes no key that the chart of the
//! stated version does not have.

mod egress;
mod flows;

use super::kube::{self, Part, View, set};
use super::{Meta, Out};
use crate::ir::{Api, Cilium, CiliumInterface, ClientRate, NodeEncryption, Sealed};
use crate::render::{List, Map};
use crate::schema::{Masquerade, PodAddresses};
use crate::source::Sp;
use crate::words;

crate::rules! {
    23;
    VALUES = "what Cilium does is said in the values of its chart; what is not said stays as the chart has it" @ "RFC 5.1.2; cilium 1.18 to 1.20, values.yaml";
    CLUSTER_NAME = "the cluster's own name, not `default`, so that it can be told from another" @ "cilium 1.20, cluster.name";
    API = "without kube-proxy an agent finds the API only by its address: the service's address is what the agent itself will make work" @ "RFC 5.1.2; cilium 1.20, k8sServiceHost and k8sServicePort";
    POOL = "the range of pods is read only where Cilium's operator gives it out" @ "RFC 5.1.2; cilium 1.20, ipam.operator";
    MASQUERADE = "masquerading is said twice: whether, and by what" @ "cilium 1.20, enableIPv4Masquerade and bpf.masquerade";
    DEVICES = "the interfaces are named: left to itself Cilium takes every one with a route, storage included" @ "RFC 5.1.2; cilium 1.20, devices";
    NODE_PORTS = "nodePort.addresses, as there is no nodePort.devices" @ "RFC 5.1.2; cilium 1.20, nodePort.addresses";
    ENCRYPTION = "packets between nodes are encrypted" @ "RFC 5.1.2; cilium 1.20, encryption";
    OPERATOR = "replicas of the operator" @ "RFC 5.1.2; cilium 1.20, operator.replicas";
    SERVES = "a controller in Cilium's operator" @ "cilium 1.20, gatewayAPI and ingressController";
    ANNOUNCES = "Cilium announces addresses of services" @ "cilium 1.20, l2announcements and bgpControlPlane";
    CLIENT_RATE = "leases of announced addresses are renewed through the API" @ "cilium 1.20, k8sClientRateLimit";
    METRICS = "only the ports are opened: a ServiceMonitor here would keep Cilium out of a cluster that has no Prometheus operator yet" @ "cilium 1.20, prometheus; templates/validate.yaml; targets 1";
    EGRESS = "gateways are policies, and the agent has to look at them" @ "cilium 1.20, egressGateway.enabled";
    REDIRECT = "redirecting is a policy of the cluster, and the agent has to look at it" @ "cilium 1.20, localRedirectPolicies.enabled";
    HUBBLE_OFF = "nobody looks at flows; left to itself the chart switches Hubble on, with certificates that differ each time it is rendered" @ "cilium 1.20, hubble.enabled and hubble.tls.auto.method";
    HUBBLE = "what is seen of flows" @ "RFC 5.1.2; cilium 1.20, hubble";
    CERTIFICATES = "never method helm: what it makes differs each time it is rendered, and Argo CD would replace it each time" @ "cilium 1.20, hubble.tls.auto.method; targets 1";
    ISSUER = "a ClusterIssuer of cert-manager" @ "cilium 1.20, hubble.tls.auto.certManagerIssuerRef";
    COUNTED = "NAME:KEY=VALUE;KEY=VALUE, alternatives with a bar" @ "RFC 5.1.2; cilium 1.20, hubble.metrics.enabled; targets 1";
    POLICY = "an egress gateway is an object of the whole cluster" @ "cilium.io/v2, CiliumEgressGatewayPolicy";
    NODE = "the node is found by its name" @ "Kubernetes, well-known labels: kubernetes.io/hostname";
    SHARED = "Multus hands pods to a second plugin: Cilium must leave its file beside its own" @ "cilium 1.20, cni.exclusive; Multus quickstart";
    CLASS = "left to itself the chart makes the GatewayClass only where it sees a cluster that knows such things, and a rendering sees none" @ "cilium 1.20, gatewayAPI.gatewayClass.create";
    NAMESPACE = "a namespace is found by its name" @ "Kubernetes, well-known labels: kubernetes.io/metadata.name";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "cilium",
    writes: "<folder>/base/cilium/values.yaml, <folder>/config/cilium/ciliumegressgatewaypolicy-<name>.yaml",
    what: "The network of pods: routing, masquerading, encryption, interfaces, Hubble, and addresses that stay on the way out.",
    reader: "Helm, Argo CD, Cilium",
    apply: "Helm installs the chart with these values before anything else runs; where it serves Gateways, the Gateway API's resources come before it. Its policies come after it.",
    step: 7,
    rfc: "5.1",
    systems: &[
        ("Cilium", "<folder>/base/cilium/values.yaml", "`cluster { network \"cilium\" }`"),
        ("Hubble", "<folder>/base/cilium/values.yaml", "`network \"cilium\" { flows }`"),
        (
            "WireGuard between nodes",
            "<folder>/base/cilium/values.yaml",
            "`network \"cilium\" { encryption \"wireguard\" }`",
        ),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Writes the values and the policies of every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// The files of a cluster that an environment may change.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(c) = &view.layer.cilium else { return Vec::new() };
    let mut all = vec![Part::values("cilium", kube::cilium_chart(&c.chart), values(view, c), VALUES)];
    all.extend(c.egress_gateways.iter().map(|e| egress::policy(view, e)));
    all
}

fn values(view: &View<'_>, c: &Cilium) -> Map {
    let Cilium {
        // The chart's reference has it.
        chart: _,
        caps,
        replaces_kube_proxy,
        routing,
        overlay,
        native_net,
        direct_routes,
        pod_addresses,
        encryption,
        masquerade,
        interfaces,
        // Only messages ask where interfaces are stated.
        interfaces_at: _,
        node_ports,
        mtu,
        operator_replicas,
        policy,
        flows,
        metrics,
        gateway,
        ingress_controller,
        l2_announcements,
        bgp,
        client_rate,
        egress_gateways,
        at: _,
    } = c;
    let mut doc = Map::new();
    doc.map("cluster", CLUSTER_NAME, |m| m.put("name", &view.cluster.name));
    doc.put("kubeProxyReplacement", replaces_kube_proxy);
    if replaces_kube_proxy.v {
        // Its name, who holds it and how are others' to print.
        let Api { name: _, address, port, vrrp: _, held_by: _, at: _ } = &view.cluster.api;
        doc.put("k8sServiceHost", (words![address], API));
        doc.put("k8sServicePort", port);
    }
    doc.put("routingMode", routing);
    doc.put_some("tunnelProtocol", overlay.as_ref());
    doc.put_some("ipv4NativeRoutingCIDR", native_net.as_ref());
    doc.put_some("autoDirectNodeRoutes", direct_routes.as_ref());
    doc.put_some("MTU", mtu.as_ref());
    doc.map("ipam", POOL, |m| {
        m.put("mode", pod_addresses);
        match pod_addresses.v {
            PodAddresses::ClusterPool => m.map("operator", POOL, |m| {
                m.list("clusterPoolIPv4PodCIDRList", POOL, |l| l.push(view.cluster.pods));
                m.put("clusterPoolIPv4MaskSize", view.cluster.per_node);
            }),
            PodAddresses::Kubernetes => {}
        }
    });
    doc.put("enableIPv4Masquerade", masquerade.map(|m| m != Masquerade::Nobody));
    set(&mut doc, &["bpf"], "masquerade", masquerade.map(|m| m == Masquerade::Bpf), MASQUERADE);
    let mut names = List::new();
    for CiliumInterface { vlan, name } in interfaces {
        names.push((words![name].citing(vlan.at), DEVICES));
    }
    doc.put("devices", (names, DEVICES));
    if let Some(net) = node_ports {
        doc.map("nodePort", NODE_PORTS, |m| m.list("addresses", NODE_PORTS, |l| l.push(net)));
    }
    if let Some(e) = encryption {
        encrypted(&mut doc, e, caps.v.strict);
    }
    if let Some(n) = view.layer.nested.first() {
        set(&mut doc, &["cni"], "exclusive", Sp::new(false, n.at), SHARED);
    }
    doc.put("policyEnforcementMode", policy);
    set(&mut doc, &["operator"], "replicas", operator_replicas, OPERATOR);
    match flows {
        Some(f) => doc.map("hubble", HUBBLE, |m| flows::hubble(m, f)),
        None => set(&mut doc, &["hubble"], "enabled", (false, HUBBLE_OFF), HUBBLE_OFF),
    }
    // Left to itself the chart opens the operator's port alone.
    set(&mut doc, &["prometheus"], "enabled", metrics, METRICS);
    set(&mut doc, &["operator", "prometheus"], "enabled", metrics, METRICS);
    for (on, chart_word, rule) in [
        (gateway, "gatewayAPI", SERVES),
        (ingress_controller, "ingressController", SERVES),
        (l2_announcements, "l2announcements", ANNOUNCES),
        (bgp, "bgpControlPlane", ANNOUNCES),
        (&view.layer.dns.local_redirect, "localRedirectPolicies", REDIRECT),
    ] {
        if on.v || stated(on) {
            set(&mut doc, &[chart_word], "enabled", on, rule);
        }
    }
    if gateway.v {
        set(&mut doc, &["gatewayAPI", "gatewayClass"], "create", (words!["true"].citing(gateway.at), CLASS), CLASS);
    }
    if let Some(ClientRate { lasting, burst }) = client_rate {
        set(&mut doc, &["k8sClientRateLimit"], "qps", lasting, CLIENT_RATE);
        set(&mut doc, &["k8sClientRateLimit"], "burst", burst, CLIENT_RATE);
    }
    if !egress_gateways.is_empty() {
        set(&mut doc, &["egressGateway"], "enabled", (true, EGRESS), EGRESS);
    }
    doc
}

/// Whether somebody said so: what is said is written, also where the chart would do the same.
fn stated(s: &Sp<bool>) -> bool {
    s.at.rule().is_none()
}

fn encrypted(doc: &mut Map, e: &NodeEncryption, strict_keys: &[&'static str]) {
    let NodeEncryption { by, nodes, strict, strict_net, remote_nodes, at: _ } = e;
    set(doc, &["encryption"], "enabled", (true, ENCRYPTION), ENCRYPTION);
    set(doc, &["encryption"], "type", by, ENCRYPTION);
    set(doc, &["encryption"], "nodeEncryption", nodes, ENCRYPTION);
    if strict.v || stated(strict) {
        set(doc, strict_keys, "enabled", strict, ENCRYPTION);
    }
    if strict.v {
        set(doc, strict_keys, "cidr", strict_net, ENCRYPTION);
        set(doc, strict_keys, "allowRemoteNodeIdentities", remote_nodes, ENCRYPTION);
    }
}
