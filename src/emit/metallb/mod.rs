//! Emitter: MetalLB: values of its chart, pools of addresses, and to whom they are announced; decides nothing.

mod bgp;

use super::kube::{self, Chart, Part, View, object, object_with, set};
use super::{Meta, Out};
use crate::consumer::charts;
use crate::ir::{Announcers, Balancer, BalancerMetrics, Link, MachineId, NodeGroup, Pool, Sealed, SecretId};
use crate::render::{List, Map};
use crate::schema::{AnnounceMode, Announcer, LabelKey, LabelValue, TaintEffect};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    24;
    CHART = "MetalLB is installed by its chart; pools and who hears of them are objects of their own" @ "RFC 5.4; MetalLB 0.16, values.yaml";
    NAMESPACE = "its speaker works on the node's own network, which the restricted level forbids" @ "MetalLB 0.16, installation; Kubernetes, Pod Security Admission";
    NO_FRR = "addresses are announced by ARP alone, so no routing daemon runs" @ "MetalLB 0.16, values.yaml: frrk8s.enabled, speaker.frr.enabled";
    FRR = "BGP is spoken by frr-k8s; the older way is deprecated" @ "MetalLB 0.16 release notes; values.yaml: frrk8s.enabled";
    EXCLUDED = "control-plane nodes carry a label that keeps them out of load balancing; the speaker may be told to overlook it" @ "MetalLB 0.16, values.yaml: speaker.ignoreExcludeLB; kubeadm";
    TOLERATION = "a speaker runs on every node that announces, whatever keeps other pods off it" @ "Kubernetes, taints and tolerations; MetalLB 0.16, values.yaml: speaker.tolerations";
    MONITOR = "its metrics are read over HTTPS, and only by the account of Prometheus" @ "MetalLB 0.16, values.yaml: prometheus";
    JOB = "alerts and dashboards know controller and speakers by these names" @ "RFC 7.6; MetalLB 0.16, values.yaml: prometheus.serviceMonitor.relabelings";
    POOL = "these addresses are given to services of type LoadBalancer and to nothing else" @ "RFC 5.4; MetalLB 0.16, IPAddressPool";
    ALLOCATION = "only these services may have its addresses" @ "MetalLB 0.16, IPAddressPool.serviceAllocation";
    LINK = "answers to ARP go out where the addresses are and nowhere else" @ "RFC 5.4; MetalLB 0.16, L2Advertisement.interfaces";
    NODES = "only these nodes announce; Kubernetes labels each with its name" @ "RFC 5.4, nodeSelectors; Kubernetes, label kubernetes.io/hostname";
    PEER = "this router is told where addresses are" @ "MetalLB 0.16, BGPPeer (v1beta2 is what is stored)";
    PASSWORD = "the password is a secret of the cluster and not in this file" @ "MetalLB 0.16, BGPPeer.passwordSecret";
    TOLD = "these pools are told to these routers" @ "MetalLB 0.16, BGPAdvertisement";
    MARK = "routes carry the community by its name" @ "MetalLB 0.16, Community";
    WATCH = "the loss of a peer is noticed by BFD" @ "MetalLB 0.16, BFDProfile; RFC 5880";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "metallb",
    writes: "<folder>/base/metallb/values.yaml, <folder>/config/metallb/{namespace,ipaddresspool-…,l2advertisement-…,bgppeer-…,bgpadvertisement-…,community-…,bfdprofile-…}.yaml",
    what: "Addresses for services of type LoadBalancer by MetalLB, and the nodes, VLANs and routers that they are announced to.",
    reader: "Helm, Kubernetes",
    apply: "The namespace first, then the chart, then the objects: `kubectl apply -k <folder>/config/metallb`. A peer's password is a secret of type kubernetes.io/basic-auth in metallb-system, with the peer's secret's name and the key `password`.",
    step: 8,
    rfc: "5.4",
    systems: &[(
        "MetalLB",
        "<folder>/config/metallb/ipaddresspool-<pool>.yaml",
        "`cluster { load-balancer \"metallb\" { mode \"l2\" } }`, or `mode \"bgp\"`",
    )],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace that everything of it is in.
const NAMESPACE_NAME: &str = "metallb-system";
/// Version of most of its objects.
const V1BETA1: &str = "metallb.io/v1beta1";

/// The files of every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// The files of one cluster.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let mut all = Vec::new();
    for b in &view.layer.balancers {
        match b.by.v {
            Announcer::Metallb => balancer(view, b, &mut all),
            Announcer::Cilium => {}
        }
    }
    all
}

fn balancer(view: &View<'_>, b: &Balancer, all: &mut Vec<Part>) {
    // Who may announce is in what each link and each peer says.
    let Balancer { by, mode, pools, nodes: _, from_control_plane, links, bgp, metrics, at: _ } = b;
    // A balancer by MetalLB without a version is an error, and errors are not sealed.
    let Some(target) = &view.t.targets.cluster.metallb else { return };
    let chart = Chart {
        name: "metallb",
        repository: charts::METALLB,
        version: target.version.clone(),
        release: "metallb",
        namespace: NAMESPACE_NAME,
    };
    all.push(Part::values("metallb", chart, values(view, b, *mode, *from_control_plane, metrics.as_ref()), CHART));
    let name = Sp::new(NAMESPACE_NAME, by.at);
    let namespace = object_with("v1", "Namespace", (words![name], NAMESPACE), None, NAMESPACE, |m| {
        m.map("labels", NAMESPACE, |l| {
            for level in ["enforce", "audit", "warn"] {
                let key = words!["pod-security.kubernetes.io/", Sp::new(level, NAMESPACE.origin())];
                l.put(key, ("privileged", NAMESPACE));
            }
        });
    });
    all.push(Part::object("metallb", "namespace", namespace, NAMESPACE));
    all.extend(pools.iter().map(pool));
    all.extend(links.iter().map(|l| link(view, b, l)));
    if let Some(bgp) = bgp {
        bgp::parts(view, pools, bgp, all);
    }
}

fn values(
    view: &View<'_>,
    b: &Balancer,
    mode: Sp<AnnounceMode>,
    control_plane: Sp<bool>,
    metrics: Option<&BalancerMetrics>,
) -> Map {
    let mut doc = Map::new();
    let (routed, rule) = match mode.v {
        AnnounceMode::L2 => (false, NO_FRR),
        AnnounceMode::Bgp => (true, FRR),
    };
    set(&mut doc, &["frrk8s"], "enabled", Sp::new(routed, mode.at), rule);
    set(&mut doc, &["speaker", "frr"], "enabled", (false, rule), rule);
    set(&mut doc, &["speaker"], "ignoreExcludeLB", control_plane, EXCLUDED);
    let tolerations = tolerations(view, b);
    if !tolerations.items.is_empty() {
        set(&mut doc, &["speaker"], "tolerations", (tolerations.clone(), TOLERATION), TOLERATION);
        if routed {
            set(&mut doc, &["frr-k8s", "frrk8s"], "tolerations", (tolerations, TOLERATION), TOLERATION);
        }
    }
    if let Some(BalancerMetrics { namespace, account, at }) = metrics {
        let p = &["prometheus"];
        set(&mut doc, p, "serviceAccount", (words![account], MONITOR), MONITOR);
        set(&mut doc, p, "namespace", (words![namespace], MONITOR), MONITOR);
        set(&mut doc, &["prometheus", "serviceMonitor"], "enabled", Sp::new(true, *at), MONITOR);
        if view.layer.monitoring.is_some() {
            doc.sub("prometheus", MONITOR).sub("serviceMonitor", MONITOR).list("relabelings", JOB, |l| {
                l.map(JOB, |r| {
                    let component = "__meta_kubernetes_pod_label_app_kubernetes_io_component";
                    r.list("sourceLabels", JOB, |l| l.push((component, JOB)));
                    r.put("targetLabel", ("job", JOB));
                    r.put("replacement", ("metallb-$1", JOB));
                });
            });
        }
        if routed {
            set(&mut doc, &["frr-k8s", "prometheus", "serviceMonitor"], "enabled", Sp::new(true, *at), MONITOR);
        }
    }
    doc
}

/// Tolerations of the taints that the groups of announcing nodes have, each once; control-plane nodes are tolerated anyway.
fn tolerations(view: &View<'_>, b: &Balancer) -> List {
    let groups = |g: &&NodeGroup| g.nodes.iter().any(|m| b.nodes.nodes.iter().any(|k| k.v == *m));
    let mut taints: Vec<(&Sp<LabelKey>, &Sp<LabelValue>, &Sp<TaintEffect>)> =
        view.cluster.groups.iter().filter(groups).flat_map(|g| &g.taints).map(|(k, v, e)| (k, v, e)).collect();
    taints.sort_by(|a, b| (&a.0.v, &a.1.v, a.2.v).cmp(&(&b.0.v, &b.1.v, b.2.v)));
    taints.dedup_by(|a, b| a.0.v == b.0.v && a.1.v == b.1.v && a.2.v == b.2.v);
    let mut list = List::new();
    for (key, value, effect) in taints {
        match effect.v {
            TaintEffect::NoSchedule | TaintEffect::NoExecute => list.map(TOLERATION, |m| {
                m.put("key", key);
                m.put("operator", ("Equal", TOLERATION));
                m.put("value", value);
                m.put("effect", effect);
            }),
            // Kubernetes puts a pod there all the same, when it must.
            TaintEffect::PreferNoSchedule => {}
        }
    }
    list
}

fn pool(p: &Pool) -> Part {
    let Pool { name, vlan, from, to, auto_assign, avoid_edge_addresses, namespaces, labels, priority, at: _ } = p;
    let mut doc = object(V1BETA1, "IPAddressPool", name, Some(NAMESPACE_NAME), POOL);
    doc.map("spec", POOL, |s| {
        s.list("addresses", POOL, |l| l.push((words![from, "-", to].citing(vlan.at), POOL)));
        s.put("autoAssign", auto_assign);
        s.put("avoidBuggyIPs", avoid_edge_addresses);
        if priority.is_some() || !namespaces.is_empty() || !labels.is_empty() {
            s.map("serviceAllocation", ALLOCATION, |a| {
                a.put_some("priority", *priority);
                if !namespaces.is_empty() {
                    a.list("namespaces", ALLOCATION, |l| {
                        namespaces.iter().for_each(|n| l.push((words![n], ALLOCATION)));
                    });
                }
                if !labels.is_empty() {
                    a.list("serviceSelectors", ALLOCATION, |l| {
                        l.map(ALLOCATION, |m| {
                            m.map("matchLabels", ALLOCATION, |m| labels.iter().for_each(|(k, v)| m.put(k, v)));
                        });
                    });
                }
            });
        }
    });
    Part::object("metallb", &format!("ipaddresspool-{}", name.v), doc, POOL)
}

fn link(view: &View<'_>, b: &Balancer, link: &Link) -> Part {
    // A node without an interface that is named is an error, and errors are not sealed.
    let Link { vlan, pools, interfaces, nodes, missing: _ } = link;
    let name = &view.t.vlan(vlan.v).name;
    let mut doc = object(V1BETA1, "L2Advertisement", (words![name].citing(vlan.at), LINK), Some(NAMESPACE_NAME), LINK);
    doc.map("spec", LINK, |s| {
        s.list("ipAddressPools", LINK, |l| pools.iter().for_each(|p| l.push(&b.pools[*p as usize].name)));
        s.list("interfaces", LINK, |l| interfaces.iter().for_each(|i| l.push(i)));
        selectors(view, nodes, s);
    });
    Part::object("metallb", &format!("l2advertisement-{}", name.v), doc, LINK)
}

/// The nodes by their names, unless they are all.
fn selectors(view: &View<'_>, nodes: &Announcers, spec: &mut Map) {
    let Announcers { nodes, all, stated } = nodes;
    if *all && !stated {
        return;
    }
    spec.list("nodeSelectors", NODES, |l| {
        l.map(NODES, |m| {
            m.list("matchExpressions", NODES, |l| l.map(NODES, |e| hostnames(view, nodes, NODES, e)));
        });
    });
}

/// `kubernetes.io/hostname` is one of these machines' names.
pub(crate) fn hostnames(view: &View<'_>, nodes: &[Sp<MachineId>], rule: Rule, to: &mut Map) {
    to.put("key", ("kubernetes.io/hostname", rule));
    to.put("operator", ("In", rule));
    to.list("values", rule, |l| {
        for m in nodes {
            l.push((words![view.t.machine(m.v).name].citing(m.at), rule));
        }
    });
}

/// Says in an annotation where the secret comes from that somebody makes by hand.
pub(crate) fn kept(view: &View<'_>, secret: Option<&Sp<SecretId>>, metadata: &mut Map) {
    let Some(secret) = secret else { return };
    let (key, from) = kube::kept(view, secret, "password");
    metadata.map("annotations", PASSWORD, |a| a.put(key, (from, PASSWORD)));
}
