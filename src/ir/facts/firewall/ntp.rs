//! What the file says of the time that a firewall tells others; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The time, for others.
    FirewallNtpFacts = "ntp" {
        /// The VLANs that may ask.
        serve: list<VlanRef> required, Emitted, "\"high-speed\"";
    }
}
