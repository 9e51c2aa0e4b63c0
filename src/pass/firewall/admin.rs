//! Pass: who manages a firewall, and from where: the web interface, SSH, accounts and directories; spells nothing.

use std::collections::BTreeMap;

use super::At;
use super::directory::directories;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::schema::*;
use crate::source::{Origin, Sp};

crate::rules! {
    52;
    ON_MANAGEMENT = "it answers where the firewall is managed, as nothing else is stated" @ "RFC 3.1.3; opnsense 3";
    WEB_PORT = "the port of HTTPS, as nothing else is stated" @ "OPNsense core 26.7, webgui.inc";
    SSH_PORT = "the port of SSH, as nothing else is stated" @ "OPNsense core 26.7, openssh.inc";
    LOCAL = "the firewall's own accounts, as nothing else is stated" @ "OPNsense core 26.7, auth.inc";
    NO_ROOT = "root does not log in by SSH" @ "RFC 3.1.2; targets 11, F3";
    NO_PASSWORDS = "a password is not enough for SSH" @ "RFC 3.1.3";
    ADMINISTRATOR = "an account of the file is an administrator's, as nothing else is stated" @ "RFC 3.1.3";
    UID = "the number is made from the name, above those that OPNsense gives out, so a new account changes no other" @ "OPNsense core 26.7, Auth/FieldTypes/UidField.php";
    UTC = "the clock says universal time, as nothing else is stated" @ "OPNsense core 26.7, config.xml.sample";
    ENGLISH = "English, as nothing else is stated" @ "OPNsense core 26.7, system.inc";
    MANAGED = "what manages a firewall is reached by a rule of its own, as OPNsense's rule against locking oneself out is off" @ "opnsense 3";
    LOGGED = "each connection to what manages the firewall is logged" @ "RFC 6.1";
    COMES_IN = "whoever it is comes in by the interface that its address is behind" @ "opnsense 0: a rule stands where a connection comes in";
    DIRECTORY_NAME = "a machine is called by its name in the domain: its certificate says it" @ "OPNsense core 26.7, Auth/LDAP.php: the certificate is checked";
    DIRECTORY_ADDRESS = "a machine is called by its address, as no certificate has to name it" @ "RFC 2865 section 3";
    LDAPS = "the port of LDAP over TLS, as nothing else is stated" @ "IANA Service Name and Transport Protocol Port Number Registry";
    LDAP = "the port of LDAP, as nothing else is stated" @ "IANA Service Name and Transport Protocol Port Number Registry";
    RADIUS = "the port of RADIUS, as nothing else is stated" @ "RFC 2865 section 3";
    TLS = "passwords travel inside TLS, as nothing else is stated" @ "OPNsense core 26.7, Auth/LDAP.php";
    PEOPLE = "people are searched in all of the base, as nothing else is stated" @ "OPNsense core 26.7, Auth/LDAP.php";
    COMMON_NAME = "people type their common name, as nothing else is stated" @ "OPNsense core 26.7, Auth/LDAP.php";
    PATIENCE = "RADIUS is waited for five seconds, as nothing else is stated" @ "OPNsense core 26.7, Auth/Radius.php";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Admin> {
    let f = x.f.admin.as_ref()?;
    if f.web.is_none() && f.ssh.is_none() {
        let (a, b) = (cx.span(f.at), cx.span(x.firewall.at));
        cx.report(
            Diag::new(code::E1140, format!("nobody can manage firewall {}", x.firewall.name))
                .at(a, "neither the web interface nor SSH lets anybody in")
                .at(b, "this firewall")
                .note("with `admin` OPNsense's own rule against locking oneself out is off: only its console would be left")
                .help("admin { web }"),
        );
    }
    let mut openings = Vec::new();
    let web = web(x, f, &mut openings, cx);
    let ssh = f.ssh.as_ref().map(|s| ssh(x, s, &mut openings, cx));
    Some(Admin {
        web,
        ssh,
        users: users(x, f, cx),
        directories: directories(x, f, cx),
        timezone: f.timezone.clone().unwrap_or_else(|| Sp::new(TimeZone("Etc/UTC".into()), UTC.origin())),
        language: or(f.language, WebLanguage::English, ENGLISH),
        name_servers: f.name_server.iter().map(|a| a.map(|a| a.0)).collect(),
        openings,
        at: f.at,
    })
}

fn web(x: &At<'_>, f: &AdminFacts, openings: &mut Vec<Opening>, cx: &mut Cx<'_>) -> AdminWeb {
    let s = f.web.as_ref();
    let at = s.map_or(f.at, |s| s.at);
    let on = interfaces(x, s.map_or(&[], |s| &s.on), at, cx);
    let port = or(s.and_then(|s| s.port).map(|p| p.map(|p| p.0)), 443, WEB_PORT);
    if let Some(s) = s {
        open(
            x,
            "web",
            "people who manage the firewall reach its web interface",
            s.from.as_ref(),
            &on,
            port,
            at,
            openings,
            cx,
        );
    }
    let log_in = s.map_or(&[][..], |s| &s.log_in);
    AdminWeb { on, port, log_in: known(x, log_in, cx), certificate: s.and_then(|s| s.certificate.clone()), at }
}

fn ssh(x: &At<'_>, s: &AdminSshFacts, openings: &mut Vec<Opening>, cx: &mut Cx<'_>) -> AdminSsh {
    let on = interfaces(x, &s.on, s.at, cx);
    let port = or(s.port.map(|p| p.map(|p| p.0)), 22, SSH_PORT);
    open(x, "ssh", "people who manage the firewall reach its SSH", s.from.as_ref(), &on, port, s.at, openings, cx);
    AdminSsh { on, port, root: or(s.root, false, NO_ROOT), passwords: or(s.passwords, false, NO_PASSWORDS), at: s.at }
}

/// The directories that are named, those of this firewall; `local` where none is.
fn known(x: &At<'_>, stated: &[Sp<DirectoryRef>], cx: &mut Cx<'_>) -> Vec<Sp<DirectoryRef>> {
    if stated.is_empty() {
        return vec![Sp::new(DirectoryRef(Name::of("local")), LOCAL.origin())];
    }
    of_this(x, stated, cx)
}

/// Those that are `local` or directories of this firewall; reports the others, which are of another one.
pub(super) fn of_this(x: &At<'_>, stated: &[Sp<DirectoryRef>], cx: &mut Cx<'_>) -> Vec<Sp<DirectoryRef>> {
    let mut all = Vec::new();
    let all_facts = || x.facts.firewall.iter().flat_map(|f| &f.admin).flat_map(|a| &a.directory);
    for d in stated {
        let named = |f: &&DirectoryFacts| f.name.as_ref().is_some_and(|n| n.v.0 == d.v.0);
        let mine = x.f.admin.iter().flat_map(|a| &a.directory).any(|f| named(&f));
        if mine || d.v.as_str() == "local" {
            all.push(d.clone());
        } else if let Some(other) = all_facts().find(named) {
            let (a, b) = (cx.span(d.at), cx.span(other.at));
            cx.report(
                Diag::new(code::E1141, format!("directory \"{}\" is of another firewall", d.v))
                    .at(a, format!("firewall {} knows nothing of it", x.firewall.name))
                    .at(b, "stated there")
                    .help("state it in the `admin` of this firewall too, by another name"),
            );
        }
    }
    all
}

/// Numbers of the interfaces on VLANs; that of management where none is stated.
fn interfaces(x: &At<'_>, stated: &[Sp<VlanRef>], at: Origin, cx: &mut Cx<'_>) -> Vec<Sp<usize>> {
    if stated.is_empty() {
        let Some(m) = x.firewall.management else { return Vec::new() };
        // Reported where it is stated (E0331).
        let Some((i, _)) = x.on(m.v) else { return Vec::new() };
        return vec![cx.make(i, ON_MANAGEMENT, &[at, m.at])];
    }
    stated.iter().filter_map(|v| interface(x, v, cx)).collect()
}

/// The interface on a VLAN; reports that there is none.
pub(super) fn interface(x: &At<'_>, vlan: &Sp<VlanRef>, cx: &mut Cx<'_>) -> Option<Sp<usize>> {
    let id = x.index.vlan(&vlan.v.0);
    if !id.is_known() {
        return None;
    }
    match x.on(id) {
        Some((i, _)) => Some(Sp::new(i, vlan.at)),
        None => {
            let (a, b) = (cx.span(vlan.at), cx.span(x.firewall.at));
            cx.report(
                Diag::new(code::E1141, format!("firewall {} has no interface on VLAN {}", x.firewall.name, vlan.v))
                    .at(a, "nothing of it answers or comes in there")
                    .at(b, "this firewall")
                    .help(format!("interface \"{}\"", vlan.v)),
            );
            None
        }
    }
}

/// The rules by which a service is reached.
#[allow(clippy::too_many_arguments)]
fn open(
    x: &At<'_>,
    key: &str,
    about: &str,
    from: Option<&CallersFacts>,
    on: &[Sp<usize>],
    port: Sp<u16>,
    at: Origin,
    openings: &mut Vec<Opening>,
    cx: &mut Cx<'_>,
) {
    let places: Vec<(RuleOn, OpeningFrom, Vec<Origin>)> = match from {
        None => on.iter().map(|i| (RuleOn::Interface(i.v), OpeningFrom::ItsNetwork, vec![i.at])).collect(),
        Some(f) => {
            let mut by: BTreeMap<RuleOn, Vec<PolicyZone>> = BTreeMap::new();
            for (rule_on, zone) in callers(x, f, cx) {
                by.entry(rule_on).or_default().push(zone);
            }
            by.into_iter()
                .map(|(on, zones)| {
                    let from = zones.iter().map(PolicyZone::at).collect();
                    (on, OpeningFrom::Zones(zones), from)
                })
                .collect()
        }
    };
    let rule = if from.is_some() { COMES_IN } else { MANAGED };
    for (rule_on, from, why) in places {
        let span = cx.make(PortSpan((port.v, port.v)), MANAGED, &[port.at]);
        openings.push(Opening {
            key: key.to_string(),
            on: rule_on,
            from,
            to: None,
            ports: Ports { ports: vec![(Protocol::Tcp, span)], at: vec![port.at], ..Ports::default() },
            log: Sp::new(true, LOGGED.origin()),
            about: cx.make(about.to_string(), rule, &[&why[..], &[at]].concat()),
            at,
            rule,
        });
    }
}

/// Who calls, each with the interface by which it comes in.
fn callers(x: &At<'_>, f: &CallersFacts, cx: &mut Cx<'_>) -> Vec<(RuleOn, PolicyZone)> {
    let CallersFacts { at: _, vlan, machine, host, vpn, address, net } = f;
    let said = vlan.len() + machine.len() + host.len() + vpn.len() + address.len() + net.len();
    if said == 0 && !cx.spoiled.iter().any(|(at, _)| *at == f.at) {
        let span = cx.span(f.at);
        // To leave it out would let in everybody on the VLAN: that is not what somebody meant who began to say whom.
        let vpn = x.f.vpn.iter().find_map(|v| v.name.as_ref());
        cx.report(
            Diag::new(code::E1140, format!("nobody can manage firewall {} by this", x.firewall.name))
                .at(span, "this says nobody")
                .help(match vpn {
                    Some(v) => format!("from {{ vpn \"{}\" }}", v.v.0),
                    None => "name those who manage it: `machine`, `vpn`, or a `net` of theirs".into(),
                }),
        );
    }
    let mut all = Vec::new();
    for v in vlan {
        if let Some(i) = interface(x, v, cx) {
            all.push((RuleOn::Interface(i.v), PolicyZone::Vlan(Sp::new(x.index.vlan(&v.v.0), v.at))));
        }
    }
    for m in machine {
        let id = x.index.machine(&m.v.0);
        if !id.is_known() {
            continue;
        }
        let own = x.t.machine(id).nics.iter().filter(|n| n.address.is_some());
        let places: Vec<(usize, Sp<VlanId>)> = own.filter_map(|n| Some((x.on(n.vlan.v)?.0, n.vlan))).collect();
        if places.is_empty() {
            nowhere(x, &format!("machine {}", m.v), m.at, "none of its addresses is on a VLAN of this firewall", cx);
        }
        for (i, vlan) in places {
            all.push((RuleOn::Interface(i), PolicyZone::Machine(Sp::new(id, m.at), Some(Sp::new(vlan.v, m.at)))));
        }
    }
    for h in host {
        let id = x.index.host(&h.v.0);
        if !id.is_known() {
            continue;
        }
        let host = x.t.host(id);
        let management = x.t.proxmox(host.proxmox).management.map(|m| m.v);
        let vlans = management.into_iter().chain(host.addresses.iter().map(|a| a.vlan.v));
        let places: Vec<usize> = vlans.filter_map(|v| Some(x.on(v)?.0)).collect();
        if places.is_empty() {
            nowhere(x, &format!("host {}", h.v), h.at, "none of its addresses is on a VLAN of this firewall", cx);
        }
        all.extend(places.into_iter().map(|i| (RuleOn::Interface(i), PolicyZone::Host(Sp::new(id, h.at)))));
    }
    for v in vpn {
        match x.layer.vpns.iter().find(|own| own.name.v == v.v.0) {
            Some(own) => {
                all.push((RuleOn::Vpns(own.kind.v), PolicyZone::Vpn(Sp::new(x.id, v.at), Sp::new(v.v.0.clone(), v.at))))
            }
            // One of this firewall that says too little was reported there.
            None if x.f.vpn.iter().any(|own| own.name.as_ref().is_some_and(|n| n.v.0 == v.v.0)) => {}
            // What is no VPN at all was reported where names are looked up.
            None if !x
                .facts
                .firewall
                .iter()
                .flat_map(|f| &f.vpn)
                .any(|o| o.name.as_ref().is_some_and(|n| n.v.0 == v.v.0)) => {}
            None => nowhere(x, &format!("VPN {}", v.v), v.at, "it is of another firewall", cx),
        }
    }
    for a in address {
        let zone = PolicyZone::Address(a.map(|a| a.0));
        all.extend(behind(x, ipnet::Ipv4Net::from(a.v.0)).into_iter().map(|i| (RuleOn::Interface(i), zone.clone())));
    }
    for n in net {
        let zone = PolicyZone::Net(Net { net: n.map(|n| n.0), except: Vec::new() });
        all.extend(behind(x, n.v.0).into_iter().map(|i| (RuleOn::Interface(i), zone.clone())));
    }
    all
}

fn nowhere(x: &At<'_>, what: &str, at: Origin, why: &str, cx: &mut Cx<'_>) {
    let (a, b) = (cx.span(at), cx.span(x.firewall.at));
    cx.report(
        Diag::new(code::E1141, format!("{what} comes in by no interface of firewall {}", x.firewall.name))
            .at(a, why.to_string())
            .at(b, "this firewall")
            .help("name somebody who is on one of its VLANs, or a network with `net`"),
    );
}

/// The interfaces by which a network comes in: that of its VLAN, that of the router of its route, else every way out.
pub(super) fn behind(x: &At<'_>, net: ipnet::Ipv4Net) -> Vec<usize> {
    let network = &x.layer.network;
    let of_vlan = |i: &FirewallInterface| x.t.vlan(i.vlan.v).subnet.v.contains(&net);
    if let Some(i) = network.interfaces.iter().position(of_vlan) {
        return vec![i];
    }
    if let Some(r) = network.routes.iter().filter(|r| r.net.v.contains(&net)).max_by_key(|r| r.net.v.prefix_len()) {
        return vec![network.gateways[r.gateway].interface];
    }
    (0..network.interfaces.len()).filter(|i| network.interfaces[*i].gateway.is_some()).collect()
}

fn users(x: &At<'_>, f: &AdminFacts, cx: &mut Cx<'_>) -> Vec<FirewallUser> {
    let mut all: Vec<FirewallUser> = Vec::new();
    for u in &f.user {
        let Some(name) = u.name.clone() else { continue };
        let rights = or(u.rights, UserRights::Administrator, ADMINISTRATOR);
        let login = u.login.as_ref().map(|l| Sp::new(x.index.login(&l.v.0), l.at)).filter(|l| l.v.is_known());
        if let Some(login) = &u.login
            && rights.v != UserRights::Administrator
        {
            let (a, b) = (cx.span(login.at), cx.span(rights.at));
            cx.report(
                    Diag::new(code::E1142, format!("account {} would need a shell, which only administrators get", name.v))
                        .at(a, "its keys open nothing")
                        .at(b, "what it may do")
                        .note("OPNsense gives a shell to full administrators only, so nobody jumps through a firewall (RFC 3.1.3)")
                        .help("remove `login`, and let the person come by a VPN or through a machine of its own"),
                );
        }
        let uid = match u.uid {
            Some(stated) => stated.map(|n| n.0),
            None => {
                let hash = blake3::hash(format!("opnsense-uid\0{}", name.v).as_bytes());
                let n = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]);
                cx.make(20_000 + n % 40_000, UID, &[name.at])
            }
        };
        if let Some(twice) = all.iter().find(|o| o.name.v == name.v) {
            let (a, b) = (cx.span(name.at), cx.span(twice.name.at));
            cx.report(
                Diag::new(code::E0202, format!("account {} is stated twice", name.v))
                    .at(a, "again here")
                    .at(b, "first here")
                    .help("keep one of the two"),
            );
            continue;
        }
        if let Some(twice) = all.iter().find(|o| o.uid.v == uid.v) {
            let (a, b) = (cx.span(u.at), cx.span(twice.at));
            cx.report(
                Diag::new(code::E1157, format!("accounts {} and {} have one number: {uid}", name.v, twice.name))
                    .at(a, "this account")
                    .at(b, "and this one")
                    .note("for the system they would be one person")
                    .help(format!("uid={}", uid.v.checked_add(1).unwrap_or(2000))),
            );
        }
        all.push(FirewallUser { name, login, rights, uid, at: u.at });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}

/// A stated name of a secret, when there is one.
pub(super) fn secret(x: &At<'_>, stated: Option<&Sp<SecretRef>>) -> Option<Sp<SecretId>> {
    stated.map(|s| Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())
}

/// Reports a word that is missing; one that cannot be read was reported where it stands.
pub(in crate::pass) fn missing(what: &str, word: &'static str, at: Origin, example: &str, cx: &mut Cx<'_>) {
    if cx.spoiled.contains(&(at, word)) {
        return;
    }
    let span = cx.span(at);
    cx.report(
        Diag::new(code::E1148, format!("{what} has no `{word}`"))
            .at(span, "it does not work without it")
            .help(example.to_string()),
    );
}

/// Reports a word that belongs to another kind.
pub(in crate::pass) fn misplaced(what: &str, word: &str, at: Option<Origin>, kind: Origin, cx: &mut Cx<'_>) {
    let Some(at) = at else { return };
    let (a, b) = (cx.span(at), cx.span(kind));
    cx.report(
        Diag::new(code::E1147, format!("`{word}` is no word of {what}"))
            .at(a, "this has no effect")
            .at(b, "here")
            .help(format!("remove `{word}`")),
    );
}
