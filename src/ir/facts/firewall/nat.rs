//! What the file says of services at public addresses and of translation beyond that; decides nothing.

use crate::ir::facts::{FromFacts, ToFacts};
use crate::schema::*;
use crate::statement;

statement! {
    /// A service that is reached at a public address.
    PublishFacts = "publish" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"web2\"";
        /// The public address.
        at_: value("at")<Address> required, Emitted, "\"198.51.100.17\"";
        /// Who serves it.
        to: child<ToFacts> required, Parts;
        /// The ports at which it is reached.
        service: list<ServiceRef> required, Emitted, "\"https\"";
        /// Who may reach it.
        from: child<FromFacts> "everybody on the Internet", Parts;
        /// The port at which it is served.
        to_port: value("to-port")<Port> "the port at which it is reached", Emitted, "8443";
        /// Whether each connection is logged.
        log: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Translation of addresses beyond what follows from `publish` and from having a way out.
    NatFacts = "nat" {
        /// A machine that has a public address of its own.
        one_to_one: children("one-to-one")<OneToOneFacts> "none", Parts;
    }
}

statement! {
    /// A machine that has a public address of its own, in and out.
    OneToOneFacts = "one-to-one" {
        /// The public address.
        public: arg<Address> required, Emitted, "\"198.51.100.18\"";
        /// The machine.
        machine: prop<MachineRef> required, Emitted, "\"authentik\"";
    }
}
