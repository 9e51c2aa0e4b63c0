//! A firewall as its config.xml says, read back by a foreign parser: what its rules do to packets; knows no topology.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use roxmltree::{Document, Node};

use crate::policy::{Addresses, Packets, Ranges, Traffic};

/// What decides over packets on one firewall node.
#[derive(Debug, Default)]
pub struct Filter {
    /// Interfaces by key.
    pub interfaces: BTreeMap<String, Interface>,
    /// Rules of all interfaces, in the order of their sequence.
    rules: Vec<Rule>,
    /// Port forwards, in the order of their sequence.
    forwards: Vec<Forward>,
    aliases: BTreeMap<String, Content>,
    /// Its own addresses.
    own: Ranges,
}

/// An interface.
#[derive(Debug)]
pub struct Interface {
    /// Its network; `None` with DHCP.
    pub net: Option<Ipv4Net>,
}

#[derive(Debug)]
struct Rule {
    sequence: u32,
    interface: String,
    pass: bool,
    packets: Packets,
    /// It holds at some times or up to a limit.
    sometimes: bool,
    about: String,
}

#[derive(Debug)]
struct Forward {
    sequence: u32,
    interface: String,
    public: Addresses,
    tcp: bool,
    first: u16,
    last: u16,
    target: Ipv4Addr,
    target_first: u16,
}

#[derive(Debug, Default)]
struct Content {
    addresses: Addresses,
    ports: Ranges,
    nested: Vec<String>,
}

impl Filter {
    /// Reads the parts of a config.xml: rules, translation and interfaces of the first, shared addresses of either.
    ///
    /// # Errors
    /// What is not understood: then nothing can be shown.
    pub fn read(text: &str, more: Option<&str>) -> Result<Filter, String> {
        let doc = Document::parse(text).map_err(|e| e.to_string())?;
        let root = doc.root_element();
        let mut f = Filter::default();
        for i in path(root, &["interfaces"]).into_iter().flat_map(elements) {
            f.interface(i);
        }
        f.shared(root)?;
        if let Some(more) = more {
            f.shared(Document::parse(more).map_err(|e| e.to_string())?.root_element())?;
        }
        for a in path(root, &["OPNsense", "Firewall", "Alias", "aliases"]).into_iter().flat_map(elements) {
            f.alias(a)?;
        }
        for r in path(root, &["OPNsense", "Firewall", "Filter", "rules"]).into_iter().flat_map(elements) {
            f.rule(r)?;
        }
        f.rules.sort_by_key(|r| r.sequence);
        for r in path(root, &["nat"]).into_iter().flat_map(elements).filter(|e| e.has_tag_name("rule")) {
            f.forward(r)?;
        }
        f.forwards.sort_by_key(|r| r.sequence);
        Ok(f)
    }

    /// Whether some of the packets may pass an interface; by which rule.
    pub fn may_pass(&self, interface: &str, packets: &Packets) -> Option<String> {
        let mut open = vec![packets.clone()];
        for r in self.rules.iter().filter(|r| r.interface == interface) {
            if r.pass && open.iter().any(|p| p.may_meet(&r.packets)) {
                return Some(r.about.clone());
            }
            if !r.pass && !r.sometimes {
                open = open.iter().flat_map(|p| p.minus(&r.packets)).collect();
            }
        }
        None
    }

    /// Whether some of the packets may be dropped; by which rule, and `Some(None)` when no rule lets them pass.
    pub fn may_drop(&self, interface: &str, packets: &Packets) -> Option<Option<String>> {
        let mut open = vec![packets.clone()];
        for r in self.rules.iter().filter(|r| r.interface == interface) {
            if !r.pass && open.iter().any(|p| p.may_meet(&r.packets)) {
                return Some(Some(r.about.clone()));
            }
            if r.pass && !r.sometimes {
                open = open.iter().flat_map(|p| p.minus(&r.packets)).collect();
            }
        }
        (!open.is_empty()).then_some(None)
    }

    /// Packets as they are when rules look: those to a forwarded address and port are to the target by then. What no
    /// forward takes stays as it is.
    pub fn translated(&self, interface: &str, packets: &Packets) -> Vec<Packets> {
        let mut open = vec![packets.clone()];
        let mut all = Vec::new();
        for f in self.forwards.iter().filter(|f| f.interface == interface) {
            let ports = |first, last| if f.tcp { Traffic::tcp(first, last) } else { Traffic::udp(first, last) };
            let taken = Packets { from: Addresses::all(), to: f.public.clone(), traffic: ports(f.first, f.last) };
            for p in open.iter().filter(|p| p.may_meet(&taken)) {
                let known = u32::from(f.target);
                let last = f.target_first.saturating_add(f.last - f.first);
                // With one port the target's is that one; of a range the whole of it is looked at, never less.
                all.push(Packets {
                    from: p.from.clone(),
                    to: Addresses { known: Ranges::of(known, known), atoms: BTreeSet::new() },
                    traffic: ports(f.target_first, last),
                });
            }
            open = open.iter().flat_map(|p| p.minus(&taken)).collect();
        }
        all.extend(open);
        all
    }

    /// Addresses of the firewall itself; an atom beside them where one comes by DHCP.
    pub fn own(&self) -> Addresses {
        let leased = self.interfaces.values().any(|i| i.net.is_none());
        let atoms = if leased { BTreeSet::from(["an address by DHCP".to_string()]) } else { BTreeSet::new() };
        Addresses { known: self.own.clone(), atoms }
    }

    fn shared(&mut self, root: Node<'_, '_>) -> Result<(), String> {
        for v in path(root, &["virtualip"]).into_iter().flat_map(elements) {
            let address = text(v, "subnet").and_then(range).ok_or("a shared address that is none")?;
            self.own = self.own.union(&address);
        }
        Ok(())
    }

    fn interface(&mut self, e: Node<'_, '_>) {
        if text(e, "enable").is_none() {
            return;
        }
        let address: Option<Ipv4Addr> = text(e, "ipaddr").and_then(|a| a.parse().ok());
        let bits: Option<u8> = text(e, "subnet").and_then(|b| b.parse().ok());
        let net = address.zip(bits).and_then(|(a, b)| Ipv4Net::new(a, b).ok());
        if let Some(n) = net {
            self.own = self.own.union(&Ranges::of(n.addr().into(), n.addr().into()));
        }
        let key = e.tag_name().name().to_string();
        self.interfaces.insert(key, Interface { net });
    }

    fn alias(&mut self, e: Node<'_, '_>) -> Result<(), String> {
        let name = text(e, "name").ok_or("an alias without a name")?.to_string();
        let mut c = Content::default();
        let lines = text(e, "content").unwrap_or_default().lines().map(str::trim).filter(|l| !l.is_empty());
        let kind = text(e, "type").unwrap_or_default();
        for line in lines {
            match kind {
                "port" => {
                    let (a, b) = line.split_once(':').unwrap_or((line, line));
                    let (a, b) = (number(a, &name)?, number(b, &name)?);
                    c.ports = c.ports.union(&Ranges::of(a, b));
                }
                "networkgroup" => c.nested.push(line.to_string()),
                "host" | "network" => {
                    let (not, entry) = line.strip_prefix('!').map_or((false, line), |l| (true, l));
                    match (range(entry), not) {
                        (Some(r), false) => c.addresses.known = c.addresses.known.union(&r),
                        // Longest prefix: what is left out is taken away behind everything else.
                        (Some(_), true) => c.nested.push(format!("!{entry}")),
                        (None, false) => {
                            c.addresses.atoms.insert(format!("name {entry}"));
                        }
                        (None, true) => return Err(format!("alias {name} leaves out a name, {entry}")),
                    }
                }
                "urltable" | "geoip" => {
                    c.addresses.atoms.insert(format!("{kind} {line}"));
                }
                other => return Err(format!("alias {name} is of type {other}")),
            }
        }
        for out in c.nested.iter().filter_map(|n| n.strip_prefix('!')).filter_map(range) {
            c.addresses.known = c.addresses.known.minus(&out);
        }
        c.nested.retain(|n| !n.starts_with('!'));
        self.aliases.insert(name, c);
        Ok(())
    }

    fn rule(&mut self, e: Node<'_, '_>) -> Result<(), String> {
        let about = text(e, "description").unwrap_or("a rule without a description").to_string();
        let get = |name: &str| text(e, name).unwrap_or_default();
        if get("enabled") == "0" {
            return Ok(());
        }
        if !matches!(get("direction"), "" | "in") || get("quick") == "0" || get("interfacenot") == "1" {
            return Err(format!("rule \"{about}\" does not decide at once on what comes in"));
        }
        let interface = get("interface").to_string();
        if interface.is_empty() || interface.contains(',') {
            return Err(format!(
                "rule \"{about}\" is on {} interfaces",
                if interface.is_empty() { "all" } else { "several" }
            ));
        }
        let pass = match get("action") {
            "pass" => true,
            "block" | "reject" => false,
            other => return Err(format!("rule \"{about}\" does `{other}`")),
        };
        let limits = ["sched", "max-src-conn", "max-src-conn-rate", "max-src-states", "max-pkt-rate-number", "max"];
        let packets = Packets {
            from: self.end(get("source_net"), get("source_not") == "1", &about)?,
            to: self.end(get("destination_net"), get("destination_not") == "1", &about)?,
            traffic: self.traffic(e, &about)?,
        };
        let sequence = number(get("sequence"), &about)?;
        let sometimes = limits.iter().any(|l| text(e, l).is_some_and(|t| !t.is_empty()));
        self.rules.push(Rule { sequence, interface, pass, packets, sometimes, about });
        Ok(())
    }

    fn end(&self, nets: &str, not: bool, about: &str) -> Result<Addresses, String> {
        let mut all = Addresses::default();
        for net in nets.split(',') {
            all = all.union(&match net {
                "any" | "" => Addresses::all(),
                "(self)" => self.own(),
                net => match range(net) {
                    Some(known) => Addresses { known, atoms: BTreeSet::new() },
                    None => self.named(net, about, 0)?,
                },
            });
        }
        if not && !all.atoms.is_empty() {
            return Err(format!("rule \"{about}\" is for everybody but what nobody knows"));
        }
        Ok(if not {
            Addresses { known: Addresses::all().known.minus(&all.known), atoms: BTreeSet::new() }
        } else {
            all
        })
    }

    fn named(&self, name: &str, about: &str, depth: usize) -> Result<Addresses, String> {
        if let Some(i) = self.interfaces.get(name) {
            let net = i.net.ok_or(format!("rule \"{about}\" names {name}, which has no fixed network"))?;
            return Ok(Addresses { known: Ranges::net(net), atoms: BTreeSet::new() });
        }
        if let Some(i) = name.strip_suffix("ip").and_then(|n| self.interfaces.get(n)) {
            let net = i.net.ok_or(format!("rule \"{about}\" names {name}, which has no fixed address"))?;
            // Its own address and those that it shares on that network.
            let known = self.own.intersect(&Ranges::net(net));
            return Ok(Addresses { known, atoms: BTreeSet::new() });
        }
        let found = self.aliases.get(name).ok_or(format!("rule \"{about}\" names {name}, which is nothing"))?;
        if depth > 8 {
            return Err(format!("alias {name} contains itself"));
        }
        let mut all = found.addresses.clone();
        for n in &found.nested {
            all = all.union(&self.named(n, about, depth + 1)?);
        }
        Ok(all)
    }

    fn traffic(&self, e: Node<'_, '_>, about: &str) -> Result<Traffic, String> {
        let protocol = text(e, "protocol").unwrap_or("any");
        let types = text(e, "icmptype").unwrap_or_default();
        let icmp = |word: &str| match word {
            "echoreq" => Ok(8),
            "echorep" => Ok(0),
            "unreach" => Ok(3),
            "timex" => Ok(11),
            "paramprob" => Ok(12),
            word => word.parse::<u8>().map_err(|_| format!("rule \"{about}\" names the ICMP type {word}")),
        };
        match protocol {
            "any" => Ok(Traffic::all()),
            "ICMP" if types.is_empty() => Ok(Traffic::all_icmp()),
            "ICMP" => types.split(',').try_fold(Traffic::default(), |t, w| Ok(t.union(&Traffic::icmp(icmp(w)?)))),
            "TCP" | "UDP" | "TCP/UDP" => {
                let ports = text(e, "destination_port").unwrap_or_default();
                let ranges = if ports.is_empty() { Ranges::of(0, 65535) } else { self.ports(ports, about)? };
                let mut all = Traffic::default();
                for (a, b) in ranges.iter() {
                    let (a, b) = (a.min(65535) as u16, b.min(65535) as u16);
                    if protocol != "UDP" {
                        all = all.union(&Traffic::tcp(a, b));
                    }
                    if protocol != "TCP" {
                        all = all.union(&Traffic::udp(a, b));
                    }
                }
                Ok(all)
            }
            other => {
                const NUMBERS: [(&str, u8); 10] = [
                    ("AH", 51),
                    ("ESP", 50),
                    ("GRE", 47),
                    ("IGMP", 2),
                    ("IPENCAP", 4),
                    ("OSPF", 89),
                    ("PIM", 103),
                    ("CARP", 112),
                    ("PFSYNC", 240),
                    ("SCTP", 132),
                ];
                let found = NUMBERS.iter().find(|(n, _)| *n == other);
                found.map(|(_, n)| Traffic::protocol(*n)).ok_or(format!("rule \"{about}\" is for the protocol {other}"))
            }
        }
    }

    fn ports(&self, ports: &str, about: &str) -> Result<Ranges, String> {
        if let Some(a) = self.aliases.get(ports) {
            return Ok(a.ports.clone());
        }
        let (a, b) = ports.split_once('-').unwrap_or((ports, ports));
        Ok(Ranges::of(number(a, about)?, number(b, about)?))
    }

    fn forward(&mut self, e: Node<'_, '_>) -> Result<(), String> {
        let about = text(e, "descr").unwrap_or("a port forward").to_string();
        if text(e, "disabled").is_some_and(|d| d != "0") {
            return Ok(());
        }
        if text(e, "pass").is_some_and(|p| !p.is_empty()) {
            return Err(format!("port forward \"{about}\" goes past the rules"));
        }
        let to = e
            .children()
            .find(|c| c.has_tag_name("destination"))
            .ok_or(format!("port forward \"{about}\" is for nobody"))?;
        let public = self.end(text(to, "network").or(text(to, "address")).unwrap_or_default(), false, &about)?;
        let target = text(e, "target").unwrap_or_default();
        let target = target.parse().map_err(|_| format!("port forward \"{about}\" leads to {target}"))?;
        let port = text(to, "port").unwrap_or_default();
        let (first, last) = port.split_once('-').unwrap_or((port, port));
        let short = |s: &str| s.parse::<u16>().map_err(|_| format!("port forward \"{about}\" is for port {s}"));
        let sequence = text(e, "sequence").map_or(Ok(0), |s| number(s, &about))?;
        for protocol in text(e, "protocol").unwrap_or_default().split('/') {
            self.forwards.push(Forward {
                sequence,
                interface: text(e, "interface").unwrap_or_default().to_string(),
                public: public.clone(),
                tcp: match protocol {
                    "tcp" => true,
                    "udp" => false,
                    other => return Err(format!("port forward \"{about}\" is for the protocol {other}")),
                },
                first: short(first)?,
                last: short(last)?,
                target,
                target_first: text(e, "local-port").map_or(short(first), short)?,
            });
        }
        Ok(())
    }
}

fn path<'a>(root: Node<'a, 'a>, names: &[&str]) -> Option<Node<'a, 'a>> {
    names.iter().try_fold(root, |at, name| at.children().find(|c| c.has_tag_name(*name)))
}

fn elements<'a>(of: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    of.children().filter(Node::is_element)
}

fn text<'a>(of: Node<'a, '_>, name: &str) -> Option<&'a str> {
    let child = of.children().find(|c| c.has_tag_name(name))?;
    Some(child.text().unwrap_or_default().trim())
}

/// An address, a network or a range of addresses.
fn range(s: &str) -> Option<Ranges> {
    if let Ok(a) = s.parse::<Ipv4Addr>() {
        return Some(Ranges::of(a.into(), a.into()));
    }
    if let Ok(n) = s.parse::<Ipv4Net>() {
        return Some(Ranges::net(n));
    }
    let (a, b) = s.split_once('-')?;
    Some(Ranges::of(a.parse::<Ipv4Addr>().ok()?.into(), b.parse::<Ipv4Addr>().ok()?.into()))
}

fn number(s: &str, about: &str) -> Result<u32, String> {
    s.parse().map_err(|_| format!("\"{about}\" has {s} where a number is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"<?xml version="1.0"?>
<opnsense>
  <interfaces>
    <wan><if>vtnet0</if><enable>1</enable><ipaddr>198.51.100.2</ipaddr><subnet>29</subnet><gateway>GW</gateway></wan>
    <lan><if>vtnet1</if><enable>1</enable><ipaddr>10.0.1.254</ipaddr><subnet>24</subnet></lan>
  </interfaces>
  <nat><rule><sequence>100</sequence><interface>wan</interface><protocol>tcp</protocol><destination><network>203.0.113.7</network><port>443</port></destination><target>10.0.2.9</target><local-port>8443</local-port></rule></nat>
  <OPNsense><Firewall>
    <Alias><aliases>
      <alias><name>t_inside</name><type>network</type><content>10.0.0.0/16
!10.0.9.0/24</content></alias>
      <alias><name>t_web</name><type>port</type><content>80
8000:8010</content></alias>
      <alias><name>t_far</name><type>host</type><content>repo.example.org</content></alias>
    </aliases></Alias>
    <Filter><rules>
      <rule><enabled>1</enabled><sequence>20</sequence><action>pass</action><interface>lan</interface><direction>in</direction><protocol>TCP</protocol><source_net>lan</source_net><destination_net>t_inside</destination_net><destination_not>1</destination_not><destination_port>t_web</destination_port><description>out</description></rule>
      <rule><enabled>1</enabled><sequence>10</sequence><action>block</action><interface>lan</interface><direction>in</direction><protocol>any</protocol><source_net>10.0.1.66</source_net><destination_net>any</destination_net><description>not him</description></rule>
      <rule><enabled>1</enabled><sequence>30</sequence><action>pass</action><interface>lan</interface><direction>in</direction><protocol>TCP</protocol><source_net>any</source_net><destination_net>t_far</destination_net><destination_port>22</destination_port><description>far</description></rule>
      <rule><enabled>1</enabled><sequence>40</sequence><action>pass</action><interface>wan</interface><direction>in</direction><protocol>TCP</protocol><source_net>any</source_net><destination_net>10.0.2.9</destination_net><destination_port>8443</destination_port><description>web</description></rule>
    </rules></Filter>
  </Firewall></OPNsense>
</opnsense>"#;

    fn packets(from: &str, to: &str, traffic: Traffic) -> Packets {
        let end = |s: &str| Addresses { known: range(s).expect("addresses"), atoms: BTreeSet::new() };
        Packets { from: end(from), to: end(to), traffic }
    }

    #[test]
    fn rules_do_what_they_say() {
        let f = Filter::read(CONFIG, None).expect("it can be read");
        let web = Traffic::tcp(8000, 8005);
        assert_eq!(f.may_drop("lan", &packets("10.0.1.1-10.0.1.65", "192.0.2.1", web.clone())), None);
        // One address of the source is blocked before.
        let all = packets("10.0.1.0/24", "192.0.2.1", web.clone());
        assert_eq!(f.may_drop("lan", &all), Some(Some("not him".into())));
        assert_eq!(f.may_pass("lan", &all), Some("out".into()));
        assert_eq!(f.may_pass("lan", &packets("10.0.1.66", "192.0.2.1", web.clone())), None);
        // Inside is not outside, but what is left out of the alias is.
        assert_eq!(f.may_pass("lan", &packets("10.0.1.1", "10.0.5.0/24", web.clone())), None);
        assert_eq!(f.may_pass("lan", &packets("10.0.1.1", "10.0.9.1", web)), Some("out".into()));
        assert_eq!(f.may_drop("lan", &packets("10.0.1.1", "192.0.2.1", Traffic::tcp(79, 80))), Some(None));
        // A name may have any address: it may let through, and is no promise for a known one.
        let ssh = packets("10.0.1.1", "192.0.2.1", Traffic::tcp(22, 22));
        assert_eq!(f.may_pass("lan", &ssh), Some("far".into()));
        assert_eq!(f.may_drop("lan", &ssh), Some(None));
    }

    #[test]
    fn a_forward_is_looked_at_behind_it() {
        let f = Filter::read(CONFIG, None).expect("it can be read");
        let asked = packets("192.0.2.0/24", "203.0.113.7", Traffic::tcp(443, 443));
        let seen = f.translated("wan", &asked);
        assert_eq!(seen, [packets("192.0.2.0/24", "10.0.2.9", Traffic::tcp(8443, 8443))]);
        assert_eq!(f.may_drop("wan", &seen[0]), None);
        let other = packets("192.0.2.0/24", "203.0.113.7", Traffic::tcp(80, 80));
        assert_eq!(f.translated("wan", &other), std::slice::from_ref(&other));
        assert_eq!(f.may_pass("wan", &other), None);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (from, to) in [
            ("<direction>in</direction><protocol>any", "<direction>out</direction><protocol>any"),
            ("<action>block</action>", "<action/>"),
            (
                "<interface>lan</interface><direction>in</direction><protocol>any",
                "<direction>in</direction><protocol>any",
            ),
            ("<destination_net>t_far<", "<destination_net>t_gone<"),
            ("<type>host</type>", "<type>dynipv6host</type>"),
            ("<protocol>tcp</protocol>", "<pass>pass</pass><protocol>tcp</protocol>"),
        ] {
            let changed = CONFIG.replacen(from, to, 1);
            assert_ne!(changed, CONFIG, "{from}");
            assert!(Filter::read(&changed, None).is_err(), "{to} is taken for harmless");
        }
    }
}
