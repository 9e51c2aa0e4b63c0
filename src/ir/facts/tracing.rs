//! What the file says of traces of a cluster's applications: where they are kept, and who sends them; decides nothing.

use super::*;
use crate::statement;

statement! {
    /// Traces of applications (RFC 1.3, 7.1).
    TracingFacts = "tracing" {
        /// What keeps them.
        by: arg<TraceKeeper> required, Parts, "\"tempo\"";
        /// How long traces are kept; at least an hour.
        retention: value<Seconds> "14 days", Emitted, "\"5d\"";
        /// The volume that they are kept on.
        volume: child<LogVolumeFacts> required, Parts;
        /// How they come; what is not named here is closed.
        otlp: list<OtlpProtocol> "by both", Emitted, "\"http\"";
        /// Namespaces whose pods send them; somebody has to refuse the others, which is `default-deny`.
        from: list<Namespace> "whoever may by `allow`; without `default-deny` every pod", Emitted, "\"crm\"";
    }
}
