//! What holds between OPNsense's files and others: the NICs that Terraform gives a firewall's machines are the devices that
//! config.xml assigns, in the same order on both nodes. Runs over the reference topology and every case with such files.

// Other tests ask this module for more.
#[allow(dead_code)]
#[path = "shared/case.rs"]
mod case;

use std::collections::BTreeMap;

use serde_json::Value;
use topoc::build::{Build, Input, build};
use topoc::ir::{FirewallLayer, Machine};
use topoc::source::Source;

const REFERENCE: &str = include_str!("../topology/private-cloud.kdl");

/// An interface of config.xml: its key and the text of each element.
type Interface = (String, BTreeMap<String, String>);

#[test]
fn nics_of_terraform_are_the_devices_of_both_nodes() {
    let reference = build(Input {
        topology: Source::new("private-cloud.kdl", REFERENCE),
        lock: None,
        today: "2026-11-22".into(),
        emit: true,
    });
    let mut problems = Vec::new();
    let (mut seen, mut pairs, mut tagged) = (0, 0, 0);
    let cases = case::all().into_iter().filter(|c| c.topology.contains("opnsense \""));
    let builds = cases.map(|c| (c.name.clone(), c.build(&[])));
    for (name, b) in std::iter::once(("the reference topology".to_string(), reference)).chain(builds) {
        for f in b.topology.firewalls.iter().filter(|_| !b.failed()) {
            let nodes: Vec<&Machine> = f.nodes.iter().map(|n| b.topology.machine(*n)).collect();
            let mut first: Option<Vec<Interface>> = None;
            for node in &nodes {
                let Some(restore) = b.tree.get(&format!("opnsense/{}/restore.xml", node.name.v)) else { continue };
                let found = interfaces(&restore.text.text);
                let said = tags(&b, node);
                seen += 1;
                check(&b, &f.layer, node, &found, &said, &mut |p| {
                    problems.push(format!("{name}: {}: {p}", node.name.v))
                });
                tagged += found.iter().filter(|(_, i)| i["if"].starts_with("vlan0.")).count();
                match &first {
                    None => first = Some(found),
                    Some(other) => {
                        pairs += 1;
                        let assigned = |all: &[Interface]| -> Vec<(String, String, String)> {
                            all.iter().map(|(key, i)| (key.clone(), i["if"].clone(), i["descr"].clone())).collect()
                        };
                        if assigned(other) != assigned(&found) {
                            problems.push(format!("{name}: the nodes of {} differ: {other:?} and {found:?}", f.name.v));
                        }
                    }
                }
            }
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    assert!(
        seen > 2 && pairs > 0 && tagged > 1,
        "{seen} nodes, {pairs} pairs, {tagged} tagged: too few to say anything"
    );
}

/// Holds the interfaces of one node to the NICs that Terraform gives it.
fn check(
    b: &Build,
    layer: &FirewallLayer,
    node: &Machine,
    found: &[Interface],
    nics: &[(u16, Vec<u16>)],
    problem: &mut dyn FnMut(String),
) {
    if found.len() != layer.network.interfaces.len() {
        problem(format!("{} interfaces of {}", found.len(), layer.network.interfaces.len()));
    }
    for (key, i) in found {
        // The VLAN is known by what the node's address is in, or by its name where the address comes by DHCP.
        let vlan = b.topology.vlans.iter().find(|v| match i["ipaddr"].parse() {
            Ok(address) => v.subnet.v.contains::<&std::net::Ipv4Addr>(&address),
            Err(_) => v.name.v.to_uppercase().replace('-', "_") == i["descr"],
        });
        let Some(vlan) = vlan else {
            problem(format!("{key}: {} is in no VLAN", i["ipaddr"]));
            continue;
        };
        if let Some(slot) = i["if"].strip_prefix("vtnet") {
            let slot: usize = slot.parse().unwrap_or(usize::MAX);
            match nics.get(slot) {
                Some((tag, _)) if *tag == vlan.tag.v => {}
                other => {
                    problem(format!("{key} is {} on VLAN {}, Terraform's NIC there is {other:?}", i["if"], vlan.tag))
                }
            }
            if node.nics.get(slot).is_none_or(|n| b.topology.vlan(n.vlan.v).tag.v != vlan.tag.v) {
                problem(format!("{key} is {}, which the machine does not have there", i["if"]));
            }
        } else {
            // Without a NIC of its own the tag passes one, and no NIC has it for itself.
            let through = nics.iter().filter(|(_, more)| more.contains(&vlan.tag.v)).count();
            if i["if"] != format!("vlan0.{}", vlan.tag)
                || through != 1
                || nics.iter().any(|(tag, _)| *tag == vlan.tag.v)
            {
                problem(format!("{key} is {} on VLAN {}, Terraform's NICs are {nics:?}", i["if"], vlan.tag));
            }
        }
    }
}

/// The VLAN of each NIC of a machine as Terraform makes it, and the tags that pass it.
fn tags(b: &Build, node: &Machine) -> Vec<(u16, Vec<u16>)> {
    let path = format!("terraform_ansible/terraform/vm-{}.tf.json", node.name.v);
    let text = &b.tree.get(&path).unwrap_or_else(|| panic!("no {path}")).text.text;
    let file: Value = serde_json::from_str(text).expect("JSON");
    let kind = file["resource"].as_object().and_then(|r| r.values().next()).expect("a resource");
    let body = &kind[&*node.name.v];
    let nics = body.get("network_device").or(body.get("network")).and_then(Value::as_array).expect("NICs");
    let tag = |n: &Value| {
        let stated = n.get("vlan_id").or(n.get("tag")).and_then(Value::as_u64);
        let bridge = n["bridge"].as_str().and_then(|s| s.strip_prefix("vmbr")).and_then(|s| s.parse::<u64>().ok());
        stated.or(bridge).and_then(|t| u16::try_from(t).ok()).unwrap_or_default()
    };
    let more = |n: &Value| {
        let list = n.get("trunks").and_then(Value::as_str).unwrap_or_default().to_string();
        list.split(';').filter_map(|t| t.parse().ok()).collect()
    };
    nics.iter().map(|n| (tag(n), more(n))).collect()
}

/// The interfaces of a config.xml as this program lays it out: an element a line, two blanks a level.
fn interfaces(xml: &str) -> Vec<Interface> {
    let inside = xml.lines().skip_while(|l| *l != "  <interfaces>").skip(1).take_while(|l| *l != "  </interfaces>");
    let mut all: Vec<Interface> = Vec::new();
    for line in inside {
        let (level, text) = (line.len() - line.trim_start().len(), line.trim());
        let name: String = text.trim_start_matches('<').chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        match (level, text.starts_with("</")) {
            (4, false) => all.push((name, BTreeMap::new())),
            (6, false) => {
                let value = text.split_once('>').and_then(|(_, r)| r.split_once('<')).map_or("", |(v, _)| v);
                all.last_mut().expect("in an interface").1.insert(name, value.into());
            }
            _ => {}
        }
    }
    all
}
