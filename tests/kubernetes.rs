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
                let up = name.trim_start_matches("../");
                let folder = if up == name { here } else { &format!("{root}/") };
                let there = name.starts_with("https://")
                    || tree.contains_key(&format!("{folder}{up}/kustomization.yaml"))
                    || tree.contains_key(&format!("{here}{name}"));
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

/// The reference: Argo CD keeps it.
fn kept() -> String {
    assert!(INSTALLED[0].contains("gitops \"argo-cd\""));
    INSTALLED[0].to_string()
}

/// The Applications of a set: name, wave, project, document.
fn applications(tree: &BTreeMap<String, String>, folder: &str) -> Vec<(String, i64, Value)> {
    let all = tree.keys().filter(|p| p.starts_with(folder) && p.ends_with(".yaml"));
    let all = all.map(|p| yaml(tree, p)).filter(|d| d["kind"] == "Application" && d["metadata"]["name"] != "root");
    all.map(|d| {
        let wave = d["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"].as_str().unwrap().parse().unwrap();
        (d["metadata"]["name"].as_str().unwrap().to_string(), wave, d)
    })
    .collect()
}

/// The folder below the tree that an Application reads, and its values.
fn reads(app: &Value) -> Vec<String> {
    let spec = &app["spec"];
    let below = |v: &Value| v.as_str().unwrap().replace("$values/", "").strip_prefix("generated/").unwrap().to_string();
    match spec["sources"].as_array() {
        Some(all) => all[0]["helm"]["valueFiles"].as_array().unwrap().iter().map(below).collect(),
        None => vec![below(&spec["source"]["path"])],
    }
}

/// Nothing that nobody applies, nothing with two owners, nothing that is not there.
#[test]
fn each_chart_and_each_folder_is_in_one_application() {
    let tree = tree(&kept());
    for (set, overlay) in [
        ("kubernetes/applications/", None),
        ("kubernetes/overlays/staging/applications/", Some("kubernetes/overlays/staging/")),
    ] {
        let all = applications(&tree, set);
        let mut names: Vec<&str> = all.iter().map(|(n, _, _)| n.as_str()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "two Applications of one name");
        let mut seen: Vec<String> = Vec::new();
        for (name, _, app) in &all {
            for place in reads(app) {
                let there = tree.contains_key(&place) || tree.contains_key(&format!("{place}/kustomization.yaml"));
                assert!(there, "{name} reads {place}");
                // An environment's folder stands for the cluster's.
                let own = overlay.and_then(|o| place.strip_prefix(o)).map(|p| format!("kubernetes/{p}"));
                let patch = place.ends_with("-values-patch.yaml");
                if !patch {
                    seen.push(own.unwrap_or(place).trim_end_matches("/values.yaml").to_string());
                }
            }
        }
        seen.sort();
        let lists = tree.keys().filter_map(|p| p.strip_suffix("/kustomization.yaml"));
        let mut there: Vec<String> =
            lists.filter(|p| !p.starts_with("kubernetes/overlays/")).map(String::from).collect();
        if overlay.is_some() {
            // It is without ingress-nginx and without Velero.
            there.retain(|p| !p.ends_with("/ingress-nginx") && !p.ends_with("/velero"));
        }
        there.sort();
        assert_eq!(seen, there, "{set}");
    }
}

/// Helm's release, where Argo CD has one, is that of the chart's reference.
#[test]
fn applications_adopt_the_releases_that_are_there() {
    let tree = tree(&kept());
    let mut charts = 0;
    for (name, _, app) in applications(&tree, "kubernetes/applications/") {
        let Some(source) = app["spec"]["sources"].get(0) else { continue };
        let chart = &yaml(&tree, &format!("kubernetes/base/{name}/kustomization.yaml"))["helmCharts"][0];
        assert_eq!(source["repoURL"], chart["repo"]);
        assert_eq!(source["chart"], chart["name"]);
        assert_eq!(source["targetRevision"], chart["version"]);
        assert_eq!(source["helm"]["releaseName"], chart["releaseName"]);
        assert_eq!(app["spec"]["destination"]["namespace"], chart["namespace"]);
        charts += 1;
    }
    assert!(charts > 5);
    let script = tree["kubernetes/installer/install-argo-cd.sh"].replace("\\\n", " ");
    let chart = &yaml(&tree, "kubernetes/base/argo-cd/kustomization.yaml")["helmCharts"][0];
    let text = |k: &str| chart[k].as_str().unwrap().to_string();
    let line = format!(
        "helm upgrade --install {} {} --repo {} --version {} ",
        text("releaseName"),
        text("name"),
        text("repo"),
        text("version")
    );
    assert!(script.contains(&line), "{line}");
}

/// What something needs comes before it.
#[test]
fn waves_are_in_the_order_that_works() {
    let tree = tree(&kept());
    for set in ["kubernetes/applications/", "kubernetes/overlays/staging/applications/"] {
        let all = applications(&tree, set);
        let wave = |name: &str| all.iter().find(|(n, _, _)| n == name).unwrap_or_else(|| panic!("{set}: {name}")).1;
        let order = [
            ("config-gateway-api", "cilium"),
            ("cilium", "cert-manager"),
            ("cilium", "rook-ceph"),
            ("rook-ceph", "config-rook-ceph"),
            ("ceph-csi-drivers", "config-rook-ceph"),
            ("cert-manager", "config-cert-manager"),
            ("metallb", "config-metallb"),
            // What refuses everything comes after the network and what each namespace allows, and before all that may be
            // Degraded for reasons of others' and would keep it off: gateways, CronJobs, whatever needs a certificate.
            ("cilium", "config-network-policies-namespaces-shop"),
            ("config-network-policies-namespaces-shop", "config-network-policies-clusterwide"),
            ("config-network-policies-clusterwide", "cert-manager"),
            ("config-network-policies-clusterwide", "config-gateway"),
            ("config-network-policies-clusterwide", "config-pages"),
            ("config-network-policies-clusterwide", "config-health"),
            ("config-network-policies-clusterwide", "argo-cd"),
        ];
        for (first, second) in order {
            assert!(wave(first) < wave(second), "{set}: {first} before {second}");
        }
        // A namespace of the users' own has no object in the tree, and one of the platform's has a later one.
        for (name, _, app) in all.iter().filter(|(n, _, _)| n.starts_with("config-network-policies-namespaces-")) {
            let options = app["spec"]["syncPolicy"]["syncOptions"].as_array().cloned().unwrap_or_default();
            assert!(options.contains(&"CreateNamespace=true".into()), "{set}: {name}");
        }
        // Storage and definitions are never deleted because a file is gone.
        for name in
            ["cilium", "rook-ceph", "config-rook-ceph", "cert-manager", "metallb", "config-gateway-api", "argo-cd"]
        {
            let app = &all.iter().find(|(n, _, _)| n == name).unwrap().2;
            assert_eq!(app["spec"]["syncPolicy"]["automated"]["prune"], false, "{name}");
        }
    }
    let deny = yaml(&tree, "kubernetes/config/network-policies/clusterwide/policy-default-deny.yaml");
    assert_eq!(deny["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"], "1");
}

/// Nobody waits for what a policy or a firewall refuses, and nobody makes what is there already.
#[test]
fn charts_fit_what_is_around_them() {
    let tree = tree(&kept());
    let read = |path: &str| yaml(&tree, &format!("kubernetes/{path}"));
    let ports = |policy: &Value| -> Vec<String> {
        let egress = policy["spec"]["egress"].as_array().cloned().unwrap_or_default();
        let list = |e: &Value| e["toPorts"].as_array().cloned().unwrap_or_default();
        let ports = egress.iter().flat_map(list).flat_map(|p| p["ports"].as_array().cloned().unwrap_or_default());
        ports.map(|p| p["port"].as_str().unwrap().to_string()).collect()
    };
    // It asks the cluster's name servers, so it may ask no others.
    assert_eq!(read("base/cert-manager/values.yaml")["dns01RecursiveNameserversOnly"], true);
    let policy = read("config/network-policies/clusterwide/policy-platform-cert-manager.yaml");
    assert!(!ports(&policy).contains(&"53".to_string()));
    // Not the console: who logs in is asked for by the server behind it.
    let asks =
        tree.iter().filter(|(p, _)| p.contains("/namespaces/kubesphere-system/policy-")).map(|(p, _)| yaml(&tree, p));
    let subjects: Vec<Value> = asks.map(|d| d["spec"]["endpointSelector"]["matchLabels"]["k8s:app"].clone()).collect();
    assert_eq!(subjects, ["ks-apiserver"]);
    // The Service of this name is an object of the tree.
    assert_eq!(read("base/alloy-syslog/values.yaml")["service"]["enabled"], false);
    assert_eq!(read("base/argo-cd/values.yaml")["global"]["networkPolicy"]["create"], false);
}

/// The commands of the README behind its headings for clusters, up to the next heading.
fn commands(readme: &str) -> Vec<&str> {
    let of_clusters = readme.split("\n### Cluster ").skip(1).filter_map(|part| part.split("\n### ").next());
    of_clusters
        .flat_map(|part| part.lines())
        .filter(|l| ["kubectl ", "helm ", "sh "].iter().any(|c| l.starts_with(c)))
        // What only looks makes nothing.
        .filter(|l| !l.starts_with("kubectl get "))
        .collect()
}

/// What is in a namespace that no command before it made; empty where all is well.
fn homeless(tree: &BTreeMap<String, String>, folder: &str, commands: &[&str]) -> Vec<String> {
    let mut there: Vec<String> = ["default", "kube-node-lease", "kube-public", "kube-system"].map(String::from).into();
    let script = &tree[&format!("{folder}/installer/install.sh")];
    if script.contains("--namespace kubesphere-system --create-namespace") {
        there.push("kubesphere-system".into());
    }
    let mut wrong = Vec::new();
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let after = |flag: &str| words.iter().position(|w| *w == flag).map(|i| words[i + 1].to_string());
        let files: Vec<String> = match (words[0], after("-k")) {
            ("helm", _) => {
                there.extend(after("--namespace").filter(|_| words.contains(&"--create-namespace")));
                continue;
            }
            ("kubectl", Some(place)) => {
                let inside = format!("{folder}/{place}/");
                tree.keys()
                    .filter(|p| p.strip_prefix(&inside).is_some_and(|f| f.ends_with(".yaml") && !f.contains('/')))
                    .cloned()
                    .collect()
            }
            ("kubectl", None) if words[1] == "create" => {
                there.extend(after("namespace"));
                continue;
            }
            ("kubectl", None) => vec![format!("{folder}/{}", after("-f").unwrap())],
            _ => continue,
        };
        let objects: Vec<Value> = files.iter().map(|f| yaml(tree, f)).collect();
        let own = objects.iter().filter(|o| o["kind"] == "Namespace").map(|o| o["metadata"]["name"].as_str().unwrap());
        there.extend(own.map(String::from));
        for o in &objects {
            if let Some(n) = o["metadata"]["namespace"].as_str().filter(|n| !there.iter().any(|t| t == n)) {
                wrong.push(format!("{command}: {} {} in {n}", o["kind"], o["metadata"]["name"]));
            }
        }
    }
    wrong
}

/// The API server refuses an object whose namespace is not there.
#[test]
fn a_person_makes_each_namespace_before_what_is_in_it() {
    for text in INSTALLED {
        let tree = tree(text);
        let folder = folder(&tree);
        let all = commands(&tree["README.md"]);
        assert_eq!(homeless(&tree, &folder, &all), Vec::<String>::new());
    }
    // A README that makes none of them is refused.
    let tree = tree(INSTALLED[0]);
    let all = commands(&tree["README.md"]);
    let applied = all.iter().copied().filter(|c| c.contains(" -k ")).collect::<Vec<_>>();
    assert!(all.len() > 20 && !homeless(&tree, &folder(&tree), &applied).is_empty());
}

/// A project lets its Applications read what they read, be where they are and make what they make.
#[test]
fn projects_allow_what_their_applications_are() {
    let tree = tree(&kept());
    for set in ["kubernetes/applications/", "kubernetes/overlays/staging/applications/"] {
        for (name, _, app) in applications(&tree, set) {
            let spec = &app["spec"];
            let stack = spec["project"].as_str().unwrap();
            let project = &yaml(&tree, &format!("{set}{stack}/project.yaml"))["spec"];
            let sources = spec["sources"].as_array().cloned().unwrap_or_else(|| vec![spec["source"].clone()]);
            for s in &sources {
                assert!(project["sourceRepos"].as_array().unwrap().contains(&s["repoURL"]), "{name}");
            }
            assert!(project["destinations"].as_array().unwrap().contains(&spec["destination"]), "{name}");
            if spec["sources"].is_array() {
                continue;
            }
            let place = &reads(&app)[0];
            let here = tree.keys().filter(|p| p.rsplit_once('/').is_some_and(|(f, _)| f == place));
            let (lists, objects): (Vec<&String>, Vec<&String>) =
                here.filter(|p| p.ends_with(".yaml")).partition(|p| p.ends_with("/kustomization.yaml"));
            let generated = lists.iter().flat_map(|list| {
                let carriers = yaml(&tree, list)["configMapGenerator"].as_array().cloned().unwrap_or_default();
                carriers.into_iter().map(|c| {
                    serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "namespace": c["namespace"] } })
                })
            });
            for object in objects.iter().map(|file| yaml(&tree, file)).chain(generated) {
                let what = format!("{set}{stack}: {place}: {}", object["kind"]);
                let group = object["apiVersion"].as_str().unwrap().split_once('/').map_or("", |(g, _)| g);
                let list = if object["metadata"]["namespace"].is_null() { "cluster" } else { "namespace" };
                let kind = serde_json::json!({ "group": group, "kind": object["kind"] });
                let allowed = project[format!("{list}ResourceWhitelist")].as_array().unwrap();
                assert!(allowed.contains(&kind), "{what}");
                if let Some(n) = object["metadata"]["namespace"].as_str() {
                    let mut places = project["destinations"].as_array().unwrap().iter();
                    assert!(places.any(|d| d["namespace"] == n), "{what}");
                }
            }
        }
    }
}

/// The repository server may reach each place that a chart comes from, and the repository.
#[test]
fn argo_cd_reaches_every_repository() {
    let tree = tree(&kept().replacen("        except \"argocd\"\n", "", 1));
    let policy =
        yaml(&tree, "kubernetes/config/network-policies/clusterwide/policy-platform-argo-cd-repositories.yaml");
    let names: Vec<&str> = policy["spec"]["egress"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|e| e["toFQDNs"].as_array().into_iter().flatten())
        .filter_map(|n| n["matchName"].as_str())
        .collect();
    for (name, _, app) in applications(&tree, "kubernetes/applications/") {
        let sources = app["spec"]["sources"].as_array().cloned().unwrap_or_else(|| vec![app["spec"]["source"].clone()]);
        for s in sources {
            let host = s["repoURL"].as_str().unwrap().split('/').nth(2).unwrap();
            assert!(names.contains(&host), "{name}: {host}");
        }
    }
}

/// What nobody put in its place would be applied by nobody.
#[test]
fn every_folder_has_its_place() {
    let cases = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")).unwrap();
    let mut seen = 0;
    for case in cases {
        let text = std::fs::read_to_string(case.unwrap().path().join("topology.kdl")).unwrap_or_default();
        if !text.contains("emits: ") {
            continue;
        }
        let b = build(Input {
            topology: Source::new("test.kdl", text),
            lock: None,
            today: "2026-01-01".into(),
            emit: true,
        });
        for path in b.tree.keys().filter_map(|p| p.strip_suffix("/kustomization.yaml")) {
            let inside = path.split_once('/').map_or("", |(_, inside)| inside);
            if inside.starts_with("base/") || inside.starts_with("config/") {
                assert!(topoc::consumer::delivered(inside).is_some(), "{inside} has no row in src/consumer/argo.rs");
                seen += 1;
            }
        }
    }
    assert!(seen > 50);
}

/// Whether a selector of PromQL, the text between its braces, takes a series with these labels.
fn takes(selector: &str, labels: &BTreeMap<String, String>) -> bool {
    let pattern = |p: &str, value: &str| {
        // What topoc writes: whole addresses with `[.]`, alternatives, and a port that may be there.
        let bare = p.trim_end_matches("(:.+)?").trim_start_matches('(').trim_end_matches(')').replace("[.]", ".");
        bare.split('|').any(|a| value == a || value.strip_prefix(a).is_some_and(|rest| rest.starts_with(':')))
    };
    selector.split(", ").all(|part| {
        let at = part.find(['=', '!']).expect("a matcher");
        let (label, rest) = part.split_at(at);
        let (op, value) = rest.split_once('"').expect("a text");
        let value = value.trim_end_matches('"');
        let own = labels.get(label).map_or("", String::as_str);
        match op {
            "=" => own == value,
            "!=" => own != value,
            "=~" => pattern(value, own),
            "!~" => !pattern(value, own),
            op => panic!("{op}"),
        }
    })
}

/// What is looked at and nobody is told of is looked at in vain.
#[test]
fn every_probe_is_read_by_an_alert() {
    const WATCHED: &[&str] = &[
        include_str!("../topology/private-cloud.kdl"),
        include_str!("cases/alerts-of-everything/topology.kdl"),
        include_str!("cases/what-stops-is-told/topology.kdl"),
    ];
    for text in WATCHED {
        let tree = tree(text);
        let of = |part: &str| -> Vec<Value> {
            let paths = tree.keys().filter(|p| p.contains("/config/monitoring/") && p.contains(part));
            paths.filter(|p| !p.contains("/overlays/")).map(|p| yaml(&tree, p)).collect()
        };
        let rules: Vec<String> = of("/prometheusrule-").iter().map(ToString::to_string).collect();
        let all = rules.join("\n").replace("\\\"", "\"");
        let selectors: Vec<&str> =
            all.split("probe_success{").skip(1).map(|rest| &rest[..rest.find('}').unwrap()]).collect();
        let probes = of("/probe-");
        assert!(!probes.is_empty() && !selectors.is_empty());
        for p in probes {
            let fixed = &p["spec"]["targets"]["staticConfig"];
            let text = |v: &Value| v.as_str().unwrap().to_string();
            let mut labels: BTreeMap<String, String> =
                fixed["labels"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), text(v))).collect();
            labels.insert("job".into(), text(&p["spec"]["jobName"]));
            labels.insert("instance".into(), text(&fixed["static"][0]));
            assert!(selectors.iter().any(|s| takes(s, &labels)), "no alert reads {labels:?}");
        }
    }
}
