//! Operating systems that templates hold, and what of them matters to a file that we write.

use serde::Serialize;

use crate::schema::Os;

/// What is known of an operating system.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OsCaps {
    /// The word of the topology.
    pub name: &'static str,
    /// Linux, with Netplan and cloud-init; else a system that is configured in its own way.
    pub linux: bool,
    /// A router's own system: commands configure all of it.
    pub router: bool,
    /// OPNsense: its config.xml is written.
    pub opnsense: bool,
    /// The operating system type of Proxmox.
    pub proxmox_type: &'static str,
    /// The service that asks for the time.
    pub time_client: TimeClient,
    /// What Netplan calls its version there; `None` without Netplan.
    pub netplan: Option<&'static str>,
    /// The version of keepalived there.
    pub keepalived: Option<&'static str>,
    /// The package with Docker Compose v2 there; `None` where the distribution has none.
    pub compose: Option<&'static str>,
}

/// A service that asks for the time.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeClient {
    /// systemd-timesyncd: a drop-in under timesyncd.conf.d.
    Timesyncd,
    /// chrony: a file under chrony/sources.d.
    Chrony,
    /// It is set elsewhere.
    None,
}

const fn linux(
    name: &'static str,
    netplan: &'static str,
    keepalived: &'static str,
    compose: Option<&'static str>,
) -> OsCaps {
    OsCaps {
        name,
        linux: true,
        router: false,
        opnsense: false,
        proxmox_type: "l26",
        time_client: TimeClient::Timesyncd,
        netplan: Some(netplan),
        keepalived: Some(keepalived),
        compose,
    }
}

// Package versions: the distributions' own archives, 2026-08. Debian 12 has Compose 1.29 alone, which is another program;
// Debian 13 calls version 2 (2.26) by the name that version 1 had, Ubuntu gives it one of its own.
const UBUNTU_2204: OsCaps = linux("ubuntu-22.04", "0.106", "2.2.4", Some("docker-compose-v2"));
const UBUNTU_2404: OsCaps = linux("ubuntu-24.04", "1.0", "2.2.8", Some("docker-compose-v2"));
const DEBIAN_12: OsCaps = linux("debian-12", "0.106", "2.2.7", None);
const DEBIAN_13: OsCaps = linux("debian-13", "1.1", "2.3.3", Some("docker-compose"));
const OPNSENSE: OsCaps = OsCaps {
    name: "opnsense",
    linux: false,
    router: false,
    opnsense: true,
    proxmox_type: "other",
    time_client: TimeClient::None,
    netplan: None,
    keepalived: None,
    compose: None,
};
// Its kernel is Linux; cloud-init of its images reads modules of its own, so none of ours is given to it.
const VYOS: OsCaps = OsCaps {
    name: "vyos",
    linux: false,
    router: true,
    opnsense: false,
    proxmox_type: "l26",
    time_client: TimeClient::None,
    netplan: None,
    keepalived: None,
    compose: None,
};

/// The row of an operating system.
pub fn os(os: Os) -> &'static OsCaps {
    match os {
        Os::Ubuntu2204 => &UBUNTU_2204,
        Os::Ubuntu2404 => &UBUNTU_2404,
        Os::Debian12 => &DEBIAN_12,
        Os::Debian13 => &DEBIAN_13,
        Os::Opnsense => &OPNSENSE,
        Os::Vyos => &VYOS,
    }
}
