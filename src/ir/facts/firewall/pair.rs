//! What the file says of how two firewall nodes keep each other's state; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// How two nodes keep each other's state: the addresses that they share, and the connections that pass.
    SyncFacts = "sync" {
        /// The VLAN that the nodes tell each other of connections on.
        vlan: arg<VlanRef> required, Emitted, "\"k8s-internal\"";
        /// The secret that holds the shared addresses together (CARP).
        secret: value<SecretRef> required, Emitted, "\"carp2\"";
        /// Whom a node tells that it holds the shared addresses.
        announce: value<CarpAnnounce> "\"multicast\"", Emitted, "\"unicast\"";
        /// What the first node copies to the second, beyond what is in the files of both.
        configuration: child<ConfigurationSyncFacts> "nothing: both nodes have files of their own", Parts;
    }
}

statement! {
    /// What the first node copies to the second by itself (XML-RPC), over the VLAN of management.
    ConfigurationSyncFacts = "configuration" {
        /// The parts.
        parts: args<SyncPart> required, Emitted, "\"certificates\"";
        /// The account of the second node that it is done with: it needs every right there.
        user: value<UserName> required, Emitted, "\"copier\"";
        /// The secret that is the account's password.
        secret: value<SecretRef> required, Emitted, "\"copy2\"";
    }
}
