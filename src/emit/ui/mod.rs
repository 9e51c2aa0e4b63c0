//! Emitter: the platform's own pages: their gateway, their routes, and the outpost that logs people in before some; decides
//! nothing, and makes no Secret.

use ipnet::Ipv4Net;

use super::gateway::{self, API};
use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::consumer::{Behind, OUTPOST, OUTPOST_PORT, PAGES, behind};
use crate::ir::{IdentityServer, Ingress, Page, PageLogin, Sealed, SecretId, Ui};
use crate::render::{Composed, Map};
use crate::schema::PageOf;
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    98;
    NAMESPACE = "nothing that runs beside the pages' gateway needs privileges" @ "Kubernetes, Pod Security Standards";
    GATEWAY = "people open the platform's own pages at a gateway that nothing publishes" @ "RFC 7.3, 8.1; Gateway API v1, Gateway";
    CLASS = "its class says whose connections its service takes: all gateways share one policy, which lets those of the others in" @ "Cilium 1.18, CiliumGatewayClassConfig, GatewayClass parametersRef; bpf/lib/nodeport.h, lb4_src_range_ok";
    NO_PORTS = "no node opens a port for it: whose connections are taken is asked at the service's own address alone" @ "Kubernetes, Service, allocateLoadBalancerNodePorts; Cilium, LoadBalancer source ranges";
    ROUTE = "a page's requests go to its service, which has a route in its own namespace" @ "Gateway API v1, HTTPRoute";
    SERVICE = "the service of the page as its chart names it" @ "RFC 7.3; the charts' templates";
    BEFORE = "the page asks nobody who they are, so an outpost does it before" @ "RFC 3.2, 7.3; Authentik, proxy provider";
    OUTPOST_RUNS = "an outpost asks Authentik who people are, and hands on what they may see" @ "Authentik, manual outpost deployment on Kubernetes";
    TOKEN = "the outpost's token is in a Secret that is made by hand, from where this says" @ "Authentik, Outposts: AUTHENTIK_TOKEN";
    LEAST = "the outpost needs no privileges" @ "Kubernetes, Pod Security Standards, restricted";
    ALIVE = "it is asked whether it is well" @ "Authentik, proxy outpost: /outpost.goauthentik.io/ping";
    SESSIONS = "sessions are files of the one outpost, so there is one" @ "Authentik, proxy outpost, session storage";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "ui",
    writes: "<folder>/config/pages/*.yaml",
    what: "The platform's own pages: a gateway that nothing publishes, a route for each page, and the outpost that logs people in before those that do not.",
    reader: "kubectl, Argo CD",
    apply: "Make the Secrets that annotations name, then `kubectl apply -k <folder>/config/pages`.",
    step: 9,
    rfc: "7.3",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Objects for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// Namespace, gateway, routes and outpost, where there are pages.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(ui) = &view.layer.ui else { return Vec::new() };
    // Who opens the connections is in rules and policies.
    let Ui { way, identity, outpost, from: _, ranges, pages, at: _ } = ui;
    let Ingress { by: _, address: _, giver: _, kind: _, at: _ } = way; // The gateway's emitter spells it.
    let mut all = Vec::new();
    let mut add = |file: &str, doc: Map, rule| all.push(Part::object("pages", file, doc, rule));
    let namespace = kube::object_with("v1", "Namespace", (PAGES, NAMESPACE), None, NAMESPACE, |m| {
        m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("restricted", NAMESPACE)));
    });
    add("namespace", namespace, NAMESPACE);
    if let Some(g) = way.gateway() {
        let class = if ranges.is_empty() { gateway::class(view) } else { own_class(view) };
        add("gateway-pages", gateway::object(way, g, class, view, GATEWAY), GATEWAY);
        if !ranges.is_empty() {
            add("gatewayclass-pages", class_of(view), CLASS);
            add("ciliumgatewayclassconfig-pages", served(ranges), CLASS);
        }
    }
    for p in pages {
        add(&format!("httproute-{}", p.of.v), route(view, p), ROUTE);
    }
    let before = pages.iter().any(|p| matches!(p.login, PageLogin::Outpost));
    if let (Some(identity), Some(token), true) = (identity, outpost, before) {
        let server = view.t.identity(identity.v);
        add("deployment-authentik-outpost", deployment(view, server, identity.at, token), OUTPOST_RUNS);
        add("service-authentik-outpost", service(), OUTPOST_RUNS);
    }
    all
}

/// The name of the pages' own class.
fn own_class(view: &View<'_>) -> Composed {
    let class = gateway::class(view);
    words![class, "-", PAGES]
}

fn class_of(view: &View<'_>) -> Map {
    let mut doc = kube::object(API, "GatewayClass", (own_class(view), CLASS), None, CLASS);
    doc.map("spec", CLASS, |s| {
        s.put("controllerName", ("io.cilium/gateway-controller", CLASS));
        s.map("parametersRef", CLASS, |r| {
            r.put("group", ("cilium.io", CLASS));
            r.put("kind", ("CiliumGatewayClassConfig", CLASS));
            r.put("name", (PAGES, CLASS));
            r.put("namespace", (PAGES, CLASS));
        });
    });
    doc
}

/// How the service of the class's gateways is made.
fn served(ranges: &[Sp<Ipv4Net>]) -> Map {
    let mut doc = kube::object("cilium.io/v2alpha1", "CiliumGatewayClassConfig", (PAGES, CLASS), Some(PAGES), CLASS);
    doc.map("spec", CLASS, |s| {
        s.map("service", CLASS, |s| {
            s.put("allocateLoadBalancerNodePorts", (false, NO_PORTS));
            s.list("loadBalancerSourceRanges", CLASS, |l| ranges.iter().for_each(|net| l.push(net)));
            s.put("loadBalancerSourceRangesPolicy", ("Allow", CLASS));
        });
    });
    doc
}

/// A page's route, in the namespace of the service that it leads to.
fn route(view: &View<'_>, p: &Page) -> Map {
    let Page { of, host, login, admins: _, readers: _, at: _ } = p; // Groups are known to who knows people.
    let Behind { namespace, service, port, pod_port: _, label: _, asks: _, oidc: _ } = behind(of.v);
    let (namespace, service, port, rule) = match login {
        PageLogin::Outpost => (PAGES, OUTPOST, Sp::new(OUTPOST_PORT, BEFORE.origin()), BEFORE),
        PageLogin::Oidc { .. } | PageLogin::Own => {
            let dashboard = view.layer.storage.as_ref().and_then(|s| s.dashboard.as_ref());
            let own = dashboard.filter(|_| of.v == PageOf::Ceph).map(|d| d.port);
            (*namespace, *service, own.unwrap_or(Sp::new(*port, SERVICE.origin())), SERVICE)
        }
    };
    let mut doc = kube::object(API, "HTTPRoute", (words!["page-", of], ROUTE), Some(namespace), ROUTE);
    doc.map("spec", ROUTE, |s| {
        s.list("parentRefs", ROUTE, |l| {
            l.map(ROUTE, |r| {
                r.put("name", (PAGES, ROUTE));
                r.put("namespace", (PAGES, ROUTE));
                r.put("sectionName", of);
            });
        });
        s.list("hostnames", ROUTE, |l| l.push(host));
        s.list("rules", ROUTE, |l| {
            l.map(rule, |r| {
                r.list("backendRefs", rule, |b| {
                    b.map(rule, |b| {
                        b.put("name", (service, rule));
                        b.put("port", port);
                    });
                });
            });
        });
    });
    doc
}

/// The labels of the outpost's pods.
fn labels(m: &mut Map) {
    m.put("app.kubernetes.io/instance", (PAGES, OUTPOST_RUNS));
    m.put("app.kubernetes.io/name", (OUTPOST, OUTPOST_RUNS));
}

fn service() -> Map {
    let rule = OUTPOST_RUNS;
    let mut doc = kube::object("v1", "Service", (OUTPOST, rule), Some(PAGES), rule);
    doc.map("spec", rule, |s| {
        s.map("selector", rule, labels);
        s.list("ports", rule, |l| {
            l.map(rule, |p| {
                p.put("name", ("http", rule));
                p.put("port", (OUTPOST_PORT, rule));
                p.put("targetPort", ("http", rule));
            });
        });
    });
    doc
}

fn deployment(view: &View<'_>, server: &IdentityServer, chosen: Origin, token: &Sp<SecretId>) -> Map {
    let rule = OUTPOST_RUNS;
    let (annotation, from) = kube::kept(view, token, "token");
    let mut doc = kube::object_with("apps/v1", "Deployment", (OUTPOST, rule), Some(PAGES), rule, |m| {
        m.map("annotations", TOKEN, |a| a.put(annotation, (from, TOKEN)));
    });
    doc.map("spec", rule, |s| {
        s.put("replicas", (1u32, SESSIONS));
        s.map("strategy", SESSIONS, |m| m.put("type", ("Recreate", SESSIONS)));
        s.map("selector", rule, |m| m.map("matchLabels", rule, labels));
        s.map("template", rule, |t| {
            t.map("metadata", rule, |m| m.map("labels", rule, labels));
            t.map("spec", rule, |s| {
                s.put("automountServiceAccountToken", (false, LEAST));
                s.map("securityContext", LEAST, |c| {
                    c.put("runAsNonRoot", (true, LEAST));
                    c.map("seccompProfile", LEAST, |p| p.put("type", ("RuntimeDefault", LEAST)));
                });
                s.list("containers", rule, |l| l.map(rule, |c| container(view, server, chosen, token, c)));
            });
        });
    });
    doc
}

fn container(view: &View<'_>, server: &IdentityServer, chosen: Origin, token: &Sp<SecretId>, c: &mut Map) {
    let rule = OUTPOST_RUNS;
    c.put("name", ("proxy", rule));
    // Without a version nothing is emitted at all.
    let version = server.run.iter().map(|r| &r.version.version);
    c.put("image", (version.fold(words!["ghcr.io/goauthentik/proxy:"], |image, v| words![image, v]), rule));
    c.list("env", rule, |l| {
        l.map(rule, |e| {
            e.put("name", ("AUTHENTIK_HOST", rule));
            e.put("value", (words!["https://", server.host].citing(chosen), rule));
        });
        l.map(TOKEN, |e| {
            e.put("name", ("AUTHENTIK_TOKEN", TOKEN));
            e.map("valueFrom", TOKEN, |v| {
                v.map("secretKeyRef", TOKEN, |k| {
                    let name = &view.t.secret(token.v).name;
                    k.put("name", (words![name].citing(token.at), TOKEN));
                    k.put("key", ("token", TOKEN));
                });
            });
        });
    });
    c.list("ports", rule, |l| {
        l.map(rule, |p| {
            p.put("name", ("http", rule));
            p.put("containerPort", (OUTPOST_PORT, rule));
        });
    });
    c.map("readinessProbe", ALIVE, |p| {
        p.map("httpGet", ALIVE, |h| {
            h.put("path", ("/outpost.goauthentik.io/ping", ALIVE));
            h.put("port", ("http", ALIVE));
        });
    });
    c.map("resources", LEAST, |r| {
        r.map("requests", LEAST, |q| {
            q.put("cpu", ("50m", LEAST));
            q.put("memory", ("128Mi", LEAST));
        });
    });
    c.map("securityContext", LEAST, |s| {
        s.put("allowPrivilegeEscalation", (false, LEAST));
        s.map("capabilities", LEAST, |k| k.list("drop", LEAST, |l| l.push(("ALL", LEAST))));
    });
}
