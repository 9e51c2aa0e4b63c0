//! The Ansible directory: who is reached how, and roles that deliver the machines' own files; decides no content of those files.

mod inventory;

pub(super) use inventory::{group, log_in, reach};

use std::collections::BTreeMap;

use super::{Artifact, FILES_DIR, Format, Meta, Out, Site};
use crate::ir::Sealed;
use crate::render::Text;
use crate::schema::Name;
use crate::source::Rule;

/// What is known of this emitter. It stands behind the emitters of machine files in the list: it lists what they printed.
pub static META: Meta = Meta {
    name: "ansible",
    writes: "terraform_ansible/ansible/ without files/",
    what: "The inventory, and playbooks and roles that deliver the files of hosts and machines.",
    reader: "ansible-core 2.15 and newer",
    apply: "It applies the files of the other steps: hosts before Terraform, machines after it.",
    step: 1,
    rfc: "2.2.2, 3.2, 4.2, 4.4",
    systems: &[("Ansible", "terraform_ansible/ansible/site.yml", "`proxmox`, `login`")],
    rules: RULES,
    block: RULE_BLOCK,
};

crate::rules! { 14;
    PROJECT = "Ansible is run in its own directory and finds inventory and roles there." @ "ansible-core 2.19, configuration settings: ansible.cfg in the working directory";
    ORDER = "Hosts have their bridges before machines are made; the address of the API answers before Kubernetes is installed." @ "RFC 2.2.2, 4.3, 4.4";
    PROXMOX_NETWORK = "Interfaces are reloaded, never restarted: a check before, one host at a time, and a timer that brings the old file back." @ "Proxmox VE admin guide 3.4, Apply Network Changes; ifreload(8)";
    NETPLAN = "Netplan reads the file before the machine gets it; other Netplan files go, because Netplan merges all of them." @ "netplan reference: hierarchical configuration; netplan-generate(8)";
    TIME_AND_NAMES = "Each machine asks the servers that the topology names for time and names." @ "timesyncd.conf(5); chrony.conf(5), sourcedir; resolv.conf(5)";
    NODE_PREPARATION = "A node has what Kubernetes and KubeKey check before they install, and no container runtime of its own." @ "RFC 4.2; kubernetes.io, Container Runtimes; KubeKey 3.1 README, dependency requirements";
    KEEPALIVED = "The control-plane nodes get keepalived with the secret, and each file is tested before it counts." @ "RFC 4.4; keepalived(8), --config-test";
    INVENTORY = "Every host and machine is listed with the address that it is managed on." @ "ansible-core 2.19, How to build your inventory; RFC 4.2";
    GROUP = "A group is what a play or a person names; hyphens become underscores, and the prefix keeps groups apart from hosts." @ "ansible-core 2.19, valid group names (INVALID_GROUP_NAMES)";
    MANAGED_ON = "A machine is reached on the management VLAN of its hypervisors, else where its default route is." @ "RFC 4.2: the inventory uses the management addresses";
    ROOT = "Proxmox VE installs no other account, and no sudo." @ "Proxmox VE admin guide 2, Installing Proxmox VE";
    PYTHON = "Debian and Ubuntu have Python 3 here, and Ansible need not search for it." @ "ansible-core 2.19, Interpreter discovery";
    JUMP = "Machines are reached through the machine with the role bastion; hypervisors are not, because the bastion runs on them." @ "RFC 3.1; ssh(1), ProxyJump";
    FILES = "Exactly the files that were made for this machine are delivered to it." @ "RFC 4.2, 4.4";
    INTERFACES = "The names count once the MAC addresses behind them are the right ones." @ "systemd.link(5), Name=: interfaces that are up keep their name";
    CEPH_DISKS = "A disk for Ceph is looked at before Rook takes it: the SCSI number is its place in the list of disks." @ "Rook 1.20 prerequisites: raw devices without partitions or file systems; Proxmox VE: scsi[n]";
    MUST_ANSWER = "Who answered a host before its interfaces change must answer after." @ "Proxmox VE admin guide 5.2: nodes of a cluster reach each other";
    SECRET = "A secret is read at the moment of use from where the topology says it is kept." @ "RFC 4.4; ansible-core 2.19, include_vars and lookups";
    SECRETS_ROOT = "Paths of secrets start in the directory in which the generated tree stands." @ "topoc";
    AUTHENTIK = "Docker is the distribution's, secrets are files of their readers, and the blueprint is applied where its faults are seen." @ "RFC 3.2.1; Authentik 2026.8, ak apply_blueprint; Debian and Ubuntu, docker.io";
    NODE_LABELS = "Labels and taints belong to the group of nodes." @ "kubernetes.io, Labels and Selectors; Taints and Tolerations";
}

/// The directory of everything here.
const DIRECTORY: &str = "terraform_ansible/ansible/";

/// When a file of ours is there.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Need {
    /// There are hypervisors.
    Hosts,
    /// There are Linux machines.
    Machines,
    /// There are nodes.
    Nodes,
    /// Nodes hold the address of an API.
    Keepalived,
    /// A machine knows people.
    Identity,
    /// Jobs of Proxmox VE copy machines.
    Backups,
}

/// Files without a value in them: a role means the same on every machine, what differs is in the inventory.
struct Static {
    rule: Rule,
    needs: &'static [Need],
    /// Path in the directory, and text.
    files: &'static [(&'static str, &'static str)],
}

macro_rules! files {
    ($($path:literal)+) => { &[$(($path, include_str!(concat!("tree/", $path)))),+] };
}

const STATICS: &[Static] = &[
    Static { rule: ORDER, needs: &[Need::Hosts], files: files!("proxmox-network.yml") },
    Static { rule: ORDER, needs: &[Need::Machines], files: files!("machines.yml") },
    Static { rule: ORDER, needs: &[Need::Nodes], files: files!("nodes.yml") },
    Static { rule: ORDER, needs: &[Need::Keepalived], files: files!("keepalived.yml") },
    Static { rule: ORDER, needs: &[Need::Identity], files: files!("authentik.yml") },
    Static {
        rule: AUTHENTIK,
        needs: &[Need::Identity],
        files: files!(
            "roles/authentik/handlers/main.yml"
            "roles/authentik/tasks/administrator.yml"
            "roles/authentik/tasks/main.yml"
            "roles/authentik/tasks/secret.yml"
            "roles/authentik/vars/main.yml"
        ),
    },
    Static {
        rule: super::copies::PLAYBOOK,
        needs: &[Need::Backups],
        files: files!("proxmox-backup.yml" "roles/proxmox_backup/tasks/main.yml"),
    },
    Static {
        rule: PROXMOX_NETWORK,
        needs: &[Need::Hosts],
        files: files!(
            "roles/proxmox_network/defaults/main.yml"
            "roles/proxmox_network/tasks/main.yml"
            "roles/proxmox_network/tasks/manual.yml"
            "roles/proxmox_network/tasks/reload.yml"
        ),
    },
    Static {
        rule: NETPLAN,
        needs: &[Need::Machines],
        files: files!("roles/netplan/handlers/main.yml" "roles/netplan/tasks/main.yml"),
    },
    Static {
        rule: TIME_AND_NAMES,
        needs: &[Need::Hosts, Need::Machines],
        files: files!("roles/time_and_names/handlers/main.yml" "roles/time_and_names/tasks/main.yml"),
    },
    Static {
        rule: NODE_PREPARATION,
        needs: &[Need::Nodes],
        files: files!(
            "roles/node_preparation/files/kernel-modules.conf"
            "roles/node_preparation/files/networkd.conf"
            "roles/node_preparation/files/no-reboot.conf"
            "roles/node_preparation/files/sysctl.conf"
            "roles/node_preparation/handlers/main.yml"
            "roles/node_preparation/tasks/main.yml"
        ),
    },
    Static {
        rule: KEEPALIVED,
        needs: &[Need::Keepalived],
        files: files!(
            "roles/keepalived/handlers/main.yml"
            "roles/keepalived/tasks/main.yml"
            "roles/keepalived/vars/main.yml"
        ),
    },
];

/// The playbooks in the order in which they are run, with the words of their plays.
const SITE: &[(Need, [&str; 2])] = &[
    (
        Need::Hosts,
        ["- name: Interfaces of the Proxmox hosts", "  ansible.builtin.import_playbook: proxmox-network.yml"],
    ),
    (Need::Machines, ["- name: Network and time of the machines", "  ansible.builtin.import_playbook: machines.yml"]),
    (Need::Identity, ["- name: Who knows people", "  ansible.builtin.import_playbook: authentik.yml"]),
    (Need::Nodes, ["- name: Nodes of Kubernetes", "  ansible.builtin.import_playbook: nodes.yml"]),
    (Need::Keepalived, ["- name: Address of the API", "  ansible.builtin.import_playbook: keepalived.yml"]),
    (Need::Backups, ["- name: Copies of the machines", "  ansible.builtin.import_playbook: proxmox-backup.yml"]),
];

/// Spells the directory: what the machines get is read from the artifacts that were printed before.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let needs = |need: Need| match need {
        Need::Hosts => !sealed.hosts.is_empty(),
        Need::Machines => sealed.machines.iter().any(|m| inventory::linux(sealed, m)),
        Need::Nodes => sealed.clusters.iter().any(|c| c.groups.iter().any(|g| !g.nodes.is_empty())),
        Need::Identity => sealed.identities.iter().any(|i| i.run.is_some()),
        Need::Backups => !sealed.backups.is_empty(),
        Need::Keepalived => sealed.clusters.iter().any(|c| c.api.vrrp.is_some()),
    };
    let workstation = || Site::Workstation;
    out.text(workstation(), path("ansible.cfg"), literal(include_str!("tree/ansible.cfg"), PROJECT));
    let header = &["Made by topoc; change the topology, not this file."];
    let inventory = inventory::inventory(sealed, &out.artifacts);
    out.doc(workstation(), path("inventory.yml"), Format::Yaml(header), inventory, INVENTORY);
    if SITE.iter().any(|(need, _)| needs(*need)) {
        out.text(workstation(), path("site.yml"), site(needs));
    }
    for Static { rule, files, .. } in STATICS.iter().filter(|s| s.needs.iter().any(|n| needs(*n))) {
        for (name, text) in *files {
            out.text(workstation(), path(name), literal(text, *rule));
        }
    }
}

fn path(name: &'static str) -> String {
    [DIRECTORY, name].concat()
}

/// The lines of a file that holds no value.
fn literal(text: &'static str, rule: Rule) -> Text {
    let mut lines = Text::new();
    text.lines().for_each(|line| lines.lit(rule, line));
    lines
}

fn site(needs: impl Fn(Need) -> bool) -> Text {
    let mut text = Text::new();
    text.lit(ORDER, "# Made by topoc; change the topology, not this file.");
    text.lit(ORDER, "---");
    text.lit(
        ORDER,
        "# For a cloud that stands. The first time Terraform makes the machines after the hosts have their bridges.",
    );
    for (i, (_, lines)) in SITE.iter().filter(|(need, _)| needs(*need)).enumerate() {
        if i > 0 {
            text.blank(ORDER);
        }
        lines.iter().for_each(|line| text.lit(ORDER, line));
    }
    text
}

/// The files of each host and machine: paths on it, sorted.
fn files(artifacts: &[Artifact]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let below = artifacts.iter().filter_map(|a| a.path.strip_prefix(FILES_DIR)?.split_once('/'));
    for (name, path) in below {
        all.entry(name).or_default().push(path);
    }
    all.values_mut().for_each(|paths| paths.sort_unstable());
    all
}
