//! Emitter: the values of Argo CD's chart, its namespace, and the script that puts it in; decides nothing, writes no secret.

use super::kube::{self, Chart, Part, View, set};
use super::{Meta, Out, Site};
use crate::consumer::charts;
use crate::ir::{Gitops, PageClient, Repo, Sealed, Secret, SecretId};
use crate::render::template::{Val, render};
use crate::render::{Composed, Map, Text};
use crate::schema::{Label, Name, PageOf, SecretStore, Version};
use crate::source::{Origin, Sp};
use crate::words;

crate::rules! {
    91;
    VALUES = "Argo CD runs by its chart with these values; its list of what it never looks at has Cilium's own objects already" @ "RFC 8.1; argo-cd 10.1.1, values.yaml: configs.cm.resource.exclusions";
    DOMAIN = "people are sent back to this name when they have logged in" @ "RFC 3.2.2; argo-cd 10.1.1, global.domain";
    INSECURE = "the gateway of the pages ends TLS: the server behind it would answer in TLS again" @ "RFC 8.1; Argo CD 3.4, server.insecure";
    HEALTH = "a wave waits for the one before it only where the health of an Application is told; Argo CD tells none by itself" @ "Argo CD 3.4, Health of an Application: resource.customizations.health.argoproj.io_Application";
    OIDC = "people log in by who knows them; the client's secret is in a Secret of its own, by its name" @ "RFC 3.2.2; Argo CD 3.4, User Management: oidc.config, $<secret>:<key>; Authentik, issuer of a provider: application/o/<slug>";
    ADMIN_OFF = "a password that everybody shares tells nobody apart" @ "RFC 3.2.2; Argo CD 3.4, User Management: admin.enabled";
    PEOPLE = "what somebody may do comes from the groups that they are in; who is in none may nothing" @ "RFC 8.1; Argo CD 3.4, RBAC: role:admin, role:readonly, policy.default";
    NO_DEX = "people log in without a broker" @ "argo-cd 10.1.1, dex.enabled";
    NO_NOTICES = "nobody is told anything by it: alerts are for that" @ "RFC 7.6; argo-cd 10.1.1, notifications.enabled";
    METRICS = "figures are told" @ "RFC 7.2; argo-cd 10.1.1, controller.metrics, server.metrics, repoServer.metrics";
    NO_POLICIES = "who comes to its pods is said by the cluster's policies alone: the chart's let in whoever asks" @ "RFC 5.7; argo-cd 10.1.1, global.networkPolicy.create";
    NAMESPACE = "its pods need no privileges" @ "Kubernetes, Pod Security Standards; argo-cd 10.1.1, containerSecurityContext";
    KEPT = "the script makes these Secrets from where this says" @ "RFC 8.2; targets T4";
    SCRIPT = "Argo CD is put in once, by exactly the release that it adopts itself afterwards" @ "RFC 8.1; targets K4";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "argo-cd",
    writes: "<folder>/base/argo-cd/values.yaml, <folder>/config/argo-cd/namespace.yaml, <folder>/{installer,overlays/<environment>}/install-argo-cd.sh",
    what: "Values of Argo CD's chart, its namespace, and a script that puts it in and hands the cluster to it.",
    reader: "Helm, kubectl, Argo CD",
    apply: "Commit and push the tree, then run `<folder>/installer/install-argo-cd.sh`, with the name of an environment or without, or that of the environment where it has one, where helm and kubectl reach the cluster: it makes the Secrets, installs the release of `<folder>/base/argo-cd` and applies the root Application.",
    step: 9,
    rfc: "8.1, 3.2.2",
    systems: &[("Argo CD", "<folder>/base/argo-cd/values.yaml", "`cluster { gitops \"argo-cd\" }`")],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace that Argo CD is in by its own manual.
pub const SPACE: &str = "argocd";
/// The key of the client's secret in its Secret.
const CLIENT_SECRET: &str = "client-secret";

/// Values, namespace and script for every cluster that has it.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        let mut shared: Vec<&Sp<Label>> = Vec::new();
        let base = view.layer.gitops.as_ref();
        // What the script itself says of an environment: what is the same is done by the same script.
        let said = |view: &View<'_>, g: &Gitops| script(view, g, &By::Cluster(&[])).text;
        for e in &view.cluster.environments {
            let Some(g) = &e.layer.gitops else { continue };
            let theirs = View { layer: &e.layer, ..view };
            if base.is_some_and(|b| said(&view, b) == said(&theirs, g)) {
                shared.push(&e.name);
                continue;
            }
            let path = kube::below(&view, &format!("overlays/{}/install-argo-cd.sh", e.name.v));
            out.program(Site::Workstation, path, script(&theirs, g, &By::Environment(&e.name, base.is_some())));
        }
        if let Some(g) = base {
            let path = kube::below(&view, "installer/install-argo-cd.sh");
            out.program(Site::Workstation, path, script(&view, g, &By::Cluster(&shared)));
        }
    }
}

/// Whose script it is.
enum By<'a> {
    /// The cluster's, which serves these environments too.
    Cluster(&'a [&'a Sp<Label>]),
    /// That of one environment, whose repository, logins or people are others; whether the cluster has Argo CD too.
    Environment(&'a Sp<Label>, bool),
}

/// The release: the script puts in exactly this, and Argo CD adopts it.
fn chart(version: &Sp<Version>) -> Chart {
    Chart {
        name: "argo-cd",
        repository: charts::ARGO_CD,
        version: version.clone(),
        release: "argocd",
        namespace: SPACE,
    }
}

/// Values and namespace, where it runs.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(g) = &view.layer.gitops else { return Vec::new() };
    let mut kept = Map::new();
    let client = oidc(view).map(|l| (l.secret, CLIENT_SECRET));
    let login = g.repo.login.as_ref().map(|(_, secret)| (*secret, "password"));
    for (secret, key) in login.iter().chain(&client) {
        let (annotation, from) = kube::kept(view, secret, key);
        kept.put(annotation, (from, KEPT));
    }
    let namespace = kube::object_with("v1", "Namespace", (SPACE, NAMESPACE), None, NAMESPACE, |m| {
        m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("restricted", NAMESPACE)));
        if !kept.is_empty() {
            m.put("annotations", (kept, KEPT));
        }
    });
    vec![
        Part::values("argo-cd", chart(&g.chart), values(view, g), VALUES),
        Part::object("argo-cd", "namespace", namespace, NAMESPACE),
    ]
}

/// Who logs people in to its page.
fn oidc<'a>(view: &View<'a>) -> Option<PageClient<'a>> {
    view.t.oidc(view.layer.ui.as_ref()?, PageOf::ArgoCd)
}

/// How an Application is told to be well: as it says itself, and on its way until it says something.
const LUA: &str = r#"local health = (obj.status or {}).health or {}
return {
  status = health.status or "Progressing",
  message = health.message or "it was not looked at yet",
}
"#;

fn values(view: &View<'_>, g: &Gitops) -> Map {
    // What is in the repository is for the Applications; the version is in the chart's reference.
    let Gitops { by, chart: _, caps: _, repo: _, sync: _, prune: _, self_heal: _, replicas, at: _ } = g;
    let mut doc = Map::new();
    let page = view.layer.ui.as_ref().and_then(|u| u.page(PageOf::ArgoCd));
    if let Some(page) = page {
        set(&mut doc, &["global"], "domain", &page.host, DOMAIN);
        set(&mut doc, &["configs", "params"], "server.insecure", (true, INSECURE), INSECURE);
    }
    let health = words!["resource.customizations.health.argoproj.io_Application"].citing(by.at);
    set(&mut doc, &["configs", "cm"], health, (LUA, HEALTH), HEALTH);
    if let Some(PageClient { server, chosen, page, client, secret }) = oidc(view) {
        let cm = &["configs", "cm"];
        set(&mut doc, cm, "admin.enabled", (false, ADMIN_OFF), ADMIN_OFF);
        let config = words![
            "name: \"",
            server.name,
            "\"\nissuer: \"https://",
            server.host,
            "/application/o/",
            client,
            "/\"\nclientID: ",
            client,
            "\nclientSecret: $",
            view.t.secret(secret.v).name,
            ":client-secret\nrequestedScopes: [openid, profile, email]\n"
        ];
        set(&mut doc, cm, "oidc.config", (config.citing(secret.at).citing(chosen), OIDC), OIDC);
        let grants = page.admins.iter().map(|n| words!["g, ", n, ", role:admin\n"]);
        let grants = grants.chain(page.readers.iter().map(|n| words!["g, ", n, ", role:readonly\n"]));
        let policy = grants.reduce(|all, one| words![all, one]).unwrap_or_default();
        set(&mut doc, &["configs", "rbac"], "policy.csv", (policy, PEOPLE), PEOPLE);
    }
    set(&mut doc, &["global", "networkPolicy"], "create", (false, NO_POLICIES), NO_POLICIES);
    set(&mut doc, &["dex"], "enabled", (false, NO_DEX), NO_DEX);
    set(&mut doc, &["notifications"], "enabled", (false, NO_NOTICES), NO_NOTICES);
    set(&mut doc, &["server"], "replicas", replicas, VALUES);
    set(&mut doc, &["repoServer"], "replicas", replicas, VALUES);
    if let Some(m) = &view.layer.monitoring {
        for part in ["controller", "server", "repoServer"] {
            set(&mut doc, &[part, "metrics"], "enabled", Sp::new(true, m.at), METRICS);
        }
    }
    doc
}

fn script(view: &View<'_>, g: &Gitops, by: &By<'_>) -> Text {
    // Where in the repository the tree is and which revision holds is for the Applications.
    let Repo { url, revision: _, path: _, login } = &g.repo;
    let Chart { name, repository, version, release, namespace } = chart(&g.chart);
    let own = |text: &'static str| Val::from(words![Sp::new(text, SCRIPT.origin())]);
    let user = login.as_ref().map(|(user, _)| words![user]);
    let login = login.as_ref().map(|(_, secret)| *secret);
    let client = oidc(view).map(|l| l.secret);
    let node = view.cluster.groups.iter().flat_map(|g| &g.nodes).next().map(|n| words![view.t.machine(*n).name]);
    let mut all: Vec<Sp<SecretId>> = login.into_iter().chain(client).collect();
    all.sort_by_key(|s| s.v);
    all.dedup_by_key(|s| s.v);
    let (several, alone) = match by {
        By::Cluster(all) => (*all, None),
        By::Environment(name, beside) => (&[][..], Some((*name, *beside))),
    };
    let environments = several.iter().map(|e| words![" ", e]).reduce(|all, one| words![all, one]);
    let values = [
        ("cluster", words![view.cluster.name].citing(view.layer.folder.at).into()),
        ("checked", Val::Flag(node.is_some())),
        ("node", node.unwrap_or_default().into()),
        ("secrets", Val::Many(all.into_iter().map(|s| secret(view, s)).collect())),
        ("repository", Val::Flag(login.is_some())),
        ("repository_secret", login.map_or(Val::Flag(false), |s| secret(view, s))),
        ("user", user.unwrap_or_default().into()),
        ("url", words![url].into()),
        ("people", Val::Flag(client.is_some())),
        ("people_secret", client.map_or(Val::Flag(false), |s| secret(view, s))),
        ("several", Val::Flag(environments.is_some())),
        ("environments", environments.unwrap_or_default().into()),
        ("alone", Val::Flag(alone.is_some())),
        ("environment", alone.map(|(name, _)| words![name]).unwrap_or_default().into()),
        ("beside", Val::Flag(alone.is_some_and(|(_, beside)| beside))),
        ("chart", own(name)),
        ("charts", own(repository)),
        ("version", words![version].into()),
        ("release", own(release)),
        ("namespace", own(namespace)),
    ];
    render("install-argo-cd.sh", include_str!("install-argo-cd.sh"), SCRIPT, &values)
}

/// A secret that the script asks for: the variable that holds it, and where it is kept.
fn secret(view: &View<'_>, id: Sp<SecretId>) -> Val {
    let Secret { name, store, path, key } = view.t.secret(id.v);
    let variable = |n: &Name| Label(n.to_uppercase().replace('-', "_").into());
    Val::Record(vec![
        ("env", Val::Flag(store.v == SecretStore::Env)),
        ("variable", words!["TOPOC_SECRET_", name.as_ref().map(variable)].citing(id.at).into()),
        ("name", cited(name, store.at).into()),
        ("place", words![path].into()),
        ("key", key.as_ref().map_or(Val::Flag(false), |k| words![k].into())),
    ])
}

fn cited(name: &Sp<Name>, at: Origin) -> Composed {
    words![name].citing(at)
}
