//! Emitter: OPNsense's config.xml, a file a node for the areas that can be restored and one for what only a merge can set.

mod admin;
mod aliases;
mod dhcp;
mod dns;
mod ids;
mod interfaces;
mod manifest;
mod nat;
mod ntp;
mod pair;
mod routing;
mod rules;
mod shaper;
mod vpn;
mod watch;

use super::{Meta, Out, Site};
use crate::consumer::OpnsenseCaps;
use crate::ir::*;
use crate::render::{Composed, Doc, Why, Xml, xml};
use crate::schema::Version;
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    70;
    RESTORE = "What OPNsense can restore area by area, complete: an area that is restored replaces all that was in it." @ "RFC 8.4; opnsense 4";
    MERGE = "What holds secrets or has no area of its own is merged into a backup of the firewall." @ "RFC 8.4; opnsense 4";
    MODEL = "Each part says the version of its model, or old migrations would run over it." @ "OPNsense core 26.7, BaseModel; opnsense 0";
    STAMP = "OPNsense reads a part again only when this changes, so it is made from what the part holds." @ "OPNsense core 26.7, BaseModel::getCachedData; opnsense 0";
    UUID = "The uuid is made from the name, in the pattern that OPNsense accepts, so it stays and logs lead back to the topology." @ "OPNsense core 26.7, Core/Type.php; opnsense 0";
    CATEGORY = "Rules and aliases of topoc have a category of their own, by which a merge knows them." @ "opnsense 4";
    ON = "It is in force." @ "OPNsense core 26.7";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "opnsense",
    writes: "opnsense/<machine>/restore.xml, opnsense/<machine>/merge.xml, opnsense/<firewall>.uuids.json",
    what: "Interfaces, rules, translation, services and VPNs of each firewall node: what can be restored by area, and what is merged into a backup.",
    reader: "OPNsense",
    apply: "`topoc opnsense merge` writes a whole config.xml from a backup; or restore the areas that restore.xml names.",
    step: 4,
    rfc: "3.1, 6",
    systems: &[
        ("OPNsense", "opnsense/<machine>/restore.xml", "`firewall`, `versions { opnsense … }`"),
        ("NAT and port forwarding", "opnsense/<machine>/restore.xml", "`publish`, `firewall { nat }`"),
        ("CARP", "opnsense/<machine>/merge.xml", "`firewall { node …; node …; sync }`"),
        ("VPN", "opnsense/<machine>/merge.xml", "`firewall { vpn … }`"),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Blocks of rules of the families, for those who look up a rule's sentence.
pub const RULE_BLOCKS: &[(u16, &[crate::source::RuleDef])] = &[
    (interfaces::RULE_BLOCK, interfaces::RULES),
    (aliases::RULE_BLOCK, aliases::RULES),
    (rules::RULE_BLOCK, rules::RULES),
    (vpn::RULE_BLOCK, vpn::RULES),
    (admin::RULE_BLOCK, admin::RULES),
    (manifest::RULE_BLOCK, manifest::RULES),
    (nat::RULE_BLOCK, nat::RULES),
    (watch::RULE_BLOCK, watch::RULES),
    (shaper::RULE_BLOCK, shaper::RULES),
    (ids::RULE_BLOCK, ids::RULES),
    (routing::RULE_BLOCK, routing::RULES),
    (pair::RULE_BLOCK, pair::RULES),
    (dns::RULE_BLOCK, dns::RULES),
    (dhcp::RULE_BLOCK, dhcp::RULES),
    (ntp::RULE_BLOCK, ntp::RULES),
];

/// What every section is made from: one node of a firewall.
#[derive(Copy, Clone, Debug)]
pub struct View<'a> {
    /// The whole topology.
    pub t: &'a Topology,
    /// What it is called.
    pub cloud: &'a Sp<crate::schema::Label>,
    /// The firewall.
    pub firewall: &'a Firewall,
    /// What it does.
    pub layer: &'a FirewallLayer,
    /// The node.
    pub node: &'a Machine,
    /// Its number among the firewall's nodes.
    pub number: usize,
    /// What is known of the stated version.
    pub caps: &'static OpnsenseCaps,
    /// The stated version.
    pub version: &'a Sp<Version>,
    /// Where the paths of uuids are kept, for those who ask what a uuid stands for.
    asked: Option<&'a Asked>,
}

/// Paths by uuid.
type Asked = std::cell::RefCell<std::collections::BTreeMap<String, String>>;

impl<'a> View<'a> {
    /// The uuid of something of this firewall, the same on both nodes: an adopted one, or one made from the path.
    pub fn uuid(&self, path: &str) -> Uuid {
        let key = (self.firewall.name.v.clone(), path.to_string());
        let uuid = match self.t.adopted.get(&key) {
            Some(adopted) => adopted.clone(),
            None => Uuid::named(&self.cloud.v.0, &self.firewall.name.v, path),
        };
        if let Some(asked) = self.asked {
            asked.borrow_mut().insert(uuid.to_string(), path.to_string());
        }
        uuid
    }

    /// An item of a model: an element with the uuid of its path.
    pub fn item(&self, name: &'static str, path: &str, why: impl Into<Why>) -> Xml {
        let uuid = self.uuid(path);
        let why = why.into();
        Xml::new(name, why).attr("uuid", (uuid.as_str(), UUID))
    }

    /// The root of a model with its version and its stamp: `mount` is its place in `OpnsenseCaps::models`, its last part the
    /// name of the element. The stamp changes with what `fill` puts in.
    pub fn model(&self, mount: &str, name: &'static str, rule: Rule, fill: impl FnOnce(&mut Xml)) -> Xml {
        let mut inner = Xml::new(name, rule);
        fill(&mut inner);
        let stamp = stamp(&inner.content());
        inner.attr("version", (self.caps.model(mount), MODEL)).attr("persisted_at", (stamp, STAMP))
    }

    /// The key of an interface, by its number.
    pub fn key(&self, interface: usize) -> &'a Sp<crate::schema::InterfaceKey> {
        &self.layer.network.interfaces[interface].key
    }

    /// The uuid of topoc's category, for what has categories by uuid.
    pub fn category(&self) -> (Doc, Why) {
        (Doc::Str(self.uuid("category").as_str().into()), CATEGORY.into())
    }
}

/// The text that stands where a secret is filled in by a merge or at the first boot; nothing in OPNsense takes it for a value.
pub const PLACEHOLDER: &str = "topoc-secret:";

/// A placeholder for a secret.
pub fn secret(t: &Topology, id: &Sp<SecretId>) -> (Doc, Why) {
    let s = t.secret(id.v);
    (Doc::Str(format!("{PLACEHOLDER}{}", s.name.v).into()), Why::from(id.at).also(s.name.at))
}

/// A part of config.xml.
#[derive(Clone, Debug)]
pub struct Section {
    /// The elements around it, from the root: empty for a child of the root.
    pub under: &'static [&'static str],
    /// The element.
    pub xml: Xml,
    /// The area by which OPNsense restores it (option-lists/restore-areas.txt); `None` when no area has it.
    pub area: Option<&'static str>,
}

/// The sections of one family.
pub type Sections = fn(&View<'_>) -> Vec<Section>;

/// All families, in the order in which areas are restored: what others name comes first.
pub const SECTIONS: &[Sections] = &[
    admin::sections,
    interfaces::sections,
    routing::sections,
    aliases::sections,
    shaper::sections,
    rules::sections,
    nat::sections,
    dns::sections,
    dhcp::sections,
    ntp::sections,
    watch::sections,
    ids::sections,
    vpn::sections,
    pair::sections,
];

/// Views of all nodes of all firewalls that are OPNsense.
pub fn views<'a>(sealed: &'a Sealed<'a>) -> impl Iterator<Item = View<'a>> {
    let t: &'a Topology = sealed;
    let cloud = &sealed.meta().name;
    t.targets.opnsense.iter().flat_map(move |target| {
        let written = t.firewalls.iter().filter(|f| !f.layer.network.interfaces.is_empty());
        written.flat_map(move |firewall| {
            firewall.nodes.iter().enumerate().map(move |(number, node)| View {
                t,
                cloud,
                firewall,
                layer: &firewall.layer,
                node: t.machine(*node),
                number,
                caps: target.caps.v,
                version: &target.version,
                asked: None,
            })
        })
    })
}

/// A node's sections: those of the restore page, and those that only a merge can set.
fn parted(sections: Vec<Section>) -> (Vec<Section>, Vec<Section>) {
    sections.into_iter().partition(|s| s.area.is_some() && !s.xml.any_text(&|t| t.starts_with(PLACEHOLDER)))
}

/// What the uuids of a node stand for: paths by uuid.
pub fn paths(view: View<'_>) -> std::collections::BTreeMap<String, String> {
    let asked = Asked::default();
    let view = View { asked: Some(&asked), ..view };
    // The sections are made for what they ask.
    let _ = all(&view);
    asked.into_inner()
}

/// The areas of a node's restore.xml in the order in which they are restored, and the elements that only a merge can set.
pub fn areas(view: &View<'_>) -> (Vec<&'static str>, Vec<String>) {
    let (restore, merge) = parted(all(view));
    let mut areas: Vec<&'static str> = Vec::new();
    for area in restore.iter().filter_map(|s| s.area) {
        if !areas.contains(&area) {
            areas.push(area);
        }
    }
    areas.sort_by_key(|a| AREAS.iter().position(|known| known == a).unwrap_or(AREAS.len()));
    let place = |s: &Section| s.under.iter().copied().chain([s.xml.name()]).collect::<Vec<_>>().join("/");
    let mut only: Vec<String> = Vec::new();
    for place in merge.iter().map(place) {
        if !only.contains(&place) {
            only.push(place);
        }
    }
    (areas, only)
}

/// The plugins that must be installed for what is configured, each once and in order: a configuration alone brings none.
pub fn plugins(sealed: &Sealed<'_>) -> Vec<Composed> {
    let mut all: std::collections::BTreeMap<&'static str, Composed> = std::collections::BTreeMap::new();
    for (name, at) in views(sealed).flat_map(|v| watch::plugins(v.layer)) {
        let cell = all.entry(name).or_insert_with(|| words![Sp::new(name, at)]);
        *cell = std::mem::take(cell).citing(at);
    }
    all.into_values().collect()
}

/// The files of every node.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let nodes: Vec<(View<'_>, Vec<Section>)> = views(sealed).map(|view| (view, all(&view))).collect();
    manifest::plan(&nodes, out);
    for (view, sections) in nodes {
        let (restore, merge) = parted(sections);
        for (name, sections, header, rule) in
            [("restore.xml", restore, RESTORE_HEADER, RESTORE), ("merge.xml", merge, MERGE_HEADER, MERGE)]
        {
            if !sections.is_empty() {
                let text = xml(&document(&view, sections, rule), header, rule);
                let site = Site::Machine(view.node.name.v.clone());
                out.text(site, format!("opnsense/{}/{name}", view.node.name.v), text);
            }
        }
    }
}

/// The order of areas in which nothing names what is not there yet (a rule with an unknown name is a comment); all others
/// come behind. The words are those of OPNsense's page of backups (option-lists/restore-areas.txt).
const AREAS: &[&str] = &[
    "vlans",
    "interfaces",
    "OPNsense.Firewall.Category",
    "aliases,OPNsense.Firewall.Alias",
    "ifgroups.ifgroupentry",
    "virtualip",
    "staticroutes,gateways,OPNsense.Gateways",
    "schedules",
    "OPNsense.TrafficShaper",
    "filter,OPNsense.Firewall.Filter.rules",
    "nat,OPNsense.Firewall.Filter.snatrules,OPNsense.Firewall.Filter.npt,OPNsense.Firewall.Filter.onetoone",
];

/// All sections of a node, in the order of their areas.
fn all(view: &View<'_>) -> Vec<Section> {
    SECTIONS.iter().flat_map(|s| s(view)).collect()
}

/// The first line of both files, by which a file of topoc's is told from a backup.
pub const HEADER: &str = "Made by topoc; change the topology, not this file.";
const RESTORE_HEADER: &[&str] = &[HEADER];
const MERGE_HEADER: &[&str] = &[HEADER, "Not for the restore page: topoc opnsense merge fills in what is secret."];

/// The sections below one root, those of one place together.
fn document(view: &View<'_>, sections: Vec<Section>, rule: Rule) -> Xml {
    let mut root = Xml::new("opnsense", Why::from(rule).also(view.version.at).also(view.node.name.at));
    for s in sections {
        let mut at = &mut root;
        for name in s.under {
            at = at.sub(name, rule);
        }
        at.push(s.xml);
    }
    root
}

/// A stamp in the form of a time, made from content: never a time, always the same for the same content.
pub fn stamp(content: &str) -> String {
    let hash = blake3::hash(content.as_bytes());
    let mut eight = [0u8; 8];
    eight.copy_from_slice(&hash.as_bytes()[..8]);
    let n = u64::from_le_bytes(eight);
    format!("{}.{:02}", 1_000_000_000 + n % 700_000_000, (n >> 40) % 100)
}
