//! What differs between a backup and what topoc writes, as data and in words; never shows a value that may be a secret.

use std::collections::BTreeMap;

use super::own::{count, is_hidden, kind_of, short};
use super::secrets::stands_for;

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// An item that is not in the backup.
    Added(Item),
    /// An item of topoc's that the topology no longer has.
    Removed(Item),
    /// An item that says something else.
    Changed(Item, Vec<Field>),
    /// A field outside of items: the place of its container.
    Setting(String, Field),
}

/// An item, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The list that it is in.
    pub path: String,
    /// Its kind and name.
    pub called: String,
}

/// A field that differs; `None` is one that is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its place in the item or container.
    pub name: String,
    /// What the backup says.
    pub from: Option<String>,
    /// What topoc says.
    pub to: Option<String>,
}

/// What topoc does not own and leaves as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Foreign {
    /// Items by list, each in words.
    pub items: BTreeMap<String, Vec<String>>,
    /// How many other values there are, by the first name of their place.
    pub settings: BTreeMap<String, usize>,
}

impl Field {
    /// The difference in words.
    fn words(&self, place: &str) -> String {
        let Field { name, from, to } = self;
        if let Some(secret) = to.as_deref().and_then(stands_for) {
            return format!("{name}: the secret {secret} is not there");
        }
        let hidden = is_hidden(&format!("{place}/{name}"));
        let show = |v: &str| match (hidden, v.is_empty()) {
            (_, true) => "nothing".to_string(),
            (true, false) => "a value that is not shown".to_string(),
            (false, false) => short(v),
        };
        match (from, to) {
            (Some(a), Some(b)) if hidden && !a.is_empty() && !b.is_empty() => format!("{name}: another value"),
            (Some(a), Some(b)) => format!("{name}: {} -> {}", show(a), show(b)),
            (None, Some(b)) => format!("{name}: not there -> {}", show(b)),
            (Some(a), None) => format!("{name}: {} -> taken away", show(a)),
            (None, None) => name.clone(),
        }
    }
}

/// All differences in words, a line each: items by kind, then settings.
pub fn words(changes: &[Change]) -> String {
    let mut lists: BTreeMap<&str, (usize, usize, usize, Vec<String>)> = BTreeMap::new();
    let mut settings: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for c in changes {
        match c {
            Change::Added(i) => {
                let l = lists.entry(&i.path).or_default();
                l.0 += 1;
                l.3.push(format!("    + {}", i.called));
            }
            Change::Changed(i, fields) => {
                let l = lists.entry(&i.path).or_default();
                l.1 += 1;
                l.3.push(format!("    ~ {}", i.called));
                l.3.extend(fields.iter().map(|f| format!("        {}", f.words(&i.path))));
            }
            Change::Removed(i) => {
                let l = lists.entry(&i.path).or_default();
                l.2 += 1;
                l.3.push(format!("    - {}", i.called));
            }
            Change::Setting(place, f) => settings.entry(place).or_default().push(format!("    ~ {}", f.words(place))),
        }
    }
    let mut out = String::new();
    for (path, (added, changed, removed, lines)) in lists {
        let many = kind_of(path).map_or(path, |k| k.many);
        let counts: Vec<String> = [(added, "added"), (changed, "changed"), (removed, "removed")]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        out.push_str(&format!("  {many}: {}\n{}\n", counts.join(", "), lines.join("\n")));
    }
    for (place, lines) in settings {
        out.push_str(&format!("  {}:\n{}\n", if place.is_empty() { "config.xml" } else { place }, lines.join("\n")));
    }
    out
}

/// Interfaces whose address changes: who is connected through one is cut off.
pub fn readdressed(changes: &[Change]) -> Vec<String> {
    let field = |place: &str, f: &Field| {
        let key = place.strip_prefix("interfaces/")?;
        let moved = f.name == "ipaddr" && f.from.is_some() && f.to.is_some();
        moved.then(|| format!("{key}: {} -> {}", f.from.as_deref().unwrap_or("?"), f.to.as_deref().unwrap_or("?")))
    };
    let settings = changes.iter().filter_map(|c| match c {
        Change::Setting(place, f) => field(place, f),
        Change::Added(_) | Change::Removed(_) | Change::Changed(..) => None,
    });
    settings.collect()
}

impl Foreign {
    /// What is left as it is, in a line or two; all names when `every`.
    pub fn words(&self, every: bool) -> String {
        let mut out = String::new();
        let counts: Vec<String> = self.items.iter().map(|(path, items)| count(path, items.len())).collect();
        if !counts.is_empty() {
            out.push_str(&format!("not topoc's, left as it is: {}\n", counts.join(", ")));
        }
        if every {
            for items in self.items.values() {
                out.push_str(&items.iter().map(|i| format!("    {i}\n")).collect::<String>());
            }
        }
        let settings: Vec<String> = self.settings.iter().map(|(section, n)| format!("{section} {n}")).collect();
        if !settings.is_empty() {
            out.push_str(&format!("settings that topoc says nothing about: {}\n", settings.join(", ")));
        }
        out
    }
}
