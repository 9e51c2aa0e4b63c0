//! Pass: who keeps a cluster as the repository says; spells nothing.

use super::layer::At;
use super::{Cx, ingress, or};
use crate::diag::{Diag, code};
use crate::ir::facts::{GitLoginFacts, GitopsFacts, RepoFacts};
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    65;
    PATH = "the tree is in the folder that topoc writes by itself, as nothing else is stated" @ "RFC 8.2; language reference";
    SYNC = "what the repository says is put in force as soon as it is there, as nothing else is stated" @ "RFC 8.1";
    PRUNE = "what is gone from the tree stays in the cluster until somebody deletes it, as nothing else is stated" @ "Argo CD 3.4, automated sync policy: prune is false";
    HEAL = "the repository is what holds: a change by hand is changed back, as nothing else is stated" @ "RFC 8.1; Argo CD 3.4, selfHeal";
    REPLICAS = "two of what people ask and of what renders charts, so that one may be lost; Redis holds nothing that cannot be made again" @ "RFC 8.1; Argo CD 3.4, High Availability";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Gitops> {
    let GitopsFacts { at, by, repo, sync, prune, self_heal, replicas } = x.c.gitops.as_ref()?;
    let sync = or(*sync, SyncMode::Automatic, SYNC);
    if sync.v == SyncMode::Manual {
        for (word, said) in [("prune", prune), ("self-heal", self_heal)] {
            let Some(said) = said else { continue };
            let (here, mode) = (cx.span(said.at), cx.span(sync.at));
            cx.report(
                Diag::new(code::E1232, format!("`{word}` has no effect where nothing is synced by itself"))
                    .at(here, "this is about what Argo CD does by itself")
                    .at(mode, "somebody says when, and says this then")
                    .help(format!("remove `{word}`, or sync \"automatic\"")),
            );
        }
    }
    let repo = self::repo(repo.as_ref()?, x, cx);
    let target = x.t.targets.cluster.argo_cd.clone()?;
    Some(Gitops {
        by: (*by)?,
        chart: ingress::with_kubernetes(&target.version, x, cx),
        caps: target.caps,
        repo: repo?,
        sync,
        prune: or(*prune, false, PRUNE),
        self_heal: or(*self_heal, true, HEAL),
        replicas: or(replicas.map(|r| r.map(|n| n.0)), 2, REPLICAS),
        at: *at,
    })
}

/// Pages of a repository in a browser, as servers of Git spell them.
const PAGES: [&str; 5] = ["/-/", "/tree/", "/blob/", "/src/branch/", "/commit/"];

fn repo(r: &RepoFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Repo> {
    let RepoFacts { at: _, url, revision, path, login } = r;
    let url = url.as_ref()?;
    let (scheme, rest) = url.v.split_once("://").unwrap_or_default();
    let (host, place) = rest.split_once('/').unwrap_or_default();
    let span = cx.span(url.at);
    if let Some((_, host)) = host.rsplit_once('@') {
        cx.report(
            Diag::new(code::E1230, "the address of the repository has a login in it")
                .at(span, "everybody who reads the repository reads this, and so does everybody who sees the cluster's objects")
                .help(format!("repo \"{scheme}://{host}/{place}\" {{ login user=\"…\" secret=\"…\" }}, and another password")),
        );
        return None;
    }
    let browsed = format!("/{place}/");
    if let Some(found) = PAGES.iter().filter_map(|p| browsed.find(p)).min() {
        let repository = browsed[..found].trim_end_matches('/');
        cx.report(
            Diag::new(code::E1231, "this is the page of a repository in a browser")
                .at(span, "Git finds no repository there")
                .help(format!("repo \"{scheme}://{host}{repository}.git\", and the branch as `revision`")),
        );
        return None;
    }
    let login = match login {
        Some(GitLoginFacts { at: _, user, secret }) => {
            let secret = secret.as_ref()?;
            Some((user.clone()?, Sp::new(x.index.secret(&secret.v.0), secret.at))).filter(|(_, s)| s.v.is_known())
        }
        None => None,
    };
    Some(Repo {
        url: url.clone(),
        revision: revision.clone()?,
        path: path.clone().unwrap_or_else(|| Sp::new(TreePath("generated".into()), PATH.origin())),
        login,
    })
}
