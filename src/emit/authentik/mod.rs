//! Authentik on its machine: what Compose runs, what it is told of who asks it, what is kept of it; writes no secret.

mod blueprint;

use std::collections::BTreeMap;

use super::{Format, Meta, Out, Site, on_machine};
use crate::ir::*;
use crate::render::template::{Val, render};
use crate::render::{Composed, Doc, List, Map, Text};
use crate::schema::{Label, MailTransport, Name};
use crate::source::Sp;
use crate::{line, words};

crate::rules! {
    93;
    COMPOSE = "one server, one worker and one database, as upstream's own file has them; Redis is gone since 2025.10" @ "RFC 3.2.1; Authentik 2026.8, lifecycle/container/compose.yml";
    IMAGE = "server, worker and outposts are of one release" @ "Authentik 2026.8, release notes: the version of outposts must be the same";
    DATABASE = "the database waits until it answers before anybody asks it" @ "Authentik 2026.8, lifecycle/container/compose.yml; docker-library/postgres, POSTGRES_PASSWORD_FILE";
    SECRET_FILE = "a secret is a file that only its reader sees, never a variable: those are shown to whoever may look at a container" @ "Authentik 2026.8, configuration.mdx: file://; Compose specification, secrets";
    ADMINISTRATOR = "the first administrator has a password from the start: else the first visitor sets one. Only its hash is ever on the machine" @ "Authentik 2026.8, automated-install.mdx: AUTHENTIK_BOOTSTRAP_PASSWORD_HASH, never by file://";
    DATA = "files are in one folder of the machine" @ "Authentik 2026.8, compose.yml; release notes 2025.12: /data";
    NO_SOCKET = "the worker gets no socket of Docker and is not root: outposts are stated here" @ "Authentik 2026.8, compose.yml; outposts, Docker integration";
    PORTS = "only what somebody asks is open, at one address" @ "RFC 3.2; Authentik 2026.8, Dockerfiles: 9443, 3389, 6636, 1812";
    OUTPOST = "an outpost asks the server inside their own network" @ "Authentik 2026.8, manual-deploy-docker-compose.md";
    NETWORK = "containers are in a network that hides nothing" @ "Compose specification, networks: ipam; dockerd(8)";
    MAIL = "mail goes by a server of yours" @ "Authentik 2026.8, configuration.mdx: AUTHENTIK_EMAIL__*";
    RESTART = "what ends is started again, and all is after a reboot" @ "Compose specification, restart";
    BLUEPRINT = "what asks it is stated whole and put in force by Ansible, not found by chance" @ "Authentik 2026.8, blueprints: label blueprints.goauthentik.io/instantiate";
    DEFAULTS = "what it refers to is there first" @ "Authentik 2026.8, blueprints/default";
    GROUP = "groups are there; who is in them is known there alone" @ "RFC 3.2.2; Authentik 2026.8, authentik_core.group";
    CERTIFICATE = "browsers and LDAP see the same certificate; tokens are signed with a key of its own" @ "Authentik 2026.8, authentik_brands.brand: web_certificate, authentik_crypto.certificatekeypair";
    PROVIDER = "a provider says how it is asked" @ "Authentik 2026.8, OAuth2ProviderRequest, SAMLProviderRequest, ProxyProviderRequest of its API";
    FLOWS = "nobody is asked for consent to what the platform itself is" @ "Authentik 2026.8, blueprints/default: provider-authorization-implicit-consent, provider-invalidation";
    CLAIMS = "a token says who it is and in which groups" @ "Authentik 2026.8, blueprints/system/providers-oauth2.yaml: scope-profile has groups";
    STRICT = "people are sent back to exactly these addresses" @ "RFC 9700 section 2.1; Authentik 2026.8, RedirectURIRequest: matching_mode";
    ASSERTION = "an assertion says who it is and in which groups, and is signed" @ "Authentik 2026.8, blueprints/system/providers-saml.yaml";
    BEHIND = "the outpost asks who it is and then hands the request on" @ "Authentik 2026.8, ProxyProviderRequest: mode proxy";
    SELF_SIGNED = "the page in the cluster has a certificate that it signed itself" @ "Rook 1.20, ceph-dashboard: ssl";
    SEARCH = "what changes counts at the next question" @ "Authentik 2026.8, LDAPProviderRequest: search_mode, bind_mode direct";
    READERS = "who searches may read all of the directory and nothing else" @ "Authentik 2026.8, LDAP provider: permission search_full_directory";
    RADIUS = "only the firewall's addresses are answered" @ "Authentik 2026.8, RadiusProviderRequest: client_networks";
    WHO = "one policy says who may, whole: a binding for each group would stay when the group goes" @ "RFC 3.2.2; Authentik 2026.8, expression policies: ak_is_group_member; policy_engine_mode all";
    NOBODY = "no group is admitted, so nobody is: an application without a policy is open to everybody" @ "Authentik 2026.8, manage_apps.mdx";
    SUBJECT = "who somebody is, is a number that stays: KubeSphere keeps it as a label, and those have no room for Authentik's sum of 64 signs" @ "kubesphere 4.1, pkg/models/auth/authenticator.go: iam.kubesphere.io/origin-uid; Kubernetes, labels: 63 characters; Authentik 2026.8, sub_mode";
    ACCOUNT = "Authentik makes an outpost's account and token with it, and names them by its number; only the token's key is said here" @ "Authentik 2026.8, authentik/outposts/signals.py: outpost_post_save; outposts/models.py: user, token; core/api/users.py: an internal service account is not modified";
    BACKUP = "database and files are kept together, and a half-made backup is never taken for one" @ "RFC 9.2; pg_dump(1)";
    TIMER = "it is made this often while the machine runs" @ "systemd.timer(5), OnUnitActiveSec; RFC 9.2";
    DOCUMENT = "who asks it and how it is brought back is written down for people" @ "RFC 3.2, 9.2";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "authentik",
    writes: "terraform_ansible/ansible/files/<machine>/opt/authentik/, …/etc/docker/daemon.json, documents/identity-<name>.md",
    what: "Authentik by Compose, a blueprint of who asks it about people, and what is kept of it.",
    reader: "Docker Compose v2, Authentik, systemd",
    apply: "Ansible installs Docker from the distribution, writes the secrets, starts Authentik and applies the blueprint.",
    step: 6,
    rfc: "3.2, 9.2",
    systems: &[("Authentik", "terraform_ansible/ansible/authentik.yml", "`identity … machine=…`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// What Compose runs.
pub const COMPOSE_PATH: &str = "opt/authentik/compose.yaml";
/// Who asks about people.
pub const BLUEPRINT_PATH: &str = "opt/authentik/blueprints/topoc.yaml";
/// The network of Docker's own bridge.
pub const DAEMON_PATH: &str = "etc/docker/daemon.json";
/// What makes a backup.
pub const BACKUP_PATH: &str = "usr/local/sbin/authentik-backup";
/// What runs it.
pub const SERVICE_PATH: &str = "etc/systemd/system/authentik-backup.service";
/// When it runs.
pub const TIMER_PATH: &str = "etc/systemd/system/authentik-backup.timer";
/// Where the secrets are on the machine: owner 1000, who Authentik runs as (Authentik 2026.8, Dockerfile), mode 0400.
pub const SECRETS_DIR: &str = "/opt/authentik/secrets";

const HEADER: &[&str] = &["Made by topoc; change the topology, not this file."];

/// Writes the files of every identity server.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for server in &sealed.identities {
        // A server without what it needs is an error, and errors are not sealed.
        let Some(run) = &server.run else { continue };
        let name = sealed.machine(server.machine.v).name.v.clone();
        let (t, site) = (&***sealed, || Site::Machine(name.clone()));
        out.doc(site(), on_machine(&name, COMPOSE_PATH), Format::Yaml(HEADER), compose(t, server, run), COMPOSE);
        let blueprint = blueprint::blueprint(t, server, run);
        out.doc(site(), on_machine(&name, BLUEPRINT_PATH), Format::Yaml(HEADER), blueprint, BLUEPRINT);
        out.doc(site(), on_machine(&name, DAEMON_PATH), Format::Json, daemon(run), NETWORK);
        if let Some(b) = &run.backup {
            backup(b, &name, out);
        }
        document(t, server, run, out);
    }
}

/// Every secret that is on the machine, once, ordered by name, with where it is asked for.
pub(super) fn secrets<'t>(t: &'t Topology, run: &IdentityRun) -> BTreeMap<&'t Name, Sp<SecretId>> {
    let mut all: Vec<Sp<SecretId>> = vec![run.cookies, run.database, run.chain, run.key];
    all.extend(run.mail.iter().filter_map(|m| m.login.as_ref()).map(|(_, s)| *s));
    all.extend(told(run));
    all.into_iter().map(|s| (&t.secret(s.v).name.v, s)).collect()
}

/// Who reads a secret, for the list of all.
pub(super) fn readers(t: &Topology, secret: SecretId) -> Vec<Composed> {
    let mut all = Vec::new();
    for i in &t.identities {
        let Some(run) = &i.run else { continue };
        if run.administrator.v == secret || secrets(t, run).values().any(|s| s.v == secret) {
            all.push(words!["authentik.yml, for ", i.name]);
        }
    }
    all
}

/// Secrets that the blueprint reads beside the certificate.
fn told(run: &IdentityRun) -> Vec<Sp<SecretId>> {
    let mut all: Vec<Sp<SecretId>> = run.outposts.iter().map(|o| o.token).collect();
    for a in &run.applications {
        match &a.asks {
            Asks::Oidc { secret, .. } | Asks::Radius { secret, .. } => all.push(*secret),
            Asks::Ldap { readers, .. } => all.extend(readers.iter().map(|(_, s)| *s)),
            Asks::Saml { .. } | Asks::Proxy { .. } => {}
        }
    }
    all
}

/// The file of a secret in a container.
fn file(t: &Topology, s: Sp<SecretId>) -> Composed {
    words!["/run/secrets/", t.secret(s.v).name].citing(s.at)
}

fn compose(t: &Topology, server: &IdentityServer, run: &IdentityRun) -> Map {
    let IdentityRun { version, containers, database, chain, key, cookies, outposts, mail, .. } = run;
    let image = |what: &'static str| (words!["ghcr.io/goauthentik/", what, ":", version.version], IMAGE);
    let restart = |m: &mut Map| m.put("restart", ("unless-stopped", RESTART));
    let given = |m: &mut Map, list: &[Sp<SecretId>]| {
        let names: BTreeMap<&Name, Sp<SecretId>> = list.iter().map(|s| (&t.secret(s.v).name.v, *s)).collect();
        m.list("secrets", SECRET_FILE, |l| {
            for s in names.values() {
                l.push((words![t.secret(s.v).name].citing(s.at), SECRET_FILE));
            }
        });
    };
    let waits = |m: &mut Map, on: &'static str| {
        m.map("depends_on", DATABASE, |d| d.map(on, DATABASE, |c| c.put("condition", ("service_healthy", DATABASE))));
    };
    let mut both = vec![*cookies, *database];
    both.extend(mail.iter().filter_map(|m| m.login.as_ref()).map(|(_, s)| *s));
    let mut worker: Vec<Sp<SecretId>> = both.iter().copied().chain([*chain, *key]).collect();
    worker.extend(told(run));
    let mut doc = Map::new();
    doc.put("name", &server.name);
    doc.map("services", COMPOSE, |services| {
        services.map("postgresql", DATABASE, |m| {
            m.put("image", (version.caps.v.postgres, DATABASE));
            restart(m);
            m.map("environment", DATABASE, |e| {
                e.put("POSTGRES_DB", ("authentik", DATABASE));
                e.put("POSTGRES_USER", ("authentik", DATABASE));
                e.put("POSTGRES_PASSWORD_FILE", (file(t, *database), SECRET_FILE));
            });
            m.map("healthcheck", DATABASE, |h| {
                h.list("test", DATABASE, |l| {
                    ["CMD-SHELL", "pg_isready --dbname=authentik --username=authentik"]
                        .into_iter()
                        .for_each(|w| l.push((w, DATABASE)));
                });
                h.put("start_period", ("20s", DATABASE));
                h.put("interval", ("30s", DATABASE));
                h.put("retries", (5u32, DATABASE));
                h.put("timeout", ("5s", DATABASE));
            });
            m.list("volumes", DATABASE, |l| l.push(("database:/var/lib/postgresql/data", DATABASE)));
            given(m, &[*database]);
        });
        services.map("server", COMPOSE, |m| {
            m.put("image", image("server"));
            m.put("command", ("server", COMPOSE));
            restart(m);
            m.map("environment", COMPOSE, |e| environment(t, run, e));
            waits(m, "postgresql");
            m.list("ports", PORTS, |l| l.push((words![run.address, ":443:9443"], PORTS)));
            m.list("volumes", DATA, |l| l.push(("/var/lib/authentik:/data", DATA)));
            given(m, &both);
        });
        services.map("worker", NO_SOCKET, |m| {
            m.put("image", image("server"));
            m.put("command", ("worker", COMPOSE));
            restart(m);
            m.map("environment", COMPOSE, |e| environment(t, run, e));
            m.comment("The hash of the first administrator's password, which only the first start reads.");
            let hash = words!["./administrator.env"].citing(run.administrator.at);
            m.list("env_file", ADMINISTRATOR, |l| l.push((hash, ADMINISTRATOR)));
            waits(m, "postgresql");
            m.list("volumes", DATA, |l| {
                l.push(("/var/lib/authentik:/data", DATA));
                l.push(("./blueprints:/blueprints/topoc:ro", BLUEPRINT));
            });
            given(m, &worker);
        });
        for o in outposts {
            let Some(what) = beside(o.kind) else { continue };
            services.map(what, OUTPOST, |m| {
                m.put("image", image(what));
                restart(m);
                m.map("environment", OUTPOST, |e| {
                    e.put("AUTHENTIK_HOST", ("http://server:9000", OUTPOST));
                    e.put("AUTHENTIK_HOST_BROWSER", (words!["https://", server.host], OUTPOST));
                    e.put("AUTHENTIK_TOKEN", (words!["file://", file(t, o.token)], SECRET_FILE));
                });
                waits(m, "server");
                m.list("ports", PORTS, |l| ports(run, o.kind, l));
                given(m, &[o.token]);
            });
        }
    });
    doc.map("secrets", SECRET_FILE, |m| {
        for (_, s) in secrets(t, run) {
            let name = &t.secret(s.v).name;
            m.map(name, SECRET_FILE, |f| f.put("file", (words!["./secrets/", name], SECRET_FILE)));
        }
    });
    doc.map("volumes", DATABASE, |m| m.put("database", (Map::new(), DATABASE)));
    doc.map("networks", NETWORK, |m| {
        m.map("default", NETWORK, |n| {
            n.map("ipam", NETWORK, |i| {
                i.list("config", NETWORK, |l| l.map(NETWORK, |c| c.put("subnet", containers)));
            });
        });
    });
    doc
}

/// The image of an outpost that runs beside Authentik; `None` for one that runs in a cluster.
fn beside(kind: OutpostKind) -> Option<&'static str> {
    match kind {
        OutpostKind::Proxy => None,
        OutpostKind::Ldap => Some("ldap"),
        OutpostKind::Radius => Some("radius"),
    }
}

/// The ports at which firewalls ask an outpost.
fn ports(run: &IdentityRun, kind: OutpostKind, into: &mut List) {
    let mut seen: Vec<u16> = Vec::new();
    for a in &run.applications {
        match &a.asks {
            Asks::Ldap { ports, .. } if kind == OutpostKind::Ldap => {
                for (port, tls) in ports {
                    let inner = if *tls { ":6636" } else { ":3389" };
                    into.push((words![run.address, ":", port, inner], PORTS));
                }
            }
            Asks::Radius { port, .. } if kind == OutpostKind::Radius && !seen.contains(&port.v) => {
                seen.push(port.v);
                into.push((words![run.address, ":", port, ":1812/udp"], PORTS));
            }
            Asks::Ldap { .. } | Asks::Radius { .. } | Asks::Oidc { .. } | Asks::Saml { .. } | Asks::Proxy { .. } => {}
        }
    }
}

/// What server and worker are both told.
fn environment(t: &Topology, run: &IdentityRun, e: &mut Map) {
    let secret = |s: Sp<SecretId>| (words!["file://", file(t, s)], SECRET_FILE);
    e.put("AUTHENTIK_SECRET_KEY", secret(run.cookies));
    e.put("AUTHENTIK_POSTGRESQL__HOST", ("postgresql", DATABASE));
    e.put("AUTHENTIK_POSTGRESQL__NAME", ("authentik", DATABASE));
    e.put("AUTHENTIK_POSTGRESQL__USER", ("authentik", DATABASE));
    e.put("AUTHENTIK_POSTGRESQL__PASSWORD", secret(run.database));
    let Some(IdentityMail { server, port, from, login, transport }) = &run.mail else { return };
    e.put("AUTHENTIK_EMAIL__HOST", server);
    e.put("AUTHENTIK_EMAIL__PORT", (words![port], MAIL));
    e.put("AUTHENTIK_EMAIL__FROM", from);
    if let Some((user, password)) = login {
        e.put("AUTHENTIK_EMAIL__USERNAME", user);
        e.put("AUTHENTIK_EMAIL__PASSWORD", secret(*password));
    }
    let is = |kind: MailTransport| if transport.v == kind { "true" } else { "false" };
    e.put("AUTHENTIK_EMAIL__USE_TLS", (words![is(MailTransport::StartTls)].citing(transport.at), MAIL));
    e.put("AUTHENTIK_EMAIL__USE_SSL", (words![is(MailTransport::Tls)].citing(transport.at), MAIL));
}

fn daemon(run: &IdentityRun) -> Map {
    let first = run.bridge.v.hosts().next().unwrap_or(run.bridge.v.addr());
    let mut doc = Map::new();
    let (first, length) = (Sp::new(first, run.bridge.at), Sp::new(run.bridge.v.prefix_len(), run.bridge.at));
    doc.put("bip", (words![first, "/", length], NETWORK));
    doc
}

fn backup(b: &IdentityBackup, machine: &Name, out: &mut Out<'_>) {
    let IdentityBackup { every, keep, to, mounted, at: _ } = b;
    let site = || Site::Machine(machine.clone());
    let folder = words![to].citing(mounted.at);
    let values = [("folder", Val::One(folder)), ("keep", Val::One(words![keep])), ("mounted", Val::Flag(mounted.v))];
    let script = render("backup.sh", include_str!("backup.sh"), BACKUP, &values);
    out.program(site(), on_machine(machine, BACKUP_PATH), script);
    let mut t = Text::new();
    t.lit(BACKUP, "# Made by topoc; change the topology, not this file.");
    t.lit(BACKUP, "[Unit]");
    t.lit(BACKUP, "Description=A backup of Authentik");
    t.lit(BACKUP, "After=docker.service");
    t.lit(BACKUP, "Requires=docker.service");
    t.blank(BACKUP);
    t.lit(BACKUP, "[Service]");
    t.lit(BACKUP, "Type=oneshot");
    line!(t, BACKUP; "ExecStart=/", BACKUP_PATH);
    out.text(site(), on_machine(machine, SERVICE_PATH), t);
    let mut t = Text::new();
    t.lit(TIMER, "# Made by topoc; change the topology, not this file.");
    t.lit(TIMER, "[Unit]");
    t.lit(TIMER, "Description=Backups of Authentik");
    t.blank(TIMER);
    t.lit(TIMER, "[Timer]");
    t.lit(TIMER, "OnBootSec=15min");
    line!(t, TIMER; "OnUnitActiveSec=", every.map(|s| s.0), "s");
    t.blank(TIMER);
    t.lit(TIMER, "[Install]");
    t.lit(TIMER, "WantedBy=timers.target");
    out.text(site(), on_machine(machine, TIMER_PATH), t);
}

/// How database and files come back from a backup, as root on the machine.
pub(super) fn restored(b: &IdentityBackup) -> Vec<Composed> {
    let own = |text: &'static str| words![Sp::new(text, DOCUMENT.origin())];
    vec![
        own("cd /opt/authentik"),
        words!["backup=", b.to, "/authentik-…"],
        own("docker compose stop server worker"),
        own("docker compose exec -T postgresql dropdb --username=authentik --force authentik"),
        own("docker compose exec -T postgresql createdb --username=authentik authentik"),
        own(
            "docker compose exec -T postgresql pg_restore --username=authentik --dbname=authentik --exit-on-error <\"$backup/database.dump\"",
        ),
        own("tar --extract --file=\"$backup/data.tar\" --directory=/var/lib"),
        own("docker compose up --detach --wait"),
    ]
}

/// What people read: who asks, where secrets belong, and how it is brought back.
fn document(t: &Topology, server: &IdentityServer, run: &IdentityRun, out: &mut Out<'_>) {
    let row = |a: &Application| {
        let how = match &a.asks {
            Asks::Oidc { redirects, .. } => {
                redirects.iter().fold(words!["OpenID Connect, back to"], |c, r| words![c, " ", r])
            }
            Asks::Saml { acs, .. } => words!["SAML, back to ", acs],
            Asks::Proxy { cluster, outside, .. } => {
                words!["not at all: the outpost of ", t.cluster(*cluster).name, " stands before https://", outside]
            }
            Asks::Ldap { readers, .. } => {
                readers.iter().fold(words!["LDAP, searched by"], |c, (r, _)| words![c, " ", r])
            }
            Asks::Radius { firewall, .. } => words!["RADIUS, from ", t.firewall(*firewall).name],
        };
        let list = |all: Composed, (n, g): (usize, &Sp<Name>)| if n == 0 { words![g] } else { words![all, ", ", g] };
        let admits = a.admits.iter().enumerate().fold(words!["nobody"], list);
        Val::Record(vec![("slug", words![a.slug].into()), ("how", how.into()), ("admits", admits.into())])
    };
    let machine = &t.machine(server.machine.v).name;
    let backup = run.backup.as_ref();
    let values = [
        ("name", Val::One(words![server.name])),
        ("host", Val::One(words![server.host])),
        ("machine", Val::One(words![machine].citing(server.machine.at))),
        ("applications", Val::Many(run.applications.iter().map(row).collect())),
        ("backup", backup.map_or(Val::Flag(false), |b| words![b.to].into())),
        ("mounted", Val::Flag(backup.is_some_and(|b| b.mounted.v))),
        ("every", backup.map_or(Val::Flag(false), |b| words![b.every].into())),
        ("commands", Val::Many(backup.map(restored).unwrap_or_default().into_iter().map(Val::One).collect())),
    ];
    let text = render("identity.md", include_str!("identity.md"), DOCUMENT, &values);
    out.text(Site::Reader, format!("documents/identity-{}.md", server.name.v), text);
}
