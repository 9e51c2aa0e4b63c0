//! VLANs, ways out, routes and names of an import; what a firewall does not know is a placeholder with a remark.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::{Draft, quoted, slug};
use crate::backup::xml::Element;
use crate::consumer::OpnsenseCaps;
use crate::schema::Name;

/// What the rules are read against.
#[derive(Debug)]
pub(super) struct Net {
    /// The firewall's name.
    pub(super) firewall: String,
    /// Interfaces that became VLANs.
    pub(super) interfaces: Vec<Interface>,
}

/// An interface.
#[derive(Debug)]
pub(super) struct Interface {
    /// Its key.
    pub(super) key: String,
    /// Its VLAN.
    pub(super) vlan: String,
    /// Its subnet.
    pub(super) subnet: Ipv4Net,
    /// Whether it is a way out.
    pub(super) wan: bool,
    address: Option<Ipv4Addr>,
    device: String,
    /// The tag; 0 until one is chosen.
    tag: u16,
    /// The device that carries it with the tag; `None` when it has a NIC of its own.
    parent: Option<String>,
}

impl Net {
    /// The interface of a key.
    pub(super) fn of(&self, key: &str) -> Option<&Interface> {
        self.interfaces.iter().find(|i| i.key == key)
    }

    /// VLANs of the NICs in the order of their slots, when the devices say it.
    pub(super) fn order(&self) -> Option<Vec<Name>> {
        let own: Vec<&Interface> = self.interfaces.iter().filter(|i| i.parent.is_none()).collect();
        let at = |slot: usize| own.iter().find(|i| i.device == format!("vtnet{slot}"));
        (0..own.len()).map(|slot| at(slot).map(|i| Name::of(i.vlan.as_str()))).collect()
    }
}

/// Reads it.
pub(super) fn read(root: &Element, caps: &OpnsenseCaps, draft: &mut Draft) -> Result<Net, String> {
    let system = root.child("system");
    let value = |name: &str| system.map(|s| s.value(name)).unwrap_or_default();
    let mut taken = BTreeSet::new();
    let mut found = interfaces(root, draft, &mut taken);
    if found.iter().all(|i| i.wan) {
        return Err("it has no interface inside with an IPv4 address: there is no network to describe".into());
    }
    let host = match value("hostname") {
        h if h.is_empty() => "firewall".to_string(),
        h => h,
    };
    let node = slug(&host, &mut taken);
    let firewall = slug("firewall", &mut taken);
    let domain = match value("domain") {
        d if d.is_empty() => "internal".into(),
        d => d,
    };
    draft.frame(format!(
        "topology {} {{\n    domain {}\n    ipv6 \"off\"\n}}",
        quoted(&slug(&host, &mut BTreeSet::new())),
        quoted(&domain)
    ));
    draft.placeholder(
        "a backup does not say what the firewall runs on: the versions of Proxmox and Terraform",
        format!("versions {{\n    proxmox \"9.1\"\n    terraform \"1.11\"\n    terraform-provider \"bpg/proxmox\" \"0.111\"\n    opnsense {}\n}}", quoted(caps.line)),
    );
    tags(&mut found, draft);
    let gateways = gateways(root);
    let ways: Vec<usize> = (0..found.len()).filter(|i| found[*i].wan).collect();
    for i in &found {
        let router = if i.wan { i.vlan.clone() } else { firewall.clone() };
        if i.wan {
            let address = gateway(root, &gateways, i).unwrap_or_else(|| {
                draft.left.push(format!(
                    "filled in: the router of interface {} is not in a backup: it is taken for the first address",
                    i.key
                ));
                i.subnet.hosts().next().unwrap_or(i.subnet.addr())
            });
            draft.frame(format!("upstream {} {{ router {} address=\"{address}\" }}", quoted(&i.vlan), quoted(&i.vlan)));
        }
        draft.frame(format!(
            "vlan {} id={} subnet=\"{}\" routed-by={} internet=#true",
            quoted(&i.vlan),
            i.tag,
            i.subnet,
            quoted(&router)
        ));
    }
    let inside = found.iter().find(|i| i.key == "lan").or_else(|| found.iter().find(|i| !i.wan)).ok_or("no inside")?;
    let free = inside.subnet.hosts().collect::<Vec<_>>().into_iter().rev().find(|a| Some(*a) != inside.address);
    let number = free.map_or(0, |a| u32::from(a) - u32::from(inside.subnet.network()));
    draft.placeholder(
        "a backup does not say which hypervisor the firewall runs on: its name, its number and its storage",
        format!(
            "proxmox \"lab\" {{\n    bridges \"vlan-aware\"\n    trunk \"eno1\"\n    management {}\n    datastore \"local-lvm\" shared=#false\n    host \"pve-1\" host={number}\n}}",
            quoted(&inside.vlan)
        ),
    );
    draft.frame("template \"opnsense\" { image \"opnsense\"; vm-id 9001; on \"pve-1\"; os \"opnsense\" }");
    asked(root, &found, draft);
    draft.placeholder(
        "a backup does not say the size of the machine",
        format!("firewall {} {{\n    template \"opnsense\"\n    cores 2\n    memory \"4GiB\"\n    disk \"root\" size=\"32GiB\"", quoted(&firewall)),
    );
    draft.frame(format!("node {} on=\"pve-1\"", quoted(&node)));
    for i in &found {
        draft.frame(statement(root, i, &gateways, ways.len() > 1, &found));
    }
    draft.frame(format!("management {}", quoted(&inside.vlan)));
    routes(root, &gateways, draft);
    draft.frame("}");
    Ok(Net { firewall, interfaces: found })
}

/// Whom machines ask for names and the time. Never the firewall itself: whether it answers where they are is its own statement,
/// and what they ask without an answer is refused (E1162).
fn asked(root: &Element, found: &[Interface], draft: &mut Draft) {
    let own = |a: &Ipv4Addr| a.is_loopback() || a.is_unspecified() || found.iter().any(|i| i.address == Some(*a));
    let system = || root.child("system").into_iter().flat_map(Element::children);
    let servers: Vec<Ipv4Addr> = system()
        .filter(|c| c.name == "dnsserver")
        .filter_map(|c| c.text().parse().ok())
        .filter(|a| !own(a))
        .take(3)
        .collect();
    let list = servers.iter().map(|s| quoted(&s.to_string())).collect::<Vec<_>>().join(" ");
    match list.is_empty() {
        false => draft.frame(format!("resolve {{ server {list} }}")),
        true => draft.placeholder(
            "the backup names no server of names beside the firewall itself",
            "resolve { server \"9.9.9.9\" }",
        ),
    }
    // The old section and the model's (upstream/opnsense: config.xml.sample, Unbound.xml).
    let on = |path: &str, field: &str| root.at(path).is_some_and(|e| e.value(field) == "1");
    if on("unbound", "enable") || on("OPNsense/unboundplus/general", "enabled") {
        draft.left.push("Unbound answers for names: say `dns` in the firewall when it is to answer clients".into());
    }
    let times: Vec<String> = system()
        .filter(|c| c.name == "timeservers")
        .flat_map(|c| c.text().split_whitespace().map(str::to_string).collect::<Vec<_>>())
        .filter(|t| !t.parse().is_ok_and(|a| own(&a)))
        .take(4)
        .map(|t| quoted(&t))
        .collect();
    match times.is_empty() {
        false => draft.frame(format!("time {{ server {} }}", times.join(" "))),
        true => draft.placeholder(
            "the backup names no time server beside the firewall itself",
            "time { server \"pool.ntp.org\" }",
        ),
    }
}

/// The statement of an interface.
fn statement(root: &Element, i: &Interface, gateways: &[Gateway], many: bool, all: &[Interface]) -> String {
    let e = root.at("interfaces").and_then(|x| x.child(&i.key));
    let on = |flag: &str| e.is_some_and(|e| e.child(flag).is_some());
    let address = i.address.map_or(" dhcp=#true".to_string(), |a| format!(" address=\"{a}\""));
    let (vlan, key) = (quoted(&i.vlan), quoted(&i.key));
    if !i.wan {
        let carrier = i.parent.as_ref().and_then(|parent| all.iter().find(|o| o.device == *parent && o.key != i.key));
        let by = carrier.map(|c| format!(" carried-by={}", quoted(&c.vlan))).unwrap_or_default();
        return format!("interface {vlan}{address} key={key}{by}");
    }
    let g = e.map(|e| e.value("gateway")).and_then(|name| gateways.iter().find(|g| g.name == name));
    let priority = g.filter(|_| many).map(|g| format!(" priority={}", g.priority)).unwrap_or_default();
    let probe = g.and_then(|g| g.probe).map(|p| format!("\n    probe \"{p}\"")).unwrap_or_default();
    let word = |b: bool| if b { "#true" } else { "#false" };
    format!(
        "wan {vlan} gateway={vlan}{address}{priority} key={key} {{\n    block-bogons {}\n    block-private {}{probe}\n}}",
        word(on("blockbogons")),
        word(on("blockpriv"))
    )
}

#[derive(Debug)]
struct Gateway {
    name: String,
    interface: String,
    address: Option<Ipv4Addr>,
    priority: u8,
    probe: Option<Ipv4Addr>,
}

fn gateways(root: &Element) -> Vec<Gateway> {
    let lists = ["OPNsense/Gateways", "gateways"].into_iter().filter_map(|p| root.at(p));
    let items = lists.flat_map(Element::children).filter(|c| c.name == "gateway_item" && c.value("disabled") != "1");
    let one = |g: &Element| Gateway {
        name: g.value("name"),
        interface: g.value("interface"),
        address: g.value("gateway").parse().ok(),
        priority: g.value("priority").parse().unwrap_or(255),
        probe: g.value("monitor").parse().ok().filter(|_| g.value("monitor_disable") != "1"),
    };
    items.map(one).collect()
}

fn gateway(root: &Element, gateways: &[Gateway], i: &Interface) -> Option<Ipv4Addr> {
    let name = root.at("interfaces")?.child(&i.key)?.value("gateway");
    let found = gateways.iter().find(|g| g.name == name).or_else(|| gateways.iter().find(|g| g.interface == i.key));
    found?.address.filter(|a| i.subnet.contains(a))
}

/// The interfaces that can be VLANs.
fn interfaces(root: &Element, draft: &mut Draft, taken: &mut BTreeSet<String>) -> Vec<Interface> {
    let vlans: Vec<(String, u16, String)> = root
        .child("vlans")
        .into_iter()
        .flat_map(Element::children)
        .filter_map(|v| Some((v.value("vlanif"), v.value("tag").parse().ok()?, v.value("if"))))
        .collect();
    let mut found: Vec<Interface> = Vec::new();
    for e in root.child("interfaces").into_iter().flat_map(Element::children) {
        let key = e.name.clone();
        let keyed = key == "wan" || key == "lan" || key.strip_prefix("opt").is_some_and(|n| n.parse::<u16>().is_ok());
        let label = match e.value("descr") {
            d if d.is_empty() => key.clone(),
            d => d,
        };
        if !keyed || e.child("internal_dynamic").is_some() {
            continue;
        }
        if e.child("enable").is_none() {
            draft.left.push(format!("interface {key} ({label}) is off"));
            continue;
        }
        let device = e.value("if");
        let address: Option<Ipv4Addr> = e.value("ipaddr").parse().ok();
        let bits: Option<u8> = e.value("subnet").parse().ok();
        let subnet = address.zip(bits).and_then(|(a, b)| Ipv4Net::new(a, b).ok()).map(|n| n.trunc());
        let dhcp = e.value("ipaddr") == "dhcp";
        let wan = dhcp || !e.value("gateway").is_empty();
        let subnet = match (subnet, dhcp) {
            (Some(s), _) => s,
            (None, true) => {
                draft.left.push(format!(
                    "filled in: interface {key} ({label}) has its address by DHCP: its VLAN's subnet is not in a backup"
                ));
                // TEST-NET-1 and its neighbours (RFC 5737) are nobody's.
                let net = [Ipv4Addr::new(192, 0, 2, 0), Ipv4Addr::new(198, 51, 100, 0), Ipv4Addr::new(203, 0, 113, 0)];
                let free = net.into_iter().filter_map(|n| Ipv4Net::new(n, 24).ok());
                match free.into_iter().find(|n| found.iter().all(|o| !o.subnet.contains(n))) {
                    Some(n) => n,
                    None => continue,
                }
            }
            (None, false) => {
                draft.left.push(format!("interface {key} ({label}) has no IPv4 address"));
                continue;
            }
        };
        if ["ipaddrv6", "gatewayv6"].iter().any(|f| !e.value(f).is_empty()) {
            draft.left.push(format!("interface {key} ({label}) has IPv6, which the topology says is off"));
        }
        let tag = vlans.iter().find(|(d, _, _)| *d == device).map(|(_, t, parent)| (*t, parent.clone()));
        if tag.is_none() && !device.starts_with("vtnet") {
            draft.left.push(format!(
                "interface {key} ({label}) is on {device}; a machine of Proxmox has vtnet devices, so it will change"
            ));
        }
        found.push(Interface {
            vlan: slug(&label, taken),
            key,
            subnet,
            wan,
            address: address.filter(|_| !dhcp),
            device,
            tag: tag.as_ref().map_or(0, |t| t.0),
            parent: tag.map(|t| t.1),
        });
    }
    found
}

/// Tags of VLANs that have a NIC of their own: a backup does not have them.
fn tags(found: &mut [Interface], draft: &mut Draft) {
    let mut used: BTreeSet<u16> = found.iter().map(|i| i.tag).filter(|t| *t > 0).collect();
    let mut missing = Vec::new();
    for i in found.iter_mut().filter(|i| i.parent.is_none()) {
        let first = u16::from(i.subnet.network().octets()[2]).max(2);
        let tag = (first..4095).chain(2..first).find(|t| used.insert(*t)).unwrap_or(2);
        i.tag = tag;
        missing.push(format!("{} {tag}", i.vlan));
    }
    if !missing.is_empty() {
        draft
            .left
            .push(format!("filled in: tags of VLANs that come untagged are not in a backup: {}", missing.join(", ")));
    }
}

/// Routes by a router inside.
fn routes(root: &Element, gateways: &[Gateway], draft: &mut Draft) {
    let routes = root.child("staticroutes").into_iter().flat_map(Element::children);
    for r in routes.filter(|r| r.value("enabled") != "0" && r.value("disabled") != "1") {
        let (net, name) = (r.value("network"), r.value("gateway"));
        let via = gateways.iter().find(|g| g.name == name).and_then(|g| g.address);
        match (net.parse::<Ipv4Net>(), via) {
            (Ok(net), Some(via)) => draft.say(format!("route {net}"), format!("route \"{net}\" via=\"{via}\"")),
            _ => draft.left.push(format!("route {net} by {name}: its gateway has no IPv4 address of its own")),
        }
    }
}
