//! Pass: the platform's own pages: their gateway, their names, how people log in; spells nothing.

use ipnet::Ipv4Net;

use super::layer::At;
use super::{Cx, ingress, literal, policy};
use crate::consumer::{PAGES, behind};
use crate::diag::{Diag, code};
use crate::ir::facts::{PageFacts, UiFacts};
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    63;
    NAMED = "a page has its word as its name in the domain of the pages, as nothing else is stated" @ "RFC 7.3; language reference";
    OWN_WAY = "the platform's own pages have a gateway of their own, which nothing publishes" @ "RFC 7.3; Gateway API v1, Gateway";
    ONLY_TLS = "people log in to these pages, so they are served with TLS alone" @ "RFC 7.3; RFC 9110 section 4.2.2";
    RANGES = "the gateway's service takes connections of the networks of those who are named alone" @ "Kubernetes, Service, loadBalancerSourceRanges; Cilium 1.18, CiliumGatewayClassConfig";
    CLIENT = "a page is known to the identity server by its word and its cluster" @ "RFC 3.2; language reference";
    TAKEN = "the gateway takes routes of the namespaces that the pages are in" @ "Gateway API v1, AllowedRoutes";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Ui> {
    let u = x.c.ui.as_ref()?;
    let UiFacts { at, address, certificate_by, domain, identity, outpost, from, page } = u;
    let identity = identity.as_ref().map(|i| Sp::new(x.index.identity(&i.v.0), i.at)).filter(|i| i.v.is_known());
    let secret = |s: &Sp<SecretRef>| Some(Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known());
    let domain = domain.clone().or_else(|| x.t.meta.as_ref()?.domain.clone());
    let Some(domain) = domain else {
        if !super::domain_reported(x.facts, cx) {
            let span = cx.span(*at);
            cx.report(
                Diag::new(code::E1200, "nobody knows the names of these pages")
                    .at(span, "the topology has no domain, and no `domain` is stated")
                    .help("domain \"internal.example.net\""),
            );
        }
        return None;
    };
    let from = from.as_ref()?;
    let zones = policy::places(&from.zones, from.at, x.facts, x.index, x.t, cx)?;
    let from = policy::callers(zones, from.at, cx)?;
    // The only server that knows people, or what one may be called.
    let server = match &x.t.identities[..] {
        [only] => only.name.v.as_str(),
        _ => "authentik",
    };
    let mut pages: Vec<Page> =
        page.iter().filter_map(|p| self::page((p, u), &domain, (identity, server), secret, x.cluster, cx)).collect();
    pages.sort_by_key(|p| p.of.v);
    twice(&pages, cx);
    pages.dedup_by_key(|p| p.of.v);
    let outpost = outpost.as_ref().and_then(secret);
    let pinned = ingress::address(address.as_ref()?, x, cx)?;
    let giver = ingress::giver(&pinned.0.v, x, cx);
    let gateway = gateway(u, &pages, certificate_by.as_ref()?, x, cx)?;
    let by = cx.make(WayIn::Gateway, OWN_WAY, &[*at]);
    let way = Ingress { by, address: Some(pinned), giver, kind: IngressKind::Gateway(gateway), at: *at };
    let ranges = ranges(x, &from, cx);
    Some(Ui { way, identity, outpost, from, ranges, pages, at: *at })
}

/// The networks of those who are named. One that is none (a list that is fetched, the Internet) leaves all to the firewall:
/// a list of the others would shut it out.
fn ranges(x: &At<'_>, from: &[PolicyZone], cx: &mut Cx<'_>) -> Vec<Sp<Ipv4Net>> {
    let mut all = Vec::new();
    for z in from {
        // Pods come from inside, where nobody asks for a range.
        if matches!(z, PolicyZone::Pods(_)) {
            continue;
        }
        // The router has its own address from whoever it masquerades.
        let without = if let PolicyZone::Vlan(v) = z { Some(policy::vlan_net(x.t, *v, cx)) } else { None };
        let without = without.map(PolicyZone::Net);
        let vpn = |name: &Name| policy::vpn_net(x.facts, name);
        let known = literal::nets(x.t, vpn, without.as_ref().unwrap_or(z), RANGES, cx);
        let Ok(nets) = known else { return Vec::new() };
        all.extend(nets);
    }
    all.sort_by_key(|n: &Sp<Ipv4Net>| n.v);
    all.dedup_by_key(|n| n.v);
    all
}

fn page(
    (p, u): (&PageFacts, &UiFacts),
    domain: &Sp<Domain>,
    (identity, server): (Option<Sp<IdentityId>>, &str),
    find: impl Fn(&Sp<SecretRef>) -> Option<Sp<SecretId>>,
    cluster: &Cluster,
    cx: &mut Cx<'_>,
) -> Option<Page> {
    let PageFacts { at, of, name, secret, admins, readers } = p;
    let of = (*of)?;
    let host = match name {
        Some(n) => cx.make(Domain(format!("{}.{}", n.v, domain.v).into()), NAMED, &[n.at, domain.at]),
        None => cx.make(Domain(format!("{}.{}", of.v, domain.v).into()), NAMED, &[of.at, domain.at]),
    };
    let people = |list: &[Sp<PeopleRef>]| {
        let mut all: Vec<Sp<Name>> = list.iter().map(|n| Sp::new(n.v.0.clone(), n.at)).collect();
        all.sort_by(|a, b| a.v.cmp(&b.v));
        all
    };
    let (admins, readers) = (people(admins), people(readers));
    let asks = behind(of.v).oidc;
    // Whose word says nothing where nobody knows people, or where the outpost asks for the page.
    let idle = match (identity, asks) {
        (None, _) => secret.as_ref().map(|s| ("secret", s.at)).or_else(|| {
            let people = admins.first().map(|g| ("admins", g.at));
            people.or_else(|| readers.first().map(|g| ("readers", g.at)))
        }),
        (Some(_), false) => secret.as_ref().map(|s| ("secret", s.at)),
        (Some(_), true) => None,
    };
    if let (Some((_, said)), None) = (idle, identity) {
        // Of an `identity` that is wrong it was reported.
        if u.identity.is_none() && !cx.spoiled.contains(&(u.at, "identity")) {
            let (a, b) = (cx.span(said), cx.span(u.at));
            cx.report(
                Diag::new(
                    code::E1215,
                    "nobody who knows people is named in `ui`, so what pages say of them does nothing",
                )
                .gathered()
                .at(a, "nobody would ask for this")
                .at(b, "here")
                .help(format!("identity \"{server}\"")),
            );
        }
        return None;
    }
    if let Some((word, said)) = idle {
        let (a, b) = (cx.span(said), cx.span(of.at));
        cx.report(
            Diag::new(code::E1215, format!("`{word}` does nothing for page \"{}\"", of.v))
                .at(a, "nobody would ask for this")
                .at(b, "the outpost logs people in before this page")
                .help(format!("remove `{word}`")),
        );
        return None;
    }
    let spoiled = |word: &'static str| cx.spoiled.contains(&(*at, word));
    let login = match (identity, asks) {
        (Some(_), true) => match secret {
            Some(s) => PageLogin::Oidc { client: client(&of, cluster, cx), secret: find(s)? },
            None if spoiled("secret") => return None,
            None => {
                let span = cx.span(of.at);
                cx.report(
                    Diag::new(code::E1216, format!("page \"{}\" cannot log people in", of.v))
                        .at(span, "it asks for them by OpenID Connect, and has no client secret")
                        .at(cx.span(identity.map_or(u.at, |i| i.at)), "here")
                        .help(format!("secret \"{}-oidc\"", of.v)),
                );
                return None;
            }
        },
        (Some(_), false) => {
            if u.outpost.is_none() && !cx.spoiled.contains(&(u.at, "outpost")) {
                let (a, b) = (cx.span(of.at), cx.span(u.at));
                cx.report(
                    Diag::new(code::E1216, "pages that ask nobody who they are need an outpost, and `ui` has none")
                        .gathered()
                        .at(a, "an outpost stands before this one")
                        .at(b, "its token is not named")
                        .help("outpost \"pages-outpost\""),
                );
                return None;
            }
            PageLogin::Outpost
        }
        (None, _) => PageLogin::Own,
    };
    Some(Page { of, host, login, admins, readers, at: *at })
}

/// What a page is called where people are known: clusters that have the same page may share a server.
pub(super) fn client(of: &Sp<PageOf>, cluster: &Cluster, cx: &mut Cx<'_>) -> Sp<Label> {
    let name = format!("{}-{}", of.v, cluster.name.v);
    cx.make(Label(name.into()), CLIENT, &[of.at, cluster.name.at])
}

/// Their gateway: a listener for each, and whose routes it takes.
fn gateway(u: &UiFacts, pages: &[Page], by: &Sp<IssuerRef>, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Gateway> {
    let api = ingress::with_kubernetes(&x.t.targets.cluster.gateway_api.as_ref()?.version, x, cx);
    let mut listeners = Vec::new();
    let mut namespaces: Vec<Sp<ObjectName>> = Vec::new();
    for p in pages {
        listeners.push(Listener {
            name: p.of.map(|of| ObjectName(of.word().into())),
            port: cx.make(443, ONLY_TLS, &[p.of.at]),
            host: Some(p.host.clone().map(|h| HostPattern(h.0))),
            tls: Some(Tls::By(Sp::new(by.v.0.clone(), by.at))),
            at: p.at,
        });
        let place = match p.login {
            PageLogin::Outpost => PAGES,
            PageLogin::Oidc { .. } | PageLogin::Own => behind(p.of.v).namespace,
        };
        namespaces.push(cx.make(ObjectName(place.into()), TAKEN, &[p.of.at]));
    }
    listeners.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    namespaces.sort_by(|a, b| a.v.cmp(&b.v));
    namespaces.dedup_by(|a, b| a.v == b.v);
    let name = cx.make(ObjectName(PAGES.into()), OWN_WAY, &[u.at]);
    let redirects = cx.make(false, ONLY_TLS, &[u.at]);
    Some(Gateway { api, name, listeners, routes: Routes::Namespaces(namespaces), redirects, redirect: None })
}

/// E0207: two pages of one kind, or of one name.
fn twice(pages: &[Page], cx: &mut Cx<'_>) {
    for (i, p) in pages.iter().enumerate() {
        let same = |q: &&Page| q.of.v == p.of.v || q.host.v == p.host.v;
        let Some(first) = pages[..i].iter().find(same) else { continue };
        let at = |p: &Page| -> Origin { p.of.at };
        let (x, y) = (cx.span(at(p)), cx.span(at(first)));
        let what = if first.of.v == p.of.v { p.of.v.word() } else { &p.host.v.0 };
        cx.report(
            Diag::new(code::E0207, format!("\"{what}\" is the name of more than one page"))
                .at(x, "again here")
                .at(y, "first here")
                .help("keep one of the two, or give one another `at`"),
        );
    }
}
