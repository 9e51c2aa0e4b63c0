//! Puts what topoc owns into a backup and leaves all else as it is: order, comments and blanks included; reads no file.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Field, Foreign, Item};
use super::own::{Owner, called, decided, is_flag, kind_of, twins};
use super::xml::{Document, Element, Node};

/// A backup with topoc's part in it.
#[derive(Clone, Debug)]
pub struct Merged {
    /// The whole file.
    pub document: Document,
    /// What is another than in the backup.
    pub changes: Vec<Change>,
    /// What was left as it is.
    pub foreign: Foreign,
    /// What of the backup is in the way: sentences. With any, the file is not to be used.
    pub clashes: Vec<String>,
    /// Rules that are not topoc's and let something through.
    pub doors: Vec<String>,
    /// Rules that are not topoc's, are read before topoc's, and refuse.
    pub walls: Vec<String>,
}

/// Puts `ours` into the backup. `paths` has what each uuid of ours stands for, so that a clash can say how to adopt.
pub fn merge(backup: &Document, ours: &Element, owner: &Owner, paths: &BTreeMap<String, String>) -> Merged {
    let mut document = backup.clone();
    let mut m = Merger {
        owner,
        paths,
        mine: BTreeSet::new(),
        changes: Vec::new(),
        clashes: Vec::new(),
        gone: BTreeSet::new(),
        foreign: Foreign::default(),
        doors: Vec::new(),
        walls: Vec::new(),
        last: last(ours),
    };
    collect(ours, "", &mut m.mine);
    m.prune(&mut document.root, "");
    m.container(&mut document.root, ours, "", 0);
    stamp(&mut document.root);
    m.dangling(&document.root, "");
    m.devices(&document.root, ours);
    m.survey(&document.root, Some(ours), "");
    let Merger { changes, clashes, foreign, doors, walls, .. } = m;
    Merged { document, changes, foreign, clashes, doors, walls }
}

struct Merger<'a> {
    owner: &'a Owner,
    paths: &'a BTreeMap<String, String>,
    /// List and uuid of all items of ours.
    mine: BTreeSet<(String, String)>,
    changes: Vec<Change>,
    clashes: Vec<String>,
    /// uuids, and names with the list, of what was removed.
    gone: BTreeSet<(Option<&'static str>, String)>,
    foreign: Foreign,
    doors: Vec<String>,
    walls: Vec<String>,
    /// The highest number of a rule of ours, by interface.
    last: BTreeMap<String, u32>,
}

const RULES: &str = "OPNsense/Firewall/Filter/rules";

/// The number of a rule.
fn sequence(rule: &Element) -> u32 {
    rule.value("sequence").parse().unwrap_or(1)
}

/// The highest number of a rule by interface.
fn last(ours: &Element) -> BTreeMap<String, u32> {
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    for r in ours.at(RULES).into_iter().flat_map(Element::children) {
        let n = all.entry(r.value("interface")).or_default();
        *n = (*n).max(sequence(r));
    }
    all
}

/// `path/name`.
fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.into() } else { format!("{path}/{name}") }
}

fn collect(e: &Element, path: &str, found: &mut BTreeSet<(String, String)>) {
    for c in e.children() {
        let at = join(path, &c.name);
        match c.attr("uuid") {
            Some(uuid) => {
                found.insert((at, uuid.into()));
            }
            None => collect(c, &at, found),
        }
    }
}

/// A container whose stamp has to be made anew says so here until the end.
const STALE: &str = "";

impl Merger<'_> {
    /// Takes away items of topoc's that the topology no longer has, wherever they are. Whether there were any.
    fn prune(&mut self, e: &mut Element, path: &str) -> bool {
        let mut any = false;
        let mut i = 0;
        while i < e.nodes.len() {
            let Node::Element(c) = &mut e.nodes[i] else {
                i += 1;
                continue;
            };
            let at = join(path, &c.name);
            let kept = c.attr("uuid").is_some_and(|u| self.mine.contains(&(at.clone(), u.to_string())));
            if !kept && self.owner.owns(c) {
                self.changes.push(Change::Removed(Item { called: called(&at, c), path: at.clone() }));
                if let Some(uuid) = c.attr("uuid") {
                    self.gone.insert((None, uuid.into()));
                }
                if let Some(list) = NAMED.iter().find(|(l, _)| *l == at) {
                    self.gone.insert((Some(list.0), c.value(list.1)));
                }
                let before = e.nodes.len();
                e.remove(i);
                // The blanks before it went with it.
                i = (i + 1).saturating_sub(before - e.nodes.len());
                any = true;
                continue;
            }
            any |= self.prune(c, &at);
            i += 1;
        }
        if any && e.attr("persisted_at").is_some() {
            e.set_attr("persisted_at", STALE);
        }
        any
    }

    /// Merges a container; whether anything in it changed.
    fn container(&mut self, base: &mut Element, ours: &Element, path: &str, depth: usize) -> bool {
        let mut changed = false;
        for name in decided(path).filter(|n| ours.child(n).is_none()) {
            while let Some(i) = base.nodes.iter().position(|n| matches!(n, Node::Element(e) if e.name == name)) {
                let Node::Element(old) = &base.nodes[i] else { break };
                let from = old.text();
                // An empty field that is no flag says nothing: taking it away would be noise.
                if from.is_empty() && !is_flag(&join(path, name)) {
                    break;
                }
                self.setting(path, name, Some(from), None);
                base.remove(i);
                changed = true;
            }
        }
        let mut done: BTreeSet<&str> = BTreeSet::new();
        for c in ours.children() {
            if done.insert(&c.name) {
                let mine: Vec<&Element> = ours.children().filter(|o| o.name == c.name).collect();
                let at = join(path, &c.name);
                changed |= match c.attr("uuid").is_some() || kind_of(&at).is_some() {
                    true => self.list(base, &mine, &at, depth + 1),
                    false => self.fields(base, &mine, path, depth + 1),
                };
            }
        }
        if let Some(version) = ours.attr("version") {
            let fresh = base.attr("version") != Some(version) || base.attr("persisted_at").is_none();
            if changed || fresh {
                base.set_attr("version", version);
                base.set_attr("persisted_at", STALE);
            }
        }
        changed
    }

    fn setting(&mut self, place: &str, name: &str, from: Option<String>, to: Option<String>) {
        self.changes.push(Change::Setting(place.into(), Field { name: name.into(), from, to }));
    }

    /// Merges the elements of one name that are no items.
    fn fields(&mut self, base: &mut Element, mine: &[&Element], path: &str, depth: usize) -> bool {
        let Some(first) = mine.first() else { return false };
        let (name, at) = (first.name.as_str(), join(path, &first.name));
        let there: Vec<usize> =
            (0..base.nodes.len()).filter(|i| matches!(&base.nodes[*i], Node::Element(e) if e.name == name)).collect();
        let leaves = mine.iter().all(|m| m.is_leaf());
        if mine.len() == 1 && there.len() <= 1 {
            return self.field(base, first, there.first().copied(), path, &at, depth);
        }
        let texts = |all: &mut dyn Iterator<Item = &Element>| all.map(Element::text).collect::<Vec<_>>();
        let base_leaves = base.children().filter(|c| c.name == name).all(Element::is_leaf);
        if !leaves || !base_leaves {
            self.clashes.push(format!(
                "the backup has {} of {at}, and topoc {}: they cannot be told apart",
                there.len(),
                mine.len()
            ));
            return false;
        }
        let (old, new) = (texts(&mut base.children().filter(|c| c.name == name)), texts(&mut mine.iter().copied()));
        if old == new {
            return false;
        }
        let said = |all: &[String]| (!all.is_empty()).then(|| all.join(", "));
        self.setting(path, name, said(&old), said(&new));
        let place = there.first().copied();
        for i in there.into_iter().rev().filter(|i| Some(*i) != place) {
            base.remove(i);
        }
        match place {
            Some(i) => {
                base.nodes[i] = Node::Element((*first).clone());
                for (n, m) in mine.iter().enumerate().skip(1) {
                    // Each brings the blanks before it.
                    base.insert(i + 2 * n - 1, (*m).clone(), depth);
                }
            }
            None => mine.iter().for_each(|m| base.append((*m).clone(), depth)),
        }
        true
    }

    /// Merges one element that is no item.
    fn field(
        &mut self,
        base: &mut Element,
        mine: &Element,
        there: Option<usize>,
        path: &str,
        at: &str,
        depth: usize,
    ) -> bool {
        let Some(i) = there else {
            if mine.is_leaf() && !is_container(mine) {
                let text = mine.text();
                // An empty section says that there is nothing in it, as does none.
                if self.owner.same(at, Some(&text), None) || (text.is_empty() && !is_flag(at)) {
                    return false;
                }
                self.setting(path, &mine.name, None, Some(text));
                base.append(mine.clone(), depth);
                return true;
            }
            let mut new = Element::new(mine.name.as_str());
            new.attrs.clone_from(&mine.attrs);
            new.attrs.retain(|(n, _)| n != "persisted_at");
            let changed = self.container(&mut new, mine, at, depth);
            base.append(new, depth);
            return changed;
        };
        let Node::Element(old) = &mut base.nodes[i] else { return false };
        if !mine.is_leaf() || is_container(mine) {
            if !old.text().is_empty() && old.is_leaf() {
                self.clashes.push(format!("{at} is a text in the backup and a section in topoc's file"));
                return false;
            }
            return self.container(old, mine, at, depth);
        }
        let text = mine.text();
        if !old.is_leaf() {
            if text.is_empty() {
                return false;
            }
            self.clashes.push(format!("{at} is a section in the backup and a text in topoc's file"));
            return false;
        }
        if self.owner.same(at, Some(&text), Some(&old.text())) {
            return false;
        }
        let from = old.text();
        old.set_text(text.as_str());
        self.setting(path, &mine.name, Some(from), Some(text));
        true
    }

    /// Merges the items of a list: those of ours that are there are replaced where they are, new ones come after the last.
    fn list(&mut self, base: &mut Element, mine: &[&Element], at: &str, depth: usize) -> bool {
        let kind = kind_of(at);
        let Some(name) = mine.first().map(|m| m.name.as_str()) else { return false };
        let (mut changed, mut last) = (false, None);
        let mut new: Vec<&Element> = Vec::new();
        for m in mine {
            let found = base.nodes.iter().position(|n| {
                matches!(n, Node::Element(e) if e.name == name && e.attr("uuid").is_some() && e.attr("uuid") == m.attr("uuid"))
            });
            // What has no uuid yet is a factory's own; what a person is called by is who that is.
            let twin = |n: &Node| match (n, kind) {
                (Node::Element(e), Some(k)) if e.name == name && (e.attr("uuid").is_none() || k.fieldwise) => {
                    twins(k, e, m).is_some()
                }
                _ => false,
            };
            let found = found.or_else(|| base.nodes.iter().position(twin));
            let Some(i) = found else {
                new.push(m);
                continue;
            };
            last = last.max(Some(i));
            let Node::Element(old) = &mut base.nodes[i] else { continue };
            if kind.is_some_and(|k| k.fieldwise) {
                let before = self.changes.len();
                let kept = kind.map_or(&[][..], |k| k.filled);
                let mut m: Element = (*m).clone();
                m.nodes.retain(|n| {
                    !matches!(n, Node::Element(e) if kept.contains(&e.name.as_str()) && old.child(&e.name).is_some())
                });
                let m = &m;
                changed |= self.container(old, m, at, depth);
                let fields = self.changes.split_off(before).into_iter().filter_map(|c| match c {
                    Change::Setting(_, f) => Some(f),
                    Change::Added(_) | Change::Removed(_) | Change::Changed(..) => None,
                });
                let fields: Vec<Field> = fields.collect();
                if !fields.is_empty() {
                    self.changes.push(Change::Changed(item(at, m), fields));
                }
                continue;
            }
            let filled = kind.map_or(&[][..], |k| k.filled);
            let fields = self.differences(m, old, at, filled);
            if fields.is_empty() && old.attr("uuid") == m.attr("uuid") {
                continue;
            }
            changed = true;
            if let Some((list, field)) = NAMED.iter().find(|(l, f)| *l == at && old.value(f) != m.value(f)) {
                self.gone.insert((Some(list), old.value(field)));
            }
            self.changes.push(Change::Changed(item(at, m), fields));
            let mut next = (*m).clone();
            for kept in old.children().filter(|c| filled.contains(&c.name.as_str()) && m.child(&c.name).is_none()) {
                next.nodes.push(Node::Element(kept.clone()));
            }
            next.lay_out(depth);
            base.nodes[i] = Node::Element(next);
        }
        for m in new {
            if let Some(k) = kind {
                let twin = base.children().filter(|e| e.name == name).find_map(|e| Some((e, twins(k, e, m)?)));
                if let Some((e, by)) = twin {
                    self.clash(at, m, e, by);
                    continue;
                }
            }
            self.changes.push(Change::Added(item(at, m)));
            changed = true;
            let end = base.nodes.iter().rposition(|n| matches!(n, Node::Element(e) if e.name == name));
            match last.or(end) {
                Some(i) => {
                    base.insert(i + 1, (*m).clone(), depth);
                    last = Some(i + 2);
                }
                None => base.append((*m).clone(), depth),
            }
        }
        // Where there is no model there are no numbers: the order in the file is the order of the rules.
        if !self.owner.modelled(at) && mine.len() > 1 {
            changed |= self.order(base, mine, at);
        }
        changed
    }

    /// Puts items of ours into our order, in the places that they have among the others.
    fn order(&mut self, base: &mut Element, mine: &[&Element], at: &str) -> bool {
        let uuid = |n: &Node| match n {
            Node::Element(e) => e.attr("uuid").map(str::to_string),
            Node::Text(_) | Node::CData(_) | Node::Comment(_) | Node::Instruction(_) => None,
        };
        let wanted: Vec<String> = mine.iter().filter_map(|m| m.attr("uuid").map(str::to_string)).collect();
        let places: Vec<usize> =
            (0..base.nodes.len()).filter(|i| uuid(&base.nodes[*i]).is_some_and(|u| wanted.contains(&u))).collect();
        let there: Vec<String> = places.iter().filter_map(|i| uuid(&base.nodes[*i])).collect();
        let sorted: Vec<&String> = wanted.iter().filter(|u| there.contains(u)).collect();
        if there.iter().collect::<Vec<_>>() == sorted {
            return false;
        }
        let mut items: BTreeMap<String, Node> =
            places.iter().filter_map(|i| Some((uuid(&base.nodes[*i])?, base.nodes[*i].clone()))).collect();
        for (place, u) in places.iter().zip(sorted) {
            if let Some(n) = items.remove(u) {
                base.nodes[*place] = n;
            }
        }
        self.setting(at, "order", Some("another".into()), Some("as in the topology".into()));
        true
    }

    /// Says that the backup has a thing of its own where topoc would add one.
    fn clash(&mut self, at: &str, mine: &Element, theirs: &Element, by: &[&str]) {
        let uuid = theirs.attr("uuid").unwrap_or_default();
        let by = by.iter().map(|f| format!("{f} {}", mine.value(f))).collect::<Vec<_>>().join(", ");
        let what = mine.attr("uuid").and_then(|u| self.paths.get(u));
        let adopt = match what {
            Some(path) => {
                format!("let topoc take it over with a line in the lock: uuid {} {path} {uuid}", self.owner.firewall())
            }
            None => "remove it there".into(),
        };
        self.clashes.push(format!("{} is there already, not from topoc ({by}): {adopt}", called(at, theirs)));
    }

    /// The fields in which an item differs, ours against the backup's.
    fn differences(&self, mine: &Element, old: &Element, at: &str, filled: &[&str]) -> Vec<Field> {
        let (mut a, mut b) = (BTreeMap::new(), BTreeMap::new());
        leaves(mine, "", &mut a);
        leaves(old, "", &mut b);
        let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let one = |all: Option<&Vec<String>>| all.map(|v| v.join("\n"));
        let differing = names.into_iter().filter_map(|n| {
            let (to, from) = (one(a.get(n)), one(b.get(n)));
            let skip = to.is_none() && filled.contains(&n.as_str());
            let same = skip || self.owner.same(&join(at, n), to.as_deref(), from.as_deref());
            (!same).then(|| Field { name: n.clone(), from, to })
        });
        differing.collect()
    }

    /// Finds what names something that was removed: OPNsense turns such a rule into a comment, and what it refused is let through.
    fn dangling(&mut self, e: &Element, path: &str) {
        if self.gone.is_empty() {
            return;
        }
        let still: BTreeSet<(Option<&'static str>, String)> = names(e);
        let gone: BTreeSet<_> = self.gone.iter().filter(|g| !still.contains(*g)).cloned().collect();
        let mut found = Vec::new();
        self.search(e, path, None, &gone, &mut found);
        self.clashes.extend(found);
    }

    fn search(
        &self,
        e: &Element,
        path: &str,
        item: Option<(&str, &Element)>,
        gone: &BTreeSet<(Option<&'static str>, String)>,
        found: &mut Vec<String>,
    ) {
        for c in e.children() {
            let at = join(path, &c.name);
            let mine = c.attr("uuid").is_some_and(|u| self.mine.contains(&(at.clone(), u.to_string())));
            if mine {
                continue;
            }
            if c.is_leaf() {
                if matches!(c.name.as_str(), "descr" | "description" | "name") {
                    continue;
                }
                for token in c.text().split([',', '\n', ' ']).filter(|t| !t.is_empty()) {
                    if let Some((list, _)) = gone.iter().find(|(_, n)| n == token) {
                        let what = list.and_then(kind_of).map_or("what had the uuid", |k| k.one);
                        let who = item.map_or_else(|| at.clone(), |(list, i)| called(list, i));
                        found.push(format!(
                            "{who} is not topoc's and names {what} {token}, which the topology no longer has: change it there first"
                        ));
                    }
                }
            } else {
                let here = (c.attr("uuid").is_some() || kind_of(&at).is_some()).then_some((at.as_str(), c));
                self.search(c, &at, here.or(item), gone, found);
            }
        }
    }

    /// Two interfaces cannot have one device.
    fn devices(&mut self, root: &Element, ours: &Element) {
        let (Some(all), Some(mine)) = (root.child("interfaces"), ours.child("interfaces")) else { return };
        for i in mine.children() {
            let device = i.value("if");
            let others = all.children().filter(|o| o.name != i.name && !device.is_empty() && o.value("if") == device);
            self.clashes.extend(others.map(|o| {
                format!(
                    "interface {} of the backup has the device {device}, which is {}'s: say key=\"{}\" in the topology, or remove it there",
                    o.name, i.name, o.name
                )
            }));
        }
    }

    /// A rule of somebody else that refuses before a rule of topoc's is asked, in words: the first that matches decides.
    fn wall(&self, path: &str, rule: &Element) -> Option<String> {
        let refuses = matches!(rule.value("action").as_str(), "block" | "reject");
        let decides = rule.value("enabled") != "0" && rule.value("quick") != "0" && rule.value("direction") != "out";
        (path == join(RULES, "rule") && refuses && decides).then_some(())?;
        let on = rule.value("interface");
        // Rules of no interface or of many come before those of one (opnsense 3).
        let floating = on.is_empty() || on.contains(',') || rule.value("interfacenot") == "1";
        let before = floating || self.last.get(&on).is_some_and(|n| sequence(rule) <= *n);
        (before && !self.last.is_empty()).then(|| spelled(path, rule))
    }

    /// Counts what was left as it is, and finds rules of others that let something through.
    fn survey(&mut self, e: &Element, ours: Option<&Element>, path: &str) {
        for c in e.children() {
            let at = join(path, &c.name);
            let kind = kind_of(&at);
            if c.attr("uuid").is_some() || kind.is_some() {
                let mine = c.attr("uuid").is_some_and(|u| self.mine.contains(&(at.clone(), u.to_string())));
                // What has no uuid of ours is known by its key.
                let by_key = |m: &Element| {
                    let keyed = |k: &super::own::Kind| (k.fieldwise || m.attr("uuid").is_none()) && m.name == c.name;
                    kind.is_some_and(|k| keyed(k) && twins(k, m, c).is_some())
                };
                let twin = ours.is_some_and(|o| o.children().any(by_key));
                if !mine && !twin {
                    if let Some(door) = door(&at, c) {
                        self.doors.push(door);
                    }
                    self.walls.extend(self.wall(&at, c));
                    self.foreign.items.entry(at.clone()).or_default().push(called(&at, c));
                }
                continue;
            }
            let mine = ours.and_then(|o| o.child(&c.name));
            if c.is_leaf() {
                if mine.is_none() && !c.text().is_empty() {
                    let section = at.split('/').next().unwrap_or_default().to_string();
                    *self.foreign.settings.entry(section).or_default() += 1;
                }
            } else {
                self.survey(c, mine, &at);
            }
        }
    }
}

/// Whether an element with nothing in it is a section: one with a model's version.
fn is_container(e: &Element) -> bool {
    e.attr("version").is_some()
}

fn item(path: &str, e: &Element) -> Item {
    Item { path: path.into(), called: called(path, e) }
}

/// Lists whose items others name, and the field that they are named by.
const NAMED: &[(&str, &str)] = &[
    ("OPNsense/Firewall/Alias/aliases/alias", "name"),
    ("OPNsense/Gateways/gateway_item", "name"),
    ("gateways/gateway_group", "name"),
    ("ifgroups/ifgroupentry", "ifname"),
];

/// The names that items of those lists have.
fn names(root: &Element) -> BTreeSet<(Option<&'static str>, String)> {
    let mut all = BTreeSet::new();
    for (list, field) in NAMED {
        let Some((outer, name)) = list.rsplit_once('/') else { continue };
        let Some(outer) = root.at(outer) else { continue };
        all.extend(outer.children().filter(|c| c.name == name).map(|c| (Some(*list), c.value(field))));
    }
    all
}

/// Texts below an element by their place.
fn leaves(e: &Element, path: &str, found: &mut BTreeMap<String, Vec<String>>) {
    for c in e.children() {
        let at = join(path, &c.name);
        match c.is_leaf() {
            true => found.entry(at).or_default().push(c.text()),
            false => leaves(c, &at, found),
        }
    }
}

/// A rule of somebody else that lets something through, in words.
fn door(path: &str, rule: &Element) -> Option<String> {
    let (interface, source, destination) = match path {
        "OPNsense/Firewall/Filter/rules/rule" => {
            let on = rule.value("enabled") != "0";
            // An empty action is a pass (opnsense 0, fact 6).
            let passes = matches!(rule.value("action").as_str(), "pass" | "");
            (on && passes).then_some(())?;
            (rule.value("interface"), rule.value("source_net"), rule.value("destination_net"))
        }
        "filter/rule" => {
            (rule.child("disabled").is_none() && matches!(rule.value("type").as_str(), "pass" | "")).then_some(())?;
            let side = |name: &str| {
                let side = rule.child(name);
                let one = |f: &str| side.map(|s| s.value(f)).filter(|v| !v.is_empty());
                one("address").or_else(|| one("network")).unwrap_or_default()
            };
            (rule.value("interface"), side("source"), side("destination"))
        }
        _ => return None,
    };
    Some(between(path, rule, interface, source, destination))
}

/// A rule of the model, in words.
fn spelled(path: &str, rule: &Element) -> String {
    between(path, rule, rule.value("interface"), rule.value("source_net"), rule.value("destination_net"))
}

fn between(path: &str, rule: &Element, interface: String, source: String, destination: String) -> String {
    let any = |v: String| if v.is_empty() { "any".into() } else { v };
    let on = if interface.is_empty() { "every interface".into() } else { interface };
    format!("{}: on {on} from {} to {}", called(path, rule), any(source), any(destination))
}

/// Makes the stamps that are to be made anew: OPNsense reads a part again only when its stamp is another, so it is made from
/// all that the part holds, what is not topoc's included.
fn stamp(e: &mut Element) {
    for c in e.children_mut() {
        stamp(c);
    }
    if e.attr("persisted_at") == Some(STALE) {
        let stamp = crate::emit::opnsense::stamp(&e.canonical());
        e.set_attr("persisted_at", stamp);
    }
}
