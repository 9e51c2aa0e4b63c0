//! Emitter: the sheet that tells the network team what switches and the upstream router must do; read by people alone.

mod ranges;
mod tables;

use super::{Meta, Out, Site};
use crate::ir::Sealed;
use crate::render::template::{Val, render};
use crate::words;

crate::rules! {
    15;
    SHEET = "Switches and upstream routers are not ours, so what they must do is written down for the network team." @ "RFC 2.1, 9.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "handoff",
    writes: "network-team/handoff.md",
    what: "What switches and the upstream router must do, and what must not be there.",
    reader: "the network team",
    apply: "Hand it to the network team and wait for their answers before anything else.",
    step: 1,
    rfc: "2.1",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The one sheet.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let meta = sealed.meta();
    let mut values = tables::all(sealed);
    values.push(("cloud", words![meta.name].into()));
    values.push(("contact", meta.contact.as_ref().map_or(Val::Flag(false), |c| words![c].into())));
    let text = render("handoff.md", include_str!("handoff.md.jinja"), SHEET, &values);
    out.text(Site::Reader, "network-team/handoff.md".into(), text);
}

#[cfg(test)]
mod tests {
    use crate::build::{Input, build};
    use crate::source::Source;

    const REFERENCE: &str = include_str!("../../../topology/private-cloud.kdl");

    const SMALL: &str = r#"
topology "shed" { ipv6 "off" }
versions { proxmox "9.1"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111" }
upstream "home" { router "lan" address="10.0.0.1"; router "guests" address="10.3.0.1" }
vlan "lan" id=2 subnet="10.0.0.0/24" routed-by="home" internet=#true { purpose "a | b" }
vlan "guests" id=3 subnet="10.3.0.0/24" routed-by="home"
proxmox "shed" { trunk "eno1"; management "lan"; datastore "local" shared=#false; host "only" host=9 }
login "ops" { ssh-key "ops" "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcP0yDqG2mJv3wTzXb1nR6hQ8sL4uEoVfAi9tYkW5Zd ops" }
template "debian" { image "debian"; vm-id 9000; on "only"; os "debian-12"; login "ops"; agent }
vm "box" on="only" {
    template "debian"; cores 1; memory "1GiB"; disk "root" size="16GiB"
    nic "lan" host=30 default-route=#true
    nic "guests" dhcp=#true
}
"#;

    /// The sheet of the text with each first word pair replaced by its second.
    fn sheet(text: &str, replace: &[(&str, &str)]) -> String {
        let mut text = text.to_string();
        for (from, to) in replace {
            assert!(text.contains(from), "{from}");
            text = text.replace(from, to);
        }
        let topology = Source::new("t.kdl", text);
        let built = build(Input { topology, lock: None, today: "2026-01-01".into(), emit: true });
        let errors: Vec<&String> = built.diags.iter().map(|d| &d.message).collect();
        let sheet = built.tree.get("network-team/handoff.md").unwrap_or_else(|| panic!("{errors:?}"));
        sheet.text.text.clone()
    }

    /// Strict templates fail where a value is missing, so every branch of the sheet is taken here.
    #[test]
    fn every_way_of_delivery_has_its_words() {
        let routed = sheet(REFERENCE, &[]);
        assert!(routed.contains("\n| 103.110.174.18/31 | 192.168.100.254 | 100 public |\n"), "{routed}");
        // Without what is published, which would be at addresses that are not ours any more.
        let class = "            class \"web\" weight=70 { to { ingress \"prod\" }; service \"http\" \"https\" }\n";
        let rest = REFERENCE.split("// --- what the Internet reaches").next().unwrap_or_default().replace(class, "");
        assert!(rest.len() < REFERENCE.len());
        let range = ("\"103.110.174.17\" \"103.110.174.29\"", "\"192.168.100.17\" \"192.168.100.29\"");
        let alias = sheet(&rest, &[("delivered \"routed\"", "delivered \"alias\""), range]);
        assert!(alias.contains("* No route is needed"), "{alias}");
        let translated = sheet(&rest, &[("delivered \"routed\"", "delivered \"one-to-one\"")]);
        assert!(translated.contains("\n| 103.110.174.29 | |\n"), "{translated}");
        let long = ("\"103.110.174.17\" \"103.110.174.29\"", "\"103.110.0.0\" \"103.110.255.255\"");
        let long = sheet(&rest, &[("delivered \"routed\"", "delivered \"one-to-one\""), long]);
        assert!(long.contains("\n| 103.110.0.0 to 103.110.255.255 (65536 addresses) | |\n"), "{long}");
    }

    #[test]
    fn what_was_not_said_is_asked_for() {
        let small = sheet(SMALL, &[]);
        assert!(small.contains("We were told of no switch port."), "{small}");
        assert!(small.contains("\n| only eno1 | 2, 3 | none | 1500 | |\n"), "{small}");
        assert!(small.contains("\n| box | 3 guests | "), "{small}");
        assert!(small.contains("| a \\| b |"), "{small}");
        let cut = ("port \"1/0/4\" to=\"pve-2.eno2\" { trunk \"all\"; group \"lag2\" }", "");
        let one_end = sheet(REFERENCE, &[cut]);
        assert!(one_end.contains("| eno1 on sw1 1/0/3, eno2 (we were not told) | sw1 lag2 |"), "{one_end}");
    }

    #[test]
    fn a_bond_that_ends_on_two_switches_is_pointed_out() {
        let second = "switch \"sw2\" { mtu 9216; port \"1\" to=\"pve-1.eno2\" { trunk \"all\"; tags \"104-109\"; group \"lag1\" } }\nswitch \"sw1\" {";
        let first = ("port \"1/0/2\" to=\"pve-1.eno2\" { trunk \"all\"; group \"lag1\" }", "");
        let both = sheet(REFERENCE, &[("switch \"sw1\" {", second), first]);
        assert!(both.contains("(MLAG, vPC or a stack): bond0 of pve-1."), "{both}");
        assert!(both.contains("| sw2 | 1 | pve-1 eno2 | 100, 101, 102, 104 to 109 |"), "{both}");
        assert!(both.contains("no VLAN of ours: 105, 108 to 109."), "{both}");
    }
}
