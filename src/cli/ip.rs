//! `ip`: the address plan of each VLAN, and the next free address of one.

use std::fmt::Write;
use std::net::Ipv4Addr;

use super::{End, Ui, Which, input};
use crate::ir::*;

#[derive(clap::Args, Debug)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// The next free address of a VLAN
    Next {
        /// The VLAN
        vlan: String,
    },
}

/// `topoc ip`.
pub(super) fn run(ui: &Ui, args: &Args) -> End {
    let path = match input::find(&args.which) {
        Ok(path) => path,
        Err(e) => return ui.fail(&e),
    };
    // A plan is wanted most when two addresses collide, so errors do not stop it.
    let build = match input::load(&path, None, false) {
        Ok(build) => build,
        Err(e) => return ui.fail(&e),
    };
    let t = &build.topology;
    if build.failed() {
        ui.problems(&build.diags, &build.sources);
    }
    match &args.what {
        None => {
            ui.print(&plan(t));
            if build.failed() { End::Failed } else { End::Fine }
        }
        Some(What::Next { vlan }) => {
            let Some(i) = t.vlans.iter().position(|v| v.name.v.as_str() == vlan) else {
                let known: Vec<&str> = t.vlans.iter().map(|v| v.name.v.as_str()).collect();
                let near = crate::schema::nearest(vlan, &known)
                    .map_or(format!("there are {}", known.join(", ")), |n| format!("did you mean {n}?"));
                return ui.fail(&format!("no VLAN is called {vlan}: {near}"));
            };
            match next(t, VlanId(i as u32)) {
                Some(a) => {
                    ui.print(&format!("{a}\n"));
                    End::Fine
                }
                None => ui.fail(&format!("every address of VLAN {vlan} is taken or reserved")),
            }
        }
    }
}

/// First address of a VLAN that nobody has and nothing keeps.
fn next(t: &Topology, id: VlanId) -> Option<Ipv4Addr> {
    let vlan = t.vlan(id);
    let (first, last) = (u32::from(vlan.subnet.v.network()) + 1, u32::from(vlan.subnet.v.broadcast()) - 1);
    let taken: Vec<u32> = t.claims.iter().filter(|c| c.vlan == id).map(|c| u32::from(c.address.v)).collect();
    let mut at = first;
    while at <= last {
        let reserves = vlan.reserves.iter().map(|r| (r.from.v, r.to.v));
        let pods = pods(t, id).map(|(_, v)| (v.from.v, v.to.v));
        let mut kept = reserves.chain(pods).chain(given(t, id).map(|(from, to, _)| (from, to)));
        match kept.find(|(from, to)| (u32::from(*from)..=u32::from(*to)).contains(&at)) {
            Some((_, to)) => at = u32::from(to) + 1,
            None if taken.binary_search(&at).is_ok() => at += 1,
            None => return Some(Ipv4Addr::from(at)),
        }
    }
    None
}

/// What firewalls give out on a VLAN by DHCP, but what machines of the file get.
fn given(t: &Topology, id: VlanId) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr, String)> {
    let all = t.firewalls.iter().flat_map(|f| &f.layer.dhcp).filter(move |d| d.vlan.v == id);
    all.flat_map(|d| {
        let ranges = d.ranges.iter().map(|(from, to)| (from.v, to.v, "given out by DHCP".to_string()));
        let devices = d.reservations.iter().filter(|r| r.machine.is_none());
        ranges.chain(devices.map(|r| (r.address.v, r.address.v, format!("given to {} by DHCP", r.name))))
    })
}

/// Ranges of a VLAN that pods of nested clusters get.
fn pods(t: &Topology, id: VlanId) -> impl Iterator<Item = (&Nested, &NestedVlan)> {
    let all = t.clusters.iter().flat_map(|c| &c.layer.nested).flat_map(|n| n.vlans.iter().map(move |v| (n, v)));
    all.filter(move |(_, v)| v.vlan.v == id)
}

/// Every VLAN with who has what, what is kept, and what is free.
fn plan(t: &Topology) -> String {
    let mut out = String::new();
    for (i, v) in t.vlans.iter().enumerate() {
        let id = VlanId(i as u32);
        let purpose = v.purpose.as_ref().map_or(String::new(), |p| format!("  {}", p.v.0));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{}  tag {}  {}{purpose}", v.name, v.tag, v.subnet.v);
        let mut rows: Vec<(u32, u32, String)> = v
            .reserves
            .iter()
            .map(|r| (u32::from(r.from.v), u32::from(r.to.v), format!("reserved for {}", r.name.v)))
            .collect();
        rows.extend(
            t.claims
                .iter()
                .filter(|c| c.vlan == id)
                .map(|c| (u32::from(c.address.v), u32::from(c.address.v), t.owner(&c.owner))),
        );
        rows.extend(
            pods(t, id)
                .map(|(n, v)| (u32::from(v.from.v), u32::from(v.to.v), format!("pods of nested cluster {}", n.name.v))),
        );
        rows.extend(given(t, id).map(|(from, to, what)| (u32::from(from), u32::from(to), what)));
        rows.sort();
        let (mut at, last) = (u32::from(v.subnet.v.network()) + 1, u32::from(v.subnet.v.broadcast()) - 1);
        let line = |from: u32, to: u32, what: &str, out: &mut String| {
            let range = match from == to {
                true => Ipv4Addr::from(from).to_string(),
                false => format!("{} - {}", Ipv4Addr::from(from), Ipv4Addr::from(to)),
            };
            let _ = writeln!(out, "  {range:33}  {what}");
        };
        for (from, to, what) in rows {
            if from > at {
                line(at, from - 1, &format!("free ({})", from - at), &mut out);
            }
            line(from, to, &what, &mut out);
            at = at.max(to.saturating_add(1));
        }
        if at <= last {
            line(at, last, &format!("free ({})", last - at + 1), &mut out);
        }
        out.push('\n');
    }
    out
}
