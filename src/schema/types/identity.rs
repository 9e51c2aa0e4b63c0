//! Values of the language for who knows people; reads single values, decides nothing.

use super::*;

words! {
    /// How an application asks who people are.
    ApplicationKind {
        Oidc = "oidc" "OpenID Connect (OpenID Connect Core 1.0)",
        Saml = "saml" "SAML 2.0",
    }
    /// How mail is kept secret on its way to its server.
    MailTransport {
        Plain = "plain" "it is not: everybody on the way reads it",
        StartTls = "starttls" "by STARTTLS (RFC 3207)",
        Tls = "tls" "by TLS from the first byte (RFC 8314)",
    }
}

integers! {
    /// Backups that are kept.
    BackupsKept(u16) 1 10000 "backups";
}
