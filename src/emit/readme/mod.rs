//! README.md of the tree: what each part is and in which order it is put in force; says nothing that another file decides.

mod before;
mod clusters;
mod tables;

use super::{EMITTERS, Meta, Out, Site};
use crate::ir::{
    Cluster, ClusterTargets, DirectorySpeaks, MachineKind, Recovery, Sealed, Secret, SecretId, Targets, Template,
    Topology, VpnSpeaks,
};
use crate::render::template::{Val, render};
use crate::render::{Composed, Piece};
use crate::schema::{Apply, SecretStore, VmRole};
use crate::source::Sp;
use crate::words;

/// What is known of this emitter. It stands last in the list: it counts what the others printed.
pub static META: Meta = Meta {
    name: "readme",
    writes: "README.md",
    what: "What each part of this tree is, and in which order it is put in force.",
    reader: "People",
    apply: "It is read first.",
    step: 0,
    rfc: "8.2",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

crate::rules! { 16;
    README = "Whoever applies the tree reads here what it is and in which order it goes." @ "RFC 8.2, 9.4";
    BY_HAND = "What no file of the tree puts in force stands here as a table, so that a person enters it without a mistake." @ "RFC 3.1.3, 4.4, 9.4";
    STEP = "Parts are put in force in the order of their steps." @ "RFC 2.2.2, 3.1.1, 4.2";
}

/// Folders of RFC 8.2 and what they are for.
const FOLDERS: &[[&str; 2]] = &[
    ["kubernetes/", "Helm values, Argo CD applications and custom resources of the clusters"],
    ["opnsense/", "Configuration of the firewalls"],
    ["terraform_ansible/terraform/", "Machines on Proxmox VE"],
    ["terraform_ansible/ansible/", "Files of hosts and machines, and what delivers them"],
    ["ci/", "What checks this tree on each change"],
];

/// Spells README.md.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let t: &Topology = sealed;
    let meta = sealed.meta();
    let exists = |path: &str| Val::Flag(out.artifacts.iter().any(|a| a.path.starts_with(path)));
    let playbook = |name: &str| exists(&["terraform_ansible/ansible/", name].concat());
    let (keepalived, authentik) = (before::of_keepalived(t), before::of_authentik(t));
    let both = [&keepalived[..], &authentik[..]].concat();
    let values = [
        ("name", one(&meta.name)),
        ("domain", option(meta.domain.as_ref())),
        ("contact", option(meta.contact.as_ref())),
        ("versions", versions(t)),
        ("templates", templates(t)),
        ("parts", parts(out)),
        (
            "folders",
            Val::Many(
                FOLDERS
                    .iter()
                    .map(|[path, what]| {
                        Val::Record(vec![("path", one(path)), ("what", one(what)), ("here", exists(path))])
                    })
                    .collect(),
            ),
        ),
        ("names", tables::names(t)),
        (
            "serving",
            some(
                t.firewalls.iter().filter(|f| f.layer.dns.as_ref().is_some_and(|d| *d.own_names)).map(|f| one(&f.name)),
            ),
        ),
        ("plugins", some(super::opnsense::plugins(sealed).iter().map(one))),
        ("shared", Val::Flag(t.firewalls.iter().any(|f| f.nodes.len() > 1))),
        ("firewalls", tables::firewalls(t)),
        ("opnsense", opnsense_nodes(sealed)),
        ("areas", areas(sealed)),
        ("apis", tables::apis(t)),
        ("bastions", bastions(t)),
        ("hosts", playbook("proxmox-network.yml")),
        ("manual", manual(t)),
        ("terraform", exists("terraform_ansible/terraform/")),
        ("endpoints", before::endpoints(sealed)),
        ("ansible", playbook("ansible.cfg")),
        ("sops", before::kept(t, SecretStore::Sops, &both)),
        ("vault", before::kept(t, SecretStore::AnsibleVault, &both)),
        ("vault_of_keepalived", before::kept(t, SecretStore::AnsibleVault, &keepalived)),
        ("vault_of_authentik", before::kept(t, SecretStore::AnsibleVault, &authentik)),
        ("machines", playbook("machines.yml")),
        ("nodes", playbook("nodes.yml")),
        ("keepalived", playbook("keepalived.yml")),
        ("identity", playbook("authentik.yml")),
        // Authentik 2026.8, core/password-hashes.mdx: salt and iterations must be those of the Django in its own image, and
        // `hash_password` itself waits for a database (manage.py, wait_for_db).
        ("authentik", option(t.targets.authentik.as_ref().map(|a| &a.version))),
        ("clusters", clusters::clusters(sealed, out)),
        ("site", playbook("site.yml")),
        ("recovery", recovery(t)),
        ("secrets", secrets(t)),
    ];
    let text = render("readme.md", include_str!("readme.md"), README, &values);
    out.text(Site::Reader, "README.md".into(), text);
}

fn one(piece: &(impl Piece + ?Sized)) -> Val {
    words![piece].into()
}

/// A value or a condition that does not hold; the template asks before it prints.
fn option(piece: Option<&impl Piece>) -> Val {
    piece.map_or(Val::Flag(false), one)
}

/// A list; a condition that does not hold where it is empty.
fn some(all: impl Iterator<Item = Val>) -> Val {
    let all: Vec<Val> = all.collect();
    if all.is_empty() { Val::Flag(false) } else { Val::Many(all) }
}

/// The firewall nodes that have files; a condition that does not hold where there is none.
fn opnsense_nodes(sealed: &Sealed<'_>) -> Val {
    some(super::opnsense::views(sealed).map(|v| one(&v.node.name)))
}

/// The areas that can be restored, in order: those of both nodes are the same.
fn areas(sealed: &Sealed<'_>) -> Val {
    let view = super::opnsense::views(sealed).next();
    Val::Many(view.iter().flat_map(|v| super::opnsense::areas(v).0).map(|a| one(&a)).collect())
}

/// The versions that the files are for.
fn versions(t: &Topology) -> Val {
    let Targets { proxmox, terraform, provider, provider_source, provider_version, opnsense, authentik, cluster } =
        &t.targets;
    let mut all = Vec::new();
    if let Some(p) = proxmox {
        all.push(words!["Proxmox VE ", Sp::new(p.v.version, p.at)]);
    }
    if let Some(v) = terraform {
        all.push(words!["Terraform ", v]);
    }
    if let (Some(source), Some(version)) = (provider_source, provider_version) {
        let row = words!["the Terraform provider ", source, " ", version];
        all.push(provider.iter().fold(row, |c, p| c.citing(p.at)));
    }
    if let Some(o) = opnsense {
        all.push(words!["OPNsense ", o.version]);
    }
    if let Some(a) = authentik {
        all.push(words!["Authentik ", a.version]);
    }
    let ClusterTargets {
        kubernetes,
        kubesphere,
        ceph,
        kubekey,
        cilium,
        metallb,
        rook,
        ingress_nginx,
        gateway_api,
        cert_manager,
        argo_cd,
        prometheus_stack,
        blackbox_exporter,
        snmp_exporter,
        loki,
        alloy,
        promtail,
        tempo,
        kube_ovn,
        multus,
        velero,
        vyos,
    } = cluster;
    for (name, version) in [
        ("Kubernetes ", kubernetes.as_ref()),
        ("KubeSphere ", kubesphere.as_ref().map(|k| &k.version)),
        ("KubeKey ", kubekey.as_ref().map(|k| &k.version)),
        ("the Cilium chart ", cilium.as_ref().map(|k| &k.version)),
        ("the MetalLB chart ", metallb.as_ref().map(|k| &k.version)),
        ("the Rook charts ", rook.as_ref().map(|k| &k.version)),
        ("Ceph ", ceph.as_ref()),
        ("the ingress-nginx chart ", ingress_nginx.as_ref().map(|k| &k.version)),
        ("the Gateway API ", gateway_api.as_ref().map(|k| &k.version)),
        ("the cert-manager chart ", cert_manager.as_ref().map(|k| &k.version)),
        ("the Argo CD chart ", argo_cd.as_ref().map(|k| &k.version)),
        ("the kube-prometheus-stack chart ", prometheus_stack.as_ref().map(|k| &k.version)),
        ("the blackbox exporter's chart ", blackbox_exporter.as_ref().map(|k| &k.version)),
        ("the SNMP exporter ", snmp_exporter.as_ref().map(|k| &k.version)),
        ("the Loki chart ", loki.as_ref().map(|k| &k.version)),
        ("the Alloy chart ", alloy.as_ref().map(|k| &k.version)),
        ("the Promtail chart ", promtail.as_ref().map(|k| &k.version)),
        ("the Tempo chart ", tempo.as_ref().map(|k| &k.version)),
        ("the Kube-OVN chart ", kube_ovn.as_ref().map(|k| &k.version)),
        ("Multus ", multus.as_ref().map(|k| &k.version)),
        ("the Velero chart ", velero.as_ref().map(|k| &k.version)),
        ("VyOS ", vyos.as_ref().map(|k| &k.version)),
    ] {
        all.extend(version.map(|v| words![name, v]));
    }
    Val::Many(all.into_iter().map(Val::One).collect())
}

/// Templates that must exist in Proxmox before Terraform clones them.
fn templates(t: &Topology) -> Val {
    let row = |k: &Template| {
        // What boots, who logs in and what runs in it is the machines' to say.
        let Template { name, image, vm_id, on, os, login: _, agent: _, firmware: _, at: _ } = k;
        Val::Record(vec![
            ("name", words![image].citing(name.at).into()),
            ("id", option(vm_id.as_ref())),
            ("on", on.map_or(Val::Flag(false), |h| words![t.host(h.v).name].citing(h.at).into())),
            ("os", words![Sp::new(os.v.name, os.at)].into()),
        ])
    };
    Val::Many(t.templates.iter().map(row).collect())
}

/// One row an emitter that wrote something, by step; those of a step stay in the order of the list.
fn parts(out: &Out<'_>) -> Val {
    // This page is printed when the others are, so it is not among them yet.
    let wrote = |m: &&Meta| m.name == META.name || out.artifacts.iter().any(|a| a.emitter == m.name);
    let mut metas: Vec<&'static Meta> = EMITTERS.iter().map(|e| e.meta).filter(wrote).collect();
    metas.sort_by_key(|m| m.step);
    let row = |meta: &'static Meta| {
        let Meta { name, writes, what, reader, apply, step, rfc, systems: _, rules: _, block: _ } = meta;
        Val::Record(vec![
            ("step", one(&Sp::new(*step, STEP.origin()))),
            ("name", one(name)),
            ("writes", one(writes)),
            ("what", one(what)),
            ("reader", one(reader)),
            ("apply", one(apply)),
            ("rfc", one(rfc)),
        ])
    };
    Val::Many(metas.into_iter().map(row).collect())
}

/// The command that logs in on each bastion whose address is known.
fn bastions(t: &Topology) -> Val {
    let command = |m: &crate::ir::Machine| {
        let MachineKind::Single { role } = &m.kind else { return None };
        let (_, address) = super::ansible::reach(t, m).filter(|_| **role == VmRole::Bastion)?;
        let user = m.login.as_ref().map_or_else(Composed::default, |l| words![t.login(**l).name, "@"]);
        Some(Val::One(words!["ssh ", user, address]))
    };
    Val::Many(t.machines.iter().filter_map(command).collect())
}

/// Proxmox clusters whose hosts are reloaded by a person.
fn manual(t: &Topology) -> Val {
    let by_hand = |apply: Apply| match apply {
        Apply::Manual => true,
        Apply::Reload | Apply::Restart => false,
    };
    Val::Many(t.proxmoxes.iter().filter(|p| by_hand(*p.apply)).map(|p| one(&p.name)).collect())
}

fn recovery(t: &Topology) -> Val {
    let row = |m: &crate::ir::Machine| {
        let Recovery { rpo, rto } = m.recovery.as_ref()?;
        Some(Val::Record(vec![("name", one(&m.name)), ("rpo", one(rpo)), ("rto", one(rto))]))
    };
    Val::Many(t.machines.iter().filter_map(row).collect())
}

/// What of a firewall a secret is filled into by a merge.
fn firewalls(t: &Topology, secret: SecretId) -> Vec<Composed> {
    let mut all = Vec::new();
    for f in &t.firewalls {
        for v in &f.layer.vpns {
            let (own, peers) = match &v.speaks {
                VpnSpeaks::Wireguard { secret, peers } => (Some(secret), peers.as_slice()),
                VpnSpeaks::Openvpn(o) => (o.tls_crypt.as_ref(), &[][..]),
            };
            if own.is_some_and(|s| s.v == secret) {
                all.push(words!["merge.xml of firewall ", f.name, ", for VPN ", v.name]);
            }
            for p in peers.iter().filter(|p| p.shared.is_some_and(|s| s.v == secret)) {
                all.push(words!["merge.xml of firewall ", f.name, ", for peer ", p.name, " of VPN ", v.name]);
            }
        }
        if let Some(p) = &f.layer.pair {
            if p.secret.v == secret {
                all.push(words!["merge.xml of firewall ", f.name, ", for shared addresses"]);
            }
            if p.configuration.as_ref().is_some_and(|c| c.secret.v == secret) {
                all.push(words!["merge.xml of firewall ", f.name, ", for what its nodes copy to each other"]);
            }
        }
        let watch = &f.layer.watch;
        if watch.metrics.as_ref().and_then(|m| m.snmp.as_ref()).is_some_and(|s| s.community.v == secret) {
            all.push(words!["merge.xml of firewall ", f.name, ", for SNMP"]);
        }
        let mail = watch.checks.as_ref().and_then(|c| c.mail.as_ref());
        if mail.and_then(|m| m.login.as_ref()).is_some_and(|(_, s)| s.v == secret) {
            all.push(words!["merge.xml of firewall ", f.name, ", for mail"]);
        }
        if f.layer.backup.as_ref().is_some_and(|b| b.secret.v == secret) {
            all.push(words!["opnsense/scripts/fetch-backup.sh, for firewall ", f.name]);
        }
        for d in f.layer.admin.iter().flat_map(|a| &a.directories) {
            let own = match &d.speaks {
                DirectorySpeaks::Ldap { bind, .. } => bind.as_ref().map(|(_, s)| s.v),
                DirectorySpeaks::Radius { secret, .. } => Some(secret.v),
            };
            if own == Some(secret) {
                all.push(words!["merge.xml of firewall ", f.name, ", for directory ", d.name]);
            }
        }
    }
    all
}

fn secrets(t: &Topology) -> Val {
    let row = |(number, secret): (u32, &Secret)| {
        let Secret { name, store, path, key } = secret;
        let reads =
            |c: &&Cluster| c.api.vrrp.as_ref().and_then(|v| v.secret.as_ref()).is_some_and(|s| **s == SecretId(number));
        let reader = |c: &Cluster| words!["keepalived.yml, for the control-plane nodes of ", c.name];
        let mut readers: Vec<Composed> = t.clusters.iter().filter(reads).map(reader).collect();
        readers.extend(clusters::readers(t, SecretId(number)));
        readers.extend(firewalls(t, SecretId(number)));
        readers.extend(super::authentik::readers(t, SecretId(number)));
        // An environment variable is found by its name alone.
        let key = match (**store, key) {
            (SecretStore::Env, _) => Composed::default(),
            (SecretStore::Sops | SecretStore::AnsibleVault, Some(key)) => words![key],
            (SecretStore::Sops | SecretStore::AnsibleVault, None) => words![name],
        };
        Val::Record(vec![
            ("name", one(name)),
            ("store", one(store)),
            ("path", one(path)),
            ("key", key.into()),
            ("readers", Val::Many(readers.into_iter().map(Val::One).collect())),
        ])
    };
    Val::Many((0..).zip(&t.secrets).map(row).collect())
}
