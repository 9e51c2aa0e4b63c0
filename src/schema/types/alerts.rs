//! Values of the language for alerts; reads single values, decides nothing.

use super::*;

words! {
    /// How much an alert matters (the words by which kube-prometheus-stack sends alerts on).
    AlertSeverity {
        Info = "info" "worth knowing, nobody need act",
        Warning = "warning" "somebody must look at it in working hours",
        Critical = "critical" "somebody must act now",
    }
}

integers! {
    /// Packets a second.
    PacketRate(u32) 1 1000000000 "packets a second";
}

forms! {
    /// The name of an alert. Which there are depends on what runs.
    AlertName "an alert's name" "OPNsenseUnreachable" |s| only(s, 80, |c| c.is_ascii_alphanumeric());
}
