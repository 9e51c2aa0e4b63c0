//! What is known of each consumer, as data: one file each, one row a version. Nobody compares versions, all ask `caps`.

mod cluster;
mod os;
mod provider;
mod proxmox;
mod services;

pub use cluster::{
    CertManagerCaps, CiliumCaps, GatewayApiCaps, IngressNginxCaps, KubekeyCaps, KubekeyDialect, MetallbCaps, Minors,
    RookCaps, Row, row,
};
pub use os::{OsCaps, TimeClient, os};
pub use provider::{Dialect, PROVIDERS, ProviderCaps, provider};
pub use proxmox::{PROXMOX, ProxmoxCaps, proxmox};
pub use services::{Protocol, WellKnown, well_known};
