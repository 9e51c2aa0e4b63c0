//! Emitter: a gateway of the Gateway API, its namespace, its redirection to TLS, and where the API's resources come from.

use super::kube::{self, HEADER, Part, View};
use super::{Format, Meta, Out};
use crate::consumer::charts;
use crate::ir::{Directory, Gateway, Ingress, IngressKind, IssuerKind, Layer, Listener, Routes, Sealed, Tls};
use crate::render::{Composed, List, Map};
use crate::schema::{AcmeDirectory, Announcer, WayIn};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    27;
    GATEWAY = "a gateway takes in HTTP for the cluster; it is the way out of ingress-nginx" @ "Gateway API v1, Gateway; RFC 5.5";
    SERVED = "Cilium serves it: it makes the class of its own name, and takes others that name it" @ "Cilium 1.18, gatewayAPI.gatewayClass.create";
    PINNED = "the address is asked for in the words of the one who gives it out" @ "Cilium, Gateway API Addresses Support; metallb.io, loadBalancerIPs; targets A4";
    LISTENER = "a port that it listens on" @ "Gateway API v1, Listener";
    TLS = "TLS ends here, with this certificate" @ "Gateway API v1, ListenerTLSConfig";
    ROUTES = "whose routes it takes" @ "Gateway API v1, AllowedRoutes";
    OWN_ROUTES = "what comes in without TLS is sent to TLS: only the gateway's own namespace may answer there, for challenges" @ "Gateway API, HTTP redirects; RFC 8555 section 8.3";
    CHALLENGES = "challenges are answered by routes beside the gateway" @ "cert-manager, HTTP-01 with the Gateway API";
    REDIRECT = "what comes in without TLS is sent to TLS" @ "Gateway API v1, HTTPRequestRedirectFilter";
    NAMESPACE = "nothing that runs beside the gateway needs privileges" @ "Kubernetes, Pod Security Standards";
    CRDS = "the resources of the API are there before what serves them; this is the standard channel of the stated version" @ "Gateway API, Installing; Cilium, Gateway API Support, Prerequisites";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "gateway",
    writes: "<folder>/config/gateway/*.yaml, <folder>/config/gateway-api/kustomization.yaml",
    what: "A gateway with its ports, its address, whose routes it takes, and where resources of the Gateway API come from.",
    reader: "kubectl, Argo CD",
    apply: "`kubectl apply --server-side -k <folder>/config/gateway-api` before Cilium is installed, then `kubectl apply -k <folder>/config/gateway`.",
    step: 8,
    rfc: "5.5",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The group of the API, and its version.
pub(super) const API: &str = "gateway.networking.k8s.io/v1";

/// Objects for every cluster, and where the API's resources come from.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        let environments = view.cluster.environments.iter().map(|e| &e.layer);
        let all = std::iter::once(view.layer).chain(environments);
        let Some((_, g)) = all.into_iter().find_map(|l| l.gateways().next()) else { continue };
        let mut doc = Map::new();
        doc.put("apiVersion", ("kustomize.config.k8s.io/v1beta1", CRDS));
        doc.put("kind", ("Kustomization", CRDS));
        doc.list("resources", CRDS, |l| {
            l.push((words![charts::GATEWAY_API, g.api, "/standard-install.yaml"], CRDS));
        });
        // No environment changes it: one version of the resources is for the whole cluster.
        let path = kube::below(&view, "config/gateway-api/kustomization.yaml");
        out.doc(kube::site(&view), path, Format::Yaml(HEADER), doc, CRDS);
    }
}

/// The gateway of a layer that applications have routes at.
pub fn gateway(layer: &Layer) -> Option<(&Ingress, &Gateway)> {
    layer.ingresses.iter().find_map(|i| match &i.kind {
        IngressKind::Gateway(g) => Some((i, g)),
        IngressKind::Nginx(_) => None,
    })
}

/// The Secret that has the certificate of a listener: the issuer's files and the gateway name it alike. A certificate for
/// trying is in another one: cert-manager keeps what a Secret holds when only its issuer's directory changes.
pub fn secret(layer: &Layer, g: &Gateway, l: &Listener) -> Composed {
    let issuers = layer.certificates.iter().flat_map(|c| &c.issuers);
    let own = match &l.tls {
        Some(Tls::By(by)) => issuers.into_iter().find(|i| i.name.v == by.v),
        Some(Tls::Secret(_)) | None => None,
    };
    let directory = match own.map(|i| &i.kind) {
        Some(IssuerKind::Acme(a)) => Some(&a.directory),
        Some(IssuerKind::Ca(_) | IssuerKind::SelfSigned(_)) | None => None,
    };
    match directory {
        Some(Directory::LetsEncrypt(d)) if d.v == AcmeDirectory::Staging => {
            words![g.name, "-", l.name, "-tls-for-trying"].citing(d.at)
        }
        Some(Directory::LetsEncrypt(_) | Directory::Url(_)) | None => words![g.name, "-", l.name, "-tls"],
    }
}

/// Gateway, namespace and redirection, where there is one.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some((i, g)) = gateway(view.layer) else { return Vec::new() };
    let Ingress { by: _, address: _, giver: _, kind: _, at: _ } = i; // The spec spells the address.
    let namespace = kube::object_with("v1", "Namespace", &g.name, None, NAMESPACE, |m| {
        m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("restricted", NAMESPACE)));
    });
    let mut all = vec![Part::object("gateway", "namespace", namespace, NAMESPACE)];
    all.push(Part::object(
        "gateway",
        &words!["gateway-", g.name].text,
        object(i, g, class(view), view, GATEWAY),
        GATEWAY,
    ));
    if let Some(port) = &g.redirect {
        all.push(Part::object("gateway", "httproute-redirect-to-tls", redirect(g, port), REDIRECT));
    }
    all
}

/// The class that Cilium makes itself.
pub(super) fn class(view: &View<'_>) -> Composed {
    view.layer.cilium.iter().fold(words!["cilium"], |class, c| class.citing(c.chart.at))
}

/// A gateway of a class in a namespace of its name; the rule says why it is there.
pub(super) fn object(i: &Ingress, g: &Gateway, class: Composed, view: &View<'_>, rule: Rule) -> Map {
    let mut doc = kube::object_with(API, "Gateway", &g.name, None, rule, |m| m.put("namespace", &g.name));
    doc.map("spec", rule, |s| spec(i, g, class, view, s));
    doc
}

fn spec(i: &Ingress, g: &Gateway, class: Composed, view: &View<'_>, s: &mut Map) {
    // The version is that of the API's resources; the redirection is a route.
    let Gateway { api: _, name: _, listeners, routes, redirects, redirect } = g;
    s.put("gatewayClassName", (class, SERVED));
    if let (Some((pool, address)), Some(giver)) = (&i.address, i.giver) {
        match giver.v {
            // Cilium hands these annotations to the service that it makes.
            Announcer::Metallb => s.map("infrastructure", PINNED, |m| {
                m.map("annotations", PINNED, |a| {
                    a.put("metallb.io/address-pool", (words![pool].citing(giver.at), PINNED));
                    a.put("metallb.io/loadBalancerIPs", address);
                });
            }),
            Announcer::Cilium => s.list("addresses", PINNED, |l| {
                l.map(PINNED, |m| {
                    m.put("type", ("IPAddress", PINNED));
                    m.put("value", (words![address].citing(pool.at).citing(giver.at), PINNED));
                });
            }),
        }
    }
    let challenges = view.layer.certificates.iter().flat_map(|c| &c.issuers).any(|i| match &i.kind {
        crate::ir::IssuerKind::Acme(a) => a.http01.is_some_and(|w| w.v == WayIn::Gateway),
        crate::ir::IssuerKind::Ca(_) | crate::ir::IssuerKind::SelfSigned(_) => false,
    });
    s.list("listeners", LISTENER, |all| {
        for l in listeners {
            let Listener { name, port, host, tls, at: _ } = l;
            all.map(LISTENER, |m| {
                m.put("name", name);
                m.put_some("hostname", host.as_ref());
                m.put("port", port);
                let protocol = if tls.is_some() { "HTTPS" } else { "HTTP" };
                m.put("protocol", (words![protocol].citing(redirects.at), LISTENER));
                if let Some(tls) = tls {
                    m.map("tls", TLS, |t| {
                        t.put("mode", ("Terminate", TLS));
                        t.list("certificateRefs", TLS, |r| {
                            r.map(TLS, |r| {
                                r.put("kind", ("Secret", TLS));
                                match tls {
                                    Tls::By(issuer) => r.put("name", (secret(view.layer, g, l).citing(issuer.at), TLS)),
                                    Tls::Secret(name) => r.put("name", name),
                                }
                            });
                        });
                    });
                }
                m.map("allowedRoutes", ROUTES, |a| match (redirect, tls) {
                    (Some(_), None) => a.map("namespaces", OWN_ROUTES, |n| {
                        n.put("from", (words!["Same"].citing(redirects.at), OWN_ROUTES));
                    }),
                    _ => a.put("namespaces", (taken(g, routes, challenges && tls.is_none()), ROUTES)),
                });
            });
        }
    });
}

/// Whose routes are taken; where challenges are answered, the gateway's own namespace is among them.
fn taken(g: &Gateway, routes: &Routes, challenges: bool) -> Map {
    let mut n = Map::new();
    match routes {
        Routes::From(from) => {
            let word = match from.v {
                crate::schema::RoutesFrom::All => "All",
                crate::schema::RoutesFrom::Same => "Same",
            };
            n.put("from", (words![word].citing(from.at), ROUTES));
        }
        Routes::Namespaces(names) => {
            n.put("from", ("Selector", ROUTES));
            let mut values = List::new();
            names.iter().for_each(|v| values.push(v));
            if challenges && !names.iter().any(|v| v.v == g.name.v) {
                values.push((words![g.name], CHALLENGES));
            }
            n.map("selector", ROUTES, |s| {
                s.list("matchExpressions", ROUTES, |l| {
                    l.map(ROUTES, |e| {
                        e.put("key", ("kubernetes.io/metadata.name", ROUTES));
                        e.put("operator", ("In", ROUTES));
                        e.put("values", (values, ROUTES));
                    });
                });
            });
        }
    }
    n
}

fn redirect(g: &Gateway, port: &Sp<u16>) -> Map {
    let mut doc = kube::object_with(API, "HTTPRoute", ("redirect-to-tls", REDIRECT), None, REDIRECT, |m| {
        m.put("namespace", &g.name);
    });
    doc.map("spec", REDIRECT, |s| {
        s.list("parentRefs", REDIRECT, |l| {
            for plain in g.listeners.iter().filter(|l| l.tls.is_none()) {
                l.map(REDIRECT, |p| {
                    p.put("name", &g.name);
                    p.put("sectionName", &plain.name);
                });
            }
        });
        s.list("rules", REDIRECT, |l| {
            l.map(REDIRECT, |rule| {
                rule.list("filters", REDIRECT, |f| {
                    f.map(REDIRECT, |f| {
                        f.put("type", ("RequestRedirect", REDIRECT));
                        f.map("requestRedirect", REDIRECT, |to| {
                            to.put("scheme", (words!["https"].citing(g.redirects.at), REDIRECT));
                            to.put("port", port);
                            to.put("statusCode", (301u32, REDIRECT));
                        });
                    });
                });
            });
        });
    });
    doc
}
