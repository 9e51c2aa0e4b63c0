//! Values of the language for logs of a cluster; reads single values, decides nothing.

use super::*;

words! {
    /// What keeps logs.
    LogKeeper {
        Loki = "loki" "Grafana Loki",
    }
    /// How Loki is deployed.
    LokiMode {
        Monolithic = "monolithic" "each replica does everything",
        SimpleScalable = "simple-scalable" "writers, readers and the rest apart: refused, Loki 4 has it no more",
        Distributed = "distributed" "each part apart, for a terabyte a day: refused, no files are made for it",
    }
    /// What reads logs of pods and nodes.
    LogAgent {
        Alloy = "alloy" "Grafana Alloy",
        Promtail = "promtail" "Promtail: its chart is deprecated since October 2025, and it is not part of Loki any more",
    }
    /// How messages of syslog come: a listener takes one of the two.
    SyslogProtocol {
        Tcp = "tcp" "TCP (RFC 6587)",
        Udp = "udp" "UDP: what is lost is lost, and what is longer than a datagram is cut (RFC 5426)",
    }
}
