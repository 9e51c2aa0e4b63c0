//! Checks of what secrets are for; a lint sees their names alone, never their values.

use std::collections::BTreeMap;

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;
use crate::schema::{Kind, Name, RefUse, SecretStore};

/// E0219: a secret is one thing. The private key of a firewall that its peer has too is no private key, and a password that two
/// programs share is as safe as the one that keeps it worse (NIST SP 800-57 part 1 rev. 5, section 5.2: one purpose a key).
pub fn roles(x: &Lints<'_>, sink: &mut Sink) {
    let mut first: BTreeMap<&Name, &RefUse> = BTreeMap::new();
    let mut told: BTreeMap<&Name, Vec<(&str, &str)>> = BTreeMap::new();
    for r in x.refs.iter().filter(|r| r.kinds.contains(&Kind::Secret)) {
        let before = *first.entry(&r.name).or_insert(r);
        let role = (r.inside, r.word);
        if (before.inside, before.word) == role || told.entry(&r.name).or_default().contains(&role) {
            continue;
        }
        told.entry(&r.name).or_default().push(role);
        sink.report(
            Diag::new(
                code::E0219,
                format!(
                    "secret \"{}\" is the `{}` of `{}` and the `{}` of `{}`",
                    r.name, before.word, before.inside, r.word, r.inside
                ),
            )
            .at(r.span, "here it is another thing")
            .at(before.span, "here it is one thing")
            .help("give each a secret of its own"),
        );
    }
}

/// E0205: a variable of the environment has a name that shells read as one (POSIX.1-2024, Base Definitions 8.1), and no keys:
/// in `${infra-git:?}` a shell takes `git:?` for what stands in place of a variable called `infra`.
pub fn variables(x: &Lints<'_>, sink: &mut Sink) {
    let stated = x.facts.secret.iter().filter_map(|s| s.from.as_ref());
    for f in stated.filter(|f| f.store.is_some_and(|s| s.v == SecretStore::Env)) {
        if let Some(path) = &f.path {
            let sign = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            if !path.v.bytes().all(sign) || path.v.starts_with(|c: char| c.is_ascii_digit()) {
                let better: String = path.v.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                sink.report(
                    Diag::new(code::E0205, format!("\"{}\" cannot be the name of a variable", path.v))
                        .at(x.span(path.at), "letters, digits and `_`, and no digit in front")
                        .help(format!("from \"env\" \"{}\"", better.trim_start_matches(|c: char| c.is_ascii_digit()))),
                );
            }
        }
        if let Some(key) = &f.key {
            sink.report(
                Diag::new(code::E0205, "a variable of the environment has no keys")
                    .at(x.span(key.at), "the whole variable is the secret")
                    .help("remove this word"),
            );
        }
    }
}
