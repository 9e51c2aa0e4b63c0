//! One thing more in the topology: files of others get lines, never other lines.

use topoc::build::Build;
use topoc::pass::lock::Lock;

use super::{REFERENCE, clean, files};

/// What may lose a line when something comes: path, and how the line starts. These lines say something of all things of a
/// kind, so each of them is right to change; no file that a machine obeys is here.
const MAY_CHANGE: &[(&str, &str)] = &[
    // Ranges of free addresses become shorter.
    ("documents/address-plan.md", "| 192."),
    // `trunk "all"` is every VLAN, the new one too.
    ("network-team/handoff.md", "| sw1 | "),
    // The VLANs that nobody routes, in one sentence.
    ("network-team/handoff.md", "Isolated VLANs, "),
];

fn compare(what: &str, before: &Build, after: &Build) -> Vec<String> {
    let (old, new) = (files(before), files(after));
    let mut wrong = Vec::new();
    for (path, a) in &old {
        let Some(b) = new.get(path) else {
            wrong.push(format!("{what}: {path} is gone"));
            continue;
        };
        for change in similar::TextDiff::from_lines(*a, *b).iter_all_changes() {
            if change.tag() == similar::ChangeTag::Delete {
                let line = change.value().trim_end();
                // JSON has no comma behind the last item: when one comes behind it, the old last line gets one.
                let comma = path.ends_with(".json") && b.lines().any(|l| l.strip_suffix(',') == Some(line));
                if !comma && !MAY_CHANGE.iter().any(|(p, start)| path == p && line.starts_with(start)) {
                    wrong.push(format!("{what}: {path}: {line}"));
                }
            }
        }
    }
    wrong
}

/// Ids, addresses and the order of NICs of everything that was there before.
fn identities(b: &Build, of: &Build) -> Vec<String> {
    let t = &b.topology;
    let known: Vec<String> = of.topology.machines.iter().map(|m| m.name.v.to_string()).collect();
    let mut all: Vec<String> = Vec::new();
    for m in t.machines.iter().filter(|m| known.contains(&m.name.v.to_string())) {
        all.push(format!("{} on {} id {}", m.name.v, t.host(m.on.v).name.v, m.vm_id.v));
        for n in &m.nics {
            all.push(format!(
                "{} {} {} {} {:?}",
                m.name.v,
                n.ifname.v,
                t.vlan(n.vlan.v).name.v,
                n.mac.v,
                n.address.map(|a| a.v)
            ));
        }
    }
    for c in &t.clusters {
        if let Some(v) = &c.api.vrrp {
            all.push(format!("{} vrrp {}", c.name.v, v.id.v));
        }
    }
    all
}

/// A place in the reference and what comes there.
fn insertions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut put = |what: String, before: &str, new: String| {
        assert_eq!(REFERENCE.matches(before).count(), 1, "{before}");
        all.push((what, REFERENCE.replacen(before, &format!("{new}{before}"), 1)));
    };
    for (i, name) in ["aaa", "k8s-master-x", "mmm", "zzz"].iter().enumerate() {
        let vm = format!(
            "vm \"{name}\" on=\"pve-2\" host={} {{ template \"ubuntu-24\"; cores 1; memory \"1GiB\"; disk \"root\" size=\"16GiB\"; nic \"management\" default-route=#true }}\n",
            60 + i
        );
        put(format!("vm {name}"), "vm \"authentik\"", vm);
    }
    for (name, id) in [("aaa", 99), ("mmm", 103), ("zzz", 200)] {
        let vlan = format!(
            "vlan \"{name}\" id={id} subnet=\"192.168.{id}.0/24\" routed-by=\"nobody\" {{ purpose \"new\" }}\n"
        );
        put(format!("vlan {name}"), "vlan \"public\" id=", vlan);
    }
    for (i, name) in ["aaa", "k8s-more", "zzz"].iter().enumerate() {
        let nodes = format!(
            "nodes \"{name}\" {{ role \"worker\"; count 2; host {}; spread \"pve-1\"; cores 2; memory \"4GiB\"; disk \"root\" size=\"50GiB\" }}\n    ",
            70 + 10 * i
        );
        put(format!("nodes {name}"), "nodes \"k8s-master\" {", nodes);
    }
    for (name, number) in [("aaa", 8), ("pve-2a", 8), ("zzz", 9)] {
        put(format!("host {name}"), "host \"pve-1\" host=5", format!("host \"{name}\" host={number}\n    "));
    }
    all
}

#[test]
fn one_thing_more_is_one_hunk_more() {
    let before = clean(REFERENCE, None);
    let lock = Lock::of(&before.topology).print();
    let mut wrong = Vec::new();
    for (what, text) in insertions() {
        for lock in [None, Some(lock.as_str())] {
            let after = clean(text.clone(), lock);
            assert_eq!(identities(&before, &before), identities(&after, &before), "{what}");
            wrong.extend(compare(&what, &before, &after));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
