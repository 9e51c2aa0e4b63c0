//! What ties files of a cluster to each other: the network plugin has one owner, and every file that is listed is there.

use std::collections::BTreeMap;

use serde_json::Value;
use topoc::build::{Input, build};
use topoc::source::Source;

/// Topologies whose clusters are installed by both lines of KubeKey, and the reference.
const INSTALLED: &[&str] = &[
    include_str!("../topology/private-cloud.kdl"),
    include_str!("cases/tree-of-kubekey-3/topology.kdl"),
    include_str!("cases/tree-of-kubekey-4/topology.kdl"),
];

fn tree(text: &str) -> BTreeMap<String, String> {
    let b =
        build(Input { topology: Source::new("test.kdl", text), lock: None, today: "2026-01-01".into(), emit: true });
    assert!(!b.failed(), "{:?}", b.diags.iter().map(|d| &d.message).collect::<Vec<_>>());
    b.tree.into_iter().map(|(p, a)| (p, a.text.text)).collect()
}

fn yaml(tree: &BTreeMap<String, String>, path: &str) -> Value {
    serde_yaml::from_str(tree.get(path).unwrap_or_else(|| panic!("{path} is not there"))).unwrap()
}

/// The folder of the only cluster.
fn folder(tree: &BTreeMap<String, String>) -> String {
    let installers: Vec<&str> = tree.keys().filter_map(|p| p.strip_suffix("/installer/install.sh")).collect();
    assert_eq!(installers.len(), 1);
    installers[0].to_string()
}

/// Argo CD adopts a release when chart, version, name, namespace and values are those that are there: then it changes nothing.
#[test]
fn the_installer_puts_in_exactly_the_release_that_is_adopted() {
    for text in INSTALLED {
        let tree = tree(text);
        let folder = folder(&tree);
        let script = tree[&format!("{folder}/installer/install.sh")].replace("\\\n", " ");
        let line = script.lines().find(|l| l.contains("helm upgrade --install cilium")).expect("Cilium is put in");
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |flag: &str| words[words.iter().position(|w| *w == flag).unwrap() + 1];
        let chart = &yaml(&tree, &format!("{folder}/base/cilium/kustomization.yaml"))["helmCharts"][0];
        let install = words.iter().position(|w| *w == "--install").unwrap();
        assert_eq!(words[install + 1], chart["releaseName"]);
        assert_eq!(words[install + 2], chart["name"]);
        assert_eq!(after("--repo"), chart["repo"]);
        assert_eq!(after("--version"), chart["version"]);
        assert_eq!(after("--namespace"), chart["namespace"]);
        assert_eq!(after("--values"), "-");
        assert!(line.ends_with("<\"$here/../base/cilium/values.yaml\""), "{line}");
        assert_eq!(chart["valuesFile"], "values.yaml");
    }
}

/// KubeKey would put in a Cilium of its own, and a kube-proxy beside its replacement.
#[test]
fn kubekey_puts_in_no_network_plugin_and_no_kube_proxy() {
    for text in INSTALLED {
        let tree = tree(text);
        let folder = folder(&tree);
        let replaces = yaml(&tree, &format!("{folder}/base/cilium/values.yaml"))["kubeProxyReplacement"].clone();
        match tree.contains_key(&format!("{folder}/installer/cluster-config.yaml")) {
            true => {
                let spec = &yaml(&tree, &format!("{folder}/installer/cluster-config.yaml"))["spec"];
                assert_eq!(spec["network"]["plugin"], "none");
                assert_eq!(spec["kubernetes"]["disableKubeProxy"], replaces);
            }
            false => {
                let spec = &yaml(&tree, &format!("{folder}/installer/config.yaml"))["spec"];
                assert_eq!(spec["cni"]["type"], "other");
                let skipped = spec["kubernetes"]["skip_phases"]
                    .as_array()
                    .is_some_and(|p| p.contains(&"addon/kube-proxy".into()));
                assert_eq!(Value::Bool(skipped), replaces);
            }
        }
    }
}

#[test]
fn what_is_listed_is_there_and_what_is_there_is_listed() {
    for text in INSTALLED {
        let tree = tree(text);
        let root = folder(&tree);
        for path in tree.keys().filter(|p| p.ends_with("/kustomization.yaml")) {
            let here = path.trim_end_matches("kustomization.yaml");
            let doc = yaml(&tree, path);
            let strings = |key: &str| -> Vec<String> {
                let list = doc[key].as_array().cloned().unwrap_or_default();
                list.iter().map(|v| v.as_str().or(v["path"].as_str()).unwrap().to_string()).collect()
            };
            let mut listed: Vec<String> = strings("resources");
            listed.extend(strings("patches"));
            // A file that a ConfigMap carries, under a name of its own or another one.
            let carried = doc["configMapGenerator"].as_array().cloned().unwrap_or_default();
            let files = carried.iter().flat_map(|g| g["files"].as_array().unwrap());
            listed.extend(files.map(|f| f.as_str().unwrap().rsplit('=').next().unwrap().to_string()));
            for name in &listed {
                let there = match name.strip_prefix("../../") {
                    Some(folder) => tree.contains_key(&format!("{root}/{folder}/kustomization.yaml")),
                    None => name.starts_with("https://") || tree.contains_key(&format!("{here}{name}")),
                };
                assert!(there, "{path} lists {name}");
            }
            let beside = tree
                .keys()
                .filter_map(|p| p.strip_prefix(here))
                .filter(|p| !p.contains('/') && [".yaml", ".json"].iter().any(|e| p.ends_with(e)));
            for file in beside.filter(|f| *f != "kustomization.yaml" && !f.contains("values")) {
                assert!(listed.iter().any(|l| l == file), "{here}{file} is in no list");
            }
        }
    }
}
