//! The Terraform files of several topologies in all dialects, read as JSON. What real Terraform says of them is in `consumers/`.

use std::collections::BTreeMap;

use serde_json::Value;
use topoc::ir::{Sealed, Topology};
use topoc::{decode, diag, emit, pass, schema, source, syntax};

const REFERENCE: &str = include_str!("../topology/private-cloud.kdl");

const PROVIDERS: &[(&str, &str)] = &[("bpg/proxmox", "0.111"), ("telmate/proxmox", "2.9"), ("telmate/proxmox", "3.0")];

/// Changes to the reference topology that make it another cloud: what is there, and what comes instead.
const CLOUDS: &[(&str, &[(&str, &str)])] = &[
    ("reference", &[]),
    ("vlan-aware", &[("bridges \"per-vlan\"", "bridges \"vlan-aware\"")]),
    (
        "uefi and netplan",
        &[
            ("    agent\n", "    agent\n    firmware \"uefi\"\n"),
            ("    start order=3\n", "    first-boot \"netplan\"\n"),
        ],
    ),
    (
        "ha",
        &[
            (
                "datastore \"local-lvm\" shared=#false",
                "datastore \"rbd\" shared=#true\n    ha-group \"edge\" \"pve-1\" \"pve-3\"",
            ),
            ("    start order=2 delay=\"30s\"\n", "    ha group=\"edge\" restarts=3\n"),
        ],
    ),
];

/// Runs `look` with what was decided and every Terraform file by its name.
fn each(look: impl Fn(&str, &str, &Topology, &BTreeMap<String, Value>)) {
    for (cloud, changes) in CLOUDS {
        for (provider, version) in PROVIDERS {
            let mut text = REFERENCE.replace("\"bpg/proxmox\" \"0.111\"", &format!("\"{provider}\" \"{version}\""));
            for (old, new) in *changes {
                assert!(text.contains(old), "{cloud}: {old}");
                text = text.replace(old, new);
            }
            with(&text, |topology, files, sink| {
                assert!(!sink.has_errors(), "{cloud}, {provider} {version}: {:?}", sink.diags());
                look(cloud, provider, topology, files);
            });
        }
    }
}

fn with(text: &str, look: impl FnOnce(&Topology, &BTreeMap<String, Value>, &diag::Sink)) {
    let mut sources = source::Sources::default();
    let (mut sink, mut causes) = (diag::Sink::default(), source::Causes::default());
    let file = sources.add(source::Source::new("cloud.kdl", text));
    let doc = syntax::parse(sources.get(file), file, &mut sink);
    let decoded = decode::decode(&doc, sources.get(file), file, &mut causes, &mut sink);
    let topology = pass::resolve(&decoded, &pass::lock::Lock::default(), &mut causes, &mut sink);
    let sealed = Sealed::new(&topology, &sink).unwrap_or_else(|| panic!("{:?}", sink.diags()));
    let mut out = emit::Out::new(&topology, &[], &doc, sources.get(file), &mut causes, &mut sink, file);
    let emitter = emit::EMITTERS.iter().find(|e| e.meta.name == "terraform").unwrap();
    out.run(emitter, &sealed);
    let name = |path: &str| path.rsplit('/').next().unwrap().to_string();
    let files = out
        .finish()
        .iter()
        .filter(|a| a.path.ends_with(".json"))
        .map(|a| (name(&a.path), serde_json::from_str(&a.text.text).unwrap()))
        .collect::<BTreeMap<_, _>>();
    look(&topology, &files, &sink);
}

/// The only resource of a machine's file.
fn machine<'a>(files: &'a BTreeMap<String, Value>, name: &str) -> &'a Value {
    let resource = &files[&format!("vm-{name}.tf.json")]["resource"];
    &resource.as_object().unwrap().values().next().unwrap()[name]
}

fn networks(body: &Value) -> &Vec<Value> {
    body.get("network_device").or(body.get("network")).unwrap().as_array().unwrap()
}

#[test]
fn every_interface_is_there_in_the_order_of_slots() {
    each(|cloud, provider, topology, files| {
        for m in &topology.machines {
            let body = machine(files, &m.name.v);
            let written: Vec<String> = networks(body)
                .iter()
                .map(|n| n.get("mac_address").or(n.get("macaddr")).unwrap().as_str().unwrap().to_lowercase())
                .collect();
            let decided: Vec<String> = m.nics.iter().map(|n| n.mac.to_string()).collect();
            assert_eq!(written, decided, "{cloud}, {provider}, {}", m.name);
        }
    });
}

#[test]
fn a_tag_is_in_the_bridge_or_on_the_interface_never_in_both() {
    each(|cloud, provider, topology, files| {
        for m in &topology.machines {
            for (n, nic) in networks(machine(files, &m.name.v)).iter().zip(&m.nics) {
                let tag = u64::from(topology.vlan(nic.vlan.v).tag.v);
                let bridge = n["bridge"].as_str().unwrap();
                let said = n.get("vlan_id").or(n.get("tag")).and_then(Value::as_u64).filter(|t| *t > 0);
                let aware = *cloud == *"vlan-aware";
                assert_eq!(bridge == format!("vmbr{tag}"), !aware, "{cloud}, {provider}, {}", m.name);
                assert_eq!(said, aware.then_some(tag), "{cloud}, {provider}, {}", m.name);
            }
        }
    });
}

#[test]
fn an_interface_has_the_mtu_of_its_vlan_whatever_the_bridge_passes() {
    each(|cloud, provider, topology, files| {
        for m in &topology.machines {
            let host = topology.host(m.on.v);
            let widest = host.vlans.iter().map(|v| topology.vlan(v.v).mtu.v).max().unwrap();
            for (n, nic) in networks(machine(files, &m.name.v)).iter().zip(&m.nics) {
                let bridge = if *cloud == *"vlan-aware" { widest } else { topology.vlan(nic.vlan.v).mtu.v };
                // 1, or nothing at all, is the MTU of the bridge (Proxmox VE admin guide, qm, net).
                let got = n.get("mtu").and_then(Value::as_u64).filter(|mtu| *mtu != 1).unwrap_or(bridge.into());
                assert_eq!(got, u64::from(nic.mtu.v), "{cloud}, {provider}, {}", m.name);
            }
        }
    });
}

#[test]
fn objects_of_a_list_of_objects_have_every_key() {
    // The type of `network_device` in the schema of bpg/proxmox 0.111.1.
    let keys = [
        "bridge",
        "disconnected",
        "enabled",
        "firewall",
        "mac_address",
        "model",
        "mtu",
        "queues",
        "rate_limit",
        "trunks",
        "vlan_id",
    ];
    each(|_, provider, topology, files| {
        for m in topology.machines.iter().filter(|_| provider == "bpg/proxmox") {
            for nic in networks(machine(files, &m.name.v)) {
                let mut written: Vec<&str> = nic.as_object().unwrap().keys().map(String::as_str).collect();
                written.sort_unstable();
                assert_eq!(written, keys);
            }
        }
    });
}

#[test]
fn only_linux_with_cloud_init_gets_addresses_at_first_boot() {
    each(|cloud, provider, topology, files| {
        for m in &topology.machines {
            let body = machine(files, &m.name.v);
            let count = match body.get("initialization") {
                Some(init) => init.get("ip_config").map_or(0, |l| l.as_array().unwrap().len()),
                None => body.as_object().unwrap().keys().filter(|k| k.starts_with("ipconfig")).count(),
            };
            let linux = topology.template(m.template.v).os.linux;
            let addressed = linux && m.first_boot.v == schema::FirstBoot::CloudInit;
            assert_eq!(count, if addressed { m.nics.len() } else { 0 }, "{cloud}, {provider}, {}", m.name);
            let account = body.get("initialization").map_or(body.get("ciuser"), |i| i.get("user_account"));
            assert_eq!(account.is_some(), linux, "{cloud}, {provider}, {}", m.name);
        }
    });
}

#[test]
fn the_token_comes_from_a_variable_without_default() {
    each(|cloud, provider, _, files| {
        let body = &files["provider.tf.json"]["provider"]["proxmox"][0];
        let variables = files["variables.tf.json"]["variable"].as_object().unwrap();
        for (key, value) in body.as_object().unwrap().iter().filter(|(k, _)| k.contains("token")) {
            let name = value.as_str().unwrap().strip_prefix("${var.").unwrap().strip_suffix('}').unwrap();
            let variable = &variables[name];
            assert_eq!(variable.get("default"), None, "{cloud}, {provider}");
            assert_eq!(
                variable["sensitive"].as_bool() == Some(true),
                !key.ends_with("_id"),
                "{cloud}, {provider}, {key}"
            );
        }
        assert!(body.get("insecure").or(body.get("pm_tls_insecure")).is_some_and(|v| v == false));
    });
}

#[test]
fn only_what_happened_once_what_ha_chooses_and_what_a_person_started_is_ignored() {
    each(|cloud, provider, topology, files| {
        for m in &topology.machines {
            let body = machine(files, &m.name.v);
            let ignored = body["lifecycle"]["ignore_changes"].as_array().cloned().unwrap_or_default();
            let bpg = provider == "bpg/proxmox";
            let mut expected = if bpg { vec!["clone"] } else { vec!["clone", "full_clone"] };
            if m.ha.is_some() {
                expected.push(if bpg { "node_name" } else { "target_node" });
            }
            // A firewall that is only a clone serves DHCP: nobody starts it but a person. Telmate 2.9 looks once by itself.
            let off = [("started", Value::from(false)), ("vm_state", "stopped".into()), ("oncreate", false.into())];
            let off = off.into_iter().find(|(word, value)| body.get(*word) == Some(value));
            let waits = matches!(m.kind, topoc::ir::MachineKind::Firewall { .. }) && m.ha.is_none();
            assert!(off.is_some() || !waits, "{cloud}, {provider}, {}", m.name);
            expected.extend(off.map(|(word, _)| word).filter(|word| waits && *word != "oncreate"));
            assert_eq!(ignored, expected, "{cloud}, {provider}, {}", m.name);
        }
    });
}

#[test]
fn text_of_the_topology_is_never_a_template() {
    for (provider, version) in PROVIDERS {
        let text = REFERENCE
            .replace("\"bpg/proxmox\" \"0.111\"", &format!("\"{provider}\" \"{version}\""))
            .replace("Zd ops\"", "Zd %{ for x in y }ops\"");
        with(&text, |_, files, _| {
            let body = machine(files, "bastion");
            let key = body.get("sshkeys").unwrap_or(&body["initialization"]["user_account"]["keys"][0]);
            assert!(key.as_str().unwrap().ends_with("Zd %%{ for x in y }ops"), "{key}");
        });
    }
}
