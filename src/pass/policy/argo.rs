//! Pass: what Argo CD needs under a default deny; what its page needs is that of every page.

use super::super::Cx;
use super::super::layer::At;
use super::platform::{name_in, pods, traffic};
use super::*;
use crate::consumer::{GITHUB, Protocol, charts};

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
    let among = vec![traffic(PolicyPeer::Pods(vec![own.clone()]), Ports::default())];
    let mut all = Vec::new();
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
    let mut of: Vec<(&'static str, Origin)> = vec![(charts::ARGO_CD, g.at)];
    of.extend(l.cilium.iter().map(|c| (charts::CILIUM, c.chart.at)));
    for b in &l.balancers {
        match b.by.v {
            Announcer::Metallb => of.push((charts::METALLB, b.by.at)),
            Announcer::Cilium => {}
        }
    }
    of.extend(l.certificates.iter().map(|c| (charts::CERT_MANAGER, c.at)));
    for i in l.ways() {
        of.push(match &i.kind {
            IngressKind::Nginx(_) => (charts::INGRESS_NGINX, i.at),
            // Its resources are files of a release.
            IngressKind::Gateway(_) => (charts::GATEWAY_API, i.at),
        });
    }
    of.extend(l.storage.iter().map(|s| (charts::ROOK, s.at)));
    of.extend(l.storage.iter().filter(|s| s.caps.v.csi_drivers.is_some()).map(|s| (charts::CEPH_CSI, s.at)));
    of.extend(l.nested.iter().flat_map(|n| [(charts::KUBE_OVN, n.at), (charts::MULTUS, n.at)]));
    of.extend(l.monitoring.iter().map(|m| (charts::PROMETHEUS, m.at)));
    of.extend(l.logging.iter().flat_map(|l| [(charts::GRAFANA_COMMUNITY, l.at), (charts::GRAFANA, l.at)]));
    of.extend(l.tracing.iter().map(|t| (charts::GRAFANA_COMMUNITY, t.at)));
    of.extend(l.backup.iter().map(|b| (charts::VELERO, b.at)));
    let mut of: Vec<(&str, Origin)> = of.into_iter().map(|(url, at)| (charts::host(url), at)).collect();
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
