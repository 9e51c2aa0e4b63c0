//! NetworkPolicy of Kubernetes (networking.k8s.io/v1): the part of the policies that it has words for; decides nothing.

use super::{PORTS, REFUSES, TRAFFIC, WHOM, expression, head};
use crate::ir::*;
use crate::render::{Composed, Doc, List, Map, Why};
use crate::schema::DenyDirection;
use crate::words;

/// The label that every namespace has (Kubernetes 1.22).
const NAMESPACE_KEY: &str = "kubernetes.io/metadata.name";

/// One object. Policies of Kubernetes are about one kind of pods, so there is one part.
pub(super) fn policy(p: &Policy, api: Composed) -> Map {
    // The sentence is in the name; flow logs have no word here, which the pass reports.
    let Policy { namespace: _, name: _, about: _, parts, log: _, why: _ } = p;
    let mut doc = head(p, api, "NetworkPolicy");
    for PolicyPart { subject, ingress, egress, ingress_deny: _, egress_deny: _, refuses } in parts {
        doc.map("spec", WHOM, |m| {
            m.put(
                "podSelector",
                match subject {
                    Subject::Pods(s) => labels(s),
                    Subject::Everything(_) | Subject::Own(_) => (Doc::Map(Map::new()), Why::from(WHOM)),
                },
            );
            let inward = refuses.map_or(!ingress.is_empty(), |d| d.v != DenyDirection::Out);
            let outward = refuses.map_or(!egress.is_empty(), |d| d.v != DenyDirection::In);
            let why = refuses.map_or(Why::from(REFUSES), |d| Why::from(d.at));
            m.list("policyTypes", REFUSES, |l| {
                if inward {
                    l.push((Doc::Str("Ingress".into()), why.clone()));
                }
                if outward {
                    l.push((Doc::Str("Egress".into()), why.clone()));
                }
            });
            for (key, peers, list) in [("ingress", "from", ingress), ("egress", "to", egress)] {
                if !list.is_empty() {
                    m.list(key, TRAFFIC, |l| list.iter().for_each(|t| rule(t, peers, l)));
                }
            }
        });
    }
    doc
}

fn rule(t: &Traffic, word: &'static str, into: &mut List) {
    // What has no words here was reported: requests, names and types of ICMP messages.
    let Traffic { peer, ports: Ports { ports, icmp: _, protocols: _, at }, http: _, names: _ } = t;
    let mut list = List::new();
    match peer {
        PolicyPeer::Pods(selectors) => {
            for s in selectors {
                list.map(TRAFFIC, |m| {
                    m.map("namespaceSelector", TRAFFIC, |m| {
                        if let Some(n) = &s.namespace {
                            m.map("matchLabels", TRAFFIC, |m| m.put(NAMESPACE_KEY, n));
                        }
                    });
                    m.put("podSelector", labels(s));
                });
            }
        }
        PolicyPeer::Nets(nets) => {
            for Net { net, except } in nets {
                list.map(TRAFFIC, |m| {
                    m.map("ipBlock", TRAFFIC, |m| {
                        m.put("cidr", net);
                        if !except.is_empty() {
                            m.list("except", TRAFFIC, |l| except.iter().for_each(|e| l.push(e)));
                        }
                    });
                });
            }
        }
        PolicyPeer::Entities(_) | PolicyPeer::Names(_) => return,
    }
    into.map(TRAFFIC, |m| {
        m.put(Composed { text: word.into(), why: at.clone() }, (list, TRAFFIC));
        if !ports.is_empty() {
            m.list("ports", PORTS, |l| {
                for (protocol, span) in ports {
                    l.map(PORTS, |m| {
                        m.put("protocol", (protocol.word(), PORTS));
                        m.put("port", span.map(|s| s.0.0));
                        if span.v.0.0 != span.v.0.1 {
                            m.put("endPort", span.map(|s| s.0.1));
                        }
                    });
                }
            });
        }
    });
}

fn labels(s: &Selector) -> (Doc, Why) {
    let Selector { namespace: _, labels, at } = s;
    let mut m = Map::new();
    let single: Vec<_> = labels.iter().filter(|(_, v)| v.len() == 1).collect();
    if !single.is_empty() {
        m.map("matchLabels", WHOM, |m| {
            for (k, v) in single {
                v.iter().for_each(|v| m.put(k, v));
            }
        });
    }
    let several: Vec<_> = labels.iter().filter(|(_, v)| v.len() != 1).collect();
    if !several.is_empty() {
        m.list("matchExpressions", WHOM, |l| {
            for (k, values) in several {
                let key = words![k];
                let why = key.why.clone();
                expression(l, key.text.as_str().into(), "In", WHOM, |l| {
                    for v in values {
                        let why = why.iter().fold(Why::from(v.at), |w, o| w.also(*o));
                        l.push((Doc::Str(v.v.to_string().into()), why));
                    }
                });
            }
        });
    }
    (Doc::Map(m), Why::from(*at))
}
