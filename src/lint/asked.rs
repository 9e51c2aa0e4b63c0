//! A check of addresses that somebody asks and that the file gives to nobody itself: probes, targets, servers, peers.

use std::net::Ipv4Addr;

use super::Lints;
use crate::diag::{Diag, Sink, code};
use crate::ir::facts::*;
use crate::schema::HostAddress;
use crate::source::Sp;

/// E0303: the first and the last address of a VLAN are no host's (RFC 922; RFC 3021 for links of two), so nobody would answer: a
/// probe is never answered, and a server that nobody is leaves names and logs unanswered.
pub fn network_addresses(x: &Lints<'_>, sink: &mut Sink) {
    for (what, a) in asked(x.facts) {
        let is = |net: ipnet::Ipv4Net| {
            let edge = match a.v {
                first if first == net.network() => Some("network"),
                last if last == net.broadcast() => Some("broadcast"),
                _ => None,
            };
            edge.filter(|_| net.prefix_len() < 31)
        };
        let Some((v, edge)) = x.topology.vlans.iter().find_map(|v| Some((v, is(v.subnet.v)?))) else { continue };
        let first = Ipv4Addr::from(u32::from(v.subnet.v.network()) + 1);
        let last = Ipv4Addr::from(u32::from(v.subnet.v.broadcast()) - 1);
        sink.report(
            Diag::new(code::E0303, format!("{} is the {edge} address of {}", a.v, v.subnet.v))
                .at(x.span(a.at), format!("nobody would answer {what}"))
                .at(x.span(v.subnet.at), "the subnet")
                .help(format!("take an address from {first} to {last}")),
        );
    }
}

/// All of them, and what each is to whom. Routers that nobody is are E1105.
fn asked(facts: &Facts) -> Vec<(&'static str, Sp<Ipv4Addr>)> {
    let mut all: Vec<(&'static str, Sp<Ipv4Addr>)> = Vec::new();
    let mut add = |what, a: Option<&Sp<HostAddress>>| all.extend(a.map(|a| (what, a.map(|a| a.0))));
    for f in &facts.firewall {
        f.wan.iter().filter_map(|w| w.probe.as_ref()).for_each(|p| add("this probe", p.address.as_ref()));
        f.logs.iter().for_each(|l| add("for logs", l.address.as_ref()));
        if let Some(d) = &f.dns {
            d.upstream.iter().for_each(|u| add("for names", u.address.as_ref()));
            d.upstream_tls.iter().for_each(|u| add("for names", u.address.as_ref()));
            d.forward.iter().for_each(|u| add("for names", u.to.as_ref()));
        }
        for d in &f.dhcp {
            d.dns.iter().for_each(|a| add("for names", Some(a)));
            d.ntp.iter().for_each(|a| add("for the time", Some(a)));
        }
    }
    for c in &facts.cluster {
        let e = || c.environment.iter();
        let monitoring = c.monitoring.iter().chain(e().filter_map(|e| e.monitoring.as_ref()));
        monitoring.flat_map(|m| &m.target).for_each(|t| add("Prometheus", t.address.as_ref()));
        let balancers = c.load_balancer.iter().chain(e().flat_map(|e| &e.load_balancer));
        balancers.flat_map(|b| &b.peer).for_each(|p| add("as a peer", p.address.as_ref()));
        for s in c.certificates.iter().chain(e().filter_map(|e| e.certificates.as_ref())) {
            s.resolvers.iter().for_each(|a| add("for names", Some(a)));
            let solvers = s.issuer.iter().filter_map(|i| i.acme.as_ref()).flat_map(|a| &a.dns01);
            solvers.for_each(|d| add("as a name server", d.server.as_ref()));
        }
    }
    let dns = facts.cluster.iter().filter_map(|c| c.dns.as_ref());
    let servers = dns.flat_map(|d| d.server.iter().chain(d.zone.iter().flat_map(|z| &z.server)));
    all.extend(servers.map(|a| ("for names", a.map(|a| a.0))));
    all
}
