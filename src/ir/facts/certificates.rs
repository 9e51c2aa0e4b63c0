//! What the file says of certificates: cert-manager and its issuers; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Certificates and who issues them.
    CertificatesFacts = "certificates" {
        /// An issuer.
        issuer: children<IssuerFacts> required, Parts;
    }
}

statement! {
    /// Who issues certificates.
    IssuerFacts = "issuer" {
        /// Its name.
        name: arg<IssuerDef> required, Emitted, "\"internal\"";
    }
}
