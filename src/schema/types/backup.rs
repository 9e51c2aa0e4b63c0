//! Values of the language for copies and health checks; reads single values, decides nothing.

use super::*;

words! {
    /// What becomes of a machine while it is copied (Proxmox VE admin guide, Backup and Restore, Backup modes).
    BackupMode {
        Snapshot = "snapshot" "it runs on; the copy is as if the power had failed, or clean with the guest agent",
        Suspend = "suspend" "it stands still while its memory is written",
        Stop = "stop" "it is shut down first, and started again",
    }
    /// What copies what runs in a cluster.
    BackupTool {
        Velero = "velero" "Velero, into a store that speaks S3",
    }
    /// What compares a cluster with the CIS benchmark.
    CisTool {
        KubeBench = "kube-bench" "kube-bench, on every node",
    }
}

integers! {
    /// How many copies are kept.
    KeptCopies(u32) 1 10000 "copies";
}

forms! {
    /// The name of a job of Proxmox VE behind `topoc-` (pve-common, PVE::JSONSchema: pve-configid; at most 50 characters).
    JobName "a name in lower case" "nightly" |s| {
        only(s, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if s.starts_with(|c: char| c.is_ascii_lowercase()) && !s.ends_with('-') { Ok(()) } else { Err("it starts with a letter and does not end with a hyphen".into()) }
    };
    /// A bucket (Amazon S3, Bucket naming rules: 3 to 63 characters).
    BucketName "a bucket" "velero" |s| {
        only(s, 63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))?;
        if s.len() < 3 { return Err("a bucket's name has three characters at least".into()); }
        if s.split('.').any(|l| l.is_empty() || l.starts_with('-') || l.ends_with('-')) { return Err("a part of it is empty, or starts or ends with a hyphen".into()); }
        if s.parse::<std::net::Ipv4Addr>().is_ok() { return Err("it looks like an address".into()); }
        Ok(())
    };
}
