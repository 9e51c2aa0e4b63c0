//! The inventory: hosts, machines and groups with what the roles need to know; holds no secret and no logic.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::*;
use crate::emit::Artifact;
use crate::ir::{Cluster, Disk, Host, Machine, MachineId, MachineKind, Nic, NodeGroup, Proxmox, Secret, Topology};
use crate::render::{Composed, Doc, Map, Why};
use crate::schema::{Label, NodeRole, SecretStore, VmRole};
use crate::source::{Origin, Sp};
use crate::words;

/// The inventory of everything, one entry a host or machine, then the groups.
pub(super) fn inventory(topology: &Topology, artifacts: &[Artifact]) -> Map {
    let files = super::files(artifacts);
    let bastions = bastions(topology);
    let mut root = Map::new();
    root.map("all", INVENTORY, |all| {
        let reads = topology.identities.iter().any(|i| i.run.is_some());
        if reads || topology.clusters.iter().any(|c| secret(topology, c).is_some()) {
            all.map("vars", SECRETS_ROOT, |v| v.put("topoc_secrets", ("{{ inventory_dir }}/../../..", SECRETS_ROOT)));
        }
        all.map("hosts", INVENTORY, |hosts| {
            for host in &topology.hosts {
                hosts.map(&host.name, INVENTORY, |h| host_vars(host, &files, h));
            }
            for machine in &topology.machines {
                hosts.map(&machine.name, INVENTORY, |m| machine_vars(topology, machine, &files, &bastions, m));
            }
        });
        all.map("children", GROUP, |groups| {
            hypervisors(topology, groups);
            machines(topology, groups);
            nodes(topology, groups);
        });
    });
    root
}

/// Whether the machine is one that our roles know how to handle.
pub(super) fn linux(topology: &Topology, machine: &Machine) -> bool {
    topology.template(*machine.template).os.linux
}

fn host_vars(host: &Host, all: &Files<'_>, vars: &mut Map) {
    vars.put_some("ansible_host", host.address.as_ref());
    vars.put("ansible_user", ("root", ROOT));
    files(&host.name, all, vars);
}

fn machine_vars(topology: &Topology, machine: &Machine, all: &Files<'_>, bastions: &[Bastion<'_>], vars: &mut Map) {
    let way = reach(topology, machine);
    let stated = match &machine.kind {
        MachineKind::Firewall { firewall } => topology.firewall(*firewall).management.map(|m| m.at),
        MachineKind::Single { .. } | MachineKind::Node { .. } => None,
    };
    let host = way.map(|(_, address)| words![address]);
    let host = host.map(|h| (stated.into_iter().fold(h, Composed::citing), MANAGED_ON));
    vars.put_some("ansible_host", host);
    vars.put_some("ansible_user", machine.login.as_ref().map(|l| (user(topology, machine).citing(l.at), INVENTORY)));
    if let Some((nic, _)) = way
        && let Some(jump) = jump(topology, machine, nic, bastions)
    {
        vars.put("ansible_ssh_common_args", (jump, JUMP));
    }
    files(&machine.name, all, vars);
    if linux(topology, machine) {
        vars.list("topoc_interfaces", INTERFACES, |list| {
            for Nic { ifname, mac, .. } in &machine.nics {
                list.map(INTERFACES, |nic| {
                    nic.put("name", ifname);
                    nic.put("mac", mac);
                });
            }
        });
    }
    let servers = topology.identities.iter().filter(|i| topology.machine(i.machine.v).name.v == machine.name.v);
    for run in servers.filter_map(|i| i.run.as_ref()) {
        vars.put("authentik_compose", (words![run.compose], AUTHENTIK));
        vars.list("authentik_secrets", SECRET, |list| {
            for (_, id) in crate::emit::authentik::secrets(topology, run) {
                list.map(SECRET, |m| named_place(topology.secret(id.v), m));
            }
        });
        let administrator = topology.secret(run.administrator.v);
        let mut kept = Map::new();
        named_place(administrator, &mut kept);
        vars.put("authentik_administrator", (Doc::Map(kept), Why::from(SECRET).also(run.administrator.at)));
    }
    let ceph: Vec<(u32, &Disk)> =
        (0..).zip(&machine.disks).filter(|(_, d)| *d.used_for == crate::schema::DiskUse::Ceph).collect();
    if !ceph.is_empty() {
        vars.list("node_ceph_disks", CEPH_DISKS, |list| {
            for (number, disk) in ceph {
                let number = Sp::new(number, disk.at);
                list.push((
                    words!["/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi", number].citing(disk.used_for.at),
                    CEPH_DISKS,
                ));
            }
        });
    }
}

fn user(topology: &Topology, machine: &Machine) -> Composed {
    machine.login.as_ref().map_or_else(Composed::default, |l| words![topology.login(**l).name])
}

fn files(name: &Sp<Name>, all: &Files<'_>, vars: &mut Map) {
    vars.list("topoc_files", FILES, |list| {
        for path in all.get(name.v.as_str()).into_iter().flatten() {
            list.push((Doc::Str((*path).into()), Why::from(FILES).also(name.at)));
        }
    });
}

/// The NIC and the address that Ansible reaches a machine on; `None` when only its name is known.
pub(in crate::emit) fn reach<'a>(topology: &'a Topology, machine: &'a Machine) -> Option<(&'a Nic, &'a Sp<Ipv4Addr>)> {
    let management = match &machine.kind {
        MachineKind::Firewall { firewall } => &topology.firewall(*firewall).management,
        MachineKind::Single { .. } | MachineKind::Node { .. } => {
            &topology.proxmox(topology.host(*machine.on).proxmox).management
        }
    };
    let addressed = || machine.nics.iter().filter_map(|n| Some((n, n.address.as_ref()?)));
    addressed()
        .find(|(n, _)| management.as_ref().is_some_and(|m| *m == n.vlan))
        .or_else(|| addressed().find(|(n, _)| n.default_via.is_some()))
        .or_else(|| addressed().next())
}

/// Files of each host and machine.
type Files<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// A bastion, why it is one, and the NIC and address that it is reached on.
type Bastion<'a> = (&'a Machine, Origin, (&'a Nic, &'a Sp<Ipv4Addr>));

fn bastion_role(m: &Machine) -> Option<Origin> {
    match &m.kind {
        MachineKind::Single { role } if **role == VmRole::Bastion => Some(role.at),
        MachineKind::Single { .. } | MachineKind::Firewall { .. } | MachineKind::Node { .. } => None,
    }
}

/// All bastions, once for all machines.
fn bastions(topology: &Topology) -> Vec<Bastion<'_>> {
    let linux = topology.machines.iter().filter(|m| linux(topology, m));
    linux.filter_map(|m| Some((m, bastion_role(m)?, reach(topology, m)?))).collect()
}

/// How SSH gets to a machine on the VLAN of `nic`: through the first bastion there, else through the first of all.
fn jump(topology: &Topology, machine: &Machine, nic: &Nic, bastions: &[Bastion<'_>]) -> Option<Composed> {
    if bastion_role(machine).is_some() {
        return None;
    }
    let near = bastions.iter().find(|(_, _, (n, _))| n.vlan == nic.vlan);
    let (bastion, why, (_, address)) = near.or(bastions.first())?;
    let user = user(topology, bastion);
    let sign = if user.text.is_empty() { "" } else { "@" };
    Some(words!["-o ProxyJump=", user, sign, address].citing(*why))
}

/// The command that logs in on a machine, as Ansible does; `None` when only its name is known.
pub(in crate::emit) fn log_in(topology: &Topology, machine: &Machine) -> Option<Composed> {
    let (nic, address) = reach(topology, machine)?;
    let user = user(topology, machine);
    let sign = if user.text.is_empty() { "" } else { "@" };
    let way = jump(topology, machine, nic, &bastions(topology)).map_or_else(Composed::default, |j| words![j, " "]);
    Some(words!["ssh ", way, user, sign, address])
}

fn members<'a>(group: &mut Map, names: impl Iterator<Item = &'a Sp<Name>>) {
    group.map("hosts", GROUP, |hosts| names.for_each(|name| hosts.put(name, (Map::new(), GROUP))));
}

fn children(group: &mut Map, names: impl Iterator<Item = Composed>) {
    group.map("children", GROUP, |groups| names.for_each(|name| groups.put(name, (Map::new(), GROUP))));
}

/// A group of one thing of the topology. Names have no underscore, so two names never become one group.
pub(in crate::emit) fn group(prefix: &'static str, name: &Sp<Name>) -> Composed {
    words![prefix, name.as_ref().map(|n| Label(n.replace('-', "_").into()))]
}

fn python(group: &mut Map) {
    group.map("vars", PYTHON, |v| v.put("ansible_python_interpreter", ("/usr/bin/python3", PYTHON)));
}

fn hypervisors(topology: &Topology, groups: &mut Map) {
    groups.map("proxmox_hosts", GROUP, |g| {
        children(g, topology.proxmoxes.iter().map(|p| group("pve_", &p.name)));
        python(g);
    });
    for (number, proxmox) in (0..).zip(&topology.proxmoxes) {
        let Proxmox { name, gateway, apply, .. } = proxmox;
        let hosts = || topology.hosts.iter().filter(|h| h.proxmox.0 == number);
        groups.map(group("pve_", name), GROUP, |g| {
            members(g, hosts().map(|h| &h.name));
            g.map("vars", GROUP, |vars| {
                vars.put("proxmox_network_apply", apply);
                vars.list("proxmox_network_must_answer", MUST_ANSWER, |list| {
                    gateway.iter().for_each(|g| list.push(g));
                    hosts().filter_map(|h| h.address.as_ref()).for_each(|a| list.push(a));
                });
            });
        });
    }
}

fn machines(topology: &Topology, groups: &mut Map) {
    let those = |is: &dyn Fn(&Machine) -> bool| {
        topology.machines.iter().filter(|m| is(m)).map(|m| &m.name).collect::<Vec<_>>().into_iter()
    };
    let single = |m: &Machine, wanted: VmRole| match &m.kind {
        MachineKind::Single { role } => **role == wanted,
        MachineKind::Firewall { .. } | MachineKind::Node { .. } => false,
    };
    groups.map("linux_machines", GROUP, |g| {
        members(g, those(&|m| linux(topology, m)));
        python(g);
    });
    groups.map("bastion_machines", GROUP, |g| members(g, those(&|m| single(m, VmRole::Bastion))));
    groups.map("service_machines", GROUP, |g| members(g, those(&|m| single(m, VmRole::Service))));
    let servers: Vec<&Sp<Name>> = topology
        .machine_ids()
        .filter(|(id, _)| topology.identities.iter().any(|i| i.run.is_some() && i.machine.v == *id))
        .map(|(_, m)| &m.name)
        .collect();
    if !servers.is_empty() {
        groups.map("identity_machines", GROUP, |g| members(g, servers.into_iter()));
    }
    let routers = those(&|m| single(m, VmRole::Router));
    if routers.len() > 0 {
        groups.comment("No playbook names these: a person enters VyOS' commands.");
        groups.map("router_machines", GROUP, |g| members(g, routers));
    }
    groups.comment("No playbook names these: OPNsense is FreeBSD and keeps its own configuration.");
    groups.map("firewall_nodes", GROUP, |g| {
        members(g, those(&|m| matches!(m.kind, MachineKind::Firewall { .. })));
    });
}

fn nodes(topology: &Topology, groups: &mut Map) {
    let clusters = || topology.clusters.iter();
    groups.map("kubernetes_nodes", GROUP, |g| children(g, clusters().map(|c| group("cluster_", &c.name))));
    groups.map("control_plane_nodes", GROUP, |g| children(g, clusters().map(|c| group("control_plane_", &c.name))));
    groups.map("worker_nodes", GROUP, |g| children(g, clusters().map(|c| group("workers_", &c.name))));
    groups.map("keepalived_nodes", GROUP, |g| {
        let holders = clusters().filter_map(|c| c.api.vrrp.as_ref()).flat_map(|v| &v.members);
        members(g, holders.map(|(m, _)| &topology.machine(*m).name));
    });
    for cluster in clusters() {
        let with =
            |role: NodeRole| cluster.groups.iter().filter(move |g| *g.role == role).map(|g| group("nodes_", &g.name));
        groups.map(group("cluster_", &cluster.name), GROUP, |g| {
            children(g, [group("control_plane_", &cluster.name), group("workers_", &cluster.name)].into_iter());
        });
        groups.map(group("control_plane_", &cluster.name), GROUP, |g| {
            children(g, with(NodeRole::ControlPlane));
            if let Some(secret) = secret(topology, cluster) {
                g.map("vars", SECRET, |vars| vars.map("keepalived_secret", SECRET, |m| place(secret, m)));
            }
        });
        groups.map(group("workers_", &cluster.name), GROUP, |g| children(g, with(NodeRole::Worker)));
        for nodes in &cluster.groups {
            node_group(topology, nodes, groups);
        }
    }
}

fn node_group(topology: &Topology, nodes: &NodeGroup, groups: &mut Map) {
    // Its role is the group that it is a child of; where it is stated makes no line.
    let NodeGroup { name, role: _, nodes, labels, taints, at: _ } = nodes;
    groups.map(group("nodes_", name), GROUP, |g| {
        members(g, nodes.iter().map(|m: &MachineId| &topology.machine(*m).name));
        if labels.is_empty() && taints.is_empty() {
            return;
        }
        g.map("vars", NODE_LABELS, |vars| {
            if !labels.is_empty() {
                vars.map("node_labels", NODE_LABELS, |m| labels.iter().for_each(|(key, value)| m.put(key, value)));
            }
            if !taints.is_empty() {
                vars.list("node_taints", NODE_LABELS, |list| {
                    for (key, value, effect) in taints {
                        list.push((words![key, "=", value, ":", effect], NODE_LABELS));
                    }
                });
            }
        });
    });
}

fn secret<'a>(topology: &'a Topology, cluster: &Cluster) -> Option<&'a Secret> {
    cluster.api.vrrp.as_ref()?.secret.as_ref().map(|s| topology.secret(**s))
}

/// A secret by its name, and where it is kept.
fn named_place(secret: &Secret, map: &mut Map) {
    map.put("name", &secret.name);
    place(secret, map);
}

/// Where a secret is kept; in a file without a key its name is the key.
fn place(secret: &Secret, map: &mut Map) {
    let Secret { name, store, path, key } = secret;
    map.put("store", store);
    map.put("path", path);
    match (**store, key) {
        (SecretStore::Env, _) => {}
        (SecretStore::Sops | SecretStore::AnsibleVault, Some(key)) => map.put("key", key),
        (SecretStore::Sops | SecretStore::AnsibleVault, None) => map.put("key", name),
    }
}
