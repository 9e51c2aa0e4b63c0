//! Decided: the platform's own pages, and who knows people; holds no diagnostics and does no work.

use serde::Serialize;

use super::{Gateway, IdentityId, Ingress, Layer, MachineId, PolicyZone, SecretId, Topology};
use crate::schema::*;
use crate::source::{Origin, Sp};

/// The platform's own pages behind a gateway of their own.
#[derive(Clone, Debug, Serialize)]
pub struct Ui {
    /// Their gateway: a listener each, nothing without TLS.
    pub way: Ingress,
    /// Who knows the people; `None`: each page has accounts of its own.
    pub identity: Option<Sp<IdentityId>>,
    /// The token of the outpost before pages without a login; `None` where there is none.
    pub outpost: Option<Sp<SecretId>>,
    /// Who opens the connections.
    pub from: Vec<PolicyZone>,
    /// The networks that those are in, ordered: nobody else is served. Empty where one of them is no network.
    pub ranges: Vec<Sp<ipnet::Ipv4Net>>,
    /// The pages, ordered by whose they are.
    pub pages: Vec<Page>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A page of the platform.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// Whose.
    pub of: Sp<PageOf>,
    /// Its whole name.
    pub host: Sp<Domain>,
    /// How people log in.
    pub login: PageLogin,
    /// Groups of people who may change things, ordered.
    pub admins: Vec<Sp<Name>>,
    /// Groups of people who may look, ordered.
    pub readers: Vec<Sp<Name>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// How people log in to a page.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageLogin {
    /// The page asks who knows people itself, by OpenID Connect.
    Oidc {
        /// What it is called there: the client's id, and the name of the application.
        client: Sp<Label>,
        /// The client's secret.
        secret: Sp<SecretId>,
    },
    /// The outpost of who knows people stands before it.
    Outpost,
    /// By accounts of its own.
    Own,
}

impl Layer {
    /// Gateways: the one of `ingress`, and that of the platform's own pages.
    pub fn gateways(&self) -> impl Iterator<Item = (&Ingress, &Gateway)> {
        let all = self.ingresses.iter().chain(self.ui.iter().map(|u| &u.way));
        all.filter_map(|i| Some((i, i.gateway()?)))
    }

    /// Ways in for HTTP that have an address of their own: those of `ingress`, and that of the platform's own pages.
    pub fn ways(&self) -> impl Iterator<Item = &Ingress> {
        self.ingresses.iter().chain(self.ui.iter().map(|u| &u.way))
    }
}

impl Ui {
    /// The page of that kind.
    pub fn page(&self, of: PageOf) -> Option<&Page> {
        self.pages.iter().find(|p| p.of.v == of)
    }
}

/// Who knows people: Authentik on a machine.
#[derive(Clone, Debug, Serialize)]
pub struct IdentityServer {
    /// Its name.
    pub name: Sp<Name>,
    /// The machine.
    pub machine: Sp<MachineId>,
    /// The name that browsers know it by.
    pub host: Sp<Domain>,
    /// Groups of people, ordered by name.
    pub groups: Vec<Sp<Name>>,
    /// What it runs with; `None` beside an error.
    pub run: Option<super::IdentityRun>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A page that asks who knows people itself, by OpenID Connect.
#[derive(Clone, Copy, Debug)]
pub struct PageClient<'t> {
    /// Who knows people.
    pub server: &'t IdentityServer,
    /// Where that is chosen.
    pub chosen: Origin,
    /// The page.
    pub page: &'t Page,
    /// What the page is called there: the client's id, and the name of the application. The issuer is
    /// `https://<host>/application/o/<client>/` (Authentik 2026.8, OAuth2 provider, issuer mode "each provider").
    pub client: &'t Sp<Label>,
    /// The client's secret.
    pub secret: Sp<SecretId>,
}

impl Topology {
    /// Who logs people in to a cluster's page by OpenID Connect; `None` where the page asks nobody itself.
    pub fn oidc<'t>(&'t self, ui: &'t Ui, of: PageOf) -> Option<PageClient<'t>> {
        let page = ui.page(of)?;
        let identity = ui.identity?;
        match &page.login {
            PageLogin::Oidc { client, secret } => Some(PageClient {
                server: self.identity(identity.v),
                chosen: identity.at,
                page,
                client,
                secret: *secret,
            }),
            PageLogin::Outpost | PageLogin::Own => None,
        }
    }
}
