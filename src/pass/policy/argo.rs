//! Pass: what Argo CD needs under a default deny, and whom it asks about people; nothing where it is not.

use super::super::Cx;
use super::super::layer::At;
use super::derived::{Stated, allowance};
use super::platform::{entities, name_in, pods, ports, traffic};
use super::*;
use crate::consumer::{GITHUB, Protocol};

/// The namespace that Argo CD is in by its own manual.
const SPACE: &str = "argocd";

/// Pods of one of its parts, as the chart labels them.
fn part(name: &str, at: Origin) -> Selector {
    pods(SPACE, &[("app.kubernetes.io/name", name)], at)
}

/// Its pods among themselves, what people and the repository need; API servers and name servers are for every pod.
pub(super) fn needs(x: &At<'_>, d: &DefaultDeny, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let Some(g) = x.layer.gitops.as_ref().filter(|_| d.covers(Some(SPACE))) else { return Vec::new() };
    let own = pods(SPACE, &[], g.at);
    let mut ingress = vec![traffic(PolicyPeer::Pods(vec![own.clone()]), Ports::default())];
    let among = ingress.clone();
    let mut all = Vec::new();
    if x.layer.ui.as_ref().is_some_and(|u| u.page(PageOf::ArgoCd).is_some()) {
        ingress.clear();
        ingress.push(entities(&[Entity::Ingress], ports(&[(Protocol::Tcp, 8080, 8080)], ARGO_CD), ARGO_CD));
        all.push(Need {
            name: "argo-cd-server",
            about: "People reach Argo CD by the gateway of the pages.",
            subject: Subject::Pods(part("argocd-server", g.at)),
            ingress,
            egress: Vec::new(),
            why: ARGO_CD,
            by: g.at,
        });
    }
    // A NetworkPolicy has no names.
    if by == DenyBy::Cilium {
        let names = places(x, g, cx);
        let mut egress = Vec::new();
        for (port, names) in names {
            let span = cx.make(PortSpan((port, port)), ARGO_CD_READS, &[g.repo.url.at]);
            let open =
                Ports { ports: vec![(Protocol::Tcp, span)], icmp: Vec::new(), protocols: Vec::new(), at: Vec::new() };
            egress.push(traffic(PolicyPeer::Names(names), open));
        }
        egress.extend(peers::dns(x, by, true, cx));
        all.push(Need {
            name: "argo-cd-repositories",
            about: "Argo CD reads the tree and the charts where they are.",
            subject: Subject::Pods(part("argocd-repo-server", g.at)),
            ingress: Vec::new(),
            egress,
            why: ARGO_CD_READS,
            by: g.at,
        });
    }
    all.push(Need {
        name: "argo-cd",
        about: "Argo CD's pods talk to each other.",
        subject: Subject::Pods(own),
        ingress: among.clone(),
        egress: among,
        why: ARGO_CD,
        by: g.at,
    });
    all
}

/// Names of servers that the repository server reads from, by port, ordered: the repository's and those of charts. One that
/// is stated as a number has no name to allow; it needs an `allow`.
fn places(x: &At<'_>, g: &Gitops, cx: &mut Cx<'_>) -> Vec<(u16, Vec<Sp<NamePattern>>)> {
    let l = x.layer;
    let mut of: Vec<(&str, Origin)> = vec![("argoproj.github.io", g.at)];
    of.extend(l.cilium.iter().map(|c| ("helm.cilium.io", c.chart.at)));
    for b in &l.balancers {
        match b.by.v {
            Announcer::Metallb => of.push(("metallb.github.io", b.by.at)),
            Announcer::Cilium => {}
        }
    }
    of.extend(l.certificates.iter().map(|c| ("charts.jetstack.io", c.at)));
    for i in &l.ingresses {
        match &i.kind {
            IngressKind::Nginx(_) => of.push(("kubernetes.github.io", i.at)),
            // The resources of the Gateway API are files of a release.
            IngressKind::Gateway(_) => of.push(("github.com", i.at)),
        }
    }
    of.extend(l.storage.iter().flat_map(|s| [("charts.rook.io", s.at), ("ceph.github.io", s.at)]));
    of.extend(l.nested.iter().flat_map(|n| [("kubeovn.github.io", n.at), ("raw.githubusercontent.com", n.at)]));
    of.extend(l.monitoring.iter().map(|m| ("prometheus-community.github.io", m.at)));
    // An index there leads to files of releases, and those to where GitHub keeps them.
    if let Some((_, at)) = of.iter().find(|(name, _)| name.ends_with("github.io") || *name == "github.com").copied() {
        of.extend(GITHUB.iter().map(|name| (*name, at)));
    }
    let mut https: Vec<Sp<NamePattern>> =
        of.iter().map(|(name, at)| cx.make(NamePattern((*name).into()), ARGO_CD_READS, &[*at])).collect();
    let mut all = Vec::new();
    let url = g.repo.url.as_ref().map(|u| Url(u.0.clone()));
    if let Some(name) = name_in(&url) {
        let plain = g.repo.url.v.starts_with("http://");
        let host = g.repo.url.v.split("://").nth(1).and_then(|r| r.split('/').next()).unwrap_or_default();
        let port = host.split_once(':').and_then(|(_, p)| p.parse().ok()).unwrap_or(if plain { 80 } else { 443 });
        if port == 443 { https.push(name) } else { all.push((port, vec![name])) }
    }
    https.sort_by(|a, b| a.v.cmp(&b.v));
    https.dedup_by(|a, b| a.v == b.v);
    all.push((443, https));
    all.sort_by_key(|(port, _)| *port);
    all
}

/// Its server asks who knows people, where people log in by that.
pub(super) fn asks(s: &Stated<'_>, c: &facts::ClusterFacts, id: ClusterId, cx: &mut Cx<'_>) -> Option<Allow> {
    let (g, u) = (c.gitops.as_ref()?, c.ui.as_ref()?);
    // Without a network plugin of ours nobody holds pods to anything.
    c.network.as_ref()?;
    let page = u.page.iter().find(|p| p.of.is_some_and(|of| of.v == PageOf::ArgoCd))?;
    let stated = u.identity.as_ref()?;
    let identity = s.index.identity(&stated.v.0);
    if !identity.is_known() || !s.t.identity(identity).machine.v.is_known() {
        return None;
    }
    let machine = s.t.identity(identity).machine;
    let from = Pods { cluster: id, selector: part("argocd-server", page.at), at: g.at };
    let to = Sp::new(machine.v, cx.derived(ARGO_CD_ASKS, &[stated.at, machine.at]));
    let name = format!("Argo CD of {} asks who people are", s.t.cluster(id).name);
    let web = ports(&[(Protocol::Tcp, 443, 443)], ARGO_CD_ASKS);
    Some(allowance(
        &name,
        vec![PolicyZone::Pods(from)],
        vec![PolicyZone::Machine(to, None)],
        web,
        ARGO_CD_ASKS,
        g.at,
        cx,
    ))
}
