//! Pass: copies that a restore starts from: jobs of Proxmox VE, Velero, a firewall's configuration; spells nothing.

use super::layer::At;
use super::{Cx, Index, or};
use crate::consumer::VELERO;
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::{Origin, Rule, Sp};

crate::rules! {
    68;
    DAILY = "a copy a day, as nothing else is stated" @ "RFC 9.2; language reference";
    AT_NIGHT = "copies are made at night, as no time is stated" @ "language reference";
    RUNNING = "a machine runs on while it is copied, as nothing else is stated" @ "Proxmox VE admin guide, Backup modes";
    ALL_MACHINES = "a job copies every machine of its hosts, as it names none" @ "RFC 9.2; language reference";
    A_MONTH = "a copy is kept for thirty days, as nothing else is stated" @ "Velero, spec.ttl: 720h";
    ANY_REGION = "Ceph's gateway takes every region for its own" @ "Ceph, Object Gateway: SigV4 scope; Rook, examples/object-bucket-claim";
    NOT_VOLUMES = "volumes are not copied, as nothing else is stated" @ "language reference";
    STAYS = "what is in a snapshot stays beside the volume, as nothing else is stated" @ "Velero, CSI snapshot data movement: spec.snapshotMoveData";
    HOURLY = "checks run every hour, as nothing else is stated" @ "RFC 9.3";
    ON_THE_HOUR = "checks run on the hour, as no time is stated" @ "language reference";
    TWO_WEEKS = "a certificate is told fourteen days before it ends, as nothing else is stated" @ "RFC 9.3; cert-manager renews at a third of the lifetime: thirty of ninety days";
    WEEKLY = "the benchmark is run every week, as nothing else is stated" @ "RFC 9.3";
    LEG = "the firewall's own address on each VLAN that it routes is critical" @ "RFC 9.3";
    NOT_HOSTS = "pods reach no hypervisor, as nothing else is stated" @ "RFC 9.3; language reference";
    REACHED = "people reach this name at this address" @ "RFC 9.3";
    CLOSED = "nothing may answer the Internet here, because an expectation says so" @ "RFC 9.3; language reference, expect";
    ASKED = "names are asked of whom the nodes ask" @ "RFC 9.3, 5.10";
    ASKED_AT = "hypervisors ask a backup server on their own VLAN where it has an address there, else at the address that its default route has" @ "RFC 9.2; language reference";
}

/// A rhythm; E1293 where the times would not be the same every day or week.
pub(super) fn rhythm(
    every: Option<Sp<Seconds>>,
    start: &Option<Sp<ClockTime>>,
    default: (u32, Rule),
    at: (&str, Rule),
    cx: &mut Cx<'_>,
) -> Option<Rhythm> {
    if let Some(e) = every.filter(|e| !Rhythm::is_regular(e.v.0)) {
        let span = cx.span(e.at);
        cx.report(
            Diag::new(code::E1293, format!("every {} is at no regular time", e.v))
                .at(span, "the times would differ from day to day")
                .note("a part of an hour in minutes, a part of a day in hours, a day or 7d come at the same times")
                .help("every \"24h\""),
        );
        return None;
    }
    let start = start.clone();
    let span = every.map_or(default.0, |e| e.v.0);
    // A quarter of an hour after midnight says nothing of what comes every five minutes, but its minute does.
    debug_assert!(Rhythm::is_regular(span), "a default that comes at no regular time");
    Some(Rhythm {
        every: or(every, Seconds(default.0), default.1),
        start: start.unwrap_or_else(|| Sp::new(ClockTime(at.0.into()), at.1.origin())),
    })
}

/// Jobs of Proxmox VE, ordered by their hosts and names.
pub fn jobs(facts: &Facts, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Vec<BackupJob> {
    let mut all = Vec::new();
    for p in &facts.proxmox {
        let Some(id) = p.name.as_ref().map(|n| index.proxmox(&n.v.0)).filter(|id| id.is_known()) else { continue };
        for (i, b) in p.backup.iter().enumerate() {
            let Some(name) = b.name.as_ref() else { continue };
            let twin = p.backup[..i].iter().filter_map(|b| b.name.as_ref()).find(|n| n.v == name.v);
            if let Some(first) = twin {
                let (x, y) = (cx.span(name.at), cx.span(first.at));
                cx.report(
                    Diag::new(code::E0207, format!("\"{}\" is the name of more than one job", name.v))
                        .at(x, "this one takes the name")
                        .at(y, "which this one has")
                        .help("give one of them another name"),
                );
                continue;
            }
            all.extend(job(b, id, index, t, cx));
        }
    }
    all.sort_by(|a, b| (a.proxmox, &a.name.v).cmp(&(b.proxmox, &b.name.v)));
    one_place(&all, cx);
    all
}

/// E1294: one store at two servers.
fn one_place(all: &[BackupJob], cx: &mut Cx<'_>) {
    for (n, j) in all.iter().enumerate() {
        let Some(own) = &j.server else { continue };
        let before = all[..n].iter().filter(|o| o.proxmox == j.proxmox && o.store.v == j.store.v);
        let other = before.filter_map(|o| o.server.as_ref()).find(|s| s.address.v != own.address.v);
        if let Some(other) = other {
            let (a, b) = (cx.span(own.at), cx.span(other.at));
            cx.report(
                Diag::new(code::E1294, format!("store {} is at two servers", j.store.v))
                    .at(a, format!("here it is at {}", own.address.v))
                    .at(b, format!("and here at {}", other.address.v))
                    .help("name one server, or give one of the stores another name"),
            );
        }
    }
}

/// Where the server is; E1294 where that is no place or two, or none that hypervisors get to.
fn server(
    s: &BackupServerFacts,
    proxmox: ProxmoxId,
    index: &Index,
    t: &Topology,
    cx: &mut Cx<'_>,
) -> Option<BackupServer> {
    let BackupServerFacts { at, machine, address } = s;
    let found = match (machine, address) {
        (Some(m), Some(a)) => {
            let (x, y) = (cx.span(a.at), cx.span(m.at));
            cx.report(
                Diag::new(code::E1294, "a backup server is in two places")
                    .at(x, "at this address")
                    .at(y, "and on this machine")
                    .help("remove `address`"),
            );
            return None;
        }
        (None, None) => {
            if !["machine", "address"].iter().any(|w| cx.spoiled.contains(&(*at, *w))) {
                let span = cx.span(*at);
                cx.report(
                    Diag::new(code::E1294, "nothing says where a backup server is")
                        .at(span, "neither `machine` nor `address`")
                        .help("address \"192.0.2.10\""),
                );
            }
            return None;
        }
        (None, Some(a)) => BackupServer { machine: None, address: a.map(|a| a.0), at: *at },
        (Some(m), None) => {
            let id = index.machine(&m.v.0);
            if !id.is_known() || t.incomplete.machines.contains(&id) {
                return None;
            }
            let own = t.machine(id);
            let management = t.proxmox(proxmox).management.map(|v| v.v);
            let near = own.nics.iter().find(|n| Some(n.vlan.v) == management && n.address.is_some());
            let nic = near.or_else(|| own.nics.iter().find(|n| n.default_via.is_some() && n.address.is_some()));
            let Some((nic, a)) = nic.and_then(|n| Some((n, n.address?))) else {
                let (x, y) = (cx.span(m.at), cx.span(own.at));
                cx.report(
                    Diag::new(code::E1294, format!("hypervisors do not know where {} is", own.name.v))
                        .at(x, "they would ask it for a place to copy to")
                        .at(y, "it has no address on their VLAN, nor one beside a default route")
                        .help("give its `nic` an address"),
                );
                return None;
            };
            let address = cx.make(a.v, ASKED_AT, &[m.at, a.at]);
            let on = cx.make(nic.vlan.v, ASKED_AT, &[m.at, nic.vlan.at]);
            BackupServer { machine: Some((Sp::new(id, m.at), on)), address, at: *at }
        }
    };
    lonely(&found, proxmox, t, cx);
    Some(found)
}

/// E1294: a server on a VLAN that nobody routes, where a hypervisor has no address.
fn lonely(s: &BackupServer, proxmox: ProxmoxId, t: &Topology, cx: &mut Cx<'_>) {
    let Some(v) = t.vlans.iter().position(|v| v.subnet.v.contains(&s.address.v)).map(|n| VlanId(n as u32)) else {
        return;
    };
    let vlan = t.vlan(v);
    if vlan.router.v != Router::Nobody || t.proxmox(proxmox).management.is_some_and(|m| m.v == v) {
        return;
    }
    let hosts = || t.hosts.iter().filter(|h| h.proxmox == proxmox);
    let Some(h) = hosts().find(|h| h.addresses.iter().all(|a| a.vlan.v != v)) else { return };
    let (a, b, c) = (cx.span(s.at), cx.span(vlan.router.at), cx.span(h.at));
    cx.report(
        Diag::new(code::E1294, format!("{} does not reach the backup server at {}", h.name.v, s.address.v))
            .at(a, format!("it is on VLAN {}", vlan.name.v))
            .at(b, "which nobody routes")
            .at(c, "and this host has no address there")
            .help(format!("address \"{}\" in each `host`, or a server on a VLAN that is routed", vlan.name.v)),
    );
}

fn job(b: &BackupJobFacts, proxmox: ProxmoxId, index: &Index, t: &Topology, cx: &mut Cx<'_>) -> Option<BackupJob> {
    let BackupJobFacts { at, name, store, server, every, start, keep, mode, machines } = b;
    let rhythm = rhythm(*every, start, (86_400, DAILY), ("02:00", AT_NIGHT), cx);
    let kept = keep.as_ref().and_then(|k| kept(k, cx));
    let server = server.as_ref().and_then(|s| self::server(s, proxmox, index, t, cx));
    let runs_here = |m: &Machine| m.on.v.is_known() && t.host(m.on.v).proxmox == proxmox;
    let mut those: Vec<Sp<MachineId>> = Vec::new();
    for m in machines {
        let id = index.machine(&m.v.0);
        if !id.is_known() {
            continue;
        }
        let machine = t.machine(id);
        if !runs_here(machine) {
            let (x, y) = (cx.span(m.at), cx.span(machine.at));
            cx.report(
                Diag::new(code::E1294, format!("{} does not run on these hosts", machine.name.v))
                    .at(x, "a job copies machines of its own Proxmox cluster")
                    .at(y, "this one runs on another")
                    .help(format!("remove \"{}\"", machine.name.v)),
            );
            continue;
        }
        those.push(Sp::new(id, m.at));
    }
    if machines.is_empty() {
        let all = t.machine_ids().filter(|(_, m)| runs_here(m));
        those = all.map(|(id, m)| cx.make(id, ALL_MACHINES, &[*at, m.name.at])).collect();
        if those.is_empty() {
            // A machine on a host that was reported may be meant to run on these.
            if t.machines.iter().all(|m| m.on.v.is_known()) {
                let span = cx.span(*at);
                cx.report(
                    Diag::new(code::E1294, "this job has nothing to copy")
                        .at(span, "no machine runs on these hosts")
                        .help("remove this `backup`"),
                );
            }
            return None;
        }
    }
    those.sort_by_key(|m| m.v);
    Some(BackupJob {
        name: name.clone()?,
        proxmox,
        store: store.clone()?,
        server,
        rhythm: rhythm?,
        keep: kept?,
        mode: or(*mode, BackupMode::Snapshot, RUNNING),
        machines: those,
        at: *at,
    })
}

/// What is kept, in Proxmox's words; E1294 where nothing would be.
fn kept(k: &KeptFacts, cx: &mut Cx<'_>) -> Option<Vec<(&'static str, Sp<u32>)>> {
    let KeptFacts { at, last, hourly, daily, weekly, monthly, yearly } = k;
    let words = [
        ("keep-last", last),
        ("keep-hourly", hourly),
        ("keep-daily", daily),
        ("keep-weekly", weekly),
        ("keep-monthly", monthly),
        ("keep-yearly", yearly),
    ];
    let all: Vec<_> = words.iter().filter_map(|(word, n)| Some((*word, n.map(|n| n.map(|n| n.0))?))).collect();
    let spoiled = ["last", "hourly", "daily", "weekly", "monthly", "yearly"];
    if all.is_empty() && !spoiled.iter().any(|w| cx.spoiled.contains(&(*at, *w))) {
        let span = cx.span(*at);
        cx.report(
            Diag::new(code::E1294, "nothing says which copies are kept")
                .at(span, "a store fills until copies fail")
                .help("keep daily=7 weekly=4 monthly=6"),
        );
    }
    (!all.is_empty()).then_some(all)
}

/// Velero, from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Velero> {
    let b = x.c.backup.as_ref()?;
    let ClusterBackupFacts {
        at,
        by: _, // There is one.
        objects,
        url,
        bucket,
        region,
        secret,
        encrypt,
        every,
        start,
        keep,
        namespaces,
        snapshots,
        move_data,
    } = b;
    let rhythm = rhythm(*every, start, (86_400, DAILY), ("01:00", AT_NIGHT), cx);
    let store = store((objects, url, region), *at, x, cx);
    let snapshots = or(*snapshots, false, NOT_VOLUMES);
    let move_data = or(*move_data, false, STAYS);
    if move_data.v && !snapshots.v {
        let (a, b) = (cx.span(move_data.at), cx.span(*at));
        cx.report(
            Diag::new(code::E1294, "`move-data` moves nothing")
                .at(a, "there are no snapshots to move")
                .at(b, "of this")
                .help("add `snapshots`"),
        );
    }
    let taken = x.layer.storage.as_ref().is_some_and(|s| s.snapshots.v);
    if snapshots.v && !taken {
        let span = cx.span(snapshots.at);
        let at = x.layer.storage.as_ref().map_or(x.cluster.at, |s| s.at);
        cx.report(
            Diag::new(code::E1294, "nobody takes snapshots of volumes")
                .at(span, "this asks for them")
                .at(cx.span(at), "no `storage` with `snapshots` here")
                .help("storage \"ceph\" { snapshots }"),
        );
    }
    for n in namespaces.iter().filter(|n| *n.v.0 == *VELERO) {
        let (a, b) = (cx.span(n.at), cx.span(*at));
        cx.report(
            Diag::new(code::E1294, "Velero's own namespace cannot be in its copies")
                .at(a, "what earlier copies moved is noted there, and a copy with that in it restores no volume")
                .at(b, "of this")
                .help("remove it: what is in the bucket, Velero finds by itself"),
        );
    }
    let mut namespaces = namespaces.clone();
    namespaces.sort_by(|a, b| a.v.0.cmp(&b.v.0));
    let (rhythm, keep) = (rhythm?, or(*keep, Seconds(30 * 86_400), A_MONTH));
    if keep.v < rhythm.every.v {
        let (a, b) = (cx.span(keep.at), cx.span(rhythm.every.at));
        cx.report(
            Diag::new(code::E1294, "copies are gone before the next is made")
                .at(a, format!("each is kept for {}", keep.v))
                .at(b, format!("one is made every {}", rhythm.every.v))
                .help("keep \"30d\""),
        );
    }
    let (store, region) = store?;
    let target = x.t.targets.cluster.velero.clone()?;
    let secret = secret.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())?;
    Some(Velero {
        chart: super::ingress::with_kubernetes(&target.version, x, cx),
        caps: target.caps,
        store,
        bucket: bucket.clone()?,
        region,
        secret,
        encrypt: encrypt.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at)),
        rhythm,
        keep,
        namespaces,
        snapshots,
        move_data,
        at: *at,
    })
}

type Stores<'a> = (&'a Option<Sp<Label>>, &'a Option<Sp<Url>>, &'a Option<Sp<Region>>);

/// Where copies are kept, and its region; E1294 where that is not one place.
fn store(
    (objects, url, region): Stores<'_>,
    at: Origin,
    x: &At<'_>,
    cx: &mut Cx<'_>,
) -> Option<(VeleroStore, Sp<Region>)> {
    match (objects, url) {
        (Some(o), Some(u)) => {
            let (a, b) = (cx.span(u.at), cx.span(o.at));
            cx.report(
                Diag::new(code::E1294, "copies are kept in two stores")
                    .at(a, "this one")
                    .at(b, "and this one")
                    .help("keep one of the two"),
            );
            None
        }
        (None, None) => {
            if !["objects", "url"].iter().any(|w| cx.spoiled.contains(&(at, *w))) {
                let span = cx.span(at);
                cx.report(
                    Diag::new(code::E1294, "nothing says where copies are kept")
                        .at(span, "neither `url` nor `objects`")
                        .help("url \"https://s3.example.net\""),
                );
            }
            None
        }
        (None, Some(u)) => {
            let host = u.v.trim_start_matches("https://").trim_end_matches('/');
            if let Some((host, _)) = host.split_once('/') {
                let span = cx.span(u.at);
                cx.report(
                    Diag::new(code::E1294, "the address of a store has no path")
                        .at(span, "the bucket follows the host in each request")
                        .help(format!("url \"https://{host}\"; bucket \"…\"")),
                );
            }
            let name = host.split([':', '/']).next().unwrap_or_default();
            if name == "localhost" || name.starts_with("127.") {
                let span = cx.span(u.at);
                cx.report(
                    Diag::new(code::E1294, "Velero would look for the store in its own pod")
                        .at(span, "this is whoever asks")
                        .help("url \"https://s3.example.net\""),
                );
            }
            if region.is_none() && !cx.spoiled.contains(&(at, "region")) {
                let span = cx.span(u.at);
                cx.report(
                    Diag::new(code::E1294, "nothing says which region the store is in")
                        .at(span, "requests to it are signed for a region")
                        .help("region \"eu-central-1\""),
                );
            }
            Some((VeleroStore::Url(u.clone()), region.clone()?))
        }
        (Some(o), None) => {
            let stores = x.layer.storage.iter().flat_map(|s| &s.objects);
            let found = stores.clone().find(|s| s.name.v.as_str() == &*o.v.0);
            let Some(own) = found else {
                let span = cx.span(o.at);
                let names: Vec<String> = stores.map(|s| s.name.v.to_string()).collect();
                let there = match names.is_empty() {
                    true => "storage \"ceph\" { objects \"…\" }, or `url` of a store elsewhere".to_string(),
                    false => format!("there are {}", names.join(", ")),
                };
                cx.report(
                    Diag::new(code::E1294, format!("no store of objects of this cluster is called \"{}\"", o.v))
                        .at(span, "copies would go nowhere")
                        .help(there),
                );
                return None;
            };
            let Some(port) = own.port else {
                let (a, b) = (cx.span(o.at), cx.span(own.at));
                cx.report(
                    Diag::new(code::E1294, format!("store \"{}\" is reached by TLS alone", o.v))
                        .at(a, "Velero knows no authority for its certificate")
                        .at(b, "it has no port for HTTP")
                        .help("port 80 beside its TLS, or `url` with a name whose certificate is known"),
                );
                return None;
            };
            let region = region.clone().unwrap_or_else(|| Sp::new(Region("us-east-1".into()), ANY_REGION.origin()));
            Some((VeleroStore::Own(Sp::new(own.name.v.clone(), o.at), port), region))
        }
    }
}

/// Copies of a firewall's configuration.
pub fn firewall(f: &FirewallFacts, index: &Index, cx: &mut Cx<'_>) -> Option<FirewallBackup> {
    let FirewallBackupFacts { at, every, start, secret } = f.backup.as_ref()?;
    let rhythm = rhythm(Some((*every)?), start, (86_400, DAILY), ("03:00", AT_NIGHT), cx)?;
    let secret = secret.as_ref().map(|s| Sp::new(index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known())?;
    Some(FirewallBackup { rhythm, secret, at: *at })
}
