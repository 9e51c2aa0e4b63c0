//! Policies of a cluster as their files say, read back by a foreign parser: what they do to pods' packets; knows no topology.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::policy::{Addresses, Packets, Ranges, Traffic};

/// All policies of Cilium in a cluster.
#[derive(Debug, Default)]
pub struct Policies(Vec<Spec>);

#[derive(Debug)]
struct Spec {
    name: String,
    subject: Selector,
    refuses: [bool; 2],
    allow: [Vec<Rule>; 2],
    deny: [Vec<Rule>; 2],
}

/// What comes to a pod, or what leaves it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// What comes to it.
    In = 0,
    /// What leaves it.
    Out = 1,
}

#[derive(Debug)]
struct Rule {
    pods: Vec<Selector>,
    entities: BTreeSet<String>,
    addresses: Addresses,
    /// No peer is named: everybody.
    everybody: bool,
    traffic: Traffic,
    /// It looks into requests, so it lets through some only.
    sometimes: bool,
}

/// Pods by namespace and labels, each with the values that it may have.
#[derive(Clone, Debug, Default)]
pub struct PodSet {
    /// Label and values, the namespace among them.
    pub labels: BTreeMap<String, BTreeSet<String>>,
}

/// The key of a pod's namespace among its labels.
pub const NAMESPACE: &str = "io.kubernetes.pod.namespace";

/// The other end.
#[derive(Clone, Debug)]
pub enum Peer {
    /// Pods of the same cluster.
    Pods(PodSet),
    /// What Cilium knows by itself: all of these words are right for it.
    Entity(&'static [&'static str]),
    /// Addresses outside the cluster.
    Outside(Addresses),
}

#[derive(Debug, Default)]
struct Selector(Vec<(String, Need)>);

#[derive(Debug)]
enum Need {
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    There,
    Absent,
}

#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Match {
    Never,
    Some,
    All,
}

impl Policies {
    /// Adds the policies of a file; a file of something else adds nothing.
    ///
    /// # Errors
    /// What is not understood: then nothing can be shown.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let doc: Value = serde_yaml::from_str(text).map_err(|e| e.to_string())?;
        let clusterwide = match doc["kind"].as_str() {
            Some("CiliumNetworkPolicy") => false,
            Some("CiliumClusterwideNetworkPolicy") => true,
            Some("NetworkPolicy") => return Err("policies of Kubernetes are not read back".into()),
            _ => return Ok(()),
        };
        let name = doc["metadata"]["name"].as_str().unwrap_or_default().to_string();
        let namespace = doc["metadata"]["namespace"].as_str().filter(|_| !clusterwide);
        let specs = doc["specs"].as_array().cloned().unwrap_or_else(|| vec![doc["spec"].clone()]);
        for spec in specs {
            self.0.push(read(&spec, &name, namespace)?);
        }
        Ok(())
    }

    /// Whether some packet between these pods and the peer may pass; why.
    pub fn may_pass(&self, pods: &PodSet, way: Way, peer: &Peer, traffic: &Traffic) -> Option<String> {
        let packets = wanted(peer, traffic);
        let denied = |s: &Spec| {
            s.subject.matches(pods) == Match::All && s.deny[way as usize].iter().any(|r| r.surely(peer, &packets))
        };
        if self.0.iter().any(denied) {
            return None;
        }
        let refused = |s: &Spec| s.refuses[way as usize] && s.subject.matches(pods) == Match::All;
        if !self.0.iter().any(refused) {
            return Some("no policy refuses what is not allowed".into());
        }
        let allows = |s: &&Spec| {
            s.subject.matches(pods) != Match::Never && s.allow[way as usize].iter().any(|r| r.maybe(peer, &packets))
        };
        self.0.iter().find(allows).map(|s| format!("policy {}", s.name))
    }

    /// Whether some packet between these pods and the peer may be dropped; why.
    pub fn may_drop(&self, pods: &PodSet, way: Way, peer: &Peer, traffic: &Traffic) -> Option<String> {
        let packets = wanted(peer, traffic);
        let denied = |s: &&Spec| {
            s.subject.matches(pods) != Match::Never && s.deny[way as usize].iter().any(|r| r.maybe(peer, &packets))
        };
        if let Some(s) = self.0.iter().find(denied) {
            return Some(format!("policy {}", s.name));
        }
        let refused = |s: &&Spec| s.refuses[way as usize] && s.subject.matches(pods) != Match::Never;
        let refusing = self.0.iter().find(refused)?;
        // One rule for all of it, or rules that share its traffic between them.
        let mut open = packets.clone();
        for s in self.0.iter().filter(|s| s.subject.matches(pods) == Match::All) {
            for r in s.allow[way as usize].iter().filter(|r| !r.sometimes) {
                open = open.iter().flat_map(|p| r.leave(peer, p)).collect();
            }
        }
        (!open.is_empty()).then(|| format!("policy {}, and no policy allows it", refusing.name))
    }
}

/// The packets as one list: to everybody where the peer is no address.
fn wanted(peer: &Peer, traffic: &Traffic) -> Vec<Packets> {
    let to = match peer {
        Peer::Pods(_) | Peer::Entity(_) => Addresses::all(),
        Peer::Outside(a) => a.clone(),
    };
    vec![Packets { from: Addresses::all(), to, traffic: traffic.clone() }]
}

impl Rule {
    fn packets(&self, addresses: Addresses) -> Packets {
        Packets { from: Addresses::all(), to: addresses, traffic: self.traffic.clone() }
    }

    /// What the rule takes for sure.
    fn sure(&self, peer: &Peer) -> Option<Packets> {
        let all = || Some(self.packets(Addresses::all()));
        if self.everybody || self.entities.contains("all") {
            return all();
        }
        match peer {
            Peer::Pods(set) => {
                let cluster = self.entities.contains("cluster");
                if cluster || self.pods.iter().any(|p| p.matches(set) == Match::All) { all() } else { None }
            }
            Peer::Entity(words) => {
                let inside = self.entities.contains("cluster") && !words.contains(&"world");
                if inside || words.iter().any(|w| self.entities.contains(*w)) { all() } else { None }
            }
            Peer::Outside(_) if self.entities.contains("world") => all(),
            Peer::Outside(_) => Some(self.packets(self.addresses.clone())),
        }
    }

    fn surely(&self, peer: &Peer, packets: &[Packets]) -> bool {
        !self.sometimes && self.sure(peer).is_some_and(|own| packets.iter().all(|p| p.inside(&own)))
    }

    fn maybe(&self, peer: &Peer, packets: &[Packets]) -> bool {
        let may = match peer {
            Peer::Pods(set) => self.pods.iter().any(|p| p.matches(set) != Match::Never),
            Peer::Entity(_) | Peer::Outside(_) => false,
        };
        let own = if may { Some(self.packets(Addresses::all())) } else { self.sure(peer) };
        own.is_some_and(|own| packets.iter().any(|p| p.may_meet(&own)))
    }

    fn leave(&self, peer: &Peer, p: &Packets) -> Vec<Packets> {
        self.sure(peer).map_or_else(|| vec![p.clone()], |own| p.minus(&own))
    }
}

impl Selector {
    fn matches(&self, set: &PodSet) -> Match {
        let one = |(key, need): &(String, Need)| match (set.labels.get(key), need) {
            // Only endpoints of Cilium's own have such a label, and no zone is one of those.
            (None, Need::In(_) | Need::There) if key.starts_with("reserved:") => Match::Never,
            (None, _) => Match::Some,
            (Some(_), Need::There) => Match::All,
            (Some(_), Need::Absent) => Match::Never,
            (Some(has), Need::In(want)) if has.is_subset(want) => Match::All,
            (Some(has), Need::In(want)) if has.is_disjoint(want) => Match::Never,
            (Some(has), Need::NotIn(want)) if has.is_disjoint(want) => Match::All,
            (Some(has), Need::NotIn(want)) if has.is_subset(want) => Match::Never,
            (Some(_), Need::In(_) | Need::NotIn(_)) => Match::Some,
        };
        self.0.iter().map(one).min().unwrap_or(Match::All)
    }
}

/// The key as pods have it: sources before it tell where a label is from (`k8s:`, `any:`, `reserved:`).
fn key(k: &str) -> String {
    k.split_once(':').filter(|(source, _)| matches!(*source, "k8s" | "any")).map_or(k, |(_, k)| k).to_string()
}

fn strings(v: &Value) -> BTreeSet<String> {
    v.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

fn selector(v: &Value, namespace: Option<&str>) -> Result<Selector, String> {
    let mut needs = Vec::new();
    for (k, value) in v["matchLabels"].as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default().to_string();
        needs.push((key(k), Need::In(BTreeSet::from([text]))));
    }
    for e in v["matchExpressions"].as_array().into_iter().flatten() {
        let values = strings(&e["values"]);
        let need = match e["operator"].as_str().unwrap_or_default() {
            "In" => Need::In(values),
            "NotIn" => Need::NotIn(values),
            "Exists" => Need::There,
            "DoesNotExist" => Need::Absent,
            other => return Err(format!("a selector says {other}")),
        };
        needs.push((key(e["key"].as_str().unwrap_or_default()), need));
    }
    // A policy of a namespace is about pods of that namespace unless it names another.
    if let Some(n) = namespace.filter(|_| needs.iter().all(|(k, _)| k != NAMESPACE)) {
        needs.push((NAMESPACE.into(), Need::In(BTreeSet::from([n.to_string()]))));
    }
    Ok(Selector(needs))
}

fn read(spec: &Value, name: &str, namespace: Option<&str>) -> Result<Spec, String> {
    let known = [
        "endpointSelector",
        "enableDefaultDeny",
        "ingress",
        "egress",
        "ingressDeny",
        "egressDeny",
        "description",
        "log",
    ];
    if let Some(other) = spec.as_object().into_iter().flatten().map(|(k, _)| k).find(|k| !known.contains(&k.as_str())) {
        return Err(format!("policy {name} says {other}"));
    }
    let rules = |word: &str| -> Result<Vec<Rule>, String> {
        spec[word].as_array().into_iter().flatten().map(|r| rule(r, name, namespace)).collect()
    };
    // A section that is there refuses the rest of its direction, unless it is told not to.
    let refuses = |word: &str, deny: &str| {
        let there = !spec[word].is_null() || !spec[deny].is_null();
        there && spec["enableDefaultDeny"][word].as_bool().unwrap_or(true)
    };
    Ok(Spec {
        name: name.to_string(),
        subject: selector(&spec["endpointSelector"], namespace)?,
        refuses: [refuses("ingress", "ingressDeny"), refuses("egress", "egressDeny")],
        allow: [rules("ingress")?, rules("egress")?],
        deny: [rules("ingressDeny")?, rules("egressDeny")?],
    })
}

fn rule(r: &Value, name: &str, namespace: Option<&str>) -> Result<Rule, String> {
    let mut out = Rule {
        pods: Vec::new(),
        entities: BTreeSet::new(),
        addresses: Addresses::default(),
        everybody: false,
        traffic: Traffic::default(),
        sometimes: false,
    };
    let (mut peers, mut ports) = (false, false);
    for (word, value) in r.as_object().into_iter().flatten() {
        match word.as_str() {
            "fromEndpoints" | "toEndpoints" => {
                peers = true;
                for s in value.as_array().into_iter().flatten() {
                    out.pods.push(selector(s, namespace)?);
                }
            }
            "fromEntities" | "toEntities" => {
                peers = true;
                out.entities = strings(value);
            }
            "fromCIDRSet" | "toCIDRSet" => {
                peers = true;
                let net = |v: &Value| v.as_str().and_then(|n| n.parse().ok()).map(Ranges::net);
                for n in value.as_array().into_iter().flatten() {
                    let mut known = net(&n["cidr"]).ok_or(format!("policy {name} names no network"))?;
                    for e in n["except"].as_array().into_iter().flatten() {
                        known = known.minus(&net(e).ok_or(format!("policy {name} leaves out no network"))?);
                    }
                    out.addresses.known = out.addresses.known.union(&known);
                }
            }
            "toFQDNs" => {
                peers = true;
                for n in value.as_array().into_iter().flatten() {
                    let text = n["matchName"].as_str().or(n["matchPattern"].as_str()).unwrap_or_default();
                    out.addresses.atoms.insert(format!("name {text}"));
                }
            }
            "toPorts" => {
                ports = true;
                for p in value.as_array().into_iter().flatten() {
                    // Questions for names are read, not picked over, when every name may be asked.
                    let reads = p["rules"].as_object().is_some_and(|r| r.keys().any(|k| k != "dns"));
                    out.sometimes |= reads;
                    for port in p["ports"].as_array().into_iter().flatten() {
                        out.traffic = out.traffic.union(&span(port, name)?);
                    }
                }
            }
            "icmps" => {
                ports = true;
                for f in
                    value.as_array().into_iter().flatten().flat_map(|i| i["fields"].as_array().into_iter().flatten())
                {
                    let kind = f["type"].as_u64().and_then(|t| u8::try_from(t).ok());
                    let kind = kind.ok_or(format!("policy {name} names a type of ICMP messages by a word"))?;
                    out.traffic = out.traffic.union(&Traffic::icmp(kind));
                }
            }
            other => return Err(format!("policy {name} says {other}")),
        }
    }
    // A rule without anything in it is nobody's: that is how a default deny is written.
    out.everybody = !peers && ports;
    if !ports {
        out.traffic = Traffic::all();
    }
    Ok(out)
}

fn span(port: &Value, name: &str) -> Result<Traffic, String> {
    let number = |v: &Value| v.as_u64().or_else(|| v.as_str()?.parse().ok()).and_then(|n| u16::try_from(n).ok());
    let first = number(&port["port"]).ok_or(format!("policy {name} names a port by a word"))?;
    let last = number(&port["endPort"]).unwrap_or(first);
    let (first, last) = if first == 0 { (0, 65535) } else { (first, last) };
    Ok(match port["protocol"].as_str().unwrap_or("ANY") {
        "TCP" => Traffic::tcp(first, last),
        "UDP" => Traffic::udp(first, last),
        "SCTP" => Traffic::sctp(first, last),
        "ANY" => Traffic::tcp(first, last).union(&Traffic::udp(first, last)).union(&Traffic::sctp(first, last)),
        other => return Err(format!("policy {name} is for the protocol {other}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[(&str, &str)]) -> PodSet {
        let one = |(k, v): &(&str, &str)| (k.to_string(), BTreeSet::from([v.to_string()]));
        PodSet { labels: labels.iter().map(one).collect() }
    }

    fn policies(files: &[&str]) -> Policies {
        let mut all = Policies::default();
        files.iter().for_each(|f| all.add(f).expect("it can be read"));
        all
    }

    const DENY: &str = "
kind: CiliumClusterwideNetworkPolicy
metadata: { name: default-deny }
spec:
  endpointSelector:
    matchExpressions: [ { key: 'k8s:io.kubernetes.pod.namespace', operator: NotIn, values: [legacy] } ]
  enableDefaultDeny: { ingress: true, egress: true }
  ingress: [ {} ]
  egress: [ {} ]
";
    const ALLOW: &str = "
kind: CiliumNetworkPolicy
metadata: { name: asks, namespace: shop }
spec:
  endpointSelector: { matchLabels: { 'k8s:tier': front } }
  enableDefaultDeny: { ingress: false, egress: false }
  egress:
    - toEndpoints: [ { matchLabels: { 'k8s:tier': back } } ]
      toPorts: [ { ports: [ { port: '8080', protocol: TCP } ] } ]
    - toCIDRSet: [ { cidr: 10.0.0.0/8, except: [10.9.0.0/16] } ]
";

    #[test]
    fn a_default_deny_refuses_what_nothing_allows() {
        let p = policies(&[DENY, ALLOW]);
        let front = set(&[(NAMESPACE, "shop"), ("tier", "front")]);
        let back = Peer::Pods(set(&[(NAMESPACE, "shop"), ("tier", "back")]));
        let web = Traffic::tcp(8080, 8080);
        assert_eq!(p.may_drop(&front, Way::Out, &back, &web), None);
        assert!(p.may_drop(&front, Way::Out, &back, &Traffic::tcp(8080, 8081)).is_some(), "one port is not two");
        assert_eq!(p.may_pass(&front, Way::Out, &back, &Traffic::udp(8080, 8080)), None);
        // Pods that may have the label may be allowed, and pods of another namespace are not meant.
        assert!(p.may_pass(&set(&[(NAMESPACE, "shop")]), Way::Out, &back, &web).is_some());
        let other = Peer::Pods(set(&[(NAMESPACE, "bank"), ("tier", "back")]));
        assert_eq!(p.may_pass(&front, Way::Out, &other, &web), None);
        // Where nothing refuses, everything passes.
        assert!(p.may_pass(&set(&[(NAMESPACE, "legacy")]), Way::Out, &other, &web).is_some());
        assert!(p.may_pass(&set(&[]), Way::Out, &other, &web).is_some(), "some pods are there");
    }

    #[test]
    fn endpoints_of_ciliums_own_are_no_pods() {
        let gateway = ALLOW.replace("'k8s:tier': front", "'reserved:ingress': ''");
        let p = policies(&[DENY, &gateway]);
        let back = Peer::Pods(set(&[(NAMESPACE, "shop"), ("tier", "back")]));
        assert_eq!(p.may_pass(&set(&[(NAMESPACE, "shop")]), Way::Out, &back, &Traffic::all()), None);
    }

    #[test]
    fn networks_are_compared_as_sets() {
        let p = policies(&[DENY, ALLOW]);
        let front = set(&[(NAMESPACE, "shop"), ("tier", "front")]);
        let net = |s: &str| {
            let known = Ranges::net(s.parse().expect("a network"));
            Peer::Outside(Addresses { known, atoms: BTreeSet::new() })
        };
        assert_eq!(p.may_drop(&front, Way::Out, &net("10.1.0.0/16"), &Traffic::all()), None);
        assert!(p.may_drop(&front, Way::Out, &net("10.8.0.0/15"), &Traffic::all()).is_some(), "a part is left out");
        assert_eq!(p.may_pass(&front, Way::Out, &net("10.9.1.0/24"), &Traffic::all()), None);
        let node = Peer::Entity(&["host", "remote-node", "cluster"]);
        assert_eq!(p.may_pass(&front, Way::Out, &node, &Traffic::all()), None, "no network is a node");
    }

    #[test]
    fn a_deny_beats_an_allowance() {
        let deny = ALLOW.replace("name: asks", "name: never").replace("egress:\n", "egressDeny:\n");
        let p = policies(&[DENY, ALLOW, &deny]);
        let front = set(&[(NAMESPACE, "shop"), ("tier", "front")]);
        let back = Peer::Pods(set(&[(NAMESPACE, "shop"), ("tier", "back")]));
        assert_eq!(p.may_pass(&front, Way::Out, &back, &Traffic::tcp(8080, 8080)), None);
        assert!(p.may_drop(&front, Way::Out, &back, &Traffic::tcp(8080, 8080)).is_some());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let mut p = Policies::default();
        assert!(p.add(&ALLOW.replace("toCIDRSet", "toServices")).is_err());
        assert!(p.add(&ALLOW.replace("endpointSelector", "nodeSelector")).is_err());
        assert!(p.add(&ALLOW.replace("'8080'", "http")).is_err());
        assert!(p.add("kind: NetworkPolicy\n").is_err());
        assert!(p.add("kind: CiliumLoadBalancerIPPool\n").is_ok());
    }
}
