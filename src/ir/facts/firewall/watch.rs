//! What the file says of a firewall's logs, its figures, and what it looks after by itself; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Where a firewall's logs go.
    FirewallLogsFacts = "logs" {
        /// Who takes them.
        to: arg<Address> required, Emitted, "\"192.168.106.40\"";
    }
}

statement! {
    /// Who may read a firewall's figures.
    FirewallMetricsFacts = "metrics" {
        /// The VLAN whose address answers.
        on: arg<VlanRef> required, Emitted, "\"k8s-internal\"";
    }
}

statement! {
    /// What a firewall looks after by itself.
    FirewallWatchFacts = "watch" {
        /// What.
        name: arg<Label> required, Emitted, "\"disk\"";
    }
}
