//! Values of the chart kube-prometheus-stack: what runs, how much is kept, and how people log in to Grafana.

use super::*;
use crate::emit::dashboards::FOLDER;
use crate::emit::kube::set;
use crate::ir::MonitoringStorage;
use crate::render::List;
use crate::schema::{Name, ObjectName, PageOf};

/// The key of the client's secret in its Kubernetes Secret.
pub(super) const CLIENT_SECRET: &str = "client-secret";

/// All of them.
pub(super) fn stack(view: &View<'_>, m: &Monitoring) -> Map {
    let MonitoringStorage { prometheus, alertmanager, class } = &m.storage;
    let mut doc = Map::new();
    let spec = doc.sub("prometheus", VALUES).sub("prometheusSpec", VALUES);
    spec.put("replicas", m.replicas);
    let outside = |of: PageOf| view.layer.ui.as_ref()?.page(of).map(|p| (words!["https://", p.host, "/"], OUTSIDE));
    spec.put_some("externalUrl", outside(PageOf::Prometheus));
    spec.put("retention", (words![m.retention], KEPT_FOR));
    let most = prometheus.map(|mib| mib * 85 / 100);
    spec.put("retentionSize", (words![most, "MiB"], FULL));
    spec.put("storageSpec", (volume(prometheus, class), VOLUME));
    for word in [
        "ruleSelectorNilUsesHelmValues",
        "serviceMonitorSelectorNilUsesHelmValues",
        "podMonitorSelectorNilUsesHelmValues",
        "probeSelectorNilUsesHelmValues",
        "scrapeConfigSelectorNilUsesHelmValues",
    ] {
        spec.put(word, (false, EVERY));
    }
    doc.map("alertmanager", VALUES, |a| {
        a.map("alertmanagerSpec", VALUES, |s| {
            s.put("replicas", m.replicas);
            s.put_some("externalUrl", outside(PageOf::Alertmanager));
            s.put("storage", (volume(alertmanager, class), VOLUME));
            let mounted = mounted(view, m);
            if !mounted.items.is_empty() {
                s.put("secrets", (mounted, MOUNTED));
            }
        });
        a.put("config", (told::config(view, &m.told), TOLD));
    });
    doc.put("grafana", (grafana(view, m), GRAFANA));
    for word in ["kubeControllerManager", "kubeEtcd", "kubeScheduler"] {
        doc.map(word, NOT_SERVED, |k| k.put("enabled", (false, NOT_SERVED)));
    }
    let replaced = view.layer.cilium.as_ref().map(|c| c.replaces_kube_proxy).filter(|r| r.v);
    match replaced {
        Some(by) => set(&mut doc, &["kubeProxy"], "enabled", by.map(|_| false), NO_PROXY),
        None => set(&mut doc, &["kubeProxy"], "enabled", (false, NOT_SERVED), NOT_SERVED),
    }
    doc
}

/// A volume of that many MiB.
fn volume(size: &Sp<u64>, class: &Sp<ObjectName>) -> Map {
    let mut doc = Map::new();
    let spec = doc.sub("volumeClaimTemplate", VOLUME).sub("spec", VOLUME);
    spec.put("storageClassName", class);
    spec.list("accessModes", VOLUME, |l| l.push(("ReadWriteOnce", VOLUME)));
    set(spec, &["resources", "requests"], "storage", (words![size, "Mi"], VOLUME), VOLUME);
    doc
}

/// Secrets of receivers, each once.
fn mounted(view: &View<'_>, m: &Monitoring) -> List {
    let mut all: Vec<Composed> =
        m.told.receivers.iter().flat_map(told::secrets).map(|(s, _)| named(view, &s)).collect();
    all.sort_by(|a, b| a.text.cmp(&b.text));
    all.dedup_by(|a, b| a.text == b.text);
    let mut list = List::new();
    all.into_iter().for_each(|s| list.push((s, MOUNTED)));
    list
}

fn grafana(view: &View<'_>, m: &Monitoring) -> Map {
    let mut doc = Map::new();
    let Some(secret) = &m.grafana else {
        doc.put("enabled", (false, GRAFANA));
        return doc;
    };
    doc.map("admin", ACCOUNT, |a| {
        a.put("existingSecret", (named(view, secret), ACCOUNT));
        a.put("userKey", ("admin-user", ACCOUNT));
        a.put("passwordKey", ("admin-password", ACCOUNT));
    });
    doc.map("sidecar", GRAFANA, |s| {
        s.map("dashboards", GRAFANA, |d| {
            d.put("folderAnnotation", (FOLDER, GRAFANA));
            d.map("provider", GRAFANA, |p| p.put("foldersFromFilesStructure", (true, GRAFANA)));
        });
    });
    let page = view.layer.ui.as_ref().and_then(|ui| ui.page(PageOf::Grafana));
    if let Some(page) = page {
        doc.map("grafana.ini", PAGE, |ini| {
            ini.map("server", PAGE, |s| s.put("root_url", (words!["https://", page.host, "/"], PAGE)));
            if let Some(by) = oidc(view, m) {
                ini.put("auth.generic_oauth", (login(&by), LOGIN));
            }
        });
    }
    if let Some(PageClient { secret, .. }) = oidc(view, m) {
        set(
            &mut doc,
            &["envValueFrom", "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET", "secretKeyRef"],
            "name",
            (named(view, &secret), LOGIN),
            LOGIN,
        );
        let reference = ["envValueFrom", "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET", "secretKeyRef"];
        set(&mut doc, &reference, "key", (CLIENT_SECRET, LOGIN), LOGIN);
    }
    doc
}

/// How people log in by OpenID Connect.
fn login(by: &PageClient<'_>) -> Map {
    let PageClient { server, chosen, page, client, secret } = *by;
    let mut doc = Map::new();
    let at = |path: &'static str| (words!["https://", server.host, "/application/o/", path], LOGIN);
    doc.put(key("enabled", [secret.at, chosen]), (true, LOGIN));
    doc.put("name", &server.name);
    doc.put("client_id", client);
    doc.put("scopes", ("openid profile email", LOGIN));
    doc.put("auth_url", at("authorize/"));
    doc.put("token_url", at("token/"));
    doc.put("api_url", at("userinfo/"));
    let one = |group: &Sp<Name>| words!["contains(groups[*], '", group, "')"];
    let any = |groups: &[Sp<Name>]| groups.iter().map(one).reduce(|a, b| words![a, " || ", b]);
    let mut path = Composed::default();
    for (groups, role) in [(&page.admins, " && 'Admin'"), (&page.readers, " && 'Viewer'")] {
        if let Some(in_them) = any(groups) {
            let term = words!["(", in_them, ")", role];
            path = if path.text.is_empty() { term } else { words![path, " || ", term] };
        }
    }
    if !path.text.is_empty() {
        doc.put("role_attribute_path", (path, ROLES));
        doc.put("role_attribute_strict", (true, ROLES));
    }
    doc
}
