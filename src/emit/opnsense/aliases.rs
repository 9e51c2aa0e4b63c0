//! Sections of config.xml: topoc's category and the aliases that rules name; decides nothing.

use super::{Section, View};
use crate::ir::{Alias, AliasContent, AliasName};
use crate::render::{Doc, Why, Xml};
use crate::source::Sp;
use crate::words;

crate::rules! {
    73;
    CATEGORIES = "What topoc wrote has a category, so that people and a merge tell it from what was made by hand." @ "OPNsense core 26.7, Category.xml; opnsense 4";
    ALIASES = "All aliases that rules name, and no other: an alias that is missing turns its rule into a comment." @ "OPNsense core 26.7, Alias.xml; opnsense 0, 2";
    KIND = "The type says how the content is read." @ "OPNsense core 26.7, Alias.xml";
    CONTENT = "A line holds one of them; what starts with `!` is left out." @ "OPNsense core 26.7, AliasContentField; opnsense 2";
    DAYS = "Lists are read again after some days, in parts of a day." @ "OPNsense core 26.7, Alias.xml, updatefreq";
    MARK = "It is topoc's." @ "opnsense 4";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let filter = &view.layer.filter;
    let category = view.model("OPNsense/Firewall/Category", "Category", CATEGORIES, |x| {
        x.element("categories", CATEGORIES, |x| {
            let mut c = view.item("category", "category", CATEGORIES);
            c.put("name", ("topoc", MARK));
            c.put("auto", (false, MARK));
            c.put("color", ("4d7cff", MARK));
            x.push(c);
        });
    });
    let aliases = view.model("OPNsense/Firewall/Alias", "Alias", ALIASES, |x| {
        x.element("aliases", ALIASES, |x| {
            for a in &filter.aliases {
                x.push(alias(view, a));
            }
        });
    });
    // The area of aliases holds the address of the database of countries too, with the key of whoever downloads it; a
    // restore would take that away, so where countries are named only a merge writes aliases.
    let countries = filter.aliases.iter().any(|a| matches!(a.content, AliasContent::Countries(_)));
    let area = (!countries).then_some("aliases,OPNsense.Firewall.Alias");
    vec![
        Section { under: &["OPNsense", "Firewall"], xml: category, area: Some("OPNsense.Firewall.Category") },
        Section { under: &["OPNsense", "Firewall"], xml: aliases, area },
    ]
}

/// Pieces as a line of a content.
fn words_of(c: crate::render::Composed) -> (Doc, Why) {
    use crate::render::IntoDoc;
    (c, CONTENT).into_doc()
}

fn alias(view: &View<'_>, a: &Alias) -> Xml {
    let Alias { name, content, about } = a;
    let mut x = view.item("alias", &format!("alias/{}", name.v), name.at);
    x.put("enabled", (true, super::ON));
    x.put("name", text(name));
    let (kind, lines): (&'static str, Vec<(Doc, Why)>) = match content {
        AliasContent::Hosts(list) => {
            let one = |(a, b): &(Sp<std::net::Ipv4Addr>, Option<Sp<std::net::Ipv4Addr>>)| match b {
                Some(b) => words_of(words![a, "-", b]),
                None => words_of(words![a]),
            };
            ("host", list.iter().map(one).collect())
        }
        AliasContent::Networks { nets, except } => {
            let out = except.iter().map(|e| match e.v.prefix_len() {
                32 => words_of(words!["!", e.map(|e| e.addr())]),
                _ => words_of(words!["!", e]),
            });
            ("network", nets.iter().map(|n| words_of(words![n])).chain(out).collect())
        }
        AliasContent::Names(list) => {
            ("host", list.iter().map(|n| (Doc::Str(n.v.to_string().into()), n.at.into())).collect())
        }
        AliasContent::Ports(list) => {
            let one = |p: &Sp<crate::schema::PortSpan>| match p.v.0 {
                (a, b) if a == b => words_of(words![p.map(|p| p.0.0)]),
                // A hyphen is for rules; ranges of an alias have a colon.
                _ => words_of(words![p.map(|p| p.0.0), ":", p.map(|p| p.0.1)]),
            };
            ("port", list.iter().map(one).collect())
        }
        AliasContent::Feed { url, every: _ } => ("urltable", vec![words_of(words![url])]),
        AliasContent::Countries(list) => ("geoip", list.iter().map(|c| words_of(words![c])).collect()),
        AliasContent::Aliases(list) => {
            ("networkgroup", list.iter().map(|n| (Doc::Str(n.v.0.as_str().into()), n.at.into())).collect())
        }
    };
    x.put("type", (kind, KIND));
    if let AliasContent::Countries(_) = content {
        x.put("proto", ("IPv4", KIND));
    }
    if let AliasContent::Feed { url: _, every } = content {
        x.put("updatefreq", (Doc::Str(days(every.v.0).into()), Why::from(every.at).also(DAYS)));
    }
    x.lines("content", Why::from(CONTENT), lines);
    x.put("categories", view.category());
    x.put("description", about.clone().map(|t| described(&t)));
    x
}

/// The name as a text.
pub(super) fn text(name: &Sp<AliasName>) -> Sp<String> {
    name.clone().map(|n| n.0)
}

/// A description: one line of at most 255 characters (core 26.7, DescriptionField).
pub(super) fn described(text: &str) -> String {
    let one: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    one.chars().take(255).collect()
}

/// Days with at most four decimals.
fn days(seconds: u32) -> String {
    let parts = (u64::from(seconds) * 10_000).div_ceil(86_400).max(1);
    let text = format!("{}.{:04}", parts / 10_000, parts % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
