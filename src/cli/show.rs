//! `show`: prints the decided model as JSON, YAML or a table.

use clap::ValueEnum;
use serde_json::Value;

use super::{End, Ui, Which, input};
use crate::build::Build;
use crate::ir::Topology;
use crate::source::{Cause, Origin};

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Say where each value comes from (table only)
    #[arg(long)]
    origins: bool,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug, ValueEnum)]
enum Format {
    Table,
    Json,
    Yaml,
}

/// `topoc show`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let Some((_, build)) = input::built(ui, &args.which, false) else { return End::Failed };
    let text = match args.format {
        Format::Table => table(&build, args.origins),
        Format::Json => match model(&build.topology) {
            Ok(v) => format!("{v:#}\n"),
            Err(e) => return ui.fail(&format!("the model cannot be printed: {e}")),
        },
        Format::Yaml => match model(&build.topology).and_then(|v| yaml(&v)) {
            Ok(text) => text,
            Err(e) => return ui.fail(&format!("the model cannot be printed: {e}")),
        },
    };
    ui.print(&text);
    End::Fine
}

/// The model as plain data, with names where the model has numbers of things.
fn model(t: &Topology) -> Result<Value, String> {
    let mut v = serde_json::to_value(t).map_err(|e| e.to_string())?;
    named(t, None, &mut v);
    Ok(v)
}

/// Replaces numbers of things by their names: a key says which list a number is of.
fn named(t: &Topology, key: Option<&str>, v: &mut Value) {
    match v {
        Value::Object(map) => {
            let cluster = map.get("cluster").and_then(Value::as_u64).and_then(|c| t.clusters.get(c as usize));
            for (k, x) in map.iter_mut() {
                match (k.as_str(), cluster, x.as_u64()) {
                    ("group", Some(c), Some(g)) => *x = c.groups[g as usize].name.v.as_str().into(),
                    _ => named(t, Some(k), x),
                }
            }
        }
        Value::Array(list) if key == Some("members") => {
            for pair in list {
                if let Some([machine, _]) = pair.as_array_mut().map(Vec::as_mut_slice) {
                    named(t, Some("machine"), machine);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|x| named(t, key, x)),
        Value::Number(n) => {
            let Some(i) = n.as_u64().map(|n| n as usize) else { return };
            let name = match key {
                Some("vlan" | "vlans" | "management" | "node_network" | "native" | "trunk") => {
                    t.vlans.get(i).map(|x| &x.name.v)
                }
                Some("on" | "host" | "hosts") => t.hosts.get(i).map(|x| &x.name.v),
                Some("machine" | "nodes") => t.machines.get(i).map(|x| &x.name.v),
                Some("upstream" | "gateway") => t.upstreams.get(i).map(|x| &x.name.v),
                Some("firewall" | "to") => t.firewalls.get(i).map(|x| &x.name.v),
                Some("cluster" | "api") => t.clusters.get(i).map(|x| &x.name.v),
                Some("template") => t.templates.get(i).map(|x| &x.name.v),
                Some("datastore") => t.datastores.get(i).map(|x| &x.name.v),
                Some("login") => t.logins.get(i).map(|x| &x.name.v),
                Some("secret") => t.secrets.get(i).map(|x| &x.name.v),
                Some("proxmox") => t.proxmoxes.get(i).map(|x| &x.name.v),
                _ => None,
            };
            if let Some(name) = name {
                *v = name.as_str().into();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn yaml(v: &Value) -> Result<String, String> {
    serde_yaml::to_string(v).map_err(|e| e.to_string())
}

/// A list of lines: what, value, and where it comes from.
fn table(build: &Build, origins: bool) -> String {
    let t = &build.topology;
    let mut rows: Vec<(String, String, Origin)> = Vec::new();
    macro_rules! row {
        ($name:expr, $value:expr) => {
            rows.push(($name.to_string(), $value.v.to_string(), $value.at))
        };
    }
    if let Some(m) = &t.meta {
        row!("topology", m.name);
    }
    for v in &t.vlans {
        row!(format!("vlan {} tag", v.name), v.tag);
        row!(format!("vlan {} subnet", v.name), v.subnet);
        row!(format!("vlan {} mtu", v.name), v.mtu);
        if let Some(g) = v.gateway {
            row!(format!("vlan {} gateway", v.name), g);
        }
    }
    for h in &t.hosts {
        if let Some(a) = h.address {
            row!(format!("host {} address", h.name), a);
        }
        if let Some(k) = &h.trunk {
            row!(format!("host {} trunk", h.name), k);
        }
        for d in &h.clients.dns {
            row!(format!("host {} dns", h.name), d);
        }
    }
    for m in &t.machines {
        let name = &m.name;
        rows.push((format!("machine {name} on"), t.host(m.on.v).name.to_string(), m.on.at));
        row!(format!("machine {name} vm-id"), m.vm_id);
        row!(format!("machine {name} cores"), m.cores);
        row!(format!("machine {name} memory MiB"), m.memory);
        row!(format!("machine {name} cpu"), m.cpu);
        for d in &m.disks {
            row!(format!("machine {name} disk {} MiB", d.name.v), d.size);
            row!(format!("machine {name} disk {} for", d.name.v), d.used_for);
        }
        for n in &m.nics {
            let nic = &n.ifname.v;
            rows.push((format!("machine {name} {nic} vlan"), t.vlan(n.vlan.v).name.to_string(), n.vlan.at));
            if let Some(a) = n.address {
                row!(format!("machine {name} {nic} address"), a);
            }
            row!(format!("machine {name} {nic} mac"), n.mac);
            row!(format!("machine {name} {nic} mtu"), n.mtu);
            if let Some(d) = n.default_via {
                row!(format!("machine {name} {nic} default route via"), d);
            }
            if let Some(s) = &n.source_route {
                row!(format!("machine {name} {nic} source route via"), s.via);
            }
        }
        for d in &m.clients.dns {
            row!(format!("machine {name} dns"), d);
        }
        for d in &m.clients.ntp {
            row!(format!("machine {name} ntp"), d);
        }
    }
    for c in &t.clusters {
        row!(format!("cluster {} api name", c.name), c.api.name);
        row!(format!("cluster {} api address", c.name), c.api.address);
        if let Some(v) = &c.api.vrrp {
            row!(format!("cluster {} vrrp id", c.name), v.id);
            row!(format!("cluster {} vrrp weight", c.name), v.weight);
            for (m, p) in &v.members {
                row!(format!("cluster {} vrrp priority of {}", c.name, t.machine(*m).name), p);
            }
        }
    }
    let (a, b) = rows.iter().fold((0, 0), |(a, b), (k, v, _)| (a.max(k.len()), b.max(v.len())));
    rows.iter()
        .map(|(k, v, at)| match origins {
            true => format!("{k:a$}  {v:b$}  {}\n", from(build, *at)),
            false => format!("{k:a$}  {v}\n"),
        })
        .collect()
}

/// One line on where a value comes from.
pub(super) fn from(build: &Build, at: Origin) -> String {
    if let Some(rule) = at.rule() {
        return super::why::rule(rule).sentence.to_string();
    }
    match build.causes.get(at) {
        Some(Cause::Written(span)) => build.sources.place(*span),
        Some(Cause::Derived { rule, from: list }) => {
            let places: Vec<String> =
                list.iter().filter_map(|o| build.causes.span(*o)).map(|s| build.sources.place(s)).collect();
            let sentence = super::why::rule(*rule).sentence;
            match places.is_empty() {
                true => sentence.to_string(),
                false => format!("{sentence} ({})", places.join(", ")),
            }
        }
        None => String::new(),
    }
}
