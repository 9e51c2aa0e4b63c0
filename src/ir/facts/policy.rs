//! What the file says of who may talk to whom: services, groups, allowances, the default deny; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A name for ports.
    ServiceFacts = "service" {
        /// Its name.
        name: arg<ServiceDef> required, Parts, "\"ceph\"";
        /// TCP ports.
        tcp: list<Port> "none", Emitted, "6789";
    }
}

statement! {
    /// A name for pods or for what is far away.
    GroupFacts = "group" {
        /// Its name.
        name: arg<GroupDef> required, Parts, "\"frontend\"";
    }
}

statement! {
    /// Who may talk to whom.
    AllowFacts = "allow" {
        /// What for, in words.
        name: arg<Text> required, Emitted, "\"another sentence\"";
    }
}

statement! {
    /// Refuses what nothing allows.
    DefaultDenyFacts = "default-deny" {
        /// Where.
        scope: arg<DenyScope> required, Emitted, "\"namespaces\"";
    }
}
