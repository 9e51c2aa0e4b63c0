//! What the file says of storage in a cluster: Ceph by Rook; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Storage in the cluster.
    StorageFacts = "storage" {
        /// What provides it.
        by: arg<Label> required, Parts, "\"ceph\"";
        /// A node and the disk that it gives.
        device: children<StorageDeviceFacts> "every disk `for=\"ceph\"`", Parts;
    }
}

statement! {
    /// A node and the disk that it gives to storage.
    StorageDeviceFacts = "device" {
        /// The node.
        node: arg<MachineRef> required, Checked, "\"k8s-worker-1\"";
        /// The disk as Linux names it.
        name: prop<IfName> required, Checked, "\"sdb\"";
    }
}
