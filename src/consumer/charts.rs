//! Where charts and files of releases are published: the one place that says it, for who writes it down and for who allows
//! it; knows no version.

/// Cilium (docs.cilium.io, Installation using Helm).
pub const CILIUM: &str = "https://helm.cilium.io";
/// MetalLB (metallb.io, Installation with Helm).
pub const METALLB: &str = "https://metallb.github.io/metallb";
/// ingress-nginx (charts/ingress-nginx/README.md).
pub const INGRESS_NGINX: &str = "https://kubernetes.github.io/ingress-nginx";
/// cert-manager (cert-manager.io, Helm).
pub const CERT_MANAGER: &str = "https://charts.jetstack.io";
/// Rook (rook.io, Ceph Operator Helm Chart).
pub const ROOK: &str = "https://charts.rook.io/release";
/// The drivers of volumes of ceph-csi (ceph-csi-operator, docs/helm-charts).
pub const CEPH_CSI: &str = "https://ceph.github.io/ceph-csi-operator";
/// Kube-OVN (charts/kube-ovn).
pub const KUBE_OVN: &str = "https://kubeovn.github.io/kube-ovn/";
/// kube-prometheus-stack and the exporters beside it.
pub const PROMETHEUS: &str = "https://prometheus-community.github.io/helm-charts";
/// Loki (upstream/loki) and Tempo, whose charts moved there.
pub const GRAFANA_COMMUNITY: &str = "https://grafana-community.github.io/helm-charts";
/// Alloy and Promtail (upstream/alloy, upstream/promtail).
pub const GRAFANA: &str = "https://grafana.github.io/helm-charts";
/// Velero (vmware-tanzu/helm-charts).
pub const VELERO: &str = "https://vmware-tanzu.github.io/helm-charts";
/// Argo CD (argoproj/argo-helm).
pub const ARGO_CD: &str = "https://argoproj.github.io/argo-helm";
/// A release of the Gateway API's resources; its version and the file's name follow.
pub const GATEWAY_API: &str = "https://github.com/kubernetes-sigs/gateway-api/releases/download/v";
/// A release of Multus; its version and the file's path follow.
pub const MULTUS: &str = "https://raw.githubusercontent.com/k8snetworkplumbingwg/multus-cni/v";

/// The server's name in one of them.
pub fn host(url: &'static str) -> &'static str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
