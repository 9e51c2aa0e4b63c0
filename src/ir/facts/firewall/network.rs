//! What the file says of a firewall's ways out, routes and interfaces beyond their addresses; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// How it is seen whether a way out works.
    ProbeFacts = "probe" {
        /// Who answers pings there.
        address: arg<HostAddress> required, Emitted, "\"9.9.9.9\"";
    }
}

statement! {
    /// Ways out that stand in for each other.
    WaysFacts = "ways-out" {
        /// Its name: rules take it by this.
        name: arg<WaysDef> required, Emitted, "\"failover\"";
        /// Ways of equal rank: a rank is used when none before it works.
        rank: children<RankFacts> required, Parts;
        /// What counts as not working.
        when: value<WayTrigger> "\"down\"", Emitted, "\"loss\"";
    }
}

statement! {
    /// Ways of equal rank: they share the connections.
    RankFacts = "rank" {
        /// Its number: the lowest is used first.
        number: arg<WayRank> required, Emitted, "5";
        /// The VLANs of the ways.
        ways: args<VlanRef> required, Emitted, "\"public\"";
    }
}

statement! {
    /// A network behind a router of one of its VLANs.
    FirewallRouteFacts = "route" {
        /// The network.
        net: arg<Cidr> required, Emitted, "\"10.77.0.0/16\"";
        /// The router's address.
        via: prop<HostAddress> required, Emitted, "\"192.168.106.77\"";
    }
}
