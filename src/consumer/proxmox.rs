//! Versions of Proxmox VE: what its ifupdown2 and its HA manager read.

use serde::Serialize;

/// What is known of a version of Proxmox VE.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct ProxmoxCaps {
    /// Major and minor version.
    pub version: &'static str,
    /// HA groups were replaced by HA rules (Proxmox VE 9.0 release notes).
    pub ha_rules: bool,
    /// The day its support ends, where that is known.
    pub end_of_life: Option<&'static str>,
}

/// All versions whose file formats were checked.
pub const PROXMOX: &[ProxmoxCaps] = &[
    ProxmoxCaps { version: "8.4", ha_rules: false, end_of_life: Some("2026-08-31") },
    ProxmoxCaps { version: "9.0", ha_rules: true, end_of_life: None },
    ProxmoxCaps { version: "9.1", ha_rules: true, end_of_life: None },
];

/// The row of a version; patch levels share one.
pub fn proxmox(version: &str) -> Option<&'static ProxmoxCaps> {
    PROXMOX.iter().find(|p| super::provider::covers(p.version, version))
}
