//! Where checks and copies run in a cluster: names that policies and objects spell alike.

/// The namespace of the checks.
pub const HEALTH: &str = "health";
/// What their pods are labelled with: `app.kubernetes.io/name`.
pub const HEALTH_PODS: &str = "health-checks";
/// The namespace of the CIS benchmark: its pods see the nodes.
pub const CIS: &str = "kube-bench";
/// The namespace of Velero's chart (chart velero, README: `--namespace velero`).
pub const VELERO: &str = "velero";
