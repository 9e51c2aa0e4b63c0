//! The document about monitoring: what is probed, and what is not and why; decides nothing.

use super::*;
use crate::emit::Site;
use crate::ir::{Probe, ProbeHow, ProbeOf, Topology, Unprobed, UnprobedWhat};
use crate::render::Remark;
use crate::render::template::{Val, render};

/// The one document, where a cluster has monitoring.
pub(super) fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let clusters: Vec<Val> = t
        .clusters
        .iter()
        .filter_map(|c| {
            let m = c.layer.monitoring.as_ref()?;
            Some(Val::Record(vec![
                ("name", words![c.name].citing(m.at).into()),
                ("probes", Val::Many(m.probes.iter().map(|p| probe(t, p)).collect())),
                ("unprobed", Val::Many(m.unprobed.iter().map(|u| unprobed(t, u)).collect())),
            ]))
        })
        .collect();
    if clusters.is_empty() {
        return;
    }
    let values = [("cloud", words![sealed.meta().name].into()), ("clusters", Val::Many(clusters))];
    let text = render("monitoring.md", include_str!("monitoring.md"), DOCUMENT, &values);
    out.text(Site::Reader, "documents/monitoring.md".into(), text);
}

fn probe(t: &Topology, p: &Probe) -> Val {
    let Probe { of, how, address, port, inside: _ } = p;
    let at = address.at;
    let text = |s: &str| Composed { text: s.into(), why: vec![at] };
    let what = match of {
        ProbeOf::Firewall(f, vlan, name) => {
            words!["firewall ", t.firewall(*f).name, " as ", text(name), " on VLAN ", t.vlan(*vlan).name]
        }
        ProbeOf::Critical(vlan, name) => words![text(name), " on VLAN ", t.vlan(*vlan).name],
        ProbeOf::Publish(slug) => words!["published: ", text(slug)],
        ProbeOf::Expect(slug) => words!["expected: ", text(slug)],
    };
    let by = match how {
        ProbeHow::Ping => "a ping",
        ProbeHow::Connect => "a connection",
        ProbeHow::Http => "a request",
        ProbeHow::Tls(..) => "a connection with TLS, and how long its certificate lasts",
    };
    let place = port.map_or_else(|| words![address], |p| words![address, ":", p]);
    Val::Record(vec![("what", what.into()), ("place", place.into()), ("how", words![by].into())])
}

fn unprobed(t: &Topology, u: &Unprobed) -> Val {
    let Unprobed { what, why } = u;
    let what = match what {
        UnprobedWhat::Address(name, vlan, a) => words![name, " on VLAN ", t.vlan(*vlan).name, ", ", a],
        UnprobedWhat::Publish(name) => words!["published: ", name],
        UnprobedWhat::Expect(name) => words!["expected: ", Remark(name)],
    };
    Val::Record(vec![("what", what.into()), ("why", words![why].into())])
}
