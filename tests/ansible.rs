//! The Ansible directory and README.md of unlike clouds: what is delivered is what was made, and every name that is used exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use topoc::source::Source;

const DIRECTORY: &str = "terraform_ansible/ansible/";

/// One hypervisor, one machine whose name is a word of ours, and nothing else.
const ONE_HOST: &str = r#"
topology "one-host" { topoc ">=0.1" }
versions { proxmox "9.1"; terraform "1.9"; terraform-provider "telmate/proxmox" "3.0" }
upstream "isp" { router "lan" address="10.1.0.1" }
vlan "lan" id=10 subnet="10.1.0.0/24" routed-by="isp" internet=#true
proxmox "home" {
    bridges "vlan-aware"
    trunk "eno1"
    management "lan"
    apply "manual"
    datastore "local" shared=#false
    host "all-in-one" host=2
}
login "debian" { ssh-key "k" "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcP0yDqG2mJv3wTzXb1nR6hQ8sL4uEoVfAi9tYkW5Zd ops" }
template "deb" { image "deb-12"; vm-id 9000; on "all-in-one"; os "debian-12"; login "debian"; agent }
vm "services" on="all-in-one" host=9 { template "deb"; cores 1; memory "1GiB"; disk "root" size="16GiB"; nic "lan" default-route=#true }
"#;

/// Two clusters on three hypervisors, with names that would collide in one space of names.
const TWO_CLUSTERS: &str = r#"
topology "twins" { topoc ">=0.1"; domain "twins.internal" }
versions { proxmox "9.0"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111" }
upstream "up" { router "mgmt" address="10.1.0.1" }
vlan "mgmt" id=10 subnet="10.1.0.0/24" routed-by="up" internet=#true
vlan "nodes" id=11 subnet="10.1.1.0/24" routed-by="nobody"
proxmox "hosts" {
    bridges "per-vlan"
    trunk "bond0"
    bond "bond0" { ports "eno1" "eno2"; mode "active-backup" }
    management "mgmt"
    datastore "ceph" shared=#true
    host "h-1" host=2
    host "h-2" host=3
    host "h-3" host=4
}
login "op" { ssh-key "k" "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcP0yDqG2mJv3wTzXb1nR6hQ8sL4uEoVfAi9tYkW5Zd ops" }
template "u" { image "u"; vm-id 9000; on "h-1"; os "ubuntu-22.04"; login "op"; agent }
secret "a" { from "sops" "secrets/a.yaml" }
secret "b" { from "env" "VRRP_B" }
cluster "prod" {
    pods "10.42.0.0/16" per-node=24
    services "10.43.0.0/16"
    node-network "nodes"
    api { name "api"; address "10.1.1.10"; port 6443; held-by "keepalived"; vrrp { id 51; secret "a" } }
    node-defaults { template "u"; nic "mgmt" default-route=#true; nic "nodes" }
    nodes "control-plane" {
        role "control-plane"; count 3; host 11; spread "h-1" "h-2" "h-3"; cores 4; memory "8GiB"; disk "root" size="50GiB"
        taint "node-role.kubernetes.io/control-plane" "yes" "NoSchedule"
    }
    nodes "nodes" {
        role "worker"; count 2; host 21; spread "h-1" "h-2"; cores 4; memory "8GiB"; disk "root" size="50GiB"
        disk "scratch" size="10GiB"; disk "osd" size="100GiB" for="ceph"
        label "example.net/rack" "yes"
    }
}
cluster "prod-2" {
    pods "10.44.0.0/16" per-node=24
    services "10.45.0.0/16"
    node-network "nodes"
    api { name "api2"; address "10.1.1.20"; port 6443; held-by "keepalived"; vrrp { id 52; secret "b"; preempt #false } }
    node-defaults { template "u"; nic "mgmt" default-route=#true; nic "nodes" }
    nodes "cp2" { role "control-plane"; count 3; host 31; spread "h-1" "h-2" "h-3"; cores 4; memory "8GiB"; disk "root" size="50GiB" }
}
"#;

type Tree = BTreeMap<String, String>;

fn tree(topology: &str) -> Tree {
    let build = topoc::build::build(topoc::build::Input {
        topology: Source::new("t.kdl", topology),
        lock: None,
        today: "2026-09-01".into(),
        emit: true,
    });
    let errors: Vec<_> = build.diags.iter().filter(|d| d.code.level() == topoc::diag::Level::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    build.tree.into_iter().map(|(path, artifact)| (path, artifact.text.text)).collect()
}

fn clouds() -> Vec<Tree> {
    vec![tree(include_str!("../topology/private-cloud.kdl")), tree(ONE_HOST), tree(TWO_CLUSTERS)]
}

fn yaml(tree: &Tree, path: &str) -> Value {
    let text = &tree[&[DIRECTORY, path].concat()];
    serde_yaml::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn keys(map: &Value) -> BTreeSet<String> {
    map.as_object().into_iter().flatten().map(|(k, _)| k.clone()).collect()
}

/// What `files/` holds, by machine.
fn made(tree: &Tree) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (machine, path) in
        tree.keys().filter_map(|p| p.strip_prefix(DIRECTORY)?.strip_prefix("files/")?.split_once('/'))
    {
        all.entry(machine.into()).or_default().insert(path.into());
    }
    all
}

/// Playbooks beside the inventory, without the one that imports them.
fn playbooks(tree: &Tree) -> BTreeSet<&str> {
    let names = tree.keys().filter_map(|p| p.strip_prefix(DIRECTORY));
    names.filter(|n| n.ends_with(".yml") && !n.contains('/') && !matches!(*n, "site.yml" | "inventory.yml")).collect()
}

#[test]
fn every_machine_gets_exactly_the_files_that_were_made_for_it() {
    for tree in clouds() {
        let inventory = yaml(&tree, "inventory.yml");
        let listed: BTreeMap<String, BTreeSet<String>> = inventory["all"]["hosts"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, vars)| {
                let files = vars["topoc_files"].as_array().unwrap();
                (name.clone(), files.iter().map(|f| f.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>())
            })
            .filter(|(_, files)| !files.is_empty())
            .collect();
        assert_eq!(listed, made(&tree));
    }
}

#[test]
fn every_file_is_delivered_by_a_role_to_the_path_that_it_stands_for() {
    for tree in clouds() {
        let used: BTreeSet<String> = playbooks(&tree)
            .into_iter()
            .flat_map(|p| yaml(&tree, p).as_array().unwrap().clone())
            .flat_map(|play| play["roles"].as_array().unwrap().clone())
            .map(|role| role.as_str().unwrap().to_owned())
            .collect();
        let tasks: Vec<Value> = tree
            .keys()
            .filter_map(|p| p.strip_prefix(DIRECTORY))
            .filter(|p| p.contains("/tasks/") && used.iter().any(|r| p.starts_with(&format!("roles/{r}/"))))
            .flat_map(|p| yaml(&tree, p).as_array().unwrap().clone())
            .collect();
        for path in made(&tree).into_values().flatten() {
            let source = format!("{{{{ playbook_dir }}}}/files/{{{{ inventory_hostname }}}}/{path}");
            let to: Vec<&Value> =
                tasks.iter().map(|t| &t["ansible.builtin.copy"]).filter(|c| c["src"] == *source).collect();
            let dest = format!("/{path}");
            assert!(to.iter().any(|c| c["dest"] == *dest), "{path} is delivered nowhere: {to:?}");
            assert!(to.iter().all(|c| c["mode"].is_string()), "{path} has no mode");
        }
    }
}

#[test]
fn programs_are_delivered_as_programs() {
    for topology in [include_str!("../topology/private-cloud.kdl"), TWO_CLUSTERS] {
        let tree = tree(topology);
        let text = &tree[&[DIRECTORY, "roles/keepalived/tasks/main.yml"].concat()];
        let tasks: Vec<Value> = serde_yaml::from_str(text).unwrap();
        for path in made(&tree).into_values().flatten().filter(|p| p.ends_with(".sh")) {
            let task = tasks.iter().find(|t| t["ansible.builtin.copy"]["dest"] == *format!("/{path}")).unwrap();
            assert_eq!(task["ansible.builtin.copy"]["mode"], "0755", "{path}");
        }
    }
}

#[test]
fn groups_are_names_of_their_own_and_every_group_that_is_used_exists() {
    for tree in clouds() {
        let all = &yaml(&tree, "inventory.yml")["all"];
        let (hosts, groups) = (keys(&all["hosts"]), keys(&all["children"]));
        assert_eq!(hosts.intersection(&groups).count(), 0, "{hosts:?} {groups:?}");
        for (name, group) in all["children"].as_object().unwrap() {
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            assert!(keys(&group["children"]).is_subset(&groups), "{name}: {group}");
            assert!(keys(&group["hosts"]).is_subset(&hosts), "{name}: {group}");
        }
        for play in playbooks(&tree).into_iter().flat_map(|p| yaml(&tree, p).as_array().unwrap().clone()) {
            for part in play["hosts"].as_str().unwrap().split(':') {
                assert!(groups.contains(part.trim_start_matches(['!', '&'])), "{play}");
            }
        }
    }
}

#[test]
fn groups_say_who_does_what() {
    let two = tree(TWO_CLUSTERS);
    let groups = &yaml(&two, "inventory.yml")["all"]["children"];
    assert_eq!(keys(&groups["nodes_control_plane"]["hosts"]).len(), 3);
    assert_eq!(keys(&groups["control_plane_prod"]["children"]), keys(&serde_json::json!({ "nodes_control_plane": 0 })));
    assert_eq!(keys(&groups["keepalived_nodes"]["hosts"]).len(), 6);
    assert_eq!(
        groups["nodes_control_plane"]["vars"]["node_taints"][0],
        "node-role.kubernetes.io/control-plane=yes:NoSchedule"
    );
    // A label's value is a text for Kubernetes, whatever YAML would make of the word.
    assert_eq!(groups["nodes_nodes"]["vars"]["node_labels"]["example.net/rack"], "yes");
    // The third disk is the second after the system disk.
    let worker = &yaml(&two, "inventory.yml")["all"]["hosts"]["nodes-1"];
    assert_eq!(worker["node_ceph_disks"], serde_json::json!(["/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi2"]));
}

#[test]
fn a_secret_is_a_place_and_never_a_value() {
    let two = tree(TWO_CLUSTERS);
    let groups = &yaml(&two, "inventory.yml")["all"]["children"];
    let place = |group: &str| groups[group]["vars"]["keepalived_secret"].clone();
    // Without a key the name of the secret is the key.
    assert_eq!(
        place("control_plane_prod"),
        serde_json::json!({ "store": "sops", "path": "secrets/a.yaml", "key": "a" })
    );
    assert_eq!(place("control_plane_prod_2"), serde_json::json!({ "store": "env", "path": "VRRP_B" }));
    assert!(
        two["README.md"]
            .contains("| a | sops | secrets/a.yaml | a | keepalived.yml, for the control-plane nodes of prod |")
    );
}

#[test]
fn machines_are_reached_through_the_bastion_and_hypervisors_are_not() {
    let tree = tree(include_str!("../topology/private-cloud.kdl"));
    let hosts = &yaml(&tree, "inventory.yml")["all"]["hosts"];
    let address = hosts["bastion"]["ansible_host"].as_str().unwrap();
    for (name, vars) in hosts.as_object().unwrap() {
        let arguments = vars["ansible_ssh_common_args"].as_str();
        if name == "bastion" || name.starts_with("pve-") {
            assert_eq!(arguments, None, "{name}");
        } else {
            assert_eq!(arguments, Some(&*format!("-o ProxyJump=ubuntu@{address}")), "{name}");
        }
    }
}

#[test]
fn playbooks_are_there_when_somebody_is_in_them_and_the_site_imports_all() {
    let expected = [
        &["authentik.yml", "keepalived.yml", "machines.yml", "nodes.yml", "proxmox-backup.yml", "proxmox-network.yml"]
            [..],
        &["machines.yml", "proxmox-network.yml"],
        &["keepalived.yml", "machines.yml", "nodes.yml", "proxmox-network.yml"],
    ];
    for (tree, expected) in clouds().into_iter().zip(expected) {
        assert_eq!(playbooks(&tree), expected.iter().copied().collect());
        let site = yaml(&tree, "site.yml");
        let imported: BTreeSet<&str> =
            site.as_array().unwrap().iter().map(|i| i["ansible.builtin.import_playbook"].as_str().unwrap()).collect();
        assert_eq!(imported, playbooks(&tree));
        for role in ["keepalived", "node_preparation"] {
            let there = tree.keys().any(|p| p.contains(&format!("/roles/{role}/")));
            assert_eq!(there, expected.contains(&"keepalived.yml"), "{role}");
        }
    }
}

#[test]
fn the_readme_names_every_emitter_that_wrote_something_and_every_command_that_can_be_run() {
    // What only the files of each emitter have in their paths.
    let marks: &[(&str, &[&str])] = &[
        ("terraform", &[".tf.json"]),
        ("interfaces", &["/etc/network/interfaces"]),
        ("netplan", &["/etc/netplan/"]),
        ("clients", &["/etc/systemd/timesyncd.conf.d/", "/etc/chrony/", "/etc/resolv.conf"]),
        ("keepalived", &["/etc/keepalived/"]),
        ("authentik", &["/opt/authentik/"]),
        ("copies", &["opnsense/scripts/", "/backup.yml"]),
        ("ansible", &["ansible/inventory.yml"]),
        ("vyos", &["terraform_ansible/vyos/"]),
        ("opnsense", &["/restore.xml"]),
        ("kubekey", &["/installer/install.sh"]),
        ("cilium", &["/base/cilium/values.yaml"]),
        ("cilium-lb", &["/config/cilium-lb/"]),
        ("metallb", &["/base/metallb/values.yaml"]),
        ("cert-manager", &["/base/cert-manager/values.yaml"]),
        ("ingress-nginx", &["/base/ingress-nginx/values.yaml"]),
        ("gateway", &["/config/gateway/"]),
        ("ui", &["/config/pages/"]),
        ("health", &["/config/health/"]),
        ("velero", &["/base/velero/values.yaml"]),
        ("rook", &["/config/rook-ceph/"]),
        ("logging", &["/config/logging/"]),
        ("tracing", &["/base/tempo/values.yaml"]),
        ("nested", &["/config/nested/"]),
        ("network-policies", &["/config/network-policies/"]),
        ("argo-cd", &["/base/argo-cd/values.yaml"]),
        ("alerts", &["/config/monitoring/prometheusrule-"]),
        ("monitoring", &["/base/kube-prometheus-stack/values.yaml"]),
        ("dashboards", &["/config/dashboards/"]),
        ("kustomize", &["/base/cilium/kustomization.yaml"]),
        ("applications", &["/applications/root.yaml"]),
        ("ci", &["ci/check.sh"]),
        ("addresses", &["documents/address-plan.md"]),
        ("vlans", &["documents/vlans.md"]),
        ("diagrams", &["documents/network.md"]),
        ("expectations", &["documents/expectations.md"]),
        ("matrix", &["documents/firewall-matrix.md"]),
        ("handoff", &["network-team/handoff.md"]),
        ("runbooks", &["documents/restore.md"]),
        ("readme", &["README.md"]),
    ];
    assert!(topoc::emit::EMITTERS.iter().map(|e| e.meta.name).eq(marks.iter().map(|m| m.0)));
    for tree in clouds() {
        let readme = &tree["README.md"];
        for (name, marks) in marks {
            let wrote = tree.keys().any(|p| marks.iter().any(|m| p.contains(m)));
            let rows = readme.lines().filter(|l| l.split(" | ").nth(1) == Some(name));
            assert_eq!(rows.count(), usize::from(wrote), "{name}");
        }
        for playbook in
            ["proxmox-network.yml", "machines.yml", "nodes.yml", "keepalived.yml", "authentik.yml", "site.yml"]
        {
            let there = tree.contains_key(&[DIRECTORY, playbook].concat());
            let ends = format!(" {playbook}");
            let run = readme.lines().any(|l| l.starts_with("ansible-playbook ") && l.ends_with(&ends));
            assert_eq!(run, there, "{playbook}");
        }
        // Without its password Ansible reads no vault, and it asks for none by itself.
        let mut here = tree.iter().filter(|(p, _)| p.starts_with(DIRECTORY) && !p.contains("/roles/"));
        let vault = here.any(|(_, text)| text.contains("store: ansible-vault"));
        assert_eq!(readme.contains("ansible-playbook --ask-vault-pass site.yml\n"), vault);
    }
}
