//! Imports of the backups that there are: written by hand, a factory's, and topoc's own; a file of tests, not of samples.

use super::*;

/// The least that a firewall with a way out and a network inside has.
fn minimal(more: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<opnsense>
  <system>
    <hostname>attic</hostname>
    <domain>home.example</domain>
    <group><name>admins</name><scope>system</scope><gid>1999</gid><member>0</member><priv>page-all</priv></group>
    <user><name>root</name><scope>system</scope><groupname>admins</groupname><password>x</password><uid>0</uid></user>
  </system>
  <interfaces>
    <wan><enable>1</enable><if>vtnet0</if><ipaddr>dhcp</ipaddr><blockpriv>1</blockpriv><blockbogons>1</blockbogons></wan>
    <lan><enable>1</enable><if>vtnet1</if><ipaddr>192.168.1.1</ipaddr><subnet>24</subnet></lan>
  </interfaces>
  {more}
</opnsense>
"#
    )
}

/// Imports, and holds what came out against the backup: the text of the topology and what was said of it.
fn round(home: &Home, name: &str, backup: &str) -> (String, String) {
    let (xml, kdl, out) = (format!("{name}.xml"), format!("{name}/made.kdl"), format!("{name}-out.xml"));
    home.write(&xml, backup);
    let (_, err) = home.ends(0, &["import", &xml, "-o", &kdl]);
    for args in [["check", "--file", &kdl], ["fmt", "--check", &kdl]] {
        let o = Command::new(BIN).args(args).current_dir(home.0.path()).output().expect("topoc runs");
        assert!(o.status.success(), "{name}: {}", String::from_utf8_lossy(&o.stderr));
    }
    let file = ["--file", kdl.as_str()];
    let merge = ["merge", "--base", &xml, "--dry-run"];
    let (said, _) = home.ends(0, &[&file[..], &merge].concat());
    assert!(!said.contains("addresses of interfaces change") && !said.contains("routes:"), "{name}: {said}");
    home.ends(0, &[&file[..], &["merge", "--base", &xml, "-o", &out]].concat());
    home.ends(0, &[&file[..], &["drift", &out]].concat());
    (home.read(&kdl), err)
}

#[test]
fn the_least_backup_becomes_a_topology_whoever_answers_for_names() {
    let home = Home::with("");
    let on = [
        ("off", ""),
        ("old", "<unbound><enable>1</enable></unbound>"),
        (
            "model",
            "<OPNsense><unboundplus><general><enabled>1</enabled><port>53</port></general></unboundplus></OPNsense>",
        ),
    ];
    for (name, more) in on {
        let (text, err) = round(&home, name, &minimal(more));
        assert!(text.contains("resolve { server \"9.9.9.9\" }") && !text.contains("via"), "{text}");
        assert!(err.contains("filled in: the backup names no server of names"), "{err}");
        assert_eq!(err.contains("Unbound answers for names"), name != "off", "{err}");
    }
    // The firewall's own addresses are no other server.
    let own = "<hostname>attic</hostname><dnsserver>192.168.1.1</dnsserver><dnsserver>127.0.0.1</dnsserver>\
               <timeservers>192.168.1.1 ntp.example.net</timeservers>";
    let backup = minimal("").replace("<hostname>attic</hostname>", own);
    let (text, _) = round(&home, "own", &backup);
    assert!(text.contains("resolve { server \"9.9.9.9\" }") && text.contains("time { server \"ntp.example.net\" }"));
    let backup = backup.replace("127.0.0.1", "192.168.1.53");
    let (text, err) = round(&home, "other", &backup);
    assert!(text.contains("resolve { server \"192.168.1.53\" }") && !err.contains("no server of names"), "{text}");
}

#[test]
fn a_factory_file_is_imported() {
    let home = Home::with("");
    for release in ["25.7.11", "26.1.11", "26.7.2"] {
        if let Some(text) = factory(release) {
            home.write("factory.xml", &text);
            let (out, _) = home.ends(0, &["import", "factory.xml"]);
            assert!(out.contains("interface \"lan\" address=\"192.168.1.1\""), "{release}: {out}");
        }
    }
}

#[test]
fn what_topoc_made_itself_is_imported_and_what_is_lost_is_named() {
    let layers: &[(&str, &str, &str)] = &[
        ("reference", "fw-1", REFERENCE),
        ("edge", "fw-1", EDGE),
        ("network", "gate-1", include_str!("../properties/layers/firewall-network.kdl")),
        ("policy", "gate-1", include_str!("../properties/layers/firewall-policy.kdl")),
        ("names", "gate-1", include_str!("../properties/layers/firewall-names.kdl")),
        ("nat", "gate-1", include_str!("../properties/layers/firewall-nat.kdl")),
        ("access", "gate-1", include_str!("../properties/layers/firewall-access.kdl")),
        ("watch", "edge-1", include_str!("../properties/layers/firewall-watch.kdl")),
    ];
    for (name, node, topology) in layers {
        let home = Home::with(topology);
        home.secrets();
        home.ends(0, &["first-boot", "--node", node, "--secrets", "secrets", "-o", "first.xml"]);
        let (_, err) = round(&home, name, &home.read("first.xml"));
        // A thing of topoc's that is taken away was named.
        let file = format!("{name}/made.kdl");
        let (said, _) = home.ends(1, &["--file", &file, "drift", "first.xml"]);
        for gone in said.lines().filter_map(|l| l.strip_prefix("    - ")) {
            assert!(err.contains(&format!("{gone}: it is topoc's own")), "{name}: {gone}\n{err}");
        }
    }
}

#[test]
fn a_part_of_a_configuration_is_no_base() {
    let home = Home::new();
    home.secrets();
    let built = Command::new(BIN).arg("build").current_dir(home.0.path()).output().expect("topoc runs");
    assert!(built.status.success());
    let refused = |base: &str, says: &str| {
        for args in [
            &["merge", "--node", "fw-1", "--base", base, "--secrets", "secrets", "-o", "out.xml"][..],
            &["drift", "--node", "fw-1", base],
            &["first-boot", "--node", "fw-1", "--secrets", "secrets", "--base", base, "-o", "out.xml"],
        ] {
            let (_, err) = home.ends(2, args);
            assert!(err.contains(&format!("{base} is refused")) && err.contains(says), "{args:?}: {err}");
            assert!(!home.path("out.xml").exists());
        }
    };
    refused("generated/opnsense/fw-1/merge.xml", "it is what topoc wrote, not a backup");
    refused("generated/opnsense/fw-1/restore.xml", "it is what topoc wrote, not a backup");
    home.write("empty.xml", "<opnsense></opnsense>");
    refused("empty.xml", "it lacks the administrator (a user with the number 0) and the group admins");
    home.write("groupless.xml", &whole("fw-1").replace("admins", "others"));
    refused("groupless.xml", "it lacks the group admins");
    home.write("rootless.xml", &whole("fw-1").replace("<uid>0<", "<uid>2000<"));
    refused("rootless.xml", "it lacks the administrator");
}

#[test]
fn a_key_that_is_none_is_not_written() {
    let home = Home::with(include_str!("../properties/layers/firewall-access.kdl"));
    home.secrets();
    let first = ["first-boot", "--node", "gate-1", "--secrets", "secrets", "-o", "first.xml"];
    for (name, what, value) in [
        ("wg", "a private key of WireGuard", "invented-and-no-key\n".to_string()),
        // One byte too few, and one that does not end where 32 bytes end.
        ("wg", "a private key of WireGuard", format!("{}==\n", "B".repeat(42))),
        ("psk", "a pre-shared key of WireGuard", format!("{}=\n", "B".repeat(43))),
        ("tls", "a static key of OpenVPN", "-----BEGIN OpenVPN Static key V1-----\n5a5a\n".into()),
    ] {
        let kept = home.read(&format!("secrets/{name}"));
        home.write(&format!("secrets/{name}"), &value);
        let (out, err) = home.ends(2, &first);
        assert!(err.contains(&format!("what was given for the secret {name} is not {what}")), "{err}");
        assert!(!format!("{out}{err}").contains(value.trim().split('\n').next_back().expect("a line")), "{err}");
        assert!(!home.path("first.xml").exists());
        home.write(&format!("secrets/{name}"), &kept);
    }
    home.ends(0, &first);
}
