//! Sets of rules for Suricata that OPNsense can fetch, by the names of their files without the ending; data only.

/// What a factory OPNsense 26.7.2 offers (`configctl ids list installablerulesets`), ordered. Others come with plugins and a
/// subscription; they are not among these.
pub const RULESETS: &[&str] = &[
    "abuse.ch.feodotracker",
    "abuse.ch.sslblacklist",
    "abuse.ch.sslipblacklist",
    "abuse.ch.threatfox",
    "abuse.ch.urlhaus",
    "botcc",
    "botcc.portgrouped",
    "ciarmy",
    "compromised",
    "drop",
    "dshield",
    "emerging-activex",
    "emerging-adware_pup",
    "emerging-attack_response",
    "emerging-chat",
    "emerging-coinminer",
    "emerging-current_events",
    "emerging-deleted",
    "emerging-dns",
    "emerging-dos",
    "emerging-dyn_dns",
    "emerging-exploit",
    "emerging-exploit_kit",
    "emerging-file_sharing",
    "emerging-ftp",
    "emerging-games",
    "emerging-hunting",
    "emerging-icmp",
    "emerging-icmp_info",
    "emerging-imap",
    "emerging-inappropriate",
    "emerging-info",
    "emerging-ja3",
    "emerging-malware",
    "emerging-misc",
    "emerging-mobile_malware",
    "emerging-netbios",
    "emerging-p2p",
    "emerging-phishing",
    "emerging-policy",
    "emerging-pop3",
    "emerging-remote_access",
    "emerging-retired",
    "emerging-rpc",
    "emerging-scada",
    "emerging-scan",
    "emerging-shellcode",
    "emerging-smtp",
    "emerging-snmp",
    "emerging-sql",
    "emerging-ta_abused_services",
    "emerging-telnet",
    "emerging-tftp",
    "emerging-user_agents",
    "emerging-voip",
    "emerging-web_client",
    "emerging-web_server",
    "emerging-web_specific_apps",
    "emerging-worm",
    "opnsense.adult",
    "opnsense.file_transfer",
    "opnsense.mail",
    "opnsense.media_streaming",
    "opnsense.messaging",
    "opnsense.social_media",
    "opnsense.test",
    "threatview_CS_c2",
    "tor",
];

/// Whether there is a set of that name.
pub fn ruleset(name: &str) -> bool {
    RULESETS.binary_search(&name).is_ok()
}

#[test]
fn rulesets_are_ordered() {
    assert!(RULESETS.windows(2).all(|w| w[0] < w[1]));
}
