//! Environments: an overlay holds what differs and nothing else, and what a cluster says for an environment it could say itself.

use std::collections::BTreeMap;

use super::{REFERENCE, clean, files, run};

/// What stands where the environment of the reference stood.
fn with(environment: &str) -> String {
    let from = REFERENCE.find("    environment \"staging\"").expect("the reference has an environment");
    let to = from + REFERENCE[from..].find("\n    }\n").expect("which ends") + "\n    }\n".len();
    format!("{}{environment}{}", &REFERENCE[..from], &REFERENCE[to..])
}

fn overlay<'a>(all: &BTreeMap<&'a str, &'a str>) -> BTreeMap<&'a str, &'a str> {
    all.iter().filter_map(|(p, t)| Some((p.strip_prefix("kubernetes/overlays/other/")?, *t))).collect()
}

#[test]
fn an_overlay_holds_only_what_differs() {
    let plain = clean(with(""), None);
    let one = clean(with("    environment \"other\" { network \"cilium\" { operator-replicas 1 } }\n"), None);
    let (plain, one) = (files(&plain), files(&one));
    // These name the environments.
    let named = |p: &str| {
        matches!(
            p,
            "MANIFEST"
                | "README.md"
                | "ci/check.sh"
                | "documents/upgrade.md"
                | "kubernetes/installer/install-argo-cd.sh"
        )
    };
    for (path, text) in plain.iter().filter(|(p, _)| !named(p)) {
        assert_eq!(one.get(path), Some(text), "{path}: an environment changes nothing of the cluster");
    }
    let overlay = overlay(&one);
    // What Argo CD is told of it names every folder, the same as for the cluster.
    let differs: Vec<&str> = overlay.keys().copied().filter(|p| !p.starts_with("applications/")).collect();
    // The alert on the operator counts its replicas.
    let alert = ["config/monitoring/kustomization.yaml", "config/monitoring/prometheusrule-cilium-patch.yaml"];
    assert_eq!(differs, ["cilium-values-patch.yaml", alert[0], alert[1], "kustomization.yaml"]);
    let said: serde_json::Value = serde_yaml::from_str(overlay["cilium-values-patch.yaml"]).unwrap();
    assert_eq!(said, serde_json::json!({ "operator": { "replicas": 1 } }));
}

#[test]
fn what_an_environment_says_again_is_refused() {
    let b = run(with("    environment \"other\" { storage \"ceph\" { managers 2 } }\n"), None);
    assert!(b.failed(), "a statement that changes nothing would be dropped");
    assert!(b.diags.iter().any(|d| d.code.info().id == "E0606"));
    assert!(b.tree.is_empty());
}

/// The patched documents are those that the cluster would have if it said the same itself.
#[test]
fn environments_are_merged() {
    let cases = [
        (
            "network \"cilium\" { operator-replicas 1 }",
            "encryption \"wireguard\"",
            "encryption \"wireguard\"\n        operator-replicas 1",
        ),
        (
            "network \"cilium\" { flows { metrics \"dns\" \"drop\" } }",
            "metrics \"dns\" \"drop\" \"tcp\" \"flow\" \"icmp\" \"policy\" \"port-distribution\"",
            "metrics \"dns\" \"drop\"",
        ),
        (
            "load-balancer \"metallb\" { pool \"services\" { range 200 249 } }",
            "vlan=\"k8s-internal\" { range 200 250 }",
            "vlan=\"k8s-internal\" { range 200 249 }",
        ),
        ("storage \"ceph\" { managers 1 }", "managers 2", "managers 1"),
        ("certificates { replicas 1 }", "    certificates {\n", "    certificates {\n        replicas 1\n"),
        (
            "monitoring { retention \"3d\"; storage prometheus=\"10GiB\" }",
            "retention \"30d\"\n        storage prometheus=\"100GiB\"",
            "retention \"3d\"\n        storage prometheus=\"10GiB\"",
        ),
        ("logging \"loki\" { volume size=\"5GiB\" }", "volume size=\"20GiB\"", "volume size=\"5GiB\""),
        ("backup \"velero\" { bucket \"staging\" }", "bucket \"pnats-prod\"", "bucket \"staging\""),
        ("health { names \"ghcr.io\" }", "names \"quay.io\" \"0.opnsense.pool.ntp.org\"", "names \"ghcr.io\""),
        ("gitops \"argo-cd\" { replicas 1 }", "gitops \"argo-cd\" {\n", "gitops \"argo-cd\" {\n        replicas 1\n"),
    ];
    for (environment, from, to) in cases {
        let text = with(&format!("    environment \"other\" {{ {environment} }}\n"));
        let patched = clean(text, None);
        let plain = with("");
        assert!(plain.contains(from), "{from}");
        let said = clean(plain.replacen(from, to, 1), None);
        let (patched, said) = (files(&patched), files(&said));
        let mut met = 0;
        for (path, patch) in overlay(&patched) {
            let Some(name) = path.strip_suffix("-patch.yaml") else { continue };
            let base = patched
                .keys()
                .find(|p| {
                    let inside =
                        p.strip_prefix("kubernetes/").and_then(|p| p.strip_suffix(".yaml")).unwrap_or_default();
                    let values = inside.strip_prefix("base/").map(|p| p.replace('/', "-"));
                    inside == name || values.as_deref() == Some(name)
                })
                .unwrap_or_else(|| panic!("{path} is a patch of nothing"));
            let mut doc: serde_json::Value = serde_yaml::from_str(patched[base]).unwrap();
            let patch: serde_json::Value = serde_yaml::from_str(patch).unwrap();
            apply(&mut doc, &patch);
            let own: serde_json::Value = serde_yaml::from_str(said[base]).unwrap();
            assert_eq!(doc, own, "{environment}: {path}");
            met += 1;
        }
        assert!(met > 0, "{environment} patches nothing");
    }
}

/// RFC 7396 section 2.
fn apply(doc: &mut serde_json::Value, patch: &serde_json::Value) {
    let Some(patch) = patch.as_object() else {
        *doc = patch.clone();
        return;
    };
    if !doc.is_object() {
        *doc = serde_json::json!({});
    }
    let doc = doc.as_object_mut().unwrap();
    for (key, value) in patch {
        if value.is_null() {
            doc.remove(key);
        } else {
            apply(doc.entry(key.clone()).or_insert(serde_json::Value::Null), value);
        }
    }
}
