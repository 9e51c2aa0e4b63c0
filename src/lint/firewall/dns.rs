//! Checks of a firewall's answers to questions for names; a lint changes nothing.

use super::super::Lints;
use super::asked::{Service, Stated, compare};
use crate::diag::{Diag, Sink, code};
use crate::ir::facts::FirewallRecordFacts;
use crate::ir::{FirewallId, ServedBy};
use crate::source::Sp;

/// All of them.
pub const LINTS: &[super::Lint] = &[asked, api_without_record, inside_ports];

/// E1162, L1171: names are asked where they are served, and only there.
fn asked(x: &Lints<'_>, sink: &mut Sink) {
    let service = Service {
        what: "names",
        word: "dns",
        asks: "resolve",
        of: |c| c.dns.clone(),
        of_pods: |l| &l.dns.upstreams,
        port: 53,
        answers: |f| f.layer.dns.as_ref().map(|d| d.port),
        served: |f| {
            let dns = f.layer.dns.as_ref()?;
            let vlans = dns.served.iter().filter_map(|s| match s.who {
                ServedBy::Vlan(n) => Some(Sp::new(f.layer.network.interfaces[n].vlan.v, s.name.at)),
                ServedBy::Vpn(_) | ServedBy::Pods(_) => None,
            });
            Some(Stated { vlans: vlans.collect(), at: dns.at })
        },
    };
    compare(x, service, sink);
}

/// L1175: the name of the API has a record where it is asked for (RFC fault N12). Its nodes and pods learn it from the
/// installer; machines and hosts ask whom `resolve` names, and where that is a firewall, it must know the name.
fn api_without_record(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let clients = t.machines.iter().map(|m| &m.clients).chain(t.hosts.iter().map(|h| &h.clients));
    let asked: Vec<_> = clients.flat_map(|c| c.dns.iter().copied()).collect();
    for c in &t.clusters {
        let said = x.facts.cluster.iter().find(|f| f.name.as_ref().is_some_and(|n| n.v.0 == c.name.v));
        // A name that nobody stated is for those alone who learn it by themselves.
        let Some(name) = said.and_then(|f| f.api.as_ref()?.name.as_ref()) else { continue };
        let learnt = match said.is_some_and(|f| f.install.is_some()) {
            true => "its nodes and pods alone learn this name, from the installer",
            false => "nobody learns this name",
        };
        for (id, f) in (0u32..).map(FirewallId).zip(&t.firewalls) {
            let asks = asked.iter().find_map(|a| {
                let leg = f.legs.iter().find(|l| l.address.is_some_and(|own| own.v == a.v))?;
                Some((a.at, leg.vlan.v))
            });
            let Some((at, vlan)) = asks.filter(|(_, v)| v.is_known()) else { continue };
            let facts = x.facts.firewall.iter().find(|s| s.name.as_ref().is_some_and(|n| n.v.0 == f.name.v));
            let (why, help) = match facts.and_then(|s| s.dns.as_ref()) {
                // Whoever asks where nobody serves is told so of every name (E1162).
                None if !f.layer.network.interfaces.is_empty() && !t.incomplete.firewalls.contains(&id) => continue,
                None => ("it serves no names", format!("dns {{ serve \"{}\" }} in the firewall", t.vlan(vlan).name)),
                Some(d) if d.own_names.is_none_or(|o| o.v) => continue,
                Some(d) => {
                    let of = |r: &FirewallRecordFacts| {
                        let named = r.name.as_ref().is_some_and(|n| n.v == c.api.name.v);
                        named || r.api.as_ref().is_some_and(|a| a.v.0 == c.name.v)
                    };
                    if d.record.iter().any(of) {
                        continue;
                    }
                    ("it leaves out the names of this file", format!("record \"{}\" api=\"{}\"", c.api.name, c.name))
                }
            };
            sink.report(
                Diag::new(code::L1175, format!("{} has no record where it is asked for", c.api.name))
                    .at(x.span(name.at), learnt)
                    .at(x.span(at), format!("machines and hosts ask firewall {}: {why}", f.name))
                    .help(help),
            );
        }
    }
}

/// L1174: who is inside asks the server itself, where nothing translates the port (RFC fault N11).
fn inside_ports(x: &Lints<'_>, sink: &mut Sink) {
    for i in x.facts.firewall.iter().filter_map(|f| f.dns.as_ref()).flat_map(|d| &d.inside) {
        let (Some(name), Some(publish)) = (&i.name, &i.publish) else { continue };
        let Some(p) = x.topology.publishes.iter().find(|p| p.name.v == publish.v) else { continue };
        let Some(port) = p.to_port.filter(|to| p.ports.ports.iter().any(|(_, span)| span.v.0 != (to.v.0, to.v.0)))
        else {
            continue;
        };
        sink.report(
            Diag::new(code::L1174, format!("{name} answers at port {port} for those who are inside"))
                .at(x.span(publish.at), "they get the address of the server itself")
                .at(x.span(port.at), "only what comes from outside is sent to this port")
                .help("serve it at the port at which it is published, or leave `inside` out"),
        );
    }
}
