//! What the file says of certificates: cert-manager and its issuers; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Certificates and who issues them.
    CertificatesFacts = "certificates" {
        /// An issuer.
        issuer: children<IssuerFacts> required, Parts;
        /// Replicas of the controller and of the webhook.
        replicas: value<Count> "2", Emitted, "3";
        /// Whether it tells its figures to whoever asks.
        metrics: flag<bool> "#true", Emitted, "#false";
        /// Name servers that are asked whether a DNS challenge is there, where those of the cluster see another zone.
        resolvers: list<HostAddress> "those of the cluster", Emitted, "\"9.9.9.9\"";
    }
}

statement! {
    /// Who issues certificates: an ACME server, a CA of ours, or each certificate itself.
    IssuerFacts = "issuer" {
        /// Its name.
        name: arg<IssuerDef> required, Emitted, "\"internal\"";
        /// An ACME server (RFC 8555).
        acme: child<AcmeFacts> "it is no ACME server", Parts;
        /// A CA of ours.
        ca: child<CaFacts> "it is no CA", Parts;
        /// Whether each certificate signs itself.
        self_signed: flag("self-signed")<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// An ACME server (RFC 8555) and how it sees that a name is ours.
    AcmeFacts = "acme" {
        /// A directory of Let's Encrypt.
        directory: arg<AcmeDirectory> "`url` says which", Emitted, "\"staging\"";
        /// The directory of another ACME server.
        url: prop<Url> "Let's Encrypt's", Emitted, "\"https://acme.example.net/directory\"";
        /// Who is told when something is wrong with a certificate.
        email: value<Email> "the topology's contact", Emitted, "\"certificates@example.org\"";
        /// By a file that it fetches from the name itself, on port 80.
        http01: child<Http01Facts> "not by HTTP", Parts;
        /// By a record in the zone.
        dns01: children<Dns01Facts> "not by DNS", Parts;
    }
}

statement! {
    /// The challenge by HTTP (RFC 8555 section 8.3).
    Http01Facts = "http01" {
        /// The way in that serves the answer.
        via: prop<WayIn> required, Emitted, "\"nginx\"";
    }
}

statement! {
    /// The challenge by DNS (RFC 8555 section 8.4); the only one for names with a `*`.
    Dns01Facts = "dns01" {
        /// Who answers for the zone.
        by: arg<DnsProvider> required, Emitted, "\"cloudflare\"";
        /// The zones that it answers for.
        zone: list<Domain> "every name", Emitted, "\"other.example.net\"";
        /// The secret: API token, TSIG key, or secret access key.
        secret: value<SecretRef> required, Emitted, "\"dns\"";
        /// The name server that takes updates (`rfc2136`).
        server: value<HostAddress> "an error on `rfc2136`", Emitted, "\"10.20.30.54\"";
        /// The name of the TSIG key (`rfc2136`).
        key_name: value("key-name")<Domain> "an error on `rfc2136`", Emitted, "\"other-key\"";
        /// How the key signs (`rfc2136`).
        algorithm: value<TsigAlgorithm> "\"hmac-sha256\"", Emitted, "\"hmac-sha512\"";
        /// The region (`route53`).
        region: value<Region> "an error on `route53`", Emitted, "\"eu-west-1\"";
        /// The id of the access key (`route53`).
        access_key: value("access-key")<AccessKeyId> "an error on `route53`", Emitted, "\"AKIAIOSFODNN7SAMPLE2\"";
    }
}

statement! {
    /// A CA of ours.
    CaFacts = "ca" {
        /// The secret: its certificate and key.
        secret: prop<SecretRef> required, Emitted, "\"ca\"";
    }
}
