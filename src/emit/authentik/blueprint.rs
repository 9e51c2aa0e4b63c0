//! The blueprint of Authentik: groups, applications, providers and outposts; every field is one of its API's request models, of
//! which authentik-client 2026.8.5 has the list; a secret is the file that holds it.

use super::*;
use crate::render::{IntoDoc, Why};
use crate::schema::IdentityName;
use crate::source::Rule;

/// All entries, those first that others refer to.
pub(super) fn blueprint(t: &Topology, server: &IdentityServer, run: &IdentityRun) -> Map {
    let mut doc = Map::new();
    doc.put("version", (1u32, BLUEPRINT));
    doc.map("metadata", BLUEPRINT, |m| {
        m.put("name", (words!["topoc: ", server.name], BLUEPRINT));
        m.map("labels", BLUEPRINT, |l| l.put("blueprints.goauthentik.io/instantiate", ("false", BLUEPRINT)));
    });
    doc.list("entries", BLUEPRINT, |l| {
        let mut all = Entries { t, server, run, list: l };
        all.defaults();
        all.groups();
        all.certificate();
        run.applications.iter().for_each(|a| all.application(a));
        run.outposts.iter().for_each(|o| all.outpost(o));
    });
    doc
}

struct Entries<'a> {
    t: &'a Topology,
    server: &'a IdentityServer,
    run: &'a IdentityRun,
    list: &'a mut List,
}

/// `!KeyOf`: the object that another entry of this file makes.
fn key_of(id: Composed, rule: Rule) -> (Doc, Why) {
    Doc::tagged("KeyOf", (id, rule))
}

/// `!Find`: an object that is there by one of its fields.
fn find(model: &'static str, field: &'static str, value: impl IntoDoc, rule: Rule) -> (Doc, Why) {
    let mut condition = List::new();
    condition.push((field, rule));
    condition.push(value);
    let mut all = List::new();
    all.push((model, rule));
    all.push((condition, rule));
    Doc::tagged("Find", (all, rule))
}

fn flow(slug: &'static str) -> (Doc, Why) {
    find("authentik_flows.flow", "slug", (slug, FLOWS), FLOWS)
}

fn provider_id(slug: &Sp<IdentityName>) -> Composed {
    words!["provider-", slug]
}

impl Entries<'_> {
    /// An entry: its model, what it is called in this file, what it is found by, and its fields.
    fn entry(
        &mut self,
        rule: Rule,
        model: &'static str,
        id: Option<Composed>,
        identifiers: impl FnOnce(&mut Map),
        attrs: impl FnOnce(&mut Map),
    ) {
        self.list.map(rule, |m| {
            m.put("model", (model, rule));
            m.put_some("id", id.map(|id| (id, rule)));
            m.map("identifiers", rule, identifiers);
            let mut fields = Map::new();
            attrs(&mut fields);
            if !fields.is_empty() {
                m.put("attrs", (fields, rule));
            }
        });
    }

    /// `!File`: what a secret holds.
    fn secret(&self, s: Sp<SecretId>) -> (Doc, Why) {
        Doc::tagged("File", (file(self.t, s), SECRET_FILE))
    }

    /// Authentik's own blueprints that make what this one refers to.
    fn defaults(&mut self) {
        const NAMES: [&str; 5] = [
            "Default - Authentication flow",
            "Default - Invalidation flow",
            "Default - Provider authorization flow (implicit consent)",
            "Default - Provider invalidation flow",
            "Default - Brand",
        ];
        for name in NAMES {
            self.list.map(DEFAULTS, |m| {
                m.put("model", ("authentik_blueprints.metaapplyblueprint", DEFAULTS));
                m.map("attrs", DEFAULTS, |a| {
                    a.map("identifiers", DEFAULTS, |i| i.put("name", (name, DEFAULTS)));
                    a.put("required", (true, DEFAULTS));
                });
            });
        }
    }

    fn groups(&mut self) {
        let server = self.server;
        for g in &server.groups {
            self.entry(GROUP, "authentik_core.group", None, |i| i.put("name", g), |_| {});
        }
    }

    fn certificate(&mut self) {
        let (chain, key) = (self.secret(self.run.chain), self.secret(self.run.key));
        let own = || words!["certificate"];
        self.entry(
            CERTIFICATE,
            "authentik_crypto.certificatekeypair",
            Some(own()),
            |i| i.put("name", ("topoc", CERTIFICATE)),
            |a| {
                a.put("certificate_data", chain);
                a.put("key_data", key);
            },
        );
        self.entry(
            CERTIFICATE,
            "authentik_brands.brand",
            None,
            |i| i.put("domain", ("authentik-default", CERTIFICATE)),
            |a| a.put("web_certificate", key_of(own(), CERTIFICATE)),
        );
    }

    /// A provider, its application, and the policy that says who may.
    fn application(&mut self, a: &Application) {
        let Application { slug, asks, admits, at: _ } = a;
        let mut extra: Vec<Sp<Label>> = Vec::new();
        match asks {
            Asks::Oidc { client, secret, redirects } => self.oidc(slug, client, *secret, redirects),
            Asks::Saml { acs, audience } => self.saml(slug, acs, audience.as_ref()),
            Asks::Proxy { cluster: _, outside, inside } => self.proxy(slug, outside, inside),
            Asks::Ldap { base, readers, ports: _ } => {
                self.ldap(slug, base, readers);
                extra.extend(readers.iter().map(|(name, _)| name.clone()));
            }
            Asks::Radius { firewall: _, clients, port: _, secret } => self.radius(slug, clients, *secret),
        }
        let id = words!["application-", slug];
        self.entry(
            PROVIDER,
            "authentik_core.application",
            Some(id.clone()),
            |i| i.put("slug", slug),
            |m| {
                m.put("name", slug);
                m.put("provider", key_of(provider_id(slug), PROVIDER));
                m.put("policy_engine_mode", ("all", WHO));
            },
        );
        let policy = words!["policy-", slug];
        let rule = if admits.is_empty() { NOBODY } else { WHO };
        self.entry(
            rule,
            "authentik_policies_expression.expressionpolicy",
            Some(policy.clone()),
            |i| i.put("name", (words!["topoc: who may use ", slug], rule)),
            |m| m.put("expression", (who(admits, &extra), rule)),
        );
        self.entry(
            WHO,
            "authentik_policies.policybinding",
            None,
            |i| {
                i.put("target", key_of(id, WHO));
                i.put("policy", key_of(policy, WHO));
            },
            |m| m.put("order", (0u32, WHO)),
        );
    }

    fn oidc(
        &mut self,
        slug: &Sp<IdentityName>,
        client: &Sp<Label>,
        secret: Sp<SecretId>,
        redirects: &[Sp<crate::schema::Url>],
    ) {
        let secret = self.secret(secret);
        self.entry(
            PROVIDER,
            "authentik_providers_oauth2.oauth2provider",
            Some(provider_id(slug)),
            |i| i.put("name", slug),
            |m| {
                m.put("authorization_flow", flow("default-provider-authorization-implicit-consent"));
                m.put("invalidation_flow", flow("default-provider-invalidation-flow"));
                m.put("client_type", ("confidential", PROVIDER));
                m.put("client_id", client);
                m.put("client_secret", secret);
                m.list("grant_types", PROVIDER, |l| {
                    ["authorization_code", "refresh_token"].into_iter().for_each(|g| l.push((g, PROVIDER)));
                });
                m.list("redirect_uris", STRICT, |l| {
                    for url in redirects {
                        l.map(STRICT, |r| {
                            r.put("matching_mode", ("strict", STRICT));
                            r.put("redirect_uri_type", ("authorization", STRICT));
                            r.put("url", url);
                        });
                    }
                });
                m.list("property_mappings", CLAIMS, |l| {
                    for scope in [
                        "goauthentik.io/providers/oauth2/scope-openid",
                        "goauthentik.io/providers/oauth2/scope-profile",
                        "goauthentik.io/providers/oauth2/scope-email",
                        "goauthentik.io/providers/oauth2/scope-offline_access",
                    ] {
                        l.push(find("authentik_providers_oauth2.scopemapping", "managed", (scope, CLAIMS), CLAIMS));
                    }
                });
                m.put("include_claims_in_id_token", (true, CLAIMS));
                m.put("issuer_mode", ("per_provider", PROVIDER));
                m.put("sub_mode", ("user_uuid", SUBJECT));
                m.put("signing_key", own_key());
            },
        );
    }

    fn saml(
        &mut self,
        slug: &Sp<IdentityName>,
        acs: &Sp<crate::schema::Url>,
        audience: Option<&Sp<crate::schema::Url>>,
    ) {
        self.entry(
            PROVIDER,
            "authentik_providers_saml.samlprovider",
            Some(provider_id(slug)),
            |i| i.put("name", slug),
            |m| {
                m.put("authorization_flow", flow("default-provider-authorization-implicit-consent"));
                m.put("invalidation_flow", flow("default-provider-invalidation-flow"));
                m.put("acs_url", acs);
                m.put_some("audience", audience);
                m.put("sp_binding", ("post", ASSERTION));
                m.put("signing_kp", own_key());
                m.put("sign_assertion", (true, ASSERTION));
                m.list("property_mappings", ASSERTION, |l| {
                    for mapping in [
                        "goauthentik.io/providers/saml/username",
                        "goauthentik.io/providers/saml/name",
                        "goauthentik.io/providers/saml/email",
                        "goauthentik.io/providers/saml/groups",
                    ] {
                        l.push(find(
                            "authentik_providers_saml.samlpropertymapping",
                            "managed",
                            (mapping, ASSERTION),
                            ASSERTION,
                        ));
                    }
                });
            },
        );
    }

    fn proxy(&mut self, slug: &Sp<IdentityName>, outside: &Sp<crate::schema::Domain>, inside: &Sp<String>) {
        self.entry(
            BEHIND,
            "authentik_providers_proxy.proxyprovider",
            Some(provider_id(slug)),
            |i| i.put("name", slug),
            |m| {
                m.put("authorization_flow", flow("default-provider-authorization-implicit-consent"));
                m.put("invalidation_flow", flow("default-provider-invalidation-flow"));
                m.put("mode", ("proxy", BEHIND));
                m.put("external_host", (words!["https://", outside], BEHIND));
                m.put("internal_host", inside);
                let checked = !inside.v.starts_with("https://");
                let rule = if checked { BEHIND } else { SELF_SIGNED };
                m.put("internal_host_ssl_validation", (checked, rule));
            },
        );
    }

    fn ldap(
        &mut self,
        slug: &Sp<IdentityName>,
        base: &Sp<crate::schema::DirectoryName>,
        readers: &[(Sp<Label>, Sp<SecretId>)],
    ) {
        let role = || words!["role-", slug];
        self.entry(
            READERS,
            "authentik_rbac.role",
            Some(role()),
            |i| i.put("name", ("topoc: who searches by LDAP", READERS)),
            |_| {},
        );
        for (name, password) in readers {
            let password = self.secret(*password);
            self.entry(
                READERS,
                "authentik_core.user",
                None,
                |i| i.put("username", name),
                |m| {
                    m.put("name", name);
                    m.put("type", ("service_account", READERS));
                    m.put("path", ("topoc", READERS));
                    m.put("password", password);
                    m.list("roles", READERS, |l| l.push(key_of(role(), READERS)));
                },
            );
        }
        let host = &self.server.host;
        self.entry(
            PROVIDER,
            "authentik_providers_ldap.ldapprovider",
            Some(provider_id(slug)),
            |i| i.put("name", slug),
            |m| {
                m.put("authorization_flow", flow("default-authentication-flow"));
                m.put("invalidation_flow", flow("default-invalidation-flow"));
                m.put("base_dn", base);
                m.put("certificate", key_of(words!["certificate"], CERTIFICATE));
                m.put("tls_server_name", host);
                m.put("search_mode", ("direct", SEARCH));
                m.put("bind_mode", ("direct", SEARCH));
                m.put("mfa_support", (true, PROVIDER));
            },
        );
        // The permission is the object's, so it stands beside its fields.
        if let Some((_, Doc::Map(entry))) = self.list.items.last_mut() {
            entry.list("permissions", READERS, |l| {
                l.map(READERS, |p| {
                    p.put("permission", ("authentik_providers_ldap.search_full_directory", READERS));
                    p.put("role", key_of(role(), READERS));
                });
            });
        }
    }

    fn radius(&mut self, slug: &Sp<IdentityName>, clients: &[Sp<std::net::Ipv4Addr>], secret: Sp<SecretId>) {
        let secret = self.secret(secret);
        let networks = clients
            .iter()
            .enumerate()
            .fold(words![""], |all, (n, a)| if n == 0 { words![a, "/32"] } else { words![all, ",", a, "/32"] });
        self.entry(
            RADIUS,
            "authentik_providers_radius.radiusprovider",
            Some(provider_id(slug)),
            |i| i.put("name", slug),
            |m| {
                m.put("authorization_flow", flow("default-authentication-flow"));
                m.put("invalidation_flow", flow("default-invalidation-flow"));
                m.put("client_networks", (networks, RADIUS));
                m.put("shared_secret", secret);
                m.put("mfa_support", (true, PROVIDER));
            },
        );
    }

    fn outpost(&mut self, o: &Outpost) {
        let Outpost { name, kind, uuid, token, applications } = o;
        let key = self.secret(*token);
        let uuid = || Sp::new(Label(uuid.v.as_str().into()), uuid.at);
        let plain = Sp::new(Label(uuid().v.replace('-', "").into()), uuid().at);
        let host = &self.server.host;
        let word = match kind {
            OutpostKind::Proxy => "proxy",
            OutpostKind::Ldap => "ldap",
            OutpostKind::Radius => "radius",
        };
        self.entry(
            OUTPOST,
            "authentik_outposts.outpost",
            None,
            |i| {
                i.put("pk", uuid());
                i.put("name", name);
            },
            |m| {
                m.put("type", (word, OUTPOST));
                m.list("providers", OUTPOST, |l| {
                    applications.iter().for_each(|a| l.push(key_of(provider_id(a), OUTPOST)));
                });
                m.map("config", OUTPOST, |c| c.put("authentik_host", (words!["https://", host, "/"], OUTPOST)));
            },
        );
        // Authentik makes the account when it saves the outpost, and refuses whoever would change it.
        let account = (words!["ak-outpost-", plain], ACCOUNT);
        self.entry(
            ACCOUNT,
            "authentik_core.token",
            None,
            |i| i.put("identifier", (words!["ak-outpost-", uuid(), "-api"], ACCOUNT)),
            |m| {
                m.put("intent", ("api", ACCOUNT));
                m.put("user", find("authentik_core.user", "username", account, ACCOUNT));
                m.put("expiring", (false, ACCOUNT));
                m.put("key", key);
            },
        );
    }
}

/// The key that Authentik made for itself.
fn own_key() -> (Doc, Why) {
    let name = ("authentik Self-signed Certificate", CERTIFICATE);
    find("authentik_crypto.certificatekeypair", "name", name, CERTIFICATE)
}

/// Python that is true for people of these groups and for these accounts. Names and accounts have no character that Python reads.
fn who(admits: &[Sp<Name>], accounts: &[Sp<Label>]) -> Composed {
    let mut all: Vec<Composed> =
        admits.iter().map(|g| words!["ak_is_group_member(request.user, name=\"", g, "\")"]).collect();
    all.extend(accounts.iter().map(|a| words!["request.user.username == \"", a, "\""]));
    let mut all = all.into_iter();
    match all.next() {
        None => words!["return False"],
        Some(first) => all.fold(words!["return ", first], |whole, next| words![whole, " or ", next]),
    }
}
