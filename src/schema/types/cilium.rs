//! Values of the language for the network plugin; reads single values, decides nothing.

use super::*;

words! {
    /// The network plugin of a cluster.
    Cni {
        Cilium = "cilium" "Cilium, by its chart",
        KubeOvn = "kube-ovn" "Kube-OVN in Cilium's place: refused, it is a second network of `nested`",
    }
    /// How packets of pods get from node to node.
    PodRouting {
        Tunnel = "tunnel" "inside packets of the nodes; the network needs to know nothing of pods",
        Native = "native" "as they are; the network between the nodes must know the way to each node's pods",
    }
    /// What packets of pods are wrapped in between nodes.
    Overlay {
        Vxlan = "vxlan" "VXLAN (RFC 7348), UDP port 8472",
        Geneve = "geneve" "Geneve (RFC 8926), UDP port 6081",
    }
    /// Who gives each node its share of the pods' addresses. It must not change while the cluster lives.
    PodAddresses {
        ClusterPool = "cluster-pool" "Cilium's operator",
        Kubernetes = "kubernetes" "the controller manager of Kubernetes",
    }
    /// How packets between nodes are encrypted.
    PodEncryption {
        Wireguard = "wireguard" "WireGuard, UDP port 51871; each node makes its own key",
    }
    /// Who gives packets that leave the cluster a node's address.
    Masquerade {
        Bpf = "bpf" "Cilium's programs, on the interfaces that it works on; they need kube-proxy replaced",
        Iptables = "iptables" "rules of iptables on the node",
        Nobody = "none" "nobody: whoever is outside must know the way to the pods",
    }
    /// What holds for a pod that no policy selects.
    PolicyMode {
        Default = "default" "it may talk to everyone",
        Always = "always" "it may talk to nobody",
        Never = "never" "policies are not enforced for anyone",
    }
    /// What is counted of the flows between pods.
    FlowMetric {
        Dns = "dns" "questions and answers",
        Drop = "drop" "dropped packets and why",
        Tcp = "tcp" "flags of connections",
        Flow = "flow" "flows by verdict",
        Icmp = "icmp" "messages by type",
        Http = "http" "requests and answers; only where a policy reads HTTP",
        Policy = "policy" "verdicts by policy",
        Ports = "port-distribution" "flows by destination port",
        World = "flows-to-world" "flows that leave the cluster",
    }
    /// What the two ends of a counted flow are told apart by; the first of several that is known of an end.
    FlowContext {
        Pod = "pod" "namespace and name of the pod",
        Workload = "workload" "name of the workload that made the pod",
        App = "app" "the pod's label of its application",
        Namespace = "namespace" "the namespace",
        Dns = "dns" "the name that was looked up",
        Ip = "ip" "the address",
        Identity = "identity" "the security identity",
        Reserved = "reserved" "what is no pod: host, world, kube-apiserver",
    }
    /// Who makes the certificates between Hubble's parts, and makes them anew before they end.
    FlowCertificates {
        CronJob = "cron-job" "a job in the cluster, every four months, by an authority of its own",
        CertManager = "cert-manager" "cert-manager, by an issuer that signs for names inside the cluster",
    }
}

/// Where packets go: an IPv4 net, also all of them, or `internet`: everything but our VLANs and what is private
/// (RFC 1918, RFC 6598).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Destination {
    /// A net.
    Net(ipnet::Ipv4Net),
    /// Everything that is not ours and not private.
    Internet,
}

impl Value for Destination {
    const TY: Ty = Ty::Form("an IPv4 net with its prefix, or \"internet\"", "203.0.113.0/24");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        if s == "internet" {
            return Ok(Destination::Internet);
        }
        if s.parse::<Ipv4Addr>().is_ok() {
            return Err(Bad::Value("a net has a prefix length".into(), Some(format!("\"{s}/32\""))));
        }
        let net: ipnet::Ipv4Net = s.parse().or_else(|_| bad("it is neither an IPv4 net nor \"internet\""))?;
        if net.addr() != net.network() {
            let right = format!("\"{}\"", net.trunc());
            return Err(Bad::Value(format!("{net} has bits set behind the prefix"), Some(right)));
        }
        Ok(Destination::Net(net))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Net(net) => net.fmt(f),
            Destination::Internet => f.write_str("internet"),
        }
    }
}

impl Serialize for Destination {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
