//! Checks of a firewall's nat; a lint changes nothing.

use crate::consumer::Protocol;
use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::lint::Lints;
use crate::schema::Delivery;

/// All of them.
pub const LINTS: &[super::Lint] = &[inner, listens, inside, closed];

/// E1123: what the upstream translates to is in the subnet of the way out, and stated where it translates.
fn inner(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.topology.public {
        let (Some(how), Some(to)) = (p.how, p.to.filter(|f| f.v.is_known())) else { continue };
        let Some((_, leg)) = p.leg(x.topology.firewall(to.v)) else { continue };
        let v = x.topology.vlan(leg.vlan.v);
        for ((from, last), inner) in p.ranges.iter().zip(&p.inner) {
            let Some(inner) = inner else { continue };
            if how.v != Delivery::OneToOne {
                sink.report(
                    Diag::new(code::E1123, format!("nobody translates {} to {}", from.v, inner.v))
                        .at(x.span(inner.at), "packets never come with this address")
                        .at(x.span(how.at), "they come with the public one")
                        .help("remove `inner`, or delivered \"one-to-one\""),
                );
                continue;
            }
            let count = u32::from(last.v).saturating_sub(u32::from(from.v));
            let end = u32::from(inner.v).checked_add(count).map(std::net::Ipv4Addr::from);
            let usable = |a: std::net::Ipv4Addr| {
                v.subnet.v.contains(&a) && a != v.subnet.v.network() && a != v.subnet.v.broadcast()
            };
            if !usable(inner.v) || !end.is_some_and(usable) {
                let run = end.map_or("beyond all addresses".to_string(), |e| e.to_string());
                sink.report(
                    Diag::new(
                        code::E1123,
                        format!("{} to {run} is not inside {} of VLAN {}", inner.v, v.subnet.v, v.name),
                    )
                    .at(x.span(inner.at), "the upstream would look for them there and find nobody")
                    .at(x.span(v.subnet.at), "the way out by which they come")
                    .help("state the addresses that the upstream translates to"),
                );
            }
        }
    }
}

/// L1134: what is published to a way in for HTTP or to API servers is a port that they listen at.
fn listens(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.topology.publishes {
        let cluster = match &p.to {
            PolicyZone::Ingress(c) | PolicyZone::Api(c) => c,
            _ => continue,
        };
        let c = x.topology.cluster(cluster.v);
        let (ports, at, who) = match &p.to {
            PolicyZone::Api(_) => (vec![c.api.port.v], c.api.port.at, "the API".to_string()),
            _ => {
                let found =
                    c.layer.ingresses.iter().find(|i| i.address.as_ref().is_some_and(|(_, a)| a.v == p.target.v));
                let Some(i) = found else { continue };
                let ports = match &i.kind {
                    // The controller's service has these two (ingress-nginx chart, controller.service.ports).
                    IngressKind::Nginx(_) => vec![80, 443],
                    IngressKind::Gateway(g) => g.listeners.iter().map(|l| l.port.v).collect(),
                };
                (ports, i.at, format!("ingress \"{}\"", i.by))
            }
        };
        for (protocol, span) in &p.ports.ports {
            let first = p.to_port.map_or(span.v.0.0, |t| t.v.0);
            let one = span.v.0.0 == span.v.0.1;
            if one && *protocol == Protocol::Tcp && ports.contains(&first) {
                continue;
            }
            let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
            sink.report(
                Diag::new(
                    code::L1134,
                    format!(
                        "\"{}\" leads to {} port {first} of {who}, where nobody listens",
                        p.name.v.0,
                        protocol.word()
                    ),
                )
                .at(x.span(span.at), "published")
                .at(x.span(at), format!("it listens at TCP {}", list.join(", ")))
                .help(match (&p.to, ports.first()) {
                    (PolicyZone::Api(_), Some(port)) => format!("to-port {port}"),
                    _ => format!("a listener at port {first}, or do not publish it"),
                }),
            );
        }
    }
}

/// L1135: whoever is inside does not come in by a way out.
fn inside(x: &Lints<'_>, sink: &mut Sink) {
    for p in &x.topology.publishes {
        let f = x.topology.firewall(p.firewall.v);
        let out = f.legs[p.leg].vlan.v;
        for z in &p.from {
            let never = match z {
                PolicyZone::Vlan(v) => v.v != out,
                PolicyZone::Machine(m, _) => x.topology.machine(m.v).nics.iter().all(|n| n.vlan.v != out),
                PolicyZone::Nodes(_) | PolicyZone::Pods(_) | PolicyZone::Api(_) | PolicyZone::Ingress(_) => true,
                PolicyZone::Vpn(g, _) => g.v == p.firewall.v,
                PolicyZone::Firewall(g) => g.v == p.firewall.v,
                PolicyZone::Host(_)
                | PolicyZone::Net(_)
                | PolicyZone::Address(_)
                | PolicyZone::Name(_)
                | PolicyZone::Country(_)
                | PolicyZone::Feed(..)
                | PolicyZone::Internet(_) => false,
            };
            if never {
                sink.report(
                    Diag::new(
                        code::L1135,
                        format!(
                            "\"{}\" is for somebody who never comes in by VLAN {}",
                            p.name.v.0,
                            x.topology.vlan(out).name
                        ),
                    )
                    .at(x.span(z.at()), "this is inside")
                    .at(x.span(p.at), "the public address is reached from outside")
                    .help("an `allow` to the inner address; names should have it inside"),
                );
            }
        }
    }
}

/// L1136: a machine with a public address of its own is reached by somebody.
fn closed(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        for o in &f.layer.nat.one_to_one {
            let m = x.topology.machine(o.machine.v);
            let meant = |z: &PolicyZone| match z {
                PolicyZone::Machine(id, on) => {
                    id.v == o.machine.v
                        && on.is_none_or(|v| {
                            m.nics.iter().any(|n| n.vlan.v == v.v && n.address.is_some_and(|a| a.v == o.inside.v))
                        })
                }
                PolicyZone::Vlan(v) => x.topology.vlan(v.v).subnet.v.contains(&o.inside.v),
                PolicyZone::Net(n) => n.net.v.contains(&o.inside.v),
                PolicyZone::Address(a) => a.v == o.inside.v,
                PolicyZone::Nodes(n) => x.topology.cluster(n.v.0).groups[n.v.1 as usize].nodes.contains(&o.machine.v),
                PolicyZone::Host(_)
                | PolicyZone::Pods(_)
                | PolicyZone::Name(_)
                | PolicyZone::Country(_)
                | PolicyZone::Feed(..)
                | PolicyZone::Firewall(_)
                | PolicyZone::Vpn(..)
                | PolicyZone::Api(_)
                | PolicyZone::Ingress(_)
                | PolicyZone::Internet(_) => false,
            };
            let far = |z: &PolicyZone| x.topology.is_beyond(z);
            if !x.topology.allows.iter().any(|a| a.from.iter().any(far) && a.to.iter().any(meant)) {
                sink.report(
                    Diag::new(code::L1136, format!("nothing lets anybody reach {} at {}", m.name, o.public.v))
                        .at(x.span(o.at), "it has all of that address, and every port of it is closed")
                        .help(format!(
                            "allow \"…\" {{ from {{ internet }}; to {{ machine \"{}\" }}; service \"https\" }}",
                            m.name
                        )),
                );
            }
        }
    }
}
