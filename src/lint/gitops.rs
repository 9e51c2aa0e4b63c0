//! Lints of who keeps a cluster as the repository says.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};
use crate::ir::{Gitops, Page, Topology};
use crate::schema::PageOf;

/// All of them.
pub(super) const LINTS: &[Lint] = &[plain, nobody];

/// L1233: what is fetched without TLS is what somebody on the way says, and it is put in force with all rights.
fn plain(x: &Lints<'_>, sink: &mut Sink) {
    for g in x.topology.layers().filter_map(|(_, l)| l.gitops.as_ref()) {
        if let Some(rest) = g.repo.url.v.strip_prefix("http://") {
            let mut d = Diag::new(code::L1233, "the repository is read without TLS")
                .at(x.span(g.repo.url.at), "whoever is on the way says what runs in the cluster");
            if let Some((_, secret)) = &g.repo.login {
                d = d.at(x.span(secret.at), "and reads this");
            }
            sink.report(d.help(format!("repo \"https://{rest}\"")));
        }
    }
}

/// E1234: the account of Argo CD's own is off where people log in elsewhere, so a page without groups is for nobody.
fn nobody(x: &Lints<'_>, sink: &mut Sink) {
    for (g, page) in for_nobody(x.topology) {
        sink.report(
            Diag::new(code::E1234, "nobody may see anything in Argo CD")
                .at(x.span(page.at), "whoever logs in is in no group that this names")
                .at(x.span(g.at), "and its own account is off, because people log in elsewhere")
                .help("admins \"…\", or readers \"…\": groups of the identity server"),
        );
    }
}

/// Pages of Argo CD that are told of by E1234, which says more than that an application is closed.
pub(super) fn for_nobody(t: &Topology) -> impl Iterator<Item = (&Gitops, &Page)> {
    t.layers().filter_map(|(_, layer)| {
        let (g, ui) = (layer.gitops.as_ref()?, layer.ui.as_ref()?);
        let page = t.oidc(ui, PageOf::ArgoCd)?.page;
        (page.admins.is_empty() && page.readers.is_empty()).then_some((g, page))
    })
}
