//! What the file says must hold in the end, whatever was meant; decides nothing.

use super::{FromFacts, ToFacts};
use crate::schema::*;
use crate::statement;

statement! {
    /// What must hold in the end. It is shown by what the written rules and policies do, not by what was meant with them.
    ExpectFacts = "expect" {
        /// Whether it gets through or not.
        verdict: arg<Verdict> required, Emitted, "\"deny\"";
        /// What, in words.
        name: arg("called")<Text> required, Emitted, "\"another expectation\"";
        /// Who opens the connection.
        from: child<FromFacts> required, Parts;
        /// Who answers.
        to: child<ToFacts> required, Parts;
        /// By what; `any` is every port.
        service: list<ServiceRef> required, Emitted, "\"ntp\"";
    }
}
