//! What the file says of copies that a restore starts from: machines, what runs in a cluster, firewalls; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A job of Proxmox VE that copies machines (vzdump, or Proxmox Backup Server behind the store).
    BackupJobFacts = "backup" {
        /// Its name; the job is called so behind `topoc-`.
        name: arg<JobName> required, Emitted, "\"weekly\"";
        /// The store that takes the copies, as Proxmox calls it: a Backup Server, or a folder that holds backups.
        store: value<StoreId> required, Emitted, "\"pbs-2\"";
        /// The Proxmox Backup Server that the store is at.
        server: child<BackupServerFacts> "nobody knows where the store is: what hypervisors need to reach it is for `allow`", Parts;
        /// How often.
        every: value<Seconds> "\"24h\"", Emitted, "\"12h\"";
        /// When, by the hosts' clock: the first of a day.
        start: value("at")<ClockTime> "\"02:00\"", Emitted, "\"03:45\"";
        /// Which copies are kept.
        keep: child<KeptFacts> required, Parts;
        /// What becomes of a machine meanwhile.
        mode: value<BackupMode> "\"snapshot\"", Emitted, "\"suspend\"";
        /// The machines.
        machines: list<MachineRef> "all that run on these hosts", Emitted, "\"authentik\"";
    }
}

statement! {
    /// The Proxmox Backup Server that a store is at: its hypervisors may reach it, and nobody else does by that.
    BackupServerFacts = "server" {
        /// The machine of this file that it runs on.
        machine: value<MachineRef> "`address` says where it is", Emitted, "\"web\"";
        /// Its address, where it runs on no machine of this file.
        address: value<Address> "`machine` says where it runs", Emitted, "\"198.51.100.8\"";
    }
}

statement! {
    /// Which copies are kept: each word keeps the newest of so many spans (Proxmox VE admin guide, Backup Retention).
    KeptFacts = "keep" {
        /// The newest.
        last: prop<KeptCopies> "none beside those of other words", Emitted, "4";
        /// One an hour.
        hourly: prop<KeptCopies> "none beside those of other words", Emitted, "25";
        /// One a day.
        daily: prop<KeptCopies> "none beside those of other words", Emitted, "8";
        /// One a week.
        weekly: prop<KeptCopies> "none beside those of other words", Emitted, "5";
        /// One a month.
        monthly: prop<KeptCopies> "none beside those of other words", Emitted, "7";
        /// One a year.
        yearly: prop<KeptCopies> "none beside those of other words", Emitted, "2";
    }
}

statement! {
    /// Copies of what runs in a cluster: its objects, and on request its volumes.
    ClusterBackupFacts = "backup" {
        /// What makes them.
        by: arg<BackupTool> required, Parts, "\"velero\"";
        /// The store of objects of this cluster that takes them.
        objects: value<Label> "`url` says which store takes them", Emitted, "\"apps-objects\"";
        /// The store elsewhere that takes them (S3).
        url: value<Url> "`objects` says which store takes them", Emitted, "\"https://s3.other.example.net\"";
        /// The bucket.
        bucket: value<BucketName> required, Emitted, "\"other-bucket\"";
        /// The region of the store.
        region: value<Region> "\"us-east-1\" in a store of this cluster; else an error", Emitted, "\"eu-west-1\"";
        /// The secret: a credentials file of AWS' tools, with access key and secret key.
        secret: value<SecretRef> required, Emitted, "\"velero-2\"";
        /// The password that what is moved into the bucket is encrypted with.
        encrypt: value<SecretRef> "whoever reads the bucket can read it: Velero's own password is known to everybody", Emitted, "\"velero-4\"";
        /// How often.
        every: value<Seconds> "\"24h\"", Emitted, "\"12h\"";
        /// When, in UTC: the first of a day.
        start: value("at")<ClockTime> "\"01:00\"", Emitted, "\"04:30\"";
        /// How long a copy is kept.
        keep: value<Seconds> "\"30d\"", Emitted, "\"14d\"";
        /// Namespaces that are copied.
        namespaces: list<Namespace> "all", Emitted, "\"shop\"";
        /// Whether volumes are copied too, by snapshots of their storage.
        snapshots: flag<bool> "#false", Emitted, "#true";
        /// Whether what is in a snapshot is moved into the bucket; else it stays beside the volume.
        move_data: flag("move-data")<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Copies of a firewall's config.xml, fetched by its API: whole ones for a restore, and ones without secrets for Git.
    FirewallBackupFacts = "backup" {
        /// How often.
        every: prop<Seconds> required, Emitted, "\"6h\"";
        /// When, by the clock of whoever fetches: the first of a day.
        start: prop("at")<ClockTime> "\"03:00\"", Emitted, "\"05:15\"";
        /// The secret: key and secret of an API user that may download backups, as `KEY:SECRET`.
        secret: prop<SecretRef> required, Emitted, "\"fetch-2\"";
    }
}

statement! {
    /// How much may be lost and how long a restore may take (RFC 9.4).
    RecoveryFacts = "recovery" {
        /// Recovery point: the age of what a restore brings back. Copies that are further apart are an error.
        rpo: prop<Seconds> required, Emitted, "\"7h\"";
        /// Recovery time: how long a restore takes. Nobody knows it before one was tried, so it is compared with nothing: it
        /// stands in the pages of the tree that say how to restore.
        rto: prop<Seconds> required, Emitted, "\"8h\"";
    }
}
