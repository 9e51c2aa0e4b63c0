//! What the file says of the platform's own pages: names, logins, and who may open them; decides nothing.

use super::*;
use crate::statement;

statement! {
    /// The platform's own pages behind a gateway of their own, which nothing publishes (RFC 7.3, 8.1).
    UiFacts = "ui" {
        /// The address of their gateway.
        address: child<PoolAddressFacts> required, Parts;
        /// Who issues their certificates.
        certificate_by: value("certificate-by")<IssuerRef> required, Emitted, "\"internal\"";
        /// The domain of their names.
        domain: value<Domain> "the topology's", Emitted, "\"pages.example.net\"";
        /// Who knows the people that log in.
        identity: value<IdentityRef> "each page has accounts of its own", Emitted, "\"sso\"";
        /// The token of the outpost that stands before pages without a login.
        outpost: value<SecretRef> "an error as soon as such a page is there", Emitted, "\"spare\"";
        /// Who opens the connections.
        from: child<FromFacts> required, Parts;
        /// A page.
        page: children<PageFacts> required, Parts;
    }
}

statement! {
    /// A page of the platform.
    PageFacts = "page" {
        /// Whose.
        of: arg<PageOf> required, Emitted, "\"alertmanager\"";
        /// Its name in the domain.
        name: prop("at")<PageName> "the word itself", Emitted, "\"look\"";
        /// What the page proves itself with to whoever knows the people (OpenID Connect, client secret).
        secret: value<SecretRef> "an error on a page that asks for logins itself", Emitted, "\"spare\"";
        /// Groups of people who may change things.
        admins: list<PeopleRef> "nobody", Emitted, "\"night-shift\"";
        /// Groups of people who may look.
        readers: list<PeopleRef> "nobody", Emitted, "\"night-shift\"";
    }
}
