//! keepalived of the control-plane nodes that hold an API address; decides no priority, and writes no secret.

use std::net::Ipv4Addr;

use crate::emit::{Meta, Out, Site, on_machine};
use crate::ir::{Api, Cluster, MachineId, Nic, Sealed, Vrrp};
use crate::render::template::{Val, render};
use crate::render::{Text, Why};
use crate::source::Sp;
use crate::{line, words};

crate::rules! {
    13;
    FILE = "the control-plane nodes hold the API address among them" @ "RFC 4.4; RFC 9568";
    ROUTER = "the node's name in keepalived's messages" @ "keepalived.conf(5) 2.2.7 router_id";
    SCRIPT_USER = "scripts run as root and only where nobody else can write them: keepalived refuses others" @ "keepalived.conf(5) 2.2.7 script_user, enable_script_security";
    VERSION_2 = "VRRP version 3 has no authentication, so nodes that share a secret speak version 2" @ "RFC 9568 section 9; RFC 3768; keepalived.conf(5) 2.2.7 vrrp_version";
    VERSION_3 = "nodes without a shared secret speak the current version" @ "RFC 9568; keepalived.conf(5) 2.2.7 vrrp_version";
    CHECK = "a node whose API server does not answer gives the address away" @ "RFC 4.4; keepalived.conf(5) 2.2.7 vrrp_script";
    CHECK_URL = "readyz says whether the server should get requests; it is asked at the node's own address, so that the holder of the shared one does not matter" @ "Kubernetes, API health endpoints; kubeadm, HA considerations";
    CHECK_LOOPBACK = "a node whose address comes by DHCP asks its loopback: the shared address is there on its holder only" @ "kubeadm, HA considerations";
    CHECK_LIMIT = "curl gives up before the next check is due" @ "curl(1) --max-time; keepalived.conf(5) 2.2.7 vrrp_script interval";
    TIMEOUT = "a check that has not ended when the next is due has failed" @ "keepalived.conf(5) 2.2.7 vrrp_script timeout";
    WEIGHT = "a weight moves priorities: before the first API server runs all checks fail, all priorities are lowered alike, and the highest node still holds the address that kubeadm needs; without a weight all would be in FAULT and none would" @ "keepalived.conf(5) 2.2.7 vrrp_script weight; kubeadm, HA considerations";
    INIT_FAIL = "a node that boots is not healthy before its API server has answered" @ "keepalived.conf(5) 2.2.7 vrrp_script init_fail";
    HOLD = "the holder's priority is raised, so that the address does not come back by itself; `nopreempt` would keep it on a node whose check fails, whatever the weight" @ "keepalived.conf(5) 2.2.7 nopreempt; keepalived 2.2.7 vrrp_state_backup, run with three nodes";
    STATE = "every node starts as backup and the priorities decide: a node that starts as master would take the address first" @ "keepalived.conf(5) 2.2.7 state; RFC 9568 section 6.4.1";
    ONE_SECOND = "an advertisement a second: a dead master is missed after three" @ "RFC 9568 section 6.1; RFC 4.4";
    UNICAST = "advertisements go to the other nodes only and are taken from them only" @ "keepalived.conf(5) 2.2.7 unicast_peer, check_unicast_src";
    SECRET = "the secret is in a file of its own that Ansible writes; keepalived does not start without it" @ "keepalived.conf(5) 2.2.7 includea";
    NO_SECRET = "nothing proves that an advertisement is a node's own: who is on the VLAN can take the address" @ "RFC 9568 section 9";
    ADDRESS = "one address without a subnet of its own" @ "keepalived.conf(5) 2.2.7 virtual_ipaddress; ip-address(8)";
}

/// What is known of this emitter.
pub static META: Meta = Meta {
    name: "keepalived",
    writes: "terraform_ansible/ansible/files/<machine>/etc/keepalived/",
    what: "How the control-plane nodes hold the address of their API, and how they find out whether they may.",
    reader: "keepalived",
    apply: "Ansible installs keepalived and curl, writes the secret, copies the files, and reloads keepalived.",
    step: 6,
    rfc: "4.4",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Where keepalived reads its configuration; mode 0644 is enough, it holds no secret.
pub const PATH: &str = "etc/keepalived/keepalived.conf";
/// The check; owner root, mode 0755, or `enable_script_security` refuses it.
pub const CHECK_PATH: &str = "etc/keepalived/check_apiserver.sh";
/// What finds the holder of the address, where it must not come back; as [`CHECK_PATH`].
pub const HOLDER_PATH: &str = "etc/keepalived/holds_address.sh";
/// The secret on the machine, which is never in the tree: owner root, mode 0600, and there before keepalived starts. It is
/// the one line `auth_pass SECRET` of at most 8 bytes (RFC 2338 section 5.3.10: keepalived cuts off the rest). Between quotes
/// keepalived takes blanks, `#`, `!`, `{` and `}`; nothing escapes a `"`.
pub const SECRET_PATH: &str = "/etc/keepalived/secret.conf";

/// Writes the files of every control-plane node of every cluster whose nodes hold the address.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    for cluster in &sealed.clusters {
        let Some(vrrp) = &cluster.api.vrrp else { continue };
        for (id, priority) in &vrrp.members {
            // A node without a NIC on the node network is an error, and errors are not sealed.
            let Some(nic) = node_nic(sealed, cluster, *id) else { continue };
            node(sealed, cluster, vrrp, *id, priority, nic, out);
        }
    }
}

fn node_nic<'a>(sealed: &Sealed<'a>, cluster: &Cluster, id: MachineId) -> Option<&'a Nic> {
    sealed.machine(id).nics.iter().find(|n| n.vlan.v == cluster.node_network.v)
}

fn node(
    sealed: &Sealed<'_>,
    cluster: &Cluster,
    vrrp: &Vrrp,
    id: MachineId,
    priority: &Sp<u8>,
    nic: &Nic,
    out: &mut Out<'_>,
) {
    // `held_by` made `vrrp`; the name is for clients; `at` is the place of the statement.
    let Api { name: _, address, port, vrrp: _, held_by: _, at: _ } = &cluster.api;
    let Vrrp { id: router, secret, members, weight, interval, fall, rise, preempt, hold, at: _ } = vrrp;
    let name = &sealed.machine(id).name;
    let site = Site::Machine(name.v.clone());
    let mut t = Text::new();
    t.lit(FILE, "# Made by topoc; change the topology, not this file.");
    t.lit(FILE, "global_defs {");
    line!(t, ROUTER; "    router_id ", name);
    t.lit(SCRIPT_USER, "    script_user root");
    t.lit(SCRIPT_USER, "    enable_script_security");
    match secret {
        Some(s) => t.lit(Why::from(VERSION_2).also(s.at), "    vrrp_version 2"),
        None => t.lit(VERSION_3, "    vrrp_version 3"),
    }
    t.lit(FILE, "}");
    t.blank(FILE);
    t.lit(CHECK, "vrrp_script check_apiserver {");
    line!(t, CHECK; "    script \"/", CHECK_PATH, "\"");
    line!(t, CHECK; "    interval ", interval);
    line!(t, TIMEOUT; "    timeout ", interval);
    line!(t, WEIGHT; "    weight ", weight);
    line!(t, CHECK; "    fall ", fall);
    line!(t, CHECK; "    rise ", rise);
    t.lit(INIT_FAIL, "    init_fail");
    t.lit(CHECK, "}");
    t.blank(FILE);
    if let Some(hold) = hold {
        let why = || Why::from(HOLD).also(preempt.at);
        t.lit(why(), "# The address does not come back by itself. `nopreempt` is not for this: with it no failed check moves the address.");
        t.lit(why(), "vrrp_script holds_address {");
        line!(t, why(); "    script \"/", HOLDER_PATH, "\"");
        t.lit(why(), "    interval 1");
        line!(t, why(); "    weight ", hold);
        t.lit(why(), "    init_fail");
        t.lit(why(), "}");
        t.blank(FILE);
    }
    line!(t, FILE; "vrrp_instance ", cluster.name, " {");
    t.lit(Why::from(STATE).also(preempt.at), "    state BACKUP");
    line!(t, FILE; "    interface ", nic.ifname);
    line!(t, FILE; "    virtual_router_id ", router);
    line!(t, FILE; "    priority ", priority);
    t.lit(ONE_SECOND, "    advert_int 1");
    unicast(sealed, cluster, members, id, nic, &mut t);
    match secret {
        Some(s) => {
            let why = || Why::from(SECRET).also(s.at);
            t.lit(why(), "    authentication {");
            t.lit(why(), "        auth_type PASS");
            line!(t, why(); "        includea ", SECRET_PATH);
            t.lit(why(), "    }");
        }
        None => t.lit(NO_SECRET, "    # No secret is stated: whoever is on this VLAN can take the address."),
    }
    t.lit(FILE, "    virtual_ipaddress {");
    line!(t, ADDRESS; "        ", address, "/32 dev ", nic.ifname);
    t.lit(FILE, "    }");
    t.lit(CHECK, "    track_script {");
    t.lit(CHECK, "        check_apiserver");
    if hold.is_some() {
        t.lit(Why::from(HOLD).also(preempt.at), "        holds_address");
    }
    t.lit(CHECK, "    }");
    t.lit(FILE, "}");
    out.text(site.clone(), on_machine(&name.v, PATH), t);
    out.program(site.clone(), on_machine(&name.v, CHECK_PATH), check(nic, port, interval));
    if hold.is_some() {
        let values = [("address", Val::One(words![address]))];
        let script = render("holds_address.sh", include_str!("holds_address.sh"), HOLD, &values);
        out.program(site, on_machine(&name.v, HOLDER_PATH), script);
    }
}

/// keepalived refuses unicast without peers, and an address that comes by DHCP cannot be named: then it multicasts.
fn unicast(
    sealed: &Sealed<'_>,
    cluster: &Cluster,
    members: &[(MachineId, Sp<u8>)],
    id: MachineId,
    nic: &Nic,
    t: &mut Text,
) {
    let others = members.iter().filter(|(m, _)| *m != id);
    let peers: Option<Vec<&Sp<Ipv4Addr>>> =
        others.map(|(m, _)| node_nic(sealed, cluster, *m).and_then(|n| n.address.as_ref())).collect();
    let (Some(own), Some(peers)) = (&nic.address, peers.filter(|p| !p.is_empty())) else { return };
    line!(t, UNICAST; "    unicast_src_ip ", own);
    t.lit(UNICAST, "    check_unicast_src");
    t.lit(UNICAST, "    unicast_peer {");
    for peer in peers {
        line!(t, UNICAST; "        ", peer);
    }
    t.lit(UNICAST, "    }");
}

fn check(nic: &Nic, port: &Sp<u16>, interval: &Sp<u32>) -> Text {
    let own = nic.address.unwrap_or(Sp::new(Ipv4Addr::LOCALHOST, CHECK_LOOPBACK.origin()));
    let mut limit = words![interval.map(|i| i.saturating_sub(1).max(1))];
    limit.why.push(CHECK_LIMIT.origin());
    let values = [("address", Val::One(words![own])), ("port", Val::One(words![port])), ("limit", Val::One(limit))];
    render("check_apiserver.sh", include_str!("check_apiserver.sh"), CHECK_URL, &values)
}
