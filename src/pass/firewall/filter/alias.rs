//! Names for addresses and ports: what a rule cannot say by itself is an alias, each content once; decides no rule.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::nets::{Set, holes_of_union, single};
use super::place::{Atom, Whom};
use super::{ALIAS_NAME, ITS_NET, UNION};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::*;
use crate::source::{Origin, Sp};

/// One end of a rule, before aliases have their names.
#[derive(Clone, Debug)]
pub enum End {
    /// Everybody.
    Any,
    /// The firewall itself.
    Itself,
    /// One address.
    Address(Sp<Ipv4Addr>),
    /// An alias: number in [`Aliases`].
    Alias(usize, Origin),
    /// Everybody but an alias.
    Not(usize, Origin),
}

/// An alias that is asked for.
#[derive(Debug)]
struct Wanted {
    /// What it would be called, without prefix, of any length.
    stem: String,
    /// What it holds, as a text by which contents are told apart.
    text: String,
    content: Content,
    about: Sp<String>,
}

/// What it holds, before names are known.
#[derive(Debug)]
enum Content {
    Whole(AliasContent),
    Of(Vec<(usize, Origin)>),
}

/// All aliases that rules ask for.
#[derive(Debug, Default)]
pub struct Aliases {
    wanted: Vec<Wanted>,
}

impl Aliases {
    /// The alias of that stem and content.
    fn want(&mut self, stem: &str, text: String, content: Content, about: Sp<String>) -> usize {
        let same = |w: &Wanted| w.stem == stem && w.text == text;
        if let Some(at) = self.wanted.iter().position(same) {
            return at;
        }
        self.wanted.push(Wanted { stem: stem.into(), text, content, about });
        self.wanted.len() - 1
    }

    /// An alias of ports.
    pub fn ports(&mut self, spans: Vec<Sp<PortSpan>>, cx: &mut Cx<'_>) -> usize {
        let text: Vec<String> = spans.iter().map(|s| s.v.to_string()).collect();
        let stem = format!("ports_{}", text.join("_"));
        let from: Vec<Origin> = spans.iter().map(|s| s.at).collect();
        let about = cx.make(format!("Ports {}", text.join(", ")), ALIAS_NAME, &from);
        self.want(&stem, text.join(","), Content::Whole(AliasContent::Ports(spans)), about)
    }

    /// The ports of an alias of ports, first and last of each run.
    pub fn spans(&self, alias: usize) -> Vec<(u16, u16)> {
        match &self.wanted[alias].content {
            Content::Whole(AliasContent::Ports(list)) => list.iter().map(|s| s.v.0).collect(),
            Content::Whole(_) | Content::Of(_) => Vec::new(),
        }
    }

    /// A VLAN's whole subnet, the firewall's own addresses included.
    pub fn whole_net(&mut self, vlan: &Vlan, cx: &mut Cx<'_>) -> usize {
        let net = cx.make(vlan.subnet.v, ITS_NET, &[vlan.subnet.at]);
        let about = cx.make(format!("All of VLAN {}", vlan.name), ALIAS_NAME, &[vlan.name.at]);
        let content = AliasContent::Networks { nets: vec![net], except: Vec::new() };
        self.want(&format!("net_{}", vlan.name.v), net.v.to_string(), Content::Whole(content), about)
    }

    /// What is not the Internet: everything private and what somebody of the file has.
    pub fn not_internet(&mut self, inside: Net, cx: &mut Cx<'_>) -> usize {
        let text: Vec<String> = inside.except.iter().map(|n| n.v.to_string()).collect();
        let content = AliasContent::Networks { nets: inside.except, except: Vec::new() };
        let about = cx.make("What is not the Internet".to_string(), ALIAS_NAME, &[]);
        self.want("not_internet", text.join(","), Content::Whole(content), about)
    }

    /// Ends that are these addresses together: few, since what is itself or the Internet has no place in an alias.
    pub fn ends(
        &mut self,
        atoms: &[&Atom],
        union: &Named,
        inside: &mut dyn FnMut(Origin, &mut Cx<'_>) -> Net,
        cx: &mut Cx<'_>,
    ) -> Vec<End> {
        let mut ends = Vec::new();
        if let Some(a) = atoms.iter().find(|a| matches!(a.whom, Whom::Internet)) {
            let net = inside(a.at, cx);
            let at = net.net.at;
            ends.push(End::Not(self.not_internet(net, cx), at));
        }
        if atoms.iter().any(|a| matches!(a.whom, Whom::Itself)) {
            ends.push(End::Itself);
        }
        let rest: Vec<&Atom> =
            atoms.iter().filter(|a| !matches!(a.whom, Whom::Itself | Whom::Internet)).copied().collect();
        if !rest.is_empty() {
            ends.push(self.end(&rest, union, cx));
        }
        ends
    }

    fn end(&mut self, atoms: &[&Atom], union: &Named, cx: &mut Cx<'_>) -> End {
        let ats: Vec<Origin> = atoms.iter().map(|a| a.at).collect();
        let at = cx.derived(UNION, &ats);
        if let [Atom { whom: Whom::Hosts(list), .. }] = atoms
            && let [one] = list.as_slice()
            && union.group.is_none()
        {
            return End::Address(cx.make(one.v, UNION, &[ats[0], one.at]));
        }
        let stem = stem(atoms, union);
        let about = cx.make(union.about(atoms), ALIAS_NAME, &ats);
        let mut parts = self.parts(atoms, &stem, &about);
        if let [(one, _)] = parts.as_slice()
            && self.wanted[*one].stem == stem
        {
            return End::Alias(*one, at);
        }
        parts.sort();
        let text: Vec<String> =
            parts.iter().map(|(i, _)| format!("{}={}", self.wanted[*i].stem, self.wanted[*i].text)).collect();
        let of = parts.into_iter().map(|(i, ())| (i, at)).collect();
        End::Alias(self.want(&stem, text.join(";"), Content::Of(of), about), at)
    }

    /// The aliases of one kind each that a union is made of; a single one has its name.
    fn parts(&mut self, atoms: &[&Atom], stem: &str, about: &Sp<String>) -> Vec<(usize, ())> {
        let fixed: Vec<&&Atom> = atoms.iter().filter(|a| matches!(a.whom, Whom::Hosts(_) | Whom::Net(..))).collect();
        let names: Vec<Sp<NamePattern>> = {
            let found = atoms.iter().filter_map(|a| if let Whom::Name(n) = &a.whom { Some(n.clone()) } else { None });
            let mut all: Vec<_> = found.collect();
            all.sort_by(|a, b| a.v.cmp(&b.v));
            all.dedup_by(|a, b| a.v == b.v);
            all
        };
        let countries: Vec<Sp<Country>> = {
            let found =
                atoms.iter().filter_map(|a| if let Whom::Country(n) = &a.whom { Some(n.clone()) } else { None });
            let mut all: Vec<_> = found.collect();
            all.sort_by(|a, b| a.v.cmp(&b.v));
            all.dedup_by(|a, b| a.v == b.v);
            all
        };
        let feeds: Vec<&&Atom> = atoms.iter().filter(|a| matches!(a.whom, Whom::Feed(..))).collect();
        let kinds = usize::from(!fixed.is_empty())
            + usize::from(!names.is_empty())
            + usize::from(!countries.is_empty())
            + feeds.len();
        let own = |kind: &str| if kinds == 1 { stem.to_string() } else { format!("{stem}_{kind}") };
        let mut all = Vec::new();
        if !fixed.is_empty() {
            let content = union(&fixed);
            let text = text_of(&content);
            all.push((self.want(&own("nets"), text, Content::Whole(content), about.clone()), ()));
        }
        if !names.is_empty() {
            let text: Vec<&str> = names.iter().map(|n| &*n.v.0).collect();
            let text = text.join(",");
            all.push((self.want(&own("names"), text, Content::Whole(AliasContent::Names(names)), about.clone()), ()));
        }
        if !countries.is_empty() {
            let text: Vec<&str> = countries.iter().map(|n| &*n.v.0).collect();
            let text = text.join(",");
            let content = AliasContent::Countries(countries);
            all.push((self.want(&own("countries"), text, Content::Whole(content), about.clone()), ()));
        }
        for f in feeds {
            if let Whom::Feed(url, every) = &f.whom {
                let stem = if kinds == 1 { stem.to_string() } else { f.stem.clone() };
                let content = AliasContent::Feed { url: url.clone(), every: *every };
                let text = format!("{} {}", url.v, every.v.0);
                all.push((self.want(&stem, text, Content::Whole(content), about.clone()), ()));
            }
        }
        all
    }

    /// What an alias holds, as networks; `None` when its content changes by itself.
    pub fn set(&self, alias: usize) -> Option<Set> {
        match &self.wanted[alias].content {
            Content::Whole(AliasContent::Hosts(list)) => {
                Some(list.iter().map(|(a, _)| (single(a.v), Vec::new())).collect())
            }
            Content::Whole(AliasContent::Networks { nets, except }) => {
                let holes: Vec<Ipv4Net> = except.iter().map(|e| e.v).collect();
                Some(nets.iter().map(|n| (n.v, holes.clone())).collect())
            }
            Content::Whole(
                AliasContent::Names(_)
                | AliasContent::Ports(_)
                | AliasContent::Feed { .. }
                | AliasContent::Countries(_)
                | AliasContent::Aliases(_),
            )
            | Content::Of(_) => None,
        }
    }

    /// What keys of rules say of an end: a text that stays when its content changes.
    pub fn text(&self, end: &End) -> String {
        match end {
            End::Any => "any".into(),
            End::Itself => "self".into(),
            End::Address(a) => a.v.to_string(),
            End::Alias(i, _) => self.wanted[*i].stem.clone(),
            End::Not(i, _) => format!("not-{}", self.wanted[*i].stem),
        }
    }

    /// What an alias holds, as a text by which contents are told apart.
    pub fn content_text(&self, alias: usize) -> &str {
        &self.wanted[alias].text
    }

    /// Gives each its name: at most 31 characters that OPNsense takes, unique, the same whatever else there is.
    pub fn finish(self, cx: &mut Cx<'_>) -> (Vec<Alias>, Vec<AliasName>) {
        let mut full: Vec<String> = Vec::new();
        for w in &self.wanted {
            let many = self.wanted.iter().filter(|o| o.stem == w.stem).count() > 1;
            full.push(if many { format!("{}_{}", w.stem, hash(&w.text, 4)) } else { w.stem.clone() });
        }
        let mut names: Vec<String> = full.iter().map(|f| short(f, 4)).collect();
        let mut count: BTreeMap<&String, usize> = BTreeMap::new();
        for n in &names {
            *count.entry(n).or_default() += 1;
        }
        let twice: Vec<bool> = names.iter().map(|n| count.get(n).is_some_and(|c| *c > 1)).collect();
        for (i, _) in twice.iter().enumerate().filter(|(_, t)| **t) {
            names[i] = short(&format!("{}_{}", full[i], hash(&format!("{}\0{}", full[i], self.wanted[i].text), 8)), 12);
        }
        let names: Vec<AliasName> = names.into_iter().map(AliasName).collect();
        let mut all = Vec::new();
        for (i, w) in self.wanted.into_iter().enumerate() {
            let content = match w.content {
                Content::Whole(c) => c,
                Content::Of(parts) => {
                    let mut list: Vec<Sp<AliasName>> =
                        parts.iter().map(|(p, at)| cx.make(names[*p].clone(), ALIAS_NAME, &[*at])).collect();
                    list.sort_by(|a, b| a.v.cmp(&b.v));
                    AliasContent::Aliases(list)
                }
            };
            let name = cx.make(names[i].clone(), ALIAS_NAME, &[w.about.at]);
            all.push(Alias { name, content, about: w.about });
        }
        all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
        (all, names)
    }
}

/// What a union is called.
#[derive(Clone, Debug)]
pub struct Named {
    /// The group that the statement names, and of how many atoms it is as a target.
    pub group: Option<(String, usize)>,
    /// What it is called otherwise.
    pub other: String,
    /// What it is, in words, when it is more than one zone.
    pub sentence: String,
    /// Told of the interface where it is but a part.
    pub part: String,
}

impl Named {
    fn about(&self, atoms: &[&Atom]) -> String {
        match &self.group {
            Some((g, _)) => format!("Group {g}"),
            None => {
                let mut zones: Vec<String> = atoms.iter().map(|a| a.zone.0.replacen('_', " ", 1)).collect();
                zones.sort_unstable();
                zones.dedup();
                match zones.as_slice() {
                    [one] => one.clone(),
                    // Not a list of them: one more would change the line.
                    _ => self.sentence.clone(),
                }
            }
        }
    }
}

/// The name of these together: the group's where they are all of it, the zone's where they are one, else the statement's.
fn stem(atoms: &[&Atom], union: &Named) -> String {
    if let Some((group, whole)) = &union.group {
        return if atoms.len() == *whole { group.clone() } else { format!("{group}_{}", union.part) };
    }
    match atoms {
        [one] => one.stem.clone(),
        [first, rest @ ..] if rest.iter().all(|a| a.zone == first.zone) && atoms.len() == first.zone.1 => {
            first.zone.0.clone()
        }
        _ => union.other.clone(),
    }
}

/// All addresses and networks of atoms as one content.
fn union(atoms: &[&&Atom]) -> AliasContent {
    let mut hosts: Vec<Sp<Ipv4Addr>> = Vec::new();
    let mut nets: Vec<(Sp<Ipv4Net>, Vec<Sp<Ipv4Net>>)> = Vec::new();
    for a in atoms {
        match &a.whom {
            Whom::Hosts(list) => hosts.extend(list.iter().copied()),
            Whom::Net(n, except) => nets.push((*n, except.clone())),
            Whom::Name(_) | Whom::Country(_) | Whom::Feed(..) | Whom::Itself | Whom::Internet => {}
        }
    }
    hosts.sort_by_key(|h| h.v);
    hosts.dedup_by_key(|h| h.v);
    if nets.is_empty() {
        return AliasContent::Hosts(hosts.into_iter().map(|h| (h, None)).collect());
    }
    nets.extend(hosts.into_iter().map(|h| (h.map(single), Vec::new())));
    let set: Set = nets.iter().map(|(n, e)| (n.v, e.iter().map(|e| e.v).collect())).collect();
    let holes = holes_of_union(&set);
    let origin = |hole: &Ipv4Net| nets.iter().flat_map(|(_, e)| e).find(|e| e.v.contains(hole)).map(|e| e.at);
    let except = holes.iter().filter_map(|h| Some(Sp::new(*h, origin(h)?))).collect();
    let mut list: Vec<Sp<Ipv4Net>> = nets.iter().map(|(n, _)| *n).collect();
    list.sort_by_key(|n| n.v);
    list.dedup_by_key(|n| n.v);
    AliasContent::Networks { nets: list, except }
}

fn text_of(content: &AliasContent) -> String {
    match content {
        AliasContent::Hosts(list) => list.iter().map(|(a, _)| a.v.to_string()).collect::<Vec<_>>().join(","),
        AliasContent::Networks { nets, except } => {
            let nets = nets.iter().map(|n| n.v.to_string());
            nets.chain(except.iter().map(|e| format!("!{}", e.v))).collect::<Vec<_>>().join(",")
        }
        AliasContent::Names(_)
        | AliasContent::Ports(_)
        | AliasContent::Feed { .. }
        | AliasContent::Countries(_)
        | AliasContent::Aliases(_) => String::new(),
    }
}

fn hash(text: &str, digits: usize) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..digits].to_string()
}

/// A name that OPNsense takes (core 26.7, AliasNameField): our prefix keeps clear of words of pf and names of services.
fn short(stem: &str, digits: usize) -> String {
    let clean: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let name = format!("t_{clean}");
    if name.len() <= 31 {
        return name;
    }
    let keep = 31 - digits - 1;
    format!("{}_{}", name[..keep].trim_end_matches('_'), hash(stem, digits))
}
