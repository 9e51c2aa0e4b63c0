//! Changes every field of the schema table: an `Emitted` one must change the tree, a `Note` or `Checked` one must not.

use topoc::build::Build;
use topoc::ir::facts::Facts;
use topoc::schema::{Fate, FieldInfo, Kind, Shape, Statement, StatementInfo, Ty};

use super::nodes::{self, Node, Place};
use super::{ALL, WIDE, clean, difference, errors, run};

/// What the table's sample cannot do alone: the field, what to replace in which topology to prepare it, the change, why.
struct Case {
    field: &'static str,
    topology: &'static str,
    prepare: &'static [(&'static str, &'static str)],
    change: (&'static str, &'static str),
    why: &'static str,
}

/// A VLAN more.
const EXTRA: (&str, &str) =
    ("resolve {", "vlan \"extra\" id=50 subnet=\"10.20.40.0/24\" routed-by=\"nobody\"\nresolve {");
/// A bond of the cluster.
const BOND: (&str, &str) =
    ("trunk \"eno1\"", "trunk \"bond0\"\n    bond \"bond0\" { ports \"eno1\" \"eno2\"; mode \"active-backup\" }");
/// A bond of the host alone.
const HOST_BOND: &[(&str, &str)] = &[
    ("    trunk \"eno1\"\n", ""),
    (
        "host=2",
        "host=2 { trunk \"bond0\"; bond \"bond0\" { ports \"eno1\" \"eno2\"; mode \"lacp\"; hash \"layer2+3\" } }",
    ),
];
/// A cluster with one node, for what two nodes cannot share.
const ONE: (&str, &str) = (
    "vm \"web\"",
    "cluster \"one\" {
    pods \"10.42.0.0/16\"
    services \"10.43.0.0/16\"
    node-network \"servers\"
    api { address \"10.20.30.100\"; held-by \"external\" }
    node-defaults {
        template \"debian\"
        cores 2
        memory \"2GiB\"
        disk \"root\" size=\"20GiB\"
        disk \"more\" size=\"9GiB\"
        nic \"servers\" default-route=#true /* defaults */
        nic \"extra\"
    }
    nodes \"n\" { role \"control-plane\"; host 60; spread \"pve-1\" }
}
vm \"web\"",
);

/// What the samples cannot do alone, a list a layer.
const CASES: &[&[Case]] = &[
    &include!("cases.rs"),
    &include!("layers/installer.rs"),
    &include!("layers/cilium.rs"),
    &include!("layers/balancer.rs"),
    &include!("layers/ingress.rs"),
    &include!("layers/storage.rs"),
    &include!("layers/logging.rs"),
    &include!("layers/policy.rs"),
    &include!("layers/nested.rs"),
    &include!("layers/gitops.rs"),
    &include!("layers/firewall_policy.rs"),
    &include!("layers/firewall_nat.rs"),
    &include!("layers/firewall_names.rs"),
    &include!("layers/firewall_access.rs"),
    &include!("layers/firewall_network.rs"),
    &include!("layers/firewall_watch.rs"),
    &include!("layers/identity.rs"),
    &include!("layers/copies.rs"),
    &include!("layers/ui.rs"),
];

/// All of them.
fn cases() -> impl Iterator<Item = &'static Case> {
    CASES.iter().copied().flatten()
}

/// A firewall has interfaces, which know its number, instead of NICs.
const NIC: (&str, &str) = ("interface \"backup\"", "interface \"backup\"; nic \"backup\" host=7");

/// Pages that somebody opens who is known by a name in DNS.
const PAGES_FOR_A_NAME: (&str, &str) = (
    "vm \"db\"",
    "cluster \"one\" {
    pods \"10.42.0.0/16\"
    services \"10.43.0.0/16\"
    node-network \"servers\"
    api { address \"10.20.30.100\"; held-by \"external\" }
    load-balancer \"metallb\" { pool \"pages\" vlan=\"servers\" { range 200 210 } }
    certificates { issuer \"office\" { ca secret=\"x\" } }
    ui { address pool=\"pages\" host=205; certificate-by \"office\"; from { name \"ci.example.org\" }; page \"hubble\" }
}
vm \"db\"",
);

/// Fields that can be written and are always refused: the field, a statement of it, where, and the code that says why.
const REFUSED: &[(&str, &str, (&str, &str))] = &[
    ("firewall.nic.vlan", "E0201", NIC),
    ("firewall.nic.host", "E0201", NIC),
    ("firewall.nic.address", "E0201", NIC),
    ("firewall.nic.dhcp", "E0201", NIC),
    ("firewall.nic.bare", "E0201", NIC),
    ("firewall.nic.default-route", "E0201", NIC),
    ("firewall.nic.source-routing", "E0201", NIC),
    ("firewall.nic.mtu", "E0201", NIC),
    ("firewall.nic.mac", "E0201", NIC),
    ("cluster.api.vrrp.password", "E0212", ("vrrp {", "vrrp { password \"x\";")),
    (
        "allow.from.name",
        "E0408",
        (
            "resolve {",
            "allow \"calls\" { from { name \"ci.example.org\" }; to { internet }; service \"https\" }\nresolve {",
        ),
    ),
    (
        "deny.from.name",
        "E0408",
        (
            "resolve {",
            "deny \"calls\" { from { name \"ci.example.org\" }; to { internet }; service \"https\" }\nresolve {",
        ),
    ),
    (
        "publish.from.name",
        "E0408",
        (
            "resolve {",
            "publish \"calls\" { from { name \"ci.example.org\" }; at \"203.0.113.1\"; to { address \"203.0.113.2\" }; service \"https\" }\nresolve {",
        ),
    ),
    ("cluster.ui.from.name", "E0408", PAGES_FOR_A_NAME),
    ("firewall.login", "E0806", ("interface \"backup\"", "interface \"backup\"; login \"dev\"")),
    ("firewall.first-boot", "E0806", ("interface \"backup\"", "interface \"backup\"; first-boot \"netplan\"")),
];

/// Why zones of expectations are not changed one by one.
const EXPECTED: &str =
    "zones are tried in allow and deny; what is expected of another zone does not hold, which is E0701";

/// Why a word that chooses among one is not changed.
const ONLY_ONE: &str = "there is only one";

/// Fields that the table states wrongly today or that no topology of this test reaches, and what is known of each. One
/// that begins to hold fails the test, so this list only gets shorter.
const KNOWN: &[(&str, &str)] = &[
    ("expect.verdict", "the other verdict does not hold, and that is E0701"),
    ("expect.from.machine.names", EXPECTED),
    ("expect.from.machine.on", EXPECTED),
    ("expect.from.pods.cluster", EXPECTED),
    ("expect.from.pods.label.key", EXPECTED),
    ("expect.from.pods.label.values", EXPECTED),
    ("expect.from.net.net", EXPECTED),
    ("expect.from.net.except", EXPECTED),
    ("expect.from.feed.url", EXPECTED),
    ("expect.from.feed.every", EXPECTED),
    ("expect.to.machine.names", EXPECTED),
    ("expect.to.pods.cluster", EXPECTED),
    ("expect.to.pods.namespace", EXPECTED),
    ("expect.to.pods.label.key", EXPECTED),
    ("expect.to.pods.label.values", EXPECTED),
    ("expect.to.net.net", EXPECTED),
    ("expect.to.net.except", EXPECTED),
    ("expect.to.feed.url", EXPECTED),
    ("expect.to.feed.every", EXPECTED),
    ("ci.host", ONLY_ONE),
    ("cluster.gitops.by", ONLY_ONE),
    ("cluster.health.cis.by", ONLY_ONE),
    ("cluster.backup.by", ONLY_ONE),
    ("upstream.router.vlan", "a router on a VLAN that it does not route is refused: there is never a second choice"),
    (
        "firewall.interface.vlan",
        "a firewall has interfaces on exactly the VLANs that it routes: there is never a second choice",
    ),
    ("firewall.wan.gateway", "needs a second upstream on the WAN, which E0308 refuses"),
    ("public-addresses.delivered.to", "needs two firewalls with a WAN each: not in these topologies"),
    ("cluster.network.encryption.by", "there is one kind of encryption: there is never a second choice"),
    (
        "cluster.ingress.by",
        "each way in has a version and words of its own: another word alone leaves them without effect",
    ),
    ("cluster.network.by", "Kube-OVN is refused there: there is never a second choice"),
    ("cluster.nested.network", "a word without a second one"),
    ("cluster.install.by", "there is one installer: there is never a second choice"),
    ("cluster.install.proxy", "every network plugin replaces kube-proxy, and then it is refused"),
    ("cluster.storage.by", "there is one provider: no second choice"),
    ("cluster.logging.by", "there is one keeper: no second choice"),
    ("cluster.tracing.by", "there is one keeper: no second choice"),
    ("firewall.disk.for", "E0606: no file cites it but for Ceph disks of nodes"),
    ("publish.from.firewall", "E0606: the firewall itself never comes in by its way out"),
    ("publish.from.machine.names", "E0606: who is inside never comes in by a way out"),
    ("publish.from.machine.on", "E0606: who is inside never comes in by a way out"),
    ("publish.from.pods.cluster", "E0606: who is inside never comes in by a way out"),
    ("publish.from.pods.namespace", "E0606: who is inside never comes in by a way out"),
    ("publish.from.pods.label.key", "E0606: who is inside never comes in by a way out"),
    ("publish.from.pods.label.values", "E0606: who is inside never comes in by a way out"),
    ("firewall.shaper.link.class.from.pods.cluster", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.pods.namespace", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.pods.label.key", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.pods.label.values", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.name", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.country", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.feed.url", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.feed.every", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.from.internet", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.pods.cluster", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.pods.namespace", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.pods.label.key", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.pods.label.values", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.name", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.country", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.feed.url", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.feed.every", "E1181: the shaper takes literal addresses only"),
    ("firewall.shaper.link.class.to.internet", "E1181: the shaper takes literal addresses only"),
    ("firewall.metrics.from.pods.cluster", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.pods.namespace", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.pods.label.key", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.pods.label.values", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.name", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.firewall", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.country", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.feed.url", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.feed.every", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.api", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.ingress", "E1191: figures are for somebody who is known and asks by himself"),
    ("firewall.metrics.from.internet", "E1191: figures are for somebody who is known and asks by himself"),
];

/// One field of the table and how to reach it.
pub struct Reach {
    /// Words of the statements that it is in.
    pub chain: Vec<&'static str>,
    /// The field.
    pub field: &'static FieldInfo,
}

impl Reach {
    /// The words with dots.
    pub fn name(&self) -> String {
        self.chain.iter().copied().chain([self.field.word]).collect::<Vec<_>>().join(".")
    }
}

/// All fields of a statement and of those in it.
pub fn walk(info: &'static StatementInfo, chain: &mut Vec<&'static str>, all: &mut Vec<Reach>) {
    for field in info.flat() {
        // The same words as in the cluster: `environments_are_merged` and settings.rs hold what becomes of them.
        if field.word == "environment" {
            continue;
        }
        match field.ty {
            Ty::Statement(inner) if !inner.free => {
                chain.push(field.word);
                walk(inner, chain, all);
                chain.pop();
            }
            _ => all.push(Reach { chain: chain.clone(), field }),
        }
    }
}

/// Values to try, the table's sample first: it is the one that differs from every default.
pub fn candidates(reach: &Reach, nodes: &[Node]) -> Vec<String> {
    let mut all = vec![reach.field.sample.to_string()];
    match reach.field.ty {
        Ty::Word(words) => all.extend(words.iter().map(|(w, _)| format!("\"{w}\""))),
        Ty::Bool => all.extend(["#true".into(), "#false".into()]),
        Ty::Int(..) => all.extend(reach.field.sample.parse::<i64>().iter().map(|n| (n + 1).to_string())),
        Ty::Form(..) | Ty::Text => all.extend(reach.field.sample.strip_suffix('"').map(|s| format!("{s}2\""))),
        Ty::Ref(kinds, _) => {
            for kind in kinds {
                let chain: &[&str] = match kind {
                    Kind::Vlan => &["vlan"],
                    Kind::Upstream => &["upstream"],
                    Kind::Host => &["proxmox", "host"],
                    Kind::Datastore => &["proxmox", "datastore"],
                    Kind::Login => &["login"],
                    Kind::Template => &["template"],
                    Kind::Secret => &["secret"],
                    Kind::Firewall => &["firewall"],
                    Kind::Machine => &["vm"],
                    Kind::Nodes => &["cluster", "nodes"],
                    Kind::Pool => &["cluster", "load-balancer", "pool"],
                    Kind::Peer => &["cluster", "load-balancer", "peer"],
                    Kind::Community => &["cluster", "load-balancer", "community"],
                    Kind::Bfd => &["cluster", "load-balancer", "bfd"],
                    Kind::Issuer => &["cluster", "certificates", "issuer"],
                    Kind::Group => &["group"],
                    Kind::Cluster => &["cluster"],
                    Kind::Service => &["service"],
                    Kind::Vpn => &["firewall", "vpn"],
                    Kind::Directory => &["firewall", "admin", "directory"],
                    Kind::Identity => &["identity"],
                    Kind::People => &["identity", "group"],
                    _ => continue,
                };
                let mut copy = nodes.to_vec();
                all.extend(nodes::find(nodes, chain).iter().map(|p| nodes::at(&mut copy, p).entries[0].1.clone()));
            }
        }
        _ => {}
    }
    all
}

/// The topology with the field changed at one place, or nothing when the value is there already.
pub fn change(nodes: &[Node], place: &Place, reach: &Reach, value: &str, whole: bool) -> Option<Vec<Node>> {
    let mut new = nodes.to_vec();
    let field = reach.field;
    let info = reach.chain.iter().fold(Facts::INFO, |info, word| {
        let field = info.flat().into_iter().find(|f| f.word == *word).expect("the chain is from the table");
        match field.ty {
            Ty::Statement(inner) => inner,
            _ => info,
        }
    });
    let node = nodes::at(&mut new, place);
    match field.shape {
        Shape::Arg | Shape::Args => {
            let args = info.flat().into_iter().filter(|f| matches!(f.shape, Shape::Arg | Shape::Args));
            let n = args.take_while(|f| f.word != field.word).count();
            let spots: Vec<usize> =
                node.entries.iter().enumerate().filter(|(_, e)| e.0.is_none()).map(|(i, _)| i).collect();
            let old = match spots.get(n) {
                Some(spot) => std::mem::replace(&mut node.entries[*spot].1, value.into()),
                None => {
                    let end = spots.last().map_or(0, |s| s + 1);
                    node.entries.insert(end, (None, value.into()));
                    String::new()
                }
            };
            if field.shape == Shape::Args {
                // The list is this one value.
                for spot in spots.get(n + 1..).unwrap_or_default().iter().rev() {
                    node.entries.remove(*spot);
                }
            }
            if let (Ty::Defines(_), false) = (field.ty, old.is_empty()) {
                rename(&mut new, &old, value);
            }
        }
        Shape::Prop => match node.entries.iter_mut().find(|e| e.0.as_deref() == Some(field.word)) {
            Some(e) => e.1 = value.into(),
            None => node.entries.push((Some(field.word.into()), value.into())),
        },
        Shape::Value | Shape::List | Shape::Flag => {
            let entries = vec![(None, value.to_string())];
            match node.kids.iter_mut().find(|k| k.word == field.word) {
                Some(k) if k.entries.is_empty() && value == "#true" => return None,
                // The first of a list, or the whole list.
                Some(k) if !whole && field.shape == Shape::List => k.entries[0] = (None, value.into()),
                Some(k) => k.entries = entries,
                None => node.kids.push(Node { word: field.word.into(), entries, kids: Vec::new() }),
            }
        }
        Shape::Child | Shape::Children | Shape::Inline => return None,
    }
    (new != nodes).then_some(new)
}

/// A thing with another name is still what others mean.
fn rename(nodes: &mut [Node], old: &str, new: &str) {
    let (start, replacement) = (format!("{}.", old.trim_end_matches('"')), format!("{}.", new.trim_end_matches('"')));
    for n in nodes {
        for (_, value) in &mut n.entries {
            if value == old {
                *value = new.into();
            } else if value.starts_with(&start) {
                *value = value.replacen(&start, &replacement, 1);
            }
        }
        rename(&mut n.kids, old, new);
    }
}

/// A topology of this test and what it builds as it is.
struct Built {
    topology: &'static str,
    nodes: Vec<Node>,
    before: Build,
}

/// What is wrong with the fate that the table states, if anything. What is known to be odd is asked of all but the largest
/// topology, and so is what a smaller one told already: a build of the largest takes as long as ten of theirs.
fn verdict(reach: &Reach, known: bool, built_once: &[Built]) -> Result<(), String> {
    let name = reach.name();
    if let Some((_, code, (from, to))) = REFUSED.iter().find(|r| r.0 == name) {
        assert!(WIDE.contains(from), "{name}: `{from}`");
        let b = run(WIDE.replacen(from, to, 1), None);
        return match b.diags.iter().any(|d| d.code.info().id == *code) {
            true => Ok(()),
            false => Err(format!("is not refused with {code}: {}", errors(&b))),
        };
    }
    if let Some(case) = cases().find(|c| c.field == name) {
        return by_case(reach, case);
    }
    let (mut told, mut built) = (String::new(), 0);
    for Built { topology, nodes, before } in built_once {
        if *topology == "reference" && (known || built > 0 && matches!(reach.field.fate, Fate::Note | Fate::Checked)) {
            continue;
        }
        for place in &nodes::find(nodes, &reach.chain) {
            for value in candidates(reach, nodes) {
                for whole in [true, false] {
                    let Some(new) = change(nodes, place, reach, &value, whole) else { continue };
                    let after = run(nodes::print(&new), None);
                    if after.failed() {
                        let first = errors(&after).lines().next().unwrap_or_default().to_string();
                        if told.is_empty() {
                            told = format!("{topology}, {value}: {first}");
                        }
                        continue;
                    }
                    built += 1;
                    match (reach.field.fate, judge(reach, difference(before, &after), &format!("{topology}, {value}")))
                    {
                        // A value may say what holds anyway: one that says something else is enough.
                        (Fate::Emitted, Err(what)) => told = what,
                        (Fate::Emitted | Fate::Parts, Ok(())) => return Ok(()),
                        (_, Err(what)) => return Err(what),
                        (_, Ok(())) => {}
                    }
                }
            }
        }
    }
    match (built, reach.field.fate) {
        (1.., Fate::Note | Fate::Checked) => Ok(()),
        (1.., _) => Err(told),
        _ if told.is_empty() => Err("stated in no topology of this test".into()),
        _ => Err(format!("never builds: {told}")),
    }
}

fn judge(reach: &Reach, difference: Option<String>, where_: &str) -> Result<(), String> {
    match (reach.field.fate, difference) {
        (Fate::Emitted, None) => Err(format!("is Emitted and changes nothing ({where_})")),
        (Fate::Note | Fate::Checked, Some(d)) => {
            Err(format!("is {:?} and changes the tree ({where_}): {d}", reach.field.fate))
        }
        _ => Ok(()),
    }
}

fn by_case(reach: &Reach, case: &Case) -> Result<(), String> {
    assert!(!case.why.is_empty());
    let (_, text) = ALL.iter().find(|(n, _)| *n == case.topology).expect("a topology of this test");
    let mut text = text.to_string();
    for (from, to) in case.prepare {
        assert!(text.contains(from), "{}: `{from}` is not in {}", case.field, case.topology);
        text = text.replacen(from, to, 1);
    }
    let before = run(text.clone(), None);
    if before.failed() {
        return Err(format!("the prepared topology does not build: {}", errors(&before)));
    }
    let (from, to) = case.change;
    assert!(text.contains(from), "{}: `{from}` is not in the prepared topology", case.field);
    let after = run(text.replace(from, to), None);
    if after.failed() {
        return Err(format!("the changed topology does not build: {}", errors(&after)));
    }
    judge(reach, difference(&before, &after), case.topology)
}

#[test]
fn every_field_does_what_the_table_says() {
    let mut all = Vec::new();
    walk(Facts::INFO, &mut Vec::new(), &mut all);
    let names: Vec<String> = all.iter().map(Reach::name).collect();
    for case in cases() {
        assert!(names.iter().any(|n| n == case.field), "{} is not in the table", case.field);
    }
    let built_once = ALL.map(|(topology, text)| {
        let nodes = nodes::read(text);
        let before = clean(nodes::print(&nodes), None);
        Built { topology, nodes, before }
    });
    let mut wrong = Vec::new();
    let mut tested = 0;
    for reach in &all {
        tested += 1;
        let known = KNOWN.iter().any(|(name, _)| *name == reach.name());
        match verdict(reach, known, &built_once) {
            Err(what) if !known => wrong.push(format!("{}: {what}", reach.name())),
            Ok(()) if known => wrong.push(format!("{} holds now: take it out of KNOWN", reach.name())),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {tested} fields:\n{}", wrong.len(), wrong.join("\n"));
}
