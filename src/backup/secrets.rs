//! Secrets: what stands for one in topoc's files is filled in from the same place of the backup, or from what the user gives.

use std::collections::{BTreeMap, BTreeSet};

use super::own::is_bare_item;
use super::xml::Element;
use crate::emit::opnsense::PLACEHOLDER;
use crate::schema::{Raw, Value, WireguardKey};

/// A secret that nobody has: the backup not, and the user gave none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Missing {
    /// Its name in the topology.
    pub name: String,
    /// Where it belongs.
    pub place: String,
}

/// A place in a file: names from the root down, or from the item with that uuid.
type Place = (Option<String>, String);

/// Fills in `ours`. What is given wins over what the backup has, so a secret can be changed.
///
/// # Errors
/// Sentences about a secret that the backup has two values of: taking one of them would be a guess; and about one that was
/// given and has not the form that its reader wants. None holds a value.
pub fn fill(ours: &mut Element, base: &Element, given: &BTreeMap<String, String>) -> Result<Vec<Missing>, Vec<String>> {
    let mut wanted: Vec<(Place, String)> = Vec::new();
    places(ours, &(None, String::new()), &mut wanted);
    let mut had: BTreeMap<Place, String> = BTreeMap::new();
    let wants: BTreeSet<&Place> = wanted.iter().map(|(p, _)| p).collect();
    values(base, &(None, String::new()), &wants, &mut had);
    let (mut chosen, mut faults) = (BTreeMap::new(), Vec::new());
    for (place, name) in &wanted {
        let Some(value) = given.get(name).or_else(|| had.get(place)) else { continue };
        let before = chosen.insert(name.clone(), value.clone());
        if before.is_some_and(|b| b != *value) {
            faults
                .push(format!("the backup has two values for the secret {name}: say which with --secret {name}=@FILE"));
        }
    }
    faults.dedup();
    faults.extend(formed(ours, given));
    if !faults.is_empty() {
        return Err(faults);
    }
    let missing: BTreeSet<Missing> = wanted
        .iter()
        .filter(|(_, name)| !chosen.contains_key(name))
        .map(|((uuid, path), name)| Missing {
            name: name.clone(),
            place: uuid.as_ref().map_or_else(|| path.clone(), |u| format!("{path} of {u}")),
        })
        .collect();
    put(ours, &chosen);
    Ok(missing.into_iter().collect())
}

/// What a field wants a secret to be, in words, and whether a text is that.
type Form = (&'static str, &'static str, fn(&str) -> bool);

/// Fields whose readers want a form (upstream/opnsense: Wireguard/Server.xml, Client.xml and OpenVPN.xml; wg(8), openvpn(8)).
const FORMS: &[Form] = &[
    ("OPNsense/wireguard/server/servers/server/privkey", "a private key of WireGuard (wg genkey)", is_key),
    ("OPNsense/wireguard/client/clients/client/psk", "a pre-shared key of WireGuard (wg genpsk)", is_key),
    ("OPNsense/OpenVPN/StaticKeys/StaticKey/key", "a static key of OpenVPN (openvpn --genkey secret)", is_static),
];

/// 32 bytes in base64 (RFC 7748 section 5, RFC 4648), as a public key is.
fn is_key(text: &str) -> bool {
    WireguardKey::read(Raw::Str(text)).is_ok()
}

/// 256 bytes in hexadecimal between two lines (openvpn(8)).
fn is_static(text: &str) -> bool {
    let body = text.split_once("-----BEGIN OpenVPN Static key V1-----").map(|(_, rest)| rest);
    let Some((body, _)) = body.and_then(|b| b.split_once("-----END OpenVPN Static key V1-----")) else { return false };
    let digits: Vec<u8> = body.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.len() == 512 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Sentences about what was given and is no such thing.
fn formed(ours: &Element, given: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    let mut open = vec![(ours, String::new())];
    while let Some((e, path)) = open.pop() {
        for c in e.children() {
            let at = if path.is_empty() { c.name.clone() } else { format!("{path}/{}", c.name) };
            let text = if c.is_leaf() { c.text() } else { String::new() };
            let form = FORMS.iter().find(|(place, ..)| *place == at);
            if let (Some(name), Some((_, what, fits))) = (stands_for(&text), form)
                && given.get(name).is_some_and(|v| !fits(v))
            {
                faults.insert(format!("what was given for the secret {name} is not {what}"));
            }
            open.push((c, at));
        }
    }
    faults
}

/// The names of all secrets that a file wants.
pub fn names(ours: &Element) -> BTreeSet<String> {
    let mut wanted = Vec::new();
    places(ours, &(None, String::new()), &mut wanted);
    wanted.into_iter().map(|(_, name)| name).collect()
}

/// The name of the secret that a text stands for.
pub fn stands_for(text: &str) -> Option<&str> {
    text.strip_prefix(PLACEHOLDER)
}

fn step(at: &Place, e: &Element) -> Place {
    match e.attr("uuid") {
        Some(uuid) => (Some(uuid.into()), String::new()),
        // One of several without a uuid: the secret of another one would be taken for its own.
        None if is_bare_item(&e.name) => (Some(format!("{} {}", e.name, e.value("name"))), String::new()),
        None => (at.0.clone(), if at.1.is_empty() { e.name.clone() } else { format!("{}/{}", at.1, e.name) }),
    }
}

fn places(e: &Element, at: &Place, found: &mut Vec<(Place, String)>) {
    for c in e.children() {
        let here = step(at, c);
        if c.is_leaf() {
            if let Some(name) = stands_for(&c.text()) {
                found.push((here, name.into()));
            }
        } else {
            places(c, &here, found);
        }
    }
}

fn values(e: &Element, at: &Place, wants: &BTreeSet<&Place>, found: &mut BTreeMap<Place, String>) {
    for c in e.children() {
        let here = step(at, c);
        if c.is_leaf() {
            let text = c.text();
            // A placeholder in a backup is a file of topoc that was restored without a merge: it is no secret.
            if wants.contains(&here) && !text.is_empty() && stands_for(&text).is_none() {
                found.entry(here).or_insert(text);
            }
        } else {
            values(c, &here, wants, found);
        }
    }
}

fn put(e: &mut Element, chosen: &BTreeMap<String, String>) {
    for c in e.children_mut() {
        if c.is_leaf() {
            let text = c.text();
            if let Some(value) = stands_for(&text).and_then(|n| chosen.get(n)) {
                c.set_text(value.as_str());
            }
        } else {
            put(c, chosen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ours, xml::Document};
    use super::*;

    fn root(inner: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<opnsense><system>{inner}</system></opnsense>")
    }

    #[test]
    fn a_server_of_logins_keeps_its_own_secret() {
        let mine = root(
            "<authserver><name>a</name><ldap_bindpw>topoc-secret:x</ldap_bindpw></authserver>\
             <authserver><name>b</name><radius_secret>topoc-secret:y</radius_secret></authserver>",
        );
        let there = root(
            "<authserver><name>z</name><ldap_bindpw>z</ldap_bindpw></authserver>\
             <authserver><name>a</name><ldap_bindpw>own</ldap_bindpw></authserver>",
        );
        let mut mine = ours(&[&mine]).expect("it is XML");
        let there = Document::parse(there.as_bytes()).expect("it is XML").root;
        let missing = fill(&mut mine, &there, &BTreeMap::new()).expect("each has one");
        assert_eq!(missing.iter().map(|m| &*m.name).collect::<Vec<_>>(), ["y"]);
        let servers: Vec<&Element> = mine.child("system").expect("it is there").children().collect();
        assert_eq!(servers.len(), 2, "two servers are two");
        assert_eq!(servers[0].value("ldap_bindpw"), "own");
    }
}
