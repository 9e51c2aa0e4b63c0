//! Values of the language for storage in a cluster; reads single values, decides nothing.

use super::*;

words! {
    /// What provides storage in a cluster.
    StorageProvider {
        Ceph = "ceph" "Ceph, run by Rook",
    }
    /// What the copies of a piece of data are spread over: the loss of one takes one copy.
    Spread {
        Host = "host" "nodes",
        Rack = "rack" "racks: the label topology.rook.io/rack of the nodes",
        Zone = "zone" "zones: the label topology.kubernetes.io/zone of the nodes",
        Osd = "osd" "disks, of one node if it comes so: the loss of a node may take all copies",
    }
    /// A kind of disk.
    DeviceClass {
        Hdd = "hdd" "it turns",
        Ssd = "ssd" "flash behind SATA, SAS or SCSI",
        Nvme = "nvme" "flash behind PCI Express",
    }
    /// What Ceph compresses before it writes.
    Compression {
        Off = "none" "nothing",
        Passive = "passive" "what a client hints at as compressible",
        Aggressive = "aggressive" "all but what a client hints at as incompressible",
        Force = "force" "everything",
    }
    /// What becomes of a volume's data when its claim is deleted.
    Reclaim {
        Delete = "delete" "it is deleted",
        Retain = "retain" "it stays until a person deletes it",
    }
    /// The filesystem of a block volume.
    VolumeFormat {
        Ext4 = "ext4" "Linux's usual one",
        Xfs = "xfs" "for large files and parallel writes",
    }
    /// What Rook looks after.
    CephCheck {
        Mon = "mon" "monitors: one that fails for longer than the timeout is replaced on another node",
        Osd = "osd" "the daemons of disks",
        Status = "status" "the health that Ceph reports of itself",
    }
}

integers! {
    /// Monitors of Ceph (CephCluster of Rook 1.16 to 1.20: at most 9).
    Monitors(u8) 1 9 "monitors";
    /// Managers of Ceph (CephCluster of Rook 1.16 to 1.20: at most 5).
    Managers(u8) 1 5 "managers";
    /// Copies of each piece of data.
    Copies(u8) 1 10 "copies";
    /// Chunks of data in erasure coding (Ceph's jerasure plugin: at least 2).
    DataChunks(u8) 2 32 "chunks";
    /// Chunks beside those of data: so many may be lost.
    CodingChunks(u8) 1 32 "chunks";
    /// Servers of a filesystem or gateways of an object store.
    Servers(u8) 1 16 "servers";
}

forms! {
    /// A folder on a machine.
    FolderPath "an absolute path of a folder" "/var/lib/rook" |s| {
        only(s, 200, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        if !s.starts_with('/') { return Err("it does not start with /".into()); }
        if s[1..].split('/').any(|p| p.is_empty() || p == "." || p == "..") { return Err("a part of it is empty, `.` or `..`".into()); }
        // Rook keeps its folder open to its own pods and people delete it whole when they build the cluster anew.
        const WHOLE: &[&str] = &["bin", "boot", "dev", "etc", "home", "lib", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "var"];
        if WHOLE.contains(&&s[1..]) { return Err("the system itself is in this folder".into()); }
        Ok(())
    };
    /// A regular expression over names of disks, without `/dev/` (Go: RE2).
    DiskPattern "a regular expression over names of disks" "^sd[b-z]$" |s| {
        only(s, 120, |c| c.is_ascii_alphanumeric() || matches!(c, '^' | '$' | '[' | ']' | '-' | '|' | '(' | ')' | '.' | '+' | '*' | '?' | '_'))?;
        if s.starts_with("^/dev") || s.starts_with("/dev") { return Err("names of disks have no path".into()); }
        if !s.starts_with('^') || !s.ends_with('$') { return Err("it starts with ^ and ends with $, or it matches what only contains the name".into()); }
        Ok(())
    };
    /// The start of a path in an address of HTTP.
    PathPrefix "the start of a path" "/ceph" |s| {
        only(s, 120, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'))?;
        if s.len() < 2 || !s.starts_with('/') || s.ends_with('/') || s.contains("//") { return Err("it starts with / and does not end with it".into()); }
        Ok(())
    };
}
