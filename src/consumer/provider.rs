//! Terraform providers for Proxmox: one row for each schema that was checked.

use serde::Serialize;

/// What is known of a provider's version.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProviderCaps {
    /// Address in the registry.
    pub source: &'static str,
    /// Major and minor version.
    pub version: &'static str,
    /// Which resources and fields it has.
    pub dialect: Dialect,
    /// It clones by VM id, so a template must state one.
    pub clones_by_id: bool,
    /// It can declare Proxmox HA resources.
    pub ha: bool,
    /// It can let tags pass a NIC beside the NIC's own VLAN.
    pub trunks: bool,
    /// The constraint that pins it: patch levels may move, the schema may not.
    pub pin: &'static str,
    /// Why new topologies should not use it, where that is so.
    pub retired: Option<&'static str>,
}

/// Which resources and fields a provider has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// bpg/proxmox 0.111 (upstream/terraform/bpg-proxmox-0.111.1.provider-schema.json).
    Bpg,
    /// Telmate/proxmox 2.9 (upstream/terraform/telmate-proxmox-2.9.14.provider-schema.json).
    Telmate2,
    /// Telmate/proxmox 3.0 (upstream/terraform/telmate-3.0-fork-2024-11.provider-schema.json).
    Telmate3,
}

/// All versions whose schema was checked.
pub const PROVIDERS: &[ProviderCaps] = &[
    ProviderCaps {
        source: "bpg/proxmox",
        version: "0.111",
        dialect: Dialect::Bpg,
        clones_by_id: true,
        ha: true,
        trunks: true,
        pin: "~> 0.111.1",
        retired: None,
    },
    ProviderCaps {
        source: "telmate/proxmox",
        version: "2.9",
        dialect: Dialect::Telmate2,
        clones_by_id: false,
        ha: true,
        trunks: false,
        pin: "2.9.14",
        retired: Some("its last release is of 2022 and it cannot talk to Proxmox VE 9"),
    },
    ProviderCaps {
        source: "telmate/proxmox",
        version: "3.0",
        dialect: Dialect::Telmate3,
        clones_by_id: false,
        ha: true,
        trunks: false,
        pin: "3.0.2-rc09",
        retired: None,
    },
];

/// The row of a provider's version; patch levels share one.
pub fn provider(source: &str, version: &str) -> Option<&'static ProviderCaps> {
    PROVIDERS.iter().find(|p| p.source.eq_ignore_ascii_case(source) && covers(p.version, version))
}

/// Whether `stated` is `row` or a patch level of it.
pub(super) fn covers(row: &str, stated: &str) -> bool {
    stated.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
