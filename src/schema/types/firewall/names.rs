//! Values of the language for a firewall's answers to questions for names; reads single values, decides nothing.

use super::*;

references! {
    /// Who may ask a firewall: a VLAN of its interfaces or one of its VPNs.
    ServedRef [Vlan Vpn] [];
}

integers! {
    /// Which mail server is tried first: the lowest (RFC 5321 section 5.1).
    MailRank(u16) 0 65535 "rank";
}

forms! {
    /// What a TXT record holds (RFC 1035 section 3.3: a character string has at most 255 bytes). Unbound reads quotes and
    /// backslashes in it.
    TxtData "the text of a TXT record" "v=spf1 -all" |s| {
        only(s, 255, |c| matches!(c, ' '..='~') && !matches!(c, '"' | '\'' | '\\'))?;
        if s.trim() == s { Ok(()) } else { Err("it starts or ends with a space".into()) }
    };
}
