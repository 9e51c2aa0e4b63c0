//! Lints of who keeps a cluster as the repository says.

use super::{Lint, Lints};
use crate::diag::{Diag, Sink, code};

/// All of them.
pub(super) const LINTS: &[Lint] = &[plain];

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
