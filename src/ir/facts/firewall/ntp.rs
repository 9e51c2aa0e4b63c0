//! What the file says of the time that a firewall tells others; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The time, for others.
    FirewallNtpFacts = "ntp" {
        /// The VLANs that may ask.
        serve: list<VlanRef> required, Emitted, "\"high-speed\"";
        /// A server that the firewall itself asks.
        server: children<TimeServerFacts> required, Parts;
    }
}

statement! {
    /// A server that the firewall itself asks for the time.
    TimeServerFacts = "server" {
        /// Its name or address.
        name: arg<Domain> required, Emitted, "\"ptbtime1.ptb.de\"";
        /// Whether it is believed before the others while it agrees with them.
        prefer: prop<bool> "#false", Emitted, "#true";
    }
}
