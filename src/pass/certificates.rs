//! Pass: certificates and who issues them.

use super::layer::At;
use super::{Cx, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    45;
    REPLICAS = "two, so that one may be lost" @ "RFC 5.6; cert-manager, High Availability";
    METRICS = "figures are told, as the chart does it" @ "cert-manager 1.21.1, prometheus.enabled";
    ALGORITHM = "a TSIG key signs with HMAC-SHA-256, as nothing else is stated" @ "RFC 8945 section 6";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Certificates> {
    let c = x.c.certificates.as_ref()?;
    let mut issuers: Vec<Issuer> = c.issuer.iter().filter_map(|i| issuer(i, x, cx)).collect();
    issuers.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    let target = x.t.targets.cluster.cert_manager.clone()?;
    Some(Certificates {
        chart: super::ingress::with_kubernetes(&target.version, x, cx),
        caps: target.caps,
        replicas: or(c.replicas.map(|r| r.map(|n| n.0)), 2, REPLICAS),
        metrics: or(c.metrics, true, METRICS),
        resolvers: c.resolvers.iter().map(|r| r.map(|a| a.0)).collect(),
        issuers,
        at: c.at,
    })
}

/// An issuer is one thing: an ACME server, a CA, or each certificate itself.
fn issuer(i: &IssuerFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Issuer> {
    let name = i.name.as_ref()?;
    let itself = i.self_signed.filter(|s| s.v);
    let said: Vec<Origin> = [i.acme.as_ref().map(|a| a.at), i.ca.as_ref().map(|c| c.at), itself.map(|s| s.at)]
        .into_iter()
        .flatten()
        .collect();
    if let [first, second, ..] = said[..] {
        let (a, b) = (cx.span(second), cx.span(first));
        cx.report(
            Diag::new(code::E0971, format!("issuer {} is two things", name.v.0))
                .at(a, "this")
                .at(b, "and this")
                .help("give each an `issuer` of its own"),
        );
        return None;
    }
    let kind = match (&i.acme, &i.ca, itself) {
        (Some(a), _, _) => IssuerKind::Acme(acme(a, &name.v.0, x, cx)?),
        (_, Some(ca), _) => IssuerKind::Ca(secret(ca.secret.as_ref()?, x)?),
        (_, _, Some(itself)) => IssuerKind::SelfSigned(itself),
        (None, None, None) => {
            let at = cx.span(i.at);
            cx.report(
                Diag::new(code::E0971, format!("nothing says how {} issues", name.v.0))
                    .at(at, "neither `acme` nor `ca` nor `self-signed`")
                    .help("acme \"production\" { http01 via=\"gateway\" }"),
            );
            return None;
        }
    };
    Some(Issuer { name: Sp::new(name.v.0.clone(), name.at), kind, at: i.at })
}

fn secret(s: &Sp<SecretRef>, x: &At<'_>) -> Option<Sp<SecretId>> {
    Some(Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())
}

fn acme(a: &AcmeFacts, issuer: &Name, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Acme> {
    let directory = match (a.directory, &a.url) {
        (Some(d), None) => Some(Directory::LetsEncrypt(d)),
        (None, Some(url)) => Some(Directory::Url(url.clone())),
        (Some(d), Some(url)) => {
            let (at, other) = (cx.span(url.at), cx.span(d.at));
            cx.report(
                Diag::new(code::E0971, format!("issuer {issuer} has two directories"))
                    .at(at, "this one")
                    .at(other, "and Let's Encrypt's")
                    .help("keep one of the two"),
            );
            None
        }
        (None, None) => {
            let at = cx.span(a.at);
            cx.report(
                Diag::new(code::E0971, format!("nothing says which ACME server {issuer} asks"))
                    .at(at, "neither a word nor `url`")
                    .help("acme \"production\""),
            );
            None
        }
    };
    if a.http01.is_none() && a.dns01.is_empty() {
        let at = cx.span(a.at);
        cx.report(
            Diag::new(code::E0971, format!("{issuer} has no way to show that a name is ours"))
                .at(at, "neither `http01` nor `dns01`")
                .help("http01 via=\"gateway\""),
        );
    }
    let mut dns01: Vec<Dns01> = a.dns01.iter().filter_map(|d| dns(d, x, cx)).collect();
    dns01.sort_by_key(|d| d.provider.by().v);
    Some(Acme {
        directory: directory?,
        email: a.email.clone().or_else(|| x.t.meta.as_ref()?.contact.clone()),
        http01: a.http01.as_ref().and_then(|h| h.via),
        dns01,
        at: a.at,
    })
}

/// What a provider needs is stated, and nothing that only others need.
fn dns(d: &Dns01Facts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Dns01> {
    let by = d.by?;
    let words = [
        ("server", d.server.map(|s| s.at), DnsProvider::Rfc2136, "server \"192.0.2.53\""),
        ("key-name", d.key_name.as_ref().map(|k| k.at), DnsProvider::Rfc2136, "key-name \"cert-manager\""),
        ("algorithm", d.algorithm.map(|a| a.at), DnsProvider::Rfc2136, ""),
        ("region", d.region.as_ref().map(|r| r.at), DnsProvider::Route53, "region \"eu-central-1\""),
        ("access-key", d.access_key.as_ref().map(|k| k.at), DnsProvider::Route53, "access-key \"AKIA…\""),
    ];
    for (word, at, of, sample) in words {
        let here = cx.span(by.at);
        match at {
            Some(at) if of != by.v => {
                let at = cx.span(at);
                cx.report(
                    Diag::new(code::E0971, format!("`{word}` is a word of {of}, the challenge goes to {}", by.v))
                        .at(at, "this has no effect")
                        .at(here, "this provider")
                        .help(format!("remove `{word}`")),
                );
            }
            None if of == by.v && !sample.is_empty() && !cx.spoiled.contains(&(d.at, word)) => {
                cx.report(
                    Diag::new(code::E0971, format!("{of} needs `{word}`")).at(here, "this provider").help(sample),
                );
            }
            _ => {}
        }
    }
    let provider = match by.v {
        DnsProvider::Cloudflare => Provider::Cloudflare(by),
        DnsProvider::Rfc2136 => Provider::Rfc2136 {
            server: d.server?.map(|a| a.0),
            key_name: d.key_name.clone()?,
            algorithm: or(d.algorithm, TsigAlgorithm::HmacSha256, ALGORITHM),
            by,
        },
        DnsProvider::Route53 => Provider::Route53 { region: d.region.clone()?, access_key: d.access_key.clone()?, by },
    };
    Some(Dns01 { zones: d.zone.clone(), secret: secret(d.secret.as_ref()?, x)?, provider, at: d.at })
}
