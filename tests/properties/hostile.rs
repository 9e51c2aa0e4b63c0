//! Hostile texts in every field that takes text: a diagnostic, or files that read back as if the text were harmless.

use std::collections::BTreeMap;

use serde_json::Value;
use topoc::build::Build;
use topoc::ir::facts::Facts;
use topoc::schema::{Shape, Statement, StatementInfo, Ty};

use super::nodes::{self, Node};
use super::{ALL, clean, files, run};

/// What breaks out of some format when nobody quotes it.
fn nasty() -> Vec<String> {
    const LIST: &[&str] = &[
        "a\"b",
        "a'b",
        "a\\b",
        "a\\",
        "${x}",
        "%{if true}",
        "{{ x }}",
        "{% raw %}",
        "$(id)",
        "`id`",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "a: b",
        "- a",
        "# a",
        "a # b",
        "|",
        "a | b",
        ">",
        "<script>",
        "a*b_c",
        "[a](b)",
        "&a",
        "*a",
        "!a",
        "@a",
        "%a",
        "on",
        "no",
        "yes",
        "~",
        "null",
        "true",
        "0x10",
        "0o17",
        "010",
        "1e3",
        ".5",
        "1_000",
        "12:30:00",
        "2001-12-14",
        "02:00:5e:10:00:01",
        "=cmd",
        " a",
        "a ",
        "a:",
        "?",
        "? a",
        "---",
        "...",
        "{",
        "}",
        "[",
        "]",
        ",",
        "a, b",
        "ä",
        "\u{1f600}",
        "\u{202e}abc",
        "a\u{2028}b",
        "\u{feff}a",
        "a\u{0}b",
        "a\u{7f}b",
        "a\u{85}b",
        "../../etc/passwd",
        "-rf",
        "--help",
        "CON",
        "~user",
        "*",
        "\\u0041",
        "&#60;b&#62;",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "a;b",
        "a&&b",
        "!!str a",
        "<<",
        "=",
    ];
    let mut all: Vec<String> = LIST.iter().map(|s| s.to_string()).collect();
    all.push("x".repeat(900));
    all.push("x".repeat(100_000));
    all
}

/// The text as KDL writes it.
fn quoted(s: &str) -> String {
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{202e}' | '\u{feff}') => {
                out.push_str(&format!("\\u{{{:x}}}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A word that no format reads as anything else.
const HARMLESS: &str = "harmless";

/// A value as one text, keys too, with the hostile text taken for the harmless one. Ids and MAC addresses follow from
/// names, and so does the order of lists: they count by their type alone.
fn tamed(v: Value, nasty: &str) -> String {
    let mac = |s: &str| s.len() == 17 && s.split(':').all(|p| p.len() == 2 && u8::from_str_radix(p, 16).is_ok());
    let tame = |s: String| match s == nasty {
        true => HARMLESS.to_string(),
        false if mac(&s) => "a MAC address".into(),
        false if s == slug(nasty) => HARMLESS.to_string(),
        false => {
            let s = by_slug(&s, nasty).replace(nasty, HARMLESS);
            // Lines of a script that name it stand in the order of names; all others stay where they are.
            let (mut named, mut lines): (Vec<&str>, Vec<&str>) = s.lines().partition(|l| l.contains(HARMLESS));
            named.sort_unstable();
            lines.append(&mut named);
            let s = lines.join("\n");
            without_uuid(&s).unwrap_or(s)
        }
    };
    match v {
        Value::String(s) => format!("{:?}", tame(s)),
        Value::Number(_) => "0".into(),
        Value::Array(a) => {
            let mut all: Vec<String> = a.into_iter().map(|x| tamed(x, nasty)).collect();
            all.sort_unstable();
            format!("[{}]", all.join("\n"))
        }
        Value::Object(o) => {
            let mut all: Vec<String> =
                o.into_iter().map(|(k, x)| format!("{:?}: {}", tame(k), tamed(x, nasty))).collect();
            all.sort_unstable();
            format!("{{{}}}", all.join("\n"))
        }
        Value::Bool(_) | Value::Null => v.to_string(),
    }
}

/// A text with a uuid in it, with hyphens or without, that is made from names; it counts by its form alone.
fn without_uuid(s: &str) -> Option<String> {
    let digits = |hyphens: &[usize], part: &str| {
        part.bytes().enumerate().all(|(i, b)| if hyphens.contains(&i) { b == b'-' } else { b.is_ascii_hexdigit() })
    };
    [(36, &[8, 13, 18, 23][..]), (32, &[])].into_iter().find_map(|(length, hyphens)| {
        let starts = 0..=s.len().checked_sub(length)?;
        let of = |i: usize| s.get(i..i + length).filter(|part| digits(hyphens, part));
        let part = starts.into_iter().find_map(of)?;
        Some(s.replacen(part, "a uuid", 1))
    })
}

/// The text in lower case with hyphens: policies are named so.
fn slug(nasty: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' };
    let mut s = nasty.chars().map(letters).collect::<String>().split_whitespace().collect::<Vec<_>>().join("-");
    s.truncate(63);
    s.trim_end_matches('-').to_string()
}

/// The file of a policy that is named by a hostile text.
fn by_slug(s: &str, nasty: &str) -> String {
    // An overlay's patch of it has a longer name.
    ["", "-patch"].iter().fold(s.to_string(), |s, end| {
        s.replace(&format!("policy-{}{end}.yaml", slug(nasty)), &format!("policy-{HARMLESS}{end}.yaml"))
    })
}

/// A structured file as a value. Lists in one text of XML are told apart once the hostile text is out of the way, since it
/// may hold what separates them.
fn parsed(path: &str, text: &str, nasty: &str) -> Option<Value> {
    match path.rsplit('.').next() {
        // Its keys are uuids, which are made from names, and it cuts descriptions as the configuration does.
        Some("json") if path.ends_with(".uuids.json") => {
            let all: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{path}: {e}"));
            let what = |v: &Value| if nasty.len() > 200 { v["in"].clone() } else { v.clone() };
            Some(Value::Array(all.as_object().into_iter().flatten().map(|(_, v)| what(v)).collect()))
        }
        Some("json") => Some(
            serde_json::from_str(text)
                .unwrap_or_else(|e| panic!("{path}: {e}\n{}", text.chars().take(3000).collect::<String>())),
        ),
        Some("yml" | "yaml") => Some(
            serde_yaml::from_str(text)
                .unwrap_or_else(|e| panic!("{path}: {e}\n{}", text.chars().take(3000).collect::<String>())),
        ),
        Some("xml") => {
            let read = roxmltree::Document::parse(text);
            let read = read.unwrap_or_else(|e| panic!("{path}: {e}\n{}", text.chars().take(3000).collect::<String>()));
            Some(element(read.root_element(), nasty))
        }
        // Where things are and in how many lines a name is broken follows the length of names; what is drawn does not.
        Some("svg") => {
            let read = roxmltree::Document::parse(text);
            let read = read.unwrap_or_else(|e| panic!("{path}: {e}\n{}", text.chars().take(3000).collect::<String>()));
            let shapes = read.descendants().filter(|e| e.is_element() && e.tag_name().name() != "text");
            let one = |e: roxmltree::Node<'_, '_>| format!("{} {:?}", e.tag_name().name(), e.attribute("class"));
            let mut all: Vec<String> = shapes.map(one).collect();
            all.sort();
            Some(all.into())
        }
        _ => None,
    }
}

/// Elements whose numbers are made from names.
const FROM_NAMES: [&str; 7] = ["uid", "sequence", "number", "minutes", "hours", "vpnid", "instance"];

/// An element as a value. What is made from names counts by its form alone: uuids, stamps, places in an order.
fn element(e: roxmltree::Node<'_, '_>, nasty: &str) -> Value {
    let attributes = e.attributes().map(|a| {
        let value = if matches!(a.name(), "uuid" | "persisted_at") { "made from names" } else { a.value() };
        (a.name().to_string(), Value::from(value))
    });
    let children: Vec<Value> = e.children().filter(|c| c.is_element()).map(|c| element(c, nasty)).collect();
    // Between elements stands nothing but the layout.
    let written = if children.is_empty() { e.text().unwrap_or_default() } else { "" };
    let text = &written.replace(nasty, HARMLESS)[..];
    let uuid = |s: &str| s.len() == 36 && s.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit());
    // Aliases are called by letters, digits and underscores of a name, 31 of them (`Firewall/Alias.xml`).
    let alias = |s: &str| {
        let rest = s.trim_start_matches('!').strip_prefix("t_").unwrap_or_default();
        (1..30).contains(&rest.len()) && rest.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
    };
    let text = match text {
        // The tail of a description that is too long is cut off (`DescriptionField`: 255 characters).
        t if e.tag_name().name() == "description" && (nasty.len() > 200 || t.chars().count() > 255) => {
            assert!(t.chars().count() <= 255, "{t}");
            Value::from("a description")
        }
        _ if written.split([',', '\n']).all(alias) => Value::from("aliases"),
        _ if written.split(',').all(uuid) => Value::from("a uuid"),
        // What OPNsense calls servers and certificates by.
        _ if written.len() == 13 && written.bytes().all(|b| b.is_ascii_hexdigit()) => Value::from("a refid"),
        t if FROM_NAMES.contains(&e.tag_name().name()) && t.parse::<u32>().is_ok() => Value::from(0),
        t if matches!(e.tag_name().name(), "timeservers" | "ispool") => {
            Value::from(t.split(' ').map(Value::from).collect::<Vec<_>>())
        }
        t => Value::from(t.split(['\n', ',']).map(Value::from).collect::<Vec<_>>()),
    };
    serde_json::json!({
        "name": e.tag_name().name(),
        "attributes": attributes.collect::<serde_json::Map<_, _>>(),
        "text": text,
        "children": children,
    })
}

/// Columns of each line that is part of a table (GitHub Flavored Markdown section 4.10: a bar is escaped by a backslash).
fn columns(text: &str) -> Vec<usize> {
    text.lines()
        .filter(|l| l.starts_with('|'))
        .map(|l| {
            let mut escaped = false;
            l.chars()
                .filter(|c| {
                    let bar = *c == '|' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    bar
                })
                .count()
        })
        .collect()
}

fn same_shape(hostile: &BTreeMap<&str, &str>, harmless: &BTreeMap<&str, &str>, nasty: &str, place: &str) {
    let by_path = |m: &BTreeMap<&str, &str>| -> BTreeMap<String, String> {
        m.iter().map(|(p, t)| (by_slug(p, nasty).replace(nasty, HARMLESS), t.to_string())).collect()
    };
    let (hostile, harmless) = (by_path(hostile), by_path(harmless));
    assert_eq!(hostile.keys().collect::<Vec<_>>(), harmless.keys().collect::<Vec<_>>(), "{place}");
    for ((path, text), other) in hostile.iter().zip(harmless.values()) {
        let place = format!("{place}, {path}");
        if text == other {
            continue;
        }
        match (parsed(path, text, nasty), parsed(path, other, nasty)) {
            (Some(a), Some(b)) => {
                let (a, b) = (tamed(a, nasty), tamed(b, nasty));
                let odd = a.lines().zip(b.lines()).find(|(a, b)| a != b);
                assert!(a == b, "{place}\n{text}\n{odd:#?}");
            }
            _ => assert_eq!(text.lines().count(), other.lines().count(), "{place}\n{text}"),
        }
        if path.ends_with(".md") {
            let sorted = |mut c: Vec<usize>| {
                c.sort_unstable();
                c
            };
            assert_eq!(sorted(columns(text)), sorted(columns(other)), "{place}\n{text}");
        }
    }
}

/// Every place of a topology where a text stands.
fn texts(nodes: &[Node]) -> Vec<(nodes::Place, usize)> {
    let mut copy = nodes.to_vec();
    let mut all = Vec::new();
    for place in nodes::places(nodes) {
        let node = nodes::at(&mut copy, &place);
        all.extend(
            node.entries.iter().enumerate().filter(|(_, e)| e.1.starts_with('"')).map(|(i, _)| (place.clone(), i)),
        );
    }
    all
}

/// The chain of words and the name of the entry: each field is tried once, not at each of its places.
fn field(nodes: &[Node], place: &nodes::Place, entry: usize) -> String {
    let mut copy = nodes.to_vec();
    let words: Vec<String> = (1..=place.len()).map(|n| nodes::at(&mut copy, &place[..n]).word.clone()).collect();
    let node = nodes::at(&mut copy, place);
    let name = node.entries[entry].0.clone().unwrap_or_else(|| entry.min(2).to_string());
    format!("{} {name}", words.join("."))
}

/// What a text is refused for by itself, whatever else is stated: it is no value of that form, or names nothing.
const BY_ITSELF: [&str; 6] = ["E0111", "E0203", "E0204", "E0205", "E0211", "E0212"];

/// Which of these places refuse a text by itself: all of them say it at once, so that one build tells. Any error counts
/// when the text cannot stand in a topology at all.
fn refused(nodes: &[Node], all: &[(nodes::Place, usize)], text: &str) -> Vec<bool> {
    let mut new = nodes.to_vec();
    let mark = |n: usize| format!("\u{1}{n}\u{1}");
    for (n, (place, entry)) in all.iter().enumerate() {
        nodes::at(&mut new, place).entries[*entry].1 = mark(n);
    }
    let (mut rest, mut topology, mut starts) = (&nodes::print(&new)[..], String::new(), Vec::new());
    for n in 0..all.len() {
        let (before, after) = rest.split_once(&mark(n)).expect("places are in the order of the text");
        topology.push_str(before);
        starts.push(topology.len());
        topology.push_str(&quoted(text));
        rest = after;
    }
    topology.push_str(rest);
    let b = run(topology, None);
    // A name that nothing has is told once, with all places.
    let alike = |d: &topoc::diag::Diag, n: usize| d.labels[n].text == d.labels[0].text;
    let errors = b.diags.iter().filter(|d| BY_ITSELF.contains(&d.code.info().id));
    let at: std::collections::BTreeSet<usize> = errors
        .flat_map(|d| (0..d.labels.len()).filter(|n| alike(d, *n)).map(|n| d.labels[n].span.start as usize))
        .collect();
    starts.iter().map(|s| at.contains(s)).collect()
}

#[test]
fn hostile_texts_break_out_of_nothing() {
    let mut seen = std::collections::BTreeSet::new();
    let (mut accepted, mut by_themselves) = (0, 0);
    for (name, text) in ALL {
        let nodes = nodes::read(text);
        let mut all = texts(&nodes);
        all.retain(|(place, entry)| seen.insert(field(&nodes, place, *entry)));
        let with = |(place, entry): &(nodes::Place, usize), s: &str| {
            let mut new = nodes.clone();
            nodes::at(&mut new, place).entries[*entry].1 = quoted(s);
            run(nodes::print(&new), None)
        };
        let mut harmless: BTreeMap<usize, Build> = BTreeMap::new();
        for nasty in nasty() {
            let refused = refused(&nodes, &all, &nasty);
            by_themselves += refused.iter().filter(|r| **r).count();
            for (n, place) in all.iter().enumerate().filter(|(n, _)| !refused[*n]) {
                let what = field(&nodes, &place.0, place.1);
                let b = with(place, &nasty);
                assert!(b.failed() || !b.tree.is_empty());
                if b.failed() {
                    assert!(b.tree.is_empty(), "{name}: {what} {nasty:?}");
                    continue;
                }
                accepted += 1;
                let harmless = harmless.entry(n).or_insert_with(|| with(place, HARMLESS));
                let shown: String = nasty.chars().take(40).collect();
                if harmless.failed() {
                    // Only texts of one form are taken here: what is written must be readable all the same.
                    files(&b).iter().for_each(|(p, t)| drop(parsed(p, t, &nasty)));
                } else {
                    same_shape(&files(&b), &files(harmless), &nasty, &format!("{name}: {what} {shown:?}"));
                }
            }
        }
    }
    // A change that refuses everything would pass all of the above, and one that refuses nothing would be odd.
    assert!(accepted > 1000, "{accepted} hostile texts were accepted");
    assert!(by_themselves > 1000, "{by_themselves} hostile texts were refused by themselves");
}

/// Free text is what takes the most: each such field of the table must be in a topology of this test.
#[test]
fn every_free_text_is_tried() {
    fn walk(info: &'static StatementInfo, chain: &str, all: &mut Vec<String>) {
        // The words of an environment are those of its cluster, and are spelled by the same printers.
        for f in info.flat().into_iter().filter(|f| f.word != "environment") {
            match f.ty {
                Ty::Text => all.push(format!("{chain}{} {}", if f.shape == Shape::Prop { "" } else { "." }, f.word)),
                Ty::Statement(inner) => walk(inner, &format!("{chain}.{}", f.word), all),
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    walk(Facts::INFO, "", &mut all);
    assert_eq!(
        all,
        [
            ".vlan. purpose",
            ".firewall.metrics.snmp. location",
            ".cluster.monitoring.alerts.off because",
            ".allow. name",
            ".deny. name",
            ".expect. called",
            ".raw replace",
            ".allow-lint reason"
        ],
        "try the new one in hostile_texts too"
    );
}

/// `raw` takes any text but a secret: YAML and JSON give back exactly what was written, as key and as value.
#[test]
fn raw_texts_read_back_exactly() {
    for path in ["terraform_ansible/ansible/inventory.yml", "terraform_ansible/terraform/provider.tf.json"] {
        for nasty in nasty() {
            let q = quoted(&nasty);
            let text = format!(
                "{}\nraw \"{path}\" {{ with {{ topoc_test {{ key {q}; list {q} {q}; {q} \"value\" }} }} }}\n",
                super::SMALL
            );
            let b = run(text, None);
            let shown: String = nasty.chars().take(40).collect();
            if nasty.contains("PRIVATE KEY-----") {
                assert!(b.failed() && b.tree.is_empty(), "{path} {shown:?} is a secret");
                assert!(b.diags.iter().all(|d| d.code.info().id == "E0212"), "{}", super::errors(&b));
                continue;
            }
            // What nobody sees in a review is in no file.
            if nasty.contains(topoc::source::unseen) {
                assert!(b.failed() && b.tree.is_empty(), "{path} {shown:?} cannot be seen");
                assert!(b.diags.iter().all(|d| d.code.info().id == "E0111"), "{}", super::errors(&b));
                continue;
            }
            if b.failed() {
                panic!("{path} {shown:?}: {}", super::errors(&b));
            }
            let all = files(&b);
            let value = parsed(path, all[path], &nasty).expect("it is YAML or JSON");
            let ours = &value["topoc_test"];
            assert_eq!(ours["key"], Value::String(nasty.clone()), "{path} {shown:?}");
            assert_eq!(
                ours["list"],
                Value::Array(vec![nasty.clone().into(), nasty.clone().into()]),
                "{path} {shown:?}"
            );
            assert_eq!(ours[nasty.as_str()], Value::String("value".into()), "{path} {shown:?} as key");
        }
    }
}

/// The tree of every topology of this test is readable at all.
#[test]
fn every_structured_file_parses() {
    for (name, text) in ALL {
        let b = clean(text, None);
        let n = files(&b).iter().filter_map(|(p, t)| parsed(p, t, HARMLESS)).count();
        assert!(n > 5, "{name}");
    }
}
