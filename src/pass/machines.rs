//! Pass: every virtual machine with its hardware: single ones, firewall nodes and the nodes that groups make.

use std::net::Ipv4Addr;

use super::lock::Lock;
use super::networks::host_number;
use super::rules::*;
use super::{Cx, Index, or};
use crate::consumer::os;
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// A machine before anything of it is looked up.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Its name.
    pub name: Sp<Name>,
    /// What it is part of.
    pub part: Part<'a>,
    /// Its host.
    pub on: Option<Sp<Name>>,
    /// Its number in the subnets of its VLANs.
    pub number: Option<Sp<u32>>,
    /// Its stated VM id.
    pub vm_id: Option<Sp<VmId>>,
    /// What is stated of it.
    pub hardware: &'a Hardware,
    /// What its group shares.
    pub shared: Option<&'a Hardware>,
    /// Where the statement is.
    pub at: Origin,
}

/// What a draft is part of.
#[derive(Debug)]
pub enum Part<'a> {
    /// A single machine.
    Single(&'a VmFacts),
    /// A firewall.
    Firewall(&'a FirewallFacts, &'a FirewallNodeFacts),
    /// A cluster; the group by its number in the order of names.
    Node(&'a ClusterFacts, u32),
}

/// All machines, in the order of names.
pub fn drafts<'a>(facts: &'a Facts, index: &Index, cx: &mut Cx<'_>) -> Vec<Draft<'a>> {
    let mut all = Vec::new();
    for vm in &facts.vm {
        let Some(name) = &vm.name else { continue };
        all.push(Draft {
            name: Sp::new(name.v.0.clone(), name.at),
            part: Part::Single(vm),
            on: vm.on.as_ref().map(|h| Sp::new(h.v.0.clone(), h.at)),
            number: vm.host.map(|n| n.map(|n| n.0)),
            vm_id: vm.vm_id,
            hardware: &vm.hardware,
            shared: None,
            at: vm.at,
        });
    }
    for f in &facts.firewall {
        for node in &f.node {
            let Some(name) = &node.name else { continue };
            all.push(Draft {
                name: Sp::new(name.v.0.clone(), name.at),
                part: Part::Firewall(f, node),
                on: node.on.as_ref().map(|h| Sp::new(h.v.0.clone(), h.at)),
                number: node.host.map(|n| n.map(|n| n.0)),
                vm_id: node.vm_id,
                hardware: &f.hardware,
                shared: None,
                at: node.at,
            });
        }
    }
    for c in &facts.cluster {
        for (number, g) in groups(c) {
            let Some(name) = &g.name else { continue };
            let count = g.count;
            for i in 0..count.map_or(1, |c| c.v.0) {
                let origin = |extra: Origin| [name.at, extra];
                let from = count.map_or(name.at, |c| c.at);
                let named = cx.make(Name::of(format!("{}-{}", name.v.0, i + 1)), COUNTED_NAME, &origin(from));
                let on = (!g.spread.is_empty()).then(|| {
                    let h = &g.spread[i as usize % g.spread.len()];
                    let mut from = vec![h.at];
                    // Hosts behind the last node get none, which a lint says: the last node cites them, so that scaling a
                    // group down is no dropped fact.
                    if i + 1 == count.map_or(1, |c| c.v.0) {
                        from.extend(g.spread.iter().skip(i as usize + 1).map(|h| h.at));
                    }
                    cx.make(h.v.0.clone(), SPREAD, &from)
                });
                let host = g.host.map(|h| cx.make(h.v.0.saturating_add(i), COUNTED_HOST, &[h.at, from]));
                all.push(Draft {
                    name: named,
                    part: Part::Node(c, number),
                    on,
                    number: host,
                    vm_id: None,
                    hardware: &g.hardware,
                    shared: c.node_defaults.as_ref().map(|d| &d.hardware),
                    at: g.at,
                });
            }
        }
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    debug_assert_eq!(all.len(), index.machines.len());
    all
}

/// Groups of a cluster with their numbers, in the order of names.
pub fn groups(c: &ClusterFacts) -> Vec<(u32, &NodesFacts)> {
    let mut groups: Vec<&NodesFacts> = c.nodes.iter().filter(|g| g.name.is_some()).collect();
    groups.sort_by(|a, b| a.name.as_ref().map(|n| &n.v).cmp(&b.name.as_ref().map(|n| &n.v)));
    groups.into_iter().enumerate().map(|(i, g)| (i as u32, g)).collect()
}

/// What a machine takes from what its group shares: its own statement wins.
struct Merged<'a> {
    own: &'a Hardware,
    shared: Option<&'a Hardware>,
}

impl<'a> Merged<'a> {
    fn one<T>(&self, get: impl Fn(&'a Hardware) -> Option<&'a T>) -> Option<&'a T> {
        get(self.own).or_else(|| self.shared.and_then(get))
    }

    /// Named children merge by name: those of the group that the machine does not state itself come first.
    fn many<T>(&self, get: impl Fn(&'a Hardware) -> &'a [T], same: impl Fn(&T, &T) -> bool) -> Vec<&'a T> {
        let own = get(self.own);
        let shared = self.shared.map(&get).unwrap_or_default();
        shared.iter().filter(|s| !own.iter().any(|o| same(s, o))).chain(own).collect()
    }
}

/// All machines, decided but for ids, gateways and clients.
pub fn machines(drafts: &[Draft<'_>], index: &Index, t: &Topology, lock: &Lock, cx: &mut Cx<'_>) -> Vec<Machine> {
    drafts.iter().map(|d| machine(d, index, t, lock, cx)).collect()
}

fn machine(d: &Draft<'_>, index: &Index, t: &Topology, lock: &Lock, cx: &mut Cx<'_>) -> Machine {
    let m = Merged { own: d.hardware, shared: d.shared };
    let template = m.one(|h| h.template.as_ref());
    let template_help = format!("template \"{}\"", t.templates.first().map_or("debian", |x| x.name.v.as_str()));
    let template = required(template, "template", &template_help, d, cx).map(|x| Sp::new(index.template(&x.v.0), x.at));
    let cores = required(m.one(|h| h.cores.as_ref()), "cores", "cores 2", d, cx).map(|x| x.map(|c| c.0));
    let memory = required(m.one(|h| h.memory.as_ref()), "memory", "memory \"4GiB\"", d, cx).map(|x| x.map(|c| c.0));
    let kind = match &d.part {
        Part::Single(vm) => MachineKind::Single { role: or(vm.role, VmRole::Service, DEFAULT_ROLE) },
        Part::Firewall(f, _) => {
            MachineKind::Firewall { firewall: f.name.as_ref().map_or(FirewallId::REPORTED, |n| index.firewall(&n.v.0)) }
        }
        Part::Node(c, group) => MachineKind::Node {
            cluster: c.name.as_ref().map_or(ClusterId::REPORTED, |n| index.cluster(&n.v.0)),
            group: *group,
        },
    };
    let own_login = m.one(|h| h.login.as_ref()).map(|l| Sp::new(index.login(&l.v.0), l.at));
    let template_row = template.filter(|x| x.v.is_known()).map(|x| t.template(x.v));
    let login = own_login.or_else(|| template_row.and_then(|x| x.login));
    let first_boot = m.one(|h| Some(&h.first_boot).filter(|f| !f.is_empty()));
    let first = first_boot.and_then(|f| f.first()).copied();
    if let Some(second) = first_boot.and_then(|f| f.get(1)) {
        let (a, b) = (cx.span(first.map_or(second.at, |f| f.at)), cx.span(second.at));
        cx.report(
            Diag::new(code::E0805, "two configure the network at the first boot")
                .at(b, "the second writes the same addresses into another file")
                .at(a, "the first")
                .note("both files are read: two default routes and two sets of addresses (netplan merges all of /etc/netplan)")
                .help("keep one: first-boot \"cloud-init\""),
        );
    }
    let ha = m.one(|h| h.ha.as_ref()).map(|h| ha(h, d, index, t, cx));
    let recovery = m.one(|h| h.recovery.as_ref()).and_then(|r| Some(Recovery { rpo: r.rpo?, rto: r.rto? }));
    let start = m.one(|h| h.start.as_ref());
    Machine {
        name: d.name.clone(),
        kind,
        on: d.on.as_ref().map_or(Sp::new(HostId::REPORTED, d.at), |h| Sp::new(index.host(&h.v), h.at)),
        vm_id: Sp::new(0, d.at),
        template: template.unwrap_or(Sp::new(TemplateId::REPORTED, d.at)),
        cores: cores.unwrap_or(Sp::new(1, d.at)),
        sockets: or(m.one(|h| h.sockets.as_ref()).map(|x| x.map(|s| s.0)), 1, DEFAULT_ONE),
        cpu: or(m.one(|h| h.cpu.as_ref()).cloned(), CpuType("x86-64-v2-AES".into()), DEFAULT_CPU),
        numa: or(m.one(|h| h.numa.as_ref()).copied(), false, DEFAULT_NO),
        memory: memory.unwrap_or(Sp::new(1, d.at)),
        controller: or(m.one(|h| h.controller.as_ref()).copied(), Controller::VirtioSingle, DEFAULT_CONTROLLER),
        disks: disks(&m, d, index, t, cx),
        nics: nics(&m, d, index, t, lock, cx),
        start: Start {
            order: start.and_then(|s| s.order).map(|o| o.map(|o| o.0)),
            delay: start.and_then(|s| s.delay).map(|o| o.map(|o| o.0)),
            on_boot: or(start.and_then(|s| s.on_boot), true, DEFAULT_YES),
        },
        ha,
        login,
        first_boot: or(first, FirstBoot::CloudInit, DEFAULT_FIRST_BOOT),
        protect: or(m.one(|h| h.protect.as_ref()).copied(), false, DEFAULT_NO),
        recovery,
        clients: Clients::default(),
        at: d.at,
    }
}

fn required<T>(x: Option<&Sp<T>>, word: &str, help: &str, d: &Draft<'_>, cx: &mut Cx<'_>) -> Option<Sp<T>>
where
    T: Clone,
{
    let said = [Some(d.hardware), d.shared].into_iter().flatten().any(|h| cx.spoiled.contains(&(h.at, word)));
    if x.is_none() && !said && first_of_group(d) {
        let span = cx.span(d.at);
        cx.report(
            Diag::new(code::E0206, format!("`{}` does not say `{word}`", d.name))
                .at(span, nowhere(d))
                .help(format!("add {help}")),
        );
    }
    x.cloned()
}

/// Where a fact was looked for.
fn nowhere(d: &Draft<'_>) -> &'static str {
    match d.part {
        Part::Node(..) => "neither here nor in `node-defaults`",
        Part::Single(_) | Part::Firewall(..) => "it would have to stand in here",
    }
}

/// Whether something of a whole group is to be said: once is enough.
fn first_of_group(d: &Draft<'_>) -> bool {
    match &d.part {
        Part::Single(_) => true,
        Part::Firewall(f, node) => f.node.first().is_some_and(|n| std::ptr::eq(n, *node)),
        Part::Node(..) => d.name.v.ends_with("-1"),
    }
}

fn ha(h: &HaFacts, d: &Draft<'_>, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Ha {
    let proxmox =
        d.on.as_ref().map(|o| index.host(&o.v)).filter(|h| h.is_known()).map(|h| t.proxmox(t.host(h).proxmox));
    let group = h.group.as_ref().and_then(|g| {
        let groups = &proxmox?.ha_groups;
        let found = groups.iter().position(|x| x.name.v == g.v);
        if found.is_none() {
            let span = cx.span(g.at);
            let known: Vec<&str> = groups.iter().map(|x| &*x.name.v).collect();
            let diag =
                Diag::new(code::E0203, format!("no ha-group is called \"{}\"", g.v)).at(span, "nothing has this name");
            cx.report(match nearest(&g.v, &known) {
                Some(n) => diag.help(format!("did you mean \"{n}\"?")),
                None => diag.help(format!(
                    "ha-group \"{}\" \"{}\"",
                    g.v,
                    t.hosts.first().map_or("host-1", |h| h.name.v.as_str())
                )),
            });
        }
        found.map(|i| Sp::new(i as u32, g.at))
    });
    Ha {
        state: or(h.state, HaState::Started, DEFAULT_HA_STATE),
        group,
        restarts: or(h.restarts.map(|r| r.map(|r| r.0)), 1, DEFAULT_ONE),
        at: h.at,
    }
}

fn disks(m: &Merged<'_>, d: &Draft<'_>, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<Disk> {
    let facts = m.many(|h| &h.disk, |a, b| a.name.as_ref().map(|n| &n.v) == b.name.as_ref().map(|n| &n.v));
    if facts.is_empty() && first_of_group(d) {
        let span = cx.span(d.at);
        cx.report(
            Diag::new(code::E0206, format!("`{}` has no disk", d.name))
                .at(span, nowhere(d))
                .help("add disk \"root\" size=\"32GiB\""),
        );
    }
    let system = facts.iter().position(|f| f.for_.is_some_and(|u| u.v == DiskUse::System)).unwrap_or(0);
    let mut all = Vec::new();
    for (i, f) in facts.iter().enumerate() {
        let (Some(name), Some(size)) = (&f.name, f.size) else { continue };
        if let Some(twice) = all.iter().find(|x: &&Disk| x.name.v == name.v) {
            let (a, b) = (cx.span(name.at), cx.span(twice.name.at));
            if first_of_group(d) {
                cx.report(
                    Diag::new(code::E0202, format!("disk `{}` is stated twice", name.v))
                        .at(a, "again here")
                        .at(b, "first here")
                        .help("give it another name"),
                );
            }
            continue;
        }
        let (use_, rule) =
            if i == system { (DiskUse::System, DEFAULT_SYSTEM_DISK) } else { (DiskUse::Data, DEFAULT_DATA_DISK) };
        let used_for = or(f.for_, use_, rule);
        if used_for.v == DiskUse::System && i != system && first_of_group(d) {
            let (a, b) = (cx.span(used_for.at), cx.span(facts[system].at));
            cx.report(
                Diag::new(code::E0813, format!("{} has two system disks", d.name))
                    .at(a, "the second")
                    .at(b, "the first")
                    .help("say what the second is for: for=\"data\""),
            );
        }
        if used_for.v != DiskUse::System && i == system && first_of_group(d) {
            let span = cx.span(used_for.at);
            cx.report(
                Diag::new(code::E0813, format!("{} has no system disk", d.name))
                    .at(span, "its only candidate is for something else")
                    .help("add disk \"root\" size=\"32GiB\""),
            );
        }
        let datastore = f
            .datastore
            .as_ref()
            .map(|s| Sp::new(index.datastore(&s.v.0), s.at))
            .unwrap_or_else(|| default_store(t, f, d, cx));
        all.push(Disk {
            name: name.clone(),
            size: size.map(|s| s.0),
            datastore,
            used_for,
            backup: or(f.backup, used_for.v != DiskUse::Ceph, DEFAULT_BACKUP),
            at: f.at,
        });
    }
    // The system disk boots, so it is first; the others keep the order of their statements, which is their SCSI number.
    all.sort_by_key(|x| x.used_for.v != DiskUse::System);
    all
}

fn default_store(t: &Topology, f: &DiskFacts, d: &Draft<'_>, cx: &mut Cx<'_>) -> Sp<DatastoreId> {
    match t.datastores.iter().position(|s| s.default.v) {
        Some(i) => {
            let Datastore { name, shared: _, default } = &t.datastores[i];
            cx.make(DatastoreId(i as u32), DEFAULT_DATASTORE, &[name.at, default.at])
        }
        None => {
            if first_of_group(d) {
                let span = cx.span(f.at);
                cx.report(
                    Diag::new(code::E0206, "the disk does not say `datastore`, and none is the default")
                        .gathered()
                        .at(span, "where is it kept?")
                        .help(format!(
                            "add datastore=\"{}\" here, or default=#true to a datastore",
                            t.datastores.first().map_or("local", |s| s.name.v.as_str())
                        )),
                );
            }
            Sp::new(DatastoreId::REPORTED, f.at)
        }
    }
}

/// A NIC as stated: VLAN, address facts, and where.
struct NicStated<'a> {
    vlan: Sp<VlanId>,
    facts: Option<&'a NicFacts>,
    address: Option<Sp<Ipv4Addr>>,
    default_route: bool,
    default_at: Origin,
    first: bool,
    trunks: Vec<Sp<VlanId>>,
    at: Origin,
}

impl NicStated<'_> {
    /// Whether it has no address on purpose.
    fn bare(&self) -> bool {
        self.facts.and_then(|f| f.bare).is_some_and(|b| b.v)
    }
}

/// E1004: a NIC without address has nothing that an address is needed for.
fn bare_alone(f: &NicFacts, bare: Sp<bool>, d: &Draft<'_>, cx: &mut Cx<'_>) {
    let said = [
        f.host.map(|x| ("host", x.at)),
        f.address.map(|x| ("address", x.at)),
        f.dhcp.filter(|x| x.v).map(|x| ("dhcp", x.at)),
        f.default_route.filter(|x| x.v).map(|x| ("default-route", x.at)),
        f.source_routing.filter(|x| x.v).map(|x| ("source-routing", x.at)),
    ];
    let Some((word, at)) = said.into_iter().flatten().next().filter(|_| first_of_group(d)) else { return };
    let (x, y) = (cx.span(at), cx.span(bare.at));
    cx.report(
        Diag::new(code::E1004, format!("a bare NIC of {} says `{word}`", d.name))
            .at(x, "this needs an address")
            .at(y, "and this says that there is none")
            .help(format!("remove `{word}`, or remove `bare`")),
    );
}

fn nics(m: &Merged<'_>, d: &Draft<'_>, index: &Index, t: &Topology, lock: &Lock, cx: &mut Cx<'_>) -> Vec<Nic> {
    let facts = m.many(|h| &h.nic, |a, b| a.vlan.as_ref().map(|v| &v.v) == b.vlan.as_ref().map(|v| &v.v));
    let mut stated: Vec<NicStated<'_>> = Vec::new();
    if let Part::Firewall(f, node) = &d.part {
        if let Some(n) = facts.first() {
            let span = cx.span(n.at);
            cx.report(
                Diag::new(code::E0201, "the NICs of a firewall are its `wan` and its `interface`s")
                    .at(span, "this would be a NIC that no rule knows")
                    .help(match n.vlan.as_ref() {
                        Some(v) => format!("interface \"{}\"", v.v),
                        None => "remove it, or make it an `interface`".into(),
                    }),
            );
        }
        let fid = f.name.as_ref().map_or(FirewallId::REPORTED, |n| index.firewall(&n.v.0));
        let pair = f.node.len() > 1;
        let legs = if fid.is_known() { t.firewall(fid).legs.as_slice() } else { &[] };
        // One number is wrong once, on however many VLANs.
        let mut told = false;
        for (i, leg) in legs.iter().enumerate().filter(|(_, l)| l.carried_by.is_none()) {
            let vlan = t.vlan(leg.vlan.v);
            let address = match (pair, d.number) {
                (false, _) => leg.address.map(|a| cx.make(a.v, SHARED_ADDRESS, &[a.at])),
                (true, Some(_)) if told => None,
                (true, Some(n)) => {
                    let found = host_number(vlan.subnet, n, cx);
                    told = found.is_none();
                    found.map(|a| cx.make(a.v, NODE_ADDRESS, &[a.at]))
                }
                (true, None) => {
                    if i == 0 {
                        let span = cx.span(node.at);
                        let fw = f.name.as_ref().map_or("", |n| n.v.0.as_str());
                        cx.report(
                            Diag::new(
                                code::E0206,
                                format!("{} has no number of its own, and firewall {} has two nodes", d.name, fw),
                            )
                            .at(span, "two machines of a pair need addresses of their own beside the shared one")
                            .help(format!("add host= and a number that is free in every VLAN of {fw}")),
                        );
                    }
                    None
                }
            };
            stated.push(NicStated {
                vlan: leg.vlan,
                facts: None,
                address,
                default_route: false,
                default_at: leg.at,
                first: i == 0,
                trunks: legs
                    .iter()
                    .filter_map(|l| l.carried_by.filter(|c| c.v == leg.vlan.v).map(|c| Sp::new(l.vlan.v, c.at)))
                    .collect(),
                at: leg.at,
            });
        }
    }
    for f in facts {
        let Some(vlan) = f.vlan.as_ref().map(|v| Sp::new(index.vlan(&v.v.0), v.at)).filter(|v| v.v.is_known()) else {
            continue;
        };
        if matches!(d.part, Part::Firewall(..)) {
            continue;
        }
        if let Some(twice) = stated.iter().find(|s| s.vlan.v == vlan.v) {
            let (a, b) = (cx.span(vlan.at), cx.span(twice.vlan.at));
            if first_of_group(d) {
                cx.report(
                    Diag::new(code::E0202, format!("{} has two NICs on one VLAN", d.name))
                        .at(a, "again here")
                        .at(b, "first here")
                        .help("keep one of the two"),
                );
            }
            continue;
        }
        let subnet = t.vlan(vlan.v).subnet;
        let number = f.host.map(|n| n.map(|n| n.0)).or(d.number);
        let bare = f.bare.filter(|x| x.v);
        if let Some(b) = bare {
            bare_alone(f, b, d, cx);
        }
        let dhcp = f.dhcp.is_some_and(|x| x.v);
        let address = match (f.address, dhcp) {
            _ if bare.is_some() => None,
            (Some(a), _) => Some(a.map(|a| a.0)),
            (None, true) => None,
            (None, false) => match number {
                Some(n) => host_number(subnet, n, cx),
                None => {
                    // Of a number that is none it was reported.
                    let spoiled = [d.at, f.at].iter().any(|at| cx.spoiled.contains(&(*at, "host")));
                    if first_of_group(d) && !spoiled {
                        let span = cx.span(f.at);
                        cx.report(
                            Diag::new(code::E0206, format!("{} has no address", d.name))
                                .gathered()
                                .at(span, "neither a number nor an address nor DHCP")
                                .help("add host=10 here or to the machine, or dhcp=#true"),
                        );
                    }
                    None
                }
            },
        };
        let default = f.default_route.filter(|x| x.v && bare.is_none());
        stated.push(NicStated {
            vlan,
            facts: Some(f),
            address,
            default_route: default.is_some(),
            default_at: default.map_or(f.at, |x| x.at),
            first: false,
            trunks: Vec::new(),
            at: f.at,
        });
    }
    if stated.is_empty()
        && first_of_group(d)
        && !matches!(d.part, Part::Firewall(..))
        && m.many(|h| &h.nic, |_, _| false).is_empty()
    {
        let span = cx.span(d.at);
        cx.report(
            Diag::new(code::E0206, format!("`{}` has no NIC", d.name))
                .at(span, nowhere(d))
                .help("add `nic` and the name of a VLAN, and default-route=#true to one of them"),
        );
    }
    // Slots: what an earlier build gave out stays; the rest follows, a firewall's WAN first, then by tag.
    let locked = lock.machines.get(&d.name.v).map(|l| l.nics.as_slice()).unwrap_or_default();
    stated.sort_by_key(|s| {
        let name = &t.vlan(s.vlan.v).name.v;
        // Bare NICs come last: cloud-init's addresses are a list by slot, and a provider takes no gap in it.
        (s.bare(), locked.iter().position(|l| l == name).unwrap_or(usize::MAX), !s.first, s.vlan.v)
    });
    let one_default = stated.iter().filter(|s| s.default_route).count();
    if one_default > 1 && first_of_group(d) {
        let spans: Vec<_> = stated.iter().filter(|s| s.default_route).map(|s| cx.span(s.default_at)).collect();
        let mut diag = Diag::new(code::E0310, format!("{} has {one_default} default routes", d.name));
        for (i, s) in spans.iter().enumerate() {
            diag = diag.at(*s, if i == 0 { "one" } else { "another" });
        }
        cx.report(diag.help("one NIC of a machine has default-route=#true"));
    }
    let routed = |v: &Vlan| !matches!(v.router.v, Router::Nobody | Router::Reported);
    if one_default == 0
        && !t.incomplete.machines.contains(&index.machine(&d.name.v))
        && first_of_group(d)
        && !matches!(d.part, Part::Firewall(..))
        && stated.iter().any(|s| !s.bare() && routed(t.vlan(s.vlan.v)))
    {
        let span = cx.span(d.at);
        let names: Vec<String> = stated
            .iter()
            .filter(|s| !s.bare() && routed(t.vlan(s.vlan.v)))
            .map(|s| format!("nic \"{}\" default-route=#true", t.vlan(s.vlan.v).name))
            .collect();
        cx.report(
            Diag::new(code::E0311, format!("{} has no default route", d.name))
                .at(span, "which NIC does it reach the rest of the world by?")
                .help(names.join(" or ")),
        );
    }
    stated.iter().map(|s| nic(s, d, t, cx)).collect()
}

fn nic(s: &NicStated<'_>, d: &Draft<'_>, t: &Topology, cx: &mut Cx<'_>) -> Nic {
    let vlan = t.vlan(s.vlan.v);
    let f = s.facts;
    let mtu = match f.and_then(|f| f.mtu) {
        Some(m) => m.map(|m| m.0),
        None => cx.make(vlan.mtu.v, VLAN_MTU, &[vlan.mtu.at]),
    };
    if mtu.v > vlan.mtu.v {
        let (a, b) = (cx.span(mtu.at), cx.span(if vlan.mtu.at.rule().is_some() { vlan.at } else { vlan.mtu.at }));
        cx.report(
            Diag::new(
                code::E0319,
                format!(
                    "the NIC of {} sends {} bytes on VLAN {}, which carries {}",
                    d.name, mtu.v, vlan.name, vlan.mtu.v
                ),
            )
            .at(a, "this is more than the VLAN's MTU")
            .at(b, "the VLAN")
            .help(format!("mtu={}", vlan.mtu.v)),
        );
    }
    // Gateways are filled in when the addresses of routers are known.
    let wants_source_route = f.is_some() && f.and_then(|f| f.source_routing).is_none_or(|x| x.v);
    let source_at = f.and_then(|f| f.source_routing).map(|x| x.at);
    let table_from = [Some(vlan.tag.at), source_at].into_iter().flatten().collect::<Vec<_>>();
    let source_route = (wants_source_route && s.address.is_some()).then(|| SourceRoute {
        via: Sp::new(Ipv4Addr::UNSPECIFIED, s.vlan.at),
        table: cx.make(u32::from(vlan.tag.v) + 1000, SOURCE_TABLE, &table_from),
    });
    let stated_mac = f.and_then(|f| f.mac);
    Nic {
        vlan: s.vlan,
        address: s.address,
        dhcp: or(f.and_then(|f| f.dhcp), false, DEFAULT_NO),
        bare: or(f.and_then(|f| f.bare), false, DEFAULT_NO),
        mac: stated_mac.unwrap_or(Sp::new(Mac([0; 6]), s.at)),
        ifname: cx.make(IfName(format!("net{}", vlan.tag).into()), NIC_NAME, &[vlan.tag.at]),
        mtu,
        default_via: s.default_route.then_some(Sp::new(Ipv4Addr::UNSPECIFIED, s.default_at)),
        source_route,
        no_source_route: f.and_then(|f| f.source_routing).filter(|x| !x.v),
        trunks: s.trunks.clone(),
        at: s.at,
    }
}

/// Firewalls and their legs: WAN first, then by tag.
pub fn firewalls(facts: &Facts, index: &Index, vlans: &[Vlan], cx: &mut Cx<'_>) -> Vec<Firewall> {
    let mut all = Vec::new();
    for f in &facts.firewall {
        let Some(name) = &f.name else { continue };
        let number = f.host.map(|n| n.map(|n| n.0));
        let mut legs: Vec<FirewallLeg> = Vec::new();
        // One number is wrong once, on however many VLANs.
        let mut told = false;
        let mut add = |vlan: Option<&Sp<VlanRef>>,
                       address: Option<Sp<Address>>,
                       gateway,
                       dhcp: Option<Sp<bool>>,
                       group: Option<Sp<Vrid>>,
                       at,
                       cx: &mut Cx<'_>| {
            let Some(vlan) = vlan.map(|v| Sp::new(index.vlan(&v.v.0), v.at)).filter(|v| v.v.is_known()) else {
                return;
            };
            if let Some(twice) = legs.iter().find(|l| l.vlan.v == vlan.v) {
                let (a, b) = (cx.span(vlan.at), cx.span(twice.vlan.at));
                cx.report(
                    Diag::new(code::E0202, format!("firewall {} has two interfaces on one VLAN", name.v.0))
                        .at(a, "again here")
                        .at(b, "first here")
                        .help("keep one of the two"),
                );
                return;
            }
            let address = match (address, number) {
                (Some(a), _) => Some(a.map(|a| a.0)),
                _ if dhcp.is_some_and(|d| d.v) => None,
                (None, _) if told => None,
                (None, Some(n)) => {
                    let found = host_number(vlans[vlan.v.0 as usize].subnet, n, cx);
                    told = found.is_none();
                    found
                }
                (None, None) => {
                    told = true;
                    let span = cx.span(at);
                    cx.report(
                        Diag::new(
                            code::E0206,
                            format!("firewall {} has no address on {}", name.v.0, vlans[vlan.v.0 as usize].name),
                        )
                        .at(span, "neither here nor as the firewall's number")
                        .help(format!("firewall \"{}\" host=254", name.v.0)),
                    );
                    None
                }
            };
            let tag = vlans[vlan.v.0 as usize].tag;
            if let (Some(g), true) = (group, f.node.len() < 2) {
                let (a, b) = (cx.span(g.at), cx.span(f.at));
                cx.report(
                    Diag::new(code::E0811, format!("firewall {} has one node, and shares no address", name.v.0))
                        .at(a, "nothing would come of this")
                        .at(b, "a pair has two nodes")
                        .help("remove `carp-id`, or add a `node`"),
                );
            }
            let stated = group.map(|g| g.map(|g| g.0));
            let carp = (f.node.len() > 1)
                .then(|| stated.unwrap_or_else(|| cx.make(((tag.v.max(1) - 1) % 255 + 1) as u8, CARP_ID, &[tag.at])));
            // An address that is stated wins, and what it overrides is told as dropped.
            let dhcp = dhcp.filter(|d| !d.v || address.is_none());
            legs.push(FirewallLeg { vlan, address, gateway, dhcp, carried_by: None, carp, at });
        };
        // The first way out is the one that the routing table takes.
        let mut ways: Vec<&WanFacts> = f.wan.iter().collect();
        ways.sort_by_key(|w| (w.priority.map(|p| p.v), w.vlan.as_ref().map(|v| index.vlan(&v.v.0))));
        for w in ways {
            let gateway = w.gateway.as_ref().map(|g| Sp::new(index.upstream(&g.v.0), g.at)).filter(|g| g.v.is_known());
            add(w.vlan.as_ref(), w.address, gateway, w.dhcp, w.carp_id, w.at, cx);
        }
        for i in &f.interface {
            add(i.vlan.as_ref(), i.address, None, None, i.carp_id, i.at, cx);
        }
        let wans = legs.iter().take_while(|l| l.gateway.is_some()).count();
        legs[wans..].sort_by_key(|l| l.vlan.v);
        super::firewall::network::carriers(f, index, vlans, &mut legs, cx);
        let mut nodes: Vec<MachineId> = f
            .node
            .iter()
            .filter_map(|n| n.name.as_ref())
            .map(|n| index.machine(&n.v.0))
            .filter(|m| m.is_known())
            .collect();
        nodes.sort();
        if let Some(third) = f.node.get(2) {
            let span = cx.span(third.at);
            cx.report(
                Diag::new(code::E0823, format!("firewall {} has {} nodes", name.v.0, f.node.len()))
                    .at(span, "the third")
                    .help("OPNsense HA is a pair: keep two nodes"),
            );
        }
        all.push(Firewall {
            name: Sp::new(name.v.0.clone(), name.at),
            nodes,
            legs,
            management: f.management.as_ref().map(|m| Sp::new(index.vlan(&m.v.0), m.at)).filter(|m| m.v.is_known()),
            layer: FirewallLayer::default(),
            at: f.at,
        });
    }
    all.sort_by(|a: &Firewall, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// Accounts.
pub fn logins(facts: &Facts) -> Vec<Login> {
    let mut all: Vec<Login> = facts
        .login
        .iter()
        .filter_map(|l| {
            let name = l.name.as_ref()?;
            let mut keys: Vec<(&Sp<Label>, &Sp<SshKey>)> =
                l.ssh_key.iter().filter_map(|k| Some((k.name.as_ref()?, k.key.as_ref()?))).collect();
            keys.sort_by(|a, b| a.0.v.cmp(&b.0.v));
            Some(Login {
                name: Sp::new(name.v.0.clone(), name.at),
                keys: keys.into_iter().map(|(_, k)| k.clone()).collect(),
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// Names of secrets.
pub fn secrets(facts: &Facts) -> Vec<Secret> {
    let mut all: Vec<Secret> = facts
        .secret
        .iter()
        .filter_map(|s| {
            let name = s.name.as_ref()?;
            let from = s.from.as_ref()?;
            Some(Secret {
                name: Sp::new(name.v.0.clone(), name.at),
                store: from.store?,
                path: from.path.clone()?,
                key: from.key.clone(),
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// Stores of disks. With one store, that is the default.
pub fn datastores(facts: &Facts, cx: &mut Cx<'_>) -> Vec<Datastore> {
    let stated: Vec<&DatastoreFacts> = facts.proxmox.iter().flat_map(|p| &p.datastore).collect();
    let defaults: Vec<Sp<bool>> = stated.iter().filter_map(|d| d.default).filter(|d| d.v).collect();
    if let [first, second, ..] = defaults[..] {
        let (a, b) = (cx.span(second.at), cx.span(first.at));
        cx.report(
            Diag::new(code::E0202, "two datastores are the default")
                .at(a, "again here")
                .at(b, "first here")
                .help("keep one of the two"),
        );
    }
    let mut all: Vec<Datastore> = stated
        .iter()
        .filter_map(|d| {
            let name = d.name.as_ref()?;
            Some(Datastore {
                name: Sp::new(name.v.0.clone(), name.at),
                shared: d.shared?,
                default: or(d.default, stated.len() == 1, ONLY_DATASTORE),
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// What machines are cloned from.
pub fn templates(facts: &Facts, index: &Index, _: &mut Cx<'_>) -> Vec<Template> {
    let mut all: Vec<Template> = facts
        .template
        .iter()
        .filter_map(|t| {
            let name = t.name.as_ref()?;
            // A template whose system is not stated was reported; Linux is what most are, and nothing is emitted from it.
            let os_row = t.os.map_or(Sp::new(os(Os::Debian12), t.at), |o| o.map(os));
            Some(Template {
                name: Sp::new(name.v.0.clone(), name.at),
                image: t.image.clone().unwrap_or(Sp::new(StoreId("".into()), t.at)),
                vm_id: t.vm_id.map(|v| v.map(|v| v.0)),
                on: t.on.as_ref().map(|h| Sp::new(index.host(&h.v.0), h.at)),
                os: os_row,
                login: t.login.as_ref().map(|l| Sp::new(index.login(&l.v.0), l.at)),
                agent: or(t.agent, false, DEFAULT_NO),
                firmware: or(t.firmware, Firmware::Bios, DEFAULT_FIRMWARE),
                at: t.at,
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}
