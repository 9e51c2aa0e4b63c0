//! Emitter: Kube-OVN as a second network beside the cluster's own, Multus before it, and the VLANs of nested clusters; it never
//! makes Kube-OVN the network that pods get without asking.

use std::net::Ipv4Addr;

use super::kube::{self, Chart, HEADER, Part, View, object, set};
use super::{Format, Meta, Out};
use crate::consumer::charts;
use crate::ir::{Nested, NestedVlan, Sealed};
use crate::render::{Composed, List, Map, Piece, Scalar, Why};
use crate::schema::{NestedNetwork, NodeRole};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    31;
    VALUES = "Kube-OVN is a second network of the pods that ask for one" @ "RFC 5.9; targets K9; Kube-OVN documentation, Non-Primary CNI Mode";
    SECOND = "the cluster's own network stays the first: Kube-OVN handles no primary interface" @ "targets K9; kube-ovn chart 1.15.8, cni_conf.NON_PRIMARY_CNI";
    BEHIND = "Multus takes the first file of /etc/cni/net.d for the first network: at its default 01 Kube-OVN's would sort before Cilium's 05" @ "multus-cni, docs/configuration.md; kube-ovn 1.15, makefiles, Kube-OVN beside Cilium: priority 10";
    DATABASES = "the databases of OVN are on the control-plane nodes; they are named, because a chart that is rendered outside the cluster cannot look for them" @ "kube-ovn chart 1.15.8, MASTER_NODES; Helm, lookup";
    DATABASE_LABEL = "the databases run where kubeadm has put its label, so nobody labels nodes by hand" @ "kube-ovn chart 1.15.8, MASTER_NODES_LABEL";
    OWN_RANGES = "ranges that Kube-OVN keeps for itself are stated, so that they can be seen to be free" @ "kube-ovn chart 1.15.8, ipv4";
    GATEWAY = "the first address of the range" @ "kube-ovn chart 1.15.8, ipv4.POD_GATEWAY";
    SERVICES = "services have the addresses that the cluster gives them" @ "kube-ovn chart 1.15.8, ipv4.SVC_CIDR";
    MULTUS = "Multus comes as a file of its release: its makers publish no chart" @ "multus-cni, docs/quickstart.md";
    MULTUS_IMAGE = "the file names a moving image; the release is pinned instead" @ "multus-cni, deployments/multus-daemonset-thick.yml: snapshot-thick";
    NAMESPACE = "pods that are nodes have a namespace of their own" @ "RFC 5.9";
    PROVIDER = "on each node one NIC without address carries one VLAN; Kube-OVN puts it into a bridge of its own" @ "Kube-OVN documentation, Underlay Installation, ProviderNetwork";
    ELSEWHERE = "nodes without the NIC are left out, or the network would never be ready" @ "Kube-OVN documentation, Underlay Installation, excludeNodes";
    VLAN = "the hypervisor's bridge adds the tag, so Kube-OVN adds none" @ "Kube-OVN documentation, Underlay Installation, Vlan: id 0; RFC 2.2.1";
    SUBNET = "pods have addresses of the VLAN and leave it by the VLAN's own router" @ "RFC 5.9; Kube-OVN documentation, Underlay Installation, Subnet";
    OTHERS = "what is not for pods is somebody else's or free for others" @ "Kube-OVN documentation, Underlay Installation, EXCLUDE_IPS";
    ATTACHMENT = "a pod asks Multus for this network by its name" @ "Kube-OVN documentation, Manage Multiple Interface";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "nested",
    writes: "<folder>/base/{kube-ovn,multus}/…, <folder>/config/nested/…",
    what: "Multus, Kube-OVN as a second network, and the VLANs that pods of nested clusters can be on.",
    reader: "Helm, kustomize, Multus, Kube-OVN 1.15",
    apply: "Behind Cilium, in this order: `kubectl apply -k <folder>/base/multus`, the chart of `<folder>/base/kube-ovn`, `kubectl apply -k <folder>/config/nested`.",
    step: 8,
    rfc: "5.9",
    systems: &[("Kube-OVN", "<folder>/base/kube-ovn/values.yaml", "`cluster { nested … }`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace that chart and file of Multus are for.
const NAMESPACE_OF_BOTH: &str = "kube-system";

/// All parts of every cluster, and the reference to Multus, which no environment changes.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        let Some(first) = view.layer.nested.first() else { continue };
        let path = kube::below(&view, "base/multus/kustomization.yaml");
        out.doc(kube::site(&view), path, Format::Yaml(HEADER), multus(first), MULTUS);
    }
}

/// The parts of one cluster.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(first) = view.layer.nested.first() else { return Vec::new() };
    let mut all = vec![values(view, first)];
    let mut namespaces: Vec<&str> = Vec::new();
    for n in &view.layer.nested {
        // One is left; the versions are those of the first, which are the cluster's.
        let Nested {
            name: _,
            network,
            kube_ovn: _,
            multus: _,
            namespace,
            groups,
            without: _,
            overlay: _,
            join: _,
            vlans,
            at: _,
        } = n;
        match network.v {
            NestedNetwork::KubeOvn => {}
        }
        if !namespaces.contains(&&*namespace.v) {
            namespaces.push(&namespace.v);
            let doc = object("v1", "Namespace", namespace, None, NAMESPACE);
            all.push(Part::object("nested", &format!("namespace-{}", namespace.v), doc, NAMESPACE));
        }
        let carried: Vec<_> = groups.iter().map(|g| g.at).collect();
        for v in vlans {
            let NestedVlan { vlan, from, to, ifname, at: _ } = v;
            let row = view.t.vlan(vlan.v);
            let name = words!["vlan", row.tag].citing(vlan.at);
            let mut provider = object("kubeovn.io/v1", "ProviderNetwork", (name.clone(), PROVIDER), None, PROVIDER);
            if !n.without.is_empty() {
                provider.comment(
                    "Pods that ask for it select nodes by <name>.provider-network.ovn.kubernetes.io/ready: \"true\".",
                );
            }
            provider.map("spec", PROVIDER, |m| {
                let why = carried.iter().fold(Why::from(ifname.at), |w, at| w.also(*at));
                m.put("defaultInterface", (ifname.v.scalar(), why));
                if !n.without.is_empty() {
                    let nodes = n.without.iter().fold(List::new(), |mut l, id| {
                        l.push(&view.t.machine(*id).name);
                        l
                    });
                    m.put("excludeNodes", (nodes, ELSEWHERE));
                }
            });
            let mut tagged = object("kubeovn.io/v1", "Vlan", (name.clone(), VLAN), None, VLAN);
            tagged.map("spec", VLAN, |m| {
                m.put("id", (0u16, VLAN));
                m.put("provider", (name.clone(), VLAN));
            });
            let mut subnet = object("kubeovn.io/v1", "Subnet", (name.clone(), SUBNET), None, SUBNET);
            let network = words![row.name, ".", namespace, ".ovn"];
            subnet.map("spec", SUBNET, |m| {
                m.put("protocol", ("IPv4", SUBNET));
                m.put("provider", (network.clone(), SUBNET));
                m.put("vlan", (name.clone(), SUBNET));
                m.put("cidrBlock", row.subnet.map(|s| s.trunc()));
                m.put_some("gateway", row.gateway);
                m.put("excludeIps", (others(row.subnet, from, to), OTHERS));
            });
            let mut nad = Map::new();
            nad.put("apiVersion", ("k8s.cni.cncf.io/v1", ATTACHMENT));
            nad.put("kind", ("NetworkAttachmentDefinition", ATTACHMENT));
            nad.map("metadata", ATTACHMENT, |m| {
                m.put("name", &row.name);
                m.put("namespace", namespace);
            });
            nad.comment("Pods ask by the annotation k8s.v1.cni.cncf.io/networks: <namespace>/<name>; policies of the cluster do not see this network.");
            nad.map("spec", ATTACHMENT, |m| {
                let socket = r#"{"cniVersion":"0.3.1","type":"kube-ovn","server_socket":"/run/openvswitch/kube-ovn-daemon.sock","provider":""#;
                m.put("config", (words![socket, network, "\"}"], ATTACHMENT));
            });
            let tag = row.tag;
            all.push(Part::object("nested", &format!("providernetwork-vlan{tag}"), provider, PROVIDER));
            all.push(Part::object("nested", &format!("vlan-vlan{tag}"), tagged, VLAN));
            all.push(Part::object("nested", &format!("subnet-vlan{tag}"), subnet, SUBNET));
            all.push(Part::object("nested", &format!("net-attach-def-{}", row.name), nad, ATTACHMENT));
        }
    }
    all
}

/// Values of Kube-OVN: it is there once, so what nested clusters say of it is the same (E1002).
fn values(view: &View<'_>, n: &Nested) -> Part {
    let mut doc = Map::new();
    let control = view.cluster.groups.iter().filter(|g| g.role.v == NodeRole::ControlPlane).flat_map(|g| &g.nodes);
    let mut nodes = Composed::default();
    for m in control {
        let nic = view.t.machine(*m).nics.iter().find(|nic| nic.vlan.v == view.cluster.node_network.v);
        // A node without an address there is an error (E1005).
        let Some(address) = nic.and_then(|nic| nic.address) else { continue };
        if !nodes.text.is_empty() {
            ",".add(&mut nodes);
        }
        address.add(&mut nodes);
    }
    doc.put("MASTER_NODES", (nodes, DATABASES));
    doc.put("MASTER_NODES_LABEL", ("node-role.kubernetes.io/control-plane", DATABASE_LABEL));
    doc.map("ipv4", OWN_RANGES, |m| {
        m.put("POD_CIDR", n.overlay.map(|s| s.trunc()));
        let first = n.overlay.map(|s| Ipv4Addr::from(u32::from(s.network()) + 1));
        m.put("POD_GATEWAY", (first.v.scalar(), Why::from(GATEWAY).also(first.at)));
        m.put(
            "SVC_CIDR",
            (view.cluster.services.v.trunc().scalar(), Why::from(SERVICES).also(view.cluster.services.at)),
        );
        m.put("JOIN_CIDR", n.join.map(|s| s.trunc()));
    });
    set(&mut doc, &["cni_conf"], "NON_PRIMARY_CNI", (true, SECOND), SECOND);
    set(&mut doc, &["cni_conf"], "CNI_CONFIG_PRIORITY", ("10", BEHIND), SECOND);
    let chart = Chart {
        name: "kube-ovn",
        repository: charts::KUBE_OVN,
        version: n.kube_ovn.version.clone(),
        release: "kube-ovn",
        namespace: NAMESPACE_OF_BOTH,
    };
    Part::values("kube-ovn", chart, doc, VALUES)
}

/// Everything of a subnet that pods do not get, in Kube-OVN's spelling of ranges.
fn others(subnet: Sp<ipnet::Ipv4Net>, from: &Sp<Ipv4Addr>, to: &Sp<Ipv4Addr>) -> List {
    let (first, last) = (u32::from(subnet.v.network()) + 1, u32::from(subnet.v.broadcast()) - 1);
    let mut list = List::new();
    for (a, b, at) in [(first, u32::from(from.v) - 1, from.at), (u32::from(to.v) + 1, last, to.at)] {
        if a > b {
            continue;
        }
        let (a, b) = (Sp::new(Ipv4Addr::from(a), at), Sp::new(Ipv4Addr::from(b), subnet.at));
        list.push((if a.v == b.v { words![a] } else { words![a, "..", b] }, OTHERS));
    }
    list
}

/// The file of the release, with its image pinned.
fn multus(n: &Nested) -> Map {
    let version = &n.multus.version;
    let pin = |rule: Rule, text: Composed| (text, rule);
    let mut doc = Map::new();
    doc.put("apiVersion", ("kustomize.config.k8s.io/v1beta1", MULTUS));
    doc.put("kind", ("Kustomization", MULTUS));
    doc.list("resources", MULTUS, |l| {
        l.push(pin(MULTUS, words![charts::MULTUS, version, "/deployments/multus-daemonset-thick.yml"]));
    });
    doc.list("images", MULTUS_IMAGE, |l| {
        l.map(MULTUS_IMAGE, |m| {
            m.put("name", ("ghcr.io/k8snetworkplumbingwg/multus-cni", MULTUS_IMAGE));
            m.put("newTag", pin(MULTUS_IMAGE, words!["v", version, "-thick"]));
        });
    });
    doc
}
