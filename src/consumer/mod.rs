//! What is known of each consumer, as data: one file each, one row a version. Nobody compares versions, all ask `caps`.

pub mod alerts;
mod argo;
pub mod charts;
mod checks;
mod ci;
mod cluster;
mod metrics;
mod opnsense;
mod opnsense_defaults;
mod os;
mod pages;
mod provider;
mod proxmox;
mod raw;
mod services;
mod suricata;

pub use argo::{DELIVERED, Delivered, GITHUB, Stack, delivered, in_namespace};
pub use checks::{CIS, HEALTH, HEALTH_PODS, VELERO};
pub use ci::{CI_PROGRAMS, CiHad, CiProgram, Defines, defines};
pub use cluster::{
    AlloyCaps, ArgoCdCaps, AuthentikCaps, BlackboxExporterCaps, CertManagerCaps, CiliumCaps, GatewayApiCaps,
    IngressNginxCaps, KubeOvnCaps, KubekeyCaps, KubekeyDialect, KubesphereCaps, KubesphereDialect, LokiCaps,
    MetallbCaps, Minors, MultusCaps, PrometheusStackCaps, PromtailCaps, RookCaps, Row, SnmpExporterCaps, TempoCaps,
    VeleroCaps, VyosCaps, row,
};
pub use metrics::{METRICS, Metric, MetricKind, Need, metric};
pub use opnsense::{OPNSENSE, OpnsenseCaps, opnsense};
pub use opnsense_defaults::{OPNSENSE_DEFAULTS, opnsense_default};
pub use os::{OsCaps, TimeClient, os};
pub use pages::{Behind, OUTPOST, OUTPOST_PORT, PAGES, behind};
pub use provider::{Dialect, PROVIDERS, ProviderCaps, provider};
pub use proxmox::{PROXMOX, ProxmoxCaps, proxmox};
pub use raw::{Fate as RawFate, KNOWN as RAW_KEYS, Known as RawKnown, When as RawWhen};
pub use services::{Protocol, WellKnown, well_known};
pub use suricata::{RULESETS, ruleset};
