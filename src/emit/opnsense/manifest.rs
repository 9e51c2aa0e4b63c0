//! The list of what topoc wrote into a firewall, by uuid: logs name a rule by it; decides nothing.

use std::collections::BTreeMap;

use super::{Out, Section, Site, View};
use crate::emit::Format;
use crate::render::{Composed, Doc, Map, Why, Xml};

crate::rules! {
    85;
    LISTED = "A firewall's log names a rule by its uuid (rid); this list leads from there to the statement." @ "RFC 7.4; opnsense 2";
}

/// Children whose text says what an item is, the best first.
const NAMES: [&str; 7] = ["description", "descr", "name", "hostname", "subnet", "network", "filename"];

/// One list a firewall: both nodes have the same uuids.
pub(super) fn plan(nodes: &[(View<'_>, Vec<Section>)], out: &mut Out<'_>) {
    let mut lists: BTreeMap<String, BTreeMap<(String, String), Map>> = BTreeMap::new();
    for (view, sections) in nodes {
        let list = lists.entry(view.firewall.name.v.to_string()).or_default();
        for s in sections {
            items(&mut s.under.join("/"), &s.xml, list);
        }
    }
    for (firewall, items) in lists {
        let mut doc = Map::new();
        for ((_, uuid), item) in items {
            let why = item.entries.iter().fold(Why::from(LISTED), |w, e| w.also(e.why.clone()));
            let key = Composed { text: uuid, why: Vec::new() };
            doc.put(key, (Doc::Map(item), why));
        }
        if !doc.is_empty() {
            out.doc(Site::Reader, format!("opnsense/{firewall}.uuids.json"), Format::Json, doc, LISTED);
        }
    }
}

/// Adds every element with a uuid at any depth: where it is and what it says of itself.
fn items(place: &mut String, xml: &Xml, list: &mut BTreeMap<(String, String), Map>) {
    let above = place.len();
    if above > 0 {
        place.push('/');
    }
    place.push_str(xml.name());
    if let Some(uuid) = xml.attribute("uuid") {
        let mut item = Map::new();
        item.put("in", (Doc::Str(place.as_str().into()), xml.why().clone()));
        if let Some((text, why)) = NAMES.iter().find_map(|n| xml.text_of(n)) {
            item.put("what", (Doc::Str(text.into()), why.clone()));
        }
        list.insert((place.clone(), uuid.to_string()), item);
    }
    for child in xml.children() {
        items(place, child, list);
    }
    place.truncate(above);
}
