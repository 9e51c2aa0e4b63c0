//! What the file says of the network plugin: Cilium and what it does; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The network plugin of a cluster.
    CiliumFacts = "network" {
        /// Which one.
        by: arg<Cni> required, Parts, "\"cilium\"";
    }
}
