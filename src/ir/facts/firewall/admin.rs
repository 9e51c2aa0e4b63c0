//! What the file says of who manages a firewall, and from where; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Who manages a firewall, and from where.
    AdminFacts = "admin" {
        /// The VLANs that its web interface answers on.
        web: list<VlanRef> "none", Emitted, "\"k8s-internal\"";
        /// The VLANs that SSH answers on.
        ssh: list<VlanRef> "none", Emitted, "\"k8s-internal\"";
    }
}
