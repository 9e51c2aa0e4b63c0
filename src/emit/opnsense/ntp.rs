//! Sections of config.xml: ntpd and whom it asks; decides nothing.

use super::dns::list;
use super::{Section, View};
use crate::ir::{FirewallNtp, TimeServer};
use crate::render::{Composed, Why, Xml};
use crate::words;

crate::rules! {
    78;
    NTPD = "ntpd tells the time to whoever is served." @ "RFC 6.1; OPNsense core 26.7, plugins.inc.d/ntpd.inc";
    LISTEN = "It listens and asks on these interfaces alone: the ways out and those that are served." @ "OPNsense documentation, Network Time: Interfaces";
    PREFER = "Believed before the others while it agrees with them." @ "ntp.conf(5), prefer";
    POOLS = "Each of these names stands for many servers." @ "ntp.conf(5), pool";
    SERVERS = "Whom the firewall asks itself; none would switch its clock off." @ "OPNsense core 26.7, plugins.inc.d/ntpd.inc: ntpd_enabled";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let Some(ntp) = &view.layer.ntp else { return Vec::new() };
    let FirewallNtp { served: _, listen, servers, openings: _, at } = ntp;
    let mut ntpd = Xml::new("ntpd", Why::from(NTPD).also(*at));
    let prefer = names(servers, |s| s.prefer.v);
    if !prefer.text.is_empty() {
        ntpd.put("prefer", (prefer, PREFER));
    }
    let pools = names(servers, |s| s.pool.v);
    if view.caps.ntp_pools && !pools.text.is_empty() {
        ntpd.put("ispool", (pools, POOLS));
    }
    ntpd.put("interface", (list(listen.iter().map(|l| words![view.key(l.v)].citing(l.at))), LISTEN));
    let mut all = names(servers, |_| true);
    // What is not preferred shows nowhere, and is a fact all the same.
    all.why.extend(servers.iter().map(|s| s.prefer.at));
    let mut asked = Xml::new("system", SERVERS);
    asked.put("timeservers", (all, SERVERS));
    let area = Some("ntpd,system.timeservers");
    let times = asked.children().iter().cloned().map(|xml| Section { under: &["system"], xml, area });
    std::iter::once(Section { under: &[], xml: ntpd, area }).chain(times).collect()
}

/// Names of servers, as OPNsense separates them: by a blank.
fn names(servers: &[TimeServer], which: impl Fn(&TimeServer) -> bool) -> Composed {
    let mut all = Composed::default();
    for s in servers.iter().filter(|s| which(s)) {
        let TimeServer { name, prefer: _, pool: _ } = s;
        all = if all.text.is_empty() { words![name] } else { words![all, " ", name] };
    }
    all
}
