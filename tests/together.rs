//! What several files of one tree must say alike: logins at pages, and where charts are; each comparison has a tree that it refuses.

use std::collections::{BTreeMap, BTreeSet};

use topoc::build::{Build, Input, build};
use topoc::ir::{Page, PageLogin};
use topoc::schema::PageOf;
use topoc::source::Source;

/// The committed topology.
const REFERENCE: &str = include_str!("../topology/private-cloud.kdl");

type Files = BTreeMap<String, String>;

fn built(text: &str) -> Build {
    let topology = Source::new("test.kdl", text);
    let b = build(Input { topology, lock: None, today: "2026-01-01".into(), emit: true });
    assert!(!b.failed(), "{:?}", b.diags.iter().map(|d| (d.code.info().id, &d.message)).collect::<Vec<_>>());
    b
}

fn files(b: &Build) -> Files {
    b.tree.iter().map(|(p, a)| (p.as_str().to_string(), a.text.text.to_string())).collect()
}

/// The file with this end; empty where none has it.
fn file<'f>(files: &'f Files, end: &str) -> &'f str {
    files.iter().find(|(p, _)| p.ends_with(end)).map_or("", |(_, t)| t)
}

/// Values of a key on lines of their own, whatever they are in.
fn all<'f>(text: &'f str, key: &str) -> Vec<&'f str> {
    let value = |l: &'f str| {
        let rest = l.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ")?;
        Some(rest.trim_matches('"'))
    };
    text.lines().filter_map(value).collect()
}

fn one<'f>(text: &'f str, key: &str) -> &'f str {
    all(text, key).first().copied().unwrap_or_default()
}

/// Entries of a blueprint of one model.
fn entries<'f>(blueprint: &'f str, model: &str) -> Vec<&'f str> {
    let of = |e: &&'f str| e.lines().next() == Some(model);
    blueprint.split("\n  - model: ").filter(of).collect()
}

/// Hosts that a firewall's name server knows: name and address.
fn known(restore: &str) -> Vec<(String, String)> {
    let inner = |h: &str, tag: &str| {
        let start = h.split_once(&format!("<{tag}>")).map_or("", |(_, rest)| rest);
        start.split('<').next().unwrap_or_default().to_string()
    };
    let hosts = restore.split("<host uuid=").skip(1);
    hosts.map(|h| (format!("{}.{}", inner(h, "hostname"), inner(h, "domain")), inner(h, "server"))).collect()
}

/// The cluster's pages, as the topology decides them.
struct Pages<'b> {
    cluster: &'b str,
    address: String,
    pages: &'b [Page],
}

fn pages(b: &Build) -> Pages<'_> {
    let c = b.topology.clusters.iter().find(|c| c.layer.ui.is_some()).expect("a cluster with pages");
    let ui = c.layer.ui.as_ref().expect("pages");
    let (_, address) = ui.way.address.as_ref().expect("an address");
    Pages { cluster: c.name.v.as_str(), address: address.v.to_string(), pages: &ui.pages }
}

/// What the page is told of its client: id, name of the secret, issuer, and where it says that it is.
fn told(of: PageOf, files: &Files) -> (String, String, String, String) {
    match of {
        PageOf::ArgoCd => {
            let v = file(files, "base/argo-cd/values.yaml");
            let secret = one(v, "clientSecret").strip_prefix('$').and_then(|s| s.split(':').next());
            let at = format!("https://{}/auth/callback", one(v, "domain"));
            (one(v, "clientID").into(), secret.unwrap_or_default().into(), one(v, "issuer").into(), at)
        }
        PageOf::Grafana => {
            let v = file(files, "base/kube-prometheus-stack/values.yaml");
            let secret = v.split("GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET:").nth(1).map_or("", |rest| one(rest, "name"));
            // Grafana is told of endpoints; the server says the same of every client of it there.
            let issuer = one(v, "auth_url").replace("/authorize/", &format!("/{}/", one(v, "client_id")));
            let at = format!("{}login/generic_oauth", one(v, "root_url"));
            (one(v, "client_id").into(), secret.into(), issuer, at)
        }
        PageOf::Kubesphere => {
            let v = files.iter().find(|(p, _)| p.contains("installer/kubesphere-identity-")).map_or("", |(_, t)| t);
            let secret = one(v, "clientSecret").trim_start_matches("TOPOC_SECRET_").to_lowercase().replace('_', "-");
            (one(v, "clientID").into(), secret, one(v, "issuer").into(), one(v, "redirectURL").into())
        }
        PageOf::Alertmanager | PageOf::Ceph | PageOf::Hubble | PageOf::Prometheus => Default::default(),
    }
}

/// The path that each consumer documents: Argo CD 3.4, User Management; Grafana, Generic OAuth; KubeSphere 4.1, redirectURL.
fn path(of: PageOf, server: &str) -> String {
    match of {
        PageOf::ArgoCd => "/auth/callback".into(),
        PageOf::Grafana => "/login/generic_oauth".into(),
        PageOf::Kubesphere => format!("/oauth/redirect/{server}"),
        // The provider makes it from `external_host` (Authentik 2026.8, providers/proxy/models.py).
        PageOf::Alertmanager | PageOf::Ceph | PageOf::Hubble | PageOf::Prometheus => String::new(),
    }
}

/// What is wrong with the logins of a tree: a line each.
fn wrong(own: &Pages<'_>, server: (&str, &str), files: &Files) -> Vec<String> {
    let mut said = Vec::new();
    let blueprint = file(files, "/blueprints/topoc.yaml");
    let applications = entries(blueprint, "authentik_core.application");
    for p in own.pages {
        let (of, host) = (p.of.v, p.host.v.0.to_string());
        let mut tell = |what: &str| said.push(format!("{of}: {what}"));
        let (slug, model) = match p.login {
            PageLogin::Oidc { .. } => (format!("{of}-{}", own.cluster), "authentik_providers_oauth2.oauth2provider"),
            PageLogin::Outpost => (format!("{of}-{}", own.cluster), "authentik_providers_proxy.proxyprovider"),
            PageLogin::Own => continue,
        };
        let at = |e: &&&str| all(e, "url").iter().chain(&all(e, "external_host")).any(|u| u.contains(&host));
        let providers = entries(blueprint, model);
        let [provider] = providers.iter().filter(at).collect::<Vec<_>>()[..] else {
            tell("not one provider");
            continue;
        };
        if one(provider, "id") != format!("provider-{slug}") {
            tell("its provider has another name");
        }
        let of_it = |e: &&&str| one(e, "provider") == format!("!KeyOf {}", one(provider, "id"));
        match applications.iter().filter(of_it).collect::<Vec<_>>()[..] {
            [a] if one(a, "slug") == slug => {}
            _ => tell("not one application"),
        }
        match p.login {
            PageLogin::Oidc { .. } => {
                let (client, secret, issuer, back) = told(of, files);
                if all(provider, "url") != [format!("https://{host}{}", path(of, server.0))] {
                    tell("sent back elsewhere");
                }
                if all(provider, "url") != [&*back] {
                    tell("it thinks that it is elsewhere");
                }
                if client.is_empty() || one(provider, "client_id") != client {
                    tell("two clients");
                }
                if secret.is_empty() || one(provider, "client_secret") != format!("!File /run/secrets/{secret}") {
                    tell("two secrets");
                }
                if issuer != format!("https://{}/application/o/{slug}/", server.1) {
                    tell("another issuer");
                }
            }
            PageLogin::Outpost => {
                if one(provider, "external_host") != format!("https://{host}") {
                    tell("the outpost is elsewhere");
                }
                let outposts = entries(blueprint, "authentik_outposts.outpost");
                let has = |o: &&&str| o.lines().any(|l| l.trim() == format!("- !KeyOf provider-{slug}"));
                let number = match outposts.iter().filter(has).collect::<Vec<_>>()[..] {
                    [o] if one(o, "type") == "proxy" => one(o, "pk"),
                    _ => "",
                };
                if number.is_empty() {
                    tell("not one outpost");
                }
                let tokens = entries(blueprint, "authentik_core.token");
                // Authentik makes both with the outpost, and calls them after its number.
                let account = format!("- ak-outpost-{}", number.replace('-', ""));
                let its = |e: &&&str| {
                    one(e, "identifier") == format!("ak-outpost-{number}-api") && e.lines().any(|l| l.trim() == account)
                };
                let token = tokens.iter().find(its).map_or("", |e| one(e, "key"));
                let deployment = file(files, "config/pages/deployment-authentik-outpost.yaml");
                let kept = deployment.split("secretKeyRef:").nth(1).map_or("", |rest| one(rest, "name"));
                if kept.is_empty() || token != format!("!File /run/secrets/{kept}") {
                    tell("two tokens");
                }
                if one(deployment, "value") != format!("https://{}", server.1) {
                    tell("the outpost asks somebody else");
                }
            }
            PageLogin::Own => {}
        }
        routed(p, &host, own, files, &mut tell);
    }
    said
}

/// The way to a page: a route, a listener, a certificate, a record.
fn routed(p: &Page, host: &str, own: &Pages<'_>, files: &Files, tell: &mut impl FnMut(&str)) {
    let listed = |t: &str| t.lines().any(|l| l.trim() == format!("- {host}"));
    let routes = files.iter().filter(|(p, t)| p.contains("config/pages/httproute-") && listed(t)).map(|(_, t)| t);
    let [route] = routes.collect::<Vec<_>>()[..] else { return tell("not one route") };
    let backend = route.split("backendRefs:").nth(1).unwrap_or_default();
    // Without matches every path is the outpost's, its own for people that come back among them.
    let outpost = one(backend, "name") == "authentik-outpost" && one(backend, "port") == "9000";
    if outpost != matches!(p.login, PageLogin::Outpost) || route.contains("matches:") {
        tell("its route leads elsewhere");
    }
    let gateway = file(files, "config/pages/gateway-pages.yaml");
    if one(gateway, "metallb.io/loadBalancerIPs") != own.address {
        tell("its gateway is elsewhere");
    }
    let listeners = gateway.split("\n    - name: ").skip(1);
    let section = one(route, "sectionName");
    let mut listeners = listeners.filter(|l| l.lines().next() == Some(section) && one(l, "hostname") == host);
    let Some(listener) = listeners.next() else { return tell("nobody listens for it") };
    let shown = listener.split("certificateRefs:").nth(1).map_or("", |rest| one(rest, "name"));
    let names = |t: &str| one(t, "secretName") == shown && t.split("dnsNames:").nth(1).is_some_and(listed);
    if !files.iter().any(|(p, t)| p.contains("config/cert-manager/certificate-") && names(t)) {
        tell("its certificate is not for it");
    }
    for (_, restore) in files.iter().filter(|(p, _)| p.ends_with("/restore.xml")) {
        let records: Vec<_> = known(restore).into_iter().filter(|(name, _)| name == host).collect();
        if !matches!(&records[..], [(_, a)] if *a == own.address) {
            tell("its name leads elsewhere");
        }
    }
}

#[test]
fn logins_are_said_alike_on_both_sides() {
    let b = built(REFERENCE);
    let own = pages(&b);
    let ui = b.topology.clusters.iter().find_map(|c| c.layer.ui.as_ref()).expect("pages");
    let identity = b.topology.identity(ui.identity.expect("who knows people").v);
    let server = (identity.name.v.as_str(), &*identity.host.v.0);
    let files = files(&b);
    assert_eq!(own.pages.len(), 7, "each kind of page is in the reference");
    assert_eq!(wrong(&own, server, &files), Vec::<String>::new());

    // What would be said of a tree that differs in one place: the file, a text in it, another text, the words.
    let host = |of: PageOf| ui.page(of).expect("a page").host.v.0.to_string();
    let (argo, hubble) = (host(PageOf::ArgoCd), host(PageOf::Hubble));
    let (grafana, sphere) = (host(PageOf::Grafana), host(PageOf::Kubesphere));
    let bad: &[(&str, &str, &str, &str)] = &[
        (
            "/blueprints/topoc.yaml",
            &format!("https://{argo}/auth/callback"),
            "https://else/",
            "argo-cd: not one provider",
        ),
        ("/blueprints/topoc.yaml", "/auth/callback", "/api/dex/callback", "argo-cd: sent back elsewhere"),
        ("/blueprints/topoc.yaml", "/login/generic_oauth", "/login", "grafana: sent back elsewhere"),
        ("/blueprints/topoc.yaml", "/oauth/redirect/", "/oauth/", "kubesphere: sent back elsewhere"),
        (
            "/blueprints/topoc.yaml",
            &format!("https://{hubble}"),
            &format!("https://{argo}"),
            "hubble: not one provider",
        ),
        (
            "/blueprints/topoc.yaml",
            "provider: !KeyOf provider-grafana-",
            "provider: !KeyOf provider-ldap-",
            "grafana: not one application",
        ),
        ("/blueprints/topoc.yaml", "      slug: argo-cd-", "      slug: argo-", "argo-cd: not one application"),
        ("/blueprints/topoc.yaml", "client_id: kubesphere-", "client_id: console-", "kubesphere: two clients"),
        (
            "/blueprints/topoc.yaml",
            "        - !KeyOf provider-hubble-",
            "        - !KeyOf provider-else-",
            "hubble: not one outpost",
        ),
        ("base/argo-cd/values.yaml", "clientID: argo-cd-", "clientID: argo-", "argo-cd: two clients"),
        ("base/argo-cd/values.yaml", ":client-secret", "2:client-secret", "argo-cd: two secrets"),
        ("base/argo-cd/values.yaml", "/application/o/argo-cd-", "/application/o/argo-", "argo-cd: another issuer"),
        (
            "base/argo-cd/values.yaml",
            &format!("domain: {argo}"),
            "domain: else",
            "argo-cd: it thinks that it is elsewhere",
        ),
        (
            "base/kube-prometheus-stack/values.yaml",
            &format!("https://{grafana}/"),
            "https://else/",
            "grafana: it thinks that it is elsewhere",
        ),
        ("base/kube-prometheus-stack/values.yaml", "name: grafana-oidc", "name: grafana-admin", "grafana: two secrets"),
        (
            "installer/kubesphere-identity-people.yaml",
            "TOPOC_SECRET_KUBESPHERE_OIDC",
            "TOPOC_SECRET_OTHER",
            "kubesphere: two secrets",
        ),
        ("config/pages/deployment-authentik-outpost.yaml", "name: sso-pages", "name: sso-ldap", "hubble: two tokens"),
        (
            "config/pages/deployment-authentik-outpost.yaml",
            "value: \"https://",
            "value: \"http://",
            "hubble: the outpost asks somebody else",
        ),
        ("config/pages/httproute-hubble.yaml", "port: 9000", "port: 80", "hubble: its route leads elsewhere"),
        (
            "config/pages/httproute-hubble.yaml",
            "- backendRefs:",
            "- matches:\n        - backendRefs:",
            "hubble: its route leads elsewhere",
        ),
        ("config/pages/httproute-grafana.yaml", &grafana, "else.example.net", "grafana: not one route"),
        (
            "config/pages/httproute-argo-cd.yaml",
            "sectionName: argo-cd",
            "sectionName: grafana",
            "argo-cd: nobody listens for it",
        ),
        (
            "config/pages/gateway-pages.yaml",
            "loadBalancerIPs: \"",
            "loadBalancerIPs: \"1",
            "argo-cd: its gateway is elsewhere",
        ),
        (
            "certificate-pages-kubesphere.yaml",
            &format!("- {sphere}"),
            "- else.example.net",
            "kubesphere: its certificate is not for it",
        ),
        (
            "fw-1/restore.xml",
            "<hostname>argocd</hostname>",
            "<hostname>argo</hostname>",
            "argo-cd: its name leads elsewhere",
        ),
    ];
    for (end, from, to, words) in bad {
        let mut changed = files.clone();
        let text = changed.iter_mut().find(|(p, _)| p.ends_with(end)).map(|(_, t)| t).expect(end);
        assert!(text.contains(from), "{end}: {from}");
        *text = text.replace(from, to);
        let said = wrong(&own, server, &changed);
        assert!(said.iter().any(|s| s == words), "{end}, {from}: {words} is not in {said:?}");
    }
}

/// Servers that Argo CD reads from without being let: in its Applications and in the folders that they render; those of the
/// cluster, or of an environment of it.
fn not_let(files: &Files, environment: Option<&str>) -> BTreeSet<String> {
    let host = |url: &str| -> Option<String> {
        Some(url.split_once("://")?.1.split('/').next()?.split(':').next()?.to_string())
    };
    let inside = environment.map(|e| format!("/overlays/{e}/"));
    let own = |path: &str| match &inside {
        Some(folder) => path.contains(folder.as_str()),
        None => !path.contains("/overlays/"),
    };
    let mut read = BTreeSet::new();
    for (path, text) in files.iter().filter(|(p, _)| own(p)) {
        if path.contains("/applications/") {
            read.extend(all(text, "repoURL").iter().filter_map(|u| host(u)));
        }
        if path.ends_with("/kustomization.yaml") {
            let lines = text.lines().map(|l| l.trim().trim_start_matches("- ").trim_matches('"'));
            read.extend(lines.filter(|l| l.starts_with("https://")).filter_map(host));
        }
    }
    assert!(!read.is_empty());
    // What an environment says of a list is the whole list.
    let patch = files.iter().find(|(p, _)| own(p) && p.ends_with("platform-argo-cd-repositories-patch.yaml"));
    let policy = patch.map_or_else(|| file(files, "policy-platform-argo-cd-repositories.yaml"), |(_, t)| t);
    let (names, patterns) = (all(policy, "matchName"), all(policy, "matchPattern"));
    let lets = |h: &str| {
        let any = |p: &&str| p.len() > 1 && p.strip_prefix('*').is_some_and(|end| h.ends_with(end));
        names.contains(&h) || patterns.iter().any(any)
    };
    read.into_iter().filter(|h| !lets(h)).collect()
}

#[test]
fn argo_cd_is_let_to_every_server_that_it_reads_from() {
    let topologies = [
        (REFERENCE, "staging"),
        (include_str!("properties/layers/gitops.kdl"), "trial"),
        (include_str!("cases/argo-cd-logins/topology.kdl"), "trial"),
        (include_str!("cases/tree-of-argo-cd/topology.kdl"), "drill"),
    ];
    for (text, environment) in topologies {
        let mut files = files(&built(text));
        for of in [None, Some(environment)] {
            assert_eq!(not_let(&files, of), BTreeSet::new(), "{of:?}");
        }
        for (_, policy) in files.iter_mut().filter(|(p, _)| p.contains("argo-cd-repositories")) {
            *policy = policy.replace("charts.jetstack.io", "charts.example.net");
        }
        for of in [None, Some(environment)] {
            assert_eq!(not_let(&files, of), BTreeSet::from(["charts.jetstack.io".to_string()]), "{of:?}");
        }
    }
}
