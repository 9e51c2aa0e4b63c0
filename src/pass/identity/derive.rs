//! Pass: who asks an identity server about people: the topology's own pages, KubeSphere and firewalls, each from its own
//! statement; spells nothing.

use std::collections::BTreeMap;

use super::fits;
use super::*;

/// What a server gets from the statements of others.
struct Asked {
    applications: Vec<Application>,
    outposts: Vec<Outpost>,
}

/// Adds to each server who asks it; it runs when pages, installers and directories are decided.
pub fn serve(facts: &Facts, index: &Index, t: &mut Topology, cx: &mut Cx<'_>) {
    for n in 0..t.identities.len() {
        let id = IdentityId(n as u32);
        let server = t.identity(id);
        let stated = facts.identity.iter().find(|i| i.name.as_ref().is_some_and(|n| n.v.0 == server.name.v));
        let (Some(run), Some(stated)) = (&server.run, stated) else { continue };
        let mut asked = Asked { applications: run.applications.clone(), outposts: Vec::new() };
        for c in 0..t.clusters.len() {
            asked.pages(server, id, ClusterId(c as u32), t, cx);
        }
        asked.directories(server, stated, facts, index, t, cx);
        asked.applications.sort_by(|a, b| a.slug.v.cmp(&b.slug.v));
        fits::one_name(&mut asked.applications, cx);
        asked.outposts.sort_by(|a, b| a.name.v.cmp(&b.name.v));
        if let Some(run) = &mut t.identities[n].run {
            (run.applications, run.outposts) = (asked.applications, asked.outposts);
        }
    }
}

impl Asked {
    /// The pages of a cluster, and its KubeSphere.
    fn pages(&mut self, server: &IdentityServer, id: IdentityId, cluster: ClusterId, t: &Topology, cx: &mut Cx<'_>) {
        let c = t.cluster(cluster);
        let from = self.applications.len();
        let ui = c.layer.ui.as_ref().filter(|u| u.identity.is_some_and(|i| i.v == id));
        for k in c.layer.install.iter().flat_map(|i| &i.kubesphere) {
            let page =
                ui.and_then(|u| u.page(PageOf::Kubesphere)).filter(|p| matches!(p.login, PageLogin::Oidc { .. }));
            self.kubesphere(k, server, page, cx);
        }
        let mut behind: Vec<Sp<IdentityName>> = Vec::new();
        let mut token = None;
        if let Some(ui) = ui {
            token = ui.outpost;
            self.opened(server, cluster, (&c.layer, ui), &mut behind, t, cx);
        }
        for e in &c.environments {
            let Some(ui) = e.layer.ui.as_ref().filter(|u| u.identity.is_some_and(|i| i.v == id)) else { continue };
            token = token.or(ui.outpost);
            self.elsewhere(server, cluster, (e, ui, from), &mut behind, t, cx);
        }
        if let (Some(token), false) = (token, behind.is_empty()) {
            behind.sort_by(|a, b| a.v.cmp(&b.v));
            let name = cx.make(Name::of(format!("pages-{}", c.name.v)), OUTPOST, &[c.name.at]);
            self.outpost(server, (name, OutpostKind::Proxy), token, behind, t, cx);
        }
    }

    /// The pages of an environment: what a page of the cluster asks for is asked for once, and where people open it by another
    /// name they are sent back to that too.
    fn elsewhere(
        &mut self,
        server: &IdentityServer,
        cluster: ClusterId,
        (e, ui, from): (&Environment, &Ui, usize),
        behind: &mut Vec<Sp<IdentityName>>,
        t: &Topology,
        cx: &mut Cx<'_>,
    ) {
        let mut theirs = Asked { applications: Vec::new(), outposts: Vec::new() };
        // KubeSphere is the installer's, which knows no environment.
        let mut ui = ui.clone();
        ui.pages.retain(|p| p.of.v != PageOf::Kubesphere);
        theirs.opened(server, cluster, (&e.layer, &ui), &mut Vec::new(), t, cx);
        for mut a in theirs.applications {
            // Another cluster's of that name is told apart where all of them are there.
            let own = &mut self.applications[from..];
            let Some(there) = own.iter_mut().find(|o| o.slug.v == a.slug.v) else {
                if matches!(a.asks, Asks::Proxy { .. }) {
                    behind.push(a.slug.clone());
                }
                self.applications.push(a);
                continue;
            };
            match (&mut there.asks, &a.asks) {
                (Asks::Oidc { redirects: known, .. }, Asks::Oidc { redirects, .. }) => {
                    for r in redirects {
                        if !known.iter().any(|k| k.v == r.v) {
                            known.push(r.clone());
                        }
                    }
                }
                (Asks::Proxy { outside: known, inside: first, .. }, Asks::Proxy { outside, inside, .. }) => {
                    if known.v == outside.v {
                        if first.v != inside.v {
                            fits::one_name_two_places(known, first, inside, cx);
                        }
                        continue;
                    }
                    let slug = format!("{}-{}", a.slug.v, e.name.v);
                    a.slug = cx.make(IdentityName(slug.into()), PAGE_ELSEWHERE, &[a.slug.at, e.name.at]);
                    behind.push(a.slug.clone());
                    self.applications.push(a);
                }
                // Each page asks in one way where one server knows people; a page without a secret was reported.
                (
                    Asks::Oidc { .. }
                    | Asks::Proxy { .. }
                    | Asks::Saml { .. }
                    | Asks::Ldap { .. }
                    | Asks::Radius { .. },
                    _,
                ) => {}
            }
        }
    }

    /// What the pages of one set of settings ask for.
    fn opened(
        &mut self,
        server: &IdentityServer,
        cluster: ClusterId,
        (layer, ui): (&Layer, &Ui),
        behind: &mut Vec<Sp<IdentityName>>,
        t: &Topology,
        cx: &mut Cx<'_>,
    ) {
        let c = t.cluster(cluster);
        for p in &ui.pages {
            let mut admits: Vec<Sp<Name>> = p.admins.iter().chain(&p.readers).cloned().collect();
            admits.sort_by(|a, b| a.v.cmp(&b.v));
            admits.dedup_by(|a, b| a.v == b.v);
            let (slug, asks) = match &p.login {
                PageLogin::Own => continue,
                PageLogin::Oidc { client, secret } => {
                    let slug = client.clone().map(|c| IdentityName(c.0));
                    let (client, secret) = (client.clone(), *secret);
                    let Some(path) = path_back(p.of.v, &server.name.v) else { continue };
                    let url = Url(format!("https://{}{path}", p.host.v).into());
                    let redirects = vec![cx.make(url, BACK_TO_PAGE, &[p.host.at, server.name.at])];
                    (slug, Asks::Oidc { client, secret, redirects })
                }
                PageLogin::Outpost => {
                    let Some(inside) = inside(p, layer, cx) else { continue };
                    let slug = ui::client(&p.of, c, cx).map(|c| IdentityName(c.0));
                    behind.push(slug.clone());
                    (slug, Asks::Proxy { cluster, outside: p.host.clone(), inside })
                }
            };
            self.applications.push(Application { slug, asks, admits, at: p.at });
        }
    }

    fn outpost(
        &mut self,
        server: &IdentityServer,
        (name, kind): (Sp<Name>, OutpostKind),
        token: Sp<SecretId>,
        applications: Vec<Sp<IdentityName>>,
        t: &Topology,
        cx: &mut Cx<'_>,
    ) {
        let cloud = t.meta.as_ref().map_or("", |m| &m.name.v);
        let uuid = Uuid::named(cloud, &server.name.v, &format!("authentik/outpost/{}", name.v));
        let uuid = cx.make(uuid, OUTPOST, &[server.name.at, name.at]);
        self.outposts.push(Outpost { name, kind, uuid, token, applications });
    }

    /// KubeSphere that is told of this server by its address.
    fn kubesphere(&mut self, k: &Kubesphere, server: &IdentityServer, page: Option<&Page>, cx: &mut Cx<'_>) {
        for i in &k.identities {
            // What its page says is asked for as that of every page.
            let by_page = page.is_some_and(|p| p.at == i.at);
            if by_page || fits::host_of(&i.issuer.v) != Some(&*server.host.v) {
                continue;
            }
            let Some(slug) = fits::issuer(i, server, page, cx) else { continue };
            let slug = cx.make(IdentityName(slug.into()), SLUG, &[i.issuer.at]);
            let Some(address) = &k.address else { continue };
            let url = Url(format!("{}/oauth/redirect/{}", address.v, i.name.v).into());
            let redirects = vec![cx.make(url, SENT_BACK, &[address.at, i.name.at])];
            let asks = Asks::Oidc { client: i.client.clone(), secret: i.secret, redirects };
            self.applications.push(Application { slug, asks, admits: Vec::new(), at: i.at });
        }
    }

    /// Firewalls that ask by LDAP and RADIUS.
    fn directories(
        &mut self,
        server: &IdentityServer,
        stated: &IdentityServerFacts,
        facts: &Facts,
        index: &Index,
        t: &Topology,
        cx: &mut Cx<'_>,
    ) {
        let mine = |d: &&PeopleDirectory| d.machine.map_or(d.host.v == *server.host.v, |m| m.v == server.machine.v);
        let all = || {
            t.firewalls.iter().enumerate().flat_map(move |(n, f)| {
                let directories = f.layer.admin.iter().flat_map(|a| &a.directories);
                directories.filter(mine).map(move |d| (FirewallId(n as u32), d))
            })
        };
        // A directory that is wrong was reported, and would be the one.
        let said = |f: &Firewall| f.layer.admin.as_ref().map_or(0, |a| a.directories.len());
        let decided = said_of(facts) == t.firewalls.iter().map(said).sum::<usize>();
        let stated_of = |d: &PeopleDirectory| {
            facts.firewall.iter().flat_map(|f| &f.admin).flat_map(|a| &a.directory).find(|f| f.at == d.at)
        };
        // One whose secret is wrong was reported.
        let bound = |d: &PeopleDirectory| stated_of(d).is_none_or(|f| f.bind.is_some());
        self.ldap(server, stated, (all().map(|(_, d)| (d, bound(d))).collect(), decided), index, t, cx);
        let mut behind = Vec::new();
        for (firewall, d) in all() {
            let DirectorySpeaks::Radius { secret, .. } = &d.speaks else { continue };
            let Some(radius) = &stated.radius else {
                fits::nobody_answers("RADIUS", "radius { token \"radius-outpost\"; admits \"admins\" }", d, server, cx);
                continue;
            };
            let slug = IdentityName(format!("radius-{}-{}", t.firewall(firewall).name.v, d.name.v).into());
            let slug = cx.make(slug, DIRECTORY, &[d.name.at]);
            behind.push(slug.clone());
            let clients = asks_from(t, firewall, server.machine.v, cx);
            let port = cx.make(d.port.v, ASKED_AT, &[d.port.at]);
            let asks = Asks::Radius { firewall, clients, port, secret: *secret };
            self.applications.push(Application { slug, asks, admits: people(&radius.admits), at: d.at });
        }
        let Some(radius) = &stated.radius else { return };
        match secret(index, radius.token.as_ref()) {
            Some(token) if !behind.is_empty() => {
                behind.sort_by(|a, b| a.v.cmp(&b.v));
                let name = Sp::new(Name::of("radius"), radius.at);
                self.outpost(server, (name, OutpostKind::Radius), token, behind, t, cx);
            }
            Some(_) if decided => fits::nobody_asks("RADIUS", radius.at, server, t, cx),
            Some(_) | None => {}
        }
    }

    fn ldap(
        &mut self,
        server: &IdentityServer,
        stated: &IdentityServerFacts,
        (asking, decided): (Vec<(&PeopleDirectory, bool)>, bool),
        index: &Index,
        t: &Topology,
        cx: &mut Cx<'_>,
    ) {
        let mut readers: BTreeMap<String, (Sp<Label>, Sp<SecretId>)> = BTreeMap::new();
        let mut ports: BTreeMap<u16, (Sp<u16>, bool)> = BTreeMap::new();
        for (d, bound) in asking {
            let DirectorySpeaks::Ldap { transport, bind, .. } = &d.speaks else { continue };
            let Some(ldap) = &stated.ldap else {
                let DirectorySpeaks::Ldap { base, .. } = &d.speaks else { continue };
                let who = server.groups.first().map_or("admins", |g| g.v.as_str());
                let help = format!("ldap {{ base \"{}\"; token \"ldap-outpost\"; admits \"{who}\" }}", base.v);
                fits::nobody_answers("LDAP", &help, d, server, cx);
                continue;
            };
            let Some(base) = &ldap.base else { continue };
            if !fits::directory(d, base, cx) || !fits::finds(d, base, bound, cx) || fits::port_taken(d, server, cx) {
                continue;
            }
            if let Some((name, secret)) = bind
                && let Some(reader) = fits::reader(d, name, base, cx)
            {
                let reader = cx.make(Label(reader.into()), READER, &[name.at]);
                match readers.get(&*reader.v.0) {
                    Some((first, other)) if other.v != secret.v => fits::two_passwords(first, other, *secret, cx),
                    Some(_) => {}
                    None => {
                        readers.insert(reader.v.0.to_string(), (reader, *secret));
                    }
                }
            }
            let tls = transport.v == DirectoryTransport::Tls;
            let port = cx.make(d.port.v, ASKED_AT, &[d.port.at, d.at]);
            match ports.get(&d.port.v) {
                Some((first, other)) if *other != tls => fits::two_protocols(*first, d, cx),
                Some(_) => {}
                None => {
                    ports.insert(d.port.v, (port, tls));
                }
            }
        }
        let Some(ldap) = &stated.ldap else { return };
        let (Some(base), Some(token)) = (&ldap.base, secret(index, ldap.token.as_ref())) else { return };
        if ports.is_empty() {
            let wrong = t.firewalls.iter().any(|f| fits::asks(f, server));
            if decided && !wrong {
                fits::nobody_asks("LDAP", ldap.at, server, t, cx);
            }
            return;
        }
        let slug = Sp::new(IdentityName("ldap".into()), ldap.at);
        let asks = Asks::Ldap {
            base: base.clone(),
            readers: readers.into_values().collect(),
            ports: ports.into_values().collect(),
        };
        let admits = people(&ldap.admits);
        self.applications.push(Application { slug: slug.clone(), asks, admits, at: ldap.at });
        let name = Sp::new(Name::of("ldap"), ldap.at);
        self.outpost(server, (name, OutpostKind::Ldap), token, vec![slug], t, cx);
    }
}

/// How many directories the file states.
fn said_of(facts: &Facts) -> usize {
    facts.firewall.iter().flat_map(|f| &f.admin).map(|a| a.directory.len()).sum()
}

/// The path that a page takes people back at; `None` for pages that log nobody in.
fn path_back(of: PageOf, server: &Name) -> Option<String> {
    match of {
        PageOf::ArgoCd => Some("/auth/callback".into()),
        PageOf::Grafana => Some("/login/generic_oauth".into()),
        PageOf::Kubesphere => Some(format!("/oauth/redirect/{server}")),
        PageOf::Alertmanager | PageOf::Ceph | PageOf::Hubble | PageOf::Prometheus => None,
    }
}

/// Where in the cluster a page is that an outpost stands before; `None` where the cluster has no such page.
fn inside(p: &Page, layer: &Layer, cx: &mut Cx<'_>) -> Option<Sp<String>> {
    let (at, from) = match p.of.v {
        PageOf::Hubble => ("http://hubble-ui.kube-system.svc:80".to_string(), p.of.at),
        PageOf::Prometheus => ("http://kube-prometheus-stack-prometheus.monitoring.svc:9090".to_string(), p.of.at),
        PageOf::Alertmanager => ("http://kube-prometheus-stack-alertmanager.monitoring.svc:9093".to_string(), p.of.at),
        PageOf::Ceph => {
            let d = layer.storage.as_ref()?.dashboard.as_ref()?;
            let scheme = if d.tls.v { "https" } else { "http" };
            (format!("{scheme}://rook-ceph-mgr-dashboard.rook-ceph.svc:{}", d.port.v), d.port.at)
        }
        PageOf::ArgoCd | PageOf::Grafana | PageOf::Kubesphere => return None,
    };
    Some(cx.make(at, INSIDE, &[p.of.at, from]))
}

/// The addresses of a firewall that a machine sees: those on its VLAN, else all.
fn asks_from(t: &Topology, id: FirewallId, machine: MachineId, cx: &mut Cx<'_>) -> Vec<Sp<Ipv4Addr>> {
    let f = t.firewall(id);
    let near: Vec<VlanId> = t.machine(machine).nics.iter().map(|n| n.vlan.v).collect();
    let addresses = |on: &dyn Fn(VlanId) -> bool| {
        let legs = f.legs.iter().filter(|l| l.gateway.is_none() && on(l.vlan.v)).filter_map(|l| l.address);
        let nodes = f.nodes.iter().filter(|n| n.is_known()).flat_map(|n| &t.machine(*n).nics);
        let own = nodes.filter(|n| on(n.vlan.v)).filter_map(|n| n.address);
        legs.chain(own).collect::<Vec<_>>()
    };
    let mut all = addresses(&|v| near.contains(&v));
    if all.is_empty() {
        all = addresses(&|_| true);
    }
    all.sort_by_key(|a| a.v);
    all.dedup_by_key(|a| a.v);
    all.into_iter().map(|a| cx.make(a.v, ASKED_FROM, &[a.at])).collect()
}
