//! Who asks an identity server: what pages of a cluster need of it is in its blueprint, though no emitter of pages is there.

use topoc::build::{Input, build_without};
use topoc::source::Source;

const TOPOLOGY: &str = r#"
topology "lab" { domain "lab.example.net" }
versions {
    proxmox "9.1"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111"; kubernetes "1.33.4"; cilium "1.20.0"
    metallb "0.16.1"; gateway-api "1.6.1"; cert-manager "1.21.1"; authentik "2026.8.3"
}
upstream "office" { router "servers" address="10.30.0.1" }
vlan "servers" id=30 subnet="10.30.0.0/24" routed-by="office" internet=#true
proxmox "rack" { trunk "eno1"; management "servers"; datastore "zfs" shared=#false; host "node-a" host=2 }
template "ubuntu" { image "ubuntu-24"; vm-id 9000; os "ubuntu-24.04" }
secret "cookies" { from "sops" "s.yaml" "cookies" }
secret "database" { from "sops" "s.yaml" "database" }
secret "administrator" { from "sops" "s.yaml" "administrator" }
secret "chain" { from "sops" "s.yaml" "chain" }
secret "key" { from "sops" "s.yaml" "key" }
secret "argo" { from "sops" "s.yaml" "argo" }
secret "outpost" { from "sops" "s.yaml" "outpost" }
secret "ca" { from "sops" "s.yaml" "ca" }
vm "sso" on="node-a" host=9 { template "ubuntu"; cores 2; memory "4GiB"; disk "root" size="20GiB"; nic "servers" default-route=#true }
vm "desk" on="node-a" host=8 { template "ubuntu"; cores 2; memory "4GiB"; disk "root" size="20GiB"; nic "servers" default-route=#true }
identity "people" machine="sso" {
    host "login.lab.example.net"
    cookies "cookies"; database "database"; administrator "administrator"
    certificate chain="chain" key="key"
    group "admins"; group "staff"
}
cluster "prod" {
    pods "10.42.0.0/16"
    services "10.43.0.0/16"
    node-network "servers"
    api { address "10.30.0.100"; held-by "external" }
    nodes "n" {
        role "control-plane"; host 11; spread "node-a"; template "ubuntu"; cores 2; memory "4GiB"; disk "root" size="20GiB"
        nic "servers" default-route=#true
    }
    network "cilium"
    load-balancer "metallb" { announce-from-control-plane; pool "front" vlan="servers" { range 200 250 } }
    certificates { issuer "internal" { ca "ca" } }
    ui {
        address pool="front" host=210
        certificate-by "internal"
        identity "people"
        outpost "outpost"
        from { machine "desk" }
        page "argo-cd" { secret "argo"; admins "admins"; readers "staff" }
        page "hubble" { admins "admins" }
    }
}
"#;

#[test]
fn pages_are_applications_with_their_groups_and_an_outpost_stands_before_those_without_a_login() {
    let build = build_without(
        Input { topology: Source::new("t.kdl", TOPOLOGY), lock: None, today: "2026-11-22".into(), emit: true },
        &["E0601", "E0606"],
    );
    let told: Vec<String> = build.diags.iter().map(|d| format!("{} {}", d.code.info().id, d.message)).collect();
    let path = "terraform_ansible/ansible/files/sso/opt/authentik/blueprints/topoc.yaml";
    let text = &build.tree.get(path).unwrap_or_else(|| panic!("{told:#?}")).text.text;
    for line in [
        "url: \"https://argo-cd.lab.example.net/auth/callback\"",
        "client_id: argo-cd",
        "client_secret: !File /run/secrets/argo",
        "ak_is_group_member(request.user, name=\\\"admins\\\") or ak_is_group_member(request.user, name=\\\"staff\\\")",
        "external_host: \"https://hubble.lab.example.net\"",
        "internal_host: \"http://hubble-ui.kube-system.svc:80\"",
        "name: pages-prod",
        "- !KeyOf provider-hubble-prod",
        "key: !File /run/secrets/outpost",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    let allowed: Vec<&str> = build.topology.allows.iter().map(|a| a.slug.v.as_str()).collect();
    assert!(allowed.contains(&"platform-logins-of-prod"), "{allowed:?}");
    assert!(allowed.contains(&"platform-pages-of-prod-ask"), "{allowed:?}");
}
