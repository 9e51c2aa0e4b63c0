//! Values of the language for who manages a firewall and who says who people are; reads single values, decides nothing.

use super::*;

words! {
    /// What a person may do on a firewall.
    UserRights {
        Administrator = "administrator" "everything, and a shell where there is SSH",
        Logs = "logs" "reads the logs of the filter in the web interface and changes nothing; never a shell",
    }
    /// What a directory speaks.
    DirectoryKind {
        Ldap = "ldap" "LDAP",
        Radius = "radius" "RADIUS, with PAP",
    }
    /// How what is asked of an LDAP directory is kept secret on its way.
    DirectoryTransport {
        Tls = "tls" "TLS from the first byte (LDAPS)",
        StartTls = "starttls" "TLS that begins inside LDAP",
        Plain = "plain" "nothing: passwords are readable on the way",
    }
    /// The language of the web interface (core 26.7, system.inc: get_locale_list).
    WebLanguage {
        Czech = "cs" "Czech",
        German = "de" "German",
        Greek = "el" "Greek",
        English = "en" "English",
        Spanish = "es" "Spanish",
        Persian = "fa" "Persian",
        French = "fr" "French",
        Italian = "it" "Italian",
        Japanese = "ja" "Japanese",
        Korean = "ko" "Korean",
        Norwegian = "no" "Norwegian",
        Polish = "pl" "Polish",
        Portuguese = "pt" "Portuguese of Portugal",
        Brazilian = "pt-br" "Portuguese of Brazil",
        Russian = "ru" "Russian",
        Turkish = "tr" "Turkish",
        Ukrainian = "uk" "Ukrainian",
        Chinese = "zh" "Chinese, simplified",
        Taiwanese = "zh-tw" "Chinese, traditional",
    }
}

integers! {
    /// The number of an account (core 26.7, Auth/FieldTypes/UidField.php: at most 65535; those below 2000 are the system's).
    Uid(u16) 2000 65535 "number";
}

forms! {
    /// A certificate of a firewall by its reference in the backup: `refid` of `cert` or `ca`, 13 hexadecimal digits.
    CertificateId "the 13 hexadecimal digits of a certificate's refid" "66f000ce47001" |s| {
        let hex = s.len() == 13 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { Ok(()) } else { Err("a certificate is named by the 13 hexadecimal digits of its refid in the backup".into()) }
    };
    /// A time zone (tz database: area and place).
    TimeZone "a time zone of the tz database" "Asia/Dhaka" |s| {
        only(s, 40, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'))?;
        if !s.contains('/') { return Err("a time zone is an area and a place: Europe/Vienna, or Etc/UTC".into()); }
        tables::zone(s).map_err(|near| match near {
            Some(n) => format!("the tz database has no such zone; did you mean {n}?"),
            None => "the tz database has no such zone".into(),
        })
    };
    /// A distinguished name of a directory (RFC 4514); one that a list of them can hold.
    DirectoryName "a distinguished name" "ou=users,dc=example,dc=net" |s| {
        only(s, 255, |c| !c.is_control() && !matches!(c, ';' | '"' | '<' | '>' | '\\'))?;
        let pair = |p: &str| p.split_once('=').is_some_and(|(k, v)| !v.trim().is_empty() && !k.trim().is_empty() && k.trim().bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')));
        if s.split(',').all(pair) { Ok(()) } else { Err("it is not a list of attribute=value with commas".into()) }
    };
    /// An attribute of a directory (RFC 4512 section 2.5).
    DirectoryAttribute "an attribute of the directory" "sAMAccountName" |s| {
        only(s, 64, |c| c.is_ascii_alphanumeric() || c == '-')?;
        if s.starts_with(|c: char| c.is_ascii_alphabetic()) { Ok(()) } else { Err("it starts with a letter".into()) }
    };
    /// A condition of a directory without the brackets around it: OPNsense puts it into `(&(ATTRIBUTE=NAME)(…))` (Auth/LDAP.php).
    DirectoryFilter "a filter of LDAP without its outer brackets" "memberOf=cn=admins,ou=groups,dc=example,dc=net" |s| {
        only(s, 255, |c| !c.is_control() && !matches!(c, '"' | '<' | '>'))?;
        if s.starts_with('(') { return Err("it stands without the brackets around it".into()); }
        let mut depth = 0i32;
        for c in s.chars() {
            depth += i32::from(c == '(') - i32::from(c == ')');
            if depth < 0 { return Err("a bracket closes that never opened".into()); }
        }
        if depth != 0 { return Err("a bracket opens that never closes".into()); }
        if s.contains('=') { Ok(()) } else { Err("it compares nothing: there is no `=`".into()) }
    };
    /// A server by its name in DNS or its address.
    ServerHost "a name in DNS or an address" "ldap.example.net" |s| {
        only(s, 253, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))?;
        if s.parse::<Ipv4Addr>().is_ok() { return Ok(()); }
        if s.bytes().all(|b| b.is_ascii_digit() || b == b'.') { return Err("it is neither an address nor a name".into()); }
        if s.split('.').all(|l| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-')) { Ok(()) } else { Err("a label of it is empty, too long, or starts or ends with a hyphen".into()) }
    };
}

definitions! {
    /// The name of a new directory of a firewall.
    DirectoryDef Directory;
}

references! {
    /// What knows people and their passwords: a directory of the firewall, or `local` for its own accounts.
    DirectoryRef [Directory] ["local"];
}
