//! What the file says of addresses for services: pools and who announces them; decides nothing.

use crate::schema::*;
use crate::statement;

use super::RangeFacts;

statement! {
    /// Addresses for services of type LoadBalancer.
    LoadBalancerFacts = "load-balancer" {
        /// What announces them.
        by: arg<Label> required, Parts, "\"metallb\"";
        /// A pool of addresses; it is a reservation in its VLAN.
        pool: children<PoolFacts> required, Parts;
    }
}

statement! {
    /// A pool of addresses for services; it is a reservation in its VLAN.
    PoolFacts = "pool" {
        /// Its name.
        name: arg<PoolDef> required, Parts, "\"services\"";
        /// The VLAN.
        vlan: prop<VlanRef> required, Checked, "\"k8s-internal\"";
        /// First and last host number.
        range: child<RangeFacts> required, Parts;
    }
}
