//! Decided: copies that a restore starts from; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{MachineId, MachineKind, ProxmoxId, SecretId, Topology, VlanId};
use crate::consumer::VeleroCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// When something is done again and again: a part of an hour in minutes, a part of a day in hours, a day or a week.
#[derive(Clone, Debug, Serialize)]
pub struct Rhythm {
    /// How often.
    pub every: Sp<Seconds>,
    /// The first of a day.
    pub start: Sp<ClockTime>,
}

impl Rhythm {
    /// Spans that come at the same times every day or every week.
    pub fn is_regular(every: u32) -> bool {
        const HOUR: u32 = 3600;
        const DAY: u32 = 86_400;
        every.is_multiple_of(60)
            && (every < HOUR && HOUR.is_multiple_of(every)
                || (HOUR..=DAY).contains(&every) && every.is_multiple_of(HOUR) && DAY.is_multiple_of(every)
                || every == 7 * DAY)
    }

    /// Minutes of an hour, hours of a day (empty: each), and whether only Sundays count.
    pub fn times(&self) -> (Vec<u32>, Vec<u32>, bool) {
        let (every, start) = (self.every.v.0, &self.start.v.0);
        let part = |s: Option<&str>| s.and_then(|s| s.parse::<u32>().ok()).unwrap_or(0);
        let (hour, minute) = (part(start.split(':').next()), part(start.split(':').nth(1)));
        let round = |first: u32, step: u32, all: u32| {
            let mut list: Vec<u32> = (0..all / step.clamp(1, all)).map(|i| (first + i * step) % all).collect();
            list.sort_unstable();
            list
        };
        match every {
            0..3600 => (round(minute, (every / 60).max(1), 60), Vec::new(), false),
            3600..86_400 => (vec![minute], round(hour, every / 3600, 24), false),
            _ => (vec![minute], vec![hour], every > 86_400),
        }
    }
}

/// A job of Proxmox VE that copies machines.
#[derive(Clone, Debug, Serialize)]
pub struct BackupJob {
    /// Its name.
    pub name: Sp<JobName>,
    /// Whose.
    pub proxmox: ProxmoxId,
    /// The store.
    pub store: Sp<StoreId>,
    /// The Proxmox Backup Server that the store is at, where that is stated.
    pub server: Option<BackupServer>,
    /// When.
    pub rhythm: Rhythm,
    /// Which copies are kept: Proxmox's word, and how many.
    pub keep: Vec<(&'static str, Sp<u32>)>,
    /// What becomes of a machine meanwhile.
    pub mode: Sp<BackupMode>,
    /// The machines, ordered.
    pub machines: Vec<Sp<MachineId>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The Proxmox Backup Server that a store is at.
#[derive(Clone, Debug, Serialize)]
pub struct BackupServer {
    /// The machine of the file that it runs on, and its VLAN on which hypervisors ask it.
    pub machine: Option<(Sp<MachineId>, Sp<VlanId>)>,
    /// Where it answers.
    pub address: Sp<Ipv4Addr>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl BackupServer {
    /// The TCP port of its API, of which copies and its pages are parts (Proxmox Backup Server, Backup Client Usage: `--port`
    /// defaults to 8007; Proxmox VE takes the same where a store states none).
    pub const PORT: u16 = 8007;
}

/// Velero in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Velero {
    /// The chart's version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static VeleroCaps>,
    /// Where copies are kept.
    pub store: VeleroStore,
    /// The bucket.
    pub bucket: Sp<BucketName>,
    /// The region.
    pub region: Sp<Region>,
    /// What the secret holds.
    pub secret: Sp<SecretId>,
    /// What the repository of moved volumes is encrypted with.
    pub encrypt: Option<Sp<SecretId>>,
    /// When, in UTC.
    pub rhythm: Rhythm,
    /// How long a copy is kept.
    pub keep: Sp<Seconds>,
    /// Namespaces that are copied, ordered; empty: all.
    pub namespaces: Vec<Sp<Namespace>>,
    /// Whether volumes are copied too.
    pub snapshots: Sp<bool>,
    /// Whether what is in a snapshot is moved into the bucket.
    pub move_data: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Velero {
    /// The port of its figures (charts/velero/templates/deployment.yaml: http-monitoring).
    pub const PORT: u16 = 8085;
}

/// Where Velero keeps copies.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VeleroStore {
    /// A store of objects of the same cluster, and its port for HTTP.
    Own(Sp<Name>, Sp<u16>),
    /// A store elsewhere.
    Url(Sp<Url>),
}

/// Copies of a firewall's config.xml.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallBackup {
    /// When, by the clock of whoever fetches.
    pub rhythm: Rhythm,
    /// What the secret holds: key and secret of an API user.
    pub secret: Sp<SecretId>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How often copies of a machine are made.
#[derive(Clone, Debug)]
pub struct Copies {
    /// How often.
    pub every: Sp<Seconds>,
    /// Where the statement is.
    pub at: Origin,
}

impl Topology {
    /// Copies from which a machine can be restored, in the order of their statements' kinds.
    pub fn copies(&self, id: MachineId) -> Vec<Copies> {
        let jobs = self.backups.iter().filter(|j| j.machines.iter().any(|m| m.v == id));
        let mut all: Vec<Copies> = jobs.map(|j| Copies { every: j.rhythm.every, at: j.at }).collect();
        match self.machine(id).kind {
            // All that a firewall is stands in its config.xml (RFC 9.2).
            MachineKind::Firewall { firewall } => {
                let known = Some(firewall).filter(|f| f.is_known());
                let own = known.and_then(|f| self.firewall(f).layer.backup.as_ref());
                all.extend(own.map(|b| Copies { every: b.rhythm.every, at: b.at }));
            }
            MachineKind::Single { .. } => {
                // All that an identity server is stands in its database and its files (RFC 9.2).
                let here = self.identities.iter().filter(|i| i.machine.v == id).filter_map(|i| i.run.as_ref());
                all.extend(here.filter_map(|r| r.backup.as_ref()).map(|b| Copies { every: b.every, at: b.at }));
            }
            MachineKind::Node { .. } => {}
        }
        all
    }
}
