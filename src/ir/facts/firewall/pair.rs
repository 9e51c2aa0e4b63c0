//! What the file says of how two firewall nodes keep each other's state; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// How two nodes keep each other's state: the addresses that they share, and the connections that pass.
    SyncFacts = "sync" {
        /// The VLAN that the nodes tell each other of connections on.
        vlan: arg<VlanRef> required, Emitted, "\"k8s-internal\"";
        /// The secret that holds the shared addresses together (CARP).
        secret: value<SecretRef> required, Emitted, "\"carp2\"";
    }
}
