//! One thing more in the topology: files of others get lines, never other lines.

use topoc::build::Build;
use topoc::pass::lock::Lock;

use super::{REFERENCE, clean, files};

/// What may lose a line when something comes: path, and how the line starts. These lines say something of all things of a
/// kind, so each of them is right to change.
const MAY_CHANGE: &[(&str, &str)] = &[
    // Ranges of free addresses become shorter.
    ("documents/address-plan.md", "| 192."),
    // `trunk "all"` is every VLAN, the new one too.
    ("network-team/handoff.md", "| sw1 | "),
    // Who is meant by a name for many, in one line for people.
    ("documents/expectations.md", "| "),
    ("opnsense/fw-1/restore.xml", "            <description>host "),
    ("opnsense/fw-2/restore.xml", "            <description>host "),
    ("opnsense/opnsense.uuids.json", "    \"what\": \"host "),
    // How many are on a VLAN, and who bridges it.
    ("documents/vlans.md", "| "),
    // How many of a whole are left when one is away.
    ("documents/restore.md", "Of the Proxmox cluster "),
    ("documents/upgrade.md", "Without one host "),
    // The VLANs that nobody routes, in one sentence.
    ("network-team/handoff.md", "Isolated VLANs, "),
    // Who is on a host that does not answer, and how many nodes there are: an alert that does not count them all is wrong.
    ("kubernetes/config/monitoring/prometheusrule-probes.yaml", "            description: "),
    ("kubernetes/tests/alerts/probes.rules.yaml", "          description: "),
    ("kubernetes/tests/alerts/probes.test.yaml", "              description: "),
    ("kubernetes/config/monitoring/prometheusrule-cilium.yaml", "            description: "),
    ("kubernetes/config/monitoring/prometheusrule-cilium.yaml", "          expr: "),
    (
        "kubernetes/overlays/staging/config/monitoring/prometheusrule-cilium-patch.yaml",
        "            description: \"Fewer than ",
    ),
    ("kubernetes/overlays/staging/config/monitoring/prometheusrule-cilium-patch.yaml", "          expr: "),
    ("kubernetes/tests/alerts/cilium.rules.yaml", "          description: "),
    ("kubernetes/tests/alerts/cilium.rules.yaml", "        expr: "),
    ("kubernetes/tests/alerts/cilium.test.yaml", "              description: "),
    ("kubernetes/tests/alerts/cilium.test.yaml", "        values: "),
    ("kubernetes/config/dashboards/network-cilium.json", "                \"value\": "),
    ("kubernetes/config/dashboards/network-overview.json", "                \"value\": "),
    ("kubernetes/overlays/staging/config/dashboards/network-overview.json", "                \"value\": "),
    // A pod for each node.
    ("kubernetes/config/kube-bench/cronjob-kube-bench-worker.yaml", "      completions: "),
    ("kubernetes/config/kube-bench/cronjob-kube-bench-worker.yaml", "      parallelism: "),
    // A job of all machines names them in one line; the first node is how a script knows its cluster.
    ("terraform_ansible/ansible/group_vars/pve_lab/backup.yml", "    vmid: "),
    ("kubernetes/installer/install-argo-cd.sh", "if ! kubectl get node "),
];

fn compare(what: &str, before: &Build, after: &Build) -> Vec<String> {
    let (old, new) = (plain(&files(before)), plain(&files(after)));
    let mut wrong = Vec::new();
    for (path, a) in &old {
        let Some(b) = new.get(path) else {
            wrong.push(format!("{what}: {path} is gone"));
            continue;
        };
        for change in similar::TextDiff::from_lines(a.as_str(), b.as_str()).iter_all_changes() {
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

/// The files, config.xml without what must change with its content: the stamps of its parts, and the tags that stand on the
/// first and the last line of a list of lines.
fn plain(files: &std::collections::BTreeMap<&str, &str>) -> std::collections::BTreeMap<String, String> {
    let line = |l: &str| {
        let l = match l.split_once(" persisted_at=\"").and_then(|(a, b)| Some((a, b.split_once('"')?.1))) {
            Some((a, b)) => format!("{a}{b}"),
            None => l.to_string(),
        };
        l.replace("<content>", "\n").replace("</content>", "") + "\n"
    };
    let text = |p: &str, t: &str| match p.rsplit('.').next() {
        Some("xml") => t.lines().map(line).collect(),
        Some("svg") => t.lines().map(|l| shape(l) + "\n").collect(),
        _ => t.to_string(),
    };
    files.iter().map(|(p, t)| (p.to_string(), text(p, t))).collect()
}

/// A line of a drawing without where it is and how big: what comes in between pushes the rest aside, and that is all it may
/// do. What is drawn, of which colour, and what is written stay in the comparison.
fn shape(line: &str) -> String {
    const PLACE: [&str; 11] = ["x", "y", "cx", "cy", "r", "rx", "width", "height", "d", "viewBox", "points"];
    let mut left = line.to_string();
    for name in PLACE {
        let start = format!(" {name}=\"");
        if let Some((before, after)) = left.split_once(&start) {
            let rest = after.split_once('"').map_or("", |(_, rest)| rest);
            left = format!("{before}{rest}");
        }
    }
    left
}

#[test]
fn a_drawing_is_compared_by_all_but_places() {
    assert_eq!(
        shape("  <rect class=\"box\" x=\"1\" y=\"2\" width=\"3\" height=\"4\" rx=\"4\"/>"),
        "  <rect class=\"box\"/>"
    );
    assert_eq!(shape("<text class=\"mark\" x=\"1\" y=\"2\">10.0.0.1</text>"), "<text class=\"mark\">10.0.0.1</text>");
    assert_ne!(shape("<path class=\"line1\" d=\"M1 2\"/>"), shape("<path class=\"line2\" d=\"M1 2\"/>"));
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
            "nodes \"{name}\" {{ role \"worker\"; count 2; host {}; taint \"dedicated\" \"spare\" \"NoSchedule\"; spread \"pve-1\"; cores 2; memory \"4GiB\"; disk \"root\" size=\"50GiB\" }}\n    ",
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
