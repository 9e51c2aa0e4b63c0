//! Egress gateways as objects of the cluster; decides nothing.

use super::{NAMESPACE, NODE, POLICY};
use crate::emit::kube::{Part, View, object, set};
use crate::ir::{EgressGateway, EgressPods};
use crate::render::Map;

/// The policy of one gateway.
pub fn policy(view: &View<'_>, e: &EgressGateway) -> Part {
    let EgressGateway { name, pods, to, except, via, on, address, at: _ } = e;
    let mut doc = object("cilium.io/v2", "CiliumEgressGatewayPolicy", name, None, POLICY);
    let spec = doc.sub("spec", POLICY);
    spec.list("selectors", POLICY, |l| {
        for p in pods {
            l.map(POLICY, |m| selected(m, p));
        }
    });
    spec.list("destinationCIDRs", POLICY, |l| to.iter().for_each(|n| l.push(n)));
    if !except.is_empty() {
        spec.list("excludedCIDRs", POLICY, |l| except.iter().for_each(|n| l.push(n)));
    }
    let node = view.t.machine(via.v);
    let hostname = (crate::words![node.name].citing(via.at).citing(on.at), NODE);
    set(spec, &["egressGateway", "nodeSelector", "matchLabels"], "kubernetes.io/hostname", hostname, POLICY);
    if let Some(a) = address {
        set(spec, &["egressGateway"], "egressIP", a, POLICY);
    }
    Part::object("cilium", &format!("ciliumegressgatewaypolicy-{}", name.v), doc, POLICY)
}

fn selected(m: &mut Map, p: &EgressPods) {
    let EgressPods { namespace, labels } = p;
    set(m, &["namespaceSelector", "matchLabels"], "kubernetes.io/metadata.name", namespace, NAMESPACE);
    // An empty selector takes all pods of the namespace, an absent one leaves that to the agent.
    m.map("podSelector", POLICY, |m| {
        for (key, value) in labels {
            set(m, &["matchLabels"], key, value, POLICY);
        }
    });
}
