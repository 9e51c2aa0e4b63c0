//! Whom machines and hypervisors ask for names and the time; decides nobody, and starts no service.

use crate::consumer::TimeClient;
use crate::emit::{Meta, Out, Site, on_machine};
use crate::ir::{Clients, Sealed};
use crate::line;
use crate::render::{Composed, Piece, Text};
use crate::schema::{Domain, Name};
use crate::source::Sp;

crate::rules! {
    17;
    TIMESYNCD = "a drop-in, so that the distribution's own file stays as it is" @ "timesyncd.conf(5)";
    NO_FALLBACK = "the distribution's servers are not asked when ours are silent" @ "timesyncd.conf(5) FallbackNTP; RFC 6.1.2";
    CHRONY = "the whole file: chrony asks every source it is told of, so a file beside the distribution's would leave its pool in use" @ "chrony.conf(5) pool, sourcedir; Debian chrony 4.3, /etc/chrony/chrony.conf";
    CHRONY_SERVER = "four quick questions at the start, then one every minute or more" @ "chrony.conf(5) iburst";
    CHRONY_KEPT = "as Debian has it: drift is kept over reboots, a wrong clock jumps in the first three answers only, the hardware clock follows" @ "chrony.conf(5) driftfile, makestep, rtcsync; Debian chrony 4.3";
    RESOLV = "hypervisors have no resolver of their own: glibc reads this file" @ "resolv.conf(5); Proxmox VE admin guide 3.4";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "clients",
    writes: "terraform_ansible/ansible/files/<machine>/etc/systemd/timesyncd.conf.d/topoc.conf, \
             …/etc/chrony/chrony.conf, …/etc/resolv.conf",
    what: "Whom machines and hypervisors ask for the time, and hypervisors for names.",
    reader: "systemd-timesyncd, chrony, glibc",
    apply: "Ansible copies them and restarts the time service.",
    step: 5,
    rfc: "6.1.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The time client of machines with systemd-timesyncd.
pub const TIMESYNCD_PATH: &str = "etc/systemd/timesyncd.conf.d/topoc.conf";
/// The time client of hypervisors; replaces the distribution's file.
pub const CHRONY_PATH: &str = "etc/chrony/chrony.conf";
/// The resolver of hypervisors.
pub const RESOLV_PATH: &str = "etc/resolv.conf";

const HEADER: &str = "# Made by topoc; change the topology, not this file.";

/// Writes a file for each client that has something to say. Machines get their name servers through Netplan.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for machine in &sealed.machines {
        // `dns` and `search` are Netplan's.
        let Clients { dns: _, search: _, ntp } = &machine.clients;
        match sealed.template(machine.template.v).os.time_client {
            TimeClient::Timesyncd => timesyncd(&machine.name.v, ntp, out),
            TimeClient::Chrony => chrony(&machine.name.v, ntp, out),
            TimeClient::None => {}
        }
    }
    for host in &sealed.hosts {
        let Clients { dns, search, ntp } = &host.clients;
        chrony(&host.name.v, ntp, out);
        if dns.is_empty() {
            continue;
        }
        let mut text = Text::new();
        text.lit(RESOLV, HEADER);
        if !search.is_empty() {
            line!(text, RESOLV; "search ", spaced(search));
        }
        for server in dns {
            line!(text, RESOLV; "nameserver ", server);
        }
        out.text(Site::Machine(host.name.v.clone()), on_machine(&host.name.v, RESOLV_PATH), text);
    }
}

fn timesyncd(name: &Name, servers: &[Sp<Domain>], out: &mut Out<'_>) {
    if servers.is_empty() {
        return;
    }
    let mut text = Text::new();
    text.lit(TIMESYNCD, HEADER);
    text.lit(TIMESYNCD, "[Time]");
    line!(text, TIMESYNCD; "NTP=", spaced(servers));
    text.lit(NO_FALLBACK, "FallbackNTP=");
    out.text(Site::Machine(name.clone()), on_machine(name, TIMESYNCD_PATH), text);
}

fn chrony(name: &Name, servers: &[Sp<Domain>], out: &mut Out<'_>) {
    if servers.is_empty() {
        return;
    }
    let mut text = Text::new();
    text.lit(CHRONY, HEADER);
    for server in servers {
        line!(text, CHRONY_SERVER; "server ", server, " iburst");
    }
    text.lit(CHRONY_KEPT, "driftfile /var/lib/chrony/chrony.drift");
    text.lit(CHRONY_KEPT, "keyfile /etc/chrony/chrony.keys");
    text.lit(CHRONY_KEPT, "ntsdumpdir /var/lib/chrony");
    text.lit(CHRONY_KEPT, "logdir /var/log/chrony");
    text.lit(CHRONY_KEPT, "maxupdateskew 100.0");
    text.lit(CHRONY_KEPT, "rtcsync");
    text.lit(CHRONY_KEPT, "makestep 1 3");
    out.text(Site::Machine(name.clone()), on_machine(name, CHRONY_PATH), text);
}

/// The items with blanks between.
fn spaced(items: &[Sp<Domain>]) -> Composed {
    let mut list = Composed::default();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            " ".add(&mut list);
        }
        item.add(&mut list);
    }
    list
}
