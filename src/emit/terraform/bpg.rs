//! Machines, HA groups and rules in the words of bpg/proxmox 0.111; decides nothing that the other dialects would decide otherwise.

use super::rules::*;
use super::vm::{Vm, VmNic};
use super::*;
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::schema::*;

/// The resource of a machine: the short name `proxmox_vm` is an experiment that its own page forbids to use.
pub(super) const VM: &str = "proxmox_virtual_environment_vm";
/// The resource of a pool.
pub(super) const POOL: &str = "proxmox_virtual_environment_pool";
// The long names of these are deprecated since 0.99.
const HA_RESOURCE_KIND: &str = "proxmox_haresource";
const HA_GROUP_KIND: &str = "proxmox_hagroup";
const HA_RULE_KIND: &str = "proxmox_harule";
const CLONED_ONCE_SAYS: &str = "What it was cloned from matters once: a new template must not destroy it.";
// `max_items` of ip_config in the schema.
const IP_CONFIGS: usize = 8;

/// The body of a machine's resource.
pub(super) fn vm(vm: &Vm<'_>, out: &mut Out<'_>) -> Map {
    let mut b = Map::new();
    b.put("//", (vm.remark(false), REMARK));
    choose_provider(vm.topology.proxmoxes.len() > 1, vm.proxmox, &mut b);
    b.put("node_name", vm.node());
    b.put("vm_id", vm.vm_id);
    b.put("name", vm.name);
    b.put("description", (vm.description.clone(), DESCRIPTION));
    b.list("tags", TAGS, |l| vm.tags.iter().for_each(|t| l.push((t.clone(), TAGS))));
    if vm.proxmox.pool.is_some() {
        b.put("pool_id", (reference(super::bpg::POOL, &vm.proxmox.name, "pool_id"), rules::POOL));
    }
    b.put("on_boot", vm.start.on_boot);
    if let Some(why) = vm.kept_stopped() {
        b.put("started", by((false, STOPPED), &[why]));
    }
    if vm.waits {
        b.put("started", by((false, WAITS), &[vm.at]));
    }
    b.put("protection", vm.protect);
    b.put("migrate", (true, MIGRATE));
    b.put("reboot_after_update", (false, REBOOT));
    firmware(vm, &mut b);
    b.put("scsi_hardware", vm.controller);
    b.list("boot_order", BOOT, |l| l.push(("scsi0", BOOT)));
    b.map("operating_system", OS_TYPE, |m| m.put("type", vm.template.os.map(|os| os.proxmox_type)));
    b.map("agent", AGENT, |m| {
        m.put("enabled", vm.template.agent);
        if vm.template.agent.v && !vm.addressed() {
            m.map("wait_for_ip", AGENT_WAIT, |w| w.put("disabled", (true, AGENT_WAIT)));
        }
    });
    b.map("clone", CLONE, |m| {
        m.put_some("vm_id", vm.template.vm_id.as_ref().map(|id| by(id, &[vm.cloned])));
        if let Some(on) = &vm.template.on {
            m.put("node_name", by(&vm.topology.host(on.v).name, &[on.at]));
        }
        m.put_some("datastore_id", vm.system_store());
        m.put("full", (true, CLONE));
    });
    b.map("cpu", CPU, |m| {
        m.put("cores", vm.cores);
        m.put("sockets", vm.sockets);
        m.put("type", vm.cpu);
        m.put("numa", vm.numa);
    });
    b.map("memory", MEMORY, |m| m.put("dedicated", vm.memory));
    b.list("disk", DISKS, |l| {
        for (i, d) in vm.disks.iter().enumerate() {
            l.push((disk(vm, i, d, out), DISKS));
        }
    });
    b.list("network_device", NICS, |l| vm.nics.iter().for_each(|n| l.push((network_device(n), NICS))));
    if vm.linux() {
        vm.limit_addresses(IP_CONFIGS, out);
        let mut m = Map::new();
        initialization(vm, &mut m);
        b.put("initialization", by((m, CLOUD_INIT), &[vm.first_boot.at]));
    }
    if vm.start.order.is_some() || vm.start.delay.is_some() {
        b.map("startup", START, |m| {
            m.put_some("order", vm.start.order.as_ref());
            m.put_some("up_delay", vm.start.delay.as_ref());
        });
    }
    lifecycle(vm, "node_name", Some("started"), &["clone"], &mut b);
    b
}

/// What Terraform must not destroy, and what it must not undo. `clone` names all that says what a machine was cloned from:
/// a block in bpg (source, its host, the store), attributes in Telmate.
/// `power` is the word for whether it runs, where the provider looks at it again.
pub(super) fn lifecycle(
    vm: &Vm<'_>,
    node: &'static str,
    power: Option<&'static str>,
    clone: &[&'static str],
    b: &mut Map,
) {
    let moves = vm.ha_moves();
    b.map("lifecycle", RESOURCE, |m| {
        // A second "//" would be the same key.
        match moves {
            None if vm.waits => {
                let both = words![CLONED_ONCE_SAYS, " It is started by hand, with a configuration of its own."];
                m.put("//", by((both, CLONED_ONCE), &[WAITS.origin(), vm.at]));
            }
            None => m.put("//", (CLONED_ONCE_SAYS, CLONED_ONCE)),
            Some(why) => {
                let both =
                    words![CLONED_ONCE_SAYS, " HA moves this machine between hosts; Terraform would move it back."];
                m.put("//", by(by((both, CLONED_ONCE), &[HA_MOVES.origin()]), &[why]));
            }
        }
        if vm.protect.v {
            m.put("prevent_destroy", by((true, PROTECT), &[vm.protect.at]));
        }
        m.list("ignore_changes", CLONED_ONCE, |l| {
            clone.iter().for_each(|key| l.push((*key, CLONED_ONCE)));
            if let Some(why) = moves {
                l.push(by((node, HA_MOVES), &[why]));
            }
            if let Some(power) = power.filter(|_| vm.waits) {
                l.push(by((power, WAITS), &[vm.at]));
            }
        });
    });
}

fn firmware(vm: &Vm<'_>, b: &mut Map) {
    let firmware = &vm.template.firmware;
    match firmware.v {
        Firmware::Bios => b.put("bios", by(("seabios", FIRMWARE), &[firmware.at])),
        Firmware::Uefi => {
            b.put("bios", by(("ovmf", FIRMWARE), &[firmware.at]));
            b.put("machine", ("q35", FIRMWARE));
            b.map("efi_disk", EFI_DISK, |m| {
                m.put_some("datastore_id", vm.system_store());
                m.put("type", ("4m", EFI_DISK));
            });
        }
    }
}

fn disk(vm: &Vm<'_>, i: usize, disk: &Disk, out: &mut Out<'_>) -> Map {
    let Disk {
        name,
        size,
        datastore: _, // looked up by `store`
        used_for,     // the system disk comes first
        backup,
        at: _,
    } = disk;
    if !size.v.is_multiple_of(1024) {
        let (machine, mib) = (vm.name, size.v);
        let up = mib.div_ceil(1024);
        let mut d = Diag::new(
            code::E0604,
            format!("disk {name} of {machine} has {mib} MiB, and the provider counts in whole GiB"),
        );
        if let Some(span) = out.causes.span(size.at) {
            d = d.at(span, "not whole GiB");
        }
        out.sink.report(d.help(format!("size=\"{up}GiB\"")));
    }
    let mut m = Map::new();
    m.put("interface", (words!["scsi", place(i, DISKS)].citing(used_for.at), DISKS));
    m.put("datastore_id", vm.store(disk));
    m.put("size", size.map(|mib| mib.div_ceil(1024)));
    m.put("iothread", by(vm.io_threads(), &[IOTHREAD.origin()]));
    m.put("discard", ("on", DISCARD));
    m.put("backup", backup);
    m
}

fn network_device(nic: &VmNic<'_>) -> Map {
    let mut m = Map::new();
    m.put("model", ("virtio", NICS));
    m.put("bridge", (nic.bridge.clone(), BRIDGE));
    match nic.tag {
        Some(tag) => m.put("vlan_id", by(tag, &[BRIDGE.origin()])),
        None => m.put("vlan_id", ((), NIC_KEYS)),
    }
    m.put("mac_address", nic.mac.as_ref().map(String::as_str));
    match &nic.mtu {
        Some(mtu) => m.put("mtu", mtu.clone()),
        None => m.put("mtu", ((), NIC_KEYS)),
    }
    m.put("firewall", (false, NIC_FIREWALL));
    for key in ["disconnected", "enabled", "queues", "rate_limit"] {
        m.put(key, ((), NIC_KEYS));
    }
    match &nic.trunks {
        Some(tags) => m.put("trunks", (tags.clone(), TRUNKS)),
        None => m.put("trunks", ((), NIC_KEYS)),
    }
    m
}

fn initialization(vm: &Vm<'_>, m: &mut Map) {
    m.put_some("datastore_id", vm.system_store());
    if vm.addressed() {
        m.list("ip_config", CLOUD_INIT, |l| {
            for nic in vm.nics.iter().filter(|n| !n.bare).take(IP_CONFIGS) {
                l.map(CLOUD_INIT, |m| {
                    m.map("ipv4", CLOUD_INIT, |m| {
                        match &nic.address {
                            Some(address) => m.put("address", (address.clone(), CLOUD_INIT)),
                            None => m.put("address", by(("dhcp", CLOUD_INIT), &[nic.dhcp.at])),
                        }
                        m.put_some("gateway", nic.gateway);
                    });
                });
            }
        });
    }
    if vm.dns.is_some() || !vm.resolvers.is_empty() {
        m.map("dns", DNS, |m| {
            m.put_some("domain", vm.dns.clone().map(|d| (d, DNS)));
            if !vm.resolvers.is_empty() {
                m.list("servers", DNS, |l| vm.resolvers.iter().for_each(|r| l.push(r)));
            }
        });
    }
    if let Some(login) = &vm.login {
        m.map("user_account", CLOUD_INIT, |m| {
            m.put("username", login.name.clone());
            m.list("keys", CLOUD_INIT, |l| login.keys.iter().for_each(|k| l.push(k)));
        });
    }
}

/// HA resources of machines, and the groups or rules that bind them to hosts.
pub(super) fn ha(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let several = sealed.proxmoxes.len() > 1;
    let (by_rules, version) = vm::ha_rules(sealed);
    let vms: Vec<Vm<'_>> = sealed.machines.iter().map(|m| Vm::of(sealed, m)).collect();
    let (mut groups, mut rules, mut resources) = (Map::new(), Map::new(), Map::new());
    for proxmox in &sealed.proxmoxes {
        for group in &proxmox.ha_groups {
            check_group(group, out);
            let HaGroup { name, hosts } = group;
            let nodes = |m: &mut Map| {
                for host in hosts {
                    m.put(&sealed.host(host.v).name, by(((), HA_GROUP), &[host.at]));
                }
            };
            // A host name of Proxmox holds no underscore, so no two groups meet in one resource name.
            let key = || words![proxmox.name, "_", name];
            let member = |vm| Vm::ha_group(vm).filter(|(g, _)| std::ptr::eq(*g, group)).map(|(_, why)| (vm, why));
            let members: Vec<(&Vm<'_>, Origin)> = vms.iter().filter_map(member).collect();
            if !by_rules {
                groups.map(key(), HA_GROUP, |m| {
                    choose_provider(several, proxmox, m);
                    m.put("group", name);
                    m.put("comment", ("Made by topoc", HA_GROUP));
                    m.map("nodes", HA_GROUP, nodes);
                    m.put("restricted", by((true, HA_GROUP), version.as_slice()));
                });
            } else if !members.is_empty() {
                rules.map(key(), HA_GROUP, |m| {
                    choose_provider(several, proxmox, m);
                    m.put("rule", name);
                    m.put("type", by(("node-affinity", HA_GROUP), version.as_slice()));
                    m.put("comment", ("Made by topoc", HA_GROUP));
                    m.map("nodes", HA_GROUP, nodes);
                    m.put("strict", (true, HA_GROUP));
                    m.list("resources", HA_GROUP, |l| {
                        for (vm, why) in members {
                            let member = reference(HA_RESOURCE_KIND, vm.name, "resource_id");
                            l.push(by((member, HA_GROUP), &[why]));
                        }
                    });
                });
            }
        }
    }
    for vm in &vms {
        let Some(ha) = vm.ha else { continue };
        let Ha {
            state,
            group: _, // looked up by `ha_group`
            restarts,
            at: _,
        } = ha;
        resources.map(vm.name, HA_RESOURCE, |m| {
            choose_provider(several, vm.proxmox, m);
            m.put("resource_id", (words!["vm:", reference(VM, vm.name, "vm_id")], HA_RESOURCE));
            m.put("comment", ("Made by topoc", HA_RESOURCE));
            m.put("state", state);
            m.put("max_restart", restarts);
            if let Some((group, why)) = vm.ha_group().filter(|_| !by_rules) {
                let group = expression(words![HA_GROUP_KIND, ".", vm.proxmox.name, "_", group.name, ".group"]);
                m.put("group", by((group, HA_GROUP), &[why]));
            }
        });
    }
    let mut kinds = Map::new();
    for (kind, map) in [(HA_GROUP_KIND, groups), (HA_RULE_KIND, rules), (HA_RESOURCE_KIND, resources)] {
        if !map.is_empty() {
            kinds.put(kind, (map, HA_RESOURCE));
        }
    }
    if !kinds.is_empty() {
        let mut file = header();
        file.put("resource", (kinds, HA_RESOURCE));
        write(out, "ha".into(), file, HA_RESOURCE);
    }
}

/// Reports names that Proxmox refuses (`pve-configid`: a letter, then letters, digits, `_`, `-`).
fn check_group(group: &HaGroup, out: &mut Out<'_>) {
    let name = &group.name;
    let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if letter && name.len() > 1 && !name.contains('.') {
        return;
    }
    let mut d = Diag::new(code::E0612, format!("Proxmox takes no HA group with the name {name}"));
    if let Some(span) = out.causes.span(name.at) {
        d = d.at(span, "a letter, then letters, digits, `_` or `-`");
    }
    let rest: String = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).replace('.', "-");
    out.sink.report(d.help(format!("ha-group \"{}\"", if rest.len() > 1 { rest } else { format!("group-{rest}") })));
}
