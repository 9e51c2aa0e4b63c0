//! Programs that check the tree in CI: where each is had from, which versions take the words that check.sh gives them, and who
//! defines the kinds of objects that are not Kubernetes' own.

use crate::schema::CiTool;

/// A program that checks the tree.
#[derive(Debug)]
pub struct CiProgram {
    /// Which one.
    pub tool: CiTool,
    /// The first line of versions that was looked at, major and minor.
    pub first: (u16, u16),
    /// The last one.
    pub last: (u16, u16),
    /// How it is had.
    pub had: CiHad,
}

/// How a program is had.
#[derive(Debug)]
pub enum CiHad {
    /// An archive of its release for Linux on x86-64: its address with the version between the pieces, and the program in it.
    Archive(&'static [&'static str], &'static str),
    /// A package of Python.
    Package,
}

/// All of them. Flags: `helm lint` and `helm template` of Helm 3.19 and 4.0 (helm.sh/docs), `conftest test` of 0.60 and later
/// (internal/commands/test.go), kubeconform 0.7 (Readme.md), yamllint 1.38 and checkov 3.3.30 as run.
pub const CI_PROGRAMS: &[CiProgram] = &[
    CiProgram { tool: CiTool::Checkov, first: (3, 2), last: (3, 3), had: CiHad::Package },
    CiProgram {
        tool: CiTool::Conftest,
        first: (0, 60),
        last: (0, 69),
        had: CiHad::Archive(
            &[
                "https://github.com/open-policy-agent/conftest/releases/download/v",
                "/conftest_",
                "_Linux_x86_64.tar.gz",
            ],
            "conftest",
        ),
    },
    CiProgram {
        tool: CiTool::Helm,
        first: (3, 15),
        last: (4, 0),
        had: CiHad::Archive(&["https://get.helm.sh/helm-v", "-linux-amd64.tar.gz"], "linux-amd64/helm"),
    },
    CiProgram {
        tool: CiTool::Kubeconform,
        first: (0, 6),
        last: (0, 7),
        had: CiHad::Archive(
            &["https://github.com/yannh/kubeconform/releases/download/v", "/kubeconform-linux-amd64.tar.gz"],
            "kubeconform",
        ),
    },
    CiProgram { tool: CiTool::Yamllint, first: (1, 35), last: (1, 38), had: CiHad::Package },
];

/// Who defines the kinds of a group.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Defines {
    /// Kubernetes itself.
    Kubernetes,
    /// A chart of that name.
    Chart(&'static str),
    /// The source of Cilium: its operator makes the definitions when it starts, so no chart has them.
    Cilium,
    /// The release of the Gateway API.
    GatewayApi,
    /// Nothing that this tree names.
    Nothing,
}

/// Groups that charts define: metallb 0.16 (charts/crds), cert-manager 1.21 (`crds.enabled`), kube-prometheus-stack 88.5
/// (charts/crds), argo-cd 10.1 (templates/crds), rook-ceph 1.20 (templates/resources.yaml), velero 12 (crds), kube-ovn 1.15.
const CHARTS: &[(&str, &str)] = &[
    ("argoproj.io", "argo-cd"),
    ("ceph.rook.io", "rook-ceph"),
    ("cert-manager.io", "cert-manager"),
    ("kubeovn.io", "kube-ovn"),
    ("metallb.io", "metallb"),
    ("monitoring.coreos.com", "kube-prometheus-stack"),
    ("objectbucket.io", "rook-ceph"),
    ("velero.io", "velero"),
];

/// Who defines the kinds of a group. Kubernetes' own have no dot, or end like its own (Kubernetes 1.33, API groups).
pub fn defines(group: &str) -> Defines {
    const OWN: &[&str] = &[
        "admissionregistration.k8s.io",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    ];
    match group {
        "cilium.io" => Defines::Cilium,
        "gateway.networking.k8s.io" => Defines::GatewayApi,
        g if !g.contains('.') || OWN.contains(&g) => Defines::Kubernetes,
        g => CHARTS.iter().find(|(group, _)| *group == g).map_or(Defines::Nothing, |(_, chart)| Defines::Chart(chart)),
    }
}
