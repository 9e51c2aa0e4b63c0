//! What runs in a cluster: one row for each minor version whose chart or resources were checked, and which Kubernetes it is for.

use serde::Serialize;

/// First and last minor version of Kubernetes, both included: `(30, 33)` is 1.30 to 1.33.
pub type Minors = (u16, u16);

/// What every row has.
pub trait Row: Sized + 'static {
    /// What messages call the consumer.
    const NAME: &'static str;
    /// The word of `versions`.
    const WORD: &'static str;
    /// All rows, the oldest first.
    const ROWS: &'static [Self];
    /// Major and minor version.
    fn line(&self) -> &'static str;
    /// The release whose files were checked.
    fn checked(&self) -> &'static str;
    /// The Kubernetes that it is for; `None` where its makers name none.
    fn kubernetes(&self) -> Option<Minors>;
    /// Whether another Kubernetes is refused by its makers, or only untested.
    fn strict(&self) -> bool;
}

/// The row of a stated version; patch levels share one.
pub fn row<T: Row>(stated: &str) -> Option<&'static T> {
    T::ROWS.iter().find(|r| super::provider::covers(r.line(), stated))
}

macro_rules! rows {
    ($($(#[doc = $doc:literal])+ $Name:ident $name:literal $word:literal $strict:literal {
        $($(#[doc = $fdoc:literal])+ $field:ident: $ty:ty,)*
    } [ $( $line:literal $checked:literal $k8s:expr, { $($value:tt)* } )+ ])*) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, PartialEq, Eq, Serialize)]
        pub struct $Name {
            /// Major and minor version.
            pub line: &'static str,
            /// The release whose files were checked.
            pub checked: &'static str,
            /// The Kubernetes that it is for.
            pub kubernetes: Option<Minors>,
            $($(#[doc = $fdoc])+ pub $field: $ty,)*
        }
        impl Row for $Name {
            const NAME: &'static str = $name;
            const WORD: &'static str = $word;
            const ROWS: &'static [Self] = &[$($Name { line: $line, checked: $checked, kubernetes: $k8s, $($value)* },)+];
            fn line(&self) -> &'static str {
                self.line
            }
            fn checked(&self) -> &'static str {
                self.checked
            }
            fn kubernetes(&self) -> Option<Minors> {
                self.kubernetes
            }
            fn strict(&self) -> bool {
                $strict
            }
        }
    )*};
}

/// Which documents an installer reads.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KubekeyDialect {
    /// One `kind: Cluster` (kubekey.kubesphere.io/v1alpha2).
    Cluster,
    /// `kind: Inventory` and `kind: Config` (kubekey.kubesphere.io/v1).
    InventoryAndConfig,
}

/// How KubeSphere is installed and told of identity providers.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KubesphereDialect {
    /// ks-installer and one `kind: ClusterConfiguration` (installer.kubesphere.io/v1alpha1).
    ClusterConfiguration,
    /// The ks-core chart and a Secret for each identity provider.
    Chart,
}

rows! {
    /// KubeKey (upstream/kubekey; its own list of Kubernetes versions).
    KubekeyCaps "KubeKey" "kubekey" true {
        /// The documents that it reads.
        dialect: KubekeyDialect,
    } [
        "3.1" "3.1.12" Some((19, 33)), { dialect: KubekeyDialect::Cluster }
        "4.0" "4.0.6" Some((23, 34)), { dialect: KubekeyDialect::InventoryAndConfig }
    ]
    /// KubeSphere (kubekey v3.1, cmd/kk/pkg/version/kubesphere/ks_installer.go and templates/cc_v341.go; kubesphere.io/docs/v4.1).
    KubesphereCaps "KubeSphere" "kubesphere" true {
        /// How it is installed.
        dialect: KubesphereDialect,
        /// The version of the chart for the release that was checked, where there is a chart.
        chart: Option<&'static str>,
    } [
        "3.4" "3.4.1" Some((21, 26)), { dialect: KubesphereDialect::ClusterConfiguration, chart: None }
        "4.1" "4.1.3" Some((19, 99)), { dialect: KubesphereDialect::Chart, chart: Some("1.1.4") }
    ]
    /// The Cilium chart (upstream/cilium; tested Kubernetes of Documentation/network/kubernetes/compatibility.rst).
    CiliumCaps "the Cilium chart" "cilium" false {
        /// The keys that lead to strict encryption (values.yaml of each line; the short form is deprecated in 1.19, gone in 1.20).
        strict: &'static [&'static str],
        /// Lines of the Gateway API whose resources its controller finds: with others the operator ends, and no node gets addresses
        /// for pods (cilium#44920: before 1.20 it asks for v1alpha2 of TLSRoute, which 1.6 does not serve).
        gateway_api: &'static [&'static str],
        /// Whether pods without a policy for what comes in lose the kubelet's probes when everything is refused (cilium#48444).
        loses_probes: bool,
    } [
        "1.18" "1.18.12" Some((30, 33)), { strict: &["encryption", "strictMode"], gateway_api: &[], loses_probes: false }
        "1.19" "1.19.6" Some((31, 34)), { strict: &["encryption", "strictMode", "egress"], gateway_api: &[], loses_probes: false }
        "1.20" "1.20.0" Some((32, 35)), { strict: &["encryption", "strictMode", "egress"], gateway_api: &["1.6"], loses_probes: true }
    ]
    /// The MetalLB chart (upstream/metallb).
    MetallbCaps "the MetalLB chart" "metallb" true {
    } [
        "0.16" "0.16.1" Some((19, 99)), {}
    ]
    /// The Rook charts (upstream/rook; Documentation/Getting-Started/Prerequisites and CephCluster CRD of each line).
    RookCaps "the Rook charts" "rook" true {
        /// Major versions of Ceph that the operator accepts.
        ceph: &'static [u16],
        /// The oldest Ceph that it accepts, `major.minor.patch`.
        oldest_ceph: &'static str,
        /// The chart ceph-csi-drivers that fits, where the operator does not start the drivers itself (Chart.yaml, dependencies).
        csi_drivers: Option<&'static str>,
        /// Whether the CephCluster names the kind of keys that clients get (spec.security.cephx; Ceph 20 and later have two).
        key_types: bool,
    } [
        "1.16" "1.16.8" Some((27, 32)), { ceph: &[18, 19], oldest_ceph: "18.2.0", csi_drivers: None, key_types: false }
        "1.20" "1.20.6" Some((31, 36)), { ceph: &[19, 20], oldest_ceph: "19.2.0", csi_drivers: Some("1.0.4"), key_types: true }
    ]
    /// The ingress-nginx chart (upstream/ingress-nginx).
    IngressNginxCaps "the ingress-nginx chart" "ingress-nginx" false {
        /// Why new topologies should not use it.
        retired: &'static str,
    } [
        "4.15" "4.15.1" Some((31, 35)), { retired: "its last release was of March 2026, security fixes have ended" }
    ]
    /// The Gateway API's own resources (upstream/gateway-api).
    GatewayApiCaps "the Gateway API" "gateway-api" true {
    } [
        "1.6" "1.6.1" None, {}
    ]
    /// The cert-manager chart (upstream/cert-manager).
    CertManagerCaps "the cert-manager chart" "cert-manager" true {
    } [
        "1.21" "1.21.1" None, {}
    ]
    /// The Argo CD chart (upstream/argo-cd: Chart.yaml, kubeVersion; values.yaml). Its CustomResourceDefinitions are of 3.5.1.
    ArgoCdCaps "the Argo CD chart" "argo-cd" true {
    } [
        "10.1" "10.1.1" Some((25, 99)), {}
    ]
    /// The kube-prometheus-stack chart (upstream/kube-prometheus-stack; Chart.yaml, kubeVersion).
    PrometheusStackCaps "the kube-prometheus-stack chart" "kube-prometheus-stack" true {
    } [
        "88.5" "88.5.3" Some((25, 99)), {}
    ]
    /// The chart of the blackbox exporter, prometheus-blackbox-exporter (upstream/blackbox-exporter; Chart.yaml, kubeVersion).
    BlackboxExporterCaps "the blackbox exporter's chart" "blackbox-exporter" true {
    } [
        "11.17" "11.17.2" Some((21, 99)), {}
    ]
    /// The SNMP exporter. Checked against its README and snmp.yml: several files of configuration, `auths` apart from modules;
    /// its image was not started.
    SnmpExporterCaps "the SNMP exporter" "snmp-exporter" true {
    } [
        "0.29" "0.29.0" None, {}
    ]
    /// The Loki chart of https://grafana-community.github.io/helm-charts (upstream/loki; Chart.yaml, kubeVersion).
    LokiCaps "the Loki chart" "loki" true {
    } [
        "18.11" "18.11.0" Some((25, 99)), {}
    ]
    /// The Alloy chart of https://grafana.github.io/helm-charts (upstream/alloy; Chart.yaml names no Kubernetes).
    AlloyCaps "the Alloy chart" "alloy" false {
    } [
        "1.11" "1.11.1" None, {}
    ]
    /// The Promtail chart of https://grafana.github.io/helm-charts (upstream/promtail; Chart.yaml, deprecated).
    PromtailCaps "the Promtail chart" "promtail" false {
        /// Why new topologies should not use it.
        retired: &'static str,
    } [
        "6.17" "6.17.1" None, { retired: "its chart is deprecated since October 2025, and Loki 3.8 comes without it" }
    ]
    /// The Tempo chart of https://grafana-community.github.io/helm-charts, one program that does everything. Checked against
    /// charts/tempo/values.yaml of 2.3.0 whole, which is 2.2.4 with routes of the Gateway API, and _ports.tpl, _helpers.tpl,
    /// statefulset.yaml of 1.23 to 3.0; README, Upgrading: 2.0.0 needs Kubernetes 1.25.
    TempoCaps "the Tempo chart" "tempo" true {
        /// Releases whose Tempo never starts, why, and what to use instead.
        broken: &'static [(&'static str, &'static str, &'static str)],
    } [
        "2.2" "2.2.4" Some((25, 99)), { broken: &[("2.2.1", "it names a receiver, opencensus, that its Tempo 2.10.6 has no more", "2.2.4")] }
        "2.3" "2.3.0" Some((25, 99)), { broken: &[] }
    ]
    /// The Kube-OVN chart of https://kubeovn.github.io/kube-ovn/. Checked against charts/kube-ovn/values.yaml and Chart.yaml
    /// (kubeVersion) of v1.15.8 and the documentation of underlay subnets and of the non-primary mode; no schema was at hand,
    /// so the resources were not validated.
    KubeOvnCaps "the Kube-OVN chart" "kube-ovn" true {
    } [
        "1.15" "1.15.8" Some((29, 99)), {}
    ]
    /// Multus. Checked against deployments/multus-daemonset-thick.yml; its makers name no Kubernetes.
    MultusCaps "Multus" "multus" false {
    } [
        "4.2" "4.2.4" None, {}
    ]
    /// Authentik on a machine. Checked against lifecycle/container/compose.yml and the Dockerfiles beside it, the fields of
    /// blueprints against the request models of authentik-client 2026.8.5, which its API makes them from; 2025.10 was the last
    /// with Redis, 2025.12 moved files from /media to /data.
    AuthentikCaps "Authentik" "authentik" false {
        /// The image of its database, to the patch level; upstream names the major version 16.
        postgres: &'static str,
    } [
        "2026.8" "2026.8.3" None, { postgres: "docker.io/library/postgres:16.14-alpine" }
    ]
    /// The Velero chart. Checked against charts/velero/values.yaml and values.schema.json of vmware-tanzu/helm-charts (7.2 and 10.x)
    /// and the list of values of 12.0.0, in which the keys that are written are the same; those of 12.1.0 (Velero 1.18.1, whose restores
    /// write what they moved to disk before they say that it is there: velero-io/velero, CHANGELOG-1.18.md) as others pin them.
    VeleroCaps "the Velero chart" "velero" true {
        /// The plugin for S3 that goes with the Velero of the chart (velero-plugin-for-aws, README: Compatibility).
        plugin: &'static str,
    } [
        "12.0" "12.0.0" None, { plugin: "v1.14.2" }
        "12.1" "12.1.0" None, { plugin: "v1.14.2" }
    ]
    /// VyOS, as the router of VLANs. Checked against its documentation: no image was at hand.
    VyosCaps "VyOS" "vyos" false {
    } [
        "1.4" "1.4.3" None, {}
    ]
}
