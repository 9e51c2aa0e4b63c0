//! Emitter: who may talk to whom inside a cluster, as policies of Cilium or of Kubernetes; it decides nothing.

mod kubernetes;

use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::ir::*;
use crate::render::{Composed, Doc, List, Map, Why};
use crate::schema::DenyBy;
use crate::source::Rule;
use crate::words;

crate::rules! {
    30;
    API = "Cilium's agents and the API server read objects of this kind" @ "cilium.io/v2; networking.k8s.io/v1";
    ABOUT = "a policy says what it is for" @ "cilium.io/v2, Rule.description";
    WHOM = "a policy is about the endpoints that it selects" @ "cilium.io/v2, Rule.endpointSelector";
    NAMESPACE = "the namespace is a label of the endpoint; it is always said, so that none is added" @ "Cilium, k8s:io.kubernetes.pod.namespace";
    RESERVED = "Cilium's own endpoints are known by a reserved label" @ "Cilium, reserved labels";
    REFUSES = "an empty rule allows nothing and refuses the rest of its direction" @ "RFC 5.7; Cilium, mergeL4Filter and enableDefaultDeny; targets 2";
    KEEPS = "without this an allowance would refuse everything else to those whom it is about" @ "Cilium 1.16, enableDefaultDeny; targets 2";
    TRAFFIC = "one kind of peer a rule: the agent refuses two" @ "Cilium, rule_validation.go: combining is not supported; targets 2";
    DENIED = "what is refused here is refused whatever another policy allows" @ "Cilium, deny policies; cilium.io/v2, IngressDenyRule and EgressDenyRule";
    PORTS = "at most forty ports a list; ICMP has rules of its own" @ "Cilium, PortRule maxItems 40, ICMPs and ToPorts; targets 2";
    REQUESTS = "requests that match none of these are refused" @ "Cilium, L7Rules";
    ANSWERS = "answers of names are read by the proxy for DNS" @ "Cilium, DNS based policies; targets 2";
    LOG = "flow logs show this word beside what a policy decided" @ "Cilium 1.18, Rule.log";
    LAST = "what refuses comes when every allowance beside it is there" @ "RFC 5.7, 8.1; Argo CD 3.4, sync waves";
    LISTED = "the kinds of pods of one statement are in one object" @ "cilium.io/v2, specs";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "network-policies",
    writes: "<folder>/config/network-policies/{clusterwide,namespaces/<namespace>}/policy-<name>.yaml",
    what: "What refuses by default, what keeps the cluster alive under it, and what is allowed.",
    reader: "Cilium 1.18 to 1.20, Kubernetes",
    apply: "`kubectl apply -k <folder>/config/network-policies/clusterwide`, then each namespace's folder; watch `hubble observe --verdict DROPPED`.",
    step: 9,
    rfc: "5.7",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The policies of each cluster.
pub fn plan(sealed: &crate::ir::Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// The policies of a cluster or one of its environments.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(policies) = &view.layer.policies else { return Vec::new() };
    // The statement's other words are in the policies that come from it.
    let Policies { deny: _, by, policies } = policies;
    policies
        .iter()
        .map(|p| {
            let family = match &p.namespace {
                Some(n) => format!("network-policies/namespaces/{}", n.v),
                None => "network-policies/clusterwide".to_string(),
            };
            let kind = words![API_NAME[usize::from(by.v == DenyBy::Kubernetes)]].citing(by.at);
            let mut doc = match by.v {
                DenyBy::Cilium => cilium(p, kind),
                DenyBy::Kubernetes => kubernetes::policy(p, kind),
            };
            if view.layer.gitops.is_some() && p.parts.iter().any(|part| part.refuses.is_some()) {
                doc.sub("metadata", LAST)
                    .map("annotations", LAST, |a| a.put("argocd.argoproj.io/sync-wave", ("1", LAST)));
            }
            Part::object(&family, &format!("policy-{}", p.name.v), doc, p.why)
        })
        .collect()
}

/// Group and version of Cilium's policies and of Kubernetes' own.
const API_NAME: [&str; 2] = ["cilium.io/v2", "networking.k8s.io/v1"];

/// `apiVersion`, `kind` and `metadata`.
fn head(p: &Policy, api: Composed, kind: &'static str) -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", (api, API));
    doc.put("kind", (kind, API));
    doc.map("metadata", API, |m| {
        m.put("name", &p.name);
        m.put_some("namespace", p.namespace.as_ref());
    });
    doc
}

fn cilium(p: &Policy, api: Composed) -> Map {
    let Policy { namespace, name: _, about, parts, log, why: _ } = p;
    let kind = if namespace.is_some() { "CiliumNetworkPolicy" } else { "CiliumClusterwideNetworkPolicy" };
    let mut doc = head(p, api, kind);
    let mut specs: Vec<Map> = parts.iter().map(|part| spec(part, namespace.is_some())).collect();
    for s in &mut specs {
        // First for those who read.
        let mut whole = Map::new();
        whole.put("description", about);
        whole.entries.append(&mut s.entries);
        if let Some(word) = log {
            whole.map("log", LOG, |m| m.put("value", word));
        }
        *s = whole;
    }
    match <[Map; 1]>::try_from(specs) {
        Ok([one]) => doc.put("spec", (one, ABOUT)),
        Err(specs) => doc.list("specs", LISTED, |l| specs.into_iter().for_each(|s| l.push((s, LISTED)))),
    }
    doc
}

fn spec(part: &PolicyPart, namespaced: bool) -> Map {
    let PolicyPart { subject, ingress, egress, ingress_deny, egress_deny, refuses } = part;
    let mut m = Map::new();
    m.put("endpointSelector", subject_of(subject, namespaced));
    let inward = refuses.map(|d| d.map(|d| d != crate::schema::DenyDirection::Out));
    let outward = refuses.map(|d| d.map(|d| d != crate::schema::DenyDirection::In));
    m.map("enableDefaultDeny", KEEPS, |e| match (inward, outward) {
        (Some(inward), Some(outward)) => {
            e.put("ingress", inward);
            e.put("egress", outward);
        }
        _ => {
            e.put("ingress", (false, KEEPS));
            e.put("egress", (false, KEEPS));
        }
    });
    let nothing = |l: &mut List| l.map(REFUSES, |_| {});
    if inward.is_some_and(|d| d.v) {
        m.list("ingress", REFUSES, nothing);
    } else if !ingress.is_empty() {
        m.list("ingress", TRAFFIC, |l| ingress.iter().for_each(|t| rules(t, &INGRESS, l)));
    }
    if outward.is_some_and(|d| d.v) {
        m.list("egress", REFUSES, nothing);
    } else if !egress.is_empty() {
        m.list("egress", TRAFFIC, |l| egress.iter().for_each(|t| rules(t, &EGRESS, l)));
    }
    if !ingress_deny.is_empty() {
        m.list("ingressDeny", DENIED, |l| ingress_deny.iter().for_each(|t| rules(t, &INGRESS, l)));
    }
    if !egress_deny.is_empty() {
        m.list("egressDeny", DENIED, |l| egress_deny.iter().for_each(|t| rules(t, &EGRESS, l)));
    }
    m
}

/// What Cilium calls the peers of a direction: pods, entities, networks, names.
type Words = [&'static str; 4];
const INGRESS: Words = ["fromEndpoints", "fromEntities", "fromCIDRSet", "fromFQDNs"];
const EGRESS: Words = ["toEndpoints", "toEntities", "toCIDRSet", "toFQDNs"];

/// The namespace of an endpoint.
const NAMESPACE_KEY: &str = "k8s:io.kubernetes.pod.namespace";

/// Rules for one peer: one with its ports, one with its types of ICMP messages, or one with neither.
fn rules(t: &Traffic, words: &Words, into: &mut List) {
    let Traffic { peer, ports: Ports { ports, icmp, protocols: _, at }, http, names } = t;
    let peer = |m: &mut Map| {
        let (word, list) = match peer {
            PolicyPeer::Pods(selectors) => {
                let mut l = List::new();
                selectors.iter().for_each(|s| l.push(selector(s, false)));
                (words[0], l)
            }
            PolicyPeer::Entities(entities) => {
                let mut l = List::new();
                entities.iter().for_each(|e| l.push((Doc::Str(e.v.word().into()), Why::from(e.at))));
                (words[1], l)
            }
            PolicyPeer::Nets(nets) => {
                let mut l = List::new();
                for Net { net, except } in nets {
                    l.map(TRAFFIC, |m| {
                        m.put("cidr", net);
                        if !except.is_empty() {
                            m.list("except", TRAFFIC, |l| except.iter().for_each(|e| l.push(e)));
                        }
                    });
                }
                (words[2], l)
            }
            PolicyPeer::Names(patterns) => {
                let mut l = List::new();
                for p in patterns {
                    let key = if p.v.contains('*') { "matchPattern" } else { "matchName" };
                    l.map(TRAFFIC, |m| m.put(key, p));
                }
                (words[3], l)
            }
        };
        m.put(Composed { text: word.into(), why: at.clone() }, (list, TRAFFIC));
    };
    if ports.is_empty() && icmp.is_empty() {
        into.map(TRAFFIC, peer);
        return;
    }
    if !ports.is_empty() {
        into.map(TRAFFIC, |m| {
            peer(m);
            m.list("toPorts", PORTS, |l| {
                for some in ports.chunks(40) {
                    l.map(PORTS, |m| {
                        m.list("ports", PORTS, |l| {
                            for (protocol, span) in some {
                                l.map(PORTS, |m| {
                                    let (first, last) = span.v.0;
                                    m.put("port", (Doc::Str(first.to_string().into()), Why::from(span.at)));
                                    if last != first {
                                        m.put("endPort", span.map(|s| s.0.1));
                                    }
                                    m.put("protocol", (protocol.word(), PORTS));
                                });
                            }
                        });
                        read(http, *names, m);
                    });
                }
            });
        });
    }
    for some in icmp.chunks(40) {
        into.map(TRAFFIC, |m| {
            peer(m);
            m.list("icmps", PORTS, |l| {
                l.map(PORTS, |m| {
                    m.list("fields", PORTS, |l| {
                        for i in some {
                            l.map(PORTS, |m| {
                                m.put("family", ("IPv4", PORTS));
                                m.put("type", i);
                            });
                        }
                    });
                });
            });
        });
    }
}

/// What is read of what passes: requests of HTTP or answers of names, never both.
fn read(http: &[Request], names: bool, m: &mut Map) {
    if names {
        m.map("rules", ANSWERS, |m| {
            m.list("dns", ANSWERS, |l| l.map(ANSWERS, |m| m.put("matchPattern", ("*", ANSWERS))));
        });
    } else if !http.is_empty() {
        m.map("rules", REQUESTS, |m| {
            m.list("http", REQUESTS, |l| {
                for Request { method, path, at: _ } in http {
                    l.map(REQUESTS, |m| {
                        m.put_some("method", method.as_ref());
                        m.put_some("path", path.as_ref());
                    });
                }
            });
        });
    }
}

fn subject_of(subject: &Subject, namespaced: bool) -> (Doc, Why) {
    match subject {
        Subject::Everything(except) => {
            let mut m = Map::new();
            if !except.is_empty() {
                m.list("matchExpressions", WHOM, |l| {
                    expression(l, NAMESPACE_KEY.into(), "NotIn", WHOM, |l| except.iter().for_each(|n| l.push(n)));
                });
            }
            (Doc::Map(m), WHOM.into())
        }
        Subject::Pods(s) => selector(s, namespaced),
        Subject::Own(entity) => {
            let mut m = Map::new();
            let key = format!("reserved:{}", entity.word());
            m.list("matchExpressions", RESERVED, |l| expression(l, key.as_str().into(), "Exists", RESERVED, |_| {}));
            (Doc::Map(m), RESERVED.into())
        }
    }
}

/// A selector of endpoints; in its own namespace the namespace goes without saying.
fn selector(s: &Selector, own: bool) -> (Doc, Why) {
    let Selector { namespace, labels, at } = s;
    let mut m = Map::new();
    let single = || labels.iter().filter_map(|(k, v)| Some((k, <&[_; 1]>::try_from(v.as_slice()).ok()?)));
    if (namespace.is_some() && !own) || single().next().is_some() {
        m.map("matchLabels", WHOM, |m| {
            if let Some(n) = namespace.as_ref().filter(|_| !own) {
                m.put(NAMESPACE_KEY, n);
            }
            single().for_each(|(k, [v])| m.put(words!["k8s:", k], v));
        });
    }
    let several: Vec<_> = labels.iter().filter(|(_, v)| v.len() != 1).collect();
    if !several.is_empty() || namespace.is_none() {
        m.list("matchExpressions", WHOM, |l| {
            if namespace.is_none() {
                expression(l, NAMESPACE_KEY.into(), "Exists", NAMESPACE, |_| {});
            }
            for (k, values) in several {
                let key = words!["k8s:", k];
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

fn expression(into: &mut List, key: Box<str>, operator: &'static str, why: Rule, values: impl FnOnce(&mut List)) {
    into.map(why, |m| {
        m.put("key", (Doc::Str(key), Why::from(why)));
        m.put("operator", (operator, why));
        let mut list = List::new();
        values(&mut list);
        if !list.items.is_empty() {
            m.put("values", (list, why));
        }
    });
}
