//! The lock file beside the topology: what must not change between builds; read and printed here, written by `build` only.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diag::{Diag, Sink, code};
use crate::schema::Name;
use crate::source::{FileId, Source, Span};

/// What earlier builds decided, by machine.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lock {
    /// Each machine's VM id and the order of its NICs.
    pub machines: BTreeMap<Name, Locked>,
    /// uuids that came from a firewall's backup, by firewall and what they stand for.
    pub adopted: BTreeMap<(Name, String), crate::ir::Uuid>,
}

/// What an earlier build decided of a machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Locked {
    /// Its VM id in Proxmox.
    pub vm_id: u32,
    /// The VLANs of its NICs in the order of their slots.
    pub nics: Vec<Name>,
}

/// A line `uuid FIREWALL WHAT UUID`.
fn adopted(line: &str) -> Option<((Name, String), crate::ir::Uuid)> {
    let mut parts = line.strip_prefix("uuid ")?.split(' ');
    let (firewall, what, uuid) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(())?;
    Some(((Name::of(firewall), what.to_string()), crate::ir::Uuid::read(uuid)?))
}

const HEADER: &str = "# Written by `topoc build`, which keeps it: VM ids and the order of NICs that were given out. Commit it, do not edit it.\n";

impl Lock {
    /// Reads a lock file. A line that cannot be read is an error: guessing would renumber machines.
    pub fn parse(source: &Source, file: FileId, sink: &mut Sink) -> Lock {
        let mut lock = Lock::default();
        let mut at = 0u32;
        for raw in source.text.split_inclusive('\n') {
            let span = Span::new(file, at, at + raw.trim_end().len() as u32);
            at += raw.len() as u32;
            let line = raw.trim_end();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some((key, uuid)) = adopted(line) {
                lock.adopted.insert(key, uuid);
                continue;
            }
            let mut parts = line.split(' ');
            let read = (|| {
                let (word, name, id, nics) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
                let nics = nics.split(',').filter(|n| !n.is_empty()).map(Name::of).collect();
                (word == "machine" && parts.next().is_none()).then_some(())?;
                Some((Name::of(name), Locked { vm_id: id.parse().ok()?, nics }))
            })();
            match read {
                Some((name, locked)) => {
                    lock.machines.insert(name, locked);
                }
                None => {
                    let conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|m| line.starts_with(m));
                    let d = Diag::new(code::E0336, "a line of the lock file cannot be read")
                        .at(span, if conflict { "a merge conflict" } else { "this line" });
                    sink.report(match conflict {
                        true => d.help("keep the lines of both sides, one a machine, then run topoc build"),
                        false => d.help("restore the file: git checkout -- the lock file"),
                    });
                }
            }
        }
        lock
    }

    /// The file's text; sorted, so that two branches that add machines merge.
    pub fn print(&self) -> String {
        let mut text = String::from(HEADER);
        for (name, locked) in &self.machines {
            let nics = locked.nics.iter().map(Name::as_str).collect::<Vec<_>>().join(",");
            // Writing to a String cannot fail.
            let _ = writeln!(text, "machine {name} {} {nics}", locked.vm_id);
        }
        for ((firewall, what), uuid) in &self.adopted {
            let _ = writeln!(text, "uuid {firewall} {what} {uuid}");
        }
        text
    }

    /// What must be remembered of a topology.
    pub fn of(topology: &crate::ir::Topology) -> Lock {
        let machines = topology
            .machines
            .iter()
            .map(|m| {
                let nics = m
                    .nics
                    .iter()
                    .filter(|n| n.vlan.v.is_known())
                    .map(|n| topology.vlan(n.vlan.v).name.v.clone())
                    .collect();
                (m.name.v.clone(), Locked { vm_id: m.vm_id.v, nics })
            })
            .collect();
        Lock { machines, adopted: topology.adopted.clone() }
    }
}
