//! What the file says of clusters inside a cluster; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A cluster inside a cluster, with networks of its own.
    NestedFacts = "nested" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"lab2\"";
    }
}
