//! Values of the language for certificates; reads single values, decides nothing.

use super::*;

words! {
    /// A directory of Let's Encrypt.
    AcmeDirectory {
        Production = "production" "certificates that browsers trust; few tries a week",
        Staging = "staging" "certificates that nobody trusts, for trying; many tries",
    }
    /// Who answers for a DNS zone.
    DnsProvider {
        Cloudflare = "cloudflare" "Cloudflare, with an API token",
        Rfc2136 = "rfc2136" "a name server that takes dynamic updates (RFC 2136) signed with a TSIG key",
        Route53 = "route53" "Amazon Route 53, with an access key",
    }
    /// How a TSIG key signs (RFC 8945 section 6).
    TsigAlgorithm {
        HmacSha256 = "hmac-sha256" "HMAC with SHA-256",
        HmacSha512 = "hmac-sha512" "HMAC with SHA-512",
    }
}

forms! {
    /// A region of Amazon Web Services.
    Region "a region of Amazon Web Services" "eu-central-1" |s| only(s, 40, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    /// The id of an access key of Amazon Web Services: it names the key and is no secret.
    AccessKeyId "the id of an access key" "AKIAIOSFODNN7SAMPLE1" |s| {
        only(s, 128, |c| c.is_ascii_uppercase() || c.is_ascii_digit())?;
        if s.len() < 16 { Err("it has 16 characters at least".into()) } else { Ok(()) }
    };
}
