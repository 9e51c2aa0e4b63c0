//! Pass: what the platform's own pages need under a default deny; spells nothing.

use super::super::Cx;
use super::super::layer::At;
use super::platform::{pods, ports, traffic};
use super::*;
use crate::consumer::{OUTPOST, OUTPOST_PORT, PAGES as SPACE, Protocol, behind};

/// Those who are named come to the gateway, the gateway to the pods behind a page, the outpost to those behind it.
pub(super) fn needs(x: &At<'_>, by: DenyBy, cx: &mut Cx<'_>) -> Vec<Need> {
    let Some(ui) = &x.layer.ui else { return Vec::new() };
    let id = x.index.cluster(&x.cluster.name.v);
    let web = ports(&[(Protocol::Tcp, 443, 443)], PAGES);
    let open = derived::allowance("pages", ui.from.clone(), Vec::new(), web, PAGES, ui.at, cx);
    let gateway = PolicyPeer::Entities(vec![cx.make(Entity::Ingress, GATEWAY_IS_ENTITY, &[ui.at])]);
    let mut all = vec![Need {
        name: "pages",
        about: match (shared(x), ui.ranges.is_empty()) {
            (true, false) => {
                "Those who are named may come to the pages' gateway; the other gateway's policy lets others come too, so its service takes the connections of their networks alone."
            }
            (true, true) => {
                "Those who are named may come to the pages' gateway; the other gateway's policy lets others come too, so the firewall keeps them off."
            }
            (false, _) => "Cilium's gateway takes requests for the platform's pages from those who are named.",
        },
        subject: Subject::Own(Entity::Ingress),
        ingress: peers::traffic(x, id, &open, Side::In, Sp::new(by, ui.at), cx),
        egress: vec![traffic(
            PolicyPeer::Entities(vec![cx.make(Entity::Cluster, PAGE_IN, &[ui.at])]),
            Ports::default(),
        )],
        why: PAGES,
        by: ui.at,
    }];
    let outpost = pods(SPACE, &[("app.kubernetes.io/name", OUTPOST)], OUTPOST_OUT.origin());
    let mut handed = Vec::new();
    for p in &ui.pages {
        let there = behind(p.of.v);
        let at = cx.derived(PAGE_IN, &[p.of.at]);
        let own = pods(there.namespace, &[there.label], at);
        let port = ports(&[(Protocol::Tcp, there.pod_port, there.pod_port)], PAGE_IN);
        let asks = match p.login {
            // Ceph's daemons are on the nodes' own network, where no policy selects them.
            PageLogin::Outpost if p.of.v == PageOf::Ceph => {
                handed.extend(platform::dashboard(x, at, cx));
                continue;
            }
            PageLogin::Outpost => {
                handed.push(traffic(PolicyPeer::Pods(vec![own.clone()]), port.clone()));
                PolicyPeer::Pods(vec![outpost.clone()])
            }
            PageLogin::Oidc { .. } | PageLogin::Own => gateway.clone(),
        };
        all.push(Need {
            name: named(p.of.v),
            about: "The gateway, or the outpost before it, hands requests to the pods behind a page.",
            subject: Subject::Pods(own),
            ingress: vec![traffic(asks, port)],
            egress: Vec::new(),
            why: PAGE_IN,
            by: p.at,
        });
    }
    if !handed.is_empty() {
        all.push(Need {
            name: "pages-outpost",
            about: "The outpost takes requests from the gateway and hands them to the pods behind pages.",
            subject: Subject::Pods(outpost),
            ingress: vec![traffic(gateway, ports(&[(Protocol::Tcp, OUTPOST_PORT, OUTPOST_PORT)], OUTPOST_OUT))],
            egress: handed,
            why: OUTPOST_OUT,
            by: ui.at,
        });
    }
    all
}

/// Whether another gateway listens where the pages' does: all gateways of Cilium are one endpoint (`reserved:ingress`), whose
/// policies add up, and who may come to one on a port may come to each.
fn shared(x: &At<'_>) -> bool {
    x.layer.ingresses.iter().filter_map(|i| i.gateway()).any(|g| g.listeners.iter().any(|l| l.port.v == 443))
}

fn named(of: PageOf) -> &'static str {
    match of {
        PageOf::Alertmanager => "page-alertmanager",
        PageOf::ArgoCd => "page-argo-cd",
        PageOf::Ceph => "page-ceph",
        PageOf::Grafana => "page-grafana",
        PageOf::Hubble => "page-hubble",
        PageOf::Kubesphere => "page-kubesphere",
        PageOf::Prometheus => "page-prometheus",
    }
}
