//! Checks of what secrets are for; a lint sees their names alone, never their values.

use std::collections::BTreeMap;

use crate::diag::{Diag, Sink, code};
use crate::lint::Lints;
use crate::schema::{Kind, Name, RefUse, SecretRef, SecretStore};
use crate::source::{Origin, Sp};

/// E0219: a secret is one thing. The private key of a firewall that its peer has too is no private key, and a password that two
/// programs share is as safe as the one that keeps it worse (NIST SP 800-57 part 1 rev. 5, section 5.2: one purpose a key).
pub fn roles(x: &Lints<'_>, sink: &mut Sink) {
    let mut first: BTreeMap<&Name, &RefUse> = BTreeMap::new();
    let mut told: BTreeMap<&Name, Vec<(&str, &str, &str)>> = BTreeMap::new();
    for r in x.refs.iter().filter(|r| r.kinds.contains(&Kind::Secret)) {
        let before = *first.entry(&r.name).or_insert(r);
        let role = (r.within, r.inside, r.word);
        if (before.within, before.inside, before.word) == role || told.entry(&r.name).or_default().contains(&role) {
            continue;
        }
        told.entry(&r.name).or_default().push(role);
        sink.report(
            Diag::new(
                code::E0219,
                format!("secret \"{}\" is the {} and the {}", r.name, called(before, r), called(r, before)),
            )
            .at(r.span, "here it is another thing")
            .at(before.span, "here it is one thing")
            .help("give each a secret of its own"),
        );
    }
}

/// What messages call a role beside another: where both are one word of one statement, it is said where that stands.
fn called(r: &RefUse, beside: &RefUse) -> String {
    let alike = (r.inside, r.word) == (beside.inside, beside.word);
    let place = if alike { format!(" in `{}`", r.within) } else { String::new() };
    format!("`{}` of `{}`{place}", r.word, r.inside)
}

/// E0219: what somebody proves who he is with is nobody else's. Who has the client secret of one page asks the identity server as
/// every page that has the same (RFC 6749 section 2.3.1), and two ends of one private key are one end.
pub fn owners(x: &Lints<'_>, sink: &mut Sink) {
    let mut first: BTreeMap<(&str, &Name), (String, Origin)> = BTreeMap::new();
    let mut told: Vec<(&Name, String)> = Vec::new();
    let mut add = |role: &'static str, who: String, secret: &'_ Option<Sp<SecretRef>>| {
        let Some((stated, s)) = secret.as_ref().and_then(|s| Some((x.refs.iter().find(|r| r.name == s.v.0)?, s)))
        else {
            return;
        };
        let (before, at) = first.entry((role, &stated.name)).or_insert_with(|| (who.clone(), s.at)).clone();
        // An environment speaks again of what its cluster has.
        if before == who || told.contains(&(&stated.name, who.clone())) {
            return;
        }
        sink.report(
            Diag::new(code::E0219, format!("secret \"{}\" is the {role} of {before} and of {who}", s.v))
                .at(x.span(s.at), "here it is another's")
                .at(x.span(at), "here it is one's")
                .help("give each a secret of its own"),
        );
        told.push((&stated.name, who));
    };
    for c in &x.facts.cluster {
        let of = c.name.as_ref().map_or("", |n| n.v.0.as_str());
        for u in c.ui.iter().chain(c.environment.iter().filter_map(|e| e.ui.as_ref())) {
            add("token", format!("the outpost of cluster {of}"), &u.outpost);
            for p in &u.page {
                let Some(page) = p.of else { continue };
                add("client secret", format!("page \"{}\" of cluster {of}", page.v), &p.secret);
            }
        }
    }
    for a in x.facts.identity.iter().flat_map(|i| &i.application) {
        let Some(name) = &a.name else { continue };
        add("client secret", format!("application \"{}\"", name.v), &a.secret);
    }
    for f in &x.facts.firewall {
        let of = f.name.as_ref().map_or("", |n| n.v.0.as_str());
        for v in &f.vpn {
            add("private key", format!("firewall {of}"), &v.secret);
        }
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
