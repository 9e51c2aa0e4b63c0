//! Values of the language for what a firewall looks for in the traffic; reads single values, decides nothing.

use super::*;

words! {
    /// What happens to traffic that is looked into (OPNsense 26.7, IDS.xml: mode). It is one for all interfaces.
    IdsMode {
        Detect = "detect" "it passes, and alerts are written (pcap)",
        Prevent = "prevent" "it passes through the engine, which may drop it (netmap)",
    }
    /// How patterns are looked for (OPNsense 26.7, IDS.xml: MPMAlgo).
    Matcher {
        Automatic = "automatic" "Suricata takes what the processor can do",
        Hyperscan = "hyperscan" "Hyperscan: the fastest where the processor has SSSE3",
        AhoCorasick = "aho-corasick" "Aho-Corasick",
        AhoCorasickKs = "aho-corasick-ks" "Aho-Corasick, the variant by Ken Steele",
    }
    /// How much memory is spent on looking things up (OPNsense 26.7, IDS.xml: detect.Profile).
    IdsProfile {
        Standard = "standard" "what Suricata takes by itself",
        Low = "low" "little memory, more work",
        Medium = "medium" "some of both",
        High = "high" "much memory, less work",
    }
    /// What a rule does (OPNsense 26.7, IDS.xml: action and new_action of a policy).
    IdsAction {
        Alert = "alert" "an alert is written",
        Drop = "drop" "the packet is dropped, and an alert is written",
        Disable = "disable" "nothing: the rule is off",
    }
    /// How alerts are written to the system's log (OPNsense 26.7, IDS.xml: syslog, syslog_eve).
    IdsLog {
        Json = "json" "one JSON object each (EVE)",
        Lines = "lines" "one line for people each",
        Both = "both" "a line and an object each",
        Nothing = "nothing" "they stay in the file on the firewall",
    }
    /// How often rules are fetched again.
    UpdateEvery {
        Daily = "daily" "every day",
        Weekly = "weekly" "every Sunday",
    }
    /// When a new file of alerts is begun (OPNsense 26.7, IDS.xml: AlertLogrotate).
    Rotation {
        Daily = "daily" "at midnight",
        Weekly = "weekly" "on Sunday night",
    }
}

integers! {
    /// The number of a rule of Suricata (Suricata, rules format: sid).
    SignatureId(u32) 1 2147483647 "sid";
    /// Which policy is asked first; the lowest.
    PolicyOrder(u16) 0 999 "position";
    /// How many files.
    FileCount(u16) 1 1000 "files";
}

forms! {
    /// A set of rules: the name of its file without the ending `.rules`.
    RulesetName "a set of rules" "emerging-malware" |s| {
        only(s, 80, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
        if s.ends_with(".rules") { Err(format!("it is called \"{}\"", s.trim_end_matches(".rules"))) } else { Ok(()) }
    };
}
