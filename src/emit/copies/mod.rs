//! Emitter: copies outside clusters: jobs of Proxmox VE for Ansible to make, and what fetches a firewall's configuration;
//! decides nothing, holds no secret.

use super::{Format, Meta, Out, Site};
use crate::ir::{BackupJob, Firewall, Rhythm, Sealed, Secret};
use crate::render::template::{Val, render};
use crate::render::{Composed, Map, Text};
use crate::schema::SecretStore;
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    104;
    JOBS = "Jobs are the cluster's: its group is told of them, so it does not matter which hosts there are, and one host makes them for all." @ "Proxmox VE 9 API, POST and PUT /cluster/backup; RFC 9.2";
    JOB_ID = "A job of topoc is known by its name, so one that nobody states any more can be taken away." @ "pve-manager, PVE/API2/Backup.pm: id";
    CALENDAR = "The times are written out, so nobody has to know how repetitions count." @ "Proxmox VE admin guide, Calendar Events";
    KEEP = "What is kept is the job's to say, whatever the store says." @ "Proxmox VE admin guide, Backup Retention: prune-backups";
    MACHINES = "The machines are named one by one: a new one is copied once this file says so." @ "pve-manager, PVE/API2/Backup.pm: vmid";
    FETCH = "A firewall's configuration is fetched by its API: whole for a restore, and without secrets for Git." @ "RFC 8.4, 9.2; OPNsense core 26.7, BackupController.php: download";
    TIMER = "The times are written out." @ "systemd.time(7), Calendar Events; systemd.timer(5)";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "copies",
    writes: "terraform_ansible/ansible/group_vars/pve_<cluster>/backup.yml, opnsense/scripts/fetch-backup.{sh,service,timer}",
    what: "Copies that a restore starts from: jobs of Proxmox VE, and what fetches the configuration of each firewall.",
    reader: "ansible-core 2.15 and newer, Proxmox VE; sh, systemd",
    apply: "`ansible-playbook proxmox-backup.yml` makes the jobs; put fetch-backup.service and .timer where topoc and this repository are.",
    step: 6,
    rfc: "9.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Jobs for the group of each Proxmox cluster, and the script for firewalls.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for (number, proxmox) in (0..).zip(&sealed.proxmoxes) {
        let mine: Vec<&BackupJob> = sealed.backups.iter().filter(|j| j.proxmox.0 == number).collect();
        // Without a host there is no group, and nobody who makes them.
        if mine.is_empty() || !sealed.hosts.iter().any(|h| h.proxmox.0 == number) {
            continue;
        }
        let group = super::ansible::group("pve_", &proxmox.name);
        let path = format!("terraform_ansible/ansible/group_vars/{}/backup.yml", group.text);
        let mut doc = Map::new();
        doc.put("proxmox_backup_group", (group, JOBS));
        doc.list("proxmox_backup_jobs", JOBS, |l| mine.iter().for_each(|j| l.map(JOBS, |m| job(sealed, j, m))));
        let header = &["Made by topoc; change the topology, not this file."];
        out.doc(Site::Workstation, path, Format::Yaml(header), doc, JOBS);
    }
    firewalls(sealed, out);
}

fn job(sealed: &Sealed<'_>, j: &BackupJob, m: &mut Map) {
    // Where the store is Proxmox VE knows itself.
    let BackupJob { name, proxmox: _, store, server: _, rhythm, keep, mode, machines, at: _ } = j;
    m.put("id", (words!["topoc-", name], JOB_ID));
    m.put("storage", store);
    m.put("schedule", (calendar(rhythm), CALENDAR));
    m.put("mode", mode);
    let ids = machines.iter().map(|m| words![sealed.machine(m.v).vm_id].citing(m.at));
    m.put("vmid", (joined(ids), MACHINES));
    m.put("prune_backups", (joined(keep.iter().map(|(word, n)| words![*word, "=", n])), KEEP));
}

fn joined(parts: impl Iterator<Item = Composed>) -> Composed {
    let mut all: Option<Composed> = None;
    for part in parts {
        all = Some(match all {
            None => part,
            Some(before) => words![before, ",", part],
        });
    }
    all.unwrap_or_default()
}

/// Two digits each, with commas.
fn digits(list: &[u32]) -> String {
    list.iter().map(|n| format!("{n:02}")).collect::<Vec<_>>().join(",")
}

/// A rhythm in calendar events: `[weekday] hours:minutes`.
pub(super) fn calendar(r: &Rhythm) -> Composed {
    let (minutes, hours, weekly) = r.times();
    let hours = if hours.is_empty() { "*".to_string() } else { digits(&hours) };
    let text = format!("{}{hours}:{}", if weekly { "sun " } else { "" }, digits(&minutes));
    Composed { text, why: vec![r.every.at, r.start.at] }
}

fn firewalls(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let those: Vec<(&Firewall, &crate::ir::FirewallBackup)> =
        sealed.firewalls.iter().filter_map(|f| Some((f, f.layer.backup.as_ref()?))).collect();
    if those.is_empty() {
        return;
    }
    let mut nodes = Vec::new();
    for (f, b) in &those {
        for id in &f.nodes {
            let machine = sealed.machine(*id);
            let vlan = f.management.map(|v| v.v);
            let Some(address) = machine.nics.iter().find(|n| Some(n.vlan.v) == vlan).and_then(|n| n.address) else {
                continue;
            };
            let Secret { name, store, path, key } = sealed.secret(b.secret.v);
            nodes.push(Val::Record(vec![
                ("name", words![machine.name].citing(b.at).into()),
                ("address", words![address].into()),
                ("variable", words![variable(name)].citing(b.secret.at).into()),
                ("env", Val::Flag(store.v == SecretStore::Env)),
                ("secret", words![name].citing(store.at).into()),
                ("place", words![path].into()),
                ("key", key.as_ref().map_or(Val::Flag(false), |k| words![k].into())),
            ]));
        }
    }
    let write = |out: &mut Out<'_>, name: &str, text: Text, program: bool| {
        let path = format!("opnsense/scripts/{name}");
        match program {
            true => out.program(Site::Workstation, path, text),
            false => out.text(Site::Workstation, path, text),
        }
    };
    let values = [("nodes", Val::Many(nodes))];
    write(out, "fetch-backup.sh", render("fetch-backup.sh", include_str!("fetch-backup.sh"), FETCH, &values), true);
    let service = "[Unit]
Description=Configuration of the firewalls
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
# The folder of this repository, where whole copies go, and the secrets that the script names: in this file, mode 0600.
EnvironmentFile=/etc/topoc/fetch-backup.env
ExecStart=/bin/sh ${TOPOC_REPOSITORY}/generated/opnsense/scripts/fetch-backup.sh
PrivateTmp=yes
NoNewPrivileges=yes";
    let mut text = Text::new();
    text.lit(FETCH, "# Made by topoc; change the topology, not this file.");
    service.lines().for_each(|l| text.lit(FETCH, l));
    write(out, "fetch-backup.service", text, false);
    // One timer for all: each firewall's times are lines of it.
    let mut text = Text::new();
    text.lit(TIMER, "# Made by topoc; change the topology, not this file.");
    text.lit(TIMER, "[Unit]");
    text.lit(TIMER, "Description=When the configuration of the firewalls is fetched");
    text.blank(TIMER);
    text.lit(TIMER, "[Timer]");
    let mut said: Vec<String> = Vec::new();
    for (_, b) in &those {
        let (minutes, hours, weekly) = b.rhythm.times();
        let hours = if hours.is_empty() { "*".to_string() } else { digits(&hours) };
        let days = if weekly { "Sun *-*-*" } else { "*-*-*" };
        let when = format!("OnCalendar={days} {hours}:{}:00", digits(&minutes));
        if !said.contains(&when) {
            said.push(when.clone());
            let line = Composed { text: when, why: vec![b.rhythm.every.at, b.rhythm.start.at] };
            crate::line!(text, TIMER; line);
        }
    }
    text.lit(TIMER, "Persistent=true");
    text.blank(TIMER);
    text.lit(TIMER, "[Install]");
    text.lit(TIMER, "WantedBy=timers.target");
    write(out, "fetch-backup.timer", text, false);
}

/// The variable of the shell that a secret comes in.
fn variable(name: &Sp<crate::schema::Name>) -> Composed {
    let upper = name.v.to_ascii_uppercase().replace('-', "_");
    Composed { text: format!("TOPOC_SECRET_{upper}"), why: vec![name.at] }
}

/// Why the playbook of Proxmox's jobs is there.
pub(super) const PLAYBOOK: Rule = JOBS;
