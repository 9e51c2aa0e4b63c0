//! What the file says of secrets: names, and where each is kept; never a secret, and decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The name of a secret and where it is kept; never the secret.
    SecretFacts = "secret" {
        /// Its name.
        name: arg<SecretDef> required, Emitted, "\"vrrp2\"";
        /// Where it is kept.
        from: child<SecretFromFacts> required, Parts;
    }
}

statement! {
    /// Where a secret is kept.
    SecretFromFacts = "from" {
        /// The kind of store.
        store: arg<SecretStore> required, Emitted, "\"ansible-vault\"";
        /// File or variable.
        path: arg<SecretPlace> required, Emitted, "\"secrets/other.yaml\"";
        /// Key in the file.
        key: arg<SecretPlace> "the whole file or variable", Emitted, "\"other\"";
    }
}
