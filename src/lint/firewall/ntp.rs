//! Checks of the time that a firewall tells others; a lint changes nothing.

use super::super::Lints;
use super::asked::{Service, Stated, compare};
use crate::diag::{Diag, Sink, code};
use crate::source::Sp;

/// All of them.
pub const LINTS: &[super::Lint] = &[asked, two_clocks];

/// E1162, L1171: the time is asked where it is served, and only there.
fn asked(x: &Lints<'_>, sink: &mut Sink) {
    let service = Service {
        what: "the time",
        word: "ntp",
        asks: "time",
        of: |c| c.ntp.iter().filter_map(|n| Some(Sp::new(n.v.parse().ok()?, n.at))).collect(),
        of_pods: |_| &[],
        port: 123,
        answers: |_| None,
        served: |f| {
            let ntp = f.layer.ntp.as_ref()?;
            let vlans = ntp.served.iter().map(|s| Sp::new(f.layer.network.interfaces[s.v].vlan.v, s.at));
            Some(Stated { vlans: vlans.collect(), at: ntp.at })
        },
    };
    compare(x, service, sink);
}

/// L1173: of two clocks nobody knows which is wrong (RFC 8633 section 3.2).
fn two_clocks(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        let Some(ntp) = &f.layer.ntp else { continue };
        let [first, second] = &ntp.servers[..] else { continue };
        if first.pool.v || second.pool.v || first.prefer.v || second.prefer.v {
            continue;
        }
        sink.report(
            Diag::new(code::L1173, format!("firewall {} asks two servers for the time", f.name))
                .at(x.span(second.name.at), "when they disagree, nobody knows which is wrong")
                .at(x.span(first.name.at), "the other")
                .help(format!("server \"{}\" prefer=#true, or four servers", first.name)),
        );
    }
}
