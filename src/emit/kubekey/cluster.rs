//! The one document of KubeKey 3.1: `kind: Cluster`.

use super::*;
use crate::ir::{Api, Cluster, EtcdBackup, Registry};
use crate::schema::ProxyMode;

/// The document.
pub(super) fn cluster(k: &Kit<'_>) -> Map {
    // `layer`, `environments` and `at` are no part of it; groups and network are spelled per node.
    let Cluster { name, pods, per_node, services, node_network: _, groups: _, api, layer: _, environments: _, at: _ } =
        k.view.cluster;
    let Install {
        version,
        caps,
        kubernetes,
        key_file: _, // per node
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
    let api_version = words!["kubekey.kubesphere.io/v1alpha2"].citing(version.at).citing(caps.at);
    doc.put("apiVersion", (api_version, KIND));
    doc.put("kind", ("Cluster", KIND));
    doc.map("metadata", KIND, |m| m.put("name", name));
    doc.map("spec", FILE, |s| {
        s.comment(
            "address: where SSH reaches the node; internalAddress: its own on the node network, for kubelet and etcd.",
        );
        s.list("hosts", HOSTS, |l| k.all().for_each(|n| l.map(HOSTS, |h| host(k, &n, h))));
        s.map("roleGroups", ROLES, |r| {
            r.list("etcd", ETCD_NODES, |l| names(l, k.nodes(NodeRole::ControlPlane)));
            r.list("control-plane", ROLES, |l| names(l, k.nodes(NodeRole::ControlPlane)));
            r.list("worker", ROLES, |l| names(l, k.nodes(NodeRole::Worker)));
        });
        endpoint(api, s);
        s.map("kubernetes", FILE, |m| {
            m.put("version", (words!["v", kubernetes], VERSION));
            m.put("clusterName", name);
            m.put("containerManager", ("containerd", CONTAINERD));
            m.put("maxPods", max_pods);
            m.put("nodeCidrMaskSize", per_node);
            m.put("autoRenewCerts", renew);
            if !certificate_names.is_empty() {
                m.list("apiserverCertExtraSans", CERTIFICATE, |l| certificate_names.iter().for_each(|n| l.push(n)));
            }
            m.put("nodelocaldns", k.dns.node_local);
            m.put_some(
                "disableKubeProxy",
                replaced.map(|r| (crate::render::Doc::Bool(true), crate::render::Why::from(NO_PROXY).also(r.at))),
            );
            m.put_some("proxyMode", proxy.as_ref());
            if let Some(p) = proxy.filter(|p| p.v == ProxyMode::Ipvs) {
                m.map("kubeProxyConfiguration", STRICT_ARP, |c| {
                    c.map("ipvs", STRICT_ARP, |i| {
                        i.put(
                            "strictARP",
                            (crate::render::Doc::Bool(true), crate::render::Why::from(STRICT_ARP).also(p.at)),
                        );
                    });
                });
            }
        });
        s.map("etcd", ETCD, |m| {
            let EtcdBackup { dir, minutes, keep } = etcd;
            m.put("type", ("kubekey", ETCD_NODES));
            m.put("backupDir", dir);
            m.comment("Minutes.");
            m.put("backupPeriod", minutes);
            m.comment("One more than are kept: KubeKey counts the heading of its list as a copy.");
            let copies = crate::render::Doc::Int(i64::from(keep.v) + 1);
            m.put("keepBackupNumber", (copies, crate::render::Why::from(KEPT_COPIES).also(keep.at)));
        });
        s.map("network", NO_PLUGIN, |m| {
            m.comment(
                "install.sh puts in the Cilium of ../base/cilium; a plugin of KubeKey's would be a second owner.",
            );
            m.put("plugin", ("none", NO_PLUGIN));
            m.put("kubePodsCIDR", pods);
            m.put("kubeServiceCIDR", services);
        });
        dns(k, s);
        if let Some(r) = registry {
            s.map("registry", REGISTRY, |m| self::registry(k, r, m));
        }
    });
    doc
}

fn host(k: &Kit<'_>, n: &Node<'_>, h: &mut Map) {
    h.put("name", &n.machine.name);
    h.put_some("address", k.reached(n.machine).map(|a| (words![a], REACHED)));
    let network = k.view.cluster.node_network.at;
    h.put_some("internalAddress", k.own(n.machine).map(|a| (words![a].citing(network), OWN_ADDRESS)));
    h.put_some("user", k.user(n.machine).map(|u| (u, REACHED)));
    h.put("privateKeyPath", &k.install.key_file);
    if !n.group.labels.is_empty() {
        h.map("labels", GROUP, |l| n.group.labels.iter().for_each(|(key, value)| l.put(key, value)));
    }
}

fn endpoint(api: &Api, s: &mut Map) {
    // Who holds the address in detail is keepalived's to spell.
    let Api { name, address, port, vrrp, held_by, at: _ } = api;
    s.comment(match vrrp {
        Some(_) => "keepalived must hold this address before KubeKey starts; never internalLoadbalancer beside it.",
        None => "Somebody else holds this address and must lead it to the API servers before KubeKey starts.",
    });
    s.map("controlPlaneEndpoint", OUTSIDE_BALANCER, |m| {
        m.put("domain", (words![name], ENDPOINT));
        m.put("address", (words![address].citing(held_by.at), OUTSIDE_BALANCER));
        m.put("port", port);
    });
}

fn dns(k: &Kit<'_>, s: &mut Map) {
    // `node_local` stands beside Kubernetes; nothing redirects; an order is refused for this release.
    let ClusterDns { node_local, local_redirect: _, upstreams, in_order: _, zones, records: _, at: _ } = k.dns;
    s.map("dns", DNS, |d| {
        let mut hosts = words![""];
        for (i, line) in k.hosts().into_iter().enumerate() {
            hosts = if i == 0 { line } else { words![hosts, "\n", line] };
        }
        d.put("dnsEtcHosts", (hosts, NAMES));
        if upstreams.is_empty() && zones.is_empty() {
            return;
        }
        d.map("coredns", DNS, |c| {
            let mut servers = List::new();
            upstreams.iter().for_each(|a| servers.push((words![a], FORWARD)));
            if let (Some(at), Some((why, _))) = (sequential(k.dns), servers.items.first_mut()) {
                *why = why.clone().also(at);
            }
            if !servers.items.is_empty() {
                c.put("upstreamDNSServers", (servers, FORWARD));
            }
            if !zones.is_empty() {
                c.list("externalZones", ZONES, |l| zones.iter().for_each(|z| l.map(ZONES, |m| zone(z, m))));
            }
        });
        if node_local.v && !zones.is_empty() {
            d.map("nodelocaldns", ZONES_TWICE, |n| {
                n.list("externalZones", ZONES_TWICE, |l| zones.iter().for_each(|z| l.map(ZONES_TWICE, |m| zone(z, m))));
            });
        }
    });
}

fn zone(z: &Zone, m: &mut Map) {
    let (name, servers, cache) = zone_parts(z);
    m.list("zones", ZONES, |l| l.push(name));
    m.list("nameservers", ZONES, |l| servers.iter().for_each(|a| l.push(a)));
    m.put("cache", cache);
}

fn registry(k: &Kit<'_>, r: &Registry, m: &mut Map) {
    let Registry { private, mirrors, login, insecure, at: _ } = r;
    m.put_some("privateRegistry", private.as_ref());
    if !mirrors.is_empty() {
        m.list("registryMirrors", REGISTRY, |l| mirrors.iter().for_each(|u| l.push(u)));
    }
    let Some(host) = private else { return };
    if insecure.v {
        m.list("insecureRegistries", REGISTRY, |l| l.push((words![host].citing(insecure.at), REGISTRY)));
    }
    if login.is_some() || insecure.v {
        m.map("auths", REGISTRY, |a| {
            a.map(words![host], REGISTRY, |h| {
                if let Some((user, secret)) = login {
                    h.put("username", user);
                    h.put("password", (k.secret(*secret), SECRET));
                }
                if insecure.v {
                    h.put("plainHTTP", insecure);
                }
            });
        });
    }
}
