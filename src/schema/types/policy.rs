//! Values of the language for who may talk to whom; reads single values, decides nothing.

#[allow(unused_imports)]
use super::*;

words! {
    /// Where everything is refused that nothing allows.
    DenyScope {
        Cluster = "cluster" "in every namespace",
        Namespaces = "namespaces" "in the namespaces that are named",
    }
}
