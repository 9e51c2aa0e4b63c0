//! Lints of the network plugin of a cluster: what the chart refuses, what the agent refuses, and what nobody refuses though
//! packets would get lost.

use std::collections::BTreeSet;

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// All of them.
pub(super) const LINTS: &[Lint] = &[
    pods_not_routed,
    native_net,
    masquerade_without_proxy,
    pods_seen_outside,
    interfaces_without_default_route,
    interfaces_too_few,
    served_by_nobody,
    egress_without_masquerade,
    egress_nowhere,
    egress_competes,
    operators_without_nodes,
    pages_without_relay,
    cluster_name,
    mtu,
    lost_probes,
    flows_without_effect,
    certificates,
];

/// Every Cilium, with its cluster and what runs beside it.
fn each<'a>(x: &'a Lints<'_>) -> impl Iterator<Item = (&'a Cluster, &'a Layer, &'a Cilium)> {
    x.topology.layers().filter_map(|(c, l)| Some((c, l, l.cilium.as_ref()?)))
}

/// The nodes of a cluster of which nothing is missing.
fn nodes<'a>(x: &'a Lints<'_>, c: &'a Cluster) -> impl Iterator<Item = &'a Machine> {
    c.groups
        .iter()
        .flat_map(|g| &g.nodes)
        .filter(|m| !x.topology.incomplete.machines.contains(m))
        .map(|m| x.topology.machine(*m))
}

/// A label for something stated, or for the whole statement where it follows from a rule.
fn place(at: Origin, or: Origin) -> Origin {
    if at.rule().is_some() { or } else { at }
}

/// L0921: native routing, and nothing that we write tells anybody the way.
fn pods_not_routed(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        if n.bgp.v || n.direct_routes.is_none_or(|d| d.v) {
            continue;
        }
        sink.report(
            Diag::new(code::L0921, format!("nothing tells the nodes of {} the way to each other's pods", c.name))
                .at(x.span(n.routing.at), "packets of pods travel as they are")
                .note("the routers of the node network would need a route to each node's share")
                .help("direct-routes"),
        );
    }
}

/// E0922: pods would be masqueraded towards pods.
fn native_net(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        let Some(net) = n.native_net.filter(|net| !net.v.contains(&c.pods.v)) else { continue };
        sink.report(
            Diag::new(code::E0922, format!("{net} does not hold the pods of {}", c.name))
                .at(x.span(net.at), "outside this net packets get a node's address")
                .at(x.span(c.pods.at), "the pods")
                .note("pods would not see who talks to them, and policies would take a node for the pod")
                .help(format!("native-net \"{}\"", c.pods)),
        );
    }
}

/// E0924: Cilium's programs masquerade only as part of what replaces kube-proxy.
fn masquerade_without_proxy(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        if n.masquerade.v != Masquerade::Bpf || n.replaces_kube_proxy.v {
            continue;
        }
        sink.report(
            Diag::new(code::E0924, "Cilium cannot masquerade where kube-proxy stays")
                .at(x.span(n.masquerade.at), "the agent would refuse to start")
                .at(x.span(n.replaces_kube_proxy.at), "kube-proxy stays")
                .help("masquerade \"iptables\""),
        );
    }
}

/// L0925: addresses of pods where nobody knows the way back.
fn pods_seen_outside(x: &Lints<'_>, sink: &mut Sink) {
    for (c, l, n) in each(x) {
        if n.masquerade.v == Masquerade::Nobody && !n.bgp.v {
            sink.report(
                Diag::new(
                    code::L0925,
                    format!("pods of {} leave the cluster with addresses that nobody routes", c.name),
                )
                .at(x.span(n.masquerade.at), "nobody gives them a node's address")
                .at(x.span(c.pods.at), "no router of this file knows this range")
                .note("answers from outside get lost at the first router")
                .help("masquerade \"bpf\""),
            );
            continue;
        }
        if let Some(at) = n.interfaces_at.filter(|_| n.masquerade.v == Masquerade::Bpf) {
            let needed = needs(x, c, l, n);
            let nics = nodes(x, c).flat_map(|m| &m.nics).filter(|i| i.vlan.v.is_known() && i.default_via.is_none());
            let left_out: BTreeSet<VlanId> = nics.map(|i| i.vlan.v).filter(|v| !n.works_on(*v)).collect();
            let routed = |v: &&VlanId| !matches!(x.topology.vlan(**v).router.v, Router::Nobody);
            // One that the cluster needs has an error of its own.
            for v in left_out.iter().filter(routed).filter(|v| !needed.iter().any(|n| n.0 == **v)) {
                let vlan = x.topology.vlan(*v);
                sink.report(
                    Diag::new(
                        code::L0925,
                        format!("VLAN {} sees addresses of pods, and has no way back to them", vlan.name),
                    )
                    .at(x.span(at), "it is not among these, so nobody masquerades there")
                    .at(x.span(vlan.subnet.at), "nodes reach it by a NIC of their own")
                    .help(with(x, n, *v)),
                );
            }
        }
        let Some(net) = n.native_net else { continue };
        let overlaps = |v: &&Vlan| net.v.contains(&v.subnet.v) || v.subnet.v.contains(&net.v);
        if let Some(v) = x.topology.vlans.iter().find(overlaps) {
            sink.report(
                Diag::new(code::L0925, format!("VLAN {} sees addresses of pods, and has no way back to them", v.name))
                    .at(x.span(net.at), "inside this net packets keep their pod's address")
                    .at(x.span(v.subnet.at), "its subnet")
                    .help(format!("native-net \"{}\"", c.pods)),
            );
        }
    }
}

/// `interfaces` with a VLAN more.
fn with(x: &Lints<'_>, n: &Cilium, vlan: VlanId) -> String {
    let mut all: Vec<VlanId> = n.interfaces.iter().map(|i| i.vlan.v).chain([vlan]).collect();
    all.sort();
    all.iter().fold("interfaces".to_string(), |s, v| format!("{s} \"{}\"", x.topology.vlan(*v).name))
}

/// E0926: what pods send to the Internet leaves with their own addresses (RFC fault N3).
fn interfaces_without_default_route(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        let (Some(at), Masquerade::Bpf) = (n.interfaces_at, n.masquerade.v) else { continue };
        let way_out = |m: &Machine| {
            m.nics.iter().find(|i| i.default_via.is_some() && i.vlan.v.is_known() && !n.works_on(i.vlan.v)).cloned()
        };
        let Some(nic) = nodes(x, c).find_map(way_out) else { continue };
        let vlan = &x.topology.vlan(nic.vlan.v).name;
        sink.report(
            Diag::new(code::E0926, format!("the default route goes out on {}, where Cilium does not work", nic.ifname))
                .at(x.span(at), format!("VLAN {vlan} is not among these"))
                .at(x.span(nic.at), "the default route of nodes")
                .note(format!(
                    "what pods send to the Internet would leave with an address of {} and never be answered",
                    c.pods
                ))
                .help(with(x, n, nic.vlan.v)),
        );
    }
}

/// VLANs of nodes on which Cilium must work, where that is said, and why.
fn needs(x: &Lints<'_>, c: &Cluster, l: &Layer, n: &Cilium) -> Vec<(VlanId, Origin, &'static str)> {
    // Where kube-proxy stays, it takes in what comes for services.
    let pools = l.balancers.iter().flat_map(|b| &b.pools).filter(|_| n.replaces_kube_proxy.v);
    let all = [(c.node_network.v, c.node_network.at, "the nodes' own addresses are there")]
        .into_iter()
        .chain(pools.map(|p| (p.vlan.v, p.vlan.at, "addresses of services are there")))
        .chain(n.egress_gateways.iter().map(|e| (e.on.v, e.on.at, "an egress gateway leaves there")));
    all.filter(|(v, _, _)| nodes(x, c).any(|m| m.nics.iter().any(|i| i.vlan.v == *v))).collect()
}

/// E0927: somebody else counts on an interface.
fn interfaces_too_few(x: &Lints<'_>, sink: &mut Sink) {
    for (c, l, n) in each(x) {
        let Some(at) = n.interfaces_at else { continue };
        for (vlan, why, what) in needs(x, c, l, n) {
            let out = nodes(x, c).any(|m| m.nics.iter().any(|i| i.vlan.v == vlan && i.default_via.is_some()));
            // The default route has an error of its own.
            if n.works_on(vlan) || (out && n.masquerade.v == Masquerade::Bpf) {
                continue;
            }
            sink.report(
                Diag::new(
                    code::E0927,
                    format!("Cilium does not work on VLAN {}, which the cluster needs", x.topology.vlan(vlan).name),
                )
                .at(x.span(at), "it is not among these")
                .at(x.span(why), what)
                .note("what comes in there for a service, or leaves there for a pod, would not be translated")
                .help(with(x, n, vlan)),
            );
        }
    }
}

/// E0929: what nobody does: it is switched off, or works only where Cilium has replaced kube-proxy.
fn served_by_nobody(x: &Lints<'_>, sink: &mut Sink) {
    for (_, l, n) in each(x) {
        for (i, _) in l.gateways().filter(|_| !n.gateway.v) {
            sink.report(
                Diag::new(code::E0929, format!("nobody serves ingress \"{}\"", i.by))
                    .at(x.span(n.gateway.at), "Cilium is told not to")
                    .at(x.span(i.at), "this would do nothing")
                    .help("gateway #true"),
            );
        }
        if n.replaces_kube_proxy.v {
            continue;
        }
        let on = |s: &Sp<bool>, what: &'static str| s.v.then_some((what, s.at));
        let needs = [
            on(&n.gateway, "serving Gateways"),
            on(&n.ingress_controller, "serving Ingresses"),
            on(&n.l2_announcements, "answering for addresses of services"),
            n.egress_gateways.first().map(|e| ("an egress gateway", e.at)),
        ];
        for (what, at) in needs.into_iter().flatten() {
            sink.report(
                Diag::new(code::E0929, format!("{what} needs kube-proxy replaced"))
                    .at(x.span(at), "this would do nothing")
                    .at(x.span(n.replaces_kube_proxy.at), "kube-proxy stays")
                    .help("replace-kube-proxy #true"),
            );
        }
    }
}

/// E0930: the gateway's address is given by masquerading.
fn egress_without_masquerade(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        let Some(e) = n.egress_gateways.first() else { continue };
        // Where kube-proxy stays, that is what is wrong.
        if n.masquerade.v == Masquerade::Bpf || !n.replaces_kube_proxy.v {
            continue;
        }
        sink.report(
            Diag::new(code::E0930, format!("egress gateway {} needs Cilium's programs to masquerade", e.name))
                .at(x.span(n.masquerade.at), "the agent would refuse to start")
                .at(x.span(e.at), "this gateway gives packets its own address")
                .help("masquerade \"bpf\""),
        );
    }
}

/// E0931: nothing leaves by that node, or not with an address that is known.
fn egress_nowhere(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        for e in &n.egress_gateways {
            let node = x.topology.machine(e.via.v);
            let vlan = x.topology.vlan(e.on.v);
            let ours = matches!(node.kind, MachineKind::Node { cluster, .. } if x.topology.cluster(cluster).name.v == c.name.v);
            let nic = node.nics.iter().find(|i| i.vlan.v == e.on.v);
            let (what, at, help) = match nic {
                _ if !ours => {
                    let first = nodes(x, c).next().map_or("a node".to_string(), |m| format!("via \"{}\"", m.name));
                    (format!("{} is not a node of {}", node.name, c.name), e.via.at, first)
                }
                None => {
                    let has = node
                        .nics
                        .first()
                        .map_or("on the node".to_string(), |i| format!("on \"{}\"", x.topology.vlan(i.vlan.v).name));
                    (format!("{} has no NIC on VLAN {}", node.name, vlan.name), e.on.at, has)
                }
                Some(i) if i.dhcp.v => (
                    format!("the address of {} on VLAN {} comes by DHCP, so it does not stay", node.name, vlan.name),
                    e.on.at,
                    format!("nic \"{}\" host=30", vlan.name),
                ),
                Some(i) => {
                    let leads = i.default_via.is_some() || i.source_route.is_some();
                    match e.to.iter().find(|d| !leads && !vlan.subnet.v.contains(&d.v)) {
                        Some(d) => (
                            format!("nothing routes packets of VLAN {} to {d}", vlan.name),
                            e.on.at,
                            "choose a VLAN that something routes".to_string(),
                        ),
                        None => continue,
                    }
                }
            };
            sink.report(
                Diag::new(code::E0931, format!("egress gateway {} leads nowhere: {what}", e.name))
                    .at(x.span(at), "packets would be dropped here")
                    .help(help),
            );
        }
    }
}

/// E0923: two gateways for the same packets.
fn egress_competes(x: &Lints<'_>, sink: &mut Sink) {
    // Labels of two selectors fit one pod unless they want different values of one key.
    let meets = |a: &EgressPods, b: &EgressPods| {
        a.namespace.v == b.namespace.v
            && a.labels.iter().all(|(k, v)| b.labels.iter().all(|(l, w)| k.v != l.v || v.v == w.v))
    };
    for (_, _, n) in each(x) {
        for (i, a) in n.egress_gateways.iter().enumerate() {
            for b in &n.egress_gateways[i + 1..] {
                let pods = a.pods.iter().any(|p| b.pods.iter().any(|q| meets(p, q)));
                let Some(net) = a.to.iter().find(|t| pods && b.to.iter().any(|u| u.v == t.v)) else { continue };
                sink.report(
                    Diag::new(
                        code::E0923,
                        format!("egress gateways {} and {} want the same packets to {net}", a.name, b.name),
                    )
                    .at(x.span(b.at), "a pod may belong to this one")
                    .at(x.span(a.at), "and to this one")
                    .note("which of the two a packet takes is not defined, so its address would not stay")
                    .help("give one of them labels that the other's pods do not have, or another net"),
                );
            }
        }
    }
}

/// E0932: an operator waits for a node for ever.
fn operators_without_nodes(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        let nodes: usize = c.groups.iter().map(|g| g.nodes.len()).sum();
        if n.operator_replicas.v as usize <= nodes || nodes == 0 {
            continue;
        }
        sink.report(
            Diag::new(code::E0932, format!("{} replicas of the operator on {nodes} nodes", n.operator_replicas))
                .at(x.span(n.operator_replicas.at), "each needs a node of its own")
                .at(x.span(c.at), "the nodes of this cluster")
                .help(format!("operator-replicas {}", nodes.min(2))),
        );
    }
}

/// E0933: the pages ask the relay.
fn pages_without_relay(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        let Some(f) = n.flows.as_ref().filter(|f| f.ui.v && !f.relay.v) else { continue };
        sink.report(
            Diag::new(code::E0933, "Hubble's pages need the relay, which is switched off")
                .at(x.span(f.ui.at), "the chart would not render")
                .at(x.span(f.relay.at), "the pages ask here")
                .help("relay #true"),
        );
    }
}

/// E0934: Cilium's names of clusters are shorter than Kubernetes'.
fn cluster_name(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        if c.name.v.len() <= 32 {
            continue;
        }
        sink.report(
            Diag::new(
                code::E0934,
                format!("Cilium's name of a cluster has at most 32 characters, this one has {}", c.name.v.len()),
            )
            .at(x.span(c.name.at), "the chart would not render")
            .at(x.span(n.at), "Cilium takes the cluster's name")
            .help(format!("cluster \"{}\"", c.name.v[..32].trim_end_matches('-'))),
        );
    }
}

/// E0935, L0936: a packet that does not fit, or is smaller than need be.
fn mtu(x: &Lints<'_>, sink: &mut Sink) {
    for (c, _, n) in each(x) {
        // A derived one is the smallest of the interfaces.
        let Some(mtu) =
            n.mtu.filter(|m| x.causes.get(m.at).is_some_and(|c| matches!(c, crate::source::Cause::Written(_))))
        else {
            continue;
        };
        let (vlan, overhead) = (x.topology.vlan(c.node_network.v), n.overhead());
        let of = |v: VlanId| nodes(x, c).flat_map(|m| &m.nics).filter(|i| i.vlan.v == v).map(|i| i.mtu.v).min();
        let Some(fits) = of(c.node_network.v) else { continue };
        if mtu.v > fits {
            sink.report(
                Diag::new(code::E0935, format!("packets of {mtu} bytes do not fit into VLAN {}", vlan.name))
                    .at(x.span(mtu.at), "they would be dropped between nodes")
                    .at(x.span(place(vlan.mtu.at, c.node_network.at)), format!("it carries {fits} bytes"))
                    .help(format!("mtu {fits}")),
            );
            continue;
        }
        if mtu.v < overhead + 576 {
            sink.report(
                Diag::new(code::E0935, format!("{mtu} bytes leave a pod {} of them", mtu.v.saturating_sub(overhead)))
                    .at(x.span(mtu.at), "the smallest packet that everybody must take has 576 bytes (RFC 791)")
                    .note(format!("headers of the overlay and of the encryption take {overhead}"))
                    .help(format!("mtu {fits}")),
            );
            continue;
        }
        let smaller = n.interfaces.iter().find(|i| of(i.vlan.v).is_some_and(|m| m < mtu.v));
        if let Some(i) = smaller {
            let other = x.topology.vlan(i.vlan.v);
            sink.report(
                Diag::new(code::L0936, format!("VLAN {} carries less than {mtu} bytes", other.name))
                    .at(x.span(mtu.at), "pods would send packets of this size there too")
                    .at(x.span(other.at), "Cilium works on it")
                    .help(format!("mtu {}", of(i.vlan.v).unwrap_or(fits))),
            );
        } else if overhead > 0 && fits - mtu.v == overhead {
            sink.report(
                Diag::new(code::L0936, format!("the headers of {overhead} bytes are taken off twice"))
                    .at(x.span(mtu.at), "this is the packet between nodes, headers included")
                    .at(x.span(place(vlan.mtu.at, c.node_network.at)), format!("it carries {fits} bytes"))
                    .note("the agent takes the headers off by itself")
                    .help(format!("mtu {fits}")),
            );
        }
    }
}

/// L0937: cilium#48444.
fn lost_probes(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        if n.policy.v != PolicyMode::Always || !n.caps.v.loses_probes {
            continue;
        }
        sink.report(
            Diag::new(code::L0937, format!("Cilium {} drops the kubelet's probes of pods without a policy", n.chart))
                .at(x.span(n.policy.at), "everything is refused that no policy allows")
                .at(x.span(n.caps.at), "since this version also the probes of the node itself")
                .note("cilium#48444: a pod that no policy for what comes in selects never becomes ready")
                .help("policy \"default\", and a `default-deny`"),
        );
    }
}

/// L0938: what is counted nowhere, and what no end is ever told apart by.
fn flows_without_effect(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        let Some(f) = &n.flows else { continue };
        if let Some(m) = f.metrics.iter().find(|m| m.v == FlowMetric::Http) {
            sink.report(
                Diag::new(code::L0938, "HTTP is counted only for pods with a policy that reads it")
                    .at(x.span(m.at), "without one this stays at zero")
                    .help("remove \"http\", or allow HTTP by method and path"),
            );
        }
        for (i, later) in f.context.iter().enumerate() {
            use FlowContext::*;
            let hides = |earlier: FlowContext| match earlier {
                // Every end has these.
                Ip | Identity => true,
                // Every pod has these, and a workload or an application is a pod's.
                Pod | Namespace => matches!(later.v, Pod | Namespace | Workload | App),
                Workload | App | Dns | Reserved => false,
            };
            if let Some(earlier) = f.context[..i].iter().find(|e| hides(e.v)) {
                sink.report(
                    Diag::new(code::L0938, format!("\"{}\" is never reached behind \"{}\"", later.v, earlier.v))
                        .at(x.span(later.at), "the first that is known is taken")
                        .at(x.span(earlier.at), "and this is always known")
                        .help(format!("context \"{}\"", if later.v == Pod { later.v } else { earlier.v })),
                );
            }
        }
    }
}

/// E0939: who signs.
fn certificates(x: &Lints<'_>, sink: &mut Sink) {
    for (_, _, n) in each(x) {
        let Some(f) = &n.flows else { continue };
        let (what, at, help) = match (f.certificates.v, &f.issuer) {
            (FlowCertificates::CertManager, None) => {
                ("cert-manager is not told which issuer signs", f.certificates.at, "issuer=\"inside\"")
            }
            (FlowCertificates::CronJob, Some(i)) => {
                ("the job is its own authority and asks no issuer", i.at, "certificates \"cron-job\"")
            }
            (FlowCertificates::CertManager, Some(_)) | (FlowCertificates::CronJob, None) => continue,
        };
        sink.report(Diag::new(code::E0939, what).at(x.span(at), "who makes Hubble's certificates").help(help));
    }
}
