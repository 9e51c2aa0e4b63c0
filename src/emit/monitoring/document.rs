//! The document about monitoring: what is probed, and what is not and why; decides nothing.

use super::*;
use crate::emit::Site;
use crate::ir::{Layer, Probe, ProbeHow, ProbeOf, Topology, Unprobed, UnprobedWhat};
use crate::render::Remark;
use crate::render::template::{Val, render};

/// The one document, where a cluster has monitoring.
pub(super) fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let mut clusters: Vec<Val> = Vec::new();
    for c in &t.clusters {
        let of = |l: &Layer| {
            let m = l.monitoring.as_ref()?;
            let probes: Vec<_> = m.probes.iter().map(|p| probe(t, p)).collect();
            let unprobed: Vec<_> = m.unprobed.iter().map(|u| unprobed(t, u)).collect();
            Some((m.at, probes, unprobed))
        };
        let own = of(&c.layer);
        if let Some((at, probes, unprobed)) = &own {
            clusters.push(section(words![c.name].citing(*at), (probes, unprobed), None));
        }
        for e in &c.environments {
            let Some((at, mut probes, mut unprobed)) = of(&e.layer) else { continue };
            let name = words![c.name, " in environment ", e.name].citing(at);
            let Some((_, known, left)) = &own else {
                clusters.push(section(name, (&probes, &unprobed), None));
                continue;
            };
            let gone: Vec<_> = known.iter().filter(|k| !has(&probes, k)).map(|[what, ..]| what.clone()).collect();
            probes.retain(|p| !has(known, p));
            unprobed.retain(|u| !has(left, u));
            if !(gone.is_empty() && probes.is_empty() && unprobed.is_empty()) {
                clusters.push(section(name, (&probes, &unprobed), Some(gone)));
            }
        }
    }
    if clusters.is_empty() {
        return;
    }
    let values = [("cloud", words![sealed.meta().name].into()), ("clusters", Val::Many(clusters))];
    let text = render("monitoring.md", include_str!("monitoring.md"), DOCUMENT, &values);
    out.text(Site::Reader, "documents/monitoring.md".into(), text);
}

/// Whether a row that prints alike is among these.
fn has<const N: usize>(rows: &[[Composed; N]], row: &[Composed; N]) -> bool {
    rows.iter().any(|r| r.iter().zip(row).all(|(a, b)| a.text == b.text))
}

/// What is looked at from one set of settings; `gone` is what the cluster looks at and an environment does not.
fn section(
    name: Composed,
    (probes, unprobed): (&[[Composed; 3]], &[[Composed; 2]]),
    gone: Option<Vec<Composed>>,
) -> Val {
    let record = |names: &[&'static str], cells: &[Composed]| {
        Val::Record(names.iter().copied().zip(cells.iter().map(|c| c.clone().into())).collect())
    };
    Val::Record(vec![
        ("name", name.into()),
        ("environment", Val::Flag(gone.is_some())),
        ("probes", Val::Many(probes.iter().map(|r| record(&["what", "place", "how"], r)).collect())),
        ("gone", Val::Many(gone.into_iter().flatten().map(Val::One).collect())),
        ("unprobed", Val::Many(unprobed.iter().map(|r| record(&["what", "why"], r)).collect())),
    ])
}

fn probe(t: &Topology, p: &Probe) -> [Composed; 3] {
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
    [what, place, words![by]]
}

fn unprobed(t: &Topology, u: &Unprobed) -> [Composed; 2] {
    let Unprobed { what, why } = u;
    let what = match what {
        UnprobedWhat::Address(name, vlan, a) => words![name, " on VLAN ", t.vlan(*vlan).name, ", ", a],
        UnprobedWhat::Publish(name) => words!["published: ", name],
        UnprobedWhat::Expect(name) => words!["expected: ", Remark(name)],
    };
    [what, words![why]]
}
