//! What the file says of how the bandwidth of a way out is shared; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// How the bandwidth of a way out is shared.
    ShaperFacts = "shaper" {
        /// A way out whose bandwidth is shared.
        link: children<LinkFacts> required, Parts;
    }
}

statement! {
    /// A way out whose bandwidth is shared.
    LinkFacts = "link" {
        /// Its VLAN.
        way: arg<VlanRef> required, Emitted, "\"high-speed\"";
    }
}
