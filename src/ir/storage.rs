//! Decided: storage in a cluster; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{Machine, MachineId, VlanId};
use crate::consumer::RookCaps;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// Ceph by Rook in a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Storage {
    /// The charts' version as stated.
    pub chart: Sp<Version>,
    /// What is known of it.
    pub caps: Sp<&'static RookCaps>,
    /// Ceph's version as stated.
    pub ceph: Sp<Version>,
    /// The VLAN on which clients and all daemons meet.
    pub public: Sp<VlanId>,
    /// The VLAN on which disks copy to one another; may be the public one.
    pub replication: Sp<VlanId>,
    /// Monitors.
    pub mons: Sp<u8>,
    /// Managers.
    pub managers: Sp<u8>,
    /// Where monitors, managers and servers run.
    pub place: Place,
    /// Nodes with disks for Ceph, ordered by name.
    pub nodes: Vec<StorageNode>,
    /// The kind of disks that say none; `None` leaves it to Ceph.
    pub disk_class: Option<Sp<DeviceClass>>,
    /// Taints of the groups of those nodes.
    pub disk_tolerations: Vec<Toleration>,
    /// Taints of the groups whose pods mount volumes.
    pub client_tolerations: Vec<Toleration>,
    /// Where daemons keep their state on each node.
    pub data_dir: Sp<FolderPath>,
    /// Ceph's own page for people.
    pub dashboard: Option<Dashboard>,
    /// Whether there is a pod with Ceph's commands.
    pub toolbox: Sp<bool>,
    /// Whether Prometheus is told to collect figures.
    pub metrics: Sp<bool>,
    /// Whether volumes can be snapshot.
    pub snapshots: Sp<bool>,
    /// Whether what Ceph sends is encrypted.
    pub encrypt: Sp<bool>,
    /// How Rook looks after parts of Ceph, ordered by part.
    pub checks: Vec<StorageCheck>,
    /// Block volumes, ordered by name.
    pub pools: Vec<StoragePool>,
    /// Filesystems, ordered by name.
    pub filesystems: Vec<StorageFilesystem>,
    /// Stores of objects, ordered by name.
    pub objects: Vec<ObjectStore>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Where monitors, managers and servers run.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// The groups as the file names them; empty where it names none, and then nothing ties pods to nodes.
    pub groups: Vec<Sp<Name>>,
    /// The nodes that may run them, ordered by name.
    pub nodes: Vec<MachineId>,
    /// Taints of those nodes.
    pub tolerations: Vec<Toleration>,
    /// The address of each of those nodes on the public VLAN, where that is not the node's own address (`network.rook.io/mon-ip`).
    pub addresses: Vec<(MachineId, Sp<Ipv4Addr>)>,
    /// Where the statement is, or what needs a place.
    #[serde(skip)]
    pub at: Origin,
}

/// A taint that pods bear.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Toleration {
    /// Its key.
    pub key: Sp<LabelKey>,
    /// Its value; `None` bears every value.
    pub value: Option<Sp<LabelValue>>,
    /// What it does.
    pub effect: Sp<TaintEffect>,
}

/// A node with disks for Ceph.
#[derive(Clone, Debug, Serialize)]
pub struct StorageNode {
    /// The node.
    pub machine: MachineId,
    /// The name that Kubernetes has for it.
    pub name: Sp<Name>,
    /// Its disks, in the order of their SCSI numbers.
    pub devices: Vec<StorageDevice>,
    /// The pattern of names, instead of disks.
    pub filter: Option<Sp<DiskPattern>>,
}

/// A disk for Ceph.
#[derive(Clone, Debug, Serialize)]
pub struct StorageDevice {
    /// Its SCSI number: its place among the machine's disks; `None` where the file names no disk, or two.
    pub number: Option<Sp<u32>>,
    /// The name in the file; `None` where it follows from the disk.
    pub named: Option<Sp<Label>>,
    /// The kind of disk; `None` leaves it to Ceph.
    pub class: Option<Sp<DeviceClass>>,
    /// Where the file names it.
    #[serde(skip)]
    pub at: Origin,
}

/// Ceph's own page for people.
#[derive(Clone, Debug, Serialize)]
pub struct Dashboard {
    /// Its port.
    pub port: Sp<u16>,
    /// Whether it speaks TLS.
    pub tls: Sp<bool>,
    /// The start of its path.
    pub prefix: Option<Sp<PathPrefix>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How Rook looks after a part of Ceph.
#[derive(Clone, Debug, Serialize)]
pub struct StorageCheck {
    /// The part.
    pub of: Sp<CephCheck>,
    /// Seconds between looks.
    pub every: Option<Sp<u32>>,
    /// Seconds that a monitor may be away.
    pub timeout: Option<Sp<u32>>,
}

/// How data is kept.
#[derive(Clone, Debug, Serialize)]
pub struct StoreLayout {
    /// Copies; with erasure coding, those of what describes the data.
    pub size: Sp<u8>,
    /// Chunks of data, and chunks that may be lost.
    pub erasure: Option<(Sp<u8>, Sp<u8>)>,
    /// What no two copies share.
    pub spread: Sp<Spread>,
    /// The kind of disks.
    pub device_class: Option<Sp<DeviceClass>>,
    /// What is compressed.
    pub compression: Option<Sp<Compression>>,
}

/// What pods ask volumes by.
#[derive(Clone, Debug, Serialize)]
pub struct StoreClass {
    /// Whether claims get it that name no class.
    pub default: Sp<bool>,
    /// What becomes of the data when a claim is deleted.
    pub reclaim: Sp<Reclaim>,
    /// Whether a volume can grow.
    pub expand: Sp<bool>,
}

/// Block volumes.
#[derive(Clone, Debug, Serialize)]
pub struct StoragePool {
    /// Its name.
    pub name: Sp<Name>,
    /// How data is kept.
    pub layout: StoreLayout,
    /// What pods ask volumes by.
    pub class: StoreClass,
    /// The filesystem of a volume.
    pub format: Sp<VolumeFormat>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A filesystem that many pods share.
#[derive(Clone, Debug, Serialize)]
pub struct StorageFilesystem {
    /// Its name.
    pub name: Sp<Name>,
    /// How data is kept.
    pub layout: StoreLayout,
    /// What pods ask volumes by.
    pub class: StoreClass,
    /// Metadata servers that share the work.
    pub active: Sp<u8>,
    /// Whether each has one beside it that takes over.
    pub standby: Sp<bool>,
    /// Whether its data stays when its object is deleted.
    pub keep: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A store of objects.
#[derive(Clone, Debug, Serialize)]
pub struct ObjectStore {
    /// Its name.
    pub name: Sp<Name>,
    /// How data is kept.
    pub layout: StoreLayout,
    /// Gateways.
    pub instances: Sp<u8>,
    /// The port for HTTP.
    pub port: Option<Sp<u16>>,
    /// The port for HTTPS, and the Secret with key and certificate.
    pub tls: Option<(Sp<u16>, Sp<ObjectName>)>,
    /// Whether its data stays when its object is deleted.
    pub keep: Sp<bool>,
    /// Whether claims of buckets find it.
    pub bucket_class: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl StoreLayout {
    /// How many of what the data is spread over must be there: copies, or all chunks; and what says so.
    pub fn domains(&self) -> (u32, Origin) {
        let copies = u32::from(self.size.v);
        match &self.erasure {
            Some((data, coding)) if u32::from(data.v) + u32::from(coding.v) >= copies => {
                (u32::from(data.v) + u32::from(coding.v), data.at)
            }
            _ => (copies, self.size.at),
        }
    }
}

impl Storage {
    /// Every layout with the name of its store.
    pub fn layouts(&self) -> impl Iterator<Item = (&Sp<Name>, &StoreLayout)> {
        let pools = self.pools.iter().map(|p| (&p.name, &p.layout));
        let filesystems = self.filesystems.iter().map(|f| (&f.name, &f.layout));
        pools.chain(filesystems).chain(self.objects.iter().map(|o| (&o.name, &o.layout)))
    }

    /// Every class with the name of its store.
    pub fn classes(&self) -> impl Iterator<Item = (&Sp<Name>, &StoreClass)> {
        let pools = self.pools.iter().map(|p| (&p.name, &p.class));
        pools.chain(self.filesystems.iter().map(|f| (&f.name, &f.class)))
    }
}

/// What Linux calls the disk of a SCSI number when it finds all disks in their order: sda, …, sdz, sdaa.
pub fn linux_disk(number: usize) -> String {
    let mut rest = number + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        letters.push(b'a' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().fold("sd".to_string(), |name, l| name + &char::from(*l).to_string())
}

/// SCSI numbers of the disks that a name may mean: the machine's own name of a disk, or Linux's.
pub fn disks_called(machine: &Machine, name: &str) -> Vec<u32> {
    let named = machine.disks.iter().enumerate().filter(|(i, d)| *d.name.v == *name || linux_disk(*i) == name);
    named.map(|(i, _)| i as u32).collect()
}
