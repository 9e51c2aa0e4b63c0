//! Pass: whether what others say of an identity server is what it says of itself; decides nothing.

use super::*;

/// The host of an address.
pub(super) fn host_of(url: &Url) -> Option<&str> {
    let rest = url.strip_prefix("https://")?;
    rest.split(['/', ':']).next()
}

/// E1204: two applications of one name; the second is left out.
pub(super) fn one_name(all: &mut Vec<Application>, cx: &mut Cx<'_>) {
    for pair in all.windows(2).filter(|p| p[0].slug.v == p[1].slug.v) {
        let (x, y) = (cx.span(pair[1].at), cx.span(pair[0].at));
        cx.report(
            Diag::new(code::E1204, format!("two things ask who people are as \"{}\"", pair[0].slug.v))
                .at(x, "this one")
                .at(y, "and this one")
                .note("each has a secret and people of its own, and the server tells them apart by this name")
                .help("give one another name, or another `identity`"),
        );
    }
    all.dedup_by(|a, b| a.slug.v == b.slug.v);
}

/// E0617: a page that is served elsewhere in an environment, by the name that it has in the cluster.
pub(super) fn one_name_two_places(host: &Sp<Domain>, first: &Sp<String>, second: &Sp<String>, cx: &mut Cx<'_>) {
    let (x, y) = (cx.span(second.at), cx.span(first.at));
    cx.report(
        Diag::new(code::E0617, format!("what is behind {} cannot differ in an environment", host.v))
            .at(x, "it is here")
            .at(y, "and here")
            .note("one outpost hands on what comes by one name, and it knows one place for it")
            .help("domain \"staging.example.net\" in the `ui` of the environment"),
    );
}

/// E1210: the issuer that KubeSphere is told, where no page says it; the slug of the application.
pub(super) fn issuer(i: &Identity, server: &IdentityServer, page: Option<&Page>, cx: &mut Cx<'_>) -> Option<String> {
    let start = format!("https://{}/application/o/", server.host.v);
    let slug = i.issuer.v.strip_prefix(&*start).and_then(|s| s.strip_suffix('/'));
    let slug =
        slug.filter(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    let Some(slug) = slug else {
        let (x, y) = (cx.span(i.issuer.at), cx.span(server.at));
        cx.report(
            Diag::new(code::E1210, format!("{} is the issuer of nothing", i.issuer.v))
                .at(x, "KubeSphere would compare this letter by letter")
                .at(y, "issuers of this server have another form")
                .help(format!("issuer \"{start}kubesphere/\"")),
        );
        return None;
    };
    let Some(p) = page else { return Some(slug.to_string()) };
    let (x, y) = (cx.span(i.at), cx.span(p.at));
    cx.report(
        Diag::new(code::E1210, format!("KubeSphere is told of {} twice", server.name.v))
            .at(x, "once here")
            .at(y, "and once by its page, whose name, address and secret hold")
            .help(format!("remove identity \"{}\": the page says it", i.name.v)),
    );
    None
}

/// Whether a firewall has a directory at this server.
pub(super) fn asks(f: &Firewall, server: &IdentityServer) -> bool {
    let mut all = f.layer.admin.iter().flat_map(|a| &a.directories);
    all.any(|d| d.machine.is_some_and(|m| m.v == server.machine.v))
}

/// E1206: a firewall asks in a way that nobody answers.
pub(super) fn nobody_answers(what: &str, help: &str, d: &PeopleDirectory, server: &IdentityServer, cx: &mut Cx<'_>) {
    let (x, y) = (cx.span(d.at), cx.span(server.at));
    cx.report(
        Diag::new(code::E1206, format!("nobody answers directory \"{}\" by {what}", d.name.v))
            .at(x, "it asks here")
            .at(y, format!("{} does not say how it answers {what}", server.name.v))
            .help(help.to_string()),
    );
}

/// E1206: it answers in a way that nobody asks.
pub(super) fn nobody_asks(what: &str, at: Origin, server: &IdentityServer, t: &Topology, cx: &mut Cx<'_>) {
    let span = cx.span(at);
    let d = Diag::new(code::E1206, format!("nobody asks {} by {what}", server.name.v))
        .at(span, "nothing would come of it")
        .note("a firewall asks by a `directory` in its `admin` that names the machine");
    let directories = t.firewalls.iter().flat_map(|f| &f.layer.admin).flat_map(|a| &a.directories);
    let mut elsewhere = directories.filter(|d| match d.speaks {
        DirectorySpeaks::Ldap { .. } => what == "LDAP",
        DirectorySpeaks::Radius { .. } => what == "RADIUS",
    });
    // With one server the one who asks elsewhere is the one who was to ask here.
    let other = elsewhere.next().filter(|_| t.identities.len() == 1 && server.machine.v.is_known());
    let asked = other.map(|d| (d, d.machine.map_or(d.host.at, |m| m.at)));
    cx.report(match asked {
        Some((other, place)) => d
            .at(cx.span(place), format!("directory \"{}\" asks another machine", other.name.v))
            .help(format!("machine \"{}\" in the directory, or remove this", t.machine(server.machine.v).name)),
        None => d.help("remove it"),
    });
}

/// A distinguished name as it is compared: in lower case, without blanks around its parts (RFC 4518).
fn plain(dn: &str) -> String {
    dn.split(',')
        .map(|p| p.split('=').map(str::trim).collect::<Vec<_>>().join("="))
        .collect::<Vec<_>>()
        .join(",")
        .to_lowercase()
}

fn below(dn: &str, base: &str) -> bool {
    let (dn, base) = (plain(dn), plain(base));
    dn == base || dn.ends_with(&format!(",{base}"))
}

/// E1206: what a firewall searches is below what the server has.
pub(super) fn directory(d: &PeopleDirectory, own: &Sp<DirectoryName>, cx: &mut Cx<'_>) -> bool {
    let DirectorySpeaks::Ldap { base, people, .. } = &d.speaks else { return true };
    let mut fits = true;
    for name in std::iter::once(base).chain(people).filter(|n| !below(&n.v, &own.v)) {
        if !std::mem::take(&mut fits) {
            continue;
        }
        let (x, y) = (cx.span(name.at), cx.span(own.at));
        cx.report(
            Diag::new(code::E1206, format!("directory \"{}\" searches where nobody is", d.name.v))
                .at(x, "here")
                .at(y, "people and groups are below this")
                .help(format!("base \"{}\"", own.v)),
        );
    }
    fits
}

/// E1206: Authentik answers nobody who has no name, has people under `ou=users` alone, and knows by `uid` a number that people
/// do not (Authentik 2026.8, internal/outpost/ldap/search: "Anonymous BindDN not allowed"; docs, LDAP provider: `uid`).
pub(super) fn finds(d: &PeopleDirectory, base: &Sp<DirectoryName>, bound: bool, cx: &mut Cx<'_>) -> bool {
    let DirectorySpeaks::Ldap { people, attribute, .. } = &d.speaks else { return true };
    let users = format!("ou=users,{}", base.v);
    let elsewhere = |p: &&Sp<DirectoryName>| plain(&p.v) != plain(&base.v) && !below(&p.v, &users);
    let (at, what, why, help) = if let Some(p) = people.iter().find(elsewhere) {
        let what = format!("directory \"{}\" searches where nobody is", d.name.v);
        (p.at, what, "people are below ou=users alone", format!("people \"{users}\""))
    } else if attribute.v.0.eq_ignore_ascii_case("uid") {
        let what = format!("nobody logs in by directory \"{}\"", d.name.v);
        (
            attribute.at,
            what,
            "this is a number that people do not know, not what they log in by",
            "attribute \"cn\"".into(),
        )
    } else if !bound {
        let what = format!("nobody answers directory \"{}\" without a name", d.name.v);
        (d.at, what, "it says nothing of who searches", format!("bind \"cn=firewall,{users}\" secret=\"…\""))
    } else {
        return true;
    };
    let (a, b) = (cx.span(at), cx.span(base.at));
    cx.report(Diag::new(code::E1206, what).at(a, why).at(b, "the server that is asked").help(help));
    false
}

/// E1206: a port of the machine that something else has: Authentik's own pages, or SSH.
pub(super) fn port_taken(d: &PeopleDirectory, server: &IdentityServer, cx: &mut Cx<'_>) -> bool {
    let whose = match d.port.v {
        443 => "Authentik's own pages are there",
        22 => "SSH of the machine is there",
        _ => return false,
    };
    let tls = matches!(d.speaks, DirectorySpeaks::Ldap { transport: Sp { v: DirectoryTransport::Tls, .. }, .. });
    let (a, b) = (cx.span(d.port.at), cx.span(server.machine.at));
    cx.report(
        Diag::new(code::E1206, format!("port {} of {} is taken", d.port.v, server.name.v))
            .at(a, "asked here")
            .at(b, whose)
            .help(if tls { "port 636" } else { "port 389" }),
    );
    true
}

/// E1206: the account that a firewall binds with is one that the server can have, and none that it has by itself
/// (Authentik 2026.8, blueprints/default: `akadmin`; authentik/outposts/models.py, user_identifier: `ak-outpost-`).
pub(super) fn reader(
    d: &PeopleDirectory,
    name: &Sp<DirectoryName>,
    base: &Sp<DirectoryName>,
    cx: &mut Cx<'_>,
) -> Option<String> {
    let end = format!(",ou=users,{}", plain(&base.v));
    let whole = plain(&name.v);
    let account = whole.strip_suffix(&end).and_then(|s| s.strip_prefix("cn="));
    let account = account.filter(|a| {
        let sign = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        !a.is_empty() && a.len() < 64 && a.bytes().all(sign) && a.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    let reserved = |a: &&str| *a == "akadmin" || a.starts_with("ak-outpost-");
    if let Some(own) = account.filter(reserved) {
        let span = cx.span(name.at);
        cx.report(
            Diag::new(code::E1206, format!("{own} is an account of Authentik's own"))
                .at(span, "it would get this password, and be what the firewall reads with")
                .help(format!("bind \"cn=firewall,ou=users,{}\" secret=\"…\"", base.v)),
        );
        return None;
    }
    if account.is_none() {
        let (x, y) = (cx.span(name.at), cx.span(base.at));
        cx.report(
            Diag::new(code::E1206, format!("directory \"{}\" binds as nobody that can be there", d.name.v))
                .at(x, "this name")
                .at(y, "accounts are cn=<name>,ou=users below this")
                .help(format!("bind \"cn=firewall,ou=users,{}\" secret=\"…\"", base.v)),
        );
    }
    account.map(str::to_string)
}

/// E1206: one account with two passwords.
pub(super) fn two_passwords(who: &Sp<Label>, first: &Sp<SecretId>, second: Sp<SecretId>, cx: &mut Cx<'_>) {
    let (x, y) = (cx.span(second.at), cx.span(first.at));
    cx.report(
        Diag::new(code::E1206, format!("account {} would have two passwords", who.v))
            .at(x, "one")
            .at(y, "another")
            .help("bind with an account of its own"),
    );
}

/// E1206: one port for LDAP with and without TLS.
pub(super) fn two_protocols(first: Sp<u16>, d: &PeopleDirectory, cx: &mut Cx<'_>) {
    let (x, y) = (cx.span(d.at), cx.span(first.at));
    cx.report(
        Diag::new(code::E1206, format!("port {} is asked in TLS and without", first.v))
            .at(x, "one way")
            .at(y, "the other way")
            .help("port 389 with STARTTLS, port 636 with TLS"),
    );
}
