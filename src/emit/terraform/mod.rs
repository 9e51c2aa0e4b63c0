//! Terraform's JSON configuration of every virtual machine; chooses no id, address or size: it spells the topology for one provider.

mod bpg;
mod rules;
mod telmate;
mod vm;

pub use rules::{RULE_BLOCK, RULES};

use rules::*;
use vm::Vm;

use super::{Format, Meta, Out, Site};
use crate::consumer::{Dialect, ProviderCaps};
use crate::ir::{Machine, Proxmox, Sealed};
use crate::render::{Composed, Doc, IntoDoc, IntoKey, List, Map, Text, Why};
use crate::schema::Name;
use crate::source::{Origin, Rule, Sp};
use crate::words;

/// Terraform.
pub static META: Meta = Meta {
    name: "terraform",
    writes: "terraform_ansible/terraform/{versions,provider,variables,pool,ha,vm-<machine>,outputs}.tf.json, …/.gitignore",
    what: "Every virtual machine: hardware, disks, network interfaces, first boot, start order, HA",
    reader: "terraform",
    apply: "terraform -chdir=terraform_ansible/terraform init, plan, then apply with the API token in TF_VAR_…",
    step: 3,
    rfc: "3.1.1, 3.2.1, 4.1",
    systems: &[
        ("Proxmox VE", "terraform_ansible/terraform/vm-<machine>.tf.json", "`proxmox`, `vm`"),
        ("Terraform", "terraform_ansible/terraform/versions.tf.json", "`versions { terraform-provider … }`"),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Spells the machines for the provider that the topology states; without one there is nothing to spell.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let Some(provider) = &sealed.targets.provider else { return };
    versions(sealed, provider, out);
    provider_file(sealed, provider.dialect, out);
    variables(sealed, provider.dialect, out);
    pools(sealed, provider.dialect, out);
    ha(sealed, provider, out);
    for (_, machine) in sealed.machine_ids() {
        let vm = Vm::of(sealed, machine);
        let (kind, body) = match provider.dialect {
            Dialect::Bpg => (bpg::VM, bpg::vm(&vm, out)),
            Dialect::Telmate2 => (telmate::VM, telmate::vm2(&vm, out)),
            Dialect::Telmate3 => (telmate::VM, telmate::vm3(&vm, out)),
        };
        let mut file = header();
        file.map("resource", RESOURCE, |r| r.map(kind, RESOURCE, |r| r.put(vm.name, (body, RESOURCE))));
        write(out, words!["vm-", vm.name].text, file, RESOURCE);
    }
    outputs(sealed, provider.dialect, out);
    ignored(out);
}

/// What a machine is called in commands of Terraform; `None` where no provider is stated.
pub fn address(sealed: &Sealed<'_>, machine: &Machine) -> Option<Composed> {
    Some(words![kind(sealed)?, ".", machine.name])
}

/// What Terraform calls every machine before its name; `None` where no provider is stated.
pub fn kind(sealed: &Sealed<'_>) -> Option<Composed> {
    let provider = sealed.targets.provider.as_ref()?;
    let kind = match provider.dialect {
        Dialect::Bpg => bpg::VM,
        Dialect::Telmate2 | Dialect::Telmate3 => telmate::VM,
    };
    Some(words![Sp::new(kind, provider.at)])
}

/// What Terraform leaves in its directory and nobody commits. Not `.terraform.lock.hcl`: its check sums are worth keeping.
fn ignored(out: &mut Out<'_>) {
    let mut text = Text::new();
    text.lit(HEADER, "# Made by topoc; change the topology, not this file.");
    for pattern in [".terraform/", "*.tfstate*", "*.tfplan", "crash.log"] {
        text.lit(IGNORED, pattern);
    }
    out.text(Site::Workstation, "terraform_ansible/terraform/.gitignore".into(), text);
}

/// What every file starts with: `"//"` is a comment in the body of a file or block and nowhere else (Terraform, JSON
/// Configuration Syntax: a label map takes it for a label, an argument for data).
fn header() -> Map {
    let mut file = Map::new();
    file.put("//", ("Made by topoc; change the topology, not this file.", HEADER));
    file
}

/// Takes a file: literals are escaped here, once, for all of them.
fn write(out: &mut Out<'_>, name: String, mut file: Map, rule: Rule) {
    escape_map(&mut file);
    out.doc(Site::Workstation, format!("terraform_ansible/terraform/{name}.tf.json"), Format::Json, file, rule);
}

// Control characters, which no value of the topology holds: they bracket an expression until `escape` has passed.
const OPEN: &str = "\u{2}";
const CLOSE: &str = "\u{3}";

/// An expression: everything else in a string is a literal, whatever it looks like.
fn expression(pieces: Composed) -> Composed {
    words![OPEN, pieces, CLOSE]
}

/// `${kind.name.attribute}` in the words of Terraform.
fn reference(kind: &'static str, name: &Sp<Name>, attribute: &'static str) -> Composed {
    expression(words![kind, ".", name, ".", attribute])
}

/// Makes literals literal: Terraform reads `${` and `%{` in every string as the start of a template.
fn escape(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{").replace(OPEN, "${").replace(CLOSE, "}")
}

fn escape_map(map: &mut Map) {
    map.entries.iter_mut().for_each(|e| escape_doc(&mut e.doc));
}

fn escape_doc(doc: &mut Doc) {
    match doc {
        // Most strings hold none of the signs: they stay where they are.
        Doc::Str(s) if s.contains(['$', '%', '\u{2}', '\u{3}']) => *s = escape(s).into(),
        Doc::Str(_) => {}
        Doc::List(l) => l.items.iter_mut().for_each(|(_, d)| escape_doc(d)),
        Doc::Map(m) => escape_map(m),
        Doc::Tagged(_, inner) => escape_doc(inner),
        // No program is in a file of Terraform.
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::Lines(_) => {}
    }
}

/// A value that is there because of more than itself.
fn by(value: impl IntoDoc, origins: &[Origin]) -> (Doc, Why) {
    let (doc, why) = value.into_doc();
    (doc, origins.iter().fold(why, |why, o| why.also(*o)))
}

/// A number of ours inside a word: the place of a disk or an interface among its like.
fn place(n: usize, rule: Rule) -> Sp<u32> {
    Sp::new(n as u32, rule.origin())
}

/// Pieces with a separator between them.
fn joined(separator: &'static str, pieces: impl IntoIterator<Item = Composed>) -> Composed {
    let mut all = Composed::default();
    for (i, piece) in pieces.into_iter().enumerate() {
        all = if i == 0 { piece } else { words![all, separator, piece] };
    }
    all
}

/// A word of the format that is longer with several clusters: `token` or `token_lab`.
fn per_cluster(sealed: &Sealed<'_>, word: &'static str, proxmox: &Proxmox) -> Composed {
    if sealed.proxmoxes.len() > 1 { words![word, "_", proxmox.name] } else { words![word] }
}

/// Which of several provider configurations a resource uses; with one cluster there is only the default one.
fn choose_provider(several: bool, proxmox: &Proxmox, body: &mut Map) {
    if several {
        body.put("provider", (words!["proxmox.", proxmox.name], ALIAS));
    }
}

fn versions(sealed: &Sealed<'_>, provider: &Sp<&'static ProviderCaps>, out: &mut Out<'_>) {
    let mut file = header();
    file.map("terraform", VERSIONS, |t| {
        if let Some(proxmox) = &sealed.targets.proxmox {
            let version = Composed { text: proxmox.version.to_string(), why: vec![proxmox.at] };
            t.put("//", (words!["For Proxmox VE ", version, "."], VERSIONS));
        }
        if let Some(version) = &sealed.targets.terraform {
            t.put("required_version", (words![">= ", version], VERSIONS));
        }
        t.map("required_providers", VERSIONS, |r| {
            r.map("proxmox", VERSIONS, |p| {
                match &sealed.targets.provider_source {
                    Some(source) => p.put("source", source),
                    None => p.put("source", provider.map(|p| p.source)),
                }
                let stated = sealed.targets.provider_version.as_ref().map(|v| v.at);
                p.put("version", by((provider.pin, PIN), stated.as_slice()));
            });
        });
    });
    write(out, "versions".into(), file, VERSIONS);
}

fn provider_file(sealed: &Sealed<'_>, dialect: Dialect, out: &mut Out<'_>) {
    let mut list = List::new();
    for proxmox in &sealed.proxmoxes {
        list.map(PROVIDER, |p| {
            if sealed.proxmoxes.len() > 1 {
                p.put("alias", &proxmox.name);
            }
            let var = |word| expression(words!["var.", per_cluster(sealed, word, proxmox)]);
            match (dialect, &proxmox.endpoint) {
                (Dialect::Bpg, Some(url)) => p.put("endpoint", url),
                (Dialect::Bpg, None) => p.put("endpoint", (var("proxmox_endpoint"), ENDPOINT)),
                (Dialect::Telmate2 | Dialect::Telmate3, Some(url)) => {
                    let slash = if url.ends_with('/') { "" } else { "/" };
                    p.put("pm_api_url", (words![url, slash, "api2/json"], ENDPOINT));
                }
                (Dialect::Telmate2 | Dialect::Telmate3, None) => {
                    p.put("pm_api_url", (var("proxmox_endpoint"), ENDPOINT));
                }
            }
            match dialect {
                Dialect::Bpg => {
                    p.put("api_token", (var("proxmox_api_token"), TOKEN));
                    p.put("insecure", (false, TLS));
                }
                Dialect::Telmate2 | Dialect::Telmate3 => {
                    p.put("pm_api_token_id", (var("proxmox_api_token_id"), TOKEN));
                    p.put("pm_api_token_secret", (var("proxmox_api_token_secret"), TOKEN));
                    p.put("pm_tls_insecure", (false, TLS));
                }
            }
        });
    }
    let mut file = header();
    file.map("provider", PROVIDER, |p| p.put("proxmox", (list, PROVIDER)));
    write(out, "provider".into(), file, PROVIDER);
}

fn variables(sealed: &Sealed<'_>, dialect: Dialect, out: &mut Out<'_>) {
    // Name, what it is, whether it is a secret.
    let (token, endpoint): (&[(&'static str, &'static str, bool)], _) = match dialect {
        Dialect::Bpg => (
            &[("proxmox_api_token", "API token of Proxmox VE: USER@REALM!NAME=SECRET", true)],
            "Where the API of Proxmox VE answers: https://HOST:8006/",
        ),
        Dialect::Telmate2 | Dialect::Telmate3 => (
            &[
                ("proxmox_api_token_id", "Name of the API token of Proxmox VE: USER@REALM!NAME", false),
                ("proxmox_api_token_secret", "Secret of the API token of Proxmox VE", true),
            ],
            "Where the API of Proxmox VE answers: https://HOST:8006/api2/json",
        ),
    };
    let mut file = header();
    file.map("variable", TOKEN, |v| {
        for proxmox in &sealed.proxmoxes {
            let mut variable = |word, what: &'static str, secret: bool, rule| {
                v.map(per_cluster(sealed, word, proxmox), rule, |v| {
                    v.put("description", (what, rule));
                    v.put("type", ("string", rule));
                    v.put("nullable", (false, rule));
                    if secret {
                        v.put("sensitive", (true, TOKEN));
                    }
                });
            };
            if proxmox.endpoint.is_none() {
                variable("proxmox_endpoint", endpoint, false, ENDPOINT);
            }
            for (word, what, secret) in token {
                variable(word, what, *secret, TOKEN);
            }
        }
    });
    write(out, "variables".into(), file, TOKEN);
}

fn pools(sealed: &Sealed<'_>, dialect: Dialect, out: &mut Out<'_>) {
    let (kind, key) = match dialect {
        Dialect::Bpg => (bpg::POOL, "pool_id"),
        Dialect::Telmate2 | Dialect::Telmate3 => (telmate::POOL, "poolid"),
    };
    let mut pools = Map::new();
    for proxmox in &sealed.proxmoxes {
        if let Some(pool) = &proxmox.pool {
            pools.map(&proxmox.name, POOL, |p| {
                choose_provider(sealed.proxmoxes.len() > 1, proxmox, p);
                p.put(key, pool);
                p.put("comment", ("Made by topoc", POOL));
            });
        }
    }
    if pools.is_empty() {
        return;
    }
    let mut file = header();
    file.map("resource", POOL, |r| r.put(kind, (pools, POOL)));
    write(out, "pool".into(), file, POOL);
}

fn ha(sealed: &Sealed<'_>, provider: &Sp<&'static ProviderCaps>, out: &mut Out<'_>) {
    match provider.dialect {
        Dialect::Bpg => bpg::ha(sealed, out),
        // hastate and hagroup stand in the machine itself; what they cannot say is reported there.
        Dialect::Telmate2 | Dialect::Telmate3 => {}
    }
}

fn outputs(sealed: &Sealed<'_>, dialect: Dialect, out: &mut Out<'_>) {
    let (kind, id) = match dialect {
        Dialect::Bpg => (bpg::VM, "vm_id"),
        Dialect::Telmate2 | Dialect::Telmate3 => (telmate::VM, "vmid"),
    };
    let (mut ids, mut macs, mut addresses) = (Map::new(), Map::new(), Map::new());
    for machine in &sealed.machines {
        ids.put(&machine.name, (reference(kind, &machine.name, id), OUTPUTS));
        let (mut mac, mut address) = (Map::new(), Map::new());
        for (i, nic) in machine.nics.iter().enumerate() {
            let slot = || words!["net", place(i, OUTPUTS)];
            mac.put(slot(), vm::upper(&nic.mac));
            if let Some(a) = &nic.address {
                address.put(slot(), a);
            }
        }
        macs.put(&machine.name, (mac, OUTPUTS));
        addresses.put(&machine.name, (address, OUTPUTS));
    }
    let mut file = header();
    file.map("output", OUTPUTS, |o| {
        let mut output = |name: &'static str, what: &'static str, value: Map| {
            o.map(name, OUTPUTS, |o| {
                o.put("description", (what, OUTPUTS));
                o.put("value", (value, OUTPUTS));
            });
        };
        output("vm_ids", "VM id of each machine", ids);
        output("mac_addresses", "MAC address of each interface of each machine", macs);
        output("addresses", "Static IPv4 address of each interface of each machine", addresses);
    });
    write(out, "outputs".into(), file, OUTPUTS);
}

/// A key that only some dialects or machines have.
fn put_list(map: &mut Map, key: impl IntoKey, rule: Rule, items: Vec<Map>) {
    if !items.is_empty() {
        map.list(key, rule, |l| items.into_iter().for_each(|i| l.push((i, rule))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literal in the topology, and the same in a string of Terraform.
    const LITERALS: &[(&str, &str)] = &[
        ("plain", "plain"),
        ("${var.proxmox_api_token}", "$${var.proxmox_api_token}"),
        ("%{ for x in y }", "%%{ for x in y }"),
        ("$${x}", "$$${x}"),
        ("a ${ b %{ c", "a $${ b %%{ c"),
        ("100 % $ {", "100 % $ {"),
    ];

    #[test]
    fn literals_are_never_templates() {
        for (text, escaped) in LITERALS {
            assert_eq!(escape(text), *escaped);
        }
    }

    #[test]
    fn expressions_are_never_literals() {
        let name = Sp::new(Name::of("fw-1"), HEADER.origin());
        let mut map = Map::new();
        map.put("a", (words!["${no} vm:", reference("kind", &name, "id")], HEADER));
        map.list("b", HEADER, |l| l.map(HEADER, |m| m.put("c", ("%{no}", HEADER))));
        escape_map(&mut map);
        let text = crate::render::json(&map, HEADER).text;
        assert!(text.contains("\"a\": \"$${no} vm:${kind.fw-1.id}\""), "{text}");
        assert!(text.contains("\"c\": \"%%{no}\""), "{text}");
    }
}
