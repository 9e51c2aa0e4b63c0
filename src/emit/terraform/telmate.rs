//! Machines in the words of Telmate/proxmox 2.9.14 and 3.0.2; what the provider has no word for is reported, never dropped in silence.

use super::rules::*;
use super::vm::{Vm, VmNic};
use super::*;
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::schema::*;

/// The resource of a machine.
pub(super) const VM: &str = "proxmox_vm_qemu";
/// The resource of a pool.
pub(super) const POOL: &str = "proxmox_pool";
// ipconfig0 to ipconfig15.
const IP_CONFIGS: [&str; 16] = [
    "ipconfig0",
    "ipconfig1",
    "ipconfig2",
    "ipconfig3",
    "ipconfig4",
    "ipconfig5",
    "ipconfig6",
    "ipconfig7",
    "ipconfig8",
    "ipconfig9",
    "ipconfig10",
    "ipconfig11",
    "ipconfig12",
    "ipconfig13",
    "ipconfig14",
    "ipconfig15",
];

/// The body of a machine's resource for 2.9.14.
pub(super) fn vm2(vm: &Vm<'_>, out: &mut Out<'_>) -> Map {
    let mut b = Map::new();
    identity(vm, "desc", &mut b);
    b.put("onboot", vm.start.on_boot);
    if let Some(why) = vm.kept_stopped() {
        b.put("oncreate", by((false, STOPPED), &[why]));
    }
    if vm.waits {
        b.put("oncreate", by((false, WAITS), &[vm.at]));
    }
    if vm.start.order.is_some() || vm.start.delay.is_some() {
        let order = vm.start.order.as_ref().map(|o| words!["order=", o]);
        let delay = vm.start.delay.as_ref().map(|d| words!["up=", d]);
        b.put("startup", (joined(",", order.into_iter().chain(delay)), START));
    }
    hardware(vm, &mut b);
    b.put("cores", vm.cores);
    b.put("sockets", vm.sockets);
    b.put("cpu", vm.cpu);
    b.put("numa", vm.numa);
    b.put("preprovision", (false, NO_PROVISIONER));
    let disks = vm.disks.iter().enumerate().map(|(i, d)| {
        let mut m = Map::new();
        m.put("type", ("scsi", DISKS));
        m.put("slot", by((i as u32, DISKS), &[d.used_for.at]));
        disk(vm, d, &mut m);
        m.put("iothread", by(vm.io_threads().map(u8::from), &[IOTHREAD.origin()]));
        m.put("discard", ("on", DISCARD));
        m
    });
    put_list(&mut b, "disk", DISKS, disks.collect());
    let nics = vm.nics.iter().map(|n| {
        let mut m = Map::new();
        nic(n, &mut m);
        match n.tag {
            Some(tag) => m.put("tag", by(tag, &[BRIDGE.origin()])),
            None => m.put("tag", (-1, BRIDGE)),
        }
        m
    });
    put_list(&mut b, "network", NICS, nics.collect());
    if vm.linux() {
        b.put_some("cloudinit_cdrom_storage", vm.system_store());
    }
    cloud_init(vm, &mut b, out);
    ha(vm, &mut b, out);
    bpg::lifecycle(vm, "target_node", None, &["clone", "full_clone"], &mut b);
    b
}

/// The body of a machine's resource for 3.0.2: names that it calls legacy are not written.
pub(super) fn vm3(vm: &Vm<'_>, out: &mut Out<'_>) -> Map {
    let mut b = Map::new();
    identity(vm, "description", &mut b);
    b.put("protection", vm.protect);
    b.put("start_at_node_boot", vm.start.on_boot);
    if let Some(why) = vm.kept_stopped() {
        b.put("vm_state", by(("stopped", STOPPED), &[why]));
    }
    if vm.waits {
        b.put("vm_state", by(("stopped", WAITS), &[vm.at]));
    }
    if vm.start.order.is_some() || vm.start.delay.is_some() {
        b.map("startup_shutdown", START, |m| {
            m.put_some("order", vm.start.order.as_ref());
            m.put_some("startup_delay", vm.start.delay.as_ref());
        });
    }
    hardware(vm, &mut b);
    b.map("cpu", CPU, |m| {
        m.put("cores", vm.cores);
        m.put("sockets", vm.sockets);
        m.put("type", vm.cpu);
        m.put("numa", vm.numa);
    });
    b.put("skip_ipv6", (true, NO_IPV6));
    match vm.template.firmware.v {
        Firmware::Bios => {}
        Firmware::Uefi => b.map("efidisk", EFI_DISK, |m| {
            m.put_some("storage", vm.system_store());
            m.put("efitype", ("4m", EFI_DISK));
        }),
    }
    let disks = vm.disks.iter().enumerate().map(|(i, d)| {
        let mut m = Map::new();
        m.put("slot", (words!["scsi", place(i, DISKS)].citing(d.used_for.at), DISKS));
        m.put("type", ("disk", DISKS));
        disk(vm, d, &mut m);
        m.put("iothread", by(vm.io_threads(), &[IOTHREAD.origin()]));
        m.put("discard", (true, DISCARD));
        m
    });
    let drive = vm.system_store().filter(|_| vm.linux()).map(|store| {
        let mut m = Map::new();
        m.put("slot", ("ide2", CLOUD_INIT));
        m.put("type", ("cloudinit", CLOUD_INIT));
        m.put("storage", store);
        m
    });
    put_list(&mut b, "disk", DISKS, disks.chain(drive).collect());
    let nics = vm.nics.iter().enumerate().map(|(i, n)| {
        let mut m = Map::new();
        m.put("id", (i as u32, NICS));
        nic(n, &mut m);
        m.put_some("tag", n.tag.map(|tag| by(tag, &[BRIDGE.origin()])));
        m
    });
    put_list(&mut b, "network", NICS, nics.collect());
    cloud_init(vm, &mut b, out);
    ha(vm, &mut b, out);
    bpg::lifecycle(vm, "target_node", Some("vm_state"), &["clone", "full_clone"], &mut b);
    b
}

fn identity(vm: &Vm<'_>, description: &'static str, b: &mut Map) {
    b.put("//", (vm.remark(true), REMARK));
    choose_provider(vm.topology.proxmoxes.len() > 1, vm.proxmox, b);
    b.put("target_node", vm.node());
    b.put("vmid", vm.vm_id);
    b.put("name", vm.name);
    b.put(description, (vm.description.clone(), DESCRIPTION));
    b.put("tags", (joined(";", vm.tags.iter().cloned()), TAGS));
    if vm.proxmox.pool.is_some() {
        b.put("pool", (reference(super::telmate::POOL, &vm.proxmox.name, "poolid"), rules::POOL));
    }
    b.put("clone", by(&vm.template.image, &[vm.cloned]));
    b.put("full_clone", (true, CLONE));
    b.put("automatic_reboot", (false, REBOOT));
    b.put("define_connection_info", (false, NO_PROVISIONER));
}

fn hardware(vm: &Vm<'_>, b: &mut Map) {
    let firmware = &vm.template.firmware;
    match firmware.v {
        Firmware::Bios => b.put("bios", by(("seabios", FIRMWARE), &[firmware.at])),
        Firmware::Uefi => {
            b.put("bios", by(("ovmf", FIRMWARE), &[firmware.at]));
            b.put("machine", ("q35", FIRMWARE));
        }
    }
    b.put("scsihw", vm.controller);
    b.put("boot", ("order=scsi0", BOOT));
    b.put("qemu_os", vm.template.os.map(|os| os.proxmox_type));
    b.put("agent", vm.template.agent.map(u8::from));
    b.put("memory", vm.memory);
}

fn disk(vm: &Vm<'_>, disk: &Disk, m: &mut Map) {
    let Disk {
        name: _, // Proxmox names disks by their slot
        size,
        datastore: _, // looked up by `store`
        used_for: _,  // decided the slot
        backup,
        at: _,
    } = disk;
    m.put("storage", vm.store(disk));
    match size.v.is_multiple_of(1024) {
        true => m.put("size", (words![size.map(|mib| mib / 1024), "G"], DISKS)),
        false => m.put("size", (words![size, "M"], DISKS)),
    }
    m.put("backup", backup);
}

fn nic(nic: &VmNic<'_>, m: &mut Map) {
    m.put("model", ("virtio", NICS));
    m.put("bridge", (nic.bridge.clone(), BRIDGE));
    m.put("macaddr", nic.mac.as_ref().map(String::as_str));
    m.put_some("mtu", nic.mtu.clone());
    m.put("firewall", (false, NIC_FIREWALL));
}

fn cloud_init(vm: &Vm<'_>, b: &mut Map, out: &mut Out<'_>) {
    if !vm.linux() {
        return;
    }
    b.put("os_type", by(("cloud-init", CLOUD_INIT), &[vm.first_boot.at]));
    vm.limit_addresses(IP_CONFIGS.len(), out);
    if vm.addressed() {
        for (key, nic) in IP_CONFIGS.into_iter().zip(&vm.nics).filter(|(_, n)| !n.bare) {
            let mut config = match &nic.address {
                Some(address) => words!["ip=", address],
                None => words!["ip=dhcp"],
            };
            if let Some(gateway) = nic.gateway {
                config = words![config, ",gw=", gateway];
            }
            b.put(key, by((config, CLOUD_INIT), &[nic.dhcp.at]));
        }
    }
    if !vm.resolvers.is_empty() {
        b.put("nameserver", (joined(" ", vm.resolvers.iter().map(|r| words![r])), DNS));
    }
    b.put_some("searchdomain", vm.dns.clone().map(|d| (d, DNS)));
    if let Some(login) = &vm.login {
        b.put("ciuser", login.name.clone());
        b.put("sshkeys", (joined("\n", login.keys.iter().map(|k| words![k])), CLOUD_INIT));
    }
}

fn ha(vm: &Vm<'_>, b: &mut Map, out: &mut Out<'_>) {
    let Some(ha) = vm.ha else { return };
    b.put("hastate", ha.state);
    let (by_rules, version) = vm.ha_rules();
    let mut by_hand = |at, what: String| {
        let mut d = Diag::new(code::L0613, format!("this provider cannot {what}: it must be done by hand"));
        if let Some(span) = out.causes.span(at) {
            d = d.at(span, "stated here");
        }
        out.sink.report(d.help("terraform-provider \"bpg/proxmox\" \"0.111\""));
    };
    if let Some((group, why)) = vm.ha_group() {
        if !by_rules {
            b.put("hagroup", by(by(&group.name, &[why]), version.as_slice()));
        }
        let what = if by_rules { "rule" } else { "group" };
        by_hand(why, format!("make the HA {what} that binds {} to {}", vm.name, group.name));
    }
    if let Some(restarts) = vm.stated_restarts() {
        by_hand(restarts.at, format!("set the {restarts} restarts of {}", vm.name));
    }
}
