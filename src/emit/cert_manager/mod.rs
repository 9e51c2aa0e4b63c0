//! Emitter: values of the cert-manager chart, its issuers and the certificates of a gateway; writes no secret.

use super::gateway::{gateway, secret as certificate_secret};
use super::kube::{self, Chart, Part, View};
use super::{Meta, Out};
use crate::consumer::charts;
use crate::ir::{
    Acme, Certificates, Directory, Dns01, Gateway, Issuer, IssuerKind, Layer, Listener, Provider, Sealed, SecretId, Tls,
};
use crate::render::{Composed, List, Map};
use crate::schema::{AcmeDirectory, DnsProvider, Name, TsigAlgorithm, WayIn};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    28;
    VALUES = "cert-manager runs by its chart with these values" @ "RFC 5.6; cert-manager 1.21.1, values.yaml";
    CRDS = "the chart brings its own resources" @ "cert-manager 1.21.1, crds.enabled";
    CONFIG = "the controller reads its settings from a file of this kind" @ "cert-manager 1.21.1, config; controller.config.cert-manager.io/v1alpha1";
    GATEWAY_API = "challenges go through a gateway, so the controller must know the Gateway API" @ "cert-manager 1.21.1, config.gatewayAPI";
    PATH_TYPE = "ingress-nginx refuses a challenge's path when it is of type Exact" @ "cert-manager 1.18.1, ACMEHTTP01IngressPathTypeExact; targets 5";
    METRICS = "whether figures are told" @ "cert-manager 1.21.1, prometheus.enabled";
    RESOLVERS = "these and no others are asked for the record of a challenge: those of the cluster see another zone" @ "cert-manager 1.21.1, dns01RecursiveNameservers";
    ASKED_INSIDE = "whether a challenge stands is asked of the cluster's own name servers: those who answer for the zone are on port 53 of the Internet, which nothing here lets it reach" @ "RFC 5.6, 6.1; cert-manager 1.21.1, dns01RecursiveNameserversOnly";
    ISSUER = "who issues certificates, for every namespace" @ "RFC 5.6; cert-manager.io/v1, ClusterIssuer";
    ACCOUNT = "cert-manager makes the account's key itself and keeps it in this Secret" @ "RFC 8555 section 7.3; RFC 5.6";
    LETS_ENCRYPT = "the directory of Let's Encrypt" @ "RFC 5.6; Let's Encrypt, ACME endpoints";
    HTTP01 = "the challenge by HTTP goes through this way in" @ "RFC 5.6; RFC 8555 section 8.3; cert-manager.io/v1, ingressClassName, gatewayHTTPRoute";
    DNS01 = "the challenge by DNS is put in the zone by its provider" @ "RFC 8555 section 8.4; cert-manager.io/v1, dns01";
    ZONES = "only names in these zones" @ "cert-manager.io/v1, selector.dnsZones";
    KEPT = "the Kubernetes Secret is made by hand, in cert-manager's namespace, from where this says" @ "cert-manager, ClusterIssuer: cluster resource namespace";
    CA = "certificates are signed by the CA in this Secret (tls.crt and tls.key)" @ "cert-manager.io/v1, CAIssuer";
    SELF_SIGNED = "each certificate signs itself" @ "cert-manager.io/v1, SelfSignedIssuer";
    CERTIFICATE = "the certificate of a gateway's listener, in the gateway's namespace" @ "cert-manager.io/v1, Certificate";
    NAMESPACE = "its pods need no privileges" @ "Kubernetes, Pod Security Standards; cert-manager 1.21.1, securityContext";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "cert-manager",
    writes: "<folder>/base/cert-manager/values.yaml, <folder>/config/cert-manager/*.yaml",
    what: "Values of the cert-manager chart, its issuers, and the certificates of a gateway's listeners.",
    reader: "Helm, kubectl, Argo CD",
    apply: "Make the Secrets that the issuers' annotations name, let Helm install the chart, then `kubectl apply -k <folder>/config/cert-manager`.",
    step: 8,
    rfc: "5.6",
    systems: &[
        ("cert-manager", "<folder>/base/cert-manager/values.yaml", "`cluster { certificates }`"),
        (
            "Let's Encrypt",
            "<folder>/config/cert-manager/clusterissuer-<issuer>.yaml",
            "`certificates { issuer … { acme … } }`",
        ),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace of the chart, in which its issuers look for their Secrets.
const SPACE: &str = "cert-manager";
/// Its API.
const API: &str = "cert-manager.io/v1";

/// Values, issuers and certificates for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// Values, namespace, issuers and certificates, where it runs.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(c) = &view.layer.certificates else { return Vec::new() };
    let chart = Chart {
        name: "cert-manager",
        repository: charts::CERT_MANAGER,
        version: c.chart.clone(),
        release: "cert-manager",
        namespace: SPACE,
    };
    let namespace = kube::object_with("v1", "Namespace", (SPACE, NAMESPACE), None, NAMESPACE, |m| {
        m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("restricted", NAMESPACE)));
    });
    let mut all = vec![
        Part::values("cert-manager", chart, values(c, shut(view)), VALUES),
        Part::object("cert-manager", "namespace", namespace, NAMESPACE),
    ];
    for i in &c.issuers {
        all.push(Part::object("cert-manager", &words!["clusterissuer-", i.name].text, issuer(i, view), ISSUER));
    }
    for (_, g) in view.layer.gateways() {
        for l in &g.listeners {
            if let (Some(Tls::By(by)), Some(host)) = (&l.tls, &l.host) {
                let name = words!["certificate-", g.name, "-", l.name].text;
                let mut doc = certificate(view.layer, g, l, by);
                doc.sub("spec", CERTIFICATE).list("dnsNames", CERTIFICATE, |n| n.push(host));
                all.push(Part::object("cert-manager", &name, doc, CERTIFICATE));
            }
        }
    }
    all
}

/// Whether something stands between its pods and name servers of the Internet: a default deny, or a firewall.
fn shut(view: &View<'_>) -> bool {
    view.layer.policies.as_ref().is_some_and(|p| p.deny.is_some()) || !view.t.firewalls.is_empty()
}

fn values(c: &Certificates, shut: bool) -> Map {
    // The chart's version is in its reference; what is known of it says nothing about values.
    let Certificates { chart: _, caps: _, replicas, metrics, resolvers, issuers, at: _ } = c;
    let through = |way: WayIn| {
        issuers.iter().find_map(|i| match &i.kind {
            IssuerKind::Acme(a) => a.http01.filter(|w| w.v == way),
            IssuerKind::Ca(_) | IssuerKind::SelfSigned(_) => None,
        })
    };
    let mut doc = Map::new();
    doc.map("crds", CRDS, |m| m.put("enabled", (true, CRDS)));
    doc.put("replicaCount", replicas);
    doc.map("webhook", VALUES, |m| m.put("replicaCount", replicas));
    let (by_gateway, by_nginx) = (through(WayIn::Gateway), through(WayIn::Nginx));
    if by_gateway.is_some() || by_nginx.is_some() {
        doc.map("config", CONFIG, |m| {
            m.put("apiVersion", ("controller.config.cert-manager.io/v1alpha1", CONFIG));
            m.put("kind", ("ControllerConfiguration", CONFIG));
            if by_gateway.is_some() {
                m.map("gatewayAPI", GATEWAY_API, |g| g.put("enabled", (true, GATEWAY_API)));
            }
            if by_nginx.is_some() {
                m.map("featureGates", PATH_TYPE, |f| f.put("ACMEHTTP01IngressPathTypeExact", (false, PATH_TYPE)));
            }
        });
    }
    doc.map("prometheus", METRICS, |m| m.put("enabled", metrics));
    if let [first, rest @ ..] = &resolvers[..] {
        let all = rest.iter().fold(words![first, ":53"], |all, r| words![all, ",", r, ":53"]);
        doc.put("dns01RecursiveNameservers", (all, RESOLVERS));
        doc.put("dns01RecursiveNameserversOnly", (true, RESOLVERS));
    } else if let (true, Some(first)) = (shut, issuers.iter().find_map(|i| i.acme()?.dns01.first())) {
        let key = Composed { text: "dns01RecursiveNameserversOnly".into(), why: vec![first.at] };
        doc.put(key, (true, ASKED_INSIDE));
    }
    doc
}

fn issuer(i: &Issuer, view: &View<'_>) -> Map {
    let Issuer { name, kind, at: _ } = i;
    let mut kept = Map::new();
    let mut spec = Map::new();
    match kind {
        IssuerKind::Acme(a) => {
            for d in &a.dns01 {
                keep(&mut kept, &d.secret, key(&d.provider), view);
            }
            spec.map("acme", ISSUER, |m| acme(name, a, view, m));
        }
        IssuerKind::Ca(secret) => {
            keep(&mut kept, secret, "tls.crt and tls.key", view);
            let name = &view.t.secret(secret.v).name;
            spec.map("ca", CA, |m| m.put("secretName", (words![name].citing(secret.at), CA)));
        }
        IssuerKind::SelfSigned(stated) => {
            spec.put(Composed { text: "selfSigned".into(), why: vec![stated.at] }, (Map::new(), SELF_SIGNED));
        }
    }
    let mut doc = kube::object_with(API, "ClusterIssuer", name, None, ISSUER, |m| {
        if !kept.is_empty() {
            m.put("annotations", (kept, KEPT));
        }
    });
    doc.put("spec", (spec, ISSUER));
    doc
}

/// Says in an annotation where a Secret that somebody makes by hand comes from.
fn keep(kept: &mut Map, secret: &Sp<SecretId>, keys: &'static str, view: &View<'_>) {
    let (annotation, from) = kube::kept(view, secret, keys);
    if kept.get(&annotation.text).is_none() {
        kept.put(annotation, (from, KEPT));
    }
}

/// The key in the Secret.
fn key(p: &Provider) -> &'static str {
    match p {
        Provider::Cloudflare(_) => "api-token",
        Provider::Rfc2136 { .. } => "tsig-secret",
        Provider::Route53 { .. } => "secret-access-key",
    }
}

fn acme(issuer: &Sp<Name>, a: &Acme, view: &View<'_>, m: &mut Map) {
    let Acme { directory, email, http01, dns01, at: _ } = a;
    match directory {
        Directory::LetsEncrypt(d) => {
            let url = match d.v {
                AcmeDirectory::Production => "https://acme-v02.api.letsencrypt.org/directory",
                AcmeDirectory::Staging => "https://acme-staging-v02.api.letsencrypt.org/directory",
            };
            m.put("server", (words![url].citing(d.at), LETS_ENCRYPT));
        }
        Directory::Url(url) => m.put("server", url),
    }
    m.put_some("email", email.as_ref());
    m.map("privateKeySecretRef", ACCOUNT, |r| r.put("name", (words![issuer, "-account-key"], ACCOUNT)));
    m.list("solvers", ISSUER, |l| {
        for d in dns01 {
            l.map(DNS01, |s| dns(d, view, s));
        }
        if let Some(via) = http01 {
            l.map(HTTP01, |s| s.map("http01", HTTP01, |h| http(via, view, h)));
        }
    });
}

fn http(via: &Sp<WayIn>, view: &View<'_>, h: &mut Map) {
    match via.v {
        WayIn::Nginx => {
            let nginx = view.layer.ingresses.iter().find_map(|i| i.nginx());
            h.map("ingress", HTTP01, |m| {
                if let Some(n) = nginx {
                    m.put("ingressClassName", (words![n.class].citing(via.at), HTTP01));
                }
            });
        }
        WayIn::Gateway => h.map("gatewayHTTPRoute", HTTP01, |m| {
            m.list("parentRefs", HTTP01, |l| {
                let Some((_, g)) = gateway(view.layer) else { return };
                // Only where challenges are asked: without TLS, on port 80, whatever the name.
                let web = |l: &&Listener| l.port.v == 80 && l.tls.is_none() && l.host.is_none();
                for plain in g.listeners.iter().filter(web) {
                    l.map(HTTP01, |p| {
                        p.put("group", ("gateway.networking.k8s.io", HTTP01));
                        p.put("kind", ("Gateway", HTTP01));
                        p.put("name", (words![g.name].citing(via.at), HTTP01));
                        p.put("namespace", &g.name);
                        p.put("sectionName", &plain.name);
                    });
                }
            });
        }),
    }
}

fn dns(d: &Dns01, view: &View<'_>, s: &mut Map) {
    let Dns01 { zones, secret, provider, at: _ } = d;
    if !zones.is_empty() {
        s.map("selector", ZONES, |m| {
            m.list("dnsZones", ZONES, |l: &mut List| zones.iter().for_each(|z| l.push(z)));
        });
    }
    let reference = |m: &mut Map| {
        let name = &view.t.secret(secret.v).name;
        m.put("name", (words![name].citing(secret.at), DNS01));
        m.put("key", (key(provider), DNS01));
    };
    let chosen = |word: &str, by: &Sp<DnsProvider>| Composed { text: word.into(), why: vec![by.at] };
    s.map("dns01", DNS01, |m| match provider {
        Provider::Cloudflare(by) => m.map(chosen("cloudflare", by), DNS01, |c| {
            c.map("apiTokenSecretRef", DNS01, reference);
        }),
        Provider::Rfc2136 { server, key_name, algorithm, by } => m.map(chosen("rfc2136", by), DNS01, |c| {
            c.put("nameserver", (words![server, ":53"], DNS01));
            c.put("tsigKeyName", key_name);
            let signs = match algorithm.v {
                TsigAlgorithm::HmacSha256 => "HMACSHA256",
                TsigAlgorithm::HmacSha512 => "HMACSHA512",
            };
            c.put("tsigAlgorithm", (words![signs].citing(algorithm.at), DNS01));
            c.map("tsigSecretSecretRef", DNS01, reference);
        }),
        Provider::Route53 { region, access_key, by } => m.map(chosen("route53", by), DNS01, |c| {
            c.put("region", region);
            c.put("accessKeyID", access_key);
            c.map("secretAccessKeySecretRef", DNS01, reference);
        }),
    });
}

fn certificate(layer: &Layer, g: &Gateway, l: &Listener, by: &Sp<Name>) -> Map {
    let rule: Rule = CERTIFICATE;
    let mut doc = kube::object_with(API, "Certificate", (words![g.name, "-", l.name], rule), None, rule, |m| {
        m.put("namespace", &g.name);
    });
    doc.map("spec", rule, |s| {
        s.put("secretName", (certificate_secret(layer, g, l), rule));
        s.map("issuerRef", rule, |r| {
            r.put("group", ("cert-manager.io", rule));
            r.put("kind", ("ClusterIssuer", rule));
            r.put("name", by);
        });
    });
    doc
}
