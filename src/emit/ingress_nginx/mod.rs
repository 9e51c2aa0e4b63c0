//! Emitter: values of the ingress-nginx chart and its namespace; decides nothing.

use super::kube::{self, Chart, Part, View};
use super::{Meta, Out};
use crate::consumer::charts;
use crate::ir::{Ingress, IngressKind, Nginx, Sealed};
use crate::render::{List, Map};
use crate::schema::{Announcer, ClientAddresses, FirewallRules, Name};
use crate::source::Sp;
use crate::words;

crate::rules! {
    26;
    VALUES = "ingress-nginx runs by its chart with these values" @ "RFC 5.5; ingress-nginx 4.15.1, values.yaml";
    CLASS = "an Ingress names this class" @ "ingress-nginx 4.15.1, controller.ingressClassResource";
    EACH_NODE = "each node has a controller, so that none drops what it is asked" @ "Kubernetes, Service externalTrafficPolicy Local";
    APART = "replicas are kept on different nodes where there are enough" @ "Kubernetes, topologySpreadConstraints";
    NODES = "only these nodes run it" @ "Kubernetes, nodeAffinity";
    TAINTS = "the nodes' taints are tolerated: they are there for it" @ "Kubernetes, tolerations";
    CLIENTS = "whether applications see who calls" @ "RFC 5.5; Kubernetes, Service externalTrafficPolicy";
    PINNED = "the address is asked for by the annotation that the one who gives it out reads" @ "RFC 5.5; metallb.io, loadBalancerIPs; targets A4";
    FIREWALL = "ModSecurity is switched on in the controller's ConfigMap, whose values are texts" @ "RFC 5.5; ingress-nginx, enable-modsecurity";
    METRICS = "whether figures are told" @ "ingress-nginx 4.15.1, controller.metrics.enabled";
    SNIPPETS = "whether an Ingress may bring configuration; since controller 1.12 the level of risk must allow it too" @ "ingress-nginx, allow-snippet-annotations, annotations-risk-level";
    NAMESPACE = "its pods need no more than the baseline allows" @ "Kubernetes, Pod Security Standards";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "ingress-nginx",
    writes: "<folder>/base/ingress-nginx/values.yaml, <folder>/config/ingress-nginx/namespace.yaml",
    what: "Values of the ingress-nginx chart: class, address, replicas, web application firewall.",
    reader: "Helm, Argo CD",
    apply: "`kubectl apply -k <folder>/config/ingress-nginx`, then Helm installs the chart with the values.",
    step: 8,
    rfc: "5.5",
    systems: &[("ingress-nginx", "<folder>/base/ingress-nginx/values.yaml", "`cluster { ingress \"nginx\" }`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace of the chart.
const SPACE: &str = "ingress-nginx";

/// Values and namespace for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// Values and namespace, where it runs.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let mut all = Vec::new();
    for i in &view.layer.ingresses {
        match &i.kind {
            IngressKind::Nginx(n) => {
                let chart = Chart {
                    name: "ingress-nginx",
                    repository: charts::INGRESS_NGINX,
                    version: n.chart.clone(),
                    release: "ingress-nginx",
                    namespace: SPACE,
                };
                all.push(Part::values("ingress-nginx", chart, values(i, n, view), VALUES));
                let namespace = kube::object_with("v1", "Namespace", (SPACE, NAMESPACE), None, NAMESPACE, |m| {
                    m.map("labels", NAMESPACE, |l| {
                        l.put("pod-security.kubernetes.io/enforce", ("baseline", NAMESPACE))
                    });
                });
                all.push(Part::object("ingress-nginx", "namespace", namespace, NAMESPACE));
            }
            IngressKind::Gateway(_) => {}
        }
    }
    all
}

fn values(i: &Ingress, n: &Nginx, view: &View<'_>) -> Map {
    let Ingress { by: _, address, giver, kind: _, at: _ } = i; // `by` chose this emitter.
    // The chart's version is in its reference.
    let Nginx { chart: _, class, default_class, replicas, clients, firewall, metrics, snippets, nodes } = n;
    let mut doc = Map::new();
    doc.map("controller", VALUES, |c| {
        c.map("ingressClassResource", CLASS, |r| {
            r.put("name", class);
            r.put("default", default_class);
        });
        c.put("ingressClass", class);
        match replicas {
            Some(r) => {
                c.put("replicaCount", r);
                if r.v > 1 {
                    c.list("topologySpreadConstraints", APART, apart);
                }
            }
            None => c.put("kind", (words!["DaemonSet"].citing(clients.at), EACH_NODE)),
        }
        placed(nodes, view, c);
        let mut config = Map::new();
        if let Some(f) = firewall {
            config.put("enable-modsecurity", (words!["true"].citing(f.at), FIREWALL));
            let owasp = match f.v {
                FirewallRules::Owasp => "true",
                FirewallRules::Own => "false",
            };
            config.put("enable-owasp-modsecurity-crs", (words![owasp].citing(f.at), FIREWALL));
        }
        if snippets.v {
            config.put("annotations-risk-level", (words!["Critical"].citing(snippets.at), SNIPPETS));
        }
        if !config.is_empty() {
            c.put("config", (config, VALUES));
        }
        c.put("allowSnippetAnnotations", snippets);
        c.map("service", VALUES, |s| {
            let policy = match clients.v {
                ClientAddresses::Keep => "Local",
                ClientAddresses::Hide => "Cluster",
            };
            s.put("externalTrafficPolicy", (words![policy].citing(clients.at), CLIENTS));
            if let (Some((pool, address)), Some(giver)) = (address, giver) {
                s.map("annotations", PINNED, |a| match giver.v {
                    Announcer::Metallb => {
                        a.put("metallb.io/address-pool", (words![pool].citing(giver.at), PINNED));
                        a.put("metallb.io/loadBalancerIPs", address);
                    }
                    Announcer::Cilium => {
                        a.put("lbipam.cilium.io/ips", (words![address].citing(pool.at).citing(giver.at), PINNED));
                    }
                });
            }
        });
        c.map("metrics", METRICS, |m| m.put("enabled", metrics));
    });
    doc
}

/// Replicas on different nodes; where there are fewer nodes, two on one are better than one.
fn apart(l: &mut List) {
    l.map(APART, |s| {
        s.put("maxSkew", (1u32, APART));
        s.put("topologyKey", ("kubernetes.io/hostname", APART));
        s.put("whenUnsatisfiable", ("ScheduleAnyway", APART));
        s.map("labelSelector", APART, |m| {
            m.map("matchLabels", APART, |m| {
                m.put("app.kubernetes.io/name", ("ingress-nginx", APART));
                m.put("app.kubernetes.io/instance", ("ingress-nginx", APART));
                m.put("app.kubernetes.io/component", ("controller", APART));
            });
        });
    });
}

/// The nodes of the stated groups, by name, and their taints.
fn placed(nodes: &[Sp<Name>], view: &View<'_>, c: &mut Map) {
    if nodes.is_empty() {
        return;
    }
    let mut names = List::new();
    let mut tolerations = List::new();
    let mut seen = Vec::new();
    for stated in nodes {
        for g in view.cluster.groups.iter().filter(|g| g.name.v == stated.v) {
            for m in &g.nodes {
                names.push((words![view.t.machine(*m).name].citing(stated.at), NODES));
            }
            for (key, value, effect) in &g.taints {
                if seen.contains(&(&key.v, &value.v, effect.v)) {
                    continue;
                }
                seen.push((&key.v, &value.v, effect.v));
                tolerations.map(TAINTS, |t| {
                    t.put("key", key);
                    t.put("operator", ("Equal", TAINTS));
                    t.put("value", value);
                    t.put("effect", effect);
                });
            }
        }
    }
    kube::set(
        c,
        &["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"],
        "nodeSelectorTerms",
        (terms(names), NODES),
        NODES,
    );
    if !tolerations.items.is_empty() {
        c.put("tolerations", (tolerations, TAINTS));
    }
}

fn terms(names: List) -> List {
    let mut terms = List::new();
    terms.map(NODES, |t| {
        t.list("matchExpressions", NODES, |l| {
            l.map(NODES, |e| {
                e.put("key", ("kubernetes.io/hostname", NODES));
                e.put("operator", ("In", NODES));
                e.put("values", (names, NODES));
            });
        });
    });
    terms
}
