//! Pass: the time that a firewall tells others, and whom it asks itself; spells nothing.

use super::At;
use super::serve::{interface, named_itself, not_itself, opening, twice};
use crate::consumer::Protocol;
use crate::ir::*;
use crate::pass::{Cx, or};
use crate::source::Sp;

crate::rules! {
    54;
    PORT = "the port of the protocol" @ "RFC 5905 section 7.2";
    ASK = "who is served may ask the firewall" @ "RFC 6.1; opnsense 3";
    WAYS_OUT = "it asks others by the interfaces that it listens on, so the ways out are among them" @ "OPNsense documentation, Network Time: Interfaces";
    PREFER = "no server is believed before the others, as nothing else is stated" @ "OPNsense core 26.7, services_ntpd.php";
    POOL = "a name of the NTP pool stands for many servers, any other for one" @ "ntp.conf(5), pool";
}

/// Decides it from the firewall's statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<FirewallNtp> {
    let n = x.f.ntp.as_ref()?;
    let mut served: Vec<Sp<usize>> = Vec::new();
    for (i, s) in n.serve.iter().enumerate() {
        // The reader reports what a list says twice.
        if n.serve[..i].iter().all(|f| f.v != s.v) {
            served.extend(interface(x, &s.v.0, s.at, "the time", cx));
        }
    }
    served.sort_by_key(|s| s.v);
    let interfaces = x.layer.network.interfaces.iter().enumerate();
    let ways = interfaces.filter(|(_, i)| i.gateway.is_some());
    let mut listen: Vec<Sp<usize>> = ways.map(|(n, i)| (n, i.at)).map(|(n, at)| cx.make(n, WAYS_OUT, &[at])).collect();
    listen.extend(served.iter().copied());
    let mut servers: Vec<TimeServer> = Vec::new();
    for s in &n.server {
        let Some(name) = s.name.clone() else { continue };
        if let Some(first) = servers.iter().find(|f| f.name.v == name.v) {
            twice(&format!("server {name}"), name.at, first.name.at, cx);
            continue;
        }
        if let Ok(address) = name.v.parse() {
            not_itself(x, Sp::new(address, name.at), "the time", cx);
        }
        named_itself(x, &name, "the time", cx);
        let pool = &*name.v == "pool.ntp.org" || name.v.ends_with(".pool.ntp.org");
        let pool = Sp::new(pool, POOL.origin());
        servers.push(TimeServer { prefer: or(s.prefer, false, PREFER), pool, name });
    }
    servers.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    let port = Sp::new(123, PORT.origin());
    let open = |s: &Sp<usize>| {
        let whom = (RuleOn::Interface(s.v), OpeningFrom::ItsNetwork);
        opening("ntp".into(), whom, &[Protocol::Udp], port, "The time is asked of the firewall", s.at, ASK)
    };
    let openings = served.iter().map(open).collect();
    Some(FirewallNtp { served, listen, servers, openings, at: n.at })
}
