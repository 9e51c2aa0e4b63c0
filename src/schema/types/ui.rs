//! Values of the language for the platform's own pages; reads single values, decides nothing.

use super::*;

words! {
    /// A page of the platform.
    PageOf {
        Alertmanager = "alertmanager" "Alertmanager: alerts and silences",
        ArgoCd = "argo-cd" "Argo CD: what is deployed",
        Ceph = "ceph" "Ceph's dashboard",
        Grafana = "grafana" "Grafana: dashboards",
        Hubble = "hubble" "Hubble: flows of the network",
        Kubesphere = "kubesphere" "KubeSphere: the cluster's console",
        Prometheus = "prometheus" "Prometheus: metrics and rules",
    }
}
