//! What Argo CD must know of each chart and folder of objects: its stack, its place in the order, the kinds that it makes.

/// Where files of GitHub's releases and repositories are kept, beside github.com itself.
pub const GITHUB: &[&str] = &["*.githubusercontent.com", "github.com"];

/// A stack of RFC 8.2: what one AppProject may do.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stack {
    /// The network of the cluster: Cilium, MetalLB.
    Networking,
    /// Storage: Rook and Ceph.
    Storage,
    /// Certificates and ways in.
    Ingress,
    /// Monitoring and logs.
    Monitoring,
    /// Argo CD itself.
    Delivery,
    /// Who may talk to whom.
    Policies,
}

impl Stack {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Stack::Networking => "networking-stack",
            Stack::Storage => "storage",
            Stack::Ingress => "ingress-services",
            Stack::Monitoring => "monitoring",
            Stack::Delivery => "delivery",
            Stack::Policies => "policies",
        }
    }

    /// What it is.
    pub fn about(self) -> &'static str {
        match self {
            Stack::Networking => "The network of the cluster and addresses of its services.",
            Stack::Storage => "Storage in the cluster.",
            Stack::Ingress => "Certificates and ways in.",
            Stack::Monitoring => "Figures, logs and alerts.",
            Stack::Delivery => "Argo CD itself.",
            Stack::Policies => "Who may talk to whom.",
        }
    }
}

/// A chart or a folder of objects.
#[derive(Debug)]
pub struct Delivered {
    /// Its folder below the cluster's: `base/<chart>` or `config/<family>`.
    pub path: &'static str,
    /// Its stack.
    pub stack: Stack,
    /// Its place in the order: what it needs has a smaller one.
    pub wave: i16,
    /// Whether nothing of it is ever deleted because it is gone from the tree: it holds data, or definitions whose objects would go with them.
    pub keeps: bool,
    /// The namespace of an Application whose objects name none.
    pub home: &'static str,
    /// Kinds without a namespace that it makes beside the objects of the tree: `<group>/<kind>`.
    pub cluster: &'static [&'static str],
    /// Kinds with a namespace.
    pub namespaced: &'static [&'static str],
    /// Namespaces beside its own that it makes something in.
    pub also: &'static [&'static str],
}

impl Delivered {
    /// Whether it brings definitions of resources.
    pub fn defines(&self) -> bool {
        self.cluster.contains(&CRD)
    }
}

/// Definitions of resources.
const CRD: &str = "apiextensions.k8s.io/CustomResourceDefinition";
/// Roles for the whole cluster.
const ROLE: &str = "rbac.authorization.k8s.io/ClusterRole";
/// Who has them.
const BINDING: &str = "rbac.authorization.k8s.io/ClusterRoleBinding";
/// Webhooks that refuse.
const VALIDATES: &str = "admissionregistration.k8s.io/ValidatingWebhookConfiguration";
/// Webhooks that change.
const MUTATES: &str = "admissionregistration.k8s.io/MutatingWebhookConfiguration";

macro_rules! namespaced {
    ($($more:literal),* $(,)?) => {
        &[
            "/ConfigMap", "/Secret", "/Service", "/ServiceAccount", "apps/Deployment",
            "rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/RoleBinding", $($more),*
        ]
    };
}

/// A folder of objects: all its kinds are in the tree.
const fn objects(path: &'static str, stack: Stack, wave: i16, home: &'static str) -> Delivered {
    Delivered { path, stack, wave, keeps: false, home, cluster: &[], namespaced: &[], also: &[] }
}

/// All of them. Kinds of charts are those of their templates: cilium 1.20 (install/kubernetes/cilium), metallb 0.16 and its
/// frr-k8s, cert-manager 1.21, rook-ceph 1.20 with ceph-csi-operator, ceph-csi-drivers, ingress-nginx 4.15, kube-ovn 1.15,
/// kube-prometheus-stack 88.5, argo-cd 10.1, tempo 2.3 (grafana-community/helm-charts, charts/tempo/templates); of releases the files themselves (Gateway API 1.6, Multus 4.2).
pub const DELIVERED: &[Delivered] = &[
    // Cilium's operator looks for these when it starts. Their release brings a policy that refuses older ones.
    Delivered {
        path: "config/gateway-api",
        stack: Stack::Networking,
        wave: 0,
        keeps: true,
        home: "kube-system",
        cluster: &[
            CRD,
            "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
            "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
        ],
        namespaced: &[],
        also: &[],
    },
    // Without a network no other pod has an address. Its chart keeps secrets of gateways in a namespace of their own.
    Delivered {
        path: "base/cilium",
        stack: Stack::Networking,
        wave: 10,
        keeps: true,
        home: "kube-system",
        cluster: &[
            ROLE,
            BINDING,
            "/Namespace",
            "gateway.networking.k8s.io/GatewayClass",
            "networking.k8s.io/IngressClass",
        ],
        namespaced: namespaced!["apps/DaemonSet", "batch/CronJob", "batch/Job", "cert-manager.io/Certificate"],
        also: &["cilium-secrets"],
    },
    objects("config/cilium", Stack::Networking, 20, "kube-system"),
    Delivered {
        path: "base/multus",
        stack: Stack::Networking,
        wave: 30,
        keeps: true,
        home: "kube-system",
        cluster: &[CRD, ROLE, BINDING],
        namespaced: &["/ConfigMap", "/ServiceAccount", "apps/DaemonSet"],
        also: &[],
    },
    Delivered {
        path: "base/kube-ovn",
        stack: Stack::Networking,
        wave: 40,
        keeps: true,
        home: "kube-system",
        cluster: &[CRD, ROLE, BINDING],
        namespaced: namespaced!["apps/DaemonSet", "batch/Job"],
        also: &[],
    },
    objects("config/nested", Stack::Networking, 50, "kube-system"),
    // What each namespace allows comes before what refuses everything else, and both before all that can wait for others: a
    // gateway is Degraded until its certificate is issued and a CronJob since its last run failed, and behind those no wave
    // would ever come. What the platform needs itself is allowed with the refusal.
    objects(POLICIES, Stack::Policies, 54, "default"),
    objects("config/network-policies/clusterwide", Stack::Policies, 56, "kube-system"),
    // The webhook must answer before the first issuer is asked for. Its leases are in kube-system.
    Delivered {
        path: "base/cert-manager",
        stack: Stack::Ingress,
        wave: 60,
        keeps: true,
        home: "cert-manager",
        cluster: &[CRD, ROLE, BINDING, VALIDATES, MUTATES],
        namespaced: namespaced!["batch/Job"],
        also: &["kube-system"],
    },
    Delivered {
        path: "base/rook-ceph",
        stack: Stack::Storage,
        wave: 70,
        keeps: true,
        home: "rook-ceph",
        cluster: &[CRD, ROLE, BINDING],
        namespaced: namespaced!["networking.k8s.io/NetworkPolicy"],
        also: &[],
    },
    Delivered {
        path: "base/ceph-csi-drivers",
        stack: Stack::Storage,
        wave: 80,
        keeps: true,
        home: "rook-ceph",
        cluster: &[ROLE, BINDING],
        namespaced: &[
            "/ServiceAccount",
            "rbac.authorization.k8s.io/Role",
            "rbac.authorization.k8s.io/RoleBinding",
            "csi.ceph.io/CephConnection",
            "csi.ceph.io/ClientProfile",
            "csi.ceph.io/Driver",
            "csi.ceph.io/OperatorConfig",
        ],
        also: &[],
    },
    Delivered { keeps: true, ..objects("config/rook-ceph", Stack::Storage, 90, "rook-ceph") },
    // Defines ServiceMonitors, which charts behind it make; it measures what runs in kube-system.
    Delivered {
        path: "base/kube-prometheus-stack",
        stack: Stack::Monitoring,
        wave: 100,
        keeps: true,
        home: "monitoring",
        cluster: &[CRD, ROLE, BINDING, VALIDATES, MUTATES],
        namespaced: namespaced![
            "apps/DaemonSet",
            "batch/Job",
            "monitoring.coreos.com/Alertmanager",
            "monitoring.coreos.com/Prometheus",
            "monitoring.coreos.com/PrometheusRule",
            "monitoring.coreos.com/ServiceMonitor",
        ],
        also: &["kube-system"],
    },
    Delivered {
        path: "base/metallb",
        stack: Stack::Networking,
        wave: 110,
        keeps: true,
        home: "metallb-system",
        cluster: &[CRD, ROLE, BINDING, VALIDATES],
        namespaced: namespaced!["apps/DaemonSet", "monitoring.coreos.com/ServiceMonitor"],
        also: &[],
    },
    objects("config/metallb", Stack::Networking, 120, "metallb-system"),
    objects("config/cilium-lb", Stack::Networking, 120, "kube-system"),
    Delivered {
        path: "base/ingress-nginx",
        stack: Stack::Ingress,
        wave: 130,
        keeps: false,
        home: "ingress-nginx",
        cluster: &[ROLE, BINDING, VALIDATES, "networking.k8s.io/IngressClass"],
        namespaced: namespaced!["apps/DaemonSet", "batch/Job", "policy/PodDisruptionBudget"],
        also: &[],
    },
    objects("config/ingress-nginx", Stack::Ingress, 130, "ingress-nginx"),
    // Together: a gateway is well when it has its certificate, and a certificate is issued through the gateway.
    objects("config/gateway", Stack::Ingress, 140, "default"),
    objects("config/cert-manager", Stack::Ingress, 140, "cert-manager"),
    objects("config/pages", Stack::Ingress, 140, "pages"),
    Delivered {
        path: "base/blackbox-exporter",
        stack: Stack::Monitoring,
        wave: 142,
        keeps: false,
        home: "monitoring",
        cluster: &[],
        namespaced: namespaced![],
        also: &[],
    },
    objects("config/monitoring", Stack::Monitoring, 144, "monitoring"),
    // Files that kustomize carries in ConfigMaps.
    Delivered { namespaced: &["/ConfigMap"], ..objects("config/dashboards", Stack::Monitoring, 144, "monitoring") },
    // The bucket of Loki is there before Loki is.
    objects("config/logging", Stack::Monitoring, 144, "logging"),
    Delivered {
        path: "base/loki",
        stack: Stack::Monitoring,
        wave: 145,
        keeps: true,
        home: "logging",
        cluster: &[ROLE, BINDING],
        namespaced: namespaced!["apps/StatefulSet", "policy/PodDisruptionBudget"],
        also: &[],
    },
    Delivered {
        path: "base/alloy",
        stack: Stack::Monitoring,
        wave: 146,
        keeps: false,
        home: "logging",
        cluster: &[ROLE, BINDING],
        namespaced: namespaced!["apps/DaemonSet"],
        also: &[],
    },
    Delivered {
        path: "base/alloy-syslog",
        stack: Stack::Monitoring,
        wave: 146,
        keeps: false,
        home: "logging",
        cluster: &[ROLE, BINDING],
        namespaced: namespaced![],
        also: &[],
    },
    Delivered {
        path: "base/promtail",
        stack: Stack::Monitoring,
        wave: 146,
        keeps: false,
        home: "logging",
        cluster: &[ROLE, BINDING],
        namespaced: namespaced!["apps/DaemonSet"],
        also: &[],
    },
    objects("config/tracing", Stack::Monitoring, 144, "tracing"),
    Delivered {
        path: "base/tempo",
        stack: Stack::Monitoring,
        wave: 145,
        keeps: true,
        home: "tracing",
        cluster: &[],
        namespaced: namespaced!["apps/StatefulSet"],
        also: &[],
    },
    objects("config/health", Stack::Monitoring, 148, "health"),
    objects("config/kube-bench", Stack::Monitoring, 148, "kube-bench"),
    // Its definitions come with the chart, and schedules are of them.
    Delivered {
        path: "base/velero",
        stack: Stack::Storage,
        wave: 148,
        keeps: true,
        home: "velero",
        cluster: &[CRD, BINDING],
        namespaced: namespaced!["apps/DaemonSet", "batch/Job", "velero.io/BackupStorageLocation"],
        also: &[],
    },
    Delivered { keeps: true, ..objects("config/velero", Stack::Storage, 149, "velero") },
    objects("config/argo-cd", Stack::Delivery, 150, "argocd"),
    Delivered {
        path: "base/argo-cd",
        stack: Stack::Delivery,
        wave: 160,
        keeps: true,
        home: "argocd",
        cluster: &[CRD, ROLE, BINDING],
        namespaced: namespaced!["apps/StatefulSet", "batch/Job", "networking.k8s.io/NetworkPolicy"],
        also: &[],
    },
];

/// Folders of policies of a namespace: one each.
const POLICIES: &str = "config/network-policies/namespaces";

/// Whether a folder is that of a namespace's policies, which come before whatever else makes the namespace.
pub fn in_namespace(path: &str) -> bool {
    path.strip_prefix(POLICIES).is_some_and(|r| r.starts_with('/'))
}

/// The row of a folder; `None` for one that nobody put in its place, which a test refuses.
pub fn delivered(path: &str) -> Option<&'static Delivered> {
    let own = |d: &&Delivered| d.path == path || (d.path == POLICIES && in_namespace(path));
    DELIVERED.iter().find(own)
}
