//! What the file says of checks of the running cloud: how often, and with what; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Checks of the running cloud from inside a cluster, and a script for the same from outside (RFC 9.3).
    HealthFacts = "health" {
        /// The version of the image with ping, dig, curl, openssl and nc: nicolaka/netshoot.
        netshoot: value<Version> required, Emitted, "\"0.13\"";
        /// How often.
        every: value<Seconds> "\"1h\"", Emitted, "\"30m\"";
        /// When, in UTC: the first of a day.
        start: value("at")<ClockTime> "\"00:00\"", Emitted, "\"00:15\"";
        /// Names of the world that must be found.
        names: list<FullName> "only the cluster's own name is looked up", Emitted, "\"example.com\"";
        /// How long before its end a certificate is told.
        expiry: value<Seconds> "\"14d\"", Emitted, "\"21d\"";
        /// Whether the Proxmox hosts are pinged too, which lets these pods reach them.
        hypervisors: flag<bool> "#false", Emitted, "#true";
        /// Compares the cluster with the CIS benchmark.
        cis: child<CisFacts> "nobody does", Parts;
    }
}

statement! {
    /// Compares the cluster with the CIS benchmark, on every node.
    CisFacts = "cis" {
        /// By what.
        by: arg<CisTool> required, Parts, "\"kube-bench\"";
        /// Its version.
        version: prop<Version> required, Emitted, "\"0.15.0\"";
        /// How often.
        every: prop<Seconds> "\"7d\"", Emitted, "\"24h\"";
        /// When, in UTC.
        start: prop("at")<ClockTime> "\"00:00\"", Emitted, "\"05:45\"";
    }
}
