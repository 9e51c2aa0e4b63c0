//! What must be so before a command of README.md works: names, trust, passwords, kubeconfigs; holds no sentence of the page.

use super::super::ansible::{log_in, reach};
use super::super::authentik;
use super::{one, option};
use crate::ir::{Cluster, DnsData, Host, Proxmox, Sealed, SecretId, Topology};
use crate::render::template::Val;
use crate::render::{Composed, Piece};
use crate::schema::{Domain, NodeRole, SecretStore, Url};
use crate::source::Sp;
use crate::words;

/// Secrets that keepalived.yml reads.
pub(super) fn of_keepalived(t: &Topology) -> Vec<SecretId> {
    let vrrp = t.clusters.iter().filter_map(|c| c.api.vrrp.as_ref());
    vrrp.filter_map(|v| v.secret.as_ref()).map(|s| s.v).collect()
}

/// Secrets that authentik.yml reads.
pub(super) fn of_authentik(t: &Topology) -> Vec<SecretId> {
    let runs = t.identities.iter().filter_map(|i| i.run.as_ref());
    runs.flat_map(|r| authentik::secrets(t, r).into_values().chain([r.administrator])).map(|s| s.v).collect()
}

/// Whether one of these secrets is kept there. Ansible has no password of a vault unless it is told to ask for it.
pub(super) fn kept(t: &Topology, store: SecretStore, secrets: &[SecretId]) -> Val {
    Val::Flag(secrets.iter().any(|s| t.secret(*s).store.v == store))
}

/// Each Proxmox VE that Terraform asks: how its name is known, and from which host its authority is copied. The provider
/// checks the certificate, and that of a new host is signed by an authority of its cluster's own (Proxmox VE admin guide,
/// Certificate Management: /etc/pve/pve-root-ca.pem).
pub(super) fn endpoints(sealed: &Sealed<'_>) -> Val {
    let t: &Topology = sealed;
    Val::Many(t.proxmoxes.iter().enumerate().filter_map(|(i, p)| endpoint(sealed, i, p)).collect())
}

fn endpoint(sealed: &Sealed<'_>, index: usize, p: &Proxmox) -> Option<Val> {
    let t: &Topology = sealed;
    let mut hosts = t.hosts.iter().filter(|h| h.proxmox.0 as usize == index && h.address.is_some());
    let name = p.endpoint.as_ref().and_then(|u| Some(Sp::new(named(u)?, u.at)));
    let asked = name.as_ref().and_then(|n| hosts.clone().find(|h| is_called(sealed, h, n)));
    let host = asked.or_else(|| hosts.next())?;
    let address = host.address.as_ref()?;
    // What the firewall alone answers nobody answers before the first run, which makes the firewall.
    let served = t.firewalls.iter().filter_map(|f| f.layer.dns.as_ref()).filter(|d| *d.own_names);
    let served: Vec<_> = served.flat_map(|d| &d.names).collect();
    let known = name.as_ref().and_then(|n| {
        served.iter().find_map(|s| match &s.data {
            DnsData::Address(a, _) if words![s.host, ".", s.domain].text == *n.v.0 => Some(a),
            DnsData::Address(..) | DnsData::Mail(..) | DnsData::Text(_) => None,
        })
    });
    let line = known.zip(name.as_ref()).map(|(a, n)| words![a, " ", n]);
    let vlan = p.management.filter(|m| t.firewalls.iter().any(|f| f.legs.iter().any(|l| l.vlan.v == m.v)));
    Some(Val::Record(vec![
        ("cluster", one(&p.name)),
        ("host", one(address)),
        ("name", option(name.as_ref())),
        ("line", line.map_or(Val::Flag(false), Val::One)),
        (
            "vlan",
            vlan.map_or(Val::Flag(false), |m| words![t.vlan(m.v).name, " (", t.vlan(m.v).tag, ")"].citing(m.at).into()),
        ),
    ]))
}

/// The host of an address of the API, where it is a name.
fn named(url: &Url) -> Option<Domain> {
    let authority = url.0.strip_prefix("https://")?.split('/').next()?;
    let host = authority.split(':').next()?;
    let address = host.parse::<std::net::Ipv4Addr>().is_ok();
    (!address).then(|| Domain(host.to_ascii_lowercase().into()))
}

fn is_called(sealed: &Sealed<'_>, host: &Host, name: &Domain) -> bool {
    let full = sealed.meta().domain.as_ref().map(|d| words![host.name, ".", d].text);
    *name.0 == *host.name.v.as_str() || full.is_some_and(|f| *name.0 == *f)
}

/// How the administrator's kubeconfig is fetched from the first control-plane node, where kubeadm leaves it for root alone
/// (kubeadm init, /etc/kubernetes/admin.conf); a condition that does not hold where nobody knows how to log in there.
pub(super) fn kubeconfig(t: &Topology, c: &Cluster) -> Val {
    let masters = c.groups.iter().filter(|g| g.role.v == NodeRole::ControlPlane).flat_map(|g| &g.nodes);
    let first = masters.map(|id| t.machine(*id)).find(|m| reach(t, m).is_some());
    let command = first.and_then(|m| log_in(t, m));
    command.map_or(Val::Flag(false), Val::One)
}

/// Where the API of a cluster answers.
pub(super) fn api(c: &Cluster) -> Composed {
    let (name, port): (&dyn Piece, &dyn Piece) = (&c.api.name, &c.api.port);
    words![name, ":", port]
}
