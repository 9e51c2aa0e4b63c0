//! Pass: the platform's own pages: their gateway, their names, how people log in; spells nothing.

use super::layer::At;
use super::{Cx, ingress};
use crate::diag::{Diag, code};
use crate::ir::facts::{PageFacts, UiFacts};
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    63;
    NAMED = "a page has its word as its name in the domain of the pages, as nothing else is stated" @ "RFC 7.3; language reference";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Ui> {
    let u = x.c.ui.as_ref()?;
    let UiFacts { at, address, certificate_by, domain, identity, outpost, from, page } = u;
    let identity = identity.as_ref().map(|i| Sp::new(x.index.identity(&i.v.0), i.at)).filter(|i| i.v.is_known());
    let secret = |s: &Sp<SecretRef>| Some(Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known());
    let domain = domain.clone().or_else(|| x.t.meta.as_ref()?.domain.clone());
    let Some(domain) = domain else {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1200, "nobody knows the names of these pages")
                .at(span, "the topology has no domain, and no `domain` is stated")
                .help("domain \"internal.example.net\""),
        );
        return None;
    };
    let from = from.as_ref()?;
    let from = super::policy::places(&from.zones, from.at, x.facts, x.index, x.t, cx)?;
    let outpost = outpost.as_ref().and_then(secret);
    let mut pages: Vec<Page> = Vec::new();
    for p in page {
        pages.extend(self::page(p, &domain, identity, secret, cx));
    }
    pages.sort_by_key(|p| p.of.v);
    twice(&pages, cx);
    pages.dedup_by_key(|p| p.of.v);
    let (pool, number) = ingress::address(address.as_ref()?, x, cx)?;
    let giver = ingress::giver(&pool.v, x, cx)?;
    Some(Ui {
        api: ingress::with_kubernetes(&x.t.targets.cluster.gateway_api.as_ref()?.version, x, cx),
        address: (pool, number),
        giver,
        issuer: certificate_by.as_ref().map(|i| Sp::new(i.v.0.clone(), i.at))?,
        identity,
        outpost,
        from,
        pages,
        at: *at,
    })
}

fn page(
    p: &PageFacts,
    domain: &Sp<Domain>,
    identity: Option<Sp<IdentityId>>,
    find: impl Fn(&Sp<SecretRef>) -> Option<Sp<SecretId>>,
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
    let asks = match of.v {
        PageOf::ArgoCd | PageOf::Grafana | PageOf::Kubesphere => true,
        PageOf::Alertmanager | PageOf::Ceph | PageOf::Hubble | PageOf::Prometheus => false,
    };
    let login = match (identity, asks) {
        (Some(_), true) => PageLogin::Oidc(find(secret.as_ref()?)?),
        (Some(_), false) => PageLogin::Outpost,
        (None, _) => PageLogin::Own,
    };
    Some(Page { of, host, login, admins: people(admins), readers: people(readers), at: *at })
}

/// E0207: two pages of one kind.
fn twice(pages: &[Page], cx: &mut Cx<'_>) {
    let at = |p: &Page| -> Origin { p.of.at };
    for pair in pages.windows(2).filter(|p| p[0].of.v == p[1].of.v) {
        let (x, y) = (cx.span(at(&pair[1])), cx.span(at(&pair[0])));
        cx.report(
            Diag::new(code::E0207, format!("\"{}\" is the name of more than one page", pair[0].of.v))
                .at(x, "again here")
                .at(y, "first here")
                .help("keep one of the two"),
        );
    }
}
