//! Pass: what a firewall itself listens on, compared once all of it is decided; changes nothing.

use super::At;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::VpnCarrier;
use crate::source::Origin;

/// Something that listens.
struct Listener {
    /// What messages call it.
    what: String,
    /// What carries it.
    protocol: Protocol,
    /// Its port.
    port: u16,
    /// Where it is said, or the statement that it comes with.
    at: Origin,
    /// The port to offer first in its place, counted from its own.
    beside: u16,
}

/// E1143: two programs never listen on one port, on whatever interfaces: who starts second does not start at all.
pub(super) fn check(x: &At<'_>, cx: &mut Cx<'_>) {
    let all = listeners(x);
    for (n, l) in all.iter().enumerate() {
        let same = |o: &&Listener| o.protocol == l.protocol && o.port == l.port;
        let Some(other) = all[..n].iter().find(same) else { continue };
        let taken = |p: u16| all.iter().any(|o| o.protocol == l.protocol && o.port == p);
        let above = |from: u16| (from..=u16::MAX).find(|p| !taken(*p));
        let free = l.port.checked_add(l.beside).and_then(above).or_else(|| above(8443)).unwrap_or(8443);
        let carrier = if l.protocol == Protocol::Tcp { "TCP" } else { "UDP" };
        let (a, b) = (cx.span(l.at), cx.span(other.at));
        cx.report(
            Diag::new(code::E1143, format!("{} and {} would listen on {carrier} port {}", l.what, other.what, l.port))
                .at(a, "one of them")
                .at(b, "the other")
                .note("each listens on all addresses of the firewall, or on those that the other has too")
                .help(format!("port {free}")),
        );
    }
}

/// All of them: those whose port is the protocol's come first, so that the one that can move is told to.
fn listeners(x: &At<'_>) -> Vec<Listener> {
    let mut all: Vec<Listener> = Vec::new();
    let mut add = |what: String, protocol, port, at, beside| all.push(Listener { what, protocol, port, at, beside });
    let FirewallLayer {
        network: _,
        pair: _,
        vpns,
        admin,
        dns,
        ntp,
        dhcp,
        watch,
        shaper: _,
        ids: _,
        nat: _,
        filter: _,
        backup: _,
    } = x.layer;
    if let Some(d) = dns {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            add("the name server".into(), protocol, d.port.v, d.at, 5300);
        }
    }
    if let Some(n) = ntp {
        add("the time server".into(), Protocol::Udp, 123, n.at, 1);
    }
    if let Some(d) = dhcp.first() {
        add("the DHCP server".into(), Protocol::Udp, 67, d.at, 1);
        if let Some(p) = d.partners.first() {
            add("the control agent of the DHCP server".into(), Protocol::Tcp, CONTROL_AGENT, d.at, 1);
            add("the link of the DHCP server to its partner".into(), Protocol::Tcp, p.port.v, d.at, 1);
        }
    }
    if let Some(m) = &watch.metrics {
        if let Some(s) = &m.snmp {
            add("the SNMP agent".into(), Protocol::Udp, 161, s.at, 1);
        }
        if let Some(port) = m.node_exporter {
            let at = if port.at.rule().is_some() { m.at } else { port.at };
            add("the node exporter".into(), Protocol::Tcp, port.v, at, 1);
        }
    }
    if let Some(a) = admin {
        if x.f.admin.as_ref().is_some_and(|f| f.web.is_some()) {
            add("the web interface".into(), Protocol::Tcp, a.web.port.v, a.web.at, 8000);
        }
        if let Some(s) = &a.ssh {
            add("SSH".into(), Protocol::Tcp, s.port.v, s.at, 8000);
        }
    }
    for v in vpns {
        let tcp = matches!(&v.speaks, VpnSpeaks::Openvpn(o) if o.carrier.v == VpnCarrier::Tcp);
        let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
        // Below 1024 are the ports of services: what stands in for one of them is OPNsense's first number for a VPN.
        let beside = if v.port.v < 1024 { 51820 - v.port.v } else { 1 };
        add(format!("VPN {}", v.name), protocol, v.port.v, v.at, beside);
    }
    all
}

/// The port of Kea's control agent, which OPNsense gives it (core 26.7, Kea/KeaCtrlAgent.xml: http_port); it runs for pairs.
const CONTROL_AGENT: u16 = 8000;
