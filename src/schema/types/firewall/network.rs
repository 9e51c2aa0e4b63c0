//! Values of the language for a firewall's interfaces and ways out; reads single values, decides nothing.

use super::*;

integers! {
    /// Which way out the routing table takes: the lowest (OPNsense 26.7, Routing/Gateways.xml: priority).
    WayPriority(u8) 1 255 "rank";
    /// The rank of ways in a group (OPNsense 26.7, Routing/GatewayGroups.xml: item to item5).
    WayRank(u8) 1 5 "rank";
}

words! {
    /// What counts as a way out that does not work (OPNsense 26.7, Routing/GatewayGroups.xml: trigger).
    WayTrigger {
        Down = "down" "it answers no probe",
        Loss = "loss" "it loses packets, or answers none",
        Latency = "latency" "it is slow, or answers none",
        LossOrLatency = "loss-or-latency" "it loses packets, is slow, or answers none",
    }
}

forms! {
    /// What OPNsense calls an interface (core 26.7, Firewall/Rule.php: only these have an address of their own in rules).
    InterfaceKey "`wan`, `lan` or `opt` with a number" "opt3" |s| {
        let number = s.strip_prefix("opt").filter(|n| n.len() <= 4 && n.bytes().all(|b| b.is_ascii_digit()) && !n.starts_with('0'));
        match (s, number) {
            ("wan" | "lan", _) => Ok(()),
            (_, Some(n)) if !n.is_empty() => Ok(()),
            _ => Err("OPNsense knows `wan`, `lan`, `opt1` and so on".into()),
        }
    };
}
