//! The platform's own pages: the service behind each, its pods, and how people log in; data as the charts make it.

use crate::schema::PageOf;

/// What is behind a page.
#[derive(Debug)]
pub struct Behind {
    /// The namespace of service and pods.
    pub namespace: &'static str,
    /// The service.
    pub service: &'static str,
    /// The TCP port of the service.
    pub port: u16,
    /// The TCP port of the pods.
    pub pod_port: u16,
    /// A label of the pods and its value.
    pub label: (&'static str, &'static str),
    /// A label of the pods that ask who knows people, and its value, where others do than those that people come to.
    pub asks: Option<(&'static str, &'static str)>,
    /// Whether it logs people in by OpenID Connect itself; a page that does not needs somebody before it.
    pub oidc: bool,
}

/// What is behind a page. Ceph's dashboard has another port where it speaks plain HTTP, see
/// [`crate::ir::Storage`].
pub fn behind(of: PageOf) -> &'static Behind {
    match of {
        // kube-prometheus-stack 88.5, templates/alertmanager/service.yaml, release kube-prometheus-stack.
        PageOf::Alertmanager => &Behind {
            namespace: "monitoring",
            service: "kube-prometheus-stack-alertmanager",
            port: 9093,
            pod_port: 9093,
            label: ("app.kubernetes.io/name", "alertmanager"),
            asks: None,
            oidc: false,
        },
        // argo-cd 10.1, templates/argocd-server/service.yaml, release argocd.
        PageOf::ArgoCd => &Behind {
            namespace: "argocd",
            service: "argocd-server",
            port: 80,
            pod_port: 8080,
            label: ("app.kubernetes.io/name", "argocd-server"),
            asks: None,
            oidc: true,
        },
        // Rook 1.16 and 1.20, pkg/operator/ceph/cluster/mgr/spec.go.
        PageOf::Ceph => &Behind {
            namespace: "rook-ceph",
            service: "rook-ceph-mgr-dashboard",
            port: 8443,
            pod_port: 8443,
            label: ("app", "rook-ceph-mgr"),
            asks: None,
            oidc: false,
        },
        // grafana 12.11, templates/service.yaml, as kube-prometheus-stack 88.5 names it.
        PageOf::Grafana => &Behind {
            namespace: "monitoring",
            service: "kube-prometheus-stack-grafana",
            port: 80,
            pod_port: 3000,
            label: ("app.kubernetes.io/name", "grafana"),
            asks: None,
            oidc: true,
        },
        // Cilium 1.18 to 1.20, templates/hubble-ui.
        PageOf::Hubble => &Behind {
            namespace: "kube-system",
            service: "hubble-ui",
            port: 80,
            pod_port: 8081,
            label: ("k8s-app", "hubble-ui"),
            asks: None,
            oidc: false,
        },
        // ks-core 1.1, templates/ks-console.yml; ks-installer 3.4, roles/ks-core/ks-core.
        PageOf::Kubesphere => &Behind {
            namespace: "kubesphere-system",
            service: "ks-console",
            port: 80,
            pod_port: 8000,
            label: ("app", "ks-console"),
            // It discovers who knows people and takes their codes (ks-core 1.1, templates/ks-apiserver.yaml).
            asks: Some(("app", "ks-apiserver")),
            oidc: true,
        },
        // kube-prometheus-stack 88.5, templates/prometheus/service.yaml, release kube-prometheus-stack.
        PageOf::Prometheus => &Behind {
            namespace: "monitoring",
            service: "kube-prometheus-stack-prometheus",
            port: 9090,
            pod_port: 9090,
            label: ("app.kubernetes.io/name", "prometheus"),
            asks: None,
            oidc: false,
        },
    }
}

/// The namespace of the pages' gateway and of the outpost before some of them; also the gateway's name.
pub const PAGES: &str = "pages";

/// The outpost before pages that log nobody in: its deployment and service (Authentik, manual outpost deployment).
pub const OUTPOST: &str = "authentik-outpost";

/// The TCP port at which the outpost takes requests without TLS (Authentik, proxy outpost).
pub const OUTPOST_PORT: u16 = 9000;
