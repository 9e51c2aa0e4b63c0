//! What the file says of alerts: thresholds and where to read what to do; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Alerts: thresholds, and where to read what to do. Which alerts there are follows from what runs.
    AlertsFacts = "alerts" {
        /// Where the page of each alert is: its name follows.
        runbooks: value<Url> "the description says all there is", Emitted, "\"https://wiki.example.net/runbooks/\"";
        /// The share of a shaped link from which on it counts as nearly full.
        saturation: value<Percent> "80", Emitted, "70";
        /// The share of a pool of addresses that shall stay free.
        pool_free: value("pool-free")<Percent> "10", Emitted, "20";
        /// How long 95 of 100 requests to an Ingress may take.
        latency: value<Seconds> "\"1s\"", Emitted, "\"3s\"";
        /// The share of requests to an Ingress that may end in an error of the server.
        errors: value<Percent> "5", Emitted, "2";
        /// The share of answers of CoreDNS that may be SERVFAIL.
        dns_errors: value("dns-errors")<Percent> "5", Emitted, "3";
        /// Packets a second that Cilium may drop for one reason.
        drops: value<PacketRate> "10", Emitted, "100";
        /// The share of a table of Cilium's that may be taken.
        map_pressure: value("map-pressure")<Percent> "90", Emitted, "85";
        /// The share of Ceph's disks that may be taken.
        storage_full: value("storage-full")<Percent> "75", Emitted, "60";
        /// When a certificate that expires is told of.
        certificate: child<AlertCertificateFacts> "14 days and 7 days before", Parts;
        /// Ports at which new connections between pods are told of.
        ports: list<Port> "22, 23, 445, 2375, 3389 and 5900", Emitted, "5432";
        /// An alert that differs from the usual.
        alert: children<AlertFacts> "each alert is as the table of alerts says", Parts;
        /// An alert that nobody wants.
        off: children<AlertOffFacts> "every alert of what is there", Parts;
    }
}

statement! {
    /// When a certificate that expires is told of.
    AlertCertificateFacts = "certificate" {
        /// How long before somebody should look at it.
        soon: arg<Seconds> "\"14d\"", Emitted, "\"21d\"";
        /// How long before somebody must act.
        urgent: prop<Seconds> "\"7d\"", Emitted, "\"3d\"";
    }
}

statement! {
    /// An alert that differs from the usual.
    AlertFacts = "alert" {
        /// Its name.
        name: arg<AlertName> required, Emitted, "\"CoreDNSDown\"";
        /// How much it matters.
        severity: prop<AlertSeverity> "as usual", Emitted, "\"info\"";
        /// How long it must hold.
        after: prop<Seconds> "as usual", Emitted, "\"7m\"";
    }
}

statement! {
    /// An alert that nobody wants.
    AlertOffFacts = "off" {
        /// Its name.
        name: arg<AlertName> required, Emitted, "\"CoreDNSDown\"";
        /// Why.
        because: prop<Text> required, Emitted, "\"another system tells\"";
    }
}
