//! What every dialect needs of a machine, looked up once; knows no provider's field names.

use super::rules::*;
use super::{by, joined};
use crate::diag::{Diag, code};
use crate::emit::Out;
use crate::ir::*;
use crate::render::{Composed, Doc, Why};
use crate::schema::*;
use crate::source::{Origin, Sp};
use crate::words;

/// A machine and all that it refers to.
pub(super) struct Vm<'a> {
    pub name: &'a Sp<Name>,
    pub topology: &'a Topology,
    pub proxmox: &'a Proxmox,
    /// Where it is placed.
    pub node: Sp<Name>,
    /// The statement of the placement.
    pub placed: Origin,
    pub vm_id: &'a Sp<u32>,
    pub template: &'a Template,
    /// The statement of the template.
    pub cloned: Origin,
    pub cores: &'a Sp<u32>,
    pub sockets: &'a Sp<u32>,
    pub cpu: &'a Sp<CpuType>,
    pub numa: &'a Sp<bool>,
    pub memory: &'a Sp<u64>,
    pub controller: &'a Sp<Controller>,
    pub disks: &'a [Disk],
    pub nics: Vec<VmNic<'a>>,
    pub start: &'a Start,
    pub ha: Option<&'a Ha>,
    pub login: Option<VmLogin<'a>>,
    pub first_boot: &'a Sp<FirstBoot>,
    pub protect: &'a Sp<bool>,
    pub dns: Option<Composed>,
    pub resolvers: &'a [Sp<std::net::Ipv4Addr>],
    pub description: Composed,
    /// Whether somebody starts it when it has a configuration: a firewall that is only a clone serves DHCP to whoever is there.
    pub waits: bool,
    /// In the order of their texts, each once.
    pub tags: Vec<Composed>,
    /// Where the statement of the machine is.
    pub at: Origin,
}

/// The account that cloud-init makes.
pub(super) struct VmLogin<'a> {
    /// Its name, with the statement that the machine gets it.
    pub name: (Doc, Why),
    pub keys: &'a [Sp<SshKey>],
}

/// A network interface and its VLAN.
pub(super) struct VmNic<'a> {
    pub mac: Sp<String>,
    /// The bridge it is plugged into.
    pub bridge: Composed,
    /// The tag it names there; `None` where the bridge has the tag.
    pub tag: Option<&'a Sp<u16>>,
    /// Tags that pass it beside that, as Proxmox lists them; `None` where there are none.
    pub trunks: Option<Composed>,
    /// What Proxmox is told of the MTU in bytes: 1 for that of the bridge, `None` where that is 1500 too.
    pub mtu: Option<(Doc, Why)>,
    /// Address and prefix; `None` with DHCP.
    pub address: Option<Composed>,
    pub dhcp: &'a Sp<bool>,
    /// Whether it has no address on purpose: those come last.
    pub bare: bool,
    pub gateway: Option<&'a Sp<std::net::Ipv4Addr>>,
}

/// A MAC address as Proxmox writes it: bpg accepts no other spelling, Telmate 2.9 sees a difference in one.
pub(super) fn upper(mac: &Sp<Mac>) -> Sp<String> {
    mac.map(|m| m.to_string().to_uppercase())
}

impl<'a> Vm<'a> {
    pub(super) fn of(sealed: &Sealed<'a>, machine: &'a Machine) -> Vm<'a> {
        let topology: &'a Topology = sealed;
        let Machine {
            name,
            kind,
            on,
            vm_id,
            template,
            cores,
            sockets,
            cpu,
            numa,
            memory,
            controller,
            disks,
            nics,
            start,
            ha,
            login,
            first_boot,
            protect,
            clients,
            // A promise about backups: it changes nothing that Terraform makes.
            recovery: _,
            at,
        } = machine;
        let host = topology.host(on.v);
        let proxmox = topology.proxmox(host.proxmox);
        let (description, mut tags) = kind_words(topology, kind);
        tags.sort_by(|a, b| a.text.cmp(&b.text));
        tags.dedup_by(|a, b| a.text == b.text);
        // Who asks for the time is not told here: neither Proxmox nor a provider has a field for it.
        let Clients { dns, search, ntp: _ } = clients;
        Vm {
            name,
            topology,
            proxmox,
            node: host.name.clone(),
            placed: on.at,
            vm_id,
            template: topology.template(template.v),
            cloned: template.at,
            cores,
            sockets,
            cpu,
            numa,
            memory,
            controller,
            disks,
            nics: nics.iter().map(|n| VmNic::of(topology, host, n)).collect(),
            start,
            ha: ha.as_ref(),
            login: login.as_ref().map(|stated| {
                let Login { name, keys } = topology.login(stated.v);
                VmLogin { name: by(name, &[stated.at]), keys }
            }),
            first_boot,
            protect,
            dns: (!search.is_empty()).then(|| joined(" ", search.iter().map(|d| words![d]))),
            resolvers: dns,
            // What HA keeps running it starts, whatever Terraform says.
            waits: matches!(kind, MachineKind::Firewall { .. }) && ha.is_none(),
            description,
            tags,
            at: *at,
        }
    }

    /// The name of the host with the statement of the placement.
    pub fn node(&self) -> (Doc, Why) {
        by(&self.node, &[self.placed])
    }

    /// Whether the template holds a system with cloud-init.
    pub fn linux(&self) -> bool {
        self.template.os.linux
    }

    /// Whether cloud-init sets addresses.
    pub fn addressed(&self) -> bool {
        self.linux() && self.first_boot.v == FirstBoot::CloudInit
    }

    /// Whether each disk has a controller of its own.
    pub fn io_threads(&self) -> Sp<bool> {
        self.controller.map(|c| match c {
            Controller::VirtioSingle => true,
            Controller::Virtio => false,
        })
    }

    /// The store of the first disk: of the system, its EFI variables and its cloud-init drive.
    pub fn system_store(&self) -> Option<(Doc, Why)> {
        let store = &self.topology.datastore(self.disks.first()?.datastore.v).name;
        Some(by(store, &[self.disks[0].datastore.at]))
    }

    /// The store of a disk.
    pub fn store(&self, disk: &Disk) -> (Doc, Why) {
        by(&self.topology.datastore(disk.datastore.v).name, &[disk.datastore.at])
    }

    /// What a reader wants to know and no field says: the template under its other names, hosts of a group made by hand.
    pub fn remark(&self, by_hand: bool) -> Composed {
        let template = self.template;
        let mut text = words!["Cloned from ", template.image];
        if let Some(id) = &template.vm_id {
            text = words![text, ", VM ", id];
        }
        if let Some(on) = &template.on {
            text = words![text, " on ", Sp::new(self.topology.host(on.v).name.v.clone(), on.at)];
        }
        if let Some((group, why)) = self.ha_group().filter(|_| by_hand) {
            let hosts = group.hosts.iter().map(|h| words![Sp::new(self.topology.host(h.v).name.v.clone(), h.at)]);
            let name = Composed { why: vec![group.name.at, why], ..words![group.name] };
            text = words![text, "; bind it to HA group ", name, " by hand: ", joined(", ", hosts)];
        }
        if let Some(restarts) = self.stated_restarts().filter(|_| by_hand) {
            text = words![text, "; set its max_restart by hand: ", restarts];
        }
        words![text, "."]
    }

    /// The HA group that it is bound to.
    pub fn ha_group(&self) -> Option<(&'a HaGroup, Origin)> {
        let group = self.ha?.group.as_ref()?;
        self.proxmox.ha_groups.get(group.v as usize).map(|g| (g, group.at))
    }

    /// The restarts that the file states: Proxmox has the same default.
    pub fn stated_restarts(&self) -> Option<&'a Sp<u32>> {
        self.ha.map(|ha| &ha.restarts).filter(|r| r.at.rule().is_none())
    }

    /// Whether HA knows rules instead of groups, and the version that says so.
    pub fn ha_rules(&self) -> (bool, Option<Origin>) {
        ha_rules(self.topology)
    }

    /// Whether Terraform must let HA choose the host.
    pub fn ha_moves(&self) -> Option<Origin> {
        self.ha.filter(|ha| ha.state.v == HaState::Started).map(|ha| ha.state.at)
    }

    /// Whether HA keeps it stopped.
    pub fn kept_stopped(&self) -> Option<Origin> {
        self.ha.filter(|ha| ha.state.v == HaState::Stopped).map(|ha| ha.state.at)
    }

    /// Reports interfaces that the provider cannot give an address at first boot.
    pub fn limit_addresses(&self, most: usize, out: &mut Out<'_>) {
        let (name, has) = (self.name, self.nics.iter().filter(|n| !n.bare).count());
        if !self.addressed() || has <= most {
            return;
        }
        let mut d = Diag::new(
            code::E0611,
            format!("{name} has {has} interfaces, and the provider gives only {most} of them an address at first boot"),
        );
        if let Some(span) = out.causes.span(self.at) {
            d = d.at(span, format!("{has} interfaces"));
        }
        out.sink.report(d.help("first-boot \"netplan\""));
    }
}

impl<'a> VmNic<'a> {
    fn of(topology: &'a Topology, host: &Host, nic: &'a Nic) -> VmNic<'a> {
        let proxmox = topology.proxmox(host.proxmox);
        let Nic {
            vlan,
            address,
            dhcp,
            bare,
            mac,
            mtu,
            // The guest's own names, routes and tables are Netplan's.
            ifname: _,
            source_route: _,
            no_source_route: _,
            default_via,
            trunks,
            // Values carry their own origins.
            at: _,
        } = nic;
        let net = topology.vlan(vlan.v);
        let (bridge, tag) = match proxmox.bridges.v {
            Bridges::PerVlan => (words!["vmbr", net.tag], None),
            Bridges::VlanAware => (words!["vmbr0"], Some(&net.tag)),
        };
        // One bridge for all passes the largest packet of all VLANs of the host.
        let bridge_mtu = match proxmox.bridges.v {
            Bridges::PerVlan => net.mtu,
            Bridges::VlanAware => {
                host.vlans.iter().map(|v| topology.vlan(v.v).mtu).fold(net.mtu, |a, b| if b.v > a.v { b } else { a })
            }
        };
        let mtu = if mtu.v != bridge_mtu.v {
            Some(by(mtu, &[bridge_mtu.at, proxmox.bridges.at, OWN_MTU.origin()]))
        } else {
            (bridge_mtu.v != 1500).then(|| by((1u16, INHERIT_MTU), &[bridge_mtu.at]))
        };
        let bridge = Composed { why: [bridge.why, vec![vlan.at, proxmox.bridges.at]].concat(), text: bridge.text };
        VmNic {
            mac: upper(mac),
            bridge,
            tag,
            trunks: (!trunks.is_empty()).then(|| {
                joined(";", trunks.iter().map(|v| words![topology.vlan(v.v).tag].citing(v.at).citing(TRUNKS.origin())))
            }),
            mtu,
            address: address.as_ref().map(|a| words![a, "/", net.subnet.map(|s| s.prefix_len())]),
            dhcp,
            bare: bare.v,
            gateway: default_via.as_ref(),
        }
    }
}

/// Whether HA knows rules instead of groups, and the version that says so.
pub(super) fn ha_rules(topology: &Topology) -> (bool, Option<Origin>) {
    match &topology.targets.proxmox {
        Some(version) => (version.ha_rules, Some(version.at)),
        None => (false, None),
    }
}

/// What Proxmox shows of a machine, and its tags.
fn kind_words(topology: &Topology, kind: &MachineKind) -> (Composed, Vec<Composed>) {
    const MADE: &str = "Made by topoc; change the topology, not this machine.";
    match kind {
        MachineKind::Single { role } => (words!["Single machine, ", role, ". ", MADE], vec![words![role]]),
        MachineKind::Firewall { firewall } => {
            let name = &topology.firewall(*firewall).name;
            (words!["Firewall ", name, ". ", MADE], vec![words!["firewall"], words![name]])
        }
        MachineKind::Node { cluster, group } => {
            let cluster = topology.cluster(*cluster);
            let mut tags = vec![words![cluster.name]];
            let mut what = words!["Node of cluster ", cluster.name];
            if let Some(group) = cluster.groups.get(*group as usize) {
                what = words![what, ", group ", group.name, ", ", group.role];
                tags.extend([words![group.name], words![group.role]]);
            }
            (words![what, ". ", MADE], tags)
        }
    }
}
