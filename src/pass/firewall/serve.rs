//! What services of a firewall share: where one may be served, and the opening for those who are served; spells nothing.

use std::net::Ipv4Addr;

use super::At;
use crate::consumer::Protocol;
use crate::diag::{Diag, code};
use crate::ir::*;
use crate::pass::Cx;
use crate::schema::{Domain, Name, PortSpan};
use crate::source::{Origin, Rule, Sp};

/// The interface on a VLAN that a service names; reports one where the firewall has none, and a way out.
pub(super) fn interface(x: &At<'_>, name: &Name, at: Origin, what: &str, cx: &mut Cx<'_>) -> Option<Sp<usize>> {
    let vlan = x.index.vlan(name);
    if !vlan.is_known() {
        return None;
    }
    let Some((n, i)) = x.on(vlan) else {
        if !x.t.incomplete.firewalls.contains(&x.id) {
            let (a, b) = (cx.span(at), cx.span(x.firewall.at));
            cx.report(
                Diag::new(code::E1160, format!("firewall {} has no interface on VLAN {name}", x.firewall.name))
                    .at(a, format!("nobody there could ask it for {what}"))
                    .at(b, "this firewall")
                    .help(format!("interface \"{name}\"")),
            );
        }
        return None;
    };
    let leg = &x.firewall.legs[i.leg];
    if leg.gateway.is_some() || x.f.wan.iter().any(|w| w.at == leg.at) {
        let (a, b) = (cx.span(at), cx.span(leg.at));
        cx.report(
            Diag::new(code::E1161, format!("VLAN {name} is a way out of firewall {}", x.firewall.name))
                .at(a, format!("strangers would ask it for {what}"))
                .at(b, "the way out")
                .help("serve VLANs of its `interface` statements only"),
        );
        return None;
    }
    Some(Sp::new(n, at))
}

/// Reports what a list names a second time.
pub(super) fn twice(what: &str, again: Origin, first: Origin, cx: &mut Cx<'_>) {
    let (a, b) = (cx.span(again), cx.span(first));
    cx.report(
        Diag::new(code::E0202, format!("{what} is stated twice"))
            .at(a, "again here")
            .at(b, "first here")
            .help("keep one of the two"),
    );
}

/// Every address of the firewall and of its nodes.
pub(super) fn own<'a>(x: &'a At<'_>) -> impl Iterator<Item = Sp<Ipv4Addr>> + 'a {
    let nodes = x.firewall.nodes.iter().flat_map(|n| &x.t.machine(*n).nics).filter_map(|n| n.address);
    x.firewall.legs.iter().filter_map(|l| l.address).chain(nodes)
}

/// Reports a server that is the firewall itself: it would ask itself what it does not know.
pub(super) fn not_itself(x: &At<'_>, server: Sp<Ipv4Addr>, what: &str, cx: &mut Cx<'_>) {
    let Some(own) = own(x).find(|a| a.v == server.v || server.v.is_loopback()) else { return };
    let (a, b) = (cx.span(server.at), cx.span(own.at));
    cx.report(
        Diag::new(code::E1167, format!("firewall {} would ask itself for {what}", x.firewall.name))
            .at(a, "this is one of its own addresses")
            .at(b, "the firewall")
            .help("name a server that is not this firewall"),
    );
}

/// Reports a server that is the firewall or one of its nodes by name, with or without the topology's domain.
pub(super) fn named_itself(x: &At<'_>, server: &Sp<Domain>, what: &str, cx: &mut Cx<'_>) {
    let domain = x.t.meta.as_ref().and_then(|m| m.domain.as_ref());
    let short = domain.and_then(|d| server.v.strip_suffix(&*d.v.0)?.strip_suffix('.'));
    let called = |name: &Name| name.as_str() == &*server.v.0 || short == Some(name.as_str());
    let nodes = x.firewall.nodes.iter().map(|n| x.t.machine(*n)).map(|m| (&m.name, m.at));
    let mut own = nodes.chain([(&x.firewall.name, x.firewall.at)]);
    let Some((_, at)) = own.find(|(name, _)| called(&name.v)) else { return };
    let (a, b) = (cx.span(server.at), cx.span(at));
    cx.report(
        Diag::new(code::E1167, format!("firewall {} would ask itself for {what}", x.firewall.name))
            .at(a, "this is one of its own names")
            .at(b, "the firewall")
            .help("name a server that is not this firewall"),
    );
}

/// A rule for those who are served: the firewall itself, at one port.
pub(super) fn opening(
    key: String,
    (on, from): (RuleOn, OpeningFrom),
    protocols: &[Protocol],
    port: Sp<u16>,
    about: &str,
    at: Origin,
    rule: Rule,
) -> Opening {
    let span = port.map(|p| PortSpan((p, p)));
    let ports = Ports { ports: protocols.iter().map(|p| (*p, span)).collect(), ..Ports::default() };
    Opening {
        key,
        on,
        from,
        to: None,
        ports,
        log: Sp::new(false, rule.origin()),
        about: Sp::new(about.into(), rule.origin()),
        at,
        rule,
    }
}
