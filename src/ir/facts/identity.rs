//! What the file says of who knows people: Authentik on a machine; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Who knows people: Authentik, by compose on a machine of its own (RFC 3.2).
    IdentityServerFacts = "identity" {
        /// Its name.
        name: arg<IdentityDef> required, Emitted, "\"sso\"";
        /// The machine.
        machine: prop<MachineRef> required, Emitted, "\"authentik\"";
        /// The name that people's browsers know it by.
        host: value<Domain> "the machine's name in the topology's domain", Emitted, "\"login.example.net\"";
        /// A group of people.
        group: children<PeopleFacts> "there are none", Parts;
    }
}

statement! {
    /// A group of people; who is in it is known there alone.
    PeopleFacts = "group" {
        /// Its name.
        name: arg<PeopleDef> required, Emitted, "\"night-shift\"";
    }
}
