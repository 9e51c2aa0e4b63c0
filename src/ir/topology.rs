//! Everything decided: the model that lints read and emitters spell; holds no diagnostics and does no work.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::IdentityServer;
use crate::consumer::{
    AlloyCaps, ArgoCdCaps, AuthentikCaps, BlackboxExporterCaps, CertManagerCaps, CiliumCaps, GatewayApiCaps,
    IngressNginxCaps, KubeOvnCaps, KubekeyCaps, KubesphereCaps, LokiCaps, MetallbCaps, MultusCaps, OpnsenseCaps,
    OsCaps, PrometheusStackCaps, PromtailCaps, ProviderCaps, ProxmoxCaps, RookCaps, SnmpExporterCaps, TempoCaps,
    VeleroCaps, VyosCaps,
};
use crate::schema::*;
use crate::source::{Origin, Sp};

macro_rules! ids {
    ($($(#[doc = $doc:literal])+ $Id:ident $field:ident $get:ident $T:ident;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Id(pub u32);
        impl $Id {
            /// Stands for one that is wrong and was reported; a sealed topology has none.
            pub const REPORTED: $Id = $Id(u32::MAX);
            /// Whether it is a real one: lints run beside errors and must ask.
            pub fn is_known(self) -> bool {
                self.0 != u32::MAX
            }
        }
        impl Topology {
            #[doc = concat!("The one of that number in `", stringify!($field), "`.")]
            pub fn $get(&self, id: $Id) -> &$T {
                &self.$field[id.0 as usize]
            }
        }
    )*};
}

ids! {
    /// Number of a VLAN, in the order of tags.
    VlanId vlans vlan Vlan;
    /// Number of an upstream, in the order of names.
    UpstreamId upstreams upstream Upstream;
    /// Number of a Proxmox cluster, in the order of names.
    ProxmoxId proxmoxes proxmox Proxmox;
    /// Number of a Proxmox host, in the order of names.
    HostId hosts host Host;
    /// Number of a datastore, in the order of names.
    DatastoreId datastores datastore Datastore;
    /// Number of a login, in the order of names.
    LoginId logins login Login;
    /// Number of a template, in the order of names.
    TemplateId templates template Template;
    /// Number of a secret, in the order of names.
    SecretId secrets secret Secret;
    /// Number of a firewall, in the order of names.
    FirewallId firewalls firewall Firewall;
    /// Number of a machine, in the order of names.
    MachineId machines machine Machine;
    /// Number of a cluster, in the order of names.
    ClusterId clusters cluster Cluster;
    /// Number of an identity server, in the order of names.
    IdentityId identities identity IdentityServer;
}

/// The whole cloud, decided. Lists are ordered by name (VLANs by tag), so order in the file does not show.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Topology {
    /// What it is called.
    pub meta: Option<Meta>,
    /// The dialects of the consumers.
    pub targets: Targets,
    /// What is not ours.
    pub upstreams: Vec<Upstream>,
    /// Switches and what is plugged into them.
    pub switches: Vec<Switch>,
    /// Broadcast domains.
    pub vlans: Vec<Vlan>,
    /// What the Internet reaches.
    pub public: Vec<Public>,
    /// Clusters of hypervisors.
    pub proxmoxes: Vec<Proxmox>,
    /// Hypervisors.
    pub hosts: Vec<Host>,
    /// Jobs that copy machines, ordered by hypervisors and name.
    pub backups: Vec<super::BackupJob>,
    /// Stores of disks.
    pub datastores: Vec<Datastore>,
    /// Accounts.
    pub logins: Vec<Login>,
    /// What machines are cloned from.
    pub templates: Vec<Template>,
    /// Names of secrets.
    pub secrets: Vec<Secret>,
    /// Firewalls.
    pub firewalls: Vec<Firewall>,
    /// Every virtual machine: single ones, firewall nodes and cluster nodes.
    pub machines: Vec<Machine>,
    /// Kubernetes clusters.
    pub clusters: Vec<Cluster>,
    /// Who knows people.
    pub identities: Vec<super::IdentityServer>,
    /// What checks the tree on each change.
    pub ci: Option<super::Ci>,
    /// Every address that somebody has, ordered by VLAN and address.
    pub claims: Vec<Claim>,
    /// Who may talk to whom, ordered by name; policies of clusters and rules of firewalls are made from these.
    pub allows: Vec<super::Allow>,
    /// Who may not, whatever is allowed; ordered by name.
    pub denies: Vec<super::Deny>,
    /// What must hold in the end, ordered by name.
    pub expects: Vec<super::Expect>,
    /// Services at public addresses, ordered by name.
    pub publishes: Vec<super::Publish>,
    /// Hours in which rules hold, ordered by name.
    pub schedules: Vec<super::Schedule>,
    /// uuids that a firewall has by an import, by firewall and what they stand for; kept by the lock.
    #[serde(skip)]
    pub adopted: std::collections::BTreeMap<(Name, String), super::Uuid>,
    /// Fragments for artifacts.
    #[serde(skip)]
    pub raws: Vec<RawPatch>,
    /// What lacks a part that was wrong and reported: nothing may be said of what it lacks.
    #[serde(skip)]
    pub incomplete: Incomplete,
}

/// Things of which a part was wrong and reported; a sealed topology has none.
#[derive(Clone, Debug, Default)]
pub struct Incomplete {
    /// Machines that lack a NIC or an address.
    pub machines: std::collections::BTreeSet<MachineId>,
    /// Firewalls that lack an interface or an address.
    pub firewalls: std::collections::BTreeSet<FirewallId>,
    /// Upstreams that lack a router.
    pub upstreams: std::collections::BTreeSet<UpstreamId>,
    /// Hosts that lack a bond, a port of one, or their trunk.
    pub hosts: std::collections::BTreeSet<HostId>,
}

/// A topology without errors: only the gate makes one, only emitters take one.
#[derive(Debug)]
pub struct Sealed<'a>(&'a Topology);

impl<'a> Sealed<'a> {
    /// Seals a topology; `None` while there are errors.
    pub fn new(topology: &'a Topology, sink: &crate::diag::Sink) -> Option<Self> {
        (!sink.has_errors()).then_some(Sealed(topology))
    }

    /// What it is called: a sealed topology always has a name.
    pub fn meta(&self) -> &'a Meta {
        self.0.meta.as_ref().expect("a topology without a name is an error, and errors are not sealed")
    }
}

impl<'a> std::ops::Deref for Sealed<'a> {
    type Target = &'a Topology;
    fn deref(&self) -> &&'a Topology {
        &self.0
    }
}

/// What a topology is called.
#[derive(Clone, Debug, Serialize)]
pub struct Meta {
    /// Its short name; part of every derived id.
    pub name: Sp<Label>,
    /// The DNS domain of hosts and machines.
    pub domain: Option<Sp<Domain>>,
    /// Who answers for it.
    pub contact: Option<Sp<Email>>,
}

/// The dialects of the consumers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Targets {
    /// Proxmox VE.
    pub proxmox: Option<Sp<&'static ProxmoxCaps>>,
    /// The oldest Terraform that the files are for, as stated.
    pub terraform: Option<Sp<Version>>,
    /// The Terraform provider.
    pub provider: Option<Sp<&'static ProviderCaps>>,
    /// Its address as stated.
    pub provider_source: Option<Sp<ProviderSource>>,
    /// Its version as stated.
    pub provider_version: Option<Sp<Version>>,
    /// OPNsense.
    pub opnsense: Option<Target<OpnsenseCaps>>,
    /// Authentik.
    pub authentik: Option<Target<AuthentikCaps>>,
    /// What runs in clusters.
    pub cluster: ClusterTargets,
}

/// Versions of what runs in clusters, as stated, each with its row.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ClusterTargets {
    /// Kubernetes, `major.minor.patch`.
    pub kubernetes: Option<Sp<Version>>,
    /// KubeSphere.
    pub kubesphere: Option<Target<KubesphereCaps>>,
    /// Ceph.
    pub ceph: Option<Sp<Version>>,
    /// KubeKey.
    pub kubekey: Option<Target<KubekeyCaps>>,
    /// The Cilium chart.
    pub cilium: Option<Target<CiliumCaps>>,
    /// The MetalLB chart.
    pub metallb: Option<Target<MetallbCaps>>,
    /// The Rook charts.
    pub rook: Option<Target<RookCaps>>,
    /// The ingress-nginx chart.
    pub ingress_nginx: Option<Target<IngressNginxCaps>>,
    /// The Gateway API's resources.
    pub gateway_api: Option<Target<GatewayApiCaps>>,
    /// The cert-manager chart.
    pub cert_manager: Option<Target<CertManagerCaps>>,
    /// The Argo CD chart.
    pub argo_cd: Option<Target<ArgoCdCaps>>,
    /// The kube-prometheus-stack chart.
    pub prometheus_stack: Option<Target<PrometheusStackCaps>>,
    /// The chart of the blackbox exporter.
    pub blackbox_exporter: Option<Target<BlackboxExporterCaps>>,
    /// The SNMP exporter.
    pub snmp_exporter: Option<Target<SnmpExporterCaps>>,
    /// The Loki chart.
    pub loki: Option<Target<LokiCaps>>,
    /// The Alloy chart.
    pub alloy: Option<Target<AlloyCaps>>,
    /// The Promtail chart.
    pub promtail: Option<Target<PromtailCaps>>,
    /// The Tempo chart.
    pub tempo: Option<Target<TempoCaps>>,
    /// The Kube-OVN chart.
    pub kube_ovn: Option<Target<KubeOvnCaps>>,
    /// Multus.
    pub multus: Option<Target<MultusCaps>>,
    /// The Velero chart.
    pub velero: Option<Target<VeleroCaps>>,
    /// VyOS: no cluster runs it, but what routes the VLANs of nested ones may.
    pub vyos: Option<Target<VyosCaps>>,
}

/// A consumer's version and what is known of it.
#[derive(Debug, Serialize)]
pub struct Target<T: 'static> {
    /// As stated: the artifact pins exactly this.
    pub version: Sp<Version>,
    /// Its row.
    pub caps: Sp<&'static T>,
}

impl<T> Clone for Target<T> {
    fn clone(&self) -> Self {
        Target { version: self.version.clone(), caps: self.caps }
    }
}

/// What is not ours.
#[derive(Clone, Debug, Serialize)]
pub struct Upstream {
    /// Its name.
    pub name: Sp<Name>,
    /// Its addresses on our VLANs.
    pub routers: Vec<RouterAddress>,
}

/// An address of a router on a VLAN.
#[derive(Clone, Debug, Serialize)]
pub struct RouterAddress {
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// The address.
    pub address: Sp<Ipv4Addr>,
}

/// A switch and what is plugged into it.
#[derive(Clone, Debug, Serialize)]
pub struct Switch {
    /// Its name.
    pub name: Sp<Name>,
    /// The largest packet of its ports, in bytes.
    pub mtu: Sp<u16>,
    /// Ports, ordered as the switch would: by their numbers.
    pub ports: Vec<SwitchPort>,
}

/// A port of a switch.
#[derive(Clone, Debug, Serialize)]
pub struct SwitchPort {
    /// The port as the switch calls it.
    pub name: Sp<PortName>,
    /// The host at the other end.
    pub host: Option<Sp<HostId>>,
    /// The NIC at the other end.
    pub nic: Sp<IfName>,
    /// VLANs with a tag, ordered by tag.
    pub trunk: Vec<Sp<VlanId>>,
    /// Tags that the file states as numbers.
    pub tags: Vec<Sp<TagRange>>,
    /// The VLAN without a tag.
    pub native: Option<Sp<VlanId>>,
    /// The LACP group.
    pub group: Option<Sp<StoreId>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A broadcast domain with one subnet.
#[derive(Clone, Debug, Serialize)]
pub struct Vlan {
    /// Its name.
    pub name: Sp<Name>,
    /// Its tag.
    pub tag: Sp<u16>,
    /// Its subnet.
    pub subnet: Sp<ipnet::Ipv4Net>,
    /// What routes it.
    pub router: Sp<Router>,
    /// The router's address there; `None` when nobody routes it or the router is wrong.
    pub gateway: Option<Sp<Ipv4Addr>>,
    /// The largest packet, in bytes.
    pub mtu: Sp<u16>,
    /// Whether machines on it may reach the Internet.
    pub internet: Sp<bool>,
    /// What it is for.
    pub purpose: Option<Sp<Text>>,
    /// Addresses that are kept.
    pub reserves: Vec<Reserve>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What routes a VLAN.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Router {
    /// Nothing: the VLAN is on its own.
    Nobody,
    /// An upstream.
    Upstream(UpstreamId),
    /// A firewall.
    Firewall(FirewallId),
    /// A machine.
    Machine(MachineId),
    /// A name that is wrong and was reported.
    Reported,
}

/// Addresses of a VLAN that are kept for something.
#[derive(Clone, Debug, Serialize)]
pub struct Reserve {
    /// What for.
    pub name: Sp<Label>,
    /// First address.
    pub from: Sp<Ipv4Addr>,
    /// Last address.
    pub to: Sp<Ipv4Addr>,
}

/// Addresses that the Internet reaches.
#[derive(Clone, Debug, Serialize)]
pub struct Public {
    /// First and last addresses of each run.
    pub ranges: Vec<(Sp<Ipv4Addr>, Sp<Ipv4Addr>)>,
    /// What the upstream translates the first of each run to, in the order of `ranges`; the others follow.
    pub inner: Vec<Option<Sp<Ipv4Addr>>>,
    /// How they reach us.
    pub how: Option<Sp<Delivery>>,
    /// The firewall that gets them.
    pub to: Option<Sp<FirewallId>>,
    /// The VLAN of the way out by which they come, where it is stated.
    pub by: Option<Sp<VlanId>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

impl Public {
    /// Whether an address is one of them.
    pub fn has(&self, address: Ipv4Addr) -> bool {
        self.ranges.iter().any(|(from, to)| from.v <= address && address <= to.v)
    }

    /// What the upstream translates one of them to, where it is stated: the origins are the stated address and its run.
    pub fn inner_of(&self, address: Ipv4Addr) -> Option<(Ipv4Addr, [Origin; 2])> {
        let run = self.ranges.iter().zip(&self.inner).find(|((from, to), _)| from.v <= address && address <= to.v);
        let ((from, _), inner) = run?;
        let inner = (*inner)?;
        let offset = u32::from(address) - u32::from(from.v);
        Some((u32::from(inner.v).checked_add(offset)?.into(), [inner.at, from.at]))
    }

    /// The leg of the firewall by which they come, with its number: the stated one, or the first way out.
    pub fn leg<'f>(&self, firewall: &'f Firewall) -> Option<(usize, &'f FirewallLeg)> {
        let stated = |l: &FirewallLeg| self.by.is_none_or(|by| by.v == l.vlan.v);
        firewall.legs.iter().enumerate().find(|(_, l)| l.gateway.is_some() && stated(l))
    }
}

/// A cluster of hypervisors.
#[derive(Clone, Debug, Serialize)]
pub struct Proxmox {
    /// Its name.
    pub name: Sp<Name>,
    /// How guests reach their VLANs.
    pub bridges: Sp<Bridges>,
    /// The VLAN that the hosts are managed on.
    pub management: Option<Sp<VlanId>>,
    /// The hosts' default gateway.
    pub gateway: Option<Sp<Ipv4Addr>>,
    /// How a change of interfaces is put in force.
    pub apply: Sp<Apply>,
    /// The resource pool of all machines.
    pub pool: Option<Sp<StoreId>>,
    /// Where the API answers.
    pub endpoint: Option<Sp<Url>>,
    /// Groups of hosts for HA.
    pub ha_groups: Vec<HaGroup>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Hosts that HA may run a machine on.
#[derive(Clone, Debug, Serialize)]
pub struct HaGroup {
    /// Its name.
    pub name: Sp<Label>,
    /// The hosts.
    pub hosts: Vec<Sp<HostId>>,
}

/// A hypervisor.
#[derive(Clone, Debug, Serialize)]
pub struct Host {
    /// Its host name.
    pub name: Sp<Name>,
    /// The cluster it is in.
    pub proxmox: ProxmoxId,
    /// Its address on the management VLAN.
    pub address: Option<Sp<Ipv4Addr>>,
    /// The interface that carries all VLANs with tags.
    pub trunk: Option<Sp<IfName>>,
    /// Its bonds, ordered by name; only those whose ports are its own.
    pub bonds: Vec<Bond>,
    /// The VLANs it bridges, ordered by tag.
    pub vlans: Vec<Sp<VlanId>>,
    /// Addresses on further VLANs.
    pub addresses: Vec<RouterAddress>,
    /// Further NICs and their MTU.
    pub nics: Vec<HostNic>,
    /// Whom it asks for names and time.
    pub clients: Clients,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A further NIC of a hypervisor.
#[derive(Clone, Debug, Serialize)]
pub struct HostNic {
    /// Its interface name.
    pub name: Sp<IfName>,
    /// The largest packet, in bytes.
    pub mtu: Sp<u16>,
}

/// NICs that work as one.
#[derive(Clone, Debug, Serialize)]
pub struct Bond {
    /// Its interface name.
    pub name: Sp<IfName>,
    /// Its ports.
    pub ports: Vec<Sp<IfName>>,
    /// How they work together.
    pub mode: Sp<BondMode>,
    /// The port that works first.
    pub primary: Option<Sp<IfName>>,
    /// What frames are spread by; `None` in a mode that does not spread.
    pub hash: Option<Sp<BondHash>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A store of disks.
#[derive(Clone, Debug, Serialize)]
pub struct Datastore {
    /// Its name.
    pub name: Sp<Name>,
    /// Whether every host reaches the same content.
    pub shared: Sp<bool>,
    /// The one that disks use which name none.
    pub default: Sp<bool>,
}

/// An account on machines.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The user name.
    pub name: Sp<Name>,
    /// Keys that may log in, ordered by name.
    pub keys: Vec<Sp<SshKey>>,
}

/// What machines are cloned from.
#[derive(Clone, Debug, Serialize)]
pub struct Template {
    /// Its name in the topology.
    pub name: Sp<Name>,
    /// Its name in Proxmox.
    pub image: Sp<StoreId>,
    /// Its VM id in Proxmox.
    pub vm_id: Option<Sp<u32>>,
    /// The host that it lives on.
    pub on: Option<Sp<HostId>>,
    /// What is known of its operating system.
    pub os: Sp<&'static OsCaps>,
    /// The account that machines get.
    pub login: Option<Sp<LoginId>>,
    /// Whether the QEMU guest agent runs in it.
    pub agent: Sp<bool>,
    /// What it boots with.
    pub firmware: Sp<Firmware>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The name of a secret and where it is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Secret {
    /// Its name.
    pub name: Sp<Name>,
    /// The kind of store.
    pub store: Sp<SecretStore>,
    /// File or variable.
    pub path: Sp<SecretPlace>,
    /// Key in the file.
    pub key: Option<Sp<SecretPlace>>,
}

/// A firewall: one or two machines that route and filter.
#[derive(Clone, Debug, Serialize)]
pub struct Firewall {
    /// Its name.
    pub name: Sp<Name>,
    /// Its machines, ordered by name.
    pub nodes: Vec<MachineId>,
    /// Its legs: WAN first, then by slot.
    pub legs: Vec<FirewallLeg>,
    /// The VLAN that it is managed on.
    pub management: Option<Sp<VlanId>>,
    /// What it does.
    pub layer: super::FirewallLayer,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An interface of a firewall, the same on each of its machines.
#[derive(Clone, Debug, Serialize)]
pub struct FirewallLeg {
    /// The VLAN.
    pub vlan: Sp<VlanId>,
    /// The address that the firewall as a whole has there; `None` with DHCP.
    pub address: Option<Sp<Ipv4Addr>>,
    /// The upstream behind it, on the way out.
    pub gateway: Option<Sp<UpstreamId>>,
    /// Whether the address comes by DHCP, where that is stated and no address is.
    pub dhcp: Option<Sp<bool>>,
    /// The VLAN whose interface carries this one with a tag; `None` when it has a NIC of its own.
    pub carried_by: Option<Sp<VlanId>>,
    /// The CARP group (VHID) by which a pair shares the address; the same protocol as VRRP, so it counts among its ids.
    pub carp: Option<Sp<u8>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A virtual machine.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// Its host name.
    pub name: Sp<Name>,
    /// What it is part of.
    pub kind: MachineKind,
    /// The hypervisor that it is placed on.
    pub on: Sp<HostId>,
    /// Its VM id in Proxmox.
    pub vm_id: Sp<u32>,
    /// What it is cloned from.
    pub template: Sp<TemplateId>,
    /// Cores of each socket.
    pub cores: Sp<u32>,
    /// Processor sockets.
    pub sockets: Sp<u32>,
    /// The CPU type that it sees.
    pub cpu: Sp<CpuType>,
    /// Whether it sees the host's memory nodes.
    pub numa: Sp<bool>,
    /// Memory in MiB.
    pub memory: Sp<u64>,
    /// The disk controller.
    pub controller: Sp<Controller>,
    /// Its disks; the system disk first, then as stated: their order is their SCSI number.
    pub disks: Vec<Disk>,
    /// Its network interfaces in the order of their slots.
    pub nics: Vec<Nic>,
    /// When it starts.
    pub start: Start,
    /// Whether Proxmox HA looks after it.
    pub ha: Option<Ha>,
    /// The account on it.
    pub login: Option<Sp<LoginId>>,
    /// Who configures its network at first boot.
    pub first_boot: Sp<FirstBoot>,
    /// Whether Proxmox refuses to delete it.
    pub protect: Sp<bool>,
    /// What is promised of a restore.
    pub recovery: Option<Recovery>,
    /// Whom it asks for names and time.
    pub clients: Clients,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Whom a host or a machine asks for names and time.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Clients {
    /// Addresses of name servers.
    pub dns: Vec<Sp<Ipv4Addr>>,
    /// Domains that bare names are looked up in.
    pub search: Vec<Sp<Domain>>,
    /// Names or addresses of time servers.
    pub ntp: Vec<Sp<Domain>>,
}

/// What a machine is part of.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineKind {
    /// It stands alone.
    Single {
        /// What it is there for.
        role: Sp<VmRole>,
    },
    /// It is a firewall, or half of one.
    Firewall {
        /// The firewall.
        firewall: FirewallId,
    },
    /// It is a node of a cluster.
    Node {
        /// The cluster.
        cluster: ClusterId,
        /// Its group: number in [`Cluster::groups`].
        group: u32,
    },
}

/// A disk of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Disk {
    /// Its name.
    pub name: Sp<Label>,
    /// Its size in MiB.
    pub size: Sp<u64>,
    /// Where it is kept.
    pub datastore: Sp<DatastoreId>,
    /// What it is for.
    pub used_for: Sp<DiskUse>,
    /// Whether Proxmox backs it up.
    pub backup: Sp<bool>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A network interface of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Nic {
    /// Its VLAN.
    pub vlan: Sp<VlanId>,
    /// Its address; `None` when it comes by DHCP, the NIC is bare, or it is wrong.
    pub address: Option<Sp<Ipv4Addr>>,
    /// Whether the address comes by DHCP.
    pub dhcp: Sp<bool>,
    /// Whether it has no address at all: it carries a VLAN for what runs on the machine.
    pub bare: Sp<bool>,
    /// Its MAC address.
    pub mac: Sp<Mac>,
    /// What Linux calls it.
    pub ifname: Sp<IfName>,
    /// The largest packet, in bytes.
    pub mtu: Sp<u16>,
    /// The gateway of the default route, when that goes out here.
    pub default_via: Option<Sp<Ipv4Addr>>,
    /// The gateway and table of answers to what came in here.
    pub source_route: Option<SourceRoute>,
    /// Set where the file says that there is none, though there could be.
    pub no_source_route: Option<Sp<bool>>,
    /// VLANs that pass it with their tags, ordered by tag: interfaces of a firewall without a NIC of their own.
    pub trunks: Vec<Sp<VlanId>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// Routing of answers by their source address.
#[derive(Clone, Debug, Serialize)]
pub struct SourceRoute {
    /// The gateway.
    pub via: Sp<Ipv4Addr>,
    /// The routing table: the VLAN's tag and 1000, clear of those that systems reserve.
    pub table: Sp<u32>,
}

/// When Proxmox starts a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// Its position.
    pub order: Option<Sp<u32>>,
    /// Wait before the next, in seconds.
    pub delay: Option<Sp<u32>>,
    /// Whether it starts with its host.
    pub on_boot: Sp<bool>,
}

/// How Proxmox HA looks after a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Ha {
    /// What HA keeps it in.
    pub state: Sp<HaState>,
    /// The hosts that may run it: number in [`Proxmox::ha_groups`].
    pub group: Option<Sp<u32>>,
    /// Restarts before it moves.
    pub restarts: Sp<u32>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What is promised of a restore, in seconds.
#[derive(Clone, Debug, Serialize)]
pub struct Recovery {
    /// The age of what a restore brings back.
    pub rpo: Sp<Seconds>,
    /// How long a restore takes.
    pub rto: Sp<Seconds>,
}

/// A Kubernetes cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Cluster {
    /// Its name.
    pub name: Sp<Name>,
    /// Addresses of pods.
    pub pods: Sp<ipnet::Ipv4Net>,
    /// Prefix of each node's share.
    pub per_node: Sp<u8>,
    /// Addresses of services.
    pub services: Sp<ipnet::Ipv4Net>,
    /// The VLAN of the nodes' own addresses.
    pub node_network: Sp<VlanId>,
    /// Groups of nodes, ordered by name.
    pub groups: Vec<NodeGroup>,
    /// The API.
    pub api: Api,
    /// What runs in it.
    pub layer: Layer,
    /// The same nodes with other settings, ordered by name.
    pub environments: Vec<Environment>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// What runs in a cluster, decided from the cluster's statements or from those with an environment's merged over them.
#[derive(Clone, Debug, Serialize)]
pub struct Layer {
    /// The folder of its files in the tree.
    pub folder: Sp<Label>,
    /// The network plugin.
    pub cilium: Option<super::Cilium>,
    /// Names inside it.
    pub dns: super::ClusterDns,
    /// Who announces addresses of services.
    pub balancers: Vec<super::Balancer>,
    /// Ways in for HTTP, ordered by what serves them.
    pub ingresses: Vec<super::Ingress>,
    /// Certificates.
    pub certificates: Option<super::Certificates>,
    /// The platform's own pages.
    pub ui: Option<super::Ui>,
    /// Monitoring.
    pub monitoring: Option<super::Monitoring>,
    /// Who keeps it as a repository says.
    pub gitops: Option<super::Gitops>,
    /// Checks of the running cloud.
    pub health: Option<super::Health>,
    /// Copies of what runs there.
    pub backup: Option<super::Velero>,
    /// Storage.
    pub storage: Option<super::Storage>,
    /// Logs.
    pub logging: Option<super::Logging>,
    /// Traces of applications.
    pub tracing: Option<super::Tracing>,
    /// Clusters inside it, ordered by name.
    pub nested: Vec<super::Nested>,
    /// Who may talk to whom.
    pub policies: Option<super::Policies>,
    /// What installs it.
    pub install: Option<super::Install>,
}

impl Layer {
    /// Nothing runs there, and nothing is decided yet.
    pub fn empty(folder: Sp<Label>, dns: super::ClusterDns) -> Layer {
        Layer {
            folder,
            cilium: None,
            dns,
            balancers: Vec::new(),
            ingresses: Vec::new(),
            certificates: None,
            ui: None,
            monitoring: None,
            gitops: None,
            health: None,
            backup: None,
            storage: None,
            logging: None,
            tracing: None,
            nested: Vec::new(),
            policies: None,
            install: None,
        }
    }
}

/// The nodes of a cluster with other settings.
#[derive(Clone, Debug, Serialize)]
pub struct Environment {
    /// Its name.
    pub name: Sp<Label>,
    /// What runs there.
    pub layer: Layer,
    /// What the cluster has and this environment has not.
    pub off: Vec<Off>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// A statement of a cluster that an environment is without.
#[derive(Clone, Debug, Serialize)]
pub struct Off {
    /// Its word.
    pub word: Sp<OffWord>,
    /// Its name, where it was said.
    pub name: Option<Sp<Label>>,
}

/// A group of nodes.
#[derive(Clone, Debug, Serialize)]
pub struct NodeGroup {
    /// Its name.
    pub name: Sp<Name>,
    /// What they do.
    pub role: Sp<NodeRole>,
    /// The nodes in the order of their numbers.
    pub nodes: Vec<MachineId>,
    /// Labels, ordered by key.
    pub labels: Vec<(Sp<LabelKey>, Sp<LabelValue>)>,
    /// Taints, ordered by key.
    pub taints: Vec<(Sp<LabelKey>, Sp<LabelValue>, Sp<TaintEffect>)>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// The API of a cluster.
#[derive(Clone, Debug, Serialize)]
pub struct Api {
    /// Its full name in DNS.
    pub name: Sp<Domain>,
    /// Its address.
    pub address: Sp<Ipv4Addr>,
    /// Its port.
    pub port: Sp<u16>,
    /// How the control-plane nodes hold the address; `None` when somebody else does.
    pub vrrp: Option<Vrrp>,
    /// Who holds the address.
    pub held_by: Sp<ApiHolder>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// VRRP (RFC 9568) between the control-plane nodes.
#[derive(Clone, Debug, Serialize)]
pub struct Vrrp {
    /// The router id.
    pub id: Sp<u8>,
    /// The secret that the nodes share.
    pub secret: Option<Sp<SecretId>>,
    /// Each control-plane node and its priority, in the order of names.
    pub members: Vec<(MachineId, Sp<u8>)>,
    /// What the check does to the priority.
    pub weight: Sp<i16>,
    /// Seconds between checks.
    pub interval: Sp<u32>,
    /// Failures in a row that count.
    pub fall: Sp<u32>,
    /// Successes in a row that count.
    pub rise: Sp<u32>,
    /// Whether the address comes back.
    pub preempt: Sp<bool>,
    /// What holding the address adds to the priority where it does not come back: more than the largest distance, and with
    /// that distance less than the weight; `None` where it comes back.
    pub hold: Option<Sp<u8>>,
    /// Where the statement is.
    #[serde(skip)]
    pub at: Origin,
}

/// An address that somebody has.
#[derive(Clone, Debug, Serialize)]
pub struct Claim {
    /// The VLAN.
    pub vlan: VlanId,
    /// The address.
    pub address: Sp<Ipv4Addr>,
    /// Who has it.
    pub owner: Owner,
}

/// Who has an address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// A router of an upstream.
    Upstream(UpstreamId),
    /// A firewall as a whole.
    Firewall(FirewallId),
    /// A hypervisor.
    Host(HostId),
    /// A machine.
    Machine(MachineId),
    /// The API of a cluster.
    Api(ClusterId),
}

/// A fragment for one artifact.
#[derive(Clone, Debug)]
pub struct RawPatch {
    /// The artifact.
    pub path: Sp<TreePath>,
    /// Why keys that topoc writes are replaced.
    pub replace: Option<Sp<Text>>,
    /// The keys and values.
    pub body: crate::syntax::NodeId,
    /// Where the statement is.
    pub at: Origin,
}

impl Cluster {
    /// Numbers of the groups whose nodes take pods that bear no taint: workers, or all where there are none.
    pub fn take_pods(&self) -> Vec<u32> {
        let open = |g: &NodeGroup| g.taints.iter().all(|(_, _, e)| e.v == TaintEffect::PreferNoSchedule);
        let of = |role: Option<NodeRole>| -> Vec<u32> {
            let all = (0u32..).zip(&self.groups);
            all.filter(|(_, g)| role.is_none_or(|r| g.role.v == r) && open(g)).map(|(i, _)| i).collect()
        };
        let workers = of(Some(NodeRole::Worker));
        if workers.is_empty() { of(None) } else { workers }
    }
}

impl Topology {
    /// What messages call an owner of an address.
    pub fn owner(&self, owner: &Owner) -> String {
        match owner {
            Owner::Upstream(u) => format!("router {}", self.upstream(*u).name),
            Owner::Firewall(f) => format!("firewall {}", self.firewall(*f).name),
            Owner::Host(h) => format!("host {}", self.host(*h).name),
            Owner::Machine(m) => self.machine(*m).name.to_string(),
            Owner::Api(c) => format!("API of cluster {}", self.cluster(*c).name),
        }
    }

    /// Whether an address is one of those that `public-addresses` states.
    pub fn is_public(&self, a: Ipv4Addr) -> bool {
        self.public.iter().flat_map(|p| &p.ranges).any(|(first, last)| first.v <= a && a <= last.v)
    }

    /// All machines with their numbers.
    pub fn machine_ids(&self) -> impl Iterator<Item = (MachineId, &Machine)> {
        self.machines.iter().enumerate().map(|(i, m)| (MachineId(i as u32), m))
    }

    /// What runs in each cluster, environments included: lints of the cluster layer look at all of them.
    pub fn layers(&self) -> impl Iterator<Item = (&Cluster, &Layer)> {
        self.clusters
            .iter()
            .flat_map(|c| std::iter::once((c, &c.layer)).chain(c.environments.iter().map(move |e| (c, &e.layer))))
    }

    /// All hypervisors with their numbers.
    pub fn host_ids(&self) -> impl Iterator<Item = (HostId, &Host)> {
        self.hosts.iter().enumerate().map(|(i, h)| (HostId(i as u32), h))
    }
}
