//! The two documents of KubeKey 4.0: `kind: Inventory` and `kind: Config`.

use super::*;
use crate::ir::{Api, Cluster, EtcdBackup, Registry};
use crate::render::{Doc, Why};
use crate::schema::ProxyMode;

/// Who is a node, and what it does.
pub(super) fn inventory(k: &Kit<'_>) -> Map {
    let mut doc = Map::new();
    head(k, "Inventory", &mut doc);
    doc.map("metadata", KIND, |m| m.put("name", &k.view.cluster.name));
    doc.map("spec", HOSTS, |s| {
        s.comment(
            "host: where SSH reaches the node; internal_ipv4: its own on the node network, for kubelet and etcd.",
        );
        s.map("hosts", HOSTS, |hosts| k.all().for_each(|n| hosts.map(&n.machine.name, HOSTS, |h| host(k, &n, h))));
        s.map("groups", ROLES, |g| {
            g.map("k8s_cluster", ROLES, |m| {
                m.list("groups", ROLES, |l| {
                    ["kube_control_plane", "kube_worker"].iter().for_each(|n| l.push((*n, ROLES)))
                });
            });
            g.map("kube_control_plane", ROLES, |m| {
                m.list("hosts", ROLES, |l| names(l, k.nodes(NodeRole::ControlPlane)))
            });
            g.map("kube_worker", ROLES, |m| m.list("hosts", ROLES, |l| names(l, k.nodes(NodeRole::Worker))));
            g.map("etcd", ETCD_NODES, |m| m.list("hosts", ETCD_NODES, |l| names(l, k.nodes(NodeRole::ControlPlane))));
        });
    });
    doc
}

fn head(k: &Kit<'_>, kind: &'static str, doc: &mut Map) {
    let Install { version, caps, .. } = k.install;
    doc.put("apiVersion", (words!["kubekey.kubesphere.io/v1"].citing(version.at).citing(caps.at), KIND));
    doc.put("kind", (kind, KIND));
}

fn host(k: &Kit<'_>, n: &Node<'_>, h: &mut Map) {
    h.map("connector", HOSTS, |c| {
        c.put("type", ("ssh", REACHED));
        c.put_some("host", k.reached(n.machine).map(|a| (words![a], REACHED)));
        c.put_some("user", k.user(n.machine).map(|u| (u, REACHED)));
        c.put("private_key", &k.install.key_file);
    });
    let network = k.view.cluster.node_network.at;
    h.put_some("internal_ipv4", k.own(n.machine).map(|a| (words![a].citing(network), OWN_ADDRESS)));
}

/// What is installed.
pub(super) fn config(k: &Kit<'_>) -> Map {
    let Cluster { name, pods, per_node, services, node_network: _, groups: _, api, layer: _, environments: _, at: _ } =
        k.view.cluster;
    let Install {
        version: _, // both documents' heads
        caps: _,
        kubernetes,
        key_file: _, // in the inventory
        etcd,
        proxy,
        replaced,
        max_pods,
        renew,
        certificate_names,
        registry,
        kubesphere: _, // its own files
        at: _,
    } = k.install;
    let mut doc = Map::new();
    head(k, "Config", &mut doc);
    doc.map("spec", FILE, |s| {
        s.map("kubernetes", FILE, |m| {
            m.put("kube_version", (words!["v", kubernetes], VERSION));
            m.put("cluster_name", name);
            m.map("apiserver", CERTIFICATE, |a| {
                let Api { address, port, vrrp, .. } = api;
                // Nodes that hold the address themselves serve it on its port; another holder may translate.
                a.put_some("port", vrrp.as_ref().map(|_| port).filter(|p| p.v != 6443));
                a.list("certSANs", CERTIFICATE, |l| {
                    l.push((words![address], CERTIFICATE));
                    certificate_names.iter().for_each(|n| l.push(n));
                });
            });
            endpoint(api, m);
            if let Some(r) = replaced {
                m.list("skip_phases", NO_PROXY, |l| l.push((words!["addon/kube-proxy"].citing(r.at), NO_PROXY)));
            }
            if let Some(p) = proxy {
                m.map("kube_proxy", PROXY, |x| {
                    x.put("mode", p);
                    if p.v == ProxyMode::Ipvs {
                        x.map("config", STRICT_ARP, |c| {
                            c.map("ipvs", STRICT_ARP, |i| {
                                i.put("strictARP", (Doc::Bool(true), Why::from(STRICT_ARP).also(p.at)));
                            });
                        });
                    }
                });
            }
            m.map("kubelet", FILE, |x| x.put("max_pods", max_pods));
            m.map("certs", FILE, |x| x.put("renew", renew));
        });
        s.map("etcd", ETCD, |m| {
            let EtcdBackup { dir, minutes, keep } = etcd;
            m.put("deployment_type", ("external", ETCD_NODES));
            m.map("backup", ETCD, |b| {
                b.put("backup_dir", dir);
                b.put("keep_backup_number", keep);
                b.put("on_calendar", (calendar(*minutes), ETCD));
            });
        });
        s.map("cri", CONTAINERD, |m| {
            m.put("container_manager", ("containerd", CONTAINERD));
            if let Some(r) = registry {
                cri(r, m);
            }
        });
        s.map("cluster_require", PLUGIN_CHECK, |m| {
            m.list("require_network_plugin", PLUGIN_CHECK, |l| l.push(("other", PLUGIN_CHECK)))
        });
        s.map("cni", NO_PLUGIN, |m| {
            m.comment(
                "install.sh puts in the Cilium of ../base/cilium; a plugin of KubeKey's would be a second owner.",
            );
            m.put("type", ("other", NO_PLUGIN));
            m.put("pod_cidr", pods);
            m.put("ipv4_mask_size", per_node);
            m.put("service_cidr", services);
        });
        s.map("storage_class", NO_LOCAL_STORAGE, |m| {
            m.map("local", NO_LOCAL_STORAGE, |l| {
                l.put("enabled", (false, NO_LOCAL_STORAGE));
                l.put("default", (false, NO_LOCAL_STORAGE));
            });
        });
        dns(k, s);
        if let Some(Registry { private: Some(host), mirrors: _, login, insecure, at: _ }) = registry {
            s.map("image_registry", REGISTRY, |m| {
                m.map("auth", REGISTRY, |a| {
                    a.put("registry", host);
                    a.put("plain_http", insecure);
                    if let Some((user, secret)) = login {
                        a.put("username", user);
                        a.put("password", (k.secret(*secret), SECRET));
                    }
                });
            });
        }
    });
    doc
}

fn endpoint(api: &Api, m: &mut Map) {
    let Api { name, address, port, vrrp, held_by, at: _ } = api;
    m.comment(match vrrp {
        Some(_) => "keepalived must hold this address before KubeKey starts; never kube-vip or haproxy beside it.",
        None => "Somebody else holds this address and must lead it to the API servers before KubeKey starts.",
    });
    m.map("control_plane_endpoint", OUTSIDE_BALANCER, |e| {
        e.put("host", (words![name], ENDPOINT));
        e.put("port", port);
        e.put("type", (words!["local"].citing(held_by.at), OUTSIDE_BALANCER));
        e.map("local", OUTSIDE_BALANCER, |l| l.put("address", (words![address], OUTSIDE_BALANCER)));
    });
}

/// Times of a day as systemd writes them (systemd.time(7)).
fn calendar(minutes: Sp<u32>) -> Composed {
    match minutes.v {
        1440 => words!["*-*-* 00:00:00"].citing(minutes.at),
        m if m >= 60 => words!["*-*-* 00/", minutes.map(|m| m / 60), ":00:00"],
        _ => words!["*-*-* *:00/", minutes, ":00"],
    }
}

fn cri(r: &Registry, m: &mut Map) {
    let Registry { private, mirrors, login: _, insecure, at: _ } = r;
    let insecure = private.as_ref().filter(|_| insecure.v).map(|h| words![h].citing(insecure.at));
    if mirrors.is_empty() && insecure.is_none() {
        return;
    }
    m.map("registry", REGISTRY, |x| {
        if !mirrors.is_empty() {
            x.list("mirrors", REGISTRY, |l| mirrors.iter().for_each(|u| l.push(u)));
        }
        if let Some(h) = insecure {
            x.list("insecure_registries", REGISTRY, |l| l.push((h, REGISTRY)));
        }
    });
}

fn dns(k: &Kit<'_>, s: &mut Map) {
    // Nothing redirects; the place of the statement is for messages.
    let ClusterDns { node_local, local_redirect: _, upstreams, in_order, zones, records: _, at: _ } = k.dns;
    s.map("dns", DNS, |d| {
        d.map("nodelocaldns", DNS, |n| n.put("enabled", node_local));
        d.map("coredns", DNS, |c| {
            c.list("dns_etc_hosts", NAMES, |l| texts(l, NAMES, k.hosts()));
            if upstreams.is_empty() && zones.is_empty() && in_order.is_none() {
                return;
            }
            c.list("zone_configs", ROOT_ZONE, |l| {
                for z in zones {
                    let (name, servers, cache) = zone_parts(z);
                    l.map(ZONES, |m| {
                        m.list("zones", ZONES, |x| x.push((words![name, ":53"], ZONES)));
                        m.list("additional_configs", ZONES, |x| {
                            ["errors", "loadbalance", "reload"].iter().for_each(|p| x.push((*p, ZONES)));
                        });
                        m.put("cache", cache);
                        m.list("forward", ZONES, |f| {
                            f.map(ZONES, |x| {
                                x.put("from", (".", ZONES));
                                x.list("to", ZONES, |t| servers.iter().for_each(|a| t.push(a)));
                            });
                        });
                    });
                }
                l.map(ROOT_ZONE, |m| root(k, m));
            });
        });
    });
}

fn root(k: &Kit<'_>, m: &mut Map) {
    m.list("zones", ROOT_ZONE, |x| x.push((".:53", ROOT_ZONE)));
    m.list("additional_configs", ROOT_ZONE, |x| {
        let own = ["errors", "ready", "prometheus :9153", "loop", "reload", "loadbalance"];
        own.iter().for_each(|p| x.push((*p, ROOT_ZONE)));
    });
    m.put("cache", (30u32, ROOT_ZONE));
    m.map("kubernetes", ROOT_ZONE, |x| x.list("zones", ROOT_ZONE, |z| z.push(("cluster.local", ROOT_ZONE))));
    m.list("forward", FORWARD, |f| {
        f.map(FORWARD, |x| {
            x.put("from", (".", FORWARD));
            x.list("to", FORWARD, |t| {
                k.dns.upstreams.iter().for_each(|a| t.push(a));
                if k.dns.upstreams.is_empty() {
                    t.push(("/etc/resolv.conf", ROOT_ZONE));
                }
            });
            if let Some(o) = k.dns.in_order {
                let policy = if o.v { words!["sequential"] } else { words!["random"] };
                x.put("policy", (policy.citing(o.at), ORDER));
            }
            x.put("max_concurrent", (1000u32, ROOT_ZONE));
        });
    });
}
