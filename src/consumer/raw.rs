//! Keys that a person may put into a `raw` because a manual or an old example says so, and what the consumer makes of them: data.

/// What becomes of such a key.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The consumer refuses the file.
    Refused,
    /// It is taken and does nothing.
    Inert,
    /// It works today and its makers have said that it goes, or it works until something happens.
    Trap,
}

/// When a row is about a key.
#[derive(Copy, Clone, Debug)]
pub enum When {
    /// Whatever its value is.
    Any,
    /// One of its values is one of these.
    Is(&'static [&'static str]),
    /// Its value is neither `true` nor `false`.
    NotBoolean,
    /// One of its values has one of these in it.
    Has(&'static [&'static str]),
    /// It has neither values nor keys.
    Empty,
    /// The fragment has another key with one of these values; without values: with any.
    Beside(&'static [&'static str], &'static [&'static str]),
}

/// A key of an artifact and what its consumer makes of it.
#[derive(Debug)]
pub struct Known {
    /// What the path has behind the cluster's folder, as its beginning.
    pub file: &'static str,
    /// The keys from the outermost; `*` is any one, the last may have keys below it.
    pub path: &'static [&'static str],
    /// When.
    pub when: When,
    /// The lines of the Cilium chart that the row is about; empty where the line does not matter.
    pub lines: &'static [&'static str],
    /// What becomes of it.
    pub fate: Fate,
    /// Why, and who says so.
    pub why: &'static str,
    /// What to write in the topology, or in the fragment, instead.
    pub instead: &'static str,
}

const CILIUM: &str = "base/cilium/values.yaml";
const KUBEKEY: &str = "installer/cluster-config.yaml";
const NGINX: &str = "base/ingress-nginx/values.yaml";
const METALLB: &str = "base/metallb/values.yaml";
const CERT_MANAGER: &str = "base/cert-manager/values.yaml";
const CEPH: &str = "config/rook-ceph/cephcluster";
const POLICIES: &str = "config/network-policies/";
const COREDNS: &str = "config/coredns/";
const ANY_SERVICE: &str = "base/";

macro_rules! known {
    ($($file:ident $path:tt $when:expr, $lines:tt $fate:ident $why:literal $instead:literal;)*) => {
        &[$(Known { file: $file, path: &$path, when: $when, lines: &$lines, fate: Fate::$fate, why: $why, instead: $instead }),*]
    };
}

/// All of them.
pub const KNOWN: &[Known] = known! {
    // templates/validate.yaml and cilium-configmap.yaml of the charts 1.18 to 1.20
    CILIUM ["kubeProxyReplacement"] When::NotBoolean, [] Refused "the chart fails: true or false, since 1.16" "network \"cilium\" { replace-kube-proxy }";
    CILIUM ["tunnel"] When::Any, [] Refused "the chart fails: the key went in 1.15" "network \"cilium\" { overlay \"vxlan\" }";
    CILIUM ["endpointStatus"] When::Any, [] Refused "the chart fails: the key went in 1.16" "remove it";
    CILIUM ["remoteNodeIdentity"] When::Any, [] Refused "the chart fails: the key went in 1.16" "remove it";
    CILIUM ["containerRuntime", "integration"] When::Any, [] Refused "the chart fails: the key went in 1.16" "remove it";
    CILIUM ["proxy", "prometheus"] When::Any, [] Refused "the chart fails: Envoy's metrics have keys of their own since 1.16" "network \"cilium\" { metrics }";
    CILIUM ["etcd", "managed"] When::Any, [] Refused "the chart fails: the key went in 1.16" "remove it";
    CILIUM ["enableCiliumEndpointSlice"] When::Any, [] Refused "the chart fails: it is ciliumEndpointSlice.enabled since 1.18" "ciliumEndpointSlice { enabled #true }";
    CILIUM ["ciliumEndpointSlice", "sliceMode"] When::Any, [] Refused "the chart fails: the key went in 1.18" "remove it";
    CILIUM ["encryption", "keyFile"] When::Any, [] Refused "the chart fails: it is below ipsec since 1.16" "network \"cilium\" { encryption \"wireguard\" }";
    CILIUM ["encryption", "mountPath"] When::Any, [] Refused "the chart fails: it is below ipsec since 1.16" "network \"cilium\" { encryption \"wireguard\" }";
    CILIUM ["encryption", "secretName"] When::Any, [] Refused "the chart fails: it is below ipsec since 1.16" "network \"cilium\" { encryption \"wireguard\" }";
    CILIUM ["encryption", "interface"] When::Any, [] Refused "the chart fails: it is below ipsec since 1.16" "network \"cilium\" { encryption \"wireguard\" }";
    CILIUM ["k8sServiceHostRef"] When::Any, [] Refused "the chart fails: topoc writes k8sServiceHost, and both exclude each other" "remove it";
    CILIUM ["cluster", "name"] When::Any, [] Trap "the name is part of identities and certificates; topoc takes it from the cluster" "remove it";
    CILIUM ["autoDirectNodeRoutes"] When::Is(&["true"]), [] Trap "the agent does not start with it beside a tunnel" "network \"cilium\" { routing \"native\"; direct-routes }";
    // no key of any chart from 1.13 on
    CILIUM ["enablePolicy"] When::Any, [] Inert "it never was a key of the chart" "network \"cilium\" { policy \"default\" }";
    CILIUM ["nodePort", "devices"] When::Any, [] Inert "it never was a key of the chart" "network \"cilium\" { interfaces \"VLAN\" }";
    CILIUM ["externalIPs"] When::Any, ["1.18", "1.19", "1.20"] Inert "the key went in 1.18" "remove it";
    CILIUM ["nodePort", "enabled"] When::Any, ["1.19", "1.20"] Inert "the key went in 1.19" "remove it";
    CILIUM ["ipam", "operator"] When::Beside(&["ipam", "mode"], &["kubernetes"]), [] Inert "the chart reads these only in the mode cluster-pool" "network \"cilium\" { pod-addresses \"cluster-pool\" }";
    CILIUM ["ipam", "mode"] When::Any, [] Trap "the mode must not change on a live cluster, and the installer must agree" "network \"cilium\" { pod-addresses \"kubernetes\" }";
    CILIUM ["hubble", "tls", "auto", "method"] When::Is(&["helm"]), [] Trap "the chart makes new certificates at each rendering under Argo CD" "network \"cilium\" { flows { certificates \"cron-job\" } }";
    CILIUM ["hubble", "metrics", "enabled"] When::Has(&["sourceContext:", "destinationContext:", "drop:reason", "tcp:flags", "flow:verdict", "icmp:type", ":method,path,status"]), [] Inert "an option is key=value, alternatives are divided by |, options by ;" "network \"cilium\" { flows { metrics \"flow\" } }";
    CILIUM ["hubble", "metrics", "enabled"] When::Is(&["http"]), [] Trap "http is outdated, and beside httpV2 an error" "network \"cilium\" { flows { metrics \"http\" } }";
    CILIUM ["localRedirectPolicy"] When::Any, [] Trap "it is localRedirectPolicies.enabled since 1.18" "dns { node-local }";
    // KubeKey 3.1 reads without refusing what it does not know
    KUBEKEY ["spec", "hosts", "*", "private_key_path"] When::Any, [] Inert "KubeKey reads privateKeyPath, and takes ~/.ssh/id_rsa by itself" "install \"kubekey\" { ssh-key-file \"~/.ssh/id_ed25519\" }";
    KUBEKEY ["spec", "network", "plugin"] When::Is(&["cilium"]), [] Trap "KubeKey would install a Cilium of its own, 1.15.3 with cluster-pool: two owners of one release" "network \"cilium\"";
    KUBEKEY ["spec", "controlPlaneEndpoint", "internalLoadbalancer"] When::Any, [] Refused "KubeKey ends: an internal load balancer and the API's address exclude each other" "remove it";
    KUBEKEY ["spec", "kubernetes", "version"] When::Any, [] Trap "every consumer's version is held against this one" "versions { kubernetes \"1.33.4\" }";
    KUBEKEY ["spec", "addons"] When::Has(&["kubesphere"]), [] Inert "an addon without sources installs nothing" "kubesphere { }";
    // CoreDNS as KubeKey configures it has no `import`, and one server a zone and port (corefile(5))
    COREDNS ["data", "*"] When::Any, [] Inert "KubeKey's CoreDNS imports no other ConfigMap, and a second server for `.:53` would stop it" "dns { via \"FIREWALL\" }";
    // ingress-nginx 4.15, values.yaml
    NGINX ["controller", "enableModsecurity"] When::Any, [] Inert "it is a key of controller.config" "ingress \"nginx\" { firewall }";
    NGINX ["controller", "enableOwaspCoreRules"] When::Any, [] Inert "it is a key of controller.config" "ingress \"nginx\" { firewall }";
    NGINX ["controller", "config", "enable-modsecurity"] When::Is(&["false"]), [] Trap "a ConfigMap holds texts; topoc writes this one" "ingress \"nginx\" { firewall }";
    // Kubernetes and MetalLB 0.14.9
    ANY_SERVICE ["*", "service", "loadBalancerIP"] When::Any, [] Trap "spec.loadBalancerIP is outdated in Kubernetes; an annotation pins the address" "address pool=\"POOL\" host=200";
    ANY_SERVICE ["*", "service", "annotations", "metallb.universe.tf/address-pool"] When::Any, [] Trap "the prefix is metallb.io since MetalLB 0.14.9" "address pool=\"POOL\" host=200";
    ANY_SERVICE ["*", "service", "annotations", "metallb.universe.tf/loadBalancerIPs"] When::Any, [] Trap "the prefix is metallb.io since MetalLB 0.14.9" "address pool=\"POOL\" host=200";
    METALLB ["speaker", "frr", "enabled"] When::Is(&["true"]), [] Trap "frr-k8s took its place in 0.16" "mode \"bgp\"";
    METALLB ["configInline"] When::Any, [] Refused "the chart fails: pools are resources since 0.13" "pool \"NAME\" vlan=\"VLAN\" { range 200 250 }";
    // cert-manager 1.21, values.schema.json is strict
    CERT_MANAGER ["installCRDs"] When::Any, [] Trap "it is crds.enabled, which topoc writes; both are an error" "remove it";
    // Rook 1.20, CephCluster: spec.network keeps what nobody reads
    CEPH ["spec", "network", "publicNetwork"] When::Any, [] Inert "no code reads it: Ceph would run on the pods' network" "public \"VLAN\"";
    CEPH ["spec", "network", "clusterNetwork"] When::Any, [] Inert "no code reads it: Ceph would run on the pods' network" "replication \"VLAN\"";
    CEPH ["spec", "network", "connections", "public"] When::Any, [] Inert "connections holds encryption, compression and requireMsgr2 only" "public \"VLAN\"";
    CEPH ["spec", "network", "hostNetwork"] When::Any, [] Inert "it counts only where no provider is stated, and topoc states one" "remove it";
    CEPH ["metadata", "annotations", "ceph.rook.io/publicNetworkInterface"] When::Any, [] Inert "there is no such annotation" "public \"VLAN\"";
    CEPH ["metadata", "annotations", "ceph.rook.io/clusterNetworkInterface"] When::Any, [] Inert "there is no such annotation" "replication \"VLAN\"";
    // the agent's own check of policies (pkg/policy/api/rule_validation.go): since 1.17 it refuses a policy without rules
    POLICIES ["spec", "ingress"] When::Empty, [] Refused "an empty section is no section: the policy denies nothing, and the agent refuses one without rules" "default-deny \"cluster\"";
    POLICIES ["spec", "egress"] When::Empty, [] Refused "an empty section is no section: the policy denies nothing, and the agent refuses one without rules" "default-deny \"cluster\"";
};
