//! KubeKey: who is a node, what is installed on it, and the script that does it in order; decides nothing, writes no secret.

mod cluster;
mod config;
mod kubesphere;
mod script;

use std::net::Ipv4Addr;

use super::ansible::reach;
use super::kube::{self, HEADER, View};
use super::{Format, Meta, Out, Site};
use crate::consumer::KubekeyDialect;
use crate::ir::{ClusterDns, Install, Machine, NodeGroup, Record, Sealed, SecretId, Topology, Zone};
use crate::render::{Composed, List, Map};
use crate::schema::{Label, Name, NodeRole};
use crate::source::{Origin, Rule, Sp};
use crate::words;

crate::rules! {
    21;
    FILE = "KubeKey installs the cluster from this, once, and adds nodes from it later" @ "RFC 4.3";
    KIND = "KubeKey skips a document of another kind, and what it does not know it ignores" @ "KubeKey 3.1.12, v1alpha2 Cluster; 4.0.6, v1 Inventory and Config; targets K2";
    HOSTS = "every node, with the address that SSH reaches and the address that is its own" @ "RFC 4.3";
    REACHED = "the installer logs in where Ansible does" @ "RFC 4.2, 4.3";
    OWN_ADDRESS = "kubelet, etcd and the overlay use this address: it is on the node network, not where people log in" @ "RFC 4.3, 5.3; kubelet --node-ip; targets K1";
    ROLES = "KubeKey ends when a role has nobody" @ "KubeKey 3.1.12, GroupHosts; targets K2";
    ETCD_NODES = "etcd runs on the control-plane nodes" @ "RFC 4.4";
    ENDPOINT = "everybody asks the API at this name; KubeKey writes it into /etc/hosts of each node" @ "RFC 4.3, 4.4; targets N12";
    OUTSIDE_BALANCER = "KubeKey balances nothing itself: it refuses its own balancer beside an address" @ "KubeKey 3.1.12, SetDefaultLBCfg; targets section 6";
    VERSION = "Kubernetes' own versions have a v" @ "KubeKey 3.1.12, kubernetes.version";
    CONTAINERD = "Kubernetes has had no docker inside since 1.24" @ "KubeKey 3.1.12, containerManager is docker by default";
    NO_PROXY = "the network plugin does what kube-proxy would do, and two of them lead services to different pods" @ "RFC 5.1.2; targets K4";
    PROXY = "kube-proxy stays, as nothing replaces it" @ "KubeKey 3.1.12, proxyMode; 4.0.6, kube_proxy.mode";
    STRICT_ARP = "without this IPVS answers ARP for every service address, MetalLB's too" @ "MetalLB, Installation; kube-proxy ipvs.strictARP; targets section 3";
    RESOURCES = "the Gateway API's resources come before the controller that looks for them when it starts" @ "Cilium, Gateway API Support, Prerequisites";
    NO_PLUGIN = "the network plugin has one owner: install.sh puts in the release that Argo CD adopts, KubeKey puts in none" @ "RFC 4.3, 5.1.2; targets K4";
    PLUGIN_CHECK = "KubeKey's check knows `none`, its roles know `other`: this makes the check know it too" @ "KubeKey 4.0.6, 01-cluster_require.yaml, 04-cni.yaml";
    NO_LOCAL_STORAGE = "KubeKey would make a default class of local volumes beside the cluster's own storage" @ "KubeKey 4.0.6, storage_class.local";
    KEPT_COPIES = "so many copies are kept beside the first line of a list" @ "KubeKey 3.1.12, cmd/kk/pkg/etcd/templates/backup_script.go: ls -lt, NR";
    ETCD = "etcd is copied on each control-plane node" @ "RFC 9.2; KubeKey, etcd backup";
    CERTIFICATE = "clients that ask the API by this name or address believe it" @ "KubeKey, certificate of the API server";
    DNS = "CoreDNS reads only what the installer writes: its ConfigMap has no `import` line" @ "RFC 5.10; KubeKey 3.1.12, coredns ConfigMap; targets K10";
    NAMES = "names that pods resolve without asking anybody" @ "RFC 4.3; CoreDNS, hosts; targets N12";
    FORWARD = "whom CoreDNS asks for names outside the cluster" @ "RFC 5.10; CoreDNS, forward";
    ORDER = "the next server is asked only when one does not answer: `forward` alone takes any" @ "RFC 5.10; CoreDNS, forward, policy sequential";
    ZONES = "domains that others answer for" @ "RFC 5.10; CoreDNS, Corefile";
    ZONES_TWICE = "pods ask the cache on their node first, so it must know these domains as well" @ "RFC 5.10; KubeKey 3.1.12, dns.nodelocaldns.externalZones";
    ROOT_ZONE = "this list replaces KubeKey's own, so the block for everything else is written out" @ "KubeKey 4.0.6, 05-dns.yaml, zone_configs";
    REGISTRY = "where images come from" @ "RFC 4.3; KubeKey, registry";
    SECRET = "a secret is never in the tree: install.sh puts it in when it runs, in a copy that it removes" @ "RFC 8.2; targets T4";
    GROUP = "what a group of nodes has in common" @ "RFC 4.3, 5.8";
    SCRIPT = "the steps of an installation, in their order; each may be run again" @ "RFC 4.3, 5.1.2";
    RELEASE = "exactly the release that the chart reference names, so that Argo CD adopts it" @ "RFC 5.1.2, 8.1; targets K4";
    SPHERE = "KubeSphere comes last: it needs a network" @ "RFC 4.3; KubeSphere, installing on Kubernetes";
    FIRST_PASSWORD = "the first account has a password of its own: without one it has that which the makers publish" @ "ks-core 1.1, values.yaml: authentication.adminPassword; ks-installer 3.4, spec.authentication.adminPassword";
    SILENT = "nothing is told to its makers" @ "ks-core 1.1, values.yaml: telemetry.enabled";
    IDENTITY = "people log in by somebody who knows them" @ "RFC 3.2.2; OpenID Connect Core 1.0";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "kubekey",
    writes: "<folder>/installer/{cluster-config.yaml | inventory.yaml, config.yaml}, install.sh, kubesphere-….yaml",
    what: "The nodes and what KubeKey installs on them, and a script with the steps: Kubernetes, the network plugin, KubeSphere.",
    reader: "KubeKey, Helm",
    apply: "Run `<folder>/installer/install.sh` where `kk` is and SSH reaches the nodes, after keepalived holds the API address and before Argo CD: it installs Kubernetes without a network plugin, then the Gateway API's resources where Cilium serves gateways, then the Cilium release of `<folder>/base/cilium`.",
    step: 7,
    rfc: "4.3, 4.4, 5.10",
    systems: &[
        ("KubeKey", "<folder>/installer/install.sh", "`cluster { install \"kubekey\" }`"),
        ("KubeSphere", "<folder>/installer/install.sh", "`install { kubesphere }`"),
        ("containerd", "<folder>/installer/cluster-config.yaml", "`cluster { install \"kubekey\" }`"),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Spells the files of every cluster that is installed.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for view in kube::views(sealed) {
        let Some(install) = &view.layer.install else { continue };
        let k = Kit { view, install, dns: &view.layer.dns };
        match install.caps.v.dialect {
            KubekeyDialect::Cluster => k.doc(out, "cluster-config.yaml", cluster::cluster(&k)),
            KubekeyDialect::InventoryAndConfig => {
                k.doc(out, "inventory.yaml", config::inventory(&k));
                k.doc(out, "config.yaml", config::config(&k));
            }
        }
        for (file, doc) in kubesphere::documents(&k) {
            k.doc(out, &file, doc);
        }
        out.program(Site::Workstation, k.path("install.sh"), script::script(&k));
    }
}

/// One installed cluster.
struct Kit<'a> {
    view: View<'a>,
    install: &'a Install,
    dns: &'a ClusterDns,
}

/// A node and its group.
struct Node<'a> {
    machine: &'a Machine,
    group: &'a NodeGroup,
}

impl<'a> Kit<'a> {
    fn path(&self, file: &str) -> String {
        kube::below(&self.view, &["installer/", file].concat())
    }

    fn doc(&self, out: &mut Out<'_>, file: &str, doc: Map) {
        out.doc(Site::Workstation, self.path(file), Format::Yaml(HEADER), doc, FILE);
    }

    fn t(&self) -> &'a Topology {
        self.view.t
    }

    /// Nodes of a role, in the order of their groups and numbers.
    fn nodes(&self, role: NodeRole) -> impl Iterator<Item = Node<'a>> {
        let t = self.t();
        let groups = self.view.cluster.groups.iter().filter(move |g| g.role.v == role);
        groups.flat_map(move |group| group.nodes.iter().map(move |id| Node { machine: t.machine(*id), group }))
    }

    /// All nodes: the control plane first.
    fn all(&self) -> impl Iterator<Item = Node<'a>> {
        self.nodes(NodeRole::ControlPlane).chain(self.nodes(NodeRole::Worker))
    }

    /// The address that SSH reaches.
    fn reached(&self, m: &'a Machine) -> Option<&'a Sp<Ipv4Addr>> {
        reach(self.t(), m).map(|(_, address)| address)
    }

    /// The node's own address.
    fn own(&self, m: &'a Machine) -> Option<&'a Sp<Ipv4Addr>> {
        let network = self.view.cluster.node_network;
        m.nics.iter().find(|n| n.vlan.v == network.v).and_then(|n| n.address.as_ref())
    }

    /// The account that SSH logs in to.
    fn user(&self, m: &Machine) -> Option<Composed> {
        let l = m.login?;
        Some(words![self.t().login(l.v).name].citing(l.at))
    }

    /// What stands for a secret until install.sh puts it in; also the name of the variable that holds it.
    fn secret(&self, id: Sp<SecretId>) -> Composed {
        let name = &self.t().secret(id.v).name;
        words!["TOPOC_SECRET_", name.as_ref().map(variable)].citing(id.at)
    }

    /// Lines of /etc/hosts.
    fn hosts(&self) -> Vec<Composed> {
        let line = |Record { name, address }: &Record| words![address, " ", name];
        self.dns.records.iter().map(line).collect()
    }
}

/// Names have no underscore, so two secrets never become one variable.
fn variable(name: &Name) -> Label {
    Label(name.to_uppercase().replace('-', "_").into())
}

fn names<'a>(list: &mut List, nodes: impl Iterator<Item = Node<'a>>) {
    nodes.for_each(|n| list.push(&n.machine.name));
}

fn texts(list: &mut List, rule: Rule, all: impl IntoIterator<Item = Composed>) {
    all.into_iter().for_each(|c| list.push((c, rule)));
}

fn zone_parts(zone: &Zone) -> (&Sp<crate::schema::Domain>, &[Sp<Ipv4Addr>], Sp<u32>) {
    // The place of the statement is for messages.
    let Zone { name, servers, cache, at: _ } = zone;
    (name, servers, *cache)
}

/// What an order cites: the stated word.
fn sequential(dns: &ClusterDns) -> Option<Origin> {
    dns.in_order.map(|o| o.at)
}
