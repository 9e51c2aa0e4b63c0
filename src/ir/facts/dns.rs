//! What the file says of names inside a cluster: CoreDNS and the node-local cache; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Names inside a cluster.
    ClusterDnsFacts = "dns" {
        /// Whether a cache on each node answers pods.
        node_local: flag("node-local")<bool> "#true, as the installer does it", Emitted, "#false";
    }
}
