//! What the file says of names inside a cluster: CoreDNS and the node-local cache; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Names inside a cluster.
    ClusterDnsFacts = "dns" {
        /// Whether a cache on each node answers pods.
        node_local: flag("node-local")<bool> "#false where the network plugin replaces kube-proxy; else #true", Emitted, "#false";
        /// One of ours that knows names outside the cluster: CoreDNS asks its address on the node network.
        via: list<ServerRef> "only `server`; without both, what the nodes ask", Emitted, "\"opnsense\"";
        /// An address that knows names outside the cluster.
        server: list<Address> "only `via`", Emitted, "\"9.9.9.9\"";
        /// Whether those are asked in their order, the next only when one does not answer.
        in_order: flag("in-order")<bool> "#false: any of them, by chance", Emitted, "#true";
        /// A domain that others answer for.
        zone: children<ZoneFacts> "there are none", Parts;
        /// A name and its address.
        record: children<RecordFacts> "only the name of the API", Parts;
    }
}

statement! {
    /// A domain that others answer for.
    ZoneFacts = "zone" {
        /// The domain.
        name: arg<Domain> required, Emitted, "\"far.example.net\"";
        /// Who answers for it.
        server: list<Address> required, Emitted, "\"192.168.105.2\"";
        /// How long answers are kept.
        cache: value<Seconds> "\"30s\"", Emitted, "\"5m\"";
    }
}

statement! {
    /// A name and its address, for pods.
    RecordFacts = "record" {
        /// The name.
        name: arg<Domain> required, Emitted, "\"git.example.net\"";
        /// The address.
        address: prop<Address> required, Emitted, "\"192.168.106.77\"";
    }
}
