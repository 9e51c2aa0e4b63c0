//! Checks of what secrets are for; a lint sees their names alone, never their values.

use std::collections::BTreeMap;

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;
use crate::schema::{Kind, Name, RefUse};

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
