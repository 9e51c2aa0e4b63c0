//! Pass: how a cluster is installed.

use super::layer::At;
use super::rules::*;
use super::{Cx, or};
use crate::consumer::KubesphereDialect;
use crate::diag::{Diag, code};
use crate::ir::facts::{EtcdFacts, InstallFacts, KubesphereFacts, RegistryFacts};
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    40;
    DEFAULT_KEY = "the key that ssh makes by default, as no file is stated" @ "ssh-keygen(1)";
    DEFAULT_BACKUP_DIR = "copies of etcd are where KubeKey puts them by itself" @ "KubeKey 3.1.12, etcd.backupDir; RFC 9.2";
    DEFAULT_BACKUP = "etcd is copied once a day, as nothing else is stated" @ "KubeKey 3.1.12, etcd.backupPeriod; RFC 9.2";
    DEFAULT_BACKUPS = "five copies are kept, as nothing else is stated" @ "KubeKey 3.1.12, etcd.keepBackupNumber";
    DEFAULT_PROXY = "Kubernetes' own default: IPVS would answer ARP for addresses that MetalLB announces" @ "kube-proxy --proxy-mode; MetalLB, Installation, strict ARP";
    DEFAULT_MAX_PODS = "Kubernetes' own limit, as nothing else is stated" @ "kubelet --max-pods";
    DEFAULT_RENEW = "certificates that end take the cluster down, so they are renewed" @ "KubeKey 3.1.12, kubernetes.autoRenewCerts; kubeadm, certificate management";
    DEFAULT_SCOPES = "what KubeSphere needs to know a person" @ "OpenID Connect Core 1.0 section 5.4; kubesphere.io, OIDC identity provider";
    PAGE_ADDRESS = "people open KubeSphere at its page" @ "RFC 4.3, 7.3";
    BY_PAGE = "who knows people logs them in at KubeSphere's page" @ "RFC 3.2.2; Authentik, OAuth2 provider; KubeSphere, identity providers";
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Install> {
    let i = x.c.install.as_ref()?;
    let target = x.t.targets.cluster.kubekey.clone()?;
    let replaced = x.layer.cilium.as_ref().map(|c| c.replaces_kube_proxy).filter(|r| r.v);
    if let (Some(p), Some(r)) = (i.proxy, replaced) {
        let mut d = Diag::new(code::E0904, "`proxy` is for kube-proxy, which the network plugin replaces")
            .at(cx.span(p.at), "nothing would read this");
        let at = if r.at.rule().is_some() { x.layer.cilium.as_ref().map_or(r.at, |c| c.at) } else { r.at };
        d = d.at(cx.span(at), "kube-proxy is not installed: two of them would lead services to different pods");
        cx.report(d.help("remove `proxy`"));
    }
    Some(Install {
        version: target.version,
        caps: target.caps,
        kubernetes: x.t.targets.cluster.kubernetes.clone()?,
        key_file: or(i.ssh_key_file.clone(), KeyFile("~/.ssh/id_ed25519".into()), DEFAULT_KEY),
        etcd: etcd(i.etcd.as_ref(), cx),
        proxy: replaced.is_none().then(|| or(i.proxy, ProxyMode::Iptables, DEFAULT_PROXY)),
        replaced,
        max_pods: or(i.max_pods.map(|n| n.map(|n| n.0)), 110, DEFAULT_MAX_PODS),
        renew: or(i.renew_certificates, true, DEFAULT_RENEW),
        certificate_names: i.certificate_names.clone(),
        registry: i.registry.as_ref().map(|r| registry(r, x)),
        kubesphere: i.kubesphere.as_ref().and_then(|k| kubesphere(k, i, x, cx)),
        at: i.at,
    })
}

fn etcd(e: Option<&EtcdFacts>, cx: &mut Cx<'_>) -> EtcdBackup {
    let every = e.and_then(|e| e.backup_every);
    if let Some(s) = every.filter(|s| !regular(s.v.0)) {
        cx.report(
            Diag::new(code::E0912, format!("a copy of etcd every {} is at no regular time", s.v))
                .at(cx.span(s.at), "neither a part of an hour nor a part of a day")
                .note("a timer names times of the day: 7h would run at 0, 7, 14 and 21 o'clock and then again at 0")
                .help("take 15m, 20m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h"),
        );
    }
    EtcdBackup {
        dir: or(e.and_then(|e| e.backup_dir.clone()), NodePath("/var/backups/kube_etcd".into()), DEFAULT_BACKUP_DIR),
        minutes: or(every.map(|s| s.map(|s| s.0 / 60)), 1440, DEFAULT_BACKUP),
        keep: or(e.and_then(|e| e.keep_backups).map(|n| n.map(|n| n.0)), 5, DEFAULT_BACKUPS),
    }
}

/// Whether a timer that starts anew each hour or each day comes at equal distances.
fn regular(seconds: u32) -> bool {
    let minutes = seconds / 60;
    seconds.is_multiple_of(60)
        && minutes > 0
        && (60u32.is_multiple_of(minutes) || minutes.is_multiple_of(60) && 1440u32.is_multiple_of(minutes))
}

fn registry(r: &RegistryFacts, x: &At<'_>) -> Registry {
    let login = r.login.as_ref().and_then(|l| {
        let secret = l.secret.as_ref()?;
        Some((l.user.clone()?, Sp::new(x.index.secret(&secret.v.0), secret.at)))
    });
    Registry {
        private: r.private.clone(),
        mirrors: r.mirror.clone(),
        login: login.filter(|(_, s)| s.v.is_known()),
        insecure: or(r.insecure, false, DEFAULT_NO),
        at: r.at,
    }
}

/// Who logs people in at KubeSphere's page, where the platform's pages say so.
fn by_page(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Identity> {
    let ui = x.layer.ui.as_ref()?;
    let PageClient { server, chosen, page, client, secret } = x.t.oidc(ui, PageOf::Kubesphere)?;
    let issuer = Url(format!("https://{}/application/o/{}/", server.host.v, client.v).into());
    let scopes = ["openid", "profile", "email"].map(|s| Sp::new(Label(s.into()), DEFAULT_SCOPES.origin()));
    Some(Identity {
        name: cx.make(IdentityName(server.name.v.as_str().into()), BY_PAGE, &[chosen, server.name.at, page.of.at]),
        issuer: cx.make(issuer, BY_PAGE, &[chosen, server.host.at, client.at]),
        client: client.clone(),
        secret,
        scopes: scopes.into(),
        at: page.at,
    })
}

fn kubesphere(k: &KubesphereFacts, i: &InstallFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Kubesphere> {
    let target = x.t.targets.cluster.kubesphere.clone()?;
    if target.caps.v.dialect == KubesphereDialect::Chart && *target.version.v != *target.caps.v.checked {
        cx.report(
            Diag::new(code::E0502, format!("topoc does not know which chart KubeSphere {} is", target.version.v))
                .at(cx.span(target.version.at), "the chart counts its own versions")
                .at(cx.span(k.at), "installed here")
                .help(format!("kubesphere \"{}\"", target.caps.v.checked)),
        );
    }
    let page = x.layer.ui.as_ref().and_then(|u| u.page(PageOf::Kubesphere));
    if let (None, None, Some(first)) = (&k.address, page, k.identity.first()) {
        cx.report(
            Diag::new(code::E0206, "`address` of `kubesphere` is not stated")
                .at(cx.span(first.at), "this sends people back to it")
                .at(cx.span(i.at), "nothing in here says it")
                .help("address \"https://kubesphere.internal.example.net\""),
        );
    }
    let mut identities: Vec<Identity> = Vec::new();
    for p in &k.identity {
        let (Some(name), Some(issuer), Some(client), Some(secret)) = (&p.name, &p.issuer, &p.client, &p.secret) else {
            continue;
        };
        let id = x.index.secret(&secret.v.0);
        if !id.is_known() {
            continue;
        }
        let default = || ["openid", "profile", "email"].map(|s| Sp::new(Label(s.into()), DEFAULT_SCOPES.origin()));
        identities.push(Identity {
            name: name.clone(),
            issuer: issuer.clone(),
            client: client.clone(),
            secret: Sp::new(id, secret.at),
            scopes: if p.scopes.is_empty() { default().into() } else { p.scopes.clone() },
            at: p.at,
        });
    }
    identities.extend(by_page(x, cx));
    identities.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    for pair in identities.windows(2) {
        if pair[0].name.v == pair[1].name.v {
            cx.report(
                Diag::new(code::E0202, format!("identity provider `{}` is stated twice", pair[0].name.v))
                    .at(cx.span(pair[1].at), "again here")
                    .at(cx.span(pair[0].at), "first here")
                    .help("keep one of the two"),
            );
        }
    }
    let stated = k.address.as_ref().map(|a| a.as_ref().map(|a| Url(a.0.trim_end_matches('/').into())));
    let opened = page.map(|p| cx.make(Url(format!("https://{}", p.host.v).into()), PAGE_ADDRESS, &[p.host.at]));
    if let (Some(a), Some(b)) = (&stated, &opened)
        && a.v != b.v
    {
        cx.report(
            Diag::new(code::E1221, format!("KubeSphere sends people to {}, and its page is {}", a.v, b.v))
                .at(cx.span(a.at), "who logs in is sent back here")
                .at(cx.span(b.at), "this is where it is opened")
                .help("remove `address`: the page says it"),
        );
    }
    let address = stated.or(opened);
    let admin = k.admin.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at));
    Some(Kubesphere { version: target.version, caps: target.caps, address, admin, identities, at: k.at })
}
