//! Emitter: addresses of services by Cilium: pools, and the nodes, VLANs and routers that they are announced to; the switches
//! of the chart are not its to say. Decides nothing.

use std::collections::BTreeMap;

use super::kube::{self, Part, View, object, object_with};
use super::metallb::{hostnames, kept};
use super::{Meta, Out};
use crate::ir::{Advertisement, Balancer, Bgp, Community, Link, MachineId, Peer, Pool, Sealed};
use crate::render::{Composed, Doc, List, Map, Why};
use crate::schema::{Announcer, CommunityValue};
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    25;
    POOL = "these addresses are given to services of type LoadBalancer and to nothing else" @ "RFC 5.4; Cilium 1.18, CiliumLoadBalancerIPPool";
    FITS = "only these services may have its addresses" @ "Cilium 1.18, LB IPAM: service selectors";
    LINK = "answers to ARP go out where the addresses are and nowhere else; the interface's name is a regular expression" @ "RFC 5.4; Cilium 1.18, CiliumL2AnnouncementPolicy";
    NODES = "only these nodes announce; Kubernetes labels each with its name" @ "RFC 5.4, nodeSelectors; Kubernetes, label kubernetes.io/hostname";
    SPEAKER = "these nodes tell these routers where addresses are" @ "Cilium 1.18, CiliumBGPClusterConfig";
    PEER = "how a session with this router is kept" @ "Cilium 1.18, CiliumBGPPeerConfig";
    HOPS = "any number of routers may be in between" @ "Cilium 1.18, CiliumBGPPeerConfig.ebgpMultihop: a time to live";
    PASSWORD = "the password is a secret of the cluster and not in this file" @ "Cilium 1.18, CiliumBGPPeerConfig.authSecretRef; values.yaml: bgpControlPlane.secretsNamespace";
    TOLD = "what routers are told is picked by the services that have the addresses" @ "Cilium 1.18, CiliumBGPAdvertisement";
    EVERY = "a selector that no service misses: without one, none would be told" @ "Cilium 1.18, BGP control plane: service virtual IPs";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "cilium-lb",
    writes: "<folder>/config/cilium-lb/{ciliumloadbalancerippool-…,ciliuml2announcementpolicy-…,ciliumbgpclusterconfig-…,ciliumbgppeerconfig-…,ciliumbgpadvertisement-…}.yaml",
    what: "Addresses for services of type LoadBalancer by Cilium, and the nodes, VLANs and routers that they are announced to.",
    reader: "Kubernetes",
    apply: "After Cilium: `kubectl apply -k <folder>/config/cilium-lb`. A peer's password is a secret in kube-system with the peer's secret's name and the key `password`.",
    step: 8,
    rfc: "5.4",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Version of its objects.
const V2: &str = "cilium.io/v2";
/// Version of the one object that has no other.
const V2ALPHA1: &str = "cilium.io/v2alpha1";
/// The label by which a peer's configuration finds advertisements.
const ADVERTISE: &str = "advertise";

/// The files of every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// The files of one cluster.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let mut all = Vec::new();
    for b in &view.layer.balancers {
        match b.by.v {
            Announcer::Cilium => balancer(view, b, &mut all),
            Announcer::Metallb => {}
        }
    }
    all
}

fn balancer(view: &View<'_>, b: &Balancer, all: &mut Vec<Part>) {
    // `by` and `mode` turn switches of Cilium's chart too; metrics are the network plugin's, and saying them here is an error.
    let Balancer { by, mode, pools, nodes: _, from_control_plane: _, links, bgp, metrics: _, at: _ } = b;
    all.extend(pools.iter().map(|p| pool(p, by.at)));
    for l in links {
        link(view, b, l, links.len() > 1, mode.at, all);
    }
    if let Some(bgp) = bgp {
        // BFD is an error with Cilium, and what is incomplete is not sealed.
        let Bgp { asn, peers, bfd: _, communities, advertisements, incomplete: _ } = bgp;
        speakers(view, asn, peers, mode.at, all);
        all.extend(peers.iter().zip(0u32..).map(|(p, i)| peer(view, p, i, advertisements)));
        all.extend(advertisements.iter().map(|a| advertisement(pools, communities, a)));
    }
}

fn pool(p: &Pool, by: Origin) -> Part {
    // That a pool waits to be asked, leaves out addresses or has a priority is an error with Cilium.
    let Pool { name, vlan, from, to, auto_assign, avoid_edge_addresses, namespaces: _, labels: _, priority: _, at: _ } =
        p;
    let mut doc = object(V2, "CiliumLoadBalancerIPPool", (words![name].citing(by), POOL), None, POOL);
    doc.map("spec", POOL, |s| {
        s.list("blocks", POOL, |l| {
            l.map(POOL, |m| {
                m.put("start", (words![from].citing(vlan.at).citing(avoid_edge_addresses.at), POOL));
                m.put("stop", (words![to].citing(auto_assign.at), POOL));
            });
        });
        selector(p, s, "serviceSelector");
    });
    Part::object("cilium-lb", &format!("ciliumloadbalancerippool-{}", name.v), doc, POOL)
}

/// The services that a pool is for; nothing when it is for all.
fn selector(p: &Pool, to: &mut Map, key: &'static str) {
    if p.labels.is_empty() && p.namespaces.is_empty() {
        return;
    }
    to.map(key, FITS, |s| {
        if !p.labels.is_empty() {
            s.map("matchLabels", FITS, |m| p.labels.iter().for_each(|(k, v)| m.put(k, v)));
        }
        if !p.namespaces.is_empty() {
            s.list("matchExpressions", FITS, |l| {
                l.map(FITS, |e| {
                    e.put("key", ("io.kubernetes.service.namespace", FITS));
                    e.put("operator", ("In", FITS));
                    e.list("values", FITS, |l| p.namespaces.iter().for_each(|n| l.push((words![n], FITS))));
                });
            });
        }
    });
}

/// One policy for a VLAN; with several VLANs one for each pool, as a policy picks services and not pools.
fn link(view: &View<'_>, b: &Balancer, link: &Link, several: bool, mode: Origin, all: &mut Vec<Part>) {
    // A node without an interface that is named is an error, and errors are not sealed.
    let Link { vlan, pools, interfaces, nodes, missing: _ } = link;
    let mut policy = |name: &Composed, pool: Option<&Pool>| {
        let title = name.clone().citing(mode);
        let mut doc = object(V2ALPHA1, "CiliumL2AnnouncementPolicy", (title, LINK), None, LINK);
        doc.map("spec", LINK, |s| {
            s.put("loadBalancerIPs", (true, LINK));
            s.list("interfaces", LINK, |l| interfaces.iter().for_each(|i| l.push((words!["^", i, "$"], LINK))));
            if let Some(pool) = pool {
                selector(pool, s, "serviceSelector");
            }
            node_selector(view, &nodes.nodes, s);
        });
        all.push(Part::object("cilium-lb", &format!("ciliuml2announcementpolicy-{}", name.text), doc, LINK));
    };
    match several {
        false => policy(&words![view.t.vlan(vlan.v).name].citing(vlan.at), None),
        true => {
            pools.iter().map(|p| &b.pools[*p as usize]).for_each(|p| policy(&words![p.name].citing(vlan.at), Some(p)))
        }
    }
}

fn node_selector(view: &View<'_>, nodes: &[Sp<MachineId>], spec: &mut Map) {
    spec.map("nodeSelector", NODES, |s| {
        s.list("matchExpressions", NODES, |l| l.map(NODES, |e| hostnames(view, nodes, NODES, e)));
    });
}

/// Which nodes talk to which peers: Cilium takes one configuration for a node, so peers of the same nodes share one. It is
/// called after the groups of its nodes, which stay when peers come and go.
fn speakers(view: &View<'_>, asn: &Sp<u32>, peers: &[Peer], mode: Origin, all: &mut Vec<Part>) {
    let mut by: BTreeMap<Vec<MachineId>, Vec<&Peer>> = BTreeMap::new();
    for p in peers {
        by.entry(p.nodes.nodes.iter().map(|m| m.v).collect()).or_default().push(p);
    }
    for (nodes, peers) in by {
        let mut name = Composed::default();
        for g in view.cluster.groups.iter().filter(|g| g.nodes.iter().any(|m| nodes.contains(m))) {
            name = if name.text.is_empty() { words![g.name] } else { words![name, "-", g.name] };
        }
        let title = name.clone().citing(mode);
        let mut doc = object(V2, "CiliumBGPClusterConfig", (title, SPEAKER), None, SPEAKER);
        doc.map("spec", SPEAKER, |s| {
            node_selector(view, &peers[0].nodes.nodes, s);
            s.list("bgpInstances", SPEAKER, |l| {
                l.map(SPEAKER, |m| {
                    m.put("name", (words!["as", asn], SPEAKER));
                    m.put("localASN", asn);
                    m.list("peers", SPEAKER, |l| {
                        for p in &peers {
                            l.map(SPEAKER, |m| {
                                let why = p.nodes.nodes.iter().fold(words![p.name], |w, m| w.citing(m.at));
                                m.put("name", (why, SPEAKER));
                                m.put("peerASN", p.asn);
                                m.put("peerAddress", p.address);
                                m.map("peerConfigRef", SPEAKER, |r| r.put("name", &p.name));
                            });
                        }
                    });
                });
            });
        });
        all.push(Part::object("cilium-lb", &format!("ciliumbgpclusterconfig-{}", name.text), doc, SPEAKER));
    }
}

fn peer(view: &View<'_>, p: &Peer, number: u32, advertisements: &[Advertisement]) -> Part {
    // Address and number are its cluster configuration's to say; BFD, source, router id and a number of ours for it alone are
    // errors with Cilium.
    let Peer {
        name,
        address: _,
        asn: _,
        port,
        hold,
        keepalive,
        connect,
        multi_hop,
        graceful_restart,
        secret,
        bfd: _,
        source: _,
        router_id: _,
        local_asn: _,
        nodes: _,
        at: _,
    } = p;
    let mut doc = object_with(V2, "CiliumBGPPeerConfig", name, None, PEER, |m| kept(view, secret.as_ref(), m));
    doc.map("spec", PEER, |s| {
        s.map("timers", PEER, |m| {
            m.put_some("connectRetryTimeSeconds", *connect);
            m.put("holdTimeSeconds", hold);
            m.put("keepAliveTimeSeconds", keepalive);
        });
        if let Some(port) = port {
            s.map("transport", PEER, |m| m.put("peerPort", port));
        }
        let hops = if multi_hop.v { 255 } else { 1 };
        s.put("ebgpMultihop", (Doc::Int(hops), Why::from(HOPS).also(multi_hop.at)));
        s.map("gracefulRestart", PEER, |m| m.put("enabled", graceful_restart));
        if let Some(secret) = secret {
            s.comment("A secret in kube-system, key `password`.");
            let kept = &view.t.secret(secret.v).name;
            s.put("authSecretRef", (words![kept].citing(secret.at), PASSWORD));
        }
        s.list("families", PEER, |l| {
            l.map(PEER, |f| {
                f.put("afi", ("ipv4", PEER));
                f.put("safi", ("unicast", PEER));
                let told = advertisements.iter().filter_map(|a| match &a.peers {
                    None => Some(words![a.name]),
                    Some(list) => list.iter().find(|k| k.v == number).map(|k| words![a.name].citing(k.at)),
                });
                let told: Vec<Composed> = told.collect();
                // Without a selector nothing is told, and a selector without values is refused.
                if !told.is_empty() {
                    f.map("advertisements", TOLD, |s| {
                        s.list("matchExpressions", TOLD, |l| {
                            l.map(TOLD, |e| {
                                e.put("key", (ADVERTISE, TOLD));
                                e.put("operator", ("In", TOLD));
                                e.list("values", TOLD, |l| told.into_iter().for_each(|t| l.push((t, TOLD))));
                            });
                        });
                    });
                }
            });
        });
    });
    Part::object("cilium-lb", &format!("ciliumbgppeerconfig-{}", name.v), doc, PEER)
}

fn advertisement(pools: &[Pool], communities: &[Community], a: &Advertisement) -> Part {
    // Who is told is said where the peer is.
    let Advertisement { name, pools: told, peers: _, communities: marks, local_preference, aggregate, at: _ } = a;
    let mut doc = object_with(V2, "CiliumBGPAdvertisement", (words![name], TOLD), None, TOLD, |m| {
        m.map("labels", TOLD, |l| l.put(ADVERTISE, (words![name], TOLD)));
    });
    let every = told.len() == pools.len();
    let entry = |pool: Option<(&Sp<u32>, &Pool)>, m: &mut Map| {
        let kind = pool.iter().fold(words!["Service"], |w, (p, _)| w.citing(p.at));
        m.put("advertisementType", (kind, TOLD));
        m.map("service", TOLD, |s| {
            s.list("addresses", TOLD, |l| l.push((words!["LoadBalancerIP"].citing(aggregate.at), TOLD)));
            if aggregate.v < 32 {
                s.put("aggregationLengthIPv4", aggregate);
            }
        });
        match pool {
            Some((_, pool)) => selector(pool, m, "selector"),
            None => m.map("selector", EVERY, |s| {
                s.list("matchExpressions", EVERY, |l| {
                    l.map(EVERY, |e| {
                        e.put("key", (ADVERTISE, EVERY));
                        e.put("operator", ("NotIn", EVERY));
                        let why = told.iter().fold(words!["never"], |w, p| w.citing(p.at));
                        e.list("values", EVERY, |l| l.push((why, EVERY)));
                    });
                });
            }),
        }
        if local_preference.is_some() || !marks.is_empty() {
            m.map("attributes", TOLD, |s| {
                if !marks.is_empty() {
                    s.map("communities", TOLD, |c| {
                        // A large community is three numbers, a standard one two.
                        for (key, large) in [("standard", false), ("large", true)] {
                            let mut list = List::new();
                            for k in marks {
                                let Community { name, value } = &communities[k.v as usize];
                                let bare = value.v.strip_prefix("large:");
                                if bare.is_some() == large {
                                    let text = Sp::new(CommunityValue(bare.unwrap_or(&value.v).into()), value.at);
                                    list.push((words![text].citing(name.at).citing(k.at), TOLD));
                                }
                            }
                            if !list.items.is_empty() {
                                c.put(key, (list, TOLD));
                            }
                        }
                    });
                }
                s.put_some("localPreference", *local_preference);
            });
        }
    };
    doc.map("spec", TOLD, |s| {
        s.list("advertisements", TOLD, |l| match every {
            true => l.map(TOLD, |m| entry(None, m)),
            false => told.iter().for_each(|p| l.map(TOLD, |m| entry(Some((p, &pools[p.v as usize])), m))),
        });
    });
    Part::object("cilium-lb", &format!("ciliumbgpadvertisement-{}", name.v), doc, TOLD)
}
