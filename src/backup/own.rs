//! What topoc owns in a config.xml, and what its parts are called; reads no file and changes nothing.
//!
//! Ownership is by structure: an item has a uuid that seals itself as topoc's, is adopted in the lock, or has topoc's category;
//! of all else topoc owns the fields that it writes. The tables are what the structure of a file cannot tell.

use std::collections::BTreeSet;

use super::xml::Element;
use crate::consumer::{OpnsenseCaps, opnsense_default};
use crate::ir::{Topology, Uuid};
use crate::schema::Name;

/// Whose items are topoc's.
#[derive(Clone, Debug)]
pub struct Owner {
    cloud: String,
    firewall: String,
    adopted: BTreeSet<String>,
    category: String,
    category_name: Option<String>,
    /// What is known of the stated release.
    pub caps: &'static OpnsenseCaps,
}

impl Owner {
    /// Of a firewall of a topology; `ours` is what topoc writes for it, where its category has a name.
    pub fn new(t: &Topology, cloud: &str, firewall: &Name, caps: &'static OpnsenseCaps, ours: &Element) -> Owner {
        let adopted = t.adopted.iter().filter(|((f, _), _)| f == firewall).map(|(_, u)| u.to_string()).collect();
        let made = Uuid::named(cloud, firewall.as_str(), CATEGORY);
        let category = t.adopted.get(&(firewall.clone(), CATEGORY.into())).unwrap_or(&made).to_string();
        let category_name = ours
            .at("OPNsense/Firewall/Category/categories")
            .and_then(|list| list.children().find(|c| c.attr("uuid") == Some(&category)).map(|c| c.value("name")));
        Owner { cloud: cloud.into(), firewall: firewall.to_string(), adopted, category, category_name, caps }
    }

    /// The firewall's name.
    pub fn firewall(&self) -> &str {
        &self.firewall
    }

    /// Whether an item is topoc's, by itself.
    pub fn owns(&self, item: &Element) -> bool {
        let Some(uuid) = item.attr("uuid") else { return self.marked(item) };
        let sealed = || Uuid::read(uuid).is_some_and(|u| u.is_of(&self.cloud, &self.firewall));
        self.adopted.contains(uuid) || sealed() || self.marked(item)
    }

    /// Whether an item has topoc's category: by its uuid where there are many, by its name in port forwards.
    fn marked(&self, item: &Element) -> bool {
        let by_uuid = item.child("categories").is_some_and(|c| c.text().split(',').any(|u| u == self.category));
        let by_name = || {
            let name = self.category_name.as_deref().filter(|n| !n.is_empty());
            name.is_some_and(|n| item.child("category").is_some_and(|c| c.text().split(',').any(|o| o == n)))
        };
        by_uuid || by_name()
    }

    /// Whether a place is in a model: there an element that is not there has the model's default.
    pub fn modelled(&self, path: &str) -> bool {
        self.caps.models.iter().any(|(m, _)| within(path, m))
    }

    /// Whether a field says the same in both files; `None` is a field that is not there.
    pub fn same(&self, place: &str, one: Option<&str>, other: Option<&str>) -> bool {
        match (one, other) {
            (None, None) => true,
            (Some(a), Some(b)) => a == b || (is_flag(place) && !self.modelled(place)),
            (Some(v), None) | (None, Some(v)) => {
                let default = opnsense_default(place);
                self.modelled(place) && (v == default || (default.is_empty() && v == "0"))
            }
        }
    }
}

/// The path of the uuid of topoc's category.
const CATEGORY: &str = "category";

/// Whether a path is another or below it.
fn within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Fields that topoc decides wherever it writes their container: one that its file leaves out is taken away. Flags are on
/// when the element is there, whatever is in it (opnsense 0: presence flags); `*` stands for one name.
struct Decided {
    path: &'static str,
    flags: &'static [&'static str],
    fields: &'static [&'static str],
}

const DECIDED: &[Decided] = &[
    Decided {
        path: "interfaces/*",
        flags: &["enable", "lock", "blockpriv", "blockbogons"],
        // A gateway makes a way out of an interface, with translation and all.
        fields: &["ipaddr", "subnet", "gateway", "mtu"],
    },
    Decided { path: "system/webgui", flags: &["noantilockout", "disablehttpredirect"], fields: &[] },
    Decided { path: "system/ssh", flags: &["enabled", "noauto", "passwordauth", "permitrootlogin"], fields: &[] },
];

/// The names that topoc decides in a container.
pub fn decided(path: &str) -> impl Iterator<Item = &'static str> {
    let rows = DECIDED.iter().filter(move |d| fits(d.path, path));
    rows.flat_map(|d| d.flags.iter().chain(d.fields).copied())
}

/// Whether a place is a flag that is on when it is there.
pub fn is_flag(place: &str) -> bool {
    place
        .rsplit_once('/')
        .is_some_and(|(path, name)| DECIDED.iter().any(|d| fits(d.path, path) && d.flags.contains(&name)))
}

/// Whether a path is one of a pattern in which `*` stands for a name.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut a, mut b) = (pattern.split('/'), path.split('/'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) if x == "*" || x == y => {}
            _ => return false,
        }
    }
}

/// What the items of a list are called, by what people know them, and which of their fields no two may share.
pub struct Kind {
    /// Where the items are.
    pub path: &'static str,
    /// One of them.
    pub one: &'static str,
    /// More than one.
    pub many: &'static str,
    /// Sets of fields: two items that agree in all of a set are the same thing twice.
    pub keys: &'static [&'static [&'static str]],
    /// Whether topoc owns only the fields that it writes: the rest is the firewall's, such as a person's password.
    pub fieldwise: bool,
    /// Fields that OPNsense or a person at it fills in: those of the backup stay.
    pub filled: &'static [&'static str],
}

const fn kind(
    path: &'static str,
    one: &'static str,
    many: &'static str,
    keys: &'static [&'static [&'static str]],
) -> Kind {
    Kind { path, one, many, keys, fieldwise: false, filled: &[] }
}

/// Lists whose items have words of their own (upstream/opnsense, models of the three releases).
pub const KINDS: &[Kind] = &[
    kind("OPNsense/Firewall/Filter/rules/rule", "rule", "rules", &[]),
    kind("OPNsense/Firewall/Filter/snatrules/rule", "rule of source translation", "rules of source translation", &[]),
    kind("OPNsense/Firewall/Filter/onetoone/rule", "1:1 translation", "1:1 translations", &[]),
    kind("OPNsense/Firewall/Filter/npt/rule", "translation of prefixes", "translations of prefixes", &[]),
    kind("OPNsense/Firewall/Alias/aliases/alias", "alias", "aliases", &[&["name"]]),
    kind("OPNsense/Firewall/Category/categories/category", "category", "categories", &[&["name"]]),
    kind("filter/rule", "rule of the old kind", "rules of the old kind", &[]),
    kind("nat/rule", "port forward", "port forwards", &[]),
    kind("nat/outbound/rule", "outbound rule of the old kind", "outbound rules of the old kind", &[]),
    kind("OPNsense/Gateways/gateway_item", "gateway", "gateways", &[&["name"]]),
    kind("gateways/gateway_group", "group of gateways", "groups of gateways", &[&["name"]]),
    kind("staticroutes/route", "route", "routes", &[&["network", "gateway"]]),
    kind("schedules/schedule", "schedule", "schedules", &[&["name"]]),
    kind("virtualip/vip", "virtual address", "virtual addresses", &[&["subnet"], &["interface", "vhid"]]),
    kind("vlans/vlan", "VLAN device", "VLAN devices", &[&["vlanif"], &["if", "tag"]]),
    kind("ifgroups/ifgroupentry", "group of interfaces", "groups of interfaces", &[&["ifname"]]),
    kind("OPNsense/TrafficShaper/pipes/pipe", "pipe", "pipes", &[&["number"]]),
    kind("OPNsense/TrafficShaper/queues/queue", "queue", "queues", &[&["number"]]),
    kind("OPNsense/TrafficShaper/rules/rule", "shaper rule", "shaper rules", &[]),
    kind("OPNsense/IDS/files/file", "ruleset", "rulesets", &[&["filename"]]),
    kind("OPNsense/IDS/policies/policy", "policy of detection", "policies of detection", &[]),
    kind("OPNsense/cron/jobs/job", "timed job", "timed jobs", &[]),
    kind("OPNsense/unboundplus/acls/acl", "list of who may ask", "lists of who may ask", &[&["name"]]),
    kind("OPNsense/unboundplus/dots/dot", "forwarder of names", "forwarders of names", &[&["domain", "server"]]),
    kind(
        "OPNsense/unboundplus/hosts/host",
        "name of a host",
        "names of hosts",
        &[&["hostname", "domain", "rr", "server"]],
    ),
    kind("OPNsense/Kea/dhcp4/subnets/subnet4", "DHCP subnet", "DHCP subnets", &[&["subnet"]]),
    kind(
        "OPNsense/Kea/dhcp4/reservations/reservation",
        "DHCP reservation",
        "DHCP reservations",
        &[&["subnet", "hw_address"]],
    ),
    kind(
        "OPNsense/Syslog/destinations/destination",
        "receiver of logs",
        "receivers of logs",
        &[&["hostname", "port", "transport"]],
    ),
    kind("OPNsense/monit/service", "thing looked after", "things looked after", &[&["name"]]),
    kind("OPNsense/monit/test", "test", "tests", &[&["name"]]),
    Kind {
        filled: &["pubkey"],
        ..kind(
            "OPNsense/wireguard/server/servers/server",
            "WireGuard instance",
            "WireGuard instances",
            &[&["name"], &["instance"]],
        )
    },
    kind("OPNsense/wireguard/client/clients/client", "WireGuard peer", "WireGuard peers", &[&["name"], &["pubkey"]]),
    kind("OPNsense/OpenVPN/Instances/Instance", "OpenVPN instance", "OpenVPN instances", &[&["vpnid"]]),
    // A person who is there keeps the password and the number: ours are for one who is new.
    Kind { fieldwise: true, filled: &["password", "uid"], ..kind("system/user", "user", "users", &[&["name"]]) },
    Kind { fieldwise: true, ..kind("system/group", "group of users", "groups of users", &[&["name"]]) },
    Kind { fieldwise: true, ..kind("ca", "certificate authority", "certificate authorities", &[&["refid"]]) },
    Kind { fieldwise: true, ..kind("cert", "certificate", "certificates", &[&["refid"]]) },
    kind("system/authserver", "server of logins", "servers of logins", &[&["name"]]),
];

/// Whether an element is one of a list though it has no uuid: such are told apart by their `name`.
pub fn is_bare_item(element: &str) -> bool {
    element == "authserver"
}

/// The row of a list.
pub fn kind_of(path: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.path == path)
}

/// So many of a kind, in words; a list without words of its own is called by its element.
pub fn count(path: &str, n: usize) -> String {
    match kind_of(path) {
        Some(k) => format!("{n} {}", if n == 1 { k.one } else { k.many }),
        None => format!("{n} of {path}"),
    }
}

/// One item of a list, in words.
pub fn called(path: &str, item: &Element) -> String {
    let kind = kind_of(path).map_or_else(|| path.to_string(), |k| k.one.to_string());
    match name(item) {
        Some(n) => format!("{kind} `{n}`"),
        None => match item.attr("uuid") {
            Some(uuid) => format!("{kind} {uuid}"),
            None => format!("a {kind} without a name"),
        },
    }
}

/// What people know an item by.
fn name(item: &Element) -> Option<String> {
    const FIELDS: &[&str] = &[
        "name",
        "ifname",
        "vlanif",
        "descr",
        "description",
        "filename",
        "hostname",
        "network",
        "subnet",
        "hw_address",
        "server",
        "domain",
        "command",
    ];
    let found = FIELDS.iter().map(|f| item.value(f)).find(|v| !v.is_empty())?;
    Some(short(&found))
}

/// A value that fits into a line.
pub fn short(value: &str) -> String {
    let line = value.replace('\n', ", ");
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// Fields whose values are never shown.
const HIDDEN: &[&str] = &[
    "password",
    "passwd",
    "privkey",
    "psk",
    "pre-shared-key",
    "secret",
    "key",
    "prv",
    "apikeys",
    "otp_seed",
    "community",
    "authorizedkeys",
    "ldap_bindpw",
    "radius_secret",
    "encryptionkey",
    "hash",
    "shared_secret",
    "bindpw",
    "token",
];

/// Whether a field may hold a secret: its value is never shown.
pub fn is_hidden(place: &str) -> bool {
    let name = place.rsplit('/').next().unwrap_or(place).to_ascii_lowercase();
    HIDDEN.iter().any(|h| name == *h) || ["password", "secret", "passphrase"].iter().any(|h| name.contains(h))
}

/// Whether two items are the same thing twice, and by which fields.
pub fn twins(kind: &Kind, one: &Element, other: &Element) -> Option<&'static [&'static str]> {
    kind.keys.iter().copied().find(|set| {
        let values: Vec<(String, String)> = set.iter().map(|f| (one.value(f), other.value(f))).collect();
        values.iter().all(|(a, b)| a == b) && values.iter().any(|(a, _)| !a.is_empty())
            // A number is CARP's own: further addresses of a pair have the number of the one that moves them.
            && !(set.contains(&"vhid") && [one, other].iter().any(|e| e.value("mode") != "carp"))
    })
}

/// Names of flags that are on when they are there.
pub fn flags() -> impl Iterator<Item = &'static str> {
    DECIDED.iter().flat_map(|d| d.flags.iter().copied())
}
