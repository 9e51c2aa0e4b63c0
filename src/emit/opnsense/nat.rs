//! Sections of config.xml: port forwards, one-to-one and outbound translation; decides nothing.

use super::{CATEGORY, ON, Section, View};
use crate::consumer::Protocol;
use crate::ir::{Becomes, Forward, Nat, OneToOne, Outbound};
use crate::render::Xml;
use crate::source::Sp;
use crate::words;

crate::rules! {
    75;
    NAT = "Translation is stated whole: restoring the area deletes every port forward and the mode of outbound translation that are not in it." @ "opnsense 0: a restore area replaces whole subtrees";
    AUTOMATIC = "What leaves from the networks of its interfaces gets the address of the way out; nothing else is translated." @ "OPNsense core 26.7, Firewall/Filter.xml: general, snat_mode";
    HYBRID = "Stated and derived rules come before what OPNsense does by itself for the networks of its interfaces." @ "OPNsense core 26.7, Firewall/Filter.xml: general, snat_mode; opnsense 2";
    FORWARD = "Only the translation: an explicit filter rule says what passes, because an automatic one comes after every other rule." @ "RFC 6.1; opnsense 0 (7)";
    NO_PASS = "Empty is no rule at all; any other value opens something." @ "OPNsense core 26.7, Firewall/DNat.xml: pass; opnsense 0 (7)";
    ANYBODY = "Who may is in the filter rule, so this is for everybody." @ "RFC 6.1; opnsense 3";
    IPV4 = "IPv4 only." @ "RFC 6.1";
    REFLECT = "Clients inside reach the public address too." @ "OPNsense core 26.7, Firewall/DNat.xml: natreflection";
    NO_REFLECT = "Clients inside are not translated, whatever the system's default is." @ "OPNsense core 26.7, Firewall/DNat.xml: natreflection";
    ONE_TO_ONE = "Both directions, all protocols; filter rules say what passes." @ "OPNsense core 26.7, Firewall/Filter.xml: onetoone";
    SNAT = "Translation of what leaves." @ "OPNsense core 26.7, Firewall/Filter.xml: snatrules";
    EVERYTHING = "Every protocol is translated." @ "OPNsense core 26.7, Firewall/Filter.xml: snatrules, protocol";
    EVERYBODY = "Whoever it is for." @ "OPNsense core 26.7, Firewall/Filter.xml: destination_net";
    NPT = "There is no IPv6 to translate." @ "OPNsense core 26.7, Firewall/Filter.xml: npt";
    INTERFACE_ADDRESS = "The address that the interface has at the time." @ "OPNsense core 25.7, Firewall/Filter.xml: snatrules, target";
}

/// The restore area that holds all translation (restore-areas.txt): all four parts in one file, always.
const AREA: &str =
    "nat,OPNsense.Firewall.Filter.snatrules,OPNsense.Firewall.Filter.npt,OPNsense.Firewall.Filter.onetoone";

/// The legacy section: port forwards and the mode of outbound translation.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    // Openings are rules of the filter, the others are in its container.
    let Nat { forwards, one_to_one: _, outbound, openings: _ } = &view.layer.nat;
    let mut xml = Xml::new("nat", NAT);
    xml.element("outbound", NAT, |x| {
        x.put("mode", if outbound.is_empty() { ("automatic", AUTOMATIC) } else { ("hybrid", HYBRID) });
    });
    for f in forwards {
        xml.push(forward(view, f));
    }
    vec![Section { under: &[], xml, area: Some(AREA) }]
}

/// A port forward. Before there was a model of them they had no order but that of the file, and any `pass` was a bypass of
/// the filter.
fn forward(view: &View<'_>, f: &Forward) -> Xml {
    let Forward { key, sequence, interface, protocol, public, ports, target, target_port, reflect, log, about, at } = f;
    let mut x = view.item("rule", &format!("nat/forward/{key}"), FORWARD);
    x.cite(*at);
    // Its filter rule logs; a second line for the translation would say the same.
    x.cite(log.at);
    match view.caps.dnat_model {
        true => x.put("sequence", sequence),
        false => x.cite(sequence.at),
    }
    x.put("interface", view.key(*interface));
    x.put("ipprotocol", ("inet", IPV4));
    let spelled = match protocol.v {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    };
    x.put("protocol", Sp::new(spelled, protocol.at));
    x.element("source", ANYBODY, |s| s.put("network", ("any", ANYBODY)));
    x.element("destination", *at, |d| {
        d.put("network", public);
        d.put("port", ports.map(|p| p.to_string()));
    });
    x.put("target", target);
    x.put("local-port", target_port);
    x.put("category", ("topoc", CATEGORY));
    x.put("descr", about);
    match reflect.v {
        true => x.put("natreflection", (words!["purenat"].citing(reflect.at), REFLECT)),
        false => x.put("natreflection", (words!["disable"].citing(reflect.at), NO_REFLECT)),
    }
    if view.caps.dnat_model {
        x.put("pass", ("", NO_PASS));
    }
    x
}

/// Translation of what leaves, for the container of filter rules.
pub fn snat(view: &View<'_>) -> Xml {
    let mut all = Xml::new("snatrules", NAT);
    for o in &view.layer.nat.outbound {
        let Outbound { key, sequence, interface, source, target, becomes, about, at } = o;
        let mut x = view.item("rule", &format!("nat/outbound/{key}"), SNAT);
        x.cite(*at);
        x.put("enabled", (true, ON));
        if let Becomes::Kept(kept) = becomes {
            x.put("nonat", kept);
        }
        x.put("sequence", sequence);
        x.put("interface", view.key(*interface));
        x.put("ipprotocol", ("inet", IPV4));
        x.put("protocol", ("any", EVERYTHING));
        x.put("source_net", source);
        match target {
            Some(t) => x.put("destination_net", t),
            None => x.put("destination_net", ("any", EVERYBODY)),
        }
        match becomes {
            Becomes::Kept(_) => {}
            Becomes::Address(a) => x.put("target", a),
            // Empty means the same in later releases, and the first address alone.
            Becomes::Interface(by) if view.caps.snat_target_required => {
                x.put("target", (words![view.key(*interface), "ip"].citing(by.at), INTERFACE_ADDRESS));
            }
            Becomes::Interface(by) => x.cite(by.at),
        }
        x.put("categories", view.category());
        x.put("description", about);
        all.push(x);
    }
    all
}

/// Machines with a public address of their own, for the container of filter rules.
pub fn one_to_one(view: &View<'_>) -> Xml {
    let mut all = Xml::new("onetoone", NAT);
    for o in &view.layer.nat.one_to_one {
        let OneToOne { key, sequence, interface, public, seen, inside, machine, about, at } = o;
        let mut x = view.item("rule", &format!("nat/one-to-one/{key}"), ONE_TO_ONE);
        x.cite(*at);
        x.cite(public.at);
        x.cite(machine.at);
        x.put("enabled", (true, ON));
        x.put("sequence", sequence);
        x.put("interface", view.key(*interface));
        x.put("type", ("binat", ONE_TO_ONE));
        x.put("source_net", inside);
        x.put("destination_net", ("any", EVERYBODY));
        x.put("external", seen);
        x.put("categories", view.category());
        x.put("description", about);
        all.push(x);
    }
    all
}

/// Translation of IPv6 networks, for the container of filter rules: none, and said so, or a restore would leave old ones.
pub fn npt(_: &View<'_>) -> Xml {
    Xml::new("npt", NPT)
}
