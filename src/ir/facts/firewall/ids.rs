//! What the file says of what a firewall looks for in the traffic; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// What a firewall looks for in the traffic.
    IdsFacts = "ids" {
        /// The VLANs whose interfaces are watched.
        watch: list<VlanRef> required, Emitted, "\"high-speed\"";
    }
}
