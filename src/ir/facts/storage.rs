//! What the file says of storage in a cluster: Ceph by Rook; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Storage in the cluster.
    StorageFacts = "storage" {
        /// What provides it.
        by: arg<StorageProvider> required, Parts, "\"ceph\"";
        /// The VLAN on which clients and all daemons meet.
        public: value<VlanRef> "the node network", Emitted, "\"storage-public\"";
        /// The VLAN on which disks copy to one another.
        replication: value<VlanRef> "that of clients", Emitted, "\"storage-private\"";
        /// Monitors: more than half of them must live.
        mons: value<Monitors> "3", Emitted, "5";
        /// Managers: one works, the others wait.
        managers: value<Managers> "2", Emitted, "1";
        /// Node groups that run monitors, managers and servers; each is tolerated with its taints.
        place: list<NodesRef> "every node that takes pods without a toleration", Emitted, "\"k8s-worker\"";
        /// A node and a disk that it gives.
        device: children<StorageDeviceFacts> "every disk `for=\"ceph\"` of every node, where no `filter` is stated", Parts;
        /// Disks of a group of nodes by the pattern of their names.
        filter: children<StorageFilterFacts> "no pattern", Parts;
        /// The kind of its disks, where a `device` does not say its own.
        disk_class: value("disk-class")<DeviceClass> "as Ceph finds it: disks of QEMU count as \"hdd\"", Emitted, "\"nvme\"";
        /// Where daemons keep their state on each node; it can never be changed.
        data_dir: value("data-dir")<FolderPath> "\"/var/lib/rook\"", Emitted, "\"/srv/rook\"";
        /// Ceph's own page for people.
        dashboard: child<DashboardFacts> "there is none", Parts;
        /// A pod with Ceph's commands for people.
        toolbox: flag<bool> "#false", Emitted, "#true";
        /// Whether Prometheus is told to collect Ceph's figures.
        metrics: flag<bool> "#false", Emitted, "#true";
        /// Whether volumes can be snapshot.
        snapshots: flag<bool> "#false", Emitted, "#true";
        /// Whether what Ceph sends is encrypted.
        encrypt: flag<bool> "#false", Emitted, "#true";
        /// How Rook looks after a part of Ceph.
        check: children<StorageCheckFacts> "as Rook does by itself", Parts;
        /// Block volumes.
        pool: children<StoragePoolFacts> "none", Parts;
        /// A filesystem that many pods share.
        filesystem: children<StorageFilesystemFacts> "none", Parts;
        /// A store of objects: S3.
        objects: children<StorageObjectsFacts> "none", Parts;
    }
}

statement! {
    /// A node and a disk that it gives to storage.
    StorageDeviceFacts = "device" {
        /// The node.
        node: arg<MachineRef> required, Emitted, "\"k8s-worker-1\"";
        /// The disk as the machine calls it, or as Linux does: `sdb` is the second.
        name: prop<Label> required, Emitted, "\"sdb\"";
        /// The kind of disk.
        class: prop<DeviceClass> "that of `disk-class`", Emitted, "\"nvme\"";
    }
}

statement! {
    /// Disks of a group of nodes by the pattern of their names.
    StorageFilterFacts = "filter" {
        /// The group.
        nodes: arg<NodesRef> required, Emitted, "\"k8s-worker\"";
        /// The names, as Linux has them at that boot.
        names: prop<DiskPattern> required, Emitted, "\"^sd[b-z]$\"";
    }
}

statement! {
    /// Ceph's own page for people.
    DashboardFacts = "dashboard" {
        /// Its port on the node of the manager that works.
        port: value<Port> "8443", Emitted, "8444";
        /// Whether it speaks TLS, with a certificate that it makes itself.
        tls: flag<bool> "#true", Emitted, "#false";
        /// The start of its path, behind a proxy.
        prefix: value<PathPrefix> "none", Emitted, "\"/ceph\"";
    }
}

statement! {
    /// How Rook looks after a part of Ceph.
    StorageCheckFacts = "check" {
        /// What it looks after.
        of: arg<CephCheck> required, Emitted, "\"status\"";
        /// How often.
        every: prop<Seconds> "as Rook does by itself", Emitted, "\"90s\"";
        /// How long a monitor may be away before another takes its place.
        timeout: prop<Seconds> "as Rook does by itself", Emitted, "\"700s\"";
    }
}

statement! {
    /// How data is kept.
    StorageLayout = "" {
        /// Copies of each piece of data; with `erasure`, those of what describes the data.
        size: value<Copies> "3", Emitted, "4";
        /// Chunks instead of copies.
        erasure: child<ErasureFacts> "whole copies", Parts;
        /// What no two copies share.
        spread_over: value("spread-over")<Spread> "\"host\"", Emitted, "\"osd\"";
        /// The kind of disks.
        device_class: value("device-class")<DeviceClass> "every disk", Emitted, "\"nvme\"";
        /// What is compressed.
        compression: value<Compression> "nothing", Emitted, "\"passive\"";
    }
}

statement! {
    /// Chunks instead of copies: less space, more work.
    ErasureFacts = "erasure" {
        /// Chunks of data.
        data: prop<DataChunks> required, Emitted, "3";
        /// Chunks beside them: so many may be lost.
        coding: prop<CodingChunks> required, Emitted, "2";
    }
}

statement! {
    /// What pods ask volumes by.
    StorageClassFacts = "" {
        /// Whether claims get it that name no class.
        default: flag<bool> "#true for the only one of the cluster", Emitted, "#true";
        /// What becomes of the data when a claim is deleted.
        reclaim: value<Reclaim> "\"delete\"", Emitted, "\"retain\"";
        /// Whether a volume can grow.
        expand: flag<bool> "#true", Emitted, "#false";
    }
}

statement! {
    /// Block volumes: each for one pod at a time.
    StoragePoolFacts = "pool" {
        /// Its name, and that of the class.
        name: arg<StoreDef> required, Emitted, "\"fast\"";
        /// How data is kept.
        layout: inline<StorageLayout> required, Parts;
        /// What pods ask volumes by.
        class: inline<StorageClassFacts> required, Parts;
        /// The filesystem of a volume.
        format: value<VolumeFormat> "\"ext4\"", Emitted, "\"xfs\"";
    }
}

statement! {
    /// A filesystem that many pods share.
    StorageFilesystemFacts = "filesystem" {
        /// Its name, and that of the class.
        name: arg<StoreDef> required, Emitted, "\"shared\"";
        /// How data is kept.
        layout: inline<StorageLayout> required, Parts;
        /// What pods ask volumes by.
        class: inline<StorageClassFacts> required, Parts;
        /// Metadata servers that share the work.
        active: value<Servers> "1", Emitted, "2";
        /// Whether each has one beside it that follows and takes over.
        standby: flag<bool> "#true", Emitted, "#false";
        /// Whether its data stays when its object is deleted.
        keep_on_delete: flag("keep-on-delete")<bool> "#true", Emitted, "#false";
    }
}

statement! {
    /// A store of objects: S3.
    StorageObjectsFacts = "objects" {
        /// Its name.
        name: arg<StoreDef> required, Emitted, "\"archive\"";
        /// How data is kept.
        layout: inline<StorageLayout> required, Parts;
        /// Gateways, each on a node of its own.
        instances: value<Servers> "2", Emitted, "1";
        /// The port for plain HTTP on each of those nodes.
        port: value<Port> "80, where no `tls` is stated", Emitted, "8080";
        /// HTTPS.
        tls: child<ObjectsTlsFacts> "there is none", Parts;
        /// Whether its data stays when its object is deleted.
        keep_on_delete: flag("keep-on-delete")<bool> "#true", Emitted, "#false";
        /// Whether claims of buckets find it: a class of that name.
        bucket_class: flag("bucket-class")<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// HTTPS of a store of objects.
    ObjectsTlsFacts = "tls" {
        /// The port on each node of a gateway.
        port: value<Port> "443", Emitted, "8443";
        /// The Secret (kubernetes.io/tls) in the namespace of Rook that has key and certificate; cert-manager or a person makes it.
        certificate: value<ObjectName> required, Emitted, "\"archive-tls\"";
    }
}
