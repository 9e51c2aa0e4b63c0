//! Checks of a firewall's answers to questions for names; a lint changes nothing.

use super::super::Lints;
use super::asked::{Service, Stated, compare};
use crate::diag::{Diag, Sink, code};
use crate::ir::ServedBy;
use crate::source::Sp;

/// All of them.
pub const LINTS: &[super::Lint] = &[asked, inside_ports];

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
