//! What the file says: one struct a statement, declared once for reader, reference, formatter and tests; decides nothing.

mod alerts;
mod backup;
mod balancer;
mod certificates;
mod ci;
mod cilium;
mod cluster;
mod dns;
mod environment;
mod expect;
mod firewall;
mod gitops;
mod health;
mod identity;
mod ingress;
mod installer;
mod logging;
mod monitoring;
mod nested;
mod policy;
mod secrets;
mod storage;
mod tracing;
mod ui;
mod versions;

pub use alerts::*;
pub use backup::*;
pub use balancer::*;
pub use certificates::*;
pub use ci::*;
pub use cilium::*;
pub use cluster::*;
pub use dns::*;
pub use environment::*;
pub use expect::*;
pub use firewall::*;
pub use gitops::*;
pub use health::*;
pub use identity::*;
pub use ingress::*;
pub use installer::*;
pub use logging::*;
pub use monitoring::*;
pub use nested::*;
pub use policy::*;
pub use secrets::*;
pub use storage::*;
pub use tracing::*;
pub use ui::*;
pub use versions::*;

use crate::schema::*;
use crate::statement;
use crate::syntax::NodeId;

statement! {
    /// The whole file. Statements may come in any order; order never means anything.
    Facts = "" {
        /// What this topology is called and which topoc may build it.
        topology: child<TopologyFacts> required, Parts;
        /// The version of each consumer: the dialect of its artifact follows.
        versions: child<VersionsFacts> "no consumer's version is stated; one that is needed is an error", Parts;
        /// What is not ours: routers of the upstream network.
        upstream: children<UpstreamFacts> "nothing upstream is known", Parts;
        /// A switch and what is plugged into it.
        switch: children<SwitchFacts> "switches are the network team's alone; the hand-off sheet lists what they need to know", Parts;
        /// A VLAN: one broadcast domain with one subnet.
        vlan: children<VlanFacts> "there are no VLANs", Parts;
        /// Addresses that the Internet reaches, and how they get here.
        public_addresses: children("public-addresses")<PublicFacts> "there are no public addresses", Parts;
        /// A cluster of Proxmox hosts.
        proxmox: children<ProxmoxFacts> "there are no hypervisors", Parts;
        /// A person's or a team's account on machines, with its keys.
        login: children<LoginFacts> "nobody logs in", Parts;
        /// A template that machines are cloned from.
        template: children<TemplateFacts> "there are no templates", Parts;
        /// The name of a secret and where it is kept; never the secret.
        secret: children<SecretFacts> "there are no secrets", Parts;
        /// Whom hosts and machines ask for names.
        resolve: child<ResolveFacts> "each machine asks what its image asks", Parts;
        /// Whom hosts and machines ask for the time.
        time: child<TimeFacts> "each machine asks what its image asks", Parts;
        /// A firewall: one or two machines that route and filter.
        firewall: children<FirewallFacts> "there is no firewall of ours", Parts;
        /// A machine of its own.
        vm: children<VmFacts> "there are no single machines", Parts;
        /// Who knows people: Authentik, by compose on a machine of its own.
        identity: children<IdentityServerFacts> "nobody; each thing has accounts of its own", Parts;
        /// A Kubernetes cluster and its nodes.
        cluster: children<ClusterFacts> "there is no cluster", Parts;
        /// What checks the tree on each change.
        ci: child<CiFacts> "nothing does but whoever runs `topoc build --check`", Parts;
        /// A name for ports.
        service: children<ServiceFacts> "only the well-known services have names", Parts;
        /// A name for pods or for what is far away.
        group: children<GroupFacts> "there are no groups", Parts;
        /// Who may talk to whom.
        allow: children<AllowFacts> "nothing is allowed beyond what works the cluster and what a firewall serves", Parts;
        /// Who may not talk to whom, whatever is allowed.
        deny: children<DenyFacts> "nothing is denied but what nothing allows", Parts;
        /// A service that is reached at a public address.
        publish: children<PublishFacts> "nothing is published", Parts;
        /// What must hold in the end, shown by what the written files do.
        expect: children<ExpectFacts> "nothing is shown", Parts;
        /// Hours in which a rule holds.
        schedule: children<ScheduleFacts> "every rule holds at all times", Parts;
        /// A fragment for one artifact, for what the language cannot say.
        raw: children<RawFacts> "every artifact is topoc's alone", Parts;
        /// Silences one lint, with a reason and an end.
        allow_lint: children("allow-lint")<AllowLintFacts> "every lint speaks", Parts;
    }
}

statement! {
    /// What this topology is called and which topoc may build it.
    TopologyFacts = "topology" {
        /// A short name; it is part of every derived id, so renaming it renumbers MAC addresses and VM ids.
        name: arg<Label> required, Emitted, "\"other-cloud\"";
        /// The DNS domain of hosts and machines.
        domain: value<Domain> "host names stand alone", Emitted, "\"lab.example.org\"";
        /// Who answers for it.
        contact: value<Email> "nobody is named", Emitted, "\"night-shift@example.org\"";
        /// Which topoc may build it.
        topoc: value<Requirement> "any version", Checked, "\">=0.0.1\"";
        /// Whether IPv6 is used. Only `off` can be said in this version.
        ipv6: value<Ipv6> "IPv4 only", Note, "\"off\"";
    }
}

statement! {
    /// What is not ours: routers of the upstream network.
    UpstreamFacts = "upstream" {
        /// Its name.
        name: arg<UpstreamDef> required, Parts, "\"corporate\"";
        /// An address of an upstream router on one of the VLANs.
        router: children<RouterFacts> "it has no address on any VLAN", Parts;
    }
}

statement! {
    /// An address of an upstream router on one of the VLANs.
    RouterFacts = "router" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Parts, "\"public\"";
        /// The router's address there.
        address: prop<Address> required, Emitted, "\"192.168.100.2\"";
    }
}

statement! {
    /// A switch and what is plugged into it.
    SwitchFacts = "switch" {
        /// Its name.
        name: arg<SwitchDef> required, Emitted, "\"sw9\"";
        /// The largest packet that all its ports carry, in bytes.
        mtu: value<Mtu> "1500", Emitted, "9000";
        /// A port and what is plugged into it.
        port: children<PortFacts> "no port is ours", Parts;
    }
}

statement! {
    /// A port of a switch and what is plugged into it.
    PortFacts = "port" {
        /// The port as the switch calls it.
        name: arg<PortName> required, Emitted, "\"1/0/48\"";
        /// Host and interface at the other end of the cable.
        to: prop<CableEnd> required, Emitted, "\"pve-1.eno1\"";
        /// The VLANs that the port carries with a tag; `all` is every VLAN of this file.
        trunk: list<VlanRefOrAll> "no tagged VLAN", Emitted, "\"all\"";
        /// Tags that the port carries, whether this file knows them or not.
        tags: list<TagRange> "only those of `trunk`", Emitted, "\"100-101\"";
        /// The VLAN that the port carries without a tag.
        native: value<VlanRef> "no untagged VLAN", Emitted, "\"management\"";
        /// The group of ports (LACP) that the port is a member of.
        group: value<StoreId> "it works alone", Emitted, "\"lag1\"";
    }
}

statement! {
    /// A VLAN: one broadcast domain with one subnet.
    VlanFacts = "vlan" {
        /// Its name.
        name: arg<VlanDef> required, Emitted, "\"spare\"";
        /// Its tag (IEEE 802.1Q).
        id: prop<VlanTag> required, Emitted, "204";
        /// Its subnet.
        subnet: prop<Subnet> required, Emitted, "\"192.168.204.0/24\"";
        /// What routes it: an upstream, a firewall, a machine, or `nobody`.
        routed_by: prop("routed-by")<RouterRef> required, Emitted, "\"nobody\"";
        /// The largest packet, in bytes.
        mtu: prop<Mtu> "1500", Emitted, "1400";
        /// Whether machines on it may reach the Internet.
        internet: prop<bool> "#false", Emitted, "#true";
        /// What it is for.
        purpose: value<Text> "nothing is said", Emitted, "\"another purpose\"";
        /// Addresses that are kept for something.
        reserve: children<ReserveFacts> "every free address may be used", Parts;
    }
}

statement! {
    /// Addresses of a VLAN that are kept for something.
    ReserveFacts = "reserve" {
        /// What for: a kind of thing (`hypervisors`) or words.
        name: arg<Label> required, Emitted, "\"printers\"";
        /// First and last host number.
        range: child<RangeFacts> required, Parts;
    }
}

statement! {
    /// First and last host number of a range in a VLAN's subnet.
    RangeFacts = "range" {
        /// First.
        from: arg<Ordinal> required, Emitted, "240";
        /// Last.
        to: arg<Ordinal> required, Emitted, "249";
    }
}

statement! {
    /// Addresses that the Internet reaches, and how they get here.
    PublicFacts = "public-addresses" {
        /// First and last address.
        range: children<PublicRangeFacts> required, Parts;
        /// How they reach us.
        delivered: child<DeliveredFacts> "an error: it is never guessed", Parts;
    }
}

statement! {
    /// First and last of a run of public addresses.
    PublicRangeFacts = "range" {
        /// First.
        from: arg<Address> required, Emitted, "\"198.51.100.17\"";
        /// Last.
        to: arg<Address> required, Emitted, "\"198.51.100.18\"";
        /// What the upstream translates the first to; the others follow in their order.
        inner: prop<Address> "the firewall's own address, where there is one public address alone", Emitted, "\"192.168.100.17\"";
    }
}

statement! {
    /// How public addresses reach us.
    DeliveredFacts = "delivered" {
        /// By routing, as further addresses on the WAN, or translated upstream.
        how: arg<Delivery> required, Emitted, "\"one-to-one\"";
        /// Which firewall gets them.
        to: prop<GatewayRef> required, Emitted, "\"opnsense\"";
        /// The VLAN of the way out by which they come.
        by: prop<VlanRef> "its only way out", Emitted, "\"high-speed\"";
    }
}

statement! {
    /// A cluster of Proxmox hosts.
    ProxmoxFacts = "proxmox" {
        /// Its name.
        name: arg<ProxmoxDef> required, Emitted, "\"lab2\"";
        /// How guests reach their VLANs.
        bridges: value<Bridges> "\"per-vlan\"", Emitted, "\"vlan-aware\"";
        /// The interface that carries all VLANs with tags: a NIC or a bond.
        trunk: value<IfName> "each host says its own", Emitted, "\"eno9\"";
        /// A bond that every host has.
        bond: children<BondFacts> "no bonds", Parts;
        /// The VLANs that hosts bridge for their guests.
        vlans: list<VlanRef> "every VLAN of this file", Emitted, "\"management\"";
        /// The VLAN that the hosts themselves are managed on.
        management: value<VlanRef> required, Emitted, "\"management\"";
        /// The hosts' default gateway.
        gateway: value<Address> "the router of the management VLAN", Emitted, "\"192.168.106.1\"";
        /// How a change of a host's interfaces is put in force.
        apply: value<Apply> "\"reload\"", Emitted, "\"manual\"";
        /// The resource pool that all machines are in.
        pool: value<StoreId> "no pool", Emitted, "\"machines\"";
        /// Where the API answers.
        endpoint: value<Url> "a Terraform variable asks for it", Emitted, "\"https://pve-2.internal.example.net:8006/\"";
        /// The VM ids that topoc may give out.
        vm_ids: child("vm-ids")<VmIdsFacts> "100000 to 999999", Parts;
        /// A store of disks.
        datastore: children<DatastoreFacts> "a disk must name one that exists", Parts;
        /// Copies of machines.
        backup: children<BackupJobFacts> "nothing copies them", Parts;
        /// A group of hosts for Proxmox HA: which of them may run a machine.
        ha_group: children("ha-group")<HaGroupFacts> "HA may use every host", Parts;
        /// A Proxmox host.
        host: children<HostFacts> required, Parts;
    }
}

statement! {
    /// The VM ids that topoc may give out.
    VmIdsFacts = "vm-ids" {
        /// First.
        from: arg<VmId> required, Emitted, "200000";
        /// Last.
        to: arg<VmId> required, Emitted, "299999";
    }
}

statement! {
    /// Hosts that Proxmox HA may run a machine on.
    HaGroupFacts = "ha-group" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"others\"";
        /// The hosts.
        hosts: args<HostRef> required, Emitted, "\"pve-1\"";
    }
}

statement! {
    /// A store of disks.
    DatastoreFacts = "datastore" {
        /// Its name in Proxmox.
        name: arg<DatastoreDef> required, Emitted, "\"fast\"";
        /// Whether every host reaches the same content.
        shared: prop<bool> required, Emitted, "#true";
        /// The one that disks use which name none.
        default: prop<bool> "the only datastore is the default", Emitted, "#true";
    }
}

statement! {
    /// Two or more NICs that work as one.
    BondFacts = "bond" {
        /// Its interface name.
        name: arg<IfName> required, Emitted, "\"bond9\"";
        /// Its ports.
        ports: list<IfName> required, Emitted, "\"eno8\"";
        /// How they work together.
        mode: value<BondMode> required, Emitted, "\"active-backup\"";
        /// The port that works first (active-backup).
        primary: value<IfName> "the first that is up", Emitted, "\"eno1\"";
        /// What frames are spread by (LACP).
        hash: value<BondHash> "\"layer2+3\"", Emitted, "\"layer3+4\"";
    }
}

statement! {
    /// A Proxmox host.
    HostFacts = "host" {
        /// Its host name.
        name: arg<HostDef> required, Emitted, "\"pve-9\"";
        /// Its number in the management VLAN's subnet.
        host: prop<Ordinal> required, Emitted, "9";
        /// The interface that carries all VLANs with tags, when it differs.
        trunk: value<IfName> "that of its cluster", Emitted, "\"eno9\"";
        /// A bond of this host; one of the same name in the cluster is replaced.
        bond: children<BondFacts> "those of its cluster", Parts;
        /// The VLANs that this host bridges, when they differ.
        vlans: list<VlanRef> "those of its cluster", Emitted, "\"management\"";
        /// An address of the host on a further VLAN.
        address: children<HostAddressFacts> "only the management address", Parts;
        /// A further NIC, configured without address.
        nic: children<HostNicFacts> "only those that trunk and bonds name", Parts;
    }
}

statement! {
    /// An address of a Proxmox host on a further VLAN.
    HostAddressFacts = "address" {
        /// The VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"storage-public\"";
        /// The number in the VLAN's subnet.
        host: prop<Ordinal> "the host's number in the management VLAN", Emitted, "66";
    }
}

statement! {
    /// A further NIC of a Proxmox host.
    HostNicFacts = "nic" {
        /// Its interface name.
        name: arg<IfName> required, Emitted, "\"ens9\"";
        /// The largest packet, in bytes.
        mtu: prop<Mtu> "1500", Emitted, "9000";
    }
}

statement! {
    /// A person's or a team's account on machines.
    LoginFacts = "login" {
        /// The user name on the machines.
        name: arg<LoginDef> required, Emitted, "\"admin\"";
        /// A key that may log in.
        ssh_key: children("ssh-key")<SshKeyFacts> required, Parts;
    }
}

statement! {
    /// A public key that may log in.
    SshKeyFacts = "ssh-key" {
        /// Whose key it is.
        name: arg<Label> required, Note, "\"ops\"";
        /// The key.
        key: arg<SshKey> required, Emitted, "\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF0Yb1mQPw9nTq4Jj6dXc3K8r5v2uZs7oLhEgMaWnRtS\"";
    }
}

statement! {
    /// A template that machines are cloned from.
    TemplateFacts = "template" {
        /// Its name.
        name: arg<TemplateDef> required, Parts, "\"ubuntu-24\"";
        /// The name of the template in Proxmox.
        image: value<StoreId> required, Emitted, "\"other-template\"";
        /// The VM id of the template in Proxmox.
        vm_id: value("vm-id")<VmId> "a provider that clones by id needs it", Emitted, "9009";
        /// The Proxmox host that the template lives on.
        on: value<HostRef> "every host has it", Emitted, "\"pve-2\"";
        /// The operating system in it.
        os: value<Os> required, Emitted, "\"debian-12\"";
        /// The account that machines of it get.
        login: value<LoginRef> "no account is made", Emitted, "\"ubuntu\"";
        /// Whether the QEMU guest agent runs in it.
        agent: flag<bool> "#false", Emitted, "#true";
        /// What it boots with.
        firmware: value<Firmware> "\"bios\"", Emitted, "\"uefi\"";
    }
}

statement! {
    /// Whom hosts and machines ask for names.
    ResolveFacts = "resolve" {
        /// One of ours; each client asks the address on its own default route's VLAN.
        via: list<ServerRef> "only `server`", Emitted, "\"opnsense\"";
        /// An address.
        server: list<Address> "only `via`", Emitted, "\"9.9.9.9\"";
        /// Domains that bare names are looked up in.
        search: list<Domain> "the topology's domain", Emitted, "\"other.example.net\"";
    }
}

statement! {
    /// Whom hosts and machines ask for the time.
    TimeFacts = "time" {
        /// One of ours; each client asks the address on its own default route's VLAN.
        via: list<ServerRef> "only `server`", Emitted, "\"opnsense\"";
        /// A name or an address.
        server: list<Domain> "only `via`", Emitted, "\"ntp.example.net\"";
    }
}

statement! {
    /// What every machine has; a group of nodes takes what it does not say from `node-defaults`.
    Hardware = "" {
        /// What it is cloned from.
        template: value<TemplateRef> "that of `node-defaults`; else an error", Emitted, "\"ubuntu-24\"";
        /// Cores of each socket.
        cores: value<Cores> "that of `node-defaults`; else an error", Emitted, "3";
        /// Processor sockets.
        sockets: value<Sockets> "1", Emitted, "2";
        /// The CPU type that the guest sees.
        cpu: value<CpuType> "\"x86-64-v2-AES\"", Emitted, "\"host\"";
        /// Whether the guest sees the host's memory nodes.
        numa: flag<bool> "#false", Emitted, "#true";
        /// Memory in MiB.
        memory: value<Size> "that of `node-defaults`; else an error", Emitted, "\"3GiB\"";
        /// The disk controller.
        controller: value<Controller> "\"virtio-scsi-single\"", Emitted, "\"virtio-scsi-pci\"";
        /// A disk.
        disk: children<DiskFacts> "those of `node-defaults`; else an error", Parts;
        /// A network interface.
        nic: children<NicFacts> "those of `node-defaults`; else an error", Parts;
        /// When Proxmox starts it.
        start: child<StartFacts> "with its host, in no order", Parts;
        /// Whether Proxmox HA looks after it.
        ha: child<HaFacts> "HA does nothing", Parts;
        /// The account that it gets, when that differs from its template's.
        login: value<LoginRef> "that of its template", Emitted, "\"ops\"";
        /// Who configures its network at first boot: one of them.
        first_boot: list("first-boot")<FirstBoot> "\"cloud-init\"", Emitted, "\"netplan\"";
        /// Whether Proxmox refuses to delete it.
        protect: flag<bool> "#false", Emitted, "#true";
        /// How much may be lost and how long a restore may take.
        recovery: child<RecoveryFacts> "nothing is promised", Parts;
    }
}

statement! {
    /// A disk.
    DiskFacts = "disk" {
        /// Its name; a disk of a node group replaces that of the same name in `node-defaults`.
        name: arg<Label> required, Parts, "\"root\"";
        /// Its size.
        size: prop<Size> required, Emitted, "\"77GiB\"";
        /// Where it is kept.
        datastore: prop<DatastoreRef> "the default datastore", Emitted, "\"local-lvm\"";
        /// What it is for.
        for_: prop("for")<DiskUse> "\"system\" for the first, which must be there; else \"data\"", Emitted, "\"data\"";
        /// Whether Proxmox backs it up.
        backup: prop<bool> "#true, but for Ceph disks", Emitted, "#false";
    }
}

statement! {
    /// A network interface of a machine.
    NicFacts = "nic" {
        /// Its VLAN.
        vlan: arg<VlanRef> required, Emitted, "\"management\"";
        /// The number in the VLAN's subnet.
        host: prop<Ordinal> "the machine's number", Emitted, "99";
        /// The address, when no number says it.
        address: prop<Address> "from the number", Emitted, "\"192.168.106.99\"";
        /// Whether the address comes by DHCP.
        dhcp: prop<bool> "#false", Emitted, "#true";
        /// Whether it has no address: it carries its VLAN for pods.
        bare: prop<bool> "#false", Emitted, "#true";
        /// Whether the default route goes out here; one NIC of a machine has it.
        default_route: prop("default-route")<bool> "#false", Emitted, "#true";
        /// Whether answers to what comes in here go out here too.
        source_routing: prop("source-routing")<bool> "#true where the VLAN is routed, as another of the machine's is", Emitted, "#false";
        /// The largest packet, in bytes.
        mtu: prop<Mtu> "that of the VLAN", Emitted, "1300";
        /// The MAC address.
        mac: prop<Mac> "derived from topology, machine and VLAN", Emitted, "\"02:00:5e:10:00:01\"";
    }
}

statement! {
    /// When Proxmox starts a machine after its host.
    StartFacts = "start" {
        /// Its position; lower starts earlier.
        order: prop<StartOrder> "after all that have one", Emitted, "7";
        /// How long Proxmox waits before it starts the next.
        delay: prop<Seconds> "no wait", Emitted, "\"33s\"";
        /// Whether it starts with its host at all.
        on_boot: prop("on-boot")<bool> "#true", Emitted, "#false";
    }
}

statement! {
    /// Whether Proxmox HA looks after a machine.
    HaFacts = "ha" {
        /// What HA keeps it in.
        state: arg<HaState> "\"started\"", Emitted, "\"stopped\"";
        /// The hosts that may run it.
        group: prop<Label> "every host", Emitted, "\"firewalls\"";
        /// How often HA restarts it before it moves it.
        restarts: prop<HaTries> "1", Emitted, "3";
    }
}

statement! {
    /// A machine of its own.
    VmFacts = "vm" {
        /// Its host name.
        name: arg<MachineDef> required, Emitted, "\"other\"";
        /// The Proxmox host that it runs on.
        on: prop<HostRef> required, Emitted, "\"pve-2\"";
        /// Its number in the subnets of its VLANs.
        host: prop<Ordinal> "each NIC says its own", Emitted, "88";
        /// What it is there for.
        role: value<VmRole> "\"service\"", Emitted, "\"bastion\"";
        /// Its VM id in Proxmox.
        vm_id: value("vm-id")<VmId> "derived from its name", Emitted, "777";
        /// What every machine has.
        hardware: inline<Hardware> required, Parts;
    }
}

statement! {
    /// A fragment for one artifact: YAML or JSON keys as nodes, values as arguments.
    RawFacts = "raw" {
        /// The artifact.
        path: arg<TreePath> required, Parts, "\"terraform_ansible/terraform/provider.tf.json\"";
        /// Why keys that topoc writes too are replaced; without it, one of those is an error.
        replace: prop<Text> "a key that topoc writes too is an error", Checked, "\"a reason\"";
        /// The keys and values.
        with: child<RawBody> required, Emitted;
    }
}

statement! {
    /// Silences one lint, with a reason and an end.
    AllowLintFacts = "allow-lint" {
        /// The lint's name or code.
        name: arg<Label> required, Checked, "\"undefined-tag\"";
        /// Why it is right here.
        reason: prop<Text> required, Checked, "\"the network team owns that tag\"";
        /// The day on which it speaks again.
        until: prop<Date> required, Checked, "\"2027-03-31\"";
    }
}

/// The keys and values of a `raw`, as they stand in the document: read by the table as one piece.
#[derive(Clone, Debug)]
pub struct RawBody {
    /// Origin of the word `with`.
    pub at: crate::source::Origin,
    /// The node whose children are the keys.
    pub node: NodeId,
    /// Every key at any depth.
    pub keys: Vec<RawKey>,
}

/// A key of a `raw`.
#[derive(Clone, Debug)]
pub struct RawKey {
    /// The keys from the outermost to this one; an item of a list is `-`.
    pub path: Vec<String>,
    /// Its values as they are printed, without quotes; empty where it has a block or nothing.
    pub values: Vec<String>,
    /// Whether keys stand below it.
    pub block: bool,
    /// Where it stands.
    pub span: crate::source::Span,
}

impl Statement for RawBody {
    const INFO: &'static StatementInfo = &StatementInfo {
        word: "with",
        doc: "Keys and values: a node is a key; one argument is a value, several are a list, a block is a map, nodes named `-` are list items.",
        fields: &[],
        free: true,
    };
    fn read(slots: &Slots, reader: &mut Reader<'_>) -> Self {
        let node = reader.node(slots);
        let mut keys = Vec::new();
        let mut open: Vec<(NodeId, Vec<String>)> = vec![(node, Vec::new())];
        while let Some((id, outer)) = open.pop() {
            for child in reader.doc.children(id) {
                let n = reader.doc.node(child);
                let mut path = outer.clone();
                path.push(reader.doc.text(&reader.source.text, n.name).to_string());
                let values = reader.doc.entries(child).iter().map(|e| reader.spelled(e)).collect();
                let block = reader.doc.children(child).next().is_some();
                keys.push(RawKey { path: path.clone(), values, block, span: n.name_span });
                open.push((child, path));
            }
        }
        RawBody { at: slots.at, node, keys }
    }
    fn merged(&self, over: &Self) -> Self {
        over.clone()
    }
    fn key(&self) -> Option<String> {
        None
    }
    fn gaps(&self, _: &mut Vec<(crate::source::Origin, &'static FieldInfo)>) {}
    fn places(&self, into: &mut Vec<crate::source::Origin>) {
        into.push(self.at);
    }
}
