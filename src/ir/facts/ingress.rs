//! What the file says of the way in for HTTP: ingress controllers and gateways; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The way in for HTTP.
    IngressFacts = "ingress" {
        /// What serves it.
        by: arg<Label> required, Parts, "\"nginx\"";
        /// Its replicas.
        replicas: value<Count> "2", Checked, "3";
        /// Its address.
        address: child<PoolAddressFacts> "any of the pool", Parts;
    }
}

statement! {
    /// An address of a pool.
    PoolAddressFacts = "address" {
        /// The pool.
        pool: prop<PoolRef> required, Checked, "\"services\"";
        /// The number in the VLAN's subnet.
        host: prop<Ordinal> required, Checked, "200";
    }
}
