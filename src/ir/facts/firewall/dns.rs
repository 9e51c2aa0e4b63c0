//! What the file says of a firewall's answers to questions for names; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Answers to questions for names.
    FirewallDnsFacts = "dns" {
        /// The VLANs and VPNs that may ask.
        serve: list<VlanRef> required, Emitted, "\"high-speed\"";
    }
}
