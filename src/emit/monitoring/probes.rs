//! What is looked at from outside of it: the blackbox exporter's modules, and a Probe for each target.

use super::*;
use crate::ir::{Probe, ProbeHow, ProbeOf};
use crate::render::List;

/// Where Prometheus reaches the exporter: the release has the chart's name, so its objects have it too.
const PROBER: &str = "prometheus-blackbox-exporter.monitoring.svc:9115";
/// Answers that show that somebody speaks HTTP.
const ANSWERS: [u32; 14] = [200, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 421, 426];

/// Values of the exporter's chart, with the modules that probes of this tree use.
pub(super) fn values(m: &Monitoring) -> Map {
    let mut doc = Map::new();
    let used = |how: fn(&ProbeHow) -> bool| m.probes.iter().find(|p| how(&p.how)).map(|p| p.address.at);
    if let Some(at) = used(|h| matches!(h, ProbeHow::Ping)) {
        doc.map("podSecurityContext", PINGS, |s| {
            s.list(key("sysctls", [at]), PINGS, |l| {
                l.map(PINGS, |c| {
                    c.put("name", ("net.ipv4.ping_group_range", PINGS));
                    c.put("value", ("0 2147483647", PINGS));
                });
            });
        });
        doc.map("securityContext", PINGS, |s| {
            s.map("capabilities", PINGS, |c| c.list("add", PINGS, |l| l.push(("NET_RAW", PINGS))));
        });
    }
    let modules = doc.sub("config", MODULES).sub("modules", MODULES);
    // Helm merges maps: what the chart has and nothing here uses is taken away by its name.
    modules.put("http_2xx", ((), MODULES));
    if used(|h| matches!(h, ProbeHow::Ping)).is_some() {
        modules.map("icmp", MODULES, |c| {
            c.put("prober", ("icmp", MODULES));
            c.put("timeout", ("5s", MODULES));
            c.map("icmp", MODULES, |i| i.put("preferred_ip_protocol", ("ip4", MODULES)));
        });
    }
    if used(|h| matches!(h, ProbeHow::Connect)).is_some() {
        modules.map("tcp_connect", MODULES, |c| {
            c.put("prober", ("tcp", MODULES));
            c.put("timeout", ("5s", MODULES));
            c.map("tcp", MODULES, |i| i.put("preferred_ip_protocol", ("ip4", MODULES)));
        });
    }
    if used(|h| matches!(h, ProbeHow::Http)).is_some() {
        modules.map("http_answers", ANY_ANSWER, |c| {
            c.put("prober", ("http", ANY_ANSWER));
            c.put("timeout", ("5s", ANY_ANSWER));
            c.map("http", ANY_ANSWER, |h| {
                h.put("preferred_ip_protocol", ("ip4", ANY_ANSWER));
                h.put("follow_redirects", (false, ANY_ANSWER));
                h.list("valid_status_codes", ANY_ANSWER, |l| ANSWERS.into_iter().for_each(|n| l.push((n, ANY_ANSWER))));
            });
        });
    }
    let mut seen = Vec::new();
    for p in &m.probes {
        let ProbeHow::Tls(host, trusted) = &p.how else { continue };
        let name = module(&p.how);
        if seen.contains(&name.text) {
            continue;
        }
        seen.push(name.text.clone());
        modules.map(name, MODULES, |c| {
            c.put("prober", ("tcp", MODULES));
            c.put("timeout", ("5s", MODULES));
            c.map("tcp", MODULES, |t| {
                t.put("preferred_ip_protocol", ("ip4", MODULES));
                t.put("tls", (true, MODULES));
                t.map("tls_config", MODULES, |k| {
                    k.put_some("server_name", host.as_ref());
                    k.put("insecure_skip_verify", trusted.map(|t| !t));
                });
            });
        });
    }
    doc
}

/// What a probe asks the exporter for.
fn module(how: &ProbeHow) -> Composed {
    match how {
        ProbeHow::Ping => words!["icmp"],
        ProbeHow::Connect => words!["tcp_connect"],
        ProbeHow::Http => words!["http_answers"],
        ProbeHow::Tls(None, _) => words!["tls"],
        ProbeHow::Tls(Some(host), _) => words!["tls-", host],
    }
}

/// A Probe for each.
pub(super) fn parts(view: &View<'_>, m: &Monitoring) -> Vec<Part> {
    m.probes.iter().map(|p| probe(view, p)).collect()
}

fn probe(view: &View<'_>, p: &Probe) -> Part {
    let Probe { of, how, address, port, inside: _ } = p;
    let place = address.v.to_string().replace('.', "-");
    let behind = port.map_or(String::new(), |p| format!("-{}", p.v));
    let (job, about) = match of {
        ProbeOf::Firewall(..) => ("opnsense-icmp", String::new()),
        ProbeOf::Critical(..) => ("critical-icmp", String::new()),
        ProbeOf::Publish(slug) => ("publish", format!("-{slug}")),
        ProbeOf::Expect(slug) => ("expect", format!("-{slug}")),
    };
    let name = format!("{job}{about}-{place}{behind}");
    let named = Composed { text: name.clone(), why: vec![address.at] };
    let mut doc = object(API, "Probe", named, PROBE);
    doc.map("spec", PROBE, |s| {
        s.put("jobName", (job, JOB));
        s.map("prober", PROBE, |m| m.put("url", (PROBER, PROBE)));
        s.put("module", (module(how), PROBE));
        s.map("targets", PROBE, |t| {
            t.map("staticConfig", PROBE, |c| {
                c.list("static", PROBE, |l: &mut List| {
                    let target = match (how, port) {
                        (ProbeHow::Http, Some(port)) => words!["http://", address, ":", port, "/"],
                        (_, Some(port)) => words![address, ":", port],
                        (_, None) => words![address],
                    };
                    l.push((target, PROBE));
                });
                c.map("labels", JOB, |l| labels(view, p, l));
            });
        });
    });
    Part::object("monitoring", &format!("probe-{name}"), doc, PROBE)
}

/// The labels by which alerts and dashboards tell what it is about.
fn labels(view: &View<'_>, p: &Probe, l: &mut Map) {
    let at = p.address.at;
    let text = |t: &str| (Composed { text: t.into(), why: vec![at] }, JOB);
    match &p.of {
        ProbeOf::Firewall(f, vlan, name) => {
            l.put("firewall", &view.t.firewall(*f).name);
            l.put("name", text(name));
            l.put("vlan", &view.t.vlan(*vlan).name);
        }
        ProbeOf::Critical(vlan, name) => {
            l.put("when_silent", (Composed { text: view.t.told_by(view.cluster, p).into(), why: vec![at] }, TOLD_BY));
            l.put("name", text(name));
            l.put("vlan", &view.t.vlan(*vlan).name);
        }
        ProbeOf::Publish(slug) => l.put("publish", text(slug)),
        ProbeOf::Expect(slug) => l.put("expect", text(slug)),
    }
}
